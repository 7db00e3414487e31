"""Measures against definitions written out with loops, other libraries, closed forms and their own laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alcore import measures

OF_PROBA = (measures.least_confident, measures.margin, measures.entropy)
OF_MEMBERS = (
    measures.vote_entropy,
    measures.consensus_entropy,
    measures.kl_to_consensus,
    measures.variation_ratio,
    measures.consensus_margin,
)


def slow_entropy(p) -> float:
    return -math.fsum(x * math.log(x) for x in p if x > 0)


def slow_votes(members) -> list[int]:
    counts = [0] * len(members[0])
    for p in members:
        counts[list(p).index(max(p))] += 1
    return counts


def slow_mean(members) -> list[float]:
    return [math.fsum(column) / len(members) for column in zip(*members, strict=True)]


def slow_divergence(p, q) -> float:
    return math.fsum(x * math.log(x / y) for x, y in zip(p, q, strict=True) if x > 0)


BY_HAND = {
    measures.least_confident: lambda p: 1 - max(p),
    measures.margin: lambda p: 1 - (sorted(p)[-1] - sorted(p)[-2]),
    measures.entropy: slow_entropy,
    measures.vote_entropy: lambda m: slow_entropy([v / len(m) for v in slow_votes(m)]),
    measures.consensus_entropy: lambda m: slow_entropy(slow_mean(m)),
    measures.kl_to_consensus: lambda m: math.fsum(slow_divergence(p, slow_mean(m)) for p in m) / len(m),
    measures.variation_ratio: lambda m: 1 - max(slow_votes(m)) / len(m),
    measures.consensus_margin: lambda m: 1 - (sorted(slow_mean(m))[-1] - sorted(slow_mean(m))[-2]),
}

weights = st.one_of(st.just(0.0), st.just(1e-300), st.floats(1e-9, 1.0))


@st.composite
def tensors(draw: st.DrawFn, ndim: int = 3) -> np.ndarray:
    """(K, n, C) or (n, C) distributions: zeros, near-zeros, equal and certain rows included."""
    shape = (draw(st.integers(1, 6)), draw(st.integers(1, 5)), draw(st.integers(1, 6)))[3 - ndim :]
    raw = draw(arrays(np.float64, shape, elements=weights))
    raw[raw.sum(axis=-1) < 1e-12] = 1.0
    return raw / raw.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("measure", OF_PROBA, ids=lambda m: m.__name__)
@pytest.mark.parametrize("C", [2, 3, 10])
@pytest.mark.parametrize("order", ["C", "F"])
def test_measures_of_proba_follow_their_definition(measure, C, order):
    P = np.asarray(np.random.default_rng(C).dirichlet(np.full(C, 0.4), 5000), order=order)
    np.testing.assert_allclose(measure(P), [BY_HAND[measure](p.tolist()) for p in P], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("measure", OF_MEMBERS, ids=lambda m: m.__name__)
@pytest.mark.parametrize(("K", "C"), [(1, 3), (2, 2), (5, 3), (8, 10)])
def test_measures_of_members_follow_their_definition(measure, K, C):
    members = np.random.default_rng(K).dirichlet(np.full(C, 0.4), (K, 300))
    by_hand = [BY_HAND[measure](members[:, i].tolist()) for i in range(300)]
    np.testing.assert_allclose(measure(members), by_hand, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("measure", OF_MEMBERS, ids=lambda m: m.__name__)
def test_memory_order_does_not_matter(measure):
    members = np.random.default_rng(0).dirichlet(np.ones(4), (5, 50))
    column_major = (
        np.stack([np.asfortranarray(p) for p in members]).transpose(0, 2, 1).copy().transpose(0, 2, 1)
    )
    np.testing.assert_allclose(measure(column_major), measure(members), rtol=1e-12, atol=1e-15)


def test_entropy_agrees_with_scipy():
    from scipy.stats import entropy

    P = np.random.default_rng(1).dirichlet(np.full(5, 0.2), 1000)
    np.testing.assert_allclose(measures.entropy(P), entropy(P, axis=1), rtol=1e-12, atol=1e-15)


def test_kl_of_two_members_is_the_jensen_shannon_divergence_of_scipy():
    from scipy.spatial.distance import jensenshannon

    one, two = np.random.default_rng(2).dirichlet(np.full(4, 0.5), (2, 500))
    squared = jensenshannon(one, two, axis=1) ** 2
    np.testing.assert_allclose(measures.kl_to_consensus(np.stack([one, two])), squared, rtol=1e-9, atol=1e-12)


def test_kl_is_the_mean_divergence_to_1e12():
    """H(mean) - mean H = mean KL on 1,000 tensors, some of them with members sure of different classes."""
    rng = np.random.default_rng(3)
    worst = 0.0
    for _ in range(1000):
        K, C = rng.integers(2, 9), rng.integers(2, 8)
        members = rng.dirichlet(np.full(C, rng.choice([0.01, 0.3, 1.0, 30.0])), (K, 1))
        members[members < 1e-12] = 0.0
        members /= members.sum(axis=-1, keepdims=True)
        direct = BY_HAND[measures.kl_to_consensus](members[:, 0].tolist())
        worst = max(worst, abs(measures.kl_to_consensus(members)[0] - direct))
    assert worst < 1e-12


def test_two_classes_rank_alike_under_all_three():
    p = np.random.default_rng(4).uniform(size=1000)
    P = np.column_stack([p, 1 - p])
    ranks = [np.argsort(measure(P)).tolist() for measure in OF_PROBA]
    assert ranks[0] == ranks[1] == ranks[2]


def test_three_classes_can_rank_differently():
    """Else there would be no choice to make: two tied classes against one favourite and a long tail."""
    P = np.array([[0.5, 0.5, 0.0, 0.0], [0.55, 0.15, 0.15, 0.15]])
    assert [int(measure(P).argmax()) for measure in OF_PROBA] == [0, 0, 1]


@pytest.mark.parametrize("C", [2, 3, 10, 200])
def test_ranges_are_reached(C):
    P = np.vstack([np.full(C, 1 / C), np.eye(C)[0]])
    np.testing.assert_allclose(measures.least_confident(P), [1 - 1 / C, 0], atol=1e-15)
    np.testing.assert_allclose(measures.margin(P), [1, 0], atol=1e-15)
    np.testing.assert_allclose(measures.entropy(P), [math.log(C), 0], atol=1e-12)
    split = np.eye(C)[:, None, :]  # C members, each sure of another class
    np.testing.assert_allclose(measures.vote_entropy(split), math.log(C), rtol=1e-12)
    np.testing.assert_allclose(measures.consensus_entropy(split), math.log(C), rtol=1e-12)
    np.testing.assert_allclose(measures.kl_to_consensus(split), math.log(C), rtol=1e-12)
    np.testing.assert_allclose(measures.variation_ratio(split), 1 - 1 / C, rtol=1e-12)
    np.testing.assert_allclose(measures.consensus_margin(split), 1, rtol=1e-12)


def test_a_committee_agreed_on_half_is_uncertain_without_disagreement():
    members = np.full((7, 3, 2), 0.5)
    np.testing.assert_allclose(measures.consensus_entropy(members), math.log(2))
    assert measures.kl_to_consensus(members).tolist() == [0.0, 0.0, 0.0]
    assert measures.vote_entropy(members).tolist() == [0.0, 0.0, 0.0]


def test_members_that_agree_have_no_divergence_at_all():
    members = np.repeat(np.random.default_rng(5).dirichlet(np.ones(6), (1, 400)), 9, axis=0)
    assert not measures.kl_to_consensus(members).any(), "exactly 0, so that ties stay ties"


def test_votes_count_members_and_ties_go_to_the_lowest_class():
    members = np.array([[[0.2, 0.4, 0.4]], [[0.4, 0.4, 0.2]], [[0.1, 0.2, 0.7]], [[0.0, 1.0, 0.0]]])
    assert measures.votes(members).tolist() == [[1, 2, 1]]


@pytest.mark.parametrize("measure", OF_PROBA, ids=lambda m: m.__name__)
def test_one_class_and_no_point_at_all(measure):
    assert measure(np.ones((3, 1))).tolist() == [0.0, 0.0, 0.0]
    assert measure(np.ones((0, 3))).shape == (0,)


@pytest.mark.parametrize("measure", OF_MEMBERS, ids=lambda m: m.__name__)
def test_one_class_one_member_and_no_point_at_all(measure):
    assert measure(np.ones((2, 3, 1))).tolist() == [0.0, 0.0, 0.0]
    assert measure(np.ones((4, 0, 3))).shape == (0,)
    alone = np.random.default_rng(6).dirichlet(np.ones(3), (1, 5))
    disagreement = (measures.vote_entropy, measures.kl_to_consensus, measures.variation_ratio)
    assert measure not in disagreement or not measure(alone).any(), "one member cannot disagree"


@given(tensors(ndim=2))
def test_measures_of_proba_stay_in_range(P):
    C = P.shape[1]
    top = {
        measures.least_confident: 1 - 1 / C,
        measures.margin: 1.0 if C > 1 else 0.0,
        measures.entropy: math.log(C),
    }
    P.setflags(write=False)
    for measure, most in top.items():
        scores = measure(P)
        assert scores.shape == (len(P),) and np.isfinite(scores).all()
        assert (scores >= 0).all() and (scores <= most + 1e-12).all()
        np.testing.assert_allclose(
            measure(P[:, ::-1]), scores, rtol=1e-9, atol=1e-15, err_msg="names of classes"
        )


@given(tensors(ndim=3))
def test_measures_of_members_stay_in_range(members):
    K, n, C = members.shape
    most = math.log(min(K, C))
    members.setflags(write=False)
    for measure in OF_MEMBERS:
        scores = measure(members)
        assert scores.shape == (n,) and np.isfinite(scores).all() and (scores >= 0).all()
        np.testing.assert_allclose(
            measure(members[::-1]), scores, rtol=1e-9, atol=1e-12, err_msg="order of members"
        )
    assert (measures.vote_entropy(members) <= most + 1e-12).all()
    assert (measures.kl_to_consensus(members) <= most + 1e-12).all()
    assert (measures.variation_ratio(members) <= 1 - 1 / min(K, C) + 1e-12).all()
    assert (measures.kl_to_consensus(members) <= measures.consensus_entropy(members) + 1e-12).all()
