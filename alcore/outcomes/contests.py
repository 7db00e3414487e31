"""Strategies against each other: pairs over seeds, ranks over data sets."""

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from alcore.errors import SpecError
from alcore.outcomes.frames import NAN, number, sign_of, table
from alcore.outcomes.scores import areas, by_seed, finals
from alcore.statistics import paired, ranks

if TYPE_CHECKING:
    import pandas as pd

Outcome: TypeAlias = Literal["area", "final"]


def versus(
    frame: "pd.DataFrame",
    metric: str,
    pairs: Mapping[str, str] | Literal["all"],
    *,
    outcome: Outcome = "area",
    axis: str = "labels",
    tie: float = 0.001,
    level: float = 0.95,
) -> "pd.DataFrame":
    """Pairs of strategies over the seeds both have: how much, how often, and could it be chance?

    Parameters
    ----------
    pairs : mapping, or "all"
        Each strategy's opponent, as `twins`; or every pair of strategies once.

    Returns
    -------
    DataFrame
        dataset, strategy, other, seeds, wins, ties, losses, difference with low and high, p (signed ranks),
        holm (p adjusted for all rows of the data set), method. NaN where there are fewer than two seeds.
    """
    scores = by_seed(_scores(frame, metric, outcome, axis))
    sign = sign_of(metric)
    rows = []
    for dataset, strategies in scores.items():
        asked = combinations(strategies, 2) if pairs == "all" else pairs.items()
        family = []
        for one, other in asked:
            ours, theirs = strategies.get(one, {}), strategies.get(other, {})
            both = [s for s in ours if s in theirs]
            if one == other or not both:
                continue
            found = paired.compare(
                [sign * ours[s] for s in both], [sign * theirs[s] for s in both], tie=tie, level=level
            )
            p = found.test.p if found.n > 1 else NAN
            ends = (number(found.interval.low), number(found.interval.high))
            won = (found.record.wins, found.record.ties, found.record.losses)
            family.append((dataset, one, other, found.n, *won, found.mean, *ends, p, found.test.method))
        tested = [row for row in family if np.isfinite(row[-2])]
        adjusted = iter(paired.holm([row[-2] for row in tested]).tolist())
        rows += [(*row[:-1], next(adjusted) if np.isfinite(row[-2]) else NAN, row[-1]) for row in family]
    return table(rows, "dataset strategy other seeds wins ties losses difference low high p holm method")


def ranking(
    frame: "pd.DataFrame",
    metric: str,
    *,
    outcome: Outcome = "area",
    axis: str = "labels",
    method: Literal["nemenyi", "wilcoxon"] = "nemenyi",
    alpha: float = 0.05,
) -> ranks.Diagram:
    """Average ranks over data sets, of the strategies that ran on all of them.

    Raises
    ------
    SpecError
        When no strategy ran on all data sets.
    """
    datasets = by_seed(_scores(frame, metric, outcome, axis))
    everywhere = [set(strategies) for strategies in datasets.values()]
    names = [s for s in next(iter(datasets.values()), {}) if all(s in here for here in everywhere)]
    if not names:
        raise SpecError("No strategy ran on all data sets, so there is nothing to rank")
    means = [
        [sign_of(metric) * float(np.mean(list(strategies[name].values()))) for name in names]
        for strategies in datasets.values()
    ]
    return ranks.diagram(means, names, method=method, alpha=alpha)


def rank_frame(diagram: ranks.Diagram) -> "pd.DataFrame":
    """The strategies with their average rank, best first."""
    return table(list(zip(diagram.names, diagram.ranks, strict=True)), "strategy rank")


def clique_frame(diagram: ranks.Diagram) -> "pd.DataFrame":
    """Groups that cannot be told apart: clique (from 0), start and end rank, strategies (with commas)."""
    at = dict(zip(diagram.names, diagram.ranks, strict=True))
    rows = [(i, at[c[0]], at[c[-1]], ", ".join(c)) for i, c in enumerate(diagram.cliques)]
    return table(rows, "clique start end strategies")


def _scores(frame: "pd.DataFrame", metric: str, outcome: str, axis: str) -> "pd.DataFrame":
    return areas(frame, metric, axis) if outcome == "area" else finals(frame, metric)
