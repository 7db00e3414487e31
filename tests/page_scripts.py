"""Drive a page's script without a browser: a service in the server's place, and what one reads on the page.

Browser tests are driven by tests/browser.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import live
from pages.ui.errands import Errands
from tests.browser import ROOT

WHO = "me"
FILES = [f for f in (ROOT / "pages").glob("*/*.py") if f.parent.name != "ui"]
EDITORS = [f"{file.stem}!" for file in FILES]  # where a page keeps its notes
WRITTEN = ("title", "header", "subheader", "markdown", "caption", "info", "success", "warning", "error")


@contextmanager
def served_by(service: Any) -> Iterator[Any]:
    """Let the pages have this service; whoever made it closes it."""
    live.service.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alcore.edge.service.Service", lambda home: _Unclosed(service))
        yield service
        live.service.clear()


class _Unclosed:
    """A service that the pages' cache cannot close."""

    def __init__(self, service: Any) -> None:
        self._service = service

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)

    def close(self) -> None:
        pass


def open_page(file: str, /, who: str = WHO, **query: str) -> AppTest:
    """The page of a file below pages/, opened at an address by a visitor."""
    at = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60)
    at.switch_page(file)
    at.session_state["_visitor"] = who
    for name, value in query.items():
        at.query_params[name] = value
    return healthy(at.run())


def healthy(at: AppTest) -> AppTest:
    """The page, which must not have failed."""
    assert not at.exception, at.exception[0].stack_trace
    return at


def click(at: AppTest, key: str) -> AppTest:
    """The page after a click on the button of this key."""
    return healthy(at.button(key=key).click().run())


def address(at: AppTest) -> dict[str, str]:
    """The query parameters in the address bar."""
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def status(at: AppTest) -> str:
    """What the first progress bar says."""
    return at.get("progress")[0].proto.text


def charts(at: AppTest) -> list[dict[str, Any]]:
    """The charts as Vega-Lite."""
    return [json.loads(c.proto.spec) for c in at.get("vega_lite_chart")]


def written(at: AppTest) -> str:
    """All sentences on the page, with the escapes of Markdown taken off."""
    found = [e.value for kind in WRITTEN for e in getattr(at, kind)]
    return "\n".join([*found, *(e.proto.body for e in at.get("html"))]).replace("\\", "")


def answered(at: AppTest) -> AppTest:
    """The page once what it asked of the service in the background has been answered."""
    for _ in range(20):
        waiting = [errands for errands in _errands(at) if errands.waiting]
        if not waiting:
            return healthy(at.run())
        for errands in waiting:
            assert errands.wait(60)
        healthy(at.run())
    raise AssertionError("the page asks without end")


def _errands(at: AppTest) -> list[Errands]:
    """All that pages of this session have running in the background."""
    notes = [at.session_state[key].notes for key in EDITORS if key in at.session_state]
    memos = [kept["contest"].memo for kept in notes if "contest" in kept]
    return [kept["errands"] for kept in (*notes, *memos) if "errands" in kept]
