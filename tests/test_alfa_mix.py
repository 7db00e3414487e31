"""ALFA-Mix: the closed form is what a search finds, the batch is spread over what changes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from alcore import Choice, Log, Spec, SpecError, advance, begin
from alcore.distances import nearest_gaps
from alcore.loop import view_of
from alcore.selection.alfa_mix import alfa_mix, class_means, flips_at
from alcore.solvers import LinearModel


def mixed(X, anchors, model, eps):
    """(N,) whether any mixture by the paper's formula, worked out entry by entry, has another class."""
    guess, P, W = model.proba(X).argmax(axis=1), model.proba(X), model.weights[:-1]
    changed = np.zeros(len(X), bool)
    for i, z in enumerate(X):
        gradient = W @ (P[i] - np.eye(P.shape[1])[guess[i]])
        for anchor in anchors:
            delta = anchor - z
            alpha = eps * np.linalg.norm(delta) * (gradient / np.linalg.norm(gradient)) / delta
            changed[i] |= model.proba((z + alpha * delta)[None]).argmax() != guess[i]
    return changed


@settings(max_examples=25, deadline=None)
@given(some.integers(0, 10_000), some.integers(2, 5), some.integers(1, 6))
def test_flips_come_where_a_grid_of_shares_finds_them(seed, C, D):
    rng = np.random.default_rng(seed)
    X, anchors = rng.normal(size=(12, D)), rng.normal(size=(3, D))
    model = LinearModel(rng.normal(size=(D + 1, C)))
    at = flips_at(X, anchors, model)
    for eps in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 3.0):
        sure = np.abs(at - eps) > 1e-6
        np.testing.assert_array_equal(mixed(X, anchors, model, eps)[sure], (at < eps)[sure])


def test_a_model_that_knows_nothing_is_never_turned():
    at = flips_at(np.ones((3, 2)), np.zeros((1, 2)), LinearModel(np.zeros((3, 2))))
    assert np.isposinf(at).all()


def asked(spec, epsilon, n=12):
    run = begin(spec, _log(spec))
    view = view_of(run, run.setting.candidates(run.data, run.log), frozenset({"linear"}))
    at = alfa_mix(np.zeros(len(view.candidates)), view, n, epsilon=epsilon)
    near = flips_at(view.candidates.X, class_means(run.labelled.X, run.labelled.y), view.linear)
    return at, near


def _log(spec):
    return Log(tuple(advance(spec, rounds=2)))


def test_the_batch_is_of_rows_that_change_or_the_nearest_to_it():
    spec = Spec(dataset="digits", first=20, batch=20, budget=100)
    at, near = asked(spec, 0.2)
    assert len(set(at.tolist())) == 12
    assert (near < 0.2).sum() > 12 and (near[at] <= 0.2).all()
    few, near = asked(spec, 0.001)
    assert (near <= 0.001).sum() < 12
    assert sorted(near[few]) == pytest.approx(sorted(near)[:12])


def test_the_batch_is_spread_over_what_changes():
    spec = Spec(dataset="digits", first=20, batch=20, budget=100)
    run = begin(spec, _log(spec))
    X = run.setting.candidates(run.data, run.log).X
    at, near = asked(spec, 0.2, 30)
    changes = X[near <= 0.2]

    def gap(chosen):
        return np.sqrt(nearest_gaps(changes, X[chosen])).mean()

    assert gap(at) < 0.95 * gap(np.argsort(near)[:30])


def test_a_learner_without_weights_is_refused():
    spec = Spec(select="alfa_mix", learner="forest")
    with pytest.raises(SpecError, match="linear weights"):
        next(advance(spec))


@pytest.mark.slow
def test_it_beats_random_on_digits():
    spec = Spec(dataset="digits", first=10, batch=10, budget=160, select=Choice("alfa_mix"))
    gains = []
    for seed in range(5):
        area = [
            np.mean([r.metrics["accuracy"] for r in advance(replace(s, seed=seed))])
            for s in (spec, spec.passive())
        ]
        gains.append(area[0] - area[1])
    assert np.mean(gains) > 0.0 and sum(g > 0 for g in gains) >= 3
