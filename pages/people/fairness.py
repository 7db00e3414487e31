"""Fairness: who is forgotten when a strategy chooses, and what choosing by group does about it."""

import streamlit as st

from alcore.errors import AlcoreError
from pages.ui import editor, fairness_form, fairness_report, fairness_stage, own_data, people, story
from pages.ui import fairness_plan as plan
from pages.ui.fairness_numbers import Fair
from pages.ui.savings_words import plain
from pages.ui.take_along import take_along

page = editor.Editor("fairness", plan.VIEW, default=plan.STORIES[0].spec)
page.read()
fairness_stage.style()
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")

head = st.container()
with st.sidebar:
    spec, slot = fairness_form.sidebar(page)
page.take(spec)
told = story.switch(page, plan.STORIES, [p.name for p in plan.SETTINGS])
metric = fairness_form.judge(slot, page, told)
lack = own_data.lack(page)
runs = None
try:
    comparison = plan.comparison_of(page.view, page.spec)
    runs = people.runs(page, comparison, auto=told is not None, ready=not lack)
except AlcoreError as error:
    st.error(plain(f"{error}"), icon=":material/error:")
with head:
    if runs is None:
        st.title("Fairness", anchor=False)
    else:
        people.header(page, runs, "Fairness", ready=not lack and not Fair(comparison, runs).why_not)
if lack:
    fairness_form.forget(page)
    st.info(f"{lack}.", icon=":material/upload_file:")
page.write()

if runs is not None and not lack:
    shown = runs

    @st.fragment(run_every=people.every(page, shown))
    def main() -> None:
        shown.refresh()
        people.progress(shown)
        fair = Fair(comparison, shown, int(page.view["positive"]))  # type: ignore[arg-type]
        fairness_stage.draw(page, fair, metric)
        st.subheader("Take it along", anchor=False)
        ready = bool(fair.n.runs) and not shown.live
        page.memory.notes["parcel"] = parcel = fairness_report.parcel(page, fair, metric)
        take_along(parcel, page.key("take"), disabled=not ready)
        if fairness_form.know(page, fair.first):
            page.again()  # the form can name the groups now
        people.finish(page, shown)

    main()
