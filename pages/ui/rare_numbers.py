"""The numbers of the Rare classes page: each is worked out once for the runs there are, and kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from alcore import outcomes
from alcore.comparison import RANDOM, Comparison
from alcore.outcomes import Totals
from pages.ui import rare_plan as plan
from pages.ui.colours import Look
from pages.ui.compare_numbers import VERDICT, Numbers, waiting
from pages.ui.contest import Contest, Key

if TYPE_CHECKING:
    import pandas as pd

    from alcore.types import Log

T = TypeVar("T")
POINTS = 60  # of a curve


@dataclass
class Finds:
    """What the finished runs say of a rare class, on one dataset or several.

    Attributes
    ----------
    comparison, contest : the runs
    wanted : code of the class that is counted; -1 = the rarest of each dataset
    facts : how many rows each class has, by dataset and seed, as far as that is known
    asked : how many of them are on their way, as of now
    """

    comparison: Comparison
    contest: Contest
    wanted: int = -1
    facts: dict[tuple[str, int], dict[str, Any]] = field(init=False)
    asked: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.n = Numbers(self.comparison, self.contest, plan.AP, 0.9, "labels", 0.0)
        self.facts = {}
        for place, base in self.comparison.places.items():
            for seed in dict.fromkeys([base.seed, *self.n.seeds_of(place)]):
                spec = replace(base, seed=seed)
                answer = self.n.call("class_counts", spec)
                if answer is not None:
                    self.facts[place, seed] = answer
                elif not self.n.problem("class_counts", spec):
                    self.asked += 1

    @cached_property
    def place(self) -> str:
        """The first dataset's name on the screen."""
        return next(iter(self.comparison.places))

    def first(self, place: str = "") -> dict[str, Any] | None:
        """What is known of the rows in the first seed; None while that is being asked."""
        return self.facts.get((place or self.place, self.comparison.base.seed))

    @property
    def problem(self) -> str:
        """Why the rows cannot be looked at; "" while they can."""
        base = self.comparison.places[self.place]
        return self.n.problem("class_counts", replace(base, seed=self.comparison.base.seed))

    @property
    def stale(self) -> bool:
        """Whether answers have come since, and nothing else will bring them to the screen."""
        return self.asked > 0 and not waiting(self.contest) and not self.contest.live

    @property
    def known(self) -> bool:
        """Whether it is known of every run how much there is to find."""
        return bool(self.n.runs) and all((k[0], k[2]) in self.facts for k in self.n.runs)

    @property
    def ran(self) -> list[str]:
        """The datasets that have runs."""
        here = {place for place, _, _ in self.n.runs}
        return [place for place in self.n.places if place in here]

    # --- the class ----------------------------------------------------------------------------------------

    def code(self, place: str = "") -> int:
        """The class that is counted."""
        facts = self.first(place)
        if facts is None:
            return 1
        return self.wanted if 0 <= self.wanted < len(facts["classes"]) else int(facts["rarest"])

    @property
    def name(self) -> str:
        """What the class is called."""
        facts = self.first()
        return str(facts["classes"][self.code()]) if facts else "positive"

    @property
    def codes(self) -> dict[str, int]:
        return {place: self.code(place) for place in self.comparison.places}

    @property
    def totals(self) -> Totals:
        """Rows of the class in each pool."""
        return {key: int(facts["pool"][self.code(key[0])]) for key, facts in self.facts.items()}

    @property
    def pools(self) -> Totals:
        """Rows of each pool."""
        return {key: int(facts["rows"]) for key, facts in self.facts.items()}

    def there(self, place: str = "") -> float:
        """How many rows of the class a pool has, on average."""
        place = place or self.place
        found = [total for (name, _), total in self.totals.items() if name == place]
        return sum(found) / len(found) if found else math.nan

    def share(self, place: str = "") -> float:
        """Share of the class among the rows of the pool whose label is known."""
        facts = self.first(place)
        return facts["pool"][self.code(place)] / max(1, sum(facts["pool"])) if facts else math.nan

    @property
    def common(self) -> tuple[str, float]:
        """The commonest class, and the accuracy of always saying it."""
        facts = self.first()
        if facts is None or not sum(facts["test"]):
            return "", math.nan
        most = max(range(len(facts["test"])), key=lambda code: facts["test"][code])
        return str(facts["classes"][most]), facts["test"][most] / sum(facts["test"])

    @property
    def of_rarest(self) -> bool:
        """Whether the class that is counted is the one that average precision is about."""
        facts = self.first()
        return facts is None or self.code() == int(facts["rarest"])

    # --- frames -------------------------------------------------------------------------------------------

    @cached_property
    def looks(self) -> dict[str, Look]:
        """Every strategy with its look; random last, as it is the least of them."""
        found = dict(self.n.looks)
        passive = [name for name in found if self.comparison.twins[name] == name]
        return {k: v for k, v in found.items() if k not in passive} | {k: found[k] for k in passive}

    @property
    def shown(self) -> list[str]:
        return [name for name in self.looks if name in self.n.shown]

    @property
    def active(self) -> list[str]:
        """The strategies that are compared with random, as far as they have run."""
        return [c.label for c in self.comparison.contenders if c.label in self.n.shown]

    def held(self, make: Callable[[], T], *name: Hashable) -> T:
        """Kept for these runs, these facts and this class."""
        return self.n.held(make, "finds", len(self.facts), self.wanted, *name)

    @property
    def runs(self) -> dict[Key, Log]:
        """The runs of which it is known how much there is to find."""
        return {key: log for key, log in self.n.runs.items() if (key[0], key[2]) in self.facts}

    def bands(self) -> pd.DataFrame:
        """Finds over labels, by strategy, with bands over seeds."""
        return self.held(
            lambda: outcomes.find_bands(self.runs, self.codes, level=VERDICT, points=POINTS), "bands"
        )

    def curve(self, metric: str) -> pd.DataFrame:
        """A metric over labels, by strategy, with bands over seeds."""
        return self.held(
            lambda: outcomes.bands(self.n.frame, metric, level=VERDICT, points=POINTS), "curve", metric
        )

    def table(self, level: float = VERDICT) -> pd.DataFrame:
        """What was found at the end, and how many times as many as random."""
        return self.held(
            lambda: outcomes.find_table(self.runs, self.codes, self.totals, self.n.twins, level=level),
            *("table", level),
        )

    def effort(self, recall: float) -> pd.DataFrame:
        """Labels until a share of all rows of the class is found."""
        return self.held(
            lambda: outcomes.find_effort(
                self.runs, self.codes, self.totals, recall, self.n.twins, self.pools
            ),
            *("effort", recall),
        )

    def over_the_run(self, metric: str, level: float = VERDICT) -> pd.DataFrame:
        """A metric's mean over the curve, and the difference to random."""
        return self.held(
            lambda: outcomes.area_table(self.n.frame, metric, self.n.twins, level=level),
            *("area", metric, level),
        )

    def at_the_end(self, metric: str, level: float = VERDICT) -> pd.DataFrame:
        """A metric at the end of the runs, and the difference to random."""
        ends = self.n.frame.groupby("seed")["labels"].max() if len(self.n.frame) else ()
        end = float(min(ends, default=0.0))
        return self.held(
            lambda: outcomes.at_budgets(self.n.frame, metric, [end], self.n.twins, level=level),
            *("end", metric, level),
        )

    def row(self, frame: pd.DataFrame, strategy: str, place: str = "") -> dict[str, Any] | None:
        """A strategy's row of a table."""
        rows = frame[(frame["dataset"] == (place or self.place)) & (frame["strategy"] == strategy)]
        return rows.iloc[0].to_dict() if len(rows) else None

    @property
    def blind(self) -> int:
        """In how many seeds the first labels held one class alone, so that the start had to go on."""
        starts = [
            log.rounds
            for (place, name, _), log in self.n.runs.items()
            if (place, name) == (self.place, RANDOM)
        ]
        return sum(any(r.note for r in rounds[1:]) for rounds in starts)
