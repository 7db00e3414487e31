"""Laws of a run: it ends, keeps to its budget, resumes exactly, and never sees the truth before asking."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore import Choice, DataError, Log, Spec, SpecError, advance, answer, ask, begin, catalog, step, tell
from alcore import given as own
from alcore.loop import ANCHOR, misfit

SMALL = Spec(dataset=Choice.of("moons", rows=60), first=4, batch=3, budget=30)
NOISY = Choice.of("noisy", rate=0.3)


def specs() -> st.SearchStrategy[Spec]:
    """Whole experiments small enough to run to their end."""
    return st.builds(
        Spec,
        dataset=st.sampled_from([Choice.of("moons", rows=50), Choice.of("blobs", rows=50)]),
        learner=st.sampled_from(["logistic", "naive_bayes", "nearest_neighbours"]),
        start=st.sampled_from(list(catalog.COLD_STARTS)),
        acquisition=st.sampled_from(list(catalog.ACQUISITIONS)),
        adjust=st.sampled_from([(), *((name,) for name in catalog.ADJUSTMENTS)]),
        select=st.sampled_from(list(catalog.SELECTORS)),
        oracle=st.sampled_from(["exact", NOISY]),
        price=st.sampled_from(list(catalog.PRICES)),
        first=st.integers(1, 8),
        batch=st.integers(1, 40),
        budget=st.integers(0, 45),
        budget_in=st.sampled_from(["labels", "money"]),
        seed=st.integers(0, 50),
    ).filter(fits)


def fits(spec: Spec) -> bool:
    """Whether the strategy gets what it needs from the learner."""
    parts = (catalog.ACQUISITIONS[spec.acquisition.name], catalog.SELECTORS[spec.select.name])
    return not any(misfit(spec, part) for part in parts)


def finish(spec: Spec, log: Log | None = None) -> tuple[tuple, str]:
    """All rounds and the reason for the end."""
    running, rounds = advance(spec, log), []
    while True:
        try:
            rounds.append(next(running))
        except StopIteration as end:
            return tuple(rounds), end.value


@settings(max_examples=40, deadline=None)
@given(specs(), st.integers(0, 6))
def test_a_run_ends_within_its_budget_and_resumes_exactly(spec: Spec, k: int) -> None:
    rounds, reason = finish(spec)
    log = Log(rounds)
    assert reason and len(rounds) <= 60
    used = log.labels if spec.budget_in == "labels" else log.spent
    assert used <= spec.budget + 1e-6
    assert len({q for r in rounds for q in r.asked}) == log.labels, "no question twice"
    assert all(len(r.asked) <= max(spec.batch, spec.first) for r in rounds)
    assert all(len(r.asked) == len(r.answers) == len(r.scores) == len(r.costs) > 0 for r in rounds)
    k = min(k, len(rounds))
    assert finish(spec, log[:k]) == (rounds[k:], reason)


@pytest.mark.parametrize("name", list(catalog.ACQUISITIONS))
def test_every_prefix_of_a_run_resumes_exactly(name: str) -> None:
    spec = replace(SMALL, acquisition=Choice(name), oracle=NOISY, batch=1, budget=4 + 2 * ANCHOR + 3, first=4)
    rounds, _ = finish(spec)
    for k in range(0, len(rounds), 4):
        assert finish(spec, Log(rounds[:k]))[0] == rounds[k:]


@pytest.mark.parametrize("name", list(catalog.LEARNERS))
def test_every_learner_resumes_exactly(name: str) -> None:
    spec = replace(SMALL, learner=Choice(name), batch=1, budget=4 + ANCHOR + 3)
    rounds, _ = finish(spec)
    for k in (2, ANCHOR, ANCHOR + 2):
        assert finish(spec, Log(rounds[:k]))[0] == rounds[k:]


@pytest.mark.parametrize("name", list(catalog.COMMITTEES))
def test_every_committee_resumes_exactly(name: str) -> None:
    spec = replace(
        SMALL, committee=Choice(name), acquisition=Choice("vote_entropy"), batch=1, budget=4 + ANCHOR + 3
    )
    rounds, _ = finish(spec)
    for k in (2, ANCHOR, ANCHOR + 2):
        assert finish(spec, Log(rounds[:k]))[0] == rounds[k:]


@pytest.mark.parametrize("rule", [n for n, e in catalog.STOPPING.items() if "reproducible" not in e.exempt])
def test_every_stopping_rule_resumes_exactly(rule: str) -> None:
    spec = replace(SMALL, stop=(Choice(rule),), dataset=Choice.of("blobs", rows=80), budget=50)
    rounds, reason = finish(spec)
    assert finish(spec, Log(rounds[: len(rounds) // 2])) == (rounds[len(rounds) // 2 :], reason)


@pytest.mark.parametrize(
    ("name", "select"),
    [*((name, "top") for name in catalog.ACQUISITIONS), *(("margin", name) for name in catalog.SELECTORS)],
)
def test_the_choice_is_blind_to_the_truth(name: str, select: str) -> None:
    """The poison test: change every label not asked for yet; the next question must not change."""
    run = begin(replace(SMALL, acquisition=Choice(name), select=Choice(select)))
    for _ in range(2):
        run = step(run) or run
    poisoned = 1 - run.data.y
    known = run.log.asked[:, 0]
    poisoned[known] = run.data.y[known]
    other = replace(run, data=replace(run.data, y=poisoned))
    np.testing.assert_array_equal(ask(run).ids, ask(other).ids)
    np.testing.assert_array_equal(ask(run).scores, ask(other).scores)


def test_same_run_in_another_process_with_another_hash_seed() -> None:
    spec = replace(SMALL, acquisition=Choice("vote_entropy"), oracle=NOISY)
    code = (
        "from dataclasses import replace\nfrom alcore import *\n"
        f"print([replace(r, seconds=0) for r in advance(Spec.from_json({spec.to_json()!r}))])"
    )
    here = str([replace(r, seconds=0) for r in advance(spec)])
    env = {**os.environ, "PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    there = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, timeout=120
    )
    assert there.stdout.strip() == here


def test_twins_share_split_start_and_noise() -> None:
    spec = replace(SMALL, oracle=NOISY, budget=40)
    active, passive = list(advance(spec)), list(advance(spec.passive()))
    assert active[0] == passive[0]
    answers = [
        {q[0]: a for r in rounds for q, a in zip(r.asked, r.answers, strict=True)}
        for rounds in (active, passive)
    ]
    both = answers[0].keys() & answers[1].keys()
    assert len(both) > 4 and all(answers[0][row] == answers[1][row] for row in both)


def test_random_asks_every_row_equally_often() -> None:
    """Chi-squared over many seeds: the passive baseline is uniform."""
    from scipy.stats import chisquare

    X = np.arange(12.0)[:, None]
    data = own(X, np.arange(12) % 2, initial=[0, 1])
    counts = np.zeros(12)
    for seed in range(600):
        rounds = advance(
            Spec(acquisition="random", learner="naive_bayes", batch=3, budget=5, seed=seed), data=data
        )
        for q in list(rounds)[1].asked:
            counts[q[0]] += 1
    assert chisquare(counts[2:]).pvalue > 0.01


def test_a_budget_of_nothing_buys_nothing_and_says_so() -> None:
    rounds, reason = finish(replace(SMALL, budget=0))
    assert rounds == () and "budget" in reason


def test_a_batch_larger_than_the_pool_takes_the_pool() -> None:
    spec = replace(SMALL, batch=10_000, budget=10_000)
    rounds, reason = finish(spec)
    assert len(rounds) == 2 and "exhausted" in reason
    assert sum(len(r.asked) for r in rounds) == len(begin(spec).data.train)


def test_one_class_so_far_goes_on_with_the_cold_start_and_says_so() -> None:
    y = np.zeros(40, int)
    y[-1] = 1
    data = own(np.arange(40.0)[:, None], y, initial=[0, 1])
    rounds = list(advance(replace(SMALL, budget=20, learner=Choice("logistic")), data=data))
    assert rounds[0].note == "" and "fewer than two classes" in rounds[1].note


def test_ask_and_tell_by_hand_with_answers_from_anywhere() -> None:
    data = own(np.arange(20.0)[:, None], classes=["left", "right"])
    run = begin(Spec(learner="logistic", first=4, batch=1, budget=9), data=data)
    while (query := ask(run)) is not None:
        run = tell(run, query, ["left" if row < 7 else "right" for row in query.ids[:, 0]], seconds=1.0)
    assert run.log.labels == 9 and run.ended.startswith("budget")
    assert run.fitted.predict(np.array([[2.0], [15.0]])).tolist() == [0, 1]
    assert run.log.rounds[0].metrics == {} and run.log.seconds >= 6.0
    with pytest.raises(DataError, match="nobody can be simulated"):
        answer(run, replace(ask(begin(Spec(learner="logistic"), data=data)), note=""))


@pytest.mark.parametrize(
    ("answers", "says"), [([0], "answers were given"), (["up", "up"], "not a class"), ([5, 0], "code")]
)
def test_wrong_answers_are_refused_with_a_sentence(answers: list, says: str) -> None:
    data = own(np.arange(20.0)[:, None], classes=["left", "right"])
    run = begin(Spec(first=2), data=data)
    with pytest.raises(DataError, match=says):
        tell(run, ask(run), answers)


def test_rows_nobody_could_label_are_paid_for_but_not_learnt() -> None:
    data = own(np.arange(20.0)[:, None], classes=["left", "right"])
    run = begin(Spec(first=4, batch=2, budget=8), data=data)
    run = tell(run, ask(run), [0, None, 1, float("nan")])
    assert run.log.labels == 4 and len(run.labelled) == 2 and run.log.spent == 4.0
    assert not set(ask(run).ids[:, 0]) & set(run.log.asked[:, 0])


def test_rules_compose_and_say_why_they_stopped() -> None:
    rules = (Choice.of("confident", below=0.49), Choice.of("deadline", seconds=3600.0))
    base = replace(SMALL, dataset=Choice("blobs"), budget=60, stop=rules)
    either, both = replace(base, stop_when="any"), replace(base, stop_when="all")
    assert finish(either)[1].startswith("confident:")
    assert finish(both)[1].startswith("budget")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first", 0),
        ("batch", 2.5),
        ("budget", -1),
        ("seed", "x"),
        ("test_share", 0.99),
        ("budget_in", "euros"),
        ("learner", 7),
    ],
)
def test_a_spec_refuses_nonsense_with_a_sentence(field: str, value: object) -> None:
    with pytest.raises(SpecError, match=field):
        Spec(**{field: value})


def test_unknown_plugins_and_parameters_are_named() -> None:
    with pytest.raises(SpecError, match="no acquisition function named 'magic'"):
        begin(Spec(acquisition="magic"))
    with pytest.raises(SpecError, match="has no parameter sharpness"):
        begin(Spec(acquisition=Choice.of("margin", sharpness=2)))
    with pytest.raises(SpecError, match="hand it over"):
        begin(Spec(learner="own"))


def test_arrays_a_strategy_sees_cannot_be_written() -> None:
    from alcore.loop import view_of

    run = begin(SMALL)
    for _ in range(3):
        run = step(run)

    view = view_of(run, run.setting.candidates(run.data, run.log), frozenset({"proba", "members"}))
    for array in (
        view.candidates.X,
        view.proba,
        view.members,
        view.log.asked,
        view.log.answers,
        view.labelled.X,
        view.labelled.y,
        run.data.y,
    ):
        with pytest.raises(ValueError):
            array[...] = 0
