"""Pieces of an answer that Streamlit has no widget for: a legend for several charts, a table that is read.

Tables hold a large text and, below it, small ones: a number and its interval. They scroll on a phone.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from pages.ui.colours import Look

Cell = str | tuple[str, ...]  # a large text, and small ones below it; empty ones are left out
STYLE = """
@media (min-width: 640px) {
    [data-testid="stMainBlockContainer"] { padding: 4.25rem 2.5rem 3rem; max-width: 90rem; }
}
[data-testid="stMainBlockContainer"] h1 { padding: 0 1.5rem 0 0; font-size: 2rem; }
[data-testid="stMainBlockContainer"] h3 { font-size: 1.3rem; }
.answer-key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .9rem; min-height: 1.5rem; }
.answer-key span { display: inline-flex; align-items: center; gap: .45rem; }
.answer-key img { width: 2rem; height: 12px; }
.answer-table { overflow-x: auto; }
.answer-table table { border-collapse: collapse; width: 100%; font-size: .92rem;
    font-variant-numeric: tabular-nums; }
.answer-table caption { text-align: left; padding: 0 0 .4rem; }
.answer-table :is(th, td) { text-align: left; padding: .4rem .8rem .4rem 0; min-width: 6.2rem;
    border-bottom: 1px solid rgba(128, 128, 128, .35); vertical-align: top; }
.answer-table th { font-weight: 600; }
.answer-table small { display: block; font-size: .82rem; font-weight: 400; }
"""


def style(more: str = "") -> None:
    """Let a page use the window and lay out its answer; `more` is CSS of the page's own."""
    st.html(f"<style>{STYLE}{more}</style>")


def key(looks: Mapping[str, Look]) -> str:
    """A legend in the text, for all charts below it."""
    spans = "".join(
        f"<span><img alt='' src='data:image/svg+xml;base64,{_stroke(look)}'>{escape(name)}</span>"
        for name, look in looks.items()
    )
    return f"<div class='answer-key'>{spans}</div>"


def table(
    title: str, heads: Sequence[Cell], rows: Sequence[tuple[Cell, Sequence[Cell]]], caption: str = ""
) -> str:
    """A table; `title` is read aloud only, each row begins with its own head."""
    top = "".join(f"<th scope='col'>{_told(head)}</th>" for head in heads)
    body = "".join(
        f"<tr><th scope='row'>{_told(head)}</th>{''.join(f'<td>{_told(cell)}</td>' for cell in cells)}</tr>"
        for head, cells in rows
    )
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f"<div class='answer-table' tabindex='0' role='region' aria-label='{escape(title)}'>"
        f"<table>{above}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _told(cell: Cell) -> str:
    big, *small = (cell,) if isinstance(cell, str) else cell
    return escape(big) + "".join(f"<small>{escape(text)}</small>" for text in small if text)


def _stroke(look: Look) -> str:
    """A short piece of the line as a picture."""
    dash = "" if look.dash == (1, 0) else f' stroke-dasharray="{" ".join(map(str, look.dash))}"'
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="12">'
        f'<line x1="0" y1="6" x2="32" y2="6" stroke="{look.colour}" stroke-width="3"{dash}/></svg>'
    )
    return base64.b64encode(svg.encode()).decode()
