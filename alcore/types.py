"""The nouns of the engine, in the order in which a run meets them.

Array axes are letters everywhere: M rows of the data, N candidates, B questions asked this round,
Q integers that name a question, A numbers in an answer, C classes, K committee members, D features.

A run flows like this: a `Source` (rows as they come) is prepared into `Data` (numbers, split); a setting
offers `Candidates`; the fitted learner's prediction on them and the `Labelled` set make the `View`, which is
all a strategy may see; what it chooses is a `Query`; its answers make a `Round`, and rounds make the `Log`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alcore.errors import ContractError
from alcore.rng import stream

if TYPE_CHECKING:
    import pandas as pd

    from alcore.learn import Fitted
    from alcore.solvers import LinearModel

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Row: TypeAlias = tuple[int, ...]

UNKNOWN = -1  # the code of a label nobody has given yet


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Rows as a dataset hands them over, before the split; `alcore.data.prepare` makes `Data` of them.

    Attributes
    ----------
    X : (M, D) array, or a DataFrame whose columns may be numbers, categories, dates or texts
    y : (M,) labels of any kind; None where a row's label is not known
    cost : (M,) price of each row's label in money units, or None
    group : (M,) group of each row, for fairness, or None
    features : names of array columns; a DataFrame brings its own
    classes : what to call the classes, in sorted order of the labels; empty = the labels themselves
    image : (height, width) or (height, width, channels) when a row is a picture with values in [0, 1]
    scale : whether columns are standardised (mean 0, deviation 1 over the pool)
    posterior : the true P(y|x) as a function (n, D) -> (n, C) where the dataset knows it: its Bayes boundary
    test : (T,) rows that are for testing, or None for a stratified split by the spec's seed
    notes : sentences about what was left out or changed on the way, for whoever brought the rows
    """

    X: "Floats | pd.DataFrame"
    y: NDArray[Any]
    cost: Floats | None = None
    group: NDArray[Any] | None = None
    features: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    image: tuple[int, ...] = ()
    scale: bool = True
    posterior: Callable[[Floats], Floats] | None = None
    test: Ints | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Data:
    """Rows ready to learn from. Only oracles and metrics may read `y`; arrays are read-only.

    Make one with `alcore.data.given` (your arrays) or `alcore.data.prepare` (a `Source`).

    Attributes
    ----------
    X : (M, D) numbers, no NaN
    y : (M,) codes 0..C-1; -1 where the label is not known
    classes : C names
    train, test : row ids; the pool and the rows nobody may query
    cost : (M,) price of each row's own label, 1 where the data say nothing
    costed : whether the data say anything of costs
    group : (M,) codes into `groups`
    features : D names
    rows : the rows as their owner knows them, for showing; None when X says it all
    initial : rows the caller wants labelled first
    notes : what their owner should know of how they were read, as sentences
    """

    X: Floats
    y: Ints
    classes: tuple[str, ...]
    train: Ints
    test: Ints
    cost: Floats
    group: Ints
    groups: tuple[str, ...] = ("all",)
    features: tuple[str, ...] = ()
    rows: "pd.DataFrame | None" = None
    image: tuple[int, ...] = ()
    posterior: Callable[[Floats], Floats] | None = None
    initial: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    notes: tuple[str, ...] = ()
    costed: bool = False

    @property
    def n_classes(self) -> int:
        """C."""
        return len(self.classes)

    @cached_property
    def pool_X(self) -> Floats:
        """(len(train), D) features of the training rows, in the order of `train`."""
        return frozen(self.X[self.train])

    @cached_property
    def test_X(self) -> Floats:
        """(len(test), D) features of the test rows."""
        return frozen(self.X[self.test])

    @cached_property
    def test_y(self) -> Ints:
        """(len(test),) codes of the test rows."""
        return frozen(self.y[self.test])

    @cached_property
    def rarest(self) -> int:
        """Code of the class with the fewest known labels, of those with any; the first of equals."""
        counts = np.bincount(self.y[self.y >= 0], minlength=self.n_classes)
        return int(np.where(counts > 0, counts, counts.sum() + 1).argmin())


class Candidates:
    """The questions that may be asked now.

    Their features are copied out of the pool only when somebody looks at `X`; `through` lets a learner
    predict on the whole pool instead while most of it is still unlabelled, so no round copies the pool.

    Attributes
    ----------
    ids : Ints of shape (N, Q)
        Names of the questions, for ever.
    cost : Floats of shape (N,)
        The most each answer may cost, in money units.
    group : Ints of shape (N,)
    """

    __slots__ = ("_X", "_base", "_rows", "cost", "group", "ids")

    def __init__(self, ids: Ints, X: Floats, cost: Floats, group: Ints, rows: Ints | None = None) -> None:
        self.ids, self.cost, self.group = ids, cost, group
        self._base, self._rows = X, rows
        self._X: Floats | None = X if rows is None else None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def X(self) -> Floats:
        """(N, D) features."""
        if self._X is None:
            self._X = frozen(self._base[self._rows])
        return self._X

    def through(self, rowwise: Callable[[Floats], Floats]) -> Floats:
        """``rowwise(X)`` for a function whose i-th output row depends on the i-th input row alone."""
        if self._X is None and self._rows is not None and len(self._rows) > 0.9 * len(self._base):
            return _rows(rowwise(self._base), self._rows)
        return rowwise(self.X)

    def take(self, keep: Bools | Ints) -> "Candidates":
        """The candidates at a mask or at positions."""
        if self._rows is None:
            return Candidates(self.ids[keep], self._base[keep], self.cost[keep], self.group[keep])
        return Candidates(self.ids[keep], self._base, self.cost[keep], self.group[keep], self._rows[keep])


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """What was learnt so far, as the learner sees it.

    Attributes
    ----------
    X : (L, D) features
    y : (L,) codes, as they were answered
    ids : (L, Q) names of the questions
    group : (L,) codes of the rows' groups; all 0 where nobody told
    """

    X: Floats
    y: Ints
    ids: Ints
    group: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        if len(self.group) != len(self.y):
            object.__setattr__(self, "group", frozen(np.zeros(len(self.y), np.int64)))

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, slots=True)
class Round:
    """What one turn of the loop did, as plain values: record, log entry, wire format and chart row.

    Attributes
    ----------
    index : 0 for the cold start
    asked : B questions, each of Q integers
    answers : B answers, each of A numbers; NaN = the oracle could not say
    scores : B scores that chose them (0 for the cold start)
    costs : B prices paid, in money units
    metrics : scores on the test rows of the learner fitted after these answers; keys that begin with "#" are
        counts by group instead, see `alcore.metrics.group_counts`
    signals : what stopping rules read; never made from test rows
    note : what was unusual, e.g. why a strategy stood back; "" when nothing was
    seconds : time the round took; not part of equality
    """

    index: int
    asked: tuple[Row, ...]
    answers: tuple[tuple[float, ...], ...]
    scores: tuple[float, ...]
    costs: tuple[float, ...]
    metrics: Mapping[str, float]
    signals: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Log:
    """The whole history, append-only. The state of a run is a fold over it."""

    rounds: tuple[Round, ...] = ()

    def __len__(self) -> int:
        return len(self.rounds)

    def append(self, new: Round) -> "Log":
        """The log with one more round; what is already counted is carried over."""
        longer = Log((*self.rounds, new))
        if "asked" in self.__dict__ and new.asked:
            new_ids = np.array(new.asked, np.int64).reshape(len(new.asked), -1)
            new_answers = np.array(new.answers, np.float64).reshape(len(new.answers), -1)
            if len(self.asked) and len(new_ids):
                longer.__dict__["asked"] = frozen(np.concatenate([self.asked, new_ids]))
                longer.__dict__["answers"] = frozen(np.concatenate([self.answers, new_answers]))
        return longer

    def __getitem__(self, part: slice) -> "Log":
        """``log[:k]`` is the run as it was after k rounds."""
        return Log(self.rounds[part])

    @cached_property
    def asked(self) -> Ints:
        """(L, Q) questions asked so far."""
        return _table([q for r in self.rounds for q in r.asked], np.int64)

    @cached_property
    def answers(self) -> Floats:
        """(L, A) their answers; NaN = the oracle could not say."""
        return _table([a for r in self.rounds for a in r.answers], np.float64)

    @cached_property
    def labels(self) -> int:
        """Questions asked so far, abstentions included."""
        return sum(len(r.asked) for r in self.rounds)

    @cached_property
    def spent(self) -> float:
        """Money paid so far."""
        return float(sum(sum(r.costs) for r in self.rounds))

    @property
    def seconds(self) -> float:
        """Time the rounds took."""
        return sum(r.seconds for r in self.rounds)

    def signal(self, name: str) -> Floats:
        """(R,) one signal over the rounds; NaN where a round has none."""
        return np.array([r.signals.get(name, np.nan) for r in self.rounds], np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """The questions chosen this round: (B, Q) ids, (B,) scores, (B,) the most each may cost."""

    ids: Ints
    scores: Floats
    costs: Floats
    note: str = ""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class View:
    """All a strategy may see: never the truth, never the test rows.

    Attributes
    ----------
    candidates : what may be asked and can be paid for
    labelled : what was learnt so far
    log : the rounds so far
    fitted : the learner fitted to `labelled`
    learn : fits another one, e.g. ``learn(weight=w)`` or ``learn(X=..., y=...)``; see `alcore.learn.Teacher`
    committee : the fitted committee, made only when somebody asks for `members`
    budget, left : in `budget_in`: the whole and what is left of it
    score_range : how far apart two scores can lie, whatever the data; inf where nobody can tell
    """

    candidates: Candidates
    labelled: Labelled
    log: Log
    fitted: "Fitted"
    learn: Callable[..., "Fitted"]
    committee: Callable[[], "tuple[Fitted, ...]"]
    budget: float
    left: float
    seed: int
    needs: frozenset[str] = frozenset()
    score_range: float = float("inf")

    @property
    def n_classes(self) -> int:
        """C."""
        return self.fitted.n_classes

    def rng(self, purpose: str) -> np.random.Generator:
        """A generator for this purpose in this round."""
        return stream(self.seed, purpose, len(self.log))

    @cached_property
    def proba(self) -> Floats:
        """(N, C) the learner's class probabilities.

        Raises
        ------
        ContractError
            When the plug-in did not declare ``needs="proba"``.
        """
        self._declared("proba")
        return frozen(self.candidates.through(self.fitted.proba))

    @cached_property
    def members(self) -> Floats:
        """(K, N, C) the committee members' class probabilities.

        Raises
        ------
        ContractError
            When the plug-in did not declare ``needs="members"``.
        """
        self._declared("members")
        return frozen(np.stack([self.candidates.through(m.proba) for m in self.committee()]))

    @cached_property
    def embed(self) -> Floats:
        """(N, H) the learner's inner representation of the candidates; their features when it has none."""
        return frozen(self.candidates.through(self.fitted.embed))

    @property
    def linear(self) -> "LinearModel":
        """The learner's softmax-linear map, over the classes `fitted.known`.

        Raises
        ------
        ContractError
            When the plug-in did not declare ``needs="linear"`` or the learner has none.
        """
        self._declared("linear")
        if self.fitted.linear is None:
            raise ContractError("the learner has no linear weights")
        return self.fitted.linear

    def only(self, at: Ints, **changed: Any) -> "View":
        """The view of the candidates at these positions alone; what is worked out for all is not made again.

        Parameters
        ----------
        at : (n,) array of int
        **changed
            Other fields that differ, e.g. ``needs`` or ``seed``.
        """
        part = replace(self, candidates=self.candidates.take(at), **changed)
        for name, axis in (("proba", 0), ("members", 1), ("embed", 0)):
            if name in self.__dict__:
                part.__dict__[name] = frozen(np.take(self.__dict__[name], at, axis))
        return part

    def _declared(self, what: str) -> None:
        if what not in self.needs:
            raise ContractError(f'reads {what} without declaring needs="{what}" where it is registered')


@dataclass(frozen=True, eq=False)
class Asked:
    """All an oracle may see: the questions, their true answers, and where in the run they come.

    An answer is a function of the question's id, truth and odds and of its place among all questions, never
    of the batch it came in. Most oracles leave the place aside too: the same row, the same answer.

    Attributes
    ----------
    ids : (B, Q) names of the questions
    truth : (B,) true codes
    n_classes : C
    seed : the run's
    before : questions asked earlier in the run; these are the number `before`, `before` + 1, ...
    chances : gives the (B, C) true class probabilities of the questions; see `odds`
    """

    ids: Ints
    truth: Ints
    n_classes: int
    seed: int
    before: int = 0
    chances: Callable[[], Floats] | None = None

    def __len__(self) -> int:
        return len(self.truth)

    @cached_property
    def odds(self) -> Floats:
        """(B, C) P(y|x) of each question: how far its answer can be known at all.

        Raises
        ------
        ContractError
            When whoever asks did not hand them over.
        """
        if self.chances is None:
            raise ContractError("This oracle needs to know how hard each question is: hand over its chances")
        return frozen(np.asarray(self.chances(), np.float64))

    @property
    def hardness(self) -> Floats:
        """(B,) 2 (1 - max P(y|x)): 0 where the answer is certain, 1 where two classes are equally likely."""
        return np.maximum(0.0, 2.0 * (1.0 - self.odds.max(axis=1)))


# The shapes of plug-ins. All but settings are plain functions with keyword-only typed parameters.


class DatasetLoader(Protocol):
    """Rows of a dataset; `seed` shapes synthetic ones, real ones ignore it."""

    def __call__(self, seed: int, /) -> Source: ...


class LearnerFactory(Protocol):
    """An unfitted classifier as scikit-learn has them: ``fit(X, y[, sample_weight])``, ``predict_proba``.

    One that also has ``fit_from(previous, X, y, sample_weight)`` starts from the model of the round before.
    """

    def __call__(self, seed: int, /) -> Any: ...


class CommitteeBuilder(Protocol):
    """Fitted members; `teach(...)` fits one, see `alcore.learn.Teacher`."""

    def __call__(self, teach: Any, /) -> "list[Fitted]": ...


class ColdStart(Protocol):
    """At most n positions on the candidates, without any label: (n,) distinct positions."""

    def __call__(self, candidates: Candidates, n: int, rng: np.random.Generator, /) -> Ints: ...


class AcquisitionFunction(Protocol):
    """How much each candidate is worth asking: (N,), higher asks first."""

    def __call__(self, view: View, /) -> Floats: ...


class Adjustment(Protocol):
    """Reweigh scores: (N,) to (N,)."""

    def __call__(self, scores: Floats, view: View, /) -> Floats: ...


class Selector(Protocol):
    """Choose min(n, N) distinct positions on the candidates, best first: positions."""

    def __call__(self, scores: Floats, view: View, n: int, /) -> Ints: ...


class Oracle(Protocol):
    """Answer questions whose true answers are known: (B,) codes, NaN = cannot say.

    The same id gets the same answer whenever it is asked: draw by `alcore.rng.by_id`. One registered with
    ``gives="answers"`` has a parameter `answers`: how many are paid for each question.
    """

    def __call__(self, asked: Asked, /) -> Floats: ...


class Price(Protocol):
    """What answers cost: (n,) row costs and (n,) answers to (n,) money units.

    `answers` is None before the answer is known: then the most it may cost. One registered with ``rows=f``
    is charged on ``f(data, seed, **parameters)``, (M,) costs of all rows, in place of what the data say.
    """

    def __call__(self, row_cost: Floats, answers: Floats | None, /) -> Floats: ...


class StoppingRule(Protocol):
    """Why the run should end now, or "" to go on. Reads the log's signals, never its metrics."""

    def __call__(self, log: Log, /) -> str: ...


class Metric(Protocol):
    """A score of (n, C) probabilities against (n,) true codes."""

    def __call__(self, judged: Any, /) -> float: ...


class Setting(Protocol):
    """One way of learning by asking; a frozen dataclass whose fields are its parameters."""

    may_pass: ClassVar[bool]  # may a round ask nothing and still move on? (streams)

    def candidates(self, data: Data, log: Log) -> Candidates: ...
    def labelled(self, data: Data, log: Log) -> Labelled: ...
    def truth(self, data: Data, ids: Ints) -> Ints: ...
    def odds(self, data: Data, ids: Ints) -> Floats: ...
    def row_cost(self, data: Data, ids: Ints) -> Floats: ...
    def measure(self, fitted: "Fitted", data: Data, log: Log) -> dict[str, float]: ...


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The array, no longer writeable."""
    array.setflags(write=False)
    return array


def _rows(table: Floats, at: Ints) -> Floats:
    """``table[at]``, quick also where the table is stored column by column, as linear learners answer."""
    return table.T.take(at, axis=1).T if table.ndim == 2 and table.flags.f_contiguous else table[at]


def _table(rows: list[Any], kind: type) -> NDArray[Any]:
    """(L, width) array of equally long tuples; (0, 1) when there are none."""
    return frozen(np.array(rows, kind).reshape(len(rows), -1) if rows else np.zeros((0, 1), kind))
