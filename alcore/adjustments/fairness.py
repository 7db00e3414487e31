"""Adjustments for fairness: which group is served badly, by what the labels say and not by confidence."""

from typing import Annotated, Literal

import numpy as np

from alcore import signals
from alcore.catalog import ADJUSTMENTS
from alcore.params import Range
from alcore.types import Bools, Floats, Ints, View


@ADJUSTMENTS.add(
    source="Max-min fairness: Rawls 1971; after Abernethy et al. 2022 and Shekhar et al. 2021",
    label="worst group first",
    family="fairness",
    formula=r"\max_g\ \frac{e_g + 1}{n_g + 2} + \kappa \sqrt{\frac{1/2}{n_g + 2}}",
    use="Some group is served badly and nobody knows which: labels go where mistakes are.",
    avoid="A group whose labels are noise: it stays the worst for ever and takes the whole budget.",
    complexity="5 fits of the learner a round",
)
def worst_group_first(
    scores: Floats, view: View, *, caution: Annotated[float, Range(0.0, 3.0)] = 1.0
) -> Floats:
    """Ask the rows of the group with most mistakes before all others, whatever the strategy.

    Mistakes are counted on labelled rows that the learner had not seen, by cross-validation; the learner's
    own confidence plays no part. Within a group the strategy decides.

    Parameters
    ----------
    caution : float
        How badly a group with few labels is thought of: 0 goes by the mistakes seen, higher values ask groups
        first of which little is known.

    Notes
    -----
    e of n labelled rows of a group were predicted wrong. Groups follow each other by this bound; a group
    nobody has labelled a row of comes first.
    """
    may = np.isfinite(scores)
    if not may.any():
        return scores
    group = view.candidates.group[may]
    worst = error_bounds(view, caution)[group]
    rank = np.unique(worst, return_inverse=True)[1]
    adjusted = scores.copy()
    adjusted[may] = _unit(scores[may]) + 2.0 * rank
    return adjusted


@ADJUSTMENTS.add(
    source="After Shekhar et al. 2021 and Anahideh et al. 2022 (FAL)",
    label="group weights",
    family="fairness",
    formula=r"u(x)\, \Big(\frac{w_{g(x)}}{\max_h w_h}\Big)^{\alpha}",
    use="A gentler hand than quotas: badly served or seldom asked groups are favoured, none is shut out.",
    avoid="Scores whose size means nothing: a weight then counts for much or for little by accident.",
    complexity="O(n), with errors 5 fits of the learner a round",
)
def group_weights(
    scores: Floats,
    view: View,
    *,
    by: Literal["mistakes", "few labels"] = "mistakes",
    strength: Annotated[float, Range(0.0, 5.0)] = 1.0,
) -> Floats:
    """Multiply each score by a weight of the row's group: more mistakes, or fewer labels, weigh more.

    Scores that may be negative are first counted from the lowest one.

    Parameters
    ----------
    by : str
        mistakes: on labelled rows the learner had not seen, by cross-validation, with a margin for groups
        with few labels. few labels: the group's share of the pool over its share of the labels.
    strength : float
        The power of the weight: 0 changes nothing, 1 is in proportion, more is stronger.
    """
    may = np.isfinite(scores)
    if not may.any():
        return scores
    group = view.candidates.group[may]
    weight = error_bounds(view)[group] if by == "mistakes" else _shortfall(view, may)[group]
    with np.errstate(over="ignore"):  # what overflows is cut to the largest finite number
        worth = np.minimum(scores[may] - min(0.0, float(scores[may].min())), np.finfo(np.float64).max)
    adjusted = scores.copy()
    adjusted[may] = worth * (weight / weight.max()) ** strength
    return adjusted


def error_bounds(view: View, caution: float = 1.0) -> Floats:
    """(G,) how many mistakes to fear in each group, from its labelled rows.

    ``(e + 1) / (n + 2) + caution sqrt(1/2 / (n + 2))`` for e mistakes on n rows, each judged by a learner
    that was fitted without it. While no learner can be tried all rows count as right, so that groups with
    the fewest labels stand out.
    """
    labelled = view.labelled
    proba = signals.held_out(labelled, view.seed, lambda X, y: view.learn(X=X, y=y))
    wrong = np.zeros(len(labelled), bool) if proba is None else proba.argmax(axis=1) != labelled.y
    return bounds(wrong, labelled.group, _groups(view), caution)


def bounds(wrong: Bools, group: Ints, n_groups: int, caution: float = 1.0) -> Floats:
    """(G,) upper bounds on the error of each group.

    >>> bounds(np.array([True, False]), np.array([0, 0]), 2).round(4)
    array([0.8536, 1.    ])
    """
    rows = np.bincount(group, minlength=n_groups) + 2.0
    errors = np.bincount(group[wrong], minlength=n_groups) + 1.0
    return np.asarray(errors / rows + caution * np.sqrt(0.5 / rows))


def _shortfall(view: View, may: Bools) -> Floats:
    """(G,) each group's share of the pool over its share of the labels, as if each had one more label."""
    G = _groups(view)
    labels = np.bincount(view.labelled.group, minlength=G)
    pool = np.bincount(view.candidates.group, minlength=G) + labels
    return np.asarray((pool / pool.sum()) * (labels.sum() + G) / (labels + 1.0))


def _groups(view: View) -> int:
    return 1 + int(max(view.candidates.group.max(initial=0), view.labelled.group.max(initial=0)))


def _unit(scores: Floats) -> Floats:
    """Scores moved to [0, 1], in the same order; 0 where all are equal."""
    low, high = scores.min() / 2, scores.max() / 2  # halves: no difference of two overflows
    return (scores / 2 - low) / (high - low) if high > low else np.zeros(len(scores))
