"""The menu of recipes: pick a whole strategy, or see which one the chosen parts make."""

from __future__ import annotations

from typing import Any

import streamlit as st

from alcore.catalog import ACQUISITIONS, ADJUSTMENTS, SELECTORS
from alcore.loop import misfit
from alcore.recipes import RECIPES, STRATEGY, apply, match
from alcore.spec import Spec
from pages.ui import form
from pages.ui.editor import Editor

PARTS = (*STRATEGY, "committee")
PROGRESS = ("show", "steps", "round", "row")  # what a page's view says about a run
OWN = "Your own composition"


def menu(slot: Any, page: Editor, spec: Spec) -> None:
    """Draw the menu into a container that stands above the widgets of the strategy's parts.

    Parameters
    ----------
    slot : container
        Made before the parts' widgets are drawn, so that the menu stands above them.
    page : Editor
        Its widgets for the parts have the keys ``page.key("acquisition")``, ``adjust``, ``select`` and
        ``committee``.
    spec : Spec
        The experiment as the parts' widgets describe it now.
    """
    key = page.key("recipe")
    now = match(spec)
    # The parts have the last word: the menu shows what they make, whoever changed them.
    st.session_state[key] = now or None
    with slot:
        st.selectbox(
            "Recipe",
            list(RECIPES),
            index=None,
            format_func=lambda name: RECIPES[name].label,
            placeholder=OWN,
            key=key,
            help="Sets the acquisition function, the adjustments, the selector and, where one votes, the "
            "committee. Change any of them below and it is a composition of your own.",
            on_change=_take,
            args=(page,),
        )
        st.caption(RECIPES[now].summary if now else "Put together from the parts below.")
        if now and (reason := _misfit(spec)):
            st.warning(f"{reason}.", icon=":material/info:")


def _take(page: Editor) -> None:
    """Callback: put the recipe's parts in place; emptying the menu changes nothing."""
    name = st.session_state.get(page.key("recipe"))
    page.touch()
    if name in RECIPES:
        if page.take(apply(page.spec, name)):  # another experiment, of which nothing is shown yet
            page.put(**{view: page.params[view].default for view in PROGRESS if view in page.params})
        form.reseed(_widgets(page))


def _widgets(page: Editor) -> list[str]:
    """The keys of the parts' widgets and of their parameters."""
    own = tuple(page.key(part) for part in PARTS)
    return [
        key
        for key in st.session_state
        if isinstance(key, str) and (key in own or key.startswith(tuple(f"{o}." for o in own)))
    ]


def _misfit(spec: Spec) -> str:
    """Why the recipe cannot work with the learner that is chosen."""
    entries = [ACQUISITIONS[spec.acquisition.name], SELECTORS[spec.select.name]]
    entries += [ADJUSTMENTS[choice.name] for choice in spec.adjust]
    return next((reason for entry in entries if (reason := misfit(spec, entry))), "")
