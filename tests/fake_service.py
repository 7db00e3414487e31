"""A service without processes: rounds are computed when they are asked for, `pace` of them at each look."""

from dataclasses import dataclass, field

from alcore import calls
from alcore.comparison import Comparison
from alcore.loop import advance, check
from alcore.spec import Spec
from alcore.types import Log, Round


@dataclass
class Progress:
    state: str = "unknown"
    n_rounds: int = 0
    reason: str = ""
    error: str = ""
    key: str = ""
    stale: bool = False

    @property
    def live(self) -> bool:
        return self.state in ("waiting", "running", "stopping")


@dataclass
class Job:
    spec: Spec
    rounds: list[Round] = field(default_factory=list)
    goal: int | None = 0
    state: str = "waiting"
    reason: str = ""
    error: str = ""
    wanted: set[str] = field(default_factory=set)


class FakeService:
    """The same interface as `alcore.edge.service.Service`; `pace=None` computes a run at once."""

    def __init__(self, pace: int | None = None) -> None:
        self.pace, self.jobs, self.called = pace, {}, []

    def start(self, spec: Spec, owner: str = "", rounds: int | None = None, *, sweep: bool = False) -> str:
        check(spec)
        job = self.jobs.setdefault(spec.id, Job(spec))
        job.wanted.add(owner)
        done = job.state == "done" or (rounds is not None and len(job.rounds) >= rounds)
        job.goal = rounds if job.goal is not None or rounds is None else job.goal
        if not done:
            job.state = "running"
        return spec.id

    def look(self, key: str, owner: str = "") -> Progress | None:
        job = self.jobs.get(key)
        if job is None:
            return None
        if job.state == "running":
            self._advance(job)
        return Progress(job.state, len(job.rounds), job.reason, job.error)

    def find(self, spec: Spec, owner: str = "") -> Progress | None:
        job = self.jobs.get(spec.id)
        return job and Progress(job.state, len(job.rounds), job.reason, job.error, spec.id)

    def rounds(self, key: str, since: int = 0) -> list[Round]:
        return self.jobs[key].rounds[since:]

    def remember(self, comparison: Comparison, owner: str = "") -> str:
        return comparison.id

    def stop(self, key: str, owner: str = "") -> None:
        self.jobs[key].wanted.discard(owner)
        if self.jobs[key].state == "running" and not self.jobs[key].wanted:
            self.jobs[key].state = "stopped"

    def call(
        self, name: str, spec: Spec, owner: str = "", rounds: int = 0, timeout: float = 20, **args: object
    ) -> dict:
        self.called.append((name, rounds, args))
        log = Log(tuple(self.jobs[spec.id].rounds[:rounds])) if rounds else Log()
        return calls.CALLS[name](spec, log, **args)

    def _advance(self, job: Job) -> None:
        left = None if job.goal is None else job.goal - len(job.rounds)
        n = left if self.pace is None else self.pace if left is None else min(left, self.pace)
        try:
            more = advance(job.spec, Log(tuple(job.rounds)), n)
            while True:
                try:
                    job.rounds.append(next(more))
                except StopIteration as end:
                    job.reason = end.value
                    break
        except Exception as error:
            job.state, job.error = "failed", str(error)
            return
        if job.reason:
            job.state = "done"
        elif job.goal is not None and len(job.rounds) >= job.goal:
            job.state = "stopped"
