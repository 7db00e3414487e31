"""Views of small pools: what a selector sees after the given rows were labelled."""

from typing import Any

import numpy as np

from alcore import Choice, Spec, begin, given, step
from alcore.loop import view_of
from alcore.types import View


def seen(X: Any, y: Any, first: Any, *, cost: Any = None, seed: int = 0, learner: str = "logistic") -> View:
    """The view after the rows `first` were labelled; candidates are the other rows, in their order."""
    spec = Spec(learner=Choice(learner), price="per_row" if cost is not None else "flat", seed=seed)
    run = step(begin(spec, data=given(X, y, initial=first, cost=cost)))
    needs = frozenset({"proba", "members", "linear"})
    return view_of(run, run.setting.candidates(run.data, run.log), needs)


def blobs(centres: Any, each: int, seed: int = 0, spread: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """`each` rows around every centre, blob after blob, and the number of the blob."""
    centres = np.asarray(centres, float)
    code = np.repeat(np.arange(len(centres)), each)
    noise = np.random.default_rng(seed).normal(size=(len(code), centres.shape[1]))
    return centres[code] + spread * noise, code
