"""How far the class of each row can be known at all: what makes a question hard for anybody."""

from functools import lru_cache

import numpy as np

from alcore import learn
from alcore.rng import by_id
from alcore.spec import Choice
from alcore.types import Data, Floats, frozen

REFERENCE = Choice.of("forest", trees=60, leaf=3)  # no shape of the boundary is taken for granted
FOLDS = 5
FITTED = 3000  # rows the reference learner of a fold is fitted to


@lru_cache(maxsize=4)
def odds(data: Data) -> Floats:
    """(M, C) class probabilities of every row: exact where the data know them, else an estimate.

    The estimate is cross-fitted: a random forest speaks of the rows of one fold after learning the labels of
    the others, so no row's own label counts. It is rougher than the truth, and calls rows harder than they
    are where the forest has not learnt all there is to know.

    Parameters
    ----------
    data : Data
        What is worked out for one is kept for the next question.

    Notes
    -----
    Five forests of 60 trees: about a second for a few thousand rows.
    """
    if data.posterior is not None:
        return frozen(np.asarray(data.posterior(data.X), np.float64).copy())
    draw = by_id(0, "cross-fitting", np.arange(len(data.X))[:, None])
    fold = np.minimum((draw * FOLDS).astype(np.int64), FOLDS - 1)
    known = np.flatnonzero(data.y >= 0)
    order = known[np.argsort(by_id(0, "reference rows", known[:, None]), kind="stable")]
    table = np.empty((len(data.X), data.n_classes))
    for k in range(FOLDS):
        rest = order[fold[order] != k][:FITTED]
        here = np.flatnonzero(fold == k)
        fitted = learn.fit(REFERENCE, data.X[rest], data.y[rest], data.n_classes, k)
        table[here] = fitted.proba(data.X[here])
    return frozen(table)
