"""The runs behind a page's answer: started by a story or a button, looked at by a timer, told in a bar.

For pages whose numbers are those of a comparison; `pages/people/fairness.py` shows how the parts are called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from alcore.comparison import Comparison
from alcore.errors import AlcoreError
from alcore.params import Param
from pages.ui import live, own_data
from pages.ui.compare_numbers import waiting
from pages.ui.compare_words import count
from pages.ui.contest import Contest, contest, summary_of
from pages.ui.editor import Editor
from pages.ui.savings_words import plain
from pages.ui.visitor import visitor

SHOW = Param("show", str, "", choices=("", "run", "stopped"))


def runs(page: Editor, comparison: Comparison, *, auto: bool, ready: bool = True) -> Contest:
    """The comparison's runs; those made before, by anybody, are there at once.

    Parameters
    ----------
    page : Editor
        Its view has the parameter `SHOW`.
    comparison : Comparison
    auto : bool
        A story is told: what is missing is run without being asked for.
    ready : bool
        Whether it can be run at all; False while the visitor has not brought a table yet.
    """
    found, notes = contest(page.memory.notes, comparison, visitor()), page.memory.notes
    before, notes["acted"] = notes.get("acted"), comparison
    if page.memory.touched and before not in (None, comparison):
        page.put(show="")  # the visitor asks something else: it is run when that is asked for
    if ready and "recalled" not in found.memo:
        found.recall()
        found.memo["recalled"] = True
    pressed = page.memory.intent if page.memory.intent in ("run", "stop") else ""
    if pressed:
        page.pressed()
    if pressed == "stop":
        found.stop()
        page.put(show="stopped")
    elif pressed == "run":
        page.put(show="run")
        found.start()
    else:
        wanted = page.view["show"] == "run" or (auto and page.view["show"] != "stopped")
        if wanted and ready and not (found.live or found.done or found.error):
            found.start()
    found.refresh()
    return found


def asked(
    page: Editor,
    title: str,
    head: Any,
    comparison_of: Callable[[], Comparison],
    *,
    auto: bool,
    fits: Callable[[Comparison, Contest], bool] = lambda *_: True,
) -> tuple[Comparison, Contest] | None:
    """Ask the page's question: draw its title with Run and Stop, and what is wrong with it.

    Parameters
    ----------
    page, title
    head : container
        Where the title goes.
    comparison_of : function
        Makes the comparison of what the form says; what it raises is told in a sentence.
    auto : bool
        A story is told: it runs without being asked for.
    fits : function, optional
        Whether there is any sense in running it.

    Returns
    -------
    The comparison and its runs; None while there is nothing to show.
    """
    lack, both = own_data.lack(page), None
    try:
        comparison = comparison_of()
        both = comparison, runs(page, comparison, auto=auto, ready=not lack)
    except AlcoreError as error:
        st.error(plain(f"{error}"), icon=":material/error:")
    with head:
        if both is None:
            st.title(title, anchor=False)
        else:
            header(page, both[1], title, ready=not lack and fits(*both))
    if lack:
        st.info(f"{lack}.", icon=":material/upload_file:")
    page.write()
    return None if lack else both


def header(page: Editor, found: Contest, title: str, *, ready: bool = True) -> None:
    """Draw the title with Run and Stop."""
    left = len(found.entries) - len(found.logs)
    buttons(
        page,
        title,
        f"Run {left:,} more" if found.logs and left and not found.live else "Run",
        ready=bool(left) and ready,
        live=found.live,
        help="Make the runs that are missing. What was run before, by anybody, is there already.",
        kept="finished runs stay",
    )


def buttons(page: Editor, title: str, run: str, *, ready: bool, live: bool, help: str, kept: str) -> None:
    """Draw a page's title with Run and Stop, for whatever is made in the background.

    Parameters
    ----------
    run : str
        What the first button says.
    ready : bool
        Whether there is anything to run.
    live : bool
        Whether it is being made.
    help, kept : str
        What running means, and what stays when it is stopped.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(title, width="content", anchor=False)
        st.button(
            run,
            type="primary",
            icon=":material/play_arrow:",
            key=page.key("do", "run"),
            on_click=page.press,
            args=("run",),
            disabled=live or not ready,
            help=help,
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            key=page.key("do", "stop"),
            on_click=page.press,
            args=("stop",),
            disabled=not live,
            help=f"Stop now; {kept}.",
        )


def progress(found: Contest) -> None:
    """How far it is, in a bar that is always there so that nothing below it moves; and what went wrong."""
    made, wanted = len(found.logs), len(found.entries)
    if found.live:
        st.progress(found.share, f"{made:,} of {count(wanted, 'run')}{found.left}")
    elif found.done and made:
        failed = f", {len(found.failures):,} failed" if found.failures else ""
        st.progress(1.0, f"Finished: {count(made, 'run')}{failed}.")
    elif found.done:
        st.progress(1.0, f"None of {count(wanted, 'run')} could be made.")
    else:
        there = f"{made:,} of {count(wanted, 'run')} are there. " if made else ""
        st.progress(found.share, f"{there}Press **Run** to make {count(wanted - made, 'run')}.")
    if found.error:
        st.error(plain(found.error), icon=":material/error:")
    for sentence in summary_of(found.failures):
        st.warning(plain(sentence), icon=":material/error:")


def every(page: Editor, found: Contest) -> float | None:
    """Seconds until the page's fragment is drawn again by itself; None when nothing moves."""
    page.memory.notes["timer"] = live.EVERY if found.live or waiting(found) else None
    return page.memory.notes["timer"]


def finish(page: Editor, found: Contest) -> None:
    """Call it last in the fragment: write the address, and run the page again when the timer must change."""
    page.write()
    before = page.memory.notes.get("timer")
    if every(page, found) != before:
        page.again()
