"""Annotators: who answers how well and for how much, and what money for answers is best spent on."""

import streamlit as st

from alcore.errors import AlcoreError
from pages.ui import (
    annotators_form,
    annotators_numbers,
    annotators_report,
    annotators_stage,
    editor,
    own_data,
    story,
)
from pages.ui import annotators_plan as plan
from pages.ui.savings_words import plain
from pages.ui.take_along import take_along

page = editor.Editor("annotators", plan.VIEW, default=plan.SPEC)
page.read()
annotators_stage.style()
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")

head, stories, designer = st.container(), st.container(), st.container()
with st.sidebar:
    page.take(annotators_form.sidebar(page))
with designer, st.expander("The annotators", icon=":material/groups:", key=page.key("designer")):
    annotators_form.people(page, page.memory.notes.get("classes", ()))
with stories:
    told = story.switch(page, plan.STORIES, plan.SETTINGS)
lack, study = own_data.lack(page), None
try:
    lack = lack or plan.design_of(page.view).misfit(page.spec.dataset)
    if not lack:
        study = annotators_numbers.study(page, auto=told is not None, ready=True)
except AlcoreError as error:
    lack = f"{error}".rstrip(".")
with head:
    annotators_stage.header(page, study)
if lack:
    st.error(f"{plain(lack)}.", icon=":material/error:")
    if page.view["people"] == "recorded":
        annotators_form.misfit(page)
page.write()

if study is not None:
    shown = study

    def along() -> None:
        take_along(annotators_report.parcel(page, shown), page.key("take"), disabled=shown.moving)

    @st.fragment(run_every=annotators_stage.every(page, study))
    def main() -> None:
        annotators_stage.draw(page, shown, along)
        annotators_stage.finish(page, shown)

    main()
