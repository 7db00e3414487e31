"""Selectors: the best, ties, what must not be asked, and exploring now and then."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alcore import Choice
from alcore.catalog import SELECTORS
from alcore.learn import Fitted
from alcore.types import Candidates, Labelled, Log, View, frozen

top = SELECTORS["top"].plugin
epsilon_greedy = SELECTORS["epsilon_greedy"].plugin
some_scores = arrays(
    np.float64, st.integers(0, 60), elements=st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 0.5, 2.0])
)


@cache
def pool(n: int, seed: int = 0) -> View:
    """A view of n candidates with mixed-up ids; selectors here look at nothing else."""
    ids = np.random.default_rng(n).permutation(3 * n)[:n, None]
    X, ones, none = np.zeros((n, 1)), np.ones(n), np.zeros(0, np.int64)
    return View(
        candidates=Candidates(frozen(ids), frozen(X), frozen(ones), frozen(np.zeros(n, np.int64))),
        labelled=Labelled(X[:0], none, ids[:0]),
        log=Log(),
        fitted=Fitted(None, none, 2),
        learn=lambda: None,
        committee=lambda: (),
        budget=10.0,
        left=10.0,
        seed=seed,
    )


@given(some_scores, st.integers(0, 70))
def test_top_is_the_head_of_a_stable_sort(scores, n):
    allowed = int((scores > -np.inf).sum())
    expected = np.argsort(-scores, kind="stable")[: min(n, allowed)]
    np.testing.assert_array_equal(top(scores, pool(len(scores)), n), expected)


@given(some_scores, st.integers(0, 70), st.sampled_from(["top", "epsilon_greedy"]))
def test_random_ties_take_scores_as_high_as_without(scores, n, name):
    given_up = {"epsilon": 0.0} if name == "epsilon_greedy" else {}
    choose = SELECTORS.bind(Choice.of(name, ties="random", **given_up))
    first = top(scores, pool(len(scores)), n)
    drawn = choose(scores, pool(len(scores)), n)
    assert scores[drawn].tolist() == scores[first].tolist(), "same scores, best first"
    assert len(set(drawn.tolist())) == len(drawn)


def test_top_of_a_large_pool():
    scores = np.random.default_rng(0).normal(size=200_000).round(2)
    for n in (1, 7, 500):
        expected = np.argsort(-scores, kind="stable")[:n]
        np.testing.assert_array_equal(top(scores, pool(200_000), n), expected)


@pytest.mark.parametrize("name", ["top", "epsilon_greedy"])
@given(data=st.data())
def test_selection_goes_by_row_not_by_position(name, data):
    """With random ties and any exploring, the rows chosen do not depend on the order of the candidates."""
    scores = data.draw(some_scores)
    n, epsilon = data.draw(st.integers(0, 20)), data.draw(st.floats(0, 1))
    choose = SELECTORS.bind(Choice.of(name, ties="random", **({"epsilon": epsilon} if name != "top" else {})))
    view = pool(len(scores))
    order = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(len(scores))
    mixed = replace(view, candidates=view.candidates.take(order))
    np.testing.assert_array_equal(order[choose(scores[order], mixed, n)], choose(scores, view, n))


def test_random_ties_are_uniform():
    from scipy.stats import chi2

    scores = np.array([1.0, 0.5, 0.5, 0.5, 0.5, 0.0])
    drawn = [top(scores, pool(6, seed), 2, ties="random").tolist() for seed in range(2000)]
    assert all(at[0] == 0 for at in drawn)
    counts = np.bincount([at[1] for at in drawn], minlength=6)
    assert counts[[0, 5]].tolist() == [0, 0]
    assert chi2.sf(((counts[1:5] - 500) ** 2 / 500).sum(), 3) > 1e-3


def test_what_must_not_be_asked_is_never_taken():
    scores = np.array([-np.inf, 0.2, -np.inf, 0.1])
    assert top(scores, pool(4), 10).tolist() == [1, 3]
    assert sorted(epsilon_greedy(scores, pool(4), 10, epsilon=1.0).tolist()) == [1, 3]
    nothing = np.full(4, -np.inf)
    for ties in ("first", "random"):
        assert top(nothing, pool(4), 3, ties=ties).tolist() == []
        assert epsilon_greedy(nothing, pool(4), 3, ties=ties).tolist() == []


@given(some_scores, st.integers(0, 70))
def test_without_exploring_epsilon_greedy_is_top(scores, n):
    view = pool(len(scores))
    for ties in ("first", "random"):
        greedy = epsilon_greedy(scores, view, n, epsilon=0.0, ties=ties)
        np.testing.assert_array_equal(greedy, top(scores, view, n, ties=ties))


def test_always_exploring_is_uniform_whatever_the_scores():
    from scipy.stats import chi2

    scores = np.arange(8.0)
    chosen = np.array([epsilon_greedy(scores, pool(8, seed), 3, epsilon=1.0) for seed in range(3000)])
    for place in chosen.T:
        counts = np.bincount(place, minlength=8)
        assert chi2.sf(((counts - 375) ** 2 / 375).sum(), 7) > 1e-3


def test_exploring_takes_its_share_and_all_other_places_go_to_the_best_left():
    """20 places at epsilon 0.3: on average 6 go to a row that is not the best one left."""
    explored = []
    for seed in range(300):
        at = epsilon_greedy(np.arange(10_000.0), pool(10_000, seed), 20, epsilon=0.3).tolist()
        assert len(set(at)) == 20
        best_left = [max(set(range(9_970, 10_000)) - set(at[:place])) for place in range(20)]
        explored.append(sum(a != best for a, best in zip(at, best_left, strict=True)))
    assert abs(np.mean(explored) - 6) < 4 * np.sqrt(20 * 0.3 * 0.7 / 300)


def test_exploring_changes_with_the_round():
    from alcore import Round

    scores, view = np.arange(1000.0), pool(1000)
    later = replace(view, log=Log((Round(0, (), (), (), (), {}),)))
    one, two = (epsilon_greedy(scores, v, 10, epsilon=1.0).tolist() for v in (view, later))
    assert one != two
