"""Reading answers that were randomised: what the annotators said is not what they meant, but known how."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from alcore.types import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares of the classes behind randomised answers.

    Attributes
    ----------
    share : (C,) estimates; they sum to 1, and one may lie a little below 0 or above 1
    low, high : (C,) ends of the confidence interval, within 0 and 1
    observed : (C,) shares of the answers as they were given
    n : answers
    """

    share: Floats
    low: Floats
    high: Floats
    observed: Floats
    n: int


def keep_probability(epsilon: float, n_classes: int) -> float:
    """Probability that a randomised answer is the true one.

    >>> round(keep_probability(1.0, 2), 4), round(keep_probability(0.0, 10), 4)
    (0.7311, 0.1)
    """
    return float(1.0 / (1.0 + (n_classes - 1) * np.exp(-epsilon)))


def debiased_shares(answers: Floats, epsilon: float, n_classes: int, *, level: float = 0.95) -> Shares:
    """Shares of the classes among the true labels, from answers by randomised response.

    Parameters
    ----------
    answers : (n,) array
        Codes as they were given; NaN = no answer.
    epsilon : float
        Above 0: the one with which they were randomised.
    n_classes : int
    level : float
        Of the intervals, which are Wilson's for the shares as they were given, worked back like these.

    Raises
    ------
    ValueError
        When epsilon is 0: such answers say nothing.

    Notes
    -----
    With p the probability of the truth and q that of each other class, a share s is seen as
    ``q + (p - q) s``; solving for s gives an unbiased estimate. Source: Warner 1965; Kairouz, Bonawitz &
    Ramage 2016.

    Examples
    --------
    >>> said = np.repeat([0.0, 1.0], [600, 400])
    >>> debiased_shares(said, 1.0, 2).share.round(3)
    array([0.716, 0.284])
    """
    if not epsilon > 0.0:
        raise ValueError("answers randomised with epsilon 0 say nothing about the truth")
    codes = answers[np.isfinite(answers)].astype(np.int64)
    n = len(codes)
    keep = keep_probability(epsilon, n_classes)
    other = (1.0 - keep) / max(1, n_classes - 1)
    if not n:
        nothing = np.full(n_classes, np.nan)
        return Shares(nothing, np.zeros(n_classes), np.ones(n_classes), nothing, 0)
    seen = np.bincount(codes, minlength=n_classes) / n
    share = (seen - other) / (keep - other)
    z = ndtri(0.5 + level / 2.0)
    centre = (seen + z**2 / (2.0 * n)) / (1.0 + z**2 / n)
    reach = z * np.sqrt(seen * (1.0 - seen) / n + z**2 / (4.0 * n**2)) / (1.0 + z**2 / n)
    low, high = (
        np.clip((end - other) / (keep - other), 0.0, 1.0) for end in (centre - reach, centre + reach)
    )
    return Shares(share, low, high, seen, n)
