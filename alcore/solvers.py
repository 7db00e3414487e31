"""Logistic regression fast enough to be refitted after every answer.

The objective is that of scikit-learn's ``LogisticRegression(C=C)``: the weighted mean log-loss plus
``||w||^2 / (2 C sum(weight))`` over the non-intercept weights, minimised until ``max|gradient| <= tol``.

The method is nonlinear conjugate gradients, preconditioned. Four facts about this problem make it quick:

* *The Hessian is nearly a Kronecker product*, ``sum_i share_i S_i (x) x_i x_i'`` with
  ``S_i = diag(p_i) - p_i p_i'``. With S_i replaced by its mean eigenvalue, one (D + 1, D + 1) matrix serves
  all classes. It is exact at W = 0 and, for two classes, everywhere: its step is then Newton's.
* *The few hard fits pay for themselves.* A fit that is not done after ten steps (features of very different
  scale, rare classes, huge C) gets one matrix per class: tens of steps instead of hundreds.
* *Logits are linear along a line.* From Z = X W and A = X times the direction follow curvature and slope at
  any step length: one product with X per direction, one per gradient, none per trial step.
* *A good start is at hand.* After ten new labels the last solution needs about eight steps.

Arrays are class-major, (C, n) and (C, D + 1): every reduction over classes then runs along contiguous rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotrs

from alcore.kernels import softmax

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_REFRESH = 10  # iterations between two factorisations of the preconditioner
_OVERSHOOT = 0.5  # accept a step if the slope behind it is at most this fraction of the slope before it
_TRIALS = 30  # steps tried along one direction
_JITTER = 1e-10  # relative, keeps the factorisation positive definite


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """Softmax of a linear map.

    Parameters
    ----------
    weights : (D + 1, C) array
        One column per class, the intercepts in the last row. `softmax_regression` makes every row sum to 0:
        with two classes the columns are (-w/2, +w/2), where w is the one row of scikit-learn's ``coef_`` (and
        likewise its ``intercept_``); with more they are the rows of ``coef_``.
    """

    weights: Floats

    def logits(self, X: Floats) -> Floats:
        """(n, C) unnormalised log-probabilities of the rows of X (n, D); column-major, float32 if X is."""
        weights = self.weights.astype(np.float32) if X.dtype == np.float32 else self.weights
        by_class = weights[:-1].T @ X.T
        by_class += weights[-1][:, None]
        return by_class.T

    def proba(self, X: Floats) -> Floats:
        """(n, C) class probabilities of the rows of ``X`` (n, D); column-major."""
        return softmax(self.logits(X))


def softmax_regression(
    X: Floats,
    y: Ints,
    n_classes: int,
    *,
    C: float = 1.0,
    tol: float = 1e-4,
    weight: Floats | None = None,
    start: LinearModel | None = None,
    fit_intercept: bool = True,
    max_iter: int = 200,
) -> LinearModel:
    """Fit multinomial logistic regression; with two classes, the binary model of scikit-learn.

    Parameters
    ----------
    X : (n, D) array
        Features, without a column of ones.
    y : (n,) array of int
        Class codes 0 .. n_classes - 1. A class without rows is driven towards probability 0.
    n_classes : int
        Number of columns of the result.
    C : float
        Inverse strength of the ridge penalty, as in scikit-learn. The intercept is free.
    tol : float
        Stop once no entry of the gradient of the mean loss is larger.
    weight : (n,) array, optional
        Sample weights >= 0, not all 0. A factor common to all of them acts like a factor on `C`.
    start : LinearModel, optional
        Where to begin; ignored if its shape is another or its objective is worse than that of zeros.
    fit_intercept : bool
        If false, the last row of the weights is 0.
    max_iter : int
        Stop, silently, after this many steps.

    Returns
    -------
    LinearModel
        Weights (D + 1, n_classes); always finite.

    Raises
    ------
    ValueError
        If there is no row.

    Source
    ------
    Nocedal & Wright (2006), Numerical Optimization, section 5.2 (Polak-Ribiere+ with restarts). The shared
    matrix is in the spirit of Boehning (1992), "Multinomial logistic regression algorithm", AISM 44.

    Examples
    --------
    >>> model = softmax_regression(np.array([[-1.0], [0.0], [1.0], [2.0]]), np.array([0, 0, 1, 1]), 2)
    >>> model.proba(np.array([[0.5]])).round(3)
    array([[0.5, 0.5]])
    """
    n, n_features = X.shape
    if n == 0:
        raise ValueError("cannot fit a model without rows")
    share = np.full(n, 1.0 / n) if weight is None else weight / weight.sum()
    strength = 1.0 / (C * (n if weight is None else weight.sum()))
    if n_classes == 2:
        strength *= 2.0  # on (-w/2, +w/2) a doubled penalty is scikit-learn's penalty on w
    W = np.zeros((n_classes, n_features + 1))
    if start is not None and start.weights.shape == W.T.shape:
        W += start.weights.T
        W -= W.mean(axis=0)  # changes no probability and never increases the penalty
        W[:, -1] *= fit_intercept
    # The solution lies in the span of the rows: with far fewer rows than features, solve it there.
    basis = np.linalg.qr(X.T)[0] if 2 * n < n_features else None
    if basis is not None:
        X, W = X @ basis, np.column_stack((W[:, :-1] @ basis, W[:, -1]))
    design = np.empty((n, X.shape[1] + 1))
    design[:, :-1] = X
    design[:, -1] = fit_intercept
    ridge = np.full(design.shape[1], strength)
    ridge[-1] = 0.0
    point = _Point(W, design, y, share, ridge)
    if start is not None and point.objective(y) > np.log(n_classes):  # what zeros would have
        W[:] = 0.0
        point = _Point(W, design, y, share, ridge)
    _minimise(point, tol, max_iter, rotated=basis is not None)
    if basis is not None:
        W = np.column_stack((W[:, :-1] @ basis.T, W[:, -1]))
    return LinearModel(np.ascontiguousarray(W.T))


def _minimise(point: "_Point", tol: float, max_iter: int, *, rotated: bool) -> int:
    """Move the point until its gradient is at most `tol` or rounding stops it; the number of steps it took.

    With `rotated` features the largest entry in the original ones is unknown: its bound, the norm, stands in.
    """
    factors: list[Floats] = []
    direction, old_gradient, old_decrease = np.empty(0), np.empty(0), 1.0
    for iteration in range(max_iter):
        gradient = point.gradient()
        size = np.linalg.norm(gradient, axis=1) if rotated else np.abs(gradient)
        if not size.max() > tol:
            return iteration
        restart = iteration % _REFRESH == 0
        if restart:
            factors = point.preconditioner(shared=iteration == 0 or len(gradient) == 2)
        downhill = -_solve(factors, gradient)
        decrease = -float(np.vdot(gradient, downhill))
        # Polak-Ribiere: conjugate to the last direction as far as the curvature stayed the same.
        momentum = 0.0 if restart else (decrease + float(np.vdot(old_gradient, downhill))) / old_decrease
        direction = downhill + momentum * direction if momentum > 0.0 else downhill
        slope = float(np.vdot(gradient, direction))
        if slope >= 0.0:
            direction, slope = downhill, -decrease
        if not point.advance(direction, slope):
            return iteration
        old_gradient, old_decrease = gradient, decrease
    return max_iter


def _solve(factors: list[Floats], gradient: Floats) -> Floats:
    """The preconditioner's inverse applied to a gradient (C, D)."""
    solved: Floats
    if len(factors) == 1:
        solved = dpotrs(factors[0], gradient.T, lower=1)[0].T
    else:
        solved = np.stack(
            [dpotrs(factor, g, lower=1)[0] for factor, g in zip(factors, gradient, strict=True)]
        )
        solved -= solved.mean(axis=0)  # gradients sum to 0 over the classes: so must directions
    return solved


class _Point:
    """Weights W (C, D) with what follows from them: logits Z, probabilities P and residual, each (C, n).

    Parameters
    ----------
    W : (C, D) array
        Changed in place.
    design : (n, D) array
    y : (n,) array of int
    share : (n,) array
        Weights of the rows, sum 1.
    ridge : (D,) array
        Penalty: half of it times the square of each entry of a column of W.
    """

    __slots__ = ("P", "W", "Z", "design", "residual", "ridge", "scratch", "share", "target")

    def __init__(self, W: Floats, design: Floats, y: Ints, share: Floats, ridge: Floats) -> None:
        self.W, self.design, self.share, self.ridge = W, design, share, ridge
        self.target = np.zeros((len(W), len(design)))
        self.target[y, np.arange(len(y))] = share
        self.Z = W @ design.T
        self.P, self.residual, self.scratch = np.empty((3, *self.Z.shape))
        self.refresh()

    def refresh(self) -> None:
        """Probabilities and residual of the current logits."""
        P = self.P
        np.subtract(self.Z, self.Z.max(axis=0), out=P)
        np.exp(P, out=P)
        P /= P.sum(axis=0)
        np.multiply(P, self.share, out=self.residual)
        self.residual -= self.target

    def objective(self, y: Ints) -> float:
        """Mean loss plus penalty; a row whose probability underflows counts about 700."""
        chosen = np.maximum(self.P[y, np.arange(len(y))], np.finfo(np.float64).tiny)
        return float(0.5 * np.vdot(self.W, self.ridge * self.W) - self.share @ np.log(chosen))

    def gradient(self) -> Floats:
        """Gradient (C, D) of the objective in W."""
        gradient: Floats = self.residual @ self.design
        gradient += self.ridge * self.W
        return gradient

    def preconditioner(self, *, shared: bool) -> list[Floats]:
        """Cholesky factors (D, D) of the Hessian's diagonal blocks, or of one matrix that stands for them.

        Row i adds x_i x_i' to the block of a class, times p (1 - p) if p is the probability of that class.
        Shared, the factor is instead the mean of the C - 1 free eigenvalues of diag(p_i) - p_i p_i'.
        """
        P = self.P
        if shared:
            curvatures = (1.0 - np.einsum("cn,cn->n", P, P))[None, :] / max(1, len(P) - 1)
        else:
            curvatures = P * (1.0 - P)
        roots = np.sqrt(np.maximum(curvatures, 0.0) * self.share)
        return [self._factor(root) for root in roots]

    def _factor(self, root: Floats) -> Floats:
        scaled = self.design * root[:, None]
        M = scaled.T @ scaled  # a matrix by its own transpose: BLAS does half the work
        diagonal = np.einsum("dd->d", M)  # a view
        diagonal *= 1.0 + _JITTER
        diagonal += self.ridge + np.finfo(np.float64).tiny
        factor: Floats = dpotrf(M, lower=1, clean=0)[0]
        return factor

    def advance(self, direction: Floats, slope: float) -> bool:
        """Go to about the lowest point along a direction of negative slope; false if rounding hides it.

        Newton's step, cut while the slope behind it is too steep: logits are linear along the way, so that a
        trial costs no product with the design.
        """
        A = direction @ self.design.T
        np.multiply(self.P, A, out=self.scratch)
        mean = self.scratch.sum(axis=0)
        self.scratch *= A
        pull = self.ridge * direction
        ridge_slope, ridge_curvature = np.vdot(pull, self.W), np.vdot(pull, direction)
        curvature = self.share @ (self.scratch.sum(axis=0) - mean * mean) + ridge_curvature
        if not (slope < 0.0 < curvature):
            return False
        step, moved = -slope / curvature, 0.0
        for _ in range(_TRIALS):
            np.multiply(A, step - moved, out=self.scratch)
            self.Z += self.scratch
            self.refresh()
            moved = step
            ahead = np.vdot(self.residual, A) + ridge_slope + step * ridge_curvature
            if ahead <= -_OVERSHOOT * slope:
                self.W += moved * direction
                return True
            step *= max(0.1, slope / (slope - ahead))  # where a straight line between the two slopes is 0
        return False
