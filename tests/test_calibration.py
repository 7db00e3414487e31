"""Calibration: known temperatures are found again, curves rise, and overconfident learners are corrected."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.isotonic import IsotonicRegression
from sklearn.preprocessing import StandardScaler

from alcore import Choice, Log, Spec, advance, learn
from alcore.calibration import (
    calibration_error,
    fit_isotonic,
    fit_temperature,
    reliability,
    temper,
)
from alcore.learners.calibrated import held_out
from alcore.metrics import measure

LABELS = 120


def drawn(n, C, seed=0):
    """Predictions that mean what they say, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(C, 0.7), n)
    return P, (P.cumsum(axis=1) < rng.random(n)[:, None]).sum(axis=1).clip(0, C - 1)


# --- temperature --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found_again(true):
    """Honest probabilities distorted by 1 / T are mended by T."""
    P, y = drawn(6000, 3)
    assert fit_temperature(temper(P, 1.0 / true), y) == pytest.approx(true, rel=0.07)


def test_the_temperature_minimises_the_penalised_loss():
    """Against a fine grid of ln T."""
    P, y = drawn(40, 3, seed=4)
    grid = np.linspace(-4, 4, 8001)
    loss = [-np.log(temper(P, np.exp(g))[np.arange(40), y]).sum() + 0.5 * g * g for g in grid]
    assert np.log(fit_temperature(P, y)) == pytest.approx(grid[int(np.argmin(loss))], abs=2e-3)


def test_weights_are_copies():
    P, y = drawn(30, 3)
    times = np.arange(30) % 3 + 1
    copies = fit_temperature(np.repeat(P, times, axis=0), np.repeat(y, times))
    assert fit_temperature(P, y, times.astype(float)) == pytest.approx(copies, rel=1e-4)


def test_a_few_rows_that_are_all_right_do_not_make_certain():
    P = np.tile([0.8, 0.2], (5, 1))
    assert 0.3 < fit_temperature(P, np.zeros(5, int)) < 1.0
    assert fit_temperature(P[:0], np.zeros(0, int)) == 1.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.02, 50.0))
def test_tempering_keeps_order_and_what_is_ruled_out(seed, temperature):
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(4, 0.3), 20)
    P[:, 2] = 0.0
    P /= P.sum(axis=1, keepdims=True)
    Q = temper(P, temperature)
    np.testing.assert_allclose(Q.sum(axis=1), 1.0)
    assert not Q[:, 2].any() and (np.argmax(Q, axis=1) == np.argmax(P, axis=1)).all()
    np.testing.assert_allclose(temper(P, 1.0), P, atol=1e-12)


# --- isotonic -----------------------------------------------------------------------------------------------


def test_curves_are_those_of_scikit_learn():
    P, y = drawn(400, 3)
    curves = fit_isotonic(P, y)
    for c in range(3):
        theirs = IsotonicRegression(out_of_bounds="clip").fit(P[:, c], y == c)
        new = np.linspace(0, 1, 50)
        np.testing.assert_allclose(
            np.interp(new, curves.said[c], curves.true[c]), theirs.predict(new), atol=1e-12
        )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 30), st.integers(2, 5))
def test_isotonic_answers_are_probabilities_whatever_it_learnt_from(seed, n, C):
    rng = np.random.default_rng(seed)
    P, new = rng.dirichlet(np.ones(C), n).round(1), rng.dirichlet(np.full(C, 0.2), 20)
    new[0] = np.eye(C)[0]
    Q = fit_isotonic(P, rng.integers(0, C, n))(new)
    assert np.isfinite(Q).all() and (Q >= 0).all()
    np.testing.assert_allclose(Q.sum(axis=1), 1.0)
    np.testing.assert_array_equal(Q[0], new[0])


def test_isotonic_leaves_no_two_rows_alike():
    """Two classes: the answer rises wherever the learner's own does; a ranking by doubt has no new ties."""
    P, y = drawn(60, 2)
    Q = fit_isotonic(P, y)(np.column_stack([1 - np.linspace(0.01, 0.99, 40), np.linspace(0.01, 0.99, 40)]))
    assert (np.diff(Q[:, 1]) > 0).all()


def test_isotonic_mends_what_a_temperature_cannot():
    """Honest when it says 0.6, far too sure when it says 0.95: one number cannot mend both."""
    rng = np.random.default_rng(0)
    said = rng.choice([0.6, 0.95], 4000)
    P = np.column_stack([1 - said, said])
    y = (rng.random(4000) < np.where(said > 0.9, 0.7, 0.6)).astype(int)
    errors = [calibration_error(Q, y) for Q in (temper(P, fit_temperature(P, y)), fit_isotonic(P, y)(P))]
    assert errors[1] < 0.015 < 0.03 < errors[0]


# --- how far off --------------------------------------------------------------------------------------------


def test_calibration_error_by_hand():
    P = np.array([[0.95, 0.05], [0.95, 0.05], [0.3, 0.7], [0.35, 0.65]])
    y = np.array([0, 1, 1, 1])
    # Bin 0.9..1: sure 0.95, right 1/2, two rows. Bins of 0.7 and 0.65: right 1, one row each.
    assert calibration_error(P, y) == pytest.approx((2 * 0.45 + 0.3 + 0.35) / 4)
    assert reliability(P, y)[-1].tolist() == pytest.approx([0.95, 0.5, 2])
    assert calibration_error(np.eye(2), np.array([0, 1])) == 0.0 == calibration_error(P[:0], y[:0])


def test_honest_probabilities_have_hardly_any_error():
    P, y = drawn(20_000, 4)
    assert calibration_error(P, y) < 0.01 < 0.1 < calibration_error(temper(P, 0.4), y)


# --- the learner --------------------------------------------------------------------------------------------


def test_rows_are_held_out_but_no_class_ever_vanishes():
    codes = np.array([0] * 11 + [1] * 2 + [2])
    fold = held_out(codes, 5, seed=3)
    assert fold[-1] == -1 and set(fold[:-1].tolist()) == {0, 1, 2, 3, 4}
    for one in range(5):
        assert set(codes[fold != one].tolist()) == {0, 1, 2}


def overconfident(name, seed):
    """Labelled and test rows on which naive Bayes is far too sure."""
    X, y = (load_breast_cancer if name == "bc" else load_digits)(return_X_y=True)
    X, order = StandardScaler().fit_transform(X), np.random.default_rng(seed).permutation(len(y))
    return X[order[:LABELS]], y[order[:LABELS]], X[order[LABELS:]], y[order[LABELS:]]


@pytest.mark.parametrize("name", ["bc", "digits"])
@pytest.mark.parametrize("method", ["temperature", "isotonic"])
def test_an_overconfident_learner_is_corrected(name, method):
    gains = []
    for seed in range(5):
        X, y, X_test, y_test = overconfident(name, seed)
        C = int(y.max()) + 1
        P = learn.fit(Choice("naive_bayes"), X, y, C, 0).proba(X_test)
        Q = learn.fit(Choice.of("calibrated", method=method), X, y, C, 0).proba(X_test)
        loss = [measure(R, y_test)["log_loss"] for R in (P, Q)]
        error = [calibration_error(R, y_test) for R in (P, Q)]
        gains.append([loss[0] - loss[1], error[0] - error[1]])
    loss, error = np.array(gains).T
    assert (loss > 0).all() and (error > 0).sum() >= 4 and error.mean() > 0.01


def test_a_learner_that_is_right_already_is_left_nearly_alone():
    """Logistic regression on 300 rows of its own model: a temperature near 1."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(300, 3))
    y = (rng.random(300) < 1 / (1 + np.exp(-2 * X[:, 0]))).astype(int)
    fitted = learn.fit(Choice.of("calibrated", learner="logistic"), X, y, 2, 0)
    plain = learn.fit(Choice("logistic"), X, y, 2, 0)
    assert np.abs(fitted.proba(X) - plain.proba(X)).max() < 0.06


def test_one_row_a_class_stays_as_it_is():
    X = np.random.default_rng(0).normal(size=(4, 3))
    for method in ("temperature", "isotonic"):
        fitted = learn.fit(Choice.of("calibrated", method=method), X, np.arange(4), 4, 0)
        plain = learn.fit(Choice("naive_bayes"), X, np.arange(4), 4, 0)
        np.testing.assert_allclose(fitted.proba(X), plain.proba(X), atol=1e-12)


@pytest.mark.parametrize("inside", ["logistic", "nearest_neighbours", "mlp", "forest", "calibrated"])
def test_any_learner_fits_inside(inside):
    X = np.random.default_rng(0).normal(size=(20, 3))
    y = np.array([0, 1, 2, 3] + [0, 1] * 8)
    fitted = learn.fit(
        Choice.of("calibrated", learner=inside),
        X,
        y,
        5,
        0,
        weight=np.random.default_rng(1).exponential(size=20),
    )
    P = fitted.proba(X)
    np.testing.assert_allclose(P.sum(axis=1), 1.0)
    assert not P[:, 4].any()


def test_a_run_with_a_calibrated_learner_resumes_exactly():
    learner = Choice.of("calibrated", method="isotonic")
    spec = Spec(dataset="iris", learner=learner, acquisition="entropy", budget=40)
    rounds = list(advance(spec))
    assert list(advance(spec, Log(tuple(rounds[:3])))) == rounds[3:]
