"""How often a federation must talk: what the answer of the call rests on."""

import numpy as np
import pytest

from alcore import Choice, Spec
from alcore.calls import CALLS
from alcore.catalog import LEARNERS
from alcore.communication import communication
from alcore.errors import SpecError
from alcore.federated import Client
from alcore.loop import load
from alcore.rng import stream
from alcore.types import Log

SPEC = Spec("iris", seed=3)


def asked(**more):
    return communication(SPEC, Log(), labels=60, **more)


def test_it_is_a_call():
    assert CALLS["communication"] is communication


def test_the_last_look_is_the_learner_itself():
    found, data = asked(rounds=12, clients=4), load(SPEC)
    rows = stream(SPEC.seed, "federated rows").choice(data.train, 60, replace=False)
    learner = LEARNERS.bind(Choice.of("federated", clients=4, rounds=12))
    model = learner(SPEC.seed).fit(data.X[rows], data.y[rows])
    right = model.classes_[model.predict_proba(data.X[data.test]).argmax(axis=1)] == data.y[data.test]
    assert found["round"] == [1, 2, 3, 5, 7, 10, 12]
    assert found["accuracy"][-1] == pytest.approx(right.mean())
    assert sum(found["sizes"]) == found["labels"] == 60


def test_more_talk_comes_closer_to_one_place_and_looks_agree_with_a_shorter_training():
    long, short = asked(rounds=200), asked(rounds=10)
    assert abs(long["accuracy"][-1] - long["central"]) <= 0.05
    assert long["accuracy"][: len(short["round"])] == short["accuracy"]
    assert long["accuracy"][-1] >= long["accuracy"][0]


def test_noise_is_a_prefix_too_and_harms():
    noisy = asked(rounds=20, clip=1.0, noise=20.0)
    assert noisy["accuracy"][:6] == asked(rounds=10, clip=1.0, noise=20.0)["accuracy"]
    assert np.mean(noisy["accuracy"]) < np.mean(asked(rounds=20)["accuracy"])


def test_a_training_is_looked_at_and_never_begun_again(monkeypatch):
    made, update = [], Client.update
    monkeypatch.setattr(Client, "update", lambda *a: made.append(1) or update(*a))
    found = asked(rounds=30, clients=3)
    assert len(made) == 30 * len(found["sizes"])


def test_limits():
    with pytest.raises(SpecError, match="labels"):
        communication(SPEC, Log(), labels=0)
    with pytest.raises(SpecError, match="clients"):
        communication(SPEC, Log(), clients=0)
    assert communication(SPEC, Log(), labels=90_000, rounds=1)["labels"] == len(load(SPEC).train)
