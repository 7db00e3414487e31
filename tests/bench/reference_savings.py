"""Measure what active learning saves on built-in data sets and presets: `alcore/project/reference.json`.

    python -m tests.bench.reference_savings            # all; about half an hour on one core
    python -m tests.bench.reference_savings digits     # print one

The rule is the same for all and was fixed before anything was run, so that no data set got a target that
suits it: accuracy has to come nine tenths of the way from what the first labels give to what all labels
give (both the mean over the seeds). Rows drawn by a generator are drawn anew for every seed.
"""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from alcore import Log, Spec, advance, catalog
from alcore.outcomes import curves
from alcore.presets import PRESETS
from alcore.project import Project, Reference, estimate, simulated
from alcore.replay import ceiling

WHERE = Path(__file__).parents[2] / "alcore/project/reference.json"
SEEDS, WAY, NOISE = 20, 0.9, 0.15
STRATEGIES = ("hybrid", "margin")
PLANE = {"learner": "gaussian_process", "first": 6, "batch": 4, "budget": 90}
TABLE = {"learner": "logistic", "first": 10, "batch": 10, "budget": 300}
SMALL = {"learner": "logistic", "first": 6, "batch": 4, "budget": 90}
LARGE = {"learner": "logistic", "first": 20, "batch": 20, "budget": 600}
HOW = {
    **dict.fromkeys(
        ("moons", "circles", "spirals", "blobs", "xor", "checkerboard", "noisy", "noise_trap"), PLANE
    ),
    **dict.fromkeys(("iris", "wine", "heart"), SMALL),
    **dict.fromkeys(("breast_cancer", "digits", "pima", "linear", "german_credit"), TABLE),
    **dict.fromkeys(("adult", "bank_marketing", "tangled", "imbalanced"), LARGE),
    **dict.fromkeys(("findings", "documents", "payments", "sentiment"), LARGE),
}


def run(spec: Spec, recipes: tuple[str, ...], project: Project) -> tuple:
    comparison = simulated(project, spec, recipes, seeds=SEEDS)
    logs = {(e.dataset, e.strategy, e.seed): Log(tuple(advance(e.spec))) for e in comparison.entries()}
    return comparison, curves(logs)


def reference(
    name: str,
    label: str,
    kind: str,
    spec: Spec,
    recipes: tuple[str, ...],
    project: Project,
    target: float | None,
) -> list[Reference]:
    comparison, frame = run(spec, recipes, project)
    if target is None:
        first = frame[(frame["round"] == 0) & (frame["metric"] == project.metric)]["value"].mean()
        tops = [ceiling(replace(spec, seed=s))[0][project.metric] for s in range(SEEDS)]
        target = round(float(first + WAY * (np.mean(tops) - first)), 3)
    project, found = replace(project, target=min(max(target, 0.01), 1.0)), []
    for recipe, contender in zip(recipes, comparison.contenders, strict=True):
        e = estimate(project, frame, comparison.twins, contender.label)
        found.append(
            Reference(
                name, label, kind, recipe, project.metric, project.target, spec.learner.name, e.n,
                *map(short, (e.saving.middle, e.saving.low, e.saving.high, e.average.value)),
                e.better, e.equal, e.worse, e.active.missed, e.passive.missed,
                e.active.labels.middle, e.passive.labels.middle, e.saving.reason,
            )
        )  # fmt: skip
        row = found[-1]
        print(
            f"{kind:8}{name:15}{recipe:8}{row.target:6}  saving {row.saving} ({row.low} to {row.high}), "
            f"mean {row.average}; {row.better}/{row.equal}/{row.worse}, missed {row.missed} and "
            f"{row.twin_missed}; "
            f"{row.labels} of {row.twin_labels} {row.reason}",
            flush=True,
        )
    return found


def short(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(value, 3)


def jobs() -> list[tuple]:
    found = []
    for kind, noise, recipes in (("dataset", 0.0, STRATEGIES), ("noisy", NOISE, STRATEGIES[:1])):
        for name, how in HOW.items():
            label = catalog.DATASETS[name].label
            found.append((name, label, kind, Spec(dataset=name, **how), recipes, Project(noise=noise), None))
    usual = ((p.name, p.label, "preset", p.spec, p.recipes, p.project) for p in PRESETS.values())
    return found + [(*job, job[-1].target) for job in usual]


if __name__ == "__main__":
    wanted = sys.argv[1:]
    rows = [
        r for job in jobs() if not wanted or job[0] in wanted or job[2] in wanted for r in reference(*job)
    ]
    if wanted:
        stored = json.loads(WHERE.read_text())["rows"]
        new = {(r.name, r.kind, r.strategy) for r in rows}
        old = [Reference(**r) for r in stored if (r["name"], r["kind"], r["strategy"]) not in new]
        rows = old + rows
    made = "tests/bench/reference_savings.py; 20 paired seeds; noisy: 15 % of the labels are wrong"
    lines = ",\n".join(json.dumps(asdict(r), ensure_ascii=False) for r in rows)
    WHERE.write_text(f'{{"made": "{made}", "rows": [\n{lines}\n]}}\n', encoding="utf-8")
