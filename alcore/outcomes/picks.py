"""What the rounds themselves say: which rows were chosen, which classes found, how long it took."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from alcore.outcomes.frames import NAN, Key, Lines, for_dataset, number, table, together
from alcore.outcomes.spreads import steps
from alcore.statistics import censored
from alcore.types import Floats, Log, Row

if TYPE_CHECKING:
    import pandas as pd


def overlap(
    runs: Mapping[Key, Log],
    *,
    by: Literal["end", "round"] = "end",
    pairs: Sequence[tuple[str, str]] | None = None,
) -> "pd.DataFrame":
    """How many of the rows that two strategies chose are the same: shared / chosen by either (Jaccard).

    The cold start, which they share by design, is left out.

    Parameters
    ----------
    by : str
        "round": after each round; "end": after the last one that both runs have.
    pairs : optional
        By default every pair of strategies.

    Returns
    -------
    DataFrame
        dataset, strategy, other, round, labels (of the first so far, the start included), jaccard (mean over
        the seeds that both have), seeds. No row where nothing was chosen.
    """
    chosen: dict[str, dict[str, dict[int, _Chosen]]] = {}
    for (dataset, strategy, seed), log in runs.items():
        chosen.setdefault(dataset, {}).setdefault(strategy, {})[seed] = _chosen(log)
    rows = []
    for dataset, strategies in chosen.items():
        for one, other in pairs or combinations(strategies, 2):
            ours, theirs = strategies.get(one, {}), strategies.get(other, {})
            both = [_shared(ours[s], theirs[s]) for s in ours if s in theirs]
            both = [b for b in both if len(b[0])]
            length = min((len(b[0]) for b in both), default=0)
            for at in range(length) if by == "round" else range(max(0, length - 1), length):
                labels, jaccard = (float(np.mean([b[k][at] for b in both])) for k in (0, 1))
                if np.isfinite(jaccard):
                    rows.append((dataset, one, other, at + 1, labels, jaccard, len(both)))
    return table(rows, "dataset strategy other round labels jaccard seeds")


def discovery(runs: Mapping[Key, Log], classes: Mapping[str, int] | None = None) -> "pd.DataFrame":
    """How many classes have been found after how many labels, as the annotators named them.

    Parameters
    ----------
    classes : mapping, optional
        Classes of each data set; by default those that any of its runs found.

    Returns
    -------
    DataFrame
        dataset, strategy, labels, found (mean over seeds), low and high (range), classes, seeds.
    """
    lines, known = _found_classes(runs, classes)
    rows = [(*row, known[row[0]], len(lines[row[0], row[1]])) for row in steps(lines)]
    return table(rows, "dataset strategy labels found low high classes seeds")


def discovery_table(
    runs: Mapping[Key, Log], classes: Mapping[str, int] | None = None, *, level: float = 0.9
) -> "pd.DataFrame":
    """Labels until every class is found.

    Returns
    -------
    DataFrame
        dataset, strategy, classes, seeds, reached (how many found them all), median, restricted, tau.
    """
    lines, known = _found_classes(runs, classes)
    rows = []
    for (dataset, strategy), seeds in lines.items():
        budgets = [float(x[-1]) for x, _ in seeds.values()]
        tau = min(float(x[-1]) for key, s in lines.items() if key[0] == dataset for x, _ in s.values())
        all_found = [np.flatnonzero(y >= known[dataset]) for _, y in seeds.values()]
        used = [
            float(x[at[0]]) if len(at) else NAN for (x, _), at in zip(seeds.values(), all_found, strict=True)
        ]
        r = censored.reaching(used, budgets, tau=tau, level=level)
        rows.append(
            (dataset, strategy, known[dataset], r.n, r.reached, number(r.median), r.restricted, r.tau)
        )
    return table(rows, "dataset strategy classes seeds reached median restricted tau")


def effort(runs: Mapping[Key, Log]) -> "pd.DataFrame":
    """The computer's time: dataset, strategy, seeds; labels and seconds of a run, per_label, per_round."""
    groups: dict[tuple[str, str], list[Log]] = {}
    for (dataset, strategy, _), log in runs.items():
        groups.setdefault((dataset, strategy), []).append(log)
    rows = []
    for key, logs in together(groups).items():
        labels, rounds = sum(log.labels for log in logs), sum(map(len, logs))
        seconds = sum(log.seconds for log in logs)
        per = [seconds / n if n else NAN for n in (labels, rounds)]
        rows.append((*key, len(logs), labels / len(logs), seconds / len(logs), *per))
    return table(rows, "dataset strategy seeds labels seconds per_label per_round")


def _found_classes(
    runs: Mapping[Key, Log], classes: Mapping[str, int] | None
) -> tuple[Lines, dict[str, int]]:
    """Classes found along each run, and how many there are in each data set."""
    lines: Lines = {}
    named: dict[str, set[float]] = {}
    for (dataset, strategy, seed), log in runs.items():
        if not log.rounds:
            continue
        seen: set[float] = set()
        counts = []
        for r in log.rounds:
            seen |= {a[0] for a in r.answers if not np.isnan(a[0])}
            counts.append(float(len(seen)))
        labels = np.cumsum([len(r.asked) for r in log.rounds], dtype=np.float64)
        lines.setdefault((dataset, strategy), {})[seed] = (labels, np.array(counts))
        named.setdefault(dataset, set()).update(seen)
    if classes is None:
        return together(lines), {dataset: len(found) for dataset, found in named.items()}
    return together(lines), {
        dataset: int(for_dataset(classes, dataset, "number of classes")) for dataset in named
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Chosen:
    """Round in which a strategy chose each row, and labels after each round from the first choice on."""

    rounds: dict[Row, int]
    labels: list[int]


def _chosen(log: Log) -> _Chosen:
    counts = np.cumsum([len(r.asked) for r in log.rounds], dtype=np.int64)
    return _Chosen({row: r.index for r in log.rounds[1:] for row in r.asked}, counts[1:].tolist())


def _shared(one: _Chosen, other: _Chosen) -> tuple[Floats, Floats]:
    """Labels of the first run and the Jaccard index after each round from 1 on that both have."""
    length = min(len(one.labels), len(other.labels))

    def by_round(rounds: Iterable[int]) -> Floats:
        inside = [r - 1 for r in rounds if r <= length]
        return np.cumsum(np.bincount(inside, minlength=length)[:length]).astype(np.float64)

    shared = by_round(max(r, other.rounds[row]) for row, r in one.rounds.items() if row in other.rounds)
    either = by_round(one.rounds.values()) + by_round(other.rounds.values()) - shared
    with np.errstate(invalid="ignore"):
        return np.array(one.labels[:length], np.float64), shared / either
