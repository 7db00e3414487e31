"""Costs: labels differ in price. What does it save to look at the price before asking?"""

import streamlit as st

from pages.ui import costs_form, costs_report, costs_stage, editor, people, story
from pages.ui import costs_plan as plan
from pages.ui.costs_numbers import Bills
from pages.ui.take_along import take_along

page = editor.Editor("costs", plan.VIEW, default=plan.STORIES[0].spec)
page.read()
costs_stage.style()
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")

head = st.container()
with st.sidebar:
    page.take(costs_form.sidebar(page))
told = story.switch(page, plan.STORIES, [p.name for p in plan.SETTINGS])
found = people.asked(
    page, "Costs", head, lambda: plan.comparison_of(page.view, page.spec), auto=told is not None
)
if found is not None:
    comparison, runs = found

    @st.fragment(run_every=people.every(page, runs))
    def main() -> None:
        runs.refresh()
        people.progress(runs)
        bills = Bills(comparison, runs, str(page.view["metric"]), float(page.view["target"]))  # type: ignore[arg-type]
        costs_stage.draw(page, bills)
        st.subheader("Take it along", anchor=False)
        take_along(costs_report.parcel(page, bills), page.key("take"), disabled=not bills.ready)
        people.finish(page, runs)

    main()
