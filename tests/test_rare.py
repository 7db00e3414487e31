"""Rare classes: average precision, strategies that look for them, KEEL's tables, and how many are found."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, recall_score

from alcore import Choice, Log, Spec, SpecError, advance, begin, catalog, learn, outcomes, step
from alcore import given as own
from alcore.calls import CALLS
from alcore.greedy_oracle import greedy_ceiling
from alcore.learners import linear
from alcore.loop import load, view_of
from alcore.metrics import Judged, measure
from alcore.recipes import apply
from alcore.replay import ceiling
from alcore.types import Round
from tests.generators import imbalanced
from tests.pools import blobs, seen

average_precision = catalog.METRICS["average_precision"].plugin
positives_first = catalog.ACQUISITIONS["positives_first"].plugin
class_weights = catalog.ADJUSTMENTS["class_weights"].plugin
KEEL = catalog.DATASETS["keel"]


# --- average precision -------------------------------------------------------------------------------------


def by_hand(truth, score):
    """Mean over the positives of the share of positives among all rows that score at least as much."""
    return np.mean([truth[score >= s].mean() for s in score[truth]])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(2, 4), st.sampled_from([1, 2, 12]))
def test_average_precision_is_that_of_scikit_learn(seed, n, C, digits):
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(C), n).round(digits)  # few digits make ties
    truth = rng.choice(C, n, p=rng.dirichlet(np.ones(C)))
    counts = np.bincount(truth, minlength=C)
    rare = int(np.where(counts > 0, counts, n + 1).argmin())
    found = average_precision(Judged(P, truth))
    assert found == pytest.approx(average_precision_score(truth == rare, P[:, rare]), abs=1e-12)
    assert found == pytest.approx(by_hand(truth == rare, P[:, rare]), abs=1e-12)


def test_average_precision_by_hand():
    """Positives at places 1 and 4 of 5: (1/1 + 2/4) / 2."""
    score = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    P = np.column_stack([1 - score, score])
    assert average_precision(Judged(P, np.array([1, 0, 0, 1, 0]))) == pytest.approx(0.75)
    flat = np.full((5, 2), 0.5)
    assert average_precision(Judged(flat, np.array([1, 0, 0, 1, 0]))) == pytest.approx(0.4), "its own share"


def test_rare_recall_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    P, truth = rng.dirichlet(np.ones(3), 80), rng.choice(3, 80, p=[0.6, 0.3, 0.1])
    rarest = np.bincount(truth).argmin()
    theirs = recall_score(truth, P.argmax(axis=1), labels=[rarest], average="macro")
    assert catalog.METRICS["rare_recall"].plugin(Judged(P, truth)) == pytest.approx(theirs)


def test_the_rarest_class_is_one_and_the_same_everywhere():
    """Two classes of the digits are rarer among the test rows than the one that is rarest in the data."""
    spec = Spec(dataset="digits", first=20, batch=10, budget=20, learner="naive_bayes")
    data = load(spec)
    rare = CALLS["class_counts"](spec, Log())["rarest"]
    assert rare == data.rarest == np.bincount(data.y).argmin() == 8
    assert np.bincount(data.test_y).argmin() != rare, "else this test says nothing"
    log = Log(tuple(advance(spec)))
    run = begin(spec, log)
    proba, group = run.fitted.proba(data.test_X), data.group[data.test]
    wanted = average_precision_score(data.test_y == rare, proba[:, rare])
    assert log.rounds[-1].metrics["average_precision"] == pytest.approx(wanted)
    recall = recall_score(data.test_y, proba.argmax(axis=1), labels=[rare], average="macro")
    assert log.rounds[-1].metrics["rare_recall"] == pytest.approx(recall)
    whole = learn.fit(run.learner, data.X[data.train], data.y[data.train], 10, 0).proba(data.test_X)
    wanted = average_precision_score(data.test_y == rare, whole[:, rare])
    assert ceiling(spec)[0]["average_precision"] == pytest.approx(wanted)
    assert Judged(proba, data.test_y, group, data.groups, rare).rare == rare


def test_the_ceiling_is_judged_by_the_rarest_class_of_the_data(monkeypatch):
    """Of three classes the third is rare in the pool, the second among the test rows."""
    X, code = blobs([[0, 0], [1, 0], [0, 1]], 30, spread=0.5)
    keep, test = np.r_[0:60, 60:70], np.r_[0:8, 30:32, 60:65]
    data = own(X[keep], code[keep], test=test)
    seen_by = []
    entry = catalog.METRICS["rare_recall"]
    plugin = lambda judged: seen_by.append(judged.rare) or entry.plugin(judged)  # noqa: E731
    monkeypatch.setitem(catalog.METRICS._entries, "rare_recall", replace(entry, plugin=plugin))
    spec = Spec(dataset="own", first=10, batch=2, budget=12)
    greedy_ceiling(spec, data=data, candidates=2, metric="rare_recall")
    assert np.bincount(code[keep][test]).argmin() == 1 and set(seen_by) == {2}


def test_without_a_test_row_of_the_rarest_class_its_metrics_are_undefined():
    P, truth = np.eye(3)[[0, 1, 1]], np.array([0, 1, 1])
    with np.errstate(all="raise"):
        assert not {"rare_recall", "average_precision"} & set(measure(P, truth, rarest=2))
    assert measure(P, truth)["rare_recall"] == 1.0, "among the rows judged"
    unknown = own(np.zeros((6, 1)), [0, 0, 1, 1, 1, 1], test=[0, 5], classes=("a", "b", "never"))
    assert replace(unknown, y=np.array([0, 0, 1, -1, -1, -1])).rarest == 1 and unknown.rarest == 0


# --- strategies and the learner ----------------------------------------------------------------------------


def test_positives_first_asks_for_the_rarest_class_also_when_many_are_found():
    """Six labels against two: still the few of the pool are looked for, not the few of the labels."""
    X, code = blobs([[0, 0], [5, 0]], 60, spread=0.6)
    keep = np.r_[0:60, 60:72]
    view = seen(X[keep], code[keep], [0, 1, 60, 61, 62, 63, 64, 65])
    assert np.bincount(view.labelled.y).tolist() == [2, 6]
    np.testing.assert_array_equal(positives_first(view), view.proba[:, 1])


def test_positives_first_knows_only_classes_it_has_seen():
    X, code = blobs([[0, 0], [5, 0], [0, 5]], 20)
    view = seen(X, code, [0, 1, 2, 20])  # the third class has no label and probability 0
    assert positives_first(view).max() > 0.5
    assert set(code[4:][np.argsort(-positives_first(view))[:5]]) == {1} or positives_first(view).any()


def test_class_weights_by_hand():
    X, code = blobs([[0, 0], [5, 0]], 12)
    view = seen(X, code, [0, 1, 2, 12])  # three labels against one: weights 1 and 3
    scores = np.linspace(0.1, 1.0, len(view.candidates))
    np.testing.assert_allclose(class_weights(scores, view), scores * (view.proba @ [1.0, 3.0]))
    np.testing.assert_allclose(class_weights(scores, view, power=0.0), scores)
    shifted = class_weights(-scores, view)
    np.testing.assert_allclose(shifted, (scores.max() - scores) * (view.proba @ [1.0, 3.0]))
    scores[0] = -np.inf
    assert np.isneginf(class_weights(scores, view)[0])
    assert (class_weights(np.full(len(scores), -np.inf), view) == -np.inf).all()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_balanced_logistic_is_that_of_scikit_learn(n_classes, weighted):
    rng = np.random.default_rng(n_classes)
    X = rng.normal(size=(90, 5))
    odds = [0.85, *[0.15 / (n_classes - 1)] * (n_classes - 1)]
    y = np.r_[np.arange(n_classes), rng.choice(n_classes, 90 - n_classes, p=odds)]
    weight = rng.exponential(size=90) if weighted else None
    theirs = LogisticRegression(class_weight="balanced", tol=1e-10, max_iter=5000).fit(
        X, y, sample_weight=weight
    )
    ours = linear.SoftmaxRegression(tol=1e-8, balanced=True).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=2e-5)


def test_a_balanced_learner_finds_more_of_the_rare_class():
    data = load(Spec(dataset=Choice.of("imbalanced", rows=2000, rare=0.03), test_share=0.5))
    rows = data.train[:300]

    def recall(**params):
        fitted = learn.fit(Choice.of("logistic", **params), data.X[rows], data.y[rows], 2, 0)
        return catalog.METRICS["rare_recall"].plugin(Judged(fitted.proba(data.test_X), data.test_y))

    assert recall(balanced=True) > recall() + 0.2


# --- KEEL --------------------------------------------------------------------------------------------------


def test_keel_tables_have_their_known_counts():
    """Rows and imbalance ratio of every table, as the repository states them."""
    known = {
        "haberman": (306, 2.78), "new-thyroid1": (215, 5.14), "segment0": (2308, 6.02),
        "page-blocks0": (5472, 8.79), "vowel0": (988, 9.98), "ecoli4": (336, 15.80), "glass5": (214, 22.78),
        "car-good": (1728, 24.04), "yeast4": (1484, 28.10), "yeast6": (1484, 41.40),
        "shuttle-2_vs_5": (3316, 66.67), "winequality-red-3_vs_5": (691, 68.10),
        "kddcup-buffer_overflow_vs_back": (2233, 73.43), "poker-8_vs_6": (1477, 85.88),
        "kddcup-rootkit-imap_vs_back": (2225, 100.14), "abalone19": (4174, 129.44),
    }  # fmt: skip
    (which,) = KEEL.params
    assert list(which.choices) == list(known), "the rarer, the further down"
    for name, (rows, ratio) in known.items():
        data = load(Spec(dataset=Choice.of("keel", which=name)))
        positives = int(data.y.sum())
        assert len(data.X) == rows and round((rows - positives) / positives, 2) == ratio
        assert np.isfinite(data.X).all() and data.classes == ("negative", "positive")


@pytest.mark.parametrize(
    ("which", "words", "gone"),
    [
        ("abalone19", {"sex"}, set()),
        ("poker-8_vs_6", {f"suit_{k}" for k in range(1, 6)}, set()),
        ("kddcup-rootkit-imap_vs_back", {"protocol", "service", "flag"}, set()),
        ("vowel0", {"speaker"}, {"tested_on"}),
        ("yeast4", set(), set()),
    ],
)
def test_keel_columns_are_what_they_are(which, words, gone):
    frame = KEEL.plugin(0, which=which).X
    assert {c for c in frame if frame[c].dtype.kind not in "if"} == words
    assert not gone & set(frame.columns)
    if which == "abalone19":
        assert set(frame["sex"]) == {"M", "F", "I"}


# --- what is found -----------------------------------------------------------------------------------------


def run_of(*rounds):
    """A log of these answers, one tuple for each round."""
    made, n = [], 0
    for k, answers in enumerate(rounds):
        asked = tuple((n + i,) for i in range(len(answers)))
        n += len(answers)
        flat = tuple((float(a),) for a in answers)
        made.append(Round(k, asked, flat, (0.0,) * len(answers), (1.0,) * len(answers), {}))
    return Log(tuple(made))


NAN = float("nan")
RUNS = {
    ("d", "random", 0): run_of((0, 1, 0, 0), (0, 0)),
    ("d", "random", 1): run_of((0, 0, 0, 1), (0, 1)),
    ("d", "active", 0): run_of((0, 1, 0, 0), (1, 1)),
    ("d", "active", 1): run_of((0, 0, 0, 1), (NAN, 1)),
}
TOTALS = {("d", 0): 4, ("d", 1): 4}
TWINS = {"active": "random"}


def test_finds_are_counted_as_they_were_answered():
    found = outcomes.find_bands(RUNS, 1).set_index(["strategy", "x"])["value"].to_dict()
    assert found == {("random", 4): 1, ("random", 6): 1.5, ("active", 4): 1, ("active", 6): 2.5}
    shares = outcomes.find_bands(RUNS, {"d": 1}, TOTALS).set_index(["strategy", "x"])["value"]
    assert shares["active", 6] == 2.5 / 4
    one = outcomes.find_bands(RUNS, 1, {("d", 0): 4})
    assert one["seeds"].tolist() == [1] * 4 and one["low"].isna().all(), "a pool without a total is left out"


def test_find_table_by_hand():
    found = outcomes.find_table(RUNS, 1, TOTALS, TWINS).set_index("strategy")
    active, random = found.loc["active"], found.loc["random"]
    assert (active["found"], active["share"], active["labels"]) == (2.5, 5 / 8, 6)
    assert active["ratio"] == pytest.approx(2.5 / 1.5)
    assert (active["ratio_low"], active["ratio_high"]) == (1.0, 3.0), (
        "of the two seeds, one may be drawn twice"
    )
    assert (active["more"], active["fewer"], active["pairs"]) == (1, 0, 2)
    assert random["twin"] == "" and np.isnan(random["ratio"])


def test_random_that_found_none_gives_no_ratio():
    runs = {("d", "random", 0): run_of((0, 0)), ("d", "active", 0): run_of((0, 1))}
    row = outcomes.find_table(runs, 1, {}, TWINS).set_index("strategy").loc["active"]
    assert np.isnan(row["ratio"]) and "found none" in row["reason"] and np.isnan(row["share"])


def test_find_effort_by_hand():
    """Half of four rows: random needs 2 in seed 1 only, at its sixth label; active at its fifth and sixth."""
    found = outcomes.find_effort(RUNS, 1, TOTALS, 0.5, TWINS, {("d", 0): 100, ("d", 1): 100})
    active, random = (found.set_index("strategy").loc[name] for name in ("active", "random"))
    assert (active["reached"], random["reached"]) == (2, 1)
    assert active["restricted"] == 5.5 and active["wss"] == pytest.approx(1 - 5.5 / 100 - 0.5)
    assert np.isnan(random["wss"]), "not an average of those that got there"
    assert active["saving"] == pytest.approx(1 - 5.5 / 6)
    high = outcomes.find_effort(RUNS, 1, TOTALS, 1.0, TWINS).set_index("strategy")
    assert high["reached"].tolist() == [0, 0] and "Only 0 of 2" in high.loc["active", "reason"]
    with pytest.raises(SpecError, match="recall"):
        outcomes.find_effort(RUNS, 1, TOTALS, 0.0, TWINS)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 300), st.floats(0.05, 1.0))
def test_work_saved_is_that_of_the_confusion_matrix(seed, pool, recall):
    """(TN + FN) / N - (1 - R), counted on a ranked list that is read until the share is found."""
    rng = np.random.default_rng(seed)
    relevant = rng.random(pool) < 0.1
    relevant[0] = True
    ranked = relevant[rng.permutation(pool)]
    wanted = int(np.ceil(recall * ranked.sum() - 1e-9))
    read = int(np.flatnonzero(ranked)[wanted - 1]) + 1
    unread = ranked[read:]
    by_hand = ((~unread).sum() + unread.sum()) / pool - (1 - recall)
    assert outcomes.work_saved(read, pool, recall) == pytest.approx(by_hand)


def test_no_runs_give_empty_frames():
    for frame in (
        outcomes.find_bands({}, 1),
        outcomes.find_table({}, 1, {}, {}),
        outcomes.find_effort({}, 1, {}, 0.9, {}),
    ):
        assert not len(frame) and len(frame.columns) > 5


def test_class_counts_know_what_there_is_to_find():
    spec = Spec(dataset=Choice.of("payments", rows=1000, share=0.05), test_share=0.4)
    found = CALLS["class_counts"](spec, Log())
    data = load(spec)
    assert found["rarest"] == 1 and found["classes"] == ["honest", "fraud"]
    assert found["pool"] == np.bincount(data.y[data.train]).tolist()
    assert found["test"] == np.bincount(data.test_y).tolist() and found["rows"] == len(data.train)
    unknown = replace(data, y=np.where(np.arange(len(data.y)) % 2, -1, data.y))
    assert sum(CALLS["class_counts"](spec, Log(), unknown)["pool"]) < len(data.train)


# --- the course's own task: 2 % positives, 12 columns, 2 + 18 first labels, 200 in all ---------------------

MODES = ("least_confident", "margin", "class_balanced", "rare_first", "class_weighted", "positives_first")


def two_percent(seeds):
    """Mean average precision over the run, and positives found, of every mode and seed."""
    precision, found = {}, {}
    for seed in range(seeds):
        X, y, X_test, y_test = imbalanced(seed)
        rng = np.random.default_rng(seed)
        first = np.r_[
            rng.choice(np.flatnonzero(y == 1), 2, replace=False),
            rng.choice(np.flatnonzero(y == 0), 18, replace=False),
        ]
        test = np.arange(len(X), len(X) + len(X_test))
        data = own(np.vstack([X, X_test]), np.r_[y, y_test], test=test, initial=first)
        for mode in ("random", *MODES):
            log = Log(tuple(advance(apply(Spec(batch=10, budget=200, seed=seed), mode), data=data)))
            assert log.labels == 200
            precision.setdefault(mode, []).append(
                np.mean([r.metrics["average_precision"] for r in log.rounds])
            )
            found.setdefault(mode, []).append(int((log.answers[:, 0] == 1).sum()))
    return {m: np.mean(v) for m, v in precision.items()}, {m: np.mean(v) for m, v in found.items()}


def test_every_mode_finds_more_and_ranks_better_than_random():
    precision, found = two_percent(3)
    for mode in MODES:
        assert precision[mode] > precision["random"] and found[mode] > 3 * found["random"]


@pytest.mark.slow
def test_two_percent_positives():
    """The bars of the method: +.06 average precision for every mode, four times the positives with quotas."""
    precision, found = two_percent(20)
    for mode in MODES:
        assert precision[mode] >= precision["random"] + 0.06
    assert found["class_balanced"] >= 4 * found["random"]
    assert found["rare_first"] >= 4 * found["random"] and found["positives_first"] >= 4 * found["random"]
    slip = (round(found[m]) for m in ("least_confident", "class_balanced", "random"))
    assert tuple(slip) == (33, 42, 6), "as the list of the deck's slips says"


@pytest.mark.parametrize("mode", MODES[2:])
def test_one_rare_class_among_ten_is_found(mode):
    """Digits in which eights are rare: each mode labels more of them than random does."""
    data = load(Spec("digits"))
    eight = data.y[data.train] == 8
    keep = np.r_[data.train[~eight], data.train[eight][:20], data.test]
    n = len(keep) - len(data.test)
    less = own(data.X[keep], data.y[keep], test=np.arange(n, len(keep)))

    def found(recipe):
        base = Spec(first=60, batch=10, budget=160)
        logs = [Log(tuple(advance(apply(replace(base, seed=s), recipe), data=less))) for s in range(3)]
        return sum(int((log.answers[:, 0] == 8).sum()) for log in logs)

    assert found(mode) > 1.5 * found("random")


def test_the_choice_of_positives_is_replayed_from_the_log():
    spec = apply(
        Spec(dataset=Choice.of("payments", rows=800), first=40, batch=10, budget=80), "positives_first"
    )
    whole = Log(tuple(advance(spec)))
    run = step(begin(spec, whole[:3]))
    assert run.log.rounds == whole.rounds[:4]
    before = begin(spec, whole[:3])
    open_ = before.setting.candidates(before.data, before.log)
    view = view_of(before, open_, frozenset({"proba"}))
    assert len(positives_first(view)) == len(view.candidates)
