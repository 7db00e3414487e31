"""Teams: several annotators at once, who chooses whose rows, and what it costs that nobody waits."""

import streamlit as st

from alcore.errors import AlcoreError
from pages.ui import editor, own_data, story, teams_form, teams_report, teams_stage
from pages.ui import teams_plan as plan
from pages.ui.savings_words import plain
from pages.ui.take_along import take_along
from pages.ui.teams_work import work
from pages.ui.visitor import visitor

page = editor.Editor("teams", plan.VIEW, default=plan.STORIES[0].spec)
page.read()
teams_stage.style()
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")

head = st.container()
with st.sidebar:
    page.take(teams_form.sidebar(page))
told = story.switch(page, plan.STORIES, [p.name for p in plan.SETTINGS])
lack = own_data.lack(page)
projects = None
try:
    projects = work(page.memory.notes, plan.plan_of(page.view, page.spec), visitor())
    teams_stage.act(page, projects, told, ready=not lack)
except AlcoreError as error:
    st.error(plain(f"{error}"), icon=":material/error:")
with head:
    teams_stage.header(page, projects, ready=projects is not None and not lack)
if lack:
    st.info(f"{lack}.", icon=":material/upload_file:")
page.write()

if projects is not None and not lack:
    shown = projects

    @st.fragment(run_every=teams_stage.every(page, shown))
    def main() -> None:
        shown.refresh()
        teams_stage.progress(shown)
        teams_stage.draw(page, shown)
        st.subheader("Take it along", anchor=False)
        take_along(teams_report.parcel(page, shown), page.key("take"), disabled=not shown.seeds or shown.live)
        teams_stage.finish(page, shown)

    main()
