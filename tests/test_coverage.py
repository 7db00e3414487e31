"""Covering algorithms: lazy equals plain, guarantees by brute force, data that break the usual code."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from alcore import coverage
from alcore.clusters import k_means, one_per_cluster, pure_radius, typical_rows, typicality, uncovered_centres
from alcore.coverage import ball, crowd_first, filled, gaussian, greedy_cover, k_center, kernel_cover
from alcore.distances import (
    closest_pair,
    nearest_gaps,
    nearest_rows,
    sample_of,
    squared_distances,
    typical_distance,
)
from alcore.redundancy import closest_likeness, redundancy
from tests.pools import blobs


def plain_k_center(X, known, n):
    """The definition, with a matrix of all distances."""
    gaps = cdist(X, known).min(axis=1) if len(known) else np.linalg.norm(X - X.mean(axis=0), axis=1) * -1
    chosen = []
    for _ in range(min(n, len(X))):
        chosen.append(int(gaps.argmax()))
        if not len(known) and len(chosen) == 1:
            gaps = np.full(len(X), np.inf)
        gaps = np.minimum(gaps, cdist(X, X[chosen[-1:]])[:, 0])
        gaps[chosen] = -1
    return chosen


def covers(similar, at, weight, covered):
    return (np.vstack([similar[at], covered]).max(axis=0) * weight).sum()


def radius(X, centres):
    return cdist(X, centres).min(axis=1).max()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(0, 4), st.integers(0, 70))
def test_lazy_k_center_is_the_plain_one(seed, N, L, n):
    rng = np.random.default_rng(seed)
    X, known = rng.normal(size=(N, 3)), rng.normal(size=(L, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage, "ACTIVE", 5)  # so that rows outside the active set matter
        assert k_center(X, known, n).tolist() == plain_k_center(X, known, n)


def test_k_center_in_large_and_far_from_the_origin():
    X = np.random.default_rng(0).normal(size=(6000, 4))
    expected = plain_k_center(X, X[:3], 40)
    assert k_center(X, X[:3], 40).tolist() == expected
    assert k_center(X + 1e5, X[:3] + 1e5, 40).tolist() == expected


def test_k_center_known_value():
    """On a line, from 0: the end at 9, then 5 (4 from 9), then 3 (2 from 5) before 1 (1 from 0)."""
    X = np.array([[0.0], [1.0], [3.0], [5.0], [9.0]])
    assert k_center(X, X[:1], 5).tolist() == [4, 3, 2, 1, 0]


def test_k_center_radius_is_at_most_twice_the_best():
    rng = np.random.default_rng(1)
    worst = 0.0
    for _ in range(200):
        X = rng.normal(size=(rng.integers(3, 10), 2)).round(rng.integers(0, 3))
        k = int(rng.integers(1, len(X)))
        best = min(radius(X, X[list(c)]) for c in combinations(range(len(X)), k))
        found = radius(X, X[k_center(X, X[:0], k)])
        assert found <= 2 * best + 1e-9
        worst = max(worst, found / best if best > 0 else 1.0)
    assert worst > 1.05, "the sets are hard enough to tell a greedy choice from the best one"


CHOOSERS = {
    "k_center": lambda X, known, n, rng: k_center(X, known, n),
    "one_per_cluster": lambda X, known, n, rng: one_per_cluster(X, n, rng),
    "no weights": lambda X, known, n, rng: one_per_cluster(X, n, rng, np.zeros(len(X))),
    "uncovered_centres": uncovered_centres,
    "typical_rows": typical_rows,
    "herding": lambda X, known, n, rng: filled(X, kernel_cover(X, X, known, n, gaussian(1.0)), n, known),
}


@pytest.mark.parametrize("name", CHOOSERS)
@pytest.mark.parametrize("known", [0, 7])
@pytest.mark.parametrize("n", [0, 1, 5, 300, 600])
def test_every_chooser_fills_the_batch_on_duplicates(name, known, n):
    rng = np.random.default_rng(0)
    three = np.repeat(rng.normal(size=(3, 2)), 100, axis=0) + 1e4
    for X in (np.ones((1000, 2)), three):
        at = CHOOSERS[name](X, X[:known], n, rng)
        assert len(at) == min(n, len(X)) == len(set(at.tolist()))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(1, 12), st.integers(0, 35))
def test_lazy_cover_is_the_plain_greedy_one(seed, N, R, n):
    rng = np.random.default_rng(seed)
    similar = rng.random((N, R)).round(rng.integers(0, 3))
    weight, covered = rng.random(R), rng.random(R) * 0.5
    cur, expected = covered.copy(), []
    for _ in range(min(n, N)):
        gain = np.maximum(similar - cur, 0) @ weight
        gain[expected] = -1
        if gain.max() <= 0:
            break
        expected.append(int(gain.argmax()))
        cur = np.maximum(cur, similar[expected[-1]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage, "FIRST_LOOK", 2)
        patch.setattr(coverage, "BLOCK", 7)
        found = greedy_cover(lambda at: similar[at], N, n, weight, covered)
    # Equal gains may differ by rounding: compare what is covered, and the order where nothing is tied.
    assert covers(similar, found, weight, covered) == pytest.approx(
        covers(similar, expected, weight, covered)
    )
    if similar.round(2).tolist() != similar.round(1).tolist():
        assert found.tolist() == expected


def test_cover_is_at_least_63_percent_of_the_best():
    rng = np.random.default_rng(2)
    for _ in range(40):
        X = rng.normal(size=(9, 2))
        K = gaussian(0.5)(cdist(X, X, "sqeuclidean"))
        best = max(K[list(c)].max(axis=0).sum() for c in combinations(range(9), 3))
        found = K[kernel_cover(X, X, X[:0], 3, gaussian(0.5))].max(axis=0).sum()
        assert found >= (1 - 1 / np.e) * best


def test_herding_is_the_same_with_and_without_a_table(monkeypatch):
    X = np.random.default_rng(3).normal(size=(300, 5))
    weight = np.random.default_rng(4).random(300)
    kept = kernel_cover(X, X, X[:4], 25, gaussian(1.5), weight)
    monkeypatch.setattr(coverage, "KEPT", 0)
    assert kernel_cover(X, X, X[:4], 25, gaussian(1.5), weight).tolist() == kept.tolist()
    covered, K, expected = np.exp(-cdist(X, X[:4], "sqeuclidean") / 4.5).max(axis=1), None, []
    K = np.exp(-cdist(X, X, "sqeuclidean") / 4.5)
    for _ in range(25):
        expected.append(int(((K - covered).clip(0) * weight).sum(axis=1).argmax()))
        covered = np.maximum(covered, K[expected[-1]])
    assert kept.tolist() == expected


def test_probcover_is_maximum_degree_with_covered_rows_removed():
    X = np.random.default_rng(5).normal(size=(80, 2))
    reach, expected = cdist(X, X) <= 0.6, []
    left = np.ones(80, bool)
    while left.any():
        expected.append(int((reach & left).sum(axis=1).argmax()))
        left &= ~reach[expected[-1]]
    assert kernel_cover(X, X, X[:0], 80, ball(0.6)).tolist() == expected


def test_herding_takes_the_middle_of_the_largest_group_first():
    X, _ = blobs([[0, 0], [9, 0]], 20)
    X = np.vstack([X, [[9.0, 0.0]] * 3])
    first, second = kernel_cover(X, X, X[:0], 2, gaussian(1.0))
    assert first >= 20 > second


def test_a_copy_of_a_known_row_gains_nothing():
    X = np.random.default_rng(6).normal(size=(50, 3))
    assert len(kernel_cover(X, X, X, 10, gaussian(1.0))) == 0
    assert len(kernel_cover(X, X, X, 10, ball(0.1))) == 0


def test_filled_keeps_the_chosen_and_away_from_the_known():
    X = np.arange(10.0)[:, None]
    assert filled(X, np.array([4]), 1).tolist() == [4]
    assert filled(X, np.array([4, 7, 2]), 2).tolist() == [4, 7]
    assert filled(X, np.array([0]), 2, known=np.array([[9.0]])).tolist()[1] in (4, 5)
    assert sorted(filled(X, np.array([3]), 99)) == list(range(10))


def test_lonely_rows_are_found():
    X, _ = blobs([[0, 0], [5, 5]], 30)
    X = np.vstack([X, [[20.0, 20.0], [-20.0, 3.0]]])
    ordinary, alone = crowd_first(X, X, 2 / 62)
    assert alone.tolist() == [60, 61] and ordinary.tolist() == list(range(60))
    assert crowd_first(X, X, 0.0)[1].size == 0


def test_distances_are_those_of_scipy():
    rng = np.random.default_rng(7)
    A, B = rng.normal(size=(30, 6)), rng.normal(size=(20, 6))
    np.testing.assert_allclose(squared_distances(A, B), cdist(A, B, "sqeuclidean"), rtol=1e-10)
    np.testing.assert_allclose(nearest_gaps(A, B), cdist(A, B, "sqeuclidean").min(axis=1), rtol=1e-10)
    at, far = nearest_rows(A, B, 4)
    np.testing.assert_array_equal(at, np.argsort(cdist(A, B), axis=1)[:, :4])
    np.testing.assert_allclose(far, np.sort(cdist(A, B), axis=1)[:, :4], rtol=1e-10)
    assert not np.diag(squared_distances(A * 1e3, A * 1e3)).any(), "a row is at distance 0 from itself"
    assert np.isinf(nearest_gaps(A, B[:0])).all()
    assert typical_distance(A) ** 2 == pytest.approx(cdist(A, A, "sqeuclidean").mean())
    assert typical_distance(np.ones((4, 2))) == 1.0
    assert closest_pair(B) == pytest.approx((cdist(B, B) + 99 * np.eye(20)).min())
    assert closest_pair(np.ones((5, 2))) == closest_pair(B[:1]) == closest_pair(B[:0]) == 0.0


def test_a_sample_belongs_to_its_rows_and_not_to_their_order():
    ids = np.random.default_rng(8).permutation(500)[:, None]
    order = np.random.default_rng(9).permutation(500)
    one, two = sample_of(ids, 40, 3, "x"), sample_of(ids[order], 40, 3, "x")
    assert set(ids[one, 0]) == set(ids[order][two, 0]) and len(one) == 40
    assert sample_of(ids, 40, 4, "x").tolist() != one.tolist()
    assert sample_of(ids[:30], 40, 3, "x").tolist() == list(range(30))


def test_typicality_by_hand_and_by_brute_force():
    """The middle of 0, 1, 3 has neighbours at 1 and 2: 1 / 1.5."""
    np.testing.assert_allclose(typicality(np.array([[0.0], [1.0], [3.0]])), [1 / 2, 1 / 1.5, 1 / 2.5])
    X = np.random.default_rng(10).normal(size=(40, 3))
    expected = 1 / np.sort(cdist(X, X), axis=1)[:, 1:6].mean(axis=1)
    np.testing.assert_allclose(typicality(X, neighbours=5), expected)
    assert np.isinf(typicality(np.ones((4, 2)))).all() and np.isinf(typicality(X[:1])).all()


def test_typical_rows_ask_each_cluster_once_and_the_large_one_first():
    X, code = blobs([[0, 0], [9, 0], [0, 9]], 20)
    X, code = X[:50], code[:50]  # the last blob has ten rows
    rng = np.random.default_rng(0)
    assert sorted(code[typical_rows(X, X[:0], 3, rng)]) == [0, 1, 2]
    assert code[typical_rows(X, X[:0], 3, rng)[2]] == 2
    at = typical_rows(X, X[[0, 20]], 1, rng)
    assert code[at].tolist() == [2], "the others have their label"
    rows = np.flatnonzero(code == 2)
    far = np.sort(cdist(X[rows], X[rows]), axis=1)[:, 1:].mean(axis=1)
    assert at[0] == rows[far.argmin()]


def test_pure_radius_is_the_largest_that_is_pure():
    X = np.random.default_rng(11).normal(size=(120, 2))
    rng = np.random.default_rng(12)
    found = pure_radius(X, 3, 0.9, rng)
    cluster, _ = k_means(X, 3, np.random.default_rng(12), restarts=3)

    def purity(at):
        near = cdist(X, X) <= at
        return np.mean([(cluster[near[i]] == cluster[i]).all() for i in range(len(X))])

    assert purity(found) >= 0.9 > purity(found * (1 + 1e-6))
    assert pure_radius(np.ones((9, 2)), 3, 0.95, rng) == 0.0


def test_k_means_stands_any_weights_and_large_pools(monkeypatch):
    rng = np.random.default_rng(13)
    X, code = blobs([[0, 0], [9, 0]], 50)
    for weight in (None, np.zeros(100), np.eye(1, 100)[0]):
        cluster, centres = k_means(X, 2, rng, weight)
        assert len(set(zip(cluster, code, strict=True))) == 2 and np.isfinite(centres).all()
    monkeypatch.setattr("alcore.clusters.LARGE", 40)
    cluster, _ = k_means(X, 2, rng, np.ones(100))
    assert len(set(zip(cluster, code, strict=True))) == 2


def test_redundancy_counts_copies():
    rng = np.random.default_rng(14)
    spread, copies = rng.normal(size=(8, 3)), np.repeat(rng.normal(size=(4, 3)), 2, axis=0)
    assert redundancy(copies) == 1.0 and 0.0 < redundancy(spread) < 0.9
    half = np.vstack([copies[:4], 1e6 * spread[:4]])
    assert redundancy(half) == pytest.approx(0.5, abs=1e-4)
    assert redundancy(spread[:1]) == redundancy(spread[:0]) == 0.0
    D = cdist(spread, spread) + 1e9 * np.eye(8)
    np.testing.assert_allclose(closest_likeness(spread, 2.0), 1 / (1 + D.min(axis=1) / 2))
