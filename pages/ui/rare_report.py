"""What one takes along from the Rare classes page: a one-page report, a notebook, tables, the link."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pages.ui import live, rare_words, share
from pages.ui import rare_plan as plan
from pages.ui.compare_words import unmarked
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.preliminary import early
from pages.ui.rare_numbers import Finds
from pages.ui.rare_words import ends, number, percent, points, times
from pages.ui.report import Fact, Line, LineChart, Report, Table
from pages.ui.take_along import Parcel, of_comparison

if TYPE_CHECKING:
    import pandas as pd


def parcel(page: Editor, finds: Finds) -> Parcel:
    """Everything there is to take along."""
    link, engine = share.address(page.query()), str(getattr(live.service(), "engine", ""))
    own = share.is_own(finds.comparison.base)
    recall = float(page.view["recall"])  # type: ignore[arg-type]
    made = of_comparison(
        finds.comparison,
        finds.n.runs,
        link=link,
        metric=plan.AP,
        target=0.9,
        engine=engine,
        looks=finds.looks,
        tables={
            "Found over the run": finds.bands,
            "Found at the end": finds.table,
            "Labels to find most": partial(finds.effort, recall),
        },
    )
    kept = {k: v for k, v in made.tables.items() if k not in ("To the target", "Savings")}
    report = partial(report_of, finds, "" if own else link, engine) if finds.known else None
    return replace(made, name=f"rare-classes-{finds.comparison.id}", report=report, tables=kept)


def report_of(finds: Finds, link: str, engine: str) -> Report:
    """The page to hand out."""
    lines = rare_words.verdict(finds)
    seeds = sorted({seed for _, _, seed in finds.n.runs})
    base = finds.comparison.base
    return Report(
        title=f"How many rows of a rare class are found? {spoken(finds.place)}",
        lead=early(len(seeds), finds.comparison.seeds) + unmarked(" ".join(line.text for line in lines[:2])),
        facts=_facts(finds),
        charts=(
            _chart(finds, finds.bands(), f"Found: {finds.name}", "Found so far"),
            _chart(finds, finds.curve(plan.AP), "The model", "Average precision"),
        ),
        tables=(_table(finds),),
        assumptions=(
            f"{number(finds.there())} rows of the class are in the pool, {percent(finds.share())} of it.",
            f"{base.first} first labels, {base.batch} at a time, {base.budget:,.0f} {base.budget_in}.",
        ),
        method=(
            "Each seed is one split of the data; in it all strategies have the same first labels.",
            "Average precision is measured on test rows nobody may ask about, for the rarest class of the "
            "data. Differences are paired by seed; ratios have bootstrap intervals.",
            *(unmarked(line.text) for line in lines[2:]),
        ),
        link=link,
        made=datetime.now(UTC).strftime("%-d %B %Y"),
        engine=engine,
        seeds=f"{len(seeds)} paired seeds, {len(finds.n.runs):,} runs",
    )


def _facts(finds: Finds) -> tuple[Fact, ...]:
    table = finds.table()
    facts = []
    for name in finds.active[:3]:
        r = finds.row(table, name)
        if r and math.isfinite(r["ratio"]):
            sure = f"times random, 95%: {ends(r['ratio_low'], r['ratio_high'], 1)}"
            facts.append(Fact(f"{name}: found", f"{times(r['ratio'])}×", sure))
    word, always = finds.common
    if math.isfinite(always):
        facts.append(Fact(f"Accuracy of always {word}", percent(always), "why accuracy says little"))
    return tuple(facts)


def _chart(finds: Finds, frame: pd.DataFrame, title: str, y_title: str) -> LineChart:
    lines = []
    for name, look in finds.looks.items():
        part = frame[(frame["strategy"] == name) & (frame["dataset"] == finds.place)]
        if len(part):
            x, y, low, high = (part[c].tolist() for c in ("x", "value", "low", "high"))
            lines.append(Line(name, x, y, low, high, look.colour, look.dash))
    return LineChart(title, "Labels bought", y_title, tuple(lines), note="Mean, 95% interval.")


def _table(finds: Finds) -> Table:
    found, area = finds.table(), finds.over_the_run(plan.AP)
    balanced, accuracy = (finds.at_the_end(m) for m in (plan.BALANCED, plan.ACCURACY))
    rows = []
    for name in finds.shown:
        r, a, b, c = (finds.row(frame, name) for frame in (found, area, balanced, accuracy))
        if r is None:
            continue
        gain = points(a["difference"]) if a and a["twin"] and math.isfinite(a["difference"]) else ""
        rows.append(
            (
                name,
                f"{number(r['found'])} ({ends(r['low'], r['high'], 1)})",
                f"{times(r['ratio'])}×" if math.isfinite(r["ratio"]) else "",
                percent(a["area"]) if a else "",
                gain,
                percent(b["value"]) if b else "",
                percent(c["value"]) if c else "",
            )
        )
    heads = (
        "Strategy",
        "Found",
        "Times random",
        "Average precision",
        "Against random",
        "Balanced",
        "Accuracy",
    )
    return Table("All strategies", heads, tuple(rows), note="Accuracy says little where a class is rare.")
