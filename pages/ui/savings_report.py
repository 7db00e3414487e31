"""What one takes along from the Savings page: a one-page report, a notebook, tables, the link."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from alcore import project as planning
from alcore.project import Estimate
from pages.ui import live, own_data, savings_details, share
from pages.ui import savings_plan as plan
from pages.ui.editor import Editor
from pages.ui.report import Bar, BarChart, Fact, Line, LineChart, Report, Table
from pages.ui.savings_answer import chance, chosen, count, flattery, told
from pages.ui.savings_study import Study
from pages.ui.take_along import Parcel, of_comparison

if TYPE_CHECKING:
    import pandas as pd

BARS = 6  # strategies and targets in the report's chart of costs


def parcel(page: Editor, study: Study, case: str) -> Parcel:
    """Everything there is to take along of the finished projects."""
    runs, project = study.contest.paired(), study.project
    link, engine = share.address(page.query()), str(getattr(live.service(), "engine", ""))
    frames: dict[str, Callable[[], pd.DataFrame]] = {}
    report = None
    if study.made:
        estimate = chosen(page, study)  # here: bytes are made later, where there is no session
        # A report is handed out: the address of one's own table holds the names of its columns.
        told = "" if share.is_own(study.comparison.base) else link
        report = partial(report_of, study, estimate, case, told, engine)
        frames = {
            "Simulated projects": lambda: planning.distribution(estimate),
            "Cost of each target": lambda: savings_details.ladder_of(study),
            "Curves with costs": study.priced,
        }
    made = of_comparison(
        study.comparison,
        runs,
        link=link,
        metric=project.metric,
        target=project.target,
        title=title(study, case),
        engine=engine,
        looks=study.looks(),
        tables=frames,
    )
    return replace(made, name=f"savings-{study.comparison.id}", report=report)


def title(study: Study, case: str) -> str:
    """The question of the report."""
    goal = f"{plan.metric_name(study.project.metric).lower()} {plan.percent(study.project.target)}"
    return f"What would labelling take to reach {goal}? {case[:1].upper()}{case[1:]}"


def report_of(study: Study, estimate: Estimate, case: str, link: str, engine: str) -> Report:
    """The page to hand out."""
    said = planning.sentence(estimate, planning.reference_range())
    early = f"Preliminary, {study.made} of {study.wanted} simulated projects. " if study.preliminary else ""
    seeds = sorted({seed for _, _, seed in study.contest.paired()})
    return Report(
        title=title(study, case),
        lead=early + planning.headline(estimate),
        facts=_facts(estimate),
        charts=(_curves(study), _costs(study)),
        tables=(_ways(estimate), _given(study)),
        assumptions=planning.ASSUMPTIONS,
        method=tuple(filter(None, (said.removeprefix(planning.headline(estimate)).strip(), flattery(study))))
        + _method(study),
        link=link,
        made=datetime.now(UTC).strftime("%-d %B %Y"),
        engine=engine,
        seeds=f"{len(seeds)} simulated projects",
    )


def _facts(estimate: Estimate) -> tuple[Fact, ...]:
    money = _money(estimate)
    facts = []
    for name, form, outlook in (
        ("Labels saved", count, estimate.saved_labels),
        ("Money saved, all in", money, estimate.saved_cost),
        ("Calendar days saved", count, estimate.saved_days),
    ):
        facts.append(Fact(name, *told(outlook, form, saved=True)))
    return (
        *facts,
        Fact("Chance to save labels", chance(estimate.chance), f"money, all in: {chance(estimate.pays)}"),
        Fact(
            "Missed the target",
            f"{estimate.active.missed} of {estimate.n}",
            f"at random {estimate.passive.missed} of {estimate.n}",
        ),
    )


def _money(estimate: Estimate) -> Callable[[float], str]:
    return lambda value: planning.money(value, estimate.project.currency)


def _curves(study: Study) -> LineChart:
    frame, looks = study.bands(), study.looks()
    lines = []
    for name in study.lines():
        part = frame[frame["run"] == name]
        x, y, low, high = (part[c].tolist() for c in ("paid", "value", "lo", "hi"))
        lines.append(Line(name, x, y, low, high, looks[name].colour, looks[name].dash))
    return LineChart(
        "How good for how much money",
        f"Paid for labels ({study.project.currency})",
        plan.metric_name(study.project.metric),
        tuple(lines),
        study.project.target,
        note="Mean of the simulated projects; bands: their middle half.",
    )


def _costs(study: Study) -> BarChart:
    """What the target and its neighbours take, in labels."""
    frame, looks = savings_details.ladder_of(study), study.looks()
    goals = sorted(frame["target"].unique(), key=lambda t: (abs(t - study.project.target), t))
    shown = sorted(goals[: max(1, BARS // max(1, len(looks)))])
    bars = []
    for row in frame[frame["target"].isin(shown)].sort_values("target", kind="stable").to_dict("records"):
        value = float(row["labels"])
        text = f"{value:,.0f}" if math.isfinite(value) else "not reached"
        low, high = float(row["labels_low"]), float(row["labels_high"])
        if math.isfinite(low) and not math.isfinite(high):
            high = math.inf  # the ladder leaves an open end out
        name = f"{plan.percent(row['target'])} {row['strategy']}"
        bars.append(
            Bar(
                name,
                value,
                text,
                low,
                high,
                looks[row["strategy"]].colour,
            )
        )
    note = "Whiskers: one future project."
    if any(math.isinf(b.high) for b in bars):
        note += " An arrow to the edge: no upper end, it may miss the target."
    return BarChart(
        "What targets take",
        "Labels, the first ones included",
        tuple(bars),
        note=note,
    )


def _ways(estimate: Estimate) -> Table:
    active, passive = estimate.active, estimate.passive

    rows = []
    for name, form, before, after, saved in (
        ("Labels", count, passive.labels, active.labels, estimate.saved_labels),
        ("Cost", _money(estimate), passive.cost, active.cost, estimate.saved_cost),
        ("Days", count, passive.days, active.days, estimate.saved_days),
    ):
        cells = [told(before, form), told(after, form), told(saved, form, saved=True)]
        rows += [(name, *(big for big, _ in cells)), ("range", *(small for _, small in cells))]
    level = estimate.saving.level or estimate.saving.wanted
    return Table(
        "At random and with active learning",
        ("", "At random", "Active", "Saved"),
        tuple(rows),
        note=f"The middle project, and as a range where one future project is expected ({level:.0%}).",
    )


def _given(study: Study) -> Table:
    """What the visitor said of the project."""
    from pages.ui.savings_steps import LABELS

    project = study.project
    rows = [("Target", f"{plan.metric_name(project.metric)} {plan.percent(project.target)}")]
    for name, label in LABELS.items():
        value = getattr(project, name)
        if name in ("wage", "tooling", "engineering", "round_cost"):
            shown = planning.money(value, project.currency)
        elif name in ("review", "noise"):
            shown = plan.percent(value)
        else:
            shown = value if isinstance(value, str) else f"{value:g}"
        if name != "currency":
            rows.append((label, shown))
    return Table("What was given", ("", ""), tuple(rows[:12]))


def _method(study: Study) -> tuple[str, ...]:
    base = study.comparison.base
    where = "the visitor's own rows" if own_data.is_own(base.dataset) else f"the data set {base.dataset.name}"
    return (
        f"Every simulated project replays {where} with another split, start and label "
        "noise, once at random and "
        f"once by each strategy: {base.first} first labels, {base.batch} at a time, at "
        f"most {base.budget:,.0f}.",
    )
