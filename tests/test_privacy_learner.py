"""Output perturbation: the bound it rests on, and the noise it adds."""

import numpy as np
import pytest
from scipy import stats

from alcore import Choice
from alcore.learn import fit
from alcore.learners.perturbed import PerturbedRegression

PENALTY = 0.5


def exact(X: np.ndarray, y: np.ndarray) -> PerturbedRegression:
    """Fitted with an epsilon so large that the noise vanishes."""
    return PerturbedRegression(1e12, PENALTY, 1.0, 0).fit(X, y)


@pytest.mark.parametrize("k", [2, 3])
def test_one_row_moves_the_weights_no_farther_than_the_bound(k: int) -> None:
    """Two ways: the bound 2 turn / (n penalty), and fits to data sets that differ in one row."""
    worst = 0.0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(12, 2)) * 3, np.arange(12) % k
        other_X, other_y = X.copy(), y.copy()
        other_X[-1], other_y[-1] = -X[-1] * 10, (y[-1] + 1) % k
        one, two = exact(X, y).weights, exact(other_X, other_y).weights
        # with two classes the model is one vector, the difference of the columns
        moved = (one - two) @ [-1, 1] if k == 2 else one - two
        worst = max(worst, float(np.linalg.norm(moved)))
    bound = 2.0 * (1.0 if k == 2 else np.sqrt(2.0)) / (12 * PENALTY)
    assert 0.15 * bound < worst <= bound


def test_rows_are_no_longer_than_one() -> None:
    model = PerturbedRegression(1.0, PENALTY, 0.5, 0)
    rows = model.shrunk(np.random.default_rng(0).normal(size=(200, 7)) * 10.0)
    assert np.linalg.norm(rows, axis=1).max() <= 1.0 + 1e-12
    small = np.full((1, 7), 1e-3)
    np.testing.assert_allclose(model.shrunk(small)[0, :-1] * np.sqrt(2) * 0.5 * np.sqrt(7), small[0])


def test_the_noise_has_the_length_and_the_scale_it_should() -> None:
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(30, 3)), np.arange(30) % 2
    still = exact(X, y).weights @ [-1, 1]
    models = [PerturbedRegression(2.0, PENALTY, 1.0, seed).fit(X, y) for seed in range(300)]
    assert models[0].scale == pytest.approx(2.0 / (30 * PENALTY * 2.0))
    lengths = [np.linalg.norm(m.weights @ [-1, 1] - still) for m in models]
    assert stats.kstest(lengths, stats.gamma(4, scale=models[0].scale).cdf).pvalue > 0.01
    again = PerturbedRegression(2.0, PENALTY, 1.0, 5).fit(X, y)
    np.testing.assert_array_equal(again.weights, models[5].weights)


def noise(k: int, epsilon: float, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    found = PerturbedRegression(epsilon, PENALTY, 1.0, 0).fit(X, y)
    noise = found.weights - exact(X, y).weights
    return noise / np.linalg.norm(noise)


@pytest.mark.parametrize("k", [2, 3])
def test_no_two_fits_share_their_noise_and_a_repeated_one_does(k: int) -> None:
    """Shared noise would cancel in the difference of two fits, and show the row between them."""
    X, y = np.random.default_rng(3).normal(size=(13, 3)), np.arange(13) % k
    fits = {
        "one row less": (1.0, X[:-1], y[:-1]),
        "all": (1.0, X, y),
        "another label": (1.0, X, np.append(y[:-1], (y[-1] + 1) % k)),
        "another epsilon": (2.0, X, y),
    }
    found = np.array([noise(k, *how).ravel() for how in fits.values()])
    assert np.triu(np.abs(found @ found.T), 1).max() < 0.999
    order = np.random.default_rng(4).permutation(13)
    np.testing.assert_allclose(noise(k, 1.0, X[order], y[order]), noise(k, 1.0, X, y), atol=1e-6)


def test_much_epsilon_learns_and_little_does_not() -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(400, 4))
    y = (X[:, 0] > 0).astype(np.int64)

    def right(epsilon: float) -> float:
        guesses = [
            fit(Choice.of("perturbed", epsilon=epsilon), X[:200], y[:200], 2, s).predict(X[200:])
            for s in range(15)
        ]
        return float(np.mean([(g == y[200:]).mean() for g in guesses]))

    assert right(1000.0) > 0.95
    assert right(0.01) < 0.75 < right(100.0)
