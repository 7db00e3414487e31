"""What selectors that look at rows have in common: which rows may be asked, and in which space they lie."""

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from alcore.types import Floats, Ints, View

Space: TypeAlias = Literal["learner", "features"]

# Rows may be asked (m, D), rows labelled (L, D), scores of the former (m,), their positions (m,), how many
# -> places among the m, distinct.
Choose: TypeAlias = Callable[[Floats, Floats, Floats, Ints], Ints]


def choose_among_open(scores: Floats, view: View, n: int, choose: Choose, space: Space = "features") -> Ints:
    """Let `choose` pick n of the candidates that may be asked.

    Parameters
    ----------
    scores : (N,) array
        -inf marks candidates that must not be asked.
    view : View
    n : int
    choose : function
        ``(X, known, scores, at) -> (n,)`` places among the m rows that may be asked: their rows (m, D), the
        labelled rows (L, D), their scores (m,) and positions (m,). Called only when there is a choice.
    space : str
        Where rows lie: in the learner's inner representation, where it has one, or as features.

    Returns
    -------
    (min(n, m),) array of int
        Positions; all that may be asked, best first, when there is no choice.
    """
    at = np.flatnonzero(scores > -np.inf)
    if n <= 0 or not len(at):
        return np.empty(0, np.int64)
    if n >= len(at):
        return at[np.argsort(-scores[at], kind="stable")]
    X, known = rows(view, space)
    X = X if len(at) == len(X) else X[at]
    return at[choose(X, known, scores[at], at)]


def rows(view: View, space: Space) -> tuple[Floats, Floats]:
    """(N, D) candidates and (L, D) labelled rows."""
    if space == "features":
        return view.candidates.X, view.labelled.X
    return view.embed, view.fitted.embed(view.labelled.X)


def as_weights(scores: Floats) -> Floats:
    """Scores as weights: as they are, counted from the lowest one where that is negative; alike if all are 0.

    >>> as_weights(np.array([-1.0, 0.0, 2.0]))
    array([0., 1., 3.])
    """
    weights = scores - min(0.0, float(scores.min()))
    return weights if weights.max() > 0.0 else np.ones(len(weights))
