"""Who may take which row, and in which order: shards of the pool and turns through them."""

import numpy as np

from alcore.rng import by_id
from alcore.types import Floats, Ints


def shard_of(ids: Ints, agents: int, seed: int) -> Ints:
    """(N,) which of so many annotators each question belongs to: a hash of its name, the same for ever.

    Parameters
    ----------
    ids : (N, Q) array of int
    agents : int
    seed : int

    Examples
    --------
    >>> ids = np.arange(1000)[:, None]
    >>> shards = shard_of(ids, 4, seed=0)
    >>> bool((shards[::-1] == shard_of(ids[::-1], 4, seed=0)).all()), bool(np.bincount(shards).min() > 200)
    (True, True)
    """
    return np.minimum((by_id(seed, "shard", ids) * agents).astype(np.int64), agents - 1)


def turns(shards: Ints) -> Ints:
    """(n,) how many of the same shard come before each.

    >>> turns(np.array([2, 0, 2, 2, 0])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(shards, kind="stable")
    ordered = shards[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else ordered
    sizes = np.diff(np.r_[starts, len(ordered)])
    turn = np.empty(len(shards), np.int64)
    turn[order] = np.arange(len(shards)) - np.repeat(starts, sizes)
    return turn


def best_first(scores: Floats, ids: Ints) -> Ints:
    """(n,) positions by falling score; among equals the lowest id, so that order of rows does not matter.

    >>> best_first(np.array([1.0, 2.0, 1.0]), np.array([[9], [5], [3]])).tolist()
    [1, 2, 0]
    """
    return np.lexsort((*ids.T[::-1], -scores))
