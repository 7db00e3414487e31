"""The Rare classes page's stage: the answer, finds and model over labels, a table, the effort."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from pages.ui import answer_html, charts, rare_words
from pages.ui import rare_plan as plan
from pages.ui.compare_words import count
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.lanes import domain_of, lane, spoken_lines
from pages.ui.rare_numbers import Finds
from pages.ui.rare_words import ends, number, percent, points, times
from pages.ui.savings_words import plain

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 330
EMPTY = "Curves appear with the first seed in which every strategy has finished."
CAPTION = "Mean of {} with its 95 % interval."
STYLE = """
.st-key-rare_verdict { min-height: 18rem; }
.st-key-rare_verdict p { font-size: 1.02rem; margin-bottom: .35rem; }
.st-key-rare_verdict p:first-child { font-size: clamp(1.15rem, 1rem + .6vw, 1.4rem); line-height: 1.35; }
@media (max-width: 640px) { .st-key-rare_verdict { min-height: 36rem; } }
"""
Cells = dict[str, Any]


def style() -> None:
    """The answer keeps its place while it comes; tables fit a phone."""
    answer_html.style(STYLE)


def draw(page: Editor, finds: Finds) -> None:
    """Everything that the runs say."""
    _verdict(finds)
    st.html(answer_html.key(finds.looks))
    left, right = st.columns(2, gap="medium")
    with left:
        _found(page, finds)
    with right:
        _model(page, finds)
    _table(finds)
    _effort(page, finds)


def _verdict(finds: Finds) -> None:
    with st.container(key="rare_verdict"):
        lines = [] if finds.contest.live else finds.held(lambda: rare_words.verdict(finds), "verdict")
        if finds.problem:
            st.warning(plain(finds.problem), icon=":material/error:")
        elif finds.contest.live:
            st.markdown(
                f":material/hourglass_top: {spoken(count(finds.n.seeds, 'complete seed'))} so far, of "
                f"{finds.comparison.seeds}.\n\nThe answer comes when all are in; stopping at a moment that "
                "looks good would be choosing it."
            )
        elif finds.n.runs and not finds.known:
            st.markdown(":material/hourglass_top: Counting how many there are to find.")
        elif not lines:
            st.markdown(
                ":material/search: How many rows of a rare class are found for how many labels, and does the "
                "model learn to tell them?\n\nEvery strategy meets the same split and the same first labels "
                "in each seed, and random takes part always."
            )
        else:
            early = "" if finds.contest.done else ":material/hourglass_top: **Preliminary.**\n\n"
            st.markdown(early + "\n\n".join(f"{line.icon} {line.text}" for line in lines))


# --- curves -----------------------------------------------------------------------------------------------


def _found(page: Editor, finds: Finds) -> None:
    there, share = finds.there(), finds.share()
    known = math.isfinite(there) and math.isfinite(share)
    thing = plain(finds.name)
    head = "Found" if finds.name == "positive" else f"Found: {thing}"
    said = f"{number(there)} of them are in the pool, {percent(share)} of its rows." if known else "&nbsp;"
    with st.container(horizontal=True, vertical_alignment="bottom", height=74, border=False):
        st.markdown(f"**{head}**  \n{said}")
    frame = finds.bands()
    frame = frame[frame["dataset"] == finds.place].rename(columns={"strategy": "name"})
    top = _top(frame, there)
    chart = lane(
        frame[["name", "x", "value", "low", "high"]],
        finds.looks,
        f"Found so far ({finds.name})" if len(finds.name) < 24 else "Found so far",
        domain=(0.0, top),
        end=_end(finds, frame),
        form=".3~g",
        height=HEIGHT,
        alt=f"Rows of the rare class found against labels bought, {spoken_lines(list(finds.looks))}",
    )
    charts.show(chart, key=page.key("found"))
    st.caption(CAPTION.format(count(finds.n.seeds, "paired seed")) if len(frame) else EMPTY)


def _model(page: Editor, finds: Finds) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", height=74, border=False):
        page.show("metric", label="The model on test rows", names=plan.MEASURED, segments=False)
    metric = str(page.view["metric"])
    frame = finds.curve(metric)
    frame = frame[frame["dataset"] == finds.place].rename(columns={"strategy": "name"})
    chart = lane(
        frame[["name", "x", "value", "low", "high"]],
        finds.looks,
        plan.MEASURED[metric],
        domain=domain_of([frame], shares=True),
        end=_end(finds, frame),
        height=HEIGHT,
        alt=f"{plan.MEASURED[metric]} against labels bought, {spoken_lines(list(finds.looks))}",
    )
    charts.show(chart, key=page.key("model"))
    st.caption(_metric_caption(finds, metric) if len(frame) else EMPTY)


def _metric_caption(finds: Finds, metric: str) -> str:
    word, always = finds.common
    if metric == plan.AP:
        return (
            "Rows most likely of the rarest class first: how pure is the list where each of them stands? A "
            f"list by lot scores {percent(_test_share(finds))}."
        )
    if metric == plan.BALANCED:
        return "The mean of the shares found of every class: always giving one answer scores 50 % with two."
    if metric == plan.ACCURACY and math.isfinite(always):
        return f":material/warning: Misleading here: always saying {plain(word)} scores {percent(always)}."
    return CAPTION.format(count(finds.n.seeds, "paired seed"))


def _test_share(finds: Finds) -> float:
    facts = finds.first()
    counts = [n for n in facts["test"] if n] if facts else []
    return min(counts) / sum(counts) if counts else math.nan


def _top(frame: pd.DataFrame, there: float) -> float:
    """Where the axis of finds ends: at all there are, unless much less is found."""
    values = frame[["value", "high"]].to_numpy(float)
    most = float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
    wanted = max(most, there if math.isfinite(there) and there < 1.6 * most else 0.0, 5.0)
    step = 10 ** math.floor(math.log10(wanted)) / 2
    return math.ceil(wanted / step - 1e-9) * step


def _end(finds: Finds, frame: pd.DataFrame) -> float:
    base = finds.comparison.base
    known = len(frame) and not finds.contest.live
    if known or base.budget_in != "labels":
        return float(frame["x"].max()) if len(frame) else 100.0
    return float(base.budget)


# --- the table --------------------------------------------------------------------------------------------


def _table(finds: Finds) -> None:
    st.subheader("All strategies", anchor=False)
    if finds.contest.live or not finds.known:
        st.caption("The table is made once all runs are in, or after **Stop**.")
        return
    word, always = finds.common
    found = finds.table()
    area, balanced, accuracy = (
        finds.over_the_run(plan.AP),
        finds.at_the_end(plan.BALANCED),
        finds.at_the_end(plan.ACCURACY),
    )
    rows = []
    for name in finds.shown:
        r = finds.row(found, name)
        if r is None:
            continue
        cells = [
            (number(r["found"]), ends(r["low"], r["high"], 1)),
            (percent(r["share"]), f"of {number(finds.there())}"),
            _ratio(r),
            *(_score(finds.row(frame, name)) for frame in (area, balanced, accuracy)),
        ]
        rows.append((name, cells))
    warned = f"always {word}: {percent(always)}" if math.isfinite(always) else ""
    heads = (
        ("Strategy", ""),
        ("Found", f"with {found['labels'].max():,.0f} labels"),
        ("Of all", "in the pool"),
        ("Times random", "paired"),
        ("Average precision", "over the run"),
        ("Balanced accuracy", "at the end"),
        ("Accuracy", warned),
    )
    st.html(answer_html.table("What each strategy found and learnt", heads, rows))
    st.caption(
        "Small: 95 % intervals; of scores, the difference to random on the same seeds in points of a hundred."
    )


def _ratio(r: Cells) -> tuple[str, str]:
    if not r["twin"]:
        return "", ""
    if math.isnan(r["ratio"]):
        return rare_words.NONE, str(r["reason"])
    return f"{times(r['ratio'])} ×", f"{times(r['ratio_low'])} to {times(r['ratio_high'])}"


def _score(r: Cells | None) -> tuple[str, str]:
    if r is None:
        return "not measured", ""
    value = r["area"] if "area" in r else r["value"]
    if not r["twin"] or math.isnan(r["difference"]):
        return percent(value), ""
    sure = ends(r["difference_low"], r["difference_high"])
    return percent(value), f"{points(r['difference']).split()[0]} ({sure})"


# --- the effort -------------------------------------------------------------------------------------------


def _effort(page: Editor, finds: Finds) -> None:
    with st.expander("How many labels to find most of them?", icon=":material/flag:"):
        page.show("recall", label="Share of all in the pool to be found")
        if finds.contest.live or not finds.known:
            st.caption("Worked out once all runs are in, or after **Stop**.")
            return
        recall = float(page.view["recall"])  # type: ignore[arg-type]
        frame = finds.effort(recall)
        rows = []
        for name in finds.shown:
            r = finds.row(frame, name)
            if r is not None:
                rows.append((name, _effort_cells(r)))
        heads = (
            ("Strategy", ""),
            ("Got there", "of the seeds"),
            ("Labels", "half of the runs need"),
            ("Saved", "against random"),
            ("Work saved", f"over sampling, WSS@{100 * recall:.0f}"),
        )
        st.html(answer_html.table(f"Labels until {recall:.0%} are found", heads, rows))
        st.caption(
            f"{100 * recall:.0f} % are {math.ceil(recall * finds.there() - 1e-9)} rows. A run that ends "
            "before counts as not reached, neither as zero nor left out. WSS is the share of the pool nobody "
            "had to read, less what a random order would have spared as well (Cohen et al. 2006); it needs "
            "all runs to get there. Small: 90 % intervals."
        )


def _effort_cells(r: Cells) -> list[tuple[str, str]]:
    if math.isnan(r["median"]):
        labels = ("not reached", "")
    else:
        high = number(r["median_high"]) if math.isfinite(r["median_high"]) else "not reached"
        low = number(r["median_low"]) if math.isfinite(r["median_low"]) else "–"
        labels = (number(r["median"]), f"{low} to {high}")
    if not r["twin"]:
        saved = ("", "")
    elif math.isnan(r["saving"]):
        saved = (rare_words.NONE, str(r["reason"]))
    else:
        saved = (percent(r["saving"]), ends(r["low"], r["high"]))
    wss = percent(r["wss"]) if math.isfinite(r["wss"]) else "undefined"
    missed = (
        "" if math.isfinite(r["wss"]) else f"{r['seeds'] - r['reached']} of {r['seeds']} did not get there"
    )
    return [(f"{r['reached']} of {r['seeds']}", ""), labels, saved, (wss, missed)]


# --- pieces -----------------------------------------------------------------------------------------------
