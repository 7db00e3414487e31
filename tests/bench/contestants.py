"""Implementations of the same loop: margin sampling, the accuracy of every round, the picks of every round.

Each contestant is ``name -> (task, rounds) -> {"accuracy": [...], "picks": [[...], ...]}`` and runs alone in
a fresh process with one BLAS thread.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.bench.tasks import BATCH, ROUNDS, Task

LEARNERS = (
    "naive_bayes",
    "nearest_neighbours",
    "forest",
    "svm",
    "gradient_boosting",
    "mlp",
    "gaussian_process",
)


def alcore_loop(task: Task, learner: str = "logistic", rounds: int = ROUNDS) -> dict[str, Any]:
    """This engine, through its public front door, with all its metrics and its log."""
    from alcore import Spec, advance, given

    n = len(task.X)
    data = given(
        np.vstack([task.X, task.X_test]),
        np.concatenate([task.y, task.y_test]),
        test=np.arange(n, n + len(task.X_test)),
        initial=task.first,
    )
    budget = len(task.first) + (rounds - 1) * BATCH
    log = list(advance(Spec(learner=learner, batch=BATCH, budget=budget), data=data))
    return {
        "accuracy": [r.metrics["accuracy"] for r in log],
        "picks": [sorted(q[0] for q in r.asked) for r in log[1:]],
    }


def scikit_loop(task: Task, make: Callable[[], Any], rounds: int = ROUNDS) -> dict[str, Any]:
    """The floor: nothing but the fits, one prediction over the pool and one over the test rows a round."""
    labelled, open_ = list(task.first), np.ones(len(task.X), bool)
    open_[task.first] = False
    accuracy, picks = [], []
    for r in range(rounds):
        model = make().fit(task.X[labelled], task.y[labelled])
        accuracy.append(float((model.predict_proba(task.X_test).argmax(axis=1) == task.y_test).mean()))
        if r == rounds - 1:
            break
        at = np.flatnonzero(open_)
        two = np.partition(model.predict_proba(task.X[at]), -2, axis=1)[:, -2:]
        chosen = at[np.lexsort((np.arange(len(at)), two[:, 1] - two[:, 0]))[:BATCH]]
        picks.append(sorted(chosen.tolist()))
        labelled += chosen.tolist()
        open_[chosen] = False
    return {"accuracy": accuracy, "picks": picks}


def scikit_logistic(task: Task, tol: float = 1e-4, max_iter: int = 100) -> dict[str, Any]:
    """scikit-learn's own solver at its own tolerance: the reference for picks and accuracies."""
    from sklearn.linear_model import LogisticRegression

    return scikit_loop(task, lambda: LogisticRegression(tol=tol, max_iter=max_iter))


def agreement(task: Task) -> dict[str, Any]:
    """Batches chosen from the same labels, round by round along the exact run.

    Against the batch of the exact minimiser (tolerance 1e-9): the share of its rows that this learner and
    scikit-learn's own solver at its default tolerance choose, and how far their accuracies are from its own.
    """
    from sklearn.linear_model import LogisticRegression

    from alcore import Choice, learn

    n_classes = len(np.unique(task.y))

    def ours(rows: list[int]) -> Any:
        return learn.fit(Choice("logistic"), task.X[rows], task.y[rows], n_classes, 0).proba

    def theirs(tol: float, max_iter: int) -> Any:
        return lambda rows: (
            LogisticRegression(tol=tol, max_iter=max_iter).fit(task.X[rows], task.y[rows]).predict_proba
        )

    solvers = {"exact": theirs(1e-9, 5000), "alcore": ours, "scikit-learn": theirs(1e-4, 100)}
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


def same_learner(task: Task, learner: str, rounds: int) -> dict[str, Any]:
    """The floor with the very learner this engine uses."""
    from alcore import Choice, catalog

    return scikit_loop(task, lambda: catalog.LEARNERS.bind(Choice(learner))(0), rounds)


def modal_loop(task: Task) -> dict[str, Any]:
    """modAL 0.4.2.1, with two shims for names that numpy and scikit-learn have since removed."""
    _shim()
    from modAL.models import ActiveLearner
    from modAL.uncertainty import margin_sampling
    from sklearn.linear_model import LogisticRegression

    ids = np.delete(np.arange(len(task.X)), task.first)
    X, y = task.X[ids], task.y[ids]
    learner = ActiveLearner(
        LogisticRegression(),
        query_strategy=margin_sampling,
        X_training=task.X[task.first],
        y_training=task.y[task.first],
    )
    accuracy, picks = [], []
    for r in range(ROUNDS):
        accuracy.append(learner.score(task.X_test, task.y_test))
        if r == ROUNDS - 1:
            break
        chosen, _ = learner.query(X, n_instances=BATCH)
        picks.append(sorted(ids[chosen].tolist()))
        learner.teach(X[chosen], y[chosen])
        X, y, ids = (np.delete(a, chosen, axis=0) for a in (X, y, ids))
    return {"accuracy": accuracy, "picks": picks}


def _shim() -> None:
    import sklearn.utils
    import sklearn.utils.validation as validation

    def renamed(check: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            if "force_all_finite" in more:
                more["ensure_all_finite"] = more.pop("force_all_finite")
            return check(*args, **more)

        return call

    np.float = float  # type: ignore[attr-defined]
    sklearn.utils.check_X_y = renamed(validation.check_X_y)
    sklearn.utils.check_array = renamed(validation.check_array)


CONTESTANTS: dict[str, Callable[[Task], dict[str, Any]]] = {
    "alcore": alcore_loop,
    "modAL": modal_loop,
    "scikit-learn": scikit_logistic,
    "agreement": agreement,
    **{f"alcore {name}": (lambda task, n=name: alcore_loop(task, n, 12)) for name in LEARNERS},
    **{f"floor {name}": (lambda task, n=name: same_learner(task, n, 12)) for name in LEARNERS},
}
