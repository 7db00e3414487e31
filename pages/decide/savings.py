"""Savings: what labelling will cost, and whether active learning would save any of it."""

import streamlit as st

from alcore.errors import AlcoreError
from pages.ui import (
    editor,
    live,
    savings_answer,
    savings_look,
    savings_report,
    savings_steps,
)
from pages.ui import savings_plan as plan
from pages.ui.contest import contest
from pages.ui.savings_study import Study
from pages.ui.savings_words import plain
from pages.ui.take_along import take_along
from pages.ui.visitor import visitor

page = editor.Editor("savings", plan.VIEW, default=plan.spec_of(plan.FIRST))
page.read()
savings_look.style()
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")
savings_look.header(page)

spec, project = savings_steps.steps(page)
page.take(spec)
study = None
try:
    comparison = plan.comparison_of(page.view, spec)
    before, page.memory.notes["acted"] = page.memory.notes.get("acted"), comparison.base
    if page.memory.touched and before not in (None, comparison.base):  # the visitor asks something else
        page.put(show="", whatif=False)
    study = Study(project, comparison, contest(page.memory.notes, comparison, visitor()))
except AlcoreError as error:
    st.error(plain(f"{error}"), icon=":material/error:")
savings_steps.check(page, spec, project)
can_start = study is not None and savings_steps.ready(page, spec)
if study is not None and can_start:
    savings_answer.act(page, study)
savings_answer.buttons(page, study, can_start)
page.write()

if study is not None and can_start and page.view["show"]:
    shown = study
    page.memory.notes["timed"] = savings_answer.timed(page, shown)

    def along() -> None:
        parcel = savings_report.parcel(page, shown, savings_steps.case_name(page.view["case"]))
        take_along(parcel, page.key("take"), disabled=shown.contest.live)

    @st.fragment(run_every=live.EVERY if page.memory.notes["timed"] else None)
    def main() -> None:
        savings_answer.draw(page, shown, along)

    main()
