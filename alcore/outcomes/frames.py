"""The tidy frame of many runs' curves, and how it is read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from alcore.catalog import METRICS
from alcore.errors import SpecError, quoted
from alcore.metrics import is_detail
from alcore.types import Floats, Log

if TYPE_CHECKING:
    import pandas as pd

Key: TypeAlias = tuple[str, str, int]  # dataset, strategy, seed
Line: TypeAlias = tuple[Floats, Floats]
Lines: TypeAlias = dict[tuple[str, str], dict[int, Line]]  # dataset and strategy -> seed -> (x, y)
T = TypeVar("T")
Targets: TypeAlias = float | Mapping[str, float]

RUN = ["dataset", "strategy", "seed"]
NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The curve of one run as arrays: (R,) for each of R rounds, (R, m) for m metrics, NaN = not measured."""

    key: Key
    rounds: Floats
    labels: Floats
    money: Floats
    seconds: Floats
    metrics: tuple[str, ...]
    values: Floats


def part(key: Key, log: Log) -> Part:
    """The curve of one run; worth keeping for runs that have ended."""
    names = tuple(dict.fromkeys(n for r in log.rounds for n in r.metrics if not is_detail(n)))
    values = [[r.metrics.get(name, NAN) for name in names] for r in log.rounds]
    return Part(
        key=key,
        rounds=np.array([r.index for r in log.rounds], np.float64),
        labels=np.cumsum([len(r.asked) for r in log.rounds], dtype=np.float64),
        money=np.cumsum([sum(r.costs) for r in log.rounds], dtype=np.float64),
        seconds=np.cumsum([r.seconds for r in log.rounds], dtype=np.float64),
        metrics=names,
        values=np.array(values, np.float64).reshape(len(log), len(names)),
    )


def assemble(parts: Iterable[Part]) -> "pd.DataFrame":
    """Learning curves of many runs: one row per run, round and metric, as `curves` gives them."""
    import pandas as pd

    known = [p for p in parts if p.values.size]
    sizes = [p.values.size for p in known]

    def each(values: Callable[[Part], Any], kind: type) -> Any:
        return np.repeat(np.array([values(p) for p in known], kind), sizes)

    def along(values: Callable[[Part], Floats]) -> Floats:
        return np.concatenate([np.repeat(values(p), len(p.metrics)) for p in known] or [np.zeros(0)])

    names = [np.tile(np.array(p.metrics, object), len(p.rounds)) for p in known]
    frame = pd.DataFrame(
        {
            "dataset": each(lambda p: p.key[0], object),
            "strategy": each(lambda p: p.key[1], object),
            "seed": each(lambda p: p.key[2], np.int64),
            "round": along(lambda p: p.rounds).astype(np.int64),
            "labels": along(lambda p: p.labels).astype(np.int64),
            "money": along(lambda p: p.money),
            "seconds": along(lambda p: p.seconds),
            "metric": np.concatenate(names or [np.zeros(0, object)]),
            "value": np.concatenate([p.values.ravel() for p in known] or [np.zeros(0)]),
        }
    )
    return frame[frame["value"].notna()].reset_index(drop=True)


def curves(runs: Mapping[Key, Log]) -> "pd.DataFrame":
    """Learning curves of many runs.

    Returns
    -------
    DataFrame
        dataset, strategy, seed, round; labels, money and compute seconds so far; metric, value.
    """
    return assemble(part(key, log) for key, log in runs.items())


def table(rows: Sequence[tuple[Any, ...]], columns: str) -> "pd.DataFrame":
    """Rows as a frame, its columns named in one string."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=columns.split())


def number(value: float | None) -> float:
    """The number, or NaN where there is none."""
    return NAN if value is None else float(value)


def column(frame: "pd.DataFrame", name: str) -> Floats:
    """(n,) a column as numbers."""
    return np.asarray(frame[name].to_numpy(np.float64))


def sign_of(metric: str) -> float:
    """+1 where higher is better, -1 where lower is."""
    return 1.0 if METRICS[metric].facts["better"] == "higher" else -1.0


def for_dataset(given: Targets, dataset: str, what: str) -> float:
    """The one number, or the one given for this data set.

    Raises
    ------
    SpecError
        When there is none for it.
    """
    if not isinstance(given, Mapping):
        return float(given)
    if dataset not in given:
        raise SpecError(f"There is no {what} for the data set {quoted(dataset)}")
    return float(given[dataset])


def by_dataset(frame: "pd.DataFrame", metric: str, axis: str) -> Iterator[tuple[str, "pd.DataFrame"]]:
    """Each data set with its rows of one metric, which name their run by a number."""
    for dataset, here in checked(frame, metric, axis).groupby("dataset", sort=False):
        yield str(dataset), here


def names_of(here: "pd.DataFrame") -> list[tuple[str, tuple[str, int]]]:
    """Each run's number with its strategy and seed, in order."""
    once = here.drop_duplicates("run")
    keys = zip(once["strategy"].tolist(), once["seed"].tolist(), strict=True)
    return list(zip(once["run"].tolist(), keys, strict=True))


def by_strategy(found: "pd.DataFrame") -> Iterator[tuple[str, str, "pd.DataFrame"]]:
    """Each data set and strategy with its rows."""
    for dataset, here in found.groupby("dataset", sort=False):
        for strategy, runs in here.groupby("strategy", sort=False):
            yield str(dataset), str(strategy), runs


def along(here: "pd.DataFrame", axis: str) -> "pd.DataFrame":
    """The frame as `alcore.tables` reads it, with the wanted axis in the place of labels."""
    return here if axis == "labels" else here.assign(labels=here[axis])


def lines_of(frame: "pd.DataFrame", metric: str, axis: str) -> Lines:
    """Curves as arrays: dataset and strategy -> seed -> (x, y)."""
    here = checked(frame, metric, axis)
    run = here["run"].astype(np.int64).to_numpy()
    order = np.argsort(run, kind="stable")
    x, y = column(here, axis)[order], column(here, "value")[order]
    edges = np.flatnonzero(np.diff(run[order])) + 1
    keys = here.drop_duplicates("run")[RUN].itertuples(index=False, name=None)
    lines: Lines = {}
    for (dataset, strategy, seed), xs, ys in zip(keys, np.split(x, edges), np.split(y, edges), strict=False):
        lines.setdefault((dataset, strategy), {})[int(seed)] = (xs, ys)
    return together(lines)


def together(groups: dict[tuple[str, str], T]) -> dict[tuple[str, str], T]:
    """The same groups, those of one data set next to each other."""
    datasets = dict.fromkeys(dataset for dataset, _ in groups)
    return {key: groups[key] for dataset in datasets for key in groups if key[0] == dataset}


def checked(frame: "pd.DataFrame", metric: str, axis: str) -> "pd.DataFrame":
    """The rows of one metric, each with the number of its run.

    Raises
    ------
    SpecError
        When there is no such metric or axis.
    """
    if metric not in METRICS:
        raise SpecError(f"There is no metric named {quoted(metric)}; there are: {', '.join(METRICS)}")
    if axis not in frame.columns:
        raise SpecError(f"There is no column named {quoted(axis)} to measure along")
    here = frame[frame["metric"] == metric]
    return here.assign(run=here.groupby(RUN, sort=False).ngroup().astype(str))
