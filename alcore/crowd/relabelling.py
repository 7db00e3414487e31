"""What to relabel, and when a new row is the better buy (Sheng, Provost & Ipeirotis 2008)."""

import numpy as np
from scipy.special import betainc

from alcore.types import Floats, Ints


def label_doubt(votes: Ints) -> Floats:
    """How likely the leading class is not the right one, judged by the votes alone.

    The tail below one half of a Beta(leading + 1, runner-up + 1) distribution: how often the runner-up would
    win in the long run. The paper has two classes; with more, the two that lead decide.

    Parameters
    ----------
    votes : (N, C) array of int
        How often each row was given each class.

    Returns
    -------
    (N,) array
        1/2 without a vote or with a tie; one vote leaves 1/4, two 1/8.

    Examples
    --------
    >>> label_doubt(np.array([[0, 0], [1, 0], [3, 1], [2, 2]]))  # 3 to 1: P(4 or 5 heads of 5) = 6/32
    array([0.5   , 0.25  , 0.1875, 0.5   ])
    """
    ordered = np.sort(np.asarray(votes, np.float64), axis=1)
    lead = ordered[:, -1]
    second = ordered[:, -2] if ordered.shape[1] > 1 else np.zeros(len(lead))
    return betainc(lead + 1.0, second + 1.0, 0.5)


def model_doubt(proba: Floats) -> Floats:
    """(N,) how unsure the learner is: 1 - max P, 0.5 - |P - 0.5| for two classes."""
    return 1.0 - proba.max(axis=1)


def answer_value(votes: Ints, proba: Floats) -> Floats:
    """(N,) what one more answer is worth: the geometric mean of both doubts.

    It puts rows nobody has labelled yet and rows labelled before on one scale: divide by the price of an
    answer and buy from the top.

    Parameters
    ----------
    votes : (N, C) array of int
    proba : (N, C) array
        The learner's class probabilities of the same rows.
    """
    return np.sqrt(label_doubt(votes) * model_doubt(proba))
