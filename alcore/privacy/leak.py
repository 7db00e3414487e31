"""The leak test: how much a mechanism really gives away, measured on two pools that differ in one record.

The same mechanism chooses from both pools many thousand times. How much likelier an outcome is on one pool
than on the other is what a watcher can learn; its logarithm must not pass the epsilon that was claimed. A
measurement can prove that a claim is broken; that it holds can only be proved on paper, and a pass says that
these two pools, made to be as bad as can be, do not break it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from alcore.errors import SpecError, quoted
from alcore.privacy.mechanisms import (
    exponential_picks,
    gumbel_picks,
    laplace,
    laplace_picks,
    noisy_max_picks,
)
from alcore.rng import stream
from alcore.types import Floats, Ints

NEIGHBOURS = ("one", "all")
SLACK = 0.05  # of a measured log-ratio from 200,000 runs
RARE = 0.005  # outcomes rarer than this on both pools are put together: too few to measure
OUTCOMES = 40  # batches told apart; beyond, an outcome is how often the changed row was asked
WORK = 2_000_000  # random numbers drawn at a time
MOST_WORK = 200_000_000  # and in all: more runs than that are not made


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a watcher can see, and how often it was seen on either pool.

    Attributes
    ----------
    name : in words
    here, there : share of the runs on the one pool and on its neighbour
    ratio : absolute log-ratio of the two; inf when it was never seen on one of them
    low, high : its confidence interval, which holds for all outcomes together
    """

    name: str
    here: float
    there: float
    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Leak:
    """What was measured, beside what was claimed.

    Attributes
    ----------
    mechanism : its name
    claimed : epsilon it claims for everything that was seen
    measured : largest absolute log-ratio of an outcome; inf when one was seen on one pool only
    low, high : confidence bounds of the largest log-ratio
    breaks : whether even the lower bound is above the claim
    runs : on each pool
    outcomes : the largest log-ratio first
    """

    mechanism: str
    claimed: float
    measured: float
    low: float
    high: float
    breaks: bool
    runs: int
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One that can be put to the test.

    Attributes
    ----------
    draw : ``(scores, generator, runs, picks, reach, each)`` to (runs, picks) positions
    claim : ``(each, picks, calls)`` to the epsilon it claims for all calls together
    """

    draw: Callable[[Floats, np.random.Generator, int, int, float, float], Ints]
    claim: Callable[[float, int, int], float]


def _per_pick(each: float, picks: int, calls: int) -> float:
    return each * picks * calls


def _deck(scores: Floats, rng: np.random.Generator, runs: int, k: int, reach: float, each: float) -> Ints:
    noisy = scores + laplace(rng.random((runs, len(scores)))) / each
    return np.argsort(-noisy, axis=1, kind="stable")[:, :k]


MECHANISMS: Mapping[str, Mechanism] = {
    "gumbel_top": Mechanism(
        lambda s, rng, runs, k, reach, each: gumbel_picks(s, rng.random((runs, len(s))), k, reach, each),
        _per_pick,
    ),
    "exponential": Mechanism(
        lambda s, rng, runs, k, reach, each: exponential_picks(s, rng.random((runs, k)), k, reach, each),
        _per_pick,
    ),
    "noisy_max": Mechanism(
        lambda s, rng, runs, k, reach, each: noisy_max_picks(
            s, rng.random((runs, k, len(s))), k, reach, each
        ),
        _per_pick,
    ),
    "laplace_top": Mechanism(
        lambda s, rng, runs, k, reach, each: laplace_picks(s, rng.random((runs, len(s))), k, reach, each),
        lambda each, picks, calls: each * calls,
    ),
    # The slide's code: noise of scale 1 / epsilon, and the same epsilon "budget" again in every call.
    "deck": Mechanism(_deck, lambda each, picks, calls: each),
    "top": Mechanism(
        lambda s, rng, runs, k, reach, each: np.tile(np.argsort(-s, kind="stable")[:k], (runs, 1)),
        lambda each, picks, calls: float("inf"),
    ),
}


def measure(
    mechanism: str,
    *,
    each: float = 1.0,
    picks: int = 1,
    rows: int = 6,
    calls: int = 1,
    neighbours: str = "one",
    reach: float = 1.0,
    runs: int = 200_000,
    claimed: float | None = None,
    level: float = 0.99,
    seed: int = 0,
) -> Leak:
    """Choose from a pool and from its neighbour, many times, and compare what comes out.

    Parameters
    ----------
    mechanism : str
        One of `MECHANISMS`: a private selector, ``deck`` (the slide's code) or ``top`` (no privacy).
    each : float
        Epsilon of a pick, or of a round for ``laplace_top`` and ``deck``.
    picks : int
        Rows of a batch.
    rows : int
        Rows of the pool, at most 50.
    calls : int
        Rounds that choose from the same pool, one after the other; the watcher sees all of them.
    neighbours : str
        one: the changed record moves the score of its own row from the top of the range to the bottom.
        all: it moves every score, as a label does that the learner is trained on.
    reach : float
        Range of the scores.
    runs : int
        On each pool; fewer where they would take too long.
    claimed : float, optional
        Epsilon claimed for all that is seen; None for what the mechanism itself claims.
    level : float
        Of the confidence bounds, for all outcomes together.
    seed : int

    Raises
    ------
    SpecError
        When a number is out of its limits or there is no such mechanism.

    Examples
    --------
    >>> found = measure("gumbel_top", each=1.0, runs=20_000)
    >>> found.claimed, found.measured < 1.0, found.breaks
    (1.0, True, False)
    """
    if mechanism not in MECHANISMS:
        raise SpecError(
            f"There is no mechanism named {quoted(mechanism)}; there are: {', '.join(MECHANISMS)}"
        )
    if neighbours not in NEIGHBOURS:
        raise SpecError(f"neighbours must be one or all, got {quoted(neighbours)}")
    limits = {
        "each": (each, 1e-6, 1e6),
        "rows": (rows, 2, 50),
        "picks": (picks, 1, rows - 1),
        "calls": (calls, 1, 50),
        "reach": (reach, 1e-6, 1e6),
        "runs": (runs, 1, 10_000_000),
        "level": (level, 0.5, 0.9999),
    }
    for name, (value, low, high) in limits.items():
        if not low <= value <= high:
            raise SpecError(f"{name} must be between {low:g} and {high:g}, got {quoted(value)}")
    runs = max(1, min(runs, MOST_WORK // (2 * rows * picks * calls)))
    scores = neighbouring(rows, reach, neighbours)
    one = MECHANISMS[mechanism]
    claim = one.claim(each, picks, calls) if claimed is None else claimed
    kinds = _kinds(rows, picks, calls)
    counts = np.zeros((2, len(kinds)), np.int64)
    step = max(1, WORK // (rows * picks * calls))
    for pool, table in zip(scores, counts, strict=True):
        # Both pools get the same random numbers: each frequency is as it would be, their ratio is steadier.
        rng = stream(seed, "leak", mechanism)
        for start in range(0, runs, step):
            some = min(step, runs - start)
            drawn = one.draw(pool, rng, some * calls, picks, reach, each).reshape(some, calls, picks)
            table += np.bincount(_kind_of(drawn, rows), minlength=len(kinds))
    outcomes = _compared(kinds, counts, runs, level)
    measured = max(o.ratio for o in outcomes)
    least, most = max(o.low for o in outcomes), max(o.high for o in outcomes)
    return Leak(mechanism, claim, measured, least, most, bool(least > claim), runs, outcomes)


def neighbouring(rows: int, reach: float, neighbours: str) -> Floats:
    """(2, rows) scores of a pool and of its neighbour, as far apart as one record can bring them.

    Where it moves its own score alone the others stay at the top: it then has to beat them all, and how
    much a mechanism gives away shows best.

    >>> neighbouring(3, 1.0, "one"), neighbouring(3, 1.0, "all")
    (array([[1., 1., 1.],
           [0., 1., 1.]]), array([[1., 0., 0.],
           [0., 1., 1.]]))
    """
    pools = np.full((2, rows), reach)
    pools[1, 0] = 0.0
    if neighbours == "all":
        pools[0, 1:] = 0.0
    return pools


def _kinds(rows: int, picks: int, calls: int) -> list[str]:
    """Names of the outcomes that are told apart, by number."""
    if not _each_batch(rows, picks, calls):
        most = picks and calls
        return [f"the changed row was asked in {times} of {most} rounds" for times in range(most + 1)]
    names = []
    for number in range(rows**picks):
        batch = [number // rows**place % rows for place in range(picks)]
        names.append(" then ".join(f"row {row}" if row else "the changed row" for row in batch))
    return names


def _kind_of(drawn: Ints, rows: int) -> Ints:
    """(runs,) number of the outcome of each run; drawn is (runs, calls, picks)."""
    _, calls, picks = drawn.shape
    if _each_batch(rows, picks, calls):
        return drawn[:, 0] @ rows ** np.arange(picks)
    return np.asarray((drawn == 0).any(axis=2).sum(axis=1), np.int64)


def _each_batch(rows: int, picks: int, calls: int) -> bool:
    return calls == 1 and rows**picks <= OUTCOMES


def _compared(kinds: list[str], counts: Ints, runs: int, level: float) -> tuple[Outcome, ...]:
    """Every outcome that was seen often enough, the rest put together as one."""
    common = counts.max(axis=0) >= RARE * runs
    names = [name for name, keep in zip(kinds, common, strict=True) if keep]
    rows = counts[:, common].T
    rest = counts[:, ~common].sum(axis=1)
    if rest.max(initial=0) >= RARE * runs:
        names, rows = [*names, "anything else"], np.vstack([rows, rest])
    alpha = (1.0 - level) / (4 * len(rows))  # two ends of two shares for every outcome
    low = np.where(rows > 0, betaincinv(np.maximum(rows, 1), runs - rows + 1, alpha), 0.0)
    high = np.where(rows < runs, betaincinv(rows + 1, np.maximum(runs - rows, 1), 1.0 - alpha), 1.0)
    with np.errstate(divide="ignore"):
        ratio = np.abs(np.log(rows[:, 0]) - np.log(rows[:, 1]))
        least = np.maximum(np.log(low[:, 0] / high[:, 1]), np.log(low[:, 1] / high[:, 0]))
        most = np.maximum(np.log(high[:, 0] / low[:, 1]), np.log(high[:, 1] / low[:, 0]))
    found = [
        Outcome(name, float(seen[0] / runs), float(seen[1] / runs), float(r), max(0.0, float(a)), float(b))
        for name, seen, r, a, b in zip(names, rows, ratio, least, most, strict=True)
    ]
    return tuple(sorted(found, key=lambda o: -o.low))
