"""Oracles: rates, wrong answers that are wrong, and answers that depend on the row alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore import Choice, Spec, SpecError, advance
from alcore import given as own
from alcore.catalog import ORACLES
from alcore.loop import load

exact, noisy, confusion = (ORACLES[name].plugin for name in ("exact", "noisy", "confusion"))
MANY = 20_000
IDS = np.arange(MANY)[:, None]


def truth(n_classes: int, n: int = MANY) -> np.ndarray:
    return np.random.default_rng(n_classes).integers(0, n_classes, n)


def within(count: int, n: int, p: float, sigmas: float = 3.0) -> bool:
    return abs(count - n * p) <= sigmas * np.sqrt(n * p * (1 - p)) + 1e-9


def test_exact_says_the_truth():
    y = truth(4)
    answers = exact(IDS, y, 4, 0)
    assert answers.dtype == np.float64 and (answers == y).all()


@pytest.mark.parametrize("C", [2, 3, 10])
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 0.9])
def test_noise_has_its_rate(C, rate):
    y = truth(C)
    assert within(int((noisy(IDS, y, C, 0, rate=rate) != y).sum()), MANY, rate)


def test_a_rate_of_nothing_is_exact():
    y = truth(3)
    assert (noisy(IDS, y, 3, 0, rate=0.0) == y).all()
    assert (confusion(IDS, y, 3, 0, errors=(0.0,)) == y).all()


@pytest.mark.parametrize("C", [3, 5])
def test_a_flip_goes_to_every_other_class_alike_and_never_home(C):
    """Every true class by every answer, at a rate so high that home would show."""
    y = truth(C)
    answers = noisy(IDS, y, C, 1, rate=0.9).astype(int)
    for c in range(C):
        said = np.bincount(answers[y == c], minlength=C)
        n = int((y == c).sum())
        assert all(within(int(said[d]), n, 0.1 if d == c else 0.9 / (C - 1), 4.0) for d in range(C))


def test_whether_and_what_are_independent():
    """Rows that err at a low rate are not biased in what they say."""
    C, y = 4, np.zeros(MANY, np.int64)
    said = noisy(IDS, y, C, 2, rate=0.1).astype(int)
    wrong = said[said != 0]
    assert all(within(int((wrong == d).sum()), len(wrong), 1 / 3) for d in (1, 2, 3))


def test_single_questions_err_sooner_or_later():
    """One label at a time at rate 0.05: int(1 * 0.05) = 0 flips would be no noise at all."""
    y = np.zeros(1, np.int64)
    flips = sum(int(noisy(np.array([[i]]), y, 2, 0, rate=0.05)[0]) for i in range(400))
    assert within(flips, 400, 0.05, 4.0) and flips > 0


@pytest.mark.parametrize("choice", [Choice.of("noisy", rate=0.3), Choice.of("confusion", errors=(0.1, 0.5))])
@given(data=st.data())
def test_answers_depend_on_the_row_alone(choice, data):
    ask = ORACLES.bind(choice)
    seed, C = data.draw(st.integers(0, 2**31 - 1)), data.draw(st.integers(2, 5))
    n = data.draw(st.integers(1, 40))
    rng = np.random.default_rng(n)
    ids, y = rng.permutation(1000)[:n, None], rng.integers(0, C, n)
    answers = ask(ids, y, C, seed)
    order = rng.permutation(n)
    np.testing.assert_array_equal(ask(ids[order], y[order], C, seed), answers[order])
    cut = data.draw(st.integers(0, n))
    parts = [ask(ids[part], y[part], C, seed) for part in (slice(cut), slice(cut, None))]
    np.testing.assert_array_equal(np.concatenate(parts), answers)
    assert np.isin(answers, np.arange(C)).all()


def test_another_seed_errs_elsewhere():
    """As often as two unrelated draws: 0.1 x 0.1 of the rows are wrong under both."""
    y = truth(2)
    one, two = (noisy(IDS, y, 2, seed, rate=0.1) != y for seed in (0, 1))
    assert within(int((one & two).sum()), MANY, 0.01)


def test_noise_only_grows_with_the_rate():
    y = truth(3)
    some, more = (noisy(IDS, y, 3, 5, rate=rate) for rate in (0.1, 0.2))
    assert (more[some != y] == some[some != y]).all()


def test_two_strategies_meet_the_same_noise():
    """Through the loop: rows asked by both are answered alike, and about a fifth of the answers are wrong."""
    said = {}
    for acquisition in ("margin", "random"):
        spec = Spec(dataset="moons", acquisition=acquisition, oracle=Choice.of("noisy", rate=0.2), budget=100)
        for r in advance(spec):
            for (row,), (answer,) in zip(r.asked, r.answers, strict=True):
                assert said.setdefault(row, answer) == answer
    y = load(Spec(dataset="moons")).y
    wrong = sum(y[row] != answer for row, answer in said.items())
    assert within(wrong, len(said), 0.2, 4.0)


# Confusion.


def shares(answers: np.ndarray, y: np.ndarray, C: int) -> np.ndarray:
    table = np.zeros((C, C))
    np.add.at(table, (y, answers.astype(int)), 1.0)
    return table / table.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("errors", "towards", "expected"),
    [
        ((0.1,), "any", [[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]]),
        ((0.0, 0.4), "any", [[1, 0, 0], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6]]),
        ((0.3, 0.1, 0.5), "next", [[0.7, 0.3, 0], [0, 0.9, 0.1], [0.5, 0, 0.5]]),
        ((1.0,), "next", [[0, 1, 0], [0, 0, 1], [1, 0, 0]]),
    ],
)
def test_confusion_by_class(errors, towards, expected):
    y = truth(3)
    found = shares(confusion(IDS, y, 3, 0, errors=errors, towards=towards), y, 3)
    np.testing.assert_allclose(found, expected, atol=0.025)
    assert not found[np.array(expected) == 0].any(), "what has no probability never happens"


def test_confusion_by_matrix():
    y = truth(3)
    matrix = [[0.8, 0.2, 0.0], [0.25, 0.5, 0.25], [0.0, 0.0, 1.0]]
    found = shares(confusion(IDS, y, 3, 0, matrix=tuple(np.ravel(matrix))), y, 3)
    np.testing.assert_allclose(found, matrix, atol=0.025)
    assert not found[np.array(matrix) == 0].any()


@pytest.mark.parametrize("C", [2, 3, 7, 50])
def test_confusion_with_one_rate_is_noise(C):
    """To the answer: both draw alike, so a page can go from one to the other without changing a label."""
    y = truth(C)
    np.testing.assert_array_equal(confusion(IDS, y, C, 9, errors=(0.3,)), noisy(IDS, y, C, 9, rate=0.3))


@pytest.mark.parametrize("C", [2, 3, 7, 50])
def test_an_error_is_an_error_in_every_class(C):
    """Always wrong: no answer is home by rounding, from the first class to the last."""
    y = truth(C)
    answers = confusion(IDS, y, C, 0, errors=(1.0,))
    assert (answers != y).all() and answers.min() >= 0 and answers.max() < C


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"errors": (0.1, 0.1, 0.1, 0.1)}, "between 1 and 3 rates"),
        ({"errors": ()}, "between 1 and 3 rates"),
        ({"matrix": (0.5, 0.5, 0.5, 0.5)}, "3 x 3 = 9 numbers"),
        ({"matrix": (1, 0, 0, 0, 0.5, 0.4, 0, 0, 1)}, "row 2 sums to 0.9"),
    ],
)
def test_sizes_that_do_not_fit_are_told(given_, says):
    with pytest.raises(SpecError, match=says):
        confusion(IDS[:5], truth(3, 5), 3, 0, **given_)


def test_a_confusion_that_does_not_fit_the_data_ends_the_run_with_a_sentence():
    data = own(np.arange(8.0)[:, None], np.arange(8) % 2)
    spec = Spec(oracle=Choice.of("confusion", errors=(0.1, 0.2, 0.3)), first=2, budget=4, dataset="own")
    with pytest.raises(SpecError, match="one for each class"):
        list(advance(spec, data=data))


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_rates_outside_their_range_are_refused(rate):
    with pytest.raises(SpecError):
        ORACLES.bind(Choice.of("noisy", rate=rate))
