"""Selectors that look at rows: full batches whatever the pool, spread where there is something to spread."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from alcore import Choice
from alcore.catalog import SELECTORS
from alcore.rng import stream
from tests.pools import blobs, seen

SPATIAL = (
    "kmeans", "core_set", "hybrid", "cluster_margin", "typical_first", "badge", "typiclust", "probcover",
    "max_herding", "uherding", "ranked_batch", "dropquery", "falcun", "power", "softmax", "softrank",
    "class_quotas", "knapsack",
)  # fmt: skip


def duplicates() -> np.ndarray:
    return np.vstack([[[0.0, 0.0], [1.0, 1.0]], np.full((1000, 2), 3.0)])


def few_distinct() -> np.ndarray:
    return np.vstack([[[0.0, 0.0], [1.0, 1.0]], np.repeat([[5.0, 1.0], [7.0, 2.0], [9.0, 0.0]], 10, axis=0)])


def constant_column() -> np.ndarray:
    return np.column_stack([np.random.default_rng(0).normal(size=42), np.full(42, 7.0)])


def no_columns_vary() -> np.ndarray:
    return np.zeros((42, 3))


def huge() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(42, 3)) * 1e8 + 1e9


@pytest.mark.parametrize("name", SPATIAL)
@pytest.mark.parametrize("pool", [duplicates, few_distinct, constant_column, no_columns_vary, huge])
def test_batches_are_full_and_distinct_on_any_pool(name, pool):
    X = pool()
    view = seen(X, np.arange(len(X)) % 2, [0, 1])
    N = len(view.candidates)
    scores = np.random.default_rng(1).random(N)
    scores[::7] = -np.inf
    open_ = int(np.isfinite(scores).sum())
    for n in (0, 1, 7, open_ - 1, open_, open_ + 5):
        at = SELECTORS[name].plugin(scores, view, n)
        assert len(at) == min(n, open_) == len(set(at.tolist())), (name, n)
        assert np.isfinite(scores[at]).all() and at.dtype == np.int64
    assert len(SELECTORS[name].plugin(np.full(N, -np.inf), view, 3)) == 0
    assert len(SELECTORS[name].plugin(np.full(N, -2.5), view, 3)) == 3, "negative scores are scores"


@pytest.mark.parametrize("name", SPATIAL)
def test_two_hundred_classes_and_a_learner_without_weights(name):
    rng = np.random.default_rng(2)
    view = seen(rng.normal(size=(500, 4)), np.arange(500) % 200, np.arange(200), learner="naive_bayes")
    at = SELECTORS[name].plugin(rng.random(300), view, 20)
    assert len(set(at.tolist())) == 20


@pytest.mark.parametrize("name", ["kmeans", "core_set", "typiclust", "probcover", "max_herding"])
def test_regions_without_a_label_come_first(name):
    X, code = blobs([[0, 0], [9, 0], [0, 9], [9, 9]], 15)
    view = seen(X, code, [0, 15])
    rows = view.candidates.ids[:, 0]
    at = SELECTORS[name].plugin(np.zeros(len(rows)), view, 2)
    assert sorted(code[rows[at]]) == [2, 3]


def test_core_set_asks_outliers_last_when_told_so():
    X, code = blobs([[0, 0], [9, 0]], 30)
    X = np.vstack([X, [[50.0, 50.0]]])
    view = seen(X, np.append(code, 1), [0, 30])
    scores = np.zeros(len(view.candidates))
    last = len(scores) - 1
    core_set = SELECTORS["core_set"].plugin
    assert core_set(scores, view, 1)[0] == last
    for n in (1, 20, len(scores) - 1):
        assert last not in core_set(scores, view, n, outliers=0.02)
    assert last in core_set(scores, view, len(scores), outliers=0.02)


def test_kmeans_asks_the_middle_of_the_largest_unlabelled_cluster():
    X, code = blobs([[0, 0], [9, 0], [0, 9]], 20)
    X, code = X[:55], code[:55]
    view = seen(X, code, [0, 40])
    at = int(SELECTORS["kmeans"].plugin(np.zeros(53), view, 1)[0])
    here = view.candidates.X[code[view.candidates.ids[:, 0]] == 1]
    middle = cdist(here, here.mean(axis=0, keepdims=True)).argmin()
    np.testing.assert_array_equal(view.candidates.X[at], here[middle])


@pytest.mark.parametrize("name", [n for n in SPATIAL if any(p.name == "space" for p in SELECTORS[n].params)])
def test_the_learners_own_space_can_be_used(name):
    """A learner whose inner representation ignores the second column makes rows alike that differ in it."""
    from dataclasses import replace

    from alcore.learn import Fitted

    class Model:
        def embed(self, X):
            return X[:, :1]

        def predict_proba(self, X):
            p = 1 / (1 + np.exp(-X[:, 0]))
            return np.column_stack([1 - p, p])

    rng = np.random.default_rng(3)
    X = np.column_stack([rng.normal(size=60), 50 * rng.normal(size=60)])
    view = replace(seen(X, np.arange(60) % 2, [0, 1]), fitted=Fitted(Model(), np.array([0, 1]), 2))
    flat = replace(seen(X * [1, 0], np.arange(60) % 2, [0, 1]), fitted=view.fitted)
    scores = stream(0, "s").random(58)
    choose = SELECTORS.bind(Choice.of(name, space="learner"))
    plain = SELECTORS.bind(Choice.of(name, space="features"))
    np.testing.assert_array_equal(choose(scores, view, 6), choose(scores, flat, 6))
    assert plain(scores, view, 6).tolist() != choose(scores, view, 6).tolist()
