"""Learners: one law for all of them, known values for each, and bars below what was measured."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits, make_moons
from sklearn.ensemble import RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from alcore import learn
from alcore.catalog import LEARNERS
from alcore.learners import gaussian_process, linear, support_vectors, trees
from alcore.spec import Choice

every_learner = pytest.mark.parametrize("name", list(LEARNERS))


def make(learner, seed=0, **params):
    return LEARNERS.bind(Choice.of(learner, **params))(seed)


def rows(n, d=4, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def codes(n, k, seed=1):
    """Labels in which every class occurs, most of them by chance."""
    return np.concatenate((np.arange(k), np.random.default_rng(seed).integers(0, k, n - k)))


def hard_cases():
    """What the first rounds of a run, or careless data, hand a learner: X, y, number of classes."""
    scale, shift = np.array([1e-6, 1.0, 1e6, 1e9]), np.array([0.0, 0.0, 1e6, 0.0])
    yield "two rows", rows(2), codes(2, 2), 2
    yield "two equal rows of two classes", np.zeros((2, 3)), codes(2, 2), 3
    yield "duplicated rows", np.repeat(rows(3), 5, axis=0), np.arange(15) % 3, 3
    yield "duplicated rows with other labels", np.repeat(rows(3), 5, axis=0), np.arange(15) % 5 % 3, 3
    yield "all columns constant", np.full((12, 4), 7.0), np.arange(12) % 2, 2
    yield "all but one constant", np.column_stack((np.zeros((12, 3)), rows(12, 1))), np.arange(12) % 2, 2
    yield "unscaled columns", rows(30) * scale + shift, codes(30, 3), 3
    yield "tiny numbers", rows(30) * 1e-9, codes(30, 3), 3
    yield "one row a class", rows(9), np.arange(9), 9
    yield "hardly more rows than classes", rows(30, 3), codes(30, 20), 20
    yield "more columns than rows", rows(12, 500), np.arange(12) % 3, 3
    yield "a class with one row of fifty", rows(50, 2), (np.arange(50) == 7).astype(int), 2
    yield "labels of unseen classes between", rows(20), codes(20, 2) * 3 + 1, 6


CASES = list(hard_cases())


@every_learner
@pytest.mark.parametrize(("case", "X", "y", "n_classes"), CASES, ids=[case[0] for case in CASES])
def test_law_of_learners(name, case, X, y, n_classes):
    """Probabilities of all classes, the same to the last bit, no warnings, whatever the data and weights."""
    away = X.mean(axis=0) + 3.0 * X.std(axis=0) * rows(40, X.shape[1], seed=2)
    pool = np.concatenate((X, away))
    before = X.copy()
    for weight in (None, np.random.default_rng(3).exponential(size=len(X))):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fits = [learn.fit(Choice(name), X, y, n_classes, seed=5, weight=weight) for _ in range(2)]
            P, again = (fitted.proba(pool) for fitted in fits)
        np.testing.assert_array_equal(P, again)
        assert P.shape == (len(pool), n_classes)
        assert (P >= 0.0).all()
        np.testing.assert_allclose(P.sum(axis=1), 1.0, atol=1e-9)
        unseen = np.setdiff1d(np.arange(n_classes), y)
        assert (P[:, unseen] == 0.0).all()
        assert fits[0].proba(pool[:0]).shape == (0, n_classes)
    np.testing.assert_array_equal(X, before)


@every_learner
def test_two_hundred_classes(name):
    X, y = rows(400, 8), codes(400, 200)
    P = learn.fit(Choice(name), X, y, 200, seed=0).proba(X[:50])
    assert P.shape == (50, 200)
    np.testing.assert_allclose(P.sum(axis=1), 1.0, atol=1e-9)


@every_learner
def test_one_class_and_none(name):
    X = rows(5)
    np.testing.assert_array_equal(
        learn.fit(Choice(name), X, np.full(5, 1), 3, seed=0).proba(X), np.tile([0.0, 1.0, 0.0], (5, 1))
    )
    none = learn.fit(Choice(name), X[:0], np.zeros(0, int), 4, seed=0).proba(X)
    np.testing.assert_array_equal(none, np.full((5, 4), 0.25))


@every_learner
def test_both_ends_of_every_parameter(name):
    X, y = make_moons(24, noise=0.2, random_state=0)
    for param in LEARNERS[name].params:
        named = (param.default,) if param.kind else ()
        ends = (
            param.choices
            or named
            or (
                (False, True)
                if param.type is bool
                else (param.type(param.range.low), param.type(param.range.high))
            )
        )
        for value in ends:
            fitted = learn.fit(Choice.of(name, **{param.name: value}), X, y, 2, seed=0)
            P = fitted.proba(X)
            assert np.isfinite(P).all(), (param.name, value)
            np.testing.assert_allclose(P.sum(axis=1), 1.0, atol=1e-9)


@every_learner
def test_entry_speaks_to_users(name):
    entry = LEARNERS[name]
    assert entry.summary.endswith(".") and len(entry.summary) <= 110
    assert {"label", "family", "complexity", "use", "avoid"} <= set(entry.facts)
    assert entry.source
    assert 1 <= len(entry.params) <= 6
    assert all(param.help for param in entry.params)


@every_learner
def test_learns_digits_from_100_labels(name):
    """Bars five points below what was measured over three splits."""
    bars = {
        "logistic": 0.85, "naive_bayes": 0.83, "gaussian_process": 0.87, "nearest_neighbours": 0.85,
        "mlp": 0.86, "svm": 0.87, "forest": 0.80, "gradient_boosting": 0.78,
        "federated": 0.80, "perturbed": 0.0,  # its noise drowns 100 labels of ten classes, as it says
    }  # fmt: skip
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    train, test = order[:100], order[900:]
    fitted = learn.fit(Choice(name), X[train] / 16.0, y[train], 10, seed=0)
    assert (fitted.predict(X[test] / 16.0) == y[test]).mean() >= bars.get(name, 0.7)


def test_registries_stay_light():
    """Loading every learner for a form must not import scikit-learn or pandas."""
    code = (
        "import sys; from alcore.catalog import LEARNERS, COMMITTEES, COLD_STARTS, STOPPING;"
        "[len(r) for r in (LEARNERS, COMMITTEES, COLD_STARTS, STOPPING)];"
        "print([m for m in ('sklearn', 'pandas', 'scipy.stats', 'scipy.optimize') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


# --- logistic -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
def test_logistic_is_that_of_scikit_learn(n_classes, C):
    X, y = rows(80, 5), codes(80, n_classes)
    weight = np.random.default_rng(2).exponential(size=80)
    ours = linear.SoftmaxRegression(C, tol=1e-8)
    for w in (None, weight):
        theirs = LogisticRegression(C=C, tol=1e-10, max_iter=5000).fit(X, y, sample_weight=w)
        mine = ours.fit(X, y, sample_weight=w).predict_proba(X)
        np.testing.assert_allclose(mine, theirs.predict_proba(X), atol=2e-5)
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)


def test_logistic_starts_from_the_model_before(monkeypatch):
    X, y = rows(60, 5), codes(60, 3)
    before = linear.SoftmaxRegression().fit(X[:50], y[:50])
    cold = linear.SoftmaxRegression().fit(X, y)
    starts = []
    solve = linear.softmax_regression

    def spy(*args, start=None, **more):
        starts.append(start)
        return solve(*args, start=start, **more)

    monkeypatch.setattr(linear, "softmax_regression", spy)
    warm = linear.SoftmaxRegression().fit_from(before, X, y)
    assert starts == [before.linear]
    np.testing.assert_allclose(warm.predict_proba(X), cold.predict_proba(X), atol=2e-3)
    assert warm.linear.weights.shape == (6, 3)


# --- naive Bayes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing", [1e-9, 1e-3, 0.1, 1.0])
def test_naive_bayes_is_that_of_scikit_learn(smoothing):
    X, y = rows(60, 6) * [1, 2, 3, 0.1, 1, 1] + 5.0, codes(60, 4)
    weight = np.random.default_rng(2).exponential(size=60)
    for w in (None, weight):
        theirs = GaussianNB(var_smoothing=smoothing).fit(X, y, sample_weight=w)
        ours = make("naive_bayes", smoothing=smoothing).fit(X, y, sample_weight=w)
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-8)


def test_naive_bayes_by_hand():
    """Two classes at -1 and 1 of variance v: the log-odds of x are 2 x / v."""
    X, y = np.array([[-2.0], [0.0], [0.0], [2.0]]), np.array([0, 0, 1, 1])
    v = 1.0 + 0.1 * 2.0  # variance within a class, and a tenth of that of the column
    P = make("naive_bayes").fit(X, y).predict_proba(np.array([[0.3], [-1.0]]))
    np.testing.assert_allclose(P[:, 1], expit(2.0 * np.array([0.3, -1.0]) / v), atol=1e-12)


def test_naive_bayes_ignores_a_class_without_weight():
    X, y = rows(20), codes(20, 3)
    P = make("naive_bayes").fit(X, y, sample_weight=(y != 2).astype(float)).predict_proba(X)
    assert P[:, 2].max() < 1e-100
    np.testing.assert_allclose(P.sum(axis=1), 1.0)


# --- Gaussian process ---------------------------------------------------------------------------------------


def test_gaussian_process_is_that_of_scikit_learn_for_two_classes():
    X, y = make_moons(60, noise=0.25, random_state=0)
    grid = np.random.default_rng(1).uniform(-3.0, 4.0, (200, 2))
    ours = make("gaussian_process", length_scale=0.4, amplitude=3.0).fit(X, y)
    kernel = ConstantKernel(9.0) * RBF(0.4 * np.sqrt(2.0 * X.var(axis=0).sum()))
    theirs = GaussianProcessClassifier(kernel, optimizer=None, max_iter_predict=1000).fit(X, y)
    mean, variance = ours.latent(grid)
    their_mean, their_variance = theirs.latent_mean_and_variance(grid)
    np.testing.assert_allclose(mean[:, 1] - mean[:, 0], their_mean, atol=0.02)
    np.testing.assert_allclose(2.0 * variance, their_variance, atol=0.02)
    np.testing.assert_allclose(ours.predict_proba(grid), theirs.predict_proba(grid), atol=0.01)


def test_gaussian_process_knows_how_far_it_is():
    X, y = rows(40, 2), codes(40, 4)
    model = make("gaussian_process", length_scale=0.2, amplitude=20.0).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(np.full((1, 2), 1e3)), 0.25, atol=1e-6)
    assert (model.predict_proba(X).argmax(axis=1) == y).mean() > 0.9
    _, variance = model.latent(np.concatenate((X, np.full((1, 2), 1e3))))
    assert variance[:-1].max() < variance[-1]


def test_gaussian_process_stays_bounded(monkeypatch):
    """With fewer landmarks than rows it is nearly the same learner, and never surer than it should be."""
    X, y = make_moons(160, noise=0.2, random_state=0)
    grid = np.random.default_rng(1).uniform(-2.0, 3.0, (300, 2))
    full = make("gaussian_process").fit(X, y)
    monkeypatch.setattr(gaussian_process, "LANDMARKS", 60)
    small = make("gaussian_process").fit(X, y)
    assert small.landmarks.shape == (60, 2)
    np.testing.assert_allclose(small.predict_proba(grid), full.predict_proba(grid), atol=0.06)
    assert (small.latent(grid)[1] >= 0.95 * full.latent(grid)[1]).all()


# --- support vectors ----------------------------------------------------------------------------------------


def test_svm_draws_the_boundary_of_scikit_learn():
    X, y = make_moons(80, noise=0.2, random_state=0)
    grid = np.random.default_rng(1).uniform(-2.0, 3.0, (400, 2))
    centred = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0).mean())
    machine = SVC(C=10.0, gamma=0.5).fit(centred, y)
    side = machine.decision_function((grid - X.mean(axis=0)) / np.sqrt(X.var(axis=0).mean()))
    P = make("svm").fit(X, y).predict_proba(grid)
    np.testing.assert_array_equal(P[:, 1] > 0.5, side > 0.0)
    order = np.argsort(side)
    assert (np.diff(P[order, 1]) >= 0.0).all()


def test_svm_sharpness_solves_platts_problem():
    """The factor found is that of a logistic regression without intercept on smoothed labels."""
    rng = np.random.default_rng(0)
    y = codes(40, 2)
    f = np.where(y == 1, 1.0, -1.0) + rng.normal(size=40)
    n1, n0 = (y == 1).sum(), (y == 0).sum()
    target = np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

    def platt(s):
        return -(target * np.log(expit(s * f)) + (1 - target) * np.log(expit(-s * f))).sum()

    expected = minimize(platt, [1.0], tol=1e-12).x[0]
    found = support_vectors._sharpness(np.column_stack((-f, f)) / 2.0, y, np.ones(40))
    assert found == pytest.approx(expected, rel=1e-3)


def test_svm_holds_out_every_row_but_the_only_one_of_its_class():
    y = np.array([0] * 7 + [1] * 2 + [2] + [3] * 3)
    folds = support_vectors._folds(y, seed=0)
    assert folds[9] == -1
    assert (folds[y != 2] >= 0).all()
    for fold in range(3):
        assert set(y[folds != fold]) == {0, 1, 2, 3}
    assert sorted(np.bincount(folds[y == 0])) == [2, 2, 3]


def test_svm_is_as_well_calibrated_as_scikit_learns():
    X, y = load_digits(return_X_y=True)
    X, order = X / 16.0, np.random.default_rng(0).permutation(len(y))
    train, test = order[:200], order[900:]
    theirs = CalibratedClassifierCV(SVC(C=10.0), ensemble=False, cv=3).fit(X[train], y[train])
    ours = make("svm").fit(X[train], y[train])
    mine, other = (log_loss(y[test], model.predict_proba(X[test])) for model in (ours, theirs))
    assert mine <= other + 0.02
    two = order[:12]  # here scikit-learn's refuses: some classes have fewer rows than folds
    with pytest.raises(ValueError, match="less than"):
        CalibratedClassifierCV(SVC(), ensemble=False, cv=3).fit(X[two], y[two])
    assert np.isfinite(make("svm").fit(X[two], y[two]).predict_proba(X[test])).all()


def test_svm_predicts_in_bounded_memory(monkeypatch):
    X, y = rows(60, 3), codes(60, 12)
    model = make("svm").fit(X, y)
    whole = model.predict_proba(rows(100, 3, seed=9))
    monkeypatch.setattr(support_vectors, "PAIRS", 12 * 11 // 2 * 7)
    np.testing.assert_array_equal(model.predict_proba(rows(100, 3, seed=9)), whole)


# --- trees, neighbours, network -----------------------------------------------------------------------------


def test_forest_is_that_of_scikit_learn():
    X, y = rows(40), codes(40, 3)
    theirs = RandomForestClassifier(20, max_depth=3, min_samples_leaf=2, random_state=4).fit(X, y)
    ours = make("forest", seed=4, trees=20, depth=3, leaf=2).fit(X, y)
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


def test_boosting_grows_a_bounded_number_of_trees():
    X, y = rows(300), codes(300, 100)
    model = make("gradient_boosting").fit(X, y).model
    assert model.estimators_.size == trees.MOST_TREES
    assert make("gradient_boosting").fit(X, y % 2).model.estimators_.size == 50


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_neighbours_are_those_of_scikit_learn(weights):
    X, y, new = rows(30), codes(30, 3), rows(20, seed=5)
    theirs = KNeighborsClassifier(4, weights=weights).fit(X, y)
    ours = make("nearest_neighbours", k=4, weights=weights).fit(X, y)
    np.testing.assert_array_equal(ours.predict_proba(new), theirs.predict_proba(new))


def test_more_neighbours_than_labels_is_all_labels():
    X, y = rows(5), np.array([0, 0, 0, 1, 1])
    P = make("nearest_neighbours", k=50, weights="uniform").fit(X, y).predict_proba(rows(3, seed=5))
    np.testing.assert_allclose(P, [[0.6, 0.4]] * 3)


@pytest.mark.parametrize("name", ["mlp", "forest", "gradient_boosting"])
def test_seed_makes_another_model(name):
    X, y = rows(40), codes(40, 3)
    one, two = (make(name, seed=seed).fit(X, y).predict_proba(X) for seed in (1, 2))
    assert np.abs(one - two).max() > 1e-3


@pytest.mark.parametrize("name", ["svm", "mlp", "gaussian_process", "forest", "nearest_neighbours"])
def test_units_of_the_data_do_not_matter(name):
    """The same rows in other units, all columns alike, get the same answers."""
    X, y, new = rows(40), codes(40, 3), rows(30, seed=5)
    P = make(name).fit(X, y).predict_proba(new)
    other = make(name).fit(1000.0 * X + 7000.0, y).predict_proba(1000.0 * new + 7000.0)
    np.testing.assert_allclose(other, P, atol=1e-4)


@pytest.mark.parametrize("name", [n for n in LEARNERS if n not in ("nearest_neighbours", "perturbed")])
def test_a_heavy_row_wins_an_argument(name):
    """Two rows at one place say different things: the weight decides, whichever it is."""
    X = np.concatenate((np.zeros((2, 2)), rows(20, 2) + 4.0))
    y = np.concatenate(([0, 1], np.arange(20) % 2))
    for favoured in (0, 1):
        weight = np.ones(22)
        weight[favoured] = 30.0
        P = make(name).fit(X, y, sample_weight=weight).predict_proba(np.zeros((1, 2)))[0]
        assert P[favoured] > 0.5
