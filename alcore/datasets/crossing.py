"""Groups by two columns at once: who shares both."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

OTHERS = "(other)"
SMALLEST = 0.01  # share of the rows below which a crossed group is put together with others
MOST = 12  # crossed groups, the one of all others included


def crossed(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Name each row's group by both of its groups; small groups are put together.

    Parameters
    ----------
    first, second : (M,) arrays of words

    Returns
    -------
    (M,) array of words
        "female, under 30"; "(other)" for rows of groups with less than 1 % of the rows, and for all but the
        eleven largest where there are more than twelve.

    Examples
    --------
    >>> crossed(np.array(["f", "m", "f"]), np.array(["old", "old", "young"])).tolist()
    ['f, old', 'm, old', 'f, young']
    """
    words = np.array([f"{a}, {b}" for a, b in zip(first.tolist(), second.tolist(), strict=True)], object)
    found, counts = np.unique(words.astype(str), return_counts=True)
    large = found[counts >= SMALLEST * len(words)]
    if len(large) < len(found) or len(found) > MOST:
        largest = found[np.argsort(-counts, kind="stable")[: MOST - 1]]
        words[~np.isin(words.astype(str), np.intersect1d(large, largest))] = OTHERS
    return words
