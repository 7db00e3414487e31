"""Redundancy: how much of a batch says the same thing twice."""

from dataclasses import dataclass

import numpy as np

from alcore.distances import nearest_rows, typical_distance
from alcore.rng import stream
from alcore.types import Data, Floats, Log

MOST_WORK = 200_000_000  # distances times columns of one run's random batches; fewer are drawn when dear


@dataclass(frozen=True, slots=True)
class BatchRedundancy:
    """One round's batch beside random batches of the same size from the rows that were open then.

    Attributes
    ----------
    round : its index
    rows : how many were asked
    value : redundancy of the batch
    random, low, high : mean, 10 % and 90 % quantile of the random batches' redundancies
    """

    round: int
    rows: int
    value: float
    random: float
    low: float
    high: float


def of_rounds(data: Data, log: Log, seed: int, draws: int = 30) -> tuple[BatchRedundancy, ...]:
    """How much each round's batch repeats itself, and what chance would have done in its place.

    Distances are between features, as shares of the pool's typical distance, so rounds compare. Rounds that
    asked fewer than two rows are left out: nothing can be alike there.

    Parameters
    ----------
    data : Data
    log : Log
    seed : int
        Of the random batches.
    draws : int
        Random batches for each round; fewer where batches are very large.
    """
    scale, found = typical_distance(data.pool_X), []
    open_ = np.isin(np.arange(len(data.X)), data.train)
    for r in log.rounds:
        rows = np.array([q[0] for q in r.asked], np.int64)
        if len(rows) > 1:
            pool = np.flatnonzero(open_)
            work = len(rows) ** 2 * data.X.shape[1] * len(log)
            rng = stream(seed, "redundancy", r.index)
            chance = np.array(
                [
                    redundancy(data.X[rng.choice(pool, len(rows), replace=False)], scale)
                    for _ in range(max(3, min(draws, MOST_WORK // work)))
                ]
            )
            low, high = np.quantile(chance, [0.1, 0.9])
            value = redundancy(data.X[rows], scale)
            found.append(
                BatchRedundancy(r.index, len(rows), value, float(chance.mean()), float(low), float(high))
            )
        open_[rows] = False
    return tuple(found)


def redundancy(batch: Floats, scale: float = 1.0) -> float:
    """Mean over the rows of a batch of their similarity to the most similar other row.

    Similarity is ``1 / (1 + d / scale)``: 1 for a copy, one half at a distance of `scale`.

    Parameters
    ----------
    batch : (B, D) array
    scale : float
        A distance that counts as half alike, e.g. `alcore.distances.typical_distance` of the pool, so that
        batches of one pool compare. Greater than 0.

    Returns
    -------
    float
        From 0 (nothing in common) to 1 (every row has a copy in the batch); 0 for fewer than two rows.

    Notes
    -----
    O(B^2 D).

    Examples
    --------
    >>> redundancy(np.array([[0.0], [0.0], [9.0], [9.0]]))
    1.0
    >>> round(redundancy(np.array([[0.0], [1.0], [4.0]])), 4)
    0.4167
    """
    return float(closest_likeness(batch, scale).mean()) if len(batch) > 1 else 0.0


def closest_likeness(batch: Floats, scale: float = 1.0) -> Floats:
    """(B,) similarity of each row of a batch to the most similar other row; see `redundancy`.

    >>> closest_likeness(np.array([[0.0], [1.0], [4.0]]))
    array([0.5 , 0.5 , 0.25])
    """
    if len(batch) < 2:
        return np.zeros(len(batch))
    _, far = nearest_rows(batch, batch, 2)
    return 1.0 / (1.0 + far[:, 1] / scale)
