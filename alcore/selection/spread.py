"""Spread the batch over the pool, whatever the learner thinks."""

from typing import Annotated

import numpy as np

from alcore.catalog import SELECTORS
from alcore.clusters import uncovered_centres
from alcore.coverage import crowd_first, k_center
from alcore.distances import sample_of
from alcore.params import Range
from alcore.selection.open_rows import Space, choose_among_open
from alcore.types import Floats, Ints, View

REFERENCE = 1000  # rows among which a row looks for neighbours


@SELECTORS.add(
    source="Kang, Ryu & Kwon 2004; Yang et al. 2015",
    label="k-means diversity",
    family="diversity",
    formula=r"\arg\min_{x \in K_j} \lVert x - \mu_j \rVert,\quad K_j \text{ without a label}",
    use="Few labels so far: each one teaches the learner a region it has not seen.",
    avoid="Late in a run, when only the boundary between the classes is left to learn.",
    complexity="O(n D (labels + batch)) a step, at most 30 steps and 500 clusters",
)
def kmeans(scores: Floats, view: View, n: int, *, space: Space = "features") -> Ints:
    """Sort the pool into clusters and ask the middle of the largest ones without a label.

    Candidates and labelled rows are clustered together, into as many clusters as there will be labels, so a
    region that has its label is left alone. Scores only say who may be asked.

    Parameters
    ----------
    space : str
        Measure distances between the features, or between the learner's inner representations where it has
        them (a neural network does).
    """
    return choose_among_open(
        scores, view, n, lambda X, known, _, at: uncovered_centres(X, known, n, view.rng("kmeans")), space
    )


@SELECTORS.add(
    source="Sener & Savarese 2018; Gonzalez 1985",
    label="core-set",
    family="diversity",
    formula=r"\arg\max_x \min_{s \in \text{labelled} \cup \text{batch}} \lVert x - s \rVert",
    use="No corner of the feature space may be forgotten, e.g. where a rare kind of row matters.",
    avoid="Data with outliers or noisy features: the farthest rows are often the strangest ones.",
    complexity="O(n D (labels + batch)), lazy",
)
def core_set(
    scores: Floats,
    view: View,
    n: int,
    *,
    outliers: Annotated[float, Range(0.0, 0.2)] = 0.0,
    space: Space = "features",
) -> Ints:
    """Ask the row farthest from everything labelled, then the next farthest, and so on.

    K-center greedy: the largest distance from any candidate to a labelled row shrinks as fast as can be. It
    covers the extremes of the pool rather than its crowd. Scores only say who may be asked.

    Parameters
    ----------
    outliers : float
        Share of the candidates, those that lie most alone, that is asked last.
    space : str
        Measure distances between the features, or between the learner's inner representations where it has
        them (a neural network does).

    Notes
    -----
    The largest distance ends at most twice the smallest one possible.
    """

    def choose(X: Floats, known: Floats, _: Floats, at: Ints) -> Ints:
        if not outliers:
            return k_center(X, known, n)
        some = sample_of(view.candidates.ids[at], REFERENCE, view.seed, "neighbours")
        ordinary, alone = crowd_first(X, X[some], outliers)
        first = ordinary[k_center(X[ordinary], known, n)]
        rest = alone[k_center(X[alone], known, n - len(first))]
        return np.concatenate([first, rest])

    return choose_among_open(scores, view, n, choose, space)
