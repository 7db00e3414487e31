"""What the Atlas knows: every recipe and every registered plug-in as one kind of thing, an Item.

Nothing is written here twice: sentences, formulas, parameters and sources are those of the registries.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from alcore import recipes
from alcore.catalog import DATASETS, LEARNERS, METRICS, PARTS
from alcore.errors import AlcoreError
from alcore.loop import check, misfit
from alcore.params import Param
from alcore.recipes import RECIPES, STRATEGY, Recipe
from alcore.registry import Entry
from alcore.spec import LIST_FIELDS, Choice, Spec
from pages.ui.form import spoken

ROOT = Path(__file__).parents[2]
ALL = "all"
PLANE = "2-D"  # the family of the datasets that a map can draw as they are


@dataclass(frozen=True, slots=True)
class Kind:
    """A chapter of the Atlas: its word in the address, its title, a short one for the menu, a sentence."""

    name: str
    title: str
    short: str
    about: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "recipe",
            "Recipes",
            "Recipes",
            "Whole strategies by the name they go by, each put together from parts in the other chapters.",
        ),
        Kind(
            "acquisition",
            "Acquisition functions",
            "Acquisition",
            "How much would a label of this row be worth? Each gives every candidate a score; the highest "
            "are asked first.",
        ),
        Kind(
            "select",
            "Selectors",
            "Selection",
            "From scores to a batch: which rows are asked together.",
        ),
        Kind(
            "adjust",
            "Adjustments",
            "Adjustment",
            "Reweigh the scores before a batch is selected, for example by price.",
        ),
        Kind(
            "committee",
            "Committees",
            "Committee",
            "Several models fitted to the same labels, whose disagreement is a measure of doubt.",
        ),
        Kind("learner", "Learners", "Learner", "The model that is to learn from the labels."),
        Kind(
            "dataset", "Datasets", "Dataset", "What there is to learn; with made-up data the truth is known."
        ),
        Kind("oracle", "Annotators (oracles)", "Annotator", "Who answers, and how reliably."),
        Kind("price", "Prices", "Price", "What a label costs."),
        Kind("start", "Cold starts", "Cold start", "The first labels, before any model can be asked."),
        Kind("stop", "Stopping rules", "Stopping", "When further labels are no longer worth buying."),
        Kind("setting", "Settings", "Setting", "What may be asked, and what an answer teaches."),
        Kind("metric", "Metrics", "Metric", "What is measured on rows that nobody may ask about."),
    )
}


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: a recipe, or a plug-in of a registry."""

    kind: str
    name: str
    label: str
    family: str
    summary: str
    use: str
    avoid: str
    source: str
    notes: str = ""
    formula: str = ""
    unit: str = ""
    complexity: str = ""
    params: tuple[Param, ...] = ()
    needs: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()
    topic: str = ""
    download: str = ""  # what must be fetched before it can be used
    entry: Entry[Any] | None = None
    recipe: Recipe | None = None

    @property
    def id(self) -> str:
        return f"{self.kind}.{self.name}"

    @property
    def words(self) -> str:
        """Everything a search looks at."""
        found = (self.label, self.name.replace("_", " "), self.family, self.topic, KINDS[self.kind].title)
        return " ".join((*found, self.summary, self.use, self.avoid, self.source)).casefold()


@cache
def items(kind: str) -> tuple[Item, ...]:
    """All entries of a kind, families together."""
    if kind == "recipe":
        return tuple(_of_recipe(recipe) for recipe in RECIPES.values())
    registry = METRICS if kind == "metric" else PARTS[kind]
    found = [_of_entry(kind, entry) for entry in registry.values()]
    families = list(dict.fromkeys(item.family for item in found))
    families.sort(key=lambda family: (family not in FIRST, family in LAST))
    return tuple(sorted(found, key=lambda item: families.index(item.family)))


FIRST, LAST = ("baseline", "uncertainty", "best", PLANE, "linear"), ("your own",)


def find(kind: str, name: str) -> Item | None:
    """The entry of that name, first among its kind, then among all."""
    for each in (kind, *KINDS):
        for item in items(each) if each in KINDS else ():
            if item.name == name:
                return item
    return None


def search(query: str, kind: str = ALL) -> dict[str, list[Item]]:
    """Entries that hold every word of the query, by kind; those named so first."""
    words = query.casefold().split()
    found: dict[str, list[Item]] = {}
    for each in KINDS if kind == ALL else (kind,):
        hits = [item for item in items(each) if all(word in item.words for word in words)]
        if hits:
            found[each] = sorted(hits, key=lambda item: _rank(item, words))
    return found


def learners_for(item: Item) -> tuple[str, ...]:
    """The learners a part of a strategy works with, by their labels."""
    if item.entry is None or item.kind not in STRATEGY:
        return ()
    able = (name for name in LEARNERS if not misfit(Spec(learner=Choice(name)), item.entry))
    return tuple(spoken(LEARNERS[name].label) for name in able)


def fits_every_learner(item: Item) -> bool:
    return len(learners_for(item)) == len(LEARNERS)


def recipes_with(item: Item) -> list[Item]:
    """The recipes that this part belongs to; parts that nearly all have in common say nothing."""
    if item.kind not in (*STRATEGY, "committee") or item.id in ("select.top", "committee.bagged"):
        return []
    return [r for r in items("recipe") if r.recipe and item.name in _names(r.recipe.parts().get(item.kind))]


def parts_of(item: Item) -> list[tuple[Item, Choice]]:
    """The parts a recipe is put together from."""
    found = []
    for part, chosen in item.recipe.parts().items() if item.recipe else ():
        for choice in chosen if isinstance(chosen, tuple) else (chosen,):
            found += [(entry, choice) for entry in items(part) if entry.name == choice.name]
    return found


def planes() -> tuple[str, ...]:
    """The datasets that a map can draw as they are."""
    return tuple(name for name, entry in DATASETS.items() if entry.facts.get("family") == PLANE)


# --- the way to the Playground ----------------------------------------------------------------------------


def on_map(dataset: str) -> Spec:
    """The experiment behind the pictures: 24 rows labelled by lot, and a learner that can bend."""
    return Spec(
        dataset=Choice(dataset),
        learner=Choice("gaussian_process"),
        acquisition=Choice("random"),
        first=24,
        batch=8,
        budget=80,
    )


def door(item: Item, dataset: str) -> tuple[Spec, dict[str, str]]:
    """An experiment with this entry chosen, and what the Playground should show of it."""
    if item.recipe:
        return recipes.apply(item.recipe.example, item.name), {"show": "run"}
    spec = replace(on_map(dataset), acquisition=Choice("margin"))
    run = {"show": "run"}
    if item.kind == "metric":
        return spec, run | {"metric": item.name}
    choice = Choice(item.name)
    spec = replace(spec, **{item.kind: (choice,) if item.kind in LIST_FIELDS else choice})
    if item.kind == "acquisition":
        return with_able_learner(spec, item), run | {"heat": item.name}
    if item.kind in ("select", "adjust"):
        spec = with_able_learner(spec, item)
    if item.kind == "committee":
        return replace(spec, acquisition=Choice("bald")), run | {"heat": "bald"}
    if item.kind == "dataset":
        plain = replace(spec, learner=spec.learner if item.family == PLANE else Choice("logistic"))
        return plain, {} if item.download or item.name == "upload" else run
    if item.kind == "price":
        return replace(spec, budget_in="money"), run | {"x": "money"}
    return spec, run


def with_able_learner(spec: Spec, item: Item) -> Spec:
    """The spec with the first learner that its parts can work with, its own if it can."""
    for name in (spec.learner.name, *LEARNERS):
        tried = replace(spec, learner=Choice(name))
        try:
            check(tried)
        except AlcoreError:
            continue
        return tried
    return spec


# --- the source -------------------------------------------------------------------------------------------


def source_code(item: Item) -> tuple[str, str]:
    """The plug-in's own code and where it is: ``alcore/acquisition/density.py, line 48``."""
    if item.entry is None:
        return "", ""
    plugin = inspect.unwrap(item.entry.plugin)  # the measure itself, where an adapter hands it on
    file = Path(inspect.getsourcefile(plugin) or "")
    place = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name
    lines, first = inspect.getsourcelines(plugin)
    return "".join(lines).rstrip(), f"{place}, line {first}"


def _of_entry(kind: str, entry: Entry[Any]) -> Item:
    facts = entry.facts
    size = facts.get("size_mb")
    return Item(
        kind=kind,
        name=entry.name,
        label=spoken(entry.label),
        family=str(facts.get("family", "")),
        summary=entry.summary,
        use=str(facts.get("use", "")),
        avoid=str(facts.get("avoid", "")),
        source=entry.source,
        notes=entry.notes,
        formula=str(facts.get("formula", "")),
        unit=str(facts.get("unit", "")),
        complexity=str(facts.get("complexity", "")),
        params=tuple(p for p in entry.params if not (p.text and p.text.hidden)),
        needs=entry.needs,
        gives=entry.gives,
        download=f"Fetches {size:g} MB the first time" if size else "",
        entry=entry,
    )


def _of_recipe(recipe: Recipe) -> Item:
    needs: set[str] = set()
    for part in STRATEGY:
        for name in _names(recipe.parts()[part]):
            needs |= PARTS[part][name].needs
    return Item(
        kind="recipe",
        name=recipe.name,
        label=recipe.label,
        family=recipe.family,
        summary=recipe.summary,
        use=recipe.use,
        avoid=recipe.avoid,
        source="",
        needs=frozenset(needs),
        topic=recipe.topic,
        recipe=recipe,
    )


def _names(chosen: Any) -> tuple[str, ...]:
    if chosen is None:
        return ()
    return tuple(c.name for c in (chosen if isinstance(chosen, tuple) else (chosen,)))


def _rank(item: Item, words: list[str]) -> int:
    named = f"{item.label} {item.name}".casefold()
    return 0 if all(word in named for word in words) else 1
