"""Adjustments by how many labels each class has."""

from typing import Annotated

import numpy as np

from alcore.catalog import ADJUSTMENTS
from alcore.params import Range
from alcore.types import Floats, View

_LARGEST = float(np.finfo(np.float64).max)


@ADJUSTMENTS.add(
    needs="proba",
    source="after Aggarwal, Popescu & Hudelot 2020; Bengar et al. 2022",
    label="class weights",
    family="balance",
    formula=r"u(x) \Big( \textstyle\sum_c p_c(x) \, \frac{\max_k n_k}{n_c} \Big)^{\gamma}",
    use="Rare classes, also where quotas are too coarse: batches of one, or many classes.",
    avoid="Balanced classes, and a learner whose probabilities for the rare class are mere noise.",
    complexity="O(n C)",
)
def class_weights(scores: Floats, view: View, *, power: Annotated[float, Range(0.0, 3.0)] = 1.0) -> Floats:
    """Prefer rows that are probably of a class with few labels so far.

    Each score is multiplied by the expected weight of the row's class: 1 for the class with the most labels,
    10 for one with a tenth of them. Scores that may be negative are first counted from the lowest one.

    Parameters
    ----------
    power : float
        How much rarity counts: 0 ignores it, 1 weighs classes by how few labels they have, more insists.
    """
    may = np.isfinite(scores)
    if not may.any():
        return scores
    labels = np.bincount(view.labelled.y, minlength=view.n_classes)
    weight = labels.max() / np.maximum(1, labels)  # a class without labels has probability 0
    with np.errstate(over="ignore"):  # what overflows is cut to the largest finite number
        worth = scores[may] - min(0.0, float(scores[may].min()))
        weighed = worth * (view.proba[may] @ weight) ** power
    adjusted = scores.copy()
    adjusted[may] = np.minimum(weighed, _LARGEST)
    return adjusted
