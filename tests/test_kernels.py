import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from alcore import kernels

BIG = 3 * kernels._BLOCK + 5  # rows of a table that spans blocks

tables = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
    elements=st.floats(-800, 800) | st.sampled_from([0.0, 1.0]),
)
scores = arrays(
    np.float64,
    st.integers(0, 60),
    elements=st.integers(-3, 3).map(float) | st.sampled_from([np.inf, -np.inf, 0.5]),
)


def layouts(table):
    yield np.ascontiguousarray(table)
    yield np.asfortranarray(table)
    yield np.repeat(table, 2, axis=1)[:, ::2]


@given(tables)
def test_softmax_is_scipys_for_every_layout(logits):
    for table in layouts(logits):
        kept = table.copy()
        proba = kernels.softmax(table)
        np.testing.assert_allclose(proba, scipy.special.softmax(logits, axis=1), rtol=1e-12, atol=1e-300)
        np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-14)
        np.testing.assert_array_equal(table, kept)


def test_softmax_of_impossible_class_and_of_no_rows():
    assert kernels.softmax(np.array([[-np.inf, 0.0]])).tolist() == [[0.0, 1.0]]
    assert kernels.softmax(np.empty((0, 3))).shape == (0, 3)
    np.testing.assert_array_equal(kernels.softmax(np.array([[0, 0]])), [[0.5, 0.5]])


@given(tables)
def test_top_two_is_a_sort(table):
    expected = np.sort(table, axis=1)[:, ::-1]
    for view in layouts(table):
        largest, second = kernels.top_two(view)
        np.testing.assert_array_equal(largest, expected[:, 0])
        np.testing.assert_array_equal(second, expected[:, 1] if table.shape[1] > 1 else 0.0)


@given(tables)
def test_entropy_is_scipys(logits):
    proba = scipy.special.softmax(logits, axis=1)
    for table in layouts(proba):
        entropy = kernels.row_entropy(table)
        np.testing.assert_allclose(entropy, scipy.special.entr(proba).sum(axis=1), rtol=1e-12, atol=1e-300)
    assert np.all(entropy <= np.log(proba.shape[1]) + 1e-12)


def test_entropy_of_certain_rows_is_positive_zero():
    entropy = kernels.row_entropy(np.eye(5))
    assert entropy.tolist() == [0.0] * 5
    assert not np.signbit(entropy).any()


@pytest.mark.parametrize("order", ["C", "F"])
def test_blocks_join(order):
    logits = np.asarray(np.random.default_rng(0).normal(size=(BIG, 4)), order=order)
    proba = kernels.softmax(logits)
    np.testing.assert_allclose(proba, scipy.special.softmax(logits, axis=1), rtol=1e-12)
    entropy = scipy.special.entr(proba).sum(axis=1)
    np.testing.assert_allclose(kernels.row_entropy(np.asarray(proba, order=order)), entropy, rtol=1e-12)
    largest, second = kernels.top_two(np.asarray(proba, order=order))
    np.testing.assert_array_equal(np.column_stack((second, largest)), np.sort(proba, axis=1)[:, -2:])


@given(scores, st.integers(0, 70))
def test_top_k_is_a_stable_sort(values, k):
    np.testing.assert_array_equal(kernels.top_k(values, k), np.argsort(-values, kind="stable")[:k])


@given(st.integers(0, 2**32), st.integers(1, 40), st.sampled_from([1, 2, 5, 10**9]))
def test_top_k_of_many_is_a_stable_sort(seed, k, levels):
    values = np.random.default_rng(seed).integers(0, levels, size=20_000).astype(float)
    np.testing.assert_array_equal(kernels.top_k(values, k), np.argsort(-values, kind="stable")[:k])


@pytest.mark.parametrize("n", [1, 5, 20_000])
@pytest.mark.parametrize("where", [0, -1])
@pytest.mark.parametrize("k", [0, 1, 20_000])
def test_top_k_refuses_nan(n, where, k):
    values = np.zeros(n)
    values[where] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        kernels.top_k(values, k)


def test_top_k_refuses_negative_k():
    with pytest.raises(ValueError, match="negative"):
        kernels.top_k(np.zeros(3), -1)
