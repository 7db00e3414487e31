"""Gaussian processes: classifiers that know how far they are from their labels."""

from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

from alcore.catalog import LEARNERS
from alcore.kernels import softmax
from alcore.learners.units import Units
from alcore.params import Range
from alcore.solvers import softmax_regression
from alcore.types import Floats

LANDMARKS = 500  # the first so many rows span the functions: bounds time and memory
JITTER = 1e-6  # of the kernel's diagonal, so that duplicated rows can be factored


class LaplaceGaussianProcess:
    """Gaussian process classifier by Laplace's method: any number of classes at the price of about one.

    Let K = L L' be the kernel of the landmarks. The functions are f(x) = W' phi(x) with phi(x) = L^-1 k(x)
    and entries of W ~ N(0, amplitude^2), so the mode is a penalised softmax regression on phi. The curvature
    of a row is taken alike in all directions of class space, so that one factorisation serves all classes:
    2 sum_c p_c^2 (1 - p_c) is exact for two classes and for a row torn between two of many. Variance that the
    landmarks cannot explain stays as the prior has it.

    Parameters
    ----------
    length_scale : float
        In units of the root mean square distance of two labelled rows.
    amplitude : float
        Standard deviation of the log-odds before any label.
    """

    classes_: NDArray[Any]

    def __init__(self, length_scale: float, amplitude: float) -> None:
        self.length_scale, self.amplitude = length_scale, amplitude

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        n_classes = len(self.classes_)
        units = Units.of(X)
        self.units = Units(units.centre, self.length_scale * units.spread * np.sqrt(2.0 * X.shape[1]))
        self.landmarks = self.units(X[:LANDMARKS])
        K = self._kernel(self.landmarks)
        K.flat[:: len(K) + 1] += JITTER
        L = cholesky(K, lower=True)
        phi = solve_triangular(L, self._kernel(self.units(X)).T, lower=True).T
        mode = softmax_regression(
            phi, codes, n_classes, C=self.amplitude**2, tol=1e-5, weight=sample_weight, fit_intercept=False
        )
        self.mean_weights = solve_triangular(L, mode.weights[:-1], lower=True, trans="T")

        # The prior is set for one function of two classes, their difference, but for each of three or more.
        self.prior = self.amplitude**2 / (2.0 if n_classes == 2 else 1.0)
        p = mode.proba(phi)
        curvature = 2.0 * (p**2 * (1.0 - p)).sum(axis=1)
        precision = (phi.T * (curvature if sample_weight is None else curvature * sample_weight)) @ phi
        precision.flat[:: len(K) + 1] += 1.0 / self.prior
        learnt = cho_solve(cho_factor(precision), np.eye(len(K))) - self.prior * np.eye(len(K))
        half = solve_triangular(L, learnt, lower=True, trans="T")
        self.variance_weights = solve_triangular(L, half.T, lower=True, trans="T")
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities, averaged over the posterior by MacKay's approximation."""
        mean, variance = self.latent(X)
        return softmax(mean / np.sqrt(1.0 + np.pi / 4.0 * variance)[:, None])

    def latent(self, X: Floats) -> tuple[Floats, Floats]:
        """Mean (n, k) of each class's function, and the variance (n,) that they share."""
        k = self._kernel(self.units(X))
        variance = self.prior + np.einsum("nm,nm->n", k @ self.variance_weights, k)
        return k @ self.mean_weights, np.maximum(variance, 0.0)

    def _kernel(self, rows: Floats) -> Floats:
        """(n, m) correlation exp(-|a - b|^2 / 2) of rows a, b in units of the length scale."""
        near = rows @ self.landmarks.T  # minus half of both squares it is the exponent
        near -= 0.5 * (rows**2).sum(axis=1)[:, None]
        near -= 0.5 * (self.landmarks**2).sum(axis=1)
        return np.exp(np.minimum(near, 0.0, out=near), out=near)


@LEARNERS.add(
    source="Williams & Barber 1998; Rasmussen & Williams 2006, chapter 3; MacKay 1992",
    label="Gaussian process",
    family="kernel",
    complexity="O(L^3) to fit L labels, O(N L^2) to predict N rows; L counts up to 500; few classes or many",
    use="Few labels and curved boundaries, when it matters that the learner is unsure far from every label.",
    avoid="Thousands of labels, or a hundred columns and more of which few matter.",
)
def gaussian_process(
    seed: int,
    *,
    length_scale: Annotated[float, Range(0.05, 5.0, log=True)] = 0.5,
    amplitude: Annotated[float, Range(0.5, 50.0, log=True)] = 5.0,
) -> LaplaceGaussianProcess:
    """Let every label speak for its surroundings, and stay unsure where no label is near.

    Parameters
    ----------
    length_scale : float
        How far a label reaches, where 1 is the typical distance between two labelled rows; small values allow
        winding boundaries, large ones only smooth ones.
    amplitude : float
        How sure the learner may become close to its labels.

    Notes
    -----
    Both knobs stay as they are set: they are not refitted to the labels, which a few labels cannot support.
    Nothing is drawn at random: the seed changes nothing.
    """
    return LaplaceGaussianProcess(length_scale, amplitude)
