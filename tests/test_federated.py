"""Federated learning: where it equals training on all rows, and what clipping and noise do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore import Choice, Log, Spec, SpecError, advance, catalog
from alcore.federated import Client, average, by_class, client_epsilon, clipped, hashed
from alcore.federated import fedavg as rounds_of
from alcore.kernels import softmax
from alcore.learn import fit
from alcore.loop import load
from alcore.privacy.ledger import advanced

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = (X[:, 0] + 0.5 * RNG.normal(size=60) > 0).astype(np.int64) + (X[:, 1] > 1.0)
WEIGHT = RNG.uniform(0.5, 2.0, 60)


def clients(home: np.ndarray, weight: np.ndarray | None = None) -> list[Client]:
    design, target = np.column_stack([X, np.ones(60)]), np.eye(3)[Y]
    weight = np.ones(60) if weight is None else weight
    return [Client(design[home == c], target[home == c], weight[home == c]) for c in np.unique(home)]


def fedavg(*args, **kwargs) -> np.ndarray:
    """The weights after the last round."""
    return list(rounds_of(*args, **kwargs))[-1]


def loss(W: np.ndarray, strength: float, weight: np.ndarray) -> float:
    """Mean log-loss of all rows plus the ridge penalty, written out."""
    P = softmax(np.column_stack([X, np.ones(60)]) @ W)
    return float(-weight @ np.log(P[np.arange(60), Y]) / weight.sum() + 0.5 * strength * (W[:-1] ** 2).sum())


@pytest.mark.parametrize("weight", [np.ones(60), WEIGHT], ids=["rows", "weights"])
@pytest.mark.parametrize("home", [hashed(X, 4, 1), by_class(X, Y, 3, 1), np.minimum(np.arange(60), 1)])
def test_one_step_of_every_client_is_one_step_on_all_rows(home, weight) -> None:
    """Two ways: the average of the clients' steps, and a numerical gradient of the loss of all rows."""
    parts, strength = clients(home, weight), 0.03
    W = fedavg(parts, 3, strength=strength, rounds=1, steps=1)
    step = 1.0 / (max(c.steepness() for c in parts) + strength)
    zero, slope = np.zeros((5, 3)), np.zeros((5, 3))
    for place in np.ndindex(5, 3):
        nudge = zero.copy()
        nudge[place] = 1e-5
        slope[place] = (loss(nudge, strength, weight) - loss(-nudge, strength, weight)) / 2e-5
    np.testing.assert_allclose(W, -step * slope, atol=1e-9)


def test_a_known_average() -> None:
    """Clients of 2 and 1 rows that found 1 and 4: (2 * 1 + 1 * 4) / 3."""
    assert average([np.array([1.0]), np.array([4.0])], np.array([2.0, 1.0])) == pytest.approx(2.0)


def test_one_client_with_time_ends_where_logistic_regression_does() -> None:
    there = fit(Choice("logistic"), X, Y, 3, 0).proba(X)
    here = fit(Choice.of("federated", clients=1, rounds=200, steps=50), X, Y, 3, 0).proba(X)
    np.testing.assert_allclose(here, there, atol=2e-3)
    two = (Y > 0).astype(np.int64)
    there = fit(Choice("logistic"), X, two, 2, 0).proba(X)
    here = fit(Choice.of("federated", clients=1, rounds=200, steps=50), X, two, 2, 0).proba(X)
    np.testing.assert_allclose(here, there, atol=2e-3)


def test_clients_with_different_rows_drift_apart_when_left_alone() -> None:
    """Many steps between averages, above all with classes dealt out: farther from training on all rows."""
    there = fit(Choice("logistic"), X, Y, 3, 0).proba(X)

    def gap(steps: int, split: str) -> float:
        found = fit(Choice.of("federated", clients=3, rounds=60, steps=steps, split=split), X, Y, 3, 0)
        return float(np.abs(found.proba(X) - there).mean())

    drift = gap(30, "classes")
    assert drift > 1.5 * gap(30, "random") > 0
    assert drift > 2 * gap(1, "classes")


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 50), st.integers(0, 99), st.integers(1, 12))
def test_every_row_has_one_client_whatever_its_company(n_clients, seed, k) -> None:
    y = RNG.integers(0, k, 60)
    for home in (hashed(X, n_clients, seed), by_class(X, y, n_clients, seed)):
        assert home.min() >= 0 and home.max() < n_clients
    np.testing.assert_array_equal(hashed(X, n_clients, seed)[::-1], hashed(X[::-1], n_clients, seed))
    assert hashed(X[:1], n_clients, seed)[0] == hashed(X, n_clients, seed)[0]


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 30), st.integers(2, 10))
def test_clients_by_class_know_few_classes(n_clients, k) -> None:
    y = np.arange(k).repeat(20)
    rows = np.random.default_rng(1).normal(size=(len(y), 2))
    home = by_class(rows, y, n_clients, 0)
    known = [len(set(y[home == c])) for c in range(n_clients)]
    assert max(known) <= -(-k // n_clients)


def test_hashes_spread_rows_evenly() -> None:
    sizes = np.bincount(hashed(RNG.normal(size=(20_000, 3)), 10, 0), minlength=10)
    assert sizes.min() > 1_800 and sizes.max() < 2_200


def test_clipping_bounds_what_one_client_can_do() -> None:
    home, alone = hashed(X, 4, 1), 0.05
    assert np.linalg.norm(clipped(np.full((3, 3), 2.0), 1.5)) == pytest.approx(1.5)
    np.testing.assert_array_equal(clipped(np.array([0.3, 0.4]), 1.0), [0.3, 0.4])
    W = fedavg(clients(home), 3, strength=0.03, rounds=1, steps=20, clip=alone)
    assert np.linalg.norm(W) <= alone + 1e-12


def test_noise_is_as_large_as_it_says_and_seeded() -> None:
    """Deviation: noise x 2 x clip x the largest client's share."""
    parts = clients(hashed(X, 4, 1))
    share = max(c.size for c in parts) / 60
    settled = {"strength": 0.03, "rounds": 1, "steps": 1, "clip": 0.5, "noise": 2.0}
    still = fedavg(parts, 3, **settled | {"noise": 1e-12})
    moved = [fedavg(parts, 3, **settled, rng=np.random.default_rng(s)) - still for s in range(400)]
    assert np.std(moved) == pytest.approx(2.0 * 2 * 0.5 * share, rel=0.05)
    again = [fedavg(parts, 3, **settled, rng=np.random.default_rng(5)) for _ in range(2)]
    np.testing.assert_array_equal(*again)
    unclipped = fedavg(parts, 3, **settled | {"clip": 0.0}, rng=np.random.default_rng(5))
    np.testing.assert_array_equal(unclipped, fedavg(parts, 3, **settled | {"clip": 0.0, "noise": 0.0}))


@pytest.mark.parametrize("steps", [1, 20])
def test_one_clients_rows_move_a_noisy_average_by_no_more_than_the_unit(steps: int) -> None:
    """Neighbours: the largest client's rows turned round, far steeper, or next to nothing."""
    home, clip = hashed(X, 4, 1), 0.001
    here = clients(home)
    at = int(np.argmax([c.size for c in here]))
    settled = {"strength": 0.03, "rounds": 1, "steps": steps, "clip": clip, "noise": 1e-12}
    unit, worst = 2.0 * clip * here[at].size / 60, 0.0
    for by in (-1.0, -1000.0, 1e-6):
        there = list(here)
        there[at] = Client(here[at].design * by, here[at].target, here[at].weight)
        moved = fedavg(there, 3, **settled) - fedavg(here, 3, **settled)
        worst = max(worst, float(np.linalg.norm(moved)))
    assert 0.9 * unit < worst <= unit * (1 + 1e-9)


def test_no_two_trainings_share_their_noise() -> None:
    """A labelled row more, and the noise is another; the order of the rows changes nothing."""

    def noise(rows: np.ndarray) -> np.ndarray:
        weights = [
            catalog.LEARNERS.bind(Choice.of("federated", clients=1, rounds=1, steps=1, clip=1e-3, noise=n))(0)
            .fit(X[rows], Y[rows])
            .linear.weights
            for n in (100.0, 1e-9)
        ]
        return weights[0] - weights[1]

    all_, one_less = np.arange(60), np.arange(59)
    assert np.abs(noise(all_) - noise(one_less)).max() > 0.01
    np.testing.assert_allclose(noise(all_[::-1]), noise(all_), atol=1e-9)


def test_what_a_client_spends() -> None:
    """20 rounds, noise 5: rho = 20 / 50; epsilon = rho + 2 sqrt(rho ln(1/delta)). No noise, no promise."""
    rho = 20 / (2 * 5.0**2)
    assert client_epsilon(5.0, 20, 1e-5) == pytest.approx(rho + 2 * np.sqrt(rho * np.log(1e5)))
    assert client_epsilon(0.0, 20) == np.inf
    assert client_epsilon(5.0, 20) < client_epsilon(5.0, 40) < client_epsilon(2.5, 20)
    assert client_epsilon(50.0, 20) < advanced(20, 1.0)


def test_it_gives_linear_weights_and_takes_part_in_every_strategy() -> None:
    assert "linear" in catalog.LEARNERS["federated"].gives
    for acquisition in ("gradient_length", "bald", "margin"):
        spec = Spec(
            "iris",
            learner="federated",
            acquisition=acquisition,
            committee="bagged",
            first=10,
            batch=5,
            budget=25,
        )
        assert Log(tuple(advance(spec))).labels == 25
    with pytest.raises(SpecError, match="between"):
        list(advance(Spec("iris", learner=Choice.of("federated", rounds=5000))))


def test_on_digits_it_is_close_to_training_on_all_rows_and_noise_costs() -> None:
    found: dict[str, list[float]] = {}
    learners = {
        "central": Choice("logistic"),
        "federated": Choice("federated"),
        "few classes": Choice.of("federated", split="classes"),
        "noise": Choice.of("federated", clip=0.3, noise=5.0),
    }
    for seed in range(3):
        data = load(Spec("digits", seed=seed))
        rows = np.random.default_rng(seed).permutation(data.train)[:150]
        for name, choice in learners.items():
            guess = fit(choice, data.X[rows], data.y[rows], 10, seed).predict(data.test_X)
            found.setdefault(name, []).append(float((guess == data.test_y).mean()))
    mean = {name: np.mean(values) for name, values in found.items()}
    assert abs(mean["federated"] - mean["central"]) < 0.03
    assert mean["few classes"] < mean["federated"]
    assert mean["noise"] < mean["few classes"] - 0.3
