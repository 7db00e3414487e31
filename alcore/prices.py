"""Prices: what a label costs, in money units. Never more than announced before the answer is known."""

from typing import Annotated

import numpy as np

from alcore.catalog import PRICES
from alcore.errors import SpecError
from alcore.params import Range
from alcore.types import Floats


@PRICES.add(
    source="Settles 2009",
    label="flat",
    use="One annotator paid by the label, or by the hour with labels that take about equally long.",
)
def flat(
    row_cost: Floats, answers: Floats | None, *, each: Annotated[float, Range(0, 10_000)] = 1.0
) -> Floats:
    """Charge the same for every label.

    Parameters
    ----------
    each : float
        Money for one label.
    """
    return np.full(len(row_cost), each)


@PRICES.add(
    label="per class",
    use="Confirming one class takes longer than another: a positive finding needs a second reader.",
)
def per_class(
    row_cost: Floats,
    answers: Floats | None,
    *,
    prices: Annotated[tuple[float, ...], Range(0, 10_000)] = (1.0, 5.0),
) -> Floats:
    """Charge by the class the annotator answers.

    Nobody knows the class before, so the dearest price is set aside for each question; a question the
    annotator cannot answer costs that much.

    Parameters
    ----------
    prices : tuple of float
        Money for one label of each class, in the order of the classes; the last one holds for the rest.

    Raises
    ------
    SpecError
        When there is no price.
    """
    if not prices:
        raise SpecError("prices needs at least one price, for the first class")
    table, dearest = np.array(prices, np.float64), max(prices)
    if answers is None:
        return np.full(len(row_cost), dearest)
    said = np.isfinite(answers)
    codes = np.where(said, answers, 0.0).astype(np.int64)
    return np.where(said, table[np.minimum(codes, len(table) - 1)], dearest)


@PRICES.add(
    source="Settles, Craven & Friedland 2008",
    label="per row",
    use="The data say what each row's label costs, e.g. by the length of a document.",
    avoid="Data without costs: every row then costs the factor.",
)
def per_row(
    row_cost: Floats, answers: Floats | None, *, factor: Annotated[float, Range(0, 10_000)] = 1.0
) -> Floats:
    """Charge what the data say each row's label costs.

    Parameters
    ----------
    factor : float
        Money for one unit of the data's cost, such as a wage per hour when the data hold hours.
    """
    return row_cost * factor
