"""Experiment lint: what would make a comparison of strategies unfair, uncertain or impossible to repeat.

Each check looks at one thing and yields findings; `lint` runs them all. It reads specs and, when handed
over, logs and a few facts about the data.

>>> from alcore import Spec
>>> specs = {("moons", "margin", seed): Spec(seed=seed) for seed in range(5)}
>>> [finding.name for finding in lint(specs) if finding.severity == "error"]
['no random']
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from math import sqrt
from typing import Literal, TypeAlias, TypedDict, TypeVar

import numpy as np

from alcore.catalog import METRICS, STOPPING
from alcore.errors import SpecError, quoted
from alcore.outcomes.frames import Key
from alcore.spec import Choice, Spec
from alcore.types import Floats, Log

T = TypeVar("T")
Severity: TypeAlias = Literal["error", "warning", "note"]

SHOW, CLAIM = 10, 20  # seeds from which a comparison may be shown, and claimed
POINTS = 5  # of a curve, below which there is no curve
STANDARD_ERROR = 0.02  # of a score on the test rows, from which it hides what strategies differ by
NEARLY_ALL = 0.8  # of the pool: whatever is asked first, in the end everybody has the same labels
STRATEGY = {"acquisition", "adjust", "select", "committee", "seed"}  # what contenders may differ in
SERIOUS = {  # other fields: what it means when contenders differ in them
    "dataset": "They are scored on different data.",
    "setting": "They may ask different things.",
    "learner": "A difference may come from the learner, or how its fit starts, instead of what was asked.",
    "start": "They start from different labels.",
    "first": "They start from a different number of labels.",
    "oracle": "They hear different answers.",
    "test_share": "They are scored on different test rows.",
}
MILD = {
    "price": "Their money cannot be compared.",
    "stop": "They may end at different times for reasons other than the budget.",
    "stop_when": "They may end at different times for reasons other than the budget.",
    "batch": "They learn from each answer at different times.",
    "budget": "Their curves end at different places.",
    "budget_in": "Their budgets are counted differently.",
}


class Facts(TypedDict, total=False):
    """What is known of a data set; leave out what is not."""

    test_rows: int
    pool_rows: int
    ceiling: float  # the metric with every label of the pool known
    overlap: int  # test rows that are in the pool as well
    private: bool  # a visitor's own rows, which others do not have
    people: bool  # answered by people and not by an oracle


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know before believing a comparison.

    Attributes
    ----------
    severity : "error" (the comparison is not valid), "warning" (it may mislead) or "note"
    name : of the check
    sentence : what is the case
    advice : what to do about it
    datasets : where; empty = everywhere
    """

    severity: Severity
    name: str
    sentence: str
    advice: str
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """All of one data set."""

    dataset: str
    specs: Mapping[str, Mapping[int, Spec]]  # strategy -> seed -> spec
    logs: Mapping[str, Mapping[int, Log]]
    facts: Facts
    twins: Mapping[str, str] | None
    metric: str
    target: float | None

    def runs(self) -> Iterator[tuple[str, int, Log]]:
        for strategy, logs in self.logs.items():
            for seed, log in logs.items():
                if log.rounds:
                    yield strategy, seed, log

    def scores(self, place: int) -> Floats:
        """The metric in one round of each run that measured it there."""
        found = [log.rounds[place].metrics.get(self.metric) for _, _, log in self.runs()]
        return np.array([value for value in found if value is not None], np.float64)

    def found(self, severity: Severity, name: str, sentence: str, advice: str) -> Finding:
        return Finding(severity, name, sentence, advice, (self.dataset,))


def lint(
    specs: Mapping[Key, Spec],
    logs: Mapping[Key, Log] | None = None,
    facts: Mapping[str, Facts] | None = None,
    *,
    twins: Mapping[str, str] | None = None,
    metric: str = "accuracy",
    target: float | Mapping[str, float] | None = None,
) -> tuple[Finding, ...]:
    """Check an experiment before, while or after it runs.

    Parameters
    ----------
    specs : mapping
        (dataset, strategy, seed) -> spec, as they are compared.
    logs : mapping, optional
        The runs so far; checks that need them are left out without.
    facts : mapping, optional
        What is known of each data set.
    twins : mapping, optional
        Each strategy's random twin; by default any strategy that asks at random serves all.
    target : optional
        The score to reach, one for all data sets or one each.

    Returns
    -------
    tuple of Finding
        Worst first; the same finding on several data sets is one finding.

    Raises
    ------
    SpecError
        When there is no such metric.
    """
    if metric not in METRICS:
        raise SpecError(f"There is no metric named {quoted(metric)}; there are: {', '.join(METRICS)}")
    known, about = logs or {}, facts or {}
    found: list[Finding] = []
    for dataset in dict.fromkeys(key[0] for key in specs):
        goal = target.get(dataset) if isinstance(target, Mapping) else target
        case = _Case(
            dataset,
            _nested(specs, dataset),
            _nested(known, dataset),
            about.get(dataset, {}),
            twins,
            metric,
            goal,
        )
        found += [finding for check in CHECKS for finding in check(case)]
    found += _over_all(tuple(dict.fromkeys(key[0] for key in specs)))
    order: dict[str, int] = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(_joined(found), key=lambda f: order[f.severity]))


def _enough_seeds(case: _Case) -> Iterator[Finding]:
    n = min((len(seeds) for seeds in case.specs.values()), default=0)
    if n == 1:
        yield case.found(
            "error",
            "one seed",
            "There is a single seed, so a difference may be luck alone.",
            f"Run at least {SHOW} seeds; {CLAIM} before you claim anything.",
        )
    elif n < SHOW:
        yield case.found(
            "warning",
            "few seeds",
            f"There are {n} seeds, too few for a reliable interval.",
            f"Run at least {SHOW} seeds; {CLAIM} before you claim anything.",
        )
    elif n < CLAIM:
        yield case.found(
            "note",
            "few seeds",
            f"There are {n} seeds: enough to look at, few to claim anything.",
            f"Run {CLAIM} seeds before you claim that one strategy is better.",
        )


def _paired(case: _Case) -> Iterator[Finding]:
    sets = [frozenset(seeds) for seeds in case.specs.values()]
    if len(set(sets)) > 1:
        yield case.found(
            "warning",
            "unequal seeds",
            "Not every strategy ran with the same seeds; only the seeds both have are compared.",
            "Run all strategies with the same seeds.",
        )
    if any(spec.seed != mine.seed for mine, spec in _neighbours(case)):
        yield case.found(
            "error",
            "not paired",
            "Runs that are compared as pairs have different seeds: split, start and label noise differ.",
            "Give all strategies of a pair the same seed.",
        )


def _same_conditions(case: _Case) -> Iterator[Finding]:
    pairs = _differing(_with_twins(case))
    others = _differing(_neighbours(case)) - pairs
    for name in (field.name for field in fields(Spec)):
        what = name.replace("_", " ")
        if name in pairs:
            who = "The strategies" if case.twins is None else "A strategy and its random twin"
            yield case.found(
                "error" if name in SERIOUS else "warning",
                f"different {what}",
                f"{who} differ in more than what they ask: {what}. {(SERIOUS | MILD)[name]}",
                f"Use the same {what}, so that only the choice of rows differs.",
            )
        elif name in others:
            yield case.found(
                "warning",
                f"different {what}",
                f"The strategies do not share one {what}, though each does with its random twin.",
                "Compare what each saves against its own twin, not the heights of their curves.",
            )


def _random_there(case: _Case) -> Iterator[Finding]:
    by_chance = {
        name
        for name, seeds in case.specs.items()
        if any(s.acquisition.name == "random" for s in seeds.values())
    }
    others = [name for name in case.specs if name not in by_chance]
    alone = [
        name
        for name in others
        if (not by_chance if case.twins is None else case.twins.get(name, "") not in by_chance)
    ]
    if alone:
        who = "Nobody asks" if len(alone) == len(others) else f"For {_listed(alone)} nobody asks"
        yield case.found(
            "error",
            "no random",
            f"{who} at random, so there is nothing to tell whether choosing helps at all.",
            "Add random with the same seeds, start and batch.",
        )


def _twice(case: _Case) -> Iterator[Finding]:
    names: dict[tuple[Spec, ...], list[str]] = {}
    for name, seeds in case.specs.items():
        names.setdefault(tuple(seeds[s] for s in sorted(seeds)), []).append(name)
    for same in names.values():
        if len(same) > 1:
            yield case.found(
                "note",
                "same experiment",
                f"{_listed(same)} are the same experiment under different names.",
                "Leave one out, or change what should differ.",
            )


def _test_set(case: _Case) -> Iterator[Finding]:
    n = case.facts.get("test_rows")
    if n == 0 or (n is None and any(s.test_share == 0 for _, s in _neighbours(case))):
        yield case.found(
            "error" if n == 0 else "warning",
            "no test rows",
            "No rows are kept for testing, so nothing shows how good the learner is on rows it has not seen.",
            "Keep a third of the rows for testing; scores on the rows that were asked flatter or slander it.",
        )
    elif n and METRICS[case.metric].facts["high"] == 1.0:
        last = case.scores(-1)
        share = float(np.clip(last.mean(), 0.0, 1.0)) if len(last) else 0.5
        share = min(max(share, 1 / (n + 2)), 1 - 1 / (n + 2))
        error = sqrt(share * (1 - share) / n)
        if error > STANDARD_ERROR:
            at = f"a score of {share:.2f}" if len(last) else "a score"
            yield case.found(
                "warning",
                "small test set",
                f"There are {n} test rows: {at} has a standard error of about {error:.3f}.",
                f"Do not read differences below {2 * error:.2f} off one split; take more test rows or seeds.",
            )


def _test_in_pool(case: _Case) -> Iterator[Finding]:
    n = case.facts.get("overlap", 0)
    if n:
        yield case.found(
            "error",
            "test rows in the pool",
            f"{n} test rows are in the pool as well: the learner is scored on rows it was told.",
            "Keep test rows out of the pool.",
        )


def _pool_used_up(case: _Case) -> Iterator[Finding]:
    pool = case.facts.get("pool_rows", 0)
    asked = max((log.labels for _, _, log in case.runs()), default=0)
    if not asked:
        asked = max((int(s.budget) for _, s in _neighbours(case) if s.budget_in == "labels"), default=0)
    if pool and asked > NEARLY_ALL * pool:
        yield case.found(
            "warning",
            "pool used up",
            f"Up to {min(asked, pool)} of {pool} pool rows get labelled: in the end all know the same.",
            "Compare the early part of the curves, or take a smaller budget.",
        )


def _same_stretch(case: _Case) -> Iterator[Finding]:
    runs = list(case.runs())
    if not runs:
        return
    step = max(spec.batch for _, spec in _neighbours(case))
    for name, ends in (
        ("start", [len(log.rounds[0].asked) for _, _, log in runs]),
        ("end", [log.labels for _, _, log in runs]),
    ):
        slack = 0 if name == "start" else step
        if max(ends) - min(ends) > slack:
            yield case.found(
                "warning",
                f"curves {name} apart",
                f"Curves {name} at {min(ends)} to {max(ends)} labels; only what all cover is compared.",
                "Wait until all runs have ended." if name == "end" else "Start all runs alike.",
            )


def _metrics(case: _Case) -> Iterator[Finding]:
    measured = [{n for r in log.rounds for n in r.metrics if n in METRICS} for _, _, log in case.runs()]
    if any(case.metric not in names for names in measured):
        some = "Some runs" if any(case.metric in names for names in measured) else "The runs"
        yield case.found(
            "error",
            "metric not measured",
            f"{some} did not measure {METRICS[case.metric].label}.",
            "Choose a metric that all runs measured.",
        )
    elif len({frozenset(names) for names in measured}) > 1:
        yield case.found(
            "note",
            "different metrics",
            "Not all runs measured the same metrics.",
            "Compare only by a metric that all of them have.",
        )


def _target(case: _Case) -> Iterator[Finding]:
    if case.target is None:
        return
    sign = 1.0 if METRICS[case.metric].facts["better"] == "higher" else -1.0
    ceiling, label = case.facts.get("ceiling"), METRICS[case.metric].label
    if ceiling is not None and sign * case.target > sign * ceiling:
        yield case.found(
            "warning",
            "target above the ceiling",
            f"The target {case.target:g} is out of reach: with every label {label} is {ceiling:.3f}.",
            "Choose a target on this side of the ceiling, or a better learner.",
        )
    first = case.scores(0)
    there = int((sign * first >= sign * case.target).sum())
    if there:
        yield case.found(
            "warning",
            "target reached at the start",
            f"{there} of {len(first)} runs reach the target with the first labels, before any choice.",
            "Choose a harder target, or fewer first labels.",
        )


def _answers(case: _Case) -> Iterator[Finding]:
    if case.facts.get("people"):
        yield case.found(
            "note",
            "people answer",
            "People answer, and no run of theirs can be repeated exactly.",
            "Keep the query log: it replays the run.",
        )
    elif all(s.oracle == Choice("exact") for _, s in _neighbours(case)):
        yield case.found(
            "note",
            "no label noise",
            "Every answer is right here; people make mistakes, and hard rows bring more of them.",
            "Repeat with a noisy oracle, such as 5% wrong, before planning a project.",
        )


def _points(case: _Case) -> Iterator[Finding]:
    logged = [len(log) for _, _, log in case.runs()]
    plain = [s for _, s in _neighbours(case) if s.budget_in == "labels"]
    planned = [1 + max(0, -int(-(s.budget - s.first) // s.batch)) for s in plain]
    fewest = min(planned or logged, default=POINTS)
    if fewest < POINTS:
        yield case.found(
            "warning",
            "few points",
            f"A curve has only {fewest} points: the labels to a target are known to within a batch alone.",
            "Take a smaller batch, or a larger budget.",
        )


def _repeatable(case: _Case) -> Iterator[Finding]:
    if case.facts.get("private"):
        yield case.found(
            "note",
            "private data",
            "These rows are a visitor's own and stay in this visit; nobody else can repeat this.",
            "Keep the table and the specs together if you want to show the result.",
        )
    rules = dict.fromkeys(c.name for _, s in _neighbours(case) for c in s.stop)
    timed = [STOPPING[r].label for r in rules if "reproducible" in STOPPING[r].exempt]
    if timed:
        yield case.found(
            "warning",
            "not reproducible",
            f"The stopping rule {_listed(timed)} depends on the speed of the machine.",
            "Stop by labels, money or a rule that reads the learner.",
        )


Check: TypeAlias = Callable[[_Case], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (
    _random_there,
    _paired,
    _same_conditions,
    _test_in_pool,
    _test_set,
    _metrics,
    _enough_seeds,
    _same_stretch,
    _points,
    _target,
    _pool_used_up,
    _twice,
    _answers,
    _repeatable,
)


def _over_all(datasets: tuple[str, ...]) -> list[Finding]:
    if len(datasets) != 1:
        return []
    return [
        Finding(
            "note",
            "one data set",
            "Seeds are not data sets: what is found holds for this data set alone.",
            "Look at other data before you generalise.",
            datasets,
        )
    ]


def _neighbours(case: _Case) -> list[tuple[Spec, Spec]]:
    """Each spec with the first strategy's spec of the same seed."""
    first: dict[int, Spec] = {}
    return [
        (first.setdefault(seed, spec), spec) for seeds in case.specs.values() for seed, spec in seeds.items()
    ]


def _with_twins(case: _Case) -> list[tuple[Spec, Spec]]:
    """Each spec with its random twin's; with the first strategy's where nobody said who is whose twin."""
    if case.twins is None:
        return _neighbours(case)
    return [
        (case.specs[twin][seed], spec)
        for name, twin in case.twins.items()
        for seed, spec in case.specs.get(name, {}).items()
        if seed in case.specs.get(twin, {})
    ]


def _differing(pairs: list[tuple[Spec, Spec]]) -> set[str]:
    """Fields, other than those of a strategy, in which a pair differs."""
    names = {field.name for field in fields(Spec)} - STRATEGY
    return {name for one, other in pairs for name in names if getattr(one, name) != getattr(other, name)}


def _nested(runs: Mapping[Key, T], dataset: str) -> dict[str, dict[int, T]]:
    found: dict[str, dict[int, T]] = {}
    for (name, strategy, seed), run in runs.items():
        if name == dataset:
            found.setdefault(strategy, {})[seed] = run
    return found


def _joined(found: list[Finding]) -> list[Finding]:
    """Equal findings on several data sets as one."""
    joined: dict[Finding, tuple[str, ...]] = {}
    for finding in found:
        alone = replace(finding, datasets=())
        joined[alone] = (*joined.get(alone, ()), *finding.datasets)
    return [replace(finding, datasets=datasets) for finding, datasets in joined.items()]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
