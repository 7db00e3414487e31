"""Fitting: from a learner's name and some labels to class probabilities over all classes.

Learners of any make are put on one footing here: a class nobody has labelled yet gets probability 0, one
class alone gives a constant answer, and no label at all gives equal odds.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from alcore import catalog
from alcore.errors import ContractError, DataError
from alcore.rng import by_id, integer
from alcore.solvers import LinearModel
from alcore.spec import Choice
from alcore.types import Floats, Ints, Labelled

CHUNK = 20_000  # rows predicted at a time: bounds the memory of kernels and trees on large pools


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A fitted learner that speaks of all C classes.

    Attributes
    ----------
    model : the fitted estimator, or None while fewer than two classes are known
    known : (k,) codes of the classes it has seen, ascending
    n_classes : C
    name : of the registered learner; "" for one of the caller's own
    """

    model: Any
    known: Ints
    n_classes: int
    name: str = ""

    def proba(self, X: Floats) -> Floats:
        """(n, C) class probabilities; rows sum to 1."""
        if self.model is None:
            return self._constant(len(X))
        parts = [self.model.predict_proba(X[a : a + CHUNK]) for a in range(0, len(X), CHUNK)]
        P = (
            parts[0]
            if len(parts) == 1
            else np.concatenate(parts)
            if parts
            else np.zeros((0, len(self.known)))
        )
        if len(self.known) == self.n_classes:
            return np.asarray(P, np.float64)
        full = np.zeros((len(X), self.n_classes))
        full[:, self.known] = P
        return full

    def predict(self, X: Floats) -> Ints:
        """(n,) most likely class codes; the lowest among equals."""
        return self.proba(X).argmax(axis=1)

    @property
    def linear(self) -> LinearModel | None:
        """The softmax-linear map behind the probabilities, over the `known` classes, or None."""
        return getattr(self.model, "linear", None)

    def embed(self, X: Floats) -> Floats:
        """(n, H) the learner's inner representation of rows; the features themselves when it has none."""
        inner = getattr(self.model, "embed", None)
        return X if inner is None else np.asarray(inner(X), np.float64)

    def _constant(self, n: int) -> Floats:
        P = np.zeros((n, self.n_classes))
        P[:, self.known if len(self.known) else slice(None)] = 1.0
        return P / P.sum(axis=1, keepdims=True)


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """Fits learners to one labelled set; what a committee and a strategy are handed to fit more.

    Attributes
    ----------
    learner : the spec's learner, or an estimator of the caller's own
    labelled : the labelled set
    previous : members of the round before, which the k-th new member may start from
    unlabelled : gives the rows still open, for learners that look at them too
    """

    learner: Any
    labelled: Labelled
    n_classes: int
    seed: int
    previous: tuple[Fitted, ...] = ()
    unlabelled: Callable[[], Floats] | None = None

    def __call__(
        self,
        learner: str | Choice | None = None,
        *,
        member: int = 0,
        weight: Floats | None = None,
        X: Floats | None = None,
        y: Ints | None = None,
    ) -> Fitted:
        """Fit one learner.

        Parameters
        ----------
        learner : name or Choice, optional
            Another registered learner than the spec's own.
        member : int
            Which member of a committee it is: it gets a seed, and a warm start, of its own.
        weight : Floats of shape (L,), optional
            Weights of the labelled rows.
        X, y : optional
            Fit these rows instead of the labelled set, and look at no others.
        """
        other = Choice(learner) if isinstance(learner, str) else learner
        which = self.learner if other is None else other
        before = self.previous[member] if member < len(self.previous) else None
        open_ = self.unlabelled if X is None else None
        X, y = self.labelled.X if X is None else X, self.labelled.y if y is None else y
        seed = integer(self.seed, "learner", member)
        return fit(which, X, y, self.n_classes, seed, weight=weight, previous=before, unlabelled=open_)

    def draws(self, purpose: str) -> Floats:
        """(L,) one uniform number per labelled row, the same in every round and order."""
        return by_id(self.seed, purpose, self.labelled.ids)


def fit(
    learner: Any,
    X: Floats,
    y: Ints,
    n_classes: int,
    seed: int,
    *,
    weight: Floats | None = None,
    previous: Fitted | None = None,
    unlabelled: Callable[[], Floats] | None = None,
) -> Fitted:
    """Fit a learner to labels.

    Parameters
    ----------
    learner : Choice or estimator
        A registered learner, or any scikit-learn classifier with ``predict_proba``, which is cloned.
    X : Floats of shape (L, D)
    y : Ints of shape (L,)
        Codes 0..C-1.
    n_classes : int
    seed : int
        For learners that draw.
    weight : Floats of shape (L,), optional
        A learner that takes no weights is fitted to a resample drawn with them instead.
    previous : Fitted, optional
        A warm start for learners that have ``fit_from``.
    unlabelled : function, optional
        Gives the (N, D) rows still open to learners that have ``see(X)``, before they are fitted.

    Raises
    ------
    DataError
        When the learner refuses the labels.
    """
    known, codes = np.unique(y, return_inverse=True)
    if len(known) < 2:
        return Fitted(None, known.astype(np.int64), n_classes)
    model = _unfitted(learner, seed)
    if unlabelled is not None and hasattr(model, "see"):
        model.see(unlabelled())
    if weight is not None and not takes_weight(model):
        at = _resample(codes, weight, seed)
        X, codes, weight = X[at], codes[at], None
    warm = previous is not None and hasattr(model, "fit_from") and np.array_equal(previous.known, known)
    try:
        if warm and previous is not None:
            model.fit_from(previous.model, X, codes, weight)
        elif weight is None:
            model.fit(X, codes)
        else:
            model.fit(X, codes, sample_weight=weight)
    except ValueError as error:
        raise DataError(f"The learner could not be fitted to {len(y)} labels: {error}") from error
    return Fitted(
        model, known.astype(np.int64), n_classes, learner.name if isinstance(learner, Choice) else ""
    )


def takes_weight(model: Any) -> bool:
    """Whether ``fit`` takes ``sample_weight``."""
    return "sample_weight" in inspect.signature(model.fit).parameters


def warm_starts(learner: Any) -> bool:
    """Whether the learner's fit depends on the fit of the round before."""
    return hasattr(_unfitted(learner, 0), "fit_from")


def _unfitted(learner: Any, seed: int) -> Any:
    if isinstance(learner, Choice):
        return catalog.LEARNERS.bind(learner)(seed)
    if not hasattr(learner, "predict_proba"):
        raise ContractError(
            f"{type(learner).__name__} has no predict_proba; wrap it, e.g. in CalibratedClassifierCV"
        )
    from sklearn.base import clone

    return clone(learner)


def _resample(codes: Ints, weight: Floats, seed: int) -> Ints:
    """A bootstrap by weight that keeps one row of every class, so that members know all labelled classes."""
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(codes), len(codes), p=weight / weight.sum())
    missing = np.setdiff1d(codes, codes[drawn])
    keep = [int(np.flatnonzero(codes == c)[weight[codes == c].argmax()]) for c in missing]
    return np.concatenate([drawn, np.array(keep, np.int64)]).astype(np.int64)
