"""What a strategy would ask next, without asking it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from alcore import projection
from alcore.errors import SpecError
from alcore.link import from_query
from alcore.loop import ask, begin
from alcore.spec import Spec
from alcore.types import Data, Log

MOST = 1000  # rows in one answer


def batch(
    spec: Spec,
    log: Log,
    data: Data | None = None,
    *,
    parts: Mapping[str, str] | None = None,
    n: int | None = None,
) -> dict[str, Any]:
    """The batch that would be asked after the log's rounds, by the spec's strategy or another one.

    The labels are those of the log, so strategies can be compared on the same state of affairs.

    Parameters
    ----------
    parts : mapping, optional
        Other parts, as they stand in an address: ``{"acquisition": "bald", "select": "hybrid"}``.
    n : int, optional
        Rows in the batch; by default the spec's.

    Returns
    -------
    dict
        ``ids``: rows, in the order chosen; ``x``, ``y``: their places on the map; ``scores``.

    Raises
    ------
    SpecError
        When a part is unknown, refused, or does not fit the learner.
    """
    changed, problems = from_query(dict(parts or {}), spec)
    if problems:
        raise SpecError("; ".join(problems))
    wanted = min(changed.batch if n is None else n, MOST)
    changed = replace(changed, batch=wanted, budget=log.labels + wanted, budget_in="labels", stop=())
    run = begin(changed, log, data=data)
    query = ask(run)
    rows = np.zeros(0, np.int64) if query is None else query.ids[:, 0]
    at = projection.project(run.data).plane(run.data.X[rows])
    return {
        "ids": rows.tolist(),
        "x": [float(f"{v:.6g}") for v in at[:, 0].tolist()],
        "y": [float(f"{v:.6g}") for v in at[:, 1].tolist()],
        "scores": [float(f"{v:.6g}") for v in ([] if query is None else query.scores.tolist())],
    }
