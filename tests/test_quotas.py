"""Places for every class: exact sums, caps, and what is left over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore.allocation import quotas, shares
from alcore.catalog import SELECTORS
from tests.pools import blobs, seen

class_quotas = SELECTORS["class_quotas"].plugin
weights = st.lists(st.floats(0.001, 1000), min_size=1, max_size=12).map(np.array)


@given(st.integers(0, 500), weights)
def test_shares_are_exact_and_within_one_of_proportion(n, w):
    given_out = shares(n, w)
    assert given_out.sum() == n and (given_out >= 0).all()
    assert (np.abs(given_out - n * w / w.sum()) < 1 + 1e-9).all()


def test_shares_known_value():
    """Hamilton's rule on 53 : 24 : 23 of 10: exact 5.3, 2.4, 2.3; the tenth place goes to the .4."""
    assert shares(10, np.array([53.0, 24.0, 23.0])).tolist() == [5, 3, 2]
    assert quotas(10, np.array([53.0, 24.0, 23.0]), np.array([9, 1, 2])).tolist() == [5, 1, 2]
    assert shares(1, np.ones(3)).tolist() == [1, 0, 0], "never fewer because of a division"


@given(st.integers(0, 100), weights, st.integers(0, 10**6))
def test_quotas_keep_to_caps(n, w, seed):
    caps = np.random.default_rng(seed).integers(0, 30, len(w))
    found = quotas(n, w, caps)
    assert (found <= caps).all() and (found <= shares(n, w)).all()


def three_classes():
    X, code = blobs([[0, 0], [6, 0], [0, 6]], 40, spread=0.7)
    keep = np.r_[0:40, 40:65, 80:84]  # 40, 25 and 4 rows
    X, code = X[keep], code[keep]
    view = seen(X, code, [0, 40, 65])
    return view, view.proba.argmax(axis=1)


def test_every_predicted_class_gets_its_places_and_leftovers_go_to_the_best():
    view, guess = three_classes()
    scores = np.random.default_rng(0).random(len(guess))
    assert np.bincount(guess).tolist() == [39, 24, 3]
    at = class_quotas(scores, view, 6)
    assert np.bincount(guess[at]).tolist() == [2, 2, 2]
    for c in range(3):
        mine = np.flatnonzero(guess == c)
        assert set(at[guess[at] == c]) == set(mine[np.argsort(-scores[mine])[:2]])
    at = class_quotas(scores, view, 30)  # 10 each, but the third class has 3: 7 places are free
    first = [np.flatnonzero(guess == c)[np.argsort(-scores[guess == c])[:10]] for c in range(3)]
    taken = np.concatenate(first)
    rest = np.setdiff1d(np.arange(len(guess)), taken)
    expected = set(taken) | set(rest[np.argsort(-scores[rest])[:7]])
    assert set(at) == expected
    assert scores[at].tolist() == sorted(scores[at], reverse=True)


def test_odd_places_go_to_the_class_with_the_fewest_labels():
    X, code = blobs([[0, 0], [6, 0]], 20)
    view = seen(X, code, [0, 1, 2, 20])
    guess = view.proba.argmax(axis=1)
    assert guess[class_quotas(np.random.default_rng(1).random(36), view, 1)].tolist() == [1]
    rare = class_quotas(np.random.default_rng(1).random(36), view, 6, share="rare first")
    assert np.bincount(guess[rare]).tolist() == [2, 4], "3 labels against 1: weights 1/4 and 1/2"


def average_precision(run, rows):
    from sklearn.metrics import average_precision_score

    return average_precision_score(run.data.y[rows], run.fitted.proba(run.data.X[rows])[:, 1])


@pytest.mark.slow
def test_rare_positives_are_found_many_times_more_often():
    """2 % positives, 200 labels: METHODS' own task; random finds about six."""
    from alcore import Spec, begin, step
    from alcore import given as own
    from tests.generators import imbalanced

    found, precision = {}, {}
    for seed in range(4):
        X, y, X_test, y_test = imbalanced(seed)
        rng = np.random.default_rng(seed)
        first = np.r_[rng.choice(np.flatnonzero(y == 1), 2, replace=False),
                      rng.choice(np.flatnonzero(y == 0), 18, replace=False)]  # fmt: skip
        test = np.arange(len(X), len(X) + len(X_test))
        data = own(np.vstack([X, X_test]), np.r_[y, y_test], test=test, initial=first)
        for name, parts in {
            "random": {"acquisition": "random"},
            "equal": {"acquisition": "least_confident", "select": "class_quotas"},
        }.items():
            run, scores = begin(Spec(batch=10, budget=200, seed=seed, **parts), data=data), []
            while (after := step(run)) is not None:
                run = after
                scores.append(average_precision(run, test))
            found.setdefault(name, []).append(y[run.log.asked[:, 0]].sum() - 2)
            precision.setdefault(name, []).append(np.mean(scores))
    assert np.mean(found["equal"]) >= 4 * max(1.0, np.mean(found["random"]))
    assert np.mean(precision["equal"]) >= np.mean(precision["random"]) + 0.06
