"""A team as plain numbers: what a form, an address and a worker pass on, and ready-made teams."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any, Literal

import numpy as np

from alcore.crowd.fatigue import Fatigue
from alcore.crowd.people import Annotator, Crowd, Team
from alcore.crowd.recorded import SENTENCES, raters
from alcore.errors import SpecError
from alcore.params import Param, Range, params_of, settle
from alcore.spec import Choice

MOST = 12  # annotators of a team
EACH = ("prices", "seconds", "abstains", "tired", "pace", "hard")  # lists with a number for each annotator


@dataclass(frozen=True, kw_only=True, slots=True)
class Design:
    """Who answers: simulated annotators, one number in each list for each of them, or recorded people.

    A list that is shorter than `errors` goes on with its last number.

    Parameters
    ----------
    people : str
        Simulated annotators as described here, or what twenty real people each said of 6,000 sentences.
    errors : tuple of float
        Share of wrong answers of each annotator when fresh; as many annotators as numbers.
    prices : tuple of float
        Money for one answer of each.
    seconds : tuple of float
        Time for one answer of each.
    abstains : tuple of float
        Share of "can't say" of each. It is paid for like an answer.
    tired : tuple of float
        Share of answers that are mere guesses after a very long session without a break; 0 = never tires.
    pace : tuple of float
        Answers after which 63% of the way from fresh to tired is gone.
    hard : tuple of float
        Share of answers that are mere guesses on rows where two classes are equally likely.
    session : int
        Answers between two breaks.
    pause : float
        Minutes of a break; 0 = no breaks.
    recovery : float
        Minutes of break after which 63% of the tiredness is gone.
    confused : int
        The annotator who has a whole confusion matrix in place of an error rate; 0 = nobody.
    confusion : tuple of float
        That matrix row by row, P(answer | true class); each row sums to 1.

    Raises
    ------
    SpecError
        When a number is out of its limits, or there are no or more than twelve annotators.

    Examples
    --------
    >>> design = Design(errors=(0.1, 0.3), prices=(2.0, 1.0))
    >>> design.crowd(2).price.tolist(), design.of("seconds")
    ([2.0, 1.0], (10.0, 10.0))
    """

    people: Literal["simulated", "recorded"] = "simulated"
    errors: Annotated[tuple[float, ...], Range(0.0, 0.95)] = (0.05, 0.1, 0.4, 0.45, 0.5)
    prices: Annotated[tuple[float, ...], Range(0.0, 1000.0)] = (1.0,)
    seconds: Annotated[tuple[float, ...], Range(0.1, 3600.0)] = (10.0,)
    abstains: Annotated[tuple[float, ...], Range(0.0, 0.9)] = (0.0,)
    tired: Annotated[tuple[float, ...], Range(0.0, 1.0)] = (0.0,)
    pace: Annotated[tuple[float, ...], Range(1.0, 10_000.0)] = (200.0,)
    hard: Annotated[tuple[float, ...], Range(0.0, 1.0)] = (0.0,)
    session: Annotated[int, Range(5, 5000, log=True)] = 200
    pause: Annotated[float, Range(0.0, 60.0)] = 10.0
    recovery: Annotated[float, Range(1.0, 60.0)] = 10.0
    confused: Annotated[int, Range(0, MOST)] = 0
    confusion: Annotated[tuple[float, ...], Range(0.0, 1.0)] = ()

    def __post_init__(self) -> None:
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        for name, value in settle(PARAMS, given, "The team").items():
            object.__setattr__(self, name, value)
        if not 1 <= len(self.errors) <= MOST:
            raise SpecError(f"A team has 1 to {MOST} annotators, got {len(self.errors)}")
        if empty := [name for name in EACH if not getattr(self, name)]:
            raise SpecError(f"{empty[0]} needs at least one number")
        if self.confused > len(self.errors):
            raise SpecError(f"There is no annotator {self.confused} to give a confusion matrix to")

    @property
    def size(self) -> int:
        """How many annotators there are."""
        return raters().table.shape[1] if self.people == "recorded" else len(self.errors)

    def of(self, name: str) -> tuple[float, ...]:
        """One of the lists, as long as there are annotators."""
        found: tuple[float, ...] = getattr(self, name)
        n = len(self.errors)
        return found[:n] + (found[-1],) * (n - len(found))

    @property
    def rest(self) -> float:
        """Share of the tiredness that a break takes away."""
        return float(-np.expm1(-self.pause / self.recovery))

    @property
    def tires(self) -> bool:
        """Whether anybody does."""
        return self.people == "simulated" and any(self.of("tired"))

    def crowd(self, n_classes: int) -> Crowd:
        """Annotators that can be asked.

        Raises
        ------
        SpecError
            When the confusion matrix does not fit the classes.
        """
        if self.people == "recorded":
            return raters(self.prices[0], self.seconds[0])
        return self.team(n_classes)

    def team(self, n_classes: int) -> Team:
        """The simulated annotators."""
        columns = {name: self.of(name) for name in EACH}
        people = tuple(
            Annotator(
                name=f"annotator {a + 1}",
                error=error,
                confusion=self.confusion if self.confused == a + 1 else (),
                price=columns["prices"][a],
                seconds=columns["seconds"][a],
                abstains=columns["abstains"][a],
                tired=columns["tired"][a],
                pace=columns["pace"][a],
                session=self.session,
                rest=self.rest,
                hard=columns["hard"][a],
            )
            for a, error in enumerate(self.errors)
        )
        return Team(people, n_classes)

    def fatigue(self, annotator: int, n_classes: int) -> Fatigue:
        """How one annotator, counted from 0, tires: guessing among all classes is the end of it.

        >>> Design(errors=(0.1,), tired=(1.0,)).fatigue(0, 4).tired
        0.75
        """
        if self.people == "recorded":
            return Fatigue(0.0, 0.0, seconds=self.seconds[0])
        matrix = self.team(n_classes).confusion[annotator]
        fresh = float(1.0 - np.diag(matrix).mean())
        guess = self.of("tired")[annotator]
        return Fatigue(
            fresh=fresh,
            tired=(1.0 - guess) * fresh + guess * (1.0 - 1.0 / n_classes),
            pace=self.of("pace")[annotator],
            seconds=self.of("seconds")[annotator],
            recovery=self.recovery,
        )

    def misfit(self, dataset: Choice) -> str:
        """Why these people cannot label this dataset, as a sentence; "" when they can."""
        if self.people == "simulated" or dataset == SENTENCES:
            return ""
        return (
            f"The recorded people rated the {dict(SENTENCES.params)['rows']:,} sentences of the dataset "
            "sentiment and nothing else; choose that dataset with all its rows"
        )

    def plain(self) -> dict[str, Any]:
        """JSON values that `Design(**...)` reads."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


PARAMS: tuple[Param, ...] = params_of(Design)

TEAMS: Mapping[str, tuple[str, Design]] = {
    "unlike": ("Two experts, three who nearly guess", Design()),
    "alike": ("Five who are equally good", Design(errors=(0.25, 0.25, 0.25, 0.25, 0.25))),
    "careful": ("Five careful people", Design(errors=(0.03, 0.03, 0.04, 0.05, 0.05))),
    "expert": (
        "A dear expert, six cheap novices",
        Design(errors=(0.03, *(0.3,) * 6), prices=(5.0, 1.0), seconds=(20.0, 8.0)),
    ),
    "spammers": ("Four honest people, two who click anything", Design(errors=(0.1,) * 4 + (0.5,) * 2)),
    "shy": (
        "Careful people who often cannot say",
        Design(errors=(0.03, 0.03, 0.3, 0.3), abstains=(0.4, 0.4, 0.0)),
    ),
    "tired": (
        "Good people who tire",
        Design(errors=(0.05, 0.05, 0.1), seconds=(20.0,), tired=(0.9,), pace=(100.0,), pause=0.0),
    ),
    "hard rows": ("Good people, hard rows", Design(errors=(0.02,) * 5, hard=(0.9,))),
}
