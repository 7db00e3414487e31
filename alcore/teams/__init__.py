"""Several annotators at once: who may take which row, what a stale model costs, what parallel work gains.

A `Team` says how many annotators there are, how fast they and the refit are, and how work is shared out;
`simulate` plays a labelling project of such a team, event by event; `study` compares projects over seeds.
The selector `shards` brings the same sharing of work into any run whose rounds are in lockstep.
"""

from alcore.teams.ledger import Ledger
from alcore.teams.simulate import Outcome, simulate
from alcore.teams.team import PARAMS, Team, alone

__all__ = ["PARAMS", "Ledger", "Outcome", "Team", "alone", "simulate"]
