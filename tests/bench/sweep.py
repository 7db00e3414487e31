"""A whole sweep, as a user waits for it: 8 strategies x 20 seeds x 30 rounds on breast cancer.

    python -m tests.bench.sweep           ours, and the same written with modAL, on one and on all cores
    python -m tests.bench.sweep ours 1    one of them: ours or modal, and how many processes

Wall-clock seconds, everything included: starting processes, loading data, fitting, measuring each round on
the test rows. Both have the same learner (logistic regression on standardised columns), split, number of
first labels, batch, rounds and size of the committee. Ours is bagged; modAL's members differ in their
regularisation, because its bootstrap fails when a first sample has one class only.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

SEEDS, ROUNDS, FIRST, BATCH, MEMBERS = 20, 30, 10, 5, 5
SINGLE = ("random", "least_confident", "margin", "entropy")
VOTING = ("vote_entropy", "consensus_entropy", "kl")
STRATEGIES = (*SINGLE, *VOTING, "ranked_batch")
THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


def ours(processes: int) -> dict[str, float]:
    """Mean last accuracy of each strategy."""
    from alcore import Choice, Spec
    from alcore.edge.parallel import run_all

    names = {"kl": "kl_to_consensus", "ranked_batch": "least_confident"}
    specs = {}
    for name in STRATEGIES:
        for seed in range(SEEDS):
            specs[name, seed] = Spec(
                "breast_cancer",
                acquisition=names.get(name, name),
                committee=Choice.of("bagged", members=MEMBERS),
                select="ranked_batch" if name == "ranked_batch" else "top",
                first=FIRST, batch=BATCH, budget=FIRST + BATCH * (ROUNDS - 1), seed=seed,
            )  # fmt: skip
    made = dict(run_all(specs.values(), processes))
    assert all(len(log) == ROUNDS for log in made.values())
    last = {key: made[spec].rounds[-1].metrics["accuracy"] for key, spec in specs.items()}
    return {name: sum(last[name, seed] for seed in range(SEEDS)) / SEEDS for name in STRATEGIES}


def modal(processes: int) -> dict[str, float]:
    """The same with modAL."""
    jobs = [(name, seed) for seed in range(SEEDS) for name in STRATEGIES]
    if processes == 1:
        scores = [modal_run(*job) for job in jobs]
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
            scores = list(pool.map(modal_run, *zip(*jobs, strict=True)))
    found: dict[str, list[float]] = {}
    for (name, _), score in zip(jobs, scores, strict=True):
        found.setdefault(name, []).append(score)
    return {name: sum(values) / SEEDS for name, values in found.items()}


def modal_run(strategy: str, seed: int) -> float:
    """One run written with modAL, as its documentation does; its last accuracy."""
    import numpy as np

    from alcore import Spec
    from alcore.loop import load
    from tests.bench import peers
    from tests.bench.tasks import COMMITTEE_C

    if not hasattr(np, "float"):  # once in a process
        peers.enter()
    from modAL import batch, disagreement, uncertainty
    from modAL.models import ActiveLearner, Committee
    from sklearn.linear_model import LogisticRegression

    data = load(Spec("breast_cancer", seed=seed))
    rng = np.random.default_rng(seed)
    pool = rng.permutation(len(data.train))
    X, y = data.pool_X, data.y[data.train]
    first = pool[:FIRST]
    while len(set(y[first])) < 2:
        pool = rng.permutation(len(data.train))
        first = pool[:FIRST]
    left = np.setdiff1d(np.arange(len(X)), first)
    ways: dict[str, Any] = {
        "least_confident": uncertainty.uncertainty_sampling,
        "margin": uncertainty.margin_sampling,
        "entropy": uncertainty.entropy_sampling,
        "ranked_batch": batch.uncertainty_batch_sampling,
        "vote_entropy": disagreement.vote_entropy_sampling,
        "consensus_entropy": disagreement.consensus_entropy_sampling,
        "kl": disagreement.max_disagreement_sampling,
        "random": lambda model, pool, n_instances=1: rng.choice(len(pool), n_instances, replace=False),
    }
    judge = None
    if strategy in VOTING:
        members = [
            ActiveLearner(LogisticRegression(C=C), X_training=X[first], y_training=y[first])
            for C in COMMITTEE_C
        ]
        model = Committee(members, query_strategy=ways[strategy])
        labelled = list(first)
        judge = LogisticRegression()  # as ours: the learner is measured, the committee asks
    else:
        model = ActiveLearner(LogisticRegression(), ways[strategy], X_training=X[first], y_training=y[first])
    score = 0.0
    for number in range(ROUNDS):
        if judge is not None:
            score = judge.fit(X[labelled], y[labelled]).score(data.test_X, data.test_y)
        else:
            score = model.score(data.test_X, data.test_y)
        if number == ROUNDS - 1:
            break
        asked, _ = model.query(X[left], n_instances=BATCH)
        rows = left[asked]
        if judge is not None:
            labelled += list(rows)
            model.teach(X[rows], y[rows])
        else:
            model.teach(X[rows], y[rows])
        left = np.setdiff1d(left, rows)
    return float(score)


def main() -> None:
    """Time each alone, in a fresh process."""
    if len(sys.argv) == 3:
        began = time.perf_counter()
        found = {"ours": ours, "modal": modal}[sys.argv[1]](int(sys.argv[2]))
        print(json.dumps({"seconds": time.perf_counter() - began, "accuracy": found}))
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    runs = len(STRATEGIES) * SEEDS
    print(f"{len(STRATEGIES)} strategies x {SEEDS} seeds x {ROUNDS} rounds = {runs} runs; {cores} cores")
    for who in ("ours", "modal"):
        for processes in dict.fromkeys((1, cores)):
            command = [sys.executable, "-W", "ignore", "-m", "tests.bench.sweep", who, str(processes)]
            began = time.perf_counter()
            made = subprocess.run(
                command, capture_output=True, text=True, env={**os.environ, **THREADS}, check=False
            )
            seconds = time.perf_counter() - began
            if made.returncode:
                print(f"{who:6} {processes} processes: failed: {made.stderr.strip()[-300:]}")
                continue
            accuracy = json.loads(made.stdout.splitlines()[-1])["accuracy"]
            told = ", ".join(f"{name} {value:.3f}" for name, value in accuracy.items())
            print(
                f"{who:6} {processes} process{'es' * (processes > 1):2} {seconds:7.1f} s   {told}", flush=True
            )


if __name__ == "__main__":
    main()
