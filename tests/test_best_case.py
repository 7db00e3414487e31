"""The band in the background: it grows while somebody looks, and ends with a reason."""

import math

import pytest

from alcore import DataError, Spec
from alcore.errors import BusyError
from pages.ui import best_case
from pages.ui.best_case import Band, caption
from tests.fake_service import FakeService
from tests.waiting import until

SPEC = Spec(first=6, batch=3, budget=18)


class Service(FakeService):
    """Makes one question at a time, and can be told to fail."""

    def __init__(self):
        super().__init__()
        self.fail: list[Exception] = []

    def call(self, name, spec, owner="", rounds=0, timeout=20, **args):
        if self.fail:
            raise self.fail.pop()
        return super().call(name, spec, owner, rounds, timeout, **args | {"seconds": 0.0})


@pytest.fixture
def service():
    return Service()


def complete(band):
    until(lambda: not band.pending)
    return band


def test_it_has_as_many_rounds_as_are_wanted(service):
    band = Band(service, SPEC, "me", "accuracy")
    band.look(3)
    assert complete(band).labels == [6, 9, 12]
    before = list(band.value)
    band.look(9)
    assert complete(band).labels == [6, 9, 12, 15, 18] and band.value[:3] == before
    band.look(20)
    assert not band.pending, "the budget is used up"
    frame = band.frame()
    assert frame["labels"].tolist() == band.labels and set(frame["run"]) == {best_case.NAME}
    assert len(service.called) > 5, "in stretches, so that others are served in between"


def test_a_busy_server_is_asked_again_and_an_error_ends_it(service, monkeypatch):
    monkeypatch.setattr(best_case, "STRETCH", 0.01)
    service.fail = [BusyError("later")]
    band = Band(service, SPEC, "me", "accuracy")
    band.look(2)
    assert complete(band).labels == [6, 9] and not band.error
    service.fail = [DataError("No test rows.")]
    band.look(4)
    complete(band)
    assert caption(band, "accuracy") == "No greedy oracle: No test rows."


def test_it_ends_where_it_costs_too_much(service, monkeypatch):
    monkeypatch.setattr(best_case, "LIMIT", 0.0)
    band = Band(service, SPEC, "me", "accuracy")
    band.look(6)
    complete(band)
    assert band.cut and "more would take too long here" in caption(band, "accuracy")


def test_nobody_looks_nothing_is_computed(service, monkeypatch):
    monkeypatch.setattr(best_case, "LEASE", -1.0)
    band = Band(service, SPEC, "me", "accuracy")
    band.look(5)
    assert band._thread is not None
    band._thread.join(10)
    assert not band.labels and not service.called
    assert not best_case.pending({"band": band})
    monkeypatch.undo()
    band.look(5)
    assert complete(band).labels == [6, 9, 12, 15, 18]


def test_another_metric_is_another_band(service):
    notes = {}
    one = best_case.band(notes, service, SPEC, "me", "accuracy")
    assert best_case.band(notes, service, SPEC, "me", "accuracy") is one
    other = best_case.band(notes, service, SPEC, "me", "log_loss")
    assert other is not one and notes["band"] is other


def test_a_metric_without_a_value_is_missing_not_zero(service):
    band = Band(service, SPEC, "me", "accuracy")
    answer = {"labels": [6], "money": [6.0], "value": [None], "asked": [[1]], "part": [], "ended": False}
    band._take(answer, 3)
    assert math.isnan(band.frame()["value"][0])
