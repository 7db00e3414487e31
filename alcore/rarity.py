"""Which class of the data is rare, and how many rows of it there are to find."""

from typing import Any

import numpy as np

from alcore.loop import load
from alcore.spec import Spec
from alcore.types import Data, Ints, Log


def class_counts(spec: Spec, log: Log, data: Data | None = None) -> dict[str, Any]:
    """How many rows each class has, in the pool and among the test rows.

    No strategy may see this: it is what a simulation is measured by.

    Returns
    -------
    dict
        classes (names), pool and test (rows of each), rows (of the pool, those without a known label
        included), rarest (code of the class with the fewest rows in all; see `Data.rarest`).
    """
    data = load(spec) if data is None else data
    pool, test = (_counted(data.y[rows], data.n_classes) for rows in (data.train, data.test))
    return {
        "classes": list(data.classes),
        "pool": pool.tolist(),
        "test": test.tolist(),
        "rows": len(data.train),
        "rarest": data.rarest,
    }


def _counted(y: Ints, n_classes: int) -> Ints:
    return np.bincount(y[y >= 0], minlength=n_classes)
