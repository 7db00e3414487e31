"""CPU seconds of the covering, clustering and drawing algorithms, one BLAS thread. Not part of any verdict.

python -m tests.bench.kernels_diversity
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
from sklearn.datasets import make_blobs

from alcore.allocation import best_for_money, best_for_money_exact
from alcore.clusters import k_means, one_per_cluster, typical_rows
from alcore.coverage import gaussian, herding_width, k_center, kernel_cover
from alcore.sampling import gumbel_top_k, log_weights, squared_distance_draws
from alcore.selection.falcun import falcun_draws

REPEATS = 5


def tasks() -> dict[str, Callable[[], object]]:
    """What is timed: a sentence and a call."""
    rng = np.random.default_rng(0)
    large, _ = make_blobs(50_000, 64, centers=40, cluster_std=np.linspace(1, 3, 40), random_state=0)
    known = large[np.arange(20) * 2500]
    X, _ = make_blobs(5000, 64, centers=30, random_state=0)
    P = rng.dirichlet(np.ones(10), 5000)
    residual = P - np.eye(10)[P.argmax(axis=1)]
    scores, values, costs = rng.random(1_000_000), rng.random(2000), np.exp(rng.normal(0, 0.8, 2000))
    kernel = gaussian(herding_width(X))

    def draw() -> np.random.Generator:
        return np.random.default_rng(0)

    return {
        "k-center, 100 of 50,000 x 64": lambda: k_center(large, known, 100),
        "BADGE draws, 100 of 5,000 x (10 x 64)": lambda: squared_distance_draws(residual, X, 100, draw()),
        "TypiClust, 100 of 5,000 x 64, 50 labelled": lambda: typical_rows(X, X[:50], 100, draw()),
        "  of which k-means with 150 clusters": lambda: k_means(X, 150, draw()),
        "herding, 100 of 5,000 x 64, 2,000 to cover": lambda: kernel_cover(X, X[:2000], X[:50], 100, kernel),
        "hybrid, 100 of a shortlist of 500 x 64": lambda: one_per_cluster(X[:500], 100, draw(), None, 5),
        "Falcun draws, 100 of 5,000 x 10": lambda: falcun_draws(P, 100, 10.0, draw()),
        "power draws, 100 of 1,000,000": lambda: gumbel_top_k(log_weights(scores, "power", 1.0), scores, 100),
        "knapsack, 100 of 2,000": lambda: best_for_money(values, costs, 60.0, 100),
        "knapsack, exact, 100 of 2,000": lambda: best_for_money_exact(values, costs, 60.0, 100),
    }


def timings(repeats: int = REPEATS) -> dict[str, float]:
    """Median CPU seconds of every task after a warm-up."""
    found = {}
    for name, call in tasks().items():
        call()
        seconds = []
        for _ in range(repeats):
            before = time.process_time()
            call()
            seconds.append(time.process_time() - before)
        found[name] = statistics.median(seconds)
    return found


if __name__ == "__main__":
    for name, seconds in timings().items():
        print(f"{name:46s} {seconds * 1e3:9.1f} ms")
