"""Charts of the Costs page: one round's candidates by price and score, and who would buy which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pages.ui.colours import COLOURS, GREY, Look
from pages.ui.vega import (
    INK,
    Chart,
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

RULES = {
    "score": ("By score", Look(COLOURS[0], (8, 3), "triangle-up")),
    "per_cost": ("By score per cost", Look(COLOURS[3], (1, 0), "circle")),
    "exact": ("Best purchase of all", Look(COLOURS[1], (2, 2), "square")),
}
SIZES = {"score": 150, "per_cost": 45, "exact": 150}  # so that a mark of one rule shows behind another's
HEIGHT = 380


def purchase(found: Mapping[str, Any] | None, measure: str, *, height: int = HEIGHT) -> Chart:
    """Candidates by what they cost and what they score; a mark for each rule that would buy them.

    Parameters
    ----------
    found : mapping
        From the call `purchase`; None while it is on its way.
    measure : str
        What the score is, as the axis says it.
    """
    names = list(RULES)
    looks = [look for _, look in RULES.values()]
    known = found is None or found["known"]
    across = quantity(
        "cost",
        "Price of the label" if known else "Price, guessed from the labels so far",
        axis={"format": "~g", "grid": False, "tickCount": 6, "labelOverlap": True},
        scale={
            "type": "log",
            "domain": [{"expr": f"data('corners')[{i}].cost"} for i in (0, 1)],
            "nice": False,
            "clamp": True,
        },
    )
    up = quantity(
        "score",
        measure,
        axis={"format": "~g", "tickCount": 5},
        scale={
            "domain": [{"expr": f"data('corners')[{i}].score"} for i in (0, 1)],
            "nice": False,
            "clamp": True,
        },
    )
    legend = key([label for label, _ in RULES.values()], symbolSize=90, symbolStrokeWidth=2)
    paint = category("by", **among(range(len(names)), [look.colour for look in looks], legend))
    outline = category("by", **among(range(len(names)), [look.shape for look in looks], legend))
    said = [
        quantity("row", "Row", format=",.0f"),
        quantity("score", "Score", format=".3~g"),
        quantity("cost", "Price", format=".3~g"),
    ]
    called = calculate(rule=named([label for label, _ in RULES.values()], "datum.by"))
    layers = [
        layer(mark("point", opacity=0), data="corners", x=across, y=up),
        layer(
            mark("point", filled=True, size=22, opacity=0.45, color=GREY),
            data="candidates",
            x=across,
            y=up,
            tooltip=said,
        ),
        layer(
            mark("line", strokeWidth=1.5, strokeDash=[5, 4], opacity=0.75, color=INK, clip=True),
            data="frontier",
            x=across,
            y=up,
            order=quantity("cost"),
        ),
    ]
    for code, name in enumerate(names):
        drawn = {"filled": True} if name == "per_cost" else {"filled": False, "strokeWidth": 2}
        layers.append(
            layer(
                mark("point", size=SIZES[name], opacity=0.95, **drawn),
                transform=[*only(f"datum.by === {code}"), *called],
                x=across,
                y=up,
                color=paint,
                shape=outline,
                tooltip=[category("rule", "Bought"), *said],
            )
        )
    alt = (
        "Candidates of one round by price and score, with those that are bought by score, by score per cost, "
        "and by the best purchase of all; a line of equal score per cost divides what the second one buys."
    )
    return Chart(spec(data={"name": "bought"}, layer=layers, height=height), _tables(found), alt, height)


def _tables(found: Mapping[str, Any] | None) -> dict[str, pa.Table]:
    number, small = pa.float32(), pa.int32()
    if found is None:
        return {
            "bought": rows([], row=small, cost=number, score=number, by=pa.int8()),
            "candidates": rows([], row=small, cost=number, score=number),
            "frontier": floats(cost=[], score=[]),
            "corners": floats(cost=[0.1, 10.0], score=[0.0, 1.0]),
        }
    place = {r: (c, s) for r, c, s in zip(found["row"], found["cost"], found["score"], strict=True)}
    positive = [c for c in found["cost"] if c > 0] or [1.0]
    low, high = min(positive) / 1.25, max(positive) * 1.25
    top = 1.06 * max([*found["score"], 1e-9])
    bought = [
        (row, max(place[row][0], low), place[row][1], code)
        for code, name in enumerate(RULES)
        if name in found["rules"]
        for row in found["rules"][name]["rows"]
        if row in place
    ]
    candidates = [(row, max(cost, low), score) for row, (cost, score) in place.items()]
    rate = found["rate"]
    steps = [low * (high / low) ** (k / 60) for k in range(61)]
    line = [(x, rate * x) for x in steps if rate * x <= top] if rate else []
    return {
        "bought": rows(bought, row=small, cost=number, score=number, by=pa.int8()),
        "candidates": rows(candidates, row=small, cost=number, score=number),
        "frontier": floats(cost=[x for x, _ in line], score=[y for _, y in line]),
        "corners": floats(cost=[low, high], score=[0.0, top]),
    }
