"""From several answers to one label: the majority, and models of who errs how often.

`dawid_skene` learns a confusion matrix for each annotator, `glad` one skill for each annotator and one
difficulty for each item. Both use nothing but the answers. They need annotators who differ and answer many of
the same items: with equally good annotators the majority is as good (Sheshadri & Lease 2013).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, logsumexp

from alcore.crowd.answers import Answers
from alcore.errors import DataError
from alcore.rng import by_id
from alcore.types import UNKNOWN, Bools, Floats, Ints

SAME = 1e-9  # probabilities closer than this are a tie
INNER = 25  # steps of the optimiser within one M-step of GLAD
SKILL, DIFFICULTY = (1.0, 1.0), (1.0, 1.0)  # mean and deviation of GLAD's priors (Whitehill et al. 2009)


@dataclass(frozen=True, eq=False)
class Consensus:
    """What the answers say together.

    Attributes
    ----------
    proba : (I, K) probability of each class
    label : (I,) the most likely class; -1 where nobody answered
    tied : (I,) whether another class was as likely
    """

    proba: Floats
    label: Ints
    tied: Bools


@dataclass(frozen=True, eq=False)
class DawidSkene(Consensus):
    """A consensus with a confusion matrix for each annotator.

    Attributes
    ----------
    prior : (K,) share of each class
    confusion : (R, K, K) P(annotator says l | the class is k)
    climb : what EM maximises, after each step: the log-likelihood plus the log-density of the smoothing
    log_likelihood : of the answers, in nats
    converged : whether the last step gained less than the tolerance
    """

    prior: Floats
    confusion: Floats
    climb: tuple[float, ...]
    log_likelihood: float
    converged: bool


@dataclass(frozen=True, eq=False)
class Glad(Consensus):
    """A consensus with a skill for each annotator and a difficulty for each item.

    Attributes
    ----------
    skill : (R,) 0 = guesses, below 0 = says the opposite
    difficulty : (I,) above 0; an annotator of skill a is right with probability sigmoid(a / difficulty)
    prior : (K,)
    climb, log_likelihood, converged : as in `DawidSkene`
    """

    skill: Floats
    difficulty: Floats
    prior: Floats
    climb: tuple[float, ...]
    log_likelihood: float
    converged: bool


def majority(answers: Answers, seed: int | None = None) -> Consensus:
    """The class most annotators gave.

    Parameters
    ----------
    answers : Answers
    seed : int, optional
        Breaks ties by lot, the same item always alike; without it the lowest class wins.

    Examples
    --------
    >>> found = majority(Answers.of([[0, 1, 1], [1, 0, None]], 2))
    >>> found.label.tolist(), found.tied.tolist()
    ([1, 0], [False, True])
    """
    return Consensus(answers.shares, *_leading(answers, answers.shares, seed))


def dawid_skene(
    answers: Answers, *, smoothing: float = 0.01, steps: int = 100, tolerance: float = 1e-6
) -> DawidSkene:
    """Weigh each annotator by the confusion matrix that explains all answers best (Dawid & Skene 1979).

    EM from the shares of the votes. Prior and confusions are smoothed by a pseudo-count, so that no answer is
    impossible; EM then climbs the log-posterior, which `climb` records.

    Parameters
    ----------
    answers : Answers
    smoothing : float
        Pseudo-count of each cell; 0 gives the maximum-likelihood estimate of the paper.
    steps : int
        At most so many.
    tolerance : float
        EM ends when a step gains less, in nats.

    Raises
    ------
    DataError
        When there is no answer.

    Notes
    -----
    O(n K) a step for n answers. The likelihood may have several maxima, and swapping the names of the classes
    gives another of the same height: the start decides, and it fails when most annotators are worse than
    chance.
    """
    q, seen = _start(answers)
    climb: list[float] = []
    while True:
        prior = _smoothed(q[seen].sum(axis=0), smoothing)
        confusion = _smoothed(_confusions(answers, q), smoothing)
        q, likelihood = _expected(answers, seen, prior, _log(confusion))
        penalty = smoothing * (np.log(prior).sum() + np.log(confusion).sum()) if smoothing else 0.0
        climb.append(likelihood + float(penalty))
        converged = len(climb) > 1 and climb[-1] - climb[-2] < tolerance
        if converged or len(climb) >= steps:
            break
    label, tied = _leading(answers, q)
    return DawidSkene(q, label, tied, prior, confusion, tuple(climb), likelihood, converged)


def glad(answers: Answers, *, steps: int = 50, tolerance: float = 1e-4) -> Glad:
    """Weigh each answer by the annotator's skill and the item's difficulty (Whitehill et al. 2009).

    An annotator of skill a is right on an item of difficulty d with probability sigmoid(a / d), and otherwise
    says any other class alike. Skills and log-easiness have normal priors around 1, as in the paper, so
    annotators with few answers stay near the average. With one answer per item it has nothing to compare.

    Parameters
    ----------
    answers : Answers
    steps : int
        At most so many EM steps, each with a gradient search for skills and difficulties.
    tolerance : float
        EM ends when a step gains less, in nats.

    Raises
    ------
    DataError
        When there is no answer.

    Notes
    -----
    O(n K) an evaluation of the gradient. The prior of the classes is estimated with a pseudo-count of 1.
    """
    from scipy.optimize import minimize

    R = answers.n_annotators
    q, seen = _start(answers)
    at = np.concatenate([np.full(R, SKILL[0]), np.full(answers.n_items, DIFFICULTY[0])])
    climb: list[float] = []
    while True:
        prior = _smoothed(q[seen].sum(axis=0), 1.0)
        right = q[answers.item, answers.label]
        found = minimize(
            glad_loss, at, (answers, right), jac=True, method="L-BFGS-B", options={"maxiter": INNER}
        )
        at = found.x if found.fun <= glad_loss(at, answers, right)[0] else at
        q, likelihood = glad_expected(answers, at[:R], np.exp(at[R:]), prior, seen)
        climb.append(likelihood + _glad_prior(at, R) + float(np.log(prior).sum()))
        converged = len(climb) > 1 and climb[-1] - climb[-2] < tolerance
        if converged or len(climb) >= steps:
            break
    label, tied = _leading(answers, q)
    return Glad(
        q, label, tied, at[:R].copy(), np.exp(-at[R:]), prior, tuple(climb), likelihood, converged
    )  # fmt: skip


def glad_expected(
    answers: Answers, skill: Floats, easiness: Floats, prior: Floats, seen: Bools | None = None
) -> tuple[Floats, float]:
    """(I, K) probabilities of the classes under these skills and easinesses, and the log-likelihood.

    >>> two = Answers.of([[1, 0]], 2)  # skills 1 and 2 contradict each other: the odds are exp(1 - 2)
    >>> glad_expected(two, np.array([1.0, 2.0]), np.ones(1), np.full(2, 0.5))[0].round(4)
    array([[0.7311, 0.2689]])
    """
    x = skill[answers.annotator] * easiness[answers.item]
    wrong = log_expit(-x) - np.log(max(1, answers.n_classes - 1))
    says = np.tile(wrong[:, None], (1, answers.n_classes))
    says[np.arange(len(answers)), answers.label] = log_expit(x)
    return _posterior(answers, says, prior, seen)


def glad_loss(at: Floats, answers: Answers, right: Floats) -> tuple[float, Floats]:
    """Minus what GLAD's M-step maximises, and its gradient.

    Parameters
    ----------
    at : (R + I,) array
        Skills, then log-easiness of the items.
    answers : Answers
    right : (n,) array
        Probability that each answer is right.
    """
    R = answers.n_annotators
    skill, easiness = at[:R][answers.annotator], np.exp(at[R:])[answers.item]
    x = skill * easiness
    value = (right * log_expit(x) + (1.0 - right) * log_expit(-x)).sum() + _glad_prior(at, R)
    pull = right - expit(x)  # derivative by x
    gradient = np.concatenate(
        [
            np.bincount(answers.annotator, pull * easiness, R) - (at[:R] - SKILL[0]) / SKILL[1] ** 2,
            np.bincount(answers.item, pull * x, answers.n_items)
            - (at[R:] - DIFFICULTY[0]) / DIFFICULTY[1] ** 2,
        ]
    )
    return -float(value), -gradient


def _glad_prior(at: Floats, R: int) -> float:
    skills = ((at[:R] - SKILL[0]) / SKILL[1]) ** 2
    items = ((at[R:] - DIFFICULTY[0]) / DIFFICULTY[1]) ** 2
    return -0.5 * float(skills.sum() + items.sum())


def _start(answers: Answers) -> tuple[Floats, Bools]:
    """The shares of the votes, and which items have any."""
    if not len(answers):
        raise DataError("There is no answer yet to learn from; collect some first")
    return answers.shares.copy(), answers.votes.sum(axis=1) > 0


def _smoothed(counts: Floats, smoothing: float) -> Floats:
    """Shares along the last axis; equal where nothing was counted."""
    table = counts + smoothing
    total = table.sum(axis=-1, keepdims=True)
    equal = np.full(table.shape, 1.0 / table.shape[-1])
    return np.divide(table, total, out=equal, where=total > 0)


def _confusions(answers: Answers, q: Floats) -> Floats:
    """(R, K, K) expected number of times each annotator said l where the class is k."""
    R, K = answers.n_annotators, answers.n_classes
    cell, weight = answers.annotator * K + answers.label, q[answers.item]
    counts = [np.bincount(cell, weight[:, k], R * K).reshape(R, K) for k in range(K)]
    return np.stack(counts, axis=1)


def _log(p: Floats) -> Floats:
    with np.errstate(divide="ignore"):  # log 0 = -inf: without smoothing an answer can be impossible
        return np.log(p)


def _expected(answers: Answers, seen: Bools, prior: Floats, log_confusion: Floats) -> tuple[Floats, float]:
    says = log_confusion[answers.annotator, :, answers.label]
    return _posterior(answers, says, prior, seen)


def _posterior(
    answers: Answers, says: Floats, prior: Floats, seen: Bools | None = None
) -> tuple[Floats, float]:
    """(I, K) posterior and log-likelihood; `says` is (n, K) log P(this answer | class k)."""
    joint = np.tile(_log(prior), (answers.n_items, 1))
    for k in range(answers.n_classes):
        joint[:, k] += np.bincount(answers.item, says[:, k], answers.n_items)
    evidence = logsumexp(joint, axis=1)
    known = np.ones(answers.n_items, bool) if seen is None else seen
    return np.exp(joint - evidence[:, None]), float(evidence[known].sum())


def _leading(answers: Answers, proba: Floats, seed: int | None = None) -> tuple[Ints, Bools]:
    """(I,) the leading class, -1 without an answer, and whether it is shared with another."""
    lead = proba >= proba.max(axis=1, keepdims=True) - SAME
    tied = lead.sum(axis=1) > 1
    label = lead.argmax(axis=1).astype(np.int64)
    if seed is not None and tied.any():
        draw = by_id(seed, "majority tie", np.arange(answers.n_items)[:, None])
        nth = (draw * lead.sum(axis=1)).astype(np.int64)  # the nth of the leading classes
        label = (np.cumsum(lead, axis=1) > nth[:, None]).argmax(axis=1).astype(np.int64)
    return np.where(answers.votes.sum(axis=1) > 0, label, UNKNOWN), tied
