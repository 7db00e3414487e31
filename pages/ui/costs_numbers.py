"""The numbers of the Costs page: each is worked out once for the runs there are, and kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from alcore import outcomes
from alcore.comparison import Comparison
from alcore.project.shifts import Shifts, endings
from alcore.types import Log
from pages.ui import costs_plan as plan
from pages.ui.colours import Look
from pages.ui.compare_numbers import VERDICT, Numbers
from pages.ui.contest import Contest

if TYPE_CHECKING:
    import pandas as pd

SAVED = 0.9  # level of intervals of what is saved
ONE = 0.8  # and of those for one future project
Cells = dict[str, Any]


@dataclass
class Bills:
    """What the finished runs say of money.

    Attributes
    ----------
    comparison, contest : the runs
    metric, target : how good is good enough
    """

    comparison: Comparison
    contest: Contest
    metric: str
    target: float

    def __post_init__(self) -> None:
        self.n = Numbers(self.comparison, self.contest, self.metric, self.target, "money", 0.0)
        self.hero, self.plain = plan.roles(self.comparison)
        self.cheapest = plan.cheapest(self.comparison)

    @property
    def place(self) -> str:
        """The dataset's name on the screen."""
        return next(iter(self.comparison.places))

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
    def ready(self) -> bool:
        """Whether a claim may be made: the runs have ended, and something was measured."""
        return bool(self.n.runs) and not self.contest.live and len(self.n.frame) > 0

    def bands(self) -> pd.DataFrame:
        """The mean curve over money, with its interval."""
        return self.n.bands("mean", "ci")

    def to_target(self) -> pd.DataFrame:
        """Money to the target, by strategy."""
        return self.n.table(outcomes.to_target, self.target, ("money",), level=SAVED)

    def savings(self, pairs: dict[str, str]) -> pd.DataFrame:
        """What strategies save on the way to the target against others."""
        return self.n.table(outcomes.savings, self.target, pairs, axis="money", level=SAVED)

    def saving(self, one: str, other: str) -> Cells | None:
        """What one strategy saves against another."""
        frame = self.savings({one: other}) if one and other and one != other else None
        return frame.iloc[0].to_dict() if frame is not None and len(frame) else None

    def areas(self) -> pd.DataFrame:
        """The mean height of the curves over money."""
        return self.n.table(outcomes.area_table, self.n.twins, axis="money", level=VERDICT)

    def bought(self) -> dict[str, tuple[float, float, float]]:
        """Strategy -> labels bought, what one of them cost, and the most that any run spent: over seeds."""
        return self.n.held(self._bought, "bought")

    def _bought(self) -> dict[str, tuple[float, float, float]]:
        found: dict[str, tuple[float, float, float]] = {}
        for name in self.shown:
            logs = [log for (_, strategy, _), log in self.n.runs.items() if strategy == name]
            labels = sum(log.labels for log in logs)
            spent = [log.spent for log in logs]
            found[name] = (labels / len(logs), sum(spent) / max(1, labels), max(spent))
        return found

    def endings(self, shifts: Shifts, today: date | None = None) -> pd.DataFrame:
        """When each strategy will have reached the target."""
        day = today or datetime.now(UTC).date()
        return self.n.held(
            lambda: endings(
                self.n.runs,
                self.metric,
                self.target,
                shifts,
                today=day,
                at_once=[name for name, twin in self.comparison.twins.items() if name == twin],
                level=ONE,
            ),
            *("endings", self.metric, self.target, shifts, day),
        )

    # --- one purchase -------------------------------------------------------------------------------------

    def seen(self, wanted: str) -> tuple[str, Log | None]:
        """The strategy whose run is looked at, and that run in the first seed."""
        name = wanted if wanted in self.comparison.strategies else self.hero
        return name, self.n.runs.get((self.place, name, self.comparison.base.seed))

    def purchase(self, name: str, after: int) -> Cells | None:
        """What one round's money buys in a strategy's first run; None while that is worked out."""
        return self.n.call("purchase", self.comparison.strategies[name], after)

    def purchase_problem(self, name: str, after: int) -> str:
        """Why it cannot be told; "" while it can."""
        return self.n.problem("purchase", self.comparison.strategies[name], after)


def row(frame: pd.DataFrame, strategy: str) -> Cells | None:
    """A strategy's row of a table."""
    rows = frame[frame["strategy"] == strategy]
    return rows.iloc[0].to_dict() if len(rows) else None


def finite(value: Any) -> bool:
    """Whether there is a number."""
    return value is not None and math.isfinite(value)
