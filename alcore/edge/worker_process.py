"""A worker as the service sees it: commands go in, replies come out, and it can be killed at any moment."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TypeAlias

from alcore import errors
from alcore.edge.wire import dumps, fingerprint
from alcore.errors import AlcoreError, UnavailableError

COMMAND = (sys.executable, "-P", "-m", "alcore.edge.worker")
ROOT = Path(__file__).parents[2]  # where `alcore` is imported from
TICK = 0.02  # seconds between two looks at whether a busy worker should stop
START_SECONDS = 120  # a crowded machine takes long to import everything

Reply = dict[str, Any]


class WorkerDied(Exception):
    """The worker ended in the middle of a command, or of nothing."""


class WorkerProcess:
    """A warm worker in a process of its own. One thread may talk to it.

    Parameters
    ----------
    command : sequence of str
        What to start; it must speak as `alcore.edge.worker` does.
    memory_mb : int
        What it may take beyond its libraries.
    nice : int
        How much it steps back for others, such as the server it works for.

    Attributes
    ----------
    held : dict
        How many rounds of which runs it should still have in memory, by the run's key.
    engine : str
        Fingerprint of the engine it has loaded.
    pid : int or None
        The process that does the work; None while there is none.
    """

    def __init__(self, command: Sequence[str] = COMMAND, memory_mb: int = 512, nice: int = 10) -> None:
        self.held: dict[str, int] = {}
        self.engine = ""
        self.pid: int | None = None
        self._command, self._memory_mb, self._nice = tuple(command), memory_mb, nice
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False

    def ready(self) -> None:
        """Return when it waits for a command; start it, or another one, if need be.

        Raises
        ------
        UnavailableError
            When no worker can be started.
        """
        with suppress(WorkerDied):  # what came since the last command: only that one died, if anything
            while self.receive(0.0) is not None:
                pass
        deadline = time.monotonic() + START_SECONDS
        for _ in range(2):  # a guard may be gone as well; then a second start is what it takes
            if self._process is None:
                self._start()
            while self.pid is None and self._process is not None and time.monotonic() < deadline:
                with suppress(WorkerDied):
                    self.receive(0.1)
            if self.pid is not None:
                return
        self._end()
        raise UnavailableError(
            "This server cannot start the process in which experiments run; its log says why"
        )

    def send(self, command: Reply) -> None:
        """Hand over a command.

        Raises
        ------
        WorkerDied
        """
        try:
            pipe = self._pipe()
            pipe.write(dumps(command | {"to": self.pid}) + "\n")
            pipe.flush()
        except (OSError, ValueError):
            self._gone()
            raise WorkerDied from None

    def receive(self, seconds: float) -> Reply | None:
        """The next reply, or None when none came within so many seconds.

        Raises
        ------
        WorkerDied
            Once, when it died since the last reply.
        """
        try:
            line = self._lines.get(timeout=seconds) if seconds else self._lines.get_nowait()
        except queue.Empty:
            return None
        if line is None:
            self._gone()
            raise WorkerDied
        try:
            reply = json.loads(line)
        except ValueError:
            return None  # a line that death cut short
        if "ready" in reply:
            self.pid, self.engine = reply["ready"], reply["engine"]
            self.held.clear()
            raise WorkerDied
        return reply

    def kill(self) -> None:
        """End what it is doing; the next `ready` finds another one."""
        pid, self.pid = self.pid, None
        self.held.clear()
        if pid is not None:
            with suppress(OSError):
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def restart(self) -> None:
        """End it; the next `ready` starts another one from the files as they are then."""
        self._end()

    def close(self) -> None:
        """End it for good."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()  # the guard first, or it would replace the child
            self.kill()
            with suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]
            process.wait()

    def _start(self) -> None:
        env = os.environ | {
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
            "ALCORE_WORKER_MB": str(self._memory_mb),
            "ALCORE_WORKER_NICE": str(self._nice),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        }
        self._lines = queue.SimpleQueue()
        with self._lock:
            if self._closed:
                raise UnavailableError("The server is going down")
            try:
                self._process = subprocess.Popen(
                    self._command,
                    env=env,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    encoding="utf-8",
                    start_new_session=True,  # Ctrl-C in the server's terminal is the server's
                )
            except OSError as error:
                raise UnavailableError(
                    f"This server cannot start the process in which experiments run: {error}"
                ) from error
        threading.Thread(
            target=_listen, args=(self._process.stdout, self._lines), name="alcore-listen", daemon=True
        ).start()

    def _pipe(self) -> IO[str]:
        if self._process is None or self._process.stdin is None:
            raise OSError("not started")
        return self._process.stdin

    def _gone(self) -> None:
        self.pid = None
        self.held.clear()
        self._end()


class InlineWorker:
    """The same without a process: it works when asked for the next reply. For tests and for debugging."""

    def __init__(self) -> None:
        from alcore.edge.worker import Desk

        self.held: dict[str, int] = {}
        self.engine = fingerprint()
        self.pid: int | None = os.getpid()
        self._desk = Desk()
        self._replies: Iterator[Reply] = iter(())
        self._hurry = False

    def ready(self) -> None:
        """It always is."""

    def send(self, command: Reply) -> None:
        """Hand over a command."""
        if command["do"] == "stop":
            self._hurry = True
        else:
            self._hurry = False
            self._replies = self._desk.answer(json.loads(dumps(command)), lambda: self._hurry)

    def receive(self, seconds: float) -> Reply | None:
        """The next reply."""
        return json.loads(dumps(next(self._replies)))

    def kill(self) -> None:
        """Drop what it is doing."""
        self._replies = iter(())
        self.held.clear()

    def restart(self) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Nothing to end."""


Worker: TypeAlias = WorkerProcess | InlineWorker


def converse(
    worker: Worker,
    command: Reply,
    rounds: Callable[[], list[str]],
    *,
    heard: Callable[[str], None] = lambda text: None,
    hurry: Callable[[], bool] = lambda: False,
) -> Reply:
    """Send a command to a worker that is ready, and return its last reply.

    Parameters
    ----------
    command : dict
        See `alcore.edge.worker.Desk.answer`; without ``rounds``.
    rounds : callable
        The ``command["n"]`` first rounds; asked for when the worker does not have them.
    heard : callable
        Is given each new round.
    hurry : callable
        Asked now and then: whether the slice should end after its round. What it raises is raised.

    Raises
    ------
    WorkerDied
    """
    key, n = command["key"], command["n"]
    grows = command["do"] == "run"
    held = worker.held.pop(key, -1) if grows else worker.held.get(key, -1)
    worker.send(command | {"rounds": None if held == n or (held > n and not grows) else rounds()})
    told, made = False, n
    while True:
        reply = worker.receive(TICK)
        if reply is not None and "missing" in reply:
            worker.send(command | {"rounds": rounds()})
            told = False
        elif reply is not None and "round" in reply:
            made += 1
            heard(reply["round"])
        elif reply is not None:
            if "end" in reply:
                worker.held[key] = made
            return reply
        if hurry() and not told:
            worker.send({"do": "stop"})
            told = True


def told(reply: Reply) -> AlcoreError:
    """The error a worker speaks of."""
    kind = getattr(errors, reply["error"], None)
    if isinstance(kind, type) and issubclass(kind, AlcoreError):
        return kind(reply["sentence"])
    return UnavailableError(reply["sentence"])


def _listen(pipe: IO[str], lines: "queue.SimpleQueue[str | None]") -> None:
    with suppress(OSError, ValueError):
        for line in pipe:
            lines.put(line)
    lines.put(None)
    with suppress(OSError):
        pipe.close()
