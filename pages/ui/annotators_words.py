"""What the Annotators page says, in plain words worked out from its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

from alcore.crowd import Day, Finish, Schedule
from alcore.crowd.calls import BASE
from alcore.crowd.findings import FEWEST, Judged, Verdict, surely_worse
from alcore.crowd.rhythm import Rhythm
from alcore.statistics.intervals import Interval
from pages.ui.vega import listed


def points(value: float, *, sign: bool = True) -> str:
    """A difference of shares in points of a hundred.

    >>> points(0.163), points(-0.001, sign=False)
    ('+16.3 points', '0.1 points')
    """
    shown = f"{100 * value:+.1f}" if sign else f"{100 * abs(value):.1f}"
    return f"{shown.replace('-', '−')} points"


def span(found: Interval, *, sign: bool = True) -> str:
    """The ends of a difference, in points.

    >>> span(Interval(0.16, 0.139, 0.188, 0.99, 20))
    '+13.9 to +18.8'
    """
    if found.low is None or found.high is None:
        return "no interval"
    low, high = (f"{100 * v:+.1f}".replace("-", "−") for v in (found.low, found.high))
    return f"{low} to {high}" if sign else f"{low.lstrip('+')} to {high.lstrip('+')}"


def share(value: float, digits: int = 1) -> str:
    """A share as percent; a dash where it is not known.

    >>> share(0.897), share(float("nan"))
    ('89.7 %', '–')
    """
    return f"{100 * value:.{digits}f} %" if math.isfinite(value) else "–"


def headline(found: Verdict, names: Mapping[str, str], accuracy: Mapping[str, float], money: float) -> str:
    """What the money is best spent on, in a sentence.

    Parameters
    ----------
    found : Verdict
    names : what each policy is called
    accuracy : mean accuracy of each policy at the end
    money : what each could spend
    """
    base = names[BASE]
    best = names[found.best]
    if found.kind == "alone":
        reached = f"{base}: accuracy {share(accuracy[BASE])} for a budget of {money:,.6g}."
        return f"{reached} Choose a policy to compare with."
    if found.kind == "too few":
        return f"{found.seeds} projects are too few to claim anything; five are the least, twenty are better."
    if found.kind == "better":
        gap = found.differences[found.best]
        return (
            f"{best}: accuracy {share(accuracy[found.best])} for a budget of {money:,.6g}, where "
            f"{lower(base)} reaches {share(accuracy[BASE])}. That is {points(gap.value)} ({span(gap)})."
        )
    if found.kind == "worse":
        return (
            f"{base} is {'best' if found.best == BASE else 'as good as anything'}: accuracy "
            f"{share(accuracy[BASE])} for a budget of {money:,.6g}. {_losers(found, names)}"
        )
    return (
        f"No policy is surely better or worse than {lower(base)}, which reaches accuracy "
        f"{share(accuracy[BASE])} for a budget of {money:,.6g}. It is the simplest, so take it."
    )


def _losers(found: Verdict, names: Mapping[str, str]) -> str:
    """Which policies surely are worse, and by how much."""
    gaps = found.differences
    losers = sorted((p for p in gaps if surely_worse(gaps[p])), key=lambda p: gaps[p].value)
    worst = losers[0]
    if len(losers) == 1:
        return f"{names[worst]} wastes money: {points(gaps[worst].value)} ({span(gaps[worst])})."
    every = len(losers) == len(gaps)
    who = "Every other policy wastes" if every else f"{ran_out([names[p] for p in losers])} waste"
    least = losers[-1]
    return (
        f"{who} money: {points(gaps[least].value)} ({lower(names[least])}, {span(gaps[least])}) to "
        f"{points(gaps[worst].value)} ({lower(names[worst])}, {span(gaps[worst])})."
    )


def details(
    quality: Mapping[str, float],
    weighed: tuple[Interval, Interval] | None,
    judged: Judged | None,
    short: str,
) -> list[str]:
    """Further sentences: Dawid-Skene beside the majority, who was judged rightly, who ran out of rows.

    Parameters
    ----------
    weighed : differences of Dawid-Skene and the majority in label quality and in accuracy
    short : names of policies that ran out of rows before the money was spent; "" = none
    """
    said = []
    if weighed is not None:
        labels, model = weighed
        sure = labels.low is not None and labels.high is not None
        verb = "no surer labels than"
        if sure and labels.low is not None and labels.low > 0:
            verb = "more right labels than"
        elif sure and labels.high is not None and labels.high < 0:
            verb = "fewer right labels than"
        said.append(
            f"Of the same answers Dawid-Skene makes {verb} the majority: {share(quality['dawid_skene'])} are "
            f"right beside {share(quality['majority'])}, {points(labels.value)} ({span(labels)}); for the "
            f"model that is {points(model.value)} ({span(model)})."
        )
    if judged is not None:
        low, high = judged.held.low, judged.held.high
        known = judged.held.n >= FEWEST and low is not None and high is not None
        said.append(
            f"It judges annotators without knowing one true answer, off by "
            f"{points(judged.off, sign=False)} on average."
            + (
                f" Its {judged.level:.0%} intervals hold the true value in only "
                f"{share(judged.held.value, 0)} of the cases: they are too narrow with so few answers."
                if known and high is not None and high < judged.level
                else f" Its {judged.level:.0%} intervals hold the true value in "
                f"{share(judged.held.value, 0)} of the cases."
                if known and low is not None and low <= judged.level
                else ""
            )
        )
    if short:
        said.append(f"{short} ran out of rows before the money was spent.")
    return said


def lower(name: str) -> str:
    """A name within a sentence."""
    return name[:1].lower() + name[1:]


def rhythm(found: Rhythm, name: str, seconds: float, penalty: float) -> str:
    """The best session of a day, and what it brings."""
    now, best = found.now, found.best
    if not found.tires:
        return f"{name.capitalize()} does not tire as it is set, so one long session without a break is best."
    every = f"every {duration(best.session * seconds)} of work ({best.session:,} answers)"
    do = f"a break of {best.pause:g} minutes {every}" if best.breaks else "one session without a break"
    if best == now or best.value <= now.value * (1 + 1e-6) + 1e-9:
        return f"Best for {name}: {do}, as it is set."
    brings = f"A day then has {_right_and_wrong(best)}, in place of {_right_and_wrong(now)}."
    worth = f" A wrong answer is taken to undo {penalty:g} right ones." if penalty else ""
    return f"Best for {name}: {do}. {brings}{worth}"


def _right_and_wrong(day: Day) -> str:
    return f"{day.correct:,.0f} right and {day.answers - day.correct:,.0f} wrong answers"


def duration(seconds: float) -> str:
    """A stretch of work.

    >>> duration(1200), duration(90)
    ('20 minutes', '1.5 minutes')
    """
    minutes = seconds / 60
    if minutes >= 90:
        return f"{minutes / 60:.1f} hours"
    return f"{minutes:.0f} minutes" if minutes >= 3 else f"{minutes:.1f} minutes"


def finish(found: Finish, schedule: Schedule, people: int) -> str:
    """When it will be done, in a sentence."""
    what = (
        f"{schedule.goal:,.6g} rows with a label"
        if schedule.goal_in == "rows"
        else f"{schedule.goal:,.6g} spent"
    )
    if found.middle is None or found.dates[1] is None:
        return f"{what}: no date. {found.reason}"
    low, middle, high = found.dates
    assert low is not None
    who = f"{people} annotator{'s' * (people != 1)}"
    if high is None:
        return f"{what} by {who}: {on(low)} at the earliest; the late end is open. {found.reason}"
    when = on(middle) if low == high else f"{on(middle)}, between {on(low)} and {on(high)}"
    return f"{what} by {who}: done {when} ({found.level:.0%} of the simulated projects)."


def on(day: date) -> str:
    """A date as it is said.

    >>> on(date(2030, 1, 7))
    'Mon 7 January 2030'
    """
    return f"{day:%a} {day.day} {day:%B} {day.year}"


def ran_out(names: list[str]) -> str:
    """Names within one sentence.

    >>> ran_out(["One answer each", "Relabel or new"])
    'One answer each and relabel or new'
    """
    return listed([n if not at else lower(n) for at, n in enumerate(names)])
