"""Mixtures: EXP4.P by hand, what the log remembers of its arms, and how they fare against their arms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from alcore import Choice, Log, Spec, SpecError, advance, begin, catalog, given, step
from alcore.acquisition.mixture import after_reward, chances, standing, weighted_accuracy
from alcore.loop import view_of
from tests.generators import PROTOCOLS, first_rows, table6
from tests.pools import blobs, seen

albl = catalog.ACQUISITIONS["albl"].plugin
relay = catalog.ACQUISITIONS["relay"].plugin
ARMS = ("margin", "entropy", "novelty")


def views_of(spec: Spec, rounds: int, data=None):
    """The view before every round but the first."""
    run, found = step(begin(spec, data=data)), []
    for _ in range(rounds):
        found.append(view_of(run, run.setting.candidates(run.data, run.log), frozenset()))
        run = step(run)
    return found


def test_one_step_by_hand():
    """Three arms, T = 50: p_min = sqrt(ln 3 / 150) = 0.0856; the bonus is sqrt(ln 30 / 150) = 0.1506."""
    least, bonus = np.sqrt(np.log(3) / 150), np.sqrt(np.log(30) / 150)
    np.testing.assert_allclose([least, bonus], [0.08558, 0.15058], atol=1e-5)
    start = chances(np.zeros(3), 50)
    np.testing.assert_allclose(start, 1 / 3)
    weights = after_reward(np.zeros(3), start, 1, 0.8, 50)
    np.testing.assert_allclose(weights, 0.5 * least * 3 * np.array([bonus, 0.8 + bonus, bonus]))
    share = np.exp(weights) / np.exp(weights).sum()
    np.testing.assert_allclose(chances(weights, 50), (1 - 3 * least) * share + least)


@settings(max_examples=50, deadline=None)
@hypothesis_given(st.lists(st.floats(-500, 500), min_size=1, max_size=8), st.integers(2, 1000))
def test_chances_are_chances_and_no_arm_is_given_up(weights, horizon):
    p, K = chances(np.array(weights), horizon), len(weights)
    assert p.sum() == pytest.approx(1.0)
    assert (p >= min(1 / K, np.sqrt(np.log(K) / (K * horizon))) - 1e-12).all()


def test_the_rule_finds_the_arm_that_pays():
    means, T = np.array([0.2, 0.5, 0.8]), 3000
    shares = []
    for seed in range(3):
        rng, weights, drawn = np.random.default_rng(seed), np.zeros(3), []
        for _ in range(T):
            p = chances(weights, T)
            arm = int(rng.choice(3, p=p))
            weights = after_reward(weights, p, arm, float(rng.random() < means[arm]), T)
            drawn.append(arm)
        shares.append(np.mean(np.array(drawn[T // 2 :]) == 2))
    assert min(shares) > 0.7


def test_weighted_accuracy_is_unbiased_for_rows_asked_by_chance():
    """Rows asked with known unequal probabilities: the weighted share is that of the whole pool."""
    rng = np.random.default_rng(0)
    right, chance = rng.random(400) < np.linspace(0.2, 0.9, 400), np.linspace(0.9, 0.1, 400)
    estimates = []
    for _ in range(300):
        asked = rng.random(400) < chance
        estimates.append(weighted_accuracy(right[asked], chance[asked]))
    assert np.mean(estimates) == pytest.approx(right.mean(), abs=0.01)
    assert right[rng.random(400) < chance].mean() < right.mean() - 0.05, "unweighted it is not"


def test_scores_are_those_of_the_arm_drawn_and_history_never_changes():
    spec = Spec(acquisition=Choice.of("albl", arms=ARMS), batch=3, budget=80)
    drawn = []
    for view in views_of(spec, 14):
        past = standing(view, 3, 50)
        assert past.drawn[:-1].tolist() == drawn, "what was drawn stays drawn"
        drawn = past.drawn.tolist()
        assert past.proba.shape == (len(drawn), 3) and past.rounds[-1] == len(view.log)
        assert ((past.reward >= 0) & (past.reward <= 1)).all()
        arm = catalog.ACQUISITIONS[ARMS[drawn[-1]]]
        expected = arm.plugin(replace(view, needs=arm.needs))
        np.testing.assert_array_equal(albl(view, arms=ARMS), expected)
    assert len(set(drawn)) == 3, "every arm had its turn"


def test_rewards_are_weighted_accuracies_of_the_learner_after_each_round():
    from alcore.hindsight import told_in
    from alcore.learn import fit

    view = views_of(Spec(acquisition=Choice.of("albl", arms=ARMS), batch=4, budget=80), 6)[-1]
    past, told = standing(view, 3, 50), told_in(view)
    likely = np.ones(len(told))
    for at, now in enumerate(past.rounds[:-1]):
        likely[told == now] = past.proba[at, past.drawn[at]]
        known, asked = told <= now, (told > 0) & (told <= now)
        learner = fit(Choice("logistic"), view.labelled.X[known], view.labelled.y[known], 2, 0)
        right = learner.predict(view.labelled.X[asked]) == view.labelled.y[asked]
        expected = (right / likely[asked]).sum() / (1 / likely[asked]).sum()
        assert past.reward[at] == pytest.approx(expected)


def test_arms_may_need_a_committee_or_be_mixtures_themselves():
    spec = Spec(acquisition=Choice.of("albl", arms=("vote_entropy", "albl", "relay")), batch=2, budget=26)
    rounds = list(advance(spec))
    assert list(advance(spec, Log(tuple(rounds[:4])))) == rounds[4:]


def test_a_mixture_without_arms_says_so():
    with pytest.raises(SpecError, match="at least one arm"):
        list(advance(Spec(acquisition=Choice.of("albl", arms=()))))


def test_relay_hands_over_at_the_switch():
    view = seen(*blobs([[0, 0], [2, 2]], 20, spread=0.8), [0, 20, 1, 21])
    novelty, margin = (catalog.ACQUISITIONS[n].plugin(view) for n in ("novelty", "margin"))
    np.testing.assert_array_equal(relay(view, switch=5), novelty)
    np.testing.assert_array_equal(relay(view, switch=4), margin)
    np.testing.assert_array_equal(relay(view, first="margin", then="novelty", switch=4), novelty)


def aulc(spec, data):
    return np.mean([r.metrics["accuracy"] for r in advance(spec, data=data)])


def task(name, seed):
    """A task of the reference table as data, and its protocol with a half of its budget."""
    X, y, X_test, y_test = table6(name, seed)
    first, batch, budget = PROTOCOLS[name]
    rows = first_rows(y, first, seed)
    data = given(
        np.vstack([X, X_test]),
        np.append(y, y_test),
        test=np.arange(len(X), len(X) + len(X_test)),
        initial=rows,
    )
    return data, Spec(batch=batch, budget=min(budget, 120), seed=seed)


SMALL = ("bc", "wine", "digits", "synth", "moons", "checkerboard")


@pytest.mark.slow
def test_albl_stays_close_to_its_best_arm_on_most_data():
    close = 0
    for name in SMALL:
        gaps = []
        for seed in range(2):
            if name in PROTOCOLS:
                data, spec = task(name, seed)
            else:
                data = None
                spec = Spec(dataset=Choice(name), learner="gaussian_process", batch=4, budget=80, seed=seed)
            best = [aulc(replace(spec, acquisition=Choice(arm)), data) for arm in ARMS]
            gaps.append([aulc(replace(spec, acquisition="albl"), data) - one for one in best])
        close += np.mean(gaps, axis=0).min() >= -0.02
    assert close >= 4
