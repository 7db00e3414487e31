"""DropQuery: ask where the prediction hangs by a few features."""

from typing import Annotated

import numpy as np

from alcore.catalog import SELECTORS
from alcore.clusters import one_per_cluster
from alcore.params import Range
from alcore.selection.open_rows import choose_among_open
from alcore.types import Floats, Ints, View


@SELECTORS.add(
    source="Gupte, Aklilu, Nirschl & Yeung-Levy 2024",
    label="DropQuery",
    family="hybrid",
    formula=r"\textstyle\sum_m [\hat y(x \odot z_m) \ne \hat y(x)] > M/2,\ \text{then k-means}",
    use="A linear head on embeddings of a pretrained network, from the first labels on.",
    avoid="Few features, or features that do not centre on 0: dropping one is then no small change.",
    complexity="O(M n) predictions, and k-means of the rows that change",
)
def dropquery(
    scores: Floats,
    view: View,
    n: int,
    *,
    dropout: Annotated[float, Range(0.0, 0.95)] = 0.75,
    repeats: Annotated[int, Range(1, 25)] = 3,
) -> Ints:
    """Ask rows whose predicted class changes when features are hidden at random, one from each cluster.

    Where fewer rows change than the batch has places, all candidates are clustered instead. Scores only say
    who may be asked.

    Parameters
    ----------
    dropout : float
        Share of the features hidden each time; with 0 nothing changes and this is k-means of all candidates.
    repeats : int
        How often features are hidden. Rows that change more than half the time are kept.
    """

    def choose(X: Floats, _: Floats, worth: Floats, at: Ints) -> Ints:
        rng = view.rng("dropquery")
        guess = view.fitted.predict(X)
        changed = np.zeros(len(X), np.int64)
        for _repeat in range(repeats):
            kept = rng.random(X.shape) >= dropout
            changed += view.fitted.predict(X * kept / (1.0 - dropout)) != guess
        short = np.flatnonzero(2 * changed > repeats)
        short = short if len(short) >= n else np.arange(len(X))
        return short[one_per_cluster(X[short], n, rng)]

    return choose_among_open(scores, view, n, choose)
