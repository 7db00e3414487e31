"""Teams: who may take what, what arrives twice, what a stale model costs."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore import Choice, Spec, SpecError, advance, catalog
from alcore.calls import CALLS
from alcore.data import given as own_rows
from alcore.errors import ContractError
from alcore.loop import answer, ask, begin, tell, view_of
from alcore.teams import Ledger, Team, alone, simulate
from alcore.teams.dealing import shard_of, turns
from alcore.teams.simulate import MOST, REFITS, _Floor
from tests.drawing import shuffled, views

SMALL = Spec(first=6, budget=66)
DIGITS = Spec(dataset="digits", acquisition="margin", first=10, batch=50, budget=210)
LOCKSTEP = {"hand": 10, "every": 50, "wait": True, "spread": 0.0}
MODES = ("shards", "queue", "none")


# --- the selector ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pick", ["top", "power"])
@pytest.mark.parametrize("deal", ["hash", "ranking"])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_batch_is_shared_out_evenly_whatever_the_order_of_the_pool(data, deal, pick):
    view = data.draw(views(frozenset(), least=4))
    agents, n = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 12))
    N = len(view.candidates)
    scores = np.random.default_rng(data.draw(st.integers(0, 99))).choice([0.1, 0.4, 0.7, 1.0], N)
    choose = catalog.SELECTORS.bind(Choice.of("shards", agents=agents, deal=deal, pick=pick))
    at = choose(scores, view, n)
    order = np.random.default_rng(1).permutation(N)
    again = order[choose(scores[order], shuffled(view, order), n)]
    assert sorted(view.candidates.ids[at, 0]) == sorted(view.candidates.ids[again, 0])
    if deal == "hash":
        whole = np.bincount(shard_of(view.candidates.ids, agents, view.seed), minlength=agents)
        taken = np.bincount(shard_of(view.candidates.ids[at], agents, view.seed), minlength=agents)
        open_ = taken < whole  # whoever still has rows has taken as many as anybody, give or take one
        assert not open_.any() or taken[open_].min() >= taken.max() - 1


def test_dealing_the_ranking_without_drawing_takes_the_top():
    top = list(advance(replace(SMALL, batch=12)))
    ranked = list(advance(replace(SMALL, batch=12, select=Choice.of("shards", deal="ranking"))))
    assert [set(r.asked) for r in ranked] == [set(r.asked) for r in top]


def test_more_annotators_than_rows_take_turns():
    spec = replace(SMALL, batch=6, select=Choice.of("shards", agents=5000))
    rounds = list(advance(spec))
    assert all(len(r.asked) == 6 for r in rounds)
    assert len({row for r in rounds for row in r.asked}) == 66


def test_turns_count_within_a_shard():
    shards = np.random.default_rng(0).integers(0, 7, 200)
    slow = [int((shards[:i] == s).sum()) for i, s in enumerate(shards)]
    assert turns(shards).tolist() == slow
    assert turns(shards[:0]).tolist() == []


# --- the ledger --------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 4), st.sampled_from([0.0, 1.0, 2.0, float("nan")])),
        max_size=40,
        unique_by=lambda entry: entry[:2],
    ),
    st.randoms(use_true_random=False),
)
def test_labels_are_the_same_in_whatever_order_answers_arrive_and_however_often(entries, dice):
    once, again = Ledger(), Ledger()
    for entry in entries:
        assert once.merge(*entry)
    late = entries * 2
    dice.shuffle(late)
    assert sum(again.merge(*entry) for entry in late) == len(entries) == again.answers == once.answers

    def labels(ledger):
        return dict(zip(ledger.rows.tolist(), map(str, ledger.labels.tolist()), strict=True))

    assert labels(once) == labels(again)


def test_most_of_the_annotators_decide():
    ledger = Ledger()
    for who, code in enumerate([2.0, 1.0, 1.0, float("nan")]):
        ledger.merge(3, who, code)
    assert ledger.labels.tolist() == [1.0]
    ledger.merge(3, 9, 2.0)  # two against two: the annotator with the lowest number said 2
    assert ledger.labels.tolist() == [2.0]


def _started(spec):
    run = begin(spec)
    query = ask(run)
    return tell(run, query, answer(run, query))


# --- the simulation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pick", ["top", "power"])
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_a_project_keeps_to_budget_time_and_order(data, mode, pick):
    team = Team(
        agents=data.draw(st.sampled_from([1, 3, 40])),
        coordination=mode,
        pick=pick,
        hand=data.draw(st.integers(1, 9)),
        every=data.draw(st.integers(1, 30)),
        refit=data.draw(st.sampled_from([0.0, 7.0, 900.0])),
        delay=data.draw(st.sampled_from([0.0, 3.0])),
        wait=data.draw(st.booleans()),
        sees=data.draw(st.sampled_from([0.3, 1.0])),
    )
    project = simulate(SMALL, team)
    answers, points = project.answers, project.points
    assert len(answers) + project.first == 66 == points[-1].answers
    assert (np.diff(answers.end) >= 0).all() and (answers.end > answers.start).all()
    assert len(set(zip(answers.agent.tolist(), answers.row.tolist(), strict=True))) == len(answers)
    assert points[-1].rows == 66 - answers.duplicate.sum()
    assert (np.diff([p.seconds for p in points]) >= 0).all()
    assert (np.diff([p.answers for p in points]) > 0).all()
    if mode != "none":
        assert not answers.duplicate.any()
    for agent in np.unique(answers.agent):  # nobody does two things at once
        mine = answers.agent == agent
        assert (answers.start[mine][1:] >= answers.end[mine][:-1] - 1e-9).all()
    known = np.array([p.answers for p in points])
    published = np.array([p.seconds for p in points])
    assert (published[answers.version] <= answers.start + 1e-9).all(), "nobody uses an unpublished model"
    assert (answers.stale == np.arange(len(answers)) + project.first - known[answers.version]).all()


def test_shards_are_disjoint_by_construction():
    project = simulate(SMALL, Team(agents=4))
    ids = project.answers.row[:, None]
    np.testing.assert_array_equal(shard_of(ids, 4, SMALL.seed), project.answers.agent)


def test_it_is_the_same_again_and_another_seed_is_another_project():
    team = Team(coordination="none", pick="power")
    one, again, other = (simulate(replace(SMALL, seed=s), team) for s in (0, 0, 1))
    assert one.points == again.points
    np.testing.assert_array_equal(one.answers.row, again.answers.row)
    np.testing.assert_array_equal(one.answers.end, again.answers.end)
    assert one.answers.row.tolist() != other.answers.row.tolist()


def test_a_team_in_lockstep_is_the_loop_with_the_selector():
    spec = replace(DIGITS, select=Choice("shards"))
    rounds = list(advance(spec))
    project = simulate(DIGITS, Team(**LOCKSTEP))
    rows = project.answers.row.reshape(-1, 50)
    assert len(project.points) == len(rounds) == 5
    assert project.points[0].metrics["accuracy"] == rounds[0].metrics["accuracy"]
    shared = [
        len({r for (r,) in one.asked} & set(mine))
        for one, mine in zip(rounds[1:], rows.tolist(), strict=True)
    ]
    assert shared[0] == 50, "the first batch is the same; later ones differ by the order labels came in"
    assert min(shared) >= 45


def test_one_annotator_alone_is_sequential_active_learning():
    spec = replace(SMALL, batch=3)
    project = simulate(spec, alone(Team(hand=3)))
    rounds = list(advance(spec))
    assert project.answers.row.tolist() == [row for r in rounds[1:] for (row,) in r.asked]
    assert [p.metrics["accuracy"] for p in project.points] == [r.metrics["accuracy"] for r in rounds]
    assert project.answers.stale.tolist() == [0, 1, 2] * 20
    assert project.waiting == pytest.approx(7.0 * 19)  # after every batch but the last: refit and delay


def test_annotators_who_work_side_by_side_are_so_many_times_as_fast():
    slow, quick = (simulate(SMALL, Team(agents=n, hand=1, spread=0.0, refit=0.0, delay=0.0)) for n in (1, 4))
    assert slow.answers.end[-1] == pytest.approx(60 * 20)
    assert quick.answers.end[-1] == pytest.approx(15 * 20)


def test_times_have_the_mean_and_the_spread_that_were_asked_for():
    project = simulate(Spec(dataset="digits", first=10, budget=1000), Team(agents=1000, hand=1, spread=0.5))
    times = np.log(project.answers.end - project.answers.start)
    assert times.mean() == pytest.approx(np.log(20) - 0.125, abs=0.06)
    assert times.std() == pytest.approx(0.5, abs=0.04)


def test_everybody_asks_the_same_without_coordination_and_drawing_helps():
    same, drawn = (
        simulate(SMALL, Team(agents=5, hand=3, coordination="none", pick=p, spread=0.0))
        for p in ("top", "power")
    )
    assert same.duplicates == pytest.approx(0.8, abs=0.02)  # four of five
    assert drawn.duplicates < 0.4


def test_annotators_make_their_own_mistakes_so_that_repeats_can_outvote_them():
    noisy = Spec(
        oracle=Choice.of("noisy", rate=0.3), first=6, budget=506, dataset=Choice.of("moons", noise=0.05)
    )

    def right(team):
        """Share of labels that are true among those the last model learnt from."""
        floor = _Floor(_started(noisy), team)
        floor.open()
        while floor.events:
            floor.next()
        rows, labels = floor.ledger.rows, floor.ledger.labels
        mine = ~np.isin(rows, floor.run.log.rounds[0].asked)
        return (labels[mine] == floor.run.data.y[rows[mine]]).mean()

    once = right(Team(agents=5))
    often = right(Team(agents=5, coordination="none", hand=1))
    assert once == pytest.approx(0.7, abs=0.06)
    assert often > once + 0.06


@pytest.mark.parametrize("select", ["hybrid", "badge", "class_quotas", "softrank", "epsilon_greedy"])
@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_strategy_works_in_a_team(select, mode):
    spec = replace(SMALL, select=Choice(select), budget=36)
    project = simulate(spec, Team(agents=3, hand=3, coordination=mode))
    assert len(project.answers) == 30
    assert mode == "none" or not project.answers.duplicate.any()


def test_a_strategy_that_remembers_and_one_with_a_committee_work_too():
    for acquisition in ("vote_entropy", "albl"):
        spec = replace(SMALL, acquisition=Choice(acquisition), budget=36)
        assert len(simulate(spec, Team(agents=3)).answers) == 30


def test_money_is_kept_to():
    spec = replace(SMALL, dataset=Choice("priced"), price=Choice("per_row"), budget_in="money", budget=60)
    project = simulate(spec, Team(agents=3, coordination="none"))
    assert project.points[-1].money <= 60 + 1e-9
    assert len(project.answers) > 0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pick", ["own", "top", "power"])
def test_nobody_goes_home_over_a_dear_row_while_another_can_be_paid(mode, pick):
    spec = replace(SMALL, dataset=Choice("priced"), price=Choice("per_row"), budget_in="money", budget=60)
    spec = replace(spec, select=Choice("hybrid") if pick == "own" else spec.select)
    project = simulate(spec, Team(agents=1, hand=3, coordination=mode, pick=pick))
    run = begin(spec)
    open_ = np.setdiff1d(run.data.train, project.answers.row)
    start = ask(run)
    open_ = np.setdiff1d(open_, start.ids[:, 0])
    assert run.data.cost[open_].min() > 60 - project.points[-1].money, "what is left buys no row"


def test_numbers_of_a_team_are_of_the_kind_they_should_be():
    team = Team(agents=5.0, hand=2.0, seconds=20)
    assert team == Team(agents=5, hand=2, seconds=20.0) and type(team.agents) is int
    assert len(simulate(replace(SMALL, budget=16), team).answers) == 10


@pytest.mark.parametrize("bad", [np.zeros(3), np.full(114, np.nan)])
def test_scores_that_are_no_numbers_are_refused_like_in_the_loop(bad, monkeypatch):
    monkeypatch.setattr(catalog.ACQUISITIONS, "bind", lambda choice: lambda view: bad)
    with pytest.raises(ContractError):
        simulate(SMALL, Team())


def test_a_view_of_some_candidates_keeps_what_is_worked_out():
    run = _started(SMALL)
    view = view_of(run, run.setting.candidates(run.data, run.log), frozenset({"proba"}))
    all_ = view.proba
    part = view.only(np.array([4, 1]), seed=9)
    assert part.seed == 9 and part.candidates.ids.tolist() == view.candidates.ids[[4, 1]].tolist()
    assert "proba" in part.__dict__ and "embed" not in part.__dict__
    np.testing.assert_array_equal(part.proba, all_[[4, 1]])
    assert not part.proba.flags.writeable


def test_a_pool_that_runs_out_ends_the_work():
    data = own_rows(np.arange(60.0)[:, None], ["a", "b"] * 30, test=0.2)
    project = simulate(replace(SMALL, dataset="own", budget=10_000), Team(agents=100), data=data)
    assert project.points[-1].rows == len(data.train)
    assert project.busy <= len(data.train)


def test_a_budget_of_the_first_labels_leaves_nothing_to_do():
    project = simulate(replace(SMALL, budget=6), Team())
    assert len(project.answers) == 0 and len(project.points) == 1
    assert np.isnan(project.duplicates)
    assert json.loads(json.dumps(CALLS["teamwork"](replace(SMALL, budget=6), None)))["duplicates"] is None


def test_what_is_too_much_is_refused_in_a_sentence():
    with pytest.raises(SpecError, match="lower the budget"):
        simulate(Spec(dataset="digits", budget=1e6), Team(agents=5000, coordination="none"))
    assert MOST >= 50_000
    with pytest.raises(SpecError, match="agents must be between"):
        Team(agents=10_000)


def test_models_are_not_fitted_without_end():
    project = simulate(
        Spec(dataset="digits", learner="naive_bayes", budget=1000), Team(every=1, refit=0.0, hand=1)
    )
    assert len(project.points) <= REFITS + 2
    single = simulate(
        Spec(dataset="digits", learner="naive_bayes", first=10, budget=1000), alone(Team(hand=1))
    )
    assert REFITS / 2 < len(single.points) <= REFITS + 2
    assert single.every == 4


def test_thousands_of_annotators_are_simulated_in_no_time(record_property):
    from time import perf_counter

    spec = Spec(dataset="digits", learner="naive_bayes", first=10, budget=1100)
    began = perf_counter()
    project = simulate(spec, Team(agents=5000, hand=1, pick="power"))
    took = perf_counter() - began
    record_property("seconds", took)
    assert project.busy > 800 and not project.answers.duplicate.any()
    assert took < 5


def test_the_call_is_plain_and_holds_the_first_annotators():
    found = CALLS["teamwork"](SMALL, None, agents=30, coordination="none")
    assert json.loads(json.dumps(found)) == found
    assert set(found["work"][0]) <= set(range(12))
    assert sum(found["staleness"][1]) == found["answers"] == 60


# --- what it costs and gains -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    """Accuracy after 200 answers of five annotators, ten rows each and four rounds, over 20 seeds."""
    found = {
        name: []
        for name in ("random", "hash", "ranking", "power", "sequential", "overlap", "new", "selector")
    }
    repeated = []
    for seed in range(20):
        spec = replace(DIGITS, seed=seed)

        def last(team, spec=spec):
            return simulate(spec, team).points[-1].metrics["accuracy"]

        found["random"].append(list(advance(spec.passive()))[-1].metrics["accuracy"])
        found["selector"].append(
            list(advance(replace(spec, select=Choice("shards"))))[-1].metrics["accuracy"]
        )
        found["hash"].append(last(Team(**LOCKSTEP)))
        found["ranking"].append(last(Team(coordination="queue", **LOCKSTEP)))
        found["power"].append(last(Team(pick="power", **LOCKSTEP)))
        found["new"].append(last(Team(learn="new", **LOCKSTEP)))
        found["sequential"].append(last(alone(Team(hand=10))))
        overlap = simulate(spec, Team(coordination="none", sees=0.6, **LOCKSTEP))
        repeated.append(overlap.duplicates)
        found["overlap"].append(overlap.points[-1].metrics["accuracy"])
    values = {name: np.array(v) for name, v in found.items()}
    return {name: v - values["random"] for name, v in values.items()} | {"duplicates": np.array(repeated)}


@pytest.mark.slow
def test_shards_beat_random_and_come_after_sequential_work(digits):
    for name in ("hash", "ranking", "selector"):
        assert digits[name].mean() >= 0.006, name
        assert (digits[name] > 0).sum() >= 15, name
    assert digits["power"].mean() >= 0.0
    assert digits["sequential"].mean() > digits["hash"].mean() + 0.003, "staleness costs"


@pytest.mark.slow
def test_overlapping_views_waste_most_of_the_work(digits):
    assert 0.55 <= digits["duplicates"].mean() <= 0.75
    assert digits["overlap"].mean() <= -0.006


@pytest.mark.slow
def test_learning_from_new_labels_only_forgets(digits):
    assert digits["new"].mean() < -0.2
