"""Rounds as text: exact, strict, and refused with a sentence when they are not rounds."""

import json
import math
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from alcore import DataError, Round, Spec, advance
from alcore.edge import wire
from alcore.edge.wire import decode, dumps, encode, fingerprint, packaged

numbers = st.floats(allow_nan=False)
maybe = st.floats(allow_nan=False) | st.just(math.nan)  # the one NaN object: tuples compare it by identity
whole = st.integers(-(2**62), 2**62)
names = st.text(max_size=8)
rounds = st.builds(
    Round,
    index=st.integers(0, 10**6),
    asked=st.lists(st.tuples(whole, whole), max_size=4).map(tuple),
    answers=st.lists(st.tuples(maybe), max_size=4).map(tuple),
    scores=st.lists(numbers, max_size=4).map(tuple),
    costs=st.lists(numbers, max_size=4).map(tuple),
    metrics=st.dictionaries(names, maybe, max_size=3),
    signals=st.dictionaries(names, maybe, max_size=3),
    note=st.text(max_size=20),
    seconds=st.floats(0, 1e6),
)


@given(rounds)
def test_what_is_written_is_read(found):
    text = encode(found)
    assert decode(text) == found
    assert decode(text).seconds == found.seconds
    assert encode(decode(text)) == text
    assert "\n" not in text


@given(rounds)
def test_any_json_reader_accepts_it(found):
    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    json.loads(encode(found), parse_constant=refuse)


def test_a_real_run_survives():
    spec = Spec(budget=25, oracle="exact")
    made = list(advance(spec))
    assert [decode(encode(r)) for r in made] == made


def test_what_is_not_a_number_survives():
    odd = Round(
        0, ((1,), (2,)), ((math.nan,), (1.0,)), (-math.inf, math.inf), (1.0, 1.0), {"accuracy": math.nan}
    )
    back = decode(encode(odd))
    assert math.isnan(back.answers[0][0])
    assert back.answers[1] == (1.0,)
    assert back.scores == (-math.inf, math.inf)
    assert math.isnan(back.metrics["accuracy"])
    assert '"answers":[[null],[1.0]]' in encode(odd)


def test_numpy_numbers_become_plain():
    plain = Round(1, ((3,),), ((1.0,),), (0.25,), (2.0,), {"accuracy": 0.5})
    boxed = Round(
        1,
        ((np.int64(3),),),
        ((np.float64(1.0),),),
        (np.float32(0.25),),
        (np.float64(2.0),),
        {"accuracy": np.float64(0.5)},
    )
    assert encode(boxed) == encode(plain)


GOOD = {
    "index": 0, "asked": [[1]], "answers": [[0.0]], "scores": [0.0], "costs": [1.0],
    "metrics": {}, "signals": {}, "note": "", "seconds": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        "[" * 100_000,
        json.dumps({k: v for k, v in GOOD.items() if k != "asked"}),
        json.dumps(GOOD | {"index": "0"}),
        json.dumps(GOOD | {"index": 0.5}),
        json.dumps(GOOD | {"index": True}),
        json.dumps(GOOD | {"asked": [1]}),
        json.dumps(GOOD | {"asked": [[1.5]]}),
        json.dumps(GOOD | {"answers": [["yes"]]}),
        json.dumps(GOOD | {"scores": None}),
        json.dumps(GOOD | {"metrics": [1]}),
        json.dumps(GOOD | {"surprise": 1}),
    ],
)
def test_what_is_no_round_is_refused_with_a_sentence(text):
    assert decode(json.dumps(GOOD)).asked == ((1,),)
    with pytest.raises(DataError, match="not a round"):
        decode(text)


def test_answers_of_calls_hold_no_nan():
    value = {
        "a": [1.0, math.nan, np.float64("inf")],
        "b": np.array([[1.0, np.nan]]),
        "c": (np.int64(2), "x", None, True),
    }
    assert json.loads(dumps(value)) == {"a": [1.0, None, None], "b": [[1.0, None]], "c": [2, "x", None, True]}
    with pytest.raises(TypeError, match="plain"):
        dumps({"a": object()})


def test_the_fingerprint_names_source_and_libraries(monkeypatch):
    assert fingerprint() == fingerprint()
    assert len(fingerprint()) == 12
    monkeypatch.setattr("alcore.edge.wire._version", lambda library: "0")
    assert fingerprint.__wrapped__() != fingerprint()


def test_the_fingerprint_names_data_and_weights_but_no_caches(tmp_path, monkeypatch):
    package = tmp_path / "alcore"
    (package / "edge").mkdir(parents=True)
    monkeypatch.setattr("alcore.edge.wire.__file__", str(package / "edge" / "wire.py"))
    seen = []
    for name in ("edge/wire.py", "files/people.csv.gz", "learned.npz", "more.json"):
        for content in (b"one", b"two"):
            (package / name).parent.mkdir(exist_ok=True)
            (package / name).write_bytes(content)
            seen.append(fingerprint.__wrapped__())
    assert len(set(seen)) == 8
    for name in ("__pycache__/wire.cpython-311.pyc", "edge/.wire.py.swp", "files/SOURCES.md"):
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_bytes(b"of no consequence")
        assert fingerprint.__wrapped__() == seen[-1]


def test_the_engines_own_files_are_in_its_fingerprint():
    home = Path(wire.__file__).parents[1]
    names = {file.relative_to(home).as_posix() for file in packaged(home)}
    assert {"loop.py", "edge/wire.py", "datasets/files/adult.csv.gz"} <= names
