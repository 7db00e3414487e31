"""The dropout network: its gradient, what a mask is, and how good it is against scikit-learn's."""

import warnings
from itertools import pairwise

import numpy as np
import pytest

from alcore import Choice, catalog, joint, network
from alcore.learn import Teacher, fit
from alcore.types import Labelled
from tests.generators import table6


def small(hidden=(5, 4), n=7, seed=0):
    rng = np.random.default_rng(seed)
    sizes = (3, *hidden, 3)
    layers = tuple((rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in pairwise(sizes))
    X, target = rng.normal(size=(n, 3)), np.eye(3)[rng.integers(0, 3, n)]
    masks = [(rng.random((n, h)) < 0.7) / 0.7 for h in hidden]
    return layers, X, target, rng.uniform(0.2, 2, n), masks


@pytest.mark.parametrize("hidden", [(5,), (5, 4)])
@pytest.mark.parametrize("dropout", [False, True])
def test_gradient_equals_finite_differences(hidden, dropout):
    layers, X, target, share, masks = small(hidden)
    given = (X, target, share, masks if dropout else [], 0.3)
    slopes = network.gradient(layers, *given)
    for arrays, grads in zip(layers, slopes, strict=True):
        for array, grad in zip(arrays, grads, strict=True):
            numeric = np.empty_like(array)
            for at in np.ndindex(array.shape):
                was, sides = array[at], []
                for move in (1e-6, -1e-6):
                    array[at] = was + move
                    sides.append(network.objective(layers, *given))
                array[at] = was
                numeric[at] = (sides[0] - sides[1]) / 2e-6
            np.testing.assert_allclose(grad, numeric, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("hidden", [(6,), (6, 5)])
def test_a_thinned_network_is_the_masked_one(hidden):
    layers, X, *_ = small(hidden)
    whole = network.Network(layers, 0.4)
    thin = whole.thinned(np.random.default_rng(3))
    rng, out = np.random.default_rng(3), X
    for weights, biases in layers[:-1]:
        out = np.maximum(out @ weights + biases, 0) * (rng.random(len(biases)) >= 0.4) / 0.6
    logits = np.exp(out @ layers[-1][0] + layers[-1][1])
    np.testing.assert_allclose(thin.proba(X), logits / logits.sum(axis=1, keepdims=True))
    assert sum(w.size for w, _ in thin.layers) < sum(w.size for w, _ in layers)
    np.testing.assert_array_equal(
        network.Network(layers, 0.0).thinned(np.random.default_rng(0)).proba(X), whole.proba(X)
    )


def test_thinned_networks_have_the_whole_ones_logits_on_average():
    layers, X, *_ = small((40,))
    whole, rng = network.Network(layers, 0.3), np.random.default_rng(0)
    logits = [(lambda t: t.head.logits(t.embed(X)))(whole.thinned(rng)) for _ in range(4000)]
    np.testing.assert_allclose(np.mean(logits, axis=0), whole.head.logits(whole.embed(X)), atol=0.5)


def test_all_units_dropped_leave_the_last_biases():
    layers, X, *_ = small((2,))
    rng = np.random.default_rng(0)
    thin = next(
        t for t in iter(lambda: network.Network(layers, 0.8).thinned(rng), None) if not t.embed(X).size
    )
    assert np.ptp(thin.proba(X), axis=0).max() == 0.0


def test_head_on_the_embedding_gives_the_probabilities():
    X, y, *_ = table6("wine", 0)
    fitted = fit(Choice.of("dropout_network", steps=100), X, y, 3, 0)
    np.testing.assert_allclose(fitted.model.head.proba(fitted.embed(X)), fitted.proba(X))


def test_weight_zero_is_a_row_less():
    X, y, *_ = table6("wine", 0)
    X, y = X[:30], y[:30]
    wrong = np.r_[y[:15], (y[15:] + 1) % 3]
    halved = network.train(X, wrong, 3, np.random.default_rng(0), weight=np.repeat([1.0, 0.0], 15))
    assert (halved.proba(X[:15]).argmax(axis=1) == y[:15]).all()
    alone = network.train(X[:15], y[:15], 3, np.random.default_rng(0))
    np.testing.assert_array_equal(halved.proba(X[:15]).argmax(axis=1), alone.proba(X[:15]).argmax(axis=1))


def test_digits_as_well_as_scikit_learn_and_unsure_of_what_is_no_digit():
    from sklearn.neural_network import MLPClassifier

    X, y, X_test, y_test = table6("digits", 0)
    teach = Teacher(Choice("dropout_network"), Labelled(X, y, np.arange(len(y))[:, None]), 10, 0)
    whole = teach()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = MLPClassifier((128,), max_iter=40, random_state=0).fit(X, y).score(X_test, y_test)
    assert (whole.predict(X_test) == y_test).mean() >= max(theirs, 0.975) - 0.015
    members = catalog.COMMITTEES.bind(Choice("dropout"))(teach)
    noise = np.random.default_rng(0).random((400, 64))
    digits, foreign = (
        joint.bald(np.stack([m.proba(rows) for m in members])).mean() for rows in (X_test, noise)
    )
    assert foreign >= 3 * digits
