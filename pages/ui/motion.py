"""Whether the visitor's system asks for still pictures."""

import streamlit as st

# Says so only when it is true: for everybody else the page is not run a second time.
ASK = """
export default function (component) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) component.setStateValue("still", true)
}
"""


def prefers_stillness() -> bool:
    """Whether the visitor prefers reduced motion; the browser's answer comes with a run of its own."""
    answer = st.components.v2.component("motion", js=ASK)(key="motion", height=1)
    return bool(answer.get("still"))
