"""The Atlas: every recipe and every part there is, read from the registries."""

from pathlib import Path

import streamlit as st

from alcore.params import Param, Text
from pages.ui import atlas_gallery, atlas_item, editor
from pages.ui.atlas_entries import ALL, KINDS, find, planes

STYLE = Path(editor.__file__).parent / "atlas_page.css"
VIEW = (
    Param("kind", str, "recipe", choices=(*KINDS, ALL)),
    Param("q", str, "", text=Text(80)),
    Param("item", str, "", text=Text(80)),
    Param("on", str, "moons", choices=planes(), help="The dataset on which the pictures are drawn."),
)

page = editor.Editor("atlas", VIEW)
page.read()
# The page is the address: who comes back by the menu starts at the front again.
st.session_state[page.key("here")] = True
st.html(STYLE)  # before all else, so that nothing moves when it comes
name = str(page.view["item"])
item = find(str(page.view["kind"]), name) if name else None
if name and item is None:
    page.put(item="")
    page.memory.problems = (f"There is no entry named {name!r}", *page.memory.problems)
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")
if item is not None:
    page.put(kind=item.kind)
    page.memory.notes["seen"] = item.id
    page.write()
    atlas_item.draw(page, item)
else:
    atlas_gallery.draw(page)
