"""CPU seconds of the Bayesian kernels. Run alone: python -m tests.bench.kernels_bayesian."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from alcore import gradients, joint, network, posterior
from alcore.kernels import softmax

REPEATS = 5


def cpu(work: Callable[[], Any]) -> float:
    """Median CPU seconds after a warm-up."""
    work()
    seconds = []
    for _ in range(REPEATS):
        before = time.process_time()
        work()
        seconds.append(time.process_time() - before)
    return statistics.median(seconds)


def members(n: int = 5000, n_draws: int = 50, n_classes: int = 10) -> np.ndarray:
    """A clustered pool under a tight posterior, as in the reference workload."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(60, 16)) * 1.2
    X = centres[rng.integers(60, size=n)] + 0.25 * rng.normal(size=(n, 16))
    mean = rng.normal(size=(16, n_classes))
    return np.stack([softmax(X @ (mean + 0.12 * rng.normal(size=mean.shape))) for _ in range(n_draws)])


def timings() -> dict[str, tuple[float, float]]:
    """Kernel to (CPU seconds, CPU seconds it should not exceed)."""
    T, rng = members(), np.random.default_rng(0)
    diverse = np.stack([softmax(rng.normal(size=(5000, 10))) for _ in range(50)])
    P, X = softmax(rng.normal(size=(20_000, 4))), rng.normal(size=(20_000, 50))
    s = gradients.curvature(P)
    rows, y = rng.normal(size=(500, 64)), rng.integers(0, 10, 500)

    def batch(tensor: np.ndarray) -> Callable[[], Any]:
        return lambda: joint.batchbald(tensor, 10, 1000, np.random.default_rng(0), dtype=np.float32)

    return {
        "BALD, 5,000 x 10 x 50": (cpu(lambda: joint.bald(T)), 0.018),
        "EPIG, 5,000 x 10 x 50, 100 targets": (cpu(lambda: joint.epig(T, T[:, :100])), 0.5),
        "BatchBALD, 10 of 5,000": (cpu(batch(T)), 0.66),
        "BatchBALD, 10 of 5,000, wide posterior": (cpu(batch(diverse)), 1.5),
        "expected gradient length, 20,000 x 50": (
            cpu(lambda: gradients.expected_gradient_length(P, X)),
            0.014,
        ),
        "variance reduction, 20,000 x 50": (
            cpu(lambda: gradients.variance_reduction(X, s, X[:200], s[:200])),
            0.05,
        ),
        "Laplace, 500 labels, 10 classes, 64 columns, 50 draws": (
            cpu(lambda: posterior.laplace(rows, y, 10).draw(50, np.random.default_rng(0))),
            0.1,
        ),
        "dropout network, 500 labels": (
            cpu(lambda: network.train(rows, y, 10, np.random.default_rng(0))),
            0.5,
        ),
    }


def report() -> None:
    """Print the table."""
    for name, (seconds, goal) in timings().items():
        print(f"  {name:56s} {seconds:7.4f} s CPU   (goal: at most {goal:g})")


if __name__ == "__main__":
    report()
