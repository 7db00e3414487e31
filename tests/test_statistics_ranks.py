"""Ranks over data sets, against the numbers of Demšar 2006 and against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from alcore import SpecError
from alcore.statistics.ranks import average_ranks, diagram, friedman, nemenyi

NAMES = ("C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf")
DEMSAR = np.array(  # table 6: AUC on 14 data sets
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],  # printed alike, ranked 2 and 3
        [0.957, 0.978, 0.946, 0.970],
    ]
)


def test_the_published_example() -> None:
    assert average_ranks(DEMSAR) == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    found = friedman(DEMSAR)
    assert found.chi2 == pytest.approx(9.28, abs=0.005) and found.f == pytest.approx(3.69, abs=0.005)
    assert nemenyi(4, 14) == pytest.approx(1.25, abs=0.005)
    assert found.f_p < 0.05


@pytest.mark.parametrize(
    ("alpha", "q"),
    [
        (0.05, [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]),
        (0.10, [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920]),
    ],
)
def test_the_published_table_of_q(alpha: float, q: list[float]) -> None:
    for k, value in enumerate(q, start=2):
        assert nemenyi(k, 1, alpha) / np.sqrt(k * (k + 1) / 6) == pytest.approx(value, abs=1.1e-3)


@pytest.mark.parametrize("k", [2, 7, 20])
def test_the_quantile_is_scipys(k: int) -> None:
    q = nemenyi(k, 1) / np.sqrt(k * (k + 1) / 6) * np.sqrt(2)
    assert stats.studentized_range.sf(q, k, np.inf) == pytest.approx(0.05, abs=1e-7)


TABLES = st.tuples(st.integers(2, 8), st.integers(3, 6)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(0, 1), unique=True)
)


@given(TABLES)
def test_without_ties_it_is_scipys_friedman(scores: np.ndarray) -> None:
    assert friedman(scores).chi2 == pytest.approx(stats.friedmanchisquare(*scores.T).statistic)
    assert average_ranks(scores).sum() == pytest.approx(scores.shape[1] * (scores.shape[1] + 1) / 2)


@given(TABLES, st.sampled_from(["nemenyi", "wilcoxon"]))
def test_a_diagram_is_ordered_and_cliques_are_neighbours(scores: np.ndarray, method: str) -> None:
    names = [f"s{i}" for i in range(scores.shape[1])]
    found = diagram(scores, names, method=method)
    assert sorted(found.names) == names and list(found.ranks) == sorted(found.ranks)
    stretches = [found.names[a:b] for a in range(len(names)) for b in range(a + 2, len(names) + 1)]
    assert set(found.cliques) <= set(stretches)
    for one in found.cliques:  # none lies inside another
        assert not any(set(one) < set(other) for other in found.cliques)
    if found.cd is not None:
        at = dict(zip(found.names, found.ranks, strict=True))
        for one, other in zip(found.names, found.names[1:], strict=False):
            close = at[other] - at[one] < found.cd
            assert close == any({one, other} <= set(c) for c in found.cliques)


def test_the_published_diagram() -> None:
    """At 0.10 the difference is 1.12: C4.5 differs from both with m, which the article draws."""
    found = diagram(DEMSAR, NAMES, alpha=0.10)
    assert found.names == ("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5")
    assert found.cd == pytest.approx(1.12, abs=0.005)
    assert found.cliques == (("C4.5+m+cf", "C4.5+m", "C4.5+cf"), ("C4.5+cf", "C4.5"))


def test_wins_everywhere_are_a_difference() -> None:
    rng = np.random.default_rng(0)
    base = rng.random((12, 1))
    scores = np.hstack([base + 0.1, base + rng.normal(0, 0.001, (12, 1)), base])
    found = diagram(scores, ["margin", "entropy", "random"], method="wilcoxon")
    assert found.names[0] == "margin" and [set(c) for c in found.cliques] == [{"entropy", "random"}]
    assert found.cd is None and found.reason == ""


def test_all_equal() -> None:
    found = diagram(np.full((5, 3), 0.8), ["a", "b", "c"])
    assert found.ranks == (2, 2, 2) and found.cliques == (("a", "b", "c"),) and found.friedman.chi2 == 0


def test_always_the_same_order_is_the_most_there_can_be() -> None:
    assert friedman([[3, 2, 1]] * 4).f == np.inf and friedman([[3, 2, 1]] * 4).f_p == 0


@pytest.mark.parametrize(
    ("shape", "method", "words"),
    [
        ((1, 3), "nemenyi", "One data set"),
        ((5, 1), "nemenyi", "at least two strategies"),
        ((4, 3), "wilcoxon", "not even winning everywhere"),
        ((2, 2), "nemenyi", "no difference"),
    ],
)
def test_too_few_is_said(shape: tuple[int, int], method: str, words: str) -> None:
    found = diagram(np.random.default_rng(0).random(shape), [f"s{i}" for i in range(shape[1])], method=method)
    assert words in found.reason


def test_what_cannot_be_used_is_said() -> None:
    with pytest.raises(SpecError, match="missing"):
        diagram([[1.0, np.nan]], ["a", "b"])
    with pytest.raises(SpecError, match="names"):
        diagram([[1.0, 2.0]], ["a"])
    with pytest.raises(SpecError):
        friedman([[1.0, 2.0]])
    with pytest.raises(SpecError):
        nemenyi(1, 5)
