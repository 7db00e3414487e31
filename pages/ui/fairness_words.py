"""What the runs say about fairness, in plain words; Markdown in which names are escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from alcore.catalog import METRICS
from alcore.comparison import RANDOM
from pages.ui import fairness_plan as plan
from pages.ui.compare_numbers import VERDICT
from pages.ui.compare_words import ALPHA, CLAIM, Line, count
from pages.ui.fairness_numbers import Fair
from pages.ui.savings_words import plain
from pages.ui.vega import listed

GOOD, BAD, OPEN = ":material/trending_up:", ":material/trending_down:", ":material/balance:"
PARITY = "equalised_odds_gap"  # what a better worst group is held against

# What each measure asks, and how it is worked out; short, so that it fits a phone.
SPREAD = r"\Delta_g\, r_g = \max_g r_g - \min_g r_g"
EXPLAINED: dict[str, tuple[str, str]] = {
    "worst_group_accuracy": (
        "How well is the group served that is served worst?",
        r"\min_g \; P(\hat y = y \mid g)",
    ),
    "demographic_parity_gap": (
        "Is the favourable answer given equally often to every group, whatever they deserve?",
        r"\Delta_g\, P(\hat y = + \mid g)",
    ),
    "equal_opportunity_gap": (
        "Of those who deserve the favourable answer, is the same share given it in every group?",
        r"\Delta_g\, P(\hat y = + \mid y = +, g)",
    ),
    "equalised_odds_gap": (
        "The same, and also of those who do not deserve it: the larger of both gaps.",
        r"\max_{c \in \{+,-\}} \Delta_g\, P(\hat y = + \mid y = c, g)",
    ),
    "calibration_gap": (
        "Are a group's chances overrated, and another's underrated?",
        r"\Delta_g \left( \overline{\hat p(+)}_g - P(y = + \mid g) \right)",
    ),
}


def gap_name(metric: str) -> str:
    """A gap within a sentence."""
    return "accuracy of the worst-off group" if metric == plan.WORST else METRICS[metric].label


def points(value: float, *, sign: bool = True) -> str:
    """A difference in points of a hundred: ``"+4.3 points"``."""
    shown = f"{100 * value:+.1f}" if sign else f"{100 * abs(value):.1f}"
    return f"{shown.replace('-', '−')} point{'s' * (shown.lstrip('+-') != '1.0')}"


def ends(low: float, high: float, scale: float = 100) -> str:
    """An interval: ``"3.1 to 5.5"``."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "not known"
    return f"{scale * low:.1f} to {scale * high:.1f}".replace("-", "−")


def level_ends(low: float, high: float, least: float = 0.0) -> str:
    """The interval of a share or a gap, which cannot be below `least` or above 1."""
    return ends(max(low, least), min(high, 1.0)) if math.isfinite(low + high) else ends(low, high)


def percent(value: float) -> str:
    """A share: ``"82.5 %"``; ``"undefined"`` where there is none."""
    return f"{100 * value:.1f} %" if math.isfinite(value) else "undefined"


def level(metric: str, value: float) -> str:
    """A measure's height: accuracies in per cent, gaps in points."""
    return points(value, sign=False) if _gap(metric) else percent(value)


def verdict(fair: Fair, metric: str) -> list[Line]:
    """What fairness brought, what it cost, and what it did not do."""
    if not fair.n.runs:
        return []
    names = fair.fair
    base = plan.plain_name(fair.comparison)
    if not names:
        return [_measured(fair, metric, base), *_parity(fair, metric, [base])]
    frame = fair.differences((metric, "accuracy"), level=fair.level)
    rows = [r for r in frame.to_dict("records") if r["strategy"] in names]
    change = {r["strategy"]: r for r in rows if r["metric"] == metric and r["other"] == base}
    cost = {r["strategy"]: r for r in rows if r["metric"] == "accuracy" and r["other"] == base}
    random = {r["strategy"]: r for r in rows if r["metric"] == metric and r["other"] != base}
    known = {n: r for n, r in change.items() if math.isfinite(r["difference"])}
    if not known:
        reason = next((str(r["reason"]) for r in change.values() if r["reason"]), "") or "No seed defines it"
        return [Line(OPEN, f"The {gap_name(metric)} is **undefined**: {plain(reason.rstrip('.'))}.")]
    seeds = min(r["seeds"] for r in known.values())
    if 2 * 0.5**seeds * len(known) >= ALPHA:  # not even a gain in every seed could be told from chance
        told = f"Measured, against {_called(base)}: {_list(list(known), known)}"
        text = f"**Too few seeds for a verdict**: {count(seeds, 'seed')}, take {CLAIM} to claim something."
        return [Line(OPEN, f"{text} {told}."), *_parity(fair, metric, list(known)[:1])]
    order = sorted(known, key=lambda n: -known[n]["difference"])
    better = [n for n in order if known[n]["low"] > 0]
    worse = [n for n in order if known[n]["high"] < 0]
    together = f", {len(names)} comparisons together" if len(names) > 1 else ""
    lines = []
    if better:
        best = better[0]
        lines.append(_best(metric, best, known[best], random.get(best), base, together))
        if best in cost:
            lines.append(_cost(best, cost[best]))
        for other in better[1:]:
            r = known[other]
            said = f"{plain(other)} {_moves(metric)} it by {points(r['difference'], sign=False)}"
            lines.append(Line(GOOD, f"{said} ({ends(r['low'], r['high'])}){_cost_tail(cost.get(other))}."))
    else:
        lines.append(_nobody(metric, order, known, base, together))
    equal = [n for n in order if n not in better and n not in worse]
    if better and equal:
        lines.append(Line(OPEN, f"No difference from {_called(base)} can be told: {_list(equal, known)}."))
    if worse and (better or equal):
        lines.append(Line(BAD, f"Worse than {_called(base)}: {_list(worse, known)}."))
    if fair.n.seeds < CLAIM:
        lines.append(Line(":material/info:", f"{count(fair.n.seeds, 'seed')}: take {CLAIM} to claim it."))
    return [*lines, *_parity(fair, metric, better[:1] or order[:2])]


def _best(
    metric: str, name: str, row: dict[str, Any], random: dict[str, Any] | None, base: str, together: str
) -> Line:
    text = (
        f"**{plain(name)}** {_moves(metric)} the {gap_name(metric)} by "
        f"**{points(row['difference'], sign=False)}** "
        f"over the run ({VERDICT:.0%} interval {ends(row['low'], row['high'])}{together}; better in "
        f"{row['better']} of {count(row['seeds'], 'seed')}): **{level(metric, row['value'])}**, "
        f"and {level(metric, row['other_value'])} with {_called(base)}"
    )
    if random is not None:
        text += f"; random has {level(metric, random['other_value'])}"
    return Line(GOOD, f"{text}.")


def _cost(name: str, row: dict[str, Any]) -> Line:
    said = f"{points(row['difference'])} (interval {ends(row['low'], row['high'])})"
    if row["low"] > 0:
        return Line(":material/payments:", f"Accuracy over all rows does not suffer, it gains: {said}.")
    if row["high"] < 0:
        return Line(":material/payments:", f"It has a price: accuracy over all rows changes by **{said}**.")
    return Line(":material/payments:", f"No price can be shown: accuracy over all rows changes by {said}.")


def _cost_tail(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    return f"; accuracy over all rows {points(row['difference'])} ({ends(row['low'], row['high'])})"


def _nobody(metric: str, order: list[str], rows: dict[str, dict[str, Any]], base: str, together: str) -> Line:
    """No way of fairness is better: what each of them does instead."""
    harm = all(r["high"] < 0 for r in rows.values())
    told = [
        f"{plain(name)} changes it by **{points(_raw(metric, rows[name]['difference']))}** "
        f"({_raw_ends(metric, rows[name])})"
        for name in order
    ]
    start = f"{level(metric, rows[order[0]]['other_value'])} over the run with {_called(base)}"
    if harm:
        text = f"**It does harm here.** The {gap_name(metric)} is {start}; {listed(told)}"
    else:
        more = "lowers" if _gap(metric) else "lifts"
        text = (
            f"**It does not help here.** Nothing {more} the {gap_name(metric)}, {start}, by more than chance "
            f"would: {listed(told)}"
        )
    return Line(BAD if harm else OPEN, f"{text}. These are {VERDICT:.0%} intervals{together}.")


def _measured(fair: Fair, metric: str, base: str) -> Line:
    """Of a page that may not look at groups, or a strategy without any way of fairness."""
    frame = fair.differences((metric,))
    row = next((r for r in frame.to_dict("records") if r["strategy"] == base), None)
    if row is None or not math.isfinite(row["difference"]):
        return Line(OPEN, f"Measured only: the {gap_name(metric)} cannot be told here.")
    sure = ends(row["low"], row["high"])
    word = "better" if row["low"] > 0 else "worse" if row["high"] < 0 else "no different that can be told"
    return Line(
        OPEN,
        f"**Measured only**: no strategy looks at groups. The {gap_name(metric)} is "
        f"{level(metric, row['value'])} over the run, at random {level(metric, row['other_value'])}: {word} "
        f"({points(row['difference'])} in favour of the strategy, {VERDICT:.0%} interval {sure}).",
    )


def _parity(fair: Fair, metric: str, names: Sequence[str]) -> list[Line]:
    """What is left between the groups at the end of the run."""
    found, gap = fair.ends(), metric if _gap(metric) else PARITY
    said = []
    for name in names:
        row = found[(found["strategy"] == name) & (found["metric"] == gap)].to_dict("records")
        if row and math.isfinite(row[0]["value"]):
            value, low, high = (row[0][c] for c in ("value", "low", "high"))
            sure = f"{VERDICT:.0%} interval {level_ends(low, high)}"
            said.append(f"**{points(value, sign=False)}** with {_called(name)} ({sure})")
    text = "**Quotas do not guarantee parity**: they share out labels, not results."
    if said:
        text += f" At the end of the run the {METRICS[gap].label} is {listed(said)}."
    return [Line(":material/info:", text)]


def _gap(metric: str) -> bool:
    return METRICS[metric].facts["better"] == "lower"


def _move(metric: str) -> str:
    return "lower" if _gap(metric) else "lift"


def _moves(metric: str) -> str:
    return f"{_move(metric)}s"


def _raw(metric: str, difference: float) -> float:
    """A difference as the measure itself moves: of a gap, better is lower."""
    return -difference if _gap(metric) else difference


def _raw_ends(metric: str, row: dict[str, Any]) -> str:
    low, high = sorted((_raw(metric, row["low"]), _raw(metric, row["high"])))
    return ends(low, high)


def _called(name: str) -> str:
    if name == plan.PLAIN:
        return "the same strategy without fairness"
    return "random" if name == RANDOM else plain(name)


def _list(names: Sequence[str], rows: dict[str, dict[str, Any]]) -> str:
    found = {name: rows[name] for name in names}
    return listed(
        [f"{plain(n)} ({points(r['difference'])}, {ends(r['low'], r['high'])})" for n, r in found.items()]
    )
