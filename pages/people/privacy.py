"""Privacy: what it costs to choose rows, collect labels and train without giving records away."""

import streamlit as st

from alcore.errors import AlcoreError
from pages.ui import editor, own_data, people, privacy_form, privacy_report, privacy_stage, story
from pages.ui import privacy_plan as plan
from pages.ui.savings_words import plain
from pages.ui.take_along import take_along

page = editor.Editor("privacy", plan.VIEW, default=plan.SPEC)
page.read()
privacy_stage.style()
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")

head, stories = st.container(), st.container()
page.show("section", label="Section", names=plan.SECTIONS, segments=True, hide_label=True)
with st.sidebar:
    page.take(privacy_form.sidebar(page))
with stories:
    told = story.switch(page, plan.STORIES, plan.SETTINGS)
lack = "" if page.view["section"] == plan.LEAK else own_data.lack(page)
comparison = runs = None
try:
    plan.check(page.view, page.spec)
    comparison = plan.comparison_of(page.view, page.spec)
    if comparison is not None:
        runs = people.runs(page, comparison, auto=told is not None, ready=not lack)
except AlcoreError as error:
    lack = f"{error}".rstrip(".")
with head:
    if runs is None:
        privacy_stage.title()
    else:
        people.header(page, runs, "Privacy", ready=not lack)
if lack:
    st.error(f"{plain(lack)}.", icon=":material/error:")
page.write()

if not lack:

    @st.fragment(run_every=privacy_stage.every(page, runs))
    def main() -> None:
        privacy_stage.draw(page, comparison, runs)
        st.subheader("Take it along", anchor=False)
        parcel, ready = privacy_report.parcel(page, comparison, runs)
        take_along(parcel, page.key("take"), disabled=not ready)
        privacy_stage.finish(page, runs)

    main()
