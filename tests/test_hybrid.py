"""Uncertain first, then spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore.catalog import SELECTORS
from alcore.selection.falcun import falcun_draws
from alcore.selection.hybrid import in_turn
from tests.pools import blobs, seen

hybrid, cluster_margin, typical_first, dropquery = (
    SELECTORS[name].plugin for name in ("hybrid", "cluster_margin", "typical_first", "dropquery")
)


def four_blobs():
    X, code = blobs([[0, 0], [9, 0], [0, 9], [9, 9]], 25)
    view = seen(X, code, [0, 25])
    return view, code[view.candidates.ids[:, 0]]


def test_hybrid_with_a_shortlist_of_one_batch_is_top():
    view, _ = four_blobs()
    scores = np.random.default_rng(0).random(98)
    assert set(hybrid(scores, view, 9, pool_factor=1.0)) == set(np.argsort(-scores)[:9])


def test_hybrid_takes_one_of_each_kind_of_doubt():
    """The best-scored rows crowd in one blob; hybrid takes one of each blob on the shortlist."""
    view, code = four_blobs()
    scores = np.where(code == 2, 0.9, 0.5) + np.random.default_rng(1).random(98) * 0.01
    scores[code == 3] = 0.1
    at = hybrid(scores, view, 3, pool_factor=50.0)
    assert len(set(code[at])) == 3
    short = set(np.argsort(-scores)[:15])
    assert set(hybrid(scores, view, 3)) <= short and (code[list(short)] == 2).all()


def test_weights_pull_the_batch_towards_high_scores():
    X = np.vstack([[[-9.0], [9.0]], np.linspace(0, 1, 50)[:, None]])
    view = seen(X, np.arange(52) % 2, [0, 1])
    scores = np.linspace(0.01, 1, 50) ** 4
    with_weights = hybrid(scores, view, 1, pool_factor=50.0)
    without = hybrid(scores, view, 1, pool_factor=50.0, weighted=False)
    assert scores[with_weights[0]] > 2 * scores[without[0]]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.integers(0, 45))
def test_groups_take_turns_fairly(groups, n):
    group = np.array(groups)
    at = in_turn(group, n)
    assert len(at) == min(n, len(group)) == len(set(at.tolist()))
    taken, size = np.bincount(group[at], minlength=7), np.bincount(group, minlength=7)
    for one in range(7):
        for other in range(7):
            assert taken[one] >= taken[other] - 1 or taken[one] == size[one], "nobody is passed over"
    first = list(dict.fromkeys(group[at].tolist()))
    assert [size[g] for g in first] == sorted(size[g] for g in first), "small groups first"


def test_cluster_margin_balances_groups_of_doubt():
    view, code = four_blobs()
    scores = np.where(code == 2, 0.9, 0.5)
    scores[code == 3] = 0.1
    at = cluster_margin(scores, view, 6, pool_factor=12.0, clusters=0.5)  # three groups
    assert sorted(np.bincount(code[at], minlength=4)) == [0, 2, 2, 2]
    at = cluster_margin(scores, view, 3, pool_factor=25.0)
    assert len(set(code[at])) == 3


def test_typical_first_switches_where_it_says():
    view, _ = four_blobs()
    scores = np.random.default_rng(2).random(98)
    typical = SELECTORS["typiclust"].plugin(scores, view, 5)
    np.testing.assert_array_equal(typical_first(scores, view, 5, switch=3), typical)
    np.testing.assert_array_equal(typical_first(scores, view, 5, switch=2), hybrid(scores, view, 5))
    assert set(typical_first(scores, view, 5, switch=0, then="top")) == set(np.argsort(-scores)[:5])


def test_dropquery_without_dropout_is_k_means_of_all():
    view, code = four_blobs()
    assert sorted(code[dropquery(np.zeros(98), view, 4, dropout=0.0)]) == [0, 1, 2, 3]


def test_dropquery_keeps_rows_whose_class_hangs_by_their_features():
    """With nearly all features hidden the learner answers by its intercept; the other class changes."""
    rng = np.random.default_rng(3)
    y = np.repeat([0, 1], [60, 60])
    X = rng.normal(size=(120, 6)) + np.where(y, 2.0, -2.0)[:, None]
    view = seen(X, y, [*range(12), 60, 61])  # mostly class 0: so is the intercept
    guess = view.fitted.predict(view.candidates.X)
    assert view.fitted.predict(np.zeros((1, 6)))[0] == 0
    at = dropquery(np.zeros(106), view, 10, dropout=0.95, repeats=9)
    assert (guess[at] == 1).all()


def test_falcun_leaves_copies_of_what_it_drew():
    """Rows 0..8 are equally doubtful copies; with them drawn once, the less doubtful other row is next."""
    P = np.vstack([np.tile([0.5, 0.5, 0.0], (9, 1)), [[0.0, 0.35, 0.65]]])
    for seed in range(20):
        at = falcun_draws(P, 2, 50.0, np.random.default_rng(seed))
        assert 9 in at and len(set(at.tolist())) == 2


def test_falcun_draws_first_in_proportion_to_doubt():
    """Before anything is drawn, relevance is twice the doubt: chances 1 : 4 with gamma 2."""
    P = np.array([[0.75, 0.25], [0.5, 0.5]])  # doubt 0.5 and 1
    first = [int(falcun_draws(P, 1, 2.0, np.random.default_rng(s))[0]) for s in range(2000)]
    assert np.mean(first) == pytest.approx(0.8, abs=0.03)


def test_falcun_without_doubt_or_variety_still_fills_the_batch():
    assert sorted(falcun_draws(np.eye(2)[[0, 0, 0]], 3, 10.0, np.random.default_rng(0))) == [0, 1, 2]
    assert len(falcun_draws(np.zeros((0, 2)), 3, 10.0, np.random.default_rng(0))) == 0
