"""A learner trained by clients that keep their rows and share only changes of the model."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import LEARNERS
from alcore.federated import Client, by_class, fedavg, hashed
from alcore.params import Range
from alcore.privacy.noise import noise_of
from alcore.solvers import LinearModel
from alcore.types import Floats

PACE = 2.0  # length of a step; the longest with which every client surely goes downhill


class FederatedRegression:
    """Multinomial logistic regression by federated averaging, with the manners of an estimator.

    Attributes
    ----------
    classes_ : (k,) labels it was fitted to, ascending
    linear : the fitted map
    sizes : rows of each client that has any
    """

    classes_: NDArray[Any]
    linear: LinearModel
    sizes: tuple[int, ...]

    def __init__(
        self, clients: int, split: str, rounds: int, steps: int, clip: float, noise: float, seed: int
    ) -> None:
        self.clients, self.split, self.rounds, self.steps = clients, split, rounds, steps
        self.clip, self.noise, self.seed = clip, noise, seed

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        for _ in self.grow(X, y, sample_weight):
            pass
        return self

    def grow(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Iterator[Self]:
        """Fit as `fit` does, and stop after each round of averaging to be looked at."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        k = len(self.classes_)
        weight = np.ones(len(X)) if sample_weight is None else sample_weight
        if self.split == "classes":
            home = by_class(X, codes, self.clients, self.seed)
        else:
            home = hashed(X, self.clients, self.seed)
        design, target = np.column_stack([X, np.ones(len(X))]), np.eye(k)[codes]
        at = [home == c for c in range(self.clients)]
        clients = [Client(design[a], target[a], weight[a]) for a in at if weight[a].sum() > 0.0]
        self.sizes = tuple(len(c.weight) for c in clients)
        strength = (2.0 if k == 2 else 1.0) / float(weight.sum())  # as in alcore.solvers, C = 1
        # Not `rounds`: a shorter training is the beginning of a longer one and tells nothing besides.
        settings = self.clients, self.split == "classes", self.steps, self.clip, self.noise
        for W in fedavg(
            clients,
            k,
            strength=strength,
            rounds=self.rounds,
            steps=self.steps,
            pace=PACE,
            clip=self.clip,
            noise=self.noise,
            rng=noise_of(self.seed, "federated noise", X, codes, weight, *settings),
        ):
            self.linear = LinearModel(W)
            yield self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        return self.linear.proba(X)


@LEARNERS.add(
    source="McMahan, Moore, Ramage, Hampson & Agüera y Arcas 2017 (FedAvg); McMahan et al. 2018 (DP-FedAvg)",
    gives="linear",
    label="federated regression",
    family="linear",
    complexity="rounds x steps passes over the labelled rows",
    use="Labelled rows lie with several owners, who may share updates of a model but no rows.",
    avoid="When all rows may lie in one place: logistic regression finds the same boundaries in one go.",
)
def federated(
    seed: int,
    *,
    clients: Annotated[int, Range(1, 50)] = 5,
    split: Literal["random", "classes"] = "random",
    rounds: Annotated[int, Range(1, 200)] = 30,
    steps: Annotated[int, Range(1, 50)] = 5,
    clip: Annotated[float, Range(0.0, 100.0)] = 0.0,
    noise: Annotated[float, Range(0.0, 100.0)] = 0.0,
) -> FederatedRegression:
    """Let clients train on rows they keep to themselves and share only updates, which a server averages.

    What is learnt is logistic regression with its usual settings. Clients share no rows, but updates alone
    hide little: a clipping length and noise are what promises privacy, to all rows of a client together.

    Parameters
    ----------
    clients : int
        How many owners the labelled rows lie with; those without rows take no part.
    split : str
        Rows are spread at random, or every client knows a few classes only, which is harder.
    rounds : int
        How often updates are averaged: more come closer to training on all rows together.
    steps : int
        Gradient steps of a client between two averages: more save rounds, and let clients drift apart.
    clip : float
        Longest update a client may send; 0 = any length.
    noise : float
        Noise on each average, counted in the most that one client can change it. It needs a clipping length,
        and without one there is none. Steps are shorter with noise, since their length may not tell of rows.

    Notes
    -----
    A client is found by a hash of the row, so a row stays where it is from round to round. Every fit trains
    anew; with noise each of them spends privacy again, on noise of its own
    (`alcore.federated.client_epsilon`). How many rows a client has is not hidden.
    """
    return FederatedRegression(clients, split, rounds, steps, clip, noise, seed)
