"""How long exploring and learned strategies take: ``python -m tests.bench.kernels_exploration``."""

from dataclasses import replace
from time import perf_counter

import numpy as np

from alcore import Choice, Spec, begin, catalog, given, step
from alcore.hindsight import _remembered
from alcore.loop import view_of
from tests.bench.tasks import Task, digits, pool20k

STRATEGIES = ("margin", "thompson", "ucb", "albl", "lal", "discriminative")


def seconds(task: Task, rounds: int = 5, repeats: int = 3) -> dict[str, float]:
    """Least time of each strategy's scores in the sixth round, as a run in one process meets it.

    The learner of the round is fitted already; what earlier rounds worked out in hindsight is remembered,
    what this round has to is not.
    """
    data = given(
        np.vstack([task.X, task.X_test]), np.append(task.y, task.y_test),
        test=np.arange(len(task.X), len(task.X) + len(task.X_test)), initial=task.first,
    )  # fmt: skip
    found = {}
    for name in STRATEGIES:
        run = step(begin(Spec(acquisition=Choice(name), batch=10, budget=500), data=data))
        for _ in range(rounds):
            run = step(run)
        candidates = run.setting.candidates(run.data, run.log)
        view = view_of(run, candidates, catalog.ACQUISITIONS[name].needs)
        known, times = dict(_remembered), []
        for _ in range(repeats):
            _remembered.clear()
            _remembered.update(known)
            started = perf_counter()
            catalog.ACQUISITIONS[name].plugin(replace(view))
            times.append(perf_counter() - started)
        found[name] = min(times)
    return found


if __name__ == "__main__":
    for name, task in (("digits", digits()), ("pool20k", pool20k())):
        print(name, {k: f"{1000 * v:.1f} ms" for k, v in seconds(task).items()})
