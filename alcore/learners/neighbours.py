"""Neighbours: answers copied from the labelled rows nearby."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import LEARNERS
from alcore.learners.quiet import quiet
from alcore.params import Range
from alcore.types import Floats


class NearestNeighbours:
    """scikit-learn's k-nearest-neighbour vote, with all labelled rows voting while there are fewer than k."""

    classes_: NDArray[Any]

    def __init__(self, k: int, weights: str) -> None:
        self.k, self.weights = k, weights

    def fit(self, X: Floats, y: NDArray[Any]) -> Self:
        """Remember rows X (n, D) and labels y (n,)."""
        from sklearn.neighbors import KNeighborsClassifier

        with quiet():
            self.model = KNeighborsClassifier(min(self.k, len(X)), weights=self.weights).fit(X, y)
        self.classes_ = self.model.classes_
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        return self.model.predict_proba(X) if len(X) else np.zeros((0, len(self.classes_)))


@LEARNERS.add(
    source="Fix & Hodges 1951; Cover & Hart 1967; scikit-learn's KNeighborsClassifier",
    label="nearest neighbours",
    family="neighbours",
    complexity="nothing to fit; O(N L D) to predict",
    use="Easy to explain: the labelled rows that decided can be shown. Good with embeddings.",
    avoid="Uncertainty sampling with a small k: most rows tie, because votes take only k + 1 values.",
)
def nearest_neighbours(
    seed: int,
    *,
    k: Annotated[int, Range(1, 100)] = 3,
    weights: Literal["uniform", "distance"] = "distance",
) -> NearestNeighbours:
    """Give each row the classes of the labelled rows closest to it.

    Parameters
    ----------
    k : int
        How many labelled rows vote; all of them while there are fewer.
    weights : str
        Whether all votes count alike (uniform) or closer rows count more (distance).

    Notes
    -----
    Nothing is drawn at random: the seed changes nothing. Columns in large units drown the others.
    """
    return NearestNeighbours(k, weights)
