"""Set the advisor's verdicts beside measured savings.

    python -m tests.bench.advisor_check           # confusion tables of all three parts
    python -m tests.bench.advisor_check fresh     # of one part; this one simulates for some minutes

Measured: `alcore/project/reference.json`, 20 paired seeds of the strategy hybrid on 24 data sets, with true
labels ("dataset") and with 15 % wrong ones ("noisy"). Data sets are put in alphabetical order and every other
one is for tuning. What the other half showed led to two changes (learners are judged by ranks, not by
accuracy; wrong labels rule nothing out), so there is a third part, FRESH, simulated after the last change.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from alcore import Choice, Spec, catalog
from alcore.advisor import advise
from alcore.data import frozen
from alcore.loop import load
from alcore.project import Project, Reference, reference
from alcore.types import Asked, Data
from tests.bench.reference_savings import HOW, LARGE, NOISE, PLANE, SMALL, STRATEGIES, TABLE
from tests.bench.reference_savings import reference as measured

TUNING = tuple(sorted(HOW)[::2])
PILOTS = 3
TOLD = ("gain", "removable", "needs", "full_true", "noise", "copies")
OUTCOMES = ("saves", "does not", "out of reach")
FRESH = (  # other rows and learners than those of the table
    (Choice.of("linear", classes=4, dims=20), TABLE),
    (Choice.of("linear", distance=1.5, dims=20), TABLE),
    (Choice.of("linear", dims=60, distance=4.0), TABLE),
    (Choice.of("findings", share=0.1, kinds=2), LARGE),
    (Choice.of("findings", severity=3.0, kinds=1), LARGE),
    (Choice.of("documents", share=0.3, words=60), LARGE),
    (Choice.of("payments", share=0.1), LARGE),
    (Choice.of("imbalanced", rare=0.3, dims=10), TABLE),
    (Choice.of("blobs", classes=8, spread=0.8), {**PLANE, "learner": "logistic"}),
    (Choice.of("moons", noise=0.4), {**PLANE, "learner": "logistic"}),
    (Choice.of("circles", noise=0.3), {**PLANE, "learner": "naive_bayes"}),
    (Choice.of("noisy", noise=0.25), {**PLANE, "learner": "logistic"}),
    (Choice.of("noise_trap", share=0.2), {**PLANE, "learner": "naive_bayes"}),
    (Choice("digits"), {**TABLE, "learner": "naive_bayes"}),
    (Choice("breast_cancer"), {**SMALL, "learner": "nearest_neighbours"}),
    (Choice("pima"), {**TABLE, "learner": "naive_bayes"}),
    (Choice("heart"), {**SMALL, "learner": "naive_bayes"}),
    (Choice("adult"), {**LARGE, "learner": "naive_bayes"}),
    (Choice("wine"), {**SMALL, "learner": "naive_bayes"}),
    (Choice("iris"), {**SMALL, "learner": "nearest_neighbours"}),
)


def pilot(spec: Spec, noise: float) -> Data:
    """The labelled pool, as somebody brings it: with wrong labels where the oracle gave them."""
    data = load(spec)
    if not noise:
        return data
    asked = Asked(data.train[:, None], data.y[data.train], data.n_classes, spec.seed)
    said = catalog.ORACLES["noisy"].plugin(asked, rate=noise)
    y = data.y.copy()
    y[data.train] = said.astype(np.int64)
    return replace(data, y=frozen(y))


def helped(row: Reference) -> str:
    """What was measured: most seeds better, most seeds beyond reach for both, or neither."""
    if min(row.missed, row.twin_missed) > row.seeds / 2:
        return "out of reach"
    return "saves" if row.better > row.seeds / 2 else "does not"


def cases(part: str) -> Iterator[tuple[Reference, Spec]]:
    """What was measured, and the spec with which it was."""
    if part == "fresh":
        for k, (dataset, how) in enumerate(FRESH):
            noise, spec = NOISE * (k % 2), Spec(dataset=dataset, **how)
            kind = "noisy" if noise else "dataset"
            project = Project(noise=noise)
            yield measured(dataset.name, dataset.name, kind, spec, STRATEGIES[:1], project, None)[0], spec
        return
    for row in (r for kind in ("dataset", "noisy") for r in reference(kind) if r.strategy == "hybrid"):
        if (row.name in TUNING) == (part == "tuning"):
            yield row, Spec(dataset=row.name, **HOW[row.name])


def verdicts(part: str) -> Counter[tuple[str, str, str]]:
    """How often each verdict met each outcome, over three pilots of each data set."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row, spec in cases(part):
        noise, said = NOISE if row.kind == "noisy" else 0.0, []
        for seed in range(PILOTS):
            advice = advise(
                pilot(replace(spec, seed=seed), noise),
                learner=spec.learner,
                project=Project(target=row.target, engineering=0, noise=noise),
                first=spec.first,
                budget=spec.budget,
                seed=seed,
            )
            said.append(advice.verdict)
            found[row.kind, advice.verdict, helped(row)] += 1
        n = advice.numbers
        told = " ".join(
            f"{k} {n[k]:.2f}" for k in ("gain", "removable", "needs", "full_true", "noise", "copies")
        )
        print(
            f"{part:8}{row.kind:9}{row.name:15}{helped(row):13}{row.better:2}/{row.worse:2}  "
            f"{', '.join(said)}   [target {row.target:.2f} {told}]",
            flush=True,
        )
    return found


if __name__ == "__main__":
    for part in sys.argv[1:] or ("tuning", "check", "fresh"):
        counted = verdicts(part)
        for kind in ("dataset", "noisy"):
            for verdict in ("likely", "maybe", "do not bother"):
                each = "  ".join(
                    f"{o}: {counted[kind, verdict, o]:3}" for o in ("saves", "does not", "out of reach")
                )
                print(f"{part:8}{kind:9}{verdict:15}{each}")
