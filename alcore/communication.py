"""How often clients of a federation must talk before their model is as good as one trained in one place."""

from typing import Any

import numpy as np

from alcore.catalog import LEARNERS
from alcore.errors import SpecError
from alcore.loop import load
from alcore.rng import stream
from alcore.spec import Choice, Spec
from alcore.types import Data, Floats, Ints, Log

LABELS = (1, 100_000)
STOPS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200)  # rounds after which the model is looked at


def communication(
    spec: Spec,
    log: Log,
    data: Data | None = None,
    *,
    clients: int = 5,
    split: str = "random",
    rounds: int = 20,
    clip: float = 0.0,
    noise: float = 0.0,
    labels: int = 200,
) -> dict[str, Any]:
    """Accuracy of the server's model after some rounds of averaging, on rows of the pool drawn at random.

    Parameters
    ----------
    spec : Spec
        Its data, split and seed count; its learner and strategy are not looked at.
    clients, split, rounds, clip, noise
        As the learner `federated` takes them.
    labels : int
        Labelled rows of all clients together; fewer where the pool is smaller.

    Returns
    -------
    dict
        ``round`` and ``accuracy``, an entry for each look; ``central``: accuracy of logistic regression on
        all these rows in one place; ``sizes``: rows of each client that has any; ``labels``: rows of all of
        them. Accuracies are None without test rows.

    Raises
    ------
    SpecError
        When a number is out of its limits.
    """
    if not LABELS[0] <= labels <= LABELS[1]:
        raise SpecError(f"labels must be between {LABELS[0]} and {LABELS[1]:,}, got {labels}")
    data = load(spec) if data is None else data
    known = data.train[data.y[data.train] >= 0]
    rows = stream(spec.seed, "federated rows").choice(known, min(labels, len(known)), replace=False)
    X, y = data.X[rows], data.y[rows]
    looks = [r for r in STOPS if r < rounds] + [rounds]
    choice = Choice.of(
        "federated", clients=clients, split=split, rounds=rounds, clip=float(clip), noise=float(noise)
    )
    model = LEARNERS.bind(choice)(spec.seed)
    grown = enumerate(model.grow(X, y), start=1)
    scores = [_accuracy(seen, data) for number, seen in grown if number in looks]
    return {
        "round": looks,
        "accuracy": scores,
        "central": _accuracy(LEARNERS.bind(Choice("logistic"))(spec.seed).fit(X, y), data),
        "sizes": list(model.sizes),
        "labels": len(rows),
    }


def _accuracy(model: Any, data: Data) -> float | None:
    """Share of test rows it gets right."""
    test: Ints = data.test[data.y[data.test] >= 0]
    if not len(test):
        return None
    proba: Floats = model.predict_proba(data.X[test])
    return float(np.mean(model.classes_[proba.argmax(axis=1)] == data.y[test]))
