"""Paired comparisons: signed ranks against every pattern of signs, Holm against R, the Bayesian test."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alcore import SpecError
from alcore.statistics.paired import Record, bayes_signed_rank, compare, holm, record, signed_rank

# Wilcoxon 1945 as Hollander & Wolfe tell it: depression before and after, n = 9; W = 5 or 40, p = 0.0391.
DEPRESSION = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]) - np.array(
    [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
)


def by_every_sign(d: np.ndarray) -> float:
    """Two-sided p by listing all 2^m patterns of signs of the pairs that differ (Pratt's ranks)."""
    ranks = stats.rankdata(np.abs(d))[d != 0]
    sums = np.array([ranks @ np.array(signs) for signs in product((0, 1), repeat=len(ranks))])
    w = stats.rankdata(np.abs(d))[d > 0].sum()
    return min(1.0, 2 * min((sums <= w + 1e-9).mean(), (sums >= w - 1e-9).mean()))


def test_a_published_example() -> None:
    found = signed_rank(DEPRESSION)
    assert found.statistic == 40 and found.p == pytest.approx(0.0391, abs=5e-5) and found.method == "exact"


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=10))
def test_exact_with_ties_and_zeros(values: list[int]) -> None:
    d = np.array(values, float)
    assert signed_rank(d).p == pytest.approx(by_every_sign(d) if d.any() else 1.0)


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=50, unique=True), st.data())
def test_without_ties_it_is_scipy(sizes: list[int], data: st.DataObject) -> None:
    signs = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=len(sizes), max_size=len(sizes)))
    d = np.array(sizes) * np.array(signs, float)
    assert signed_rank(d).p == pytest.approx(stats.wilcoxon(d, method="exact").pvalue)


def test_long_samples_are_scipys() -> None:
    d = np.random.default_rng(0).normal(0.2, 1, 80)
    found = signed_rank(d)
    assert found.p == stats.wilcoxon(d, zero_method="pratt", method="asymptotic").pvalue
    assert found.method == "normal approximation"


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def test_swapping_the_sides_changes_nothing_but_the_sign(values: list[float]) -> None:
    one, other = signed_rank(values), signed_rank([-v for v in values])
    assert one.p == pytest.approx(other.p) and one.zeros == other.zeros
    assert 0 < one.p <= 1
    mine, theirs = record(values), record([-v for v in values])
    assert (mine.wins, mine.ties, mine.losses) == (theirs.losses, theirs.ties, theirs.wins)
    assert mine.wins + mine.ties + mine.losses == len(values)


def test_rounding_makes_no_difference() -> None:
    assert signed_rank([0.1 + 0.2 - 0.3, 0.1, 0.3 - 0.2]).zeros == 1
    assert signed_rank([0.3 - 0.2, -0.1, 0.5]).p == signed_rank([0.1, -0.1, 0.5]).p


def test_false_alarms_are_kept() -> None:
    """Under no difference p is below 0.05 in at most 5% of samples, also with ties."""
    rng = np.random.default_rng(1)
    alarms = [signed_rank(rng.integers(-3, 4, 12).astype(float)).p <= 0.05 for _ in range(2000)]
    assert np.mean(alarms) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)


def test_all_equal_is_no_evidence() -> None:
    found = compare([0.8] * 12, [0.8] * 12)
    assert (found.mean, found.test.p, found.record) == (0, 1, Record(0, 12, 0))
    assert (found.interval.low, found.interval.high) == (0, 0)


def test_one_seed() -> None:
    found = compare([0.9], [0.8])
    assert found.mean == pytest.approx(0.1) and found.interval.low is None and found.test.p == 1


def test_compare_by_hand() -> None:
    a, b = np.array([0.90, 0.85, 0.80, 0.75]), np.array([0.80, 0.85, 0.82, 0.70])
    found, t = compare(a, b), stats.ttest_rel(a, b).confidence_interval(0.95)
    assert found.mean == pytest.approx(0.0325) and found.record == Record(2, 1, 1)
    assert (found.interval.low, found.interval.high) == pytest.approx((t.low, t.high))


def test_holm_as_r_has_it() -> None:
    """R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") and an unordered one."""
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm([0.04, 0.001, 0.5]) == pytest.approx([0.08, 0.003, 0.5])
    assert holm([]).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_lies_between_one_and_all_tests(p: list[float]) -> None:
    found = holm(p)
    assert (found >= np.array(p) - 1e-15).all() and (
        found <= np.minimum(1, np.array(p) * len(p)) + 1e-15
    ).all()
    assert (np.diff(found[np.argsort(p)]) >= 0).all()


def test_bayes_by_the_definition() -> None:
    d = np.array([0.02, 0.001, -0.004, 0.03, 0.012])
    found = bayes_signed_rank(d, 0.005, draws=20_000)
    rng, z = np.random.default_rng(5), np.r_[0.0, d]
    most = []
    for w in rng.dirichlet([0.5, 1, 1, 1, 1, 1], 4000):
        mass = [0.0, 0.0, 0.0]
        for i, j in product(range(6), repeat=2):
            mean = (z[i] + z[j]) / 2
            mass[2 if mean > 0.005 else 0 if mean < -0.005 else 1] += w[i] * w[j]
        most.append(int(np.argmax(mass)))
    shares = np.bincount(most, minlength=3) / 4000
    assert (found.worse, found.same, found.better) == pytest.approx(shares, abs=0.03)
    assert found.worse + found.same + found.better == pytest.approx(1)


def test_bayes_tells_nothing_from_something() -> None:
    rng = np.random.default_rng(2)
    assert bayes_signed_rank(rng.normal(0, 0.001, 20)).same > 0.99
    assert bayes_signed_rank(rng.normal(-0.05, 0.01, 20)).worse > 0.99


def test_what_cannot_be_used_is_said() -> None:
    with pytest.raises(SpecError):
        compare([1.0], [1.0, 2.0])
    with pytest.raises(SpecError):
        signed_rank([np.nan, 1.0])
    with pytest.raises(SpecError):
        holm([1.5])
