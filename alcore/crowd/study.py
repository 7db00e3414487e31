"""One budget, several ways to spend it on a crowd: what labels and learners become of it.

Every policy of a study meets the same rows in the same order, the same annotators in the same turn and the
same answers, so runs with one seed are pairs. Rows are drawn by lot, for all policies alike: what is compared
is how money is spent on answers, not which rows are chosen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from alcore import learn
from alcore.crowd.aggregation import dawid_skene, glad, majority
from alcore.crowd.answers import Answers
from alcore.crowd.asking import worth_asking
from alcore.crowd.people import Crowd, turns
from alcore.crowd.relabelling import answer_value
from alcore.errors import SpecError
from alcore.learn import Fitted
from alcore.rng import integer, stream
from alcore.spec import Choice
from alcore.types import UNKNOWN, Bools, Data, Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

Combine: TypeAlias = Literal["majority", "dawid_skene", "glad"]
CENT = 1e-9  # rounding, not money
OPENING = 0.2  # share of the budget spent on single labels before anything is relabelled
FOLDS = 4
STEPS = 20  # times the learner is fitted anew to decide what to relabel


@dataclass(frozen=True, slots=True)
class Policy:
    """A way to spend money on answers.

    Attributes
    ----------
    name : str
    answers : by different annotators, for each row that is begun
    combine : how several answers become a label
    relabel : after an opening with `answers` for each row, buy one more answer for a row labelled before
        wherever that is worth more for its price than a first answer for a new row
    threshold : IEThresh instead of a fixed number of answers: ask all whose upper interval is at least this
        share of the best; 0 = off

    Raises
    ------
    SpecError
        When a number is out of its limits.

    Examples
    --------
    >>> POLICIES[1]
    Policy(name='three answers, majority', answers=3, combine='majority', relabel=False, threshold=0.0)
    """

    name: str
    answers: int = 1
    combine: Combine = "majority"
    relabel: bool = False
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if self.answers < 1 or not 0.0 <= self.threshold <= 1.0:
            raise SpecError("A policy asks for at least one answer, and its threshold is between 0 and 1")
        if self.combine not in ("majority", "dawid_skene", "glad"):
            raise SpecError("combine must be majority, dawid_skene or glad")
        if self.relabel and self.threshold:
            raise SpecError("Choose either relabelling or IEThresh")


POLICIES = (
    Policy("one answer each"),
    Policy("three answers, majority", 3),
    Policy("three answers, Dawid-Skene", 3, "dawid_skene"),
    Policy("three answers, GLAD", 3, "glad"),
    Policy("relabel or new", relabel=True),
    Policy("only the best (IEThresh)", threshold=0.9),
)


@dataclass(eq=False)
class _Desk:
    """A labelling project under way: what was asked, answered and paid, within one call of `simulate`."""

    data: Data
    crowd: Crowd
    policy: Policy
    budget: float
    seed: int
    hardness: Floats  # (M,)
    order: Ints  # rows of the pool as they come
    turn: Ints  # (len(order), R) annotators as each row would meet them
    item: list[int] = field(default_factory=list)  # places in `order`
    who: list[int] = field(default_factory=list)
    label: list[float] = field(default_factory=list)  # NaN = could not say
    before: list[int] = field(default_factory=list)  # answers that annotator gave before
    begun: int = 0
    spent: float = 0.0
    seconds: float = 0.0
    asked: Ints = field(init=False)  # (len(order),) annotators each row has met
    given: Ints = field(init=False)  # (R,) answers of each
    hits: Floats = field(init=False)  # (R,) rewards of IEThresh, which starts with one of 1 and one of 0
    rewards: Ints = field(init=False)

    def __post_init__(self) -> None:
        R = len(self.crowd.names)
        self.asked, self.given = np.zeros(len(self.order), np.int64), np.zeros(R, np.int64)
        self.hits, self.rewards = np.ones(R), np.full(R, 2)

    def ask(self, place: int, who: Ints) -> bool:
        """Put one row to these annotators; False, and nothing happens, when the money does not suffice."""
        cost = float(self.crowd.price[who].sum())
        if self.spent + cost > self.budget + CENT:
            return False
        row = self.order[place]
        rows, truth = np.full(len(who), row), np.full(len(who), self.data.y[row])
        said = self.crowd.say(
            rows, who, truth, self.seed,
            before=self.given[who], again=np.zeros_like(who), hardness=self.hardness[rows],
        )  # fmt: skip
        self.item += [place] * len(who)
        self.who += who.tolist()
        self.label += said.tolist()
        self.before += self.given[who].tolist()
        self.given[who] += 1
        self.asked[place] += len(who)
        self.spent += cost
        self.seconds += float(self.crowd.seconds[who].sum())
        return True

    def begin_row(self) -> bool:
        """The first answers for the next row; False when there is no row or no money left."""
        if self.begun >= len(self.order):
            return False
        who = self.turn[self.begun][: self.policy.answers]
        if self.policy.threshold:
            chosen = worth_asking(self.hits, self.rewards, threshold=self.policy.threshold)
            who = self.turn[self.begun][chosen[self.turn[self.begun]]]
        if not self.ask(self.begun, who):
            return False
        if self.policy.threshold and len(who) > 1:
            self._reward(who)
        self.begun += 1
        return True

    def _reward(self, who: Ints) -> None:
        """IEThresh's rewards for the row just asked: who agrees with the majority. One alone earns none."""
        said = np.array(self.label[-len(who) :])
        heard = np.isfinite(said)
        if heard.sum() < 2:
            return
        votes = np.bincount(said[heard].astype(np.int64), minlength=self.crowd.n_classes)
        lead = votes == votes.max()
        if lead.sum() > 1:  # a tie rewards nobody
            return
        self.hits[who[heard]] += lead[said[heard].astype(np.int64)]
        self.rewards[who[heard]] += 1

    def answers(self) -> Answers:
        """What was answered, by place in `order`."""
        said = np.array(self.label)
        heard = np.isfinite(said)
        places, who = np.array(self.item, np.int64)[heard], np.array(self.who, np.int64)[heard]
        R, C = len(self.crowd.names), self.crowd.n_classes
        return Answers(places, who, said[heard].astype(np.int64), len(self.order), R, C)

    def labels(self) -> Ints:
        """(len(order),) what the answers make of each row; -1 without an answer."""
        answers = self.answers()
        if not len(answers):
            return np.full(len(self.order), UNKNOWN)
        if self.policy.combine == "majority":
            return majority(answers, self.seed).label
        return (dawid_skene if self.policy.combine == "dawid_skene" else glad)(answers).label

    def taught(self, learner: Choice, labels: Ints) -> Fitted:
        """The learner fitted to the labels."""
        at = np.flatnonzero(labels != UNKNOWN)
        X, C = self.data.X[self.order[at]], self.crowd.n_classes
        return learn.fit(learner, X, labels[at], C, integer(self.seed, "learner", 0))

    def _crossed(self, learner: Choice, labels: Ints) -> Floats:
        """(len(order), C) what the learner thinks of each row without its own label, which may be wrong."""
        X = self.data.X[self.order]
        P = self.taught(learner, labels).proba(X)
        fold = np.arange(len(labels)) % FOLDS
        for k in range(FOLDS):
            here = (fold == k) & (labels != UNKNOWN)
            P[here] = self.taught(learner, np.where(here, UNKNOWN, labels)).proba(X[here])
        return P

    def relabelled(self, learner: Choice, until: float) -> bool:
        """Spend up to `until` on the best buys, further answers or new rows; False when nothing is left."""
        P = self._crossed(learner, self.labels())
        value = answer_value(self.answers().votes, P)
        new = float(value[self.begun :].mean()) if self.begun < len(self.order) else -np.inf
        new_price = float(self.crowd.price.mean())
        open_ = np.flatnonzero(self.asked[: self.begun] < self.turn.shape[1])
        price = self.crowd.price[self.turn[open_, self.asked[open_]]]
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.where(price > 0, value[open_] / price, np.inf)
            new_rate = new / new_price if new_price > 0 else np.inf
        better = np.argsort(-rate, kind="stable")
        bought = False
        for at in better[rate[better] > new_rate].tolist():
            if self.spent >= until - CENT:
                break
            place = int(open_[at])
            bought |= self.ask(place, self.turn[place, self.asked[place]][None])
        while self.spent < until - CENT and self.begin_row():
            bought = True
        return bought


def simulate(
    data: Data,
    crowd: Crowd,
    policy: Policy,
    budget: float,
    *,
    seed: int = 0,
    learner: Choice | str = "logistic",
    points: int = 8,
    hardness: Floats | None = None,
) -> Iterator[dict[str, float]]:
    """Label rows of the pool until the money is spent, and say now and then what has become of it.

    Parameters
    ----------
    data : Data
        Its pool is labelled, its test rows judge the learner.
    crowd : Crowd
    policy : Policy
    budget : float
        Money; never exceeded.
    seed : int
    learner : Choice or str
    points : int
        So many rows are yielded, evenly spread over the budget.
    hardness : (M,) array, optional
        How hard each row is for annotators whom that troubles; see `alcore.types.Asked.hardness`.

    Yields
    ------
    dict
        money, answers (could not say included), rows (with a label), label_quality (share of labels that are
        right; NaN without a label), accuracy (of the learner on the test rows; NaN without test rows),
        unanswered (share of "can't say"), hours (of all annotators together).

    Raises
    ------
    SpecError
        When the budget or the number of points is not above 0, or crowd and data differ in their classes.

    Notes
    -----
    Repeating an answer is never bought: a row goes to annotators it has not met.
    """
    if points < 1:
        raise SpecError("There must be at least one point")
    desk = _desk(data, crowd, policy, budget, seed, hardness)
    which = Choice(learner) if isinstance(learner, str) else learner
    for k in range(1, points + 1):
        _spend(desk, budget * k / points, which)
        yield _told(desk, which)


@dataclass(frozen=True, eq=False)
class Bought:
    """What a budget bought: n questions in the order in which they were put.

    Attributes
    ----------
    answers : those that were answered, by place in `rows`
    rows : (I,) the pool in the order in which it came
    truth : (I,) true codes
    who, place : (n,) annotators, and places in `rows`
    said : (n,) codes; NaN = could not say
    before : (n,) questions the same annotator had met before
    """

    answers: Answers
    rows: Ints
    truth: Ints
    who: Ints
    place: Ints
    said: Floats
    before: Ints


def bought(
    data: Data,
    crowd: Crowd,
    policy: Policy,
    budget: float,
    *,
    seed: int = 0,
    learner: Choice | str = "logistic",
    hardness: Floats | None = None,
) -> Bought:
    """The answers that `simulate` with one point ends with.

    Raises
    ------
    SpecError
        As `simulate` does.
    """
    desk = _desk(data, crowd, policy, budget, seed, hardness)
    _spend(desk, budget, Choice(learner) if isinstance(learner, str) else learner)
    return Bought(
        answers=desk.answers(),
        rows=desk.order,
        truth=data.y[desk.order],
        who=np.array(desk.who, np.int64),
        place=np.array(desk.item, np.int64),
        said=np.array(desk.label, np.float64),
        before=np.array(desk.before, np.int64),
    )


def _desk(
    data: Data, crowd: Crowd, policy: Policy, budget: float, seed: int, hardness: Floats | None
) -> _Desk:
    """A project of which nothing is spent yet."""
    if not 0 < budget < np.inf:
        raise SpecError("The budget must be above 0")
    if crowd.n_classes != data.n_classes:
        raise SpecError(f"The crowd knows {crowd.n_classes} classes, the data have {data.n_classes}")
    known = data.train[data.y[data.train] != UNKNOWN]
    order = stream(seed, "crowd rows").permutation(known)
    hard = np.zeros(len(data.X)) if hardness is None else hardness
    turn = turns(order[:, None], len(crowd.names), seed)
    return _Desk(data, crowd, policy, budget, seed, hard, order, turn)


def study(
    data: Data,
    crowd: Crowd,
    policies: Sequence[Policy] = POLICIES,
    budget: float = 300.0,
    *,
    seeds: Sequence[int] = (0,),
    learner: Choice | str = "logistic",
    points: int = 8,
    hardness: Floats | None = None,
) -> "pd.DataFrame":
    """`simulate` every policy with every seed.

    Returns
    -------
    DataFrame
        policy, seed, and the columns of `simulate`: one row for each point.

    Examples
    --------
    >>> from alcore import Spec
    >>> from alcore.crowd.people import team
    >>> from alcore.loop import load
    >>> frame = study(load(Spec()), team([0.1, 0.3, 0.4], 2), budget=60, points=2)
    >>> frame[frame.policy == "three answers, majority"][["money", "rows"]].to_numpy().tolist()
    [[30.0, 10.0], [60.0, 20.0]]
    """
    import pandas as pd

    rows = [
        {"policy": policy.name, "seed": seed, **point}
        for seed in seeds
        for policy in policies
        for point in simulate(
            data, crowd, policy, budget, seed=seed, learner=learner, points=points, hardness=hardness
        )
    ]
    return pd.DataFrame(rows)


def _spend(desk: _Desk, until: float, learner: Choice) -> None:
    opening = desk.budget * OPENING if desk.policy.relabel else np.inf
    while desk.spent < min(until, opening) - CENT and desk.begin_row():
        pass
    if not desk.policy.relabel or desk.spent < opening - CENT:
        return
    step = desk.budget / STEPS
    while desk.spent < until - CENT and desk.relabelled(learner, min(until, desk.spent + step)):
        pass


def _told(desk: _Desk, learner: Choice) -> dict[str, float]:
    labels = desk.labels()
    have: Bools = labels != UNKNOWN
    nan = float("nan")
    right = float((labels[have] == desk.data.y[desk.order[have]]).mean()) if have.any() else nan
    accuracy = nan
    if len(desk.data.test):
        guess = desk.taught(learner, labels).predict(desk.data.test_X)
        accuracy = float((guess == desk.data.test_y).mean())
    silent = float(np.isnan(np.array(desk.label)).mean()) if desk.label else nan
    return {
        "money": desk.spent,
        "answers": float(len(desk.label)),
        "rows": float(have.sum()),
        "label_quality": right,
        "accuracy": accuracy,
        "unanswered": silent,
        "hours": desk.seconds / 3600.0,
    }
