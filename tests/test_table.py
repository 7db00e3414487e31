"""Visitors' own tables: odd files are read right or refused in a sentence, and a table becomes a dataset."""

import datetime as dt
import io
import json
import pickle
import zipfile
import zlib
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore import Choice, DataError, Spec, UnavailableError, advance, catalog
from alcore.data import prepare
from alcore.datasets import reading
from alcore.datasets.table import describe, from_frame, guess_roles, read_table

PLAIN = "size,label\n1.5,yes\n2.25,no\n"
EXPECTED = {"size": [1.5, 2.25], "label": ["yes", "no"]}


def read(text, encoding="utf-8"):
    """The columns of a CSV text as lists; missing values are None."""
    frame = read_table(text if isinstance(text, bytes) else text.encode(encoding), "mine.csv")
    return {name: [None if pd.isna(v) else v for v in frame[name].tolist()] for name in frame}


def parquet(columns, **options):
    file = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), file, **options)
    return file.getvalue()


# ------------------------------------------------------------------------------------ odd but readable


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_separator_and_line_end(separator, end):
    assert read(PLAIN.replace(",", separator).replace("\n", end)) == EXPECTED


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]
)
def test_any_encoding(encoding):
    assert read("größe,label\n1.5,ja\n2.25,n\u00f6\n", encoding) == {
        "größe": [1.5, 2.25],
        "label": ["ja", "n\u00f6"],
    }


T = pd.Timestamp
WORDS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)
READABLE = {
    "decimal commas": ("a;b\n1,5;x\n-2,25;y", {"a": [1.5, -2.25], "b": ["x", "y"]}),
    "decimal commas in quotes": ('a,b\n"1,5",x\n"2,25",y', {"a": [1.5, 2.25], "b": ["x", "y"]}),
    "thousands": ('a,b\n"1,234",x\n"22,500.5",y', {"a": [1234, 22500.5], "b": ["x", "y"]}),
    "German thousands": (
        "a;b;c\n1.234,5;1.000;x\n2,5;12.500;y",
        {"a": [1234.5, 2.5], "b": [1000, 12500], "c": ["x", "y"]},
    ),
    "points beside commas": ("a;b\n1,5;0.123\n2,5;0.5", {"a": [1.5, 2.5], "b": [0.123, 0.5]}),
    "percent and money": ("a;b\n12 %;$5.10\n7%;€3", {"a": [12, 7], "b": [5.1, 3]}),
    "exponents": ("a,b\n1e3,-.5\n2E-1,+3", {"a": [1000, 0.2], "b": [-0.5, 3]}),
    "too large for a number": ("a,b\n1e999,1\n2,2", {"a": [None, 2], "b": [1, 2]}),
    "very long integers": ("a,b\n99999999999999999999,1\n2,2", {"a": [1e20, 2], "b": [1, 2]}),
    "leading zeros": ("zip,b\n01234,1\n10115,2", {"zip": ["01234", "10115"], "b": [1, 2]}),
    "hexadecimal and underscores": (
        "a,b\n0x1F,1_000\n0x20,2_000",
        {"a": ["0x1F", "0x20"], "b": ["1_000", "2_000"]},
    ),
    "quoted newlines": ('a,b\n1,"x\ny, z"\n2,"say ""hi"""', {"a": [1, 2], "b": ["x\ny, z", 'say "hi"']}),
    "text after a quote": ('a,b\n1,"2" inch\n3,4', {"a": [1, 3], "b": ["2 inch", "4"]}),
    "same names": (
        "a,a,a,b\n1,2,3,x\n4,5,6,y",
        {"a": [1, 4], "a (2)": [2, 5], "a (3)": [3, 6], "b": ["x", "y"]},
    ),
    "names missing": ("a,,b\n1,2,x\n3,5,y", {"a": [1, 3], "column 2": [2, 5], "b": ["x", "y"]}),
    "names with blanks": (' a\u200b , "b\nc" \n1,x\n2,y', {"a": [1, 2], "b c": ["x", "y"]}),
    "no names": (
        "5.1,3.5,Iris\n4.9,3.0,Iris",
        {"column 1": [5.1, 4.9], "column 2": [3.5, 3], "column 3": ["Iris"] * 2},
    ),
    "numbered names": ("0,1\n5,x\n6,y", {"0": [5, 6], "1": ["x", "y"]}),
    "years as names": (
        "land,2019,2020\nDE,1,2\nFR,3,4",
        {"land": ["DE", "FR"], "2019": [1, 3], "2020": [2, 4]},
    ),
    "a row number written along": (",a,b\n0,1,x\n1,2,y", {"a": [1, 2], "b": ["x", "y"]}),
    "an unnamed column": ("Unnamed: 0,a,b\n3,1,x\n7,2,y", {"a": [1, 2], "b": ["x", "y"]}),
    "lines ending in separators": ("a,b,,\n1,x,,\n2,y,,", {"a": [1, 2], "b": ["x", "y"]}),
    "rows ending in separators": ("a,b\n1,x,\n2,y,", {"a": [1, 2], "b": ["x", "y"]}),
    "blank lines": ("\n\na,b\n\n1,x\n  \n,\n2,y\n\n", {"a": [1, 2], "b": ["x", "y"]}),
    "separator named by Excel": ("sep=|\na|b\n1,5|x\n2,5|y", {"a": [1.5, 2.5], "b": ["x", "y"]}),
    "commas in a text": (
        "text;label\nwell, yes;a\nno, not, really;b",
        {"text": ["well, yes", "no, not, really"], "label": ["a", "b"]},
    ),
    "missing values": (
        "a,b\n1,x\n?,NA\n,n/a\nNaN,null\n-,None",
        {"a": [1] + [None] * 4, "b": ["x"] + [None] * 4},
    ),
    "none is an answer": ("a,b\n1,none\n2,Na", {"a": [1, 2], "b": ["none", "Na"]}),
    "plus and minus": ("a,b\n1,+\n2,-", {"a": [1, 2], "b": ["+", "-"]}),
    "true and false": ("a,b\nTRUE,true\n,false", {"a": [True, None], "b": [True, False]}),
    "dates": (
        "a,b,c\n2020-01-31,31.01.2020,2020-01-31T10:30:00Z\n2021-12-01,01.12.2021,2021-12-01 00:00",
        {
            "a": [T("2020-01-31"), T("2021-12-01")],
            "b": [T("2020-01-31"), T("2021-12-01")],
            "c": [T("2020-01-31 10:30"), T("2021-12-01")],
        },
    ),
    "American dates": (
        "a,b\n1/31/2020,1\n12/1/2021,2",
        {"a": [T("2020-01-31"), T("2021-12-01")], "b": [1, 2]},
    ),
    "British dates": (
        "a,b\n31/1/2020,1\n1/12/2021,2",
        {"a": [T("2020-01-31"), T("2021-12-01")], "b": [1, 2]},
    ),
    "no dates": (
        "a,b\n2020-02-31,1.2.3\n2020-13-01,1.3.3",
        {"a": ["2020-02-31", "2020-13-01"], "b": ["1.2.3", "1.3.3"]},
    ),
    "formulas stay text": ("a,b\n=1+1,@cmd\n+x,-y", {"a": ["=1+1", "+x"], "b": ["@cmd", "-y"]}),
    "signs of all scripts": ("a,b\n猫,😀\n犬,é", {"a": ["猫", "犬"], "b": ["😀", "é"]}),
}


@pytest.mark.parametrize("case", READABLE)
def test_odd_files_are_read_right(case):
    text, expected = READABLE[case]
    assert read(text) == expected


def test_long_values_are_cut():
    assert [len(v) for v in read(f"a,b\n1,{'x' * 9000}\n2,y")["b"]] == [reading.MAX_TEXT, 1]
    assert len(next(iter(read(f"{'n' * 500},b\n1,2")))) == reading.MAX_NAME


def test_whole_numbers_stay_whole():
    frame = read_table(b"a,b,c\n1,1.0,1\n2,2.5,\n", "x")
    assert [frame[c].dtype.kind for c in frame] == ["i", "f", "f"]


# ------------------------------------------------------------------------------------ refused


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return file.getvalue()


REFUSED = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n\t\n", "holds no rows"),
    "names only": (b"a,b\n", "no rows below"),
    "one column": (b"a\n1\n2\n", "only one column"),
    "blanks between values": (b"a b\n1 2\n", "only one column"),
    "a row too long": (b"a,b\n1,2\n3,4,5\n", "Line 3 .* has 3 values, but the first line names 2"),
    "a row too short": (b"a,b,c\n1,2,3\n4,5\n6,7\n", r"Line 3 .* has 2 values, .* names 3 \(2 lines"),
    "a title above": (b"Report 2020\n\na,b\n1,2\n3,4\n", "remove titles"),
    "a quote left open": (b'a,b\n1,"2\n3,4\n', "never closed"),
    "a quote left open in much": (b'a,b\n1,"2\n' + b"3,4\n" * 60_000, "never closed"),
    "too many rows": (b"a,b\n" + b"1,2\n" * 50_001, "more than 50,000 rows"),
    "too many columns": (",".join(f"c{i}" for i in range(201)).encode() + b"\n", "201 columns; at most 200"),
    "too many values": (
        b",".join([b"c"] * 200) + b"\n" + (b"1," * 199 + b"1\n") * 10_001,
        "2,000,000 values",
    ),
    "too many empty lines": (b"a,b\n" + b"\n" * 2_000_001, "2,000,000 lines"),
    "separators only": (b"a,b\n" + b"," * 3_000_000, "only|holds|no rows"),
    "too many bytes": (b"a,b\n1," + b"x" * 20_000_001, "20 MB"),
    "compressed": (b"\x1f\x8b\x08\x00" + b"\0" * 60, "compressed; unpack it"),
    "a workbook": (zipped(), "save the sheet as CSV"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "Excel"),
    "a PDF": (b"%PDF-1.7\n", "PDF"),
    "a picture": (b"\x89PNG\r\n", "picture"),
    "a web page": (b"\n <!DOCTYPE html><html>", "web page"),
    "JSON": (b' [{"a": 1}]', "JSON"),
    "a pickle": (pickle.dumps({"a": 1}), "never opened"),
    "any bytes": (bytes(range(256)) * 40, "not a text file"),
    "compressed bytes": (zlib.compress(b"a,b\n1,2\n" * 999), "not a text file|only one column|Line"),
    "Parquet cut off": (parquet({"a": [1, 2], "b": [3, 4]})[:-9], "cannot be read as Parquet"),
    "Parquet in name only": (b"PAR1" + b"\0" * 40, "cannot be read as Parquet"),
    "Parquet without rows": (parquet(pa.table({"a": pa.array([], pa.int64())})), "holds no rows"),
    "Parquet with one column": (parquet({"a": [1, 2]}), "only one column"),
    "Parquet with lists": (parquet({"a": [1, 2], "v": [[1], [2, 3]]}), 'column "v" .* lists'),
    "Parquet with records": (parquet({"a": [1, 2], "v": [{"x": 1}, {"x": 2}]}), 'column "v" .* records'),
    "Parquet with bytes": (parquet({"a": [1, 2], "v": [b"1", b"2"]}), 'column "v" .* bytes'),
    "Parquet with many rows": (parquet({"a": range(50_001), "b": range(50_001)}), "50,001 rows"),
    "Parquet with many columns": (parquet({f"c{i}": [1] for i in range(201)}), "201 columns"),
    "Parquet that swells": (
        parquet(
            {
                "a": range(50_000),
                "v": pa.DictionaryArray.from_arrays(np.zeros(50_000, np.int32), ["x" * 1_000_000]),
            },
            compression="zstd",
        ),
        "too much text",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_with_a_sentence(case):
    data, words = REFUSED[case]
    with pytest.raises(DataError, match=words) as caught:
        read_table(data, "my file.csv")
    told = str(caught.value)
    assert told.endswith(".") and told[0].isupper() | told.startswith("my file.csv") and len(told) < 300
    assert "my file.csv" in told


def test_a_name_cannot_smuggle_anything_into_a_message():
    with pytest.raises(DataError) as caught:
        read_table(b"", "<script>alert(1)</script>\n![x](http://y)" + "z" * 500)
    assert not set("<>[]!/\n") & set(str(caught.value)) and len(str(caught.value)) < 150


def test_without_pyarrow_csv_is_offered(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UnavailableError, match="Save the table as CSV"):
        read_table(b"PAR1", "x")


def table_or_sentence(data):
    try:
        return read_table(data, "x")
    except DataError as error:
        told = str(error)
    assert told.endswith(".")
    return None


@settings(max_examples=150)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_sentence(data):
    frame = table_or_sentence(data)
    assert frame is None or 2 <= frame.shape[1] == len(set(frame.columns))


@settings(max_examples=150)
@given(st.text(alphabet='ab1.,;"\n\t|- %0:/é', max_size=120))
def test_any_text_is_a_table_or_a_sentence(text):
    frame = table_or_sentence(("x,y\n" + text).encode())
    assert frame is None or json.dumps([describe(frame), guess_roles(frame)], allow_nan=False)


@given(
    st.lists(
        st.tuples(st.floats(allow_nan=False, allow_infinity=False), WORDS, st.dates()),
        min_size=1,
        max_size=10,
    ),
    st.sampled_from(",;\t|"),
)
def test_what_pandas_writes_is_read_back(rows, separator):
    frame = pd.DataFrame(rows, columns=["number", "word", "day"])
    words = [w for w in frame["word"].str.strip() if w]
    found = read_table(frame.to_csv(sep=separator, index=False).encode(), "x")
    np.testing.assert_allclose(found["number"], frame["number"])
    assert [str(d)[:10] for d in found["day"]] == [str(d) for d in frame["day"]]
    assert len(found) == len(frame) and found["word"].notna().sum() <= len(words)


# ------------------------------------------------------------------------------------ Parquet


def test_parquet_types_become_plain_ones():
    clock = dt.datetime(2020, 1, 1, 3)
    table = pa.table(
        {
            "whole": pa.array([1, 2, None]),
            "small": pa.array([1, 2, 3], pa.uint8()),
            "half": pa.array(np.array([1, 2, 3], np.float16)),
            "word": ["a ", None, ""],
            "long word": pa.array(["a", None, "c"], pa.large_string()),
            "level": pa.array(["x", "y", None]).dictionary_encode(),
            "numbered": pa.array([7, 8, None]).dictionary_encode(),
            "day": [dt.date(1900, 1, 1), dt.date(2020, 2, 29), None],
            "moment": pa.array([clock, clock, None], pa.timestamp("ns", tz="Europe/Berlin")),
            "exact": [Decimal("1.50"), Decimal("2.25"), None],
            "truth": [True, None, False],
            "length": [dt.timedelta(hours=1)] * 3,
            "clock": [dt.time(3, 30)] * 3,
            "nothing": pa.nulls(3),
        }
    )
    frame = read_table(parquet(table), "x.parquet")
    assert frame["whole"].tolist()[:2] == [1, 2] and frame["numbered"].tolist()[:2] == [7, 8]
    assert frame["word"].isna().tolist() == [False, True, True] and frame["word"][0] == "a"
    assert frame["long word"].tolist()[::2] == ["a", "c"] and frame["level"].tolist()[:2] == ["x", "y"]
    assert frame["day"][0] == T("1900-01-01") and frame["moment"][0] == T("2020-01-01 03:00")
    assert frame["exact"][1] == 2.25 and frame["truth"].isna().tolist() == [False, True, False]
    roles = {c["name"]: c["role"] for c in describe(frame)}
    assert roles["whole"] == roles["half"] == roles["exact"] == "number"
    assert roles["day"] == "date" and roles["nothing"] == "empty" and roles["length"] == "constant"


def test_parquet_of_pandas_loses_only_its_index():
    frame = pd.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"]}, index=[4, 9])
    for data in (frame, frame.set_axis([0, 1]), frame.astype({"b": "category"})):
        file = io.BytesIO()
        data.to_parquet(file, index=True)
        assert read_table(file.getvalue(), "x").to_dict("list") == {"a": [1.5, 2.5], "b": ["x", "y"]}


def test_parquet_names_are_made_distinct():
    table = pa.Table.from_arrays([pa.array([1, 2]), pa.array(["x", "y"])], names=["a", "a"])
    assert list(read_table(parquet(table), "x")) == ["a", "a (2)"]


# ------------------------------------------------------------------------------------ columns and their roles


def people(rows=400, seed=0):
    """A table with a bit of everything; twelve classes, told by the amount and the note."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 12, rows)
    words = [f"word{i}" for i in range(60)]
    frame = pd.DataFrame(
        {
            "CustomerID": rng.permutation(rows) + 1000,
            "amount": rng.normal(size=rows) + y,
            "joined": pd.Timestamp("2019-03-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"),
            "note": [" ".join([*rng.choice(words, 5), f"topic{k}", f"topic{k}"]) for k in y],
            "city": rng.choice(["Rome", "Oslo", "Lima"], rows),
            "sex": rng.choice(["f", "m"], rows),
            "age": rng.integers(18, 90, rows),
            "empty": None,
            "country": "IT",
            "label_cost": rng.uniform(1, 3, rows).round(2),
            "label": [f"kind {k}" for k in y],
        }
    )
    for column in ("amount", "joined", "note", "city", "label"):
        frame.loc[rng.random(rows) < 0.08, column] = None
    return frame


def test_columns_are_described_for_a_form():
    told = describe(people())
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    roles = {c["name"]: c["role"] for c in told}
    assert roles == {
        "CustomerID": "identifier",
        "amount": "number",
        "joined": "date",
        "note": "text",
        "city": "category",
        "sex": "category",
        "age": "number",
        "empty": "empty",
        "country": "constant",
        "label_cost": "number",
        "label": "category",
    }
    by_name = {c["name"]: c for c in told}
    assert by_name["label"]["distinct"] == 12 and 0 < by_name["label"]["missing"] < 0.2
    assert [c["name"] for c in told if not c["label_fault"]] == ["city", "sex", "age", "label"]
    assert all(len(e) <= 40 for c in told for e in c["examples"])
    assert by_name["joined"]["examples"][0].count("-") == 2, "a day without its midnight"


def test_roles_are_guessed():
    assert guess_roles(people()) == {
        "target": "label",
        "features": ("amount", "joined", "note", "city", "age"),
        "group": "sex",
        "cost": "label_cost",
    }


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        ({"Class": list("ab") * 10, "b": list("xy") * 10}, "Class"),
        ({"a": range(0, 40, 2), "my_label": list("ab") * 10, "b": list("xy") * 10}, "my_label"),
        ({"a": list("xyz") * 10, "b": list("uvwxy") * 6, "c": np.arange(30) / 7}, "b"),
        ({"a": np.arange(30) / 7, "sick": [0, 1, 1] * 10}, "sick"),
        ({"a": np.arange(30) / 7}, ""),
        ({"sex": list("fm") * 15, "hired": [0, 1, 1] * 10}, "hired"),
    ],
)
def test_the_label_column_is_guessed(columns, target):
    assert guess_roles(pd.DataFrame(columns))["target"] == target


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("uuid", [f"{i:032x}" for i in range(40)], "identifier"),
        ("x", range(5, 45), "identifier"),
        ("x", np.random.default_rng(0).permutation(40), "identifier"),
        ("patient_id", np.arange(40) * 37 % 1000, "identifier"),
        ("orderNr", np.arange(40) * 37 % 1000, "identifier"),
        ("email", [f"a{i}@b.c" for i in range(40)], "identifier"),
        ("paid", np.arange(40) * 37 % 1000, "number"),
        ("id", np.arange(40) % 5, "number"),
        ("id", np.arange(40) / 7, "number"),
        ("name", ["Ann", "Bea"] * 20, "category"),
        ("review", [f"it was good number {i}" for i in range(40)], "text"),
        ("seen", [True, False] * 20, "category"),
    ],
)
def test_identifiers_are_told_from_features(name, values, role):
    assert describe(pd.DataFrame({name: values}))[0]["role"] == role


# ------------------------------------------------------------------------------------ a table as a dataset


def test_a_table_with_everything_goes_all_the_way():
    frame = read_table(people().to_csv().encode(), "people.csv")
    roles = guess_roles(frame)
    source = from_frame(frame, file="0" * 24, **roles)
    assert len(source.classes) == 12 and len(source.y) == frame["label"].notna().sum()
    data = prepare(source, 0.3, 1)
    assert data.groups == ("f", "m") and data.cost.min() >= 1 and np.isfinite(data.X).all()
    assert list(data.rows.columns) == list(roles["features"])
    assert any(f.startswith("note topic") for f in data.features) and "joined missing" in data.features
    spec = Spec(dataset="own", first=24, batch=12, budget=120, price="per_row", seed=1)
    rounds = list(advance(spec, data=data))
    assert sum(len(r.asked) for r in rounds) == 120
    assert rounds[-1].metrics["accuracy"] > 0.5 > rounds[0].metrics["accuracy"] - 0.2
    paid = [c for r in rounds for c in r.costs]
    np.testing.assert_allclose(paid, [data.cost[q[0]] for r in rounds for q in r.asked])


def test_what_was_left_out_is_told():
    frame = people()
    missing = int(frame["label"].isna().sum())
    notes = from_frame(frame, target="label", group="age", cost="label_cost").notes
    assert notes == (
        f"{missing} rows without a label were left out.",
        'The column "CustomerID" looks like an identifier and was not used.',
        'The column "empty" is empty and was not used.',
        'The column "country" holds one value only and was not used.',
        'The numbers of the group column "age" were cut into four groups of about equal size.',
    )


def test_a_table_is_not_changed():
    frame = people()
    before = frame.copy(deep=True)
    prepare(from_frame(frame, target="label", group="sex", cost="label_cost"), 0.3, 0)
    pd.testing.assert_frame_equal(frame, before)


BASE = {"x": np.arange(30) / 7, "y": list("ab") * 15}


@pytest.mark.parametrize(
    ("columns", "roles", "words"),
    [
        ({}, {"target": ""}, "No label column"),
        ({}, {"target": "z"}, 'no column "z" .* has: "x", "y"'),
        ({}, {"target": "y", "features": ("x", "z")}, 'no column "z"'),
        ({}, {"target": "y", "group": "z"}, 'no column "z"'),
        ({}, {"target": "y", "cost": "z"}, 'no column "z"'),
        ({}, {"target": "y", "features": ("x", "y")}, "give the answers away"),
        ({}, {"target": "y", "group": "y"}, "give the answers away"),
        ({"t": np.arange(30) / 7}, {"target": "t"}, "amount rather than a class.*cut it into ranges"),
        ({"t": range(0, 300, 10)}, {"target": "t"}, "amount rather than a class"),
        ({"t": [None] * 30}, {"target": "t"}, "is empty"),
        ({"t": ["a"] * 29 + [None]}, {"target": "t"}, "at least two classes"),
        ({"t": [f"k{i}" for i in range(30)]}, {"target": "t"}, "too many for classes"),
        ({"t": pd.date_range("2020", periods=30)}, {"target": "t"}, "dates, not classes"),
        ({"t": ["a", "b"] * 4 + [None] * 22}, {"target": "t"}, "Only 8 rows have a label"),
        ({"c": ["much"] * 30}, {"target": "y", "cost": "c"}, "must hold numbers"),
        ({"c": [-1.0] + [1.0] * 29}, {"target": "y", "cost": "c"}, "negative"),
        ({"c": [None] * 30}, {"target": "y", "cost": "c"}, "must hold numbers"),
        ({"g": [None] * 30}, {"target": "y", "group": "g"}, '"g" is empty'),
        ({"e": [None] * 30}, {"target": "y", "features": ("e",)}, "No column is left"),
        ({"x": [1] * 30}, {"target": "y"}, "No column is left"),
        ({"x": range(30)}, {"target": "y"}, "No column is left"),
    ],
)
def test_roles_that_do_not_fit_are_refused_with_a_sentence(columns, roles, words):
    with pytest.raises(DataError, match=words) as caught:
        from_frame(pd.DataFrame(BASE | columns), **roles)
    assert str(caught.value).endswith(".")


def test_two_hundred_classes_are_enough():
    words = [f"k{i % 200}" for i in range(800)]
    frame = pd.DataFrame({"x": np.arange(800) / 7, "y": words})
    assert len(from_frame(frame, target="y").classes) == 200
    frame.loc[0, "y"] = "one more"
    with pytest.raises(DataError, match="201 different values"):
        from_frame(frame, target="y")


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([10, 9, 2], ("2", "9", "10")),
        ([0.5, 1.0, 1.5], ("0.5", "1", "1.5")),
        ([True, False, True], ("False", "True")),
        ([" a", "b ", "c"], (" a", "b ", "c")),
        (["x" * 90 + "1", "x" * 90 + "2", "b"], ("b", "x" * 59 + "…", "x" * 59 + "… (2)")),
    ],
)
def test_classes_are_named_and_sorted_as_people_do(values, classes):
    source = from_frame(pd.DataFrame({"x": np.arange(30) / 7, "y": values * 10}), target="y")
    assert source.classes == classes
    assert prepare(source, 0.3, 0).classes == classes


def test_rare_and_look_alike_classes_are_told():
    frame = pd.DataFrame({"x": np.arange(30) / 7, "y": ["Yes", "yes"] * 14 + ["no", "so"]})
    notes = from_frame(frame, target="y").notes
    assert any('"Yes" and "yes" differ in capitals' in n for n in notes)
    assert any('2 classes in fewer than 3 rows: "no", "so"' in n for n in notes)


def test_a_column_that_gives_the_answer_away_is_told():
    frame = pd.DataFrame(BASE | {"code": [1, 2] * 15, "half": [1, 1, 2] * 10})
    (note,) = from_frame(frame, target="y").notes
    assert '"code" goes with one label only' in note


def test_features_by_hand_are_kept_in_order():
    frame = pd.DataFrame(BASE | {"number": range(30), "z": np.arange(30) % 7, "g": list("uvw") * 10})
    source = from_frame(frame, target="y", features=("z", "g", "z", "number"), group="g")
    assert list(source.X.columns) == ["z", "g", "number"]
    assert source.notes == ('The column "number" looks like an identifier; it tells nothing about new rows.',)
    assert "g" not in from_frame(frame, target="y", group="g").X.columns


def test_groups_are_words():
    frame = pd.DataFrame(
        BASE
        | {
            "age": np.arange(30) * 3 + 1,
            "when": pd.date_range("2018-06-01", periods=30, freq="30D"),
            "g": ["a", None, "b"] * 10,
            "many": [f"g{min(i, 25)}" for i in range(30)],
        }
    )
    groups = {n: from_frame(frame, target="y", group=n).group for n in ("age", "when", "g", "many")}
    values, counts = np.unique(groups["age"], return_counts=True)
    assert len(values) == 4 and counts.min() >= 7 and groups["age"][0] == "up to 22.75"
    assert set(groups["when"]) == {"2018", "2019", "2020"}
    assert set(groups["g"]) == {"a", "b", "(missing)"}
    assert len(set(groups["many"])) == 20 and "(other)" in groups["many"] and "g25" in groups["many"]


def test_missing_costs_are_the_middle_of_the_others():
    source = from_frame(pd.DataFrame(BASE | {"c": [1.0, 2.0, None] * 10}), target="y", cost="c")
    np.testing.assert_array_equal(source.cost[:3], [1, 2, 1.5])
    assert source.notes == ("10 rows without a cost: taken as 1.5, the middle of the others.",)
    same = from_frame(pd.DataFrame(BASE | {"c": [2] * 30}), target="y", cost="c")
    assert set(same.cost) == {2.0}


@settings(max_examples=80)
@given(st.data())
def test_any_table_is_a_dataset_or_a_sentence(data):
    rows = data.draw(st.integers(1, 40))
    cell = st.one_of(
        st.sampled_from(["a", "b", "", None, 1, 2.5, True]),
        st.integers(0, 3),
        st.text(max_size=4),
        st.floats(),
    )
    columns = {
        name: pd.Series(data.draw(st.lists(cell, min_size=rows, max_size=rows)), dtype=object)
        for name in "xyzw"
    }
    frame = pd.DataFrame(columns)
    if data.draw(st.booleans()):
        frame["y"] = data.draw(st.lists(st.sampled_from([1, 2, 3]), min_size=rows, max_size=rows))
    roles = guess_roles(frame)
    json.dumps([describe(frame), roles], allow_nan=False)
    group, cost = data.draw(st.sampled_from([("", ""), ("z", ""), ("", "w"), ("z", "w")]))
    try:
        ready = prepare(from_frame(frame, target="y", group=group, cost=cost), 0.3, 0)
    except DataError:
        return
    assert np.isfinite(ready.X).all() and (ready.y >= 0).all() and np.isfinite(ready.cost).all()


# ------------------------------------------------------------------------------------ the plug-in


def test_an_upload_cannot_be_loaded_by_its_name():
    choice = Choice.of("upload", file="a" * 24, target="y", features=("x",), group="g", cost="c")
    with pytest.raises(UnavailableError, match="upload the file again"):
        catalog.DATASETS.bind(choice)(0)
    assert "load" in catalog.DATASETS["upload"].exempt


def test_the_parameters_of_an_upload_are_those_of_from_frame():
    roles = catalog.DATASETS.settle(Choice.of("upload", file="a" * 24, target="y", cost="x"))
    assert from_frame(pd.DataFrame(BASE | {"z": np.arange(30) % 7}), **roles).cost is not None
    names = {p.name: p.text for p in catalog.DATASETS["upload"].params}
    assert names["file"].hidden and names["target"].length >= reading.MAX_NAME + 5
