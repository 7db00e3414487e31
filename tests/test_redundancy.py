"""Redundancy: 0 for a batch without anything in common, 1 for copies, and what chance would do."""

from dataclasses import replace

import numpy as np
import pytest

from alcore import Choice, Log, Spec, advance, given
from alcore.distances import typical_distance
from alcore.loop import load
from alcore.redundancy import closest_likeness, of_rounds, redundancy


def test_copies_are_one_and_strangers_near_zero():
    assert redundancy(np.ones((4, 3))) == 1.0
    assert redundancy(np.array([[0.0], [1e9]])) < 1e-8
    assert redundancy(np.ones((1, 3))) == redundancy(np.ones((0, 3))) == 0.0


def test_it_is_the_mean_over_the_rows_by_brute_force():
    X = np.random.default_rng(0).normal(size=(9, 4))
    gaps = np.linalg.norm(X[:, None] - X[None], axis=2) + np.diag(np.full(9, np.inf))
    likeness = 1 / (1 + gaps.min(axis=1) / 2.5)
    np.testing.assert_allclose(closest_likeness(X, 2.5), likeness)
    assert redundancy(X, 2.5) == pytest.approx(likeness.mean())


def test_each_round_is_measured_in_the_units_of_its_pool():
    spec = Spec(dataset="iris", first=8, batch=4, budget=24)
    log, data = Log(tuple(advance(spec))), load(spec)
    found = of_rounds(data, log, 0)
    assert [f.round for f in found] == [0, 1, 2, 3, 4]
    for f, r in zip(found, log.rounds, strict=True):
        rows = [q[0] for q in r.asked]
        assert f.value == redundancy(data.X[rows], typical_distance(data.pool_X)) and f.rows == len(rows)
        assert 0 <= f.low <= f.random <= f.high <= 1
    assert found == of_rounds(data, log, 0), "drawn by the seed"
    assert found[:2] == of_rounds(data, log[:2], 0), "a past round stays as it was"
    doubled = replace(data, X=2.0 * data.X)
    assert [f.value for f in of_rounds(doubled, log, 0)] == pytest.approx([f.value for f in found])


def test_random_batches_come_from_the_rows_that_were_open():
    X = np.repeat(np.arange(6.0), 2)[:, None] * 100.0
    data = given(X, np.arange(12) % 2, test=[])
    log = Log(tuple(advance(Spec(first=2, batch=2, budget=12), data=data)))
    last = of_rounds(data, log, 0)[-1]
    assert last.value == last.random == last.low == last.high, "two rows were left, so chance takes them too"


def test_a_spread_batch_is_less_redundant_than_the_top():
    def mean(select: str) -> float:
        spec = Spec(dataset="digits", first=20, batch=20, budget=100, select=Choice(select))
        return float(np.mean([f.value for f in of_rounds(load(spec), Log(tuple(advance(spec))), 0)[1:]]))

    assert mean("hybrid") < mean("top")
