"""The greedy oracle: what a strategy that looks at the test rows would reach. The upper band of a chart.

It cheats twice: it knows the answers before it asks, and it chooses the questions whose answers raise the
very score that is drawn. No strategy can do so; the gap to it says how much choosing well could still bring.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from alcore import catalog, learn
from alcore.errors import DataError, SpecError
from alcore.kernels import top_k
from alcore.learn import Fitted
from alcore.loop import Run, answer, ask, begin, price_of, tell
from alcore.metrics import Judged
from alcore.rng import by_id, integer
from alcore.spec import Choice, Spec
from alcore.types import Data, Floats, Log, Query, Round

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
        How many candidates are tried for each place. More raise the ceiling and cost proportionally more.
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
    steps = greedy_steps(spec, data=data, candidates=candidates, rounds=rounds, metric=metric)
    return max((log.rounds for log, _ in steps), key=len, default=())


def greedy_steps(
    spec: Spec,
    *,
    data: Data | None = None,
    candidates: int = 30,
    rounds: int | None = None,
    metric: str = "accuracy",
    asked: Sequence[Sequence[int]] = (),
    part: Sequence[int] = (),
) -> Iterator[tuple[Log, tuple[int, ...]]]:
    """`greedy_ceiling` a question at a time, to be interrupted anywhere and taken up again.

    Parameters
    ----------
    spec, data, candidates, rounds, metric
        See `greedy_ceiling`.
    asked : rows of each round
        The rounds made so far, by what they asked. In the log they are retold: not measured again.
    part : rows
        The batch begun after them; its scores are not worked out again.

    Yields
    ------
    (Log, tuple of int)
        The rounds so far, and the rows of the batch that is not full yet.

    Examples
    --------
    >>> spec = Spec(budget=25)
    >>> (*_, (log, _)) = greedy_steps(spec, candidates=5)
    >>> rows = [[row for (row,) in r.asked] for r in log.rounds]
    >>> (*_, (again, _)) = greedy_steps(spec, candidates=5, asked=rows[:2], part=rows[2][:3])
    >>> [r.asked for r in again.rounds] == [r.asked for r in log.rounds]
    True
    """
    judge = catalog.METRICS[metric]
    if candidates < 1:
        raise SpecError(f"At least one candidate must be tried, got {candidates}")
    run = begin(
        replace(spec, acquisition=Choice("random"), adjust=(), select=Choice("top"), stop=()), data=data
    )
    if not len(run.data.test):
        raise DataError("A ceiling needs test rows; keep a share of the rows for testing")
    if asked:
        run = begin(run.spec, _retold(run, asked), data=data)
    sign = 1.0 if judge.facts["better"] == "higher" else -1.0

    def worth(fitted: Fitted) -> Worth:
        data = run.data
        group, proba = data.group[data.test], fitted.proba(data.test_X)
        judged = Judged(proba, data.test_y, group, data.groups, data.rarest)
        value = judge.plugin(judged)
        value = value if value == value else 0.0  # undefined for every model alike: log-loss decides
        return sign * value, -catalog.METRICS["log_loss"].plugin(judged)

    while (rounds is None or len(run.log) < rounds) and (query := ask(run)) is not None:
        if run.log.rounds:
            for query in _growing(run, _tried(run, candidates), worth, candidates, part):
                if len(query) > len(part):  # what was handed in is no news
                    yield run.log, tuple(query.ids[:, 0].tolist())
        run, part = tell(run, query, answer(run, query)), ()
        yield run.log, ()


def _retold(run: Run, asked: Sequence[Sequence[int]]) -> Log:
    """The log of a run that asked these rows; a function of the spec, but for what was measured."""
    price, log = price_of(run.spec), Log()
    for index, rows in enumerate(asked):
        ids = np.array(rows, np.int64).reshape(-1, 1)
        if not np.isin(ids, run.data.train).all():
            raise SpecError("A row that was asked is not in the pool of this experiment")
        codes = answer(replace(run, log=log), Query(ids, np.zeros(len(ids)), np.zeros(len(ids))))
        log = log.append(
            Round(
                index=index,
                asked=tuple((row,) for row in ids[:, 0].tolist()),
                answers=tuple((code,) for code in codes.tolist()),
                scores=(0.0,) * len(ids),
                costs=tuple(price(run.setting.row_cost(run.data, ids), codes).tolist()),
                metrics={},
                note=NOTE if index else "",
            )
        )
    return log


def _tried(run: Run, n: int) -> Query:
    """Random ones of the questions that can be paid for, `n` for each place, each with its highest price."""
    offered = run.setting.candidates(run.data, run.log)
    dearest = price_of(run.spec)(offered.cost, None)
    lottery = by_id(run.spec.seed, f"ceiling {len(run.log)}", offered.ids)
    if run.spec.budget_in == "money":
        lottery = np.where(dearest <= run.left + CENT, lottery, -np.inf)
    at = top_k(lottery, n * run.spec.batch)
    at = at[lottery[at] > -np.inf]
    return Query(offered.ids[at], np.zeros(len(at)), dearest[at])


def _growing(
    run: Run, tried: Query, worth: Callable[[Fitted], Worth], candidates: int, part: Sequence[int]
) -> Iterator[Query]:
    """The batch as it grows: to each place the most helpful of the next candidates, after those in `part`."""
    answers = answer(run, tried)
    price = np.ones(len(tried)) if run.spec.budget_in == "labels" else tried.costs
    place = {row: at for at, row in enumerate(tried.ids[:, 0].tolist())}
    if not all(row in place for row in part):
        raise SpecError("A row of the batch is none of those that were tried")
    chosen = [place[row] for row in part]
    gains = [0.0] * len(chosen)
    now = worth(_taught(run, tried, answers, chosen))

    def grown() -> Query:
        at = np.array(chosen, np.int64)
        return Query(tried.ids[at], np.array(gains), tried.costs[at], NOTE)

    if chosen:
        yield grown()
    while len(chosen) < run.spec.batch:
        left = run.left - float(price[chosen].sum())
        open_ = [at for at in np.flatnonzero(price <= left + CENT).tolist() if at not in chosen]
        if not open_:
            break
        first = len(chosen) * candidates
        turn = {open_[(first + i) % len(open_)] for i in range(candidates)}
        worths = {at: worth(_taught(run, tried, answers, [*chosen, at])) for at in sorted(turn)}
        at = max(worths, key=lambda one: worths[one])  # the first among equals
        chosen.append(at)
        gains.append(worths[at][0] - now[0])
        now = worths[at]
        yield grown()


def _taught(run: Run, tried: Query, answers: Floats, chosen: Sequence[int]) -> Fitted:
    """The learner with these questions answered too; one the oracle could not answer teaches nothing."""
    at = np.array([one for one in chosen if np.isfinite(answers[one])], np.int64)
    if not len(at):
        return run.fitted
    return learn.fit(
        run.learner,
        np.vstack([run.labelled.X, run.data.X[tried.ids[at, 0]]]),
        np.append(run.labelled.y, answers[at].astype(np.int64)),
        run.data.n_classes,
        integer(run.spec.seed, "learner", 0),
        previous=run.fitted,
        unlabelled=run.unlabelled,
    )
