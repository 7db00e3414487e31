"""The Annotators page's script: its stories, what it says of finished projects, and its form."""

import doctest
import math
from datetime import date
from types import SimpleNamespace

import altair as alt
import pandas as pd
import pytest

from alcore.crowd import MOST, SENTENCES, TEAMS, Fatigue, Schedule, finish
from alcore.crowd.findings import Judged, Verdict
from alcore.crowd.rhythm import rhythm
from alcore.statistics.intervals import Interval
from pages.ui import annotators_charts as pictures
from pages.ui import annotators_form as form
from pages.ui import annotators_plan as plan
from pages.ui import annotators_report as printed
from pages.ui import annotators_words as words
from pages.ui.report import report
from tests.fake_service import FakeService
from tests.page_scripts import healthy, open_page, served_by, status, written

PAGE = "people/annotators.py"
QUICK = {
    "seeds": "6",
    "money": "60.0",
    "dataset": "moons",
    "dataset.rows": "300",
    "policies": '["dawid_skene"]',
}
NAMES = plan.names({"answers": 3, "threshold": 0.9})


@pytest.fixture(autouse=True)
def service():
    with served_by(FakeService()) as found:
        yield found


def notes(at):
    return at.session_state["annotators!"].notes


def view(at):
    return at.session_state["annotators!"].view


def settled(at):
    """The page once all that was asked for is there."""
    for _ in range(30):
        studies = list(notes(at).get("studies", {}).values())
        moving = [s for s in studies if s.moving]
        if not moving:
            return healthy(at.run())
        for one in moving:
            assert one.errands.wait(60)
        at = healthy(at.run())
    raise AssertionError("never ended")


def test_the_first_story_runs_by_itself_and_its_address_is_empty():
    at = open_page(PAGE)
    assert at.title[0].value == "Annotators" and not at.query_params
    assert view(at)["story"] == "The point" and "20 seeds" in status(at)
    assert next(iter(notes(at)["studies"].values())).wanted


def test_a_link_is_run_and_says_what_it_found():
    at = settled(open_page(PAGE, show="run", **QUICK))
    assert status(at) == "Finished: 2 policies, 6 seeds."
    assert view(at)["story"] == "Yours" and view(at)["money"] == 60
    said = written(at)
    assert "accuracy" in said and "annotators-headline" in said
    assert {"money", "seeds", "policies", "show"} <= set(at.query_params)
    study = next(iter(notes(at)["studies"].values()))
    assert len(study.projects) == 12 and len(study.people) == 6


def test_settings_of_ones_own_wait_for_the_button():
    at = open_page(PAGE, **QUICK)
    assert status(at).startswith("Press **Run**")
    assert not notes(at)["studies"].popitem()[1].projects
    at = settled(healthy(at.button(key="annotators.do.run").click().run()))
    assert status(at).startswith("Finished")


@pytest.mark.parametrize("title", [s.title for s in plan.STORIES])
def test_stories_are_settings_that_go_together(title):
    story = next(s for s in plan.STORIES if s.title == title)
    settings = {name: story.view.get(name, p.default) for name, p in {q.name: q for q in plan.VIEW}.items()}
    design = plan.design_of(settings)
    assert not design.misfit(story.spec.dataset) and plan.schedule_of(settings)
    assert set(story.view) <= set(plan.SETTINGS)
    assert settings["seeds"] == 20, "fewer would claim nothing"


def test_the_first_story_is_what_an_empty_address_shows():
    assert plan.STORIES[0].spec == plan.SPEC and not plan.STORIES[0].view


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"errors": "[2.0]"}, "errors must be between"),
        ({"errors": f"[{','.join(['0.1'] * 13)}]"}, "at most 12 annotators"),
        ({"first_day": "soon"}, "no date"),
        ({"people": "recorded"}, "sentences"),
        ({"money": "2000.0", "prices": "[0.01]", "show": "run", "seeds": "2"}, "more than"),
    ],
)
def test_a_bad_link_gets_a_sentence(query, says):
    at = settled(open_page(PAGE, **(QUICK | query)))
    said = "\n".join(e.value for kind in ("warning", "error") for e in getattr(at, kind))
    assert says in said.replace("\\", "")


def test_real_people_are_offered_their_sentences():
    at = open_page(PAGE, people="recorded", dataset="iris", seeds="2", money="30.0")
    at = healthy(at.button(key="annotators.do.sentences").click().run())
    assert at.session_state["annotators!"].spec.dataset == SENTENCES and not at.error


EXTREME = {
    "errors": "[0.5]", "abstains": "[0.9]", "answers": "9", "repeats": "9", "money": "20.0", "seeds": "2",
    "goal": "1000000.0", "away": "0.8", "show": "run", "dataset": "iris", "policies": "[]",
}  # fmt: skip


def test_extremes_are_drawn():
    at = settled(open_page(PAGE, **EXTREME))
    assert "need 9 annotators" in written(at)
    assert "too few" in written(at) or "Choose a policy" in written(at)


def test_a_tired_team_is_told_its_breaks():
    tired = {n: plan.TEAM[n].to_text(v) for n, v in plan._team("tired").items()}
    at = settled(open_page(PAGE, show="run", **(QUICK | tired)))
    assert "Best for annotator 1: a break of" in written(at)


# The form.


@pytest.mark.parametrize("name", TEAMS)
def test_the_table_reads_what_it_shows(name):
    values = plan.team_values(name)
    found, dropped = form.values_of(form.frame_of(values))
    assert found == {setting: values[setting] for setting in found} and not dropped


def test_cells_that_are_empty_or_out_of_limits_are_put_right():
    frame = form.frame_of(plan.team_values("unlike"))
    frame.loc["annotator 2", "Wrong, %"] = 500.0
    frame.loc["annotator 3", "Price"] = math.nan
    frame.loc["more"] = [None] * len(frame.columns)
    found, _ = form.values_of(frame)
    assert found["errors"] == (0.05, 0.95, 0.4, 0.45, 0.5, 0.5) and found["prices"] == (1.0,)
    many, dropped = form.values_of(pd.concat([frame] * 4))
    assert len(many["errors"]) == MOST and dropped
    assert form.values_of(frame.iloc[:0])[0]["errors"] == (0.05,)


# Words.


def verdict(kind: str, best: str, **gaps: float) -> Verdict:
    found = {k: Interval(v, v - 0.01, v + 0.01, 0.99, 20) for k, v in gaps.items()}
    return Verdict(kind, best, found, 20, 0.99)  # type: ignore[arg-type]


def test_the_headline_says_what_the_money_is_best_spent_on():
    accuracy = {"one": 0.7, "dawid_skene": 0.8, "majority": 0.65}

    def said(found: Verdict) -> str:
        return words.headline(found, NAMES, accuracy, 400)

    better = said(verdict("better", "dawid_skene", dawid_skene=0.1))
    assert better.startswith("Three answers, Dawid-Skene: accuracy 80.0 %") and "+9.0 to +11.0" in better
    worse = said(verdict("worse", "one", majority=-0.05))
    assert worse.startswith("One answer each is best") and "wastes money" in worse and "−5.0 points" in worse
    many = said(verdict("worse", "one", majority=-0.05, dawid_skene=-0.02))
    assert "Every other policy wastes money: −2.0 points (three answers, Dawid-Skene" in many
    assert "as good as anything" in said(verdict("worse", "dawid_skene", majority=-0.05))
    assert "so take it" in said(verdict("not told apart", "one", majority=0.0))
    assert "too few" in said(verdict("too few", "one"))


def test_further_sentences_are_true_to_their_signs():
    quality = {"dawid_skene": 0.9, "majority": 0.8}
    up, none = Interval(0.1, 0.05, 0.15, 0.95, 20), Interval(0.0, -0.05, 0.05, 0.95, 20)
    down = Interval(-0.1, -0.15, -0.05, 0.95, 20)
    judged = Judged(0.05, Interval(0.7, 0.6, 0.8, 0.9, 100), 0.9, 1.0)
    said = words.details(quality, (up, none), judged, "One answer each")
    assert "more right labels" in said[0] and "in only 70 %" in said[1] and "ran out of rows" in said[2]
    few = Judged(0.05, Interval(0.4, None, None, 0.9, 4), 0.9, 1.0)
    assert "intervals" not in words.details(quality, None, few, "")[0], "four projects bear no claim"
    assert "fewer right labels" in words.details(quality, (down, none), None, "")[0]
    assert "no surer labels" in words.details(quality, (none, none), None, "")[0]


def test_breaks_and_dates_are_said_as_they_are():
    tired, calm = Fatigue(0.05, 0.45, pace=100, seconds=20), Fatigue(0.1, 0.1)
    assert "does not tire" in words.rhythm(rhythm(calm, 100, 10), "annotator 1", 15, 0)
    said = words.rhythm(rhythm(tired, 1000, 0, penalty=1), "annotator 1", 20, 1)
    assert "a break of 10 minutes every 21 minutes" in said and "in place of" in said
    best = rhythm(tired, 1000, 0, penalty=1).best
    again = words.rhythm(rhythm(tired, best.session, best.pause, penalty=1), "annotator 1", 20, 1)
    assert again.endswith("as it is set.")
    wanted, monday = Schedule(), date(2030, 1, 7)
    done = finish(wanted, TEAMS["unlike"][1], today=monday)
    assert "30,000 rows with a label by 5 annotators: done" in words.finish(done, wanted, 5)
    never = finish(Schedule(goal=1e6, away=0.8), TEAMS["tired"][1], today=monday)
    assert "no date" in words.finish(never, Schedule(goal=1e6), 3)


# Charts and report.


def test_charts_are_whole_vega_lite():
    people = [pictures.Person("annotator 1", 0.9, 0.8, 0.95, 0.92), pictures.Person("b", *[math.nan] * 4)]
    found = rhythm(Fatigue(0.05, 0.5, pace=60), 50, 5.0)
    lines = [pictures.Line("one", found.curve), pictures.Line("two", found.best_curve)]
    made = finish(Schedule(), TEAMS["unlike"][1], today=date(2030, 1, 7))
    for chart in (
        pictures.reliability(people, 0.9),
        pictures.over_a_day(lines, found.breaks),
        pictures.measured([(5.0, 0.3, math.nan, math.nan, 0.3), (15.0, 0.3, 0.2, 0.4, math.nan)]),
        pictures.by_session([pictures.Line("x", found.lengths)], (20.0, 100.0), "Right answers an hour"),
        pictures.progress([(0.0, 0.0, 0.0, 0.0), (1.0, 0.5, 0.6, 1.0)], made.first, "Rows", [0.9]),
        pictures.agreement([0.8, 0.1, 0.1], [0.7, 0.2, 0.1]),
    ):
        assert chart.alt.endswith(".") and chart.height
        spec = {**chart.spec, "config": {}, "data": {"values": []}}
        alt.LayerChart.from_dict(spec)


def test_the_report_holds_the_answer_and_every_policy():
    at = settled(open_page(PAGE, show="run", **QUICK))
    buttons = [b.proto.label for b in at.get("download_button")]
    assert "Report" in buttons and "CSV" in buttons
    study = next(iter(notes(at)["studies"].values()))
    page = SimpleNamespace(view=dict(view(at)))
    text = report(printed.report_of(page, study, "https://example.org/annotators"))  # type: ignore[arg-type]
    assert "One answer each" in text and "Dawid-Skene" in text and "30,000 rows" in text


def test_examples():
    for module in (words, form, plan):
        assert doctest.testmod(module).failed == 0
