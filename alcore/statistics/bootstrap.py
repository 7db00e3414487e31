"""Paired bootstrap: what a number could be, had other seeds been drawn.

Seeds are drawn, with replacement, and bring the runs of both arms along: split, start and label noise of a
seed are common to both, and their luck cancels.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from alcore.errors import SpecError
from alcore.rng import stream
from alcore.statistics.intervals import ONE, Interval, Numbers, checked_level, sample
from alcore.types import Floats

Method: TypeAlias = Literal["percentile", "bca"]
MOST_CENSORED = 0.5  # share of runs that may miss the target before a mean of the others says little


@dataclass(frozen=True, slots=True)
class Savings:
    """How much less an active arm needed than its passive twin.

    Attributes
    ----------
    value : 1 - restricted mean of the active arm / that of the passive one; 0.5 = half; negative = dearer
    low, high : ends of the interval
    n : pairs
    tau : what both arms are counted up to
    active, passive : the restricted means
    active_reached, passive_reached : runs that reached the target by `tau`
    reason : why there is no number; "" when there is
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    tau: float
    active: float
    passive: float
    active_reached: int
    passive_reached: int
    reason: str = ""


def paired(
    statistic: Callable[..., Any],
    *samples: Numbers,
    level: float = 0.95,
    resamples: int = 10_000,
    method: Method = "percentile",
    seed: int = 0,
) -> Interval:
    """Bootstrap interval of a statistic of one sample, or of several with one value per seed each.

    Parameters
    ----------
    statistic : function
        ``statistic(*samples, axis=-1)``, over the last axis of arrays, such as ``np.mean``.
    samples : (n,) arrays
        The i-th values of all belong to one seed.
    method : str
        "percentile", or "bca", which corrects for bias and skew (Efron 1987).
    seed : int
        Of the resampling: equal seeds give equal intervals.

    Raises
    ------
    SpecError
        When samples differ in length, or hold a missing number.

    Examples
    --------
    >>> found = paired(np.mean, [1.0, 2.0, 3.0, 4.0], level=0.9)
    >>> found.value, found.low, found.high
    (2.5, 1.5, 3.5)
    """
    from scipy import stats

    columns = [sample(s, "samples") for s in samples]
    checked_level(level)
    n = len(columns[0])
    if any(len(c) != n for c in columns):
        raise SpecError(f"Paired samples must be equally long, got {[len(c) for c in columns]}")
    value = float(statistic(*columns, axis=-1))
    if n < 2:
        return Interval(value, None, None, level, n, ONE)

    def interval(kind: str) -> tuple[float, float]:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # said by the ends being no numbers
            found = stats.bootstrap(
                columns,
                statistic,
                n_resamples=resamples,
                vectorized=True,
                paired=True,
                confidence_level=level,
                method=kind,
                rng=stream(seed, "bootstrap"),
            ).confidence_interval
        return float(found.low), float(found.high)

    low, high = interval("BCa" if method == "bca" else "percentile")
    if method == "bca" and not np.isfinite([low, high]).all():  # nothing to correct where nothing varies
        low, high = interval("percentile")
    if not np.isfinite([low, high]).all():
        return Interval(value, None, None, level, n, "In some resamples the number does not exist.")
    return Interval(value, low, high, level, n)


def savings(
    active: Numbers,
    passive: Numbers,
    tau: float,
    *,
    level: float = 0.9,
    resamples: int = 10_000,
    method: Method = "percentile",
    seed: int = 0,
) -> Savings:
    """Share of labels, or money, saved against the passive twin, over paired seeds.

    Runs that miss the target count with `tau` in both arms; averaging only those that reached it would
    favour the arm that seldom does.

    Parameters
    ----------
    active, passive : (n,) arrays
        What the runs of each seed needed to reach the target; NaN = not reached.
    tau : float
        The smallest budget of all these runs: reaching the target later counts as not reached.

    Raises
    ------
    SpecError
        When the arms differ in length, are empty, or `tau` is not positive.

    Examples
    --------
    >>> found = savings([40, 50, 60], [80, 100, float("nan")], tau=120)
    >>> found.value, found.passive_reached
    (0.5, 2)
    >>> savings([40, 50, 60], [80, float("nan"), float("nan")], tau=120).reason
    'Only 1 of 3 random runs reached the target: too few for a percentage.'
    """
    arms = [np.asarray(arm, np.float64) for arm in (active, passive)]
    if arms[0].shape != arms[1].shape or arms[0].ndim != 1 or not len(arms[0]):
        raise SpecError("Savings need the runs of both arms for the same seeds, and at least one seed")
    if not tau > 0 or not np.isfinite(tau):
        raise SpecError(f"tau must be a number above 0, got {tau}")
    checked_level(level)
    n = len(arms[0])
    cut = [np.where(arm <= tau, arm, tau) for arm in arms]
    counts = [int((arm <= tau).sum()) for arm in arms]
    means = [float(c.mean()) for c in cut]
    reason = ""
    for name, count in zip(("active", "random"), counts, strict=True):
        if n - count > MOST_CENSORED * n:
            reason = (
                reason or f"Only {count} of {n} {name} runs reached the target: too few for a percentage."
            )
    if not reason and means[1] <= 0:
        reason = "Random reached the target at no cost: nothing can be saved."
    value = low = high = None
    if not reason:
        found = paired(_saved, *cut, level=level, resamples=resamples, method=method, seed=seed)
        value, low, high, reason = found.value, found.low, found.high, found.reason
    return Savings(value, low, high, level, n, float(tau), means[0], means[1], counts[0], counts[1], reason)


def _saved(active: Floats, passive: Floats, axis: int = -1) -> Any:
    return 1.0 - active.mean(axis=axis) / passive.mean(axis=axis)
