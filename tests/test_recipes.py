"""Recipes: every one is a strategy that exists, runs, and is recognised again."""

from dataclasses import fields, replace

import numpy as np
import pytest

from alcore import Choice, Log, Spec, SpecError, advance, begin, catalog, check
from alcore.advice import better_committee
from alcore.batches import batch
from alcore.link import from_query, from_token, to_query, to_token
from alcore.loop import ask
from alcore.recipes import RECIPES, STRATEGY, apply, match

IRIS = Spec(dataset="iris", first=8, batch=4, budget=20, test_share=0.5)
MOONS = Spec(dataset=Choice.of("moons", rows=120), first=6, batch=4, budget=18)
every_recipe = pytest.mark.parametrize("name", list(RECIPES))


@every_recipe
def test_it_names_registered_parts(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.name == name and set(STRATEGY) <= set(recipe.parts())
    for part, chosen in recipe.parts().items():
        for choice in chosen if isinstance(chosen, tuple) else (chosen,):
            assert choice.name in catalog.PARTS[part]
            assert catalog.PARTS[part].normal(choice) == choice, "parameters as an address gives them back"
    check(apply(recipe.example, name))


@every_recipe
def test_a_committee_is_named_where_one_votes(name: str) -> None:
    recipe = RECIPES[name]
    parts = [catalog.ACQUISITIONS[recipe.acquisition.name], catalog.SELECTORS[recipe.select.name]]
    parts += [catalog.ADJUSTMENTS[c.name] for c in recipe.adjust]
    assert (recipe.committee is not None) == any("members" in part.needs for part in parts)


@every_recipe
def test_its_committee_suits_it(name: str) -> None:
    assert better_committee(apply(RECIPES[name].example, name)) is None


def test_cost_awareness_shows_in_its_own_example() -> None:
    """For the same money it buys more labels than plain doubt, and learns more from them."""

    def over(name: str, seed: int) -> tuple[int, float]:
        log = Log(tuple(advance(apply(replace(RECIPES["cost_aware"].example, seed=seed), name))))
        spent = np.cumsum([sum(r.costs) for r in log.rounds])
        heights = np.interp(np.linspace(15, 50, 20), spent, [r.metrics["accuracy"] for r in log.rounds])
        return log.labels, float(heights.mean())

    aware, plain = ([over(name, seed) for seed in range(5)] for name in ("cost_aware", "margin"))
    assert all(a[0] > 1.5 * p[0] for a, p in zip(aware, plain, strict=True))
    assert np.mean([a[1] for a in aware]) > np.mean([p[1] for p in plain]) + 0.005


@every_recipe
def test_it_speaks_in_sentences(name: str) -> None:
    recipe = RECIPES[name]
    for text in (recipe.summary, recipe.use, recipe.avoid):
        assert text.endswith(".") and text[0].isupper() and "  " not in text
        assert len(text) <= 160, text
    assert recipe.label and recipe.family and recipe.topic
    assert len({r.label for r in RECIPES.values()}) == len(RECIPES)


@every_recipe
@pytest.mark.parametrize("spec", [IRIS, MOONS], ids=lambda s: s.dataset.name)
def test_it_runs(name: str, spec: Spec) -> None:
    chosen = apply(spec, name)
    log = Log(tuple(advance(chosen)))
    assert log.labels == spec.budget
    assert chosen.dataset == spec.dataset and chosen.seed == spec.seed, "only the strategy changes"


@every_recipe
def test_it_is_recognised_and_survives_a_link(name: str) -> None:
    chosen = apply(IRIS, name)
    assert match(chosen) == name, "no two recipes are the same strategy"
    assert from_query(to_query(chosen)) == (chosen, ())
    assert match(from_token(to_token(chosen))) == name


def test_a_default_that_is_spelt_out_changes_nothing() -> None:
    spelt = replace(apply(IRIS, "explorer"), select=Choice.of("epsilon_greedy", epsilon=0.1, ties="first"))
    assert match(spelt) == "explorer"
    assert match(replace(spelt, select=Choice.of("epsilon_greedy", epsilon=0.3))) == ""


def test_every_part_counts() -> None:
    for name, recipe in RECIPES.items():
        spec = apply(IRIS, name)
        assert match(replace(spec, adjust=(*spec.adjust, Choice("per_cost")))) in {
            "",
            "cost_aware",
            "cheapest",
        } - {name}
        other = "entropy" if recipe.acquisition.name != "entropy" else "random"
        assert match(replace(spec, acquisition=Choice(other))) != name
        if recipe.committee is not None:
            assert match(replace(spec, committee=Choice("mixed"))) == ""
        else:
            assert match(replace(spec, committee=Choice("mixed"))) == name, "nobody votes"


def test_a_recipe_leaves_the_rest_of_the_experiment_alone() -> None:
    spec = replace(IRIS, learner=Choice("naive_bayes"), oracle=Choice.of("noisy", rate=0.1), seed=7)
    for name in RECIPES:
        changed = apply(spec, name)
        same = {f.name for f in fields(Spec)} - set(RECIPES[name].parts())
        assert all(getattr(changed, part) == getattr(spec, part) for part in same)


def test_what_there_is_not_is_said_in_a_sentence() -> None:
    with pytest.raises(SpecError, match="There is no recipe named 'magic'; there are: random, margin"):
        apply(IRIS, "magic")
    unknown = replace(IRIS, acquisition=Choice("margin"), select=Choice.of("top", nonsense=1))
    assert match(unknown) == ""


# --- the batch a strategy would ask next ------------------------------------------------------------------


def test_the_batch_is_the_one_the_run_asks_next() -> None:
    spec = apply(MOONS, "hybrid")
    log = Log(tuple(advance(spec, rounds=2)))
    shown = batch(spec, log)
    query = ask(begin(spec, log))
    assert query is not None
    assert shown["ids"] == query.ids[:, 0].tolist()
    assert shown["scores"] == pytest.approx(query.scores.tolist(), rel=1e-5)
    assert len(shown["x"]) == len(shown["y"]) == MOONS.batch


def test_another_strategy_is_asked_about_the_same_labels() -> None:
    log = Log(tuple(advance(MOONS, rounds=1)))
    base = set(log.asked[:, 0].tolist())
    found = {
        name: batch(MOONS, log, parts=to_query(apply(MOONS, name), MOONS), n=7)["ids"] for name in RECIPES
    }
    assert all(len(set(ids)) == 7 and not base & set(ids) for ids in found.values())
    assert found["margin"] == batch(MOONS, log, n=7)["ids"]
    assert found["core_set"] != found["margin"] != found["random"]


def test_a_finished_run_has_a_next_batch_too() -> None:
    log = Log(tuple(advance(MOONS)))
    assert len(batch(MOONS, log)["ids"]) == MOONS.batch


def test_nonsense_is_refused() -> None:
    with pytest.raises(SpecError, match="no selector named 'magic'"):
        batch(MOONS, Log(), parts={"select": "magic"})
    with pytest.raises(SpecError, match="epsilon"):
        batch(MOONS, Log(), parts={"select": "epsilon_greedy", "select.epsilon": "7"})
