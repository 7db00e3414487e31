"""Do they give the same answer? One sentence for each workload, from the picks of the very runs timed."""

import warnings
from dataclasses import replace
from statistics import fmean, stdev
from typing import Any

import numpy as np

from alcore import Choice, learn
from alcore.distances import nearest_gaps
from alcore.joint import JointLabels
from tests.bench import tasks
from tests.bench.ours import loop
from tests.bench.peers import by_hand, regression
from tests.bench.tasks import BATCH, ROUNDS, Task

STARTS = 8

Found = dict[str, Any]


def same_rows(found: dict[str, Found], _: str) -> str:
    """Whether the batches are the same, row by row."""
    ours = found["alcore"]["picks"]
    said = []
    for name, run in theirs(found):
        shared = len(set(ours) & set(run["picks"]))
        order = ", in the same order" if ours == run["picks"] and len(ours) > 1 else ""
        said.append(f"{shared} of {len(ours)} rows are {name}'s{order}")
    return "; ".join(said)


def same_accuracy(found: dict[str, Found], _: str) -> str:
    """Accuracies over the whole run, and the first batch, which depends on no other."""
    ours = found["alcore"]
    said = [f"mean accuracy {fmean(ours['accuracy']):.4f}"]
    for name, run in theirs(found):
        first = len(set(ours["picks"][0]) & set(run["picks"][0]))
        said.append(f"{name} {fmean(run['accuracy']):.4f}, {first} of {BATCH} first rows the same")
    return "; ".join(said)


def same_learner(found: dict[str, Found], task: str) -> str:
    """The same, from other first rows too, and how far the learner is from the exact solution."""
    given = getattr(tasks, task)()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, of solutions it did not reach
        gaps, how = other_starts(given), agreement(given)
    return (
        f"{same_accuracy(found, task)}.\n  Over {len(gaps)} other sets of first rows: mean accuracy "
        f"{fmean(gaps):+.4f} (standard error {stdev(gaps) / len(gaps) ** 0.5:.4f}) "
        "from that of the loop by hand.\n  "
        + "; ".join(
            f"{name} chooses {one['rows']:.1%} of the exact solution's rows from the same labels, "
            f"largest accuracy gap {one['gap']:.4f}"
            for name, one in how.items()
        )
    )


def other_starts(task: Task) -> list[float]:
    """Mean accuracy of our run less that of the same loop by hand, from other first rows.

    One run says little where a batch is decided by differences below the solver's tolerance.
    """
    found = []
    for seed in range(1, 1 + STARTS):
        other = replace(task, first=tasks.first_rows(task.y, len(task.first) // len(np.unique(task.y)), seed))
        found.append(fmean(loop(other)()["accuracy"]) - fmean(by_hand(other)()["accuracy"]))
    return found


def as_spread(found: dict[str, Found], task: str) -> str:
    """Draws differ; how well each batch covers the pool need not: mean squared distance to the batch."""
    given = getattr(tasks, task)()
    X = given.X[given.open]
    said = [
        f"{name} {nearest_gaps(X, given.X[run['picks']]).mean():.2f}"
        for name, run in [("alcore", found["alcore"]), *theirs(found)]
    ]
    return "drawn by lot; mean squared distance of a row to the batch: " + ", ".join(said)


def as_informative(found: dict[str, Found], task: str) -> str:
    """Beyond the third row values are estimates; what each batch tells, measured by one long estimate."""
    members = getattr(tasks, task)()
    said = []
    for name, run in [("alcore", found["alcore"]), *theirs(found)]:
        labels = JointLabels(len(members), 20_000, np.random.default_rng(0))
        for row in run["picks"]:
            labels.add(members[:, row])
        said.append(f"{name} {labels.information:.3f}")
    return same_rows(found, task) + "; information in nats: " + ", ".join(said)


def theirs(found: dict[str, Found]) -> list[tuple[str, Found]]:
    """The other libraries that have this workload and got through."""
    return [(name, run) for name, run in found.items() if name not in ("alcore", "by hand") and "cpu" in run]


def agreement(task: Task) -> dict[str, dict[str, float]]:
    """Batches chosen from the same labels, round by round along the exact run.

    Against the batch of the exact minimiser (tolerance 1e-9): the share of its rows that this learner and
    scikit-learn's own solver at its default tolerance choose, and how far their accuracies are from its own.
    """
    from sklearn.linear_model import LogisticRegression

    n_classes = len(np.unique(task.y))

    def exact(rows: list[int]) -> Any:
        return LogisticRegression(tol=1e-9, max_iter=5000).fit(task.X[rows], task.y[rows]).predict_proba

    def ours(rows: list[int]) -> Any:
        return learn.fit(Choice("logistic"), task.X[rows], task.y[rows], n_classes, 0).proba

    def usual(rows: list[int]) -> Any:
        return regression().fit(task.X[rows], task.y[rows]).predict_proba

    solvers = {"exact": exact, "alcore": ours, "scikit-learn": usual}
    labelled, open_ = list(task.first), np.ones(len(task.X), bool)
    open_[task.first] = False
    found: dict[str, list[tuple[float, float]]] = {"alcore": [], "scikit-learn": []}
    for _ in range(ROUNDS):
        at, picks, accuracy = np.flatnonzero(open_), {}, {}
        for name, fit in solvers.items():
            proba = fit(labelled)
            two = np.partition(proba(task.X[at]), -2, axis=1)[:, -2:]
            picks[name] = set(at[np.lexsort((np.arange(len(at)), two[:, 1] - two[:, 0]))[:BATCH]].tolist())
            accuracy[name] = float((proba(task.X_test).argmax(axis=1) == task.y_test).mean())
        for name, pairs in found.items():
            same = len(picks[name] & picks["exact"]) / BATCH
            pairs.append((same, abs(accuracy[name] - accuracy["exact"])))
        labelled += sorted(picks["exact"])
        open_[list(picks["exact"])] = False
    return {
        name: {"rows": float(np.mean([a for a, _ in pairs])), "gap": max(b for _, b in pairs)}
        for name, pairs in found.items()
    }
