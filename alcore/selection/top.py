"""Take the best, always or most of the time."""

from typing import Annotated, Literal, TypeAlias

import numpy as np

from alcore.catalog import SELECTORS
from alcore.kernels import top_k
from alcore.params import Range
from alcore.rng import by_id
from alcore.types import Floats, Ints, View

Ties: TypeAlias = Literal["first", "random"]


@SELECTORS.add(
    source="Settles 2009",
    label="top",
    family="best",
    use="The default: the batch holds exactly the rows with the highest scores.",
    avoid="Large batches from a pool of near-duplicates: they score alike, so they are bought together.",
    complexity="O(n + batch log batch)",
)
def top(scores: Floats, view: View, n: int, *, ties: Ties = "first") -> Ints:
    """Take the candidates with the highest scores.

    Candidates with a score of minus infinity are never taken, even when the batch stays short of them.

    Parameters
    ----------
    ties : str
        Among equal scores: the row that comes first in the pool, or one drawn at random.
    """
    return _best(scores, view, n, ties)


@SELECTORS.add(
    source="Sutton & Barto 1998, section 2.2",
    label="ε-greedy",
    family="best",
    use="When the learner may be confidently wrong about a region it has never asked about.",
    avoid="Tiny budgets, of which every random row takes its share.",
    complexity="O(n log n)",
)
def epsilon_greedy(
    scores: Floats,
    view: View,
    n: int,
    *,
    epsilon: Annotated[float, Range(0.0, 1.0)] = 0.1,
    ties: Ties = "first",
) -> Ints:
    """Take the best candidates, but fill some places at random to keep exploring.

    Each place of the batch is filled by a candidate drawn uniformly from those left, with probability
    epsilon, else by the best one left.

    Parameters
    ----------
    epsilon : float
        Share of the batch that is drawn at random: 0 gives top, 1 gives random sampling.
    ties : str
        Among equal scores: the row that comes first in the pool, or one drawn at random.
    """
    best = _best(scores, view, n, ties)
    # The place of a candidate in this list is random and its own: the first one left is a uniform draw from
    # those left.
    lottery = by_id(view.seed, f"explore {len(view.log)}", view.candidates.ids)
    drawn = top_k(np.where(scores > -np.inf, lottery, -np.inf), len(best))
    lists = (iter(best.tolist()), iter(drawn.tolist()))
    taken: dict[int, None] = {}
    for explore in view.rng("epsilon").random(len(best)) < epsilon:
        taken[next(at for at in lists[int(explore)] if at not in taken)] = None
    return np.fromiter(taken, np.int64, len(taken))


def _best(scores: Floats, view: View, n: int, ties: Ties) -> Ints:
    """Positions of the n highest scores above minus infinity, best first."""
    best = top_k(scores, n)
    best = best[scores[best] > -np.inf]
    if ties == "first" or not len(best):
        return best
    at = np.flatnonzero(scores >= scores[best[-1]])
    lottery = by_id(view.seed, f"ties {len(view.log)}", view.candidates.ids[at])
    return at[np.lexsort((lottery, -scores[at]))[: len(best)]]
