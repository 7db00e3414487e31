"""Stochastic batches: draw by score instead of taking the top."""

from typing import Annotated

import numpy as np

from alcore.catalog import SELECTORS
from alcore.params import Range
from alcore.rng import by_id
from alcore.sampling import Shape, gumbel_top_k, log_weights
from alcore.types import Floats, Ints, View

Beta = Annotated[float, Range(0.0, 100.0)]


@SELECTORS.add(
    source="Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron & Gal 2023",
    label="power",
    family="stochastic",
    formula=r"P(x) \propto s(x)^{\beta}",
    use="Any batch from near-duplicates, at no more cost than taking the top; a score of 0 is never asked.",
    avoid="Batches of one row from clean data, where the top is simply better.",
    complexity="O(n)",
)
def power(scores: Floats, view: View, n: int, *, beta: Beta = 1.0) -> Ints:
    """Draw rows by their score raised to a power, so that high scores are likely but not certain.

    Parameters
    ----------
    beta : float
        0 draws at random, 1 in proportion to the score, large values take the top.
    """
    return _drawn("power", scores, view, n, beta)


@SELECTORS.add(
    source="Kirsch et al. 2023",
    label="softmax",
    family="stochastic",
    formula=r"P(x) \propto e^{\beta s(x)}",
    use="Scores whose differences mean something, such as information in nats.",
    avoid="Scores of unknown scale: the same knob is then greedy for one and random for another.",
    complexity="O(n)",
)
def softmax(scores: Floats, view: View, n: int, *, beta: Beta = 5.0) -> Ints:
    """Draw rows by the exponential of their score, so that a fixed lead in score is a fixed lead in chance.

    Parameters
    ----------
    beta : float
        0 draws at random, large values take the top; it must fit the scale of the scores.
    """
    return _drawn("softmax", scores, view, n, beta)


@SELECTORS.add(
    source="Kirsch et al. 2023",
    label="softrank",
    family="stochastic",
    formula=r"P(x) \propto r(x)^{-\beta}",
    use="Scores of any scale, or with a few extreme values: only their order counts.",
    avoid="Scores that hardly differ: rank 1 is drawn far more often than rank 10 all the same.",
    complexity="O(n log n)",
)
def softrank(scores: Floats, view: View, n: int, *, beta: Beta = 1.0) -> Ints:
    """Draw rows by their rank: the first is twice as likely as the second.

    Parameters
    ----------
    beta : float
        0 draws at random, 1 in proportion to one over the rank, large values take the top.
    """
    return _drawn("softrank", scores, view, n, beta)


def _drawn(shape: Shape, scores: Floats, view: View, n: int, beta: float) -> Ints:
    """N candidates drawn without replacement; each row holds its own lot, whatever its place in the pool."""
    at = np.flatnonzero(scores > -np.inf)
    lots = by_id(view.seed, f"{shape} {len(view.log)}", view.candidates.ids[at])
    return at[gumbel_top_k(log_weights(scores[at], shape, beta), lots, n)]
