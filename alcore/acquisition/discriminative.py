"""Discriminative: can one tell the labelled rows from the rest?"""

from typing import Annotated

import numpy as np

from alcore.catalog import ACQUISITIONS
from alcore.distances import sample_of
from alcore.params import From, Range
from alcore.types import Floats, View


@ACQUISITIONS.add(
    source="Gissin & Shalev-Shwartz 2019 (DAL)",
    label="discriminative",
    family="density",
    unit="probability",
    formula=r"P(\text{unlabelled} \mid x)",
    low=0.0,
    use="To make the labelled rows look like the pool when no learner can be trusted yet, as core-set does, "
    "but with a learner in place of a distance.",
    avoid="Large batches: rows that stand out stand out together. Take a selector that spreads.",
    complexity="one fit of the telling learner to at most 1,000 rows and its labels, and its prediction",
)
def discriminative(
    view: View,
    *,
    learner: Annotated[str, From("learner")] = "gaussian_process",
    rows: Annotated[int, Range(10, 5000, log=True)] = 300,
) -> Floats:
    """Train a second learner to tell labelled rows from unlabelled ones, and ask what is surely unlabelled.

    When it can no longer tell them apart, the labelled rows are a fair picture of the pool. The labels
    themselves play no part.

    Parameters
    ----------
    learner : str
        The learner that tells them apart, with its usual settings; it should be able to draw curved
        boundaries.
    rows : int
        How many random candidates stand for the pool while it learns.

    Notes
    -----
    Both sides weigh alike, however few the labels. Rows lie where the run's own learner represents them, if
    it has a representation. The paper asks a large batch in parts and trains this learner again in between:
    here, choose a smaller batch.
    """
    ids, known = view.candidates.ids, view.fitted.embed(view.labelled.X)
    some = sample_of(ids, rows, view.seed, "discriminative")
    some = some[np.lexsort(ids[some].T)]
    side = np.repeat([0, 1], [len(known), len(some)])
    weight = np.where(side == 1, 0.5 / len(some), 0.5 / len(known)) * len(side)
    telling = view.learn(learner, X=np.concatenate([known, view.embed[some]]), y=side, weight=weight)
    return telling.proba(view.embed)[:, 1]
