"""Noise of a training: fresh for every training, and yet the same when that training is repeated."""

from hashlib import blake2b

import numpy as np

from alcore.rng import by_id, stream
from alcore.types import Floats, Ints


def noise_of(
    seed: int, purpose: str, X: Floats, codes: Ints, weight: Floats, *settings: float
) -> np.random.Generator:
    """Generator of the noise on what a training on these rows gives away.

    Two trainings that differ in a row, a label, a weight or a setting must not share their noise: the
    difference of what they release would then be free of it. A resumed run must repeat its own.

    Parameters
    ----------
    seed : int
        Must be secret where a promise counts: who knows it and guesses the rows can take the noise away.
    purpose : str
    X, codes, weight : (n, D), (n,) and (n,) arrays
        The rows, in any order.
    *settings : float
        What else decides the outcome.

    Examples
    --------
    >>> X, codes, weight = np.array([[1.0], [2.0]]), np.array([0, 1]), np.ones(2)
    >>> one, same = (noise_of(0, "doc", X[o], codes[o], weight).random() for o in ([0, 1], [1, 0]))
    >>> bool(one == same), bool(one == noise_of(0, "doc", X, codes[::-1], weight).random())
    (True, False)
    """
    bits = np.column_stack([X, codes, weight]).astype(np.float64).view(np.int64)
    marks = np.sort(by_id(seed, purpose, bits))
    digest = blake2b(marks.tobytes() + np.array(settings, np.float64).tobytes(), digest_size=8).digest()
    return stream(seed, purpose, int.from_bytes(digest, "little"))
