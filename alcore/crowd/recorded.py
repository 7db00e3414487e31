"""A real crowd: what twenty people each said of 6,000 sentences."""

from functools import lru_cache
from importlib.resources import files

import numpy as np

from alcore.crowd.people import Recorded
from alcore.spec import Choice
from alcore.types import Ints, frozen

SENTENCES = Choice.of("sentiment", rows=6000)  # the dataset whose rows were rated, all of them, in order


@lru_cache(maxsize=1)
def ratings() -> Ints:
    """(6000, 20) ratings from -4 to 4 of the sentences of `SENTENCES` (Hutto & Gilbert 2014).

    A column is no person: the publication lists twenty ratings for each sentence, not who gave them.
    """
    with (files("alcore.datasets") / "files" / "sentiment_ratings.npz").open("rb") as stored:
        return frozen(np.load(stored, allow_pickle=False)["ratings"].astype(np.int64))


def raters(price: float = 1.0, seconds: float = 10.0) -> Recorded:
    """These people as a crowd: below 0 is negative, above is positive, 0 is "can't say".

    The true label of a sentence is the sign of the mean of all twenty ratings, so any of them is a little
    more often right than a twenty-first would be; and sentences that were neutral on average are not in the
    data, so these people agree more than they would on any sentence. As columns are no people, nothing can be
    learnt here about who is reliable.

    Parameters
    ----------
    price, seconds : float
        Of one answer; not recorded, so assumed.

    Examples
    --------
    >>> crowd = raters()
    >>> crowd.table.shape, float(np.isnan(crowd.table).mean().round(3))
    ((6000, 20), 0.098)
    """
    given = ratings()
    table = np.where(given == 0, np.nan, (given > 0).astype(np.float64))
    return Recorded(frozen(table), 2, price, seconds)
