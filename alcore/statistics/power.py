"""How many seeds are enough?"""

from math import ceil, isfinite, sqrt

import numpy as np

from alcore.errors import SpecError
from alcore.statistics.intervals import Numbers, checked_level, sample

FEWEST = 2  # pairs without which there is no spread
MOST = 10**9


def power_of(n: int, difference: float, spread: float, alpha: float = 0.05) -> float:
    """Chance that a paired t-test over n seeds finds a true difference (noncentral t).

    >>> round(power_of(34, 0.01, 0.02), 3)
    0.808
    """
    from scipy.stats import nct, t

    _positive(difference=difference)
    if n < FEWEST:
        return 0.0
    if spread <= 0:
        return 1.0
    shift, edge = sqrt(n) * difference / spread, float(t.ppf(1 - alpha / 2, n - 1))
    found = float(nct.sf(edge, n - 1, shift) + nct.cdf(-edge, n - 1, shift))
    return found if isfinite(found) else _averaged(n, shift, edge)


def seeds_needed(difference: float, spread: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Fewest seeds that find a true mean difference with this power.

    By the normal formula ``((z + z') spread / difference)^2`` first, then up to what the noncentral t needs.

    Parameters
    ----------
    difference : float
        The smallest difference that would matter.
    spread : float
        Standard deviation of the differences between paired runs.

    Raises
    ------
    SpecError
        When the difference is not above 0, the spread is negative, or no number of seeds is enough.

    Examples
    --------
    >>> seeds_needed(0.01, 0.02)
    34
    """
    from scipy.stats import norm

    _positive(difference=difference)
    _share(alpha=alpha, power=power)
    if spread < 0:
        raise SpecError(f"spread must not be negative, got {spread}")
    z = float(norm.ppf(1 - alpha / 2) + norm.ppf(power))
    normal = (z * spread / difference) ** 2
    if normal > MOST:
        raise SpecError(
            "A difference that small cannot be found by any number of seeds; ask for a larger one"
        )
    n = max(FEWEST, ceil(normal))
    while power_of(n, difference, spread, alpha) < power:
        n += 1
    return n


def seeds_for(spread: float, half_width: float, level: float = 0.95) -> int:
    """Fewest seeds whose interval of the mean reaches no further than `half_width` to either side.

    >>> seeds_for(0.02, 0.01)
    18
    """
    from scipy.stats import norm, t

    _positive(half_width=half_width)
    upper = 0.5 + checked_level(level) / 2
    if spread < 0:
        raise SpecError(f"spread must not be negative, got {spread}")
    normal = (float(norm.ppf(upper)) * spread / half_width) ** 2
    if normal > MOST:
        raise SpecError("An interval that narrow needs too many seeds; ask for a wider one")
    n = max(FEWEST, ceil(normal))
    while float(t.ppf(upper, n - 1)) * spread / sqrt(n) > half_width:
        n += 1
    return n


def more_seeds(values: Numbers, half_width: float, level: float = 0.95) -> int:
    """How many seeds to add until the interval of the mean is as narrow as wanted; 0 when it is.

    The spread is taken from the values at hand, so with few of them this is a rough guess.

    >>> more_seeds([0.01, 0.03, 0.05], 0.01)
    15

    Raises
    ------
    SpecError
        When there are fewer than two values: they say nothing about the spread.
    """
    x = sample(values)
    if len(x) < FEWEST:
        raise SpecError("At least two seeds are needed to say how many more")
    return max(0, seeds_for(float(x.std(ddof=1)), half_width, level) - len(x))


def _averaged(n: int, shift: float, edge: float) -> float:
    """The same power, averaged over the spread that n runs may show: for shifts that scipy gives up on."""
    from scipy.special import ndtr
    from scipy.stats import chi

    spreads = chi.ppf((np.arange(4000) + 0.5) / 4000, n - 1) / sqrt(n - 1)
    return float((ndtr(shift - edge * spreads) + ndtr(-shift - edge * spreads)).mean())


def _positive(**given: float) -> None:
    for name, value in given.items():
        if not value > 0:
            raise SpecError(f"{name} must be above 0, got {value}")


def _share(**given: float) -> None:
    for name, value in given.items():
        if not 0 < value < 1:
            raise SpecError(f"{name} must be between 0 and 1, got {value}")
