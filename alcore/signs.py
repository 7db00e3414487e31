"""What labelled rows tell of themselves, by a few quick fits: the numbers that the advisor judges by."""

from collections.abc import Callable

import numpy as np

from alcore import learn
from alcore.distances import nearest_rows, typical_distance
from alcore.metrics import measure
from alcore.rng import integer, stream
from alcore.spec import Choice
from alcore.statistics import intervals
from alcore.types import Bools, Floats, Ints

FOLDS, TRIES, STEPS = 5, 12, 5
COPY = 0.05  # of the typical distance: rows closer than this say the same
SURE = 0.9  # probability from which a prediction counts as confident


def signs(
    X: Floats, y: Ints, n_classes: int, learner: Choice, metric: str, first: int, seed: int = 0
) -> dict[str, float]:
    """What is measured on the labelled rows, by name.

    Returns
    -------
    dict
        copies: share of rows with a near copy. rarest: share of the rarest class. auc, auc_low: mean area
        under the ROC curve of each class against the rest, cross-validated, and a low end. sure, noise,
        noise_low, noise_high: share of confident predictions, and of these the share that contradicts the
        label beyond what their own probabilities admit. start, half, full: the metric after the first labels,
        after half of the rows and after four fifths. labels_i, score_i: the learning curve. gain: by how much
        a step by doubt beat a random step of the same size, in quick tries; gain_low, gain_high: 90 %.
        doubtful: share of the rows the learner is in doubt of on the way.
    """
    numbers: dict[str, float] = {"rows": float(len(y))}
    scale = typical_distance(X)
    numbers["copies"] = float((nearest_rows(X, X, 2)[1][:, 1] < COPY * scale).mean())
    counts = np.bincount(y, minlength=n_classes)
    numbers["rarest"] = float(counts[counts > 0].min() / len(y))
    fit = _fitter(X, y, n_classes, learner, seed)
    folds = _folds(y, seed)
    proba = np.zeros((len(y), n_classes))
    for fold in range(FOLDS):
        proba[folds == fold] = fit(np.flatnonzero(folds != fold)).proba(X[folds == fold])
    numbers |= _agreement(proba, y)
    numbers |= _curve(X, y, folds, fit, metric, first, seed)
    numbers |= _step_by_doubt(X, y, folds, fit, metric, first, seed)
    return numbers


def _fitter(X: Floats, y: Ints, n_classes: int, learner: Choice, seed: int) -> Callable[[Ints], learn.Fitted]:
    def fit(at: Ints) -> learn.Fitted:
        return learn.fit(learner, X[at], y[at], n_classes, integer(seed, "learner", 0))

    return fit


def _folds(y: Ints, seed: int) -> Ints:
    """(n,) fold of each row; every class is spread over the folds."""
    rng = stream(seed, "advice folds")
    folds = np.empty(len(y), np.int64)
    start = 0
    for c in np.unique(y):
        at = rng.permutation(np.flatnonzero(y == c))
        folds[at] = (start + np.arange(len(at))) % FOLDS
        start += len(at)
    return folds


def _agreement(proba: Floats, y: Ints) -> dict[str, float]:
    """How well held-out predictions agree with the labels, and how often they contradict them for sure."""
    guess, sure = proba.argmax(axis=1), proba.max(axis=1) >= SURE
    ranked = [_auc(proba[:, c], y == c) for c in np.unique(y)]
    found = {"auc": float(np.mean([r[0] for r in ranked])), "auc_low": float(np.mean([r[1] for r in ranked]))}
    wrong, n = int((guess[sure] != y[sure]).sum()), int(sure.sum())
    admitted = float((1.0 - proba[sure].max(axis=1)).mean()) if n else 0.0
    share = intervals.of_share(wrong, n, 0.9) if n else None
    found["sure"] = n / len(y)
    for name, value in (
        ("noise", share.value if share else 0.0),
        ("noise_low", (share.low or 0.0) if share else 0.0),
        ("noise_high", (1.0 if share.high is None else share.high) if share else 1.0),
    ):
        found[name] = max(0.0, value - admitted) if name != "noise_high" else value
    return found


def _auc(score: Floats, yes: Bools) -> tuple[float, float]:
    """How often a row of the class scores above another one, and a low end (Hanley & McNeil 1982).

    >>> _auc(np.array([0.1, 0.4, 0.6, 0.9]), np.array([False, False, True, True]))[0]
    1.0
    """
    from scipy.stats import rankdata

    n, m = int(yes.sum()), int((~yes).sum())
    area = float((rankdata(score)[yes].sum() - n * (n + 1) / 2) / (n * m))
    more, less = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (n - 1) * (more - area**2) + (m - 1) * (less - area**2)
    return area, area - 1.645 * float(np.sqrt(max(0.0, spread) / (n * m)))


def _curve(
    X: Floats, y: Ints, folds: Ints, fit: Callable[[Ints], learn.Fitted], metric: str, first: int, seed: int
) -> dict[str, float]:
    """A quick learning curve of random labels: mean score on the rows of the fold that was left out."""
    smallest = int((folds != 0).sum())
    sizes = np.unique(np.geomspace(min(first, smallest), smallest, STEPS).round().astype(np.int64))
    scores = np.zeros((FOLDS, len(sizes)))
    for fold in range(FOLDS):
        test = folds == fold
        order = stream(seed, "advice curve", fold).permutation(np.flatnonzero(~test))
        for k, size in enumerate(sizes):
            scores[fold, k] = measure(fit(order[:size]).proba(X[test]), y[test])[metric]
    mean, error = scores.mean(axis=0), scores.std(axis=0, ddof=1) / np.sqrt(FOLDS)
    found = {f"labels_{k}": float(n) for k, n in enumerate(sizes)}
    found |= {f"score_{k}": float(s) for k, s in enumerate(mean)}
    half = float(np.interp(smallest / 2, sizes, mean))
    return found | {
        "start": float(mean[0]),
        "half": half,
        "full": float(mean[-1]),
        "full_error": float(error[-1]),
    }


def _step_by_doubt(
    X: Floats, y: Ints, folds: Ints, fit: Callable[[Ints], learn.Fitted], metric: str, first: int, seed: int
) -> dict[str, float]:
    """Whether as many rows again, chosen where the learner is in doubt, teach more than random ones."""
    gains, doubts = [], []
    for k in range(TRIES):
        test = folds == k % FOLDS
        rng = stream(seed, "advice step", k)
        order = rng.permutation(np.flatnonzero(~test))
        size = int(np.clip(len(order) // 8, first, 60))
        begun, rest = order[:size], order[size:]
        if len(rest) < size:
            continue
        chosen, random_ = begun, begun
        for _ in range(3):
            proba = fit(chosen).proba(X)
            top = np.sort(proba, axis=1)[:, -2:]
            margin = top[:, 1] - top[:, 0]
            open_ = np.setdiff1d(rest, chosen)
            chosen = np.concatenate(
                [chosen, open_[np.argsort(margin[open_], kind="stable")[: size // 2 + 1]]]
            )
            doubts.append(float((margin[open_] < 0.5).mean()))
        random_ = order[: len(chosen)]
        ours, theirs = (measure(fit(at).proba(X[test]), y[test])[metric] for at in (chosen, random_))
        gains.append(ours - theirs)
    if len(gains) < 2:
        return {"gain": 0.0, "gain_low": -1.0, "gain_high": 1.0, "doubtful": 1.0}
    mean = intervals.of_mean(gains, 0.9)
    return {
        "gain": mean.value,
        "gain_low": -1.0 if mean.low is None else mean.low,
        "gain_high": 1.0 if mean.high is None else mean.high,
        "doubtful": float(np.mean(doubts)),
    }
