"""Adversarial: how small a change of a row would change the answer? In closed form for linear learners."""

from typing import Annotated, Literal

import numpy as np

from alcore import measures
from alcore.catalog import ACQUISITIONS
from alcore.kernels import softmax
from alcore.params import Range
from alcore.solvers import LinearModel
from alcore.types import Floats, Ints, View


@ACQUISITIONS.add(
    pointwise=True,
    needs="linear",
    source="Ducoffe & Precioso 2018; Moosavi-Dezfooli, Fawzi & Frossard 2016 (DeepFool)",
    label="adversarial distance",
    family="adversarial",
    unit="",
    formula=r"\frac{1}{1 + d(x)}, \quad d(x) = \min_{k \ne \hat y} \frac{f_{\hat y}(x) - f_k(x)}"
    r"{\lVert w_{\hat y} - w_k \rVert}",
    low=0.0,
    use="Distance to the boundary in units of the features: with many classes it compares pairs of classes "
    "fairly, where margins of probabilities favour pairs with small weights.",
    avoid="Two classes: margin and this choose the same rows. Features on different scales.",
    complexity="O(n C D)",
)
def adversarial_distance(view: View, *, norm: Literal["euclidean", "largest"] = "euclidean") -> Floats:
    """Ask the rows that the smallest change would carry over to another class.

    Parameters
    ----------
    norm : str
        How a change is measured: its length, or the largest change of any one feature.
    """
    return 1.0 / (1.0 + boundary_distance(view.linear, view.candidates.X, norm=norm))


@ACQUISITIONS.add(
    pointwise=True,
    needs="linear",
    source="Goodfellow, Shlens & Szegedy 2015 (fast gradient sign); Miyato et al. 2018",
    label="adversarial uncertainty",
    family="adversarial",
    unit="probability",
    formula=r"1 - \max_c p_c\left(x + \varepsilon\, \mathrm{sign}\, \nabla_x \ell(x, \hat y)\right)",
    low=0.0,
    use="To study attacks: which rows lie just far enough from the boundary for an attack to reach it.",
    avoid="As a strategy for accuracy: it passes over the rows closest to the boundary, which the attack "
    "carries across it into certainty.",
    complexity="O(n C D)",
)
def adversarial_uncertainty(view: View, *, epsilon: Annotated[float, Range(0.0, 2.0)] = 0.1) -> Floats:
    """Ask rows the learner is unsure of once each feature was nudged in the worst direction.

    Parameters
    ----------
    epsilon : float
        How far each feature is nudged, in the units the learner sees (usually standard deviations): 0 is
        plain least confident, larger values ask rows that far from the boundary.
    """
    X = view.candidates.X
    believed = view.linear.logits(X).argmax(axis=1)
    return measures.least_confident(view.linear.proba(attacked(view.linear, X, believed, epsilon)))


def attacked(model: LinearModel, X: Floats, y: Ints, epsilon: float) -> Floats:
    """Rows moved by the fast gradient sign method, away from the classes y.

    Parameters
    ----------
    model : LinearModel
    X : (n, D) array
    y : (n,) array of int
        Which class's loss the attacker raises: the true one, or the predicted one.
    epsilon : float
        Change of each feature.

    Returns
    -------
    (n, D) array
        With two classes no other change of that size raises the loss more; with more it is the best to first
        order. It never lowers the loss, which is convex in a row.

    Examples
    --------
    >>> model = LinearModel(np.array([[-1.0, 1.0], [0.5, -0.5], [0.0, 0.0]]))
    >>> attacked(model, np.array([[2.0, 0.0]]), np.array([1]), 0.1)
    array([[1.9, 0.1]])
    """
    pull = softmax(model.logits(X)).copy()
    pull[np.arange(len(X)), y] -= 1.0
    return X + epsilon * np.sign(pull @ model.weights[:-1].T)


def boundary_distance(
    model: LinearModel, X: Floats, *, norm: Literal["euclidean", "largest"] = "euclidean"
) -> Floats:
    """Size of the smallest change of each row that another class wins.

    Parameters
    ----------
    model : LinearModel
    X : (n, D) array
    norm : str
        Of the change: "euclidean" length, or the "largest" change of one feature.

    Returns
    -------
    (n,) array
        inf where no change can do it.

    Examples
    --------
    >>> model = LinearModel(np.array([[-1.5, 1.5], [-2.0, 2.0], [0.0, 0.0]]))
    >>> boundary_distance(model, np.array([[5.0, 0.0]])), boundary_distance(model, np.zeros((1, 2)))
    (array([3.]), array([0.]))
    """
    logits, W = model.logits(X), model.weights[:-1].T
    winner = logits.argmax(axis=1)
    lead = logits[np.arange(len(X)), winner][:, None] - logits
    lead[np.arange(len(X)), winner] = np.inf
    gap = W[:, None, :] - W[None, :, :]
    steep = np.sqrt(np.square(gap).sum(axis=2)) if norm == "euclidean" else np.abs(gap).sum(axis=2)
    slope = steep[winner]
    far = np.where(lead > 0.0, np.inf, 0.0)  # equal weights: a tie stays one, a lead stays a lead
    return np.divide(lead, slope, out=far, where=slope > 0.0).min(axis=1)
