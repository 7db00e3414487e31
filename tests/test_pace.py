"""The trial: about what a run takes, cut short where it is slow, and never kept."""

import math
from dataclasses import replace

import numpy as np
import pytest

from alcore import Choice, Log, Spec, advance, given, pace
from alcore.loop import load
from alcore.pace import seconds_left, tried

SPEC = Spec(dataset="digits", first=20, batch=20, budget=120)


def test_it_counts_the_rounds_of_the_run():
    for spec in (SPEC, replace(SPEC, budget=130), replace(SPEC, budget=10, first=20), Spec(budget=10_000)):
        assert tried(spec).rounds == len(list(advance(spec)))


def test_rounds_are_foreseen_within_a_factor_of_three():
    spec = replace(SPEC, acquisition=Choice("vote_entropy"), committee=Choice.of("bagged", members=40))
    found = tried(spec)
    real = sum(r.seconds for r in advance(spec))
    assert found.total / 3 < real < 3 * found.total
    assert not found.at_least


def test_a_slow_round_is_tried_once(monkeypatch):
    made = []

    def slow(*args):
        made.append(args)
        return 7.0

    monkeypatch.setattr(pace, "_seconds", slow)
    found = tried(SPEC)
    assert len(made) == 1 and found.at_least and found.slowest == 7.0 and found.total == 7.0 * found.rounds


def test_money_is_turned_into_labels_by_the_mean_price():
    spec = Spec(dataset="priced", price="per_row", budget=60, budget_in="money")
    made = len(list(advance(spec.passive())))
    assert tried(spec).rounds == pytest.approx(made, rel=0.3)
    free = replace(spec, price=Choice.of("flat", each=0.0))
    assert tried(free).rounds == 1 + math.ceil((len(load(free).train) - free.first) / free.batch)


def test_tiny_pools_can_be_tried():
    data = given(np.arange(12.0)[:, None], np.arange(12) % 2, test=[0, 1])
    for spec in (Spec(first=2, batch=1, budget=5), Spec(first=10, batch=10, budget=50)):
        assert tried(spec, data).total >= 0


def test_what_is_left_follows_the_last_rounds():
    log = Log(tuple(replace(r, seconds=2.0) for r in advance(SPEC, rounds=3)))
    assert log.labels == 60
    assert seconds_left(SPEC, log, 1203) == pytest.approx(2.0 * 3)
    assert seconds_left(SPEC, log, 80) == pytest.approx(2.0), "the pool ends before the budget"
    assert math.isnan(seconds_left(SPEC, log[:1], 1203))
    money = replace(SPEC, budget_in="money", budget=100)
    assert seconds_left(money, log, 1203) == pytest.approx(2.0 * 2)
    assert seconds_left(SPEC, Log(tuple(advance(SPEC))), 1203) == 0.0
