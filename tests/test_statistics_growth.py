"""Growth of regret and of learning curves, on curves whose numbers are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from alcore import SpecError
from alcore.statistics.growth import PowerLaw, exponent, extrapolate, fit, growth

LABELS = np.array([10, 20, 40, 80, 120, 160, 200.0])


@given(st.floats(-0.5, 2), st.floats(0.01, 100))
def test_a_power_has_its_own_exponent(p: float, scale: float) -> None:
    assert exponent(LABELS, scale * LABELS**p) == pytest.approx(p, abs=1e-6)


def test_regret_that_is_not_positive_has_none() -> None:
    assert exponent([10, 20, 30, 40], [-1, -2, -1, 0.5]) is None
    assert exponent([10, 20], [1, 2]) is None
    assert exponent([10, 20, 40, 80], [-1, 2, 4, 8]) == pytest.approx(1.0)


def test_seeds_make_the_interval() -> None:
    curves = [(LABELS, LABELS**p) for p in (0.5, 0.6, 0.7)]
    found = growth(curves)
    assert found.exponent == pytest.approx(0.6) and found.low < 0.5 and found.high > 0.7
    assert growth(curves[:1]).low is None and "One run" in growth(curves[:1]).reason
    nothing = growth([(LABELS, -LABELS)] * 3)
    assert nothing.exponent is None and "3 of 3 runs" in nothing.reason


@given(st.floats(0.6, 0.99), st.floats(0.2, 2), st.floats(0.1, 1.5))
def test_a_power_law_is_found_again(a: float, b: float, c: float) -> None:
    law = fit(LABELS, PowerLaw(a, b, c).at(LABELS))
    assert (law.a, law.b, law.c) == pytest.approx((a, b, c), abs=2e-3)


def test_the_fit_is_scipys() -> None:
    y = PowerLaw(0.93, 1.1, 0.6).at(LABELS) + np.random.default_rng(0).normal(0, 0.005, len(LABELS))
    (a, b, c), _ = curve_fit(lambda n, a, b, c: a - b * n**-c, LABELS, y, p0=(0.9, 1, 0.5))
    law = fit(LABELS, y)
    assert (law.a, law.b, law.c) == pytest.approx((a, b, c), rel=1e-3)


def test_the_known_extrapolation() -> None:
    """0.9 - n^-0.5 is 0.85 after 400 labels, twice as many as were run."""
    curves = [PowerLaw(0.9, 1.0, 0.5).at(LABELS)] * 5
    found = extrapolate(LABELS, curves, 0.85)
    assert found.labels == pytest.approx(400, rel=1e-3) and found.unreachable == 0 and found.reason == ""
    assert found.low == pytest.approx(400, rel=0.05) and found.high == pytest.approx(400, rel=0.05)


def test_a_target_above_the_curve_may_be_unreachable() -> None:
    rng = np.random.default_rng(1)
    curves = PowerLaw(0.9, 1.0, 0.5).at(LABELS) + rng.normal(0, 0.01, (10, len(LABELS)))
    found = extrapolate(LABELS, curves, 0.93)
    assert found.labels is None and found.unreachable > 0.1 and "may be unreachable" in found.reason
    assert found.high is None
    sure = extrapolate(LABELS, curves, 0.8)
    assert sure.labels is not None and sure.low < sure.labels < sure.high


def test_a_tenth_of_the_refits_may_miss_the_target() -> None:
    rng = np.random.default_rng(6)
    curves = PowerLaw(0.9, 1.0, 0.5).at(LABELS) + rng.normal(0, 0.01, (10, len(LABELS)))
    found = {
        t: extrapolate(LABELS, curves, t) for t in np.arange(0.8, fit(LABELS, curves.mean(axis=0)).a, 0.002)
    }
    assert all((f.labels is None) == (f.unreachable > 0.1) for f in found.values())
    assert any(f.labels is None for f in found.values())
    assert any(f.labels is not None and f.unreachable > 0 for f in found.values())


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng, truth, inside = np.random.default_rng(4), PowerLaw(0.95, 0.9, 0.5), []
    labels = np.arange(10, 210, 10.0)
    for k in range(60):
        curves = truth.at(labels) + rng.normal(0, 0.01, (20, len(labels)))
        found = extrapolate(labels, curves, 0.9, refits=300, seed=k)
        inside.append(found.low is not None and found.low <= 324 and (found.high or np.inf) >= 324)
    assert 0.65 <= np.mean(inside) <= 0.95


def test_curves_that_fall_or_rest_are_flat() -> None:
    law = fit(LABELS, np.linspace(0.9, 0.8, len(LABELS)))
    assert law.b == 0 and law.labels_to(0.9) == np.inf
    flat = extrapolate(LABELS, np.full((4, len(LABELS)), 0.7), 0.8)
    assert flat.labels is None and flat.unreachable == 1


def test_nothing_is_better_than_the_best() -> None:
    law = fit(LABELS, 0.2 * np.log(LABELS))  # never bends, and passes 1
    assert law.a <= 1.0
    assert fit(LABELS, 0.2 * np.log(LABELS), most=5.0).a > 1.0


def test_one_seed_has_no_interval() -> None:
    found = extrapolate(LABELS, [PowerLaw(0.9, 1.0, 0.5).at(LABELS)], 0.8)
    assert found.labels == pytest.approx(100, rel=1e-3) and found.low is None and "One run" in found.reason


def test_what_cannot_be_used_is_said() -> None:
    with pytest.raises(SpecError):
        fit([10, 20], [0.5, 0.6])
    with pytest.raises(SpecError):
        fit([0, 10, 20], [0.5, 0.6, 0.7])
    with pytest.raises(SpecError):
        extrapolate(LABELS, [[0.5, np.nan]], 0.8)
    with pytest.raises(SpecError):
        exponent([1, 2, 3], [1, 2])
