"""A comparison as a Jupyter notebook that makes it again with `alcore` alone, and as lines of code.

>>> from alcore.comparison import Comparison, Contender
>>> print(spec_code(Spec("wine", budget=60)))
Spec(dataset="wine", budget=60)
>>> text = notebook(Comparison(Spec("wine"), (Contender.recipe("margin"),), seeds=3))
>>> json.loads(text)["nbformat"]
4
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

from alcore.catalog import METRICS
from alcore.comparison import Comparison, Contender
from alcore.recipes import RECIPES, STRATEGY
from alcore.spec import Choice, Spec
from alcore.types import Log

Key = tuple[str, str, int]  # dataset, strategy, seed
Cell = dict[str, Any]
UPLOAD = "upload"  # the dataset that stands for somebody's own table
WIDTH = 100
NUMBERS = 2000  # runs whose last score is written into the notebook
_USUAL = Spec()


def notebook(
    comparison: Comparison,
    runs: Mapping[Key, Log] | None = None,
    *,
    metric: str = "accuracy",
    target: float = 0.9,
    axis: str = "labels",
    rule: str = "first",
    pace: float = 0.0,
    title: str = "",
    engine: str = "",
) -> str:
    """A notebook (.ipynb, format 4.5) that runs the comparison on all cores and shows what the page shows.

    Parameters
    ----------
    comparison : Comparison
    runs : mapping, optional
        The finished runs; their last scores are written into the notebook, which compares its own with them.
    metric, target, axis, rule : as on the page
    pace : float
        Seconds an annotator needs for a label, which the axis ``minutes`` is made of.
    title : str
    engine : str
        Fingerprint of the engine that made the runs.

    Returns
    -------
    str
        JSON. Equal arguments, equal text.
    """
    own = any(place.dataset.name == UPLOAD for place in comparison.places.values())
    return _document(
        [
            _words(_about(comparison, title, engine)),
            _code(INSTALL),
            _words("## The comparison"),
            _code(comparison_code(comparison)),
            _code(_view_code(comparison, metric, target, axis, rule, pace, own)),
            _words(
                "## Run it\nOn all cores. The same comparison gives the same rounds on any number of them."
            ),
            _code(
                RUN.format(data=", data=TABLE" if own else "", minutes=MINUTES if axis == "minutes" else "")
            ),
            _words("## Learning curves\nThe mean over the seeds, with a 90 % confidence band."),
            _code(PLOT),
            _words(f"## Tables\nThe area under the curve: {METRICS[metric].facts['better']} is better."),
            _code('outcomes.area_table(frame, METRIC, twins, AXIS).drop(columns=["start", "end"])'),
            _words("What it takes to reach the target. *Not reached* is missing (NaN), never 0."),
            _code('outcomes.to_target(frame, METRIC, TARGET, tuple({"labels", "money", AXIS}), RULE)'),
            _words("What is saved against random; where there is no number, `reason` says why."),
            _code("outcomes.savings(frame, METRIC, TARGET, twins, AXIS, RULE)"),
            _words(
                "Wins, ties and losses over the seeds; Wilcoxon's signed-rank test with Holm's correction."
            ),
            _code("outcomes.versus(frame, METRIC, twins, axis=AXIS)"),
            _words("Labels and computing time of one run."),
            _code("outcomes.effort(runs)"),
            *_known(runs or {}, metric),
        ]
    )


def comparison_code(comparison: Comparison) -> str:
    """Lines that make this comparison."""
    contenders = [_contender_code(contender) for contender in comparison.contenders]
    places = [value_code(c) if c.params else f"Choice({_text(c.name)})" for c in comparison.datasets]
    arguments = [
        spec_code(comparison.base, indent=1, leave_out=STRATEGY),
        _laid_out("(", contenders, ")", 1),
        f"seeds={comparison.seeds}",
        *([f"datasets={_laid_out('(', places, ')', 1)}"] if places else []),
    ]
    body = "".join(f"    {argument},\n" for argument in arguments)
    choice = "Choice, " if "Choice" in body else ""
    return (
        f"from alcore import {choice}Spec, outcomes\n"
        "from alcore.comparison import Comparison, Contender\n\n"
        f"comparison = Comparison(\n{body})"
    )


def spec_code(spec: Spec, indent: int = 0, leave_out: Collection[str] = ()) -> str:
    """The call that makes this spec; what equals a default is left out."""
    given = [
        _argument(f.name, value)
        for f in fields(spec)
        if f.name not in leave_out and (value := getattr(spec, f.name)) != getattr(_USUAL, f.name)
    ]
    return _laid_out("Spec(", given, ")", indent)


def value_code(value: Any) -> str:
    """A field's value as code: a plug-in with its defaults is its name."""
    if isinstance(value, tuple):
        inner = ", ".join(value_code(v) for v in value)
        return f"({inner},)" if value else "()"
    if isinstance(value, Choice):
        if not value.params:
            return _text(value.name)
        return f"Choice.of({_text(value.name)}, {', '.join(f'{k}={value_code(v)}' for k, v in value.params)})"
    return _text(value) if isinstance(value, str) else repr(value)


INSTALL = """\
# In the folder of the dashboard's source, where its pyproject.toml is:
%pip install --quiet ".[app]"
"""
RUN = """\
from alcore.edge.parallel import run_all

entries = comparison.entries()
specs = {{(e.dataset, e.strategy, e.seed): e.spec for e in entries}}
failed, logs = {{}}, {{}}
for spec, log in run_all(specs.values(){data}, failed=failed):
    logs[spec] = log
    print(f"\\r{{len(logs)}} of {{len(set(specs.values()))}} runs", end="", flush=True)
print()
for spec, error in failed.items():
    print(f"Seed {{spec.seed}}, {{spec.acquisition.name}}: {{error}}")

runs = {{key: logs[spec] for key, spec in specs.items() if spec in logs}}
twins = comparison.twins
frame = outcomes.curves(runs)
{minutes}frame.head()"""
MINUTES = 'frame = frame.assign(minutes=frame["labels"] * PACE / 60)  # of an annotator\n'

PLOT = """\
import altair as alt

bands = outcomes.bands(frame, METRIC, AXIS)
names = list(comparison.strategies)
grey = ["#767676" if twins[name] == name else colour for name, colour in zip(names, COLOURS)]
colour = alt.Color("strategy:N", title=None, scale=alt.Scale(domain=names, range=grey))
x = alt.X("x:Q", title=AXIS)
line = alt.Chart(bands).mark_line().encode(
    x=x, y=alt.Y("value:Q", title=METRIC).scale(zero=False), color=colour
)
area = alt.Chart(bands).mark_area(opacity=0.15).encode(x=x, y="low:Q", y2="high:Q", color=colour)
chart = (area + line).properties(width=520, height=300).facet("dataset:N", columns=2)
chart"""
COLOURS = ("0b6fcf", "e8710a", "8a07fc", "04a85d", "c71021", "d169b8", "aa2e98", "845955")


def _about(comparison: Comparison, title: str, engine: str) -> str:
    names = ", ".join(_escaped(name) for name in comparison.strategies)
    places = ", ".join(_escaped(place) for place in comparison.places)
    size = len(comparison.entries())
    made = f"\n\nThe app made its runs with engine `{engine}`." if engine else ""
    return (
        f"# {_escaped(title) or 'A comparison of active-learning strategies'}\n"
        f"{names} on {places}: {comparison.seeds} paired seeds, {size} runs. "
        "In each seed all of them have the same split, the same first labels and the same noise."
        f"{made}"
    )


def _view_code(
    comparison: Comparison, metric: str, target: float, axis: str, rule: str, pace: float, own: bool
) -> str:
    colours = [f"#{COLOURS[i % len(COLOURS)]}" for i in range(len(comparison.strategies))]
    lines = [f"METRIC = {_text(metric)}", f"TARGET = {target!r}", f"AXIS = {_text(axis)}"]
    lines.append(f"RULE = {_text(rule)}  # when the target counts as reached")
    if axis == "minutes":
        lines.append(f"PACE = {pace!r}  # seconds for a label")
    lines.append(_laid_out("COLOURS = [", [_text(c) for c in colours], "]", 0))
    if own:
        lines.append('TABLE = "your-table.csv"  # the table you uploaded; it is not in this notebook')
    return "\n".join(lines)


def _contender_code(contender: Contender) -> str:
    changes = dict(contender.changes)
    name = next((n for n, r in RECIPES.items() if all(changes.get(k) == v for k, v in r.parts().items())), "")
    if name and name != "random":
        recipe = RECIPES[name]
        label = [] if contender.label == recipe.label else [_text(contender.label)]
        rest = {k: v for k, v in changes.items() if k not in recipe.parts()}
        given = [_text(name), *label, *(_argument(k, v) for k, v in rest.items())]
        return _laid_out("Contender.recipe(", given, ")", 2)
    told = {k: v for k, v in changes.items() if k not in STRATEGY or v != getattr(_USUAL, k)}
    given = [_text(contender.label), *(_argument(k, v) for k, v in told.items())]
    return _laid_out("Contender.of(", given, ")", 2)


def _known(runs: Mapping[Key, Log], metric: str) -> list[Cell]:
    """The cells that compare with what the app had."""
    found: dict[tuple[str, str], dict[int, float]] = {}
    for (dataset, strategy, seed), log in list(runs.items())[:NUMBERS]:
        if log.rounds and (score := log.rounds[-1].metrics.get(metric)) is not None and score == score:
            found.setdefault((dataset, strategy), {})[seed] = score
    if not found:
        return []
    rows = "".join(f"    ({_text(d)}, {_text(s)}): {scores!r},\n" for (d, s), scores in found.items())
    return [
        _words(
            "## The app's numbers\nThe last score of every run as the app had it, and how far it is from the "
            "one made here. The same versions of the engine and its libraries give exactly the same."
        ),
        _code(
            f"app = {{  # (dataset, strategy): last score by seed\n{rows}}}\n"
            'here = outcomes.finals(frame, METRIC).set_index(["dataset", "strategy", "seed"])["score"]\n'
            "apart = [\n"
            "    abs(here[(*name, seed)] - score)\n"
            "    for name, scores in app.items() for seed, score in scores.items()\n"
            "    if (*name, seed) in here.index\n"
            "]\n"
            'print(f"{len(apart)} runs are in both; the largest difference is {max(apart, default=0):.3g}")'
        ),
    ]


def _words(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> Cell:
    lines = text.rstrip("\n").splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": lines}


def _document(cells: Sequence[Cell]) -> str:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps(
        {
            "cells": [{"id": f"cell-{number}"} | cell for number, cell in enumerate(cells)],
            "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
        ensure_ascii=False,
    )


def _argument(name: str, value: Any) -> str:
    """A field of a spec as an argument; whole numbers of labels or money need no point."""
    if isinstance(value, float) and value.is_integer() and value < 1e15:
        value = int(value)
    return f"{name}={value_code(value)}"


def _laid_out(head: str, parts: Sequence[str], tail: str, indent: int) -> str:
    """A call on one line where it fits, else a line for each argument."""
    flat = f"{head}{', '.join(parts)}{',' if head == '(' and len(parts) == 1 else ''}{tail}"
    if len(flat) + 4 * indent <= WIDTH - 10 and "\n" not in flat:
        return flat
    space = "    " * (indent + 1)
    return head + "".join(f"\n{space}{part}," for part in parts) + "\n" + "    " * indent + tail


def _text(text: str) -> str:
    """A string literal in double quotes, whatever is in it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")


def _escaped(text: str) -> str:
    """A name as plain words in Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#$|~" else c for c in " ".join(text.split()))
