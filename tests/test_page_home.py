"""The home page's script: it runs the race, says what was measured, and its doors lead somewhere."""

import json
import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import pages.ui.live
from alcore import Log, advance, check, tables
from alcore.catalog import DATASETS
from alcore.errors import UnavailableError
from alcore.link import from_query
from pages.ui import race_show
from pages.ui.race_show import ACTIVE, BASE, METRIC, PASSIVE, SEED, TARGET, Show, verdict
from tests.browser import ROOT
from tests.fake_service import FakeService


@pytest.fixture
def service(monkeypatch):
    fake = FakeService(pace=4)
    monkeypatch.setattr(pages.ui.live, "service", lambda: fake)
    race_show._map.clear()
    yield fake
    race_show._map.clear()


@pytest.fixture
def home(service):
    return healthy(AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60).run())


def healthy(at: AppTest) -> AppTest:
    assert not at.exception, at.exception[0].stack_trace
    return at


def text(at: AppTest) -> str:
    return re.sub(
        r"<style>.*?</style>|<[^>]+>", "", " ".join(h.proto.body for h in at.get("html")), flags=re.S
    )


def show_of(at: AppTest) -> Show:
    return at.session_state["home.show"]


def press(at: AppTest, name: str) -> AppTest:
    return healthy(at.button(key=f"home.{name}").click().run())


def race(seed: int) -> dict[str, Log]:
    return {name: Log(tuple(advance(spec))) for name, spec in Show(seed).specs.items()}


def test_first_run_shows_the_first_round_of_a_real_race(home, service):
    assert len(home.title) == 1
    assert "with 4 labels" in text(home) and "Round 1 of 21" in text(home)
    specs = [json.loads(c.proto.spec) for c in home.get("vega_lite_chart")]
    assert len(specs) == 3, "two maps and the curves"
    assert all(c.proto.alt for c in home.get("vega_lite_chart"))
    assert {("scene", 0), ("field", 1)} <= {(name, rounds) for name, rounds, _ in service.called}


def test_race_moves_on_pauses_and_ends_with_its_numbers(home):
    healthy(home.run())
    assert show_of(home).shown == 2 and show_of(home).playing
    press(home, "toggle")
    healthy(home.run())
    assert show_of(home).shown == 2, "a paused race stands still"
    press(home, "toggle")
    for _ in range(40):
        if show_of(home).ended:
            break
        healthy(home.run())
    healthy(home.run())
    assert show_of(home).ended and not show_of(home).playing
    reached = tables.reaches(tables.curve(race(SEED)), METRIC, TARGET)
    assert f"Active learning reached 96% with {reached[ACTIVE]:.0f} labels" in text(home)
    assert f"random choice with {reached[PASSIVE]:.0f}" in text(home)
    assert "One run is an anecdote" in text(home)
    press(home, "replay")
    assert show_of(home).shown == 1 and show_of(home).playing


def test_another_seed_is_another_race(home):
    before = show_of(home).specs
    press(home, "another")
    after = show_of(home).specs
    assert show_of(home).seed == SEED + 1 and show_of(home).shown == 1
    assert all(before[name].seed != after[name].seed for name in before)


def test_pictures_are_made_once_for_all_visitors(home, service):
    made = len(service.called)
    other = healthy(AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60).run())
    assert "Round 1 of 21" in text(other)
    assert len(service.called) == made


def test_page_stands_while_nothing_is_computed_yet(service, monkeypatch):
    monkeypatch.setattr(service, "_advance", lambda job: None)
    at = healthy(AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60).run())
    assert "Drawing the points" in text(at) and "with 0 labels" in text(at)
    assert len(at.get("vega_lite_chart")) == 1, "the curve's axes are there already"
    assert show_of(at).playing


def test_busy_server_is_told_in_a_sentence(service, monkeypatch):
    def refuse(*args, **kwargs):
        raise UnavailableError("The server has its <b>hands</b> full; try again in a minute")

    monkeypatch.setattr(service, "start", refuse)
    at = healthy(AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60).run())
    assert "hands" in text(at) and "try again in a minute" in text(at)
    assert not any("<b>hands" in h.proto.body for h in at.get("html"))
    assert not show_of(at).playing
    monkeypatch.undo()
    monkeypatch.setattr(pages.ui.live, "service", lambda: service)
    press(at, "toggle")
    assert "Round 1 of 21" in text(at)


def test_doors_lead_to_experiments_that_exist(home):
    links = [link.proto for link in home.get("page_link")]
    doors, people = links[:4], links[4:]
    assert [link.page for link in doors] == ["playground", "savings", "playground", "compare"]
    assert len(people) == 6 and not {link.page for link in people} & {link.page for link in doors}
    for link in doors:
        query = dict(parse_qsl(link.query_string or urlsplit(link.page).query))
        assert query["show"] == "run"
        if link.page == "playground":
            spec, problems = from_query(query)
            assert problems == ()
            check(spec)
            assert spec.dataset.name in DATASETS


def test_stillness_shows_the_end_as_soon_as_it_is_known():
    show = Show(still=True)
    show.move(ready=5)
    assert show.shown == 0 and show.playing
    show.move(ready=show.rounds)
    assert show.ended and not show.playing


def test_rounds_are_counted_right():
    log = Log(tuple(advance(BASE)))
    assert len(log) == Show().rounds and log.labels == BASE.budget


@pytest.mark.parametrize(
    ("active", "passive", "said"),
    [
        (12, 26, "Active learning reached 96% with <b>12</b> labels, random choice with <b>26</b>."),
        (12, None, "random choice had not with 44"),
        (None, 20, "Random choice reached 96% with <b>20</b> labels, active learning had not with 44"),
        (None, None, "Neither reached 96% with 44 labels"),
    ],
)
def test_verdict_says_what_happened(active, passive, said):
    (first, *_) = advance(BASE, rounds=1)

    def made_up(labels):
        steps = range(4, 46, 2)
        values = [0.99 if labels and n >= labels else 0.5 for n in steps]
        rounds = [
            replace(first, index=i, metrics={METRIC: v}, **_asked(first, 4 if not i else 2))
            for i, v in enumerate(values)
        ]
        return Log(tuple(rounds))

    assert said in verdict({PASSIVE: made_up(passive), ACTIVE: made_up(active)})


def _asked(round_, n):
    return {name: getattr(round_, name)[:n] for name in ("asked", "answers", "scores", "costs")}


@pytest.mark.slow
def test_the_race_on_show_is_a_typical_one():
    """Nobody is shown a lucky seed: its numbers are near the medians of forty races."""
    seeds = [*range(40)]
    reached = [tables.reaches(tables.curve(race(seed)), METRIC, TARGET) for seed in seeds]
    shown = reached[seeds.index(SEED)]
    for name in (ACTIVE, PASSIVE):
        needed = np.array([r[name] for r in reached])
        median = np.median(np.where(np.isnan(needed), np.inf, needed))
        assert abs(shown[name] - median) <= 4, f"{name}: {shown[name]} against a median of {median}"
    wins = sum(r[ACTIVE] < r[PASSIVE] or np.isnan(r[PASSIVE]) for r in reached)
    assert wins >= 34
