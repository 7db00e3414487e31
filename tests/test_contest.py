"""Many runs as a page sees them: fed, fetched, stopped, and kept when the comparison changes."""

from dataclasses import replace

import pytest

import pages.ui.contest
from alcore import DataError, Log, Spec, advance
from alcore.comparison import Comparison, Contender
from alcore.edge.service import Limits, Service
from alcore.errors import BusyError
from pages.ui.contest import Contest, contest, summary_of
from tests.fake_service import FakeService
from tests.waiting import until

BASE = Spec("iris", learner="naive_bayes", first=6, batch=3, budget=15)
TWO = Comparison(BASE, (Contender.recipe("margin"),), seeds=3)


@pytest.fixture
def service(monkeypatch):
    fake = FakeService(pace=2)
    monkeypatch.setattr(pages.ui.contest, "service", lambda: fake)
    return fake


def made(comparison=TWO, owner="ann"):
    return Contest(comparison.entries(), owner)


def test_all_runs_come_and_are_those_of_the_engine(service):
    show = made()
    show.start()
    until(lambda: show.refresh() is None or show.done)
    assert show.share == 1
    assert not show.live
    for key, spec in show.specs.items():
        assert show.logs[key] == Log(tuple(advance(spec)))


def test_only_whole_seeds_are_compared(service):
    show = made()
    show.start()
    show.refresh()
    keys = list(show.specs)
    show.logs = {keys[0]: Log(), keys[1]: Log(), keys[2]: Log()}
    assert list(show.paired()) == keys[:2]


def test_a_stopped_contest_keeps_what_is_finished_and_goes_on(service):
    show = made()
    show.start()
    show.stop()
    assert not show.live
    assert all(job.state in ("stopped", "done") for job in service.jobs.values())
    show.start()
    until(lambda: show.refresh() is None or show.done)
    assert len(show.logs) == 6


def test_runs_that_were_made_before_are_there_at_once(service):
    service.pace = None
    first = made()
    first.start()
    until(lambda: first.refresh() is None or first.done)
    again = made(owner="bob")
    again.start()
    assert again.done
    assert again.logs == first.logs


def test_one_strategy_that_fails_takes_no_other_with_it(service, monkeypatch):
    honest = service.start

    def start(spec, owner="", rounds=None, *, sweep=False):
        if spec.acquisition.name == "margin":
            raise DataError("No margin today")
        return honest(spec, owner, rounds)

    monkeypatch.setattr(service, "start", start)
    show = made()
    show.start()
    until(lambda: show.refresh() is None or show.done)
    assert {k[1] for k in show.logs} == {"Random"}
    assert summary_of(show.failures) == ["Uncertainty (margin): No margin today (3 runs)."]
    assert len(show.paired()) == 3


def test_a_busy_server_is_said_or_waited_for(service, monkeypatch):
    honest, full = service.start, [False]

    def start(*given, **options):
        if full[0]:
            raise BusyError("The server has its hands full")
        full[0] = True
        return honest(*given, **options)

    monkeypatch.setattr(service, "start", start)
    show = made()
    show.start()
    assert show.live  # one run was taken: the others wait for it
    full[0] = False
    until(lambda: show.refresh() is None or full.__setitem__(0, False) or show.done)
    monkeypatch.setattr(service, "start", honest)
    none = made(replace(TWO, seeds=1))
    full[0] = True
    monkeypatch.setattr(service, "start", start)
    none.start()
    assert none.error
    assert not none.live


def test_more_seeds_cost_only_the_new_ones(service):
    service.pace = None
    notes = {}
    show = contest(notes, TWO, "ann")
    assert contest(notes, TWO, "ann") is show
    show.start()
    until(lambda: show.refresh() is None or show.done)
    more = contest(notes, replace(TWO, seeds=5), "ann")
    assert more is not show
    assert more.logs == show.logs
    assert not more.done


def test_a_sweep_holds_up_nothing_else_of_its_visitor(tmp_path):
    limits = Limits(slice=0.05, first_slice=0.02)
    service = Service(tmp_path, workers=1, inline=True, limits=limits)
    try:
        big = replace(BASE, dataset="digits", learner="logistic", batch=1, budget=400)
        for seed in range(12):
            service.start(replace(big, seed=seed), "ann", sweep=True)
        key = service.start(replace(BASE, seed=99), "ann")
        until(lambda: service.look(key).state == "done")
        waiting = [r for r in service.runs("ann") if r.state in ("waiting", "running")]
        assert len(waiting) >= 10
    finally:
        service.close()


def test_a_sweep_goes_on_longer_without_anybody_who_looks(tmp_path):
    service = Service(tmp_path, workers=1, inline=True, limits=Limits(lease=0.1, sweep_lease=60))
    try:
        endless = replace(BASE, dataset="digits", learner="logistic", batch=1, budget=900)
        one = service.start(replace(endless, seed=1), "ann")
        many = service.start(replace(endless, seed=2), "ann", sweep=True)
        until(lambda: service.store.progress(one).state == "stopped")
        assert service.store.progress(many).state in ("waiting", "running", "done")
    finally:
        service.close()
