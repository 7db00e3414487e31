"""Links from a page to itself, which nothing undoes that happens at the same time.

`st.page_link` sends its address along with a rerun, and the rerun of a timer that rings before that one has
begun takes its place, with the address from before the click. These links post their address as a value of
their own. They are real anchors all the same: they open in a new tab, and can be copied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from pages.ui.editor import Editor

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Link:
    """A link to an address of the page it is on; the icon by its name among the Material Symbols."""

    label: str
    query: Mapping[str, str]
    icon: str = ""


def component(name: str, html: str) -> Callable[..., Any]:
    """A component of anchors; its style and its script are the files of its name.

    The script calls ``follow(element, setTriggerValue)`` on what holds the anchors. The page gives it
    ``on_go_change``, a callback that calls `follow`.
    """
    scripts = (HERE / "follow.js", HERE / f"{name}.js")
    return st.components.v2.component(
        name,
        html=html,
        css=(HERE / f"{name}.css").read_text(encoding="utf-8"),
        js="\n".join(script.read_text(encoding="utf-8") for script in scripts),
    )


_row = component("links", '<div class="row"></div>')


def draw(page: Editor, name: str, links: Sequence[Link], pills: bool = False) -> None:
    """Draw links side by side.

    Parameters
    ----------
    page : Editor
        The page they are on and lead to.
    name : str
        Tells them from other links of the page.
    links : sequence of Link
    pills : bool
        Whether they look, and are read out, like a list of equals.
    """
    key = f"{page.page}-links.{name}"
    shown = [{"label": link.label, "query": query_string(link.query), "icon": link.icon} for link in links]
    _row(key=key, data={"links": shown, "pills": pills}, on_go_change=partial(follow, page, key))


def follow(page: Editor, key: str) -> None:
    """Callback of a `component`: show what the link that was clicked leads to."""
    address = str(st.session_state[key].go or "")
    page.go(dict(parse_qsl(urlsplit(address).query, keep_blank_values=True)))


def query_string(query: Mapping[str, str]) -> str:
    """The end of an address: ``?kind=select&item=badge``."""
    return f"?{urlencode(query)}"
