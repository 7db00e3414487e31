"""The privacy ledger: known sums, and a total that is never passed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import alcore
from alcore import Choice, Log, Spec, advance
from alcore.calls import CALLS
from alcore.privacy.ledger import (
    advanced,
    affordable,
    basic,
    exhausted,
    forecast,
    from_rho,
    spent,
    statement,
    zcdp,
)
from alcore.privacy.promise import Spending, spending

WAYS = ("best", "basic", "advanced", "zcdp")
IRIS = Spec("iris", first=8, batch=5, budget=60, select=Choice.of("gumbel_top", each=0.2))


def test_twenty_picks_at_a_tenth() -> None:
    """Advanced composition is worse than adding up here; zCDP, with bounded range, is far better."""
    assert basic(20, 0.1) == pytest.approx(2.0)
    assert advanced(20, 0.1, 1e-5) == pytest.approx(2.356, abs=5e-4)
    assert zcdp(20, 0.1, 1e-5) == pytest.approx(1.098, abs=5e-4)
    assert zcdp(20, 0.1, 1e-5, bounded=False) == pytest.approx(2.246, abs=5e-4)
    assert spent(20, 0.1, 1e-5) == zcdp(20, 0.1, 1e-5)


def test_advanced_composition_against_its_moment_bound() -> None:
    """A way of its own: Azuma's bound on a sum of losses within +-e, of mean at most e(exp(e) - 1)."""
    k, e, delta = 500, 0.05, 1e-6
    tail = lambda t: np.exp(-(t**2) / (2 * k * e**2))  # noqa: E731
    excess = advanced(k, e, delta) - k * e * (np.exp(e) - 1)
    assert tail(excess) == pytest.approx(delta)


def test_the_conversion_from_zcdp_minimises_over_the_order() -> None:
    """For every order a > 1 epsilon = rho a + ln(1/delta) / (a - 1); the best order gives the form."""
    for rho, delta in [(0.025, 1e-5), (2.0, 1e-8)]:
        best = minimize_scalar(
            lambda a, r=rho, d=delta: r * a + np.log(1 / d) / (a - 1), bounds=(1.0001, 1e4), method="bounded"
        )
        assert from_rho(rho, delta) == pytest.approx(best.fun, rel=1e-4)


@pytest.mark.parametrize("range_", [0.1, 1.0, 3.0])
def test_a_draw_of_bounded_range_spends_an_eighth(range_: float) -> None:
    """Renyi divergence of two answers whose log-ratio takes two values that far apart, at every odds."""
    for order in (1.5, 2.0, 8.0):
        worst = 0.0
        for q in np.linspace(0.01, 0.99, 99):
            p = q * np.exp(range_) / (1 + q * np.expm1(range_))  # log-ratios differ by range_
            moments = p**order * q ** (1 - order) + (1 - p) ** order * (1 - q) ** (1 - order)
            worst = max(worst, np.log(moments) / (order - 1))
        assert worst <= order * range_**2 / 8 + 1e-12


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 10_000),
    st.floats(1e-3, 20),
    st.floats(1e-9, 1e-2),
    st.sampled_from(WAYS),
    st.booleans(),
)
def test_spending_grows_with_every_release_and_the_best_way_is_best(k, each, delta, way, bounded) -> None:
    now = spent(k, each, delta, way, bounded=bounded)
    assert 0 < now < spent(k + 1, each, delta, way, bounded=bounded)
    assert now < spent(k, each * 1.01, delta, way, bounded=bounded)
    assert spent(k, each, delta, "best", bounded=bounded) <= now


def test_nothing_spends_nothing_and_no_promise_spends_without_end() -> None:
    for way in WAYS:
        assert spent(0, 1.0, 1e-5, way) == spent(50, 0.0, 1e-5, way) == spent(0, np.inf, 1e-5, way) == 0.0
        assert spent(1, np.inf, 1e-5, way) == np.inf


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 50), st.floats(1e-3, 50), st.floats(0.01, 1e4), st.sampled_from(WAYS), st.booleans())
def test_as_many_rounds_as_fit_and_not_one_more(batch, each, total, way, bounded) -> None:
    one = Spending(batch, each, bounded)
    rounds = affordable(one, total, 1e-5, way)
    if rounds is None:
        assert spent(1_000_000 * batch, each, 1e-5, way, bounded=bounded) <= total
        return
    assert spent(rounds * batch, each, 1e-5, way, bounded=bounded) <= total
    assert spent((rounds + 1) * batch, each, 1e-5, way, bounded=bounded) > total


@pytest.mark.parametrize("select", ["gumbel_top", "exponential", "noisy_max", "laplace_top"])
@pytest.mark.parametrize("way", WAYS)
def test_a_run_never_spends_more_than_its_total(select: str, way: str) -> None:
    """And it does not stop a round too early either."""
    for each, total, batch in [(0.2, 3.0, 5), (0.7, 4.0, 3), (2.0, 1.0, 4), (0.05, 100.0, 7)]:
        rule = Choice.of("privacy_spent", total=total, accounting=way)
        chosen = Choice.of(select, each=each)
        spec = Spec("iris", first=8, batch=batch, budget=50, select=chosen, stop=rule)
        log = Log(tuple(advance(spec)))
        entries, one = statement(spec, log), spending(spec)
        assert getattr(entries[-1], way) <= total
        assert entries[0].best == 0.0 and entries[-1].labels == log.labels
        could = affordable(one, total, 1e-5, way)
        assert len(log) - 1 == min(could, -(-(50 - 8) // batch)) if could is not None else log.labels == 50


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 500), st.integers(1, 50), st.floats(1e-3, 20), st.floats(0.01, 1e3), st.sampled_from(WAYS)
)
def test_the_rule_lets_a_whole_round_through_or_none(done, coming, each, total, way) -> None:
    from alcore.types import Round

    names = ("private_releases", "private_next", "private_each", "private_bounded")
    signals = dict(zip(names, (done, coming, each, 1.0), strict=True))
    log = Log((Round(0, (), (), (), (), {}, signals),))
    goes_on = exhausted(log, total, 1e-5, way) == ""
    assert goes_on == (spent(done + coming, each, 1e-5, way) <= total)


def test_a_strategy_without_promise_stops_after_its_start_and_random_never() -> None:
    rule = Choice.of("privacy_spent", total=1000.0)
    rounds = list(advance(Spec("iris", first=8, batch=5, budget=60, stop=rule)))
    assert len(rounds) == 1
    free = Spec("iris", first=8, batch=5, budget=60, stop=rule, acquisition="random")
    assert Log(tuple(advance(free))).labels == 60


def test_the_forecast_is_what_the_run_will_have_spent() -> None:
    log = Log(tuple(advance(IRIS)))
    assert forecast(IRIS)[-1].labels == log.labels
    ahead, done = forecast(IRIS), statement(IRIS, log)
    assert len(log.rounds[-1].asked) < IRIS.batch, "a short batch is charged in full"
    assert ahead == done
    assert [e.releases for e in done] == [IRIS.batch * k for k in range(len(log))]


def test_a_round_by_lot_is_charged_as_it_tells_that_one_class_was_seen() -> None:
    """Rows of one class first: lots are drawn until another shows, and whoever sees that learns of labels."""
    y = np.repeat([0, 1], [39, 1])
    rule = Choice.of("privacy_spent", total=2.5, accounting="basic")
    spec = replace(IRIS, first=4, batch=5, budget=30, stop=rule)
    X = np.random.default_rng(0).normal(size=(40, 2))
    log = Log(tuple(advance(spec, data=alcore.given(X, y, initial=range(4)))))
    assert any("cold start goes on" in turn.note for turn in log.rounds)
    assert [e.releases for e in statement(spec, log)] == [0, 5, 10], "0.2 a pick: two rounds and no more"


def test_a_run_whose_account_is_lost_stops() -> None:
    from alcore.types import Round

    signals = {"private_releases": 0.0, "private_next": 1.0, "private_each": 0.1, "private_bounded": 1.0}
    for lost in signals:
        for found in ({k: v for k, v in signals.items() if k != lost}, signals | {lost: np.nan}):
            log = Log((Round(0, (), (), (), (), {}, found),))
            assert "not known" in exhausted(log, 5.0, 1e-5, "best")
    assert exhausted(Log(), 5.0, 1e-5, "best") == "", "before the first round there is no account"


def test_the_ledger_of_a_page_is_plain() -> None:
    import json

    log = Log(tuple(advance(IRIS)))
    told = CALLS["ledger"](IRIS, log)
    assert json.loads(json.dumps(told)) == told
    assert told["round"] == list(range(len(log))) and told["per_round"] == 5 and told["each"] == 0.2
    assert told["best"][-1] == pytest.approx(min(told[w][-1] for w in WAYS[1:]))
    assert CALLS["ledger"](Spec("iris"), log)["best"][-1] is None
