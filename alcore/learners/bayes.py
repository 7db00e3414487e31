"""Generative learners: what rows of each class look like."""

from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import LEARNERS
from alcore.kernels import softmax
from alcore.params import Range
from alcore.types import Floats


class GaussianNaiveBayes:
    """One normal distribution for each class and column; equal to scikit-learn's GaussianNB.

    Parameters
    ----------
    smoothing : float
        Added to every variance, as a share of the largest variance of a column.
    """

    classes_: NDArray[Any]

    def __init__(self, smoothing: float) -> None:
        self.smoothing = smoothing

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        mass = np.zeros((len(self.classes_), len(X)))
        mass[codes, np.arange(len(X))] = 1.0 if sample_weight is None else sample_weight
        total = np.maximum(mass.sum(axis=1), np.finfo(np.float64).tiny)  # a class may weigh nothing
        self.centre = X.mean(axis=0)  # differences to it keep digits that squares of large numbers would lose
        rows = X - self.centre
        mean = mass @ rows / total[:, None]
        variance = np.maximum(mass @ rows**2 / total[:, None] - mean**2, 0.0)
        variance += self.smoothing * X.var(axis=0).max() or 1.0  # columns that never vary say nothing
        self.precision, self.pull = 1.0 / variance, mean / variance
        prior = np.log(total / total.sum())
        self.offset = prior - 0.5 * (np.log(variance) + mean * self.pull).sum(axis=1)
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        rows = X - self.centre
        return softmax(rows @ self.pull.T - 0.5 * (rows**2 @ self.precision.T) + self.offset)


@LEARNERS.add(
    source="Maron 1961; equal to scikit-learn's GaussianNB",
    label="naive Bayes",
    family="generative",
    complexity="O(n D C), one pass",
    use="Very few labels, very many columns, or a quick dissenting voice in a committee.",
    avoid="Columns that say the same thing: it counts them twice and becomes far too sure.",
)
def naive_bayes(
    seed: int, *, smoothing: Annotated[float, Range(1e-9, 1.0, log=True)] = 0.1
) -> GaussianNaiveBayes:
    """Describe each class by the mean and spread of every column, as if columns were independent.

    Parameters
    ----------
    smoothing : float
        How blurred the classes are, as a share of the widest column's variance; with few labels a little blur
        keeps the learner from being certain of everything.

    Notes
    -----
    Nothing is drawn at random: the seed changes nothing.
    """
    return GaussianNaiveBayes(smoothing)
