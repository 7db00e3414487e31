"""Every worked number of the course slides about measures: those that are right, and the slips."""

import math
from dataclasses import replace

import numpy as np
import pytest

from alcore import Choice, Log, Spec, advance, begin, errata, measures, outcomes
from alcore.allocation import knapsack
from alcore.catalog import ORACLES, SELECTORS
from alcore.errata import COMMITTEE, ERRATA
from alcore.loop import view_of
from alcore.privacy.leak import measure
from alcore.privacy.ledger import basic
from alcore.privacy.promise import score_range
from alcore.teams import Team, simulate
from alcore.teams.dealing import shard_of
from alcore.types import Asked, Round

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


@about("rare classes")
def test_slip_rare_classes_get_more_queries_than_at_random():
    """Two seeds here; the numbers on the slip, of twenty, are checked with the method itself."""
    found = {}
    for name in ("random", "least_confident"):
        for seed in range(2):
            spec = Spec(Choice.of("payments", rows=2000), acquisition=name, first=40, budget=140, seed=seed)
            found[name] = found.get(name, 0) + int(Log(tuple(advance(spec))).answers.sum())
    assert found["least_confident"] > 3 * found["random"]


@about("fair quotas")
def test_slip_quotas_lose_places():
    """The floor division against places that add up; what quotas do to gaps is in test_fairness.py."""
    quotas = SELECTORS["group_quotas"].plugin
    for groups, asked in ((3, 9), (11, 0)):
        assert (10 // groups) * groups == asked
        spec = Spec(dataset=Choice.of("adult", group="race", and_group="age", rows=2000), first=20, budget=20)
        run = begin(spec, Log(tuple(advance(spec))))
        view = view_of(run, run.setting.candidates(run.data, run.log), frozenset())
        view.candidates.group = np.arange(len(view.candidates)) % groups
        assert len(quotas(np.zeros(len(view.candidates)), view, 10)) == 10


@about("privacy budget")
def test_slip_the_range_of_a_doubt_and_what_many_calls_spend():
    """Ten classes: the doubt moves by 0.9; and five calls at epsilon 1 give away more than 1."""
    assert score_range(Spec(acquisition="least_confident"), 10) == pytest.approx(
        BY_KEY["privacy budget"].right
    )
    assert basic(20, 1.0) == 20.0
    assert measure("deck", each=1.0, picks=2, calls=5, runs=20_000).breaks
    label = measure("deck", each=1.0, neighbours="all", runs=20_000)
    assert label.breaks and 1.5 < label.measured < 2.05


@about("cost analysis")
def test_slip_a_target_that_was_never_reached_is_no_saving_of_all_labels():
    """The slide's line gives 0 labels to a run that never got there; here it has none, and no percentage."""
    never, slow = (np.array(curve) for curve in ([0.5, 0.6, 0.7], [0.5, 0.8, 0.95]))
    assert np.argmax(never >= 0.9) * 10 == 0, "the slide: 0 labels, so 100 % saved"
    log = {
        name: Log(
            tuple(Round(k, ((k,),), ((0.0,),), (0.0,), (1.0,), {"accuracy": v}) for k, v in enumerate(c))
        )
        for name, c in (("active", never), ("random", slow))
    }
    frame = outcomes.curves({("", name, seed): run for name, run in log.items() for seed in range(3)})
    found = outcomes.savings(frame, "accuracy", 0.9, {"active": "random"}).iloc[0]
    assert found.reached == 0 and math.isnan(found.saving) and found.reason


@about("cost-aware code")
def test_slip_the_cost_aware_code_returns_positions_of_a_shrinking_pool():
    costs, left, selected = np.array([1.0, 2.0, 3.0]), 6.0, []
    while left > 0 and (costs <= left).any():  # the slide's loop at equal doubt
        idx = int(np.argmax(np.where(costs <= left, 1 / costs, -np.inf)))
        selected.append(idx)
        left -= costs[idx]
        costs = np.delete(costs, idx)
    assert selected == [0, 0, 0]
    assert knapsack(np.ones(3), np.array([1.0, 2.0, 3.0]), 6.0).tolist() == [0, 1, 2]
    assert knapsack(np.array([1.1, 10.0]), np.array([1.0, 10.0]), 10.0).tolist() == [1], "not row 0 alone"


@about("distributed blocks")
def test_slip_the_first_agent_always_gets_the_most_uncertain_block():
    scores = np.random.default_rng(0).random(200)
    order = np.argsort(scores)[::-1]
    blocks = np.array([scores[order[agent * 10 :][:10]].mean() for agent in range(5)])
    assert (np.diff(blocks) < 0).all()
    dealt = shard_of(np.arange(200)[:, None], 5, seed=0)
    best = [np.sort(scores[dealt == agent])[-10:].mean() for agent in range(5)]
    assert np.ptp(best) < np.ptp(blocks), "dealt by hash, all get rows of the same kind"


@about("distributed labels")
def test_slip_fitting_the_new_labels_only_forgets_the_old_ones():
    spec = Spec("digits", acquisition="margin", first=10, budget=210)
    team = Team(hand=10, every=50, wait=True, spread=0.0)
    kept, lost = (simulate(spec, replace(team, learn=what)).points[-1] for what in ("all", "new"))
    assert kept.metrics["accuracy"] > 0.9 > 0.75 > lost.metrics["accuracy"]


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
