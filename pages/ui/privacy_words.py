"""The threat model in words, and how numbers of privacy are said."""

from __future__ import annotations

import math
from html import escape
from typing import NamedTuple

import streamlit as st

STYLE = """<style>
.privacy-headline {
    margin: 0; font-size: clamp(1.2rem, 1.05rem + .8vw, 1.6rem); font-weight: 650; line-height: 1.3;
}
.st-key-privacy-answer { min-height: 6.5rem; }
.privacy-threats { border: 1px solid rgba(128, 128, 128, .35); border-radius: .5rem; overflow: hidden; }
.privacy-threats .row {
    display: grid; grid-template-columns: minmax(8rem, 1.1fr) 1.6fr 1.2fr 2fr; gap: 0 1rem; padding: .5rem .9rem;
    border-top: 1px solid rgba(128, 128, 128, .25); font-size: .9rem; line-height: 1.4;
}
.privacy-threats .row.heads { border-top: 0; background: rgba(128, 128, 128, .1); font-weight: 600; }
.privacy-threats .who, .privacy-threats .kept { font-weight: 600; }
@media (max-width: 640px) {
    .privacy-threats .row { grid-template-columns: 1fr; padding: .6rem .7rem; }
    .privacy-threats .row.heads { display: none; }
}
.privacy-gauge { margin: .2rem 0 .6rem; }
.privacy-gauge .told { display: flex; justify-content: space-between; gap: 1rem; font-weight: 600; }
.privacy-gauge .told span:last-child { text-align: right; }
.privacy-gauge .tank {
    display: flex; height: 1.5rem; margin: .35rem 0; border-radius: .4rem; overflow: hidden;
    border: 1px solid rgba(128, 128, 128, .6); background: rgba(128, 128, 128, .12);
}
.privacy-gauge .left { background: #0b6fcf; width: var(--left); animation: privacy-drain 2.4s ease-in-out; }
.privacy-gauge .part { border-left: 1px solid rgba(255, 255, 255, .55); }
@keyframes privacy-drain { from { width: 100%; } to { width: var(--left); } }
@media (prefers-reduced-motion: reduce) { .privacy-gauge .left { animation: none; } }
</style>"""


class Threat(NamedTuple):
    """Somebody, what they see, whether that is covered, and by what."""

    who: str
    sees: str
    kept: str
    why: str


COVERED, PARTLY, OPEN = "Protected", "In part", "Not protected"
HEADS = ("Who", "What they see", "", "Why")
THREATS = (
    Threat(
        "Whoever sees which rows were asked",
        "Row numbers, nothing else",
        COVERED,
        "By private choice: with one record of the pool exchanged for another, any choice is at most "
        "e to the ε times as likely. The model of the round is taken as known.",
    ),
    Threat(
        "The annotator",
        "Every asked row in full",
        OPEN,
        "Private choice hides why a row was asked, not the row. Who may label must be allowed to read it.",
    ),
    Threat(
        "Whoever collects the labels",
        "Each answer",
        COVERED,
        "By randomised response, when it is on: every answer may be a lie, and nobody can tell which.",
    ),
    Threat(
        "Whoever infers labels from later choices",
        "One label moves every score",
        OPEN,
        "Private choice protects records of the pool, not the labels the model was trained on.",
    ),
    Threat(
        "The server of a federation",
        "Updates of a model",
        PARTLY,
        "Rows stay with the clients, but an update tells about them. Clipping and noise bound that.",
    ),
    Threat(
        "Whoever gets the trained model",
        "Its weights and answers",
        OPEN,
        "It was trained on true rows. Only label noise and federated noise reach it.",
    ),
)


def style() -> None:
    """Lay out the answer, the gauge and the table."""
    st.html(STYLE)


def threats() -> None:
    """Draw who sees what, and what of it is covered."""
    with st.expander("Threat model: who sees what, and what is protected", icon=":material/shield:", expanded=False):
        st.html(table(THREATS))
        st.markdown(
            "Differential privacy bounds what one person's record can change. It says nothing about what a "
            "whole table teaches, and it is spent: every further question adds to the same account."
        )


def table(found: tuple[Threat, ...]) -> str:
    """The threat model as a table."""
    heads = "".join(f"<div role='columnheader'>{escape(h) or 'Covered?'}</div>" for h in HEADS)
    body = ""
    for t in found:
        body += (
            "<div class='row' role='row'>"
            f"<div class='who' role='rowheader'>{escape(t.who)}</div>"
            f"<div role='cell'>{escape(t.sees)}</div>"
            f"<div class='kept' role='cell'>{escape(t.kept)}</div>"
            f"<div role='cell'>{escape(t.why)}</div></div>"
        )
    label = "Who sees what, and whether it is protected"
    return (
        f"<div class='privacy-threats' role='table' aria-label='{label}'>"
        f"<div class='row heads' role='row'>{heads}</div>{body}</div>"
    )


def gauge(left: float, budget: float, said: str, note: str) -> str:
    """A tank of epsilon that drains to what is left."""
    share = min(1.0, max(0.0, left / budget)) if budget > 0 else 0.0
    return (
        "<div class='privacy-gauge'>"
        f"<div class='told'><span>{escape(said)}</span><span>{escape(note)}</span></div>"
        f"<div class='tank' role='img' aria-label='{escape(said)}, {share:.0%} of the budget is left'>"
        f"<div class='left' style='--left: {100 * share:.1f}%'></div></div></div>"
    )


def eps(value: float) -> str:
    """An epsilon as it is said.

    >>> eps(0.05), eps(12.3456), eps(1234.5)
    ('0.05', '12.3', '1,230')
    """
    if not math.isfinite(value):
        return "∞"
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{float(f'{value:.3g}'):g}"


def points(value: float) -> str:
    """A difference of shares in points of a hundred, with its sign.

    >>> points(0.0123), points(-0.0004)
    ('+1.2', '−0.0')
    """
    return f"{100 * value:+.1f}".replace("-", "−")
