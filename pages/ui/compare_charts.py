"""The charts of a comparison's tables: whiskers, lines, records, a matrix and average ranks.

Each takes the strategies in the order of the page, and the look of each; what is not `lit` is faint.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from pages.ui.colours import COLOURS, GREY, VIRIDIS, Look
from pages.ui.vega import (
    INK,
    Chart,
    Spec,
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

    from alcore.statistics.ranks import Diagram

ROW = 27  # pixels of one strategy among others below each other
FAINT = 0.25
PAINT = category("paint", scale=None, legend=None)
SHAPE = category("outline", scale=None, legend=None)
RECORD = {"wins": COLOURS[0], "ties": GREY, "losses": COLOURS[1]}


class Row(NamedTuple):
    """A strategy's number with its interval; without one, the words that stand there instead."""

    group: str
    strategy: str
    value: float
    low: float
    high: float
    words: str = ""


def whiskers(
    found: Sequence[Row],
    looks: Mapping[str, Look],
    title: str,
    *,
    form: str = ".3f",
    zero: float | None = None,
    lit: Collection[str] = (),
    alt: str,
) -> Chart:
    """Numbers with intervals below each other, in groups with a heading each.

    Parameters
    ----------
    zero : float, optional
        Where a vertical line stands: what all are compared with.
    """
    names = list(looks)
    groups = list(dict.fromkeys(r.group for r in found))
    headed = len(groups) > 1
    labels: list[str] = []
    dots, heads = [], []
    for group in groups:
        if headed:
            heads.append((len(labels), group))
            labels.append("")
        for r in (r for r in found if r.group == group):
            bright = int(not lit or r.strategy in lit)
            known = math.isfinite(r.value)
            low, high = (e if math.isfinite(e) else r.value for e in (r.low, r.high))
            dots.append(
                (len(labels), names.index(r.strategy), r.value if known else None)
                + ((low, high) if known else (None, None))
                + (bright, r.words if not known else "")
            )
            labels.append(r.strategy)
    height = ROW * len(labels) + 62
    down = _rows_axis(labels)
    across = quantity("value", title, axis=_axis(form), scale={"zero": False, "nice": True, "padding": 12})
    paint = _painted(looks)
    said = [
        category("name", "Strategy"),
        quantity("value", title, format=form),
        quantity("low", "from", format=form),
        quantity("high", "to", format=form),
    ]
    called, drawn = calculate(name=named(names, "datum.run")), only("isValid(datum.value)")
    seen = _opacity()
    layers = [
        layer(
            mark("text", align="left", baseline="middle", fontSize=13, fontWeight=600, color=INK, dx=-2),
            data="heads",
            x={"value": 0},
            y=down,
            text=category("text"),
        ),
        layer(
            mark("text", align="left", baseline="middle", fontSize=12, color=INK, dx=4),
            transform=only("!isValid(datum.value)"),
            x={"value": 0},
            y=down,
            text=category("words"),
        ),
        layer(
            mark("rule", strokeWidth=2.5),
            transform=[*paint, *drawn],
            x={**across, "field": "low"},
            x2={"field": "high"},
            y=down,
            stroke=PAINT,
            opacity=seen,
        ),
        layer(
            mark("point", filled=True, size=85, opacity=1),
            transform=[*paint, *called, *drawn],
            x=across,
            y=down,
            fill=PAINT,
            shape=SHAPE,
            opacity=seen,
            tooltip=said,
        ),
    ]
    if zero is not None:
        line = mark("rule", color=INK, strokeWidth=1.5, strokeDash=[3, 3], opacity=0.7)
        layers.insert(0, layer(line, data="zero", x=across))
    kinds = {"y": pa.float32(), "run": pa.int8(), "value": pa.float32(), "low": pa.float32()}
    data = {
        "dots": rows(dots, **kinds, high=pa.float32(), lit=pa.int8(), words=pa.string()),
        "heads": rows(heads, y=pa.float32(), text=pa.string()),
    }
    if zero is not None:
        data["zero"] = floats(value=[zero])
    return Chart(spec(data={"name": "dots"}, layer=layers, height=height), data, alt, height)


def lines(
    frame: pd.DataFrame,
    looks: Mapping[str, Look],
    x_title: str,
    y_title: str,
    *,
    form: str = ".3~g",
    step: bool = False,
    top: float | None = None,
    bottom: float | None = None,
    lit: Collection[str] = (),
    height: int = 300,
    alt: str,
) -> Chart:
    """A line for each strategy, with a band where there is one.

    Parameters
    ----------
    frame : DataFrame
        strategy, x, value; may have low and high.
    step : bool
        Values hold until the next one.
    top, bottom : float, optional
        Ends of the y-axis.
    """
    names = list(looks)
    banded = {"low", "high"} <= set(frame.columns)
    columns = {
        "run": pa.array([names.index(s) for s in frame["strategy"]], pa.int8()),
        "lit": pa.array([int(not lit or s in lit) for s in frame["strategy"]], pa.int8()),
    }
    for name in ("x", "value", *(("low", "high") if banded else ())):
        columns[name] = pa.array(frame[name].to_numpy(float), pa.float32(), from_pandas=True)
    across = quantity("x", x_title, axis=_axis(",.6~g", 90), scale={"nice": False, "zero": True})
    ends = {} if top is None or bottom is None else {"domain": [bottom, top]}
    up = quantity("value", y_title, axis={"format": form, "tickCount": 5}, scale={"zero": False, **ends})
    shape = "step-after" if step else "linear"
    paint, seen = _painted(looks), _opacity()
    stroke = {
        "color": category("run", scale=_scale(names, [k.colour for k in looks.values()]), legend=None),
        "strokeDash": category(
            "run", scale=_scale(names, [list(k.dash) for k in looks.values()]), legend=None
        ),
    }
    said = [
        category("name", "Strategy"),
        quantity("x", x_title, format=",.6~g"),
        quantity("value", y_title, format=form),
    ]
    layers = []
    if banded:
        area = mark("area", interpolate=shape, clip=True)
        dim = {"condition": {"test": "datum.lit", "value": 0.14}, "value": 0.03}
        layers.append(
            layer(
                area,
                transform=paint,
                x=across,
                y={**up, "field": "low"},
                y2={"field": "high"},
                fill=PAINT,
                opacity=dim,
            )
        )
    line = mark("line", strokeWidth=2.5, interpolate=shape, strokeJoin="round", clip=True)
    layers.append(layer(line, x=across, y=up, opacity=seen, **stroke))
    layers.append(
        layer(
            mark("point", size=120, opacity=0),
            transform=calculate(name=named(names, "datum.run")),
            x=across,
            y=up,
            tooltip=said,
        )
    )
    return Chart(
        spec(data={"name": "lines"}, layer=layers, height=height), {"lines": pa.table(columns)}, alt, height
    )


def records(found: Sequence[tuple[str, str, int, int, int]], looks: Mapping[str, Look], *, alt: str) -> Chart:
    """Seeds won, tied and lost against random, as bars: rows of group, strategy, wins, ties, losses."""
    groups = list(dict.fromkeys(r[0] for r in found))
    labels: list[str] = []
    parts, heads, words = [], [], []
    for group in groups:
        if len(groups) > 1:
            heads.append((len(labels), group))
            labels.append("")
        for _, strategy, *counts in (r for r in found if r[0] == group):
            start, total = 0.0, sum(counts) or 1
            for kind, count in enumerate(counts):
                if count:
                    at = len(labels)
                    parts.append((at - 0.32, at + 0.32, start, start + count / total, kind, strategy, count))
                start += count / total
            words.append((len(labels), " – ".join(map(str, counts))))
            labels.append(strategy)
    height = ROW * len(labels) + 88
    down = _rows_axis(labels)
    across = quantity(
        "low",
        "Share of seeds",
        axis=_axis(".0%"),
        scale={"domain": [0, 1], "rangeMax": {"expr": "width - 66"}},
    )
    kinds = list(RECORD)
    legend = {
        "orient": "top",
        "labelExpr": named(["better than random", "equal", "worse"], "datum.value"),
        "columns": {"expr": "width > 330 ? 3 : 2"},
        "symbolType": "square",
    }
    fill = category("kind", scale={"domain": [0, 1, 2], "range": list(RECORD.values())}, legend=legend)
    layers = [
        layer(
            mark("rect", opacity=0.9),
            transform=calculate(word=named(kinds, "datum.kind")),
            x=across,
            x2={"field": "high"},
            y={**down, "field": "top"},
            y2={"field": "foot"},
            fill=fill,
            tooltip=[
                category("strategy", "Strategy"),
                category("word", "Seeds"),
                quantity("count", "How many"),
            ],
        ),
        layer(
            mark("text", align="right", baseline="middle", fontSize=13, color=INK),
            data="words",
            x={"value": "width"},
            y={**down, "field": "y"},
            text=category("text"),
        ),
        layer(
            mark("text", align="left", baseline="middle", fontSize=13, fontWeight=600, color=INK, dx=-2),
            data="heads",
            x={"value": 0},
            y={**down, "field": "y"},
            text=category("text"),
        ),
    ]
    number = pa.float32()
    table = rows(
        parts,
        top=number,
        foot=number,
        low=number,
        high=number,
        kind=pa.int8(),
        strategy=pa.string(),
        count=pa.int32(),
    )
    data = {
        "records": table,
        "words": rows(words, y=number, text=pa.string()),
        "heads": rows(heads, y=number, text=pa.string()),
    }
    return Chart(spec(data={"name": "records"}, layer=layers, height=height), data, alt, height)


def matrix(frame: pd.DataFrame, names: Sequence[str], *, alt: str) -> Chart:
    """How many picks two strategies share: frame of strategy, other, jaccard."""
    cells, seen = [], set()
    for one, other, share in frame[["strategy", "other", "jaccard"]].itertuples(index=False, name=None):
        seen |= {one, other}
        cells += [
            (names.index(one), names.index(other), share),
            (names.index(other), names.index(one), share),
        ]
    shown = [name for name in names if name in seen]
    order = [names.index(name) for name in shown]
    size = max(len(order), 1)
    height = 34 * size + 150
    rest = {"sort": order, "scale": {"domain": order, "paddingInner": 0.04}}
    axis = {"labelExpr": named(list(names), "datum.value"), "title": None, "ticks": False, "domain": False}
    down = category("row", axis={**axis, "labelLimit": {"expr": "width > 420 ? 240 : 110"}}, **rest)
    across = category(
        "column",
        axis={**axis, "orient": "bottom", "labelAngle": -35, "labelLimit": 130, "labelAlign": "right"},
        **rest,
    )
    ends = [0.0, max((c[2] for c in cells), default=1.0)]
    fill = quantity(
        "share",
        "Rows that both chose",
        scale={"domain": [0, max(ends[1], 0.01)], "range": list(VIRIDIS)},
        legend=None,
    )
    said = [
        category("one", "Strategy"),
        category("other", "Other"),
        quantity("share", "Rows in common", format=".0%"),
    ]
    called = calculate(one=named(list(names), "datum.row"), other=named(list(names), "datum.column"))
    ink = {"condition": {"test": f"datum.share > {0.55 * ends[1]}", "value": "#000000"}, "value": "#ffffff"}
    layers = [
        layer(mark("rect", cornerRadius=3), transform=called, x=across, y=down, fill=fill, tooltip=said),
        layer(
            mark("text", fontSize=12, fontWeight=600),
            x=across,
            y=down,
            text=quantity("share", format=".0%"),
            color=ink,
        ),
    ]
    data = {"cells": rows(cells, row=pa.int8(), column=pa.int8(), share=pa.float32())}
    return Chart(spec(data={"name": "cells"}, layer=layers, height=height), data, alt, height)


def ranks(diagram: Diagram, looks: Mapping[str, Look], *, lit: Collection[str] = (), alt: str) -> Chart:
    """Average ranks, best above; a bar joins strategies that cannot be told apart.

    Above them stands the critical difference, where there is one: ranks further apart than that differ.
    """
    labels, names = ["", *diagram.names], list(looks)
    dots = [
        (at + 1, names.index(name), rank, int(not lit or name in lit))
        for at, (name, rank) in enumerate(zip(diagram.names, diagram.ranks, strict=True))
    ]
    places = {name: at + 1 for at, name in enumerate(diagram.names)}
    bars = [
        (places[clique[0]] - 0.25, places[clique[-1]] + 0.25) for clique in diagram.cliques if len(clique) > 1
    ]
    room = 14 * len(bars) + 16
    height = ROW * len(labels) + 62
    down = _rows_axis(labels)
    across = quantity(
        "rank",
        f"Average rank over {diagram.datasets} datasets, 1 is best",
        axis={**_axis(".3~g"), "tickMinStep": 1},
        scale={"domain": [1, len(diagram.names)], "nice": False, "rangeMax": {"expr": f"width - {room}"}},
    )
    paint, called = _painted(looks), calculate(name=named(names, "datum.run"))
    said = [category("name", "Strategy"), quantity("rank", "Average rank", format=".2f")]
    layers = [
        layer(
            mark("rule", strokeWidth=1, opacity=0.35, color=INK),
            transform=calculate(first="1"),
            x={**across, "field": "first"},
            x2={"field": "rank"},
            y=down,
        ),
        layer(
            mark("point", filled=True, size=110, opacity=1),
            transform=[*paint, *called],
            x=across,
            y=down,
            fill=PAINT,
            shape=SHAPE,
            opacity=_opacity(),
            tooltip=said,
        ),
        *(
            layer(
                mark("rule", strokeWidth=6, color=INK, opacity=0.75, strokeCap="round"),
                data="bars",
                transform=only(f"datum.bar === {at}"),
                x={"value": {"expr": f"width - {room - 16 - 14 * at}"}},
                y={**down, "field": "top"},
                y2={"field": "foot"},
            )
            for at in range(len(bars))
        ),
    ]
    number = pa.float32()
    data = {
        "ranks": rows(dots, y=number, run=pa.int8(), rank=number, lit=pa.int8()),
        "bars": rows([(at, *bar) for at, bar in enumerate(bars)], bar=pa.int8(), top=number, foot=number),
    }
    if diagram.cd is not None:
        shown = min(diagram.cd, len(diagram.names) - 1)
        data["cd"] = rows(
            [(0.0, 1.0, 1.0 + shown, f"critical difference {diagram.cd:.2f}")],
            y=number,
            rank=number,
            end=number,
            text=pa.string(),
        )
        layers += [
            layer(
                mark("rule", strokeWidth=3, color=INK),
                data="cd",
                x=across,
                x2={"field": "end"},
                y=down,
            ),
            layer(
                mark("text", align="left", baseline="bottom", dy=-5, fontSize=12, color=INK),
                data="cd",
                x=across,
                y=down,
                text=category("text"),
            ),
        ]
    return Chart(spec(data={"name": "ranks"}, layer=layers, height=height), data, alt, height)


def share_reached(frame: pd.DataFrame, end: float) -> pd.DataFrame:
    """Share of seeds that had reached the target by then: frame of strategy, used (NaN = not), one dataset.

    Returns
    -------
    DataFrame
        strategy, x, value.
    """
    import pandas as pd

    found = []
    for strategy, part in frame.groupby("strategy", sort=False):
        used = np.sort(part["used"].to_numpy(float))
        used, n = used[np.isfinite(used)], len(part)
        found.append((strategy, 0.0, 0.0))
        found += [(strategy, float(x), float((used <= x).sum()) / n) for x in np.unique(used)]
        found.append((strategy, end, len(used) / n))
    return pd.DataFrame(found, columns=["strategy", "x", "value"])


def said_of(what: str, names: Sequence[str]) -> str:
    """Alternative text of a chart."""
    return f"{what}, for {listed(names)}."


def _rows_axis(labels: Sequence[str]) -> Spec:
    """A y-axis whose places are named."""
    places = [at for at, label in enumerate(labels) if label]
    return quantity(
        "y",
        None,
        axis={
            "values": places,
            "labelExpr": named(list(labels), "datum.value"),
            "labelLimit": {"expr": "width > 420 ? 240 : 118"},
            "grid": False,
            "ticks": False,
            "domain": False,
            "labelFontSize": 13,
        },
        scale={"domain": [-0.6, len(labels) - 0.4], "reverse": True, "nice": False, "zero": False},
    )


def _axis(form: str, room: int = 80) -> Spec:
    return {"format": form, "tickCount": {"expr": f"max(3, floor(width / {room}))"}}


def _scale(names: Sequence[str], found: Sequence[object]) -> Spec:
    return {"domain": list(range(len(names))), "range": list(found)}


def _painted(looks: Mapping[str, Look]) -> list[Spec]:
    return calculate(
        paint=named([k.colour for k in looks.values()], "datum.run"),
        outline=named([k.shape for k in looks.values()], "datum.run"),
    )


def _opacity() -> Spec:
    return {"condition": {"test": "datum.lit", "value": 1}, "value": FAINT}
