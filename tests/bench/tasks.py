"""The inputs every implementation gets: the same rows, split, first labels, rounds and batch."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits, make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

ROUNDS, BATCH = 50, 10


@dataclass(frozen=True)
class Task:
    """A pool, a test set and the rows labelled first."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    first: np.ndarray


def digits() -> Task:
    """1,257 x 64, ten classes, two first labels of each."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X / 16.0, y, test_size=0.3, random_state=0, stratify=y)
    return Task(X, y, X_test, y_test, _first(y, 2))


def pool20k() -> Task:
    """20,000 x 50, four classes, five first labels of each."""
    X, y = make_classification(
        25_000, 50, n_informative=20, n_redundant=10, n_classes=4, n_clusters_per_class=2,
        flip_y=0.02, class_sep=1.0, random_state=0,
    )  # fmt: skip
    X = StandardScaler().fit_transform(X)
    return Task(
        X[:20_000].copy(), y[:20_000].copy(), X[20_000:].copy(), y[20_000:].copy(), _first(y[:20_000], 5)
    )


def _first(y: np.ndarray, per_class: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.sort(
        np.concatenate([rng.choice(np.flatnonzero(y == c), per_class, replace=False) for c in np.unique(y)])
    )
