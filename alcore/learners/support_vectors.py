"""Support vector machines with probabilities, from the second label on."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import LEARNERS
from alcore.kernels import softmax
from alcore.learners.quiet import quiet
from alcore.learners.units import Units
from alcore.params import Range
from alcore.types import Floats, Ints

FOLDS = 3  # refits for the calibration
STEPS = 100_000  # of the solver, which has no limit of its own
PAIRS = 4_000_000  # decision values of class pairs held at a time


class CalibratedSupportVectors:
    """Support vector classifier whose decision values are turned into probabilities by one number.

    The probabilities are softmax(sharpness * decision values). The sharpness minimises the log-loss of
    decision values the rows got while held out, against labels smoothed as Platt did, so few rows never make
    it sure of itself. A class's only row cannot be held out; its value is the one it got while learnt.

    With enough rows of every class this agrees with scikit-learn's
    ``CalibratedClassifierCV(SVC(), ensemble=False)``, which refuses a class with fewer rows than folds.
    """

    classes_: NDArray[Any]

    def __init__(self, C: float, kernel: str, gamma: float, seed: int) -> None:
        self.C, self.kernel, self.gamma, self.seed = C, kernel, gamma, seed

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.units = Units.of(X)
        rows = self.units(X)
        weight = np.ones(len(rows)) if sample_weight is None else sample_weight
        self.model = self._machine(rows, codes, weight)
        decisions = _decisions(self.model, rows)
        folds = _folds(codes, self.seed)
        for fold in range(folds.max() + 1):
            held = folds == fold
            decisions[held] = _decisions(self._machine(rows[~held], codes[~held], weight[~held]), rows[held])
        self.sharpness = _sharpness(decisions, codes, weight)
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        return softmax(self.sharpness * _decisions(self.model, self.units(X)))

    def _machine(self, rows: Floats, codes: Ints, weight: Floats) -> Any:
        from sklearn.svm import SVC

        model = SVC(C=self.C, kernel=self.kernel, gamma=self.gamma / rows.shape[1], max_iter=STEPS)
        with quiet():
            return model.fit(rows, codes, sample_weight=weight)


def _decisions(model: Any, rows: Floats) -> Floats:
    """(n, k) decision values, one class against the rest; for two classes minus and plus half of the one."""
    k = len(model.classes_)
    step = max(1, 2 * PAIRS // (k * (k - 1)))
    parts = [model.decision_function(rows[a : a + step]) for a in range(0, len(rows), step)]
    found = np.concatenate(parts) if parts else np.zeros((0, k))
    return np.column_stack((-found, found)) / 2.0 if found.ndim == 1 else found


def _folds(codes: Ints, seed: int) -> Ints:
    """(n,) fold in which a row is held out; -1 for the only row of its class, which must always be learnt."""
    counts = np.bincount(codes)
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    rank = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    folds = np.empty(len(codes), np.int64)
    folds[by_class] = np.where(counts[codes[by_class]] > 1, rank % FOLDS, -1)
    return folds


def _sharpness(decisions: Floats, codes: Ints, weight: Floats) -> float:
    """The factor of the decision values that minimises the log-loss against smoothed labels."""
    from scipy.optimize import minimize_scalar

    k = decisions.shape[1]
    counts, doubt = np.bincount(codes)[codes], 4.0 / k  # two classes: Platt's (count + 1) / (count + 2)
    target = np.tile((doubt / k / (counts + doubt))[:, None], k)
    target[np.arange(len(codes)), codes] += counts / (counts + doubt)
    target *= weight[:, None]
    decisions = decisions - decisions.max(axis=1, keepdims=True)

    def loss(log_sharpness: float) -> float:
        logits = np.exp(log_sharpness) * decisions
        return float(weight @ np.log(np.exp(logits).sum(axis=1)) - np.vdot(target, logits))

    return float(np.exp(minimize_scalar(loss, bounds=(-5.0, 5.0), method="bounded").x))


@LEARNERS.add(
    source="Cortes & Vapnik 1995; Platt 1999; Guo et al. 2017 (one number for all classes)",
    label="support vector machine",
    family="kernel",
    complexity="O(L^2 D) to O(L^3) for L labels, four fits; O(N L D) to predict",
    use="Curved boundaries and up to a few thousand labels; strong from about ten labels a class.",
    avoid="Fewer than two labels a class, or hundreds of classes: it compares all pairs of them.",
)
def svm(
    seed: int,
    *,
    C: Annotated[float, Range(0.01, 1000, log=True)] = 10.0,
    kernel: Literal["rbf", "linear", "poly"] = "rbf",
    gamma: Annotated[float, Range(0.01, 100, log=True)] = 1.0,
) -> CalibratedSupportVectors:
    """Put the boundary where the gap between the classes is widest, curved if need be.

    Parameters
    ----------
    C : float
        How far the learner trusts the labels: large values bend the boundary around every label.
    kernel : str
        Shape of the boundary: rbf bends freely, poly moderately, linear is straight.
    gamma : float
        How local a label's influence is, for curved boundaries; 1 suits standardised columns.

    Notes
    -----
    The seed decides which rows are held out for the calibration.
    """
    return CalibratedSupportVectors(C, kernel, gamma, seed)
