"""The Savings page's script: what it says of finished projects, and what it keeps to itself."""

import doctest
import json
import math
import re
import subprocess
import sys
from contextlib import closing

import altair as alt
import pytest
from streamlit.testing.v1 import AppTest

import pages.ui.contest
import pages.ui.live
import pages.ui.savings_answer
import pages.ui.savings_plan
import pages.ui.savings_words
import pages.ui.visitor
from alcore import Log, Spec, advance, outcomes
from alcore import project as planning
from alcore.edge.service import Service
from alcore.errors import DataError
from alcore.presets import PRESETS
from alcore.project import PARAMS, Project
from pages.ui import savings_charts as pictures
from pages.ui import savings_details, savings_plan, savings_report, savings_steps
from pages.ui.colours import rivals
from pages.ui.report import report
from pages.ui.savings_sample import sample_csv
from tests.browser import ROOT
from tests.page_scripts import address, answered, click, healthy, open_page, served_by, status, written

SMALL = {
    "dataset": "iris",
    "learner": "naive_bayes",
    "first": "6",
    "batch": "6",
    "budget": "36",
    "projects": "6",
    "strategies": '["margin"]',
    "noise": "0.0",
    "review": "0.0",
    "target": "0.9",
}
BASE = Spec("iris", learner="naive_bayes", first=6, batch=6, budget=36)


@pytest.fixture
def open_at(service):
    return lambda **query: answered(open_page("decide/savings.py", **query))


def press(at: AppTest, name: str) -> AppTest:
    return answered(click(at, f"savings.do.{name}"))


def notes(at: AppTest) -> dict:
    return at.session_state["savings!"].notes


def view(at: AppTest) -> dict:
    return at.session_state["savings!"].view


def test_first_visit_shows_steps_and_a_check_and_computes_nothing(open_at, service):
    at = open_at()
    assert at.title[0].value == "Savings"
    assert [h.value for h in at.subheader] == ["1 · Your data", "2 · Your project", "3 · Worth trying?"]
    assert not service.jobs
    assert address(at) == {}
    assert not at.button(key="savings.do.run").disabled
    assert {name for name, *_ in service.called} == {"advice", "ceiling"}


def test_the_answer_is_the_engines_own(open_at):
    at = press(open_at(**SMALL), "run")
    assert status(at) == "Finished: 6 of 6 simulated projects."
    assert address(at) == SMALL | {"show": "run"}
    project = Project(**{p.name: view(at)[p.name] for p in PARAMS})
    comparison = planning.simulated(project, BASE, ("margin",), seeds=6)
    logs = {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in comparison.entries()}
    twins = {k: v for k, v in comparison.twins.items() if k != v}
    (expected,) = planning.estimates(project, outcomes.curves(logs), twins)
    said = written(at)
    assert planning.headline(expected) in said.replace("&#x27;", "'")
    assert "preliminary" not in said.lower()
    assert f"{expected.passive.labels.middle:,.0f}" in said
    assert f"{expected.better} of {expected.n} needed fewer labels" in said


def test_a_target_that_nobody_reaches_gives_no_number(open_at):
    at = press(open_at(**SMALL | {"target": "1.0", "budget": "12"}), "run")
    said = written(at)
    assert "No answer yet" in said
    assert "no number" in said
    assert "not reached" in said
    assert not re.search(r"class='big'>0%?<", said)


def test_a_target_that_the_first_labels_reach_is_said_so(open_at):
    at = press(open_at(**SMALL | {"target": "0.3"}), "run")
    assert "Do not bother: the first labels reach" in written(at)


def test_stop_keeps_what_is_finished_and_go_on_makes_the_rest(open_at, service):
    at = open_at(**SMALL | {"batch": "1", "projects": "12"})
    service.pace = 1
    at = press(at, "run")
    assert notes(at)["contest"].live
    at = press(at, "stop")
    assert address(at)["show"] == "stopped"
    assert not notes(at)["contest"].live
    assert status(at).startswith("Stopped: 0 of 12")
    assert at.button(key="savings.do.run").label == "Go on"
    service.pace = None
    at = press(at, "run")
    for _ in range(3):
        at = healthy(at.run())
    assert status(at).startswith("Finished: 12 of 12")


def test_early_numbers_are_called_preliminary(open_at, service):
    at = press(open_at(**SMALL), "run")
    contest = notes(at)["contest"]
    lost = [key for key in contest.logs if key[2] == 5]
    for key in lost:
        del contest.logs[key]
    view(at)["show"] = "stopped"
    at = healthy(at.run())
    assert "Preliminary: 5 of 6 simulated projects" in written(at)
    assert "Stopped: 5 of 6" in status(at)


def test_a_link_to_a_finished_answer_shows_it_at_once(open_at, service):
    before = written(press(open_at(**SMALL), "run"))
    made = set(service.jobs)
    again = open_at(**SMALL, show="run")
    assert planning_line(before) == planning_line(written(again))
    assert set(service.jobs) == made
    assert not [b for b in again.button if b.key == "savings.do.suggested"], "the steps are folded"


def planning_line(said: str) -> str:
    return re.search(r"savings-headline[^>]*>([^<]+)<", said)[1]


def test_prices_change_money_and_nothing_else(open_at, service):
    at = press(open_at(**SMALL), "run")
    runs, before = set(service.jobs), notes(at)["contest"]
    healthy(at.button(key="savings.fold.project").click().run())
    healthy(at.number_input(key="savings.view.wage").set_value(0.0).run())
    at = answered(at)
    assert notes(at)["contest"] is before
    assert set(service.jobs) == runs
    assert address(at)["wage"] == "0.0"
    assert "Finished" in status(at)


def test_other_noise_is_another_experiment(open_at, service):
    at = press(open_at(**SMALL), "run")
    healthy(at.button(key="savings.fold.project").click().run())
    at = answered(healthy(at.slider(key="savings.view.noise").set_value(0.2).run()))
    assert view(at)["show"] == ""
    assert not at.get("progress")
    spec = next(iter(notes(at)["contest"].specs.values()))
    assert dict(spec.oracle.params)["rate"] == pytest.approx(0.2)


@pytest.mark.parametrize("case", PRESETS)
def test_every_case_stands_with_its_claim_beside_the_measurement(open_at, monkeypatch, case):
    monkeypatch.setattr(savings_steps, "check", lambda *args: None)
    monkeypatch.setattr(savings_steps, "ceiling", lambda *args: None)
    at = open_at()
    healthy(at.get("button_group")[0].set_value(case).run())
    preset = PRESETS[case]
    assert view(at)["case"] == case
    assert at.session_state["savings!"].spec == preset.spec
    assert savings_plan.project_of(view(at)) == preset.project
    said = written(at)
    assert preset.claim.text in said
    assert "What was measured here" in said
    again = savings_plan.view_of(case)
    assert all(view(at)[name] == value for name, value in again.items())


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"wage": "-3"}, "wage must be between"),
        ({"case": "moon"}, "case must be one of"),
        ({"strategies": '["luck"]'}, "strategies must be one of"),
        ({"projects": "100000"}, "projects must be between"),
        ({"dataset": "nothing"}, "There is no dataset named 'nothing'"),
    ],
)
def test_a_wrong_link_gives_a_sentence_and_defaults(open_at, query, sentence):
    assert sentence in written(open_at(**query))


def test_a_failed_run_is_told_and_the_others_count(open_at, service, monkeypatch):
    honest = service.start

    def start(spec, owner="", rounds=None, *, sweep=False):
        if spec.seed == 3:
            raise DataError("No seed three today")
        return honest(spec, owner, rounds)

    monkeypatch.setattr(service, "start", start)
    at = press(open_at(**SMALL), "run")
    assert "No seed three today" in written(at)
    assert "5 of 6" in status(at)


def test_all_runs_failing_leave_a_sentence_and_no_number(open_at, service, monkeypatch):
    def start(spec, owner="", rounds=None, *, sweep=False):
        raise DataError("Nothing works today")

    monkeypatch.setattr(service, "start", start)
    at = press(open_at(**SMALL), "run")
    assert "Nothing works today" in written(at)
    assert "savings-headline" not in written(at).split("</style>")[-1]
    assert at.button(key="savings.do.run").label == "Try again"


def test_what_follows_is_drawn_when_it_is_opened(open_at, service):
    at = press(open_at(**SMALL), "run")
    for name in ("strategy", "whatif", "beyond", "first", "elsewhere"):
        at.session_state[f"savings-more.{name}"] = True
    at = answered(healthy(at.run()))
    said = written(at)
    for piece in (
        "needed fewer labels than random",
        "How far the money",
        "trend is continued",
        "built-in data",
    ):
        assert piece in said or "no saving in money" in said
    assert at.dataframe[0].value["order"].tolist()[:2] == [1, 2]
    specs = [json.loads(c.proto.spec) for c in at.get("vega_lite_chart")]
    assert len(specs) >= 5


# --- own tables -------------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path, service):
    with closing(Service(tmp_path, workers=1, inline=True)) as real, served_by(real):
        yield real


def test_own_rows_are_in_no_address_and_for_nobody_else(own, open_at):
    lines = sample_csv().decode().splitlines()[:121]
    file = own.upload("me", "mine.csv", "\n".join(lines).encode())["file"]
    query = {"case": "own", "dataset": "upload", "dataset.file": file, "dataset.target": "queue"}
    query |= {"first": "10", "batch": "20", "budget": "60", "projects": "5", "strategies": '["margin"]'}
    at = open_at(**query)
    at = press(at, "run")
    for _ in range(400):
        if notes(at)["contest"].done:
            break
        at = healthy(at.run())
    assert notes(at)["contest"].done
    shown = json.dumps(address(at))
    message = lines[1].split(",")[0]
    assert message not in shown
    assert message not in written(at)
    other = open_at(**query, show="run", who="somebody else")
    assert "stays with the visitor who brought it" in written(other)
    assert other.button(key="savings.do.run").disabled
    assert message not in written(other)


def test_no_table_yet_says_what_to_do(own, open_at):
    at = open_at(case="own", dataset="upload")
    assert "Bring your table in step 1" in written(at)
    assert at.button(key="savings.do.run").disabled


@pytest.mark.parametrize(
    ("rows", "classes", "said"),
    [
        (12, 2, "12 rows are very few"),
        (600, 12, "buy 10 at a time"),
        (20_000, 3, "A large table, 20,000 rows"),
    ],
)
def test_tables_of_any_size_are_simulated_within_bounds(rows, classes, said):
    spec = savings_plan.sized(Spec(), rows, classes)
    projects = savings_plan.projects_for(rows)
    pool = rows * (1 - spec.test_share)
    assert 1 <= spec.first < spec.budget <= pool + 1
    assert (spec.budget - spec.first) / spec.batch <= 100
    assert said in savings_plan.effort(spec, rows, projects)
    if rows > savings_plan.LARGE:
        assert (spec.budget / spec.batch) * projects <= 250


def test_the_sample_has_the_shape_that_is_asked_for():
    from alcore.datasets.table import guess_roles, read_table

    frame = read_table(sample_csv(), "sample.csv")
    roles = guess_roles(frame)
    assert roles["target"] == "queue"
    assert set(roles["features"]) == {"message", "channel", "received", "order_value"}
    assert frame["order_value"].isna().any()


# --- charts, report, words --------------------------------------------------------------------------------

LOOKS = rivals({"Random": "random", "Margin": "margin"})
CHARTS = {
    "dots": lambda: pictures.project_dots([0.5, 0.52, -0.1, math.nan], 0.2, math.nan),
    "no dots": lambda: pictures.project_dots([], math.nan, math.nan),
    "ladder": lambda: pictures.ladder(
        [
            {"name": "Random", "target": 0.9, "amount": 100.0, "low": 50.0, "high": math.nan},
            {"name": "Margin", "target": 0.9, "amount": math.nan, "low": math.nan, "high": math.nan},
        ],
        LOOKS,
        metric="Target",
        amount="Cost ($)",
    ),
    "tornado": lambda: pictures.tornado(
        [{"name": "Wage", "low": -5.0, "high": math.nan, "less": "-20%", "more": "+20%"}], -3.0, x="Saved ($)"
    ),
    "ranges": lambda: pictures.ranges(
        [
            {"name": "a", "value": 0.1, "low": 0.0, "high": 0.2, "note": ""},
            {"name": "b", "value": math.nan, "low": math.nan, "high": math.nan, "note": "missed"},
        ],
        x="Saved",
        mine="a",
    ),
}


@pytest.mark.parametrize("name", CHARTS)
def test_charts_are_valid_with_titled_axes_and_words_for_those_who_cannot_see(name):
    chart = CHARTS[name]()
    spec = json.loads(json.dumps(chart.spec))
    spec["config"]["legend"].pop("layout")  # Vega's own: Vega-Lite hands it on but has no schema for it
    alt.LayerChart.from_dict(spec)
    used = set(re.findall(r'"data": \{"name": "(\w+)"\}', json.dumps(spec)))
    assert used <= set(chart.data), "a layer has no data"
    assert chart.alt.endswith(".")
    assert len(chart.alt) > 30
    assert "NaN" not in json.dumps(spec)
    encodings = [layer["encoding"] for layer in spec["layer"]]
    assert any(e.get("x", {}).get("title") for e in encodings)


def test_the_report_says_what_the_page_says(open_at):
    at = press(open_at(**SMALL), "run")
    from pages.ui.savings_study import Study

    project = savings_plan.project_of(view(at))
    comparison = savings_plan.comparison_of(view(at), at.session_state["savings!"].spec)
    study = Study(project, comparison, notes(at)["contest"])
    estimate = study.estimates()[0]
    text = report(savings_report.report_of(study, estimate, "iris", "http://x/savings", "abc"))
    assert planning.headline(estimate) in text.replace("&#x27;", "'")
    assert "What would labelling take to reach accuracy 90 %?" in text
    assert "<script" not in text


def test_a_bar_ends_where_the_paired_change_leads():
    import pandas as pd

    row = {"factor": "Noise", "side": "high", "label": "10%", "saved_cost": 700.0, "change": 100.0}
    (bar,) = savings_details.bars_of(pd.DataFrame([row]), 1000.0)
    assert bar["high"] == 1100.0 and bar["more"] == "10%" and math.isnan(bar["low"])


def test_an_open_end_of_the_ladder_is_drawn_and_said():
    chart = CHARTS["ladder"]()
    assert "no upper end" in chart.alt
    assert any(one["encoding"].get("y2") == {"value": 0} for one in chart.spec["layer"])


def test_the_best_of_several_is_said_to_be_flattered_beside_the_answer(open_at):
    one = press(open_at(**SMALL), "run")
    assert "flatters it" not in written(one)
    two = press(open_at(**SMALL | {"strategies": '["margin", "entropy"]'}), "run")
    assert "The best of 2 strategies" in written(two)


def test_rows_to_label_keep_their_place_in_the_table():
    answer = {"rows": [4, 0], "scores": [1.0, 0.5], "table": [[["a", "x"]], [["a", "y"]]]}
    frame = savings_details.rows_to_label(answer)
    assert frame.to_dict("list") == {"order": [1, 2], "row": [5, 1], "a": ["x", "y"]}


def test_every_field_of_a_project_can_be_set():
    shown = {name for _, names in savings_steps.GROUPS for name in names} | {"metric", "target"}
    assert shown == {p.name for p in PARAMS}
    assert set(savings_steps.LABELS) | {"metric", "target"} == shown
    (metric,) = [p for p in PARAMS if p.name == "metric"]
    assert set(metric.choices) == set(savings_plan.METRIC_NAMES) == set(savings_plan.METRIC_HELP)


def test_examples_in_docstrings():
    for module in (savings_plan, pages.ui.savings_answer, pages.ui.savings_words):
        assert doctest.testmod(module).failed == 0


def test_the_server_stays_light():
    code = (
        "import sys, pages.ui.savings_steps, pages.ui.savings_answer, pages.ui.savings_report; "
        "print([m for m in ('sklearn', 'scipy.stats', 'scipy.cluster') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_what_else_could_happen_is_simulated_on_request_and_kept_in_the_address(open_at, service):
    at = press(open_at(**SMALL | {"target": "0.85"}), "run")
    before = set(service.jobs)
    at.session_state["savings-more.whatif"] = True
    at = answered(healthy(at.run()))
    assert set(service.jobs) == before, "money needs no runs"
    at = press(at, "whatif")
    for _ in range(4):
        at = healthy(at.run())
    more = notes(at)["whatif"]
    assert more.done and more.logs
    assert not more.failures
    assert address(at)["whatif"] == "true"
    factors = {entry.dataset.rpartition("_")[0] for entry in more.entries}
    assert {"noise", "batch"} <= factors
    assert not [b for b in at.button if b.key == "savings.do.whatif"]
