"""Rare classes: ask for what is probably one of the few."""

import numpy as np

from alcore.catalog import ACQUISITIONS
from alcore.types import Floats, View


@ACQUISITIONS.add(
    needs="proba",
    source="Lewis & Gale 1994 (relevance sampling); Garnett et al. 2012; Cormack & Grossman 2014",
    label="positives first",
    family="balance",
    unit="probability",
    formula=r"p_{c^*}, \quad c^* = \arg\min_c \Big( n_c + \textstyle\sum_{x} p_c(x) \Big)",
    low=0.0,
    spread=lambda C: 1.0,
    use="When the rare rows themselves are wanted: frauds to stop, documents to hand over, patients to call.",
    avoid="When only the model counts: it asks about what it believes to know, and may miss a second kind.",
    complexity="O(n C)",
)
def positives_first(view: View) -> Floats:
    """Ask about the rows that most probably belong to the rarest class, whichever of the known ones that is.

    Also known as certainty sampling, active search or continuous active learning. The rarest class is the
    one with the fewest rows in all, by count where labelled and by the learner's probabilities elsewhere,
    so that finding many of them does not turn the search around.
    """
    return np.array(view.proba[:, _rarest(view)])


def _rarest(view: View) -> int:
    """The labelled class that has the fewest rows, as far as the learner can tell; the first of equals."""
    labels = np.bincount(view.labelled.y, minlength=view.n_classes)
    rows = np.round(labels + view.proba.sum(axis=0), 9)  # sums in another order differ in their last digits
    return int(np.where(labels > 0, rows, np.inf).argmin())
