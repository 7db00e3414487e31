"""What the app does around its pages: at the start of the server, after an error, after the heavy imports."""

import gc
import logging
import secrets
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

log = logging.getLogger(__name__)


def _import_heavy() -> None:
    import pyarrow  # noqa: F401


def _warm_up() -> None:
    """Import what the first page needs and start the workers: the first visitor does not wait for them."""
    from pages.ui.live import service

    _import_heavy()
    service()


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """While the server starts: make it warm, and open a browser on a desktop.

    `streamlit run` opens no browser for an `st.App`, so this does; `server.headless` says no.
    """
    threading.Thread(target=_warm_up, daemon=True).start()
    if not st.get_option("server.headless"):
        path = st.get_option("server.baseUrlPath").strip("/")
        url = f"http://localhost:{st.get_option('server.port')}/{path}"
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    yield


@st.cache_resource(show_spinner=False)
def freeze_imports() -> int:
    """Keep the imported libraries out of garbage collection, once per process.

    Streamlit collects all garbage after every run of a page or fragment. With pandas, altair and pyarrow
    loaded that costs 50-150 ms each time; frozen objects are not looked at, and a run costs under 10 ms.
    """
    _import_heavy()
    gc.collect()
    gc.freeze()
    return gc.get_freeze_count()


def readable_values() -> None:
    """Write the values of sliders, pills and segments in the text colour.

    Streamlit writes them in the primary colour and writes white on the primary colour elsewhere. On a dark
    ground no colour has enough contrast (4.5:1) for both. The label of a slider that is off is too faint.
    """
    st.html(
        """<style>
        [data-testid="stSliderThumbValue"],
        [data-testid="stButtonGroup"] button,
        [data-testid="stSlider"] [data-testid="stWidgetLabel"] { color: inherit !important; }
        </style>"""
    )


def apologise(error: Exception) -> bool:
    """Show a sentence instead of a traceback; Streamlit has written the traceback to the server's log."""
    reference = secrets.token_hex(3)
    log.error("Reference %s belongs to the %s above.", reference, type(error).__name__)
    st.error(
        "Sorry, something went wrong on this page. Reload it to try again; if it keeps happening, "
        f"please report it with the reference {reference}.",
        icon=":material/error:",
    )
    return True
