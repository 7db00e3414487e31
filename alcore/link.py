"""A spec as an address: readable query parameters, or one token that never changes its meaning.

The parameters hold what differs from `START`, so an address is short and can be edited by hand. A token holds
every part of the spec, so it still means the same experiment when a default changes later.

>>> from dataclasses import replace
>>> to_query(replace(START, oracle=Choice.of("noisy", rate=0.2), batch=3))
{'oracle': 'noisy', 'oracle.rate': '0.2', 'batch': '3'}
>>> spec, problems = from_query({"oracle": "noisy", "oracle.rate": "7"})
>>> spec.oracle, problems
(Choice(name='noisy', params=()), ('oracle: rate must be between 0 and 0.9, got 7',))
"""

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alcore.catalog import PARTS
from alcore.errors import SpecError, quoted
from alcore.spec import LIST_FIELDS, NUMBERS, Choice, Spec

# The experiment of an empty address: a curved boundary that a few dozen labels can find.
START = Spec(dataset=Choice("moons"), learner=Choice("gaussian_process"), first=6, batch=2, budget=60)
WORDS = ("stop_when", "budget_in")
MAX_TOKEN, MAX_JSON, MAX_LIST = 4096, 16384, 8
VERSION = "1"


def to_query(spec: Spec, default: Spec | None = None) -> dict[str, str]:
    """Query parameters of what differs from `default`: ``{"dataset": "xor", "dataset.rows": "300", ...}``."""
    default = START if default is None else default
    query: dict[str, str] = {}
    for part, registry in PARTS.items():
        chosen, usual = getattr(spec, part), getattr(default, part)
        if chosen == usual:
            continue
        listed = spec.choices(part)
        names = ",".join(c.name for c in listed)
        if isinstance(chosen, tuple) or chosen.name != usual.name or usual.params:
            query[part] = names or "none"
        for choice in listed:
            prefix = f"{part}.{choice.name}" if part in LIST_FIELDS else part
            known = {p.name: p for p in registry[choice.name].params}
            query |= {f"{prefix}.{name}": known[name].to_text(value) for name, value in choice.params}
    for name in (*NUMBERS, *WORDS):
        value = getattr(spec, name)
        if value != getattr(default, name):
            query[name] = (
                f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)
            )
    return query


def from_query(query: Mapping[str, str], default: Spec | None = None) -> tuple[Spec, tuple[str, ...]]:
    """The spec of some query parameters, and a sentence for each that had to be left out.

    Parameters that are no part of a spec are ignored, so a page may keep its own beside them.
    """
    spec = START if default is None else default
    problems: list[str] = []
    spec = _checked(spec, problems)
    for part in PARTS:
        wanted = _names(part, query, spec)
        if wanted is None:
            continue
        choices = [c for name in wanted if (c := _choice(part, name, query, spec, problems)) is not None]
        if part in LIST_FIELDS:
            spec = _with(spec, part, tuple(choices))
        elif choices:
            spec = _with(spec, part, choices[0])
    for name in (*NUMBERS, *WORDS):
        if name in query:
            try:
                spec = _with(spec, name, query[name])
            except SpecError as error:
                problems.append(str(error))
    return spec, tuple(problems)


def to_token(spec: Spec) -> str:
    """The whole spec in about 300 characters that may stand in an address."""
    return pack(spec.to_json())


def from_token(token: str) -> Spec:
    """The spec of a token.

    Raises
    ------
    SpecError
        When the token is damaged, too large or of an unknown version. Nothing in it is ever executed.
    """
    return Spec.from_json(unpack(token))


def pack(text: str) -> str:
    """A JSON text as a token that may stand in an address.

    >>> unpack(pack('{"seeds":3}'))
    '{"seeds":3}'
    """
    return VERSION + base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpack(token: str) -> str:
    """The text of a token.

    Raises
    ------
    SpecError
        When the token is damaged, too large or of an unknown version.
    """
    if not token or len(token) > MAX_TOKEN or token[0] != VERSION:
        raise SpecError("This link is of an unknown version or too long; ask for it again")
    try:
        packed = base64.urlsafe_b64decode(token[1:] + "=" * (-len(token[1:]) % 4))
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, MAX_JSON)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise SpecError("This link is too long; ask for it again")
        return text.decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        if isinstance(error, SpecError):
            raise
        raise SpecError("This link is damaged; copy it again as a whole") from error


def _checked(spec: Spec, problems: list[str]) -> Spec:
    """The spec with every choice in its normal form; what this version does not know is left out."""
    for part, registry in PARTS.items():
        kept = []
        for choice in spec.choices(part):
            try:
                kept.append(registry.normal(choice))
            except SpecError as error:
                problems.append(f"{part}: {error}")
        if part in LIST_FIELDS:
            spec = _with(spec, part, tuple(kept))
        else:
            spec = _with(spec, part, kept[0] if kept else getattr(START, part))
    return spec


def _with(spec: Spec, field: str, value: Any) -> Spec:
    changed: dict[str, Any] = {field: value}
    return replace(spec, **changed)


def _names(part: str, query: Mapping[str, str], spec: Spec) -> list[str] | None:
    """The plug-in names a query gives for one part; None when it does not speak of it."""
    if part in query:
        text = query[part]
        return [] if part in LIST_FIELDS and text == "none" else text.split(",")[:MAX_LIST]
    if part in LIST_FIELDS or not any(key.startswith(f"{part}.") for key in query):
        return None
    return [getattr(spec, part).name]


def _choice(part: str, name: str, query: Mapping[str, str], spec: Spec, problems: list[str]) -> Choice | None:
    registry = PARTS[part]
    if name not in registry:
        problems.append(f"There is no {registry.kind} named {quoted(name)}")
        return None
    prefix = f"{part}.{name}." if part in LIST_FIELDS else f"{part}."
    usual = getattr(spec, part)
    given: dict[str, Any] = dict(usual.params) if isinstance(usual, Choice) and usual.name == name else {}
    known = {p.name: p for p in registry[name].params}
    for key in (k for k in query if k.startswith(prefix)):
        param = known.get(key.removeprefix(prefix))
        try:
            if param is None:
                raise SpecError(f"{registry[name].label} has no parameter {quoted(key.removeprefix(prefix))}")
            given[param.name] = param.from_text(query[key])
        except SpecError as error:
            problems.append(f"{part}: {error}")
    try:
        return registry.normal(Choice.of(name, **given))
    except SpecError as error:
        problems.append(f"{part}: {error}")
        return Choice(name)
