"""Metrics over all test rows alike."""

import numpy as np

from alcore.catalog import METRICS
from alcore.metrics.judged import Judged


@METRICS.add(better="higher", low=0.0, high=1.0)
def accuracy(judged: Judged) -> float:
    """Share of test rows whose most likely class is the true one."""
    return float(np.trace(judged.confusion) / len(judged.truth))


@METRICS.add(better="higher", low=0.0, high=1.0)
def balanced_accuracy(judged: Judged) -> float:
    """Mean over the classes of the share found; each class counts alike, however rare."""
    found = judged.confusion.sum(axis=1)
    here = found > 0
    return float((np.diag(judged.confusion)[here] / found[here]).mean())


@METRICS.add(better="higher", low=0.0, high=1.0, label="macro-F1")
def macro_f1(judged: Judged) -> float:
    """Mean over the classes of the harmonic mean of precision and recall.

    Classes that are neither true nor predicted anywhere are left out, as scikit-learn does.
    """
    hits = np.diag(judged.confusion)
    total = judged.confusion.sum(axis=0) + judged.confusion.sum(axis=1)
    here = total > 0
    return float((2 * hits[here] / total[here]).mean())


@METRICS.add(better="lower", low=0.0, high=np.inf, label="log-loss", unit="nats")
def log_loss(judged: Judged) -> float:
    """Mean of -ln P(true class) in nats; probabilities below 2e-16 count as 2e-16."""
    P = judged.proba[np.arange(len(judged.truth)), judged.truth]
    return float(-np.log(np.maximum(P, np.finfo(np.float64).eps)).mean())
