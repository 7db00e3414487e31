"""Learning curves, live or finished."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from alcore.catalog import METRICS
from pages.ui.colours import Look, looks
from pages.ui.free_places import Stroke, free_places
from pages.ui.vega import (
    INK,
    Chart,
    Spec,
    among,
    calculate,
    category,
    floats,
    key,
    layer,
    listed,
    mark,
    named,
    only,
    quantity,
    rows,
    spec,
)

if TYPE_CHECKING:
    import pandas as pd

GAP = 16  # pixels between the names at the ends of two lines
NARROW = 460  # below this width there is no room for names at line ends; the legend is there
AS_PAINTED = category("paint", scale=None, legend=None)  # the row's own colour; the legend shows lines only
X_TITLES = {"labels": "Labels bought, the first ones included", "money": "Money spent on labels"}
FAINT = 0.15  # how much is left of a line that is not among those to be seen


def curve(
    frame: pd.DataFrame,
    metric: str,
    *,
    names: Sequence[str] = (),
    x: str = "labels",
    x_title: str = "",
    budget: float | None = None,
    target: float | None = None,
    ceiling: float | None = None,
    reached: Mapping[str, float] | None = None,
    mark: float | None = None,
    room: tuple[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    drawn_as: Mapping[str, Look] | None = None,
    lit: Collection[str] = (),
    legend: bool = True,
    height: int = 0,
) -> Chart:
    """Learning curves; more than eight lines cannot be told apart.

    Parameters
    ----------
    frame : DataFrame
        From `alcore.tables.curve`: run, labels, money, metric, value; may also have the columns lo and hi (a
        band) and seed (rows with one are thin lines, rows without are the line itself). May be empty.
    metric : str
        Which one; the axis is titled and limited by what the registry says of it.
    names : sequence of str
        Runs in the order of the legend, also those without data yet; by default as they come in the frame.
    x : str
        What the x-axis counts: a column of the frame.
    x_title : str
        What the axis says, where that is not labels or money.
    budget : float, optional
        End of the x-axis, so that it holds still while the run is live; by default the data's end.
    target, ceiling : float, optional
        Labelled horizontal lines.
    reached : mapping, optional
        Run -> x at which it reached the target (NaN: it did not): a line from the target down to the axis.
    mark : float, optional
        x of a vertical line: the round that is shown elsewhere on the page.
    room : two names, optional
        The space between these runs is shaded, where the first one is above: what is left to win. The first
        is named on its line at any width.
    labels : mapping, optional
        What to call a run on the screen, where that is not its name.
    drawn_as : mapping, optional
        The look of each run, by default from its name alone.
    lit : collection of str
        Runs that stand out while the others are faint; none = all stand out.
    legend : bool
        Whether the chart has one; without it the page says which line is which.
    height : int
        Of the whole chart, in pixels; 0 = as the number of lines needs.
    """
    here = frame[frame["metric"] == metric]
    names = tuple(names) or tuple(dict.fromkeys(here["run"]))
    here = here[here["run"].isin(names)]
    shown = tuple((labels or {}).get(name, name) for name in names)
    height = height or 340 + 24 * max(0, math.ceil(len(names) / 4) - 1)
    table = curve_table(here, names, x)
    stands_out = [int(not lit or name in lit) for name in names]
    levels = [(kind, v) for kind, v in (("target", target), ("ceiling", ceiling)) if v is not None]
    low, high = _value_domain(here, metric, [v for _, v in levels])
    end = budget if budget is not None else float(here[x].max()) if len(here) else 1.0
    drawn = curve_spec(
        tuple((drawn_as or looks(names))[name] for name in names),
        shown,
        metric,
        x,
        x_title or X_TITLES[x],
        legend=legend,
        bands="lo" in here and "hi" in here,
        threads="seed" in here,
        levels=bool(levels),
        drops=reached is not None and target is not None,
        room=room is not None,
        height=height,
    )
    above = names.index(room[0]) if room is not None else -1
    data = {
        "curve": _lit(table, stands_out),
        "tips": _lit(_tips(table, shown, metric, levels, end, (low, high), height, above), stands_out),
        "corners": floats(x=[0.0, end], value=[low, high]),
        "mark": floats(x=[] if mark is None else [mark]),
        "drops": _drops(reached or {}, names, target, low),
    }
    if room is not None:
        data["room"] = _room(here, room, x, METRICS[metric].facts["better"] == "higher")
    return Chart(drawn, data, _alt(shown, metric, x_title or X_TITLES[x], levels), height)


def curve_table(frame: pd.DataFrame, names: Sequence[str], x: str = "labels") -> pa.Table:
    """One metric's rows as small numbers: run (its place in `names`), x, value[, lo, hi][, seed]."""
    places = {name: at for at, name in enumerate(names)}
    columns: dict[str, Any] = {
        "run": pa.array([places[run] for run in frame["run"]], pa.int8()),
        "x": pa.array(frame[x].to_numpy(float), pa.float32()),
    }
    for name in ("value", "lo", "hi"):
        if name in frame:
            columns[name] = pa.array(frame[name].to_numpy(float), pa.float32())
    if "seed" in frame:
        columns["seed"] = pa.array(frame["seed"].to_numpy(float), pa.float32(), from_pandas=True)
    return pa.table(columns)


def _lit(table: pa.Table, stands_out: Sequence[int]) -> pa.Table:
    """The table with whether each row's run stands out; what is no run always does."""
    found = np.array([*stands_out, 1], np.int8)[table["run"].to_numpy()]  # run -1 is the last
    return table.append_column("lit", pa.array(found, pa.int8()))


def metric_title(metric: str) -> str:
    """A metric as an axis says it: name, unit, and which way is better where that is not up."""
    entry = METRICS[metric]
    unit = str(entry.facts.get("unit", ""))
    notes = [unit] * bool(unit) + ["lower is better"] * (entry.facts.get("better") == "lower")
    name = entry.label[:1].upper() + entry.label[1:]
    return f"{name} on test rows" + (f" ({', '.join(notes)})" if notes else "")


@lru_cache(maxsize=64)
def curve_spec(
    chosen: tuple[Look, ...],
    shown: tuple[str, ...],
    metric: str,
    x: str,
    x_title: str,
    *,
    legend: bool = True,
    bands: bool,
    threads: bool,
    levels: bool,
    drops: bool,
    room: bool = False,
    height: int,
) -> Spec:
    """The spec of `curve` for its tables. It is shared: do not change it.

    `curve` has the lines, `tips` the names at their ends and at horizontal lines, `corners` the limits of the
    axes (so that new limits are new data, not a new drawing), `mark` a vertical line, `drops` lines from the
    target to the axis, `room` the space between two runs.
    """
    places = range(len(chosen))
    drawn_key = key(shown, symbolType="stroke", symbolSize=420, symbolStrokeWidth=2.5) if legend else None
    colours = [look.colour for look in chosen]
    stroke = {
        "color": category("run", **among(places, colours, drawn_key)),
        "strokeDash": category("run", **among(places, [list(look.dash) for look in chosen], drawn_key)),
    }
    paint = calculate(
        paint=named(colours, "datum.run"), outline=named([look.shape for look in chosen], "datum.run")
    )
    longest = max([len(name) for name in shown] + [15] * levels, default=4)
    plot_end = f"(width > {NARROW} ? width - {min(40 + 7 * longest, 200)} : width - 6)"
    across = quantity(
        "x",
        x_title,
        axis={
            "tickMinStep": 1 if x == "labels" else 0,
            "grid": False,
            "tickCount": {"expr": "max(3, floor(width / 90))"},
        },
        scale={
            "domain": [{"expr": f"data('corners')[{i}].x"} for i in (0, 1)],
            "nice": False,
            "zero": True,
            "rangeMax": {"expr": plot_end},
        },
    )
    up = quantity(
        "value",
        metric_title(metric),
        axis={"format": _form(metric, 0), "tickCount": 5},
        scale={
            "domain": [{"expr": f"data('corners')[{i}].value"} for i in (0, 1)],
            "nice": False,
            "zero": False,
        },
    )
    main = only("!isValid(datum.seed)") if threads else []
    line = mark("line", strokeWidth=2.5, clip=True, strokeJoin="round")
    layers = [layer(mark("point", opacity=0), data="corners", x=across, y=up)]
    if room:
        space = mark("area", opacity=0.11, clip=True, color=INK)
        layers.append(layer(space, data="room", x=across, y={**up, "field": "low"}, y2={"field": "high"}))
    if bands:
        lower, upper = {**up, "field": "lo"}, {"field": "hi"}
        area = mark("area", clip=True)
        faded = {"opacity": _opacity(0.16, FAINT / 3), "fill": AS_PAINTED}
        layers.append(layer(area, transform=[*main, *paint], x=across, y=lower, y2=upper, **faded))
    if threads:
        thin, apart = {**line, "strokeWidth": 1}, only("isValid(datum.seed)")
        faded = {"opacity": _opacity(0.35, FAINT / 2), "detail": category("seed")}
        layers.append(layer(thin, transform=apart, x=across, y=up, **faded, **stroke))
    if levels:
        layers += _level_layers(up, plot_end)
    if drops:
        layers += _drop_layers(across, up, paint)
    layers.append(layer(_rule(1.5, (3, 3), 0.6), data="mark", x=across))
    layers.append(layer(line, transform=main, x=across, y=up, opacity=_opacity(1), **stroke))
    layers += _hover_layers(shown, metric, x, across, up, main, paint)
    layers += _tip_layers(shown, across, up, paint)
    layers.append(_inside_layer(across, up))
    return spec(data={"name": "curve"}, layer=layers, height=height)


# --- layers -----------------------------------------------------------------------------------------------


def _level_layers(up: Spec, plot_end: str) -> list[Spec]:
    """Target and ceiling."""
    span = {"x": {"value": 0}, "x2": {"value": {"expr": plot_end}}, "y": up}
    return [
        layer(_rule(1.5, (2, 3), 0.9), data="tips", transform=only("datum.kind === 'target'"), **span),
        layer(_rule(1.5, (1, 0), 0.4), data="tips", transform=only("datum.kind === 'ceiling'"), **span),
    ]


def _inside_layer(across: Spec, up: Spec) -> Spec:
    """On narrow screens, what horizontal lines and the upper run are called stands where nothing is drawn."""
    return layer(
        mark("text", align="left", baseline="middle", fontSize=12, color=INK),
        data="tips",
        transform=only(f"width <= {NARROW} && isValid(datum.free_x)"),
        x={**across, "field": "free_x"},
        y={**up, "field": "free_y"},
        text=category("text"),
    )


def _drop_layers(across: Spec, up: Spec, paint: Sequence[Spec]) -> list[Spec]:
    """From where a run met the target down to the axis, and the number there."""
    fall = mark("rule", strokeWidth=2)
    number = mark(
        "text", align="left", baseline="bottom", dx=5, dy=-3, fontSize=13, fontWeight=600, color=INK
    )
    foot = {**up, "field": "foot"}
    return [
        layer(fall, data="drops", transform=paint, x=across, y=up, y2={"field": "foot"}, stroke=AS_PAINTED),
        layer(number, data="drops", x=across, y=foot, text=quantity("x", format=",.6~g")),
    ]


def _hover_layers(
    shown: Sequence[str],
    metric: str,
    x: str,
    across: Spec,
    up: Spec,
    main: Sequence[Spec],
    paint: Sequence[Spec],
) -> list[Spec]:
    """A vertical line at the pointer that tells every run's value there, and a dot on each line."""
    value = "isValid(datum['{0}']) ? format(datum['{0}'], '{1}') : '–'"
    told = calculate(**{f"told{i}": value.format(i, _form(metric, 1)) for i in range(len(shown))})
    tooltip = [quantity("x", x.capitalize(), format=",.6~g")]
    tooltip += [category(f"told{i}", name) for i, name in enumerate(shown)]
    nearest = {"type": "point", "fields": ["x"], "nearest": True, "on": "pointerover", "clear": "pointerout"}
    at_pointer = {"condition": {"param": "hover", "empty": False, "value": 0.4}, "value": 0}
    return [
        layer(
            mark("rule", color=INK),
            transform=[*main, {"pivot": "run", "value": "value", "groupby": ["x"]}, *told],
            params=[{"name": "hover", "select": nearest}],
            x=across,
            opacity=at_pointer,
            tooltip=tooltip,
        ),
        layer(
            mark("point", filled=True, size=55, opacity=1),
            transform=[*main, {"filter": {"param": "hover", "empty": False}}, *paint],
            x=across,
            y=up,
            fill=AS_PAINTED,
        ),
    ]


def _tip_layers(shown: Sequence[str], across: Spec, up: Spec, paint: Sequence[Spec]) -> list[Spec]:
    """At the end of each line its marker, and where there is room its name, led to where nothing overlaps."""
    wide = only(f"width > {NARROW}")
    text = mark("text", align="left", dx=24, fontSize=13, color=INK)
    dot = mark("point", filled=True, size=65, opacity=1)
    lead = {**_rule(1, (1, 0), 0.4), "x2Offset": 10}
    run, at = [*only("datum.kind === 'run'"), *paint], {**up, "field": "at"}
    level = only("datum.kind !== 'run'")
    looked = {"fill": AS_PAINTED, "shape": {**AS_PAINTED, "field": "outline"}}
    called, seen = calculate(name=named(shown, "datum.run")), _opacity(1)
    return [
        layer(lead, data="tips", transform=wide, x=across, x2={"field": "x"}, y=up, y2={"field": "at"}),
        layer(dot, data="tips", transform=run, x=across, y=up, opacity=seen, **looked),
        layer(
            {**dot, "xOffset": 15},
            data="tips",
            transform=[*wide, *run],
            x=across,
            y=at,
            opacity=seen,
            **looked,
        ),
        layer(
            {**text, "fontWeight": 600},
            data="tips",
            transform=[*wide, *run, *called],
            x=across,
            y=at,
            text=category("name"),
            opacity=_opacity(1, 0.4),
        ),
        layer(
            {**text, "dx": 12, "fontSize": 12},
            data="tips",
            transform=[*wide, *level],
            x=across,
            y=at,
            text=category("text"),
        ),
    ]


def _opacity(full: float, faint: float = FAINT) -> Spec:
    """How strongly a run is drawn."""
    return {"condition": {"test": "datum.lit", "value": full}, "value": faint}


def _rule(width: float, dash: Sequence[int], opacity: float) -> Spec:
    return mark("rule", color=INK, strokeWidth=width, strokeDash=list(dash), opacity=opacity)


def _form(metric: str, digits: int) -> str:
    """How a metric's numbers are written, in d3's and Python's common language."""
    return f".{digits}%" if metric.endswith("accuracy") else f".{digits + 2}f"


def _written(value: float, metric: str) -> str:
    """A level with the digits it has, at most one of a per cent."""
    digits = 1 if metric.endswith("accuracy") and round(value, 2) != round(value, 4) else 0
    return f"{value:{_form(metric, digits)}}"


# --- where things stand -----------------------------------------------------------------------------------


def _value_domain(frame: pd.DataFrame, metric: str, levels: Sequence[float]) -> tuple[float, float]:
    """The y-axis: the data rounded outward, so that it holds still while they come in."""
    facts = METRICS[metric].facts
    least, most = float(facts.get("low", -math.inf)), float(facts.get("high", math.inf))
    columns = [frame[c].to_numpy(float) for c in ("value", "lo", "hi") if c in frame]
    values = np.concatenate([*columns, np.asarray(levels, float)])
    values = values[np.isfinite(values)]
    if not len(values):
        return (least if math.isfinite(least) else 0.0), (most if math.isfinite(most) else 1.0)
    low, high = float(values.min()), float(values.max())
    if math.isfinite(most):  # a share: whole tenths
        low, high = math.floor(low * 10 + 1e-9) / 10, math.ceil(high * 10 - 1e-9) / 10
        low, high = max(low, least), min(high, most)
        return (low, high) if high - low > 0.05 else (max(least, low - 0.1), min(most, high + 0.1))
    step = 10.0 ** math.floor(math.log10(max(high, 1e-9)))
    high = next(step * m for m in (1, 2, 5, 10) if step * m >= high * 0.999)
    return (least if math.isfinite(least) else low), high


def _tips(
    table: pa.Table,
    shown: Sequence[str],
    metric: str,
    levels: Sequence[tuple[str, float]],
    end: float,
    domain: tuple[float, float],
    height: int,
    above: int,
) -> pa.Table:
    """What stands at the ends of lines: kind, run, text, x, value, and `at`, which keeps them apart.

    ``free_x`` and ``free_y`` are a place within the plot where the text hides nothing.
    """
    runs, xs, ys = (table[c].to_numpy() for c in ("run", "x", "value"))
    main = np.isnan(table["seed"].to_numpy()) if "seed" in table.column_names else np.ones(len(runs), bool)
    last = {int(r): (float(a), float(b)) for r, a, b in zip(runs[main], xs[main], ys[main], strict=True)}
    words = {"target": "target", "ceiling": "all labels:"}
    found = [("run", run, shown[run] if run == above else "", *place) for run, place in last.items()]
    for kind, value in levels:
        found.append((kind, -1, f"{words[kind]} {_written(value, metric)}", end, value))
    found.sort(key=lambda tip: tip[4])
    inner = max(height - 70 - 22 * math.ceil(len(shown) / 4), 60)
    at = spread([tip[4] for tip in found], (domain[1] - domain[0]) * GAP / inner, *domain)
    low, span, end = domain[0], max(domain[1] - domain[0], 1e-9), max(end, 1e-9)
    strokes = [
        Stroke.of(xs[main & (runs == run)] / end, (ys[main & (runs == run)] - low) / span)
        if kind == "run"
        else Stroke.level((value - low) / span)
        for kind, run, _, _, value in found
    ]
    texts = [(tip[2], stroke) for tip, stroke in zip(found, strokes, strict=True)]
    free = [
        (None, None) if place is None else (place[0] * end, low + place[1] * span)
        for place in free_places(texts, strokes, inner)
    ]
    return rows(
        [(*tip, place, *spot) for tip, place, spot in zip(found, at, free, strict=True)],
        kind=pa.string(),
        run=pa.int8(),
        text=pa.string(),
        x=pa.float32(),
        value=pa.float32(),
        at=pa.float32(),
        free_x=pa.float32(),
        free_y=pa.float32(),
    )


def _room(frame: pd.DataFrame, room: tuple[str, str], x: str, higher: bool) -> pa.Table:
    """The space between two runs where both are: x, low, high; flat where it is the other way round."""
    upper, lower = (frame[frame["run"] == name] for name in room)
    if not len(upper) or not len(lower):
        return floats(x=[], low=[], high=[])
    places = np.union1d(upper[x].to_numpy(float), lower[x].to_numpy(float))
    first = max(upper[x].iloc[0], lower[x].iloc[0])
    places = places[(places >= first) & (places <= min(upper[x].iloc[-1], lower[x].iloc[-1]))]
    best, base = (np.interp(places, p[x].to_numpy(float), p["value"].to_numpy(float)) for p in (upper, lower))
    best = np.maximum(best, base) if higher else np.minimum(best, base)
    return floats(x=places, low=base, high=best)


def _drops(reached: Mapping[str, float], names: Sequence[str], target: float | None, low: float) -> pa.Table:
    """Where each run met the target: run, x, value (the target), foot (the axis)."""
    met = [(names.index(run), x, target, low) for run, x in reached.items() if run in names and x == x]
    found = met if target is not None else []
    return rows(found, run=pa.int8(), x=pa.float32(), value=pa.float32(), foot=pa.float32())


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Sorted places moved apart by at least `gap`, no more than needed, within the limits if they fit.

    >>> spread([0.1, 0.5, 0.5], 0.2, 0.0, 1.0)
    [0.1, 0.4, 0.6]
    """
    groups: list[tuple[float, int]] = []  # centre and number of neighbours that touch
    for place in wanted:
        centre, n = place, 1
        while groups and centre - groups[-1][0] < gap * (n + groups[-1][1]) / 2:
            other, m = groups.pop()
            centre, n = (other * m + centre * n) / (m + n), m + n
        groups.append((centre, n))
    found = [centre + gap * (i - (n - 1) / 2) for centre, n in groups for i in range(n)]
    for i in range(
        len(found)
    ):  # down from the top, then up from the bottom, which wins when there is no room
        found[-1 - i] = min(found[-1 - i], high - gap * i)
    for i in range(len(found)):
        found[i] = max(found[i], low + gap * i)
    return found


def _alt(shown: Sequence[str], metric: str, x_title: str, levels: Sequence[tuple[str, float]]) -> str:
    said = [f"Learning curves: {metric_title(metric)} against {x_title.lower()}, a line for {listed(shown)}."]
    for kind, value in levels:
        what = "the target" if kind == "target" else "what all labels together give"
        said.append(f"A horizontal line marks {what}, {_written(value, metric)}.")
    return " ".join(said)
