"""Crowds that can be asked: simulated annotators, and recorded answers of real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from alcore.crowd.fatigue import level
from alcore.errors import SpecError
from alcore.mistakes import drawn, spread
from alcore.rng import by_id
from alcore.types import Floats, Ints, frozen


class Crowd(Protocol):
    """Annotators that can be asked about rows.

    Attributes
    ----------
    names : of the R annotators
    price, seconds : (R,) for one answer of each
    n_classes : C
    """

    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def price(self) -> Floats: ...  # noqa: D102
    @property
    def seconds(self) -> Floats: ...  # noqa: D102
    @property
    def n_classes(self) -> int: ...  # noqa: D102

    def say(
        self, rows: Ints, who: Ints, truth: Ints, seed: int, *, before: Ints, again: Ints, hardness: Floats
    ) -> Floats:
        """(n,) answers to n questions; NaN = cannot say.

        Parameters
        ----------
        rows : (n,) ids of the rows
        who : (n,) which annotator each question goes to
        truth : (n,) true codes
        seed : int
        before : (n,) answers this annotator gave before
        again : (n,) how often this annotator was asked about this row before
        hardness : (n,) 0 = certain, 1 = two classes are equally likely
        """
        ...


@dataclass(frozen=True, slots=True)
class Annotator:
    """One simulated annotator: an answer is a guess among all classes, or has the annotator's own errors.

    Attributes
    ----------
    name : str
    error : share of wrong answers when neither tired nor facing a hard row; all other classes alike
    confusion : instead: C x C probabilities row by row, P(answer | true class)
    price, seconds : for one answer
    abstains : share of "can't say"
    tired : share of guesses after a very long session; 0 = never tires
    pace : answers after which 63% of the way there is gone
    session : answers between two breaks
    rest : share of the tiredness that a break takes away
    hard : share of guesses on rows where two classes are equally likely

    Raises
    ------
    SpecError
        When a share is not between 0 and 1, or a price or time is below 0.
    """

    name: str
    error: float = 0.1
    confusion: tuple[float, ...] = ()
    price: float = 1.0
    seconds: float = 10.0
    abstains: float = 0.0
    tired: float = 0.0
    pace: float = 200.0
    session: int = 10_000
    rest: float = 1.0
    hard: float = 0.0

    def __post_init__(self) -> None:
        for share in ("error", "abstains", "tired", "rest", "hard"):
            if not 0.0 <= getattr(self, share) <= 1.0:
                raise SpecError(f"{share} of {self.name} must be between 0 and 1, got {getattr(self, share)}")
        if not (self.price >= 0.0 and self.seconds >= 0.0 and self.pace > 0.0 and self.session >= 1):
            raise SpecError(f"{self.name}: no price or time is below 0, and a session needs an answer")

    def matrix(self, n_classes: int) -> Floats:
        """(C, C) P(answer | true class) when fresh, on rows that are not hard.

        Raises
        ------
        SpecError
            When the confusion does not fit the classes.
        """
        if not self.confusion:
            return spread(np.full(n_classes, self.error))
        if len(self.confusion) != n_classes**2:
            raise SpecError(f"The confusion of {self.name} needs {n_classes} x {n_classes} numbers")
        table = np.array(self.confusion, np.float64).reshape(n_classes, n_classes)
        if (table < 0).any() or np.abs(table.sum(axis=1) - 1.0).max() > 1e-6:
            raise SpecError(f"Each row of the confusion of {self.name} must be shares that sum to 1")
        return table


@dataclass(frozen=True, eq=False)
class Team:
    """Simulated annotators as a crowd. Whatever the order of the questions, the answers are the same.

    Attributes
    ----------
    annotators : R of them
    n_classes : C
    persistent : whether someone asked again about a row repeats the answer; otherwise it is a new try

    Raises
    ------
    SpecError
        When there is no annotator or a confusion does not fit the classes.
    """

    annotators: tuple[Annotator, ...]
    n_classes: int
    persistent: bool = True

    def __post_init__(self) -> None:
        if not self.annotators:
            raise SpecError("A team needs at least one annotator")
        _ = self.confusion

    @property
    def names(self) -> tuple[str, ...]:
        """R names."""
        return tuple(a.name for a in self.annotators)

    @property
    def price(self) -> Floats:
        """(R,) money for one answer."""
        return np.array([a.price for a in self.annotators], np.float64)

    @property
    def seconds(self) -> Floats:
        """(R,) time for one answer."""
        return np.array([a.seconds for a in self.annotators], np.float64)

    @cached_property
    def confusion(self) -> Floats:
        """(R, C, C) P(answer | true class) of each when fresh."""
        return frozen(np.stack([a.matrix(self.n_classes) for a in self.annotators]))

    def say(
        self, rows: Ints, who: Ints, truth: Ints, seed: int, *, before: Ints, again: Ints, hardness: Floats
    ) -> Floats:
        """(n,) answers; NaN = cannot say. See `Crowd.say`."""
        guess = self.guessing(who, before, hardness)
        times = np.zeros_like(again) if self.persistent else again
        label = said(rows[:, None], truth, who, times, self.confusion, seed, guess)
        places = np.column_stack([rows, who, times])
        silent = np.array([a.abstains for a in self.annotators], np.float64)[who]
        return np.where(by_id(seed, "crowd abstains", places) < silent, np.nan, label)

    def guessing(self, who: Ints, before: Ints, hardness: Floats) -> Floats:
        """(n,) how likely each answer is a mere guess: the tired guess, and so do many on hard rows."""
        guess = np.zeros(len(who))
        for a, one in enumerate(self.annotators):
            mine = who == a
            worn = one.tired * level(before[mine], one.pace, one.session, one.rest)
            guess[mine] = 1.0 - (1.0 - worn) * (1.0 - np.minimum(1.0, one.hard * hardness[mine]))
        return guess

    def right(self, who: Ints, truth: Ints, before: Ints, hardness: Floats) -> Floats:
        """(n,) how likely each answer that is given is the true one."""
        guess = self.guessing(who, before, hardness)
        return (1.0 - guess) * self.confusion[who, truth, truth] + guess / self.n_classes


@dataclass(frozen=True, eq=False)
class Recorded:
    """Answers people really gave, as a crowd: asking looks one up.

    Attributes
    ----------
    table : (M, R) codes by row id and annotator; NaN = could not say, or was not asked
    n_classes : C
    each : money for one answer
    duration : seconds for one answer
    """

    table: Floats
    n_classes: int
    each: float = 1.0
    duration: float = 10.0

    @property
    def names(self) -> tuple[str, ...]:
        """R names."""
        return tuple(f"rating {a + 1}" for a in range(self.table.shape[1]))

    @property
    def price(self) -> Floats:
        """(R,) money for one answer."""
        return np.full(self.table.shape[1], self.each)

    @property
    def seconds(self) -> Floats:
        """(R,) time for one answer."""
        return np.full(self.table.shape[1], self.duration)

    def say(
        self, rows: Ints, who: Ints, truth: Ints, seed: int, *, before: Ints, again: Ints, hardness: Floats
    ) -> Floats:
        """(n,) answers as recorded; NaN = could not say. See `Crowd.say`."""
        return self.table[rows, who]


def said(
    ids: Ints,
    truth: Ints,
    who: Ints,
    time: Ints,
    confusion: Floats,
    seed: int,
    guess: Floats | float = 0.0,
) -> Ints:
    """(n,) answers drawn by row, annotator and time.

    Parameters
    ----------
    ids : (n, Q) array
        Names of the rows.
    truth, who, time : (n,) arrays
        True codes, annotators, and which time each is asked about the row.
    confusion : (R, C, C) array
    seed : int
    guess : (n,) array or number
        Share of answers that are a guess among all classes.
    """
    rows = confusion[who, truth]
    if np.any(guess):
        blind = np.broadcast_to(np.asarray(guess, np.float64), (len(truth),))[:, None]
        rows = (1.0 - blind) * rows + blind / rows.shape[1]
    return drawn(np.column_stack([ids, who, time]), truth, rows, seed, "crowd")


def turns(ids: Ints, n_annotators: int, seed: int) -> Ints:
    """(B, R) the annotators in the order in which each row would be shown to them: shuffled by row.

    >>> turns(np.array([[3], [8]]), 3, seed=0).shape
    (2, 3)
    """
    draws = [
        by_id(seed, "crowd turn", np.column_stack([ids, np.full(len(ids), a)])) for a in range(n_annotators)
    ]
    return np.argsort(np.stack(draws, axis=1), axis=1, kind="stable").astype(np.int64)


def team(errors: Sequence[float], n_classes: int, *, price: float = 1.0, persistent: bool = True) -> Team:
    """A team that differs in nothing but how often each errs.

    >>> team([0.05, 0.4], 2).names
    ('annotator 1', 'annotator 2')
    """
    people = tuple(Annotator(f"annotator {k + 1}", error=e, price=price) for k, e in enumerate(errors))
    return Team(people, n_classes, persistent)
