"""Learned: an acquisition function that was itself learnt, from labels asked on made-up tasks."""

from functools import lru_cache
from importlib.resources import as_file, files

import numpy as np

from alcore import measures
from alcore.catalog import ACQUISITIONS
from alcore.distances import nearest_rows, sample_of, squared_distances, typical_distance
from alcore.kernels import top_two
from alcore.tree_ensemble import TreeEnsemble
from alcore.types import Floats, View

REFERENCE = 250  # candidates that stand for the pool; as many as there were while it learnt
VOTERS, CROWD = 5, 10  # nearest labels, and nearest rows of the pool
TINY = np.finfo(np.float64).tiny
FEATURES = (
    "confidence",
    "lead",
    "entropy",
    "novelty",
    "remoteness",
    "sparseness",
    "other class near",
    "neighbours disagree",
    "labels per class",
    "labels per column",
    "balance",
    "pool doubt",
)


@ACQUISITIONS.add(
    needs="proba",
    source="Konyushkova, Sznitman & Fua 2017 (LAL); trained by tests/bench/train_learned.py",
    label="learned (LAL)",
    family="learned",
    unit="deviations",
    formula=r"g\big(p(x), d(x, L), |L|, \dots\big) \approx \mathbb{E}[\text{error before} - \text{after}]",
    use="To see what experience alone suggests: it weighs doubt, distance and crowd by how many labels there "
    "are.",
    avoid="Data unlike the tasks it grew up on: hundreds of columns, many classes, pictures.",
    complexity="O(n (min(n, 250) + L) D), and 60 trees a row",
)
def lal(view: View) -> Floats:
    """Ask the row from which experience on other tasks expects the greatest gain.

    A random forest was shown thousands of labels being asked on made-up tasks, each with how the learner
    stood and how much better it became. Its forecast is in standard deviations of the gain over the
    candidates of a round: 0 is as good as a random row.

    Notes
    -----
    The forest comes with the engine, so nothing is trained here and every machine has the same one. It knows
    a row by what `describe` tells of it.
    """
    return experience().predict(describe(view))


def describe(view: View) -> Floats:
    """(N, F) what the learned function is told of each candidate, in the order of `FEATURES`.

    Doubt on a scale of 0 to 1 whatever the number of classes; distances in units of the distance between two
    random rows: to the closest label, to the pool, to the closest rows of the pool; how much closer a label
    of another class is than one of the guessed class; how far the nearest labels contradict the learner; and
    how the run stands, which is the same for all candidates.
    """
    X, known, y, C = view.candidates.X, view.labelled.X, view.labelled.y, view.n_classes
    first, second = top_two(view.proba)
    pool = _reference(view)
    unit = typical_distance(np.concatenate([pool, known]))
    gap = np.sqrt(squared_distances(X, known)) / unit
    guess = view.proba.argmax(axis=1)
    own = np.where(y == guess[:, None], gap, np.inf).min(axis=1)
    other = np.where(y != guess[:, None], gap, np.inf).min(axis=1)
    lone = np.isinf(own)  # no label of the guessed class: a learner may guess what it was never told
    closer = np.where(lone, 1.0, np.where(lone, 0.0, own) / np.maximum(own + other, TINY))
    near, _ = nearest_rows(X, known, min(VOTERS, len(y)))
    away = np.sqrt(squared_distances(X, pool)) / unit
    crowd = min(CROWD, len(pool))
    votes = np.eye(C)[y[near]].mean(axis=1)
    share = np.bincount(y, minlength=C) / len(y)
    state = [
        np.log(len(y) / C),
        np.log(len(y) / X.shape[1]),
        float(measures.entropy(share[None])[0]) / np.log(C),
        float((1.0 - np.sort(first)).mean()) / (1.0 - 1.0 / C),
    ]
    return np.column_stack(
        [
            (first - 1.0 / C) / (1.0 - 1.0 / C),
            first - second,
            measures.entropy(view.proba) / np.log(C),
            gap.min(axis=1),
            away.mean(axis=1),
            np.partition(away, crowd - 1, axis=1)[:, :crowd].mean(axis=1),
            closer,
            0.5 * np.abs(votes - view.proba).sum(axis=1),
            *(np.full(len(X), value) for value in state),
        ]
    )


@lru_cache(maxsize=1)
def experience() -> TreeEnsemble:
    """The forest that comes with the engine."""
    with as_file(files("alcore.acquisition") / "learned.npz") as path, np.load(path) as kept:
        return TreeEnsemble(
            **{name: kept[name] for name in kept.files if name != "depth"}, depth=int(kept["depth"])
        )


def _reference(view: View) -> Floats:
    """(m, D) candidates that stand for the pool."""
    ids = view.candidates.ids
    some = sample_of(ids, REFERENCE, view.seed, "learned")
    return view.candidates.X[some[np.lexsort(ids[some].T)]]
