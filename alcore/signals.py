"""Signals: what stopping rules may read, made from the pool and the labelled rows, never from test rows.

A signal is computed in a round only when a stopping rule of the spec declares that it needs it.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from alcore import catalog, learn
from alcore.rng import integer, stream
from alcore.spec import Spec
from alcore.types import Floats, Ints

if TYPE_CHECKING:
    from alcore.loop import Run

STOP_SET = 2000  # rows on which successive models are compared (Bloodgood & Vijay-Shanker 2009)
FOLDS = 5


def needed(spec: Spec) -> frozenset[str]:
    """The signals the spec's stopping rules read."""
    return frozenset().union(*(catalog.STOPPING[c.name].needs for c in spec.stop))


def read(before: "Run", after: "Run") -> dict[str, float]:
    """The needed signals of the round that led from one run to the next."""
    wanted = needed(after.spec)
    return {name: SIGNALS[name](before, after) for name in SIGNALS if name in wanted}


def max_uncertainty(before: "Run", after: "Run") -> float:
    """Largest 1 - max P over the rows still unlabelled; 0 when none is left."""
    doubts = _doubts(after)
    return float(doubts.max()) if len(doubts) else 0.0


def mean_uncertainty(before: "Run", after: "Run") -> float:
    """Mean 1 - max P over the rows still unlabelled: the error the learner itself expects there."""
    doubts = _doubts(after)
    return float(doubts.mean()) if len(doubts) else 0.0


def agreement(before: "Run", after: "Run") -> float:
    """Cohen's kappa of successive models on a fixed set of pool rows; NaN in the first round."""
    if not before.log.rounds:
        return float("nan")
    rows = after.data.pool_X
    if len(rows) > STOP_SET:
        rows = rows[stream(after.spec.seed, "stop set").choice(len(rows), STOP_SET, replace=False)]
    return cohen_kappa(before.fitted.predict(rows), after.fitted.predict(rows), after.data.n_classes)


def validation(before: "Run", after: "Run") -> float:
    """Accuracy by stratified cross-validation on the labelled rows; NaN while no class has two of them.

    Rows chosen by a strategy are harder than the pool, so the level is pessimistic; rules read its slope.
    """
    labelled, n_classes = after.labelled, after.data.n_classes
    folds = _folds(labelled.y, integer(after.spec.seed, "folds"))
    if folds is None:
        return float("nan")
    right = 0
    for fold in range(folds.max() + 1):
        held = folds == fold
        fitted = learn.fit(
            after.learner, labelled.X[~held], labelled.y[~held], n_classes, integer(after.spec.seed, "cv")
        )
        right += int((fitted.predict(labelled.X[held]) == labelled.y[held]).sum())
    return right / len(labelled)


def cohen_kappa(one: Ints, two: Ints, n_classes: int) -> float:
    """Agreement of two labellings beyond chance; 1 when they are equal.

    >>> cohen_kappa(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0]), 2)
    0.5
    """
    table = np.bincount(one * n_classes + two, minlength=n_classes**2).reshape(n_classes, n_classes) / len(
        one
    )
    observed, chance = float(np.trace(table)), float(table.sum(axis=0) @ table.sum(axis=1))
    return 1.0 if chance >= 1.0 else (observed - chance) / (1.0 - chance)


def _doubts(run: "Run") -> Floats:
    candidates = run.setting.candidates(run.data, run.log)
    return 1.0 - candidates.through(run.fitted.proba).max(axis=1) if len(candidates) else np.zeros(0)


def _folds(y: Ints, seed: int) -> Ints | None:
    """(L,) fold of each row, classes spread evenly; None when no class has two rows."""
    counts = np.bincount(y) if len(y) else np.zeros(1, np.int64)
    if counts.max() < 2 or (counts > 0).sum() < 2:
        return None
    order = np.random.default_rng(seed).permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    folds = np.empty(len(y), np.int64)
    folds[order] = np.arange(len(y)) % min(FOLDS, len(y))
    return folds


SIGNALS: Mapping[str, Callable[["Run", "Run"], float]] = {
    "max_uncertainty": max_uncertainty,
    "mean_uncertainty": mean_uncertainty,
    "agreement": agreement,
    "validation": validation,
}
