"""Many runs on all cores: the rounds of `advance`, in any order, and no process left behind."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from alcore import Choice, DataError, Spec, SpecError, advance, given, sweep
from alcore.edge.parallel import run_all
from alcore.edge.uploads import data_of
from tests.waiting import until

ROOT = Path(__file__).parents[1]
SMALL = Spec(budget=30)


def test_runs_are_those_of_one_process_whatever_their_number():
    specs = [*sweep(SMALL, {"acquisition": ["margin", "random"], "seed": range(2)}), SMALL]
    found = dict(run_all(iter(specs), processes=2))
    assert set(found) == set(specs)
    for spec in specs:
        assert found[spec].rounds == tuple(advance(spec))


def test_nothing_to_do_is_done():
    assert list(run_all([])) == []


def test_your_own_arrays_go_to_every_process():
    x = np.random.default_rng(0).normal(size=(150, 3))
    data = given(x, np.where(x[:, 0] + x[:, 1] > 0, "yes", "no"), cost=np.linspace(1, 2, 150))
    spec = Spec(dataset="own", budget=30)
    ((_, log),) = run_all([spec], data=data)
    assert log.rounds == tuple(advance(spec, data=data))


def test_your_own_table_goes_to_the_specs_about_it(tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("a,b,label\n" + "".join(f"{i % 17},{i % 5},{'yn'[i % 17 > 8]}\n" for i in range(90)))
    own = Spec(dataset=Choice.of("upload", file="0" * 24, target="label"), budget=30)
    found = dict(run_all([own, SMALL], data=str(table)))
    assert found[own].rounds == tuple(advance(own, data=data_of(own, table)))
    assert found[SMALL].rounds == tuple(advance(SMALL))


BAD = Spec(acquisition="guessing")
TABLE = Spec(dataset=Choice.of("upload", file="0" * 24, target="label"))
BREAKS = Spec(dataset=Choice.of("moons", rows=50), first=30, budget=40, test_share=0.9)


def test_an_error_is_raised_before_anything_is_begun():
    with pytest.raises(SpecError, match="guessing"):
        run_all([SMALL, BAD])
    with pytest.raises(DataError, match="hand it over"):
        run_all([TABLE])
    with pytest.raises(DataError, match="There is no file"):
        run_all([TABLE], data="nowhere.csv")


def test_errors_are_kept_by_spec_while_the_others_go_on(tmp_path):
    (tmp_path / "bad.csv").write_text("a,label\n1,x\n2,x\n3,x\n")
    failed = {}
    found = dict(run_all([BAD, TABLE, SMALL], data=tmp_path / "bad.csv", failed=failed))
    assert set(found) == {SMALL}
    assert isinstance(failed[BAD], SpecError)
    assert isinstance(failed[TABLE], DataError)
    with pytest.raises(DataError):
        list(run_all([TABLE], data=tmp_path / "bad.csv"))


SCRIPT = """
from alcore import Spec, sweep
from alcore.edge.parallel import run_all

for spec, log in run_all(sweep(Spec(dataset="digits", budget={budget}), {{"seed": range(4)}}), processes=2):
    print(spec.seed, len(log), flush=True)
print("left the loop")
"""


def children(pid: int) -> set[int]:
    """The processes below this one."""
    parents = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(file.parent.name)] = int(file.read_text().rpartition(")")[2].split()[1])
    found, fresh = set(), {pid}
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh}
        found |= fresh
    return found


def script(tmp_path, budget):
    file = tmp_path / "study.py"
    file.write_text(SCRIPT.format(budget=budget))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, str(file)], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_plain_script_needs_no_guard(tmp_path):
    said, errors = script(tmp_path, 20).communicate(timeout=120)
    assert not errors, errors
    assert sorted(said.splitlines()[:4]) == [f"{seed} 3" for seed in range(4)]
    assert said.splitlines()[4:] == ["left the loop"], "the script ran once, not once more in each process"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at Linux's list of processes")
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "killed"])
def test_no_process_is_left_behind(tmp_path, way):
    process = script(tmp_path, 1200)
    workers = until(lambda: len(found := children(process.pid)) >= 2 and found, every=0.05)
    time.sleep(0.5)
    workers |= children(process.pid)
    process.send_signal(way)
    _, errors = process.communicate(timeout=30)
    assert ("KeyboardInterrupt" in errors) == (way == signal.SIGINT)
    until(lambda: not any(Path(f"/proc/{p}").exists() and _runs(p) for p in workers))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
