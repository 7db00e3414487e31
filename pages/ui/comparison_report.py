"""The one-page report of a comparison: its tables in words, its curves as drawings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alcore import outcomes
from alcore.catalog import METRICS, PARTS
from alcore.comparison import RANDOM, Comparison
from alcore.types import Log
from pages.ui.colours import Look, rivals
from pages.ui.form import spoken
from pages.ui.report import Bar, BarChart, Fact, Line, LineChart, Report, Table

if TYPE_CHECKING:
    import pandas as pd

    from alcore.tables import Rule

Key = tuple[str, str, int]
PLACES = 2  # datasets that are drawn; the tables have all of them
UNITS = {"labels": "labels", "money": "in money", "minutes": "minutes", "seconds": "seconds"}
LESS = {"labels": "fewer labels", "in money": "less money"}
MORE = {"labels": "more labels", "in money": "more money"}


def comparison_report(
    comparison: Comparison,
    runs: Mapping[Key, Log],
    *,
    metric: str,
    target: float,
    axis: str = "labels",
    rule: Rule = "first",
    pace: float = 0.0,
    title: str = "",
    lead: str = "",
    link: str = "",
    engine: str = "",
    looks: Mapping[str, Look] | None = None,
    made: datetime | None = None,
) -> Report:
    """The report of some finished runs of a comparison.

    Parameters
    ----------
    comparison, runs : the runs that are compared, by (dataset, strategy, seed)
    metric, target, axis, rule : as on the page; `axis` is labels, money, minutes or seconds
    pace : seconds an annotator needs for a label, for minutes
    title, lead : the question and the answer; by default made of the names and the savings
    link : the address that opens it again
    engine : fingerprint of the engine
    looks : colours and dashes of the strategies, as on the page
    made : when; by default now
    """
    frame = outcomes.curves(runs)
    if axis == "minutes":
        frame = frame.assign(minutes=frame["labels"] * (pace / 60))
    twins, names = comparison.twins, list(comparison.strategies)
    places = [place for place in comparison.places if any(key[0] == place for key in runs)]
    targets = outcomes.to_target(frame, metric, target, axes=(axis,), rule=rule)
    saved = outcomes.savings(frame, metric, target, _pairs(twins), axis=axis, rule=rule)
    areas = outcomes.area_table(frame, metric, _pairs(twins), axis)
    look = looks or rivals({n: RANDOM.lower() if twins[n] == n else n for n in names})
    measured, unit = spoken(METRICS[metric].label), UNITS.get(axis, axis)
    several = len(places) > 1
    seeds = sorted({key[2] for key in runs})
    return Report(
        title=title or _title(names, places),
        lead=lead or _lead(saved, measured, target, unit),
        facts=_facts(saved, targets, unit, several),
        charts=_charts(frame, targets, places, names, look, metric, target, axis),
        tables=(_to_target(targets, measured, target, unit, several), _areas(areas, measured, several)),
        assumptions=_assumptions(comparison),
        method=_method(comparison, measured, axis),
        link=link,
        made=(made or datetime.now(UTC)).strftime("%-d %B %Y"),
        engine=engine,
        seeds=f"{len(seeds)} paired seed{'s' * (len(seeds) != 1)} ({_ranges(seeds)}), {len(runs):,} runs",
    )


def _pairs(twins: Mapping[str, str]) -> dict[str, str]:
    return {name: twin for name, twin in twins.items() if name != twin}


def _title(names: Sequence[str], places: Sequence[str]) -> str:
    others = [name for name in names if not name.startswith(RANDOM)]
    first = others[0] if len(others) == 1 else f"{len(others)} strategies"
    where = places[0] if len(places) == 1 else f"{len(places)} datasets"
    return f"{first} against random on {where}"


def _lead(saved: pd.DataFrame, measured: str, target: float, unit: str) -> str:
    """What the strategy that saves most saves, or why nobody can say."""
    known = [row for row in saved.to_dict("records") if math.isfinite(row["saving"])]
    if not len(saved):
        return "No strategy was compared with random yet."
    if not known:
        reasons = "; ".join(dict.fromkeys(str(row["reason"]).rstrip(".") for row in saved.to_dict("records")))
        return f"What was saved to reach {measured.lower()} {target:g} cannot be said: {reasons}."
    best = max(known, key=lambda row: row["saving"])
    what = LESS.get(unit, "less time") if best["saving"] >= 0 else MORE.get(unit, "more time")
    twin = "random" if best["twin"] == RANDOM else best["twin"]
    first = f"The largest of {len(known)} savings: " if len(known) > 1 else ""
    sure = _interval(best["low"], best["high"], "{:.0%}")
    where = f"on {best['dataset']}, " if saved["dataset"].nunique() > 1 else ""
    told, share = first + where, f"{100 * abs(best['saving']):.0f} % {what}"
    return (
        f"{told[:1].upper()}{told[1:]}{best['strategy']} needed {share} than {twin} "
        f"to reach {measured.lower()} {target:g} (90% interval of the saving: {sure})."
    )


def _facts(saved: pd.DataFrame, targets: pd.DataFrame, unit: str, several: bool) -> tuple[Fact, ...]:
    """What the first strategies save, and what random takes."""
    place = saved["dataset"].iloc[0] if len(saved) else ""
    facts = []
    for row in saved[saved["dataset"] == place].to_dict("records")[:4]:
        value = f"{row['saving']:.0%}" if math.isfinite(row["saving"]) else "not known"
        sure = f"90%: {_interval(row['low'], row['high'], '{:.0%}')}"
        note = sure if math.isfinite(row["saving"]) else str(row["reason"])
        facts.append(Fact(f"{row['strategy']} saves", value, note))
    for row in targets[(targets["dataset"] == place) & (targets["strategy"] == RANDOM)].to_dict("records"):
        missed = row["seeds"] - row["reached"]
        note = f"median, 90%: {_open(row['median_low'], row['median_high'])}"
        note += f"; target missed in {missed} of {row['seeds']}" if missed else ""
        facts.append(Fact(f"Random takes ({unit})", _amount(row["median"]), note))
    if several and facts:
        facts[0] = Fact(facts[0].label, facts[0].value, f"on {place}; {facts[0].note}")
    return tuple(facts)


def _charts(frame, targets, places, names, look, metric, target, axis) -> tuple[LineChart | BarChart, ...]:
    bands = outcomes.bands(frame, metric, axis)
    measured, unit = spoken(METRICS[metric].label), UNITS.get(axis, axis)
    charts: list[LineChart | BarChart] = []
    for place in places[:PLACES]:
        here = bands[bands["dataset"] == place]
        lines = []
        for name in names:
            part = here[here["strategy"] == name]
            columns = {c: part[c].tolist() for c in ("x", "value", "low", "high")}
            if len(part):
                lines.append(
                    Line(name, columns["x"], columns["value"], columns["low"], columns["high"],
                         look[name].colour, look[name].dash)
                )  # fmt: skip
        x_title = {
            "labels": "Labels bought",
            "money": "Money spent",
            "minutes": "Minutes",
            "seconds": "Computing seconds",
        }[axis]
        title = f"Learning curves on {place}"
        charts.append(
            LineChart(
                title, x_title, measured, tuple(lines), target, note="Mean over the seeds, 90% interval."
            )
        )
    if len(places) == 1:
        rows = targets[targets["dataset"] == places[0]].to_dict("records")
        bars = tuple(
            Bar(
                row["strategy"],
                row["median"],
                _amount(row["median"]) + _beyond(row),
                row["median_low"],
                row["median_high"],
                look[row["strategy"]].colour,
            )
            for row in rows
        )
        charts.append(
            BarChart(
                f"What it takes to reach {measured.lower()} {target:g}",
                f"{unit}, median, 90% interval",
                bars,
            )
        )
    return tuple(charts)


def _to_target(targets: pd.DataFrame, measured: str, target: float, unit: str, several: bool) -> Table:
    rows = []
    for row in targets.to_dict("records"):
        name = f"{row['strategy']}, {row['dataset']}" if several else row["strategy"]
        between = _open(row["median_low"], row["median_high"])
        rows.append((name, _amount(row["median"]), between, f"{row['reached']} of {row['seeds']}"))
    columns = ("Strategy", f"Median ({unit})", "90% interval", "Reached in")
    return Table(f"To {measured.lower()} {target:g}", columns, tuple(rows))


def _areas(areas: pd.DataFrame, measured: str, several: bool) -> Table:
    rows = []
    for row in areas.to_dict("records"):
        name = f"{row['strategy']}, {row['dataset']}" if several else row["strategy"]
        gap = "–"
        if row["twin"] and math.isfinite(row["difference"]):
            between = _interval(row["difference_low"], row["difference_high"], "{:+.3f}")
            gap = f"{row['difference']:+.3f} ({between})"
        rows.append((name, _three(row["area"]), gap))
    columns = ("Strategy", "Mean height", "Against random (95%)")
    return Table(f"Area under the curve: {measured.lower()}", columns, tuple(rows))


def _assumptions(comparison: Comparison) -> tuple[str, ...]:
    base = comparison.base

    def label(part: str) -> str:
        return str(PARTS[part][getattr(base, part).name].label)

    budget = f"{base.budget:,.6g} {'labels' if base.budget_in == 'labels' else 'in money'}"
    said = [
        f"Learner: {label('learner')}. Answers: {label('oracle')}. Price of a label: {label('price')}.",
        f"{base.first} first labels ({label('start')}), then {base.batch} at a time up to {budget}.",
        f"{base.test_share:.0%} of the rows are kept for testing and can never be asked for.",
    ]
    if any(place.dataset.name == "upload" for place in comparison.places.values()):
        said.append("The data are the author's own table; its rows are not in this page.")
    return tuple(said)


def _method(comparison: Comparison, measured: str, axis: str) -> tuple[str, ...]:
    return (
        "Each seed is one split of the data; in it all strategies have the same first labels and noise.",
        f"Savings compare the {axis} needed to reach the target, pair by pair, with a bootstrap over seeds. "
        "A run that never got there counts as not reached.",
        f"{measured} is measured on the test rows after every round.",
    )


def _interval(low: float, high: float, form: str) -> str:
    if not math.isfinite(low) and not math.isfinite(high):
        return "not known"
    ends = [form.format(v) if math.isfinite(v) else "not reached" for v in (low, high)]
    return f"{ends[0]} to {ends[1]}"


def _open(low: float, high: float) -> str:
    """An interval of what is needed; its upper end may lie beyond what was run."""
    if math.isfinite(low) and not math.isfinite(high):
        return f"{low:,.6g} or more"
    return _interval(low, high, "{:,.6g}")


def _beyond(row: Mapping[str, Any]) -> str:
    """What a bar cannot show: that the interval has no upper end."""
    if not math.isfinite(row["median"]) or math.isfinite(row["median_high"]):
        return ""
    ends = _open(row["median_low"], row["median_high"])
    return f" ({ends})" if math.isfinite(row["median_low"]) else " (interval not known)"


def _amount(value: float) -> str:
    return f"{value:,.6g}" if math.isfinite(value) else "not reached"


def _three(value: Any) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


def _ranges(seeds: Sequence[int]) -> str:
    if not seeds:
        return "none"
    whole = seeds[-1] - seeds[0] == len(seeds) - 1
    return f"{seeds[0]} to {seeds[-1]}" if whole and len(seeds) > 1 else ", ".join(map(str, seeds[:8]))
