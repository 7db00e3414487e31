"""Utility against epsilon: what a private choice of rows is still worth."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isinf
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from alcore.catalog import SELECTORS
from alcore.comparison import Contender
from alcore.errors import SpecError
from alcore.outcomes import areas, finals
from alcore.outcomes.frames import number, sign_of, table
from alcore.outcomes.scores import by_seed
from alcore.spec import Choice, Spec
from alcore.statistics import bootstrap, intervals
from alcore.types import Floats

if TYPE_CHECKING:
    import pandas as pd

Mechanism: TypeAlias = Literal["gumbel_top", "exponential", "noisy_max", "laplace_top"]
OPEN = "Not private"
LEVEL = 0.95
UNSURE = "the choice without privacy is not surely better than random here"


def each_of(epsilon: float, mechanism: str, batch: int) -> float:
    """Epsilon of one draw when a whole round may spend `epsilon`.

    Raises
    ------
    SpecError
        When the selector takes no epsilon so small or so large.

    Examples
    --------
    >>> each_of(10.0, "gumbel_top", 20), each_of(10.0, "laplace_top", 20)
    (0.5, 10.0)
    """
    entry = SELECTORS[mechanism]
    share = epsilon / batch if entry.facts["promise"] == "pick" else epsilon
    limits = next(p.range for p in entry.params if p.name == "each")
    if limits is not None and not limits.low <= share <= limits.high:
        change = "raise ε or ask fewer rows" if share < limits.low else "lower ε or ask more rows"
        raise SpecError(
            f"ε {epsilon:g} for a round of {batch:,} is {share:.3g} for each draw, and {entry.label} takes "
            f"{limits.low:g} to {limits.high:g}: {change} in a round"
        )
    return share


def label_of(epsilon: float) -> str:
    """What a strategy is called that spends so much in a round.

    >>> label_of(10.0), label_of(float("inf"))
    ('ε 10 a round', 'Not private')
    """
    return OPEN if isinf(epsilon) else f"ε {epsilon:g} a round"


def contenders(
    base: Spec, epsilons: Sequence[float], mechanism: Mechanism = "gumbel_top"
) -> tuple[Contender, ...]:
    """The base's strategy without privacy, and with so much of it in each round.

    Parameters
    ----------
    base : Spec
        Its acquisition function is private in each contender; its selector is not looked at.
    epsilons : numbers
        Epsilon that a whole round may spend, by basic composition within the round.
    mechanism : str
        A private selector.

    Raises
    ------
    SpecError
        As `each_of`.
    """
    open_ = replace(base, select=Choice("top"), adjust=())
    private = [
        Contender.between(
            label_of(epsilon),
            base,
            replace(open_, select=Choice.of(mechanism, each=each_of(epsilon, mechanism, base.batch))),
        )
        for epsilon in epsilons
    ]
    return (Contender.between(OPEN, base, open_), *private)


def against_epsilon(
    frame: "pd.DataFrame",
    metric: str,
    epsilons: Mapping[str, float],
    twins: Mapping[str, str],
    axis: str = "labels",
    *,
    level: float = LEVEL,
    seed: int = 0,
) -> "pd.DataFrame":
    """What each strategy reaches, gains over random and loses to the choice without privacy.

    Parameters
    ----------
    frame : DataFrame
        Rounds of the runs, as `alcore.outcomes.curves` makes them.
    metric : str
    epsilons : mapping
        Strategy to what it spends, e.g. in a round; inf for the one without privacy.
    twins : mapping
        Strategy to its random twin.
    axis : str
    level : float
        Of all intervals.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        dataset, strategy, epsilon, seeds; final score and area under the curve with low and high; gain: how
        much better the area is than random's, lost: how much worse than without privacy, both over paired
        seeds with bootstrap intervals; pairs: seeds that random has too; kept: share of the gain without
        privacy that is left, with a reason where it cannot be told. NaN where there is no number.
    """
    rows = []
    ends, sign = by_seed(finals(frame, metric)), sign_of(metric)
    for dataset, found in by_seed(areas(frame, metric, axis)).items():
        reference = next((found[s] for s, e in epsilons.items() if isinf(e) and s in found), {})
        for strategy in [s for s in epsilons if s in found]:
            ours, twin = found[strategy], found.get(twins.get(strategy, ""), {})
            gain, lost, best = (
                _paired(*both, sign, level, seed)
                for both in ((ours, twin), (reference, ours), (reference, twin))
            )
            sure = best[1] > 0.0
            rows.append(
                (
                    *(dataset, strategy, epsilons[strategy], len(ours)),
                    *_mean(list(ends[dataset][strategy].values()), level),
                    *_mean(list(ours.values()), level),
                    *(len(set(ours) & set(twin)), *gain),
                    *lost,
                    gain[0] / best[0] if sure else np.nan,
                    "" if sure else UNSURE,
                )
            )
    return table(
        rows,
        "dataset strategy epsilon seeds final final_low final_high area area_low area_high "
        "pairs gain gain_low gain_high lost lost_low lost_high kept reason",
    )


def _paired(
    ours: Mapping[int, float], theirs: Mapping[int, float], sign: float, level: float, seed: int
) -> tuple[float, float, float]:
    """Mean of the differences by seed, with its bootstrap interval; NaN without pairs."""
    d = np.array([sign * (ours[s] - theirs[s]) for s in ours if s in theirs], np.float64)
    if len(d) < 2:
        return (float(d[0]) if len(d) else np.nan), np.nan, np.nan
    found = bootstrap.paired(_average, d, level=level, seed=seed)
    return number(found.value), number(found.low), number(found.high)


def _average(values: Floats, axis: int = -1) -> Floats:
    return np.asarray(values.mean(axis=axis))


def _mean(values: list[float], level: float) -> tuple[float, float, float]:
    if not values:
        return np.nan, np.nan, np.nan
    found = intervals.of_mean(values, level)
    return found.value, number(found.low), number(found.high)
