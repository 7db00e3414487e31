"""Where a row lies: in the crowd, far from every label, or beside a label that is predicted otherwise."""

from typing import Annotated, Literal

import numpy as np

from alcore import measures
from alcore.catalog import ACQUISITIONS
from alcore.distances import nearest_gaps, nearest_rows, sample_of, squared_distances
from alcore.params import Range
from alcore.types import Floats, View

REFERENCE = 1000  # candidates that stand for the pool
BLOCK = 4096
MEASURES = {
    "entropy": measures.entropy,
    "margin": measures.margin,
    "least confident": measures.least_confident,
}


@ACQUISITIONS.add(
    needs="proba",
    source="Settles & Craven 2008",
    label="information density",
    family="density",
    unit="",
    formula=r"u(x) \left( \tfrac{1}{n} \sum_{x'} \operatorname{sim}(x, x') \right)^{\beta}",
    low=0.0,
    use="Outliers draw doubt to themselves: density keeps to rows that many others resemble.",
    avoid="Many classes in clusters of their own: the middle of the pool lies between them. On digits worse "
    "than random.",
    complexity="O(n min(n, 1000) D)",
)
def density(
    view: View,
    *,
    beta: Annotated[float, Range(0.0, 10.0)] = 1.0,
    doubt: Literal["entropy", "margin", "least confident"] = "entropy",
    similarity: Literal["euclidean", "cosine"] = "euclidean",
) -> Floats:
    """Ask rows the learner is unsure of that also resemble many others.

    Parameters
    ----------
    beta : float
        How much the crowd counts: 0 leaves the measure of doubt alone.
    doubt : str
        The measure of doubt.
    similarity : str
        euclidean: one over one plus the distance. cosine: half of one plus the cosine of the angle.
    """
    some = sample_of(view.candidates.ids, REFERENCE, view.seed, "density")
    crowd = mean_similarity(view.candidates.X, view.candidates.X[some], similarity)
    return MEASURES[doubt](view.proba) * crowd**beta


@ACQUISITIONS.add(
    pointwise=True,
    source="Sener & Savarese 2018, the first step",
    label="novelty",
    family="density",
    unit="distance",
    formula=r"\min_{x_l \in L} \lVert x - x_l \rVert",
    low=0.0,
    use="To see what has not been seen: new kinds of rows, drift, a corner without a label.",
    avoid="Batches: neighbours are equally new. The core-set selector spreads them.",
    complexity="O(n |L| D)",
)
def novelty(view: View) -> Floats:
    """Ask the rows farthest from every labelled one, whatever the learner thinks of them."""
    return np.sqrt(nearest_gaps(view.candidates.X, view.labelled.X))


@ACQUISITIONS.add(
    pointwise=True,
    needs="proba",
    source="Margatina, Vernikos, Barrault & Aletras 2021 (CAL)",
    label="contrastive",
    family="density",
    unit="nats",
    formula=r"\frac{1}{k} \sum_{i=1}^{k} \mathrm{KL}\left( p_{x_{(i)}} \,\|\, p_x \right)",
    low=0.0,
    use="Rows that look alike should be predicted alike: it asks where the learner breaks this rule.",
    avoid="Distances that say little about classes, such as raw pixels. On digits worse than random.",
    complexity="O(n |L| (D + C))",
)
def contrastive(view: View, *, neighbours: Annotated[int, Range(1, 100)] = 10) -> Floats:
    """Ask rows that are predicted otherwise than the labelled rows closest to them.

    Parameters
    ----------
    neighbours : int
        How many of the closest labelled rows are compared with; all when there are fewer.
    """
    known = view.fitted.proba(view.labelled.X)
    X = view.candidates.X
    scores = np.empty(len(X))
    near, _ = nearest_rows(X, view.labelled.X, min(neighbours, len(known)))
    for start in range(0, len(X), BLOCK):
        part = slice(start, start + BLOCK)
        scores[part] = contrast(view.proba[part], known[near[part]])
    return scores


def mean_similarity(
    X: Floats, reference: Floats, similarity: Literal["euclidean", "cosine"] = "euclidean"
) -> Floats:
    """Mean similarity of each row to the reference rows: how thick the crowd around it is.

    Parameters
    ----------
    X : (n, D) array
    reference : (m, D) array
        At least one row.
    similarity : str
        euclidean: ``1 / (1 + d)``; cosine: ``(1 + cos) / 2``, where a row of zeros is at right angles to all.

    Returns
    -------
    (n,) array
        From 0 to 1.

    Examples
    --------
    >>> mean_similarity(np.array([[0.0], [1.0]]), np.array([[0.0], [3.0]])).round(4)
    array([0.625 , 0.4167])
    """
    if similarity == "cosine":
        return 0.5 + 0.5 * _directions(X) @ _directions(reference).mean(axis=0)
    found = np.empty(len(X))
    for start in range(0, len(X), BLOCK):
        distance = np.sqrt(squared_distances(X[start : start + BLOCK], reference))
        distance += 1.0
        found[start : start + BLOCK] = np.divide(1.0, distance, out=distance).mean(axis=1)
    return found


def contrast(proba: Floats, neighbours: Floats) -> Floats:
    """Mean divergence of a row's prediction from those of its neighbours.

    Parameters
    ----------
    proba : (n, C) array
    neighbours : (n, k, C) array

    Returns
    -------
    (n,) array
        Nats; 0 where all predictions are equal.

    Notes
    -----
    1/k sum_i KL(p_i || p), i over the neighbours. Probabilities in p below 1e-12 count as that much, so a
    class that a row rules out altogether costs at most 27.6 nats.

    Examples
    --------
    >>> contrast(np.array([[0.5, 0.5]]), np.array([[[0.5, 0.5], [1.0, 0.0]]])).round(4)
    array([0.3466])
    """
    from scipy.special import xlogy

    told = xlogy(neighbours, neighbours).sum(axis=2) - np.einsum(
        "nkc,nc->nk", neighbours, np.log(np.maximum(proba, 1e-12))
    )
    return np.maximum(told.mean(axis=1), 0.0)


def _directions(X: Floats) -> Floats:
    """Rows scaled to length 1; rows of zeros stay."""
    length = np.sqrt(np.einsum("nd,nd->n", X, X))[:, None]
    return np.divide(X, length, out=np.zeros_like(X), where=length > 0.0)
