"""Below the answer: other targets, break-even, what if, which strategy, what to label first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from alcore import outcomes
from alcore import project as planning
from alcore.project import Estimate, Outlook, Variant
from alcore.recipes import RECIPES
from alcore.spec import Choice
from pages.ui import charts, live, own_data, share
from pages.ui import savings_charts as pictures
from pages.ui import savings_plan as plan
from pages.ui.contest import Contest, summary_of
from pages.ui.editor import Editor
from pages.ui.errands import Errands
from pages.ui.savings_study import Study
from pages.ui.savings_words import plain
from pages.ui.vega import listed
from pages.ui.visitor import visitor

if TYPE_CHECKING:
    import pandas as pd

CHART = 320
AXES = {"cost": "Cost", "labels": "Labels", "days": "Calendar days"}
LISTED = 50  # rows of the list of what to label first


def below(page: Editor, study: Study, estimate: Estimate) -> None:
    """Draw everything after the first charts; while projects are being simulated, only say so."""
    if study.contest.live:
        st.caption(
            "What other targets cost, when the one-off cost is earned and what to label "
            "first come at the end."
        )
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What does each target cost?", anchor=False)
        _ladder(page, study)
    with right:
        st.subheader("When is the one-off cost earned back?", anchor=False)
        _break_even(page, study, estimate)
    st.subheader("Questions one asks next", anchor=False)
    for name, title, draw in (
        ("strategy", "Which strategy, and why?", _strategy),
        ("whatif", "What if something is different?", _what_if),
        ("beyond", "And with more labels than were simulated?", _beyond),
        ("first", "What should be labelled first?", _label_first),
        ("elsewhere", "How does this go on other data?", _elsewhere),
    ):
        key = f"savings-more.{name}"
        if name == "whatif":
            st.session_state.setdefault(key, bool(page.view["whatif"]))
        box = st.expander(title, key=key, on_change="rerun")
        if box.open:
            with box:
                draw(page, study, estimate)


# --- other targets, break-even ----------------------------------------------------------------------------


def ladder_of(study: Study) -> pd.DataFrame:
    """What targets around the wanted one take, for every way of labelling."""

    def make() -> pd.DataFrame:
        goals = plan.targets(study.project.target)
        found = planning.ladder(study.project, study.frame(), study.twins, goals)
        if found["labels"].notna().any():
            return found
        return planning.ladder(study.project, study.frame(), study.twins)  # of what was reached at all

    return study.once("ladder", make, study.project)


def _ladder(page: Editor, study: Study) -> None:
    project = study.project
    axis = str(page.show("ladder", label="Counted in", names=AXES, segments=True, hide_label=True))
    steps = [
        {
            "name": r["strategy"],
            "target": r["target"],
            "amount": r[axis],
            "low": r[f"{axis}_low"],
            "high": r[f"{axis}_high"],
        }
        for r in ladder_of(study).to_dict("records")
    ]
    if not any(math.isfinite(s["amount"]) for s in steps):
        st.markdown("No target near this one was reached by half of the simulated projects.")
        return
    chart = pictures.ladder(
        steps,
        study.looks(),
        metric=f"Target: {plan.metric_name(project.metric).lower()}",
        amount=_unit("Cost, all included", project.currency) if axis == "cost" else AXES[axis],
        height=CHART,
    )
    charts.show(chart, key=page.key("ladder"))
    st.caption(
        "The middle one of the simulated projects, and a bar for where one future "
        "project is expected. A target "
        "without a point was missed by more than half of them. A bar with an arrow up to the edge is open: "
        "so many simulated projects missed the target that the next one may miss it too."
    )


def _break_even(page: Editor, study: Study, estimate: Estimate) -> None:
    found = study.once("even", lambda: planning.break_even(estimate), study.project, estimate.strategy)
    project = study.project
    cost = planning.money(project.engineering, project.currency)
    if found.reason:
        st.markdown(plain(found.reason))
        return
    st.markdown(
        f"Active learning costs **{plain(cost)}** once, before it saves anything. Going by the simulated "
        "projects, it has earned that back after"
    )
    columns = st.columns(2)
    for column, title, outlook, help in (
        (columns[0], "projects of this size", found.projects, "With the same tooling, one after the other."),
        (
            columns[1],
            "labels",
            found.labels,
            "As counted for random labelling: a project, or several, that would need so many.",
        ),
    ):
        with column.container(border=True):
            big, small = _times(outlook)
            st.markdown(f"### {big}")
            st.markdown(f"**{title}**", help=help)
            st.caption(plain(small))
    st.caption(
        "Ranges are for one future project like this one. A project that is cheaper per "
        "label, or needs fewer of "
        "them, takes longer to earn it back."
    )


def _times(outlook: Outlook) -> tuple[str, str]:
    """How often, as a large text and its range."""
    if outlook.low is None or outlook.high is None:
        return "no number", outlook.reason

    def said(value: float) -> str:
        return "never" if math.isinf(value) else f"{value:,.1f}" if value < 10 else f"{value:,.0f}"

    low, high = said(outlook.low), said(outlook.high)
    if outlook.middle is None:
        return (f"{low} or more", "or never") if high == "never" else (f"{low} to {high}", "")
    return said(outlook.middle), low if low == high else f"{low} to {high}"


def _unit(title: str, currency: str) -> str:
    return f"{title} ({currency})" if currency else title


# --- which strategy ---------------------------------------------------------------------------------------


def _strategy(page: Editor, study: Study, estimate: Estimate) -> None:
    found = study.estimates()
    st.markdown(plain(planning.choice(found)))
    if len(found) > 1:
        names = [study.recipe(e.strategy) for e in found]
        shown = {name: e.strategy for name, e in zip(names, found, strict=True)}
        now = str(page.view["of"]) if page.view["of"] in shown else names[0]
        key = page.key("of")
        st.pills(
            "The answer above is about",
            names,
            format_func=lambda n: shown[n],
            key=key,
            required=True,
            on_change=_picked,
            args=(page, key, names[0]),
            default=now,
        )
    rows = [
        {
            "name": e.strategy,
            "value": _finite(e.saving.middle),
            "low": _finite(e.saving.low),
            "high": _finite(e.saving.high),
            "note": e.saving.reason,
        }
        for e in found
    ]
    charts.show(
        pictures.ranges(
            rows, x="Labels saved against random, one future project", mine=estimate.strategy, what="Strategy"
        ),
        key=page.key("strategies"),
    )
    for e in found:
        recipe = RECIPES.get(study.recipe(e.strategy))
        if recipe:
            st.markdown(
                f"- **{plain(recipe.label)}.** {plain(recipe.summary)} *Use it when:* {plain(recipe.use)}"
            )
    _compare_door(study)


def _picked(page: Editor, key: str, best: str) -> None:
    page.touch()
    picked = str(st.session_state[key] or best)
    page.view["of"] = "" if picked == best else picked


def _compare_door(study: Study) -> None:
    """To the page that compares strategies in full, with the same experiment."""
    from pages.ui import compare_stage

    st.page_link(
        "explore/compare.py",
        label="Compare these strategies in full",
        icon=":material/compare_arrows:",
        query_params=study.comparison.to_query(compare_stage.USUAL)
        | {"metric": study.project.metric, "target": f"{study.project.target:g}", "show": "run"},
    )


# --- what if ----------------------------------------------------------------------------------------------


def variants_of(study: Study) -> tuple[Variant, ...]:
    """What could be different."""
    return study.once(
        "variants", lambda: planning.sensitivity(study.project, study.comparison), study.project
    )


def _what_if(page: Editor, study: Study, estimate: Estimate) -> None:
    variants = variants_of(study)
    contest = _other_runs(page, study, variants)
    if page.view["whatif"] and not contest.done and not contest.wanted and not contest.error:
        contest.start()
    contest.refresh()
    results = _results(contest, variants)
    frame = study.once(
        "tornado",
        lambda: planning.tornado(
            study.project, study.frame(), study.twins, estimate.strategy, variants, results
        ),
        study.project,
        estimate.strategy,
        len(contest.logs),
    )
    project = study.project
    base = estimate.saved_cost.middle
    if base is None or not math.isfinite(base):
        st.markdown(plain(estimate.saved_cost.reason or "There is no saving in money to start from."))
        return
    bars = [b for b in bars_of(frame, base) if math.isfinite(b["low"]) or math.isfinite(b["high"])]
    st.markdown("How far the money saved moves when one thing is different and all else stays as it is:")
    if bars:
        charts.show(
            pictures.tornado(bars, base, x=_unit("Saved by active learning, all included", project.currency)),
            key=page.key("tornado"),
        )
    unknown = frame[~frame["known"].astype(bool)]
    if contest.live:
        st.progress(contest.share, f"{len(contest.logs)} of {len(contest.entries)} more runs are finished.")
    elif contest.entries and not contest.done:
        st.button(
            f"Also try {listed([str(f).lower() for f in dict.fromkeys(unknown['factor'])])}",
            key=page.key("do", "whatif"),
            icon=":material/play_arrow:",
            on_click=_asked,
            args=(page,),
            help=f"{len(contest.entries)} more runs, a few for each change: enough to see which way it goes.",
        )
    else:
        for factor, why in dict.fromkeys(zip(unknown["factor"], unknown["reason"], strict=True)):
            st.caption(plain(f"{factor}: {why}"))
    if contest.failures:
        st.warning("\n\n".join(plain(s) for s in summary_of(contest.failures)), icon=":material/warning:")
    st.caption(
        "What needs runs of its own was tried with a few simulated projects only: read it as a direction."
    )


def _asked(page: Editor) -> None:
    page.touch()
    page.view["whatif"] = True


def _other_runs(page: Editor, study: Study, variants: tuple[Variant, ...]) -> Contest:
    """The runs of everything that money alone does not answer."""
    entries = tuple(
        entry._replace(dataset=v.name)
        for v in variants
        if v.comparison is not None
        for entry in v.comparison.entries()
    )
    held: Contest | None = page.memory.notes.get("whatif")
    if held is None or held.entries != entries:
        if held is not None:
            held.stop()
        held = page.memory.notes["whatif"] = Contest(entries, visitor())
    return held


def _results(contest: Contest, variants: tuple[Variant, ...]) -> dict[str, pd.DataFrame]:
    """The curves of every variant that has any."""
    parts: dict[str, list[outcomes.Part]] = {}
    known = contest.memo.setdefault("parts", {})
    for key, log in contest.paired().items():
        if key not in known:
            known[key] = outcomes.part(key, log)
        parts.setdefault(key[0], []).append(known[key])
    return {v.name: outcomes.assemble(parts[v.name]) for v in variants if v.name in parts}


def bars_of(frame: pd.DataFrame, base: float) -> list[dict[str, Any]]:
    """The rows of a tornado as its picture takes them: a factor with both its sides.

    A side ends at `base` plus the paired change, so that the luck of a few seeds does not pass for an effect.
    """
    bars: dict[str, dict[str, Any]] = {}
    for row in frame.to_dict("records"):
        bar = bars.setdefault(
            str(row["factor"]),
            {"name": str(row["factor"]), "low": math.nan, "high": math.nan, "less": "", "more": ""},
        )
        side, word = ("low", "less") if row["side"] == "low" else ("high", "more")
        bar[side], bar[word] = base + float(row["change"]), str(row["label"])
    return list(bars.values())


def live_what_if(page: Editor) -> bool:
    """Whether runs of what could be different are on their way."""
    held: Contest | None = page.memory.notes.get("whatif")
    return bool(held and held.live and page.view["whatif"])


# --- beyond -----------------------------------------------------------------------------------------------


def _beyond(page: Editor, study: Study, estimate: Estimate) -> None:
    found = study.once(
        "beyond",
        lambda: planning.beyond(study.project, study.frame(), study.twins, estimate.strategy),
        study.project,
        estimate.strategy,
    )
    target = f"{plan.metric_name(study.project.metric).lower()} {plan.percent(study.project.target)}"
    st.markdown(
        f"Simulated projects bought at most **{estimate.budget:,.0f}** labels. Their "
        "curves rise fast at first, then "
        "ever more slowly. That trend is continued here, but never beyond three times "
        "what was simulated: further "
        "out it would be a guess."
    )
    for name, one in (("At random", found.passive), (estimate.strategy, found.active)):
        if one.labels is None:
            said = one.reason or "no number"
        else:
            said = f"about **{one.labels:,.0f}** labels to {target} ({one.low:,.0f} to {one.high:,.0f})"
        st.markdown(f"- **{plain(name)}:** {said if one.labels is not None else plain(said)}")
    if found.reason:
        st.caption(plain(found.reason))


# --- what to label first ----------------------------------------------------------------------------------


def _label_first(page: Editor, study: Study, estimate: Estimate) -> None:
    spec = study.comparison.strategies[estimate.strategy]
    own = own_data.is_own(spec.dataset)
    if own:  # every row there is, those without a label too
        rows = Choice.of(spec.dataset.name, **{**dict(spec.dataset.params), "unlabelled": True})
        spec = replace(spec, dataset=rows, test_share=0.0)
    errands: Errands = page.memory.notes.setdefault("errands", Errands())
    service, who, asked = live.service(), visitor(), ("label_first", spec)
    answer = errands.ask(asked, lambda: service.call("label_first", spec, who, 0, rows=LISTED))
    if errands.error(asked):
        st.markdown(plain(errands.error(asked)))
        return
    if answer is None:
        st.container(height=120, border=False).caption("Ranking the rows ...")
        return
    if own and not answer["labelled"]:
        st.markdown(
            "Every row of your table has a label already, so nothing is left to choose. "
            "Bring the table again "
            "with rows whose label is **empty**, and this becomes the list of what to "
            "label next. Were you to start "
            "anew, these rows would come first:"
        )
    elif own:
        st.markdown(
            f"{answer['open']:,} rows of your table have no label yet. Going by the "
            f"{answer['labelled']:,} that have "
            "one, label these first:"
        )
    else:
        st.markdown(
            "With a table of your own this is the list of what to label. Of the rows of "
            "this case it would be:"
        )
    if not answer["rows"]:
        return
    frame = rows_to_label(answer)
    st.dataframe(
        frame, hide_index=True, height=280, alt="The rows to label first, the most useful at the top"
    )
    st.download_button(
        f"These {len(frame)} rows (CSV)",
        partial(share.csv, frame),
        "label-first.csv",
        "text/csv",
        key=page.key("do", "first_csv"),
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption(plain(str(answer["how"])))


def rows_to_label(answer: Mapping[str, Any]) -> pd.DataFrame:
    """The rows as their owner knows them, best first; the first row of a table is row 1."""
    import pandas as pd

    shown = pd.DataFrame([dict(pairs) for pairs in answer["table"]])
    ranked = pd.DataFrame(
        {"order": range(1, len(answer["rows"]) + 1), "row": [r + 1 for r in answer["rows"]]}
    )
    return pd.concat([ranked, shown.drop(columns=["order", "row"], errors="ignore")], axis=1)


def waiting(page: Editor) -> bool:
    """Whether something asked for below the answer is on its way."""
    errands: Errands | None = page.memory.notes.get("errands")
    return live_what_if(page) or bool(errands and errands.waiting)


# --- elsewhere --------------------------------------------------------------------------------------------


def _elsewhere(page: Editor, study: Study, estimate: Estimate) -> None:
    spread = study.once("reference", planning.reference_range)
    st.markdown(plain(spread.sentence))
    rows = [
        {
            "name": r.label,
            "value": _finite(r.saving),
            "low": _finite(r.low),
            "high": _finite(r.high),
            "note": r.reason,
        }
        for r in study.once("references", planning.reference)
    ]
    rows.append(
        {
            "name": "This project",
            "value": _finite(estimate.saving.middle),
            "low": _finite(estimate.saving.low),
            "high": _finite(estimate.saving.high),
            "note": estimate.saving.reason,
        }
    )
    charts.show(
        pictures.ranges(rows, x="Labels saved against random", mine="This project"), key=page.key("elsewhere")
    )
    st.caption(
        "Measured once with the same method and packaged with the app. Between data sets "
        "luck matters less than the data."
    )


def _finite(value: float | None) -> float:
    return math.nan if value is None or not math.isfinite(value) else float(value)
