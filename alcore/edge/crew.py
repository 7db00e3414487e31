"""A few workers and the threads that keep them busy, one each, with whoever's turn it is."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from alcore.edge.fair_queue import FairQueue, Rank
from alcore.edge.worker_process import Worker
from alcore.errors import UnavailableError

J = TypeVar("J")


class Crew(Generic[J]):
    """Has jobs served, in fair turns.

    Parameters
    ----------
    workers : sequence of Worker
    serve : callable
        Has a worker do a job; it may line the job up again, and does not raise.
    suits : callable
        Whether a started run is one this worker should rather have.
    """

    def __init__(
        self,
        workers: Sequence[Worker],
        serve: Callable[[Worker, J], None],
        suits: Callable[[Worker, J], bool],
    ) -> None:
        self.workers = tuple(workers)
        self._serve, self._suits = serve, suits
        self._queue: FairQueue[J] = FairQueue()
        self._changed = threading.Condition()
        self._errands: dict[Worker, deque[J]] = {worker: deque() for worker in self.workers}
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, args=(worker,), name="alcore-work", daemon=True)
            for worker in self.workers
        ]
        for thread in self._threads:
            thread.start()

    def add(self, who: str, job: J, rank: Rank) -> None:
        """Line up a job."""
        with self._changed:
            self._queue.add(who, job, rank)
            self._changed.notify()

    def everyone(self, jobs: Sequence[J]) -> None:
        """Have each worker do one of these jobs as soon as it is free, whoever's turn it is."""
        with self._changed:
            for errands, job in zip(self._errands.values(), jobs, strict=True):
                errands.append(job)
            self._changed.notify_all()

    def remove(self, who: str, job: J) -> bool:
        """Take a job out of the line; False when it is being served, or was."""
        with self._changed:
            return self._queue.remove(who, job)

    def presses(self, who: str, seconds: float) -> bool:
        """Whether a slice of this visitor's, so many seconds old, should end early for somebody else."""
        with self._changed:
            return self._queue.presses(who, seconds)

    def close(self) -> None:
        """End the workers; what they are at ends as if they had died."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for worker in self.workers:
            worker.close()
        for thread in self._threads:
            thread.join(timeout=5.0)

    def _work(self, worker: Worker) -> None:
        while True:
            with suppress(UnavailableError):  # whoever needs it is told
                worker.ready()  # before anybody asks
            turn = self._next(worker)
            if turn is None:
                return
            who, rank, job = turn
            began = time.monotonic()
            try:
                self._serve(worker, job)
            finally:
                with self._changed:
                    if who is not None:
                        self._queue.served(who, rank, time.monotonic() - began)
                    self._changed.notify()

    def _next(self, worker: Worker) -> tuple[str | None, Rank, J] | None:
        """Whose turn it is (nobody's, for an errand), and what is to be done."""
        with self._changed:
            while not self._closed:
                if self._errands[worker]:
                    return None, Rank.CALL, self._errands[worker].popleft()
                turn = self._queue.take(lambda job: self._suits(worker, job))
                if turn is not None:
                    return turn
                self._changed.wait()
        return None
