"""Real crowds: what twenty people each said of 6,000 sentences, and five doctors of 45 patients."""

from functools import lru_cache
from importlib.resources import files

import numpy as np

from alcore.crowd.answers import Answers
from alcore.crowd.people import Recorded
from alcore.spec import Choice
from alcore.types import Ints, frozen

SENTENCES = Choice.of("sentiment", rows=6000)  # the dataset whose rows were rated, all of them, in order

# Dawid & Skene 1979, table 1: fitness for anaesthesia of 45 patients on a scale of 1 to 4. A group is a
# patient: the first three digits are observer 1 on three occasions, then come observers 2 to 5.
ANAESTHETISTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223
2322223 4444444 2223343 1111111 2223212 1211111 1112111 1111111 1111111
2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222
1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343
2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""


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


def anaesthetists() -> Answers:
    """315 answers of Dawid & Skene's own table: 45 patients, 5 observers, 4 grades of fitness.

    Observer 1 judged every patient three times.
    """
    said = np.array([[int(digit) - 1 for digit in group] for group in ANAESTHETISTS.split()])
    who = np.tile([0, 0, 0, 1, 2, 3, 4], len(said))
    return Answers(np.repeat(np.arange(len(said)), 7), who, said.ravel(), len(said), 5, 4)
