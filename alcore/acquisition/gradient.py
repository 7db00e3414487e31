"""Model change: how far would a label move the learner?"""

from typing import Annotated

from alcore import gradients
from alcore.catalog import ACQUISITIONS
from alcore.params import Range
from alcore.types import Floats, View


@ACQUISITIONS.add(
    pointwise=True,
    needs="proba",
    source="Settles, Craven & Ray 2008",
    label="expected gradient length",
    family="model change",
    unit="",
    formula=r"\sum_y p_y \left\lVert \nabla \ell(x, y) \right\rVert = \lVert \tilde x \rVert "
    r"\sum_y p_y \lVert p - e_y \rVert",
    low=0.0,
    use="Two or few classes and features on one scale, when expected error reduction is too slow.",
    avoid="Outliers: a row far out has long gradients whatever its label (or tick normalise). "
    "With ten classes of digits it does a little worse than random.",
    complexity="O(n (D + C))",
)
def gradient_length(view: View, *, normalise: bool = False) -> Floats:
    """Ask where a label would change the learner most: by the length of the training step it would cause.

    Nobody knows the label yet, so the length is averaged over all labels, each as likely as the learner
    thinks. For a network the gradient of its last layer counts, for any other learner that of a logistic
    regression which predicts the same.

    Parameters
    ----------
    normalise : bool
        Do not count the length of the row itself, which favours outliers; what is left is pure uncertainty.
    """
    return gradients.expected_gradient_length(view.proba, view.embed, normalise=normalise)


@ACQUISITIONS.add(
    needs="proba",
    source="Zhang & Oles 2000; Schein & Ungar 2007; Ash et al. 2021 (BAIT)",
    label="variance reduction",
    family="model change",
    unit="",
    formula=r"\mathrm{tr}\, M^{-1} F - \mathrm{tr} \left( M + s\, \tilde x \tilde x^\top \right)^{-1} F",
    low=0.0,
    use="Logistic regression or a network's last layer; it weighs doubt by how many other rows share it.",
    avoid="Thousands of columns, and large batches of the top rows: it values each alone, so they resemble"
    " each other.",
    complexity="O(n D^2 + D^3)",
)
def fisher(view: View, *, ridge: Annotated[float, Range(0.001, 1000, log=True)] = 1.0) -> Floats:
    """Ask the row that would most reduce the learner's own variance over the whole pool.

    A classic of experimental design (A-optimality), with Fisher information for the curvature; for a network
    that of its last layer.

    Parameters
    ----------
    ridge : float
        How firmly weights are believed to be small before labels say otherwise; large values make the score
        favour rows like many others, small ones rows unlike the labelled ones.

    Notes
    -----
    With more than two classes a row's curvature is the mean eigenvalue of that of its logits.
    """
    labelled, fitted = view.labelled, view.fitted
    return gradients.variance_reduction(
        view.embed,
        gradients.curvature(view.proba),
        fitted.embed(labelled.X),
        gradients.curvature(fitted.proba(labelled.X)),
        ridge=ridge,
    )
