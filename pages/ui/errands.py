"""Questions to the service that a page shows answers of later: worked off in the background, in turn.

The one thread only waits; the work is done by the service's workers. It ends when nothing is left to ask,
or when nobody has looked for a while.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any

from alcore.errors import AlcoreError, BusyError, UnavailableError

log = logging.getLogger(__name__)

LEASE = 10.0  # seconds after which questions that nobody waits for are no longer put
PAUSE = 0.5  # seconds before a service that is busy is asked again
AGAIN = 30.0  # seconds before what could not be had is asked for again
BROKEN = "This could not be worked out; it was written to the server's log"

Question = Callable[[], Any]


class Errands:
    """Answers by name; an answer is a result, or the sentence of an error."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Any] = {}
        self._errors: dict[Hashable, str] = {}
        self._retry: dict[Hashable, float] = {}  # when an error may be forgotten
        self._waiting: dict[Hashable, Question] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._seen = 0.0

    def ask(self, name: Hashable, question: Question) -> Any | None:
        """The answer if it is known; else None, and it will be."""
        self._seen = time.monotonic()
        with self._lock:
            if time.monotonic() > self._retry.get(name, float("inf")):
                del self._retry[name], self._errors[name]
            if name in self._answers or name in self._errors:
                return self._answers.get(name)
            self._waiting.setdefault(name, question)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._go, name="alcore-errands", daemon=True)
                self._thread.start()
        return None

    def known(self, name: Hashable) -> Any | None:
        """The answer if it is known; it is not asked for."""
        return self._answers.get(name)

    def error(self, name: Hashable) -> str:
        """Why there is no answer; "" when there is one, or may be."""
        return self._errors.get(name, "")

    @property
    def settled(self) -> int:
        """How many answers or errors are known."""
        return len(self._answers) + len(self._errors)

    @property
    def waiting(self) -> int:
        """How many answers are on their way."""
        return len(self._waiting)

    def wait(self, seconds: float) -> bool:
        """Wait until all is answered, at most so long; whether it is."""
        end = time.monotonic() + seconds
        while self._waiting and time.monotonic() < end:
            time.sleep(0.01)
        return not self._waiting

    def _go(self) -> None:
        while True:
            with self._lock:
                name = next(iter(self._waiting), None)
                if name is None or time.monotonic() - self._seen > LEASE:
                    self._waiting.clear()
                    self._thread = None
                    return
                question = self._waiting[name]
            try:
                answer, error = question(), ""
            except BusyError:
                time.sleep(PAUSE)
                continue
            except AlcoreError as problem:
                answer, error = None, str(problem)
                if isinstance(problem, UnavailableError):
                    self._retry[name] = time.monotonic() + AGAIN
            except Exception:  # else its question would be put for ever
                log.exception("An errand failed: %s", name)
                answer, error = None, BROKEN
            with self._lock:
                if error:
                    self._errors[name] = error
                else:
                    self._answers[name] = answer
                self._waiting.pop(name, None)
