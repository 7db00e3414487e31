"""The Fairness page's script: what it runs, what it says of the runs, and what it leaves undefined."""

import json
import math
import re
import subprocess
import sys
from contextlib import closing
from urllib.parse import parse_qsl

import altair as alt
import pandas as pd
import pytest

from alcore import Log, advance, fairness
from alcore.comparison import RANDOM
from alcore.edge.service import Service
from alcore.spec import Choice, Spec
from pages.ui import fairness_charts, fairness_plan, fairness_words, lanes
from pages.ui.colours import Look
from pages.ui.fairness_numbers import Fair
from pages.ui.fairness_plan import PLAIN, STORIES, WAYS, WORST, comparison_of, judged_by
from pages.ui.fairness_report import parcel
from pages.ui.report import report
from tests.browser import ROOT
from tests.page_scripts import address, answered, charts, click, open_page, served_by, status, written

FILE = "people/fairness.py"
SMALL = {
    "story": "Yours",
    "dataset.rows": "500",
    "dataset.minority": "0.2",
    "first": "10",
    "batch": "10",
    "budget": "40",
    "seeds": "4",
}
BASE = Spec(
    Choice.of("skewed_groups", rows=500, minority=0.2),
    acquisition="least_confident",
    first=10,
    batch=10,
    budget=40,
    test_share=0.5,
)
PARITY = "demographic_parity_gap"
VIEW = {p.name: p.default for p in fairness_plan.VIEW}


@pytest.fixture
def open_at(service):
    return lambda **query: answered(open_page(FILE, **query))


def run(at):
    return answered(click(at, "fairness.do.run"))


def specs_of(at):
    return list(at.session_state["fairness!"].notes["contest"].specs.values())


def test_the_point_is_run_without_being_asked_for(open_at, service):
    service.pace = 1
    at = open_at()
    assert at.title[0].value == "Fairness"
    assert address(at) == {}
    assert "of 80 runs" in status(at)
    assert {s.select.name for s in specs_of(at)} == {"top", "group_quotas"}
    said = written(at)
    assert "small group that follows a rule of its own" in said
    assert "The answer comes when all are in" in said
    assert "Groups in the pool: majority 88 %, minority 12 %" in said


def test_the_answer_is_the_engines_own(open_at):
    at = run(open_at(**SMALL))
    assert status(at) == "Finished: 16 runs."
    assert address(at) == SMALL | {"show": "run"}
    comparison = comparison_of(VIEW | {"seeds": 4}, BASE)
    assert list(comparison.strategies) == [RANDOM, PLAIN, WAYS["equal"], WAYS["worst"]]
    logs = {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in comparison.entries()}
    frame = fairness.gap_frame(logs)
    found = fairness.differences(frame, (WORST, "accuracy"), fairness_plan.pairs(comparison), level=0.975)
    said = written(at)
    for row in found[(found["other"] == PLAIN) & (found["metric"] == WORST)].to_dict("records"):
        assert fairness_words.points(row["difference"]).lstrip("+−") in said
        assert fairness_words.ends(row["low"], row["high"]) in said
    assert "Quotas do not guarantee parity" in said
    assert "Too few seeds for a verdict" in said, "four could all be better by chance"
    ends = frame[frame["labels"] == 40].groupby(["strategy", "metric"])["value"].mean()
    assert fairness_words.percent(ends[PLAIN, WORST]) in said
    assert fairness_words.points(ends[RANDOM, "equalised_odds_gap"], sign=False) in said


def test_the_same_link_says_the_same(open_at, service):
    query = SMALL | {"gap": "equalised_odds_gap", "lanes": "groups", "measure": "calibration"}
    first = run(open_at(**query))
    made = set(service.jobs)
    again = open_at(**query, show="run")
    assert address(again) == address(first) == query | {"show": "run"}
    assert written(again) == written(first)
    assert set(service.jobs) == made


def test_a_strategy_that_may_not_look_is_only_measured(open_at, service):
    at = run(open_at(**SMALL, may_look="false"))
    assert "Measured only: no strategy looks at groups" in written(at).replace("**", "")
    assert {s.select.name for s in specs_of(at)} == {"top"}
    assert not any(s.adjust for s in specs_of(at))
    made = set(service.jobs)
    at = at.toggle(key="fairness.view.may_look").set_value(True).run()
    assert not at.exception
    at = run(at)
    assert made < set(service.jobs), "what was run before is not run again"


def test_every_way_on_an_intersection_of_groups(open_at):
    ways = tuple(WAYS)
    query = {
        "story": "Yours",
        "dataset": "german_credit",
        "dataset.and_group": "age",
        "ways": fairness_plan.SETTINGS[1].to_text(ways),
        "test_share": "0.33",
        "first": "10",
        "batch": "20",
        "budget": "50",
        "seeds": "2",
        "unused": "refilled",
    }
    at = run(open_at(**query))
    assert status(at) == "Finished: 14 runs."
    said = written(at)
    for name in (*WAYS.values(), PLAIN, RANDOM):
        assert name in said
    groups = [p for p in charts(at) if p["data"]["name"] == "lane"]
    assert len(groups) == 5, "a panel for each of four groups, and the gap"
    quotas = {dict(s.select.params).get("unused") for s in specs_of(at) if s.select.name == "group_quotas"}
    assert quotas == {"best of all"}


def test_a_strategy_composed_with_fairness_is_set_against_itself_without(open_at):
    at = open_at(**SMALL, adjust="group_weights", ways='["worst"]')
    names = {s.adjust[0].name if s.adjust else s.acquisition.name for s in specs_of(at)}
    assert names == {"random", "least_confident", "group_weights", "worst_group_first"}


def test_rates_that_do_not_exist_are_called_undefined_with_the_reason(open_at):
    query = SMALL | {
        "dataset.rows": "200",
        "dataset.minority": "0.02",
        "seeds": "3",
        "gap": "equal_opportunity_gap",
    }
    said = written(run(open_at(**query)))
    assert re.search(
        r"Undefined (in \d of 3 seeds )?because none of the \d+ test rows|the one test row", said, re.I
    )
    assert "nan" not in re.findall(r"\bnan\b", said)


def test_data_without_groups_say_so_and_cannot_be_run(open_at):
    at = open_at(story="Yours", dataset="iris", first="6", batch="6", budget="24", seeds="2")
    assert "has no groups" in written(at)
    assert at.button(key="fairness.do.run").disabled
    assert not charts(at)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"gap": "kindness"}, "gap must be one of"),
        ({"seeds": "1"}, "seeds must be between"),
        ({"ways": '["luck"]'}, "ways must be one of"),
        ({"dataset": "nothing"}, "There is no dataset named 'nothing'"),
        ({"acquisition": "random", "may_look": "false"}, "Random alone has nothing to be compared with"),
    ],
)
def test_a_wrong_link_gives_a_sentence(open_at, service, query, sentence):
    service.pace = 1
    assert sentence in written(open_at(story="Yours", **query))


def test_an_own_table_that_is_missing_says_what_to_do(tmp_path):
    with closing(Service(tmp_path, workers=1, inline=True)) as real, served_by(real):
        at = open_page(FILE, story="Yours", dataset="upload")
    assert "Bring a table" in written(at)
    assert at.button(key="fairness.do.run").disabled


def test_stories_differ_and_the_first_is_the_default():
    assert STORIES[0].view == {}
    assert [judged_by(s.title) for s in STORIES] == [WORST, *[PARITY] * 2]
    for story in STORIES:
        comparison = comparison_of(VIEW | dict(story.view), story.spec)
        assert comparison.seeds == 20, "enough to claim something"
        assert fairness_plan.plain_name(comparison) == PLAIN


def test_random_itself_can_be_made_fair():
    comparison = comparison_of(VIEW, BASE.passive())
    assert fairness_plan.plain_name(comparison) == RANDOM
    assert fairness_plan.pairs(comparison) == {WAYS["equal"]: (RANDOM,), WAYS["worst"]: (RANDOM,)}


# --- words ------------------------------------------------------------------------------------------------


class Told:
    """Numbers as the words read them."""

    def __init__(self, **change: tuple[float, float, float]):
        self.comparison = comparison_of(VIEW, BASE)
        self.change = {WAYS[name]: ends for name, ends in change.items()}
        self.shown = list(self.comparison.strategies)
        self.seeds = 20
        self.fair, self.level = list(self.change), 0.975
        self.n = type("Numbers", (), {"runs": {"some": "run"}, "seeds": 20})()

    def differences(self, metrics, *, level=0.95, outcome="area"):
        rows = [
            {"strategy": s, "other": o, "metric": m, "seeds": self.seeds, "value": 0.3, "other_value": 0.2}
            | {"difference": d, "low": low, "high": high, "better": 12, "equal": 0, "worse": 8, "reason": ""}
            for s, (d, low, high) in self.change.items()
            for o in (PLAIN, RANDOM)
            for m in metrics
        ]
        return pd.DataFrame(rows)

    def ends(self):
        return pd.DataFrame(
            [(s, m, 20, 0.2, 0.1, 0.3) for s in self.shown for m in ("accuracy", *fairness.GAPS)],
            columns=["strategy", "metric", "seeds", "value", "low", "high"],
        )


@pytest.mark.parametrize(
    ("metric", "change", "said", "unsaid"),
    [
        (WORST, {"equal": (0.1, 0.05, 0.15), "worst": (0.02, -0.01, 0.05)}, "lifts the accuracy", "harm"),
        (PARITY, {"equal": (0.1, 0.05, 0.15), "worst": (0, -1, 1)}, "lowers the", "harm"),
        (WORST, {"equal": (0.0, -0.1, 0.1), "worst": (0.0, -0.1, 0.1)}, "does not help here", "harm"),
        (PARITY, {"equal": (-0.1, -0.2, -0.05), "worst": (-0.1, -0.2, -0.05)}, "+10.0", "help"),
        (WORST, {"equal": (math.nan,) * 3, "worst": (math.nan,) * 3}, "undefined", "help"),
    ],
)  # fmt: skip
def test_the_verdict_claims_what_the_intervals_bear(metric, change, said, unsaid):
    lines = " ".join(line.text for line in fairness_words.verdict(Told(**change), metric))
    assert said in lines
    assert unsaid not in lines


def test_few_seeds_bear_no_verdict():
    told = Told(equal=(0.1, 0.05, 0.15), worst=(0.1, 0.05, 0.15))
    told.n.seeds = told.seeds = 6
    lines = " ".join(x.text for x in fairness_words.verdict(told, WORST))
    assert "Too few seeds for a verdict" in lines
    told.n.seeds = told.seeds = 7
    assert "lifts" in fairness_words.verdict(told, WORST)[0].text


def test_a_gain_is_told_with_its_price():
    lines = " ".join(x.text for x in fairness_words.verdict(Told(equal=(0.1, 0.05, 0.15)), WORST))
    assert "does not suffer" in lines
    assert "random has 20.0 %" in lines
    lines = " ".join(x.text for x in fairness_words.verdict(Told(equal=(-0.1, -0.15, -0.05)), WORST))
    assert "It does harm here" in lines


def test_numbers_in_words():
    assert fairness_words.points(0.01) == "+1.0 point"
    assert fairness_words.points(-0.043) == "−4.3 points"
    assert fairness_words.points(-0.043, sign=False) == "4.3 points"
    assert fairness_words.ends(-0.01, 0.02) == "−1.0 to 2.0"
    assert fairness_words.ends(math.nan, 0.02) == "not known"
    assert fairness_words.percent(math.nan) == "undefined"
    assert fairness_words.level_ends(-0.3, 1.2) == "0.0 to 100.0"
    assert fairness_words.level_ends(-0.3, 0.2, least=-1) == "−30.0 to 20.0"
    assert set(fairness_words.EXPLAINED) == set(fairness.GAPS) == set(fairness_plan.SEEN_AS)


# --- charts and report ------------------------------------------------------------------------------------


def valid(chart):
    """Check the spec against the Vega-Lite schema."""
    spec = json.loads(json.dumps(chart.spec))
    spec["config"]["legend"].pop("layout")  # Vega's own; Vega-Lite hands it on but has no schema for it
    alt.LayerChart.from_dict(spec)


LOOKS = {"A": Look("#0b6fcf", (1, 0), "circle"), "B": Look("#767676", (5, 4), "square")}


def test_a_lane_leaves_a_gap_where_a_rate_is_undefined():
    frame = pd.DataFrame(
        {"name": ["A"] * 3, "x": [10, 20, 30], "value": [0.5, math.nan, 0.7], "low": [math.nan] * 3}
    ).assign(high=math.nan)
    chart = lanes.lane(frame, LOOKS, "Accuracy", domain=(0, 1), end=30, zero="no gap", alt="A lane")
    valid(chart)
    assert chart.data["lane"]["value"].null_count == 1
    assert chart.data["tips"]["at"].to_pylist() == pytest.approx([0.7])


def test_shares_of_a_bar_add_up_and_those_without_runs_have_their_place():
    found = [("A", "x", 30.0, 0.75, 1.5), ("A", "y", 10.0, 0.25, 0.5)]
    chart = fairness_charts.spent(found, ["A", "B"], ["x", "y"], {"x": 0.5, "y": 0.5}, height=200, alt="Bars")
    valid(chart)
    rows = chart.data["spent"].to_pylist()
    assert [(r["bar"], r["start"], r["end"]) for r in rows if r["bar"] == "A"] == [
        ("A", 0, 0.75),
        ("A", 0.75, 1),
    ]
    assert chart.data["pool"]["start"].to_pylist() == [0.5]


def test_domains_hold_the_data():
    frame = pd.DataFrame({"value": [0.52, 0.88], "low": [0.48, math.nan], "high": [0.6, math.nan]})
    assert lanes.domain_of([frame], shares=True) == pytest.approx((0.4, 0.9))
    assert lanes.domain_of([frame], shares=True, zero=True)[0] == 0
    assert lanes.domain_of([frame.iloc[:0]], shares=True, zero=True) == (0, 1)


def test_there_is_no_report_before_the_groups_are_known(open_at):
    at = run(open_at(**SMALL))
    held = at.session_state["fairness!"].notes["contest"]
    page = type("Page", (), {"query": lambda self: {}, "view": VIEW, "params": {}, "spec": BASE})()
    fair = Fair(held.comparison, held)
    assert parcel(page, fair, WORST).report is not None
    fair.facts = {}
    assert parcel(page, fair, WORST).report is None


def test_the_report_is_one_page_with_its_answer(open_at):
    at = run(open_at(**SMALL))
    made = at.session_state["fairness!"].notes["parcel"].report()
    page = report(made)
    assert "Labels spent" in page
    assert "equal labels for every group do not guarantee" in page
    assert made.lead[:30] in page
    assert len(made.charts) == 2


def test_the_permanent_link_opens_the_same_page(open_at):
    at = run(open_at(**SMALL | {"gap": "calibration_gap"}))
    kept = at.session_state["fairness!"].notes["parcel"].permanent
    again = open_at(**dict(parse_qsl(kept.partition("?")[2])))
    assert written(again) == written(at)


def test_the_server_stays_light():
    code = (
        "import sys, pages.ui.fairness_stage, pages.ui.fairness_report;"
        "print([m for m in ('sklearn', 'scipy.stats', 'scipy.cluster') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
