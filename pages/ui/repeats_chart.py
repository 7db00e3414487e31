"""The chart of redundancy over the rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from pages.ui.colours import GREY, looks
from pages.ui.vega import Chart, among, category, floats, key, layer, listed, mark, named, quantity, spec

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 220


def repeats_chart(frame: pd.DataFrame, names: Sequence[str], labels: Mapping[str, str], at: int) -> Chart:
    """Redundancy of each round's batch, a line for each run, over the band of random batches.

    Parameters
    ----------
    frame : DataFrame
        run, round, redundancy, random, low, high.
    names : runs, in the order of the legend
    labels : what to call them
    at : the round that is marked
    """
    shown = [labels.get(name, name) for name in names]
    chosen, places = list(looks(names).values()), list(range(len(names)))
    legend = key(shown, symbolType="stroke", symbolSize=420, symbolStrokeWidth=2.5)
    across = quantity("round", "Round, 0 is the cold start", axis={"tickMinStep": 1, "grid": False})
    up = quantity(
        "value",
        "Redundancy of the batch",
        axis={"tickCount": 4, "format": ".2f"},
        scale={"zero": False, "nice": True},
    )
    tooltip = [
        category("name", "Strategy"),
        quantity("round", "Round"),
        quantity("value", "Redundancy", format=".3f"),
        quantity("random", "Random batches", format=".3f"),
    ]
    called = [{"calculate": named(shown, "datum.run"), "as": "name"}]
    line = mark("line", strokeWidth=2.5, point={"filled": True, "size": 40})
    layers = [
        layer(
            mark("area", opacity=0.2, color=GREY),
            data="chance",
            x=across,
            y={**up, "field": "low"},
            y2={"field": "high"},
        ),
        layer(
            mark("rule", strokeWidth=1.5, strokeDash=[3, 3], opacity=0.6, color="currentColor"),
            data="mark",
            x=across,
        ),
        layer(
            line,
            x=across,
            y=up,
            color=category("run", **among(places, [look.colour for look in chosen], legend)),
            strokeDash=category("run", **among(places, [list(look.dash) for look in chosen], legend)),
        ),
        layer(mark("point", size=200, opacity=0), transform=called, x=across, y=up, tooltip=tooltip),
    ]
    first = frame[frame["run"] == frame["run"].iloc[0]] if len(frame) else frame
    data = {
        "repeats": pa.table(
            {
                "run": pa.array([names.index(run) for run in frame["run"]], pa.int8()),
                "round": pa.array(frame["round"].to_numpy(), pa.int32()),
                "value": pa.array(frame["redundancy"].to_numpy(float), pa.float32()),
                "random": pa.array(frame["random"].to_numpy(float), pa.float32()),
            }
        ),
        "chance": floats(
            round=first["round"].tolist(), low=first["low"].tolist(), high=first["high"].tolist()
        ),
        "mark": floats(round=[at] if at in set(frame["round"]) else []),
    }
    alt = (
        f"Redundancy of each batch by round, a line for {listed(shown)}, "
        "over the band in which random batches lie."
    )
    return Chart(spec(data={"name": "repeats"}, layer=layers, height=HEIGHT), data, alt, HEIGHT)
