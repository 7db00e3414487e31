"""Signals: what stopping rules may read, made from the pool and the labelled rows, never from test rows.

A signal is computed in a round only when a stopping rule of the spec declares that it needs it.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from alcore import catalog, learn
from alcore.kernels import top_two
from alcore.learn import Fitted
from alcore.privacy import ledger
from alcore.rng import integer, stream
from alcore.solvers import softmax_regression
from alcore.spec import Spec
from alcore.types import Floats, Ints, Labelled

if TYPE_CHECKING:
    from alcore.loop import Run

STOP_SET = 2000  # rows on which successive models are compared (Bloodgood & Vijay-Shanker 2009)
FOLDS = 5
LEDGER = tuple(f"private_{name}" for name in ledger.READ)  # what was spent, and what a round spends


def needed(spec: Spec) -> frozenset[str]:
    """The signals the spec's stopping rules read."""
    return frozenset().union(*(catalog.STOPPING[c.name].needs for c in spec.stop))


def read(before: "Run", after: "Run") -> dict[str, float]:
    """The needed signals of the round that led from one run to the next."""
    wanted = needed(after.spec)
    return {name: SIGNALS[name](before, after) for name in SIGNALS if name in wanted}


def max_uncertainty(before: "Run", after: "Run") -> float:
    """Largest 1 - max P over the rows still unlabelled; NaN when none is left."""
    doubts = _doubts(after)
    return float(doubts.max()) if len(doubts) else float("nan")


def mean_uncertainty(before: "Run", after: "Run") -> float:
    """Mean 1 - max P over the rows still unlabelled: the error the learner itself expects there."""
    doubts = _doubts(after)
    return float(doubts.mean()) if len(doubts) else float("nan")


def agreement(before: "Run", after: "Run") -> float:
    """Cohen's kappa of successive models on a fixed set of pool rows; NaN in the first round."""
    if not before.log.rounds:
        return float("nan")
    rows = after.data.pool_X
    if len(rows) > STOP_SET:
        rows = rows[stream(after.spec.seed, "stop set").choice(len(rows), STOP_SET, replace=False)]
    return cohen_kappa(before.fitted.predict(rows), after.fitted.predict(rows), after.data.n_classes)


def validation(before: "Run", after: "Run") -> float:
    """Accuracy to expect on the pool, by cross-validation; NaN while no class has two labelled rows.

    A strategy asks for hard rows, so the plain share of held-out rows that were right is far too low, and
    falls while the learner improves. Instead a small logistic regression learns, from held-out rows, how
    often the learner is right at a given confidence, and is read off on the whole pool.
    """
    labelled, n_classes = after.labelled, after.data.n_classes
    seed = integer(after.spec.seed, "learner", 0)
    proba = held_out(labelled, after.spec.seed, lambda X, y: learn.fit(after.learner, X, y, n_classes, seed))
    if proba is None:
        return float("nan")
    right = (proba.argmax(axis=1) == labelled.y).astype(np.int64)
    if right.all() or not right.any():
        return float(right.mean())
    trust = softmax_regression(_confidence(proba), right, 2)
    pool = after.fitted.proba(after.data.pool_X)
    return float(trust.proba(_confidence(pool))[:, 1].mean())


def held_out(labelled: Labelled, seed: int, fit: Callable[[Floats, Ints], Fitted]) -> Floats | None:
    """(L, C) what the learner says of each labelled row when that row is kept from it, by cross-validation.

    Parameters
    ----------
    labelled : Labelled
    seed : int
        The run's: it says which rows are kept back together.
    fit : function
        ``(X, y)`` of the other rows to a fitted learner.

    Returns
    -------
    (L, C) array, or None while no class has two labelled rows, or only one class is labelled.
    """
    folds = _folds(labelled.y, integer(seed, "folds"))
    if folds is None:
        return None
    parts = []
    for fold in range(folds.max() + 1):
        held = folds == fold
        parts.append((held, fit(labelled.X[~held], labelled.y[~held]).proba(labelled.X[held])))
    proba = np.empty((len(labelled), parts[0][1].shape[1]))
    for held, found in parts:
        proba[held] = found
    return proba


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


def _confidence(proba: Floats) -> Floats:
    """(n, 2) how sure predictions are: log-odds of the best class, and its lead over the next one."""
    first, second = top_two(proba)
    first, second = np.clip(first, 1e-6, 1 - 1e-6), np.maximum(second, 1e-9)
    return np.column_stack([np.log(first / (1 - first)), np.log(first / second)])


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


def _of_ledger(name: str) -> Callable[["Run", "Run"], float]:
    return lambda before, after: ledger.signal_of(name, after.spec, after.log)


SIGNALS: Mapping[str, Callable[["Run", "Run"], float]] = {
    "max_uncertainty": max_uncertainty,
    "mean_uncertainty": mean_uncertainty,
    "agreement": agreement,
    "validation": validation,
    **{name: _of_ledger(name) for name in LEDGER},
}
