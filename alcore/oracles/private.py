"""An annotator, or the owner of the label, who hides the truth behind chance."""

from typing import Annotated

import numpy as np

from alcore.catalog import ORACLES
from alcore.mistakes import at_rate
from alcore.params import Range
from alcore.privacy.answers import keep_probability
from alcore.types import Asked, Floats


@ORACLES.add(
    label="randomised response",
    source="Warner 1965; Kairouz, Bonawitz & Ramage 2016",
    formula=r"P(\text{truth}) = \frac{e^{\varepsilon}}{e^{\varepsilon} + C - 1}",
    use="Labels are secret even from whoever collects them, such as answers to a delicate question.",
    avoid="Many classes or few labels: at a small epsilon most answers are noise.",
)
def randomised_response(asked: Asked, *, epsilon: Annotated[float, Range(0.0, 20.0)] = 1.0) -> Floats:
    """Answer with the truth by chance only, so that each answer can be denied.

    Any answer is at most exp(epsilon) times as likely under one true label as under another. The same row
    gets the same answer whenever it is asked, so asking again tells nothing new.

    Parameters
    ----------
    epsilon : float
        Privacy loss of one label: 0 answers at random; with two classes 1 tells the truth in 73% of the
        cases, 3 in 95%.
    """
    rate = np.full(len(asked), 1.0 - keep_probability(epsilon, asked.n_classes))
    return at_rate(asked.ids, asked.truth, rate, asked.n_classes, asked.seed).astype(np.float64)
