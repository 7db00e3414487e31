"""The Runs page's script: what it lists, for whom, and what its buttons do."""

from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

import pages.ui.live
import pages.ui.visitor
from alcore import Choice, Spec, SpecError
from alcore.comparison import Comparison, Contender
from alcore.edge.service import Service
from alcore.edge.store import Wanted
from alcore.link import pack
from pages.ui import runs_words
from tests.browser import ROOT
from tests.page_scripts import click, healthy, open_page, served_by
from tests.waiting import settled

SMALL = Spec("moons", budget=20)
PAIR = Comparison(SMALL, (Contender.recipe("margin"),), seeds=2)
TABLE = b"a,b,label\n" + b"".join(b"%d,%d,%s\n" % (i % 17, i % 5, b"yn"[i % 17 > 8 :][:1]) for i in range(90))
SECRET = "a-name-nobody-else-may-read"


@pytest.fixture
def service(tmp_path):
    with closing(Service(tmp_path, workers=1, inline=True)) as real, served_by(real):
        yield real


@pytest.fixture
def open_at(service):
    return partial(open_page, "decide/runs.py")


def press(at, name):
    return click(at, f"runs.do.{name}")


def make(service, *specs, who="me"):
    for spec in specs:
        settled(service, service.start(spec, who))


def select(at, *rows):
    """Tick lines of the table, as a click in the browser does."""
    key = next(k for k in keys_of(at) if k.startswith("runs.table"))
    at.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return healthy(at.run())


def keys_of(at):
    at.run()
    view = at.session_state["runs!"]
    turn = view.notes.get("turn", 0)
    return [".".join(("runs", "table", str(turn), *(str(v) for v in view.view.values())))]


def names(at):
    return {b.label for b in at.button if not b.disabled}


def everything_on(at) -> str:
    """All that is sent to the browser."""
    frames = " ".join(d.value.to_string() for d in at.dataframe)
    return frames + " ".join(str(e.proto) for e in at.main)


def test_empty_server_says_so_and_shows_the_doors(open_at):
    at = open_at()
    assert "No comparison has been made" in at.info[0].value
    assert {"Compare strategies", "Run one in the Playground"} <= names(at)
    assert not at.dataframe
    assert "Nothing here fits" in open_at(list="single", state="failed").info[0].value


def test_single_runs_are_told_in_words(open_at, service):
    make(service, SMALL, replace(SMALL, learner=Choice("naive_bayes"), seed=3))
    at = open_at(list="single", order="oldest")
    frame = at.dataframe[0].value
    assert frame["strategy"].tolist() == ["Uncertainty (margin)"] * 2
    assert frame["words"].tolist() == [
        "logistic regression, batch 5, 20 labels",
        "naive Bayes, batch 5, 20 labels",
    ]
    assert frame["state"].tolist() == ["✓ done"] * 2
    assert (frame["labels"].tolist(), frame["seed"].tolist()) == ([20, 20], [0, 3])
    last = service.rounds(SMALL.id)[-1].metrics
    assert frame["score"][0] == last["accuracy"]
    healthy(at.selectbox(key="runs.view.metric").set_value("log_loss").run())
    assert at.dataframe[0].value["score"][0] == last["log_loss"]
    assert at.query_params["metric"] in ("log_loss", ["log_loss"])


def test_a_comparison_is_one_line_and_opens_into_its_runs(open_at, service):
    key = service.remember(PAIR, "me")
    make(service, *(entry.spec for entry in PAIR.entries()), replace(SMALL, seed=9))
    at = open_at()
    frame = at.dataframe[0].value
    assert frame["note"].tolist() == ["4 of 4 runs"] and frame["progress"].tolist() == [1.0]
    assert frame["strategy"].tolist() == ["Uncertainty (margin)"] and frame["seed"].tolist() == [2]
    assert len(open_at(list="single").dataframe[0].value) == 1
    assert len(open_at(list="all").dataframe[0].value) == 5
    at = select(at, 0)
    assert {"Open in Compare", "Its runs"} <= names(at)
    at = press(at, "its_runs")
    assert at.session_state["runs!"].view["of"] == key
    assert len(at.dataframe[0].value) == 4
    assert any("The runs of" in m.value for m in at.markdown)
    at = press(at, "leave")
    assert len(at.dataframe[0].value) == 5


def test_nothing_is_done_before_something_is_selected(open_at, service):
    make(service, SMALL)
    at = open_at(list="single")
    assert not {"Resume", "Stop", "Compare these", "Open in Playground"} & names(at)
    at = select(at, 0)
    assert {"Open in Playground"} <= names(at)
    assert not {"Resume", "Stop", "Make anew", "Compare these"} & names(at)
    assert "budget=20&dataset=moons"[:9] in " ".join(c.value for c in at.code)


def test_a_paused_run_goes_on(open_at, service):
    settled(service, service.start(SMALL, "me", rounds=1))
    at = open_at(list="single")
    assert at.dataframe[0].value["state"][0].endswith("stopped")
    at = press(select(at, 0), "resume")
    assert settled(service, SMALL.id).state == "done"


def test_a_run_of_an_older_engine_says_so_and_is_made_anew(open_at, service):
    make(service, SMALL)
    with service.store._write() as db:
        db.execute("UPDATE run SET engine = 'oldengine'")
    at = open_at(list="single")
    assert at.dataframe[0].value["note"][0] == "made by an older engine (oldengine)"
    press(select(at, 0), "make_anew")
    assert settled(service, SMALL.id).state == "done"
    assert service.store.progress(SMALL.id).engine == service.engine


def test_a_comparison_left_half_way_is_finished(open_at, service):
    service.remember(PAIR, "me")
    make(service, PAIR.entries()[0].spec)
    at = open_at()
    assert at.dataframe[0].value["note"][0] == "1 of 4 runs"
    at = press(select(at, 0), "resume")
    for entry in PAIR.entries():
        assert settled(service, entry.spec.id).state == "done"
    assert open_at().dataframe[0].value["note"][0] == "4 of 4 runs"


def test_public_runs_are_kept_and_own_ones_deleted(open_at, service):
    own = upload(service, "me")
    make(service, SMALL, own)
    at = select(open_at(list="single", whose="public"), 0)
    assert any("everybody's" in m.value for m in at.markdown)
    assert not [b for b in at.button if b.key == "runs.do.delete"]
    at = select(open_at(list="single", whose="mine"), 0)
    press(at, "delete")
    assert [run.key for run in service.listed("me")[0]] == [SMALL.id]


def upload(service, who, **more):
    file = service.upload(who, "mine.csv", TABLE.replace(b"label", SECRET.encode(), 1))["file"]
    return Spec(Choice.of("upload", file=file, target=SECRET), budget=20, **more)


def test_what_one_visitor_uploads_no_other_sees(open_at, service):
    """Two visitors: rows, columns, runs and comparisons of the one are nowhere in what the other is sent."""
    own = upload(service, "ann")
    comparison = Comparison(own, (Contender.recipe("margin", SECRET),), seeds=2)
    key = service.remember(comparison, "ann")
    make(service, *(entry.spec for entry in comparison.entries()), who="ann")
    make(service, SMALL)
    file = dict(own.dataset.params)["file"]
    for listed in ("comparisons", "single", "all"):
        hers, his = open_at("ann", list=listed), open_at("bob", list=listed)
        assert file not in everything_on(his) and SECRET not in everything_on(his)
        assert key not in everything_on(his)
        assert "yours" not in {whose for d in his.dataframe for whose in d.value["whose"]}
        assert listed == "single" or "yours" in set(hers.dataframe[0].value["whose"])
    guessed = open_at("bob", list="all", of=key)
    assert "This comparison is not here" in " ".join(m.value for m in guessed.markdown)
    assert not guessed.dataframe and SECRET not in everything_on(guessed)
    service.forget("ann")
    assert service.listed("ann", Wanted(whose="mine"))[1] == 0
    assert SECRET not in everything_on(open_at("ann", list="all"))
    assert SECRET.encode() not in b"".join(
        p.read_bytes() for p in service.uploads.folder.rglob("*") if p.is_file()
    )


def test_pages_are_turned(open_at, service):
    with service.store._write() as db:
        db.executemany(
            "INSERT INTO run (key, spec, owner, engine, state, created, touched, dataset)"
            " VALUES (?, ?, '', 'e', 'done', ?, ?, 'moons')",
            [(f"{i:04}", SMALL.to_json(), i, i) for i in range(60)],
        )
    at = open_at(list="single", order="oldest")
    assert len(at.dataframe[0].value) == 25
    assert "1 to 25 of 60" in [c.value for c in at.caption]
    at = press(press(at, "page1"), "page1")
    assert "51 to 60 of 60" in [c.value for c in at.caption]
    healthy(at.selectbox(key="runs.view.state").set_value("failed").run())
    assert at.session_state["runs!"].view["at"] == 1


def test_lines_hold_still_under_a_selection(open_at, service):
    make(service, SMALL)
    at = select(open_at(list="single"), 0)
    make(service, replace(SMALL, seed=4))
    healthy(at.run())
    assert at.dataframe[0].value["seed"].tolist() == [0]


def test_runs_that_share_the_base_are_compared():
    margin, entropy = SMALL, replace(SMALL, acquisition=Choice("entropy"), seed=4)
    found = runs_words.together([margin, entropy, margin.passive(), replace(margin, seed=2)])
    assert [c.label for c in found.contenders] == ["Uncertainty (margin)", "Most uncertain (entropy)"]
    assert (found.base.seed, found.seeds) == (0, 10)
    for spec in (margin, entropy):
        assert spec in [entry.spec for entry in found.entries()], (
            "what was made before is made no second time"
        )
    other = runs_words.together([margin, replace(margin, learner=Choice("naive_bayes"))])
    assert len(other.contenders) == 2


@pytest.mark.parametrize(
    ("specs", "says"),
    [
        ([SMALL], "at least two"),
        ([SMALL, replace(SMALL, dataset=Choice("wine"))], "differ in their dataset"),
        ([SMALL, replace(SMALL, test_share=0.5)], "differ in their test share"),
        ([SMALL.passive(), replace(SMALL.passive(), seed=5)], "All of these ask at random"),
        ([replace(SMALL, batch=b) for b in range(1, 10)], "At most 8"),
    ],
)
def test_what_cannot_be_compared_is_explained(specs, says):
    with pytest.raises(SpecError, match=says):
        runs_words.together(specs)


def test_compare_explains_or_opens(open_at, service):
    make(service, SMALL, replace(SMALL, dataset=Choice("wine")))
    at = press(select(open_at(list="single"), 0, 1), "compare_these")
    assert "differ in their dataset" in at.warning[0].value


def test_what_no_version_can_read_does_not_break_the_list(open_at, service):
    make(service, SMALL)
    service.store.remember("odd", "{}", "", ["x"])
    with service.store._write() as db:
        db.execute("UPDATE run SET spec = 'nonsense'")
    assert runs_words.GONE in open_at(list="single").dataframe[0].value["strategy"].tolist()
    at = select(open_at(), 0)
    assert runs_words.GONE in at.dataframe[0].value["strategy"].tolist()


def test_compare_opens_a_permanent_link(service, monkeypatch):
    monkeypatch.setattr(pages.ui.visitor, "visitor", lambda: "me")
    at = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60)
    at.switch_page("explore/compare.py")
    at.query_params["comparison"] = pack(PAIR.to_json())
    healthy(at.run())
    assert at.session_state["compare!"].notes["comparison"] == PAIR
    assert not at.warning
