"""Coverage per cost: rows that speak for many others, at their price."""

from typing import Annotated

import numpy as np

from alcore.allocation import lazy_greedy
from alcore.catalog import SELECTORS
from alcore.coverage import filled, gaussian, herding_width
from alcore.distances import nearest_gaps, sample_of, squared_distances
from alcore.params import Range
from alcore.selection.open_rows import Space, as_weights, choose_among_open
from alcore.types import Floats, Ints, View

REFERENCE = 1000  # candidates that stand for the pool when coverage is counted


@SELECTORS.add(
    source="Leskovec et al. 2007 (CELF); Khuller, Moss & Naor 1999; Bae, Oliveira & Sutherland 2025",
    label="coverage per cost",
    family="money",
    formula=r"\arg\max_x \tfrac{1}{c(x)} \textstyle\sum_{x'} u(x')\, "
    r"\max\big(0,\ k(x', x) - \max_s k(x', s)\big)",
    use="Batches of labels that differ in price: look-alikes are bought once, and the cheap one of them.",
    avoid="Equal prices, where it is uncertainty herding of a fixed width; prices known only afterwards.",
    complexity="O(n D min(n, 1000)), lazy",
)
def coverage_per_cost(
    scores: Floats,
    view: View,
    n: int,
    *,
    doubt: Annotated[float, Range(0.0, 5.0)] = 1.0,
    width: Annotated[float, Range(0.05, 5.0, log=True)] = 1.0,
    space: Space = "features",
) -> Ints:
    """Ask rows that resemble as much as possible of what the learner is unsure of, for each money unit.

    Every row of the pool counts by its score, and by its resemblance to the closest labelled row; what a
    candidate adds to that is divided by its price.

    Parameters
    ----------
    doubt : float
        Power to which scores are raised: 0 covers all rows alike, large values single out the doubtful ones.
    width : float
        How far resemblance reaches, as a multiple of a default that follows the pool: small values see
        details, large ones the whole.
    space : str
        Measure distances between the features, or between the learner's inner representations where it has
        them (a neural network does).
    """

    def choose(X: Floats, known: Floats, worth: Floats, at: Ints) -> Ints:
        some = sample_of(view.candidates.ids[at], REFERENCE, view.seed, "coverage")
        kernel = gaussian(width * herding_width(X[some]))
        weight = as_weights(worth[some])
        weight = (weight / weight.max()) ** doubt
        start = kernel(nearest_gaps(X[some], known)) if len(known) else np.zeros(len(some))
        covered = [start]  # by the labelled rows, and then by each row chosen as well

        def gains(chosen: list[int], rows: Ints) -> Floats:
            for row in chosen[len(covered) - 1 :]:
                near = kernel(squared_distances(X[[row]], X[some]))[0]
                covered.append(np.maximum(covered[-1], near))
            more = kernel(squared_distances(X[rows], X[some])) - covered[-1]
            return np.maximum(more, 0.0) @ weight

        return filled(X, lazy_greedy(gains, view.candidates.cost[at], n), n, known)

    return choose_among_open(scores, view, n, choose, space)
