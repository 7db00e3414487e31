"""What finished projects of a study say: means with intervals, paired differences, who was judged rightly.

A project is a policy with a seed; all policies of a seed met the same rows, people and answers, so their
differences are paired.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from alcore.statistics import intervals
from alcore.statistics.intervals import Interval

Point: TypeAlias = Mapping[str, float | None]
Projects: TypeAlias = Mapping[
    tuple[str, int], Sequence[Point]
]  # by policy and seed, points in order of money
Kind: TypeAlias = Literal["better", "worse", "not told apart", "too few", "alone"]

LEVEL = 0.95
FEWEST = 5  # seeds below which nothing is claimed
APART = 0.03  # annotators whose shares of right answers differ by less are alike


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which policies are better than the plain one, all of them judged at once.

    Attributes
    ----------
    kind : "better": at least one surely is; "worse": none is, and some surely are worse; "alone": there is
        nothing to compare with
    best : the policy with the highest mean; where some surely are better, the highest of those
    differences : of every other policy, its mean difference with an interval
    seeds : pairs with a number, of the policy that has most
    level : of each interval, so that with 95% none of them misses
    """

    kind: Kind
    best: str
    differences: Mapping[str, Interval]
    seeds: int
    level: float


@dataclass(frozen=True, slots=True)
class Judged:
    """How well annotators were judged without knowing the truth, over all projects.

    Attributes
    ----------
    off : mean distance between estimate and true share of right answers
    held : share of the intervals that hold the true value: mean over projects, with its own interval
    level : what it should be
    order : share of pairs of annotators, truly apart, that were put in the right order
    """

    off: float
    held: Interval
    level: float
    order: float


def seeds_of(projects: Projects, policies: Sequence[str]) -> list[int]:
    """Seeds for which every one of these policies has ended."""
    every = sorted({seed for _, seed in projects})
    return [s for s in every if all((p, s) in projects for p in policies)]


def ends(projects: Projects, policy: str, column: str, seeds: Sequence[int]) -> list[float]:
    """A column's last value for each seed; NaN where it is not known."""
    return [_number(projects[policy, s][-1][column]) for s in seeds]


def end(projects: Projects, policy: str, column: str, seeds: Sequence[int], level: float = LEVEL) -> Interval:
    """The mean of `ends`, over the seeds in which it is known."""
    return _mean(ends(projects, policy, column, seeds), level)


def band(
    projects: Projects, policy: str, column: str, seeds: Sequence[int], level: float = LEVEL
) -> list[tuple[float, Interval]]:
    """The mean of a column with its interval at each point, with the mean of the money spent by then."""
    found = []
    for at in range(min((len(projects[policy, s]) for s in seeds), default=0)):
        money = float(np.mean([_number(projects[policy, s][at]["money"]) for s in seeds]))
        values = [_number(projects[policy, s][at][column]) for s in seeds]
        found.append((money, _mean(values, level)))
    return found


def difference(
    projects: Projects, one: str, other: str, column: str, seeds: Sequence[int], level: float = LEVEL
) -> Interval:
    """The mean paired difference at the end, first minus second."""
    gaps = np.subtract(ends(projects, one, column, seeds), ends(projects, other, column, seeds))
    return _mean(gaps.tolist(), level)


def verdict(
    projects: Projects, policies: Sequence[str], base: str, column: str = "accuracy", level: float = LEVEL
) -> Verdict:
    """Whether any policy beats `base`, with intervals wide enough to hold all at once (Bonferroni).

    Examples
    --------
    >>> made = {(p, s): [{"accuracy": v + s / 1000}]
    ...         for s in range(6) for p, v in (("one", 0.8), ("three", 0.9 - s / 500))}
    >>> found = verdict(made, ["one", "three"], "one")
    >>> found.kind, found.best, round(found.differences["three"].value, 3)
    ('better', 'three', 0.095)
    """
    seeds = seeds_of(projects, policies)
    others = [p for p in policies if p != base]
    each = 1.0 - (1.0 - level) / max(1, len(others))
    means = {p: end(projects, p, column, seeds).value if seeds else float("nan") for p in policies}
    known = {p: v for p, v in means.items() if np.isfinite(v)}
    gaps = {p: difference(projects, p, base, column, seeds, each) for p in others} if seeds else {}
    better = [p for p in gaps if surely_better(gaps[p])]
    best = max(better or known, key=lambda p: known[p], default=base)
    pairs = max((g.n for g in gaps.values()), default=len(seeds))
    kind: Kind = "not told apart"
    if not others or base not in policies:
        kind = "alone"
    elif pairs < FEWEST:
        kind = "too few"
    elif better:
        kind = "better"
    elif any(map(surely_worse, gaps.values())):
        kind = "worse"
    return Verdict(kind, best, gaps, pairs, each)


def surely_better(gap: Interval) -> bool:
    """Whether a paired difference is above 0, as far as enough pairs can tell."""
    return gap.n >= FEWEST and gap.low is not None and gap.low > 0


def surely_worse(gap: Interval) -> bool:
    """Whether a paired difference is below 0, as far as enough pairs can tell."""
    return gap.n >= FEWEST and gap.high is not None and gap.high < 0


def judged(people: Sequence[Mapping[str, Any]]) -> Judged | None:
    """How good the estimates of `calls.crowd_people` were; None where there is nothing to judge.

    Parameters
    ----------
    people : sequence of mapping
        An answer for each seed, with lists estimate, low, high, true (None = not known) and level.
    """
    off, held, orders = [], [], []
    for answer in people:
        names = ("estimate", "low", "high", "true")
        table = np.array([[_number(v) for v in answer[name]] for name in names])
        table = table[:, np.isfinite(table).all(axis=0)]
        estimate, low, high, true = table
        off += np.abs(estimate - true).tolist()
        if len(true):
            held.append(float(((low <= true) & (true <= high)).mean()))
        pairs = [(a, b) for a in range(len(true)) for b in range(a) if abs(true[a] - true[b]) > APART]
        orders += [(true[a] > true[b]) == (estimate[a] > estimate[b]) for a, b in pairs]
    if not off:
        return None
    order = float(np.mean(orders)) if orders else float("nan")
    return Judged(float(np.mean(off)), _share(held), float(people[0]["level"]), order)


def by_position(people: Sequence[Mapping[str, Any]]) -> list[tuple[float, Interval, float]]:
    """(position, share of wrong answers with its interval, assumed share) along the day: means over seeds.

    The position is the middle of a stretch of answers each annotator gave; stretches without an answer are
    left out.
    """
    found: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for answer in people:
        for first, last, n, wrong, assumed in answer["stretches"]:
            if n:
                found.setdefault((first, last), []).append((wrong / n, _number(assumed)))
    return [
        ((first + last) / 2, _share([wrong for wrong, _ in seeds]), float(np.mean([a for _, a in seeds])))
        for (first, last), seeds in sorted(found.items())
    ]


def _share(shares: Sequence[float], level: float = 0.9) -> Interval:
    """The mean over seeds of a share that each has: answers of one seed depend on each other."""
    if len(set(shares)) == 1:  # a spread of 0 over a few seeds would claim certainty
        return Interval(float(shares[0]), None, None, level, len(shares), "All seeds are alike; add seeds.")
    found = intervals.of_mean(shares, level)
    low, high = (None if end is None else min(1.0, max(0.0, end)) for end in (found.low, found.high))
    return replace(found, low=low, high=high)


def _mean(values: Sequence[float], level: float) -> Interval:
    known = [v for v in values if np.isfinite(v)]
    if not known:
        return Interval(float("nan"), None, None, level, 0, "It is not known for any seed.")
    return intervals.of_mean(known, level)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
