"""Rare classes: how many of the few are found for how many labels, and whether the model learns them."""

import streamlit as st

from alcore.errors import AlcoreError
from pages.ui import editor, own_data, people, rare_form, rare_report, rare_stage, rare_tables, story
from pages.ui import rare_plan as plan
from pages.ui.rare_numbers import Finds
from pages.ui.savings_words import plain
from pages.ui.take_along import take_along

page = editor.Editor("rare", plan.VIEW, default=plan.STORIES[0].spec)
page.read()
rare_stage.style()
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")

head = st.container()
with st.sidebar:
    page.take(rare_form.sidebar(page))
told = story.switch(page, plan.STORIES, [p.name for p in plan.SETTINGS])
lack = own_data.lack(page)
runs = None
try:
    comparison = plan.comparison_of(page.view, page.spec)
    runs = people.runs(page, comparison, auto=told is not None, ready=not lack)
except AlcoreError as error:
    st.error(plain(f"{error}"), icon=":material/error:")
with head:
    if runs is None:
        st.title("Rare classes", anchor=False)
    else:
        people.header(page, runs, "Rare classes", ready=not lack)
if lack:
    st.info(f"{lack}.", icon=":material/upload_file:")
page.write()

if runs is not None and not lack:
    shown = runs
    wanted = int(page.view["positive"])  # type: ignore[arg-type]

    @st.fragment(run_every=people.every(page, shown))
    def main() -> None:
        shown.refresh()
        people.progress(shown)
        finds = Finds(comparison, shown, wanted)
        rare_stage.draw(page, finds)
        if rare_form.know(page, finds.first()) or finds.stale:
            page.again()  # the form can name the classes now, or all is counted
        people.finish(page, shown)

    @st.fragment(run_every=rare_tables.every(page, rare_tables.runs(page)))
    def tables() -> None:
        rare_tables.draw(page)

    main()
    tables()
    st.subheader("Take it along", anchor=False)
    ready = bool(shown.logs) and not shown.live
    take_along(
        rare_report.parcel(page, Finds(comparison, shown, wanted)), page.key("take"), disabled=not ready
    )
