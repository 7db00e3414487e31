"""Laws every registered plug-in must keep. A new plug-in is tested the moment it is registered."""

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore import Choice, Spec, catalog
from alcore.learn import Teacher, fit
from alcore.link import from_query, from_token, to_query, to_token
from alcore.loop import load
from alcore.metrics import Judged
from alcore.params import From
from alcore.types import Asked, Labelled, Log
from tests.drawing import choices, shuffled, values, views

LAWFUL = settings(max_examples=15, deadline=None)
REGISTRIES = {**catalog.PARTS, "metric": catalog.METRICS}
EVERY = [(part, name) for part, registry in REGISTRIES.items() for name in registry]
OFFLINE = [n for n, e in catalog.DATASETS.items() if "size_mb" not in e.facts and n != "upload"]


def entries(part: str, law: str = "") -> list[str]:
    """Names of a registry that do not say they cannot keep a law."""
    return [name for name, entry in REGISTRIES[part].items() if law not in entry.exempt]


@pytest.mark.parametrize(("part", "name"), EVERY)
def test_every_plugin_explains_itself(part: str, name: str) -> None:
    entry = REGISTRIES[part][name]
    assert entry.summary.endswith(".") and len(entry.summary) <= 160, "one sentence that fits a tooltip"
    for param in entry.params:
        assert param.help.endswith("."), f"{name}({param.name}) needs a sentence of help"
        assert param.check(param.default) == param.default
        for value in param.default if param.many and param.kind else ():
            assert value in catalog.PARTS[param.kind]
    for law in entry.exempt:
        assert law in (inspect.getdoc(entry.plugin) or ""), (
            f"{name} must say why it does not keep the law of {law}"
        )
    if part in ("acquisition", "select", "committee", "dataset", "learner"):
        assert entry.source, "say where it comes from"


@pytest.mark.parametrize(("part", "name"), [(p, n) for p, n in EVERY if p in catalog.PARTS])
@LAWFUL
@given(data=st.data())
def test_every_choice_survives_link_and_json(part: str, name: str, data: st.DataObject) -> None:
    choice = catalog.PARTS[part].normal(data.draw(choices(catalog.PARTS[part][name])))
    spec = Spec(**{part: (choice,) if part in ("adjust", "stop") else choice})
    assert Spec.from_json(spec.to_json()) == spec
    assert from_token(to_token(spec)) == spec
    assert from_query(to_query(spec)) == (spec, ())


@pytest.mark.parametrize(("part", "name"), EVERY)
def test_every_parameter_refuses_nonsense(part: str, name: str) -> None:
    from alcore import SpecError

    for param in REGISTRIES[part][name].params:
        for wrong in (object(), None, float("nan"), {"a": 1}, "\x00" * 10_000, [object()]):
            with pytest.raises(SpecError):
                param.check(wrong)


@pytest.mark.parametrize("name", entries("acquisition"))
@LAWFUL
@given(data=st.data())
def test_scores_are_finite_shaped_and_pure(name: str, data: st.DataObject) -> None:
    entry = catalog.ACQUISITIONS[name]
    view, choice = data.draw(views(entry.needs)), data.draw(choices(entry))
    scores = catalog.ACQUISITIONS.bind(choice)(view)
    assert scores.shape == (len(view.candidates),)
    assert not np.isnan(scores).any() and not np.isposinf(scores).any()
    np.testing.assert_array_equal(scores, catalog.ACQUISITIONS.bind(choice)(view))


@pytest.mark.parametrize("name", entries("acquisition", "order"))
@LAWFUL
@given(data=st.data())
def test_scores_do_not_depend_on_the_order_of_the_pool(name: str, data: st.DataObject) -> None:
    entry = catalog.ACQUISITIONS[name]
    view, choice = data.draw(views(entry.needs, least=2)), data.draw(choices(entry))
    order = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(len(view.candidates))
    scores = catalog.ACQUISITIONS.bind(choice)
    np.testing.assert_allclose(scores(shuffled(view, order)), scores(view)[order], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "name", [n for n, e in catalog.ACQUISITIONS.items() if e.facts.get("family") == "uncertainty"]
)
@LAWFUL
@given(data=st.data())
def test_uncertainty_peaks_where_all_classes_are_equal(name: str, data: st.DataObject) -> None:
    entry = catalog.ACQUISITIONS[name]
    view = data.draw(views(entry.needs))
    C = view.n_classes
    view.__dict__["proba"] = np.vstack([np.full(C, 1 / C), np.eye(C)])
    scores = entry.plugin(view)
    assert scores[0] >= scores[1:].max()
    np.testing.assert_allclose(scores[1:], scores[1])


@pytest.mark.parametrize("name", [n for n, e in catalog.ACQUISITIONS.items() if e.facts.get("pointwise")])
@LAWFUL
@given(data=st.data())
def test_pointwise_scores_do_not_depend_on_company(name: str, data: st.DataObject) -> None:
    """What is drawn as a heatmap from single places is what chose among the rows of the pool."""
    entry = catalog.ACQUISITIONS[name]
    view, choice = data.draw(views(entry.needs, least=2)), data.draw(choices(entry))
    scores = catalog.ACQUISITIONS.bind(choice)
    alone = [scores(shuffled(view, np.array([i])))[0] for i in range(len(view.candidates))]
    np.testing.assert_allclose(alone, scores(view), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", entries("adjust"))
@LAWFUL
@given(data=st.data())
def test_adjustments_keep_shape_and_what_is_forbidden(name: str, data: st.DataObject) -> None:
    entry = catalog.ADJUSTMENTS[name]
    view, choice = data.draw(views(entry.needs)), data.draw(choices(entry))
    scores = np.random.default_rng(0).uniform(0, 1, len(view.candidates))
    scores[0] = -np.inf
    after = catalog.ADJUSTMENTS.bind(choice)(scores, view)
    assert after.shape == scores.shape and not np.isnan(after).any() and np.isneginf(after[0])


@pytest.mark.parametrize("name", entries("select"))
@LAWFUL
@given(data=st.data())
def test_selectors_fill_the_batch_with_distinct_candidates(name: str, data: st.DataObject) -> None:
    entry = catalog.SELECTORS[name]
    view, choice = data.draw(views(entry.needs)), data.draw(choices(entry))
    n = data.draw(st.integers(0, 15))
    drawn = st.sampled_from([0.0, 0.5, 1.0, -np.inf])
    scores = np.array(
        data.draw(st.lists(drawn, min_size=len(view.candidates), max_size=len(view.candidates)))
    )
    at = catalog.SELECTORS.bind(choice)(scores, view, n)
    allowed = np.isfinite(scores).sum()
    assert len(at) == min(n, allowed) == len(set(at.tolist()))
    assert np.isfinite(scores[at]).all()
    np.testing.assert_array_equal(at, catalog.SELECTORS.bind(choice)(scores, view, n))


@pytest.mark.parametrize("name", entries("start", "count"))
@LAWFUL
@given(data=st.data())
def test_cold_starts_draw_distinct_candidates(name: str, data: st.DataObject) -> None:
    entry = catalog.COLD_STARTS[name]
    view, choice = data.draw(views(frozenset())), data.draw(choices(entry))
    n = data.draw(st.integers(1, 15))
    chosen = [
        catalog.COLD_STARTS.bind(choice)(view.candidates, n, np.random.default_rng(3)).tolist()
        for _ in range(2)
    ]
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == min(n, len(view.candidates)) == len(set(chosen[0]))


def questions(data: st.DataObject) -> Asked:
    """Fifty questions with three classes, some of them hard."""
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    odds = rng.dirichlet(np.full(3, 0.5), 50)
    ids, truth = rng.permutation(50)[:, None].astype(np.int64), rng.integers(0, 3, 50)
    return Asked(ids, truth, 3, 7, chances=lambda: odds)


def among(asked: Asked, at: Any, before: int = 0) -> Asked:
    """Some of the questions, in this order, after so many others."""
    return Asked(asked.ids[at], asked.truth[at], 3, 7, before, lambda: asked.odds[at])


def drawn_oracle(data: st.DataObject, name: str) -> Any:
    drawn = choices(catalog.ORACLES[name]).filter(lambda c: not dict(c.params).get("matrix"))
    return catalog.ORACLES.bind(data.draw(drawn))


@pytest.mark.parametrize("name", entries("oracle", "order"))
@LAWFUL
@given(data=st.data())
def test_oracles_answer_a_row_the_same_in_any_company(name: str, data: st.DataObject) -> None:
    ask, asked = drawn_oracle(data, name), questions(data)
    answers, order = ask(asked), np.random.default_rng(1).permutation(50)
    np.testing.assert_array_equal(ask(among(asked, order, 9)), answers[order])
    np.testing.assert_array_equal(ask(among(asked, slice(1))), answers[:1])


@pytest.mark.parametrize("name", entries("oracle"))
@LAWFUL
@given(data=st.data())
def test_oracles_do_not_notice_how_questions_are_batched(name: str, data: st.DataObject) -> None:
    ask, asked = drawn_oracle(data, name), questions(data)
    cut = data.draw(st.integers(0, 50))
    parts = [ask(among(asked, slice(cut))), ask(among(asked, slice(cut, None), cut))]
    answers = ask(asked)
    np.testing.assert_array_equal(np.concatenate(parts), answers)
    assert answers.dtype == np.float64 and answers.shape == (50,)
    assert np.isin(answers[np.isfinite(answers)], [0, 1, 2]).all()


@pytest.mark.parametrize("name", entries("price"))
@LAWFUL
@given(data=st.data())
def test_prices_never_exceed_what_was_announced(name: str, data: st.DataObject) -> None:
    price = catalog.PRICES.bind(data.draw(choices(catalog.PRICES[name])))
    row_cost = np.random.default_rng(0).uniform(0, 5, 9)
    answers = np.array([0, 1, 2, 0, 1, 2, 0, 1, np.nan])
    announced, charged = price(row_cost, None), price(row_cost, answers)
    assert announced.shape == charged.shape == (9,)
    assert (charged >= 0).all() and (charged <= announced + 1e-12).all()


@pytest.mark.parametrize("name", entries("stop"))
@LAWFUL
@given(data=st.data())
def test_stopping_rules_say_nothing_about_an_empty_log(name: str, data: st.DataObject) -> None:
    from alcore.signals import SIGNALS

    entry = catalog.STOPPING[name]
    assert entry.needs <= set(SIGNALS)
    assert catalog.STOPPING.bind(data.draw(choices(entry)))(Log()) == ""


@pytest.mark.parametrize("name", entries("learner"))
def test_learners_are_seeded_and_speak_of_every_class(name: str) -> None:
    rng = np.random.default_rng(0)
    hard: dict[str, tuple[Any, Any]] = {
        "two rows": (rng.normal(size=(2, 3)), np.array([0, 1])),
        "a class with one row": (rng.normal(size=(7, 3)), np.array([0, 0, 0, 1, 1, 1, 4])),
        "equal rows": (np.ones((8, 2)), np.arange(8) % 2),
        "a constant column": (np.column_stack([np.ones(12), rng.normal(size=12)]), np.arange(12) % 3),
        "huge numbers": (rng.normal(size=(12, 2)) * 1e5, np.arange(12) % 2),
        "one class": (rng.normal(size=(4, 2)), np.full(4, 2)),
    }
    for case, (X, y) in hard.items():
        P = [fit(Choice(name), X, y, 5, 11).proba(X) for _ in range(2)]
        np.testing.assert_array_equal(P[0], P[1], err_msg=case)
        np.testing.assert_allclose(P[0].sum(axis=1), 1.0, err_msg=case)
        assert P[0].shape == (len(X), 5) and (P[0] >= 0).all(), case
        assert not P[0][:, np.setdiff1d(np.arange(5), y)].any(), "a class nobody labelled has no probability"


@pytest.mark.parametrize("name", entries("learner"))
def test_learners_stand_two_hundred_classes(name: str) -> None:
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(220, 4)), np.concatenate([np.arange(200), np.arange(20)])
    P = fit(Choice(name), X, y, 200, 0).proba(X[:30])
    assert P.shape == (30, 200) and np.isfinite(P).all()


@pytest.mark.parametrize("name", entries("committee"))
def test_committees_know_every_labelled_class(name: str) -> None:
    rng = np.random.default_rng(0)
    labelled = Labelled(rng.normal(size=(9, 2)), np.array([0, 0, 0, 0, 1, 1, 1, 1, 3]), np.arange(9)[:, None])
    teacher = Teacher(Choice("logistic"), labelled, 4, 5)
    members = catalog.COMMITTEES.bind(Choice(name))(teacher)
    assert len(members) >= 2
    for one, two in zip(members, catalog.COMMITTEES.bind(Choice(name))(teacher), strict=True):
        assert one.known.tolist() == [0, 1, 3]
        np.testing.assert_array_equal(one.proba(labelled.X), two.proba(labelled.X))


@pytest.mark.parametrize("name", OFFLINE)
def test_datasets_are_seeded_split_and_clean(name: str) -> None:
    spec = Spec(dataset=name, seed=4)
    data = load(spec)
    load.__globals__["_load"].cache_clear()
    again = load(spec)
    np.testing.assert_array_equal(data.X, again.X)
    np.testing.assert_array_equal(data.y, again.y)
    assert np.isfinite(data.X).all() and not np.intersect1d(data.train, data.test).size
    assert len(data.train) + len(data.test) == len(data.X) and len(np.unique(data.y)) >= 2
    assert set(data.y[data.train]) == set(range(data.n_classes)), "every class has a row in the pool"
    assert len(data.features) == data.X.shape[1] and len(data.X) <= 60_000
    with pytest.raises(ValueError):
        data.X[0, 0] = 1.0
    if data.posterior is not None:
        P = data.posterior(data.X[:50])
        assert P.shape == (50, data.n_classes)
        np.testing.assert_allclose(P.sum(axis=1), 1.0)


@pytest.mark.parametrize("name", entries("metric"))
def test_metrics_prefer_the_truth(name: str) -> None:
    """And equal treatment: what is wrong is wrong for one of two groups alone."""
    entry = catalog.METRICS[name]
    truth, group = np.array([0, 1, 2, 2, 1, 0]), np.array([0, 0, 0, 1, 1, 1])
    guess = np.array([0, 1, 2, 0, 0, 1])
    sign = 1 if entry.facts["better"] == "higher" else -1
    right, wrong = np.eye(3)[truth] * 0.97 + 0.01, np.eye(3)[guess] * 0.97 + 0.01
    ours = [entry.plugin(Judged(proba, truth, group, ("a", "b"))) for proba in (right, wrong)]
    assert sign * ours[0] > sign * ours[1]
    assert entry.facts["low"] <= ours[1] <= entry.facts["high"]


@pytest.mark.parametrize("name", entries("metric"))
@pytest.mark.parametrize("groups", [("all",), ("a", "b", "nobody")])
def test_metrics_are_a_number_or_undefined_on_any_rows(name: str, groups: tuple[str, ...]) -> None:
    """One row, one class, classes nobody has, groups without rows: NaN at worst, never an error."""
    entry, rng = catalog.METRICS[name], np.random.default_rng(0)
    for truth in ([0], [1], [0, 0, 0], [0, 1], [2, 2, 1, 0, 0]):
        proba = rng.dirichlet(np.ones(3), len(truth))
        group = rng.integers(0, min(2, len(groups)), len(truth))
        value = entry.plugin(Judged(proba, np.array(truth), group, groups))
        assert isinstance(value, float)
        assert np.isnan(value) or entry.facts["low"] <= value <= entry.facts["high"]


def test_metrics_agree_with_scikit_learn() -> None:
    from sklearn import metrics as theirs

    rng = np.random.default_rng(0)
    P, truth = rng.dirichlet(np.ones(4), 200), rng.integers(0, 4, 200)
    judged, guess = Judged(P, truth), P.argmax(axis=1)
    ours = {name: entry.plugin(judged) for name, entry in catalog.METRICS.items()}
    assert ours["accuracy"] == pytest.approx(theirs.accuracy_score(truth, guess))
    assert ours["balanced_accuracy"] == pytest.approx(theirs.balanced_accuracy_score(truth, guess))
    assert ours["macro_f1"] == pytest.approx(theirs.f1_score(truth, guess, average="macro"))
    assert ours["log_loss"] == pytest.approx(theirs.log_loss(truth, P))


def test_lists_of_plugins_name_real_kinds() -> None:
    for part, name in EVERY:
        for param in REGISTRIES[part][name].params:
            assert not param.kind or param.kind in catalog.PARTS
    assert From("learner").kind in catalog.PARTS


@LAWFUL
@given(st.data())
def test_text_of_a_value_reads_back(data: st.DataObject) -> None:
    part, name = data.draw(st.sampled_from(EVERY))
    for param in REGISTRIES[part][name].params:
        value = param.check(data.draw(values(param)))
        assert param.from_text(param.to_text(value)) == value
