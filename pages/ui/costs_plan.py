"""What the Costs page asks: which labels at which prices, which strategies, how good is good enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alcore.catalog import ADJUSTMENTS, PRICES, SELECTORS
from alcore.comparison import CONTENDERS, SEEDS, Comparison, Contender
from alcore.errors import SpecError
from alcore.params import Param, Range
from alcore.project import shifts
from alcore.recipes import RECIPES
from alcore.spec import Choice, Spec
from pages.ui import people, story
from pages.ui.story import Story

METRICS = {"accuracy": "Accuracy", "balanced_accuracy": "Balanced accuracy", "macro_f1": "Macro-F1"}
OFFERED = tuple(name for name in RECIPES if name != "random")
USUAL = ("margin", "cost_aware", "purse", "cheapest")
_POINT = Spec(
    dataset=Choice("digits"),
    first=10,
    batch=10,
    budget=120,
    budget_in="money",
    price=Choice("log_normal"),
)
_SECONDS = replace(_POINT, price=Choice("per_second"))
_GUESS = ("margin", "guessed_cost")

STORIES = (
    Story(
        "The point",
        "Handwritten digits whose labels differ in price: one in ten costs more than 2.8 times the typical "
        "one. Prices are known before. What does it cost to be right in 85 of 100?",
        _POINT,
    ),
    Story(
        "Known only afterwards",
        "Sentences, and annotators paid by the hour: what a label costs is known only once it was given. A "
        "strategy can guess from the seconds logged so far.",
        replace(_SECONDS, dataset=Choice.of("sentiment", rows=1500), first=20, budget=60),
        {"strategies": _GUESS, "target": 0.68},
    ),
    Story(
        "When it does not help",
        "The same guessing on handwritten digits. Here whole digits are slow to label, so looking for the "
        "cheap ones buys many labels of a few kinds.",
        replace(_SECONDS, budget=40),
        {"strategies": _GUESS},
    ),
)

SETTINGS = (
    Param(
        "strategies",
        str,
        USUAL,
        many=True,
        choices=OFFERED,
        help="Up to eight; random always takes part. The family *money* looks at prices.",
    ),
    Param(
        "seeds",
        int,
        20,
        range=Range(2, SEEDS),
        help="How often everything is repeated, each time with another split, start and prices, the same for "
        "all strategies. 20 are enough to claim something.",
    ),
    Param("metric", str, "accuracy", choices=tuple(METRICS), help="What is measured on test rows."),
    Param("target", float, 0.85, range=Range(0.01, 1.0), help="The score that is good enough."),
)
WHEN = {p.name: p for p in shifts.PARAMS}
VIEW = (
    story.own(STORIES),
    people.SHOW,
    *SETTINGS,
    *shifts.PARAMS,
    Param("at", int, 3, range=Range(1, 10_000), help="The purchase after this round is shown."),
)


def comparison_of(view: Mapping[str, Any], spec: Spec) -> Comparison:
    """The strategies at these prices, and random.

    Raises
    ------
    SpecError
        When what is asked for does not go together.
    """
    names = tuple(view["strategies"])
    if not names:
        raise SpecError("Choose at least one strategy in the form, under Strategies")
    if len(names) > CONTENDERS:
        raise SpecError(f"At most {CONTENDERS} strategies are compared at once; take some away")
    return Comparison(spec, tuple(Contender.recipe(name) for name in names), seeds=int(view["seeds"]))


def shifts_of(view: Mapping[str, Any], spec: Spec) -> shifts.Shifts:
    """The plan of work as the form describes it; a price that is a wage says the wage itself.

    Raises
    ------
    SpecError
        When the first day is no date.
    """
    return shifts.Shifts(**{name: view[name] for name in WHEN} | own_wage(spec))


def own_wage(spec: Spec) -> dict[str, Any]:
    """The wage that the price charges by, if it does."""
    wage = PRICES.settle(spec.price).get("wage") if spec.price.name in PRICES else None
    return {"wage": wage} if wage else {}


def looks_at_money(spec: Spec) -> bool:
    """Whether any part of the strategy looks at prices."""
    families = [SELECTORS[spec.select.name].facts.get("family")]
    families += [ADJUSTMENTS[c.name].facts.get("family") for c in spec.adjust]
    return "money" in families


def roles(comparison: Comparison) -> tuple[str, str]:
    """The strategy the answer is about, and the one it is compared with besides random; "" = there is none.

    The first one that looks at prices and at a learner; and the first that asks by the same score without
    looking at prices, else any that does not.
    """
    specs = {c.label: c.over(comparison.base) for c in comparison.contenders}
    aware = [n for n, s in specs.items() if looks_at_money(s) and s.acquisition.name != "random"]
    hero = aware[0] if aware else ""
    plain = [n for n, s in specs.items() if not looks_at_money(s)]
    same = [n for n in plain if hero and specs[n].acquisition == specs[hero].acquisition]
    return hero or next(iter(specs), ""), next(iter(same or plain), "") if hero else ""


def cheapest(comparison: Comparison) -> str:
    """The strategy that buys what is cheap without asking a learner; "" = it takes no part."""
    specs = {c.label: c.over(comparison.base) for c in comparison.contenders}
    found = (n for n, s in specs.items() if looks_at_money(s) and s.acquisition.name == "random")
    return next(found, "")
