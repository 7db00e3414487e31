"""What each row's label takes: words to read, or prices and seconds drawn by lot."""

import re
from typing import Any

import numpy as np
from scipy.special import ndtri

from alcore import ambiguity
from alcore.errors import DataError
from alcore.preprocess import SPACED, column_of
from alcore.rng import by_id, stream
from alcore.types import Data, Floats


def lengths(data: Data, column: str = "") -> Floats:
    """(M,) words of each row in its texts, or the values of a column of numbers.

    Parameters
    ----------
    data : Data
    column : str
        "" = all columns of text; rows without any count as one word.

    Raises
    ------
    DataError
        When there is no such column, or it holds neither texts nor numbers.
    """
    table = data.rows
    names = [] if table is None else [str(c) for c in table.columns]
    if column and column not in names:
        known = ", ".join(f'"{name}"' for name in names[:12]) or "none, as these rows are no table"
        raise DataError(f'There is no column "{column}" to count words in; there are: {known}.')
    if table is None:
        return np.ones(len(data.X))
    looked = {name: column_of(table[name]) for name in ([column] if column else names)}
    if column and looked[column].kind == "number":
        return _amounts(looked[column].values)
    texts = [c.values for c in looked.values() if c.kind == "text" or (column and c.kind == "category")]
    if column and not texts:
        raise DataError(f'The column "{column}" holds neither texts nor numbers, so it has no length.')
    return sum((_words(values) for values in texts), np.zeros(len(data.X))) if texts else np.ones(len(data.X))


def drawn(data: Data, seed: int, difficulty: float = 0.0) -> Floats:
    """(M,) numbers of mean 0 and deviation 1: luck, mixed with how hard the row is to tell.

    Parameters
    ----------
    difficulty : float
        Share from 0, all luck, to 1, the order of difficulty alone.
    """
    luck = _normal(data, seed, "prices")
    if difficulty == 0.0:
        return luck
    order = np.argsort(ambiguity.odds(data).max(axis=1) - 1e-9 * luck, kind="stable")
    hard = np.empty(len(luck))
    hard[order[::-1]] = ndtri((np.arange(len(luck)) + 0.5) / len(luck))
    return np.sqrt(1.0 - difficulty**2) * luck + difficulty * hard


def habit(data: Data, seed: int, told: float) -> Floats:
    """(M,) numbers of mean 0 and deviation 1 of which the features tell a share, along a hidden direction.

    Parameters
    ----------
    told : float
        Share of the variance that is a linear function of the features; the rest is luck.
    """
    X = data.X - data.X[data.train].mean(axis=0)
    along = X @ stream(seed, "habit").normal(size=X.shape[1])
    spread = along[data.train].std()
    if not spread > 0.0:
        told, spread = 0.0, 1.0
    return np.sqrt(told) * along / spread + np.sqrt(1.0 - told) * _normal(data, seed, "seconds")


def _normal(data: Data, seed: int, purpose: str) -> Floats:
    """(M,) a standard normal number for each row, whatever the other rows are."""
    return ndtri(np.clip(by_id(seed, purpose, np.arange(len(data.X))[:, None]), 1e-9, 1.0 - 1e-9))


def _amounts(values: Floats) -> Floats:
    known = np.isfinite(values)
    usual = float(np.median(values[known])) if known.any() else 1.0
    return np.maximum(np.where(known, values, usual), 0.0)


def _words(values: Any) -> Floats:
    return np.array([len(re.findall(SPACED, v)) if v else 0 for v in values], np.float64)
