"""Mixtures: which acquisition function to trust, decided as labels come in."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np

from alcore.catalog import ACQUISITIONS
from alcore.errors import SpecError
from alcore.hindsight import by_strategy, judged, told_in
from alcore.params import From, Range
from alcore.registry import Entry
from alcore.rng import stream
from alcore.spec import Choice
from alcore.types import Bools, Floats, Ints, View

CONFIDENCE = 0.1  # EXP4.P's delta: its regret bound holds with a probability of one minus this


@ACQUISITIONS.add(
    source="Hsu & Lin 2015 (ALBL); Beygelzimer et al. 2011 (EXP4.P)",
    label="active learning by learning",
    family="mixture",
    unit="",
    formula=r"k \sim p,\quad u(x) = u_k(x),\quad w_k \leftarrow w_k \exp\!\big(\tfrac{p_{\min}}{2}"
    r"(\hat r_k + \hat v_k \sqrt{\tfrac{\ln (K / \delta)}{K T}})\big)",
    use="An insurance when nothing is known about the data: it does at least as well as its arms on average.",
    avoid="Short runs, in which a bandit learns little about its arms, and learners that fit every label, "
    "such as forests: all arms then earn the same.",
    complexity="that of the arm drawn, and one fit of the learner a round",
)
def albl(
    view: View,
    *,
    arms: Annotated[tuple[str, ...], From("acquisition")] = ("margin", "entropy", "novelty"),
    rounds: Annotated[int, Range(2, 1000, log=True)] = 50,
) -> Floats:
    """Draw one of several acquisition functions each round, more often those under which learning went well.

    The reward of a round is the learner's accuracy on the rows asked so far, each weighted by one over the
    probability of the arm that asked it, so that it stands for the whole pool and not for the rows that one
    arm likes.

    Parameters
    ----------
    arms : tuple of str
        The acquisition functions to choose from, each with its usual settings.
    rounds : int
        About how many rounds the run will have. Fewer make it jump to conclusions, more keep it fair: no arm
        is ever drawn less often than sqrt(ln K / (K rounds)), for K arms.

    Notes
    -----
    The log holds no rewards: they are worked out again from its labels. A round's whole batch belongs to the
    arm drawn, and only that arm is paid. The paper's actions are rows, paid to every arm that proposed them;
    that needs every arm's proposals of every round, which nobody has noted. Accuracy is divided by the sum of
    the weights, which keeps it between 0 and 1.
    """
    if not arms:
        raise SpecError("Active learning by learning needs at least one arm to choose from")
    return scores_of(arms[int(standing(view, len(arms), rounds).drawn[-1])], view)


@ACQUISITIONS.add(
    source="After Hacohen et al. 2022 and Doucet et al. 2024 (TCM): what helps first does not help later",
    label="one, then another",
    family="mixture",
    unit="",
    formula=r"u(x) = u_{\text{first}}(x) \text{ while } |L| < \text{switch, then } u_{\text{then}}(x)",
    use="Coverage or chance for the first labels, doubt once the learner's doubt means something.",
    avoid="A switch the budget never reaches. To start with typical rows, take the selector of that name.",
    complexity="that of the function in use",
)
def relay(
    view: View,
    *,
    first: Annotated[str, From("acquisition")] = "novelty",
    then: Annotated[str, From("acquisition")] = "margin",
    switch: Annotated[int, Range(0, 1000)] = 30,
) -> Floats:
    """Ask by one acquisition function until a number of labels is reached, then by another.

    Parameters
    ----------
    first : str
        Which one asks at the beginning, with its usual settings.
    then : str
        Which one takes over.
    switch : int
        The number of labels, those of the cold start included, from which on the second one asks.
    """
    return scores_of(first if len(view.labelled) < switch else then, view)


def scores_of(name: str, view: View) -> Floats:
    """(N,) scores of another acquisition function with its usual settings.

    Raises
    ------
    SpecError
        When the learner lacks what it needs.
    """
    entry = ACQUISITIONS[name]
    if "linear" in entry.needs and view.fitted.linear is None:
        raise SpecError(
            f"{entry.label} needs a learner with linear weights: leave it out, or change the learner"
        )
    return ACQUISITIONS.bind(Choice(name))(_for(entry, view))


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What a mixture has learnt of its K arms, round by round.

    Attributes
    ----------
    rounds : (R,) the rounds in which an arm was drawn; the last one is that of the view
    proba : (R, K) how likely each arm was to be drawn
    drawn : (R,) the arm drawn
    reward : (R - 1,) what the rounds before the last one paid
    """

    rounds: Ints
    proba: Floats
    drawn: Ints
    reward: Floats


def standing(view: View, n_arms: int, horizon: int) -> Standing:
    """Draws, probabilities and rewards of every round so far, from the log alone; see `albl`."""
    told, chosen = told_in(view), by_strategy(view)
    past = np.unique(chosen[chosen > 0])
    weights = np.zeros(n_arms)  # logarithms
    proba = np.empty((len(past) + 1, n_arms))
    drawn, reward = np.empty(len(past) + 1, np.int64), np.empty(len(past))
    likely = np.ones(len(chosen))  # of the arm that asked each row
    for step, now in enumerate([*past.tolist(), len(view.log)]):
        proba[step] = chances(weights, horizon)
        ticket = stream(view.seed, "arm", now).random()
        drawn[step] = min(int(np.searchsorted(np.cumsum(proba[step]), ticket, "right")), n_arms - 1)
        if step < len(past):
            likely[chosen == now] = proba[step, drawn[step]]
            asked = (chosen > 0) & (chosen <= now)
            reward[step] = weighted_accuracy(judged(view, told <= now, asked)[1], likely[asked])
            weights = after_reward(weights, proba[step], int(drawn[step]), reward[step], horizon)
    return Standing(np.append(past, len(view.log)), proba, drawn, reward)


def chances(weights: Floats, horizon: int) -> Floats:
    """(K,) probability of each arm under EXP4.P, from the logarithms of the arms' weights (K,).

    >>> chances(np.log([1.0, 3.0]), 100).round(3)
    array([0.279, 0.721])
    """
    share = np.exp(weights - weights.max(initial=0.0))
    least = _least(len(weights), horizon)
    return (1.0 - len(weights) * least) * share / share.sum() + least


def after_reward(weights: Floats, proba: Floats, arm: int, reward: float, horizon: int) -> Floats:
    """(K,) logarithms of the arms' weights after one arm was paid.

    Parameters
    ----------
    weights, proba : (K,) arrays
        Logarithms before, and the probabilities with which the arm was drawn.
    arm : int
    reward : float
        From 0 to 1.
    horizon : int
        Rounds planned.

    Notes
    -----
    ``w_k += p_min / 2 (r [k = arm] / p_k + 1 / p_k sqrt(ln(K / delta) / (K T)))``: EXP4.P with one expert for
    each arm, who always advises it. Source: Beygelzimer et al. 2011, algorithm 2.
    """
    K = len(weights)
    paid = np.zeros(K)
    paid[arm] = reward
    bonus = np.sqrt(np.log(K / CONFIDENCE) / (K * horizon))
    return weights + 0.5 * _least(K, horizon) * (paid + bonus) / proba


def weighted_accuracy(right: Bools, likely: Floats) -> float:
    """Share of rows that are right, each weighted by one over the probability with which it was asked.

    >>> weighted_accuracy(np.array([True, False]), np.array([0.75, 0.25]))
    0.25
    """
    return float((right / likely).sum() / (1.0 / likely).sum())


def _least(n_arms: int, horizon: int) -> float:
    """The least probability of an arm."""
    return float(min(1.0 / n_arms, np.sqrt(np.log(n_arms) / (n_arms * horizon))))


def _for(entry: Entry[Any], view: View) -> View:
    """The view with what another plug-in declares that it needs; predictions made already are kept."""
    other = replace(view, needs=entry.needs)
    other.__dict__.update({k: v for k, v in view.__dict__.items() if k in ("proba", "members", "embed")})
    return other
