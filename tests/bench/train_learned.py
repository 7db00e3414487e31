"""Grow the forest behind the acquisition function `lal`: ``python -m tests.bench.train_learned``.

Runs are made on synthetic tasks; at several moments of each, some candidates are labelled one at a time and
the learner's gain on fresh rows is written down beside the candidate's description. The forest learns to
forecast the gain. A first forest learns from runs that ask at random, by margin or by novelty; the one that
is kept also from runs that the first one leads, so that it knows the states it will bring about. Takes some
minutes on one core.
"""

import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestRegressor

from alcore import Choice, Spec, begin, given, learn, step
from alcore.acquisition.learned import describe, experience
from alcore.loop import Run, view_of
from alcore.tree_ensemble import TreeEnsemble

HOME = Path(__file__).parents[2] / "alcore" / "acquisition" / "learned.npz"
TASKS, POOL, TEST = 1200, 250, 400  # tasks of each of the two rounds
MOMENTS = (6, 9, 13, 19, 27, 38, 54)  # labels a run has when gains are measured
PROBES = 16  # candidates measured at each moment
LEARNERS = ("logistic", "logistic", "logistic", "naive_bayes", "gaussian_process")
TREES, LEAF = 60, 60


def task(seed: int):
    """A made-up pool with labels, standardised: (rows, labels), the last `TEST` of them for testing."""
    rng = np.random.default_rng([7, seed])
    n, C, D = POOL + TEST, int(rng.integers(2, 5)), int(rng.integers(2, 13))
    if rng.random() < 0.5:  # clouds, as in the paper
        blobs = C * int(rng.integers(1, 4))
        centres = rng.normal(0.0, rng.uniform(0.8, 2.5), (blobs, D))
        spread = rng.uniform(0.4, 1.3, (blobs, D))
        share = rng.dirichlet(np.full(blobs, 2.0))
        which = rng.choice(blobs, n, p=share)
        X, y = centres[which] + spread[which] * rng.normal(size=(n, D)), which % C
    else:
        useful = int(rng.integers(2, D + 1))
        each = int(rng.integers(1, max(2, min(4, 2**useful // C + 1))))
        X, y = make_classification(
            n, D, n_informative=useful, n_redundant=0, n_classes=C, n_clusters_per_class=each,
            class_sep=rng.uniform(0.5, 1.8), random_state=int(rng.integers(2**31)),
        )  # fmt: skip
    flipped = rng.random(n) < rng.choice([0.0, 0.0, 0.05, 0.15])
    y = np.where(flipped, rng.integers(0, C, n), y)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def score(fitted, X, y):
    """Half accuracy, half mean probability of the truth: the latter moves with every label."""
    proba = fitted.proba(X)
    return 0.5 * (proba.argmax(axis=1) == y).mean() + 0.5 * proba[np.arange(len(y)), y].mean()


def probe(run: Run, rng: np.random.Generator):
    """Descriptions of some candidates, and what labelling each gains, in deviations over the candidates."""
    candidates = run.setting.candidates(run.data, run.log)
    view = view_of(run, candidates, frozenset({"proba"}))
    X, y, known = run.data.test_X, run.data.test_y, run.labelled
    at = rng.choice(len(candidates), PROBES, replace=False)
    before, gained = score(run.fitted, X, y), np.empty(PROBES)
    for place, i in enumerate(at):
        row = int(candidates.ids[i, 0])
        fitted = learn.fit(
            run.learner, np.vstack([known.X, run.data.X[row]]), np.append(known.y, run.data.y[row]),
            run.data.n_classes, 0, previous=run.fitted,
        )  # fmt: skip
        gained[place] = score(fitted, X, y) - before
    return describe(view)[at], (gained - gained.mean()) / max(gained.std(), 1e-3)


def gains(seeds: range, strategies: tuple[str, ...], verbose: bool = False):
    """All descriptions (n, F) and gains (n,)."""
    told, gained = [], []
    for seed in seeds:
        rng = np.random.default_rng([11, seed])
        X, y = task(seed)
        data = given(X, y, test=np.arange(POOL, POOL + TEST))
        asks = strategies[seed % len(strategies)]
        spec = Spec(
            learner=LEARNERS[seed % len(LEARNERS)], acquisition=asks,
            select=Choice.of("epsilon_greedy", epsilon=0.3),
            first=MOMENTS[0], batch=1, budget=MOMENTS[-1], seed=seed,
        )  # fmt: skip
        run = step(begin(spec, data=data))
        for labels in MOMENTS:
            run = replace(run, spec=replace(spec, batch=max(1, labels - run.log.labels)))
            run = step(run) if labels > run.log.labels else run
            if len(run.fitted.known) > 1:
                D, g = probe(run, rng)
                told.append(D)
                gained.append(g)
        if verbose and seed % 50 == 0:
            print(seed, f"{perf_counter():.0f} s", file=sys.stderr, flush=True)
    return np.concatenate(told), np.concatenate(gained)


def grow(told, gained) -> RandomForestRegressor:
    """The forest."""
    forest = RandomForestRegressor(
        TREES, max_depth=8, min_samples_leaf=LEAF, max_features=0.5, random_state=0
    )
    return forest.fit(told.astype(np.float32), gained)


def keep(told, gained) -> None:
    """Grow the forest and write it where the engine finds it."""
    trees = TreeEnsemble.of(grow(told, gained).estimators_)
    np.savez_compressed(HOME, **{name: getattr(trees, name) for name in TreeEnsemble.__slots__})
    experience.cache_clear()
    print(f"{len(told)} gains, {HOME.stat().st_size} bytes")


if __name__ == "__main__":
    first = gains(range(TASKS), ("random", "margin", "novelty"), verbose=True)
    keep(*first)
    second = gains(range(TASKS, 2 * TASKS), ("lal",), verbose=True)
    keep(*(np.concatenate(parts) for parts in zip(first, second, strict=True)))
