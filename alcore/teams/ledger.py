"""Where answers come together: one entry for each (row, annotator), whatever arrives twice or late."""

import numpy as np

from alcore.types import Floats, Ints


class Ledger:
    """Answers by (row, annotator); a row's label is what most of its annotators say.

    Merging is idempotent, and in whatever order answers arrive the labels are the same: among equally many
    votes the annotator with the lowest number decides.

    Examples
    --------
    >>> ledger = Ledger()
    >>> ledger.merge(7, 1, 0.0), ledger.merge(7, 1, 0.0), ledger.merge(7, 0, 1.0)
    (True, False, True)
    >>> ledger.rows.tolist(), ledger.labels.tolist(), ledger.answers
    ([7], [1.0], 2)
    """

    def __init__(self) -> None:
        self._said: dict[int, dict[int, float]] = {}
        self._label: dict[int, float] = {}
        self.answers = 0  # entries

    def __contains__(self, row: int) -> bool:
        return row in self._said

    def __len__(self) -> int:
        return len(self._said)

    @property
    def rows(self) -> Ints:
        """(L,) rows with an answer, in the order of their first one."""
        return np.fromiter(self._label, np.int64, len(self._label))

    @property
    def labels(self) -> Floats:
        """(L,) what most of its annotators say of each; NaN where none could say."""
        return np.fromiter(self._label.values(), np.float64, len(self._label))

    def merge(self, row: int, who: int, code: float) -> bool:
        """Enter an answer, NaN = could not say; False, and nothing happens, when it is there already."""
        said = self._said.setdefault(row, {})
        if who in said:
            return False
        said[who] = code
        self.answers += 1
        self._label[row] = code if len(said) == 1 else _voted(said)
        return True


def _voted(said: dict[int, float]) -> float:
    votes: dict[float, int] = {}
    heard = [code for _, code in sorted(said.items()) if code == code]
    for code in heard:
        votes[code] = votes.get(code, 0) + 1
    return max(votes, key=lambda code: votes[code], default=float("nan"))  # the first among equals
