"""Published answers of real crowds."""

import numpy as np

from alcore.crowd.answers import Answers

# Dawid & Skene 1979, table 1: fitness for anaesthesia of 45 patients on a scale of 1 to 4. A group is a
# patient: the first three digits are observer 1 on three occasions, then come observers 2 to 5.
ANAESTHETISTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223
2322223 4444444 2223343 1111111 2223212 1211111 1112111 1111111 1111111
2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222
1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343
2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""


def anaesthetists() -> Answers:
    """315 answers: 45 items, 5 annotators, 4 classes; observer 1 answered everything three times."""
    said = np.array([[int(digit) - 1 for digit in group] for group in ANAESTHETISTS.split()])
    who = np.tile([0, 0, 0, 1, 2, 3, 4], len(said))
    return Answers(np.repeat(np.arange(len(said)), 7), who, said.ravel(), len(said), 5, 4)
