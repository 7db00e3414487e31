"""Stochastic batches: chances are what they say, extremes are greedy and random."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from alcore import Choice
from alcore.catalog import SELECTORS
from alcore.sampling import first_draw, gumbel_top_k, log_weights
from tests.drawing import shuffled
from tests.pools import seen

SHAPES = ("power", "softmax", "softrank")
SCORES = np.array([0.2, 0.5, 0.1, 0.8])


def test_first_draw_known_values():
    """By hand: power 2 gives squares; softmax e^s; ranks are 3, 2, 4, 1, so 1/3 : 1/2 : 1/4 : 1."""
    chances = {
        "power": np.array([4, 25, 1, 64]) / 94,
        "softmax": np.exp(2 * SCORES) / np.exp(2 * SCORES).sum(),
        "softrank": np.array([1 / 9, 1 / 4, 1 / 16, 1]) / (1 / 9 + 1 / 4 + 1 / 16 + 1),
    }
    for shape, expected in chances.items():
        np.testing.assert_allclose(first_draw(log_weights(SCORES, shape, 2.0)), expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_draws_follow_their_chances(shape):
    """Ordered pairs, against the product of successive draws without replacement."""
    logs = log_weights(SCORES, shape, 1.5)
    p = first_draw(logs)
    rng, T = np.random.default_rng(0), 20_000
    pairs = [tuple(gumbel_top_k(logs, rng.random(4), 2)) for _ in range(T)]
    cells = [(i, j) for i in range(4) for j in range(4) if i != j]
    expected = np.array([p[i] * p[j] / (1 - p[i]) for i, j in cells])
    counts = np.array([pairs.count(cell) for cell in cells])
    assert chisquare(counts, T * expected / expected.sum()).pvalue > 0.001


@pytest.mark.parametrize("shape", SHAPES)
def test_large_beta_is_top_and_zero_is_random(shape):
    n = 300
    view = seen(np.random.default_rng(1).normal(size=(n + 2, 2)), np.arange(n + 2) % 2, [0, 1])
    scores = np.random.default_rng(2).permutation(n) / n + 0.01
    sharp = SELECTORS.bind(Choice.of(shape, beta=100.0))(scores**9, view, 5)
    assert scores[sharp].min() > 0.9
    flat = SELECTORS.bind(Choice.of(shape, beta=0.0))
    np.testing.assert_array_equal(flat(scores, view, 30), flat(-scores, view, 30))
    assert 0.35 < scores[flat(scores, view, 100)].mean() < 0.65


@pytest.mark.parametrize("shape", SHAPES)
def test_the_draw_belongs_to_the_row_and_not_to_its_place(shape):
    view = seen(np.random.default_rng(3).normal(size=(40, 2)), np.arange(40) % 2, [0, 1])
    scores = np.random.default_rng(4).random(38)
    order = np.random.default_rng(5).permutation(38)
    choose = SELECTORS[shape].plugin
    mixed = choose(scores[order], shuffled(view, order), 9)
    np.testing.assert_array_equal(order[mixed], choose(scores, view, 9))


def test_a_score_of_nothing_is_drawn_last():
    scores = np.array([0.0, 0.3, 0.0, 1e-9, 0.0])
    rng = np.random.default_rng(6)
    for _ in range(200):
        at = gumbel_top_k(log_weights(scores, "power", 1.0), rng.random(5), 4).tolist()
        assert set(at[:2]) == {1, 3} and len(set(at)) == 4
    assert first_draw(log_weights(np.zeros(4), "power", 1.0)).tolist() == [0.25] * 4


def test_equal_scores_have_equal_chances():
    for shape in SHAPES:
        p = first_draw(log_weights(np.array([0.5, 0.2, 0.5, 0.2]), shape, 1.0))
        assert p[0] == p[2] > p[1] == p[3]


@settings(max_examples=40)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=0, max_size=30),
    st.sampled_from(SHAPES),
    st.floats(0, 100),
    st.integers(0, 35),
)
def test_any_scores_give_a_full_batch(scores, shape, beta, k):
    logs = log_weights(np.array(scores), shape, beta)
    at = gumbel_top_k(logs, np.random.default_rng(0).random(len(scores)), k)
    assert len(at) == min(k, len(scores)) == len(set(at.tolist()))
    p = first_draw(logs)
    assert not len(p) or (p.sum() == pytest.approx(1.0) and (p >= 0).all())
