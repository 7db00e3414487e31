"""Every chart of the product: tidy frames and plain answers in, a `Chart` out. Only layout is computed here.

    chart = charts.curve(frame, "accuracy", names=["margin", "random"], budget=100, target=0.9)
    charts.show(chart, key="curve")
    event = charts.show(charts.map_chart(scene, pick=True), key="map", on_select="rerun")
    row = charts.picked(event)

A chart's spec depends on its options only; its data travel beside it as Arrow tables. So a live chart keeps
its drawing in the browser and only what changed is redrawn. `Chart.alt` must not change while a chart is live
(the browser would build the drawing anew): it says what is drawn, not the latest number.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.curves import curve, metric_title
from pages.ui.maps import map_chart
from pages.ui.one_point import probability_bars, rank_bars, votes_strip
from pages.ui.vega import Chart

__all__ = [
    "Chart",
    "curve",
    "map_chart",
    "metric_title",
    "picked",
    "probability_bars",
    "rank_bars",
    "show",
    "votes_strip",
]


def show(chart: Chart, key: str, *, on_select: Any = "ignore") -> Any:
    """Draw a chart at the full width of its container.

    With `on_select` ("rerun" or a callback) a map made with ``pick=True`` returns what `picked` reads.
    """
    return st.vega_lite_chart(
        None,
        {**chart.spec, "datasets": dict(chart.data)},
        key=key,
        alt=chart.alt,
        width="stretch",
        height="content" if chart.height is None else chart.height,
        on_select=on_select,
        selection_mode=None if on_select == "ignore" else ["pick"],
    )


def picked(event: Any) -> int | None:
    """The row that was picked in a map, from what `show` returned; None when none is."""
    points = event["selection"].get("pick") if event and "selection" in event else None
    return int(points[0]["id"]) if points else None
