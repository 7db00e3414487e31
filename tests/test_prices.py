"""Money: what labels cost, budgets that are never exceeded, and scores per money unit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alcore import Choice, Spec, SpecError, advance, begin
from alcore import given as own
from alcore.catalog import ADJUSTMENTS, PRICES
from alcore.types import Candidates, Log
from tests.test_selection import pool

flat, per_class, per_row = (PRICES[name].plugin for name in ("flat", "per_class", "per_row"))
per_cost = ADJUSTMENTS["per_cost"].plugin
ROWS = np.array([2.0, 0.0, 5.0])


def test_flat_costs_the_same():
    assert flat(ROWS, None, each=0.5).tolist() == [0.5] * 3
    assert flat(ROWS, np.array([0.0, 1.0, np.nan]), each=0.5).tolist() == [0.5] * 3


def test_per_class_charges_the_answer_and_announces_the_dearest():
    prices = (1.0, 9.0, 4.0)
    assert per_class(ROWS, None, prices=prices).tolist() == [9.0] * 3
    assert per_class(ROWS, np.array([2.0, 0.0, 1.0]), prices=prices).tolist() == [4.0, 1.0, 9.0]
    assert per_class(ROWS, np.array([np.nan, 0.0, np.nan]), prices=prices).tolist() == [9.0, 1.0, 9.0]


def test_per_class_repeats_the_last_price():
    assert per_class(ROWS, np.array([1.0, 2.0, 7.0]), prices=(3.0, 2.0)).tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(SpecError, match="at least one price"):
        per_class(ROWS, None, prices=())


def test_per_row_multiplies_the_datas_cost():
    assert per_row(ROWS, None, factor=1.5).tolist() == [3.0, 0.0, 7.5]
    assert per_row(ROWS, np.zeros(3), factor=1.5).tolist() == [3.0, 0.0, 7.5]


@pytest.mark.parametrize("choice", [Choice.of("flat", each=-1), Choice.of("per_row", factor=-1)])
def test_no_price_is_negative(choice):
    with pytest.raises(SpecError):
        PRICES.bind(choice)


money = st.floats(0, 4)
some_prices = st.one_of(
    st.builds(lambda each: Choice.of("flat", each=each), money),
    st.builds(lambda prices: Choice.of("per_class", prices=prices), st.lists(money, min_size=1, max_size=3)),
    st.builds(lambda factor: Choice.of("per_row", factor=factor), money),
)


@settings(max_examples=40)
@given(
    price=some_prices,
    budget=st.floats(0, 25),
    batch=st.integers(1, 7),
    adjust=st.sampled_from([(), (Choice("per_cost"),)]),
    select=st.sampled_from(["top", "epsilon_greedy"]),
    seed=st.integers(0, 5),
)
def test_a_money_budget_is_never_exceeded_and_nothing_affordable_is_left(
    price, budget, batch, adjust, select, seed
):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 2))
    data = own(X, (X[:, 0] > 0).astype(int), cost=rng.choice([0.0, 0.5, 1.0, 3.0], 30))
    spec = Spec(
        dataset="own", first=3, batch=batch, budget=budget, budget_in="money", price=price,
        adjust=adjust, select=select, seed=seed, oracle=Choice.of("noisy", rate=0.2),
    )  # fmt: skip
    rounds = list(advance(spec, data=data))
    spent = sum(sum(r.costs) for r in rounds)
    assert spent <= budget + 1e-6
    assert all(r.asked and min(r.costs) >= 0 for r in rounds)
    run = begin(spec, Log(tuple(rounds)), data=data)
    left = run.setting.candidates(data, run.log)
    dearest = PRICES.bind(price)(left.cost, None)
    assert run.ended and (not len(left) or dearest.min() > run.left)


# Per cost.


def with_costs(costs):
    view = pool(len(costs))
    old = view.candidates
    return replace(view, candidates=Candidates(old.ids, old.X, np.asarray(costs, float), old.group))


def test_scores_are_divided_by_cost_to_a_power():
    scores, view = np.array([1.0, 1.0, 3.0]), with_costs([1.0, 2.0, 4.0])
    np.testing.assert_allclose(per_cost(scores, view), [1.0, 0.5, 0.75])
    np.testing.assert_allclose(per_cost(scores, view, power=2.0), [1.0, 0.25, 3 / 16])
    np.testing.assert_array_equal(per_cost(scores, view, power=0.0), scores)


def test_free_labels_come_first_best_first_unless_worthless():
    after = per_cost(np.array([5.0, 0.1, 0.2, 0.0]), with_costs([1e-3, 0.0, 0.0, 0.0]))
    assert np.argsort(-after).tolist() == [2, 1, 0, 3] and after[3] == 0.0


def test_a_negative_score_does_not_gain_by_costing_more():
    after = per_cost(np.array([-1.0, -1.0, -3.0]), with_costs([1.0, 2.0, 1.0]))
    assert after[0] > after[1] > after[2]


def test_what_must_not_be_asked_stays_so():
    after = per_cost(np.array([-np.inf, 1.0, np.inf]), with_costs([0.0, 2.0, 1.0]))
    assert after.tolist() == [-np.inf, 0.5, np.inf]
    nothing = np.full(2, -np.inf)
    assert per_cost(nothing, with_costs([0.0, 1.0])).tolist() == [-np.inf, -np.inf]
    assert per_cost(np.zeros(0), with_costs([])).shape == (0,)


extreme = st.one_of(st.floats(allow_nan=False), st.sampled_from([0.0, 1e308, -1e308, 5e-324, -np.inf]))
costs = st.one_of(st.floats(0, 1e308), st.sampled_from([0.0, 5e-324, 1e-200, 1e300]))


@given(arrays(np.float64, 5, elements=extreme), arrays(np.float64, 5, elements=costs), st.floats(0, 3))
def test_no_score_or_price_makes_nonsense(scores, price, power):
    after = per_cost(scores, with_costs(price), power=power)
    assert not np.isnan(after).any()
    np.testing.assert_array_equal(np.isfinite(after), np.isfinite(scores))


@given(arrays(np.float64, 6, elements=st.floats(-5, 5)), arrays(np.float64, 6, elements=st.floats(0, 9)))
def test_cheaper_is_never_worse_and_better_is_never_worse(scores, price):
    after = per_cost(scores, with_costs(price))
    for i in range(6):
        for j in range(6):
            if scores[i] >= scores[j] and price[i] <= price[j]:
                assert after[i] >= after[j]
