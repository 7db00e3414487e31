"""The Privacy page's stage: how far it is, the answer, the section that is open."""

from __future__ import annotations

from html import escape

import streamlit as st

from alcore.comparison import Comparison
from pages.ui import (
    answer_html,
    live,
    people,
    privacy_answers,
    privacy_choice,
    privacy_federated,
    privacy_leak,
    privacy_words,
)
from pages.ui import privacy_plan as plan
from pages.ui.compare_numbers import Numbers
from pages.ui.compare_words import count
from pages.ui.contest import Contest
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.privacy_words import Said
from pages.ui.savings_words import plain

QUESTIONS = {
    plan.CHOOSE: "How much of active learning is left when the choice of rows is to give no record away?",
    plan.ANSWERS: "What does it cost when annotators may lie by lot?",
    plan.FEDERATED: "What does it cost when rows stay where they are, and only updates of a model are "
    "shared?",
    plan.LEAK: "Do mechanisms keep what they promise?",
}


def style() -> None:
    """The answer keeps its place while it comes; the gauge and tables fit a phone."""
    answer_html.style()
    privacy_words.style()


def title() -> None:
    """Draw the title where nothing is there to be run."""
    with st.container(height=42, border=False):
        st.title("Privacy", anchor=False)


def numbers(page: Editor, comparison: Comparison, runs: Contest) -> Numbers:
    """The numbers of the runs, as this page looks at them."""
    return Numbers(comparison, runs, metric=str(page.view["metric"]), target=0.9, axis="labels", pace=1.0)


def draw(page: Editor, comparison: Comparison | None, runs: Contest | None) -> None:
    """Draw everything that grows while runs come in."""
    section = page.view["section"]
    if comparison is None or runs is None:
        found = privacy_leak.answers(page)
        told = (len(found), len(plan.MEASURED))
        _answer(privacy_leak.said(found), QUESTIONS[plan.LEAK], *told, "mechanism", level=99)
        privacy_words.threats(page.spec)
        privacy_leak.draw(page)
        return
    runs.refresh()
    people.progress(runs)
    n = numbers(page, comparison, runs)
    _answer(
        said(page, n),
        QUESTIONS[str(section)],
        n.seeds,
        comparison.seeds,
        "paired seed",
        live=runs.live,
        joint=section == plan.CHOOSE,
    )
    privacy_words.threats(_judged(page))
    if section == plan.CHOOSE:
        privacy_choice.draw(page, n)
    elif section == plan.ANSWERS:
        privacy_answers.draw(page, n)
    else:
        privacy_federated.draw(page, n)


def said(page: Editor, n: Numbers) -> Said | None:
    """The answer of the section that is open; None while there is none."""
    section = page.view["section"]
    if section == plan.CHOOSE:
        return privacy_choice.said(page, n)
    return privacy_answers.said(page, n) if section == plan.ANSWERS else privacy_federated.said(page, n)


def _judged(page: Editor):
    return plan.kept_account(page.view, page.spec) if page.view["section"] == plan.CHOOSE else page.spec


def _answer(
    said: Said | None,
    question: str,
    made: int,
    wanted: int,
    what: str,
    *,
    live: bool = False,
    level: int = 95,
    joint: bool = False,
) -> None:
    """The sentence; while not everything is there, that it is on its way."""
    sure = "intervals in brackets" if level == 95 else "level of all bounds"
    together = " for all ε together" if joint else ""
    here = "" if live or not said else said.rest
    early = ""
    if live or (not said and made < wanted):
        early = f"{spoken(count(made, what))} of {wanted} so far; the answer comes when all are in."
        said = None if live else said
    elif not said and not live:
        early = "No answer: on these rows the measure is not defined, or one seed has no interval."
    elif said and made < wanted:
        early = f"Preliminary: {count(made, what)} of {wanted}."
    with st.container(border=True, key="privacy-answer"):
        st.html(f"<p class='privacy-headline' role='status'>{escape(said.head if said else question)}</p>")
        if here:
            st.markdown(plain(here))
        st.caption(early or f"{spoken(count(made, what))}; {sure}: {level} %{together}.")


def every(page: Editor, runs: Contest | None) -> float | None:
    """Seconds until the stage is drawn again by itself; None when nothing moves."""
    if runs is not None:
        return people.every(page, runs)
    privacy_leak.answers(page)  # asks for them
    page.memory.notes["timer"] = live.EVERY if privacy_leak.waiting(page) else None
    return page.memory.notes["timer"]


def finish(page: Editor, runs: Contest | None) -> None:
    """Call it last in the fragment: write the address, and run the page again when the timer must change."""
    if runs is not None:
        people.finish(page, runs)
        return
    page.write()
    before = page.memory.notes.get("timer")
    if every(page, None) != before:
        page.again()
