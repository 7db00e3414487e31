"""Money: guarantees by brute force, budgets kept, the selector's purse."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore.allocation import best_for_money, best_for_money_exact, knapsack
from alcore.catalog import SELECTORS
from tests.pools import seen

choose = SELECTORS["knapsack"].plugin
amounts = st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 7.0, 9.5])


def optimum(values, costs, budget, n=None):
    sizes = range(len(values) + 1) if n is None else [n]
    sets = (list(c) for k in sizes for c in combinations(range(len(values)), k))
    return max((values[c].sum() for c in sets if costs[c].sum() <= budget + 1e-9), default=None)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(amounts, amounts), min_size=0, max_size=9), st.floats(0, 25))
def test_greedy_keeps_the_budget_and_half_of_the_best(items, budget):
    values, costs = (np.array([i[k] for i in items]) for k in (0, 1))
    bought = knapsack(values, costs, budget)
    assert costs[bought].sum() <= budget + 1e-9 and len(set(bought.tolist())) == len(bought)
    assert values[bought].sum() >= 0.5 * optimum(values, costs, budget) - 1e-9


def test_half_is_all_that_greed_alone_can_promise():
    """The small item has the better ratio and blocks the large one; the single best item saves the bound."""
    values, costs = np.array([1.1, 10.0]), np.array([1.0, 10.0])
    assert knapsack(values, costs, 10.0).tolist() == [1]
    values, costs = np.array([6.0, 5.0, 5.0]), np.array([5.9, 5.0, 5.0])
    assert knapsack(values, costs, 10.0).tolist() == [0], "best ratio first, 6 of the possible 10"
    assert best_for_money_exact(values, costs, 10.0).tolist() == [1, 2]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=8), st.floats(0, 20), st.integers(1, 8))
def test_exact_is_the_optimum(items, budget, n):
    values, costs = (np.array([i[k] for i in items]) for k in (0, 1))
    bought = best_for_money_exact(values, costs, budget)
    assert values[bought].sum() == pytest.approx(optimum(values, costs, budget))
    n = min(n, len(values))
    budget = max(budget, np.sort(costs)[:n].sum())
    bought = best_for_money_exact(values, costs, budget, n)
    assert len(bought) == n and costs[bought].sum() <= budget * (1 + 1e-6) + 1e-6
    assert values[bought].sum() == pytest.approx(optimum(values, costs, budget, n))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=9), st.floats(0, 25), st.integers(0, 9))
def test_a_price_of_money_gives_full_batches_that_can_be_paid(items, budget, n):
    values, costs = (np.array([i[k] for i in items]) for k in (0, 1))
    n = min(n, len(values))
    bought = best_for_money(values, costs, budget, n)
    assert len(set(bought.tolist())) == n
    assert costs[bought].sum() <= max(budget, np.sort(costs)[:n].sum()) + 1e-9
    found, paid = values[bought].sum(), costs[bought].sum()
    assert found == pytest.approx(optimum(values, costs, paid, n)) or n == 0 or paid > budget, (
        "no set at this cost is worth more"
    )


def test_a_price_of_money_is_close_to_the_optimum_on_larger_pools():
    rng = np.random.default_rng(0)
    for _ in range(5):
        values, costs = rng.random(400), np.exp(rng.normal(0, 0.8, 400))
        near, best = (f(values, costs, 15.0, 20) for f in (best_for_money, best_for_money_exact))
        assert values[near].sum() >= 0.97 * values[best].sum()


def priced(n=60, seed=0):
    rng = np.random.default_rng(seed)
    cost = np.exp(rng.normal(0, 0.8, n + 2))
    return seen(rng.normal(size=(n + 2, 2)), np.arange(n + 2) % 2, [0, 1], cost=cost), rng.random(n)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("purse", [0.3, 0.7, 1.0])
def test_a_round_keeps_to_its_purse(purse, exact):
    view, scores = priced()
    cost = view.candidates.cost
    at = choose(scores, view, 8, purse=purse, exact=exact)
    cheapest = np.sort(cost)[:8].sum()
    assert len(at) == 8 and cost[at].sum() <= max(purse * 8 * cost.mean(), cheapest) * (1 + 1e-6)
    rate = scores[at] / cost[at]
    assert rate.tolist() == sorted(rate, reverse=True), "a batch cut short keeps its best part"
    assert set(choose(scores, view, 8, purse=5.0, exact=exact)) == set(np.argsort(-scores)[:8])


def test_equal_prices_make_it_top():
    view = seen(np.random.default_rng(1).normal(size=(32, 2)), np.arange(32) % 2, [0, 1])
    scores = np.random.default_rng(2).random(30)
    for exact in (True, False):
        assert set(choose(scores, view, 6, exact=exact)) == set(np.argsort(-scores)[:6])


def test_a_hard_search_is_given_up_after_so_many_nodes():
    """Values that rise with costs are what branch and bound is worst at."""
    costs = np.random.default_rng(0).integers(1, 10**6, 60) / 1e6
    values, money = costs + 0.1, 0.8 * 15 * float(costs.mean())
    assert best_for_money_exact(values, costs, float(costs.sum()) / 2) is None
    assert best_for_money_exact(values, costs, money, 15) is None


def test_a_round_whose_best_batch_is_hard_to_find_gets_the_one_that_is_nearly_as_good(monkeypatch):
    view, scores = priced()
    best = choose(scores, view, 8, purse=0.7)
    monkeypatch.setattr("alcore.allocation._solved", lambda *_: None)
    found = choose(scores, view, 8, purse=0.7)
    assert found.tolist() == choose(scores, view, 8, purse=0.7, exact=False).tolist() != best.tolist()
