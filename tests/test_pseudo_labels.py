"""Pseudo-labels: guesses help where classes are clear, never count as labels, and need open rows."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.preprocessing import StandardScaler

from alcore import Choice, Log, Spec, advance, begin, given, learn, step
from alcore.learners import pseudo_labels
from tests.pools import blobs


def fitted_with(open_rows, X, y, **params):
    choice = Choice.of("pseudo_labels", **params)
    return learn.fit(choice, X, y, int(y.max()) + 1, 0, unlabelled=lambda: open_rows)


def test_without_open_rows_it_is_the_learner_inside():
    X, y = blobs([[0, 0], [2, 2]], 6, spread=0.8)
    plain = learn.fit(Choice("naive_bayes"), X, y, 2, 0).proba(X)
    logistic = learn.fit(Choice("logistic"), X, y, 2, 0).proba(X)
    np.testing.assert_array_equal(learn.fit(Choice("pseudo_labels"), X, y, 2, 0).proba(X), plain)
    np.testing.assert_array_equal(fitted_with(X[:0], X, y).proba(X), plain)
    np.testing.assert_array_equal(fitted_with(X, X, y, trust=0.0).proba(X), plain)
    np.testing.assert_array_equal(fitted_with(X, X, y, threshold=1.0, learner="logistic").proba(X), logistic)


def test_sure_rows_are_believed_and_weigh_what_was_agreed():
    """By hand: the guesses above the threshold, together as heavy as the labels, none heavier than one."""
    X, y = blobs([[0, 0], [3, 3]], 4, spread=0.8)
    open_rows = np.random.default_rng(1).normal(1.5, 2.0, (50, 2))
    first = learn.fit(Choice("logistic"), X, y, 2, 0).proba(open_rows)
    sure = first.max(axis=1) >= 0.8
    assert 8 < sure.sum() < 50
    weight = np.concatenate([np.ones(8), np.full(sure.sum(), 8 / sure.sum())])
    expected = learn.fit(
        Choice("logistic"),
        np.vstack([X, open_rows[sure]]),
        np.append(y, first[sure].argmax(axis=1)),
        2,
        0,
        weight=weight,
    )
    ours = fitted_with(open_rows, X, y, threshold=0.8, learner="logistic")
    np.testing.assert_allclose(ours.proba(open_rows), expected.proba(open_rows))
    assert ours.model.guessed == sure.sum()


def test_a_large_pool_is_sampled(monkeypatch):
    monkeypatch.setattr(pseudo_labels, "MOST", 30)
    X, y = blobs([[0, 0], [5, 5]], 10)
    fitted = fitted_with(np.repeat(X, 10, axis=0), X, y, threshold=0.5)
    assert fitted.model.guessed == 30


def test_guesses_never_enter_the_log_and_runs_resume_exactly():
    spec = Spec(dataset="blobs", learner="pseudo_labels", batch=2, budget=30, committee="bagged")
    for acquisition in ("margin", "vote_entropy", "ucb"):
        now = replace(spec, acquisition=Choice(acquisition))
        rounds = list(advance(now))
        log = Log(tuple(rounds))
        assert log.labels == 30 and begin(now, log).labelled.y.shape == (30,)
        assert list(advance(now, Log(tuple(rounds[:4])))) == rounds[4:]


def test_the_learner_of_a_run_sees_the_open_rows_and_never_the_test_rows():
    data = given(*blobs([[0, 0], [4, 4]], 30), test=0.5, seed=1)
    run = step(begin(Spec(learner="pseudo_labels", first=6), data=data))
    seen = run.fitted.model.open
    open_rows = np.setdiff1d(data.train, run.log.asked[:, 0])
    np.testing.assert_array_equal(seen, data.X[open_rows])


@pytest.mark.parametrize(
    ("name", "labels", "least"), [("digits", 40, 0.015), ("bc", 10, 0.01), ("wine", 9, 0.01)]
)
def test_guesses_help_a_learner_that_describes_classes(name, labels, least):
    """A few random labels, half of the other rows open, the rest for testing; eight draws."""
    load = {"digits": load_digits, "bc": load_breast_cancer, "wine": load_wine}[name]
    X, y = load(return_X_y=True)
    X, C = X / 16 if name == "digits" else StandardScaler().fit_transform(X), int(y.max()) + 1
    gains = []
    for seed in range(8):
        order = np.random.default_rng(seed).permutation(len(y))
        first = np.concatenate([order[y[order] == c][: labels // C] for c in range(C)])
        rest = np.setdiff1d(order, first)
        plain = learn.fit(Choice("naive_bayes"), X[first], y[first], C, 0)
        ours = fitted_with(X[rest[::2]], X[first], y[first])
        truth = y[rest[1::2]]
        gains.append(
            (ours.predict(X[rest[1::2]]) == truth).mean() - (plain.predict(X[rest[1::2]]) == truth).mean()
        )
    assert np.mean(gains) > least and np.mean(np.array(gains) > 0) > 0.5


def test_asking_and_guessing_go_together():
    """Margin with guesses is not below chance with guesses by more than two points."""
    areas = []
    for seed in range(4):
        spec = Spec(dataset="breast_cancer", learner="pseudo_labels", first=6, batch=4, budget=46, seed=seed)
        areas.append([np.mean([r.metrics["accuracy"] for r in advance(s)]) for s in (spec, spec.passive())])
    assert np.mean(areas, axis=0)[0] > np.mean(areas, axis=0)[1] - 0.02
