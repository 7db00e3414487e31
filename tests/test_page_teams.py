"""The Teams page's script: what it simulates, what it says of that, and how it is linked to."""

import doctest
import math
import re

import pytest

from alcore import Spec, SpecError
from alcore.teams import Team, alone
from pages.ui import teams_charts, teams_numbers, teams_plan, teams_report, teams_words
from pages.ui.report import report
from pages.ui.teams_work import Work
from tests.fake_service import FakeService
from tests.page_scripts import address, answered, charts, click, open_page, served_by, status, written

FILE = "people/teams.py"
SMALL = {
    "dataset": "iris",
    "learner": "naive_bayes",
    "first": "6",
    "budget": "36",
    "seeds": "3",
    "story": "Yours",
    "agents": "4",
}
USUAL = {param.name: param.default for param in teams_plan.VIEW}


@pytest.fixture
def service():
    with served_by(FakeService()) as fake:
        yield fake


def finished(**query):
    return to_the_end(open_page(FILE, **{**SMALL, "show": "run", **query}))


def to_the_end(at):
    """The page once nothing is asked any more; it never asks for everything at once."""
    for _ in range(12):
        if "simulated, about" not in status(at) and not status(at).endswith("projects simulated"):
            return at
        answered(at)
    raise AssertionError(status(at))


def test_doctests():
    for module in (teams_charts, teams_words):
        assert not doctest.testmod(module).failed


def test_own_settings_wait_for_the_button_and_then_answer(service):
    at = open_page(FILE, **SMALL)
    assert "to simulate 36 projects" in status(at)  # four ways and eight sizes, three seeds
    assert not service.called
    at = to_the_end(click(at, "teams.do.run"))
    assert status(at) == "Finished: 36 projects simulated."
    said = written(at)
    assert "Only 3 seeds: four annotators (hash shards)" in said
    assert re.search(r"The team is done in \*\*[\d.]+ (s|min)\*\*", said)
    assert "of the answers repeat a row" in said and "3 seeds show something" in said
    assert address(at)["show"] == "run" and "agents" in address(at)
    assert len(charts(at)) == 6
    assert {name for name, *_ in service.called} == {"teamwork"}


def test_the_first_story_is_the_empty_address_and_runs_by_itself(service, monkeypatch):
    monkeypatch.setattr("pages.ui.teams_work.Work._question", lambda self, name, arm: lambda: _made(arm))
    at = to_the_end(open_page(FILE))
    assert status(at).startswith("Finished: 150 projects")
    said = written(at)
    assert "Five annotators (hash shards)" in said and "Preliminary" not in said
    assert address(at) == {}


def _made(arm):
    """A project of something small, in place of the story's."""
    from alcore.calls import CALLS

    spec = Spec("iris", learner="naive_bayes", first=6, budget=30, acquisition=arm.spec.acquisition)
    return CALLS["teamwork"](spec, None, **teams_plan.fields_of(arm.team))


@pytest.mark.parametrize("story", [s.title for s in teams_plan.STORIES[1:]])
def test_a_story_is_a_link(service, monkeypatch, story):
    monkeypatch.setattr("pages.ui.teams_work.Work._question", lambda self, name, arm: lambda: _made(arm))
    settings = next(s for s in teams_plan.STORIES if s.title == story)
    query = {name: teams_plan_text(name, value) for name, value in settings.view.items()}
    at = open_page(FILE, story=story, **query)
    assert settings.told.split(".")[0] in written(at)
    assert address(at)["story"] == story


def teams_plan_text(name, value):
    return next(p for p in teams_plan.VIEW if p.name == name).to_text(value)


def test_every_setting_comes_back_from_its_link(service):
    given = {
        "agents": "50", "pick": "power", "beta": "3.0", "hand": "4", "sees": "0.5", "seconds": "30.0",
        "spread": "0.2", "refit": "60.0", "delay": "9.0", "every": "20", "wait": "true", "learn": "new",
        "modes": '["queue","none"]', "metric": "macro_f1",
    }  # fmt: skip
    at = open_page(FILE, **{**SMALL, **given})
    kept = address(at)
    assert {name: kept[name] for name in given} == given
    again = open_page(FILE, **kept)
    assert address(again) == kept
    assert not again.error and not again.warning


def test_a_link_that_is_not_understood_says_so(service):
    at = open_page(FILE, **{**SMALL, "agents": "90000", "modes": '["telepathy"]', "seeds": "x"})
    said = written(at)
    assert "not understood in full" in said and "agents must be between 1 and 5000" in said
    assert "modes must be one of" in said


@pytest.mark.parametrize(
    "query",
    [
        {"agents": "1"},
        {"agents": "5000", "hand": "200"},
        {"budget": "6"},
        {"seeds": "2", "modes": '["none"]', "sees": "0.05"},
        {"refit": "36000.0", "wait": "true"},
        {"spread": "0.0", "seconds": "1.0", "refit": "0.0", "delay": "0.0", "every": "1"},
        {"acquisition": "random"},
        {"learn": "new", "pick": "power"},
    ],
)
def test_extremes_are_answered_in_sentences(service, query):
    at = finished(**query)
    assert status(at).startswith("Finished")
    said = written(at).replace("nanoseconds", "")
    assert "nan" not in said.lower().split() and "inf" not in said.lower().split()


def test_nothing_to_share_out_is_a_sentence(service):
    at = open_page(FILE, **SMALL, modes="[]")
    assert "Choose at least one way" in written(at)
    with pytest.raises(SpecError):
        teams_plan.plan_of({**USUAL, "modes": ()}, Spec())


def test_seeds_that_run_over_the_end_are_a_sentence(service):
    at = open_page(FILE, **SMALL, seed=str(2**31 - 1), show="run")
    assert "3 seeds from 2147483647 on are too many" in written(at) and not service.called
    assert teams_plan.plan_of({**USUAL, "seeds": 3}, Spec(seed=2**31 - 3)).seeds == 3
    with pytest.raises(SpecError, match="too many"):
        teams_plan.plan_of({**USUAL, "seeds": 3}, Spec(seed=2**31 - 2))


def test_what_failed_is_tried_again_by_the_button_only():
    work = work_of()
    lost = work.projects.pop(("Random", 0))
    work.wanted, work.failures["Random", 0] = True, "It broke"
    work.start()
    assert work.failures and not work.live
    work.start(again=True)
    assert not work.failures and work.live
    work._question = lambda name, arm: lambda: lost
    work.refresh()
    assert work.errands.wait(10)
    work.refresh()
    assert work.complete and not work.live


def test_a_gain_is_told_up_to_the_first_size_without_one():
    from dataclasses import replace
    from types import SimpleNamespace

    from pages.ui.teams_stage import _pays

    work = work_of(seeds=2)
    team = teams_numbers.sizes(work, "accuracy")

    def said(*able):
        gains = {n: replace(arm.gain, low=1.0 if n in able else -1.0) for n, arm in team.items()}
        return _pays(work, {n: SimpleNamespace(seeds=2, gain=gain) for n, gain in gains.items()}, "accuracy")

    assert "At no size" in said()
    assert said(1, 2).endswith("up to 2 annotators.")
    assert said(1, 2, 100).endswith("up to 2 annotators; beyond that not at every size.")
    assert said(5, 100).endswith("with 5 and 100 annotators only.")
    assert "Even with 100" in said(*team)


def test_what_is_not_known_is_a_dash_in_print():
    assert not doctest.testmod(teams_report).failed
    work = work_of(seeds=2)
    for project in [*work.projects.values(), *work.by_size.values()]:
        project["stale"] = math.nan
    text = report(teams_report.report_of(work, "accuracy", "", "abc"))
    assert "– labels" in text and not re.search(r"\bnan\b", text) and "Preliminary" not in text
    for name in [name for name in work.projects if name[1] == 1]:
        del work.projects[name]
    work.memo.clear()
    assert "Preliminary: 1 of 2 seeds. " in report(teams_report.report_of(work, "accuracy", "", "abc"))


def test_what_cannot_be_simulated_is_told(service):
    at = finished(dataset="moons", budget="1000000", modes='["none"]', agents="5000", seeds="2", hand="200")
    assert "lower the budget" in written(at)


def test_stop_keeps_what_is_there(service):
    at = open_page(FILE, **SMALL, show="run")
    at = click(at, "teams.do.stop")
    assert address(at)["show"] == "stopped"


def test_the_first_story_holds_what_the_form_shows_by_default():
    plan = teams_plan.plan_of(USUAL, teams_plan.STORIES[0].spec)
    assert plan.team == Team()
    assert plan.arms[teams_plan.ALONE].team == alone(Team())
    assert plan.main == "Hash shards" and plan.seeds == 20
    assert plan.arms[teams_plan.BY_LOT].spec == plan.spec.passive()


def work_of(view=None, seeds=4, **spec):
    """Projects of a small plan, made here."""
    from dataclasses import replace

    from alcore.calls import CALLS

    base = Spec("iris", learner="naive_bayes", first=6, budget=36, **spec)
    work = Work(teams_plan.plan_of({**USUAL, "seeds": seeds, **(view or {})}, base), "me")
    for kept, name, arm in work._entries():
        team = teams_plan.fields_of(arm.team)
        kept[name] = CALLS["teamwork"](replace(arm.spec, seed=name[1]), None, **team)
    return work


def test_the_report_holds_the_answer_and_no_markdown():
    work = work_of()
    page = report(teams_report.report_of(work, "accuracy", "https://here/?a=1", "abc"))
    for said in (
        "five annotators",
        "One annotator",
        "Hash shards",
        "No coordination",
        "Random",
        "4 paired seeds",
    ):
        assert said in page
    assert "**" not in page and "nan" not in page.replace("finance", "").split()


def test_the_code_of_the_page_runs_and_agrees(capsys):
    work = work_of({"agents": 3, "seconds": 10.0})
    scope: dict = {}
    exec(teams_report.code_of(work), scope)
    last = work.projects["Hash shards", 0]["points"]["metrics"]["accuracy"][-1]
    assert scope["project"].team.agents == 1
    assert str(last) in capsys.readouterr().out


def test_words_follow_the_numbers():
    work = work_of(seeds=2)
    found = teams_numbers.arms(work, "accuracy")
    main = found["Hash shards"]
    assert main.faster.value == pytest.approx(
        sum(
            work.projects["One annotator", s]["seconds"] / work.projects["Hash shards", s]["seconds"]
            for s in (0, 1)
        )
        / 2
    )
    said = teams_words.headline(work.plan, found, "accuracy")
    assert f"{main.faster.value:.1f} times as fast" in said
    frame = teams_numbers.bands(work, "accuracy", "hours", step=True)
    assert set(frame["strategy"]) == set(work.plan.arms) and (frame["low"] <= frame["high"]).all()
    team = teams_numbers.sizes(work, "accuracy")
    assert list(team) == [1, 2, 5, 10, 20, 50, 100]
    assert team[1].seconds.value > team[5].seconds.value > 0
    assert math.isnan(team[1].faster.value)
