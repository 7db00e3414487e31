"""Neural networks small enough to be refitted after every answer."""

from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import LEARNERS
from alcore.learners.quiet import quiet
from alcore.learners.units import Units
from alcore.params import Range
from alcore.types import Floats


class Perceptron:
    """scikit-learn's MLPClassifier by L-BFGS, on rows in their own units so that its steps fit any data."""

    classes_: NDArray[Any]

    def __init__(self, hidden: int, layers: int, penalty: float, steps: int, seed: int) -> None:
        self.hidden, self.layers, self.penalty, self.steps, self.seed = hidden, layers, penalty, steps, seed

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        from sklearn.neural_network import MLPClassifier

        self.units = Units.of(X)
        self.model = MLPClassifier(
            (self.hidden,) * self.layers,
            alpha=self.penalty,
            solver="lbfgs",
            max_iter=self.steps,
            random_state=self.seed,
        )
        with quiet():
            self.model.fit(self.units(X), y, sample_weight=sample_weight)
        self.classes_ = self.model.classes_
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        return self.model.predict_proba(self.units(X)) if len(X) else np.zeros((0, len(self.classes_)))


@LEARNERS.add(
    source="Rumelhart, Hinton & Williams 1986; scikit-learn's MLPClassifier with L-BFGS",
    label="neural network",
    family="network",
    complexity="O(steps L hidden (D + C)) to fit, O(N hidden (D + C)) to predict",
    use="Images and other inputs with curved boundaries; differs with every seed, which suits committees.",
    avoid="A handful of labels with many columns, or when two runs must not differ by seed.",
)
def mlp(
    seed: int,
    *,
    hidden: Annotated[int, Range(2, 256)] = 64,
    layers: Annotated[int, Range(1, 3)] = 1,
    penalty: Annotated[float, Range(1e-5, 10.0, log=True)] = 0.1,
    steps: Annotated[int, Range(10, 500)] = 100,
) -> Perceptron:
    """Learn its own features in a layer of neurons, then weigh them.

    Parameters
    ----------
    hidden : int
        Neurons in a layer; more can draw more complicated boundaries and take longer.
    layers : int
        Layers of neurons; one is nearly always enough with few labels.
    penalty : float
        Keeps weights small; large values make boundaries smooth and the learner cautious.
    steps : int
        Training steps at most; fewer are faster and a little less sure.
    """
    return Perceptron(hidden, layers, penalty, steps, seed)
