"""Charts of one point: what the learner, the committee and every strategy say of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pages.ui.colours import VIRIDIS, class_look, looks
from pages.ui.vega import (
    INK,
    Chart,
    Spec,
    among,
    calculate,
    category,
    colour_bar,
    layer,
    listed,
    mark,
    named,
    only,
    quantity,
    rows,
    spec,
)

ROW, FRAME = 26, 52  # pixels of one row of a chart, and of all around the rows
NUMBER = mark("text", color=INK, fontSize=12)


def probability_bars(proba: Sequence[float], classes: Sequence[str], *, true: int | None = None) -> Chart:
    """The learner's probability of each class for one point; `true` marks the true class."""
    names = [f"{name} (true)" if code == true else name for code, name in enumerate(classes)]
    codes = range(len(classes))
    x = quantity(
        "p",
        "Probability",
        scale={"domain": [0, 1]},
        axis={"format": ".0%", "tickCount": 5, "labelFlush": False},
    )
    y = _rows_axis("code", names)
    text = quantity("p", format=".1%")
    inside = {**NUMBER, "align": "right", "dx": -5, "color": "#ffffff", "fontWeight": 600}
    height = ROW * len(classes) + FRAME
    layers = [
        layer(
            mark("bar", height={"band": 0.74}),
            transform=calculate(name=named(names, "datum.code")),
            x=x,
            y=y,
            color=category("code", **among(codes, [class_look(code).colour for code in codes])),
            tooltip=[category("name", "Class"), quantity("p", "Probability", format=".2%")],
        ),
        layer({**NUMBER, "align": "left", "dx": 5}, transform=only("datum.p <= 0.8"), x=x, y=y, text=text),
        layer(inside, transform=only("datum.p > 0.8"), x=x, y=y, text=text),
    ]
    table = pa.table({"code": pa.array(codes, pa.int16()), "p": pa.array(proba, pa.float32())})
    best = sorted(zip(proba, names, strict=True), reverse=True)[:3]
    alt = "The learner's probabilities: " + ", ".join(f"{name} {p:.0%}" for p, name in best) + "."
    return Chart(spec(data={"name": "proba"}, layer=layers, height=height), {"proba": table}, alt, height)


def votes_strip(members: Sequence[Mapping[str, Any]], classes: Sequence[str]) -> Chart:
    """What each committee member says of one point: member by class, its vote marked.

    `members` as `alcore.calls.why` gives them: name, proba, vote.
    """
    called = [f"{i + 1} {m['name']}" for i, m in enumerate(members)]
    cells = [
        (member, code, float(p), int(code == m["vote"]))
        for member, m in enumerate(members)
        for code, p in enumerate(m["proba"])
    ]
    table = rows(cells, member=pa.int16(), code=pa.int16(), p=pa.float32(), vote=pa.int8())
    x = {
        "field": "code",
        "type": "ordinal",
        "title": "Class",
        "axis": {"labelExpr": named(classes, "datum.value"), "orient": "top", "labelAngle": 0},
    }
    y = _rows_axis("member", called, "Committee member")
    bar = colour_bar(".0%", tickCount=3, gradientLength={"expr": "min(160, width)"})
    scale = {"domain": [0, 1], "range": list(VIRIDIS), "interpolate": "rgb"}
    vote = mark(
        "point", shape="circle", filled=True, size=60, fill="#ffffff", stroke="#000000", strokeWidth=1.5
    )
    layers = [
        layer(
            mark("rect", stroke="#ffffff", strokeWidth=1, strokeOpacity=0.5),
            transform=calculate(
                told_member=named(called, "datum.member"), told_class=named(classes, "datum.code")
            ),
            x=x,
            y=y,
            color=quantity("p", "Probability", scale=scale, legend=bar),
            tooltip=[
                category("told_member", "Member"),
                category("told_class", "Class"),
                quantity("p", "Probability", format=".1%"),
            ],
        ),
        layer({**vote, "opacity": 1}, transform=only("datum.vote === 1"), x=x, y=y),
    ]
    height = ROW * len(members) + FRAME + 60
    counts = np.bincount([m["vote"] for m in members], minlength=len(classes))
    said = [f"{counts[c]} for {classes[c]}" for c in np.argsort(-counts, kind="stable") if counts[c]]
    alt = f"Votes of {len(members)} committee members: {listed(said)}. A cell is a member's P of a class."
    return Chart(spec(data={"name": "votes"}, layer=layers, height=height), {"votes": table}, alt, height)


def rank_bars(measures: Sequence[Mapping[str, Any]]) -> Chart:
    """The rank of one point under every acquisition function; `measures` as `alcore.calls.why` gives them."""
    found = sorted(measures, key=lambda m: (m["rank"], m["name"]))
    most = max([m["of"] for m in found], default=2)
    chosen = looks([m["name"] for m in measures])
    names = [f"{m['label']} ◂" if m.get("own") else str(m["label"]) for m in found]
    told = [
        f"{m['rank']:,} of {m['of']:,}" + (f", tied with {m['tied'] - 1:,}" if m["tied"] > 1 else "")
        for m in found
    ]
    places = range(len(found))
    table = pa.table(
        {
            "row": pa.array(places, pa.int16()),
            "rank": pa.array([m["rank"] for m in found], pa.int32()),
            "told": pa.array(told, pa.string()),
        }
    )
    x = quantity(
        "rank",
        "Rank in the pool (log scale)",
        scale={"type": "log", "domain": [1, max(most, 2)], "nice": False},
        axis={"format": ",d", "values": [10**i for i in range(math.ceil(math.log10(max(most, 2))) + 1)]},
    )
    y = _rows_axis("row", names, grid=True)
    colours = [chosen[m["name"]].colour for m in found]
    shapes = [chosen[m["name"]].shape for m in found]
    text = category("told")
    near = f"datum.rank <= {math.sqrt(most):.6g}"
    layers = [
        layer(
            mark("point", filled=True, size=110, opacity=1),
            x=x,
            y=y,
            color=category("row", **among(places, colours)),
            shape=category("row", **among(places, shapes)),
            tooltip=[category("told", "Rank")],
        ),
        layer({**NUMBER, "align": "left", "dx": 11}, transform=only(near), x=x, y=y, text=text),
        layer({**NUMBER, "align": "right", "dx": -11}, transform=only(f"!({near})"), x=x, y=y, text=text),
    ]
    height = ROW * len(found) + FRAME
    said = "; ".join(f"{m['label']} {m['rank']} of {m['of']}" for m in found[:8])
    alt = f"Rank of this point under each acquisition function: {said}."
    return Chart(spec(data={"name": "ranks"}, layer=layers, height=height), {"ranks": table}, alt, height)


def _rows_axis(field: str, names: Sequence[str], title: str | None = None, *, grid: bool = False) -> Spec:
    """A named row for each code, every name shown."""
    axis = {
        "labelExpr": named(names, "datum.value"),
        "labelLimit": 170,
        "labelOverlap": False,
        "grid": grid,
        "ticks": False,
    }
    return {"field": field, "type": "ordinal", "title": title, "axis": axis}
