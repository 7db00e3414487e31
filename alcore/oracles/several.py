"""Several annotators for one question."""

from typing import Annotated

import numpy as np

from alcore.catalog import ORACLES
from alcore.crowd.answers import Answers
from alcore.crowd.people import said, turns
from alcore.errors import SpecError
from alcore.mistakes import spread
from alcore.params import Range
from alcore.rng import by_id
from alcore.types import Asked, Floats


@ORACLES.add(
    source="Sheng, Provost & Ipeirotis 2008",
    label="crowd",
    gives="answers",
    use="Is it better to label more rows once, or fewer rows several times?",
    avoid="Good annotators: repeated labels then only cost money.",
)
def crowd(
    asked: Asked,
    *,
    errors: Annotated[tuple[float, ...], Range(0.0, 0.9)] = (0.05, 0.1, 0.3, 0.4, 0.45),
    answers: Annotated[int, Range(1, 15)] = 3,
    persistent: bool = True,
) -> Floats:
    """Ask one or more annotators of a crowd, and take what most of them say.

    Who is asked is drawn by row; a tie is broken by lot. Each answer is paid for, so a label costs its price
    times the answers; a budget in labels counts rows.

    Parameters
    ----------
    errors : tuple of float
        Share of wrong answers of each annotator; as many annotators as numbers.
    answers : int
        Answers for each row, by different annotators as long as there are any left.
    persistent : bool
        Someone asked for the same row again repeats the answer; otherwise it is a new try.

    Raises
    ------
    SpecError
        When there is no annotator.
    """
    if not errors:
        raise SpecError("errors needs at least one rate, for the first annotator")
    B, R, C = len(asked), len(errors), asked.n_classes
    place = np.arange(answers)
    who = turns(asked.ids, R, asked.seed)[:, place % R].ravel()
    time = np.tile(0 * place if persistent else place // R, B)
    item = np.repeat(np.arange(B), answers)
    confusion = np.stack([spread(np.full(C, rate)) for rate in errors])
    label = said(asked.ids[item], asked.truth[item], who, time, confusion, asked.seed)
    shares = Answers(item, who, label, B, R, C).shares
    lead = shares >= shares.max(axis=1, keepdims=True) - 1e-9
    nth = (by_id(asked.seed, "crowd tie", asked.ids) * lead.sum(axis=1)).astype(np.int64)
    return (np.cumsum(lead, axis=1) > nth[:, None]).argmax(axis=1).astype(np.float64)
