"""From rows to `Data`: your own arrays (`given`), or a dataset's rows split and encoded (`prepare`)."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alcore.errors import DataError
from alcore.preprocess import encoded
from alcore.rng import stream
from alcore.types import UNKNOWN, Bools, Data, Floats, Ints, Source, frozen

MIN_ROWS = 4


def given(
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    test: ArrayLike | float | None = None,
    train: ArrayLike | None = None,
    initial: ArrayLike = (),
    classes: Sequence[str] = (),
    cost: ArrayLike | None = None,
    group: ArrayLike | None = None,
    features: Sequence[str] = (),
    seed: int = 0,
    overlap: bool = False,
) -> Data:
    """Your own arrays as `Data`, taken as they are: nothing is scaled or encoded.

    Parameters
    ----------
    X : array of shape (M, D)
        Numbers without NaN.
    y : array of shape (M,), optional
        Labels of any kind. Leave out when a person answers; then name the `classes`.
    test : rows or share, optional
        Row ids nobody may query, on which metrics are computed, or a share between 0 and 1 for a stratified
        split by `seed`. None: no test rows, no metrics.
    train : rows, optional
        The pool. Default: every row that is not for testing.
    initial : rows, optional
        Labelled first, in place of the spec's cold start.
    classes : names, optional
        In sorted order of the labels.
    cost : array of shape (M,), optional
        Price of each row's label in money units; used by the price ``per_row``.
    group : array of shape (M,), optional
        Group of each row, for fairness.
    features : names of the columns, optional
    overlap : bool
        Allow test rows in the pool, as some published examples do. Scores are then too good.

    Raises
    ------
    DataError
        When shapes do not fit, X holds NaN, there are fewer than two classes, or test rows are in the pool.

    Examples
    --------
    >>> data = given([[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"], test=[0, 3])
    >>> data.classes, data.train.tolist()
    (('no', 'yes'), [1, 2])
    """
    table = np.atleast_2d(_numbers("X", X))
    if table.ndim != 2 or not table.size:
        raise DataError(f"X must be a table of rows and columns, got shape {np.shape(X)}")
    if not np.isfinite(table).all():
        raise DataError("X holds missing or infinite values; fill them first, or use alcore.data.prepare")
    codes, names = _codes(y, len(table), classes)
    if isinstance(test, Real) and not isinstance(test, Integral):
        test = split(codes, test, seed)[1]
    test_rows = _rows("test", () if test is None else test, len(table))
    train_rows = _others(test_rows, len(table)) if train is None else _rows("train", train, len(table))
    if not overlap and _among(test_rows, len(table))[train_rows].any():
        raise DataError(
            "Some rows are both in the pool and in the test set; scores on them would be too good"
        )
    if not len(train_rows):
        raise DataError("The pool is empty: no row is left to query")
    initial_rows = _rows("initial", initial, len(table))
    if not _among(train_rows, len(table))[initial_rows].all():
        raise DataError("Every initial row must be in the pool")
    return _data(
        table, codes, names, train_rows, test_rows,
        cost=cost, group=group, features=tuple(features), initial=initial_rows,
    )  # fmt: skip


def prepare(source: Source, test_share: float, seed: int) -> Data:
    """Split the rows of a source and encode them; what is learnt for that comes from the pool alone.

    Parameters
    ----------
    source : Source
    test_share : float
        Share of the labelled rows kept for testing, stratified by class; ignored when the source has its own.
    seed : int
        Of the split.

    Raises
    ------
    DataError
        When there are too few rows or classes, or no usable column.
    """
    codes, names = _codes(source.y, len(source.X), source.classes)
    if len(codes) < MIN_ROWS:
        raise DataError(f"{len(codes)} rows are too few; at least {MIN_ROWS} are needed")
    if source.test is None:
        train, test = split(codes, test_share, seed)
    else:
        test = np.sort(_rows("test", source.test, len(codes)))
        train = _others(test, len(codes))
    if not len(train):
        raise DataError("The pool is empty: no row is left to query")
    X, features = encoded(source, train)
    return _data(
        X, codes, names, train, test,
        cost=source.cost, group=source.group, features=features, image=source.image,
        posterior=source.posterior, rows=None if isinstance(source.X, np.ndarray) else source.X,
        notes=source.notes,
    )  # fmt: skip


def split(codes: Ints, test_share: float, seed: int) -> tuple[Ints, Ints]:
    """Train and test rows, stratified by class, ascending.

    Every class keeps at least one row in the pool; rows without a label are always in the pool.
    The class shares of the test set are rounded by largest remainder.

    Raises
    ------
    DataError
        When the share is not a share.
    """
    if not 0 <= test_share < 1:
        raise DataError(f"The share of test rows must be at least 0 and below 1, got {test_share}")
    rng = stream(seed, "split")
    known = np.flatnonzero(codes != UNKNOWN)
    present, counts = np.unique(codes[known], return_counts=True)
    wanted = counts * test_share
    take = np.floor(wanted).astype(np.int64)
    rest = round(wanted.sum()) - take.sum()
    take[np.argsort(take - wanted, kind="stable")[: max(0, rest)]] += 1
    take = np.minimum(take, counts - 1)
    parts = [rng.permutation(known[codes[known] == c])[:n] for c, n in zip(present, take, strict=True)]
    test = np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.int64)
    return _others(test, len(codes)), test


def _data(
    X: Floats,
    y: Ints,
    classes: tuple[str, ...],
    train: Ints,
    test: Ints,
    *,
    cost: ArrayLike | None,
    group: ArrayLike | None,
    **more: Any,
) -> Data:
    price = np.ones(len(X)) if cost is None else _numbers("Costs", cost)
    if price.shape != (len(X),) or not np.isfinite(price).all() or (price < 0).any():
        raise DataError("Costs must be one number per row, not negative and none missing")
    groups, member = np.array(["all"]), np.zeros(len(X), np.int64)
    if group is not None:
        groups, member = np.unique(np.asarray(group).astype(str), return_inverse=True)
    if member.shape != (len(X),):
        raise DataError("Groups must be one value per row")
    return Data(
        X=frozen(np.ascontiguousarray(X, np.float64)),
        y=frozen(y),
        classes=classes,
        train=frozen(train.astype(np.int64)),
        test=frozen(test.astype(np.int64)),
        cost=frozen(price),
        costed=cost is not None,
        group=frozen(member.astype(np.int64)),
        groups=tuple(map(str, groups)),
        **more,
    )


def _codes(y: ArrayLike | None, n: int, classes: Sequence[str]) -> tuple[Ints, tuple[str, ...]]:
    """Codes and class names; missing labels (None, NaN, "") become UNKNOWN."""
    if y is None:
        if len(classes) < 2:
            raise DataError("Without labels the names of at least two classes are needed")
        return np.full(n, UNKNOWN, np.int64), tuple(classes)
    labels = np.asarray(y) if hasattr(y, "dtype") else _listed(y)
    if labels.shape != (n,):
        raise DataError(f"There are {n} rows but labels of shape {labels.shape}; one label per row is needed")
    here = _present(labels)
    try:
        found, inverse = np.unique(labels[here], return_inverse=True)
    except TypeError:
        raise DataError("Labels must be all numbers or all words, not both") from None
    names = tuple(classes) or tuple(_name(v) for v in found)
    if len(set(names)) < len(names):
        raise DataError("Two classes have the same name; class names must differ")
    if len(names) < max(2, len(found)):
        raise DataError(f"At least two classes are needed, found {len(found)} in the labels")
    codes = np.full(n, UNKNOWN, np.int64)
    codes[here] = _places(found, names)[inverse]
    return codes, names


def _places(found: NDArray[Any], names: tuple[str, ...]) -> Ints:
    """The class of each different label: by its name, else by its rank; or by its code when some have no row.

    Raises
    ------
    DataError
        When there are more names than labels and it cannot be told which is which.
    """
    if all(isinstance(v, str) and v in names for v in found):
        return np.array([names.index(v) for v in found], np.int64)
    if len(found) == len(names):
        return np.arange(len(found))
    if found.dtype.kind in "iuf" and np.isin(found, np.arange(len(names))).all():
        return found.astype(np.int64)
    raise DataError(f"{len(names)} classes are named, but the labels hold {len(found)} different values")


def _present(labels: NDArray[Any]) -> NDArray[np.bool_]:
    if labels.dtype.kind == "f":
        return np.isfinite(labels)
    if labels.dtype.kind in "US":
        return labels != labels.dtype.type()
    if labels.dtype.kind == "O":
        return np.array([v is not None and v == v and v != "" for v in labels], bool)
    return np.ones(len(labels), bool)


def _listed(values: Any) -> NDArray[Any]:
    """A plain list as an array; missing ones among words stay missing instead of becoming words."""
    plain = list(values)
    words = any(isinstance(v, str) for v in plain)
    missing = any(v is None or v != v for v in plain)
    return np.array(plain, dtype=object if words else np.float64) if missing else np.asarray(plain)


def _name(value: Any) -> str:
    number = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if number else str(value)


def _numbers(what: str, values: ArrayLike) -> Floats:
    """The values as an array of their own.

    Raises
    ------
    DataError
        When they are not numbers in rows of one length.
    """
    try:
        return np.array(values, np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{what} must be numbers, in rows of one length") from None


def _rows(name: str, rows: ArrayLike, n: int) -> Ints:
    found = np.asarray(rows).reshape(-1)
    if len(found) and found.dtype.kind not in "iu":
        raise DataError(f"{name} must hold row numbers, whole numbers from 0 on")
    found = found.astype(np.int64)
    if len(found) and (found.min() < 0 or found.max() >= n or np.bincount(found).max() > 1):
        raise DataError(f"{name} must hold distinct row numbers between 0 and {n - 1}")
    return found


def _among(rows: Ints, n: int) -> Bools:
    """(n,) which row numbers are among `rows`."""
    marked = np.zeros(n, bool)
    marked[rows] = True
    return marked


def _others(rows: Ints, n: int) -> Ints:
    """The row numbers below n that are not among `rows`, ascending."""
    return np.flatnonzero(~_among(rows, n))
