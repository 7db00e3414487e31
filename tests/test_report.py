"""The one-page report: self-contained, escaped, honest about what is missing, one sheet when printed."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore import Choice, Log, Spec, advance, outcomes
from alcore.comparison import Comparison, Contender
from alcore.link import unpack
from pages.ui import share
from pages.ui.comparison_report import comparison_report
from pages.ui.report import Bar, BarChart, Fact, Line, LineChart, Report, Table, report, ticks
from pages.ui.take_along import of_comparison, parquet, queries

NAN = float("nan")
NASTY = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"
FULL = Report(
    title="Should we?",
    lead="Active learning saves 52% of the labels.",
    facts=(Fact("Saved", "52%", "40% to 60%"), Fact("Missed", "0 of 20")),
    charts=(
        LineChart(
            "Curves", "Labels", "Accuracy",
            (Line("Margin", [1, 2, 3], [0.5, 0.7, 0.9], [0.4, 0.6, 0.8], [0.6, 0.8, 0.95], "#0b6fcf"),
             Line("Random", [1, 2, 3], [0.5, NAN, 0.7], dash=(5, 4))), 0.85),
        BarChart("Cost", "labels", (Bar("Margin", 30, "30", 25, 40), Bar("Random", NAN, "not reached"))),
    ),
    tables=(Table("Numbers", ("Strategy", "Labels"), (("Margin", "30"), ("Random", "not reached"))),),
    assumptions=("Wage 20.",), method=("Paired seeds.",), link="https://example.org/compare?a=1&b=2",
    made="22 November 2026", engine="0123456789ab", seeds="20 seeds",
)  # fmt: skip
SMALL = Comparison(Spec(budget=40), (Contender.recipe("margin"), Contender.recipe("entropy", NASTY)), seeds=3)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.texts = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def read(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    assert not tags.open
    return tags


@pytest.fixture(scope="module")
def runs():
    return {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in SMALL.entries()}


def test_page_fetches_and_runs_nothing():
    tags = read(report(FULL))
    assert not {"script", "link", "iframe", "img", "object", "form"} & {tag for tag, _ in tags.seen}
    assert not [a for _, attrs in tags.seen for a in attrs if a.startswith("on") or a in ("src", "style")]
    policy = next(a for t, a in tags.seen if a.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"].startswith("default-src 'none'")
    assert re.findall(r"https?://[^\s\"<]+", report(FULL)) == ["https://example.org/compare?a=1&amp;b=2"] * 2


def test_everything_it_was_given_stands_on_it():
    text = " ".join(read(report(FULL)).texts)
    for said in (
        "Should we?",
        "52%",
        "40% to 60%",
        "not reached",
        "Wage 20.",
        "Paired seeds.",
        "0123456789ab",
    ):
        assert said in text
    assert "20 seeds" in text and "22 November 2026" in text
    svgs = re.findall(r"<svg.*?</svg>", report(FULL), re.S)
    assert len(svgs) == 2
    for svg in svgs:
        assert ET.fromstring(svg).get("aria-label")


def test_a_gap_is_drawn_as_a_gap_and_a_missing_bar_not_at_all():
    lines, bars = re.findall(r"<svg.*?</svg>", report(FULL), re.S)
    dashed = [p for p in ET.fromstring(lines).iter() if p.get("stroke-dasharray") == "5 4" and p.get("fill")]
    assert len(dashed) == 2, "one piece before the gap and one behind it"
    assert len([r for r in ET.fromstring(bars).iter() if r.tag.endswith("rect")]) == 1


@given(st.text(max_size=60))
def test_no_text_becomes_markup(text):
    nasty = text + NASTY
    page = report(
        Report(
            nasty, nasty, (Fact(nasty, nasty, nasty),),
            (LineChart(nasty, nasty, nasty, (Line(nasty, [0, 1], [0, 1], colour=nasty),), 0.5, nasty, nasty),
             BarChart(nasty, nasty, (Bar(nasty, 1, nasty, colour=nasty),), nasty)),
            (Table(nasty, (nasty, nasty), ((nasty, nasty),), nasty),), (nasty,), (nasty,),
            nasty, nasty, nasty, nasty,
        )
    )  # fmt: skip
    tags = read(page)
    assert not {"script", "img"} & {tag for tag, _ in tags.seen}
    assert not any("onerror" in attrs for _, attrs in tags.seen)


def test_an_open_end_is_drawn_to_the_edge_and_said():
    def drawn(high):
        return report(
            Report("a", "b", charts=(BarChart("Cost", "labels", (Bar("Margin", 30, "30", 25, high),)),))
        )

    assert "Margin: 30, no upper end" in drawn(float("inf")) and "l5,4l-5,4" in drawn(float("inf"))
    for closed in (40, NAN):
        assert "no upper end" not in drawn(closed) and "l5,4l-5,4" not in drawn(closed)


def test_only_web_addresses_become_links():
    for bad in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"):
        assert not [t for t, _ in read(report(Report("a", "b", link=bad))).seen if t == "a"]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_even_and_enclose(low, span):
    found = ticks(low, low + span, 4)
    assert found[0] <= low + 1e-6 * span and found[-1] >= low + span - 1e-6 * span
    assert 3 <= len(found) <= 12
    steps = {round((b - a) / (found[1] - found[0]), 3) for a, b in pairwise(found)}
    assert steps == {1.0}


def test_report_of_a_comparison_says_what_the_tables_say(runs):
    made = datetime(2026, 11, 22, tzinfo=UTC)
    content = comparison_report(SMALL, runs, metric="accuracy", target=0.8, link="https://x.org", made=made)
    targets = outcomes.to_target(outcomes.curves(runs), "accuracy", 0.8, axes=("labels",))
    rows = {row[0]: row for row in content.tables[0].rows}
    for row in targets.to_dict("records"):
        assert rows[row["strategy"]][3] == f"{row['reached']} of {row['seeds']}"
        if row["median"] == row["median"]:
            assert rows[row["strategy"]][1] == f"{row['median']:,.6g}"
    assert content.made == "22 November 2026"
    assert content.seeds == "3 paired seeds (0 to 2), 9 runs"
    assert "Uncertainty (margin)" in {line.name for line in content.charts[0].lines}
    read(report(content))


def test_never_reached_is_said_and_never_zero(runs):
    content = comparison_report(SMALL, runs, metric="accuracy", target=1.0)
    assert {row[1] for row in content.tables[0].rows} == {"not reached"}
    assert "cannot be said" in content.lead
    assert all(fact.value in ("not known", "not reached") for fact in content.facts)


def test_report_of_nothing_is_a_page(runs):
    read(report(comparison_report(SMALL, {}, metric="accuracy", target=0.9)))
    read(report(Report("Title", "Lead")))


def test_several_datasets_are_told_apart(runs):
    both = Comparison(SMALL.base, SMALL.contenders[:1], 1, (Choice("moons"), Choice("wine")))
    found = {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in both.entries()}
    content = comparison_report(both, found, metric="accuracy", target=0.8)
    assert [c.title for c in content.charts] == ["Learning curves on moons", "Learning curves on wine"]
    assert content.title == "Uncertainty (margin) against random on 2 datasets"
    assert {row[0] for row in content.tables[0].rows} >= {"Random, moons", "Random, wine"}


def test_a_report_prints_on_one_sheet(runs, browser):
    """As many strategies as fit in a comparison, on A4 and on Letter."""
    names = [f"A strategy, {i}" for i in range(8)]
    contenders = tuple(Contender.of(n, acquisition="margin") for n in names)
    eight = Comparison(SMALL.base, contenders, 3)
    logs = {(e.dataset, e.strategy, e.seed): runs["moons", "Random", e.seed] for e in eight.entries()}
    text = report(
        comparison_report(
            eight, logs, metric="accuracy", target=0.8, link="https://example.org/?" + "x" * 200
        )
    )
    context = browser.new_context()
    page = context.new_page()
    page.set_content(text)
    for paper in ("A4", "Letter"):
        pdf = page.pdf(format=paper)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1, paper
    context.close()


def test_parcel_has_every_file(runs):
    parcel = of_comparison(SMALL, runs, link="https://x.org/compare", metric="accuracy", target=0.8)
    assert {"Curves", "Savings", "Queries"} <= set(parcel.tables)
    for frame in parcel.tables.values():
        made = frame()
        assert not re.search(r"(^|,)[=+@]", share.csv(made), re.M)
        assert parquet(made)[:4] == b"PAR1"
    asked = queries(runs, {"moons": ["=a", "b"]})
    assert len(asked) == sum(log.labels for log in runs.values())
    assert set(asked.columns) >= {"dataset", "strategy", "seed", "round", "row", "answer", "cost"}
    assert "'=a" in share.csv(asked)
    read(report(parcel.report()))
    assert '"nbformat": 4' in parcel.notebook()
    assert parcel.track is None


def test_own_rows_are_in_no_report_link_or_code():
    own = Comparison(
        Spec(Choice.of("upload", file="0" * 24, target="churn")), (Contender.recipe("margin"),), seeds=2
    )
    parcel = of_comparison(own, {}, link="https://x.org/compare", metric="accuracy", target=0.8)
    page = report(parcel.report())
    assert "its rows are not in this page" in page
    assert "Your rows are not in it" in parcel.reach


def test_tracking_is_offered_where_it_is_configured_and_never_for_own_rows(runs, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking")
    parcel = of_comparison(SMALL, runs, link="", metric="accuracy", target=0.8)
    assert parcel.track is not None
    own = Comparison(Spec(Choice.of("upload", file="0" * 24, target="churn")), (Contender.recipe("margin"),))
    assert of_comparison(own, {}, link="", metric="accuracy", target=0.8).track is None


def test_permanent_link_holds_the_whole_comparison_and_the_view(runs):
    link = "https://x.org/compare?vs=margin,c1&c1.name=a&seeds=3&dataset.rows=9&show=run&metric=log_loss"
    parcel = of_comparison(SMALL, runs, link=link, metric="accuracy", target=0.8)
    place, _, query = parcel.permanent.partition("?")
    found = dict(parse_qsl(query))
    assert place == "https://x.org/compare"
    assert found.keys() == {"comparison", "show", "metric"}
    assert Comparison.from_json(unpack(found["comparison"])) == SMALL
    assert len(parcel.permanent) < 1500
