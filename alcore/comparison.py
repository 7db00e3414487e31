"""A comparison as a value: strategies side by side, on the same data, splits, starts and seeds.

What all contenders share stands in `Comparison.base`; each contender says what is different with it. Random
is always among them: once for the base, and once more for every contender that changes what random depends
on too (another learner, another noise, another batch), so that each has its own paired baseline, its twin.

>>> from alcore import Spec
>>> comparison = Comparison(Spec("wine"), (Contender.recipe("margin"), Contender.recipe("badge")), seeds=3)
>>> [(entry.strategy, entry.seed) for entry in comparison.entries()][:4]
[('Random', 0), ('Uncertainty (margin)', 0), ('BADGE', 0), ('Random', 1)]
>>> len(comparison.entries())
9
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, NamedTuple, Self

from alcore.catalog import DATASETS, PARTS
from alcore.errors import SpecError, quoted
from alcore.link import from_query, to_query
from alcore.recipes import RECIPES, STRATEGY, match
from alcore.spec import LIST_FIELDS, Choice, Spec

RANDOM = "Random"
CONTENDERS, SEEDS, ELSEWHERE = 8, 200, 12  # the most there may be: contenders, seeds, datasets
RUNS = 2000  # and runs in all: more is work for a notebook
SHARED = ("dataset", "setting", "test_share", "seed")  # what no contender may change: it is what they share
USUAL_SEEDS = 10
_FIELDS = tuple(f.name for f in fields(Spec))
# A spec whose strategy no recipe has, so that `to_query` writes all three parts out.
_BLANK = Spec(acquisition=Choice(""), select=Choice(""), adjust=(Choice("random"),))
_USUAL = Spec()


@dataclass(frozen=True, slots=True)
class Contender:
    """A strategy in a comparison: its name there, and the fields of the spec it changes.

    A contender is a whole strategy: what is not said of its three parts is as in a `Spec`.

    >>> Contender.of("Noisy", acquisition="entropy", oracle=Choice.of("noisy", rate=0.2)).over(Spec()).oracle
    Choice(name='noisy', params=(('rate', 0.2),))
    """

    label: str
    changes: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, label: str, **changes: Any) -> Self:
        """A contender by what it changes.

        Raises
        ------
        SpecError
            When a change is not a field of a spec, or one that all contenders share.
        """
        for name in changes:
            if name in SHARED or name not in _FIELDS:
                raise SpecError(f"A contender cannot change {quoted(name)}: it is the same for all of them")
        return cls(_label(label), tuple(sorted(_settled(changes).items())))

    @classmethod
    def recipe(cls, name: str, label: str = "", **changes: Any) -> Self:
        """A contender by the name of its recipe.

        Raises
        ------
        SpecError
            When there is no recipe of that name.
        """
        if name not in RECIPES:
            raise SpecError(f"There is no recipe named {quoted(name)}")
        return cls.of(label or RECIPES[name].label, **{**RECIPES[name].parts(), **changes})

    @classmethod
    def between(cls, label: str, base: Spec, spec: Spec) -> Self:
        """The contender that makes `spec` of `base`."""
        changed = [n for n in _FIELDS if n not in SHARED and getattr(spec, n) != getattr(base, n)]
        return cls.of(label, **{name: getattr(spec, name) for name in {*STRATEGY, *changed}})

    def against(self, base: Spec) -> Self:
        """The same contender without changes that change nothing about this base."""
        told = (c for c in self.changes if c[0] in STRATEGY or c[1] != getattr(base, c[0]))
        return replace(self, changes=tuple(told))

    def over(self, base: Spec) -> Spec:
        """The experiment of this contender."""
        return replace(base, **dict(self.changes))


class Entry(NamedTuple):
    """One run of a comparison."""

    dataset: str
    strategy: str
    seed: int
    spec: Spec


@dataclass(frozen=True, slots=True)
class Comparison:
    """Contenders, over seeds and datasets.

    Attributes
    ----------
    base : what all of them share; its seed is the first one, its strategy says nothing and is random
    contenders : at most eight, each with a label of its own
    seeds : how many paired repetitions on each dataset
    datasets : where; empty = on the base's dataset

    Raises
    ------
    SpecError
        When two contenders have the same label, or there are too many of something.
    """

    base: Spec = _USUAL
    contenders: tuple[Contender, ...] = ()
    seeds: int = USUAL_SEEDS
    datasets: tuple[Choice, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", self.base.passive())
        object.__setattr__(self, "contenders", tuple(c.against(self.base) for c in self.contenders))
        labels = [c.label for c in self.contenders]
        if len(set(labels)) < len(labels):
            twice = next(label for label in labels if labels.count(label) > 1)
            raise SpecError(f"Two contenders are called {quoted(twice)}; give one of them another name")
        if any(label == RANDOM or label.startswith(f"{RANDOM} (") for label in labels):
            raise SpecError(f"{RANDOM} takes part in every comparison; give this contender another name")
        if len(labels) > CONTENDERS:
            raise SpecError(f"At most {CONTENDERS} strategies are compared at once; {len(labels)} were given")
        if not isinstance(self.seeds, int) or not 1 <= self.seeds <= SEEDS:
            raise SpecError(f"seeds must be a whole number between 1 and {SEEDS}, got {quoted(self.seeds)}")
        if len(self.datasets) > ELSEWHERE:
            raise SpecError(f"At most {ELSEWHERE} datasets at once; {len(self.datasets)} were given")
        if len(set(self.datasets)) < len(self.datasets):
            raise SpecError("A dataset was given twice")
        runs = self.seeds * max(1, len(self.datasets)) * len(self.strategies)
        if runs > RUNS:
            raise SpecError(
                f"This comparison is {runs:,} runs and {RUNS:,} are the most; take fewer seeds or datasets"
            )

    @property
    def id(self) -> str:
        """Twelve hex digits that name this comparison."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    @property
    def places(self) -> dict[str, Spec]:
        """The base on each dataset, by the dataset's name on the screen."""
        chosen = self.datasets or (self.base.dataset,)
        names = [DATASETS[c.name].label if c.name in DATASETS else c.name for c in chosen]
        return {
            name if names.count(name) == 1 else f"{name} ({_told(choice)})": replace(
                self.base, dataset=choice
            )
            for name, choice in zip(names, chosen, strict=True)
        }

    @property
    def strategies(self) -> dict[str, Spec]:
        """The experiment of each strategy on the base's dataset and first seed; Random comes first."""
        twins = self._twins()
        passive = dict(twins.values())
        return {RANDOM: self.base.passive()} | passive | {c.label: c.over(self.base) for c in self.contenders}

    @property
    def twins(self) -> dict[str, str]:
        """For every strategy the name of the random run it is paired with; a random one is its own."""
        found = {label: name for label, (name, _) in self._twins().items()}
        return {name: found.get(name, name) for name in self.strategies}

    def entries(self) -> tuple[Entry, ...]:
        """Every run there is to make, seed by seed, so that what is finished can be compared at any time."""
        places, strategies = self.places, self.strategies
        return tuple(
            Entry(place, name, seed, replace(spec, dataset=base.dataset, seed=seed))
            for seed in range(self.base.seed, self.base.seed + self.seeds)
            for place, base in places.items()
            for name, spec in strategies.items()
        )

    def _twins(self) -> dict[str, tuple[str, Spec]]:
        """For every contender the name and experiment of its random twin."""
        own = self.base.passive()
        named: dict[Spec, str] = {own: RANDOM}
        twins = {}
        for contender in self.contenders:
            spec = contender.over(self.base).passive()
            if not spec.stop:  # random asks no committee; only a stopping rule may
                spec = replace(spec, committee=own.committee)
            if spec not in named:
                name = f"{RANDOM} ({_differences(own, spec)})"
                named[spec] = name if name not in named.values() else f"{RANDOM} ({contender.label})"
            twins[contender.label] = (named[spec], spec)
        return twins

    # ------------------------------------------------------------------------------------------ as a text

    def to_json(self) -> str:
        """Canonical JSON: equal comparisons, equal text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        SpecError
            When the text is not a comparison.
        """
        try:
            raw = json.loads(text)
            return cls(
                Spec.from_json(json.dumps(raw["base"])),
                tuple(
                    Contender.of(c["label"], **{k: _from_plain(v) for k, v in c["changes"]})
                    for c in raw["contenders"]
                ),
                raw["seeds"],
                tuple(_from_plain(d) for d in raw["datasets"]),
            )
        except SpecError:
            raise
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
            raise SpecError(f"This text does not describe a comparison: {error}") from None

    def to_query(self, default: "Comparison") -> dict[str, str]:
        """Query parameters of what differs from `default`.

        A contender that is a recipe is written by its name in ``vs``; any other as ``c1``, ``c2``, ... with
        its fields as ``c1.acquisition``, ``c1.learner``, ...
        """
        query = to_query(self.base, default.base)
        if self.contenders != default.contenders:
            names: list[str] = []
            for contender in self.contenders:
                name = _as_recipe(contender, self.base)
                if not name:
                    name = f"c{len(names) + 1}"
                    spec = contender.over(self.base)
                    query[f"{name}.name"] = contender.label
                    strategy = {k: v for k, v in to_query(spec, _BLANK).items() if _part(k) in STRATEGY}
                    rest = {k: v for k, v in to_query(spec, self.base).items() if _part(k) not in STRATEGY}
                    query |= {f"{name}.{key}": value for key, value in {**strategy, **rest}.items()}
                names.append(name)
            query["vs"] = ",".join(names) or "none"
        if self.seeds != default.seeds:
            query["seeds"] = str(self.seeds)
        if self.datasets != default.datasets:
            query["on"] = ",".join(c.name for c in self.datasets) or "none"
            for choice in self.datasets:
                known = {p.name: p for p in DATASETS[choice.name].params}
                query |= {f"on.{choice.name}.{k}": known[k].to_text(v) for k, v in choice.params}
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str], default: "Comparison") -> tuple[Self, tuple[str, ...]]:
        """The comparison of some query parameters, and a sentence for each that had to be left out."""
        base, found = from_query(query, default.base)
        problems = list(found)
        contenders = default.contenders
        if "vs" in query:
            contenders = tuple(_contenders(query, base, problems))
        seeds = default.seeds
        if "seeds" in query:
            try:
                seeds = cls(seeds=int(query["seeds"])).seeds
            except (SpecError, ValueError):
                problems.append(f"seeds must be a whole number between 1 and {SEEDS}")
        datasets = default.datasets
        if "on" in query:
            datasets = tuple(_places(query, problems))
        return cls(base, contenders, seeds, datasets), tuple(problems)


def _part(key: str) -> str:
    return key.partition(".")[0]


def _label(text: Any) -> str:
    label = " ".join(str(text).split())[:60]
    if not label:
        raise SpecError("A contender needs a name")
    return label


def _settled(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes as a spec holds them: checked, in normal form, with the whole strategy."""
    spec = Spec(**changes)
    settled = {name: getattr(spec, name) for name in {*STRATEGY, *changes}}
    for part in PARTS.keys() & settled.keys():
        normal = tuple(PARTS[part].normal(choice) for choice in spec.choices(part))
        settled[part] = normal if part in LIST_FIELDS else normal[0]
    return settled


def _from_plain(value: Any) -> Any:
    if isinstance(value, dict):
        return Choice.of(value["name"], **dict(value["params"]))
    return tuple(_from_plain(v) for v in value) if isinstance(value, list) else value


def _told(choice: Choice) -> str:
    return ", ".join(f"{name} {value}" for name, value in choice.params) or "as it is"


def _differences(own: Spec, other: Spec) -> str:
    """What another random run does differently, in a few words."""
    said = []
    for name in _FIELDS:
        value = getattr(other, name)
        if value == getattr(own, name):
            continue
        if name in PARTS:
            labels = [
                f"{PARTS[name][c.name].label}{f' {_told(c)}' if c.params else ''}"
                for c in other.choices(name)
            ]
            said.append(" + ".join(labels) or f"no {name}")
        else:
            said.append(f"{name.replace('_', ' ')} {value:g}" if not isinstance(value, str) else value)
    return ", ".join(said)


def _as_recipe(contender: Contender, base: Spec) -> str:
    """The recipe this contender is, if it is one under its own name."""
    return next((n for n in RECIPES if n != "random" and Contender.recipe(n).against(base) == contender), "")


def _contenders(query: Mapping[str, str], base: Spec, problems: list[str]) -> Iterable[Contender]:
    taken: set[str] = set()
    for name in [n for n in query["vs"].split(",") if n and n != "none"][:CONTENDERS]:
        prefix = f"{name}."
        own = {k.removeprefix(prefix): v for k, v in query.items() if k.startswith(prefix)}
        try:
            if name in RECIPES:
                contender = Contender.recipe(name)
            elif own:
                spec, found = from_query({k: v for k, v in own.items() if _part(k) not in SHARED}, base)
                problems += found
                usual = match(spec)
                label = own.get("name") or (RECIPES[usual].label if usual else spec.acquisition.name)
                contender = Contender.between(label, base, spec)
            else:
                raise SpecError(f"There is no recipe named {quoted(name)}")
            if contender.label in taken or contender.label.startswith(RANDOM):
                raise SpecError(
                    f"{contender.label} was given twice"
                    if contender.label in taken
                    else f"{RANDOM} takes part in every comparison anyhow"
                )
        except SpecError as error:
            problems.append(str(error))
        else:
            taken.add(contender.label)
            yield contender


def _places(query: Mapping[str, str], problems: list[str]) -> Iterable[Choice]:
    for name in dict.fromkeys(n for n in query["on"].split(",")[:ELSEWHERE] if n and n != "none"):
        own = {
            f"dataset.{k.removeprefix(f'on.{name}.')}": v
            for k, v in query.items()
            if k.startswith(f"on.{name}.")
        }
        spec, found = from_query({"dataset": name, **own}, Spec())
        problems += found
        if name in DATASETS:
            yield spec.dataset
