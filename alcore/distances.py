"""Distances between rows, a block at a time: no method here ever holds an (n, n) matrix.

Squared distances come from one matrix product, ``|a|^2 - 2 a.b + |b|^2``, after both sides are moved to the
middle of the data: far from the origin the three terms would cancel to noise. What is within rounding of zero
is set to zero, so that copies are exactly equal.
"""

import numpy as np

from alcore.kernels import top_k
from alcore.rng import by_id
from alcore.types import Floats, Ints

ROUNDING = 1e-14  # relative error of a squared distance computed by this formula
BLOCK = 4096  # rows at a time: a block of 64 columns stays inside the cache


def squared_distances(A: Floats, B: Floats) -> Floats:
    """Squared Euclidean distance of every row of A to every row of B.

    Parameters
    ----------
    A : (n, D) array
    B : (m, D) array

    Returns
    -------
    (n, m) array
        Never negative.

    Examples
    --------
    >>> squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 0.0]]))
    array([[ 0.],
           [25.]])
    """
    middle = B.mean(axis=0) if len(B) else 0.0
    A, B = A - middle, B - middle
    squares = np.einsum("nd,nd->n", A, A)[:, None]
    found = A @ (-2.0 * B.T)
    found += np.einsum("nd,nd->n", B, B)
    found += squares
    found[found < ROUNDING * squares] = 0.0
    return np.maximum(found, 0.0, out=found)


def nearest_gaps(X: Floats, centres: Floats) -> Floats:
    """Squared distance of every row of X (n, D) to the closest of the centres (m, D); inf without centres.

    >>> nearest_gaps(np.array([[0.0], [4.0]]), np.array([[1.0], [6.0]]))
    array([1., 4.])
    """
    gaps = np.full(len(X), np.inf)
    if not len(centres):
        return gaps
    middle = centres.mean(axis=0)
    centres = centres - middle
    lengths, turned = np.einsum("nd,nd->n", centres, centres)[:, None], -2.0 * centres
    for start in range(0, len(X), BLOCK):
        rows = X[start : start + BLOCK] - middle
        squares, least = np.einsum("nd,nd->n", rows, rows), gaps[start : start + BLOCK]
        for head in range(0, len(centres), BLOCK):
            found = turned[head : head + BLOCK] @ rows.T  # a centre a line: the least of a column is quick
            found += lengths[head : head + BLOCK]
            np.minimum(least, found.min(axis=0), out=least)
        least += squares
        least[least < ROUNDING * squares] = 0.0
    return gaps


def nearest_rows(X: Floats, others: Floats, k: int) -> tuple[Ints, Floats]:
    """The k rows of `others` closest to each row of X, closest first.

    Parameters
    ----------
    X : (n, D) array
    others : (m, D) array
    k : int
        At most m.

    Returns
    -------
    (n, k) array of int, (n, k) array
        Positions in `others`, and distances.
    """
    where, how_far = np.empty((len(X), k), np.int64), np.empty((len(X), k))
    step = max(1, BLOCK * 512 // max(1, len(others)))
    for start in range(0, len(X), step):
        squared = squared_distances(X[start : start + step], others)
        at = np.argpartition(squared, k - 1, axis=1)[:, :k]
        near = np.take_along_axis(squared, at, axis=1)
        order = np.lexsort((at, near))
        where[start : start + step] = np.take_along_axis(at, order, axis=1)
        how_far[start : start + step] = np.sqrt(np.take_along_axis(near, order, axis=1))
    return where, how_far


def sample_of(ids: Ints, size: int, seed: int, purpose: str) -> Ints:
    """At most `size` positions drawn by lot, ascending; the lot is the row's own, so order does not matter.

    >>> ids = np.arange(100)[:, None]
    >>> one, other = sample_of(ids, 5, 0, "demo"), sample_of(ids[::-1], 5, 0, "demo")
    >>> sorted(ids[one, 0].tolist()) == sorted(ids[::-1][other, 0].tolist())
    True
    """
    if len(ids) <= size:
        return np.arange(len(ids))
    return np.sort(top_k(by_id(seed, purpose, ids), size))


def typical_distance(X: Floats) -> float:
    """Root mean squared distance between two rows of X drawn at random; 1 when all rows are equal.

    Twice the sum of the columns' variances, so it costs one pass.

    >>> typical_distance(np.array([[0.0], [2.0]])) ** 2
    2.0
    """
    spread = float(np.sqrt(2.0 * X.var(axis=0).sum())) if len(X) else 0.0
    return spread if spread > 0.0 else 1.0


def closest_pair(known: Floats) -> float:
    """Smallest distance between two of the rows (L, D) that differ; 0 when there is none.

    >>> closest_pair(np.array([[0.0], [0.0], [3.0], [5.0]]))
    2.0
    """
    least = np.inf
    for at in range(1, len(known)):
        gap = squared_distances(known[at : at + 1], known[:at])[0]
        gap = gap[gap > 1e-12 * (1.0 + np.einsum("d,d->", known[at], known[at]))]
        least = min(least, float(gap.min(initial=np.inf)))
    return float(np.sqrt(least)) if np.isfinite(least) else 0.0
