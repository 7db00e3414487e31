"""The Fairness page's stage: the answer, a panel for each group, the gaps, whom labels were spent on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from alcore.catalog import METRICS
from alcore.fairness import GAPS, MEASURES, QUOTAS_DO_NOT_GUARANTEE
from pages.ui import answer_html, charts, compare_charts, fairness_charts, fairness_words
from pages.ui import fairness_plan as plan
from pages.ui.compare_charts import Row
from pages.ui.compare_words import count
from pages.ui.editor import Editor
from pages.ui.fairness_form import following
from pages.ui.fairness_numbers import Fair
from pages.ui.form import spoken
from pages.ui.lanes import domain_of, lane, spoken_lines
from pages.ui.savings_words import plain

if TYPE_CHECKING:
    import pandas as pd

EMPTY = "Curves appear with the first seed in which every strategy has finished."
LARGEST = 6  # groups that get a panel each
STYLE = """
.st-key-fairness_verdict { min-height: 11rem; }
.st-key-fairness_headline p { font-size: clamp(1.15rem, 1rem + .7vw, 1.5rem); line-height: 1.35; }
"""


def style() -> None:
    """The answer keeps its place while it comes; tables fit a phone."""
    answer_html.style(STYLE)


def draw(page: Editor, fair: Fair, metric: str) -> None:
    """Everything that the runs say, judged by one measure."""
    _verdict(fair, metric)
    if fair.why_not:
        return
    measure = _lanes(page, fair, metric)
    left, right = st.columns(2, gap="medium")
    with left:
        _over_the_run(page, fair, metric)
    with right:
        _spent(page, fair)
    _at_the_end(page, fair, measure)
    _explained()


# --- the answer -------------------------------------------------------------------------------------------


def _verdict(fair: Fair, metric: str) -> None:
    with st.container(key="fairness_verdict"):
        if fair.why_not:
            st.warning(
                f"{plain(fair.why_not.rstrip('.'))}. Choose groups in **Data and groups** at the side.",
                icon=":material/groups:",
            )
            return
        if fair.problem:
            st.warning(plain(fair.problem), icon=":material/error:")
        lines = (
            []
            if fair.contest.live
            else fair.held(lambda: fairness_words.verdict(fair, metric), "verdict", metric)
        )
        if fair.contest.live:
            st.markdown(
                f":material/hourglass_top: {spoken(count(fair.n.seeds, 'complete seed'))} so far, of "
                f"{fair.comparison.seeds}. The answer comes when all are in; stopping at a moment that "
                "looks good would be choosing it."
            )
        elif not lines:
            st.markdown(
                ":material/balance: Does choosing by group help those who are served worst, and what does "
                "it cost the others? Every strategy meets the same split and the same first labels in each "
                "seed, and random takes part always."
            )
        else:
            first, *rest = lines
            early = "" if fair.contest.done else "**Preliminary.** "
            with st.container(key="fairness_headline"):
                st.markdown(f"{early}{first.text}")
            st.markdown("  \n".join(f"{line.icon} {line.text}" for line in rest))


# --- curves -----------------------------------------------------------------------------------------------


def _lanes(page: Editor, fair: Fair, metric: str) -> str:
    """One measure over the run, a panel for each group or for each strategy."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=300):
            measure = following(
                page,
                plan.MEASURE,
                plan.SEEN_AS[metric],
                label="Drawn by group",
                names={name: spoken(m.label) for name, m in MEASURES.items()},
                segments=False,
            )
        with st.container(width=220):
            lanes = following(
                page,
                plan.LANES,
                "groups" if metric == plan.WORST else "strategies",  # a gap is seen within one panel
                label="A panel for each",
                names={"groups": "group", "strategies": "strategy"},
                segments=True,
            )
    by_group = lanes == "groups"
    st.caption(MEASURES[measure].help)
    groups, strategies = fair.groups, list(fair.looks)
    inside = fair.looks if by_group else fairness_charts.group_looks(groups)
    panels = (groups[:LARGEST] if by_group else strategies) or ["", ""]
    st.html(answer_html.key(inside))
    frame = fair.lanes(measure)
    panel, line = ("group", "strategy") if by_group else ("strategy", "group")
    domain = domain_of([frame], shares=measure != "calibration", zero=measure == "calibration")
    title = spoken(MEASURES[measure].label)
    wide = min(len(panels), 3) if len(panels) != 4 else 2
    for at, name in enumerate(panels):
        here = frame[frame[panel] == name].rename(columns={line: "name"})
        if at % wide == 0:  # row by row, so that they stand in this order on a phone too
            columns = st.columns(wide, gap="medium")
        with columns[at % wide]:
            st.markdown(_heading(fair, name, by_group))
            chart = lane(
                here[["name", "x", "value", "low", "high"]],
                inside,
                f"{title} on test rows",
                domain=domain,
                end=_end(fair, frame),
                zero="as predicted" if measure == "calibration" else "",
                alt=f"{title} of {name or 'each group'} against labels bought, " + spoken_lines(list(inside)),
            )
            charts.show(chart, key=page.key("lane", panel, str(at)))
    st.caption(_caption(fair, groups, by_group))
    return measure


def _heading(fair: Fair, name: str, by_group: bool) -> str:
    """The name of a panel; of a group with how many it is."""
    if not name:
        return "&nbsp;"
    if not by_group:
        return f"**{plain(name)}**"
    rows = count(round(fair.test[name]), "test row")
    return f"**{plain(spoken(name))}** · {100 * fair.pool[name]:.0f} % of the pool, {rows}"


def _caption(fair: Fair, groups: list[str], by_group: bool) -> str:
    if not fair.n.runs:
        return EMPTY
    said = f"Mean of {count(fair.n.seeds, 'paired seed')} with its 95 % interval; all panels have one scale."
    if by_group and len(groups) > LARGEST:
        said += f" Shown are the {LARGEST} largest of {len(groups)} groups; the others are in the tables."
    return said


def _over_the_run(page: Editor, fair: Fair, metric: str) -> None:
    """The measure it is judged by, over the run."""
    title = spoken(METRICS[metric].label)
    st.subheader(f"{title} over the run", anchor=False)
    lower = METRICS[metric].facts["better"] == "lower"
    st.caption(f"{fairness_words.EXPLAINED[metric][0]} {'Lower' if lower else 'Higher'} is better.")
    st.html(answer_html.key(fair.looks))
    frame = fair.gap_bands(metric).rename(columns={"strategy": "name"})
    chart = lane(
        frame[["name", "x", "value", "low", "high"]],
        fair.looks,
        title,
        domain=domain_of([frame], shares=True, zero=lower),
        end=_end(fair, frame),
        zero="no gap" if lower else "",
        height=300,
        alt=f"{title} against labels bought, {spoken_lines(list(fair.looks))}",
    )
    charts.show(chart, key=page.key("gap"))
    if said := fair.undefined().get(metric, ""):
        st.caption(f":material/info: {plain(said)}")


def _spent(page: Editor, fair: Fair) -> None:
    """Whom the labels were spent on, beside the shares of the pool."""
    st.subheader("Labels spent on each group", anchor=False)
    st.caption("All labels of the run, the first ones included; dashed: the groups' shares of the pool.")
    frame = fair.spent()
    found = [
        (r["strategy"], r["group"], r["spent"], r["share"], r["times"])
        for name in fair.looks
        for r in frame[frame["strategy"] == name].to_dict("records")
    ]
    groups = fair.groups
    st.html(answer_html.key(fairness_charts.group_looks(groups)))
    chart = fairness_charts.spent(
        found,
        list(fair.looks),
        groups,
        fair.pool,
        height=60 + fairness_charts.SPENT_ROW * (len(fair.looks) + 1),
        alt="Shares of the groups among the labels bought, a bar for each strategy, beside those of the pool",
    )
    charts.show(chart, key=page.key("spent"))


# --- at the end -------------------------------------------------------------------------------------------


def _at_the_end(page: Editor, fair: Fair, measure: str) -> None:
    """All measures at the end of the run, and by how much fairness changed them."""
    st.subheader("At the end of the run", anchor=False)
    if not fair.n.runs or fair.contest.live:
        st.caption("Tables are made once all runs are in, or after **Stop**.")
        return
    st.html(_gap_table(fair))
    with st.expander("Change against the same strategy without fairness", icon=":material/compare_arrows:"):
        _changes(page, fair)
    with st.expander("Every group", icon=":material/groups:"):
        st.html(_group_table(fair, measure))


def _gap_table(fair: Fair) -> str:
    ends, undefined = fair.ends(), fair.undefined()
    names = fair.shown
    rows = []
    for metric in ("accuracy", *GAPS):
        cells: list[answer_html.Cell] = []
        for name in names:
            r = ends[(ends["strategy"] == name) & (ends["metric"] == metric)].to_dict("records")[0]
            if not math.isfinite(r["value"]):
                cells.append("undefined")
                continue
            some = f"in {r['seeds']} of {fair.n.seeds} seeds" if r["seeds"] < fair.n.seeds else ""
            sure = fairness_words.level_ends(r["low"], r["high"])
            cells.append((fairness_words.level(metric, r["value"]), sure, some))
        label = spoken("accuracy, all rows" if metric == "accuracy" else METRICS[metric].label)
        rows.append(((label, undefined.get(metric, "")), cells))
    return answer_html.table(
        "Measures at the end of the run",
        ["Measure", *names],
        rows,
        "Mean over the seeds with its 95 % interval. Of accuracies more is better, of gaps less.",
    )


def _group_table(fair: Fair, measure: str) -> str:
    frame = fair.group_table(measure)
    least = -1.0 if measure == "calibration" else 0.0
    rows = []
    for group in fair.groups:
        cells: list[answer_html.Cell] = []
        for name in fair.shown:
            found = frame[(frame["strategy"] == name) & (frame["group"] == group)].to_dict("records")
            if not found or not math.isfinite(found[0]["final"]):
                cells.append(("undefined", fair.why_undefined(group, measure)))
                continue
            r = found[0]
            sure = fairness_words.level_ends(r["final_low"], r["final_high"], least)
            cells.append((fairness_words.percent(r["final"]), sure))
        rows.append((group, cells))
    label = spoken(MEASURES[measure].label)
    return answer_html.table(
        "Every group",
        ["Group", *fair.shown],
        rows,
        f"{label} at the end of the run, with its 95 % interval.",
    )


def _changes(page: Editor, fair: Fair) -> None:
    base = plan.plain_name(fair.comparison)
    frame = fair.differences(("accuracy", *GAPS), outcome="final")
    rows = [
        Row(
            spoken("accuracy, all rows" if r["metric"] == "accuracy" else METRICS[r["metric"]].label),
            r["strategy"],
            100 * r["difference"],
            100 * r["low"],
            100 * r["high"],
            "" if math.isfinite(r["difference"]) else "undefined",
        )
        for r in frame.to_dict("records")
        if r["other"] == base
    ]
    if not rows:
        st.caption("There is nothing with fairness in it to compare.")
        return
    chart = compare_charts.whiskers(
        rows,
        {name: look for name, look in fair.looks.items() if name != base},
        "Points better (right of zero) or worse",
        form="+.1f",
        zero=0.0,
        alt="Differences from the same strategy without fairness at the end of the run, with intervals",
    )
    charts.show(chart, key=page.key("changes"))
    st.caption("Paired by seed, 95 % interval by bootstrap. A gap that became smaller counts as better.")


def _explained() -> None:
    with st.expander("What the measures mean", icon=":material/function:"):
        st.markdown(
            "All are measured on test rows. *g* is a group, *+* the favourable class; a gap is the largest "
            f"value of any group minus the smallest: ${fairness_words.SPREAD}$. A share of no rows is not 0 "
            "but undefined."
        )
        for name, (question, formula) in fairness_words.EXPLAINED.items():
            st.markdown(f"**{spoken(METRICS[name].label)}.** {question}")
            st.latex(formula)
        st.markdown(
            "These wishes contradict each other: where groups differ in how often they deserve the "
            "favourable answer, no learner but a perfect one can be calibrated and have equal odds at once "
            "(Kleinberg, Mullainathan and Raghavan 2017; Chouldechova 2017). "
            f"{QUOTAS_DO_NOT_GUARANTEE}"
        )


# --- pieces -----------------------------------------------------------------------------------------------


def _end(fair: Fair, frame: pd.DataFrame) -> float:
    """Where the x-axis ends: at the budget while runs come in, afterwards where the data do."""
    base = fair.comparison.base
    if base.budget_in == "labels" and (fair.contest.live or not len(frame)):
        return base.budget
    return float(frame["x"].max()) if len(frame) else 1.0
