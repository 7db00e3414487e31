"""Representative rows, the mixtures with doubt, and cold starts."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

import alcore.cold_starts.covering as covering
from alcore.catalog import SELECTORS
from alcore.selection.representative import ranked
from alcore.types import Candidates
from tests.pools import blobs, seen

max_herding, uherding, probcover, ranked_batch = (
    SELECTORS[name].plugin for name in ("max_herding", "uherding", "probcover", "ranked_batch")
)


def scene(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(90, 3))
    return seen(X, np.arange(90) % 3, [0, 1, 2, 3]), rng.random(86)


def test_uncertainty_herding_without_doubt_is_max_herding():
    view, scores = scene()
    plain = max_herding(scores, view, 12)
    np.testing.assert_array_equal(uherding(scores, view, 12, doubt=0.0, adaptive=False), plain)
    assert uherding(scores, view, 12, adaptive=False).tolist() != plain.tolist()


def test_uncertainty_herding_by_the_definition():
    view, scores = scene()
    X, known = view.candidates.X, view.labelled.X
    width = cdist(known, known)[np.triu_indices(len(known), 1)].min()
    width = min(width, 0.5 * np.sqrt(cdist(X, X, "sqeuclidean").mean()))
    K = np.exp(-cdist(X, X, "sqeuclidean") / (2 * width**2))
    covered = np.exp(-cdist(X, known, "sqeuclidean") / (2 * width**2)).max(axis=1)
    expected = []
    for _ in range(8):
        expected.append(int(((K - covered).clip(0) @ scores).argmax()))
        covered = np.maximum(covered, K[expected[-1]])
    assert uherding(scores, view, 8).tolist() == expected


def test_doubt_draws_uncertainty_herding_to_its_blob():
    X, code = blobs([[0, 0], [9, 0], [0, 9]], 20)
    view = seen(X, code, [0])
    code = code[view.candidates.ids[:, 0]]
    scores = np.where(code == 2, 1.0, 0.2)
    assert code[uherding(scores, view, 1)].tolist() == [2]


def test_probcover_covers_each_cluster_once():
    X, code = blobs([[0, 0], [9, 0], [0, 9], [9, 9]], 20)
    view = seen(X, code, [0])
    at = probcover(np.zeros(79), view, 3)
    assert sorted(code[view.candidates.ids[at, 0]]) == [1, 2, 3]


def test_ranked_batch_by_the_definition():
    """modAL's formula, with similarity 1 / (1 + d); the share of unlabelled rows shrinks with each pick."""
    rng = np.random.default_rng(3)
    X, known, doubt = rng.normal(size=(25, 2)), rng.normal(size=(6, 2)), rng.random(25)
    doubt = (doubt - doubt.min()) / np.ptp(doubt)
    chosen = []
    for _ in range(10):
        done = np.vstack([known, X[chosen]])
        similar = (1 / (1 + cdist(X, done))).max(axis=1)
        left = 25 - len(chosen)
        alpha = left / (left + len(done))
        rank = alpha * (1 - similar) + (1 - alpha) * doubt
        rank[chosen] = -1
        chosen.append(int(rank.argmax()))
    assert ranked(X, known, doubt, 10).tolist() == chosen
    assert ranked(X, known, doubt * 7 - 3, 10).tolist() == chosen, "the unit of the scores does not matter"
    assert ranked(X, known[:0], np.zeros(25), 1).tolist() == [0]


def start_pool(X):
    n = len(X)
    return Candidates(np.arange(n)[:, None], X, np.ones(n), np.zeros(n, np.int64))


@pytest.mark.parametrize("start", [covering.typiclust, covering.max_herding])
def test_cold_starts_cover_every_cluster_and_any_pool(start):
    X, code = blobs([[0, 0], [9, 0], [0, 9], [9, 9]], 20)
    rng = np.random.default_rng(0)
    assert sorted(code[start(start_pool(X), 4, rng)]) == [0, 1, 2, 3]
    for rows in (X, np.ones((1000, 2)), X[:1], X[:0]):
        for n in (0, 1, 5, 50, 2000):
            at = start(start_pool(rows), n, rng)
            assert len(at) == min(n, len(rows)) == len(set(at.tolist()))


@pytest.mark.parametrize("start", [covering.typiclust, covering.max_herding])
def test_ten_first_digits_teach_fifteen_points_more_than_random_ones(start):
    from alcore import Choice
    from alcore.learn import fit
    from tests.generators import table6

    gains = []
    for seed in range(5):
        X, y, X_test, y_test = table6("digits", seed)
        rng = np.random.default_rng(seed)

        def accuracy(rows, X=X, y=y, X_test=X_test, y_test=y_test):
            return (fit(Choice("logistic"), X[rows], y[rows], 10, 0).predict(X_test) == y_test).mean()

        gains.append(
            accuracy(start(start_pool(X), 10, rng)) - accuracy(rng.choice(len(X), 10, replace=False))
        )
    assert np.mean(gains) >= 0.15 and min(gains) > 0
