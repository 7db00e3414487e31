"""Adversarial distances and attacks in closed form, against numbers and brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore import Choice, Spec, begin, measures, step
from alcore.acquisition.adversarial import attacked, boundary_distance
from alcore.catalog import ACQUISITIONS
from alcore.loop import view_of
from alcore.solvers import LinearModel

MODELS = settings(max_examples=40, deadline=None)


def drawn(seed, C, D=4, n=15):
    rng = np.random.default_rng(seed)
    return LinearModel(rng.normal(size=(D + 1, C))), rng.normal(size=(n, D)), rng.integers(0, C, n)


def loss(model, X, y):
    return -np.log(model.proba(X)[np.arange(len(X)), y])


@MODELS
@given(st.integers(2, 5), st.integers(0, 10**6))
def test_the_attack_follows_the_numeric_gradient(C, seed):
    model, X, y = drawn(seed, C)
    moved = attacked(model, X, y, 0.1)
    for d in range(X.shape[1]):
        h = np.zeros(X.shape[1])
        h[d] = 1e-6
        slope = (loss(model, X + h, y) - loss(model, X - h, y)) / 2e-6
        clear = np.abs(slope) > 1e-5
        np.testing.assert_allclose((moved - X)[clear, d], 0.1 * np.sign(slope[clear]))


@MODELS
@given(st.integers(2, 5), st.integers(0, 10**6), st.floats(0.0, 2.0))
def test_an_attack_never_lowers_the_loss(C, seed, epsilon):
    model, X, y = drawn(seed, C)
    assert (loss(model, attacked(model, X, y, epsilon), y) >= loss(model, X, y) - 1e-9).all()


@MODELS
@given(st.integers(0, 10**6), st.floats(0.0, 1.0))
def test_two_classes_the_attack_is_exact(seed, epsilon):
    """logit - epsilon |w|_1 towards the boundary, and no corner of the cube is worse."""
    model, X, _ = drawn(seed, 2)
    w = model.weights[:-1, 1] - model.weights[:-1, 0]
    logit = np.diff(model.logits(X), axis=1)[:, 0]
    y = (logit > 0).astype(int)
    after = np.diff(model.logits(attacked(model, X, y, epsilon)), axis=1)[:, 0]
    np.testing.assert_allclose(after, logit - epsilon * np.sign(logit) * np.abs(w).sum(), atol=1e-9)
    corners = epsilon * np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1).T
    worst = np.max([loss(model, X + c, y) for c in corners], axis=0)
    np.testing.assert_allclose(loss(model, attacked(model, X, y, epsilon), y), worst, atol=1e-9)


def test_robust_accuracy_falls_with_epsilon():
    model, X, _ = drawn(0, 2, n=300)
    y = (X[:, 0] + 0.5 * X[:, 1] > 0).astype(int)
    found = [
        (model.proba(attacked(model, X, y, e)).argmax(axis=1) == y).mean() for e in np.linspace(0, 1, 11)
    ]
    assert (np.diff(found) <= 0).all() and found[-1] < found[0]


def test_known_distances():
    """Three classes in the plane, by hand: f = (x, y, 0) at (2, 1): 1/sqrt 2 to class 1, 2 to class 2."""
    model = LinearModel(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]))
    X = np.array([[2.0, 1.0], [2.0, -5.0], [-3.0, -4.0], [0.0, 0.0]])
    np.testing.assert_allclose(boundary_distance(model, X), [1 / np.sqrt(2), 2.0, 3.0, 0.0])
    np.testing.assert_allclose(boundary_distance(model, X, norm="largest"), [0.5, 2.0, 3.0, 0.0])


@MODELS
@given(st.integers(2, 5), st.integers(0, 10**6))
def test_a_step_of_that_size_is_just_enough(C, seed):
    """Towards the closest class a little more flips the answer; no direction of a little less does."""
    model, X, _ = drawn(seed, C, n=5)
    W, far = model.weights[:-1].T, boundary_distance(model, X)
    before = model.logits(X).argmax(axis=1)
    rng = np.random.default_rng(0)
    for i, x in enumerate(X):
        ways = [W[k] - W[before[i]] for k in range(C) if k != before[i]]
        units = [v / np.linalg.norm(v) for v in ways]
        flips = [model.logits((x + 1.001 * far[i] * u)[None]).argmax() != before[i] for u in units]
        assert any(flips)
        tries = [*units, *(v / np.linalg.norm(v) for v in rng.normal(size=(50, X.shape[1])))]
        short = model.logits(np.array([x + 0.999 * far[i] * u for u in tries])).argmax(axis=1)
        assert (short == before[i]).all()


def test_equal_weights_are_infinitely_far_or_tied():
    lead = LinearModel(np.array([[1.0, 1.0], [3.0, 0.0]]))
    assert boundary_distance(lead, np.array([[7.0]]))[0] == np.inf
    tie = LinearModel(np.zeros((2, 3)))
    assert boundary_distance(tie, np.array([[7.0]]))[0] == 0.0


@pytest.mark.parametrize("dataset", ["moons", "iris", "digits"])
def test_scores_of_a_run(dataset):
    run = begin(Spec(dataset=dataset, first=12, batch=3, budget=18))
    for _ in range(2):
        run = step(run)
    view = view_of(run, run.setting.candidates(run.data, run.log), frozenset({"linear", "proba"}))
    for norm in ("euclidean", "largest"):
        near = ACQUISITIONS.bind(Choice.of("adversarial_distance", norm=norm))(view)
        assert ((near > 0) & (near <= 1)).all()
        if dataset == "moons":  # two classes: margin's ranking
            np.testing.assert_array_equal(np.argsort(near), np.argsort(measures.margin(view.proba)))
    still = ACQUISITIONS.bind(Choice.of("adversarial_uncertainty", epsilon=0.0))(view)
    np.testing.assert_allclose(still, measures.least_confident(view.proba), atol=1e-9)


def test_a_learner_without_weights_is_refused_with_a_sentence():
    from alcore import SpecError

    for name in (
        "adversarial_distance",
        "adversarial_uncertainty",
        "error_reduction",
        "value_of_information",
    ):
        with pytest.raises(SpecError, match="linear weights"):
            begin(Spec(acquisition=name, learner="naive_bayes"))
