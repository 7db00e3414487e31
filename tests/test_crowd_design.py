"""Teams as plain numbers, their schedule and their day, and what a page asks of a study."""

import json
import math
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from alcore import Log, Spec, SpecError
from alcore.calls import CALLS
from alcore.crowd import (
    SENTENCES,
    TEAMS,
    Design,
    Fatigue,
    Schedule,
    Team,
    bought,
    day,
    findings,
    finish,
    raters,
    simulate,
)
from alcore.crowd import calls as study_calls
from alcore.crowd.calls import KEYS, policies
from alcore.crowd.rhythm import rhythm
from alcore.crowd.schedule import rows_of
from alcore.loop import load
from alcore.spec import Choice
from alcore.workdays import working_day

MONDAY = date(2030, 1, 7)
MOONS = Spec(dataset=Choice.of("moons", rows=300), learner=Choice("nearest_neighbours"))


# Design.


def test_a_short_list_goes_on_with_its_last_number():
    crowd = Design(errors=(0.1, 0.2, 0.3), prices=(5.0, 1.0)).crowd(2)
    assert crowd.price.tolist() == [5.0, 1.0, 1.0] and crowd.seconds.tolist() == [10.0] * 3


@pytest.mark.parametrize("name", TEAMS)
def test_ready_made_teams_travel_as_json_and_in_an_address(name):
    design = TEAMS[name][1]
    assert Design(**json.loads(json.dumps(design.plain()))) == design
    assert isinstance(design.crowd(3), Team)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"errors": ()}, "1 to 12"),
        ({"errors": (0.1,) * 13}, "1 to 12"),
        ({"errors": (1.0,)}, "between"),
        ({"prices": ()}, "at least one"),
        ({"confused": 6}, "no annotator 6"),
        ({"people": "ghosts"}, "one of"),
    ],
)
def test_teams_that_cannot_be_are_refused(wrong, says):
    with pytest.raises(SpecError, match=says):
        Design(**wrong)


def test_one_annotator_may_have_a_matrix_and_it_must_fit_the_classes():
    design = Design(errors=(0.1, 0.2), confused=2, confusion=(1.0, 0.0, 0.4, 0.6))
    assert design.team(2).confusion[1].tolist() == [[1.0, 0.0], [0.4, 0.6]]
    assert design.fatigue(1, 2).fresh == pytest.approx(0.2)
    with pytest.raises(SpecError, match="3 x 3"):
        design.crowd(3)


def test_breaks_give_back_what_the_minutes_say():
    design = Design(errors=(0.0,), tired=(1.0,), pace=(20.0,), session=50, pause=10.0, recovery=10.0)
    (one,) = design.team(2).annotators
    assert one.rest == pytest.approx(1 - math.exp(-1)) and replace(design, pause=0.0).rest == 0.0
    position = np.arange(200)
    known = Fatigue(0.0, 0.5, pace=20, recovery=10).error(position, 50, 10.0)
    zero = np.zeros(200, np.int64)
    np.testing.assert_allclose(1 - design.team(2).right(zero, zero, position, np.zeros(200)), known)
    assert design.fatigue(0, 2).error(position, 50, 10.0).tolist() == known.tolist()


def test_real_people_answer_only_what_they_were_asked():
    design = Design(people="recorded")
    assert design.size == raters().table.shape[1] and not design.misfit(SENTENCES)
    assert "sentences" in design.misfit(Choice("iris")) and not Design().misfit(Choice("iris"))


def test_how_often_one_is_right_is_what_is_drawn():
    """The probability that `right` gives is the share of right answers, tired and on hard rows too."""
    team = Design(errors=(0.1, 0.3), tired=(0.5,), pace=(30.0,), hard=(0.6,), session=100).team(3)
    n = 20_000
    rows, who = np.arange(n), np.arange(n) % 2
    truth, before, hard = rows % 3, rows % 170, (rows % 10) / 10
    said = team.say(rows, who, truth, 3, before=before, again=np.zeros(n, np.int64), hardness=hard)
    p = team.right(who, truth, before, hard)
    assert abs((said == truth).mean() - p.mean()) < 4 * math.sqrt((p * (1 - p)).sum()) / n


# What a budget bought.


def test_bought_is_what_a_study_ends_with():
    data, team, policy = load(MOONS), Design().team(2), policies()["dawid_skene"]
    found = bought(data, team, policy, 90, seed=4)
    (end,) = simulate(data, team, policy, 90, seed=4, points=1)
    assert len(found.said) == end["answers"] == 90 and len(found.answers) == 90
    assert (found.truth == data.y[found.rows]).all()
    for a in range(5):
        assert found.before[found.who == a].tolist() == list(range((found.who == a).sum()))


# Who can give how many answers when nobody answers a row twice.


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9999), st.integers(1, 5))
def test_rows_of_is_the_linear_programme(seed, answers):
    """Maximise r where annotator a gives x_a <= min(capacity, r) and all together give answers * r."""
    capacity = np.random.default_rng(seed).uniform(0, 20, 5)
    n = len(capacity)
    above = np.hstack([np.eye(n), -np.ones((n, 1))])
    found = linprog(
        [0.0] * n + [-1.0],
        A_ub=above,
        b_ub=np.zeros(n),
        A_eq=[[1.0] * n + [-float(answers)]],
        b_eq=[0.0],
        bounds=[*((0, c) for c in capacity), (0, None)],
    )
    assert rows_of(capacity[None], answers)[0] == pytest.approx(-found.fun, abs=1e-6)


def test_rows_of_at_its_ends():
    capacity = np.array([[9.0, 5.0, 1.0]])
    assert rows_of(capacity, 1)[0] == 15.0 and rows_of(capacity, 3)[0] == 1.0


# Days.


@pytest.mark.parametrize(("week", "first"), list(product(range(1, 8), range(7))))
def test_working_days_are_counted_one_by_one(week, first):
    start = MONDAY + timedelta(days=first)
    days = (start + timedelta(days=d) for d in range(60))
    worked = [d for d in days if d.weekday() < week][:6]
    assert [working_day(start, n, week) for n in range(1, 7)] == worked


def test_without_luck_the_date_is_arithmetic():
    """Two people, 6 hours of 10 seconds: 4320 answers a day; 10,000 rows with two answers take 4.63 days."""
    team = Design(errors=(0.1, 0.2), pause=0.0)
    plan = Schedule(goal=10_000, repeats=2, hours=6, week=5, uneven=0.0, away=0.0)
    found = finish(plan, team, 2, today=MONDAY)
    assert (found.low, found.middle, found.high) == (5, 5, 5) and found.per_day == 4320
    assert found.dates[1] == MONDAY + timedelta(days=4)
    assert found.answers == pytest.approx(20_000) and found.money == pytest.approx(20_000)
    assert found.error == pytest.approx(0.15) and found.rows == pytest.approx(10_000)
    assert finish(replace(plan, goal=10_801), team, 2, today=MONDAY).dates[1] == MONDAY + timedelta(days=7)
    assert finish(replace(plan, goal=10_800), team, 2, today=MONDAY).middle == 5


def test_breaks_and_fatigue_are_those_of_the_planner():
    team = Design(errors=(0.1,), tired=(0.8,), pace=(100.0,), session=100, pause=15.0)
    found = finish(Schedule(goal=100, repeats=1), team, 2, today=MONDAY)
    known = day(team.fatigue(0, 2), 100, 15.0, hours=6.0)
    assert found.per_day == known.answers and found.error == pytest.approx(known.error)


def test_the_interval_holds_the_luck_and_more_luck_is_wider():
    plan = Schedule(goal=200_000, repeats=1, uneven=0.3, away=0.1)
    calm, wild = (
        finish(replace(plan, uneven=u), Design(errors=(0.1,) * 3, pause=0.0), 2, today=MONDAY)
        for u in (0.05, 0.6)
    )
    assert wild.high - wild.low > calm.high - calm.low > 0
    mean = finish(replace(plan, uneven=0.0), Design(errors=(0.1,) * 3, pause=0.0), 2, today=MONDAY)
    assert mean.low <= 200_000 / (6480 * 0.9) + 1 <= mean.high + 1
    assert [p[0] for p in mean.progress] == sorted({p[0] for p in mean.progress})
    assert all(low <= middle <= high for _, low, middle, high in wild.progress)


def test_those_who_cannot_say_make_it_longer_and_money_ends_it():
    quiet = Design(errors=(0.1,) * 3, abstains=(0.5,))
    plan = Schedule(goal=10_000, repeats=2, uneven=0.0, away=0.0)
    found = finish(plan, quiet, 2, today=MONDAY)
    assert found.answers == pytest.approx(20_000 / 0.75)
    paid = finish(replace(plan, goal_in="money"), replace(quiet, prices=(2.0,)), 2, today=MONDAY)
    assert paid.money == pytest.approx(10_000) and paid.answers == pytest.approx(5000)


def test_no_date_is_told_not_made_up():
    slow = Design(errors=(0.1,) * 3, seconds=(3600.0,))
    found = finish(Schedule(goal=1e6, away=0.8), slow, 2, today=MONDAY)
    assert found.high is None and found.dates[2] is None and "Not within" in found.reason
    with pytest.raises(SpecError, match="need 3 annotators"):
        finish(Schedule(), Design(errors=(0.1,)), 2, today=MONDAY)
    with pytest.raises(SpecError, match="Nobody is paid"):
        finish(Schedule(goal_in="money"), Design(prices=(0.0,)), 2, today=MONDAY)
    with pytest.raises(SpecError, match="no date"):
        Schedule(first_day="soon")


# A day.


def test_who_never_tires_needs_no_break():
    found = rhythm(Fatigue(0.1, 0.1), 100, 10.0)
    assert not found.tires and found.best.breaks == 0 and found.breaks


def test_the_best_rhythm_is_never_worse_than_the_one_of_now():
    for session, pause, penalty in product((5, 60, 500), (0.0, 1.0, 20.0), (0.0, 2.0)):
        found = rhythm(Fatigue(0.05, 0.5, pace=60, seconds=12), session, pause, penalty=penalty)
        assert found.best.value >= found.now.value
        assert len(found.curve) >= min(200, found.now.answers)
        assert all(0.05 - 1e-9 <= e <= 0.5 for _, e in found.curve)
        assert (found.breaks != ()) == (pause > 0)


# Findings.


def project(policy_values: dict[str, list[float]]) -> dict:
    return {
        (policy, seed): [{"money": 10.0, "accuracy": v}]
        for policy, values in policy_values.items()
        for seed, v in enumerate(values)
    }


def test_the_verdict_needs_pairs_and_all_intervals_at_once():
    base = [0.7, 0.72, 0.69, 0.71, 0.7, 0.73]
    better, same, worse = ([v + d + 0.001 * (s % 3) for s, v in enumerate(base)] for d in (0.05, 0, -0.05))
    found = findings.verdict(project({"one": base, "a": better, "b": worse}), ["one", "a", "b"], "one")
    assert found.kind == "better" and found.best == "a" and found.level == pytest.approx(0.975)
    assert findings.verdict(project({"one": base, "b": worse}), ["one", "b"], "one").kind == "worse"
    noise = [v + d for v, d in zip(base, (0.02, -0.02, 0.01, -0.01, 0.02, -0.02), strict=True)]
    assert findings.verdict(project({"one": base, "a": noise}), ["one", "a"], "one").kind == "not told apart"
    few = project({"one": base[:4], "a": better[:4]})
    assert findings.verdict(few, ["one", "a"], "one").kind == "too few"
    assert findings.verdict(few, ["one"], "one").kind == "alone" and same


def test_the_best_is_one_that_surely_is_better():
    """The highest mean is luck of one seed; the steady policy is what may be quoted."""
    base = [0.7, 0.72, 0.69, 0.71, 0.7, 0.73]
    steady = [v + 0.05 + 0.001 * (s % 3) for s, v in enumerate(base)]
    lucky = [v + d for v, d in zip(base, (0.9, -0.1, -0.1, 0.2, -0.1, -0.1), strict=True)]
    found = findings.verdict(
        project({"one": base, "lucky": lucky, "steady": steady}), ["one", "lucky", "steady"], "one"
    )
    assert np.mean(lucky) > np.mean(steady) and found.differences["lucky"].low < 0
    assert found.kind == "better" and found.best == "steady"


def test_a_claim_needs_pairs_with_a_number():
    base, nan = [0.7, 0.72, 0.69, 0.71, 0.7, 0.73], math.nan
    for d in (0.05, -0.05):
        some = [base[0] + d, base[1] + d + 0.001, base[2] + d, nan, nan, nan]
        found = findings.verdict(project({"one": base, "a": some}), ["one", "a"], "one")
        assert found.differences["a"].low * found.differences["a"].high > 0, "three pairs look sure"
        assert found.kind == "too few" and found.seeds == 3
    sure = [v + 0.03 + 0.001 * (s % 2) for s, v in enumerate(base)]
    best = [v + 0.05 if s < 3 else nan for s, v in enumerate(base)]
    found = findings.verdict(project({"one": base, "a": best, "b": sure}), ["one", "a", "b"], "one")
    assert found.kind == "better" and found.best == "b"


def test_only_seeds_with_every_policy_count():
    made = project({"one": [0.7] * 6, "a": [0.8] * 4})
    assert findings.seeds_of(made, ["one", "a"]) == [0, 1, 2, 3]


def test_judgements_are_counted_where_there_is_a_truth():
    answer = {
        "estimate": [0.9, 0.6, None],
        "low": [0.8, 0.5, 0.0],
        "high": [0.95, 0.65, 1.0],
        "true": [0.85, 0.7, 0.5],
        "level": 0.9,
    }
    found = findings.judged([answer])
    assert found.off == pytest.approx(0.075) and found.held.value == 0.5 and found.order == 1.0
    assert findings.judged([answer | {"true": [None] * 3}]) is None
    right = answer | {"true": [0.85, 0.6, 0.5]}
    held = findings.judged([answer, right, right, answer | {"true": [None] * 3}]).held
    assert held.n == 3 and held.value == pytest.approx((0.5 + 1 + 1) / 3), "a number for each project"
    assert held.low < 0.5 and held.high == 1.0


def test_stretches_of_a_day_add_up_over_seeds():
    found = findings.by_position([{"stretches": [[0, 9, 10, 2, 0.3]]}, {"stretches": [[0, 9, 30, 6, 0.1]]}])
    ((at, share, assumed),) = found
    assert at == 4.5 and share.value == pytest.approx(0.2) and share.n == 2, "seeds, not answers"
    assert assumed == pytest.approx(0.2) and share.low is None, "no spread over two seeds is no certainty"
    seeds = [{"stretches": [[0, 9, 1000, wrong, 0.3]]} for wrong in (100, 300, 200, 250, 150)]
    ((_, wide, _),) = findings.by_position(seeds)
    assert wide.n == 5 and wide.high - wide.low == pytest.approx(2 * 2.131847 * 0.0790569 / 5**0.5, rel=1e-5)
    ((_, all_right, _),) = findings.by_position([{"stretches": [[0, 9, 10, k, 0.3]]} for k in (0, 0, 2)])
    assert all_right.low == 0.0, "a share stays one"
    nothing = findings.by_position([{"stretches": [[0, 9, 10, 2, None]]}])
    assert math.isnan(nothing[0][2])


# Calls.


def ask(name: str, spec: Spec = MOONS, **given) -> dict:
    answer = CALLS[name](spec, Log(), **given)
    json.dumps(answer, allow_nan=False)
    return answer


@pytest.mark.parametrize("key", KEYS)
def test_a_policy_is_a_study_of_one_seed(key):
    answer = ask("crowd_policy", design=Design().plain(), policy=key, budget=60)
    data = load(MOONS)
    found = list(
        simulate(
            data, Design().team(2), policies()[key], 60, learner=MOONS.learner, points=study_calls.POINTS
        )
    )
    assert answer["pool"] == len(data.train) and len(answer["points"]) == len(found)
    assert answer["points"][-1]["accuracy"] == pytest.approx(found[-1]["accuracy"], rel=1e-5)


def test_annotators_are_judged_beside_the_truth():
    answer = ask("crowd_people", design=Design().plain(), budget=300)
    assert answer["true"] == pytest.approx([0.95, 0.9, 0.6, 0.55, 0.5])
    assert np.argmax(answer["estimate"]) in (0, 1) and answer["level"] == 0.9
    assert sum(n for _, _, n, _, _ in answer["stretches"]) == 300
    assert all(assumed == pytest.approx(0.3, abs=0.2) for *_, assumed in answer["stretches"])


def test_hard_rows_and_tired_people_are_expected_to_err_more():
    plain = Design(errors=(0.1,) * 3)
    first, hard, tired = (
        ask("crowd_people", design=d.plain(), budget=120)["true"][0]
        for d in (plain, replace(plain, hard=(0.9,)), replace(plain, tired=(0.9,), pace=(10.0,), pause=0.0))
    )
    assert first == pytest.approx(0.9) and tired < 0.7 and hard < 0.899


def test_the_mute_and_the_unknown_are_told():
    answer = ask("crowd_people", design=Design(errors=(0.1,), abstains=(0.9,)).plain(), budget=1)
    assert answer["estimate"] == [None] or answer["answers"] == [0]
    with pytest.raises(SpecError, match="no policy"):
        ask("crowd_policy", design=Design().plain(), policy="hope", budget=60)
    with pytest.raises(SpecError, match="more than"):
        ask("crowd_policy", design=Design(prices=(0.001,)).plain(), policy="one", budget=100)
    with pytest.raises(SpecError, match="sentences"):
        ask("crowd_policy", design=Design(people="recorded").plain(), policy="one", budget=100)


def test_data_in_a_few_words():
    found = ask("crowd_data")
    assert len(found["classes"]) == 2 and found["pool"] + found["test"] == 300


def test_real_people_err_on_the_same_sentences():
    found = ask("crowd_agreement", Spec(dataset=SENTENCES))
    assert (
        sum(found["real"]) == pytest.approx(1, abs=1e-5) == pytest.approx(sum(found["simulated"]), abs=1e-5)
    )
    assert found["error"] == pytest.approx(0.024, abs=0.001)
    e = found["error"]
    assert found["three_simulated"] == pytest.approx(3 * e**2 * (1 - e) + e**3, rel=0.15)
    assert found["three_real"] > 3 * found["three_simulated"]
    assert found["real"][5] > 5 * found["simulated"][5]


# What the page claims.


@pytest.mark.slow
def test_dawid_skene_beats_the_majority_where_annotators_differ_and_one_answer_wins_with_real_people():
    made = {}
    for seed in range(8):
        spec = replace(MOONS, dataset=Choice.of("moons", rows=1000), seed=seed)
        for key in ("one", "majority", "dawid_skene"):
            made[key, seed] = ask("crowd_policy", spec, design=Design().plain(), policy=key, budget=400)[
                "points"
            ]
    found = findings.verdict(made, ["one", "majority", "dawid_skene"], "one")
    assert found.kind == "better" and found.best == "dawid_skene"
    gap = findings.difference(made, "dawid_skene", "majority", "label_quality", range(8))
    assert gap.value > 0.04 and gap.low > 0, "the bar of METHODS is 0.04"
    real, people = {}, Design(people="recorded").plain()
    for seed in range(8):
        spec = Spec(dataset=SENTENCES, learner=Choice("logistic"), seed=seed)
        for key in ("one", "majority"):
            real[key, seed] = ask("crowd_policy", spec, design=people, policy=key, budget=400)["points"]
    found = findings.verdict(real, ["one", "majority"], "one")
    assert found.kind == "worse" and found.differences["majority"].value < -0.02
