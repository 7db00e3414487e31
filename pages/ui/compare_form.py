"""The Compare page's controls: who takes part, and what all of them share."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from alcore.catalog import (
    ACQUISITIONS,
    ADJUSTMENTS,
    COLD_STARTS,
    COMMITTEES,
    DATASETS,
    LEARNERS,
    ORACLES,
    PRICES,
    SELECTORS,
)
from alcore.comparison import CONTENDERS, ELSEWHERE, SEEDS, Comparison, Contender
from alcore.errors import SpecError
from alcore.loop import misfit
from alcore.params import Param, Range, Text
from alcore.recipes import RECIPES
from alcore.spec import Choice, Spec
from pages.ui import controls, form, own_data, recipes
from pages.ui.colours import Look, rivals
from pages.ui.compare_editor import ComparisonEditor, ContenderSheet, known_as
from pages.ui.compare_presets import PRESETS
from pages.ui.savings_words import plain

N_SEEDS = Param(
    "seeds",
    int,
    10,
    range=Range(1, SEEDS),
    help="How often everything is repeated, each time with another split, start and noise, the same for all "
    "strategies. 10 are enough to show, 20 to claim. *Seeds* below the results says how many you need.",
)
NAME = Param("name", str, "", text=Text(60), help="What it is called in charts and tables.")
DIFFERS = {  # what a contender may have of its own: the field, its name, where choices come from
    "learner": ("Learner", LEARNERS),
    "oracle": ("Annotator (oracle)", ORACLES),
    "price": ("Cost per label", PRICES),
    "start": ("Cold start", COLD_STARTS),
    "batch": ("Batch size", None),
}


def sidebar(page: ComparisonEditor) -> None:
    """Draw every control and take over the comparison they describe."""
    who = st.container(key="compare_who")
    try:
        page.put_in_place(_shared(page))
        with who:
            contenders = _contenders(page, page.comparison.base)
        page.put_in_place(replace(page.comparison, contenders=contenders))
    except SpecError as error:
        st.error(f"{error}.", icon=":material/error:")


# --- what they share --------------------------------------------------------------------------------------


def _shared(page: ComparisonEditor) -> Comparison:
    comparison = page.comparison
    spec = comparison.base
    with controls.group(page, "Data", ":material/database:", _places(comparison)):
        spec = replace(spec, dataset=own_data.dataset(page))
        others = _elsewhere(page, spec)
    with controls.group(page, "Learner", ":material/neurology:", controls.now(page, "learner", LEARNERS)):
        spec = controls.choose(page, spec, "learner", LEARNERS, "Learner")
    with controls.group(page, "Budget", ":material/savings:", controls.bought(page, spec)):
        spec = controls.budget(page, spec)
    with controls.group(page, "Annotator", ":material/person_edit:", controls.now(page, "oracle", ORACLES)):
        spec = controls.annotator(page, spec)
    seeds = st.session_state.get(page.key("seeds"), comparison.seeds)
    with controls.group(page, "Seeds and split", ":material/casino:", f"{seeds} seeds"):
        seeds = form.field(
            N_SEEDS, comparison.seeds, page.key("seeds"), on_change=page.touch, label="Seeds", typed=True
        )
        spec = controls.number(page, spec, controls.SEED, label="First seed")
        spec = controls.number(page, spec, controls.TEST, label="Test share")
    datasets = (spec.dataset, *others) if others else ()
    return replace(comparison, base=spec, seeds=int(seeds), datasets=datasets)  # type: ignore[arg-type]


def _places(comparison: Comparison) -> str:
    first, *others = comparison.datasets or (comparison.base.dataset,)
    name = form.spoken(DATASETS[first.name].label)
    return f"{name} and {len(others)} more" if others else name


def _elsewhere(page: ComparisonEditor, spec: Spec) -> tuple[Choice, ...]:
    """The other datasets on which the same is done."""
    held = {c.name: c for c in page.comparison.datasets if c.name != spec.dataset.name}
    options = [n for n in form.menu(DATASETS) if n not in (own_data.OWN, spec.dataset.name)]
    key = page.key("on")
    if key in st.session_state and any(n not in options for n in st.session_state[key]):
        form.reseed([key])
    names = st.multiselect(
        "Also on",
        options,
        key=key,
        format_func=lambda n: form.title(DATASETS[n]),
        max_selections=ELSEWHERE - 1,
        placeholder="Only there",
        on_change=page.touch,
        help="The same comparison on other datasets, each with a chart of its own. With three or more, "
        "strategies are ranked over all of them.",
        **form.initial(key, [n for n in held if n in options], "default"),
    )
    fetched = [
        f"{form.title(DATASETS[n])} {DATASETS[n].facts['size_mb']:g} MB"
        for n in names
        if DATASETS[n].facts.get("size_mb")
    ]
    if fetched:
        st.caption(f":material/cloud_download: Fetched the first time: {', '.join(fetched)}.")
    return tuple(held.get(n, Choice(n)) for n in names)


# --- who takes part ---------------------------------------------------------------------------------------


def _contenders(page: ComparisonEditor, base: Spec) -> tuple[Contender, ...]:
    """The list of contenders, each with its own form in an expander."""
    before, sheets = page.comparison, page.sheets
    st.markdown(f"**Strategies** · {len(sheets)} of {CONTENDERS}, and random")
    _swatches(before, sheets)
    found = [_contender(sheet, base) for sheet in sheets]
    if not sheets:
        st.caption("Random runs alone. Add a strategy, or begin with a set.")
    full = len(sheets) >= CONTENDERS
    with st.container(horizontal=True, gap="small"):
        with st.popover("Add", icon=":material/add:", disabled=full, help=_full() if full else None):
            _add(page, base)
        with st.popover("Sets", icon=":material/category:", help="Comparisons to begin with"):
            _sets(page, base)
    return tuple(found)


def _full() -> str:
    return f"At most {CONTENDERS} strategies are compared at once."


def _add(page: ComparisonEditor, base: Spec) -> None:
    """By recipe, or a composition of one's own."""
    key = page.key("add")
    st.selectbox(
        "By recipe",
        [n for n in RECIPES if n != "random"],
        index=None,
        format_func=lambda n: RECIPES[n].label,
        placeholder="Choose a strategy",
        key=key,
        on_change=_added,
        args=(page, key),
        help="It is added at once. Open it in the list to change any part of it.",
    )
    st.button(
        "Compose your own",
        icon=":material/build:",
        key=page.key("do", "compose"),
        on_click=_composed,
        args=(page,),
        help="Adds margin sampling; open it in the list and change any of its parts.",
    )


def _added(page: ComparisonEditor, key: str) -> None:
    """Callback: the recipe that was chosen takes part."""
    name = st.session_state.get(key)
    if name in RECIPES:
        page.add(Contender.recipe(name))
    form.reseed([key])
    st.session_state[key] = None


def _composed(page: ComparisonEditor) -> None:
    """Callback: a contender to be changed, opened."""
    page.add(Contender.of("My composition", acquisition="margin", select="hybrid"))
    page.sheets[-1].open = True


def _sets(page: ComparisonEditor, base: Spec) -> None:
    st.markdown("These take the place of the strategies in the list.")
    for name, preset in PRESETS.items():
        st.button(
            preset.label,
            key=page.key("do", f"set_{name}"),
            on_click=_set,
            args=(page, name),
            help=preset.summary,
            width="stretch",
        )


def _set(page: ComparisonEditor, name: str) -> None:
    """Callback: the contenders of a set, instead of those there are."""
    page.forget()
    page.instead(PRESETS[name].contenders(page.comparison.base))


def _contender(sheet: ContenderSheet, base: Spec) -> Contender:
    """One row of the list; its form is made only while it is open."""
    now = sheet.contender
    spec = now.over(base)
    reason = unfit(spec)
    label = plain(now.label)
    label += " :material/warning:" * bool(reason)
    with st.container(key=sheet.key("row").replace(".", "_")):
        body = st.expander(label, expanded=sheet.open, key=sheet.key("open"), on_change="rerun")
    sheet.open = bool(body.open)
    with body:
        if not body.open:
            return now
        slot = st.container()
        recipe = st.container()
        spec = controls.strategy(sheet, spec)
        if controls.committee_used(spec):
            spec = controls.choose(sheet, spec, "committee", COMMITTEES, "Committee")
        recipes.menu(recipe, sheet, spec)  # type: ignore[arg-type]
        spec = _differences(sheet, base, spec)
        described = sheet.described
        made = Contender.between(now.label, base, spec)
        if made.against(base) != now.against(base):
            sheet.take(spec)
        with slot:
            name = _name(sheet, described)
        st.button(
            "Remove",
            key=sheet.key("remove"),
            icon=":material/delete:",
            on_click=partial(sheet.page.remove, sheet.at),
        )
    return replace(sheet.contender, label=name)


def _name(sheet: ContenderSheet, described: bool) -> str:
    """The name as it was typed; one that is taken, or none, leaves it as it was."""
    held = sheet.contender.label
    typed = str(form.field(NAME, held, sheet.key("name"), on_change=sheet.touch, label="Name")).strip()
    others = [c.label for k, c in enumerate(sheet.page.comparison.contenders) if k != sheet.at]
    try:
        renamed = replace(sheet.contender, label=Contender.of(typed).label)
        Comparison(sheet.page.spec, (renamed, *(Contender.of(o) for o in others)))
    except SpecError as error:
        st.error(f"{plain(str(error))}.", icon=":material/error:")
        return held
    return renamed.label


def _differences(sheet: ContenderSheet, base: Spec, spec: Spec) -> Spec:
    """What this contender does not share with the others."""
    own = [name for name in DIFFERS if getattr(spec, name) != getattr(base, name)]
    key = sheet.key("differs")
    names = st.multiselect(
        "Different for this one",
        list(DIFFERS),
        key=key,
        format_func=lambda n: DIFFERS[n][0],
        placeholder="Nothing: as for all",
        on_change=sheet.touch,
        help="What is chosen here is this strategy's own. It is then compared with a random run that differs "
        "in the same way.",
        **form.initial(key, own, "default"),
    )
    for name, (label, registry) in DIFFERS.items():
        if name not in names:
            spec = replace(spec, **{name: getattr(base, name)})
        elif registry is None:
            spec = controls.number(sheet, spec, controls.BATCH, label=label)
        else:
            spec = controls.choose(sheet, spec, name, registry, label)
    return spec


def unfit(spec: Spec) -> str:
    """Why this strategy cannot work with this learner; "" when it can."""
    entries: list[Any] = [ACQUISITIONS[spec.acquisition.name], SELECTORS[spec.select.name]]
    entries += [ADJUSTMENTS[c.name] for c in spec.adjust]
    return next((reason for entry in entries if (reason := misfit(spec, entry))), "")


def drawn_as(comparison: Comparison) -> dict[str, Look]:
    """The look of every strategy of a comparison, random ones included."""
    return rivals({label: known_as(spec) for label, spec in comparison.strategies.items()})


def _swatches(comparison: Comparison, sheets: list[ContenderSheet]) -> None:
    """Before each name the line that stands for it in the charts."""
    looks = drawn_as(comparison)
    rules = "".join(
        f".st-key-{sheet.key('row').replace('.', '_')} summary::before"
        f'{{content: ""; flex: none; width: 1.4rem; margin-right: .5rem; '
        f"border-top: 3px {'solid' if looks[sheet.contender.label].dash == (1, 0) else 'dashed'} "
        f"{looks[sheet.contender.label].colour}}}"
        for sheet in sheets
    )
    st.html(f"<style>.st-key-compare_who summary {{align-items: center}} {rules}</style>")
