"""Uncertain first, then spread: the best of both."""

from typing import Annotated, Literal

import numpy as np

from alcore.catalog import SELECTORS
from alcore.clusters import one_per_cluster, typical_rows
from alcore.kernels import top_k
from alcore.params import Range
from alcore.selection.open_rows import Space, as_weights, choose_among_open
from alcore.types import Floats, Ints, View

RESTARTS = 5  # of k-means on the shortlist, which is short


@SELECTORS.add(
    source="Zhdanov 2019; Prabhu et al. 2021 (CLUE)",
    label="hybrid",
    family="hybrid",
    formula=r"\text{k-means with weights } u(x) \text{ on the } \beta b \text{ rows of largest } u",
    use="The first choice for batches: unsure rows, and no two alike.",
    avoid="Batches of one row, where it is the plain acquisition function at a higher price.",
    complexity="O(n + pool factor x batch^2 x D)",
)
def hybrid(
    scores: Floats,
    view: View,
    n: int,
    *,
    pool_factor: Annotated[float, Range(1.0, 50.0, log=True)] = 5.0,
    weighted: bool = True,
    space: Space = "features",
) -> Ints:
    """Shortlist the best-scored rows, cluster them, and ask the middle of each cluster.

    Parameters
    ----------
    pool_factor : float
        Length of the shortlist in batches: 1 takes the best-scored rows as they are, larger values give the
        spread more to choose from.
    weighted : bool
        Let rows with high scores draw the middle of their cluster towards them.
    space : str
        Measure distances between the features, or between the learner's inner representations where it has
        them (a neural network does).
    """

    def choose(X: Floats, _: Floats, worth: Floats, at: Ints) -> Ints:
        short = top_k(worth, max(n, round(pool_factor * n)))
        weight = as_weights(worth[short]) if weighted else None
        return short[one_per_cluster(X[short], n, view.rng("hybrid"), weight, RESTARTS)]

    return choose_among_open(scores, view, n, choose, space)


@SELECTORS.add(
    source="Citovsky et al. 2021",
    label="cluster-margin",
    family="hybrid",
    formula=r"\text{one row per cluster in turn, smallest cluster first}",
    use="Very large batches: rare kinds of doubt get their place beside the common ones.",
    avoid="Noisy data: the smallest clusters of unsure rows may be errors in the data.",
    complexity="O(n + (pool factor x batch)^2 D)",
)
def cluster_margin(
    scores: Floats,
    view: View,
    n: int,
    *,
    pool_factor: Annotated[float, Range(1.0, 50.0, log=True)] = 10.0,
    clusters: Annotated[float, Range(0.1, 5.0)] = 1.0,
    space: Space = "features",
) -> Ints:
    """Shortlist the best-scored rows, group similar ones, and ask each group in turn, small groups first.

    Parameters
    ----------
    pool_factor : float
        Length of the shortlist in batches; it never holds more than 5,000 rows beyond the batch.
    clusters : float
        Groups for each place of the batch: below 1 large groups are asked more than once, above 1 only the
        smaller groups are asked.
    space : str
        Measure distances between the features, or between the learner's inner representations where it has
        them (a neural network does).

    Notes
    -----
    Groups by agglomerative clustering with average linkage. The paper clusters the whole pool once; here it
    is the shortlist, anew in every round, so that nothing must be remembered and pools may be large.
    """

    def choose(X: Floats, _: Floats, worth: Floats, at: Ints) -> Ints:
        short = top_k(worth, max(n, min(round(pool_factor * n), 5000)))
        group = _groups(X[short], max(1, round(clusters * n)))
        return short[in_turn(group, n)]

    return choose_among_open(scores, view, n, choose, space)


@SELECTORS.add(
    source="After Doucet et al. 2024 (TCM); Hacohen et al. 2022",
    label="typical, then uncertain",
    family="hybrid",
    formula=r"\text{TypiClust while } |L| < \text{switch, then the acquisition function}",
    use="One strategy from the first label to the last: typical rows at first, then doubtful ones.",
    avoid="Budgets that end before the switch, or begin after it: take one of the two then.",
    complexity="that of TypiClust before the switch, of hybrid or top after it",
)
def typical_first(
    scores: Floats,
    view: View,
    n: int,
    *,
    switch: Annotated[int, Range(0, 1000)] = 20,
    then: Literal["hybrid", "top"] = "hybrid",
) -> Ints:
    """Ask typical rows of unseen clusters until a number of labels is reached, then the best-scored rows.

    Parameters
    ----------
    switch : int
        With fewer labels than this, rows are chosen as TypiClust does.
    then : str
        How the best-scored rows are taken afterwards: spread over clusters, or simply from the top.
    """
    if len(view.labelled) >= switch:
        return hybrid(scores, view, n, pool_factor=5.0 if then == "hybrid" else 1.0)
    return choose_among_open(
        scores, view, n, lambda X, known, _, at: typical_rows(X, known, n, view.rng("typiclust"))
    )


def in_turn(group: Ints, n: int) -> Ints:
    """The first n places when groups are asked in turn, the smallest first, each giving its first row left.

    >>> in_turn(np.array([0, 0, 0, 1, 1, 2]), 4)
    array([5, 3, 0, 4])
    """
    order = np.argsort(group, kind="stable")
    _, head, size = np.unique(group[order], return_index=True, return_counts=True)
    turn = np.empty(len(group), np.int64)
    turn[order] = np.arange(len(group)) - np.repeat(head, size)
    sizes = size[np.unique(group, return_inverse=True)[1]]
    return np.lexsort((np.arange(len(group)), group, sizes, turn))[:n].astype(np.int64)


def _groups(X: Floats, k: int) -> Ints:
    """(n,) group of each row by average linkage, at most k groups."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if k >= len(X):
        return np.arange(len(X))
    return fcluster(linkage(X, "average"), k, "maxclust").astype(np.int64)
