"""Typed parameters: one declaration, read by the form, the docs, the link and the tests.

A plug-in declares its knobs once, as keyword-only parameters with a plain type, a default and, where it has
them, limits. Everything else is derived from that signature:

>>> def sharpen(scores, *, power: Annotated[float, Range(0.1, 10, log=True)] = 1.0):
...     '''Raise scores to a power.
...
...     Parameters
...     ----------
...     power : float
...         Above 1 the best stand out more.
...     '''
>>> (knob,) = params_of(sharpen)
>>> knob.name, knob.default, knob.help
('power', 1.0, 'Above 1 the best stand out more.')
>>> knob.check(50)
Traceback (most recent call last):
    ...
alcore.errors.SpecError: power must be between 0.1 and 10, got 50
"""

import inspect
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from alcore.errors import SpecError, quoted

Scalar: TypeAlias = bool | int | float | str
Value: TypeAlias = Scalar | tuple[Scalar, ...]

MANY = 64  # a list parameter never holds more values than this


@dataclass(frozen=True, slots=True)
class Range:
    """Closed interval a number must lie in; ``log`` asks for a logarithmic slider."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, slots=True)
class From:
    """The values are names of plug-ins of this kind, e.g. ``From("learner")``."""

    kind: str


@dataclass(frozen=True, slots=True)
class Text:
    """A free text of at most `length` characters; ``hidden`` texts are set by the page, not typed."""

    length: int = 80
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Param:
    """One knob of a plug-in, as found in its signature and docstring."""

    name: str
    type: type
    default: Value
    many: bool = False
    range: Range | None = None
    choices: tuple[str, ...] = ()
    kind: str = ""
    text: Text | None = None
    help: str = ""

    def check(self, value: Any) -> Value:
        """Return `value` as the declared type.

        Raises
        ------
        SpecError
            When it has another type, is not one of the choices or lies outside the range.
        """
        if not self.many:
            return self._one(value)
        if not isinstance(value, list | tuple):
            raise SpecError(f"{self.name} must be a list, got {quoted(value)}")
        values = tuple(value)
        if len(values) > MANY:
            raise SpecError(f"{self.name} may hold at most {MANY} values, got {len(values)}")
        return tuple(self._one(v) for v in values)

    def to_text(self, value: Value) -> str:
        """`value` as it stands in an address; `from_text` reads it back."""
        if self.many:
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        return value if isinstance(value, str) else json.dumps(value)

    def from_text(self, text: str) -> Value:
        """The value written by `to_text`, checked.

        Raises
        ------
        SpecError
            When the text is not a value of this parameter.
        """
        if not self.many and self.type is str:
            return self.check(text)
        try:
            return self.check(json.loads(text))
        except (ValueError, RecursionError) as error:
            if isinstance(error, SpecError):
                raise
            raise SpecError(f"{self.name} cannot be read from {quoted(text)}") from None

    def _one(self, value: Any) -> Scalar:
        if self.choices and value not in self.choices:
            some = [c for c in self.choices if c]
            known = ", ".join(some[:8]) + (f" or {len(some) - 8} more" if len(some) > 8 else "")
            raise SpecError(f"{self.name} must be one of {known}, got {quoted(value)}")
        if self.type is bool or isinstance(value, bool):
            if self.type is not bool or not isinstance(value, bool):
                raise SpecError(f"{self.name} must be {_spoken(self.type)}, got {quoted(value)}")
            return value
        if self.type is str:
            if not isinstance(value, str):
                raise SpecError(f"{self.name} must be a text, got {quoted(value)}")
            if self.kind and not value.isidentifier():
                raise SpecError(f"{self.name} must be the name of a plug-in, got {quoted(value)}")
            if self.text and len(value) > self.text.length:
                raise SpecError(f"{self.name} may have at most {self.text.length} characters")
            return value
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise SpecError(f"{self.name} must be {_spoken(self.type)}, got {quoted(value)}") from None
        if not math.isfinite(number) or (self.type is int and number != int(number)):
            raise SpecError(f"{self.name} must be {_spoken(self.type)}, got {quoted(value)}")
        if self.range and not self.range.low <= number <= self.range.high:
            limits = f"{self.range.low:g} and {self.range.high:g}"
            raise SpecError(f"{self.name} must be between {limits}, got {quoted(value)}")
        return int(number) if self.type is int else number


def params_of(plugin: Callable[..., Any]) -> tuple[Param, ...]:
    """The keyword-only parameters of a function or a dataclass, in order.

    Raises
    ------
    SpecError
        When one has no default or not a plain type; found when the plug-in is registered.
    """
    target = plugin if inspect.isfunction(plugin) else plugin.__init__
    hints = get_type_hints(target, include_extras=True)
    helps = _helps(inspect.getdoc(plugin) or "")
    return tuple(
        _param(plugin.__name__, p, hints[p.name], helps.get(p.name, ""))
        for p in inspect.signature(plugin).parameters.values()
        if p.kind is p.KEYWORD_ONLY
    )


def settle(params: tuple[Param, ...], given: Mapping[str, Value], owner: str = "this") -> dict[str, Value]:
    """Defaults overlaid by `given`, all checked.

    Raises
    ------
    SpecError
        When a name is unknown or a value is refused.
    """
    if unknown := set(given) - {p.name for p in params}:
        known = ", ".join(p.name for p in params) or "none"
        raise SpecError(f"{owner} has no parameter {', '.join(sorted(unknown))}; it has: {known}")
    return {p.name: p.check(given.get(p.name, p.default)) for p in params}


def _param(owner: str, found: inspect.Parameter, hint: Any, text: str) -> Param:
    base, extras = (get_args(hint)[0], get_args(hint)[1:]) if get_origin(hint) is Annotated else (hint, ())
    many = get_origin(base) is tuple
    base = get_args(base)[0] if many else base
    choices = get_args(base) if get_origin(base) is Literal else ()
    kind = str if choices else base
    if found.default is found.empty or kind not in (int, float, bool, str):
        raise SpecError(f"{owner}({found.name}) needs a plain type and a default")

    def extra(wanted: type) -> Any:
        return next((e for e in extras if isinstance(e, wanted)), None)

    source = extra(From)
    return Param(
        name=found.name,
        type=kind,
        default=found.default,
        many=many,
        range=extra(Range),
        choices=choices,
        kind=source.kind if source else "",
        text=extra(Text) or (Text() if kind is str and not choices and not source else None),
        help=text,
    )


def _spoken(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[kind]


def _helps(doc: str) -> dict[str, str]:
    """Parameter texts of a numpydoc docstring."""
    block = re.search(r"Parameters\n-+\n(.*?)(?:\n\n[A-Z]|\Z)", doc, re.S)
    lines = re.findall(r"^(\w+) : .*\n((?:    .*\n?)+)", (block.group(1) if block else "") + "\n", re.M)
    return {name: " ".join(text.split()) for name, text in lines}
