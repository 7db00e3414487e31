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
from pages.ui.editor import Editor

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
    with _group(page, "Data", ":material/database:", expanded=True):
        spec = replace(spec, dataset=own_data.dataset(page))
    with _group(page, "Learner", ":material/neurology:", expanded=True):
        spec = _choose(page, spec, "learner", LEARNERS, "Learner")
    with _group(page, "Strategy", ":material/target:", expanded=True):
        recipe = st.container()
        spec = _choose(page, spec, "acquisition", ACQUISITIONS, "Acquisition function")
        spec = _choose(page, spec, "select", SELECTORS, "Batch selection")
        spec = _many(page, spec, "adjust", ADJUSTMENTS, "Adjustments")
    with _group(page, "Committee", ":material/groups:", _now(page, "committee", COMMITTEES)):
        if not committee_used(spec):
            st.caption(
                "This strategy asks no committee. It still votes in *Why this point?* and in heatmaps."
            )
        spec = _choose(page, spec, "committee", COMMITTEES, "Committee")
    with _group(
        page,
        "Budget",
        ":material/savings:",
        f"{_value(page, BUDGET, spec):,.6g} {_value(page, BUDGET_IN, spec)}",
    ):
        left, right = st.columns(2)
        with left:
            spec = _number(page, spec, BUDGET, label="Budget")
        with right:
            spec = _number(page, spec, BUDGET_IN, label="Counted in", segments=False)
        with left:
            spec = _number(page, spec, FIRST, label="First labels")
        with right:
            spec = _number(page, spec, BATCH, label="Batch size")
        spec = _choose(page, spec, "start", COLD_STARTS, "Cold start")
        spec = _many(page, spec, "stop", STOPPING, "Stopping rules")
        if len(spec.stop) > 1:
            spec = _number(
                page, spec, STOP_WHEN, names={"any": "one says so", "all": "all say so"}, label="Stop when"
            )
    with _group(page, "Annotator", ":material/person_edit:", _now(page, "oracle", ORACLES)):
        spec = _choose(page, spec, "oracle", ORACLES, "Annotator (oracle)")
        spec = _choose(page, spec, "price", PRICES, "Cost per label")
    with _group(page, "Split and seed", ":material/casino:", f"seed {_value(page, SEED, spec)}"):
        spec = _number(page, spec, SEED, label="Seed")
        spec = _number(page, spec, TEST, label="Test share")
    recipes.menu(recipe, page, spec)
    return spec


def _group(page: Editor, name: str, icon: str, now: str = "", *, expanded: bool = False) -> Any:
    """A part of the form; a closed one says in its title what is chosen inside."""
    label = f"{name} · {now}" if now else name
    return st.expander(label, icon=icon, expanded=expanded, key=page.key("group", name))


def _now(page: Editor, part: str, registry: Any) -> str:
    """What a menu that is drawn below shows."""
    name = st.session_state.get(page.key(part), getattr(page.spec, part).name)
    return form.spoken(registry[name].label).lower() if name in registry else str(name)


def _value(page: Editor, param: Param, spec: Spec) -> Any:
    """What a widget that is drawn below shows."""
    value = st.session_state.get(page.key(param.name))
    return getattr(spec, param.name) if value is None else value


def committee_used(spec: Spec) -> bool:
    """Whether any part of the strategy asks a committee."""
    parts: list[Entry[Any]] = [ACQUISITIONS[spec.acquisition.name], SELECTORS[spec.select.name]]
    parts += [ADJUSTMENTS[c.name] for c in spec.adjust]
    return any("members" in p.needs for p in parts)


def _choose(page: Editor, spec: Spec, part: str, registry: Any, label: str) -> Spec:
    chosen = form.choose(
        registry,
        label,
        page.key(part),
        getattr(spec, part),
        why_not=lambda entry: misfit(spec, entry) if part in ("acquisition", "select") else "",
        on_change=page.touch,
    )
    return replace(spec, **{part: chosen})


def _many(page: Editor, spec: Spec, part: str, registry: Any, label: str) -> Spec:
    chosen = form.choose_many(registry, label, page.key(part), getattr(spec, part), on_change=page.touch)
    return replace(spec, **{part: chosen})


def _number(page: Editor, spec: Spec, param: Param, **options: Any) -> Spec:
    """One of the spec's own fields."""
    low = param.range.low if param.range else None
    value = getattr(spec, param.name)
    value = value if low is None else max(value, low)
    chosen = form.field(param, value, page.key(param.name), on_change=page.touch, **options)
    return replace(spec, **{param.name: chosen})
