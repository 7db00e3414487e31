"""Finding the rare: how many rows of one class were found for how many labels, and what that saves.

Counted are the answers: what annotators called by that name, the first labels included.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from alcore.errors import SpecError
from alcore.outcomes.frames import NAN, Key, Lines, for_dataset, number, table, together
from alcore.outcomes.spreads import bands_of
from alcore.statistics import bootstrap, censored, intervals
from alcore.types import Floats, Log

if TYPE_CHECKING:
    import pandas as pd

Totals: TypeAlias = Mapping[tuple[str, int], int]  # dataset and seed -> rows of the class in the pool
Positive: TypeAlias = int | Mapping[str, int]  # the code of the class, or that of each dataset
Used: TypeAlias = tuple[float, float]  # labels a run needed (NaN = not reached), and labels it bought
_NONE_FOUND = "Random found none: there is nothing to be a multiple of."


def find_bands(
    runs: Mapping[Key, Log],
    positive: Positive,
    totals: Totals | None = None,
    *,
    level: float = 0.95,
    points: int = 200,
) -> "pd.DataFrame":
    """How many rows of the class were found after how many labels: mean and its interval over seeds.

    Parameters
    ----------
    positive : int
        Code of the class, or that of each dataset.
    totals : optional
        How many rows of the class each pool has: then shares of them are given. Runs without are left out.

    Returns
    -------
    DataFrame
        dataset, strategy, x (labels), value, low, high (NaN where seeds are too few), seeds.
    """
    if totals is None:
        return bands_of(finds(runs, positive), level=level, points=points)
    known = {key: log for key, log in runs.items() if totals.get((key[0], key[2]), 0)}
    shares = {
        (dataset, strategy): {s: (x, y / totals[dataset, s]) for s, (x, y) in seeds.items()}
        for (dataset, strategy), seeds in finds(known, positive).items()
    }
    return bands_of(shares, level=level, points=points)


def find_table(
    runs: Mapping[Key, Log],
    positive: Positive,
    totals: Totals,
    twins: Mapping[str, str],
    *,
    level: float = 0.95,
    resamples: int = 10_000,
) -> "pd.DataFrame":
    """What each strategy had found at the end of its runs, and how many times as many as random.

    Returns
    -------
    DataFrame
        dataset, strategy, twin, seeds, labels and found (means) with low and high, share (of all in the pool;
        NaN where that is not known), pairs, ratio (mean found / mean found by the twin on the same seeds)
        with ratio_low and ratio_high (paired bootstrap), more and fewer (seeds in which it found more or
        fewer than the twin), reason (why there is no ratio, or no interval).
    """
    lines = finds(runs, positive)
    rows: list[tuple[Any, ...]] = []
    for (dataset, strategy), seeds in lines.items():
        ends = {s: float(y[-1]) for s, (_, y) in seeds.items()}
        mean = intervals.of_mean(list(ends.values()), level)
        twin = twins.get(strategy, "")
        theirs = lines.get((dataset, twin), {}) if twin != strategy else {}
        both = [s for s in ends if s in theirs]
        ours, others = (
            np.array([ends[s] for s in both]),
            np.array([float(theirs[s][1][-1]) for s in both]),
        )
        pools = [totals.get((dataset, s), 0) for s in ends]
        rows.append(
            (
                *(dataset, strategy, twin if both else "", len(ends)),
                float(np.mean([x[-1] for x, _ in seeds.values()])),
                *map(number, (mean.value, mean.low, mean.high)),
                sum(ends.values()) / sum(pools) if all(pools) else NAN,
                len(both),
                *_ratio(ours, others, level, resamples),
            )
        )
    return table(
        rows,
        "dataset strategy twin seeds labels found low high share pairs ratio ratio_low ratio_high more fewer "
        "reason",
    )


def find_effort(
    runs: Mapping[Key, Log],
    positive: Positive,
    totals: Totals,
    recall: float,
    twins: Mapping[str, str],
    pool: Totals | None = None,
    *,
    level: float = 0.9,
    resamples: int = 10_000,
) -> "pd.DataFrame":
    """Labels until a share of all rows of the class is found, and what that saves.

    A run that does not get as far is censored where it ends: it is neither left out nor counted as 0.

    Parameters
    ----------
    recall : float
        The share, such as 0.95: so many rows, rounded up.
    pool : optional
        Rows of each pool, for the work saved over sampling (WSS).

    Returns
    -------
    DataFrame
        dataset, strategy, twin, recall, seeds, reached (how many), median (Kaplan & Meier) with median_low
        and median_high (NaN = beyond what was run), restricted (mean up to tau), tau, wss (mean over seeds;
        NaN unless all reached it), saving against the twin with low and high, reason (why there is none).

    Raises
    ------
    SpecError
        When the share is not above 0 and at most 1.
    """
    needed = _labels_to(runs, positive, totals, recall)
    rows: list[tuple[Any, ...]] = []
    for (dataset, strategy), seeds in needed.items():
        twin = twins.get(strategy, "")
        theirs = needed.get((dataset, twin), {}) if twin != strategy else {}
        used, ends = np.array(list(seeds.values())).T
        r = censored.reaching(used, ends, tau=_until(list(seeds.values())), level=level)
        wss = [
            work_saved(used, pool[dataset, s], recall)
            for s, (used, _) in seeds.items()
            if pool is not None and (dataset, s) in pool
        ]
        rows.append(
            (
                *(dataset, strategy, twin if theirs else "", recall, r.n, r.reached),
                *map(number, (r.median, r.median_low, r.median_high, r.restricted, r.tau)),
                float(np.mean(wss)) if len(wss) == len(seeds) else NAN,
                *_saving(seeds, theirs, level, resamples),
            )
        )
    return table(
        rows,
        "dataset strategy twin recall seeds reached median median_low median_high restricted tau wss "
        "saving low high reason",
    )


def work_saved(labels: float, pool: int, recall: float = 0.95) -> float:
    """Work saved over sampling, WSS@recall (Cohen et al. 2006): (TN + FN) / N - (1 - recall).

    The share of the pool that nobody had to read when so many labels had found that share of the relevant
    rows, less the share that stopping a random order there would have spared as well: 0 = no better than
    random, 0.95 = nothing but relevant rows were read, and these hardly any. NaN labels give NaN.

    >>> round(work_saved(250, 1000, 0.95), 2), round(work_saved(950, 1000, 0.95), 2)
    (0.7, 0.0)
    """
    return 1.0 - labels / pool - (1.0 - recall)


def finds(runs: Mapping[Key, Log], positive: Positive) -> Lines:
    """The curve of each run: labels and finds so far after each round."""
    lines: Lines = {}
    for (dataset, strategy, seed), log in runs.items():
        if not log.rounds:
            continue
        code = int(for_dataset(positive, dataset, "rare class"))
        hits = [sum(answer[0] == code for answer in r.answers) for r in log.rounds]
        labels = np.cumsum([len(r.asked) for r in log.rounds], dtype=np.float64)
        line = labels, np.cumsum(hits, dtype=np.float64)
        lines.setdefault((dataset, strategy), {})[seed] = line
    return together(lines)


def _ratio(ours: Floats, others: Floats, level: float, resamples: int) -> tuple[Any, ...]:
    """Ratio of the means with its interval, seeds with more and with fewer, and why there is none."""
    if not len(ours):
        return NAN, NAN, NAN, 0, 0, ""
    more, fewer = int((ours > others).sum()), int((ours < others).sum())
    if others.sum() == 0:
        return NAN, NAN, NAN, more, fewer, _NONE_FOUND
    found = bootstrap.paired(_of_means, ours, others, level=level, resamples=resamples)
    return found.value, number(found.low), number(found.high), more, fewer, found.reason


def _of_means(ours: Floats, others: Floats, axis: int = -1) -> Any:
    return ours.mean(axis=axis) / others.mean(axis=axis)


def _labels_to(
    runs: Mapping[Key, Log], positive: Positive, totals: Totals, recall: float
) -> dict[tuple[str, str], dict[int, Used]]:
    """What each run needed and bought, where it is known how many there are to find.

    Within a round answers count in the order in which they were asked for: best score first.
    """
    if not 0.0 < recall <= 1.0:
        raise SpecError(f"recall must be above 0 and at most 1, got {recall}")
    found: dict[tuple[str, str], dict[int, Used]] = {}
    for (dataset, strategy, seed), log in runs.items():
        total = totals.get((dataset, seed), 0)
        if not total or not log.labels:
            continue
        hits = np.flatnonzero(log.answers[:, 0] == for_dataset(positive, dataset, "rare class"))
        wanted = int(np.ceil(recall * total - 1e-9))
        needed = float(hits[wanted - 1] + 1) if len(hits) >= wanted else NAN
        found.setdefault((dataset, strategy), {})[seed] = needed, float(log.labels)
    return together(found)


def _until(runs: Sequence[Used]) -> float:
    """How far all runs are known: to the smallest end of those that missed, or to the last that reached."""
    missed = [end for needed, end in runs if np.isnan(needed)]
    return min(missed) if missed else max(needed for needed, _ in runs)


def _saving(
    ours: Mapping[int, Used], theirs: Mapping[int, Used], level: float, resamples: int
) -> tuple[float, float, float, str]:
    both = [s for s in ours if s in theirs]
    if not both:
        return NAN, NAN, NAN, ""
    arms = [[runs[s] for s in both] for runs in (ours, theirs)]
    used = [[needed for needed, _ in arm] for arm in arms]
    tau = _until([*arms[0], *arms[1]])
    found = bootstrap.savings(used[0], used[1], tau, level=level, resamples=resamples)
    return number(found.value), number(found.low), number(found.high), found.reason
