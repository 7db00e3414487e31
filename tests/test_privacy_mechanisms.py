"""Private selection: chances that can be written down, and promises that are kept or refused."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from alcore import Choice, Spec, SpecError, catalog, check
from alcore.loop import misfit
from alcore.privacy.mechanisms import (
    exponential_picks,
    gumbel_picks,
    laplace,
    laplace_picks,
    noisy_max_picks,
)
from alcore.privacy.promise import Spending, score_range, spending
from alcore.privacy.threat import THREAT_MODEL, caveats
from tests.pools import blobs, seen

PRIVATE = ("gumbel_top", "exponential", "noisy_max", "laplace_top")
SCORES = np.array([0.9, 0.5, 0.45, 0.0])
RUNS = 200_000


def lots(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).random(shape)


def frequencies(picks: np.ndarray, m: int) -> np.ndarray:
    return np.bincount(picks.ravel(), minlength=m) / len(picks)


def close(measured: np.ndarray, exact: np.ndarray) -> None:
    """Within five standard errors of a share among so many runs."""
    np.testing.assert_array_less(np.abs(measured - exact), 5 * np.sqrt(exact * (1 - exact) / RUNS) + 1e-9)


def successive(weight: np.ndarray, k: int) -> dict[tuple[int, ...], float]:
    """Probability of every ordered batch when rows are drawn one by one by weight."""
    chances = {}
    for batch in permutations(range(len(weight)), k):
        left, p = weight.sum(), 1.0
        for row in batch:
            p *= weight[row] / left
            left -= weight[row]
        chances[batch] = p
    return chances


@pytest.mark.parametrize("mechanism", [gumbel_picks, exponential_picks])
def test_the_exponential_mechanism_draws_every_batch_as_often_as_it_should(mechanism) -> None:
    """Epsilon 3, range 1: weights exp(1.5 s), drawn without replacement."""
    uniform = lots(RUNS, 4 if mechanism is gumbel_picks else 2)
    picks = mechanism(SCORES, uniform, 2, 1.0, 3.0)
    exact = successive(np.exp(1.5 * SCORES), 2)
    seen = frequencies(picks @ [4, 1], 16)
    close(seen[[4 * a + b for a, b in exact]], np.array(list(exact.values())))


def first_pick(scores: np.ndarray, reach: float, epsilon: float) -> np.ndarray:
    """(m,) probability that each row is picked first, as the exponential mechanism is defined."""
    weight = np.exp(epsilon * scores / (2 * reach))
    return weight / weight.sum()


def test_the_first_pick_has_the_chances_of_the_softmax() -> None:
    """Two ways: the closed form, and e^(eps/2) between the ends of the range."""
    exact = first_pick(np.array([1.0, 0.0]), 1.0, 2.0)
    assert exact[0] / exact[1] == pytest.approx(np.e)
    assert exact[0] == pytest.approx(1 / (1 + np.exp(-1)))
    close(frequencies(gumbel_picks(SCORES, lots(RUNS, 4), 1, 0.9, 2.0), 4), first_pick(SCORES, 0.9, 2.0))


def test_report_noisy_max_of_two_as_by_its_integral() -> None:
    """The lower of two wins with 1/2 e^-g (1 + g/2), g the gap over the noise's scale: and by quadrature."""
    gap = 0.4 * 2.0 / (2 * 1.0)  # scores 0.4 apart, epsilon 2, range 1
    closed = 0.5 * np.exp(-gap) * (1 + gap / 2)
    # P(L2 > L1 + g) over the density of L1
    above = lambda x: 0.5 * np.exp(-x) if x > 0 else 1 - 0.5 * np.exp(x)  # noqa: E731
    parts = (-50.0, -gap), (-gap, 0.0), (0.0, 50.0)
    integral = sum(quad(lambda x: 0.5 * np.exp(-abs(x)) * above(x + gap), *part)[0] for part in parts)
    assert closed == pytest.approx(integral, abs=1e-9)
    picks = noisy_max_picks(np.array([0.4, 0.0]), lots(RUNS, 1, 2), 1, 1.0, 2.0)
    close(frequencies(picks, 2), np.array([1 - closed, closed]))


def test_laplace_noise_has_its_quantiles() -> None:
    uniform = np.array([0.25, 0.5, 0.75, 0.0, 1 - 2**-53])
    found = laplace(uniform)
    np.testing.assert_allclose(found[:3], [-np.log(2), 0.0, np.log(2)])
    assert np.isfinite(found).all()
    draws = laplace(lots(RUNS))
    assert abs(draws.mean()) < 0.02 and draws.std() == pytest.approx(np.sqrt(2), rel=0.02)


def test_laplace_on_the_scores_is_half_as_noisy_for_the_same_epsilon_as_noisy_max() -> None:
    np.testing.assert_array_equal(
        laplace_picks(SCORES, lots(500, 4), 1, 1.0, 1.0),
        noisy_max_picks(SCORES, lots(500, 4)[:, None], 1, 1.0, 2.0),
    )


MECHANISMS = {
    "gumbel_top": lambda s, runs, k, reach, eps: gumbel_picks(s, lots(runs, len(s)), k, reach, eps),
    "exponential": lambda s, runs, k, reach, eps: exponential_picks(s, lots(runs, k), k, reach, eps),
    "noisy_max": lambda s, runs, k, reach, eps: noisy_max_picks(s, lots(runs, k, len(s)), k, reach, eps),
    "laplace_top": lambda s, runs, k, reach, eps: laplace_picks(s, lots(runs, len(s)), k, reach, eps),
}


@pytest.mark.parametrize("name", MECHANISMS)
@settings(max_examples=30, deadline=None)
@given(
    scores=st.lists(st.floats(0, 1), min_size=1, max_size=30),
    share=st.floats(0, 1),
    epsilon=st.sampled_from([1e-3, 1.0, 1e3, 1e6]),
    reach=st.sampled_from([0.0, 1e-6, 1.0, np.inf]),
)
def test_batches_are_full_and_distinct_at_every_epsilon(name, scores, share, epsilon, reach) -> None:
    k = max(1, round(share * len(scores)))
    picks = MECHANISMS[name](np.array(scores), 5, k, reach, epsilon)
    assert picks.shape == (5, k)
    assert all(len(set(row)) == k and 0 <= min(row) <= max(row) < len(scores) for row in picks.tolist())


@pytest.mark.parametrize("name", MECHANISMS)
def test_much_epsilon_takes_the_best_and_an_unknown_range_leaves_chance(name) -> None:
    assert (MECHANISMS[name](SCORES, 50, 3, 1.0, 1e6) == [0, 1, 2]).all()
    chance = frequencies(MECHANISMS[name](SCORES, RUNS, 1, np.inf, 1e6), 4)
    close(chance, np.full(4, 0.25))


@pytest.mark.parametrize("name", PRIVATE)
def test_selectors_take_the_best_rows_or_any_rows_as_epsilon_says(name) -> None:
    X, y = blobs([[0, 0], [2, 0], [0, 2]], 40)
    view = replace(seen(X, y, [0, 40, 80]), score_range=1.0)
    scores = np.linspace(0, 1, len(view.candidates))
    select = catalog.SELECTORS[name].plugin
    assert set(select(scores, view, 10, each=1000.0)) == set(range(len(scores) - 10, len(scores)))
    vague = np.concatenate([select(scores, replace(view, seed=s), 10, each=0.001) for s in range(60)])
    assert vague.mean() / len(scores) == pytest.approx(0.5, abs=0.05)


def test_a_run_s_own_draws_follow_the_law_too() -> None:
    """Through the selector, whose randomness comes by row and seed and not from a generator."""
    X, y = blobs([[0, 0], [3, 0]], 4)
    view = replace(seen(X, y, [0, 4]), score_range=1.0)
    scores = np.array([1.0, 0.0, 0.2, 0.4, 0.6, 0.8])
    picks = [
        int(catalog.SELECTORS["gumbel_top"].plugin(scores, replace(view, seed=s), 1, each=4.0)[0])
        for s in range(4000)
    ]
    exact = first_pick(scores, 1.0, 4.0)
    found = np.bincount(picks, minlength=6) / 4000
    np.testing.assert_array_less(np.abs(found - exact), 5 * np.sqrt(exact * (1 - exact) / 4000))


# The range of scores.


def bounded() -> list[str]:
    return [name for name, entry in catalog.ACQUISITIONS.items() if "spread" in entry.facts]


@pytest.mark.parametrize("name", bounded())
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_scores_stay_within_the_range_they_declare(name: str, data: st.DataObject) -> None:
    """Predictions of every kind, certain ones among them, in one pool."""
    from tests.drawing import views

    entry = catalog.ACQUISITIONS[name]
    view = data.draw(views(entry.needs))
    C, n = view.n_classes, len(view.candidates)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    sharp = data.draw(st.sampled_from([0.05, 1.0, 20.0]))
    members = rng.dirichlet(np.full(C, sharp), (C, n))
    members[:, : n // 2] = np.eye(C)[:, None]  # every member sure of another class
    members[:, : n // 4] = np.eye(C)[0]  # and all of the same
    view.__dict__["members"], view.__dict__["proba"] = members, members[0]
    scores = entry.plugin(view)
    if name != "random":
        assert np.ptp(scores) <= entry.facts["spread"](C) + 1e-12


def test_the_range_is_reached_where_it_is_tight() -> None:
    for name, C, range_ in [("least_confident", 10, 0.9), ("margin", 10, 1.0), ("entropy", 10, np.log(10))]:
        entry = catalog.ACQUISITIONS[name]
        P = np.vstack([np.full(C, 1 / C), np.eye(C)[0]])
        scores = entry.plugin.__wrapped__(P)
        assert np.ptp(scores) == pytest.approx(range_) == score_range(Spec(acquisition=name), C)


def test_the_usual_measures_of_doubt_declare_a_range() -> None:
    assert {"least_confident", "margin", "entropy", "vote_entropy", "bald"} <= set(bounded())


def test_one_price_for_a_round_asks_for_scores_that_do_not_compare_rows() -> None:
    comparing = [name for name in bounded() if not catalog.ACQUISITIONS[name].facts.get("pointwise")]
    for name in comparing:
        check(Spec(acquisition=name, select="gumbel_top"))
        with pytest.raises(SpecError, match="compares rows with each other"):
            check(Spec(acquisition=name, select="laplace_top"))
    assert comparing


@pytest.mark.parametrize("name", PRIVATE)
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"acquisition": "density"}, "information density is not"),
        ({"adjust": "per_cost"}, "per cost changes them"),
        ({"start": "clustered"}, "replace one per cluster by random"),
    ],
)
def test_what_would_break_the_promise_is_refused(name: str, changes: dict, words: str) -> None:
    spec = Spec(select=name, **changes)
    with pytest.raises(SpecError, match=words):
        check(spec)
    assert spending(spec) == Spending(5, np.inf, False)
    assert (
        misfit(replace(spec, acquisition="margin", adjust=(), start="random"), catalog.SELECTORS[name]) == ""
    )


def test_what_a_round_spends() -> None:
    each = {name: spending(Spec(select=Choice.of(name, each=0.5), batch=8)) for name in PRIVATE}
    assert each["gumbel_top"] == each["exponential"] == Spending(8, 0.5, True)
    assert each["noisy_max"] == Spending(8, 0.5, False)
    assert each["laplace_top"] == Spending(1, 0.5, False)
    assert spending(Spec(acquisition="random")).each == 0.0, "lots say nothing about the rows"
    assert spending(Spec(acquisition="random", select="gumbel_top")).each == 0.0
    assert spending(Spec(acquisition="random", select="kmeans")).each == np.inf, "clusters do"


def test_the_threat_model_says_what_is_not_promised() -> None:
    assert {True, False} == {clause.kept for clause in THREAT_MODEL}
    assert all(clause.sentence.endswith(".") for clause in THREAT_MODEL)
    quiet = Spec(select="gumbel_top", stop=("privacy_spent", "deadline"))
    assert caveats(quiet) == ()
    loud = Spec(select="laplace_top", stop="confident", budget_in="money", start="until_two_classes")
    assert len(caveats(loud)) == 4 and all(said.endswith(".") for said in caveats(loud))
