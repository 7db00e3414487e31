"""A team of annotators as a value: how many, how fast, and how their work is shared out."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal, TypeAlias

from alcore.params import Param, Range, params_of, settle

Coordination: TypeAlias = Literal["shards", "queue", "none"]
Pick: TypeAlias = Literal["own", "top", "power"]


@dataclass(frozen=True, kw_only=True)
class Team:
    """Annotators who work at the same time, on rows that the last published model chose.

    Parameters
    ----------
    agents : int
        How many annotators work at the same time.
    coordination : str
        Shards: every row belongs to one annotator for good, by a hash of its name. Queue: one list hands out
        every row once. None: all look at overlapping parts of the pool and do not know of each other.
    pick : str
        How an annotator's next rows are taken from those they may take: by the strategy's own selector, the
        best ones, or drawn by score (power).
    beta : float
        Only for rows drawn by score: 0 draws at random, large values take the best.
    hand : int
        Rows an annotator takes at a time; more save trips, but the last ones are chosen by an older model.
    sees : float
        Without coordination: the share of the pool that each annotator happens to see; 1 means that all work
        from the same list.
    seconds : float
        Mean time for one label.
    spread : float
        How much that time varies, half of it between annotators: 0.5 means mostly within a factor of two.
    refit : float
        Seconds it takes to fit the model anew; labels that arrive meanwhile wait for the next one.
    delay : float
        Seconds from there until annotators work with it.
    every : int
        New labels that set off a refit, once the last one is done.
    wait : bool
        Whether an annotator who is through waits for a model that has learnt their last answers.
    learn : str
        Learn from all labels, or, as the course's code does, from those since the last refit only.

    Raises
    ------
    SpecError
        When a number is out of its limits.

    Examples
    --------
    >>> Team(agents=0)
    Traceback (most recent call last):
        ...
    alcore.errors.SpecError: agents must be between 1 and 5000, got 0
    """

    agents: Annotated[int, Range(1, 5000, log=True)] = 5
    coordination: Coordination = "shards"
    pick: Pick = "own"
    beta: Annotated[float, Range(0.0, 100.0)] = 1.0
    hand: Annotated[int, Range(1, 200, log=True)] = 2
    sees: Annotated[float, Range(0.05, 1.0)] = 1.0
    seconds: Annotated[float, Range(1, 3600, log=True)] = 20.0
    spread: Annotated[float, Range(0.0, 2.0)] = 0.5
    refit: Annotated[float, Range(0, 36_000)] = 5.0
    delay: Annotated[float, Range(0, 36_000)] = 2.0
    every: Annotated[int, Range(1, 1000, log=True)] = 5
    wait: bool = False
    learn: Literal["all", "new"] = "all"

    def __post_init__(self) -> None:
        given = {p.name: getattr(self, p.name) for p in PARAMS}
        for name, value in settle(PARAMS, given, "A team").items():
            object.__setattr__(self, name, value)  # 5.0 annotators are 5


PARAMS: tuple[Param, ...] = params_of(Team)


def alone(team: Team) -> Team:
    """One of its annotators with nobody else, who waits for a model that has learnt all their answers.

    >>> alone(Team(agents=50, hand=4)).every
    4
    """
    return replace(team, agents=1, coordination="queue", wait=True, every=team.hand, learn="all")
