"""Information per label: identities, bounds and brute force; and that BALD walks past noise."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr, xlogy

from alcore import Choice, Spec, advance, joint
from alcore import given as given_data
from alcore.measures import entropy, kl_to_consensus
from tests.generators import first_rows, noise_trap


def draws(seed, K=4, n=5, C=3, sharp=1.0):
    """Members with zeros, ones and everything between."""
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(C, sharp), (K, n))


tensors = st.builds(
    draws,
    st.integers(0, 2**32 - 1),
    K=st.integers(1, 8),
    n=st.integers(1, 6),
    C=st.integers(1, 5),
    sharp=st.sampled_from([0.001, 0.1, 1.0, 50.0]),
)


def brute_information(members, targets):
    """I(y; y_t) from the joint table, entry by entry."""
    K, n, C = members.shape
    out = np.zeros((n, targets.shape[1]))
    for i, t in np.ndindex(out.shape):
        for a, b in product(range(C), repeat=2):
            both = sum(members[k, i, a] * targets[k, t, b] for k in range(K)) / K
            apart = members[:, i, a].mean() * targets[:, t, b].mean()
            out[i, t] += both * np.log(both / apart) if both > 0 else 0.0
    return out.mean(axis=1)


@given(tensors)
def test_bald_is_the_mean_divergence_from_the_consensus(members):
    mean_kl = rel_entr(members, members.mean(axis=0)).sum(axis=2).mean(axis=0)
    np.testing.assert_allclose(joint.bald(members), mean_kl, atol=1e-12)
    np.testing.assert_allclose(joint.bald(members), kl_to_consensus(members), atol=1e-12)


@given(tensors)
def test_bald_is_between_zero_and_what_there_is_to_know(members):
    total, aleatoric, epistemic = joint.decompose(members)
    assert (epistemic >= 0).all()
    assert (epistemic <= np.minimum(total, np.log(min(len(members), members.shape[2]))) + 1e-12).all()
    np.testing.assert_allclose(total, aleatoric + epistemic, atol=1e-15)
    np.testing.assert_allclose(total, entropy(members.mean(axis=0)), atol=1e-12)
    np.testing.assert_allclose(aleatoric, -xlogy(members, members).sum(axis=2).mean(axis=0), atol=1e-11)


@given(st.integers(0, 999))
def test_agreement_is_no_information(seed):
    members = np.repeat(draws(seed, K=1), 7, axis=0)
    assert not joint.bald(members).any() and not joint.member_std(members).any()
    assert not joint.epig(members, members).any()


def test_known_values():
    """One toss between two opposite certainties; one between 0.9 and 0.3, by hand."""
    members = np.array([[[1.0, 0.0], [0.9, 0.1]], [[0.0, 1.0], [0.3, 0.7]]])

    def h(p):
        return -p * np.log(p) - (1 - p) * np.log(1 - p)

    np.testing.assert_allclose(joint.bald(members), [np.log(2), h(0.6) - (h(0.9) + h(0.3)) / 2], atol=1e-15)
    np.testing.assert_allclose(joint.member_std(members), [0.5, 0.3])


@given(tensors, st.integers(0, 999))
def test_epig_equals_the_joint_table_and_never_exceeds_bald(members, seed):
    targets = draws(seed, len(members), 3, members.shape[2], 0.3)
    found = joint.epig(members, targets)
    np.testing.assert_allclose(found, brute_information(members, targets), atol=1e-11)
    assert (found >= 0).all() and (found <= joint.bald(members) + 1e-12).all()


def test_epig_in_blocks_equals_epig_at_once(monkeypatch):
    members, targets = draws(0, 6, 40, 3), draws(1, 6, 9, 3)
    whole = joint.epig(members, targets)
    monkeypatch.setattr(joint, "_CACHED", 1)
    np.testing.assert_allclose(joint.epig(members, targets), whole, atol=1e-14)


def share_in_the_blob(seed, acquisition):
    X, y, blob, pool, test = noise_trap(seed)
    data = given_data(X, y, train=pool, test=test, initial=first_rows(y[pool], 4, seed))
    spec = Spec(committee="laplace", acquisition=acquisition, batch=1, budget=80, learner=Choice("logistic"))
    asked = [row for r in list(advance(spec, data=data))[1:] for (row,) in r.asked]
    assert len(asked) == 76
    return blob[asked].mean()


def test_entropy_falls_into_the_noise_trap_and_bald_does_not():
    for seed in range(3):
        assert share_in_the_blob(seed, "entropy") >= 0.7
        assert share_in_the_blob(seed, "bald") <= 0.35


@pytest.mark.slow
def test_epig_stays_out_of_the_noise_trap_too():
    assert np.mean([share_in_the_blob(seed, "epig") for seed in range(5)]) <= 0.35
