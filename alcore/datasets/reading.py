"""Bytes of an uploaded file into a table: CSV in any of its dialects, or Parquet.

Nothing in a file is ever executed or unpickled, and every limit is checked before the memory is spent.
Whatever is wrong with a file is said in a sentence with what to do about it.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alcore.errors import DataError, UnavailableError
from alcore.preprocess import distinct_names

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 20_000_000
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELLS = 2_000_000
MAX_UNPACKED = 400_000_000  # bytes of a Parquet file once decompressed
MAX_TEXT = 5_000  # characters kept of one value
MAX_NAME = 80  # characters kept of a column's name

DELIMITERS = "\t;|,"  # among equals the comma comes last: texts hold commas
MISSING = frozenset(  # spelt exactly so: "Na" may be sodium, and "none" an answer
    ("", "?", "-", ".", "NA", "na", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "NaT", "NULL", "null")
) | {"None", "inf", "-inf", "Inf", "-Inf"}
NOT_TABLES = {  # how files that are no tables begin
    b"\x1f\x8b": "is compressed; unpack it first",
    b"BZh": "is compressed; unpack it first",
    b"\xfd7zXZ": "is compressed; unpack it first",
    b"PK\x03\x04": "is a workbook or a zip archive; in Excel or Calc save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook; open it and save the sheet as CSV",
    b"%PDF": "is a PDF; copy its table into a spreadsheet and save that as CSV",
    b"SQLite format 3": "is a database; export one of its tables as CSV",
    b"\x89PNG": "is a picture, not a table",
    b"\xff\xd8\xff": "is a picture, not a table",
    b"GIF8": "is a picture, not a table",
    b"\x93NUMPY": "is a numpy array; save it as CSV",
    b"\x80\x04": "is a Python pickle, which is never opened because it can run code; save the table as CSV",
    b"\x80\x05": "is a Python pickle, which is never opened because it can run code; save the table as CSV",
    b"<!doctype": "is a web page, not a table; the download may have asked for a login",
    b"<html": "is a web page, not a table; the download may have asked for a login",
    b"<?xml": "is XML; save the table as CSV",
    b"{": "is JSON; save the table as CSV",
    b"[{": "is JSON; save the table as CSV",
    b"[[": "is JSON; save the table as CSV",
}
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d*([eE][+-]?\d+)?")  # 1,5 and 1.234,5
GROUPED_BY_COMMA = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")  # 1,234 and 1,234.5
GROUPED_BY_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")  # 1.234
UNITS = "%€$£¥ \u00a0"
LEADING_ZERO = re.compile(r"[+-]?0\d")  # a code such as a postcode, not a number
DATE = re.compile(
    r"(\d{1,4}([-/.])\d{1,2}\2\d{1,4})([T ]+(\d{1,2}):(\d{2})(:(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?"
)
DATE_ORDERS = {
    "-": ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y"),
    ".": ("%d.%m.%Y", "%Y.%m.%d", "%d.%m.%y"),
    "/": ("%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y"),
}


def read_table(data: bytes, name: str) -> "pd.DataFrame":
    r"""Read an uploaded file.

    Parameters
    ----------
    data : bytes
        The whole file: CSV or Parquet, told apart by what is in it.
    name : str
        What the visitor calls it, for messages.

    Returns
    -------
    DataFrame
        Columns with distinct names, each numbers, dates, true/false or words; what is missing is NaN or NaT.

    Raises
    ------
    DataError
        Saying in a sentence what is wrong with the file and what to do.
    UnavailableError
        When the package that reads Parquet is not installed.

    Notes
    -----
    Values longer than 5,000 characters are cut. About a second for a million cells.

    Examples
    --------
    >>> read_table(b"size;label\n1,5;yes\n2,25;no\n", "mine.csv").to_dict("list")
    {'size': [1.5, 2.25], 'label': ['yes', 'no']}
    """
    shown = _shown(name)
    if not data:
        raise DataError(f"{shown} is empty. Choose a file that holds a table.")
    if len(data) > MAX_BYTES:
        raise DataError(
            f"{shown} has {len(data) / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB can be read. "
            "Keep fewer rows or columns."
        )
    frame = _parquet(data, shown) if data[:4] == b"PAR1" else _csv(_text(data, shown), shown)
    frame = frame.drop(columns=[c for c in frame.columns if _is_index(c, frame[c])])
    if frame.shape[1] < 2:
        raise DataError(
            f"{shown} has only one column; a label and at least one feature are needed. If the values are "
            "separated by something else than a comma, semicolon, tab or |, save the table again as CSV."
        )
    return frame


def _csv(text: str, shown: str) -> "pd.DataFrame":
    import pandas as pd

    first, _, rest = text.partition("\n")
    told = re.fullmatch(r"\s*sep=(.)\s*", first)  # Excel's own way to name the separator
    delimiter = told.group(1) if told else _delimiter(text)
    header, rows = _rows("\n" + rest if told else text, delimiter, shown)
    names = _names(header)
    values = [_stripped(column) for column in zip(*rows, strict=True)]
    comma = _decimal_comma(values, delimiter)
    return pd.DataFrame({name: _typed(column, comma) for name, column in zip(names, values, strict=True)})


def _rows(text: str, delimiter: str, shown: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows, all of one width."""
    table = _parsed(text, delimiter, shown)
    if not table:
        raise DataError(f"{shown} holds no rows. Choose a file that holds a table.")
    (_, header), body = table[0], table[1:]
    # Lines may end with delimiters: a last column counts when it has a name, or room for one and values.
    width = max([_filled(header), *(min(_filled(row), len(header)) for _, row in body)])
    header, rows = header[:width], [row[: max(width, _filled(row))] for _, row in body]
    wrong = [at for at, row in enumerate(rows) if len(row) != width]
    if wrong:
        line, row = body[wrong[0]]
        values = "1 value" if len(row) == 1 else f"{len(row)} values"
        more = f" ({len(wrong):,} lines are like that)" if len(wrong) > 1 else ""
        raise DataError(
            f"Line {line} of {shown} has {values}, but the first line names {width}{more}. Put "
            "values that hold the separator in quotation marks, and remove titles and totals around them."
        )
    if _no_header(header, rows):
        rows, header = [header, *rows], [""] * width
    if not rows:
        raise DataError(f"{shown} has a line of column names but no rows below it. Choose a file with rows.")
    return header, rows


def _parsed(text: str, delimiter: str, shown: str) -> list[tuple[int, list[str]]]:
    """Rows that are not empty, with the number of their last line."""
    try:
        return list(_full(text, delimiter, shown, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error) or "field limit" in str(error):
            long = "" if "unexpected end" in str(error) else ", or a value is far too long"
            raise DataError(
                f"A quotation mark is opened in {shown} but never closed{long}. "
                "Check the quotation marks, or save the table again as CSV."
            ) from None
    try:  # a closing quotation mark in the middle of a value: harmless as long as the columns still fit
        return list(_full(text, delimiter, shown, strict=False))
    except csv.Error as error:
        raise DataError(
            f"{shown} cannot be read as a table ({error}). Save the table again as CSV."
        ) from None


def _full(text: str, delimiter: str, shown: str, *, strict: bool) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, as long as they keep to the limits."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=strict, skipinitialspace=True
    )
    rows = cells = 0
    for row in reader:
        if reader.line_num > MAX_CELLS:
            raise DataError(
                f"{shown} has more than {MAX_CELLS:,} lines. Remove the empty ones, or keep fewer."
            )
        if any(value and not value.isspace() for value in row):
            rows, cells = rows + 1, cells + len(row)
            if rows > MAX_ROWS + 1 or cells > MAX_CELLS:
                found = f"{MAX_ROWS:,} rows" if rows > MAX_ROWS else f"{MAX_CELLS:,} values"
                raise DataError(
                    f"{shown} has more than {found}, which is the most that can be read. "
                    "Keep a random sample of the rows, or fewer columns."
                )
            if _filled(row) > MAX_COLUMNS:
                raise DataError(
                    f"{shown} has {_filled(row)} columns; at most {MAX_COLUMNS} can be read. Remove some."
                )
            yield reader.line_num, row[:MAX_COLUMNS]


def _delimiter(text: str) -> str:
    """The one that cuts most of the first lines into equally many values."""
    head = "\n".join(text[:100_000].split("\n")[:60])

    def score(delimiter: str) -> tuple[float, int]:
        rows = [
            row
            for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, skipinitialspace=True)
            if row
        ][:40]
        widths = [len(row) for row in rows]
        usual = max(widths, key=widths.count, default=0)
        return (widths.count(usual) / len(widths) if usual > 1 else 0.0), usual

    return max(DELIMITERS, key=score)


def _filled(row: Sequence[str]) -> int:
    """How many values there are up to the last that is not empty."""
    return max((at + 1 for at, value in enumerate(row) if value and not value.isspace()), default=0)


def _no_header(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first line looks like a row: it holds a number, and no word that the rows do not repeat."""
    numbers = [h.strip() for h in header if PLAIN.fullmatch(h.strip())]
    counted = numbers in ([str(k + first) for k in range(len(header))] for first in (0, 1))
    if not rows or not numbers or counted:  # columns named 0, 1, 2 by a table tool
        return False
    for h, column in zip(header, zip(*rows, strict=True), strict=True):
        if not PLAIN.fullmatch(h.strip()) and h not in column:
            return False
    return True


def _names(header: Sequence[str]) -> list[str]:
    tidy = (re.sub(r"[\s\u200b\ufeff]+", " ", h).strip()[:MAX_NAME] for h in header)
    return distinct_names(h or f"column {k + 1}" for k, h in enumerate(tidy))


def _stripped(column: Sequence[str]) -> list[str | None]:
    """Values without blanks around them, and None for what stands for a missing one."""
    values = [value.strip() for value in column]
    absent = MISSING - {"-"} if "+" in values else MISSING  # + and - are labels
    return [None if v in absent else v[:MAX_TEXT] for v in values]


def _typed(column: Sequence[str | None], comma: bool) -> Any:
    """The column as numbers, dates or true/false where every value is one; else the words."""
    import pandas as pd

    different = {v for v in column if v is not None}
    if not different:
        return pd.Series(np.full(len(column), np.nan))
    numbers = _numbers(different, comma)
    if numbers is not None:
        found = np.array([np.nan if v is None else numbers[v] for v in column])
        whole = bool((found == np.floor(found)).all() and np.abs(found).max() < 2**53)
        return pd.Series(found.astype(np.int64) if whole else found)
    dates = _dates(different)
    if dates is not None:
        return pd.Series([pd.NaT if v is None else dates[v] for v in column], dtype="datetime64[s]")
    if {v.lower() for v in different} <= {"true", "false"}:
        truth = [None if v is None else v.lower() == "true" for v in column]
        return pd.Series(truth, dtype="boolean" if None in truth else "bool")
    return pd.Series(column, dtype="str")


def _numbers(different: set[str], comma: bool) -> dict[str, float] | None:
    """What each value stands for, or None when they are not all numbers.

    `comma` says how 1,234 is meant where the column itself does not show it.
    """
    bare = {v: v.strip(UNITS) for v in different}
    if any(LEADING_ZERO.match(b) for b in bare.values()):
        return None
    commas, points = _evidence(bare.values())
    comma = commas > points or (comma and commas == points)
    found: dict[str, float] = {}
    for value, b in bare.items():
        if comma and COMMA.fullmatch(b):
            number = float(b.replace(".", "").replace(",", "."))
        elif comma and GROUPED_BY_POINT.fullmatch(b):
            number = float(b.replace(".", ""))
        elif PLAIN.fullmatch(b):
            number = float(b)
        elif not comma and GROUPED_BY_COMMA.fullmatch(b):
            number = float(b.replace(",", ""))
        else:
            return None
        found[value] = number if np.isfinite(number) else np.nan
    return found


def _evidence(values: Iterable[str]) -> tuple[int, int]:
    """How many values can only be decimal commas, and how many only decimal points."""
    commas = points = 0
    for v in values:
        if "," in v:
            commas += bool(COMMA.fullmatch(v) and not GROUPED_BY_COMMA.fullmatch(v))
        elif "." in v:
            points += bool(PLAIN.fullmatch(v) and not GROUPED_BY_POINT.fullmatch(v))
    return commas, points


def _decimal_comma(columns: Iterable[Sequence[str | None]], delimiter: str) -> bool:
    """Whether the table writes 1,5 where others write 1.5; unless it shows that, its separator tells."""
    sample = (v.strip(UNITS) for column in columns for v in column[:2000] if v is not None)
    commas, points = _evidence(sample)
    return commas > points or (commas == points and delimiter != ",")


def _dates(different: set[str]) -> dict[str, Any] | None:
    """What each value stands for, or None when they are not all dates of one kind.

    A time zone is not looked at: the differences between rows matter, and one file uses one.
    """
    import pandas as pd

    values = sorted(different)
    parts = [DATE.fullmatch(v) for v in values]
    matched = [part for part in parts if part]
    if len(matched) < len(parts):
        return None
    days = pd.Series([part.group(1) for part in matched])
    clock = [3600 * int(p.group(4) or 0) + 60 * int(p.group(5) or 0) + int(p.group(7) or 0) for p in matched]
    for order in DATE_ORDERS[matched[0].group(2)]:
        found = pd.to_datetime(days, format=order, errors="coerce").astype("datetime64[s]")
        if found.notna().all():
            return dict(zip(values, found + pd.to_timedelta(clock, unit="s"), strict=True))
    return None


def _text(data: bytes, shown: str) -> str:
    """The file as text, whatever its encoding."""
    start = data[:64].lstrip().lower()
    for magic, what in NOT_TABLES.items():
        if data.startswith(magic) or start.startswith(magic):
            raise DataError(f"{shown} {what}.")
    text = _decoded(data)
    head = text[:100_000]
    if sum(head.count(chr(c)) for c in range(32) if chr(c) not in "\t\n\r\f\v") > len(head) / 100:
        raise DataError(f"{shown} is not a text file. Save the table as CSV, or as Parquet.")
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str:
    marks = {
        b"\xff\xfe\x00\x00": "utf-32",
        b"\x00\x00\xfe\xff": "utf-32",
        b"\xff\xfe": "utf-16",
        b"\xfe\xff": "utf-16",
    }
    for mark, encoding in marks.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    head = data[:2000]
    if len(head) > 3 and head.count(0) > len(head) / 4:  # utf-16 without its mark
        return data.decode(
            "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be", errors="replace"
        )
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _parquet(data: bytes, shown: str) -> "pd.DataFrame":
    """Read Parquet; words stay in dictionaries until they are cut: a small file can hold endless repeats."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UnavailableError(
            "Reading Parquet needs the package pyarrow, which is not installed. Save the table as CSV."
        ) from None
    import pandas as pd

    try:
        schema = _checked(pq.ParquetFile(io.BytesIO(data)), shown)
        texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
        table = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts).read(use_threads=False)
        columns = [_from_arrow(column) for column in table.columns]
    except (pa.ArrowException, OSError, OverflowError, UnicodeDecodeError) as error:
        why = _cut(str(error))
        raise DataError(f"{shown} cannot be read as Parquet ({why}). Save the table again.") from None
    letters = sum(len(v) for c in columns if isinstance(c, np.ndarray) for v in c if v is not None)
    if letters > MAX_BYTES:
        raise DataError(
            f"{shown} holds too much text: {letters:,} letters. Keep fewer rows, or shorter texts."
        )
    series = (pd.Series(c, dtype="str") if isinstance(c, np.ndarray) else c for c in columns)
    return pd.DataFrame(dict(zip(_names(table.column_names), series, strict=True)))


def _checked(file: Any, shown: str) -> Any:
    """The schema of a Parquet file that keeps to the limits, before any of its rows is read."""
    import pyarrow as pa

    schema, rows = file.schema_arrow, file.metadata.num_rows
    groups = (file.metadata.row_group(g) for g in range(file.metadata.num_row_groups))
    if not rows or not len(schema):
        raise DataError(f"{shown} holds no rows. Choose a file with rows.")
    if rows > MAX_ROWS:
        raise DataError(
            f"{shown} has {rows:,} rows; at most {MAX_ROWS:,} can be read. Keep a random sample of them."
        )
    if len(schema) > MAX_COLUMNS:
        raise DataError(
            f"{shown} has {len(schema)} columns; at most {MAX_COLUMNS} can be read. Remove some first."
        )
    if rows * len(schema) > MAX_CELLS or sum(group.total_byte_size for group in groups) > MAX_UNPACKED:
        raise DataError(
            f"{shown} has {rows:,} rows of {len(schema)} columns, which is too much. "
            "Keep a random sample of the rows, or fewer columns."
        )
    for field in schema:
        if pa.types.is_nested(field.type) or _is_opaque(field.type):
            raise DataError(
                f'The column "{_cut(field.name)}" of {shown} holds lists, records or bytes, which a table '
                "cannot show. Remove it, or spread it over columns of its own."
            )
    return schema


def _from_arrow(column: Any) -> Any:
    """One Arrow column in plain types; words as an array, in which equal ones are kept once."""
    import pandas as pd
    import pyarrow as pa

    kind = column.type
    if pa.types.is_null(kind):
        return pd.Series(np.full(len(column), np.nan))
    if pa.types.is_dictionary(kind):
        if not (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)):
            return _from_arrow(column.cast(kind.value_type))
        return np.concatenate([_words(chunk) for chunk in column.chunks])
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64()).to_pandas()
    if pa.types.is_time(kind):
        return column.cast(pa.string()).to_numpy()
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        moments = column.cast(pa.timestamp("s"), safe=False)
        return pd.Series(moments.to_numpy().astype("datetime64[s]"))
    found = column.to_pandas()
    return found.astype("boolean") if found.dtype == object and pa.types.is_boolean(kind) else found


def _words(chunk: Any) -> NDArray[Any]:
    """(n,) words of a dictionary chunk, cut; None where missing."""
    kept = [_tidy(v) for v in chunk.dictionary.to_pylist()]
    words = np.array([*kept, None], object)
    codes = chunk.indices.to_numpy(zero_copy_only=False)
    codes = np.where(np.isfinite(codes), codes, len(kept)).astype(np.int64)
    return words[codes]


def _tidy(value: str | None) -> str | None:
    value = None if value is None else value.strip()
    return value[:MAX_TEXT] if value else None


def _is_opaque(kind: Any) -> bool:
    """Whether values are bytes, or of a type only their maker knows."""
    import pyarrow as pa

    own = isinstance(kind, pa.BaseExtensionType)
    return own or any(
        test(kind) for test in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    )


def _is_index(name: str, column: "pd.Series") -> bool:
    """Whether a column is the row number that a table tool wrote along."""
    unnamed = name.startswith(("Unnamed:", "__index_level_"))
    if not (unnamed or name == "column 1") or column.dtype.kind not in "iuf" or column.isna().any():
        return False
    steps = np.diff(column.to_numpy(np.float64))
    return (
        bool((steps == np.floor(steps)).all() and (steps > 0).all()) if unnamed else bool((steps == 1).all())
    )


def _shown(name: str) -> str:
    return _cut(re.sub(r"[^\w .()\-]", "_", name).strip() or "The file", 60)


def _cut(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
