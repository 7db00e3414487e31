"""Advice before any simulation, and what to label first."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alcore import Choice, DataError, Log, Spec, advance, given
from alcore.advisor import advise, label_first
from alcore.calls import CALLS
from alcore.data import prepare
from alcore.datasets.table import from_frame
from alcore.loop import load
from alcore.project import Project
from alcore.signs import signs as measured_signs

FREE = Project(engineering=0, target=0.9)


def verdicts(advice):
    return {f.name: f.verdict for f in advice.findings}


def table(n=400, *, noise=0.0, copies=1, shift=1.5, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n // copies)
    X = np.repeat(rng.normal(size=(n // copies, 6)) + shift * y[:, None] / np.sqrt(6), copies, axis=0)
    y = np.repeat(y, copies)
    wrong = rng.random(len(y)) < noise
    return X, np.where(wrong, 1 - y, y)


# ------------------------------------------------------------------------------------ advice


def test_guesswork_is_found_out():
    found = [advise(given(*table(shift=0.0, seed=k)), project=replace(FREE, target=0.6)) for k in range(6)]
    assert sum(f.verdict == "do not bother" and verdicts(f)["learner"] == "against" for f in found) >= 5
    assert not any(f.verdict == "likely" for f in found)


def test_a_target_the_first_labels_reach_leaves_nothing_to_save():
    X, y = table(shift=8.0)
    found = advise(given(X, y), project=FREE)
    assert found.verdict == "do not bother" and verdicts(found)["target"] == "against"
    assert "already" in found.summary


def test_a_target_out_of_reach_is_said():
    X, y = table(shift=1.0)  # at best 69 % are right
    found = advise(given(X, y), project=replace(FREE, target=0.95))
    assert found.verdict == "do not bother" and "out of reach" in found.summary


def test_a_small_project_is_not_worth_the_engineering():
    data = load(Spec(dataset=Choice("digits")))
    small = advise(data, project=Project(seconds=2, wage=10, engineering=5000))
    assert small.verdict == "do not bother" and verdicts(small)["size"] == "against"
    large = advise(data, project=Project(seconds=600, wage=100, engineering=100))
    assert large.verdict == "likely" and verdicts(large)["size"] == "open"


def test_digits_are_likely_and_noise_trap_is_not():
    assert advise(load(Spec(dataset=Choice("digits"))), project=FREE).verdict == "likely"
    trap = load(Spec(dataset=Choice("noise_trap")))
    assert advise(trap, project=replace(FREE, target=0.74)).verdict == "do not bother"


def test_signs_measure_what_they_say():
    X, y = table(600, copies=3, shift=6.0)
    s = measured_signs(X, y, 2, Choice("logistic"), "accuracy", 10)
    assert s["copies"] == 1.0 and s["auc"] > 0.99 and s["noise"] < 0.02
    X, y = table(900, noise=0.1, shift=6.0)
    s = measured_signs(X, y, 2, Choice("logistic"), "accuracy", 10)
    assert s["copies"] < 0.01
    assert s["noise_low"] <= 0.1 and s["noise_high"] >= 0.06, (
        "wrong labels are seen where the learner is sure"
    )
    X, y = table(400)
    rare = y.copy()
    rare[np.flatnonzero(y == 1)[20:]] = 0
    assert measured_signs(X, rare, 2, Choice("logistic"), "accuracy", 10)["rarest"] == pytest.approx(0.05)


def test_advice_is_the_same_when_asked_again_and_blind_to_test_rows():
    data = load(Spec(dataset=Choice("wine")))
    y = data.y.copy()
    y[data.test] = (y[data.test] + 1) % 3
    y.setflags(write=False)
    assert advise(data, project=FREE) == advise(replace(data, y=y), project=FREE)


def test_rows_without_labels_are_not_looked_at():
    X, y = table()
    half = np.where(np.arange(len(y)) < 200, y, None)
    found = advise(given(X, half), project=FREE)
    assert found.rows == 200
    with pytest.raises(DataError, match="label at least 60"):
        advise(given(X, np.where(np.arange(len(y)) < 50, y, None)), project=FREE)


# ------------------------------------------------------------------------------------ what to label first


def test_rows_of_a_partly_labelled_table_are_ranked_by_doubt():
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, (300, 2))
    y = np.where(np.arange(300) < 60, (X[:, 0] > 0).astype(int), -1)
    labels = np.where(y < 0, None, y)
    spec = Spec(acquisition=Choice("margin"))
    found = label_first(spec, Log(), given(X, labels), 25)
    assert len(found.rows) == len(set(found.rows.tolist())) == 25 and (found.rows >= 60).all()
    assert np.abs(X[found.rows, 0]).mean() < 0.4, "rows near the boundary come first"
    assert (np.diff(found.scores) <= 1e-12).all()
    assert (found.labelled, found.open_) == (60, 240) and "Uncertainty (margin)" in found.how


def test_without_labels_the_cold_start_chooses():
    X, _ = table()
    spec = Spec(start=Choice("typiclust"))
    found = label_first(spec, Log(), given(X, None, classes=("a", "b")), 12)
    assert len(found.rows) == 12 and "cold start" in found.how and found.labelled == 0


def test_a_replay_goes_on_where_its_log_ends():
    spec = Spec(dataset=Choice("wine"), budget=30)
    log = Log(tuple(advance(spec)))
    found = label_first(spec, log[:3], load(spec), spec.batch)
    assert [(int(r),) for r in found.rows] == list(log.rounds[3].asked)
    assert found.labelled == log[:3].labels


def test_labels_given_before_and_bought_since_both_count():
    X, y = table()
    labels = np.where(np.arange(len(y)) < 60, y, None)
    data = given(X, labels)
    first = label_first(Spec(), Log(), data, 5)
    answered = given(X, np.where(np.isin(np.arange(len(y)), first.rows) | (np.arange(len(y)) < 60), y, None))
    again = label_first(Spec(), Log(), answered, 5)
    assert not set(first.rows.tolist()) & set(again.rows.tolist()) and again.labelled == 65


def test_more_rows_than_are_open_are_all_of_them():
    X, y = table(100)
    found = label_first(Spec(), Log(), given(X, np.where(np.arange(100) < 80, y, None)), 50)
    assert sorted(found.rows.tolist()) == list(range(80, 100))
    assert len(label_first(Spec(), Log(), given(X, np.where(np.arange(100) < 99, y, None)), 50).rows) == 1


def test_a_visitors_table_keeps_its_unlabelled_rows_when_asked_to():
    rng = np.random.default_rng(1)
    size = rng.normal(size=120)
    frame = pd.DataFrame({"size": size, "word": rng.choice(["red", "blue"], 120), "label": None})
    frame["label"] = np.where(np.arange(120) % 2 == 0, np.where(size > 0, "yes", "no"), None)
    left_out, kept = from_frame(frame, target="label"), from_frame(frame, target="label", unlabelled=True)
    assert len(left_out.y) == 60 and len(kept.y) == 120 and kept.classes == ("no", "yes")
    assert not any("left out" in note for note in kept.notes)
    data = prepare(kept, 0.0, 0)
    assert (data.y >= 0).sum() == 60
    rows = label_first(Spec(acquisition=Choice("margin")), Log(), data, 10).rows
    assert (rows % 2 == 1).all() and np.abs(size[rows]).mean() < 0.5
    full = frame.dropna(subset="label")
    same = from_frame(full, target="label", unlabelled=True)
    assert same.y.tolist() == from_frame(full, target="label").y.tolist()


# ------------------------------------------------------------------------------------ as calls


def test_both_are_calls_in_plain_json():
    spec = Spec(dataset=Choice("iris"), budget=50)
    told = CALLS["advice"](spec, Log(), project=FREE.to_json())
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["verdict"] in ("likely", "maybe", "do not bother") and len(told["findings"]) == 8
    first = CALLS["label_first"](spec, Log(), rows=7)
    assert len(first["rows"]) == 7 and first["labelled"] == 0 and first["open"] == len(load(spec).train)
