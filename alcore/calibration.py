"""Calibration: probabilities that mean what they say, and how far they are from that.

A learner that is right in 80 of 100 cases in which it says 80 % is calibrated. Fit a calibration on rows the
learner was not fitted to; on its own rows every learner looks better than it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from alcore.types import Floats, Ints

TINY = 1e-12  # probabilities below count as this much
BELIEF = 10.0  # rows' worth of trust in one number, against what few held-out rows say of each class
SPREAD = 1.0  # standard deviation of ln T before any row is seen


def temper(proba: Floats, temperature: float) -> Floats:
    """Probabilities whose logarithms are divided by a temperature: above 1 all become less sure.

    Which class is the most likely one, and which have no probability at all, stays as it is.

    >>> temper(np.array([[0.9, 0.1]]), 2.0).round(2)
    array([[0.75, 0.25]])
    """
    best = proba.max(axis=1, keepdims=True)
    logs = np.log(proba / best, out=np.full(proba.shape, -np.inf), where=proba > 0.0)
    powers = np.exp(logs / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def fit_temperature(proba: Floats, y: Ints, weight: Floats | None = None) -> float:
    """The temperature under which held-out labels are most likely.

    Parameters
    ----------
    proba : (n, C) array
        Predictions for rows that were not learnt.
    y : (n,) array of int
        Their labels.
    weight : (n,) array, optional

    Returns
    -------
    float
        Between e^-4 and e^4; 1 without any row.

    Notes
    -----
    ln T is believed to be 0 give or take 1 before any row is seen: a handful of rows that are all right would
    else make the learner certain of everything. With a hundred rows the belief hardly counts.
    Source: Guo, Pleiss, Sun & Weinberger 2017.
    """
    from scipy.optimize import minimize_scalar

    if not len(y):
        return 1.0
    logs = np.log(np.maximum(proba, TINY))
    logs -= logs.max(axis=1, keepdims=True)
    own = logs[np.arange(len(y)), y]
    weight = np.ones(len(y)) if weight is None else weight

    def loss(log_temperature: float) -> float:
        cold = np.exp(-log_temperature)
        surprise = np.log(np.exp(cold * logs).sum(axis=1)) - cold * own
        return float(weight @ surprise) + 0.5 * (log_temperature / SPREAD) ** 2

    return float(np.exp(minimize_scalar(loss, bounds=(-4.0, 4.0), method="bounded").x))


@dataclass(frozen=True, slots=True, eq=False)
class Isotonic:
    """One rising curve for each class, from the probability that was said to the share that was true.

    Attributes
    ----------
    said, true : for each class the corners of its curve; straight lines between them
    belief : share in the answer of the learner's own probability at the best temperature
    temperature : that temperature
    """

    said: tuple[Floats, ...]
    true: tuple[Floats, ...]
    belief: float
    temperature: float

    def __call__(self, proba: Floats) -> Floats:
        """(n, C) calibrated probabilities; rows sum to 1."""
        found = np.column_stack(
            [np.interp(p, said, true) for p, said, true in zip(proba.T, self.said, self.true, strict=True)]
        )
        found = (1.0 - self.belief) * found + self.belief * temper(proba, self.temperature)
        found[proba == 0.0] = 0.0  # a class that was ruled out stays so
        return found / found.sum(axis=1, keepdims=True)


def fit_isotonic(proba: Floats, y: Ints, weight: Floats | None = None) -> Isotonic:
    """Rising curves through held-out labels, one for each class against the rest.

    Parameters
    ----------
    proba : (n, C) array
        Predictions for rows that were not learnt.
    y : (n,) array of int
    weight : (n,) array, optional

    Notes
    -----
    The curves are steps that reach 0 and 1 where a few rows agree by chance, and all rows on a step would
    score alike. So the answer is mixed with that of the best temperature, as if ten rows more had been seen
    that agree with it: it then rises everywhere. O(n log n) a class. Source: Zadrozny & Elkan 2002.
    """
    from scipy.optimize import isotonic_regression

    n, C = proba.shape
    weight = np.ones(n) if weight is None else weight
    said, true = [], []
    for c in range(C):
        corners, at = np.unique(proba[:, c], return_inverse=True)
        mass = np.bincount(at, weight, minlength=len(corners))
        share = np.bincount(at, weight * (y == c), minlength=len(corners)) / np.maximum(mass, TINY)
        said.append(corners if n else np.array([0.0, 1.0]))
        true.append(isotonic_regression(share, weights=np.maximum(mass, TINY)).x if n else said[-1])
    return Isotonic(tuple(said), tuple(true), BELIEF / (BELIEF + n), fit_temperature(proba, y, weight))


def fit(method: str, proba: Floats, y: Ints, weight: Floats | None = None) -> Callable[[Floats], Floats]:
    """A calibration by name, ``temperature`` or ``isotonic``, as a function of (n, C) probabilities."""
    if method == "isotonic":
        return fit_isotonic(proba, y, weight)
    temperature = fit_temperature(proba, y, weight)
    return lambda told: temper(told, temperature)


def calibration_error(proba: Floats, y: Ints, bins: int = 10) -> float:
    """Expected calibration error: mean gap between how sure a learner is and how often it is right.

    Parameters
    ----------
    proba : (n, C) array
    y : (n,) array of int
    bins : int
        Rows are gathered in so many bins of equal width by the probability of their guess.

    Returns
    -------
    float
        From 0 to 1; 0 without rows.

    Notes
    -----
    Source: Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017.

    Examples
    --------
    Twice 90 % sure, once right: a gap of 40 points.

    >>> round(calibration_error(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1])), 3)
    0.4
    """
    table = reliability(proba, y, bins)
    return float(np.abs(table[:, 0] - table[:, 1]) @ table[:, 2] / max(len(y), 1))


def reliability(proba: Floats, y: Ints, bins: int = 10) -> Floats:
    """(b, 3) reliability diagram: mean confidence, accuracy and number of rows of each bin with any."""
    sure, right = proba.max(axis=1), proba.argmax(axis=1) == y
    which = np.minimum((sure * bins).astype(np.int64), bins - 1)
    count = np.bincount(which, minlength=bins)
    here = count > 0
    sums = [np.bincount(which, values, minlength=bins)[here] for values in (sure, right)]
    return np.column_stack([sums[0] / count[here], sums[1] / count[here], count[here]])
