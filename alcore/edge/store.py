"""Runs on disk: one SQLite file, append-only rounds.

Safe for many threads and processes: every call is one short transaction on a connection of its own.
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from alcore.edge.wire import decode
from alcore.errors import ContractError, UnavailableError
from alcore.spec import Spec
from alcore.types import Round

VERSION = 2  # of the schema; a file with a higher one was written by a newer release
STATES = ("waiting", "running", "stopping", "stopped", "done", "failed")
IDLE_CONNECTIONS = 4

_SCHEMA = f"""
CREATE TABLE run (
    key TEXT PRIMARY KEY,
    spec TEXT NOT NULL,
    owner TEXT NOT NULL,
    engine TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN {STATES}),
    reason TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    limit_rounds INTEGER,
    n_rounds INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    created REAL NOT NULL,
    touched REAL NOT NULL
);
CREATE TABLE round (
    run TEXT NOT NULL REFERENCES run (key) ON DELETE CASCADE,
    idx INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run, idx)
) WITHOUT ROWID;
"""
# What the list of runs shows and is sorted by, without a look at the rounds; and comparisons, of many runs.
_SCHEMA_2 = """
ALTER TABLE run ADD COLUMN dataset TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN labels INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN last TEXT NOT NULL DEFAULT '';
UPDATE run SET dataset = coalesce(json_extract(spec, '$.dataset.name'), ''),
    labels = coalesce((SELECT sum(json_array_length(body, '$.asked')) FROM round WHERE run = key), 0),
    last = coalesce((SELECT json_extract(body, '$.metrics') FROM round WHERE run = key
        ORDER BY idx DESC LIMIT 1), '');
DROP INDEX IF EXISTS run_by_owner;
CREATE INDEX run_listed ON run (owner, touched, state, dataset, key);
CREATE TABLE comparison (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    owner TEXT NOT NULL,
    size INTEGER NOT NULL,
    created REAL NOT NULL,
    touched REAL NOT NULL
);
CREATE INDEX comparison_listed ON comparison (owner, touched);
CREATE TABLE member (
    comparison TEXT NOT NULL REFERENCES comparison (key) ON DELETE CASCADE,
    run TEXT NOT NULL,
    PRIMARY KEY (comparison, run)
) WITHOUT ROWID;
CREATE INDEX member_by_run ON member (run);
"""
_MIGRATIONS = (_SCHEMA, _SCHEMA_2)
_COLUMNS = (
    "key, spec, owner, engine, state, reason, error, limit_rounds, n_rounds, bytes, seconds, created,"
    " touched, labels, last"
)
_ORDERS = {
    "recent": "touched DESC",
    "oldest": "created",
    "dataset": "dataset, touched DESC",
    "labels": "labels DESC",
    "score": "json_extract(nullif(last, ''), '$.' || :metric) DESC",
    "seconds": "seconds DESC",
}
ORDERS = tuple(_ORDERS)  # in which runs can be listed


@dataclass(frozen=True, slots=True)
class StoredRun:
    """What the store knows of a run besides its rounds.

    Attributes
    ----------
    key : its address
    spec : the experiment, as JSON
    owner : whose private run it is; "" = public
    engine : fingerprint of the engine that made its rounds
    state : waiting, running, stopping, stopped, done or failed
    reason : why it ended or stopped; "" while it goes on
    error : a sentence, when it failed
    limit_rounds : it is to stop at this many rounds; None = at its end
    n_rounds, bytes : how many rounds are stored, and their size
    seconds : computing time spent on it
    created, touched : Unix times
    labels : how many were bought
    last : metrics of the last round, as JSON; "" before the first
    """

    key: str
    spec: str
    owner: str
    engine: str
    state: str
    reason: str
    error: str
    limit_rounds: int | None
    n_rounds: int
    bytes: int
    seconds: float
    created: float
    touched: float
    labels: int = 0
    last: str = ""

    @property
    def scores(self) -> dict[str, float]:
        """Metrics of the last round; what was not measured is left out."""
        found = json.loads(self.last) if self.last else {}
        return {name: float(value) for name, value in found.items() if value is not None}

    @property
    def private(self) -> bool:
        """Whether only its owner may see it."""
        return bool(self.owner)


@dataclass(frozen=True, slots=True)
class StoredComparison:
    """What the store knows of a comparison and of its runs together.

    Attributes
    ----------
    key, body : its address, and the comparison as JSON
    owner : whose private comparison it is; "" = public
    size : how many runs it has when all are made
    created, touched : Unix times
    states : how many of its runs are in which state
    stale : how many were made by another engine than the one asked about
    labels, seconds : of all its runs
    """

    key: str
    body: str
    owner: str
    size: int
    created: float
    touched: float
    states: Mapping[str, int] = field(default_factory=dict)
    stale: int = 0
    labels: int = 0
    seconds: float = 0.0

    @property
    def private(self) -> bool:
        """Whether only its owner may see it."""
        return bool(self.owner)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs to list, and how; all of it optional.

    Attributes
    ----------
    states, dataset : only these
    whose : "all", "mine" (private ones) or "public"
    comparison : only the runs of this one; "" = those of none, None = all
    order : one of `ORDERS`; "score" needs the `metric`
    limit, offset : of the page
    """

    states: tuple[str, ...] = ()
    dataset: str = ""
    whose: str = "all"
    comparison: str | None = None
    order: str = "recent"
    metric: str = "accuracy"
    limit: int = 25
    offset: int = 0


class Store:
    """All runs of one file.

    Parameters
    ----------
    path : Path
        Made when missing, readable by this user alone.

    Raises
    ------
    UnavailableError
        When the file is not a store, or was written by a newer release.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(
            os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        )  # sqlite gives its side files the same mode
        try:
            with self._write() as db:
                self._migrate(db)
        except sqlite3.DatabaseError as error:
            raise UnavailableError(
                f"{self.path} cannot be used as the store of runs ({error}); move it away and start again"
            ) from error

    def add(
        self, key: str, spec: Spec, engine: str, *, owner: str = "", limit: int | None = None
    ) -> StoredRun:
        """Set a run to waiting, new or known; rounds made by another engine are dropped first.

        Returns
        -------
        StoredRun
            As it is now.
        """
        now = time.time()
        with self._write() as db:
            db.execute(
                "DELETE FROM round WHERE run = (SELECT key FROM run WHERE key = ? AND engine <> ?)",
                (key, engine),
            )
            db.execute(
                "INSERT INTO run (key, spec, owner, engine, state, limit_rounds, created, touched, dataset)"
                " VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET state = 'waiting', reason = '', error = '',"
                " limit_rounds = excluded.limit_rounds, touched = excluded.touched,"
                " n_rounds = iif(engine = excluded.engine, n_rounds, 0),"
                " labels = iif(engine = excluded.engine, labels, 0),"
                " last = iif(engine = excluded.engine, last, ''),"
                " bytes = iif(engine = excluded.engine, bytes, 0),"
                " seconds = iif(engine = excluded.engine, seconds, 0), engine = excluded.engine",
                (key, spec.to_json(), owner, engine, limit, now, now, spec.dataset.name),
            )
            return _one(db, key)

    def append(
        self,
        key: str,
        engine: str,
        first: int,
        rounds: Sequence[str],
        *,
        seconds: float = 0.0,
        state: str = "running",
        reason: str = "",
        error: str = "",
    ) -> None:
        """Add rounds and say how the run stands now: all of it or nothing.

        Parameters
        ----------
        key, engine : str
        first : int
            Index of the first of `rounds`: how many are stored already.
        rounds : sequence of str
            As `alcore.edge.wire.encode` writes them.
        seconds : float
            Computing time they took.
        state, reason, error : str

        Raises
        ------
        ContractError
            When a text is not the round it should be, or the run is gone, is another engine's, or does not go
            on at `first`: then somebody else has written these rounds.
        """
        for i, text in enumerate(rounds, first):
            if not text.startswith(f'{{"index":{i},'):
                raise ContractError(f"Run {key}: this is not round {i}: {text[:40]}")
        labels, last = _summed(rounds)
        try:
            with self._write() as db:
                changed = db.execute(
                    "UPDATE run SET state = ?, reason = ?, error = ?, seconds = seconds + ?, touched = ?,"
                    " n_rounds = n_rounds + ?, bytes = bytes + ?,"
                    " labels = labels + ?, last = iif(? = '', last, ?)"
                    " WHERE key = ? AND engine = ? AND n_rounds = ?",
                    (
                        *(state, reason, error, seconds, time.time()),
                        *(len(rounds), sum(map(len, rounds)), labels, last, last),
                        *(key, engine, first),
                    ),
                ).rowcount
                if not changed:
                    raise ContractError(
                        f"Run {key} does not go on at round {first}: it was changed elsewhere"
                    )
                rows = ((key, first + i, text) for i, text in enumerate(rounds))
                db.executemany("INSERT INTO round VALUES (?, ?, ?)", rows)
        except sqlite3.IntegrityError as error_:
            raise ContractError(f"Run {key} cannot take these rounds: {error_}") from None

    def set_state(self, key: str, state: str, *, reason: str = "", error: str = "") -> None:
        """Say how a run stands; nothing happens when it is gone."""
        with self._write() as db:
            db.execute(
                "UPDATE run SET state = ?, reason = ?, error = ?, touched = ? WHERE key = ?",
                (state, reason, error, time.time(), key),
            )

    def touch(self, key: str) -> None:
        """Somebody cares for this run; the longest untouched are pruned first."""
        with self._write() as db:
            db.execute("UPDATE run SET touched = ? WHERE key = ?", (time.time(), key))

    def progress(self, key: str) -> StoredRun | None:
        """How a run stands, or None when there is none."""
        with self._read() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM run WHERE key = ?", (key,)).fetchone()
        return StoredRun(*row) if row else None

    def runs(self, owner: str = "", limit: int = 500) -> list[StoredRun]:
        """The public runs and the owner's private ones, last touched first."""
        with self._read() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM run WHERE owner IN ('', ?) ORDER BY touched DESC, key LIMIT ?",
                (owner, limit),
            ).fetchall()
        return [StoredRun(*row) for row in rows]

    def listed(self, owner: str, wanted: Wanted) -> tuple[list[StoredRun], int]:
        """A page of the public runs and the owner's private ones, and how many there are in all."""
        where, values = _where(owner, wanted)
        order = _ORDERS[wanted.order]
        values |= {"metric": wanted.metric, "limit": wanted.limit, "offset": wanted.offset}
        with self._read() as db:
            (total,) = db.execute(f"SELECT count(*) FROM run WHERE {where}", values).fetchone()
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM run WHERE rowid IN (SELECT rowid FROM run WHERE {where}"
                f" ORDER BY {order}, key LIMIT :limit OFFSET :offset) ORDER BY {order}, key",
                values,
            ).fetchall()
        return [StoredRun(*row) for row in rows], total

    def datasets(self, owner: str) -> list[str]:
        """The datasets of the runs an owner can see."""
        with self._read() as db:
            rows = db.execute(
                "SELECT DISTINCT dataset FROM run WHERE owner IN ('', ?) ORDER BY dataset", (owner,)
            ).fetchall()
        return [name for (name,) in rows if name]

    def remember(self, key: str, body: str, owner: str, runs: Sequence[str]) -> None:
        """Keep a comparison and say which runs are its own; known already, it counts as touched."""
        now = time.time()
        with self._write() as db:
            db.execute(
                "INSERT INTO comparison VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET touched = excluded.touched",
                (key, body, owner, len(runs), now, now),
            )
            db.executemany("INSERT OR IGNORE INTO member VALUES (?, ?)", [(key, run) for run in runs])

    def comparisons(
        self, owner: str, engine: str, *, whose: str = "all", limit: int = 25, offset: int = 0
    ) -> tuple[list[StoredComparison], int]:
        """A page of the public comparisons and the owner's private ones, last touched first; and how many."""
        where = _WHOSE[whose]
        with self._read() as db:
            given = {"owner": owner, "limit": limit, "offset": offset}
            (total,) = db.execute(f"SELECT count(*) FROM comparison WHERE {where}", given).fetchone()
            rows = db.execute(
                f"SELECT key, body, owner, size, created, touched FROM comparison WHERE {where}"
                " ORDER BY touched DESC, key LIMIT :limit OFFSET :offset",
                given,
            ).fetchall()
            return [_with_runs(db, row, engine) for row in rows], total

    def comparison(self, key: str, engine: str) -> StoredComparison | None:
        """One comparison, or None when there is none."""
        with self._read() as db:
            row = db.execute(
                "SELECT key, body, owner, size, created, touched FROM comparison WHERE key = ?", (key,)
            ).fetchone()
            return _with_runs(db, row, engine) if row else None

    def members(self, comparison: str, states: Collection[str] = STATES) -> list[str]:
        """The keys of a comparison's runs that are in one of these states."""
        with self._read() as db:
            marks = ", ".join("?" * len(states))
            rows = db.execute(
                "SELECT key FROM member JOIN run ON key = run"
                f" WHERE comparison = ? AND state IN ({marks}) ORDER BY created, key",
                (comparison, *states),
            ).fetchall()
        return [key for (key,) in rows]

    def private_comparisons(self) -> list[StoredComparison]:
        """All private comparisons, without a look at their runs."""
        with self._read() as db:
            rows = db.execute(
                "SELECT key, body, owner, size, created, touched FROM comparison WHERE owner <> ''"
            ).fetchall()
        return [StoredComparison(*row) for row in rows]

    def drop(self, comparison: str) -> None:
        """Forget a comparison; its runs stay."""
        with self._write() as db:
            db.execute("DELETE FROM comparison WHERE key = ?", (comparison,))

    def texts(self, key: str, since: int = 0, until: int | None = None) -> list[str]:
        """Rounds ``since`` to ``until`` as they are stored."""
        with self._read() as db:
            return [
                body
                for (body,) in db.execute(
                    "SELECT body FROM round WHERE run = ? AND idx >= ? AND idx < ? ORDER BY idx",
                    (key, since, 2**62 if until is None else until),
                )
            ]

    def rounds(self, key: str, since: int = 0, until: int | None = None) -> list[Round]:
        """Rounds ``since`` to ``until``."""
        return [decode(text) for text in self.texts(key, since, until)]

    def delete(self, key: str) -> None:
        """Forget a run and its rounds."""
        with self._write() as db:
            db.execute("DELETE FROM run WHERE key = ?", (key,))

    def private(self, owner: str) -> list[StoredRun]:
        """All private runs of an owner, oldest first."""
        with self._read() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM run WHERE owner = ? AND owner <> '' ORDER BY created, key", (owner,)
            ).fetchall()
        return [StoredRun(*row) for row in rows]

    def forget(self, owner: str) -> None:
        """Delete all private runs and comparisons of an owner."""
        with self._write() as db:
            for table in ("run", "comparison"):
                db.execute(f"DELETE FROM {table} WHERE owner = ? AND owner <> ''", (owner,))

    def expire(self, seconds: float) -> list[str]:
        """Delete private runs that are at rest and that nobody touched for so long; their keys.

        So are private comparisons.
        """
        with self._write() as db:
            db.execute("DELETE FROM comparison WHERE owner <> '' AND touched < ?", (time.time() - seconds,))
            rows = db.execute(
                "DELETE FROM run WHERE owner <> '' AND touched < ?"
                " AND state IN ('done', 'stopped', 'failed') RETURNING key",
                (time.time() - seconds,),
            ).fetchall()
        return [key for (key,) in rows]

    def recover(self) -> list[StoredRun]:
        """Set the runs of a server that went down back to waiting, and name them, oldest first.

        What they had computed since the last `append` is computed again, and comes out the same.
        """
        with self._write() as db:
            db.execute("UPDATE run SET state = 'stopped', reason = 'stopped' WHERE state = 'stopping'")
            db.execute("UPDATE run SET state = 'waiting' WHERE state = 'running'")
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM run WHERE state = 'waiting' ORDER BY created"
            ).fetchall()
        return [StoredRun(*row) for row in rows]

    def prune(self, runs: int, megabytes: float, keep: Collection[str] = ()) -> int:
        """Delete the longest untouched runs until no more than so many, and so much, are left.

        Parameters
        ----------
        runs : int
        megabytes : float
            Of stored rounds.
        keep : keys
            Never deleted, nor is any run that is waiting or running.

        Returns
        -------
        int
            How many were deleted.
        """
        with self._read() as db:
            found = db.execute("SELECT key, bytes, state FROM run ORDER BY touched, key").fetchall()
        left, size = len(found), sum(size for _, size, _ in found)
        gone = []
        for key, bytes_, state in found:
            if left <= runs and size <= megabytes * 1e6:
                break
            if state in ("waiting", "running", "stopping") or key in keep:
                continue
            gone.append(key)
            left, size = left - 1, size - bytes_
        if gone:
            with self._write() as db:
                db.executemany("DELETE FROM run WHERE key = ?", [(key,) for key in gone])
            with self._connection() as db:
                db.executescript("PRAGMA incremental_vacuum")  # execute() would free one page only
        return len(gone)

    def prune_comparisons(self, comparisons: int, seconds: float) -> None:
        """Delete those without any run left that nobody touched for so long, and the oldest if too many."""
        with self._write() as db:
            db.execute(
                "DELETE FROM comparison WHERE touched < ? AND NOT EXISTS"
                " (SELECT 1 FROM member JOIN run ON run.key = member.run WHERE comparison = comparison.key)",
                (time.time() - seconds,),
            )
            db.execute(
                "DELETE FROM comparison WHERE key IN"
                " (SELECT key FROM comparison ORDER BY touched DESC, key LIMIT -1 OFFSET ?)",
                (comparisons,),
            )

    def close(self) -> None:
        """Close idle connections; the store can still be used."""
        with self._lock:
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()

    def _migrate(self, db: sqlite3.Connection) -> None:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise UnavailableError(
                f"{self.path} was written by a newer release (schema {version}, this one reads {VERSION});"
                " update, or name another folder"
            )
        for schema in _MIGRATIONS[version:]:
            for statement in schema.split(";\n"):
                db.execute(statement)
        if version < VERSION:
            db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        """One consistent view, which never waits for a writer."""
        with self._connection() as db:
            yield db

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """One transaction; taken at once, so that it cannot fail half-way for want of the lock."""
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            db = self._idle.pop() if self._idle else None
        db = db or self._connect()
        try:
            yield db
        except BaseException:
            db.close()
            raise
        with self._lock:
            if len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(db)
                return
        db.close()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes effect on an empty file only
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA journal_size_limit = 8000000")
        except BaseException:
            db.close()
            raise
        return db


_WHOSE = {
    "all": "owner IN ('', :owner)",
    "mine": "owner = :owner AND owner <> ''",
    "public": "owner = ''",
}


def _where(owner: str, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """The condition of a list, and the values it names."""
    tests, values = [_WHOSE[wanted.whose]], {"owner": owner}
    if wanted.states:
        tests.append(f"state IN ({', '.join(f':state{i}' for i in range(len(wanted.states)))})")
        values |= {f"state{i}": state for i, state in enumerate(wanted.states)}
    if wanted.dataset:
        tests.append("dataset = :dataset")
        values["dataset"] = wanted.dataset
    if wanted.comparison:
        tests.append("key IN (SELECT run FROM member WHERE comparison = :comparison)")
        values["comparison"] = wanted.comparison
    elif wanted.comparison is not None:
        tests.append("NOT EXISTS (SELECT 1 FROM member WHERE member.run = run.key)")
    return " AND ".join(tests), values


def _with_runs(db: sqlite3.Connection, row: Sequence[Any], engine: str) -> StoredComparison:
    found = db.execute(
        "SELECT state, count(*), sum(engine <> ?), sum(labels), sum(seconds)"
        " FROM member JOIN run ON run.key = member.run WHERE comparison = ? GROUP BY state",
        (engine, row[0]),
    ).fetchall()
    return replace(
        StoredComparison(*row),
        states={state: count for state, count, *_ in found},
        stale=sum(stale for _, _, stale, _, _ in found),
        labels=sum(labels for *_, labels, _ in found),
        seconds=sum(seconds for *_, seconds in found),
    )


def _summed(rounds: Sequence[str]) -> tuple[int, str]:
    """How many labels these rounds bought, and the metrics of the last one as JSON."""
    labels, last = 0, ""
    for text in rounds:
        with suppress(ValueError, AttributeError, TypeError):  # else it is refused, or failed, elsewhere
            found = json.loads(text)
            labels += len(found.get("asked", ()))
            last = json.dumps(found.get("metrics", {}))
    return labels, last


def _one(db: sqlite3.Connection, key: str) -> StoredRun:
    return StoredRun(*db.execute(f"SELECT {_COLUMNS} FROM run WHERE key = ?", (key,)).fetchone())
