"""Runs for many visitors at once: the same rounds everywhere, fair, stopped at once, none lost."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from alcore import Choice, DataError, Spec, SpecError, UnavailableError, advance, loop
from alcore.calls import CALLS
from alcore.comparison import Comparison, Contender
from alcore.datasets import real
from alcore.edge import worker
from alcore.edge.service import BusyError, Limits, Service, _tag
from alcore.edge.store import Wanted
from alcore.edge.wire import decode, encode
from alcore.edge.worker import Desk, lease
from alcore.loop import load
from tests.waiting import settled, until

SMALL = Spec(budget=60)
MANY = Choice.of("moons", rows=5000)
LONG = Spec(dataset=MANY, batch=1, budget=500)  # about a second of work
ENDLESS = Spec(dataset=MANY, batch=1, budget=1900)

ROOT = Path(__file__).parents[1]
ODD_WORKER = """
import itertools, os, time
from alcore import calls
from alcore.edge import worker

quick = worker.step

def step(run):
    if len(run.log) == 3 and run.spec.learner.params == (("C", 2.0),):
        time.sleep(600)                                     # a fit without end
    if len(run.log) == 3 and run.spec.learner.params == (("C", 3.0),):
        os._exit(7)                                         # as if the system had ended it
    if len(run.log) == 3 and run.spec.learner.params == (("C", 4.0),):
        bytearray(3_000_000_000)                            # more than it may have
    if len(run.log) == 3 and run.spec.learner.params == (("C", 5.0),):
        raise KeyError("what no visitor should read")
    if run.spec.learner.params == (("C", 6.0),):
        time.sleep(0.02)                                    # slow: half a minute in all
    if run.spec.learner.params == (("C", 7.0),):
        time.sleep(0.005)                                   # long enough to be met on its way
    if run.spec.seed == 6:
        print("a library that talks")
        os.write(1, b"and one that writes past Python")
    return quick(run)

naps = itertools.count()

def nap(spec, log, data, *, seconds):
    time.sleep(seconds)
    return {"slept": seconds, "nap": next(naps)}

def die(spec, log, data):
    os._exit(7)

worker.step = step
calls.CALLS = {**calls.CALLS, "nap": nap, "die": die}
worker.main()
"""


def behaving(c, **more):
    """A spec that tells the odd worker how to behave."""
    return Spec(learner=Choice.of("logistic", C=c), **({"budget": 60} | more))


STUCK, DEADLY, HUNGRY, BROKEN = behaving(2.0), behaving(3.0), behaving(4.0), behaving(5.0)
SLOW = behaving(6.0, dataset=MANY, batch=1, budget=1900)
STEADY = behaving(7.0, dataset=MANY, batch=1, budget=300)


def odd(home, **limits):
    """A service whose worker misbehaves when it is asked to."""
    return Service(home, workers=1, limits=Limits(**limits), command=[sys.executable, "-c", ODD_WORKER])


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One service with a real worker, shared by tests that leave it as they found it."""
    with closing(Service(tmp_path_factory.mktemp("service"), workers=1)) as made:
        yield made


@pytest.fixture(scope="module")
def odd_service(tmp_path_factory):
    with closing(odd(tmp_path_factory.mktemp("odd"), round_seconds=2.0, slice=600.0)) as made:
        until(lambda: made.pids)  # slices without end: others must cut them short
        yield made


@pytest.fixture
def inline(tmp_path):
    with closing(Service(tmp_path, workers=1, inline=True)) as made:
        yield made


def begun(service, key, rounds=1):
    """Wait until a run has so many rounds."""
    return until(lambda: (seen := service.look(key)) and seen.n_rounds >= rounds and seen)


# ------------------------------------------------------------------------------------------- the same rounds


@pytest.mark.parametrize(
    "spec",
    [SMALL, SMALL.passive(), Spec(learner="logistic", acquisition="entropy", budget=45, seed=5), LONG],
    ids=["small", "passive", "entropy", "long"],
)
def test_a_worker_makes_the_rounds_that_are_made_here(service, inline, spec):
    expected = list(advance(spec))
    for one in (service, inline):
        key = one.start(spec, "ann")
        seen = settled(one, key)
        assert (seen.state, seen.error, seen.n_rounds) == ("done", "", len(expected))
        assert seen.reason == "budget: nothing more can be bought"
        assert one.rounds(key) == expected
        assert one.rounds(key, since=3) == expected[3:]
        assert one.store.rounds(key) == expected


def test_slices_that_are_cut_anywhere_give_the_same_run():
    whole = lease(SMALL.to_json(), "[]", seconds=60)
    rounds = json.loads(whole)["rounds"]
    assert [decode(text) for text in rounds] == list(advance(SMALL))
    assert json.loads(whole)["end"] == "budget: nothing more can be bought"
    made = []
    while True:
        part = json.loads(lease(SMALL.to_json(), json.dumps(made), seconds=0, limit=len(made) + 2))
        made += part["rounds"]
        if part["end"]:
            break
        assert len(part["rounds"]) == 1  # no time: one round a slice
    assert [decode(text) for text in made] == [decode(text) for text in rounds]


def test_another_process_with_another_hash_seed_makes_the_same_rounds():
    code = "import sys; from alcore.edge.worker import lease; print(lease(sys.argv[1], '[]', seconds=60))"
    said = [
        subprocess.run(
            [sys.executable, "-c", code, SMALL.to_json()],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    for text in said:
        assert [decode(r) for r in json.loads(text)["rounds"]] == list(advance(SMALL))


def test_many_runs_in_turn_end_with_their_own_rounds(service):
    """More runs than a worker keeps alive, so that they are put aside and taken up again."""
    specs = [Spec(dataset=MANY, batch=1, budget=150, seed=100 + i) for i in range(7)]
    keys = [service.start(spec, "ann") for spec in specs]
    for spec, key in zip(specs, keys, strict=True):
        assert settled(service, key).state == "done"
        assert service.rounds(key) == list(advance(spec))


# -------------------------------------------------------------------------------------- start, step and stop


def test_starting_again_changes_nothing(inline):
    key = inline.start(SMALL, "ann")
    assert inline.start(SMALL, "bea") == key
    settled(inline, key)
    before = inline.store.progress(key)
    assert inline.start(SMALL, "ann") == key
    assert inline.store.progress(key) == before
    assert [run.key for run in inline.runs()] == [key]


def test_stepping_pauses_where_it_was_told_and_goes_on(inline):
    expected = list(advance(SMALL))
    key = inline.start(SMALL, "ann", rounds=1)
    seen = settled(inline, key)
    assert (seen.state, seen.reason, seen.n_rounds, seen.limit) == ("stopped", "paused", 1, 1)
    assert inline.rounds(key) == expected[:1]
    inline.start(SMALL, "ann", rounds=1)
    assert not inline.look(key).live
    inline.start(SMALL, "ann", rounds=4)
    assert settled(inline, key).n_rounds == 4
    assert inline.rounds(key) == expected[:4]
    assert inline.rounds(key, since=3) == expected[3:4]
    assert inline.rounds(key, since=9) == []
    inline.start(SMALL, "ann", rounds=2)  # has that many already
    assert settled(inline, key).n_rounds == 4
    inline.start(SMALL, "ann")
    seen = settled(inline, key)
    assert (seen.state, seen.limit) == ("done", None)
    assert inline.rounds(key) == expected


def test_a_run_that_ends_at_its_step_is_done(inline):
    n = len(list(advance(SMALL)))
    assert settled(inline, inline.start(SMALL, "ann", rounds=n)).state == "done"


def test_asking_for_more_while_it_runs_gives_more(service):
    spec = Spec(dataset=MANY, batch=1, budget=600, seed=9)
    key = service.start(spec, "ann", rounds=300)
    begun(service, key, 20)
    service.start(spec, "bea", rounds=100)  # less than is under way already
    service.start(spec, "bea", rounds=350)
    assert settled(service, key).n_rounds == 350
    service.start(spec, "ann", rounds=400)
    service.start(spec, "bea")
    assert settled(service, key).state == "done"


def test_a_stopped_run_stops_at_once_and_goes_on_exactly(odd_service):
    key = odd_service.start(STEADY, "ann")
    begun(odd_service, key, 30)
    (worker,) = odd_service.pids
    odd_service.stop(key, "ann")
    seen = settled(odd_service, key)
    assert (seen.state, seen.reason) == ("stopped", "stopped")
    assert 30 <= seen.n_rounds < 291
    assert odd_service.pids == [worker]  # it ended its round; nobody was killed
    assert odd_service.store.progress(key).n_rounds == seen.n_rounds == len(odd_service.rounds(key))
    odd_service.stop(key, "ann")
    assert odd_service.look(key) == seen
    odd_service.start(STEADY, "ann")
    assert settled(odd_service, key).state == "done"
    assert odd_service.rounds(key) == list(advance(STEADY))


def test_stop_of_one_visitor_stops_nobody_elses_run(inline):
    key = inline.start(ENDLESS, "ann")
    assert inline.start(ENDLESS, "bea") == key
    begun(inline, key)
    inline.stop(key, "ann")
    inline.stop(key, "a stranger")
    seen = begun(inline, key, inline.look(key, "ann").n_rounds + 3)
    assert seen.state == "running"
    until(lambda: inline._live[key].who == _tag("bea"))  # whose turns it takes from now on
    inline.stop(key, "bea")
    assert settled(inline, key).state == "stopped"


def test_who_started_a_run_and_left_does_not_keep_it_from_being_stopped(tmp_path):
    with closing(Service(tmp_path, workers=1, inline=True, limits=Limits(lease=0.4))) as service:
        key = service.start(ENDLESS, "bea")
        service.start(ENDLESS, "ann")
        left = time.monotonic()
        until(lambda: service.look(key, "ann") and time.monotonic() - left > 0.5)
        assert service.look(key, "ann").live
        service.stop(key, "ann")
        assert service.look(key, "ann").state in ("stopping", "stopped")


def test_who_stopped_a_run_does_not_keep_it_going_by_looking(tmp_path):
    with closing(Service(tmp_path, workers=1, inline=True, limits=Limits(lease=0.2))) as service:
        key = service.start(ENDLESS, "ann")
        service.start(ENDLESS, "bea")
        service.stop(key, "ann")
        until(lambda: not service.look(key, "ann").live)
        assert service.look(key).reason == "nobody was looking"


def test_stop_taken_back_is_as_if_it_was_not(service):
    spec = Spec(dataset=MANY, batch=1, budget=400, seed=2)
    key = service.start(spec, "ann")
    begun(service, key, 10)
    service.stop(key, "ann")
    service.start(spec, "ann")
    assert settled(service, key).state == "done"
    assert service.rounds(key) == list(advance(spec))


def test_a_fit_without_end_is_killed_when_stopped(odd_service):
    key = odd_service.start(STUCK, "ann")
    begun(odd_service, key, 3)
    (before,) = odd_service.pids
    pressed = time.monotonic()
    odd_service.stop(key, "ann")
    assert odd_service.look(key).live
    seen = settled(odd_service, key)
    assert time.monotonic() - pressed < 20  # it would have slept for minutes
    assert (seen.state, seen.n_rounds) == ("stopped", 3)
    assert odd_service.rounds(key) == list(advance(STUCK, rounds=3))
    until(lambda: odd_service.pids and odd_service.pids != [before])
    assert settled(odd_service, odd_service.start(SMALL, "ann")).state == "done"


def test_waiting_runs_can_be_stopped(odd_service):
    stuck = odd_service.start(behaving(2.0, seed=1), "ann")
    begun(odd_service, stuck, 3)
    key = odd_service.start(Spec(budget=60, seed=77), "ann")
    other = odd_service.start(Spec(budget=60, seed=78), "bea")
    assert odd_service.look(key).position == 1
    assert odd_service.look(other).position == 2
    odd_service.stop(key, "ann")
    assert odd_service.look(key).state == "stopped"
    odd_service.stop(stuck, "ann")
    assert settled(odd_service, other).state == "done"
    assert odd_service.look(key).n_rounds == 0


# ----------------------------------------------------------------------------------------------- what fails


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (Spec(acquisition="guessing"), "no acquisition function named 'guessing'"),
        (Spec(learner=Choice.of("logistic", C=-1.0)), "C must be between"),
        (Spec(learner=Choice.of("logistic", depth=3)), "no parameter depth"),
        (Spec(dataset="own"), "hand it over"),
    ],
)
def test_a_bad_spec_is_refused_with_a_sentence(inline, spec, says):
    with pytest.raises(SpecError) as refused:
        inline.start(spec, "ann")
    assert says in str(refused.value)
    assert inline.look(spec.id) is None
    assert inline.runs() == []


def test_less_than_a_round_is_refused(inline):
    with pytest.raises(SpecError, match="at least one round"):
        inline.start(SMALL, "ann", rounds=0)


def test_a_large_budget_may_be_stepped_through(inline):
    assert settled(inline, inline.start(Spec(budget=10_000, batch=1), "ann", rounds=3)).n_rounds == 3


def test_a_worker_that_dies_twice_at_one_round_fails_the_run(odd_service):
    key = odd_service.start(DEADLY, "ann")
    seen = settled(odd_service, key)
    assert (seen.state, seen.n_rounds) == ("failed", 3)
    assert "lack of memory" in seen.error
    assert settled(odd_service, odd_service.start(Spec(budget=60, seed=3), "ann")).state == "done"


def test_too_much_memory_fails_the_run_and_not_the_worker(odd_service):
    until(lambda: odd_service.pids)
    before = odd_service.pids
    seen = settled(odd_service, odd_service.start(HUNGRY, "ann"))
    assert (seen.state, seen.n_rounds) == ("failed", 3)
    assert "more memory" in seen.error
    assert odd_service.pids == before


def test_a_full_memory_is_emptied_before_anybody_is_refused(monkeypatch):
    desk, step, full = Desk(), worker.step, [0, 5]  # the first round, and one within a slice

    def crowded(run):
        if full and len(run.log) == full[0]:
            del full[0]
            raise MemoryError
        return step(run)

    monkeypatch.setattr("alcore.edge.worker.step", crowded)
    command = {"do": "run", "key": "k", "spec": SMALL.to_json(), "upload": "", "slice": 60.0, "limit": None}
    load(Spec(seed=123))
    first = list(desk.answer(command | {"n": 0, "rounds": []}))
    assert [set(reply) for reply in first] == [{"round"}] * 5 + [{"end"}]  # made all the same, and cut short
    assert first[-1]["end"] == ""
    assert not desk._alive
    assert loop._load.cache_info().currsize == 0
    assert real._file.cache_info().currsize == 0
    made = [reply["round"] for reply in first[:-1]]
    assert list(desk.answer(command | {"n": 5, "rounds": None})) == [{"missing": True}]
    second = list(desk.answer(command | {"n": 5, "rounds": made}))
    made += [reply["round"] for reply in second[:-1]]
    assert [decode(text) for text in made] == list(advance(SMALL))


def test_what_never_fits_is_refused_after_a_second_try(monkeypatch):
    tries = []

    def never(spec, log, data):
        tries.append(1)
        raise MemoryError

    monkeypatch.setitem(CALLS, "never", never)
    command = {"do": "call", "key": "k", "spec": SMALL.to_json(), "n": 0, "upload": "", "rounds": []}
    (reply,) = Desk().answer(command | {"name": "never", "args": {}})
    assert "more memory" in reply["sentence"]
    assert len(tries) == 2


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="looks its own size up in /proc")
def test_a_worker_knows_when_its_memory_is_nearly_full():
    code = (
        "from alcore.edge.worker import _limit_memory; crowded = _limit_memory(200);"
        "half = bytearray(100_000_000); assert not crowded();"
        "most = bytearray(80_000_000); assert crowded();"
        "del most; assert not crowded()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_an_error_of_ours_is_told_to_the_log_and_not_to_the_visitor(odd_service, caplog):
    seen = settled(odd_service, odd_service.start(BROKEN, "ann"))
    assert (seen.state, seen.n_rounds) == ("failed", 3)
    assert "server's log" in seen.error
    assert "what no visitor should read" not in seen.error
    assert "KeyError: 'what no visitor should read'" in caplog.text


def test_a_round_that_takes_too_long_is_ended(odd_service):
    seen = settled(odd_service, odd_service.start(Spec(learner=STUCK.learner, budget=60, seed=4), "ann"))
    assert (seen.state, seen.n_rounds) == ("failed", 3)
    assert "One round took more than 2 seconds" in seen.error


def test_a_failed_run_may_be_tried_again(odd_service):
    key = odd_service.start(BROKEN, "ann")
    settled(odd_service, key)
    odd_service.start(BROKEN, "ann")
    seen = settled(odd_service, key)
    assert (seen.state, seen.n_rounds) == ("failed", 3)


def test_what_a_library_prints_harms_nothing(odd_service):
    spec = Spec(budget=60, seed=6)
    key = odd_service.start(spec, "ann")
    assert settled(odd_service, key).state == "done"
    assert odd_service.rounds(key) == list(advance(spec))


def test_no_worker_can_be_started_is_said_so(tmp_path):
    with closing(Service(tmp_path, workers=1, command=["/nowhere/python"])) as service:
        seen = settled(service, service.start(SMALL, "ann"))
        assert seen.state == "failed"
        assert "cannot start the process" in seen.error
        with pytest.raises(UnavailableError, match="cannot start the process"):
            service.call("scene", SMALL, "ann")


# ------------------------------------------------------------------------------------------ death and return


def test_a_killed_worker_costs_no_round(service):
    spec = Spec(dataset=MANY, batch=1, budget=600, seed=3)
    key = service.start(spec, "ann")
    for rounds in (20, 200):
        begun(service, key, rounds)
        os.kill(until(lambda: service.pids)[0], signal.SIGKILL)
    assert settled(service, key).state == "done"
    assert service.rounds(key) == list(advance(spec))


def test_a_worker_killed_between_two_commands_mixes_nothing_up(service):
    """Its successor must neither obey nor answer what was meant for it."""
    for seed in range(300, 308):
        with suppress(ProcessLookupError):
            os.kill(until(lambda: service.pids)[0], signal.SIGKILL)
        spec = Spec(budget=60, seed=seed)
        key = service.start(spec, "ann")
        assert service.call("scene", spec, "bea")["pool"] == 402
        assert settled(service, key).state == "done"
        assert service.rounds(key) == list(advance(spec))


def test_a_killed_worker_and_its_guard_cost_no_round(tmp_path):
    spec = Spec(dataset=MANY, batch=1, budget=400, seed=4)
    with closing(Service(tmp_path, workers=1)) as service:
        key = service.start(spec, "ann")
        begun(service, key, 20)
        (pid,) = service.pids
        guard = service._crew.workers[0]._process.pid
        os.kill(guard, signal.SIGKILL)
        if pid != guard:
            os.kill(pid, signal.SIGKILL)
        assert settled(service, key).state == "done"
        assert service.rounds(key) == list(advance(spec))


def test_a_new_service_takes_up_what_the_last_one_left(tmp_path, monkeypatch):
    with closing(odd(tmp_path)) as service:
        key = service.start(STEADY, "ann")
        begun(service, key, 60)
        waiting = service.start(Spec(budget=60, seed=50), "ann")
    (left,) = [run for run in service.store.runs() if run.key == key]
    assert left.state in ("running", "waiting")
    assert 60 <= left.n_rounds < 291
    with pytest.raises(UnavailableError, match="going down"):
        service.start(SMALL, "ann")
    with pytest.raises(UnavailableError, match="going down"):
        service.call("scene", SMALL, "ann")
    service.close()
    for module in ("service", "worker_process"):  # should somebody save a file while this runs
        monkeypatch.setattr(f"alcore.edge.{module}.fingerprint", lambda: left.engine)
    with closing(Service(tmp_path, workers=1, inline=True)) as service:
        assert service.look(key).n_rounds >= left.n_rounds
        assert settled(service, key).state == "done"
        assert service.rounds(key) == list(advance(STEADY))
        assert settled(service, waiting).state == "done"


SERVER = """
import sys, time
from alcore import Spec
from alcore.edge.service import Service

home, spec, odd_worker = sys.argv[1:]
if __name__ == "__main__":
    service = Service(home, workers=1, command=[sys.executable, "-c", odd_worker])
    key = service.start(Spec.from_json(spec), "ann")
    while service.look(key).n_rounds < 3:
        time.sleep(0.01)
    print(service.pids[0], service._crew.workers[0]._process.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
@pytest.mark.parametrize("spec", [STUCK, SLOW], ids=["within a fit", "between rounds"])
def test_no_worker_outlives_its_server(tmp_path, spec):
    arguments = [sys.executable, "-c", SERVER, str(tmp_path), spec.to_json(), ODD_WORKER]
    server = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(_alive, pids))
    finally:
        server.kill()
        server.wait()
    until(lambda: not any(map(_alive, pids)))


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_rounds_of_another_engine_are_shown_as_stale_and_made_anew(tmp_path):
    with closing(Service(tmp_path, workers=1, inline=True)) as service:
        key = service.start(SMALL, "ann")
        settled(service, key)
        older = [encode(r) for r in advance(SMALL.passive(), rounds=2)]
        service.store.add(key, SMALL, "an older engine")
        service.store.append(key, "an older engine", 0, older, state="done", reason="budget")
        seen = service.look(key)
        assert (seen.stale, seen.state, seen.n_rounds) == (True, "done", 2)
        assert service.rounds(key) == list(advance(SMALL.passive(), rounds=2))
        with pytest.raises(DataError, match="another version"):
            service.call("scene", SMALL, "ann", rounds=2)
        service.start(SMALL, "ann")
        seen = settled(service, key)
        assert (seen.stale, seen.state) == (False, "done")
        assert service.rounds(key) == list(advance(SMALL))


def test_runs_left_by_another_engine_are_not_gone_on_with(tmp_path):
    with closing(Service(tmp_path, workers=1, inline=True)) as service:
        service.store.add(SMALL.id, SMALL, "an older engine")
    with closing(Service(tmp_path, workers=1, inline=True)) as service:
        seen = service.look(SMALL.id)
        assert (seen.state, seen.reason, seen.stale) == ("stopped", "the engine was updated", True)


def test_two_services_on_one_folder_do_no_harm(tmp_path):
    with (
        closing(Service(tmp_path, workers=1, inline=True)) as one,
        closing(Service(tmp_path, workers=1, inline=True)) as two,
    ):
        keys = {service.start(LONG, "ann") for service in (one, two)}
        (key,) = keys
        for service in (one, two):
            until(lambda service=service: service.look(key).state == "done")
            assert service.rounds(key) == list(advance(LONG))


# ------------------------------------------------------------------------------------------------- fairness


def test_a_small_run_does_not_wait_for_a_long_one(odd_service):
    long = odd_service.start(SLOW, "ann")
    begun(odd_service, long, 5)
    for seed in range(60, 63):
        small = odd_service.start(Spec(budget=60, seed=seed), "bea")
        assert settled(odd_service, small).state == "done"
        assert odd_service.look(long).live
    odd_service.stop(long, "ann")
    assert settled(odd_service, long).state == "stopped"


def test_two_visitors_advance_alike_however_many_runs_they_have(tmp_path):
    limits = Limits(slice=0.02, first_slice=0.01)
    with closing(Service(tmp_path, workers=1, inline=True, limits=limits)) as service:
        specs = [Spec(dataset=MANY, batch=1, budget=1900, seed=seed) for seed in (21, 22, 23, 24)]
        owners = ("ann", "bea", "bea", "bea")
        keys = [service.start(spec, who) for spec, who in zip(specs, owners, strict=True)]
        begun(service, keys[0], 600)
        ann, *beas = (service.look(key).n_rounds for key in keys)
        for key, who in zip(keys, owners, strict=True):
            service.stop(key, who)
        for key in keys:
            settled(service, key)
    assert 0.4 < ann / sum(beas) < 2.5
    assert min(beas) > 0.3 * max(beas)


def test_too_many_runs_are_refused_with_a_sentence(tmp_path):
    with closing(odd(tmp_path, runs_per_visitor=2, runs=3)) as service:
        stuck = service.start(STUCK, "ann")
        begun(service, stuck, 3)
        service.start(Spec(budget=60, seed=1), "ann")
        with pytest.raises(BusyError, match="You have 2 experiments waiting"):
            service.start(Spec(budget=60, seed=2), "ann")
        assert service.start(STUCK, "ann") == stuck  # what is live already is no further load
        service.start(Spec(budget=60, seed=3), "bea")
        with pytest.raises(BusyError, match="hands full"):
            service.start(Spec(budget=60, seed=4), "cat")
        service.stop(stuck, "ann")
        until(lambda: not service.look(stuck).live)
        assert settled(service, service.start(Spec(budget=60, seed=4), "cat")).state == "done"


def test_a_run_has_so_many_rounds_and_seconds_and_no_more(tmp_path):
    limits = Limits(rounds=5, run_seconds=60)
    with closing(Service(tmp_path / "a", workers=1, inline=True, limits=limits)) as service:
        spec = Spec(budget=1000, budget_in="money", batch=1)
        seen = settled(service, service.start(spec, "ann"))
        assert (seen.state, seen.n_rounds) == ("stopped", 5)
        assert "grants a run 5 rounds" in seen.reason
        service.start(spec, "ann")
        assert not service.look(spec.id).live
    limits = Limits(labels=30, run_seconds=60)
    with closing(Service(tmp_path / "c", workers=1, inline=True, limits=limits)) as service:
        seen = settled(service, service.start(Spec(budget=1000, first=12, batch=4), "ann"))
        assert (seen.state, seen.n_rounds) == ("stopped", 5)
        assert "grants a run 30 labels" in seen.reason
    limits = Limits(run_seconds=0.05, slice=0.01, first_slice=0.01)
    with closing(Service(tmp_path / "b", workers=1, inline=True, limits=limits)) as service:
        seen = settled(service, service.start(ENDLESS, "ann"))
        assert seen.state == "stopped"
        assert "minutes of computing" in seen.reason
        with pytest.raises(UnavailableError, match="minutes of computing"):
            service.start(ENDLESS, "ann")


@pytest.mark.parametrize("budget", [10_000, 1_000_000])
def test_a_budget_beyond_the_pool_ends_with_the_pool(inline, budget):
    spec = Spec(dataset=Choice.of("moons", rows=60), first=10, batch=1, budget=budget)
    seen = settled(inline, inline.start(spec, "ann"))
    assert (seen.state, seen.reason) == ("done", "exhausted: every row of the pool is labelled")
    assert seen.n_rounds == 31


def test_defaults_that_are_spelt_out_make_no_other_run(inline):
    short = Spec(dataset=Choice.of("moons", rows=150), budget=20)
    long = replace(
        short,
        dataset=Choice.of("moons", noise=0.2, rows=150),
        select=Choice.of("top", ties="first"),
        learner=Choice.of("logistic", C=1.0),
    )
    assert short.id != long.id
    key = inline.start(long, "ann")
    assert key == inline.start(short, "bea") == short.id
    settled(inline, key)
    assert len(inline.runs()) == 1
    assert inline.call("scene", long, "ann") == inline.call("scene", short, "bea")
    assert inline.call("field", long, "ann", rounds=2, size=8)["size"] == 8, "its rounds are found"


def test_a_run_nobody_looks_at_is_stopped_and_can_go_on(tmp_path):
    with closing(Service(tmp_path, workers=1, inline=True, limits=Limits(lease=0.2))) as service:
        watched, lonely = service.start(ENDLESS, "ann"), service.start(ENDLESS.passive(), "ann")
        until(lambda: service.look(watched).live and service.store.progress(lonely).state == "stopped")
        assert service.store.progress(lonely).reason == "nobody was looking"
        assert service.look(watched).live
        service.stop(watched, "ann")
        before = service.look(lonely).n_rounds
        service.start(ENDLESS.passive(), "ann")
        begun(service, lonely, before + 1)
        service.stop(lonely, "ann")


def test_what_is_stored_stays_within_its_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr("alcore.edge.service.HOUSEKEEPING", 0.0)
    limits = Limits(stored_runs=2, lease=0.2)
    with closing(Service(tmp_path, workers=1, inline=True, limits=limits)) as service:
        keys = [service.start(Spec(budget=30, seed=seed), "ann") for seed in range(4)]
        until(lambda: not service._live)
        until(lambda: len(service.runs()) == 2)
        assert sum(service.look(key) is not None for key in keys) == 2


# ---------------------------------------------------------------------------------------------------- calls


def test_a_call_is_answered_as_it_would_be_here(service):
    from alcore.calls import CALLS
    from alcore.types import Log

    key = service.start(SMALL, "ann")
    settled(service, key)
    log = Log(tuple(advance(SMALL, rounds=3)))
    for name, args in (("scene", {}), ("field", {"size": 8}), ("ceiling", {})):
        expected = json.loads(json.dumps(CALLS[name](SMALL, log, None, **args)))
        assert service.call(name, SMALL, "ann", rounds=3, **args) == expected
        again = service.call(name, SMALL, "bea", rounds=3, **args)
        assert again == expected
        again.clear()  # an answer is the caller's own
        assert service.call(name, SMALL, "bea", rounds=3, **args) == expected


def test_a_call_about_rounds_that_are_not_there_is_refused(service):
    spec = Spec(budget=60, seed=81)
    with pytest.raises(DataError, match="0 rounds so far, not 2"):
        service.call("scene", spec, "ann", rounds=2)
    settled(service, service.start(spec, "ann", rounds=1))
    with pytest.raises(DataError, match="1 rounds so far, not 2"):
        service.call("scene", spec, "ann", rounds=2)
    with pytest.raises(SpecError, match="no call named 'guess'"):
        service.call("guess", spec, "ann")
    with pytest.raises(SpecError, match="no dataset named"):
        service.call("scene", Spec(dataset="nothing"), "ann")


def test_a_call_goes_before_the_slices_of_a_long_run(odd_service):
    long = odd_service.start(SLOW, "ann")
    begun(odd_service, long, 5)
    scene = odd_service.call("field", SLOW, "bea", rounds=5, size=8)
    assert len(scene["classes"]) == 64
    assert odd_service.look(long).live
    odd_service.stop(long, "ann")
    settled(odd_service, long)


def test_a_call_that_takes_too_long_is_ended_and_the_next_is_served(odd_service):
    with pytest.raises(UnavailableError, match="too long"):
        odd_service.call("nap", SMALL, "ann", timeout=0.3, seconds=600)
    assert odd_service.call("nap", SMALL, "ann", seconds=0)["slept"] == 0


def test_calls_that_are_answered_are_out_of_the_way(odd_service):
    for i in range(2 * Limits().calls_per_visitor):
        assert odd_service.call("nap", SMALL, "ann", seconds=i / 1000)["slept"] == i / 1000
    assert not odd_service._calls


def test_a_call_whose_worker_dies_says_so(odd_service):
    with pytest.raises(UnavailableError, match="ended"):
        odd_service.call("die", SMALL, "ann")
    assert odd_service.call("nap", SMALL, "ann", seconds=0.0)["slept"] == 0


def test_the_same_call_of_many_is_made_once(odd_service):
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(odd_service.call, "nap", SMALL, f"visitor {i}", seconds=0.3) for i in range(8)]
        naps = {one.result()["nap"] for one in asked}
    assert len(naps) == 1
    assert odd_service.call("nap", SMALL, "ann", seconds=0.31)["nap"] == max(naps) + 1


def test_a_call_that_does_not_come_to_its_turn_says_so(odd_service):
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(odd_service.call, "nap", SMALL, "zoe", seconds=2.0)
        until(lambda: odd_service._crew._queue._serving.get(_tag("zoe")))
        with pytest.raises(BusyError, match="hands full"):
            odd_service.call("nap", SMALL, "bea", timeout=0.05, seconds=0.0123)  # nobody asked that before
        assert first.result()["slept"] == 2.0


def test_importing_the_service_is_light():
    code = (
        "import sys, alcore.edge.service as s; from alcore import Spec; s.check(Spec());"
        "heavy = {m.split('.')[0] for m in sys.modules} & {'sklearn', 'pandas', 'streamlit', 'pyarrow'};"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


# -------------------------------------------------------------------------- lists, comparisons, and privacy

PAIR = Comparison(Spec(budget=20), (Contender.recipe("margin", "Ann's secret plan"),), seeds=2)


def own_comparison(service, owner, **more):
    file = service.upload(owner, "mine.csv", TABLE)["file"]
    base = Spec(Choice.of("upload", file=file, target="label"), budget=20)
    return replace(PAIR, base=base, **more), file


TABLE = b"a,b,label\n" + b"".join(b"%d,%d,%s\n" % (i % 17, i % 5, b"yn"[i % 17 > 8 :][:1]) for i in range(90))


def made(service, comparison, owner):
    """Keep a comparison and make its runs; the address of the first."""
    key = service.remember(comparison, owner)
    for entry in comparison.entries():
        assert settled(service, service.start(entry.spec, owner, sweep=True)).state == "done"
    return key


def test_a_comparison_is_one_line_and_its_runs_are_found(inline):
    key = made(inline, PAIR, "ann")
    assert inline.remember(PAIR, "bea") == key, "everybody's"
    ((kept,), total) = inline.comparisons("bea")
    assert (total, kept.size, kept.states, kept.stale) == (1, 4, {"done": 4}, 0)
    assert "secret" not in kept.body, "what everybody sees holds no words of a visitor"
    assert Comparison.from_json(kept.body).entries()[0].spec == PAIR.entries()[0].spec
    lone = settled(inline, inline.start(SMALL, "ann")).key
    assert [run.key for run in inline.listed("bea", Wanted(comparison=""))[0]] == [lone]
    assert inline.listed("bea", Wanted(comparison=key))[1] == 4
    with pytest.raises(DataError, match="public ones are kept"):
        inline.delete_comparison(key, "ann")


def test_stopping_a_comparison_stops_what_nobody_else_wants(odd_service):
    slow = Comparison(replace(SLOW, seed=500), (Contender.recipe("entropy"),), seeds=2)
    key = odd_service.remember(slow, "ann")
    runs = [odd_service.start(entry.spec, "ann", sweep=True) for entry in slow.entries()]
    odd_service.start(slow.entries()[0].spec, "bea")
    odd_service.stop_comparison(key, "ann")
    for run in runs[1:]:
        assert settled(odd_service, run).state == "stopped"
    assert odd_service.look(runs[0]).live
    odd_service.stop(runs[0], "bea")
    settled(odd_service, runs[0])


def test_looking_at_the_list_keeps_a_visitors_own_runs_going(tmp_path):
    with closing(Service(tmp_path, workers=1, inline=True, limits=Limits(lease=0.6))) as service:
        mine, hers = service.start(ENDLESS, "ann"), service.start(replace(ENDLESS, seed=1), "bea")
        until(lambda: service.listed("ann") and service.store.progress(hers).state == "stopped", every=0.05)
        assert service.store.progress(hers).reason == "nobody was looking"
        assert service.store.progress(mine).state in ("waiting", "running")


def test_what_is_made_of_uploaded_rows_is_its_owners_alone(inline):
    comparison, _ = own_comparison(inline, "ann")
    key = made(inline, comparison, "ann")
    ((kept,), _) = inline.comparisons("ann")
    assert kept.private and "Ann's secret plan" in kept.body
    runs = [run.key for run in inline.listed("ann")[0]]
    assert len(runs) == 4
    for other in ("bea", ""):
        assert inline.comparisons(other) == ([], 0)
        assert inline.comparison(key, other) is None
        assert inline.listed(other) == ([], 0)
        assert inline.listed(other, Wanted(comparison=key)) == ([], 0)
        assert inline.seen(runs, other) == []
        assert inline.datasets(other) == []
    with pytest.raises(DataError):
        inline.delete_comparison(key, "bea")
    with pytest.raises(DataError):
        inline.remember(comparison, "")
    inline.upload("bea", "same.csv", TABLE)  # the same bytes under the same name are another visitor's own
    assert inline.remember(comparison, "bea") != key
    assert inline.comparisons("bea")[0][0].states == {}


@pytest.mark.parametrize("how", ["comparison", "file", "all"])
def test_private_comparisons_go_when_asked(inline, how):
    comparison, file = own_comparison(inline, "ann")
    key = made(inline, comparison, "ann")
    {
        "comparison": lambda: inline.delete_comparison(key, "ann"),
        "file": lambda: inline.forget("ann", file),
        "all": lambda: inline.forget("ann"),
    }[how]()
    assert inline.comparisons("ann") == ([], 0)
    assert inline.listed("ann") == ([], 0)
    with sqlite3.connect(inline.store.path) as db:
        for table in ("run", "round", "comparison", "member"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_private_comparisons_go_with_their_rows_when_these_are_old(tmp_path, monkeypatch):
    monkeypatch.setattr("alcore.edge.service.HOUSEKEEPING", 0.0)
    with closing(Service(tmp_path, workers=1, inline=True, limits=Limits(lease=1.0))) as service:
        comparison, file = own_comparison(service, "ann")
        made(service, comparison, "ann")
        made(service, PAIR, "ann")
        path = service.uploads.path(_tag("ann"), file)
        os.utime(path, (1, 1))
        until(lambda: service.comparisons("ann")[1] == 1, every=0.05)
        assert not path.exists()
        until(lambda: service.listed("ann", Wanted(whose="mine"))[1] == 0, every=0.05)
        assert service.listed("ann")[1] == 4, "the public ones stay"
