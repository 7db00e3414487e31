"""CPU seconds of error reduction, version spaces and expected gains, one BLAS thread; no part of a verdict.

python -m tests.bench.kernels_risk
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
from sklearn.datasets import load_digits, make_classification
from sklearn.preprocessing import StandardScaler

from alcore.acquisition.expected_gain import (
    dirichlet_gain,
    kernel_counts,
    pool_gain,
    quire_cost,
    rule_of_thumb,
)
from alcore.error_reduction import GaussianField, OneMoreLabel, expected_reduction, future_risks, risk
from alcore.solvers import softmax_regression
from alcore.version_space import halving, separators
from tests.generators import first_rows

REPEATS = 5


def error_reduction(X: np.ndarray, y: np.ndarray, pool: np.ndarray, method: str) -> np.ndarray:
    """One query from the start: fit, think all candidates through, score."""
    k = int(y.max()) + 1
    root = OneMoreLabel(softmax_regression(X, y, k), X, y)
    labels, at = np.tile(np.arange(k), (len(pool), 1)), np.arange(len(pool))
    weights = root.refit(pool, labels, tol=3e-3) if method == "refit" else root.one_step(pool, labels)
    P = root.proba(pool)
    now = risk(P, "log-loss")
    others = (now.sum() - now) / (len(pool) - 1)
    return expected_reduction(P, future_risks(weights, pool, at, "log-loss"), now, others, len(pool))


def tasks() -> dict[str, Callable[[], object]]:
    """What is timed: a sentence and a call."""
    X, y = make_classification(530, 20, n_informative=8, n_classes=3, class_sep=1.2, random_state=3)
    X = StandardScaler().fit_transform(X)
    rng = np.random.default_rng(0)
    first = np.concatenate([rng.choice(np.flatnonzero(y == c), 10, replace=False) for c in range(3)])
    pool = np.delete(X, first, axis=0)
    D, t = load_digits(return_X_y=True)
    D = D / 16.0
    known = np.concatenate([np.flatnonzero(t == c)[:3] for c in range(10)])
    some = np.setdiff1d(np.arange(len(D)), known)[:100]
    ones = first_rows(t, 20, 0)
    width = rule_of_thumb(D, D[ones])
    counts = kernel_counts(D, D[ones], t[ones], 10, width)
    truth = rng.normal(size=10)
    V = rng.normal(size=(60, 10))
    v = (V @ truth > 0).astype(int)
    votes = rng.integers(0, 10, (30, 20_000))
    return {
        "error reduction by refits, pool 500 x 20, 3 classes": lambda: error_reduction(
            X[first], y[first], pool, "refit"
        ),
        "  by one step": lambda: error_reduction(X[first], y[first], pool, "one step"),
        "  by refits, 100 digits, 10 classes": lambda: error_reduction(D[known], t[known], D[some], "refit"),
        "Gaussian field with future errors, 600 x 64, 10 classes": lambda: GaussianField.of(
            D[:600], D[ones], t[ones], 10, width=1.0
        ).future_errors(),
        "12 separators of 60 rows x 10": lambda: separators(V, v, 2, 12, np.random.default_rng(0)),
        "halving of 30 hypotheses, 20,000 rows": lambda: halving(votes, 10),
        "McPAL, 1,797 x 10 classes, 2 labels": lambda: dirichlet_gain(counts, 2),
        "xPAL, 1,797 x 500 rows, 10 classes": lambda: pool_gain(D, counts, D[:500], counts[:500], width),
        "QUIRE, 1,797 rows, 20 labels": lambda: quire_cost(D, D[ones], t[ones], ridge=1.0, width=2.0),
    }


def timings(repeats: int = REPEATS) -> dict[str, float]:
    """Median CPU seconds of each task."""
    found = {}
    for name, call in tasks().items():
        seconds = []
        for turn in range(repeats + 1):
            before = time.process_time()
            call()
            if turn:
                seconds.append(time.process_time() - before)
        found[name] = statistics.median(seconds)
    return found


if __name__ == "__main__":
    for name, seconds in timings().items():
        print(f"{seconds:8.4f} s  {name}")
