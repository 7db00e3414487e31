"""Representative rows: ask those that speak for many others."""

from typing import Annotated

import numpy as np

from alcore.catalog import SELECTORS
from alcore.clusters import pure_radius, typical_rows
from alcore.coverage import ball, filled, gaussian, herding_width, kernel_cover
from alcore.distances import closest_pair, nearest_gaps, sample_of
from alcore.params import Range
from alcore.selection.open_rows import Space, as_weights, choose_among_open
from alcore.types import Floats, Ints, View

REFERENCE = 2000  # candidates that stand for the pool when coverage is counted


@SELECTORS.add(
    source="Hacohen, Dekel & Weinshall 2022",
    label="TypiClust",
    family="representative",
    formula=r"\arg\max_{x \in K} \Big( \tfrac{1}{k} \sum_{i=1}^{k} \lVert x - x_{(i)} \rVert \Big)^{-1}",
    use="The first labels, up to some tens: typical rows then teach more than doubtful ones.",
    avoid="Later rounds, when the learner's own doubt is worth hearing.",
    complexity="O(n D (labels + batch)) a step, at most 30 steps and 500 clusters",
)
def typiclust(
    scores: Floats,
    view: View,
    n: int,
    *,
    neighbours: Annotated[int, Range(1, 200)] = 20,
    clusters: Annotated[int, Range(2, 2000, log=True)] = 500,
    space: Space = "features",
) -> Ints:
    """Ask the most typical row of each of the largest clusters that hold no label yet.

    Typical is a row whose nearest neighbours are close. Scores only say who may be asked.

    Parameters
    ----------
    neighbours : int
        How many neighbours decide what is typical: few follow dense spots, many the middle of a cluster.
    clusters : int
        There are as many clusters as there will be labels, but never more than this.
    space : str
        Measure distances between the features, or between the learner's inner representations where it has
        them (a neural network does).
    """
    return choose_among_open(
        scores,
        view,
        n,
        lambda X, known, _, at: typical_rows(
            X, known, n, view.rng("typiclust"), most=clusters, neighbours=neighbours
        ),
        space,
    )


@SELECTORS.add(
    source="Yehuda, Dekel, Hacohen & Weinshall 2022",
    label="ProbCover",
    family="representative",
    formula=r"\arg\max_x \big|\{x' \text{ not covered} : \lVert x' - x \rVert \le \delta\}\big|",
    use="Few labels on data that falls into clear clusters, such as embeddings of a pretrained network.",
    avoid="Features without clusters: the radius within which rows agree is then close to nothing.",
    complexity="O(n D min(n, 2000)), lazy",
)
def probcover(
    scores: Floats,
    view: View,
    n: int,
    *,
    purity: Annotated[float, Range(0.5, 0.999)] = 0.95,
    space: Space = "features",
) -> Ints:
    """Ask the row with the most rows around it that no label covers yet.

    A label covers all rows within a radius, the largest one at which balls around candidates hold rows of one
    k-means cluster only. Scores only say who may be asked.

    Parameters
    ----------
    purity : float
        Share of the balls that must hold one cluster only: higher values make the radius smaller.
    space : str
        Measure distances between the features, or between the learner's inner representations where it has
        them (a neural network does).
    """

    def choose(X: Floats, known: Floats, _: Floats, at: Ints) -> Ints:
        some = X[sample_of(view.candidates.ids[at], REFERENCE, view.seed, "coverage")]
        radius = pure_radius(some, view.n_classes, purity, view.rng("probcover"))
        return filled(X, kernel_cover(X, some, known, n, ball(radius)), n, known)

    return choose_among_open(scores, view, n, choose, space)


@SELECTORS.add(
    source="Bae, Noh & Sutherland 2024",
    label="MaxHerding",
    family="representative",
    formula=r"\arg\max_x \textstyle\sum_{x'} \max\big(0,\ k(x', x) - \max_s k(x', s)\big)",
    use="The first labels, also of pools without clear clusters; needs no clustering and draws nothing.",
    avoid="Later rounds, when the learner's own doubt is worth hearing: take uncertainty herding then.",
    complexity="O(n D min(n, 2000)), lazy",
)
def max_herding(
    scores: Floats,
    view: View,
    n: int,
    *,
    width: Annotated[float, Range(0.05, 5.0, log=True)] = 1.0,
    space: Space = "features",
) -> Ints:
    """Ask rows that together resemble as much of the pool as possible.

    Every row of the pool counts with its resemblance to the closest labelled row. Scores only say who may be
    asked.

    Parameters
    ----------
    width : float
        How far resemblance reaches, as a multiple of a default that follows the pool: small values see
        details, large ones the whole.
    space : str
        Measure distances between the features, or between the learner's inner representations where it has
        them (a neural network does).
    """

    def choose(X: Floats, known: Floats, _: Floats, at: Ints) -> Ints:
        some = X[sample_of(view.candidates.ids[at], REFERENCE, view.seed, "coverage")]
        kernel = gaussian(width * herding_width(some))
        return filled(X, kernel_cover(X, some, known, n, kernel), n, known)

    return choose_among_open(scores, view, n, choose, space)


@SELECTORS.add(
    source="Bae, Oliveira & Sutherland 2025",
    label="uncertainty herding",
    family="hybrid",
    formula=r"\arg\max_x \textstyle\sum_{x'} u(x')\, \max\big(0,\ k(x', x) - \max_s k(x', s)\big)",
    use="One strategy for small and large budgets: it turns from typical to doubtful rows by itself.",
    avoid="Overconfident learners, whose doubt is close to 0 almost everywhere.",
    complexity="O(n D min(n, 2000)), lazy",
)
def uherding(
    scores: Floats,
    view: View,
    n: int,
    *,
    doubt: Annotated[float, Range(0.0, 5.0)] = 1.0,
    adaptive: bool = True,
    space: Space = "features",
) -> Ints:
    """Ask rows that resemble as much as possible of the pool the learner is unsure of.

    Every row of the pool counts by its score, and by its resemblance to the closest labelled row. As labels
    become dense, resemblance reaches less far and doubt decides.

    Parameters
    ----------
    doubt : float
        Power to which scores are raised: 0 ignores them (MaxHerding), large values single out the top.
    adaptive : bool
        Let resemblance reach no farther than the two closest labelled rows lie apart, as in the paper.
    space : str
        Measure distances between the features, or between the learner's inner representations where it has
        them (a neural network does).
    """

    def choose(X: Floats, known: Floats, worth: Floats, at: Ints) -> Ints:
        some = sample_of(view.candidates.ids[at], REFERENCE, view.seed, "coverage")
        width = herding_width(X[some])
        width = min(width, closest_pair(known) or width) if adaptive else width
        weight = as_weights(worth[some]) ** doubt
        weight /= weight.max()
        return filled(X, kernel_cover(X, X[some], known, n, gaussian(width), weight), n, known)

    return choose_among_open(scores, view, n, choose, space)


@SELECTORS.add(
    source="Cardoso, Silva, Canuto, Moro & Goncalves 2017",
    label="ranked batch",
    family="hybrid",
    formula=r"\alpha\,(1 - \operatorname{sim}(x)) + (1 - \alpha)\, u(x),\quad "
    r"\alpha = \tfrac{|U|}{|U| + |L|}",
    use="Batches that begin with exploring and lean towards doubt as labels become many.",
    avoid="Large pools with few labels: doubt then hardly counts and it is close to core-set.",
    complexity="O(n D (labels + batch))",
)
def ranked_batch(scores: Floats, view: View, n: int, *, space: Space = "features") -> Ints:
    """Rank rows by a mixture of doubt and distance to everything labelled or already in the batch.

    Scores are stretched to 0..1. The more of the pool is labelled, the more they count.

    Parameters
    ----------
    space : str
        Measure distances between the features, or between the learner's inner representations where it has
        them (a neural network does).
    """
    return choose_among_open(scores, view, n, lambda X, known, worth, at: ranked(X, known, worth, n), space)


def ranked(X: Floats, known: Floats, worth: Floats, n: int) -> Ints:
    """Ranked batch: (n,) positions of the rows X (m, D) with scores (m,), given labelled rows (L, D).

    Similarity is ``1 / (1 + d)`` to the closest labelled or chosen row, 0 without any.
    """
    low, high = float(worth.min()), float(worth.max())
    doubt = (worth - low) / (high - low) if high > low else np.zeros(len(worth))
    gaps = nearest_gaps(X, known)
    chosen: list[int] = []
    for _ in range(min(n, len(X))):
        far = 1.0 - 1.0 / (1.0 + np.sqrt(gaps))
        alpha = (len(X) - len(chosen)) / (len(X) + len(known))
        rank = alpha * far + (1.0 - alpha) * doubt
        rank[chosen] = -np.inf
        chosen.append(int(rank.argmax()))
        np.minimum(gaps, nearest_gaps(X, X[chosen[-1:]]), out=gaps)
    return np.array(chosen, np.int64)
