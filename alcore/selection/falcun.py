"""Falcun: unsure and unlike, measured in class probabilities alone."""

from typing import Annotated

import numpy as np

from alcore import measures
from alcore.catalog import SELECTORS
from alcore.params import Range
from alcore.types import Floats, Ints, View


@SELECTORS.add(
    needs="proba",
    source="Gilhuber, Beer, Ma & Seidl 2024",
    label="Falcun",
    family="hybrid",
    formula=r"P(x) \propto (u_x + d_x)^{\gamma},\quad d_x = \min_s \lVert p_x - p_s \rVert_1",
    use="High-dimensional rows, such as pictures: distances between probabilities are cheap and mean more.",
    avoid="Early rounds with most classes unseen: probabilities then hardly tell rows apart.",
    complexity="O(n C batch)",
)
def falcun(scores: Floats, view: View, n: int, *, gamma: Annotated[float, Range(0.0, 50.0)] = 10.0) -> Ints:
    """Draw rows the learner is unsure of and predicts unlike the rows already in the batch.

    Doubt is the margin, variety the distance between predicted probabilities. Scores only say who may be
    asked.

    Parameters
    ----------
    gamma : float
        0 draws at random, large values take the row that is best by doubt and variety together.
    """
    at = np.flatnonzero(scores > -np.inf)
    return at[falcun_draws(view.proba[at], n, gamma, view.rng("falcun"))]


def falcun_draws(proba: Floats, n: int, gamma: float, rng: np.random.Generator) -> Ints:
    """Draw n of the rows of (N, C) class probabilities; see `falcun`.

    Returns
    -------
    (min(n, N),) array of int
        Distinct positions in the order drawn.
    """
    n = min(n, len(proba))
    if n <= 0:
        return np.empty(0, np.int64)
    by_class = np.ascontiguousarray(proba.T)
    doubt = measures.margin(proba)
    gaps, variety = doubt.copy(), doubt.copy()
    open_, drawn = np.ones(len(proba), bool), []
    for _ in range(n):
        relevance = np.where(open_, doubt + variety, 0.0)
        top = float(relevance.max())
        # Relative to the largest, so that no power under- or overflows all of them.
        chance = np.where(open_, (relevance / top) ** gamma if top > 0.0 else 1.0, 0.0)
        mass = np.cumsum(chance)
        at = int(np.searchsorted(mass, rng.random() * mass[-1], side="right"))
        drawn.append(at)
        open_[at] = False
        distance = np.zeros(len(proba))
        for column in by_class:
            distance += np.abs(column - column[at])
        np.minimum(gaps, distance, out=gaps)
        low, high = float(gaps.min()), float(gaps.max())
        variety = (gaps - low) / (high - low) if high > low else np.zeros(len(gaps))
    return np.array(drawn, np.int64)
