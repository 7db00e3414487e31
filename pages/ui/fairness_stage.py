"""The Fairness page's stage: the answer, a panel for each group, the gaps, whom labels were spent on."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from alcore.catalog import METRICS
from alcore.fairness import GAPS, MEASURES, QUOTAS_DO_NOT_GUARANTEE
from pages.ui import charts, compare_charts, fairness_charts, fairness_words
from pages.ui import fairness_plan as plan
from pages.ui.colours import Look
from pages.ui.compare_charts import Row
from pages.ui.compare_words import count
from pages.ui.editor import Editor
from pages.ui.fairness_form import following
from pages.ui.fairness_numbers import Fair
from pages.ui.form import spoken
from pages.ui.savings_words import plain

if TYPE_CHECKING:
    import pandas as pd

EMPTY = "Curves appear with the first seed in which every strategy has finished."
LARGEST = 6  # groups that get a panel each
STYLE = """<style>
@media (min-width: 640px) {
    [data-testid="stMainBlockContainer"] { padding: 4.25rem 2.5rem 3rem; max-width: 90rem; }
}
.st-key-fairness_verdict { min-height: 11rem; }
.st-key-fairness_headline p { font-size: clamp(1.15rem, 1rem + .7vw, 1.5rem); line-height: 1.35; }
.fairness-key { display: flex; flex-wrap: wrap; gap: .2rem .9rem; font-size: .85rem; min-height: 1.5rem; }
.fairness-key span { display: inline-flex; align-items: center; gap: .45rem; }
.fairness-key img { width: 1.7rem; height: 10px; }
.fairness-table { overflow-x: auto; }
.fairness-table table { border-collapse: collapse; width: 100%; font-size: .9rem;
    font-variant-numeric: tabular-nums; }
.fairness-table caption { text-align: left; padding: 0 0 .4rem; }
.fairness-table th, .fairness-table td { text-align: left; padding: .4rem .7rem .4rem 0;
    border-bottom: 1px solid rgba(128, 128, 128, .35); vertical-align: top; }
.fairness-table th { font-weight: 600; }
.fairness-table td, .fairness-table thead th { min-width: 6.2rem; }
.fairness-table td small { white-space: nowrap; }
.fairness-table small { display: block; font-size: .82rem; font-weight: 400; }
</style>"""


def style() -> None:
    """The answer keeps its place while it comes; tables fit a phone."""
    st.html(STYLE)


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
    st.html(_key(inside))
    frame = fair.lanes(measure)
    panel, line = ("group", "strategy") if by_group else ("strategy", "group")
    domain = fairness_charts.domain_of(
        [frame], shares=measure != "calibration", zero=measure == "calibration"
    )
    title = spoken(MEASURES[measure].label)
    wide = min(len(panels), 3) if len(panels) != 4 else 2
    for at, name in enumerate(panels):
        here = frame[frame[panel] == name].rename(columns={line: "name"})
        if at % wide == 0:  # row by row, so that they stand in this order on a phone too
            columns = st.columns(wide, gap="medium")
        with columns[at % wide]:
            st.markdown(_heading(fair, name, by_group))
            chart = fairness_charts.lane(
                here[["name", "x", "value", "low", "high"]],
                inside,
                f"{title} on test rows",
                domain=domain,
                end=_end(fair, frame),
                zero="as predicted" if measure == "calibration" else "",
                alt=f"{title} of {name or 'each group'} against labels bought, "
                + fairness_charts.spoken_lines(list(inside)),
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
    st.html(_key(fair.looks))
    frame = fair.gap_bands(metric).rename(columns={"strategy": "name"})
    chart = fairness_charts.lane(
        frame[["name", "x", "value", "low", "high"]],
        fair.looks,
        title,
        domain=fairness_charts.domain_of([frame], shares=True, zero=lower),
        end=_end(fair, frame),
        zero="no gap" if lower else "",
        height=300,
        alt=f"{title} against labels bought, {fairness_charts.spoken_lines(list(fair.looks))}",
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
    st.html(_key(fairness_charts.group_looks(groups)))
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
        cells = []
        for name in names:
            r = ends[(ends["strategy"] == name) & (ends["metric"] == metric)].to_dict("records")[0]
            some = f"<small>in {r['seeds']} of {fair.n.seeds} seeds</small>"
            if not math.isfinite(r["value"]):
                cells.append("undefined")
                continue
            sure = fairness_words.level_ends(r["low"], r["high"])
            cells.append(
                f"{fairness_words.level(metric, r['value'])}<small>{sure}</small>"
                + (some if r["seeds"] < fair.n.seeds else "")
            )
        label = spoken("accuracy, all rows" if metric == "accuracy" else METRICS[metric].label)
        why = undefined.get(metric, "")
        note = f"<small>{_safe(why)}</small>" if why else ""
        rows.append(_row(f"{_safe(label)}{note}", cells))
    heads = "".join(f"<th scope='col'>{_safe(name)}</th>" for name in names)
    return (
        "<div class='fairness-table' tabindex='0' role='region' aria-label='Measures at the end of the run'>"
        "<table><caption>Mean over the seeds with its 95 % interval. Of accuracies more is better, of gaps "
        f"less.</caption><thead><tr><th scope='col'>Measure</th>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _group_table(fair: Fair, measure: str) -> str:
    frame = fair.group_table(measure)
    least = -1.0 if measure == "calibration" else 0.0
    names = fair.shown
    rows = []
    for group in fair.groups:
        cells = []
        for name in names:
            found = frame[(frame["strategy"] == name) & (frame["group"] == group)].to_dict("records")
            if not found or not math.isfinite(found[0]["final"]):
                cells.append(f"undefined<small>{_safe(fair.why_undefined(group, measure))}</small>")
                continue
            r = found[0]
            cells.append(
                f"{fairness_words.percent(r['final'])}"
                f"<small>{fairness_words.level_ends(r['final_low'], r['final_high'], least)}</small>"
            )
        rows.append(_row(_safe(group), cells))
    heads = "".join(f"<th scope='col'>{_safe(name)}</th>" for name in names)
    label = spoken(MEASURES[measure].label)
    return (
        "<div class='fairness-table' tabindex='0' role='region' aria-label='Every group'>"
        f"<table><caption>{_safe(label)} at the end of the run, with its 95 % interval.</caption>"
        f"<thead><tr><th scope='col'>Group</th>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(head: str, cells: Sequence[str]) -> str:
    return f"<tr><th scope='row'>{head}</th>{''.join(f'<td>{c}</td>' for c in cells)}</tr>"


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


def _key(looks: Mapping[str, Look]) -> str:
    """A legend in the text, for all panels below."""
    return (
        "<div class='fairness-key'>"
        + "".join(
            f"<span><img alt='' src='data:image/svg+xml;base64,{_stroke(look)}'>{_safe(name)}</span>"
            for name, look in looks.items()
        )
        + "</div>"
    )


def _stroke(look: Look) -> str:
    """A short piece of the line as a picture."""
    dash = "" if look.dash == (1, 0) else f' stroke-dasharray="{" ".join(map(str, look.dash))}"'
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="12">'
        f'<line x1="0" y1="6" x2="32" y2="6" stroke="{look.colour}" stroke-width="3"{dash}/></svg>'
    )
    return base64.b64encode(svg.encode()).decode()


def _end(fair: Fair, frame: pd.DataFrame) -> float:
    """Where the x-axis ends: at the budget while runs come in, afterwards where the data do."""
    base = fair.comparison.base
    if base.budget_in == "labels" and (fair.contest.live or not len(frame)):
        return base.budget
    return float(frame["x"].max()) if len(frame) else 1.0


def _safe(text: str) -> str:
    from html import escape

    return escape(text)
