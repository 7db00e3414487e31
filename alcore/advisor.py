"""Before any simulation: do these labelled rows look as if active learning would help?

A look at the rows takes seconds, a simulation minutes. It is also less sure: `tests/bench/advisor_check.py`
sets its verdicts beside measured savings. What to label first is here too: it needs no simulation either.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from alcore.catalog import COLD_STARTS, METRICS, SELECTORS
from alcore.errors import DataError
from alcore.loop import ask, begin
from alcore.project.phrases import money
from alcore.project.value import Project
from alcore.rng import stream
from alcore.signs import TRIES, signs
from alcore.spec import Choice, Spec
from alcore.statistics import growth
from alcore.types import UNKNOWN, Data, Floats, Ints, Log, Round

Verdict: TypeAlias = Literal["likely", "maybe", "do not bother"]
Side: TypeAlias = Literal["for", "against", "open"]

MOST = 1500  # labelled rows looked at; more are sampled
FEWEST = 60  # labelled rows below which nothing is said
BEST_CASE = 0.7  # share of the labels saved in the best case that is usually promised
RULING = ("target", "learner", "size")  # findings that rule active learning out
WEIGHING = ("doubt", "slope")  # findings that decide otherwise
# Chosen on the tuning half of `tests/bench/advisor_check.py`.
GAIN = 0.005  # points of score by which a step by doubt has to beat a random one
LITTLE, MUCH = 0.3, 0.45  # share of the mistakes that labels remove
GUESSING = 0.52  # area under the ROC curve up to which the learner may as well guess
TOO_FAR = 3.0  # times the budget that random may need
UNSURE = 0.05  # by which a curve may be too low
# Not decisive, only said.
NOISY, RARE, COPIES, SURE_ROWS = 0.05, 0.1, 0.2, 30
_LOGISTIC, _USUAL = Choice("logistic"), Project()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the rows say.

    Attributes
    ----------
    name : a stable word for it
    verdict : whether it speaks for active learning, against it, or leaves the question open
    sentence : with its number
    value : the number itself; None where there is none
    """

    name: str
    verdict: Side
    sentence: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether active learning is likely to help, and why.

    Attributes
    ----------
    verdict, summary : in a word and in a sentence
    findings : what it rests on, the weightiest first
    numbers : all that was measured, by name
    rows : labelled rows that were looked at
    """

    verdict: Verdict
    summary: str
    findings: tuple[Finding, ...]
    numbers: dict[str, float]
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Rows to label first.

    Attributes
    ----------
    rows, scores : row ids, best first, and what the strategy gave them (0 in a cold start)
    how : what they were chosen by, as a sentence
    labelled, open_ : rows that are labelled already, and rows that may be asked
    """

    rows: Ints
    scores: Floats
    how: str
    labelled: int
    open_: int


def advise(
    data: Data,
    *,
    learner: Choice = _LOGISTIC,
    project: Project = _USUAL,
    first: int = 10,
    budget: float = float("inf"),
    labelled: Ints | None = None,
    seed: int = 0,
) -> Advice:
    """Look at labelled rows and say whether active learning is likely to pay.

    Parameters
    ----------
    learner : Choice
        The one that is to learn.
    project : Project
        Target, prices, the engineering cost, and how often labels are wrong, these ones too.
    first, budget : int, float
        Labels of the start, and labels there may be at most.
    labelled : row ids, optional
        By default all rows of the pool whose label is known. Test rows are never looked at.

    Raises
    ------
    DataError
        When there are fewer than 60 labelled rows or one class only.
    """
    rows = data.train if labelled is None else np.asarray(labelled, np.int64)
    rows = rows[data.y[rows] != UNKNOWN]
    if len(rows) < FEWEST or len(np.unique(data.y[rows])) < 2:
        raise DataError(
            f"{len(rows)} labelled rows, or one class only, say too little; label at least {FEWEST} at random"
        )
    if len(rows) > MOST:
        rows = np.sort(stream(seed, "advice").choice(rows, MOST, replace=False))
    numbers = signs(data.X[rows], data.y[rows], data.n_classes, learner, project.metric, first, seed)
    numbers |= _outlook(numbers, project, data.n_classes)
    findings = _findings(numbers, project, first, budget)
    verdict = _verdict(findings)
    return Advice(verdict, _summary(verdict, findings), findings, numbers, len(rows))


def label_first(spec: Spec, log: Log, data: Data, rows: int = 50) -> Ranked:
    """Which rows to label first, best first.

    Labels the run has bought count as known. Where some rows of the pool have a label and others do not, as
    in a table that is labelled in part, all those labels count and only the rows without one are offered;
    where all have one, they are taken as not given yet, as in a replay. The strategy is the spec's; while
    fewer than two classes are known, it is the spec's cold start.

    Parameters
    ----------
    rows : int
        How many; fewer when fewer are open.
    """
    pool = data.y[data.train]
    known = data.train[pool != UNKNOWN] if (pool == UNKNOWN).any() else np.zeros(0, np.int64)
    bought = log.asked[:, 0] if len(log.asked) else np.zeros(0, np.int64)
    given = np.setdiff1d(known, bought)
    history = log if not len(given) else Log((_told(given, data), *(_later(r) for r in log.rounds)))
    wanted = replace(
        spec, first=rows, batch=rows, budget=1e9, budget_in="labels", stop=(), price=Choice("flat")
    )
    run = begin(wanted, history, data=data)
    query = ask(run)
    cold = len(run.fitted.known) < 2
    part = COLD_STARTS[spec.start.name].label if cold else _strategy(spec)
    done = len(given) + len(bought)
    how = (
        f"Chosen by the cold start {part}, for fewer than two classes are labelled."
        if cold
        else f"Chosen by {part} after {done:,} labels, all at once; choose again after each batch."
    )
    ids = np.zeros(0, np.int64) if query is None else query.ids[:, 0]
    scores = np.zeros(0) if query is None else query.scores
    return Ranked(ids, scores, how, done, len(data.train) - done)


# ---------------------------------------------------------------------------------------- judging


def _outlook(numbers: dict[str, float], project: Project, n_classes: int) -> dict[str, float]:
    """Where the curve would be on right labels, and how many labels random may need for the target.

    Wrong labels among those that a score is measured on lower it; for accuracy it is known by how much.
    """
    wrong = project.error
    by_luck = wrong / (n_classes - 1)
    room = 1.0 - wrong - by_luck

    def true(score: float) -> float:
        return min(1.0, (score - by_luck) / room) if room > 0.1 else score

    sizes = np.array([v for k, v in numbers.items() if k.startswith("labels_")])
    scores = np.maximum.accumulate([true(v) for k, v in numbers.items() if k.startswith("score_")])
    start, full = true(numbers["start"]), true(numbers["full"])
    found = {
        "start_true": start,
        "full_true": full,
        "removable": max(0.0, full - start) / max(1e-9, 1 - start),
        "muddled": float(max(wrong, numbers["noise_low"]) >= NOISY),
    }
    if project.target <= scores[-1]:
        return found | {"needs": float(np.exp(np.interp(project.target, scores, np.log(sizes))))}
    if len(np.unique(sizes)) < 3:
        return found | {"needs": float("inf")}
    return found | {"needs": growth.fit(sizes, scores).labels_to(project.target)}


def _findings(numbers: dict[str, float], project: Project, first: int, budget: float) -> tuple[Finding, ...]:
    found = [
        _target(numbers, project, first, budget),
        _learner(numbers),
        _size(numbers, project),
        _gain(numbers),
        _slope(numbers),
        _noise(numbers),
        _imbalance(numbers, project),
        _redundancy(numbers),
    ]
    return tuple(sorted(found, key=lambda f: ("against", "for", "open").index(f.verdict)))


def _verdict(findings: tuple[Finding, ...]) -> Verdict:
    """Anything that rules active learning out; else what the quick tries and the curve say together."""
    said = {f.name: f.verdict for f in findings}
    if "against" in (said[name] for name in RULING):
        return "do not bother"
    pair = (said["doubt"], said["slope"])
    if "against" in pair:
        return "maybe" if "for" in pair else "do not bother"
    return "likely" if "for" in pair else "maybe"


def _summary(verdict: Verdict, findings: tuple[Finding, ...]) -> str:
    side = {"likely": "for", "do not bother": "against"}.get(verdict)
    why = next((f.sentence for f in findings if f.verdict == side and f.name in (*RULING, *WEIGHING)), "")
    opening = {
        "likely": "Active learning is likely to need fewer labels here; a simulation says how many.",
        "maybe": "These rows do not decide it; simulate before you spend anything on it.",
        "do not bother": "Do not bother with active learning here, as things are.",
    }[verdict]
    return f"{opening} {why}".strip()


def _target(numbers: dict[str, float], project: Project, first: int, budget: float) -> Finding:
    score, needs = project.target, numbers["needs"]
    goal = f"{100 * score:.3g}% {METRICS[project.metric].label}"
    if numbers["start_true"] >= score:
        said = f"{first} random labels reach {goal} already, so there is nothing to save."
        return Finding("target", "against", said, numbers["start_true"])
    full, error = numbers["full_true"], numbers["full_error"]
    reach = full + 2 * error
    if score > reach + UNSURE and not numbers["muddled"]:
        said = (
            f"{goal} looks out of reach: all these labels give {100 * full:.0f}% "
            f"(± {200 * error:.0f} points). Better features or another learner would help more."
        )
        return Finding("target", "against", said, full)
    if needs > TOO_FAR * budget and score <= reach and not numbers["muddled"]:
        said = f"Random would need about {needs:,.0f} labels for {goal}; {budget:,.0f} are planned."
        return Finding("target", "against", said, needs)
    if score > full:
        said = f"{goal} is more than all these labels give ({100 * full:.0f}% ± {200 * error:.0f} points)."
        return Finding("target", "open", said, full)
    return Finding("target", "open", f"Random would need about {needs:,.0f} labels for {goal}.", needs)


def _learner(numbers: dict[str, float]) -> Finding:
    auc = numbers["auc"]
    said = f"In cross-validation the learner puts a row of a class above one of another {auc:.0%} of the time"
    if numbers["auc_low"] <= GUESSING:
        said += "; guessing does so 50%. While it knows nothing, its doubts mean nothing."
        return Finding("learner", "against", said, auc)
    return Finding("learner", "open", f"{said}.", auc)


def _gain(numbers: dict[str, float]) -> Finding:
    gain, low, high = (numbers[name] for name in ("gain", "gain_low", "gain_high"))
    said = (
        f"In {TRIES} quick tries, labels where the learner is in doubt gave {100 * gain:+.1f} points against "
        f"as many random ones ({100 * low:+.1f} to {100 * high:+.1f})."
    ).replace("-", "−")
    side: Side = "for" if gain > GAIN else "against" if gain <= 0 else "open"
    return Finding("doubt", side, said, gain)


def _slope(numbers: dict[str, float]) -> Finding:
    start, full = numbers["start"], numbers["full"]
    removed = numbers["removable"]
    said = f"More labels take the score from {start:.0%} to {full:.0%}, {removed:.0%} fewer mistakes, "
    if numbers["muddled"]:
        return Finding("slope", "open", said + "but wrong labels blur what can be measured here.", removed)
    if removed < LITTLE:
        return Finding("slope", "against", said + "and the rest stay however rows are chosen.", removed)
    return Finding(
        "slope", "for" if removed >= MUCH else "open", said + "which is what there is to speed up.", removed
    )


def _size(numbers: dict[str, float], project: Project) -> Finding:
    needs = numbers["needs"]
    if not np.isfinite(needs):
        return Finding("size", "open", "How much there is to save cannot be said.", None)
    worth, sign = BEST_CASE * needs * project.price, project.currency
    said = (
        f"At {money(project.price, sign)} a label, even {BEST_CASE:.0%} fewer than about {needs:,.0f} would "
        f"save {money(worth, sign)}; setting active learning up costs {money(project.engineering, sign)}."
    )
    return Finding("size", "against" if worth < project.engineering else "open", said, worth)


def _noise(numbers: dict[str, float]) -> Finding:
    if numbers["sure"] * numbers["rows"] < SURE_ROWS:
        said = "The learner is sure of too few rows to tell wrong labels from hard ones."
        return Finding("noise", "open", said, None)
    noise, low, high = (numbers[name] for name in ("noise", "noise_low", "noise_high"))
    said = (
        f"Where the learner is sure, about {noise:.0%} of the labels contradict it beyond what it admits "
        f"({low:.0%} to {high:.0%}); some of them may be right."
    )
    return Finding("noise", "against" if low >= NOISY else "open", said, noise)


def _imbalance(numbers: dict[str, float], project: Project) -> Finding:
    rarest = numbers["rarest"]
    said = f"The rarest class makes up {100 * rarest:.2g}% of the labels"
    if rarest <= RARE and project.metric != "accuracy":
        return Finding("imbalance", "for", f"{said}: random sampling finds few of them.", rarest)
    if rarest <= RARE:
        said += "; accuracy hardly notices it, so measure its recall or balanced accuracy"
    return Finding("imbalance", "open", f"{said}.", rarest)


def _redundancy(numbers: dict[str, float]) -> Finding:
    copies = numbers["copies"]
    said = f"{copies:.0%} of the rows have a near copy among the others"
    if copies >= COPIES:
        return Finding("redundancy", "for", f"{said}: random sampling pays for the same thing twice.", copies)
    return Finding("redundancy", "open", f"{said}.", copies)


def _strategy(spec: Spec) -> str:
    from alcore.recipes import RECIPES, match

    name = match(spec)
    return RECIPES[name].label if name else SELECTORS[spec.select.name].label


def _told(rows: Ints, data: Data) -> Round:
    """Labels that were there before the run, as its first round."""
    n = len(rows)
    answers = tuple((float(c),) for c in data.y[rows].tolist())
    return Round(0, tuple((int(r),) for r in rows), answers, (0.0,) * n, (0.0,) * n, {})


def _later(round_: Round) -> Round:
    return replace(round_, index=round_.index + 1)
