"""The greedy oracle: what a strategy that looks at the test rows would reach. The upper band of a chart.

It cheats twice: it knows the answers before it asks, and it chooses the questions whose answers raise the
very score that is drawn. No strategy can do so; the gap to it says how much choosing well could still bring.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from alcore import catalog, learn
from alcore.errors import DataError, SpecError
from alcore.kernels import top_k
from alcore.learn import Fitted
from alcore.loop import Run, answer, ask, begin, tell
from alcore.metrics import Judged
from alcore.rng import by_id, integer
from alcore.spec import Choice, Spec
from alcore.types import Data, Floats, Ints, Query, Round

Worth: TypeAlias = tuple[float, float]  # the metric, larger is better, and minus log-loss among equals
CENT = 1e-9  # rounding, not money

NOTE = "chosen with the test labels: a ceiling, not a strategy"


def greedy_ceiling(
    spec: Spec,
    *,
    data: Data | None = None,
    candidates: int = 30,
    rounds: int | None = None,
    metric: str = "accuracy",
) -> tuple[Round, ...]:
    """The rounds of a run in which every question is the one that helps most on the test rows.

    Each place of a batch goes to that one of some randomly drawn candidates whose answer, added to the labels
    known so far, makes the metric on the test rows best; log-loss decides among equals. The first round is
    the spec's own cold start, so the curve starts where those of all strategies start.

    Parameters
    ----------
    spec : Spec
        Its strategy and stopping rules are not used; all else is: learner, oracle, batch, prices, budget.
    data : Data, optional
        Your own rows, in place of the spec's dataset.
    candidates : int
        How many candidates are tried for each batch. More raise the ceiling and cost proportionally more.
    rounds : int, optional
        Stop after so many rounds, that of the cold start included.
    metric : str
        A registered metric, the one that is drawn.

    Returns
    -------
    tuple of Round
        Like those of any run; all but the first say in their note that they cheat. A score is the gain of the
        metric that the question was chosen for, and can be negative.

    Raises
    ------
    DataError
        When there are no test rows, or rows of the pool without a known label.
    SpecError
        When there is no such metric or `candidates` is below 1.

    Notes
    -----
    Fits the learner batch * candidates times a round. Greedy: a set that pays only together is not found, so
    this bounds strategies in practice, not in theory; and as it is judged on the rows it chose by, it is a
    little too good.

    Examples
    --------
    >>> last = greedy_ceiling(Spec(budget=25), candidates=5)[-1]
    >>> last.note
    'chosen with the test labels: a ceiling, not a strategy'
    """
    judge = catalog.METRICS[metric]
    if candidates < 1:
        raise SpecError(f"At least one candidate must be tried, got {candidates}")
    run = begin(
        replace(spec, acquisition=Choice("random"), adjust=(), select=Choice("top"), stop=()), data=data
    )
    if not len(run.data.test):
        raise DataError("A ceiling needs test rows; keep a share of the rows for testing")
    sign = 1.0 if judge.facts["better"] == "higher" else -1.0

    def worth(fitted: Fitted) -> Worth:
        judged = Judged(fitted.proba(run.data.test_X), run.data.test_y)
        return sign * judge.plugin(judged), -catalog.METRICS["log_loss"].plugin(judged)

    while (rounds is None or len(run.log) < rounds) and (query := ask(run)) is not None:
        if run.log.rounds:
            query = _best(run, _tried(run, candidates), worth)
        run = tell(run, query, answer(run, query))
    return run.log.rounds


def _tried(run: Run, n: int) -> Query:
    """Some random ones of the questions that can be paid for, each with the most it may cost."""
    offered = run.setting.candidates(run.data, run.log)
    dearest = catalog.PRICES.bind(run.spec.price)(offered.cost, None)
    lottery = by_id(run.spec.seed, f"ceiling {len(run.log)}", offered.ids)
    if run.spec.budget_in == "money":
        lottery = np.where(dearest <= run.left + CENT, lottery, -np.inf)
    at = top_k(lottery, max(n, run.spec.batch))
    at = at[lottery[at] > -np.inf]
    return Query(offered.ids[at], np.zeros(len(at)), dearest[at])


def _best(run: Run, tried: Query, worth: Callable[[Fitted], Worth]) -> Query:
    """The batch among the tried candidates that helps most, one question after another."""
    X, y, fitted = run.labelled.X, run.labelled.y, run.fitted
    answers = answer(run, tried)
    now = worth(fitted)
    chosen: list[int] = []
    gains: list[float] = []
    left = run.left
    while len(chosen) < run.spec.batch:
        price = np.ones(len(tried)) if run.spec.budget_in == "labels" else tried.costs
        open_ = [at for at in np.flatnonzero(price <= left + CENT).tolist() if at not in chosen]
        if not open_:
            break
        models = {at: _with(run, X, y, tried.ids[at, 0], answers[at], fitted) for at in open_}
        worths = {at: worth(model) for at, model in models.items()}
        at = max(open_, key=lambda one: worths[one])  # the first among equals
        chosen.append(at)
        gains.append(worths[at][0] - now[0])
        fitted, now, left = models[at], worths[at], left - float(price[at])
        if np.isfinite(answers[at]):
            X, y = np.vstack([X, run.data.X[tried.ids[at]]]), np.append(y, np.int64(answers[at]))
    rows = np.array(chosen, np.int64)
    return Query(tried.ids[rows], np.array(gains), tried.costs[rows], NOTE)


def _with(run: Run, X: Floats, y: Ints, row: int, told: float, fitted: Fitted) -> Fitted:
    """The learner with one more label; as it is when the oracle could not say."""
    if not np.isfinite(told):
        return fitted
    return learn.fit(
        run.learner,
        np.vstack([X, run.data.X[row]]),
        np.append(y, np.int64(told)),
        run.data.n_classes,
        integer(run.spec.seed, "learner", 0),
        previous=fitted,
        unlabelled=run.unlabelled,
    )
