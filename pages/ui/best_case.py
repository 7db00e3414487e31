"""The upper band of the learning curve: a run by an oracle that knows all answers, while it is computed."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alcore.errors import AlcoreError, BusyError
from alcore.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

NAME = "greedy oracle"
LIMIT = 60.0  # seconds of waiting for workers that one band may cost
LEASE = 10.0  # seconds after which a band that nobody looks at is no longer computed
STRETCH = 1.0  # seconds a worker gives to it before it serves others
PATIENCE = 25.0  # seconds for one stretch, which holds at least one question


@dataclass(eq=False)
class Band:
    """The greedy oracle's curve for one metric, as far as it is known.

    Attributes
    ----------
    labels, money, value : after each of its rounds
    error : a sentence when it cannot be computed
    cut : it took too long and ends where it is
    """

    service: Any
    spec: Spec
    owner: str
    metric: str
    labels: list[int] = field(default_factory=list)
    money: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    error: str = ""
    cut: bool = False
    _wanted: int = 0
    _asked: list[list[int]] = field(default_factory=list)
    _part: list[int] = field(default_factory=list)
    _ended: bool = False
    _seconds: float = 0.0
    _seen: float = 0.0
    _thread: threading.Thread | None = None

    def look(self, rounds: int) -> None:
        """Want so many rounds; they are computed while somebody looks."""
        self._wanted, self._seen = max(rounds, self._wanted), time.monotonic()
        if self.pending and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._go_on, name="alcore-best-case", daemon=True)
            self._thread.start()

    @property
    def pending(self) -> bool:
        """Whether more of it is on its way."""
        return not (self.error or self.cut or self._ended) and len(self.labels) < self._wanted

    @property
    def awaited(self) -> bool:
        """Whether more is on its way for somebody who looked a moment ago."""
        return self.pending and time.monotonic() - self._seen < LEASE

    def frame(self) -> pd.DataFrame:
        """Its rounds as rows of `alcore.tables.curve`."""
        import pandas as pd

        known = list(zip(self.labels, self.money, self.value, strict=False))
        rows = [(NAME, k, n, m, math.nan, self.metric, v) for k, (n, m, v) in enumerate(known)]
        return pd.DataFrame(rows, columns=["run", "round", "labels", "money", "seconds", "metric", "value"])

    def beside(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with this curve added."""
        import pandas as pd

        return pd.concat([frame, self.frame()], ignore_index=True)

    def _go_on(self) -> None:
        while self.pending and time.monotonic() - self._seen < LEASE:
            began = time.monotonic()
            try:
                self._take(
                    self.service.call(
                        "best_case",
                        self.spec,
                        self.owner,
                        0,
                        timeout=PATIENCE,
                        metric=self.metric,
                        asked=self._asked,
                        part=self._part,
                        upto=self._wanted,
                        seconds=STRETCH,
                    ),
                    self._wanted,
                )
            except BusyError:
                time.sleep(STRETCH)
            except AlcoreError as error:
                self.error = str(error)
            self._seconds += time.monotonic() - began
            self.cut = self._seconds > LIMIT and self.pending

    def _take(self, answer: dict[str, Any], wanted: int) -> None:
        self.labels += answer["labels"]
        self.money += answer["money"]
        self.value += [math.nan if v is None else v for v in answer["value"]]
        self._asked, self._part = answer["asked"], answer["part"]
        self._ended = answer["ended"] and len(self._asked) < wanted


def band(notes: dict[str, Any], service: Any, spec: Spec, owner: str, metric: str) -> Band:
    """The page's band for this experiment and metric; another one makes another band."""
    kept: Band | None = notes.get("band")
    if kept is None or (kept.spec, kept.metric) != (spec, metric):
        kept = notes["band"] = Band(service, spec, owner, metric)
    return kept


def pending(notes: dict[str, Any]) -> bool:
    """Whether a band is being computed that somebody looked at a moment ago."""
    kept: Band | None = notes.get("band")
    return kept is not None and kept.awaited


def caption(found: Band, measured: str) -> str:
    """What the band is, and how far it has come."""
    if found.error:
        return f"No greedy oracle: {found.error.rstrip('.')}."
    known = f"{found.labels[-1]:,} labels" if found.labels else "no labels"
    state = ""
    if found.pending:
        state = f":material/hourglass_top: Computing the greedy oracle: {known} so far. "
    elif found.cut:
        state = f"It ends at {known}, as more would take too long here. "
    return (
        f"{state}**The greedy oracle is no strategy: it cheats.** It knows every answer and looks at the "
        "test rows. To each place of a batch it tries some random rows and takes the one that helps "
        f"{measured} most, one place after the other: a set that pays only together it does not find, so a "
        "strategy may pass it. The shaded space above random is the room that choosing well has here."
    )
