"""Adjustments by what a label costs."""

from typing import Annotated

import numpy as np

from alcore.catalog import ADJUSTMENTS
from alcore.guessed_costs import guessed_costs
from alcore.params import Range
from alcore.types import Floats, View

_LARGEST = float(np.finfo(np.float64).max)


@ADJUSTMENTS.add(
    source="Settles, Craven & Friedland 2008; Haertel et al. 2008",
    label="per cost",
    family="money",
    formula=r"\frac{u(x)}{c(x)^{\gamma}}",
    use="When labels differ in price and the budget is money.",
    avoid="Equal prices, where it changes nothing; prices nobody knows before, where per predicted cost "
    "guesses them.",
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
    return _divided(scores, view.candidates.cost, power)


@ADJUSTMENTS.add(
    source="Haertel et al. 2008; Settles, Craven & Friedland 2008; ridge on log costs: Duan 1983",
    label="per predicted cost",
    family="money",
    formula=r"\frac{u(x)}{\hat c(x)^{\gamma}},\quad \log \hat c(x) = w^{\top} x + b",
    use="When a label's price is known only after it was given, such as an annotator's logged seconds.",
    avoid="Prices that are known before: per cost need not guess. Costs that the features do not tell.",
    complexity="O(L D min(L, D) + n D)",
)
def per_predicted_cost(
    scores: Floats, view: View, *, power: Annotated[float, Range(0.0, 3.0)] = 1.0
) -> Floats:
    """Prefer labels that are likely to be cheap: divide each score by the cost guessed from labels so far.

    The guess learns from what the labels so far have cost, never from the prices of candidates, and begins
    with the fifth label. What is charged is the true cost.

    Parameters
    ----------
    power : float
        How much money counts: 0 ignores costs, 1 buys the most score per money unit expected, more is
        stingier still.
    """
    return _divided(scores, predicted_costs(view), power)


def predicted_costs(view: View) -> Floats:
    """(N,) what each candidate's label is expected to cost, from the costs of the labels so far."""
    paid = {row: cost for r in view.log.rounds for row, cost in zip(r.asked, r.costs, strict=True)}
    costs = np.array([paid.get(tuple(row), np.nan) for row in view.labelled.ids.tolist()], np.float64)
    known = np.isfinite(costs)
    return guessed_costs(view.labelled.X[known], costs[known], view.candidates.X)


def _divided(scores: Floats, costs: Floats, power: float) -> Floats:
    """Scores per money unit; free candidates worth asking first."""
    may = np.isfinite(scores)
    if not may.any():
        return scores
    with np.errstate(over="ignore"):  # what overflows is cut to the largest finite number
        worth = np.minimum(scores[may] - min(0.0, float(scores[may].min())), _LARGEST)
        price = costs[may] ** power
        free = price == 0.0
        rate = np.minimum(np.divide(worth, price, out=np.zeros_like(worth), where=~free), _LARGEST)
        rate[free] = np.where(worth[free] > 0.0, rate.max() + worth[free], 0.0)
    adjusted = scores.copy()
    adjusted[may] = np.minimum(rate, _LARGEST)
    return adjusted
