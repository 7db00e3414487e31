"""Metrics: how good is the learner on rows nobody may query?

A metric is a function of `Judged`. One that is not defined on some rows gives NaN there, and is left out.
"""

from dataclasses import replace

import numpy as np

from alcore.catalog import METRICS
from alcore.metrics.group_counts import GroupCounts, group_counts, is_detail, recordable, recorded
from alcore.metrics.judged import Judged
from alcore.types import Floats, Ints

__all__ = ["GroupCounts", "Judged", "group_counts", "is_detail", "measure"]


def measure(
    proba: Floats,
    truth: Ints,
    group: Ints | None = None,
    groups: tuple[str, ...] = ("all",),
    asked: Ints | None = None,
    rarest: int | None = None,
) -> dict[str, float]:
    """Every registered metric that is defined on these test rows; empty when there are none.

    Parameters
    ----------
    proba : (n, C) array
    truth : (n,) array
        True codes.
    group : (n,) array, optional
        Codes into `groups`.
    groups : G names
    asked : (L,) array, optional
        Groups of the rows whose labels were bought so far. With them the counts by group are kept too, where
        there are groups and not too many; see `alcore.metrics.group_counts`.
    rarest : int, optional
        Code of the rarest class of the data; None = of these rows.
    """
    if not len(truth):
        return {}
    judged = Judged(proba, truth, rarest=rarest)
    if group is not None:
        judged = replace(judged, group=group, groups=groups)
    found = {name: entry.plugin(judged) for name, entry in METRICS.items()}
    found = {name: value for name, value in found.items() if value == value}
    if asked is None or not recordable(len(groups), proba.shape[1]):
        return found
    counts = judged.by_group
    bought = np.bincount(asked, minlength=len(groups))
    return found | recorded(GroupCounts(counts.confusion, counts.predicted, bought))
