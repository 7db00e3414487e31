"""Who to ask: IEThresh, which stops asking annotators who are surely not among the best."""

import numpy as np

from alcore.types import Bools, Floats, Ints


def upper_interval(hits: Floats, n: Ints, alpha: float = 0.05) -> Floats:
    """The best each annotator could reasonably be: upper end of Student's interval of the mean reward.

    Parameters
    ----------
    hits : (R,) rewards of 1 (agreed with the majority) so far
    n : (R,) rewards so far, of 0 or 1
    alpha : float
        The interval holds the mean with probability 1 - alpha.

    Returns
    -------
    (R,) array
        Infinite for those with fewer than two rewards: they deserve a chance.

    Examples
    --------
    >>> upper_interval(np.array([3.0]), np.array([4])).round(4)  # 0.75 + 3.1824 * 0.5 / 2
    array([1.5456])
    """
    from scipy.stats import t

    known = n >= 2
    size = np.where(known, n, 2)
    mean = hits / size
    deviation = np.sqrt(np.maximum(0.0, mean * (1.0 - mean) * size / (size - 1)))
    upper = mean + t.ppf(1.0 - alpha / 2, size - 1) * deviation / np.sqrt(size)
    return np.where(known, upper, np.inf)


def worth_asking(hits: Floats, n: Ints, *, threshold: float = 0.9, alpha: float = 0.05) -> Bools:
    """(R,) whom IEThresh asks next: everybody whose upper interval is near the best one's.

    All are asked at first. An annotator who disagrees with the majority too often drops out; a lucky start is
    corrected, because intervals shrink as rewards come in (Donmez, Carbonell & Schneider 2009).

    Parameters
    ----------
    hits, n : (R,) arrays
        Rewards of 1, and all rewards. The paper starts everybody with one reward of 1 and one of 0.
    threshold : float
        Share of the best upper interval that is good enough: 1 asks the best alone, 0 everybody.
    alpha : float

    Examples
    --------
    >>> worth_asking(np.array([41.0, 30.0, 11.0]), np.array([42, 42, 22]))
    array([ True, False, False])
    """
    upper = upper_interval(hits, n, alpha)
    best = upper.max()
    return np.isinf(upper) if np.isinf(best) else upper >= threshold * best - 1e-12
