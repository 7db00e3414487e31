"""Where a text finds room within a chart: beside its own line, where it hides no other line and no text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alcore.types import Floats

PLOT = 285  # pixels across a narrow plot, at least
LETTER, LINE = 6.2, 15.0  # pixels: width of a letter and height of a line of text
STEP = 0.03  # between two places that are tried
AWAY = (0.62, 1.7, 2.8)  # heights of a text from its line, the farther ones where the near ones are taken
GRID = np.linspace(0.0, 1.0, 161)

Place = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """A line of a chart: its heights over `GRID`, as shares of the plot; NaN where it is not."""

    heights: Floats

    @classmethod
    def of(cls, x: Floats, y: Floats) -> Stroke:
        """A line through points, given in shares of the plot."""
        nan = math.nan
        return cls(np.interp(GRID, x, y, left=nan, right=nan) if len(x) else np.full(len(GRID), nan))

    @classmethod
    def level(cls, height: float) -> Stroke:
        """A horizontal line from edge to edge."""
        return cls(np.full(len(GRID), height))

    def between(self, left: float, right: float) -> Floats:
        """Its heights in a stretch."""
        here = self.heights[(left - 0.01 <= GRID) & (right >= GRID)]
        return here[np.isfinite(here)]


def free_places(
    texts: Sequence[tuple[str, Stroke]], strokes: Sequence[Stroke], height: float
) -> list[Place | None]:
    """A place for each text, above or below its own line, as near and as far left as it is free.

    Parameters
    ----------
    texts : (text, its line)
    strokes : all lines of the chart
    height : of the plot, in pixels

    Returns
    -------
    list of (left, middle) or None
        In shares of the plot; None for an empty text, and where there is no room at all.

    Examples
    --------
    >>> level, rising = Stroke.level(0.9), Stroke.of(np.array([0.0, 0.2, 1.0]), np.array([0.85, 1.0, 1.0]))
    >>> (place,) = free_places([("target", level)], [level, rising], 200)
    >>> place[1] < 0.9
    True
    """
    taken: list[tuple[float, float, float]] = []
    tall = LINE / height
    found: list[Place | None] = []
    for text, own in texts:
        wide = LETTER * len(text) / PLOT
        spots = _spots(own, wide, tall) if text else []
        costs = [away + _cost(*place, wide, tall, strokes, taken) for place, away in spots]
        if not spots or not math.isfinite(min(costs)):
            found.append(None)
            continue
        best, _ = spots[int(np.argmin(costs))]
        taken.append((*best, wide))
        found.append(best)
    return found


def _spots(own: Stroke, wide: float, tall: float) -> list[tuple[Place, float]]:
    """Places beside a line, within the plot, and how far from it they are."""
    spots = []
    for left in np.arange(0.01, 1.0 - wide + 1e-9, STEP).tolist():
        here = own.between(left, left + wide)
        if len(here):
            for away in AWAY:
                spots.append(((left, float(here.max()) + away * tall), away))
                spots.append(((left, float(here.min()) - away * tall), away))
    return [(place, away) for place, away in spots if tall / 2 <= place[1] <= 1.0 - tall / 2]


def _cost(
    left: float,
    middle: float,
    wide: float,
    tall: float,
    strokes: Sequence[Stroke],
    taken: Sequence[tuple[float, float, float]],
) -> float:
    """How bad a place is: what it hides, then how far from the left it is; inf on another text."""
    if any(abs(y - middle) < tall and left < x + w and x < left + wide for x, y, w in taken):
        return math.inf
    hidden = sum(int((np.abs(s.between(left, left + wide) - middle) < tall / 2).sum()) for s in strokes)
    return left + 5.0 * hidden
