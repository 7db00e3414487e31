"""What the same strategies saved on the built-in data sets, measured once: a range to keep in mind.

`tests/bench/reference_savings.py` makes the table; it says there how.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from alcore.project.phrases import share


@dataclass(frozen=True, slots=True)
class Reference:
    """One data set, measured.

    Attributes
    ----------
    name, label : of the data set, or of the preset
    kind : "dataset" or "preset"
    strategy, metric, target, learner : what was run
    seeds : pairs
    saving, low, high : share of labels saved: median and 80 % prediction interval; None where too many missed
    average : mean saving; None where more than half missed
    better, equal, worse, missed, twin_missed : seeds
    labels, twin_labels : medians of what both needed; None where too many missed
    reason : why there is no number
    """

    name: str
    label: str
    kind: str
    strategy: str
    metric: str
    target: float
    learner: str
    seeds: int
    saving: float | None
    low: float | None
    high: float | None
    average: float | None
    better: int
    equal: int
    worse: int
    missed: int
    twin_missed: int
    labels: float | None
    twin_labels: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """How far data sets are from each other.

    Attributes
    ----------
    datasets : how many have a number
    lowest, middle, highest : of the mean savings on them
    sentence : all that in words
    """

    datasets: int
    lowest: float | None
    middle: float | None
    highest: float | None
    sentence: str


def reference(kind: str = "dataset") -> tuple[Reference, ...]:
    """The packaged measurements, those of data sets or those of presets."""
    return tuple(r for r in _all() if r.kind == kind)


def reference_range(strategy: str = "hybrid") -> ReferenceRange:
    """The range of mean savings of one strategy over the built-in data sets."""
    rows = [r for r in reference() if r.strategy == strategy]
    found = sorted(r.average for r in rows if r.average is not None)
    if not found:
        return ReferenceRange(0, None, None, None, "")
    middle = found[len(found) // 2]
    said = (
        f"Other data differ by far more: on {len(found)} built-in data sets the strategy {strategy} saved "
        f"between {share(found[0])} and {share(found[-1])} of the labels on average, {share(middle)} on "
        "the one in the middle"
    )
    if len(rows) > len(found):
        said += f"; on {len(rows) - len(found)} more too few runs reached the target for a number"
    return ReferenceRange(len(found), found[0], middle, found[-1], said + ".")


@lru_cache(maxsize=1)
def _all() -> tuple[Reference, ...]:
    stored = json.loads((files("alcore.project") / "reference.json").read_text(encoding="utf-8"))
    return tuple(Reference(**row) for row in stored["rows"])
