"""The numbers of the Teams page, worked out of the projects that are there and kept until more are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alcore import outcomes
from alcore.catalog import METRICS
from alcore.errors import AlcoreError
from alcore.statistics.intervals import Interval
from alcore.teams import study
from alcore.teams.study import Arm
from pages.ui import teams_charts
from pages.ui import teams_plan as plan
from pages.ui.teams_work import Work

if TYPE_CHECKING:
    import pandas as pd


def arms(work: Work, metric: str) -> dict[str, Arm]:
    """The ways of working over the seeds that are there."""
    return work.once(
        "arms",
        lambda: study.arms(work.rows, metric, alone=plan.ALONE, random=plan.BY_LOT, sign=sign_of(metric)),
        metric,
    )


def sign_of(metric: str) -> float:
    """-1 where a smaller metric is better."""
    return 1.0 if METRICS[metric].facts["better"] == "higher" else -1.0


def unit_of(work: Work) -> teams_charts.Unit:
    """What time is told in."""
    ends = [p["seconds"] for (name, _), p in work.rows.items() if name == plan.ALONE]
    return teams_charts.unit_of(sorted(ends)[len(ends) // 2] if ends else 7200.0)


def bands(work: Work, metric: str, axis: str, *, step: bool = False) -> pd.DataFrame:
    """The mean curve of every arm with its interval."""

    def make() -> pd.DataFrame:
        frame = work.once("curves", lambda: study.curves(work.rows, metric, axis), metric, axis)
        if not len(frame):
            import pandas as pd

            return pd.DataFrame({n: [] for n in ("strategy", "x", "value", "low", "high")})
        try:
            return outcomes.bands(
                frame, metric, axis, level=0.95, between="step" if step else "linear", points=120
            )
        except AlcoreError:
            return frame.iloc[:0].assign(x=[], low=[], high=[])

    return work.once("bands", make, metric, axis)


def sizes(work: Work, metric: str) -> dict[int, Arm]:
    """The same team with more or fewer annotators, over the seeds for which all sizes are there."""

    def make() -> dict[int, Arm]:
        names = {str(n) for n in work.plan.sizes}
        whole = [
            s
            for s in {seed for _, seed in work.by_size}
            if all((n, s) in work.by_size for n in names) and (plan.BY_LOT, s) in work.projects
        ]
        rows = {key: project for key, project in work.by_size.items() if key[1] in whole}
        rows |= {(plan.BY_LOT, s): work.projects[plan.BY_LOT, s] for s in whole}
        found = study.arms(rows, metric, alone=plan.ALONE, random=plan.BY_LOT, sign=sign_of(metric))
        return {int(name): arm for name, arm in found.items() if name != plan.BY_LOT}

    return work.once("sizes", make, metric)


def ends_of(interval: Interval) -> tuple[float, float]:
    """The ends of an interval; NaN where there is none."""
    nan = float("nan")
    return (
        nan if interval.low is None else interval.low,
        nan if interval.high is None else interval.high,
    )
