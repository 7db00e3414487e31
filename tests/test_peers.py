"""The same scores and picks as other libraries, on the same rows, probabilities and random numbers.

Only with ``make test-peers`` (``pytest -m peers``), which installs them into `.peers`. They run in a process
of their own. Where another library is wrong, or means something else by the same name, the test says so and
asserts the difference: it fails when the other library changes its mind.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from scipy.special import rel_entr
from sklearn.linear_model import LogisticRegression

from alcore import Choice, Spec, advance, begin, catalog, given, joint, measures, step
from alcore.acquisition.density import mean_similarity
from alcore.acquisition.expected_gain import dirichlet_gain, doubts, kernel_counts, quire_cost
from alcore.clusters import pure_radius
from alcore.coverage import ball, k_center, kernel_cover
from alcore.error_reduction import OneMoreLabel, future_risks
from alcore.loop import view_of
from alcore.metrics import Judged
from alcore.sampling import squared_distance_draws
from alcore.selection.falcun import falcun_draws
from alcore.selection.representative import ranked
from alcore.solvers import softmax_regression
from alcore.types import View
from tests.bench import answers, peers
from tests.pools import blobs

pytestmark = pytest.mark.peers

SKAL = "skactiveml.pool"


@pytest.fixture(scope="module")
def ask() -> Any:
    """``ask(function, *values, **more)`` runs one of `tests.bench.answers` where they can be imported."""
    problem = peers.install()
    assert not problem, problem
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=peers.enter) as other:
        yield lambda function, *values, **more: other.submit(function, *values, **more).result()


class Uniform:
    """The uniform numbers another library draws from ``RandomState(seed)``."""

    def __init__(self, seed: int) -> None:
        self.state = np.random.RandomState(seed)

    def random(self, shape: Any = None) -> Any:
        """As `numpy.random.Generator.random`."""
        return self.state.random_sample(shape)


def probabilities(n: int, n_classes: int, seed: int = 0) -> np.ndarray:
    """Rows of all sharpnesses; the first ones certain, undecided, and tied."""
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(n_classes, 0.6), n)
    P[0] = np.eye(n_classes)[0]
    P[1] = 1.0 / n_classes
    P[2] = [0.5, 0.5] + [0.0] * (n_classes - 2)
    return P


def draws(K: int, n: int, n_classes: int, seed: int = 0, spread: float = 1.0) -> np.ndarray:
    """(K, n, C) predictions of K logistic regressions, the same K for all rows."""
    rng = np.random.default_rng(seed)
    X, W = rng.normal(size=(n, 4)), rng.normal(size=(K, 4, n_classes)) * spread
    Z = np.exp(X @ (W + rng.normal(size=(4, n_classes))))
    return Z / Z.sum(axis=2, keepdims=True)


def task(n: int = 90, n_classes: int = 3, each: int = 4, seed: int = 0, d: int = 5) -> Any:
    """Rows, codes with -1 where there is no label, and which rows have one."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n)
    X = rng.normal(size=(n, d)) + 1.2 * rng.normal(size=(n_classes, d))[y]
    first = np.sort(np.concatenate([np.flatnonzero(y == c)[:each] for c in range(n_classes)]))
    told = np.full(n, -1)
    told[first] = y[first]
    return X, told, first


def seen(X: np.ndarray, told: np.ndarray, first: np.ndarray, learner: Any = None) -> View:
    """What our strategies see of such a task, with scikit-learn's own logistic regression as the learner."""
    learner = LogisticRegression(tol=1e-8, max_iter=5000) if learner is None else learner
    data = given(X, np.maximum(told, 0), initial=first)
    run = step(begin(Spec(learner="own"), data=data, learner=learner))
    return view_of(run, run.setting.candidates(run.data, run.log), frozenset({"proba"}))


# ---- uncertainty


@pytest.mark.parametrize(
    ("ours", "skal", "modal"),
    [
        ("least_confident", "least_confident", "classifier_uncertainty"),
        ("margin", "margin_sampling", "classifier_margin"),
        ("entropy", "entropy", "classifier_entropy"),
    ],
)
@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_measures_of_doubt(ask, ours, skal, modal, n_classes):
    P = probabilities(500, n_classes)
    found = getattr(measures, ours)(P)
    assert found == pytest.approx(ask(answers.call, SKAL, "uncertainty_scores", P, method=skal), abs=1e-14)
    theirs = ask(answers.measure, modal, P)
    # modAL's margin is the gap itself, small where the learner is unsure.
    assert found == pytest.approx(1.0 - theirs if ours == "margin" else theirs, abs=1e-14)


@pytest.mark.parametrize(
    ("ours", "skal", "modal"),
    [
        ("least_confident", "least_confident", "uncertainty_sampling"),
        ("margin", "margin_sampling", "margin_sampling"),
        ("entropy", "entropy", "entropy_sampling"),
    ],
)
def test_rows_of_greatest_doubt(ask, ours, skal, modal):
    X, told, first = task(200, 4)
    view = seen(X, told, first)
    chosen = view.candidates.ids[np.argsort(-getattr(measures, ours)(view.proba), kind="stable")[:20], 0]
    theirs, _ = ask(answers.query, "UncertaintySampling", X, told, 20, learner="logistic", method=skal)
    assert chosen.tolist() == theirs
    at = ask(answers.asked, modal, view.proba.copy(), 20)
    assert set(chosen.tolist()) == set(view.candidates.ids[at, 0].tolist())


def test_the_same_run_with_the_same_learner(ask):
    """Fifteen rounds of five rows by margin, scikit-learn's logistic regression in all three."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X, y = X[:600] / 16.0, y[:600]
    first = np.sort(np.concatenate([np.flatnonzero(y == c)[:2] for c in range(10)]))
    spec = Spec(learner="own", acquisition="margin", batch=5, budget=20 + 75)
    log = advance(spec, data=given(X, y, initial=first), learner=LogisticRegression())
    ours = [sorted(q[0] for q in r.asked) for r in log][1:]
    assert len(ours) == 15
    assert ours == ask(answers.modal_run, X, y, first, 15, 5)
    assert ours == ask(answers.skal_run, X, y, first, 15, 5)


# ---- committees


def test_disagreement(ask):
    T = draws(5, 300, 4)
    found = ask(answers.call, SKAL, "average_kl_divergence", T)
    assert measures.kl_to_consensus(T) == pytest.approx(found, abs=1e-6)  # see below
    votes = T.argmax(axis=2).T
    assert measures.vote_entropy(T) == pytest.approx(
        ask(answers.call, SKAL, "vote_entropy", votes, np.arange(4)), abs=1e-14
    )
    assert measures.variation_ratio(T) == pytest.approx(
        ask(answers.call, SKAL, "variation_ratios", votes), abs=1e-14
    )


@pytest.mark.parametrize("name", ["vote_entropy", "consensus_entropy"])
def test_disagreement_of_a_fitted_committee(ask, name):
    X, told, first = task(200, 4)
    theirs, T = ask(answers.disagreement, name, X[first], told[first], X[told < 0], (0.01, 0.1, 1.0, 10.0))
    assert getattr(measures, name)(T) == pytest.approx(theirs, abs=1e-14)


def test_kl_of_modal_is_that_of_its_most_deviating_member(ask):
    """McCallum & Nigam 1998 average over the members; modAL takes the largest, and asks for other rows."""
    X, told, first = task(200, 4)
    C = (0.01, 0.1, 1.0, 10.0, 100.0)
    theirs, T = ask(answers.disagreement, "KL_max_disagreement", X[first], told[first], X[told < 0], C)
    each = rel_entr(T, T.mean(axis=0)).sum(axis=2)
    assert theirs == pytest.approx(each.max(axis=0), abs=1e-12)
    assert measures.kl_to_consensus(T) == pytest.approx(each.mean(axis=0), abs=1e-12)
    assert set(np.argsort(-theirs)[:10]) != set(np.argsort(-measures.kl_to_consensus(T))[:10])


def test_kl_of_scikit_activeml_replaces_zeros_and_writes_into_its_input(ask):
    """Two members sure of opposite classes: ln 2. It raises zeros to 1e-7 first, in the caller's array."""
    T = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    assert measures.kl_to_consensus(T) == pytest.approx([np.log(2)], abs=1e-15)
    found = ask(answers.call, SKAL, "average_kl_divergence", T)
    assert found == pytest.approx([np.log(2)], abs=1e-5) and found[0] < np.log(2) - 1e-7
    assert ask(answers.written_into, SKAL, "average_kl_divergence", T.copy())
    assert ask(answers.written_into, SKAL, "batch_bald", T.copy(), 1)


# ---- expected error reduction


def one_more(
    X: np.ndarray, told: np.ndarray, rows: np.ndarray
) -> tuple[OneMoreLabel, np.ndarray, np.ndarray]:
    """Our model, and its weights (C, m, C, D + 1) after each answer of the rows."""
    known = told >= 0
    k = int(told.max()) + 1
    root = OneMoreLabel(softmax_regression(X[known], told[known], k, tol=1e-9), X[known], told[known])
    return root, root.refit(rows, np.tile(np.arange(k), (len(rows), 1)), tol=1e-8), root.proba(rows)


@pytest.mark.parametrize(("loss", "theirs"), [("log-loss", "log"), ("errors", "binary")])
def test_expected_error_of_modal(ask, loss, theirs):
    """Summed over the unlabelled rows but the candidate: Roy & McCallum's, and ours."""
    X, told, first = task(60, 3)
    pool = X[told < 0]
    _, weights, P = one_more(X, told, pool)
    mean = future_risks(weights, pool, np.arange(len(pool)), loss)
    expected = (P * mean).sum(axis=1) * (len(pool) - 1)
    found, asked = ask(answers.error_reduction, X[first], told[first], pool, theirs)
    assert expected == pytest.approx(found, rel=1e-5)
    data = given(X, np.maximum(told, 0), initial=first)
    run = step(begin(Spec(learner="logistic"), data=data))
    view = view_of(run, run.setting.candidates(run.data, run.log), frozenset({"linear"}))
    scores = catalog.ACQUISITIONS.bind(Choice.of("error_reduction", loss=loss))(view)
    assert int(scores.argmax()) == asked


def test_expected_error_of_modal_compares_the_name_of_its_loss_by_identity(ask):
    """So a loss read from a file, or sent from another process, is neither of the two it knows."""
    X, told, first = task(20, 2, each=2)
    with pytest.raises(UnboundLocalError):
        ask(answers.error_reduction, X[first], told[first], X[told < 0], "log", intern=False)


@pytest.mark.parametrize(("loss", "theirs"), [("log-loss", "log_loss"), ("errors", "misclassification_loss")])
def test_expected_error_of_scikit_activeml_counts_all_rows(ask, loss, theirs):
    """It sums over labelled rows and the candidate too, whose labels would be known: equal once we do so."""
    X, told, _ = task(60, 3)
    pool = X[told < 0]
    _, weights, P = one_more(X, told, pool)
    nobody = np.full(len(pool), -1)
    all_rows = (P * future_risks(weights, X, nobody, loss)).sum(axis=1) * len(X)
    _, utilities = ask(answers.query, "MonteCarloEER", X, told, 1, learner="logistic", method=theirs)
    found = -utilities[0][told < 0]
    assert all_rows == pytest.approx(found, rel=1e-4)
    others = (P * future_risks(weights, pool, np.arange(len(pool)), loss)).sum(axis=1) * (len(pool) - 1)
    assert (found > others + 0.1).all()


# ---- diverse batches


def test_core_set(ask):
    X, told, first = task(300, 3)
    view = seen(X, told, first)
    at = catalog.SELECTORS.bind(Choice("core_set"))(np.zeros(len(view.candidates)), view, 40)
    theirs, utilities = ask(answers.query, "CoreSet", X, told, 40)
    assert view.candidates.ids[at, 0].tolist() == theirs
    assert utilities[0][told < 0].max() == pytest.approx(
        np.sqrt(((X[theirs[0]] - X[first]) ** 2).sum(1).min())
    )


def test_core_set_without_a_label(ask):
    """Nothing to be far from yet: we begin at the row closest to the mean, scikit-activeml anywhere."""
    X, _, _ = task(100, 3)
    nobody = np.full(100, -1)
    starts = {ask(answers.query, "CoreSet", X, nobody, 1, seed=seed)[0][0] for seed in range(6)}
    middle = int(((X - X.mean(axis=0)) ** 2).sum(axis=1).argmin())
    assert k_center(X, X[:0], 1).tolist() == [middle] and len(starts) > 1


def test_badge_of_scikit_activeml_counts_the_origin_as_drawn(ask):
    """The same first row, the longest gradient. Then k-means++ draws by squared distance to the rows drawn,
    as in the authors' code; scikit-activeml by the smaller of that and the gradient's squared length.
    """
    X, told, first = task(300, 4)
    view = seen(X, told, first)
    residual = view.proba - np.eye(4)[view.proba.argmax(axis=1)]
    G = np.einsum("na,nb->nab", residual, view.candidates.X).reshape(len(residual), -1)
    lengths = (G**2).sum(axis=1)
    place = {row: at for at, row in enumerate(view.candidates.ids[:, 0].tolist())}
    theirs, utilities = ask(answers.query, "Badge", X, told, 20, learner="logistic")
    assert place[theirs[0]] == squared_distance_draws(residual, view.candidates.X, 1, Uniform(0))[0]
    for turn in (1, 5, 19):
        gaps = ((G[:, None] - G[[place[row] for row in theirs[:turn]]]) ** 2).sum(axis=2).min(axis=1)
        chances = utilities[turn][told < 0]
        open_ = np.isfinite(chances)
        assert chances[open_] == pytest.approx(
            (np.minimum(gaps, lengths) / np.minimum(gaps, lengths).sum())[open_]
        )
        assert np.abs(chances - gaps / gaps.sum())[open_].max() > 1e-4
    # By our chances, the explicit definition and the kernel draw the same rows from the same numbers.
    state, drawn = Uniform(0), [int(lengths.argmax())]
    while len(drawn) < 20:
        mass = np.cumsum(((G[:, None] - G[drawn]) ** 2).sum(axis=2).min(axis=1))
        drawn.append(int(np.searchsorted(mass, state.random() * mass[-1], side="right")))
    assert squared_distance_draws(residual, view.candidates.X, 20, Uniform(0)).tolist() == drawn


def test_typiclust_in_clear_clusters(ask):
    """20 neighbours as in the paper; scikit-activeml's default is 5."""
    X, _ = blobs(
        np.random.default_rng(0).normal(size=(12, 3)) * 30, [60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49]
    )
    told = np.full(len(X), -1)
    first = np.array([0, 61])
    told[first] = [0, 1]
    view = seen(X, told, first)
    at = catalog.SELECTORS.bind(Choice("typiclust"))(np.zeros(len(view.candidates)), view, 10)
    settings = {"k": 20, "cluster_algo_dict": {"n_init": 20}}
    theirs, _ = ask(answers.query, "TypiClust", X, told, 10, **settings)
    assert view.candidates.ids[at, 0].tolist() == theirs
    assert theirs != ask(answers.query, "TypiClust", X, told, 10, cluster_algo_dict={"n_init": 20})[0]


def test_typiclust_of_scikit_activeml_may_ask_a_row_twice(ask):
    """Once clusters run out, as they do with copies of rows, it draws among all rows, asked ones included."""
    X = np.repeat(np.eye(3), 4, axis=0)
    told = np.full(12, -1)
    told[[0, 4]] = [0, 1]
    twice = [len(set(ask(answers.query, "TypiClust", X, told, 8, seed=s)[0])) < 8 for s in range(3)]
    assert any(twice)
    view = seen(X, told, np.array([0, 4]))
    at = catalog.SELECTORS.bind(Choice("typiclust"))(np.zeros(10), view, 8)
    assert len(set(at.tolist())) == 8


@pytest.mark.parametrize("radius", [0.8, 1.5, 3.0])
def test_probcover_for_a_given_radius(ask, radius):
    """What each row would newly cover is the same at every turn; among equals we take the first, it draws."""
    X, told, first = task(250, 3)
    left = np.flatnonzero(told < 0)
    theirs, utilities = ask(answers.query, "ProbCover", X, told, 12, deltas=[radius], n_classes=3)
    near = ((X[:, None] - X[None]) ** 2).sum(axis=2) <= radius**2
    for turn, row in enumerate(theirs):
        known = np.concatenate([first, theirs[:turn]]).astype(int)
        gains = (near & ~near[known].any(axis=0)).sum(axis=1)
        open_ = np.isfinite(utilities[turn])
        assert utilities[turn][open_].tolist() == gains[open_].tolist()
        ours = left[kernel_cover(X[left], X[left], X[known], 1, ball(radius))]
        best = np.flatnonzero(open_ & (gains == gains[open_].max()))
        assert row in best and (ours.tolist() == [best[0]] if gains[row] else not len(ours))
    assert gains.max() < utilities[0][left].max()


def test_probcover_radius(ask):
    """The largest at which 95 % of the balls are pure; scikit-activeml tries a grid, by default up to 2."""
    X, code = blobs(np.random.default_rng(1).normal(size=(4, 3)) * 40, 40, spread=2.0)
    radius = pure_radius(X, 4, 0.95, np.random.default_rng(0))
    told = np.full(len(X), -1)
    view = [0.5 * radius, radius, 1.001 * radius, 1.2 * radius]
    _, utilities = ask(answers.query, "ProbCover", X, told, 1, deltas=view, n_classes=4)
    gaps = np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=2))
    purity = [((gaps <= d) & (code[:, None] != code)).any(axis=1).mean() for d in view]
    assert purity[1] <= 0.05 < purity[2]
    assert utilities[0].tolist() == (gaps <= radius).sum(axis=1).tolist()
    _, usual = ask(answers.query, "ProbCover", X, told, 1, n_classes=4)
    assert usual[0].max() == (gaps <= 2.0).sum(axis=1).max() < utilities[0].max()


@pytest.mark.parametrize("intercept", [False, True])
def test_dropquery_keeps_the_same_rows(ask, monkeypatch, intercept):
    """The same where only directions count. Else not: dropout scales up what it keeps (Srivastava et al.
    2014); scikit-activeml leaves that out, so that its intercepts weigh four times as much.
    """
    from alcore.selection import dropquery

    X, told, first = task(300, 3)
    X = X + (2.0 if intercept else 0.0)
    view = seen(X, told, first, LogisticRegression(fit_intercept=intercept, tol=1e-8, max_iter=5000))
    kept: list[np.ndarray] = []

    def remember(X: np.ndarray, n: int, rng: Any) -> np.ndarray:
        kept.append(X)
        return np.arange(n)

    monkeypatch.setattr(dropquery, "one_per_cluster", remember)
    monkeypatch.setattr(View, "rng", lambda self, purpose: Uniform(3))
    catalog.SELECTORS.bind(Choice.of("dropquery", repeats=5))(np.zeros(len(view.candidates)), view, 4)
    learner = "logistic" if intercept else "no intercept"
    _, utilities = ask(answers.query, "DropQuery", X, told, 4, seed=3, learner=learner, n_dropout_samples=5)
    theirs = X[np.isfinite(utilities[0])]
    same = kept[0].shape == theirs.shape and np.array_equal(kept[0], theirs)
    assert len(kept[0]) < len(view.candidates) and same is not intercept


def test_falcun_of_scikit_activeml_scales_distances_anew_each_time(ask):
    """The first two draws are the same from the same numbers. From the third on it takes the smaller of a new
    distance and an old one that it has already rescaled to 0 to 1; the authors' code rescales a copy.
    """
    X, told, first = task(200, 4)
    view = seen(X, told, first)
    third = []
    for seed in range(20):
        ours = view.candidates.ids[falcun_draws(view.proba, 3, 10.0, Uniform(seed)), 0].tolist()
        theirs, _ = ask(answers.query, "Falcun", X, told, 3, seed=seed, learner="logistic")
        assert ours[:2] == theirs[:2]
        third.append(ours[2] == theirs[2])
    assert not all(third)


def test_ranked_batch(ask):
    X, told, first = task(120, 3)
    pool = X[told < 0]
    doubt = np.random.default_rng(0).random(len(pool))
    doubt = (doubt - doubt.min()) / np.ptp(doubt)
    assert ranked(pool, X[first], doubt, 15).tolist() == ask(
        answers.ranked, X[first], told[first], pool, doubt, 15
    )


# ---- density, gain


def test_contrast_of_neighbours(ask):
    X, told, first = task(200, 4, each=8)
    view = seen(X, told, first)
    ours = catalog.ACQUISITIONS.bind(Choice.of("contrastive", neighbours=5))(view)
    _, utilities = ask(answers.query, "ContrastiveAL", X, told, 1, learner="logistic")
    assert ours == pytest.approx(utilities[0][told < 0], abs=1e-5)
    assert int(ours.argmax()) == int(utilities[0][told < 0].argmax())


def test_information_density(ask):
    X, _, _ = task(150, 3)
    found = ask(answers.call, "modAL.density", "information_density", X)
    assert mean_similarity(X, X) == pytest.approx(
        found, abs=1e-7
    )  # theirs: a root of rounding on the diagonal


@pytest.mark.parametrize("lookahead", [1, 2, 3])
@pytest.mark.parametrize("prior", [0.001, 1.0])
def test_probabilistic_gain(ask, lookahead, prior):
    counts = np.random.default_rng(0).gamma(0.7, 2.0, size=(80, 3))
    found = ask(
        answers.call,
        "skactiveml.pool._probabilistic_al",
        "cost_reduction",
        counts,
        m_max=lookahead,
        prior=prior,
    )
    assert dirichlet_gain(counts, lookahead, prior) == pytest.approx(np.maximum(found, 0.0), abs=1e-12)


def test_labels_counted_by_a_kernel_and_what_they_leave_plausible(ask):
    X, told, first = task(60, 2)
    ours = kernel_counts(X[told < 0], X[first], told[first], 2, 0.8)
    _, utilities = ask(answers.query, "EpistemicUncertaintySampling", X, told, 1, learner=0.8)
    _, gain = ask(answers.query, "ProbabilisticAL", X, told, 1, learner=0.8, prior=1, m_max=2)
    assert dirichlet_gain(ours, 2, 1.0) == pytest.approx(gain[0][told < 0], abs=1e-12)
    assert doubts(ours[:, 1], ours[:, 0])[0] == pytest.approx(utilities[0][told < 0], abs=1e-4)


def test_plausibility_of_logistic_regression_is_one_sided_in_scikit_activeml(ask):
    """Rows and labels mirrored at 0, so a row and its mirror image are equally plausible of either class. It
    bounds the support of one class by the other's threshold, at most 0 then: half of the rows score 0.
    """
    rng = np.random.default_rng(0)
    half = rng.normal(size=(3, 2)) + np.array([0.5, 0.0])
    X, y = np.vstack([half, -half]), np.repeat([1, -1], 3)
    candidates = rng.normal(size=(4, 2)) * 0.5
    one = ask(answers.logistic_plausibility, X, y, candidates)
    mirrored = ask(answers.logistic_plausibility, X, y, -candidates)
    assert np.abs(one - mirrored).max() > 0.1
    assert (np.minimum(one, mirrored) < 1e-3).all()


def test_quire_of_two_classes(ask):
    """Its objective is ours plus what the labels alone cost."""
    X, told, first = task(70, 2)
    width, ridge = 1.3, 0.7
    ours = -quire_cost(X[told < 0], X[first], told[first], ridge=ridge, width=width)
    settings = {"classes": [0, 1], "lmbda": ridge, "metric_dict": {"gamma": 0.5 / width**2}}
    at, utilities = ask(answers.query, "Quire", X, told, 1, **settings)
    found = utilities[0][told < 0]
    assert ours - ours.mean() == pytest.approx(found - found.mean(), rel=1e-6)
    assert np.flatnonzero(told < 0)[ours.argmax()] == at[0]


def test_quire_of_more_classes_is_another_thing(ask):
    """scikit-activeml takes the worst of the classes' separate problems, in each of which the candidate has
    that class; ours the worst label of the candidate, summed over the problems.
    """
    X, told, first = task(70, 3)
    ours = -quire_cost(X[told < 0], X[first], told[first], ridge=1.0, width=1.3)
    settings = {"classes": [0, 1, 2], "metric_dict": {"gamma": 0.5 / 1.3**2}}
    _, utilities = ask(answers.query, "Quire", X, told, 1, **settings)
    found = utilities[0][told < 0]
    assert np.abs((ours - ours.mean()) - (found - found.mean())).max() > 0.01


# ---- Bayesian


def test_bald(ask):
    T = draws(30, 400, 5)
    found = ask(answers.call, SKAL, "batch_bald", T, 1)[0]
    assert joint.bald(T) == pytest.approx(found, abs=1e-5)  # theirs raises probabilities to 1e-7
    assert int(joint.bald(T).argmax()) == int(found.argmax())


def test_batchbald_while_it_is_exact(ask):
    """Five rows of four classes: 1,024 combinations of labels, all of them followed."""
    T = draws(30, 60, 4, spread=0.7)
    at, information = joint.batchbald(T, 5, 2000, np.random.default_rng(0))
    utilities = ask(answers.call, SKAL, "batch_bald", T, 5, n_MC_samples=2000, random_state=0)
    assert at.tolist() == np.nanargmax(utilities, axis=1).tolist()
    assert information == pytest.approx(np.nanmax(utilities, axis=1), abs=1e-5)


def test_batchbald_of_scikit_activeml_may_ask_a_row_twice(ask):
    """Among copies it draws one to build on and, apart from that, one to ask."""
    T = np.repeat(draws(20, 2, 2, seed=4), 2, axis=1)  # two rows, two copies of each
    found = [ask(answers.bald_with, T, 4) for _ in range(2)]
    assert any(len(set(rows)) < 4 for rows in found)
    assert sorted(joint.batchbald(T, 4, 100, np.random.default_rng(0))[0].tolist()) == [0, 1, 2, 3]


def test_batchbald_of_its_authors(ask):
    """batchbald_redux: the same rows and information while it is exact, an estimate like ours beyond."""
    peers.install_torch()
    T = draws(30, 60, 4, spread=0.7)
    found = ask(answers.redux, T, 5, 2000)
    if found is None:
        pytest.skip("torch for processors alone could not be installed, which batchbald_redux needs")
    rows, information, single, scores = found
    at, ours = joint.batchbald(T, 5, 2000, np.random.default_rng(0))
    assert at.tolist() == rows and ours == pytest.approx(information, abs=1e-9)
    assert joint.bald(T)[single] == pytest.approx(scores, abs=1e-12)
    assert np.argsort(-joint.bald(T), kind="stable")[:5].tolist() == single
    estimated = ask(answers.redux, T, 8, 5000)
    longer, value = joint.batchbald(T, 8, 5000, np.random.default_rng(0))
    assert len(set(longer.tolist()) & set(estimated[0])) >= 6
    assert value[-1] == pytest.approx(estimated[1][-1], abs=0.05)


FAIRLEARN = {
    "demographic_parity_gap": "demographic_parity_difference",
    "equalised_odds_gap": "equalized_odds_difference",
    "equal_opportunity_gap": "equal_opportunity_difference",
}


@pytest.mark.parametrize("groups", [2, 3, 7])
def test_gaps_between_groups_are_those_of_fairlearn(ask, groups):
    """Where they exist: of a group without positives fairlearn takes the share found to be 0."""
    P, rng = probabilities(400, 2, seed=groups), np.random.default_rng(groups)
    truth, group = rng.integers(0, 2, 400), rng.integers(0, groups, 400)
    names = tuple(f"g{k}" for k in range(groups))
    guess = P.argmax(axis=1)

    def theirs(name, truth):
        return ask(answers.call, "fairlearn.metrics", name, truth, guess, sensitive_features=group)

    judged = Judged(P, truth, group, names)
    for name, other in FAIRLEARN.items():
        assert catalog.METRICS[name].plugin(judged) == pytest.approx(theirs(other, truth), abs=1e-12)
    rates = judged.by_group.rates
    for rate, other in (("selection", "selection_rate"), ("true_positive", "true_positive_rate")):
        for g in range(groups):
            mine = group == g
            value = ask(answers.call, "fairlearn.metrics", other, truth[mine], guess[mine], pos_label=1)
            assert getattr(rates, rate)[g, 1] == pytest.approx(value, abs=1e-12)
    # Worst group: their MetricFrame's group_min of scikit-learn's accuracy, which is a minimum of means.
    worst = min(float((guess == truth)[group == g].mean()) for g in range(groups))
    assert catalog.METRICS["worst_group_accuracy"].plugin(judged) == pytest.approx(worst)
    without = np.where(group == 0, 0, truth)
    assert np.isnan(catalog.METRICS["equal_opportunity_gap"].plugin(Judged(P, without, group, names)))
    assert theirs("equal_opportunity_difference", without) > 0.0
