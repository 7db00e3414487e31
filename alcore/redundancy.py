"""Redundancy: how much of a batch says the same thing twice."""

import numpy as np

from alcore.distances import nearest_rows
from alcore.types import Floats


def redundancy(batch: Floats, scale: float = 1.0) -> float:
    """Mean over the rows of a batch of their similarity to the most similar other row.

    Similarity is ``1 / (1 + d / scale)``: 1 for a copy, one half at a distance of `scale`.

    Parameters
    ----------
    batch : (B, D) array
    scale : float
        A distance that counts as half alike, e.g. `alcore.distances.typical_distance` of the pool, so that
        batches of one pool compare. Greater than 0.

    Returns
    -------
    float
        From 0 (nothing in common) to 1 (every row has a copy in the batch); 0 for fewer than two rows.

    Notes
    -----
    O(B^2 D).

    Examples
    --------
    >>> redundancy(np.array([[0.0], [0.0], [9.0], [9.0]]))
    1.0
    >>> round(redundancy(np.array([[0.0], [1.0], [4.0]])), 4)
    0.4167
    """
    return float(closest_likeness(batch, scale).mean()) if len(batch) > 1 else 0.0


def closest_likeness(batch: Floats, scale: float = 1.0) -> Floats:
    """(B,) similarity of each row of a batch to the most similar other row; see `redundancy`.

    >>> closest_likeness(np.array([[0.0], [1.0], [4.0]]))
    array([0.5 , 0.5 , 0.25])
    """
    if len(batch) < 2:
        return np.zeros(len(batch))
    _, far = nearest_rows(batch, batch, 2)
    return 1.0 / (1.0 + far[:, 1] / scale)
