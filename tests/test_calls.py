"""What pages ask besides rounds: plain JSON, true to the run, refused with a sentence when it is nonsense."""

import json
from dataclasses import replace

import numpy as np
import pytest

from alcore import Choice, Log, Spec, SpecError, advance, begin, catalog
from alcore.calls import CALLS, batches, best_case, ceiling, field, ledger, places, scene, why
from alcore.greedy_oracle import greedy_ceiling
from alcore.loop import load

MOONS = Spec(dataset=Choice.of("moons", rows=120), budget=25)
IRIS = Spec(dataset="iris", budget=25)


@pytest.fixture(scope="module")
def logs() -> dict[str, Log]:
    return {s.dataset.name: Log(tuple(advance(s))) for s in (MOONS, IRIS)}


@pytest.mark.parametrize("spec", [MOONS, IRIS], ids=lambda s: s.dataset.name)
def test_every_call_answers_in_plain_json(spec: Spec, logs: dict[str, Log]) -> None:
    log = logs[spec.dataset.name]
    asked = log.rounds[2].asked[0][0]
    more = {
        "places": {"ids": [asked]},
        "why": {"row": asked},
        "field": {"acquisition": "entropy", "size": 16},
        "best_case": {"metric": "accuracy", "upto": 2},
    }
    for name, call in CALLS.items():
        answer = call(spec, log[:2], **more.get(name, {}))
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer, name


@pytest.mark.parametrize("delta", [0, 1.0, 2, -1, float("nan"), "small"])
def test_a_ledger_needs_a_probability(logs: dict[str, Log], delta: object) -> None:
    with pytest.raises(SpecError, match="delta must be a number above 0 and below 1"):
        ledger(MOONS, logs["moons"][:2], delta=delta)


def test_the_scene_shows_the_pool_and_nothing_of_the_test_rows() -> None:
    data, shown = load(MOONS), scene(MOONS, Log())
    assert shown["ids"] == data.train.tolist() and shown["exact"] and shown["box"][0] < min(shown["x"])
    assert shown["box"][1] > max(shown["x"]) and shown["caption"]
    assert scene(IRIS, Log())["exact"] is False and "PCA" in scene(IRIS, Log())["caption"]


def test_places_agree_with_the_scene() -> None:
    shown = scene(IRIS, Log())
    found = places(IRIS, Log(), ids=shown["ids"][:3])
    assert found["x"] == shown["x"][:3] and found["y"] == shown["y"][:3]


def test_the_field_is_the_learner_of_that_round_row_by_row_from_the_top(logs: dict[str, Log]) -> None:
    shown = field(MOONS, logs["moons"][:3], acquisition="margin", size=20)
    left, right, bottom, top = scene(MOONS, Log())["box"]
    run = begin(MOONS, logs["moons"][:3])
    width, height = (right - left) / 20, (top - bottom) / 20
    first, last = [[left + width / 2, top - height / 2]], [[right - width / 2, bottom + height / 2]]
    proba = run.fitted.proba(np.array(first + last))
    assert [shown["classes"][0], shown["classes"][-1]] == proba.argmax(axis=1).tolist()
    two = np.sort(proba, axis=1)
    assert [shown["scores"][0], shown["scores"][-1]] == pytest.approx(
        (1 - two[:, 1] + two[:, 0]).tolist(), rel=1e-4
    )
    assert shown["low"] <= min(shown["scores"]) + 1e-6 and len(shown["scores"]) == 400


@pytest.mark.parametrize("name", list(catalog.ACQUISITIONS))
def test_every_acquisition_function_is_a_heatmap(name: str, logs: dict[str, Log]) -> None:
    shown = field(MOONS, logs["moons"][:2], acquisition=name, size=12)
    assert len(shown["scores"]) == 144 and np.isfinite(shown["scores"]).all()


def test_why_gives_the_score_the_log_holds(logs: dict[str, Log]) -> None:
    third = logs["moons"].rounds[3]
    told = why(MOONS, logs["moons"][:3], row=third.asked[0][0])
    own = next(m for m in told["measures"] if m["own"])
    assert own["name"] == "margin" and own["value"] == pytest.approx(third.scores[0]) and own["rank"] == 1
    assert sum(told["proba"]) == pytest.approx(1.0, abs=1e-5) and len(told["neighbours"]) == 3
    assert {m["name"] for m in told["measures"]} == set(catalog.ACQUISITIONS) and told["members"]
    entropy = next(m for m in told["measures"] if m["name"] == "entropy")
    bits = why(MOONS, logs["moons"][:3], row=third.asked[0][0], bits=True)
    shown = next(m for m in bits["measures"] if m["name"] == "entropy")
    assert entropy["unit"] == "nats" and shown["unit"] == "bits"
    assert shown["shown"] == pytest.approx(entropy["shown"] / np.log(2))


def test_why_shows_the_row_as_its_owner_knows_it(logs: dict[str, Log]) -> None:
    told = why(IRIS, logs["iris"][:2], row=logs["iris"].rounds[2].asked[0][0])
    assert len(told["shown"]["table"]) == 4
    digits = Spec(dataset="digits", budget=20)
    log = Log(tuple(advance(digits)))
    told = why(digits, log[:1], row=log.rounds[1].asked[0][0])
    assert told["shown"]["shape"] == [8, 8] and len(told["shown"]["image"]) == 64


def test_a_row_that_was_not_in_the_pool_is_refused(logs: dict[str, Log]) -> None:
    with pytest.raises(SpecError, match="not in the pool"):
        why(MOONS, logs["moons"][:3], row=logs["moons"].rounds[1].asked[0][0])
    with pytest.raises(SpecError, match="no such row"):
        why(MOONS, logs["moons"][:3], row=10**9)


def test_before_two_classes_are_known_nothing_is_explained() -> None:
    told = why(MOONS, Log(), row=int(load(MOONS).train[0]))
    assert told["cold"] and told["measures"] == []
    assert "scores" not in field(MOONS, Log(), acquisition="margin", size=10)


def test_the_best_case_comes_in_stretches_and_is_the_greedy_ceiling() -> None:
    spec = replace(MOONS, first=4, batch=5, budget=20)
    answer = best_case(spec, Log(), metric="accuracy", seconds=0.0)
    labels, value, stretches = answer["labels"], answer["value"], 1
    while not answer["ended"]:
        answer = best_case(
            spec, Log(), metric="accuracy", asked=answer["asked"], part=answer["part"], seconds=0.0
        )
        labels, value, stretches = labels + answer["labels"], value + answer["value"], stretches + 1
    whole = greedy_ceiling(spec, candidates=20)
    assert stretches > len(whole), "a stretch may end within a batch"
    assert answer["asked"] == [[row for (row,) in r.asked] for r in whole]
    assert labels == [4, 9, 14, 19, 20] and value == [r.metrics["accuracy"] for r in whole]
    assert best_case(spec, Log(), metric="accuracy", upto=2, seconds=60)["labels"] == [4, 9]


def test_the_best_case_costs_what_the_labels_cost() -> None:
    spec = replace(MOONS, price=Choice.of("per_class", prices=(1.0, 3.0)), budget=30, budget_in="money")
    answer = best_case(spec, Log(), metric="accuracy", seconds=60)
    assert answer["ended"] and answer["money"][-1] <= 30
    first = best_case(spec, Log(), metric="accuracy", upto=2, seconds=60)
    rest = best_case(spec, Log(), metric="accuracy", asked=first["asked"], seconds=60)
    assert first["money"] + rest["money"] == answer["money"]


def test_the_best_case_refuses_rows_of_another_experiment() -> None:
    with pytest.raises(SpecError, match="not in the pool"):
        best_case(MOONS, Log(), metric="accuracy", asked=[[10**6]])
    cold = best_case(MOONS, Log(), metric="accuracy", upto=1)["asked"]
    with pytest.raises(SpecError, match="none of those that were tried"):
        best_case(MOONS, Log(), metric="accuracy", asked=cold, part=cold[0][:1])


def test_batches_are_told_with_what_chance_would_do(logs: dict[str, Log]) -> None:
    told = batches(IRIS, logs["iris"])
    assert told["round"] == [r.index for r in logs["iris"].rounds if len(r.asked) > 1]
    assert all(0 <= low <= high <= 1 for low, high in zip(told["low"], told["high"], strict=True))
    single = replace(IRIS, batch=1, budget=14)
    assert batches(single, Log(tuple(advance(single))))["round"] == [0], "one row cannot repeat itself"


def test_the_ceiling_knows_every_label_of_the_pool(logs: dict[str, Log]) -> None:
    top = ceiling(replace(MOONS, dataset=Choice("moons")), Log())
    assert top["rows"] == len(load(Spec()).train) and 0.8 < top["metrics"]["accuracy"] <= 1.0
