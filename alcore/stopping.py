"""Stopping rules: why a run may end before its budget does.

Rules read the signals of `alcore.signals` and the answers so far, never a score on test rows: whoever stops
by those has tuned on the test. A signal that is not there yet (NaN) stops nothing, and nothing stops a run
before two classes are known; the clock does, and the privacy account, which also stops where it is missing.
Windows are counted in labels, not in rounds, so a rule means the same whatever the batch size; each holds at
least three rounds.
"""

from typing import Annotated

import numpy as np

from alcore.catalog import STOPPING
from alcore.params import Range
from alcore.privacy.ledger import Accounting, exhausted
from alcore.types import Floats, Ints, Log

FEWEST_ROUNDS = 3  # in a window: fewer say nothing about a trend
STEP = 20  # labels between the models that Bloodgood & Vijay-Shanker compare


@STOPPING.add(
    needs="agreement",
    source="Bloodgood & Vijay-Shanker 2009, stabilising predictions",
    family="stability",
    use="First choice: it needs no labels beyond those bought and works with every strategy and learner.",
    avoid="A learner that changes little whatever it is told, such as one with a very strong penalty.",
)
def stable_predictions(
    log: Log,
    *,
    kappa: Annotated[float, Range(0.8, 0.9999)] = 0.99,
    window: Annotated[int, Range(20, 500)] = 60,
) -> str:
    """Stop when new labels no longer change what the learner predicts.

    Successive models are compared on a fixed set of pool rows by Cohen's kappa: 1 is equal, 0 is chance. What
    they disagree is counted for every 20 labels. On handwritten digits with batches of 20 that is the plain
    mean of the last three, and stops at about 245 labels; with batches of 1, where neighbouring models always
    look alike, the plain mean would stop at 60 labels and this stops at about 245 again.

    Parameters
    ----------
    kappa : float
        Agreement from which predictions count as stable; closer to 1 stops later.
    window : int
        Labels for which they must have been stable.
    """
    counts = _labels(log)
    start = _start(counts, len(log), window)
    if start < 1 or not _two_classes(log):
        return ""
    bought = int(counts[-1] - counts[start - 1])
    agreed = 1.0 - STEP * float((1.0 - log.signal("agreement")[start:]).sum()) / bought
    if not agreed >= kappa:
        return ""
    return (
        f"over the last {bought} labels successive models agree, kappa {agreed:.3f} for every {STEP} labels"
    )


@STOPPING.add(
    needs="validation",
    source="Laws & Schütze 2008, with the signed gain instead of the spread",
    family="progress",
    use="You want to stop when labels no longer buy accuracy, and batches are not tiny.",
    avoid="Strategies that seek hard rows: accuracy on those can rest while the learner still improves.",
)
def plateau(
    log: Log,
    *,
    gain: Annotated[float, Range(0.0, 0.1)] = 0.005,
    window: Annotated[int, Range(10, 1000)] = 50,
    patience: Annotated[int, Range(0, 500)] = 20,
) -> str:
    """Stop when more labels no longer raise the accuracy.

    The accuracy is estimated by cross-validation on the labelled rows. Its median over the last labels is
    compared with its median over as many labels before. The sign counts: a fall is no progress, and a dip
    that is made good again is no plateau. The rule is silent until two windows and the patience have passed.

    Parameters
    ----------
    gain : float
        Rise in accuracy that still counts as progress; 0.005 is half a point.
    window : int
        Labels in each of the two stretches that are compared; longer ones are calmer and stop later.
    patience : int
        Labels for which progress must have been missing.
    """
    if not _two_classes(log):
        return ""
    accuracy, counts = log.signal("validation"), _labels(log)
    judged = np.flatnonzero(counts >= counts[-1] - patience) + 1
    trend = [_early_and_late(accuracy, counts, int(end), window) for end in judged]
    if not all(late - early < gain for early, late in trend):
        return ""
    early, late = trend[-1]
    return f"accuracy in cross-validation went from {early:.3f} to {late:.3f} over {window} labels"


@STOPPING.add(
    needs="validation",
    source="Common practice; the estimate is made without test rows",
    family="goal",
    use="You know how accurate the result has to be.",
    avoid="As proof of quality: it is an estimate from few labels. Measure on test rows afterwards.",
)
def good_enough(
    log: Log,
    *,
    accuracy: Annotated[float, Range(0.5, 1.0)] = 0.9,
    window: Annotated[int, Range(1, 500)] = 20,
) -> str:
    """Stop when the learner is as accurate as you need, as far as its own labels can tell.

    Parameters
    ----------
    accuracy : float
        Share of right answers to reach in cross-validation on the labelled rows.
    window : int
        Labels for which it must have been reached on average, so that luck does not count.
    """
    start = _start(_labels(log), len(log), window)
    if start < 0 or not _two_classes(log):
        return ""
    reached = float(log.signal("validation")[start:].mean())
    return (
        f"accuracy in cross-validation is {reached:.3f}, at least {accuracy:g}" if reached >= accuracy else ""
    )


@STOPPING.add(
    needs="max_uncertainty",
    source="Zhu, Wang, Hovy & Ma 2010, maximum uncertainty",
    family="confidence",
    use="Clean data, where the learner can become sure of every row.",
    avoid="Noisy or overlapping classes: some row stays unclear for ever, and the rule never speaks.",
)
def confident(
    log: Log,
    *,
    below: Annotated[float, Range(0.01, 0.9)] = 0.3,
    rounds: Annotated[int, Range(1, 50)] = 3,
) -> str:
    """Stop when the learner is sure of every row that is left.

    Beware: a learner can be sure and wrong. Use it together with another rule, or after a good cold start.

    Parameters
    ----------
    below : float
        Largest doubt that may remain, as 1 minus the probability of the likeliest class.
    rounds : int
        Rounds in a row for which this must hold.
    """
    worst = _largest_of_last(log, "max_uncertainty", rounds)
    return f"the least certain row left has doubt {worst:.3f}, below {below:g}" if worst < below else ""


@STOPPING.add(
    needs="mean_uncertainty",
    source="Zhu, Wang, Hovy & Ma 2010, minimum expected error",
    family="confidence",
    use="You can live with a share of errors in the rows that are left, and the learner is well calibrated.",
    avoid="Learners that are too sure of themselves, as naive Bayes: they expect no error from the start.",
)
def expected_error(
    log: Log,
    *,
    below: Annotated[float, Range(0.001, 0.5, log=True)] = 0.05,
    rounds: Annotated[int, Range(1, 50)] = 3,
) -> str:
    """Stop when the learner itself expects hardly any errors on the rows that are left.

    Parameters
    ----------
    below : float
        Share of the remaining rows that may be wrong by the learner's own account.
    rounds : int
        Rounds in a row for which this must hold.
    """
    worst = _largest_of_last(log, "mean_uncertainty", rounds)
    return (
        f"the learner expects {worst:.1%} errors on the rows left, below {below:.1%}" if worst < below else ""
    )


@STOPPING.add(
    needs="private_releases private_next private_each private_bounded",
    source="Rogers, Roth, Ullman & Vadhan 2016, privacy filters; the losses are fixed in advance here",
    family="privacy",
    use="A private selector, and a total that must not be passed.",
    avoid="A strategy that is not private: it spends without limit, so the run ends after its cold start.",
)
def privacy_spent(
    log: Log,
    *,
    total: Annotated[float, Range(0.01, 100_000.0, log=True)] = 10.0,
    delta: Annotated[float, Range(1e-12, 0.1, log=True)] = 1e-5,
    accounting: Accounting = "best",
) -> str:
    """Stop before the round that would give away more privacy than the total you allow.

    A whole batch is paid for or none of it, so what was spent never passes the total. Choosing at random
    spends nothing. A run whose account is not known stops.

    Parameters
    ----------
    total : float
        Privacy loss (epsilon) that all rounds together may reach.
    delta : float
        Small chance with which the promise may fail; much less than one in the number of rows.
    accounting : str
        How rounds add up: basic adds them, advanced and zCDP grow more slowly, best takes the smallest.
    """
    return exhausted(log, total, delta, accounting)


@STOPPING.add(
    exempt="reproducible",
    source="Common practice",
    family="budget",
    use="A live demonstration, or an annotator who leaves at five.",
    avoid="Experiments to be compared or repeated.",
)
def deadline(log: Log, *, seconds: Annotated[float, Range(1.0, 86_400.0, log=True)] = 60.0) -> str:
    """Stop when the time is up.

    Not reproducible: how many rounds fit in depends on the machine and on how fast people answer.

    Parameters
    ----------
    seconds : float
        Time that the rounds may take in all; the one under way is finished.
    """
    return f"{log.seconds:.0f} of {seconds:g} seconds are spent" if log.seconds >= seconds else ""


def _labels(log: Log) -> Ints:
    """(R,) labels asked up to and with each round."""
    return np.cumsum([len(r.asked) for r in log.rounds], dtype=np.int64)


def _start(counts: Ints, end: int, labels: int) -> int:
    """First round of the shortest stretch before `end` that asked so many labels; -1 when there is none."""
    if end < FEWEST_ROUNDS or counts[end - 1] < labels:
        return -1
    start = int(np.searchsorted(counts, counts[end - 1] - labels, side="right"))
    return min(start, end - FEWEST_ROUNDS)


def _early_and_late(values: Floats, counts: Ints, end: int, labels: int) -> tuple[float, float]:
    """Medians of the two last stretches of labels before round `end`; NaN when there are not two."""
    middle = _start(counts, end, labels)
    start = _start(counts, middle, labels) if middle > 0 else -1
    if start < 0:
        return np.nan, np.nan
    return float(np.median(values[start:middle])), float(np.median(values[middle:end]))


def _largest_of_last(log: Log, signal: str, rounds: int) -> float:
    """Largest value of the last rounds, NaN if one is; infinite before there are so many and two classes."""
    return float(log.signal(signal)[-rounds:].max()) if len(log) >= rounds and _two_classes(log) else np.inf


def _two_classes(log: Log) -> bool:
    """Whether the answers hold two different labels; before that every model is constant, sure and stable."""
    known = log.answers[np.isfinite(log.answers)]
    return len(known) > 0 and bool((known != known[0]).any())
