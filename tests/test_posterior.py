"""The Laplace posterior against other optimisers, dense inverses and quadrature; committees of draws."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

from alcore import Choice, catalog, joint, posterior
from alcore.learn import Teacher
from alcore.types import Labelled

COMMITTEES = ("laplace", "trees", "ensemble", "dropout")


def task(n=40, d=3, n_classes=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    logits = X @ rng.normal(size=(d, n_classes)) * 1.5
    return X, (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)


def ones(X):
    return np.column_stack([X, np.ones(len(X))])


def teacher(learner="logistic", n=40, n_classes=3, **params):
    X, y = task(n, 3, n_classes)
    return Teacher(Choice.of(learner, **params), Labelled(X, y, np.arange(n)[:, None]), n_classes, 7)


def members_of(committee, teach, X):
    return np.stack([m.proba(X) for m in catalog.COMMITTEES.bind(committee)(teach)])


@pytest.mark.parametrize("C", [0.1, 1.0, 30.0])
def test_binary_mode_is_the_optimum_of_another_solver(C):
    X, y = task()
    Z, sign = ones(X), 2 * y - 1

    def loss(w):
        return np.logaddexp(0, -sign * (Z @ w)).sum() + w @ w / (2 * C)

    def slope(w):
        return -Z.T @ (sign * expit(-sign * (Z @ w))) + w / C

    best = minimize(loss, np.zeros(4), jac=slope, method="BFGS", options={"gtol": 1e-10}).x
    mode = posterior.laplace(X, y, 2, C=C).mode
    np.testing.assert_allclose(mode[:, 1] - mode[:, 0], best, atol=1e-6)


def test_multinomial_mode_is_the_optimum_of_another_solver():
    X, y = task(60, 3, 4)
    Z = ones(X)

    def loss(w):
        logits = Z @ w.reshape(4, 4)
        return (logsumexp(logits, axis=1) - logits[np.arange(60), y]).sum() + w @ w / (2 * 2.0)

    best = minimize(loss, np.zeros(16), method="BFGS", options={"gtol": 1e-7, "maxiter": 2000}).x
    np.testing.assert_allclose(posterior.laplace(X, y, 4, C=2.0).mode.ravel(), best, atol=2e-6)


@pytest.mark.parametrize(("n", "d"), [(40, 3), (6, 15)], ids=["more rows", "more columns"])
def test_binary_draws_have_the_mode_and_the_inverse_hessian(n, d):
    X, y = task(n, d)
    fitted = posterior.laplace(X, y, 2, C=0.5)
    w, Z = fitted.mode[:, 1] - fitted.mode[:, 0], ones(X)
    p = expit(Z @ w)
    covariance = np.linalg.inv(Z.T @ (Z * (p * (1 - p))[:, None]) + np.eye(d + 1) / 0.5)
    drawn = fitted.draw(20_000, np.random.default_rng(0))
    drawn = drawn[:, :, 1] - drawn[:, :, 0]
    error = np.linalg.norm(np.cov(drawn.T) - covariance) / np.linalg.norm(covariance)
    assert error < 0.05
    np.testing.assert_allclose(drawn.mean(axis=0), w, atol=5 * np.sqrt(covariance.max() / 20_000))
    mean, variance = fitted.log_odds(X[:5])
    np.testing.assert_allclose(mean, Z[:5] @ w)
    np.testing.assert_allclose(variance, np.einsum("nd,de,ne->n", Z[:5], covariance, Z[:5]), rtol=1e-5)


@pytest.mark.parametrize(("n", "d"), [(60, 3), (5, 9)], ids=["more rows", "more columns"])
def test_multinomial_draws_have_the_inverse_of_the_whole_hessian(n, d):
    X, y = task(n, d, 3)
    y[:3] = [0, 1, 2]
    fitted = posterior.laplace(X, y, 3, C=2.0)
    Z = ones(X)
    P = np.exp(Z @ fitted.mode)
    P /= P.sum(axis=1, keepdims=True)
    H = np.eye(3 * (d + 1)) / 2.0
    for z, p in zip(Z, P, strict=True):
        H += np.kron(np.diag(p) - np.outer(p, p), np.outer(z, z))
    covariance = np.linalg.inv(H)
    drawn = fitted.draw(20_000, np.random.default_rng(1)).transpose(0, 2, 1).reshape(20_000, -1)
    assert np.linalg.norm(np.cov(drawn.T) - covariance) / np.linalg.norm(covariance) < 0.05


def test_too_many_classes_leave_the_blocks_between_them_out(monkeypatch):
    X, y = task(60, 3, 3)
    whole = posterior.laplace(X, y, 3)
    monkeypatch.setattr(posterior, "WIDEST", 5)
    blocks = posterior.laplace(X, y, 3)
    assert (len(whole.factors), len(blocks.factors)) == (1, 3)
    np.testing.assert_allclose(blocks.mode, whole.mode, atol=1e-3)
    Z = ones(X)
    p = np.exp(Z @ blocks.mode)
    p = (p / p.sum(axis=1, keepdims=True))[:, 1]
    covariance = np.linalg.inv(Z.T @ (Z * (p * (1 - p))[:, None]) + np.eye(4))
    drawn = blocks.draw(20_000, np.random.default_rng(0))[:, :, 1]
    assert np.linalg.norm(np.cov(drawn.T) - covariance) / np.linalg.norm(covariance) < 0.05


def test_predictive_probability_by_quadrature_and_by_the_probit_formula():
    mean, variance = np.array([0.3, -2.0, 2.0, 5.0, 40.0]), np.array([0.5, 9.0, 4.0, 400.0, 0.0])

    def exact(m, v):
        density = lambda t: expit(m + np.sqrt(v) * t) * np.exp(-t * t / 2) / np.sqrt(2 * np.pi)  # noqa: E731
        return quad(density, -12, 12, epsabs=1e-12, limit=500, points=[-m / np.sqrt(v)] if v else None)[0]

    known = [exact(m, v) for m, v in zip(mean, variance, strict=True)]
    np.testing.assert_allclose(posterior.averaged_logistic(mean, variance), known, atol=1e-9)
    gap = np.abs(posterior.probit(mean, variance) - known)
    assert 1e-4 < gap.max() < 0.02, "good, but not exact"
    assert posterior.averaged_logistic(np.empty(0), np.empty(0)).shape == (0,)


def test_log_odds_are_those_of_two_classes():
    X, y = task(30, 2, 3)
    with pytest.raises(ValueError, match="two classes"):
        posterior.laplace(X, y, 3).log_odds(X)


@pytest.mark.parametrize(
    "X",
    [np.zeros((4, 3)), np.ones((4, 300)), np.random.default_rng(0).normal(size=(4, 3)) * 1e6],
    ids=["constant columns", "equal rows", "huge numbers"],
)
def test_degenerate_rows_still_give_finite_draws(X):
    fitted = posterior.laplace(X, np.array([0, 1, 0, 1]), 2)
    assert np.isfinite(fitted.draw(7, np.random.default_rng(0))).all()


@pytest.mark.parametrize("name", COMMITTEES)
def test_members_answer_a_row_the_same_in_any_company(name):
    teach, X = teacher(), np.random.default_rng(1).normal(size=(9, 3))
    whole = members_of(Choice(name), teach, X)
    np.testing.assert_allclose(whole.sum(axis=2), 1.0)
    np.testing.assert_allclose(members_of(Choice(name), teach, X[4:7]), whole[:, 4:7], atol=1e-12)
    assert joint.bald(whole).max() > 1e-3, "members differ"
    assert members_of(Choice(name), teach, X[:0]).shape == (len(whole), 0, 3)


@pytest.mark.parametrize("name", COMMITTEES)
def test_one_class_gives_a_committee_that_knows_nothing_else(name):
    teach = Teacher(
        Choice("logistic"), Labelled(np.eye(3), np.ones(3, np.int64), np.arange(3)[:, None]), 4, 0
    )
    np.testing.assert_array_equal(members_of(Choice(name), teach, np.eye(3))[:, :, 1], 1.0)


@pytest.mark.parametrize("name", ["laplace", "trees", "dropout"])
def test_the_number_of_members_is_as_asked(name):
    assert len(catalog.COMMITTEES.bind(Choice.of(name, members=3))(teacher())) == 3


def test_more_labels_make_the_posterior_surer():
    X = np.random.default_rng(1).normal(size=(50, 3))
    doubt = [joint.bald(members_of(Choice("laplace"), teacher(n=n), X)).mean() for n in (10, 40, 160, 640)]
    assert doubt == sorted(doubt, reverse=True) and doubt[-1] < doubt[0] / 4


def test_without_dropout_masks_leave_nothing_to_disagree_about():
    teach, X = (
        teacher("dropout_network", dropout=0.0, steps=100),
        np.random.default_rng(1).normal(size=(9, 3)),
    )
    assert joint.bald(members_of(Choice("dropout"), teach, X)).max() <= 1e-12


def test_the_ensemble_trains_the_network_that_was_chosen():
    teach = teacher("dropout_network", steps=50, hidden=9)
    members = catalog.COMMITTEES.bind(Choice.of("ensemble", members=3))(teach)
    assert [m.model.embed(np.eye(3)).shape for m in members] == [(3, 9)] * 3
    assert type(catalog.COMMITTEES.bind(Choice("ensemble"))(teacher())[0].model).__name__ == "Perceptron"


def test_fully_grown_trees_are_certain_and_larger_leaves_are_not():
    X = np.random.default_rng(1).normal(size=(30, 3))
    grown = joint.decompose(members_of(Choice("trees"), teacher(), X))
    pruned = joint.decompose(members_of(Choice.of("trees", leaf=8), teacher(), X))
    assert grown.aleatoric.max() < 1e-12 < pruned.aleatoric.min()
