"""The Rare classes page's script: what it runs, what it says of it, and the tables it runs on demand."""

import doctest
import json
import math
from types import SimpleNamespace

import altair as alt
import pytest

from alcore import Log, advance, outcomes
from alcore.comparison import RANDOM
from alcore.recipes import RECIPES
from alcore.spec import Choice, Spec
from pages.ui import rare_plan, rare_words
from pages.ui.rare_numbers import Finds
from pages.ui.rare_plan import STORIES, comparison_of
from pages.ui.rare_report import parcel
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

FILE = "people/rare.py"
SMALL = {
    "story": "Yours",
    "dataset": "payments",
    "dataset.rows": "600",
    "dataset.share": "0.05",
    "first": "30",
    "budget": "90",
    "seeds": "4",
    "strategies": '["margin","positives_first"]',
}
BASE = Spec(
    Choice.of("payments", rows=600, share=0.05), first=30, batch=10, budget=90, test_share=0.5
).passive()
VIEW = {p.name: p.default for p in rare_plan.VIEW}


@pytest.fixture
def open_at(service):
    return lambda **query: answered(open_page(FILE, **query))


@pytest.fixture
def asleep(service):
    """Runs are started, and go no further."""
    service._advance = lambda job: None


def run(at):
    return answered(click(at, "rare.do.run"))


def specs_of(at):
    return list(at.session_state["rare!"].notes["contest"].specs.values())


def test_the_point_is_run_without_being_asked_for(open_at, asleep):
    at = open_at()
    assert at.title[0].value == "Rare classes" and address(at) == {}
    assert "of 80 runs" in status(at)
    assert {s.acquisition.name for s in specs_of(at)} == {"random", "margin", "positives_first"}
    said = written(at)
    assert "2 % of 4,000 documents are relevant" in said and "The answer comes when all are in" in said


def test_the_answer_is_the_engines_own(open_at):
    at = run(open_at(**SMALL))
    assert status(at) == "Finished: 12 runs."
    assert address(at) == SMALL | {"show": "run"}
    comparison = comparison_of(VIEW | {"seeds": 4, "strategies": ("margin", "positives_first")}, BASE)
    labels = [RANDOM, RECIPES["margin"].label, RECIPES["positives_first"].label]
    assert list(comparison.strategies) == labels
    logs = {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in comparison.entries()}
    pairs = {k: v for k, v in comparison.twins.items() if k != v}
    totals = {("payments (simulated)", seed): 15 for seed in range(4)}
    found = outcomes.find_table(logs, 1, totals, pairs, level=0.975).set_index("strategy")
    best = found["found"].idxmax()
    said = written(at)
    r = found.loc[best]
    assert f"**{best}** finds **{rare_words.number(r['found'])}** of 15 fraud rows" in said
    assert f"**{rare_words.times(r['ratio'])} times as many**" in said
    assert f"{rare_words.times(r['ratio_low'])} to {rare_words.times(r['ratio_high'])}" in said
    assert "2 comparisons together" in said and "4 seeds: take 20" in said
    assert "The lecture says that rare classes get few queries" in said and "Here it is the reverse" in said


def test_the_counter_example_says_that_it_is_worse_than_chance(open_at):
    """Rare rows in the middle of the crowd, and a learner of straight lines: fewer are found than by lot."""
    story = next(s for s in STORIES if s.title == "When it does not help")
    at = run(open_at(story="Yours", dataset="imbalanced", seeds="6", **{"dataset.distance": "0.0"}))
    assert story.spec.dataset.name == "imbalanced"
    said = written(at)
    assert "**Worse than chance.**" in said and "Also fewer" in said
    assert "Here that is so" in said, "the lecture's claim holds here"


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.title)
def test_every_story_has_an_address_that_leads_back_to_it(open_at, asleep, story):
    at = open_at()
    at.segmented_control(key="rare.story").set_value(story.title)
    at = healthy(at.run())
    told = address(at)
    assert (told == {}) is (story is STORIES[0])
    again = open_at(**told)
    assert again.segmented_control(key="rare.story").value == story.title
    assert again.session_state["rare!"].spec == story.spec
    assert story.told.split(".")[0] in written(again)


def test_it_is_drawn_as_valid_charts(open_at):
    drawn = charts(run(open_at(**SMALL)))
    assert len(drawn) == 2
    for spec in drawn:
        spec.pop("datasets", None)
        spec["config"]["legend"].pop("layout")  # Vega's own; Vega-Lite hands it on but has no schema for it
        alt.LayerChart.from_dict(spec)


def test_the_table_and_the_effort_say_what_was_not_reached(open_at):
    said = written(run(open_at(**SMALL, recall="1.0")))
    assert "always honest: 95.0 %" in said and "WSS@100" in said
    assert "not reached" in said and "0 of 4" in said and "did not get there" in said
    assert "nan" not in said.lower()


def test_another_class_can_be_the_wanted_one(open_at):
    at = open_at(story="Yours", dataset="wine", first="10", batch="5", budget="40", seeds="3")
    at = run(at)
    box = next(b for b in at.selectbox if b.label == "Wanted class")
    assert box.options == ["cultivar 1", "cultivar 2", "cultivar 3 (the rarest)"]
    at = healthy(box.set_value("0").run())
    at = answered(at)
    assert address(at)["positive"] == "0"
    assert "cultivar 1 rows" in written(at) and "of the rarest class" in written(at)


def _but(contest, gone):
    """A contest that was stopped before some runs."""
    logs = {key: log for key, log in contest.logs.items() if key not in gone}
    return {
        "logs": logs, "failures": {}, "live": False, "memo": dict(contest.memo, stand=None),
        "entries": contest.entries, "paired": lambda: logs, "owner": contest.owner,
    }  # fmt: skip


def test_tables_are_run_only_when_asked_for(open_at, service):
    at = run(open_at(**SMALL, tables='["vowel0","abalone19","car-good"]', table_seeds="2"))
    asked = len(service.jobs)
    assert asked == 12 and "everywhere" not in address(at)
    at = answered(click(at, "rare.do.tables"))
    elsewhere = at.session_state["rare!"].notes["everywhere"]["contest"].memo["errands"]
    assert elsewhere.wait(60)
    at = answered(at)
    assert len(service.jobs) == asked + 18 and address(at)["everywhere"] == "true"
    said = written(at)
    assert "of 3 tables; its model is" in said
    assert len(charts(at)) == 5
    held = at.session_state["rare!"].notes["everywhere"]["contest"]
    gone = [key for key in held.logs if key[0] == list(held.comparison.places)[2]]
    finds = Finds(held.comparison, SimpleNamespace(**_but(held, gone)))
    assert "of the 2 tables that have run (of 3); its model is" in rare_words.everywhere(finds)
    at = healthy(at.multiselect(key="rare.view.strategies").set_value(["margin"]).run())
    assert address(at).get("everywhere") is None, "another question is run when that is asked for"


def test_a_bad_link_gives_sentences(open_at, asleep):
    at = open_at(seeds="0", strategies='["magic"]', recall="7", tables='["x"]', dataset="nowhere", story="x")
    assert "The link was not understood in full" in written(at)
    assert at.session_state["rare!"].view == VIEW


def test_extremes_are_told_in_sentences(open_at):
    at = open_at(story="Yours", strategies="[]")
    assert "Choose at least one strategy" in written(at)
    many = json.dumps(list(rare_plan.OFFERED[:9]))
    assert "At most 8 strategies" in written(open_at(story="Yours", strategies=many))
    at = run(open_at(**SMALL | {"budget": "0"}))
    assert "Traceback" not in written(at)
    at = run(open_at(**SMALL | {"first": "1", "budget": "3", "batch": "1"}))
    assert "**No strategy finds more than random**" in written(at) and "interval not known" in written(at)


def test_one_may_take_it_along(open_at):
    at = run(open_at(**SMALL))
    held = at.session_state["rare!"].notes["contest"]
    finds = Finds(held.comparison, held)
    page = type("Page", (), {"query": lambda self: {}, "view": VIEW})()
    made = parcel(page, finds)
    text = report(made.report())
    assert "How many rows of a rare class are found?" in text and "nan" not in text.lower()
    assert "Times random" in text and "95.0 %" in text
    assert {"Found over the run", "Found at the end", "Labels to find most"} <= set(made.tables)
    assert all(len(frame()) for frame in made.tables.values())


def test_numbers_are_said_as_they_are_read():
    assert doctest.testmod(rare_words).failed == 0
    assert rare_words.number(math.nan) == "no number"
    assert rare_words.ends(-0.00001, 0.02) == "0.0 to 2.0" and rare_words.ends(math.nan, 1) == "not known"
