"""Stopping rules on runs that went on: where they would have stopped, what that saves and what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from alcore.catalog import STOPPING
from alcore.outcomes.frames import NAN, Key, sign_of, table
from alcore.spec import Choice, Spec
from alcore.types import Log

if TYPE_CHECKING:
    import pandas as pd

NEVER = Choice.of("deadline", seconds=86_400.0)  # keeps "all rules agree" from coming true


def rule_label(rule: Choice) -> str:
    """A stopping rule with its settings, as a table shows it.

    >>> rule_label(Choice.of("stable_predictions", kappa=0.95))
    'stable predictions (kappa 0.95)'
    """
    settings = ", ".join(f"{name} {value}" for name, value in rule.params)
    return STOPPING[rule.name].label + (f" ({settings})" if settings else "")


def watching(spec: Spec, rules: Sequence[Choice]) -> Spec:
    """The same run to its full budget, which also notes what these rules read; none of them ends it."""
    return replace(spec, stop=(*rules, NEVER), stop_when="all")


def stops(runs: Mapping[Key, Log], rules: Sequence[Choice], metric: str) -> "pd.DataFrame":
    """Where stopping rules would have ended runs that went on, and what that would have saved and lost.

    A rule sees the rounds up to then alone, so it stops where a run with that rule stops.

    Returns
    -------
    DataFrame
        dataset, strategy, seed, rule, known, stopped, round, labels, money and value there, saved_labels and
        saved_money (shares of the whole run), lost (score of the whole run minus score there), why, reason.
        A run that a rule never stops has the numbers of the whole run. Where a run did not note what a rule
        reads, known is False, numbers are NaN, and reason says so: run `watching` instead.

    Raises
    ------
    SpecError
        When a rule or the metric is unknown.
    """
    sign = sign_of(metric)
    bound = [(rule_label(rule), STOPPING[rule.name].needs, STOPPING.bind(rule)) for rule in rules]
    rows = []
    for key, log in runs.items():
        if not log.rounds:
            continue
        prefixes = _prefixes(log)
        noted = {name for r in log.rounds for name in r.signals}
        final = log.rounds[-1].metrics.get(metric, NAN)
        for label, needs, rule in bound:
            if lacking := sorted(needs - noted):
                reason = f"This run did not note {' and '.join(lacking)}, which the rule reads."
                rows.append((*key, label, False, False, *[NAN] * 7, "", reason))
                continue
            at, why = next(
                ((k, why) for k, prefix in enumerate(prefixes) if (why := rule(prefix))), (len(log) - 1, "")
            )
            here = prefixes[at]
            value = here.rounds[-1].metrics.get(metric, NAN)
            saved = [1 - a / b if b else NAN for a, b in ((here.labels, log.labels), (here.spent, log.spent))]
            there = (at, here.labels, here.spent, value, *saved, sign * (final - value))
            rows.append((*key, label, True, bool(why), *there, why, ""))
    return table(
        rows,
        "dataset strategy seed rule known stopped round labels money value saved_labels saved_money lost "
        "why reason",
    )


def stops_table(found: "pd.DataFrame") -> "pd.DataFrame":
    """Means over seeds of what `stops` found.

    Returns
    -------
    DataFrame
        dataset, strategy, rule, seeds (whose runs noted what the rule reads), stopped (how many), labels,
        money, saved_labels, saved_money, lost, worst_lost, reason.
    """
    rows = []
    means = ["labels", "money", "saved_labels", "saved_money", "lost"]
    for (dataset, strategy, rule), part in found.groupby(["dataset", "strategy", "rule"], sort=False):
        known = part[part["known"]]
        numbers = [float(known[name].mean()) if len(known) else NAN for name in means]
        worst = float(known["lost"].max()) if len(known) else NAN
        reason = next((r for r in part["reason"] if r), "")
        stopped = int(known["stopped"].sum())
        rows.append((dataset, strategy, rule, len(known), stopped, *numbers, worst, reason))
    return table(
        rows,
        "dataset strategy rule seeds stopped labels money saved_labels saved_money lost worst_lost reason",
    )


def _prefixes(log: Log) -> list[Log]:
    """The log after 1, 2, ... rounds; what is counted for the whole log is cut instead of counted again."""
    counts = np.cumsum([len(r.asked) for r in log.rounds]).tolist()
    prefixes = [log[:k] for k in range(1, len(log) + 1)]
    for prefix, n in zip(prefixes, counts, strict=True):
        prefix.__dict__.update(asked=log.asked[:n], answers=log.answers[:n])
    return prefixes
