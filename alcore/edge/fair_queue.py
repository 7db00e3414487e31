"""Whose turn is it? Many visitors share a few workers, and none of them waits for another's large sweep.

Turns are given by computing time used: whoever has had least comes next. A newcomer starts level with whoever
has had least so far; one who comes back keeps what they were ahead of the others. Short questions go before
slices of runs, but never for long.

>>> line = FairQueue()
>>> for job in ("a1", "a2", "a3"):
...     line.add("ann", job, Rank.STARTED)
>>> line.add("bob", "b1", Rank.FRESH)
>>> order = []
>>> while turn := line.take():
...     owner, rank, job = turn
...     line.served(owner, rank, seconds=0.5)
...     order.append(job)
>>> order
['b1', 'a1', 'a2', 'a3']
"""

from collections import deque
from collections.abc import Callable, Iterator
from enum import IntEnum
from itertools import chain
from typing import Generic, TypeVar

J = TypeVar("J")

WINDOW = 4  # runs of one visitor that take turns; a worker keeps as many alive
REMEMBERED = 1000  # visitors who left, before those who are ahead of nobody are forgotten
HEAD_START = 1.0  # seconds by which a run's first turn may come before its visitor's share is due
PATIENCE = 1.0  # seconds of calls, one after another, before a waiting run has its turn


class Rank(IntEnum):
    """What an owner's next job is, the most pressing first."""

    CALL = 0  # somebody waits for the answer
    FRESH = 1  # a run that was never served
    STARTED = 2


class FairQueue(Generic[J]):
    """Jobs in the order in which they should be served. Not safe for threads by itself."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[deque[J], deque[J], deque[J]]] = {}
        self._used: dict[str, float] = {}  # seconds, of owners who wait or are being served
        self._serving: dict[str, int] = {}  # jobs now in the hands of a worker
        self._left: dict[str, float] = {}  # seconds of those who left ahead of the others
        self._floor = 0.0  # least seconds of anybody present, as last known
        self._calls_in_a_row = 0.0

    def __iter__(self) -> Iterator[J]:
        return chain.from_iterable(chain(*lines) for lines in self._lines.values())

    def __len__(self) -> int:
        return sum(len(line) for lines in self._lines.values() for line in lines)

    def add(self, owner: str, job: J, rank: Rank) -> None:
        """Line up a job; a started run goes behind the few its owner's turns rotate among."""
        if owner not in self._used:
            floor = min(self._used.values(), default=self._floor)
            self._used[owner] = max(floor, self._left.pop(owner, floor))
        line = self._lines.setdefault(owner, (deque(), deque(), deque()))[rank]
        if rank is Rank.STARTED:
            line.insert(WINDOW - 1, job)
        else:
            line.append(job)

    def take(self, suits: Callable[[J], bool] = lambda job: True) -> tuple[str, Rank, J] | None:
        """Take the next job out of the line; say `served` when it is done.

        Parameters
        ----------
        suits : callable
            Among an owner's started runs, the first that suits is taken, or else the first.
        """
        call, run = self._first(Rank.CALL), self._first(Rank.FRESH, Rank.STARTED)
        turn = run if run and self._calls_in_a_row > PATIENCE else call or run
        if turn is None:
            return None
        owner, rank = turn
        line = self._lines[owner][rank]
        at = next((i for i, job in enumerate(line) if suits(job)), 0) if rank is Rank.STARTED else 0
        job = line[at]
        del line[at]
        self._serving[owner] = self._serving.get(owner, 0) + 1
        return owner, rank, job

    def served(self, owner: str, rank: Rank, seconds: float) -> None:
        """A job that was taken is done, for now, after so much computing."""
        self._used[owner] += seconds
        self._serving[owner] -= 1
        self._calls_in_a_row = self._calls_in_a_row + seconds if rank is Rank.CALL else 0.0
        self._let_go(owner)

    def remove(self, owner: str, job: J) -> bool:
        """Take a job out of the line for good; False when it is not in it."""
        for line in self._lines.get(owner, ()):
            if job in line:
                line.remove(job)
                self._let_go(owner)
                return True
        return False

    def presses(self, owner: str, seconds: float) -> bool:
        """Whether somebody waits for whom a slice of `owner`, `seconds` old, should end early."""
        if self._first(Rank.CALL) and self._calls_in_a_row <= PATIENCE:
            return True
        return any(
            self._waits(lines, Rank.FRESH) and self._due(other, Rank.FRESH) < self._used[owner] + seconds
            for other, lines in self._lines.items()
            if other != owner
        )

    @staticmethod
    def _waits(lines: tuple[deque[J], ...], rank: Rank) -> bool:
        """Whether an owner has such a job to be served; new runs wait until few enough take turns.

        A worker that took up all runs of a large sweep in turn would begin each of them anew each time.
        """
        return bool(lines[rank]) and (rank is not Rank.FRESH or len(lines[Rank.STARTED]) < WINDOW)

    def _due(self, owner: str, rank: Rank) -> float:
        return self._used[owner] - (HEAD_START if rank is Rank.FRESH else 0.0)

    def _first(self, *ranks: Rank) -> tuple[str, Rank] | None:
        """Whose turn is due first, of those with such a job; then the more pressing, then the earlier."""
        waiting = (
            (self._due(owner, rank), rank, i, owner)
            for i, (owner, lines) in enumerate(self._lines.items())
            for rank in ranks
            if self._waits(lines, rank)
        )
        found = min(waiting, default=None)
        return (found[3], found[1]) if found else None

    def _let_go(self, owner: str) -> None:
        if not any(self._lines.get(owner, ())) and not self._serving.get(owner):
            self._lines.pop(owner, None)
            self._serving.pop(owner, None)
            self._floor = max(self._floor, min(self._used.values()))
            self._left[owner] = self._used.pop(owner)
            if len(self._left) > REMEMBERED:
                self._left = {who: used for who, used in self._left.items() if used > self._floor}
