"""Measures of doubt and disagreement: every formula as a pure function on arrays, no view and no registry.

Array axes: n points, C classes, K committee members. Class probabilities are (n, C), those of a committee
(K, n, C), each row summing to 1; a measure is (n,), and larger always means: ask first. Logarithms are
natural, so entropies are in nats, and 0 ln 0 = 0. Divide by ln 2 for bits.

The examples are those of the course slides. Where a slide prints another number, the docstring says so;
`alcore.errata` holds these slips as data.
"""

import numpy as np

from alcore.kernels import row_entropy, top_two
from alcore.types import Floats, Ints

_NOISE = 1e-12  # a difference of two entropies below this is rounding, and it may be negative


def least_confident(proba: Floats) -> Floats:
    """Ask where the learner's best guess is least likely to be right.

    Looks at the most likely class alone: the learner's own estimate of its error there. With two classes it
    ranks as margin and entropy do.

    Parameters
    ----------
    proba : (n, C) array
        Class probabilities.

    Returns
    -------
    (n,) array
        Probabilities from 0 (certain) to 1 - 1/C (all classes equally likely).

    Notes
    -----
    1 - max_c p_c. O(n C). Source: Lewis & Gale 1994; Culotta & McCallum 2005. The slide "Uncertainty
    Measure 1: Least Confident" gives the range as [0, 1]; but some class always has at least 1/C.

    Examples
    --------
    >>> least_confident(np.array([[0.6, 0.3, 0.1]]))
    array([0.4])
    """
    largest, _ = top_two(proba)
    return 1.0 - largest


def margin(proba: Floats) -> Floats:
    """Ask where the two most likely classes are almost tied.

    Looks at the decision the learner finds hardest and leaves out classes it has ruled out already: the usual
    choice with many classes.

    Parameters
    ----------
    proba : (n, C) array
        Class probabilities.

    Returns
    -------
    (n,) array
        Probabilities from 0 (certain) to 1 (two classes tied at the top).

    Notes
    -----
    1 - (p_(1) - p_(2)), the two largest probabilities. O(n C). Source: Scheffer, Decomain & Wrobel 2001.
    The slide "Comparing Uncertainty Measures" lists the gap itself (0.3 for the row below) beside scores
    for which larger means less certain; as a score it is 0.7.

    Examples
    --------
    >>> margin(np.array([[0.51, 0.49, 0.0], [0.99, 0.01, 0.0], [0.6, 0.3, 0.1]]))
    array([0.98, 0.02, 0.7 ])
    """
    largest, second = top_two(proba)
    return 1.0 - (largest - second)


def entropy(proba: Floats) -> Floats:
    """Ask where the probability is spread most evenly over all the classes.

    Counts every class. With many classes it may prefer a point that is a little like all of them to one that
    lies between two, and then it can do worse than asking at random.

    Parameters
    ----------
    proba : (n, C) array
        Class probabilities.

    Returns
    -------
    (n,) array
        Nats from 0 (certain) to ln C (all classes equally likely).

    Notes
    -----
    H(p) = -sum_c p_c ln p_c. O(n C). Source: Shannon 1948; Settles & Craven 2008. The slides print, right in
    brackets: 0.286 for (0.95, 0.05), which is in bits (0.199); 0.849 (0.613), 1.571 (1.081) and 1.585
    (1.099) for the three rows below.

    Examples
    --------
    >>> entropy(np.array([[0.8, 0.15, 0.05], [0.4, 0.35, 0.25], [1 / 3, 1 / 3, 1 / 3]])).round(4)
    array([0.6129, 1.0805, 1.0986])
    """
    return row_entropy(proba)


def votes(members: Floats) -> Ints:
    """Count how many members find each class the most likely one.

    A member that finds several equally likely votes for the lowest of them.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each member.

    Returns
    -------
    (n, C) array of int
        Rows sum to K.

    Examples
    --------
    >>> votes(np.array([[[0.9, 0.1]], [[0.4, 0.6]], [[0.3, 0.7]]]))
    array([[1, 2]])
    """
    counts = np.zeros(members.shape[1:], np.int64)
    rows = np.arange(len(counts))
    for proba in members:
        counts[rows, proba.argmax(axis=1)] += 1
    return counts


def consensus(members: Floats) -> Floats:
    """Average the members' class probabilities.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each member.

    Returns
    -------
    (n, C) array
        Rows sum to 1.

    Examples
    --------
    >>> consensus(np.array([[[0.9, 0.1]], [[0.4, 0.6]], [[0.3, 0.7]]])).round(3)
    array([[0.533, 0.467]])
    """
    return members.mean(axis=0)


def vote_entropy(members: Floats) -> Floats:
    """Ask where the members' votes are spread most evenly.

    Hears only which class each member would choose, not how sure it is of it.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each member.

    Returns
    -------
    (n,) array
        Nats from 0 (all vote alike) to ln min(K, C). It takes few distinct values, so ties are common.

    Notes
    -----
    -sum_c V_c/K ln V_c/K, with V_c votes for class c. O(K n C). Source: Dagan & Engelson 1995. The slide's
    formula and its example (3 votes to 2) are right; the slide's code computes `consensus_entropy` under
    this name.

    Examples
    --------
    >>> three_to_two = np.array([[[0.9, 0.1]]] * 3 + [[[0.2, 0.8]]] * 2)
    >>> vote_entropy(three_to_two).round(4)
    array([0.673])
    """
    return row_entropy(votes(members) / len(members))


def consensus_entropy(members: Floats) -> Floats:
    """Ask where the committee's average prediction is most uncertain.

    Total uncertainty: it is as high where every member is undecided as where confident members contradict
    each other. For disagreement alone take `kl_to_consensus`.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each member.

    Returns
    -------
    (n,) array
        Nats from 0 to ln C.

    Notes
    -----
    H(mean_k p_k). O(K n C). Source: Settles 2012 (soft vote entropy). The slide "QBC: Detailed Example"
    prints 0.991 for the first point below; it is 0.691 nats (0.997 bits). Nor does a higher value mean more
    disagreement: the second point's members agree, and it scores the maximum.

    Examples
    --------
    >>> slide, agreed = [[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]], [[0.5, 0.5]] * 3
    >>> consensus_entropy(np.array([slide, agreed]).swapaxes(0, 1)).round(4)
    array([0.6909, 0.6931])
    """
    return row_entropy(consensus(members))


def kl_to_consensus(members: Floats) -> Floats:
    """Ask where the members' predictions differ most from their average.

    Disagreement alone: what more labels could settle, without the noise that no label removes. When the
    members are draws from a posterior this is BALD, the information a label gives about the learner's
    parameters.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each member.

    Returns
    -------
    (n,) array
        Nats from 0 (all members predict alike) to ln min(K, C).

    Notes
    -----
    1/K sum_k KL(p_k || mean p) = H(mean p) - mean_k H(p_k), the generalised Jensen-Shannon divergence;
    computed by the right-hand side, which needs no quotient of small numbers. O(K n C).
    Source: McCallum & Nigam 1998; Houlsby et al. 2011. The slide "KL Divergence: Example" prints 0.397,
    0.056 and 0.130, mean 0.194; they are 0.317, 0.036 and 0.111, mean 0.155.

    Examples
    --------
    >>> slide, agreed = [[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]], [[0.5, 0.5]] * 3
    >>> kl_to_consensus(np.array([slide, agreed]).swapaxes(0, 1)).round(4)
    array([0.1546, 0.    ])
    """
    within = np.zeros(members.shape[1])
    for proba in members:
        within += row_entropy(proba)
    between = consensus_entropy(members) - within / len(members)
    between[np.abs(between) < _NOISE] = 0.0
    return between


def variation_ratio(members: Floats) -> Floats:
    """Ask where the largest share of members votes against the majority.

    The simplest count of disagreement; like vote entropy it hears votes only, and it does not matter to it
    how the minority is split.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each member.

    Returns
    -------
    (n,) array
        Shares from 0 (all vote alike) to 1 - 1/min(K, C).

    Notes
    -----
    1 - max_c V_c/K. O(K n C). Source: Freeman 1965; Beluch et al. 2018.

    Examples
    --------
    >>> three_to_two = np.array([[[0.9, 0.1]]] * 3 + [[[0.2, 0.8]]] * 2)
    >>> variation_ratio(three_to_two)
    array([0.4])
    """
    return 1.0 - votes(members).max(axis=1) / len(members)


def consensus_margin(members: Floats) -> Floats:
    """Ask where the committee's average prediction almost ties two classes.

    The committee makes the probabilities more trustworthy, the margin keeps to the hardest decision: the
    steadiest of the committee measures with many classes.

    Parameters
    ----------
    members : (K, n, C) array
        Class probabilities of each member.

    Returns
    -------
    (n,) array
        Probabilities from 0 (certain) to 1 (two classes tied at the top).

    Notes
    -----
    The `margin` of mean_k p_k. O(K n C). Source: Melville & Mooney 2004.

    Examples
    --------
    >>> consensus_margin(np.array([[[0.9, 0.1]], [[0.4, 0.6]], [[0.3, 0.7]]])).round(4)
    array([0.9333])
    """
    return margin(consensus(members))
