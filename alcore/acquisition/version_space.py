"""Version space: which question halves the hypotheses that no label has contradicted?"""

from typing import Annotated

import numpy as np

from alcore.catalog import ACQUISITIONS
from alcore.distances import sample_of
from alcore.params import Range
from alcore.posterior import laplace
from alcore.types import Floats, Ints, View
from alcore.version_space import PER_DIMENSION, Rule, halving, separators

MOST_WORK = 2_000_000_000  # operations of hit-and-run in a round: some tenths of a second
MOST_ROWS = 1000  # labelled rows the normal distribution of weights is fitted to
BLOCK = 4096

# Small enough never to outweigh one vote of 200: closeness only orders rows with equal votes.
_TIE = 1e-5


@ACQUISITIONS.add(
    needs="members",
    source="Dasgupta 2004, Analysis of a greedy active learning strategy; Nowak 2011",
    label="halving the committee",
    family="version space",
    unit="probability",
    formula=r"1 - \max_y \frac{|\{h \in V : h(x) = y\}|}{|V|}, \quad V = \{h : h(x_i) = y_i\ \forall i\}",
    low=0.0,
    use="Committees whose members differ in kind, some of which the labels prove wrong.",
    avoid="Many classes: on digits it lost to random in our own measurements. Noisy labels, by which the "
    "best members are ruled out as well as the worst.",
    complexity="O(K n C)",
)
def halving_committee(view: View, *, rule: Rule = "worst case") -> Floats:
    """Ask the row whose answer rules out most of the committee members that still agree with every label.

    Members that contradict a label they were trained on have no say, as long as some do not; otherwise those
    with the fewest contradictions speak.

    Parameters
    ----------
    rule : str
        worst case: count on the answer that rules out fewest. expected: count on answers as often as members
        give them. Only with three or more classes does it matter.
    """
    members = view.members
    wrong = np.array([int((m.predict(view.labelled.X) != view.labelled.y).sum()) for m in view.committee()])
    alive = wrong == wrong.min()
    return halving(members[alive].argmax(axis=2), view.n_classes, rule=rule)


@ACQUISITIONS.add(
    source="Tong & Koller 2001; Gilad-Bachrach, Navot & Tishby 2005; hit-and-run by Smith 1984",
    label="halving the version space",
    family="version space",
    unit="probability",
    formula=r"1 - \max_y P_w\left(h_w(x) = y\right), \quad w \sim \mathrm{Uniform}\{w : h_w(x_i) = y_i\ "
    r"\forall i,\ \lVert w \rVert \le 1\}",
    low=0.0,
    use="To see theory at work: each answer halves what a straight boundary can still be, so the error falls "
    "exponentially. Labels without noise and classes that straight lines separate.",
    avoid="Noise or curved boundaries, with which no straight boundary agrees with all labels: then draws "
    "from the posterior of logistic regression take over.",
    complexity="O(K L C d^2) with d = C (D + 1), bounded, plus O(K n D C)",
)
def halving_separators(
    view: View, *, draws: Annotated[int, Range(2, 200)] = 30, rule: Rule = "worst case"
) -> Floats:
    """Ask the row about which the straight boundaries that agree with every label disagree most evenly.

    It does not look at the learner: it draws random boundaries from all that fit the labels, the version
    space. Among rows that split the draws alike, those closest to their mean boundary come first.

    Parameters
    ----------
    draws : int
        How many boundaries are drawn: more judge the split more finely.
    rule : str
        worst case: count on the answer that rules out fewest. expected: count on answers as often as draws
        give them. Only with three or more classes does it matter.

    Notes
    -----
    When no straight boundary fits, or it would take more than some tenths of a second (many features, classes
    and labels), boundaries are drawn from the normal approximation of logistic regression's posterior.
    """
    known, codes = np.unique(view.labelled.y, return_inverse=True)
    weights = hypotheses(view.labelled.X, codes, len(known), draws, view)
    X = view.candidates.X
    mean = weights.mean(axis=0)
    mean /= max(float(np.linalg.norm(mean)), np.finfo(np.float64).tiny)
    scores = np.empty(len(X))
    for a in range(0, len(X), BLOCK):
        part = np.column_stack([X[a : a + BLOCK], np.ones(len(X[a : a + BLOCK]))])
        votes = (weights @ part.T).argmax(axis=1)
        near = 1.0 / (1.0 + _lead(mean @ part.T))
        scores[a : a + BLOCK] = halving(votes, len(known), rule=rule) + _TIE * near
    return scores


def hypotheses(X: Floats, y: Ints, n_classes: int, n: int, view: View) -> Floats:
    """(n, C, D + 1) straight boundaries drawn from those that fit, else from a posterior; see above."""
    rows = np.column_stack([X, np.ones(len(X))])
    size, walls = rows.shape[1] * (1 if n_classes == 2 else n_classes), len(X) * (n_classes - 1)
    rng = view.rng("separators")
    if n * PER_DIMENSION * size * walls * (size + 30) <= MOST_WORK:
        found = separators(rows, y, n_classes, n, rng)
        if found is not None:
            return found
    some = sample_of(view.labelled.ids, MOST_ROWS, view.seed, "posterior")
    return laplace(X[some], y[some], n_classes).draw(n, rng).transpose(0, 2, 1)


def _lead(logits: Floats) -> Floats:
    """(n,) by how much the largest of (C, n) logits leads the second."""
    two = np.partition(logits, len(logits) - 2, axis=0)[-2:]
    lead: Floats = two[1] - two[0]
    return lead
