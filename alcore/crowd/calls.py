"""A study in portions for a page: one policy with one seed at a time, as plain JSON values."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from alcore import ambiguity
from alcore.crowd.aggregation import dawid_skene
from alcore.crowd.design import Design
from alcore.crowd.people import Crowd, Team
from alcore.crowd.recorded import SENTENCES, raters
from alcore.crowd.reliability import against_consensus
from alcore.crowd.study import Bought, Policy, bought, simulate
from alcore.errors import SpecError
from alcore.loop import load
from alcore.rng import by_id
from alcore.spec import Spec
from alcore.types import Data, Floats, Ints, Log

POINTS = 5
MANY = 4000  # answers that one project may buy
STRETCHES = 12  # parts of an annotator's day
WRONG = 5  # wrong answers for one row; more are counted together
LEVEL = 0.9  # of the intervals around reliabilities
KEYS = ("one", "majority", "dawid_skene", "glad", "relabel", "best")  # policies, in their order on a page
BASE = "one"


def policies(answers: int = 3, threshold: float = 0.9) -> dict[str, Policy]:
    """The policies by key, with so many answers where they are repeated.

    >>> policies(5)["glad"].name
    'five answers, GLAD'
    """
    times = f"{_spoken(answers)} answers"
    return {
        "one": Policy("one answer each"),
        "majority": Policy(f"{times}, majority", answers),
        "dawid_skene": Policy(f"{times}, Dawid-Skene", answers, "dawid_skene"),
        "glad": Policy(f"{times}, GLAD", answers, "glad"),
        "relabel": Policy("relabel or new", relabel=True),
        "best": Policy("only the best (IEThresh)", threshold=threshold),
    }


def crowd_policy(
    spec: Spec,
    log: Log,
    data: Data | None = None,
    *,
    design: Mapping[str, Any] | None = None,
    policy: str = BASE,
    budget: float = 100.0,
    answers: int = 3,
    threshold: float = 0.9,
) -> dict[str, Any]:
    """One project: what a policy makes of a budget, on the split and with the luck of the spec's seed.

    Returns
    -------
    dict
        ``points``: of `alcore.crowd.study.simulate`, evenly spread over the budget; ``pool``: rows that
        could be labelled. What is not known is None.
    """
    data, crowd, hardness = _setting(spec, data, design, budget)
    found = simulate(
        data, crowd, _policy(policy, answers, threshold), budget,
        seed=spec.seed, learner=spec.learner, points=POINTS, hardness=hardness,
    )  # fmt: skip
    points = [{k: float(f"{v:.6g}") if np.isfinite(v) else None for k, v in p.items()} for p in found]
    return {"points": points, "pool": len(data.train)}


def crowd_people(
    spec: Spec,
    log: Log,
    data: Data | None = None,
    *,
    design: Mapping[str, Any] | None = None,
    budget: float = 100.0,
    answers: int = 3,
) -> dict[str, Any]:
    """What Dawid-Skene's model thinks of each annotator after such a project, beside what is true.

    Returns
    -------
    dict
        ``name``, ``estimate``, ``low``, ``high``, ``true``: of each annotator, share of right answers; None
        where it is not known, and true is never known of recorded people, whose columns are no persons.
        ``answers`` of each that could be compared; ``level`` of the intervals; ``stretches`` of a day: first
        and last position, answers given, how many were wrong, and the share that was to be expected.
    """
    data, crowd, hardness = _setting(spec, data, design, budget)
    several = answers if answers > 1 else min(3, len(crowd.names))
    found = bought(
        data, crowd, _policy("dawid_skene", several, 0.9), budget,
        seed=spec.seed, learner=spec.learner, hardness=hardness,
    )  # fmt: skip
    R = len(crowd.names)
    expected = _expected(crowd, found, hardness)
    true = [_mean(expected[(found.who == a) & np.isfinite(found.said)]) for a in range(R)]
    nothing: list[float | None] = [None] * R
    answer: dict[str, Any] = {
        "name": list(crowd.names),
        "estimate": nothing,
        "low": [0.0] * R,
        "high": [1.0] * R,
        "true": true,
        "answers": [0] * R,
        "level": LEVEL,
        "stretches": _stretches(found, expected, budget / float(crowd.price.sum())),
    }
    if len(found.answers):
        judged = against_consensus(found.answers, dawid_skene(found.answers), LEVEL)
        answer |= {
            "estimate": [_plain(v) for v in judged.value],
            "low": [_plain(v) for v in judged.low],
            "high": [_plain(v) for v in judged.high],
            "answers": judged.answers.tolist(),
        }
    return answer


def crowd_data(spec: Spec, log: Log, data: Data | None = None) -> dict[str, Any]:
    """What there is to label: ``classes``, rows of the ``pool`` and of the ``test``."""
    data = load(spec) if data is None else data
    return {"classes": list(data.classes), "pool": len(data.train), "test": len(data.test)}


def crowd_agreement(spec: Spec, log: Log, data: Data | None = None) -> dict[str, Any]:
    """How real people disagree, beside simulated ones who err as often but independently of the row.

    It is about the sentences they rated, whatever the spec's data.

    Returns
    -------
    dict
        ``real``, ``simulated``: share of the sentences with 0, 1, 2, ... wrong answers among all that were
        given, the last for all beyond; ``error``: share of wrong answers, the same for both; ``three_real``,
        ``three_simulated``: how often the majority of three of them is wrong.
    """
    table = raters().table
    heard = np.isfinite(table)
    wrong = heard & (table != load(replace(spec, dataset=SENTENCES)).y[:, None])
    error = float(wrong.sum() / heard.sum())
    drawn = heard & (
        by_id(spec.seed, "disagreement", np.argwhere(np.ones_like(heard))).reshape(table.shape) < error
    )
    answer: dict[str, Any] = {"error": _plain(error)}
    for name, found in (("real", wrong), ("simulated", drawn)):
        count = np.minimum(found.sum(axis=1), WRONG)
        answer[name] = [_plain(float(v)) for v in np.bincount(count, minlength=WRONG + 1) / len(count)]
        answer[f"three_{name}"] = _plain(_outvoted(found.sum(axis=1), heard.sum(axis=1)))
    return answer


def _outvoted(wrong: Ints, given: Ints) -> float:
    """How often most of three answers, drawn from those of a row, are wrong; over rows that have three."""
    use = given >= 3
    w, n = wrong[use].astype(np.float64), given[use].astype(np.float64)
    ways = n * (n - 1) * (n - 2) / 6
    bad = w * (w - 1) * (w - 2) / 6 + w * (w - 1) / 2 * (n - w)
    return float((bad / ways).mean())


def _setting(
    spec: Spec, data: Data | None, design: Mapping[str, Any] | None, budget: float
) -> tuple[Data, Crowd, Floats | None]:
    """The data, the crowd, and how hard each row is where that troubles anybody."""
    made = Design(**(design or {}))
    if lack := made.misfit(spec.dataset):
        raise SpecError(lack)
    data = load(spec) if data is None else data
    crowd = made.crowd(data.n_classes)
    if budget > MANY * float(crowd.price.mean()):
        raise SpecError(f"This budget buys more than {MANY:,} answers; lower it, or raise the prices")
    hardness = None
    if made.people == "simulated" and any(made.of("hard")):
        hardness = np.maximum(0.0, 2.0 * (1.0 - ambiguity.odds(data).max(axis=1)))
    return data, crowd, hardness


def _policy(name: str, answers: int, threshold: float) -> Policy:
    known = policies(answers, threshold)
    if name not in known:
        raise SpecError(f"There is no policy {name}; there are {', '.join(known)}")
    return known[name]


def _expected(crowd: Crowd, found: Bought, hardness: Floats | None) -> Floats:
    """(n,) how likely each answer was right; NaN where nobody can know."""
    if not isinstance(crowd, Team):
        return np.full(len(found.who), np.nan)
    hard = np.zeros(len(found.who)) if hardness is None else hardness[found.rows[found.place]]
    return crowd.right(found.who, found.truth[found.place], found.before, hard)


def _stretches(found: Bought, expected: Floats, each: float) -> list[list[float | None]]:
    """Wrong answers by how many the same annotator gave before; `each` gives about so many in all."""
    heard = np.isfinite(found.said)
    wrong = found.said != found.truth[found.place]
    width = max(1, int(np.ceil(each / STRETCHES)))  # the same for all seeds, whose answers are added up
    stretch = np.minimum(found.before // width, STRETCHES - 1)
    rows: list[list[float | None]] = []
    for at in np.unique(stretch[heard]).tolist():
        here = heard & (stretch == at)
        assumed = _mean(1.0 - expected[here])
        rows.append([at * width, at * width + width - 1, int(here.sum()), int(wrong[here].sum()), assumed])
    return rows


def _mean(values: Floats) -> float | None:
    return _plain(float(values.mean())) if len(values) else None


def _plain(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None


def _spoken(n: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[n] if n < len(words) else str(n)
