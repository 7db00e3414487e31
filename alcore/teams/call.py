"""A team's project as plain JSON values: what a page draws of it."""

from typing import Any

import numpy as np

from alcore import catalog
from alcore.spec import Spec
from alcore.teams.simulate import Outcome, simulate
from alcore.teams.team import Team
from alcore.types import Data, Floats, Log

PEOPLE = 12  # annotators whose work is drawn
PIECES = 900  # and answers of theirs


def teamwork(
    spec: Spec, log: Log, data: Data | None = None, *, people: int = PEOPLE, **team: Any
) -> dict[str, Any]:
    """A simulated project of a team; the fields of `Team` are the arguments.

    Returns
    -------
    dict
        ``points``: seconds, answers, rows, money and metrics of each model. ``seconds``, ``answers``,
        ``duplicates``, ``stale``, ``working``, ``waiting``, ``busy``: see `Outcome`; None where there is
        none. ``staleness``: how often each staleness occurred. ``work``: agent, from, to, whether it was a
        duplicate and staleness, for the answers of the first annotators; ``waits``: agent, from, to.
    """
    return told(simulate(spec, Team(**team), data=data), people)


def told(project: Outcome, people: int = PEOPLE) -> dict[str, Any]:
    """An outcome as plain values."""
    points, answers = project.points, project.answers
    names = [name for name in catalog.METRICS if any(name in point.metrics for point in points)]
    values, counts = np.unique(answers.stale, return_counts=True)
    drawn = np.flatnonzero(answers.agent < people)[:PIECES]
    agents, repeated = answers.agent[drawn].tolist(), answers.duplicate[drawn].astype(int).tolist()
    until = float(answers.end[drawn].max()) if len(drawn) else 0.0
    return {
        "points": {
            "seconds": _short([p.seconds for p in points]),
            "answers": [p.answers for p in points],
            "rows": [p.rows for p in points],
            "money": _short([p.money for p in points]),
            "metrics": {name: [_number(p.metrics.get(name, np.nan)) for p in points] for name in names},
        },
        "first": project.first,
        "every": project.every,
        "seconds": project.seconds,
        "answers": len(answers),
        "duplicates": _number(project.duplicates),
        "stale": _number(project.stale),
        "working": project.working,
        "waiting": project.waiting,
        "busy": project.busy,
        "staleness": [values.tolist(), counts.tolist()],
        "work": [
            agents,
            _short(answers.start[drawn]),
            _short(answers.end[drawn]),
            repeated,
            answers.stale[drawn].tolist(),
        ],
        "waits": [
            [agent, round(since, 1), round(to, 1)]
            for agent, since, to in project.waits
            if agent < people and since <= until
        ][:PIECES],
    }


def _short(values: Floats | list[float]) -> list[float]:
    return [round(float(value), 2) for value in values]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
