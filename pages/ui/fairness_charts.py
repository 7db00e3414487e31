"""The charts of the Fairness page: how groups are drawn, and who the labels were spent on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pages.ui.colours import CLASS_COLOURS, DASHES, SHAPES, Look
from pages.ui.vega import (
    INK,
    Chart,
    among,
    category,
    floats,
    layer,
    mark,
    named,
    only,
    quantity,
    rows,
    spec,
)

if TYPE_CHECKING:
    pass

# Of the classes' colours, first those that no strategy of this page has.
GROUP_COLOURS = tuple(CLASS_COLOURS[k] for k in (0, 7, 6, 9, 8, 5, 2, 4, 3, 1))
SPENT_ROW = 34  # pixels of a strategy's bar
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
