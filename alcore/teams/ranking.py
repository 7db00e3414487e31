"""The pool as one published model ranks it, and what an annotator may take of it."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from alcore import catalog
from alcore.loop import Run, needs_of, price_of, scored, view_of
from alcore.rng import by_id, integer
from alcore.sampling import Shape, gumbel_top_k, log_weights
from alcore.spec import Choice, Spec
from alcore.teams.dealing import best_first, shard_of
from alcore.teams.team import Team
from alcore.types import Bools, Candidates, Floats, Ints, View

CHUNK = 64  # rows of a ranking looked at in one go, at least


class Draw(NamedTuple):
    """How rows are taken from a ranking: the best ones, or drawn by a shape and its strength."""

    shape: Shape | None = None
    beta: float = 1.0


def draw_of(spec: Spec, team: Team) -> Draw | None:
    """How the team takes rows; None when the spec's own selector must be asked each time."""
    if team.pick != "own":
        return Draw() if team.pick == "top" else Draw("power", team.beta)
    if spec.select.name == "top":
        return Draw()
    if spec.select.name in ("power", "softmax", "softrank"):
        beta = float(catalog.SELECTORS.settle(spec.select)["beta"])  # type: ignore[arg-type]
        return Draw(spec.select.name, beta)  # type: ignore[arg-type]
    return None


@dataclass(eq=False)
class Ranking:
    """The open rows as one model scores them. Places are those of all rows that were ever open.

    Attributes
    ----------
    view : what the strategy saw of this model
    scores : (N,) of its candidates
    places : (N,) where they stand among all rows of the pool
    size : rows of the pool
    version : of the model
    """

    view: View
    scores: Floats
    places: Ints
    size: int
    version: int
    team: Team
    select: Choice
    draw: Draw | None

    def take(self, agent: int, n: int, shut: Bools, own: Collection[int]) -> Ints:
        """The next rows of an annotator, best first, as places in the pool.

        Parameters
        ----------
        agent, n : int
        shut : (P,) array of bool
            What nobody may take now: handed out already, or dearer than what is left of the money.
        own : collection of int
            What this annotator took before.
        """
        if n < 1 or not len(self._open):
            return np.zeros(0, np.int64)
        if self.draw is None:
            return self._selected(agent, n, shut, own)
        if self.team.coordination == "none":
            return self._seen(agent, n, shut, own)
        mine = self._shard(agent) if self.team.coordination == "shards" else self._order
        free = mine[~shut[self.places[mine]]][:n] if len(mine) <= CHUNK else self._first_free(mine, n, shut)
        return self.places[free]

    @cached_property
    def score(self) -> Floats:
        """(P,) the scores by place in the pool; 0 where a row is not open."""
        found = np.zeros(self.size)
        found[self.places] = self.scores
        return found

    @cached_property
    def _open(self) -> Ints:
        """Positions on the candidates that may be asked."""
        return np.flatnonzero(self.scores > -np.inf)

    @cached_property
    def _order(self) -> Ints:
        """The same, in the order in which they are taken."""
        ids = self.view.candidates.ids[self._open]
        if self.draw is None or self.draw.shape is None:
            return self._open[best_first(self.scores[self._open], ids)]
        lots = by_id(self.view.seed, f"taken {self.version}", ids)
        return self._open[gumbel_top_k(self._logs, lots, len(lots))]

    @cached_property
    def _logs(self) -> Floats:
        """Logarithms of the weights with which open rows are drawn."""
        assert self.draw
        assert self.draw.shape
        return log_weights(self.scores[self._open], self.draw.shape, self.draw.beta)

    @cached_property
    def _shards(self) -> tuple[Ints, Ints]:
        """The order once more, shard after shard, and where each begins."""
        shard = shard_of(self.view.candidates.ids[self._order], self.team.agents, self.view.seed)
        by_shard = np.argsort(shard, kind="stable")
        starts = np.searchsorted(shard[by_shard], np.arange(self.team.agents + 1))
        return self._order[by_shard], starts

    def _shard(self, agent: int) -> Ints:
        ordered, starts = self._shards
        return ordered[starts[agent] : starts[agent + 1]]

    def _first_free(self, order: Ints, n: int, shut: Bools) -> Ints:
        """The first n of an order that may be taken; looks no farther than it must."""
        found: list[Ints] = []
        missing, step = n, max(CHUNK, 2 * n)
        for start in range(0, len(order), step):
            part = order[start : start + step]
            part = part[~shut[self.places[part]]][:missing]
            found.append(part)
            missing -= len(part)
            if not missing:
                break
        return np.concatenate(found) if found else order[:0]

    def _sees(self, agent: int, at: Ints) -> Bools:
        """Which of these candidates the annotator happens to see."""
        lots = by_id(self.view.seed, f"seen by {agent}", self.view.candidates.ids[at])
        return lots < self.team.sees

    def _seen(self, agent: int, n: int, shut: Bools, own: Collection[int]) -> Ints:
        """Without coordination: from what the annotator sees, whatever the others do."""
        assert self.draw
        if self.draw.shape is not None:
            here = np.flatnonzero(self._may(agent, shut, own))
            lots = by_id(
                self.view.seed,
                f"taken {self.version} by {agent}",
                self.view.candidates.ids[self._open[here]],
            )
            return self.places[self._open[here[gumbel_top_k(self._logs[here], lots, n)]]]
        found: list[int] = []
        step = max(CHUNK, int(2 * n / self.team.sees))
        for start in range(0, len(self._order), step):
            part = self._order[start : start + step]
            part = part[~shut[self.places[part]]]
            found += [p for p in self.places[part[self._sees(agent, part)]].tolist() if p not in own]
            if len(found) >= n:
                break
        return np.array(found[:n], np.int64)

    def _may(self, agent: int, shut: Bools, own: Collection[int]) -> Bools:
        """Which of the open rows an annotator without coordination sees and may take."""
        mine = np.isin(self.places[self._open], np.fromiter(own, np.int64, len(own)))
        return self._sees(agent, self._open) & ~mine & ~shut[self.places[self._open]]

    def _selected(self, agent: int, n: int, shut: Bools, own: Collection[int]) -> Ints:
        """What the strategy's own selector makes of the rows this annotator may take."""
        if self.team.coordination == "none":
            at = self._open[self._may(agent, shut, own)]
        else:
            at = self._shard(agent) if self.team.coordination == "shards" else self._open
            at = np.sort(at[~shut[self.places[at]]])
        if not len(at):
            return at
        view = self.view.only(at, seed=integer(self.view.seed, "annotator", agent))
        chosen = catalog.SELECTORS.bind(self.select)(self.scores[at], view, n)
        return self.places[at[np.asarray(chosen, np.int64)]]


def rank(run: Run, team: Team, rows: Ints, version: int) -> Ranking:
    """Score what is open to a run's model.

    Parameters
    ----------
    run : Run
    team : Team
    rows : (P,) array of int
        All rows that were ever open, ascending in the order of the pool.
    version : int

    Raises
    ------
    ContractError
        When a strategy's scores are not one number for each candidate.
    """
    spec = run.spec
    offered = run.setting.candidates(run.data, run.log)
    dearest = price_of(spec)(offered.cost, None)
    candidates = Candidates(offered.ids, offered.X, dearest, offered.group)
    view = view_of(run, candidates, needs_of(spec))
    if len(run.fitted.known) < 2:  # nothing to choose by: by lot
        scores = by_id(spec.seed, f"cold {version}", candidates.ids)
    elif not len(candidates):
        scores = np.zeros(0)
    else:
        scores = scored(view, spec)
    order = np.argsort(rows, kind="stable")
    places = order[np.searchsorted(rows[order], candidates.ids[:, 0])]
    return Ranking(view, scores, places, len(rows), version, team, spec.select, draw_of(spec, team))
