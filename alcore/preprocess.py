"""Rows into numbers; what is learnt for that (middles, levels, words) is learnt from the pool alone.

An array is standardised, or left as it is. Of a table every column is read by its kind:

* number: missing values become the pool's median, and a column says where; then mean 0, deviation 1
* date: day number, month, weekday, year, and the hour where there are times; each then a number
* category, boolean: a column for each level; rare levels share one, missing values have their own
* text: TF-IDF of its words, condensed to at most 50 directions (latent semantic analysis)

Columns that are empty or the same in the whole pool are dropped.
"""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alcore.errors import DataError
from alcore.types import Floats, Ints, Source

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["empty", "constant", "boolean", "number", "date", "category", "text"]
Block = tuple[Floats, list[str]]  # (M, d) columns made of one, the most telling first, and their names

WIDEST = 500  # columns made of a table
LARGEST = 10_000_000  # numbers made of a table: bounds the memory
LEVELS = 30  # columns made of one category
TOPICS = 50  # columns made of one text
RARE = 0.005  # levels in a smaller share of the pool are put together
FAR = 1000.0  # deviations beyond which a row outside the pool is not believed

WORD = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+"  # a word, or one sign of a script that has no spaces


SPACED = WORD.replace(r"\w", r"\S")  # an address or a product code is one word here


class Column(NamedTuple):
    """A column in plain types, and its kind.

    `values` holds float64 with NaN (number), datetime64 with NaT (date), or str with None (the other kinds).
    """

    kind: Kind
    values: NDArray[Any]


def encoded(source: Source, train: Ints) -> tuple[Floats, tuple[str, ...]]:
    """Put a source's rows into numbers.

    Parameters
    ----------
    source : Source
    train : Ints of shape (n,)
        The pool: the only rows something is learnt from.

    Returns
    -------
    X : Floats of shape (M, D)
        Without NaN. D is at most 500 for a table.
    names : D column names

    Raises
    ------
    DataError
        When no usable column is left, there are too many, or an array holds missing values.
    """
    if isinstance(source.X, np.ndarray):
        return _array(source, train)
    return _table(source.X, train)


def column_of(series: "pd.Series") -> Column:
    """Find out what a column holds."""
    from pandas.api import types

    series = _plain(series)
    if types.is_numeric_dtype(series) and not types.is_bool_dtype(series):
        numbers = series.to_numpy(np.float64, na_value=np.nan)
        numbers = np.where(np.isfinite(numbers), numbers, np.nan)
        return Column(_spread("number", numbers, np.isnan(numbers)), numbers)
    if types.is_datetime64_any_dtype(series):
        dates = series.to_numpy("datetime64[s]")
        return Column(_spread("date", dates, np.isnat(dates)), dates)
    missing = series.isna().to_numpy()
    words = np.array([None if m else str(v) for v, m in zip(series, missing, strict=True)], object)
    if types.is_bool_dtype(series):
        return Column(_spread("boolean", words, missing), words)
    return Column(_spread(_wordy(words[~missing]), words, missing), words)


def distinct_names(names: Iterable[str]) -> list[str]:
    """The names, with a number added where one occurs again.

    >>> distinct_names(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    taken: dict[str, None] = {}
    for name in names:
        new, k = name, 1
        while new in taken:
            k += 1
            new = f"{name} ({k})"
        taken[new] = None
    return list(taken)


def _array(source: Source, train: Ints) -> tuple[Floats, tuple[str, ...]]:
    X = np.asarray(source.X, np.float64)
    if X.ndim != 2 or not X.shape[1]:
        raise DataError(f"Rows must be a table of rows and columns, got shape {X.shape}")
    if not np.isfinite(X).all():
        raise DataError(
            "The rows hold missing or infinite values; hand them over as a pandas table to fill them"
        )
    names = source.features or tuple(f"x{i + 1}" for i in range(X.shape[1]))
    return (np.stack([_standard(x, train) for x in X.T], axis=1) if source.scale else X), names


def _table(frame: "pd.DataFrame", train: Ints) -> tuple[Floats, tuple[str, ...]]:
    rows, columns = frame.shape
    widest = min(WIDEST, max(columns, LARGEST // max(1, rows)))
    if columns > WIDEST:
        raise DataError(
            f"The table has {columns} columns; at most {WIDEST} can be used. Choose fewer features."
        )
    most = int(np.clip(2 * widest // max(1, columns), 2, TOPICS))
    blocks = [
        _telling(_encode(str(name), column_of(frame.iloc[:, at]), train, most), train)
        for at, name in enumerate(frame.columns)
    ]
    wide = _shared([len(names) for _, names in blocks], widest)
    names = [name for (_, names), w in zip(blocks, wide, strict=True) for name in names[:w]]
    if not names:
        raise DataError(
            "No column can be used: each is empty or holds one value only. Choose other features."
        )
    X = np.concatenate([block[:, :w] for (block, _), w in zip(blocks, wide, strict=True)], axis=1)
    return X, tuple(distinct_names(names))


def _encode(name: str, column: Column, train: Ints, most: int) -> Block:
    """At most `most` columns made of one."""
    make: dict[Kind, Callable[..., Block]] = {
        "number": _number,
        "date": _date,
        "category": _category,
        "boolean": _category,
        "text": _text,
    }
    if column.kind not in make:
        return np.zeros((len(column.values), 0)), []
    block, names = make[column.kind](name, column.values, train, most)
    return block[:, :most], names[:most]


def _number(name: str, values: Floats, train: Ints, most: int) -> Block:
    missing = np.isnan(values)
    if missing[train].all():
        return np.zeros((len(values), 0)), []
    filled = np.where(missing, np.median(values[train][~missing[train]]), values)
    return np.stack([_standard(filled, train), missing.astype(np.float64)], axis=1), [name, f"{name} missing"]


def _date(name: str, dates: NDArray[np.datetime64], train: Ints, most: int) -> Block:
    missing = np.isnat(dates)
    days, months = dates.astype("datetime64[D]"), dates.astype("datetime64[M]").astype(np.int64)
    parts = {
        "day": days.astype(np.int64),
        "month": months % 12 + 1,
        "weekday": (days.astype(np.int64) + 3) % 7,  # 1970 began on a Thursday; Monday is 0
        "year": months // 12 + 1970,
        "hour": (dates - days).astype("timedelta64[s]").astype(np.int64) / 3600,
    }
    blocks = [
        _number(f"{name} {part}", np.where(missing, np.nan, values), train, most)
        for part, values in parts.items()
    ]
    if not blocks[0][1]:
        return blocks[0]
    X = np.stack([block[:, 0] for block, _ in blocks] + [missing.astype(np.float64)], axis=1)
    return X, [names[0] for _, names in blocks] + [f"{name} missing"]


def _category(name: str, words: NDArray[Any], train: Ints, most: int) -> Block:
    """One-hot columns, the commonest level first; two levels need one column only."""
    seen: dict[str | None, int] = {}
    for word in words[train]:
        seen[word] = seen.get(word, 0) + 1
    missing = seen.pop(None, 0)
    common = sorted((w for w in seen if w is not None), key=lambda w: (-seen[w], w))
    levels = [w for w in common if seen[w] >= max(2, RARE * len(train))][: min(most, LEVELS) - 1]
    others = len(common) > len(levels)
    absent = np.array([w is None for w in words], bool)
    columns = [words == level for level in levels]
    names = [f"{name}={_short(level)}" for level in levels]
    if others:
        columns.append(~(absent | np.isin(words, levels)))
        names.append(f"{name}=(other)")
    if missing:
        columns.append(absent)
        names.append(f"{name} missing")
    if (
        len(columns) == 2
    ):  # the second is the first turned round; keep the one whose name comes last: yes, not no
        last = int(names[1] > names[0])
        columns, names = [columns[last]], [names[last]]
    block = np.stack(columns, axis=1).astype(np.float64) if columns else np.zeros((len(words), 0))
    return block, names


def _text(name: str, words: NDArray[Any], train: Ints, most: int) -> Block:
    """Directions of the words' TF-IDF, scaled together so that the strongest has deviation 1."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = ["" if w is None else w for w in words]
    counts = TfidfVectorizer(
        token_pattern=WORD, sublinear_tf=True, max_features=20_000, min_df=2 if len(train) > 50 else 1
    )
    try:
        counts.fit([texts[i] for i in train])
    except ValueError:  # no word occurs often enough
        return np.zeros((len(words), 0)), []
    table = counts.transform(texts)
    k = min(most, TOPICS, len(train))
    if table.shape[1] <= k:  # few words: a column for each
        topics, names = table.toarray(), [f"{name}: {word}" for word in counts.get_feature_names_out()]
    else:
        with np.errstate(invalid="ignore"):  # the share of no variance at all
            svd = TruncatedSVD(k, random_state=0).fit(table[train])
        topics, names = svd.transform(table), [f"{name} topic {j + 1}" for j in range(k)]
    spread = topics[train].std(axis=0).max()
    return np.asarray(topics / (spread or 1.0), np.float64), names


def _telling(block: Block, train: Ints) -> Block:
    """The block without columns that are the same in the whole pool."""
    X, names = block
    keep = np.ptp(X[train], axis=0) > 0 if X.size else np.zeros(X.shape[1], bool)
    return X[:, keep], [name for name, kept in zip(names, keep, strict=True) if kept]


def _standard(values: Floats, train: Ints) -> Floats:
    """Mean 0 and deviation 1 over the pool; a column without spread becomes 0 there."""
    top = np.abs(values[train]).max(initial=0.0)
    if top > 1e100 or 0 < top < 1e-100:  # squares would not fit a float
        values = np.clip(values, -top, top) / top
    mean, deviation = values[train].mean(), values[train].std()
    if deviation <= 1e-12 * abs(mean):
        return np.zeros(len(values))
    return (np.clip(values, mean - FAR * deviation, mean + FAR * deviation) - mean) / deviation


def _shared(wide: list[int], total: int) -> list[int]:
    """Widths cut to one common limit so that they add up to no more than `total`.

    >>> _shared([1, 2, 30, 50], 20)
    [1, 2, 8, 8]
    """
    limit = max(wide, default=0)
    while limit and sum(min(w, limit) for w in wide) > total:
        limit -= 1
    return [min(w, limit) for w in wide]


def _plain(series: "pd.Series") -> "pd.Series":
    """The column in a clear type: numbers, dates without a zone, or anything else as it is."""
    import pandas as pd
    from pandas.api import types

    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    if series.dtype == object:
        found = types.infer_dtype(series, skipna=True)
        if found in ("integer", "floating", "mixed-integer-float", "decimal"):
            return pd.to_numeric(series, errors="coerce").astype(np.float64)
        if found in ("datetime", "datetime64", "date"):
            return _dates(series)
        if found == "boolean":
            return series.astype("boolean")
    if types.is_complex_dtype(series):
        return series.astype(str)
    if types.is_timedelta64_dtype(series):
        return series.dt.total_seconds()
    if types.is_datetime64_any_dtype(series):
        return _dates(series)
    return series


def _dates(series: "pd.Series") -> "pd.Series":
    import pandas as pd

    return pd.to_datetime(series, errors="coerce", utc=True).dt.tz_localize(None)


def _spread(kind: Kind, values: NDArray[Any], missing: NDArray[np.bool_]) -> Kind:
    """The kind, unless the column tells nothing."""
    if missing.all():
        return "empty"
    present = values[~missing]
    same = bool((present == present[0]).all())
    return "constant" if same and not missing.any() else kind


def _wordy(words: NDArray[Any]) -> Kind:
    """Whether words are texts or names of categories: texts are long and hardly ever the same."""
    different = list(dict.fromkeys(words))
    if len(different) < max(5, len(words) / 2):
        return "category"
    step = max(1, len(different) // 500)
    lengths = [len(re.findall(SPACED, w)) for w in different[::step]]
    return "text" if np.median(lengths) >= 3 else "category"


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
