"""Visitors' own tables: private, bounded, gone after a while."""

import hashlib
import os
import stat
import time
from contextlib import closing

import pytest

from alcore import Choice, DataError, Spec, UnavailableError, advance
from alcore.calls import CALLS
from alcore.data import prepare
from alcore.datasets.table import from_frame, read_table
from alcore.edge import uploads as uploads_module
from alcore.edge.service import Limits, Service, key_of
from alcore.edge.service import _tag as tag
from alcore.edge.uploads import Uploads, data_of, describe
from tests.waiting import settled, until

SIZES = [(i % 17, i * 7 % 29, "red" if i % 3 else "blue") for i in range(120)]
ROWS = [f"{a},{colour},{b},{'yes' if a + b > 20 else 'no'}\n" for a, b, colour in SIZES]
TABLE = "".join(["size,colour,weight,label\n", *ROWS]).encode()
ROLES = {"target": "label"}


def spec_for(file, **more):
    return Spec(dataset=Choice.of("upload", file=file, **ROLES), first=10, batch=5, budget=40, **more)


@pytest.fixture
def uploads(tmp_path):
    return Uploads(tmp_path / "uploads", max_bytes=10_000, files=2, total_bytes=50_000, seconds=100)


@pytest.fixture
def service(tmp_path):
    made = Service(tmp_path, workers=1, inline=True)
    yield made
    made.close()


def files_under(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_the_owner_gets_the_table_back(uploads):
    file = uploads.keep("ann", TABLE)
    frame = uploads.frame("ann", file)
    assert list(frame.columns) == ["size", "colour", "weight", "label"]
    assert len(frame) == 120
    assert uploads.keep("ann", TABLE) == file


def test_nobody_else_gets_it(uploads):
    file = uploads.keep("ann", TABLE)
    for other in ("bea", "ANN", "ann ", "ann/", "../ann"):
        with pytest.raises(DataError, match="not here"):
            uploads.path(other, file)
        with pytest.raises(DataError, match="not here"):
            uploads.frame(other, file)
        uploads.remove(other, file)
        uploads.forget(other)
    assert uploads.path("ann", file).exists()


def test_the_same_file_of_two_visitors_is_two_files(uploads):
    a, b = uploads.keep("ann", TABLE), uploads.keep("bea", TABLE)
    assert a == b
    assert uploads.path("ann", a) != uploads.path("bea", b)
    uploads.forget("ann")
    assert uploads.path("bea", b).read_bytes() == TABLE
    with pytest.raises(DataError, match="upload the file again"):
        uploads.path("ann", a)


@pytest.mark.parametrize(
    "file", ["", "..", "../x", "/etc/passwd", "a" * 23, "a" * 25, "A" * 24, "a" * 24 + "\n", "g" * 24]
)
def test_a_name_that_is_no_hash_finds_nothing(uploads, file):
    uploads.keep("ann", TABLE)
    with pytest.raises(DataError, match="No uploaded file is named"):
        uploads.path("ann", file)


def test_nobody_may_not_upload(uploads):
    with pytest.raises(DataError, match="nobody"):
        uploads.keep("", TABLE)


def test_names_and_secrets_stay_off_the_disk(uploads):
    file = uploads.keep("a-very-secret-word", TABLE)
    (path,) = files_under(uploads.folder)
    assert path.name == file == hashlib.sha256(TABLE).hexdigest()[:24]
    assert "secret-word" not in str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(uploads.folder.stat().st_mode) == 0o700


def test_too_large_or_empty_is_refused_with_a_sentence(uploads):
    with pytest.raises(DataError, match=r"at most 0\.01 MB"):
        uploads.keep("ann", b"x" * 10_001)
    with pytest.raises(DataError, match="empty"):
        uploads.keep("ann", b"")
    assert files_under(uploads.folder) == []


def test_a_visitor_keeps_the_newest_few(uploads):
    names = []
    for i in range(3):
        names.append(uploads.keep("ann", TABLE + str(i).encode()))
        os.utime(uploads.path("ann", names[-1]), (time.time() - 50 + i,) * 2)
    assert {path.name for path in files_under(uploads.folder)} == set(names[1:])


def test_all_visitors_together_are_bounded(uploads):
    for i in range(5):
        uploads.keep(f"visitor {i}", b"x" * 9_900)
    with pytest.raises(UnavailableError, match="no room"):
        uploads.keep("one too many", b"x" * 9_900)
    assert sum(path.stat().st_size for path in files_under(uploads.folder)) <= 50_000
    for path in files_under(uploads.folder):
        os.utime(path, (time.time() - 101,) * 2)
    assert uploads.keep("one too many", b"x" * 9_900)  # the untouched made room


def test_untouched_files_go_and_touched_ones_stay(uploads):
    old, used = uploads.keep("ann", TABLE), uploads.keep("bea", TABLE)
    for path in files_under(uploads.folder):
        os.utime(path, (time.time() - 101,) * 2)
    uploads.path("bea", used)
    assert uploads.sweep() == 1
    with pytest.raises(DataError):
        uploads.path("ann", old)
    assert len(list(uploads.folder.iterdir())) == 1  # her folder went as well


def test_what_a_form_needs_to_know(uploads):
    told = describe(uploads.path("ann", uploads.keep("ann", TABLE)), "mine.csv")
    assert told["rows"] == 120
    assert [c["name"] for c in told["columns"]] == ["size", "colour", "weight", "label"]
    assert told["roles"]["target"] == "label"
    bad = uploads.path("ann", uploads.keep("ann", b"%PDF-1.7 and so on"))
    with pytest.raises(DataError, match=r"mine\.pdf"):
        describe(bad, "mine.pdf")


def test_data_are_prepared_as_the_spec_says(uploads):
    spec = spec_for(file := uploads.keep("ann", TABLE), test_share=0.25, seed=3)
    data = data_of(spec, uploads.path("ann", file))
    again = prepare(from_frame(read_table(TABLE, "t"), target="label"), 0.25, 3)
    assert (data.X == again.X).all()
    assert (data.test == again.test).all()
    assert len(data.test) == 30


# ------------------------------------------------------------------------------------ through the service


def test_a_private_run_is_made_of_the_visitors_rows(service):
    told = service.upload("ann", "mine.csv", TABLE)
    assert told["rows"] == 120
    spec = spec_for(told["file"])
    key = service.start(spec, "ann")
    assert settled(service, key).state == "done"
    expected = list(
        advance(spec, data=prepare(from_frame(read_table(TABLE, "t"), target="label"), spec.test_share, 0))
    )
    assert service.rounds(key) == expected
    scene = service.call("scene", spec, "ann", rounds=2)
    assert scene["classes"] == ["no", "yes"]


def test_private_runs_are_invisible_to_others(service):
    spec = spec_for(service.upload("ann", "mine.csv", TABLE)["file"])
    key = service.start(spec, "ann")
    settled(service, key)
    assert [run.key for run in service.runs("ann")] == [key]
    assert service.runs("bea") == []
    assert service.runs() == []
    assert key != key_of(spec, "bea") and spec.id != key
    assert service.look(key_of(spec, "bea")) is None
    assert service.look(spec.id) is None
    assert service.rounds(key_of(spec, "bea")) == []
    with pytest.raises(DataError, match="not here"):
        service.start(spec, "bea")
    with pytest.raises(DataError, match="not here"):
        service.call("scene", spec, "bea")
    with pytest.raises(DataError, match="nobody is named"):
        service.start(spec)
    with pytest.raises(DataError, match="no private run"):
        service.delete(key, "bea")
    with pytest.raises(DataError, match="no private run"):
        service.delete(key, "")
    service.forget("bea")
    assert service.look(key).state == "done"


def test_two_visitors_with_the_same_rows_have_two_runs(service):
    specs = [spec_for(service.upload(who, "x.csv", TABLE)["file"]) for who in ("ann", "bea")]
    assert specs[0] == specs[1]
    keys = [service.start(spec, who) for spec, who in zip(specs, ("ann", "bea"), strict=True)]
    assert keys[0] != keys[1]
    assert [settled(service, key).state for key in keys] == ["done", "done"]
    assert service.rounds(keys[0]) == service.rounds(keys[1])
    service.delete(keys[0], "ann")
    assert service.look(keys[0]) is None
    assert service.rounds(keys[0]) == []
    assert len(service.rounds(keys[1])) == 7


def test_to_be_forgotten(service):
    spec = spec_for(service.upload("ann", "mine.csv", TABLE)["file"])
    key = service.start(spec, "ann")
    settled(service, key)
    service.forget("ann")
    assert service.look(key) is None
    assert service.runs("ann") == []
    assert files_under(service.uploads.folder) == []
    with pytest.raises(DataError, match="upload the file again"):
        service.start(spec, "ann")
    with pytest.raises(DataError, match="upload the file again"):
        service.call("scene", spec, "ann")


def test_nothing_on_disk_tells_who_a_visitor_is_or_what_their_rows_are(service):
    table = TABLE.replace(b"colour", b"canary").replace(b"blue", b"cerulean")
    spec = spec_for(service.upload("a-very-secret-word", "payroll.csv", table)["file"])
    settled(service, service.start(spec, "a-very-secret-word"))
    service.forget("nobody")
    for file in files_under(service.home):
        content = file.read_bytes()
        assert b"a-very-secret-word" not in content
        assert b"payroll" not in content
        if "uploads" not in file.parts:
            assert b"cerulean" not in content


def test_what_is_not_a_table_is_refused_and_not_kept(service):
    with pytest.raises(DataError, match=r"salaries\.xls"):
        service.upload("ann", "salaries.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    assert files_under(service.uploads.folder) == []


def test_a_column_that_is_not_there_fails_with_a_sentence(service):
    file = service.upload("ann", "mine.csv", TABLE)["file"]
    spec = Spec(dataset=Choice.of("upload", file=file, target="grade"), budget=40)
    progress = settled(service, service.start(spec, "ann"))
    assert progress.state == "failed"
    assert "grade" in progress.error
    assert progress.error.endswith(".")


def test_what_was_computed_from_a_file_goes_with_the_file(service):
    one, two = (service.upload("ann", "x.csv", table)["file"] for table in (TABLE, TABLE * 2))
    hers = service.upload("bea", "x.csv", TABLE)["file"]
    asked = [(spec_for(file), who) for file, who in ((one, "ann"), (two, "ann"), (hers, "bea"))]
    keys = [service.start(spec, who) for spec, who in asked]
    for (spec, who), key in zip(asked, keys, strict=True):
        assert settled(service, key).state == "done"
        service.rounds(key)
        service.call("scene", spec, who)
    paths = [
        str(service.uploads.path(tag(who), file)) for file, who in ((one, "ann"), (two, "ann"), (hers, "bea"))
    ]
    assert [answers(service, path) for path in paths] == [2, 2, 2]  # what its columns are, and the scene
    service.forget("ann", one)
    assert [answers(service, path) for path in paths] == [0, 2, 2]
    assert [service.look(key) is None for key in keys] == [True, False, False]
    service.forget("ann")
    assert [answers(service, path) for path in paths] == [0, 0, 2]
    assert [service.look(key) is None for key in keys] == [True, True, False]
    assert {name.split()[0] for name in service._rounds._held} == {keys[2]}


def test_workers_drop_the_rows_of_a_file_that_is_gone(service):
    (worker,) = service._crew.workers
    spec = spec_for(service.upload("ann", "mine.csv", TABLE)["file"])
    key = service.start(spec, "ann", rounds=2)
    settled(service, key)
    assert key in worker._desk._alive
    assert uploads_module._data.cache_info().currsize
    os.utime(service.uploads.path(tag("ann"), dict(spec.dataset.params)["file"]), (0, 0))
    service.uploads.sweep()  # it has expired
    until(lambda: not worker._desk._alive and not uploads_module._data.cache_info().currsize)
    assert not service._answers.size


def test_an_answer_that_comes_after_its_file_went_is_not_kept(service, monkeypatch):
    file = service.upload("ann", "mine.csv", TABLE)["file"]

    def late(spec, log, data):
        service.forget("ann", file)
        return {"rows": "private"}

    monkeypatch.setitem(CALLS, "late", late)
    assert service.call("late", spec_for(file), "ann") == {"rows": "private"}
    assert not service._answers.size


def test_rounds_of_a_private_run_that_expired_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr("alcore.edge.service.HOUSEKEEPING", 0.0)
    with closing(Service(tmp_path, workers=1, inline=True, limits=Limits(lease=0.2))) as service:
        key = service.start(spec_for(service.upload("ann", "mine.csv", TABLE)["file"]), "ann")
        settled(service, key)
        service.rounds(key)
        assert service._rounds.size
        object.__setattr__(service.limits, "private_seconds", 0.0)
        until(lambda: service.look(key) is None)
        until(lambda: not service._rounds.size)


def test_a_kept_table_is_described_again(service):
    told = service.upload("ann", "mine.csv", TABLE)
    assert service.describe("ann", told["file"]) == told
    with pytest.raises(DataError, match="not here"):
        service.describe("bea", told["file"])
    service.forget("ann", told["file"])
    with pytest.raises(DataError, match="not here"):
        service.describe("ann", told["file"])


def answers(service, path):
    """How many answers about a file are kept."""
    return sum(name.startswith(path) for name in service._answers._held)
