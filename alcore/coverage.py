"""Covering a pool: greedy choices that leave no row far from, or unlike, a chosen one.

Two ways to say "covered", two greedy algorithms. `k_center` shrinks the largest distance to a chosen row;
`greedy_cover` raises the summed similarity to the most similar chosen row, of which the number of rows within
a radius (ProbCover) and the kernel coverage of herding are cases. Both are lazy: they look again only at rows
that can still win, and choose exactly what the plain algorithm would.
"""

from collections.abc import Callable

import numpy as np

from alcore.distances import BLOCK, nearest_gaps, nearest_rows, squared_distances, typical_distance
from alcore.kernels import top_k
from alcore.types import Floats, Ints

ACTIVE = 2048  # rows kept up to date by `k_center`; the others wait until the active ones have fallen behind
FIRST_LOOK = 32  # rows that `greedy_cover` looks at again first
KEPT = 20_000_000  # similarities held in memory (80 MB); beyond that they are computed again when needed
WIDTH = 0.5  # of the herding kernel, in typical distances between two rows
ALONE = 5  # neighbours that tell how lonely a row is


def k_center(X: Floats, known: Floats, n: int) -> Ints:
    """Choose the row farthest from everything known, again and again.

    Parameters
    ----------
    X : (N, D) array
        Rows to choose from.
    known : (L, D) array
        Rows that count as chosen already. Without any, the row closest to the mean is chosen first.
    n : int

    Returns
    -------
    (min(n, N),) array of int
        Distinct positions in the order chosen; among equally far rows the lowest position.

    Notes
    -----
    The largest distance of any row to its closest centre ends at most twice the smallest one possible.
    O(N (L + n) D) at worst. Source: Gonzalez 1985; Sener & Savarese 2018. Distances only fall while rows
    are chosen; so the farthest of the 2,048 farthest is the farthest of all as long as it is no closer than
    every other row was when they were last looked at.

    Examples
    --------
    >>> k_center(np.array([[0.0], [1.0], [5.0], [9.0]]), np.array([[0.0]]), 2)
    array([3, 2])
    """
    n = min(n, len(X))
    if n <= 0:
        return np.empty(0, np.int64)
    gaps = nearest_gaps(X, known)
    chosen: list[int] = []
    if not len(known):
        start = int(nearest_gaps(X, X.mean(axis=0, keepdims=True)).argmin())
        chosen, gaps = [start], nearest_gaps(X, X[[start]])
        gaps[start] = -1.0
    while len(chosen) < n:
        latest = _farthest_of_the_active(X, gaps, n - len(chosen))
        chosen += latest
        if len(chosen) < n:
            np.minimum(gaps, nearest_gaps(X, X[latest]), out=gaps)
        gaps[latest] = -1.0
    return np.array(chosen, np.int64)


def _farthest_of_the_active(X: Floats, gaps: Floats, most: int) -> list[int]:
    """The next rows of `k_center`, at least one, for which the others need not be looked at."""
    head = top_k(gaps, ACTIVE + 1)
    floor = gaps[head[-1]] if len(head) > ACTIVE else -1.0
    active = np.sort(head[:ACTIVE])
    rows, here = X[active] - X[active].mean(axis=0), gaps[active]
    squares = np.einsum("nd,nd->n", rows, rows)
    chosen: list[int] = []
    while len(chosen) < most:
        best = int(here.argmax())
        if chosen and here[best] < max(floor, 0.0):
            break
        chosen.append(int(active[best]))
        gap = rows @ (-2.0 * rows[best])
        gap += squares
        gap += squares[best]
        np.minimum(here, np.maximum(gap, 0.0, out=gap), out=here)
        here[best] = -1.0
    return chosen


def filled(X: Floats, chosen: Ints, n: int, known: Floats | None = None) -> Ints:
    """The first n of the chosen positions; too few are topped up with the rows farthest from all of them.

    The `known` rows (L, D), if given, keep those that are added at a distance as well.

    >>> filled(np.array([[0.0], [1.0], [5.0], [9.0]]), np.array([0]), 3)
    array([0, 3, 2])
    """
    chosen, n = chosen[:n], min(n, len(X))
    if len(chosen) == n:
        return chosen
    rest = np.ones(len(X), bool)
    rest[chosen] = False
    at = np.flatnonzero(rest)
    centres = X[chosen] if known is None else np.concatenate([known, X[chosen]])
    return np.concatenate([chosen, at[k_center(X[at], centres, n - len(chosen))]]).astype(np.int64)


def crowd_first(X: Floats, reference: Floats, share: float) -> tuple[Ints, Ints]:
    """Positions of ordinary rows and of the `share` of rows that lie most alone, both ascending.

    How alone a row is: its distance to the fifth closest reference row, itself left out if it is one.

    >>> ordinary, alone = crowd_first(np.array([[0.0], [0.1], [0.2], [9.0]]), np.array([[0.0], [0.1]]), 0.25)
    >>> alone
    array([3])
    """
    count = int(share * len(X))
    if not count or not len(reference):
        return np.arange(len(X)), np.empty(0, np.int64)
    _, far = nearest_rows(X, reference, min(ALONE + 1, len(reference)))
    alone = np.sort(top_k(far[:, -1], count))
    return np.setdiff1d(np.arange(len(X)), alone), alone


def greedy_cover(
    similarity: Callable[[Ints], Floats],
    n_rows: int,
    n: int,
    weight: Floats,
    covered: Floats,
) -> Ints:
    """Choose rows one by one, each time the one that covers the most of what is not covered yet.

    A reference row r is covered as well as its most similar chosen row covers it, and counts by its weight:
    maximise ``sum_r weight_r max_{i chosen} similarity(i, r)``.

    Parameters
    ----------
    similarity : function
        Positions (m,) to their similarities with the R reference rows, (m, R), not negative.
    n_rows : int
        Rows to choose from.
    n : int
    weight : (R,) array
        Not negative.
    covered : (R,) array
        How well each reference row is covered at the start, by what is labelled.

    Returns
    -------
    (<= n,) array of int
        Distinct positions in the order chosen; among equal gains the lowest. Fewer than n when no further row
        covers anything more.

    Notes
    -----
    The objective is submodular: what is left to gain from a row only shrinks, so an old gain is a bound and
    most rows are never looked at again (Minoux 1978). The cover is at least 1 - 1/e of the best one possible
    (Nemhauser, Wolsey & Fisher 1978).

    Examples
    --------
    >>> reach = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0]])
    >>> greedy_cover(lambda at: reach[at], 3, 3, np.ones(4), np.zeros(4))
    array([1, 0])
    """
    n, covered = min(n, n_rows), covered.copy()
    bounds = np.empty(n_rows)
    for start in range(0, n_rows, BLOCK):
        at = np.arange(start, min(start + BLOCK, n_rows))
        bounds[at] = _gains(similarity(at), weight, covered)
    looked_at = np.zeros(n_rows, np.int64)  # after how many choices a bound was computed
    chosen: list[int] = []
    while len(chosen) < n:
        best, look = int(bounds.argmax()), FIRST_LOOK
        while looked_at[best] < len(chosen):
            at = top_k(bounds, look)
            at = at[looked_at[at] < len(chosen)]
            bounds[at] = _gains(similarity(at), weight, covered)
            looked_at[at] = len(chosen)
            best, look = int(bounds.argmax()), 2 * look
        if not bounds[best] > 0.0:
            break
        chosen.append(best)
        covered = np.maximum(covered, similarity(np.array([best]))[0])
        bounds[best] = -1.0
        looked_at[best] = n  # never again
    return np.array(chosen, np.int64)


def _gains(similar: Floats, weight: Floats, covered: Floats) -> Floats:
    """(m,) what each row adds to the cover."""
    more = similar - covered
    return np.maximum(more, 0.0, out=more) @ weight


def kernel_cover(
    X: Floats,
    reference: Floats,
    known: Floats,
    n: int,
    kernel: Callable[[Floats], Floats],
    weight: Floats | None = None,
) -> Ints:
    """`greedy_cover` for a similarity that is a function of the squared distance.

    Parameters
    ----------
    X : (N, D) array
        Rows to choose from.
    reference : (R, D) array
        Rows to cover.
    known : (L, D) array
        Rows that cover already.
    n : int
    kernel : function
        Squared distances to similarities from 0 to 1, falling.
    weight : (R,) array, optional
        How much each reference row counts; alike without.

    Notes
    -----
    Similarities are kept in float32 while there are at most 20 million of them, else computed when needed.
    """
    weight = np.ones(len(reference)) if weight is None else weight
    gaps = nearest_gaps(reference, known)
    # Rounded as the similarities are: a copy of a known row must gain nothing.
    covered = kernel(gaps).astype(np.float32).astype(np.float64) if len(known) else np.zeros(len(reference))

    def similarity(at: Ints) -> Floats:
        return kernel(squared_distances(X[at], reference)).astype(np.float32)

    if len(X) * len(reference) > KEPT:
        return greedy_cover(similarity, len(X), n, weight, covered)
    step = max(1, BLOCK * 256 // len(reference))
    table = np.concatenate([similarity(np.arange(a, min(a + step, len(X)))) for a in range(0, len(X), step)])
    return greedy_cover(lambda at: table[at], len(X), n, weight, covered)


def gaussian(width: float) -> Callable[[Floats], Floats]:
    """The kernel ``exp(-d^2 / (2 width^2))`` as a function of the squared distance.

    >>> gaussian(2.0)(np.array([0.0, 8.0])).round(4)
    array([1.    , 0.3679])
    """
    # Below e-80 rows are equally unlike; float32 would slow down on smaller numbers.
    scale = -0.5 / max(width, 1e-30) ** 2
    return lambda squared: np.exp(np.maximum(squared * scale, -80.0))


def ball(radius: float) -> Callable[[Floats], Floats]:
    """1 inside a ball of this radius, its surface included, and 0 outside, of the squared distance.

    >>> ball(2.0)(np.array([0.0, 4.0, 4.1]))
    array([1., 1., 0.])
    """
    return lambda squared: (squared <= radius * radius).astype(np.float64)


def herding_width(X: Floats) -> float:
    """A kernel width that follows the pool: half the root mean squared distance of two rows.

    >>> herding_width(np.array([[0.0], [2.0]])) ** 2
    0.5
    """
    return WIDTH * typical_distance(X)
