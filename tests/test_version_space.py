"""Version spaces: halving a finite class, sampling a cone of separators, and what happens under noise."""

from dataclasses import replace
from math import ceil, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore import Choice, Spec, begin, step
from alcore.catalog import ACQUISITIONS
from alcore.loop import view_of
from alcore.version_space import constraints, halving, hit_and_run, inner_point, separators, survivors
from tests.pools import seen


def questions(table, truth, n_classes=2):
    """How many answers leave one hypothesis."""
    asked: list[int] = []
    while (alive := survivors(table, np.array(asked, int), truth[asked])).sum() > 1:
        scores = halving(table[alive], n_classes)
        assert scores.max() > 0, "different hypotheses differ on some row"
        asked.append(int(scores.argmax()))
    return len(asked), alive


@pytest.mark.parametrize("n", [1, 3, 7, 100, 1000])
def test_thresholds_are_found_by_binary_search(n):
    """n rows, n + 1 thresholds: never more than log2(n + 1) questions, rounded up, whatever the truth."""
    table = (np.arange(n) >= np.arange(n + 1)[:, None]).astype(int)
    some = range(n + 1) if n < 200 else range(0, n + 1, 97)
    counts = []
    for h in some:
        asked, alive = questions(table, table[h])
        assert alive.nonzero()[0].tolist() == [h]
        counts.append(asked)
    assert max(counts) <= ceil(log2(n + 1))


def test_every_boolean_function_needs_every_row():
    """Known value: with all 2^n hypotheses no row tells of another, and each answer halves them."""
    table = (np.arange(16)[:, None] >> np.arange(4)) & 1
    for h in range(16):
        assert questions(table, table[h])[0] == 4


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 6), st.integers(2, 4), st.integers(0, 10**6))
def test_halving_is_what_counting_survivors_gives(H, n, C, seed):
    rng = np.random.default_rng(seed)
    table, weight = rng.integers(0, C, (H, n)), rng.random(H) + 0.1
    worst, expected = halving(table, C, weight), halving(table, C, weight, "expected")
    for x in range(n):
        left = [weight[survivors(table, np.array([x]), np.array([c]))].sum() / weight.sum() for c in range(C)]
        assert worst[x] == pytest.approx(1 - max(left), abs=1e-12)
        assert expected[x] == pytest.approx(1 - sum(s * s for s in left), abs=1e-12)
    assert (worst <= 1 - 1 / C + 1e-12).all()
    if C == 2:
        for a in range(n):
            for b in range(n):
                if abs(worst[a] - worst[b]) > 1e-9:
                    assert (worst[a] > worst[b]) == (expected[a] > expected[b])


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 4), st.integers(2, 4), st.integers(0, 10**6))
def test_draws_agree_with_every_label(C, D, seed):
    rng = np.random.default_rng(seed)
    X, truth = rng.normal(size=(12, D)), rng.normal(size=(C, D))
    y = (X @ truth.T).argmax(axis=1)
    if C == 2 and len(set(y)) < 2:
        return
    W = separators(X, y, C, 8, np.random.default_rng(1))
    assert W is not None, "a separator exists: the truth"
    assert ((W @ X.T).argmax(axis=1) == y).all()
    np.testing.assert_array_equal(W, separators(X, y, C, 8, np.random.default_rng(1)))


def test_draws_are_even():
    """Known value: a quarter disc. Angles are even in it, squared lengths too; means of x are 4 / (3 pi)."""
    from scipy.stats import kstest

    A = np.eye(2)
    W = hit_and_run(A, inner_point(A), 2000, np.random.default_rng(0))
    assert (W > 0).all() and (np.linalg.norm(W, axis=1) <= 1).all()
    assert kstest(np.arctan2(W[:, 1], W[:, 0]) / (np.pi / 2), "uniform").pvalue > 1e-3
    assert kstest(np.square(W).sum(axis=1), "uniform").pvalue > 1e-3
    np.testing.assert_allclose(W.mean(axis=0), 4 / (3 * np.pi), atol=0.03)


def test_draws_from_a_narrow_cone_are_even_too():
    """Forgetting the start: a wedge of one degree, as after many questions."""
    from scipy.stats import kstest

    tip = np.radians(1.0)
    A = np.array([[0.0, 1.0, 0.0], [np.sin(tip), -np.cos(tip), 0.0]])
    W = hit_and_run(A, inner_point(A), 1500, np.random.default_rng(0))
    assert kstest(np.arctan2(W[:, 1], W[:, 0]) / tip, "uniform").pvalue > 1e-3


def test_contradicting_labels_leave_no_hypothesis():
    X, y = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([0, 1, 1])
    assert separators(X, y, 2, 3, np.random.default_rng(0)) is None
    assert inner_point(constraints(np.zeros((1, 2)), np.array([1]), 2)) is None
    np.testing.assert_array_equal(inner_point(np.zeros((0, 3))), np.zeros(3))


def angle_after(d, queries, seed, rule):
    """Degrees between the truth and the mean of the version space."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=d)
    truth /= np.linalg.norm(truth)
    X = rng.normal(size=(2000, d))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    y = (X @ truth > 0).astype(int)
    asked = [int(np.flatnonzero(y == c)[0]) for c in (0, 1)]
    while len(asked) < queries:
        if rule == "random":
            asked.append(int(rng.integers(len(X))))
            continue
        W = separators(X[asked], y[asked], 2, 12, rng)
        lead = (W[:, 1] - W[:, 0]) @ X.T
        scores = halving((lead > 0).astype(int), 2) - 1e-4 * np.abs(lead.mean(axis=0))
        scores[asked] = -1.0
        asked.append(int(scores.argmax()))
    W = separators(X[asked], y[asked], 2, 60, rng)
    mean = (W[:, 1] - W[:, 0]).mean(axis=0)
    return float(np.degrees(np.arccos(mean @ truth / np.linalg.norm(mean))))


@pytest.mark.parametrize("seed", range(3))
def test_bisection_closes_in_on_the_truth(seed):
    """Five dimensions, 40 questions: .10, .09, .35, .19 degrees on four seeds; random several degrees."""
    assert angle_after(5, 40, seed, "halving") <= 1.5


@pytest.mark.slow
def test_bisection_in_ten_dimensions_and_against_random():
    """60 questions: .84, .74, 1.24, .99 degrees on four seeds."""
    found = [angle_after(10, 60, seed, "halving") for seed in range(3)]
    chance = [angle_after(10, 60, seed, "random") for seed in range(3)]
    assert max(found) <= 5.0 and np.mean(found) < 0.5 * np.mean(chance)


def test_the_acquisition_function_halves_a_line():
    """Rows on a line, ends labelled: it asks near the middle, then near the middle of what is left."""
    X = np.linspace(0.0, 1.0, 101)[:, None]
    score = ACQUISITIONS.bind(Choice.of("halving_separators", draws=200))
    view = seen(X, (X[:, 0] > 0.3).astype(int), [0, 100])
    assert abs(view.candidates.X[score(view).argmax(), 0] - 0.5) < 0.12
    view = seen(X, (X[:, 0] > 0.3).astype(int), [0, 50, 100])
    assert abs(view.candidates.X[score(view).argmax(), 0] - 0.25) < 0.1


def test_noise_hands_over_to_the_posterior():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    y = (X[:, 0] > 0).astype(int)
    y[:6] = 1 - y[:6]
    y[6], X[6] = 1 - y[0], X[0]  # no line can please both
    view = seen(X, y, np.arange(20))
    scores = ACQUISITIONS["halving_separators"].plugin(view)
    assert np.isfinite(scores).all() and scores.max() > 0.2
    assert abs(view.candidates.X[scores.argmax(), 0]) < 1.0, "still near the boundary"


@pytest.mark.parametrize("dataset", ["iris", "digits"])
@pytest.mark.parametrize("name", ["halving_separators", "halving_committee"])
def test_default_runs_on_many_classes(name, dataset):
    run = begin(Spec(dataset=dataset, acquisition=name, first=12, batch=3, budget=18))
    for _ in range(2):
        run = step(run)
    view = view_of(run, run.setting.candidates(run.data, run.log), ACQUISITIONS[name].needs)
    scores = ACQUISITIONS[name].plugin(view)
    assert np.isfinite(scores).all() and (scores >= 0).all()


def test_members_proven_wrong_have_no_say():
    class Says:
        def __init__(self, labelled, pool):
            self.labelled, self.pool = np.array(labelled), np.array(pool)

        def predict(self, X):
            return self.labelled

        def proba(self, X):
            return np.eye(2)[self.pool]

    X, y = np.arange(5.0)[:, None], np.array([0, 1, 0, 0, 0])
    view = seen(X, y, [0, 1])
    right = [Says([0, 1], [0, 1, 0]), Says([0, 1], [0, 0, 0])]
    wrong = [Says([0, 0], [1, 1, 1]), Says([1, 1], [0, 1, 1])]
    score = ACQUISITIONS["halving_committee"].plugin
    np.testing.assert_allclose(score(replace(view, committee=lambda: (*right, *wrong))), [0.0, 0.5, 0.0])
    np.testing.assert_allclose(score(replace(view, committee=lambda: tuple(wrong))), [0.5, 0.0, 0.0])
