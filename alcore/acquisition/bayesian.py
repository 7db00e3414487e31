"""Bayesian: what would a label tell about the learner, or about its predictions?

The committee stands for the posterior: choose one whose members are draws of the same learner (Laplace,
dropout, trees, ensemble) rather than learners of different kinds.
"""

from math import log
from typing import Annotated

import numpy as np

from alcore import joint
from alcore.acquisition.adapters import from_members
from alcore.catalog import ACQUISITIONS
from alcore.params import Range
from alcore.rng import by_id
from alcore.types import Floats, View

MOST_WORK = 500_000_000  # entries of joint tables EPIG may fill a round: bounds it to some seconds

from_members(
    joint.bald,
    source="Houlsby et al. 2011; Gal, Islam & Ghahramani 2017",
    label="BALD",
    family="Bayesian",
    unit="nats",
    formula=r"\underbrace{\mathrm{H}\!\left[\bar p\right]}_{\text{total}} - "
    r"\underbrace{\tfrac{1}{K} \sum_k \mathrm{H}\!\left[p_k\right]}_{\text{aleatoric}} = I(y; \theta \mid x)",
    use="Pools where some rows are noisy by nature: what no label can settle scores nothing.",
    avoid="Batches from pools with near-duplicates (take the BatchBALD selector), and pools full of foreign "
    "rows: about those the learner has much to learn, but nothing you need (take EPIG).",
    spread=log,
    complexity="O(K n C)",
    committee="posterior",
)
from_members(
    joint.member_std,
    source="Kampffmeyer et al. 2016; Kendall et al. 2017",
    label="standard deviation of members",
    family="Bayesian",
    unit="probability",
    formula=r"\frac{1}{C} \sum_c \sqrt{\tfrac{1}{K} \sum_k (p_{kc} - \bar p_c)^2}",
    use="To compare: the shortcut of many tutorials.",
    avoid="When BALD is at hand, for the same price: a deviation is not information. 0.4 to 0.6 and 0 to 0.2 "
    "deviate alike, but the second range can rule a class out.",
    spread=lambda C: 0.5,
    complexity="O(K n C)",
    committee="posterior",
)


@ACQUISITIONS.add(
    needs="members",
    source="Bickford Smith et al. 2023, Prediction-oriented Bayesian active learning",
    label="EPIG",
    family="Bayesian",
    unit="nats",
    formula=r"\mathbb{E}_{x_*}\!\left[\, I(y; y_* \mid x, x_*) \,\right]",
    low=0.0,
    use="Large or messy pools: it asks what helps to predict typical rows, not what is merely unknown.",
    avoid="Very many classes, which leave time for few targets only.",
    complexity="O(K n targets C^2)",
    committee="posterior",
)
def epig(view: View, *, targets: Annotated[int, Range(1, 1000)] = 100) -> Floats:
    """Ask the row whose label would tell most about the labels of typical rows of the pool.

    BALD values anything that tells about the learner, even about regions where no row lies; this values only
    what changes predictions on a random sample of the pool. It is never above BALD.

    Parameters
    ----------
    targets : int
        How many random rows stand for the pool; more make scores steadier and take proportionally longer.
    """
    members = view.members
    _, n, C = members.shape
    n_targets = int(np.clip(MOST_WORK // (n * C * C), 1, min(targets, n)))
    lottery = by_id(
        view.seed, f"targets {len(view.log)}", view.candidates.ids
    )  # by row: blind to their order
    return joint.epig(members, members[:, np.argsort(lottery, kind="stable")[:n_targets]])
