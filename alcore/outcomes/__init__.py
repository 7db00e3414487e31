"""From many runs to tables: several data sets, strategies and seeds at once.

A run is named by (dataset, strategy, seed). `curves` makes one tidy frame of all logs, and most functions
read that frame alone, so a page may add a column to it, such as an annotator's seconds, and use it as an
axis. Runs of one seed are pairs; `twins` says which strategy is the random twin of each. Data sets are kept
apart.

A target never reached is NaN with `reached` False, never 0. A number that cannot be had is NaN, and `reason`
says why. Differences are positive where a strategy is better, also for metrics that should be small.

>>> from alcore import Log, Spec, advance
>>> base = Spec(budget=30)
>>> specs = {("moons", "margin", 0): base, ("moons", "random", 0): base.passive()}
>>> runs = {key: Log(tuple(advance(spec))) for key, spec in specs.items()}
>>> at = at_budgets(curves(runs), "accuracy", [20], {"margin": "random"})
>>> at[["strategy", "twin", "budget", "seeds"]].to_numpy().tolist()
[['margin', 'random', 20, 1], ['random', '', 20, 1]]
"""

from alcore.outcomes.contests import Outcome, clique_frame, rank_frame, ranking, versus
from alcore.outcomes.early import rule_label, stops, stops_table, watching
from alcore.outcomes.finds import (
    Totals,
    find_bands,
    find_effort,
    find_table,
    work_saved,
)
from alcore.outcomes.frames import Key, Part, Targets, assemble, curves, part
from alcore.outcomes.picks import discovery, discovery_table, effort, overlap
from alcore.outcomes.scores import (
    Ceilings,
    area_table,
    areas,
    at_budgets,
    finals,
    regret_curves,
    regret_table,
)
from alcore.outcomes.spreads import bands
from alcore.outcomes.targets import forecasts, reached, savings, seed_savings, to_target

__all__ = [
    "Ceilings",
    "Key",
    "Outcome",
    "Part",
    "Targets",
    "Totals",
    "area_table",
    "areas",
    "assemble",
    "at_budgets",
    "bands",
    "clique_frame",
    "curves",
    "discovery",
    "discovery_table",
    "effort",
    "finals",
    "find_bands",
    "find_effort",
    "find_table",
    "forecasts",
    "overlap",
    "part",
    "rank_frame",
    "ranking",
    "reached",
    "regret_curves",
    "regret_table",
    "rule_label",
    "savings",
    "seed_savings",
    "stops",
    "stops_table",
    "to_target",
    "versus",
    "watching",
    "work_saved",
]
