"""Whom to ask, what to ask again, when to rest: known values, and what must hold for any numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom, t

from alcore import DataError, SpecError
from alcore.crowd import (
    Fatigue,
    answer_value,
    day,
    estimate,
    label_doubt,
    level,
    model_doubt,
    plan,
    upper_interval,
    worth_asking,
)

# IEThresh.


@pytest.mark.parametrize("rewards", [[1, 1, 1, 0], [1, 0], [1, 1, 0, 1, 0, 1, 1], [0, 0, 0]])
def test_the_upper_interval_is_students(rewards):
    r = np.array(rewards, float)
    n = len(r)
    expected = r.mean() + t.ppf(0.975, n - 1) * r.std(ddof=1) / np.sqrt(n)
    assert upper_interval(np.array([r.sum()]), np.array([n]))[0] == pytest.approx(expected)


def test_all_are_asked_until_it_is_known_who_is_worse():
    start = worth_asking(np.ones(4), np.full(4, 2))
    assert start.all(), "one reward of 1 and one of 0 each, as in the paper"
    later = worth_asking(np.array([46.0, 44.0, 25.0]), np.array([50, 50, 50]), threshold=0.9)
    assert later.tolist() == [True, True, False]
    assert worth_asking(np.array([46.0, 44.0, 25.0]), np.full(3, 50), threshold=1.0).tolist() == [
        True,
        False,
        False,
    ]
    assert worth_asking(np.array([46.0, 44.0, 25.0]), np.full(3, 50), threshold=0.0).all()


def test_who_has_hardly_been_tried_gets_a_chance():
    assert worth_asking(np.array([0.0, 30.0]), np.array([1, 30])).tolist() == [True, False]
    assert upper_interval(np.array([1.0, 10.0]), np.array([2, 20]))[0] > 1.0


# Relabelling.


@pytest.mark.parametrize("votes", [(0, 0), (1, 0), (3, 1), (2, 2), (7, 2), (4, 5)])
def test_label_doubt_is_the_beta_tail_and_the_binomial_sum(votes):
    lead, second = max(votes), min(votes)
    found = label_doubt(np.array([votes]))[0]
    assert found == pytest.approx(beta.cdf(0.5, lead + 1, second + 1))
    assert found == pytest.approx(binom.sf(lead, lead + second + 1, 0.5))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 9999))
def test_doubt_never_leaves_its_limits_and_falls_with_agreement(seed):
    votes = np.random.default_rng(seed).integers(0, 9, (20, 3))
    found = label_doubt(votes)
    assert (found > 0).all() and (found <= 0.5 + 1e-12).all()
    more = votes.copy()
    more[np.arange(20), votes.argmax(axis=1)] += 1
    assert (label_doubt(more) < found).all()


def test_a_new_row_and_an_old_one_stand_on_one_scale():
    """The learner equally unsure: a new row is worth more; very unsure of the old one: relabel it."""
    votes = np.array([[0, 0], [1, 0], [1, 0], [1, 1]])
    proba = np.array([[0.8, 0.2], [0.8, 0.2], [0.5, 0.5], [0.8, 0.2]])
    found = answer_value(votes, proba)
    np.testing.assert_allclose(found, np.sqrt([0.5 * 0.2, 0.25 * 0.2, 0.25 * 0.5, 0.5 * 0.2]))
    assert found[2] > found[0] > found[1] and found[0] == pytest.approx(found[3])
    assert model_doubt(np.array([[0.2, 0.5, 0.3]])).tolist() == [0.5]


# Fatigue.


def test_the_error_of_a_first_session_is_the_formula():
    """e0 + (e1 - e0)(1 - exp(-t / tau)): .05 + .2 (1 - 1/e) = .17642 after 100 answers at a pace of 100."""
    errors = Fatigue(0.05, 0.25, pace=100.0).error([0, 100, 100_000], session=10**6)
    np.testing.assert_allclose(errors, [0.05, 0.05 + 0.2 * (1 - np.exp(-1.0)), 0.25], atol=1e-12)
    assert errors[1] == pytest.approx(0.17642, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.floats(1, 300), st.floats(0, 1))
def test_tiredness_is_what_going_answer_by_answer_gives(session, pace, rest):
    F, walked = 0.0, []
    for position in range(120):
        if position and position % session == 0:
            F *= 1.0 - rest
        walked.append(F)
        F = 1.0 - (1.0 - F) * np.exp(-1.0 / pace)
    np.testing.assert_allclose(level(np.arange(120), pace, session, rest), walked, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 500), st.floats(0, 60), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_day_adds_up_answer_by_answer(session, pause, fresh, tired):
    fatigue = Fatigue(fresh, tired, pace=80.0, seconds=20.0, recovery=12.0)
    found = day(fatigue, session, pause, hours=3.0, penalty=2.0)
    clock, count = 0.0, 0
    while clock + 20.0 <= 3 * 3600 + 1e-6:
        clock, count = clock + 20.0, count + 1
        clock += 60.0 * pause if count % session == 0 else 0.0
    assert found.answers == count
    errors = fatigue.error(np.arange(count), session, pause)
    assert found.correct == pytest.approx(count - errors.sum())
    assert found.per_hour == pytest.approx((count - errors.sum()) / 3)
    assert found.value == pytest.approx((count - 3 * errors.sum()) / 3)


def test_who_does_not_tire_needs_no_break():
    best, _ = plan(Fatigue(0.1, 0.1))
    assert best.breaks == 0 and best.session == best.answers == 8 * 3600 / 15
    gains, _ = plan(Fatigue(0.2, 0.05))
    assert gains.breaks == 0, "who gets better with practice does not either"


def test_the_plan_is_the_best_of_all_rhythms():
    fatigue = Fatigue(0.03, 0.6, pace=60.0, seconds=20.0, recovery=6.0)
    best, tried = plan(fatigue, hours=4.0, shortest=5.0, pauses=range(1, 31))
    assert best.breaks > 0 and best.value > tried[0].value and tried[0].breaks == 0
    rhythms = [day(fatigue, n, float(m), hours=4.0) for n in range(15, 721, 3) for m in range(1, 31)]
    assert best.value == pytest.approx(max(d.value for d in rhythms), rel=2e-3)


def test_wrong_labels_that_do_harm_call_for_earlier_breaks():
    fatigue = Fatigue(0.03, 0.3)
    mild, severe = (plan(fatigue, penalty=p)[0] for p in (0.0, 4.0))
    assert severe.session < mild.session and severe.error < mild.error
    assert severe.per_hour <= mild.per_hour


def test_gold_questions_tell_the_curve():
    true = Fatigue(0.05, 0.35, pace=120.0)
    rng = np.random.default_rng(0)
    at = rng.integers(0, 600, 6000)
    found = estimate(at, rng.random(6000) < true.error(at, 10**6))
    assert found.fresh == pytest.approx(0.05, abs=0.03) and found.tired == pytest.approx(0.35, abs=0.03)
    assert 60 < found.pace < 220
    flat = estimate(at, rng.random(6000) < 0.2)
    np.testing.assert_allclose(flat.error([60, 300, 599], 10**6), 0.2, atol=0.03)


@pytest.mark.parametrize("wrong", [{"fresh": -0.1}, {"tired": 2.0}, {"pace": 0.0}, {"seconds": float("nan")}])
def test_assumptions_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SpecError):
        Fatigue(**wrong)


def test_a_day_too_short_and_too_few_gold_questions_are_told():
    with pytest.raises(SpecError, match="too short"):
        plan(Fatigue(seconds=60.0), hours=0.01)
    with pytest.raises(DataError, match="ten gold questions"):
        estimate([1, 2], [0, 1])
