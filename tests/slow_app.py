"""The app on a machine that is too busy: its runs begin late, and the Atlas's pictures never come.

So a timer of an Atlas page always rings between a click and the run that answers it.
"""

import time
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

from pages.ui import atlas_gallery, atlas_item
from pages.ui.atlas_pictures import has_picture
from pages.ui.page_setup import apologise, lifespan
from pages.ui.visitor import VisitorCookie

EVERY, LATE = 0.15, 0.6  # seconds between two rings of a timer, seconds until a run begins
begin = ScriptRequests.on_scriptrunner_ready


def begin_late(requests: ScriptRequests) -> Any:
    time.sleep(LATE)
    return begin(requests)


class IdleStudio:
    """Draws nothing."""

    def see(self, items: Any, dataset: str) -> dict[str, None]:
        return {item.id: None for item in items if has_picture(item)}


ScriptRequests.on_scriptrunner_ready = begin_late  # type: ignore[method-assign]
for module in (atlas_gallery, atlas_item):
    module.EVERY, module.studio = EVERY, IdleStudio

app = st.App(
    str(Path(__file__).parents[1] / "pages" / "main.py"),
    middleware=[Middleware(VisitorCookie)],
    lifespan=lifespan,
    on_script_error=apologise,
)
