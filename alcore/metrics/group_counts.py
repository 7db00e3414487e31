"""How a learner does on each group of people: counts that every measure of fairness is worked out from.

A round keeps these counts beside its metrics, so that another positive class can be looked at later without
another fit. They are kept as numbers under short keys, which begin with "#" and are no metrics:

    "#g.t.p"  test rows of group g whose class is t and that are predicted as p; left out where it is 0
    "#g~p"    sum over the test rows of group g of the predicted probability of class p
    "#g"      labels bought in group g so far, those of the cold start included
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from alcore.types import Floats, Ints

MARK = "#"
MOST_CELLS = 300  # numbers that a round keeps of its groups: 20 groups of 3 classes, 4 groups of 8


@dataclass(frozen=True, slots=True, eq=False)
class GroupRates:
    """Shares of the test rows by group, for each class against the rest; NaN where there is no row to count.

    Attributes
    ----------
    accuracy : (G,) share predicted right
    selection : (G, C) share predicted as the class
    true_positive : (G, C) of the rows of the class, the share predicted as it
    false_positive : (G, C) of the rows of other classes, the share predicted as it
    calibration : (G, C) mean predicted probability of the class minus its share: above 0 promises too much
    """

    accuracy: Floats
    selection: Floats
    true_positive: Floats
    false_positive: Floats
    calibration: Floats


@dataclass(frozen=True, eq=False)
class GroupCounts:
    """What a learner did on the test rows of each group.

    Attributes
    ----------
    confusion : (G, C, C) rows by group, true class and predicted class
    predicted : (G, C) sums of predicted probabilities
    asked : (G,) labels bought so far in each group
    """

    confusion: Ints
    predicted: Floats
    asked: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @cached_property
    def rows(self) -> Ints:
        """(G,) test rows of each group."""
        return np.asarray(self.truth.sum(axis=1), np.int64)

    @cached_property
    def here(self) -> Ints:
        """The groups that have test rows."""
        return np.flatnonzero(self.rows)

    @cached_property
    def truth(self) -> Ints:
        """(G, C) test rows by group and true class."""
        return np.asarray(self.confusion.sum(axis=2), np.int64)

    @cached_property
    def rates(self) -> GroupRates:
        """The shares that measures of fairness compare."""
        rows, hits = self.rows[:, None], np.diagonal(self.confusion, axis1=1, axis2=2)
        chosen = self.confusion.sum(axis=1)
        with np.errstate(invalid="ignore"):  # none of no rows: undefined
            return GroupRates(
                accuracy=hits.sum(axis=1) / self.rows,
                selection=chosen / rows,
                true_positive=hits / self.truth,
                false_positive=(chosen - hits) / (rows - self.truth),
                calibration=(self.predicted - self.truth) / rows,
            )


def counted(proba: Floats, guess: Ints, truth: Ints, group: Ints, n_groups: int) -> GroupCounts:
    """Count predictions by group.

    Parameters
    ----------
    proba : (n, C) array
    guess, truth, group : (n,) arrays of codes
        Predicted class, true class, group.
    n_groups : int
        G.

    Examples
    --------
    >>> guess, truth, group = np.array([0, 1, 1]), np.array([0, 1, 0]), np.array([0, 0, 1])
    >>> found = counted(np.eye(2)[guess], guess, truth, group, 2)
    >>> found.confusion.tolist(), found.rates.accuracy.tolist()
    ([[[1, 0], [0, 1]], [[0, 1], [0, 0]]], [1.0, 0.0])
    """
    C = proba.shape[1]
    cell = (group * C + truth) * C + guess
    confusion = np.bincount(cell, minlength=n_groups * C * C).reshape(n_groups, C, C)
    sums = np.empty((n_groups, C))
    for c in range(C):
        sums[:, c] = np.bincount(group, proba[:, c], n_groups)
    return GroupCounts(confusion, sums)


def gaps(values: Floats, here: Ints) -> Floats:
    """Largest minus smallest value of the groups, for each class.

    NaN with fewer than two groups, and when the value of one of them is not defined: a gap over the others
    would hide the group that nobody can speak about.

    Parameters
    ----------
    values : (G, C) array
    here : (g,) array
        The groups that have test rows.

    Examples
    --------
    >>> gaps(np.array([[0.5, 0.5], [0.75, np.nan], [0.0, 0.0]]), np.array([0, 1]))
    array([0.25, nan])
    """
    found = values[here]
    return found.max(axis=0) - found.min(axis=0) if len(here) > 1 else np.full(values.shape[1], np.nan)


def recordable(n_groups: int, n_classes: int) -> bool:
    """Whether a round keeps the counts of so many groups and classes."""
    return n_groups > 1 and n_groups * n_classes * (n_classes + 1) <= MOST_CELLS


def recorded(counts: GroupCounts) -> dict[str, float]:
    """The counts as a round keeps them; `group_counts` reads them back."""
    table = counts.confusion
    cells = np.argwhere(table).tolist()
    found = {f"{MARK}{g}.{t}.{p}": float(table[g, t, p]) for g, t, p in cells}
    for g, sums in enumerate(counts.predicted.tolist()):
        found |= {f"{MARK}{g}~{p}": float(f"{total:.9g}") for p, total in enumerate(sums)}
    return found | {f"{MARK}{g}": float(n) for g, n in enumerate(counts.asked.tolist())}


def group_counts(metrics: Mapping[str, float]) -> GroupCounts | None:
    """The counts that a round kept; None when it kept none.

    >>> guess, truth, group = np.array([0, 1, 1]), np.array([0, 1, 0]), np.array([0, 0, 1])
    >>> counts = counted(np.eye(2)[guess], guess, truth, group, 2)
    >>> group_counts(recorded(counts)).confusion.tolist() == counts.confusion.tolist()
    True
    >>> group_counts({"accuracy": 0.5})
    """
    sums = {name: value for name, value in metrics.items() if is_detail(name) and "~" in name}
    if not sums:
        return None
    places = [tuple(map(int, name[1:].split("~"))) for name in sums]
    G, C = (max(place[axis] for place in places) + 1 for axis in (0, 1))
    confusion, predicted, asked = np.zeros((G, C, C), np.int64), np.zeros((G, C)), np.zeros(G, np.int64)
    for place, value in zip(places, sums.values(), strict=True):
        predicted[place] = value
    for name, value in metrics.items():
        if is_detail(name) and name not in sums:
            at = tuple(map(int, name[1:].split(".")))
            if len(at) == 1:
                asked[at] = value
            else:
                confusion[at] = value
    return GroupCounts(confusion, predicted, asked)


def is_detail(name: str) -> bool:
    """Whether a key of a round's metrics is a count kept for later rather than a metric."""
    return name.startswith(MARK)
