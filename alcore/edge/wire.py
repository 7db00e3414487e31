"""Rounds as text and back, exactly: what the store keeps and what crosses between processes.

Everything here is JSON that any reader accepts: NaN becomes null, an infinity becomes "inf" or "-inf".

>>> from alcore import Spec, advance
>>> (first,) = advance(Spec(), rounds=1)
>>> decode(encode(first)) == first
True
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from alcore.errors import DataError
from alcore.types import Round

LIBRARIES = ("numpy", "scipy", "scikit-learn", "pandas")  # another version may give other rounds


def encode(found: Round) -> str:
    """One round as one line of JSON."""
    return dumps(
        {
            "index": found.index,
            "asked": found.asked,
            "answers": found.answers,
            "scores": found.scores,
            "costs": found.costs,
            "metrics": dict(found.metrics),
            "signals": dict(found.signals),
            "note": found.note,
            "seconds": found.seconds,
        },
        _spelled,
    )


def decode(text: str) -> Round:
    """Read what `encode` wrote.

    Raises
    ------
    DataError
        When the text is not a round.
    """
    try:
        raw = json.loads(text)
        return Round(
            index=_whole(raw.pop("index")),
            asked=tuple(tuple(map(_whole, ids)) for ids in raw.pop("asked")),
            answers=tuple(_numbers(answer) for answer in raw.pop("answers")),
            scores=_numbers(raw.pop("scores")),
            costs=_numbers(raw.pop("costs")),
            metrics=_named(raw.pop("metrics")),
            signals=_named(raw.pop("signals")),
            note=str(raw.pop("note")),
            seconds=_number(raw.pop("seconds")),
            **raw,
        )
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise DataError(f"This text is not a round of an experiment: {error}") from None


def dumps(value: Any, spell: Callable[[float], Any] = lambda number: None) -> str:
    """Any plain value as compact JSON; `spell` says what a NaN or an infinity becomes (null)."""
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False, default=_unboxed)
    except ValueError:  # not finite somewhere; rare, so only then is every number looked at
        return json.dumps(_finite(value, spell), separators=(",", ":"), allow_nan=False, default=_unboxed)


@cache
def fingerprint() -> str:
    """Twelve hex digits that name this engine: its files and the libraries that do its arithmetic.

    Rounds of two engines are never mixed in one run.
    """
    digest = hashlib.sha256()
    home = Path(__file__).parents[1]
    for file in packaged(home):
        digest.update(file.relative_to(home).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    for library in LIBRARIES:
        digest.update(f"{library}={_version(library)}\0".encode())
    return digest.hexdigest()[:12]


def packaged(home: Path) -> list[Path]:
    """The files of a package that can change what it computes: source, data, learnt weights; no caches."""
    return sorted(
        file
        for file in home.rglob("*")
        if file.suffix not in (".pyc", ".md")
        and not any(part.startswith(".") or part == "__pycache__" for part in file.relative_to(home).parts)
        and file.is_file()
    )


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "none"


def _unboxed(value: Any) -> Any:
    """Arrays and scalars of numpy as Python values."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not a plain value")


def _spelled(number: float) -> Any:
    return None if math.isnan(number) else str(number)


def _finite(value: Any, spell: Callable[[float], Any]) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else spell(value)
    if isinstance(value, Mapping):
        return {key: _finite(inner, spell) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner, spell) for inner in value]
    return _finite(_unboxed(value), spell) if hasattr(value, "tolist") else value


def _number(value: Any) -> float:
    return (
        math.nan if value is None else float(value)
    )  # the one NaN object, so that read rounds compare equal


def _numbers(values: Iterable[Any]) -> tuple[float, ...]:
    return tuple(map(_number, values))


def _named(values: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): _number(value) for name, value in values.items()}


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is not a whole number")
    return value
