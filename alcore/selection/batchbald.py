"""BatchBALD: a batch whose labels tell different things."""

from typing import Annotated

import numpy as np

from alcore import joint
from alcore.catalog import SELECTORS
from alcore.params import Range
from alcore.types import Floats, Ints, View

MOST_WORK = 100_000_000_000  # products a batch may take at worst: bounds it to some seconds with many classes


@SELECTORS.add(
    needs="members",
    source="Kirsch, van Amersfoort & Gal 2019",
    label="BatchBALD",
    family="Bayesian",
    formula=r"\max_B I(y_B; \theta) = \mathrm{H}(y_B) - \sum_{i \in B} \tfrac1K \sum_k \mathrm{H}[p_{ki}]",
    use="Batches with a posterior as the committee (Laplace, dropout), above all with near-duplicates about.",
    avoid="Committees of a few members: a batch cannot tell more than ln K apart. Take a hundred or more.",
    complexity="O(batch n K configurations C) at worst, usually a tenth of it",
    committee="posterior",
)
def batchbald(
    scores: Floats,
    view: View,
    n: int,
    *,
    configurations: Annotated[int, Range(100, 10_000, log=True)] = 1000,
    shortlist: Annotated[int, Range(50, 20_000, log=True)] = 5000,
) -> Ints:
    """Choose rows whose labels together tell most about the learner; a copy of a row adds little.

    Scores are not used, except that a candidate ruled out stays out: the value of a row depends on the rows
    chosen before it.

    Parameters
    ----------
    configurations : int
        How many combinations of the batch's labels are followed; more are more exact and slower. With very
        many classes it is fewer.
    shortlist : int
        How many candidates, those with the highest BALD, may enter the batch; fewer are faster.
    """
    open_ = np.flatnonzero(scores > -np.inf)
    members = view.members if len(open_) == len(scores) else view.members[:, open_]
    K, N, C = members.shape
    limit = int(np.clip(MOST_WORK // max(1, n * K * min(N, shortlist) * C), 100, configurations))
    at, _ = joint.batchbald(members, n, limit, view.rng("batchbald"), shortlist=shortlist, dtype=np.float32)
    return open_[at]
