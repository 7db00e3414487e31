"""The simulated projects of a page: asked for one by one in the background, kept as they come.

All arms of a seed come before those of the next one, so there is a paired picture early. Teams of other
sizes follow at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from alcore.teams.study import paired
from pages.ui import live
from pages.ui import teams_plan as plan
from pages.ui.errands import Errands
from pages.ui.teams_plan import Arm, Plan

AHEAD = 30  # questions that wait in line; the others are asked when these are answered
TIMEOUT = 20.0
T = TypeVar("T")

Name = tuple[str, int]  # arm or size, seed


@dataclass(eq=False)
class Work:
    """The projects of one plan, as far as they are simulated."""

    plan: Plan
    owner: str
    wanted: bool = False
    errands: Errands = field(default_factory=Errands)
    projects: dict[Name, dict[str, Any]] = field(default_factory=dict)
    by_size: dict[Name, dict[str, Any]] = field(default_factory=dict)
    failures: dict[Name, str] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict)
    began: float = 0.0

    def start(self, *, again: bool = False) -> None:
        """Have everything simulated that is missing; with `again` also what has failed."""
        if not self.live and (again or not self.wanted):
            self.wanted, self.began = True, time.monotonic()
            self.errands = Errands()
            self.failures.clear()

    def stop(self) -> None:
        """Ask for nothing more; what is known stays."""
        self.wanted = False
        self.errands = Errands()

    def refresh(self) -> None:
        """Take in what has been answered, and ask for what comes next."""
        if not self.wanted:
            return
        asked = 0
        for kept, name, arm in self._entries():
            if name in kept or name in self.failures:
                continue
            answer = self.errands.ask(
                ("teams", id(kept) == id(self.by_size), name), self._question(name, arm)
            )
            if answer is not None:
                kept[name] = answer
            elif error := self.errands.error(("teams", id(kept) == id(self.by_size), name)):
                self.failures[name] = error
            else:
                asked += 1
                if asked >= AHEAD:
                    return

    def _question(self, name: Name, arm: Arm) -> Callable[[], dict[str, Any]]:
        service, owner = live.service(), self.owner
        spec, asked = replace(arm.spec, seed=name[1]), plan.fields_of(arm.team)
        asked["people"] = plan.DRAWN if name[1] == self.plan.first and name[0] in self.plan.arms else 0
        return lambda: service.call("teamwork", spec, owner, 0, timeout=TIMEOUT, **asked)

    def _entries(self) -> list[tuple[dict[Name, dict[str, Any]], Name, Arm]]:
        seeds = range(self.plan.first, self.plan.first + self.plan.seeds)
        main = [(self.projects, (name, s), arm) for s in seeds for name, arm in self.plan.arms.items()]
        sizes = [
            (self.by_size, (str(n), s), arm)
            for s in seeds[: self.plan.sized]
            for n, arm in self.plan.sizes.items()
        ]
        return main + sizes

    @property
    def total(self) -> int:
        """How many projects there are to be."""
        return self.plan.seeds * len(self.plan.arms) + self.plan.sized * len(self.plan.sizes)

    @property
    def made(self) -> int:
        """How many there are."""
        return len(self.projects) + len(self.by_size)

    @property
    def live(self) -> bool:
        """Whether more are on their way."""
        return self.wanted and self.made + len(self.failures) < self.total

    @property
    def complete(self) -> bool:
        """Whether every arm has been simulated with every seed, or has failed."""
        mine = sum(name in self.plan.arms for name, _ in self.failures)
        return len(self.projects) + mine >= self.plan.seeds * len(self.plan.arms)

    @property
    def seeds(self) -> list[int]:
        """Seeds of which every arm is there."""
        return [
            s for s in paired(self.projects) if all((name, s) in self.projects for name in self.plan.arms)
        ]

    @property
    def rows(self) -> dict[Name, dict[str, Any]]:
        """The projects of those seeds: what numbers are worked out of."""
        whole = set(self.seeds)
        return {name: self.projects[name] for name in self.projects if name[1] in whole}

    def once(self, name: str, make: Callable[[], T], *given: Any) -> T:
        """What `make` gives, made once for the projects there are."""
        asked = (name, len(self.projects), len(self.by_size), *given)
        if asked not in self.memo:
            while len(self.memo) > 24:
                self.memo.pop(next(iter(self.memo)))
            self.memo[asked] = make()
        return self.memo[asked]


def work(notes: dict[str, Any], made: Plan, owner: str) -> Work:
    """The page's projects for this plan; another plan makes others, and a few are remembered."""
    kept: dict[str, Work] = notes.setdefault("teams", {})
    found = kept.pop(repr(made), None) or Work(made, owner)
    kept[repr(made)] = found
    for other in list(kept.values())[:-1]:
        if other.live:
            other.stop()
    while len(kept) > 6:
        kept.pop(next(iter(kept)))
    return found
