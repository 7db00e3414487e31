"""Several strategies on several data sets: average ranks, and which of them cannot be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any, Literal

import numpy as np

from alcore.errors import SpecError
from alcore.statistics.paired import holm, signed_rank
from alcore.types import Bools, Floats


@dataclass(frozen=True, slots=True)
class Friedman:
    """Do the strategies differ at all? Friedman's chi-square, and Iman & Davenport's sharper F."""

    chi2: float
    p: float
    f: float
    f_p: float


@dataclass(frozen=True, slots=True)
class Diagram:
    """What a critical-difference diagram shows.

    Attributes
    ----------
    names, ranks : strategies with their average ranks, best first
    cd : two average ranks must differ by this much (Nemenyi); None where pairs are tested one by one
    cliques : groups of neighbours of which no two can be told apart
    friedman : the test of all at once; None where it cannot be made
    datasets : how many data sets the ranks are averaged over
    reason : what stands in the way of a conclusion; "" when nothing does
    """

    names: tuple[str, ...]
    ranks: tuple[float, ...]
    cd: float | None
    cliques: tuple[tuple[str, ...], ...]
    friedman: Friedman | None
    alpha: float
    method: str
    datasets: int
    reason: str = ""


def average_ranks(scores: Any) -> Floats:
    """(k,) average rank of each strategy: 1 is best, larger scores are better, ties share their ranks.

    Parameters
    ----------
    scores : (N, k) array
        A row for each data set, a column for each strategy.

    Examples
    --------
    >>> average_ranks([[0.9, 0.8, 0.7], [0.9, 0.9, 0.5]]).tolist()
    [1.25, 1.75, 3.0]
    """
    from scipy.stats import rankdata

    return np.asarray(rankdata(-_table(scores), axis=1).mean(axis=0), np.float64)


def friedman(scores: Any) -> Friedman:
    """Friedman's test with the correction of Iman & Davenport 1980, as in Demšar 2006.

    With ties between strategies it is a little too careful, as Demšar's formula is.

    Raises
    ------
    SpecError
        When there are fewer than two data sets or strategies.

    Examples
    --------
    >>> found = friedman([[3, 2, 1], [3, 1, 2], [3, 2, 1], [3, 2, 1]])
    >>> found.chi2, round(found.p, 4), found.f
    (6.5, 0.0388, 13.0)
    """
    from scipy.stats import chi2, f

    ranks = average_ranks(scores)
    N, k = np.shape(scores)
    if N < 2 or k < 2:
        raise SpecError(f"Friedman's test needs two data sets and two strategies, got {N} and {k}")
    statistic = float(12 * N / (k * (k + 1)) * ((ranks**2).sum() - k * (k + 1) ** 2 / 4))
    left = N * (k - 1) - statistic
    ratio = (N - 1) * statistic / left if left > 1e-9 else np.inf
    return Friedman(
        chi2=statistic,
        p=float(chi2.sf(statistic, k - 1)),
        f=float(ratio),
        f_p=float(f.sf(ratio, k - 1, (k - 1) * (N - 1))),
    )


@lru_cache(maxsize=256)
def nemenyi(k: int, n: int, alpha: float = 0.05) -> float:
    """Critical difference of two average ranks among k strategies on n data sets.

    Raises
    ------
    SpecError
        When there are fewer than two strategies, or no data set.

    Examples
    --------
    >>> round(nemenyi(4, 14), 2)
    1.25
    """
    if k < 2 or n < 1 or not 0 < alpha < 1:
        raise SpecError(f"Nemenyi needs two strategies and a data set, got {k} and {n} at level {alpha}")
    return _studentized(k, alpha) / float(np.sqrt(2)) * float(np.sqrt(k * (k + 1) / (6 * n)))


def diagram(
    scores: Any,
    names: Sequence[str],
    *,
    method: Literal["nemenyi", "wilcoxon"] = "nemenyi",
    alpha: float = 0.05,
) -> Diagram:
    """Everything a critical-difference diagram draws.

    Parameters
    ----------
    scores : (N, k) array
        A row for each data set, a column for each strategy; larger is better, none missing.
    names : k names
    method : str
        "nemenyi" compares average ranks, which depend on who else takes part. "wilcoxon" tests each pair by
        itself, with Holm over all pairs (Benavoli, Corani & Mangili 2016); it needs more data sets.

    Raises
    ------
    SpecError
        When a score is missing or the names do not fit.

    Examples
    --------
    >>> found = diagram([[3, 2, 1], [3, 1, 2], [3, 2, 1], [3, 2, 1]], ["margin", "entropy", "random"])
    >>> found.names, found.ranks
    (('margin', 'entropy', 'random'), (1.0, 2.25, 2.75))
    >>> found.cliques
    (('margin', 'entropy'), ('entropy', 'random'))
    """
    table = _table(scores)
    N, k = table.shape
    if len(names) != k:
        raise SpecError(f"There are {k} columns of scores but {len(names)} names")
    ranks = average_ranks(table)
    order = np.argsort(ranks, kind="stable")
    cd = nemenyi(k, N, alpha) if method == "nemenyi" and k > 1 else None
    alike = np.abs(ranks[:, None] - ranks) < cd if cd is not None else _alike(table, alpha)
    cliques = _cliques(alike[np.ix_(order, order)])
    ordered = tuple(str(names[i]) for i in order)
    return Diagram(
        names=ordered,
        ranks=tuple(ranks[order].tolist()),
        cd=cd,
        cliques=tuple(ordered[a:b] for a, b in cliques),
        friedman=friedman(table) if N > 1 and k > 1 else None,
        alpha=alpha,
        method=method,
        datasets=N,
        reason=_too_few(N, k, method, alpha),
    )


def _too_few(N: int, k: int, method: str, alpha: float) -> str:
    if k < 2:
        return "Ranks need at least two strategies."
    if N < 2:
        return "One data set: ranks say who came first there, and nothing about other data."
    if method == "wilcoxon" and 2.0 ** (1 - N) * (k * (k - 1) / 2) >= alpha:
        return f"With {N} data sets and {k} strategies not even winning everywhere tells two of them apart."
    if method == "nemenyi" and nemenyi(k, N, alpha) > k - 1:
        return f"With {N} data sets no difference between {k} strategies is large enough to count."
    return ""


def _alike(table: Floats, alpha: float) -> Bools:
    """(k, k) which pairs Wilcoxon and Holm cannot tell apart."""
    k = table.shape[1]
    pairs = list(combinations(range(k), 2))
    alike = np.ones((k, k), bool)
    if pairs:
        adjusted = holm([signed_rank(table[:, i] - table[:, j]).p for i, j in pairs])
        for (i, j), p in zip(pairs, adjusted, strict=True):
            alike[i, j] = alike[j, i] = p >= alpha
    return alike


def _cliques(alike: Bools) -> list[tuple[int, int]]:
    """Longest stretches [a, b) of at least two neighbours that are all alike, none inside another."""
    k, found, reach = len(alike), list[tuple[int, int]](), 0
    for a in range(k):
        b = a + 1
        while b < k and alike[a : b + 1, a : b + 1].all():
            b += 1
        if b - a > 1 and b > reach:
            found.append((a, b))
            reach = b
    return found


@lru_cache(maxsize=64)
def _studentized(k: int, alpha: float) -> float:
    """Upper quantile of the range of k standard normal numbers.

    scipy has it as ``studentized_range.ppf(1 - alpha, k, inf)``, and takes seconds over it.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    z = np.linspace(-8.0, 8.0, 2001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    def beyond(width: float) -> float:
        inside = density * (ndtr(z) - ndtr(z - width)) ** (k - 1)
        return float(k * np.trapezoid(inside, z)) - (1.0 - alpha)

    return float(brentq(beyond, 1e-6, 30.0, xtol=1e-10))


def _table(scores: Any) -> Floats:
    table = np.asarray(scores, np.float64)
    if table.ndim != 2 or not table.size:
        raise SpecError(f"scores must be a table of data sets by strategies, got shape {table.shape}")
    if not np.isfinite(table).all():
        raise SpecError("A score is missing: rank only strategies that ran on all of these data sets")
    return table
