"""What it took to reach a target, what that saved, and what the next run may need."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from alcore import tables
from alcore.outcomes.frames import (
    NAN,
    Targets,
    along,
    by_dataset,
    by_strategy,
    column,
    for_dataset,
    lines_of,
    names_of,
    number,
    table,
)
from alcore.statistics import bootstrap, censored
from alcore.statistics.forecast import forecast
from alcore.tables import Rule
from alcore.types import Floats

if TYPE_CHECKING:
    import pandas as pd


def reached(
    frame: "pd.DataFrame", metric: str, target: Targets, axis: str = "labels", rule: Rule = "first"
) -> "pd.DataFrame":
    """What each run had used when it reached the target.

    Parameters
    ----------
    target : number, or one for each data set
    rule : str
        See `alcore.tables.reaches`.

    Returns
    -------
    DataFrame
        dataset, strategy, seed, target, reached, used (NaN = not reached), budget (what the run used in all).
    """
    rows = []
    for dataset, here in by_dataset(frame, metric, axis):
        goal = for_dataset(target, dataset, "target")
        found = tables.reaches(along(here, axis), metric, goal, rule=rule)
        ends = here.groupby("run", sort=False)[axis].last()
        for (run, key), end in zip(names_of(here), ends.tolist(), strict=True):
            rows.append((dataset, *key, goal, bool(np.isfinite(found[run])), found[run], float(end)))
    return table(rows, "dataset strategy seed target reached used budget")


def to_target(
    frame: "pd.DataFrame",
    metric: str,
    target: Targets,
    axes: Sequence[str] = ("labels", "money"),
    rule: Rule = "first",
    *,
    level: float = 0.9,
) -> "pd.DataFrame":
    """What it takes to reach a target; runs that did not are censored where they ended.

    Returns
    -------
    DataFrame
        dataset, strategy, axis, target, seeds, reached (how many), share with low and high, median (Kaplan
        & Meier) with low and high (NaN = beyond what was run), restricted (mean of what was used up to tau)
        with low and high, tau (the smallest end of the data set's runs that missed; what the slowest run
        used, when none did).
    """
    rows = []
    for axis in axes:
        found = reached(frame, metric, target, axis, rule)
        taus = {
            dataset: _until(column(runs, "used"), column(runs, "budget"))
            for dataset, runs in found.groupby("dataset", sort=False)
        }
        for dataset, strategy, runs in by_strategy(found):
            used, budgets = column(runs, "used"), column(runs, "budget")
            r = censored.reaching(used, budgets, tau=float(taus[dataset]), level=level)
            goal = float(runs["target"].iloc[0])
            shares = (r.share, r.share_low, r.share_high)
            medians = (r.median, r.median_low, r.median_high)
            means = (r.restricted, r.restricted_low, r.restricted_high)
            rows.append(
                (
                    dataset,
                    strategy,
                    axis,
                    goal,
                    r.n,
                    r.reached,
                    *map(number, shares + medians + means),
                    r.tau,
                )
            )
    return table(
        rows,
        "dataset strategy axis target seeds reached share share_low share_high median median_low median_high "
        "restricted restricted_low restricted_high tau",
    )


def seed_savings(
    frame: "pd.DataFrame",
    metric: str,
    target: Targets,
    twins: Mapping[str, str],
    axis: str = "labels",
    rule: Rule = "first",
) -> "pd.DataFrame":
    """Every seed by itself: what the strategy and its random twin needed.

    Returns
    -------
    DataFrame
        dataset, strategy, twin, seed, used, twin_used (NaN = not reached), saved (share of what the twin
        needed; NaN unless both reached the target), outcome ("better", "equal", "worse", "only strategy
        reached", "only twin reached", "neither reached").
    """
    rows = [
        (dataset, strategy, twin, seed, used, other, _saved(used, other), _outcome(used, other))
        for dataset, strategy, twin, pairs, _ in _reached_pairs(frame, metric, target, twins, axis, rule)
        for seed, used, other in pairs
    ]
    return table(rows, "dataset strategy twin seed used twin_used saved outcome")


def savings(
    frame: "pd.DataFrame",
    metric: str,
    target: Targets,
    twins: Mapping[str, str],
    axis: str = "labels",
    rule: Rule = "first",
    *,
    level: float = 0.9,
    seed: int = 0,
    resamples: int = 10_000,
) -> "pd.DataFrame":
    """Share saved against random over paired seeds, with an interval, and how single seeds fared.

    Returns
    -------
    DataFrame
        dataset, strategy, twin, axis, target, seeds (pairs), saving with low and high (0.5 = half of what
        random needs; negative = dearer; NaN when more than half of either arm missed the target), reason,
        tau, restricted and twin_restricted (means up to tau), reached, twin_reached, better, equal, worse
        (seeds; reaching the target alone is better), both (seeds in which both reached it), lowest and
        highest saving among those.
    """
    rows = []
    for dataset, strategy, twin, pairs, tau in _reached_pairs(frame, metric, target, twins, axis, rule):
        used, other = np.array([p[1:] for p in pairs]).T
        found = bootstrap.savings(used, other, tau, level=level, seed=seed, resamples=resamples)
        outcomes = [_outcome(a, b) for _, a, b in pairs]
        single = [s for _, a, b in pairs if np.isfinite(s := _saved(a, b))]
        rows.append(
            (
                *(dataset, strategy, twin, axis, for_dataset(target, dataset, "target"), found.n),
                *(number(found.value), number(found.low), number(found.high), found.reason, tau),
                *(found.active, found.passive),
                *(int(np.isfinite(used).sum()), int(np.isfinite(other).sum())),
                outcomes.count("better") + outcomes.count("only strategy reached"),
                outcomes.count("equal"),
                outcomes.count("worse") + outcomes.count("only twin reached"),
                *(len(single), min(single, default=NAN), max(single, default=NAN)),
            )
        )
    return table(
        rows,
        "dataset strategy twin axis target seeds saving low high reason tau restricted twin_restricted "
        "reached twin_reached better equal worse both lowest highest",
    )


def forecasts(
    frame: "pd.DataFrame",
    metric: str,
    target: Targets,
    axes: Sequence[str] = ("labels", "money"),
    rule: Rule = "first",
    *,
    level: float = 0.8,
) -> "pd.DataFrame":
    """What ONE future run on data like this may need: an interval for it, not for the mean.

    Returns
    -------
    DataFrame
        dataset, strategy, axis, target, seeds, reached (how many), low and high, low_reached and high_reached
        (False = that end is "not reached within the budget", its number NaN), wanted, level (the one the
        interval has), method, reason.
    """
    rows = []
    for axis in axes:
        lines = lines_of(frame, metric, axis)
        for dataset, strategy, runs in by_strategy(reached(frame, metric, target, axis, rule)):
            points = [x for x, _ in lines[dataset, strategy].values()]
            stepwise = axis == "labels" and rule != "interpolated"
            grid = np.unique(np.concatenate(points)).tolist() if stepwise else ()
            f = forecast(column(runs, "used"), level, grid=grid)
            there = [end is not None and bool(np.isfinite(end)) for end in (f.low, f.high)]
            ends = [number(end) if ok else NAN for end, ok in zip((f.low, f.high), there, strict=True)]
            goal = float(runs["target"].iloc[0])
            rows.append(
                (
                    *(dataset, strategy, axis, goal, f.n, f.reached, *ends, *there),
                    *(f.wanted, number(f.level), f.method, f.reason),
                )
            )
    return table(
        rows,
        "dataset strategy axis target seeds reached low high low_reached high_reached "
        "wanted level method reason",
    )


def _reached_pairs(
    frame: "pd.DataFrame", metric: str, target: Targets, twins: Mapping[str, str], axis: str, rule: Rule
) -> Iterator[tuple[str, str, str, list[tuple[int, float, float]], float]]:
    """Rows of dataset, strategy, twin, (seed, used, twin used) of the seeds both have, tau."""
    runs: dict[tuple[str, str], dict[int, tuple[float, float]]] = {}
    for row in reached(frame, metric, target, axis, rule).itertuples():
        runs.setdefault((row.dataset, row.strategy), {})[int(row.seed)] = (row.used, row.budget)
    for (dataset, strategy), ours in runs.items():
        twin = twins.get(strategy, "")
        theirs = runs.get((dataset, twin), {}) if twin != strategy else {}
        both = [s for s in ours if s in theirs]
        if both:
            ends = np.array([runs[s] for runs in (ours, theirs) for s in both])
            tau = _until(ends[:, 0], ends[:, 1])
            yield dataset, strategy, twin, [(s, ours[s][0], theirs[s][0]) for s in both], tau


def _until(used: Floats, budget: Floats) -> float:
    """How far all runs are known: to the smallest end of those that missed, or to the last that reached."""
    missed = np.isnan(used)
    return float(budget[missed].min() if missed.any() else used.max())


def _saved(used: float, other: float) -> float:
    return 1.0 - used / other if np.isfinite(used) and np.isfinite(other) and other > 0 else NAN


def _outcome(used: float, other: float) -> str:
    if np.isnan(used) or np.isnan(other):
        which = "neither" if np.isnan(used) and np.isnan(other) else "only twin"
        return f"{'only strategy' if not np.isnan(used) else which} reached"
    return "equal" if abs(used - other) <= 1e-9 else "better" if used < other else "worse"
