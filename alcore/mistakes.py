"""Wrong answers, drawn by place: the same question gets the same answer, whatever was asked before."""

import numpy as np

from alcore.rng import by_id
from alcore.types import Floats, Ints


def spread(rates: Floats, towards: str = "any") -> Floats:
    """(C, C) P(answer | truth) with these error rates, shared by all other classes or given to the next.

    >>> spread(np.array([0.0, 0.1, 0.2]), "any")
    array([[1. , 0. , 0. ],
           [0.05, 0.9 , 0.05],
           [0.1 , 0.1 , 0.8 ]])
    """
    C = len(rates)
    if C < 2:
        return np.ones((C, C))
    others = np.roll(np.eye(C), 1, axis=1) if towards == "next" else (1.0 - np.eye(C)) / (C - 1)
    return np.diag(1.0 - rates) + rates[:, None] * others


def drawn(ids: Ints, truth: Ints, chances: Floats, seed: int, who: str = "oracle") -> Ints:
    """(B,) answers drawn from the (B, C) probabilities of what is said: first whether it is wrong, then how.

    A question answered wrongly at one rate is answered wrongly, and alike, at every higher rate.

    Parameters
    ----------
    ids : (B, Q) array
        The places: an answer depends on them, the seed and `who` alone.
    truth : (B,) codes
    chances : (B, C) array
        P(answer); each row sums to 1. Its entry at the truth is not read.
    seed : int
    who : str
        Different names err on unrelated questions.
    """
    wrongly = chances.copy()
    wrongly[np.arange(len(truth)), truth] = 0.0
    up_to = np.cumsum(wrongly, axis=1)
    rate = up_to[:, -1].copy()
    up_to /= np.where(rate > 0.0, rate, 1.0)[:, None]  # ends in an exact 1: no draw is beyond the last class
    says = (by_id(seed, f"{who} says", ids)[:, None] >= up_to).sum(axis=1)
    wrong = by_id(seed, f"{who} errs", ids) < rate
    return np.where(wrong, says, truth).astype(np.int64)


def at_rate(ids: Ints, truth: Ints, rate: Floats, n_classes: int, seed: int, who: str = "oracle") -> Ints:
    """`drawn` with an error rate for each question: a wrong answer is any other class alike."""
    rows = np.zeros((len(truth), n_classes)) + (rate / max(1, n_classes - 1))[:, None]
    return drawn(ids, truth, rows, seed, who)
