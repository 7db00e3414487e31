"""How many seeds: the known value, and power against simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alcore import SpecError
from alcore.statistics.power import more_seeds, power_of, seeds_for, seeds_needed


def test_the_known_value() -> None:
    """Normal: ((1.96 + 0.8416) * 2)^2 = 31.4; the t-test needs two more than the next whole number."""
    assert ((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * 2) ** 2 == pytest.approx(31.4, abs=0.01)
    assert seeds_needed(0.01, 0.02) == 34
    assert power_of(33, 0.01, 0.02) < 0.8 <= power_of(34, 0.01, 0.02)


def test_power_is_how_often_a_t_test_finds_it() -> None:
    d = np.random.default_rng(0).normal(0.01, 0.02, (20_000, 12))
    found = stats.ttest_1samp(d, 0, axis=1).pvalue < 0.05
    assert power_of(12, 0.01, 0.02) == pytest.approx(found.mean(), abs=0.012)


def test_a_difference_many_times_the_spread() -> None:
    """scipy's noncentral t has no number here; simulation has."""
    d = np.random.default_rng(1).normal(0.5, 0.03125, (40_000, 2))
    t = d.mean(axis=1) / (d.std(axis=1, ddof=1) / np.sqrt(2))
    found = (np.abs(t) > stats.t.ppf(0.975, 1)).mean()
    assert power_of(2, 0.5, 0.03125) == pytest.approx(found, abs=0.006)


@given(st.floats(0.005, 1), st.floats(0, 0.05), st.floats(0.5, 0.95))
def test_fewest_means_one_less_is_too_few(difference: float, spread: float, power: float) -> None:
    n = seeds_needed(difference, spread, power=power)
    assert n >= 2 and power_of(n, difference, spread) >= power
    assert n == 2 or power_of(n - 1, difference, spread) < power


@given(st.floats(0.001, 0.1), st.floats(0.001, 0.1), st.floats(0.5, 0.99))
def test_the_interval_is_as_narrow_as_wanted_and_not_before(spread, half, level) -> None:
    def width(n: int) -> float:
        return float(stats.t.ppf(0.5 + level / 2, n - 1) * spread / np.sqrt(n))

    n = seeds_for(spread, half, level)
    assert width(n) <= half and (n == 2 or width(n - 1) > half)


def test_more_seeds_counts_those_at_hand() -> None:
    values = np.array([0.01, 0.03, 0.05, 0.02])
    assert more_seeds(values, 0.01) == seeds_for(values.std(ddof=1), 0.01) - 4
    assert more_seeds(values, 1.0) == 0 and more_seeds([0.5] * 5, 0.01) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: seeds_needed(0, 0.1),
        lambda: seeds_needed(0.1, -1),
        lambda: seeds_needed(1e-9, 1),
        lambda: seeds_needed(0.1, 0.1, power=1.2),
        lambda: seeds_for(0.1, 0),
        lambda: seeds_for(1, 1e-9),
        lambda: more_seeds([0.1], 0.1),
        lambda: more_seeds([0.1, np.nan], 0.1),
    ],
)
def test_what_cannot_be_answered_is_said(wrong) -> None:
    with pytest.raises(SpecError):
        wrong()
