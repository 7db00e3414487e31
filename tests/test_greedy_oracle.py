"""The greedy oracle: the best row by brute force, rounds like those of any run, and above all of them."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from alcore import Choice, DataError, Log, Spec, SpecError, advance, begin, given, learn
from alcore.greedy_oracle import NOTE, greedy_ceiling
from alcore.metrics import measure
from alcore.rng import integer

SPEC = Spec(dataset=Choice.of("moons", rows=150), first=4, batch=3, budget=25)


def small(seed=0, labels=None):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 2))
    y = (X @ [1.0, -0.5] + 0.3 * rng.normal(size=60) > 0).astype(int) if labels is None else labels
    return given(X, y, test=np.arange(30, 60), initial=[int(np.flatnonzero(y[:30] == c)[0]) for c in (0, 1)])


def test_the_first_question_is_the_best_of_all_by_brute_force():
    data, spec = small(), Spec(batch=1, budget=4)
    rounds = greedy_ceiling(spec, data=data, candidates=50)
    known = [q[0] for q in rounds[0].asked]
    for now in rounds[1:]:
        best = {}
        for row in np.setdiff1d(data.train, known).tolist():
            at = [*known, row]
            fitted = learn.fit(spec.learner, data.X[at], data.y[at], 2, integer(0, "learner", 0))
            score = measure(fitted.proba(data.test_X), data.test_y)
            best[row] = (score["accuracy"], -round(score["log_loss"], 3))
        asked = now.asked[0][0]
        assert best[asked] >= max(best.values())
        assert now.metrics["accuracy"] == best[asked][0]
        known.append(asked)


def test_a_score_is_the_gain_that_came_true():
    rounds = greedy_ceiling(SPEC, candidates=12)
    for before, now in pairwise(rounds):
        gain = now.metrics["accuracy"] - before.metrics["accuracy"]
        assert sum(now.scores) == pytest.approx(gain, abs=1e-9)


def test_rounds_are_those_of_a_run_and_say_that_they_cheat():
    rounds = greedy_ceiling(SPEC, candidates=8)
    log, active = Log(rounds), list(advance(SPEC))
    assert rounds[0] == active[0], "all curves start at the same point"
    assert [len(r.asked) for r in rounds] == [len(r.asked) for r in active]
    assert log.labels == 25 and len({q for r in rounds for q in r.asked}) == 25
    assert rounds[0].note == "" and {r.note for r in rounds[1:]} == {NOTE}
    assert [r.index for r in rounds] == list(range(len(rounds)))
    assert begin(SPEC, log).log == log
    assert rounds == greedy_ceiling(SPEC, candidates=8)
    assert rounds[:3] == greedy_ceiling(SPEC, candidates=8, rounds=3)
    assert greedy_ceiling(SPEC, rounds=0) == ()


def test_no_strategy_reaches_it():
    def aulc(rounds):
        return np.mean([r.metrics["accuracy"] for r in rounds])

    for seed in range(3):
        spec = replace(SPEC, dataset="iris", seed=seed)
        ceiling = aulc(greedy_ceiling(spec, candidates=20))
        for name in ("random", "margin", "novelty"):
            assert ceiling > aulc(advance(replace(spec, acquisition=Choice(name)))) + 0.005


def test_other_metrics_can_be_raised():
    spec = replace(SPEC, dataset="iris", budget=16)
    last = {m: greedy_ceiling(spec, candidates=15, metric=m)[-1].metrics for m in ("accuracy", "log_loss")}
    assert last["log_loss"]["log_loss"] < last["accuracy"]["log_loss"]


def test_money_is_never_overspent():
    rng = np.random.default_rng(0)
    data = small()
    data = replace(data, cost=rng.uniform(0.5, 4.0, 60))
    spec = Spec(price="per_row", budget=20.0, budget_in="money", batch=4)
    log = Log(greedy_ceiling(spec, data=data, candidates=10))
    assert log.spent <= 20.0 and len(log) > 2 and all(r.asked for r in log.rounds)


def test_the_oracle_of_the_spec_answers_noise_included():
    noisy = replace(SPEC, oracle=Choice.of("noisy", rate=0.4))
    data = begin(noisy).data
    rounds = greedy_ceiling(noisy, candidates=8)
    wrong = [a[0] != data.y[q[0]] for r in rounds for q, a in zip(r.asked, r.answers, strict=True)]
    assert any(wrong)


def test_one_class_at_the_start_is_no_obstacle():
    y = np.zeros(60, int)
    y[[5, 12, 20, 33, 40, 50]] = 1
    data = given(np.random.default_rng(0).normal(size=(60, 2)), y, test=np.arange(30, 60), initial=[0, 1])
    rounds = greedy_ceiling(Spec(batch=2, budget=12), data=data, candidates=28)
    assert Log(rounds).labels == 12


def test_what_cannot_be_done_is_said():
    with pytest.raises(DataError, match="test rows"):
        greedy_ceiling(Spec(), data=given(np.arange(8.0)[:, None], np.arange(8) % 2))
    with pytest.raises(SpecError, match="At least one candidate"):
        greedy_ceiling(SPEC, candidates=0)
    with pytest.raises(SpecError, match="no metric named"):
        greedy_ceiling(SPEC, metric="beauty")
