"""Runs on disk: append-only, safe for many at once, private, bounded."""

import sqlite3
import stat
import subprocess
import sys
import threading
import time

import pytest

from alcore import ContractError, Spec, UnavailableError, advance
from alcore.edge.store import _SCHEMA, ORDERS, VERSION, Store, Wanted
from alcore.edge.wire import encode

SPEC = Spec(budget=40)
ROUNDS = list(advance(SPEC))
TEXTS = [encode(r) for r in ROUNDS]


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "home" / "runs.sqlite")
    yield made
    made.close()


def age(store, key, seconds):
    """Make a run look untouched for so long."""
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE run SET touched = touched - ? WHERE key = ?", (seconds, key))


def test_rounds_come_back_as_they_were(store):
    assert store.progress("a") is None
    assert store.rounds("a") == []
    stored = store.add("a", SPEC, "engine", limit=9)
    assert (stored.state, stored.n_rounds, stored.limit_rounds, stored.private) == ("waiting", 0, 9, False)
    store.append("a", "engine", 0, TEXTS[:3], seconds=0.5)
    store.append("a", "engine", 3, TEXTS[3:], seconds=0.25, state="done", reason="budget")
    assert store.rounds("a") == ROUNDS
    assert store.rounds("a", since=2) == ROUNDS[2:]
    assert store.rounds("a", since=1, until=3) == ROUNDS[1:3]
    assert store.texts("a") == TEXTS
    stored = store.progress("a")
    assert (stored.state, stored.reason, stored.n_rounds, stored.seconds) == (
        "done",
        "budget",
        len(ROUNDS),
        0.75,
    )
    assert stored.bytes == sum(map(len, TEXTS))
    assert Spec.from_json(stored.spec) == SPEC


@pytest.mark.parametrize("first", [0, 1, 3, 9])
def test_a_round_is_neither_doubled_nor_skipped(store, first):
    store.add("a", SPEC, "engine")
    store.append("a", "engine", 0, TEXTS[:2])
    with pytest.raises(ContractError, match="does not go on"):
        store.append("a", "engine", first, TEXTS[first : first + 1], state="done")
    assert store.rounds("a") == ROUNDS[:2]
    assert store.progress("a").state == "running"


@pytest.mark.parametrize("text", [TEXTS[1], "", "{}", '{"index":00,'])
def test_what_is_not_the_next_round_is_refused(store, text):
    store.add("a", SPEC, "engine")
    with pytest.raises(ContractError, match="not round 0"):
        store.append("a", "engine", 0, [text])
    assert store.texts("a") == []


def test_the_file_itself_refuses_doubles(store):
    store.add("a", SPEC, "engine")
    store.append("a", "engine", 0, TEXTS[:2])
    with sqlite3.connect(store.path) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("INSERT INTO round VALUES ('a', 1, ?)", (TEXTS[1],))


def test_an_append_is_all_or_nothing(store):
    store.add("a", SPEC, "engine")
    with sqlite3.connect(store.path) as db:  # in the way of the last round of three
        db.execute("INSERT INTO round VALUES ('a', 2, 'x')")
    with pytest.raises(ContractError, match="cannot take"):
        store.append("a", "engine", 0, TEXTS[:3], seconds=1.0, state="done")
    assert store.texts("a") == ["x"]
    assert (store.progress("a").n_rounds, store.progress("a").state) == (0, "waiting")


def test_rounds_of_two_engines_never_mix(store):
    store.add("a", SPEC, "old")
    store.append("a", "old", 0, TEXTS[:2], seconds=1.0, state="done", reason="budget")
    with pytest.raises(ContractError):
        store.append("a", "new", 2, TEXTS[2:])
    again = store.add("a", SPEC, "new")
    assert (again.engine, again.n_rounds, again.bytes, again.seconds) == ("new", 0, 0, 0.0)
    assert (again.state, again.reason) == ("waiting", "")
    assert store.texts("a") == []
    with pytest.raises(ContractError):  # a worker of the old engine that was late
        store.append("a", "old", 0, TEXTS)


def test_the_same_engine_goes_on_where_it_was(store):
    store.add("a", SPEC, "engine", limit=2)
    store.append("a", "engine", 0, TEXTS[:2], state="stopped", reason="paused")
    again = store.add("a", SPEC, "engine", limit=None)
    assert (again.state, again.reason, again.n_rounds, again.limit_rounds) == ("waiting", "", 2, None)


def test_private_runs_are_listed_to_their_owner_only(store):
    store.add("public", SPEC, "engine")
    store.add("mine", SPEC, "engine", owner="ann")
    store.add("hers", SPEC, "engine", owner="bea")
    assert {r.key for r in store.runs()} == {"public"}
    assert {r.key for r in store.runs("ann")} == {"public", "mine"}
    assert {r.key: r.private for r in store.runs("bea")} == {"public": False, "hers": True}
    assert len(store.runs("ann", limit=1)) == 1


def test_forgetting_an_owner(store):
    for key, owner in (("public", ""), ("mine", "ann"), ("hers", "bea")):
        store.add(key, SPEC, "engine", owner=owner)
        store.append(key, "engine", 0, TEXTS[:1], state="done")
    store.forget("ann")
    store.forget("")
    assert store.progress("mine") is None
    assert store.texts("mine") == []
    assert store.progress("hers") is not None
    assert store.progress("public") is not None


def test_private_runs_expire_but_for_live_ones(store):
    for key, owner, state in (
        ("public", "", "done"),
        ("old", "ann", "done"),
        ("live", "ann", "running"),
        ("new", "ann", "done"),
    ):
        store.add(key, SPEC, "engine", owner=owner)
        store.set_state(key, state)
        if key != "new":
            age(store, key, 1000)
    store.expire(500)
    assert {r.key for r in store.runs("ann")} == {"public", "live", "new"}


def test_a_server_that_went_down_left_its_runs_waiting(store):
    for key, state in (("r", "running"), ("w", "waiting"), ("s", "stopping"), ("d", "done"), ("f", "failed")):
        store.add(key, SPEC, "engine")
        store.append(key, "engine", 0, TEXTS[:2], state=state)
    found = store.recover()
    assert {r.key for r in found} == {"r", "w"}
    assert all(r.state == "waiting" and r.n_rounds == 2 for r in found)
    assert {k: store.progress(k).state for k in "rwsdf"} == {
        "r": "waiting", "w": "waiting", "s": "stopped", "d": "done", "f": "failed"
    }  # fmt: skip


def test_pruning_takes_the_longest_untouched_and_nothing_live(store):
    for i, key in enumerate("abcdef"):
        store.add(key, SPEC, "engine")
        store.append(key, "engine", 0, TEXTS[:2], state="running" if key == "a" else "done")
        age(store, key, 1000 - 100 * i)
    store.touch("b")
    assert store.prune(runs=4, megabytes=1, keep=["c"]) == 2
    assert {r.key for r in store.runs()} == {"a", "b", "c", "f"}
    assert store.texts("d") == []
    size = store.progress("f").bytes
    assert store.prune(runs=100, megabytes=3.5 * size / 1e6) == 1
    assert {r.key for r in store.runs()} == {"a", "b", "f"}
    assert store.prune(runs=0, megabytes=0) == 2
    assert {r.key for r in store.runs()} == {"a"}


def test_pruning_gives_the_room_back(store):
    for i in range(40):
        store.add(f"r{i}", SPEC, "engine")
        store.append(f"r{i}", "engine", 0, TEXTS * 1, state="done")

    def pages():
        with sqlite3.connect(store.path) as db:
            return db.execute("PRAGMA page_count").fetchone()[0]

    before = pages()
    store.prune(runs=1, megabytes=100)
    assert pages() < before / 2


def test_many_threads_write_and_read(store):
    keys = [f"run{i}" for i in range(8)]
    errors = []

    def write(key):
        try:
            store.add(key, SPEC, "engine")
            for i, text in enumerate(TEXTS):
                store.append(key, "engine", i, [text])
                seen = store.rounds(key)
                assert seen == ROUNDS[: i + 1]
                assert store.progress(key).n_rounds == i + 1
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert all(store.rounds(key) == ROUNDS for key in keys)


def test_of_two_writers_of_one_run_one_wins_each_round(store):
    store.add("a", SPEC, "engine")
    won, lost, start = [], [], threading.Barrier(4)

    def write(name):
        start.wait()
        for i, text in enumerate(TEXTS):
            while store.progress("a").n_rounds < i:
                time.sleep(0.001)
            try:
                store.append("a", "engine", i, [text])
                won.append(i)
            except ContractError:
                lost.append(i)

    threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == list(range(len(TEXTS)))
    assert len(lost) == 3 * len(TEXTS)
    assert store.rounds("a") == ROUNDS


def test_another_process_sees_what_is_written(store):
    store.add("a", SPEC, "engine")
    store.append("a", "engine", 0, TEXTS[:2])
    code = (
        "import sys; from alcore.edge.store import Store; s = Store(sys.argv[1]);"
        "assert len(s.rounds('a')) == 2; s.set_state('a', 'stopped', reason='elsewhere')"
    )
    subprocess.run([sys.executable, "-c", code, str(store.path)], check=True, timeout=60)
    assert store.progress("a").reason == "elsewhere"


def test_only_this_user_can_read_it(store):
    store.add("a", SPEC, "engine")
    for file in store.path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_a_file_of_a_newer_release_is_refused_with_a_sentence(store):
    with sqlite3.connect(store.path) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(UnavailableError, match="newer release"):
        Store(store.path)


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but dear to somebody\n" * 100)
    with pytest.raises(UnavailableError, match="move it away"):
        Store(file)
    assert file.read_text().startswith("not a database")


def test_opening_again_keeps_everything(store):
    store.add("a", SPEC, "engine")
    store.append("a", "engine", 0, TEXTS[:2])
    store.close()
    assert Store(store.path).rounds("a") == ROUNDS[:2]


def test_a_state_nobody_knows_is_refused(store):
    store.add("a", SPEC, "engine")
    with pytest.raises(sqlite3.IntegrityError):
        store.set_state("a", "asleep")


# ------------------------------------------------------------------------- what lists and comparisons need


def test_labels_and_last_scores_are_known_without_the_rounds(store):
    store.add("a", SPEC, "engine")
    assert (store.progress("a").labels, store.progress("a").scores) == (0, {})
    store.append("a", "engine", 0, TEXTS[:2])
    store.append("a", "engine", 2, TEXTS[2:], state="done")
    store.set_state("a", "done")
    stored = store.progress("a")
    assert stored.labels == sum(len(r.asked) for r in ROUNDS)
    assert stored.scores == dict(ROUNDS[-1].metrics)
    again = store.add("a", SPEC, "another engine")
    assert (again.labels, again.scores) == (0, {})


def test_a_store_of_the_release_before_is_taken_over(tmp_path):
    path = tmp_path / "runs.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(_SCHEMA)
        db.execute("CREATE INDEX run_by_owner ON run (owner, touched)")
        db.execute("PRAGMA user_version = 1")
        for key, texts in (("a", TEXTS), ("b", [])):
            db.execute(
                "INSERT INTO run (key, spec, owner, engine, state, n_rounds, created, touched)"
                " VALUES (?, ?, '', 'engine', 'done', ?, 1, 1)",
                (key, SPEC.to_json(), len(texts)),
            )
            db.executemany(
                "INSERT INTO round VALUES (?, ?, ?)", [(key, i, text) for i, text in enumerate(texts)]
            )
    store = Store(path)
    assert store.rounds("a") == ROUNDS
    assert store.progress("a").labels == sum(len(r.asked) for r in ROUNDS)
    assert store.progress("a").scores == dict(ROUNDS[-1].metrics)
    assert (store.progress("b").labels, store.progress("b").scores) == (0, {})
    assert store.datasets("") == ["moons"]
    assert {run.key for run in store.listed("", Wanted(dataset="moons"))[0]} == {"a", "b"}
    assert Store(path).comparisons("", "engine") == ([], 0)


@pytest.fixture
def many(store):
    """Thirty runs of three datasets, every third private; the first ten are a comparison."""
    for i in range(30):
        spec = Spec(["moons", "wine", "digits"][i % 3], seed=i)
        store.add(f"r{i:02}", spec, "engine", owner="ann" if i % 3 == 0 else "")
        store.append(
            f"r{i:02}",
            "engine",
            0,
            TEXTS[: 1 + i % 4],
            seconds=i,
            state=["done", "stopped", "failed"][i % 5 % 3],
        )
    store.remember("c", "{}", "", [f"r{i:02}" for i in range(10)] + ["not begun"])
    return store


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("who", ["ann", "bea", ""])
def test_pages_together_are_the_whole_list(many, order, who):
    whole, total = many.listed(who, Wanted(order=order, limit=100))
    pages = [many.listed(who, Wanted(order=order, limit=7, offset=7 * i))[0] for i in range(5)]
    assert [run.key for page in pages for run in page] == [run.key for run in whole]
    assert total == len(whole) == (30 if who == "ann" else 20)
    assert {run.owner for run in whole} <= {"", who}
    values = {
        "recent": [-r.touched for r in whole],
        "oldest": [r.created for r in whole],
        "dataset": [Spec.from_json(r.spec).dataset.name for r in whole],
        "labels": [-r.labels for r in whole],
        "score": [-r.scores["accuracy"] for r in whole],
        "seconds": [-r.seconds for r in whole],
    }[order]
    assert values == sorted(values)


def test_a_list_can_be_narrowed(many):
    def keys(**wanted):
        return {int(run.key[1:]) for run in many.listed("ann", Wanted(limit=100, **wanted))[0]}

    assert keys(dataset="wine") == set(range(1, 30, 3))
    assert keys(states=("failed",)) == {i for i in range(30) if i % 5 % 3 == 2}
    assert keys(whose="mine") == set(range(0, 30, 3))
    assert keys(whose="public", dataset="moons") == set()
    assert keys(comparison="c") == set(range(10))
    assert keys(comparison="") == set(range(10, 30))
    assert keys(comparison="", states=("done",), dataset="digits") == {
        i for i in range(10, 30) if i % 5 % 3 == 0 and i % 3 == 2
    }
    assert many.listed("", Wanted(whose="mine")) == ([], 0)


def test_a_comparison_knows_how_its_runs_stand(many):
    ((kept,), total) = many.comparisons("bea", "engine")
    assert (total, kept.size, kept.stale, kept.private) == (1, 11, 0, False)
    assert kept.states == {"done": 4, "stopped": 4, "failed": 2}
    assert kept.seconds == sum(range(10))
    assert kept.labels == sum(many.progress(f"r{i:02}").labels for i in range(10))
    assert many.comparison("c", "newer").stale == 10
    assert many.members("c", ("failed",)) == ["r02", "r07"]
    assert many.comparison("nothing", "engine") is None
    created = kept.created
    many.remember("c", "{}", "", ["r11"])
    again = many.comparison("c", "engine")
    assert again.created == created and again.touched > kept.touched


def test_private_comparisons_are_their_owners_and_go_with_them(store):
    for key, owner in (("p", ""), ("a", "ann"), ("b", "bea")):
        store.remember(key, "{}", owner, [f"{key}1"])
    assert {c.key for c in store.comparisons("ann", "e")[0]} == {"p", "a"}
    assert {c.key for c in store.comparisons("", "e")[0]} == {"p"}
    assert {c.key for c in store.comparisons("ann", "e", whose="mine")[0]} == {"a"}
    store.forget("ann")
    store.forget("")
    assert {c.key for c in store.private_comparisons()} == {"b"}
    store.expire(-1)
    assert {c.key for c in store.comparisons("bea", "e")[0]} == {"p"}
    with sqlite3.connect(store.path) as db:
        assert db.execute("SELECT DISTINCT comparison FROM member").fetchall() == [("p",)]


def test_comparisons_without_runs_and_too_many_are_dropped(many):
    many.remember("empty", "{}", "", ["gone"])
    many.remember("new", "{}", "", ["gone"])
    with sqlite3.connect(many.path) as db:
        db.execute("UPDATE comparison SET touched = touched - 1000 WHERE key <> 'new'")
    many.prune_comparisons(10, 500)
    assert {c.key for c in many.comparisons("", "e")[0]} == {"c", "new"}
    many.prune_comparisons(1, 500)
    assert {c.key for c in many.comparisons("", "e")[0]} == {"new"}
    assert many.progress("r01") is not None


def test_a_long_list_is_quick(store):
    """10,000 runs, 40 comparisons of 200: each list in a fraction of what a visitor notices."""
    spec, last = SPEC.to_json(), '{"accuracy": 0.9}'
    with store._write() as db:
        db.executemany(
            "INSERT INTO run (key, spec, owner, engine, state, created, touched, dataset, labels, last)"
            " VALUES (?, ?, ?, 'e', ?, ?, ?, 'moons', 60, ?)",
            [
                (f"{i:06}", spec, "" if i % 10 else "ann", ("done", "failed")[i % 2], i, i, last)
                for i in range(10_000)
            ],
        )
    for c in range(40):
        store.remember(f"c{c}", "{}", "", [f"{i:06}" for i in range(200 * c, 200 * c + 200)])
    lists = [lambda o=o: store.listed("ann", Wanted(order=o, comparison="")) for o in ORDERS]
    lists += [lambda: store.comparisons("ann", "e"), lambda: store.listed("ann", Wanted(offset=9900))]
    for quick in lists:
        assert min(_seconds(quick) for _ in range(5)) < 0.05


def _seconds(action):
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
