"""An experiment as a value: small, frozen, serialisable, comparable.

Two equal specs give bit-equal runs, in one process or many.

>>> spec = Spec(dataset="digits", acquisition="entropy", oracle=Choice.of("noisy", rate=0.1))
>>> Spec.from_json(spec.to_json()) == spec
True
>>> spec.passive().acquisition
Choice(name='random', params=())
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import product
from typing import Any, Literal, Self

from alcore.errors import SpecError, quoted
from alcore.params import Value

LIST_FIELDS = ("adjust", "stop")
NUMBERS = {  # what a number of a spec may be: lowest, highest
    "first": (1, 10_000),
    "batch": (1, 10_000),
    "budget": (0, 1e9),
    "test_share": (0.0, 0.9),
    "seed": (0, 2**31 - 1),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A plug-in picked by name, with the parameters that differ from its defaults."""

    name: str
    params: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, name: str, **params: Any) -> Self:
        """``Choice.of("noisy", rate=0.1)``."""
        return cls(name, tuple(sorted((key, _plain(value)) for key, value in params.items())))


@dataclass(frozen=True, slots=True)
class Spec:
    """Everything a run depends on.

    A bare name stands for the plug-in with its defaults. `first` labels are bought by the cold start, then
    `batch` a round while `budget` lasts; the budget counts labels, the first ones included, or money.

    Raises
    ------
    SpecError
        When a number is out of its limits or a field is not a plug-in choice. Names of plug-ins are checked
        when the run begins.
    """

    dataset: Choice = Choice("moons")
    setting: Choice = Choice("pool")
    learner: Choice = Choice("logistic")
    committee: Choice = Choice("bagged")
    start: Choice = Choice("random")
    acquisition: Choice = Choice("margin")
    adjust: tuple[Choice, ...] = ()
    select: Choice = Choice("top")
    oracle: Choice = Choice("exact")
    price: Choice = Choice("flat")
    stop: tuple[Choice, ...] = ()
    stop_when: Literal["any", "all"] = "any"
    first: int = 10
    batch: int = 5
    budget: float = 100
    budget_in: Literal["labels", "money"] = "labels"
    test_share: float = 0.33
    seed: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in LIST_FIELDS:
                value = (value,) if isinstance(value, str | Choice) else value
                object.__setattr__(self, field.name, tuple(_choice(field.name, v) for v in value))
            elif field.name in NUMBERS:
                object.__setattr__(self, field.name, _number(field.name, value))
            elif field.name in ("stop_when", "budget_in"):
                allowed = ("any", "all") if field.name == "stop_when" else ("labels", "money")
                if value not in allowed:
                    raise SpecError(f"{field.name} must be one of {', '.join(allowed)}, got {quoted(value)}")
            else:
                object.__setattr__(self, field.name, _choice(field.name, value))

    @property
    def id(self) -> str:
        """Twelve hex digits that name this experiment in the store and the cache."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """Canonical JSON: equal specs, equal text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        SpecError
            When the text is not a spec.
        """
        try:
            raw = json.loads(text)
            return cls(**{key: _from_plain(value) for key, value in raw.items()})
        except SpecError:
            raise
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
            raise SpecError(f"This text does not describe an experiment: {error}") from None

    def choices(self, part: str) -> tuple[Choice, ...]:
        """What is chosen for one part: one plug-in, or as many as a list field holds."""
        chosen = getattr(self, part)
        return chosen if isinstance(chosen, tuple) else (chosen,)

    def passive(self) -> Self:
        """The same experiment asking at random: the paired baseline, with the same split, start and noise."""
        return replace(self, acquisition=Choice("random"), adjust=(), select=Choice("top"))


def sweep(base: Spec, axes: Mapping[str, Sequence[Any]]) -> tuple[Spec, ...]:
    """Every combination of the given axes over `base`, in a stable order.

    >>> [s.seed for s in sweep(Spec(), {"seed": range(3)})]
    [0, 1, 2]
    """
    return tuple(replace(base, **dict(zip(axes, values, strict=True))) for values in product(*axes.values()))


def _number(name: str, value: Any) -> int | float:
    low, high = NUMBERS[name]
    whole = name in ("first", "batch", "seed")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if isinstance(value, bool) or not low <= number <= high or (whole and number != int(number)):
        kind = "a whole number" if whole else "a number"
        raise SpecError(f"{name} must be {kind} between {low:g} and {high:g}, got {quoted(value)}")
    return int(number) if whole else number


def _choice(name: str, value: Any) -> Choice:
    if isinstance(value, str):
        return Choice(value)
    if not isinstance(value, Choice) or not isinstance(value.name, str):
        raise SpecError(f"{name} must name a plug-in, got {quoted(value)}")
    return value


def _plain(value: Any) -> Value:
    return tuple(value) if isinstance(value, list | tuple) else value


def _from_plain(value: Any) -> Any:
    if isinstance(value, dict):
        return Choice(value["name"], tuple(sorted((k, _plain(v)) for k, v in value["params"])))
    if isinstance(value, list):
        return tuple(_from_plain(v) for v in value)
    return value
