"""Charts of annotators: how good each is thought to be, errors over a day, when a team will be done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import pyarrow as pa

from pages.ui.colours import COLOURS, GREY, Look
from pages.ui.vega import (
    INK,
    Chart,
    Spec,
    among,
    category,
    key,
    layer,
    listed,
    mark,
    named,
    quantity,
    rows,
    spec,
)

ROW = 34  # pixels of one annotator
BLUE, ORANGE, GREEN = COLOURS[0], COLOURS[1], COLOURS[3]
PERCENT = ".0%"
DAY = 300  # pixels: height of the charts of a day
NUMBER = pa.float32()


class Person(NamedTuple):
    """An annotator as thought and as true: shares of right answers, NaN where not known."""

    name: str
    estimate: float
    low: float
    high: float
    true: float


class Line(NamedTuple):
    """A curve with its name."""

    name: str
    points: Sequence[tuple[float, float]]


def policy_looks(keys: Sequence[str]) -> dict[str, Look]:
    """The look of each policy: one answer each is what all are compared with, so it is grey and dashed."""
    known = {
        "one": Look(GREY, (5, 4), "circle"),
        "majority": Look(COLOURS[1], (8, 3), "square"),
        "dawid_skene": Look(COLOURS[0], (1, 0), "triangle-up"),
        "glad": Look(COLOURS[2], (2, 2), "diamond"),
        "relabel": Look(COLOURS[3], (8, 3, 2, 3), "cross"),
        "best": Look(COLOURS[4], (12, 4), "triangle-down"),
    }
    return {k: known[k] for k in keys}


def reliability(people: Sequence[Person], level: float) -> Chart:
    """How often each annotator is thought to be right, with an interval, and a mark at what is true."""
    found = [
        (at, *(v if math.isfinite(v) else None for v in (p.estimate, p.low, p.high, p.true)), p.name)
        for at, p in enumerate(people)
    ]
    table = rows(
        found, row=pa.int8(), estimate=NUMBER, low=NUMBER, high=NUMBER, true=NUMBER, name=pa.string()
    )
    across = quantity(
        "estimate",
        "Right answers",
        scale={"domain": [0, 1], "nice": False},
        axis={"format": PERCENT, "tickCount": {"expr": "max(3, floor(width / 80))"}},
    )
    down = _names([p.name for p in people])
    legend = key(
        ["estimated", "true"],
        of="datum.value",
        symbolSize=90,
        columns={"expr": "width > 300 ? 2 : 1"},
    )
    scale = {"domain": ["estimated", "true"], "range": [BLUE, ORANGE]}
    said = [
        category("name", "Annotator"),
        quantity("estimate", "Estimated", format=".1%"),
        quantity("low", f"From ({level:.0%})", format=".1%"),
        quantity("high", "To", format=".1%"),
        quantity("true", "True", format=".1%"),
    ]
    layers = [
        layer(
            {**mark("rule", strokeWidth=7, opacity=0.3, color=BLUE), "strokeCap": "round"},
            x={**across, "field": "low"},
            x2={"field": "high"},
            y=down,
        ),
        layer(
            mark("point", filled=True, size=95, opacity=1, shape="circle"),
            transform=[{"calculate": "'estimated'", "as": "kind"}],
            x=across,
            y=down,
            fill=category("kind", scale=scale, legend={**legend, "symbolType": "circle"}),
            tooltip=said,
        ),
        layer(
            mark("point", filled=True, size=95, opacity=1, shape="diamond"),
            transform=[{"filter": "isValid(datum.true)"}, {"calculate": "'true'", "as": "kind"}],
            x={**across, "field": "true"},
            y=down,
            fill=category("kind", scale=scale, legend={**legend, "symbolType": "circle"}),
            tooltip=said,
        ),
    ]
    height = max(200, ROW * len(people) + 90)
    alt = (
        "Share of right answers of each annotator: a dot for what the answers alone say, with its interval, "
        "and a diamond for what is true."
    )
    return Chart(spec(data={"name": "people"}, layer=layers, height=height), {"people": table}, alt, height)


def over_a_day(lines: Sequence[Line], breaks: Sequence[float]) -> Chart:
    """The assumed share of wrong answers over a day, with marks for the breaks of the first rhythm.

    Parameters
    ----------
    lines : curves, the rhythm of now first
    breaks : answers after which there is a break now
    """
    names = [line.name for line in lines]
    table = rows(
        [(at, x, y) for at, line in enumerate(lines) for x, y in line.points],
        line=pa.int8(),
        x=NUMBER,
        y=NUMBER,
    )
    x, y = _given("Answers given that day"), _wrong()
    legend = key(names, symbolType="stroke", symbolSize=420, symbolStrokeWidth=2.5)
    place = range(len(names))
    layers = [
        layer(
            mark("line", strokeWidth=2.5),
            x=x,
            y=y,
            color=category("line", **among(place, [BLUE, GREEN][: len(names)], legend)),
            strokeDash=category("line", **among(place, [[1, 0], [6, 4]][: len(names)], legend)),
        ),
        layer(
            mark("tick", orient="vertical", thickness=2, size=12, color=INK, yOffset=-6),
            data="breaks",
            x=x,
            y={"value": {"expr": "height"}},
            tooltip=[quantity("x", "Break after answer", format=",.0f")],
        ),
    ]
    data = {"lines": table, "breaks": rows([(b,) for b in breaks], x=NUMBER)}
    alt = f"Assumed share of wrong answers over a working day, {listed(names)}; ticks mark breaks."
    return Chart(spec(data={"name": "lines"}, layer=layers, height=DAY), data, alt, DAY)


def measured(found: Sequence[tuple[float, float, float, float, float]]) -> Chart:
    """The team's wrong answers by how many each had given before, measured and as assumed.

    Parameters
    ----------
    found : position, share of wrong answers, its interval from and to, what was assumed; NaN where one of
        the last three is not known
    """
    table = rows(
        [(*v[:2], *(x if math.isfinite(x) else None for x in v[2:])) for v in found],
        x=NUMBER,
        y=NUMBER,
        low=NUMBER,
        high=NUMBER,
        assumed=NUMBER,
    )
    x, y = _given("Answers each annotator had given before"), _wrong()
    names = ["assumed", "measured"]
    legend = key(names, of="datum.value", symbolType="square", symbolSize=70)
    scale = {"domain": names, "range": [BLUE, ORANGE]}
    layers = [
        layer(
            mark("line", strokeWidth=2.5, color=BLUE),
            transform=[{"filter": "isValid(datum.assumed)"}],
            x=x,
            y={**y, "field": "assumed"},
        ),
        layer(
            mark("rule", strokeWidth=2, color=ORANGE, opacity=0.6),
            transform=[{"filter": "isValid(datum.low)"}],
            x=x,
            y={**y, "field": "low"},
            y2={"field": "high"},
        ),
        layer(
            mark("point", filled=True, size=70, opacity=1, shape="square"),
            transform=[{"calculate": "'measured'", "as": "kind"}],
            x=x,
            y=y,
            fill=category("kind", scale=scale, legend=legend),
            tooltip=[
                quantity("x", "About answer", format=",.0f"),
                quantity("y", "Wrong, measured", format=".1%"),
                quantity("low", "From (90%)", format=".1%"),
                quantity("high", "To", format=".1%"),
                quantity("assumed", "Assumed", format=".1%"),
            ],
        ),
    ]
    alt = "Share of wrong answers of the whole team by how many answers each had given: measured and assumed."
    return Chart(spec(data={"name": "found"}, layer=layers, height=DAY), {"found": table}, alt, DAY)


def by_session(lines: Sequence[Line], best: tuple[float, float], title: str) -> Chart:
    """What an hour brings by the length of a session; a point marks the best."""
    names = [line.name for line in lines]
    table = rows(
        [(at, x, y) for at, line in enumerate(lines) for x, y in line.points],
        line=pa.int8(),
        x=NUMBER,
        y=NUMBER,
    )
    x = quantity(
        "x",
        "Minutes of work between two breaks",
        scale={"type": "log", "nice": False},
        axis={
            "format": "~s",
            "values": [1, 2, 5, 10, 20, 30, 60, 120, 240, 480],
            "labelOverlap": True,
            "grid": False,
        },
    )
    y = quantity("y", title, scale={"zero": False}, axis={"format": ",~r", "tickCount": 5})
    legend = key(names, symbolType="stroke", symbolSize=420, symbolStrokeWidth=2.5)
    place = range(len(names))
    layers = [
        layer(
            mark("line", strokeWidth=2.5),
            x=x,
            y=y,
            color=category("line", **among(place, [GREEN, GREY][: len(names)], legend)),
            strokeDash=category("line", **among(place, [[1, 0], [5, 4]][: len(names)], legend)),
        ),
        layer(
            mark("point", filled=True, size=130, color=GREEN, opacity=1),
            data="best",
            x=x,
            y=y,
            tooltip=[
                quantity("x", "Minutes of work", format=",.0f"),
                quantity("y", title, format=",.1f"),
            ],
        ),
    ]
    data = {"lines": table, "best": rows([best], x=NUMBER, y=NUMBER)}
    alt = "Right answers for each hour by the length of a session; a dot marks the best length."
    return Chart(spec(data={"name": "lines"}, layer=layers, height=DAY), data, alt, DAY)


def progress(
    points: Sequence[tuple[float, float, float, float]], first: date, goal: str, ends: Sequence[float]
) -> Chart:
    """How much will be done by when, with the range of the simulated projects; rules at the likely ends.

    Parameters
    ----------
    points : days since the first, and the share of the goal: low, middle and high
    first : the date of day 0
    ends : days since the first of the earliest and the latest end
    """
    table = rows(list(points), x=NUMBER, low=NUMBER, middle=NUMBER, high=NUMBER)
    when = f"datetime({first.year}, {first.month - 1}, {first.day} + floor(%s))"
    x = quantity(
        "x",
        "Date",
        scale={"zero": True, "nice": False},
        axis={
            "labelExpr": f"timeFormat({when % 'datum.value'}, '%-d %b %Y')",
            "tickMinStep": 1,
            "tickCount": {"expr": "max(2, floor(width / 110))"},
            "grid": False,
        },
    )
    up = quantity("middle", goal, scale={"domain": [0, 1]}, axis={"format": PERCENT, "tickCount": 5})
    layers = [
        layer(mark("area", opacity=0.18, color=BLUE), x=x, y={**up, "field": "low"}, y2={"field": "high"}),
        layer(mark("line", strokeWidth=2.5, color=BLUE), x=x, y=up),
        layer(mark("rule", strokeWidth=1.5, strokeDash=[4, 4], color=INK), data="ends", x=x),
        layer(
            mark("point", size=140, opacity=0),
            transform=[{"calculate": f"timeFormat({when % 'datum.x'}, '%-d %B %Y')", "as": "day"}],
            x=x,
            y=up,
            tooltip=[
                category("day", "Evening of"),
                quantity("low", "From", format=PERCENT),
                quantity("middle", "Middle", format=PERCENT),
                quantity("high", "To", format=PERCENT),
            ],
        ),
    ]
    data = {"days": table, "ends": rows([(d,) for d in ends], x=NUMBER)}
    alt = "How much of the goal is reached by which date, with the range of the simulated projects."
    return Chart(spec(data={"name": "days"}, layer=layers, height=260), data, alt, 260)


def agreement(real: Sequence[float], simulated: Sequence[float]) -> Chart:
    """How many of the answers for one sentence are wrong: real people beside independent ones."""
    last = len(real) - 1
    found = [
        (at, who, share)
        for who, shares in enumerate((real, simulated))
        for at, share in enumerate(shares)
        if at
    ]
    table = rows(found, wrong=pa.int8(), who=pa.int8(), share=NUMBER)
    labels = [str(at) if at < last else f"{at} or more" for at in range(last + 1)]
    who = ["real people", "simulated, as many errors"]
    legend = key(who, symbolType="square")
    x = {
        "field": "wrong",
        "type": "ordinal",
        "title": "Wrong answers among up to 20 for one sentence",
        "axis": {"labelExpr": named(labels, "datum.value"), "labelAngle": 0, "grid": False},
    }
    layers = [
        layer(
            mark("bar"),
            transform=[
                {"calculate": named(who, "datum.who"), "as": "people"},
                {"calculate": named(labels, "datum.wrong"), "as": "count"},
            ],
            x=x,
            xOffset=category("who"),
            y=quantity("share", "Sentences", axis={"format": PERCENT, "tickCount": 5}),
            fill=category("who", **among([0, 1], [BLUE, GREY], legend)),
            tooltip=[
                category("people", "Answers of"),
                category("count", "Wrong answers"),
                quantity("share", "Sentences", format=".1%"),
            ],
        )
    ]
    alt = "Share of sentences with one, two or more wrong answers: real people beside simulated ones."
    return Chart(spec(data={"name": "bars"}, layer=layers, height=DAY), {"bars": table}, alt, DAY)


def _given(title: str) -> Spec:
    axis = {"format": ",~s", "tickCount": {"expr": "max(3, floor(width / 90))"}}
    return quantity("x", title, scale={"zero": True, "nice": False}, axis=axis)


def _wrong() -> Spec:
    return quantity("y", "Wrong answers", scale={"zero": True}, axis={"format": PERCENT, "tickCount": 5})


def _names(labels: Sequence[str]) -> Spec:
    return {
        "field": "row",
        "type": "ordinal",
        "title": None,
        "axis": {
            "labelExpr": named(list(labels), "datum.value"),
            "labelLimit": {"expr": "width > 420 ? 200 : 110"},
            "domain": False,
            "ticks": False,
            "grid": True,
        },
        "scale": {"domain": list(range(len(labels)))},
    }
