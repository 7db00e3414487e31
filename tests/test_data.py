"""From rows to `Data`: own arrays, splits, labels, and every refusal in a sentence."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from alcore import DataError, Source, given
from alcore.data import prepare, split
from alcore.types import UNKNOWN

X = np.arange(24.0).reshape(12, 2)
Y = np.arange(12) % 3


@drawn(
    st.lists(st.integers(1, 30), min_size=1, max_size=6),
    st.floats(0, 0.95),
    st.integers(0, 5),
    st.integers(0, 9),
)
def test_splits_are_stratified_disjoint_and_keep_every_class_in_the_pool(counts, share, unlabelled, seed):
    codes = np.concatenate([np.repeat(np.arange(len(counts)), counts), np.full(unlabelled, UNKNOWN)])
    codes = np.random.default_rng(seed).permutation(codes)
    train, test = split(codes, share, seed)
    assert not np.intersect1d(train, test).size and len(train) + len(test) == len(codes)
    assert (np.diff(train) > 0).all() and (np.diff(test) > 0).all()
    assert set(codes[train]) >= set(range(len(counts))) and UNKNOWN not in codes[test]
    for c, n in enumerate(counts):
        took = (codes[test] == c).sum()
        assert took <= n * share + 1 and (took >= np.floor(n * share) or took == n - 1)
    again = split(codes, share, seed)
    np.testing.assert_array_equal(test, again[1])


def test_the_size_of_the_test_set_is_the_share_rounded():
    codes = np.repeat([0, 1, 2], [50, 30, 20])
    for share in (0.1, 0.25, 0.33, 0.5):
        assert len(split(codes, share, 0)[1]) == round(100 * share)


def test_another_seed_is_another_split():
    assert not np.array_equal(split(Y.repeat(9), 0.3, 0)[1], split(Y.repeat(9), 0.3, 1)[1])


@pytest.mark.parametrize("share", [-0.5, 1.0, 1.5, float("nan")])
def test_a_share_must_be_a_share(share):
    with pytest.raises(DataError, match="share of test rows"):
        given(X, Y, test=share)


def test_own_arrays_are_copied_frozen_and_named():
    rows = X.copy()
    data = given(rows, ["no", "yes", "no"] * 4, test=[3, 1], group=list("ab") * 6, cost=range(12))
    rows[0] = 99
    assert data.X[0, 0] == 0
    assert data.classes == ("no", "yes") and data.groups == ("a", "b")
    assert data.test.tolist() == [3, 1] and data.train.tolist() == [0, 2, *range(4, 12)]
    np.testing.assert_array_equal(data.cost, np.arange(12))
    for array in (data.X, data.y, data.train, data.test, data.cost, data.group, data.pool_X, data.test_X):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize(
    ("labels", "codes", "classes"),
    [
        ([2, 0, 2, 0], [1, 0, 1, 0], ("0", "2")),
        ([10.0, 9.0, 10.0, np.nan], [1, 0, 1, -1], ("9", "10")),
        ([0.5, 1.0, 0.5, 1.0], [0, 1, 0, 1], ("0.5", "1")),
        (["b", "a", None, ""], [1, 0, -1, -1], ("a", "b")),
        ([True, False, True, True], [1, 0, 1, 1], ("False", "True")),
        (pd.Series(["b", "a", None, "b"]), [1, 0, -1, 1], ("a", "b")),
        (pd.array([3, 4, None, 3], "Int64"), [0, 1, -1, 0], ("3", "4")),
        (pd.Categorical(["x", "y", "x", "y"]), [0, 1, 0, 1], ("x", "y")),
    ],
)
def test_labels_of_any_kind_become_codes(labels, codes, classes):
    data = given(X[:4], np.array(labels, object) if isinstance(labels, list) and None in labels else labels)
    assert data.y.tolist() == codes and data.classes == classes


@pytest.mark.parametrize(
    ("labels", "classes", "codes"),
    [
        ([1, 2, 1, 2], ("good", "bad"), [0, 1, 0, 1]),
        ([0, 2, 0, 2], ("a", "b", "c"), [0, 2, 0, 2]),
        ([0.0, 2.0, np.nan, 2.0], ("a", "b", "c"), [0, 2, -1, 2]),
        (["c", "a", "c", "a"], ("a", "b", "c"), [2, 0, 2, 0]),
        (["no", "yes", "no", "yes"], ("yes", "no"), [1, 0, 1, 0]),
        ([np.nan] * 4, ("a", "b"), [-1] * 4),
    ],
)
def test_classes_keep_their_names_where_one_has_no_row(labels, classes, codes):
    data = given(X[:4], labels, classes=classes)
    assert data.y.tolist() == codes and data.classes == classes


def test_without_labels_a_person_answers():
    data = given(X, classes=["cat", "dog"], initial=[3])
    assert (data.y == UNKNOWN).all() and data.n_classes == 2 and data.initial.tolist() == [3]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: given([["a"], ["b"]], [0, 1]), "must be numbers"),
        (lambda: given([[1, 2], [3]], [0, 1]), "rows of one length"),
        (lambda: given(np.ones((2, 2, 2)), [0, 1]), "table of rows and columns"),
        (lambda: given([], []), "table of rows and columns"),
        (lambda: given([[np.nan], [1]], [0, 1]), "missing or infinite"),
        (lambda: given(X, Y[:5]), "one label per row"),
        (lambda: given(X, Y[:, None]), "one label per row"),
        (lambda: given(X, np.zeros(12)), "At least two classes"),
        (lambda: given(X), "names of at least two classes"),
        (lambda: given(X, Y, classes=["a", "b"]), "found 3"),
        (lambda: given(X, Y, classes=["a", "a", "b"]), "same name"),
        (lambda: given(X, list("xyz") * 4, classes=["a", "b", "c", "d"]), "4 classes are named"),
        (lambda: given(X, np.array([1, "a"] * 6, object)), "all numbers or all words"),
        (lambda: given(X, Y, test=[0, 0]), "distinct row numbers"),
        (lambda: given(X, Y, test=[12]), "between 0 and 11"),
        (lambda: given(X, Y, test=[-1]), "between 0 and 11"),
        (lambda: given(X, Y, test=[0], train=[0, 1]), "both in the pool and in the test set"),
        (lambda: given(X, Y, test=range(12)), "pool is empty"),
        (lambda: given(X, Y, test=[0], initial=[0]), "initial row"),
        (lambda: given(X, Y, cost=[-1.0] * 12), "Costs"),
        (lambda: given(X, Y, cost=["much"] * 12), "Costs must be numbers"),
        (lambda: given(X, Y, cost=1.0), "one number per row"),
        (lambda: given(X, Y, group=["a"]), "one value per row"),
        (lambda: prepare(Source(X[:3], Y[:3]), 0.3, 0), "3 rows are too few"),
        (lambda: prepare(Source(X, Y, test=np.array([0, 99])), 0.3, 0), "between 0 and 11"),
        (lambda: prepare(Source(X, Y, test=np.arange(12)), 0.3, 0), "pool is empty"),
        (lambda: prepare(Source(X, np.zeros(12)), 0.3, 0), "At least two classes"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(call, words):
    with pytest.raises(DataError, match=words):
        call()


def test_test_rows_may_be_in_the_pool_on_request():
    data = given(X, Y, test=[0], train=range(12), overlap=True)
    assert data.train.tolist() == list(range(12)) and data.test.tolist() == [0]


def test_a_source_with_its_own_test_rows_keeps_them():
    data = prepare(Source(X, Y, test=np.array([5, 2])), 0.9, 3)
    assert data.test.tolist() == [2, 5] and len(data.train) == 10


def test_rows_are_kept_for_showing():
    frame = pd.DataFrame({"size": X[:, 0], "colour": ["red", "blue"] * 6}, index=[7] * 12)
    data = prepare(Source(frame, Y), 0.25, 0)
    assert data.rows["colour"].tolist() == ["red", "blue"] * 6
    assert data.features == ("size", "colour=red") and np.isfinite(data.X).all()
    assert prepare(Source(X, Y), 0.25, 0).rows is None


@pytest.mark.parametrize("missing", ["", None, float("nan")])
def test_labels_missing_from_a_plain_list_are_unknown(missing):
    data = given(np.arange(4.0)[:, None], ["no", missing, "yes", "no"])
    assert data.classes == ("no", "yes") and data.y.tolist() == [0, -1, 1, 0]


def test_a_share_of_any_kind_is_a_share_and_half_rows_are_refused():
    X, y = np.arange(10.0)[:, None], np.arange(10) % 2
    assert len(given(X, y, test=np.float32(0.4)).test) == 4
    with pytest.raises(DataError, match="whole numbers"):
        given(X, y, test=[0.5, 2.0])
