"""Metrics: how good is the learner on rows nobody may query?

A metric is a function of `Judged`. One that is not defined on some rows gives NaN there, and is left out.
"""

from alcore.catalog import METRICS
from alcore.metrics.judged import Judged
from alcore.types import Floats, Ints

__all__ = ["Judged", "measure"]


def measure(
    proba: Floats, truth: Ints, group: Ints | None = None, groups: tuple[str, ...] = ("all",)
) -> dict[str, float]:
    """Every registered metric that is defined on these test rows; empty when there are none."""
    if not len(truth):
        return {}
    judged = Judged(proba, truth) if group is None else Judged(proba, truth, group, groups)
    found = {name: entry.plugin(judged) for name, entry in METRICS.items()}
    return {name: value for name, value in found.items() if value == value}
