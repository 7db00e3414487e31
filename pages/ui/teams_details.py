"""Below the Teams page's charts: every number, how stale the models were, how it is simulated."""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

from alcore.catalog import METRICS
from alcore.statistics.intervals import Interval
from alcore.teams import study
from alcore.teams.study import Arm
from pages.ui import answer_html, charts, compare_charts, teams_charts, teams_words
from pages.ui import teams_plan as plan
from pages.ui.compare_words import count, is_share
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.teams_numbers import ends_of
from pages.ui.teams_work import Work

METHOD = """
- The clock starts when the model of the first labels is there. Every annotator takes a few rows by the
  **last published model** and answers them one by one; the time for each is drawn around the mean, half
  of the spread between people and half between labels.
- Answers are merged by **(row, annotator)**: whatever arrives twice counts once, and in whatever order
  answers come the labels are the same. Where a row has several answers, most votes decide; annotators
  make mistakes independently of each other.
- When enough labels are new and no fit is under way, the learner is fitted to **all** labels that have
  arrived and published after the delay. Learning from the new labels only forgets the old ones; try it
  in the form.
- **Hash shards**: a hash of the row's name says whose it is, so no two annotators can meet the same row,
  whatever they know of each other. **Central queue**: one list hands out each row once. **No
  coordination**: everybody takes the best rows of what they see and have not answered. Drawing rows by
  their score instead of taking the best avoids most repeats without anybody to coordinate, but chooses
  less sharply.
- A project fits at most about 250 models; where that is too few for the settings, it waits for more
  labels.
- Random is the same team in shards, asking by lot. Test rows are nobody's to ask about.
"""


def below(page: Editor, work: Work, found: dict[str, Arm], metric: str) -> None:
    """Draw what one looks up."""
    with st.expander("Every way of working in numbers", icon=":material/table_rows:"):
        st.html(_table(found, metric))
    with st.expander("How stale were the models?", icon=":material/history_toggle_off:"):
        names = [n for n in work.plan.arms if n != plan.BY_LOT]
        frame = work.once("stale", lambda: study.staleness(work.rows, names))
        chart = compare_charts.lines(
            frame,
            {n: plan.LOOKS[n] for n in names},
            "Labels the model did not know",
            "Share of the answers",
            form=".0%",
            step=True,
            bottom=0.0,
            top=1.0 if not len(frame) else float(frame["value"].max()) * 1.05,
            height=260,
            alt="How many labels the model behind an answer did not know, for each way of working",
        )
        st.html(answer_html.key({n: plan.LOOKS[n] for n in names}))
        charts.show(chart, key=page.key("stale"))
        st.caption(
            "Labels that had arrived when an answer came in, and that the model which chose its row had not "
            "learnt. All seeds together."
        )
    with st.expander("How it is simulated", icon=":material/function:"):
        st.markdown(METHOD)


def _table(found: Mapping[str, Arm], metric: str) -> str:
    scale = 100 if is_share(metric) else 1
    unit = " %" if scale == 100 else ""
    columns = (
        ("Until the last model", lambda a: teams_charts.clock(a.seconds.value), "seconds", 0),
        (f"{spoken(METRICS[metric].label)}", lambda a: _fixed(a.score.value, scale) + unit, "score", scale),
        ("Over random", lambda a: _signed(a.gain.value, scale), "gain", scale),
        ("Under one alone", lambda a: _signed(a.cost.value, scale), "cost", scale),
        ("Times as fast", lambda a: _fixed(a.faster.value, 1), "faster", 1),
        ("Repeated", lambda a: teams_words.share(a.duplicates.value), "duplicates", 100),
        ("Staleness", lambda a: _fixed(a.stale.value, 1), "stale", 1),
        ("Waiting", lambda a: teams_words.share(a.waiting.value), "waiting", 100),
    )
    rows = []
    for name, arm in found.items():
        cells: list[answer_html.Cell] = []
        for _, say, field, times in columns:
            interval: Interval = getattr(arm, field)
            if not math.isfinite(interval.value):
                cells.append("–")
                continue
            low, high = ends_of(interval)
            span = (
                f"{teams_charts.clock(low)} to {teams_charts.clock(high)}"
                if field == "seconds"
                else teams_words.ends(interval, times)
            )
            cells.append((say(arm), span))
        rows.append((name, cells))
    seeds = next(iter(found.values())).seeds if found else 0
    return answer_html.table(
        "Every way of working in numbers",
        ["Way of working", *(title for title, *_ in columns)],
        rows,
        f"Mean of {count(seeds, 'paired seed')} with its 95 % interval. Staleness: labels the model behind "
        "an answer did not know. Over random and under one alone in points.",
    )


def _fixed(value: float, scale: float) -> str:
    return f"{scale * value:.1f}"


def _signed(value: float, scale: float) -> str:
    return f"{scale * value:+.1f}".replace("-", "−")
