"""One round's purchase: what a sum of money buys of the candidates, by three rules side by side."""

from numbers import Real
from typing import Any

import numpy as np

from alcore import catalog
from alcore.adjustments.money import predicted_costs
from alcore.allocation import best_for_money_exact, bought_in_order, break_rate, knapsack
from alcore.errors import SpecError
from alcore.loop import begin, needs_of, price_of, view_of
from alcore.rng import by_id
from alcore.selection.open_rows import as_weights
from alcore.spec import Spec
from alcore.types import Candidates, Data, Floats, Ints, Log

EXACT = 2000  # candidates up to which the best purchase of all is found
DRAWN = 400  # candidates told one by one; those that a rule buys always are
RULES = ("score", "per_cost", "exact")


def purchase(spec: Spec, log: Log, data: Data | None = None, *, share: float = 1.0) -> dict[str, Any]:
    """What one round's money buys after the log's rounds: by score, by score per cost, and at best.

    The spec's acquisition function says what a candidate is worth. All rules have the same sum, and buy as
    many rows as it pays for.

    Parameters
    ----------
    share : float
        Of the price of a batch of average candidates: the sum there is to spend.

    Returns
    -------
    dict
        ``known``: whether prices are known before, else costs are guesses; ``money``: the sum;
        ``candidates``: how many there are; ``row``, ``score``, ``cost``: of those to draw; ``rules``: for
        each rule the ``rows`` it buys, their ``value`` (summed score, counted from the lowest where that is
        negative), ``cost`` and ``n``; ``rate``: the score per cost above which the second rule buys all.
        The rule ``exact`` is absent when there are too many candidates, or its search takes too long.

    Raises
    ------
    SpecError
        When nothing was labelled yet, only one class was, or no candidate is left; or the share is no sum.
    """
    if not (isinstance(share, Real) and 0.0 <= share < np.inf):
        raise SpecError(f"share must be a number from 0 on, got {share!r}")
    run = begin(spec, log, data=data)
    if len(run.fitted.known) < 2:
        raise SpecError(
            "Before two classes are labelled there are no scores to buy by; look at a later round"
        )
    offered = run.setting.candidates(run.data, run.log)
    if not len(offered):
        raise SpecError("Every row is labelled by then: look at an earlier round")
    announced = price_of(spec)(offered.cost, None)
    view = view_of(run, Candidates(offered.ids, offered.X, announced, offered.group), needs_of(spec))
    scores = np.asarray(catalog.ACQUISITIONS.bind(spec.acquisition)(view), np.float64)
    may = np.flatnonzero(np.isfinite(scores))
    if not len(may):
        raise SpecError("The strategy forbids every row that could be asked by then")
    known = known_before(announced, log)
    costs = (announced if known else predicted_costs(view))[may]
    values = as_weights(scores[may])
    money = share * spec.batch * float(costs.mean())
    bought = {
        "score": bought_in_order(np.argsort(-values, kind="stable"), costs, money),
        "per_cost": knapsack(values, costs, money),
    }
    if len(may) <= EXACT and (best := best_for_money_exact(values, costs, money)) is not None:
        bought["exact"] = best
    at = _drawn(view.candidates.ids[may], list(bought.values()), spec.seed)
    rows = view.candidates.ids[may, 0]
    return {
        "known": known,
        "money": _short(money),
        "candidates": len(may),
        "row": rows[at].tolist(),
        "score": [_short(v) for v in values[at].tolist()],
        "cost": [_short(v) for v in costs[at].tolist()],
        "rate": _short(break_rate(values, costs, money)),
        "rules": {
            name: {
                "rows": rows[chosen].tolist(),
                "n": len(chosen),
                "value": _short(float(values[chosen].sum())),
                "cost": _short(float(costs[chosen].sum())),
            }
            for name, chosen in bought.items()
        },
    }


def known_before(announced: Floats, log: Log) -> bool:
    """Whether prices are what was announced, as far as the labels so far can tell."""
    paid = np.array([cost for r in log.rounds for cost in r.costs])
    return bool(np.ptp(announced) > 0.0) or not len(paid) or bool(np.ptp(paid) <= 1e-12 * paid.max())


def _drawn(ids: Ints, bought: list[Ints], seed: int) -> Ints:
    """Positions to draw: all that are bought, and others by lot."""
    chosen = np.unique(np.concatenate(bought)) if bought else np.zeros(0, np.int64)
    lot = np.argsort(by_id(seed, "purchase", ids), kind="stable")
    others = lot[~np.isin(lot, chosen)][: max(0, DRAWN - len(chosen))]
    return np.sort(np.concatenate([chosen, others])).astype(np.int64)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
