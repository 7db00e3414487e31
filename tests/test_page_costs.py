"""The Costs page's script: what it runs, what it says of money, one purchase, and when work would end."""

import doctest
import json
import math
import re
from datetime import date

import altair as alt
import pytest

from alcore import Log, advance, outcomes
from alcore.recipes import RECIPES
from alcore.spec import Choice, Spec
from pages.ui import costs_charts, costs_plan, costs_words
from pages.ui.costs_numbers import Bills
from pages.ui.costs_plan import STORIES, comparison_of, roles
from pages.ui.costs_report import parcel
from pages.ui.report import report
from tests.page_scripts import (
    address,
    answered,
    charts,
    click,
    healthy,
    open_page,
    status,
    written,
)

FILE = "people/costs.py"
NAN = re.compile(r"\bnan\b", re.IGNORECASE)
SMALL = {
    "story": "Yours",
    "dataset": "breast_cancer",
    "budget": "40",
    "batch": "5",
    "seeds": "4",
    "strategies": '["margin","cost_aware","cheapest"]',
    "target": "0.95",
}
PRICE = Choice("log_normal")
BASE = Spec("breast_cancer", price=PRICE, first=10, batch=5, budget=40, budget_in="money").passive()
VIEW = {p.name: p.default for p in costs_plan.VIEW}
STRATEGIES = ("margin", "cost_aware", "cheapest")


@pytest.fixture
def open_at(service):
    return lambda **query: answered(open_page(FILE, **query))


@pytest.fixture
def asleep(service):
    """Runs are started, and go no further."""
    service._advance = lambda job: None


def run(at):
    return answered(click(at, "costs.do.run"))


def bills_of(at) -> Bills:
    held = at.session_state["costs!"].notes["contest"]
    return Bills(held.comparison, held, "accuracy", 0.95)


def test_the_point_is_run_without_being_asked_for(open_at, asleep):
    at = open_at()
    assert at.title[0].value == "Costs" and address(at) == {}
    assert "of 100 runs" in status(at)
    said = written(at)
    assert "one in ten costs more than 2.8 times" in said and "The answer comes when all are in" in said


def test_the_answer_is_the_engines_own(open_at):
    at = run(open_at(**SMALL))
    assert status(at) == "Finished: 16 runs." and address(at) == SMALL | {"show": "run"}
    comparison = comparison_of(VIEW | {"seeds": 4, "strategies": STRATEGIES}, BASE)
    logs = {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in comparison.entries()}
    hero, plain = roles(comparison)
    assert (hero, plain) == (RECIPES["cost_aware"].label, RECIPES["margin"].label)
    frame = outcomes.curves(logs)
    found = outcomes.savings(frame, "accuracy", 0.95, {hero: plain}, axis="money").iloc[0]
    said = written(at)
    assert costs_words.cash(found.restricted) in said
    assert costs_words.ends(found.low, found.high) in said
    most = max(log.spent for log in logs.values())
    assert most <= 40 and f"the most was {most:,.2f}" in said
    assert "4 seeds: take 20" in said and not NAN.search(said)


def test_prices_that_do_not_differ_change_nothing_and_that_is_said(open_at):
    flat = SMALL | {"price": "flat", "strategies": '["margin","cost_aware"]', "target": "0.9"}
    assert "**Looking at prices changes nothing here**" in written(run(open_at(**flat)))


def test_a_target_nobody_reaches_is_no_number(open_at):
    said = written(run(open_at(**SMALL | {"target": "1.0"})))
    assert "**No saving can be stated.**" in said and "got there in 0 of 4" in said
    assert "not reached" in said and "there is no date" in said


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.title)
def test_every_story_has_an_address_that_leads_back_to_it(open_at, asleep, story):
    at = open_at()
    at.segmented_control(key="costs.story").set_value(story.title)
    at = healthy(at.run())
    told = address(at)
    assert (told == {}) is (story is STORIES[0])
    again = open_at(**told)
    assert again.segmented_control(key="costs.story").value == story.title
    assert again.session_state["costs!"].spec == story.spec
    assert story.told.split(".")[0] in written(again)


def test_it_is_drawn_as_valid_charts(open_at):
    drawn = charts(run(open_at(**SMALL)))
    assert len(drawn) == 4, "curves, money, savings, a purchase"
    for spec in drawn:
        spec.pop("datasets", None)
        spec["config"]["legend"].pop("layout")  # Vega's own; Vega-Lite hands it on but has no schema for it
        alt.LayerChart.from_dict(spec)


def test_a_purchase_is_told_in_numbers(open_at):
    at = run(open_at(**SMALL, at="2"))
    said = written(at)
    assert "rows could be asked, and there is" in said
    assert "the best purchase there is" in said and "times the score of buying by score" in said
    found = bills_of(at).purchase(RECIPES["cost_aware"].label, 2)
    drawn = costs_charts.purchase(found, "Score").data
    assert drawn["candidates"].num_rows == len(found["row"])
    assert drawn["bought"].num_rows == sum(r["n"] for r in found["rules"].values())
    assert costs_charts.purchase(None, "Score").data["bought"].num_rows == 0


def test_seconds_are_paid_afterwards_and_the_page_says_so(open_at):
    at = run(
        open_at(**SMALL | {"price": "per_second", "strategies": '["margin","guessed_cost"]', "target": "0.8"})
    )
    said = written(at)
    assert "the most it may cost is set aside" in said and "Prices are guesses here" in said


def test_the_finish_date_follows_the_plan_of_work(open_at):
    many = SMALL | {"first_day": "2030-01-04", "wage": "2.0", "annotators": "1"}
    at = run(open_at(**many))
    bills = bills_of(at)
    frame = bills.endings(costs_plan.shifts_of(at.session_state["costs!"].view, BASE)).set_index("strategy")
    hero = frame.loc[bills.hero]
    assert isinstance(hero["last"], date) and hero["last"].weekday() < 5
    assert f"is reached on **{costs_words.day(hero['last'])}**" in written(at)
    hourly = Spec(price=Choice.of("per_second", wage=12.0))
    assert costs_plan.shifts_of(VIEW, hourly).wage == 12.0 and costs_plan.shifts_of(VIEW, BASE).wage == 30.0
    at = open_at(**many | {"first_day": "soon"})
    assert "is no date" in written(at), "the runs are there already, the plan is not"


def test_a_bad_link_gives_sentences(open_at, asleep):
    at = open_at(seeds="0", strategies='["magic"]', target="7", wage="-1", dataset="nowhere", story="x")
    assert "The link was not understood in full" in written(at)
    assert at.session_state["costs!"].view == VIEW


def test_extremes_are_told_in_sentences(open_at):
    assert "Choose at least one strategy" in written(open_at(story="Yours", strategies="[]"))
    many = json.dumps(list(costs_plan.OFFERED[:9]))
    assert "At most 8 strategies" in written(open_at(story="Yours", strategies=many))
    assert "Nothing was measured" in written(run(open_at(**SMALL | {"budget": "0"})))
    at = run(open_at(**SMALL | {"first": "1", "budget": "3", "batch": "1"}))
    assert not NAN.search(written(at))
    at = run(open_at(**SMALL | {"strategies": '["cheapest"]', "seeds": "2"}))
    assert not NAN.search(written(at))


def test_one_may_take_it_along(open_at):
    at = run(open_at(**SMALL))
    page = type("Page", (), {"query": lambda self: {}, "view": VIEW})()
    made = parcel(page, bills_of(at))
    text = report(made.report())
    assert "What do labels cost on the way to accuracy 95 %?" in text and not NAN.search(text)
    assert "saves against random" in text and "Most that a run spent" in text
    assert "Finish dates" in made.tables and all(len(frame()) for frame in made.tables.values())


def test_sums_are_said_as_they_are_read():
    assert doctest.testmod(costs_words).failed == 0
    assert costs_words.cash(math.nan) == costs_words.day(None) == "not reached"
    assert costs_words.ends(0.5, -0.01) == "−1 to 50 %"
