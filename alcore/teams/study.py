"""Projects of several teams over the same seeds: what parallel work gains, and what stale models cost.

Projects come as the plain values of `alcore.teams.call.told`, by (arm, seed). Those of one seed are
pairs: the same split, the same first labels, the same annotators.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from alcore.statistics.intervals import Interval, of_mean

if TYPE_CHECKING:
    import pandas as pd

Projects: TypeAlias = Mapping[tuple[str, int], Mapping[str, Any]]
NOTHING = Interval(float("nan"), None, None, 0.95, 0, "Nothing has been measured yet.")
BINS = 24


@dataclass(frozen=True, slots=True)
class Arm:
    """Means over seeds of one way of working, with their intervals.

    Attributes
    ----------
    seconds : until the last model was there
    score : of that model
    gain : its score minus that of random with the same seed; larger is better
    cost : score of the annotator alone minus this one's; above 0 it was better to be alone
    faster : times as fast as the annotator alone
    duplicates : share of answers for a row that another annotator had answered
    stale : labels that the model behind an answer did not know
    waiting : share of the annotators' time that they waited for a model
    seeds : in which all that is compared has been run
    """

    name: str
    seconds: Interval
    score: Interval
    gain: Interval
    cost: Interval
    faster: Interval
    duplicates: Interval
    stale: Interval
    waiting: Interval
    seeds: int


def arms(
    projects: Projects, metric: str, *, alone: str, random: str, sign: float = 1.0, level: float = 0.95
) -> dict[str, Arm]:
    """Every way of working, over the seeds for which all of them have been run.

    Parameters
    ----------
    projects : mapping
    metric : str
    alone, random : str
        The arms that others are compared with.
    sign : float
        -1 where a smaller metric is better: gains and costs are then turned round.
    """
    names = list(dict.fromkeys(name for name, _ in projects))
    seeds = paired(projects)

    def column(name: str, of: str) -> list[float]:
        return [_value(projects[name, seed], of, metric) for seed in seeds]

    found = {}
    for name in names:
        score, seconds = column(name, "score"), column(name, "seconds")
        versus = {
            what: [sign * factor * (a - b) for a, b in zip(score, column(other, "score"), strict=True)]
            for what, other, factor in (("gain", random, 1.0), ("cost", alone, -1.0))
            if other in names and other != name
        }
        faster = []
        if alone in names and name != alone:
            faster = [b / a for a, b in zip(seconds, column(alone, "seconds"), strict=True) if a > 0]
        found[name] = Arm(
            name,
            mean(seconds, level),
            mean(score, level),
            mean(versus.get("gain", ()), level),
            mean(versus.get("cost", ()), level),
            mean(faster, level),
            mean(column(name, "duplicates"), level),
            mean(column(name, "stale"), level),
            mean(column(name, "waiting"), level),
            len(seeds),
        )
    return found


def paired(projects: Projects) -> list[int]:
    """The seeds for which every arm has been run."""
    names = {name for name, _ in projects}
    return sorted({s for _, s in projects if all((name, s) in projects for name in names)})


def mean(values: Sequence[float], level: float = 0.95) -> Interval:
    """The mean of what is defined, with its interval; NaN and the reason where nothing is.

    >>> mean([1.0, float("nan"), 3.0]).value, mean([]).reason
    (2.0, 'Nothing has been measured yet.')
    """
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return of_mean(known, level) if len(known) else NOTHING


def curves(projects: Projects, metric: str, axis: str = "labels") -> "pd.DataFrame":
    """The learning curves as `alcore.outcomes` reads them, with the clock beside the labels.

    Over time (`axis` seconds or hours) a project that is through keeps its last score until the slowest one
    of its arm is: else a mean would be over the slow ones alone.

    Returns
    -------
    DataFrame
        dataset, strategy, seed, round, labels (answers paid for), rows, money, seconds, hours, metric, value.
    """
    import pandas as pd

    slowest: dict[str, float] = {}
    for (name, _), project in projects.items():
        slowest[name] = max(slowest.get(name, 0.0), project["seconds"])
    columns = ("labels", "rows", "money", "seconds", "value")
    parts = []
    for (name, seed), project in projects.items():
        points = project["points"]
        values = points["metrics"].get(metric, [None] * len(points["answers"]))
        table = zip(
            points["answers"], points["rows"], points["money"], points["seconds"], values, strict=True
        )
        frame = pd.DataFrame(list(table), columns=columns).astype(float)
        if axis in ("seconds", "hours"):
            frame = pd.concat([frame, frame.iloc[[-1]].assign(seconds=slowest[name])], ignore_index=True)
        frame.insert(0, "round", np.arange(len(frame)))
        frame.insert(0, "seed", seed)
        frame.insert(0, "strategy", name)
        parts.append(frame.dropna(subset="value"))
    names = ["strategy", "seed", "round", *columns]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({n: [] for n in names})
    found.insert(0, "dataset", "")
    return found.assign(hours=found["seconds"] / 3600, metric=metric)


def staleness(projects: Projects, names: Sequence[str]) -> "pd.DataFrame":
    """How stale the models behind the answers were, pooled over seeds.

    Returns
    -------
    DataFrame
        strategy, x, value: the share of the arm's answers whose model did not know x labels, or more but
        fewer than the next x. Ends with 0.
    """
    import pandas as pd

    counted = {
        name: [project["staleness"] for (arm, _), project in projects.items() if arm == name]
        for name in names
    }
    most = max((max(values) for parts in counted.values() for values, _ in parts if values), default=0)
    width = max(1, -(-(most + 1) // BINS))
    rows = []
    for name, parts in counted.items():
        bins = np.zeros(most // width + 1)
        for values, counts in parts:
            np.add.at(bins, np.asarray(values, np.int64) // width, counts)
        total = bins.sum()
        shares = [*(bins / total).tolist(), 0.0] if total else []
        rows += [(name, at * width, share) for at, share in enumerate(shares)]
    return pd.DataFrame(rows, columns=["strategy", "x", "value"])


def table(found: Mapping[str, Arm]) -> "pd.DataFrame":
    """The arms as a table of numbers with their intervals."""
    import pandas as pd

    rows = []
    for arm in found.values():
        row: dict[str, Any] = {"arm": arm.name, "seeds": arm.seeds}
        for name in ("seconds", "score", "gain", "cost", "faster", "duplicates", "stale", "waiting"):
            one: Interval = getattr(arm, name)
            row |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
        rows.append(row)
    return pd.DataFrame(rows)


def _value(project: Mapping[str, Any], of: str, metric: str) -> float:
    if of == "score":
        scores = project["points"]["metrics"].get(metric, [None])
        return float("nan") if scores[-1] is None else float(scores[-1])
    if of == "waiting":
        whole = project["working"] + project["waiting"]
        return float(project["waiting"] / whole) if whole > 0 else float("nan")
    value = project[of]
    return float("nan") if value is None else float(value)
