"""The loop: ask and tell inside, a generator of rounds outside.

`ask` and `tell` make a state machine whose state, a `Run`, is a function of (spec, log): it can be stored,
resumed anywhere, rewound, or answered by a person tomorrow. `advance` is the same thing as a plain loop:

>>> from alcore import Spec, advance
>>> rounds = list(advance(Spec(dataset="moons", budget=30)))
>>> sum(len(r.asked) for r in rounds)
30
"""

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from alcore import catalog, learn, signals
from alcore.data import prepare
from alcore.errors import ContractError, DataError, SpecError
from alcore.learn import Fitted, Teacher
from alcore.privacy.promise import score_range, without_promise
from alcore.registry import Entry
from alcore.rng import integer, stream
from alcore.spec import Choice, Spec
from alcore.types import (
    UNKNOWN,
    Asked,
    Candidates,
    Data,
    Floats,
    Ints,
    Labelled,
    Log,
    Price,
    Query,
    Round,
    Setting,
    View,
    frozen,
)

ANCHOR = 10  # every tenth round is fitted from scratch, so a resumed run repeats at most ten warm starts
OWN = Choice("own")  # in a spec: the caller hands over the object itself
ALWAYS = frozenset({"proba", "members", "bounded"})  # what a learner need not give; the last is up to scores
LACKS = {"linear": "a learner with linear weights", "embed": "a learner with an inner representation"}


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A spec brought to life: its data, its parts and its history. Always a function of (spec, data, log)."""

    spec: Spec
    data: Data
    setting: Setting
    learner: Any  # Choice, or an estimator of the caller's own
    log: Log
    labelled: Labelled
    fitted: Fitted
    members: tuple[Fitted, ...] = ()  # the committee, when the strategy needs one
    memo: dict[str, tuple[Fitted, ...]] = field(default_factory=dict, repr=False)  # one made on demand

    @property
    def left(self) -> float:
        """What is left of the budget, in the budget's own unit."""
        return self.spec.budget - (self.log.labels if self.spec.budget_in == "labels" else self.log.spent)

    @property
    def ended(self) -> str:
        """Why the run is over; "" while it is not."""
        return _ruled(self) or _closed(self, *_affordable(self))

    def unlabelled(self) -> Floats:
        """(N, D) rows that may still be asked: what a semi-supervised learner may look at."""
        return self.setting.candidates(self.data, self.log).X

    def teacher(self, previous: tuple[Fitted, ...] = ()) -> Teacher:
        """Fits more learners to the same labels."""
        n_classes, seed = self.data.n_classes, self.spec.seed
        return Teacher(self.learner, self.labelled, n_classes, seed, previous, self.unlabelled)

    def committee(self) -> tuple[Fitted, ...]:
        """The fitted committee; made now when the strategy itself does not use one."""
        if not self.members and "committee" not in self.memo:
            self.memo["committee"] = _members(self, ())
        return self.members or self.memo["committee"]


def begin(spec: Spec, log: Log | None = None, *, data: Data | None = None, learner: Any = None) -> Run:
    """A run at the point its log has reached; an empty log means the cold start is still to come.

    Parameters
    ----------
    spec : Spec
    log : Log, optional
        The rounds so far.
    data : Data, optional
        Your own rows, see `alcore.data.given`; in place of the spec's dataset.
    learner : estimator, optional
        Any scikit-learn classifier with ``predict_proba``, in place of the spec's learner.

    Raises
    ------
    SpecError
        When a plug-in is unknown, a parameter is refused or parts do not fit each other.
    DataError
        When the dataset cannot be used.
    UnavailableError
        When the dataset cannot be had, e.g. without internet.
    """
    log = Log() if log is None else log
    check(spec, own_data=data is not None, own_learner=learner is not None)
    setting = catalog.SETTINGS.bind(spec.setting)()
    data = priced(spec, load(spec) if data is None else data)
    which = spec.learner if learner is None else learner
    nothing = Fitted(None, np.zeros(0, np.int64), data.n_classes)
    start = Labelled(data.X[:0], np.zeros(0, np.int64), log.asked[:0])
    run = Run(spec, data, setting, which, Log(), start, nothing)
    for done in range(_anchor(run, len(log)), len(log) + 1):
        run = _fit(replace(run, log=log[:done]))
    return run


def ask(run: Run) -> Query | None:
    """The next questions, or None when the run has ended; `Run.ended` says why."""
    candidates, n = _affordable(run)
    if _ruled(run) or _closed(run, candidates, n):
        return None
    if not run.log.rounds:
        return _start(run, candidates, n)
    if len(run.fitted.known) < 2:
        return replace(
            _start(run, candidates, n), note="fewer than two classes are labelled: the cold start goes on"
        )
    view = view_of(run, candidates, needs_of(run.spec))
    scores = scored(view, run.spec)
    at = _checked_positions(catalog.SELECTORS.bind(run.spec.select)(scores, view, n), len(candidates))
    at = _within_budget(run, candidates, at)
    if not len(at) and not run.setting.may_pass:
        raise ContractError("The strategy forbids every row that could be asked: all scores are -inf")
    return Query(candidates.ids[at], scores[at], candidates.cost[at])


def answer(run: Run, query: Query) -> Floats:
    """The simulated oracle's (B,) answers; a person's answers can take their place.

    Raises
    ------
    DataError
        When the data do not know the true labels of these rows.
    """
    truth = run.setting.truth(run.data, query.ids)
    if (truth == UNKNOWN).any():
        raise DataError("These rows have no known label, so nobody can be simulated; give your own answers")
    asked = Asked(
        query.ids,
        truth,
        run.data.n_classes,
        run.spec.seed,
        before=run.log.labels,
        chances=lambda: run.setting.odds(run.data, query.ids),
    )
    return catalog.ORACLES.bind(run.spec.oracle)(asked)


def tell(run: Run, query: Query, answers: Any, seconds: float = 0.0) -> Run:
    """The run after these answers, fitted and measured.

    Parameters
    ----------
    run : Run
        The run that asked.
    query : Query
    answers : sequence of length B
        Class codes or class names; NaN or None where the annotator could not say.
    seconds : float
        Time the answers took, written into the log.

    Raises
    ------
    DataError
        When there are not B answers or one names no class.
    """
    started = perf_counter()
    codes = _codes(answers, len(query), run.data.classes)
    costs = price_of(run.spec)(run.setting.row_cost(run.data, query.ids), codes)
    draft = Round(
        index=len(run.log),
        asked=tuple(map(tuple, query.ids.tolist())),
        answers=tuple((a,) for a in codes.tolist()),
        scores=tuple(query.scores.tolist()),
        costs=tuple(costs.tolist()),
        metrics={},
        note=query.note,
    )
    after = _fit(replace(run, log=run.log.append(draft)))
    done = replace(
        draft,
        metrics=after.setting.measure(after.fitted, after.data, after.log),
        signals=signals.read(run, after),
        seconds=seconds + perf_counter() - started,
    )
    return replace(after, log=_replaced(after.log, done))


def advance(
    spec: Spec,
    log: Log | None = None,
    rounds: int | None = None,
    *,
    data: Data | None = None,
    learner: Any = None,
) -> Generator[Round, None, str]:
    """Yield the next rounds of a run and return why it ended, "" when `rounds` ran out first.

    A function of its arguments alone: resume, lease or replay at will. See `begin` for them.

    Examples
    --------
    >>> first = list(advance(Spec(budget=40), rounds=3))
    >>> rest = list(advance(Spec(budget=40), Log(tuple(first))))
    >>> first + rest == list(advance(Spec(budget=40)))
    True
    """
    run = begin(spec, log, data=data, learner=learner)
    stop = None if rounds is None else len(run.log) + rounds
    while stop is None or len(run.log) < stop:
        run_next = step(run)
        if run_next is None:
            return run.ended
        run = run_next
        yield run.log.rounds[-1]
    return run.ended


def step(run: Run) -> Run | None:
    """Ask, let the simulated oracle answer, and tell; None when the run has ended."""
    started = perf_counter()
    query = ask(run)
    if query is None:
        return None
    return tell(run, query, answer(run, query), perf_counter() - started)


def check(spec: Spec, *, own_data: bool = False, own_learner: bool = False) -> None:
    """Check every plug-in and parameter of a spec.

    Raises
    ------
    SpecError
        Naming the first thing that is wrong.
    """
    for part, registry in catalog.PARTS.items():
        for choice in spec.choices(part):
            given = (part == "dataset" and own_data) or (part == "learner" and own_learner)
            if choice == OWN and not given:
                raise SpecError(
                    f"The spec says its {part} is your own: hand it over, e.g. begin(spec, {_handed[part]})"
                )
            if not given:
                registry.settle(choice)
    for part in ("acquisition", "select", "adjust"):
        for choice in spec.choices(part):
            if why := misfit(spec, catalog.PARTS[part][choice.name]):
                raise SpecError(why)


def misfit(spec: Spec, entry: Entry[Any]) -> str:
    """Why a strategy's part cannot work with the spec's learner or scores; "" when it can."""
    if "bounded" in entry.needs and (why := without_promise(spec, entry)):
        return why
    gives = frozenset() if spec.learner == OWN else catalog.LEARNERS[spec.learner.name].gives
    lacking = entry.needs - ALWAYS - gives
    if not lacking:
        return ""
    able = [e.label for e in catalog.LEARNERS.values() if lacking <= e.gives]
    words = " and ".join(sorted(LACKS[need] for need in lacking))
    return f"{entry.label} needs {words}: choose {' or '.join(able)} as the learner"


_handed = {"dataset": "data=...", "learner": "learner=..."}


def load(spec: Spec) -> Data:
    """The spec's data, split and ready; kept for the next run on the same."""
    return _load(spec.dataset, spec.test_share, spec.seed)


def priced(spec: Spec, data: Data) -> Data:
    """The data with the costs of rows that the spec's price brings; as they are where it brings none."""
    rows = catalog.PRICES[spec.price.name].facts.get("rows")
    if rows is None:
        return data
    made, key = _priced.setdefault(data, {}), (spec.price, spec.seed)
    if key not in made:
        cost = rows(data, spec.seed, **catalog.PRICES.settle(spec.price))
        if len(made) >= 8:  # prices come from visitors, so what is kept is bounded
            made.clear()
        made[key] = replace(data, cost=frozen(np.asarray(cost, np.float64)))
    return made[key]


_priced: WeakKeyDictionary[Data, dict[tuple[Choice, int], Data]] = WeakKeyDictionary()


def price_of(spec: Spec) -> Price:
    """What a question of this spec costs: its price, once for every answer that its oracle gathers."""
    price: Price = catalog.PRICES.bind(spec.price)
    if spec.oracle == OWN or "answers" not in catalog.ORACLES[spec.oracle.name].gives:
        return price
    each = catalog.ORACLES.settle(spec.oracle)["answers"]
    return lambda row_cost, answers, /: float(each) * price(row_cost, answers)  # type: ignore[arg-type]


def view_of(run: Run, candidates: Candidates, needs: frozenset[str]) -> View:
    """What a strategy sees of a run."""
    return View(
        candidates=candidates,
        labelled=run.labelled,
        log=run.log,
        fitted=run.fitted,
        learn=run.teacher(),
        committee=run.committee,
        budget=run.spec.budget,
        left=run.left,
        seed=run.spec.seed,
        needs=needs,
        score_range=score_range(run.spec, run.data.n_classes),
    )


def scored(view: View, spec: Spec) -> Floats:
    """(N,) what the spec's acquisition function and adjustments make of the candidates.

    Raises
    ------
    ContractError
        When a plug-in does not give one number for each candidate.
    """
    n = len(view.candidates)
    scores = _checked_scores(catalog.ACQUISITIONS.bind(spec.acquisition)(view), n)
    for choice in spec.adjust:
        scores = _checked_scores(catalog.ADJUSTMENTS.bind(choice)(scores, view), n)
    return scores


def _ruled(run: Run) -> str:
    """What the stopping rules say; "" to go on."""
    if run.log.rounds and run.spec.stop:
        rules = [(c.name, catalog.STOPPING.bind(c)(run.log)) for c in run.spec.stop]
        said = [f"{name.replace('_', ' ')}: {why}" for name, why in rules if why]
        if said and (run.spec.stop_when == "any" or len(said) == len(rules)):
            return "; ".join(said)
    return ""


def _closed(run: Run, affordable: Candidates, n: int) -> str:
    """Why nothing can be asked; "" when something can."""
    if n and len(affordable):
        return ""
    left_over = run.setting.candidates(run.data, run.log)
    return (
        "budget: nothing more can be bought"
        if len(left_over)
        else "exhausted: every row of the pool is labelled"
    )


def _affordable(run: Run) -> tuple[Candidates, int]:
    """The candidates that can be paid for, and how many the next round may ask."""
    offered = run.setting.candidates(run.data, run.log)
    worst = price_of(run.spec)(offered.cost, None)
    offered = Candidates(offered.ids, offered._base, worst, offered.group, offered._rows)
    n = run.spec.batch if run.log.rounds else len(run.data.initial) or run.spec.first
    if run.spec.budget_in == "labels":
        return offered, min(n, len(offered), int(max(0.0, run.left)))
    dear = worst > run.left + 1e-9
    offered = offered.take(~dear) if dear.any() else offered
    return offered, min(n, len(offered))


def _within_budget(run: Run, candidates: Candidates, at: Ints) -> Ints:
    """The longest head of the batch that can be paid for even at its dearest."""
    if run.spec.budget_in == "labels":
        return at
    return at[np.cumsum(candidates.cost[at]) <= run.left + 1e-9]


def _start(run: Run, candidates: Candidates, n: int) -> Query:
    """The cold start: the caller's initial rows, else the spec's plug-in."""
    if len(run.data.initial) and not run.log.rounds:
        place = {row: at for at, row in enumerate(candidates.ids[:, 0].tolist())}
        at = np.array([place[row] for row in run.data.initial.tolist() if row in place][:n], np.int64)
    else:
        # A start made for the first round would keep asking typical rows; chance finds a second class.
        again = run.log.rounds and "repeat" not in catalog.COLD_STARTS[run.spec.start.name].gives
        start = catalog.COLD_STARTS.bind(Choice("random") if again else run.spec.start)
        chosen = start(candidates, n, stream(run.spec.seed, "start", len(run.log)))
        at = _checked_positions(chosen, len(candidates))
    at = _within_budget(run, candidates, at)
    return Query(candidates.ids[at], np.zeros(len(at)), candidates.cost[at])


def needs_of(spec: Spec) -> frozenset[str]:
    """What the parts of the spec's strategy read: "proba", "members", "linear", ..."""
    parts = (catalog.ACQUISITIONS[spec.acquisition.name], catalog.SELECTORS[spec.select.name])
    return frozenset().union(
        *(p.needs for p in parts), *(catalog.ADJUSTMENTS[c.name].needs for c in spec.adjust)
    )


def _fit(run: Run) -> Run:
    """The learner, and the committee where the strategy needs one, fitted to the run's log."""
    if not run.log.rounds:
        return run
    cold = (len(run.log) - 1) % ANCHOR == 0
    labelled = run.setting.labelled(run.data, run.log)
    fitted = learn.fit(
        run.learner,
        labelled.X,
        labelled.y,
        run.data.n_classes,
        integer(run.spec.seed, "learner", 0),
        previous=None if cold else run.fitted,
        unlabelled=run.unlabelled,
    )
    after = replace(run, labelled=labelled, fitted=fitted, members=(), memo={})
    if "members" not in needs_of(run.spec) or len(fitted.known) < 2:
        return after
    return replace(after, members=_members(after, () if cold else run.members))


def _members(run: Run, previous: tuple[Fitted, ...]) -> tuple[Fitted, ...]:
    return tuple(catalog.COMMITTEES.bind(run.spec.committee)(run.teacher(previous)))


def _anchor(run: Run, length: int) -> int:
    """From which log length on fits must be repeated so that the last one is what it was."""
    if length < 2:
        return length
    if signals.needed(run.spec) or learn.warm_starts(run.learner) or "members" in needs_of(run.spec):
        return length - (length - 1) % ANCHOR
    return length


def _replaced(log: Log, last: Round) -> Log:
    """The log with its last round replaced by the same questions and answers, measured."""
    new = Log((*log.rounds[:-1], last))
    new.__dict__.update({k: v for k, v in log.__dict__.items() if k in ("asked", "answers")})
    return new


@lru_cache(maxsize=8)
def _load(dataset: Choice, test_share: float, seed: int) -> Data:
    return prepare(catalog.DATASETS.bind(dataset)(seed), test_share, seed)


def _checked_scores(scores: Any, n: int) -> Floats:
    found = np.asarray(scores, np.float64)
    if found.shape != (n,):
        raise ContractError(f"Scores must have shape ({n},), got {found.shape}")
    if np.isnan(found).any():
        raise ContractError("A score is NaN; a candidate that must not be asked gets -inf")
    return found


def _checked_positions(positions: Any, n: int) -> Ints:
    at = np.asarray(positions, np.int64)
    if at.ndim != 1 or len(set(at.tolist())) != len(at) or (len(at) and not (at.min() >= 0 and at.max() < n)):
        raise ContractError("A selector must return distinct positions on the candidates")
    return at


def _codes(answers: Any, n: int, classes: tuple[str, ...]) -> Floats:
    if isinstance(answers, np.ndarray) and answers.dtype.kind == "f":
        codes = answers
    else:
        names = {name: float(code) for code, name in enumerate(classes)}
        codes = np.array([_code(a, names) for a in answers], np.float64)
    known = codes[~np.isnan(codes)]
    if codes.shape != (n,):
        raise DataError(f"{n} questions were asked but {len(codes)} answers were given")
    if len(known) and not ((known == np.floor(known)) & (known >= 0) & (known < len(classes))).all():
        raise DataError(f"An answer must be a class name or a code from 0 to {len(classes) - 1}")
    return codes


def _code(value: Any, names: dict[str, float]) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, str):
        if value not in names:
            raise DataError(f"{value!r} is not a class; the classes are {', '.join(names)}")
        return names[value]
    return float(value)
