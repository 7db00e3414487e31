"""Runs: everything this server has made for you, or for everybody, and what can be done with it."""

import streamlit as st

from pages.ui import editor, runs_stage

page = editor.Editor("runs", runs_stage.VIEW)
page.read()
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")
runs_stage.header(page)
runs_stage.filters(page)
page.write()


@st.fragment(run_every=runs_stage.every(page))
def main() -> None:
    runs_stage.draw(page)


main()
