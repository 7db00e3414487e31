"""What a private choice of rows is worth: hardly anything at a small epsilon, nearly all at a large one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alcore import Choice, Log, Spec, SpecError, advance, check
from alcore.comparison import Comparison
from alcore.outcomes import curves
from alcore.outcomes.frames import table
from alcore.privacy.promise import spending
from alcore.privacy.utility import OPEN, against_epsilon, contenders, each_of, label_of
from alcore.recipes import RECIPES, apply

DIGITS = Spec("digits", first=20, batch=10, budget=220, acquisition="margin")
EPSILONS = (10.0, 50.0, 200.0)


def made(runs: dict[str, list[list[float]]]) -> pd.DataFrame:
    """Rounds of runs by strategy and seed: 10 labels a round."""
    rows = [
        ("d", strategy, seed, k, 10.0 * (k + 1), 0.0, 0.0, "accuracy", value)
        for strategy, seeds in runs.items()
        for seed, curve in enumerate(seeds)
        for k, value in enumerate(curve)
    ]
    return table(rows, "dataset strategy seed round labels money seconds metric value")


def test_the_table_says_gain_loss_and_what_is_kept() -> None:
    base = np.array([[0.5, 0.6], [0.4, 0.5], [0.5, 0.5], [0.6, 0.6]])
    frame = made({"Random": base.tolist(), OPEN: (base + 0.1).tolist(), "half": (base + 0.05).tolist()})
    epsilons, twins = {OPEN: np.inf, "half": 3.0}, {OPEN: "Random", "half": "Random", "Random": "Random"}
    found = against_epsilon(frame, "accuracy", epsilons, twins).set_index("strategy")
    half = found.loc["half"]
    assert (half.epsilon, half.seeds, half.pairs) == (3.0, 4, 4)
    assert half.gain == pytest.approx(0.05) == pytest.approx(half.lost)
    assert half.gain_low == pytest.approx(0.05) == pytest.approx(half.gain_high), "the same in every seed"
    assert (
        half.final == pytest.approx(np.mean(base[:, 1]) + 0.05)
        and half.final_low < half.final < half.final_high
    )
    assert half.kept == pytest.approx(0.5) and half.reason == ""
    assert found.loc[OPEN].kept == pytest.approx(1.0) and found.loc[OPEN].lost == 0.0


def test_no_share_of_a_gain_that_may_be_none() -> None:
    up, down = [0.5, 0.6], [0.5, 0.4]
    frame = made({"Random": [[0.5, 0.5]] * 4, OPEN: [up, down, up, down], "p": [[0.5, 0.5]] * 4})
    found = against_epsilon(frame, "accuracy", {OPEN: np.inf, "p": 1.0}, {OPEN: "Random", "p": "Random"})
    assert found.kept.isna().all() and "not surely better" in found.reason[0]


def test_contenders_spend_what_they_are_called_after() -> None:
    base = replace(DIGITS, select=Choice("kmeans"))
    for mechanism in ("gumbel_top", "laplace_top"):
        comparison = Comparison(base, contenders(base, EPSILONS, mechanism), seeds=1)
        specs = comparison.strategies
        assert set(comparison.twins.values()) == {"Random"}
        for epsilon in EPSILONS:
            one = spending(specs[label_of(epsilon)])
            assert one.releases * one.each == pytest.approx(epsilon)
        assert spending(specs[OPEN]).each == np.inf and spending(specs["Random"]).each == 0.0


def test_an_epsilon_that_the_selector_does_not_take_is_refused() -> None:
    """Clipped, "0.1 a round" of 1,000 rows would spend ten times what it is called after."""
    for epsilon, batch, advice in [(0.1, 1000, "raise"), (1e5, 10, "lower")]:
        with pytest.raises(SpecError, match=advice):
            contenders(replace(DIGITS, batch=batch), (epsilon,))
    assert each_of(0.1, "laplace_top", 1000) == 0.1, "one draw for the whole round"


def test_the_recipe_is_private() -> None:
    spec = apply(RECIPES["private"].example, "private")
    check(spec)
    assert 0.0 < spending(spec).each < np.inf


@pytest.mark.slow
def test_on_digits_little_is_left_at_a_small_epsilon_and_all_of_it_at_a_large_one() -> None:
    """Gain over random in area, pool of 1,204 rows, 20 rounds of 10."""
    runs = {}
    comparison = Comparison(DIGITS, contenders(DIGITS, EPSILONS), seeds=8)
    for entry in comparison.entries():
        runs["digits", entry.strategy, entry.seed] = Log(tuple(advance(entry.spec)))
    epsilons = {OPEN: np.inf} | {label_of(e): e for e in EPSILONS}
    found = against_epsilon(curves(runs), "accuracy", epsilons, comparison.twins).set_index("epsilon")
    assert abs(found.gain[10.0]) < 0.02
    assert found.gain[10.0] < found.gain[50.0] < found.gain[np.inf] and found.gain[200.0] > found.gain[10.0]
    assert found.gain_low[np.inf] > 0.015 and found.kept[200.0] > 0.6
