"""Linear learners."""

from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import LEARNERS
from alcore.params import Range
from alcore.solvers import LinearModel, softmax_regression
from alcore.types import Floats, Ints


class SoftmaxRegression:
    """Multinomial logistic regression with the manners of an estimator, around `alcore.solvers`.

    Attributes
    ----------
    classes_ : (k,) labels it was fitted to, ascending
    linear : the fitted map, for methods that need weights, gradients or curvature
    """

    classes_: NDArray[Any]
    linear: LinearModel

    def __init__(self, C: float = 1.0, tol: float = 1e-4, *, balanced: bool = False) -> None:
        self.C, self.tol, self.balanced = C, tol, balanced

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        return self._fit(X, y, sample_weight, None)

    def fit_from(
        self, previous: Self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None
    ) -> Self:
        """Fit, beginning at the solution of a model of the same classes: the same answer, sooner."""
        return self._fit(X, y, sample_weight, previous.linear)

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        return self.linear.proba(X)

    def _fit(self, X: Floats, y: NDArray[Any], weight: Floats | None, start: LinearModel | None) -> Self:
        self.classes_, codes = np.unique(y, return_inverse=True)
        if self.balanced:
            weight = _balanced(codes, len(self.classes_), weight)
        self.linear = softmax_regression(
            X, codes, len(self.classes_), C=self.C, tol=self.tol, weight=weight, start=start
        )
        return self


def _balanced(codes: Ints, n_classes: int, weight: Floats | None) -> Floats:
    """(n,) weights that sum to the same for every class, and to as much as before in all."""
    own = np.ones(len(codes)) if weight is None else weight
    sums = np.bincount(codes, own, n_classes)
    return own * (sums.sum() / (n_classes * np.where(sums > 0.0, sums, 1.0)))[codes]


@LEARNERS.add(
    source="Cox 1958; solved as in alcore.solvers, equal to scikit-learn's LogisticRegression",
    gives="linear",
    label="logistic regression",
    family="linear",
    complexity="O(n D C) a step, about ten steps; it starts from the round before",
    use="First choice: fast, well calibrated, and hard to beat while labels are few.",
    avoid="Classes that no straight line separates, such as rings or a chess board.",
)
def logistic(
    seed: int, *, C: Annotated[float, Range(0.001, 1000, log=True)] = 1.0, balanced: bool = False
) -> SoftmaxRegression:
    """Draw straight boundaries between the classes; fast and hard to beat with few labels.

    The probability of a class is the softmax of a linear function of the features.

    Parameters
    ----------
    C : float
        How far the learner trusts the labels: small values keep it cautious, large ones let it follow each.
    balanced : bool
        Let every class weigh alike, however few labels it has: rare ones are then called sooner, at the price
        of false alarms and of probabilities that are too high for them.

    Notes
    -----
    Nothing is drawn at random: the seed changes nothing. Strategies that think an answer through, such as
    expected error reduction, reckon without the weights of a balanced learner.
    """
    return SoftmaxRegression(C, balanced=balanced)
