"""Annotators who err by chance or by class."""

from typing import Annotated, Literal

import numpy as np

from alcore.catalog import ORACLES
from alcore.errors import SpecError
from alcore.mistakes import drawn, spread
from alcore.params import Range
from alcore.types import Asked, Floats


@ORACLES.add(
    source="Settles 2009",
    label="exact",
    use="When the labels on file are what an annotator would say.",
    avoid="Planning a project with human annotators: it is the best case.",
)
def exact(asked: Asked) -> Floats:
    """Answer with the true label, always."""
    return asked.truth.astype(np.float64)


@ORACLES.add(
    source="Angluin & Laird 1988, random classification noise",
    label="noisy",
    use="How much of the saving survives careless labels?",
    avoid="When some classes are mistaken for each other more often than others: take confusion.",
)
def noisy(asked: Asked, *, rate: Annotated[float, Range(0.0, 0.9)] = 0.1) -> Floats:
    """Answer wrongly now and then, whatever the class.

    Each label is flipped independently to one of the other classes, all equally likely; asking again does
    not help.

    Parameters
    ----------
    rate : float
        Probability that a label is wrong: 0.05 is a careful annotator; at 1 - 1/C (0.5 with two classes)
        answers say nothing.
    """
    return _mistaken(asked, spread(np.full(asked.n_classes, rate)))


@ORACLES.add(
    source="Dawid & Skene 1979",
    label="confusion",
    use="Annotators who know some classes better than others, or always mistake one for the next.",
    avoid="When you have no idea of the rates: noisy has only one knob.",
)
def confusion(
    asked: Asked,
    *,
    errors: Annotated[tuple[float, ...], Range(0.0, 1.0)] = (0.1,),
    towards: Literal["any", "next"] = "any",
    matrix: Annotated[tuple[float, ...], Range(0.0, 1.0)] = (),
) -> Floats:
    """Answer with an error rate of its own for each true class.

    Parameters
    ----------
    errors : tuple of float
        Share of wrong answers on each class, in the order of the classes; the last one holds for the rest.
    towards : str
        A wrong answer is any of the other classes alike, or always the next class (the last is taken for
        the first).
    matrix : tuple of float
        Instead of both: all C x C probabilities row by row, P(answer | true class), each row summing to 1.
        Empty uses the errors.

    Raises
    ------
    SpecError
        When there are more errors than classes or none, or the matrix does not fit the classes.
    """
    n_classes = asked.n_classes
    if matrix:
        return _mistaken(asked, _as_matrix(matrix, n_classes))
    if not 0 < len(errors) <= n_classes:
        raise SpecError(
            f"errors needs between 1 and {n_classes} rates, one for each class, got {len(errors)}"
        )
    rates = np.array(errors + (errors[-1],) * (n_classes - len(errors)))
    return _mistaken(asked, spread(rates, towards))


def _as_matrix(matrix: tuple[float, ...], n_classes: int) -> Floats:
    if len(matrix) != n_classes**2:
        size = f"{n_classes} x {n_classes} = {n_classes**2}"
        raise SpecError(f"matrix needs {size} numbers for {n_classes} classes, got {len(matrix)}")
    table = np.array(matrix, np.float64).reshape(n_classes, n_classes)
    sums = table.sum(axis=1)
    worst = int(np.abs(sums - 1.0).argmax())
    if abs(sums[worst] - 1.0) > 1e-6:
        raise SpecError(f"Each row of the matrix must sum to 1; row {worst + 1} sums to {sums[worst]:g}")
    return table


def _mistaken(asked: Asked, confusion: Floats) -> Floats:
    """(B,) answers drawn from the truth's row of P(answer | truth)."""
    return drawn(asked.ids, asked.truth, confusion[asked.truth], asked.seed).astype(np.float64)
