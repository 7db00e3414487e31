"""Runs on this server, as a page sees them: start, look, stop, without ever waiting for one."""

import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from alcore.errors import AlcoreError
from alcore.spec import Spec
from alcore.types import Log, Round
from pages.ui.form import spoken

EVERY = 0.7  # seconds between two looks while a run is live
PASSIVE = "random"


@st.cache_resource(show_spinner=False, on_release=lambda s: s.close())
def service() -> Any:
    """The one service of this server; its workers start with it."""
    from alcore.edge.service import Service

    return Service(Path(os.environ.get("ALCORE_HOME") or Path.home() / ".cache" / "alcore"))


def names_of(spec: Spec) -> dict[str, Spec]:
    """The runs of a race by name: the spec's strategy, and the same experiment asking at random."""
    passive = spec.passive()
    if spec == passive:
        return {PASSIVE: spec}
    name = spec.acquisition.name
    if name == PASSIVE:  # a random score that is adjusted or selected is no passive learning
        name = f"{PASSIVE} + {spec.select.name if spec.select != passive.select else spec.adjust[0].name}"
    return {name: spec, PASSIVE: passive}


@dataclass
class Race:
    """The chosen strategy and random on the same split, start and noise, as far as they are known here.

    Attributes
    ----------
    goal : how many rounds are wanted; None = to the end, 0 = none yet
    held : the visitor pressed Stop
    error : a sentence when a run could not be started or failed
    memo : answers to questions about these runs, by what was asked
    """

    spec: Spec
    owner: str
    goal: int | None = 0
    held: bool = False
    error: str = ""
    failure: AlcoreError | None = None
    keys: dict[str, str] = field(default_factory=dict)
    found: dict[str, list[Round]] = field(default_factory=dict)
    progress: dict[str, Any] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict)

    @property
    def specs(self) -> dict[str, Spec]:
        return names_of(self.spec)

    @property
    def name(self) -> str:
        """The chosen strategy's run."""
        return next(iter(self.specs))

    def start(self, goal: int | None) -> None:
        """Ask for rounds up to `goal`; the same request again changes nothing."""
        self.goal, self.held, self.error = goal, False, ""
        if goal == 0:
            return
        try:
            for name, spec in self.specs.items():
                self.keys[name] = service().start(spec, self.owner, rounds=goal)
        except AlcoreError as error:
            self.error, self.failure = str(error), error

    def stop(self) -> None:
        """Stop both at once, here at least: they go on for others who want them. What is known stays."""
        self.held = True
        for key in self.keys.values():
            service().stop(key, self.owner)

    def refresh(self) -> None:
        """Look at the runs and fetch the rounds that are new."""
        for name, key in self.keys.items():
            seen = service().look(key, self.owner)
            if seen is None:  # deleted, or the server forgot it
                self.progress.pop(name, None)
                continue
            self.progress[name] = seen
            known = self.found.setdefault(name, [])
            if seen.n_rounds < len(known):  # it was deleted and started anew
                known.clear()
            if seen.n_rounds > len(known):
                known += service().rounds(key, since=len(known))
            if seen.state == "failed" and not self.error and not self.held:
                self.error = seen.error

    @property
    def live(self) -> bool:
        """Whether more rounds are on their way."""
        return not self.held and not self.error and any(self._moving(n) for n in self.progress)

    @property
    def done(self) -> bool:
        """Whether every run has ended by itself and all of it is shown."""
        return bool(self.progress) and all(
            seen.state == "done" and self._shows_all(name) for name, seen in self.progress.items()
        )

    @property
    def logs(self) -> dict[str, Log]:
        """The rounds to show, by run."""
        return {name: Log(tuple(self.found.get(name, [])[: self.goal])) for name in self.specs}

    @property
    def reason(self) -> str:
        """Why the chosen strategy's run ended; "" while it has not."""
        seen = self.progress.get(self.name)
        return seen.reason if seen and seen.state == "done" and self._shows_all(self.name) else ""

    @property
    def shown(self) -> int:
        """How many rounds of the longest run are shown."""
        return max((len(log) for log in self.logs.values()), default=0)

    @property
    def common(self) -> int:
        """How many rounds are shown of every run that has begun."""
        return min((len(log) for log in self.logs.values() if len(log)), default=0)

    @property
    def share(self) -> float:
        """How much of the budget both have used, in [0, 1]."""
        spec, logs = self.spec, self.logs.values()
        if self.done:
            return 1.0
        used = [log.labels if spec.budget_in == "labels" else log.spent for log in logs]
        return min(1.0, sum(used) / (len(used) * spec.budget)) if spec.budget > 0 else 0.0

    def call(self, name: str, rounds: int, *, run: str = "", **args: Any) -> dict[str, Any]:
        """Ask the service about a run after some rounds; answers are kept, errors are the caller's."""
        spec = self.specs[run or self.name]
        asked = self._asked(name, rounds, run, args)
        if asked not in self.memo:
            if len(self.memo) > 64:
                self.memo.pop(next(iter(self.memo)))
            self.memo[asked] = service().call(name, spec, self.owner, rounds, **args)
        return self.memo[asked]

    def knows(self, name: str, rounds: int, *, run: str = "", **args: Any) -> bool:
        """Whether a call would be answered at once."""
        return self._asked(name, rounds, run, args) in self.memo

    def _asked(self, name: str, rounds: int, run: str, args: dict[str, Any]) -> tuple[Any, ...]:
        return (name, run or self.name, rounds, repr(sorted(args.items())))

    def _moving(self, name: str) -> bool:
        seen = self.progress[name]
        return seen.live and (self.goal is None or seen.n_rounds < self.goal)

    def _shows_all(self, name: str) -> bool:
        return self.goal is None or self.progress[name].n_rounds <= self.goal


def race(notes: dict[str, Any], spec: Spec, owner: str) -> Race:
    """The page's race for this spec; another spec makes another race."""
    if "race" not in notes or notes["race"].spec != spec:
        notes["race"] = Race(spec, owner)
    return notes["race"]


def headline(race: Race, metric: str, label: str) -> str:
    """One line that says how the race stands: at the same round while it is on, then at each one's end."""
    logs = {name: log for name, log in race.logs.items() if len(log)}
    if not logs:
        return "Starting: the data are being loaded and the first labels bought."
    if race.live:
        common = min(len(log) for log in logs.values())
        logs = {name: log[:common] for name, log in logs.items()}
    in_money = race.spec.budget_in == "money"
    used = {
        name: f"{log.labels} label{'s' * (log.labels != 1)}"
        + (f" and {log.spent:,.6g} spent" if in_money else "")
        for name, log in logs.items()
    }
    alike = len(set(used.values())) == 1
    said = []
    for name, log in logs.items():
        value = log.rounds[-1].metrics.get(metric, math.nan)
        shown = "not measured" if math.isnan(value) else f"**{value:.3f}**"
        said.append(f"{spoken(name)} {shown}" + ("" if alike else f" after {used[name]}"))
    return f"{label}{f' after {used[next(iter(used))]}' if alike else ''}: {' · '.join(said)}"
