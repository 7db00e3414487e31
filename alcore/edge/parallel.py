"""Many runs on all cores, from a script or a notebook: no server, no store, no ``if __name__`` guard.

runs = dict(run_all(sweep(Spec("wine"), {"seed": range(20)})))
"""

import os
import queue
import tempfile
import threading
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path

from alcore.edge import handed
from alcore.edge.uploads import DATASET
from alcore.edge.wire import decode
from alcore.edge.worker_process import Reply, WorkerDied, WorkerProcess, converse, told
from alcore.errors import AlcoreError, DataError, UnavailableError
from alcore.loop import check
from alcore.spec import Spec
from alcore.types import Data, Log

FAILED = "Something went wrong inside the engine"
DIED = "The process that computed this ended, probably for lack of memory; take fewer rows or processes"
FOREVER = 1e9  # seconds
MEMORY_MB = 8192  # of one process beyond its libraries: a script may take more than a visitor


def run_all(
    specs: Iterable[Spec],
    processes: int | None = None,
    data: Data | Path | str | None = None,
    *,
    failed: MutableMapping[Spec, AlcoreError] | None = None,
) -> Iterator[tuple[Spec, Log]]:
    """Make runs in processes of their own; each comes as soon as it has ended.

    The rounds are those that `alcore.advance` makes, whatever the number of processes. The processes end with
    the iteration: when all is made, when the loop over it is left, and with Ctrl-C.

    Parameters
    ----------
    specs : iterable of Spec
        The same one twice is made once.
    processes : int, optional
        How many; by default as many as there are cores.
    data : Data, path, optional
        Your own rows: for all specs as `Data` (see `alcore.given`), or as the table (CSV or Parquet) that
        specs on the dataset ``upload`` are about.
    failed : mutable mapping, optional
        Takes the error of every run that failed; without it the first error is raised, and the rest not made.

    Yields
    ------
    (Spec, Log)
        In the order in which they are finished.

    Raises
    ------
    SpecError, DataError, UnavailableError
        Before anything is begun, when an experiment is not well described.

    Examples
    --------
    >>> from alcore import advance, sweep
    >>> made = dict(run_all(sweep(Spec(budget=20), {"seed": range(2)}), processes=1))
    >>> [made[spec].rounds == tuple(advance(spec)) for spec in made]
    [True, True]
    """
    if not (data is None or isinstance(data, Data) or Path(data).is_file()):
        raise DataError(f"There is no file {data}")
    wanted = []
    for spec in dict.fromkeys(specs):
        try:
            check(spec, own_data=isinstance(data, Data))
            if _on_table(spec) and data is None:
                raise DataError('This is about your own table: hand it over, data="your-table.csv"')
            wanted.append(spec)
        except AlcoreError as error:
            if failed is None:
                raise
            failed[spec] = error
    return _made(wanted, min(len(wanted), processes or _cores()), data, failed)


def _made(
    wanted: list[Spec],
    processes: int,
    data: Data | Path | str | None,
    failed: MutableMapping[Spec, AlcoreError] | None,
) -> Iterator[tuple[Spec, Log]]:
    with tempfile.TemporaryDirectory(prefix="alcore-", ignore_cleanup_errors=True) as folder:
        if isinstance(data, Data):
            file = Path(folder, f"data{handed.SUFFIX}")
            handed.write(data, file)
            jobs = [(spec, str(file)) for spec in wanted]
        else:
            jobs = [(spec, str(Path(data).resolve()) if data and _on_table(spec) else "") for spec in wanted]
        team = _Team(jobs, processes)
        try:
            for _ in wanted:
                spec, found = team.next()
                if isinstance(found, Log):
                    yield spec, found
                elif failed is None:
                    raise found
                else:
                    failed[spec] = found
        finally:
            team.close()


class _Team:
    """Workers, a thread each, that take the next job until none is left."""

    def __init__(self, jobs: list[tuple[Spec, str]], size: int) -> None:
        self._jobs: queue.SimpleQueue[tuple[Spec, str]] = queue.SimpleQueue()
        self._found: queue.SimpleQueue[tuple[Spec, Log | AlcoreError]] = queue.SimpleQueue()
        for job in jobs:
            self._jobs.put(job)
        self._workers = [WorkerProcess(memory_mb=MEMORY_MB, nice=0) for _ in range(size)]
        self._threads = [
            threading.Thread(target=self._work, args=(worker,), name="alcore-run", daemon=True)
            for worker in self._workers
        ]
        for thread in self._threads:
            thread.start()

    def next(self) -> tuple[Spec, Log | AlcoreError]:
        """What ends next."""
        while True:
            with suppress(queue.Empty):  # short waits, so that Ctrl-C is heard everywhere
                return self._found.get(timeout=0.5)

    def close(self) -> None:
        """End the workers, whatever they are at."""
        with suppress(queue.Empty):
            while True:
                self._jobs.get_nowait()
        for worker in self._workers:
            worker.close()
        for thread in self._threads:
            thread.join(timeout=5.0)

    def _work(self, worker: WorkerProcess) -> None:
        while True:
            try:
                spec, table = self._jobs.get_nowait()
            except queue.Empty:
                worker.close()
                return
            try:
                self._found.put((spec, _run(worker, spec, table)))
            except AlcoreError as error:
                self._found.put((spec, error))
            except Exception as error:  # it would otherwise be waited for in vain
                self._found.put((spec, UnavailableError(f"{FAILED}: {error!r}")))


def _run(worker: WorkerProcess, spec: Spec, table: str) -> Log:
    """One run, gone on with once when its worker died, which need not be its fault."""
    texts: list[str] = []
    given_up = 2
    while given_up:
        command: Reply = {
            "do": "run", "key": spec.id, "spec": spec.to_json(), "n": len(texts),
            "upload": table, "slice": FOREVER, "limit": None,
        }  # fmt: skip
        made = len(texts)
        worker.ready()
        try:
            reply = converse(worker, command, texts.copy, heard=texts.append)
        except WorkerDied:
            given_up -= 1
            continue
        if "error" in reply:
            raise told(reply)
        if reply["end"]:
            return Log(tuple(map(decode, texts)))
        given_up -= len(texts) == made  # else its memory was full, and was emptied
    raise UnavailableError(DIED)


def _on_table(spec: Spec) -> bool:
    return spec.dataset.name == DATASET


def _cores() -> int:
    """The cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
