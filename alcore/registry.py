"""Registries: where plug-ins of one kind are found by name.

One decorator registers a plug-in; its summary, parameters, source and facts are read from its own
signature and docstring, so forms, the Atlas, links and law tests pick it up by themselves.
"""

import importlib
import inspect
import pkgutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from alcore.errors import SpecError, quoted
from alcore.params import Param, Value, params_of, settle
from alcore.spec import Choice

BOUND = 256  # bound plug-ins kept per registry

F = TypeVar("F", bound=Callable[..., Any])
P = TypeVar("P", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Entry(Generic[F]):
    """A plug-in and everything the form, the docs and the tests need to know of it."""

    name: str
    plugin: F
    params: tuple[Param, ...]
    needs: frozenset[str] = frozenset()  # what it consumes, e.g. "proba", "members"
    gives: frozenset[str] = frozenset()  # what it offers beyond the contract of its kind
    exempt: frozenset[str] = frozenset()  # laws it does not keep, each with its reason in the docstring
    source: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)  # unit, formula, ...: whatever its kind shows

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.plugin) or "").partition("\n")[0]

    @property
    def notes(self) -> str:
        """The docstring's free text between the first line and the first section."""
        body = (inspect.getdoc(self.plugin) or "").partition("\n")[2]
        lines = body.splitlines()
        stop = next((i - 1 for i, line in enumerate(lines) if i and set(line) == {"-"}), len(lines))
        return "\n".join(lines[:stop]).strip()

    @property
    def label(self) -> str:
        """The name as a menu shows it."""
        return str(self.facts.get("label", self.name.replace("_", " ")))


class Registry(Mapping[str, Entry[F]], Generic[F]):
    """Plug-ins of one kind; the modules below `where` are imported on first use.

    Parameters
    ----------
    kind : str
        The field's word for it, as messages say it: "acquisition function".
    where : str
        A module, or a package whose modules each register some.
    """

    def __init__(self, kind: str, where: str) -> None:
        self.kind, self.where = kind, where
        self._entries: dict[str, Entry[Any]] = {}
        self._bound: dict[tuple[Choice, str], Callable[..., Any]] = {}
        self._loaded = False
        self._lock = threading.RLock()

    def add(
        self,
        *,
        name: str = "",
        needs: str = "",
        gives: str = "",
        exempt: str = "",
        source: str = "",
        **facts: Any,
    ) -> Callable[[P], P]:
        """Decorator: register a plug-in under its own name and return it untouched."""

        def register(plugin: P) -> P:
            key = name or plugin.__name__
            if key in self._entries:
                raise SpecError(f"{self.kind} {key!r} is registered twice")
            wants, offers, breaks = (frozenset(text.split()) for text in (needs, gives, exempt))
            self._entries[key] = Entry(key, plugin, params_of(plugin), wants, offers, breaks, source, facts)
            return plugin

        return register

    def bind(self, choice: Choice) -> Callable[..., Any]:
        """The chosen plug-in with its parameters settled and frozen in.

        Raises
        ------
        SpecError
            When there is none of that name or a parameter is refused.
        """
        key = (choice, repr(choice.params))  # 1, 1.0 and True are equal, but not the same parameter
        bound = self._bound.get(key)
        if bound is None:
            bound = partial(self[choice.name].plugin, **self.settle(choice))
            if len(self._bound) >= BOUND:  # choices come from visitors, so what is kept is bounded
                self._bound.clear()
            self._bound[key] = bound
        return bound

    def settle(self, choice: Choice) -> dict[str, Value]:
        """All parameters of the chosen plug-in: its defaults overlaid by the choice's own.

        Raises
        ------
        SpecError
            When a parameter is unknown, refused, or names a plug-in that there is not.
        """
        from alcore.catalog import PARTS  # the registries know each other only by way of the catalog

        entry = self[choice.name]
        settled = settle(entry.params, dict(choice.params), entry.label)
        for param in entry.params:
            value = settled[param.name]
            names = value if isinstance(value, tuple) else (value,)
            if param.kind and (missing := [n for n in names if n not in PARTS[param.kind]]):
                known = ", ".join(PARTS[param.kind])
                raise SpecError(f"{param.name} must be one of {known}, got {quoted(missing[0])}")
        return settled

    def normal(self, choice: Choice) -> Choice:
        """The same choice with parameters checked, sorted, and defaults left out."""
        entry = self[choice.name]
        settled = self.settle(choice)
        return Choice.of(
            entry.name, **{p.name: settled[p.name] for p in entry.params if settled[p.name] != p.default}
        )

    def __getitem__(self, name: str) -> Entry[F]:
        self._load()
        try:
            return self._entries[name]
        except KeyError:
            known = ", ".join(self._entries)
            raise SpecError(f"There is no {self.kind} named {quoted(name)}; there are: {known}") from None

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def _load(self) -> None:
        if self._loaded:
            return
        with self._lock:  # pages of several visitors may ask first at the same moment
            if self._loaded:
                return
            home = importlib.import_module(self.where)
            for module in sorted(m.name for m in pkgutil.iter_modules(getattr(home, "__path__", []))):
                importlib.import_module(f"{self.where}.{module}")
            self._loaded = True
