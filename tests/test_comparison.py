"""Comparisons as values: entries, twins, links."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore import Choice, Spec, SpecError
from alcore.comparison import CONTENDERS, RANDOM, Comparison, Contender
from alcore.recipes import RECIPES

USUAL = Comparison()
BASE = Spec("wine", first=9, batch=3, budget=45)


def both(*contenders, **more):
    return Comparison(BASE, contenders, **more)


def test_every_contender_meets_random_on_the_same_split_start_and_noise():
    noisy = Contender.of("Noisy", acquisition="entropy", oracle=Choice.of("noisy", rate=0.1))
    comparison = both(Contender.recipe("margin"), noisy, seeds=4)
    runs = {(e.strategy, e.seed): e.spec for e in comparison.entries()}
    assert len(runs) == 4 * 4
    for (strategy, seed), spec in runs.items():
        twin = runs[comparison.twins[strategy], seed]
        assert spec.passive() == replace(twin, committee=spec.committee)
        assert spec.seed == seed


def test_contenders_that_differ_only_in_how_they_ask_share_one_random_run():
    comparison = both(*(Contender.recipe(n) for n in ("margin", "bald", "badge", "committee_vote")))
    assert list(comparison.strategies).count(RANDOM) == 1
    assert set(comparison.twins.values()) == {RANDOM}


def test_random_twins_of_other_learners_are_named_after_the_difference():
    other = Contender.recipe("margin", "Bayes", learner="naive_bayes", batch=1)
    assert list(both(other).strategies) == [RANDOM, "Random (naive Bayes, batch 1)", "Bayes"]


def test_entries_come_seed_by_seed():
    entries = both(Contender.recipe("margin"), seeds=3, datasets=(Choice("wine"), Choice("iris"))).entries()
    assert [e.seed for e in entries] == [0] * 4 + [1] * 4 + [2] * 4
    assert {(e.dataset, e.spec.dataset.name) for e in entries} == {("wine", "wine"), ("iris", "iris")}


def test_the_same_dataset_twice_is_told_apart_by_its_parameters():
    comparison = Comparison(datasets=(Choice.of("moons", noise=0.1), Choice.of("moons", noise=0.3)))
    assert len(set(comparison.places)) == 2
    assert any("0.3" in name for name in comparison.places)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Contender.of("x", dataset="iris"), "same for all"),
        (lambda: Contender.of("x", colour="red"), "same for all"),
        (lambda: Contender.of("  ", acquisition="margin"), "name"),
        (lambda: Contender.recipe("nothing"), "no recipe"),
        (lambda: both(*[Contender.recipe("margin")] * 2), "called"),
        (lambda: both(Contender.of(RANDOM)), "another name"),
        (lambda: both(*(Contender.of(str(i)) for i in range(CONTENDERS + 1))), "At most 8"),
        (lambda: both(seeds=0), "seeds must be"),
        (lambda: both(datasets=(Choice("iris"), Choice("iris"))), "twice"),
        (lambda: Comparison.from_json("[1]"), "does not describe"),
        (lambda: Comparison.from_json("{"), "does not describe"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_sentence(make, says):
    with pytest.raises(SpecError, match=says):
        make()


recipes = st.lists(st.sampled_from([n for n in RECIPES if n != "random"]), max_size=5, unique=True)
own = st.builds(
    lambda label, rate, learner, batch: Contender.of(
        label, acquisition="entropy", oracle=Choice.of("noisy", rate=rate), learner=learner, batch=batch
    ),
    st.text("abcé &=,;.#%+", min_size=1, max_size=9).filter(lambda t: t.strip()),
    st.floats(0, 0.9),
    st.sampled_from(["logistic", "naive_bayes", "mlp"]),
    st.integers(1, 50),
)
comparisons = st.builds(
    lambda names, more, seeds, datasets: Comparison(
        BASE, (*(Contender.recipe(n) for n in names), *more), seeds, tuple(datasets)
    ),
    recipes,
    st.lists(own, max_size=3, unique_by=lambda c: c.label),
    st.integers(1, 40),
    st.lists(st.sampled_from([Choice("iris"), Choice.of("moons", noise=0.3)]), unique=True),
)


@settings(max_examples=60)
@given(comparisons)
def test_a_link_and_a_text_hold_the_whole_comparison(comparison):
    assert Comparison.from_query(comparison.to_query(USUAL), USUAL) == (comparison, ())
    again = Comparison.from_json(comparison.to_json())
    assert again == comparison
    assert again.id == comparison.id


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(
            ["vs", "on", "seeds", "c1.name", "c1.acquisition", "c1.batch", "batch", "on.moons.noise"]
        ),
        st.sampled_from(
            ["", "margin", "margin,margin", "c1", "c1,badge", "moons", "zzz", "-1", "none", "random", "7"]
        ),
    )
)
def test_any_address_is_read_and_what_is_wrong_is_said(query):
    comparison, problems = Comparison.from_query(query, USUAL)
    assert all(p.strip() for p in problems)
    assert Comparison.from_query(comparison.to_query(USUAL), USUAL)[0] == comparison


def test_a_recipe_in_the_address_is_its_name():
    assert both(Contender.recipe("margin"), Contender.recipe("badge")).to_query(USUAL)["vs"] == "margin,badge"
