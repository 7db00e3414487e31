"""What would one more label do? Models after each answer a candidate may get, and what they still risk.

Expected error reduction asks the row after whose answer the rest of the pool is, on average over the answers
the learner expects, predicted with the least risk. The work is to know the model after each possible answer:

* `OneMoreLabel` for logistic regression: by one Newton step, or by refits of all answers at once,
* `GaussianField` for harmonic functions on a graph, where the update is exact and a rank-one formula,
* `retrained_risks` for any learner, by fitting it again for every answer.

All of them end in a matrix (m, q) of risks: candidate by answer. `expected_reduction` weighs it.

Arrays of weights are class-major as in `alcore.solvers`: (C, ..., D + 1), intercepts last.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import xlogy

from alcore.distances import squared_distances
from alcore.solvers import LinearModel
from alcore.types import Floats, Ints

Loss: TypeAlias = Literal["log-loss", "errors"] | Floats

WIDEST = 2000  # weights up to which the Hessian keeps its blocks between classes
_JITTER = 1e-10  # relative, keeps factorisations positive definite
_BLOCK = 1 << 17  # logits at a time: 1 MiB, inside the cache
_CHUNK = 1 << 18  # weights refitted at a time
_STEPS = 60  # of a refit, at most; five are usual
_FAINT = 1e-100  # the weakest link of a field
_SOLVED = 1e-9  # error left in the equation of one step
_TRIALS = 25  # step lengths tried along one direction
_OVERSHOOT = 0.5  # accept a step if the slope behind it is at most this fraction of the slope before it


def risk(proba: Floats, loss: Loss) -> Floats:
    """Loss to be expected from the best decision on each row, if the probabilities are right.

    Parameters
    ----------
    proba : (..., C) array
        Class probabilities.
    loss : str or (A, C) array
        "log-loss": the entropy, in nats. "errors": the probability that the likeliest class is wrong.
        A matrix: what decision a costs when the truth is class c, in money; the cheapest decision is taken.

    Returns
    -------
    (...) array

    Examples
    --------
    A miss that costs ten times a false alarm makes a row with P = .2 worth an alarm:

    >>> P = np.array([[0.8, 0.2]])
    >>> risk(P, "errors").round(3), risk(P, np.array([[0.0, 10.0], [1.0, 0.0]])).round(3)
    (array([0.2]), array([0.8]))
    """
    if isinstance(loss, str):
        if loss == "errors":
            return 1.0 - proba.max(axis=-1)
        return np.maximum(-xlogy(proba, proba).sum(axis=-1), 0.0)
    return (proba @ loss.T).min(axis=-1)


def expected_reduction(proba: Floats, after: Floats, own: Floats, before: Floats, size: int) -> Floats:
    """How much risk per row of the pool an answer is expected to remove.

    Parameters
    ----------
    proba : (m, q) array
        Probability of each answer; rows are scaled to sum to 1.
    after : (m, q) array
        Mean risk of the other rows after that answer.
    own : (m,) array
        Risk of the candidate itself now; its label removes it.
    before : (m,) array
        Mean risk of the other rows now.
    size : int
        Rows of the pool.

    Returns
    -------
    (m,) array
        May be below 0: an answer can raise the risk the model thinks it runs.

    Examples
    --------
    >>> even = np.array([[0.5, 0.5]])
    >>> expected_reduction(even, np.array([[0.1, 0.3]]), np.array([0.5]), np.array([0.4]), 11).round(4)
    array([0.2273])
    """
    share = proba / proba.sum(axis=1, keepdims=True)
    return (own + (size - 1) * (before - (share * after).sum(axis=1))) / max(1, size)


class OneMoreLabel:
    """A logistic regression at its optimum, ready to say what it would be after one more label.

    Its objective is that of scikit-learn's ``LogisticRegression(C=C)``: summed log-loss plus
    ``|w|^2 / (2 C)``, with free intercepts.

    Parameters
    ----------
    model : LinearModel
        Fitted to X and y; it is polished by one Newton step here.
    X : (L, D) array
        Labelled rows.
    y : (L,) array of int
        Their codes, 0 .. C_model - 1.
    C : float
        Inverse strength of the penalty it was fitted with.

    Attributes
    ----------
    weights : (C, D + 1) array
        The polished weights.

    Notes
    -----
    The Hessian is ``sum_i S_i (x) z_i z_i' + ridge``, S_i = diag(p_i) - p_i p_i', inverted once. A label adds
    one more such term of rank C, so a step needs the solution of a C x C system alone (Woodbury). With fewer
    labelled rows than features the inverse is made in their span, which is exact: to all other directions the
    Hessian is the ridge. Beyond 2,000 weights, S_i is replaced by its mean eigenvalue, one matrix for all
    classes; then one step is coarser, and a refit takes more steps.
    """

    __slots__ = ("_curvature", "_design", "_ridge", "_target", "weights")

    def __init__(self, model: LinearModel, X: Floats, y: Ints, *, C: float = 1.0) -> None:
        weights = model.weights.T - model.weights.mean(axis=1)
        k = len(weights)
        self._design = _with_ones(X)
        self._ridge = np.full(weights.shape[1], (2.0 if k == 2 else 1.0) / C)  # two classes: +-w/2 each
        self._ridge[-1] = 0.0
        self._target = np.zeros((k, len(X)))
        self._target[y, np.arange(len(X))] = 1.0
        P = _softmax(weights @ self._design.T)
        self._curvature = _InverseHessian(self._design, P, float(self._ridge[0]))
        gradient = (P - self._target) @ self._design + self._ridge * weights
        self.weights: Floats = weights - self._curvature.solve(gradient[:, None, :])[:, 0]

    def proba(self, rows: Floats) -> Floats:
        """(n, C) class probabilities of rows (n, D) now."""
        return _softmax(self.weights @ _with_ones(rows).T).T

    def one_step(self, rows: Floats, labels: Ints, *, inner: int = 10) -> Floats:
        """The weights after each answer, in one step from the present ones.

        The old labels' loss is taken as the parabola it is near its optimum. The new label's own loss is kept
        as it is, for a surprising answer is where a parabola fails: that leaves an equation in C unknowns.

        Parameters
        ----------
        rows : (m, D) array
            Candidates.
        labels : (m, q) array of int
            The answers to think through for each candidate.
        inner : int
            Steps spent on the equation in C unknowns; 1 is Newton's step proper.

        Returns
        -------
        (C, m, q, D + 1) array
        """
        z = _with_ones(rows)
        pull = self._pull(z, labels, inner)
        gradient = pull.transpose(2, 0, 1)[..., None] * z[:, None, :]
        step = self._curvature.solve(gradient.reshape(len(pull.T), -1, z.shape[1]))
        found: Floats = self.weights[:, None, None, :] - step.reshape(gradient.shape)
        return found

    def _pull(self, z: Floats, labels: Ints, inner: int) -> Floats:
        """(m, q, C) residuals p - e_y of the new label where it has had its effect.

        The solution a of ``a = p(logits - local a) - e_y``, by Newton's method with step halving.
        """
        k = len(self.weights)
        logits, answer = (self.weights @ z.T).T[:, None, :], np.eye(k)[labels]
        local = self._curvature.local(z)[:, None]
        pull = np.zeros(answer.shape)
        missing, S = self._missing(pull, logits, local, answer)
        length = np.ones(labels.shape)
        for _ in range(inner):
            step = np.linalg.solve(np.eye(k) + S @ local, missing[..., None])[..., 0]
            ahead = pull - length[..., None] * step
            if inner == 1:
                return ahead
            missing_ahead, S_ahead = self._missing(ahead, logits, local, answer)
            better = np.square(missing_ahead).sum(axis=-1) < np.square(missing).sum(axis=-1)
            pull[better], missing[better], S[better] = ahead[better], missing_ahead[better], S_ahead[better]
            length = np.where(better, 1.0, 0.5 * length)
            if np.abs(missing).max(initial=0.0) < _SOLVED:
                break
        return pull

    @staticmethod
    def _missing(pull: Floats, logits: Floats, local: Floats, answer: Floats) -> tuple[Floats, Floats]:
        """By how much the equation of `_pull` is missed, and the curvature S there."""
        Z = logits - np.einsum("mxab,mqb->mqa", local, pull)
        P = _softmax(np.moveaxis(Z, -1, 0))
        p = np.moveaxis(P, 0, -1)
        return pull - p + answer, p[..., :, None] * (np.eye(p.shape[-1]) - p[..., None, :])

    def refit(self, rows: Floats, labels: Ints, *, tol: float = 1e-3) -> Floats:
        """The weights after each answer, fitted to the end; all answers at once.

        Parameters
        ----------
        rows : (m, D) array
        labels : (m, q) array of int
        tol : float
            Stop a fit once no entry of the gradient of its summed loss is larger.

        Returns
        -------
        (C, m, q, D + 1) array

        Notes
        -----
        Preconditioned conjugate gradients from Newton's step, in lock step; answers that have converged drop
        out. The preconditioner is the exact inverse Hessian at the start, the candidate's own term included.
        """
        k, n_inputs = self.weights.shape
        found = np.empty((k, len(rows), labels.shape[1], n_inputs))
        size = max(1, _CHUNK // (k * n_inputs * max(1, labels.shape[1])))
        for a in range(0, len(rows), size):
            part = slice(a, a + size)
            found[:, part] = self._refit(rows[part], labels[part], tol)
        return found

    def _refit(self, rows: Floats, labels: Ints, tol: float) -> Floats:
        k, q = len(self.weights), labels.shape[1]
        start = self.one_step(rows, labels)
        z = _with_ones(rows)
        S = _curvatures(_softmax(self.weights @ z.T))
        gain = np.linalg.solve(np.eye(k) + S @ self._curvature.local(z), S)
        done = start.reshape(k, -1, z.shape[1])
        fits = _Fits(self, np.repeat(z, q, axis=0), labels.ravel(), np.repeat(gain, q, axis=0), done.copy())
        for _ in range(_STEPS):
            gradient = fits.gradient()
            open_ = np.abs(gradient).max(axis=(0, 2)) > tol
            if not open_.all():
                done[:, fits.which[~open_]] = fits.W[:, ~open_]
                fits.keep(open_)
                gradient = gradient[:, open_]
            if not len(fits.which):
                return start
            fits.advance(gradient)
        done[:, fits.which] = fits.W
        return start

    def _step(self, gradient: Floats, own: Floats, gain: Floats) -> Floats:
        """Inverse of the Hessian with a candidate's own term, applied to its gradients (C, M, D + 1)."""
        first = self._curvature.solve(gradient)
        felt = np.einsum("kmd,md->mk", first, own)
        felt = np.einsum("mab,mb->am", gain, felt)
        return first - self._curvature.solve(felt[:, :, None] * own)


class _Fits:
    """Fits of M answers in lock step.

    Each has weights W (C, M, D + 1) and logits Z (C, M, L + 1) on the labelled rows and, last, on its own.
    """

    __slots__ = ("P", "W", "Z", "_direction", "_gain", "_old", "_y", "own", "root", "which")

    def __init__(self, root: OneMoreLabel, own: Floats, y: Ints, gain: Floats, W: Floats) -> None:
        self.root, self.own, self._y, self._gain, self.W = root, own, y, gain, W
        self.which = np.arange(len(own))
        self._direction: Floats | None = None
        self._old: tuple[Floats, Floats] = (np.zeros(0), np.zeros(0))
        self.Z = self._along(W)
        self.P = _softmax(self.Z)

    def keep(self, still: Floats) -> None:
        """Drop the fits that are done."""
        self.own, self._y, self._gain, self.which = (
            part[still] for part in (self.own, self._y, self._gain, self.which)
        )
        self.W, self.Z, self.P = (part[:, still] for part in (self.W, self.Z, self.P))
        if self._direction is not None:
            self._direction = self._direction[:, still]
            self._old = (self._old[0][:, still], self._old[1][still])

    def gradient(self) -> Floats:
        """(C, M, D + 1) gradients of the summed loss and penalty."""
        residual = self._residual(self.P)
        found = residual[..., :-1] @ self.root._design
        found += residual[..., -1:] * self.own
        found += self.root._ridge * self.W
        return found

    def advance(self, gradient: Floats) -> None:
        """One step of each fit along a conjugate direction, to about its lowest point."""
        downhill = -self.root._step(gradient, self.own, self._gain)
        decrease = -np.einsum("kmd,kmd->m", gradient, downhill)
        direction = downhill
        if self._direction is not None:
            momentum = (decrease + np.einsum("kmd,kmd->m", self._old[0], downhill)) / self._old[1]
            direction = downhill + np.maximum(momentum, 0.0)[:, None] * self._direction
        slope = np.einsum("kmd,kmd->m", gradient, direction)
        wrong = slope >= 0.0
        if wrong.any():
            direction = np.where(wrong[:, None], downhill, direction)
            slope = np.where(wrong, -decrease, slope)
        self._search(direction, slope)
        self._direction, self._old = direction, (gradient, np.maximum(decrease, np.finfo(np.float64).tiny))

    def _search(self, direction: Floats, slope: Floats) -> None:
        """Newton's step length, cut for the fits whose slope behind it is too steep."""
        A = self._along(direction)
        pull = self.root._ridge * direction
        ridge_slope = np.einsum("kmd,kmd->m", pull, self.W)
        ridge_curvature = np.einsum("kmd,kmd->m", pull, direction)
        weighted = self.P * A
        curvature = np.einsum("kml,kml->m", weighted, A) + ridge_curvature
        curvature -= np.square(weighted.sum(axis=0)).sum(axis=1)
        length = np.divide(-slope, curvature, out=np.zeros_like(slope), where=curvature > 0.0)
        for _ in range(_TRIALS):
            Z = self.Z + length[:, None] * A
            P = _softmax(Z)
            ahead = np.einsum("kml,kml->m", self._residual(P), A) + ridge_slope + length * ridge_curvature
            steep = ahead > -_OVERSHOOT * slope
            if not steep.any():
                break
            cut = np.divide(slope, slope - ahead, out=np.ones_like(slope), where=steep)
            length = np.where(steep, length * np.maximum(0.1, cut), length)
        self.Z, self.P = Z, P
        self.W += length[:, None] * direction

    def _along(self, W: Floats) -> Floats:
        """Logits (C, M, L + 1) of weights or of a direction."""
        design = self.root._design
        found = np.empty((*W.shape[:2], len(design) + 1))
        np.matmul(W, design.T, out=found[..., :-1])
        np.einsum("kmd,md->km", W, self.own, out=found[..., -1])
        return found

    def _residual(self, P: Floats) -> Floats:
        found = P.copy()
        found[..., :-1] -= self.root._target[:, None, :]
        found[self._y, np.arange(len(self._y)), -1] -= 1.0
        return found


class _InverseHessian:
    """Inverse of the Hessian of a softmax regression, in the span of its rows where those are few.

    Parameters
    ----------
    design : (L, D + 1) array
        Labelled rows and a column of ones.
    P : (C, L) array
        Their class probabilities.
    ridge : float
        Penalty on all weights but the intercepts.
    """

    __slots__ = ("_basis", "_inverse", "_n_classes", "_ridge", "_shared")

    def __init__(self, design: Floats, P: Floats, ridge: float) -> None:
        X = design[:, :-1]
        self._basis = np.linalg.qr(X.T)[0] if len(X) < X.shape[1] else None
        self._ridge, self._n_classes = ridge, len(P)
        inside = self._inside(design)
        r = inside.shape[1]
        self._shared = len(P) * r > WIDEST
        penalty = np.full(r, ridge)
        penalty[-1] = 0.0
        if self._shared:
            eigenvalue = (1.0 - np.einsum("cl,cl->l", P, P)) / max(1, len(P) - 1)
            H = (inside * eigenvalue[:, None]).T @ inside
        else:
            joined = (P[:, None, :] * inside.T).reshape(-1, len(inside))
            H = -(joined @ joined.T)
            for c, p in enumerate(P):
                block = slice(c * r, (c + 1) * r)
                H[block, block] += (inside * p[:, None]).T @ inside
            # Intercepts are free only relative to each other: moving all of them changes nothing.
            H[r - 1 :: r, r - 1 :: r] += 1.0
            penalty = np.tile(penalty, len(P))
        H.flat[:: len(H) + 1] += penalty + _JITTER * (1.0 + H.diagonal().max(initial=0.0))
        self._inverse: Floats = cho_solve(cho_factor(H, lower=True), np.eye(len(H)))

    def solve(self, G: Floats) -> Floats:
        """The inverse applied to (C, M, D + 1) gradients."""
        inside = self._inside(G)
        if self._shared:
            found = inside @ self._inverse
        else:
            k, M, r = inside.shape
            rows = inside.transpose(1, 0, 2).reshape(M, k * r)
            found = (rows @ self._inverse).reshape(M, k, r).transpose(1, 0, 2)
        if self._basis is None:
            return found
        whole = G / self._ridge
        whole[..., :-1] += (found[..., :-1] - inside[..., :-1] / self._ridge) @ self._basis.T
        whole[..., -1] = found[..., -1]
        return whole

    def local(self, z: Floats) -> Floats:
        """(m, C, C) covariance of the logits of rows z (m, D + 1): ``(I (x) z)' H^-1 (I (x) z)``."""
        inside, k = self._inside(z), self._n_classes
        r = inside.shape[1]
        found = np.zeros((len(z), k, k))
        if self._shared:
            along = np.einsum("mr,mr->m", inside @ self._inverse, inside)
            found[:] = along[:, None, None] * np.eye(k)
        else:
            for c in range(k):
                half = (inside @ self._inverse[c * r : (c + 1) * r]).reshape(len(z), k, r)
                found[:, c] = np.einsum("mkr,mr->mk", half, inside)
        if self._basis is not None:
            outside = np.einsum("md,md->m", z, z) - np.einsum("mr,mr->m", inside, inside)
            found += (np.maximum(outside, 0.0) / self._ridge)[:, None, None] * np.eye(k)
        return found

    def _inside(self, rows: Floats) -> Floats:
        if self._basis is None:
            return rows
        return np.concatenate([rows[..., :-1] @ self._basis, rows[..., -1:]], axis=-1)


def future_risks(weights: Floats, reference: Floats, own: Ints, loss: Loss) -> Floats:
    """Mean risk of the reference rows under each of many linear models.

    Parameters
    ----------
    weights : (C, m, q, D + 1) array
        As `OneMoreLabel` gives them.
    reference : (R, D) array
        Rows that stand for the pool.
    own : (m,) array of int
        Where each candidate stands among the reference rows, -1 if it does not: its own risk does not count,
        for it would be labelled.
    loss : str or (A, C) array
        See `risk`.

    Returns
    -------
    (m, q) array
        0 where no other row is left.
    """
    k, m, q, n_inputs = weights.shape
    flat = weights.reshape(k, m * q, n_inputs)
    turned = np.ascontiguousarray(_with_ones(reference).T)
    own = np.repeat(own, q)
    found = np.zeros(m * q)
    step = max(1, _BLOCK // (k * max(1, len(reference))))
    for a in range(0, m * q, step):
        part = slice(a, a + step)
        each = _risk_of_logits(flat[:, part] @ turned, loss)
        found[part] = _mean_of_others(each, own[part])
    return found.reshape(m, q)


def retrained_risks(
    teach: Callable[..., Any],
    X: Floats,
    y: Ints,
    rows: Floats,
    labels: Ints,
    reference: Floats,
    own: Ints,
    loss: Loss,
) -> Floats:
    """Mean risk of the reference rows after fitting the learner again with each answer.

    Parameters
    ----------
    teach : function
        ``teach(X=..., y=...)`` gives something with ``proba(X)``.
    X, y : (L, D) array, (L,) array of int
        What is labelled.
    rows, labels : (m, D) array, (m, q) array of int
        Candidates and the answers to think through.
    reference, own, loss
        See `future_risks`.

    Returns
    -------
    (m, q) array
    """
    found = np.zeros(labels.shape)
    for i, row in enumerate(rows):
        longer = np.vstack([X, row])
        for j, label in enumerate(labels[i]):
            fitted = teach(X=longer, y=np.append(y, label))
            each = risk(fitted.proba(reference), loss)
            found[i, j] = _mean_of_others(each[None], own[i : i + 1])[0]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class GaussianField:
    """Labels that flow along a graph of similar rows: each row's class is the mean of its neighbours'.

    Attributes
    ----------
    mean : (n, C) array
        Class probabilities of the unlabelled rows.
    inverse : (n, n) array
        Inverse of the graph's Laplacian among them: how far a label travels.
    """

    mean: Floats
    inverse: Floats

    @classmethod
    def of(
        cls, X: Floats, labelled: Floats, y: Ints, n_classes: int, *, width: float, leak: float = 1e-6
    ) -> Self:
        """Solve the field.

        Parameters
        ----------
        X : (n, D) array
            Unlabelled rows.
        labelled, y : (L, D) array, (L,) array of int
        n_classes : int
        width : float
            Rows at this distance are joined by a weight of 1/e, at twice of it by 1/e^4.
        leak : float
            Share of its links by which a row also hears "all labelled classes alike", so that rows joined to
            no label have an answer.

        Notes
        -----
        O(n^3 + n L D). Source: Zhu, Ghahramani & Lafferty 2003.
        """
        W = np.exp(squared_distances(X, X) / (-(width**2)))
        np.fill_diagonal(W, 0.0)
        T = np.exp(squared_distances(X, labelled) / (-(width**2)))
        degree = W.sum(axis=1) + T.sum(axis=1)
        floor = np.maximum(leak * degree, _FAINT)
        known = np.eye(n_classes)[y]
        even = (known.sum(axis=0) > 0) / max(1, len(np.unique(y)))
        laplacian = -W
        laplacian.flat[:: len(X) + 1] = degree + floor
        inverse = cho_solve(cho_factor(laplacian, lower=True), np.eye(len(X)))
        return cls(inverse @ (T @ known + np.outer(floor, even)), inverse)

    def after(self, k: int, label: int) -> "GaussianField":
        """The field of the other rows once row k has this label: exact, O(n^2), nothing is inverted."""
        keep = np.arange(len(self.mean)) != k
        reach = self.inverse[:, k] / self.inverse[k, k]
        told = np.eye(self.mean.shape[1])[label] - self.mean[k]
        rest = self.inverse - np.outer(reach, self.inverse[k])
        return GaussianField((self.mean + np.outer(reach, told))[keep], rest[np.ix_(keep, keep)])

    def future_errors(self) -> Floats:
        """(n, C) expected number of wrong rows after each answer of each row.

        Notes
        -----
        O(n^2 C) for all n C answers: after answer y of row k, row j is at ``f_j - r f_k + r e_y`` with
        ``r = inverse_jk / inverse_kk``, whose largest entry is that without the last term, or y's own.
        """
        f = self.mean
        n, C = f.shape
        found = np.empty((n, C))
        step = max(1, _BLOCK // max(1, n * C))
        for a in range(0, n, step):
            part = slice(a, a + step)
            reach = self.inverse[part] / self.inverse.diagonal()[part, None]  # (b, n)
            without = f.T[:, None, :] - f[part].T[:, :, None] * reach  # (C, b, n)
            best = without.max(axis=0)
            for c in range(C):
                found[part, c] = n - np.maximum(best, without[c] + reach).sum(axis=1)
        return found


def _risk_of_logits(Z: Floats, loss: Loss) -> Floats:
    """(B, R) risk of class-major logits (C, B, R), which are overwritten; as `risk` of their softmax."""
    Z -= Z.max(axis=0)
    E = np.exp(Z)
    total = E.sum(axis=0)
    if isinstance(loss, str):
        if loss == "errors":
            return 1.0 - 1.0 / total
        E *= Z
        return np.log(total) - E.sum(axis=0) / total
    cheapest: Floats = np.tensordot(loss, E, axes=1).min(axis=0) / total
    return cheapest


def _mean_of_others(each: Floats, own: Ints) -> Floats:
    """Mean over the columns of (B, R), without the one named for each row (-1: none)."""
    inside = own >= 0
    total = each.sum(axis=1)
    if each.shape[1]:
        total -= np.where(inside, each[np.arange(len(own)), np.where(inside, own, 0)], 0.0)
    return total / np.maximum(1, each.shape[1] - inside)


def _curvatures(P: Floats) -> Floats:
    """(m, C, C) diag(p) - p p' of class-major probabilities (C, m)."""
    return np.einsum("cm,cd->mcd", P, np.eye(len(P))) - np.einsum("cm,dm->mcd", P, P)


def _softmax(Z: Floats) -> Floats:
    """Softmax over the first axis."""
    P = np.exp(Z - Z.max(axis=0))
    P /= P.sum(axis=0)
    return P


def _with_ones(X: Floats) -> Floats:
    return np.concatenate([X, np.ones((len(X), 1))], axis=1)
