"""Rows whose labels differ in price: documents that take minutes or an hour to read."""

from typing import Annotated

import numpy as np

from alcore.catalog import DATASETS
from alcore.datasets.densities import Mixture, Posterior
from alcore.params import Range
from alcore.rng import stream
from alcore.types import Source

APART = 2.6  # distance of the classes' middles, in their standard deviation: the best accuracy is 90 %


@DATASETS.add(
    source="After Settles, Craven & Friedland 2008, annotation costs",
    label="documents with prices",
    family="2-D",
    licence="made here",
    use="Budgets in money, with the price per row: a cheap label often tells as much as a dear one.",
    avoid="Budgets in labels, or a flat price: then prices play no part.",
)
def priced(
    seed: int,
    *,
    rows: Annotated[int, Range(100, 5000)] = 800,
    spread: Annotated[float, Range(0.0, 2.0)] = 1.0,
    difficulty: Annotated[float, Range(0.0, 1.0)] = 0.0,
) -> Source:
    """Two clouds of documents, each with a price for its label: the minutes it takes to read.

    The typical document takes one money unit; the price is on no axis and no learner sees it.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    spread : float
        How much prices differ: 0 makes all the same, at 1 one in ten costs more than 3.6 times the typical
        one, and one in ten less than a third of it.
    difficulty : float
        How much of the price follows difficulty: 0 none of it; at 1 the rows nearest to the boundary are the
        dearest, so that plain doubt buys the dearest labels.
    """
    rng = stream(seed, "priced")
    y = rng.permutation(np.arange(rows, dtype=np.int64) % 2)
    centres = np.array([[-APART / 2, 0.0], [APART / 2, 0.0]])
    X = centres[y] + rng.normal(size=(rows, 2))
    luck = rng.normal(size=rows)
    rank = np.argsort(np.argsort(-np.abs(X[:, 0]), kind="stable"), kind="stable")
    hard = 2.0 * np.sqrt(3.0) * ((rank + 0.5) / rows - 0.5)  # as spread out as luck, largest at the boundary
    cost = np.exp(spread * (np.sqrt(1.0 - difficulty**2) * luck + difficulty * hard))
    mixtures = (Mixture(centres[:1], 1.0), Mixture(centres[1:], 1.0))
    return Source(
        X,
        y,
        cost=cost,
        classes=("irrelevant", "relevant"),
        scale=False,
        posterior=Posterior(mixtures, np.bincount(y) / rows),
    )
