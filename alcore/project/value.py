"""What a product manager knows of a labelling project, and how labels become money, hours and days."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import ceil, comb, floor
from typing import Annotated, Any, Literal, Self

from alcore.errors import SpecError, quoted
from alcore.params import Param, Range, params_of, settle

PREFIX = "project."  # before a field's name in an address
HOUR = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A labelling project as its manager knows it.

    Parameters
    ----------
    wage : float
        What an hour of labelling costs, all taxes included.
    seconds : float
        How long one person takes for one label.
    answers : int
        How many people label each item; the majority decides.
    review : float
        Share of the items that one more person checks, in the time of a label and at the same wage.
    noise : float
        Share of labels that one annotator gets wrong.
    annotators : int
        How many people label at the same time.
    hours : float
        Hours each of them labels on a working day.
    week : int
        Working days in a week.
    tooling : float
        Further money for each item: the fee of a platform, the scan, the postage.
    test_labels : int
        Items labelled only to measure with. Both ways of labelling need them.
    engineering : float
        What it costs, once, to set active learning up: people, code, tests.
    wait : float
        Working hours between two batches of active learning: fitting, choosing, handing out.
    round_cost : float
        Money each batch of active learning costs besides its labels: computing, handing out.
    metric : str
        What is measured on the test items.
    target : float
        The score that is good enough.
    currency : str
        The sign before sums of money.

    Raises
    ------
    SpecError
        When a number is out of its limits.

    Examples
    --------
    >>> project = Project(wage=36, seconds=20, answers=3, review=0.5, test_labels=100)
    >>> project.price, project.money(400)
    (0.7, 350.0)
    """

    wage: Annotated[float, Range(0.0, 2000.0)] = 30.0
    seconds: Annotated[float, Range(0.1, 36_000.0, log=True)] = 30.0
    answers: Annotated[int, Range(1, 15)] = 1
    review: Annotated[float, Range(0.0, 1.0)] = 0.0
    noise: Annotated[float, Range(0.0, 0.5)] = 0.02
    annotators: Annotated[int, Range(1, 1000, log=True)] = 2
    hours: Annotated[float, Range(0.5, 24.0)] = 6.0
    week: Annotated[int, Range(1, 7)] = 5
    tooling: Annotated[float, Range(0.0, 10_000.0)] = 0.0
    test_labels: Annotated[int, Range(0, 100_000)] = 300
    engineering: Annotated[float, Range(0.0, 10_000_000.0)] = 3000.0
    wait: Annotated[float, Range(0.0, 500.0)] = 1.0
    round_cost: Annotated[float, Range(0.0, 100_000.0)] = 0.0
    metric: Literal["accuracy", "balanced_accuracy", "macro_f1", "rare_recall"] = "accuracy"
    target: Annotated[float, Range(0.01, 1.0)] = 0.9
    currency: Literal["$", "€", "£"] = "$"

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in _NAMES}
        for name, value in settle(PARAMS, given, "The project").items():
            object.__setattr__(self, name, value)

    # ------------------------------------------------------------------------------------ conversions

    @property
    def effort(self) -> float:
        """Labels that people give for one item, checks included."""
        return self.answers + self.review

    @property
    def price(self) -> float:
        """Money for one item with its label decided: all answers, checks and fees."""
        return self.effort * self.seconds / HOUR * self.wage + self.tooling

    @property
    def error(self) -> float:
        """Share of wrong labels that is left after the majority and the checks.

        People err independently, and the two classes alike. A check finds a wrong label unless the one who
        checks errs as well.
        """
        return majority_error(self.noise, self.answers) * (1.0 - self.review * (1.0 - self.noise))

    def person_hours(self, items: float) -> float:
        """Hours of all people together for so many items to learn from, and the test items."""
        return (items + self.test_labels) * self.effort * self.seconds / HOUR

    def money(self, items: float, rounds: int = 0, active: bool = False) -> float:
        """What so many items to learn from cost in all, test items and fixed costs included.

        Parameters
        ----------
        items : float
            Items to learn from, the first ones included.
        rounds : int
            Batches after the first one.
        active : bool
            Whether active learning chooses them.
        """
        fixed = self.engineering + rounds * self.round_cost if active else 0.0
        return (items + self.test_labels) * self.price + fixed

    def days(self, batches: Sequence[int], active: bool = False) -> float:
        """Calendar days from the first label to the last, beginning with a full week.

        Chosen at random all items are handed out at once. Active learning waits for every batch, and then
        `wait` hours for the next; the test items are labelled together with the first batch.

        Parameters
        ----------
        batches : sequence of int
            Items of each round; the first one is the start.
        """
        parts = list(batches) if active else [sum(batches)]
        first, *later = parts or [0]
        shifts = [self._shift(first + self.test_labels), *(self._shift(n) + self.wait for n in later)]
        return self.calendar(sum(shifts))

    def calendar(self, working_hours: float) -> float:
        """Calendar days for so many hours of the working day, free days between them included."""
        days = ceil(working_hours / self.hours - 1e-9)
        return float(days + (7 - self.week) * (max(0, days - 1) // self.week))

    def _shift(self, items: float) -> float:
        """Hours until the last of the annotators, who share them evenly, has done so many items."""
        return ceil(items * self.effort / self.annotators - 1e-9) * self.seconds / HOUR

    @property
    def doubts(self) -> tuple[str, ...]:
        """What does not go together in these numbers, as sentences."""
        found = []
        if self.answers > self.annotators:
            found.append(
                f"{self.answers} people are to label each item, but there are only {self.annotators}: "
                "the same person asked twice is no second opinion."
            )
        if self.answers % 2 == 0:
            found.append(f"With {self.answers} answers there can be a tie, which is decided by lot.")
        if self.test_labels < 100:
            found.append(
                f"{self.test_labels} test items measure a score of {self.target:.0%} only to within "
                f"{margin_of(self.target, self.test_labels)}."
            )
        return tuple(found)

    # ------------------------------------------------------------------------------------ as a text

    def to_query(self, default: "Project | None" = None) -> dict[str, str]:
        """Query parameters of what differs from `default`: ``{"project.wage": "45.0"}``."""
        usual = default or Project()
        return {
            PREFIX + p.name: p.to_text(getattr(self, p.name))
            for p in PARAMS
            if getattr(self, p.name) != getattr(usual, p.name)
        }

    @classmethod
    def from_query(
        cls, query: Mapping[str, str], default: "Project | None" = None
    ) -> tuple[Self, tuple[str, ...]]:
        """The project of some query parameters, and a sentence for each that had to be left out."""
        given: dict[str, Any] = asdict(default or Project())
        known, problems = {p.name: p for p in PARAMS}, []
        for key, text in query.items():
            name = key.removeprefix(PREFIX)
            if name == key:
                continue
            try:
                if name not in known:
                    raise SpecError(f"A project has no field {quoted(name)}")
                given[name] = known[name].from_text(text)
            except SpecError as error:
                problems.append(str(error))
        return cls(**given), tuple(problems)

    def to_json(self) -> str:
        """Canonical JSON: equal projects, equal text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        SpecError
            When the text is not a project.
        """
        try:
            return cls(**json.loads(text))
        except SpecError:
            raise
        except (TypeError, ValueError, RecursionError) as error:
            raise SpecError(f"This text does not describe a project: {error}") from None


_NAMES = tuple(f.name for f in fields(Project))
PARAMS: tuple[Param, ...] = params_of(Project)
UNITS: Mapping[str, str] = {
    "wage": "money an hour",
    "seconds": "seconds a label",
    "answers": "people an item",
    "review": "share of items",
    "noise": "share of labels",
    "annotators": "people",
    "hours": "hours a day",
    "week": "days a week",
    "tooling": "money an item",
    "test_labels": "items",
    "engineering": "money, once",
    "wait": "working hours a batch",
    "round_cost": "money a batch",
    "metric": "",
    "target": "score",
    "currency": "",
}
ASSUMPTIONS: tuple[str, ...] = (
    "Every simulated project is one replay of these labelled rows with another split, start and label noise. "
    "New data differ by more than that.",
    "All items take equally long, whichever way they are chosen. What active learning picks is often harder.",
    "Annotators err independently of each other and on all classes alike; with more than two classes a "
    "majority errs less often than is assumed here.",
    "A check finds a wrong label unless the one who checks errs as well; it takes as long as a label.",
    "Labels of the test items are taken as right.",
    "Random labelling is ordered in one go and in the right amount, which nobody knows beforehand; it never "
    "waits. Active learning waits for every batch.",
    "Both ways pay for the same test items; only active learning pays for engineering.",
    "Work begins on the first day of a week; holidays and hiring are left out.",
)


def majority_error(noise: float, answers: int) -> float:
    """How often the majority of so many independent answers is wrong; ties are decided by lot.

    >>> round(majority_error(0.1, 3), 3), majority_error(0.1, 2)
    (0.028, 0.1)
    """

    def exactly(wrong: int) -> float:
        return comb(answers, wrong) * noise**wrong * (1.0 - noise) ** (answers - wrong)

    most = sum(exactly(k) for k in range(floor(answers / 2) + 1, answers + 1))
    return most + (0.5 * exactly(answers // 2) if answers % 2 == 0 else 0.0)


def margin_of(score: float, items: int) -> str:
    """How well so many test items know a share: half of its 90 % interval, in points.

    >>> margin_of(0.9, 50)
    '7 points'
    """
    if not items:
        return "nothing at all"
    return f"{164.5 * (score * (1 - score) / items) ** 0.5:.0f} points"
