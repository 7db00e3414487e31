"""How long an experiment will take here: a round is tried on its own data, the rest is arithmetic."""

import math
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from alcore.loop import answer, begin, load, price_of, priced, step
from alcore.rng import stream
from alcore.spec import Spec
from alcore.types import Data, Floats, Ints, Log, Query, Round

SMALL = 300  # candidates of the first trial, which is to be short whatever comes after it
ENOUGH = 1.0  # seconds: after a trial that took as long no dearer one is made
RECENT = 5  # rounds whose pace is that of the rounds to come


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the rounds of an experiment take, as tried here and now.

    Attributes
    ----------
    rounds : how many there will be
    first, last : seconds of a round with the first labels, and with nearly all
    total : seconds of all rounds, and of those of the passive run beside them
    at_least : whether the trial was cut short, so that all this is the least to expect
    """

    rounds: int
    first: float
    last: float
    total: float
    at_least: bool = False

    @property
    def slowest(self) -> float:
        """Seconds of the slowest round."""
        return max(self.first, self.last)


def tried(spec: Spec, data: Data | None = None) -> Pace:
    """Make one round early and one late in the run, on labels drawn at random, and see how long they take.

    Nothing of this is kept. A round that is slow on a small part of the pool is not tried on all of it.

    Examples
    --------
    >>> pace = tried(Spec())
    >>> pace.rounds, pace.first < pace.total
    (19, True)
    """
    data = priced(spec, load(spec) if data is None else data)
    few, many = min(spec.first, len(data.train)), _labels(spec, data)
    n_rounds = 1 + math.ceil(max(0, many - few) / spec.batch)
    late = max(few, many - spec.batch)

    def both(first: float, last: float, passive: float = 0.0, *, at_least: bool) -> Pace:
        return Pace(n_rounds, first, last, n_rounds * ((first + last) / 2 + passive), at_least)

    small = min(len(data.train), few + SMALL)
    first = _seconds(spec, data, few, small)
    if first > ENOUGH:
        return both(first, first, at_least=True)
    if small < len(data.train):
        first = _seconds(spec, data, few, len(data.train))
    if first > ENOUGH:
        return both(first, first, at_least=True)
    last = _seconds(spec, data, late, len(data.train))
    alone = spec == spec.passive() or last > ENOUGH
    return both(
        first,
        last,
        0.0 if alone else _seconds(spec.passive(), data, late, len(data.train)),
        at_least=False,
    )


def seconds_left(spec: Spec, log: Log, pool: int) -> float:
    """Computing that a run still needs if it goes on as it did of late; NaN before its second round.

    Parameters
    ----------
    pool : int
        Rows that can be asked about in all.
    """
    recent = log.rounds[1:][-RECENT:]
    if not recent:
        return math.nan
    used = sum(len(r.asked) if spec.budget_in == "labels" else sum(r.costs) for r in recent) / len(recent)
    spent = log.labels if spec.budget_in == "labels" else log.spent
    asked = sum(len(r.asked) for r in recent) / len(recent)
    rounds = [(spec.budget - spent) / used] * (used > 0) + [(pool - log.labels) / asked] * (asked > 0)
    return max(0.0, min(rounds, default=0.0)) * sum(r.seconds for r in recent) / len(recent)


def _labels(spec: Spec, data: Data) -> int:
    """About how many labels the budget buys."""
    pool = len(data.train)
    if spec.budget_in == "labels":
        return max(1, min(int(spec.budget), pool))
    priced = price_of(spec)
    rows = data.train[: min(pool, 1000)]
    known = np.maximum(data.y[rows], 0).astype(np.float64)
    mean = float(priced(data.cost[rows], known).mean())
    return max(1, min(pool, int(spec.budget / mean) if mean > 0 else pool))


def _seconds(spec: Spec, data: Data, labels: int, pool: int) -> float:
    """One round of the spec with so many random labels known, on so many rows of the pool."""
    rows = stream(spec.seed, "pace").permutation(data.train)[:pool]
    part = replace(data, train=np.sort(rows), initial=rows[:0])
    at = rows[: min(labels, len(rows) - 1)]
    budget = float(len(at) + spec.batch)
    whole = replace(spec, budget=budget, budget_in="labels", stop=())
    run = begin(whole, _known(whole, part, at), data=part)
    began = perf_counter()
    step(run)
    return perf_counter() - began


def _known(spec: Spec, data: Data, rows: Ints) -> Log:
    """A log that says these rows were asked first."""
    ids = rows.reshape(-1, 1)
    codes: Floats = answer(begin(spec, data=data), Query(ids, np.zeros(len(ids)), np.zeros(len(ids))))
    asked = tuple((row,) for row in rows.tolist())
    nothing = (0.0,) * len(rows)
    return Log((Round(0, asked, tuple((c,) for c in codes.tolist()), nothing, nothing, {}),))
