"""Whose turn is it: by computing time used, whatever each visitor has lined up."""

import hypothesis.strategies as st
from hypothesis import given

from alcore.edge.fair_queue import WINDOW, FairQueue, Rank


def serve(queue, turns, seconds=0.5, goes_on=True):
    """Serve so many turns; runs are lined up again. The jobs, in order."""
    order = []
    for _ in range(turns):
        who, rank, job = queue.take()
        if goes_on and rank is not Rank.CALL:
            queue.add(who, job, Rank.STARTED)
        queue.served(who, rank, seconds)
        order.append(job)
    return order


def test_nothing_waits_in_an_empty_queue():
    queue = FairQueue()
    assert queue.take() is None
    assert len(queue) == 0


def test_visitors_share_alike_whatever_they_lined_up():
    queue = FairQueue()
    for i in range(30):
        queue.add("ann", f"ann{i}", Rank.FRESH)
    queue.add("bea", "bea0", Rank.FRESH)
    order = serve(queue, 20)
    assert 9 <= sum(job.startswith("bea") for job in order) <= 10


def test_a_newcomer_comes_next_and_does_not_catch_up_on_the_past():
    queue = FairQueue()
    queue.add("ann", "ann0", Rank.FRESH)
    serve(queue, 50)
    queue.add("bea", "bea0", Rank.FRESH)
    assert serve(queue, 7)[0] == "bea0"
    assert 3 <= serve(queue, 8).count("ann0") <= 5


def test_leaving_and_coming_back_wins_nothing():
    """A visitor whose jobs end at once, and who asks again at once, has no more than a fair share."""
    queue = FairQueue()
    queue.add("ann", "ann", Rank.STARTED)
    queue.add("bea", "bea", Rank.FRESH)
    used = {"ann": 0.0, "bea": 0.0}
    for _ in range(40):
        who, rank, job = queue.take()
        used[who] += 0.5
        if who == "ann":
            queue.add(who, job, Rank.STARTED)
            queue.served(who, rank, 0.5)
        else:
            queue.served(who, rank, 0.5)
            queue.add(who, job, Rank.FRESH)
    assert used["ann"] >= 9.0


def test_who_had_much_while_alone_is_not_made_to_wait_for_it():
    queue = FairQueue()
    queue.add("ann", "ann", Rank.FRESH)
    queue.served(*queue.take()[:2], 100.0)  # and ends
    queue.add("bea", "bea", Rank.FRESH)
    serve(queue, 2)
    queue.add("ann", "ann", Rank.FRESH)
    assert 4 <= serve(queue, 10).count("ann") <= 6


def test_a_first_turn_comes_a_little_before_it_is_due():
    queue = FairQueue()
    for i in range(20):
        queue.add(f"visitor {i}", i, Rank.STARTED)
    queue.add("ann", "first", Rank.FRESH)
    assert serve(queue, 1, goes_on=False) == ["first"]
    queue.add("ann", "second", Rank.FRESH)  # half a second ahead of twenty others
    assert serve(queue, 1, goes_on=False) == ["second"]
    queue.add("ann", "third", Rank.FRESH)
    queue.add("ann", "fourth", Rank.FRESH)
    assert "fourth" not in serve(queue, 20)


def test_a_few_runs_take_turns_and_a_fresh_one_begins_when_one_of_them_ends():
    queue = FairQueue()
    for i in range(WINDOW + 2):
        queue.add("ann", i, Rank.FRESH)
    first = list(range(WINDOW))
    assert serve(queue, 3 * WINDOW) == first * 3
    assert serve(queue, 1, goes_on=False) == [0]
    assert serve(queue, WINDOW) == [WINDOW, *first[1:]]


def test_calls_go_first_but_never_for_long():
    queue = FairQueue()
    queue.add("ann", "run", Rank.FRESH)
    for i in range(10):
        queue.add("bea", i, Rank.CALL)
    order = serve(queue, 13, seconds=0.4)
    assert [i for i, job in enumerate(order) if job == "run"] == [3, 7, 11]
    assert [job for job in order if job != "run"] == list(range(10))


def test_calls_of_several_visitors_take_turns():
    queue = FairQueue()
    for who in ["ann"] * 4 + ["bea"] * 4:
        queue.add(who, who, Rank.CALL)
    assert serve(queue, 4, seconds=0.1).count("bea") == 2


def test_a_slice_ends_early_for_calls_and_for_newcomers_only():
    queue = FairQueue()
    queue.add("ann", "run", Rank.FRESH)
    queue.take()
    assert not queue.presses("ann", 0.2)
    queue.add("ann", "another of hers", Rank.FRESH)
    assert not queue.presses("ann", 0.2)
    queue.add("bea", "newcomer", Rank.FRESH)
    assert queue.presses("ann", 0.2)
    queue.remove("bea", "newcomer")
    assert not queue.presses("ann", 0.2)
    queue.add("bea", "call", Rank.CALL)
    assert queue.presses("ann", 0.2)


def test_a_run_that_waits_for_many_calls_gets_its_whole_slice():
    queue = FairQueue()
    queue.add("ann", "run", Rank.STARTED)
    for i in range(9):
        queue.add("bea", i, Rank.CALL)
    serve(queue, 3, seconds=0.5)
    who, _, job = queue.take()
    assert (who, job) == ("ann", "run")
    assert not queue.presses("ann", 0.2)


def test_a_worker_gets_the_run_it_had():
    queue = FairQueue()
    for job in ("x1", "y1", "y2"):
        queue.add("ann", job, Rank.STARTED)
    assert queue.take(lambda job: job.startswith("y"))[2] == "y1"
    assert queue.take(lambda job: job.startswith("z"))[2] == "x1"


def test_what_is_removed_is_not_served():
    queue = FairQueue()
    queue.add("ann", "run", Rank.FRESH)
    assert queue.remove("ann", "run")
    assert not queue.remove("ann", "run")
    assert not queue.remove("bea", "run")
    assert queue.take() is None


turns = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(list(Rank)), st.floats(0, 2), st.booleans()),
    max_size=40,
)


@given(turns)
def test_every_job_is_served_once(added):
    queue, waiting, out = FairQueue(), [], []
    for i, (who, rank, seconds, now) in enumerate(added):
        queue.add(who, i, rank)
        waiting.append(i)
        if now:
            owner, was, job = queue.take()
            queue.served(owner, was, seconds)
            out.append(job)
    assert len(queue) == len(waiting) - len(out)
    while turn := queue.take():
        queue.served(*turn[:2], 0.1)
        out.append(turn[2])
    assert sorted(out) == waiting
    assert not queue._used and not queue._lines and not queue._serving
