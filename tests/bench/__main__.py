"""Run every contestant alone in a fresh process and print ratios of CPU time.

python -m tests.bench            the whole table
python -m tests.bench one NAME TASK REPEATS    one contestant, as JSON (used by the above)
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".peers"
REPEATS = 3
THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


def one(name: str, task: str, repeats: int) -> None:
    """Time one contestant in this process; the first run warms up and is not counted."""
    import warnings

    from tests.bench import tasks
    from tests.bench.contestants import CONTESTANTS

    warnings.filterwarnings("ignore")
    given, seconds, result = getattr(tasks, task)(), [], {}
    for turn in range(repeats + 1):
        gc.collect()
        before = time.process_time()
        result = CONTESTANTS[name](given)
        if turn:
            seconds.append(time.process_time() - before)
    print(json.dumps({"cpu": statistics.median(seconds or [float("nan")]), **result}))


def measured(name: str, task: str, repeats: int = REPEATS) -> dict[str, Any]:
    """One contestant's median CPU seconds and results, or what went wrong."""
    env = {**os.environ, **THREADS, "PYTHONPATH": str(PEERS)}
    command = [sys.executable, "-m", "tests.bench", "one", name, task, str(repeats)]
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if run.returncode:
        return {"error": run.stderr.strip().splitlines()[-1] if run.stderr.strip() else "failed"}
    return json.loads(run.stdout.splitlines()[-1])


def install_peers() -> None:
    """Put the peers beside the project, without their dependencies (the versions here are newer)."""
    if (PEERS / "modAL").exists():
        return
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(PEERS)]
    subprocess.run([*command, "-r", str(ROOT / "requirements-peers.txt")], check=False)


def loops() -> None:
    """The whole loop against modAL and against scikit-learn's own solver."""
    for task, bar in (("digits", "at most 1/10 of modAL"), ("pool20k", "at most 1/3 of modAL")):
        found = {name: measured(name, task) for name in ("alcore", "modAL", "scikit-learn")}
        print(f"\n{task}: 50 rounds x 10, logistic regression, margin   (goal: {bar})")
        for name, run in found.items():
            print(f"  {name:14s} " + (run.get("error") or told(run, found["alcore"])))
        same = measured("agreement", task, repeats=0)
        for name in ("alcore", "scikit-learn"):
            print(
                f"  same labels, {name}: {same[name]['rows']:.1%} of the exact solution's rows chosen; "
                f"largest accuracy gap in a round {same[name]['gap']:.4f}"
            )


def told(run: dict[str, Any], ours: dict[str, Any]) -> str:
    """Seconds, ratio, and how good the learner got."""
    ratio = run["cpu"] / ours["cpu"]
    mean, last = statistics.fmean(run["accuracy"]), run["accuracy"][-1]
    return f"{run['cpu']:7.3f} s CPU   {ratio:5.1f} x   mean accuracy {mean:.4f}, last {last:.4f}"


def overhead() -> None:
    """What the loop adds to the fits and predictions it cannot avoid, learner by learner."""
    from tests.bench.contestants import LEARNERS

    print("\ndigits: 12 rounds x 10, loop against its own fits and predictions   (goal: at most 1.10)")
    for name in LEARNERS:
        loop, floor = measured(f"alcore {name}", "digits"), measured(f"floor {name}", "digits")
        if "error" in loop or "error" in floor:
            print(f"  {name:20s} {loop.get('error') or floor.get('error')}")
            continue
        ratio = loop["cpu"] / floor["cpu"]
        print(f"  {name:20s} {loop['cpu']:7.3f} s against {floor['cpu']:7.3f} s   {ratio:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        install_peers()
        print("CPU seconds of one thread, median of three runs after a warm-up; read them as ratios.")
        loops()
        overhead()
