"""Fatigue: how errors grow over a session, what a break gives back, and how long a session should be.

All figures are assumptions of whoever plans, until gold questions have measured them (`estimate`). Tiredness
F goes from 0 (fresh) to 1; the error is e0 + (e1 - e0) F. An answer takes F to 1 - (1 - F) exp(-1 / pace), so
a fresh annotator errs at e0 + (e1 - e0) (1 - exp(-t / pace)) after t answers; a break of m minutes takes F to
F exp(-m / recovery).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alcore.errors import DataError, SpecError
from alcore.statistics.intervals import Numbers
from alcore.types import Floats, Ints

PAUSES = (2, 3, 5, 7, 10, 15, 20, 30, 45, 60)  # minutes tried, besides none
LENGTHS = 120  # session lengths tried, evenly spaced on a logarithmic scale


@dataclass(frozen=True, slots=True)
class Fatigue:
    """What is assumed of an annotator.

    Attributes
    ----------
    fresh, tired : share of wrong answers at the start, and after a very long session
    pace : answers after which 63% of the way from fresh to tired is gone
    seconds : for one answer
    recovery : minutes of break after which 63% of the tiredness is gone

    Raises
    ------
    SpecError
        When a rate is no share or a time is not above 0.
    """

    fresh: float = 0.03
    tired: float = 0.3
    pace: float = 200.0
    seconds: float = 15.0
    recovery: float = 10.0

    def __post_init__(self) -> None:
        for name in ("fresh", "tired"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise SpecError(f"{name} must be a share between 0 and 1, got {getattr(self, name)}")
        for name in ("pace", "seconds", "recovery"):
            if not 0.0 < getattr(self, name) < np.inf:
                raise SpecError(f"{name} must be above 0, got {getattr(self, name)}")

    def error(self, position: Numbers, session: int, pause: float = 0.0) -> Floats:
        """(n,) error at these positions of a day, the first being 0, with a break after every session.

        >>> Fatigue(0.05, 0.25, pace=100).error([0, 100], session=1000).round(4)
        array([0.05 , 0.1764])
        """
        at = np.asarray(position, np.int64)
        F = level(at, self.pace, session, self.relief(pause))
        return self.fresh + (self.tired - self.fresh) * F

    def relief(self, pause: float) -> float:
        """Share of the tiredness that a break of so many minutes takes away."""
        return float(-np.expm1(-pause / self.recovery))


@dataclass(frozen=True, slots=True)
class Day:
    """What a working day brings with one rhythm.

    Attributes
    ----------
    session : answers between two breaks
    pause : minutes of a break
    breaks : how many of them
    answers, correct : in the whole day; `correct` is an expectation
    error : expected share of wrong answers
    per_hour : correct answers for each hour, breaks included
    value : correct answers less the penalty for wrong ones, for each hour
    """

    session: int
    pause: float
    breaks: int
    answers: int
    correct: float
    error: float
    per_hour: float
    value: float


def level(position: Ints, pace: float, session: int, rest: float = 1.0) -> Floats:
    """(n,) tiredness from 0 to 1 before the answer at each position.

    Parameters
    ----------
    position : (n,) array of int
        Answers given before, on the whole day.
    pace : float
    session : int
        Answers between two breaks.
    rest : float
        Share of the tiredness a break takes away.
    """
    done, within = np.divmod(np.asarray(position, np.int64), session)
    return 1.0 - (1.0 - _start(done, pace, session, rest)) * np.exp(-within / pace)


def day(
    fatigue: Fatigue, session: int, pause: float = 0.0, *, hours: float = 8.0, penalty: float = 0.0
) -> Day:
    """A day of sessions of equal length with equal breaks; the last session may be cut short.

    Parameters
    ----------
    fatigue : Fatigue
    session : int
        Answers between two breaks.
    pause : float
        Minutes.
    hours : float
        From the first answer to the last, breaks included.
    penalty : float
        How many correct answers one wrong answer undoes; it shapes `value` alone.

    Raises
    ------
    SpecError
        When the day is too short for one answer, or a number makes no sense.
    """
    if session < 1 or pause < 0 or penalty < 0 or not 0 < hours < np.inf:
        raise SpecError("A session needs an answer, and a day some time; no pause or penalty is below 0")
    time = hours * 3600.0 + 1e-6
    full, left = divmod(time, session * fatigue.seconds + 60.0 * pause)
    last = min(session, int(left / fatigue.seconds))
    if not full and not last:
        raise SpecError("The day is too short for one answer; give it more hours")
    sizes = np.array([session] * int(full) + [last] * (last > 0), np.int64)
    rested = 1.0 - _start(np.arange(len(sizes)), fatigue.pace, session, fatigue.relief(pause))
    decay = np.expm1(-sizes / fatigue.pace) / np.expm1(-1.0 / fatigue.pace)  # sum of exp(-k / pace)
    answers = int(sizes.sum())
    wrong = answers * fatigue.tired - (fatigue.tired - fatigue.fresh) * float((rested * decay).sum())
    right = answers - wrong
    return Day(
        session=session,
        pause=pause,
        breaks=len(sizes) - 1 if pause > 0 else 0,
        answers=answers,
        correct=right,
        error=wrong / answers,
        per_hour=right / hours,
        value=(right - penalty * wrong) / hours,
    )


def plan(
    fatigue: Fatigue,
    *,
    hours: float = 8.0,
    penalty: float = 0.0,
    shortest: float = 20.0,
    pauses: Sequence[float] = PAUSES,
) -> tuple[Day, tuple[Day, ...]]:
    """The rhythm of a working day that brings most, and all that were tried.

    Without any growth of errors, one long session without a break is best. A wrong label counts as one
    correct label less, no more: raise the penalty where wrong labels do harm, and breaks pay earlier.

    Parameters
    ----------
    fatigue : Fatigue
    hours : float
        From the first answer to the last, breaks included.
    penalty : float
        How many correct answers one wrong answer undoes.
    shortest : float
        Minutes of work between two breaks, at least: the formula, which forgets that getting back to work
        takes a while, would have a break after every few answers.
    pauses : sequence of float
        Lengths of breaks to try, in minutes.

    Raises
    ------
    SpecError
        When the day is too short for one answer.
    """
    most = int((hours * 3600.0 + 1e-6) / fatigue.seconds)
    if most < 1:
        raise SpecError("The day is too short for one answer; give it more hours")
    least = min(most, max(1, int(np.ceil(60.0 * shortest / fatigue.seconds))))
    lengths = np.unique(np.geomspace(least, most, LENGTHS).round().astype(np.int64)).tolist()
    whole = day(fatigue, most, 0.0, hours=hours, penalty=penalty)
    tried = [whole] + [
        day(fatigue, n, m, hours=hours, penalty=penalty) for m in pauses if m > 0 for n in lengths if n < most
    ]
    best = max(tried, key=lambda d: (round(d.value, 9), -d.breaks))
    return best, tuple(tried)


def estimate(position: Numbers, wrong: Numbers, start: Fatigue | None = None) -> Fatigue:
    """Read fresh, tired and pace off gold questions, whose true answers are known.

    Parameters
    ----------
    position : (n,) numbers
        Answers given before each gold question in its session.
    wrong : (n,) of 0 and 1
        Whether it was answered wrongly.
    start : Fatigue, optional
        Where the search starts, and where seconds and recovery are taken from.

    Raises
    ------
    DataError
        When there are fewer than ten gold questions, or the two lists differ in length.

    Notes
    -----
    Maximum likelihood, with a pace between a twentieth and three times the longest session. Pace and tired
    can hardly be told apart by gold questions of sessions that are shorter than the pace.
    """
    from scipy.optimize import minimize

    at, failed = np.asarray(position, np.float64), np.asarray(wrong, np.float64)
    if at.shape != failed.shape or at.ndim != 1 or len(at) < 10:
        raise DataError(
            "At least ten gold questions are needed, each with its position and whether it failed"
        )
    guess = start or Fatigue()
    longest = max(1.0, float(at.max()))

    def surprise(theta: Floats) -> float:
        e = theta[0] + (theta[1] - theta[0]) * -np.expm1(-at / np.exp(theta[2]))
        return -float((failed * np.log(e) + (1.0 - failed) * np.log1p(-e)).sum())

    bounds = [(1e-4, 1.0 - 1e-4)] * 2 + [(np.log(longest / 20.0), np.log(longest * 3.0))]
    third = int(np.ceil(len(at) / 3))
    order = np.argsort(at, kind="stable")
    ends = np.clip([failed[order[:third]].mean(), failed[order[-third:]].mean()], 0.01, 0.99)
    starts = [[*ends, np.log(longest / share)] for share in (10.0, 3.0, 1.0)]
    found = min(
        (minimize(surprise, x, method="L-BFGS-B", bounds=bounds) for x in starts), key=lambda f: f.fun
    )
    fresh, tired, pace = found.x
    return Fatigue(float(fresh), float(tired), float(np.exp(pace)), guess.seconds, guess.recovery)


def _start(done: Ints, pace: float, session: int, rest: float) -> Floats:
    """Tiredness at the start of a session after `done` others: F' = (1 - rest) (1 - (1 - F) q), from 0."""
    q, kept = np.exp(-session / pace), 1.0 - rest
    limit = kept * (1.0 - q) / (1.0 - kept * q)
    return limit * (1.0 - (kept * q) ** done)
