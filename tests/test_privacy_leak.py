"""The leak test: what it measures where the truth is known, and what it says of each mechanism."""

import json

import numpy as np
import pytest

from alcore import Spec, SpecError
from alcore.calls import CALLS
from alcore.privacy.leak import MECHANISMS, NEIGHBOURS, SLACK, measure, neighbouring
from tests.test_privacy_mechanisms import first_pick

PRIVATE = ("gumbel_top", "exponential", "noisy_max")


@pytest.mark.parametrize("mechanism", PRIVATE)
@pytest.mark.parametrize("neighbours", NEIGHBOURS)
@pytest.mark.parametrize(("each", "picks", "rows"), [(1.0, 1, 6), (0.5, 2, 6), (2.0, 3, 10)])
def test_no_outcome_gives_away_more_than_was_promised(mechanism, neighbours, each, picks, rows) -> None:
    """200,000 runs on each pool; the bar is the claim and a margin for chance."""
    found = measure(mechanism, each=each, picks=picks, rows=rows, neighbours=neighbours)
    assert found.runs == 200_000 and found.claimed == pytest.approx(each * picks)
    assert found.measured <= found.claimed + SLACK and not found.breaks


@pytest.mark.parametrize(("each", "picks"), [(0.5, 2), (1.0, 1), (1.0, 5), (2.0, 1)])
def test_laplace_on_the_scores_keeps_to_its_price_for_a_round_while_one_score_moves(each, picks) -> None:
    found = measure("laplace_top", each=each, picks=picks, rows=6 if picks < 3 else 20)
    assert found.claimed == each
    assert 0.8 * each < found.measured <= each + SLACK, "whatever the batch, and nearly all of it is used"


@pytest.mark.parametrize("mechanism", ["laplace_top", "deck"])
def test_a_label_that_moves_every_score_breaks_it(mechanism) -> None:
    found = measure(mechanism, each=1.0, neighbours="all")
    assert found.breaks and found.measured == pytest.approx(1.82, abs=0.05) and found.measured <= 2.0 + SLACK


def test_the_slide_spends_its_budget_again_in_every_call() -> None:
    once, often = (measure("deck", each=1.0, picks=2, calls=calls) for calls in (1, 5))
    assert not once.breaks and once.claimed == often.claimed == 1.0
    assert often.breaks and often.measured > 2.5
    honest = measure("laplace_top", each=1.0, picks=2, calls=5)
    assert honest.claimed == 5.0 and not honest.breaks


def test_without_noise_one_record_shows_for_certain() -> None:
    for neighbours in NEIGHBOURS:
        found = measure("top", neighbours=neighbours, runs=5_000)
        assert found.measured == np.inf and found.low > 5.0 and not found.breaks, "it never promised anything"
        assert measure("top", neighbours=neighbours, runs=5_000, claimed=3.0).breaks


@pytest.mark.parametrize("neighbours", NEIGHBOURS)
def test_what_is_measured_is_what_the_law_says(neighbours) -> None:
    """The chances of a first pick are known exactly, and so are their log-ratios."""
    for each in (0.5, 3.0):
        here, there = (first_pick(pool, 1.0, each) for pool in neighbouring(5, 1.0, neighbours))
        exact = np.abs(np.log(here / there))
        found = measure("gumbel_top", each=each, rows=5, neighbours=neighbours)
        by_name = {outcome.name: outcome for outcome in found.outcomes}
        assert len(by_name) == 5
        for row, name in enumerate(["the changed row", *(f"row {r}" for r in range(1, 5))]):
            assert by_name[name].low <= exact[row] <= by_name[name].high
            assert by_name[name].here == pytest.approx(here[row], abs=0.01)
        assert exact.max() <= each, "as proved on paper"


def test_confidence_bounds_cover_in_repeated_tests() -> None:
    """Of 200 tests with few runs hardly any interval misses the exact log-ratio, as their level says."""
    here, there = (first_pick(pool, 1.0, 2.0)[0] for pool in neighbouring(4, 1.0, "one"))
    exact, missed = abs(np.log(here / there)), 0
    for seed in range(200):
        found = measure("exponential", each=2.0, rows=4, runs=500, level=0.9, seed=seed)
        first = next(o for o in found.outcomes if o.name == "the changed row")
        missed += not first.low <= exact <= first.high
    assert missed <= 20


def test_more_of_the_same_changes_nothing_but_the_precision() -> None:
    few, many = (measure("gumbel_top", each=1.0, runs=runs, neighbours="all") for runs in (5_000, 200_000))
    assert many.high - many.low < few.high - few.low
    assert few == measure("gumbel_top", each=1.0, runs=5_000, neighbours="all"), "seeded"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mechanism": "sorcery"}, "no mechanism named"),
        ({"mechanism": "deck", "rows": 1}, "rows must be between"),
        ({"mechanism": "deck", "picks": 6}, "picks must be between 1 and 5"),
        ({"mechanism": "deck", "each": 0.0}, "each must be between"),
        ({"mechanism": "deck", "neighbours": "some"}, "one or all"),
    ],
)
def test_nonsense_is_refused(given, words) -> None:
    with pytest.raises(SpecError, match=words):
        measure(**given)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_page_gets_plain_numbers(mechanism) -> None:
    from alcore import Log

    told = CALLS["leak"](Spec(), Log(), mechanism=mechanism, picks=2, rows=30, calls=3, runs=2_000)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["mechanism"] == mechanism and told["neighbours"] == "one" and 0 < len(told["outcomes"]) <= 20
    assert (told["claimed"] is None) == (mechanism == "top")
