"""The Playground's controls: every part of an experiment, in the order in which one thinks of them."""

from dataclasses import replace
from typing import Any

import streamlit as st

from alcore.catalog import (
    ACQUISITIONS,
    ADJUSTMENTS,
    COLD_STARTS,
    COMMITTEES,
    LEARNERS,
    ORACLES,
    PRICES,
    SELECTORS,
    STOPPING,
)
from alcore.loop import misfit
from alcore.params import Param, Range
from alcore.registry import Entry
from alcore.spec import Spec
from pages.ui import form, own_data, recipes
from pages.ui.editor import Editor, Sheet

FIRST = Param("first", int, 10, range=Range(1, 10_000), help="How many labels the cold start buys.")
BATCH = Param("batch", int, 5, range=Range(1, 10_000), help="How many labels are bought in each round.")
BUDGET = Param("budget", float, 100, range=Range(0, 1e9), help="The run ends when no more can be bought.")
BUDGET_IN = Param("budget_in", str, "labels", choices=("labels", "money"))
TEST = Param(
    "test_share",
    float,
    0.33,
    range=Range(0.05, 0.9),
    help="Share of the rows kept aside to measure the learner; nobody may ask about them.",
)
SEED = Param(
    "seed",
    int,
    0,
    range=Range(0, 2**31 - 1),
    help="The same seed gives the same split, start and noise. Another seed is another run.",
)
STOP_WHEN = Param("stop_when", str, "any", choices=("any", "all"), help="When several rules are chosen.")


def sidebar(page: Editor) -> Spec:
    """Draw every control and return the experiment they describe."""
    spec = page.spec
    with group(page, "Data", ":material/database:", expanded=True):
        spec = replace(spec, dataset=own_data.dataset(page))
    with group(page, "Learner", ":material/neurology:", expanded=True):
        spec = choose(page, spec, "learner", LEARNERS, "Learner")
    with group(page, "Strategy", ":material/target:", expanded=True):
        recipe = st.container()
        spec = strategy(page, spec)
    with group(page, "Committee", ":material/groups:", now(page, "committee", COMMITTEES)):
        spec = committee(page, spec)
    with group(page, "Budget", ":material/savings:", bought(page, spec)):
        spec = budget(page, spec)
        spec = many(page, spec, "stop", STOPPING, "Stopping rules")
        if len(spec.stop) > 1:
            spec = number(
                page, spec, STOP_WHEN, names={"any": "one says so", "all": "all say so"}, label="Stop when"
            )
    with group(page, "Annotator", ":material/person_edit:", now(page, "oracle", ORACLES)):
        spec = annotator(page, spec)
    with group(page, "Split and seed", ":material/casino:", f"seed {value(page, SEED, spec)}"):
        spec = number(page, spec, SEED, label="Seed")
        spec = number(page, spec, TEST, label="Test share")
    recipes.menu(recipe, page, spec)
    return spec


def strategy(page: Sheet, spec: Spec) -> Spec:
    """The parts of a strategy but for its committee."""
    spec = choose(page, spec, "acquisition", ACQUISITIONS, "Acquisition function")
    spec = choose(page, spec, "select", SELECTORS, "Batch selection")
    return many(page, spec, "adjust", ADJUSTMENTS, "Adjustments")


def committee(page: Sheet, spec: Spec) -> Spec:
    """Who votes, and whether anybody asks them."""
    if not committee_used(spec):
        st.caption("This strategy asks no committee. It still votes in *Why this point?* and in heatmaps.")
    return choose(page, spec, "committee", COMMITTEES, "Committee")


def bought(page: Sheet, spec: Spec) -> str:
    """The budget in a few words."""
    return f"{value(page, BUDGET, spec):,.6g} {value(page, BUDGET_IN, spec)}"


def budget(page: Sheet, spec: Spec) -> Spec:
    """How much is bought, how it begins and in which portions."""
    left, right = st.columns(2)
    with left:
        spec = number(page, spec, BUDGET, label="Budget")
    with right:
        spec = number(page, spec, BUDGET_IN, label="Counted in", segments=False)
    with left:
        spec = number(page, spec, FIRST, label="First labels")
    with right:
        spec = number(page, spec, BATCH, label="Batch size")
    return choose(page, spec, "start", COLD_STARTS, "Cold start")


def annotator(page: Sheet, spec: Spec) -> Spec:
    """Who answers, and what that costs."""
    spec = choose(page, spec, "oracle", ORACLES, "Annotator (oracle)")
    return choose(page, spec, "price", PRICES, "Cost per label")


def group(page: Sheet, name: str, icon: str, now: str = "", *, expanded: bool = False) -> Any:
    """A part of the form; a closed one says in its title what is chosen inside."""
    label = f"{name} · {now}" if now else name
    return st.expander(label, icon=icon, expanded=expanded, key=page.key("group", name))


def now(page: Sheet, part: str, registry: Any) -> str:
    """What a menu that is drawn below shows."""
    name = st.session_state.get(page.key(part), getattr(page.spec, part).name)
    return form.spoken(registry[name].label).lower() if name in registry else str(name)


def value(page: Sheet, param: Param, spec: Spec) -> Any:
    """What a widget that is drawn below shows."""
    value = st.session_state.get(page.key(param.name))
    return getattr(spec, param.name) if value is None else value


def committee_used(spec: Spec) -> bool:
    """Whether any part of the strategy asks a committee."""
    parts: list[Entry[Any]] = [ACQUISITIONS[spec.acquisition.name], SELECTORS[spec.select.name]]
    parts += [ADJUSTMENTS[c.name] for c in spec.adjust]
    return any("members" in p.needs for p in parts)


def choose(page: Sheet, spec: Spec, part: str, registry: Any, label: str) -> Spec:
    """A menu of plug-ins for one part of the spec."""
    chosen = form.choose(
        registry,
        label,
        page.key(part),
        getattr(spec, part),
        why_not=lambda entry: misfit(spec, entry) if part in ("acquisition", "select") else "",
        on_change=page.touch,
    )
    return replace(spec, **{part: chosen})


def many(page: Sheet, spec: Spec, part: str, registry: Any, label: str) -> Spec:
    """A menu that takes several of them."""
    chosen = form.choose_many(registry, label, page.key(part), getattr(spec, part), on_change=page.touch)
    return replace(spec, **{part: chosen})


def number(page: Sheet, spec: Spec, param: Param, **options: Any) -> Spec:
    """One of the spec's own fields."""
    low = param.range.low if param.range else None
    held = getattr(spec, param.name)
    held = held if low is None else max(held, low)
    chosen = form.field(param, held, page.key(param.name), on_change=page.touch, **options)
    return replace(spec, **{param.name: chosen})
