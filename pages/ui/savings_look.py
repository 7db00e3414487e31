"""How the Savings page looks, and its first lines."""

import streamlit as st

from pages.ui.editor import Editor

STYLE = """<style>
@media (min-width: 640px) {
    [data-testid="stMainBlockContainer"] { padding: 4.25rem 2.5rem 3rem; max-width: 90rem; }
}
[data-testid="stMainBlockContainer"] h1 { padding: 0; font-size: 2rem; }
[class*="st-key-savings-step"] h3 { font-size: 1.15rem; padding: 0; }
.savings-badge { margin: 0 0 .25rem; font-size: .9rem; font-weight: 600; }
.savings-headline {
    margin: 0; font-size: clamp(1.25rem, 1.05rem + 1vw, 1.75rem); font-weight: 650; line-height: 1.3;
}
.savings-numbers { border: 1px solid rgba(128, 128, 128, .35); border-radius: .5rem; overflow: hidden; }
.savings-numbers .row {
    display: grid; grid-template-columns: minmax(9rem, 1fr) repeat(3, minmax(0, 1.3fr)); gap: 0 1rem;
    padding: .7rem 1rem; align-items: center; border-top: 1px solid rgba(128, 128, 128, .25);
}
.savings-numbers .row.heads {
    border-top: 0; padding: .5rem 1rem; background: rgba(128, 128, 128, .1); font-weight: 600;
}
.savings-numbers .what { font-weight: 600; }
.savings-numbers .cell { display: flex; flex-direction: column; min-width: 0; }
.savings-numbers .head { display: none; font-size: .8rem; }
.savings-numbers .big {
    font-size: clamp(1.1rem, .9rem + 1vw, 1.7rem); font-weight: 600; font-variant-numeric: tabular-nums;
    line-height: 1.25;
}
.savings-numbers .middle { font-weight: 600; line-height: 1.3; }
.savings-numbers .small { font-size: .85rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
@media (max-width: 640px) {
    .savings-numbers .row {
        grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .2rem .6rem; padding: .6rem .7rem;
    }
    .savings-numbers .what { grid-column: 1 / -1; }
    .savings-numbers .row.heads { display: none; }
    .savings-numbers .head { display: block; }
    .savings-numbers .row:last-child .cell:last-child { grid-column: 1 / -1; }
}
</style>"""


def style() -> None:
    """Let the page use the window, and lay out the answer."""
    st.html(STYLE)


def header(page: Editor) -> None:
    """Draw the title and what the page is for."""
    st.title("Savings", anchor=False)
    st.markdown(
        "How many labels does your project need, what will they cost, and would **active "
        "learning** save any of "
        "it? There, the model picks which rows people label next, in place of rows drawn "
        "at random. This page "
        "rehearses your project both ways on rows whose labels are known."
    )
