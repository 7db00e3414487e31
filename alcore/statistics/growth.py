"""How curves grow: the exponent of cumulative regret, and where a learning curve is heading."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alcore.errors import SpecError
from alcore.rng import stream
from alcore.statistics.intervals import ONE, Numbers, checked_level, of_mean, sample
from alcore.types import Floats

DECAYS = np.geomspace(0.02, 5.0, 240)  # exponents c among which a refit looks
MOST_UNREACHABLE = 0.1  # share of refits that may miss the target before we say so


@dataclass(frozen=True, slots=True)
class Growth:
    """Exponent p of regret ~ labels^p, its interval over n seeds, and why there is none."""

    exponent: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """A learning curve ``a - b n^-c``: `a` is where it ends, `c` how soon."""

    a: float
    b: float
    c: float

    def at(self, labels: Numbers) -> Floats:
        """The score after so many labels."""
        return self.a - self.b * np.asarray(labels, np.float64) ** -self.c

    def labels_to(self, target: float) -> float:
        """Labels until the target; infinite when the curve ends below it."""
        if target >= self.a:
            return float("inf")
        return float((self.b / (self.a - target)) ** (1 / self.c)) if self.b > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Extrapolation:
    """Labels to a target beyond what was run.

    Attributes
    ----------
    law : the curve through the mean of all seeds
    labels : labels it needs; None when the target may be unreachable
    low, high : interval over refits; high None = may be unreachable
    unreachable : share of refits that end below the target
    n : seeds
    reason : what falls short; "" when nothing does
    """

    law: PowerLaw
    labels: float | None
    low: float | None
    high: float | None
    level: float
    unreachable: float
    n: int
    reason: str = ""


def exponent(labels: Numbers, regret: Numbers) -> float | None:
    """Slope of log cumulative regret on log labels: 1 = each round loses as much, 0.5 = like sqrt(T).

    None when there are fewer than three points above 0, or fewer than half of them: regret counted from a
    ceiling that is itself one fitted learner can be negative, and has no logarithm there.

    >>> exponent([10, 20, 40, 80], [1.0, 2.0, 4.0, 8.0])
    1.0
    """
    from scipy.stats import linregress

    n, lost = sample(labels, "labels"), sample(regret, "regret")
    if len(n) != len(lost):
        raise SpecError(f"There are {len(n)} label counts but {len(lost)} values of regret")
    here = (n > 0) & (lost > 0)
    if here.sum() < max(3, len(n) / 2) or np.ptp(n[here]) == 0:
        return None
    return float(linregress(np.log(n[here]), np.log(lost[here])).slope)


def growth(curves: Sequence[tuple[Numbers, Numbers]], level: float = 0.95) -> Growth:
    """Mean growth exponent over seeds with Student's interval.

    Points of one curve are sums and depend on each other, so an interval from within one curve would be far
    too narrow; seeds are independent.

    Parameters
    ----------
    curves : sequence of (labels, regret)
        One for each seed.
    """
    checked_level(level)
    found = [e for e in (exponent(*curve) for curve in curves) if e is not None]
    if not found or len(found) < len(curves) / 2:
        reason = f"Regret is not above 0 long enough in {len(curves) - len(found)} of {len(curves)} runs."
        return Growth(None, None, None, level, len(found), reason)
    mean = of_mean(found, level)
    return Growth(mean.value, mean.low, mean.high, level, mean.n, mean.reason)


def fit(labels: Numbers, scores: Numbers, *, most: float = 1.0) -> PowerLaw:
    """The power law nearest to a learning curve by least squares, with b >= 0 and a <= `most`.

    Raises
    ------
    SpecError
        When there are fewer than three points, or label counts are not above 0.

    Examples
    --------
    >>> law = fit([10, 20, 40, 80, 160], PowerLaw(0.9, 1.0, 0.5).at([10, 20, 40, 80, 160]))
    >>> round(law.a, 4), round(law.b, 4), round(law.c, 4)
    (0.9, 1.0, 0.5)
    """
    from scipy.optimize import minimize_scalar

    n, y = _curve(labels, sample(scores, "scores"))
    _, _, _, best = _fits(n, y[None], DECAYS, most)
    place = int(best[0])
    low, high = DECAYS[max(0, place - 1)], DECAYS[min(len(DECAYS) - 1, place + 1)]

    def error(c: float) -> float:
        a, b, _, _ = _fits(n, y[None], np.array([c]), most)
        return float(((a[0] - b[0] * n**-c - y) ** 2).sum())

    c = float(minimize_scalar(error, bounds=(low, high), method="bounded", options={"xatol": 1e-10}).x)
    a, b, _, _ = _fits(n, y[None], np.array([c]), most)
    return PowerLaw(float(a[0]), float(b[0]), c)


def extrapolate(
    labels: Numbers,
    scores: object,
    target: float,
    *,
    most: float = 1.0,
    level: float = 0.8,
    refits: int = 1000,
    seed: int = 0,
) -> Extrapolation:
    """Labels to a target beyond the pilot, by refitting the power law to resampled seeds.

    Parameters
    ----------
    labels : (T,) label counts
    scores : (S, T) scores of each seed there; larger is better
    most : float
        The best score there is; 1 for accuracy.

    Raises
    ------
    SpecError
        When shapes do not match, a score is missing, or there are fewer than three label counts.

    Examples
    --------
    >>> n = np.array([10, 20, 40, 80])
    >>> found = extrapolate(n, [PowerLaw(0.9, 1.0, 0.5).at(n)] * 3, 0.8)
    >>> round(found.labels)
    100
    >>> extrapolate(n, [PowerLaw(0.9, 1.0, 0.5).at(n)] * 3, 0.95).reason
    'The target may be unreachable: 100% of the refitted curves end below it.'
    """
    table = np.asarray(scores, np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise SpecError("scores must be a table of seeds by label counts without missing numbers")
    checked_level(level)
    n, mean = _curve(labels, table.mean(axis=0))
    law = fit(n, mean, most=most)
    draws = stream(seed, "extrapolation").integers(0, len(table), (refits, len(table)))
    a, b, c, _ = _fits(n, table[draws].mean(axis=1), DECAYS, most)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.where(target < a, np.where(b > 0, (b / (a - target)) ** (1 / c), 0.0), np.inf)
    missed = float(np.isinf(needed).mean())
    labels_needed = law.labels_to(target)
    unsure = missed > MOST_UNREACHABLE or not np.isfinite(labels_needed)
    reason = ONE if len(table) < 2 else ""
    if unsure:
        reason = f"The target may be unreachable: {missed:.0%} of the refitted curves end below it."
    tails = [(1 - level) / 2, (1 + level) / 2]
    ends = np.quantile(needed, tails, method="closest_observation").tolist()  # may be infinite: no mixing
    low, high = (float(end) if np.isfinite(end) and len(table) > 1 else None for end in ends)
    return Extrapolation(law, None if unsure else labels_needed, low, high, level, missed, len(table), reason)


def _curve(labels: Numbers, scores: Floats) -> tuple[Floats, Floats]:
    n = sample(labels, "labels")
    if len(n) != len(scores) or len(np.unique(n)) < 3 or (n <= 0).any():
        raise SpecError("A power law needs scores at three or more different label counts above 0")
    return n, scores


def _fits(n: Floats, y: Floats, decays: Floats, most: float) -> tuple[Floats, Floats, Floats, Floats]:
    """For each (T,) row of y the best a, b, c among the decays, and the place of c among them.

    Given c the curve is a straight line in x = n^-c; where its end a would lie above `most`, it is held
    there, and where it would fall, it is flat.
    """
    x = n[:, None] ** -decays  # (T, G)
    middle, mean = x.mean(axis=0), y.mean(axis=1, keepdims=True)
    b = -((y - mean) @ (x - middle)) / ((x - middle) ** 2).sum(axis=0)
    a = mean + b * middle
    capped = a > most
    b = np.where(capped, (most - y) @ x / (x**2).sum(axis=0), b)
    a = np.where(capped, most, a)
    flat = b < 0
    a, b = np.where(flat, np.minimum(mean, most), a), np.where(flat, 0.0, b)
    error = (
        (y**2).sum(axis=1, keepdims=True)
        + len(n) * a**2
        + b**2 * (x**2).sum(axis=0)
        - 2 * a * y.sum(axis=1, keepdims=True)
        + 2 * b * (y @ x)
        - 2 * a * b * x.sum(axis=0)
    )
    best = error.argmin(axis=1)
    rows = np.arange(len(y))
    return a[rows, best], b[rows, best], decays[best], best.astype(np.float64)
