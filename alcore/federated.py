"""Federated learning: clients keep their rows and send only how they would change the model.

Every round each client starts from the server's weights, takes some gradient steps on its own rows and sends
the change; the server adds the changes up, each weighted by how many rows stand behind it (FedAvg). With one
step a round this is gradient descent on all rows, exactly; more steps save rounds, and clients with different
kinds of rows then pull the average away from what training on all rows together would give.

The loss is that of `alcore.solvers`, so that the two can be compared: mean log-loss plus a ridge penalty on
all weights but the intercepts. Changes can be clipped to a length and drowned in noise as large as what one
client can turn the average by, which hides what the rows of any one client say (DP-FedAvg). How many rows a
client has, and which classes there are, is taken to be known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf

import numpy as np

from alcore.kernels import softmax
from alcore.privacy.ledger import DELTA, from_rho
from alcore.rng import by_id
from alcore.types import Floats, Ints

_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class Client:
    """Rows that stay where they are.

    Attributes
    ----------
    design : (n, D + 1) features, the last column 1
    target : (n, C) 1 at each row's class
    weight : (n,) weights of the rows, not all 0
    """

    design: Floats
    target: Floats
    weight: Floats

    @property
    def size(self) -> float:
        """How much stands behind its change: its rows, by weight."""
        return float(self.weight.sum())

    def gradient(self, W: Floats, ridge: Floats) -> Floats:
        """(D + 1, C) gradient of its own mean loss at weights W (D + 1, C), ridge (D + 1,)."""
        residual = softmax(self.design @ W) - self.target
        residual *= (self.weight / self.size)[:, None]
        gradient: Floats = self.design.T @ residual + ridge[:, None] * W
        return gradient

    def steepness(self) -> float:
        """A bound on the curvature of its mean log-loss: steps below two over this go downhill."""
        rows = self.design * np.sqrt(self.weight / self.size)[:, None]
        return float(0.5 * np.linalg.norm(rows, 2) ** 2)

    def update(self, W: Floats, ridge: Floats, step: float, steps: int) -> Floats:
        """(D + 1, C) the change it sends after so many gradient steps from W."""
        here = W.copy()
        for _ in range(steps):
            here -= step * self.gradient(here, ridge)
        return here - W


def average(updates: Iterable[Floats], sizes: Floats) -> Floats:
    """Sum of the updates, each in proportion to its size.

    >>> average([np.array([1.0]), np.array([4.0])], np.array([2.0, 1.0]))
    array([2.])
    """
    share = np.asarray(sizes, np.float64) / np.sum(sizes)
    total: Floats = np.sum([s * u for s, u in zip(share, updates, strict=True)], axis=0)
    return total


def clipped(update: Floats, norm: float) -> Floats:
    """The update, shortened to a length of at most `norm`; as it is where norm is 0.

    >>> clipped(np.array([3.0, 4.0]), 1.0)
    array([0.6, 0.8])
    """
    length = float(np.linalg.norm(update))
    return update * (norm / length) if norm and length > norm else update


def fedavg(
    clients: list[Client],
    n_classes: int,
    *,
    strength: float,
    rounds: int,
    steps: int,
    pace: float = 1.0,
    clip: float = 0.0,
    noise: float = 0.0,
    rng: np.random.Generator | None = None,
) -> Iterator[Floats]:
    """Train by federated averaging, from zeros; the weights after each round.

    Parameters
    ----------
    clients : list of Client
    n_classes : int
    strength : float
        Of the ridge penalty on the mean loss.
    rounds, steps : int
        Rounds of averaging, and gradient steps of each client in a round.
    pace : float
        Length of a step over the inverse of the steepest client's curvature: up to 2 goes downhill for all.
        With noise no client's rows may be looked at, and the curvature is the largest that rows can have
        whose entries have a mean square of 1.
    clip : float
        Longest change that a client may send; 0 = any.
    noise : float
        Deviation of the noise on the average, in units of the most that one client can change it: with other
        rows its update turns round, which is twice `clip` times its share. It needs `clip` to have a unit;
        without, there is no noise.
    rng : Generator
        For the noise.

    Yields
    ------
    (D + 1, C) weights, the intercepts in the last row.
    """
    sizes = np.array([c.size for c in clients])
    ridge = np.full(clients[0].design.shape[1], strength)
    ridge[-1] = 0.0
    deviation = 2.0 * noise * clip * float(sizes.max() / sizes.sum())
    steepest = 0.5 * len(ridge) if deviation else max(c.steepness() for c in clients)
    step = pace / max(_TINY, steepest + strength)
    W = np.zeros((len(ridge), n_classes))
    for _ in range(rounds):
        W += average((clipped(c.update(W, ridge, step, steps), clip) for c in clients), sizes)
        if deviation and rng is not None:
            W += deviation * rng.standard_normal(W.shape)
        yield W.copy()


def hashed(X: Floats, clients: int, seed: int) -> Ints:
    """(n,) client of each row, by a hash of what is in it: the same row is always with the same client."""
    bits = np.ascontiguousarray(X, np.float64).view(np.int64)
    return (by_id(seed, "client", bits) * clients).astype(np.int64)


def by_class(X: Floats, y: Ints, clients: int, seed: int) -> Ints:
    """(n,) client of each row when every client knows a few classes only.

    Classes are dealt out in turn; where there are more clients than classes, the clients of a class share
    its rows by a hash.
    """
    k = int(y.max()) + 1 if len(y) else 1
    if clients <= k:
        return y % clients
    sharing = (clients - 1 - y) // k + 1  # clients y, y + k, y + 2k, ...
    turn = (by_id(seed, "client", np.ascontiguousarray(X, np.float64).view(np.int64)) * sharing).astype(
        np.int64
    )
    return y + k * turn


def client_epsilon(noise: float, rounds: int, delta: float = DELTA) -> float:
    """Epsilon that a client spends in all rounds of clipped averaging with this noise; inf without noise.

    Notes
    -----
    The Gaussian mechanism spends ``1 / (2 noise^2)`` of the zCDP budget in each round. It protects what
    all rows of one client say, when all clients take part in every round; how many they are is not hidden.
    Source: McMahan, Ramage, Talwar & Zhang 2018; Bun & Steinke 2016.

    Examples
    --------
    >>> round(client_epsilon(5.0, 20), 2)
    4.69
    """
    return from_rho(rounds / (2.0 * noise**2), delta) if noise > 0.0 else inf
