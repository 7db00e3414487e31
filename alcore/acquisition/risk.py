"""Expected risk: after which answer would the rest of the pool be predicted best?

Where thinking through every candidate would take too long, a random part of them is scored, drawn by lot of
each row, and the others get one score below all of these: they are asked only when a batch is larger than the
part. The parts are bounded such that a round takes about half a second at most, retraining excepted.
"""

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np

from alcore.catalog import ACQUISITIONS
from alcore.distances import sample_of, typical_distance
from alcore.error_reduction import (
    GaussianField,
    Loss,
    OneMoreLabel,
    expected_reduction,
    future_risks,
    retrained_risks,
    risk,
)
from alcore.kernels import top_k
from alcore.params import Range
from alcore.types import Floats, Ints, View

MOST_RISKS = 10_000_000  # logits of rows after answers: 0.2 s
MOST_WEIGHTS = 4_000_000  # weights after answers: 32 MB
MOST_REFITS = 500_000_000  # entries of Hessians that refits are preconditioned with: 0.3 s
MOST_FITS = 200  # learners fitted by retraining
MOST_LINKS = 30_000_000  # updates of a Gaussian field: 0.3 s
ANSWERS = 10  # likeliest answers thought through for a candidate


@ACQUISITIONS.add(
    needs="linear",
    source="Roy & McCallum 2001, Toward optimal active learning through sampling estimation",
    label="expected error reduction",
    family="expected risk",
    unit="nats",
    formula=r"\frac{1}{n} \left( \sum_{u \in U} R(p_u) - \sum_y p_y(x) \sum_{u \in U \setminus x} "
    r"R\left(p_u^{+(x, y)}\right) \right)",
    use="Few labels and a pool that matters as a whole: it asks for what improves predictions, not for what "
    "is doubtful.",
    avoid="Regions of pure noise: it takes the doubt there for doubt that labels remove, and goes on asking. "
    "Batches: it values each row alone.",
    complexity="O(n C^2 R + n C^3 D^2), R reference rows; bounded by drawing fewer candidates",
)
def error_reduction(
    view: View,
    *,
    loss: Literal["log-loss", "errors"] = "log-loss",
    method: Literal["refit", "one step"] = "refit",
    candidates: Annotated[int, Range(1, 2000)] = 500,
    reference: Annotated[int, Range(1, 2000)] = 500,
) -> Floats:
    """Ask the row whose answer should leave the least uncertainty about the rest of the pool.

    Each candidate is given each of its possible labels in thought, the logistic regression is updated, and
    what it would then risk on all other candidates is averaged by how likely the labels are.

    Parameters
    ----------
    loss : str
        What risk means: log-loss counts all remaining doubt, errors only expected mistakes. Log-loss notices
        small improvements that flip no prediction yet.
    method : str
        refit: the updated model itself. one step: a close approximation of it, for twice as many candidates
        in the same time where there are many classes.
    candidates : int
        At most so many candidates are thought through, drawn at random; fewer where there are many classes.
    reference : int
        At most so many rows stand for the pool.

    Notes
    -----
    Beyond ten classes only a candidate's ten likeliest answers are thought through. Classes that nobody has
    labelled yet are not among them.
    """
    at, gain = _linear_gains(view, lambda n_classes: loss, method, candidates, reference)
    return _below(len(view.candidates), at, gain)


@ACQUISITIONS.add(
    needs="linear",
    source="Kapoor, Horvitz & Basu 2007, Selective supervision",
    label="value of information",
    family="expected risk",
    unit="money",
    formula=r"\sum_{u \in U} \min_a \sum_c L_{ac}\, p_{uc} - \mathbb{E}_y \sum_{u \in U \setminus x} \min_a "
    r"\sum_c L_{ac}\, p_{uc}^{+(x, y)} - \mathrm{cost}(x)",
    use="When mistakes have a price, above all when one kind is dearer, as a missed disease is. A score "
    "below 0 says that the label would cost more than it is expected to save.",
    avoid="When you cannot say what a mistake costs.",
    complexity="O(n C^2 R + n C^3 D^2), R reference rows; bounded",
)
def value_of_information(
    view: View,
    *,
    losses: Annotated[tuple[float, ...], Range(0.0, 1_000_000.0)] = (1.0,),
    price: Annotated[float, Range(0.0, 1000.0)] = 1.0,
    method: Literal["refit", "one step"] = "refit",
    candidates: Annotated[int, Range(1, 2000)] = 500,
    reference: Annotated[int, Range(1, 2000)] = 500,
) -> Floats:
    """Ask the label that should save the most money in mistakes, less what it costs itself.

    Like expected error reduction, with mistakes counted in money over all rows of the pool, each of which is
    decided once, in the cheapest way.

    Parameters
    ----------
    losses : tuple of float
        What a mistake costs when the truth is the first class, the second, ...; the last one holds for all
        further classes.
    price : float
        How many times the label's own cost counts: 0 ignores it.
    method : str
        refit: the updated model itself. one step: a close approximation of it, quicker with many classes.
    candidates : int
        At most so many candidates are thought through, drawn at random; fewer where there are many classes.
    reference : int
        At most so many rows stand for the pool.
    """
    dear = np.array([losses[min(c, len(losses) - 1)] if losses else 1.0 for c in view.fitted.known])

    def loss(n_classes: int) -> Floats:
        return (1.0 - np.eye(n_classes)) * dear

    at, gain = _linear_gains(view, loss, method, candidates, reference)
    worth = gain * len(view.candidates) - price * view.candidates.cost[at]
    return _below(len(view.candidates), at, worth)


@ACQUISITIONS.add(
    needs="proba",
    source="Roy & McCallum 2001",
    label="expected error reduction by retraining",
    family="expected risk",
    unit="nats",
    formula=r"\frac{1}{n} \left( \sum_{u \in U} R(p_u) - \sum_y p_y(x) \sum_{u \in U \setminus x} "
    r"R\left(p_u^{+(x, y)}\right) \right)",
    use="Learners without linear weights, on small tasks where a second of waiting does not matter.",
    avoid="Slow learners, and logistic regression: there expected error reduction gives the same by formula.",
    complexity="candidates x C fits of the learner, at most 200",
)
def retrained_error_reduction(
    view: View,
    *,
    loss: Literal["log-loss", "errors"] = "log-loss",
    candidates: Annotated[int, Range(1, 200)] = 20,
    reference: Annotated[int, Range(1, 2000)] = 300,
) -> Floats:
    """Ask the row whose answer should improve predictions most, by training again for every answer.

    Works with every learner and takes its time: each candidate costs one training for each class.

    Parameters
    ----------
    loss : str
        What risk means: log-loss counts all remaining doubt, errors only expected mistakes.
    candidates : int
        At most so many candidates are thought through, drawn at random; fewer where there are many classes.
    reference : int
        At most so many rows stand for the pool.
    """
    known = view.fitted.known
    answers = min(len(known), ANSWERS)
    at = _drawn(view, min(candidates, max(1, MOST_FITS // answers)), "retrain")
    others = _drawn(view, reference, "reference")
    P = view.proba[at][:, known]
    labels = _likeliest(P, answers)
    after = retrained_risks(
        view.learn, view.labelled.X, view.labelled.y, view.candidates.X[at], known[labels],
        view.candidates.X[others], _places(at, others), loss,
    )  # fmt: skip
    own, before = _present(risk(view.proba[at], loss), risk(view.proba[others], loss), at, others)
    chances = np.take_along_axis(P, labels, axis=1)
    return _below(
        len(view.candidates), at, expected_reduction(chances, after, own, before, len(view.candidates))
    )


@ACQUISITIONS.add(
    source="Zhu, Lafferty & Ghahramani 2003, Combining active learning and semi-supervised learning using "
    "Gaussian fields and harmonic functions",
    label="Gaussian field error reduction",
    family="expected risk",
    unit="probability",
    formula=r"\frac{1}{n} \left( \sum_{j} \left(1 - \max_c f_{jc}\right) - \sum_y f_{xy} \sum_j \left(1 - "
    r"\max_c f_{jc}^{+(x, y)}\right) \right), \quad f = (D - W)_{UU}^{-1} W_{UL} Y",
    use="Very few labels and classes that form clusters or bands: unlabelled rows carry labels along.",
    avoid="Many classes: on digits it lost to random in our own measurements. Noise and classes that "
    "overlap, where it asks most of its questions; features whose distances mean little.",
    complexity="O(n^3 + n^2 C), n at most the number of rows",
)
def gaussian_field(
    view: View,
    *,
    width: Annotated[float, Range(0.01, 10.0, log=True)] = 0.25,
    rows: Annotated[int, Range(2, 2000)] = 600,
) -> Floats:
    """Ask the row that settles most of the pool when labels flow to similar rows.

    It does not look at the learner. Rows are joined to similar ones, labels spread along these links, and
    what one more label would change is known exactly.

    Parameters
    ----------
    width : float
        How far labels flow, in units of the typical distance between two rows: small values keep them within
        a cluster, large ones let all rows hear all labels.
    rows : int
        At most so many candidates make the graph, drawn at random; fewer where there are many classes.
    """
    fair = int(np.sqrt(MOST_LINKS / max(2, view.n_classes)))
    at = _drawn(view, min(rows, fair), "field")
    known = sample_of(view.labelled.ids, fair, view.seed, "field")
    X, labelled = view.candidates.X[at], view.labelled.X[known]
    spread = typical_distance(np.concatenate([X, labelled]))
    field = GaussianField.of(X, labelled, view.labelled.y[known], view.n_classes, width=width * spread)
    now = float((1.0 - field.mean.max(axis=1)).sum())
    gain = (now - (field.mean * field.future_errors()).sum(axis=1)) / max(1, len(at))
    return _below(len(view.candidates), at, gain)


def _linear_gains(
    view: View, loss_of: Callable[[int], Loss], method: str, candidates: int, reference: int
) -> tuple[Ints, Floats]:
    """Candidates thought through, and the risk per row of the pool that their answers should remove."""
    fitted, labelled, X = view.fitted, view.labelled, view.candidates.X
    n_classes, n_inputs = len(fitted.known), X.shape[1] + 1
    answers = min(n_classes, ANSWERS)
    others = _drawn(view, min(reference, max(20, MOST_RISKS // (10 * answers * n_classes))), "reference")
    limits = [
        candidates,
        MOST_RISKS // (answers * n_classes * max(1, len(others))),
        MOST_WEIGHTS // (answers * n_classes * n_inputs),
    ]
    if method == "refit":
        limits.append(MOST_REFITS // (answers * (n_classes * n_inputs) ** 2))
    at = _drawn(view, max(1, min(limits)), "error reduction")
    loss = loss_of(n_classes)
    model = OneMoreLabel(
        view.linear, labelled.X, np.searchsorted(fitted.known, labelled.y), C=getattr(fitted.model, "C", 1.0)
    )
    P = model.proba(X[at])
    labels = _likeliest(P, answers)
    weights = model.refit(X[at], labels) if method == "refit" else model.one_step(X[at], labels)
    after = future_risks(weights, X[others], _places(at, others), loss)
    own, before = _present(risk(P, loss), risk(model.proba(X[others]), loss), at, others)
    chances = np.take_along_axis(P, labels, axis=1)
    return at, expected_reduction(chances, after, own, before, len(X))


def _present(own: Floats, others: Floats, at: Ints, where: Ints) -> tuple[Floats, Floats]:
    """Risk of each candidate now, and the mean risk now of the reference rows other than it."""
    inside = _places(at, where) >= 0
    return own, (others.sum() - np.where(inside, own, 0.0)) / np.maximum(1, len(where) - inside)


def _drawn(view: View, size: int, purpose: str) -> Ints:
    """Positions of at most `size` candidates, ascending, drawn by each row's own lot, anew every round."""
    return sample_of(view.candidates.ids, size, view.seed, f"{purpose} {len(view.log)}")


def _places(at: Ints, among: Ints) -> Ints:
    """Where each of some positions stands in another ascending list; -1 where it does not."""
    place = np.minimum(np.searchsorted(among, at), max(0, len(among) - 1))
    return np.where(among[place] == at, place, -1) if len(among) else np.full(len(at), -1)


def _likeliest(P: Floats, q: int) -> Ints:
    """(m, q) the likeliest classes of each row; all, in order, where there are no more."""
    if q == P.shape[1]:
        return np.tile(np.arange(q), (len(P), 1))
    return np.stack([top_k(p, q) for p in P])


def _below(n: int, at: Ints, scores: Floats) -> Floats:
    """(n,) scores, those of rows that were not thought through just below all others."""
    if len(at) == n or not len(at):
        return scores
    low, high = float(scores.min()), float(scores.max())
    found = np.full(n, low - max(high - low, 1e-6 * (1.0 + abs(low))))
    found[at] = scores
    return found
