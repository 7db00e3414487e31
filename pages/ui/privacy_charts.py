"""Charts of private learning: what it costs, how the ledger drains, what noise does to labels, what leaks.

Plain rows in, a `Chart` out; only layout is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from alcore.privacy.ledger import Entry
from pages.ui.colours import COLOURS, GREY, Look
from pages.ui.vega import (
    INK,
    Chart,
    among,
    calculate,
    category,
    key,
    layer,
    mark,
    named,
    only,
    quantity,
    rows,
    spec,
)

NUMBER = pa.float32()
PRIVATE, OPEN, CLAIM = COLOURS[0], COLOURS[3], COLOURS[1]
TEXT = mark("text", color=INK, fontSize=12)
LEDGERS = {  # how spending is added up: its name and its look
    "basic": ("Basic: all added up", Look(COLOURS[1], (2, 2), "square")),
    "advanced": ("Advanced composition", Look(COLOURS[2], (8, 3), "diamond")),
    "zcdp": ("zCDP", Look(COLOURS[0], (1, 0), "circle")),
}
STOP = COLOURS[4]


class Point(NamedTuple):
    """What one epsilon costs or gains, with its interval; `told` is said where the pointer is."""

    epsilon: float
    value: float
    low: float
    high: float
    told: str = ""


class Level(NamedTuple):
    """A horizontal line with its band: what is reached without privacy."""

    name: str
    value: float
    low: float
    high: float


def utility(
    lines: Mapping[str, Sequence[Point]],
    looks: Mapping[str, Look],
    level: Level | None,
    *,
    ticks: Sequence[float],
    zero: str = "",
    under: bool = False,
    x: str,
    y: str,
    form: str = "+.1f",
    spent: str = "In all",
    height: int = 360,
    alt: str,
) -> Chart:
    """What privacy leaves over, against epsilon: lines of points with bands, and no privacy as a level.

    Parameters
    ----------
    lines : the points of each line that are known so far
    looks : how each line is drawn
    level : the same without privacy; None while it is not known
    ticks : every epsilon there is to be; their axis is logarithmic
    zero : what the line at zero is called; "" = there is none
    under : the level's name stands below its line
    x, y : titles of the axes
    form : how values are written
    spent : what `Point.told` says
    """
    names = list(lines)
    across = quantity(
        "epsilon",
        x,
        scale={"type": "log", "domain": [min(ticks) / 1.6, max(ticks) * 1.6], "nice": False},
        axis={"values": list(ticks), "format": ",~g", "grid": False, "labelOverlap": "greedy"},
    )
    up = quantity("value", y, axis={"format": form, "tickCount": 5}, scale={"zero": bool(zero), "nice": True})
    said = [
        *([category("name", "Line")] if len(names) > 1 else []),
        quantity("epsilon", "ε", format=",~g"),
        quantity("value", y, format=form),
        quantity("low", "from", format=form),
        quantity("high", "to", format=form),
        category("told", spent),
    ]
    paint = calculate(
        paint=named([looks[n].colour for n in names], "datum.run"),
        outline=named([looks[n].shape for n in names], "datum.run"),
        name=named(names, "datum.run"),
    )
    painted, shaped = (category(c, scale=None, legend=None) for c in ("paint", "outline"))
    legend = None
    if len(names) > 1:
        legend = key(names, symbolType="stroke", symbolSize=420, symbolStrokeWidth=2.5)
    at = range(len(names))
    stroke = {
        "color": category("run", **among(at, [looks[n].colour for n in names], legend)),
        "strokeDash": category("run", **among(at, [list(looks[n].dash) for n in names], legend)),
    }
    banded = only("isValid(datum.low) && isValid(datum.high)")
    wide = {"x": {"value": 0}, "x2": {"value": "width"}}
    bold = {**TEXT, "fontWeight": 600, "limit": {"expr": "width - 12"}}
    layers = [
        layer(mark("rect", opacity=0.13, color=OPEN), data="level", transform=banded, **wide,
              y={**up, "field": "low"}, y2={"field": "high"}),
        layer(mark("rule", color=OPEN, strokeWidth=2, strokeDash=[12, 4]), data="level", **wide, y=up),
        layer({**bold, "align": "left", "dx": 6, "dy": 12 if under else -9}, data="level",
              x={"value": 0}, y=up, text=category("name")),
        layer(mark("rule", color=GREY, strokeWidth=2, strokeDash=[5, 4]), data="zero", **wide, y=up),
        layer({**bold, "align": "right", "dx": -6, "dy": 12}, data="zero", x={"value": "width"}, y=up,
              text=category("name")),
        layer(mark("area", opacity=0.14), transform=[*banded, *paint], x=across, y={**up, "field": "low"},
              y2={"field": "high"}, fill=painted),
        layer(mark("rule", strokeWidth=2.5), transform=[*banded, *paint], x=across, y={**up, "field": "low"},
              y2={"field": "high"}, stroke=painted),
        layer(mark("line", strokeWidth=2.5), x=across, y=up, **stroke),
        layer(mark("point", filled=True, size=95, opacity=1), transform=paint, x=across, y=up, fill=painted,
              shape=shaped, tooltip=said),
    ]  # fmt: skip
    table = [
        (at, p.epsilon, p.value, _end(p.low), _end(p.high), p.told)
        for at, name in enumerate(names)
        for p in lines[name]
        if math.isfinite(p.value)
    ]
    words = pa.string()
    data = {
        "points": rows(
            table, run=pa.int8(), epsilon=NUMBER, value=NUMBER, low=NUMBER, high=NUMBER, told=words
        ),
        "level": rows(
            [] if level is None else [(level.name, level.value, _end(level.low), _end(level.high))],
            name=words,
            value=NUMBER,
            low=NUMBER,
            high=NUMBER,
        ),
        "zero": rows([(zero, 0.0)] if zero else [], name=words, value=NUMBER),
    }
    return Chart(spec(data={"name": "points"}, layer=layers, height=height), data, alt, height)


def ledger(
    entries: Sequence[Entry],
    *,
    budget: float,
    stop: int | None,
    rounds: int,
    height: int = 330,
) -> Chart:
    """Epsilon spent after each round, by each way to add it up, with the budget and where the run stops.

    Parameters
    ----------
    entries : the ledger after each round
    budget : what may be spent in all
    stop : the last round that is affordable; None = all are
    rounds : the end of the axis
    """
    names = list(LEDGERS)
    found = [
        (at, e.round, float(getattr(e, name)))
        for at, name in enumerate(names)
        for e in entries
        if math.isfinite(getattr(e, name))
    ]
    most = max([budget * 1.6, *(v for k, _, v in found if k == names.index("zcdp"))])
    look = [LEDGERS[name][1] for name in names]
    called = [LEDGERS[name][0] for name in names]
    legend = key(called, symbolType="stroke", symbolSize=420, symbolStrokeWidth=2.5)
    across = quantity(
        "round",
        "Round of questions",
        axis={"tickMinStep": 1, "format": "d", "tickCount": {"expr": "max(3, floor(width / 70))"}},
        scale={"domain": [0, rounds], "nice": False},
    )
    up = quantity(
        "spent",
        "ε spent so far",
        axis={"format": "~g", "tickCount": 5},
        scale={"domain": [0, most], "nice": False},
    )
    places = range(len(names))
    said = [
        category("name", "Added up by"),
        quantity("round", "Round"),
        quantity("spent", "ε", format=".3~g"),
    ]
    layers = [
        layer(mark("rect", opacity=0.08, color=STOP), data="budget", x={"value": 0}, x2={"value": "width"},
              y={**up, "field": "budget"}, y2={"value": 0}),
        layer(mark("rule", color=STOP, strokeWidth=2), data="budget", x={"value": 0}, x2={"value": "width"},
              y={**up, "field": "budget"}),
        layer({**TEXT, "align": "right", "dx": -6, "baseline": "top", "dy": 5, "fontWeight": 600},
              data="budget", x={"value": "width"}, y={"value": 0}, text=category("name")),
        layer(mark("line", strokeWidth=2.5, clip=True), x=across, y=up,
              color=category("how", **among(places, [one.colour for one in look], legend)),
              strokeDash=category("how", **among(places, [list(one.dash) for one in look], legend))),
        layer(mark("point", size=110, opacity=0, clip=True),
              transform=calculate(name=named(called, "datum.how")), x=across, y=up, tooltip=said),
        layer(mark("rule", color=INK, strokeWidth=1.5, strokeDash=[3, 3]), data="stop", x=across),
        *(
            layer({**TEXT, "baseline": "bottom", "dy": -5, "fontWeight": 600, "align": side, "dx": dx},
                  data="stop", transform=only(f"datum.late === {late}"), x=across, y={"value": "height"},
                  text=category("name"))
            for late, side, dx in ((1, "right", -6), (0, "left", 6))
        ),
    ]  # fmt: skip
    data = {
        "ledger": rows(found, how=pa.int8(), round=pa.int32(), spent=NUMBER),
        "budget": rows([(budget, f"over the budget of ε = {budget:g}")], budget=NUMBER, name=pa.string()),
        "stop": rows(
            [] if stop is None else [(stop, "the run stops", int(stop > 0.6 * rounds))],
            round=pa.int32(),
            name=pa.string(),
            late=pa.int8(),
        ),
    }
    alt = (
        "Epsilon spent after each round of questions, added up in three ways: basic, advanced and zCDP "
        "composition. A horizontal line is the budget, a vertical one where the run stops."
    )
    return Chart(spec(data={"name": "ledger"}, layer=layers, height=height), data, alt, height)


def shares(found: Sequence[Mapping[str, Any]], *, height: int = 0) -> Chart:
    """Shares of the classes: the true ones, those in the noisy answers, and those worked back from them.

    Parameters
    ----------
    found : rows with name, true, raw, debiased, low, high
    """
    names = [str(f["name"]) for f in found]
    kinds = ["true", "as answered", "worked back"]
    colours, shapes = [INK, CLAIM, PRIVATE], ["diamond", "square", "circle"]
    table = [
        (at, kind, float(value), low, high)
        for at, f in enumerate(found)
        for kind, (value, low, high) in enumerate(
            (
                (f["true"], None, None),
                (f["raw"], None, None),
                (f["debiased"], _end(f["low"]), _end(f["high"])),
            )
        )
    ]
    legend = key(kinds, symbolSize=110)
    across = quantity(
        "share",
        "Share of the class",
        axis={"format": ".0%", "tickCount": {"expr": "max(3, floor(width / 80))"}},
        scale={"zero": True},
    )
    down = category(
        "row",
        scale={"domain": list(range(len(names)))},
        sort=None,
        axis={
            "labelExpr": named(names, "datum.value"),
            "labelLimit": {"expr": "width > 460 ? 240 : 110"},
            "labelOverlap": False,
            "domain": False,
            "ticks": False,
            "grid": True,
        },
        title=None,
    )
    paint = calculate(
        paint=named(["currentColor", CLAIM, PRIVATE], "datum.kind"), said=named(kinds, "datum.kind")
    )
    at = range(len(kinds))
    layers = [
        layer(mark("rule", strokeWidth=6, opacity=0.35, color=PRIVATE, strokeCap="round"),
              transform=only("isValid(datum.low)"), x={**across, "field": "low"}, x2={"field": "high"},
              y=down),
        layer(mark("point", filled=True, size=95, opacity=1), transform=paint, x=across, y=down,
              fill=category("kind", **among(at, colours, legend)),
              shape=category("kind", **among(at, shapes, legend)),
              tooltip=[category("said", "Share"), quantity("share", "is", format=".1%"),
                       quantity("low", "from", format=".1%"), quantity("high", "to", format=".1%")]),
    ]  # fmt: skip
    height = height or 30 * len(names) + 96
    alt = "The share of each class: true, in the noisy answers, and worked back from them with its interval."
    data = {"shares": rows(table, row=pa.int16(), kind=pa.int8(), share=NUMBER, low=NUMBER, high=NUMBER)}
    return Chart(spec(data={"name": "shares"}, layer=layers, height=height), data, alt, height)


class Leak(NamedTuple):
    """What a mechanism was measured to give away, with its bounds, beside what it promises."""

    name: str
    measured: float
    low: float
    high: float
    promised: float
    broken: bool = False


def leaks(found: Sequence[Leak], *, domain: float, alt: str) -> Chart:
    """Measured privacy loss of mechanisms as dots with bounds, each beside the epsilon it promises."""
    names = [f.name for f in found]
    table = [
        (
            at,
            None if math.isnan(f.measured) else min(f.measured, domain),
            min(f.low, domain) if math.isfinite(f.measured) else None,
            min(f.high, domain) if math.isfinite(f.measured) else None,
            _end(f.promised),
            2 if math.isinf(f.measured) else int(f.broken),
            f.name,
            "without end" if math.isinf(f.measured) else f"{f.measured:.3f}",
        )
        for at, f in enumerate(found)
    ]
    across = quantity(
        "measured",
        "Measured privacy loss (log-ratio)",
        scale={"domain": [0, domain], "nice": False},
        axis={"format": "~g", "tickCount": {"expr": "max(3, floor(width / 80))"}},
    )
    down = category(
        "row",
        scale={"domain": list(range(len(names)))},
        sort=None,
        title=None,
        axis={
            "labelExpr": named(names, "datum.value"),
            "labelLimit": {"expr": "width > 400 ? 260 : 130"},
            "domain": False,
            "ticks": False,
            "labelFontSize": 13,
        },
    )
    kinds = [0, 1, 2]
    hue = category("broken", **among(kinds, [PRIVATE, STOP, STOP]))
    layers = [
        layer(mark("tick", thickness=3, size=30, color=INK), x={**across, "field": "promised"}, y=down,
              tooltip=[category("name", "Mechanism"), quantity("promised", "Promised ε", format=".3~g")]),
        layer(mark("rule", strokeWidth=6, opacity=0.35, strokeCap="round"),
              transform=only("isValid(datum.low) && isValid(datum.high)"),
              x={**across, "field": "low"}, x2={"field": "high"}, y=down, stroke=hue),
        layer(mark("point", filled=True, size=110, opacity=1), transform=only("isValid(datum.measured)"),
              x=across, y=down, fill=hue,
              shape=category("broken", **among(kinds, ["circle", "triangle-up", "triangle-right"])),
              tooltip=[category("name", "Mechanism"), category("told", "Measured"),
                       quantity("low", "from", format=".3f"), quantity("high", "to", format=".3f"),
                       quantity("promised", "Promised ε", format=".3~g")]),
    ]  # fmt: skip
    height = 44 * len(names) + 64
    data = {
        "leaks": rows(
            table,
            row=pa.int8(),
            measured=NUMBER,
            low=NUMBER,
            high=NUMBER,
            promised=NUMBER,
            broken=pa.int8(),
            name=pa.string(),
            told=pa.string(),
        )
    }
    return Chart(spec(data={"name": "leaks"}, layer=layers, height=height), data, alt, height)


def _end(value: float) -> float | None:
    return value if math.isfinite(value) else None
