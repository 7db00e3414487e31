"""Hindsight: what the learner thought of labels before it was told them, worked out from the log.

A log keeps questions and answers but no predictions. A strategy that learns from its own success fits the
learner again to what was known at the time; what a fit said is remembered, so a round costs one more fit.
"""

from hashlib import blake2b

import numpy as np

from alcore.learn import Teacher
from alcore.spec import Choice
from alcore.types import Bools, Floats, Ints, View

MOST = 2000  # fits remembered, of a few hundred numbers each
_remembered: dict[tuple[Choice, int, int, bytes], Floats] = {}


def told_in(view: View) -> Ints:
    """(L,) round in which each labelled row was asked; 0 for the cold start and what came from elsewhere."""
    asked = {row: past.index for past in view.log.rounds for row in past.asked}
    return np.array([asked.get(tuple(row), 0) for row in view.labelled.ids.tolist()], np.int64)


def by_strategy(view: View) -> Ints:
    """(L,) round in which the strategy asked each labelled row; 0 where no strategy chose it.

    While fewer than two classes are labelled the cold start goes on, whatever the strategy.
    """
    told = told_in(view)
    classes = [np.unique(view.labelled.y[told < past]).size for past in range(len(view.log) + 1)]
    return np.where(np.array(classes)[told] >= 2, told, 0)


def judged(view: View, learnt: Bools, rows: Bools) -> tuple[Floats, Bools]:
    """What the learner, fitted to some labelled rows alone, says of the labels of some rows.

    Parameters
    ----------
    view : View
    learnt : (L,) mask
        Labelled rows it is fitted to.
    rows : (L,) mask
        Labelled rows it is asked about.

    Returns
    -------
    (n,) array
        Probability of each row's own label; 0 for a class it has not learnt.
    (n,) mask
        Where that label is the one it finds most likely.
    """
    labelled, teacher = view.labelled, view.learn
    if not isinstance(teacher, Teacher) or not isinstance(teacher.learner, Choice):
        return _judge(view, learnt, rows)
    told = blake2b(digest_size=16)
    for part in (labelled.X[learnt], labelled.y[learnt], labelled.X[rows], labelled.y[rows]):
        told.update(repr(part.shape).encode())
        told.update(part.tobytes())
    key = (teacher.learner, teacher.seed, teacher.n_classes, told.digest())
    if key not in _remembered:
        while len(_remembered) >= MOST:
            _remembered.pop(next(iter(_remembered)), None)
        _remembered[key] = np.stack(_judge(view, learnt, rows))
    found = _remembered[key]
    return found[0], found[1] > 0.0


def foreseen(view: View) -> tuple[Floats, Bools]:
    """What the learner that chose each labelled row said of its label, before it was told.

    Returns
    -------
    (L,) array
        Probability of the row's own label; NaN where no strategy chose the row.
    (L,) mask
        Where that label was the one it found most likely.
    """
    told, chosen = told_in(view), by_strategy(view)
    proba, right = np.full(len(told), np.nan), np.zeros(len(told), bool)
    for past in np.unique(chosen[chosen > 0]):
        proba[chosen == past], right[chosen == past] = judged(view, told < past, chosen == past)
    return proba, right


def _judge(view: View, learnt: Bools, rows: Bools) -> tuple[Floats, Bools]:
    labelled = view.labelled
    fitted = view.learn(X=labelled.X[learnt], y=labelled.y[learnt])
    proba, truth = fitted.proba(labelled.X[rows]), labelled.y[rows]
    return proba[np.arange(len(truth)), truth], proba.argmax(axis=1) == truth
