"""Drawing batches: without replacement by weight, and by squared distance to what is drawn already."""

from typing import Literal

import numpy as np

from alcore.kernels import top_k
from alcore.types import Floats, Ints

Shape = Literal["power", "softmax", "softrank"]


def log_weights(scores: Floats, shape: Shape, beta: float) -> Floats:
    """Logarithm of the weight with which each candidate is drawn, by the shape of Kirsch et al. 2023.

    Parameters
    ----------
    scores : (n,) array
        Finite. Scores that may be negative are counted from the lowest one where the shape is ``power``.
    shape : str
        power: ``beta ln s``; softmax: ``beta s``; softrank: ``-beta ln rank``, where equal scores share the
        mean of their ranks.
    beta : float
        0 draws uniformly; the larger, the closer to taking the best.

    Returns
    -------
    (n,) array
        -inf for a score of 0 under ``power`` with beta above 0.

    Examples
    --------
    >>> log_weights(np.array([1.0, 4.0, 2.0]), "power", 0.5).round(3)
    array([0.   , 0.693, 0.347])
    >>> np.exp(log_weights(np.array([1.0, 4.0, 2.0]), "softrank", 1.0)).round(3)
    array([0.333, 1.   , 0.5  ])
    """
    if beta == 0.0 or not len(scores):
        return np.zeros(len(scores))
    if shape == "softmax":
        return beta * scores
    if shape == "softrank":
        _, place, count = np.unique(-scores, return_inverse=True, return_counts=True)
        last = np.cumsum(count)
        return -beta * np.log(0.5 * (last - count + 1 + last))[place]
    worth = scores - min(0.0, float(scores.min()))
    return beta * np.log(worth, out=np.full(len(worth), -np.inf), where=worth > 0.0)


def gumbel_top_k(logs: Floats, uniform: Floats, k: int) -> Ints:
    """Draw k positions without replacement, each time by weight among those left.

    Parameters
    ----------
    logs : (n,) array
        Logarithms of the weights; rows of -inf are drawn, alike, after all others.
    uniform : (n,) array
        One number from [0, 1) for each row: the same numbers, the same draw.
    k : int

    Returns
    -------
    (min(k, n),) array of int
        In the order drawn.

    Notes
    -----
    The k largest of log-weight plus Gumbel noise are distributed as k successive draws. O(n).
    Source: Yellott 1977; Vieira 2014; Kool, van Hoof & Welling 2019.
    """
    tiny = np.finfo(np.float64).tiny
    noise = -np.log(-np.log(np.maximum(uniform, tiny)))
    drawn = top_k(logs + noise, k)
    possible = drawn[logs[drawn] > -np.inf]
    if len(possible) == len(drawn):
        return drawn
    rest = np.flatnonzero(np.isneginf(logs))
    return np.concatenate([possible, rest[top_k(noise[rest], len(drawn) - len(possible))]])


def first_draw(logs: Floats) -> Floats:
    """Probability that each row is drawn first: what a later correction for biased sampling needs.

    >>> first_draw(np.log([1.0, 3.0]))
    array([0.25, 0.75])
    """
    if not len(logs) or np.isneginf(logs).all():
        return np.full(len(logs), 1.0 / max(1, len(logs)))
    weight = np.exp(logs - logs.max())
    return weight / weight.sum()


def squared_distance_draws(left: Floats, right: Floats, n: int, rng: np.random.Generator) -> Ints:
    """k-means++ seeding of the products ``left_i (x) right_i``: far rows are drawn more often.

    The first is the longest product; every next one is drawn with a probability in proportion to its squared
    distance to the closest one drawn so far.

    Parameters
    ----------
    left, right : (N, A) and (N, B) arrays
        Factors of the (N, A B) outer products, which are never built:
        ``<left_i (x) right_i, left_j (x) right_j> = <left_i, left_j> <right_i, right_j>``.
    n : int
    rng : Generator

    Returns
    -------
    (min(n, N),) array of int
        Distinct positions. When only copies of drawn rows are left, the longest products, first ones first.

    Notes
    -----
    O(N n (A + B)). Source: Arthur & Vassilvitskii 2007; Ash et al. 2020.
    """
    n = min(n, len(left))
    if n <= 0:
        return np.empty(0, np.int64)
    lengths = np.einsum("na,na->n", left, left) * np.einsum("nb,nb->n", right, right)
    noise = 1e-12 * max(float(lengths.max()), np.finfo(np.float64).tiny)  # rounding, not distance
    gaps = np.full(len(left), np.inf)
    drawn = [int(lengths.argmax())]
    while len(drawn) < n:
        at = drawn[-1]
        gap = left @ left[at]
        gap *= right @ right[at]
        gap *= -2.0
        gap += lengths
        gap += lengths[at]
        np.minimum(gaps, gap, out=gaps)
        gaps[gaps < noise] = 0.0
        gaps[at] = 0.0
        mass = np.cumsum(gaps)
        if not mass[-1] > 0.0:
            break
        drawn.append(int(np.searchsorted(mass, rng.random() * mass[-1], side="right")))
    if len(drawn) < n:
        lengths[drawn] = -np.inf
        drawn += top_k(lengths, n - len(drawn)).tolist()
    return np.array(drawn, np.int64)
