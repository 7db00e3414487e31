"""Expected gain from labels nearby: probabilistic active learning, QUIRE, and plausibility.

All but QUIRE look at one thing: how many labels of each class lie around a row, each counted by how close it
is. Many labels of one class: nothing to gain. Few labels, or as many of each class: two different doubts,
which these methods tell apart. None looks at the learner.
"""

from itertools import combinations_with_replacement
from typing import Annotated, Literal

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import gammaln, xlog1py, xlogy

from alcore.catalog import ACQUISITIONS
from alcore.distances import sample_of, squared_distances, typical_distance
from alcore.params import Range
from alcore.types import Floats, Ints, View

REFERENCE = 1000  # rows that stand for the pool
MOST_SOLVED = 2_000_000_000  # operations of QUIRE's variances in a round
MOST_LABELS = 2000  # labelled rows QUIRE solves with
MOST_WORK = 30_000_000  # entries of tables filled in a round: some tenths of a second
BLOCK = 1 << 18  # of them at a time
_NO_LABEL = 1e-12  # a smaller count of labels is none
_BISECTIONS = 50
_NEVER = 1e-12  # chance of a coincidence in the rule for the width


@ACQUISITIONS.add(
    source="Kottke, Krempl, Lang, Teschner & Spiliopoulou 2016 (McPAL)",
    label="probabilistic gain (McPAL)",
    family="expected gain",
    unit="probability",
    formula=r"d(x) \max_{m \le M} \frac{1}{m}\, \mathbb{E}_{\theta \sim \mathrm{Dir}(k + \beta)}\, "
    r"\mathbb{E}_{l \sim \mathrm{Mult}(m, \theta)} \left[ \theta_{\hat y(k + l)} "
    r"- \theta_{\hat y(k)} \right]",
    low=0.0,
    use="The first tens of labels: it explores where many rows and few labels are, then refines.",
    avoid="Many features: all rows are then about equally far from each other and little counts as near.",
    complexity="O(n (L + 1000) D + n C^M)",
)
def mcpal(
    view: View,
    *,
    lookahead: Annotated[int, Range(1, 3)] = 2,
    prior: Annotated[float, Range(0.001, 10.0, log=True)] = 1.0,
    width: Annotated[float, Range(0.1, 10.0, log=True)] = 2.0,
) -> Floats:
    """Ask where a few labels should improve the local majority vote most, for as many rows as possible.

    The true class shares around a row are unknown; labels nearby make some likelier than others. It averages
    over them how much better the most frequent class would be known after one label or several.

    Parameters
    ----------
    lookahead : int
        How many labels at one place are thought through: one label never overturns a lead of two.
    prior : float
        Labels of each class taken for granted everywhere: large values find few labels too few to act on.
    width : float
        What counts as near: 1 is a rule of thumb for the spread of the data, larger values reach farther.

    Notes
    -----
    Looks fewer labels ahead where there are so many classes that it would take long.
    """
    X, labelled = view.candidates.X, view.labelled
    reach = width * rule_of_thumb(X, labelled.X)
    counts = kernel_counts(X, labelled.X, labelled.y, view.n_classes, reach)
    fair = min(REFERENCE, max(10, MOST_WORK // max(1, len(X))))
    some = sample_of(view.candidates.ids, fair, view.seed, "density")
    crowd = kernel_counts(X, X[some], np.zeros(len(some), np.int64), 1, reach)[:, 0] / max(1, len(some))
    ahead = lookahead
    while ahead > 1 and len(X) * view.n_classes ** (ahead + 1) > MOST_WORK:
        ahead -= 1
    return crowd * dirichlet_gain(counts, ahead, prior)


@ACQUISITIONS.add(
    source="Kottke, Herde, Sandrock, Huseljic, Krempl & Sick 2021 (xPAL)",
    label="probabilistic gain on the pool (xPAL)",
    family="expected gain",
    unit="probability",
    formula=r"\sum_y \hat p_y(x)\, \frac{1}{|E|} \sum_{e \in E} \left[ \hat p^{+}_{\hat y^+}(e) - "
    r"\hat p^{+}_{\hat y}(e) \right], \quad k^+_e = k_e + K(x, e)\, e_y",
    low=0.0,
    use="As McPAL; it measures the gain on all rows a label reaches instead of guessing it from the crowd.",
    avoid="Many features, as McPAL. Later on: when no single label can flip a prediction, all score 0.",
    complexity="O(n R (D + C)), R reference rows",
)
def xpal(
    view: View,
    *,
    prior: Annotated[float, Range(0.0001, 10.0, log=True)] = 0.001,
    width: Annotated[float, Range(0.1, 10.0, log=True)] = 1.0,
    reference: Annotated[int, Range(1, 2000)] = 500,
) -> Floats:
    """Ask the row whose label should put the most predictions of the pool right.

    A label counts for all rows near it; where it overturns the local majority, predictions change. How likely
    each label is, and how much each change is worth, follows from the labels around.

    Parameters
    ----------
    prior : float
        Labels of each class taken for granted everywhere: large values make single labels count less.
    width : float
        What counts as near: 1 is a rule of thumb for the spread of the data, larger values reach farther.
    reference : int
        At most so many rows stand for the pool, drawn at random; fewer where there are many classes.
    """
    X, labelled, C = view.candidates.X, view.labelled, view.n_classes
    fair = max(10, MOST_WORK // (C * max(1, len(X))))
    some = sample_of(view.candidates.ids, min(reference, fair), view.seed, f"xpal {len(view.log)}")
    reach = width * rule_of_thumb(X, labelled.X)
    counts = kernel_counts(X, labelled.X, labelled.y, C, reach)
    return pool_gain(X, counts, X[some], counts[some], reach, prior)


@ACQUISITIONS.add(
    source="Huang, Jin & Zhou 2010 (QUIRE); as one closed form of labelled rows",
    label="QUIRE",
    family="expected gain",
    unit="",
    formula=r"-\max_{y_x} \min_{y_U} \tfrac12\, y^\top (K + \lambda I)^{-1} y = -\frac{(1 + |f(x)|)^2}{v(x)} "
    r"+ \mathrm{const}",
    use="Few labels and few features: it prefers rows that are both undecided and far from labels.",
    avoid="Many features, where outliers are what is far from labels: on digits no better than random. Noisy "
    "labels, unless the ridge is large.",
    complexity="O(L^3 + n L (D + L))",
)
def quire(
    view: View,
    *,
    ridge: Annotated[float, Range(0.001, 100.0, log=True)] = 1.0,
    width: Annotated[float, Range(0.05, 10.0, log=True)] = 1.0,
) -> Floats:
    """Ask the row that leaves the least to explain, whichever label it gets.

    A smooth function has to pass all labels. For each candidate it takes the label that bends the function
    most, and asks the candidate for which this worst case is mildest.

    Parameters
    ----------
    ridge : float
        How far the function may miss labels: large values smooth over them.
    width : float
        How far a label reaches, in units of the typical distance between two rows.

    Notes
    -----
    The published criterion is a formula of an (n, n) inverse. Its minimum over the labels of all other rows
    is over any numbers, and then those rows drop out: what is left is kernel regression, f the prediction and
    v its variance at x, noise included. So unlabelled rows only set the scale of distance. Several classes:
    one such function for each, the candidate's label any of those known.
    """
    labelled = view.labelled
    X = view.candidates.X
    fair = min(MOST_LABELS, int(np.sqrt(MOST_SOLVED / max(1, len(X)))))
    some = sample_of(labelled.ids, fair, view.seed, "quire")
    known, y = labelled.X[some], labelled.y[some]
    reach = width * typical_distance(np.concatenate([X, known]))
    return -quire_cost(X, known, y, ridge=ridge, width=reach)


@ACQUISITIONS.add(
    source="Senge et al. 2014; Nguyen, Shaker & Hüllermeier 2022, How to measure uncertainty in uncertainty "
    "sampling",
    label="plausible doubt",
    family="expected gain",
    unit="plausibility",
    formula=r"\min(\pi_1, \pi_0), \quad \pi_1 = \sup_\theta \min\left(\frac{L(\theta)}{\sup L},\ 2\theta - 1"
    r"\right), \quad \pi_0 = \sup_\theta \min\left(\frac{L(\theta)}{\sup L},\ 1 - 2\theta\right)",
    low=0.0,
    use="Pools with noisy regions: where many labels contradict each other it stops asking, where there are "
    "none it asks.",
    avoid="Many features: no row is near another then, and all are equally unknown.",
    complexity="O(n L D + 50 n C)",
)
def plausibility(
    view: View,
    *,
    kind: Literal["epistemic", "aleatoric"] = "epistemic",
    width: Annotated[float, Range(0.1, 10.0, log=True)] = 1.0,
) -> Floats:
    """Ask where both answers are still plausible for lack of labels, not for lack of agreement.

    The labels near a row make shares of the classes more or less likely. An answer is as plausible as the
    best share that both fits the labels and favours it.

    Parameters
    ----------
    kind : str
        epistemic: both answers plausible, the doubt labels can remove. aleatoric: neither is, the doubt they
        cannot; to see the difference.
    width : float
        What counts as near: 1 is a rule of thumb for the spread of the data, larger values reach farther.

    Notes
    -----
    More than two classes: each against all others, and the most doubtful of these contests counts.
    """
    X, labelled = view.candidates.X, view.labelled
    reach = width * rule_of_thumb(X, labelled.X)
    counts = kernel_counts(X, labelled.X, labelled.y, view.n_classes, reach)
    against = counts.sum(axis=1, keepdims=True) - counts
    epistemic, aleatoric = doubts(counts, np.maximum(against, 0.0))
    return (epistemic if kind == "epistemic" else aleatoric).max(axis=1)


def rule_of_thumb(X: Floats, labelled: Floats) -> float:
    """Width of a Gaussian kernel at which it tells apart the two rows of the data that lie closest by chance.

    Notes
    -----
    ``s^2 = 2 N sum_d var_d / ((N - 1) ln((N - 1) / delta^2))``, the mean criterion of Chaudhuri et al. 2017.
    """
    rows = np.concatenate([X, labelled])
    n = max(2, len(rows))
    return float(typical_distance(rows) * np.sqrt(n / ((n - 1) * np.log((n - 1) / (2.0 * _NEVER)))))


def kernel_counts(X: Floats, labelled: Floats, y: Ints, n_classes: int, width: float) -> Floats:
    """Labels of each class around each row, each counted as ``exp(-distance^2 / (2 width^2))``.

    Parameters
    ----------
    X, labelled : (n, D) and (L, D) arrays
    y : (L,) array of int
    n_classes : int
    width : float

    Returns
    -------
    (n, C) array

    Examples
    --------
    >>> labelled, y = np.array([[0.0], [0.0], [1.0]]), np.array([0, 0, 1])
    >>> kernel_counts(np.array([[0.0]]), labelled, y, 2, 1.0).round(3)
    array([[2.   , 0.607]])
    """
    found = np.empty((len(X), n_classes))
    told = np.eye(n_classes)[y]
    step = max(1, BLOCK // max(1, len(labelled)))
    for a in range(0, len(X), step):
        squared = squared_distances(X[a : a + step], labelled)
        squared /= -2.0 * width**2
        found[a : a + step] = np.exp(squared, out=squared) @ told
    return found


def dirichlet_gain(counts: Floats, lookahead: int, prior: float = 1.0) -> Floats:
    """Expected gain in accuracy, per label, from up to so many labels at one place.

    Parameters
    ----------
    counts : (n, C) array
        Labels of each class there already.
    lookahead : int
        Labels thought through at most; the best number counts.
    prior : float
        Added to each count.

    Returns
    -------
    (n,) array
        >= 0.

    Notes
    -----
    With shares ~ Dirichlet(a), a = counts + prior and A their sum, m labels l are Dirichlet-multinomial and
    the shares given them have mean (a + l) / (A + m). So the accuracy after them is E max(a + l) / (A + m),
    before them max a / A. No integral is left.

    Examples
    --------
    Where there is no label yet, one makes a guess of 1/2 one of 2/3:

    >>> dirichlet_gain(np.array([[0.0, 0.0], [9.0, 0.0]]), 1).round(4)
    array([0.1667, 0.    ])
    """
    n, C = counts.shape
    a = counts + prior
    total = a.sum(axis=1)
    now = a.max(axis=1) / total
    best = np.zeros(n)
    for m in range(1, lookahead + 1):
        after = np.zeros(n)
        for labels in combinations_with_replacement(range(C), m):
            drawn = np.bincount(labels, minlength=C)
            classes = np.unique(labels)
            chance = gammaln(m + 1) - gammaln(drawn[classes] + 1).sum() + gammaln(total) - gammaln(total + m)
            chance = chance + (gammaln(a[:, classes] + drawn[classes]) - gammaln(a[:, classes])).sum(axis=1)
            after += np.exp(chance) * (a + drawn).max(axis=1)
        gain = (after / (total + m) - now) / m
        best = np.maximum(best, np.where(gain > 1e-14, gain, 0.0))
    return best


def pool_gain(
    X: Floats, counts: Floats, reference: Floats, around: Floats, width: float, prior: float = 0.001
) -> Floats:
    """Expected gain in accuracy on the reference rows from one label.

    Parameters
    ----------
    X, counts : (n, D) and (n, C) arrays
        Candidates, and labels around each.
    reference, around : (R, D) and (R, C) arrays
        Rows predicted, and labels around each.
    width : float
        Of the kernel K that counted.
    prior : float
        Added to each count.

    Returns
    -------
    (n,) array
        >= 0.

    Notes
    -----
    After label y of x, row e has counts a_e + K e_y. Its prediction changes only to y, only where a_ey + K
    overtakes the largest count, and is then better by their difference over the sum of all.
    """
    chances = counts + prior
    chances = chances / chances.sum(axis=1, keepdims=True)
    a = around + prior
    total, winner = a.sum(axis=1), a.argmax(axis=1)
    behind = a[np.arange(len(a)), winner][:, None] - a  # (R, C)
    behind[np.arange(len(a)), winner] = np.inf  # another label for the winner changes nothing
    gain = np.zeros(len(X))
    step = max(1, BLOCK // max(1, len(reference)))
    for start in range(0, len(X), step):
        part = slice(start, start + step)
        reach = np.exp(squared_distances(X[part], reference) / (-2.0 * width**2))
        whole = total + reach
        for y in range(counts.shape[1]):
            won = np.maximum(reach - behind[:, y], 0.0)
            gain[part] += chances[part, y] * (won / whole).mean(axis=1)
    return gain


def quire_cost(X: Floats, labelled: Floats, y: Ints, *, ridge: float, width: float) -> Floats:
    """What a candidate adds to the cost of explaining all labels, with the label that costs most.

    Parameters
    ----------
    X, labelled : (n, D) and (L, D) arrays
    y : (L,) array of int
    ridge : float
        Lambda.
    width : float
        Of the Gaussian kernel.

    Returns
    -------
    (n,) array
        For two classes ``(1 + |f|)^2 / v``; the published objective is half of it, plus a constant.

    Notes
    -----
    ``max_{y_x} min_{y_U} y'(K + ridge I)^-1 y``: minimised over free y_U, the form is that of the inverse of
    the rows of labelled and candidate alone (a Schur complement), and its last pivot is what x adds. For C
    classes the sum over one-against-all targets t of ``(t_c - f_c)^2 / v``, halved.
    """
    known, codes = np.unique(y, return_inverse=True)
    targets = 2.0 * np.eye(len(known))[codes] - 1.0
    K = np.exp(squared_distances(labelled, labelled) / (-2.0 * width**2))
    K.flat[:: len(K) + 1] += ridge
    factor = cho_factor(K, lower=True)
    told = cho_solve(factor, targets)
    cost = np.empty(len(X))
    step = max(1, BLOCK // max(1, len(labelled)))
    for a in range(0, len(X), step):
        near = np.exp(squared_distances(X[a : a + step], labelled) / (-2.0 * width**2))
        f = near @ told
        v = 1.0 + ridge - np.einsum("nl,ln->n", near, cho_solve(factor, near.T))
        worst = np.square(1.0 + f).sum(axis=1) - 4.0 * f.min(axis=1)
        cost[a : a + step] = 0.5 * worst / np.maximum(v, 1e-12)
    return cost


def doubts(positive: Floats, negative: Floats) -> tuple[Floats, Floats]:
    """Epistemic and aleatoric doubt about two classes, from labels of each.

    Parameters
    ----------
    positive, negative : arrays of one shape
        Labels of either class; need not be whole.

    Returns
    -------
    epistemic, aleatoric : arrays of that shape
        min(pi_1, pi_0) and 1 - max(pi_1, pi_0), between 0 and 1.

    Notes
    -----
    The likelihood falls beyond its peak while 2 theta - 1 rises, so they meet once: a root by bisection.

    Examples
    --------
    No label, one label, and five of each:

    >>> epistemic, aleatoric = doubts(np.array([0.0, 1.0, 5.0]), np.array([0.0, 0.0, 5.0]))
    >>> epistemic.round(3), aleatoric.round(3)
    (array([1.   , 0.333, 0.406]), array([0.   , 0.   , 0.594]))
    """
    # A kernel far from every label leaves counts so small that their share underflows: that is no label.
    positive, negative = (np.where(part < _NO_LABEL, 0.0, part) for part in (positive, negative))
    one, other = _plausible(positive, negative), _plausible(negative, positive)
    return np.minimum(one, other), 1.0 - np.maximum(one, other)


def _plausible(positive: Floats, negative: Floats) -> Floats:
    """Sup over theta of min(L / sup L, 2 theta - 1)."""
    total = positive + negative
    some = total > 0.0
    peak, rest = (
        np.divide(part, total, out=np.ones_like(total), where=some) for part in (positive, negative)
    )
    most = xlogy(positive, peak) + xlogy(negative, rest)
    low, high = np.maximum(peak, 0.5), np.ones_like(total)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        with np.errstate(divide="ignore"):
            likely = np.exp(xlogy(positive, middle) + xlog1py(negative, -middle) - most)
        above = likely >= 2.0 * middle - 1.0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.clip(2.0 * low - 1.0, 0.0, 1.0)
