"""The other libraries on the workloads they have, and how they are installed: in `.peers`, beside it.

``PEERS[library][workload](given)`` prepares and returns the call that is timed, as in `tests.bench.ours`.
They run in the project's own Python, with its numpy and scikit-learn, so that only the libraries differ.
scikit-activeml 1.0.1 runs there as it is; modAL 0.4.2.1, of 2023, needs two names that numpy and scikit-learn
have removed since.
"""

import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.tasks import BATCH, COMMITTEE_C, COMMITTEE_ROUNDS, ROUNDS, Task

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".peers"
LIST = ROOT / "requirements-peers.txt"
TORCH = ROOT / "requirements-peers-torch.txt"
CPU_ONLY = "https://download.pytorch.org/whl/cpu"

Found = dict[str, Any]
Call = Callable[[], Found]


def install() -> str:
    """Put the listed libraries into `.peers`, once; what went wrong, or ""."""
    # Without their dependencies: those are here already, in newer versions than some of them ask for.
    problem = _fetched(HOME, LIST, "--no-deps")
    return problem and f"The other libraries could not be installed; is the network there?\n{problem}"


def install_torch() -> str:
    """Put the build of torch that needs no graphics processor into `.peers/torch`; what went wrong, or ""."""
    return _fetched(HOME / "torch", TORCH, "--index-url", CPU_ONLY, "--retries", "1")


def _fetched(home: Path, wanted: Path, *options: str) -> str:
    stamp = home / f"installed-{zlib.crc32(wanted.read_bytes())}-{sys.version_info[0]}.{sys.version_info[1]}"
    if stamp.exists():
        return ""
    shutil.rmtree(home, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input",
               "--prefer-binary", *options, "--target", str(home), "-r", str(wanted)]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        shutil.rmtree(home, ignore_errors=True)
        return run.stderr.strip()[-500:]
    stamp.touch()
    return ""


def enter() -> None:
    """Make them importable in this process, which is then fit for nothing else."""
    import sklearn.utils
    import sklearn.utils.validation as validation

    def renamed(check: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            if "force_all_finite" in more:
                more["ensure_all_finite"] = more.pop("force_all_finite")
            return check(*args, **more)

        return call

    sys.path[:0] = [str(HOME), str(HOME / "torch")]
    np.float = float  # type: ignore[attr-defined]
    sklearn.utils.check_X_y = renamed(validation.check_X_y)
    sklearn.utils.check_array = renamed(validation.check_array)


def regression(C: float = 1.0) -> Any:
    """scikit-learn's logistic regression, as it comes."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=C)


# ---- scikit-learn alone: what a loop written by hand costs


def by_hand(task: Task, make: Callable[[], Any] = regression, rounds: int = ROUNDS) -> Call:
    """Nothing but the fits, one prediction over the pool and one over the test rows a round."""

    def call() -> Found:
        labelled, open_ = list(task.first), np.ones(len(task.X), bool)
        open_[task.first] = False
        accuracy, picks = [], []
        for r in range(rounds):
            model = make().fit(task.X[labelled], task.y[labelled])
            accuracy.append(float((model.predict_proba(task.X_test).argmax(axis=1) == task.y_test).mean()))
            if r == rounds - 1:
                break
            at = np.flatnonzero(open_)
            two = np.partition(model.predict_proba(task.X[at]), -2, axis=1)[:, -2:]
            chosen = at[np.lexsort((np.arange(len(at)), two[:, 1] - two[:, 0]))[:BATCH]]
            picks.append(sorted(chosen.tolist()))
            labelled += chosen.tolist()
            open_[chosen] = False
        return {"accuracy": accuracy, "picks": picks}

    return call


# ---- modAL


class _Answers:
    """A classifier whose probabilities are its rows."""

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return X


def _modal_loop(task: Task, make: Callable[[np.ndarray, np.ndarray], Any], rounds: int) -> Call:
    def call() -> Found:
        ids = task.open
        X, y = task.X[ids], task.y[ids]
        learner = make(task.X[task.first], task.y[task.first])
        accuracy, picks = [], []
        for r in range(rounds):
            accuracy.append(float(learner.score(task.X_test, task.y_test)))
            if r == rounds - 1:
                break
            chosen, _ = learner.query(X, n_instances=BATCH)
            picks.append(sorted(ids[chosen].tolist()))
            learner.teach(X[chosen], y[chosen])
            X, y, ids = (np.delete(a, chosen, axis=0) for a in (X, y, ids))
        return {"accuracy": accuracy, "picks": picks}

    return call


def _modal_margin(task: Task) -> Call:
    from modAL.models import ActiveLearner
    from modAL.uncertainty import margin_sampling

    return _modal_loop(task, lambda X, y: ActiveLearner(regression(), margin_sampling, X, y), ROUNDS)


def _modal_committee(task: Task) -> Call:
    from modAL.disagreement import max_disagreement_sampling
    from modAL.models import ActiveLearner, Committee

    def make(X: np.ndarray, y: np.ndarray) -> Any:
        members = [ActiveLearner(regression(C), X_training=X, y_training=y) for C in COMMITTEE_C]
        return Committee(members, query_strategy=max_disagreement_sampling)

    return _modal_loop(task, make, COMMITTEE_ROUNDS)


def _modal_entropy(proba: np.ndarray) -> Call:
    from modAL.uncertainty import entropy_sampling

    return lambda: {"picks": entropy_sampling(_Answers(), proba, n_instances=100)[0].tolist()}


def _modal_error_reduction(task: Task) -> Call:
    from modAL.expected_error import expected_error_reduction
    from modAL.models import ActiveLearner

    def call() -> Found:
        learner = ActiveLearner(regression(), X_training=task.X[task.first], y_training=task.y[task.first])
        at, _ = expected_error_reduction(learner, task.X[task.open], loss="log")
        return {"picks": task.open[at].tolist()}

    return call


# ---- scikit-activeml


def _told(task: Task) -> np.ndarray:
    """Labels as it wants them: NaN where there is none."""
    y = np.full(len(task.X), np.nan)
    y[task.first] = task.y[task.first]
    return y


def _wrapped(task: Task, C: float = 1.0) -> Any:
    from skactiveml.classifier import SklearnClassifier

    return SklearnClassifier(regression(C), classes=np.unique(task.y), random_state=0)


def _skal_margin(task: Task) -> Call:
    from skactiveml.pool import UncertaintySampling

    def call() -> Found:
        y, learner = _told(task), _wrapped(task)
        strategy = UncertaintySampling(method="margin_sampling", random_state=0)
        accuracy, picks = [], []
        for r in range(ROUNDS):
            learner.fit(task.X, y)
            accuracy.append(float(learner.score(task.X_test, task.y_test)))
            if r == ROUNDS - 1:
                break
            chosen = strategy.query(task.X, y, learner, fit_clf=False, batch_size=BATCH)
            picks.append(sorted(chosen.tolist()))
            y[chosen] = task.y[chosen]
        return {"accuracy": accuracy, "picks": picks}

    return call


def _skal_committee(task: Task) -> Call:
    from skactiveml.pool import QueryByCommittee

    def call() -> Found:
        y, members = _told(task), [_wrapped(task, C) for C in COMMITTEE_C]
        strategy = QueryByCommittee(method="KL_divergence", random_state=0)
        accuracy, picks = [], []
        for r in range(COMMITTEE_ROUNDS):
            for member in members:
                member.fit(task.X, y)
            mean = np.mean([m.predict_proba(task.X_test) for m in members], axis=0)
            accuracy.append(float((mean.argmax(axis=1) == task.y_test).mean()))
            if r == COMMITTEE_ROUNDS - 1:
                break
            chosen = strategy.query(task.X, y, ensemble=members, fit_ensemble=False, batch_size=BATCH)
            picks.append(sorted(chosen.tolist()))
            y[chosen] = task.y[chosen]
        return {"accuracy": accuracy, "picks": picks}

    return call


def _skal_entropy(proba: np.ndarray) -> Call:
    from skactiveml.pool import uncertainty_scores
    from skactiveml.utils import simple_batch

    return lambda: {
        "picks": simple_batch(
            uncertainty_scores(proba, method="entropy"), random_state=0, batch_size=100
        ).tolist()
    }


def _skal(name: str, n: int, learner: str = "", **params: Any) -> Callable[[Task], Call]:
    """One of its strategies on rows; `learner`: "" for none, "fitted", or "fit" when it fits one itself."""

    def prepare(task: Task) -> Call:
        from skactiveml import pool

        y = _told(task)
        more: dict[str, Any] = {}
        if learner:
            more = {"clf": _wrapped(task).fit(task.X, y), "fit_clf": learner == "fit"}

        def call() -> Found:
            strategy = getattr(pool, name)(random_state=0, **params)
            return {"picks": np.asarray(strategy.query(task.X, y, batch_size=n, **more)).tolist()}

        return call

    return prepare


def _skal_bald(members: np.ndarray) -> Call:
    from skactiveml.pool import batch_bald

    def call() -> Found:  # it writes into its input
        utility = batch_bald(members.copy(), 1, n_MC_samples=1000, random_state=0)[0]
        return {"picks": np.argsort(-utility, kind="stable")[:10].tolist()}

    return call


def _skal_batchbald(members: np.ndarray) -> Call:
    from skactiveml.pool import batch_bald

    def call() -> Found:
        utilities = batch_bald(members.copy(), 10, n_MC_samples=1000, random_state=0)
        return {"picks": np.nanargmax(utilities, axis=1).tolist()}

    return call


PEERS: dict[str, dict[str, Callable[[Any], Call]]] = {
    "scikit-activeml": {
        "digits": _skal_margin,
        "pool20k": _skal_margin,
        "committee": _skal_committee,
        "entropy": _skal_entropy,
        "k-center": _skal("CoreSet", 100),
        "BADGE": _skal("Badge", 50, "fitted"),
        "TypiClust": _skal("TypiClust", 50, k=20),
        "error reduction": _skal("MonteCarloEER", 1, "fit", method="log_loss"),
        "BALD": _skal_bald,
        "BatchBALD": _skal_batchbald,
        "wide BatchBALD": _skal_batchbald,
    },
    "modAL": {
        "digits": _modal_margin,
        "pool20k": _modal_margin,
        "committee": _modal_committee,
        "entropy": _modal_entropy,
        "error reduction": _modal_error_reduction,
    },
    "by hand": {"digits": by_hand, "pool20k": by_hand},
}
