"""Logs to tidy frames: every number a page shows is made here, and nowhere else.

A run is named by its key in a mapping of logs, e.g. ``{"margin": log, "random": other}``. The x-axis of every
curve counts the first labels too. A target never reached is *not reached*: NaN labels, never 0.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from alcore.catalog import METRICS
from alcore.errors import SpecError
from alcore.metrics import is_detail
from alcore.types import Floats, Log

if TYPE_CHECKING:
    import pandas as pd

Rule: TypeAlias = Literal["first", "interpolated", "stable"]
Axis: TypeAlias = Literal["labels", "money", "seconds"]


def curve(logs: Mapping[str, Log]) -> "pd.DataFrame":
    """Learning curves, one row per run, round and metric.

    Returns
    -------
    DataFrame
        run, round, labels, money and seconds so far, metric, value.

    Examples
    --------
    >>> from alcore import Log, Spec, advance
    >>> log = Log(tuple(advance(Spec(budget=15))))
    >>> frame = curve({"margin": log})
    >>> frame[frame.metric == "accuracy"].labels.tolist()
    [10, 15]
    """
    import pandas as pd

    rows = []
    for run, log in logs.items():
        labels, money, seconds = 0, 0.0, 0.0
        for r in log.rounds:
            labels, money, seconds = labels + len(r.asked), money + sum(r.costs), seconds + r.seconds
            rows += [
                (run, r.index, labels, money, seconds, metric, value)
                for metric, value in r.metrics.items()
                if not is_detail(metric)
            ]
    return pd.DataFrame(rows, columns=["run", "round", "labels", "money", "seconds", "metric", "value"])


def reaches(
    frame: "pd.DataFrame", metric: str, target: float, axis: Axis = "labels", rule: Rule = "first"
) -> dict[str, float]:
    """What each run had used when it reached the target; NaN where it never did.

    Parameters
    ----------
    frame : DataFrame
        From `curve`.
    metric : str
    target : float
    axis : str
        Unit of the answer: labels, money or seconds.
    rule : str
        "first": the first measured point at or past the target. "interpolated": on the straight line to it.
        "stable": the first point from which on the target is never lost again.

    Raises
    ------
    SpecError
        When the metric is unknown.
    """
    sign = _sign(metric)
    here = frame[frame.metric == metric]
    return {
        str(run): _reach(
            part[axis].to_numpy(float), sign * part["value"].to_numpy(float), sign * target, rule
        )
        for run, part in here.groupby("run", sort=False)
    }


def area(frame: "pd.DataFrame", metric: str, axis: Axis = "labels") -> dict[str, float]:
    """Mean height of each curve by the trapezoid rule, over the stretch that all runs cover.

    The area under the learning curve over the length of that stretch, so it reads like the metric itself.
    """
    here = frame[frame.metric == metric]
    parts = {str(run): part for run, part in here.groupby("run", sort=False)}
    if not parts:
        return {}
    low = max(float(p[axis].iloc[0]) for p in parts.values())
    high = min(float(p[axis].iloc[-1]) for p in parts.values())
    return {
        run: _mean_height(p[axis].to_numpy(float), p["value"].to_numpy(float), low, high)
        for run, p in parts.items()
    }


def regret(frame: "pd.DataFrame", metric: str, ceiling: float) -> "pd.DataFrame":
    """Cumulative regret: what each round's learner falls short of the all-labels ceiling, summed over rounds.

    A learner may beat the ceiling, which is itself one fitted learner; then a term is negative.

    Returns
    -------
    DataFrame
        run, round, labels, money, simple (this round's shortfall), regret (their sum).
    """
    here = frame[frame.metric == metric]
    simple = _sign(metric) * (ceiling - here["value"])
    table = here[["run", "round", "labels", "money"]].assign(simple=simple)
    return table.assign(regret=table.groupby("run", sort=False)["simple"].cumsum()).reset_index(drop=True)


def summary(
    logs: Mapping[str, Log],
    metric: str,
    target: float,
    *,
    passive: str = "random",
    ceiling: float | None = None,
    rule: Rule = "first",
) -> "pd.DataFrame":
    """One row per run: what it took, what it saved against the passive run, how well it did.

    Returns
    -------
    DataFrame
        run, labels and money to the target (NaN = not reached), saved_labels and saved_money (share of what
        the passive run needed; negative when it cost more; NaN when either never got there), area, final,
        regret
        (NaN without a ceiling), labels, money and seconds in all.
    """
    import pandas as pd

    frame = curve(logs)
    to_labels = reaches(frame, metric, target, "labels", rule)
    to_money = reaches(frame, metric, target, "money", rule)
    areas = area(frame, metric)
    lost = {} if ceiling is None else regret(frame, metric, ceiling).groupby("run")["regret"].last().to_dict()
    last = frame[frame.metric == metric].groupby("run", sort=False)["value"].last().to_dict()
    rows = [
        {
            "run": run,
            "labels_to_target": to_labels.get(run, np.nan),
            "money_to_target": to_money.get(run, np.nan),
            "saved_labels": _saved(to_labels.get(run), to_labels.get(passive)),
            "saved_money": _saved(to_money.get(run), to_money.get(passive)),
            "area": areas.get(run, np.nan),
            "final": last.get(run, np.nan),
            "regret": lost.get(run, np.nan),
            "labels": log.labels,
            "money": log.spent,
            "seconds": log.seconds,
        }
        for run, log in logs.items()
    ]
    return pd.DataFrame(rows)


def queries(logs: Mapping[str, Log], classes: Sequence[str] = ()) -> "pd.DataFrame":
    """The query log: one row per question asked.

    Returns
    -------
    DataFrame
        run, round, row (the question's id; its columns joined by "-"), score (NaN in the cold
        start, where nothing is scored), answer (class name; "could not say" for an abstention), cost, seconds
        (the round's time shared among its questions), note.
    """
    import pandas as pd

    rows = []
    for run, log in logs.items():
        for r in log.rounds:
            share = r.seconds / max(1, len(r.asked))
            for asked, answer, score, cost in zip(r.asked, r.answers, r.scores, r.costs, strict=True):
                name = asked[0] if len(asked) == 1 else "-".join(map(str, asked))
                shown = score if r.index else np.nan
                rows.append((run, r.index, name, shown, _answer(answer[0], classes), cost, share, r.note))
    return pd.DataFrame(rows, columns=["run", "round", "row", "score", "answer", "cost", "seconds", "note"])


def _sign(metric: str) -> float:
    """+1 where higher is better, -1 where lower is."""
    if metric not in METRICS:
        raise SpecError(f"There is no metric named {metric!r}; there are: {', '.join(METRICS)}")
    return 1.0 if METRICS[metric].facts["better"] == "higher" else -1.0


def _reach(x: Floats, height: Floats, target: float, rule: Rule) -> float:
    there = height >= target - 1e-12
    if rule == "stable":
        lost = np.flatnonzero(~there)
        first = int(lost[-1]) + 1 if len(lost) else 0
        return float(x[first]) if first < len(x) else float("nan")
    if not there.any():
        return float("nan")
    first = int(there.argmax())
    if rule == "first" or first == 0:
        return float(x[first])
    share = (target - height[first - 1]) / (height[first] - height[first - 1])
    return float(x[first - 1] + share * (x[first] - x[first - 1]))


def _mean_height(x: Floats, y: Floats, low: float, high: float) -> float:
    if high <= low:
        return float(np.interp(low, x, y)) if len(x) and x[0] <= low <= x[-1] else float("nan")
    inside = (x > low) & (x < high)
    at = np.concatenate([[low], x[inside], [high]])
    height = np.concatenate([[np.interp(low, x, y)], y[inside], [np.interp(high, x, y)]])
    return float(np.trapezoid(height, at) / (high - low))


def _saved(active: float | None, passive: float | None) -> float:
    if active is None or passive is None or not passive or np.isnan(active) or np.isnan(passive):
        return float("nan")
    return 1.0 - active / passive


def _answer(code: float, classes: Sequence[str]) -> str:
    if np.isnan(code):
        return "could not say"
    return classes[int(code)] if int(code) < len(classes) else str(int(code))
