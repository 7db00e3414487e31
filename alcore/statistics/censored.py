"""Runs that may end before they reach the target: censored there, never 0 and never left out."""

from dataclasses import dataclass

import numpy as np

from alcore.errors import SpecError
from alcore.statistics import bootstrap, intervals
from alcore.statistics.intervals import Numbers
from alcore.types import Bools, Floats, Ints

EVEN = 0.5 + 1e-12  # a product of fractions that is one half may come out a little above it


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """Kaplan-Meier: the share of runs that have not reached the target yet.

    Attributes
    ----------
    times : (T,) distinct times at which a run reached the target or ended
    surviving : (T,) share that has not reached it after each
    at_risk : (T,) runs still under way just before each
    n, reached : runs, and how many of them reached the target
    median : time by which half have reached it; None when half never did
    """

    times: Floats
    surviving: Floats
    at_risk: Ints
    n: int
    reached: int
    median: float | None


@dataclass(frozen=True, slots=True)
class Reaching:
    """What runs needed to reach a target, with intervals.

    Attributes
    ----------
    n, reached : runs, and how many of them reached the target within their budget
    share, share_low, share_high : share that reached it (Wilson)
    median, median_low, median_high : what half of the runs needed; None = beyond what was run
    restricted, restricted_low, restricted_high : mean of what they had used by `tau` at the latest
    tau : the smallest budget, which all runs had
    """

    n: int
    reached: int
    share: float
    share_low: float
    share_high: float
    median: float | None
    median_low: float | None
    median_high: float | None
    restricted: float
    restricted_low: float | None
    restricted_high: float | None
    tau: float
    level: float


def kaplan_meier(times: Numbers, reached: Numbers) -> Survival:
    """How many runs have not reached the target by each time (Kaplan & Meier 1958; computed by scipy).

    Parameters
    ----------
    times : (n,) what a run had used when it reached the target, or when it ended
    reached : (n,) whether it reached it

    Raises
    ------
    SpecError
        When there is no run, a time is missing or negative, or the two do not match.

    Examples
    --------
    >>> found = kaplan_meier([50, 60, 80, 100], [True, True, False, True])
    >>> found.surviving.tolist(), found.median
    ([0.75, 0.5, 0.5, 0.0], 60.0)
    """
    from scipy.stats import CensoredData, ecdf

    at, there = _pairs(times, reached)
    curve = ecdf(CensoredData.right_censored(at, ~there)).sf
    when, surviving = np.asarray(curve.quantiles, np.float64), np.asarray(curve.probabilities, np.float64)
    half = np.flatnonzero(surviving <= EVEN)
    at_risk = (at[:, None] >= when).sum(axis=0)
    median = float(when[half[0]]) if len(half) else None
    return Survival(when, surviving, at_risk, len(at), int(there.sum()), median)


def restricted_mean(times: Numbers, reached: Numbers, tau: float | None = None) -> float:
    """Mean of what runs used up to `tau`: the area under the Kaplan-Meier curve from 0 to `tau`.

    Runs that did not reach the target count with `tau`, so the mean is too small rather than made up.

    Parameters
    ----------
    tau : float, optional
        By default the last time observed. Take the smallest budget when runs are compared.

    Raises
    ------
    SpecError
        When `tau` is not positive, or nobody was observed as long as that.

    Examples
    --------
    >>> restricted_mean([40, 60, 100], [True, True, False])
    66.66...6
    """
    at, there = _pairs(times, reached)
    last = float(at.max())
    end = last if tau is None else float(tau)
    curve = kaplan_meier(at, there)
    if not end > 0 or (end > last and curve.surviving[-1] > 0):
        raise SpecError(f"tau must be above 0 and at most {last:g}, the longest run, got {end:g}")
    inside = curve.times < end
    edges = np.concatenate([[0.0], curve.times[inside], [end]])
    heights = np.concatenate([[1.0], curve.surviving[inside]])
    return float((np.diff(edges) * heights).sum())


def reaching(
    used: Numbers, budgets: Numbers, *, tau: float | None = None, level: float = 0.9, seed: int = 0
) -> Reaching:
    """Everything to say about what runs needed to reach a target.

    Parameters
    ----------
    used : (n,) array
        What each run had used when it reached the target; NaN = not reached.
    budgets : (n,) array
        Where each run ended.
    tau : float, optional
        At most the smallest budget, which it is by default.

    Raises
    ------
    SpecError
        When there is no run, or the two do not match.

    Examples
    --------
    >>> found = reaching([40, 60, np.nan], [100, 100, 100])
    >>> found.reached, found.median, round(found.restricted, 1)
    (2, 60.0, 66.7)
    """
    known, ends = np.asarray(used, np.float64), intervals.sample(budgets, "budgets")
    if known.shape != ends.shape:
        raise SpecError(f"There are {len(known)} runs but {len(ends)} budgets; each run needs one")
    there = np.isfinite(known)
    at = np.where(there, known, ends)
    end = float(ends.min()) if tau is None else float(tau)
    missed = ends[~there]
    if len(missed) and end > missed.min():
        raise SpecError(f"tau must be at most {missed.min():g}, the smallest budget of a miss, got {end:g}")
    share = intervals.of_share(int(there.sum()), len(at), level)
    low, high = _median_interval(at, np.where(there, known, np.inf), level)
    mean = bootstrap.paired(np.mean, np.minimum(at, end), level=level, seed=seed)
    return Reaching(
        n=len(at),
        reached=int(there.sum()),
        share=share.value,
        share_low=float(share.low or 0.0),
        share_high=1.0 if share.high is None else share.high,
        median=kaplan_meier(at, there).median,
        median_low=low,
        median_high=high,
        restricted=mean.value,
        restricted_low=mean.low,
        restricted_high=mean.high,
        tau=end,
        level=level,
    )


def _median_interval(at_least: Floats, at_most: Floats, level: float) -> tuple[float | None, float | None]:
    """Interval of the median when each run's need is only known to lie between two numbers."""
    places = intervals.median_places(len(at_least), level)
    if places is None:
        return None, None
    low, high = float(np.sort(at_least)[places[0]]), float(np.sort(at_most)[places[1]])
    return low, high if np.isfinite(high) else None


def _pairs(times: Numbers, reached: Numbers) -> tuple[Floats, Bools]:
    at, there = intervals.sample(times, "times"), np.asarray(reached, bool)
    if at.shape != there.shape:
        raise SpecError(f"There are {len(at)} times but {there.size} flags; each run needs both")
    if (at < 0).any():
        raise SpecError("times must not be negative")
    return at, there
