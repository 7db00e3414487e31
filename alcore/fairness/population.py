"""The groups of a data set: their names and sizes, and what cannot be said about them."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from alcore.loop import load
from alcore.metrics.by_group import GAPS, positives
from alcore.metrics.group_counts import MOST_CELLS, recordable
from alcore.outcomes.frames import table
from alcore.spec import Spec
from alcore.types import Data, Ints, Log

if TYPE_CHECKING:
    import pandas as pd

# (data set, seed) -> what `groups` answered
Facts: TypeAlias = Mapping[tuple[str, int], Mapping[str, Any]]

LACK = {  # rate -> what a group without any row to count lacks
    "true_positive": "true_positive_rate",
    "false_positive": "false_positive_rate",
}


def groups(spec: Spec, log: Log, data: Data | None = None) -> dict[str, Any]:
    """Who is in the pool and in the test set; the same for all strategies with this data set and seed.

    Returns
    -------
    dict
        ``names`` of the G groups and ``classes``; ``pool`` and ``test``: rows of each group;
        ``test_classes``: test rows by group and class; ``asked``: the group of each row that the log asked
        about, as codes; ``recorded``: whether rounds keep counts by group, or ``reason`` why not.
    """
    data = load(spec) if data is None else data
    G, C = len(data.groups), data.n_classes
    test = data.group[data.test]
    known = data.y[data.test] >= 0
    by_class = np.bincount(test[known] * C + data.y[data.test][known], minlength=G * C).reshape(G, C)
    return {
        "names": list(data.groups),
        "classes": list(data.classes),
        "pool": np.bincount(data.group[data.train], minlength=G).tolist(),
        "test": np.bincount(test, minlength=G).tolist(),
        "test_classes": by_class.tolist(),
        "asked": data.group[log.asked[:, 0]].tolist(),
        "recorded": recordable(G, C) and len(data.test) > 0,
        "reason": _unrecorded(data),
    }


def undefined(facts: Facts, positive: int = -1) -> "pd.DataFrame":
    """Rates that do not exist for some group, and why.

    Parameters
    ----------
    facts : mapping
    positive : int
        The class taken as the positive one; -1 for the last.

    Returns
    -------
    DataFrame
        dataset, seed, group, measure ("" for all measures), reason.
    """
    rows = [
        (dataset, seed, *found)
        for (dataset, seed), fact in facts.items()
        for found in _undefined(fact, positive)
    ]
    return table(rows, "dataset seed group measure reason")


def undefined_text(facts: Facts, positive: int = -1) -> dict[str, str]:
    """Why a metric of groups is undefined in some seeds or all of them, by metric; "" where it never is.

    With `positive` -1 every class that the metric looks at counts: the last of two, else each in turn.
    """
    found: dict[str, str] = {}
    for metric in ("worst_group_accuracy", *GAPS):
        lacking = {LACK[r] for r in GAPS.get(metric, ()) if r in LACK}
        hit = {key: why for key, fact in facts.items() if (why := _no_gap(fact, positive, lacking))}
        if positive != -1 and metric in GAPS:  # then gaps are worked out from what rounds kept
            hit |= {key: str(fact["reason"]) for key, fact in facts.items() if fact["reason"]}
        where = "" if len(hit) == len(facts) else f"in {len(hit)} of {len(facts)} seeds "
        found[metric] = f"Undefined {where}because {_uncapital(next(iter(hit.values())))}" if hit else ""
    return found


def _undefined(fact: Mapping[str, Any], positive: int) -> Iterator[tuple[str, str, str]]:
    """Group, measure and reason."""
    if fact["reason"]:
        yield "", "", str(fact["reason"])
    else:
        yield from _lacking(fact, positive)


def _no_gap(fact: Mapping[str, Any], positive: int, measures: set[str]) -> str:
    """Why groups cannot be compared in these measures; "" when they can."""
    counts = _counts(fact)
    here = [name for name, rows in zip(fact["names"], counts.sum(axis=1), strict=True) if rows]
    if len(fact["names"]) < 2 or not here:
        return str(fact["reason"])
    if len(here) == 1:
        return f'Only group "{here[0]}" has test rows: there is no other to set against it.'
    classes = positives(counts).tolist() if positive == -1 else [positive]
    found = (why for c in classes for _, measure, why in _lacking(fact, c) if measure in measures)
    return next(found, "")


def _lacking(fact: Mapping[str, Any], positive: int) -> Iterator[tuple[str, str, str]]:
    """Group, measure and reason, of one class against the rest."""
    classes: list[str] = fact["classes"]
    for name, group in zip(fact["names"], _counts(fact), strict=True):
        rows, hits = int(group.sum()), int(group[positive])
        if not rows:
            yield name, "", f'No test row is of group "{name}".'
            continue
        if not hits:
            yield name, "true_positive_rate", _none_of(name, classes[positive], "is", rows)
        if hits == rows:
            yield name, "false_positive_rate", _none_of(name, classes[positive], "is other than", rows)


def _counts(fact: Mapping[str, Any]) -> Ints:
    """(G, C) test rows by group and class."""
    return np.array(fact["test_classes"], np.int64).reshape(len(fact["names"]), len(fact["classes"]))


def _none_of(group: str, label: str, verb: str, rows: int) -> str:
    which = "The one test row" if rows == 1 else f"None of the {rows:,} test rows"
    verb = verb.replace("is", "is not", 1) if rows == 1 else verb
    return f'{which} of group "{group}" {verb} "{label}".'


def _unrecorded(data: Data) -> str:
    G, C = len(data.groups), data.n_classes
    if G < 2:
        return "The data set has no groups: choose a column that says which group a row belongs to."
    if not len(data.test):
        return "There are no test rows: keep a share of the rows for testing."
    if not recordable(G, C):
        return (
            f"{G} groups with {C} classes are too many to follow; groups times classes times classes plus "
            f"one may be at most {MOST_CELLS}."
        )
    return ""


def _uncapital(text: str) -> str:
    return text[:1].lower() + text[1:]
