"""What the Rare classes page asks: on which data, with which strategies, and on which tables besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alcore.catalog import DATASETS
from alcore.comparison import CONTENDERS, ELSEWHERE, SEEDS, Comparison, Contender
from alcore.errors import SpecError
from alcore.params import Param, Range
from alcore.recipes import RECIPES
from alcore.spec import Choice, Spec
from pages.ui import people, story
from pages.ui.story import Story

AP, BALANCED, ACCURACY = "average_precision", "balanced_accuracy", "accuracy"
MEASURED = {
    AP: "Average precision",
    BALANCED: "Balanced accuracy",
    "rare_recall": "Recall of the rarest",
    ACCURACY: "Accuracy",
}
OFFERED = tuple(name for name in RECIPES if name != "random")
USUAL = ("margin", "class_balanced", "positives_first")

_SPEC = Spec(
    dataset=Choice.of("documents", share=0.02),
    first=20,
    batch=10,
    budget=200,
    test_share=0.5,
)
TABLES: tuple[str, ...] = DATASETS["keel"].params[0].choices
SOME_TABLES = (
    "vowel0", "car-good", "yeast4", "yeast6", "shuttle-2_vs_5", "kddcup-buffer_overflow_vs_back",
    "poker-8_vs_6", "abalone19",
)  # fmt: skip


def table(which: str) -> Choice:
    """The dataset of a KEEL table."""
    return DATASETS.normal(Choice.of("keel", which=which))


STORIES = (
    Story(
        "The point",
        "A legal review: 2 % of 4,000 documents are relevant. Everybody reads the same number of documents. "
        "How many relevant ones are among them?",
        _SPEC,
    ),
    Story(
        "Found is not learnt",
        "Blocks of scanned pages, of which one in ten is no text. Whoever asks only for what surely is one "
        "finds the most of them, and learns least where the border runs.",
        replace(_SPEC, dataset=table("page-blocks0")),
    ),
    Story(
        "When it does not help",
        "The rare rows sit in the middle of the crowd, and this learner draws straight lines: it can never "
        "tell them apart. What it doubts, or believes to be rare, is somewhere else.",
        replace(_SPEC, dataset=Choice.of("imbalanced", rows=4000, distance=0.0)),
    ),
)

SETTINGS = (
    Param(
        "strategies",
        str,
        USUAL,
        many=True,
        choices=OFFERED,
        help="Up to eight; random always takes part. The family *balance* is made for rare classes.",
    ),
    Param(
        "seeds",
        int,
        20,
        range=Range(2, SEEDS),
        help="How often everything is repeated, each time with another split and start, the same for all. "
        "20 are enough to claim something.",
    ),
    Param(
        "positive",
        int,
        -1,
        range=Range(-1, 1000),
        help="The class whose rows are counted as finds. By itself the rarest one.",
    ),
)
VIEW = (
    story.own(STORIES),
    people.SHOW,
    *SETTINGS,
    Param("metric", str, AP, choices=tuple(MEASURED), help="What the model's curve shows, on test rows."),
    Param(
        "recall",
        float,
        0.8,
        range=Range(0.05, 1.0),
        help="How many of all positives of the pool are to be found. In legal review 0.95 is usual.",
    ),
    Param(
        "tables",
        str,
        SOME_TABLES,
        many=True,
        choices=TABLES,
        help="Tables of the KEEL repository, the rarer the class the further down the list.",
    ),
    Param(
        "table_seeds", int, 10, range=Range(2, 50), help="Repetitions on each table. Differences between "
        "tables are far larger than between seeds: rather take more tables."
    ),
    Param("everywhere", bool, False),  # whether the tables were asked for
)  # fmt: skip


def comparison_of(view: Mapping[str, Any], spec: Spec) -> Comparison:
    """The strategies on the chosen data, and random.

    Raises
    ------
    SpecError
        When what is asked for does not go together.
    """
    return Comparison(spec, _contenders(view), seeds=int(view["seeds"]))


def overview_of(view: Mapping[str, Any], spec: Spec) -> Comparison:
    """The same strategies on tables of the KEEL repository.

    Raises
    ------
    SpecError
        When no table is chosen, or too many.
    """
    names = tuple(view["tables"])
    if not names:
        raise SpecError("Choose at least one table")
    if len(names) > ELSEWHERE:
        raise SpecError(f"Choose at most {ELSEWHERE} tables")
    base = replace(spec, dataset=table(names[0]))
    return Comparison(
        base, _contenders(view), seeds=int(view["table_seeds"]), datasets=tuple(map(table, names))
    )


def name_of(comparison: Comparison) -> dict[str, str]:
    """What each place of an overview is called: the table's own name."""
    return {place: _which(spec.dataset) for place, spec in comparison.places.items()}


def _which(choice: Choice) -> str:
    return str(DATASETS.settle(choice).get("which", DATASETS[choice.name].label))


def _contenders(view: Mapping[str, Any]) -> tuple[Contender, ...]:
    names = tuple(view["strategies"])
    if not names:
        raise SpecError("Choose at least one strategy in the form, under Strategies")
    if len(names) > CONTENDERS:
        raise SpecError(f"At most {CONTENDERS} strategies are compared at once; take some away")
    return tuple(Contender.recipe(name) for name in names)
