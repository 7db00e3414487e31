"""A learner that also believes its own surest guesses about rows nobody has labelled."""

from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray

from alcore import learn
from alcore.catalog import LEARNERS
from alcore.params import From, Range
from alcore.spec import Choice
from alcore.types import Floats

MOST = 2000  # open rows that are guessed; of larger pools a random sample


class PseudoLabels:
    """Another learner, fitted again to the labels and to its surest guesses about the rows it has seen.

    Guesses live inside the learner: no log, budget or strategy ever counts them as labels. Where it has seen
    no open rows, it is the learner inside.

    Attributes
    ----------
    classes_ : (k,) labels it was fitted to, ascending
    base : the learner as it was fitted last
    guessed : how many rows were believed
    """

    classes_: NDArray[Any]
    base: learn.Fitted
    guessed: int

    def __init__(self, learner: str, threshold: float, trust: float, seed: int) -> None:
        self.learner, self.threshold, self.trust, self.seed = Choice(learner), threshold, trust, seed
        self.open: Floats | None = None

    def see(self, X: Floats) -> None:
        """Look at the open rows (N, D), before the fit."""
        if len(X) > MOST:
            X = X[np.sort(np.random.default_rng(self.seed).choice(len(X), MOST, replace=False))]
        self.open = X

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        k, self.guessed = len(self.classes_), 0
        self.base = learn.fit(self.learner, X, codes, k, self.seed, weight=sample_weight)
        if self.open is None or not self.trust or not len(self.open):
            return self
        proba = self.base.proba(self.open)
        sure = proba.max(axis=1) >= self.threshold
        self.guessed = int(sure.sum())
        if self.guessed:
            weight = np.ones(len(X)) if sample_weight is None else sample_weight
            each = self.trust * weight.sum() / self.guessed
            self.base = learn.fit(
                self.learner,
                np.concatenate([X, self.open[sure]]),
                np.concatenate([codes, proba[sure].argmax(axis=1)]),
                k,
                self.seed,
                weight=np.concatenate([weight, np.full(self.guessed, min(each, weight.mean()))]),
            )
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        return self.base.proba(X)

    def embed(self, X: Floats) -> Floats:
        """(n, H) the learner's inner representation; the features themselves when it has none."""
        return self.base.embed(X)


@LEARNERS.add(
    source="Wang et al. 2017 (CEAL); Lee 2013, Pseudo-label; Nigam et al. 2000",
    label="pseudo-labels",
    family="wrapper",
    complexity="two fits of the learner inside, the second to at most 2,000 rows more",
    use="Classes in clear groups: the strategy asks what is doubtful, the learner believes the rest.",
    avoid="A learner that is wrong and sure, as with classes never labelled: it talks itself into it.",
)
def pseudo_labels(
    seed: int,
    *,
    learner: Annotated[str, From("learner")] = "naive_bayes",
    threshold: Annotated[float, Range(0.5, 1.0)] = 0.9,
    trust: Annotated[float, Range(0.0, 5.0)] = 1.0,
) -> PseudoLabels:
    """Learn from the labels, guess the rows that look certain, and learn again from both.

    Guesses are made anew in every round, so a wrong one is forgotten as soon as labels contradict it.

    Parameters
    ----------
    learner : str
        The learner inside, with its usual settings. One that describes what rows of a class look like, such
        as naive Bayes, learns from guesses; one that only draws boundaries hardly does.
    threshold : float
        How sure the learner must be of a row to believe its guess.
    trust : float
        What all guesses together weigh, where all labels together weigh 1; no guess ever weighs more than a
        label. 0 ignores them.

    Notes
    -----
    Of large pools a random 2,000 rows are guessed, drawn by the seed. A learner that takes no weights is
    fitted to a resample.
    """
    return PseudoLabels(learner, threshold, trust, seed)
