"""Annotators for whom some rows are harder than others."""

from typing import Annotated, Literal

import numpy as np

from alcore.catalog import ORACLES
from alcore.mistakes import at_rate, drawn
from alcore.params import Range
from alcore.rng import by_id
from alcore.types import Asked, Floats


@ORACLES.add(
    source="Menon, van Rooyen & Natarajan 2018, instance-dependent noise",
    label="difficult",
    formula=r"\rho(x) = \rho_0 \cdot 2\,(1 - \max_y P^*(y \mid x))",
    use="Annotators who err where the classes meet: exactly where uncertainty sampling asks.",
    avoid="When mistakes are slips of the finger, alike everywhere: take noisy.",
)
def difficult(
    asked: Asked,
    *,
    rate: Annotated[float, Range(0.0, 0.5)] = 0.3,
    towards: Literal["likely", "any"] = "likely",
) -> Floats:
    """Answer wrongly where the row itself is hard to tell.

    How hard a row is comes from the true class probabilities where the data know them, else from a forest
    that learnt from all other labels: an estimate, on which rows may look harder than they are.

    Parameters
    ----------
    rate : float
        Probability of a wrong label where two classes are equally likely; it falls to 0 where one class is
        certain, so the share of wrong labels over all rows is far lower.
    towards : str
        A wrong answer is one of the classes the row could be as well (likely), or any other class (any).
    """
    wrong = np.minimum(rate * asked.hardness, 1.0)
    if towards == "any":
        return at_rate(asked.ids, asked.truth, wrong, asked.n_classes, asked.seed).astype(np.float64)
    others = asked.odds.copy()
    others[np.arange(len(asked)), asked.truth] = 0.0
    total = others.sum(axis=1, keepdims=True)
    equal = np.full(others.shape, 1.0 / max(1, asked.n_classes - 1))
    which = np.divide(others, total, out=equal, where=total > 0.0)
    return drawn(asked.ids, asked.truth, wrong[:, None] * which, asked.seed).astype(np.float64)


@ORACLES.add(
    source="Yan et al. 2015; Käding et al. 2015, rejections",
    label="abstaining",
    use="Annotators may say they cannot tell: what does that cost, and is it better than a guess?",
    avoid="When annotators are made to answer: take noisy or difficult.",
)
def abstaining(
    asked: Asked,
    *,
    share: Annotated[float, Range(0.0, 0.9)] = 0.2,
    where: Literal["anywhere", "hard rows"] = "hard rows",
    rate: Annotated[float, Range(0.0, 0.9)] = 0.0,
) -> Floats:
    """Say "can't say" now and then instead of answering.

    A question without an answer is paid for, teaches nothing and is not asked again.

    Parameters
    ----------
    share : float
        Probability of "can't say": everywhere alike, or on rows where two classes are equally likely.
    where : str
        Anywhere, or on hard rows: then the probability falls to 0 where one class is certain.
    rate : float
        Probability that an answer which is given is wrong.
    """
    hard = asked.hardness if where == "hard rows" else np.ones(len(asked))
    silent = by_id(asked.seed, "oracle abstains", asked.ids) < share * hard
    wrong = np.full(len(asked), rate)
    said = at_rate(asked.ids, asked.truth, wrong, asked.n_classes, asked.seed)
    return np.where(silent, np.nan, said)
