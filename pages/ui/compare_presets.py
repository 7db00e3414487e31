"""Comparisons to begin with: sets of contenders that answer one question each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alcore.comparison import Contender
from alcore.spec import Choice, Spec


@dataclass(frozen=True, slots=True)
class Preset:
    """A question, and the contenders that answer it over a shared experiment."""

    label: str
    summary: str
    contenders: Callable[[Spec], tuple[Contender, ...]]


def _recipes(*names: str) -> Callable[[Spec], tuple[Contender, ...]]:
    return lambda base: tuple(Contender.recipe(name) for name in names)


def _noise(base: Spec) -> tuple[Contender, ...]:
    rates = (0.0, 0.1, 0.2, 0.3)
    return tuple(
        Contender.recipe(
            "margin",
            f"Margin, {rate:.0%} wrong answers",
            oracle=Choice.of("noisy", rate=rate) if rate else Choice("exact"),
        )
        for rate in rates
    )


def _batches(base: Spec) -> tuple[Contender, ...]:
    sizes = dict.fromkeys(max(1, round(base.batch * f)) for f in (0.2, 0.5, 1, 2, 4))
    return tuple(Contender.recipe("margin", f"Margin, batches of {size}", batch=size) for size in sizes)


def _learners(base: Spec) -> tuple[Contender, ...]:
    names = {
        "logistic": "Margin, logistic",
        "naive_bayes": "Margin, naive Bayes",
        "nearest_neighbours": "Margin, neighbours",
        "forest": "Margin, forest",
    }
    return tuple(Contender.recipe("margin", label, learner=Choice(name)) for name, label in names.items())


def _starts(base: Spec) -> tuple[Contender, ...]:
    names = {
        "random": "Margin, random start",
        "clustered": "Margin, one per cluster",
        "typiclust": "Margin, typical start",
        "max_herding": "Margin, herded start",
    }
    return tuple(Contender.recipe("margin", label, start=Choice(name)) for name, label in names.items())


PRESETS: Mapping[str, Preset] = {
    "first": Preset(
        "A first look",
        "Two kinds of doubt and two batches that also spread out.",
        _recipes("margin", "entropy", "hybrid", "badge"),
    ),
    "uncertainty": Preset(
        "The uncertainty family",
        "Three measures of doubt: equal with two classes, not with ten.",
        _recipes("margin", "least_confident", "entropy"),
    ),
    "committees": Preset(
        "Committees",
        "Several models vote, and rows they disagree about are asked.",
        _recipes("margin", "committee_vote", "committee_divergence", "bald"),
    ),
    "batches": Preset(
        "Batch methods",
        "Ways to keep the rows of one batch from telling the same thing twice.",
        _recipes("margin", "hybrid", "badge", "core_set", "stochastic_batch", "typical_first"),
    ),
    "noise": Preset(
        "One strategy, four levels of noise",
        "What wrong answers cost. Each level has a random run of its own.",
        _noise,
    ),
    "sizes": Preset(
        "One strategy, five batch sizes",
        "What it costs to label more rows before learning from them.",
        _batches,
    ),
    "learners": Preset(
        "One strategy, four learners",
        "Whether the saving depends on the model that is trained.",
        _learners,
    ),
    "starts": Preset(
        "One strategy, four cold starts",
        "How much the first labels matter.",
        _starts,
    ),
}
