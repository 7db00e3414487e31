"""Runs that miss the target: Kaplan-Meier, restricted means, and what the rule "never = 0" would say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore import SpecError
from alcore.statistics.censored import kaplan_meier, reaching, restricted_mean

TIMES = st.lists(st.integers(1, 300), min_size=1, max_size=30)


def product_limit(times: np.ndarray, reached: np.ndarray, at: float) -> float:
    """S(t) by the formula, from its definition."""
    share = 1.0
    for when in sorted(set(times[reached])):
        if when <= at:
            share *= 1 - ((times == when) & reached).sum() / (times >= when).sum()
    return share


def test_mixed_budgets_by_hand() -> None:
    """Six runs, two censored early: 1 - 1/6, then 1/4 of the four still at risk, then 1/2."""
    found = kaplan_meier([40, 50, 60, 80, 100, 120], [True, False, True, False, True, True])
    assert found.times.tolist() == [40, 50, 60, 80, 100, 120]
    assert found.surviving == pytest.approx([5 / 6, 5 / 6, 5 / 8, 5 / 8, 5 / 16, 0])
    assert found.at_risk.tolist() == [6, 5, 4, 3, 2, 1]
    assert (found.n, found.reached, found.median) == (6, 4, 100)


def test_never_is_not_zero_labels() -> None:
    """Counting a run that never arrives as 0 labels gives 36 where the honest mean is 76."""
    used, budgets = np.array([60, 60, 60, np.nan, np.nan]), np.full(5, 100)
    assert np.nan_to_num(used).mean() == 36
    found = reaching(used, budgets)
    assert found.restricted == 76 and found.share == 0.6
    assert restricted_mean([60, 60, 60, 100, 100], [True] * 3 + [False] * 2) == pytest.approx(76)


@given(TIMES, st.data())
def test_it_is_the_product_limit_at_every_time(times: list[int], data: st.DataObject) -> None:
    reached = np.array(data.draw(st.lists(st.booleans(), min_size=len(times), max_size=len(times))))
    at = np.array(times, float)
    found = kaplan_meier(at, reached)
    for when, share in zip(found.times, found.surviving, strict=True):
        assert share == pytest.approx(product_limit(at, reached, when))
    assert (np.diff(found.surviving) <= 1e-12).all()


@given(TIMES)
def test_without_censoring_it_is_the_plain_distribution(times: list[int]) -> None:
    everyone = [True] * len(times)
    found = kaplan_meier(times, everyone)
    for when, share in zip(found.times, found.surviving, strict=True):
        assert share == pytest.approx(np.mean(np.array(times) > when))
    assert restricted_mean(times, everyone) == pytest.approx(np.mean(times))
    assert found.median == np.quantile(times, 0.5, method="inverted_cdf")


@given(TIMES, st.integers(1, 300), st.integers(1, 300))
def test_with_one_budget_the_restricted_mean_is_the_mean_of_the_smaller(times, budget, tau) -> None:
    at = np.array(times, float)
    reached, tau = at <= budget, min(tau, budget)
    cut = np.minimum(at, budget)
    if tau > cut.max():
        tau = int(cut.max())
    assert restricted_mean(cut, reached, tau) == pytest.approx(np.minimum(at, tau).mean())
    found = reaching(np.where(reached, at, np.nan), np.full(len(at), float(budget)), tau=tau)
    assert found.restricted == pytest.approx(np.minimum(at, tau).mean())
    assert found.reached == reached.sum()


def test_a_median_most_never_reached_is_none() -> None:
    found = reaching([50, np.nan, np.nan], [100, 100, 100])
    assert found.median is None and found.median_high is None
    nobody = reaching([np.nan] * 20, [100] * 20)
    assert (nobody.reached, nobody.median, nobody.restricted, nobody.share_low) == (0, None, 100, 0)
    assert nobody.share_high < 0.2


def test_the_interval_of_the_median_is_read_off_the_runs() -> None:
    """Of 20 sorted runs the 6th to the 15th hold the median with 95.9% (binomial tables)."""
    found = reaching(np.arange(1, 21), [100] * 20, level=0.95)
    assert (found.median_low, found.median_high) == (6, 15)
    beyond = reaching([*range(1, 11), *[np.nan] * 10], [100] * 20, level=0.95)
    assert beyond.median_low == 6 and beyond.median_high is None


def test_one_run_has_no_interval_and_equal_runs_a_narrow_one() -> None:
    one = reaching([50], [100])
    assert (one.median, one.restricted, one.restricted_low) == (50, 50, None)
    same = reaching([50] * 12, [100] * 12)
    assert (same.restricted_low, same.restricted_high) == (50, 50)


@pytest.mark.parametrize(
    ("times", "reached"), [([], []), ([np.nan], [True]), ([1.0, 2.0], [True]), ([-1.0], [True])]
)
def test_what_cannot_be_used_is_said(times: list[float], reached: list[bool]) -> None:
    with pytest.raises(SpecError):
        kaplan_meier(times, reached)


def test_nobody_was_watched_longer_than_the_longest_run() -> None:
    with pytest.raises(SpecError, match="at most 100"):
        restricted_mean([50, 100], [True, False], 120)
    assert restricted_mean([50, 100], [True, True], 120) == 75
    with pytest.raises(SpecError, match="smallest budget"):
        reaching([50, float("nan")], [100, 80], tau=90)
    assert reaching([50, 60], [100, 80], tau=90).restricted == 55
