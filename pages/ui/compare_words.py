"""What a comparison says in plain words: numbers as they are read, and the verdict.

The verdict is Markdown in which names are escaped, as they are the visitor's; `unmarked` is its bare text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from alcore import outcomes
from alcore.catalog import METRICS
from alcore.comparison import RANDOM
from alcore.errors import SpecError
from alcore.statistics import power
from pages.ui.compare_numbers import VERDICT, Numbers
from pages.ui.form import spoken
from pages.ui.savings_words import plain
from pages.ui.vega import listed

if TYPE_CHECKING:
    import pandas as pd

SHOW, CLAIM = 10, 20  # seeds that are enough to show something, and to claim it
ALPHA = 0.05
AXES = {
    "labels": ("Labels", "Labels bought, the first ones included", "labels"),
    "money": ("Money", "Money spent on labels", "in money"),
    "minutes": ("Minutes", "Minutes of an annotator's time", "minutes"),
    "seconds": ("Computing", "Seconds of computing, this server's", "seconds of computing"),
}
BETTER, WORSE, OPEN = ":material/trophy:", ":material/trending_down:", ":material/balance:"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence with the icon that stands before it."""

    icon: str
    text: str


def metric_name(metric: str) -> str:
    """A metric within a sentence."""
    return METRICS[metric].label


def is_share(metric: str) -> bool:
    """Whether it runs from 0 to 1, so that differences can be told in points of a hundred."""
    return METRICS[metric].facts.get("high") == 1.0


def difference(value: float, metric: str) -> str:
    """A difference without its sign: ``"4.3 points of accuracy"``, ``"0.120 nats of log-loss"``."""
    name, unit = metric_name(metric), str(METRICS[metric].facts.get("unit", ""))
    if is_share(metric):
        points = f"{100 * abs(value):.1f}"
        return f"{points} point{'s' * (points != '1.0')} of {name}"
    return f"{abs(value):.3f} {unit} of {name}".replace("  ", " ")


def score(value: float, metric: str) -> str:
    """A level of the metric: ``"90%"``, ``"0.42"``."""
    if math.isnan(value):
        return "–"
    return f"{100 * value:.4g} %" if is_share(metric) else f"{value:.3g}"


def p_value(p: float) -> str:
    """``"p < 0.001"``, ``"p = 0.021"``."""
    if math.isnan(p):
        return "no test"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def interval(low: float, high: float, form: str = "{:.3f}") -> str:
    """``"0.912 to 0.930"``; a dash when there is none."""
    return f"{form.format(low)} to {form.format(high)}" if low == low and high == high else "–"


def amount(value: float, form: str = "{:,.4g}", missing: str = "not reached") -> str:
    """A number, or that there is none."""
    return missing if math.isnan(value) else form.format(value)


def count(n: int, one: str, many: str = "") -> str:
    """``"1 seed"``, ``"10 seeds"``."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def unmarked(text: str) -> str:
    """A sentence of the verdict without its Markdown.

    >>> unmarked(r"**A \\*star\\*** does best")
    'A *star* does best'
    """
    return re.sub(r"\\(.)|\*\*", lambda found: found[1] or "", text)


def _names(rows: Iterable[str]) -> str:
    return listed([plain(name) for name in rows])


# --- the verdict ------------------------------------------------------------------------------------------


def verdict(numbers: Numbers) -> list[Line]:
    """Who is best and by how much, on each dataset; or that nobody can be told from random."""
    if not numbers.runs:
        return []
    found: list[Line] = []
    table = numbers.table(outcomes.versus, numbers.twins, axis=numbers.axis, level=VERDICT)
    for place in numbers.places:
        here = table[table["dataset"] == place]
        seeds = len(numbers.seeds_of(place))
        if not seeds:
            continue
        lines = _on(numbers, place, here, seeds)
        if numbers.several:  # one paragraph for each dataset
            lines = [
                Line(lines[0].icon, f"**{plain(spoken(place))}**: " + " ".join(line.text for line in lines))
            ]
        found += lines
    if numbers.several:
        found += _overall(numbers)
    fewest = numbers.seeds
    if 1 < fewest < CLAIM and any(line.icon == BETTER for line in found):
        enough = "enough to show" if fewest >= SHOW else "few even to show"
        found.append(
            Line(":material/casino:", f"{spoken(count(fewest, 'seed'))} are {enough}; claim it with {CLAIM}.")
        )
    return found


def _on(numbers: Numbers, place: str, here: pd.DataFrame, seeds: int) -> list[Line]:
    """The verdict on one dataset."""
    rows = here.to_dict("records")
    if seeds < 2:
        text = "one seed is an anecdote, so there is no verdict. Run at least 10 seeds."
        return [Line(OPEN, _start(text))]
    if not rows and not (numbers.frame["metric"] == numbers.metric).any():
        text = f"no run measured {metric_name(numbers.metric)}: it is not defined on these test rows."
        return [Line(OPEN, _start(text))]
    if not rows:
        return [Line(OPEN, _start("only random was run, so there is nothing to compare it with."))]
    better = [r for r in rows if r["holm"] < ALPHA and r["difference"] > 0]
    worse = [r for r in rows if r["holm"] < ALPHA and r["difference"] < 0]
    level = [r for r in rows if r not in better and r not in worse]
    better.sort(key=lambda r: -r["difference"])
    lines = []
    if better:
        lines.append(Line(BETTER, _start(_best(numbers, place, better))))
        lines += _needs(numbers, place, better[0])
    else:
        lines.append(Line(OPEN, _start(_nobody(numbers, place, rows, seeds))))
    if worse:
        told = listed(
            [f"{plain(r['strategy'])} (by {difference(r['difference'], numbers.metric)})" for r in worse]
        )
        lines.append(Line(WORSE, _start(f"worse than random: {told}.")))
    if better and level:
        told = _names(r["strategy"] for r in level)
        lines.append(Line(OPEN, _start(f"not told apart from random: {told}.")))
    return lines


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]


def _best(numbers: Numbers, place: str, better: list[dict[str, Any]]) -> str:
    best, metric = better[0], numbers.metric
    alone = len({r["other"] for r in better}) == 1
    random = "random" if best["other"] == RANDOM else f"its own random run, {plain(best['other'])}"
    scale = 100 if is_share(metric) else 1
    ends = interval(scale * best["low"], scale * best["high"], "{:.1f}" if scale == 100 else "{:.3f}")
    text = (
        f"**{plain(best['strategy'])}** {'does best' if alone else 'gains most over random'}. Over the whole "
        "curve it "
        f"is **{difference(best['difference'], metric)}** better than {random} on average "
        f"({VERDICT:.0%} interval {ends}; corrected {p_value(best['holm'])}; better in {best['wins']} of "
        f"{count(best['seeds'], 'seed')})."
    )
    others = [r["strategy"] for r in better[1:]]
    if not others:
        return text
    if not alone:  # each is compared with a random run of its own, so their gains are no ranking
        return f"{text} Each of these also beats its own random run: {_names(others)}."
    pairs = dict.fromkeys(others, best["strategy"])
    rivals = numbers.table(outcomes.versus, pairs, axis=numbers.axis, level=VERDICT)
    rivals = rivals[rivals["dataset"] == place]
    close = [r["strategy"] for r in rivals.to_dict("records") if not r["holm"] < ALPHA]
    rest = [name for name in others if name not in close]
    if close:
        text += f" It is not told apart from {_names(close)}."
    if rest:
        text += f" Also better than random: {_names(rest)}."
    return text


def _nobody(numbers: Numbers, place: str, rows: list[dict[str, Any]], seeds: int) -> str:
    if 2 * 0.5**seeds * len(rows) >= ALPHA:
        return (
            f"**Too few seeds for a verdict.** With {count(seeds, 'seed')} no difference could be told from "
            f"chance, however large: run {SHOW}."
        )
    text = f"**No strategy beats random** here with {count(seeds, 'seed')}."
    best = max(rows, key=lambda r: r["difference"])
    if not best["difference"] > 0:
        return f"{text} None is ahead of it even on average."
    told = (
        f"{text} The largest difference is that of {plain(best['strategy'])}, "
        f"{difference(best['difference'], numbers.metric)}"
    )
    needed = seeds_to_tell(numbers, place, best["strategy"], best["other"])
    if needed is None or needed <= best["seeds"]:
        return f"{told} ({p_value(best['holm'])})."
    return f"{told}; if that is what it is, about {count(needed, 'seed')} would show it."


def gaps(numbers: Numbers, place: str, strategy: str, twin: str) -> np.ndarray:
    """(n,) by how much a strategy's curve lies above its twin's, seed by seed; positive is better."""
    areas = numbers.table(outcomes.areas, axis=numbers.axis)
    here = areas[areas["dataset"] == place].pivot(index="seed", columns="strategy", values="score")
    if strategy not in here or twin not in here:
        return np.zeros(0)
    found = (here[strategy] - here[twin]).dropna().to_numpy(float)
    return found if numbers.higher else -found


def seeds_to_tell(numbers: Numbers, place: str, strategy: str, twin: str) -> int | None:
    """Seeds that would find the difference there is now, four times in five; None where none would."""
    found = gaps(numbers, place, strategy, twin)
    if len(found) < 2 or not abs(found.mean()) > 0:
        return None
    try:
        return power.seeds_needed(abs(float(found.mean())), float(found.std(ddof=1)))
    except SpecError:
        return None


def _needs(numbers: Numbers, place: str, best: dict[str, Any]) -> list[Line]:
    """What the best strategy needs to get to the target, beside random."""
    table = numbers.table(
        outcomes.savings, numbers.target, numbers.twins, axis=numbers.axis, rule=numbers.rule
    )
    rows = table[(table["dataset"] == place) & (table["strategy"] == best["strategy"])].to_dict("records")
    if not rows:
        return []
    found = rows[0]
    goal = f"{metric_name(numbers.metric)} {score(numbers.target, numbers.metric)}"
    unit, name = AXES[numbers.axis][2], plain(best["strategy"])
    missed = found["seeds"] - found["reached"], found["seeds"] - found["twin_reached"]
    counted = f" (missed runs counted at {amount(found['tau'])})" if any(missed) else ""
    ours, theirs = (
        f"{'at least ' if without else ''}{sign}{amount(found[column])}{sign}"
        for without, column, sign in zip(missed, ("restricted", "twin_restricted"), ("**", ""), strict=True)
    )
    if math.isnan(found["saving"]):
        text = (
            f"To {goal}: {name} got there in {found['reached']} of {found['seeds']}, random in "
            f"{found['twin_reached']}. {plain(found['reason'])}"
        )
        return [Line(":material/flag:", text)]
    if found["restricted"] == found["twin_restricted"] and found["low"] == found["high"]:
        text = (
            f"To {goal}: {name} and random both need {'at least ' if counted else ''}"
            f"{amount(found['restricted'])} {unit}{counted}. "
            "A higher target may tell them apart."
        )
        return [Line(":material/flag:", text)]
    word = "less" if found["saving"] >= 0 else "more"
    sign = 100 if found["saving"] >= 0 else -100
    ends = sorted((sign * found["low"], sign * found["high"]))
    text = (
        f"To {goal}: {ours} {unit} on average, random {theirs}{counted}. "
        f"{'Counted so, that' if counted else 'That'} is **{abs(found['saving']):.0%} {word}** "
        f"(90 % interval {ends[0]:.0f} to {ends[1]:.0f} %). Target missed in "
        f"{missed[0]} of {found['seeds']}, by random in {missed[1]}."
    )
    return [Line(":material/flag:", text)]


def _overall(numbers: Numbers) -> list[Line]:
    """Who ranks first over all datasets."""
    try:
        diagram = numbers.table(outcomes.ranking, axis=numbers.axis)
    except SpecError:
        return []
    if len(diagram.names) < 2:
        return []
    best, rank = diagram.names[0], diagram.ranks[0]
    text = f"Over all {diagram.datasets} datasets **{plain(best)}** ranks first, {rank:.2f} on average."
    with_random = any({best, RANDOM} <= set(clique) for clique in diagram.cliques)
    if diagram.reason:
        text += f" {plain(diagram.reason.rstrip('.'))}."
    elif with_random:
        text += " That is not enough to tell it from random: seeds do not replace datasets."
    return [Line(":material/leaderboard:", text)]
