"""ALFA-Mix for linear learners: ask rows that a nudge turns into another class, one of each kind."""

from typing import Annotated

import numpy as np

from alcore.catalog import SELECTORS
from alcore.clusters import one_per_cluster
from alcore.distances import squared_distances
from alcore.kernels import top_k
from alcore.params import Range
from alcore.selection.open_rows import choose_among_open
from alcore.solvers import LinearModel
from alcore.types import Floats, Ints, View


@SELECTORS.add(
    needs="linear",
    source="After Parvaneh, Abbasnejad, Teney, Haffari, van den Hengel & Shi 2022 (ALFA-Mix)",
    label="ALFA-Mix",
    family="hybrid",
    formula=r"\hat y\!\left(z + \varepsilon \lVert z^* - z \rVert \tfrac{\nabla_z \ell}{\lVert \nabla_z \ell "
    r"\rVert}\right) \ne \hat y(z),\ \text{then k-means}",
    use="A linear head on embeddings of a pretrained network; batches that should not look alike.",
    avoid="Few features, where distances between classes are small and hardly any row changes; batches of "
    "one row, where k-means takes the middle of all rows that change.",
    complexity="O(n D C), and k-means of the rows that change",
)
def alfa_mix(
    scores: Floats,
    view: View,
    n: int,
    *,
    epsilon: Annotated[float, Range(0.001, 5.0, log=True)] = 0.1,
) -> Ints:
    """Ask rows whose predicted class changes when they are nudged, one from each cluster of such rows.

    A row is moved against its predicted class, by a share of its distance to the middle of the labelled rows
    of a class. Where fewer rows change than the batch has places, those that are nearest to changing are
    taken. Scores only say who may be asked.

    Parameters
    ----------
    epsilon : float
        How far rows are moved, as a share of the distance to the farthest class: small values keep only rows
        beside a boundary, large ones let nearly all rows in. On digits 0.05 and 0.1 did better than the
        paper's 0.2, and 0.5 no better than random.
    """

    def choose(X: Floats, _: Floats, worth: Floats, at: Ints) -> Ints:
        nearness = -flips_at(X, class_means(view.labelled.X, view.labelled.y), view.linear)
        short = np.flatnonzero(nearness >= -epsilon)
        if len(short) <= n:
            return top_k(nearness, n)
        return short[one_per_cluster(X[short], n, view.rng("alfa_mix"))]

    return choose_among_open(scores, view, n, choose)


def class_means(X: Floats, y: Ints) -> Floats:
    """(C, D) middle of the rows of each class that has any.

    >>> class_means(np.array([[0.0], [2.0], [5.0]]), np.array([0, 0, 3]))
    array([[1.],
           [5.]])
    """
    found, place, count = np.unique(y, return_inverse=True, return_counts=True)
    total = np.zeros((len(found), X.shape[1]))
    np.add.at(total, place, X)
    return total / count[:, None]


def flips_at(X: Floats, anchors: Floats, model: LinearModel) -> Floats:
    """The smallest share of the way at which each row's predicted class changes.

    For an anchor z* the mixture ``z + alpha * (z* - z)`` with ALFA-Mix's best
    ``alpha = eps |z* - z| g / |g| / (z* - z)``, g the gradient of the loss of the predicted class, is
    ``z + eps |z* - z| g / |g|``. Along this line all logits are linear in eps, so the change comes at a known
    place and stays, and the farthest anchor brings it first.

    Parameters
    ----------
    X : (N, D) array
    anchors : (A, D) array
        At least one.
    model : LinearModel

    Returns
    -------
    (N,) array
        Never negative; inf where no share does it.

    Examples
    --------
    The boundary of two classes lies at 0; from 1 it is half as far as the anchor at 3.

    >>> model = LinearModel(np.array([[-1.0, 1.0], [0.0, 0.0]]))
    >>> flips_at(np.array([[1.0], [-2.0]]), np.array([[3.0]]), model)
    array([0.5, 0.4])
    """
    logits = model.logits(X)
    weights = model.weights[:-1]
    guess = logits.argmax(axis=1)
    blame = model.proba(X).copy()
    blame[np.arange(len(X)), guess] -= 1.0
    gradient = blame @ weights.T
    length = np.sqrt((gradient**2).sum(axis=1))
    reach = np.sqrt(squared_distances(X, anchors).max(axis=1))
    slope = gradient @ weights
    slope -= slope[np.arange(len(X)), guess][:, None]
    slope *= np.divide(reach, length, out=np.zeros(len(X)), where=length > 0.0)[:, None]
    behind = logits.max(axis=1)[:, None] - logits
    eps = np.divide(behind, slope, out=np.full(logits.shape, np.inf), where=slope > 0.0)
    eps[np.arange(len(X)), guess] = np.inf
    return np.asarray(eps.min(axis=1), np.float64)
