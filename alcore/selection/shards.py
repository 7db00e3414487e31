"""Shards: a batch for several annotators at once, shared out so that no two of them meet the same row."""

from typing import Annotated, Literal

import numpy as np

from alcore.catalog import SELECTORS
from alcore.params import Range
from alcore.rng import by_id
from alcore.sampling import gumbel_top_k, log_weights
from alcore.teams.dealing import best_first, shard_of, turns
from alcore.types import Floats, Ints, View


@SELECTORS.add(
    source="Kirsch et al. 2023 inside hash shards",
    label="shards",
    family="team",
    use="Several annotators at once without anybody to coordinate them: no row is ever labelled twice.",
    avoid="A single annotator: their rows would come from all over the ranking for nothing.",
    complexity="O(n log n)",
)
def shards(
    scores: Floats,
    view: View,
    n: int,
    *,
    agents: Annotated[int, Range(1, 5000, log=True)] = 5,
    deal: Literal["hash", "ranking"] = "hash",
    pick: Literal["top", "power"] = "top",
    beta: Annotated[float, Range(0.0, 100.0)] = 1.0,
) -> Ints:
    """Give every annotator a part of the pool of their own, and take the best rows of each part in turn.

    In each turn every annotator takes one row of their part; those whose part is empty pass, so the batch is
    full all the same. Where a turn is not for all, others begin in the next round.

    Parameters
    ----------
    agents : int
        How many annotators share the batch.
    deal : str
        By hash every row belongs to one annotator for good; by ranking rows are dealt out anew in every
        round, best first, like cards.
    pick : str
        Take the best rows of each part, or draw them by their score.
    beta : float
        Only where rows are drawn: 0 draws at random, 1 in proportion to the score, large values take the
        best.
    """
    at = np.flatnonzero(scores > -np.inf)
    ids, worth = view.candidates.ids[at], scores[at]
    ranking = best_first(worth, ids)
    first = (len(view.log) * n) % agents  # whoever begins this round
    if deal == "hash":
        part = shard_of(ids, agents, view.seed)
    else:
        part = np.empty(len(at), np.int64)
        part[ranking] = (np.arange(len(at)) + first) % agents
    order = ranking
    if pick == "power":
        lots = by_id(view.seed, f"shards {len(view.log)}", ids)
        order = gumbel_top_k(log_weights(worth, "power", beta), lots, len(at))
    turn = turns(part[order])
    dealt = np.lexsort(((part[order] - first) % agents, turn))[: max(0, n)]
    chosen = np.sort(dealt)  # places in the order: best first again
    return at[order[chosen]]
