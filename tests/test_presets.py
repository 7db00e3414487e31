"""Presets and the rows made for them: every number has an origin, every claim stands beside a measurement."""

import hashlib
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from alcore import Choice, Spec, SpecError, advance, catalog, check
from alcore.loop import load
from alcore.presets import PRESETS, claim_beside, measured
from alcore.project import PARAMS, Project, simulated
from alcore.recipes import RECIPES


def source(name, seed=0, **params):
    return catalog.DATASETS.bind(Choice.of(name, **params))(seed)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda p: p.name)
def test_a_preset_says_where_its_numbers_come_from(preset):
    usual = Project()
    own = {p.name for p in PARAMS if getattr(preset.project, p.name) != getattr(usual, p.name)}
    free = {
        "metric",
        "annotators",
        "hours",
        "wait",
        "answers",
        "review",
        "test_labels",
        "currency",
    }  # choices
    assert own - free <= set(preset.sources), "every rate has a source or is called an assumption"
    assert set(preset.sources) <= {p.name for p in PARAMS}

    assert preset.data.startswith("Real" if preset.real else "Simulated")
    assert preset.story.endswith(".") and preset.project.doubts == ()


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda p: p.name)
def test_a_preset_runs(preset):
    made = simulated(preset.project, preset.spec, preset.recipes, seeds=1)
    assert all(r in RECIPES for r in preset.recipes)
    for entry in made.entries():
        check(entry.spec)
    data = load(preset.spec)
    assert preset.spec.budget <= len(data.train) and len(data.test) >= 500
    first = next(advance(made.entries()[0].spec))
    assert preset.project.metric in first.metrics


@pytest.mark.parametrize("name", PRESETS)
def test_the_claim_stands_beside_what_was_measured(name):
    preset, found = PRESETS[name], measured(name)
    assert found is not None and found.seeds == 20
    assert (found.strategy, found.metric, found.target) == (
        preset.recipes[0], preset.project.metric, preset.project.target,
    ), "measured again after the preset was changed?"  # fmt: skip
    claim, told = claim_beside(preset)
    assert claim == preset.claim.text and told.startswith("Measured on") and "20 paired runs" in told
    if preset.claim.random:
        assert preset.claim.saving == pytest.approx(1 - preset.claim.active / preset.claim.random)


def test_there_is_no_other_preset():
    with pytest.raises(SpecError, match="no preset named"):
        measured("moon_landing")


# ------------------------------------------------------------------------------------ the rows


@pytest.mark.parametrize("name", ["findings", "payments", "documents"])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_the_interesting_class_is_as_rare_as_asked(name, share):
    y = source(name, rows=1000, share=share).y
    assert y.sum() == max(5, round(1000 * share))


def test_graver_findings_are_easier_to_tell():
    from sklearn.linear_model import LogisticRegression

    def score(severity):
        found = source("findings", severity=severity)
        model = LogisticRegression(max_iter=500).fit(found.X[:2000], found.y[:2000])
        return model.score(found.X[2000:], found.y[2000:])

    assert score(2.0) + 0.05 < score(5.0) < score(10.0)


def test_kinds_of_findings_are_unequally_common():
    """With one kind the mean of all findings is one direction; with more it is shorter."""
    one, many = (source("findings", rows=20_000, kinds=k, severity=8.0) for k in (1, 8))
    lengths = [np.linalg.norm(f.X[f.y == 1].mean(axis=0) - f.X[f.y == 0].mean(axis=0)) for f in (one, many)]
    assert lengths[0] == pytest.approx(8.0, abs=0.5) and lengths[1] < 5.0


def test_documents_are_shares_of_words_and_long_ones_are_easier():
    found = source("documents", rows=2000)
    np.testing.assert_allclose((found.X**2).sum(axis=1), 1.0)
    about = [
        (f.X[:, :3] ** 2).sum(axis=1)
        for f in (source("documents", words=20), source("documents", words=2000))
    ]
    truth = source("documents").y  # the mixtures do not depend on the length
    overlap = [(np.sort(a[truth == 1])[: len(a) // 50].mean()) for a in about]
    assert overlap[0] < overlap[1], "the least relevant of the relevant look less so in short documents"


def test_a_disguised_fraud_looks_more_ordinary():
    def odd(disguise):
        found = source("payments", disguise=disguise)
        middle, spread = found.X[found.y == 0].mean(axis=0), found.X[found.y == 0].std(axis=0)
        return np.abs((found.X[found.y == 1] - middle) / spread).max(axis=1).mean()

    assert odd(0.0) > odd(0.5) > odd(1.0)
    assert len(source("payments").features) == source("payments").X.shape[1] == 8


def test_sentiment_is_the_file_described_and_holds_no_text():
    file = files("alcore.datasets") / "files" / "sentiment.npz"
    assert (
        hashlib.sha256(file.read_bytes()).hexdigest()
        in (files("alcore.datasets") / "files" / "SOURCES.md").read_text()
    )
    with np.load(str(file), allow_pickle=False) as stored:
        assert {k: v.dtype.kind for k, v in stored.items()} == {"X": "i", "step": "f", "y": "i"}
        assert stored["X"].shape == (6000, 64)
    found = source("sentiment", rows=6000)
    assert 0.6 < found.y.mean() < 0.67 and np.abs(found.X.std(axis=0).max() - 1) < 0.1
    one, other = source("sentiment", 1), source("sentiment", 2)
    assert len(one.X) == 3000 and not np.array_equal(one.X, other.X)


def test_rare_recall_is_the_share_of_the_rarest_class_that_is_found():
    from sklearn.metrics import recall_score

    from alcore.metrics import Judged
    from alcore.metrics.rare import rare_recall

    rng = np.random.default_rng(0)
    truth = rng.choice(3, 300, p=[0.6, 0.1, 0.3])
    proba = rng.dirichlet(np.ones(3), 300)
    theirs = recall_score(truth, proba.argmax(axis=1), labels=[1], average=None)[0]
    assert rare_recall(Judged(proba, truth)) == pytest.approx(theirs)
    absent = Judged(
        np.eye(4)[[0, 0, 2]], np.array([0, 0, 2])
    )  # two classes are not there: nothing to find of them
    assert rare_recall(absent) == 1.0
    log = list(advance(replace(Spec(), budget=15)))
    assert "rare_recall" in log[0].metrics
