"""Many runs on this server, as a page sees them: a comparison's entries, started, looked at and stopped.

A page that shows one holds it in its notes and calls `refresh` in a timer, as with a `Race`. Finished runs
are taken from the store, so a comparison that was made before, by anybody, is there at once.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from alcore.comparison import Comparison, Entry
from alcore.errors import AlcoreError, BusyError
from alcore.spec import Spec
from alcore.types import Log
from pages.ui.live import service

Key = tuple[str, str, int]  # dataset, strategy, seed
SOON = 2.0  # seconds of work before, and at the end of which, no time left is told
AHEAD = 200  # runs that wait or run at a time; they go on while the visitor is on another page


@dataclass
class Contest:
    """The runs of some entries, as far as they are known here.

    Attributes
    ----------
    entries : what is wanted, in the order in which it is made
    owner : the visitor's secret
    wanted : it is to go on until all of it is made
    error : a sentence when no run can be started any more
    failures : a sentence for each run that failed
    logs : finished runs, in the order in which they were finished
    memo : whatever the page has worked out of them
    comparison : what it is, for the list of runs; None = nothing to list it as
    """

    entries: tuple[Entry, ...]
    owner: str
    wanted: bool = False
    error: str = ""
    failures: dict[Key, str] = field(default_factory=dict)
    logs: dict[Key, Log] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict)
    comparison: Comparison | None = None
    _keys: dict[Key, str] = field(default_factory=dict)  # live runs
    _next: int = 0  # the first entry that was not started yet
    _began: tuple[float, int] = (0.0, 0)  # when it was started, and how many runs were there

    def start(self) -> None:
        """Want all of it; what failed is tried again, what was stopped goes on."""
        self.wanted, self.error, self._next = True, "", 0
        self._began = (time.monotonic(), len(self.logs))
        if self.comparison is not None:
            with suppress(AlcoreError):  # each run says what is wrong with it
                service().remember(self.comparison, self.owner)
        self.failures.clear()
        self._keys.clear()
        self.refresh()

    def recall(self) -> None:
        """Fetch what ended before, for anybody, and start nothing; what cannot be run is known then, too."""
        for entry in self.entries:
            name = entry.dataset, entry.strategy, entry.seed
            if name in self.logs:
                continue
            try:
                seen = service().find(entry.spec, self.owner)
            except AlcoreError as error:
                self.failures[name] = str(error)
                continue
            if seen is None or seen.stale:
                continue
            if seen.state in ("done", "failed"):
                self._settle(name, seen.key, seen)

    def stop(self) -> None:
        """Let go of what is not finished: it goes on only for others who want it."""
        self.wanted = False
        for key in self._keys.values():
            service().stop(key, self.owner)
        self._keys.clear()

    def refresh(self) -> bool:
        """Fetch what is finished and start what is next; whether runs have come since the last look."""
        before = len(self.logs) + len(self.failures)
        self._look()
        if self.wanted:
            self._feed()
        if self.wanted and self.done:
            self.wanted = False
        return len(self.logs) + len(self.failures) > before

    @property
    def live(self) -> bool:
        """Whether more is on its way."""
        return self.wanted and not self.error

    @property
    def done(self) -> bool:
        """Whether every run is here, or has failed."""
        return len(self.logs) + len(self.failures) >= len(self.entries)

    @property
    def share(self) -> float:
        """How much of the work is done, in [0, 1], counted in runs."""
        return (len(self.logs) + len(self.failures)) / max(1, len(self.entries))

    @property
    def left(self) -> str:
        """How long it will go on at its pace so far, to be said after a comma; "" while that is unknown."""
        began, there = self._began
        spent, made = time.monotonic() - began, len(self.logs) - there
        if not made or spent < SOON:
            return ""
        seconds = spent / made * (len(self.entries) - len(self.logs) - len(self.failures))
        if seconds < SOON:
            return ", nearly done"
        return f", about {seconds:.0f} s left" if seconds < 90 else f", about {seconds / 60:.0f} min left"

    @cached_property
    def specs(self) -> Mapping[Key, Spec]:
        """Every run's experiment."""
        return {(e.dataset, e.strategy, e.seed): e.spec for e in self.entries}

    def paired(self) -> dict[Key, Log]:
        """The finished runs of seeds in which every strategy has finished on the dataset: fair to compare."""
        groups: dict[tuple[str, int], list[Key]] = {}
        for e in self.entries:
            groups.setdefault((e.dataset, e.seed), []).append((e.dataset, e.strategy, e.seed))
        whole = (keys for keys in groups.values() if all(k in self.logs or k in self.failures for k in keys))
        return {key: self.logs[key] for keys in whole for key in keys if key in self.logs}

    def _look(self) -> None:
        for name, key in list(self._keys.items()):
            seen = service().look(key, self.owner)
            if seen is None or seen.state == "stopped":  # deleted, or nobody looked for too long
                del self._keys[name]
                if self.wanted:
                    self._begin(name, self.specs[name])
            elif not seen.live:
                self._settle(name, key, seen)

    def _feed(self) -> None:
        """Start runs until enough wait; those that are finished already cost a look only."""
        while self._next < len(self.entries) and len(self._keys) < AHEAD and not self.error:
            entry = self.entries[self._next]
            name = entry.dataset, entry.strategy, entry.seed
            known = name in self.logs or name in self.failures or name in self._keys
            if not known and not self._begin(name, entry.spec):
                return
            self._next += 1

    def _begin(self, name: Key, spec: Spec) -> bool:
        """Start a run; False when the server has its hands full."""
        try:
            key = service().start(spec, self.owner, sweep=True)
        except BusyError as error:
            if not self._keys:
                self.error = str(error)
            self._next = 0
            return False
        except AlcoreError as error:
            self.failures[name] = str(error)
            return True
        seen = service().look(key, self.owner)
        if seen is not None and seen.live:
            self._keys[name] = key
        else:
            self._settle(name, key, seen)
        return True

    def _settle(self, name: Key, key: str, seen: Any) -> None:
        """Take over a run that makes no more rounds."""
        self._keys.pop(name, None)
        if seen is not None and seen.state == "done":
            self.logs[name] = Log(tuple(service().rounds(key)))
        else:
            self.failures[name] = (seen and (seen.error or seen.reason)) or "the run was deleted"


def contest(notes: dict[str, Any], comparison: Comparison, owner: str) -> Contest:
    """The page's contest for this comparison.

    Another comparison makes another one; finished runs that both have are kept, so that more seeds or one
    more strategy cost only what is new.
    """
    held = notes.get("contest")
    if held is not None and held.comparison == comparison:
        return held
    fresh = Contest(comparison.entries(), owner, comparison=comparison)
    if held is not None:
        held.stop()
        known: Mapping[Spec, Log] = {spec: held.logs[k] for k, spec in held.specs.items() if k in held.logs}
        fresh.logs = {k: known[spec] for k, spec in fresh.specs.items() if spec in known}
    notes["contest"] = fresh
    return fresh


def summary_of(failures: Mapping[Key, str]) -> list[str]:
    """The failures in sentences: each reason once, with how many runs it befell."""
    reasons: dict[str, list[str]] = {}
    for (_, strategy, _), why in failures.items():
        reasons.setdefault(why.rstrip("."), []).append(strategy)
    return [
        f"{', '.join(dict.fromkeys(names))}: {why} ({len(names)} run{'s' * (len(names) != 1)})."
        for why, names in reasons.items()
    ]
