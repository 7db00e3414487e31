"""Run every contestant alone in a fresh process and print its CPU time beside ours. `make bench`.

python -m tests.bench                    the whole table
python -m tests.bench BADGE entropy      these workloads
python -m tests.bench kernels            this engine's algorithms without a counterpart
python -m tests.bench one LIBRARY WORKLOAD TASK    one contestant, as JSON (used by the above)
"""

import gc
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.bench import checks, peers

BUDGET = 4.0  # seconds of repeats; one run that takes longer is its own warm-up
REPEATS = 9
LIBRARIES = ("alcore", *peers.PEERS)

Found = dict[str, Any]


class Workload(NamedTuple):
    """What is timed.

    Attributes
    ----------
    says : one line
    task : its input, a function of `tests.bench.tasks`
    goal : times as fast as the fastest other library; 0 for none
    check : whether the results are the same
    """

    says: str
    task: str
    goal: float
    check: Callable[[dict[str, Found], str], str] | None


WORKLOADS = {
    "digits": Workload("loop on digits, 50 x 10, margin", "digits", 14, checks.same_learner),
    "pool20k": Workload("loop on 20,000 x 50, 50 x 10, margin", "pool20k", 3, checks.same_learner),
    "committee": Workload("loop, committee of 5, KL, 20 x 10", "digits", 6, checks.same_accuracy),
    "entropy": Workload("entropy of 1,000,000 x 10, top 100", "million", 4, checks.same_rows),
    "k-center": Workload("k-center, 100 of 50,000 x 64", "blobs50k", 20, checks.same_rows),
    "BADGE": Workload("BADGE, 50 of 5,000 x 64", "embed5k", 0, checks.as_spread),
    "TypiClust": Workload("TypiClust, 50 of 5,000 x 64", "embed5k", 0, checks.as_spread),
    "error reduction": Workload("expected error reduction, 500", "pool500", 55, checks.same_rows),
    "BALD": Workload("BALD, 5,000 x 10 x 50 draws", "posterior", 2, checks.same_rows),
    "BatchBALD": Workload("BatchBALD, 10 of those 5,000", "posterior", 11, checks.as_informative),
    "wide BatchBALD": Workload(
        "the same, draws without a pattern", "wide_posterior", 11, checks.as_informative
    ),
    "gradient length": Workload("gradient length, 20,000 x 50", "pool20k", 0, None),
}


def one(library: str, workload: str, task: str) -> None:
    """Time one contestant in this process: the least of several runs, the first of them a warm-up."""
    from tests.bench import tasks

    warnings.filterwarnings("ignore")
    if library == "alcore":
        from tests.bench.ours import OURS as contestants
    else:
        peers.enter()
        contestants = peers.PEERS[library]
    call = contestants[workload](getattr(tasks, task)())
    seconds: list[float] = []
    while len(seconds) <= REPEATS and (len(seconds) < 2 or sum(seconds) < BUDGET):
        gc.collect()
        before = time.process_time()
        result = call()
        seconds.append(time.process_time() - before)
        if len(seconds) == 1 and seconds[0] > BUDGET:
            break
    print(json.dumps({"cpu": min(seconds[1:] or seconds), **result}))


def measured(library: str, workload: str, task: str) -> Found:
    """One contestant's CPU seconds and results, or what went wrong."""
    command = [sys.executable, "-m", "tests.bench", "one", library, workload, task]
    run = subprocess.run(command, cwd=peers.ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        return {"error": (run.stderr.strip().splitlines() or ["failed"])[-1]}
    return json.loads(run.stdout.splitlines()[-1])


def table(chosen: list[str]) -> None:
    """One line a workload, then whether the answers agree."""
    print("CPU seconds of one thread, least of several runs, each contestant alone in a fresh process.\n")
    print(f"{'':38s}" + "".join(f"{name:>16s}" for name in LIBRARIES) + "   to fastest peer   goal")
    notes = []
    for name in chosen:
        work = WORKLOADS[name]
        found = {
            library: measured(library, name, work.task)
            for library in LIBRARIES
            if library == "alcore" or name in peers.PEERS[library]
        }
        cells = [cell(found.get(library, {})) for library in LIBRARIES]
        print(
            f"{work.says:38s}" + "".join(f"{c:>16s}" for c in cells) + verdict(found, work.goal), flush=True
        )
        notes += [(name, f"{library}: {run['error']}") for library, run in found.items() if "error" in run]
        if work.check is not None and "cpu" in found["alcore"] and checks.theirs(found):
            notes.append((name, work.check(found, work.task)))
    print("\nSame answers?")
    for name, note in notes:
        print(f"{name}: {note}")


def cell(run: Found) -> str:
    """Seconds, "-" where a library has no such thing."""
    return "-" if not run else f"{run['cpu']:.4f}" if "cpu" in run else "failed"


def verdict(found: dict[str, Found], goal: float) -> str:
    """How many times as fast as the fastest other library, and whether that was the goal."""
    others = [run["cpu"] for name, run in checks.theirs(found)]
    if not others or "cpu" not in found["alcore"]:
        return f"{'-':>15s}"
    ratio = min(others) / found["alcore"]["cpu"]
    said = f"{ratio:13.1f} x"
    return said + (f"{goal:7g} x" + ("" if ratio >= goal else "   falls short") if goal else "")


def overhead() -> None:
    """What the loop adds to the fits and predictions it cannot avoid, learner by learner."""
    from tests.bench.ours import LEARNERS

    print("\nLoop on digits, 12 x 10, against its own fits and predictions   (goal: at most 1.10)")
    for name in LEARNERS:
        loop, floor = (measured("alcore", f"{what} of {name}", "digits") for what in ("loop", "floor"))
        if "error" in loop or "error" in floor:
            print(f"  {name:20s} {loop.get('error') or floor.get('error')}")
            continue
        ratio = loop["cpu"] / floor["cpu"]
        print(f"  {name:20s} {loop['cpu']:7.3f} s against {floor['cpu']:7.3f} s   {ratio:.2f}", flush=True)


def main(words: list[str]) -> None:
    """Print everything, or the workloads named."""
    if unknown := [word for word in words if word not in WORKLOADS]:
        sys.exit(f"No workload {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    if problem := peers.install():
        print(problem)
    table(words or list(WORKLOADS))
    if not words:
        overhead()
        subprocess.run([sys.executable, "-m", "tests.bench", "kernels"], cwd=peers.ROOT, check=False)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(*sys.argv[2:5])
    elif sys.argv[1:2] == ["kernels"]:
        from tests.bench.kernels import report

        report()
    else:
        main(sys.argv[1:])
