"""Rare classes: how many of the few are found for how many labels, and whether the model learns them."""

import streamlit as st

from pages.ui import editor, people, rare_form, rare_report, rare_stage, rare_tables, story
from pages.ui import rare_plan as plan
from pages.ui.rare_numbers import Finds
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
touched = page.memory.touched  # it is forgotten once the address is written
found = people.asked(
    page, "Rare classes", head, lambda: plan.comparison_of(page.view, page.spec), auto=told is not None
)
if found is not None:
    comparison, runs = found
    wanted = int(page.view["positive"])  # type: ignore[arg-type]

    @st.fragment(run_every=people.every(page, runs))
    def main() -> None:
        runs.refresh()
        people.progress(runs)
        finds = Finds(comparison, runs, wanted)
        rare_stage.draw(page, finds)
        if rare_form.know(page, finds.first()) or finds.stale:
            page.again()  # the form can name the classes now, or all is counted
        people.finish(page, runs)

    @st.fragment(run_every=rare_tables.every(page, rare_tables.runs(page, touched)))
    def tables() -> None:
        rare_tables.draw(page)

    main()
    tables()
    st.subheader("Take it along", anchor=False)
    ready = bool(runs.logs) and not runs.live
    take_along(
        rare_report.parcel(page, Finds(comparison, runs, wanted)), page.key("take"), disabled=not ready
    )
