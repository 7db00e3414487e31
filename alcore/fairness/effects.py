"""What fairness changed: paired differences against the same strategy without it, and against random."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from alcore.fairness.frames import MEASURES, group_scores
from alcore.outcomes import scores
from alcore.outcomes.frames import NAN, number, sign_of, table
from alcore.statistics import bootstrap, paired
from alcore.types import Floats

if TYPE_CHECKING:
    import pandas as pd

Pairs = Mapping[str, str | Sequence[str]]  # strategy -> whom it is compared with
BY_SEED = "value other_value difference low high better equal worse p reason"
TIE = 0.001
FEW = "Intervals need at least two seeds in which both have a number."
NEVER = "In no seed do both have a number."


def differences(
    frame: "pd.DataFrame",
    metrics: Sequence[str],
    pairs: Pairs,
    *,
    outcome: Literal["area", "final"] = "area",
    level: float = 0.95,
    seed: int = 0,
) -> "pd.DataFrame":
    """What a strategy gains or loses against others, seed by seed, by each metric.

    Parameters
    ----------
    frame : DataFrame
        From `outcomes.curves` or `gap_frame`.
    metrics : names
    pairs : mapping
        Strategy -> the others it is compared with: itself without fairness, random.
    outcome : str
        "area": the mean over the run; "final": after the last round.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        dataset, strategy, other, metric, seeds, value, other_value, difference (positive: the strategy is
        better, also for gaps), low, high (bootstrap over seeds, BCa), in how many seeds it is better, equal
        or worse, p (signed ranks), reason why there is no number.
    """
    rows = []
    for metric in metrics:
        found = scores.areas(frame, metric) if outcome == "area" else scores.finals(frame, metric)
        here = {
            (str(d), str(s), int(n)): float(v)
            for d, s, n, v in found.itertuples(index=False, name=None)
            if v == v
        }
        runs = list(frame[["dataset", "strategy"]].drop_duplicates().itertuples(index=False, name=None))
        for dataset, strategy, other in _asked(runs, pairs):
            mine, theirs = (_seeds(here, dataset, who) for who in (strategy, other))
            rows.append(
                (dataset, strategy, other, metric, *_paired(mine, theirs, sign_of(metric), level, seed))
            )
    return table(rows, f"dataset strategy other metric seeds {BY_SEED}")


def group_differences(
    frame: "pd.DataFrame",
    measure: str,
    pairs: Pairs,
    *,
    outcome: Literal["area", "final"] = "area",
    level: float = 0.95,
    seed: int = 0,
) -> "pd.DataFrame":
    """The same group by group: whom does fairness help, and who pays for it?

    Parameters
    ----------
    frame : DataFrame
        From `group_frame`.
    measure, pairs, outcome, level, seed
        See `differences`. Where higher is not better by itself the difference is strategy minus other.

    Returns
    -------
    DataFrame
        dataset, strategy, other, group, measure, and as `differences`.
    """
    place = 0 if outcome == "area" else 1
    both = group_scores(frame, measure)
    found = {key: {n: ends[place] for n, ends in by_seed.items()} for key, by_seed in both.items()}
    sign = -1.0 if MEASURES[measure].better == "lower" else 1.0
    runs = list(dict.fromkeys((d, s) for d, s, _ in found))
    rows = []
    for dataset, strategy, other in _asked(runs, pairs):
        for group in dict.fromkeys(g for d, s, g in found if d == dataset and s in (strategy, other)):
            mine, theirs = (found.get((dataset, who, group), {}) for who in (strategy, other))
            numbers = _paired(mine, theirs, sign, level, seed)
            rows.append((dataset, strategy, other, group, measure, *numbers))
    return table(rows, f"dataset strategy other group measure seeds {BY_SEED}")


def _asked(runs: Sequence[tuple[str, str]], pairs: Pairs) -> Iterator[tuple[str, str, str]]:
    """Data set, strategy and other, where both were run."""
    for dataset, strategy in runs:
        others = pairs.get(strategy, ())
        for other in (others,) if isinstance(others, str) else others:
            if other != strategy and (dataset, other) in runs:
                yield str(dataset), str(strategy), str(other)


def _seeds(scores: Mapping[tuple[str, str, int], float], dataset: str, strategy: str) -> dict[int, float]:
    return {n: value for (d, s, n), value in scores.items() if (d, s) == (dataset, strategy)}


def _paired(
    mine: Mapping[int, float], theirs: Mapping[int, float], sign: float, level: float, seed: int
) -> tuple[object, ...]:
    """Number of seeds and the columns `BY_SEED`."""
    both = sorted(n for n in mine if n in theirs)
    if not both:
        return (0, NAN, NAN, NAN, NAN, NAN, 0, 0, 0, NAN, NEVER)
    one: Floats = np.array([mine[n] for n in both])
    other: Floats = np.array([theirs[n] for n in both])
    change = sign * (one - other)
    record = paired.record(change, TIE)
    found = bootstrap.paired(np.mean, change, level=level, method="bca", seed=seed)
    p = paired.signed_rank(change).p if len(both) > 1 else NAN
    return (
        len(both),
        float(one.mean()),
        float(other.mean()),
        found.value,
        number(found.low),
        number(found.high),
        record.wins,
        record.ties,
        record.losses,
        p,
        FEW if found.low is None else found.reason,
    )
