"""What simulated teams say in plain words; Markdown without names that a visitor typed."""

from __future__ import annotations

import math

from alcore.catalog import METRICS
from alcore.statistics.intervals import Interval
from alcore.teams.study import Arm
from pages.ui.compare_words import CLAIM, Line, count, is_share
from pages.ui.teams_charts import clock
from pages.ui.teams_plan import ALONE, MODES, Plan

GOOD, BAD, OPEN, SLOW = (
    ":material/trending_up:",
    ":material/trending_down:",
    ":material/balance:",
    ":material/hourglass_top:",
)
COPY, QUICK = ":material/content_copy:", ":material/speed:"
WAITS = 0.1  # share of their time from which on waiting is spoken of
_NUMBERS = ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def people(n: int) -> str:
    """So many annotators, as a sentence begins.

    >>> people(5), people(1), people(1200)
    ('Five annotators', 'One annotator', '1,200 annotators')
    """
    number = _NUMBERS[n] if n < len(_NUMBERS) else f"{n:,}"
    return f"{number} annotator{'s' * (n != 1)}"


def verdict(plan: Plan, found: dict[str, Arm], metric: str) -> list[Line]:
    """What the team gains, what stale models cost it, and what happens when nobody shares out the work."""
    main, alone = found[plan.main], found[ALONE]
    if not main.seeds:
        return []
    if not _told(main.faster):
        return [Line(OPEN, "One annotator alone has nothing to do either.")]
    lines = [_pace(plan, main, alone), _score(plan, main, metric)]
    none = MODES["none"]
    if none in found and none != plan.main:
        lines.append(_uncoordinated(found[none], metric))
    if main.waiting.value > WAITS:
        lines.append(
            Line(
                SLOW,
                f"Annotators spend **{share(main.waiting.value)}** of their time waiting for a model "
                f"({ends(main.waiting, 100)} %).",
            )
        )
    if main.seeds < CLAIM:
        lines.append(
            Line(OPEN, f"{count(main.seeds, 'seed')} show something; {CLAIM} are needed to claim it.")
        )
    return lines


def headline(plan: Plan, found: dict[str, Arm], metric: str) -> str:
    """The answer in one sentence."""
    main = found[plan.main]
    if not main.seeds:
        return ""
    few = f"Only {count(main.seeds, 'seed')}: " if main.seeds < CLAIM else ""
    said = _answer(plan, main, metric)
    return few + (said[0].lower() + said[1:] if few else said)


def _answer(plan: Plan, main: Arm, metric: str) -> str:
    if not _told(main.faster):
        return "Nobody has anything to do: the first labels use up the budget, or the pool."
    who = f"{people(plan.team.agents)} ({plan.main.lower()})"
    if not _told(main.gain):
        return f"{who} are done in {clock(main.seconds.value)}."
    faster = f"{_faster(main.faster)} ({ends(main.faster, 1)})"
    if main.gain.high is not None and main.gain.high < 0:  # type: ignore[operator]
        return f"{who}: {faster}, and worse than labelling at random."
    if _open(main.gain):
        return f"{who}: {faster}, but no gain over random can be told."
    if main.cost.low is not None and main.cost.low > 0:
        return f"{who}: {faster}, for {_lost(main.cost, metric)}."
    return f"{who}: {faster}, and no cost of the older models can be told."


def _lost(cost: Interval, metric: str) -> str:
    scale = 100 if is_share(metric) else 1
    shown = f"{100 * cost.value:.1f} points" if scale == 100 else f"{cost.value:.3f}"
    return f"{shown} less {METRICS[metric].label} ({ends(cost, scale)})"


def _pace(plan: Plan, main: Arm, alone: Arm) -> Line:
    idle = (
        f" The one alone waits for a new model after every {count(plan.team.hand, 'label')}, which takes "
        f"{share(alone.waiting.value)} of their time."
        if alone.waiting.value > WAITS
        else ""
    )
    return Line(
        QUICK,
        f"The team is done in **{clock(main.seconds.value)}**, one annotator alone in "
        f"{clock(alone.seconds.value)}: **{main.faster.value:.1f} times** as fast ({ends(main.faster, 1)})."
        + idle,
    )


def _score(plan: Plan, main: Arm, metric: str) -> Line:
    name = METRICS[metric].label
    level = f"After as many labels its model has {name} **{height(main.score.value, metric)}**"
    icon = GOOD if main.gain.low is not None and main.gain.low > 0 else OPEN
    icon = BAD if main.gain.high is not None and main.gain.high < 0 else icon
    alone = _against(main.cost, metric, "one annotator alone", turned=True)
    random = _against(main.gain, metric, "random")
    stale = (
        f" The model behind an answer did not know {main.stale.value:.0f} labels that were there already "
        f"(mean; {plan.arms[ALONE].team.hand - 1 if plan.arms else 0} at most for one alone)."
        if _told(main.stale)
        else ""
    )
    return Line(icon, f"{level}: {alone}, and {random}.{stale}")


def _uncoordinated(none: Arm, metric: str) -> Line:
    again = none.duplicates
    if not _told(again):
        return Line(OPEN, "Without coordination nobody answered anything.")
    return Line(
        COPY,
        f"Without coordination **{share(again.value)}** of the answers repeat a row that somebody else had "
        f"answered ({ends(again, 100)} %). Its model {'is' if _open(none.gain) else 'ends'} "
        f"{_against(none.gain, metric, 'random')}.",
    )


def _against(interval: Interval, metric: str, whom: str, *, turned: bool = False) -> str:
    """A difference with its interval, in words; `turned` when it is the other one's lead."""
    if not _told(interval):
        return f"it cannot be compared with {whom}"
    value, scale = interval.value, 100 if is_share(metric) else 1
    low, high = interval.low, interval.high
    if turned:
        value, (low, high) = -value, (_minus(high), _minus(low))
    shown = f"{scale * abs(value):.1f}" if scale == 100 else f"{abs(value):.3f}"
    unit = f" point{'s' * (shown != '1.0')}" if scale == 100 else ""
    span = _span(low, high, scale)
    if low is None or high is None or low <= 0 <= high:
        return f"not to be told from {whom} ({span}{unit and ' points'})"
    return f"**{shown}{unit} {'above' if value > 0 else 'below'}** {whom} ({span})"


def ends(interval: Interval, scale: float) -> str:
    """An interval: ``"5.9 to 6.1"``."""
    return _span(interval.low, interval.high, scale)


def share(value: float) -> str:
    """A share in per cent; ``"none"`` where there is none."""
    return f"{100 * value:.0f} %" if math.isfinite(value) else "undefined"


def height(value: float, metric: str) -> str:
    """A score as it is said."""
    if not math.isfinite(value):
        return "not measured"
    return f"{100 * value:.1f} %" if is_share(metric) else f"{value:.3f}"


def _faster(interval: Interval) -> str:
    return f"{interval.value:.1f} times as fast as one alone"


def _span(low: float | None, high: float | None, scale: float) -> str:
    if low is None or high is None:
        return "interval not known"
    form = ".1f" if scale in (1, 100) else ".3f"
    return f"{_plain(scale * low, form)} to {_plain(scale * high, form)}"


def _plain(value: float, form: str) -> str:
    """A number without the sign of a rounded zero."""
    text = format(value, form)
    return (text.lstrip("-") if not float(text) else text).replace("-", "−")


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _told(interval: Interval) -> bool:
    return math.isfinite(interval.value)


def _open(interval: Interval) -> bool:
    return interval.low is None or interval.high is None or interval.low <= 0 <= interval.high
