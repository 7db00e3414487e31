"""The charts of the Teams page: who did what and when, how stale models were, how many annotators pay."""

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
    calculate,
    category,
    layer,
    mark,
    named,
    quantity,
    rows,
    spec,
)

ROW = 18  # pixels of an annotator
BARS = ("new row", "repeats somebody else's row", "waits for a model")
PAINTS = (COLOURS[3], COLOURS[4], GREY)
PAINT = category("paint", scale=None, legend=None)


class Unit(NamedTuple):
    """What time is told in."""

    seconds: float
    name: str


def unit_of(seconds: float) -> Unit:
    """The unit in which so long a time is told.

    >>> unit_of(90).name, unit_of(4000).name, unit_of(10_000).name
    ('seconds', 'minutes', 'hours')
    """
    if seconds <= 180:
        return Unit(1, "seconds")
    return Unit(60, "minutes") if seconds <= 7200 else Unit(3600, "hours")


def gantt(arms: Mapping[str, Mapping[str, Any]], end: float, *, people: int, alt: str) -> Chart:
    """Annotators below each other, in a group for each way of working, over time.

    Parameters
    ----------
    arms : mapping
        The plain values of one project of each.
    end : float
        Seconds that are drawn; what goes on longer is cut off, and says until when.
    people : int
        Annotators drawn of each group.
    """
    unit = unit_of(end)
    bars: list[tuple[float, ...]] = []
    labels: list[str] = []
    heads, words = [], []
    for name, project in arms.items():
        heads.append((len(labels), name))
        labels.append("")
        agents, begun, done, repeated, stale = project["work"]
        shown = [a for a in range(people) if a in set(agents)]
        place = {agent: len(labels) + at for at, agent in enumerate(shown)}
        labels += [f"Annotator {agent + 1}" for agent in shown]
        for agent, since, to, again, old in zip(agents, begun, done, repeated, stale, strict=True):
            if agent in place and since < end:
                at = place[agent]
                half = 0.28 if again else 0.4  # not by colour alone
                bars.append((at, at - half, at + half, since, to, again, agent + 1, old))
        for agent, since, to in project["waits"]:
            if agent in place and since < end:
                at = place[agent]
                bars.append((at, at - 0.12, at + 0.12, since, to, 2, agent + 1, None))
        if project["seconds"] > end and shown:
            words.append((place[shown[-1]], f"until {clock(project['seconds'])} →"))
        if project["busy"] > len(shown):
            words.append((len(labels) - 0.1, f"and {project['busy'] - len(shown):,} more annotators"))
            labels.append("")
    height = ROW * len(labels) + 70
    down = quantity(
        "y",
        None,
        axis={
            "values": [at for at, label in enumerate(labels) if label],
            "labelExpr": named(labels, "datum.value"),
            "labelFontSize": 11,
            "labelOverlap": False,
            "grid": False,
            "ticks": False,
            "domain": False,
        },
        scale={"domain": [-0.7, len(labels) - 0.3], "reverse": True, "nice": False, "zero": False},
    )
    across = quantity(
        "start",
        f"{unit.name.capitalize()} since the first model",
        axis={"format": ",.3~g", "tickCount": {"expr": "max(3, floor(width / 80))"}},
        scale={"domain": [0, end / unit.seconds], "nice": False},
    )
    legend = {
        "orient": "top",
        "labelExpr": named(BARS, "datum.value"),
        "columns": {"expr": "width > 460 ? 3 : 1"},
        "symbolType": "square",
        "symbolStrokeWidth": 0,
        "labelLimit": 260,
    }
    kinds = sorted({int(bar[5]) for bar in bars}) or [0]
    fill = category("kind", None, scale={"domain": kinds, "range": [PAINTS[k] for k in kinds]}, legend=legend)
    said = [
        category("who", "Annotator"),
        category("did", "Answer"),
        quantity("start", f"From ({unit.name})", format=",.1f"),
        quantity("end", "To", format=",.1f"),
        quantity("stale", "Labels its model did not know"),
    ]
    wide = f"(datum.end - datum.start) * width > {4 * end / unit.seconds:.6g}"  # pixels
    text = mark("text", align="left", baseline="middle", fontSize=13, fontWeight=600, color=INK)
    layers = [
        layer(
            mark("rect", clip=True, stroke="white"),
            transform=calculate(did=named(BARS, "datum.kind")),
            x=across,
            x2={"field": "end"},
            y={**down, "field": "top"},
            y2={"field": "foot"},
            fill=fill,
            strokeWidth={"condition": {"test": wide, "value": 0.5}, "value": 0},
            tooltip=said,
        ),
        layer(text, data="heads", x={"value": 0}, y=down, text=category("text")),
        layer(
            mark("text", align="right", baseline="bottom", dy=-7, dx=-2, fontSize=12, color=INK),
            data="words",
            x={"value": "width"},
            y=down,
            text=category("text"),
        ),
    ]
    number = pa.float32()
    scaled = [(*b[:3], b[3] / unit.seconds, b[4] / unit.seconds, *b[5:]) for b in bars]
    columns = {"y": number, "top": number, "foot": number, "start": number, "end": number}
    data = {
        "bars": rows(scaled, **columns, kind=pa.int8(), who=pa.int32(), stale=pa.int32()),
        "heads": rows(heads, y=number, text=pa.string()),
        "words": rows(words, y=number, text=pa.string()),
    }
    return Chart(spec(data={"name": "bars"}, layer=layers, height=height), data, alt, height)


def ladder(
    found: Sequence[tuple[int, float, float, float]],
    title: str,
    look: Look,
    levels: Mapping[str, tuple[float, float, float, Look]],
    *,
    form: str,
    now: int,
    log: bool = False,
    height: int = 260,
    alt: str,
) -> Chart:
    """A number with its interval for every size of a team.

    Parameters
    ----------
    found : sequence of (annotators, value, low, high)
    levels : mapping
        Other ways of working as horizontal lines: value, low, high, look.
    now : int
        The team's own size, which is marked.
    log : bool
        The number is drawn on a logarithmic scale.
    """
    across = quantity(
        "x",
        "Annotators at once",
        axis={"values": [n for n, *_ in found], "format": ",d", "labelOverlap": "greedy", "grid": False},
        scale={"type": "log", "nice": False, "padding": 14},
    )
    up = quantity(
        "value",
        title,
        axis={"format": form, "tickCount": 5},
        scale={"type": "log", "nice": True} if log else {"zero": False, "nice": True},
    )
    finite = [(n, v, *(e if math.isfinite(e) else v for e in (lo, hi))) for n, v, lo, hi in found]
    lines = [(name, v, lo, hi, k.colour, list(k.dash)) for name, (v, lo, hi, k) in levels.items()]
    ends = [(n, v, lo, hi, int(n == now)) for n, v, lo, hi in finite if math.isfinite(v)]
    layers: list[Spec] = []
    top = max((line[1] for line in lines), default=0.0)
    for at, (_, _, _, _, colour, dash) in enumerate(lines):
        only = [{"filter": f"datum.at === {at}"}]
        band = mark("rect", fill=colour, opacity=0.13)
        rule = mark("rule", stroke=colour, strokeWidth=2, strokeDash=dash)
        above = lines[at][1] == top  # else names of lines close to each other are one on the other
        side = {"baseline": "bottom", "dy": -3} if above else {"baseline": "top", "dy": 4}
        name = mark("text", align="right", dx=-2, fontSize=12, color=INK, **side)
        layers += [
            layer(
                band,
                data="levels",
                transform=only,
                y={**up, "field": "low"},
                y2={"field": "high"},
                x={"value": 0},
                x2={"value": "width"},
            ),
            layer(rule, data="levels", transform=only, y=up),
            layer(name, data="levels", transform=only, y=up, x={"value": "width"}, text=category("name")),
        ]
    said = [
        quantity("x", "Annotators", format=",d"),
        quantity("value", title, format=form),
        quantity("low", "from", format=form),
        quantity("high", "to", format=form),
    ]
    layers += [
        layer(
            mark("area", fill=look.colour, opacity=0.16),
            x=across,
            y={**up, "field": "low"},
            y2={"field": "high"},
        ),
        layer(mark("line", stroke=look.colour, strokeWidth=2.5), x=across, y=up),
        layer(
            mark("point", filled=True, opacity=1, fill=look.colour, shape=look.shape),
            x=across,
            y=up,
            size={"condition": {"test": "datum.now", "value": 190}, "value": 60},
            tooltip=said,
        ),
    ]
    number = pa.float32()
    kinds = {"x": number, "value": number, "low": number, "high": number}
    data = {
        "sizes": rows(ends, **kinds, now=pa.int8()),
        "levels": pa.table(
            {
                "at": pa.array(range(len(lines)), pa.int8()),
                "name": pa.array([line[0] for line in lines], pa.string()),
                **{
                    key: pa.array([line[1 + i] for line in lines], number, from_pandas=True)
                    for i, key in enumerate(("value", "low", "high"))
                },
            }
        ),
    }
    return Chart(spec(data={"name": "sizes"}, layer=layers, height=height), data, alt, height)


def clock(seconds: float) -> str:
    """A time as it is said.

    >>> clock(45), clock(750), clock(4500), clock(20 * 3600), clock(9 * 86400)
    ('45 s', '12.5 min', '75 min', '20 h', '9 days')
    """
    if not math.isfinite(seconds):
        return "not known"
    for limit, size, name in (
        (120, 1, "s"),
        (7200, 60, "min"),
        (172_800, 3600, "h"),
        (math.inf, 86_400, "days"),
    ):
        if seconds < limit:
            value = seconds / size
            text = f"{value:,.0f}" if value >= 20 or size == 1 else f"{value:.1f}".removesuffix(".0")
            return f"{text} {name}"
    raise AssertionError
