"""How good each annotator is, with an interval: against a consensus, or against gold questions."""

from dataclasses import dataclass

import numpy as np

from alcore.crowd.aggregation import Consensus
from alcore.crowd.answers import Answers
from alcore.errors import DataError
from alcore.statistics.intervals import checked_level
from alcore.types import UNKNOWN, Floats, Ints


@dataclass(frozen=True, eq=False)
class Reliability:
    """Share of right answers of R annotators.

    Attributes
    ----------
    value : (R,) estimate; NaN where an annotator's answers cannot be compared with anything
    low, high : (R,) ends of the interval; 0 and 1 there
    answers : (R,) answers that could be compared
    sure : (R,) how many answers with known truth would say as much; fewer, as the truth is only estimated
    level : share of such intervals that hold the true value
    """

    value: Floats
    low: Floats
    high: Floats
    answers: Ints
    sure: Floats
    level: float


def against_consensus(answers: Answers, consensus: Consensus, level: float = 0.95) -> Reliability:
    """Judge annotators by what the answers of all say together.

    Rows that one annotator alone answered count nothing: with one answer for each row nobody can be judged.

    Parameters
    ----------
    answers : Answers
    consensus : Consensus
        Of these answers; best from `dawid_skene`, as a majority favours those who go with it.
    level : float

    Notes
    -----
    The interval is Jeffreys', with the number of answers reduced by the information that is missing because
    classes are only estimated (Louis 1982): n - sum q (1 - q) / (p (1 - p)) for answers right with
    probability q. What the annotators' estimates share is left out, so it is too narrow with few rows or
    only one or two answers for each.
    """
    pair = answers.item * answers.n_annotators + answers.annotator
    people = np.bincount(np.unique(pair) // answers.n_annotators, minlength=answers.n_items)
    use = people[answers.item] > 1
    who, R = answers.annotator[use], answers.n_annotators
    right = consensus.proba[answers.item[use], answers.label[use]]
    n = np.bincount(who, minlength=R)
    hits = np.bincount(who, right, R).astype(np.float64)
    open_ = np.bincount(who, right * (1.0 - right), R)
    p = np.clip((hits + 0.5) / (n + 1.0), 1e-9, 1.0 - 1e-9)
    sure = np.clip(n - open_ / (p * (1.0 - p)), 0.0, n)
    return _judged(hits, n, sure, level)


def against_gold(answers: Answers, truth: Ints, level: float = 0.95) -> Reliability:
    """Judge annotators by questions whose true answers are known.

    Parameters
    ----------
    answers : Answers
    truth : (I,) true codes; -1 where a row is no gold question
    level : float

    Raises
    ------
    DataError
        When there is not one entry for each item.
    """
    if np.shape(truth) != (answers.n_items,):
        raise DataError(f"truth needs {answers.n_items} entries, one for each item, got {np.shape(truth)}")
    use = truth[answers.item] != UNKNOWN
    who = answers.annotator[use]
    right = answers.label[use] == truth[answers.item[use]]
    n = np.bincount(who, minlength=answers.n_annotators)
    hits = np.bincount(who, right, answers.n_annotators).astype(np.float64)
    return _judged(hits, n, n.astype(np.float64), level)


def _judged(hits: Floats, n: Ints, sure: Floats, level: float) -> Reliability:
    from scipy.stats import beta

    tail = (1.0 - checked_level(level)) / 2
    value = np.divide(hits, n, out=np.full(len(n), np.nan), where=n > 0)
    share = np.nan_to_num(value, nan=0.5)
    a, b = sure * share + 0.5, sure * (1.0 - share) + 0.5
    low = np.where((n == 0) | (share <= 0.0), 0.0, np.minimum(beta.ppf(tail, a, b), share))
    high = np.where((n == 0) | (share >= 1.0), 1.0, np.maximum(beta.ppf(1.0 - tail, a, b), share))
    return Reliability(value, low, high, n, sure, level)
