"""Version spaces: the hypotheses no label has contradicted yet, and the question that halves them.

Two kinds. A finite class is a table of what each hypothesis answers on each row. Linear separators fill a
convex cone of weights, sampled by hit-and-run. For more than two classes a linear hypothesis has one weight
vector per class and the label says which of them must win: still a cone, of C (D + 1) dimensions (Kesler's
construction), so that one sampler serves all.
"""

from typing import Literal, TypeAlias

import numpy as np

from alcore.types import Bools, Floats, Ints

Rule: TypeAlias = Literal["worst case", "expected"]

_INSIDE = 1e-9  # a largest margin below this is no margin
PER_DIMENSION = 30  # hit-and-run steps: enough to forget the start, measured on cones after 40 questions
_AHEAD = 1 << 18  # random numbers drawn at a time


def survivors(table: Ints, asked: Ints, answers: Ints) -> Bools:
    """Which hypotheses agree with all answers.

    Parameters
    ----------
    table : (H, n) array of int
        What each hypothesis answers on each row.
    asked, answers : (L,) arrays of int
        Rows, and their labels.

    Returns
    -------
    (H,) array of bool

    Examples
    --------
    Thresholds on four rows; row 2 is below it:

    >>> thresholds = np.array([[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1]])
    >>> survivors(thresholds, np.array([2]), np.array([0]))
    array([ True,  True, False, False, False])
    """
    alive: Bools = (table[:, asked] == answers).all(axis=1)
    return alive


def halving(votes: Ints, n_classes: int, weight: Floats | None = None, rule: Rule = "worst case") -> Floats:
    """Share of the hypotheses that an answer is sure, or expected, to rule out.

    Parameters
    ----------
    votes : (H, n) array of int
        What each surviving hypothesis answers on each row.
    n_classes : int
    weight : (H,) array, optional
        How probable each hypothesis is.
    rule : str
        "worst case": whatever the answer, ``1 - max_y share_y``. "expected": on average if one of them, drawn
        by weight, is right, ``1 - sum_y share_y^2``. With two classes both prefer the same rows.

    Returns
    -------
    (n,) array
        0 where all agree; at most 1 - 1/C.

    Notes
    -----
    Greedy halving needs at most ``ln |H|`` times the questions of the best strategy (Dasgupta 2004).

    Examples
    --------
    >>> halving(np.array([[0, 0, 0], [0, 0, 1], [0, 1, 1], [0, 1, 1]]), 2)
    array([0.  , 0.5 , 0.25])
    """
    weight = np.ones(len(votes)) if weight is None else weight
    share = np.stack([weight @ (votes == c) for c in range(n_classes)]) / max(weight.sum(), 1e-300)
    if rule == "expected":
        return np.maximum(1.0 - np.square(share).sum(axis=0), 0.0)
    return np.maximum(1.0 - share.max(axis=0), 0.0)


def constraints(X: Floats, y: Ints, n_classes: int) -> Floats:
    """The inequalities ``A w > 0`` of linear hypotheses that give every row its label.

    Parameters
    ----------
    X : (L, D) array
        Labelled rows; append ones for separators that need not pass through the origin.
    y : (L,) array of int
    n_classes : int

    Returns
    -------
    (L, D) array for two classes: rows times -1 or 1; else (L (C - 1), C D): the label's weights less those of
    one other class. Rows have length 1; a row of zeros, which nothing separates, stays.

    Examples
    --------
    >>> constraints(np.array([[3.0, 4.0], [1.0, 0.0]]), np.array([1, 0]), 2)
    array([[ 0.6,  0.8],
           [-1. ,  0. ]])
    """
    if n_classes == 2:
        A = X * np.where(y == 1, 1.0, -1.0)[:, None]
    else:
        eye = np.eye(n_classes)
        wins = eye[y][:, None, :] - eye[None, :, :]  # (L, C, C): label against each class
        others = ~eye.astype(bool)[y]
        A = (wins[..., None] * X[:, None, None, :])[others].reshape(-1, n_classes * X.shape[1])
    length = np.linalg.norm(A, axis=1, keepdims=True)
    found: Floats = np.divide(A, length, out=np.zeros_like(A), where=length > 0.0)
    return found


def inner_point(A: Floats) -> Floats | None:
    """A point with ``A w > 0`` far from all walls, or None when there is none: the version space is empty.

    Parameters
    ----------
    A : (m, d) array
        Rows of length 1.

    Returns
    -------
    (d,) array or None
        Length at most 1/2. The largest margin inside the cube [-1, 1]^d, by linear programming.

    Examples
    --------
    >>> inner_point(np.array([[1.0, 0.0], [-1.0, 0.0]])) is None
    True
    """
    from scipy.optimize import linprog

    m, d = A.shape
    if not m:
        return np.zeros(d)
    solved = linprog(
        np.append(np.zeros(d), -1.0),
        A_ub=np.hstack([-A, np.ones((m, 1))]),
        b_ub=np.zeros(m),
        bounds=[(-1.0, 1.0)] * d + [(0.0, None)],
        method="highs",
    )
    if not solved.success or solved.x is None or (A @ solved.x[:-1]).min() <= _INSIDE:
        return None
    w: Floats = solved.x[:-1]
    return w / (2.0 * np.linalg.norm(w))


def hit_and_run(
    A: Floats, start: Floats, n: int, rng: np.random.Generator, *, steps: int | None = None
) -> Floats:
    """Weights drawn evenly from the version space ``{w: A w > 0, |w| <= 1}``.

    Parameters
    ----------
    A : (m, d) array
    start : (d,) array
        A point inside.
    n : int
        Chains, all from the start; each gives one draw.
    rng : Generator
    steps : int, optional
        Length of each chain; 30 d by default.

    Returns
    -------
    (n, d) array
        All inside.

    Notes
    -----
    A step picks a random direction and goes to an even draw from the chord through the body. O(n m d) a step.
    Source: Smith 1984; Lovasz & Vempala 2006; for active learning, Gilad-Bachrach, Navot & Tishby 2005.
    """
    m, d = A.shape
    steps = PER_DIMENSION * d if steps is None else steps
    w = np.repeat(start[None, :], n, axis=0)
    slack = w @ A.T
    block = max(1, _AHEAD // max(1, n * max(m, d)))
    for done in range(0, steps, block):
        some = min(block, steps - done)
        ways = rng.standard_normal((some, n, d))
        ways /= np.linalg.norm(ways, axis=2, keepdims=True)
        along, uniform = ways @ A.T, rng.random((some, n))
        for way, slope, u in zip(ways, along, uniform, strict=True):
            # Where the line leaves the ball, then where it crosses the walls ahead and behind.
            middle = np.einsum("nd,nd->n", w, way)
            half = np.sqrt(np.maximum(middle**2 + 1.0 - np.einsum("nd,nd->n", w, w), 0.0))
            with np.errstate(divide="ignore", invalid="ignore"):
                crossing = -slack / slope
            low = np.where(slope > 0.0, crossing, -np.inf).max(axis=1, initial=-np.inf)
            high = np.where(slope < 0.0, crossing, np.inf).min(axis=1, initial=np.inf)
            low = np.maximum(low, -middle - half)
            length = np.maximum(np.minimum(high, half - middle) - low, 0.0)
            move = np.where(length > 0.0, low + u * length, 0.0)
            w += move[:, None] * way
            slack += move[:, None] * slope
        slack = w @ A.T  # rounding must not pile up
    return w


def separators(
    X: Floats, y: Ints, n_classes: int, n: int, rng: np.random.Generator, *, steps: int | None = None
) -> Floats | None:
    """Linear hypotheses drawn from the version space of some labels.

    Parameters
    ----------
    X : (L, D) array
    y : (L,) array of int
    n_classes : int
    n : int
        How many.
    rng : Generator
    steps : int, optional
        See `hit_and_run`.

    Returns
    -------
    (n, C, D) array or None
        Weights: the class with the largest ``w_c . x`` is the answer. For two classes (-w/2, +w/2). None when
        no linear hypothesis agrees with all labels.
    """
    A = constraints(X, y, n_classes)
    start = inner_point(A)
    if start is None:
        return None
    w = hit_and_run(A, start, n, rng, steps=steps)
    if n_classes == 2:
        return np.stack([-0.5 * w, 0.5 * w], axis=1)
    return w.reshape(n, n_classes, X.shape[1])
