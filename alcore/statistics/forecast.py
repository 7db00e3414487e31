"""What ONE future run may need: a prediction interval, which is wider than the interval of a mean.

It covers the luck of split, start and label noise on this data set. Other data sets differ by more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, inf

import numpy as np

from alcore.errors import SpecError
from alcore.statistics.intervals import Numbers, checked_level
from alcore.types import Floats

ORDER, LOGARITHMS, NONE = "order statistics", "t on logarithms", "none"
FEWEST_FOR_T = 3


@dataclass(frozen=True, slots=True)
class Forecast:
    """An interval for the next run.

    Attributes
    ----------
    low, high : its ends; infinite = not reached within the budget; None where there is no interval
    wanted, level : the level asked for, and the one the interval has
    method : "order statistics", "t on logarithms" (which assumes that logarithms are normal), or "none"
    n, reached : runs it is made from, and how many of them reached the target
    reason : what falls short; "" when nothing does
    """

    low: float | None
    high: float | None
    wanted: float
    level: float | None
    method: str
    n: int
    reached: int
    reason: str = ""


def forecast(values: Numbers, level: float = 0.8, *, grid: Sequence[float] = ()) -> Forecast:
    """The interval that holds what the next run needs, with at least this probability.

    From nine runs on (for 80%) by order statistics, which assume only that the next run is drawn like the
    others; with fewer runs that all reached the target, by Student's t on logarithms; else from the smallest
    to the largest run, with the lower level that such an interval has.

    Parameters
    ----------
    values : (n,) array
        What each run needed; NaN or infinite = not reached.
    grid : sequence
        The values that are possible, such as label counts after each round. An interval that is calculated
        rather than read off the runs is widened to the next possible values.

    Examples
    --------
    >>> found = forecast(range(50, 250, 10))
    >>> found.low, found.high, round(found.level, 2)
    (60.0, 230.0, 0.81)
    >>> forecast([50, 60, 70, float("nan")]).high
    inf
    """
    x, level = _times(values), checked_level(level)
    n, reached = len(x), int(np.isfinite(x).sum())
    exact = order_statistics(x, level)
    if exact.level is not None and exact.level >= level - 1e-12:
        return exact
    if n < 2:
        return Forecast(None, None, level, None, NONE, n, reached, "One run says nothing about the next one.")
    if reached < n or n < FEWEST_FOR_T or (x <= 0).any():
        return exact
    low, high = logarithmic(x, level)
    return Forecast(*_widened(low, high, x, grid), level, level, LOGARITHMS, n, reached, _few(n, level))


def order_statistics(values: Numbers, level: float = 0.8) -> Forecast:
    """From the r-th smallest to the r-th largest of n runs: the next is inside with (n + 1 - 2r) / (n + 1).

    The largest r that keeps the level; r = 1 when none does. This is the conformal prediction interval for
    runs that are drawn alike (Vovk et al. 2005), and holds for any distribution; ties only raise its level.

    >>> order_statistics(range(1, 21), 0.8).level
    0.809...
    """
    x, level = np.sort(_times(values)), checked_level(level)
    n, reached = len(x), int(np.isfinite(x).sum())
    if n < 2:
        return Forecast(None, None, level, None, NONE, n, reached, "One run says nothing about the next one.")
    r = max(1, floor((n + 1) * (1 - level) / 2 + 1e-9))
    has = (n + 1 - 2 * r) / (n + 1)
    reason = _few(n, level) if has < level - 1e-12 else ""
    return Forecast(float(x[r - 1]), float(x[n - r]), level, has, ORDER, n, reached, reason)


def logarithmic(values: Numbers, level: float = 0.8) -> tuple[float, float]:
    """``exp(m ± t s sqrt(1 + 1/n))`` with m and s of the logarithms: for runs that are log-normal.

    Raises
    ------
    SpecError
        When there are fewer than two, or one is not above 0.

    Examples
    --------
    >>> low, high = logarithmic([60, 70, 80, 90, 100])
    >>> round(low), round(high)
    (56, 110)
    """
    from scipy.stats import t

    x = _times(values)
    if len(x) < 2 or not (np.isfinite(x) & (x > 0)).all():
        raise SpecError("A t-interval on logarithms needs two runs, which all reached the target")
    logs = np.log(x)
    factor = float(t.ppf(0.5 + checked_level(level) / 2, len(x) - 1)) * np.sqrt(1 + 1 / len(x))
    half = factor * float(logs.std(ddof=1))
    return float(np.exp(logs.mean() - half)), float(np.exp(logs.mean() + half))


def _widened(low: float, high: float, x: Floats, grid: Sequence[float]) -> tuple[float, float]:
    """The next possible values outwards; beyond the last one the target is not reached within the budget."""
    if not len(grid):
        return low, high
    steps = np.unique(np.asarray(grid, np.float64))
    same = bool(np.ptp(x) == 0)  # equal runs are not certain: they are equal to within a round
    below = int(np.searchsorted(steps, low * (1 + 1e-12), side="right")) - 1 - same
    above = int(np.searchsorted(steps, high * (1 - 1e-12), side="left")) + same
    return float(steps[max(0, below)]), float(steps[above]) if above < len(steps) else inf


def _few(n: int, level: float) -> str:
    return f"{n} runs are few: {_needed(level)} give {level:.0%} without assumptions."


def _needed(level: float) -> int:
    """Fewest runs whose smallest and largest make an interval of this level."""
    return int(np.ceil(2 / (1 - level) - 1 - 1e-9))


def _times(values: Numbers) -> Floats:
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or not len(found):
        raise SpecError("A forecast needs a list with at least one run")
    return np.where(np.isnan(found), inf, found)
