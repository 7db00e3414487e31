"""Randomness as a function of where you are, never of what ran before.

No generator is ever stored: a draw is addressed by (seed, purpose, place). So a resumed run is exact,
and two strategies with one seed meet the same split, the same start and the same label noise.

>>> int(stream(7, "start").integers(10**9)) == int(stream(7, "start").integers(10**9))
True
>>> int(stream(7, "start").integers(10**9)) == int(stream(7, "oracle").integers(10**9))
False
"""

from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray


def stream(seed: int, *path: str | int) -> np.random.Generator:
    """Independent generator for one purpose at one place, e.g. ``stream(seed, "ties", round)``."""
    key = tuple(crc32(p.encode()) if isinstance(p, str) else p for p in path)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


@lru_cache(maxsize=4096)
def integer(seed: int, *path: str | int) -> int:
    """A seed below 2**31 for a library that wants an integer ``random_state``."""
    return int(stream(seed, *path).integers(2**31))


def by_id(seed: int, purpose: str, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """One uniform number in [0, 1) for each row of `ids`, whatever the order or batch they come in.

    Parameters
    ----------
    seed : int
    purpose : str
        Two purposes give unrelated numbers for the same ids.
    ids : Ints of shape (N, Q)
        Each row names a question.

    Returns
    -------
    Floats of shape (N,)

    Examples
    --------
    >>> ids = np.array([[3], [8]])
    >>> bool((by_id(0, "flip", ids) == by_id(0, "flip", ids[::-1])[::-1]).all())
    True
    """
    mixed = np.full(len(ids), (seed * 0x9E3779B97F4A7C15 + crc32(purpose.encode())) % 2**64, np.uint64)
    for column in np.atleast_2d(ids.T):
        mixed = (mixed ^ column.astype(np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(29)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53
