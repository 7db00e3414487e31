"""The Teams page's stage: the answer, the clock, who did what, and how many annotators pay."""

from __future__ import annotations

import math
import time
from html import escape
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import streamlit as st

from alcore.catalog import METRICS
from alcore.teams.study import Arm
from pages.ui import (
    answer_html,
    charts,
    compare_charts,
    live,
    people,
    teams_charts,
    teams_details,
    teams_words,
)
from pages.ui import teams_plan as plan
from pages.ui.compare_words import count
from pages.ui.contest import summary_of
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.savings_words import plain
from pages.ui.story import Story
from pages.ui.teams_numbers import arms, bands, ends_of, sizes, unit_of
from pages.ui.teams_work import Work
from pages.ui.vega import listed

if TYPE_CHECKING:
    pass

CHART = 300
SHARE = ".3~%"  # all scores of the page are shares
STYLE = """
.st-key-teams_verdict { min-height: 13.5rem; }
.st-key-teams_verdict p { font-size: 1.02rem; margin-bottom: .35rem; }
.st-key-teams_verdict p.teams-headline { margin: 0 0 .5rem; font-weight: 650; line-height: 1.3;
    font-size: clamp(1.2rem, 1.02rem + .9vw, 1.65rem); }
.answer-table small { white-space: nowrap; }
@media (max-width: 640px) { .st-key-teams_verdict { min-height: 26rem; } }
"""


def style() -> None:
    """The answer keeps its place while it comes; tables fit a phone."""
    answer_html.style(STYLE)


# --- what moves ---------------------------------------------------------------------------


def act(page: Editor, work: Work, told: Story | None, ready: bool) -> None:
    """Do what a button asked for, or what the story or the address asks for."""
    notes = page.memory.notes
    before, notes["acted"] = notes.get("acted"), repr(work.plan)
    if before is not None and before != notes["acted"] and told is None:
        page.put(show="")  # another question: it is worked out when that is asked for
    pressed = page.memory.intent if page.memory.intent in ("run", "stop") else ""
    if pressed:
        page.pressed()
        page.put(show="run" if pressed == "run" else "stopped")
    shown = page.view["show"]
    if pressed == "stop":
        work.stop()
    elif ready and (shown == "run" or (told is not None and shown != "stopped")):
        work.start(again=pressed == "run")
    work.refresh()
    notes["errands"] = work.errands


def header(page: Editor, work: Work | None, ready: bool) -> None:
    """Draw the title with Run and Stop."""
    live_ = bool(work and work.live)
    left = work.total - work.made if work else 0
    people.buttons(
        page,
        "Teams",
        "Go on" if work and work.made and left and not live_ else "Run",
        ready=bool(left) and ready,
        live=live_,
        help="Simulate every way of working with every seed, and then teams of other sizes.",
        kept="what is simulated stays",
    )


def every(page: Editor, work: Work) -> float | None:
    """Seconds until the stage is drawn again by itself; None when nothing moves."""
    page.memory.notes["timer"] = live.EVERY if work.live else None
    return page.memory.notes["timer"]


def finish(page: Editor, work: Work) -> None:
    """Call it last in the fragment: write the address, and run the page again when the timer must change."""
    page.write()
    before = page.memory.notes.get("timer")
    if every(page, work) != before:
        page.again()


def progress(work: Work) -> None:
    """How far it is, in a bar that is always there, and what went wrong."""
    made, total = work.made, work.total
    if work.live:
        st.progress(made / total, f"{made:,} of {count(total, 'project')} simulated{_left(work)}")
    elif made >= total:
        st.progress(1.0, f"Finished: {count(made, 'project')} simulated.")
    elif made or work.failures:
        failed = f", {len(work.failures):,} could not be made" if work.failures else ""
        st.progress(made / total, f"{made:,} of {count(total, 'project')} simulated{failed}.")
    else:
        st.progress(0.0, f"Press **Run** to simulate {count(total, 'project')}.")
    for sentence in summary_of({("", name, seed): why for (name, seed), why in work.failures.items()}):
        st.warning(plain(sentence), icon=":material/error:")


def _left(work: Work) -> str:
    passed = time.monotonic() - work.began
    if work.made < 8 or passed < 2:
        return ""
    return f", about {max(1, round(passed * (work.total - work.made) / work.made))} s to go"


# --- what is drawn ------------------------------------------------------------------------


def draw(page: Editor, work: Work) -> None:
    """Everything that is known of the projects so far."""
    metric = str(page.view["metric"])
    found = arms(work, metric)
    _verdict(work, found, metric)
    _day(page, work)
    _curves(page, work, metric)
    _sizes(page, work, found, metric)
    teams_details.below(page, work, found, metric)


def _verdict(work: Work, found: dict[str, Arm], metric: str) -> None:
    with st.container(key="teams_verdict"):
        if work.live and not work.complete:
            st.markdown(
                f":material/hourglass_top: {spoken(count(len(work.seeds), 'complete seed'))} so far, of "
                f"{work.plan.seeds}. The answer comes when all are in."
            )
            return
        if not found or not next(iter(found.values())).seeds:
            st.markdown(
                ":material/groups: How many times as fast is a team, and what does it cost that nobody waits "
                "for the others' labels? One annotator alone and random always take part."
            )
            return
        early = "" if work.complete and not work.failures else ":material/hourglass_top: **Preliminary.**"
        if early:
            st.markdown(early)
        st.html(f'<p class="teams-headline">{escape(teams_words.headline(work.plan, found, metric))}</p>')
        lines = teams_words.verdict(work.plan, found, metric)
        st.markdown("  \n".join(f"{line.icon} {line.text}" for line in lines))


def _day(page: Editor, work: Work) -> None:
    """Who did what and when, in the first seed."""
    st.subheader("Who labels what, and when", anchor=False)
    seed = work.plan.first
    shown = {
        n: work.projects[n, seed] for n in work.plan.arms if n != plan.BY_LOT and (n, seed) in work.projects
    }
    crowd = min(work.plan.team.agents, plan.DRAWN)
    if work.plan.main not in shown:
        st.container(height=130 + 17 * (crowd + 2) * (len(work.plan.arms) - 2), border=False)
        return
    ends = [project["seconds"] for name, project in shown.items() if name != plan.ALONE]
    whole = max(project["seconds"] for project in shown.values())
    end = min(whole, 1.6 * max(ends)) or 1.0
    st.caption(
        f"One simulated project (seed {seed}): every bar is an answer"
        + (", a thin one a wait" if any(p["waits"] for p in shown.values()) else "")
        + (
            f"; {crowd} of {work.plan.team.agents:,} annotators are drawn."
            if crowd < work.plan.team.agents
            else "."
        )
    )
    chart = teams_charts.gantt(
        shown,
        end,
        people=plan.DRAWN,
        alt="Answers of each annotator over time, for one annotator alone and for each way of sharing out "
        "the work; answers that repeat somebody else's row stand out",
    )
    charts.show(chart, key=page.key("day"))


def _curves(page: Editor, work: Work, metric: str) -> None:
    looks = work.plan.looks()
    st.subheader(f"{spoken(METRICS[metric].label)} against time and against labels", anchor=False)
    st.html(answer_html.key(looks))
    left, right = st.columns(2, gap="medium")
    unit = unit_of(work)
    title = f"{spoken(METRICS[metric].label)} on test rows"
    domain: dict[str, Any] = {}
    by_time = bands(work, metric, "hours", step=True)
    by_label = bands(work, metric, "labels")
    if len(by_label):
        low = float(by_label["low"].fillna(by_label["value"]).min())
        high = float(by_label["high"].fillna(by_label["value"]).max())
        room = 0.04 * (high - low) or 0.01
        domain = {"bottom": low - room, "top": high + room}
    for place, frame, name, step in (
        (
            left,
            by_time.assign(x=by_time["x"] * 3600 / unit.seconds),
            f"{unit.name} since the first model",
            True,
        ),
        (right, by_label, "answers paid for, the first labels included", False),
    ):
        with place:
            chart = compare_charts.lines(
                frame,
                looks,
                spoken(name),
                title,
                form=SHARE,
                step=step,
                height=CHART,
                alt=compare_charts.said_of(f"{title} against {name}", list(looks)),
                **domain,
            )
            charts.show(chart, key=page.key("curve", "time" if step else "labels"))
    st.caption(
        f"Mean of {count(len(work.seeds), 'paired seed')} with its 95 % interval. On the left a model counts "
        "from the moment it is published."
        if work.seeds
        else "Curves appear with the first seed."
    )


def _sizes(page: Editor, work: Work, found: dict[str, Arm], metric: str) -> None:
    """How many annotators pay."""
    st.subheader("How many annotators pay?", anchor=False)
    team = sizes(work, metric)
    look = plan.LOOKS[work.plan.main]
    levels = {
        name: (one.score.value, *ends_of(one.score), plan.LOOKS[name])
        for name, one in found.items()
        if name in (plan.ALONE, plan.BY_LOT) and math.isfinite(one.score.value)
    }
    title = f"{spoken(METRICS[metric].label)} at the end"
    every_time = [a.seconds.value for a in team.values()] or [7200.0]
    unit_ = teams_charts.unit_of(max(every_time))
    left, right = st.columns(2, gap="medium")
    with left:
        chart = teams_charts.ladder(
            [(n, a.score.value, *ends_of(a.score)) for n, a in team.items()],
            title,
            look,
            levels if team else {},
            form=SHARE,
            now=work.plan.team.agents,
            alt=f"{title} for teams of different sizes, with one annotator alone and random",
        )
        charts.show(chart, key=page.key("sizes", "score"))
    with right:
        chart = teams_charts.ladder(
            [
                (n, *(v / unit_.seconds for v in (a.seconds.value, *ends_of(a.seconds))))
                for n, a in team.items()
            ],
            f"{spoken(unit_.name)} until the last model",
            look,
            {},
            form=",.3~g",
            log=True,
            now=work.plan.team.agents,
            alt="Time until the last model for teams of different sizes",
        )
        charts.show(chart, key=page.key("sizes", "time"))
    st.caption(_pays(work, team, metric) if team else "Teams of other sizes are simulated last.")


def _pays(work: Work, team: dict[int, Arm], metric: str) -> str:
    seeds = next(iter(team.values())).seeds
    early = " so far" if work.live else ""
    able = [n for n, arm in team.items() if arm.gain.low is not None and arm.gain.low > 0]
    said = (
        f"{work.plan.main}, each with the same {work.plan.spec.budget:,.0f} "
        f"{work.plan.spec.budget_in}; mean of {count(seeds, 'seed')}{early} with its 95 % interval. "
    )
    if not able:
        return said + "At no size can a gain over random be told."
    if len(able) == len(team):
        return said + f"Even with {max(able):,} annotators a gain over random can be told."
    upto = list(takewhile(lambda n: n in able, sorted(team)))
    if not upto:
        some = listed([f"{n:,}" for n in sorted(able)])
        return said + f"A gain over random can be told with {some} annotators only."
    some = "; beyond that not at every size." if len(able) > len(upto) else "."
    return said + f"A gain over random can be told up to {count(upto[-1], 'annotator')}{some}"
