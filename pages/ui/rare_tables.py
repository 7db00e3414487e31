"""The same strategies on tables of the KEEL repository: is it so elsewhere, too?"""

from __future__ import annotations

import math

import streamlit as st

from alcore import outcomes
from alcore.errors import AlcoreError
from pages.ui import charts, compare_charts, live, people, rare_words
from pages.ui import rare_plan as plan
from pages.ui.compare_charts import Row
from pages.ui.compare_numbers import waiting
from pages.ui.compare_words import count
from pages.ui.contest import Contest, contest
from pages.ui.editor import Editor
from pages.ui.rare_numbers import Finds
from pages.ui.savings_words import plain
from pages.ui.visitor import visitor

RUN, STOP = "tables", "stop_tables"  # the buttons


def runs(page: Editor, touched: bool) -> Contest | None:
    """The runs on the tables; none are made, or looked for, before that is asked for.

    `touched`: a widget was changed, so that another question is the visitor's and not a link's.
    """
    notes, pressed = page.memory.notes.setdefault("everywhere", {}), page.memory.intent
    if pressed in (RUN, STOP):
        page.pressed()
        page.put(everywhere=pressed == RUN)
    try:
        comparison = plan.overview_of(page.view, page.spec)
    except AlcoreError as error:
        notes["error"] = str(error)
        return None
    notes["error"] = ""
    before = notes.get("asked")
    if touched and before is not None and before != comparison and pressed != RUN:
        page.put(everywhere=False)  # another question: it is run when that is asked for
    if not page.view["everywhere"]:
        if pressed == STOP and "contest" in notes:
            notes["contest"].stop()
        held: Contest | None = notes.get("contest")
        return held if held is not None and held.comparison == comparison else None
    notes["asked"] = comparison
    found = contest(notes, comparison, visitor())
    if "recalled" not in found.memo:
        found.recall()
        found.memo["recalled"] = True
    if not (found.live or found.done or found.error):
        found.start()
    return found


def every(page: Editor, found: Contest | None) -> float | None:
    """Seconds until it is drawn again by itself."""
    moving = found is not None and (found.live or waiting(found))
    page.memory.notes["everywhere"]["timer"] = live.EVERY if moving else None
    return live.EVERY if moving else None


def draw(page: Editor) -> None:
    """The choice of tables, and what came of it."""
    st.subheader("Elsewhere, too?", anchor=False)
    st.markdown(
        "One dataset is one dataset. The same strategies, learner and budget on imbalanced tables of the "
        "KEEL repository:"
    )
    wide, narrow = st.columns([4, 1], vertical_alignment="bottom")
    with wide:
        page.show("tables", label="Tables")
    with narrow:
        page.show("table_seeds", label="Seeds each", typed=True)
    found, notes = runs(page, page.memory.touched), page.memory.notes["everywhere"]
    going = bool(found and found.live)
    with st.container(horizontal=True):
        st.button(
            "Run on these tables",
            icon=":material/play_arrow:",
            key=page.key("do", RUN),
            on_click=page.press,
            args=(RUN,),
            disabled=going or bool(notes["error"]) or bool(found and found.done and not found.failures),
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            key=page.key("do", STOP),
            on_click=page.press,
            args=(STOP,),
            disabled=not going,
        )
    if notes["error"]:
        st.error(f"{notes['error']}.", icon=":material/error:")
    if found is not None and found.comparison is not None:
        found.refresh()
        people.progress(found)
        finds = Finds(found.comparison, found)
        if found.live or not finds.known:
            st.caption("Charts are made once all runs are in, or after **Stop**.")
        else:
            _results(page, finds)
        if finds.stale:
            page.again()
    page.write()
    before = notes.get("timer")
    if every(page, found) != before:
        page.again()


def _results(page: Editor, finds: Finds) -> None:
    names = plan.name_of(finds.comparison)
    heads = {place: f"{names[place]}: 1 in {_odds(finds, place)}" for place in finds.ran}
    early = "" if finds.contest.done else ":material/hourglass_top: **Preliminary.**\n\n"
    st.markdown(early + rare_words.everywhere(finds))
    left, right = st.columns(2, gap="medium")
    table, learnt = finds.table(), finds.over_the_run(plan.AP)
    looks = {name: look for name, look in finds.looks.items() if name in finds.active}
    with left:
        st.markdown("**Found, times as many as random**")
        rows = [
            Row(heads[p], n, r["ratio"], r["ratio_low"], r["ratio_high"], str(r["reason"]))
            for p in finds.ran
            for n in finds.active
            if (r := finds.row(table, n, p))
        ]
        chart = compare_charts.whiskers(
            rows,
            looks,
            "Times as many as random, 95 % interval",
            form=".3~g",
            zero=1.0,
            alt="How many times as many rows of the rare class each strategy found, by table",
        )
        charts.show(chart, key=page.key("tables", "found"))
    with right:
        st.markdown("**Learnt, against random**")
        rows = [
            Row(heads[p], n, *(100 * r[c] for c in ("difference", "difference_low", "difference_high")))
            for p in finds.ran
            for n in finds.active
            if (r := finds.row(learnt, n, p))
        ]
        chart = compare_charts.whiskers(
            rows,
            looks,
            "Points of average precision over the run, 95 % interval",
            form="+.3~g",
            zero=0.0,
            alt="By how much average precision differs from random's, by table",
        )
        charts.show(chart, key=page.key("tables", "learnt"))
    if len(finds.ran) > 2:
        diagram = finds.held(lambda: outcomes.ranking(finds.n.frame, plan.AP), "ranks")
        st.markdown("**Average ranks in average precision**")
        chart = compare_charts.ranks(diagram, finds.looks, alt="Average rank of every strategy")
        charts.show(chart, key=page.key("tables", "ranks"))
        st.caption(
            f"Over {count(diagram.datasets, 'table')}; a bar joins what cannot be told apart. "
            f"{plain(diagram.reason)}"
        )


def _odds(finds: Finds, place: str) -> str:
    share = finds.share(place)
    return f"{1 / share:.0f}" if math.isfinite(share) and share > 0 else "?"
