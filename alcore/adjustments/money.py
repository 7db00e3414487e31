"""Adjustments by what a label costs."""

from typing import Annotated

import numpy as np

from alcore.catalog import ADJUSTMENTS
from alcore.params import Range
from alcore.types import Floats, View

_LARGEST = float(np.finfo(np.float64).max)


@ADJUSTMENTS.add(
    source="Settles, Craven & Friedland 2008; Haertel et al. 2008",
    label="per cost",
    family="money",
    formula=r"\frac{u(x)}{c(x)^{\gamma}}",
    use="When labels differ in price and the budget is money.",
    avoid="When prices follow difficulty: then it steers away from the rows worth asking about.",
    complexity="O(n)",
)
def per_cost(scores: Floats, view: View, *, power: Annotated[float, Range(0.0, 3.0)] = 1.0) -> Floats:
    """Prefer cheap labels: divide each score by what its label costs.

    The cost is the most the answer may cost. Free candidates worth asking come before all that cost money,
    the best of them first. Scores that may be negative are first counted from the lowest one, so that a
    higher price always lowers the result.

    Parameters
    ----------
    power : float
        How much money counts: 0 ignores prices, 1 buys the most score per money unit, more is stingier still.
    """
    may = np.isfinite(scores)
    if not may.any():
        return scores
    with np.errstate(over="ignore"):  # what overflows is cut to the largest finite number
        worth = np.minimum(scores[may] - min(0.0, float(scores[may].min())), _LARGEST)
        price = view.candidates.cost[may] ** power
        free = price == 0.0
        rate = np.minimum(np.divide(worth, price, out=np.zeros_like(worth), where=~free), _LARGEST)
        rate[free] = np.where(worth[free] > 0.0, rate.max() + worth[free], 0.0)
    adjusted = scores.copy()
    adjusted[may] = np.minimum(rate, _LARGEST)
    return adjusted
