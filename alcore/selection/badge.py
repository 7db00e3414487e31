"""BADGE: diverse gradients."""

from typing import Literal

import numpy as np

from alcore.catalog import SELECTORS
from alcore.sampling import squared_distance_draws
from alcore.selection.open_rows import rows
from alcore.types import Floats, Ints, View


@SELECTORS.add(
    needs="proba",
    source="Ash, Zhang, Krishnamurthy, Langford & Agarwal 2020",
    label="BADGE",
    family="hybrid",
    formula=r"g_x = (p_x - e_{\hat y}) \otimes h_x, \quad P(x) \propto \min_s \lVert g_x - g_s \rVert^2",
    use="Batches for neural networks and linear learners: doubt and variety without a knob to turn.",
    avoid="Small batches of a well calibrated learner, where plain margin is as good and steadier.",
    complexity="O(n batch (C + H)); gradients are never built",
)
def badge(scores: Floats, view: View, n: int, *, space: Literal["learner", "features"] = "learner") -> Ints:
    """Draw rows whose labels would push the learner hard, and each in another direction.

    The push of a row is the gradient of its loss if the learner's own guess were right: long where it is
    unsure. Rows are drawn far from each other in this space, so both doubt and variety count. Scores only say
    who may be asked.

    Parameters
    ----------
    space : str
        Build gradients on the learner's inner representation, where it has one (a neural network does), or on
        the features.

    Notes
    -----
    The first row is the one of the longest gradient, the others are drawn as k-means++ draws its centres.
    """
    at = np.flatnonzero(scores > -np.inf)
    if n <= 0 or not len(at):
        return np.empty(0, np.int64)
    residual = view.proba[at]
    residual[np.arange(len(at)), residual.argmax(axis=1)] -= 1.0
    return at[squared_distance_draws(residual, rows(view, space)[0][at], n, view.rng("badge"))]
