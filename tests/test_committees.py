"""Committees: members differ, know every labelled class, and are a function of the seed alone."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_moons

from alcore import Choice, Spec, SpecError, begin, given, learn, step
from alcore.catalog import COMMITTEES, LEARNERS
from alcore.learn import Fitted, Teacher
from alcore.types import Labelled, Log

every_committee = pytest.mark.parametrize("name", ["bagged", "mixed"])
SMALL = {"bagged": {"members": 3}}


def labelled(n=24, k=4, seed=0):
    """Rows of k classes of which the last has only one."""
    rng = np.random.default_rng(seed)
    y = np.concatenate((np.arange(k), rng.integers(0, k - 1, n - k)))
    return Labelled(rng.normal(size=(n, 3)) + y[:, None], y, rng.permutation(1000)[:n, None])


def teacher(set_=None, learner="logistic", n_classes=6, seed=0, previous=()):
    return Teacher(Choice(learner), set_ or labelled(), n_classes, seed, previous)


def build(name, teach, **params):
    return COMMITTEES.bind(Choice.of(name, **{**SMALL.get(name, {}), **params}))(teach)


def votes(members, X):
    return np.stack([member.proba(X) for member in members])


@every_committee
def test_law_of_committees(name):
    new = np.random.default_rng(1).normal(size=(50, 3)) * 3.0
    members = build(name, teacher())
    P = votes(members, new)
    assert all(isinstance(member, Fitted) for member in members)
    assert P.shape == (len(members), 50, 6)
    np.testing.assert_allclose(P.sum(axis=2), 1.0, atol=1e-9)
    for member in members:
        np.testing.assert_array_equal(member.known, [0, 1, 2, 3])
    for one in range(len(members)):
        for other in range(one):
            assert np.abs(P[one] - P[other]).max() > 1e-3, "two members are the same"
    np.testing.assert_array_equal(votes(build(name, teacher()), new), P)
    if name != "mixed":  # two of its members draw nothing
        assert np.abs(votes(build(name, teacher(seed=1)), new) - P).max() > 1e-3


@pytest.mark.parametrize("learner", list(LEARNERS))
def test_bagged_members_know_every_class_whatever_the_learner(learner):
    """Also where the learner takes no weights and is fitted to a resample."""
    new = np.random.default_rng(1).normal(size=(60, 3)) * 3.0
    members = build("bagged", teacher(learner=learner), members=4)
    P = votes(members, new)
    assert all(member.known.tolist() == [0, 1, 2, 3] for member in members)
    assert np.abs(P[0] - P[1]).max() > 1e-3
    if not learn.takes_weight(LEARNERS[learner].plugin(0)):
        assert learner == "nearest_neighbours"
        assert len({len(member.model.model.classes_) for member in members}) == 1


def test_a_row_keeps_its_weights_in_any_order_and_round():
    set_ = labelled()
    seen = []

    def spy(member, weight):
        seen.append(weight)

    class Spy(Teacher):
        def __call__(self, **more):
            return spy(**more)

    order = np.random.default_rng(2).permutation(24)[:15]
    part = Labelled(set_.X[order], set_.y[order], set_.ids[order])
    for given_ in (set_, part):
        build("bagged", Spy(Choice("logistic"), given_, 6, 0), members=2)
    np.testing.assert_array_equal(seen[0][order], seen[2])
    np.testing.assert_array_equal(seen[1][order], seen[3])
    assert (seen[0] != seen[1]).all()


def test_bootstrap_weights_are_exponential():
    """Mean 1, variance 1, and P(w > 1) = 1/e."""
    many = Labelled(np.zeros((20_000, 1)), np.zeros(20_000, int), np.arange(20_000)[:, None])
    weights = []

    class Spy(Teacher):
        def __call__(self, *, member, weight):
            weights.append(weight)

    build("bagged", Spy(Choice("logistic"), many, 2, 0), members=2)
    for weight in weights:
        assert weight.min() >= 0.0
        assert weight.mean() == pytest.approx(1.0, abs=0.03)
        assert weight.var() == pytest.approx(1.0, abs=0.08)
        assert (weight > 1.0).mean() == pytest.approx(np.exp(-1.0), abs=0.015)
    assert abs(np.corrcoef(weights)[0, 1]) < 0.03


def test_members_start_from_themselves_the_round_before(monkeypatch):
    from alcore.learners import linear

    before = tuple(build("bagged", teacher(), members=3))
    starts = []
    warm = linear.SoftmaxRegression.fit_from

    def spy(self, previous, *rest):
        starts.append(previous)
        return warm(self, previous, *rest)

    monkeypatch.setattr(linear.SoftmaxRegression, "fit_from", spy)
    after = build("bagged", teacher(previous=before), members=3)
    assert starts == [member.model for member in before]
    X = labelled().X
    np.testing.assert_allclose(votes(after, X), votes(before, X), atol=5e-3)


def test_mixed_members_are_the_learners_named():
    members = build("mixed", teacher(), members=("svm", "forest", "nearest_neighbours"))
    expected = [type(LEARNERS[name].plugin(0)) for name in ("svm", "forest", "nearest_neighbours")]
    assert [type(member.model) for member in members] == expected
    assert len(build("mixed", teacher())) == 4


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ((), "at least two"),
        (("svm",), "at least two"),
        (("svm", "oracle"), "must be one of .*, got 'oracle'"),
    ],
)
def test_mixed_refuses_what_is_no_committee(members, message):
    with pytest.raises(SpecError, match=message):
        build("mixed", teacher(), members=members)


@every_committee
def test_both_ends_of_every_parameter(name):
    few = labelled(12, 3)
    for param in COMMITTEES[name].params:
        if param.range:
            for end in (param.range.low, param.range.high):
                members = build(name, teacher(few), **{param.name: int(end)})
                assert len(members) == (end if param.name == "members" else len(build(name, teacher(few))))


@every_committee
def test_entry_speaks_to_users(name):
    entry = COMMITTEES[name]
    assert entry.summary.endswith(".") and len(entry.summary) <= 110
    assert {"use", "avoid", "family", "complexity"} <= set(entry.facts)
    assert all(param.help for param in entry.params)


@every_committee
def test_one_labelled_class_gives_members_that_say_so(name):
    one = labelled()
    only = Labelled(one.X[:5], np.full(5, 2), one.ids[:5])
    members = build(name, teacher(only))
    P = votes(members, one.X)
    assert len(members) >= 2
    np.testing.assert_array_equal(P[:, :, 2], 1.0)


@every_committee
def test_resumed_run_has_the_same_members(name):
    """In a run: the committee after k rounds is that of a run begun from the log of k rounds."""
    X, y = make_moons(150, noise=0.2, random_state=0)
    data = given(X, y, test=0.3, seed=0)
    spec = Spec(
        committee=Choice.of(name, **SMALL.get(name, {})), acquisition="margin", first=6, batch=3, budget=18
    )
    run = begin(spec, data=data)
    for _ in range(4):
        run = step(run)
    again = begin(spec, Log(run.log.rounds), data=data)
    np.testing.assert_array_equal(votes(again.committee(), data.pool_X), votes(run.committee(), data.pool_X))


@pytest.mark.parametrize("name", ["bagged", "mixed"])
def test_committees_know_digits(name):
    """The members' mean is about as good as a single learner, from 100 labels."""
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    X, train, test = X / 16.0, order[:100], order[900:]
    set_ = Labelled(X[train], y[train], train[:, None])
    members = COMMITTEES.bind(Choice(name))(Teacher(Choice("logistic"), set_, 10, 0))
    consensus = votes(members, X[test]).mean(axis=0).argmax(axis=1)
    assert (consensus == y[test]).mean() >= {"bagged": 0.85, "mixed": 0.88}[name]
