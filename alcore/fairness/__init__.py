"""Is everybody served as well, and what does it cost? From runs to tables about groups of people.

Counts by group are kept in every round (`alcore.metrics.group_counts`), so nothing is fitted again here. The
names and sizes of groups belong to a data set and a seed: `groups` tells them. Rates of no rows are
undefined: NaN, with a reason, never 0.
"""

from alcore.fairness.effects import differences, group_differences
from alcore.fairness.frames import (
    MEASURES,
    GroupPart,
    Measure,
    gap_frame,
    group_bands,
    group_frame,
    group_part,
    group_table,
    spent,
    spent_table,
)
from alcore.fairness.population import Facts, groups, undefined, undefined_text
from alcore.fairness.strategies import is_fair, plain
from alcore.metrics.by_group import GAPS as _RATES

GAPS = ("worst_group_accuracy", *_RATES)
QUOTAS_DO_NOT_GUARANTEE = (
    "Quotas share out labels, not results: equal labels for every group do not guarantee equal accuracy or "
    "equal rates. What counts is the measured gap."
)

__all__ = [
    "GAPS",
    "MEASURES",
    "QUOTAS_DO_NOT_GUARANTEE",
    "Facts",
    "GroupPart",
    "Measure",
    "differences",
    "gap_frame",
    "group_bands",
    "group_differences",
    "group_frame",
    "group_part",
    "group_table",
    "groups",
    "is_fair",
    "plain",
    "spent",
    "spent_table",
    "undefined",
    "undefined_text",
]
