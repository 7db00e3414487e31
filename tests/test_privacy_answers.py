"""Randomised response: deniable answers, and what can still be counted from them."""

import numpy as np
import pytest

from alcore import Choice, Log, Spec, advance, catalog
from alcore.privacy.answers import debiased_shares, keep_probability
from alcore.statistics.intervals import of_share
from alcore.types import Asked


def answers(truth: np.ndarray, epsilon: float, C: int, seed: int = 0) -> np.ndarray:
    ids = np.arange(len(truth))[:, None]
    return catalog.ORACLES["randomised_response"].plugin(Asked(ids, truth, C, seed), epsilon=epsilon)


@pytest.mark.parametrize(("epsilon", "C"), [(0.0, 2), (1.0, 2), (2.0, 5), (20.0, 10)])
def test_an_answer_is_at_most_e_to_the_epsilon_likelier_under_one_truth_than_another(epsilon, C) -> None:
    n = 100_000
    chances = (
        np.stack([np.bincount(answers(np.full(n, c), epsilon, C).astype(int), minlength=C) for c in range(C)])
        / n
    )
    keep = np.exp(epsilon) / (np.exp(epsilon) + C - 1)
    assert keep_probability(epsilon, C) == pytest.approx(keep)
    exact = np.where(np.eye(C) > 0, keep, (1 - keep) / (C - 1))
    np.testing.assert_allclose(chances, exact, atol=5 * np.sqrt(0.25 / n))
    assert exact.max() / exact.min() == pytest.approx(np.exp(epsilon))


def test_asking_again_tells_nothing_new() -> None:
    truth = np.arange(300) % 3
    np.testing.assert_array_equal(answers(truth, 1.0, 3), answers(truth, 1.0, 3))
    kept = answers(truth, 1.0, 3) == truth
    assert (answers(truth, 2.0, 3) == truth)[kept].all(), (
        "who tells the truth does so at every larger epsilon"
    )


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 3.0])
def test_shares_are_unbiased_and_their_intervals_cover(epsilon) -> None:
    truth = np.repeat([0, 1, 2], [600, 300, 100])
    found = [debiased_shares(answers(truth, epsilon, 3, seed), epsilon, 3) for seed in range(300)]
    error = np.mean([f.share for f in found], axis=0) - [0.6, 0.3, 0.1]
    spread = np.std([f.share for f in found], axis=0) / np.sqrt(300)
    assert (np.abs(error) < 4 * spread).all()
    covered = np.mean([(f.low <= [0.6, 0.3, 0.1]) & (f.high >= [0.6, 0.3, 0.1]) for f in found], axis=0)
    assert (covered > 0.9).all()
    assert all(f.share.sum() == pytest.approx(1.0) for f in found)
    plain = np.mean([f.observed for f in found], axis=0)
    assert np.abs(plain - [0.6, 0.3, 0.1]).max() > np.abs(error).max(), "the answers as they are mislead"


def test_answers_that_all_agree_leave_doubt() -> None:
    """At a large epsilon they are the truth: the interval is Wilson's of 0 and of all 20."""
    found = debiased_shares(np.zeros(20), 50.0, 2)
    for at, hits in enumerate((20, 0)):
        wilson = of_share(hits, 20)
        assert (found.low[at], found.high[at]) == pytest.approx((wilson.low, wilson.high), abs=1e-9)
    rare = [debiased_shares(answers((np.arange(15) == 0) * 1, 6.0, 2, seed), 6.0, 2) for seed in range(300)]
    assert np.mean([f.low[1] <= 1 / 15 <= f.high[1] for f in rare]) > 0.9


def test_shares_of_no_answers_say_so() -> None:
    assert np.isnan(debiased_shares(np.array([np.nan]), 1.0, 2).share).all()
    with pytest.raises(ValueError, match="say nothing"):
        debiased_shares(np.zeros(3), 0.0, 2)


def test_it_composes_with_a_private_choice_of_rows() -> None:
    spec = Spec(
        "iris",
        first=10,
        batch=5,
        budget=30,
        select="gumbel_top",
        oracle=Choice.of("randomised_response", epsilon=20.0),
    )
    log = Log(tuple(advance(spec)))
    open_ = Log(tuple(advance(Spec("iris", first=10, batch=5, budget=30, select="gumbel_top"))))
    np.testing.assert_array_equal(log.answers, open_.answers)
