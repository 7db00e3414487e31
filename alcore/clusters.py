"""Clusters of the pool: k-means that stands any data, the typical rows of a cluster, the purity of balls."""

import heapq
import warnings

import numpy as np

from alcore.coverage import filled
from alcore.distances import nearest_gaps, nearest_rows
from alcore.types import Floats, Ints

LARGE = 20_000  # rows from which centres are found on a sample of so many
STEPS = 30  # of k-means: the last decimals of a centre do not change the row closest to it
FEATHER = 1e-3  # the least a row weighs, as a share of the heaviest: centres need something to stand on
NEIGHBOURS = 20
MOST_CLUSTERS = 500
PEERS = 2000  # members of a cluster that the others are compared with


def k_means(
    X: Floats, k: int, rng: np.random.Generator, weight: Floats | None = None, restarts: int = 1
) -> tuple[Ints, Floats]:
    """Sort rows into at most k clusters so that they lie close to the mean of their cluster.

    Parameters
    ----------
    X : (N, D) array
        N >= 1.
    k : int
        At least 1; more than N counts as N.
    rng : Generator
        Draws the first centres.
    weight : (N,) array, optional
        How much each row counts, not negative. Rows of no weight count a thousandth of the heaviest.
    restarts : int
        The best of so many runs.

    Returns
    -------
    (N,) array of int, (k, D) array
        Cluster of each row, and centres; with fewer distinct rows than k some clusters are empty.

    Notes
    -----
    O(N k D) a step, at most 30 steps. Beyond 20,000 rows the centres come from a random sample.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    k, seed = min(k, len(X)), int(rng.integers(2**31))
    heaviest = float(weight.max()) if weight is not None else 0.0
    weight = np.maximum(weight / heaviest, FEATHER) if weight is not None and heaviest > 0.0 else None
    sample = np.sort(rng.choice(len(X), LARGE, replace=False)) if len(X) > LARGE else slice(None)
    found = KMeans(k, n_init=restarts, max_iter=STEPS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than clusters
        found.fit(X[sample], sample_weight=None if weight is None else weight[sample])
    if len(X) <= LARGE:
        return found.labels_.astype(np.int64), found.cluster_centers_
    return found.predict(X).astype(np.int64), found.cluster_centers_


def one_per_cluster(
    X: Floats, n: int, rng: np.random.Generator, weight: Floats | None = None, restarts: int = 1
) -> Ints:
    """Sort rows into n clusters and choose the row closest to each centre, heaviest cluster first.

    Returns
    -------
    (min(n, N),) array of int
        Distinct positions. Where clusters are empty, farthest rows fill the batch.

    Examples
    --------
    >>> X = np.array([[0.0], [0.1], [0.2], [5.0], [5.1]])
    >>> one_per_cluster(X, 2, np.random.default_rng(0)).tolist()
    [1, 3]
    """
    if not 0 < n < len(X):
        return np.arange(max(0, min(n, len(X))))
    cluster, centres = k_means(X, n, rng, weight, restarts)
    mass = np.bincount(cluster, weight, minlength=len(centres))
    chosen = _closest(X, cluster, centres)
    order = np.argsort(-mass[cluster[chosen]], kind="stable")
    return filled(X, chosen[order], n)


def uncovered_centres(
    X: Floats, known: Floats, n: int, rng: np.random.Generator, most: int = MOST_CLUSTERS
) -> Ints:
    """Cluster candidates and labelled rows together; choose the middles of large clusters without a label.

    Parameters
    ----------
    X, known : (N, D) and (L, D) arrays
        Candidates and labelled rows.
    n : int
    most : int
        Never more clusters than this, though there should be L + n.

    Returns
    -------
    (min(n, N),) array of int
        Distinct positions; farthest rows fill the batch where fewer than n clusters are without a label.
    """
    if not 0 < n < len(X):
        return np.arange(max(0, min(n, len(X))))
    cluster, centres = k_means(np.concatenate([X, known]), min(len(known) + n, max(most, n)), rng)
    size = np.bincount(cluster[: len(X)], minlength=len(centres))
    size[cluster[len(X) :]] = 0
    closest = _closest(X, cluster[: len(X)], centres)
    closest = closest[size[cluster[closest]] > 0]
    order = np.argsort(-size[cluster[closest]], kind="stable")
    return filled(X, closest[order], n, known)


def typicality(X: Floats, reference: Floats | None = None, neighbours: int = NEIGHBOURS) -> Floats:
    """How densely a row is surrounded: 1 over the mean distance to its nearest neighbours.

    Parameters
    ----------
    X : (n, D) array
    reference : (m, D) array, optional
        Where neighbours are looked for, when that is not X itself.
    neighbours : int
        How many; all others when there are fewer.

    Returns
    -------
    (n,) array
        inf among equal rows and for a row without any other.

    Notes
    -----
    O(n^2 D), a block at a time. Source: Hacohen, Dekel & Weinshall 2022, with 20 neighbours.

    Examples
    --------
    >>> typicality(np.array([[0.0], [1.0], [3.0]])).round(3)
    array([0.5  , 0.667, 0.4  ])
    """
    others = X if reference is None else reference
    k = min(neighbours + 1, len(others))
    if k < 2:
        return np.full(len(X), np.inf)
    _, far = nearest_rows(X, others, k)
    # A row is its own nearest neighbour at distance 0: leave that one out. A row that is not among the
    # reference rows loses its true nearest neighbour instead, which shifts all of them alike.
    mean = far[:, 1:].mean(axis=1)
    return np.divide(1.0, mean, out=np.full(len(X), np.inf), where=mean > 0.0)


def typical_rows(
    X: Floats,
    known: Floats,
    n: int,
    rng: np.random.Generator,
    *,
    most: int = MOST_CLUSTERS,
    neighbours: int = NEIGHBOURS,
    smallest: int = 5,
) -> Ints:
    """TypiClust: the most typical row of each of the largest clusters without a label.

    Parameters
    ----------
    X, known : (N, D) and (L, D) arrays
        Candidates and labelled rows; clustered together.
    n : int
    most : int
        The number of clusters is min(L + n, most).
    neighbours : int
        Typicality is one over the mean distance to so many nearest candidates of the same cluster.
    smallest : int
        Clusters of fewer candidates come last: they are likely outliers.

    Returns
    -------
    (min(n, N),) array of int
        Distinct positions. When every cluster has a label, those with the fewest come first.

    Notes
    -----
    Source: Hacohen, Dekel & Weinshall 2022.
    """
    if not 0 < n < len(X):
        return np.arange(max(0, min(n, len(X))))
    cluster, centres = k_means(np.concatenate([X, known]), min(len(known) + n, most), rng)
    labels = np.bincount(cluster[len(X) :], minlength=len(centres)).tolist()
    members = np.split(
        np.argsort(cluster[: len(X)], kind="stable"),
        np.cumsum(np.bincount(cluster[: len(X)], minlength=len(centres)))[:-1],
    )
    queue = [(len(at) < smallest, labels[c], -len(at), c) for c, at in enumerate(members) if len(at)]
    heapq.heapify(queue)
    ranked: dict[int, list[int]] = {}
    chosen: list[int] = []
    while len(chosen) < n:
        small, count, size, c = heapq.heappop(queue)
        if c not in ranked:
            ranked[c] = _most_typical_last(X, members[c], neighbours, rng)
        chosen.append(ranked[c].pop())
        if ranked[c]:
            heapq.heappush(queue, (small, count + 1, size, c))
    return np.array(chosen, np.int64)


def pure_radius(X: Floats, n_classes: int, purity: float, rng: np.random.Generator) -> float:
    """The largest radius at which the balls around so many rows hold rows of one guessed class only.

    Classes are guessed as `n_classes` clusters. A row's ball is pure as long as the radius is below its
    distance to the closest row of another cluster, so the answer is a quantile of those distances.

    Parameters
    ----------
    X : (N, D) array
    n_classes : int
    purity : float
        Share of the balls that must be pure.

    Returns
    -------
    float
        0 when all rows are equal.

    Notes
    -----
    O(N^2 D). Source: Yehuda, Dekel, Hacohen & Weinshall 2022, with a purity of 0.95.
    """
    cluster, centres = k_means(X, n_classes, rng, restarts=3)
    stranger = np.full(len(X), np.inf)
    for c in range(len(centres)):
        here = cluster == c
        if here.any() and not here.all():
            stranger[here] = np.sqrt(nearest_gaps(X[here], X[~here]))
    stranger.sort()
    radius = stranger[int((1.0 - purity) * len(X) + 1e-9)]
    return float(radius) * (1.0 - 1e-9) if np.isfinite(radius) else 0.0


def _closest(X: Floats, cluster: Ints, centres: Floats) -> Ints:
    """The member closest to the centre of each cluster that has members, lowest cluster first."""
    gap = ((X - centres[cluster]) ** 2).sum(axis=1)
    order = np.lexsort((np.arange(len(X)), gap, cluster))
    _, head = np.unique(cluster[order], return_index=True)
    return order[head].astype(np.int64)


def _most_typical_last(X: Floats, members: Ints, neighbours: int, rng: np.random.Generator) -> list[int]:
    """The members of a cluster, the most typical one last; among equals the lowest position."""
    rows = X[members]
    peers = None
    if len(members) > PEERS:
        peers = rows[np.sort(rng.choice(len(members), PEERS, replace=False))]
    order = np.lexsort((members, -typicality(rows, peers, neighbours)))
    return members[order[::-1]].tolist()
