"""What the Annotators page remembers: who answers, what their answers are bought for, and its stories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alcore.crowd import SENTENCES, TEAMS, Design, Schedule, design, schedule
from alcore.crowd.calls import BASE, KEYS, policies
from alcore.params import Param, Range
from alcore.spec import Choice, Spec
from pages.ui import people, story
from pages.ui.story import Story

SEEDS, MONEY = 20, 400.0
SPEC = Spec(dataset=Choice.of("moons", rows=1000), learner=Choice("nearest_neighbours"))
USUAL = ("one", "majority", "dawid_skene", "relabel", "best")  # GLAD is slow, and seldom better
TEAM = {p.name: p for p in design.PARAMS}
WHEN = {p.name: p for p in schedule.PARAMS}
BUY = (
    Param("money", float, MONEY, range=Range(20, 2000), help="What each policy may spend on answers."),
    Param(
        "seeds",
        int,
        SEEDS,
        range=Range(2, 40),
        help="How often the whole project is repeated, with another split, other rows and other luck; all "
        "policies share the luck of a seed. 20 are needed to claim something.",
    ),
    Param("policies", str, USUAL, many=True, choices=KEYS, help="Ways to spend the money."),
    Param(
        "answers",
        int,
        3,
        range=Range(2, 9),
        help="Answers for each row, by different annotators, where a policy repeats them.",
    ),
    Param(
        "threshold",
        float,
        0.9,
        range=Range(0.0, 1.0),
        help="IEThresh asks everybody who may be as good as this share of the best: 1 asks the best alone.",
    ),
)
DAY = (
    Param(
        "who",
        int,
        0,
        range=Range(0, design.MOST),
        help="Whose day is drawn: 0 = the one who tires most.",
    ),
    Param(
        "penalty",
        float,
        1.0,
        range=Range(0.0, 20.0),
        help="How many right answers one wrong answer undoes. The higher, the sooner breaks pay.",
    ),
)
BOUGHT = (*TEAM, *(p.name for p in BUY))  # what the runs depend on
SETTINGS = (*BOUGHT, *WHEN, *(p.name for p in DAY))


def _team(name: str) -> dict[str, Any]:
    """The settings of a ready-made team that differ from the defaults."""
    made = TEAMS[name][1]
    return {n: getattr(made, n) for n, p in TEAM.items() if getattr(made, n) != p.default}


STORIES = (
    Story(
        "The point",
        "Five annotators: two are good, three nearly guess, and nobody knows which. **Dawid-Skene** works "
        "out from the answers alone who can be trusted, and weighs them. The learner believes every label "
        "it is given (nearest neighbours), so better labels pay.",
        SPEC,
    ),
    Story(
        "When it does not help",
        "Real people: what twenty of them each said of 6,000 sentences. They hardly ever err, so a second "
        "answer for a row says little new, and another row says more.",
        Spec(dataset=SENTENCES, learner=Choice("logistic")),
        {"people": "recorded"},
    ),
    Story(
        "A forgiving learner",
        "The same five annotators, another learner: logistic regression averages wrong labels out by itself. "
        "Labels are better with three answers, the model is not.",
        Spec(dataset=SPEC.dataset, learner=Choice("logistic")),
    ),
    Story(
        "When they tire",
        "Good people who guess more and more often the longer they work, and nobody takes a break: later "
        "labels undo what earlier ones taught. The page works out which breaks would be best.",
        SPEC,
        _team("tired"),
    ),
)

VIEW = (
    *TEAM.values(),
    *WHEN.values(),
    *BUY,
    *DAY,
    people.SHOW,
    story.own(STORIES),
)


def design_of(view: Mapping[str, Any]) -> Design:
    """The team of the form.

    Raises
    ------
    SpecError
        When its numbers do not go together.
    """
    return Design(**{name: view[name] for name in TEAM})


def schedule_of(view: Mapping[str, Any]) -> Schedule:
    """The schedule of the form.

    Raises
    ------
    SpecError
        When its first day is no date.
    """
    return Schedule(**{name: view[name] for name in WHEN})


def chosen(view: Mapping[str, Any]) -> list[str]:
    """The policies, in their own order; one answer each is always there to compare with."""
    return [key for key in KEYS if key == BASE or key in view["policies"]]


def names(view: Mapping[str, Any]) -> dict[str, str]:
    """What each policy is called.

    >>> names({"answers": 3, "threshold": 0.9})["relabel"]
    'Relabel or new'
    """
    found = policies(int(view["answers"]), float(view["threshold"]))
    return {key: p.name[:1].upper() + p.name[1:] for key, p in found.items()}


def team_values(name: str) -> dict[str, Any]:
    """Every setting of a ready-made team."""
    return {n: getattr(TEAMS[name][1], n) for n in TEAM}
