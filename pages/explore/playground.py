"""The Playground: one experiment, its rounds as they happen, and the reason for every question asked."""

import streamlit as st

from alcore.catalog import ACQUISITIONS, METRICS
from alcore.params import Param, Range
from pages.ui import controls, editor, live, stage
from pages.ui.visitor import visitor

VIEW = (
    Param("show", str, "", choices=("", "run", "steps")),
    Param("steps", int, 0, range=Range(0, 100_000)),
    Param("round", int, -1, range=Range(-1, 100_000)),
    Param("of", str, "chosen", choices=("chosen", "random"), help="Whose questions the map shows."),
    Param(
        "heat",
        str,
        "",
        choices=("", *ACQUISITIONS),
        help="What the map's ground shows: the learner's decision regions, or how much an acquisition "
        "function would like to ask at each place.",
    ),
    Param(
        "moment",
        str,
        "after",
        choices=("before", "after"),
        help="The learner that asked for this round's batch, or the one that has learnt its answers.",
    ),
    Param("truth", bool, False, help="Colour the pool by its true labels, which the learner cannot see."),
    Param("bayes", bool, False, help="The boundary of the best classifier there can be for these data."),
    Param("metric", str, "accuracy", choices=tuple(METRICS), help="What is measured on the test rows."),
    Param("x", str, "labels", choices=("labels", "money")),
    Param("target", float, 0.95, range=Range(0, 10), help="How good is good enough for you?"),
    Param("ceiling", bool, True, help="What the learner reaches when every label of the pool is known."),
    Param(
        "greedy",
        bool,
        False,
        help="The curve of an oracle that cheats: it knows all answers and asks what helps most. "
        "It is computed when you ask for it, and takes some seconds.",
    ),
    Param("tab", str, "why", choices=("why", "batches", "results", "queries")),
    Param("row", int, -1, range=Range(-1, 10**9)),
    Param("measure", str, "", choices=("", *ACQUISITIONS)),
    Param("bits", bool, False, help="Entropies in bits (logarithm to the base 2) in place of nats."),
)

page = editor.Editor("playground", VIEW)
page.read()
stage.style()
if page.memory.problems:
    st.warning(editor.sentence(page.memory.problems), icon=":material/link_off:")

with st.sidebar:
    spec = controls.sidebar(page)
if page.take(spec):
    page.put(show="", steps=0, round=-1, row=-1)
race = live.race(page.memory.notes, spec, visitor())
stage.act(page, race)
stage.header(page, race)
page.write()


timer = page.memory.notes["timer"] = stage.moving(page, race)


@st.fragment(run_every=live.EVERY if timer else None)
def main() -> None:
    stage.draw(page, race)


main()
