"""A team at work, event by event: answers arrive, models are fitted and published, rows are handed out.

There are three kinds of events: an annotator has answered a row, a fit is done, a model is published. Between
events nothing happens, so a project of thousands of annotators costs one small step for each answer, and one
fit and one ranking of the pool for each model. Nothing is drawn twice: how long a label takes is a function
of the seed, the annotator and how many they gave before.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Any

import numpy as np
from scipy.special import ndtri

from alcore import catalog, learn
from alcore.errors import SpecError
from alcore.loop import Run, answer, ask, begin, price_of, tell
from alcore.rng import by_id, integer
from alcore.spec import Spec
from alcore.teams.ledger import Ledger
from alcore.teams.ranking import Ranking, draw_of, rank
from alcore.teams.team import Team
from alcore.types import Asked, Bools, Data, Floats, Ints, Labelled, Log, Round, frozen

MOST = 50_000  # answers of one project
SELECTIONS = 3000  # times a strategy's own selector is asked in one project
REFITS = 250  # models of one project, about; where more are asked for, it waits for more labels
CENT = 1e-9
ANSWERED, FITTED, PUBLISHED = range(3)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Every answer in the order of arrival, as (A,) arrays.

    Attributes
    ----------
    agent, row : who answered what
    start, end : when it was begun and when it arrived, in seconds since work began
    version : which model had chosen the row
    stale : labels that had arrived, this one left aside, but that model had not learnt
    duplicate : whether another annotator's answer for the row was there already
    """

    agent: Ints
    row: Ints
    start: Floats
    end: Floats
    version: Ints
    stale: Ints
    duplicate: Bools

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True)
class Point:
    """A published model.

    Attributes
    ----------
    seconds : when it was published
    answers : how many it was learnt from, repeated ones and the first labels included
    rows : different rows among them
    money : what all answers had cost by then
    metrics : on the test rows
    """

    seconds: float
    answers: int
    rows: int
    money: float
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A project of a team from the first model to the last.

    Attributes
    ----------
    points : one for each model; the first is learnt from the cold start, when the clock starts
    answers : what the team answered
    waits : (agent, from, to) for each time an annotator had to wait for a model
    first : labels of the cold start
    every : new labels that set off a refit in the end; more than the team's own where it asked for very many
    """

    team: Team
    points: tuple[Point, ...]
    answers: Answers
    waits: tuple[tuple[int, float, float], ...]
    first: int
    every: int

    @property
    def seconds(self) -> float:
        """When the last model was published, which has learnt all answers."""
        return self.points[-1].seconds

    @property
    def duplicates(self) -> float:
        """Share of the team's answers that repeat another annotator's row; NaN without an answer."""
        return float(self.answers.duplicate.mean()) if len(self.answers) else float("nan")

    @property
    def stale(self) -> float:
        """Mean number of labels that the model behind an answer had not learnt; NaN without an answer."""
        return float(self.answers.stale.mean()) if len(self.answers) else float("nan")

    @property
    def working(self) -> float:
        """Seconds of work of all annotators together."""
        return float((self.answers.end - self.answers.start).sum())

    @property
    def waiting(self) -> float:
        """Seconds all annotators together had to wait for a model."""
        return float(sum(to - since for _, since, to in self.waits))

    @property
    def busy(self) -> int:
        """How many annotators answered anything."""
        return len(np.unique(self.answers.agent))


def simulate(spec: Spec, team: Team, *, data: Data | None = None) -> Outcome:
    """Let a team label rows until the budget is spent, or nobody can take another row.

    The cold start is that of the spec, and over when the clock starts. From then on every annotator takes
    rows by the last model that was published, answers them one by one and takes the next ones. Whenever
    enough labels are new and no fit is under way, the learner is fitted to all labels that have arrived.

    Parameters
    ----------
    spec : Spec
        Its batch size and stopping rules are not used; all else is, its budget included: repeated answers are
        paid like any other.
    team : Team
    data : Data, optional
        Your own rows, in place of the spec's dataset.

    Raises
    ------
    SpecError
        When the budget allows more answers than `MOST`, or the spec is not about a pool.
    DataError
        When rows have no known label, so nobody can be simulated.

    Notes
    -----
    An annotator's mistakes are their own: the spec's oracle draws anew for each of them.
    O(answers log agents) and, for each model, one fit and one ranking of the pool; with the
    strategy's own selector also one selection for each time somebody takes rows.

    Examples
    --------
    >>> project = simulate(Spec(first=6, budget=46), Team(agents=4))
    >>> len(project.answers), int(project.answers.duplicate.sum()), project.busy
    (40, 0, 4)
    """
    if spec.setting.name != "pool":
        raise SpecError("A team shares out a pool: choose the setting pool")
    run = begin(spec, data=data)
    while len(run.fitted.known) < 2 and (query := ask(run)) is not None:
        run = tell(run, query, answer(run, query))
    floor = _Floor(run, team)
    floor.open()
    while floor.events:
        floor.next()
    return floor.outcome()


@dataclass(eq=False)
class _Hand:
    """What an annotator has taken and not answered yet."""

    rows: deque[int] = field(default_factory=deque)  # places in the pool
    codes: deque[float] = field(default_factory=deque)
    times: deque[float] = field(default_factory=deque)  # seconds for each
    version: int = 0
    given: int = 0  # rows taken so far
    began: float = 0.0  # when the row at hand was begun, or since when they wait
    needs: int = -1  # waits for a model that has learnt so many answers; -1 = does not wait


class _Floor:
    """A project under way, within one call of `simulate`."""

    def __init__(self, run: Run, team: Team) -> None:
        self.run, self.team, self.spec = run, team, run.spec
        offered = run.setting.candidates(run.data, Log())
        self.rows = offered.ids[:, 0]  # (P,) of the pool
        self.place = {row: at for at, row in enumerate(self.rows.tolist())}
        self.price = price_of(self.spec)
        row_cost = run.setting.row_cost(run.data, offered.ids)
        self.row_cost = row_cost
        counted = self.spec.budget_in == "labels"
        self.dearest = np.ones(len(row_cost)) if counted else self.price(row_cost, None)
        self.highest = float(self.dearest.max())
        self.counted = counted
        self.left, self.spent = run.left, run.log.spent
        self.out = np.zeros(len(self.rows), bool)  # handed out, to anybody
        self.score = np.zeros(len(self.rows))  # by which each was chosen
        self.ledger = Ledger()
        for (row,), (code,) in zip(run.log.asked.tolist(), run.log.answers.tolist(), strict=True):
            self.ledger.merge(row, -1, code)
            self.out[self.place[row]] = True
        self.first = self.ledger.answers
        self.every = max(team.every, -(-self._most() // REFITS))
        self.events: list[tuple[float, int, int, int]] = []
        self.count = 0  # events so far: among simultaneous ones the older is first
        self.hands = [_Hand() for _ in range(team.agents)]
        self.own: dict[int, set[int]] = {}  # without coordination: what each has taken
        self.working = 0
        self.fitting = False
        self.learnt = self.ledger.answers  # answers behind the last fit
        self.known = [self.ledger.answers]  # and behind each version
        self.logged = len(self.ledger)  # rows that the run's log holds
        self.fits: deque[tuple[Run, int, int, float]] = deque()  # done or under way, not published
        self.version = 0
        self.ranking: Ranking | None = None
        self.points: list[Point] = []
        self.told: list[tuple[int, int, float, float, int, int, bool]] = []
        self.waits: list[tuple[int, float, float]] = []

    def _most(self) -> int:
        """The most answers there can be.

        Raises
        ------
        SpecError
            When that is too many for one simulation.
        """
        cheapest = float(self.dearest.min())
        bought = self.left / cheapest if cheapest > 0 else np.inf
        sharing = self.team.agents if self.team.coordination == "none" else 1
        most = min(bought, float(len(self.rows)) * sharing)
        if most > MOST:
            raise SpecError(
                f"These would be {most:,.0f} answers, and one simulation holds {MOST:,}: lower the budget"
            )
        if draw_of(self.spec, self.team) is None and most / self.team.hand > SELECTIONS:
            raise SpecError(
                f"The strategy's own selector would be asked {most / self.team.hand:,.0f} times, and one "
                f"simulation asks it {SELECTIONS:,} times: take the best rows, or draw them by score (pick)"
            )
        return int(most)

    # ------------------------------------------------------------------------------------------- the clock

    def open(self) -> None:
        """Publish the model of the cold start, and give everybody their first rows."""
        self._point(self.run, 0.0, self.ledger.answers)
        if len(self.run.fitted.known) < 2:
            return
        for agent in range(self.team.agents):
            self._begin(agent, 0.0)

    def next(self) -> None:
        """The next event."""
        now, _, kind, agent = heappop(self.events)
        if kind == ANSWERED:
            self._answered(agent, now)
        elif kind == FITTED:
            self.fitting = False
        else:
            self._published(now)
        if kind != PUBLISHED:
            self._refit(now)

    def _at(self, when: float, kind: int, agent: int = -1) -> None:
        heappush(self.events, (when, self.count, kind, agent))
        self.count += 1

    # --------------------------------------------------------------------------------------- an annotator

    def _begin(self, agent: int, now: float) -> None:
        """Take rows and begin the first of them; an annotator who gets none is through."""
        hand = self.hands[agent]
        chosen = self._taken(agent)
        if not len(chosen):
            return
        self.out[chosen] = True
        if self.team.coordination == "none":
            self.own.setdefault(agent, set()).update(chosen.tolist())
        self.left -= float(self.dearest[chosen].sum())
        hand.rows.extend(chosen.tolist())
        hand.codes.extend(self._said(agent, chosen).tolist())
        hand.times.extend(self._paces(agent, len(chosen)).tolist())
        hand.version = self.version
        hand.given += len(chosen)
        self.working += 1
        self._start(agent, now)

    def _start(self, agent: int, now: float) -> None:
        hand = self.hands[agent]
        hand.began = now
        self._at(now + hand.times[0], ANSWERED, agent)

    def _taken(self, agent: int) -> Ints:
        """The next rows of an annotator, as places in the pool, that can be paid for."""
        if self.left < float(self.dearest.min()) - CENT:
            return np.zeros(0, np.int64)
        if self.ranking is None:
            self.ranking = rank(self.run, self.team, self.rows, self.version)
        n = self.team.hand
        if self.counted:
            n = min(n, int(self.left + CENT))
        chosen = self.ranking.take(agent, n, self._shut(), self.own.get(agent, ()))
        self.score[chosen] = self.ranking.score[chosen]
        return chosen[np.cumsum(self.dearest[chosen]) <= self.left + CENT]

    def _shut(self) -> Bools:
        """(P,) rows that nobody may take now: handed out already, or dearer than what is left."""
        out = self.out if self.team.coordination != "none" else np.zeros(len(self.out), bool)
        most = self.left + CENT
        return out if self.highest <= most else out | (self.dearest > most)

    def _said(self, agent: int, chosen: Ints) -> Floats:
        """What the annotator will answer."""
        run, ids = self.run, self.rows[chosen][:, None]
        return catalog.ORACLES.bind(self.spec.oracle)(
            Asked(
                ids,
                run.setting.truth(run.data, ids),
                run.data.n_classes,
                integer(self.spec.seed, "annotator", agent),
                before=self.hands[agent].given,
                chances=lambda: run.setting.odds(run.data, ids),
            )
        )

    def _paces(self, agent: int, n: int) -> Floats:
        """(n,) seconds of their next labels: log-normal around the team's mean, half of it their own."""
        team, given = self.team, self.hands[agent].given
        labels = np.column_stack([np.full(n, agent), np.arange(given, given + n)])
        own, here = (
            ndtri(np.clip(by_id(self.spec.seed, purpose, ids), 1e-12, 1 - 1e-12))
            for purpose, ids in (("pace", labels[:, :1]), ("pace of a label", labels))
        )
        share = team.spread * np.sqrt(0.5)
        return team.seconds * np.exp(share * (own + here) - 0.5 * team.spread**2)

    def _answered(self, agent: int, now: float) -> None:
        hand = self.hands[agent]
        at, code, _ = hand.rows.popleft(), hand.codes.popleft(), hand.times.popleft()
        row = int(self.rows[at])
        repeated, before = row in self.ledger, self.ledger.answers
        self.ledger.merge(row, agent, code)
        stale = before - self.known[hand.version]
        self.told.append((agent, row, hand.began, now, hand.version, stale, repeated))
        paid = float(self.price(self.row_cost[[at]], np.array([code]))[0])
        self.spent += paid
        if not self.counted:
            self.left += float(self.dearest[at]) - paid
        if hand.rows:
            self._start(agent, now)
            return
        self.working -= 1
        if self.team.wait and self._worth_waiting():
            hand.began, hand.needs = now, self.ledger.answers
        else:
            self._begin(agent, now)

    def _worth_waiting(self) -> bool:
        """Whether a model will have learnt more; where models are rationed, not for each label."""
        new = self.ledger.answers - self.known[self.version]
        return new >= (self.every if self.every > self.team.every else 1)

    # -------------------------------------------------------------------------------------------- a model

    def _refit(self, now: float) -> None:
        """Fit a model to all that has arrived, when it is time to."""
        new = self.ledger.answers - self.learnt
        if self.fitting or not new or (new < self.every and self.working):
            return
        self.learnt, self.fitting = self.ledger.answers, True
        latest = self.fits[-1][0] if self.fits else self.run
        self.fits.append((self._taught(latest), self.learnt, len(self.ledger), self.spent))
        self._at(now + self.team.refit, FITTED)
        self._at(now + self.team.refit + self.team.delay, PUBLISHED)

    def _taught(self, before: Run) -> Run:
        """The run after the answers that are new since, learnt from the ledger as it is now."""
        run, rows, codes = before, self.ledger.rows, self.ledger.labels
        asked = rows[self.logged :]
        places = np.array([self.place[row] for row in asked.tolist()], np.int64)
        new = Round(
            index=len(run.log),
            asked=tuple((row,) for row in asked.tolist()),
            answers=tuple((code,) for code in codes[self.logged :].tolist()),
            scores=tuple(self.score[places].tolist()),
            costs=tuple(self.price(self.row_cost[places], codes[self.logged :]).tolist()),
            metrics={},
        )
        here = np.isfinite(codes)
        if self.team.learn == "new":
            here[: self.logged] = False
        self.logged = len(rows)
        rows, codes = rows[here], codes[here].astype(np.int64)
        data = run.data
        labelled = Labelled(frozen(data.X[rows]), frozen(codes), rows[:, None], frozen(data.group[rows]))
        log = run.log.append(new)
        run = replace(run, log=log, labelled=labelled, members=(), memo={})
        fitted = learn.fit(
            run.learner,
            labelled.X,
            labelled.y,
            data.n_classes,
            integer(self.spec.seed, "learner", 0),
            previous=before.fitted,
            unlabelled=run.unlabelled,
        )
        return replace(run, fitted=fitted)

    def _published(self, now: float) -> None:
        self.run, answers, rows, spent = self.fits.popleft()
        self.version += 1
        self.known.append(answers)
        self.ranking = None
        self._point(self.run, now, answers, rows, spent)
        for agent, hand in enumerate(self.hands):
            if 0 <= hand.needs <= answers:
                since, hand.needs = hand.began, -1
                self._begin(agent, now)
                if hand.rows:  # else there was nothing to wait for
                    self.waits.append((agent, since, now))

    def _point(self, run: Run, now: float, answers: int, rows: int = 0, spent: float = 0.0) -> None:
        metrics = run.setting.measure(run.fitted, run.data, run.log)
        self.points.append(Point(now, answers, rows or len(self.ledger), spent or self.spent, metrics))

    def outcome(self) -> Outcome:
        """What came of it."""
        table: list[Any] = list(zip(*self.told, strict=True)) or [()] * 7
        kinds = (np.int64, np.int64, np.float64, np.float64, np.int64, np.int64, np.bool_)
        columns = [frozen(np.array(c, k)) for c, k in zip(table, kinds, strict=True)]
        return Outcome(
            self.team, tuple(self.points), Answers(*columns), tuple(self.waits), self.first, self.every
        )
