"""The charts of the Fairness page: curves in small panels, and who the labels were spent on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pages.ui.colours import CLASS_COLOURS, DASHES, SHAPES, Look
from pages.ui.curves import spread
from pages.ui.vega import (
    INK,
    Chart,
    among,
    calculate,
    category,
    floats,
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

# Of the classes' colours, first those that no strategy of this page has.
GROUP_COLOURS = tuple(CLASS_COLOURS[k] for k in (0, 7, 6, 9, 8, 5, 2, 4, 3, 1))
NARROW = 380  # pixels: below it there is no room for names at the ends of lines
GAP = 16  # pixels between two such names
LANE, SPENT_ROW = 270, 34  # pixels: height of a panel; of a strategy's bar
BARE = 12  # pixels of a bar that hold a letter of what is written in it


def group_looks(names: Sequence[str]) -> dict[str, Look]:
    """The looks of groups, in their order: other colours first than those of strategies."""
    return {
        name: Look(
            GROUP_COLOURS[at % len(GROUP_COLOURS)],
            DASHES[at % len(DASHES)],
            SHAPES[(at + 3) % len(SHAPES)],
        )
        for at, name in enumerate(names)
    }


def lane(
    frame: pd.DataFrame,
    looks: Mapping[str, Look],
    y_title: str,
    *,
    domain: tuple[float, float],
    end: float,
    form: str = ".0%",
    zero: str = "",
    height: int = LANE,
    alt: str,
) -> Chart:
    """One panel of curves with bands; panels that share a domain can be compared by eye.

    Parameters
    ----------
    frame : DataFrame
        name, x, value, low, high; NaN where a value is undefined: the line has a gap there.
    looks : mapping
        The look of every name, in the order of the legend.
    domain, end : limits of the y-axis, and where the x-axis ends
    zero : str
        What a horizontal line at 0 is called; "" = there is none.
    """
    names = list(looks)
    frame = frame[frame["name"].isin(names)]
    places = range(len(names))
    across = quantity(
        "x",
        "Labels bought, the first ones included",
        axis={"grid": False, "tickMinStep": 1, "tickCount": {"expr": "max(3, floor(width / 90))"}},
        scale={
            "domain": [{"expr": f"data('corners')[{i}].x"} for i in (0, 1)],
            "nice": False,
            "zero": False,
            "rangeMax": {"expr": f"width > {NARROW} ? width - {_room(names, zero)} : width - 6"},
        },
    )
    up = quantity(
        "value",
        y_title,
        axis={"format": form, "tickCount": 5, "titleLimit": height - 20},
        scale={
            "domain": [{"expr": f"data('corners')[{i}].value"} for i in (0, 1)],
            "nice": False,
            "zero": False,
        },
    )
    colours = [look.colour for look in looks.values()]
    paint = calculate(
        paint=named(colours, "datum.line"), outline=named([k.shape for k in looks.values()], "datum.line")
    )
    painted = category("paint", scale=None, legend=None)
    shape = category("outline", scale=None, legend=None)
    stroke = {
        "color": category("line", **among(places, colours)),
        "strokeDash": category("line", **among(places, [list(k.dash) for k in looks.values()])),
    }
    wide, told = only(f"width > {NARROW}"), calculate(name=named(names, "datum.line"))
    layers = [layer(mark("point", opacity=0), data="corners", x=across, y=up)]
    if zero:
        rule = mark("rule", color=INK, strokeWidth=1.5, strokeDash=[3, 3], opacity=0.8)
        word = mark("text", align="right", baseline="bottom", dx=-4, dy=-3, fontSize=12, color=INK)
        layers.append(layer(rule, data="zero", y=up))
        layers.append(layer(word, data="zero", x={"value": {"expr": "width"}}, y=up, text=category("text")))
    layers += [
        layer(
            mark("area", clip=True, opacity=0.14),
            transform=paint,
            x=across,
            y={**up, "field": "low"},
            y2={"field": "high"},
            fill=painted,
        ),
        layer(mark("line", strokeWidth=2.5, strokeJoin="round", clip=True), x=across, y=up, **stroke),
        layer(
            mark("point", size=140, opacity=0, clip=True),
            transform=told,
            x=across,
            y=up,
            tooltip=[
                category("name", "Line"),
                quantity("x", "Labels", format=",.6~g"),
                quantity("value", y_title, format=_finer(form)),
                quantity("low", "from (95 % interval)", format=_finer(form)),
                quantity("high", "to", format=_finer(form)),
            ],
        ),
        layer(
            mark("point", filled=True, size=60, opacity=1, clip=True),
            data="tips",
            transform=paint,
            x=across,
            y=up,
            fill=painted,
            shape=shape,
        ),
        layer(
            mark("rule", color=INK, opacity=0.35, x2Offset=9),
            data="tips",
            transform=wide,
            x=across,
            x2={"field": "x"},
            y=up,
            y2={"field": "at"},
        ),
        layer(
            mark("text", align="left", baseline="middle", dx=12, fontSize=12, fontWeight=600, color=INK),
            data="tips",
            transform=[*wide, *told],
            x=across,
            y={**up, "field": "at"},
            text=category("name"),
        ),
    ]
    table = {
        "line": pa.array([names.index(name) for name in frame["name"]], pa.int8()),
        **{
            c: pa.array(frame[c].to_numpy(float), pa.float32(), from_pandas=True)
            for c in ("x", "value", "low", "high")
        },
    }
    data = {
        "lane": pa.table(table),
        "tips": _tips(frame, names, domain, height),
        "corners": floats(x=[_start(frame), end], value=list(domain)),
    }
    if zero:
        data["zero"] = rows([(0.0, zero)], value=pa.float32(), text=pa.string())
    return Chart(spec(data={"name": "lane"}, layer=layers, height=height), data, alt, height)


def spent(
    found: Sequence[tuple[str, str, float, float, float]],
    strategies: Sequence[str],
    groups: Sequence[str],
    pool: Mapping[str, float],
    *,
    height: int,
    alt: str,
) -> Chart:
    """Shares of each strategy's labels, a bar each, below the shares of the pool.

    Parameters
    ----------
    found : rows of strategy, group, labels (mean), share, labels per row of the pool's share
    strategies : names in the order of the bars, also those without runs yet
    groups : names in the order of the bars' parts
    pool : the groups' shares of the pool
    """
    looks = group_looks(groups)
    bars = ["The pool", *strategies]
    shares = {("The pool", g): (math.nan, pool.get(g, 0.0), 1.0) for g in groups}
    shares |= {(s, g): (labels, share, per) for s, g, labels, share, per in found}
    parts = []
    for at, bar in enumerate(bars):
        start = 0.0
        for code, group in enumerate(groups):
            labels, share, per = shares.get((bar, group), (0.0, 0.0, math.nan))
            if share > 0:
                text = f"{100 * share:.0f} %"
                known = labels if math.isfinite(labels) else None
                times = per if math.isfinite(per) else None
                place = (at, at - 0.34, at + 0.34, start, start + share, start + share / 2)
                parts.append((*place, code, text, bar, group, share, known, times))
            start += share
    ends = np.cumsum([pool.get(g, 0.0) for g in groups])[:-1]
    number, word = pa.float32(), pa.string()
    kinds = {"at": number, "top": number, "foot": number, "start": number, "end": number, "middle": number}
    kinds |= {"group": pa.int8(), "text": word, "bar": word, "name": word, "share": number}
    across = quantity(
        "start",
        "Share of the labels bought",
        axis={"format": ".0%", "tickCount": {"expr": "max(3, floor(width / 90))"}, "grid": False},
        scale={"domain": [0, 1], "nice": False},
    )
    down = quantity(
        "at",
        None,
        axis={
            "values": list(range(len(bars))),
            "labelExpr": named(bars, "datum.value"),
            "labelLimit": {"expr": "width > 420 ? 240 : 118"},
            "labelFontSize": 13,
            "grid": False,
            "ticks": False,
            "domain": False,
        },
        scale={"domain": [len(bars) - 0.5, -0.5], "nice": False, "zero": False},
    )
    colours = [look.colour for look in looks.values()]
    paint = category("group", **among(range(len(groups)), colours))
    layers = [
        layer(
            mark("rect", fillOpacity=0.38, strokeWidth=1.5),
            x=across,
            x2={"field": "end"},
            y={**down, "field": "top"},
            y2={"field": "foot"},
            fill=paint,
            stroke=paint,
            tooltip=[
                category("bar", "Whose labels"),
                category("name", "Group"),
                quantity("share", "Share", format=".1%"),
                quantity("labels", "Labels, mean over the seeds", format=".1f"),
                quantity("per", "Times its share of the pool", format=".2f"),
            ],
        ),
        layer(
            mark("text", baseline="middle", fontSize=12.5, fontWeight=600, color=INK),
            transform=only(f"(datum.end - datum.start) * width > {BARE} * length(datum.text) * 0.75"),
            x={**across, "field": "middle"},
            y=down,
            text=category("text"),
        ),
        layer(mark("rule", color=INK, strokeDash=[4, 3], strokeWidth=1.5), data="pool", x=across),
    ]
    data = {
        "spent": rows(parts, **kinds, labels=number, per=number),
        "pool": floats(start=ends.tolist()),
    }
    return Chart(spec(data={"name": "spent"}, layer=layers, height=height), data, alt, height)


def domain_of(frames: Sequence[pd.DataFrame], *, shares: bool, zero: bool = False) -> tuple[float, float]:
    """Limits that hold all panels, at whole tenths, or whole twentieths where the data lie close."""
    columns = [f[c].to_numpy(float) for f in frames for c in ("value", "low", "high")]
    values = np.concatenate(columns) if columns else np.zeros(0)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    if zero:
        values = np.append(values, 0.0)
    low, high = float(values.min()), float(values.max())
    step = 0.1 if high - low > 0.25 else 0.05
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if shares:
        low, high = max(low, 0.0), min(high, 1.0)
    return (low, high) if high - low > 0.04 else (max(low - 0.05, 0.0) if shares else low - 0.05, high + 0.05)


def spoken_lines(names: Sequence[str]) -> str:
    """``"a line for Random, Plain and Equal quotas"``."""
    return f"a line for {listed(names)}"


def _start(frame: pd.DataFrame) -> float:
    return float(frame["x"].min()) if len(frame) else 0.0


def _room(names: Sequence[str], zero: str) -> int:
    """Pixels that the longest name at the end of a line needs."""
    return min(24 + 7 * max(map(len, names), default=4), 170)


def _finer(form: str) -> str:
    return form.replace(".0%", ".1%")


def _tips(frame: pd.DataFrame, names: Sequence[str], domain: tuple[float, float], height: int) -> pa.Table:
    """Where lines end, and where their names stand so that none hides another."""
    known = frame[np.isfinite(frame["value"].to_numpy(float))]
    last: dict[str, tuple[float, float]] = {
        r["name"]: (r["x"], r["value"]) for r in known[["name", "x", "value"]].to_dict("records")
    }
    found: list[Any] = sorted(((names.index(n), *place) for n, place in last.items()), key=lambda t: t[2])
    inner, span = max(height - 60, 60), max(domain[1] - domain[0], 1e-9)
    at = spread([t[2] for t in found], span * GAP / inner, *domain)
    number = pa.float32()
    return rows(
        [(*t, a) for t, a in zip(found, at, strict=True)], line=pa.int8(), x=number, value=number, at=number
    )
