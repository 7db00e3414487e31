"""Quotas: every class the learner sees in the pool gets its places in the batch."""

from typing import Literal

import numpy as np

from alcore.allocation import quotas
from alcore.catalog import SELECTORS
from alcore.kernels import top_k
from alcore.types import Floats, Ints, View


@SELECTORS.add(
    needs="proba",
    source="Ertekin, Huang, Bottou & Giles 2007; Bengar et al. 2022",
    label="class quotas",
    family="balance",
    formula=r"q_c = \text{largest remainder of } b \, w_c \big/ \textstyle\sum_k w_k",
    use="Rare classes: defects, fraud, diseases. It finds several times more of them than random does.",
    avoid="Balanced classes, or a learner that does not yet recognise the rare class at all.",
    complexity="O(n C)",
)
def class_quotas(
    scores: Floats, view: View, n: int, *, share: Literal["equal", "rare first"] = "equal"
) -> Ints:
    """Split the batch among the classes the learner predicts, and take the best-scored rows of each.

    A class with too few candidates gives its unused places to the best-scored rows of all.

    Parameters
    ----------
    share : str
        The same number of places for every predicted class, or more for those with few labels so far.
    """
    at = np.flatnonzero(scores > -np.inf)
    n = min(n, len(at))
    if n <= 0:
        return np.empty(0, np.int64)
    guess, worth = view.proba[at].argmax(axis=1), scores[at]
    seen, place, count = np.unique(guess, return_inverse=True, return_counts=True)
    labels = np.bincount(view.labelled.y, minlength=view.n_classes)[seen]
    weights = np.ones(len(seen)) if share == "equal" else 1.0 / (1.0 + labels)
    # Where places do not divide evenly, classes with fewer labels come first.
    order = np.lexsort((seen, labels))
    places = np.empty(len(seen), np.int64)
    places[order] = quotas(n, weights[order], count[order])
    taken = np.zeros(len(at), bool)
    for c in np.flatnonzero(places):
        members = np.flatnonzero(place == c)
        taken[members[top_k(worth[members], int(places[c]))]] = True
    left = np.flatnonzero(~taken)
    taken[left[top_k(worth[left], n - int(places.sum()))]] = True
    chosen = np.flatnonzero(taken)
    return at[chosen[np.argsort(-worth[chosen], kind="stable")]]
