"""Model change: closed forms against finite differences and brute force, and the measured runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax

from alcore import Spec, advance, catalog, gradients
from alcore import given as given_data
from alcore.kernels import softmax
from tests.generators import PROTOCOLS, first_rows, table6


def numeric_length(W, x):
    """sum_y p_y |gradient of the loss of label y in W|, by central differences."""
    z, total = np.append(x, 1.0), 0.0
    p = np.exp(log_softmax(z @ W))
    for label in range(W.shape[1]):
        slope = np.empty_like(W)
        for at in np.ndindex(W.shape):
            move = np.zeros_like(W)
            move[at] = 1e-6
            slope[at] = (log_softmax(z @ (W - move))[label] - log_softmax(z @ (W + move))[label]) / 2e-6
        total += p[label] * np.linalg.norm(slope)
    return total


@given(st.integers(0, 9999), st.integers(2, 4))
def test_expected_gradient_length_equals_finite_differences(seed, n_classes):
    rng = np.random.default_rng(seed)
    W, X = rng.normal(size=(4, n_classes)), rng.normal(size=(3, 3)) * 2
    P = softmax(np.column_stack([X, np.ones(3)]) @ W)
    found = gradients.expected_gradient_length(P, X)
    np.testing.assert_allclose(found, [numeric_length(W, x) for x in X], rtol=1e-6, atol=1e-9)
    plain = gradients.expected_gradient_length(P, X, normalise=True)
    np.testing.assert_allclose(plain * np.linalg.norm(np.column_stack([X, np.ones(3)]), axis=1), found)


def test_two_classes_in_closed_form():
    p = np.linspace(0, 1, 11)
    found = gradients.expected_gradient_length(np.column_stack([p, 1 - p]), np.zeros((11, 2)))
    np.testing.assert_allclose(found, 2 * np.sqrt(2) * p * (1 - p), atol=1e-15)


def test_nearly_certain_rows_keep_their_digits():
    p = 10.0 ** -np.arange(1.0, 17.0)
    found = gradients.expected_gradient_length(np.column_stack([1 - p, p]), np.zeros((16, 1)))
    np.testing.assert_allclose(found, np.sqrt(2) * 2 * p * (1 - p), rtol=1e-6)
    assert (np.diff(found) < 0).all()


def test_certain_rows_change_nothing_however_far_out():
    X = np.array([[1e6, -1e6]])
    assert gradients.expected_gradient_length(np.array([[0.0, 1.0, 0.0]]), X)[0] == 0.0


@given(st.integers(0, 9999))
def test_variance_reduction_equals_inverting_every_time(seed):
    rng = np.random.default_rng(seed)
    pool, known = rng.normal(size=(6, 3)), rng.normal(size=(4, 3))
    s, t = rng.uniform(0, 0.25, 6), rng.uniform(0, 0.25, 4)

    def total(rows, weight, ridge=0.0):
        z = np.column_stack([rows, np.ones(len(rows))])
        return z.T @ (z * weight[:, None]) + ridge * np.eye(4)

    F, M = total(pool, s) / 6, total(known, t, 0.7)
    now = np.trace(np.linalg.inv(M) @ F)
    then = [np.trace(np.linalg.inv(M + total(pool[[i]], s[[i]])) @ F) for i in range(6)]
    found = gradients.variance_reduction(pool, s, known, t, ridge=0.7)
    np.testing.assert_allclose(found, now - np.array(then), atol=1e-9)


def test_variance_reduction_prefers_what_many_rows_share():
    """A lonely outlier moves the weights more; a row amid many others makes more predictions surer."""
    rng = np.random.default_rng(0)
    crowd = np.array([3.0, 0.0]) + 0.1 * rng.normal(size=(50, 2))
    pool = np.vstack([crowd, [[0.0, 4.0]]])
    P = np.full((51, 2), 0.5)
    length = gradients.expected_gradient_length(P, pool)
    value = gradients.variance_reduction(pool, gradients.curvature(P), np.zeros((1, 2)), np.ones(1))
    assert length.argmax() == 50 and value.argmax() < 50


def test_curvature_is_the_mean_eigenvalue():
    P = np.random.default_rng(0).dirichlet(np.ones(4), 5)
    known = [np.linalg.eigvalsh(np.diag(p) - np.outer(p, p)).sum() / 3 for p in P]
    np.testing.assert_allclose(gradients.curvature(P), known)
    assert gradients.curvature(np.ones((2, 1))).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("learner", ["logistic", "dropout_network", "forest"])
@pytest.mark.parametrize("name", ["gradient_length", "fisher"])
def test_any_learner_will_do(learner, name):
    spec = Spec(dataset="moons", learner=learner, acquisition=name, budget=16, batch=3)
    assert sum(len(r.asked) for r in advance(spec)) == 16
    assert catalog.ACQUISITIONS[name].facts["family"] == "model change"


def gain(task, seed, acquisition):
    """Mean accuracy over a run, less that of the passive run."""
    first, batch, budget = PROTOCOLS[task]
    X, y, X_test, y_test = table6(task, seed)
    data = given_data(
        np.vstack([X, X_test]),
        np.r_[y, y_test],
        test=len(X) + np.arange(len(X_test)),
        initial=first_rows(y, first, seed),
    )
    spec = Spec(acquisition=acquisition, batch=batch, budget=budget)
    both = [[r.metrics["accuracy"] for r in advance(s, data=data)] for s in (spec, spec.passive())]
    return np.subtract(*(np.trapezoid(a) / (len(a) - 1) for a in both))


def test_gradient_length_wins_on_breast_cancer_and_loses_on_digits():
    assert np.mean([gain("bc", seed, "gradient_length") for seed in range(5)]) >= 0.008
    assert np.mean([gain("digits", seed, "gradient_length") for seed in range(3)]) < 0.0
