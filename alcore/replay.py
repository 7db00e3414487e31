"""Any past round again: the learner as it was, any acquisition function as a heatmap, the ceiling."""

import numpy as np

from alcore import catalog, learn
from alcore.learn import Fitted
from alcore.loop import Run, begin, view_of
from alcore.metrics import measure
from alcore.rng import integer, stream
from alcore.spec import Choice, Spec
from alcore.types import Candidates, Data, Floats, Log

CEILING_ROWS = 5000  # more labels than this are not used for the ceiling; kernels and processes would not end


def at(spec: Spec, log: Log, k: int, *, data: Data | None = None) -> Run:
    """The run as it was after `k` rounds."""
    return begin(spec, log[:k], data=data)


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
    points = Candidates(_point_ids(len(X)), X, np.ones(len(X)), np.full(len(X), group, np.int64))
    entry = catalog.ACQUISITIONS[acquisition.name]
    return np.asarray(catalog.ACQUISITIONS.bind(acquisition)(view_of(run, points, entry.needs)), np.float64)


def acquisition_of_pool(run: Run, acquisition: Choice) -> tuple[Candidates, Floats]:
    """The open candidates and (N,) any acquisition function on them."""
    candidates = run.setting.candidates(run.data, run.log)
    entry = catalog.ACQUISITIONS[acquisition.name]
    scores = catalog.ACQUISITIONS.bind(acquisition)(view_of(run, candidates, entry.needs))
    return candidates, np.asarray(scores, np.float64)


def ceiling(
    spec: Spec, *, data: Data | None = None, max_rows: int = CEILING_ROWS
) -> tuple[dict[str, float], int]:
    """Metrics of the learner with every label of the pool known, and how many those were: regret's zero.

    Labels are true ones: what a perfect oracle would give. Pools above `max_rows` are sampled.
    """
    run = begin(spec, data=data)
    rows = run.data.train[run.data.y[run.data.train] >= 0]
    if len(rows) > max_rows:
        rows = np.sort(stream(spec.seed, "ceiling").choice(rows, max_rows, replace=False))
    fitted: Fitted = learn.fit(
        run.learner, run.data.X[rows], run.data.y[rows], run.data.n_classes, integer(spec.seed, "learner", 0)
    )
    return measure(fitted.proba(run.data.test_X), run.data.test_y), len(rows)


def _point_ids(n: int) -> "np.ndarray":
    """Names for made-up points that no row of the data has."""
    return -1 - np.arange(n, dtype=np.int64)[:, None]
