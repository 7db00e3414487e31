"""What one takes along from the Costs page: a one-page report, a notebook, tables, the link."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from alcore.errors import AlcoreError
from pages.ui import costs_plan as plan
from pages.ui import costs_words, live, share
from pages.ui.compare_words import unmarked
from pages.ui.costs_numbers import SAVED, Bills, finite, row
from pages.ui.costs_words import NOT, cash, ends, goal, money_of, percent, saved_cells
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.preliminary import early
from pages.ui.report import Bar, BarChart, Fact, Line, LineChart, Report, Table
from pages.ui.take_along import Parcel, of_comparison


def parcel(page: Editor, bills: Bills) -> Parcel:
    """Everything there is to take along."""
    link, engine = share.address(page.query()), str(getattr(live.service(), "engine", ""))
    own = share.is_own(bills.comparison.base)
    more = {}
    with suppress(AlcoreError):  # no date can be read from the form, which says so
        more["Finish dates"] = partial(bills.endings, plan.shifts_of(page.view, bills.comparison.base))
    made = of_comparison(
        bills.comparison,
        bills.n.runs,
        link=link,
        metric=bills.metric,
        target=bills.target,
        axis="money",
        engine=engine,
        looks=bills.looks,
        tables=more,
    )
    report = partial(report_of, bills, "" if own else link, engine) if bills.ready else None
    return replace(made, name=f"costs-{bills.comparison.id}", report=report)


def report_of(bills: Bills, link: str, engine: str) -> Report:
    """The page to hand out."""
    lines = costs_words.verdict(bills)
    base = bills.comparison.base
    seeds = sorted({seed for _, _, seed in bills.n.runs})
    return Report(
        title=f"What do labels cost on the way to {goal(bills)}? {spoken(bills.place)}",
        lead=early(len(seeds), bills.comparison.seeds) + unmarked(" ".join(line.text for line in lines[:2])),
        facts=_facts(bills),
        charts=(_curves(bills), _bars(bills)),
        tables=(_table(bills),),
        assumptions=(
            f"Prices: {costs_words.price_name(bills)}. {base.first} first labels, {base.batch} at a time, "
            f"{cash(base.budget)} {'of money' if base.budget_in == 'money' else 'labels'}.",
        ),
        method=(
            "Each seed is one split of the data with its own prices; in it all strategies have the same "
            "first labels.",
            f"Savings compare the money to {goal(bills)}, seed by seed, with {SAVED:.0%} bootstrap "
            "intervals. A run that ends before counts with what was spent until then, never as zero.",
            *(unmarked(line.text) for line in lines[2:]),
        ),
        link=link,
        made=datetime.now(UTC).strftime("%-d %B %Y"),
        engine=engine,
        seeds=f"{len(seeds)} paired seeds, {len(bills.n.runs):,} runs",
    )


def _facts(bills: Bills) -> tuple[Fact, ...]:
    facts = []
    for other, said in ((bills.plain, bills.plain), (bills.comparison.twins.get(bills.hero, ""), "random")):
        found = bills.saving(bills.hero, other)
        if found and math.isfinite(found["saving"]):
            sure = f"{SAVED:.0%} interval {ends(found['low'], found['high'])}"
            facts.append(Fact(f"{bills.hero} saves against {said}", percent(found["saving"]), sure))
    most = max((spent for _, _, spent in bills.bought().values()), default=math.nan)
    if bills.comparison.base.budget_in == "money" and math.isfinite(most):
        facts.append(Fact("Most that a run spent", f"{most:,.2f}", f"of {bills.comparison.base.budget:,.2f}"))
    return tuple(facts)


def _curves(bills: Bills) -> LineChart:
    frame, lines = bills.bands(), []
    for name, look in bills.looks.items():
        part = frame[(frame["strategy"] == name) & (frame["dataset"] == bills.place)]
        if len(part):
            x, y, low, high = (part[c].tolist() for c in ("x", "value", "low", "high"))
            lines.append(Line(name, x, y, low, high, look.colour, look.dash))
    title = plan.METRICS[bills.metric]
    return LineChart(
        "What the money buys",
        "Money spent on labels",
        title,
        tuple(lines),
        bills.target,
        note="Mean, 95% interval.",
    )


def _bars(bills: Bills) -> BarChart:
    found, bars = bills.to_target(), []
    for name, look in bills.looks.items():
        r = row(found, name)
        if r is not None:
            big, small = money_of(r)
            high = r["median_high"] if finite(r["median_high"]) else math.inf
            text = f"{big} ({small})" if small else big
            bars.append(Bar(name, r["median"], text, r["median_low"], high, look.colour))
    note = f"Half of the seeds need no more; {SAVED:.0%} interval. No bar: {NOT}."
    return BarChart(f"Money to {goal(bills)}", "Money", tuple(bars), note)


def _table(bills: Bills) -> Table:
    found, bought = bills.to_target(), bills.bought()
    rows = []
    for name in bills.shown:
        r = row(found, name)
        saved, sure = saved_cells(bills, name)
        rows.append(
            (
                name,
                f"{bought[name][0]:,.0f} at {cash(bought[name][1])}",
                f"{r['reached']} of {r['seeds']}" if r else "",
                " ".join(filter(None, (money_of(r)[0], f"({money_of(r)[1]})" if money_of(r)[1] else ""))),
                f"{saved} ({sure})" if sure and saved != "no number" else saved,
            )
        )
    heads = ("Strategy", "Labels bought", "Got there", "Money to the target", "Saved against random")
    return Table("All strategies", heads, tuple(rows), note="Money: half of the seeds need no more.")
