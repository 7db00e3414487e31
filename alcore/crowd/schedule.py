"""When a team will be done: from hours, days, breaks and answers for each row to a date with an interval."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, Literal

import numpy as np

from alcore.crowd.design import Design
from alcore.crowd.fatigue import day
from alcore.errors import SpecError
from alcore.params import Param, Range, Text, params_of, settle
from alcore.rng import stream
from alcore.types import Floats, Ints
from alcore.workdays import first_day, working_day

DRAWS = 400
LONGEST = 1500  # working days after which nobody waits any longer
SHOWN = 60  # points of the curve of progress
ASSUMPTIONS: tuple[str, ...] = (
    "Whoever is free takes the next row, and nobody answers a row twice.",
    "Every annotator is faster or slower than assumed by one factor on all days; the factors of different "
    "annotators are unrelated.",
    "Days are missed independently of each other; holidays and hiring are left out.",
    'An answer of "can\'t say" takes as long and costs as much as any other.',
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """What is to be done, and when people work.

    Parameters
    ----------
    goal : float
        Rows that are to have a label, or money that is to be spent.
    goal_in : str
        What the goal counts.
    repeats : int
        Answers for each row, by different annotators.
    hours : float
        From the first answer of a working day to its last, breaks included.
    week : int
        Working days in a week, beginning on Monday.
    uneven : float
        How far people's pace is from what is assumed: 0.2 = two of three are within 20%.
    away : float
        Share of working days that each annotator misses.
    first_day : str
        The first day, such as 2030-01-31; empty = today.

    Raises
    ------
    SpecError
        When a number is out of its limits or the first day is no date.
    """

    goal: Annotated[float, Range(1.0, 1_000_000.0)] = 30_000.0
    goal_in: Literal["rows", "money"] = "rows"
    repeats: Annotated[int, Range(1, 9)] = 3
    hours: Annotated[float, Range(0.5, 16.0)] = 6.0
    week: Annotated[int, Range(1, 7)] = 5
    uneven: Annotated[float, Range(0.0, 1.0)] = 0.2
    away: Annotated[float, Range(0.0, 0.8)] = 0.05
    first_day: Annotated[str, Text(10)] = ""

    def __post_init__(self) -> None:
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        for name, value in settle(PARAMS, given, "The schedule").items():
            object.__setattr__(self, name, value)
        _ = self.begins(date.min)

    def begins(self, today: date) -> date:
        """The first day."""
        return first_day(self.first_day, today)


PARAMS: tuple[Param, ...] = params_of(Schedule)


@dataclass(frozen=True, slots=True)
class Finish:
    """When a team will be done, over simulated projects; None = not within `LONGEST` working days.

    Attributes
    ----------
    low, middle, high : working days
    first : date of the first working day
    dates : last day, for low, middle and high
    level : share of the simulated projects between low and high
    rows : with a label; `answers` and `money` in all; `hours` of all people, breaks included
    error : expected share of wrong answers in the middle project, with this rhythm
    per_day : answers of the whole team on a day on which all are there
    progress : (working day, low, middle, high) of the goal reached by then, from 0 to 1
    reason : why there is no date; "" when there is one
    """

    low: int | None
    middle: int | None
    high: int | None
    first: date
    dates: tuple[date | None, date | None, date | None]
    level: float
    rows: float
    answers: float
    money: float
    hours: float
    error: float
    per_day: float
    progress: tuple[tuple[int, float, float, float], ...]
    reason: str = ""


def finish(
    schedule: Schedule,
    design: Design,
    n_classes: int = 2,
    *,
    today: date,
    level: float = 0.9,
    draws: int = DRAWS,
    seed: int = 0,
) -> Finish:
    """Simulate the project many times: who is how fast, and who is away when.

    Parameters
    ----------
    schedule : Schedule
    design : Design
        Its prices, seconds, "can't say", breaks and fatigue.
    n_classes : int
        What guessing is among.
    today : date
        Where a schedule without a first day begins.
    level : float
        Share of the projects that the interval holds.
    draws, seed : int

    Raises
    ------
    SpecError
        When there are fewer annotators than answers for each row, or the day is too short for one answer.

    Notes
    -----
    The interval holds what is drawn: paces and absences. That the assumptions are wrong it does not hold.
    """
    crowd = design.crowd(n_classes)
    n, k = len(crowd.names), schedule.repeats
    if k > n:
        raise SpecError(f"{k} answers for each row need {k} annotators; there are {n}")
    if schedule.goal_in == "money" and not crowd.price.any():
        raise SpecError("Nobody is paid, so no money will ever be spent; count rows, or set a price")
    days = [_day(design, a, n_classes, schedule.hours) for a in range(n)]
    daily, errors = (np.array(column, np.float64) for column in zip(*days, strict=True))
    silent = np.array(design.of("abstains")) if design.people == "simulated" else np.zeros(n)
    draw = stream(seed, "schedule")
    pace = np.exp(schedule.uneven * draw.standard_normal((draws, n)))
    done, worked = np.zeros((draws, n)), np.full(draws, np.inf)
    curve = [np.zeros(draws)]
    present = np.zeros((draws, n))
    while not np.isfinite(worked).all() and len(curve) <= LONGEST:
        here = draw.random((draws, n)) >= schedule.away
        present += here * np.isinf(worked)[:, None]
        done = done + pace * daily * here
        reached = _share(schedule, done, crowd.price, silent)
        worked = np.where(np.isinf(worked) & (reached >= 1.0 - 1e-9), len(curve), worked)
        curve.append(np.minimum(1.0, reached))
    low, middle, high = (_quantile(worked, q) for q in ((1 - level) / 2, 0.5, (1 + level) / 2))
    first = working_day(schedule.begins(today), 1, schedule.week)
    ends = [None if d is None else working_day(first, d, schedule.week) for d in (low, middle, high)]
    rows, given = _needed(schedule, daily, crowd.price, silent)
    reason = "" if high is not None else (
        f"Not within {LONGEST:,} working days in more than {(1 - level) / 2:.0%} of the simulated projects."
    )  # fmt: skip
    return Finish(
        low=low,
        middle=middle,
        high=high,
        first=first,
        dates=(ends[0], ends[1], ends[2]),
        level=level,
        rows=rows,
        answers=float(given.sum()),
        money=float(given @ crowd.price),
        hours=float(np.median(present.sum(axis=1))) * schedule.hours,
        error=float(given @ errors / given.sum()),
        per_day=float(daily.sum()),
        progress=_thinned(curve[: LONGEST + 1 if high is None else high + 1], level),
        reason=reason,
    )


def rows_of(capacity: Floats, answers: int) -> Floats:
    """(n,) rows that get so many answers each when nobody answers a row twice.

    The most rows r for which the annotators, each giving at most r answers, have answers * r to give.

    Parameters
    ----------
    capacity : (n, R) array
        Answers that each annotator can give.
    answers : int
        At most R.

    Examples
    --------
    >>> rows_of(np.array([[10.0, 4.0, 2.0]]), 2)  # the first could give more, but to no new row
    array([6.])
    """
    ordered = np.sort(np.asarray(capacity, np.float64), axis=1)[:, ::-1]
    left = ordered.sum(axis=1)
    best = np.full(len(ordered), np.inf)
    for m in range(answers):  # the m fastest answer every row, the others give what they can
        best = np.minimum(best, left / (answers - m))
        left = left - ordered[:, m]
    return best


def _day(design: Design, annotator: int, n_classes: int, hours: float) -> tuple[float, float]:
    """Answers of a day, and the share that is wrong."""
    fatigue = design.fatigue(annotator, n_classes)
    most = max(1, int(hours * 3600.0 / fatigue.seconds))
    session = design.session if design.pause > 0 and design.people == "simulated" else most
    pause = design.pause if design.people == "simulated" else 0.0
    found = day(fatigue, session, pause if session < most else 0.0, hours=hours)
    return float(found.answers), found.error


def _share(schedule: Schedule, capacity: Floats, price: Floats, silent: Floats) -> Floats:
    """(n,) how much of the goal is reached with these answers."""
    rows = rows_of(capacity, schedule.repeats)
    given = _given(capacity, rows, schedule.repeats)
    if schedule.goal_in == "money":
        return given @ price / schedule.goal
    return rows * _labelled(given, silent, schedule.repeats) / schedule.goal


def _given(capacity: Floats, rows: Floats, repeats: int) -> Floats:
    """(n, R) answers that each gives: the fast ones no more than there are rows."""
    given = np.minimum(capacity, rows[:, None])
    total = given.sum(axis=1, keepdims=True)
    return np.divide(given * (repeats * rows)[:, None], total, out=np.zeros_like(given), where=total > 0)


def _labelled(given: Floats, silent: Floats, repeats: int) -> Floats:
    """(n,) share of the rows for which at least one can say."""
    total = given.sum(axis=1)
    mute = np.divide(given @ silent, total, out=np.zeros_like(total), where=total > 0)
    return 1.0 - mute**repeats


def _needed(schedule: Schedule, daily: Floats, price: Floats, silent: Floats) -> tuple[float, Floats]:
    """Rows with a label, and (R,) answers of each, of a project in which all goes as assumed."""
    one = rows_of(daily[None], schedule.repeats)
    given = _given(daily[None], one, schedule.repeats)
    days = 1.0 / float(_share(schedule, daily[None], price, silent)[0])
    labelled = float(_labelled(given, silent, schedule.repeats)[0])
    return float(one[0]) * labelled * days, given[0] * days


def _quantile(worked: Floats, share: float) -> int | None:
    """A number of days that this share of the projects needs at most; None where that is without end."""
    found = np.sort(worked)[max(0, int(np.ceil(share * len(worked))) - 1)]
    return int(found) if np.isfinite(found) else None


def _thinned(curve: list[Floats], level: float) -> tuple[tuple[int, float, float, float], ...]:
    at: Ints = np.unique(np.linspace(0, len(curve) - 1, SHOWN).round().astype(np.int64))
    found = []
    for d in at.tolist():
        ends = np.quantile(curve[d], [(1 - level) / 2, 0.5, (1 + level) / 2])
        found.append((d, *(round(float(e), 5) for e in ends)))
    return tuple(found)
