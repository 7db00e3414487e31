"""From answers to labels: known values, published tables, and where the models pay and where they do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad
from scipy.special import expit
from scipy.stats import binom

from alcore import DataError
from alcore.crowd import Answers, against_consensus, against_gold, dawid_skene, glad, majority
from alcore.crowd.aggregation import glad_expected, glad_loss
from tests.crowd_tables import anaesthetists

UNLIKE = (0.95, 0.9, 0.6, 0.55, 0.5)


def drawn(seed: int, accuracy: tuple[float, ...] = UNLIKE, n: int = 500, K: int = 3, per: int = 3):
    """Answers of annotators with these accuracies, `per` of them for each item, and the truth."""
    rng = np.random.default_rng(seed)
    y, R = rng.integers(0, K, n), len(accuracy)
    who = np.argsort(rng.random((n, R)), axis=1)[:, :per].ravel()
    item = np.repeat(np.arange(n), per)
    right = rng.random(n * per) < np.array(accuracy)[who]
    label = np.where(right, y[item], (y[item] + rng.integers(1, K, n * per)) % K)
    return Answers(item, who, label, n, R, K), y


# Answers.


def test_a_table_with_gaps_reads_as_answers():
    answers = Answers.of([[0, None, 2], [np.nan, -1, 1]], 3)
    assert (answers.item.tolist(), answers.annotator.tolist(), answers.label.tolist()) == (
        [0, 0, 1], [0, 2, 2], [0, 2, 1],
    )  # fmt: skip
    assert answers.votes.tolist() == [[1, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (([0], [0], [2]), "label must be a code"),
        (([5], [0], [0]), "item must be"),
        (([0], [0, 1], [0]), "needs"),
    ],
)
def test_answers_that_make_no_sense_are_refused(columns, says):
    with pytest.raises(DataError, match=says):
        Answers(*(np.array(c) for c in columns), 2, 2, 2)


# Majority.


@pytest.mark.parametrize(("p", "r"), [(0.7, 3), (0.6, 5), (0.8, 9)])
def test_majority_has_the_quality_of_the_binomial_sum(p, r):
    """q = sum over more than half; 0.784 for three at 0.7, by hand 0.7^3 + 3 0.7^2 0.3."""
    expected = float(binom.sf(r // 2, r, p))
    if (p, r) == (0.7, 3):
        assert expected == pytest.approx(0.784)
    answers, y = drawn(0, (p,) * r, n=6000, K=2, per=r)
    found = majority(answers)
    assert not found.tied.any()
    assert (found.label == y).mean() == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 6000))


def test_ties_go_to_the_lowest_class_or_by_lot_and_silence_has_no_label():
    answers = Answers.of([[0, 1]] * 2000 + [[None, None]], 3)
    plain, lot = majority(answers), majority(answers, seed=3)
    assert (plain.label[:-1] == 0).all() and plain.tied.all()
    assert plain.label[-1] == lot.label[-1] == -1
    assert (lot.label == majority(answers, seed=3).label).all()
    assert abs((lot.label[:-1] == 0).mean() - 0.5) < 0.04 and lot.label.max() == 1


# Dawid and Skene.


def test_the_anaesthetist_table_of_1979():
    """Published: marginals .40 .42 .11 .07, here to three digits, and a log-likelihood of -192.891."""
    answers = anaesthetists()
    assert len(answers) == 315 and answers.votes.sum(axis=0).tolist() == [127, 125, 48, 15]
    found = dawid_skene(answers, smoothing=0.0)
    np.testing.assert_allclose(found.prior, [0.400, 0.422, 0.112, 0.067], atol=5e-4)
    assert found.log_likelihood == pytest.approx(-192.891, abs=1e-3) and found.converged
    np.testing.assert_allclose(found.confusion[0, 0, :2], [0.89, 0.11], atol=0.005)  # observer 1, table 2
    smoothed = dawid_skene(answers)
    np.testing.assert_array_equal(smoothed.label, found.label)
    np.testing.assert_allclose(smoothed.prior, found.prior, atol=1e-3)


def test_one_step_of_em_by_hand():
    """Dense and slow: products of probabilities, item by item."""
    answers = anaesthetists()
    found = dawid_skene(answers, smoothing=0.01, steps=1)
    counts = np.zeros((45, 5, 4))
    np.add.at(counts, (answers.item, answers.annotator, answers.label), 1)
    q = counts.sum(axis=1) / 7
    prior = (q.sum(axis=0) + 0.01) / (45 + 0.04)
    confusion = np.einsum("ik,irl->rkl", q, counts) + 0.01
    confusion /= confusion.sum(axis=2, keepdims=True)
    joint = prior * np.prod(confusion[None] ** counts[:, :, None, :], axis=(1, 3))
    np.testing.assert_allclose(found.confusion, confusion)
    np.testing.assert_allclose(found.proba, joint / joint.sum(axis=1, keepdims=True))
    assert found.log_likelihood == pytest.approx(np.log(joint.sum(axis=1)).sum())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.sampled_from([0.0, 0.01, 0.5]))
def test_em_climbs_and_stays_finite_on_any_answers(seed, K, smoothing):
    rng = np.random.default_rng(seed)
    n, R = int(rng.integers(1, 12)), int(rng.integers(1, 4))
    table = rng.integers(-1, K, (n, R)).astype(float)
    table[0, 0] = 0
    answers = Answers.of(table, K)
    found = dawid_skene(answers, smoothing=smoothing)
    assert np.diff(found.climb).min(initial=0.0) >= -1e-9
    for array in (found.proba, found.prior, found.confusion):
        assert np.isfinite(array).all()
        np.testing.assert_allclose(array.sum(axis=-1), 1.0)
    easy = glad(answers)
    assert np.isfinite(easy.proba).all() and np.isfinite(easy.skill).all() and (easy.difficulty > 0).all()
    assert np.diff(easy.climb).min(initial=0.0) >= -1e-6


def test_annotators_who_differ_make_the_model_worth_its_while():
    """Three labels each of five unlike annotators: Dawid-Skene beats the majority every time."""
    gains, errors, quality = [], [], []
    for seed in range(10):
        answers, y = drawn(seed)
        model, vote = dawid_skene(answers), majority(answers, seed)
        quality.append((model.label == y).mean())
        gains.append(quality[-1] - (vote.label == y).mean())
        own = np.einsum("rkk->r", model.confusion) / 3
        errors.append(np.abs(own - UNLIKE).mean())
    assert np.mean(gains) >= 0.04 and min(gains) > 0
    assert np.mean(quality) == pytest.approx(0.898, abs=0.015)
    assert np.mean(errors) == pytest.approx(0.025, abs=0.01)


def test_equals_make_it_no_better_than_the_majority():
    gains = []
    for seed in range(20):
        answers, y = drawn(seed, (0.75,) * 5)
        gains.append((dawid_skene(answers).label == y).mean() - (majority(answers, seed).label == y).mean())
    assert abs(np.mean(gains)) < 0.01


def test_nothing_can_be_learnt_from_no_answer():
    for model in (dawid_skene, glad):
        with pytest.raises(DataError, match="no answer yet"):
            model(Answers.of([[None, None]], 2))


# GLAD.


def test_glads_e_step_by_hand():
    """Two classes: odds exp(sum of +-skill * easiness). Three: wrong answers share 1 - sigmoid."""
    two = Answers.of([[1, 0, 1]], 2)
    q, likelihood = glad_expected(two, np.array([1.0, 2.0, 0.5]), np.array([2.0]), np.array([0.5, 0.5]))
    assert q[0, 1] == pytest.approx(expit(2.0 * (1.0 - 2.0 + 0.5)))
    right = expit(np.array([2.0, 4.0, 1.0]))
    both = 0.5 * right[0] * (1 - right[1]) * right[2] + 0.5 * (1 - right[0]) * right[1] * (1 - right[2])
    assert likelihood == pytest.approx(np.log(both))
    three = Answers.of([[2, 0]], 3)
    a, b = expit(1.0), expit(2.0)
    joint = np.array([0.2 * (1 - a) / 2 * b, 0.3 * (1 - a) / 2 * (1 - b) / 2, 0.5 * a * (1 - b) / 2])
    q, _ = glad_expected(three, np.array([1.0, 2.0]), np.ones(1), np.array([0.2, 0.3, 0.5]))
    np.testing.assert_allclose(q[0], joint / joint.sum())


def test_glads_gradient_is_the_slope():
    answers, _ = drawn(1, n=8)
    rng = np.random.default_rng(0)
    right = rng.random(len(answers))
    at = rng.normal(size=5 + 8)
    slope = check_grad(
        lambda x: glad_loss(x, answers, right)[0], lambda x: glad_loss(x, answers, right)[1], at
    )
    assert slope < 1e-4


def test_glad_ranks_skills_and_beats_the_majority_where_annotators_differ():
    gains = []
    for seed in range(5):
        answers, y = drawn(seed)
        found = glad(answers)
        gains.append((found.label == y).mean() - (majority(answers, seed).label == y).mean())
        assert set(np.argsort(-found.skill)[:2]) == {0, 1}
    assert np.mean(gains) > 0.02


def test_glad_finds_the_items_people_disagree_about_difficult():
    table = np.zeros((40, 5))
    table[::4, :2] = 1
    found = glad(Answers.of(table, 2))
    hard = np.arange(40) % 4 == 0
    assert found.difficulty[hard].min() > found.difficulty[~hard].max()


# Reliability.


def test_gold_questions_give_the_interval_of_a_share():
    """Jeffreys' interval of 9 of 10 is Beta(9.5, 1.5)."""
    answers = Answers.of([[0]] * 9 + [[1]] + [[1]] * 5, 2)
    truth = np.array([0] * 10 + [-1] * 5)
    found = against_gold(answers, truth)
    assert (found.value[0], found.answers[0], found.sure[0]) == (0.9, 10, 10.0)
    assert (found.low[0], found.high[0]) == pytest.approx((0.6193, 0.9889), abs=1e-3)


def test_intervals_hold_the_true_accuracy_about_as_often_as_they_say():
    held = []
    for seed in range(25):
        answers, _ = drawn(seed)
        found = against_consensus(answers, dawid_skene(answers))
        held.append((found.low <= UNLIKE) & (np.array(UNLIKE) <= found.high))
        assert (found.sure < found.answers).all() and (found.low <= found.high).all()
    assert 0.85 <= np.mean(held) <= 0.99


def test_with_known_classes_a_consensus_judges_like_gold():
    answers, y = drawn(2, n=60)
    sure = dawid_skene(answers)
    known = type(sure)(np.eye(3)[y], y, y < 0, sure.prior, sure.confusion, (), 0.0, True)
    one, other = against_consensus(answers, known), against_gold(answers, y)
    np.testing.assert_allclose(one.low, other.low)
    np.testing.assert_allclose(one.value, other.value)


def test_one_answer_for_each_row_judges_nobody():
    answers = Answers.of([[0, None], [None, 1], [1, None]], 2)
    found = against_consensus(answers, majority(answers))
    assert np.isnan(found.value).all() and found.low.tolist() == [0, 0] and found.high.tolist() == [1, 1]
