"""The simulated projects of a visitor, as far as they are made, and every number worked out of them.

Nothing is computed here: frames and estimates come from `alcore.outcomes` and `alcore.project`, and are kept
until another project is finished or another price is set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from alcore import outcomes
from alcore import project as planning
from alcore.comparison import Comparison
from alcore.project import Estimate, Project
from alcore.recipes import RECIPES
from pages.ui.colours import Look, rivals
from pages.ui.contest import Contest

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
KEPT = 40  # answers kept of one contest; the oldest go first
PARTS = "parts"  # where the curves of finished runs are kept


@dataclass
class Study:
    """A project, the runs that simulate it, and how far they are.

    Attributes
    ----------
    project : what the visitor said of their project
    comparison : every run there is to make
    contest : those runs
    """

    project: Project
    comparison: Comparison
    contest: Contest

    @property
    def wanted(self) -> int:
        """How many simulated projects there are to be in the end."""
        return self.comparison.seeds

    @property
    def made(self) -> int:
        """Simulated projects that are finished: all their runs are here, or have failed."""
        return len({seed for _, _, seed in self.contest.paired()})

    @property
    def preliminary(self) -> bool:
        """Whether more projects are to come, or were to come."""
        return self.made < self.wanted and not self.contest.done

    @property
    def twins(self) -> dict[str, str]:
        """Every active strategy and the random one it is paired with."""
        return {name: twin for name, twin in self.comparison.twins.items() if name != twin}

    @property
    def strategies(self) -> list[str]:
        """The active ones."""
        return [c.label for c in self.comparison.contenders]

    def frame(self) -> pd.DataFrame:
        """The learning curves of all finished projects."""
        return self.once("frame", lambda: outcomes.assemble(self._parts()))

    def priced(self) -> pd.DataFrame:
        """The same with what it costs: items, cost, hours, days."""
        return self.once(
            "priced", lambda: planning.priced(self.project, self.frame(), self.twins), self.project
        )

    def estimates(self) -> tuple[Estimate, ...]:
        """One for each active strategy, the best first."""
        return self.once(
            "estimates", lambda: planning.estimates(self.project, self.frame(), self.twins), self.project
        )

    def bands(self) -> pd.DataFrame:
        """The mean curve of each way of labelling over what was paid for labels, and its middle half."""

        def make() -> pd.DataFrame:
            frame = self.frame()
            paid = frame.assign(paid=frame["labels"] * self.project.price)
            found = outcomes.bands(paid, self.project.metric, "paid", band="iqr", least=2)
            columns = {"strategy": "run", "x": "paid", "low": "lo", "high": "hi"}
            return found.rename(columns=columns).assign(metric=self.project.metric)

        return self.once("bands", make, self.project)

    def lines(self) -> list[str]:
        """Every way of labelling, random first."""
        return list(self.comparison.strategies)

    def looks(self) -> dict[str, Look]:
        """How each of them is drawn."""
        recipes = {name: self.recipe(name) for name in self.strategies}
        return rivals({name: recipes.get(name, "random") for name in self.lines()})

    def recipe(self, strategy: str) -> str:
        """The recipe a strategy is."""
        return next((name for name, recipe in RECIPES.items() if recipe.label == strategy), strategy)

    def once(self, name: str, make: Callable[[], T], *given: Any) -> T:
        """What `make` gives, made once for these finished projects and these settings."""
        memo, asked = self.contest.memo, (name, self.made, *given)
        if asked not in memo:
            while len(memo) > KEPT:
                memo.pop(next(key for key in memo if key != PARTS))
            memo[asked] = make()
        return memo[asked]

    def _parts(self) -> list[outcomes.Part]:
        known = self.contest.memo.setdefault(PARTS, {})
        paired = self.contest.paired()
        for key, log in paired.items():
            if key not in known:
                known[key] = outcomes.part(key, log)
        return [known[key] for key in paired]
