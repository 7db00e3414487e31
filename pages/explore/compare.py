"""Compare: strategies side by side over paired seeds, and what that is worth."""

import streamlit as st

from pages.ui import compare_form, compare_stage, editor, people, stage
from pages.ui.compare_editor import ComparisonEditor
from pages.ui.contest import contest
from pages.ui.visitor import visitor

page = ComparisonEditor("compare", compare_stage.VIEW, compare_stage.USUAL)
page.read()
stage.style()
compare_stage.style()
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")

with st.sidebar:
    compare_form.sidebar(page)
runs = contest(page.memory.notes, page.comparison, visitor())
compare_stage.act(page, runs)
people.header(page, runs, "Compare")
page.write()


@st.fragment(run_every=compare_stage.every(page, runs))
def main() -> None:
    compare_stage.draw(page, runs)


main()
