"""Charts of a saving: simulated projects as dots, ladders of targets, break-even, what moves the number.

Frames and plain numbers in, a `Chart` out; only layout is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from pages.ui.colours import COLOURS, Look
from pages.ui.vega import (
    INK,
    Chart,
    Spec,
    among,
    calculate,
    category,
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

LEAST = 0.02  # the narrowest bin of a dot chart, as a share
BINS = 24  # stacks of dots side by side
MOST_DOT = 20  # pixels across a dot
ROW = 38  # pixels of one row of a chart of rows
BETTER, WORSE = COLOURS[0], COLOURS[1]
PERCENT = ".0%"
TEXT = mark("text", color=INK, fontSize=12)
RULE = mark("rule", color=INK)


def project_dots(saved: Sequence[float], low: float, high: float, *, height: int = 260) -> Chart:
    """Every simulated project as a dot at the share of labels it saved, over the forecast for the next one.

    Parameters
    ----------
    saved : shares of what random labelling needs; negative = more were needed
    low, high : the forecast; NaN = there is none, or it is open at that end
    """
    values = [float(v) for v in saved if math.isfinite(v)]
    ends = [v for v in (low, high) if math.isfinite(v)]
    least = math.floor(min([*values, *ends, 0.0]) * 10) / 10
    most = math.ceil(max([*values, *ends, 0.1]) * 10) / 10
    width = max(LEAST, (most - least) / BINS)
    stacks: dict[int, int] = {}
    dots = []
    for value in sorted(values):
        at = math.floor((value - least) / width)
        stacks[at] = stacks.get(at, 0) + 1
        dots.append((least + (at + 0.5) * width, stacks[at], value, int(value < 0)))
    tallest = max([5, *(n + 0.6 for n in stacks.values())])
    size = min(MOST_DOT, (height - 90) / tallest * 0.85) ** 2
    x = quantity(
        "x",
        "Labels saved against random labelling",
        scale={"domain": [least, most], "nice": False},
        axis={"format": PERCENT, "tickCount": {"expr": "max(3, floor(width / 80))"}},
    )
    y = quantity("y", None, scale={"domain": [0, tallest], "nice": False}, axis=None)
    band = [(low if math.isfinite(low) else least, high if math.isfinite(high) else most)] if ends else []
    layers = [
        layer(
            mark("rect", opacity=0.13, color=BETTER),
            data="band",
            x=x,
            x2={"field": "x2"},
            y={"value": 0},
            y2={"value": "height"},
        ),
        layer({**RULE, "strokeWidth": 1.5, "strokeDash": [5, 4]}, data="zero", x=x),
        layer(
            {**TEXT, "align": "left", "dx": 5, "baseline": "top", "dy": 2},
            data="zero",
            x=x,
            y={"value": 0},
            text={"value": "saves"},
        ),
        layer(
            {**TEXT, "align": "right", "dx": -5, "baseline": "top", "dy": 2},
            data="zero",
            transform=only("datum.room"),
            x=x,
            y={"value": 0},
            text={"value": "needs more"},
        ),
        layer(
            mark("point", filled=True, size=size, opacity=0.95),
            transform=calculate(told="format(abs(datum.saved), '.1%') + (datum.worse ? ' more' : ' saved')"),
            x=x,
            y=y,
            fill=category("worse", **among([0, 1], [BETTER, WORSE])),
            shape=category("worse", **among([0, 1], ["circle", "square"])),
            tooltip=[category("told", "A simulated project")],
        ),
    ]
    data = {
        "dots": rows(dots, x=pa.float32(), y=pa.int16(), saved=pa.float32(), worse=pa.int8()),
        "band": rows(band, x=pa.float32(), x2=pa.float32()),
        "zero": rows([(0.0, int(least < -0.15 * (most - least)))], x=pa.float32(), room=pa.int8()),
    }
    alt = (
        "Each dot is a simulated project, placed at the share of the labels that active learning "
        "saved in it. A shaded band marks where the next project is expected."
    )
    return Chart(spec(data={"name": "dots"}, layer=layers, height=height), data, alt, height)


def ladder(
    steps: Sequence[Mapping[str, Any]],
    drawn_as: Mapping[str, Look],
    *,
    metric: str,
    amount: str,
    height: int = 320,
) -> Chart:
    """What each target costs, a line for each way of labelling; a target that was missed has no point.

    Parameters
    ----------
    steps : rows with target, name, amount, low, high (NaN = not reached);
        a high of NaN beside a low is an open end
    drawn_as : the look of each way of labelling, in the order of the legend
    metric, amount : titles of the axes
    """
    look, called = list(drawn_as.values()), list(drawn_as)
    places = {name: at for at, name in enumerate(called)}
    found = [
        (places[s["name"]], float(s["target"]), float(s["amount"]), float(s["low"]), float(s["high"]))
        for s in steps
        if math.isfinite(s["amount"])
    ]
    table = rows(
        found, run=pa.int8(), target=pa.float32(), amount=pa.float32(), low=pa.float32(), high=pa.float32()
    )
    form = ".3~%"
    legend = key(called, symbolType="stroke", symbolSize=420, symbolStrokeWidth=2.5)
    at = range(len(called))
    colours = [one.colour for one in look]
    paint = calculate(
        paint=named(colours, "datum.run"),
        outline=named([one.shape for one in look], "datum.run"),
        called=named(called, "datum.run"),
    )
    painted = category("paint", scale=None, legend=None)
    targets = sorted({f[1] for f in found})
    x = quantity(
        "target",
        metric,
        scale={"zero": False, "padding": 18, "nice": False},
        axis={"format": form, "values": targets, "grid": False, "labelOverlap": True},
    )
    open_ended = [f for f in found if math.isfinite(f[3]) and not math.isfinite(f[4])]
    room: Spec = {"zero": True}
    if open_ended:  # the edge lies beyond every point, so that a bar to it cannot pass for one that ends
        room["domainMax"] = 1.15 * max(v for f in found for v in f[2:] if math.isfinite(v))
    opened = [*only("isValid(datum.low) && !isValid(datum.high)"), *paint]
    y = quantity("amount", amount, scale=room, axis={"format": ",~s", "tickCount": 5})
    layers = [
        layer(
            {**mark("rule", strokeWidth=6, opacity=0.25), "strokeCap": "round"},
            transform=[*only("isValid(datum.low) && isValid(datum.high)"), *paint],
            x=x,
            y={**y, "field": "low"},
            y2={"field": "high"},
            stroke=painted,
        ),
        layer(
            mark("rule", strokeWidth=6, opacity=0.25),
            transform=opened,
            x=x,
            y={**y, "field": "low"},
            y2={"value": 0},
            stroke=painted,
        ),
        layer(
            mark("point", filled=True, size=90, opacity=0.7, shape="triangle-up"),
            transform=opened,
            x=x,
            y={"value": 5},
            fill=painted,
        ),
        layer(
            mark("line", strokeWidth=2.5, strokeJoin="round"),
            x=x,
            y=y,
            color=category("run", **among(at, colours, legend)),
            strokeDash=category("run", **among(at, [list(one.dash) for one in look], legend)),
        ),
        layer(
            mark("point", filled=True, size=70, opacity=1),
            transform=[
                *paint,
                *calculate(
                    till="isValid(datum.high) ? format(datum.high, ',.4~g') : "
                    "isValid(datum.low) ? 'open' : ''"
                ),
            ],
            x=x,
            y=y,
            fill=painted,
            shape={**painted, "field": "outline"},
            tooltip=[
                category("called", "Labelling"),
                quantity("target", "Target", format=form),
                quantity("amount", "Middle project", format=",.4~g"),
                quantity("low", "From", format=",.4~g"),
                category("till", "To"),
            ],
        ),
    ]
    alt = (
        f"{amount} for each target, a line for {listed(called)}. A target that was not reached has no point."
        + (" A bar up to the edge has no upper end." if open_ended else "")
    )
    return Chart(spec(data={"name": "ladder"}, layer=layers, height=height), {"ladder": table}, alt, height)


def tornado(bars: Sequence[Mapping[str, Any]], base: float, *, x: str, form: str = ",~s") -> Chart:
    """How far each assumption moves a number: a bar to each side, the widest first.

    Parameters
    ----------
    bars : rows with name, low, high (the number at either end of the assumption), less, more (in words);
        NaN where there is no number
    base : the number as it is
    x : title of the axis
    form : of its numbers
    """
    found = [
        (at, float(value), word, int(side), bar["name"])
        for at, bar in enumerate(bars)
        for side, (value, word) in enumerate(((bar["low"], bar["less"]), (bar["high"], bar["more"])))
    ]
    table = rows(
        [(at, v if math.isfinite(v) else None, w, s, n) for at, v, w, s, n in found],
        row=pa.int8(),
        value=pa.float32(),
        word=pa.string(),
        side=pa.int8(),
        name=pa.string(),
    )
    ends = [v for _, v, *_ in found if math.isfinite(v)] + [base]
    span = (max(ends) - min(ends)) or abs(base) or 1.0
    across = quantity(
        "value",
        x,
        scale={"domain": [min(ends) - 0.3 * span, max(ends) + 0.3 * span], "nice": False},
        axis={"format": form, "tickCount": {"expr": "max(3, floor(width / 90))"}},
    )
    down = _rows_axis("row", [str(bar["name"]) for bar in bars])
    side = category("side", **among([0, 1], [WORSE, BETTER]))
    told = [category("name", "If"), category("word", "is"), quantity("value", x, format=form)]
    layers = [
        layer(
            mark("bar", height={"band": 0.5}),
            transform=only("isValid(datum.value)"),
            x=across,
            x2={"datum": base},
            y=down,
            fill=side,
            tooltip=told,
        ),
        layer({**RULE, "strokeWidth": 1.5}, x={"datum": base, "type": "quantitative"}),
        *(
            layer(
                {**TEXT, "align": align, "dx": dx},
                transform=only(f"isValid(datum.value) && {test}"),
                x=across,
                y=down,
                text=category("word"),
            )
            for align, dx, test in (
                ("left", 6, f"datum.value >= {base!r}"),
                ("right", -6, f"datum.value < {base!r}"),
            )
        ),
    ]
    height = ROW * len(bars) + 56
    alt = f"How far each assumption moves it: {x}. A bar for {listed([b['name'] for b in bars])}."
    return Chart(spec(data={"name": "bars"}, layer=layers, height=height), {"bars": table}, alt, height)


def ranges(
    found: Sequence[Mapping[str, Any]], *, x: str, form: str = PERCENT, mine: str = "", what: str = "Dataset"
) -> Chart:
    """A dot with its interval for each of some things, a line at zero; `mine` is set off by its colour.

    Parameters
    ----------
    found : rows with name, value, low, high, note (said where there is no value)
    x : title of the axis
    """
    names = [str(f["name"]) for f in found]
    table = rows(
        [
            (
                at,
                *(float(f[c]) if math.isfinite(f[c]) else None for c in ("value", "low", "high")),
                str(f["name"]),
                str(f.get("note", "")),
                int(f["name"] == mine),
            )
            for at, f in enumerate(found)
        ],
        row=pa.int16(),
        value=pa.float32(),
        low=pa.float32(),
        high=pa.float32(),
        name=pa.string(),
        note=pa.string(),
        mine=pa.int8(),
    )  # fmt: skip
    across = quantity(
        "value",
        x,
        axis={"format": form, "tickCount": {"expr": "max(3, floor(width / 80))"}},
        scale={"zero": True},
    )
    down = _rows_axis("row", names)
    hue = category("mine", **among([0, 1], ["#767676", BETTER]))
    known = only("isValid(datum.value)")
    layers = [
        layer({**RULE, "strokeDash": [5, 4]}, x={"datum": 0, "type": "quantitative"}),
        layer(
            {**mark("rule", strokeWidth=6, opacity=0.4), "strokeCap": "round"},
            transform=only("isValid(datum.low) && isValid(datum.high)"),
            x={**across, "field": "low"},
            x2={"field": "high"},
            y=down,
            stroke=hue,
        ),
        layer(
            mark("point", filled=True, size=110, opacity=1),
            transform=known,
            x=across,
            y=down,
            fill=hue,
            shape=category("mine", **among([0, 1], ["circle", "diamond"])),
            tooltip=[
                category("name", what),
                quantity("value", "Middle", format=form),
                quantity("low", "From", format=form),
                quantity("high", "To", format=form),
                category("note", "Note"),
            ],
        ),
        layer(
            {**TEXT, "align": "left", "dx": 6},
            transform=only("!isValid(datum.value)"),
            x={"datum": 0, "type": "quantitative"},
            y=down,
            text=category("note"),
        ),
    ]
    height = 30 * len(names) + 56
    alt = f"{x} for each of {listed(names)}: a dot with its interval, and a line at zero."
    return Chart(spec(data={"name": "ranges"}, layer=layers, height=height), {"ranges": table}, alt, height)


def _rows_axis(field: str, names: Sequence[str], title: str | None = None) -> Spec:
    """A row for each name, in their order; long names are cut where the screen is narrow."""
    return {
        "field": field,
        "type": "ordinal",
        "title": title,
        "axis": {
            "labelExpr": named(list(names), "datum.value"),
            "labelLimit": {"expr": "width > 460 ? 240 : 120"},
            "domain": False,
            "ticks": False,
            "grid": False,
        },
        "scale": {"domain": list(range(len(names)))},
    }
