"""Expected gain: closed forms against integrals, brute force and published definitions."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import beta, dirichlet

from alcore import Choice, Spec, begin, step
from alcore.acquisition.expected_gain import (
    dirichlet_gain,
    doubts,
    kernel_counts,
    pool_gain,
    quire_cost,
    rule_of_thumb,
)
from alcore.catalog import ACQUISITIONS
from alcore.loop import view_of
from tests.pools import seen

NAMES = ("mcpal", "xpal", "quire", "plausibility")


def gain_by_integral(counts, m, prior):
    """McPAL for two classes as published: the integral over the share of class 1, the sum over its labels."""
    a = np.asarray(counts) + prior
    density = beta(a[1], a[0]).pdf

    def gain(share):
        theta = np.array([1 - share, share])
        total = 0.0
        for ones in range(m + 1):
            chance = comb(m, ones) * share**ones * (1 - share) ** (m - ones)
            after = np.argmax(a + np.array([m - ones, ones]))
            total += chance * (theta[after] - theta[np.argmax(a)])
        return total * density(share)

    return quad(gain, 0, 1, limit=200)[0] / m


@pytest.mark.parametrize("counts", [(0.0, 0.0), (1.0, 0.3), (2.0, 1.5), (0.2, 3.0), (5.0, 4.9)])
@pytest.mark.parametrize("prior", [1.0, 1.7])
def test_mcpal_is_its_integral_for_two_classes(counts, prior):
    best = 0.0
    for m in (1, 2, 3):
        best = max(best, gain_by_integral(counts, m, prior))
        assert dirichlet_gain(np.array([counts]), m, prior)[0] == pytest.approx(best, abs=1e-7)


def test_mcpal_is_its_expectation_for_three_classes():
    """Monte Carlo over the Dirichlet, all label draws enumerated: two labels."""
    counts = np.array([1.2, 0.4, 0.9])
    theta = dirichlet(counts + 1.0).rvs(200_000, random_state=0)
    gains = []
    for m in (1, 2):
        total = 0.0
        for labels in product(range(3), repeat=m):
            after = np.argmax(counts + np.bincount(labels, minlength=3))
            total += (theta[:, labels].prod(axis=1) * (theta[:, after] - theta[:, counts.argmax()])).mean()
        gains.append(total / m)
    assert dirichlet_gain(counts[None], 2)[0] == pytest.approx(max(gains), abs=5e-4)


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 5), st.integers(0, 10**6))
def test_one_label_helps_only_where_it_can_change_the_majority(C, seed):
    counts = np.random.default_rng(seed).exponential(2.0, (20, C))
    gain = dirichlet_gain(counts, 1)
    two = np.sort(counts, axis=1)[:, -2:]
    gap = two[:, 1] - two[:, 0]
    clear = np.abs(gap - 1.0) > 1e-3  # nearer, the gain is lost in rounding
    assert ((gain > 1e-9) == (gap < 1.0))[clear].all()
    assert (dirichlet_gain(counts, 2) >= gain - 1e-12).all()


def test_xpal_is_its_definition_by_loops():
    """Every candidate, label and evaluation row in turn: risks before and after, under the counts after."""
    rng = np.random.default_rng(0)
    X, known, y = rng.normal(size=(7, 2)), rng.normal(size=(5, 2)), np.array([0, 1, 2, 0, 1])
    width, prior = 0.9, 0.05
    counts = kernel_counts(X, known, y, 3, width)
    got = pool_gain(X, counts, X, counts, width, prior)
    for i in range(7):
        share = (counts[i] + prior) / (counts[i] + prior).sum()
        total = 0.0
        for label in range(3):
            for e in range(7):
                a = counts[e] + prior
                after = a.copy()
                after[label] += np.exp(-np.square(X[i] - X[e]).sum() / (2 * width**2))
                p = after / after.sum()
                total += share[label] * ((1 - p[a.argmax()]) - (1 - p[after.argmax()])) / 7
        assert got[i] == pytest.approx(total, abs=1e-12)


def test_xpals_posterior_mean_is_the_integral_over_shares():
    """The expected loss of a decision over Dirichlet shares is that at their mean."""
    a = np.array([0.7, 1.9])
    mean_share = quad(lambda t: t * beta(a[1], a[0]).pdf(t), 0, 1)[0]
    assert mean_share == pytest.approx(a[1] / a.sum(), abs=1e-6)


def quire_problem(seed, C=2, n=6, L=4):
    rng = np.random.default_rng(seed)
    X, known = rng.normal(size=(n, 2)), rng.normal(size=(L, 2))
    y = np.append(np.arange(C), rng.integers(0, C, L - C))
    everything = np.vstack([known, X])
    squared = np.square(everything[:, None] - everything[None]).sum(axis=2)
    inverse = np.linalg.inv(np.exp(-squared / (2 * 0.8**2)) + 0.7 * np.eye(n + L))
    return X, known, y, inverse


@pytest.mark.parametrize("seed", range(4))
def test_quire_is_its_min_max(seed):
    """Known value three ways: a numerical minimum, the paper's blocks, and the closed form."""
    X, known, y, inverse = quire_problem(seed)
    signs, L, n = 2.0 * y - 1, len(known), len(X)
    got = quire_cost(X, known, y, ridge=0.7, width=0.8)
    published, searched = np.empty(n), np.empty(n)
    for s in range(n):
        a = [L + j for j in range(n) if j != s]
        worst = []
        for label in (-1.0, 1.0):
            fixed = np.append(signs, label)
            at = [*range(L), L + s]

            def form(free, fixed=fixed, at=at, a=a):
                whole = np.empty(L + n)
                whole[at], whole[a] = fixed, free
                return whole @ inverse @ whole

            worst.append(minimize(form, np.zeros(len(a)), tol=1e-12).fun)
        searched[s] = max(worst)
        Laa, Lal, Las = inverse[np.ix_(a, a)], inverse[np.ix_(a, range(L))], inverse[a, L + s]
        Lsl = inverse[L + s, :L]
        published[s] = (
            signs @ (inverse[:L, :L] - Lal.T @ np.linalg.solve(Laa, Lal)) @ signs
            + inverse[L + s, L + s]
            - Las @ np.linalg.solve(Laa, Las)
            + 2 * abs((Lsl - Las @ np.linalg.solve(Laa, Lal)) @ signs)
        )
    np.testing.assert_allclose(searched, published, atol=1e-6)
    np.testing.assert_allclose(got - got[0], published - published[0], atol=1e-9)


def test_quire_for_three_classes_takes_the_worst_label_of_all():
    X, known, y, inverse = quire_problem(1, C=3)
    K = np.linalg.inv(inverse)
    got = quire_cost(X, known, y, ridge=0.7, width=0.8)
    for s in range(len(X)):
        at = [*range(len(known)), len(known) + s]
        small = np.linalg.inv(K[np.ix_(at, at)])
        forms = []
        for label in range(3):
            T = 2.0 * np.eye(3)[np.append(y, label)] - 1
            forms.append(np.trace(T.T @ small @ T))
        T = 2.0 * np.eye(3)[y] - 1
        base = np.trace(T.T @ np.linalg.solve(K[: len(known), : len(known)], T))
        assert got[s] == pytest.approx(0.5 * (max(forms) - base), abs=1e-8)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 30), st.floats(0, 30))
def test_plausibility_is_its_supremum_on_a_grid(p, n):
    theta = np.linspace(0, 1, 20_001)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(p > 0, p * np.log(theta), 0.0) + np.where(n > 0, n * np.log1p(-theta), 0.0)
    likely = np.exp(logs - logs.max())
    one, zero = np.minimum(likely, 2 * theta - 1).max(), np.minimum(likely, 1 - 2 * theta).max()
    epistemic, aleatoric = doubts(np.array([p]), np.array([n]))
    assert epistemic[0] == pytest.approx(min(one, zero), abs=2e-3)
    assert aleatoric[0] == pytest.approx(1 - max(one, zero), abs=2e-3)


def test_plausibility_tells_ignorance_from_conflict():
    """Known values: no label (1, 0); one label, where 1 - t = 2 t - 1, so 1/3; endless conflict (0, 1)."""
    epistemic, aleatoric = doubts(np.array([0.0, 1.0, 1e4]), np.array([0.0, 0.0, 1e4]))
    np.testing.assert_allclose(epistemic, [1.0, 1 / 3, 0.0], atol=0.03)
    np.testing.assert_allclose(aleatoric, [0.0, 0.0, 1.0], atol=0.03)
    tiny = doubts(np.array([1e17, 5.0]), np.array([1e-300, 0.0]))
    assert np.isfinite(tiny).all()


def test_gains_explore_where_nothing_is_known():
    """A labelled cluster and an equally large one without labels: every method asks in the latter."""
    rng = np.random.default_rng(0)
    X = np.vstack(
        [rng.normal([0, 0], 0.1, (30, 2)), rng.normal([3, 3], 0.1, (30, 2)), rng.normal([0, 3], 0.1, (30, 2))]
    )
    y = np.repeat([0, 1, 0], 30)
    view = seen(X, y, [*range(8), *range(30, 38)])
    for name in NAMES:
        scores = ACQUISITIONS.bind(Choice(name))(view)
        assert np.allclose(view.candidates.X[scores.argmax()], [0, 3], atol=0.5), name


def test_the_rule_of_thumb_is_the_mean_criterion():
    X = np.random.default_rng(0).normal(size=(40, 3)) * [1.0, 2.0, 0.5]
    n, delta = 40, np.sqrt(2) * 1e-6
    want = np.sqrt(2 * n * X.var(axis=0).sum() / ((n - 1) * np.log((n - 1) / delta**2)))
    assert rule_of_thumb(X[:30], X[30:]) == pytest.approx(want)


@pytest.mark.parametrize("dataset", ["iris", "digits"])
@pytest.mark.parametrize("name", NAMES)
def test_default_runs_on_many_classes(name, dataset):
    run = begin(Spec(dataset=dataset, acquisition=name, first=12, batch=3, budget=18))
    for _ in range(2):
        run = step(run)
    view = view_of(run, run.setting.candidates(run.data, run.log), frozenset())
    assert np.isfinite(ACQUISITIONS[name].plugin(view)).all()


@pytest.mark.parametrize("name", NAMES)
def test_many_classes_and_copies_are_stood(name):
    rng = np.random.default_rng(0)
    X = np.repeat(rng.normal(size=(75, 2)), 4, axis=0)
    view = seen(X, np.arange(300) % 100, np.arange(120))
    assert np.isfinite(ACQUISITIONS[name].plugin(view)).all()
