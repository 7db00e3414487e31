"""Quiet: what scikit-learn warns about when labels are few, which here is how every run begins."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def quiet() -> Iterator[None]:
    """Keep expected warnings inside: a step limit reached, classes with hardly a row each, overflow."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        yield
