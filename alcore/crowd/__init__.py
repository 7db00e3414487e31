"""Labels by a crowd: many annotators who err, cost and tire.

`Answers` says who said what about which item. From there: what they say together (`majority`, `dawid_skene`,
`glad`), how good each of them is (`against_consensus`, `against_gold`), whom to ask (`worth_asking`), what to
ask again (`answer_value`), when to rest (`plan`), and what a budget buys under several policies (`study`),
when it will be done (`finish`), from simulated annotators (`Team`; `Design` says one in plain numbers) or
recorded ones (`raters`).

>>> answers = Answers.of([[0, 0, 1], [1, 1, 1], [1, 0, 1]], n_classes=2)
>>> majority(answers).label.tolist()
[0, 1, 1]
"""

from alcore.crowd.aggregation import Consensus, DawidSkene, Glad, dawid_skene, glad, majority
from alcore.crowd.answers import Answers
from alcore.crowd.asking import upper_interval, worth_asking
from alcore.crowd.design import MOST, TEAMS, Design
from alcore.crowd.fatigue import Day, Fatigue, day, estimate, level, plan
from alcore.crowd.people import Annotator, Crowd, Recorded, Team, team
from alcore.crowd.recorded import SENTENCES, anaesthetists, raters, ratings
from alcore.crowd.relabelling import answer_value, label_doubt, model_doubt
from alcore.crowd.reliability import Reliability, against_consensus, against_gold
from alcore.crowd.schedule import Finish, Schedule, finish
from alcore.crowd.study import POLICIES, Bought, Policy, bought, simulate, study

__all__ = [
    "MOST",
    "POLICIES",
    "SENTENCES",
    "TEAMS",
    "Annotator",
    "Answers",
    "Bought",
    "Consensus",
    "Crowd",
    "DawidSkene",
    "Day",
    "Design",
    "Fatigue",
    "Finish",
    "Glad",
    "Policy",
    "Recorded",
    "Reliability",
    "Schedule",
    "Team",
    "against_consensus",
    "against_gold",
    "anaesthetists",
    "answer_value",
    "bought",
    "dawid_skene",
    "day",
    "estimate",
    "finish",
    "glad",
    "label_doubt",
    "level",
    "majority",
    "model_doubt",
    "plan",
    "raters",
    "ratings",
    "simulate",
    "study",
    "team",
    "upper_interval",
    "worth_asking",
]
