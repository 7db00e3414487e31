"""An annotator who tires."""

from typing import Annotated

import numpy as np

from alcore.catalog import ORACLES
from alcore.crowd.fatigue import level
from alcore.mistakes import at_rate
from alcore.params import Range
from alcore.types import Asked, Floats


@ORACLES.add(
    label="tired",
    exempt="order",
    source="A model of vigilance decrement (Mackworth 1948; Warm, Parasuraman & Matthews 2008)",
    formula=r"e(t) = e_0 + (e_1 - e_0)\,(1 - e^{-t/\tau})",
    use="One person labels for hours: are the late labels worth less, and do breaks help?",
    avoid="As a forecast: the numbers are assumptions until gold questions measured them.",
)
def tired(
    asked: Asked,
    *,
    fresh: Annotated[float, Range(0.0, 0.9)] = 0.03,
    tired: Annotated[float, Range(0.0, 0.9)] = 0.3,
    pace: Annotated[float, Range(1, 10_000, log=True)] = 100.0,
    session: Annotated[int, Range(1, 10_000, log=True)] = 1000,
    rest: Annotated[float, Range(0.0, 1.0)] = 1.0,
) -> Floats:
    """Err more and more often the longer the session lasts; a break helps.

    The one oracle that does not keep the law of order: what it answers depends on how many questions came
    before. But a row that one rate gets wrong is wrong at every higher one, so two strategies still meet
    the same luck.

    Parameters
    ----------
    fresh : float
        Share of wrong answers at the start.
    tired : float
        Share of wrong answers after a very long session.
    pace : float
        Answers after which 63% of the way from fresh to tired is gone.
    session : int
        Answers between two breaks.
    rest : float
        How much of the tiredness a break takes away: 1 = fresh again, 0 = nothing.
    """
    position = asked.before + np.arange(len(asked))
    rate = fresh + (tired - fresh) * level(position, pace, session, rest)
    return at_rate(asked.ids, asked.truth, rate, asked.n_classes, asked.seed).astype(np.float64)
