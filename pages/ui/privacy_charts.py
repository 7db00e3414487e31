"""Charts of private learning: what it costs, how the ledger drains, what the noise does to labels, what leaks.

Plain rows in, a `Chart` out; only layout is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from pages.ui.colours import COLOURS, GREY, Look
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
    points: Sequence[Point],
    level: Level | None,
    *,
    domain: tuple[float, float],
    zero: str,
    x: str,
    y: str,
    form: str = "+.1%",
    look: Look | None = None,
    height: int = 360,
    alt: str,
) -> Chart:
    """What privacy leaves over, against epsilon: points with bands, random at zero, no privacy as a level.

    Parameters
    ----------
    points : those that are known so far
    level : the same without privacy; None while it is not known
    domain : the ends of the axis of epsilon, which is logarithmic
    zero : what the line at zero is called
    x, y : titles of the axes
    form : how values are written
    """
    colour = (look or Look(PRIVATE, (1, 0), "circle")).colour
    shape = look.shape if look else "circle"
    across = quantity(
        "epsilon",
        x,
        scale={"type": "log", "domain": list(domain), "nice": False},
        axis={
            "values": _ticks(*domain),
            "format": "~g",
            "grid": False,
            "labelOverlap": "greedy",
        },
    )
    up = quantity("value", y, axis={"format": form, "tickCount": 5}, scale={"zero": True, "nice": True})
    said = [
        quantity("epsilon", "ε", format="~g"),
        quantity("value", y, format=form),
        quantity("low", "from", format=form),
        quantity("high", "to", format=form),
        category("told", "Spent in all"),
    ]
    banded = only("isValid(datum.low) && isValid(datum.high)")
    left, right = {"datum": domain[0]}, {"datum": domain[1]}
    stretch = {"x": {**left, "type": "quantitative"}, "x2": {**right, "type": "quantitative"}}
    layers = [
        layer(mark("rect", opacity=0.13, color=OPEN), data="level", transform=banded, **stretch,
              y={**up, "field": "low"}, y2={"field": "high"}),
        layer(mark("rule", color=OPEN, strokeWidth=2, strokeDash=[12, 4]), data="level", **stretch, y=up),
        layer({**TEXT, "align": "left", "dx": 6, "dy": -9, "fontWeight": 600, "limit": 320}, data="level",
              x={**left, "type": "quantitative"}, y=up, text=category("name")),
        layer(mark("rule", color=GREY, strokeWidth=2, strokeDash=[5, 4]), data="zero", **stretch, y=up),
        layer({**TEXT, "align": "right", "dx": -6, "dy": 12, "fontWeight": 600, "limit": 320}, data="zero",
              x={**right, "type": "quantitative"}, y=up, text=category("name")),
        layer(mark("area", opacity=0.16, color=colour), transform=banded, x=across,
              y={**up, "field": "low"}, y2={"field": "high"}),
        layer(mark("rule", strokeWidth=2.5, color=colour), transform=banded, x=across,
              y={**up, "field": "low"}, y2={"field": "high"}),
        layer(mark("line", strokeWidth=2.5, color=colour), x=across, y=up),
        layer(mark("point", filled=True, size=95, opacity=1, color=colour, shape=shape), x=across, y=up,
              tooltip=said),
    ]  # fmt: skip
    known = [p for p in points if math.isfinite(p.value)]
    table = [(p.epsilon, p.value, _end(p.low), _end(p.high), p.told) for p in known]
    data = {
        "points": rows(table, epsilon=NUMBER, value=NUMBER, low=NUMBER, high=NUMBER, told=pa.string()),
        "level": rows(
            [] if level is None else [(level.name, level.value, _end(level.low), _end(level.high))],
            name=pa.string(),
            value=NUMBER,
            low=NUMBER,
            high=NUMBER,
        ),
        "zero": rows([(zero, 0.0)], name=pa.string(), value=NUMBER),
    }
    return Chart(spec(data={"name": "points"}, layer=layers, height=height), data, alt, height)


def ledger(
    frame: Sequence[Mapping[str, Any]],
    *,
    budget: float,
    stop: int | None,
    rounds: int,
    height: int = 330,
) -> Chart:
    """Epsilon spent after each round, by each way to add it up, with the budget and where the run stops.

    Parameters
    ----------
    frame : rows with round and a column for each of `LEDGERS`
    budget : what may be spent in all
    stop : the last round that is affordable; None = all are
    rounds : the end of the axis
    """
    names = list(LEDGERS)
    found = [
        (names.index(name), int(row["round"]), float(row[name]))
        for name in names
        for row in frame
        if row["round"] <= rounds and math.isfinite(row[name])
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
        layer({**TEXT, "align": "left", "dx": 6, "dy": -9, "fontWeight": 600}, data="budget",
              x={"value": 0}, y={**up, "field": "budget"}, text=category("name")),
        layer(mark("line", strokeWidth=2.5, clip=True), x=across, y=up,
              color=category("how", **among(places, [one.colour for one in look], legend)),
              strokeDash=category("how", **among(places, [list(one.dash) for one in look], legend))),
        layer(mark("point", size=110, opacity=0, clip=True),
              transform=calculate(name=named(called, "datum.how")), x=across, y=up, tooltip=said),
        layer(mark("rule", color=INK, strokeWidth=1.5, strokeDash=[3, 3]), data="stop", x=across),
        layer({**TEXT, "baseline": "bottom", "dy": -5, "fontWeight": 600, "align": {"expr": "datum.late ? 'right' : 'left'"},
               "dx": {"expr": "datum.late ? -6 : 6"}}, data="stop", x=across, y={"value": "height"}, text=category("name")),
    ]  # fmt: skip
    data = {
        "ledger": rows(found, how=pa.int8(), round=pa.int32(), spent=NUMBER),
        "budget": rows([(budget, f"Budget: ε = {budget:g}")], budget=NUMBER, name=pa.string()),
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
            ((f["true"], None, None), (f["raw"], None, None), (f["debiased"], f["low"], f["high"]))
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
            "domain": False,
            "ticks": False,
            "grid": True,
            "labelFontSize": 13,
        },
        title=None,
    )
    paint = calculate(
        paint=named(["currentColor", CLAIM, PRIVATE], "datum.kind"), said=named(kinds, "datum.kind")
    )
    at = range(len(kinds))
    layers = [
        layer(mark("rule", strokeWidth=6, opacity=0.35, color=PRIVATE, strokeCap="round"),
              transform=only("isValid(datum.low)"), x={**across, "field": "low"}, x2={"field": "high"}, y=down),
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
        (at, f.measured, _end(f.low), _end(f.high), f.promised, int(f.broken), f.name)
        for at, f in enumerate(found)
    ]
    across = quantity(
        "measured",
        "Privacy loss: log of how much likelier one set of chosen rows is than with one record changed",
        scale={"domain": [0, domain], "nice": False},
        axis={
            "format": "~g",
            "tickCount": {"expr": "max(3, floor(width / 80))"},
            "titleLimit": {"expr": "width"},
        },
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
    hue = category("broken", **among([0, 1], [PRIVATE, STOP]))
    layers = [
        layer(mark("tick", thickness=3, size=30, color=INK), x={**across, "field": "promised"}, y=down,
              tooltip=[category("name", "Mechanism"), quantity("promised", "Promised ε", format=".3~g")]),
        layer(mark("rule", strokeWidth=6, opacity=0.35, strokeCap="round"),
              transform=only("isValid(datum.low) && isValid(datum.high)"),
              x={**across, "field": "low"}, x2={"field": "high"}, y=down, stroke=hue),
        layer(mark("point", filled=True, size=110, opacity=1), x=across, y=down, fill=hue,
              shape=category("broken", **among([0, 1], ["circle", "triangle-up"])),
              tooltip=[category("name", "Mechanism"), quantity("measured", "Measured", format=".3f"),
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
        )
    }
    return Chart(spec(data={"name": "leaks"}, layer=layers, height=height), data, alt, height)


def _end(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 and ten times that within the ends; fewer over many powers of ten."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if math.log10(high / low) <= 3.5 else (1,)
    found = [float(f"{m}e{p}") for p in powers for m in steps]
    return [v for v in found if low * 0.999 <= v <= high * 1.001]


__all__ = ["LEDGERS", "Leak", "Level", "Point", "floats", "leaks", "ledger", "shares", "utility"]
