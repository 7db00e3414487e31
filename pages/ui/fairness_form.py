"""The Fairness page's controls: whose rows, which strategy, and what is added to it for fairness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from alcore.catalog import COMMITTEES, DATASETS, LEARNERS, METRICS, ORACLES
from alcore.fairness import GAPS
from alcore.params import Param
from alcore.recipes import RECIPES, match
from alcore.spec import Spec
from pages.ui import controls, form, own_data, recipes
from pages.ui import fairness_plan as plan
from pages.ui.editor import Editor
from pages.ui.savings_words import plain
from pages.ui.story import Story


def sidebar(page: Editor) -> tuple[Spec, Any]:
    """Draw every control; the experiment they describe, and the place of `judge`, which comes later."""
    spec = page.spec
    with controls.group(page, "Data and groups", ":material/database:", _data(spec), expanded=_own(spec)):
        spec = replace(spec, dataset=own_data.dataset(page))
        st.container(key=page.key("groups").replace(".", "_")).caption(_groups(page, spec))
    with controls.group(page, "Fairness", ":material/balance:", expanded=True):
        slot = st.container()
        _fairness(page)
    with controls.group(page, "Strategy", ":material/target:", _strategy(spec)):
        recipe = st.container()
        spec = controls.strategy(page, spec)
        if controls.committee_used(spec):
            spec = controls.choose(page, spec, "committee", COMMITTEES, "Committee")
        recipes.menu(recipe, page, spec)
    with controls.group(page, "Learner", ":material/neurology:", controls.now(page, "learner", LEARNERS)):
        spec = controls.choose(page, spec, "learner", LEARNERS, "Learner")
    with controls.group(page, "Budget", ":material/savings:", controls.bought(page, spec)):
        spec = controls.budget(page, spec)
    with controls.group(page, "Annotator", ":material/person_edit:", controls.now(page, "oracle", ORACLES)):
        spec = controls.annotator(page, spec)
    with controls.group(page, "Seeds and split", ":material/casino:", f"{page.view['seeds']} seeds"):
        page.show("seeds", label="Seeds", typed=True)
        spec = controls.number(page, spec, controls.SEED, label="First seed")
        spec = controls.number(page, spec, controls.TEST, label="Test share")
    return spec, slot


def judge(slot: Any, page: Editor, told: Story | None) -> str:
    """Draw the choice of the measure that all is judged by; a story has its own, unless told otherwise."""
    before: str = page.memory.notes.get("story", "")
    if told is None and before and not page.view["gap"]:  # one's own question goes on from the story's
        usual = plan.judged_by(before)
        page.view["gap"] = "" if usual == plan.WORST else usual
    page.memory.notes["story"] = told.title if told else ""
    usual = plan.judged_by(told.title if told else "")
    names = {name: form.spoken(METRICS[name].label) for name in GAPS}
    with slot:
        return following(page, plan.GAP, usual, label="Judged by", names=names, segments=False)


def following(page: Editor, param: Param, usual: str, **options: Any) -> str:
    """Draw a view parameter whose "" stands for what is usual here; it follows that until it is set."""
    drawn = replace(param, default=usual, choices=tuple(c for c in param.choices if c))
    held, key = str(page.view[param.name]) or usual, page.key("view", param.name, usual)
    chosen = str(form.field(drawn, held, key, on_change=page.touch, **options))
    page.view[param.name] = "" if chosen == usual else chosen
    return chosen


def _fairness(page: Editor) -> None:
    page.show("may_look", label="The strategy may look at the group")
    if page.view["may_look"]:
        page.show("ways", label="Added to the strategy", names=plan.WAYS)
        if set(page.view["ways"]) & set(plan.QUOTAS):  # type: ignore[arg-type]
            page.show(
                "unused",
                label="Places a group cannot fill go",
                names={"quota": "By quota, to the others", "refilled": "To the best rows of all"},
                segments=False,
            )
    else:
        st.caption("Groups are used for measuring only.")
    _positive(page)


def _positive(page: Editor) -> None:
    """Which class is good to get, by its name once the data are known."""
    classes: list[str] = page.memory.notes.get("classes") or []
    if len(classes) < 2:
        return
    held = int(page.view["positive"])  # type: ignore[arg-type]
    last = len(classes) - 1
    names = {str(code): name for code, name in enumerate(classes)}
    if last > 1:
        names = {"-1": "each class in turn"} | names
    now = str(held) if str(held) in names else next(iter(names)) if last > 1 else str(last)
    key = page.key("view", "positive", *classes[:8])
    chosen = st.selectbox(
        "Favourable class",
        list(names),
        format_func=lambda code: names[code],
        key=key,
        on_change=page.touch,
        help="The answer that is good to get, such as a loan or a job. Parity and odds are about this one. "
        "Of several classes each can be taken in turn: then the largest gap counts, and rates by group are "
        "those of the last class.",
        **form.index(key, now, list(names)),
    )
    page.view["positive"] = -1 if last == 1 and int(chosen) == last else int(chosen)


def forget(page: Editor) -> None:
    """Keep nothing of rows that are no longer there."""
    for name in ("classes", "groups", "groups_of"):
        page.memory.notes.pop(name, None)


def know(page: Editor, first: dict[str, Any] | None) -> bool:
    """Keep what is known of the rows for the form; whether that is news."""
    notes = page.memory.notes
    classes = list(first["classes"]) if first and first["recorded"] else []
    told = _sizes(first) if first else ""
    news = (classes, told) != (notes.get("classes", []), notes.get("groups", ""))
    notes["classes"], notes["groups"] = classes, told
    return bool(first) and news


def _sizes(first: dict[str, Any]) -> str:
    if not first["recorded"]:
        return f":material/error: {plain(first['reason'])}"
    total = max(1, sum(first["pool"]))
    found = [
        f"{plain(name)} {100 * rows / total:.0f} %"
        for name, rows in sorted(zip(first["names"], first["pool"], strict=True), key=lambda r: -r[1])
    ]
    return f"Groups in the pool: {', '.join(found)}."


def _groups(page: Editor, spec: Spec) -> str:
    """Who is in the pool, as far as that is known of this dataset."""
    same = page.memory.notes.get("groups_of") == spec.dataset
    page.memory.notes["groups_of"] = spec.dataset
    return page.memory.notes.get("groups", "") if same else ""


def _data(spec: Spec) -> str:
    return form.spoken(DATASETS[spec.dataset.name].label) if spec.dataset.name in DATASETS else ""


def _own(spec: Spec) -> bool:
    return own_data.is_own(spec.dataset)


def _strategy(spec: Spec) -> str:
    recipe = match(spec)
    return RECIPES[recipe].label if recipe else ""
