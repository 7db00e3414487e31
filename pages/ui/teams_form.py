"""The Teams page's controls: who labels, how work is shared out, and on what."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from alcore.catalog import COMMITTEES, DATASETS, LEARNERS, METRICS, ORACLES
from alcore.recipes import RECIPES, match
from alcore.spec import Spec
from pages.ui import controls, form, own_data, recipes
from pages.ui import teams_plan as plan
from pages.ui.editor import Editor


def sidebar(page: Editor) -> Spec:
    """Draw every control and return the experiment they describe."""
    spec = page.spec
    with controls.group(page, "Annotators", ":material/groups:", expanded=True):
        page.show("agents", label="Annotators at once")
        page.show("seconds", label="Seconds for a label")
        page.show("spread", label="Spread of that time")
        page.show("hand", label="Rows taken at a time")
    with controls.group(page, "Sharing out", ":material/call_split:", expanded=True):
        page.show("modes", label="Ways to compare", names=plan.MODES)
        page.show(
            "pick",
            label="Rows are taken",
            names={"own": "by the strategy", "top": "the best", "power": "drawn"},
            segments=True,
        )
        if page.view["pick"] == "power":
            page.show("beta", label="Strength of the draw", typed=True)
        if "none" in page.view["modes"]:  # type: ignore[operator]
            page.show("sees", label="Share of the pool each sees")
    with controls.group(page, "New models", ":material/autorenew:", expanded=True):
        page.show("refit", label="Seconds for a refit", typed=True)
        page.show("delay", label="Seconds until it is published", typed=True)
        page.show("every", label="New labels that set it off")
        page.show("wait", label="Wait for the model")
        page.show(
            "learn", label="Learn from", names={"all": "all labels", "new": "new ones only"}, segments=True
        )
    with controls.group(page, "Data", ":material/database:", _data(spec)):
        spec = replace(spec, dataset=own_data.dataset(page))
    with controls.group(page, "Strategy", ":material/target:", _strategy(spec)):
        recipe = st.container()
        spec = controls.strategy(page, spec)
        if controls.committee_used(spec):
            spec = controls.choose(page, spec, "committee", COMMITTEES, "Committee")
        recipes.menu(recipe, page, spec)
    with controls.group(page, "Learner", ":material/neurology:", controls.now(page, "learner", LEARNERS)):
        spec = controls.choose(page, spec, "learner", LEARNERS, "Learner")
    with controls.group(page, "Budget", ":material/savings:", controls.bought(page, spec)):
        st.caption("Of the whole team. Repeated answers are paid as well; the batch size plays no part here.")
        spec = controls.budget(page, spec)
    with controls.group(page, "Mistakes", ":material/person_edit:", controls.now(page, "oracle", ORACLES)):
        st.caption("Every annotator makes their own; where rows are labelled twice, most votes decide.")
        spec = controls.annotator(page, spec)
    with controls.group(page, "Seeds and split", ":material/casino:", f"{page.view['seeds']} seeds"):
        page.show("seeds", label="Seeds", typed=True)
        spec = controls.number(page, spec, controls.SEED, label="First seed")
        spec = controls.number(page, spec, controls.TEST, label="Test share")
        page.show(
            "metric",
            label="Judged by",
            names={n: form.spoken(METRICS[n].label) for n in plan.METRIC.choices},
            segments=False,
        )
    return spec


def _data(spec: Spec) -> str:
    return form.spoken(DATASETS[spec.dataset.name].label) if spec.dataset.name in DATASETS else ""


def _strategy(spec: Spec) -> str:
    recipe = match(spec)
    return RECIPES[recipe].label if recipe else ""
