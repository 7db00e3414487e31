"""What the Teams page asks: which team, on which data, compared with whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from alcore.catalog import METRICS
from alcore.errors import SpecError
from alcore.params import Param, Range
from alcore.spec import Choice, Spec
from alcore.teams import PARAMS, Team, alone
from pages.ui import people, story
from pages.ui.colours import COLOURS, RANDOM, Look
from pages.ui.story import Story

ALONE, BY_LOT = "One annotator", "Random"
MODES = {"shards": "Hash shards", "queue": "Central queue", "none": "No coordination"}
LOOKS = {
    ALONE: Look(COLOURS[0], (1, 0), "triangle-up"),
    MODES["shards"]: Look(COLOURS[3], (1, 0), "square"),
    MODES["queue"]: Look(COLOURS[2], (8, 3), "diamond"),
    MODES["none"]: Look(COLOURS[4], (12, 4), "cross"),
    BY_LOT: RANDOM,
}
SIZES = (1, 2, 5, 10, 20, 50, 100)  # teams that are tried to see how many annotators pay
LARGE = (1, 10, 100, 1000)  # and where the team itself is larger than those
MOST_SEEDS = 100
DRAWN = 6  # annotators of each way of working in the picture of who did what
SIZED = 10  # seeds with which teams of other sizes are simulated: enough to show, not to claim

_SPEC = Spec("digits", acquisition=Choice("margin"), first=10, budget=210)
STORIES = (
    Story(
        "The point",
        "Five people label at the same time, each on a part of the pool of their own, on rows that the last "
        "published model chose. Nobody waits for anybody, so that model is always a little old. Does that "
        "cost much? And what if nobody shares out the work?",
        _SPEC,
    ),
    Story(
        "When it does not help",
        "A hundred people at once. All rows are handed out before the first label has come back, so a model "
        "that knows ten labels has chosen every one of them.",
        _SPEC,
        {"agents": 100},
    ),
    Story(
        "A slow model",
        "Five people again, but each new model takes ten minutes. They finish before it is there; the choice "
        "is to work on by an old model, or to wait (see **Wait for the model** in the form).",
        _SPEC,
        {"agents": 5, "refit": 600.0},
    ),
)
TEAM = tuple(param for param in PARAMS if param.name not in ("coordination",))
SETTINGS = (
    *TEAM,
    Param(
        "modes",
        str,
        ("shards", "none"),
        many=True,
        choices=tuple(MODES),
        help="Hash shards: every row belongs to one annotator for good, no server needed. Central queue: one "
        "list hands out each row once. No coordination: all choose for themselves from what they see. The "
        "first one is what the answer is about; random and one annotator alone take part always.",
    ),
    Param(
        "seeds",
        int,
        20,
        range=Range(2, MOST_SEEDS),
        help="How often everything is repeated, each time with another split, start and pace of the "
        "annotators, the same for all. 20 are enough to claim something.",
    ),
)
METRIC = Param(
    "metric",
    str,
    "accuracy",
    choices=tuple(n for n in ("accuracy", "balanced_accuracy", "macro_f1", "rare_recall") if n in METRICS),
    help="Measured on test rows that nobody may be asked about.",
)
VIEW = (story.own(STORIES), people.SHOW, *SETTINGS, METRIC)


@dataclass(frozen=True)
class Arm:
    """A way of working: an experiment but for its seed, and a team."""

    spec: Spec
    team: Team


@dataclass(frozen=True)
class Plan:
    """Everything that is simulated.

    Attributes
    ----------
    arms : the ways that are compared, by name
    sizes : the same team with more or fewer annotators, by their number
    main : the arm that the answer is about
    first : the first seed
    seeds : how many
    """

    arms: Mapping[str, Arm]
    sizes: Mapping[int, Arm]
    main: str
    first: int
    seeds: int

    @property
    def sized(self) -> int:
        """How many seeds the other sizes get."""
        return min(self.seeds, SIZED)

    @property
    def spec(self) -> Spec:
        """The experiment, as the first seed has it."""
        return self.arms[ALONE].spec

    @property
    def team(self) -> Team:
        """The team that the answer is about."""
        return self.arms[self.main].team

    def looks(self) -> dict[str, Look]:
        """How every arm is drawn."""
        return {name: LOOKS[name] for name in self.arms}


def plan_of(view: Mapping[str, Any], spec: Spec) -> Plan:
    """What the form describes.

    Raises
    ------
    SpecError
        When what is asked for does not go together.
    """
    modes = tuple(dict.fromkeys(view["modes"]))
    if not modes:
        raise SpecError("Choose at least one way to share out the work.")
    seeds = int(view["seeds"])
    if spec.seed + seeds > 2**31:
        raise SpecError(
            f"{seeds} seeds from {spec.seed} on are too many: the last one must stay below {2**31}."
        )
    given = {param.name: view[param.name] for param in TEAM}
    team = Team(**given, coordination=modes[0])
    arms = {ALONE: Arm(spec, alone(team))}
    arms |= {MODES[mode]: Arm(spec, replace(team, coordination=mode)) for mode in modes}
    arms[BY_LOT] = Arm(spec.passive(), replace(team, coordination="shards", pick="top", learn="all"))
    sizes = sorted({*(SIZES if team.agents <= SIZES[-1] else LARGE), team.agents})
    return Plan(
        arms,
        {n: Arm(spec, replace(team, agents=n)) for n in sizes},
        MODES[modes[0]],
        spec.seed,
        seeds,
    )


def fields_of(team: Team) -> dict[str, Any]:
    """A team as plain arguments."""
    return {param.name: getattr(team, param.name) for param in PARAMS}
