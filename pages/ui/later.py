"""Answers that take a while: asked for in the background, so that no page waits for them.

What was asked is kept with the page's own notes. Threads here only wait: the work is done by the service's
workers, which serve others in between.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from alcore.errors import AlcoreError, BusyError, UnavailableError

log = logging.getLogger(__name__)

KEPT = 24  # answers a page remembers


@dataclass(eq=False)
class Answer:
    """A question to the service; its result or its error are there once it is `done`."""

    question: Callable[[], dict[str, Any]]
    result: dict[str, Any] | None = None
    error: AlcoreError | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        threading.Thread(target=self._ask, name="alcore-later", daemon=True).start()

    @property
    def done(self) -> bool:
        return self._done.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait a moment at most; whether it is done."""
        return self._done.wait(seconds)

    def _ask(self) -> None:
        try:
            self.result = self.question()
        except AlcoreError as error:
            self.error = error
        except Exception:  # the page waits for an answer: it gets a sentence
            log.exception("A question in the background failed")
            self.error = UnavailableError("This could not be worked out; it was written to the server's log")
        finally:
            self._done.set()


def ask(notes: dict[str, Any], key: str, question: Callable[[], dict[str, Any]]) -> Answer:
    """The answer under this key; the question is put the first time, and again when the server was busy."""
    kept: dict[str, Answer] = notes.setdefault("later", {})
    if key not in kept or isinstance(kept[key].error, BusyError):
        kept.pop(key, None)
        while len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = Answer(question)
    return kept[key]


def pending(notes: dict[str, Any], key: str) -> bool:
    """Whether somebody waits for the answer under this key."""
    found = known(notes, key)
    return found is not None and not found.done


def known(notes: dict[str, Any], key: str) -> Answer | None:
    """The answer under this key, if it was ever asked for."""
    found: Answer | None = notes.get("later", {}).get(key)
    return found
