"""Bandits: known indices, regret of the rule, arms that stay put, rewards from before the label."""

from dataclasses import replace

import numpy as np
import pytest

from alcore import Choice, Log, Spec, advance, begin, catalog, given, hindsight, measures, step
from alcore.acquisition.bandit import arms_of, rewards, ucb_index
from alcore.learn import fit
from alcore.loop import view_of
from tests.generators import imbalanced
from tests.pools import blobs, seen

thompson = catalog.ACQUISITIONS["thompson"].plugin
thompson_batch = catalog.SELECTORS["thompson"].plugin
ucb = catalog.ACQUISITIONS["ucb"].plugin
NEEDS = frozenset({"proba", "members"})


def view_after(spec: Spec, rounds: int, data=None):
    """The view of a run after so many rounds."""
    run = begin(spec, data=data)
    for _ in range(rounds):
        run = step(run)
    return view_of(run, run.setting.candidates(run.data, run.log), NEEDS)


def with_members(view, members):
    return replace(view, committee=lambda: tuple(members))


# --- Thompson -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("committee", list(catalog.COMMITTEES))
def test_thompson_works_from_the_second_label_on(committee):
    data = given(*blobs([[0, 0], [3, 3]], 12), initial=[0, 12])
    for acquisition, select in (("thompson", "top"), ("margin", "thompson")):
        spec = Spec(acquisition=acquisition, select=select, committee=committee, batch=2, budget=6)
        assert sum(len(r.asked) for r in advance(spec, data=data)) == 6


@pytest.mark.parametrize("doubt", ["least confident", "margin", "entropy"])
def test_equal_members_are_the_measure_itself(doubt):
    view = seen(*blobs([[0, 0], [1, 1], [0, 2]], 15, spread=0.8), [0, 15, 30])
    view = with_members(view, [view.fitted] * 5)
    plain = getattr(measures, doubt.replace(" ", "_"))(view.proba)
    np.testing.assert_array_equal(thompson(view, doubt=doubt), plain)
    at = thompson_batch(np.zeros(len(view.candidates)), view, 7, doubt=doubt)
    np.testing.assert_array_equal(at, np.argsort(-plain, kind="stable")[:7])


def test_every_place_of_a_batch_is_one_members_favourite():
    """Two members, each sure of all rows but its own: a batch of two takes a favourite of a drawn member."""
    view = seen(*blobs([[0, 0], [1, 1]], 10, spread=0.8), [0, 10])

    def member(favourite):
        proba = np.tile([0.9, 0.1], (18, 1))
        proba[favourite] = [0.5, 0.5]
        return type("Member", (), {"proba": staticmethod(lambda X: proba)})()

    chosen = set()
    for seed in range(40):
        now = with_members(replace(view, seed=seed), [member(3), member(8)])
        at = thompson_batch(np.zeros(18), now, 2)
        assert at[0] in (3, 8) and len(set(at.tolist())) == 2
        chosen.add(tuple(at.tolist()))
    assert {(3, 8), (8, 3)} <= chosen and any(0 in pair for pair in chosen), (
        "the same member may be drawn twice"
    )


def test_rows_that_may_not_be_asked_are_not():
    view = seen(*blobs([[0, 0], [1, 1]], 10, spread=0.8), [0, 10])
    scores = np.where(np.arange(18) % 3 == 0, -np.inf, 0.0)
    at = thompson_batch(scores, view, 50)
    assert len(at) == 12 and (at % 3 > 0).all()
    assert len(thompson_batch(scores, view, 0)) == 0


def found(spec, seed):
    """Positive rows among those asked for: 2 % of the pool, two of them labelled at the start."""
    X, y, _, _ = imbalanced(seed)
    rng = np.random.default_rng(seed)
    first = [rng.choice(np.flatnonzero(y == c), n, replace=False) for c, n in ((1, 2), (0, 18))]
    rounds = advance(replace(spec, seed=seed), data=given(X, y, initial=np.concatenate(first)))
    return sum(answer == (1.0,) for r in rounds for answer in r.answers)


@pytest.mark.parametrize("select", ["top", Choice.of("thompson", goal="search")])
def test_search_finds_many_times_what_chance_does(select):
    """At least five times as many in 200 labels."""
    search = Choice.of("thompson", goal="search")
    spec = Spec(acquisition=search, select=select, committee="laplace", batch=10, budget=200)
    counts = np.array([[found(one, seed) for one in (spec, spec.passive())] for seed in range(3)])
    assert counts[:, 0].sum() >= 5 * counts[:, 1].sum()


def test_the_class_searched_for_is_the_one_named():
    view = seen(*blobs([[0, 0], [3, 0], [0, 3]], 10), [0, 10, 20])
    view = with_members(view, [view.fitted])
    for target, column in ((0, 0), (1, 1), (2, 2), (99, 2)):
        np.testing.assert_array_equal(thompson(view, goal="search", target=target), view.proba[:, column])


# --- UCB ----------------------------------------------------------------------------------------------------


def test_known_indices():
    """Means 0.6, 0.5, 1 after 10, 4, 1 plays of 15: bonuses sqrt(2 ln 15 / plays)."""
    index = ucb_index(np.array([6.0, 2.0, 1.0, 0.0]), np.array([10.0, 4.0, 1.0, 0.0]), 15.0)
    np.testing.assert_allclose(index[:3], [1.3359416, 1.6636258, 3.3272517], atol=1e-7)
    assert np.isposinf(index[3])
    by_hand = [
        0.6 + (2 * np.log(15) / 10) ** 0.5,
        0.5 + (2 * np.log(15) / 4) ** 0.5,
        1 + (2 * np.log(15)) ** 0.5,
    ]
    np.testing.assert_allclose(index[:3], by_hand)
    np.testing.assert_allclose(ucb_index(np.array([6.0]), np.array([10.0]), 15.0, explore=0.0), 0.6)


def test_a_promised_play_counts_as_play_but_pays_nothing_yet():
    promised = ucb_index(np.array([6.0, 0.0]), np.array([10.0, 0.0]), 14.0, ahead=np.array([2.0, 1.0]))
    np.testing.assert_allclose(
        promised, [0.6 + np.sqrt(2 * np.log(16) / 12), 1.0 + np.sqrt(2 * np.log(15))], rtol=1e-12
    )


def test_regret_keeps_to_its_bound():
    """Auer et al. 2002, theorem 1: 8 sum(ln T / gap) + (1 + pi^2 / 3) sum(gap); far below uniform play."""
    means, T = np.array([0.1, 0.2, 0.3, 0.4, 0.5]), 5000
    gap = 0.5 - means[:4]
    bound = 8 * (np.log(T) / gap).sum() + (1 + np.pi**2 / 3) * gap.sum()
    regrets = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        paid, plays = np.zeros(5), np.zeros(5)
        for t in range(T):
            arm = int(ucb_index(paid, plays, float(t)).argmax())
            plays[arm] += 1
            paid[arm] += rng.random() < means[arm]
        regrets.append(float((0.5 - means) @ plays))
    uniform = T * (0.5 - means).mean()
    assert max(regrets) <= bound and np.mean(regrets) < uniform / 3


def test_clusters_stay_while_the_pool_shrinks():
    data = given(*blobs([[0, 0], [6, 0], [0, 6], [6, 6]], 25, spread=0.5), initial=[0, 25, 50, 75])
    spec = Spec(acquisition="ucb", batch=4, budget=60)
    first = {}
    for rounds in (1, 4, 9):
        view = view_after(spec, rounds, data)
        arms = arms_of(view, clusters=4)
        ids = np.concatenate([view.candidates.ids, view.labelled.ids])[:, 0].tolist()
        place = dict(zip(ids, np.concatenate([arms.cluster, arms.asked]).tolist(), strict=True))
        assert len(place) == 100
        assert first in ({}, place)
        first = place
        assert all(len({place[row] for row in range(25 * b, 25 * b + 25)}) == 1 for b in range(4))


def test_unplayed_clusters_come_first_then_each_has_its_turn():
    """Nothing is known of four clusters: a batch of eight plays each twice, the smallest margin first."""
    X, y = blobs([[0, 0], [2, 0], [0, 2], [2, 2]], 25, spread=0.3)
    view = seen(X, y % 2, [0, 25, 50, 75])
    scores, cluster = ucb(view, clusters=4), arms_of(view, clusters=4).cluster
    assert np.isfinite(scores).all()
    best = np.argsort(-scores, kind="stable")[:8]
    assert sorted(cluster[best[:4]].tolist()) == sorted(cluster[best[4:]].tolist()) == [0, 1, 2, 3]
    doubt = measures.margin(view.proba)
    for c in range(4):
        here = np.flatnonzero(cluster == c)
        assert set(best) & set(here.tolist()) == set(
            here[np.argsort(-doubt[here], kind="stable")[:2]].tolist()
        )


@pytest.mark.parametrize("total", [0.0, 1.0, 2.0, 7.5, 400.0])
@pytest.mark.parametrize("plays", [0.0, 0.3, 1.0, 5.0])
def test_every_promise_makes_the_next_one_less_urgent(total, plays):
    ahead = np.arange(1.0, 60.0)
    index = ucb_index(np.full(59, 0.4 * plays), np.full(59, plays), max(total, plays), 1.0, ahead)
    assert (np.diff(index) < 0).all()


def test_without_exploration_the_best_paid_cluster_goes_by_its_margin():
    view = view_after(Spec(dataset="blobs", acquisition="ucb", batch=10, budget=60), 4)
    scores, arms = ucb(view, explore=0.0, clusters=5), arms_of(view, clusters=5)
    assert arms.plays.min() > 0
    best = np.argsort(-scores, kind="stable")[:5]
    cluster = int((arms.paid / arms.plays).argmax())
    assert (arms.cluster[best] == cluster).all()
    here = np.flatnonzero(arms.cluster == cluster)
    assert best.tolist() == here[np.argsort(-measures.margin(view.proba)[here], kind="stable")[:5]].tolist()


def test_an_exhausted_cluster_is_simply_no_longer_there():
    X, y = blobs([[0, 0], [6, 0], [0, 6]], 12, spread=0.5)
    data = given(np.vstack([X, [[30.0, 30.0]]]), np.append(y % 2, 1), initial=[0, 12, 24])
    run = begin(Spec(acquisition=Choice.of("ucb", clusters=4), batch=1, budget=37), data=data)
    asked = []
    while (after := step(run)) is not None:
        run = after
        asked.append([row for (row,) in run.log.rounds[-1].asked])
    assert [36] in asked[:6], "a cluster of one row is played early, once"
    assert run.log.labels == 37


def test_rewards_are_what_the_learner_thought_before_it_was_told():
    data = given(*blobs([[0, 0], [1.5, 0], [0, 1.5]], 30, spread=0.7), initial=[0, 30, 60])
    view = view_after(Spec(acquisition="ucb", batch=4, budget=40), 6, data)
    y, told = view.labelled.y, hindsight.told_in(view)
    assert told.tolist() == [0] * 3 + [r for r in range(1, 6) for _ in range(4)]
    surprise, error = rewards(view), rewards(view, "error")
    assert not surprise[:3].any() and (surprise >= 0).all() and (surprise <= 1).all()
    for past in range(1, 6):
        before = told < past
        P = fit(Choice("logistic"), view.labelled.X[before], y[before], 3, 0).proba(
            view.labelled.X[told == past]
        )
        own = P[np.arange(4), y[told == past]]
        np.testing.assert_allclose(
            surprise[told == past], np.minimum(-np.log(own) / np.log(3), 1.0), atol=1e-3
        )
        np.testing.assert_array_equal(error[told == past], P.argmax(axis=1) != y[told == past])


def test_old_rewards_fade_by_the_labels_since():
    data = given(*blobs([[0, 0], [1.5, 0]], 30, spread=0.7), initial=[0, 30])
    view = view_after(Spec(acquisition="ucb", batch=3, budget=40), 3, data)
    arms = arms_of(view, clusters=1, memory=0.9)
    pays = rewards(view)
    np.testing.assert_allclose(arms.plays, [3 * 0.9**3 + 3])
    np.testing.assert_allclose(arms.paid, [0.9**3 * pays[2:5].sum() + pays[5:].sum()])


def test_hindsight_is_the_same_remembered_or_worked_out_again():
    view = view_after(Spec(acquisition="ucb", batch=4, budget=40), 5)
    once = hindsight.foreseen(view)
    hindsight._remembered.clear()
    for one, two in zip(once, hindsight.foreseen(view), strict=True):
        np.testing.assert_array_equal(one, two)


def test_hindsight_does_not_mistake_one_pool_for_another():
    """The same ids and labels, other rows: nothing remembered may be taken for it."""
    X, y = blobs([[0, 0], [1.5, 0]], 30, spread=0.7)
    spec = Spec(acquisition="random", batch=4, budget=20)
    one = hindsight.foreseen(view_after(spec, 4, given(X, y, initial=[0, 30])))[0]
    two = hindsight.foreseen(view_after(spec, 4, given(X[:, ::-1], y, initial=[0, 30])))[0]
    assert np.nanmax(np.abs(one - two)) < 1e-6, "mirrored: the same distances"
    other = hindsight.foreseen(view_after(spec, 4, given(X * [1.0, 9.0] + X**2, y, initial=[0, 30])))[0]
    assert np.nanmax(np.abs(one - other)) > 1e-3


def test_rounds_of_a_continued_cold_start_are_no_plays():
    y = np.zeros(40, int)
    y[30:] = 1
    data = given(np.arange(40.0)[:, None], y, initial=[0, 1])
    run = begin(Spec(acquisition="ucb", batch=1, budget=20, seed=3), data=data)
    while len(run.fitted.known) < 2 or len(run.log) < 8:
        run = step(run)
    view = view_of(run, run.setting.candidates(run.data, run.log), NEEDS)
    started = sum("fewer than two classes" in r.note for r in run.log.rounds)
    assert started > 0
    assert (
        np.isfinite(rewards(view)).all()
        and (hindsight.by_strategy(view) > 0).sum() == run.log.labels - 2 - started
    )


def test_rows_nobody_could_label_leave_no_trace():
    spec = Spec(acquisition="ucb", batch=3, budget=30, first=6)
    run = begin(spec)
    from alcore import ask, tell

    while (query := ask(run)) is not None:
        codes = run.data.y[query.ids[:, 0]].astype(float)
        codes[::3] = np.nan if len(run.log) else codes[::3]
        run = tell(run, query, codes)
    assert run.log.labels == 30 and len(run.labelled) < 30


def test_an_estimator_of_ones_own_is_judged_in_hindsight_too():
    from sklearn.naive_bayes import GaussianNB

    spec = Spec(acquisition="ucb", learner="own", batch=4, budget=30)
    rounds = list(advance(spec, learner=GaussianNB()))
    again = list(advance(spec, Log(tuple(rounds[:3])), learner=GaussianNB()))
    assert rounds[3:] == again and sum(len(r.asked) for r in rounds) == 30
