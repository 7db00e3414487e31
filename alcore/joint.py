"""What labels tell about a posterior: the label of one row (BALD), of two (EPIG), of a batch (BatchBALD).

The posterior is K equally likely draws of the learner, and all that is known of a draw is its predictions:
arrays ``members`` (K, n, C), rows summing to 1. A draw must be the same for all rows (one weight vector, one
dropout mask, one tree); else rows that depend on each other look independent, and a batch is overrated.

Given the draw, labels are independent; so everything here is an entropy of averages of products of
predictions. Entropies are in nats, 0 ln 0 = 0, and no information exceeds ln K: K draws cannot be told apart
any further, whatever the batch.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alcore.kernels import row_entropy, top_k
from alcore.types import Floats, Ints

_NOISE = 1e-12  # a difference of entropies below this is rounding, and it may be negative
_CACHED = 1 << 15  # numbers worked on at a time: 256 KiB, inside the L2 cache of any current core
_LAZY = 64  # candidates looked at together


class Uncertainty(NamedTuple):
    """The uncertainty of each row's label, split by whether more labels could remove it.

    Attributes
    ----------
    total : (n,) array
        Entropy of the average prediction: aleatoric + epistemic.
    aleatoric : (n,) array
        Average entropy of the draws' predictions: noise that every draw agrees to be there.
    epistemic : (n,) array
        What is left: the draws contradict each other, and a label would tell them apart. BALD.
    """

    total: Floats
    aleatoric: Floats
    epistemic: Floats


def decompose(members: Floats) -> Uncertainty:
    """Split the uncertainty of each row into noise and ignorance.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each draw.

    Returns
    -------
    Uncertainty
        Three (n,) arrays in nats, all >= 0, total = aleatoric + epistemic.

    Notes
    -----
    O(K n C). Source: Depeweg et al. 2018; Houlsby et al. 2011.

    Examples
    --------
    Draws that agree on a coin toss, and draws that are sure of opposite answers:

    >>> agreed, opposed = [[0.5, 0.5], [0.5, 0.5]], [[1.0, 0.0], [0.0, 1.0]]
    >>> split = decompose(np.array([agreed, opposed]).swapaxes(0, 1))
    >>> split.total.round(3), split.aleatoric.round(3), split.epistemic.round(3)
    (array([0.693, 0.693]), array([0.693, 0.   ]), array([0.   , 0.693]))
    """
    return _split(members, _entropies(members))


def _split(members: Floats, noise: Floats) -> Uncertainty:
    """`decompose` of members whose entropies (K, n) are known."""
    total = row_entropy(members.mean(axis=0))
    epistemic = total - noise.mean(axis=0)
    epistemic[epistemic < _NOISE] = 0.0
    return Uncertainty(total, total - epistemic, epistemic)


def bald(members: Floats) -> Floats:
    """Ask where a label would tell most about the learner itself, not where labels are merely noisy.

    The mutual information between the label and the learner's parameters: high where the draws of the
    posterior are each sure of their answer but contradict each other, zero where they all agree on a coin
    toss. The epistemic part of `decompose`.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each draw.

    Returns
    -------
    (n,) array
        Nats from 0 (all draws predict alike) to ln min(K, C).

    Notes
    -----
    I(y; theta | x) = H(mean_k p_k) - mean_k H(p_k), which is also the mean Kullback-Leibler divergence of the
    draws from their average. O(K n C). Source: Houlsby et al. 2011; Gal, Islam & Ghahramani 2017.

    Examples
    --------
    >>> agreed, opposed = [[0.5, 0.5], [0.5, 0.5]], [[1.0, 0.0], [0.0, 1.0]]
    >>> bald(np.array([agreed, opposed]).swapaxes(0, 1)).round(4)
    array([0.    , 0.6931])
    """
    return decompose(members).epistemic


def member_std(members: Floats) -> Floats:
    """Ask where the draws' probabilities vary most, by their standard deviation.

    The shortcut of many tutorials. It measures distance in probability, not information: a probability that
    varies between 0.4 and 0.6 counts as much as one between 0 and 0.2, though only the second could settle
    the class. Where both are at hand, prefer `bald`.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each draw.

    Returns
    -------
    (n,) array
        Mean over the classes of the standard deviation over the draws, from 0 to 1/2.

    Notes
    -----
    mean_c sqrt(mean_k (p_kc - mean p_c)^2). O(K n C). Source: Kampffmeyer et al. 2016; Kendall et al. 2017.
    The slide "Active Learning for Deep Learning" takes it of raw outputs: take the softmax first.

    Examples
    --------
    The first row is the more informative one by `bald`; here they tie:

    >>> p = np.array([[0.0, 0.4], [0.2, 0.6]])
    >>> members = np.stack([p, 1 - p], axis=-1)
    >>> member_std(members).round(3), bald(members).round(3)
    (array([0.1, 0.1]), array([0.075, 0.02 ]))
    """
    spread = members.std(axis=0).mean(axis=1)
    spread[spread < _NOISE] = 0.0
    return spread


def epig(members: Floats, targets: Floats) -> Floats:
    """Information that each row's label gives about the labels of the target rows.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each draw.
    targets : (K, t, C) array
        Those of the rows that shall be predicted well, by the same draws.

    Returns
    -------
    (n,) array
        Nats, mean over the targets; at least 0, at most `bald` of the row.

    Notes
    -----
    mean_t I(y; y_t) = H(y) + mean_t H(y_t) - mean_t H(y, y_t), with P(y, y_t) = mean_k p_k(y) p_k(y_t): one
    matrix product for a block of rows. O(n t C^2 K), memory bounded. Source: Bickford Smith et al. 2023.

    Examples
    --------
    Two draws disagree on both rows; the label of either tells that of the other:

    >>> members = np.array([[[0.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]])
    >>> epig(members, members[:, :1]).round(4)
    array([0.6931, 0.6931])
    """
    K, n, C = members.shape
    average = targets.reshape(K, -1) / K
    n_targets = targets.shape[1]
    alone = row_entropy(members.mean(axis=0)) + row_entropy(targets.mean(axis=0)).mean()
    together = np.empty(n)
    step = max(1, _CACHED // (C * average.shape[1]))
    for start in range(0, n, step):
        block = members[:, start : start + step]
        joint = block.reshape(K, -1).T @ average
        together[start : start + step] = row_entropy(joint.reshape(block.shape[1], -1))
    information = alone - together / n_targets
    information[information < _NOISE] = 0.0
    return information


class JointLabels:
    """What the labels of the rows chosen so far may be, and how likely each possibility leaves every draw.

    A list of configurations (one label for each chosen row): the weight of each, and the posterior over the
    draws given it. While at most `limit` configurations have positive probability the list is complete and
    every entropy exact; then it is thinned to `limit` by stratified resampling, which keeps every expected
    weight, and entropies become estimates.

    Parameters
    ----------
    n_draws : int
        K.
    limit : int
        Configurations kept.
    rng : Generator
        For the thinning.
    dtype : type
        float32 is twice as fast; it costs about 1e-5 nats.

    Attributes
    ----------
    weight : (M,) array
        Probabilities of the configurations, sum 1.
    belief : (M, K) array
        Rows sum to 1.
    entropy : float
        H of the labels of the chosen rows.
    information : float
        I of these labels and the draw; never above ln K (but for the error of an estimate).
    exact : bool
        Whether the list is complete.

    Examples
    --------
    Two draws, sure of opposite labels for every row. One label settles which; a second adds nothing:

    >>> row = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> labels = JointLabels(2, 100, np.random.default_rng(0))
    >>> for _ in range(2):
    ...     labels.add(row)
    ...     round(labels.information, 4)
    0.6931
    0.6931
    """

    def __init__(self, n_draws: int, limit: int, rng: np.random.Generator, dtype: type = np.float64) -> None:
        self.limit, self.rng, self.dtype = limit, rng, dtype
        self.weight: NDArray[Any] = np.ones(1, dtype)
        self.belief: NDArray[Any] = np.full((1, n_draws), 1.0 / n_draws, dtype)
        self.entropy, self.information, self.exact = 0.0, 0.0, True

    def next_entropy(self, members: Floats) -> Floats:
        """(n,) entropy of the label of each row (K, n, C) once the labels of the chosen rows are known."""
        K, n, C = members.shape
        proba = self.belief @ members.reshape(K, n * C).astype(self.dtype, copy=False)
        logs = np.maximum(proba, np.finfo(self.dtype).tiny)
        np.log(logs, out=logs)
        logs *= proba
        return -(self.weight @ logs).reshape(n, C).sum(axis=1, dtype=np.float64)

    def next_information(self, members: Floats, noise: Floats) -> Floats:
        """(n,) what the label of each row (K, n, C) tells besides; `noise` (K, n) holds the draws' entropies.

        The noise is averaged as the configurations at hand weigh the draws, not equally. Then every
        configuration counts a gap of Jensen's inequality: never negative, and 0 where the labels so far have
        told the draws apart already. With equal weights, as in the paper, the luck of the configurations
        would stay there and decide, and it favours copies, which share it.
        """
        left: Floats = self.next_entropy(members) - (self.weight @ self.belief).astype(np.float64) @ noise
        return np.maximum(left, 0.0)

    def add(self, row: Floats) -> None:
        """Choose one more row, of draws' probabilities (K, C)."""
        noise = row_entropy(row.astype(np.float64))[:, None]
        row = row.astype(self.dtype, copy=False)
        self.information += float(self.next_information(row[:, None], noise)[0])
        self.entropy += float(self.next_entropy(row[:, None])[0])
        weight = (self.weight[:, None] * (self.belief @ row)).ravel()  # of (configuration, its next label)
        at = np.flatnonzero(weight)
        weight = weight[at]
        if len(at) > self.limit:
            self.exact = False
            kept, times = np.unique(_stratified(weight, self.limit, self.rng), return_counts=True)
            at, weight = at[kept], times.astype(self.dtype)
        before, label = np.divmod(at, row.shape[1])
        self.belief = self.belief[before] * row.T[label]
        self.belief /= self.belief.sum(axis=1, keepdims=True)
        self.weight = weight / weight.sum()


def joint_entropy(members: Floats, limit: int, rng: np.random.Generator) -> float:
    """Entropy of the labels of some rows together.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each draw.
    limit : int
        Configurations kept: up to that many the result is exact, see `JointLabels`.
    rng : Generator

    Examples
    --------
    Two draws, sure of opposite labels: the second label follows from the first.

    >>> members = np.array([[[0.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]])
    >>> round(joint_entropy(members, 100, np.random.default_rng(0)), 4)
    0.6931
    """
    labels = JointLabels(len(members), limit, rng)
    for at in range(members.shape[1]):
        labels.add(members[:, at])
    return labels.entropy


def batchbald(
    members: Floats,
    n: int,
    limit: int,
    rng: np.random.Generator,
    *,
    shortlist: int | None = None,
    dtype: type = np.float64,
) -> tuple[Ints, Floats]:
    """Choose rows whose labels together tell most about the draw, one after another.

    Parameters
    ----------
    members : (K, N, C) array
        Class probabilities of each draw, the same draws for all rows.
    n : int
        How many to choose.
    limit : int
        Configurations of labels kept; see `JointLabels`.
    rng : Generator
        Used once the list of configurations is no longer complete.
    shortlist : int, optional
        Only so many rows, those with the highest `bald`, may be chosen.
    dtype : type
        float32 is twice as fast; it costs about 1e-5 nats.

    Returns
    -------
    positions : (min(n, N),) array of int
        In the order they were chosen; among equals the lowest.
    information : array of the same length
        I(labels so far; draw) after each choice.

    Notes
    -----
    Greedy, so at least 1 - 1/e of the best batch's information. What a row adds never grows with the batch
    (submodularity): a value from an earlier turn bounds it, and only rows whose bound beats the best value
    found are looked at again. O(n N K M C) at worst, usually a tenth of it.
    Source: Kirsch, van Amersfoort & Gal 2019; lazy evaluation as in Minoux 1978.

    Examples
    --------
    Rows 0 and 1 are copies; row 2 tells less than they do, but something else:

    >>> copy, other = [[0.9, 0.1]] * 2 + [[0.1, 0.9]] * 2, [[0.8, 0.2], [0.2, 0.8]] * 2
    >>> members = np.array([copy, copy, other]).swapaxes(0, 1)
    >>> batchbald(members, 2, 100, np.random.default_rng(0))[0]
    array([0, 2])
    """
    noise = _entropies(members)
    bound = _split(members, noise).epistemic
    n = min(n, len(bound))
    # In the order of the rows, which decides ties.
    rows = np.sort(top_k(bound, len(bound) if shortlist is None else max(shortlist, n)))
    members = np.ascontiguousarray(members[:, rows], dtype)
    noise, bound = noise[:, rows], bound[rows]
    labels = JointLabels(len(members), limit, rng, dtype)
    chosen, information = np.empty(n, np.int64), np.empty(n)
    for turn in range(n):
        best = _best(labels, members, noise, bound) if turn else int(bound.argmax())
        labels.add(members[:, best])
        bound[best] = -np.inf
        chosen[turn], information[turn] = rows[best], labels.information
    return chosen, information


def _best(labels: JointLabels, members: Floats, noise: Floats, bound: Floats) -> int:
    """The row that adds most, among those allowed; bounds of the rows looked at become their values."""
    order = top_k(bound, len(bound))
    found, best = -np.inf, -1
    for start in range(0, len(order), _LAZY):
        rows = order[start : start + _LAZY]
        rows = rows[bound[rows] > -np.inf]
        # A bound equal to the best value may hide an equal one at a lower position.
        if not len(rows) or bound[rows[0]] < found:
            break
        bound[rows] = labels.next_information(members[:, rows], noise[:, rows])
        value = float(bound[rows].max())
        head = int(rows[bound[rows] == value].min())
        if value > found or (value == found and head < best):
            found, best = value, head
    return best


def _entropies(members: Floats) -> Floats:
    """(K, n) entropy of every draw's prediction."""
    return np.stack([row_entropy(proba) for proba in members])


def _stratified(weight: Floats, n: int, rng: np.random.Generator) -> Ints:
    """(n,) positions in proportion to `weight`: one draw from each of n equal parts of their sum.

    Not at equal distances: configurations of equal weight would then all go on with the same quantile.
    """
    ends = np.cumsum(weight, dtype=np.float64)
    ticks = (np.arange(n) + rng.random(n)) * (ends[-1] / n)
    return np.minimum(np.searchsorted(ends, ticks, side="right"), len(weight) - 1).astype(np.int64)
