"""Intervals around one number: what a mean, a share or a median could be, had other seeds been drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from alcore.errors import SpecError
from alcore.types import Bools, Floats, Ints

Numbers: TypeAlias = Sequence[float] | Floats | Ints | Bools


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its confidence interval.

    Attributes
    ----------
    value : the estimate from all n observations
    low, high : ends of the interval; None where there is none
    level : share of such intervals that hold the true value
    n : observations
    reason : why an end is missing; "" when none is
    """

    value: float
    low: float | None
    high: float | None
    level: float
    n: int
    reason: str = ""


ONE = "One run says nothing about the spread between runs; add seeds."


def sample(values: Numbers, what: str = "values") -> Floats:
    """The values as (n,) numbers.

    Raises
    ------
    SpecError
        When there is none, or one is missing or infinite.
    """
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or not len(found):
        raise SpecError(f"{what} must be a list with at least one number, got shape {found.shape}")
    if not np.isfinite(found).all():
        raise SpecError(f"{what} hold a missing or infinite number; leave those runs out first")
    return found


def checked_level(level: float) -> float:
    """The level itself.

    Raises
    ------
    SpecError
        When it is not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise SpecError(f"level must be between 0 and 1, such as 0.95, got {level}")
    return level


def of_mean(values: Numbers, level: float = 0.95) -> Interval:
    """Student's interval of a mean; honest for few runs, where resampling is too narrow.

    >>> found = of_mean([1.0, 2.0, 3.0], 0.9)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (2.0, 0.314, 3.686)
    """
    from scipy.stats import t

    x, level = sample(values), checked_level(level)
    mean = float(x.mean())
    if len(x) < 2:
        return Interval(mean, None, None, level, 1, ONE)
    half = float(t.ppf(0.5 + level / 2, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x)))
    return Interval(mean, mean - half, mean + half, level, len(x))


def of_share(hits: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's interval of a share: it never leaves 0 to 1, and 0 of n does not claim certainty.

    Raises
    ------
    SpecError
        When there are more hits than trials, or no trial.

    Examples
    --------
    >>> found = of_share(0, 20)
    >>> found.value, found.low, round(found.high, 3)
    (0.0, 0.0, 0.161)
    """
    from scipy.stats import binomtest

    if not 0 <= hits <= n or n < 1:
        raise SpecError(f"hits must be between 0 and n, and n at least 1, got {hits} of {n}")
    found = binomtest(hits, n).proportion_ci(checked_level(level), "wilson")
    return Interval(hits / n, float(found.low), float(found.high), level, n)


def median_places(n: int, level: float = 0.95) -> tuple[int, int] | None:
    """Places, in sorted order from 0, of the two observations between which the true median lies.

    Needs no assumption on how values are spread: each is above the median with probability one half. None
    when n is too small for the level.

    >>> median_places(20), median_places(5)
    ((5, 14), None)
    """
    from scipy.stats import binom

    k = int(binom.ppf((1.0 - checked_level(level)) / 2, n, 0.5))
    return (k - 1, n - k) if k >= 1 else None
