"""Curves with a band over seeds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from alcore.outcomes.frames import NAN, Line, Lines, lines_of, table
from alcore.statistics import intervals
from alcore.types import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd


def bands(
    frame: "pd.DataFrame",
    metric: str,
    axis: str = "labels",
    *,
    centre: Literal["mean", "median"] = "mean",
    band: Literal["ci", "iqr", "range", "spread"] = "ci",
    level: float = 0.9,
    between: Literal["linear", "step"] = "linear",
    least: int | None = None,
    points: int = 200,
) -> "pd.DataFrame":
    """The mean or median curve of each strategy with a band over its seeds.

    Curves meet on the union of their points, or on so many evenly spaced ones when there are more.

    Parameters
    ----------
    band : str
        "ci": where the centre could be (Student's t; for the median order statistics). Of the runs
        themselves: "iqr" the middle half, "spread" the middle share `level`, "range" all.
    between : str
        Between its points a run is on the straight line, or, "step", where it was at the last one.
    least : int, optional
        Seeds that must cover a point; by default all of the strategy.

    Returns
    -------
    DataFrame
        dataset, strategy, x, value, low, high (NaN where seeds are too few), seeds.
    """
    lines = lines_of(frame, metric, axis)
    return bands_of(lines, centre=centre, band=band, level=level, between=between, least=least, points=points)


def bands_of(
    found: Lines,
    *,
    centre: str = "mean",
    band: str = "ci",
    level: float = 0.9,
    between: str = "linear",
    least: int | None = None,
    points: int = 200,
) -> "pd.DataFrame":
    """`bands` of any curves, not only those of a metric."""
    intervals.checked_level(level)
    rows = []
    for (dataset, strategy), lines in found.items():
        columns = band_of(
            list(lines.values()),
            centre=centre, band=band, level=level, between=between, least=least, points=points,
        )  # fmt: skip
        rows += [(dataset, strategy, *row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    return table(rows, "dataset strategy x value low high seeds")


def band_of(
    lines: Sequence[Line],
    *,
    centre: str = "mean",
    band: str = "ci",
    level: float = 0.9,
    between: str = "linear",
    least: int | None = None,
    points: int = 200,
) -> tuple[Floats, Floats, Floats, Floats, Ints]:
    """Points, middle, low, high and number of seeds of the curves of one strategy; see `bands`."""
    grid = np.unique(np.concatenate([x for x, _ in lines]))
    if len(grid) > points:
        grid = np.linspace(grid[0], grid[-1], points)
    heights = np.stack([_heights(grid, x, y, between) for x, y in lines])
    seeds = np.isfinite(heights).sum(axis=0)
    keep = seeds >= max(1, len(lines) if least is None else least)
    return grid[keep], *_band(heights[:, keep], centre, band, level), seeds[keep]


def steps(lines: Lines) -> list[tuple[Any, ...]]:
    """Mean with range of step-like curves where all seeds cover them: dataset, strategy, x and the three."""
    rows = []
    for key, seeds in lines.items():
        grid = np.unique(np.concatenate([x for x, _ in seeds.values()]))
        heights = np.stack([_heights(grid, x, y, "step") for x, y in seeds.values()])
        keep = np.isfinite(heights).all(axis=0)
        columns = [grid[keep], *_band(heights[:, keep], "mean", "range", 0.9)]
        rows += [(*key, *row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    return rows


def _heights(grid: Floats, x: Floats, y: Floats, between: str) -> Floats:
    """A curve's heights on the grid; NaN beyond its ends."""
    inside = (grid >= x[0]) & (grid <= x[-1])
    if between == "step":
        heights = y[np.maximum(np.searchsorted(x, grid, side="right") - 1, 0)]
    else:
        heights = np.interp(grid, x, y)
    return np.where(inside, heights, NAN)


def _band(heights: Floats, centre: str, band: str, level: float) -> tuple[Floats, Floats, Floats]:
    """Middle, low and high of each column of (S, G) heights; NaN = not covered by that seed."""
    from scipy.stats import t

    if not heights.shape[1]:
        return (np.zeros(0),) * 3
    middle = np.nanmean(heights, axis=0) if centre == "mean" else np.nanmedian(heights, axis=0)
    if band != "ci":
        tail = {"iqr": 0.25, "range": 0.0, "spread": (1 - level) / 2}[band]
        low, high = np.nanquantile(heights, [tail, 1 - tail], axis=0)
        return middle, low, high
    n = np.isfinite(heights).sum(axis=0)
    low, high = np.full(len(n), NAN), np.full(len(n), NAN)
    ordered = np.sort(heights, axis=0)  # NaN goes last
    for count in np.unique(n[n > 1]).tolist():
        at = n == count
        if centre == "mean":
            reach = t.ppf(0.5 + level / 2, count - 1) / np.sqrt(count)
            half = reach * np.nanstd(heights[:, at], axis=0, ddof=1)
            low[at], high[at] = middle[at] - half, middle[at] + half
        elif (places := intervals.median_places(count, level)) is not None:
            low[at], high[at] = ordered[places[0], at], ordered[places[1], at]
    return middle, low, high
