"""CPU seconds of this engine's own algorithms, one BLAS thread; nothing to compare them with, no verdict.

python -m tests.bench kernels
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from sklearn.datasets import load_digits, make_blobs

from alcore import Choice, Spec, begin, catalog, given, gradients, joint, network, posterior, step
from alcore.acquisition.expected_gain import (
    dirichlet_gain,
    kernel_counts,
    pool_gain,
    quire_cost,
    rule_of_thumb,
)
from alcore.allocation import best_for_money, best_for_money_exact
from alcore.clusters import k_means, one_per_cluster
from alcore.coverage import gaussian, herding_width, kernel_cover
from alcore.error_reduction import GaussianField, OneMoreLabel, expected_reduction, future_risks, risk
from alcore.hindsight import _remembered
from alcore.kernels import softmax
from alcore.loop import view_of
from alcore.sampling import gumbel_top_k, log_weights
from alcore.selection.falcun import falcun_draws
from alcore.solvers import softmax_regression
from alcore.version_space import halving, separators
from tests.bench.tasks import Task, digits, first_rows, pool20k, pool500
from tests.bench.tasks import posterior as draws_of_a_posterior

Calls = dict[str, Callable[[], object]]
REPEATS = 5


def draw() -> np.random.Generator:
    """The same draws each time."""
    return np.random.default_rng(0)


def bayesian() -> Calls:
    """Posteriors and what labels tell about them."""
    rng, T = draw(), draws_of_a_posterior()
    P, X = softmax(rng.normal(size=(20_000, 4))), rng.normal(size=(20_000, 50))
    s = gradients.curvature(P)
    rows, y = rng.normal(size=(500, 64)), rng.integers(0, 10, 500)
    return {
        "EPIG, 5,000 x 10 x 50, 100 targets": lambda: joint.epig(T, T[:, :100]),
        "variance reduction, 20,000 x 50": lambda: gradients.variance_reduction(X, s, X[:200], s[:200]),
        "Laplace, 500 labels, 10 classes, 64 columns, 50 draws": lambda: posterior.laplace(rows, y, 10).draw(
            50, draw()
        ),
        "dropout network, 500 labels": lambda: network.train(rows, y, 10, draw()),
    }


def diversity() -> Calls:
    """Covering, clustering and drawing."""
    rng = draw()
    X, _ = make_blobs(5000, 64, centers=30, random_state=0)
    P = rng.dirichlet(np.ones(10), 5000)
    scores, values, costs = rng.random(1_000_000), rng.random(2000), np.exp(rng.normal(0, 0.8, 2000))
    kernel = gaussian(herding_width(X))
    return {
        "k-means, 150 clusters of 5,000 x 64": lambda: k_means(X, 150, draw()),
        "herding, 100 of 5,000 x 64, 2,000 to cover": lambda: kernel_cover(X, X[:2000], X[:50], 100, kernel),
        "hybrid, 100 of a shortlist of 500 x 64": lambda: one_per_cluster(X[:500], 100, draw(), None, 5),
        "Falcun draws, 100 of 5,000 x 10": lambda: falcun_draws(P, 100, 10.0, draw()),
        "power draws, 100 of 1,000,000": lambda: gumbel_top_k(log_weights(scores, "power", 1.0), scores, 100),
        "knapsack, 100 of 2,000": lambda: best_for_money(values, costs, 60.0, 100),
        "knapsack, exact, 100 of 2,000": lambda: best_for_money_exact(values, costs, 60.0, 100),
    }


def error_reduction(X: np.ndarray, y: np.ndarray, pool: np.ndarray, method: str) -> np.ndarray:
    """One query from the start: fit, think all candidates through, score."""
    k = int(y.max()) + 1
    root = OneMoreLabel(softmax_regression(X, y, k), X, y)
    labels, at = np.tile(np.arange(k), (len(pool), 1)), np.arange(len(pool))
    weights = root.refit(pool, labels) if method == "refit" else root.one_step(pool, labels)
    P = root.proba(pool)
    now = risk(P, "log-loss")
    others = (now.sum() - now) / (len(pool) - 1)
    return expected_reduction(P, future_risks(weights, pool, at, "log-loss"), now, others, len(pool))


def risks() -> Calls:
    """Expected risk, version spaces, expected gains."""
    rng, task = draw(), pool500()
    D, t = load_digits(return_X_y=True)
    D = D / 16.0
    known = first_rows(t, 3)
    some = np.setdiff1d(np.arange(len(D)), known)[:100]
    ones = first_rows(t, 2)
    width = rule_of_thumb(D, D[ones])
    counts = kernel_counts(D, D[ones], t[ones], 10, width)
    V = rng.normal(size=(60, 10))
    v = (V @ rng.normal(size=10) > 0).astype(int)
    votes = rng.integers(0, 10, (30, 20_000))
    return {
        "error reduction by one step, pool 500 x 20, 3 classes": lambda: error_reduction(
            task.X[task.first], task.y[task.first], task.X[task.open], "one step"
        ),
        "error reduction by refits, 100 digits, 10 classes": lambda: error_reduction(
            D[known], t[known], D[some], "refit"
        ),
        "Gaussian field with future errors, 600 x 64, 10 classes": lambda: GaussianField.of(
            D[:600], D[ones], t[ones], 10, width=1.0
        ).future_errors(),
        "12 separators of 60 rows x 10": lambda: separators(V, v, 2, 12, draw()),
        "halving of 30 hypotheses, 20,000 rows": lambda: halving(votes, 10),
        "McPAL, 1,797 x 10 classes, 2 labels": lambda: dirichlet_gain(counts, 2),
        "xPAL, 1,797 x 500 rows, 10 classes": lambda: pool_gain(D, counts, D[:500], counts[:500], width),
        "QUIRE, 1,797 rows, 20 labels": lambda: quire_cost(D, D[ones], t[ones], ridge=1.0, width=2.0),
    }


def exploration() -> Calls:
    """Scores of strategies that look back or explore, in the sixth round, as a run in one process meets it.

    The learner of the round is fitted already; what earlier rounds worked out in hindsight is remembered,
    what this round has to is not.
    """
    found: Calls = {}
    for place, task in (("digits", digits()), ("20,000 x 50", pool20k())):
        for name in ("thompson", "ucb", "albl", "lal", "discriminative"):
            found[f"{name}, sixth round on {place}"] = in_round_six(task, name)
    return found


def in_round_six(task: Task, name: str) -> Callable[[], object]:
    """The scores of one strategy after five rounds of it."""
    n = len(task.X)
    data = given(
        np.vstack([task.X, task.X_test]), np.append(task.y, task.y_test),
        test=np.arange(n, n + len(task.X_test)), initial=task.first,
    )  # fmt: skip
    run = step(begin(Spec(acquisition=Choice(name), batch=10, budget=500), data=data))
    for _ in range(5):
        run = step(run)
    view = view_of(run, run.setting.candidates(run.data, run.log), catalog.ACQUISITIONS[name].needs)
    known = dict(_remembered)

    def call() -> object:
        _remembered.clear()
        _remembered.update(known)
        return catalog.ACQUISITIONS[name].plugin(replace(view))

    return call


def report() -> None:
    """Print the least CPU seconds of each."""
    for group in (bayesian, diversity, risks, exploration):
        print(f"\n{group.__name__}")
        for name, call in group().items():
            seconds = []
            for _ in range(REPEATS + 1):
                before = time.process_time()
                call()
                seconds.append(time.process_time() - before)
            print(f"  {name:58s} {min(seconds[1:]) * 1e3:9.1f} ms", flush=True)
