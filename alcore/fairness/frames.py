"""Tidy frames about groups of people, and curves and tables made of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from alcore.errors import SpecError, quoted
from alcore.fairness.population import Facts
from alcore.metrics.by_group import GAPS, gap_of
from alcore.metrics.group_counts import GroupCounts, GroupRates, group_counts
from alcore.outcomes import frames
from alcore.outcomes.frames import NAN, Key, Part, column, table
from alcore.outcomes.spreads import band_of
from alcore.statistics import intervals
from alcore.types import Floats, Ints, Log

if TYPE_CHECKING:
    import pandas as pd


NEVER = "In no seed does this group have the test rows that it takes."


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that each group has: its name in menus, which way is better, what it means, its limits."""

    label: str
    better: str  # "higher", "lower", or "zero"; "" where it depends on what is predicted
    help: str
    low: float = 0.0
    high: float = 1.0


MEASURES: Mapping[str, Measure] = {
    "accuracy": Measure("accuracy", "higher", "Share of the group's test rows that are predicted right."),
    "selection_rate": Measure(
        "selection rate", "", "Share of the group's test rows that are predicted as the positive class."
    ),
    "true_positive_rate": Measure(
        "true positive rate", "higher", "Of the group's positives, the share that is found."
    ),
    "false_positive_rate": Measure(
        "false positive rate", "lower", "Of the group's negatives, the share that is called positive."
    ),
    "calibration": Measure(
        "promised minus true",
        "zero",
        "Mean predicted probability of the positive class minus its share: above 0 the group's chances are "
        "overrated.",
        low=-1.0,
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class GroupPart:
    """What one run did for each group: (R,) for R rounds, (R, G) for G groups; worth keeping once it ended.

    `values` holds (R, G) for each measure, NaN = undefined; `asked` the labels bought so far.
    """

    key: Key
    names: tuple[str, ...]
    rounds: Ints
    labels: Floats
    money: Floats
    asked: Ints
    values: Mapping[str, Floats]


def group_part(key: Key, log: Log, names: Sequence[str], positive: int = -1) -> GroupPart | None:
    """One run by group; None when its rounds kept no counts.

    Parameters
    ----------
    key : (dataset, strategy, seed)
    log : Log
    names : G names
        Of this data set and seed, from `groups`.
    positive : int
        The class taken as the positive one; -1 for the last.
    """
    kept = [(r, counts) for r, counts in _counts(log) if counts is not None]
    if not kept:
        return None
    bought = np.cumsum([len(r.asked) for r in log.rounds])
    paid = np.cumsum([sum(r.costs) for r in log.rounds])
    at = np.array([index for index, _ in kept])
    rates = [counts.rates for _, counts in kept]
    return GroupPart(
        key=key,
        names=tuple(names),
        rounds=np.array([log.rounds[i].index for i in at], np.int64),
        labels=bought[at].astype(np.float64),
        money=paid[at].astype(np.float64),
        asked=np.stack([counts.asked for _, counts in kept]),
        values={name: np.stack([_rate(r, name, positive) for r in rates]) for name in MEASURES},
    )


def group_frame(parts: Iterable[GroupPart | None]) -> "pd.DataFrame":
    """Every measure of every group in every round of many runs.

    Returns
    -------
    DataFrame
        dataset, strategy, seed, round, labels, money, group, measure, value; NaN where it is undefined.
    """
    import pandas as pd

    blocks = []
    for p in filter(None, parts):
        shape = (len(p.rounds), len(p.names), len(MEASURES))
        values = np.stack([p.values[name] for name in MEASURES], axis=2)
        blocks.append(
            {
                **_constant(p, values.size),
                "round": np.repeat(p.rounds, shape[1] * shape[2]),
                "labels": np.repeat(p.labels, shape[1] * shape[2]),
                "money": np.repeat(p.money, shape[1] * shape[2]),
                "group": np.tile(np.repeat(np.array(p.names, object), shape[2]), shape[0]),
                "measure": np.tile(np.array(list(MEASURES), object), shape[0] * shape[1]),
                "value": values.ravel(),
            }
        )
    if not blocks:
        return table([], "dataset strategy seed round labels money group measure value")
    return pd.concat([pd.DataFrame(block) for block in blocks], ignore_index=True)


def gap_frame(runs: Mapping[Key, Log], positive: int = -1) -> "pd.DataFrame":
    """Learning curves with the gaps that a positive class of one's choice has; as `outcomes.curves` has them.

    Its metrics are accuracy, that of the worst group, and the gaps; undefined ones are left out. With three
    classes or more -1 keeps what was recorded, the largest gap over all classes.
    """
    return frames.assemble(gap_part(key, log, positive) for key, log in runs.items())


def gap_part(key: Key, log: Log, positive: int = -1) -> Part:
    """One run of `gap_frame`; worth keeping once the run has ended."""
    whole = frames.part(key, log)
    if positive == -1:
        return whole
    wanted = [name for name in whole.metrics if name not in GAPS]
    values = [whole.values[:, whole.metrics.index(name)] for name in wanted]
    found = {name: np.full(len(log), NAN) for name in GAPS}
    for place, counts in _counts(log):
        if counts is not None:
            for name, rates in GAPS.items():
                found[name][place] = gap_of(counts, np.array([positive]), *rates)
    names, columns = (*wanted, *found), [*values, *found.values()]
    return replace(whole, metrics=names, values=np.stack(columns, axis=1) if len(log) else whole.values)


def group_bands(
    frame: "pd.DataFrame", measure: str, *, level: float = 0.9, points: int = 60
) -> "pd.DataFrame":
    """The mean curve of each group, with the interval in which that mean lies (Student's t).

    Seeds in which a rate is undefined are left out; only points that every other seed covers are given.

    Parameters
    ----------
    frame : DataFrame
        From `group_frame`.

    Returns
    -------
    DataFrame
        dataset, strategy, group, x (labels), value, low, high (NaN with one seed), seeds.
    """
    rows = []
    for (dataset, strategy, group), lines in _lines(frame, measure).items():
        columns = band_of(list(lines.values()), level=level, points=points)
        rows += [(dataset, strategy, group, *row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    return table(rows, "dataset strategy group x value low high seeds")


def group_table(frame: "pd.DataFrame", measure: str, *, level: float = 0.95) -> "pd.DataFrame":
    """How each group fared with each strategy: over the run, and in the end.

    Returns
    -------
    DataFrame
        dataset, strategy, group, seeds in which it is defined; average over the run (mean height of the
        curve over the labels all runs cover) and final value, each with its interval over seeds; reason
        why a number, NaN, is missing.
    """
    scores, rows = group_scores(frame, measure), []
    named = frame[["dataset", "strategy", "group"]].drop_duplicates()
    for key in named.itertuples(index=False, name=None):
        found = list(scores.get(key, {}).values())
        average, final = (_mean(np.array([s[k] for s in found]), level) for k in (0, 1))
        rows.append((*key, len(found), *average, *final, ("", intervals.ONE, NEVER)[max(0, 2 - len(found))]))
    return table(rows, "dataset strategy group seeds average low high final final_low final_high reason")


def group_scores(
    frame: "pd.DataFrame", measure: str
) -> dict[tuple[str, str, str], dict[int, tuple[float, float]]]:
    """(dataset, strategy, group) -> seed -> average over the labels that all runs cover, and last value."""
    lines = _lines(frame, measure)
    found = {}
    for (dataset, strategy, group), mine in lines.items():
        ends = [line for key, seeds in lines.items() if key[0] == dataset for line in seeds.values()]
        low, high = max(x[0] for x, _ in ends), min(x[-1] for x, _ in ends)
        found[dataset, strategy, group] = {
            seed: (_height(x, y, float(low), float(high)), float(y[-1])) for seed, (x, y) in mine.items()
        }
    return found


def spent(parts: Iterable[GroupPart | None]) -> "pd.DataFrame":
    """Labels bought in each group so far, by round.

    Returns
    -------
    DataFrame
        dataset, strategy, seed, round, labels, group, spent, share (of the labels so far).
    """
    rows = [
        (*p.key, round_, labels, name, n, n / labels if labels else NAN)
        for p in filter(None, parts)
        for round_, labels, counts in zip(p.rounds.tolist(), p.labels.tolist(), p.asked.tolist(), strict=True)
        for name, n in zip(p.names, counts, strict=True)
    ]
    return table(rows, "dataset strategy seed round labels group spent share")


def spent_table(parts: Iterable[GroupPart | None], facts: Facts, *, level: float = 0.95) -> "pd.DataFrame":
    """Labels each group had got in the end, beside its share of the pool.

    Returns
    -------
    DataFrame
        dataset, strategy, group, seeds; spent, low, high; share of the labels, pool_share, and times: share
        over pool_share, 1 where a group is asked as often as at random.
    """
    import pandas as pd

    frame = spent(parts)
    last = frame.drop_duplicates(["dataset", "strategy", "seed", "group"], keep="last")
    pool = {
        (dataset, seed, name): n / max(1, sum(fact["pool"]))
        for (dataset, seed), fact in facts.items()
        for name, n in zip(fact["names"], fact["pool"], strict=True)
    }
    rows = []
    for (dataset, strategy, group), here in last.groupby(["dataset", "strategy", "group"], sort=False):
        seeds = here["seed"].tolist()
        among = float(pd.Series([pool.get((dataset, seed, group), NAN) for seed in seeds]).mean())
        share = float(here["share"].mean())
        times = share / among if among else NAN
        rows.append(
            (dataset, strategy, group, len(seeds), *_mean(column(here, "spent"), level), share, among, times)
        )
    return table(rows, "dataset strategy group seeds spent low high share pool_share times")


def _counts(log: Log) -> Iterator[tuple[int, GroupCounts | None]]:
    return ((place, group_counts(r.metrics)) for place, r in enumerate(log.rounds))


def _rate(rates: GroupRates, name: str, positive: int) -> Floats:
    if name == "accuracy":
        return rates.accuracy
    kept = {
        "selection_rate": rates.selection,
        "true_positive_rate": rates.true_positive,
        "false_positive_rate": rates.false_positive,
        "calibration": rates.calibration,
    }
    return kept[name][:, positive]


def _constant(p: GroupPart, n: int) -> dict[str, object]:
    dataset, strategy, seed = p.key
    return {
        "dataset": np.full(n, dataset, object),
        "strategy": np.full(n, strategy, object),
        "seed": np.full(n, seed, np.int64),
    }


def _lines(
    frame: "pd.DataFrame", measure: str
) -> dict[tuple[str, str, str], dict[int, tuple[Floats, Floats]]]:
    """(dataset, strategy, group) -> seed -> labels and values where they are defined."""
    if measure not in MEASURES:
        raise SpecError(f"There is no measure named {quoted(measure)}; there are: {', '.join(MEASURES)}")
    here = frame[(frame["measure"] == measure) & frame["value"].notna()]
    found: dict[tuple[str, str, str], dict[int, tuple[Floats, Floats]]] = {}
    by = ["dataset", "strategy", "group", "seed"]
    for (dataset, strategy, group, seed), run in here.groupby(by, sort=False):
        line = (column(run, "labels"), column(run, "value"))
        found.setdefault((str(dataset), str(strategy), str(group)), {})[int(seed)] = line
    return found


def _height(x: Floats, y: Floats, low: float, high: float) -> float:
    """Mean height of the curve from low to high."""
    if high <= low:
        return float(np.interp(low, x, y))
    at = np.concatenate([[low], x[(x > low) & (x < high)], [high]])
    return float(np.trapezoid(np.interp(at, x, y), at) / (high - low))


def _mean(values: Floats, level: float) -> tuple[float, float, float]:
    if not len(values):
        return NAN, NAN, NAN
    found = intervals.of_mean(values, level)
    return found.value, frames.number(found.low), frames.number(found.high)
