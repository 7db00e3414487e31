"""Stories: settings that make a page's point by themselves, and the honest counter-example beside it.

A story is nothing but settings; what it shows is computed like anything else. The first story of a page is
what an empty address shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from alcore.params import Param, Value
from alcore.spec import Spec
from pages.ui.editor import Editor

YOURS = "Yours"


@dataclass(frozen=True)
class Story:
    """Settings with a title.

    Attributes
    ----------
    title : what its button says
    told : a sentence or two on what to look at
    spec : the experiment
    view : the page's settings that differ from their defaults
    """

    title: str
    told: str
    spec: Spec
    view: Mapping[str, Value] = field(default_factory=dict)


def own(choices: Sequence[Story]) -> Param:
    """The view parameter that says which story is told; a page's VIEW needs it."""
    return Param("story", str, choices[0].title, choices=(*(s.title for s in choices), YOURS))


def switch(page: Editor, stories: Sequence[Story], settings: Sequence[str]) -> Story | None:
    """Draw the choice of a story and return the one that is shown; None when the settings are the visitor's.

    Parameters
    ----------
    page : Editor
        Its view has the parameter `own(stories)`. Draw the form before this: a setting that was changed
        makes the story the visitor's own.
    stories : sequence of Story
    settings : sequence of str
        The view parameters that belong to a story; all others only say how it is looked at.
    """
    told = _told(page, stories, settings)
    title = told.title if told else YOURS
    page.view["story"] = title
    key = page.key("story")
    st.session_state[key] = title
    st.segmented_control(
        "What to look at",
        [*(s.title for s in stories), YOURS],
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_turn,
        args=(page, stories, settings),
    )
    st.markdown(told.told if told else "Your own question: every setting is in the form at the side.")
    return told


def _told(page: Editor, stories: Sequence[Story], settings: Sequence[str]) -> Story | None:
    """The story that was chosen, while all its settings are as it left them."""
    for story in stories:
        if story.title == page.view["story"] and story.spec == page.spec:
            wanted = {name: story.view.get(name, page.params[name].default) for name in settings}
            if all(page.view[name] == value for name, value in wanted.items()):
                return story
    return None


def _turn(page: Editor, stories: Sequence[Story], settings: Sequence[str]) -> None:
    """Callback: put a story's settings in place; one's own begin with those of the story before."""
    # A timer that rings meanwhile has the callback called again, when the widget is forgotten already.
    title = st.session_state.get(page.key("story"), page.view["story"])
    page.touch()
    for story in stories:
        if story.title == title:
            page.put(**{name: story.view.get(name, page.params[name].default) for name in settings})
            page.replace(story.spec)
    page.put(story=title)
    if "show" in page.params:
        page.put(show="")
