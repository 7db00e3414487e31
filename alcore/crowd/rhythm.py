"""Sessions and breaks of a day: those that are planned beside those that would be best."""

from dataclasses import dataclass

import numpy as np

from alcore.crowd.fatigue import Day, Fatigue, day, plan

SHOWN = 240  # points of a curve, besides the ends of sessions
MARKED = 200  # breaks drawn at most


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A day as planned, and the best one under the same assumptions.

    Attributes
    ----------
    now, best : days
    curve, best_curve : (answers given, share of wrong answers) over the day
    breaks : answers after which there is a break now
    lengths : (minutes of work between two breaks, value of an hour) with the best day's breaks
    kept : the same with the breaks of now; empty when there are none or they are as long
    tires : whether errors grow at all
    """

    now: Day
    best: Day
    curve: tuple[tuple[float, float], ...]
    best_curve: tuple[tuple[float, float], ...]
    breaks: tuple[int, ...]
    lengths: tuple[tuple[float, float], ...]
    kept: tuple[tuple[float, float], ...]
    tires: bool


def rhythm(
    fatigue: Fatigue, session: int, pause: float, *, hours: float = 6.0, penalty: float = 0.0
) -> Rhythm:
    """Compare a rhythm with the best one.

    Parameters
    ----------
    fatigue : Fatigue
    session : int
        Answers between two breaks.
    pause : float
        Minutes of a break; 0 = there are no breaks.
    hours, penalty : float
        As in `alcore.crowd.fatigue.plan`.

    Examples
    --------
    >>> found = rhythm(Fatigue(0.05, 0.5, pace=50, seconds=10), 100, 0.0, hours=4, penalty=1)
    >>> found.best.breaks > 0, found.best.value > found.now.value, found.breaks
    (True, True, ())
    """
    most = max(1, int((hours * 3600.0 + 1e-6) / fatigue.seconds))
    own = min(session, most) if pause > 0 else most
    rest = pause if own < most else 0.0
    now = day(fatigue, own, rest, hours=hours, penalty=penalty)
    best, tried = plan(fatigue, hours=hours, penalty=penalty)
    if now.value > best.value:  # shorter sessions than are tried, as going back to work is not for free
        best = now

    def lengths(wanted: float) -> tuple[tuple[float, float], ...]:
        return tuple((d.session * fatigue.seconds / 60.0, d.value) for d in tried if d.pause == wanted)

    return Rhythm(
        now=now,
        best=best,
        curve=_curve(fatigue, now),
        best_curve=_curve(fatigue, best),
        breaks=tuple(range(own, now.answers, own))[:MARKED] if rest else (),
        lengths=lengths(best.pause),
        kept=lengths(pause) if rest and pause != best.pause else (),
        tires=fatigue.tired > fatigue.fresh,
    )


def _curve(fatigue: Fatigue, of: Day) -> tuple[tuple[float, float], ...]:
    at = np.linspace(0, of.answers - 1, SHOWN)
    turns = np.arange(of.session, of.answers, of.session)[:MARKED] if of.breaks else np.zeros(0)
    places = np.unique(np.concatenate([at, turns, turns - 1]).round().astype(np.int64))
    errors = fatigue.error(places, of.session, of.pause)
    return tuple(zip(places.astype(float).tolist(), errors.tolist(), strict=True))
