"""What a round of an experiment gives away: how many draws, each with how much privacy loss."""

from dataclasses import dataclass
from math import inf, isinf
from typing import Any

from alcore import catalog
from alcore.registry import Entry
from alcore.spec import Choice, Spec

# Selectors that look at the scores and at nothing else: random scores then say nothing about the rows.
SCORES_ONLY = ("top", "epsilon_greedy", "power", "softmax", "softrank")


@dataclass(frozen=True, slots=True)
class Spending:
    """What one whole round spends.

    Attributes
    ----------
    releases : draws in a round; the rows of a batch, or 1 where the noise covers the batch as a whole
    each : epsilon of one draw; 0 = says nothing about the data, inf = no promise
    bounded : whether a draw keeps the stricter promise of bounded range, for which rounds add up more cheaply
    """

    releases: int
    each: float
    bounded: bool


def score_range(spec: Spec, n_classes: int) -> float:
    """How far apart two scores of this spec can lie, whatever the data; inf where nobody can tell.

    >>> score_range(Spec(acquisition="least_confident"), 10), score_range(Spec(acquisition="density"), 10)
    (0.9, inf)
    """
    spread = catalog.ACQUISITIONS[spec.acquisition.name].facts.get("spread")
    return inf if spread is None or spec.adjust else float(spread(n_classes))


def without_promise(spec: Spec, entry: Entry[Any]) -> str:
    """Why a private selector cannot keep its promise in this spec; "" when it can."""
    scored = catalog.ACQUISITIONS[spec.acquisition.name]
    if spec.adjust:
        labels = " and ".join(catalog.ADJUSTMENTS[c.name].label for c in spec.adjust)
        return (
            f"{entry.label} needs scores whose range is known, and {labels} changes them: "
            "take the adjustment away"
        )
    if isinf(score_range(spec, 2)):
        able = [e.label for e in catalog.ACQUISITIONS.values() if e.facts.get("spread", _none)(2)]
        return (
            f"{entry.label} needs scores whose range is known, and that of {scored.label} is not: choose "
            f"{', '.join(able[:-1])} or {able[-1]}"
        )
    if entry.facts["promise"] == "round" and not scored.facts.get("pointwise"):
        return (
            f"{entry.label} needs scores of which one record moves one only, and {scored.label} compares "
            "rows with each other: choose one-shot Gumbel"
        )
    if not _blind_start(spec.start):
        start = catalog.COLD_STARTS[spec.start.name].label
        return f"{entry.label} needs a first round that looks at no row: replace {start} by random"
    return ""


def spending(spec: Spec) -> Spending:
    """What a whole round of this spec spends.

    >>> spending(Spec(select=Choice.of("gumbel_top", each=0.5), batch=10))
    Spending(releases=10, each=0.5, bounded=True)
    >>> spending(Spec()).each, spending(Spec(acquisition="random")).each
    (inf, 0.0)
    """
    entry = catalog.SELECTORS[spec.select.name]
    blind = score_range(spec, 2) == 0.0
    if blind and ("bounded" in entry.needs or spec.select.name in SCORES_ONLY):
        return Spending(spec.batch, 0.0, True)
    if "bounded" not in entry.needs or without_promise(spec, entry):
        return Spending(spec.batch, inf, False)
    each = float(catalog.SELECTORS.settle(spec.select)["each"])  # type: ignore[arg-type]
    return Spending(
        spec.batch if entry.facts["promise"] == "pick" else 1, each, bool(entry.facts["bounded_range"])
    )


def _blind_start(start: Choice) -> bool:
    return catalog.COLD_STARTS[start.name].facts.get("family") == "random"


def _none(n_classes: int) -> float:
    return 0.0
