"""What the runs say about money, in plain words; Markdown in which names are escaped."""

from __future__ import annotations

import math
from datetime import date

from alcore.catalog import PRICES
from pages.ui.compare_words import CLAIM, Line, count, metric_name, score
from pages.ui.costs_numbers import SAVED, Bills, Cells, finite, row
from pages.ui.savings_words import plain

LESS, MORE, OPEN = ":material/savings:", ":material/trending_up:", ":material/balance:"
LABELS, KEPT, SEEDS, CHEAP = ":material/sell:", ":material/lock:", ":material/casino:", ":material/lightbulb:"
NOT = "not reached"


def cash(value: float) -> str:
    """A sum: ``"1,234"``, ``"38.3"``, ``"0.61"``.

    >>> cash(1234.4), cash(38.34), cash(0.6149)
    ('1,234', '38.3', '0.61')
    """
    if not finite(value):
        return NOT
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percent(value: float) -> str:
    """A share without decimals: ``"59 %"``."""
    return f"{100 * value:.0f} %".replace("-", "−")


def ends(low: float, high: float) -> str:
    """An interval of shares, smaller end first: ``"50 to 66 %"``."""
    low, high = sorted((100 * low, 100 * high))
    return f"{low:.0f} to {high:.0f} %".replace("-", "−")


def day(value: date | None) -> str:
    """A date as people say it; ``"not reached"`` without one."""
    return f"{value:%a} {value.day} {value:%b %Y}" if value is not None else NOT


def goal(bills: Bills) -> str:
    """The target in words."""
    return f"{metric_name(bills.metric)} {score(bills.target, bills.metric)}"


def before(bills: Bills) -> bool:
    """Whether what a label costs is known before it is given."""
    return bills.comparison.base.price.name not in ("per_second", "per_class")


def verdict(bills: Bills) -> list[Line]:
    """What a strategy that looks at prices pays, beside one that does not, the cheapest labels and random."""
    if not bills.ready or not bills.hero:
        return []
    if bills.n.seeds < 2:
        return [Line(OPEN, "One seed is an anecdote, so there is no verdict. Take at least 10.")]
    lines = [_first(bills)]
    lines += [line for line in (_random(bills), _cheap(bills), _labels(bills), _kept(bills)) if line]
    if bills.n.seeds < CLAIM:
        lines.append(Line(SEEDS, f"{count(bills.n.seeds, 'seed')}: take {CLAIM} to claim anything."))
    return lines


def _first(bills: Bills) -> Line:
    """The hero against the same score without prices; against random where there is none."""
    hero, other = bills.hero, bills.plain or bills.comparison.twins[bills.hero]
    found, name = bills.saving(hero, other), plain(hero)
    whom = f"{plain(other)}, which does not look at prices" if bills.plain else "random"
    if found is None:
        return Line(OPEN, "**Nothing can be compared**: no seed has run with both.")
    if math.isnan(found["saving"]):
        return Line(
            OPEN,
            f"**No saving can be stated.** To {goal(bills)}: {name} got there in {found['reached']} of "
            f"{found['seeds']}, {plain(other)} in {found['twin_reached']}. {plain(str(found['reason']))}",
        )
    if found["low"] == found["high"] == 0.0:
        return Line(
            OPEN,
            f"**Looking at prices changes nothing here**: {name} and {plain(other)} need the same money to "
            f"{goal(bills)} in every seed.",
        )
    pays = f"To reach {goal(bills)}, **{name}** pays {_paid(found, '')}"
    against = f"{whom}{', pays' if bills.plain else ' pays'} {_paid(found, 'twin_')}"
    sure = f"{SAVED:.0%} interval of the saving {ends(found['low'], found['high'])}"
    if found["low"] > 0:
        return Line(
            LESS, f"{pays}: **{percent(found['saving'])} less** than {whom} ({_sure(found)}).{_missed(found)}"
        )
    if found["high"] < 0:
        more = {**found, "low": -found["high"], "high": -found["low"]}
        return Line(
            MORE,
            f"**It does not help here.** {pays}: **{percent(-found['saving'])} more** than {whom} "
            f"({_sure(more)}).{_missed(found)}",
        )
    return Line(
        OPEN,
        f"**It cannot be told whether it helps.** {pays}; {against} ({sure}).{_missed(found)}",
    )


def _paid(found: Cells, whose: str) -> str:
    without = found["seeds"] - found[f"{whose}reached"]
    return f"{'at least ' if without else ''}**{cash(found[f'{whose}restricted'])}** for labels on average"


def _sure(found: Cells) -> str:
    return f"{SAVED:.0%} interval {ends(found['low'], found['high'])}"


def _missed(found: Cells) -> str:
    ours, theirs = found["seeds"] - found["reached"], found["seeds"] - found["twin_reached"]
    if not ours and not theirs:
        return ""
    return f" Missed in {ours} and {theirs} of {found['seeds']} seeds, which count with {cash(found['tau'])}."


def _against(found: Cells, whom: str) -> str:
    """``"saves 70 % against random (interval)"``, or that it cannot be told."""
    if found["low"] > 0:
        return f"saves {percent(found['saving'])} against {whom} ({ends(found['low'], found['high'])})"
    if found["high"] < 0:
        return f"costs {percent(-found['saving'])} more than {whom} ({ends(-found['high'], -found['low'])})"
    return f"is not told apart from {whom} in money ({ends(found['low'], found['high'])} saved)"


def _random(bills: Bills) -> Line | None:
    """Hero and plain strategy against random."""
    told = []
    for name in dict.fromkeys((bills.hero, bills.plain)):
        twin = bills.comparison.twins.get(name, "") if name else ""
        found = bills.saving(name, twin)
        if found is None or math.isnan(found["saving"]) or (name == bills.hero and not bills.plain):
            continue
        told.append(f"{plain(name)} {_against(found, 'random')}")
    return Line(LABELS, f"{'; '.join(told)}.") if told else None


def _cheap(bills: Bills) -> Line | None:
    """How much of the gain is that cheap labels are many."""
    if not bills.cheapest or bills.hero == bills.cheapest:
        return None
    found = bills.saving(bills.cheapest, bills.comparison.twins[bills.cheapest])
    more = bills.saving(bills.hero, bills.cheapest)
    if found is None or math.isnan(found["saving"]):
        return None
    text = f"**{plain(bills.cheapest)}**, which asks no learner, {_against(found, 'random')}"
    if more is None or math.isnan(more["saving"]):
        return Line(CHEAP, f"{text}.")
    if found["low"] > 0 and more["low"] > 0:
        return Line(
            CHEAP,
            f"{text}: much of the gain is simply that cheap labels are many. The score saves another "
            f"{percent(more['saving'])} ({ends(more['low'], more['high'])}).",
        )
    if found["low"] > 0:
        return Line(CHEAP, f"{text}: all the gain that can be told here is that cheap labels are many.")
    if found["high"] < 0:
        return Line(CHEAP, f"{text}: cheap labels alone are no gain.")
    return Line(CHEAP, f"{text}: whether cheap labels alone are a gain cannot be told.")


def _labels(bills: Bills) -> Line | None:
    """How many labels the budget bought."""
    bought = bills.bought()
    told = [
        f"{plain(name)} {bought[name][0]:,.0f} labels at {cash(bought[name][1])}"
        for name in dict.fromkeys((bills.hero, bills.plain, bills.comparison.twins[bills.hero]))
        if name in bought
    ]
    if len(told) < 2 or bills.comparison.base.budget_in != "money":
        return None
    return Line(":material/shopping_cart:", f"The same money buys {', '.join(told)} on average.")


def _kept(bills: Bills) -> Line | None:
    """That nobody spent more than there was."""
    base, bought = bills.comparison.base, bills.bought()
    if base.budget_in != "money" or not bought:
        return None
    most = max(spent for _, _, spent in bought.values())
    if most > base.budget + 1e-6:  # a law of the engine; to be seen if it ever breaks
        return Line(MORE, f"**A run spent {most:,.2f} of {base.budget:,.2f}.** That is a mistake of ours.")
    aside = "" if before(bills) else " Until an answer is there, the most it may cost is set aside for it."
    return Line(KEPT, f"No run spent more than its {cash(base.budget)}: the most was {most:,.2f}.{aside}")


def money_of(found: Cells | None) -> tuple[str, str]:
    """Money half of the runs need, and its interval; an open end is "not reached"."""
    if found is None or math.isnan(found["median"]):
        return NOT, ""
    low = cash(found["median_low"]) if finite(found["median_low"]) else "0"
    return cash(found["median"]), f"{low} to {cash(found['median_high'])}"


def price_name(bills: Bills) -> str:
    """What a label costs, in a word."""
    return PRICES[bills.comparison.base.price.name].label


def saved_cells(bills: Bills, name: str) -> tuple[str, str]:
    """What is saved against random, and its interval."""
    twin = bills.comparison.twins[name]
    if twin == name:
        return "", ""
    found = row(bills.savings(bills.n.twins), name)
    if found is None or math.isnan(found["saving"]):
        return "no number", str(found["reason"]) if found else ""
    return percent(found["saving"]), ends(found["low"], found["high"])
