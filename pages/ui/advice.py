"""Before a run: what the registries and a trial know of the chosen parts that their menus do not say."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from alcore.advice import better_committee
from alcore.catalog import COMMITTEES
from alcore.errors import BusyError, UnavailableError
from pages.ui import later, live
from pages.ui.editor import Editor
from pages.ui.form import title
from pages.ui.live import Race

SLOW_ROUND = 1.0  # seconds of a round that are worth a warning
SLOW_RUN = 30.0  # seconds of a whole run that are
TRIAL = 12.0  # seconds a trial may take, the queue included
MOMENT = 0.4  # seconds the page waits for a trial before it goes on without


def committee(page: Editor, race: Race) -> None:
    """A committee that would suit the strategy better, with a button that takes it."""
    found = better_committee(race.spec)
    if found is None:
        return
    who, choice = found
    name = title(COMMITTEES[choice.name])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/groups: {who} is made for members that are draws of one learner, as its doubt allows "
            f"them. The committee chosen, {title(COMMITTEES[race.spec.committee.name]).lower()}, is none.",
            width="stretch",
        )
        if st.button(f"Use {name}", key=page.key("do", "committee"), help=COMMITTEES[choice.name].summary):
            page.replace(replace(page.spec, committee=choice))
            page.put(show="", steps=0, round=-1, row=-1)
            page.again()


def trial(page: Editor, race: Race) -> later.Answer | None:
    """How long the run will take, tried out in the background; None once there is a run to look at."""
    if race.goal != 0 or race.keys:
        return None
    service, key = live.service(), f"pace {race.spec.id}"
    question = partial(service.call, "pace", race.spec, race.owner, 0, timeout=TRIAL)
    return later.ask(page.memory.notes, key, question)


def pending(page: Editor, race: Race) -> bool:
    """Whether a trial is under way."""
    found = later.known(page.memory.notes, f"pace {race.spec.id}")
    return found is not None and not found.done and race.goal == 0


def pace(answer: later.Answer) -> None:
    """Warn of a run that will take long here."""
    if not answer.done:
        return
    if words := slow(answer):
        st.warning(words, icon=":material/hourglass:")


def slow(answer: later.Answer) -> str:
    """What to tell of a trial that showed a slow run; "" when it is quick, or nothing is known."""
    advice = "Fewer rows, larger batches, a smaller budget, or another learner or committee make it quicker."
    if isinstance(answer.error, UnavailableError) and not isinstance(answer.error, BusyError):
        limit = _limit("round_seconds")
        ends = f" This server ends a run whose round takes over {limit:g} seconds." if limit else ""
        return f"A trial of one round took over {TRIAL:g} seconds and was given up.{ends} {advice}"
    found = answer.result
    if found is None or (max(found["first"], found["last"]) < SLOW_ROUND and found["total"] < SLOW_RUN):
        return ""
    least = "at least" if found["at_least"] else "about"
    first, last = (_time(found[k]) for k in ("first", "last"))
    each = first if first == last else f"{first} at first and {last} at the end"
    told = (
        f"A round takes {least} {each} here, all {found['rounds']:,} of them {least} {_time(found['total'])}."
    )
    limit = _limit("run_seconds")
    if limit and found["total"] > limit:
        told += f" This server stops a run after {_time(limit)}; what is known by then stays."
    return f"{told} {advice}"


def time_left(seconds: float) -> str:
    """What a run still needs, when that is worth saying."""
    return f" · about {_time(seconds)} of computing left" if seconds > 5 else ""


def _time(seconds: float) -> str:
    """A length of time in words, with the digits an estimate has."""
    if seconds < 1:
        return f"{seconds:.1g} s"
    if seconds < 90:
        return f"{float(f'{seconds:.2g}'):g} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def _limit(name: str) -> float:
    limits: Any = getattr(live.service(), "limits", None)
    return float(getattr(limits, name, 0.0))
