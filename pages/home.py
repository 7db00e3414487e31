"""Home: what this is, in ten seconds, by a race that is really run."""

import streamlit as st

from alcore.link import to_query
from alcore.spec import Choice, Spec
from pages.ui import race_show
from pages.ui.motion import prefers_stillness

PLAYGROUND, COMPARE, SAVINGS = "explore/playground.py", "explore/compare.py", "decide/savings.py"
WATCH = Spec(
    dataset=Choice.of("moons", noise=0.15),
    learner=Choice("gaussian_process"),
    acquisition=Choice("entropy"),
    first=6,
    batch=1,
    budget=40,
)
# Who it is for, what they find, the words on the door, the page behind it and what it is to show.
DOORS = (
    (
        "For product managers",
        "How many labels does a good enough model take, what do they cost, and what would active learning "
        "save? Bring a table or take a case; leave with a range, not a promise.",
        "Plan a labelling budget",
        SAVINGS,
        {"show": "run"},
    ),
    (
        "For students",
        "Why this point and not another? Step through the rounds, look under the map and follow every "
        "formula with its numbers.",
        "Watch it think",
        PLAYGROUND,
        to_query(WATCH) | {"heat": "entropy", "show": "run"},
    ),
    (
        "For practitioners",
        "Which strategy for your data? Not every one helps: on handwritten digits entropy loses to random "
        "choice; margin does not. Paired seeds, intervals, tests.",
        "See one win and one fail",
        COMPARE,
        {"show": "run"},
    ),
)

# What comes of it when people label: the page and its question.
PEOPLE = (
    ("people/annotators.py", "Annotators", "They err, tire and cost. Ask one of them, or three, or whom?"),
    ("people/teams.py", "Teams", "Five people at once, or five thousand: what does not waiting cost?"),
    ("people/costs.py", "Costs", "Labels differ in price: which ones buy most for the money?"),
    ("people/rare.py", "Rare classes", "One case in fifty matters: how many does each strategy find?"),
    ("people/fairness.py", "Fairness", "Whom does the model forget when it chooses what it learns from?"),
    ("people/privacy.py", "Privacy", "What does it cost to keep secret which rows the model doubts?"),
)

show = st.session_state.setdefault("home.show", race_show.Show())

race_show.style()
if prefers_stillness() and not show.still:  # the finished picture, without the way there
    show.still, show.playing = True, True

st.title("Let the model choose what to label", anchor=False)
st.markdown(
    "Labels cost time and money. **Active learning** lets the model pick which examples a person labels "
    "next; here you find out when that pays off, and when it does not. Running now on this server: the same "
    "points, the same model, the same number of labels. Only the choice of points differs."
)
race_show.draw(show)
with st.container(horizontal=True, vertical_alignment="center"):
    race_show.buttons(show)
    st.page_link(
        PLAYGROUND,
        label="Open this race in the Playground",
        icon=":material/tune:",
        query_params=to_query(show.specs[race_show.ACTIVE]) | {"show": "run"},
        width="content",
    )

st.header("Where to go from here", anchor=False)
for column, (who, what, call, where, query) in zip(st.columns(len(DOORS)), DOORS, strict=True):
    with column.container(border=True, height="stretch"):
        st.subheader(who, anchor=False)
        st.markdown(what)
        st.page_link(where, label=call, icon=":material/arrow_forward:", query_params=query)

st.subheader("When people label", anchor=False)
for half in (PEOPLE[:3], PEOPLE[3:]):
    for column, (where, name, question) in zip(st.columns(3), half, strict=True):
        with column.container(gap=None):
            st.page_link(where, label=f"**{name}**", icon=":material/arrow_forward:")
            st.caption(question)
