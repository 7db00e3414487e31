"""The projects of the Annotators page as far as they are made, asked of the service one by one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from alcore.crowd import Design, findings
from alcore.crowd.calls import BASE
from alcore.crowd.findings import Judged, Verdict
from alcore.spec import Spec
from pages.ui import annotators_plan as plan
from pages.ui import live
from pages.ui.editor import Editor
from pages.ui.errands import Errands
from pages.ui.visitor import visitor

T = TypeVar("T")
KEPT = 4  # studies remembered, so that a story that was seen is there at once
AHEAD = 14  # projects asked for at a time: what is not wanted any more is soon over
TIMEOUT = 20.0


@dataclass
class Study:
    """Projects of all policies and seeds with one set of settings.

    Attributes
    ----------
    spec : data and learner
    design : who answers
    policies : keys, in order
    wanted : whether missing projects are asked for
    """

    spec: Spec
    design: Design
    policies: list[str]
    seeds: int
    given: Mapping[str, Any]
    owner: str
    wanted: bool = False
    errands: Errands = field(default_factory=Errands)
    projects: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)
    people: dict[int, dict[str, Any]] = field(default_factory=dict)
    pool: int = 0
    problem: str = ""  # why some project is missing; "" while none is known to fail
    memo: dict[Hashable, Any] = field(default_factory=dict)
    looked: int | None = None  # answers known when it was drawn last

    def look(self) -> None:
        """Call it before drawing: what comes from now on is not on the screen yet."""
        self.looked = self.errands.settled

    @property
    def unseen(self) -> bool:
        """Whether answers have come since it was drawn."""
        return self.looked is not None and self.looked != self.errands.settled

    def refresh(self) -> None:
        """Take what has come in, and ask for what is missing, the first seeds first."""
        self.problem = self.errands.error("data")
        for seed in range(self.seeds):
            for name, extra in self._questions(seed):
                key = (name, seed, extra)
                found = self.errands.known(key)
                self.problem = self.problem or self.errands.error(key)
                if found is None and self.wanted and not self.problem and self.errands.waiting < AHEAD:
                    found = self.errands.ask(key, self._question(name, seed, extra))
                if found is None:
                    continue
                if name == "crowd_people":
                    self.people[seed] = found
                elif (extra, seed) not in self.projects:
                    self.projects[extra, seed] = found["points"]
                    self.pool = found["pool"]

    def data(self) -> dict[str, Any] | None:
        """Classes and rows; None while they are not known. Asked for at once, as the form needs them."""
        service, spec, owner = live.service(), self.spec, self.owner
        return self.errands.ask("data", lambda: service.call("crowd_data", spec, owner, 0, timeout=TIMEOUT))

    def agreement(self) -> dict[str, Any] | None:
        """How real people disagree, once it is known."""
        if self.design.people != "recorded":
            return None
        service, spec, owner = live.service(), self.spec, self.owner
        return self.errands.ask(
            "agreement", lambda: service.call("crowd_agreement", spec, owner, 0, timeout=TIMEOUT)
        )

    @property
    def done(self) -> list[int]:
        """Seeds of which every policy is there."""
        return findings.seeds_of(self.projects, self.policies)

    @property
    def made(self) -> int:
        return len(self.projects) + len(self.people)

    @property
    def total(self) -> int:
        return self.seeds * (len(self.policies) + 1)

    @property
    def complete(self) -> bool:
        return self.made >= self.total

    @property
    def moving(self) -> bool:
        """Whether more is on its way."""
        return not self.problem and ((self.wanted and not self.complete) or self.errands.waiting > 0)

    def once(self, name: str, make: Callable[[], T], *given: Any) -> T:
        """What `make` gives, made once for the projects there are."""
        key = (name, self.made, *given)
        if key not in self.memo:
            if len(self.memo) > 60:
                self.memo.clear()
            self.memo[key] = make()
        return self.memo[key]

    def verdict(self) -> Verdict:
        """Whether any policy beats one answer each."""
        return self.once("verdict", lambda: findings.verdict(self.projects, self.policies, BASE))

    def judged(self) -> Judged | None:
        """How well annotators were judged."""
        return self.once("judged", lambda: findings.judged([self.people[s] for s in sorted(self.people)]))

    def _questions(self, seed: int) -> list[tuple[str, str]]:
        return [*(("crowd_policy", key) for key in self.policies), ("crowd_people", "")]

    def _question(self, name: str, seed: int, policy: str) -> Callable[[], Any]:
        service, owner, spec = (
            live.service(),
            self.owner,
            replace(self.spec, seed=(self.spec.seed + seed) % 2**31),
        )
        given = {
            "design": self.design.plain(),
            "budget": self.given["money"],
            "answers": self.given["answers"],
        }
        if name == "crowd_policy":
            given |= {"policy": policy, "threshold": self.given["threshold"]}
        return lambda: service.call(name, spec, owner, 0, timeout=TIMEOUT, **given)


def study(page: Editor, *, auto: bool, ready: bool) -> Study:
    """The study of the page's settings; it goes on where it is wanted, by a story or by the button."""
    design = plan.design_of(page.view)
    policies = plan.chosen(page.view)
    given = {name: page.view[name] for name in ("money", "answers", "threshold")}
    spec = _bare(page.spec)
    key = (spec, design, tuple(policies), int(page.view["seeds"]), *given.values())
    notes = page.memory.notes
    known: dict[Hashable, Study] = notes.setdefault("studies", {})
    if key not in known:
        while len(known) >= KEPT:
            known.pop(next(iter(known)))
        known[key] = Study(spec, design, policies, int(page.view["seeds"]), given, visitor())
    found = known[key]
    before, notes["acted"] = notes.get("acted"), key
    if page.memory.touched and before not in (None, key):
        page.put(show="")  # the visitor asks something else: it is run when that is asked for
    pressed = page.memory.intent if page.memory.intent in ("run", "stop") else ""
    if pressed:
        page.pressed()
        page.put(show="run" if pressed == "run" else "stopped")
        if pressed == "run" and found.problem:  # what failed is tried again
            found.errands = Errands()
    wanted = page.view["show"] == "run" or (auto and page.view["show"] != "stopped")
    for other in known.values():
        other.wanted = other is found and wanted and ready
    found.refresh()
    return found


def _bare(spec: Spec) -> Spec:
    """The parts of an experiment that a study depends on, all others at their defaults."""
    return replace(
        Spec(), dataset=spec.dataset, learner=spec.learner, test_share=spec.test_share, seed=spec.seed
    )
