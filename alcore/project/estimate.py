"""From finished paired runs to what one future project may need, with and without active learning."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import floor, inf, isfinite
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from alcore import outcomes
from alcore.comparison import Comparison, Contender
from alcore.errors import SpecError
from alcore.project.value import HOUR, Project
from alcore.spec import Choice, Spec
from alcore.statistics import bootstrap, intervals
from alcore.statistics.forecast import forecast
from alcore.statistics.intervals import Interval
from alcore.tables import Rule
from alcore.types import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

Verdict: TypeAlias = Literal[
    "saves",
    "saves labels only",
    "not told apart",
    "does not save",
    "at the start",
    "random missed",
    "active missed",
    "both missed",
    "too few",
]
AXES = ("labels", "items", "cost", "hours", "days")
FEWEST = 5  # pairs below which no verdict is given
CHANCE = 0.9  # level of the intervals around shares of seeds


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one future project may bring: a prediction interval.

    Attributes
    ----------
    low, high : ends; infinite = open, such as a target that is not reached; None where no number is possible
    middle : the median of the simulated projects; None where too many missed the target to have one
    level, wanted : the level the interval has at least, and the one asked for
    n, reached : simulated projects, and in how many of them the number is known
    reason : what falls short; "" when nothing does
    """

    low: float | None
    high: float | None
    middle: float | None
    level: float | None
    wanted: float
    n: int
    reached: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one way of labelling needs to reach the target; test items and fixed costs are in all but labels.

    Attributes
    ----------
    labels : items to learn from, the first ones included
    items : these and the test items
    cost, hours, days : money in all, hours of all people, calendar days
    n, missed : simulated projects, and how many of them missed the target
    """

    strategy: str
    labels: Outlook
    items: Outlook
    cost: Outlook
    hours: Outlook
    days: Outlook
    n: int
    missed: int


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """What both arms of each seed needed; NaN = not reached within what was run.

    Attributes
    ----------
    seeds : (n,)
    active, passive : by axis, (n,) what was needed
    active_end, passive_end : by axis, (n,) where the runs ended
    """

    seeds: Ints
    active: Mapping[str, Floats]
    passive: Mapping[str, Floats]
    active_end: Mapping[str, Floats]
    passive_end: Mapping[str, Floats]

    def saved(self, axis: str) -> tuple[Floats, Floats]:
        """(n,) the least and the most that each seed saved: equal where both arms reached the target."""
        a, r = self.active[axis], self.passive[axis]
        low = np.where(np.isnan(r), self.passive_end[axis], r) - a
        high = r - np.where(np.isnan(a), self.active_end[axis], a)
        return np.where(np.isnan(low), -inf, low), np.where(np.isnan(high), inf, high)

    def share(self, axis: str = "labels") -> tuple[Floats, Floats]:
        """(n,) the least and the most of what random needs that each seed saved."""
        a, r = self.active[axis], self.passive[axis]
        low = 1.0 - a / np.where(np.isnan(r), self.passive_end[axis], r)
        high = 1.0 - np.where(np.isnan(a), self.active_end[axis], a) / r
        return np.where(np.isnan(low), -inf, low), np.where(np.isnan(high), 1.0, high)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Active learning beside random labelling, over paired simulated projects.

    Attributes
    ----------
    strategy, twin : names in the frame; the second is the random one it is paired with
    n : pairs
    active, passive : what each needs
    saving : share of the labels saved in one future project; negative = more were needed
    saved_labels, saved_cost, saved_days : what random needs minus what the strategy needs, all costs included
    average : the mean saving with its confidence interval
    better, equal, worse, neither : seeds; reaching the target alone is better
    chance : that one project saves labels: share of the seeds that surely did
    pays : that it saves money, the engineering cost included
    at_start : seeds whose first labels reached the target already
    budget : labels that were simulated at most
    verdict : "saves" and "does not save" only where the interval of `chance` lies above or below a half; "not
        told apart" where it holds a half
    pairs : the seeds one by one
    """

    project: Project
    dataset: str
    strategy: str
    twin: str
    metric: str
    target: float
    n: int
    active: Plan
    passive: Plan
    saving: Outlook
    saved_labels: Outlook
    saved_cost: Outlook
    saved_days: Outlook
    average: bootstrap.Savings
    better: int
    equal: int
    worse: int
    neither: int
    chance: Interval
    pays: Interval
    at_start: int
    budget: float
    verdict: Verdict
    pairs: Pairs = field(repr=False, compare=False)

    @property
    def label(self) -> str:
        """The strategy's name as a sentence begins with it."""
        return self.strategy[:1].upper() + self.strategy[1:]


def simulated(
    project: Project,
    base: Spec,
    recipes: tuple[str, ...] = ("hybrid",),
    *,
    seeds: int = 20,
    budget: float | None = None,
) -> Comparison:
    """The paired runs to make for an estimate.

    The oracle errs as often as labels are wrong after the majority and the checks: for two classes, drawing
    the answers of all annotators and taking their majority has the same outcome. Money is worked out
    afterwards, so that another wage needs no new run.

    Parameters
    ----------
    base : Spec
        Data, learner, first labels and batch.
    recipes : tuple of str
        Names of the strategies; random is always there.
    budget : float, optional
        Labels at most; the base's own when left out.
    """
    error = round(project.error, 6)
    oracle = Choice.of("noisy", rate=error) if error > 0 else Choice("exact")
    changed = replace(base, oracle=oracle, price=Choice("flat"), stop=(), budget_in="labels")
    changed = changed if budget is None else replace(changed, budget=budget)
    return Comparison(changed, tuple(Contender.recipe(r) for r in recipes if r != "random"), seeds=seeds)


def priced(project: Project, frame: "pd.DataFrame", twins: Mapping[str, str]) -> "pd.DataFrame":
    """The frame with what each run had used up after each round, test items and fixed costs included.

    Parameters
    ----------
    frame : DataFrame
        From `alcore.outcomes.curves` or `assemble`.
    twins : mapping
        Strategy to its random twin; random ones are their own, or are left out.

    Returns
    -------
    DataFrame
        With further columns items, cost, hours and days, which serve as an axis of any outcome.
    """
    import pandas as pd

    columns = ("items", "cost", "hours", "days")
    if frame.empty:
        return frame.assign(**{name: pd.Series(dtype=np.float64) for name in columns})
    run = frame.groupby(["dataset", "strategy", "seed"], sort=False).ngroup()
    steps = frame.assign(run=run)[["run", "strategy", "round", "labels"]].drop_duplicates(["run", "round"])
    steps = steps.sort_values(["run", "round"])
    labels = steps["labels"].to_numpy(np.float64)
    start = ~steps["run"].duplicated().to_numpy()
    active = np.array([twins.get(s, s) != s for s in steps["strategy"]], bool)
    batch = np.where(start, labels + project.test_labels, np.diff(labels, prepend=0.0))
    shift = np.ceil(batch * project.effort / project.annotators - 1e-9) * project.seconds / HOUR
    waited = pd.Series(shift + np.where(start, 0.0, project.wait)).groupby(steps["run"].to_numpy()).cumsum()
    items = labels + project.test_labels
    at_once = np.ceil(items * project.effort / project.annotators - 1e-9) * project.seconds / HOUR
    working = np.where(active, waited.to_numpy(), at_once)
    rounds = steps["round"].to_numpy(np.float64)
    steps = steps.assign(
        items=items,
        cost=items * project.price + active * (project.engineering + rounds * project.round_cost),
        hours=items * project.effort * project.seconds / HOUR,
        days=[project.calendar(h) for h in working.tolist()],
    )
    wide = frame.assign(run=run).merge(steps[["run", "round", *columns]], on=["run", "round"], how="left")
    return wide.drop(columns="run").set_axis(frame.index)


def estimate(
    project: Project,
    frame: "pd.DataFrame",
    twins: Mapping[str, str],
    strategy: str,
    *,
    rule: Rule = "first",
    level: float = 0.8,
) -> Estimate:
    """What one future project may need, from paired runs on one data set.

    Parameters
    ----------
    frame : DataFrame
        Curves of finished runs.
    strategy : str
        Its name in the frame; `twins` says which random run it is paired with.
    rule : str
        When the target counts as reached, see `alcore.tables.reaches`.

    Raises
    ------
    SpecError
        When the frame holds several data sets, or the strategy has no twin.
    """
    twin = _twin(twins, strategy)
    dataset = _one_dataset(frame)
    here = frame[frame["strategy"].isin([strategy, twin])]
    pairs = _pairs(project, here, twins, strategy, rule)
    n = len(pairs.seeds)
    a, r = pairs.active["labels"], pairs.passive["labels"]
    low, high = pairs.saved("labels")
    better, worse = int((low > 0).sum()), int((high < 0).sum())
    equal = int(((low == 0) & (high == 0)).sum())
    paid = int((pairs.saved("cost")[0] > 0).sum())
    reason = _censored(a, r)
    first = here[(here["round"] == 0) & (here["metric"] == project.metric) & (here["strategy"] == twin)]
    first = first[first["seed"].isin(pairs.seeds)]
    at_start = int((first["value"] >= project.target - 1e-12).sum())
    tau = float(min(pairs.active_end["labels"].min(), pairs.passive_end["labels"].min())) if n else 1.0
    known = intervals.of_share if n else _nothing
    found = Estimate(
        project=project,
        dataset=dataset,
        strategy=strategy,
        twin=twin,
        metric=project.metric,
        target=project.target,
        n=n,
        active=_plan(pairs, strategy, True, level),
        passive=_plan(pairs, twin, False, level),
        saving=between(*pairs.share(), level, reason),
        saved_labels=between(*pairs.saved("labels"), level, reason),
        saved_cost=between(*pairs.saved("cost"), level, reason),
        saved_days=between(*pairs.saved("days"), level, reason),
        average=bootstrap.savings(a, r, tau) if n else bootstrap.savings([np.nan], [np.nan], tau),
        better=better,
        equal=equal,
        worse=worse,
        neither=int((np.isnan(a) & np.isnan(r)).sum()),
        chance=known(better, n, CHANCE),
        pays=known(paid, n, CHANCE),
        at_start=at_start,
        budget=float(max(pairs.active_end["labels"].max(), pairs.passive_end["labels"].max())) if n else 0.0,
        verdict="too few",
        pairs=pairs,
    )
    return replace(found, verdict=_verdict(found))


def estimates(
    project: Project,
    frame: "pd.DataFrame",
    twins: Mapping[str, str],
    *,
    rule: Rule = "first",
    level: float = 0.8,
) -> tuple[Estimate, ...]:
    """An estimate of every strategy in the frame that has a twin there, the most useful first.

    First come those that miss the target least often, among these those with the larger saving in the middle.
    """
    there = dict.fromkeys(frame["strategy"].tolist())
    named = [s for s in there if twins.get(s, s) != s and twins[s] in there]
    found = [estimate(project, frame, twins, s, rule=rule, level=level) for s in named]
    return tuple(sorted(found, key=_rank, reverse=True))


def between(low: Floats, high: Floats, level: float = 0.8, reason: str = "") -> Outlook:
    """The prediction interval of a number that is known for some seeds, and lies in a range for the others.

    From the r-th smallest of the least to the r-th largest of the most. The true numbers lie in between, so
    the interval is at least as wide as that of their order statistics and keeps its level
    (n + 1 - 2r) / (n + 1), whatever their distribution.

    Parameters
    ----------
    low, high : (n,) arrays
        The least and the most each seed's number can be; equal where it is known.
    reason : str
        Why there is to be no number.

    Examples
    --------
    >>> found = between(np.arange(20.0), np.arange(20.0))
    >>> found.low, found.high, found.middle, round(found.level, 2)
    (1.0, 18.0, 9.5, 0.81)
    """
    n, known = len(low), int((low == high).sum())
    if reason or n < 2:
        return Outlook(None, None, None, None, level, n, known, reason or ONE)
    r = max(1, floor((n + 1) * (1 - level) / 2 + 1e-9))
    has = (n + 1 - 2 * r) / (n + 1)
    least, most = np.sort(low), np.sort(high)
    middle = [float(x[(n - 1) // 2] + x[n // 2]) / 2 for x in (least, most)]
    sure = middle[0] == middle[1] and isfinite(middle[0])
    return Outlook(
        float(least[r - 1]),
        float(most[n - r]),
        middle[0] if sure else None,
        has,
        level,
        n,
        known,
        "" if has >= level - 1e-12 else few(n, level),
    )


ONE = "One simulated project says nothing about the next one; run more seeds."


def few(n: int, level: float) -> str:
    """What to say when n seeds are too few for the level."""
    return f"{n} simulated projects are few: {int(np.ceil(2 / (1 - level) - 1 - 1e-9))} give {level:.0%}."


def _nothing(hits: int, n: int, level: float) -> Interval:
    return Interval(float("nan"), None, None, level, 0, "No simulated project has ended yet.")


def _twin(twins: Mapping[str, str], strategy: str) -> str:
    if twins.get(strategy, strategy) == strategy:
        raise SpecError(f"{strategy} has no random twin to be compared with")
    return twins[strategy]


def _one_dataset(frame: "pd.DataFrame") -> str:
    names = [str(name) for name in dict.fromkeys(frame["dataset"].tolist())]
    if len(names) > 1:
        raise SpecError("An estimate is made for one data set at a time; choose one of: " + ", ".join(names))
    return names[0] if names else ""


def _pairs(
    project: Project, here: "pd.DataFrame", twins: Mapping[str, str], strategy: str, rule: Rule
) -> Pairs:
    twin, wide = twins[strategy], priced(project, here, twins)
    used: dict[str, tuple[Floats, Floats]] = {}
    ends: dict[str, tuple[Floats, Floats]] = {}
    seeds: Ints = np.zeros(0, np.int64)
    for axis in AXES:
        found = outcomes.reached(wide, project.metric, project.target, axis, rule)
        arms = [found[found["strategy"] == name].set_index("seed") for name in (strategy, twin)]
        both = sorted(set(arms[0].index) & set(arms[1].index))
        seeds = np.array(both, np.int64)
        a, r = (arm.loc[both] for arm in arms)
        used[axis] = a["used"].to_numpy(np.float64), r["used"].to_numpy(np.float64)
        ends[axis] = a["budget"].to_numpy(np.float64), r["budget"].to_numpy(np.float64)
    return Pairs(
        seeds,
        *({axis: each[arm] for axis, each in kind.items()} for kind in (used, ends) for arm in (0, 1)),
    )


def _plan(pairs: Pairs, strategy: str, active: bool, level: float) -> Plan:
    used = pairs.active if active else pairs.passive
    missed = int(np.isnan(used["labels"]).sum())
    found = {axis: needed(used[axis], level) for axis in AXES}
    return Plan(strategy=strategy, n=len(pairs.seeds), missed=missed, **found)


def needed(used: Floats, level: float = 0.8) -> Outlook:
    """What one future run may need; NaN = not reached. No number where more than half missed the target."""
    n, reached = len(used), int(np.isfinite(used).sum())
    if n < 2 or reached < n / 2:
        reason = ONE if n < 2 else f"The target was not reached in {n - reached} of {n} simulated projects."
        return Outlook(None, None, None, None, level, n, reached, reason)
    found = forecast(used, level)
    middle = float(np.median(np.where(np.isnan(used), inf, used)))
    return Outlook(
        found.low,
        found.high,
        middle if isfinite(middle) else None,
        found.level,
        level,
        n,
        reached,
        few(n, level) if found.reason else "",
    )


def _censored(a: Floats, r: Floats) -> str:
    """Why there is no saving to speak of: more than half of either arm missed the target."""
    missed = [int(np.isnan(x).sum()) for x in (a, r)]
    if not len(a) or max(missed) <= len(a) / 2:
        return ""
    who = "both" if min(missed) > len(a) / 2 else "active learning" if missed[0] > missed[1] else "random"
    return f"Too few reached the target: {who} missed it in more than half of the simulated projects."


def _verdict(found: Estimate) -> Verdict:
    half = found.n / 2
    if found.n < FEWEST:
        return "too few"
    if found.at_start > half:
        return "at the start"
    missed = (found.active.missed > half, found.passive.missed > half)
    if any(missed):
        return "both missed" if all(missed) else "active missed" if missed[0] else "random missed"
    low, high = found.chance.low, found.chance.high
    if low is None or high is None or low <= 0.5 <= high:  # a fair coin could have done it
        return "not told apart"
    if high < 0.5:
        return "does not save"
    return "saves" if found.pays.value > 0.5 else "saves labels only"


def _rank(found: Estimate) -> tuple[float, float, float]:
    middle = found.saving.middle
    return -found.active.missed, -inf if middle is None else middle, found.better
