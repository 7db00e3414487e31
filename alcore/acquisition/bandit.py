"""Bandits: explore what is little known, exploit where labels have paid."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from alcore import measures
from alcore.catalog import ACQUISITIONS
from alcore.clusters import k_means
from alcore.distances import nearest_rows, sample_of
from alcore.hindsight import by_strategy, foreseen
from alcore.params import Range
from alcore.rng import stream
from alcore.types import Floats, Ints, View

REFERENCE = 2000  # rows from which clusters are found
DECIMALS = 9  # of doubt when rows are ranked: the order of the pool must not decide by its rounding
TIE = 1e-6  # weight of doubt where the bonus does not rank a cluster's rows
MEASURES = {
    "least confident": measures.least_confident,
    "margin": measures.margin,
    "entropy": measures.entropy,
}


@ACQUISITIONS.add(
    pointwise=True,
    needs="members",
    source="Thompson 1933; Russo et al. 2018; active search: Garnett et al. 2012",
    label="Thompson sampling",
    family="bandit",
    unit="probability",
    formula=r"u_{\theta}(x),\quad \theta \sim p(\theta \mid L)",
    low=0.0,
    use="Searching for a rare class; or learning, when one learner's confident mistakes must not be repeated "
    "round after round.",
    avoid="Many classes, unless doubt is the margin: with its usual doubt it lost to random on digits in our "
    "own measurements. Large batches taken from the top: all of it follows one drawn member; the selector "
    "Thompson batch draws one for every question.",
    complexity="one member's prediction, O(n D C) for linear ones",
)
def thompson(
    view: View,
    *,
    doubt: Literal["least confident", "margin", "entropy"] = "least confident",
    goal: Literal["learn", "search"] = "learn",
    target: Annotated[int, Range(0, 999)] = 1,
) -> Floats:
    """Draw one member of the committee and believe it alone: exploration by chance.

    Where the labels leave room for different boundaries the members differ, so successive rounds ask in
    different places; where all agree it makes no difference which is drawn.

    Parameters
    ----------
    doubt : str
        What a row is worth to the drawn member when the goal is to learn.
    goal : str
        learn: ask where the drawn member is unsure. search: ask what it takes for the class searched for, to
        find as many of its rows as possible.
    target : int
        The class searched for, by its number in the list of classes, the first being 0; a number beyond
        the last class stands for the last.
    """
    drawn = int(view.rng("thompson").integers(len(view.committee())))
    return belief(view, drawn, doubt, goal, target)


def belief(view: View, member: int, doubt: str, goal: str, target: int) -> Floats:
    """(N,) what each candidate is worth to one member of the committee; see `thompson`."""
    proba = view.candidates.through(view.committee()[member].proba)
    return proba[:, min(target, view.n_classes - 1)] if goal == "search" else MEASURES[doubt](proba)


@ACQUISITIONS.add(
    needs="proba",
    source="Auer, Cesa-Bianchi & Fischer 2002 (UCB1); Garivier & Moulines 2011 (discounted)",
    label="UCB over clusters",
    family="bandit",
    unit="reward",
    formula=r"\bar r_{c} + \beta \sqrt{\frac{2 \ln t}{n_c}}",
    low=0.0,
    use="Pools in clusters of which some are hard: labels go where they surprise, none is forgotten.",
    avoid="Fewer labels than clusters, and pools without clusters: all arms are then alike.",
    complexity="O(n k D), and one fit of the learner a round",
)
def ucb(
    view: View,
    *,
    clusters: Annotated[int, Range(2, 100)] = 10,
    explore: Annotated[float, Range(0.0, 5.0)] = 1.0,
    memory: Annotated[float, Range(0.5, 1.0)] = 0.98,
    reward: Literal["surprise", "error"] = "surprise",
) -> Floats:
    """Treat clusters of the pool as slot machines: ask where labels surprised most, or were seldom asked for.

    An arm's pay is known only when a label has come: how wrong the learner that asked for it was. Within a
    cluster the rows with the smallest margin come first. A batch is filled as if its questions were asked
    one by one, each counting as one more play of its cluster that pays as usual.

    Parameters
    ----------
    clusters : int
        How many arms there are.
    explore : float
        How much a seldom asked cluster is favoured: 0 goes only by what was paid so far, 1 is UCB1.
    memory : float
        What a reward still counts after one more label: 1 never forgets; lower values follow a learner for
        which yesterday's surprises are old hat.
    reward : str
        surprise: how unlikely the learner found the label, from 0 to 1. error: 1 where it guessed wrong.

    Notes
    -----
    Clusters are those of candidates and labelled rows together, which is the whole pool in every round, so
    they stay the same. They can move only where rows leave the pool without a label: when annotators abstain,
    or rows become too dear. Rewards follow their rows, so none is lost.
    """
    arms = arms_of(view, clusters=clusters, memory=memory, reward=reward)
    doubt = measures.margin(view.proba).round(DECIMALS)
    rank = _ranks(arms.cluster, doubt, view.candidates.ids)
    index = ucb_index(arms.paid[arms.cluster], arms.plays[arms.cluster], arms.plays.sum(), explore, rank)
    unplayed = np.isposinf(index)  # before any other, yet finite: these are scores
    index[unplayed] = 1.0 + np.max(index[~unplayed], initial=0.0)
    return index + TIE * doubt


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """The table of a bandit over clusters.

    Attributes
    ----------
    cluster : (N,) the cluster of each candidate
    asked : (L,) the cluster of each labelled row
    plays : (k,) labels asked for in each cluster, older ones discounted
    paid : (k,) sum of their rewards, discounted alike
    """

    cluster: Ints
    asked: Ints
    plays: Floats
    paid: Floats


def arms_of(view: View, *, clusters: int = 10, memory: float = 0.98, reward: str = "surprise") -> Arms:
    """The bandit's arms as the log has left them; see `ucb`."""
    place = _clusters(view, clusters)
    cluster, asked = place[: len(view.candidates)], place[len(view.candidates) :]
    chosen = by_strategy(view)
    pays = rewards(view, reward)
    k = int(place.max()) + 1
    later = np.array([(chosen > past).sum() for past in chosen])  # labels the strategy has asked for since
    weight = np.where(chosen > 0, memory**later, 0.0)
    plays, paid = (np.bincount(asked, w, minlength=k).astype(np.float64) for w in (weight, weight * pays))
    return Arms(cluster, asked, plays, paid)


def rewards(view: View, kind: str = "surprise") -> Floats:
    """(L,) what each label paid, from 0 to 1: how wrong the learner was that asked for it; 0 if none did.

    Surprise is -ln P(label) / ln C, at most 1: a label that was no likelier than by chance pays in full.
    """
    proba, right = foreseen(view)
    if kind == "error":
        return np.where(np.isnan(proba), 0.0, 1.0 - right)
    unlikely = -np.log(np.maximum(np.nan_to_num(proba, nan=1.0), 1.0 / view.n_classes))
    return unlikely / np.log(view.n_classes)


def ucb_index(
    paid: Floats, plays: Floats, total: float, explore: float = 1.0, ahead: Floats | Ints | float = 0.0
) -> Floats:
    """Upper confidence bound of each arm's mean reward.

    Parameters
    ----------
    paid, plays : (n,) arrays
        Sum of an arm's rewards, each from 0 to 1, and how many there were.
    total : float
        Plays of all arms together.
    explore : float
        Weight of the bonus for being little known.
    ahead : (n,) array
        Plays already promised to the arm, whose rewards are not known yet: they count as plays.

    Returns
    -------
    (n,) array
        inf for an arm never played and not promised; a promised one that was never played is believed to pay
        1.

    Notes
    -----
    ``paid / plays + explore sqrt(2 ln(total + ahead) / (plays + ahead))``. The logarithm is at least 1, so
    the bonus falls with every play from the first one on. Source: Auer et al. 2002.

    Examples
    --------
    >>> ucb_index(np.array([6.0, 1.0, 0.0]), np.array([10.0, 2.0, 0.0]), 12.0).round(4)
    array([1.305 , 2.0764,    inf])
    """
    mean = np.divide(paid, plays, out=np.ones(np.shape(plays)), where=plays > 0)
    played = plays + ahead
    surprise = np.sqrt(2.0 * np.log(np.maximum(total + ahead, np.e)) / np.where(played > 0, played, 1.0))
    return np.where(played > 0, mean + explore * surprise, np.inf)


def _clusters(view: View, k: int) -> Ints:
    """(N + L,) cluster of each candidate and labelled row, the same in every round and order of the rows."""
    ids = np.concatenate([view.candidates.ids, view.labelled.ids])
    X = np.concatenate([view.candidates.X, view.labelled.X])
    some = sample_of(ids, REFERENCE, view.seed, "arms")
    some = some[np.lexsort(ids[some].T)]
    _, centres = k_means(X[some], k, stream(view.seed, "arms"))
    return nearest_rows(X, centres, 1)[0][:, 0]


def _ranks(cluster: Ints, worth: Floats, ids: Ints) -> Ints:
    """(N,) place of each row within its cluster, the worthiest having 0; among equals the lowest id."""
    order = np.lexsort((*ids.T, -worth, cluster))
    first = np.searchsorted(cluster[order], cluster[order])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - first
    return place
