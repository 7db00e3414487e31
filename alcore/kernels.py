"""Array kernels of the query loop: pure functions of class probabilities and scores.

C, the number of classes, is small and n, the number of rows, is large: a pass over one contiguous column
of n numbers is the fast direction. Feed column-major arrays, which ``LinearModel.logits`` and ``softmax``
return, and nothing is copied; row-major arrays are transposed block by block, in cache. `softmax` and
`top_two` keep the precision of their input: float32 halves the cost of a first look at a large pool.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BLOCK = 4096  # rows per block: 4096 x 10 float64 is 320 KiB, inside the L2 cache of any current core
_STRIDE = 64  # of the sample that `top_k` looks at first
_TINY = float(np.finfo(np.float64).tiny)


def softmax(logits: Floats) -> Floats:
    """Class probabilities of unnormalised log-probabilities.

    Parameters
    ----------
    logits : (n, C) array
        Finite, or ``-inf`` for an impossible class (not for all classes of a row).

    Returns
    -------
    (n, C) array
        Column-major; each row sums to 1.

    Examples
    --------
    >>> softmax(np.array([[0.0, np.log(3.0)], [1000.0, 0.0]]))
    array([[0.25, 0.75],
           [1.  , 0.  ]])
    """
    n, n_classes = logits.shape
    proba = np.empty((n_classes, n), np.result_type(logits, np.float32))
    for rows, block in _class_major_blocks(logits):
        out = proba[:, rows]
        np.subtract(block, block.max(axis=0), out=out)
        np.exp(out, out=out)
        out /= out.sum(axis=0)
    return proba.T


def top_two(proba: Floats) -> tuple[Floats, Floats]:
    """Largest and second largest value of every row.

    Parameters
    ----------
    proba : (n, C) array
        C >= 1. The values may be any comparable numbers, logits for instance.

    Returns
    -------
    largest, second : (n,) arrays
        ``second`` is 0 when there is only one class.

    Examples
    --------
    >>> top_two(np.array([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]]))
    (array([0.5, 0.4]), array([0.3, 0.4]))
    """
    n, n_classes = proba.shape
    if n_classes == 1:
        return proba[:, 0].copy(), np.zeros(n, proba.dtype)
    largest, second, loser = np.empty((3, n), proba.dtype)
    for rows, block in _class_major_blocks(proba):
        first, runner_up, lost = largest[rows], second[rows], loser[rows]
        np.maximum(block[0], block[1], out=first)
        np.minimum(block[0], block[1], out=runner_up)
        for column in block[2:]:
            np.minimum(first, column, out=lost)
            np.maximum(first, column, out=first)
            np.maximum(runner_up, lost, out=runner_up)
    return largest, second


def row_entropy(proba: Floats) -> Floats:
    """Shannon entropy of every row, in nats, with 0 log 0 = 0.

    Parameters
    ----------
    proba : (n, C) array
        Rows of probabilities.

    Returns
    -------
    (n,) array
        Between 0 and ln C.

    Examples
    --------
    >>> row_entropy(np.array([[0.5, 0.5], [1.0, 0.0]])).round(4)
    array([0.6931, 0.    ])
    """
    out = np.empty(len(proba))
    for start in range(0, len(proba), _BLOCK):
        block = proba[start : start + _BLOCK]
        # The floor only touches p = 0 and subnormals: 0 * log(tiny) is an exact 0, log(0) would be nan.
        logs = np.maximum(block, _TINY)
        np.log(logs, out=logs)
        np.einsum("nc,nc->n", block, logs, out=out[start : start + _BLOCK])
    return np.subtract(0.0, out, out=out)  # not `-out`: a certain row is 0.0, never -0.0


def top_k(scores: Floats, k: int) -> Ints:
    """Positions of the k largest scores, best first; among equals the lowest position wins.

    Parameters
    ----------
    scores : (n,) array
        May hold infinities. ``-inf`` marks rows that are out of the question.
    k : int
        How many; all of them, ordered, when k > n.

    Returns
    -------
    (min(k, n),) array of int
        Equal to ``np.argsort(-scores, kind="stable")[:k]``.

    Raises
    ------
    ValueError
        If a score is NaN, or k is negative.

    Examples
    --------
    >>> top_k(np.array([1.0, 3.0, 2.0, 3.0]), 3)
    array([1, 3, 2])
    """
    if k < 0:
        raise ValueError(f"k must not be negative, got {k}")
    k = min(k, len(scores))
    if len(scores) and np.isnan(scores.max()):
        raise ValueError("a score is NaN: it cannot be ranked")
    if k == 0:
        return np.empty(0, dtype=np.int64)
    if len(scores) < 4 * _STRIDE * k:
        return _head(scores, k)
    # The k-th best of a sample is never above the k-th best of all: what lies below it is out.
    left = np.flatnonzero(scores >= _kth_largest(scores[::_STRIDE], k))
    return left[_head(scores[left], k)]


def _head(scores: Floats, k: int) -> Ints:
    bar = _kth_largest(scores, k)
    above = np.flatnonzero(scores > bar)
    at_bar = np.flatnonzero(scores == bar)[: k - len(above)]
    best = above[np.argsort(-scores[above], kind="stable")]
    return np.concatenate((best, at_bar))


def _kth_largest(scores: Floats, k: int) -> float:
    return float(np.partition(scores, len(scores) - k)[len(scores) - k])


def _class_major_blocks(array: Floats) -> Iterator[tuple[slice, Floats]]:
    """Cut (n, C) into row blocks and yield (rows, block) with block (C, rows) contiguous along the rows."""
    for start in range(0, len(array), _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = array[rows].T
        yield rows, block if block.strides[1] == block.itemsize else block.copy()
