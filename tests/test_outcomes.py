"""Tables of many runs: made-up logs whose numbers can be checked by hand, and real runs replayed."""

from dataclasses import replace
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore import Choice, Log, Round, Spec, SpecError, advance, outcomes, tables
from alcore.catalog import STOPPING

TWINS = {"margin": "random", "entropy": "random"}
BATCH = 10


def log(accuracies, *, cost=2.0, rows=None, classes=None, signals=None, seconds=0.5) -> Log:
    """A run that buys ten labels a round."""
    rows = range(10_000) if rows is None else rows
    return Log(
        tuple(
            Round(
                index=i,
                asked=tuple((int(r),) for r in list(rows)[BATCH * i : BATCH * (i + 1)]),
                answers=tuple((float(c),) for c in (classes[i] if classes else [0, 1] * 5)),
                scores=(0.5,) * BATCH,
                costs=(cost,) * BATCH,
                metrics={"accuracy": float(a), "log_loss": 1 - float(a)},
                signals={k: v[i] for k, v in (signals or {}).items()},
                seconds=seconds,
            )
            for i, a in enumerate(accuracies)
        )
    )


def runs(**strategies) -> dict:
    """One data set; each strategy's list of curves, one for each seed."""
    return {
        ("moons", name, seed): log(curve)
        for name, curves in strategies.items()
        for seed, curve in enumerate(curves)
    }


FOUR = runs(
    margin=[[0.5, 0.8, 0.9, 0.92], [0.6, 0.7, 0.9, 0.91]],
    random=[[0.5, 0.6, 0.7, 0.9], [0.6, 0.6, 0.8, 0.9]],
)


def frame(found=None) -> pd.DataFrame:
    return outcomes.curves(FOUR if found is None else found)


def one(table: pd.DataFrame, **where) -> pd.Series:
    """The one row in which these columns have these values."""
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


# Curves


def test_a_curve_is_that_of_the_tables() -> None:
    """Two ways to the same frame."""
    other = tables.curve({"|".join(map(str, key)): run for key, run in FOUR.items()})
    mine = frame()
    names = mine.dataset + "|" + mine.strategy + "|" + mine.seed.astype(str)
    assert names.tolist() == other.run.tolist()
    for column in ("round", "labels", "money", "seconds", "metric", "value"):
        assert mine[column].tolist() == other[column].tolist()


def test_parts_put_together_are_the_curves() -> None:
    parts = [outcomes.part(key, run) for key, run in FOUR.items()]
    pd.testing.assert_frame_equal(outcomes.assemble(parts), frame())


def test_a_metric_not_measured_in_a_round_has_no_row() -> None:
    short = Log((*log([0.5, 0.6]).rounds, replace(log([0.5]).rounds[0], index=2, metrics={"accuracy": 0.7})))
    found = outcomes.curves({("moons", "margin", 0): short})
    assert found.metric.tolist() == ["accuracy", "log_loss"] * 2 + ["accuracy"] and found.value.notna().all()


def test_160_runs_are_quick() -> None:
    many = {("d", f"s{k}", s): log(np.linspace(0.5, 0.9, 30)) for k in range(8) for s in range(20)}
    many = {
        key: Log(tuple(replace(r, metrics={f"m{i}": 0.5 for i in range(6)}) for r in run.rounds))
        for key, run in many.items()
    }
    started = perf_counter()
    found = outcomes.curves(many)
    assert len(found) == 28_800 and perf_counter() - started < 0.3


# Bands


def test_bands_by_hand() -> None:
    found = outcomes.bands(frame(), "accuracy", level=0.95)
    row = one(found, strategy="margin", x=20)
    assert row.value == pytest.approx(0.75) and row.seeds == 2
    half = 12.706 * np.std([0.8, 0.7], ddof=1) / np.sqrt(2)
    assert (row.low, row.high) == pytest.approx((0.75 - half, 0.75 + half), rel=1e-4)
    spread = one(outcomes.bands(frame(), "accuracy", band="range"), strategy="margin", x=20)
    assert (spread.low, spread.high) == (0.7, 0.8)


def test_only_what_all_seeds_cover_is_drawn_unless_told() -> None:
    short = frame({**FOUR, ("moons", "margin", 2): log([0.4, 0.5])})
    assert outcomes.bands(short, "accuracy").query("strategy == 'margin'").x.tolist() == [10, 20]
    some = outcomes.bands(short, "accuracy", least=2).query("strategy == 'margin'")
    assert some.x.tolist() == [10, 20, 30, 40] and some.seeds.tolist() == [3, 3, 2, 2]


@pytest.mark.parametrize(("between", "at15"), [("linear", 0.65), ("step", 0.5)])
def test_between_its_points_a_run_is_on_the_line_or_where_it_was(between: str, at15: float) -> None:
    wide = {("d", "a", 0): log([0.5, 0.8]), ("d", "a", 1): Log(log([0.5, 0.8, 0.9, 0.9]).rounds)}
    both = frame(wide)
    both.loc[both.seed == 1, "labels"] = [10, 10, 15, 15, 20, 20, 25, 25]
    found = outcomes.bands(both, "accuracy", between=between)
    assert one(found, x=15).value == pytest.approx((at15 + 0.8) / 2)


def test_a_median_has_its_own_interval_and_one_seed_none() -> None:
    many = frame(runs(margin=[[0.5 + s / 100, 0.9] for s in range(20)]))
    row = outcomes.bands(many, "accuracy", centre="median", level=0.95).iloc[0]
    assert (row.value, row.low, row.high) == pytest.approx((0.595, 0.55, 0.64))
    single = outcomes.bands(frame(runs(margin=[[0.5, 0.9]])), "accuracy")
    assert single.low.isna().all() and single.value.tolist() == [0.5, 0.9]


def test_a_crowded_axis_is_thinned() -> None:
    found = outcomes.bands(frame(), "accuracy", "seconds", points=3)
    assert found.x.tolist() == [0.5, 1.25, 2.0] * 2 and found.seeds.tolist() == [2] * 6


# Scores


def test_areas_are_those_of_the_tables_for_each_data_set() -> None:
    longer = {("wine", s, seed): log([0.5, 0.6, 0.7]) for s in ("margin", "random") for seed in (0, 1)}
    found = outcomes.areas(frame({**FOUR, **longer}), "accuracy")
    names = {f"{s}{seed}": run for (_, s, seed), run in FOUR.items()}
    expected = tables.area(tables.curve(names), "accuracy")
    here = found[found.dataset == "moons"]
    assert dict(zip(here.strategy + here.seed.astype(str), here.score, strict=True)) == pytest.approx(
        expected
    )


def test_area_table_by_hand() -> None:
    row = one(outcomes.area_table(frame(), "accuracy", TWINS), strategy="margin")
    margin = [(0.65 + 0.85 + 0.91) / 3, (0.65 + 0.8 + 0.905) / 3]
    random = [(0.55 + 0.65 + 0.8) / 3, (0.6 + 0.7 + 0.85) / 3]
    assert row.area == pytest.approx(np.mean(margin)) and (row.start, row.end) == (10, 40)
    assert row.difference == pytest.approx(np.mean(np.subtract(margin, random))) and row.pairs == 2
    alone = one(outcomes.area_table(frame(), "accuracy", TWINS), strategy="random")
    assert alone.twin == "" and np.isnan(alone.difference) and alone.pairs == 0


def test_better_is_positive_also_where_small_is_good() -> None:
    found = frame()
    up = one(outcomes.area_table(found, "accuracy", TWINS), strategy="margin")
    down = one(outcomes.area_table(found, "log_loss", TWINS), strategy="margin")
    assert down.difference == pytest.approx(up.difference) and down.area == pytest.approx(1 - up.area)
    assert down.difference_low == pytest.approx(up.difference_low)


def test_a_budget_buys_the_last_score_within_it() -> None:
    found = outcomes.at_budgets(frame(), "accuracy", [5, 25, 40, 45, 60], TWINS)
    rows = found[found.strategy == "margin"].set_index("budget")
    assert rows.seeds.tolist() == [0, 2, 2, 2, 0]  # after 40 labels the next round would have gone beyond 45
    assert rows.value[25] == pytest.approx(0.75) and rows.value[45] == pytest.approx(0.915)
    assert np.isnan(rows.value[5]) and np.isnan(rows.value[60])
    assert rows.difference[25] == pytest.approx(0.15)


def test_regret_is_that_of_the_tables() -> None:
    found = outcomes.regret_curves(frame(), "accuracy", 0.95)
    names = {f"{s}{seed}": run for (_, s, seed), run in FOUR.items()}
    expected = tables.regret(tables.curve(names), "accuracy", 0.95)
    assert found.regret.tolist() == pytest.approx(expected.regret.tolist())
    assert found.simple.tolist() == pytest.approx(expected.simple.tolist())


def test_each_seed_may_have_its_own_ceiling() -> None:
    by_seed = outcomes.regret_curves(frame(), "accuracy", {("moons", 0): 0.95, ("moons", 1): 1.0})
    assert one(by_seed, strategy="random", seed=1, round=3).simple == pytest.approx(0.1)
    assert one(by_seed, strategy="random", seed=0, round=3).simple == pytest.approx(0.05)
    with pytest.raises(SpecError, match="no ceiling for the data set 'moons'"):
        outcomes.regret_curves(frame(), "accuracy", {"wine": 0.9})


def test_regret_is_summed_over_the_rounds_all_runs_have() -> None:
    short = frame({**FOUR, ("moons", "random", 2): log([0.5, 0.6])})
    found = one(outcomes.regret_table(short, "accuracy", 0.95), strategy="margin")
    assert found.regret == pytest.approx(np.mean([0.45 + 0.15, 0.35 + 0.25]))
    assert np.isnan(found.exponent) and found.reason


def test_growth_of_a_regret_whose_power_is_known() -> None:
    labels = np.arange(10, 210, 10.0)
    lost = np.diff(np.concatenate([[0], labels**0.5]))
    found = outcomes.regret_table(frame(runs(margin=[0.95 - lost, 0.95 - lost])), "accuracy", 0.95)
    assert found.exponent[0] == pytest.approx(0.5, abs=1e-6)


# Targets


def test_never_reached_is_nan_and_never_zero() -> None:
    found = outcomes.reached(frame(), "accuracy", 0.915)
    assert found.reached.tolist() == [True, False, False, False]
    assert found.used.isna().tolist() == [False, True, True, True] and found.used[0] == 40
    assert found.budget.tolist() == [40.0] * 4


def test_to_target_counts_runs_that_missed_with_the_budget() -> None:
    found = outcomes.to_target(frame(), "accuracy", 0.915)
    row = one(found, strategy="margin", axis="labels")
    assert (row.seeds, row.reached, row.share, row.restricted, row.tau) == (2, 1, 0.5, 40, 40)
    nobody = one(found, strategy="random", axis="money")
    assert nobody.reached == 0 and np.isnan(nobody["median"]) and nobody.restricted == nobody.tau == 80


def test_any_column_may_be_the_axis() -> None:
    mine = frame().assign(effort=lambda f: f.labels * 12.0)
    labels = outcomes.savings(mine, "accuracy", 0.9, TWINS)
    effort = outcomes.savings(mine, "accuracy", 0.9, TWINS, "effort")
    assert effort.restricted[0] == 12 * labels.restricted[0] and effort.saving[0] == labels.saving[0]
    with pytest.raises(SpecError, match="no column named 'effort'"):
        outcomes.savings(frame(), "accuracy", 0.9, TWINS, "effort")
    with pytest.raises(SpecError, match="no metric named 'luck'"):
        outcomes.areas(frame(), "luck")


def test_savings_by_hand() -> None:
    row = one(outcomes.savings(frame(), "accuracy", 0.9, TWINS), strategy="margin")
    assert row.saving == pytest.approx(0.25) and (row.low, row.high) == pytest.approx((0.25, 0.25))
    assert (row.better, row.equal, row.worse, row.both) == (2, 0, 0, 2) and (row.tau, row.seeds) == (40, 2)
    assert (row.lowest, row.highest) == pytest.approx((0.25, 0.25)) and row.reason == ""


def test_only_runs_that_missed_limit_how_far_all_are_known() -> None:
    ours = [[0.5, 0.9, 0.9, 0.9]] * 3
    known = frame(runs(margin=ours, random=[[0.5, 0.5, 0.9], [0.5, 0.9], [0.5, 0.9]]))
    row = outcomes.savings(known, "accuracy", 0.9, TWINS).iloc[0]
    assert (row.tau, row.restricted, row.twin_restricted) == pytest.approx((30, 20, 70 / 3))
    assert row.saving == pytest.approx(1 / 7)
    assert (row.twin_reached, row.better, row.equal) == (3, 1, 2)
    missed = frame(runs(margin=ours, random=[[0.5, 0.5], [0.5, 0.9], [0.5, 0.9]]))
    row = outcomes.savings(missed, "accuracy", 0.9, TWINS).iloc[0]
    assert (row.tau, row.twin_reached, row.saving) == (20, 2, 0)


OUTCOMES = {
    "better": ([0.5, 0.9, 0.9], [0.5, 0.5, 0.9]),
    "equal": ([0.5, 0.9, 0.9], [0.5, 0.9, 0.9]),
    "worse": ([0.5, 0.5, 0.9], [0.5, 0.9, 0.9]),
    "only strategy reached": ([0.5, 0.5, 0.9], [0.5, 0.5, 0.5]),
    "only twin reached": ([0.5, 0.5, 0.5], [0.5, 0.5, 0.9]),
    "neither reached": ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
}


def test_every_outcome_of_a_seed_is_named_and_counted() -> None:
    pairs = list(OUTCOMES.values())
    mine = frame(runs(margin=[m for m, _ in pairs], random=[r for _, r in pairs]))
    found = outcomes.seed_savings(mine, "accuracy", 0.9, TWINS)
    assert found.outcome.tolist() == list(OUTCOMES)
    assert found.saved.tolist() == pytest.approx([1 / 3, 0, -0.5, np.nan, np.nan, np.nan], nan_ok=True)
    row = outcomes.savings(mine, "accuracy", 0.9, TWINS).iloc[0]
    assert (row.better, row.equal, row.worse, row.both, row.reached, row.twin_reached) == (2, 1, 2, 3, 4, 4)
    assert row.saving == pytest.approx(1 - (20 + 20 + 30 * 4) / (30 + 20 + 20 + 30 * 3))


def test_no_percentage_where_most_runs_missed() -> None:
    mine = frame(runs(margin=[[0.5, 0.9]] * 3, random=[[0.5, 0.6]] * 2 + [[0.5, 0.9]]))
    row = outcomes.savings(mine, "accuracy", 0.9, TWINS).iloc[0]
    assert np.isnan(row.saving) and np.isnan(row.low) and row.reason.startswith("Only 1 of 3 random runs")
    assert row.better == 2


def test_a_twin_that_is_not_there_or_the_strategy_itself_gives_no_row() -> None:
    assert outcomes.savings(frame(), "accuracy", 0.9, {"margin": "nobody", "random": "random"}).empty


def test_data_sets_have_their_own_target() -> None:
    both = frame({**FOUR, **{("wine", s, seed): run for (_, s, seed), run in FOUR.items()}})
    found = outcomes.reached(both, "accuracy", {"moons": 0.9, "wine": 0.7})
    used = found.groupby(["dataset", "strategy"]).used.mean()
    assert used["moons", "random"] == 40 and used["wine", "random"] == 30
    with pytest.raises(SpecError, match="no target for the data set 'wine'"):
        outcomes.reached(both, "accuracy", {"moons": 0.9})


def test_forecasts_say_not_reached() -> None:
    curves = [[0.5] * k + [0.9] * (12 - k) for k in range(1, 9)] + [[0.5] * 12] * 12
    row = one(outcomes.forecasts(frame(runs(margin=curves)), "accuracy", 0.9), axis="labels")
    assert (row.low, row.low_reached, row.high_reached) == (30, True, False) and np.isnan(row.high)
    assert row.level == pytest.approx(17 / 21) and (row.reached, row.seeds) == (8, 20)


def test_forecasts_from_few_runs_lie_on_counts_that_occur() -> None:
    curves = [[0.5] * k + [0.9] * (20 - k) for k in (5, 6, 7, 8)]
    found = outcomes.forecasts(frame(runs(margin=curves)), "accuracy", 0.9)
    labels, money = one(found, axis="labels"), one(found, axis="money")
    assert labels.low % 10 == 0 and labels.high % 10 == 0 and labels.method == "t on logarithms"
    assert labels.low < 60 and labels.high > 90 and money.high < 2 * labels.high


# Contests


def test_versus_random_and_everybody() -> None:
    three = frame({**FOUR, **{("moons", "entropy", s): FOUR["moons", "random", s] for s in (0, 1)}})
    found = outcomes.versus(three, "accuracy", TWINS)
    assert found.strategy.tolist() == ["margin", "entropy"] and found.other.tolist() == ["random", "random"]
    assert one(found, strategy="margin").wins == 2 and one(found, strategy="entropy").ties == 2
    assert (found.holm >= found.p).all()
    everybody = outcomes.versus(three, "accuracy", "all", outcome="final")
    assert len(everybody) == 3 and one(
        everybody, strategy="margin", other="random"
    ).difference == pytest.approx(0.015)
    lower = outcomes.versus(three, "log_loss", TWINS)
    assert lower.difference.tolist() == pytest.approx(found.difference.tolist())


def test_holm_counts_the_data_set_alone() -> None:
    rng = np.random.default_rng(0)
    many = {
        (d, s, seed): log(0.5 + 0.1 * (s != "random") + rng.random(4) / 100)
        for d in ("a", "b")
        for s in ("margin", "entropy", "random")
        for seed in range(8)
    }
    found = outcomes.versus(frame(many), "accuracy", TWINS)
    assert found.p.tolist() == pytest.approx([2 / 2**8] * 4)
    assert found.holm.tolist() == pytest.approx([4 / 2**8] * 4)


def test_one_seed_has_no_p() -> None:
    found = outcomes.versus(frame(runs(margin=[[0.5, 0.9]], random=[[0.5, 0.6]])), "accuracy", TWINS)
    assert np.isnan(found.p[0]) and np.isnan(found.holm[0]) and found.difference[0] > 0


def test_ranks_over_data_sets() -> None:
    many = {
        (f"d{i}", s, seed): log([0.5, 0.6 + 0.1 * k + 0.001 * i])
        for i in range(6)
        for k, s in enumerate(("random", "entropy", "margin"))
        for seed in (0, 1)
    }
    many["d0", "alone", 0] = log([0.5, 0.6])
    diagram = outcomes.ranking(frame(many), "accuracy")
    assert diagram.names == ("margin", "entropy", "random") and diagram.ranks == (1, 2, 3)
    assert outcomes.rank_frame(diagram)["rank"].tolist() == [1, 2, 3]
    cliques = outcomes.clique_frame(diagram)
    assert cliques.strategies.tolist() == ["margin, entropy", "entropy, random"]
    assert outcomes.ranking(frame(many), "log_loss").names[0] == "margin"
    with pytest.raises(SpecError, match="nothing to rank"):
        outcomes.ranking(frame({("a", "x", 0): log([0.5]), ("b", "y", 0): log([0.5])}), "accuracy")


# Picks


@given(st.lists(st.permutations(range(60)), min_size=2, max_size=2), st.integers(2, 5))
def test_overlap_is_jaccard_without_the_start(orders: list[list[int]], rounds: int) -> None:
    mine = {("d", f"s{i}", 0): log([0.5] * rounds, rows=order) for i, order in enumerate(orders)}
    found = outcomes.overlap(mine, by="round")
    assert found["round"].tolist() == list(range(1, rounds))
    for row in found.itertuples():
        one, other = (set(order[BATCH : BATCH * (row.round + 1)]) for order in orders)
        assert row.jaccard == pytest.approx(len(one & other) / len(one | other))
    assert outcomes.overlap(mine).jaccard[0] == found.jaccard.iloc[-1]


def test_overlap_of_runs_that_chose_nothing_is_not_made_up() -> None:
    assert outcomes.overlap({("d", "a", 0): log([0.5]), ("d", "b", 0): log([0.5, 0.6])}).empty
    same = outcomes.overlap({("d", s, 0): log([0.5, 0.6]) for s in "ab"})
    assert same.jaccard.tolist() == [1.0] and same.labels.tolist() == [20]


def test_classes_are_found_when_an_annotator_names_them() -> None:
    late = [[0] * 10, [0, 1] * 5, [2] + [np.nan] * 9]
    mine = {("d", "margin", 0): log([0.5] * 3, classes=late), ("d", "margin", 1): log([0.5] * 3)}
    found = outcomes.discovery(mine)
    assert found.found.tolist() == [1.5, 2.0, 2.5] and found.high.tolist() == [2, 2, 3]
    row = outcomes.discovery_table(mine).iloc[0]
    assert (row.classes, row.seeds, row.reached, row.restricted) == (3, 2, 1, 30)
    assert outcomes.discovery_table(mine, {"d": 4}).reached[0] == 0


def test_effort_is_the_computers_time() -> None:
    row = outcomes.effort({("d", "margin", s): log([0.5] * 4, seconds=0.5 + s) for s in (0, 1)}).iloc[0]
    assert (row.labels, row.seconds, row.per_label, row.per_round) == (40, 4.0, 0.1, 1.0)


# Stopping rules


def test_rules_that_the_run_was_not_watched_for_are_not_guessed() -> None:
    found = outcomes.stops(FOUR, [Choice("plateau")], "accuracy")
    assert not found.known.any() and found.labels.isna().all() and found.lost.isna().all()
    assert found.reason[0] == "This run did not note validation, which the rule reads."
    table = outcomes.stops_table(found)
    assert table.seeds.tolist() == [0, 0] and table.reason[0]


def test_stops_by_hand() -> None:
    watched = {"validation": [0.5, 0.7, 0.92, 0.95, 0.96]}
    mine = {("d", "margin", 0): log([0.5, 0.7, 0.8, 0.85, 0.9], signals=watched)}
    rules = [Choice.of("good_enough", accuracy=0.85, window=20), Choice.of("good_enough", accuracy=1.0)]
    found = outcomes.stops(mine, rules, "accuracy")
    first, never = found.iloc[0], found.iloc[1]
    assert (first.stopped, first["round"], first.labels, first.money) == (True, 3, 40, 80)
    assert first.saved_labels == first.saved_money == pytest.approx(0.2) and first.lost == pytest.approx(0.05)
    assert "0.857" in first.why and first.rule == "good enough (accuracy 0.85, window 20)"
    assert (never.known, never.stopped, never.labels, never.saved_labels, never.lost) == (
        True,
        False,
        50,
        0,
        0,
    )
    assert one(outcomes.stops(mine, rules[:1], "log_loss"), seed=0).lost == pytest.approx(0.05)


def test_a_rule_does_not_hear_answers_that_are_still_to_come() -> None:
    """Models of one class agree for ever; the rule waits for a second class, which round 4 brings."""
    classes = [[0] * 10] * 4 + [[1] * 10] * 3
    mine = {("d", "margin", 0): log([0.5] * 7, classes=classes, signals={"agreement": [np.nan] + [1.0] * 6})}
    found = outcomes.stops(mine, [Choice.of("stable_predictions", window=20)], "accuracy").iloc[0]
    assert found.stopped and found["round"] == 4


RULES = [
    Choice.of("stable_predictions", kappa=0.9, window=20),
    Choice.of("plateau", window=10, patience=0, gain=0.05),
    Choice.of("good_enough", accuracy=0.8),
    Choice.of("confident", below=0.6, rounds=2),
    Choice.of("expected_error", below=0.2, rounds=2),
]
BASE = Spec(dataset=Choice.of("moons", rows=200), budget=80, first=10, batch=5)


@pytest.fixture(scope="module")
def watched() -> Log:
    return Log(tuple(advance(outcomes.watching(BASE, RULES))))


def test_watching_changes_nothing_but_what_is_noted(watched: Log) -> None:
    plain = list(advance(BASE))
    assert len(watched) == len(plain) and watched.labels == 80
    for mine, other in zip(watched.rounds, plain, strict=True):
        assert mine.asked == other.asked and mine.metrics == other.metrics
    needs = frozenset[str]().union(*(STOPPING[r.name].needs for r in RULES))
    assert set(watched.rounds[-1].signals) == needs


@pytest.mark.parametrize("rule", RULES, ids=outcomes.rule_label)
def test_the_replay_stops_where_a_run_with_that_rule_stops(rule: Choice, watched: Log) -> None:
    real = Log(tuple(advance(replace(BASE, stop=(rule,)))))
    found = outcomes.stops({("moons", "margin", 0): watched}, [rule], "accuracy").iloc[0]
    assert found.stopped and real.labels < 80, "a rule that never speaks shows nothing"
    assert (found.labels, found.money, found["round"]) == (real.labels, real.spent, len(real) - 1)
    assert found.value == real.rounds[-1].metrics["accuracy"]


# All of them


def test_no_runs_give_empty_tables_with_their_columns() -> None:
    nothing = outcomes.curves({})
    assert nothing.columns.tolist() == frame().columns.tolist()
    full = {
        "bands": outcomes.bands,
        "areas": outcomes.areas,
        "finals": outcomes.finals,
        "area_table": lambda f, m: outcomes.area_table(f, m, TWINS),
        "at_budgets": lambda f, m: outcomes.at_budgets(f, m, [20], TWINS),
        "reached": lambda f, m: outcomes.reached(f, m, 0.9),
        "to_target": lambda f, m: outcomes.to_target(f, m, 0.9),
        "savings": lambda f, m: outcomes.savings(f, m, 0.9, TWINS),
        "seed_savings": lambda f, m: outcomes.seed_savings(f, m, 0.9, TWINS),
        "forecasts": lambda f, m: outcomes.forecasts(f, m, 0.9),
        "regret_curves": lambda f, m: outcomes.regret_curves(f, m, 0.9),
        "regret_table": lambda f, m: outcomes.regret_table(f, m, 0.9),
        "versus": lambda f, m: outcomes.versus(f, m, TWINS),
    }
    for name, make in full.items():
        empty, some = make(nothing, "accuracy"), make(frame(), "accuracy")
        assert empty.empty and empty.columns.tolist() == some.columns.tolist(), name
    for make in (outcomes.overlap, outcomes.discovery, outcomes.discovery_table, outcomes.effort):
        assert make({}).empty and make({("d", "a", 0): Log()}).columns.tolist() == make(FOUR).columns.tolist()
    assert outcomes.stops({}, RULES, "accuracy").empty
    assert outcomes.stops_table(outcomes.stops({}, RULES, "accuracy")).empty


def test_seeds_may_be_missing_on_either_side() -> None:
    uneven = {**FOUR, ("moons", "random", 7): log([0.5, 0.6, 0.7, 0.9])}
    del uneven["moons", "margin", 1]
    row = one(outcomes.area_table(frame(uneven), "accuracy", TWINS), strategy="margin")
    assert (row.seeds, row.pairs) == (1, 1) and np.isnan(row.low)
    assert outcomes.savings(frame(uneven), "accuracy", 0.9, TWINS).seeds.tolist() == [1]
    assert outcomes.versus(frame(uneven), "accuracy", TWINS).seeds.tolist() == [1]


def test_the_order_of_rows_follows_the_runs_with_data_sets_together() -> None:
    many = {("z", "b", 0): log([0.5]), ("a", "c", 0): log([0.5]), ("z", "a", 0): log([0.5])}
    mine = frame(many)
    for found in (
        outcomes.finals(mine, "accuracy"),
        outcomes.areas(mine, "accuracy"),
        outcomes.bands(mine, "accuracy"),
        outcomes.to_target(mine, "accuracy", 0.9, ["labels"]),
        outcomes.regret_table(mine, "accuracy", 0.9),
        outcomes.effort(many),
        outcomes.discovery(many),
    ):
        assert (found.dataset + found.strategy).tolist() == ["zb", "za", "ac"]
