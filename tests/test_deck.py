"""Every worked number of the course slides about measures: those that are right, and the slips."""

import math

import numpy as np
import pytest

from alcore import errata, measures
from alcore.catalog import ORACLES
from alcore.errata import COMMITTEE, ERRATA
from alcore.types import Asked

BY_KEY = {slip.key: slip for slip in ERRATA}
NUMBERS = [slip for slip in ERRATA if slip.measure]
CHECKED: set[str] = set()


def about(*keys: str):
    """Note that a test is about these slips."""
    CHECKED.update(keys)
    return lambda test: test


def of(measure, *p: float) -> float:
    return float(measure(np.array([p]))[0])


def of_committee(measure) -> float:
    return float(measure(np.array(COMMITTEE)[:, None, :])[0])


def nats(*p: float) -> float:
    """The definition, by the standard library alone."""
    return -math.fsum(x * math.log(x) for x in p if x)


# Right on the slides.


def test_slide_least_confident_example():
    assert of(measures.least_confident, 0.6, 0.3, 0.1) == pytest.approx(0.4)


def test_slide_margin_sampling_example():
    A, B = (0.51, 0.49, 0.0), (0.99, 0.01, 0.0)
    assert 1 - of(measures.margin, *A) == pytest.approx(0.02)
    assert 1 - of(measures.margin, *B) == pytest.approx(0.98)
    assert of(measures.least_confident, *A) == pytest.approx(0.49)
    assert of(measures.least_confident, *B) == pytest.approx(0.01)


def test_slide_entropy_example_of_an_even_split():
    assert of(measures.entropy, 0.5, 0.5) == pytest.approx(0.693, abs=5e-4)
    assert of(measures.entropy, 0.5, 0.5) == pytest.approx(math.log(2))


def test_slide_entropy_of_three_classes_keeps_its_order():
    A, B, C = (of(measures.entropy, *p) for p in [(0.8, 0.15, 0.05), (0.4, 0.35, 0.25), (1 / 3,) * 3])
    assert A < B < C == pytest.approx(math.log(3))


def test_slide_comparing_uncertainty_measures():
    p = (0.6, 0.3, 0.05, 0.05)
    assert of(measures.least_confident, *p) == pytest.approx(0.4)
    assert 1 - of(measures.margin, *p) == pytest.approx(0.3)


def test_slide_vote_entropy_of_three_to_two():
    members = np.array([[[1.0, 0.0]]] * 3 + [[[0.0, 1.0]]] * 2)
    assert measures.votes(members).tolist() == [[3, 2]]
    assert float(measures.vote_entropy(members)[0]) == pytest.approx(0.673, abs=5e-4)


def test_slide_consensus_of_three_models():
    assert measures.consensus(np.array(COMMITTEE)[:, None]).round(3).tolist() == [[0.533, 0.467]]


# Slips.


@pytest.mark.parametrize("slip", NUMBERS, ids=lambda s: s.key)
def test_the_right_number_is_right_and_the_slide_is_not(slip):
    assert slip.computed() == pytest.approx(slip.right, abs=5e-5)
    assert abs(slip.said - slip.computed()) > 5e-3, "not a mere rounding"
    assert all(text.strip() for text in (slip.slide, slip.claim, slip.correct, slip.why))


def test_every_slip_has_its_own_check_here():
    assert set(BY_KEY) == CHECKED and len(BY_KEY) == len(ERRATA)


def test_a_slip_that_is_no_number_says_so():
    with pytest.raises(ValueError, match="not about a number"):
        BY_KEY["noisy oracle"].computed()


@about("least confident range")
def test_least_confident_never_reaches_one():
    P = np.random.default_rng(0).dirichlet(np.full(10, 20.0), 10_000)
    assert 0.85 < measures.least_confident(P).max() < 1 - 1 / 10
    assert BY_KEY["least confident range"].said == 1.0


BITS = {
    "entropy confident": 0.2864,
    "entropy of three, A": 0.8842,
    "entropy of three, B": 1.5589,
    "entropy of three, C": 1.5850,
    "entropy of four": 1.3955,
}


@about(*BITS)
@pytest.mark.parametrize(("key", "bits"), BITS.items())
def test_slide_entropies_in_both_units(key, bits):
    slip = BY_KEY[key]
    assert nats(*slip.given) == pytest.approx(slip.right, abs=5e-5)
    assert nats(*slip.given) / math.log(2) == pytest.approx(bits, abs=5e-5)
    in_bits = abs(slip.said - bits) < 5e-3
    assert in_bits == (key in ("entropy confident", "entropy of three, C")), "else right in no unit"


@about("consensus entropy")
def test_slide_consensus_entropy_in_both_units():
    slip, mean = BY_KEY["consensus entropy"], (1.6 / 3, 1.4 / 3)
    assert nats(*mean) == pytest.approx(slip.right, abs=5e-5)
    assert nats(*mean) / math.log(2) == pytest.approx(0.9968, abs=5e-5)
    assert abs(slip.said - nats(*mean) / math.log(2)) > 5e-3


@about("consensus entropy meaning")
def test_consensus_entropy_is_not_disagreement():
    """Members that agree on (0.5, 0.5) score above members that contradict each other."""
    slip = BY_KEY["consensus entropy meaning"]
    agreed = np.array(slip.given)[:, None]
    assert measures.consensus_entropy(agreed)[0] == pytest.approx(slip.said, abs=5e-5)
    assert measures.consensus_entropy(agreed)[0] > of_committee(measures.consensus_entropy)
    assert measures.kl_to_consensus(agreed)[0] == 0.0 < of_committee(measures.kl_to_consensus)


@about("KL of model 1", "KL of model 2", "KL of model 3", "KL to consensus")
def test_slide_divergence_of_each_model():
    mean = (1.6 / 3, 1.4 / 3)
    right = [math.fsum(a * math.log(a / b) for a, b in zip(p, mean, strict=True)) for p in COMMITTEE]
    for k, value in enumerate(right, start=1):
        slip = BY_KEY[f"KL of model {k}"]
        assert value == pytest.approx(slip.right, abs=5e-5)
        assert min(abs(slip.said - value), abs(slip.said - value / math.log(2))) > 1e-3, (
            "three decimals are shown"
        )
    assert sum(right) / 3 == pytest.approx(BY_KEY["KL to consensus"].right, abs=5e-5)
    within = sum(nats(*p) for p in COMMITTEE) / 3
    assert within == pytest.approx(0.5363, abs=5e-5)
    assert nats(*mean) - within == pytest.approx(sum(right) / 3, abs=1e-12)
    assert BY_KEY["KL to consensus"].said == pytest.approx((0.397 + 0.056 + 0.130) / 3, abs=5e-4)


@about("vote entropy code")
def test_the_slide_code_of_vote_entropy_computes_consensus_entropy():
    """The slide's two lines: avg_probs = all_probs.mean(axis=0); entropy(avg_probs.T)."""
    from scipy.stats import entropy

    all_probs = np.array(COMMITTEE)[:, None, :]
    slides = entropy(all_probs.mean(axis=0).T)
    np.testing.assert_allclose(slides, measures.consensus_entropy(all_probs))
    assert slides[0] == pytest.approx(BY_KEY["vote entropy code"].said, abs=5e-5)
    assert measures.vote_entropy(all_probs)[0] == pytest.approx(nats(1 / 3, 2 / 3))


@about("margin direction")
def test_margin_points_the_other_way():
    """The largest gap, which the slide would rank first, is the point the learner is surest of."""
    P = np.array([[0.51, 0.49, 0.0], [0.99, 0.01, 0.0]])
    gaps = np.sort(P, axis=1)[:, -1] - np.sort(P, axis=1)[:, -2]
    assert gaps.argmax() == 1
    assert measures.margin(P).argmax() == measures.entropy(P).argmax() == 0


@about("noisy oracle")
def test_the_slide_noisy_oracle_never_errs_in_small_batches():
    """Sixty batches of five at rate 0.1: int(5 * 0.1) = 0 flips each on the slide, about 30 in all here."""
    assert sum(int(5 * 0.1) for _ in range(60)) == 0
    noisy, truth = ORACLES["noisy"].plugin, np.zeros(5, np.int64)
    flips = 0
    for batch in range(60):
        ids = np.arange(5 * batch, 5 * batch + 5)[:, None]
        flips += int((noisy(Asked(ids, truth, 2, 0), rate=0.1) != 0).sum())
    assert 10 <= flips <= 50
    three_classes = np.array([2])
    assert (1 - three_classes).item() == -1, "the slide's flip of the third class"


def test_the_page_can_show_every_slip():
    for slip in errata.ERRATA:
        assert (slip.said is None) == (slip.right is None)
        assert slip.said is None or slip.said != slip.right
