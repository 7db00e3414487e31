"""Joint information: published values, brute force over all labels, and batches without copies."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore import Choice, Spec, advance, joint
from alcore import given as given_data
from tests.generators import repeated_digits


def draws(seed, K=4, n=5, C=3, sharp=1.0):
    return np.random.default_rng(seed).dirichlet(np.full(C, sharp), (K, n))


def mixtures(pairs, K=20):
    """Members that move in K even steps from one distribution to another, one pair a row: (K, n, C)."""
    steps = np.linspace(0, 1, K)[:, None, None]
    first, last = np.array(pairs).swapaxes(0, 1)
    return (1 - steps) * first + steps * last


def brute_entropy(members):
    """H of all rows' labels together, by listing every configuration."""
    _, n, C = members.shape
    total = 0.0
    for labels in product(range(C), repeat=n):
        p = members[:, range(n), labels].prod(axis=1).mean()
        total -= p * np.log(p) if p > 0 else 0.0
    return total


def brute_information(members):
    return brute_entropy(members) - joint.decompose(members).aleatoric.sum()


def rng():
    return np.random.default_rng(0)


def test_published_batch():
    """batchbald_redux, notebook 01: four rows, 20 draws, 4 classes."""
    members = mixtures(
        [
            ([0.7, 0.1, 0.1, 0.1], [0.3, 0.3, 0.2, 0.2]),
            ([0.1, 0.7, 0.1, 0.1], [0.2, 0.3, 0.3, 0.2]),
            ([0.1, 0.1, 0.7, 0.1], [0.2, 0.2, 0.3, 0.3]),
            ([0.1, 0.1, 0.1, 0.7], [0.3, 0.2, 0.2, 0.3]),
        ]
    )
    published = [0.030715639666234917, 0.05961958627158248, 0.0869107051474467, 0.11275304532467878]
    at, information = joint.batchbald(members, 4, 1000, rng())
    np.testing.assert_allclose(information, published, atol=1e-9)
    assert sorted(at.tolist()) == [0, 1, 2, 3], "their order is that of rounding: the four rows are alike"
    single = joint.batchbald(members, 4, 1000, rng(), dtype=np.float32)[1]
    np.testing.assert_allclose(single, published, atol=2e-6)


def test_published_joint_entropies():
    """batchbald_redux, notebook 02: four rows together, then each of eight beside them."""
    one = ([0.1, 0.2, 0.2, 0.5], [0.5, 0.2, 0.1, 0.2])
    two = ([0.1, 0.6, 0.2, 0.1], [0.0, 0.5, 0.5, 0.0])
    members = mixtures([one, two] * 4)
    labels = joint.JointLabels(20, 256, rng())
    for at in range(4):
        labels.add(members[:, at])
    assert labels.exact and labels.entropy == pytest.approx(4.6479, abs=5e-5)
    np.testing.assert_allclose(labels.entropy + labels.next_entropy(members), [5.9735, 5.6362] * 4, atol=5e-5)
    sampled = joint.joint_entropy(members, 20_000, rng())
    assert sampled == pytest.approx(brute_entropy(members), abs=0.01)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.01, 0.3, 3.0]))
def test_exact_joint_entropy_equals_the_list_of_all_labels(seed, sharp):
    members = draws(seed, 5, 4, 3, sharp)
    assert joint.joint_entropy(members, 81, rng()) == pytest.approx(brute_entropy(members), abs=1e-12)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.01, 0.3, 3.0]))
def test_every_choice_is_the_best_one_by_brute_force(seed, sharp):
    members = draws(seed, 4, 6, 3, sharp)
    chosen, information = joint.batchbald(members, 4, 1000, rng())
    taken = []
    for at, found in zip(chosen.tolist(), information, strict=True):
        best = max(brute_information(members[:, [*taken, i]]) for i in range(6) if i not in taken)
        taken.append(at)
        assert found == pytest.approx(brute_information(members[:, taken]), abs=1e-10)
        assert found == pytest.approx(best, abs=1e-10)


def test_greedy_is_within_its_guarantee_of_the_best_batch():
    for seed in range(5):
        members = draws(seed, 5, 6, 2, 0.5)
        best = max(brute_information(members[:, list(b)]) for b in combinations(range(6), 3))
        assert joint.batchbald(members, 3, 100, rng())[1][-1] >= (1 - 1 / np.e) * best


def test_lazy_choice_equals_looking_at_every_row():
    members = draws(3, 30, 300, 4, 0.5)
    chosen, _ = joint.batchbald(members, 6, 5000, rng())
    labels, noise, taken = joint.JointLabels(30, 5000, rng()), joint._entropies(members), []
    for _ in range(6):
        value = labels.next_information(members, noise)
        value[taken] = -1.0
        taken.append(int(value.argmax()))
        labels.add(members[:, taken[-1]])
    assert labels.exact and chosen.tolist() == taken


def test_sampled_entropy_is_close_to_the_exact_one():
    gaps = []
    for seed in range(30):
        members = draws(seed, 10, 8, 3, 0.7)
        gaps.append(joint.joint_entropy(members, 2000, np.random.default_rng(seed)) - brute_entropy(members))
    assert abs(np.mean(gaps)) <= 0.01 and np.std(gaps) <= 0.03


def test_few_configurations_stand_for_very_many():
    """177,147 configurations by 300."""
    gaps = []
    for seed in range(20):
        members = draws(seed, 10, 11, 3, 0.7)
        exact = joint.joint_entropy(members, 3**11, rng())
        gaps.append(joint.joint_entropy(members, 300, np.random.default_rng(seed)) - exact)
    assert abs(np.mean(gaps)) <= 0.015 and np.std(gaps) <= 0.035


def test_information_grows_less_and_less_and_stays_below_what_the_draws_hold():
    members = draws(0, 16, 200, 5, 0.2)
    _, information = joint.batchbald(members, 40, 300, rng())
    assert (np.diff(information) >= 0).all() and information[-1] <= np.log(16) + 0.05
    assert np.diff(information)[:3].min() > np.diff(information)[-3:].max()


def test_copies_of_a_row_that_settles_everything_are_not_bought():
    """Ten copies are each worth more than any other row, but one of them is enough."""
    certain = np.zeros((4, 2))
    certain[[0, 1, 2, 3], [0, 0, 1, 1]] = 1.0
    other = np.array([[0.8, 0.2], [0.2, 0.8], [0.8, 0.2], [0.2, 0.8]])
    members = np.stack([certain] * 10 + [other], axis=1)
    assert np.argsort(-joint.bald(members), kind="stable")[:2].tolist() == [0, 1]
    assert joint.batchbald(members, 2, 100, rng())[0].tolist() == [0, 10]


@pytest.mark.parametrize("seed", range(4))
def test_when_nothing_is_left_to_learn_luck_does_not_choose_copies(seed):
    """The luck of the configurations is the same for all copies of a row."""
    members = np.repeat(draws(seed, 20, 30, 4, 0.3), 5, axis=1)
    chosen, information = joint.batchbald(members, 20, 500, rng())
    assert information[9] > 0.95 * np.log(20), "from the middle of the batch on the draws are told apart"
    assert len(set((chosen // 5).tolist())) >= 13


@pytest.mark.parametrize("n", [0, 1, 3, 9])
def test_any_size_gives_distinct_rows(n):
    for members in (draws(0, 2, 5, 2), np.repeat(draws(0, 1, 5, 2), 3, axis=0), np.ones((3, 5, 1))):
        at, _ = joint.batchbald(members, n, 100, rng(), shortlist=2)
        assert len(at) == min(n, 5) == len(set(at.tolist()))


def repeated(seed, acquisition, select):
    """Mean accuracy of a run, and how many copies its batches held."""
    X, y, X_test, y_test, base = repeated_digits(seed)
    draw = np.random.default_rng(1000 + seed)
    first = [draw.choice(np.flatnonzero(y == c)) for c in range(10)]
    test = len(X) + np.arange(len(X_test))
    data = given_data(np.vstack([X, X_test]), np.r_[y, y_test], test=test, initial=first)
    spec = Spec(
        committee=Choice.of("laplace", members=40),
        acquisition=acquisition,
        select=select,
        batch=10,
        budget=110,
    )
    rounds = list(advance(spec, data=data))
    accuracy = [r.metrics["accuracy"] for r in rounds]
    batches = [[base[row] for (row,) in r.asked] for r in rounds[1:]]
    return np.trapezoid(accuracy) / (len(rounds) - 1), sum(len(b) - len(set(b)) for b in batches)


@pytest.mark.slow
def test_batchbald_beats_bald_and_random_where_rows_repeat():
    seeds = range(5)
    batch, top, passive = (
        np.array([repeated(s, a, select) for s in seeds])
        for a, select in (("bald", "batchbald"), ("bald", "top"), ("random", "top"))
    )
    assert (batch[:, 0] - top[:, 0]).mean() >= 0.008 and (batch[:, 0] > top[:, 0]).all()
    assert batch[:, 1].sum() <= top[:, 1].sum() / 2
    assert top[:, 0].mean() < passive[:, 0].mean() < batch[:, 0].mean(), (
        "BALD's top rows do worse than random"
    )
