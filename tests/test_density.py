"""Where a row lies: density, novelty, contrast."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import entropy as kl

from alcore import Choice, measures
from alcore.acquisition import density as module
from alcore.acquisition.density import contrast, mean_similarity
from alcore.catalog import ACQUISITIONS
from tests.pools import blobs, seen


def scene():
    X, code = blobs([[0, 0], [4, 0], [0, 4]], 20, spread=1.0)
    return seen(X, code, [0, 20, 40, 1])


def test_information_density_known_value():
    """modAL's information_density, Euclidean: the mean of 1 / (1 + d), the row itself included."""
    X = np.random.default_rng(0).normal(size=(30, 4))
    np.testing.assert_allclose(mean_similarity(X, X), (1 / (1 + cdist(X, X))).mean(axis=1))
    np.testing.assert_allclose(mean_similarity(X, X, "cosine"), (1 - cdist(X, X, "cosine") / 2).mean(axis=1))
    assert mean_similarity(np.zeros((1, 2)), X[:, :2], "cosine").tolist() == [0.5]


def test_density_is_doubt_times_crowd_and_beta_weighs_the_crowd():
    view = scene()
    X, P = view.candidates.X, view.proba
    crowd = (1 / (1 + cdist(X, X))).mean(axis=1)
    found = ACQUISITIONS.bind(Choice.of("density", beta=2.0))(view)
    np.testing.assert_allclose(found, measures.entropy(P) * crowd**2)
    found = ACQUISITIONS.bind(Choice.of("density", beta=0.0, doubt="margin"))(view)
    np.testing.assert_allclose(found, measures.margin(P))


def test_a_sample_stands_for_a_large_pool(monkeypatch):
    view = scene()
    exact = ACQUISITIONS["density"].plugin(view)
    monkeypatch.setattr(module, "REFERENCE", 40)
    sampled = ACQUISITIONS["density"].plugin(view)
    assert 0.95 < np.corrcoef(exact, sampled)[0, 1] < 1.0


def test_novelty_is_the_distance_to_the_closest_label():
    view = scene()
    expected = cdist(view.candidates.X, view.labelled.X).min(axis=1)
    np.testing.assert_allclose(ACQUISITIONS["novelty"].plugin(view), expected, atol=1e-7)


def test_contrast_by_brute_force_and_zero_among_equals():
    rng = np.random.default_rng(1)
    P, neighbours = rng.dirichlet(np.ones(4), 12), rng.dirichlet(np.ones(4), (12, 5))
    expected = [np.mean([kl(q, p) for q in near]) for p, near in zip(P, neighbours, strict=True)]
    np.testing.assert_allclose(contrast(P, neighbours), expected)
    assert not contrast(P, np.repeat(P[:, None], 5, axis=1)).round(12).any()
    certain = contrast(np.array([[1.0, 0.0]]), np.array([[[0.0, 1.0]]]))
    assert certain[0] == pytest.approx(12 * np.log(10)), "finite where the learner is certain"


def test_contrastive_looks_at_the_nearest_labels():
    view = scene()
    near = cdist(view.candidates.X, view.labelled.X).argsort(axis=1)[:, :2]
    known = view.fitted.proba(view.labelled.X)
    expected = [np.mean([kl(known[j], p) for j in at]) for p, at in zip(view.proba, near, strict=True)]
    found = ACQUISITIONS.bind(Choice.of("contrastive", neighbours=2))(view)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    everyone = ACQUISITIONS.bind(Choice.of("contrastive", neighbours=100))(view)
    assert np.isfinite(everyone).all()
