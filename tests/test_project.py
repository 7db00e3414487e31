"""A labelling project: labels into money, hours and days; finished runs into an honest estimate."""

import json
from dataclasses import asdict, replace
from itertools import product
from math import inf, isfinite

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore import Choice, Log, Spec, SpecError, advance, catalog, outcomes
from alcore.project import (
    PARAMS,
    UNITS,
    Project,
    between,
    beyond,
    break_even,
    choice,
    distribution,
    estimate,
    estimates,
    headline,
    ladder,
    majority_error,
    money,
    needed,
    priced,
    reference,
    reference_range,
    sensitivity,
    sentence,
    share,
    simulated,
    span,
    tornado,
)
from alcore.statistics.forecast import order_statistics
from alcore.types import Asked

TWINS = {"Random": "Random", "Doubt": "Random"}
CHEAP = Project(engineering=0, test_labels=0, wage=36, seconds=100, target=0.9)  # a label costs 1


def curves(
    needs: dict[str, list[float]], *, end: int = 100, step: int = 10, low: float = 0.5
) -> pd.DataFrame:
    """Runs that jump to 0.95 with the given number of labels; infinite = never."""
    rows = [
        ("data", strategy, seed, at, labels, float(labels), 0.0, "accuracy", 0.95 if labels >= need else low)
        for strategy, all_ in needs.items()
        for seed, need in enumerate(all_)
        for at, labels in enumerate(range(step, end + 1, step))
    ]
    columns = ["dataset", "strategy", "seed", "round", "labels", "money", "seconds", "metric", "value"]
    return pd.DataFrame(rows, columns=columns)


def judged(doubt: list[float], random: list[float], project: Project = CHEAP, **more):
    return estimate(project, curves({"Random": random, "Doubt": doubt}, **more), TWINS, "Doubt")


# ------------------------------------------------------------------------------------ the project itself


def test_every_field_is_a_knob_with_help_and_unit():
    assert [p.name for p in PARAMS] == list(asdict(Project())) == list(UNITS)
    for p in PARAMS:
        assert p.help.endswith("."), p.name
        assert p.check(p.default) == p.default
    metrics = next(p for p in PARAMS if p.name == "metric").choices
    assert all(catalog.METRICS[m].facts["better"] == "higher" for m in metrics)


def test_money_counts_answers_checks_fees_test_items_and_fixed_costs():
    project = Project(
        wage=60,
        seconds=30,
        answers=3,
        review=0.5,
        tooling=0.25,
        test_labels=100,
        engineering=1000,
        round_cost=2,
    )
    each = 3.5 * 0.5 + 0.25  # half a minute at a dollar a minute, three and a half times
    assert project.price == pytest.approx(each)
    assert project.money(400) == pytest.approx(500 * each)
    assert project.money(400, rounds=19, active=True) == pytest.approx(500 * each + 1000 + 38)
    assert project.person_hours(400) == pytest.approx(500 * 3.5 / 120)


def test_days_wait_for_each_batch_and_rest_at_weekends():
    project = Project(seconds=3600, annotators=2, hours=8, week=5, wait=1, test_labels=0)
    assert [project.calendar(h) for h in (0, 8, 8.1, 40, 48, 81)] == [0, 1, 2, 5, 8, 15]
    assert project.days([10, 10, 10]) == 2  # 30 hours shared by two: 15 working hours
    assert project.days([10, 10, 10], active=True) == 3  # 5 + 1 + 5 + 1 + 5 = 17 working hours
    assert replace(project, annotators=1000).days([10, 10, 10], active=True) == 1  # 1 + 1 + 1 + 1 + 1
    assert replace(project, week=7).calendar(80) == 10
    assert replace(project, test_labels=20).days([10, 10], active=True) == project.days([30, 10], active=True)


@pytest.mark.parametrize("answers", [1, 2, 3, 5])
def test_majority_errs_as_often_as_all_ways_to_answer_say(answers):
    noise, wrong = 0.2, 0.0
    for said in product((0, 1), repeat=answers):
        odds = np.prod([noise if s else 1 - noise for s in said])
        wrong += odds * (1.0 if sum(said) > answers / 2 else 0.5 if sum(said) == answers / 2 else 0.0)
    assert majority_error(noise, answers) == pytest.approx(wrong)


def test_checks_find_errors_unless_they_err_too():
    assert Project(noise=0.1).error == pytest.approx(0.1)
    assert Project(noise=0.1, review=1.0).error == pytest.approx(0.01)
    assert Project(noise=0.1, review=0.5, answers=3).error == pytest.approx(0.028 * 0.55)
    assert Project(noise=0.0).error == 0.0


def test_doubtful_numbers_are_said():
    assert Project().doubts == ()
    assert "only 2" in Project(answers=3).doubts[0]
    assert any("tie" in d for d in Project(answers=2).doubts)
    assert any("5 points" in d for d in Project(test_labels=90).doubts)


@given(st.data())
def test_a_project_reads_back_from_an_address_and_from_json(data):
    found = {}
    for p in PARAMS:
        if p.choices:
            found[p.name] = data.draw(st.sampled_from(p.choices))
        elif p.type is int:
            found[p.name] = data.draw(st.integers(int(p.range.low), int(p.range.high)))
        else:
            found[p.name] = data.draw(st.floats(p.range.low, p.range.high))
    project = Project(**found)
    assert Project.from_query(project.to_query()) == (project, ())
    assert Project.from_json(project.to_json()) == project
    other = Project(wage=1.0)
    assert Project.from_query(project.to_query(other), other) == (project, ())


def test_what_an_address_cannot_say_is_left_out_with_a_sentence():
    query = {"project.wage": "-3", "project.colour": "red", "project.seconds": "12", "batch": "4"}
    project, problems = Project.from_query(query)
    assert project == Project(seconds=12.0) and len(problems) == 2
    assert Project().to_query() == {}
    for text in ("[]", "{", '{"wage": "x"}', '{"no": 1}', "null"):
        with pytest.raises(SpecError):
            Project.from_json(text)
    with pytest.raises(SpecError):
        Project(wage=-1)


# ------------------------------------------------------------------------------------ runs and their cost


def test_the_runs_to_make_depend_on_noise_but_not_on_money():
    base = Spec(dataset=Choice("wine"), price=Choice.of("flat", each=3.0), batch=4)
    made = simulated(Project(noise=0.1, answers=3), base, ("hybrid", "margin"), seeds=7)
    assert made.base.oracle == Choice.of("noisy", rate=0.028) and made.seeds == 7
    assert (
        simulated(Project(noise=0.1, answers=3, wage=99, seconds=9), base, ("hybrid", "margin"), seeds=7)
        == made
    )
    assert simulated(Project(noise=0), base).base.oracle == Choice("exact")
    assert simulated(Project(), base, budget=60).base.budget == 60
    assert len(made.entries()) == 3 * 7


def test_the_noisy_oracle_is_the_majority_of_several_annotators():
    """Answers of three annotators drawn one by one, against the one oracle that stands for them."""
    rng, n = np.random.default_rng(0), 40_000
    wrong = (rng.random((n, 3)) < 0.15).sum(axis=1) >= 2
    checked = wrong & ~((rng.random(n) < 0.4) & (rng.random(n) >= 0.15))
    made = simulated(Project(noise=0.15, answers=3, review=0.4), Spec()).base.oracle
    said = catalog.ORACLES.bind(made)(Asked(np.arange(n)[:, None], np.zeros(n, np.int64), 2, 0))
    assert said.mean() == pytest.approx(checked.mean(), abs=4 * np.sqrt(0.06 * 0.94 / n))


def test_priced_runs_agree_with_the_project_round_by_round():
    project = Project(seconds=900, wait=3, annotators=3, hours=7, round_cost=5, review=0.3, test_labels=11)
    frame = priced(project, curves({"Random": [30], "Doubt": [30]}, end=60), TWINS)
    assert len(frame) == 12
    for row in frame.itertuples():
        active, batches = row.strategy == "Doubt", [10] * (row.round + 1)
        assert row.cost == pytest.approx(project.money(row.labels, row.round, active))
        assert row.days == project.days(batches, active)
        assert row.hours == pytest.approx(project.person_hours(row.labels))
        assert row.items == row.labels + 11
    assert priced(project, frame.iloc[:0][frame.columns[:9]], TWINS).columns.tolist()[-4:] == [
        "items", "cost", "hours", "days",
    ]  # fmt: skip


def test_priced_columns_are_axes_of_outcomes():
    frame = priced(CHEAP, curves({"Random": [50, 60], "Doubt": [30, 40]}), TWINS)
    found = outcomes.reached(frame, "accuracy", 0.9, "cost")
    assert found[found.strategy == "Doubt"]["used"].tolist() == [30.0, 40.0]


# ------------------------------------------------------------------------------------ intervals


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=40))
def test_known_numbers_have_the_interval_of_order_statistics(values):
    found, theirs = between(np.array(values), np.array(values)), order_statistics(values)
    assert (found.low, found.high, found.level) == (theirs.low, theirs.high, theirs.level)
    assert found.middle == pytest.approx(np.median(values))


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(0, 9), st.booleans()), min_size=2, max_size=30))
def test_not_knowing_only_widens(parts):
    true = np.array([t for t, _, _ in parts])
    gap = np.array([g if hidden else 0.0 for _, g, hidden in parts])
    sure, unsure = between(true, true), between(true - gap, true + gap)
    assert unsure.low <= sure.low and unsure.high >= sure.high
    assert unsure.middle is None or not gap.any() or unsure.middle == pytest.approx(sure.middle, abs=1e-9)


def test_a_saving_by_hand_with_a_run_that_missed():
    """Twenty seeds; random needs twice as much, but in one seed it never gets there."""
    random = [20.0] * 9 + [40.0] * 10 + [inf]
    found = judged([10.0] * 9 + [20.0] * 10 + [30.0], random)
    assert (found.n, found.better, found.worse, found.equal, found.neither) == (20, 20, 0, 0, 0)
    assert found.passive.missed == 1 and found.active.missed == 0
    assert found.saving.low == found.saving.middle == 0.5
    assert found.saving.high == 0.5  # the second largest: the one unknown, at least 70 %, lies above
    assert found.saving.level == pytest.approx(17 / 21)
    assert found.passive.labels.high == 40.0 and found.active.labels.low == 10.0
    assert found.saved_cost.low == 10.0 and found.pays.value == 1.0
    assert found.chance.low == pytest.approx(0.88, abs=0.01)
    rows = distribution(found)
    assert rows["outcome"].tolist() == ["better"] * 19 + ["only strategy reached"]
    assert np.isnan(rows["saving"].iloc[-1]) and rows["saving_low"].iloc[-1] == pytest.approx(0.7)
    assert rows["saved_cost_high"].iloc[-1] == inf


def test_costs_include_everything_and_engineering_only_where_it_is_paid():
    project = replace(CHEAP, engineering=15, test_labels=7, round_cost=1)
    found = judged([20.0] * 10, [60.0] * 10, project)
    assert found.passive.cost.middle == 67 and found.active.cost.middle == 27 + 15 + 1
    assert found.saved_cost.middle == 24 and found.saved_labels.middle == 40
    assert found.active.items.middle == 27
    assert found.verdict == "saves"
    assert (
        replace(project, engineering=39)
        and judged([20.0] * 10, [60.0] * 10, replace(project, engineering=39)).verdict == "saves labels only"
    )


CASES = {
    "saves": ([20.0] * 20, [40.0] * 20),
    "not told apart": ([40.0] * 9 + [20.0] * 11, [40.0] * 20),
    "does not save": ([40.0] * 15 + [20.0] * 5, [40.0] * 20),
    "at the start": ([10.0] * 20, [10.0] * 11 + [20.0] * 9),
    "random missed": ([20.0] * 20, [inf] * 11 + [40.0] * 9),
    "active missed": ([inf] * 11 + [20.0] * 9, [40.0] * 20),
    "both missed": ([inf] * 12 + [20.0] * 8, [inf] * 11 + [40.0] * 9),
    "too few": ([20.0] * 4, [40.0] * 4),
}


@pytest.mark.parametrize("verdict", CASES)
def test_every_case_has_its_verdict_and_its_sentence(verdict):
    found = judged(*CASES[verdict])
    assert found.verdict == verdict
    said = sentence(found)
    assert said.startswith(headline(found)) and said.endswith(".")
    assert "None" not in said and "nan" not in said and "inf" not in said
    start = {
        "not told apart": "Whether Doubt saves anything on these rows cannot be told from 20",
        "does not save": "Do not bother",
        "at the start": "Do not bother",
        "active missed": "Do not use it",
        "both missed": "No answer yet",
        "too few": "Too early",
    }.get(verdict, "Doubt needs")
    assert said.startswith(start)


@pytest.mark.parametrize(
    ("better", "verdict"),
    [(6, "does not save"), (7, "not told apart"), (13, "not told apart"), (14, "saves")],
)
def test_a_verdict_needs_more_than_a_fair_coin_gives(better, verdict):
    found = judged([20.0] * better + [60.0] * (20 - better), [40.0] * 20)
    assert found.verdict == verdict
    said = choice([found])
    assert said.startswith("No clear choice. Whether Doubt") == (verdict == "not told apart")


@pytest.mark.parametrize("verdict", ["random missed", "active missed", "both missed"])
def test_no_number_where_more_than_half_missed(verdict):
    found = judged(*CASES[verdict])
    for outlook in (found.saving, found.saved_cost, found.saved_days, found.saved_labels):
        assert (outlook.low, outlook.high, outlook.middle) == (None, None, None) and outlook.reason
    assert found.average.value is None
    missing = found.passive if verdict == "random missed" else found.active
    assert missing.labels.low is None and "not reached in 1" in missing.labels.reason
    assert "Saving" not in sentence(found)
    assert break_even(found).projects.low is None


def test_a_plan_that_often_misses_has_an_open_end():
    found = judged([20.0] * 17 + [inf] * 3, [40.0] * 20)
    assert found.active.labels.high == inf and span(found.active.labels) == "20 or more"
    assert found.saving.low == -inf and "no limit to the loss" in sentence(found)


def test_a_dear_plan_is_told_with_a_minus():
    said = sentence(judged([60.0] * 20, [40.0] * 20))
    assert "−50% of the labels" in said and "20 of 20 simulated projects were worse than random" in said


def test_one_data_set_and_a_twin_are_needed():
    frame = curves({"Random": [20], "Doubt": [20]})
    with pytest.raises(SpecError, match="no random twin"):
        estimate(CHEAP, frame, TWINS, "Random")
    with pytest.raises(SpecError, match="one data set"):
        estimate(CHEAP, pd.concat([frame, frame.assign(dataset="other")]), TWINS, "Doubt")
    nothing = estimate(CHEAP, frame.iloc[:0], TWINS, "Doubt")
    assert nothing.n == 0 and nothing.verdict == "too few" and "Too early" in sentence(nothing)


def test_unpaired_seeds_are_left_out():
    frame = curves({"Random": [40.0] * 6, "Doubt": [20.0] * 8})
    assert estimate(CHEAP, frame, TWINS, "Doubt").n == 6


def test_the_most_useful_strategy_comes_first():
    frame = curves(
        {"Random": [40.0] * 9, "Doubt": [30.0] * 9, "Best": [20.0] * 9, "Gamble": [10.0] * 5 + [inf] * 4}
    )
    found = estimates(CHEAP, frame, {**TWINS, "Best": "Random", "Gamble": "Random"})
    assert [e.strategy for e in found] == ["Best", "Doubt", "Gamble"]
    assert choice(found).startswith("Best: it needed fewer labels than random in 9 of 9")
    worse = estimates(CHEAP, curves({"Random": [20.0] * 9, "Doubt": [30.0] * 9}), TWINS)
    assert choice(worse).startswith("None: label at random.")
    assert choice(()) and choice(estimates(CHEAP, frame.iloc[:0], TWINS))


def test_needed_agrees_with_forecast_and_hides_what_is_mostly_unknown():
    assert needed(np.array([50.0] * 5 + [np.nan] * 6)).low is None
    found = needed(np.arange(50.0, 250.0, 10.0))
    assert (found.low, found.high, round(found.level, 2)) == (60.0, 230.0, 0.81)


# ------------------------------------------------------------------------------------ what follows


def test_ladder_has_a_step_for_each_target_and_nan_beyond_reach():
    frame = curves({"Random": [40.0] * 20, "Doubt": [20.0] * 20})
    table = ladder(CHEAP, frame, TWINS, targets=[0.4, 0.9, 0.99])
    doubt = table[table.strategy == "Doubt"]
    assert doubt["labels"].tolist()[:2] == [10.0, 20.0] and np.isnan(doubt["labels"].iloc[2])
    assert doubt["reached"].tolist() == [20, 20, 0] and "not reached in 20 of 20" in doubt["reason"].iloc[2]
    assert 0.9 in ladder(CHEAP, frame, TWINS)["target"].tolist()


def test_break_even_by_hand():
    """A label costs 1 and 20 of 40 are saved: 100 of engineering are earned after 5 projects, 200 labels."""
    found = break_even(judged([20.0] * 20, [40.0] * 20, replace(CHEAP, engineering=100)))
    assert found.projects.low == found.projects.high == found.projects.middle == 5
    assert found.labels.middle == 200
    never = break_even(judged([40.0] * 20, [40.0] * 20, replace(CHEAP, engineering=100)))
    assert never.projects.low == never.projects.high == inf
    mixed = break_even(judged([20.0] * 10 + [60.0] * 10, [40.0] * 20, replace(CHEAP, engineering=100)))
    assert mixed.projects.low == 5 and mixed.projects.high == inf


def test_the_tornado_sets_variants_beside_the_base_on_the_same_seeds():
    project = replace(CHEAP, engineering=10, noise=0.02)
    made = simulated(project, Spec(dataset=Choice("moons"), batch=5, budget=60), ("margin",))
    variants = {v.name: v for v in sensitivity(project, made, seeds=6)}
    assert {
        "wage_low",
        "wage_high",
        "seconds_high",
        "noise_high",
        "noise_low",
        "batch_high",
        "pool_low",
    } <= set(variants)
    assert variants["wage_high"].comparison is None and variants["wage_high"].project.wage == pytest.approx(
        43.2
    )
    assert variants["noise_high"].comparison.base.oracle == Choice.of("noisy", rate=0.07)
    assert variants["batch_high"].comparison.base.batch == 25
    assert variants["pool_high"].comparison.base.dataset == Choice.of("moons", rows=1200)
    assert variants["pool_low"].comparison.base.test_share == pytest.approx(0.665)
    assert all(v.comparison is None or v.comparison.seeds == 6 for v in variants.values())

    name = made.contenders[0].label
    base = curves({"Random": [40.0] * 6 + [90.0] * 14, name: [20.0] * 20})
    twins = {name: "Random", "Random": "Random"}
    results = {"noise_high": curves({"Random": [40.0] * 6, name: [30.0] * 6})}
    table = tornado(project, base, twins, name, list(variants.values()), results).set_index("name")
    assert table.loc["noise_high", "change"] == -10  # against the same six seeds, not against all twenty
    assert table.loc["wage_high", "change"] == pytest.approx(0.2 * 70)
    assert not table.loc["batch_high", "known"] and table.loc["batch_high", "reason"] == "Not simulated yet."
    assert abs(table["change"].iloc[0]) == table["change"].abs().max()


def test_nothing_is_said_far_beyond_the_pilot():
    n = np.arange(10, 101, 10)
    rows = [
        ("data", s, seed, at, k, 0.0, 0.0, "accuracy", 0.95 - b * k**-0.5)
        for s, b in (("Random", 2.0), ("Doubt", 1.0))
        for seed in range(5)
        for at, k in enumerate(n)
    ]
    frame = pd.DataFrame(
        rows,
        columns=["dataset", "strategy", "seed", "round", "labels", "money", "seconds", "metric", "value"],
    )
    found = beyond(CHEAP, frame, TWINS, "Doubt", target=0.88)
    assert found.most == 300
    assert found.active.labels == pytest.approx((1 / 0.07) ** 2, rel=0.05)
    assert found.passive.labels is None and "too far" in found.passive.reason  # it would be 816
    assert beyond(CHEAP, frame, TWINS, "Doubt", target=0.99).active.labels is None
    with pytest.raises(SpecError, match="Too few rounds"):
        beyond(CHEAP, frame[frame["round"] < 2], TWINS, "Doubt")


def test_numbers_as_people_say_them():
    assert [share(x) for x in (0.524, -0.08, -0.001)] == ["52%", "−8%", "0%"]
    assert [money(x, "€") for x in (1234.6, -25.2, 0.5, 0.0)] == ["€1,235", "−€25", "€0.50", "€0"]


# ------------------------------------------------------------------------------------ real runs


def test_an_estimate_of_real_runs_end_to_end():
    project = Project(target=0.9, noise=0.0, engineering=0)
    made = simulated(project, Spec(dataset=Choice("wine"), first=4, batch=4, budget=40), ("margin",), seeds=9)
    frame = outcomes.curves(
        {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in made.entries()}
    )
    found = estimates(project, frame, made.twins)[0]
    ours = outcomes.savings(frame, "accuracy", 0.9, made.twins).iloc[0]
    assert (found.better, found.equal, found.worse) == (ours.better, ours.equal, ours.worse)
    assert found.average.value == pytest.approx(ours.saving)
    assert found.n == 9 and isfinite(found.active.labels.low)
    assert sentence(found).count("prediction intervals for ONE future project") == 1


def test_the_reference_is_measured_and_read_back():
    rows = reference()
    assert len({r.name for r in rows}) >= 20 and all(r.seeds == 20 for r in rows)
    for r in rows + reference("preset") + reference("noisy"):
        assert r.better + r.equal + r.worse <= r.seeds
        assert (r.average is None) == (max(r.missed, r.twin_missed) > r.seeds / 2), r.name
    found = reference_range()
    assert found.lowest < 0.2 < found.highest and found.datasets >= 15, "data sets differ"
    assert share(found.lowest) in found.sentence and share(found.highest) in found.sentence
    assert json.dumps([asdict(r) for r in rows], allow_nan=False)
