"""A neural network trained with dropout, whose thinned copies are draws of a posterior."""

from copy import copy
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import LEARNERS
from alcore.learners.units import Units
from alcore.network import Network, train
from alcore.params import Range
from alcore.solvers import LinearModel
from alcore.types import Floats


class DropoutNetwork:
    """`alcore.network` with the manners of an estimator, on rows in their own units.

    Attributes
    ----------
    classes_ : (k,) labels it was fitted to, ascending
    network : the trained network, which takes rows in `units`
    """

    classes_: NDArray[Any]
    network: Network

    def __init__(self, seed: int, **settings: Any) -> None:
        self.seed, self.settings = seed, settings

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        self.units = Units.of(X)
        self.classes_, codes = np.unique(y, return_inverse=True)
        rng = np.random.default_rng(self.seed)
        self.network = train(
            self.units(X), codes, len(self.classes_), rng, weight=sample_weight, **self.settings
        )
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities, with no unit dropped."""
        return self.network.proba(self.units(X))

    def embed(self, X: Floats) -> Floats:
        """(n, H) the last hidden layer."""
        return self.network.embed(self.units(X))

    @property
    def head(self) -> LinearModel:
        """The softmax-linear map from the embedding to the probabilities."""
        return self.network.head

    def thinned(self, rng: np.random.Generator) -> Self:
        """The same model without a random share of its hidden units."""
        member = copy(self)
        member.network = self.network.thinned(rng)
        return member


@LEARNERS.add(
    source="Srivastava et al. 2014; Gal & Ghahramani 2016",
    gives="embed",
    label="dropout network",
    family="network",
    complexity="O(steps hidden (D + C)) to fit, whatever the labels; O(N hidden (D + C)) to predict",
    use="Curved boundaries and images, above all with the dropout committee, which needs this learner.",
    avoid="Classes that straight lines separate: logistic regression does it in a hundredth of the time.",
)
def dropout_network(
    seed: int,
    *,
    hidden: Annotated[int, Range(8, 256)] = 128,
    layers: Annotated[int, Range(1, 2)] = 1,
    dropout: Annotated[float, Range(0.0, 0.8)] = 0.25,
    penalty: Annotated[float, Range(1e-5, 10.0, log=True)] = 1.0,
    steps: Annotated[int, Range(50, 3000)] = 800,
) -> DropoutNetwork:
    """Learn features in a layer of neurons of which a random part is silent in every training step.

    No neuron may then rely on another, which protects small training sets; and silencing neurons again after
    training shows how sure the network is.

    Parameters
    ----------
    hidden : int
        Neurons in a layer; more can draw more complicated boundaries and take longer.
    layers : int
        Layers of neurons; one is nearly always enough with few labels.
    dropout : float
        Share of neurons silent in a step; more makes the network cautious and its members differ.
    penalty : float
        Keeps weights small; large values make boundaries smooth and the learner cautious.
    steps : int
        Training steps; fewer are faster and fit less closely.
    """
    return DropoutNetwork(seed, hidden=(hidden,) * layers, dropout=dropout, penalty=penalty, steps=steps)
