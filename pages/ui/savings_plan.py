"""What the Savings page remembers: whose rows, what is known of the project, how it is simulated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alcore.catalog import METRICS
from alcore.comparison import Comparison
from alcore.errors import SpecError
from alcore.params import Param, Range
from alcore.presets import PRESETS
from alcore.project import PARAMS, Project, simulated
from alcore.recipes import RECIPES
from alcore.spec import Choice, Spec
from pages.ui import own_data
from pages.ui.form import spoken

OWN = "own"  # the case that is a visitor's own table
FIRST = next(iter(PRESETS))
PROJECTS = 20  # simulated projects, unless told otherwise
USUAL = ("margin", "hybrid")  # and those that are simulated for an own table
MOST = 1000  # labels that one simulated project buys at most
ROUNDS = 40  # about so many batches it buys them in; half as many
FEW = 100  # rows below which a pilot says little
LARGE = 5000  # where the table has more rows than this
METRIC_NAMES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro-F1",
    "rare_recall": "Recall of the rarest class",
}
METRIC_HELP = {
    "accuracy": "Of 100 new rows, how many does the model get right?",
    "balanced_accuracy": "The same, asked of every class by itself and averaged: rare classes count as "
    "much as common ones.",
    "macro_f1": "Like balanced accuracy, and false alarms count as well.",
    "rare_recall": "Of 100 rows of the rarest class, how many does the model find?",
}
PROJECT = {p.name: p for p in PARAMS}


def _usual(param: Param) -> Param:
    """A parameter of the project with the value that an empty address has: that of the first case."""
    return replace(param, default=getattr(PRESETS[FIRST].project, param.name))


OFFERED = tuple(name for name in RECIPES if name != "random")

VIEW = (
    *(_usual(param) for param in PARAMS),
    Param("case", str, FIRST, choices=(OWN, *PRESETS)),
    Param("show", str, "", choices=("", "run", "stopped")),
    Param("projects", int, PROJECTS, range=Range(2, 100)),
    Param("strategies", str, PRESETS[FIRST].recipes, many=True, choices=OFFERED),
    Param("of", str, "", choices=("", *RECIPES)),
    Param("ladder", str, "cost", choices=("cost", "labels", "days")),
    Param("whatif", bool, False),
)  # fmt: skip


def project_of(view: Mapping[str, Any]) -> Project:
    """The project as the form describes it."""
    return Project(**{name: view[name] for name in PROJECT})


def view_of(case: str) -> dict[str, Any]:
    """The view a case begins with."""
    preset = PRESETS.get(case)
    project = preset.project if preset else Project()
    return {
        **{name: getattr(project, name) for name in PROJECT},
        "case": case,
        "show": "",
        "projects": PROJECTS,
        "strategies": preset.recipes if preset else USUAL,
        "of": "",
        "whatif": False,
    }


def spec_of(case: str) -> Spec:
    """The experiment a case begins with."""
    return PRESETS[case].spec if case in PRESETS else Spec(dataset=Choice(own_data.OWN))


def sized(spec: Spec, rows: int, classes: int) -> Spec:
    """A simulation of an own table: batches and budget by how many rows there are.

    >>> spec = sized(Spec(), rows=600, classes=12)
    >>> spec.first, spec.batch, spec.budget
    (24, 10, 402.0)
    """
    pool = max(2, round(rows * (1 - spec.test_share)))
    budget = min(pool, MOST)
    first = max(2, min(max(10, 2 * classes), budget // 3))
    batch = _round(budget / (ROUNDS if rows <= LARGE else ROUNDS // 2))
    return replace(spec, first=first, batch=batch, budget=budget)


def projects_for(rows: int) -> int:
    """How many projects are simulated on a table of so many rows, unless told otherwise."""
    return PROJECTS if rows <= LARGE else PROJECTS // 2


def effort(spec: Spec, rows: int, projects: int) -> str:
    """How a table is simulated, in a sentence."""
    said = (
        f"Simulated projects start with {spec.first} labels, buy {spec.batch} at a time and end at "
        f"{spec.budget:,.0f} labels."
    )
    if rows < FEW:
        return f"{said} {rows} rows are very few: whatever comes out says little about a real project."
    if rows <= LARGE:
        return said
    return (
        f"A large table, {rows:,} rows: {said[0].lower()}{said[1:]} {projects} projects are simulated, in "
        "larger batches, so that it takes minutes and not hours."
    )


def suggested(most: float) -> float:
    """A target a little below what all labels together give.

    >>> suggested(0.937), suggested(1.0)
    (0.915, 0.98)
    """
    return max(0.01, math.floor(most * 0.98 * 200 + 1e-9) / 200)


def targets(target: float) -> list[float]:
    """Targets around the wanted one.

    >>> targets(0.97)
    [0.87, 0.92, 0.95, 0.97, 0.98, 0.99, 1.0]
    """
    around = (-0.1, -0.05, -0.02, 0.0, 0.01, 0.02, 0.03, 0.05)
    return [round(target + step, 4) for step in around if 0 < round(target + step, 4) <= 1]


def comparison_of(view: Mapping[str, Any], spec: Spec) -> Comparison:
    """Every run there is to make.

    Raises
    ------
    SpecError
        When what is asked for does not go together.
    """
    names = tuple(view["strategies"])
    if not names:
        raise SpecError("Choose at least one strategy to simulate.")
    return simulated(project_of(view), spec, names, seeds=int(view["projects"]), budget=spec.budget)


def metric_name(metric: str) -> str:
    """A metric as a sentence begins with it."""
    return METRIC_NAMES.get(metric) or spoken(METRICS[metric].label)


def percent(value: float) -> str:
    """A share as it is said: ``93 %``, ``93.5 %``.

    >>> percent(0.9), percent(0.935)
    ('90 %', '93.5 %')
    """
    return f"{100 * value:.1f}".removesuffix(".0") + " %"


def _round(number: float) -> int:
    """1, 2, 5 or ten times that: the nearest such number below, at least 1."""
    power = 10 ** max(0, math.floor(math.log10(max(number, 1))))
    return max(m * power for m in (1, 2, 5) if m * power <= max(number, 1))
