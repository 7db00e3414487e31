"""The Privacy page's script: what it runs, what it says of the runs, and what it refuses."""

import copy
import doctest
import json
import math
import re
import subprocess
import sys
from types import SimpleNamespace

import altair as alt
import pandas as pd
import pytest

from alcore import Log, advance, outcomes
from alcore.privacy import ledger, utility
from alcore.privacy.answers import debiased_shares
from alcore.spec import Choice, Spec
from pages.ui import privacy_answers, privacy_charts, privacy_plan, privacy_report, privacy_words
from pages.ui.colours import Look
from pages.ui.compare_numbers import Numbers
from pages.ui.privacy_answers import shares
from pages.ui.privacy_charts import Leak, Level, Point
from pages.ui.privacy_plan import SPENT, STORIES, VIEW, kept_account
from pages.ui.privacy_words import Found, verdict
from pages.ui.report import report
from tests.browser import ROOT
from tests.page_scripts import address, answered, charts, click, open_page, status, written

FILE = "people/privacy.py"
SMALL = {
    "story": "Yours",
    "dataset": "iris",
    "learner": "naive_bayes",
    "first": "6",
    "batch": "6",
    "budget": "36",
    "seeds": "3",
    "epsilons": "[1.0,1000.0]",
}
BASE = Spec("iris", learner="naive_bayes", acquisition="margin", first=6, batch=6, budget=36)
LOOK = Look("#0b6fcf", (1, 0), "circle")
NAN, INF = math.nan, math.inf


@pytest.fixture
def open_at(service):
    return lambda **query: answered(open_page(FILE, **query))


def run(at):
    return answered(click(at, "privacy.do.run"))


def logs_of(at):
    return at.session_state["privacy!"].notes["contest"].logs


# --- choosing rows ----------------------------------------------------------------------------------------


def test_the_point_is_run_without_being_asked_for(open_at, service):
    service.pace = 1
    at = open_at()
    assert at.title[0].value == "Privacy"
    assert address(at) == {}
    assert "of 160 runs" in status(at)
    said = written(at)
    assert "it is empty, the run stops" in said
    assert "the answer comes when all are in" in said
    assert "Every asked row in full" in said, "the annotator sees the rows"
    assert "Private choice does not cover the labels" in said


def test_what_is_shown_is_the_engines_own(open_at):
    at = run(open_at(**SMALL))
    assert status(at) == "Finished: 18 runs."
    assert address(at) == SMALL | {"show": "run"}
    logs = logs_of(at)
    for (place, name, seed), spec in at.session_state["privacy!"].notes["contest"].specs.items():
        assert logs[place, name, seed].asked.tolist() == Log(tuple(advance(spec))).asked.tolist()
    known = {utility.OPEN: INF, "ε 1 a round": 1.0, "ε 1000 a round": 1000.0}
    twins = dict.fromkeys(known, "Random")
    frame = outcomes.curves({k: log for k, log in logs.items() if k[1] != SPENT})
    expected = utility.against_epsilon(frame, "accuracy", known, twins)
    (table,) = (t.value for t in at.dataframe if "Over random" in t.value)
    told = [privacy_words.signed(g, "accuracy") for g in expected["gain"]]
    assert table["Over random"].tolist() == told
    assert table["ε of a pick"].tolist()[1:] == ["0.167", "167"]


def test_the_run_stops_when_the_account_is_empty(open_at):
    at = run(open_at(**SMALL, total="1.0", each_round="0.5", accounting="basic"))
    log = next(log for (_, name, _), log in logs_of(at).items() if name == SPENT)
    assert log.labels == 6 + 2 * 6, "two rounds of 0.5 and no third"
    said = written(at)
    assert "After round 2: ε = 1 of 1 spent" in said
    assert "stops at 18 labels" in said
    assert "When it stops, the learner has" in said
    at = run(open_at(**SMALL, total="1000.0", each_round="0.5"))
    assert "lasts for all 36 labels" in written(at)
    assert next(log for (_, name, _), log in logs_of(at).items() if name == SPENT).labels == 36


def test_the_gauge_goes_back_in_the_run(open_at):
    at = run(open_at(**SMALL, total="1.0", each_round="0.5", accounting="basic"))
    at = answered(at.slider(key="privacy.view.after").set_value(1).run())
    assert "After round 1: ε = 0.5 of 1 spent" in written(at)
    assert address(at)["after"] == "1"


def test_noise_that_fits_no_score_is_refused_with_a_sentence(open_at, service):
    at = open_at(**SMALL, acquisition="density")
    assert "needs scores whose range is known" in at.error[0].value
    assert not service.jobs
    at = open_at(**SMALL | {"epsilons": "[]"})
    assert "one to 5 values" in at.error[0].value


def test_links_survive_and_bad_ones_are_told(open_at):
    at = open_at(**SMALL, delta="1e-06", mechanism="exponential")
    assert address(at) == SMALL | {"delta": "1e-06", "mechanism": "exponential"}
    at = open_at(mechanism="magic", total="-1", section="nowhere", show="stopped")
    assert "The link was not understood in full" in at.warning[0].value
    assert at.session_state["privacy!"].view["mechanism"] == "gumbel_top"


@pytest.mark.parametrize("mechanism", privacy_plan.MECHANISMS)
def test_every_mechanism_runs(open_at, mechanism):
    at = run(open_at(**SMALL | {"seeds": "2", "epsilons": "[5.0]"}, mechanism=mechanism))
    assert status(at) == "Finished: 10 runs."
    assert "seeds" in written(at)


def test_extremes(open_at):
    tiny = SMALL | {"first": "1", "batch": "200", "budget": "2", "seeds": "2", "epsilons": "[0.2,100000.0]"}
    at = run(open_at(**tiny, total="0.01", each_round="10000.0"))
    assert "stops at 1 labels" in written(at)
    assert "Finished" in status(at)
    at = run(open_at(**SMALL | {"budget": "6", "seeds": "2"}))
    assert "Finished" in status(at)


def test_an_epsilon_too_small_for_the_batch_is_refused_in_a_sentence(open_at):
    at = open_at(**SMALL | {"batch": "200", "epsilons": "[0.1]"})
    assert "ε 0.1 for a round of 200" in at.error[0].value


@pytest.mark.parametrize("metric", ["log_loss", "demographic_parity_gap"])
@pytest.mark.parametrize("section", ["choose", "answers", "federated"])
def test_any_metric_can_be_looked_at(open_at, metric, section):
    small = SMALL | {"seeds": "2", "federated_seeds": "2", "talks": "2", "metric": metric}
    at = run(open_at(**small, section=section))
    assert "Finished" in status(at)
    assert "nan" not in re.sub(r"[^a-z]", " ", written(at).lower()).split()


def test_an_account_without_end_is_refused(open_at):
    at = open_at(**SMALL | {"budget": "1000000000"})
    assert "raise the batch size" in at.error[0].value


# --- the other sections -----------------------------------------------------------------------------------


def test_private_answers_cost_and_are_worked_back(open_at):
    at = run(open_at(**SMALL, section="answers", answer_epsilons="[0.5,8.0]", answer_at="8.0"))
    assert status(at) == "Finished: 18 runs."
    said = written(at)
    assert "36 rows drawn at random" in said
    logs, name = logs_of(at), "Random (randomised response epsilon 8.0)"
    (place, seed) = next((p, s) for p, n, s in logs if n == name)
    true, noisy = logs[place, "Random", seed], logs[place, name, seed]
    assert true.asked.tolist() == noisy.asked.tolist(), "so that answers line up"
    contest = at.session_state["privacy!"].notes["contest"]
    n = Numbers(contest.comparison, contest, metric="accuracy", target=0.9, axis="labels", pace=1.0)
    found = shares(n, 8.0, ["setosa", "versicolor", "virginica"])
    expected = debiased_shares(noisy.answers.ravel(), 8.0, 3)
    assert [f["debiased"] for f in found] == expected.share.tolist()
    assert sum(f["true"] for f in found) == pytest.approx(1)


def test_the_leak_test_breaks_the_lectures_code_and_nothing_else(open_at, service):
    at = open_at(section="leak")
    said = written(at)
    assert re.search(
        r"The lecture's code promises ε = 1 and gives away at least [1-9]", said.replace("&#x27;", "'")
    )
    assert "Laplace top-k stay within what was promised" in said
    assert "breaks its promise" not in said
    asked = {args["mechanism"]: args for name, _, args in service.called if name == "leak"}
    assert set(asked) == set(privacy_plan.MEASURED)
    assert asked["gumbel_top"]["each"] * asked["gumbel_top"]["picks"] == asked["deck"]["each"] == 1.0
    assert not service.jobs


def test_the_leak_test_needs_no_table_of_ones_own(open_at, service):
    made, specs, call = [], set(), service.call
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            service, "call", lambda name, spec, *a, **k: specs.add(spec) or call(name, spec, *a, **k)
        )
        parcel = privacy_report.parcel
        patch.setattr(privacy_report, "parcel", lambda *a: made.append(parcel(*a)) or made[-1])
        own = {"dataset": "upload", "dataset.file": "ab" * 8, "dataset.target": "salary"}
        at = open_at(section="leak", **own)
    assert "The lecture" in written(at)
    assert "salary" in repr(at.session_state["privacy!"].spec)
    assert specs == {privacy_plan.SPEC}
    found, ready = made[-1]
    assert ready and "section=leak" in found.link
    assert "salary" not in found.link + found.report().link and "dataset" not in found.link


def test_other_leak_tests_are_asked_for_anew(open_at):
    at = open_at(section="leak")
    notes = at.session_state["privacy!"].notes
    before = notes["errands"]
    at = answered(at.slider(key="privacy.view.picks").set_value(1).run())
    assert notes["errands"] is not before and not before.waiting
    assert notes["errands"].settled == len(privacy_plan.MEASURED)


def test_a_training_label_breaks_laplace_on_scores(open_at):
    at = open_at(section="leak", neighbours="all", calls="1", picks="1")
    assert "Laplace top-k breaks its promise" in written(at)


def test_federations_against_all_rows_in_one_place(open_at):
    small = {k: v for k, v in SMALL.items() if k not in ("seeds", "epsilons", "learner")}
    at = run(open_at(**small, section="federated", federated_seeds="2", talks="5", clients="3"))
    assert status(at) == "Finished: 16 runs."
    said = written(at)
    assert "Clients that share only updates" in said
    assert "all rows in one place" in said
    assert "ε = " in said and "in one training" in said
    assert len(charts(at)) == 2


def test_without_noise_nothing_is_promised(open_at):
    small = {k: v for k, v in SMALL.items() if k not in ("seeds", "epsilons", "learner")}
    at = run(open_at(**small, section="federated", federated_seeds="2", talks="1", clients="2", noise="0.0"))
    assert "Without noise no federation promises anything." in written(at)


# --- words ------------------------------------------------------------------------------------------------


def found(epsilon, gain, half, total=INF):
    return Found(epsilon, gain, gain - half, gain + half, total)


def test_the_verdict_follows_the_intervals():
    best = found(INF, 0.04, 0.01)
    said = verdict(best, [found(1, 0.001, 0.01, 4), found(50, 0.02, 0.01, 800)], 20)
    assert said.head == (
        "At an ε one would defend, 4 for the whole run, private choice cannot be told from random: "
        "+0.1 points (−0.9 to +1.1)."
    )
    worse = verdict(best, [found(1, -0.02, 0.01, 4), found(50, 0.02, 0.01, 800)], 20)
    assert "private choice is worse than random: −2.0 points" in worse.head
    assert "50 a round, +2.0 points (+1.0 to +3.0): ε = 800 for the whole run" in said.rest
    assert "does not help" in verdict(best, [found(1, 0.001, 0.01, 4)], 20).head
    assert "still beats random" in verdict(best, [found(1, 0.03, 0.01, 4)], 20).head
    assert "Nothing tried here stays" in verdict(best, [found(50, 0.02, 0.01, 800)], 20).head
    assert "nothing to lose" in verdict(found(INF, 0.001, 0.01), [found(1, 0.0, 0.01, 4)], 20).head
    assert verdict(None, [found(1, 0.0, 0.01)], 20) is None
    assert verdict(best, [], 20) is None
    assert verdict(best, [Found(1, 0.1, NAN, NAN)], 1) is None, "one seed has no interval"


def test_one_lucky_epsilon_is_no_finding():
    best, lucky = found(INF, 0.04, 0.01), found(1, 0.03, 0.01, 4)
    said = verdict(best, [lucky, found(2, 0.0, 0.01, 8)], 20)
    assert "does not help here: at ε = 2 a round" in said.head
    said = verdict(best, [lucky, found(2, 0.0, 0.01, 80), found(3, 0.03, 0.01, 90)], 20)
    assert "beats random, but a larger ε does not" in said.head
    said = verdict(best, [lucky, found(2, 0.03, 0.01, 8)], 20)
    assert "with ε = 4 for the whole run it still beats random, and so does every larger one" in said.head


def test_few_seeds_claim_nothing():
    best, good = found(INF, 0.04, 0.01), [found(1, 0.03, 0.01, 4)]
    assert verdict(best, good, 4).head == "4 seeds are too few to claim anything: 20 are enough."
    assert "5 seeds are a hint; 20 are enough" in verdict(best, good, 5).rest
    assert "seeds" not in verdict(best, good, 20).rest


@pytest.mark.parametrize(
    ("lows", "said"),
    [
        ((0.1, -0.1, 0.1, -0.1), "From ε = 8 on no loss can be told"),
        ((-0.1, 0.1, -0.1, -0.1), "From ε = 4 on no loss can be told"),
        ((-0.1, 0.1, 0.1, 0.1), "ε = 8 still costs"),
        ((-0.1, -0.1, -0.1, -0.1), "Private answers cost nothing that can be told, from ε = 1 on."),
    ],
)
def test_no_loss_from_here_on_means_all_larger_ones(monkeypatch, lows, said):
    rows = [
        {"epsilon": e, "lost": low + 0.2, "lost_low": low, "lost_high": low + 0.4}
        for e, low in zip((1.0, 2.0, 4.0, 8.0), lows, strict=True)
    ]
    monkeypatch.setattr(privacy_answers, "costs", lambda page, n: pd.DataFrame(rows))
    monkeypatch.setattr(privacy_answers, "_classes", lambda n: 3)
    answer = privacy_answers.said(None, SimpleNamespace(runs={1: 1}, metric="accuracy"))
    assert said in f"{answer.head} {answer.rest}"
    assert ("no loss can be told, but" in answer.head) == (lows[0] < 0 < max(lows))


def test_the_threat_model_says_what_is_not_covered():
    page = privacy_words.table(privacy_words.THREATS)
    assert page.count("role='row'") == 1 + len(privacy_words.THREATS)
    assert {t.kept for t in privacy_words.THREATS} == {"Protected", "In part", "Not protected"}
    assert next(t for t in privacy_words.THREATS if t.who == "The annotator").kept == "Not protected"


def test_the_gauge_never_overflows():
    assert "--left: 0.0%" in privacy_words.gauge(-1, 3, "a", "b")
    assert "--left: 100.0%" in privacy_words.gauge(9, 3, "a", "b")
    assert "&lt;b&gt;" in privacy_words.gauge(1, 3, "<b>", "")


def test_doctests():
    assert doctest.testmod(privacy_words).failed == 0


# --- stories, charts, report ------------------------------------------------------------------------------


def test_the_first_story_is_an_empty_address_and_both_can_be_run():
    usual = {p.name: p.default for p in VIEW}
    assert STORIES[0].view == {}
    for told in STORIES:
        for section in privacy_plan.SECTIONS:
            view = usual | told.view | {"section": section}
            privacy_plan.check(view, told.spec)
            comparison = privacy_plan.comparison_of(view, told.spec)
            assert (comparison is None) == (section == "leak")
        kept = kept_account(usual | told.view, told.spec)
        assert kept.select.name == "gumbel_top" and kept.stop[0].name == "privacy_spent"


def test_charts_are_vega_lite_and_hold_nothing_that_is_no_number():
    points = {"a": [Point(1, 0.5, NAN, NAN, "3"), Point(10, NAN, NAN, NAN)], "b": []}
    entries = ledger.forecast(Spec(select=Choice.of("gumbel_top", each=0.1), batch=5, budget=50))
    share = {"name": "x", "true": 0.5, "raw": 0.4, "debiased": 0.6, "low": 0.2, "high": 0.9}
    for chart in (
        privacy_charts.utility(points, {"a": LOOK, "b": LOOK}, None, ticks=(1, 10), x="x", y="y", alt="a"),
        privacy_charts.utility(
            {"a": []}, {"a": LOOK}, Level("l", 1, 0, NAN), ticks=(1,), zero="random", x="x", y="y", alt="a"
        ),
        privacy_charts.ledger(entries, budget=2, stop=3, rounds=8),
        privacy_charts.ledger(entries, budget=9, stop=None, rounds=8),
        privacy_charts.shares([share, share | {"low": NAN, "high": NAN}]),
        privacy_charts.leaks(
            [Leak("a", 1, 0.5, 1.5, 1), Leak("b", INF, 8, INF, INF), Leak("c", NAN, NAN, NAN, NAN)],
            domain=3,
            alt="a",
        ),
    ):
        spec = copy.deepcopy(dict(chart.spec))
        spec["config"]["legend"].pop("layout")  # Vega's own; Vega-Lite hands it on but has no schema for it
        alt.LayerChart.from_dict(spec)
        assert chart.alt
        for table in chart.data.values():
            for row in table.to_pylist():
                assert not any(isinstance(v, float) and not math.isfinite(v) for v in row.values())
    (leak,) = chart.data.values()
    assert max(r["low"] or 0 for r in leak.to_pylist()) <= 3, "what lies beyond the axis would shrink it"


@pytest.mark.parametrize("section", ["choose", "answers", "leak"])
def test_the_report_is_one_page(open_at, service, section):
    made = []
    with pytest.MonkeyPatch.context() as patch:
        parcel = privacy_report.parcel
        patch.setattr(privacy_report, "parcel", lambda *a: made.append(parcel(*a)) or made[-1])
        run(open_at(**SMALL, section=section)) if section != "leak" else open_at(section=section)
    found, ready = made[-1]
    assert ready
    page = report(found.report())
    assert "Not protected" in page and "<svg" in page
    assert "nan" not in re.sub(r"<[^>]*>", " ", page).lower().split()
    for frame in found.tables.values():
        assert len(frame().columns)


def test_answers_that_come_while_the_page_is_drawn_are_drawn_later(open_at):
    looked = []
    with pytest.MonkeyPatch.context() as patch:
        parcel = privacy_report.parcel

        def late(page, comparison, runs):
            if runs is not None and runs.logs:
                runs.memo["looked"] = -1  # as if an answer had come after the charts
                found = parcel(page, comparison, runs)
                looked.append(runs.memo["looked"])
                runs.memo["looked"] = runs.memo["errands"].settled
                return found
            return parcel(page, comparison, runs)

        patch.setattr(privacy_report, "parcel", late)
        run(open_at(**SMALL, section="answers"))
    assert looked and set(looked) == {-1}


def test_the_page_needs_no_scikit_learn():
    code = (
        "import sys, pages.ui.privacy_stage, pages.ui.privacy_report, json; "
        "print(json.dumps('sklearn' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) is False
