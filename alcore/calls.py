"""Questions a page asks of a run besides its rounds; answers are plain JSON values, made by workers.

Every call is a function of (spec, log, data) and a few plain arguments, found by name in `CALLS`. `log` holds
the rounds up to the one asked about; `data` is None unless the rows are the visitor's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from numbers import Real
from time import perf_counter
from typing import Any

import numpy as np

from alcore import advisor, catalog, projection, redundancy, replay, workings
from alcore.batches import batch
from alcore.communication import communication
from alcore.crowd.calls import crowd_agreement, crowd_data, crowd_people, crowd_policy
from alcore.errors import SpecError
from alcore.fairness import groups
from alcore.greedy_oracle import greedy_steps
from alcore.loop import Run, begin, load, misfit
from alcore.pace import tried
from alcore.privacy.leak import measure as leak_test
from alcore.privacy.ledger import DELTA, statement
from alcore.privacy.promise import spending
from alcore.privacy.threat import caveats
from alcore.project.value import Project
from alcore.purchase import purchase
from alcore.rarity import class_counts
from alcore.rng import stream
from alcore.spec import Choice, Spec
from alcore.teams.call import teamwork
from alcore.types import Data, Floats, Ints, Log

MAP_ROWS = 2000  # points drawn on a map; larger pools are sampled, queried rows are always drawn
NEIGHBOURS = 3
TRIED = 24  # candidates the greedy oracle tries for one place of a batch
FITS = 100  # and fits for one round: larger batches get fewer candidates a place


def scene(spec: Spec, log: Log, data: Data | None = None) -> dict[str, Any]:
    """Where everything is: the map's points, axes, bounds and what the data are."""
    data = load(spec) if data is None else data
    view = projection.project(data)
    rows = data.train
    if len(rows) > MAP_ROWS:
        rows = np.sort(stream(spec.seed, "map").choice(rows, MAP_ROWS, replace=False))
    places = view.plane(data.X[rows])
    box = projection.bounds(view.plane(data.pool_X))
    priors = np.bincount(data.y[data.y >= 0], minlength=data.n_classes)
    return {
        "ids": rows.tolist(),
        "x": _short(places[:, 0]),
        "y": _short(places[:, 1]),
        "label": data.y[rows].tolist(),
        "box": list(box),
        "titles": list(view.titles),
        "exact": view.exact,
        "caption": view.caption,
        "sampled": len(rows) < len(data.train),
        "classes": list(data.classes),
        "class_counts": priors.tolist(),
        "pool": len(data.train),
        "test": len(data.test),
        "features": data.X.shape[1],
        "image": list(data.image),
        "notes": list(data.notes),
        "boundary": data.posterior is not None and view.exact,
    }


def places(spec: Spec, log: Log, data: Data | None = None, *, ids: list[int]) -> dict[str, Any]:
    """Where given rows are on the map."""
    data = load(spec) if data is None else data
    at = projection.project(data).plane(data.X[_rows(ids, data)])
    return {"x": _short(at[:, 0]), "y": _short(at[:, 1]), "label": data.y[_rows(ids, data)].tolist()}


def field(
    spec: Spec,
    log: Log,
    data: Data | None = None,
    *,
    acquisition: str = "",
    params: dict[str, Any] | None = None,
    size: int = 64,
) -> dict[str, Any]:
    """The map's background after the log's rounds: the learner's class, and an acquisition function.

    Returns
    -------
    dict
        ``classes``: size * size codes, row by row from the top; ``confidence``: max P in each cell;
        ``scores``: the acquisition function in each cell (absent when none is asked for); ``low``, ``high``:
        its range;
        ``bayes``: the true boundary's classes where the dataset knows it.
    """
    run = begin(spec, log, data=data)
    view = projection.project(run.data)
    size = min(max(int(size), 8), 160)
    cells = projection.grid(projection.bounds(view.plane(run.data.pool_X)), size)
    X = view.back(cells)
    proba = run.fitted.proba(X)
    answer: dict[str, Any] = {
        "size": size,
        "classes": proba.argmax(axis=1).tolist(),
        "confidence": _short(proba.max(axis=1)),
    }
    if run.data.posterior is not None and view.exact:
        answer["bayes"] = run.data.posterior(X).argmax(axis=1).tolist()
    if acquisition and len(run.fitted.known) >= 2:
        if lack := misfit(spec, catalog.ACQUISITIONS[acquisition]):
            raise SpecError(lack)
        scores = replay.acquisition_on(run, X, Choice.of(acquisition, **(params or {})))
        scores = np.where(np.isfinite(scores), scores, np.nan)
        answer |= {
            "scores": _short(scores),
            "low": float(np.nanmin(scores)),
            "high": float(np.nanmax(scores)),
        }
    return answer


def why(
    spec: Spec, log: Log, data: Data | None = None, *, row: int, bits: bool = False, acquisition: str = ""
) -> dict[str, Any]:
    """Why this row? Its probabilities, every measure with its numbers, votes, ranks, nearest labels.

    `log` holds the rounds *before* the row was asked, so the learner is the one that asked for it.
    """
    run = begin(spec, log, data=data)
    _rows([row], run.data)
    X = run.data.X[[row]]
    proba = run.fitted.proba(X)[0]
    knows = len(run.fitted.known) >= 2
    return {
        "row": int(row),
        "proba": _short(proba),
        "shown": show_row(run.data, row),
        "true": int(run.data.y[row]),
        "measures": _measures(run, row, bits) if knows else [],
        "members": _members(run, X) if knows else [],
        "neighbours": _neighbours(run, row),
        "cold": not knows,
    }


def ceiling(spec: Spec, log: Log, data: Data | None = None) -> dict[str, Any]:
    """The learner with every label known: what no strategy is expected to pass by much."""
    metrics, rows = replay.ceiling(spec, data=data)
    return {"metrics": metrics, "rows": rows}


def best_case(
    spec: Spec,
    log: Log,
    data: Data | None = None,
    *,
    metric: str,
    asked: list[list[int]] | None = None,
    part: list[int] | None = None,
    upto: int | None = None,
    seconds: float = 1.0,
) -> dict[str, Any]:
    """The next stretch of a run by the greedy oracle, which knows all answers, those of the test rows too.

    The log is not looked at. A worker gives about `seconds` to each stretch; hand `asked` and `part` back to
    have the next one. `upto` is the number of rounds after which it ends.

    Returns
    -------
    dict
        ``asked``: rows by round, from the first on; ``part``: the batch begun after them; ``labels``,
        ``money`` and ``value`` of the metric after each round made now; ``ended``: whether there is no more.
    """
    until = perf_counter() + seconds
    before, reached, begun = asked or [], Log(), tuple(part or ())
    steps = greedy_steps(
        spec,
        data=data,
        candidates=max(2, min(TRIED, FITS // spec.batch)),
        rounds=upto,
        metric=metric,
        asked=before,
        part=begun,
    )
    while (step := next(steps, None)) is not None:
        reached, begun = step
        if perf_counter() >= until:
            break
    rows = [[q[0] for q in r.asked] for r in reached.rounds] if len(reached) else before
    new = range(len(before) + 1, len(reached) + 1)
    return {
        "asked": rows,
        "part": list(begun),
        "labels": [reached[:k].labels for k in new],
        "money": [round(reached[:k].spent, 9) for k in new],
        "value": [_number(reached.rounds[k - 1].metrics.get(metric, np.nan)) for k in new],
        "ended": step is None,
    }


def pace(spec: Spec, log: Log, data: Data | None = None) -> dict[str, Any]:
    """How long the experiment will take on this machine, as tried just now: the fields of `alcore.pace.Pace`.

    The only answer here that is measured, and so not the same everywhere.
    """
    return asdict(tried(spec, data))


def batches(spec: Spec, log: Log, data: Data | None = None) -> dict[str, Any]:
    """How much the batch of each round repeats itself, beside random batches of the same size.

    Returns
    -------
    dict
        Columns, an entry for each round that asked at least two rows: ``round``, ``rows``, ``value``,
        ``random``, ``low`` and ``high``; see `alcore.redundancy.BatchRedundancy`.
    """
    data = load(spec) if data is None else data
    found = redundancy.of_rounds(data, log, spec.seed)
    columns: dict[str, Any] = {name: [getattr(f, name) for f in found] for name in ("round", "rows")}
    return columns | {
        name: _short(np.array([getattr(f, name) for f in found]))
        for name in ("value", "random", "low", "high")
    }


def advice(spec: Spec, log: Log, data: Data | None = None, *, project: str = "") -> dict[str, Any]:
    """Whether active learning is likely to pay, by a look at the labelled rows of the pool; see `advisor`.

    Returns
    -------
    dict
        ``verdict``, ``summary``, ``rows``; ``findings``: each with ``name``, ``verdict``, ``sentence`` and
        ``value``; ``numbers`` by name. What is infinite or unknown is None.
    """
    data = load(spec) if data is None else data
    found = advisor.advise(
        data,
        learner=spec.learner,
        project=Project.from_json(project) if project else Project(),
        first=spec.first,
        budget=spec.budget if spec.budget_in == "labels" else float("inf"),
        seed=spec.seed,
    )
    findings = [asdict(f) | {"value": None if f.value is None else _number(f.value)} for f in found.findings]
    numbers = {name: _number(value) for name, value in found.numbers.items()}
    return asdict(found) | {"findings": findings, "numbers": numbers}


def label_first(spec: Spec, log: Log, data: Data | None = None, *, rows: int = 50) -> dict[str, Any]:
    """Which rows to label first, best first; see `advisor.label_first`.

    With a test share of 0 all labels there are are learnt from, and all rows are offered.

    Returns
    -------
    dict
        ``rows`` and their ``scores``; ``how`` they were chosen; how many are ``labelled`` and ``open``;
        ``table``: names and values of each row, empty for pictures.
    """
    data = load(spec) if data is None else data
    found = advisor.label_first(spec, log, data, min(max(int(rows), 1), MAP_ROWS))
    return {
        "rows": found.rows.tolist(),
        "scores": _short(found.scores),
        "how": found.how,
        "labelled": found.labelled,
        "open": found.open_,
        "table": [show_row(data, int(row)).get("table", []) for row in found.rows],
    }


def ledger(spec: Spec, log: Log, data: Data | None = None, *, delta: float = DELTA) -> dict[str, Any]:
    """What a run has given away after each of its rounds; see `alcore.privacy.ledger`.

    Returns
    -------
    dict
        Columns, an entry for each round: ``round``, ``labels``, ``releases``, ``basic``, ``advanced``,
        ``zcdp`` and ``best``, None where nothing is promised; ``each`` epsilon of one release and
        ``per_round`` releases in a round; ``caveats``: sentences about what is not counted.

    Raises
    ------
    SpecError
        When delta is no probability between 0 and 1.
    """
    if not (isinstance(delta, Real) and 0.0 < delta < 1.0):
        raise SpecError(f"delta must be a number above 0 and below 1, got {delta!r}")
    entries, one = statement(spec, log, delta), spending(spec)
    counted = {name: [getattr(e, name) for e in entries] for name in ("round", "labels", "releases")}
    sums = {
        name: [_number(getattr(e, name)) for e in entries] for name in ("basic", "advanced", "zcdp", "best")
    }
    told: dict[str, Any] = {"each": _number(one.each), "per_round": one.releases}
    return counted | sums | told | {"caveats": list(caveats(spec))}


def leak(
    spec: Spec,
    log: Log,
    data: Data | None = None,
    *,
    mechanism: str = "gumbel_top",
    each: float = 1.0,
    picks: int = 1,
    rows: int = 6,
    calls: int = 1,
    neighbours: str = "one",
    runs: int = 200_000,
) -> dict[str, Any]:
    """What a mechanism gives away about one record, measured; see `alcore.privacy.leak`.

    Returns
    -------
    dict
        ``claimed`` epsilon, ``measured`` and its bounds ``low`` and ``high`` (None = without limit);
        ``breaks``: whether the claim is surely broken; ``runs`` on each pool; ``outcomes``: each with
        ``name``, ``here``, ``there``, ``ratio``, ``low`` and ``high``. And the arguments.
    """
    asked: dict[str, Any] = {
        "each": float(each),
        "picks": int(picks),
        "rows": int(rows),
        "calls": int(calls),
    }
    found = asdict(
        leak_test(mechanism, **asked, neighbours=neighbours, runs=min(int(runs), 1_000_000), seed=spec.seed)
    )
    outcomes = [
        o | {name: _number(o[name]) for name in ("ratio", "low", "high")} for o in found["outcomes"][:20]
    ]
    ends = {name: _number(found[name]) for name in ("claimed", "measured", "low", "high")}
    return found | ends | asked | {"neighbours": neighbours, "outcomes": outcomes}


def show_row(data: Data, row: int) -> dict[str, Any]:
    """A row as its owner knows it: pixels of an image, or names and values of a table."""
    if data.image:
        return {"image": _short(data.X[row]), "shape": list(data.image)}
    if data.rows is not None:
        record = data.rows.iloc[int(row)]
        return {"table": [[str(name), _text(value)] for name, value in record.items()]}
    names = data.features or tuple(f"x{i + 1}" for i in range(data.X.shape[1]))
    return {"table": [[n, f"{v:.4g}"] for n, v in zip(names, data.X[row], strict=True)]}


def _measures(run: Run, row: int, bits: bool) -> list[dict[str, Any]]:
    """Each acquisition function at the row: value, worked formula, and the row's rank in the open pool."""
    found, view = [], replay.pool_view(run)
    here = np.flatnonzero(view.candidates.ids[:, 0] == row)
    if not len(here):
        raise SpecError(f"Row {row} was not in the pool at this round")
    for name, entry in catalog.ACQUISITIONS.items():
        if misfit(run.spec, entry):
            continue
        scores = np.asarray(catalog.ACQUISITIONS.bind(Choice(name))(view), np.float64)
        value = float(scores[here[0]])
        told = None
        if "members" in entry.needs:
            said = view.members[:, here[0]]
            told = workings.workings(name, said, run.data.classes, bits, score=value)
        elif "proba" in entry.needs:
            told = workings.workings(name, view.proba[here[0]], run.data.classes, bits, score=value)
        found.append(
            {
                "name": name,
                "label": entry.label,
                "value": value,
                "rank": int((scores > value).sum()) + 1,
                "of": len(scores),
                "tied": int((scores == value).sum()),
                "formula": told.formula if told else str(entry.facts.get("formula", "")),
                "lines": list(told.lines) if told else [],
                "shown": told.value if told else value,
                "unit": told.unit if told else str(entry.facts.get("unit", "")),
                "own": name == run.spec.acquisition.name,
            }
        )
    return found


def _members(run: Run, X: Floats) -> list[dict[str, Any]]:
    """What each committee member says of one row."""
    said = [(_member_name(m), m.proba(X)[0]) for m in run.committee()]
    return [{"name": name, "proba": _short(P), "vote": int(P.argmax())} for name, P in said]


def _member_name(member: Any) -> str:
    if member.name in catalog.LEARNERS:
        return catalog.LEARNERS[member.name].label
    return type(member.model).__name__ if member.model is not None else "constant"


def _neighbours(run: Run, row: int) -> list[dict[str, Any]]:
    """The nearest labelled rows, with their given labels."""
    if not len(run.labelled):
        return []
    gaps = np.sqrt(((run.labelled.X - run.data.X[row]) ** 2).sum(axis=1))
    order = np.argsort(gaps, kind="stable")[:NEIGHBOURS]
    return [
        {
            "row": int(run.labelled.ids[i, 0]),
            "label": int(run.labelled.y[i]),
            "distance": round(float(gaps[i]), 4),
        }
        for i in order
    ]


def _rows(ids: list[int], data: Data) -> Ints:
    rows = np.asarray(ids, np.int64)
    if len(rows) and (rows.min() < 0 or rows.max() >= len(data.X)):
        raise SpecError(f"There is no such row; rows go from 0 to {len(data.X) - 1}")
    return rows


def _short(values: Floats) -> list[float]:
    """Plain numbers at single precision's worth of digits: half the bytes, same picture."""
    return [float(f"{v:.6g}") for v in np.asarray(values, np.float64).tolist()]


def _number(value: float) -> float | None:
    """A number that JSON knows; None where there is none."""
    return float(value) if np.isfinite(value) else None


def _text(value: Any) -> str:
    return (
        "missing"
        if value is None or value != value
        else f"{value:.6g}"
        if isinstance(value, float)
        else str(value)
    )


CALLS: Mapping[str, Callable[..., dict[str, Any]]] = {
    call.__name__: call
    for call in (
        scene,
        places,
        field,
        batch,
        why,
        ceiling,
        best_case,
        batches,
        pace,
        advice,
        label_first,
        purchase,
        ledger,
        leak,
        communication,
        class_counts,
        groups,
        crowd_data,
        crowd_policy,
        crowd_people,
        crowd_agreement,
        teamwork,
    )
}
