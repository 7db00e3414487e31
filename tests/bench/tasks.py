"""The inputs every implementation gets: the same rows, split, first labels, probabilities, draws."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits, make_blobs, make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

ROUNDS, BATCH = 50, 10
COMMITTEE_ROUNDS, COMMITTEE_C = 20, (0.01, 0.1, 1.0, 10.0, 100.0)


@dataclass(frozen=True)
class Task:
    """A pool, the rows labelled first, and for a loop a test set."""

    X: np.ndarray
    y: np.ndarray
    first: np.ndarray
    X_test: np.ndarray | None = None
    y_test: np.ndarray | None = None

    @property
    def open(self) -> np.ndarray:
        """Rows without a label, ascending."""
        return np.setdiff1d(np.arange(len(self.X)), self.first)


def digits() -> Task:
    """1,257 x 64, ten classes, two first labels of each."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X / 16.0, y, test_size=0.3, random_state=0, stratify=y)
    return Task(X, y, first_rows(y, 2), X_test, y_test)


def pool20k() -> Task:
    """20,000 x 50, four classes, five first labels of each."""
    X, y = make_classification(
        25_000, 50, n_informative=20, n_redundant=10, n_classes=4, n_clusters_per_class=2,
        flip_y=0.02, class_sep=1.0, random_state=0,
    )  # fmt: skip
    X, n = StandardScaler().fit_transform(X), 20_000
    return Task(X[:n].copy(), y[:n].copy(), first_rows(y[:n], 5), X[n:].copy(), y[n:].copy())


def million() -> np.ndarray:
    """Class probabilities of 1,000,000 rows, ten classes."""
    g = np.random.default_rng(0).gamma(0.5, size=(1_000_000, 10)) + 1e-12
    return g / g.sum(axis=1, keepdims=True)


def blobs50k() -> Task:
    """50,000 x 64 in 40 clusters of unequal spread; 20 labels."""
    X, _ = make_blobs(50_000, 64, centers=40, cluster_std=np.linspace(1, 3, 40), random_state=0)
    first = np.arange(20) * 2500
    y = np.zeros(len(X), np.int64)
    y[first] = np.arange(20) % 2
    return Task(X, y, first)


def embed5k() -> Task:
    """5,000 x 64, ten classes, ten first labels of each."""
    X, y = make_classification(6000, 64, n_informative=30, n_classes=10, class_sep=2.0, random_state=5)
    X, y = StandardScaler().fit_transform(X)[:5000].copy(), y[:5000].copy()
    return Task(X, y, first_rows(y, 10))


def pool500() -> Task:
    """500 x 20 and 30 labels, three classes."""
    X, y = make_classification(530, 20, n_informative=8, n_classes=3, class_sep=1.2, random_state=3)
    return Task(StandardScaler().fit_transform(X), y, first_rows(y, 10, 1))


def posterior(n: int = 5000, n_draws: int = 50, n_classes: int = 10) -> np.ndarray:
    """(K, n, C) predictions of the draws of a tight posterior on a pool of 60 clusters."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(60, 16)) * 1.2
    X = centres[rng.integers(60, size=n)] + 0.25 * rng.normal(size=(n, 16))
    mean = rng.normal(size=(16, n_classes))
    logits = np.stack([X @ (mean + 0.12 * rng.normal(size=mean.shape)) for _ in range(n_draws)])
    P = np.exp(logits - logits.max(axis=2, keepdims=True))
    return P / P.sum(axis=2, keepdims=True)


def wide_posterior() -> np.ndarray:
    """The same shape, of draws that have nothing in common: the hardest case for whatever prunes."""
    logits = np.random.default_rng(0).normal(size=(50, 5000, 10))
    P = np.exp(logits - logits.max(axis=2, keepdims=True))
    return P / P.sum(axis=2, keepdims=True)


def first_rows(y: np.ndarray, per_class: int, seed: int = 0) -> np.ndarray:
    """So many rows of each class, ascending."""
    rng = np.random.default_rng(seed)
    return np.sort(
        np.concatenate([rng.choice(np.flatnonzero(y == c), per_class, replace=False) for c in np.unique(y)])
    )
