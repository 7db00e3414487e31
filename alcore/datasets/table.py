"""A visitor's own table: what its columns are, and how it becomes a dataset."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import DATASETS
from alcore.datasets.crossing import OTHERS, crossed
from alcore.datasets.reading import read_table
from alcore.errors import DataError, UnavailableError
from alcore.params import Text
from alcore.preprocess import Column, column_of, distinct_names
from alcore.types import Floats, Source

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["describe", "from_frame", "guess_roles", "read_table", "upload"]

MAX_CLASSES = 200
MAX_GROUPS = 20
MIN_LABELS = 10
FEW = 20  # so many different numbers may still be classes, or groups

LABEL_NAMES = (
    *("label", "labels", "target", "class", "classes", "y", "outcome", "category", "diagnosis", "species"),
    *("churn", "churned", "risk", "result", "response", "status", "decision", "sentiment", "spam", "fraud"),
    *("survived", "default", "income", "type", "quality", "grade"),
)
GROUP_NAMES = (
    "sex",
    "gender",
    "race",
    "ethnicity",
    "age_group",
    "agegroup",
    "age_band",
    "religion",
    "nationality",
)
COST_NAMES = ("cost", "costs", "price", "label_cost", "annotation_cost", "seconds", "minutes")
IDENTIFIER = re.compile(
    r"(^|_)(id|ids|uuid|guid|key|index|idx|row|rownum|nr|no|number|email|phone|name|url)$"
)


class Looked(NamedTuple):
    """A column, what it is for, and how many different values it has."""

    column: Column
    role: str
    distinct: int


@DATASETS.add(
    source="your own file",
    label="your own table",
    family="your own",
    licence="yours",
    exempt="load",
    use="What will active learning save on your own data? Bring a table whose labels you know and replay it.",
)
def upload(
    seed: int,
    *,
    file: Annotated[str, Text(64, hidden=True)] = "",
    target: Annotated[str, Text(100)] = "",
    features: Annotated[tuple[str, ...], Text(100)] = (),
    group: Annotated[str, Text(100)] = "",
    and_group: Annotated[str, Text(100)] = "",
    cost: Annotated[str, Text(100)] = "",
    unlabelled: bool = False,
) -> Source:
    """A table of your own, CSV or Parquet, with a column that holds the labels.

    It does not keep the law that datasets load by themselves: an experiment names the file, but does not
    hold it.

    Parameters
    ----------
    file : str
        The start of the file's checksum, so that an experiment names exactly one file.
    target : str
        The column that holds the labels.
    features : tuple
        The columns to learn from; none named means every column that can be used.
    group : str
        The column whose groups fairness measures compare; learnt from only when also named as a feature.
    and_group : str
        A second column of groups: compared are then those who share both. Only with the first one.
    cost : str
        The column that says what each row's label costs, in money.
    unlabelled : bool
        Keep rows without a label too, to choose which of them to label first. Nothing can be simulated then.

    Raises
    ------
    UnavailableError
        Always: see `from_frame`.
    """
    raise UnavailableError(
        "Rows of an uploaded file stay with the visitor who uploaded them; upload the file again to run this "
        "experiment."
    )


def from_frame(
    frame: "pd.DataFrame",
    *,
    target: str,
    features: Sequence[str] = (),
    group: str = "",
    and_group: str = "",
    cost: str = "",
    file: str = "",
    unlabelled: bool = False,
) -> Source:
    """Make a dataset of a table.

    Parameters
    ----------
    frame : DataFrame
        From `read_table`, or any other; it is not changed.
    target : str
        Column of the labels. Rows without one are left out, unless `unlabelled`.
    features : names, optional
        Columns to learn from. Default: every one that can be used, but for target, group and cost.
    group : str, optional
        Column of the groups; numbers are cut into four equal parts.
    and_group : str, optional
        Column of other groups; groups are then those of rows that share both. Small ones are put together.
    cost : str, optional
        Column of what each row's label costs.
    file : str, optional
        Not looked at; here so that the parameters of `upload` can be handed over as they are.
    unlabelled : bool, optional
        Keep rows without a label, so that row k of the dataset is row k of the table.

    Returns
    -------
    Source
        `notes` says what was left out.

    Raises
    ------
    DataError
        When a column is not there or cannot serve, or there are too few labels or too many classes.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"size": [k * k for k in range(20)], "label": ["a", "b"] * 9 + ["a", None]})
    >>> source = from_frame(frame, target="label")
    >>> source.classes, len(source.y), source.notes
    (('a', 'b'), 19, ('1 row without a label was left out.',))
    """
    frame = _own(frame)
    if not target:
        raise DataError("No label column is chosen. Choose the column that holds the labels.")
    chosen = list(dict.fromkeys(features))
    if and_group and not group:
        raise DataError("A second group column needs a first one. Choose both, or one alone.")
    groups = tuple(dict.fromkeys(filter(None, (group, and_group))))
    _check_there(frame, [target, *chosen, *groups, *filter(None, (cost,))])
    if target in (*chosen, *groups, cost):
        raise DataError(
            f'The label column "{target}" cannot have a second use: it would give the answers away.'
        )
    found = column_of(frame[target])
    if fault := _label_fault(target, found):
        raise DataError(fault)
    known = _present(found)
    notes = [_left_out(int((~known).sum()))] if not known.all() and not unlabelled else []
    labels, classes = _labels(target, found.values[known], notes)
    if unlabelled and not known.all():
        given, labels = labels, np.full(len(known), None, object)
        labels[known] = given
    else:
        frame = frame[known].reset_index(drop=True)
    names = chosen or [name for name in frame.columns if name not in (target, *groups, cost)]
    looked = {name: _look(name, frame[name]) for name in names}
    used = _features(looked, bool(chosen), notes)
    if len(labels) == known.sum():
        _warn_of_answers(looked, used, labels, notes)
    return Source(
        frame[used],
        labels,
        cost=_costs(cost, column_of(frame[cost]), notes) if cost else None,
        group=_grouped([_groups(name, column_of(frame[name]), notes) for name in groups], notes),
        classes=classes,
        notes=tuple(notes),
    )


def describe(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """What each column holds, in plain values for a form.

    Returns
    -------
    list of dict
        For each column `name`; `role`: number, category, text, date, identifier, constant or empty; how many
        `distinct` values; `missing` share; up to three `examples`; `label_fault`: why it cannot hold labels.

    Examples
    --------
    >>> import pandas as pd
    >>> first = describe(pd.DataFrame({"size": [1.5, 2.0, None, 2.0] * 5, "sort": list("abab") * 5}))[0]
    >>> [first[key] for key in ("name", "role", "distinct", "missing", "examples")]
    ['size', 'number', 2, 0.25, ['1.5', '2']]
    """
    frame = _own(frame)
    found = []
    for name in frame.columns:
        look = _look(name, frame[name])
        known = _present(look.column)
        shown = list(dict.fromkeys(_word(v) for v in look.column.values[known][:1000]))[:3]
        found.append(
            {
                "name": name,
                "role": look.role,
                "distinct": look.distinct,
                "missing": round(float(1.0 - known.mean()), 4) if len(known) else 0.0,
                "examples": [text if len(text) <= 40 else f"{text[:39]}…" for text in shown],
                "label_fault": _label_fault(name, look.column),
            }
        )
    return found


def guess_roles(frame: "pd.DataFrame") -> dict[str, Any]:
    """Guess what each column is for, to fill a form with.

    Returns
    -------
    dict
        `target`, `group`, `cost`: a column's name, or "" when none looks like it; `features`: names.

    Examples
    --------
    >>> import pandas as pd
    >>> guess_roles(pd.DataFrame({"sex": ["f", "m"] * 9, "age": range(20, 56, 2), "sick": [0, 1, 1] * 6}))
    {'target': 'sick', 'features': ('age',), 'group': 'sex', 'cost': ''}
    """
    frame = _own(frame)
    looked = {name: _look(name, frame[name]) for name in frame.columns}
    able = [name for name in looked if not _label_fault(name, looked[name].column)]
    group = _named(GROUP_NAMES, [n for n in looked if 2 <= looked[n].distinct <= MAX_GROUPS])
    cost = _named(COST_NAMES, [n for n in looked if looked[n].role == "number" and n != group])
    others = [n for n in able if n not in (group, cost)]
    few = [n for n in others if looked[n].distinct <= FEW and looked[n].role != "date"]
    target = _named(LABEL_NAMES, others) or (few[-1] if few else (others[-1] if others else ""))
    features = [n for n in looked if n not in (target, group, cost) and looked[n].role in USABLE]
    return {"target": target, "features": tuple(features), "group": group, "cost": cost}


USABLE = ("number", "category", "text", "date")
UNUSED = {
    "identifier": "looks like an identifier",
    "constant": "holds one value only",
    "empty": "is empty",
}


def _own(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The table with column names that are distinct texts."""
    return frame.set_axis(distinct_names(map(str, frame.columns)), axis=1).reset_index(drop=True)


def _look(name: str, series: "pd.Series") -> Looked:
    column = column_of(series)
    known = column.values[_present(column)]
    distinct = len(set(known.tolist())) if known.dtype == object else len(np.unique(known))
    if column.kind in ("empty", "constant"):
        return Looked(column, column.kind, distinct)
    if _is_identifier(name, column, distinct):
        return Looked(column, "identifier", distinct)
    return Looked(column, "category" if column.kind == "boolean" else column.kind, distinct)


def _is_identifier(name: str, column: Column, distinct: int) -> bool:
    """Whether nearly all values differ, and are words, or whole numbers that count on or are called so."""
    known = column.values[_present(column)]
    if len(known) < MIN_LABELS or distinct < 0.95 * len(known) or column.kind in ("text", "date"):
        return False
    if column.kind != "number":
        return True
    named = IDENTIFIER.search(re.sub(r"(?<=[a-z])(?=[A-Z])|\W+", "_", name).strip("_").lower())
    counting = bool((np.diff(np.sort(known)) == 1).all())
    return counting or (named is not None and bool((known == np.floor(known)).all()))


def _present(column: Column) -> NDArray[np.bool_]:
    if column.values.dtype.kind == "f":
        return np.isfinite(column.values)
    if column.values.dtype.kind == "M":
        return ~np.isnat(column.values)
    return np.array([v is not None and v != "" for v in column.values], bool)


def _check_there(frame: "pd.DataFrame", names: Sequence[str]) -> None:
    for name in names:
        if name not in frame.columns:
            known = ", ".join(f'"{c}"' for c in frame.columns[:12]) + (
                ", …" if len(frame.columns) > 12 else ""
            )
            raise DataError(f'There is no column "{name}" in the table; it has: {known}.')


def _label_fault(name: str, column: Column) -> str:
    """Why a column cannot hold the labels, in a sentence; "" when it can."""
    known = column.values[_present(column)]
    if not len(known):
        return f'The column "{name}" is empty, so it cannot hold the labels. Choose another column.'
    if column.kind == "date":
        return f'The column "{name}" holds dates, not classes. Choose another column.'
    found = np.unique(known)
    if len(found) < 2:
        one = _quoted(found[0])
        return f'The column "{name}" holds one value only, {one}; labels need at least two classes.'
    if column.kind == "number" and _is_amount(found, len(known)):
        return (
            f'The column "{name}" holds {len(found):,} different numbers, so it is an amount rather than a '
            "class. Choose another column, or cut it into ranges first, such as low, middle and high."
        )
    if len(found) > MAX_CLASSES or (len(found) > MIN_LABELS and len(found) > len(known) / 2):
        return (
            f'The column "{name}" holds {len(found):,} different values in {len(known):,} rows, too many for '
            f"classes (at most {MAX_CLASSES}, each in several rows). Choose another column."
        )
    if len(known) < MIN_LABELS:
        return (
            f'Only {len(known)} rows have a label in the column "{name}"; at least {MIN_LABELS} are needed.'
        )
    return ""


def _is_amount(found: NDArray[Any], rows: int) -> bool:
    """Whether numbers measure rather than name: many of them, with fractions or few rows each."""
    if len(found) <= FEW:
        return False
    return bool((found != np.floor(found)).any()) or len(found) > MAX_CLASSES or rows < 5 * len(found)


def _labels(target: str, values: NDArray[Any], notes: list[str]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """(M,) labels, and short distinct names of the classes in their sorted order."""
    found, counts = np.unique(values, return_counts=True)
    names = [_word(v) for v in found]
    classes = tuple(distinct_names(n if len(n) <= 60 else f"{n[:59]}…" for n in names))
    by_fold: dict[str, list[str]] = {}
    for name in names:
        by_fold.setdefault(name.casefold(), []).append(name)
    notes.extend(
        f"The labels {' and '.join(map(_quoted, alike))} differ in capitals only; they stay separate classes."
        for alike in by_fold.values()
        if len(alike) > 1
    )
    if rare := [n for n, count in zip(classes, counts, strict=True) if count < 3]:
        words = ", ".join(map(_quoted, rare[:5])) + (", …" if len(rare) > 5 else "")
        which = _count(len(rare), "class", "classes")
        notes.append(f"{which} in fewer than 3 rows: {words}. Scores on them say little.")
    return values, classes


def _features(looked: dict[str, Looked], by_hand: bool, notes: list[str]) -> list[str]:
    """Names of the columns to learn from, with a note on each that is not, or should not be."""
    for name, look in looked.items():
        if look.role in UNUSED:
            kept = by_hand and look.role == "identifier"
            what = "; it tells nothing about new rows" if kept else " and was not used"
            notes.append(f'The column "{name}" {UNUSED[look.role]}{what}.')
    allowed = (*USABLE, "identifier") if by_hand else USABLE
    used = [name for name, look in looked.items() if look.role in allowed]
    if not used:
        raise DataError(
            "No column is left to learn from: each is empty, holds one value only, or names the rows. "
            "Choose other features."
        )
    return used


def _warn_of_answers(
    looked: dict[str, Looked], used: list[str], labels: NDArray[Any], notes: list[str]
) -> None:
    """Note columns whose every value goes with one label."""
    for name in used:
        column, _, distinct = looked[name]
        known = _present(column)
        if distinct < 2 or distinct > len(labels) / 5 or known.mean() < 0.5:
            continue
        pairs = set(zip(column.values[known].tolist(), labels[known].tolist(), strict=True))
        if len(pairs) == distinct:
            notes.append(
                f'Every value of the column "{name}" goes with one label only: leave it out if it is not '
                "known before the label is."
            )


def _costs(name: str, column: Column, notes: list[str]) -> Floats:
    if column.kind not in ("number", "constant") or column.values.dtype.kind != "f":
        raise DataError(f'The cost column "{name}" must hold numbers. Choose another, or none.')
    costs = column.values
    known = np.isfinite(costs)
    if (costs[known] < 0).any():
        raise DataError(
            f'The cost column "{name}" holds negative numbers; a label cannot cost less than nothing.'
        )
    if not known.all():
        middle = float(np.median(costs[known]))
        without = _count(int((~known).sum()), "row")
        notes.append(f"{without} without a cost: taken as {middle:g}, the middle of the others.")
        costs = np.where(known, costs, middle)
    return costs


def _groups(name: str, column: Column, notes: list[str]) -> NDArray[Any]:
    """(M,) words; many numbers are cut into quarters, rare words put together."""
    known = _present(column)
    values = column.values[known]
    if not len(values):
        raise DataError(f'The group column "{name}" is empty. Choose another, or none.')
    if values.dtype.kind == "M":
        values = values.astype("datetime64[Y]")
    words = np.full(len(known), "(missing)", object)
    if values.dtype.kind == "f" and len(np.unique(values)) > FEW:
        notes.append(
            f'The numbers of the group column "{name}" were cut into four groups of about equal size.'
        )
        words[known] = _quarters(values)
        return words
    words[known] = [_word(v) for v in values]
    found, counts = np.unique(words, return_counts=True)
    if len(found) > MAX_GROUPS:
        large = found[np.argsort(-counts, kind="stable")[: MAX_GROUPS - 1]]
        notes.append(
            f'The column "{name}" has {len(found):,} groups; all but {len(large)} were put together.'
        )
        words[~np.isin(words, large)] = OTHERS
    return words


def _grouped(words: list[NDArray[Any]], notes: list[str]) -> NDArray[Any] | None:
    """(M,) the group of each row by one column or two; None without any."""
    if len(words) < 2:
        return words[0] if words else None
    both = crossed(words[0], words[1])
    if OTHERS in both and OTHERS not in (*words[0], *words[1]):
        notes.append(f'Small groups of the two group columns together were put into one, "{OTHERS}".')
    return both


def _quarters(values: Floats) -> NDArray[Any]:
    cuts = np.unique(np.quantile(values, [0.25, 0.5, 0.75]))
    edges = [f"{c:g}" for c in cuts]
    names = [
        f"up to {edges[0]}",
        *(f"{a} to {b}" for a, b in pairwise(edges)),
        f"over {edges[-1]}",
    ]
    return np.array(names, object)[np.searchsorted(cuts, values, side="left")]


def _named(wanted: Sequence[str], names: Sequence[str]) -> str:
    """The name that is, or ends in, one of the wanted words; earlier words first, later columns first."""
    tidy = {name: re.sub(r"\W+", "_", name).strip("_").lower() for name in names}
    for end in (False, True):
        for word in wanted:
            for name in reversed(names):
                if tidy[name] == word or (end and tidy[name].endswith(f"_{word}")):
                    return name
    return ""


def _word(value: Any) -> str:
    """A value as people write it: 3 rather than 3.0, a day without its midnight."""
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:g}"
    if isinstance(value, np.datetime64):
        return str(value).removesuffix("T00:00:00")
    return str(value)


def _quoted(value: Any) -> str:
    return f'"{_word(value)[:60]}"'


def _left_out(n: int) -> str:
    return f"{_count(n, 'row')} without a label {'was' if n == 1 else 'were'} left out."


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
