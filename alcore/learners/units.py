"""Units: lengths in feature space measured by the labelled rows themselves.

One number scales all columns alike, so their relative importance stays what the data say; it only takes away
the difference between metres and millimetres, which no stopping tolerance or step size should depend on.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from alcore.types import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Where the rows lie (D,) and how far a column typically varies."""

    centre: Floats
    spread: float

    @classmethod
    def of(cls, X: Floats) -> Self:
        """The units of some rows; the spread of rows that do not vary is 1.

        >>> Units.of(np.array([[0.0, 100.0], [0.0, 300.0]])).spread.round(1)
        np.float64(70.7)
        """
        spread = np.sqrt(X.var(axis=0).mean())
        return cls(X.mean(axis=0), spread if spread > 0.0 else 1.0)

    def __call__(self, X: Floats) -> Floats:
        """(n, D) rows in these units."""
        return (X - self.centre) / self.spread
