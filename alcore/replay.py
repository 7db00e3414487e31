"""Any past round again: the learner as it was, any acquisition function as a heatmap, the ceiling."""

from typing import Any

import numpy as np

from alcore import catalog, learn
from alcore.distances import nearest_rows
from alcore.learn import Fitted
from alcore.loop import Run, begin, view_of
from alcore.metrics import measure
from alcore.rng import integer, stream
from alcore.spec import Choice, Spec
from alcore.types import Candidates, Data, Floats, Log, View

SEEN_ROWS = 10  # fewer scored rows than this make no map of their own
CEILING_ROWS = 5000  # more labels than this are not used for the ceiling; kernels and processes would not end


def at(spec: Spec, log: Log, k: int, *, data: Data | None = None, learner: Any = None) -> Run:
    """The run as it was after `k` rounds."""
    return begin(spec, log[:k], data=data, learner=learner)


def acquisition_on(run: Run, X: Floats, acquisition: Choice, group: int = 0) -> Floats:
    """(n,) any acquisition function at any points, as the run's learner and committee see them.

    Parameters
    ----------
    run : Run
        With at least two classes labelled.
    X : Floats of shape (n, D)
        The points; they need not be rows of the data.
    acquisition : Choice
    """
    entry = catalog.ACQUISITIONS[acquisition.name]
    if not entry.facts.get("pointwise"):  # its scores compare rows with each other: paint the nearest row's
        candidates, scores = acquisition_of_pool(run, acquisition)
        if not len(candidates):
            return np.zeros(len(X))
        seen = scores > scores.min()  # rows that a dear function left out all share its lowest score
        rows = np.flatnonzero(seen) if seen.sum() >= SEEN_ROWS else np.arange(len(scores))
        return scores[rows[nearest_rows(X, candidates.X[rows], 1)[0][:, 0]]]
    points = Candidates(_point_ids(len(X)), X, np.ones(len(X)), np.full(len(X), group, np.int64))
    return np.asarray(catalog.ACQUISITIONS.bind(acquisition)(view_of(run, points, entry.needs)), np.float64)


def acquisition_of_pool(run: Run, acquisition: Choice) -> tuple[Candidates, Floats]:
    """The open candidates and (N,) any acquisition function on them."""
    view = pool_view(run)
    return view.candidates, np.asarray(catalog.ACQUISITIONS.bind(acquisition)(view), np.float64)


def pool_view(run: Run) -> View:
    """What any strategy may see of the open pool; predictions on it are made once for all that read them."""
    needs = frozenset[str]().union(*(entry.needs for entry in catalog.ACQUISITIONS.values()))
    return view_of(run, run.setting.candidates(run.data, run.log), needs)


def ceiling(
    spec: Spec, *, data: Data | None = None, learner: Any = None, max_rows: int = CEILING_ROWS
) -> tuple[dict[str, float], int]:
    """Metrics of the learner with every label of the pool known, and how many those were: regret's zero.

    Labels are true ones: what a perfect oracle would give. Pools above `max_rows` are sampled.
    """
    run = begin(spec, data=data, learner=learner)
    rows = run.data.train[run.data.y[run.data.train] >= 0]
    if len(rows) > max_rows:
        rows = np.sort(stream(spec.seed, "ceiling").choice(rows, max_rows, replace=False))
    fitted: Fitted = learn.fit(
        run.learner, run.data.X[rows], run.data.y[rows], run.data.n_classes, integer(spec.seed, "learner", 0)
    )
    data = run.data
    group, proba = data.group[data.test], fitted.proba(data.test_X)
    return measure(proba, data.test_y, group, data.groups, rarest=data.rarest), len(rows)


def _point_ids(n: int) -> "np.ndarray":
    """Names for made-up points that no row of the data has."""
    return -1 - np.arange(n, dtype=np.int64)[:, None]
