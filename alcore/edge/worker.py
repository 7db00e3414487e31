"""The process in which experiments run: commands in, answers out, one line of JSON each.

``python -m alcore.edge.worker`` answers commands such as ``{"do": "run", ...}`` until its input ends. It
keeps the last few runs alive, so that the next slice of a run fits nothing again; no result depends on that.

Where the system can fork, the process that is started only loads the libraries and then guards a child that
does the work. A child that is killed, because a visitor pressed Stop within a long fit, is replaced within
milliseconds, and shares the memory of the libraries with its guard.
"""

import gc
import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from alcore import loop
from alcore.edge import handed, uploads
from alcore.edge.wire import decode, dumps, encode, fingerprint
from alcore.errors import AlcoreError, SpecError
from alcore.loop import Run, begin, step
from alcore.spec import Spec
from alcore.types import Data, Log

ALIVE = 4  # runs kept with their fitted learners
CROWDED = 0.75  # of the memory it may have, when a worker gives up what it keeps for the next command
QUICK_DEATHS = 5  # children that die young, one after another, before the guard gives up

FAILED = "Something went wrong inside the engine; it was written to the server's log"
NO_MEMORY = "This needs more memory than one experiment may use here; take fewer rows or a smaller committee"

Reply = dict[str, Any]


def lease(spec: str, rounds: str, *, seconds: float = 0.5, limit: int | None = None) -> str:
    """The next slice of a run, from its rounds alone: JSON in, JSON out, anywhere.

    Parameters
    ----------
    spec : str
        As `Spec.to_json` writes it.
    rounds : str
        JSON list of the rounds so far, each as `alcore.edge.wire.encode` writes it.
    seconds : float
        No round is begun after this time; at least one is made.
    limit : int, optional
        The run is to have no more rounds than this.

    Returns
    -------
    str
        JSON: the new ``rounds``, and ``end``, why the run is over ("" while it is not).

    Examples
    --------
    >>> answer = json.loads(lease(Spec(budget=20).to_json(), "[]", seconds=60))
    >>> len(answer["rounds"]), answer["end"]
    (3, 'budget: nothing more can be bought')
    """
    run = begin(Spec.from_json(spec), _log(json.loads(rounds)))
    new = []
    for after in _slice(run, seconds, limit, lambda: False):
        run = after
        new.append(encode(run.log.rounds[-1]))
    return dumps({"rounds": new, "end": run.ended})


class Desk:
    """Answers commands. One per worker; not for several threads at once."""

    def __init__(self) -> None:
        self._alive: OrderedDict[str, Run] = OrderedDict()

    def answer(
        self, command: Mapping[str, Any], hurry: Callable[[], bool] = lambda: False
    ) -> Iterator[Reply]:
        """Answer one command; the last reply is a result, an error, or a wish.

        Parameters
        ----------
        command : mapping
            ``do`` is one of

            - ``run``: go on with a run for ``slice`` seconds or until it has ``limit`` rounds. Each round is
              a reply ``{"round": text}``; then ``{"end": reason}``, "" while the run is not over.
            - ``call``: ``{"result": text}`` of the function ``name`` of `alcore.calls`, given ``args``.
            - ``describe``: ``{"result": text}``, the columns of an uploaded file that is called ``name``.
            - ``drop``: ``{"result": ""}``; nothing is kept any more of the uploaded file.

            ``key`` and ``spec`` name the run, ``n`` says how many rounds it has; ``rounds`` are these, or
            None when the worker should have them, and ``{"missing": true}`` says that it does not.
            ``upload`` is the path of the visitor's own file, "" for none.
        hurry : callable
            Says whether a slice should end after the round it is at.
        """
        verbs = {"run": self._run, "call": self._call, "describe": self._describe, "drop": self._drop}
        for _ in range(2):  # the memory may be full of what others asked for
            rounds = 0
            try:
                for reply in verbs[command["do"]](command, hurry):
                    rounds += "round" in reply
                    yield reply
                return
            except AlcoreError as error:
                yield {"error": type(error).__name__, "sentence": str(error)}
                return
            except MemoryError:
                pass  # dealt with below, where no traceback holds what was computed so far
            except Exception:
                yield {"error": "failed", "sentence": FAILED, "traceback": traceback.format_exc()}
                return
            self.clear()
            if rounds:
                yield {"end": ""}  # these count; the next slice begins with the memory as it is now
                return
        yield {"error": "UnavailableError", "sentence": NO_MEMORY}

    def clear(self) -> None:
        """Keep nothing for the next command; no result depends on it."""
        from alcore.datasets import real

        self._alive.clear()
        loop._load.cache_clear()
        uploads.forget()
        real._file.cache_clear()
        gc.collect()

    def _run(self, command: Mapping[str, Any], hurry: Callable[[], bool]) -> Iterator[Reply]:
        key, n = command["key"], command["n"]
        run = self._alive.pop(key, None)
        if run is None or len(run.log) != n:
            if command["rounds"] is None:
                yield {"missing": True}
                return
            spec = Spec.from_json(command["spec"])
            run = begin(spec, _log(command["rounds"]), data=_own_data(spec, command["upload"]))
        for after in _slice(run, command["slice"], command["limit"], hurry):
            run = after
            yield {"round": encode(run.log.rounds[-1])}
        self._alive[key] = run
        while len(self._alive) > ALIVE:
            self._alive.popitem(last=False)
        yield {"end": run.ended}

    def _call(self, command: Mapping[str, Any], hurry: Callable[[], bool]) -> Iterator[Reply]:
        from alcore.calls import CALLS

        if command["name"] not in CALLS:
            raise SpecError(f"There is no call named {command['name']!r}; there are: {', '.join(CALLS)}")
        run, n = self._alive.get(command["key"]), command["n"]
        if command["rounds"] is not None:
            log = _log(command["rounds"])
        elif run is not None and len(run.log) >= n:
            log = run.log[:n]
        else:
            yield {"missing": True}
            return
        spec = Spec.from_json(command["spec"])
        data = _own_data(spec, command["upload"])
        yield {"result": dumps(CALLS[command["name"]](spec, log, data, **command["args"]))}

    def _describe(self, command: Mapping[str, Any], hurry: Callable[[], bool]) -> Iterator[Reply]:
        yield {"result": dumps(uploads.describe(Path(command["upload"]), command["name"]))}

    def _drop(self, command: Mapping[str, Any], hurry: Callable[[], bool]) -> Iterator[Reply]:
        file = Path(command["upload"]).name
        for key, run in list(self._alive.items()):
            if uploads.names(run.spec, file):
                del self._alive[key]
        uploads.forget()
        yield {"result": ""}


def _slice(run: Run, seconds: float, limit: int | None, hurry: Callable[[], bool]) -> Iterator[Run]:
    """The run after each of its next rounds, at least one, until time, limit or run is over."""
    stop = time.perf_counter() + seconds
    while limit is None or len(run.log) < limit:
        after = step(run)
        if after is None:
            return
        run = after
        yield run
        if hurry() or time.perf_counter() >= stop:
            return


def _log(texts: Sequence[str]) -> Log:
    return Log(tuple(map(decode, texts)))


def _own_data(spec: Spec, upload: str) -> Data | None:
    if not upload:
        return None
    return (
        handed.read(Path(upload)) if upload.endswith(handed.SUFFIX) else uploads.data_of(spec, Path(upload))
    )


# ---------------------------------------------------------------------------------------------- the process


def main() -> None:
    """Serve this process's input and output."""
    engine = fingerprint()  # first, so that it names the files as they were loaded
    commands, replies = _own_streams()
    with suppress(AttributeError, OSError):
        os.nice(int(os.environ.get("ALCORE_WORKER_NICE", "10")))
    _warm_up()
    if sys.platform == "linux":
        _guard_children()
    crowded = _limit_memory(int(os.environ.get("ALCORE_WORKER_MB", "512")))
    try:
        _serve(commands, replies, engine, crowded)
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # whoever listened is gone


def _own_streams() -> tuple[TextIO, TextIO]:
    """Private copies of input and output; what a library prints goes to the log instead."""
    commands, replies = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return commands, replies


def _warm_up() -> None:
    """Pay for imports and first calls now, so that the first visitor need not."""
    import sklearn.cluster
    import sklearn.ensemble
    import sklearn.linear_model
    import sklearn.naive_bayes
    import sklearn.neighbors
    import sklearn.svm  # noqa: F401
    from threadpoolctl import threadpool_limits

    warnings.simplefilter("ignore")
    threadpool_limits(1)
    try:
        importlib.import_module("alcore.calls")
        lease(Spec(budget=20).to_json(), "[]")
    except Exception:  # it will fail again, with its reason, when a visitor asks for it
        traceback.print_exc()


def _guard_children() -> None:
    """Return in a child; the process itself stays here and replaces children that were killed."""
    gc.collect()
    gc.freeze()  # the collector would write into, and so copy, memory that is shared
    young = 0
    while young < QUICK_DEATHS:
        born = time.monotonic()
        child = os.fork()
        if child == 0:
            return
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == 0:
            os._exit(0)
        young = young + 1 if time.monotonic() - born < 0.1 else 0
    os._exit(1)


def _limit_memory(megabytes: int) -> Callable[[], bool]:
    """Let this process take so much more memory than it has now; a system that cannot limit it does not.

    Returns
    -------
    callable
        Whether it has taken most of that.
    """
    try:
        import resource

        def size() -> int:
            return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()

        granted = megabytes * 1024 * 1024
        most = size() + granted
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (ImportError, OSError, ValueError):
        return lambda: False
    return lambda: size() > most - (1 - CROWDED) * granted


def _serve(commands: TextIO, replies: TextIO, engine: str, crowded: Callable[[], bool]) -> None:
    inbox: queue.SimpleQueue[str] = queue.SimpleQueue()

    def send(reply: Reply) -> None:
        replies.write(dumps(reply) + "\n")
        replies.flush()

    def listen() -> None:
        for line in commands:
            inbox.put(line)
        os._exit(0)  # even within a long fit: nobody waits for it any more

    threading.Thread(target=listen, daemon=True).start()
    desk = Desk()
    replies.write("\n")  # ends a line that a killed predecessor may have left
    send({"ready": os.getpid(), "engine": engine})
    while True:
        try:
            command = json.loads(inbox.get())
        except ValueError:
            continue  # the rest of a line that a killed predecessor had begun to read
        if not isinstance(command, dict) or command.get("to", os.getpid()) != os.getpid():
            continue  # meant for a killed predecessor, and written off with it
        if command["do"] == "stop":
            continue  # meant for a slice that has ended by itself
        for reply in desk.answer(command, lambda: not inbox.empty()):
            send(reply)
        if crowded():
            desk.clear()


if __name__ == "__main__":
    main()
