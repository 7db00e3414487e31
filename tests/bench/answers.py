"""What the other libraries answer, as functions of plain values, for `tests/test_peers.py`.

They run in a process of their own, entered by `tests.bench.peers.enter`. Labels are codes, -1 where there is
none.
"""

import sys
from importlib import import_module
from typing import Any

import numpy as np

from tests.bench.peers import _Answers


def call(module: str, name: str, *values: Any, **more: Any) -> Any:
    """One of their functions."""
    return getattr(import_module(module), name)(*values, **more)


def written_into(module: str, name: str, array: np.ndarray, *values: Any, **more: Any) -> bool:
    """Whether a function changes the array it is handed."""
    before = array.copy()
    call(module, name, array, *values, **more)
    return not np.array_equal(before, array)


def measure(name: str, proba: np.ndarray) -> np.ndarray:
    """A measure of modAL.uncertainty on given probabilities."""
    return call("modAL.uncertainty", name, _Answers(), proba)


def asked(name: str, proba: np.ndarray, n: int) -> list[int]:
    """Rows chosen by a strategy of modAL.uncertainty."""
    return call("modAL.uncertainty", name, _Answers(), proba, n_instances=n)[0].tolist()


def disagreement(name: str, X: np.ndarray, y: np.ndarray, pool: np.ndarray, C: tuple[float, ...]) -> Any:
    """A measure of modAL.disagreement on a committee of logistic regressions, and its members (K, n, C)."""
    from modAL.models import ActiveLearner, Committee
    from sklearn.linear_model import LogisticRegression

    members = [ActiveLearner(LogisticRegression(C=c), X_training=X, y_training=y) for c in C]
    committee = Committee(members)
    found = call("modAL.disagreement", name, committee, pool)
    return found, committee.vote_proba(pool).swapaxes(0, 1)


def error_reduction(X: np.ndarray, y: np.ndarray, pool: np.ndarray, loss: str, intern: bool = True) -> Any:
    """modAL's expected error of each row of the pool, and the row it asks."""
    from modAL.expected_error import expected_error_reduction
    from modAL.models import ActiveLearner
    from sklearn.linear_model import LogisticRegression

    learner = ActiveLearner(LogisticRegression(tol=1e-8, max_iter=5000), X_training=X, y_training=y)
    loss = sys.intern(loss) if intern else loss
    at, error = expected_error_reduction(learner, pool, loss=loss, n_instances=len(pool))
    found = np.empty(len(pool))
    found[at] = error
    return found, int(expected_error_reduction(learner, pool, loss=loss)[0][0])


def ranked(X: np.ndarray, y: np.ndarray, pool: np.ndarray, doubt: np.ndarray, n: int) -> list[int]:
    """modAL's ranked batch for given doubt."""
    from modAL.batch import ranked_batch
    from modAL.models import ActiveLearner
    from sklearn.linear_model import LogisticRegression

    learner = ActiveLearner(LogisticRegression(), X_training=X, y_training=y)
    return ranked_batch(learner, pool, doubt, n, "euclidean", None)[0].tolist()


def query(
    name: str, X: np.ndarray, y: np.ndarray, n: int, seed: int = 0, learner: Any = None, **params: Any
) -> Any:
    """A strategy of skactiveml.pool: chosen rows and its utilities (n, N).

    Its random numbers are those of ``RandomState(seed)``, which it would otherwise mix with the number of
    labels. The learner is "logistic", "no intercept", "parzen" with its width, or nothing.
    """
    strategy = call("skactiveml.pool", name, random_state=0, **params)
    validate = strategy._validate_data

    def validated(*values: Any, **more: Any) -> Any:
        found = validate(*values, **more)
        strategy.random_state_ = np.random.RandomState(seed)
        return found

    strategy._validate_data = validated
    told = np.where(y < 0, np.nan, y)
    more = {}
    if learner is not None:
        more = {"clf": fitted(X, y, learner), "fit_clf": name == "MonteCarloEER"}
    at, utilities = strategy.query(X, told, batch_size=n, return_utilities=True, **more)
    return np.asarray(at).tolist(), np.asarray(utilities)


def fitted(X: np.ndarray, y: np.ndarray, learner: Any) -> Any:
    """A learner of theirs, fitted to the rows with a label."""
    from skactiveml.classifier import ParzenWindowClassifier, SklearnClassifier
    from sklearn.linear_model import LogisticRegression

    classes = np.unique(y[y >= 0])
    if isinstance(learner, float):
        made: Any = ParzenWindowClassifier(classes=classes, metric_dict={"gamma": 0.5 / learner**2})
    else:
        regression = LogisticRegression(fit_intercept=learner != "no intercept", tol=1e-8, max_iter=5000)
        made = SklearnClassifier(regression, classes=classes, random_state=0)
    return made.fit(X, np.where(y < 0, np.nan, y))


def logistic_plausibility(X: np.ndarray, y: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """scikit-activeml's epistemic uncertainty of logistic regression; classes -1 and 1."""
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import EpistemicUncertaintySampling
    from sklearn.linear_model import LogisticRegression

    learner = SklearnClassifier(LogisticRegression(fit_intercept=False), classes=[-1, 1], random_state=0)
    strategy = EpistemicUncertaintySampling(random_state=0)
    return strategy.query(X, y.astype(float), learner, candidates=candidates, return_utilities=True)[1][0]


def bald_with(members: np.ndarray, n: int) -> list[int]:
    """Rows of scikit-activeml's BatchBALD strategy for given members (K, N, C)."""
    from skactiveml.base import SkactivemlClassifier
    from skactiveml.pool import BatchBALD

    class Fixed(SkactivemlClassifier):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            return self

        def sample(self, X: np.ndarray) -> np.ndarray:
            return members[:, X[:, 0].astype(int)].copy()

        def predict_proba(self, X: np.ndarray) -> np.ndarray:
            return self.sample(X).mean(axis=0)

    N, C = members.shape[1:]
    X, y = np.arange(float(N))[:, None], np.full(N, np.nan)
    made = Fixed(classes=np.arange(C))
    made.classes_ = np.arange(C)
    strategy = BatchBALD(n_MC_samples=10_000, sample_predictions_method_name="sample", random_state=0)
    return np.asarray(strategy.query(X, y, made, fit_ensemble=False, batch_size=n)).tolist()


def modal_run(X: np.ndarray, y: np.ndarray, first: np.ndarray, rounds: int, batch: int) -> list[list[int]]:
    """Rows modAL asks for, round by round: margin, logistic regression."""
    from modAL.models import ActiveLearner
    from modAL.uncertainty import margin_sampling
    from sklearn.linear_model import LogisticRegression

    learner = ActiveLearner(LogisticRegression(), margin_sampling, X[first], y[first])
    left, found = np.setdiff1d(np.arange(len(X)), first), []
    for _ in range(rounds):
        at, _ = learner.query(X[left], n_instances=batch)
        found.append(sorted(left[at].tolist()))
        learner.teach(X[left[at]], y[left[at]])
        left = np.delete(left, at)
    return found


def skal_run(X: np.ndarray, y: np.ndarray, first: np.ndarray, rounds: int, batch: int) -> list[list[int]]:
    """The same of scikit-activeml."""
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import UncertaintySampling
    from sklearn.linear_model import LogisticRegression

    told, found = np.full(len(X), np.nan), []
    told[first] = y[first]
    learner = SklearnClassifier(LogisticRegression(), classes=np.unique(y))
    strategy = UncertaintySampling(method="margin_sampling", random_state=0)
    for _ in range(rounds):
        at = strategy.query(X, told, learner, batch_size=batch)
        found.append(sorted(at.tolist()))
        told[at] = y[at]
    return found


def redux(members: np.ndarray, n: int, samples: int) -> Any:
    """Rows and information of batchbald_redux; None where it, or torch, cannot be had."""
    try:
        import torch
        from batchbald_redux.batchbald import get_bald_batch, get_batchbald_batch
    except ImportError:
        return None
    torch.manual_seed(0)
    logs = torch.from_numpy(np.log(members.swapaxes(0, 1)))
    batch = get_batchbald_batch(logs, n, samples, dtype=torch.double)
    single = get_bald_batch(logs, n, dtype=torch.double)
    return batch.indices, batch.scores, single.indices, single.scores
