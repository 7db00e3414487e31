"""The same strategy without fairness: what its price and its gain are measured against."""

from dataclasses import replace

from alcore.catalog import ADJUSTMENTS, SELECTORS
from alcore.spec import Choice, Spec

FAMILY = "fairness"


def plain(spec: Spec) -> Spec:
    """The spec with its strategy, but for what serves fairness.

    Adjustments for fairness are left out, and group quotas give way to the selection used within the groups.

    >>> fair = Spec(select=Choice.of("group_quotas", within="hybrid"), adjust=("worst_group_first",))
    >>> plain(fair).select.name, plain(fair).adjust
    ('hybrid', ())
    """
    adjust = tuple(c for c in spec.adjust if ADJUSTMENTS[c.name].facts.get("family") != FAMILY)
    select = spec.select
    while SELECTORS[select.name].facts.get("family") == FAMILY:
        inner = str(SELECTORS.settle(select)["within"])
        select = Choice("top") if inner == select.name else Choice(inner)
    return replace(spec, adjust=adjust, select=select)


def is_fair(spec: Spec) -> bool:
    """Whether some part of the strategy serves fairness."""
    return plain(spec) != spec
