"""How good runs were: area under the curve, score at a budget, regret."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from alcore import tables
from alcore.outcomes.frames import (
    NAN,
    RUN,
    along,
    by_dataset,
    by_strategy,
    checked,
    column,
    for_dataset,
    lines_of,
    names_of,
    number,
    sign_of,
    table,
)
from alcore.statistics import intervals
from alcore.statistics.growth import growth
from alcore.types import Floats

if TYPE_CHECKING:
    import pandas as pd

Ceilings: TypeAlias = float | Mapping[str, float] | Mapping[tuple[str, int], float]


def areas(frame: "pd.DataFrame", metric: str, axis: str = "labels") -> "pd.DataFrame":
    """Mean height of each curve over the stretch of the axis that all runs of its data set cover.

    Returns
    -------
    DataFrame
        dataset, strategy, seed, score; NaN where the runs of a data set have no stretch in common.
    """
    rows = []
    for dataset, here in by_dataset(frame, metric, axis):
        found = tables.area(along(here, axis), metric)
        rows += [(dataset, *key, found[run]) for run, key in names_of(here)]
    return table(rows, "dataset strategy seed score")


def finals(frame: "pd.DataFrame", metric: str) -> "pd.DataFrame":
    """The last score of each run: dataset, strategy, seed, score."""
    rows = [
        (dataset, strategy, seed, float(y[-1]))
        for (dataset, strategy), lines in lines_of(frame, metric, "labels").items()
        for seed, (_, y) in lines.items()
    ]
    return table(rows, "dataset strategy seed score")


def area_table(
    frame: "pd.DataFrame",
    metric: str,
    twins: Mapping[str, str],
    axis: str = "labels",
    *,
    level: float = 0.95,
) -> "pd.DataFrame":
    """Mean area under the learning curve, and how much more that is than random's.

    Returns
    -------
    DataFrame
        dataset, strategy, twin ("" when there is none), seeds, area with low and high, pairs, difference with
        low and high (NaN without pairs), start and end of the stretch compared.
    """
    stretches = {}
    for dataset, here in by_dataset(frame, metric, axis):
        ends = here.groupby("run", sort=False)[axis].agg(["first", "last"])
        stretches[dataset] = (float(ends["first"].max()), float(ends["last"].min()))
    rows = [
        (*row, *stretches[row[0]]) for row in _against_twins(areas(frame, metric, axis), metric, twins, level)
    ]
    return table(
        rows,
        "dataset strategy twin seeds area low high pairs difference difference_low difference_high start end",
    )


def at_budgets(
    frame: "pd.DataFrame",
    metric: str,
    budgets: Sequence[float],
    twins: Mapping[str, str],
    axis: str = "labels",
    *,
    level: float = 0.95,
) -> "pd.DataFrame":
    """The score that a budget buys: the last one measured before it is used up.

    A run counts when it got as far, or when its next round would have gone beyond.

    Returns
    -------
    DataFrame
        dataset, strategy, twin, budget, seeds (that got as far), value with low and high, pairs, difference
        to random with low and high.
    """
    rows = []
    lines = lines_of(frame, metric, axis)
    for budget in budgets:
        scores = table(
            [
                (dataset, strategy, seed, _bought(x, y, budget))
                for (dataset, strategy), seeds in lines.items()
                for seed, (x, y) in seeds.items()
            ],
            "dataset strategy seed score",
        )
        found = _against_twins(scores, metric, twins, level)
        rows += [(*row[:3], budget, *row[3:]) for row in found]
    order = {key: place for place, key in enumerate(lines)}
    rows.sort(key=lambda row: order[row[0], row[1]])
    return table(
        rows,
        "dataset strategy twin budget seeds value low high pairs difference difference_low difference_high",
    )


def regret_curves(frame: "pd.DataFrame", metric: str, ceiling: Ceilings) -> "pd.DataFrame":
    """Shortfall to the all-labels ceiling after each round, and its sum so far.

    Parameters
    ----------
    ceiling : number, or one for each data set, or for each (dataset, seed)
        See `alcore.replay.ceiling`.

    Returns
    -------
    DataFrame
        dataset, strategy, seed, round, labels, money, simple (this round's shortfall), regret (their sum).
    """
    here = checked(frame, metric, "labels")
    keys = list(zip(here["dataset"].tolist(), here["seed"].tolist(), strict=True))
    zeros = {key: _ceiling(ceiling, *key) for key in dict.fromkeys(keys)}
    simple = sign_of(metric) * (np.array([zeros[key] for key in keys], np.float64) - column(here, "value"))
    here = here.assign(simple=simple)
    here = here.assign(regret=here.groupby("run", sort=False)["simple"].cumsum())
    return here[[*RUN, "round", "labels", "money", "simple", "regret"]].reset_index(drop=True)


def regret_table(
    frame: "pd.DataFrame", metric: str, ceiling: Ceilings, *, level: float = 0.95
) -> "pd.DataFrame":
    """Regret of each strategy over the rounds that all runs of a data set have.

    Returns
    -------
    DataFrame
        dataset, strategy, seeds, regret with low and high, simple (shortfall of the last round) with low and
        high, exponent of the regret's growth in labels with low and high, reason (why there is no exponent).
    """
    found = regret_curves(frame, metric, ceiling)
    last = found.groupby(RUN)["round"].max().groupby("dataset").min()
    rows = []
    for dataset, strategy, runs in by_strategy(found):
        cut = [run[run["round"] <= last[dataset]] for _, run in runs.groupby("seed", sort=False)]
        total = intervals.of_mean([float(run["regret"].iloc[-1]) for run in cut], level)
        simple = intervals.of_mean([float(run["simple"].iloc[-1]) for run in cut], level)
        grown = growth([(column(run, "labels"), column(run, "regret")) for run in cut], level)
        lost = (total.value, total.low, total.high, simple.value, simple.low, simple.high)
        numbers = (*lost, grown.exponent, grown.low, grown.high)
        rows.append((dataset, strategy, total.n, *map(number, numbers), grown.reason))
    return table(
        rows,
        "dataset strategy seeds regret low high simple simple_low simple_high "
        "exponent exponent_low exponent_high reason",
    )


def by_seed(scores: "pd.DataFrame") -> dict[str, dict[str, dict[int, float]]]:
    """Data set -> strategy -> seed -> score, leaving out what is NaN."""
    found: dict[str, dict[str, dict[int, float]]] = {}
    for dataset, strategy, seed, score in scores.itertuples(index=False, name=None):
        seeds = found.setdefault(dataset, {}).setdefault(strategy, {})
        if np.isfinite(score):
            seeds[int(seed)] = float(score)
    return found


def _against_twins(
    scores: "pd.DataFrame", metric: str, twins: Mapping[str, str], level: float
) -> Iterator[tuple[Any, ...]]:
    """Rows of dataset, strategy, twin, seeds, mean with low and high, pairs, difference with low and high."""
    for dataset, strategies in by_seed(scores).items():
        for strategy, ours in strategies.items():
            twin = twins.get(strategy, "")
            theirs = strategies.get(twin, {}) if twin != strategy else {}
            d = [sign_of(metric) * (ours[s] - theirs[s]) for s in ours if s in theirs]
            mean, gain = _mean(list(ours.values()), level), _mean(d, level)
            yield dataset, strategy, twin if theirs else "", len(ours), *mean, len(d), *gain


def _mean(values: list[float], level: float) -> tuple[float, float, float]:
    if not values:
        return NAN, NAN, NAN
    found = intervals.of_mean(values, level)
    return found.value, number(found.low), number(found.high)


def _bought(x: Floats, y: Floats, budget: float) -> float:
    """The last score measured within the budget; NaN when the run did not get as far."""
    place = int(np.searchsorted(x, budget + 1e-9, side="right")) - 1
    if place < 0:
        return NAN
    last_step = x[-1] - x[-2] if len(x) > 1 else 0.0
    return float(y[place]) if place < len(x) - 1 or x[-1] + max(last_step, 1e-9) > budget else NAN


def _ceiling(given: Ceilings, dataset: str, seed: int) -> float:
    if isinstance(given, Mapping) and (dataset, seed) in given:
        return float(given[(dataset, seed)])  # type: ignore[index]
    return for_dataset(given, dataset, "ceiling")  # type: ignore[arg-type]
