"""Curves with bands in small panels that share their scale, so that they can be compared by eye."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pages.ui.colours import Look
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

NARROW = 380  # pixels: below it there is no room for names at the ends of lines
GAP = 16  # pixels between two such names
LANE = 270  # pixels: height of a panel


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


def _finer(form: str) -> str:
    return form.replace(".0%", ".1%")
