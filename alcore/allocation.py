"""Sharing out: places of a batch among classes, and money among candidates."""

import numpy as np

from alcore.kernels import top_k
from alcore.types import Bools, Floats, Ints

HALVINGS = 60  # of the price of money


def shares(n: int, weights: Floats) -> Ints:
    """Split n places in proportion to weights: exactly n in all, by largest remainder (Hamilton 1792).

    Parameters
    ----------
    n : int
    weights : (C,) array
        Not negative, not all 0.

    Returns
    -------
    (C,) array of int
        Each within one of its exact share; equal remainders go to the lowest position.

    Examples
    --------
    >>> shares(10, np.array([1.0, 1.0, 1.0]))
    array([4, 3, 3])
    """
    exact = n * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    whole[top_k(exact - whole, n - int(whole.sum()))] += 1
    return whole


def quotas(n: int, weights: Floats, caps: Ints) -> Ints:
    """`shares` of n, none above its cap; what a cap leaves over is not given to another class.

    >>> quotas(10, np.array([1.0, 1.0, 1.0]), np.array([1, 50, 50]))
    array([1, 3, 3])
    """
    return np.minimum(shares(n, weights), caps)


def knapsack(values: Floats, costs: Floats, budget: float) -> Ints:
    """Buy the best value a coin until the money is spent, or the single best item if that is worth more.

    Parameters
    ----------
    values : (n,) array
        Not negative.
    costs : (n,) array
        Not negative.
    budget : float

    Returns
    -------
    (m,) array of int
        Positions, best ratio first; their costs sum to at most the budget, and their values to at least half
        of the best possible (Dantzig 1957; Sahni 1975).

    Examples
    --------
    >>> knapsack(np.array([2.0, 10.0]), np.array([1.0, 10.0]), 10.0)
    array([1])
    """
    may = np.flatnonzero(costs <= budget)
    if not len(may):
        return may
    bought, left = [], budget
    for at in may[_by_ratio(values[may], costs[may])].tolist():
        if costs[at] <= left:
            bought.append(at)
            left -= costs[at]
    single = may[values[may].argmax()]
    return np.array([single] if values[single] > values[bought].sum() else bought, np.int64)


def best_for_money(values: Floats, costs: Floats, budget: float, n: int) -> Ints:
    """Choose exactly n items of large value whose costs sum to at most the budget.

    Money is given a price: the n items of largest ``value - price * cost`` are the best n for what they cost
    together, so the lowest price at which they can be paid is looked for by halving.

    Parameters
    ----------
    values, costs : (N,) arrays
        Costs not negative.
    budget : float
        Less than what the n cheapest items cost counts as that much.
    n : int

    Returns
    -------
    (min(n, N),) array of int
        Positions, ascending. Not always the optimum: no set of their cost is worth more, but a dearer one
        within the budget may be. `best_for_money_exact` closes the gap.

    Notes
    -----
    O(N) for each of 60 halvings. Source: Everett 1963, generalised Lagrange multipliers.

    Examples
    --------
    >>> best_for_money(np.array([5.0, 4.0, 3.0]), np.array([9.0, 2.0, 1.0]), 4.0, 2)
    array([1, 2])
    """
    return np.sort(_priced(values, costs, budget, min(n, len(values)))[0])


def best_for_money_exact(values: Floats, costs: Floats, budget: float, n: int | None = None) -> Ints:
    """The most valuable set that can be paid: of any size, or of exactly n items.

    Parameters
    ----------
    values, costs : (N,) arrays
        Costs not negative.
    budget : float
        With n, less than what the n cheapest items cost counts as that much.
    n : int, optional

    Returns
    -------
    (m,) array of int
        Positions, ascending.

    Notes
    -----
    A mixed-integer programme solved by `scipy.optimize.milp`, exponential at worst. With n, items that the
    price of `best_for_money` settles are left out of it, so that it is quick for a few thousand items.
    Source: Kellerer, Pferschy & Pisinger 2004.

    Examples
    --------
    >>> best_for_money_exact(np.array([6.0, 5.0, 5.0]), np.array([6.0, 5.0, 5.0]), 10.0)
    array([1, 2])
    """
    if not len(values) or n == 0:
        return np.empty(0, np.int64)
    if n is None:
        best = _solved(values, costs, budget, None)
        return knapsack(values, costs, budget) if best is None else best
    n = min(n, len(values))
    budget = max(budget, float(np.sort(costs)[:n].sum()) * (1.0 + 1e-9))
    found, price = _priced(values, costs, budget, n)
    # What an item forced in or out takes from the bound: more than lies between bound and find settles it.
    rate = values - price * costs
    order = np.argsort(-rate, kind="stable")
    last, next_ = rate[order[n - 1]], rate[order[n]] if n < len(order) else -np.inf
    slack = rate[order[:n]].sum() + price * budget - values[found].sum()
    slack += 1e-9 * (1.0 + np.abs(values).max())
    inside = np.zeros(len(values), bool)
    inside[order[:n]] = True
    sure = inside & (rate - next_ > slack)
    open_ = np.flatnonzero(~sure & (inside | (last - rate <= slack)))
    rest = n - int(sure.sum())
    left = budget - float(costs[sure].sum())
    best = _solved(values[open_], costs[open_], left, rest) if rest else np.empty(0, np.int64)
    return found if best is None else np.sort(np.concatenate([np.flatnonzero(sure), open_[best]]))


def _solved(values: Floats, costs: Floats, budget: float, n: int | None) -> Ints | None:
    """The optimum by integer programming, of any size or of n items; None if the solver finds no set."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    rules = [LinearConstraint(costs[None, :], -np.inf, budget)]
    if n is not None:
        rules.append(LinearConstraint(np.ones((1, len(values))), n, n))
    found = milp(
        -values,
        integrality=np.ones(len(values)),
        bounds=Bounds(0, 1),
        constraints=rules,
        options={"mip_rel_gap": 0},
    )
    if found.x is None:
        return None
    taken: Bools = found.x > 0.5
    return np.flatnonzero(taken)


def _priced(values: Floats, costs: Floats, budget: float, n: int) -> tuple[Ints, float]:
    """The n best items at the lowest price of money at which they can be paid, and that price."""
    chosen = top_k(values, n)
    if n == 0 or costs[chosen].sum() <= budget:
        return chosen, 0.0
    chosen = np.lexsort((-values, costs))[:n]
    budget = max(budget, float(costs[chosen].sum()))
    low, high = 0.0, max(float(np.ptp(values)), np.finfo(np.float64).tiny) / float(costs.mean())
    while high < 1e300 and costs[top_k(values - high * costs, n)].sum() > budget:
        low, high = high, 4.0 * high
    for _ in range(HALVINGS):
        price = 0.5 * (low + high)
        found = top_k(values - price * costs, n)
        if costs[found].sum() <= budget:
            chosen, high = found, price
        else:
            low = price
    return chosen, high


def _by_ratio(values: Floats, costs: Floats) -> Ints:
    """Order by value per coin, free items of value first; equal ratios by position."""
    free = costs == 0.0
    ratio = np.divide(values, costs, out=np.where(values > 0.0, np.inf, 0.0), where=~free)
    return np.argsort(-ratio, kind="stable")
