"""The Laplace approximation: a normal distribution over the weights of logistic regression.

Prior: all weights, the intercepts too, are independent N(0, C), so that the mode is penalised logistic
regression. The posterior is approximated by N(mode, H^-1), H the Hessian of the negative log posterior,

    H = sum_i (diag(p_i) - p_i p_i') (x) x_i x_i' + I / C,

of C (D + 1) rows for C classes. For two classes the weights are (-w/2, +w/2) with w the usual weights, prior
N(0, C): exactly binary logistic regression.

Few labels say nothing about most directions of a wide feature space, and there the posterior is the prior. So
H is factorised in the span of the rows only, at most as many dimensions as labels: an exact short cut.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.special import expit

from alcore.kernels import softmax
from alcore.solvers import softmax_regression
from alcore.types import Floats, Ints

WIDEST = 2000  # rows of H up to which its blocks between classes are kept
_TOLERANCE = 1e-6  # of the first fit; Newton's steps on H do the rest
_NEWTON = 5  # steps at most; one is usual
_NEAR = 1e-4  # a step this small leaves an error of about its square, and H need not be made again
_JITTER = 1e-10  # relative, keeps the factorisation positive definite


@dataclass(frozen=True, slots=True, eq=False)
class LinearPosterior:
    """N(mode, H^-1) over the weights of a softmax-linear model.

    Attributes
    ----------
    mode : (D + 1, C) array
        The most likely weights, intercepts in the last row, as in `alcore.solvers.LinearModel`.
    precision : float
        That of the prior of each entry.
    basis : (D + 1, r) array or None
        Orthonormal columns that span the labelled rows; None stands for all directions.
    factors : tuple of arrays
        Lower Cholesky factors of H in that basis: one (C r, C r), class by class, or, where that would be too
        large, one (r, r) for each class, which leaves the blocks between classes out.
    """

    mode: Floats
    precision: float
    basis: Floats | None
    factors: tuple[Floats, ...]

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """(n, D + 1, C) weights drawn from the posterior.

        Parameters
        ----------
        n : int
        rng : Generator
        """
        n_inputs, n_classes = self.mode.shape
        rank = n_inputs if self.basis is None else self.basis.shape[1]
        noise = rng.standard_normal((n_classes * rank, n))
        inside = np.concatenate(
            [
                solve_triangular(factor, part, lower=True, trans="T")
                for factor, part in zip(self.factors, np.split(noise, len(self.factors)), strict=True)
            ]
        )
        moves: Floats = inside.reshape(n_classes, rank, n).transpose(2, 1, 0)
        if self.basis is not None:
            prior = rng.standard_normal((n, n_inputs, n_classes)) / np.sqrt(self.precision)
            moves = prior + self.basis @ (moves - self.basis.T @ prior)
        return self.mode + moves

    def log_odds(self, X: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of the log-odds of class 1 against class 0, for two classes.

        Parameters
        ----------
        X : (n, D) array

        Returns
        -------
        mean, variance : (n,) arrays

        Raises
        ------
        ValueError
            If there are not two classes.
        """
        if self.mode.shape[1] != 2:
            raise ValueError(f"log-odds are those of two classes, there are {self.mode.shape[1]}")
        rows = _with_ones(X)
        inside = rows if self.basis is None else rows @ self.basis
        outside = np.maximum((rows**2).sum(axis=1) - (inside**2).sum(axis=1), 0.0)
        contrast = np.concatenate([-inside, inside], axis=1).T
        solved = np.concatenate(
            [
                solve_triangular(factor, part, lower=True)
                for factor, part in zip(self.factors, np.split(contrast, len(self.factors)), strict=True)
            ]
        )
        return rows @ (self.mode[:, 1] - self.mode[:, 0]), (solved**2).sum(
            axis=0
        ) + 2 * outside / self.precision


def laplace(X: Floats, y: Ints, n_classes: int, *, C: float = 1.0) -> LinearPosterior:
    """Fit logistic regression and approximate the posterior of its weights.

    Parameters
    ----------
    X : (n, D) array
        Features, without a column of ones.
    y : (n,) array of int
        Class codes 0 .. n_classes - 1.
    n_classes : int
    C : float
        Variance of the prior of each weight: scikit-learn's C, but the intercept is penalised as well (a free
        one has no proper prior).

    Returns
    -------
    LinearPosterior

    Raises
    ------
    ValueError
        If there is no row.

    Notes
    -----
    O(n (C r)^2 + (C r)^3) with r = min(n, D + 1) while C r <= 2000, else O(C (n r^2 + r^3)).
    Source: MacKay 1992, The evidence framework applied to classification networks.

    Examples
    --------
    >>> X, y = np.array([[-1.0], [0.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
    >>> mean, variance = laplace(X, y, 2).log_odds(np.array([[0.5], [9.0]]))
    >>> mean.round(2), variance.round(2)
    (array([0.25, 7.98]), array([ 0.61, 41.42]))
    """
    rows = _with_ones(X)
    precision = (2.0 if n_classes == 2 else 1.0) / C  # on (-w/2, +w/2) twice the precision is that of w
    fitted = softmax_regression(rows, y, n_classes, C=C, tol=_TOLERANCE, fit_intercept=False)
    mode = fitted.weights[:-1]
    basis = np.linalg.qr(rows.T)[0] if len(rows) < rows.shape[1] else None
    inside = rows if basis is None else rows @ basis
    weights = mode if basis is None else basis.T @ mode
    if weights.size > WIDEST:
        return LinearPosterior(mode, precision, basis, _blocks(inside, softmax(inside @ weights), precision))
    target = np.eye(n_classes)[y]
    for _ in range(_NEWTON):
        proba = softmax(inside @ weights)
        factor = _whole(inside, proba, precision)
        gradient = inside.T @ (proba - target) + precision * weights
        step = cho_solve((factor, True), gradient.T.ravel()).reshape(n_classes, -1).T
        weights = weights - step
        if np.abs(step).max() < _NEAR:
            break
    return LinearPosterior(weights if basis is None else basis @ weights, precision, basis, (factor,))


def probit(mean: Floats, variance: Floats) -> Floats:
    """Average of the logistic function over a normal distribution, by MacKay's formula.

    Quick and good to about 0.02, at its worst where the variance is large; `averaged_logistic` is exact.

    Parameters
    ----------
    mean, variance : (n,) arrays
        Of the log-odds.

    Returns
    -------
    (n,) array
        Probabilities.

    Notes
    -----
    sigma(m / sqrt(1 + pi v / 8)). Source: Spiegelhalter & Lauritzen 1990; MacKay 1992.
    """
    return expit(mean / np.sqrt(1.0 + np.pi * variance / 8.0))


def averaged_logistic(mean: Floats, variance: Floats) -> Floats:
    """Average of the logistic function over a normal distribution, to nine digits.

    Parameters
    ----------
    mean, variance : (n,) arrays
        Of the log-odds.

    Returns
    -------
    (n,) array
        Probabilities.

    Notes
    -----
    The trapezoidal rule, which converges geometrically here: the integrand is analytic and dies out at both
    ends. Its step shrinks with the deviation, since the logistic function is a step in such units.

    Examples
    --------
    >>> averaged_logistic(np.array([0.0, 2.0, 2.0]), np.array([4.0, 0.0, 9.0])).round(4)
    array([0.5   , 0.8808, 0.7174])
    """
    deviation = np.sqrt(variance)
    nodes = np.linspace(-8.0, 8.0, int(np.clip(64 * (1.0 + deviation.max(initial=0.0)), 64, 20_000)) | 1)
    density = np.exp(-0.5 * nodes**2)
    density /= density.sum()
    return np.array([expit(m + s * nodes) @ density for m, s in zip(mean, deviation, strict=True)])


def _whole(rows: Floats, proba: Floats, precision: float) -> Floats:
    """Cholesky factor of H: the blocks of the classes, less the outer products that join them."""
    n, rank = rows.shape
    n_classes = proba.shape[1]
    joined = (proba[:, :, None] * rows[:, None, :]).reshape(n, n_classes * rank)
    H = -(joined.T @ joined)
    for c in range(n_classes):
        block = slice(c * rank, (c + 1) * rank)
        scaled = rows * np.sqrt(proba[:, c, None])
        H[block, block] += scaled.T @ scaled
    return _factor(H, precision)


def _blocks(rows: Floats, proba: Floats, precision: float) -> tuple[Floats, ...]:
    """Cholesky factors of the diagonal blocks of H."""
    roots = np.sqrt(proba * (1.0 - proba))
    scaled = (rows * roots[:, c, None] for c in range(proba.shape[1]))
    return tuple(_factor(part.T @ part, precision) for part in scaled)


def _factor(H: Floats, precision: float) -> Floats:
    diagonal = np.einsum("dd->d", H)  # a view
    diagonal *= 1.0 + _JITTER
    diagonal += precision
    return cholesky(H, lower=True, overwrite_a=True)


def _with_ones(X: Floats) -> Floats:
    return np.column_stack([X, np.ones(len(X))])
