"""The Costs page's controls: whose labels, at which prices, bought by whom, and when people work."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from alcore.catalog import DATASETS, LEARNERS, ORACLES, PRICES
from alcore.recipes import RECIPES
from alcore.spec import Spec
from pages.ui import controls, form, own_data
from pages.ui import costs_plan as plan
from pages.ui.compare_words import count
from pages.ui.editor import Editor

OWN_COSTS = (
    "Name the column in **Data**, as *Cost of each label*: money for the price *per row*, seconds for *per "
    "second*."
)


def sidebar(page: Editor) -> Spec:
    """Draw every control and return the experiment they describe."""
    spec = page.spec
    with controls.group(
        page, "Data", ":material/database:", _data(spec), expanded=own_data.is_own(spec.dataset)
    ):
        spec = replace(spec, dataset=own_data.dataset(page))
    with controls.group(
        page, "Prices", ":material/sell:", controls.now(page, "price", PRICES), expanded=True
    ):
        spec = controls.choose(page, spec, "price", PRICES, "What a label costs")
        if own_data.is_own(spec.dataset):
            st.caption(OWN_COSTS)
    with controls.group(page, "Budget", ":material/savings:", controls.bought(page, spec)):
        spec = controls.budget(page, spec)
    with controls.group(page, "Strategies", ":material/target:", expanded=True):
        page.show(
            "strategies", label="Compared with random", names={n: RECIPES[n].label for n in plan.OFFERED}
        )
        page.show("metric", label="Measured", names=plan.METRICS, segments=False)
        page.show("target", label="Target")
    with controls.group(page, "Learner", ":material/neurology:", controls.now(page, "learner", LEARNERS)):
        spec = controls.choose(page, spec, "learner", LEARNERS, "Learner")
    with controls.group(page, "Annotator", ":material/person_edit:", controls.now(page, "oracle", ORACLES)):
        spec = controls.choose(page, spec, "oracle", ORACLES, "Annotator (oracle)")
    with controls.group(page, "Working hours", ":material/calendar_month:", _hours(page)):
        left, right = st.columns(2)
        asked = {k: v for k, v in HOURS.items() if k not in plan.own_wage(spec)}
        for at, (name, label) in enumerate(asked.items()):
            with (left, right)[at % 2]:
                page.show(name, label=label, typed=name != "first_day")
    seeds = count(int(page.view["seeds"]), "seed")  # type: ignore[arg-type]
    with controls.group(page, "Seeds and split", ":material/casino:", seeds):
        page.show("seeds", label="Seeds", typed=True)
        spec = controls.number(page, spec, controls.SEED, label="First seed")
        spec = controls.number(page, spec, controls.TEST, label="Test share")
    return spec


HOURS = {
    "annotators": "People",
    "wage": "Wage an hour",
    "hours": "Hours a day",
    "week": "Days a week",
    "session": "Session, minutes",
    "pause": "Break, minutes",
    "wait": "Wait for a batch, hours",
    "first_day": "First day",
}


def _hours(page: Editor) -> str:
    people = int(page.view["annotators"])  # type: ignore[arg-type]
    return (
        f"{people:,} people, {page.view['hours']:g} h"
        if people != 1
        else f"1 person, {page.view['hours']:g} h"
    )


def _data(spec: Spec) -> str:
    return form.spoken(DATASETS[spec.dataset.name].label) if spec.dataset.name in DATASETS else ""
