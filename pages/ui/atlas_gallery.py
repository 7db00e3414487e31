"""The Atlas's front: chapters of cards, found by kind and by search, with pictures that arrive by and by."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.ui import atlas_cards, links
from pages.ui.atlas_entries import ALL, KINDS, Item, items, search
from pages.ui.atlas_item import dataset_names, pictured_on
from pages.ui.atlas_pictures import has_picture
from pages.ui.atlas_studio import EVERY, studio
from pages.ui.editor import Editor
from pages.ui.form import initial
from pages.ui.links import Link

NAMES = {**{kind.name: kind.short for kind in KINDS.values()}, ALL: "Everything"}


def draw(page: Editor) -> None:
    """Draw the search, the chapters and their cards."""
    total = sum(len(items(kind)) for kind in KINDS)
    st.title("Atlas", anchor=False)
    st.html(
        '<p class="atlas-lead">Every recipe and every part an experiment can be made of: what it does, when '
        f"it pays, when it does not, and what it costs. {total} entries, read from the code itself.</p>"
    )
    _controls(page)
    page.write()
    query, kind = str(page.view["q"]).strip(), str(page.view["kind"])
    found = search(query, kind)
    _cards(page, found)
    if query and kind != ALL:
        _elsewhere(page, query, kind, bool(found))
    elif not found:
        _nothing(page)


def _controls(page: Editor) -> None:
    with st.container(key="atlas_kinds"):
        page.show("kind", label="Chapter", names=NAMES, segments=True, hide_label=True)
    find, on = st.columns([3, 1], vertical_alignment="bottom")
    key = page.key("view", "q")
    with find:
        page.view["q"] = st.text_input(
            "Search",
            type="search",
            max_chars=80,
            key=key,
            placeholder="A name, an idea, an author: margin, noise, Settles …",
            icon=":material/search:",
            live=True,
            on_change=page.touch,
            **initial(key, str(page.view["q"])),
        )
    kind = str(page.view["kind"])
    if kind == ALL or (kind != "dataset" and any(map(has_picture, items(kind)))):
        with on:
            page.show("on", label="Pictures show", names=dataset_names())


def _cards(page: Editor, found: dict[str, list[Item]]) -> None:
    """The chapters; while pictures are on their way, this part of the page looks for them now and then."""
    dataset = str(page.view["on"])
    shown = [item for chapter in found.values() for item in chapter]

    def waiting() -> bool:
        return None in studio().see(shown, dataset).values()

    was_waiting = waiting()

    @st.fragment(run_every=EVERY if was_waiting else None)
    def chapters() -> None:
        if page.view["item"]:  # a card was clicked
            page.again()
        sights = studio().see(shown, dataset)
        came_from = page.memory.notes.pop("seen", "")
        for kind, chapter in found.items():
            st.header(f"{KINDS[kind].title} ({len(chapter)})", anchor=False)
            st.html(f'<p class="atlas-text">{KINDS[kind].about}</p>')
            key = f"atlas-cards.{kind}"
            follow = partial(_open, page, key)
            atlas_cards.draw(chapter, sights, key, pictured_on(page), on_go=follow, focus=came_from)
        if was_waiting and None not in sights.values():
            page.again()  # stops the timer

    chapters()


def _open(page: Editor, key: str) -> None:
    """Callback of the cards: go to the entry that was clicked, and remember where from."""
    page.memory.notes["back"] = page.query()
    links.follow(page, key)


def _elsewhere(page: Editor, query: str, kind: str, any_here: bool) -> None:
    """Hits in the other chapters."""
    others = {k: hits for k, hits in search(query).items() if k != kind}
    if not others:
        if not any_here:
            _nothing(page)
        return
    count = sum(map(len, others.values()))
    if not any_here:
        st.html('<p class="atlas-text">Nothing in this chapter has all these words.</p>')
    label = f"{count} {'entry' if count == 1 else 'entries'} in other chapters"
    everywhere = {"kind": ALL, "q": query, **pictured_on(page)}
    links.draw(page, "elsewhere", [Link(label, everywhere, "arrow_forward")])


def _nothing(page: Editor) -> None:
    st.html('<p class="atlas-text" role="status">Nothing in the Atlas has all these words.</p>')
    links.draw(page, "all", [Link("Show everything", {"kind": ALL, **pictured_on(page)}, "close")])
