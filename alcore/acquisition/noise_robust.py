"""Noisy labels: count on wrong answers when choosing questions."""

from typing import Annotated

import numpy as np

from alcore import joint, measures
from alcore.catalog import ACQUISITIONS
from alcore.params import Range
from alcore.types import Floats, View


@ACQUISITIONS.add(
    needs="members",
    source="Houlsby et al. 2011 (BALD), with the answer seen through a symmetric channel",
    label="BALD through noise",
    family="noise",
    unit="nats",
    formula=r"I(\tilde y; \theta \mid x), \quad P(\tilde y = c) = (1 - \rho)\, p_c + \tfrac{\rho}{C - 1} "
    r"(1 - p_c)",
    low=0.0,
    use="Annotators who err at a known rate: it values rows by what their imperfect answers tell. Rows noisy "
    "by nature score little, as with BALD.",
    avoid="Many classes: on digits it lost to random in our own measurements. A rate close to that of "
    "guessing: then no answer tells anything, and all rows score alike.",
    complexity="O(K n C)",
    committee="posterior",
)
def noisy_bald(view: View, *, rate: Annotated[float, Range(0.0, 0.9)] = 0.1) -> Floats:
    """Ask where an answer that may be wrong would tell most about the learner.

    BALD asks where members of the committee are sure, each of something else. An annotator who errs blurs
    these differences; small ones drown first.

    Parameters
    ----------
    rate : float
        How often the annotator is wrong, all wrong answers being equally likely. 0 is BALD itself.
    """
    return joint.bald(through_noise(view.members, rate))


@ACQUISITIONS.add(
    needs="proba",
    source="the widespread advice to shun the hardest rows, put right for any number of classes",
    label="shy doubt",
    family="noise",
    unit="",
    formula=r"u\,(1 - s\,u), \quad u = 1 - \left(p_{(1)} - p_{(2)}\right)",
    low=0.0,
    use="To test advice: what happens when the most doubtful rows are passed over as probably noise?",
    avoid="As a remedy for noise: doubt at the boundary is where labels help, noise or not. On digits it "
    "does far worse than random. BALD through noise tells the two apart.",
    complexity="O(n C)",
)
def shy_doubt(view: View, *, shyness: Annotated[float, Range(0.0, 1.0)] = 1.0) -> Floats:
    """Ask doubtful rows, but shun the most doubtful as if they were noise.

    Parameters
    ----------
    shyness : float
        0 is the margin itself; up to 0.5 the order of the rows is still its order; at 1 rows of half the
        doubt come first and the most doubtful last.
    """
    doubt = measures.margin(view.proba)
    return np.maximum(doubt * (1.0 - shyness * doubt), 0.0)


def through_noise(proba: Floats, rate: float) -> Floats:
    """Probabilities of the answers of an annotator who errs at this rate, all errors alike.

    Parameters
    ----------
    proba : (..., C) array
    rate : float
        Cut at that of blind guessing, 1 - 1/C.

    Returns
    -------
    (..., C) array

    Examples
    --------
    >>> through_noise(np.array([1.0, 0.0, 0.0]), 0.2)
    array([0.8, 0.1, 0.1])
    """
    C = proba.shape[-1]
    rate = min(rate, 1.0 - 1.0 / C)
    return (1.0 - rate) * proba + rate / max(1, C - 1) * (1.0 - proba)
