"""Learned strategies: the kept forest answers as the grown one, and experience beats chance on new tasks."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor

from alcore import Choice, Spec, advance, begin, catalog, given, step
from alcore.acquisition.learned import FEATURES, describe, experience
from alcore.loop import view_of
from alcore.tree_ensemble import TreeEnsemble
from tests.bench.train_learned import POOL, TASKS, TEST, gains, grow, task
from tests.pools import blobs, seen

lal = catalog.ACQUISITIONS["lal"].plugin
discriminative = catalog.ACQUISITIONS["discriminative"].plugin
COLUMN = {name: at for at, name in enumerate(FEATURES)}


# --- forests as arrays --------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 4, None])
def test_arrays_answer_as_the_forest_does(depth):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 5)), rng.normal(size=300)
    forest = RandomForestRegressor(7, max_depth=depth, random_state=0).fit(X, y)
    new = rng.normal(size=(500, 5)).astype(np.float32)
    np.testing.assert_allclose(
        TreeEnsemble.of(forest.estimators_).predict(new), forest.predict(new), atol=1e-6
    )


def test_blocks_do_not_show(monkeypatch):
    from alcore import tree_ensemble

    X = np.random.default_rng(0).normal(size=(60, len(FEATURES)))
    whole = experience().predict(X)
    monkeypatch.setattr(tree_ensemble, "BLOCK", 7)
    np.testing.assert_array_equal(experience().predict(X), whole)
    assert experience().predict(X[:0]).shape == (0,)


def test_a_tree_of_one_leaf_says_the_same_to_all():
    forest = RandomForestRegressor(3, random_state=0).fit(np.zeros((5, 2)), np.full(5, 2.5))
    assert (
        TreeEnsemble.of(forest.estimators_).predict(np.random.default_rng(0).normal(size=(4, 2))).tolist()
        == [2.5] * 4
    )


# --- what it is told ----------------------------------------------------------------------------------------


def test_descriptions_by_hand():
    """Labels 0 at x = 0 and 1 at x = 4; candidates on the line between them and beyond."""
    X = np.array([[0.0], [4.0], [1.0], [2.0], [3.5], [9.0]])
    view = seen(X, np.array([0, 1, 0, 1, 1, 1]), [0, 1])
    told = describe(view)
    unit = np.sqrt(2.0 * X.var())
    assert told.shape == (4, len(FEATURES)) and np.isfinite(told).all()
    P = view.proba
    np.testing.assert_allclose(told[:, COLUMN["confidence"]], 2.0 * P.max(axis=1) - 1.0)
    np.testing.assert_allclose(told[:, COLUMN["lead"]], np.abs(P[:, 0] - P[:, 1]))
    np.testing.assert_allclose(told[:, COLUMN["novelty"]], np.array([1.0, 2.0, 0.5, 5.0]) / unit)
    away = [(0 + 1 + 2.5 + 8) / 4, (1 + 0 + 1.5 + 7) / 4]
    np.testing.assert_allclose(told[:2, COLUMN["remoteness"]], np.array(away) / unit, atol=1e-6)
    own = np.where(P.argmax(axis=1) == 0, [1, 2, 3.5, 9], [3, 2, 0.5, 5])
    other = np.where(P.argmax(axis=1) == 0, [3, 2, 0.5, 5], [1, 2, 3.5, 9])
    np.testing.assert_allclose(told[:, COLUMN["other class near"]], own / (own + other))
    np.testing.assert_allclose(told[:, COLUMN["neighbours disagree"]], np.abs(P[:, 0] - 0.5), atol=1e-9)
    for name, value in (("labels per class", 0.0), ("labels per column", np.log(2)), ("balance", 1.0)):
        np.testing.assert_allclose(told[:, COLUMN[name]], value)


def test_units_of_the_data_do_not_matter():
    X, y = blobs([[0, 0], [2, 2], [0, 2]], 20, spread=0.7)
    one, two = (
        describe(seen(rows, y, [0, 20, 40, 1], learner="gaussian_process")) for rows in (X, 1000.0 * X)
    )
    np.testing.assert_allclose(one, two, atol=1e-5)


def test_the_kept_forest_speaks_of_these_features():
    trees = experience()
    asked = trees.left != np.arange(len(trees.left))
    assert set(np.unique(trees.feature[asked])) == set(range(len(FEATURES)))
    assert len(trees.roots) == 60 and trees.depth <= 8
    assert np.abs(trees.value).max() < 5.0, "forecasts are in standard deviations"


def test_the_bench_grows_such_a_forest():
    told, gained = gains(range(4), ("random", "lal"))
    assert told.shape == (len(gained), len(FEATURES)) and np.isfinite(told).all()
    by_moment = gained.reshape(-1, 16)
    np.testing.assert_allclose(by_moment.mean(axis=1), 0.0, atol=1e-9)
    trees = TreeEnsemble.of(grow(told, gained).estimators_)
    np.testing.assert_allclose(
        trees.predict(told), grow(told, gained).predict(told.astype(np.float32)), atol=1e-6
    )


@pytest.mark.slow
@pytest.mark.parametrize("learner", ["logistic", "naive_bayes"])
def test_experience_beats_chance_on_tasks_it_never_saw(learner):
    """On at least seven of ten tasks, over three starts each."""
    won = []
    for seed in range(10_000, 10_016):
        assert seed >= 2 * TASKS, "not among those it learnt from"
        X, y = task(seed)
        data, gain = given(X, y, test=np.arange(POOL, POOL + TEST)), 0.0
        for start in range(3):
            spec = Spec(learner=learner, acquisition="lal", first=6, batch=2, budget=60, seed=start)
            for sign, one in ((1, spec), (-1, spec.passive())):
                gain += sign * np.mean([r.metrics["accuracy"] for r in advance(one, data=data)])
        won.append(gain > 0)
    assert np.mean(won) >= 0.7


# --- discriminative -----------------------------------------------------------------------------------------


def test_rows_of_unlabelled_kinds_come_first():
    X, y = blobs([[0, 0], [4, 0], [0, 4]], 20, spread=0.4)
    view = seen(X, y % 2, [*range(8), *range(20, 28)])
    best = np.argsort(-discriminative(view))[:10]
    assert (view.candidates.ids[best, 0] >= 40).all()


def test_labels_play_no_part():
    X, y = blobs([[0, 0], [2, 2]], 20, spread=0.8)
    one, two = seen(X, y, [0, 1, 20, 21]), seen(X, 1 - y, [0, 1, 20, 21])
    np.testing.assert_array_equal(discriminative(one), discriminative(two))


def test_a_fair_picture_cannot_be_told_from_the_pool():
    """Every second row labelled: candidates score about half. Only the left half: the right stands out."""
    X = np.random.default_rng(0).normal(size=(200, 2))
    y = (X[:, 1] > 0).astype(int)
    fair = discriminative(seen(X, y, np.arange(0, 200, 2)), learner="logistic")
    assert np.abs(fair - 0.5).mean() < 0.05
    left = np.flatnonzero(X[:, 0] < 0)
    unfair = discriminative(seen(X, y, left[::2]), learner="logistic")
    assert np.abs(unfair - 0.5).mean() > 0.2


def test_it_spreads_labels_over_clusters_sooner_than_chance():
    """Twelve clusters: how many hold a label after twelve questions."""
    centres = [[4.0 * a, 4.0 * b] for a in range(4) for b in range(3)]
    reached = []
    for seed in range(4):
        X, code = blobs(centres, 15, seed=seed, spread=0.5)
        spec = Spec(acquisition="discriminative", batch=1, budget=14, seed=seed)
        data = given(X, code % 2, initial=[0, 15])
        for one in (spec, replace(spec, acquisition=Choice("random"))):
            run = begin(one, data=data)
            while (after := step(run)) is not None:
                run = after
            reached.append(len(set(code[run.log.asked[:, 0]])))
    assert np.mean(reached[::2]) > np.mean(reached[1::2]) + 1


def test_learned_scores_do_not_depend_on_what_was_asked_before():
    """The same labels in another order give the same forecast."""
    X, y = blobs([[0, 0], [2, 2]], 20, spread=0.8)
    one, two = (seen(X, y, first) for first in ([0, 5, 20, 25], [25, 0, 20, 5]))
    run = step(begin(Spec(first=4), data=given(X, y, initial=[0, 5, 20, 25])))
    three = view_of(run, run.setting.candidates(run.data, run.log), frozenset({"proba"}))
    np.testing.assert_allclose(lal(one), lal(two), atol=1e-6)
    np.testing.assert_array_equal(lal(one), lal(three))
