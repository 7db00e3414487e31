"""Knapsack: the best batch for the money."""

from typing import Annotated

import numpy as np

from alcore.allocation import best_for_money, best_for_money_exact
from alcore.catalog import SELECTORS
from alcore.params import Range
from alcore.selection.open_rows import as_weights
from alcore.types import Floats, Ints, View

EXACT = 2000  # candidates up to which the batch is the optimum


@SELECTORS.add(
    source="Dantzig 1957; Kellerer, Pferschy & Pisinger 2004; Settles, Craven & Friedland 2008",
    label="knapsack",
    family="money",
    formula=r"\max_{|S| = b} \sum_{x \in S} s(x) \quad \text{s.t.} \quad "
    r"\sum_{x \in S} c(x) \le \theta\, b\, \bar c",
    use="Labels differ in price and a round has its own purse, such as a shift or an invoice.",
    avoid="Equal prices: this is then top. With money as budget, per cost is as good and simpler.",
    complexity="exact up to 2,000 candidates where a bounded search ends, O(60 n) otherwise",
)
def knapsack(
    scores: Floats,
    view: View,
    n: int,
    *,
    purse: Annotated[float, Range(0.05, 5.0)] = 1.0,
    exact: bool = True,
) -> Ints:
    """Choose the batch of highest total score that costs no more than a set sum.

    The best value for money comes first, so a batch that the budget cuts short keeps its best part.

    Parameters
    ----------
    purse : float
        What a round may cost, as a share of what a batch of average candidates costs: 0.5 buys cheap rows,
        a large purse takes the highest scores. It always buys at least the cheapest batch.
    exact : bool
        Find the best batch of all, while there are at most 2,000 candidates; otherwise, beyond, and where the
        search would take too long, a batch that is nearly as good.
    """
    at = np.flatnonzero(scores > -np.inf)
    n = min(n, len(at))
    if n <= 0:
        return np.empty(0, np.int64)
    # On a common scale, as prices and scores may be so small or large that their ratios are no numbers.
    values, costs = _scaled(as_weights(scores[at])), _scaled(view.candidates.cost[at])
    money = purse * n * float(costs.mean())
    chosen = best_for_money_exact(values, costs, money, n) if exact and len(at) <= EXACT else None
    if chosen is None:
        chosen = best_for_money(values, costs, money, n)
    rate = values[chosen] / np.maximum(costs[chosen], np.finfo(np.float64).tiny ** 0.5)
    return at[chosen[np.argsort(-rate, kind="stable")]]


def _scaled(amounts: Floats) -> Floats:
    """The amounts as shares of the largest."""
    largest = float(amounts.max())
    return amounts / largest if 0.0 < largest < np.inf else amounts
