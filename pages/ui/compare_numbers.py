"""The numbers of a comparison: each is worked out once for the runs there are, and kept until more come."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from alcore import outcomes
from alcore.catalog import METRICS
from alcore.comparison import Comparison
from alcore.spec import Spec
from alcore.types import Log
from pages.ui import live
from pages.ui.best_case import Band
from pages.ui.colours import Look
from pages.ui.compare_form import drawn_as
from pages.ui.contest import Contest, Key
from pages.ui.errands import Errands

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
CEILINGS = 3  # seeds whose ceiling is enough for a line in a chart; regret takes all of them
BANDS = 2  # seeds of the greedy oracle, which is dear
PICKED = 2  # seeds whose batches are looked at for repetition
VERDICT = 0.95  # level of all intervals that a claim rests on


@dataclass
class Numbers:
    """What the finished runs of a contest say, for one way to look at them.

    Attributes
    ----------
    metric, target : what is measured, and how good is good enough
    axis : a column of `frame` that counts effort: labels, money, minutes or seconds
    pace : seconds an annotator needs for a label
    rule : when a target counts as reached: first, stable or interpolated
    """

    comparison: Comparison
    contest: Contest
    metric: str
    target: float
    axis: str
    pace: float
    lit: tuple[str, ...] = ()
    rule: str = "first"
    _kept: dict[Hashable, Any] = field(init=False)

    def __post_init__(self) -> None:
        memo = self.contest.memo
        memo["looked"] = self.errands.settled
        stand = (len(self.contest.logs), len(self.contest.failures), self.contest.live)
        if memo.get("stand") != stand:
            memo["stand"], memo["numbers"] = stand, {}
        self._kept = memo["numbers"]

    def held(self, make: Callable[[], T], *name: Hashable) -> T:
        """What `make` gives, made once for these runs; `name` is all that it depends on besides."""
        if name not in self._kept:
            self._kept[name] = make()
        found: T = self._kept[name]
        return found

    # --- who and where ------------------------------------------------------------------------------------

    @cached_property
    def looks(self) -> dict[str, Look]:
        """Every strategy with its look, random ones first."""
        return drawn_as(self.comparison)

    @cached_property
    def twins(self) -> dict[str, str]:
        """Strategy -> its random twin, for those that are not random themselves."""
        return {name: twin for name, twin in self.comparison.twins.items() if name != twin}

    @cached_property
    def places(self) -> dict[str, Spec]:
        return self.comparison.places

    @property
    def several(self) -> bool:
        """Whether there is more than one dataset."""
        return len(self.places) > 1

    @cached_property
    def runs(self) -> dict[Key, Log]:
        """Finished runs that can be compared: of seeds in which every strategy has finished.

        A strategy of which nothing was run yet holds up the others only while it is on its way.
        """
        found = self.held(self.contest.paired, "paired")
        return found if found or self.contest.live else self.held(self._present, "present")

    def _present(self) -> dict[Key, Log]:
        ended = {*self.contest.logs, *self.contest.failures}
        here = {(place, name) for place, name, _ in ended}
        seeds: dict[tuple[str, int], bool] = {}
        for e in self.contest.entries:
            if (e.dataset, e.strategy) in here:
                whole = (e.dataset, e.strategy, e.seed) in ended
                seeds[e.dataset, e.seed] = seeds.get((e.dataset, e.seed), True) and whole
        wanted = ((e.dataset, e.strategy, e.seed) for e in self.contest.entries)
        return {k: self.contest.logs[k] for k in wanted if k in self.contest.logs and seeds[k[0], k[2]]}

    @property
    def seeds(self) -> int:
        """Seeds that can be compared, on the dataset that has the fewest."""
        count = {place: len({k[2] for k in self.runs if k[0] == place}) for place in self.places}
        return min(count.values(), default=0)

    @property
    def shown(self) -> list[str]:
        """The strategies that have runs to show."""
        here = {name for _, name, _ in self.runs}
        return [name for name in self.looks if name in here]

    # --- curves -------------------------------------------------------------------------------------------

    @property
    def frame(self) -> pd.DataFrame:
        """All curves, with the annotator's minutes."""
        return self.held(self._frame, "frame", self.pace)

    def _frame(self) -> pd.DataFrame:
        parts = self.contest.memo.setdefault("parts", {})
        for key, log in self.runs.items():
            if key not in parts:
                parts[key] = outcomes.part(key, log)
        frame = outcomes.assemble([parts[key] for key in self.runs])
        return frame.assign(minutes=frame["labels"] * (self.pace / 60))

    def bands(self, centre: str, band: str) -> pd.DataFrame:
        """The middle curve of each strategy with a band over seeds."""
        kind = "range" if band == "none" else band
        args = (self.metric, self.axis)
        found = self.held(
            lambda: outcomes.bands(self.frame, *args, centre=centre, band=kind, level=VERDICT, points=120),
            *("bands", *args, centre, kind, self.pace),
        )
        return found.drop(columns=["low", "high"]) if band == "none" else found

    @property
    def higher(self) -> bool:
        """Whether more is better."""
        return METRICS[self.metric].facts["better"] == "higher"

    # --- tables -------------------------------------------------------------------------------------------

    def table(self, function: Callable[..., T], *args: Any, **options: Any) -> T:
        """A function of `alcore.outcomes` on the frame and the metric."""
        return self.held(
            lambda: function(self.frame, self.metric, *args, **options),
            *(function.__name__, self.metric, self.pace, repr(args), repr(sorted(options.items()))),
        )

    # --- asked of the service -----------------------------------------------------------------------------

    @property
    def errands(self) -> Errands:
        return self.contest.memo.setdefault("errands", Errands())

    def call(self, name: str, spec: Spec, rounds: int = 0, **args: Any) -> Any | None:
        """An answer of the service about one run, once it is there."""
        service, owner = live.service(), self.contest.owner
        return self.errands.ask(
            _question(name, spec, rounds, args), lambda: service.call(name, spec, owner, rounds, **args)
        )

    def problem(self, name: str, spec: Spec, rounds: int = 0, **args: Any) -> str:
        """Why there will be no such answer; "" when there is one, or may be."""
        return self.errands.error(_question(name, spec, rounds, args))

    def seeds_of(self, place: str, most: int | None = None) -> list[int]:
        """The seeds on a dataset that have runs."""
        return sorted({k[2] for k in self.runs if k[0] == place})[:most]

    def ceilings(self, most: int | None = CEILINGS) -> dict[tuple[str, int], float]:
        """Dataset and seed -> the score with every label of the pool known, as far as it is there."""
        from dataclasses import replace

        found = {}
        for place, base in self.places.items():
            for seed in self.seeds_of(place, most):
                answer = self.call("ceiling", replace(base, seed=seed))
                value = (answer or {"metrics": {}})["metrics"].get(self.metric, math.nan)
                if math.isfinite(value):
                    found[place, seed] = value
        return found

    def no_ceiling(self) -> str:
        """Why a learner with every label has no score somewhere; "" when it has one, or may have."""
        from dataclasses import replace

        for place, base in self.places.items():
            for seed in self.seeds_of(place):
                spec = replace(base, seed=seed)
                if problem := self.problem("ceiling", spec):
                    return problem
                answer = self.errands.known(_question("ceiling", spec, 0, {}))
                if answer and not math.isfinite(answer["metrics"].get(self.metric, math.nan)):
                    return f"On {place} a learner with every label has no {METRICS[self.metric].label}."
        return ""

    def oracles(self, place: str) -> list[Band]:
        """The greedy oracle on the first seeds of a dataset, one after the other."""
        from dataclasses import replace

        found = []
        for seed in self.seeds_of(place, BANDS):
            name = ("oracle", place, seed, self.metric)
            if name not in self.contest.memo:
                spec = replace(self.places[place], seed=seed)
                self.contest.memo[name] = Band(live.service(), spec, self.contest.owner, self.metric)
            band: Band = self.contest.memo[name]
            band.look(1 + max((len(log) for k, log in self.runs.items() if k[0] == place), default=0))
            found.append(band)
            if band.pending:
                break
        return found


def _question(name: str, spec: Spec, rounds: int, args: Mapping[str, Any]) -> Hashable:
    return name, spec, rounds, repr(args)


def waiting(contest: Contest) -> bool:
    """Whether answers of the service are on their way, or have come since the numbers were looked at."""
    errands: Errands | None = contest.memo.get("errands")
    oracles = (v for k, v in contest.memo.items() if isinstance(v, Band))
    unseen = errands is not None and errands.settled != contest.memo.get("looked", errands.settled)
    return bool(errands and errands.waiting) or unseen or any(band.awaited for band in oracles)


def mean_of(found: Mapping[tuple[str, int], float], place: str) -> float | None:
    """The mean over a dataset's seeds; None when there is none."""
    values = [v for (name, _), v in found.items() if name == place]
    return sum(values) / len(values) if values else None
