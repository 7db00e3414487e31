"""Sharing out: places of a batch among classes, and money among candidates."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush, heapreplace
from typing import TypeAlias

import numpy as np

from alcore.kernels import top_k
from alcore.types import Bools, Floats, Ints

HALVINGS = 60  # of the price of money
NODES = 500  # of branch and bound, where the optimum is looked for; a count, as a clock differs by machine
SMALLEST = 1e-9  # of the dearest item: what is cheaper counts as this much where gains are divided by costs

# What is chosen so far, in order, and positions (m,) -> (m,) what each of these would add.
Gains: TypeAlias = Callable[[list[int], Ints], Floats]


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


def full_quotas(n: int, weights: Floats, caps: Ints) -> Ints:
    """`shares` of n, none above its cap; what a cap leaves over is shared out among the others.

    Parameters
    ----------
    n : int
    weights : (C,) array
        Positive.
    caps : (C,) array

    Returns
    -------
    (C,) array of int
        Their sum is n, or that of the caps where it is smaller; those below their cap are `shares` of what
        the others leave.

    Examples
    --------
    >>> full_quotas(10, np.array([1.0, 1.0, 1.0]), np.array([1, 50, 50]))
    array([1, 5, 4])
    """
    n, full = min(n, int(caps.sum())), caps == 0
    while not full.all():
        wanted = np.where(full, caps, 0)
        wanted[~full] = shares(n - int(wanted.sum()), weights[~full])
        over = wanted > caps
        if not over.any():
            return wanted
        full |= over
    return caps.copy()


def level(n: int, counts: Ints, caps: Ints) -> Ints:
    """Places that raise the lowest counts first, one at a time, none above its cap.

    Parameters
    ----------
    n : int
    counts : (C,) array
        What each has already; the first among equals is raised first.
    caps : (C,) array
        Places that each can take.

    Returns
    -------
    (C,) array of int
        Their sum is n, or that of the caps where it is smaller.

    Examples
    --------
    >>> level(6, np.array([9, 2, 3]), np.array([50, 50, 1]))
    array([0, 5, 1])
    """
    places = np.zeros(len(counts), np.int64)
    low = [(int(count), at) for at, (count, cap) in enumerate(zip(counts, caps, strict=True)) if cap > 0]
    heapify(low)
    for _ in range(n):
        if not low:
            break
        count, at = low[0]
        places[at] += 1
        if places[at] < caps[at]:
            heapreplace(low, (count + 1, at))
        else:
            heappop(low)
    return places


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
    bought = bought_in_order(may[_by_ratio(values[may], costs[may])], costs, budget)
    single = may[values[may].argmax()]
    return np.array([single], np.int64) if values[single] > values[bought].sum() else bought


def break_rate(values: Floats, costs: Floats, budget: float) -> float:
    """Value per coin of the first item that cannot be paid when the best value a coin is bought first.

    Everything above that rate is bought, and the value of a budget is at most what this rate would give for
    what is left of it (Dantzig 1957). 0 when all can be paid.

    >>> break_rate(np.array([6.0, 5.0, 1.0]), np.array([2.0, 2.0, 2.0]), 3.0)
    2.5
    """
    order = _by_ratio(values, costs)
    beyond = np.flatnonzero(np.cumsum(costs[order]) > budget)
    if not len(beyond):
        return 0.0
    at = order[beyond[0]]
    return float(values[at] / costs[at])


def bought_in_order(order: Ints, costs: Floats, budget: float) -> Ints:
    """The positions of `order` that are bought going through them and skipping what is too dear by then.

    >>> bought_in_order(np.array([2, 0, 1]), np.array([3.0, 1.0, 5.0]), 6.0)
    array([2, 1])
    """
    bought, left = [], budget
    for at in order.tolist():
        if costs[at] <= left:
            bought.append(at)
            left -= costs[at]
    return np.array(bought, np.int64)


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


def best_for_money_exact(values: Floats, costs: Floats, budget: float, n: int | None = None) -> Ints | None:
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
    (m,) array of int, or None
        Positions, ascending. None where `NODES` nodes of the search prove no set the best, as may happen when
        values rise with costs: `knapsack` and `best_for_money` are close then.

    Notes
    -----
    A mixed-integer programme solved by `scipy.optimize.milp`. With n, items that the price of
    `best_for_money` settles are left out of it, so that it is quick for a few thousand items.
    Source: Kellerer, Pferschy & Pisinger 2004.

    Examples
    --------
    >>> best_for_money_exact(np.array([6.0, 5.0, 5.0]), np.array([6.0, 5.0, 5.0]), 10.0)
    array([1, 2])
    """
    if not len(values) or n == 0:
        return np.empty(0, np.int64)
    if n is None:
        return _solved(values, costs, budget, None)
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
    return None if best is None else np.sort(np.concatenate([np.flatnonzero(sure), open_[best]]))


def lazy_greedy(gains: Gains, costs: Floats, n: int | None = None) -> Ints:
    """Choose the item of most gain per cost, again and again, while it adds anything.

    Parameters
    ----------
    gains : function
        ``(chosen, at) -> (m,)``: what each item at the positions (m,) adds to the value of the chosen ones;
        not negative, and never more after more was chosen (a monotone submodular value, such as rows that
        cover a pool).
    costs : (N,) array
        Not negative.
    n : int, optional
        Items to choose at most.

    Returns
    -------
    (m,) array of int
        Distinct positions in the order chosen; of equal ones the lowest first.

    Notes
    -----
    Lazy: an old gain is a bound, so most items are never looked at again. Source: Leskovec et al. 2007
    (CELF); Khuller, Moss & Naor 1999.

    Examples
    --------
    >>> reach = np.array([[1, 0, 0, 0], [0, 1, 1, 1]], float)
    >>> def gains(chosen, at):
    ...     return np.maximum(reach[at] - reach[chosen].max(axis=0, initial=0.0), 0.0).sum(axis=1)
    >>> lazy_greedy(gains, np.array([1.0, 4.0]))
    array([0, 1])
    """
    n = len(costs) if n is None else min(n, len(costs))
    free = SMALLEST * max(float(costs.max(initial=0.0)), np.finfo(np.float64).tiny / SMALLEST)
    per = np.maximum(costs, free)
    found: list[int] = []
    rates = gains(found, np.arange(len(costs))) / per
    queue = [(-rate, at, 0) for at, rate in enumerate(rates.tolist())]
    heapify(queue)
    while queue and len(found) < n:
        rate, at, seen = heappop(queue)
        if not rate < 0.0:
            break
        if seen < len(found):  # what it added to fewer items: a bound
            heappush(queue, (-float(gains(found, np.array([at]))[0] / per[at]), at, len(found)))
            continue
        found.append(at)
    return np.array(found, np.int64)


def _solved(values: Floats, costs: Floats, budget: float, n: int | None) -> Ints | None:
    """The optimum by integer programming, of any size or of n items; None if it is not found."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    rules = [LinearConstraint(costs[None, :], -np.inf, budget)]
    if n is not None:
        rules.append(LinearConstraint(np.ones((1, len(values))), n, n))
    found = milp(
        -values,
        integrality=np.ones(len(values)),
        bounds=Bounds(0, 1),
        constraints=rules,
        options={"mip_rel_gap": 0, "node_limit": NODES},
    )
    if not found.success:  # a set it ended with may be anything
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
