"""The map: what the learner thinks of the plane, and the points it learnt from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from pages.ui import pixels
from pages.ui.colours import VIRIDIS, class_look
from pages.ui.vega import (
    INK,
    Chart,
    Spec,
    among,
    calculate,
    category,
    colour_bar,
    floats,
    key,
    layer,
    listed,
    mark,
    named,
    quantity,
    rows,
    spec,
)

POOL, SILENT = "not labelled", "could not say"  # the two kinds of points beside the classes
NEUTRAL = "#8a8a8a"
OWN, BEST = "learner's boundary", "best possible boundary"
DASHES = {OWN: (1, 0), BEST: (5, 4)}
ASKED, WRONG, CHOSEN = "just asked", "wrong label", "this point"
SHAPES = {
    ASKED: "circle",
    WRONG: "M-.7,-.7L.7,.7M-.7,.7L.7,-.7",
    CHOSEN: "M0,-1.3L0,-.65M0,1.3L0,.65M-1.3,0L-.65,0M1.3,0L.65,0",
}
FEW = 700  # up to so many points the drawing is SVG, which screen readers can enter; above, a faster canvas
NAMED = 20  # more classes than this are not listed


def map_chart(
    scene: Mapping[str, Any],
    *,
    labelled: Mapping[int, float] | None = None,
    asked: Sequence[int] = (),
    chosen: int | None = None,
    field: Mapping[str, Any] | None = None,
    background: Literal["classes", "scores", "none"] = "classes",
    measure: str = "",
    unit: str = "",
    truth: bool = False,
    bayes: bool = True,
    extra: Mapping[int, tuple[float, float]] | None = None,
    pick: bool = False,
    legend: bool = True,
    axes: bool = True,
) -> Chart:
    """Regions or a heatmap below, pool and labelled points above, equal units on both axes.

    Parameters
    ----------
    scene, field : mappings
        Answers of `alcore.calls.scene` and `field`.
    labelled : mapping
        Row -> code of the answer given (NaN: could not say), for all rows asked so far.
    asked : sequence of int
        Rows of the batch just asked; they are ringed.
    chosen : int, optional
        The row the page explains; it is marked.
    background : str
        The learner's classes, the acquisition function in `field`, or nothing.
    measure, unit : str
        Title of the colour bar: the acquisition function and its unit.
    truth : bool
        Colour the pool by its true labels; else it is grey, as the learner sees it.
    bayes : bool
        Draw the best possible boundary where `field` knows it.
    extra : mapping
        Places of asked rows that are not in the scene, which may be a sample: row -> (x, y).
    pick : bool
        Let points be picked, see `pages.ui.charts.show`.
    legend, axes : bool
        Off for small maps whose page explains them once.
    """
    labelled = labelled or {}
    points, kinds = _points(scene, labelled, truth, extra or {})
    rings = _rings(scene, points, labelled, asked, chosen)
    lines = _lines(scene, field, bayes)
    heat = background == "scores" and field is not None and "scores" in field
    # In the legend from the start: what nearly every round draws. So it does not grow under the reader.
    marks = {ASKED, *rings["kind"].to_pylist()}
    drawn = map_spec(
        tuple(scene["classes"]),
        tuple(scene["box"]),
        (str(scene["titles"][0]), str(scene["titles"][1])),
        kinds=kinds,
        marks=tuple(m for m in SHAPES if m in marks),
        lines=tuple(k for k in DASHES if k in lines["kind"].to_pylist()),
        heat=(f"{measure} ({unit})" if unit else measure) if heat else None,
        few=len(points) <= FEW,
        pick=pick,
        legend=legend,
        axes=axes,
    )
    data = {
        "image": _image(scene, field, background),
        "points": points,
        "lines": lines,
        "rings": rings,
        "range": floats(score=_range(field) if heat and field is not None else []),
    }
    return Chart(drawn, data, _alt(scene, background, measure, lines))


@lru_cache(maxsize=64)
def map_spec(
    classes: tuple[str, ...],
    box: tuple[float, ...],
    titles: tuple[str, str],
    *,
    kinds: tuple[int, ...],
    marks: tuple[str, ...],
    lines: tuple[str, ...],
    heat: str | None,
    few: bool,
    pick: bool,
    legend: bool,
    axes: bool,
) -> Spec:
    """The spec of `map_chart` for its five tables, see its end. It is shared: do not change it."""
    left, right, bottom, top = box
    axis: Spec | None = {"grid": False, "tickCount": 5} if axes else None
    x = quantity("x", titles[0] if axes else None, axis=axis, scale={"domain": [left, right], "nice": False})
    y = quantity("y", titles[1] if axes else None, axis=axis, scale={"domain": [bottom, top], "nice": False})
    picture = mark("image", aspect=False, smooth=True, clip=True)
    url = {"field": "url", "type": "nominal"}
    layers = [layer(picture, data="image", x=x, y=y, x2={"field": "x2"}, y2={"field": "y2"}, url=url)]
    if heat is not None:
        layers.append(_bar_layer(heat))
    # Over a heatmap no one colour shows everywhere, and a canvas does not know the theme's text colour.
    cased = heat is not None or not few
    layers += _line_layers(lines, x, y, cased=cased, legend=legend)
    layers.append(
        _dot_layer(
            classes, kinds, x, y, over_heat=heat is not None, few=few, pick=pick, legend=legend, axes=axes
        )
    )
    layers += _ring_layers(marks, x, y, cased=cased, legend=legend)
    return spec(
        layer=layers,
        # Equal units at any width: Vega computes the height anew when the width changes.
        params=[{"name": "height", "expr": f"width * {(top - bottom) / (right - left):.6g}"}],
        autosize={"type": "fit-x", "contains": "padding"},
        padding=dict.fromkeys(("left", "right", "top", "bottom"), 5 if axes else 1),
        resolve={"scale": dict.fromkeys(("fill", "shape", "strokeDash"), "independent")},
        usermeta={"embedOptions": {"renderer": "svg" if few else "canvas"}},
    )


# --- layers -----------------------------------------------------------------------------------------------


def _dot_layer(
    classes: Sequence[str],
    kinds: Sequence[int],
    x: Spec,
    y: Spec,
    *,
    over_heat: bool,
    few: bool,
    pick: bool,
    legend: bool,
    axes: bool,
) -> Spec:
    """The points: labelled ones large and outlined, the pool faint."""
    names = [*classes, POOL, SILENT]
    found = [class_look(code) for code in range(len(classes))]
    colours = [*(look.colour for look in found), NEUTRAL, NEUTRAL]
    shapes = [*(look.shape for look in found), "circle", "square"]
    listed_kinds = [names[k] for k in kinds]
    entry = key(
        listed_kinds, named(names, "datum.value"), symbolOpacity=1, symbolSize=80, symbolStrokeWidth=0
    )
    entries = entry if legend and len(classes) <= NAMED else None
    answered = "datum.state === 1"

    def either(labelled: float, pool: float) -> Spec:
        return {"condition": {"test": answered, "value": labelled}, "value": pool}

    select = {"type": "point", "fields": ["id"], "toggle": False, "nearest": True}
    return layer(
        mark("point", filled=True, clip=True, stroke="#ffffff"),
        data="points",
        transform=calculate(told=named(names, "datum.kind")),
        params=[{"name": "pick", "select": select}] if pick else [],
        x=x,
        y=y,
        fill=category("kind", **among(kinds, [colours[k] for k in kinds], entries)),
        shape=category("kind", **among(kinds, [shapes[k] for k in kinds], entries)),
        size=either(95 if axes else 80, 26 if few else 16),
        fillOpacity=either(1, 0.8 if over_heat else 0.55),
        strokeWidth=either(1.5, 0.5 if over_heat else 0),
        tooltip=[quantity("id", "Row", format="d"), category("told", "Label")],
    )


def _bar_layer(title: str) -> Spec:
    """An unseen layer whose legend is the heatmap's colour bar: a picture has none of its own."""
    low, high = "domain('color')[0]", "domain('color')[1]"
    bar = colour_bar(".3~g", values={"expr": f"[{low}, ({low} + {high}) / 2, {high}]"})
    scale = {"range": list(VIRIDIS), "zero": False, "nice": False, "interpolate": "rgb"}
    return layer(
        mark("point", opacity=0), data="range", color=quantity("score", title, scale=scale, legend=bar)
    )


def _line_layers(lines: Sequence[str], x: Spec, y: Spec, *, cased: bool, legend: bool) -> list[Spec]:
    """Boundaries; `cased` ones are white with a dark edge, which shows on every colour."""
    ink = NEUTRAL if cased else INK
    entries = (
        key(lines, "datum.label", symbolType="stroke", symbolSize=420, symbolStrokeColor=ink)
        if legend and lines
        else None
    )
    chain = {"detail": category("piece"), "order": quantity("order"), "x": x, "y": y}
    dashes = [list(DASHES[kind]) for kind in lines]
    line = mark("line", clip=True, strokeJoin="round", color=INK, strokeWidth=1.75, opacity=0.8)
    top = category("kind", **among(lines, dashes, entries))
    if not cased:
        return [layer(line, data="lines", strokeDash=top, **chain)]
    edge = {**line, "color": "#000000", "strokeWidth": 4, "opacity": 0.55}
    core = {**line, "color": "#ffffff", "strokeWidth": 2, "opacity": 1}
    return [
        layer(edge, data="lines", strokeDash=category("kind", **among(lines, dashes)), **chain),
        layer(core, data="lines", strokeDash=top, **chain),
    ]


def _ring_layers(marks: Sequence[str], x: Spec, y: Spec, *, cased: bool, legend: bool) -> list[Spec]:
    """Rings around points just asked, crosses through wrong labels, a sight around the explained point."""
    ink = NEUTRAL if cased else INK
    entries = (
        key(marks, "datum.label", symbolSize=110, symbolFillColor="transparent", symbolStrokeColor=ink)
        if legend
        else None
    )
    shapes = [SHAPES[kind] for kind in marks]
    size = {"condition": {"test": f"datum.kind === '{WRONG}'", "value": 45}, "value": 240}
    ring = mark("point", filled=False, clip=True, opacity=1, stroke=INK, strokeWidth=1.75)
    top = category("kind", **among(marks, shapes, entries))
    if not cased:
        return [layer(ring, data="rings", x=x, y=y, size=size, shape=top)]
    edge = {**ring, "stroke": "#000000", "strokeWidth": 4, "opacity": 0.6}
    outlined = calculate(outline=f"{json.dumps(SHAPES)}[datum.kind]")
    outline = category("outline", scale=None, legend=None)
    return [
        layer(edge, data="rings", transform=outlined, x=x, y=y, size=size, shape=outline),
        layer({**ring, "stroke": "#ffffff"}, data="rings", x=x, y=y, size=size, shape=top),
    ]


# --- tables -----------------------------------------------------------------------------------------------


def _points(
    scene: Mapping[str, Any],
    labelled: Mapping[int, float],
    truth: bool,
    extra: Mapping[int, tuple[float, float]],
) -> tuple[pa.Table, tuple[int, ...]]:
    """Rows to draw, labelled ones last and so on top; and the kinds that are: class codes, pool, silent."""
    pool = len(scene["classes"])
    silent = pool + 1
    true = dict(zip(scene["ids"], scene["label"], strict=True))
    missing = [row for row in labelled if row not in true and row in extra]

    def kind(row: int) -> int:
        if row in labelled:
            return silent if math.isnan(labelled[row]) else int(labelled[row])
        return true[row] if truth and true[row] >= 0 else pool

    ids = [*scene["ids"], *missing]
    kinds = np.array([kind(row) for row in ids], np.int16)
    state = np.array([row in labelled for row in ids], np.int8)
    x = np.array([*scene["x"], *(extra[row][0] for row in missing)], np.float32)
    y = np.array([*scene["y"], *(extra[row][1] for row in missing)], np.float32)
    order = np.argsort(state, kind="stable")
    columns = {"id": np.array(ids, np.int32), "x": x, "y": y, "kind": kinds, "state": state}
    beside = {k for k in kinds.tolist() if k >= pool} | (set() if truth else {pool})
    return pa.table({name: pa.array(column[order]) for name, column in columns.items()}), (
        *range(pool),
        *sorted(beside),
    )


def _rings(
    scene: Mapping[str, Any],
    points: pa.Table,
    labelled: Mapping[int, float],
    asked: Sequence[int],
    chosen: int | None,
) -> pa.Table:
    """Marks on and around points: x, y, kind."""
    x, y = points["x"].to_pylist(), points["y"].to_pylist()
    at = {row: (x[i], y[i]) for i, row in enumerate(points["id"].to_pylist())}
    true = dict(zip(scene["ids"], scene["label"], strict=True))
    known = {row: code for row, code in labelled.items() if not math.isnan(code) and true.get(row, -1) >= 0}
    found = [(row, ASKED) for row in asked]
    found += [(row, WRONG) for row, code in known.items() if int(code) != true[row]]
    found += [(chosen, CHOSEN)] if chosen is not None else []
    return rows(
        [(*at[row], kind) for row, kind in found if row in at],
        x=pa.float32(),
        y=pa.float32(),
        kind=pa.string(),
    )


def _lines(scene: Mapping[str, Any], field: Mapping[str, Any] | None, bayes: bool) -> pa.Table:
    """The boundaries as chains of points: x, y, order, piece, kind."""
    chains: list[tuple[str, pixels.Line]] = []
    if field is not None:
        codes, sure = _grid(field, "classes"), _grid(field, "confidence")
        chains += [(OWN, chain) for chain in pixels.contours(codes, scene["box"], sure)]
        if bayes and "bayes" in field:
            best = pixels.contours(_grid(field, "bayes"), scene["box"])
            chains += [(BEST, pixels.smooth(chain)) for chain in best]
    return rows(
        [(x, y, i, n, kind) for n, (kind, chain) in enumerate(chains) for i, (x, y) in enumerate(chain)],
        x=pa.float32(),
        y=pa.float32(),
        order=pa.int16(),
        piece=pa.int16(),
        kind=pa.string(),
    )


def _image(scene: Mapping[str, Any], field: Mapping[str, Any] | None, background: str) -> pa.Table:
    """The background as one picture and its corners; no row when there is none."""
    left, right, bottom, top = scene["box"]
    picture = None
    if field is not None and background == "scores" and "scores" in field:
        picture = pixels.heat(_grid(field, "scores"), *_range(field))
    elif field is not None and background == "classes":
        picture = pixels.tints(_grid(field, "classes"), _grid(field, "confidence"), len(scene["classes"]))
    found = [] if picture is None else [(left, right, top, bottom, pixels.uri(picture))]
    place = pa.float32()
    return rows(found, x=place, x2=place, y=place, y2=place, url=pa.string())


def _grid(field: Mapping[str, Any], name: str) -> np.ndarray:
    values = np.asarray(field[name], np.int64 if name in ("classes", "bayes") else np.float64)
    return values.reshape(int(field["size"]), int(field["size"]))


def _range(field: Mapping[str, Any]) -> tuple[float, float]:
    low, high = float(field["low"]), float(field["high"])
    return low, high if high > low else low + 1e-6


def _alt(scene: Mapping[str, Any], background: str, measure: str, lines: pa.Table) -> str:
    what = {
        "classes": "The background shows the class the learner predicts, stronger where it is surer. ",
        "scores": f"The background shows {measure or 'the acquisition function'}: brighter is asked sooner. ",
        "none": "",
    }[background]
    best = "A dashed line is the best possible boundary. " if BEST in lines["kind"].to_pylist() else ""
    titles = listed([title for title in scene["titles"] if title])
    classes = listed(list(scene["classes"])[:10])
    return (
        f"Map of {len(scene['ids'])} points by {titles}. {what}{best}"
        f"Labelled points are coloured and shaped by class ({classes}); the points just asked are ringed."
    )
