"""Prediction intervals: their levels are what the next run does, counted by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from alcore import SpecError
from alcore.statistics.forecast import LOGARITHMS, NONE, ORDER, forecast, logarithmic, order_statistics


def test_twenty_runs_give_81_percent() -> None:
    found = forecast(np.arange(20) * 10 + 50, 0.8)
    assert (found.low, found.high, found.method) == (60, 230, ORDER)
    assert found.level == pytest.approx(17 / 21) and found.reason == ""


def test_ninety_percent_needs_nineteen_runs() -> None:
    assert order_statistics(range(1, 20), 0.9).level == pytest.approx(0.9)
    assert order_statistics(range(1, 19), 0.9).level < 0.9


@pytest.mark.parametrize("n", [9, 14, 20, 39])
@pytest.mark.parametrize("discrete", [False, True])
def test_the_next_run_is_inside_as_often_as_said(n: int, discrete: bool) -> None:
    rng = np.random.default_rng(n)
    x = rng.lognormal(4, 0.5, (6000, n + 1))
    if discrete:
        x = np.ceil(x / 10) * 10
    found = order_statistics(x[0, :n], 0.8)
    r = round((n + 1) * (1 - found.level) / 2)
    ordered = np.sort(x[:, :n], axis=1)
    assert (found.low, found.high) == (ordered[0, r - 1], ordered[0, n - r])
    inside = ((x[:, n] >= ordered[:, r - 1]) & (x[:, n] <= ordered[:, n - r])).mean()
    slack = 3 * np.sqrt(found.level * (1 - found.level) / 6000)
    assert inside >= found.level - slack
    if not discrete:
        assert inside <= found.level + slack


def test_the_t_interval_covers_log_normal_runs() -> None:
    x = np.random.default_rng(3).lognormal(4, 0.4, (3000, 6))
    ends = np.array([logarithmic(row[:5], 0.8) for row in x])
    inside = ((x[:, 5] >= ends[:, 0]) & (x[:, 5] <= ends[:, 1])).mean()
    assert inside == pytest.approx(0.8, abs=0.022)


def test_the_t_interval_by_hand() -> None:
    logs = np.log([60, 70, 80, 90, 100])
    half = stats.t.ppf(0.9, 4) * logs.std(ddof=1) * np.sqrt(1 + 1 / 5)
    expected = np.exp(logs.mean() - half), np.exp(logs.mean() + half)
    assert logarithmic([60, 70, 80, 90, 100], 0.8) == pytest.approx(expected)


def test_few_runs_use_the_logarithms_and_say_so() -> None:
    found = forecast([60, 70, 80, 90, 100], 0.8)
    assert found.method == LOGARITHMS and found.level == 0.8 and found.low < 60 < 100 < found.high
    assert found.reason == "5 runs are few: 9 give 80% without assumptions."


def test_it_is_widened_to_what_is_possible() -> None:
    grid = list(range(10, 151, 10))
    found = forecast([60, 70, 80, 90, 100], 0.8, grid=grid)
    assert (found.low, found.high) == (50, 120)  # of 56 to 110.3
    assert forecast([60, 70, 80, 90, 100], 0.8, grid=grid[:10]).high == np.inf  # beyond what was run


def test_equal_runs_are_not_certain() -> None:
    found = forecast([50, 50, 50], grid=range(10, 101, 10))
    assert (found.low, found.high) == (40, 60)


def test_a_few_runs_of_which_one_missed_go_from_the_smallest_to_not_reached() -> None:
    found = forecast([50, 60, np.nan, 80], 0.8)
    assert (found.low, found.high, found.method, found.reached) == (50, np.inf, ORDER, 3)
    assert found.level == pytest.approx(3 / 5) and "4 runs are few" in found.reason


def test_missed_runs_are_the_largest() -> None:
    values = np.r_[np.arange(50, 60), [np.nan] * 10]
    found = forecast(values, 0.8)
    assert (found.low, found.high) == (51, np.inf)
    nobody = forecast([np.nan] * 20)
    assert (nobody.low, nobody.high, nobody.reached) == (np.inf, np.inf, 0)


def test_one_run_foretells_nothing() -> None:
    found = forecast([50.0])
    assert (found.low, found.high, found.level, found.method) == (None, None, None, NONE)


@given(
    st.lists(st.one_of(st.integers(1, 500), st.just(np.nan)), min_size=2, max_size=40), st.floats(0.5, 0.95)
)
def test_it_keeps_its_promise_or_says_so(values: list[float], level: float) -> None:
    found = forecast(values, level)
    assert found.low <= found.high and 0 < found.level < 1
    assert found.level >= level - 1e-9 or found.reason
    assert found.reached == np.isfinite(values).sum()


def test_what_cannot_be_used_is_said() -> None:
    with pytest.raises(SpecError):
        forecast([])
    with pytest.raises(SpecError):
        forecast([1.0, 2.0], 80)
    with pytest.raises(SpecError):
        logarithmic([1.0, np.nan])
