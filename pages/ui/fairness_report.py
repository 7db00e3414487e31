"""What one takes along from the Fairness page: a one-page report, a notebook, tables, the link."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from alcore import fairness
from alcore.catalog import METRICS
from alcore.fairness import GAPS, MEASURES
from pages.ui import fairness_plan as plan
from pages.ui import fairness_words, live, share
from pages.ui.compare_words import unmarked
from pages.ui.editor import Editor
from pages.ui.fairness_numbers import Fair
from pages.ui.form import spoken
from pages.ui.preliminary import early
from pages.ui.report import Fact, Line, LineChart, Report, Table
from pages.ui.take_along import Parcel, of_comparison

if TYPE_CHECKING:
    import pandas as pd


def parcel(page: Editor, fair: Fair, metric: str) -> Parcel:
    """Everything there is to take along."""
    link, engine = share.address(page.query()), str(getattr(live.service(), "engine", ""))
    own = share.is_own(fair.comparison.base)
    view = {name: p.to_text(page.view[name]) for name, p in page.params.items() if page.view[name] != ""}
    made = of_comparison(
        fair.comparison,
        fair.n.runs,
        link=link,
        permanent=share.permanent(page.spec, view),
        metric="accuracy",
        target=0.9,
        engine=engine,
        looks=fair.looks,
        tables={
            "Groups over the run": lambda: fair.by_group,
            "Gaps over the run": lambda: fair.gaps,
            "Gaps at the end": fair.ends,
            "Labels by group": fair.spent,
            "Against the plain strategy": lambda: fair.differences(("accuracy", *GAPS), outcome="final"),
            "Undefined rates": lambda: fairness.undefined(fair.facts, fair.positive),
        },
    )
    kept = {k: v for k, v in made.tables.items() if k not in ("To the target", "Savings")}
    known = fair.groups and not fair.n.errands.waiting
    report = partial(report_of, fair, metric, "" if own else link, engine) if known else None
    return replace(made, name=f"fairness-{fair.comparison.id}", report=report, tables=kept)


def report_of(fair: Fair, metric: str, link: str, engine: str) -> Report:
    """The page to hand out."""
    lines = fairness_words.verdict(fair, metric)
    frame = fair.lanes("accuracy")
    seeds = sorted({seed for _, _, seed in fair.n.runs})
    return Report(
        title=f"Who is served worst, and does choosing by group help? {spoken(fair.place)}",
        lead=early(len(seeds), fair.comparison.seeds) + unmarked(" ".join(line.text for line in lines[:3])),
        facts=_facts(fair, metric),
        charts=tuple(_chart(fair, frame, name) for name in dict.fromkeys((fair.groups[0], fair.groups[-1]))),
        tables=(_gaps(fair), _spent(fair)),
        assumptions=(
            f"Groups: {', '.join(f'{name} {share:.0%}' for name, share in fair.pool.items())} of the pool.",
            "The groups are as the data record them; whoever is not recorded is not seen here.",
        ),
        method=(
            "Each seed is one split of the data; in it all strategies have the same first labels.",
            "Measured on test rows nobody may ask about; differences are paired by seed, with 95% intervals.",
            fairness.QUOTAS_DO_NOT_GUARANTEE,
        ),
        link=link,
        made=datetime.now(UTC).strftime("%-d %B %Y"),
        engine=engine,
        seeds=f"{len(seeds)} paired seeds, {len(fair.n.runs):,} runs",
    )


def _facts(fair: Fair, metric: str) -> tuple[Fact, ...]:
    base = plan.plain_name(fair.comparison)
    frame = fair.differences((metric, "accuracy"), level=fair.level)
    facts = []
    for name in fair.fair[:3]:
        for what in (metric, "accuracy"):
            label = "overall accuracy" if what == "accuracy" else fairness_words.gap_name(what)
            rows = frame[
                (frame["strategy"] == name) & (frame["other"] == base) & (frame["metric"] == what)
            ].to_dict("records")
            if rows and math.isfinite(rows[0]["difference"]):
                r = rows[0]
                sure = f"95%: {fairness_words.ends(r['low'], r['high'])}; above 0 is better"
                facts.append(Fact(f"{name}: {label}", fairness_words.points(r["difference"]), sure))
    return tuple(facts)


def _chart(fair: Fair, frame: pd.DataFrame, group: str) -> LineChart:
    lines = []
    for name, look in fair.looks.items():
        part = frame[(frame["strategy"] == name) & (frame["group"] == group)]
        if len(part):
            x, y, low, high = (part[c].tolist() for c in ("x", "value", "low", "high"))
            lines.append(Line(name, x, y, low, high, look.colour, look.dash))
    title = f"{spoken(MEASURES['accuracy'].label)} of {group}"
    return LineChart(title, "Labels bought", "Accuracy", tuple(lines), note="Mean, 95% interval.")


def _gaps(fair: Fair) -> Table:
    ends = fair.ends()
    rows = []
    for metric in ("accuracy", *GAPS):
        here = ends[ends["metric"] == metric].set_index("strategy").to_dict("index")
        label = "accuracy, all rows" if metric == "accuracy" else METRICS[metric].label
        rows.append((spoken(label), *(_number(here[name]["value"]) for name in fair.shown)))
    return Table("At the end of the run, in % and points", ("Measure", *fair.shown), tuple(rows))


def _number(value: float) -> str:
    return f"{100 * value:.1f}" if math.isfinite(value) else "undefined"


def _spent(fair: Fair) -> Table:
    rows = [
        (f"{r['strategy']}, {r['group']}", f"{r['spent']:.0f}", f"{r['share']:.0%}", f"{r['pool_share']:.0%}")
        for r in fair.spent().to_dict("records")
    ]
    return Table("Labels spent", ("Strategy, group", "Labels", "Share", "Of the pool"), tuple(rows))
