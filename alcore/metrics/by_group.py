"""Metrics that compare groups of test rows: is everybody served as well?

Two classes: the last one is the positive one, and differences are those of fairlearn. With more classes each
one in turn is set against the rest, and the largest gap counts; classes that no test row has are left out.
A share of no rows is not 0 but undefined, and then so is the gap.
"""

import numpy as np

from alcore.catalog import METRICS
from alcore.metrics.group_counts import GroupCounts, gaps
from alcore.metrics.judged import Judged
from alcore.types import Ints


@METRICS.add(better="higher", low=0.0, high=1.0, label="accuracy of the worst group", family="fairness")
def worst_group_accuracy(judged: Judged) -> float:
    """Accuracy on the group of test rows that is served worst.

    Undefined with fewer than two groups. With small groups the worst one is partly bad luck.
    """
    if len(judged.groups) < 2:
        return float("nan")
    here = judged.by_group.here
    return float(judged.by_group.rates.accuracy[here].min()) if len(here) > 1 else float("nan")


@METRICS.add(better="lower", low=0.0, high=1.0, label="demographic parity gap", family="fairness")
def demographic_parity_gap(judged: Judged) -> float:
    """Largest difference between groups in how often the positive class is predicted.

    0 does not mean that predictions are right, and where groups truly differ a perfect learner has a gap.
    """
    return largest_gap(judged, "selection")


@METRICS.add(better="lower", low=0.0, high=1.0, label="equalised odds gap", family="fairness")
def equalised_odds_gap(judged: Judged) -> float:
    """Largest difference between groups in the share of positives found, or of negatives called positive.

    Undefined where a group has no positive, or no negative, among the test rows.
    """
    return largest_gap(judged, "true_positive", "false_positive")


@METRICS.add(better="lower", low=0.0, high=1.0, label="equal opportunity gap", family="fairness")
def equal_opportunity_gap(judged: Judged) -> float:
    """Largest difference between groups in the share of positives found.

    Undefined where a group has no positive among the test rows.
    """
    return largest_gap(judged, "true_positive")


@METRICS.add(better="lower", low=0.0, high=2.0, label="calibration gap", family="fairness")
def calibration_gap(judged: Judged) -> float:
    """Largest difference between groups in the mean predicted probability minus the observed share.

    Calibration in the large: one group's chances are overrated, another's underrated. Not the expected
    calibration error, whose bins make every small group look badly calibrated.
    """
    return largest_gap(judged, "calibration")


LAST_OF_TWO = np.array([1])
GAPS = {  # metric -> the rates it compares
    "demographic_parity_gap": ("selection",),
    "equalised_odds_gap": ("true_positive", "false_positive"),
    "equal_opportunity_gap": ("true_positive",),
    "calibration_gap": ("calibration",),
}


def largest_gap(judged: Judged, *rates: str) -> float:
    """The largest gap between groups in any of these rates, over the classes that count as positive."""
    return (
        gap_of(judged.by_group, positives(judged.by_group.truth), *rates)
        if len(judged.groups) > 1
        else float("nan")
    )


def positives(truth: Ints) -> Ints:
    """Classes to take as the positive one: the last of two, else every class that a test row has.

    Parameters
    ----------
    truth : (G, C) test rows by group and true class
    """
    return LAST_OF_TWO if truth.shape[1] == 2 else np.flatnonzero(truth.sum(axis=0))


def gap_of(counts: GroupCounts, classes: Ints, *rates: str) -> float:
    """The largest gap between groups in any of these rates of these classes; NaN when one is undefined."""
    found = [gaps(getattr(counts.rates, rate)[:, classes], counts.here) for rate in rates]
    return float(np.max(found)) if len(classes) else float("nan")
