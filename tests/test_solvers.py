import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.linear_model import LogisticRegression

from alcore import solvers
from alcore.solvers import LinearModel, softmax_regression

RNG = np.random.default_rng(0)


def task(n, d, k, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    y = (X @ rng.normal(size=(d, k)) + rng.gumbel(size=(n, k))).argmax(axis=1)
    y[:k] = np.arange(k)
    return X, y


def gradient(model, X, y, C=1.0, weight=None):
    """Of scikit-learn's objective, in its own parameters: one column when there are two classes."""
    weight = np.ones(len(y)) if weight is None else weight
    W, k = model.weights, model.weights.shape[1]
    residual = (model.proba(X) - np.eye(k)[y]) * weight[:, None] / weight.sum()
    coef = W[:-1]
    if k == 2:
        residual, coef = residual[:, 1:], coef[:, 1:] - coef[:, :1]
    return np.vstack((X.T @ residual + coef / (C * weight.sum()), residual.sum(axis=0)))


def exact(X, y, C=1.0, weight=None, **options):
    model = LogisticRegression(C=C, tol=1e-11, max_iter=10_000, solver="newton-cholesky", **options)
    return model.fit(X, y, weight)


def unpack(model):
    """(coef_, intercept_) as scikit-learn stores them."""
    W = model.weights.T
    if len(W) == 2:
        W = W[1:] - W[:1]
    return W[:, :-1], W[:, -1]


@pytest.fixture
def steps(monkeypatch):
    """The number of steps of each fit."""
    taken = []
    minimise = solvers._minimise
    monkeypatch.setattr(solvers, "_minimise", lambda *a, **k: taken.append(minimise(*a, **k)))
    return taken


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("k", [2, 3, 5])
def test_equals_sklearn(k, C, weighted):
    X, y = task(120, 6, k)
    weight = np.random.default_rng(1).exponential(size=len(y)) if weighted else None
    model = softmax_regression(X, y, k, C=C, tol=1e-11, weight=weight)
    reference = exact(X, y, C, weight)
    coef, intercept = unpack(model)
    np.testing.assert_allclose(coef, reference.coef_, atol=1e-6)
    np.testing.assert_allclose(intercept - intercept.mean() * (k > 2), reference.intercept_, atol=1e-6)
    np.testing.assert_allclose(model.proba(X), reference.predict_proba(X), atol=1e-8)


@pytest.mark.parametrize("k", [2, 4])
def test_without_intercept(k):
    X, y = task(80, 5, k)
    start = LinearModel(np.ones((6, k)) * np.arange(k))
    model = softmax_regression(X, y, k, tol=1e-11, fit_intercept=False, start=start)
    assert not model.weights[-1].any()
    np.testing.assert_allclose(model.proba(X), exact(X, y, fit_intercept=False).predict_proba(X), atol=1e-8)


@pytest.mark.parametrize("C", [0.01, 1.0, 100.0, 1e6])
@pytest.mark.parametrize("load", [load_breast_cancer, load_wine, load_iris])
def test_raw_features_reach_sklearns_optimum(load, C):
    X, y = load(return_X_y=True)
    model = softmax_regression(X, y, y.max() + 1, C=C, tol=1e-9)
    assert np.abs(gradient(model, X, y, C)).max() < 2e-9
    np.testing.assert_allclose(model.proba(X), exact(X, y, C).predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("k", [2, 3, 10])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n", "d"), [(200, 8), (30, 20), (30, 100)])
def test_stops_where_sklearn_stops(n, d, k, weighted):
    X, y = task(n, d, k)
    weight = np.random.default_rng(1).exponential(size=n) if weighted else None
    for tol in (1e-2, 1e-4, 1e-8):
        model = softmax_regression(X, y, k, tol=tol, weight=weight)
        assert np.abs(gradient(model, X, y, weight=weight)).max() <= tol * (1 + 1e-6)


def test_default_tolerance_is_no_worse_than_lbfgs():
    X, y = load_digits(return_X_y=True)
    X = X[:400] / 16
    y = y[:400]
    best = softmax_regression(X, y, 10, tol=1e-10).proba(X)
    ours = np.abs(softmax_regression(X, y, 10).proba(X) - best).max()
    lbfgs = np.abs(LogisticRegression().fit(X, y).predict_proba(X) - best).max()
    assert ours <= lbfgs


@pytest.mark.parametrize("load", [load_breast_cancer, load_digits])
def test_warm_start_is_shorter_and_ends_in_the_same_place(load, steps):
    X, y = load(return_X_y=True)
    X, y, k = (X - X.mean(axis=0)) / X.std().clip(1.0), y, y.max() + 1
    before = softmax_regression(X[:300], y[:300], k)
    cold = softmax_regression(X[:310], y[:310], k)
    warm = softmax_regression(X[:310], y[:310], k, start=before)
    assert steps[2] < steps[1]
    softmax_regression(X[:310], y[:310], k, start=warm)
    assert steps[3] == 0
    cold, warm = (softmax_regression(X[:310], y[:310], k, tol=1e-9, start=s) for s in (None, before))
    np.testing.assert_allclose(warm.proba(X), cold.proba(X), atol=1e-5)


def test_start_of_another_shape_is_ignored():
    X, y = task(50, 4, 3)
    cold = softmax_regression(X, y, 3)
    for shape in [(4, 3), (5, 4)]:
        model = softmax_regression(X, y, 3, start=LinearModel(np.ones(shape)))
        np.testing.assert_array_equal(model.weights, cold.weights)


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
def test_absurd_start_is_left_behind(scale):
    X, y = task(60, 4, 3)
    start = LinearModel(np.random.default_rng(0).normal(size=(5, 3)) * scale)
    kept = start.weights.copy()
    model = softmax_regression(X, y, 3, start=start)
    np.testing.assert_array_equal(start.weights, kept)
    assert np.abs(gradient(model, X, y)).max() <= 1e-4 * (1 + 1e-6)


@pytest.mark.parametrize("d", [5, 300])
def test_same_inputs_same_bits(d):
    X, y = task(100, d, 4)
    start = softmax_regression(X[:50], y[:50], 4)
    first, again = (softmax_regression(X.copy(), y, 4, start=start).weights for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_weights_count_rows():
    X, y = task(60, 4, 3)
    count = np.random.default_rng(2).integers(0, 4, size=60)
    model = softmax_regression(X, y, 3, weight=count.astype(float), tol=1e-10)
    rows = np.repeat(np.arange(60), count)
    repeated = softmax_regression(X[rows], y[rows], 3, tol=1e-10)
    np.testing.assert_allclose(model.weights, repeated.weights, atol=1e-7)


DEGENERATE = {
    "two rows": (RNG.normal(size=(2, 3)), np.array([0, 1]), 2),
    "two rows, one feature": (RNG.normal(size=(2, 1)), np.array([0, 1]), 2),
    "one row": (np.ones((1, 3)), np.array([1]), 3),
    "one class seen": (RNG.normal(size=(9, 3)), np.full(9, 1), 3),
    "one class of two seen": (RNG.normal(size=(9, 3)), np.zeros(9, int), 2),
    "one class": (RNG.normal(size=(9, 3)), np.zeros(9, int), 1),
    "no features": (np.empty((9, 0)), np.arange(9) % 3, 3),
    "all zero": (np.zeros((9, 2)), np.arange(9) % 3, 3),
    "constant feature": (np.full((9, 2), 1e4), np.arange(9) % 2, 2),
    "duplicates that disagree": (np.repeat(RNG.normal(size=(3, 2)), 20, axis=0), np.arange(60) % 4, 4),
    "200 classes": (RNG.normal(size=(300, 4)), np.arange(300) % 200, 200),
    "more features than rows": (RNG.normal(size=(20, 500)) * 1e4, np.arange(20) % 3, 3),
    "noise of scale 1e4": (RNG.normal(size=(300, 5)) * 1e4, RNG.integers(0, 4, 300), 4),
    "scales from 1e-6 to 1e6": (RNG.normal(size=(90, 7)) * np.logspace(-6, 6, 7), np.arange(90) % 3, 3),
    "separable": (np.repeat(np.eye(5), 4, axis=0), np.repeat(np.arange(5), 4), 5),
}


@pytest.mark.parametrize("C", [1e-6, 1.0, 1e10])
@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_input_converges_quietly(name, C):
    X, y, k = DEGENERATE[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = softmax_regression(X, y, k, C=C)
        proba = model.proba(X)
    assert model.weights.shape == (X.shape[1] + 1, k)
    assert np.isfinite(model.weights).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1.0)
    assert np.abs(gradient(model, X, y, C)).max() <= 1e-4 * (1 + 1e-6)


def test_tolerance_below_rounding_and_few_steps_end_quietly():
    X, y = load_breast_cancer(return_X_y=True)
    noise, labels = (
        np.random.default_rng(0).normal(size=(60, 20)) * 1e4,
        np.arange(60) % 4,
    )  # barely separable
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for options in ({"tol": 0.0}, {"max_iter": 2}, {"max_iter": 0}):
            assert np.isfinite(softmax_regression(X, y, 2, **options).weights).all()
            assert np.isfinite(softmax_regression(noise, labels, 4, **options).weights).all()


def test_no_rows_is_an_error():
    with pytest.raises(ValueError, match="without rows"):
        softmax_regression(np.empty((0, 2)), np.empty(0, int), 2)


def test_single_precision_pool_gives_single_precision_answers():
    X, y = task(50, 4, 3)
    model = softmax_regression(X, y, 3)
    proba = model.proba(X.astype(np.float32))
    assert proba.dtype == np.float32
    np.testing.assert_allclose(proba, model.proba(X), atol=1e-5)


def test_whole_numbers_are_features_too():
    X, y = np.arange(12).reshape(6, 2), np.arange(6) % 3
    model = softmax_regression(X, y, 3)
    np.testing.assert_array_equal(model.proba(X), softmax_regression(X * 1.0, y, 3).proba(X * 1.0))
