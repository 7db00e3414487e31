"""What the Fairness page asks: on which data, with which strategy, and fairness added to it in which ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alcore import fairness
from alcore.comparison import RANDOM, SEEDS, Comparison, Contender
from alcore.errors import SpecError
from alcore.fairness import GAPS, MEASURES
from alcore.params import Param, Range
from alcore.spec import Choice, Spec
from pages.ui import people, story
from pages.ui.colours import CLASS_COLOURS, COLOURS, Look
from pages.ui.story import Story

WORST = "worst_group_accuracy"
PLAIN = "Without fairness"
CHOSEN = "As composed"  # a strategy that was chosen with fairness in it
QUOTAS = {
    "equal": ("Equal quotas", "equal"),
    "level": ("Level labels", "level labels"),
    "pool": ("Quotas as in pool", "pool share"),
}  # ways that are quotas: their names, and how the places are shared
OTHERS = {
    "worst": ("Worst group first", Choice("worst_group_first")),
    "weights": ("Group weights", Choice("group_weights")),
}  # ways that are adjustments
WAYS = {name: label for name, (label, _) in (QUOTAS | OTHERS).items()}
UNUSED = {"quota": "by quota again", "refilled": "best of all"}
USUAL_WAYS = ("equal", "worst")

STORIES = (
    Story(
        "The point",
        "One row in eight belongs to a small group that follows a rule of its own. A strategy that asks "
        "where it is in doubt gives that group no more labels than chance would, too few to learn the rule.",
        Spec(
            "skewed_groups",
            acquisition="least_confident",
            first=20,
            batch=8,
            budget=160,
            test_share=0.5,
        ),
    ),
    Story(
        "When it does not help",
        "Incomes of 1994: who earns over 50,000 dollars, women and men compared. The gap is in the world "
        "that the labels come from, not in who was asked about.",
        Spec(
            Choice.of("adult", rows=2000),
            acquisition="least_confident",
            first=20,
            batch=10,
            budget=200,
        ),
    ),
    Story(
        "When it does harm",
        "Who has a job, by disability. With more labels the model learns better how rarely people with a "
        "disability are employed, and its predictions for the two groups move further apart.",
        Spec(
            Choice.of("acs_employment", rows=2000),
            acquisition="least_confident",
            first=20,
            batch=10,
            budget=200,
        ),
    ),
)
LOOKED_AT = {story.title: "demographic_parity_gap" for story in STORIES[1:]}  # a story's own question
SEEN_AS = {  # gap -> the measure of single groups that it compares
    WORST: "accuracy",
    "demographic_parity_gap": "selection_rate",
    "equalised_odds_gap": "true_positive_rate",
    "equal_opportunity_gap": "true_positive_rate",
    "calibration_gap": "calibration",
}
LOOKS = {  # kept apart by hand: they always share their charts
    PLAIN: Look(COLOURS[2], (3, 3), "diamond"),
    WAYS["equal"]: Look(COLOURS[0], (1, 0), "triangle-up"),
    WAYS["worst"]: Look(COLOURS[3], (8, 3), "square"),
    WAYS["level"]: Look(COLOURS[4], (12, 4), "triangle-down"),
    WAYS["weights"]: Look(COLOURS[5], (8, 3, 2, 3), "cross"),
    WAYS["pool"]: Look(CLASS_COLOURS[8], (4, 4), "triangle-right"),
    CHOSEN: Look(CLASS_COLOURS[6], (12, 4, 2, 4), "triangle-left"),
}

GAP = Param(
    "gap", str, "", choices=("", *GAPS), help="What the answer is about, and what is drawn over the run."
)
MEASURE = Param("measure", str, "", choices=("", *MEASURES), help="What is drawn for each group.")
LANES = Param("lanes", str, "", choices=("", "groups", "strategies"))
POSITIVE = Param("positive", int, -1, range=Range(-1, 1000))
SETTINGS = (
    Param(
        "may_look",
        bool,
        True,
        help="Off: no strategy is told who belongs to which group, and the page measures only. Whether "
        "choosing by group is allowed is a matter of law and of consent, not of statistics.",
    ),
    Param(
        "ways",
        str,
        USUAL_WAYS,
        many=True,
        choices=tuple(WAYS),
        help="Each is added to the strategy and runs beside it. Equal quotas: every group gets the same "
        "share of each batch. Level labels: groups with fewer labels so far get more. As in the pool: each "
        "gets its share of the pool. Worst group first: the batch goes to the group with the largest "
        "cross-validated error. Group weights: scores of groups with a larger error count for more.",
    ),
    Param(
        "unused",
        str,
        "quota",
        choices=tuple(UNUSED),
        help="When a group has too few rows left for its places, the batch is filled up: the others get them "
        "by quota, or the best rows of all do.",
    ),
    Param(
        "seeds",
        int,
        20,
        range=Range(2, SEEDS),
        help="How often everything is repeated, each time with another split and start, the same for all. "
        "20 are enough to claim something.",
    ),
)  # fmt: skip
VIEW = (
    story.own(STORIES),
    people.SHOW,
    *SETTINGS,
    GAP,
    POSITIVE,
    MEASURE,
    LANES,
)


def judged_by(story: str) -> str:
    """The measure that a story is about; one's own question is about the worst-off group."""
    return LOOKED_AT.get(story, WORST)


def comparison_of(view: Mapping[str, Any], spec: Spec) -> Comparison:
    """The strategy without fairness, with it in every way that is asked for, and random.

    Raises
    ------
    SpecError
        When what is asked for does not go together.
    """
    plain = fairness.plain(spec)
    asked = {} if _passive(plain) else {PLAIN: plain}
    if view["may_look"]:
        if fairness.is_fair(spec):
            asked[CHOSEN] = spec
        asked |= {WAYS[name]: made for name in view["ways"] if (made := fair(plain, name, view)) != spec}
    contenders = tuple(Contender.between(label, spec.passive(), made) for label, made in asked.items())
    if not contenders:
        raise SpecError(
            "Random alone has nothing to be compared with: choose another strategy, or a way of fairness"
        )
    return Comparison(spec, contenders, seeds=int(view["seeds"]))


def fair(plain: Spec, way: str, view: Mapping[str, Any]) -> Spec:
    """A strategy with one way of fairness added to it."""
    if way in QUOTAS:
        return replace(plain, select=_quotas(plain.select, QUOTAS[way][1], UNUSED[str(view["unused"])]))
    return replace(plain, adjust=(*plain.adjust, OTHERS[way][1]))


def _quotas(within: Choice, share: str, unused: str) -> Choice:
    from alcore.catalog import SELECTORS

    given = {"share": share, "unused": unused, "within": within.name}
    return SELECTORS.normal(Choice.of("group_quotas", **given))


def plain_name(comparison: Comparison) -> str:
    """The strategy that all others are compared with: the one without fairness, which may be random."""
    return PLAIN if any(c.label == PLAIN for c in comparison.contenders) else RANDOM


def fair_names(comparison: Comparison) -> list[str]:
    """The strategies with fairness in them."""
    return [c.label for c in comparison.contenders if c.label != PLAIN]


def pairs(comparison: Comparison) -> dict[str, tuple[str, ...]]:
    """Whom each strategy is compared with: the plain one and random; random with nobody."""
    plain, twins = plain_name(comparison), comparison.twins
    return {
        c.label: tuple(dict.fromkeys(o for o in (plain, twins[c.label]) if o != c.label))
        for c in comparison.contenders
    }


def _passive(spec: Spec) -> bool:
    return spec == spec.passive()
