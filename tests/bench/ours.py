"""This engine on every workload, through what a user's run calls: the loop, acquisition functions, selectors.

``OURS[workload](given)`` prepares and returns the call that is timed; the call returns what can be compared.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from alcore import Choice, Spec, advance, catalog, given, learn
from alcore.learn import Fitted
from alcore.rng import integer
from alcore.types import Candidates, Labelled, Log, View
from tests.bench.peers import by_hand
from tests.bench.tasks import BATCH, COMMITTEE_C, COMMITTEE_ROUNDS, ROUNDS, Task

Found = dict[str, Any]
Call = Callable[[], Found]
NEEDS = frozenset({"proba", "members", "linear"})


def loop(task: Task, rounds: int = ROUNDS, **parts: Any) -> Call:
    """A whole run through the public front door, with all its metrics and its log."""
    n = len(task.X)
    data = given(
        np.vstack([task.X, task.X_test]),
        np.concatenate([task.y, task.y_test]),
        test=np.arange(n, n + len(task.X_test)),
        initial=task.first,
    )
    spec = Spec(batch=BATCH, budget=len(task.first) + (rounds - 1) * BATCH, **parts)

    def call() -> Found:
        log = list(advance(spec, data=data))
        return {
            "accuracy": [r.metrics["accuracy"] for r in log],
            "picks": [sorted(q[0] for q in r.asked) for r in log[1:]],
        }

    return call


def committee_loop(task: Task) -> Call:
    """The same, with a committee registered as anybody would register one: five penalties."""

    @catalog.COMMITTEES.add(source="the benchmark")
    def penalties(teach: Any) -> list[Fitted]:
        """Fit one logistic regression for each strength of the penalty."""
        return [teach(Choice.of("logistic", C=C), member=k) for k, C in enumerate(COMMITTEE_C)]

    return loop(task, COMMITTEE_ROUNDS, committee="penalties", acquisition="kl_to_consensus")


class Given:
    """A learner whose predictions are given: row i, which is the number i, gets the i-th."""

    def __init__(self, proba: np.ndarray) -> None:
        self.all = proba

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """(n, C) of the rows numbered X (n, 1)."""
        return self.all[X[:, 0].astype(np.int64)]


def view_of_rows(task: Task, seed: int = 0) -> View:
    """What a strategy sees once the first rows are labelled, nothing of it worked out yet."""
    at = task.open
    fitted = learn.fit(
        Choice("logistic"), task.X[task.first], task.y[task.first], int(task.y.max()) + 1,
        integer(seed, "learner", 0),
    )  # fmt: skip
    return _view(
        at, task.X[at], Labelled(task.X[task.first], task.y[task.first], task.first[:, None]), fitted
    )


def view_of_numbers(proba: np.ndarray, members: np.ndarray | None = None) -> View:
    """What a strategy sees of rows whose predictions are given, (n, C), and a committee's, (K, n, C)."""
    n, n_classes = proba.shape
    X, known = np.arange(float(n))[:, None], np.arange(n_classes)
    nothing = Labelled(X[:0], np.zeros(0, np.int64), np.zeros((0, 1), np.int64))
    committee = () if members is None else tuple(Fitted(Given(P), known, n_classes) for P in members)
    return _view(np.arange(n), X, nothing, Fitted(Given(proba), known, n_classes), committee)


def _view(
    ids: np.ndarray, X: np.ndarray, labelled: Labelled, fitted: Fitted, committee: tuple[Fitted, ...] = ()
) -> View:
    n = len(ids)
    candidates = Candidates(ids[:, None], X, np.zeros(n), np.zeros(n, np.int64))
    return View(
        candidates, labelled, Log(), fitted, learn=None, committee=lambda: committee,
        budget=1.0, left=1.0, seed=0, needs=NEEDS,
    )  # fmt: skip


def scores(name: str, view: View, **params: Any) -> np.ndarray:
    """An acquisition function's scores."""
    return catalog.ACQUISITIONS.bind(Choice.of(name, **params))(view)


def select(name: str, scores: np.ndarray, view: View, n: int, **params: Any) -> np.ndarray:
    """A selector's positions on the candidates."""
    return catalog.SELECTORS.bind(Choice.of(name, **params))(scores, view, n)


def entropy(proba: np.ndarray) -> Call:
    """Scores of a million rows whose probabilities are there, and the hundred best."""
    view = view_of_numbers(proba)
    assert len(view.proba) == len(proba)  # worked out here, before the clock starts
    return lambda: {"picks": select("top", scores("entropy", view), view, 100).tolist()}


def bald(members: np.ndarray) -> Call:
    """Scores of draws that are there, and the ten best."""
    view = view_of_numbers(members.mean(axis=0), members)
    assert len(view.members) == len(members)
    return lambda: {"picks": select("top", scores("bald", view), view, 10).tolist()}


def batchbald(members: np.ndarray) -> Call:
    """The selector, on draws that are there."""
    view = view_of_numbers(members.mean(axis=0), members)
    flat = np.zeros(members.shape[1])
    assert len(view.members) == len(members)
    return lambda: {"picks": select("batchbald", flat, view, 10).tolist()}


def selected(name: str, n: int, **params: Any) -> Callable[[Task], Call]:
    """A selector on rows; what it wants the learner to predict is part of its work."""

    def prepare(task: Task) -> Call:
        seen = view_of_rows(task)

        def call() -> Found:
            view = replace(seen)  # remembers nothing
            at = select(name, np.zeros(len(view.candidates)), view, n, **params)
            return {"picks": view.candidates.ids[at, 0].tolist()}

        return call

    return prepare


def scored(name: str, n: int, **params: Any) -> Callable[[Task], Call]:
    """An acquisition function on rows, and the best."""

    def prepare(task: Task) -> Call:
        seen = view_of_rows(task)

        def call() -> Found:
            view = replace(seen)
            found = scores(name, view, **params)
            return {"picks": view.candidates.ids[select("top", found, view, n), 0].tolist()}

        return call

    return prepare


def loop_of(learner: str) -> Callable[[Task], Call]:
    """Twelve rounds with another learner."""
    return lambda task: loop(task, 12, learner=learner)


def floor_of(learner: str) -> Callable[[Task], Call]:
    """What those rounds cannot do without: the fits and predictions of that very learner."""
    return lambda task: by_hand(task, lambda: catalog.LEARNERS.bind(Choice(learner))(0), 12)


LEARNERS = (
    "naive_bayes", "nearest_neighbours", "forest", "svm", "gradient_boosting", "mlp", "gaussian_process",
)  # fmt: skip
OURS: dict[str, Callable[[Any], Call]] = {
    "digits": loop,
    "pool20k": loop,
    "committee": committee_loop,
    "entropy": entropy,
    "k-center": selected("core_set", 100),
    "BADGE": selected("badge", 50),
    "TypiClust": selected("typiclust", 50),
    "error reduction": scored("error_reduction", 1),
    "BALD": bald,
    "BatchBALD": batchbald,
    "wide BatchBALD": batchbald,
    "gradient length": scored("gradient_length", 10),
    **{f"loop of {name}": loop_of(name) for name in LEARNERS},
    **{f"floor of {name}": floor_of(name) for name in LEARNERS},
}
