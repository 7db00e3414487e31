"""Scores that count on wrong answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore import Choice, Spec, advance, joint, measures
from alcore import given as own
from alcore.acquisition.noise_robust import through_noise
from alcore.catalog import ACQUISITIONS
from tests.drawing import views
from tests.generators import noise_trap


@given(st.integers(2, 6), st.floats(0, 0.95), st.integers(0, 10**6))
def test_a_noisy_channel_is_its_matrix(C, rate, seed):
    P = np.random.default_rng(seed).dirichlet(np.ones(C), 7)
    cut = min(rate, 1 - 1 / C)
    channel = (1 - cut) * np.eye(C) + cut / (C - 1) * (1 - np.eye(C))
    np.testing.assert_allclose(through_noise(P, rate), P @ channel, atol=1e-12)
    np.testing.assert_allclose(through_noise(P, rate).sum(axis=1), 1.0)


@given(st.data())
def test_noise_only_ever_takes_information_away(data):
    """Data processing: none at rate 0, never more at a higher rate, nothing left at blind guessing."""
    view = data.draw(views(frozenset({"members"})))
    low, high = sorted((data.draw(st.floats(0, 0.9)), data.draw(st.floats(0, 0.9))))

    def score(rate):
        return ACQUISITIONS.bind(Choice.of("noisy_bald", rate=rate))(view)

    np.testing.assert_allclose(score(0.0), joint.bald(view.members), atol=1e-12)
    assert (score(high) <= score(low) + 1e-9).all()
    np.testing.assert_allclose(score(1 - 1 / view.n_classes), 0.0, atol=1e-9)


def test_a_known_value_through_noise():
    """Two members, each sure of another class: ln 2 nats; a channel that errs with .1 leaves ln 2 - H(.1)."""
    members = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    left = np.log(2) + 0.1 * np.log(0.1) + 0.9 * np.log(0.9)
    assert joint.bald(through_noise(members, 0.1))[0] == pytest.approx(left)


@pytest.mark.parametrize("C", [2, 5])
def test_shy_doubt_is_a_parabola_of_the_margin(C):
    P = np.vstack([np.full(C, 1 / C), np.eye(C)[0], 0.5 * np.full(C, 1 / C) + 0.5 * np.eye(C)[0]])
    from tests.pools import seen

    view = seen(np.arange(6.0)[:, None], np.arange(6) % 2, [0, 1])
    view.__dict__["proba"] = P
    doubt = measures.margin(P)
    for shyness, order in ((0.0, [1.0, 0.0, 0.5]), (0.5, [0.5, 0.0, 0.375]), (1.0, [0.0, 0.0, 0.25])):
        got = ACQUISITIONS.bind(Choice.of("shy_doubt", shyness=shyness))(view)
        np.testing.assert_allclose(got, order, atol=1e-12)
        np.testing.assert_allclose(got, doubt * (1 - shyness * doubt), atol=1e-12)


@pytest.mark.slow
def test_shunning_doubt_loses_to_random_on_digits():
    """The honest non-win. Mean accuracy from 10 to 60 labels, three seeds: .508, random .685, margin .724."""

    def mean_accuracy(acquisition, seed):
        spec = Spec(dataset="digits", acquisition=acquisition, first=10, batch=5, budget=60, seed=seed)
        return np.mean([r.metrics["accuracy"] for r in advance(spec)])

    lost = [mean_accuracy("random", s) - mean_accuracy("shy_doubt", s) for s in range(3)]
    assert min(lost) > 0.03


@pytest.mark.slow
def test_who_walks_into_the_noise_trap():
    """Half the pool has random labels. Share of 56 questions asked there, three seeds:
    random .47, entropy .80; plausible doubt .18, BALD through noise .17, expected error reduction .68.
    """

    def share(acquisition, seed, committee):
        X, y, noisy, pool, test = noise_trap(seed)
        first = np.random.default_rng(seed).choice(pool, 4, replace=False)
        spec = Spec(acquisition=acquisition, committee=committee, batch=1, budget=60, seed=seed)
        data = own(X, y, test=test, initial=first)
        return np.mean([noisy[q[0]] for r in list(advance(spec, data=data))[1:] for q in r.asked])

    found = {
        name: np.mean([share(name, seed, committee) for seed in range(3)])
        for name, committee in (("entropy", "bagged"), ("noisy_bald", "laplace"), ("plausibility", "bagged"))
    }
    assert found["entropy"] >= 0.6 and max(found["noisy_bald"], found["plausibility"]) <= 0.35
