"""A small neural network in numpy, trained with dropout, so that dropping units again means something.

ReLU layers, softmax, inverted dropout behind every hidden layer, Adam on minibatches with a rate that falls
to 0 along half a cosine. scikit-learn's MLPClassifier has no dropout, and masks on a network that was trained
without them measure nothing.

A dropout mask that is the same for all rows is just a smaller network: `Network.thinned` cuts the dropped
units out, which is exact and makes a member of a committee quicker than the network itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self, TypeAlias

import numpy as np

from alcore.kernels import softmax
from alcore.solvers import LinearModel
from alcore.types import Floats, Ints

Layers: TypeAlias = tuple[tuple[Floats, Floats], ...]  # weights (inputs, outputs) and biases (outputs,)

BATCH = 32  # rows of a minibatch
_MOMENTUM, _DECAY, _FLOOR = 0.9, 0.999, 1e-8  # Adam's own constants
_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A trained network.

    Attributes
    ----------
    layers : weights (inputs, outputs) and biases (outputs,) of each layer, the last one gives the logits
    dropout : share of hidden units that was dropped at random in training
    """

    layers: Layers
    dropout: float

    def embed(self, X: Floats) -> Floats:
        """(n, H) the last hidden layer of rows X (n, D)."""
        return _hidden(self.layers, X, ())[-1]

    @property
    def head(self) -> LinearModel:
        """The last layer: a softmax-linear map of the embedding."""
        weights, biases = self.layers[-1]
        return LinearModel(np.vstack([weights, biases]))

    def proba(self, X: Floats) -> Floats:
        """(n, C) class probabilities of rows X (n, D), with no unit dropped."""
        weights, biases = self.layers[-1]
        return softmax(self.embed(X) @ weights + biases)

    def thinned(self, rng: np.random.Generator) -> Self:
        """The network without a random share of its hidden units: one draw of Monte-Carlo dropout.

        Parameters
        ----------
        rng : Generator
        """
        layers: list[tuple[Floats, Floats]] = []
        kept, scale = np.arange(len(self.layers[0][0])), 1.0
        for weights, biases in self.layers[:-1]:
            stay = np.flatnonzero(rng.random(len(biases)) >= self.dropout)
            layers.append((weights[kept][:, stay] * scale, biases[stay]))
            kept, scale = stay, 1.0 / (1.0 - self.dropout)
        weights, biases = self.layers[-1]
        return type(self)((*layers, (weights[kept] * scale, biases)), self.dropout)


def train(
    X: Floats,
    y: Ints,
    n_classes: int,
    rng: np.random.Generator,
    *,
    hidden: Sequence[int] = (128,),
    dropout: float = 0.25,
    penalty: float = 1.0,
    steps: int = 800,
    rate: float = 0.003,
    weight: Floats | None = None,
) -> Network:
    """Fit a network to labelled rows.

    Parameters
    ----------
    X : (n, D) array
        Features of about unit size.
    y : (n,) array of int
        Class codes 0 .. n_classes - 1.
    n_classes : int
    rng : Generator
        For first weights, minibatches and masks.
    hidden : sequence of int
        Units of each hidden layer.
    dropout : float
        Share of hidden units dropped in every step, below 1.
    penalty : float
        Half of it, divided by n, times the squared weights is added to the mean loss.
    steps : int
        Minibatches seen, whatever the number of rows: the time of a fit does not grow with the labels.
    rate : float
        Adam's learning rate at the start.
    weight : (n,) array, optional
        Weights of the rows, not all 0.

    Returns
    -------
    Network

    Notes
    -----
    O(steps B sum of the sizes of the layers' matrices), B = 32 rows.
    Source: Srivastava et al. 2014 (dropout); Kingma & Ba 2015 (Adam); He et al. 2015 (first weights).

    Examples
    --------
    >>> X, y = np.array([[-1.0], [-0.5], [0.5], [1.0]]), np.array([0, 1, 1, 0])
    >>> train(X, y, 2, np.random.default_rng(0)).proba(X).argmax(axis=1)
    array([0, 1, 1, 0])
    """
    n = len(X)
    share = np.ones(n) if weight is None else weight * (n / weight.sum())
    sizes = (X.shape[1], *hidden, n_classes)
    parameters = np.zeros(sum((a + 1) * b for a, b in pairwise(sizes)))
    slope, mean, square, step = np.zeros((4, len(parameters)))
    layers, slopes = _views(parameters, sizes), _views(slope, sizes)
    for weights, _ in layers:
        weights[:] = rng.standard_normal(weights.shape) * np.sqrt(2.0 / len(weights))
    target = np.eye(n_classes)[y]
    everything, left = np.arange(n), np.empty(0, np.int64)
    for turn in range(1, steps + 1):
        if n <= BATCH:
            rows = everything
        else:
            if len(left) < BATCH:  # the few left over are as likely as any in the next pass
                left = rng.permutation(n)
            rows, left = left[:BATCH], left[BATCH:]
        masks = _masks(rng, min(n, BATCH), hidden, dropout)
        _backward(layers, slopes, X[rows], target[rows], share[rows], masks, penalty / n)
        # Adam: mean and square are running averages of the slope, corrected for having begun at 0.
        mean += (1.0 - _MOMENTUM) * (slope - mean)
        np.multiply(slope, slope, out=step)
        step -= square
        step *= 1.0 - _DECAY
        square += step
        np.sqrt(square, out=step)
        step /= np.sqrt(1.0 - _DECAY**turn)
        step += _FLOOR
        np.divide(mean, step, out=step)
        falling = 0.5 * (1.0 + np.cos(np.pi * (turn - 1) / steps))
        step *= rate * falling / (1.0 - _MOMENTUM**turn)
        parameters -= step
    return Network(layers, dropout)


def objective(
    layers: Layers, X: Floats, target: Floats, share: Floats, masks: Sequence[Floats], decay: float
) -> float:
    """Mean weighted log-loss plus penalty, under given dropout masks: what a training step lowers.

    Parameters
    ----------
    layers : weights and biases
    X : (n, D) array
    target : (n, C) array
        Ones where the labels are.
    share : (n,) array
        Weights of the rows, mean 1.
    masks : sequence of (n, hidden units) arrays
        0 where a unit is dropped, 1/(1 - dropout) where it stays; none = all stay.
    decay : float
        Half of it times the squared weights is added.
    """
    weights, biases = layers[-1]
    proba = softmax(_hidden(layers, X, masks)[-1] @ weights + biases)
    loss = -np.log(np.maximum((proba * target).sum(axis=1), _TINY))
    return float(share @ loss / len(X) + 0.5 * decay * sum((w**2).sum() for w, _ in layers))


def gradient(
    layers: Layers, X: Floats, target: Floats, share: Floats, masks: Sequence[Floats], decay: float
) -> Layers:
    """Gradient of `objective` in every weight and bias, by backpropagation."""
    slopes = tuple((np.empty_like(w), np.empty_like(b)) for w, b in layers)
    _backward(layers, slopes, X, target, share, masks, decay)
    return slopes


def _backward(
    layers: Layers,
    slopes: Layers,
    X: Floats,
    target: Floats,
    share: Floats,
    masks: Sequence[Floats],
    decay: float,
) -> None:
    """Write the gradient of `objective` into `slopes`."""
    active = _hidden(layers, X, masks)
    weights, biases = layers[-1]
    error = active[-1] @ weights
    error += biases
    error -= error.max(axis=1, keepdims=True)
    np.exp(error, out=error)
    error /= error.sum(axis=1, keepdims=True)
    error -= target
    error *= share[:, None] / len(X)
    for depth in range(len(layers) - 1, -1, -1):
        (weights, _), (of_weights, of_biases) = layers[depth], slopes[depth]
        np.matmul(active[depth].T, error, out=of_weights)
        of_weights += decay * weights
        np.sum(error, axis=0, out=of_biases)
        if depth:
            error = error @ weights.T
            error *= active[depth] > 0.0
            if masks:
                error *= masks[depth - 1]


def _hidden(layers: Layers, X: Floats, masks: Sequence[Floats]) -> list[Floats]:
    """The rows and what each hidden layer makes of them."""
    active = [X]
    for depth, (weights, biases) in enumerate(layers[:-1]):
        out = active[-1] @ weights
        out += biases
        np.maximum(out, 0.0, out=out)
        if masks:
            out *= masks[depth]
        active.append(out)
    return active


def _masks(rng: np.random.Generator, n: int, hidden: Sequence[int], dropout: float) -> list[Floats]:
    if dropout == 0.0:
        return []
    return [(rng.random((n, units), np.float32) >= dropout) / (1.0 - dropout) for units in hidden]


def _views(flat: Floats, sizes: Sequence[int]) -> Layers:
    """The layers of these sizes as windows on one flat array, which an optimiser can move as a whole."""
    layers, at = [], 0
    for inputs, outputs in pairwise(sizes):
        weights = flat[at : at + inputs * outputs].reshape(inputs, outputs)
        at += weights.size
        layers.append((weights, flat[at : at + outputs]))
        at += outputs
    return tuple(layers)
