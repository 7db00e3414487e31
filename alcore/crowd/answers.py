"""Answers: who said what about which item."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from alcore.errors import DataError
from alcore.types import Floats, Ints, frozen


@dataclass(frozen=True, eq=False)
class Answers:
    """n answers of R annotators about I items with K classes, in the order in which they came.

    Who could not say gave no answer. One annotator may answer an item several times.

    Attributes
    ----------
    item : (n,) codes 0..I-1
    annotator : (n,) codes 0..R-1
    label : (n,) codes 0..K-1
    n_items, n_annotators, n_classes : I, R, K

    Raises
    ------
    DataError
        When the columns differ in length or hold a code that is out of range.

    Examples
    --------
    >>> answers = Answers.of([[0, 1, None], [1, 1, 0]], 2)
    >>> len(answers), answers.votes.tolist()
    (5, [[1, 1], [1, 2]])
    """

    item: Ints
    annotator: Ints
    label: Ints
    n_items: int
    n_annotators: int
    n_classes: int

    def __post_init__(self) -> None:
        columns = (
            ("item", self.n_items),
            ("annotator", self.n_annotators),
            ("label", self.n_classes),
        )
        for name, end in columns:
            column = np.asarray(getattr(self, name), np.int64)
            if column.shape != (len(self.item),):
                raise DataError(f"Every answer needs its {name}: got {column.shape} for {len(self.item)}")
            if len(column) and not (column.min() >= 0 and column.max() < end):
                raise DataError(f"Each {name} must be a code from 0 to {end - 1}")
            object.__setattr__(self, name, frozen(column.copy()))

    @classmethod
    def of(cls, table: ArrayLike | Sequence[Sequence[float | None]], n_classes: int) -> "Answers":
        """Read a table with a row for each item and a column for each annotator.

        Parameters
        ----------
        table : array of shape (I, R)
            Class codes; NaN, None or a negative number where there is no answer.
        n_classes : int

        Raises
        ------
        DataError
            When it is no table or a code is out of range.
        """
        cells = np.array(table, np.float64)
        if cells.ndim != 2:
            raise DataError(f"Answers come as a table of items and annotators, got shape {cells.shape}")
        item, annotator = np.nonzero(np.isfinite(cells) & (cells >= 0))
        label = cells[item, annotator].astype(np.int64)
        return cls(item, annotator, label, cells.shape[0], cells.shape[1], n_classes)

    def __len__(self) -> int:
        return len(self.item)

    @cached_property
    def votes(self) -> Ints:
        """(I, K) how often each item was given each class."""
        cell = self.item * self.n_classes + self.label
        size = self.n_items * self.n_classes
        return frozen(np.bincount(cell, minlength=size).reshape(self.n_items, self.n_classes))

    @cached_property
    def shares(self) -> Floats:
        """(I, K) share of each class among the votes of an item; equal where there is none."""
        total = self.votes.sum(axis=1, keepdims=True)
        equal = np.full(self.votes.shape, 1.0 / self.n_classes)
        return frozen(np.divide(self.votes, total, out=equal, where=total > 0))
