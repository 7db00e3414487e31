"""The numbers of the Fairness page: each is worked out once for the runs there are, and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from alcore import fairness
from alcore.comparison import Comparison
from alcore.fairness import GAPS
from pages.ui import fairness_plan as plan
from pages.ui.colours import Look
from pages.ui.compare_numbers import VERDICT, Numbers
from pages.ui.contest import Contest, Key

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
Facts = dict[tuple[str, int], dict[str, Any]]


@dataclass
class Fair:
    """What the finished runs say of groups.

    Attributes
    ----------
    comparison, contest : the runs
    positive : code of the class that is good to get; -1 = the last
    facts : about the rows of each dataset and seed, as far as they are known
    """

    comparison: Comparison
    contest: Contest
    positive: int = -1
    facts: Facts = field(init=False)

    def __post_init__(self) -> None:
        self.n = Numbers(self.comparison, self.contest, "accuracy", 0.9, "labels", 0.0)
        seeds = dict.fromkeys([self.comparison.base.seed, *self.n.seeds_of(self.place)])
        found = {(self.place, seed): self._asked(seed) for seed in seeds}
        self.facts = {key: answer for key, answer in found.items() if answer is not None}
        if self.first and self.positive >= len(self.first["classes"]):
            self.positive = -1

    def _asked(self, seed: int) -> dict[str, Any] | None:
        spec = replace(self.comparison.base, seed=seed)
        answer: dict[str, Any] | None = self.n.call("groups", spec)
        return answer

    @cached_property
    def place(self) -> str:
        """The dataset's name on the screen."""
        return next(iter(self.comparison.places))

    @property
    def first(self) -> dict[str, Any] | None:
        """What is known of the rows in the first seed; None while that is being asked."""
        return self.facts.get((self.place, self.comparison.base.seed))

    @property
    def why_not(self) -> str:
        """Why nothing can be compared between groups; "" when it can be, or while that is not known."""
        return str(self.first["reason"]) if self.first else ""

    @property
    def problem(self) -> str:
        """Why nothing is known of the rows; "" when it is, or may be."""
        return self.n.problem("groups", self.comparison.base)

    @property
    def groups(self) -> list[str]:
        """The groups, the largest first; of all seeds, as a small one may be missing in some."""
        rows = self._mean("pool")
        return sorted(rows, key=lambda name: (-rows[name], name))

    @property
    def pool(self) -> dict[str, float]:
        """The groups' shares of the pool, mean over the seeds."""
        rows = self._mean("pool")
        total = max(sum(rows.values()), 1.0)
        return {name: count / total for name, count in rows.items()}

    @property
    def test(self) -> dict[str, float]:
        """The groups' test rows, mean over the seeds."""
        return self._mean("test")

    def _mean(self, part: str) -> dict[str, float]:
        rows: dict[str, float] = {}
        for answer in self.facts.values():
            for name, count in zip(answer["names"], answer[part], strict=True):
                rows[name] = rows.get(name, 0.0) + count / len(self.facts)
        return rows

    @cached_property
    def looks(self) -> dict[str, Look]:
        """Every strategy with its look; random last."""
        found = {name: plan.LOOKS.get(name, look) for name, look in self.n.looks.items()}
        twins = [name for name in found if self.comparison.twins[name] == name]
        return {k: v for k, v in found.items() if k not in twins} | {k: found[k] for k in twins}

    @property
    def shown(self) -> list[str]:
        return [name for name in self.looks if name in self.n.shown]

    @property
    def fair(self) -> list[str]:
        """The strategies with fairness in them that have runs."""
        return [name for name in plan.fair_names(self.comparison) if name in self.shown]

    @property
    def level(self) -> float:
        """Of each interval, so that those of all ways of fairness hold together at the verdict's level."""
        return 1 - (1 - VERDICT) / max(1, len(self.fair))

    # --- frames -------------------------------------------------------------------------------------------

    def held(self, make: Callable[[], T], *name: Hashable) -> T:
        """Kept for these runs, these facts and this class."""
        return self.n.held(make, "fair", len(self.facts), self.positive, *name)

    @property
    def parts(self) -> list[Any]:
        """The runs of seeds whose rows are known, as `alcore.fairness` reads them."""
        kept: dict[tuple[Key, int], Any] = self.contest.memo.setdefault("fair parts", {})
        for key, log in self.n.runs.items():
            here = self.facts.get((key[0], key[2]))
            if here is not None and (key, self.positive) not in kept:
                kept[key, self.positive] = fairness.group_part(key, log, here["names"], self.positive)
        return [kept[key, self.positive] for key in self.n.runs if (key, self.positive) in kept]

    @property
    def by_group(self) -> pd.DataFrame:
        """Every measure of every group over every run."""
        return self.held(lambda: fairness.group_frame(self.parts), "by group")

    @property
    def gaps(self) -> pd.DataFrame:
        """Every gap over every run, in the form of `alcore.outcomes.curves`."""
        if self.positive == -1:
            return self.n.frame  # as it was recorded
        return self.held(lambda: fairness.gap_frame(self.n.runs, self.positive), "gaps")

    def lanes(self, measure: str) -> pd.DataFrame:
        """One measure by group and strategy, with bands over seeds."""
        return self.held(
            lambda: fairness.group_bands(self.by_group, measure, level=VERDICT), "lanes", measure
        )

    def gap_bands(self, metric: str) -> pd.DataFrame:
        """One gap by strategy, with bands over seeds."""
        from alcore import outcomes

        return self.held(
            lambda: outcomes.bands(self.gaps, metric, level=VERDICT, points=60), "gap bands", metric
        )

    def spent(self) -> pd.DataFrame:
        """On whom labels were spent at the end of the run."""
        return self.held(
            lambda: fairness.spent_table(self.parts, self.facts, level=VERDICT),
            "spent",
        )

    def differences(
        self, metrics: Sequence[str], *, outcome: str = "area", level: float = VERDICT
    ) -> pd.DataFrame:
        """By how much each strategy is better than the plain one and than random, in pairs of seeds."""
        metrics, pairs = tuple(metrics), plan.pairs(self.comparison)
        return self.held(
            lambda: fairness.differences(self.gaps, metrics, pairs, outcome=outcome, level=level),
            *("differences", metrics, outcome, level),
        )

    def group_table(self, measure: str) -> pd.DataFrame:
        """One measure by group: over the run and at its end."""
        return self.held(
            lambda: fairness.group_table(self.by_group, measure, level=VERDICT), "table", measure
        )

    def ends(self) -> pd.DataFrame:
        """Every gap and the accuracy at the end of the run, with intervals: strategy, metric, and numbers."""
        return self.held(self._ends, "ends")

    def _ends(self) -> pd.DataFrame:
        import pandas as pd

        from alcore import outcomes
        from alcore.statistics import intervals

        rows = []
        for metric in ("accuracy", *GAPS):
            scores = outcomes.finals(self.gaps, metric)
            for name in self.shown:
                values = scores[scores["strategy"] == name]["score"].dropna().to_numpy(float)
                found = intervals.of_mean(values, VERDICT) if len(values) else None
                rows.append(
                    (name, metric, len(values))
                    + ((found.value, found.low, found.high) if found else (None, None, None))
                )
        frame = pd.DataFrame(rows, columns=["strategy", "metric", "seeds", "value", "low", "high"])
        return frame.astype({"value": float, "low": float, "high": float})

    def undefined(self) -> dict[str, str]:
        """For each gap a sentence on where it is undefined; "" = it is defined in all seeds."""
        return self.held(lambda: fairness.undefined_text(self.facts, self.positive), "undefined")

    def why_undefined(self, group: str, measure: str) -> str:
        """Why a group has no such rate; "" when it has one in some seed."""
        frame = self.held(lambda: fairness.undefined(self.facts, self.positive), "why undefined")
        here = frame[frame["group"].isin([group, ""]) & frame["measure"].isin([measure, ""])]
        return str(here["reason"].iloc[0]) if len(here) else ""
