"""Words to say a Vega-Lite spec in: charts are plain dicts, and these make them short.

Specs are checked against the Vega-Lite schema by the tests. Building one costs some microseconds, and the
server need not import Altair for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

Spec: TypeAlias = dict[str, Any]

INK = "currentColor"  # the theme's text colour, light or dark
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
CONFIG: Spec = {
    "axis": {"labelPadding": 6, "titlePadding": 8},
    "legend": {
        "titleFontWeight": 600,
        "padding": 0,
        "labelPadding": 6,
        "layout": {"top": {"direction": "vertical"}},
    },
}


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A Vega-Lite spec that names its data, the data, what to read aloud, the height in pixels if fixed."""

    spec: Mapping[str, Any]
    data: Mapping[str, pa.Table]
    alt: str
    height: int | None = None


def spec(**parts: Any) -> Spec:
    """A whole chart."""
    return {"$schema": SCHEMA, "config": CONFIG, **parts}


def layer(
    mark: Spec,
    /,
    *,
    data: str = "",
    transform: Sequence[Spec] = (),
    params: Sequence[Spec] = (),
    **encoding: Any,
) -> Spec:
    """One layer: a mark and its encoding, of the chart's data or of another table."""
    parts: Spec = {"mark": mark, "encoding": encoding}
    if data:
        parts["data"] = {"name": data}
    if transform:
        parts["transform"] = list(transform)
    if params:
        parts["params"] = list(params)
    return parts


def mark(kind: str, **properties: Any) -> Spec:
    """A mark: no tooltip unless its encoding has one, and not read aloud, as the chart's alt text is."""
    return {"type": kind, "tooltip": None, "aria": False, **properties}


def quantity(field: str, title: str | None = None, **properties: Any) -> Spec:
    """A channel that shows a number."""
    return {"field": field, "type": "quantitative", "title": title, **properties}


def category(field: str, title: str | None = None, **properties: Any) -> Spec:
    """A channel that shows one of a few things."""
    return {"field": field, "type": "nominal", "title": title, **properties}


def among(domain: Sequence[Any], range: Sequence[Any], legend: Spec | None = None) -> Spec:
    """The scale and legend of a category: each thing has its own look; `legend` None = not in a legend."""
    return {"scale": {"domain": list(domain), "range": list(range)}, "legend": legend}


def key(names: Sequence[str], of: str = "", **properties: Any) -> Spec:
    """A legend above the chart in as many columns as fit.

    `of` is the expression of an entry's name, by default the place's name among `names`.
    """
    half = "max(90, width / 2 - 30)" if len(names) > 3 else "260"
    room = 44 + 7 * max([min(len(name), 34) for name in names], default=4)
    return {
        "orient": "top",
        "labelExpr": of or named(names, "datum.value"),
        "columns": {"expr": f"max({2 if len(names) > 3 else 1}, floor(width / {room}))"},
        "labelLimit": {"expr": f"width > 460 ? 260 : {half}"},
        "offset": 6,
        **properties,
    }


def colour_bar(form: str, **properties: Any) -> Spec:
    """A legend below the chart that shows a scale's colours with its ends and middle."""
    return {
        "orient": "bottom",
        "direction": "horizontal",
        "gradientLength": {"expr": "min(280, max(120, width - 60))"},
        "gradientThickness": 10,
        "titleLimit": 300,
        "format": form,
        "offset": 8,
        **properties,
    }


def named(names: Sequence[str], code: str) -> str:
    """The Vega expression that gives the name of a code: ``["cat","dog"][datum.code]``."""
    return f"{json.dumps(list(names), ensure_ascii=False)}[{code}]"


def calculate(**columns: str) -> list[Spec]:
    """Columns made in the browser, each by an expression."""
    return [{"calculate": expression, "as": name} for name, expression in columns.items()]


def only(test: str) -> list[Spec]:
    """Keep the rows that pass a test."""
    return [{"filter": test}]


def floats(**columns: Sequence[float]) -> pa.Table:
    """A table of numbers at single precision."""
    return pa.table({name: pa.array(values, pa.float32()) for name, values in columns.items()})


def rows(found: Sequence[Sequence[Any]], **kinds: pa.DataType) -> pa.Table:
    """A table from its rows, which may be none."""
    columns = list(zip(*found, strict=True)) or [()] * len(kinds)
    return pa.table({n: pa.array(list(c), k) for (n, k), c in zip(kinds.items(), columns, strict=True)})


def listed(words: Sequence[Any]) -> str:
    """``"a, b and c"``."""
    texts = [str(word) for word in words]
    return ", ".join(texts[:-1]) + " and " + texts[-1] if len(texts) > 1 else "".join(texts)
