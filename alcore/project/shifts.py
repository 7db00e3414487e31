"""When labelling will be done, read off finished runs: their batches and what their labels took."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from math import ceil, isfinite, nan
from typing import TYPE_CHECKING, Annotated

from alcore.catalog import METRICS
from alcore.errors import SpecError
from alcore.outcomes.frames import Key, sign_of, table
from alcore.params import Param, Range, Text, params_of, settle
from alcore.statistics.forecast import forecast
from alcore.types import Log
from alcore.workdays import first_day, working_day

if TYPE_CHECKING:
    import pandas as pd

HOUR = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Shifts:
    """How people work: what an hour costs makes money into time.

    Parameters
    ----------
    wage : float
        What an hour of labelling costs. It turns the money of a label into the time it takes.
    annotators : int
        How many people share each batch.
    hours : float
        Hours each of them works on a working day, breaks included.
    week : int
        Working days in a week, beginning on Monday.
    session : float
        Minutes of work between two breaks.
    pause : float
        Minutes of a break.
    wait : float
        Working hours between two batches: fitting, choosing, handing out.
    first_day : str
        The first day, such as 2030-01-31; empty = today.

    Raises
    ------
    SpecError
        When a number is out of its limits or the first day is no date.
    """

    wage: Annotated[float, Range(0.01, 10_000.0, log=True)] = 30.0
    annotators: Annotated[int, Range(1, 1000, log=True)] = 2
    hours: Annotated[float, Range(0.5, 24.0)] = 6.0
    week: Annotated[int, Range(1, 7)] = 5
    session: Annotated[float, Range(5.0, 480.0)] = 50.0
    pause: Annotated[float, Range(0.0, 120.0)] = 10.0
    wait: Annotated[float, Range(0.0, 500.0)] = 1.0
    first_day: Annotated[str, Text(10)] = ""

    def __post_init__(self) -> None:
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        for name, value in settle(PARAMS, given, "The plan").items():
            object.__setattr__(self, name, value)
        self.begins(date.min)

    def begins(self, today: date) -> date:
        """The first day."""
        return first_day(self.first_day, today)

    def working_hours(self, log: Log) -> float:
        """Hours from the first label of a run to its last, counted in working hours, breaks included.

        Every batch is shared evenly, label by label, and waits for the last annotator.

        >>> from alcore.types import Round
        >>> batch = Round(0, ((1,), (2,), (3,)), ((0.0,),) * 3, (0.0,) * 3, (1.0, 2.0, 3.0), {})
        >>> Shifts(wage=2, annotators=2, pause=0, wait=5).working_hours(Log((batch, batch)))
        9.0
        """
        work = sum(
            ceil(len(r.costs) / self.annotators) * sum(r.costs) / len(r.costs) / self.wage
            for r in log.rounds
            if r.costs
        )
        return work * (1.0 + self.pause / self.session) + self.wait * max(0, len(log) - 1)

    def days(self, working_hours: float) -> int:
        """Working days for so many working hours, at least one."""
        return max(1, ceil(working_hours / self.hours - 1e-9))

    def last_day(self, days: int, today: date) -> date:
        """The date of the nth working day."""
        return working_day(self.begins(today), days, self.week)


PARAMS: tuple[Param, ...] = params_of(Shifts)


def endings(
    runs: Mapping[Key, Log],
    metric: str,
    target: float,
    shifts: Shifts,
    *,
    today: date,
    at_once: Collection[str] = (),
    level: float = 0.8,
) -> "pd.DataFrame":
    """When each strategy will have reached a target, by its runs.

    Parameters
    ----------
    at_once : collection of str
        Strategies whose labels can all be handed out on the first day, as random ones: none waits.

    Returns
    -------
    DataFrame
        dataset, strategy, seeds, reached (how many), hours (mean working hours of the people together, of
        those that reached it), days (middle), low and high (working days between which ONE project should
        end, NaN = not reached), last (date of the middle; None = not reached), last_high (None as well),
        level (the one the interval has; NaN = none), reason.

    Raises
    ------
    SpecError
        When there is no such metric.
    """
    if metric not in METRICS:
        raise SpecError(f"There is no metric named {metric!r}")
    by: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for (dataset, strategy, _), log in runs.items():
        plan = replace(shifts, wait=0.0) if strategy in at_once else shifts
        by.setdefault((dataset, strategy), []).append(_taken(log, metric, target, plan))
    rows = []
    for (dataset, strategy), taken in by.items():
        days = [d for _, d in taken]
        known = [(h, d) for h, d in taken if isfinite(d)]
        middle = _middle(days)
        found = forecast(days, level)
        low, high = (end if end is not None and isfinite(end) else nan for end in (found.low, found.high))
        rows.append(
            (
                *(dataset, strategy, len(days), len(known)),
                sum(h for h, _ in known) / len(known) if known else nan,
                *(middle, low, high),
                shifts.last_day(int(middle), today) if isfinite(middle) else None,
                shifts.last_day(ceil(high), today) if isfinite(high) else None,
                nan if found.level is None else found.level,
                found.reason,
            )
        )
    return table(rows, "dataset strategy seeds reached hours days low high last last_high level reason")


def _taken(log: Log, metric: str, target: float, shifts: Shifts) -> tuple[float, float]:
    """Hours of people and working days until a run reached the target; NaN where it did not."""
    sign = sign_of(metric)
    for k, r in enumerate(log.rounds):
        if sign * r.metrics.get(metric, nan) >= sign * target:
            until = log[: k + 1]
            return until.spent / shifts.wage, float(shifts.days(shifts.working_hours(until)))
    return nan, nan


def _middle(days: list[float]) -> float:
    """The day by which half of the runs had reached it, the lower one of two; NaN where fewer did."""
    known = sorted(d for d in days if isfinite(d))
    half = (len(days) + 1) // 2
    return known[half - 1] if len(known) >= half and half else nan
