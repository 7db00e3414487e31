"""Paired bootstrap: against every resample of a small sample, against scipy, and its coverage."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alcore import SpecError
from alcore.statistics.bootstrap import paired, savings
from alcore.statistics.intervals import median_places, of_mean, of_share

ACTIVE = np.array([50, 60, 55, 70, 65, 50, 60, 80, 55, 60.0])
RANDOM = np.array([100, 130, 95, 150, 160, 90, 120, 170, 110, 100.0])


def test_the_interval_is_that_of_all_resamples_of_a_small_sample() -> None:
    x = np.array([3.0, 7.0, 11.0, 30.0])
    every = np.array([np.mean(draw) for draw in product(x, repeat=4)])
    found = paired(np.mean, x, level=0.9)
    assert found.value == 12.75 and {found.low, found.high} <= set(every)
    for end, share in ((found.low, 0.05), (found.high, 0.95)):  # 10,000 draws: to within a percent
        assert (every < end).mean() - 0.01 <= share <= (every <= end).mean() + 0.01


def test_pairs_stay_together() -> None:
    """A constant ratio between the arms is certain, however much both vary."""
    found = savings(RANDOM / 4, RANDOM, tau=400)
    assert found.value == pytest.approx(0.75) and found.low == pytest.approx(0.75)
    assert found.high == pytest.approx(0.75)


def test_savings_by_hand_and_by_scipy() -> None:
    found = savings(ACTIVE, RANDOM, tau=200, level=0.9)
    assert found.value == pytest.approx(1 - ACTIVE.mean() / RANDOM.mean())
    other = stats.bootstrap(
        (ACTIVE, RANDOM),
        lambda a, r, axis: 1 - a.mean(axis) / r.mean(axis),
        paired=True,
        confidence_level=0.9,
        n_resamples=20_000,
        rng=np.random.default_rng(7),
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=0.01)  # theirs is BCa
    assert savings(ACTIVE, RANDOM, tau=200, method="bca").low == pytest.approx(other.low, abs=0.01)


def test_a_target_missed_counts_with_tau_in_both_arms() -> None:
    """36 labels by the rule "never = 0"; restricted to the common budget it is 76."""
    active = np.array([60, 60, 60, np.nan, np.nan])
    found = savings(active, np.full(5, 95.0), tau=100)
    assert (found.active, found.active_reached, found.value) == (76, 3, pytest.approx(0.2))


@pytest.mark.parametrize("arm", ["active", "random"])
def test_no_percentage_when_more_than_half_missed(arm: str) -> None:
    mostly = np.array([50, 60, np.nan, np.nan, np.nan])
    arms = (mostly, np.full(5, 90.0)) if arm == "active" else (np.full(5, 90.0), mostly)
    found = savings(*arms, tau=100)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason == f"Only 2 of 5 {arm} runs reached the target: too few for a percentage."
    half = savings(np.array([50, 60, np.nan, np.nan]), np.full(4, 90.0), tau=100)
    assert half.value is not None and half.reason == ""


def test_later_than_tau_is_not_reached() -> None:
    found = savings([50, 150.0], [80, 90.0], tau=100)
    assert found.active_reached == 1 and found.active == 75


def test_savings_may_be_negative() -> None:
    found = savings(RANDOM, ACTIVE, tau=200)
    assert found.value < 0 and found.high < 0


def test_one_seed_gives_a_value_and_no_interval() -> None:
    found = savings([50.0], [100.0], tau=200)
    assert (found.value, found.low, found.high) == (0.5, None, None) and "One run" in found.reason
    assert paired(np.mean, [2.0]).low is None


def test_equal_seeds_of_the_resampling_give_equal_intervals() -> None:
    assert savings(ACTIVE, RANDOM, 200, seed=3) == savings(ACTIVE, RANDOM, 200, seed=3)
    assert savings(ACTIVE, RANDOM, 200, seed=3).high != savings(ACTIVE, RANDOM, 200, seed=4).high


def test_no_global_dice() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    paired(np.mean, ACTIVE)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_nothing_varies() -> None:
    for method in ("percentile", "bca"):
        found = paired(np.mean, [5.0] * 8, method=method)
        assert (found.value, found.low, found.high) == (5, 5, 5)


@pytest.mark.parametrize(
    ("arms", "tau"),
    [(([], []), 10), (([1.0], [1.0, 2.0]), 10), (([1.0], [1.0]), 0), (([1.0], [1.0]), np.nan)],
)
def test_what_cannot_be_used_is_said(arms: tuple[list[float], list[float]], tau: float) -> None:
    with pytest.raises(SpecError):
        savings(*arms, tau)


def test_missing_numbers_and_levels_are_refused() -> None:
    with pytest.raises(SpecError, match="missing"):
        paired(np.mean, [1.0, np.nan])
    with pytest.raises(SpecError, match="level"):
        paired(np.mean, [1.0, 2.0], level=95)


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=12), st.floats(0.5, 0.99))
def test_the_interval_of_a_mirrored_sample_holds_its_middle(values: list[int], level: float) -> None:
    mirrored = np.array(values + [-v for v in values], float)
    found = paired(np.mean, mirrored, level=level, resamples=999)
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20))
def test_ends_are_in_order_and_inside_the_sample(values: list[float]) -> None:
    found = paired(np.mean, values, resamples=200)
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


def test_coverage_of_the_mean() -> None:
    """Student's interval of ten values holds the mean in 95% of 4000 samples, give or take a percent."""
    draws = np.random.default_rng(0).normal(0.3, 1, (4000, 10))
    half = stats.t.ppf(0.975, 9) * draws.std(axis=1, ddof=1) / np.sqrt(10)
    inside = np.abs(draws.mean(axis=1) - 0.3) <= half
    first = of_mean(draws[0])
    assert (first.high - first.low) / 2 == pytest.approx(half[0])
    assert inside.mean() == pytest.approx(0.95, abs=0.012)


def test_places_of_the_median_keep_their_level() -> None:
    for n in range(1, 40):
        places = median_places(n, 0.9)
        if places is None:
            assert 1 - 2 * 0.5**n < 0.9
            continue
        low, high = places
        outside = 2 * stats.binom.cdf(low, n, 0.5)
        assert high == n - 1 - low and 1 - outside >= 0.9


def test_shares_against_wilson() -> None:
    """18 of 20: 0.699 to 0.972 (Newcombe's formula, by hand)."""
    z, n, p = 1.959964, 20, 0.9
    centre, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    by_hand = (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)
    found = of_share(18, 20)
    assert (found.low, found.high) == pytest.approx(by_hand, abs=1e-5)
    assert by_hand == pytest.approx((0.699, 0.972), abs=1e-3)
    with pytest.raises(SpecError):
        of_share(3, 2)
