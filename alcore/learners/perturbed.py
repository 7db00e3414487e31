"""A learner whose weights may be shown: noise hides what any one labelled row added to them."""

from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import LEARNERS
from alcore.kernels import softmax
from alcore.params import Range
from alcore.privacy.noise import noise_of
from alcore.solvers import softmax_regression
from alcore.types import Floats

_EXACT = 1e-8  # the promise is about the exact solution: this close is as good


class PerturbedRegression:
    """Ridge-penalised multinomial logistic regression with noise on its weights.

    Attributes
    ----------
    classes_ : (k,) labels it was fitted to, ascending
    weights : (D + 1, k) weights for rows as `shrunk` makes them, the noise included
    scale : of the noise: its length is a Gamma variable of this scale and one degree for each weight
    """

    classes_: NDArray[Any]
    weights: Floats
    scale: float

    def __init__(self, epsilon: float, penalty: float, reach: float, seed: int) -> None:
        self.epsilon, self.penalty, self.reach, self.seed = epsilon, penalty, reach, seed

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        k = len(self.classes_)
        weight = np.ones(len(X)) if sample_weight is None else sample_weight
        rows = float(weight.sum() / weight.max())  # how many rows as heavy as the heaviest
        model = softmax_regression(
            self.shrunk(X),
            codes,
            k,
            C=1.0 / (self.penalty * float(weight.sum())),
            tol=_EXACT,
            weight=weight,
            fit_intercept=False,
        )
        exact = model.weights[:-1]
        settings = self.epsilon, self.penalty, self.reach
        rng = noise_of(self.seed, "output noise", X, codes, weight, *settings)
        # One row turns the gradient of its loss by at most its length, and by sqrt(2) times that with
        # several classes, whose weights are all free.
        turn = 1.0 if k == 2 else np.sqrt(2.0)
        self.scale = 2.0 * turn / (rows * self.penalty * self.epsilon)
        if k == 2:
            w = self._noisy(exact[:, 1] - exact[:, 0], rng)
            self.weights = np.column_stack([-0.5 * w, 0.5 * w])
        else:
            self.weights = self._noisy(exact, rng)
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        return softmax(self.shrunk(X) @ self.weights)

    def shrunk(self, X: Floats) -> Floats:
        """(n, D + 1) rows of length at most 1, the last entry constant: longer rows are pulled in."""
        rows = X / (self.reach * np.sqrt(X.shape[1]))
        rows = rows / np.maximum(1.0, np.sqrt((rows**2).sum(axis=1, keepdims=True)))
        return np.column_stack([rows, np.ones(len(X))]) / np.sqrt(2.0)

    def _noisy(self, exact: Floats, rng: np.random.Generator) -> Floats:
        """The weights with noise of density proportional to exp(-length / scale)."""
        direction = rng.standard_normal(exact.shape)
        length = rng.gamma(exact.size, self.scale)
        noise: Floats = exact + direction * (length / np.linalg.norm(direction))
        return noise


@LEARNERS.add(
    source="Chaudhuri, Monteleoni & Sarwate 2011, output perturbation",
    label="logistic with noise",
    family="private",
    complexity="one fit of logistic regression",
    use="The trained weights are given away and must not tell what any one labelled row was.",
    avoid="Few labels, many features or many classes: the noise then drowns what was learnt.",
)
def perturbed(
    seed: int,
    *,
    epsilon: Annotated[float, Range(0.001, 10_000, log=True)] = 10.0,
    penalty: Annotated[float, Range(1e-5, 10.0, log=True)] = 0.01,
    reach: Annotated[float, Range(0.01, 100.0, log=True)] = 1.0,
) -> PerturbedRegression:
    """Draw straight boundaries, then shake them so far that no single labelled row shows in them.

    Parameters
    ----------
    epsilon : float
        Privacy loss of one fit, for each labelled row: below 1 is private, and needs thousands of labels.
    penalty : float
        Ridge penalty on the mean loss: more holds the weights back and needs less noise.
    reach : float
        Rows longer than this many deviations are pulled in; a number fixed before looking at the data.

    Notes
    -----
    Changing one of n rows moves the weights by at most ``2 / (n penalty)``, and ``sqrt(2)`` times that with
    more than two classes. Every fit spends epsilon again, on noise of its own: each round, and each member
    of a committee. Which classes were seen, and how many rows, is not hidden.
    """
    return PerturbedRegression(epsilon, penalty, reach, seed)
