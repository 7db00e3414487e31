"""Mixtures of normal distributions: what the synthetic datasets are drawn from, so that P(y|x) is known."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, softmax

from alcore.types import Floats

CHUNK = 4_000_000  # distances computed at a time: bounds the memory


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Equally likely round normal distributions of one width.

    Attributes
    ----------
    centres : (K, d) or fewer columns than the rows have: the others say nothing
    deviation : standard deviation around a centre, above 0
    """

    centres: Floats
    deviation: float

    def log_density(self, X: Floats) -> Floats:
        """(n,) natural logarithm of the density at each row, up to a constant of the dimension."""
        K, d = self.centres.shape
        step = max(1, CHUNK // K)
        parts = [self._log_density(X[a : a + step, :d]) for a in range(0, len(X), step)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _log_density(self, X: Floats) -> Floats:
        K, d = self.centres.shape
        squared = (X**2).sum(axis=1)[:, None] - 2.0 * X @ self.centres.T + (self.centres**2).sum(axis=1)
        exponent = squared / (-2.0 * self.deviation**2)
        return logsumexp(exponent, axis=1) - np.log(K) - d * np.log(self.deviation)


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """The exact class probabilities where every class is a mixture.

    Attributes
    ----------
    mixtures : C of them
    shares : (C,) share of each class

    Examples
    --------
    >>> left, right = Mixture(np.array([[-1.0]]), 1.0), Mixture(np.array([[1.0]]), 1.0)
    >>> Posterior((left, right), np.full(2, 0.5))(np.array([[0.0], [0.5]])).round(3)
    array([[0.5  , 0.5  ],
           [0.269, 0.731]])
    """

    mixtures: tuple[Mixture, ...]
    shares: Floats

    def __call__(self, X: Floats) -> Floats:
        """(n, C) probabilities of the classes at each row."""
        likelihood = np.stack([m.log_density(np.asarray(X, np.float64)) for m in self.mixtures], axis=1)
        return softmax(likelihood + np.log(self.shares), axis=1)
