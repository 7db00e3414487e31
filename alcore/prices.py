"""Prices: what a label costs, in money units. Never more than announced before the answer is known.

A price is charged on what the data say of each row. One that brings ``rows``, a function of the data, the
run's seed and the price's own parameters, says that itself: the length of a text, or a time drawn by lot.
"""

from typing import Annotated, Any

import numpy as np

from alcore import row_costs
from alcore.catalog import PRICES
from alcore.errors import SpecError
from alcore.params import Range, Text
from alcore.types import Data, Floats


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


def _lengths(data: Data, seed: int, *, column: str, **_: Any) -> Floats:
    return row_costs.lengths(data, column)


@PRICES.add(
    source="Arora, Nyberg & Rose 2009; Haertel et al. 2008",
    label="per length",
    use="Reading is the work: documents, conversations, or recordings with a column for their minutes.",
    avoid="Rows without texts and without a column of lengths: all of them then count as one word.",
    rows=_lengths,
)
def per_length(
    row_cost: Floats,
    answers: Floats | None,
    *,
    start: Annotated[float, Range(0, 10_000)] = 0.1,
    each: Annotated[float, Range(0, 10_000)] = 0.01,
    column: Annotated[str, Text(100)] = "",
) -> Floats:
    """Charge by the length of the row's text: so much to begin with, and so much for each word.

    Parameters
    ----------
    start : float
        Money for a label before the first word is read: opening the row, giving the answer.
    each : float
        Money for each word, or for each unit of a column of numbers.
    column : str
        The column whose words are counted, or whose numbers are the lengths; none named means all columns of
        text together.
    """
    return start + each * row_cost


def _drawn(data: Data, seed: int, *, typical: float, spread: float, difficulty: float) -> Floats:
    return typical * np.exp(spread * row_costs.drawn(data, seed, difficulty))


@PRICES.add(
    source="Settles, Craven & Friedland 2008: annotation times are skewed",
    label="log-normal",
    use="What would it mean if labels differed in price? On any data, with no price of their own.",
    avoid="Data whose own costs are known: take per row.",
    formula=r"c(x) = \tilde c\, e^{\sigma z_x},\quad z_x \sim N(0, 1)",
    rows=_drawn,
)
def log_normal(
    row_cost: Floats,
    answers: Floats | None,
    *,
    typical: Annotated[float, Range(0.001, 10_000, log=True)] = 1.0,
    spread: Annotated[float, Range(0.0, 2.0)] = 0.8,
    difficulty: Annotated[float, Range(0.0, 1.0)] = 0.0,
) -> Floats:
    """Charge prices drawn by lot, known before: most labels are cheap, some are dear.

    Prices that follow difficulty tell a strategy something of the answers, as they do in life: how hard a row
    is counts for all classes together, and is estimated from the labels of the other rows.

    Parameters
    ----------
    typical : float
        Money for the typical label: half of them cost less.
    spread : float
        How much prices differ: at 0 not at all, at 0.8 one in ten costs more than 2.8 times the typical one.
    difficulty : float
        How much of the price follows difficulty: 0 none of it; at 1 the rows hardest to tell are the dearest.
    """
    return row_cost


def _seconds(data: Data, seed: int, *, typical: float, spread: float, predictable: float, **_: Any) -> Floats:
    if data.costed:
        return data.cost
    return typical * np.exp(spread * row_costs.habit(data, seed, predictable))


@PRICES.add(
    source="Haertel et al. 2008; Settles, Craven & Friedland 2008; Tomanek & Hahn 2010",
    label="per second",
    use="Annotators are paid by the hour and their seconds are logged, in your table or simulated.",
    avoid="Prices that are known before: nothing need be predicted then.",
    rows=_seconds,
)
def per_second(
    row_cost: Floats,
    answers: Floats | None,
    *,
    wage: Annotated[float, Range(0, 10_000)] = 30.0,
    limit: Annotated[float, Range(1, 36_000, log=True)] = 300.0,
    typical: Annotated[float, Range(0.1, 36_000, log=True)] = 30.0,
    spread: Annotated[float, Range(0.0, 2.0)] = 0.8,
    predictable: Annotated[float, Range(0.0, 1.0)] = 0.8,
) -> Floats:
    """Charge the seconds each label took, which nobody knows before it is given.

    What the time limit costs is set aside for each question, so the budget holds although prices are unknown.
    Strategies may guess seconds from those logged so far: see the adjustment per predicted cost. The data's
    costs are the seconds; data without costs get simulated annotators, whose seconds follow the features.

    Parameters
    ----------
    wage : float
        Money for an hour.
    limit : float
        Seconds after which a question is paid no further.
    typical : float
        Simulated annotators: seconds for the typical label.
    spread : float
        Simulated annotators: how much seconds differ, on a logarithmic scale.
    predictable : float
        Simulated annotators: how much of the differences the features tell. At 0 nothing can be predicted.
    """
    second = wage / 3600.0
    return np.full(len(row_cost), limit * second) if answers is None else np.minimum(row_cost, limit) * second
