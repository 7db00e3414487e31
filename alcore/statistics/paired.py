"""Paired comparison of two strategies over seeds: how much, how often, and could it be chance?"""

from dataclasses import dataclass

import numpy as np

from alcore.errors import SpecError
from alcore.rng import stream
from alcore.statistics.intervals import Interval, Numbers, of_mean, sample
from alcore.types import Floats, Ints

EXACT = 50  # pairs up to which every pattern of signs is counted
DIGITS = 12  # differences are compared after so many decimals: the rest is rounding


@dataclass(frozen=True, slots=True)
class Test:
    """A signed-rank test. `statistic`: sum of the ranks of positive differences; `zeros`: equal pairs."""

    __test__ = False  # no case for pytest

    statistic: float
    p: float
    n: int
    zeros: int
    method: str


@dataclass(frozen=True, slots=True)
class Record:
    """In how many pairs the first was better, as good, or worse."""

    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two strategies over the same seeds; `mean` is the mean difference, first minus second."""

    n: int
    mean: float
    interval: Interval
    record: Record
    test: Test


@dataclass(frozen=True, slots=True)
class Posterior:
    """Probabilities that the first is worse, practically the same, or better; they sum to 1."""

    worse: float
    same: float
    better: float


def compare(ones: Numbers, others: Numbers, *, tie: float = 0.001, level: float = 0.95) -> Comparison:
    """Compare the scores of two strategies, seed by seed; larger is better.

    Raises
    ------
    SpecError
        When they are not equally long, or hold a missing number.

    Examples
    --------
    >>> found = compare([0.81, 0.84, 0.86, 0.88, 0.87], [0.80, 0.82, 0.83, 0.84, 0.82])
    >>> round(found.mean, 3), found.record.wins, found.test.p
    (0.03, 5, 0.0625)
    """
    one, other = sample(ones, "scores"), sample(others, "scores")
    if len(one) != len(other):
        raise SpecError(f"Paired scores must be equally many, got {len(one)} and {len(other)}")
    d = one - other
    interval = of_mean(d, level)
    return Comparison(len(d), interval.value, interval, record(d, tie), signed_rank(d))


def record(differences: Numbers, tie: float = 0.001) -> Record:
    """Wins, ties and losses; a difference smaller than `tie` in size is a tie.

    >>> record([0.2, 0.0005, -0.1, 0.001])
    Record(wins=2, ties=1, losses=1)
    """
    d = np.round(sample(differences, "differences"), DIGITS)
    tied = np.abs(d) < tie if tie > 0 else d == 0
    return Record(int((~tied & (d > 0)).sum()), int(tied.sum()), int((~tied & (d < 0)).sum()))


def signed_rank(differences: Numbers) -> Test:
    """Wilcoxon's signed-rank test, two-sided: are the differences around 0?

    Zeros take part in the ranking but count for neither side (Pratt 1959). Up to 50 pairs p is exact, also
    with zeros and ties, as labels to a target have them: every pattern of signs is counted. scipy is exact
    only without them, and is asked for longer samples.

    Notes
    -----
    With n pairs p is never below 2 / 2^n: five wins of five are p = 0.06.

    Examples
    --------
    >>> signed_rank([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).p
    0.03125
    """
    from scipy.stats import rankdata, wilcoxon

    d = np.round(sample(differences, "differences"), DIGITS)
    here = d != 0
    zeros = int((~here).sum())
    ranks = rankdata(np.abs(d))
    plus = float(ranks[d > 0].sum())
    if not here.any():
        return Test(0.0, 1.0, len(d), zeros, "no pair differs")
    if len(d) > EXACT:
        p = float(wilcoxon(d, zero_method="pratt", method="asymptotic").pvalue)
        return Test(plus, p, len(d), zeros, "normal approximation")
    ways = _sign_patterns(np.round(2 * ranks[here]).astype(np.int64))
    at = round(2 * plus)
    p = min(1.0, 2.0 * float(min(ways[: at + 1].sum(), ways[at:].sum())))
    return Test(plus, p, len(d), zeros, "exact")


def holm(p: Numbers) -> Floats:
    """Holm's (1979) adjusted p: the chance of even one false alarm among all is held.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    found = np.asarray(p, np.float64)
    if not ((found >= 0) & (found <= 1)).all():
        raise SpecError("p-values must be numbers between 0 and 1")
    order = np.argsort(found, kind="stable")
    raised = np.maximum.accumulate(found[order] * np.arange(len(found), 0, -1))
    adjusted = np.empty_like(found)
    adjusted[order] = np.minimum(1.0, raised)
    return adjusted


def bayes_signed_rank(
    differences: Numbers, rope: float = 0.005, *, seed: int = 0, draws: int = 10_000, prior: float = 0.5
) -> Posterior:
    """How probable is it that the first is better, by more than what matters in practice?

    The Bayesian signed-rank test with a region of practical equivalence (Benavoli et al. 2014, 2017): weights
    of the pairs are drawn from a Dirichlet, with one pseudo-pair at 0 of weight `prior`.

    Parameters
    ----------
    rope : float
        Differences up to this size are practically nothing.

    Examples
    --------
    >>> bayes_signed_rank([0.03, 0.04, 0.02, 0.05, 0.03, 0.04]).better > 0.95
    True
    """
    d = np.concatenate([[0.0], sample(differences, "differences")])
    weights = stream(seed, "signed rank").dirichlet(np.r_[prior, np.ones(len(d) - 1)], draws)
    walsh = (d[:, None] + d) / 2
    better = ((weights @ (walsh > rope)) * weights).sum(axis=1)
    worse = ((weights @ (walsh < -rope)) * weights).sum(axis=1)
    most = np.stack([worse, 1.0 - worse - better, better]).argmax(axis=0)
    shares = np.bincount(most, minlength=3) / draws
    return Posterior(float(shares[0]), float(shares[1]), float(shares[2]))


def _sign_patterns(ranks: Ints) -> Floats:
    """P(sum = s) for s = 0, 1, ..., when each whole-number rank is in the sum with probability one half."""
    ways = np.ones(1)
    for rank in ranks.tolist():
        longer = np.zeros(len(ways) + rank)
        longer[: len(ways)] += ways
        longer[rank:] += ways
        ways = longer / 2
    return ways
