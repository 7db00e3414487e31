"""What the runs say about a rare class, in plain words; Markdown in which names are escaped."""

from __future__ import annotations

import math
from typing import Any

from pages.ui import rare_plan as plan
from pages.ui.compare_numbers import VERDICT
from pages.ui.compare_words import CLAIM, Line, count
from pages.ui.rare_numbers import Finds
from pages.ui.savings_words import plain
from pages.ui.vega import listed

GOOD, BAD, OPEN = ":material/trending_up:", ":material/trending_down:", ":material/balance:"
SCHOOL, WARN, SEEDS = ":material/school:", ":material/warning:", ":material/casino:"
DOUBT = ("Uncertainty (margin)", "Least confident", "Most uncertain (entropy)")
NONE = "no number"
Cells = dict[str, Any]


def number(value: float) -> str:
    """A mean of counts: ``"35.2"``, ``"40"``.

    >>> number(35.24), number(40.0), number(1234.5)
    ('35.2', '40', '1,234')
    """
    if not math.isfinite(value):
        return NONE
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}".removesuffix(".0")


def times(value: float) -> str:
    """A ratio.

    >>> times(7.26), times(11.2), times(0.168)
    ('7.3', '11', '0.17')
    """
    return f"{value:.2f}" if value < 0.995 else f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def percent(value: float) -> str:
    """A share: ``"98.0 %"``."""
    return f"{100 * value:.1f} %" if math.isfinite(value) else "undefined"


def points(value: float, *, sign: bool = True) -> str:
    """A difference in points of a hundred.

    >>> points(0.043), points(-0.01), points(-0.0001)
    ('+4.3 points', '−1.0 point', '0.0 points')
    """
    shown = f"{100 * value:+.1f}" if sign else f"{100 * abs(value):.1f}"
    shown = "0.0" if float(shown) == 0 else shown
    return f"{shown.replace('-', '−')} point{'s' * (shown.lstrip('+-') != '1.0')}"


def ends(low: float, high: float, scale: float = 100, form: str = "{:.1f}") -> str:
    """An interval: ``"3.1 to 5.5"``."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "not known"
    shown = (form.format(scale * end) for end in (low, high))
    return " to ".join(end.replace("-", "−" if float(end) else "") for end in shown)


def verdict(finds: Finds) -> list[Line]:
    """How many times as many were found, what that did to the model, and what accuracy says of it."""
    if not finds.known or not finds.active:
        return []
    level = 1 - (1 - VERDICT) / len(finds.active)  # together the intervals hold with the verdict's level
    table = finds.table(level)
    rows = {name: row for name in finds.active if (row := finds.row(table, name))}
    if not rows:
        return [Line(OPEN, "Nothing was labelled. Raise the budget in **Budget**.")]
    if finds.n.seeds < 2:
        return [Line(OPEN, "One seed is an anecdote, so there is no verdict. Take at least 10.")]
    lines = [_found(finds, rows)]
    gained = any(row["ratio_low"] > 1 for row in rows.values())
    lines += _model(finds, level, gained)
    lines += filter(None, (_lecture(finds, rows), _accuracy(finds), _start(finds)))
    if finds.n.seeds < CLAIM:
        lines.append(Line(SEEDS, f"{count(finds.n.seeds, 'seed')}: take {CLAIM} to claim anything."))
    return lines


# --- what was found ---------------------------------------------------------------------------------------


def _found(finds: Finds, rows: dict[str, Cells]) -> Line:
    """The first sentence: who found how many times as many as random."""
    order = sorted(rows, key=lambda n: -rows[n]["found"])
    more = [n for n in order if rows[n]["ratio_low"] > 1]
    fewer = [n for n in reversed(order) if rows[n]["ratio_high"] < 1]
    told = (more or fewer or order)[0]
    r, thing = rows[told], plain(finds.name)
    if math.isnan(r["ratio"]):
        why = plain(str(r["reason"]).rstrip("."))
        return Line(OPEN, f"**No multiple can be told.** {why}. {plain(told)} found {number(r['found'])}.")
    twin = finds.row(finds.table(), r["twin"])
    theirs = number(twin["found"]) if twin else NONE
    labels, there = f"{r['labels']:,.0f} labels", f"of {number(finds.there())} {thing} rows"
    sure = (
        f"({VERDICT:.0%} interval {_multiples(r)}{_together(len(rows))}; "
        f"{'fewer' if told in fewer else 'more'} in {r['fewer' if told in fewer else 'more']} of "
        f"{count(r['pairs'], 'seed')})"
    )
    if not more and not fewer:
        return Line(
            OPEN,
            f"**No strategy finds more than random** as far as {count(finds.n.seeds, 'seed')} can tell. With "
            f"{labels} {plain(told)} finds {number(r['found'])} {there}, random {theirs}: "
            f"{times(r['ratio'])} times as many {sure}.",
        )
    level = [n for n in order if n not in more and n not in fewer]
    tail = f" Not told apart from random: {listed([plain(n) for n in level])}." if level else ""
    head = f"With {labels}, **{plain(told)}** finds "
    if not more:
        others = _others(fewer, rows, "Also fewer")
        return Line(
            BAD,
            f"**Worse than chance.** {head}**{number(r['found'])}** {there}, random {theirs}: "
            f"**{times(r['ratio'])} times as many** {sure}.{others}{tail}",
        )
    others = _others(more, rows, "Also more") + _others(["", *fewer], rows, "Fewer than random")
    return Line(
        GOOD,
        f"{head}**{number(r['found'])}** {there}, random {theirs}: **{times(r['ratio'])} times as many** "
        f"{sure}.{others}{tail}",
    )


def _others(names: list[str], rows: dict[str, Cells], head: str) -> str:
    """The strategies after the first one, in a sentence."""
    told = [f"{plain(n)} {times(rows[n]['ratio'])} times" for n in names[1:]]
    return f" {head}: {listed(told)}." if told else ""


def _multiples(r: Cells) -> str:
    if not (math.isfinite(r["ratio_low"]) and math.isfinite(r["ratio_high"])):
        return "not known"
    return f"{times(r['ratio_low'])} to {times(r['ratio_high'])}"


def _model(finds: Finds, level: float, gained: bool) -> list[Line]:
    """Whether the model is better for it: average precision over the run."""
    if not len(finds.n.frame):
        return []
    table = finds.over_the_run(plan.AP, level)
    rows = {n: row for n in finds.active if (row := finds.row(table, n)) and row["pairs"]}
    if not rows:
        return []
    better = sorted((n for n in rows if rows[n]["difference_low"] > 0), key=lambda n: -rows[n]["difference"])
    worse = [n for n in rows if rows[n]["difference_high"] < 0]
    told = [f"{plain(n)} {points(rows[n]['difference'])} ({_sure(rows[n])})" for n in better]
    of = "" if finds.of_rarest else " of the rarest class"
    lines = []
    if better:
        lines.append(
            Line(
                GOOD,
                f"The **model** gets better{', too' if gained else ''}. Average precision{of} over the run: "
                f"{listed(told)}.",
            )
        )
    if worse:
        told = [f"{plain(n)} {points(rows[n]['difference'])} ({_sure(rows[n])})" for n in worse]
        lines.append(
            Line(BAD, f"**Found is not learnt**: average precision{of} falls below random's: {listed(told)}.")
        )
    level_names = [n for n in rows if n not in better and n not in worse]
    if level_names:
        told = [f"{plain(n)} {points(rows[n]['difference'])} ({_sure(rows[n])})" for n in level_names]
        said = f"In average precision{of} not told apart from random: {listed(told)}."
        if not (better or worse):
            said = f"The **model** is no better for it as far as can be told. {said}"
        lines.append(Line(OPEN, said))
    return lines


def _together(n: int) -> str:
    return f", {n} comparisons together" if n > 1 else ""


def _sure(row: Cells) -> str:
    return ends(row["difference_low"], row["difference_high"])


def _lecture(finds: Finds, rows: dict[str, Cells]) -> Line | None:
    """What the slide says of plain uncertainty, beside what was found here."""
    name = next((n for n in DOUBT if n in rows), None)
    if name is None or math.isnan(rows[name]["ratio"]):
        return None
    r = rows[name]
    claim = "The lecture says that rare classes get few queries with standard uncertainty sampling."
    asked = f"{number(r['found'])} of {r['labels']:,.0f} labels went to them"
    if r["ratio_low"] > 1:
        said = f"Here it is the reverse: {asked}, {times(r['ratio'])} times as many as at random."
    elif r["ratio_high"] < 1:
        said = f"Here that is so: {asked}, {times(r['ratio'])} times as many as at random."
    else:
        said = f"Here {asked}: neither more nor fewer than at random can be shown."
    return Line(SCHOOL, f"{claim} {said}")


def _accuracy(finds: Finds) -> Line | None:
    """Accuracy beside that of always saying the common class."""
    word, always = finds.common
    if not math.isfinite(always) or always < 0.95 or not len(finds.n.frame):
        return None
    table = finds.at_the_end(plan.ACCURACY)
    best = max(
        (row for n in finds.active if (row := finds.row(table, n)) and math.isfinite(row["value"])),
        key=lambda r: r["value"],
        default=None,
    )
    passive = finds.row(table, best["twin"]) if best else None
    if best is None or passive is None:
        return None
    return Line(
        WARN,
        f"Accuracy hides all of this: always saying “{plain(word)}” scores {percent(always)}, the model of "
        f"random {percent(passive['value'])}, the best of the others {percent(best['value'])}.",
    )


def _start(finds: Finds) -> Line | None:
    """That nobody can look for a class before its first row was met."""
    first = finds.comparison.base.first
    if not finds.blind or first < 2:
        return None
    return Line(
        ":material/start:",
        f"In {finds.blind} of {count(finds.n.seeds, 'seed')} the first {first} labels were all of one class. "
        "Until another turned up all strategies asked at random: bring a few known examples if you have any.",
    )


# --- several tables ---------------------------------------------------------------------------------------


def everywhere(finds: Finds) -> str:
    """On how many of the tables that have run each strategy finds more and ranks better."""
    places, there = finds.ran, len(finds.n.places)
    of = f"{there} tables"
    if len(places) < there:
        have = "has" if len(places) == 1 else "have"
        of = f"the {count(len(places), 'table')} that {have} run (of {there})"
    found, learnt = finds.table(), finds.over_the_run(plan.AP)
    told = []
    for name in finds.active:
        rows = [(finds.row(found, name, p), finds.row(learnt, name, p)) for p in places]
        more = sum(bool(f) and f["ratio_low"] > 1 for f, _ in rows)
        better = sum(bool(m) and m["difference_low"] > 0 for _, m in rows)
        worse = sum(bool(m) and m["difference_high"] < 0 for _, m in rows)
        told.append(
            f"**{plain(name)}** finds more than random on {more} of {of}; its model is "
            f"better on {better} and worse on {worse}"
        )
    return "  \n".join(f"{line}." for line in told)
