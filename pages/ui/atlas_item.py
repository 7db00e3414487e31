"""One entry of the Atlas in full: what it does, when, at what cost, how, and where its code is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any

import streamlit as st

from alcore.catalog import PARTS
from alcore.link import to_query
from alcore.params import Param
from alcore.spec import LIST_FIELDS, Choice, Spec
from pages.ui import atlas_entries as entries
from pages.ui import charts, links
from pages.ui.atlas_entries import KINDS, PLANE, Item
from pages.ui.atlas_pictures import has_picture
from pages.ui.atlas_studio import EVERY, studio
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.links import Link

PLAYGROUND = "explore/playground.py"
FIRST = next(iter(KINDS))  # the chapter that the page opens with
SEE_ALSO = 8
SIGNALS = {  # what stopping rules read, in words
    "agreement": "how far this round's predictions agree with the last",
    "validation": "an estimate of accuracy from the labels bought",
    "max_uncertainty": "the doubt about the most doubtful row",
    "mean_uncertainty": "the mean doubt of the pool",
}
NEEDS = {
    "members": "a committee",
    "linear": "a learner with linear weights",
    "embed": "a learner with an inner representation",
}
LETTERS = {
    "n": "candidates",
    "N": "candidates",
    "L": "labels",
    "C": "classes",
    "D": "features",
    "K": "members",
}
# The reader comes from somewhere down a long page: begin at the top, and let screen readers begin there too.
# A formula wider than the window is scrolled; that must be possible by keyboard.
ARRIVE = """
export default function ({ data, parentElement }) {
    if (parentElement.atlasItem === data) return
    parentElement.atlasItem = data
    document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0, behavior: "instant" })
    const heading = document.querySelector('[data-testid="stMain"] h1')
    heading?.setAttribute("tabindex", "-1")
    heading?.focus({ preventScroll: true })
    for (const formula of document.querySelectorAll(".katex-display"))
        if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0
}
"""
_arrive = st.components.v2.component("atlas_arrive", js=ARRIVE)


def draw(page: Editor, item: Item) -> None:
    """Draw the whole entry."""
    kind = KINDS[item.kind]
    _back(page, item)
    st.title(item.label, anchor=False)
    said = [spoken(PARTS[item.kind].kind) if item.kind in PARTS else kind.short.rstrip("s"), item.family]
    st.html(
        f'<p class="atlas-kind">{escape(" · ".join(filter(None, said)))}</p>'
        f'<p class="atlas-lead">{escape(item.summary)}</p>'
    )
    if has_picture(item):
        left, right = st.columns([1.1, 1], gap="large")
        with left:
            _map(page, item)
        with right:
            _essentials(page, item)
    else:
        _essentials(page, item)
    _made_of(page, item)
    _parameters(item)
    _notes(item)
    _code(item)
    _see_also(page, item)
    _arrive(key="atlas-arrive", data=item.id, height=1)


def _back(page: Editor, item: Item) -> None:
    """The way to the chapter, or to wherever the reader came from."""
    came_from = {name: value for name, value in page.memory.notes.get("back", {}).items() if name != "on"}
    address = came_from or _gallery(item.kind)
    here = address.get("kind", FIRST) == item.kind
    label = f"All {KINDS[item.kind].title.lower()}" if here else "Back"
    links.draw(page, "back", [Link(label, address | pictured_on(page), "arrow_back")])


# --- what everybody wants to know -------------------------------------------------------------------------


def _map(page: Editor, item: Item) -> None:
    """The entry at work, as soon as its picture is made."""
    if item.kind != "dataset":
        page.show("on", label="Shown on", names=dataset_names())
    dataset = str(page.view["on"])

    def seen() -> Any:
        return studio().see([item], dataset)[item.id]

    waiting = seen() is None

    @st.fragment(run_every=EVERY if waiting else None)
    def canvas() -> None:
        sight = seen()
        with st.container(key="atlas_map"):
            if sight is None:
                st.html('<p class="atlas-wait" role="status">Drawing the map …</p>')
            elif isinstance(sight, str):
                st.html(f'<p class="atlas-wait">{escape(sight)}</p>')
            else:
                charts.show(sight[0].chart(), key=f"atlas-map.{item.id}.{dataset}")
                st.html(f'<p class="atlas-caption">{escape(sight[0].caption)}</p>')
        if waiting and sight is not None:
            page.again()  # stops the timer

    canvas()


def _essentials(page: Editor, item: Item) -> None:
    """The door, when and when not, the formula and the facts."""
    spec, view = entries.door(item, str(page.view["on"]))
    with st.container(key="atlas_door"):
        st.page_link(
            PLAYGROUND,
            label=_door_label(item),
            icon=":material/tune:",
            query_params=to_query(spec) | view,
        )
    for words, title, look in ((item.use, "When to use it", "yes"), (item.avoid, "When not", "no")):
        if words:
            st.html(f'<div class="atlas-when {look}"><h2>{title}</h2><p>{escape(words)}</p></div>')
    if item.formula:
        st.latex(item.formula)
    facts = list(_facts(item, spec))
    if facts:
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts)
        st.html(f'<dl class="atlas-facts">{rows}</dl>')


def _facts(item: Item, spec: Spec) -> Iterable[tuple[str, str]]:
    """What is known about the entry, by name."""
    if item.topic:
        yield "Topic", item.topic
    if item.complexity:
        yield "Time", _spelt_out(item.complexity)
    if item.unit:
        yield "Unit", item.unit
    needs = [NEEDS[need] for need in NEEDS if need in item.needs]
    if needs:
        yield "Needs", " and ".join(needs)
    if read := [SIGNALS[need] for need in SIGNALS if need in item.needs]:
        yield "Reads", " and ".join(read)
    if able := entries.learners_for(item):
        yield "Works with", "every learner" if entries.fits_every_learner(item) else ", ".join(able)
    if gives := [NEEDS[gift].partition("with ")[2] for gift in ("linear", "embed") if gift in item.gives]:
        yield "Offers", " and ".join(gives) + ", which some strategies need"
    if item.entry and (licence := item.entry.facts.get("licence")):
        yield "Licence", str(licence)
    if item.download:
        yield "Download", item.download
    if item.source:
        yield "Source", item.source
    if item.recipe:
        yield "In the Playground", f"{spoken(spec.dataset.name)}, batches of {spec.batch}"


def _spelt_out(time: str) -> str:
    """A complexity with what its letters stand for."""
    used = [f"{letter} {word}" for letter, word in LETTERS.items() if re.search(rf"\b{letter}\b", time)]
    return f"{time} ({', '.join(used)})" if used and "O(" in time else time


def _door_label(item: Item) -> str:
    if item.kind == "dataset":
        return "Use it in the Playground"
    return "Measure it in the Playground" if item.kind == "metric" else "Try it in the Playground"


# --- what it is made of -----------------------------------------------------------------------------------


def _made_of(page: Editor, item: Item) -> None:
    """A recipe's parts, or the recipes that use this part."""
    if item.recipe:
        _heading("Put together from")
        parts = [(part, _part_label(part, choice)) for part, choice in entries.parts_of(item)]
        _links(page, "parts", parts)
    elif found := entries.recipes_with(item):
        _heading("In these recipes")
        _links(page, "recipes", [(recipe, recipe.label) for recipe in found])


def _part_label(part: Item, choice: Choice) -> str:
    settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in choice.params)
    return f"{KINDS[part.kind].short}: {part.label}" + (f" ({settings})" if settings else "")


def _parameters(item: Item) -> None:
    """Every knob with its default, its limits and its help."""
    if not item.params:
        return
    _heading("Parameters")
    rows = "".join(
        f'<tr><th scope="row">{escape(param.name.replace("_", " "))}</th>'
        f"<td>{escape(param.help)}</td>"
        f'<td data-name="Default">{escape(_shown(param.default))}</td>'
        f'<td data-name="Allowed">{escape(limits(param))}</td></tr>'
        for param in item.params
    )
    heads = "".join(
        f'<th scope="col">{head}</th>' for head in ("Parameter", "What it does", "Default", "Allowed")
    )
    st.html(f'<table class="atlas-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>')


def limits(param: Param) -> str:
    """What a parameter may be, in words: ``0 to 5``, ``one of first, random``, ``yes or no``."""
    each = " each" if param.many else ""
    if param.type is bool:
        return "yes or no"
    if param.kind:
        return f"{'any of the' if param.many else 'one of the'} {param.kind}s"
    if param.choices:
        return ", ".join(spoken(choice).lower() for choice in param.choices)
    if param.range:
        low, high = f"{param.range.low:,.6g}", f"{param.range.high:,.6g}"
        return f"{low} to {high}{each}"
    return "a text" if param.type is str else "any number"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_shown(v) for v in value) or "none"
    if isinstance(value, str):
        return value.replace("_", " ") or "none"
    return f"{value:,.6g}"


def _notes(item: Item) -> None:
    """The paragraphs of the docstring, as text; indented ones are formulas."""
    if not item.notes:
        return
    _heading("In more detail")
    for paragraph in re.split(r"\n\s*\n", item.notes):
        lines = paragraph.splitlines()
        if all(line.startswith("    ") for line in lines):
            st.code("\n".join(line[4:] for line in lines), language=None)
        else:
            st.html(f'<p class="atlas-text">{_inline(" ".join(line.strip() for line in lines))}</p>')


def _inline(text: str) -> str:
    """Docstring text as HTML; what stands between backticks is code."""
    return re.sub(r"``?([^`]+)``?", r"<code>\1</code>", escape(text))


def _code(item: Item) -> None:
    """The code that runs, and where it is."""
    if item.recipe:
        chosen = _as_code(item)
        _heading("In code")
        st.code(chosen, language="python")
        return
    code, place = entries.source_code(item)
    if code:
        _heading("Source code")
        with st.expander(place, icon=":material/code:"):
            st.code(code, language="python", wrap_lines=True)


def _as_code(item: Item) -> str:
    """Lines that set a recipe's parts in a notebook."""
    assert item.recipe
    parts = []
    for part, chosen in item.recipe.parts().items():
        several = part in LIST_FIELDS
        told = [_choice(c) for c in (chosen if several else (chosen,))]
        if told:
            parts.append(f"    {part}=({', '.join(told)},)," if several else f"    {part}={told[0]},")
    names = "Choice, Spec, advance" if any("Choice" in line for line in parts) else "Spec, advance"
    body = "\n".join(parts)
    dataset = f'    dataset="{item.recipe.example.dataset.name}",\n'
    return f"from alcore import {names}\n\nspec = Spec(\n{dataset}{body}\n)\nrounds = list(advance(spec))"


def _choice(choice: Choice) -> str:
    settings = ", ".join(f"{name}={value!r}" for name, value in choice.params)
    return f'Choice.of("{choice.name}", {settings})' if settings else f'"{choice.name}"'


def _see_also(page: Editor, item: Item) -> None:
    """Others of the same family."""
    others = [o for o in entries.items(item.kind) if o.family == item.family and o.name != item.name]
    if others and item.family and len(others) <= SEE_ALSO:
        _heading("See also")
        _links(page, "also", [(other, other.label) for other in others])


def _links(page: Editor, name: str, others: Iterable[tuple[Item, str]]) -> None:
    """Links to other entries, each with its label."""
    on = pictured_on(page)
    found = [Link(label, {**_gallery(item.kind), "item": item.name, **on}) for item, label in others]
    links.draw(page, name, found, pills=True)


def _gallery(kind: str) -> dict[str, str]:
    """The address of a chapter; the first one is that of the page."""
    return {} if kind == FIRST else {"kind": kind}


def pictured_on(page: Editor) -> dict[str, str]:
    """What an address says about the dataset of the pictures, which stays when the entry changes."""
    return {name: value for name, value in page.query().items() if name == "on"}


def _heading(text: str) -> None:
    st.header(text, anchor=False)


def dataset_names() -> dict[str, str]:
    """The 2-D datasets by the names a menu shows."""
    return {i.name: i.label for i in entries.items("dataset") if i.family == PLANE}
