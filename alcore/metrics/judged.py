"""What metrics look at: predictions against the truth, counted once for all of them."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from alcore.metrics.group_counts import GroupCounts, counted
from alcore.types import Floats, Ints


@dataclass(frozen=True, eq=False)
class Judged:
    """Predictions against the truth.

    Attributes
    ----------
    proba : (n, C) predicted probabilities
    truth : (n,) true codes
    group : (n,) codes into `groups`; all 0 where nobody told
    groups : G names
    rarest : code of the rarest class of the data, which need not be that of these few rows; None = of these
        rows, the first of equals
    """

    proba: Floats
    truth: Ints
    group: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    groups: tuple[str, ...] = ("all",)
    rarest: int | None = None

    def __post_init__(self) -> None:
        if len(self.group) != len(self.truth):
            object.__setattr__(self, "group", np.zeros(len(self.truth), np.int64))

    @cached_property
    def guess(self) -> Ints:
        """(n,) predicted codes: the most likely class, the first among equals."""
        return self.proba.argmax(axis=1)

    @cached_property
    def confusion(self) -> Ints:
        """(C, C) counts: row = true class, column = predicted class."""
        C = self.proba.shape[1]
        pairs = self.truth * C + self.guess
        return np.bincount(pairs, minlength=C * C).reshape(C, C)

    @cached_property
    def rare(self) -> int:
        """The class that counts as the rarest one: `rarest`, else that of the rows judged."""
        if self.rarest is not None:
            return self.rarest
        counts = self.confusion.sum(axis=1)
        return int(np.where(counts > 0, counts, counts.sum() + 1).argmin())

    @cached_property
    def by_group(self) -> GroupCounts:
        """The same counts, and what was promised, by group."""
        return counted(self.proba, self.guess, self.truth, self.group, len(self.groups))
