"""Oracles: rates, wrong answers that are wrong, and answers that depend on the row alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore import Choice, Spec, SpecError, advance
from alcore import given as own
from alcore.catalog import ORACLES
from alcore.errors import ContractError
from alcore.loop import load, price_of
from alcore.types import Asked

exact, noisy, confusion = (ORACLES[name].plugin for name in ("exact", "noisy", "confusion"))
difficult, abstaining = (ORACLES[name].plugin for name in ("difficult", "abstaining"))
tired, crowd = ORACLES["tired"].plugin, ORACLES["crowd"].plugin
MANY = 20_000
IDS = np.arange(MANY)[:, None]


def truth(n_classes: int, n: int = MANY) -> np.ndarray:
    return np.random.default_rng(n_classes).integers(0, n_classes, n)


def within(count: int, n: int, p: float, sigmas: float = 3.0) -> bool:
    return abs(count - n * p) <= sigmas * np.sqrt(n * p * (1 - p)) + 1e-9


def test_exact_says_the_truth():
    y = truth(4)
    answers = exact(Asked(IDS, y, 4, 0))
    assert answers.dtype == np.float64 and (answers == y).all()


@pytest.mark.parametrize("C", [2, 3, 10])
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 0.9])
def test_noise_has_its_rate(C, rate):
    y = truth(C)
    assert within(int((noisy(Asked(IDS, y, C, 0), rate=rate) != y).sum()), MANY, rate)


def test_a_rate_of_nothing_is_exact():
    y = truth(3)
    assert (noisy(Asked(IDS, y, 3, 0), rate=0.0) == y).all()
    assert (confusion(Asked(IDS, y, 3, 0), errors=(0.0,)) == y).all()


@pytest.mark.parametrize("C", [3, 5])
def test_a_flip_goes_to_every_other_class_alike_and_never_home(C):
    """Every true class by every answer, at a rate so high that home would show."""
    y = truth(C)
    answers = noisy(Asked(IDS, y, C, 1), rate=0.9).astype(int)
    for c in range(C):
        said = np.bincount(answers[y == c], minlength=C)
        n = int((y == c).sum())
        assert all(within(int(said[d]), n, 0.1 if d == c else 0.9 / (C - 1), 4.0) for d in range(C))


def test_whether_and_what_are_independent():
    """Rows that err at a low rate are not biased in what they say."""
    C, y = 4, np.zeros(MANY, np.int64)
    said = noisy(Asked(IDS, y, C, 2), rate=0.1).astype(int)
    wrong = said[said != 0]
    assert all(within(int((wrong == d).sum()), len(wrong), 1 / 3) for d in (1, 2, 3))


def test_single_questions_err_sooner_or_later():
    """One label at a time at rate 0.05: int(1 * 0.05) = 0 flips would be no noise at all."""
    y = np.zeros(1, np.int64)
    flips = sum(int(noisy(Asked(np.array([[i]]), y, 2, 0), rate=0.05)[0]) for i in range(400))
    assert within(flips, 400, 0.05, 4.0) and flips > 0


@pytest.mark.parametrize("choice", [Choice.of("noisy", rate=0.3), Choice.of("confusion", errors=(0.1, 0.5))])
@given(data=st.data())
def test_answers_depend_on_the_row_alone(choice, data):
    ask = ORACLES.bind(choice)
    seed, C = data.draw(st.integers(0, 2**31 - 1)), data.draw(st.integers(2, 5))
    n = data.draw(st.integers(1, 40))
    rng = np.random.default_rng(n)
    ids, y = rng.permutation(1000)[:n, None], rng.integers(0, C, n)
    answers = ask(Asked(ids, y, C, seed))
    order = rng.permutation(n)
    np.testing.assert_array_equal(ask(Asked(ids[order], y[order], C, seed)), answers[order])
    cut = data.draw(st.integers(0, n))
    parts = [ask(Asked(ids[part], y[part], C, seed)) for part in (slice(cut), slice(cut, None))]
    np.testing.assert_array_equal(np.concatenate(parts), answers)
    assert np.isin(answers, np.arange(C)).all()


def test_another_seed_errs_elsewhere():
    """As often as two unrelated draws: 0.1 x 0.1 of the rows are wrong under both."""
    y = truth(2)
    one, two = (noisy(Asked(IDS, y, 2, seed), rate=0.1) != y for seed in (0, 1))
    assert within(int((one & two).sum()), MANY, 0.01)


def test_noise_only_grows_with_the_rate():
    y = truth(3)
    some, more = (noisy(Asked(IDS, y, 3, 5), rate=rate) for rate in (0.1, 0.2))
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
    found = shares(confusion(Asked(IDS, y, 3, 0), errors=errors, towards=towards), y, 3)
    np.testing.assert_allclose(found, expected, atol=0.025)
    assert not found[np.array(expected) == 0].any(), "what has no probability never happens"


def test_confusion_by_matrix():
    y = truth(3)
    matrix = [[0.8, 0.2, 0.0], [0.25, 0.5, 0.25], [0.0, 0.0, 1.0]]
    found = shares(confusion(Asked(IDS, y, 3, 0), matrix=tuple(np.ravel(matrix))), y, 3)
    np.testing.assert_allclose(found, matrix, atol=0.025)
    assert not found[np.array(matrix) == 0].any()


@pytest.mark.parametrize("C", [2, 3, 7, 50])
def test_confusion_with_one_rate_is_noise(C):
    """To the answer: both draw alike, so a page can go from one to the other without changing a label."""
    y = truth(C)
    np.testing.assert_array_equal(
        confusion(Asked(IDS, y, C, 9), errors=(0.3,)), noisy(Asked(IDS, y, C, 9), rate=0.3)
    )


@pytest.mark.parametrize("C", [2, 3, 7, 50])
def test_an_error_is_an_error_in_every_class(C):
    """Always wrong: no answer is home by rounding, from the first class to the last."""
    y = truth(C)
    answers = confusion(Asked(IDS, y, C, 0), errors=(1.0,))
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
        confusion(Asked(IDS[:5], truth(3, 5), 3, 0), **given_)


def test_a_confusion_that_does_not_fit_the_data_ends_the_run_with_a_sentence():
    data = own(np.arange(8.0)[:, None], np.arange(8) % 2)
    spec = Spec(oracle=Choice.of("confusion", errors=(0.1, 0.2, 0.3)), first=2, budget=4, dataset="own")
    with pytest.raises(SpecError, match="one for each class"):
        list(advance(spec, data=data))


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_rates_outside_their_range_are_refused(rate):
    with pytest.raises(SpecError):
        ORACLES.bind(Choice.of("noisy", rate=rate))


# Difficult rows.


def known_odds(odds: np.ndarray, truth: int, n: int = MANY, seed: int = 0) -> Asked:
    """n questions with the same true class and the same odds."""
    C = len(odds)
    return Asked(IDS[:n], np.full(n, truth), C, seed, chances=lambda: np.tile(odds, (n, 1)))


@pytest.mark.parametrize(
    ("odds", "rate"),
    [([0.5, 0.5], 0.3), ([0.75, 0.25], 0.15), ([1.0, 0.0], 0.0), ([0.5, 0.3, 0.2], 0.3), ([0.9, 0.1], 0.06)],
)
def test_difficult_errs_as_often_as_the_row_is_hard(odds, rate):
    """0.3 * 2 * (1 - max P) by hand: nothing where one class is sure."""
    asked = known_odds(np.array(odds), 0)
    assert within(int((difficult(asked, rate=0.3) != 0).sum()), MANY, rate)


def test_a_likely_mistake_is_the_class_the_row_could_be_as_well():
    asked = known_odds(np.array([0.5, 0.4, 0.1]), 0)
    said = difficult(asked, rate=0.5).astype(int)
    wrong = said[said != 0]
    assert within(int((wrong == 1).sum()), len(wrong), 0.8)
    any_ = difficult(asked, rate=0.5, towards="any").astype(int)
    assert within(int((any_ == 1).sum()), int((any_ != 0).sum()), 0.5)
    assert ((any_ != 0) == (said != 0)).all(), "how it errs does not change whether it errs"


def test_with_the_worst_odds_everywhere_difficult_is_noise():
    y = truth(2)
    asked = Asked(IDS, y, 2, 4, chances=lambda: np.full((MANY, 2), 0.5))
    np.testing.assert_array_equal(difficult(asked, rate=0.2), noisy(asked, rate=0.2))


def test_through_the_loop_mistakes_lie_near_the_boundary():
    spec = Spec(dataset="moons", oracle=Choice.of("difficult", rate=0.5), acquisition="random", budget=400)
    data = load(spec)
    P = data.posterior(data.X)
    wrong, right = [], []
    for r in advance(spec):
        for (row,), (answer,) in zip(r.asked, r.answers, strict=True):
            (right if answer == data.y[row] else wrong).append(1.0 - P[row].max())
    assert len(wrong) >= 5 and np.mean(wrong) > 3 * np.mean(right)
    assert min(wrong) > 0.0


def test_an_estimate_of_the_odds_takes_no_account_of_the_rows_own_label():
    """Cross-fitted: changing one label changes nothing in the odds of that row."""
    from alcore import ambiguity

    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2))
    y = (X[:, 0] > 0).astype(int)
    flipped = y.copy()
    flipped[7] = 1 - y[7]
    one, other = ambiguity.odds(own(X, y)), ambiguity.odds(own(X, flipped))
    np.testing.assert_array_equal(one[7], other[7])
    assert not np.array_equal(one, other)
    np.testing.assert_allclose(one.sum(axis=1), 1.0)
    hard = np.abs(X[:, 0]) < 0.2
    assert (1 - one.max(axis=1))[hard].mean() > 2 * (1 - one.max(axis=1))[~hard].mean()


def test_an_oracle_that_needs_the_odds_says_so():
    with pytest.raises(ContractError, match="how hard"):
        difficult(Asked(IDS[:3], truth(2, 3), 2, 0))


# Abstaining.


def test_abstaining_anywhere_needs_no_odds_and_has_its_share():
    y = truth(3)
    answers = abstaining(Asked(IDS, y, 3, 0), share=0.25, where="anywhere", rate=0.1)
    silent = np.isnan(answers)
    assert within(int(silent.sum()), MANY, 0.25)
    assert within(int((answers[~silent] != y[~silent]).sum()), int((~silent).sum()), 0.1)


def test_abstaining_on_hard_rows_is_silent_where_nobody_can_know():
    assert not np.isnan(abstaining(known_odds(np.array([1.0, 0.0]), 0), share=0.9)).any()
    silent = np.isnan(abstaining(known_odds(np.array([0.8, 0.2]), 0), share=0.5))
    assert within(int(silent.sum()), MANY, 0.5 * 0.4)


def test_a_run_with_an_annotator_who_often_cannot_say_ends_within_its_budget():
    always = Choice.of("abstaining", share=0.9, where="anywhere")
    for oracle in (always, Choice("abstaining")):
        rounds = list(advance(Spec(dataset="moons", oracle=oracle, first=4, batch=5, budget=40)))
        assert sum(len(r.asked) for r in rounds) == 40
        assert all(np.isfinite(list(r.metrics.values())).all() for r in rounds)


# Tired.


def test_tired_follows_its_curve():
    """Many annotators, each at one place of the day: the share of errors against the formula."""
    y = np.zeros(MANY, np.int64)
    for t, expected in ((0, 0.05), (100, 0.05 + 0.2 * (1 - np.exp(-1.0))), (5000, 0.25)):
        wrong = sum(
            int(tired(Asked(IDS[i : i + 1], y[:1], 2, 1, before=t), fresh=0.05, tired=0.25, session=9999)[0])
            for i in range(1500)
        )
        assert within(wrong, 1500, expected, 4.0)


def test_without_growth_tired_is_noise():
    y = truth(3)
    asked = Asked(IDS, y, 3, 2)
    np.testing.assert_array_equal(tired(asked, fresh=0.2, tired=0.2), noisy(asked, rate=0.2))


def test_a_break_helps_as_much_as_it_refreshes():
    y = np.zeros(MANY, np.int64)
    asked = Asked(IDS, y, 2, 0)
    errors = [tired(asked, session=100, rest=rest, tired=0.4).mean() for rest in (1.0, 0.5, 0.0)]
    assert errors[0] < errors[1] < errors[2]
    np.testing.assert_array_equal(
        tired(asked, session=100, rest=0.0, tired=0.4), tired(asked, session=10_000, rest=0.0, tired=0.4)
    )


def test_a_tired_run_resumes_exactly_wherever_it_is_taken_up():
    from alcore import Log

    spec = Spec(dataset="moons", oracle=Choice.of("tired", pace=10.0, session=23), budget=60, batch=7)
    rounds = tuple(advance(spec))
    for k in (1, 3, 5):
        assert tuple(advance(spec, Log(rounds[:k]))) == rounds[k:]


# A crowd.


def test_one_answer_of_a_crowd_of_one_kind_is_noise():
    y = truth(3)
    answers = crowd(Asked(IDS, y, 3, 0), errors=(0.2, 0.2, 0.2), answers=1)
    assert within(int((answers != y).sum()), MANY, 0.2)


@pytest.mark.parametrize("answers", [1, 3, 5])
def test_the_majority_of_equals_has_the_binomial_error(answers):
    """Two classes: more than half of the answers wrong, by the binomial distribution."""
    from scipy.stats import binom

    y = truth(2)
    said = crowd(Asked(IDS, y, 2, 1), errors=(0.3,) * 7, answers=answers)
    assert within(int((said != y).sum()), MANY, float(binom.sf(answers // 2, answers, 0.3)))


def test_a_tie_is_a_coin():
    """Two answers at error e: both wrong, or one wrong and the coin against it: e^2 + e (1 - e) = e."""
    y = truth(2)
    said = crowd(Asked(IDS, y, 2, 1), errors=(0.3, 0.3), answers=2)
    assert within(int((said != y).sum()), MANY, 0.3)


def test_asking_one_person_again_helps_only_if_it_is_a_new_try():
    from scipy.stats import binom

    y = truth(2)
    asked = Asked(IDS, y, 2, 1)
    once, again = (crowd(asked, errors=(0.3,), answers=n) for n in (1, 5))
    np.testing.assert_array_equal(once, again)
    fresh = crowd(asked, errors=(0.3,), answers=5, persistent=False)
    assert within(int((fresh != y).sum()), MANY, float(binom.sf(2, 5, 0.3)))


def test_each_answer_is_paid_for_and_the_budget_holds():
    spec = Spec(dataset="moons", oracle=Choice.of("crowd", answers=3), budget=50, budget_in="money", first=4)
    rounds = list(advance(spec))
    assert {c for r in rounds for c in r.costs} == {3.0}
    assert sum(len(r.asked) for r in rounds) == 16, "3 x 16 = 48 of 50"
    dear = Spec(oracle=Choice.of("crowd", answers=4), price=Choice.of("per_class", prices=(1.0, 2.0)))
    assert price_of(dear)(np.ones(3), np.array([0.0, 1.0, np.nan])).tolist() == [4.0, 8.0, 8.0]
    assert price_of(dear)(np.ones(1), None).tolist() == [8.0]


def test_a_crowd_of_nobody_is_refused():
    with pytest.raises(SpecError, match="at least one rate"):
        crowd(Asked(IDS[:3], truth(2, 3), 2, 0), errors=())


@pytest.mark.parametrize("name", ["abstaining", "crowd", "difficult", "tired"])
def test_the_greedy_oracle_and_its_retelling_agree_with_any_annotator(name):
    """The ceiling hears the same annotator as every strategy, also when it is taken up in the middle."""
    from alcore.greedy_oracle import greedy_steps

    oracle = Choice.of("tired", pace=5.0, session=6) if name == "tired" else Choice(name)
    spec = Spec(dataset=Choice.of("moons", rows=60), oracle=oracle, first=6, batch=3, budget=15)
    *_, (log, _) = greedy_steps(spec, candidates=3)
    rows = [[row for (row,) in r.asked] for r in log.rounds]
    *_, (again, _) = greedy_steps(spec, candidates=3, asked=rows[:2])
    assert np.array_equal(log.answers, again.answers, equal_nan=True)
    assert [r.costs for r in log.rounds] == [r.costs for r in again.rounds]
