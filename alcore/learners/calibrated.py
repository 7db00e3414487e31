"""A learner whose probabilities are set right by what it says of labelled rows it has not learnt."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from alcore import calibration, learn
from alcore.catalog import LEARNERS
from alcore.params import From, Range
from alcore.spec import Choice
from alcore.types import Floats, Ints


class Calibrated:
    """Another learner and a calibration fitted to its cross-validated predictions.

    A class's only row is always learnt, so all predictions speak of all classes. When no class has two rows
    nothing can be held out, and probabilities stay as they are.

    Attributes
    ----------
    classes_ : (k,) labels it was fitted to, ascending
    base : the learner, fitted to all rows
    """

    classes_: NDArray[Any]
    base: learn.Fitted
    correct: Callable[[Floats], Floats]

    def __init__(self, learner: str, method: str, folds: int, seed: int) -> None:
        self.learner, self.method, self.folds, self.seed = Choice(learner), method, folds, seed

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.base = self._base(X, codes, sample_weight, np.ones(len(X), bool))
        fold = held_out(codes, self.folds, self.seed)
        proba = np.zeros((len(X), len(self.classes_)))
        for one in range(fold.max(initial=-1) + 1):
            proba[fold == one] = self._base(X, codes, sample_weight, fold != one).proba(X[fold == one])
        rows = fold >= 0
        weight = None if sample_weight is None else sample_weight[rows]
        self.correct = calibration.fit(self.method, proba[rows], codes[rows], weight)
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        return self.correct(self.base.proba(X))

    def embed(self, X: Floats) -> Floats:
        """(n, H) the learner's inner representation; the features themselves when it has none."""
        return self.base.embed(X)

    def _base(self, X: Floats, codes: Ints, weight: Floats | None, learnt: NDArray[np.bool_]) -> learn.Fitted:
        part = None if weight is None else weight[learnt]
        return learn.fit(self.learner, X[learnt], codes[learnt], len(self.classes_), self.seed, weight=part)


def held_out(codes: Ints, folds: int, seed: int) -> Ints:
    """(n,) fold in which each row is held out, classes spread evenly; -1 for the only row of its class.

    >>> held_out(np.array([0, 0, 0, 1]), 2, seed=0).tolist().count(-1)
    1
    """
    counts = np.bincount(codes)
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    rank = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    fold = np.empty(len(codes), np.int64)
    fold[by_class] = np.where(counts[codes[by_class]] > 1, rank % folds, -1)
    return fold


@LEARNERS.add(
    source="Guo et al. 2017 (temperature); Zadrozny & Elkan 2002 (isotonic)",
    label="calibrated",
    family="wrapper",
    complexity="folds + 1 fits of the learner inside",
    use="A learner that is too sure of itself, when probabilities are read: by uncertainty sampling across "
    "classes, by stopping rules, or by people.",
    avoid="Ranking two classes by doubt: temperature does not change the order there, only the numbers.",
)
def calibrated(
    seed: int,
    *,
    learner: Annotated[str, From("learner")] = "naive_bayes",
    method: Literal["temperature", "isotonic"] = "temperature",
    folds: Annotated[int, Range(2, 10)] = 5,
) -> Calibrated:
    """Correct how sure another learner is, by what it says of labelled rows it has not seen.

    Parameters
    ----------
    learner : str
        The learner inside, with its usual settings.
    method : str
        temperature: one number makes all answers more or less sure; safe with few labels. isotonic: a rising
        curve for each class; can mend more, but wants a hundred labels and more.
    folds : int
        In how many parts the labelled rows are held out in turn; more parts cost more fits.

    Notes
    -----
    The seed decides which rows are held out together. Labels asked by a strategy are harder than the pool, so
    the correction errs on the side of caution.
    """
    return Calibrated(learner, method, folds, seed)
