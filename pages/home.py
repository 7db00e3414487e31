"""Home: what this is, in ten seconds, by a race that is really run."""

import streamlit as st

from alcore.link import to_query
from alcore.spec import Choice, Spec
from pages.ui import race_show
from pages.ui.motion import prefers_stillness

PLAYGROUND = "explore/playground.py"
DOORS = (
    (
        "For product managers",
        "How many labels does a good enough model take, and what do they cost? Here: tumour records at 12 a "
        "label, with 95 % as the goal.",
        "Plan a labelling budget",
        Spec(dataset=Choice("breast_cancer"), price=Choice.of("flat", each=12.0)),
        {"x": "money", "target": "0.95"},
    ),
    (
        "For students",
        "Why this point and not another? Step through the rounds, look under the map and follow every "
        "formula with its numbers.",
        "Watch it think",
        Spec(
            dataset=Choice.of("moons", noise=0.15),
            learner=Choice("gaussian_process"),
            acquisition=Choice("entropy"),
            first=6,
            batch=1,
            budget=40,
        ),
        {"heat": "entropy"},
    ),
    (
        "For practitioners",
        "Which strategy for your data? Not every one helps: on handwritten digits entropy tends to lose to "
        "random choice; margin does not.",
        "See a strategy fail",
        Spec(
            dataset=Choice("digits"),
            acquisition=Choice("entropy"),
            first=20,
            budget=150,
        ),
        {"target": "0.85"},
    ),
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
for column, (who, what, call, spec, view) in zip(st.columns(len(DOORS)), DOORS, strict=True):
    with column.container(border=True, height="stretch"):
        st.subheader(who, anchor=False)
        st.markdown(what)
        st.page_link(
            PLAYGROUND,
            label=call,
            icon=":material/arrow_forward:",
            query_params=to_query(spec) | view | {"show": "run"},
        )
