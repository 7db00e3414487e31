"""Fairness: who is forgotten when a strategy chooses, and what choosing by group does about it."""

import streamlit as st

from pages.ui import editor, fairness_form, fairness_report, fairness_stage, own_data, people, story
from pages.ui import fairness_plan as plan
from pages.ui.fairness_numbers import Fair
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
found = people.asked(
    page,
    "Fairness",
    head,
    lambda: plan.comparison_of(page.view, page.spec),
    auto=told is not None,
    fits=lambda comparison, runs: not Fair(comparison, runs).why_not,
)
if own_data.lack(page):
    fairness_form.forget(page)

if found is not None:
    comparison, runs = found

    @st.fragment(run_every=people.every(page, runs))
    def main() -> None:
        runs.refresh()
        people.progress(runs)
        fair = Fair(comparison, runs, int(page.view["positive"]))  # type: ignore[arg-type]
        fairness_stage.draw(page, fair, metric)
        st.subheader("Take it along", anchor=False)
        ready = bool(fair.n.runs) and not runs.live
        page.memory.notes["parcel"] = parcel = fairness_report.parcel(page, fair, metric)
        take_along(parcel, page.key("take"), disabled=not ready)
        if fairness_form.know(page, fair.first):
            page.again()  # the form can name the groups now
        people.finish(page, runs)

    main()
