"""Experiments for many visitors at once: one `Service` per server, safe for all its threads.

A page starts a run and looks at it now and then; the work is done in slices by a few warm worker processes.
What two visitors ask alike is computed once: a run is named by its spec. Nothing here imports scikit-learn or
pandas.

    service = Service(home)
    key = service.start(Spec(budget=200), visitor)
    while service.look(key).live: ...                 # whatever the page does meanwhile
    service.rounds(key), service.look(key).reason
"""

import atexit
import hashlib
import json
import logging
import math
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from alcore.catalog import PARTS
from alcore.comparison import Comparison
from alcore.edge.crew import Crew
from alcore.edge.fair_queue import Rank
from alcore.edge.shelf import keys_of, plainly_named, shelf_key
from alcore.edge.sized_cache import SizedCache
from alcore.edge.store import Store, StoredComparison, StoredRun, Wanted
from alcore.edge.uploads import DATASET, Uploads
from alcore.edge.wire import decode, fingerprint
from alcore.edge.worker_process import (
    COMMAND,
    InlineWorker,
    Worker,
    WorkerDied,
    WorkerProcess,
    converse,
    told,
)
from alcore.errors import AlcoreError, BusyError, ContractError, DataError, SpecError, UnavailableError
from alcore.loop import check
from alcore.spec import LIST_FIELDS, Spec
from alcore.types import Round

log = logging.getLogger(__name__)

HOUSEKEEPING = 60.0  # seconds between two sweeps of what is stored
EMPTY = 86_400.0  # seconds that a comparison is kept when none of its runs is left
TOUCH = 600.0  # seconds between two notes in the store that somebody looks

FAILED = "Something went wrong inside the engine; it was written to the server's log"
DIED = "The process that computed this ended, probably for lack of memory; take fewer rows"
TOO_LONG = "This took too long and was ended; try it with fewer rows"
BUSY = "The server has its hands full; try again in a minute"
GOING_DOWN = "The server is going down; try again in a minute"

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a public server grants; times are in seconds.

    Attributes
    ----------
    runs_per_visitor, runs : runs waiting or running, of one visitor and of all
    calls_per_visitor, calls : the same for calls
    rounds, labels : of one run
    run_seconds : computing time of one run
    round_seconds : of one round and the loading of its data; its worker serves nobody else meanwhile
    lease, sweep_lease : a run nobody looked at for so long is stopped; the same for one of a sweep
    slice, first_slice : one turn of a run, and its first one
    grace : how long a stopped run may go on with its round before its worker is killed
    memory_mb : of one worker, beyond its libraries
    cached_mb, cached_labels : answers to calls, and rounds, kept in memory
    stored_runs, stored_mb : kept on disk; the longest untouched go first
    stored_comparisons : likewise
    private_seconds : a private run nobody touched for so long is deleted
    """

    runs_per_visitor: int = 256
    runs: int = 1024
    calls_per_visitor: int = 8
    calls: int = 64
    rounds: int = 2000
    labels: int = 20_000
    run_seconds: float = 600.0
    round_seconds: float = 20.0
    lease: float = 60.0
    sweep_lease: float = 600.0
    slice: float = 0.5
    first_slice: float = 0.1
    grace: float = 0.3
    memory_mb: int = 512
    cached_mb: float = 32.0
    cached_labels: int = 200_000
    stored_runs: int = 10_000
    stored_mb: float = 200.0
    stored_comparisons: int = 1000
    private_seconds: float = 86_400.0

    @property
    def granted(self) -> str:
        """`run_seconds` in words."""
        return f"the {self.run_seconds / 60:g} minutes of computing that this server grants"


@dataclass(frozen=True, slots=True)
class Progress:
    """How a run stands.

    Attributes
    ----------
    key : its address
    state : waiting, running, stopping, stopped, done or failed
    n_rounds : rounds made so far
    reason : why it ended or stopped; "" while it goes on
    error : a sentence, when it failed
    position : place in the queue, 1 = next; 0 once it has been served
    limit : it pauses at this many rounds; None = at its end
    seconds : computing time so far
    stale : its rounds were made by another version of the engine; `Service.start` makes them anew
    """

    key: str
    state: str
    n_rounds: int
    reason: str = ""
    error: str = ""
    position: int = 0
    limit: int | None = None
    seconds: float = 0.0
    stale: bool = False

    @property
    def live(self) -> bool:
        """Whether more rounds are to be expected."""
        return self.state in ("waiting", "running", "stopping")


@dataclass(eq=False, slots=True)
class _Run:
    """A run that waits or runs: `n` rounds are in the store, those made since are in `texts`."""

    key: str
    spec: Spec
    who: str  # whose turns it takes
    owner: str  # whose private run it is, "" = public
    engine: str
    n: int
    limit: int | None
    order: int
    seconds: float
    seen: float
    wanted: dict[str, float] = field(default_factory=dict)  # who asked for it, and when they last looked
    texts: list[str] = field(default_factory=list)
    state: str = "waiting"
    served: bool = False
    why_stop: str = ""
    kill_at: float = math.inf
    worker: Worker | None = None  # the one that had it last
    deaths: int = 0
    sweep: bool = False  # one of many

    @property
    def line(self) -> str:
        """Where it waits: a visitor's sweep has turns of its own, so it holds up nothing else of theirs."""
        return f"{self.who} sweep" if self.sweep else self.who

    @property
    def made(self) -> int:
        return self.n + len(self.texts)

    def look(self, who: str) -> None:
        """Somebody looks; "" is anybody, who wants nothing but keeps it going."""
        now = time.monotonic()
        if who in self.wanted:
            self.wanted[who] = now
        if not who or who in self.wanted or not self.wanted:
            self.seen = now

    def wanted_without(self, who: str, lease: float) -> bool:
        """Take a visitor off the list; whether it still is wanted by one who looked of late."""
        self.wanted.pop(who, None)
        oldest = time.monotonic() - lease
        self.wanted = {other: seen for other, seen in self.wanted.items() if seen >= oldest}
        return bool(self.wanted)

    def stop(self, reason: str, grace: float) -> None:
        self.why_stop, self.state = reason, "stopping"
        self.kill_at = time.monotonic() + grace

    def go_on(self, who: str, rounds: int | None) -> None:
        """Somebody asks for it while it is live."""
        self.seen = self.wanted[who] = time.monotonic()
        if self.why_stop:
            self.why_stop, self.kill_at, self.limit, self.state = "", math.inf, rounds, "running"
        elif self.limit is not None:
            self.limit = None if rounds is None else max(self.limit, rounds)


@dataclass(eq=False, slots=True)
class _Call:
    """A question to a worker, later its answer. All who ask the same thing wait for the same call."""

    command: Reply
    who: str
    deadline: float
    done: threading.Event = field(default_factory=threading.Event)
    result: str = ""
    error: AlcoreError | None = None

    def finish(self, result: str = "", error: AlcoreError | None = None) -> None:
        if not self.done.is_set():
            self.result, self.error = result, error
            self.done.set()


class _Overdue(Exception):
    """A worker has to be killed: its time is up. The text is for the visitor; "" when they wanted it so."""


class Service:
    """Runs experiments.

    Parameters
    ----------
    home : Path
        Folder of the store and of the uploads; made when missing.
    workers : int, optional
        How many processes; by default one less than there are cores, at least one.
    limits : Limits, optional
    inline : bool
        Work in threads of this process instead: same results, but nothing can be killed. For tests.
    command : sequence of str
        What starts a worker process; it must see the process ids that this server sees.

    Raises
    ------
    UnavailableError
        When the store cannot be used.
    """

    def __init__(
        self,
        home: Path | str,
        workers: int | None = None,
        *,
        limits: Limits | None = None,
        inline: bool = False,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self.home, self.limits, self.engine = Path(home), limits or Limits(), fingerprint()
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.store = Store(self.home / "runs.sqlite")
        self.uploads = Uploads(self.home / "uploads", gone=self._upload_gone)
        self._gate = threading.RLock()  # what is live, in memory and in the store alike; taken before _lock
        self._lock = threading.Lock()  # what is in memory; held for moments only
        self._closing = threading.Event()
        self._live: dict[str, _Run] = {}
        self._calls: dict[str, _Call] = {}
        self._answers: SizedCache[str] = SizedCache(self.limits.cached_mb * 1e6)
        self._rounds: SizedCache[list[Round]] = SizedCache(self.limits.cached_labels)
        self._started = 0
        self._sole = _sole_user(self.home / "lock")
        count = max(1, (os.cpu_count() or 2) - 1) if workers is None else workers
        self._crew: Crew[_Run | _Call] = Crew(
            [
                InlineWorker() if inline else WorkerProcess(command, self.limits.memory_mb)
                for _ in range(count)
            ],
            self._serve,
            lambda worker, job: isinstance(job, _Run) and job.worker in (None, worker),
        )
        self._house = threading.Thread(target=self._keep_house, name="alcore-house", daemon=True)
        if self._sole is not None:
            self._recover()
        self._house.start()
        atexit.register(self.close)

    # ------------------------------------------------------------------------------------- what pages ask

    def start(self, spec: Spec, owner: str = "", rounds: int | None = None, *, sweep: bool = False) -> str:
        """Have a run made: a new one begins, a stopped one goes on, a live or finished one stays as it is.

        Parameters
        ----------
        spec : Spec
        owner : str
            The visitor's secret. Runs on uploaded rows are theirs alone; all others are everybody's.
        rounds : int, optional
            Have at least this many rounds, then pause: for stepping. None: to the end.
        sweep : bool
            It is one of many that the visitor wants: it waits behind what they look at otherwise.

        Returns
        -------
        str
            The run's key; specs that mean the same have the same one.

        Raises
        ------
        SpecError, DataError
            When the experiment is not well described.
        BusyError
            When too much is waiting already.
        UnavailableError
            When it has had all the computing this server grants.
        """
        spec = _normal(spec)
        if rounds is not None and rounds < 1:
            raise SpecError(f"A run has at least one round; {rounds} were asked for")
        key, who = key_of(spec, owner), _tag(owner)
        if private(spec):
            self._upload(spec, who)
        with self._gate:
            if self._closing.is_set():
                raise UnavailableError(GOING_DOWN)
            with self._lock:
                if (run := self._live.get(key)) is not None:
                    run.go_on(who, rounds)
            if run is not None:
                if run.sweep and not sweep and self._crew.remove(run.line, run):  # now somebody looks at it
                    run.sweep = False
                    self._crew.add(run.line, run, Rank.STARTED if run.served else Rank.FRESH)
                return key
            stored = self.store.progress(key)
            if stored is not None and self._is_enough(stored, spec, rounds):
                return key
            with self._lock:
                mine = sum(run.who == who and who in run.wanted for run in self._live.values())
                if mine >= self.limits.runs_per_visitor:
                    raise BusyError(
                        f"You have {mine} experiments waiting already; let some end, or stop them"
                    )
                if len(self._live) >= self.limits.runs:
                    raise BusyError(BUSY)
            owned = who if private(spec) else ""
            self._line_up(self.store.add(key, spec, self.engine, owner=owned, limit=rounds), spec, who, sweep)
        return key

    def look(self, key: str, owner: str = "") -> Progress | None:
        """How a run stands, or None when there is none.

        To look is to ask that it goes on, but for a visitor who has stopped it and watches what others do.
        """
        with self._lock:
            if (run := self._live.get(key)) is not None:
                run.look(_tag(owner))
                before = sum(not r.served and r.order < run.order for r in self._live.values())
                return Progress(
                    key=key,
                    state=run.state,
                    n_rounds=run.made,
                    position=0 if run.served else before + 1,
                    limit=run.limit,
                    seconds=run.seconds,
                )
        stored = self.store.progress(key)
        if stored is None:
            return None
        if time.time() - stored.touched > TOUCH:
            self.store.touch(key)
        return Progress(
            key=key,
            state=stored.state,
            n_rounds=stored.n_rounds,
            reason=stored.reason,
            error=stored.error,
            limit=stored.limit_rounds,
            seconds=stored.seconds,
            stale=stored.engine != self.engine,
        )

    def find(self, spec: Spec, owner: str = "") -> Progress | None:
        """How the run of a spec stands, without asking for it; None when there is none.

        Raises
        ------
        SpecError
            When the experiment is not well described.
        """
        return self.look(key_of(_normal(spec), owner), owner)

    def rounds(self, key: str, since: int = 0) -> list[Round]:
        """The rounds of a run made so far, from `since` on."""
        engine, stored, last = self._whereabouts(key)
        name, made = f"{key} {engine}", stored + len(last)
        with self._lock:
            known = self._rounds.get(name) or []
        if len(known) < made:
            new = self.store.texts(key, len(known), stored) + last[max(0, len(known) - stored) :]
            known = known + [decode(text) for text in new]
            with self._lock:
                self._rounds.put(name, known, sum(len(r.asked) + 4 for r in known))
        return known[since:made]

    def stop(self, key: str, owner: str = "") -> None:
        """Say that a visitor no longer wants a run.

        It stops, at once or within `Limits.grace`, unless somebody else asked for it as well and has looked
        at it within its lease; `start` lets it go on.
        """
        with self._gate:
            with self._lock:
                run = self._live.get(key)
                if run is None or run.wanted_without(_tag(owner), self._lease(run)):
                    return
            self._end(key, "stopped")

    def call(
        self, name: str, spec: Spec, owner: str = "", rounds: int = 0, timeout: float = 20.0, **args: Any
    ) -> dict[str, Any]:
        """Ask one of `alcore.calls.CALLS` about a run as it was after so many rounds.

        Parameters
        ----------
        name : str
        spec : Spec
        owner : str
            The visitor's secret.
        rounds : int
            The run must have that many.
        timeout : float
            Seconds to wait, the queue included.
        **args
            Plain values, handed on.

        Raises
        ------
        AlcoreError
            What the call itself raises; DataError when the run has fewer rounds; BusyError when the call did
            not come to its turn in time; UnavailableError when it took too long.
        """
        spec = _normal(spec)
        key, who = key_of(spec, owner), _tag(owner)
        self._need(key, rounds)
        command = {
            "do": "call",
            "key": key,
            "spec": spec.to_json(),
            "n": rounds,
            "upload": self._upload(spec, who) if private(spec) else "",
            "name": name,
            "args": args,
        }
        answer: dict[str, Any] = json.loads(self._ask(command, who, timeout))
        return answer

    def upload(self, owner: str, name: str, data: bytes) -> dict[str, Any]:
        """Take a visitor's table.

        Parameters
        ----------
        owner : str
            The visitor's secret.
        name : str
            What they call it, for messages.
        data : bytes

        Returns
        -------
        dict
            ``file``, its name for the dataset ``upload``, and what `alcore.edge.uploads.describe` tells.

        Raises
        ------
        DataError
            When it is too large or not a table.
        UnavailableError
            When there is no room or no time for it.
        """
        who = _tag(owner)
        file = self.uploads.keep(who, data)
        try:
            return self.describe(owner, file, name)
        except DataError:
            self.uploads.remove(who, file)
            raise

    def describe(self, owner: str, file: str, name: str = "The upload") -> dict[str, Any]:
        """What `upload` told of a table, told again while it is kept; `name` is for messages.

        Raises
        ------
        DataError
            When this visitor has no such table, or has it no more.
        UnavailableError
            When there is no time for it.
        """
        who = _tag(owner)
        path = str(self.uploads.path(who, file))
        command = {"do": "describe", "key": file, "n": 0, "upload": path, "name": name[:100]}
        return {"file": file, **json.loads(self._ask(command, who, timeout=20.0))}

    def runs(self, owner: str = "") -> list[StoredRun]:
        """The public runs and the visitor's own private ones, last touched first."""
        return self.store.runs(_tag(owner))

    def listed(self, owner: str = "", wanted: Wanted | None = None) -> tuple[list[StoredRun], int]:
        """A page of the runs a visitor can see, and how many there are; their own live ones go on."""
        who = _tag(owner)
        if who:
            with self._lock:
                for run in self._live.values():
                    if who in run.wanted:
                        run.look(who)
        return self.store.listed(who, wanted or Wanted())

    def seen(self, keys: Sequence[str], owner: str = "") -> list[StoredRun]:
        """How some runs stand, without asking for them; those a visitor cannot see are left out."""
        found = (self.store.progress(key) for key in keys)
        return [run for run in found if run is not None and run.owner in ("", _tag(owner))]

    def comparison(self, key: str, owner: str = "") -> StoredComparison | None:
        """How a comparison stands; None when there is none that this visitor can see."""
        kept = self.store.comparison(key, self.engine)
        return kept if kept is not None and kept.owner in ("", _tag(owner)) else None

    def datasets(self, owner: str = "") -> list[str]:
        """The datasets of the runs a visitor can see."""
        return self.store.datasets(_tag(owner))

    def comparisons(
        self, owner: str = "", *, whose: str = "all", limit: int = 25, offset: int = 0
    ) -> tuple[list[StoredComparison], int]:
        """A page of the comparisons a visitor can see, and how many there are."""
        return self.store.comparisons(_tag(owner), self.engine, whose=whose, limit=limit, offset=offset)

    def remember(self, comparison: Comparison, owner: str = "") -> str:
        """Keep a comparison, so that its runs are one line in the list; its key.

        One on uploaded rows is its owner's alone. Any other is everybody's, and is kept under plain names.

        Raises
        ------
        SpecError, DataError
            When an experiment is not well described, or nobody is named for uploaded rows.
        """
        who = _tag(owner) if any(map(private, comparison.places.values())) else ""
        kept = comparison if who else plainly_named(comparison)
        key = shelf_key(kept, who)
        self.store.remember(
            key, kept.to_json(), who, keys_of(kept, lambda spec: key_of(_normal(spec), owner))
        )
        return key

    def stop_comparison(self, key: str, owner: str = "") -> None:
        """Say that a visitor no longer wants the runs of a comparison."""
        for run in self.store.members(key, ("waiting", "running")):
            self.stop(run, owner)

    def delete_comparison(self, key: str, owner: str) -> None:
        """Delete a visitor's own private comparison with its runs.

        Raises
        ------
        DataError
            When there is no such comparison of theirs.
        """
        found = self.store.comparison(key, self.engine)
        if found is None or not owner or found.owner != _tag(owner):
            raise DataError("You have no private comparison of that name; public ones are kept for everybody")
        self._delete_comparison(found)

    def delete(self, key: str, owner: str) -> None:
        """Delete a visitor's own private run.

        Raises
        ------
        DataError
            When there is no such run of theirs; public ones go by themselves when room is needed.
        """
        stored = self.store.progress(key)
        if stored is None or not owner or stored.owner != _tag(owner):
            raise DataError("You have no private run of that name; public runs are kept for everybody")
        self._delete([key])

    def forget(self, owner: str, file: str = "") -> None:
        """Delete a visitor's uploads and private runs: all of them, or one file and the runs on it.

        What was computed from them is dropped as well, here and in the workers' memory.
        """
        if not (who := _tag(owner)):
            return
        if file:
            self.uploads.remove(who, file)
        else:
            self.uploads.forget(who)
        mine = self.store.private(who)
        self._delete([run.key for run in mine if file in run.spec])
        for kept in self.store.private_comparisons():
            if kept.owner == who and file in kept.body:
                self.store.drop(kept.key)
        if not file:
            self.store.forget(who)

    @property
    def pids(self) -> list[int]:
        """The processes that work now."""
        return [worker.pid for worker in self._crew.workers if worker.pid is not None]

    def close(self) -> None:
        """End the workers. What they were at is taken up again by the next service on the same folder."""
        with self._gate:
            if self._closing.is_set():
                return
            self._closing.set()
        atexit.unregister(self.close)
        with self._lock:
            calls = list(self._calls.values())
        for call in calls:
            call.finish(error=UnavailableError(GOING_DOWN))
        self._crew.close()
        self._house.join(timeout=5.0)
        self.store.close()
        if self._sole is not None:
            self._sole.close()

    # -------------------------------------------------------------------------------------- what is live

    def _granted(self, spec: Spec) -> int:
        """How many rounds a run may have, by rounds and by labels; many end before, with their pool."""
        by_labels = 1 + max(0, self.limits.labels - spec.first) // spec.batch
        return min(self.limits.rounds, by_labels)

    def _is_enough(self, stored: StoredRun, spec: Spec, rounds: int | None) -> bool:
        """Whether what is stored is what is asked for."""
        if stored.spec != spec.to_json():
            raise UnavailableError("Another experiment has the same short name here; take another seed")
        if stored.engine != self.engine:
            return False
        enough = self._granted(spec) if rounds is None else min(rounds, self._granted(spec))
        if stored.state == "done" or stored.n_rounds >= enough:
            return True
        if stored.seconds >= self.limits.run_seconds:
            raise UnavailableError(
                f"This experiment has had {self.limits.granted}; run the rest in a notebook"
            )
        return False

    def _line_up(self, stored: StoredRun, spec: Spec, who: str, sweep: bool = False) -> None:
        with self._lock:
            self._started += 1
            run = self._live[stored.key] = _Run(
                key=stored.key,
                spec=spec,
                who=who,
                owner=stored.owner,
                engine=stored.engine,
                n=stored.n_rounds,
                limit=stored.limit_rounds,
                order=self._started,
                seconds=stored.seconds,
                seen=time.monotonic(),
                wanted={who: time.monotonic()},
                sweep=sweep,
            )
        self._crew.add(run.line, run, Rank.FRESH)

    def _recover(self) -> None:
        """Take up the runs that a server before this one left."""
        for stored in self.store.recover():
            if stored.engine != self.engine:
                self.store.set_state(stored.key, "stopped", reason="the engine was updated")
            elif len(self._live) >= self.limits.runs:
                self.store.set_state(stored.key, "stopped", reason="the server was restarted")
            else:
                self._line_up(stored, Spec.from_json(stored.spec), stored.owner)
                self._live[stored.key].wanted.clear()  # until somebody asks for it again

    def _lease(self, run: _Run) -> float:
        """How long somebody who does not look still wants it."""
        return self.limits.sweep_lease if run.sweep else self.limits.lease

    def _end(self, key: str, reason: str) -> None:
        """Stop a run, whoever wants it."""
        with self._gate:
            with self._lock:
                run = self._live.get(key)
                if run is None:
                    return
                run.stop(reason, self.limits.grace)
            if self._crew.remove(run.line, run):
                self._write(run, 0.0, "stopped", reason)
            else:
                self.store.set_state(key, "stopping")

    def _delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._end(key, "stopped")
        deadline = time.monotonic() + self.limits.grace + 1.0
        while any(key in self._live for key in keys) and time.monotonic() < deadline:
            time.sleep(0.01)
        for key in keys:
            self.store.delete(key)
        with self._lock:
            for key in keys:
                self._rounds.drop(key)

    def _delete_comparison(self, kept: StoredComparison) -> None:
        mine = {run.key for run in self.store.private(kept.owner)}
        self._delete([key for key in self.store.members(kept.key) if key in mine])
        self.store.drop(kept.key)

    def _upload_gone(self, path: Path) -> None:
        """Forget what was computed from an uploaded file that is deleted."""
        with self._lock:
            self._answers.drop(str(path))
        command = {"do": "drop", "key": "", "n": 0, "upload": str(path)}
        self._crew.everyone([_Call(command, "", math.inf) for _ in self._crew.workers])

    def _upload(self, spec: Spec, who: str) -> str:
        """The path of the file a private spec names."""
        return str(self.uploads.path(who, str(dict(spec.dataset.params).get("file", ""))))

    def _whereabouts(self, key: str) -> tuple[str, int, list[str]]:
        """A run's engine, how many of its rounds are in the store, and those that are not there yet."""
        with self._lock:
            if (run := self._live.get(key)) is not None:
                return run.engine, run.n, run.texts[:]
        stored = self.store.progress(key)
        return (stored.engine, stored.n_rounds, []) if stored is not None else ("", 0, [])

    def _need(self, key: str, n: int) -> tuple[int, list[str]]:
        """`_whereabouts` of a run that must have `n` rounds of this engine."""
        engine, stored, last = self._whereabouts(key)
        if stored + len(last) < n:
            raise DataError(f"This run has {stored + len(last)} rounds so far, not {n}")
        if n and engine != self.engine:
            raise DataError(
                "These rounds were made by another version of the engine; run the experiment again"
            )
        return stored, last

    def _first(self, key: str, n: int) -> list[str]:
        """The first `n` rounds of a run."""
        if not n:
            return []
        stored, last = self._need(key, n)
        return self.store.texts(key, 0, min(n, stored)) + last[: max(0, n - stored)]

    def _keep_house(self) -> None:
        """Stop runs nobody looks at; now and then delete what is old."""
        with suppress(AlcoreError):
            check(Spec())  # loads the registries before the first visitor needs them
        swept = -math.inf
        while not self._closing.wait(min(1.0, self.limits.lease / 4)):
            try:
                now = time.monotonic()
                with self._lock:
                    live = list(self._live.values())
                for run in live:
                    lease = self._lease(run)
                    if now - run.seen > lease and not run.why_stop:
                        self._end(run.key, "nobody was looking")
                if now - swept > HOUSEKEEPING:
                    swept = now
                    self.uploads.sweep()
                    for kept in self.store.private_comparisons():
                        if not all(self.uploads.has(kept.owner, file) for file in _files(kept)):
                            self._delete_comparison(kept)
                    expired = self.store.expire(self.limits.private_seconds)
                    with self._lock:
                        for key in expired:
                            self._rounds.drop(key)
                    self.store.prune(
                        self.limits.stored_runs, self.limits.stored_mb, [run.key for run in live]
                    )
                    self.store.prune_comparisons(self.limits.stored_comparisons, EMPTY)
            except Exception:
                log.exception("Housekeeping failed")

    # ------------------------------------------------------------------------------------ what workers do

    def _serve(self, worker: Worker, job: "_Run | _Call") -> None:
        """One turn, in the worker's own thread."""
        try:
            if isinstance(job, _Call):
                self._answer(worker, job)
            else:
                self._go_on(worker, job)
        except Exception:
            log.exception("A turn failed")
            worker.kill()  # nobody knows what it is at
            if isinstance(job, _Call):
                job.finish(error=UnavailableError(FAILED))
                return
            with self._gate:
                with self._lock:
                    self._live.pop(job.key, None)
                with suppress(Exception):  # the store itself may be what failed
                    self.store.set_state(job.key, "failed", error=FAILED)

    def _go_on(self, worker: Worker, run: _Run) -> None:
        """A slice of a run."""
        began = heard_at = time.monotonic()

        def heard(text: str) -> None:
            nonlocal heard_at
            heard_at = time.monotonic()
            with self._lock:
                run.texts.append(text)

        def hurry() -> bool:
            now = time.monotonic()
            if now > run.kill_at:
                raise _Overdue
            if now - heard_at > self.limits.round_seconds:
                raise _Overdue(
                    f"One round took more than {self.limits.round_seconds:g} seconds;"
                    " take fewer rows, a faster learner or a smaller committee"
                )
            if run.why_stop or self._closing.is_set():
                return True
            return now - began > self.limits.first_slice and self._crew.presses(run.line, now - began)

        reply: Reply = {}
        try:
            self._agree(worker, run)
            command = self._slice_of(run, worker)
            reply = converse(worker, command, lambda: self._first(run.key, run.n), heard=heard, hurry=hurry)
            run.deaths = 0
        except AlcoreError as error:
            reply = {"error": type(error).__name__, "sentence": str(error)}
        except _Overdue as overdue:
            worker.kill()
            reply = {"error": "overdue", "sentence": str(overdue)} if overdue.args else {}
        except WorkerDied:
            run.deaths = 1 if run.texts else run.deaths + 1
            reply = {"error": "died", "sentence": DIED} if run.deaths > 1 else {}
        _log_traceback(run.key, reply)
        seconds = time.monotonic() - began
        with self._gate:
            self._write(run, seconds, *self._verdict(run, reply, seconds))

    def _slice_of(self, run: _Run, worker: Worker) -> Reply:
        upload = self._upload(run.spec, run.owner) if run.owner else ""
        with self._lock:
            seconds = self.limits.slice if run.served else self.limits.first_slice
            run.served, run.worker = True, worker
            if not run.why_stop:
                run.state = "running"
            return {
                "do": "run",
                "key": run.key,
                "spec": run.spec.to_json(),
                "n": run.n,
                "upload": upload,
                "slice": seconds,
                "limit": min(self._granted(run.spec), run.limit or self.limits.rounds),
            }

    def _verdict(self, run: _Run, reply: Reply, seconds: float) -> tuple[str, str, str]:
        """State, reason and error of a run after a slice."""
        if "error" in reply and not self._closing.is_set():
            return "failed", "", reply["sentence"]
        if reply.get("end"):
            return "done", reply["end"], ""
        if run.why_stop:
            return "stopped", run.why_stop, ""
        if run.made >= (granted := self._granted(run.spec)):
            by_rounds = granted == self.limits.rounds
            most = f"{self.limits.rounds:,} rounds" if by_rounds else f"{self.limits.labels:,} labels"
            return "stopped", f"this server grants a run {most}", ""
        if run.limit is not None and run.made >= run.limit:
            return "stopped", "paused", ""
        if run.seconds + seconds >= self.limits.run_seconds:
            return "stopped", f"it has had {self.limits.granted}", ""
        return "running", "", ""

    def _write(self, run: _Run, seconds: float, state: str, reason: str = "", error: str = "") -> None:
        """Store what a slice made, and let the run go or line it up again; with the gate held."""
        try:
            self.store.append(
                run.key,
                run.engine,
                run.n,
                run.texts,
                seconds=seconds,
                state=state,
                reason=reason,
                error=error,
            )
        except ContractError as conflict:
            log.warning("%s", conflict)  # it was deleted, or another server has it
            if self._sole is not None:
                self.store.set_state(run.key, "failed", error=FAILED)
            state = "failed"
        with self._lock:
            run.n, run.texts = run.made, []
            run.seconds += seconds
            if state != "running":
                run.state = state
                del self._live[run.key]
        if state == "running" and not self._closing.is_set():
            if run.who not in run.wanted:  # its turns are those of somebody who wants it
                run.who = next(iter(run.wanted), run.who)
            self._crew.add(run.line, run, Rank.STARTED)

    def _agree(self, worker: Worker, run: _Run | None = None) -> None:
        """Have the worker ready, with the engine this service works with, and the run's rounds made by it."""
        worker.ready()
        if worker.engine != self.engine:
            log.warning("The source files of the engine have changed; runs are made anew")
            worker.restart()
            worker.ready()
            self.engine = worker.engine
        if run is not None and run.engine != worker.engine:
            with self._gate:
                stored = self.store.add(run.key, run.spec, worker.engine, owner=run.owner, limit=run.limit)
                with self._lock:
                    run.engine, run.n, run.seconds = stored.engine, stored.n_rounds, stored.seconds

    def _answer(self, worker: Worker, call: _Call, again: bool = True) -> None:
        """A call, answered or failed; made once more when its worker died, which need not be its fault."""

        def hurry() -> bool:
            if time.monotonic() > call.deadline:
                raise _Overdue
            return False

        command = call.command
        try:
            self._agree(worker)
            reply = converse(worker, command, lambda: self._first(command["key"], command["n"]), hurry=hurry)
            _log_traceback(command["key"], reply)
            if "error" in reply:
                raise told(reply)
            call.finish(result=reply["result"])
        except AlcoreError as error:
            call.finish(error=error)
        except _Overdue:
            worker.kill()
            call.finish(error=UnavailableError(TOO_LONG))
        except WorkerDied:
            if again and not self._closing.is_set():
                self._answer(worker, call, again=False)
            else:
                call.finish(error=UnavailableError(DIED))

    def _ask(self, command: Reply, who: str, timeout: float) -> str:
        """The result of a call: a kept one, that of a call under way, or of a new one."""
        upload = command["upload"]  # first in the name, so that answers go when the file goes
        identity = f"{upload} {command['key']} {self.engine} {json.dumps(command, sort_keys=True)}"
        with self._lock:
            if (kept := self._answers.get(identity)) is not None:
                return kept
            if self._closing.is_set():
                raise UnavailableError(GOING_DOWN)
            call = self._calls.get(identity)
            new = call is None
            if call is None:
                mine = sum(other.who == who for other in self._calls.values())
                if mine >= self.limits.calls_per_visitor or len(self._calls) >= self.limits.calls:
                    raise BusyError(BUSY)
                call = self._calls[identity] = _Call(command, who, time.monotonic() + timeout)
        if new:
            self._crew.add(who, call, Rank.CALL)
        if not call.done.wait(timeout):
            if self._crew.remove(call.who, call):
                call.finish(error=BusyError(BUSY))
            call.done.wait(1.0)  # its worker is being killed
            call.finish(error=UnavailableError(TOO_LONG))
        with self._lock:
            if self._calls.get(identity) is call:
                del self._calls[identity]
            if call.error is None and (not upload or Path(upload).exists()):  # it may be gone meanwhile
                self._answers.put(identity, call.result, len(call.result))
        if call.error is not None:
            raise type(call.error)(*call.error.args)
        return call.result


def _normal(spec: Spec) -> Spec:
    """The same experiment with what equals a default left out, so that all who mean it share a run.

    Raises
    ------
    SpecError
        When it is not well described.
    """
    check(spec)
    changed: dict[str, Any] = {}
    for part, registry in PARTS.items():
        chosen = tuple(registry.normal(choice) for choice in spec.choices(part))
        changed[part] = chosen if part in LIST_FIELDS else chosen[0]
    return replace(spec, **changed)


def private(spec: Spec) -> bool:
    """Whether a run is its owner's alone: it is about rows they uploaded."""
    return spec.dataset.name == DATASET


def _files(kept: StoredComparison) -> set[str]:
    """The uploaded files that a comparison is about."""
    places = Comparison.from_json(kept.body).places.values()
    return {str(dict(place.dataset.params).get("file", "")) for place in places if private(place)}


def key_of(spec: Spec, owner: str = "") -> str:
    """The address of a run: its spec's id, and for a private one something only its owner can work out.

    Raises
    ------
    DataError
        When it is private and nobody is named.
    """
    if not private(spec):
        return spec.id
    if not owner:
        raise DataError("A run on uploaded rows belongs to a visitor, and nobody is named")
    return f"{spec.id}-{hashlib.sha256(f'{spec.id} of {owner}'.encode()).hexdigest()[:24]}"


def _tag(owner: str) -> str:
    """What stands for a visitor in memory and on disk; the secret itself is kept nowhere."""
    return hashlib.sha256(f"visitor {owner}".encode()).hexdigest()[:24] if owner else ""


def _log_traceback(key: str, reply: Reply) -> None:
    if "traceback" in reply:
        log.error("Run %s failed in its worker:\n%s", key, reply["traceback"])


def _sole_user(path: Path) -> IO[str] | None:
    """A hold on the folder, until it is closed; None when another service has it."""
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass  # no such locks on this system
    except OSError:
        file.close()
        return None
    return file
