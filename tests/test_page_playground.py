"""The Playground's script: what it draws for which address, and what its buttons do."""

import ast
import json
import re
import subprocess
import sys
import threading
from contextlib import closing
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

import pages.ui.live
import pages.ui.stage
import pages.ui.visitor
from alcore import Choice, DataError, Log, Spec, advance, calls, tables
from alcore.advice import better_committee
from alcore.catalog import ACQUISITIONS, METRICS
from alcore.edge.service import Service
from alcore.errors import BusyError, UnavailableError
from alcore.link import to_query, to_token
from pages.ui import share
from tests.browser import ROOT
from tests.fake_service import FakeService
from tests.page_scripts import address, charts, click, healthy, open_page, served_by, status
from tests.waiting import until

SMALL = {"dataset.rows": "200", "first": "10", "batch": "5", "budget": "30"}


@pytest.fixture
def open_at(service):
    return partial(open_page, "explore/playground.py")


def press(at: AppTest, name: str) -> AppTest:
    return click(at, f"playground.do.{name}")


def memory(at: AppTest):
    return at.session_state["playground!"]


def test_first_visit_shows_the_data_and_says_what_to_press(open_at, service):
    at = open_at()
    assert at.title[0].value == "Playground"
    assert "Press **Run**" in status(at)
    assert len(charts(at)) == 2
    assert ("scene", 0, {}) in service.called
    assert not service.jobs, "nothing is computed before it is asked for"
    assert address(at) == {}
    enabled = {b.label for b in at.button if not b.disabled}
    assert {"Run", "Step"} <= enabled
    assert not {"Stop", "Reset"} & enabled


def test_run_gives_chart_table_and_address(open_at, service):
    at = press(open_at(**SMALL), "run")
    assert status(at).startswith("Finished: ")
    assert address(at) == SMALL | {"show": "run"}
    spec = memory(at).spec
    assert set(service.jobs) == {spec.id, spec.passive().id}, "random is always run beside it"
    healthy(at.button_group(key="playground.view.tab").set_value("results").run())
    summary = at.table[0].value
    logs = {"margin": Log(tuple(advance(spec))), "random": Log(tuple(advance(spec.passive())))}
    expected = tables.summary(logs, "accuracy", 0.95).set_index("run")
    assert list(summary.columns) == ["Margin", "Random"]
    assert summary.loc["Accuracy at the end", "Margin"] == f"{expected.final['margin']:.3f}"
    assert summary.loc["Labels bought", "Random"] == "30"
    assert any("anecdote, not evidence" in m.value for m in at.markdown)


def test_runs_that_end_apart_are_each_told_at_their_own_end(open_at):
    at = open_at(
        dataset="imbalanced",
        price="per_class",
        acquisition="entropy",
        budget_in="money",
        budget="60",
        show="run",
    )
    logs = memory(at).notes["race"].logs
    for name, log in logs.items():
        end = f"{name.title()} **{log.rounds[-1].metrics['accuracy']:.3f}** after {log.labels} labels"
        assert end in status(at)


def test_target_that_is_never_reached_is_said_so(open_at):
    at = open_at(**SMALL, show="run", target="1", tab="results", dataset="noisy")
    assert at.table[0].value.loc["Labels to accuracy 1"].tolist() == ["not reached", "not reached"]
    assert [m.value for m in at.metric][:2] == ["not reached", "not reached"]


def test_steps_go_round_by_round_and_reset_goes_back(open_at, service):
    at = press(open_at(**SMALL), "step")
    assert "Stopped after the cold start" in status(at)
    at = press(press(at, "step"), "step")
    assert "Stopped after 2 rounds" in status(at)
    assert address(at)["show"] == "steps"
    assert address(at)["steps"] == "3"
    assert all(len(job.rounds) == 3 for job in service.jobs.values())
    at = press(at, "reset")
    assert "Press **Run**" in status(at)
    assert address(at) == SMALL


def test_stop_keeps_what_is_known_and_resume_goes_on(open_at, service):
    service.pace = 1
    at = press(open_at(**SMALL), "run")
    assert not status(at).startswith("Finished")
    at = press(at, "stop")
    assert "Stopped after" in status(at)
    before = len(memory(at).notes["race"].logs["margin"])
    assert before >= 1
    service.pace = None
    at = healthy(at.run())
    assert len(memory(at).notes["race"].logs["margin"]) == before, "stopped is stopped"
    assert at.button(key="playground.do.run").label == "Resume"
    assert status(press(at, "run")).startswith("Finished")


def test_stop_holds_the_page_while_the_run_goes_on_for_another_visitor(open_at, service):
    service.pace = 1
    at = press(open_at(**SMALL), "run")
    race = memory(at).notes["race"]
    for spec in race.specs.values():
        service.start(spec, "another visitor")
    at = press(at, "stop")
    shown = status(at)
    before = race.logs
    assert shown.startswith("Stopped after")
    for _ in range(3):
        at = healthy(at.run())
    assert all(service.jobs[key].state != "stopped" for key in race.keys.values())
    assert len(race.found["margin"]) > len(before["margin"])
    assert memory(at).notes["race"].logs == before
    assert status(at) == shown
    assert at.button(key="playground.do.run").label == "Resume"


def test_link_restores_settings_view_and_result(open_at):
    spec = Spec(
        dataset=Choice.of("blobs", rows=150),
        acquisition="entropy",
        oracle=Choice.of("noisy", rate=0.2),
        batch=4,
        first=8,
        budget=24,
        seed=5,
    )
    query = to_query(spec) | {"show": "run", "metric": "log_loss", "x": "money", "round": "1", "bits": "true"}
    at = open_at(**query)
    assert memory(at).spec == spec
    assert address(at) == query, "an address that was read is left as it is"
    assert at.selectbox(key="playground.acquisition").value == "entropy"
    assert at.selectbox(key="playground.view.metric").value == "log_loss"
    assert at.slider(key="playground.round.4").value == 1
    assert tuple(memory(at).notes["race"].logs["entropy"].rounds) == tuple(advance(spec))


def test_token_restores_the_same_experiment(open_at):
    spec = Spec(dataset=Choice.of("xor", rows=150), learner="svm", budget=20, seed=3)
    at = open_at(spec=to_token(spec), show="run")
    assert memory(at).spec == spec
    at.number_input(key="playground.seed").set_value(4).run()
    assert address(healthy(at)) == to_query(Spec(dataset=spec.dataset, learner="svm", budget=20, seed=4))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"dataset": "nothing"}, "There is no dataset named 'nothing'"),
        ({"batch": "0"}, "batch must be a whole number"),
        ({"oracle": "noisy", "oracle.rate": "7"}, "rate must be between"),
        ({"metric": "beauty"}, "metric must be one of"),
        ({"stop": "plateau,zzz"}, "There is no stopping rule named 'zzz'"),
        ({"spec": "1broken"}, "This link is"),
        ({"seed": "<script>alert(1)</script>"}, "seed must be a whole number"),
    ],
)
def test_link_that_is_wrong_gives_a_sentence_and_defaults(open_at, query, sentence):
    at = open_at(**query)
    assert sentence in at.warning[0].value
    assert len(charts(at)) == 2
    at.number_input(key="playground.seed").set_value(1).run()
    assert not [w for w in healthy(at).warning if "link" in w.value], "the sentence goes with the next change"


def test_form_follows_the_choice_and_another_experiment_starts_afresh(open_at):
    at = press(open_at(**SMALL), "run")
    healthy(at.selectbox(key="playground.learner").set_value("nearest_neighbours").run())
    assert "Press **Run**" in status(at)
    assert address(at) == SMALL | {"learner": "nearest_neighbours"}
    assert at.slider(key="playground.learner.nearest_neighbours.k").value


def test_address_changed_from_outside_is_taken_over(open_at):
    """The browser's back button: the address is older than the page and no widget was touched."""
    at = open_at(seed="1")
    healthy(at.number_input(key="playground.seed").set_value(2).run())
    assert address(at) == {"seed": "2"}
    at.query_params["seed"] = "1"
    healthy(at.run())
    assert memory(at).spec.seed == 1
    assert at.number_input(key="playground.seed").value == 1


def test_widget_beats_an_address_that_is_late(open_at):
    """Two quick changes: the second arrives with the address from before the first."""
    at = open_at()
    healthy(at.number_input(key="playground.seed").set_value(2).run())
    del at.query_params["seed"]
    healthy(at.number_input(key="playground.seed").set_value(3).run())
    assert memory(at).spec.seed == 3
    assert address(at) == {"seed": "3"}


def test_page_switch_loses_nothing(open_at):
    at = press(open_at(**SMALL, seed="7"), "run")
    at.switch_page("home.py")
    at.query_params.clear()
    healthy(at.run())
    at.switch_page("explore/playground.py")
    healthy(at.run())
    assert status(at).startswith("Finished")
    assert address(at) == SMALL | {"seed": "7", "show": "run"}


def test_slider_replays_a_past_round(open_at, service):
    at = open_at(**SMALL, show="run")
    newest = at.slider(key="playground.round.4")
    assert newest.value == 4
    service.called.clear()
    healthy(newest.set_value(2).run())
    assert address(at)["round"] == "2"
    fields = [c for c in service.called if c[0] == "field"]
    assert [rounds for _, rounds, _ in fields] == [3], "the learner that has learnt round 2's answers"
    healthy(at.button_group(key="playground.view.moment").set_value("before").run())
    assert [c[1] for c in service.called if c[0] == "field"] == [3, 2]
    healthy(at.slider(key="playground.round.4").set_value(4).run())
    assert "round" not in address(at), "the newest round is followed again"


@pytest.mark.parametrize("heat", ["entropy", "vote_entropy", "random"])
def test_ground_of_the_map_shows_any_acquisition_function(open_at, service, heat):
    at = open_at(**SMALL, show="run", heat=heat)
    asked = [args for name, _, args in service.called if name == "field"]
    assert asked[-1]["acquisition"] == heat
    assert at.selectbox(key="playground.view.heat").value == heat


def test_a_slow_explanation_holds_nothing_up(open_at, service, monkeypatch):
    honest, gate = service.call, threading.Event()

    def call(name, *given, **args):
        if name == "why":
            assert gate.wait(60)
        return honest(name, *given, **args)

    monkeypatch.setattr(service, "call", call)
    monkeypatch.setattr(pages.ui.stage, "MOMENT", 0.01)
    at = open_at(show="run", round="2")
    assert any("Working it out" in m.value for m in at.markdown)
    assert len(charts(at)) >= 2  # the rest of the page is there
    gate.set()
    until(lambda: not any("Working it out" in m.value for m in healthy(at.run()).markdown))
    assert any("What the learner thought" in m.value for m in at.markdown)


def test_why_explains_the_chosen_point_with_the_learner_before_it_was_asked(open_at, service):
    at = open_at(**SMALL, show="run", round="3")
    point = at.selectbox(key="playground.row.margin.3")
    wanted = [r.asked for r in memory(at).notes["race"].logs["margin"].rounds][3]
    assert len(point.options) == len(wanted)
    healthy(point.set_value(wanted[1][0]).run())
    _, rounds, args = [c for c in service.called if c[0] == "why"][-1]
    assert (rounds, args["row"]) == (3, wanted[1][0])
    assert address(at)["row"] == str(wanted[1][0])
    assert any(m.value.startswith("$") for m in at.markdown), "the formula and its numbers"


def test_picture_data_show_the_picture(open_at):
    at = open_at(dataset="digits", first="20", budget="30", show="run")
    assert at.get("image") or at.get("imgs") or at.get("image_list"), {e.type for e in at.main}


def test_every_metric_can_be_shown(open_at):
    for metric in METRICS:
        at = open_at(**SMALL, show="run", metric=metric, tab="results")
        assert len(charts(at)) == 2


def test_next_seed_is_another_run_of_the_same_experiment(open_at):
    at = open_at(**SMALL, show="run", tab="results")
    at = press(at, "next_seed")
    assert address(at)["seed"] == "1"
    assert status(at).startswith("Finished")


def test_random_alone_has_no_twin(open_at, service):
    at = open_at(**SMALL, acquisition="random", show="run")
    assert len(service.jobs) == 1
    assert status(at).startswith("Finished")


def test_engine_limit_comes_back_as_a_sentence(open_at):
    at = open_at(**SMALL, learner="nearest_neighbours", oracle="noisy", price="per_class", show="run")
    assert status(at) or at.error


def test_dataset_that_cannot_be_had_offers_another(open_at, service, monkeypatch):
    def offline(name, spec, owner, rounds=0, **args):
        if spec.dataset.name == "mnist":
            raise UnavailableError("There is no internet here")
        return FakeService.call(service, name, spec, owner, rounds, **args)

    monkeypatch.setattr(service, "call", offline)
    at = open_at(dataset="mnist")
    assert "There is no internet here" in at.error[0].value
    at = press(at, "fallback")
    assert memory(at).spec.dataset == Choice("digits")
    assert len(charts(at)) == 2


SPECS = [
    Spec(),
    Spec(dataset=Choice.of("blobs", rows=200), oracle=Choice.of("noisy", rate=0.1), seed=9),
    Spec(adjust=("per_cost",), price=Choice.of("per_class"), budget=20, budget_in="money"),
    Spec(learner="svm", committee=Choice.of("bagged", members=3), acquisition="vote_entropy", budget=20),
]


@pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))
def test_code_repeats_the_run(spec, capsys):
    found = {}
    exec(share.code_of(spec), found)
    assert found["spec"] == spec
    assert found["rounds"] == list(advance(spec))
    assert found["passive"] == list(advance(spec.passive()))
    assert f"{spec.acquisition.name}:" in capsys.readouterr().out


def test_code_for_own_data_is_complete():
    spec = Spec(dataset=Choice.of("upload", file="abc", target="churn", group="sex"))
    code = share.code_of(spec)
    ast.parse(code)
    assert "from_frame(frame, group='sex', target='churn')" in code
    assert "advance(spec, data=data)" in code


@pytest.fixture
def own_table(tmp_path, service):
    """A real service that keeps a table of the visitor's; its name there."""
    rows = [f"{i % 17},{i * 7 % 29},{'yes' if i % 17 + i * 7 % 29 > 20 else 'no'}\n" for i in range(120)]
    with closing(Service(tmp_path, workers=1, inline=True)) as real, served_by(real):
        yield real, real.upload("me", "mine.csv", "".join(["a,b,label\n", *rows]).encode())["file"]


def test_table_that_is_still_kept_can_be_edited_after_a_reload_and_removed(own_table, open_at):
    real, file = own_table
    at = open_at(dataset="upload", **{"dataset.file": file, "dataset.target": "label"})
    columns = at.selectbox(key=f"playground.dataset.upload.{file}.target")
    assert columns.value == "label"
    assert len(columns.options) == 4
    at = press(at, "remove_file")
    with pytest.raises(DataError, match="not here"):
        real.describe("me", file)
    assert file not in str(address(at))
    assert file not in memory(at).spec.to_json()
    assert "race" not in memory(at).notes or file not in memory(at).notes["race"].spec.to_json()
    assert not [b for b in at.button if b.label.startswith("Remove this file")]


def test_table_of_another_visitor_is_not_described(own_table, open_at, monkeypatch):
    monkeypatch.setattr("pages.ui.own_data.visitor", lambda: "somebody else")
    _, file = own_table
    at = open_at(dataset="upload", **{"dataset.file": file, "dataset.target": "label"})
    assert any("Upload the table again" in c.value for c in at.caption)
    assert not [b for b in at.button if b.label.startswith("Remove this file")]


def test_link_promises_the_same_result_only_where_the_data_are_everybodys(open_at):
    at = open_at()
    assert any("sees the same result" in m.value for m in at.markdown)
    told = share.reach(Spec(dataset=Choice.of("upload", file="abc", target="churn")))
    assert "same result" not in told
    assert "Your rows are not in it" in told
    assert "fingerprint" in told


def test_files_hold_every_query(open_at):
    at = open_at(**SMALL, show="run")
    race = memory(at).notes["race"]
    record = json.loads(share.json_log(race.spec, race.logs, ["a", "b"]))
    assert len(record["queries"]) == 60
    assert set(record["queries"][-1]) == {
        "run",
        "round",
        "row",
        "score",
        "answer",
        "cost",
        "seconds",
        "note",
    }
    assert Spec.from_json(json.dumps(record["spec"])) == race.spec
    assert share.csv(tables.queries(race.logs, ["a", "b"])).count("\n") == 61


def test_csv_holds_no_formulas():
    frame = tables.queries({"=cmd": Log(tuple(advance(Spec(budget=10))))}, ["+1", "@b"])
    text = share.csv(frame)
    assert not re.search(r"(^|,)[=+@]", text, re.M)


def test_menus_name_every_acquisition_function(open_at):
    at = open_at()
    assert len(at.selectbox(key="playground.acquisition").options) == len(ACQUISITIONS)
    assert len(at.selectbox(key="playground.view.heat").options) == len(ACQUISITIONS) + 1


def test_pages_never_import_what_only_workers_need():
    """The server stays light: fits and data are the workers' business."""
    code = (
        "import sys, pages.ui.stage, pages.ui.controls, alcore.catalog as c; "
        "[list(r) for r in c.PARTS.values()]; "
        "print([m for m in ('sklearn', 'scipy.stats', 'scipy.cluster') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def settled(at: AppTest) -> AppTest:
    """The page once nothing is on its way any more."""
    until(lambda: not memory(healthy(at.run())).notes["timer"])
    return at


def test_the_greedy_oracle_is_computed_on_request_and_drawn_as_the_upper_band(open_at, service):
    at = open_at(**SMALL, show="run")
    assert not [c for c in service.called if c[0] == "best_case"], "it is costly"
    assert at.toggle(key="playground.view.greedy").value is False
    healthy(at.toggle(key="playground.view.greedy").set_value(True).run())
    assert any("no strategy: it cheats" in c.value for c in at.caption), "at once, not with the next click"
    at = settled(at)
    assert address(at)["greedy"] == "true"
    band = memory(at).notes["band"]
    assert band.labels == [10, 15, 20, 25, 30]
    _, curve = at.get("vega_lite_chart")[:2]
    assert "Greedy oracle" in curve.proto.alt
    assert any("no strategy: it cheats" in c.value for c in at.caption)
    names = [d.name for d in curve.proto.datasets]
    assert "room" in names
    healthy(at.selectbox(key="playground.view.metric").set_value("log_loss").run())
    other = memory(settled(at)).notes["band"]
    assert other is not band and other.metric == "log_loss" and len(other.value) == 5


def test_the_greedy_oracle_grows_with_the_rounds_that_are_shown(open_at):
    at = settled(open_at(**SMALL, show="steps", steps="2", greedy="true"))
    assert memory(at).notes["band"].labels == [10, 15]
    at = settled(press(at, "step"))
    assert memory(at).notes["band"].labels == [10, 15, 20]


def test_an_oracle_that_cannot_be_had_is_said_so(open_at, service, monkeypatch):
    def no_test_rows(name, spec, owner="", rounds=0, **args):
        if name == "best_case":
            raise DataError("A ceiling needs test rows")
        return FakeService.call(service, name, spec, owner, rounds, **args)

    monkeypatch.setattr(service, "call", no_test_rows)
    at = settled(open_at(**SMALL, show="run", greedy="true"))
    assert any("No greedy oracle: A ceiling needs test rows." in c.value for c in at.caption)


def test_batches_are_compared_with_random_ones(open_at):
    at = open_at(**SMALL, show="run", round="3", tab="batches")
    told = next(m.value for m in at.markdown if m.value.startswith("Redundancy of this batch of 5"))
    found = calls.batches(memory(at).spec, memory(at).notes["race"].logs["margin"])
    assert f"**{found['value'][3]:.2f}**; random batches of that size: {found['random'][3]:.2f}" in told
    table = at.dataframe[0].value
    assert list(table.columns) == ["run", "round", "rows", "redundancy", "random", "low", "high"]
    assert len(table) == 10 and set(table.run) == {"margin", "random"}


def test_a_batch_of_one_cannot_repeat_itself(open_at):
    at = open_at(**SMALL | {"batch": "1", "budget": "14"}, show="run", tab="batches")
    assert any("one row cannot repeat itself" in m.value for m in at.markdown)


def trial(service, monkeypatch, **found):
    """A service whose trial of a round finds this."""

    def call(name, spec, owner="", rounds=0, **args):
        if name != "pace":
            return FakeService.call(service, name, spec, owner, rounds, **args)
        if "error" in found:
            raise found["error"]
        return {"rounds": 11, "first": 0.1, "last": 0.1, "total": 1.0, "at_least": False} | found

    monkeypatch.setattr(service, "call", call)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"first": 2.0, "last": 4.0, "total": 33.0}, "about 2 s at first and 4 s at the end here, all 11"),
        ({"total": 200.0}, "all 11 of them about 3 min"),
        (
            {"first": 9.0, "last": 9.0, "total": 99.0, "at_least": True},
            "at least 9 s here, all 11 of them at",
        ),
        ({"error": UnavailableError("too long")}, "A trial of one round took over 12 seconds"),
    ],
)
def test_a_slow_experiment_is_said_before_it_runs(open_at, service, monkeypatch, found, says):
    trial(service, monkeypatch, **found)
    at = settled(open_at(**SMALL))
    assert says in at.warning[0].value
    at = press(at, "run")
    assert not at.warning, "it has been said"


@pytest.mark.parametrize("found", [{}, {"error": BusyError("busy")}, {"error": DataError("odd")}])
def test_a_quick_experiment_and_a_busy_server_give_no_warning(open_at, service, monkeypatch, found):
    trial(service, monkeypatch, **found)
    assert not settled(open_at(**SMALL)).warning


def test_a_posterior_is_offered_to_what_needs_one(open_at):
    at = open_at(**SMALL, acquisition="bald", show="run")
    offer = at.button(key="playground.do.committee")
    assert any("BALD is made for members that are draws" in m.value for m in at.markdown)
    healthy(offer.click().run())
    wanted = better_committee(Spec(learner="gaussian_process", acquisition="bald"))[1]
    assert memory(at).spec.committee == wanted
    assert address(at)["committee"] == wanted.name and "show" not in address(at)
    assert "playground.do.committee" not in {b.key for b in at.button}


def test_own_rows_are_needed_before_anything_runs(own_table, open_at):
    _, file = own_table
    at = open_at(dataset="upload")
    assert at.button(key="playground.do.run").disabled and at.button(key="playground.do.step").disabled
    assert any("At most 5 MB" in c.value for c in at.caption)
    at = open_at(dataset="upload", **{"dataset.file": file})
    assert at.button(key="playground.do.run").disabled
    assert "Choose in **Data** which column" in at.info[0].value
    at.selectbox(key=f"playground.dataset.upload.{file}.target").set_value("label").run()
    assert not healthy(at).button(key="playground.do.run").disabled


def test_a_table_without_a_column_of_labels_is_told_in_a_sentence(own_table, open_at):
    real, _ = own_table
    rows = "".join(f"{i * 1.37:.3f},{i * 0.71:.3f}\n" for i in range(120))
    file = real.upload("me", "amounts.csv", f"a,b\n{rows}".encode())["file"]
    at = open_at(dataset="upload", **{"dataset.file": file})
    assert "No column of this table can hold labels" in at.error[0].value
    assert at.button(key="playground.do.run").disabled


def test_target_follows_the_metric(open_at):
    at = open_at(**SMALL)
    assert at.number_input(key="playground.view.target").value == 0.95
    healthy(at.selectbox(key="playground.view.metric").set_value("log_loss").run())
    assert at.number_input(key="playground.view.target").value == 0.5
