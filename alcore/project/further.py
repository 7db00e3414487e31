"""What follows from an estimate: ladder, break-even, single projects, what matters, what lies beyond."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from alcore import outcomes
from alcore.catalog import DATASETS
from alcore.comparison import Comparison
from alcore.errors import SpecError
from alcore.outcomes.frames import column, number, table
from alcore.project.estimate import Estimate, Outlook, between, estimate, needed, priced, simulated
from alcore.project.value import PARAMS, Project
from alcore.spec import Choice, Spec
from alcore.statistics import growth
from alcore.statistics.growth import Extrapolation
from alcore.tables import Rule
from alcore.types import Floats

if TYPE_CHECKING:
    import pandas as pd

Side: TypeAlias = Literal["low", "high"]
STEPS = 6  # targets of a ladder
FURTHEST = 3.0  # times the labels that were simulated, beyond which nothing is said
CHANGE = 0.2  # of wage and time
NOISIER = 0.05
LADDER = "target strategy seeds reached " + " ".join(
    f"{axis} {axis}_low {axis}_high" for axis in ("labels", "cost", "days")
)


def ladder(
    project: Project,
    frame: "pd.DataFrame",
    twins: Mapping[str, str],
    targets: Sequence[float] | None = None,
    *,
    rule: Rule = "first",
    level: float = 0.8,
) -> "pd.DataFrame":
    """What each further step of the target costs, for every strategy.

    Parameters
    ----------
    targets : sequence of float, optional
        By default about six round scores that the curves pass, and the project's own.

    Returns
    -------
    DataFrame
        target, strategy, seeds, reached; labels, cost and days as the median with the ends of the prediction
        interval for one project (NaN = not reached, or no number); level, reason.
    """
    goals = _steps(project, frame) if targets is None else list(targets)
    wide, rows = priced(project, frame, twins), []
    for goal in goals:
        cells: dict[str, list[float]] = {}
        facts: dict[str, tuple[int, int, float, str]] = {}
        for axis in ("labels", "cost", "days"):
            found = outcomes.reached(wide, project.metric, goal, axis, rule)
            for strategy, runs in found.groupby("strategy", sort=False):
                used = column(runs, "used")
                ends = needed(used, level)
                cells.setdefault(str(strategy), []).extend(map(_shown, (ends.middle, ends.low, ends.high)))
                facts.setdefault(str(strategy), (ends.n, ends.reached, number(ends.level), ends.reason))
        rows += [
            (goal, name, *facts[name][:2], *numbers, *facts[name][2:]) for name, numbers in cells.items()
        ]
    return table(rows, f"{LADDER} level reason")


@dataclass(frozen=True, slots=True)
class BreakEven:
    """When active learning has earned what it cost to set up; infinite = never.

    Attributes
    ----------
    projects : projects of this size, each of which saves the same; a low end of 0 is no lower end at all,
        where random often missed the target
    labels : labels random would have needed in them
    reason : why there is no number
    """

    projects: Outlook
    labels: Outlook
    reason: str = ""


def break_even(found: Estimate) -> BreakEven:
    """How many projects like this one, or how large a one, earn the engineering cost.

    The saving of each simulated project before engineering is taken to repeat itself in all of them.
    """
    low, high = found.pairs.saved("cost")
    low, high = low + found.project.engineering, high + found.project.engineering
    fewest, most = _times(found.project.engineering, high), _times(found.project.engineering, low)
    needed = np.where(np.isnan(found.pairs.passive["labels"]), inf, found.pairs.passive["labels"])
    ends = found.pairs.passive_end["labels"]
    with np.errstate(invalid="ignore"):
        least = np.where(np.isfinite(needed), needed, ends) * fewest
        largest = np.where(most == 0, 0.0, needed * most)
    reason = found.saving.reason if found.saving.low is None else ""
    level = found.saving.wanted
    return BreakEven(between(fewest, most, level, reason), between(least, largest, level, reason), reason)


def distribution(found: Estimate) -> "pd.DataFrame":
    """Every simulated project by itself.

    Returns
    -------
    DataFrame
        seed; labels and twin_labels, days and twin_days (NaN = not reached); saving (share of labels; NaN
        unless both reached the target) with saving_low and saving_high, between which it lies; saved_cost
        likewise; outcome.
    """
    pairs = found.pairs
    a, r = pairs.active["labels"], pairs.passive["labels"]
    share, cost = pairs.share(), pairs.saved("cost")
    rows = [
        (
            int(seed),
            a[i],
            r[i],
            *_known(share, i),
            *_known(cost, i),
            pairs.active["days"][i],
            pairs.passive["days"][i],
            _outcome(float(a[i]), float(r[i])),
        )
        for i, seed in enumerate(pairs.seeds.tolist())
    ]
    return table(
        rows,
        "seed labels twin_labels saving saving_low saving_high saved_cost saved_cost_low saved_cost_high "
        "days twin_days outcome",
    )


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing changed, to see how much the answer hangs on it.

    Attributes
    ----------
    name : a stable word for it
    factor, side : what is changed, and whether it becomes less or more
    label : the change in words
    project : with the change
    comparison : the runs to make for it; None where the base's runs will do
    """

    name: str
    factor: str
    label: str
    side: Side
    project: Project
    comparison: Comparison | None = None


def sensitivity(project: Project, comparison: Comparison, *, seeds: int = 6) -> tuple[Variant, ...]:
    """What to change, one thing at a time; money and time need no new runs, the rest few.

    Parameters
    ----------
    comparison : Comparison
        The one the estimate was made of, see `simulated`.
    seeds : int
        Paired runs of each variant that needs runs.
    """
    found = []
    for factor, name in (("Wage", "wage"), ("Seconds per label", "seconds")):
        for side, times in (("low", 1 - CHANGE), ("high", 1 + CHANGE)):
            value = getattr(project, name) * times
            label = f"{'−' if side == 'low' else '+'}{CHANGE:.0%}"
            found.append(_changed(project, f"{name}_{side}", factor, label, side, {name: value}))
    for side, noise in (("low", project.noise - NOISIER), ("high", project.noise + NOISIER)):
        noise = min(max(noise, 0.0), 0.5)
        if noise != project.noise:
            variant = _changed(
                project, f"noise_{side}", "Label noise", f"{noise:.0%} wrong", side, {"noise": noise}
            )
            rebuilt = _noisier(variant.project, comparison, seeds)
            found.append(replace(variant, comparison=rebuilt))
    base = comparison.base
    for side, batch in (("low", base.batch // 5), ("high", base.batch * 5)):
        if 1 <= batch <= base.budget and batch != base.batch:
            found.append(
                _run(
                    project,
                    comparison,
                    f"batch_{side}",
                    "Batch size",
                    f"{batch} at a time",
                    side,
                    seeds,
                    batch=batch,
                )
            )
    half = 1.0 - (1.0 - base.test_share) / 2
    if half <= 0.9:
        found.append(
            _run(project, comparison, "pool_low", "Pool", "half as many rows", "low", seeds, test_share=half)
        )
    if twice := _twice(base):
        found.append(
            _run(project, comparison, "pool_high", "Pool", "twice as many rows", "high", seeds, dataset=twice)
        )
    return tuple(found)


def tornado(
    project: Project,
    frame: "pd.DataFrame",
    twins: Mapping[str, str],
    strategy: str,
    variants: Sequence[Variant],
    results: Mapping[str, "pd.DataFrame"],
    *,
    rule: Rule = "first",
) -> "pd.DataFrame":
    """How far each change moves the saving.

    Variants with runs of their own are set beside the base on the same seeds, so that the luck of the seeds
    does not pass for an effect.

    Parameters
    ----------
    results : mapping
        Name of a variant to the curves of its runs; those still missing are left open.

    Returns
    -------
    DataFrame
        factor, label, side, name, seeds, saving (median share of labels), saved_cost (median money, all
        costs included), change (of saved_cost against the base on the same seeds), known, reason; the factor
        that moves most comes first.
    """
    rows = []
    for variant in variants:
        runs = frame if variant.comparison is None else results.get(variant.name)
        if runs is None or runs.empty:
            rows.append(_row(variant, None, None, "Not simulated yet."))
            continue
        names = dict(twins) if variant.comparison is None else dict(variant.comparison.twins)
        if names.get(strategy, strategy) == strategy:
            rows.append(_row(variant, None, None, f"{strategy} was not simulated here."))
            continue
        changed = estimate(variant.project, runs, names, strategy, rule=rule)
        same = frame[frame["seed"].isin(changed.pairs.seeds)]
        base = estimate(project, same, twins, strategy, rule=rule)
        why = "" if changed.saved_cost.middle is not None else changed.saving.reason
        if changed.saved_cost.middle is None and changed.saving.low is not None:
            why = "Too many runs missed the target to have a middle."
        rows.append(_row(variant, changed, base, why))
    found = table(rows, "factor label side name seeds saving saved_cost change known reason")
    widest = found.groupby("factor", sort=False)["change"].transform(lambda c: c.abs().max()).fillna(-1.0)
    return (
        found.assign(_w=widest)
        .sort_values("_w", ascending=False, kind="stable")
        .drop(columns="_w")
        .reset_index(drop=True)
    )


@dataclass(frozen=True, slots=True)
class Beyond:
    """Labels to a target that was not simulated, from where the curves are heading.

    Attributes
    ----------
    active, passive : see `alcore.statistics.growth.Extrapolation`; their labels are None beyond `most`
    most : labels beyond which nothing is said
    reason : what falls short; "" when nothing does
    """

    active: Extrapolation
    passive: Extrapolation
    most: float
    reason: str = ""


def beyond(
    project: Project,
    frame: "pd.DataFrame",
    twins: Mapping[str, str],
    strategy: str,
    *,
    target: float | None = None,
    level: float = 0.8,
) -> Beyond:
    """How many labels a target may take that lies beyond the pilot: ``a - b n^-c`` through the mean curves.

    Nothing is said beyond three times the labels that were simulated, nor where more than one in ten of the
    refitted curves ends below the target.

    Raises
    ------
    SpecError
        When there are fewer than three rounds, or the strategy is not there.
    """
    goal = project.target if target is None else target
    here = frame[frame["metric"] == project.metric]
    found, last = [], 0.0
    for name in (strategy, twins[strategy]):
        wide = here[here["strategy"] == name].pivot_table(index="seed", columns="labels", values="value")
        wide = wide.dropna(axis=1)
        if wide.shape[0] < 1 or wide.shape[1] < 3:
            raise SpecError(f"Too few rounds of {name} have been simulated to see where its curve is heading")
        labels = wide.columns.to_numpy(np.float64)
        last = max(last, float(labels[-1]))
        found.append(growth.extrapolate(labels, wide.to_numpy(np.float64), goal, level=level))
    most = FURTHEST * last
    said = [_within(e, most) for e in found]
    reason = next((e.reason for e in said if e.reason), "")
    return Beyond(said[0], said[1], most, reason)


# ---------------------------------------------------------------------------------------- parts


def _steps(project: Project, frame: "pd.DataFrame") -> list[float]:
    """About six round scores that the curves pass, and the target itself."""
    here = frame[frame["metric"] == project.metric]
    if here.empty:
        return [project.target]
    runs = here.groupby(["strategy", "seed"], sort=False)["value"]
    low = float(runs.first().median())
    high = float(runs.max().groupby(level="strategy").median().max())
    width = max((high - low) / STEPS, 1e-3)
    step = next(s for s in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if s >= width or s == 0.2)
    goals = np.arange(np.ceil(low / step + 1e-9), np.floor(high / step + 1e-9) + 1) * step
    return sorted({*np.round(goals, 4).tolist(), project.target})


def _shown(value: float | None) -> float:
    """A finite number, or NaN."""
    return float(value) if value is not None and isfinite(value) else float("nan")


def _times(cost: float, saved: Floats) -> Floats:
    """How many times a saving fits into a cost; infinite where nothing is saved."""
    if cost == 0:
        return np.zeros(len(saved))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(saved > 0, cost / saved, inf)


def _known(ends: tuple[Floats, Floats], i: int) -> tuple[float, float, float]:
    low, high = float(ends[0][i]), float(ends[1][i])
    return (low if low == high else float("nan")), low, high


def _outcome(a: float, r: float) -> str:
    if np.isnan(a) or np.isnan(r):
        missed = {(True, True): "neither reached", (False, True): "only strategy reached"}
        return missed.get((bool(np.isnan(a)), bool(np.isnan(r))), "only twin reached")
    return "better" if a < r else "worse" if a > r else "equal"


def _changed(
    project: Project, name: str, factor: str, label: str, side: str, change: Mapping[str, float]
) -> Variant:
    limits = {p.name: p.range for p in PARAMS}
    changed: dict[str, Any] = {}
    for field, value in change.items():
        limit = limits[field]
        changed[field] = min(max(value, limit.low), limit.high) if limit else value
    return Variant(name, factor, label, "low" if side == "low" else "high", replace(project, **changed))


def _run(
    project: Project,
    comparison: Comparison,
    name: str,
    factor: str,
    label: str,
    side: str,
    seeds: int,
    **changes: object,
) -> Variant:
    """A variant whose runs differ in the base."""
    changed = replace(comparison, base=replace(comparison.base, **changes), seeds=seeds)  # type: ignore[arg-type]
    return Variant(name, factor, label, "low" if side == "low" else "high", project, changed)


def _noisier(project: Project, comparison: Comparison, seeds: int) -> Comparison:
    base = simulated(project, comparison.base, ()).base
    return replace(comparison, base=base, seeds=seeds)


def _twice(base: Spec) -> Choice | None:
    """The dataset with twice the rows, where it can be drawn larger."""
    param = (
        {p.name: p for p in DATASETS[base.dataset.name].params}.get("rows")
        if base.dataset.name in DATASETS
        else None
    )
    if param is None or param.range is None:
        return None
    given = dict(base.dataset.params)
    rows = 2 * int(given.get("rows", param.default))  # type: ignore[arg-type]
    return Choice.of(base.dataset.name, **{**given, "rows": rows}) if rows <= param.range.high else None


def _row(
    variant: Variant, changed: Estimate | None, base: Estimate | None, reason: str
) -> tuple[object, ...]:
    saving = saved = change = float("nan")
    if changed is not None and base is not None:
        saving, saved = number(changed.saving.middle), number(changed.saved_cost.middle)
        change = saved - number(base.saved_cost.middle)
    seeds = changed.n if changed else 0
    known = bool(np.isfinite(change))
    head = (variant.factor, variant.label, variant.side, variant.name)
    return (*head, seeds, saving, saved, change, known, reason)


def _within(found: Extrapolation, most: float) -> Extrapolation:
    """The extrapolation without what lies too far out to be said."""
    if found.labels is None or found.labels <= most:
        far = found.high is not None and found.high > most
        return replace(found, high=None) if far else found
    reason = f"It would take more than {most:,.0f} labels, too far beyond the simulated ones to say how many."
    return replace(found, labels=None, low=None, high=None, reason=reason)
