"""Costs: prices by length, by lot and by the second, guesses of what labels cost, and buying by them."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, spearmanr

from alcore import Choice, DataError, Log, Spec, SpecError, advance, begin, catalog, outcomes, step
from alcore import given as own
from alcore.allocation import lazy_greedy
from alcore.ambiguity import odds
from alcore.data import prepare
from alcore.datasets.table import from_frame
from alcore.guessed_costs import guessed_costs
from alcore.loop import load, price_of, priced, view_of
from alcore.pace import tried
from alcore.project.shifts import Shifts, endings
from alcore.purchase import EXACT, known_before, purchase
from alcore.row_costs import drawn, habit, lengths
from alcore.types import Round
from tests.pools import blobs, seen

DIGITS = Spec(dataset="digits", first=20, batch=10, budget=150, budget_in="money", price="log_normal")
TEXTS = pd.DataFrame(
    {
        "message": [" ".join(["word"] * (1 + 3 * k)) + f" number{k}" for k in range(20)],
        "reply": ["", "yes it is, really"] * 10,
        "minutes": [*(np.arange(19.0) * 7 % 19) ** 1.5, np.nan],
        "label": ["a", "b"] * 10,
    }
)


def table(**more) -> "object":
    return prepare(from_frame(TEXTS, target="label", **more), 0.2, 0)


# --- prices that say themselves what rows cost ------------------------------------------------------------


def test_length_counts_the_words_of_all_texts_or_of_one_column():
    data = table()
    own_words = 2 + 3 * np.arange(20.0)
    np.testing.assert_array_equal(lengths(data, "message"), own_words)
    np.testing.assert_array_equal(lengths(data, "reply"), [0, 4] * 10)
    both = lengths(data)
    assert both[1] in (own_words[1], own_words[1] + 4), "replies may be called a category"
    paid = catalog.PRICES["per_length"].plugin(own_words, None, start=1.0, each=0.5)
    assert paid.tolist() == [1 + 0.5 * words for words in own_words]


def test_length_of_a_column_of_numbers_is_its_number_and_the_middle_one_where_missing():
    found = lengths(table(), "minutes")
    assert found[:2] == pytest.approx([0.0, 7**1.5]) and found[19] == 27.0


def test_rows_without_text_count_as_one_word_and_a_missing_column_is_told():
    assert set(lengths(load(Spec()))) == {1.0}
    with pytest.raises(DataError, match=r'no column "size".*"message"'):
        lengths(table(), "size")
    with pytest.raises(DataError, match="no table"):
        lengths(load(Spec()), "size")


def test_drawn_prices_are_log_normal_and_their_middle_is_the_typical_one():
    spec = replace(DIGITS, price=Choice.of("log_normal", typical=2.0, spread=0.5))
    logs = np.log(priced(spec, load(spec)).cost / 2.0) / 0.5
    assert abs(logs.mean()) < 0.05 and logs.std() == pytest.approx(1.0, abs=0.03)
    told = 0.8 * norm.ppf(0.9)
    assert np.exp(told) == pytest.approx(2.8, abs=0.05), "as the help text says"


def test_a_drawn_price_belongs_to_its_row_and_to_the_seed():
    data = load(DIGITS)
    one, same, other = (drawn(data, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1


def test_prices_follow_difficulty_as_far_as_they_are_told_to():
    data = load(Spec(dataset="priced"))
    hard = -odds(data).max(axis=1)
    assert spearmanr(drawn(data, 0, 1.0), hard).statistic > 0.999
    assert 0.5 < spearmanr(drawn(data, 0, 0.7), hard).statistic < 0.9
    assert abs(spearmanr(drawn(data, 0), hard).statistic) < 0.1
    assert drawn(data, 0, 0.7).std() == pytest.approx(1.0, abs=0.06)


def test_features_tell_as_much_of_the_seconds_as_they_are_told_to():
    data = load(Spec(dataset="breast_cancer"))
    A = np.column_stack([np.ones(len(data.X)), data.X])
    for told in (0.0, 0.5, 1.0):
        found = habit(data, 0, told)
        rest = found - A @ np.linalg.lstsq(A, found, rcond=None)[0]
        assert 1 - rest.var() / found.var() == pytest.approx(told, abs=0.1)
    flat = own(np.ones((9, 2)), np.arange(9) % 2)
    assert np.isfinite(habit(flat, 0, 0.9)).all() and habit(flat, 0, 0.9).std() > 0


def test_seconds_are_charged_afterwards_and_never_beyond_the_limit():
    seconds = catalog.PRICES["per_second"].plugin
    assert seconds(np.array([10.0, 900.0]), None, wage=36.0, limit=100.0).tolist() == [1.0, 1.0]
    assert seconds(np.array([10.0, 900.0]), np.zeros(2), wage=36.0, limit=100.0).tolist() == [0.1, 1.0]


def test_logged_seconds_of_the_data_come_before_simulated_ones():
    logged = np.linspace(5.0, 40.0, 30)
    X = np.random.default_rng(0).normal(size=(30, 2))
    data = own(X, (X[:, 0] > 0).astype(int), cost=logged)
    spec = Spec(dataset="own", price=Choice.of("per_second", wage=3600.0), first=6, budget=12, seed=1)
    log = Log(tuple(advance(spec, data=data)))
    paid = {q[0]: cost for r in log.rounds for q, cost in zip(r.asked, r.costs, strict=True)}
    assert all(cost == pytest.approx(logged[row]) for row, cost in paid.items())
    simulated = priced(spec, own(X, (X[:, 0] > 0).astype(int))).cost
    assert np.ptp(simulated) > 0


def test_logged_seconds_that_are_all_the_same_are_still_those_of_the_data():
    X = np.random.default_rng(0).normal(size=(30, 2))
    spec = Spec(dataset="own", price="per_second")
    assert set(priced(spec, own(X, np.arange(30) % 2, cost=np.full(30, 12.0))).cost) == {12.0}
    made = prepare(from_frame(TEXTS.assign(took=7.0), target="label", cost="took"), 0.2, 0)
    assert set(priced(spec, made).cost) == {7.0}


def test_a_price_of_its_own_is_worked_out_once_and_again_for_another_seed():
    data = load(DIGITS)
    assert priced(DIGITS, data) is priced(DIGITS, data) is not data
    assert priced(replace(DIGITS, price="flat"), data) is data
    assert (priced(replace(DIGITS, seed=1), data).cost != priced(DIGITS, data).cost).any()
    np.testing.assert_array_equal(priced(DIGITS, priced(DIGITS, data)).cost, priced(DIGITS, data).cost)
    for seed in range(20):
        priced(replace(DIGITS, seed=seed), data)


def test_the_pace_knows_how_many_labels_such_a_price_leaves():
    spec = Spec(price=Choice.of("log_normal", typical=10.0, spread=0.0), budget=300, budget_in="money")
    assert tried(spec).rounds == 1 + (30 - 10) // 5


STRATEGIES = st.fixed_dictionaries(
    {
        "acquisition": st.sampled_from(["margin", "random"]),
        "adjust": st.sampled_from([(), ("per_cost",), ("per_predicted_cost",)]),
        "select": st.sampled_from(["top", "knapsack", "coverage_per_cost", "core_set"]),
    }
)
PRICED = st.one_of(
    st.builds(lambda c: Choice.of("per_length", start=c, each=c), st.floats(0, 3)),
    st.builds(
        lambda t, s, d: Choice.of("log_normal", typical=t, spread=s, difficulty=d),
        st.floats(0.01, 4), st.floats(0, 2), st.sampled_from([0.0, 0.0, 0.5, 1.0]),
    ),
    st.builds(
        lambda w, limit, told: Choice.of("per_second", wage=w, limit=limit, predictable=told),
        st.floats(0, 900), st.floats(1, 200), st.floats(0, 1),
    ),
    st.builds(lambda factor: Choice.of("per_row", factor=factor), st.floats(0, 3)),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(PRICED, STRATEGIES, st.floats(0, 40), st.integers(1, 9), st.integers(0, 3))
def test_no_strategy_at_no_price_spends_more_than_the_budget(price, strategy, budget, batch, seed):
    spec = Spec(
        dataset=Choice.of("priced", rows=100), first=5, batch=batch, budget=budget, budget_in="money",
        price=price, seed=seed, **strategy,
    )  # fmt: skip
    log = Log(tuple(advance(spec)))
    assert log.spent <= budget + 1e-6
    run = begin(spec, log)
    left = run.setting.candidates(run.data, log)
    dearest = price_of(spec)(left.cost, None)
    assert run.ended and (not len(left) or dearest.min() > run.left), "nothing affordable is left over"


# --- guesses ----------------------------------------------------------------------------------------------


def made(n: int, seed: int = 0, noise: float = 0.0, D: int = 4):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, D))
    return X, np.exp(2.0 + X @ rng.normal(size=D) * 0.5 + noise * rng.normal(size=n))


def test_a_law_without_noise_is_found():
    X, costs = made(120)
    guessed = guessed_costs(X[:60], costs[:60], X[60:])
    inside = (costs[60:] > costs[:60].min()) & (costs[60:] < costs[:60].max())
    assert np.abs(np.log(guessed / costs[60:]))[inside].max() < 0.25
    assert spearmanr(guessed, costs[60:]).statistic > 0.98


def test_what_cannot_be_told_is_guessed_alike_and_right_on_average():
    rng = np.random.default_rng(1)
    X, costs = rng.normal(size=(400, 20)), np.exp(0.8 * rng.normal(size=400))
    guessed = guessed_costs(X[:40], costs[:40], X[40:])
    assert np.log(guessed).std() < 0.1
    assert guessed.mean() == pytest.approx(costs[:40].mean(), rel=0.1)


def test_leaving_one_out_in_closed_form_is_leaving_one_out():
    from alcore.guessed_costs import _left_out

    X, costs = made(25, noise=0.3)
    Z, logs = X - X.mean(axis=0), np.log(costs) - np.log(costs).mean()
    U, s, _ = np.linalg.svd(Z, full_matrices=False)
    by_hand = []
    for k in range(25):
        rest = np.arange(25) != k
        A = np.column_stack([np.ones(24), Z[rest]])
        w = np.linalg.solve(A.T @ A + np.diag([0.0, *[2.0] * 4]), A.T @ logs[rest])
        by_hand.append((logs[k] - w[0] - Z[k] @ w[1:]) ** 2)
    np.testing.assert_allclose(_left_out(U, s, U.T @ logs, logs, 2.0), by_hand, rtol=1e-8)


@pytest.mark.parametrize("costs", [[], [3.0], [2.0] * 9, [0.0] * 9])
def test_without_anything_to_learn_all_guesses_are_the_mean(costs):
    X = np.random.default_rng(0).normal(size=(len(costs), 2))
    found = guessed_costs(X, np.array(costs), np.ones((3, 2)))
    assert found.tolist() == [np.mean(costs) if costs else 1.0] * 3


@given(st.lists(st.sampled_from([0.0, 1e-9, 1.0, 1e9]), min_size=5, max_size=12), st.integers(0, 5))
def test_guesses_stay_within_what_was_seen(costs, seed):
    rng = np.random.default_rng(seed)
    X = rng.choice([0.0, 1.0, 1e6], size=(len(costs), 3))
    found = guessed_costs(X, np.array(costs), rng.normal(size=(7, 3)) * 1e9)
    assert np.isfinite(found).all() and (found >= 0).all()


def test_guesses_never_read_the_prices_of_candidates():
    run = begin(DIGITS)
    for _ in range(3):
        run = step(run)
    adjust = catalog.ADJUSTMENTS["per_predicted_cost"].plugin
    offered = run.setting.candidates(run.data, run.log)
    scores = np.random.default_rng(0).random(len(offered))
    hidden = type(offered)(offered.ids, offered.X, np.zeros(len(offered)), offered.group)
    first, second = (adjust(scores, view_of(run, c, frozenset())) for c in (offered, hidden))
    np.testing.assert_array_equal(first, second)
    assert (first != scores).any() or np.ptp(scores) == 0


# --- greedy buying of what saturates ----------------------------------------------------------------------


def cover(reach):
    def gains(chosen, at):
        return np.maximum(reach[at] - reach[chosen].max(axis=0, initial=0.0), 0.0).sum(axis=1)

    return gains


reaches = st.integers(0, 10_000).map(lambda seed: np.random.default_rng(seed))


@settings(max_examples=40)
@given(reaches)
def test_lazy_greedy_chooses_what_plain_greedy_does(rng):
    reach = rng.integers(0, 4, (12, 6)).astype(float)
    costs = rng.choice([0.5, 1.0, 2.0], 12)
    gains, plain = cover(reach), []
    while len(plain) < 6:
        rate = gains(plain, np.arange(12)) / costs
        rate[plain] = -1
        if rate.max() <= 0:
            break
        plain.append(int(rate.argmax()))
    assert lazy_greedy(gains, costs, n=6).tolist() == plain


def test_coverage_buys_one_of_each_kind_and_the_cheap_one():
    X, y = blobs([[0, 0], [9, 0], [0, 9], [9, 9]], 6, spread=0.01)
    cost = np.where(np.arange(24) % 6 == 3, 0.5, 2.0)
    view = seen(X, y % 2, [0, 6], cost=cost)
    at = catalog.SELECTORS["coverage_per_cost"].plugin(np.ones(len(view.candidates)), view, 2)
    chosen = view.candidates.ids[at, 0]
    assert sorted(chosen.tolist()) == [15, 21], "the two blobs without a label, each at its cheapest row"


# --- one round's purchase ---------------------------------------------------------------------------------


def test_a_purchase_keeps_to_its_sum_and_the_best_one_is_the_best():
    log = Log(tuple(advance(DIGITS, rounds=3)))
    found = purchase(DIGITS, log)
    assert json.loads(json.dumps(found)) == found and found["known"]
    rules = found["rules"]
    assert list(rules) == ["score", "per_cost", "exact"]
    assert all(rule["cost"] <= found["money"] * (1 + 1e-5) for rule in rules.values())
    assert rules["exact"]["value"] >= rules["per_cost"]["value"] > 2 * rules["score"]["value"]
    assert rules["per_cost"]["value"] >= 0.5 * rules["exact"]["value"]
    cost = dict(zip(found["row"], found["cost"], strict=True))
    score = dict(zip(found["row"], found["score"], strict=True))
    for rule in rules.values():
        assert sum(cost[row] for row in rule["rows"]) == pytest.approx(rule["cost"], rel=1e-4)
        assert sum(score[row] for row in rule["rows"]) == pytest.approx(rule["value"], rel=1e-4)
    above = {row for row in cost if score[row] / cost[row] > found["rate"] * (1 + 1e-5)}
    assert above <= set(rules["per_cost"]["rows"]) and len(above) >= rules["per_cost"]["n"] - 5


def test_a_purchase_by_unknown_prices_goes_by_guesses():
    spec = replace(DIGITS, price="per_second", budget=40)
    found = purchase(spec, Log(tuple(advance(spec, rounds=4))))
    assert not found["known"] and np.ptp(found["cost"]) > 0


def test_a_purchase_before_anything_is_known_is_refused_in_a_sentence():
    with pytest.raises(SpecError, match="later round"):
        purchase(DIGITS, Log())
    small = Spec(dataset=Choice.of("moons", rows=60), first=4, batch=20, budget=60)
    with pytest.raises(SpecError, match="earlier round"):
        purchase(small, Log(tuple(advance(small))))


@pytest.mark.parametrize("share", [float("nan"), float("inf"), -1.0, "half"])
def test_a_purchase_for_no_sum_is_refused_in_a_sentence(share):
    with pytest.raises(SpecError, match="share must be a number from 0 on"):
        purchase(DIGITS, Log(tuple(advance(DIGITS, rounds=2))), share=share)


def test_a_purchase_whose_best_is_hard_to_find_still_tells_the_others(monkeypatch):
    monkeypatch.setattr("alcore.purchase.best_for_money_exact", lambda *_: None)
    found = purchase(DIGITS, Log(tuple(advance(DIGITS, rounds=2))))
    assert list(found["rules"]) == ["score", "per_cost"] and found["candidates"] <= EXACT


def test_equal_prices_are_known_before():
    log = Log(tuple(advance(Spec(), rounds=2)))
    assert known_before(np.ones(5), log) and known_before(np.ones(5), Log())


# --- what it is good for ----------------------------------------------------------------------------------


def areas(base: Spec, strategies: dict[str, dict], seeds: int) -> dict[str, np.ndarray]:
    runs = {
        ("", name, seed): Log(tuple(advance(replace(base, seed=seed, **parts))))
        for seed in range(seeds)
        for name, parts in strategies.items()
    }
    found = outcomes.areas(outcomes.curves(runs), "accuracy", "money")
    return {name: part["score"].to_numpy() for name, part in found.groupby("strategy")}


KNOWN = {"margin": {}, "per cost": {"adjust": ("per_cost",)}, "knapsack": {"select": "knapsack"}}


def test_score_per_cost_learns_more_for_the_money():
    found = areas(DIGITS, KNOWN, 3)
    assert (found["per cost"] > found["margin"] + 0.02).all()


@pytest.mark.slow
def test_score_per_cost_beats_the_score_by_the_bar_over_twenty_seeds():
    found = areas(DIGITS, KNOWN | {"random": {"acquisition": "random"}}, 20)
    gain = found["per cost"] - found["margin"]
    assert gain.mean() >= 0.02 and (gain > 0).sum() >= 19
    assert found["knapsack"].mean() > found["margin"].mean() > found["random"].mean()


@pytest.mark.slow
def test_guessed_costs_help_where_the_cheap_rows_are_of_all_kinds_and_hurt_where_they_are_of_one():
    guess = {"margin": {}, "guess": {"adjust": ("per_predicted_cost",)}}
    texts = replace(DIGITS, dataset=Choice("sentiment"), price="per_second", budget=60)
    mixed = areas(texts, guess, 10)
    assert (mixed["guess"] - mixed["margin"]).mean() > 0
    alike = areas(replace(DIGITS, price="per_second", budget=40), guess, 10)
    assert (alike["guess"] - alike["margin"]).mean() < 0


# --- when it is done --------------------------------------------------------------------------------------


def rounds_of(*costs: tuple[float, ...], scores: tuple[float, ...] = ()) -> Log:
    scores = scores or tuple(0.1 * (k + 1) for k in range(len(costs)))
    return Log(
        tuple(
            Round(k, tuple((10 * k + i,) for i in range(len(c))), ((0.0,),) * len(c), (0.0,) * len(c), c,
                  {"accuracy": s})
            for k, (c, s) in enumerate(zip(costs, scores, strict=True))
        )
    )  # fmt: skip


def test_working_hours_share_batches_take_breaks_and_wait():
    log = rounds_of((3.0, 3.0, 3.0), (6.0,))
    alone = Shifts(wage=3.0, annotators=1, pause=0.0, wait=0.0)
    assert alone.working_hours(log) == pytest.approx(15 / 3)
    assert replace(alone, annotators=2).working_hours(log) == pytest.approx(2 * 1 + 2), "one works on alone"
    assert replace(alone, wait=2.5).working_hours(log) == pytest.approx(5 + 2.5)
    assert replace(alone, session=50, pause=10).working_hours(log) == pytest.approx(5 * 1.2)
    assert alone.working_hours(Log()) == 0.0 and alone.days(0.0) == 1 and alone.days(6.1) == 2


def test_the_last_day_leaves_out_weekends():
    shifts = Shifts(first_day="2030-01-04")  # a Friday
    days = [shifts.last_day(n, date(2000, 1, 1)).isoformat() for n in (1, 2, 6)]
    assert days == ["2030-01-04", "2030-01-07", "2030-01-11"]
    with pytest.raises(SpecError, match="is no date"):
        Shifts(first_day="soon")


def test_endings_count_to_the_target_and_say_when_it_was_not_reached():
    slow = rounds_of((9.0,) * 4, (9.0,) * 4, scores=(0.5, 0.9))
    never = rounds_of((9.0,) * 4, scores=(0.5,))
    runs = {("d", "slow", s): slow for s in range(9)} | {("d", "never", s): never for s in range(9)}
    runs |= {("d", "once", s): slow for s in range(9)}
    plan = Shifts(wage=9.0, annotators=1, hours=4.0, pause=0.0, wait=4.0, first_day="2030-01-07")
    today = date(2029, 1, 1)
    found = endings(runs, "accuracy", 0.9, plan, today=today, at_once=["once"]).set_index("strategy")
    assert found.loc["slow", ["reached", "hours", "days"]].tolist() == [9, 8.0, 3.0]
    assert found.loc["slow", "last"] == date(2030, 1, 9) and found.loc["once", "days"] == 2
    assert found.loc["never", "reached"] == 0 and np.isnan(found.loc["never", "days"])
    assert found.loc["never", "last"] is None and found.loc["never", "last_high"] is None
    assert endings({}, "accuracy", 0.9, plan, today=today).empty
    with pytest.raises(SpecError, match="no metric"):
        endings(runs, "magic", 0.9, plan, today=today)
