"""The privacy ledger: what the rounds of a run have given away together, three ways to add it up.

Every draw is a release of its own, and losses add up over draws and over rounds: basic composition adds
them, advanced composition and zCDP allow a small chance `delta` that the promise fails and grow with the root
of the number of draws only. All three are true at once, so the smallest counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from alcore.privacy.promise import Spending, spending
from alcore.spec import Spec
from alcore.types import Log

Accounting: TypeAlias = Literal["best", "basic", "advanced", "zcdp"]
DELTA = 1e-5
MOST = 1_000_000  # rounds looked ahead
READ = ("each", "releases", "next", "bounded")  # signals of a log, after "private_"


def basic(releases: float, each: float) -> float:
    """Epsilon of so many releases when their losses are added; no delta is needed.

    >>> basic(20, 0.1)
    2.0
    """
    return releases * each if releases and each else 0.0


def advanced(releases: float, each: float, delta: float = DELTA) -> float:
    """Epsilon of so many releases by advanced composition.

    Notes
    -----
    ``each sqrt(2 releases ln(1/delta)) + releases each (exp(each) - 1)``: better than `basic` only for many
    releases of small epsilon. Source: Dwork, Rothblum & Vadhan 2010.

    Examples
    --------
    >>> round(advanced(20, 0.1), 3)
    2.356
    """
    if not releases or not each:
        return 0.0
    with np.errstate(over="ignore"):
        drift = releases * each * np.expm1(each)
    return float(each * np.sqrt(2.0 * releases * np.log(1.0 / delta)) + drift)


def zcdp(releases: float, each: float, delta: float = DELTA, *, bounded: bool = True) -> float:
    """Epsilon of so many releases by zero-concentrated differential privacy.

    Parameters
    ----------
    releases : float
    each : float
        Epsilon of one release.
    delta : float
    bounded : bool
        Whether a release has bounded range, as the exponential mechanism and one-shot Gumbel have: it then
        spends ``each^2 / 8`` of the zCDP budget, and else ``each^2 / 2``.

    Notes
    -----
    A budget rho means ``rho + 2 sqrt(rho ln(1/delta))``. Source: Bun & Steinke 2016; for bounded range Dong,
    Durfee & Rogers 2020 and Cesar & Rogers 2021.

    Examples
    --------
    >>> round(zcdp(20, 0.1), 3), round(zcdp(20, 0.1, bounded=False), 3)
    (1.098, 2.246)
    """
    rho = releases * each**2 / (8.0 if bounded else 2.0) if releases and each else 0.0
    return from_rho(rho, delta)


def from_rho(rho: float, delta: float = DELTA) -> float:
    """Epsilon of a zCDP budget."""
    return float(rho + 2.0 * np.sqrt(rho * np.log(1.0 / delta)))


def spent(
    releases: float,
    each: float,
    delta: float = DELTA,
    accounting: Accounting = "best",
    *,
    bounded: bool = True,
) -> float:
    """Epsilon of so many releases by one way to add up, or by the best of them."""
    ways = _ways(delta, bounded)
    if accounting != "best":
        return ways[accounting](releases, each)
    return min(way(releases, each) for way in ways.values())


@dataclass(frozen=True, slots=True)
class Entry:
    """The ledger after a round: everything spent so far.

    Attributes
    ----------
    round : its number, 0 for the cold start
    labels : rows asked so far
    releases : draws so far that looked at the data
    basic, advanced, zcdp : epsilon by each way to add up
    best : the smallest of them, which is what was spent
    """

    round: int
    labels: int
    releases: int
    basic: float
    advanced: float
    zcdp: float
    best: float


def statement(spec: Spec, log: Log, delta: float = DELTA) -> tuple[Entry, ...]:
    """The ledger of a run, one entry for each of its rounds.

    The first round draws by lot and spends nothing. Every later one is charged as a whole batch, even one in
    which lots go on because fewer than two classes are labelled: that they do tells of the labels. Infinite
    where the spec's strategy promises nothing.
    """
    return tuple(
        _entry(number, labels, releases, spending(spec), delta)
        for number, (labels, releases) in enumerate(_counted(spec, log))
    )


def forecast(spec: Spec, delta: float = DELTA) -> tuple[Entry, ...]:
    """The ledger as it will be if the spec's budget of labels is asked to the end in full batches."""
    one = spending(spec)
    entries, labels, number = [], min(spec.first, int(spec.budget)), 0
    while True:
        entries.append(_entry(number, labels, number * one.releases, one, delta))
        if labels >= int(spec.budget) or number >= MOST:
            return tuple(entries)
        labels, number = min(labels + spec.batch, int(spec.budget)), number + 1


def affordable(
    one: Spending, total: float, delta: float = DELTA, accounting: Accounting = "best"
) -> int | None:
    """Whole rounds that can be paid for; None where they cost nothing, or more than a million.

    >>> affordable(Spending(10, 0.1, True), 2.0, accounting="basic")
    2
    """
    if _after(one, MOST, delta, accounting) <= total:
        return None
    low, high = 0, MOST  # what `low` rounds cost can be paid, what `high` rounds cost cannot
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _after(one, middle, delta, accounting) <= total else (low, middle)
    return low


def exhausted(log: Log, total: float, delta: float, accounting: Accounting) -> str:
    """Why another whole round would spend more than the total, by the log's signals; "" when it would not."""
    if not log.rounds:
        return ""
    now = log.rounds[-1].signals
    each, done, coming, bounded = (now.get(f"private_{name}", np.nan) for name in READ)
    if np.isnan([each, done, coming, bounded]).any():
        return f"what has been spent of {total:g} epsilon is not known: the log holds no account of it"
    if np.isinf(each):
        return "the choice of rows keeps no promise of privacy: choose a private selector"
    if spent(done + coming, each, delta, accounting, bounded=bounded > 0) <= total:
        return ""
    used = spent(done, each, delta, accounting, bounded=bounded > 0)
    return f"{used:.3g} of {total:g} epsilon is spent, and another round would take more than is left"


def signal_of(name: str, spec: Spec, log: Log) -> float:
    """One of the numbers that `exhausted` reads from a log, as they are after its last round."""
    one = spending(spec)
    numbers = {
        "private_releases": float(_counted(spec, log)[-1][1]),
        "private_next": float(one.releases),
        "private_each": one.each,
        "private_bounded": float(one.bounded),
    }
    return numbers[name]


def _ways(delta: float, bounded: bool) -> dict[str, Callable[[float, float], float]]:
    return {
        "basic": basic,
        "advanced": lambda releases, each: advanced(releases, each, delta),
        "zcdp": lambda releases, each: zcdp(releases, each, delta, bounded=bounded),
    }


def _after(one: Spending, rounds: int, delta: float, accounting: Accounting) -> float:
    return spent(rounds * one.releases, one.each, delta, accounting, bounded=one.bounded)


def _counted(spec: Spec, log: Log) -> list[tuple[int, int]]:
    """(labels, releases) after each round."""
    one, labels, releases, found = spending(spec), 0, 0, []
    for number, turn in enumerate(log.rounds):
        labels += len(turn.asked)
        if number and turn.asked:
            releases += one.releases
        found.append((labels, releases))
    return found


def _entry(number: int, labels: int, releases: int, one: Spending, delta: float) -> Entry:
    sums = {name: way(releases, one.each) for name, way in _ways(delta, one.bounded).items()}
    return Entry(number, labels, releases, **sums, best=min(sums.values()))
