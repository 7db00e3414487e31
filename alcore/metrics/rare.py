"""Metrics of the rarest class: of the defects, the frauds, the ill."""

import numpy as np

from alcore.catalog import METRICS
from alcore.metrics.judged import Judged


@METRICS.add(better="higher", low=0.0, high=1.0, label="recall of the rarest class")
def rare_recall(judged: Judged) -> float:
    """Share found of the class that is rarest in the data: of the defects, the frauds, the ill.

    Calling every row rare would find them all, so look at another score beside it. Of classes that are
    equally rare it is the first. Undefined where no test row is of that class.
    """
    rows = judged.confusion[judged.rare]
    return float(rows[judged.rare] / rows.sum()) if rows.any() else float("nan")


@METRICS.add(better="higher", low=0.0, high=1.0, label="average precision of the rarest class")
def average_precision(judged: Judged) -> float:
    """Purity of the list of test rows, most likely of the rarest class first, averaged over its rows.

    That is the mean, over the rare test rows, of the precision at the place where each is found; rows of
    equal probability share a place. A list by lot scores the class's own share, a perfect one 1. It needs no
    threshold, and common rows that are rightly ranked last add nothing to it: for rare classes say this
    number, never accuracy. Undefined where no test row is of the data's rarest class. Equal to
    scikit-learn's ``average_precision_score``.
    """
    rare = judged.rare
    n = int(judged.confusion[rare].sum())
    if not n:
        return float("nan")
    order = np.argsort(-judged.proba[:, rare], kind="stable")
    score, hit = judged.proba[order, rare], judged.truth[order] == rare
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True))  # of each run of equal probabilities
    hits = np.cumsum(hit)[last]
    gained = np.diff(hits, prepend=0)
    return float((gained * (hits / (last + 1))).sum() / n)
