"""The Savings page's answer: one sentence, the numbers behind it, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from alcore import project as planning
from alcore.project import Estimate, Outlook
from alcore.statistics.intervals import Interval
from pages.ui import charts, savings_details
from pages.ui import savings_charts as pictures
from pages.ui.contest import summary_of
from pages.ui.editor import Editor
from pages.ui.savings_study import Study
from pages.ui.savings_words import plain

LEAST = 5  # finished projects before anything is said
CHART = 330
EMPTY = 520  # pixels kept free for the answer that is on its way
NOT_REACHED = "not reached"


def act(page: Editor, study: Study) -> None:
    """Do what a button asked for, or what the address says was done."""
    pressed, contest = page.pressed(), study.contest
    show = page.view["show"]
    if pressed == "stop":
        contest.stop()
        contest.refresh()
        page.put(show="stopped")
        return
    if show == "stopped" and not contest.logs:
        contest.recall()
    elif pressed == "run" or (show == "run" and not (contest.done or contest.live or contest.error)):
        contest.start()
    contest.refresh()


def buttons(page: Editor, study: Study | None, ready: bool) -> None:
    """Draw Work it out, Stop."""
    contest = study.contest if study else None
    on = bool(contest and contest.live)
    stopped = page.view["show"] == "stopped"
    over = bool(contest and page.view["show"] and contest.done and not stopped and not contest.failures)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Go on" if stopped else "Try again" if contest and contest.failures and not on else "Work it out",
            type="primary",
            icon=":material/play_arrow:",
            key=page.key("do", "run"),
            on_click=started,
            args=(page,),
            disabled=on or over or not ready or study is None,
            help="Rehearses the whole project many times on the rows of step 1, labelling at random and with "
            "active learning, and counts what each takes.",
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            key=page.key("do", "stop"),
            on_click=page.press,
            args=("stop",),
            disabled=not on,
            help="Stop now; what is known stays.",
        )


def started(page: Editor) -> None:
    """Callback of the first button."""
    from pages.ui import savings_steps

    page.press("run")
    page.put(show="run")
    savings_steps.fold(page, False)


def timed(page: Editor, study: Study) -> bool:
    """Whether anything is on its way, so that the page is to look again by itself."""
    return study.contest.live or savings_details.waiting(page)


def draw(page: Editor, study: Study, along: Callable[[], None]) -> None:
    """Draw the progress and all that is known; `along` draws what one may take along."""
    contest = study.contest
    contest.refresh()
    _progress(study)
    if contest.failures:
        st.warning("\n\n".join(plain(s) for s in summary_of(contest.failures)), icon=":material/warning:")
    if study.made < min(LEAST, study.wanted):
        with st.container(height=EMPTY, border=False):
            if contest.live:
                st.markdown("The first numbers come after five simulated projects.")
    else:
        estimate = chosen(page, study)
        _headline(study, estimate)
        along()
        _numbers(study, estimate)
        _pictures(page, study, estimate)
        savings_details.below(page, study, estimate)
    page.write()
    if timed(page, study) != page.memory.notes["timed"]:
        page.again()


def chosen(page: Editor, study: Study) -> Estimate:
    """The estimate of the strategy the answer is about: the best one, unless another was picked."""
    found = study.estimates()
    of = {e.strategy: e for e in found}
    wanted = {study.recipe(name): name for name in of}
    return of[wanted[str(page.view["of"])]] if page.view["of"] in wanted else found[0]


def _progress(study: Study) -> None:
    contest = study.contest
    if contest.error:
        st.error(plain(contest.error), icon=":material/error:")
        return
    made, wanted = study.made, study.wanted
    share = contest.share
    said = f"{made} of {wanted} simulated projects"
    if contest.live:
        st.progress(share, f"{said} are finished{contest.left}. What is shown so far is preliminary.")
    elif study.preliminary:
        st.progress(
            share, f"Stopped: {said} are finished. The numbers are preliminary; **Go on** makes the rest."
        )
    else:
        st.progress(1.0, f"Finished: {said}.")


# --- the answer -------------------------------------------------------------------------------------------


def _headline(study: Study, estimate: Estimate) -> None:
    """The sentence, and what it is worth."""
    reference = study.once("reference", planning.reference_range)
    n = study.made
    badge = (
        f"Preliminary: {n} of {study.wanted} simulated projects"
        if study.preliminary
        else f"{n} simulated projects"
    )
    with st.container(border=True, key="savings-answer"):
        st.html(
            f"<p class='savings-badge'>{escape(badge)}</p>"
            f"<p class='savings-headline' role='status'>{escape(planning.headline(estimate))}</p>"
        )
        said = planning.sentence(estimate, reference).removeprefix(planning.headline(estimate)).strip()
        st.markdown(plain(said))
        if flattered := flattery(study):
            st.markdown(plain(flattered))


def flattery(study: Study) -> str:
    """What picking the best of several strategies does to its numbers; "" where there was no choice."""
    simulated = len(study.estimates())
    if simulated < 2:
        return ""
    return (
        f"The best of {simulated} strategies is picked by the same simulated projects that measure it, which "
        "flatters it."
    )


def _numbers(study: Study, estimate: Estimate) -> None:
    """Labels, money and days for both ways, what is saved, and how often it went well."""
    currency, active, passive = study.project.currency, estimate.active, estimate.passive

    def money(value: float) -> str:
        return planning.money(value, currency)

    rows = (
        ("Labels", count, passive.labels, active.labels, estimate.saved_labels),
        ("Cost, all included", money, passive.cost, active.cost, estimate.saved_cost),
        ("Calendar days", count, passive.days, active.days, estimate.saved_days),
    )
    table = [
        (name, told(before, form), told(after, form), told(saved, form, saved=True))
        for name, form, before, after, saved in rows
    ]
    table.append(
        (
            "Missed the target",
            (f"{passive.missed} of {passive.n}", ""),
            (f"{active.missed} of {active.n}", ""),
            (
                f"{estimate.better} of {estimate.n} needed fewer labels",
                f"chance to save labels {chance(estimate.chance)}, money {chance(estimate.pays)}",
            ),
        )
    )
    st.html(_grid(table, ("At random", "Active learning", "Saved")))
    level = estimate.saving.level or estimate.saving.wanted
    st.caption(
        "Large: the middle one of the simulated projects. Small: where one future project is expected to end "
        f"up, with {level:.0%} certainty as far as luck goes, on data like these."
    )


def _grid(table: list[tuple[Any, ...]], heads: tuple[str, ...]) -> str:
    """Names of rows, and cells with a large and a small text; on a phone every cell says its column."""
    top = "".join(f"<div role='columnheader'>{escape(h)}</div>" for h in ("", *heads))
    body = ""
    for name, *cells in table:
        shown = "".join(
            f"<div class='cell' role='cell'><span class='head' aria-hidden='true'>{escape(head)}</span>"
            f"<span class='{'big' if len(big) < 16 else 'middle'}'>{escape(big)}</span>"
            f"<span class='small'>{escape(small)}</span></div>"
            for head, (big, small) in zip(heads, cells, strict=True)
        )
        title = f"<div class='what' role='rowheader'>{escape(name)}</div>"
        body += f"<div class='row' role='row'>{title}{shown}</div>"
    label = "What labelling takes at random and with active learning, and what is saved"
    return (
        f"<div class='savings-numbers' role='table' aria-label='{label}'>"
        f"<div class='row heads' role='row'>{top}</div>{body}</div>"
    )


def told(outlook: Outlook, form: Callable[[float], str], *, saved: bool = False) -> tuple[str, str]:
    """An outlook as a large number and the range below it."""
    none = "open" if saved else NOT_REACHED
    if outlook.low is None or outlook.high is None:
        return none if not saved else "no number", outlook.reason
    middle = outlook.middle
    big = none if middle is None or not math.isfinite(middle) else form(middle)
    low, high = (form(v) if math.isfinite(v) else "" for v in (outlook.low, outlook.high))
    if low and high:
        return big, low if low == high else f"{low} to {high}"
    if saved:
        return big, f"at least {low}" if low else f"at most {high}" if high else "anything"
    return big, f"{low} to {NOT_REACHED}" if low else NOT_REACHED


def chance(share: Interval) -> str:
    """A share of the simulated projects, as a range for the chance of the next one."""
    if share.low is None or share.high is None:
        return "unknown"
    return f"{share.low:.0%} to {share.high:.0%}"


def count(value: float) -> str:
    """Labels or days as they are said.

    >>> count(1234.0), count(-20)
    ('1,234', '−20')
    """
    return f"{value:,.0f}".replace("-", "−")


def _pictures(page: Editor, study: Study, estimate: Estimate) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("How sure is that?", anchor=False)
        _dots(page, study, estimate)
    with right:
        st.subheader("How good for how much money?", anchor=False)
        _curves(page, study, estimate)


def _dots(page: Editor, study: Study, estimate: Estimate) -> None:
    frame = study.once(
        "distribution", lambda: planning.distribution(estimate), study.project, estimate.strategy
    )
    known = [v for v in frame["saving"] if math.isfinite(v)]
    if not known:
        st.markdown("No simulated project reached the target both ways, so there is no saving to show.")
        return
    low, high = (math.nan if v is None else v for v in (estimate.saving.low, estimate.saving.high))
    charts.show(pictures.project_dots(known, low, high, height=CHART), key=page.key("dots"))
    said = [
        f"Each dot is one simulated project. {estimate.better} of {estimate.n} needed "
        "fewer labels than random, "
        f"{estimate.worse} more, {estimate.equal} as many."
    ]
    if math.isfinite(low) and math.isfinite(high):
        said.append(f"The next project is expected in the shaded range ({estimate.saving.level:.0%}).")
    if missing := len(frame) - len(known):
        said.append(f"{missing} in which one way never reached the target cannot be drawn.")
    st.caption(plain(" ".join(said)))


def _curves(page: Editor, study: Study, estimate: Estimate) -> None:
    metric = study.project.metric
    frame = study.bands()
    chart = charts.curve(
        frame,
        metric,
        names=study.lines(),
        drawn_as=study.looks(),
        x="paid",
        x_title=f"Paid for labels so far ({study.project.currency})",
        target=study.project.target,
        height=CHART,
    )
    charts.show(chart, key=page.key("curves"))
    st.caption(
        "Lines: the mean of the simulated projects. Bands: where the middle half of them "
        "was. Test labels and the "
        "one-off cost of active learning come on top."
    )
