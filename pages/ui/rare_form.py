"""The Rare classes page's controls: whose rows, which class is wanted, and who looks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from alcore.catalog import DATASETS, LEARNERS, ORACLES
from alcore.recipes import RECIPES
from alcore.spec import Spec
from pages.ui import controls, form, own_data
from pages.ui import rare_plan as plan
from pages.ui.compare_words import count
from pages.ui.editor import Editor


def sidebar(page: Editor) -> Spec:
    """Draw every control and return the experiment they describe."""
    spec = page.spec
    with controls.group(page, "Data", ":material/database:", _data(spec), expanded=_own(spec)):
        spec = replace(spec, dataset=own_data.dataset(page))
        _positive(page, spec)
    with controls.group(page, "Strategies", ":material/target:", expanded=True):
        page.show(
            "strategies", label="Compared with random", names={n: RECIPES[n].label for n in plan.OFFERED}
        )
    with controls.group(page, "Learner", ":material/neurology:", controls.now(page, "learner", LEARNERS)):
        spec = controls.choose(page, spec, "learner", LEARNERS, "Learner")
    with controls.group(page, "Budget", ":material/savings:", controls.bought(page, spec)):
        spec = controls.budget(page, spec)
    with controls.group(page, "Annotator", ":material/person_edit:", controls.now(page, "oracle", ORACLES)):
        spec = controls.annotator(page, spec)
    seeds = count(int(page.view["seeds"]), "seed")  # type: ignore[arg-type]
    with controls.group(page, "Seeds and split", ":material/casino:", seeds):
        page.show("seeds", label="Seeds", typed=True)
        spec = controls.number(page, spec, controls.SEED, label="First seed")
        spec = controls.number(page, spec, controls.TEST, label="Test share")
    return spec


def know(page: Editor, facts: dict[str, Any] | None) -> bool:
    """Keep the names of the classes for the form; whether that is news."""
    if facts is None:
        return False
    now = (page.spec.dataset, tuple(facts["classes"]), int(facts["rarest"]))
    news = page.memory.notes.get("classes") != now
    page.memory.notes["classes"] = now
    return news


def _positive(page: Editor, spec: Spec) -> None:
    """Which class is wanted, by its name, once the names are known."""
    dataset, classes, rarest = page.memory.notes.get("classes", (None, (), -1))
    if dataset != spec.dataset or len(classes) < 2:
        return
    held = int(page.view["positive"])  # type: ignore[arg-type]
    now = str(held if 0 <= held < len(classes) else rarest)
    names = {
        str(code): f"{name} (the rarest)" if code == rarest else name for code, name in enumerate(classes)
    }
    key = page.key("view", "positive", *classes[:8])
    chosen = st.selectbox(
        "Wanted class",
        list(names),
        format_func=lambda code: names[code],
        key=key,
        on_change=page.touch,
        help=page.params["positive"].help,
        **form.index(key, now, list(names)),
    )
    page.view["positive"] = -1 if int(chosen) == rarest else int(chosen)


def _data(spec: Spec) -> str:
    return form.spoken(DATASETS[spec.dataset.name].label) if spec.dataset.name in DATASETS else ""


def _own(spec: Spec) -> bool:
    return own_data.is_own(spec.dataset)
