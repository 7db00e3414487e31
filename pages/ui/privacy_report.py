"""What one takes along from the Privacy page: a one-page report, tables, the link."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from alcore.comparison import Comparison
from pages.ui import (
    live,
    privacy_answers,
    privacy_choice,
    privacy_federated,
    privacy_leak,
    privacy_stage,
    share,
)
from pages.ui import privacy_plan as plan
from pages.ui.colours import GREY
from pages.ui.compare_numbers import Numbers
from pages.ui.compare_words import metric_name
from pages.ui.contest import Contest
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.privacy_charts import CLAIM, LEDGERS, PRIVATE, STOP
from pages.ui.privacy_words import THREATS, Said, between, eps, scaled, signed, unit
from pages.ui.report import Bar, BarChart, Fact, Line, LineChart, Report, Table
from pages.ui.take_along import Parcel, of_comparison

if TYPE_CHECKING:
    import pandas as pd

ASSUMED = (
    "Somebody sees which rows are asked, in which order, and knows every record but one.",
    "Annotators see the rows they are asked about; the trained model and its labels are not covered.",
    "Every draw spends from one account; the smallest of basic, advanced and zCDP composition counts.",
)


def parcel(page: Editor, comparison: Comparison | None, runs: Contest | None) -> tuple[Parcel, bool]:
    """Everything there is to take along of the section that is open, and whether there is a result yet."""
    query, engine = page.query(), str(getattr(live.service(), "engine", ""))
    if comparison is None or runs is None:
        if share.is_own(page.spec):  # these tests need no table, and nobody need read what is in it
            query = {k: v for k, v in query.items() if k.partition(".")[0] != "dataset"}
        link = share.address(query)
        found = privacy_leak.answers(page)
        made = partial(leak_report, dict(found), dict(page.view), link, engine)
        tables = {"Leak test": lambda: privacy_leak.table(found)}
        named = Parcel("privacy-leak", link=link, report=made, tables=tables)
        return named, len(found) == len(plan.MEASURED)
    link, looked = share.address(query), runs.memo.get("looked")
    n = privacy_stage.numbers(page, comparison, runs)
    if looked is not None:  # answers that came since the charts were drawn are still to be drawn
        runs.memo["looked"] = looked
    frames: dict[str, Callable[[], pd.DataFrame]] = {}
    report = None
    ready = bool(n.runs) and not runs.live
    if ready:  # the numbers are taken now: bytes are made later, where there is no session
        make = {plan.CHOOSE: _choice, plan.ANSWERS: _answers, plan.FEDERATED: _federated}[
            str(page.view["section"])
        ]
        content, frames = make(page, n)
        told = "" if share.is_own(comparison.base) else link
        content = replace(
            content,
            link=told,
            engine=engine,
            made=_today(),
            seeds=f"{n.seeds} paired seeds",
            assumptions=ASSUMED,
        )
        report = lambda: content  # noqa: E731
    made = of_comparison(
        comparison,
        runs.paired(),
        link=link,
        metric=n.metric,
        target=n.target,
        engine=engine,
        looks=n.looks,
        tables=frames,
    )
    return replace(made, name=f"privacy-{page.view['section']}-{comparison.id}", report=report), ready


def _choice(page: Editor, n: Numbers) -> tuple[Report, dict[str, Callable[[], pd.DataFrame]]]:
    import pandas as pd

    open_choice, private = privacy_choice.found(page, n)
    account = privacy_choice.account(page)
    table = privacy_choice.table(page, n)
    bars = [
        Bar(eps_name(r["epsilon"], "no privacy"), scaled(r["area"], n.metric),
            f"{scaled(r['area'], n.metric):.3g} ({signed(r['gain'], n.metric)})",
            scaled(r["area_low"], n.metric), scaled(r["area_high"], n.metric),
            PRIVATE if math.isfinite(r["epsilon"]) else GREY)
        for r in table.to_dict("records")
    ]  # fmt: skip
    rounds = [float(e.round) for e in account.entries]
    lines = tuple(
        Line(LEDGERS[name][0], rounds, [float(getattr(e, name)) for e in account.entries],
             colour=LEDGERS[name][1].colour, dash=LEDGERS[name][1].dash)
        for name in LEDGERS
    )  # fmt: skip
    rows = tuple(
        (
            eps(f.epsilon),
            eps(f.total),
            f.told(),
            "yes" if f.sure else "worse" if f.high < 0 else "cannot be told",
        )
        for f in private
    )
    entries = pd.DataFrame([{name: getattr(e, name) for name in e.__slots__} for e in account.entries])
    mechanism = plan.MECHANISMS[str(page.view["mechanism"])]
    end = account.entries[account.last]
    stop = f"stops at {end.labels:,} labels" if account.stops else "lasts to the end"
    return (
        Report(
            title=_title("What does it cost to choose rows privately?", n),
            lead=_lead(privacy_choice.said(page, n)),
            facts=(
                Fact("Without privacy", *_fact(open_choice)),
                *(Fact(f"ε = {eps(f.epsilon)} a round", *_fact(f)) for f in private[:3]),
                Fact("Budget", f"ε = {eps(account.budget)}", stop),
            ),
            charts=(
                BarChart(
                    f"Mean {metric_name(n.metric)}, and over random",
                    "Whiskers: 95 % interval of the mean, for all ε together",
                    tuple(bars),
                ),
                LineChart(
                    f"The account at ε = {eps(float(page.view['each_round']))} a round",  # type: ignore[arg-type]
                    "Round",
                    "ε spent",
                    lines,
                    account.budget,
                    "budget",
                ),
            ),
            tables=(
                Table("Every ε", ("ε of a round", "ε in all", "Over random", "Better?"), rows),
                _threats(),
            ),
            method=(
                f"{mechanism} on {page.spec.acquisition.name}; δ = {page.view['delta']:g}; "
                f"{page.spec.first} first "
                f"labels by lot, then {page.spec.batch} a round, {page.spec.budget:g} in all.",
                "Mean height of the learning curve, against random with the same split, start and answers.",
                "All intervals hold together at 95 %: their level is corrected for how many ε there are.",
            ),
        ),
        {"Cost of privacy": lambda: table, "Ledger": lambda: entries},
    )


def _fact(f: Any) -> tuple[str, str]:
    if f is None:
        return "not known", ""
    return signed(
        f.gain, f.metric
    ), f"{signed(f.low, f.metric)} to {signed(f.high, f.metric)} {unit(f.metric)}"


def _answers(page: Editor, n: Numbers) -> tuple[Report, dict[str, Callable[[], pd.DataFrame]]]:
    table = privacy_answers.table(page, n)
    rows = table.to_dict("records")
    bars = tuple(
        Bar(eps_name(r["epsilon"], "true labels"),
            scaled(r["area"], n.metric), f"{scaled(r['area'], n.metric):.3g}",
            scaled(r["area_low"], n.metric), scaled(r["area_high"], n.metric), CLAIM)
        for r in rows
    )  # fmt: skip
    cells = tuple(
        (
            eps(r["epsilon"]),
            signed(r["lost"], n.metric),
            between(r["lost_low"], r["lost_high"], n.metric),
            signed(r["gain"], n.metric),
        )
        for r in rows
        if math.isfinite(r["epsilon"])
    )
    return (
        Report(
            title=_title("What do private answers cost?", n),
            lead=_lead(privacy_answers.said(page, n)),
            charts=(BarChart(f"Mean {metric_name(n.metric)}", "Whiskers: 95 % interval", bars),),
            tables=(Table("Every ε", ("ε of an answer", "Lost", "95 %", "Over random"), cells), _threats()),
            method=(
                "Randomised response: the truth with probability exp(ε) / (exp(ε) + C − 1), else another "
                "class.",
            ),
        ),
        {"Cost of private answers": lambda: table},
    )


def _federated(page: Editor, n: Numbers) -> tuple[Report, dict[str, Callable[[], pd.DataFrame]]]:
    table = privacy_federated.gaps(n)
    rows = [r for r in table.to_dict("records") if math.isfinite(r["difference"])]
    cells = tuple(
        (
            r["strategy"],
            signed(r["difference"], n.metric),
            between(r["difference_low"], r["difference_high"], n.metric),
        )
        for r in rows
    )
    bands = n.bands("mean", "ci")
    lines = []
    for name, look in privacy_federated.LOOKS.items():
        part = bands[bands["strategy"] == name]
        x, y, low, high = (part[c].tolist() for c in ("x", "value", "low", "high"))
        lines.append(Line(name, x, y, low, high, look.colour, look.dash))
    return (
        Report(
            title=_title("What does federated learning cost?", n),
            lead=_lead(privacy_federated.said(page, n)),
            charts=(
                LineChart(
                    "How good for how many labels", "Labels", spoken(metric_name(n.metric)), tuple(lines)
                ),
            ),
            tables=(Table("Against all rows in one place", ("", "Difference", "95 %"), cells), _threats()),
            method=(
                f"{page.view['clients']} clients, {page.view['talks']} rounds of communication for every "
                "training; "
                f"the noisy one clips updates at {page.view['clip']:g} and adds noise "
                f"{page.view['noise']:g}.",
            ),
        ),
        {"Against central": lambda: table},
    )


def leak_report(found: dict[str, dict[str, Any]], view: dict[str, Any], link: str, engine: str) -> Report:
    """The page to hand out of the leak test."""
    bars, rows = [], []
    for m, a in found.items():
        measured, low, high = (privacy_leak.number(a[c]) for c in ("measured", "low", "high"))
        told = f"{measured:.2f}" if math.isfinite(measured) else "without end"
        colour = STOP if a["breaks"] else PRIVATE
        claim = eps(privacy_leak.number(a["claimed"]))
        bars.append(
            Bar(plan.MEASURED[m], measured if math.isfinite(measured) else math.nan,
                f"{told}, promised {claim}", low, high if math.isfinite(high) else math.nan, colour)
        )  # fmt: skip
        rows.append((plan.MEASURED[m], claim, told, "broken" if a["breaks"] else "not broken here"))
    return Report(
        title="Do private mechanisms keep what they promise?",
        lead=_lead(privacy_leak.said(found)),
        charts=(BarChart("Measured privacy loss", "Largest log-ratio of an outcome", tuple(bars)),),
        tables=(
            Table("Promise and measurement", ("", "Promised ε", "Measured", "Promise"), tuple(rows)),
            _threats(),
        ),
        assumptions=ASSUMED,
        method=(
            f"Two pools that differ in one record; {view['picks']} rows in each of {view['calls']} rounds; "
            "another "
            f"record changes {'its own score' if view['neighbours'] == 'one' else 'all scores'}.",
            "A test can break a promise; that it holds can only be proved.",
        ),
        link=link,
        made=_today(),
        engine=engine,
    )


def eps_name(epsilon: float, without: str) -> str:
    """What a bar is called: its epsilon, or that there is none."""
    return f"ε = {eps(epsilon)}" if math.isfinite(epsilon) else without


def _lead(said: Said | None) -> str:
    return f"{said.head} {said.rest}".strip() if said else "Too few runs for an answer."


def _threats() -> Table:
    return Table("Who sees what", ("", "Covered?"), tuple((t.who, t.kept) for t in THREATS))


def _title(question: str, n: Numbers) -> str:
    return f"{question} {spoken(next(iter(n.places)))}"


def _today() -> str:
    return datetime.now(UTC).strftime("%-d %B %Y")
