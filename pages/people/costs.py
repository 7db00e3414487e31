"""Costs: labels differ in price. What does it save to look at the price before asking?"""

import streamlit as st

from alcore.errors import AlcoreError
from pages.ui import costs_form, costs_report, costs_stage, editor, own_data, people, story
from pages.ui import costs_plan as plan
from pages.ui.costs_numbers import Bills
from pages.ui.savings_words import plain
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
lack = own_data.lack(page)
runs = None
try:
    comparison = plan.comparison_of(page.view, page.spec)
    runs = people.runs(page, comparison, auto=told is not None, ready=not lack)
except AlcoreError as error:
    st.error(plain(f"{error}"), icon=":material/error:")
with head:
    if runs is None:
        st.title("Costs", anchor=False)
    else:
        people.header(page, runs, "Costs", ready=not lack)
if lack:
    st.info(f"{lack}.", icon=":material/upload_file:")
page.write()

if runs is not None and not lack:
    shown = runs

    @st.fragment(run_every=people.every(page, shown))
    def main() -> None:
        shown.refresh()
        people.progress(shown)
        bills = Bills(comparison, shown, str(page.view["metric"]), float(page.view["target"]))  # type: ignore[arg-type]
        costs_stage.draw(page, bills)
        st.subheader("Take it along", anchor=False)
        take_along(costs_report.parcel(page, bills), page.key("take"), disabled=not bills.ready)
        people.finish(page, shown)

    main()
