"""The threat model in words: against whom the promise helps, and against whom it does not."""

from dataclasses import dataclass

from alcore import catalog
from alcore.spec import Spec

READS_NO_ROW = ("privacy_spent", "deadline")  # stopping rules


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence of the threat model.

    Attributes
    ----------
    title : what it is about, in two or three words
    sentence : what holds
    kept : whether it is a promise; False where nothing is promised
    """

    title: str
    sentence: str
    kept: bool


THREAT_MODEL: tuple[Clause, ...] = (
    Clause(
        "Who is watching",
        "Somebody who sees which rows are asked, in which order, and knows every record but one.",
        True,
    ),
    Clause(
        "What is promised",
        "Whatever that one record holds, its features and its label, the list of asked rows would have come "
        "out almost as likely: at most exp(epsilon) times more or less, up to the small chance delta.",
        True,
    ),
    Clause(
        "Why it can be promised",
        "A score cannot leave its range, so no record can move a score further than that; noise as large as "
        "the range, divided by epsilon, hides the move.",
        True,
    ),
    Clause(
        "Rounds add up",
        "Every row that is picked spends epsilon, again in every round. The ledger adds it up and the run "
        "stops when it is spent.",
        True,
    ),
    Clause(
        "Annotators",
        "They see the rows they are asked about. Noise in the choice hides nothing from them.",
        False,
    ),
    Clause(
        "The trained learner",
        "It was fitted to the labels as they are; who may query it can learn about them. Output perturbation "
        "or federated learning with noise would be needed for that.",
        False,
    ),
    Clause(
        "The labels",
        "They are as secret as whoever holds the list of answers keeps them; randomised response hides each.",
        False,
    ),
    Clause(
        "That a record exists",
        "The size of the pool and the names of the rows are taken to be known.",
        False,
    ),
    Clause(
        "The seed",
        "All noise follows from it. Here it is public, so that runs can be repeated; in use it must be "
        "secret and fresh, for who knows it can take the noise away.",
        False,
    ),
)

ONE_SCORE = (
    "Laplace on the scores counts on a record moving the score of its own row alone. A label that is trained "
    "on, a column that is standardised over all rows, or a learner that looks at open rows moves every "
    "score, and more gets out than promised."
)


def caveats(spec: Spec) -> tuple[str, ...]:
    """What this very experiment gives away outside of the ledger, as sentences; the strategy itself aside."""
    said = []
    if spec.select.name == "laplace_top":
        said.append(ONE_SCORE)
    rules = [catalog.STOPPING[c.name].label for c in spec.stop if c.name not in READS_NO_ROW]
    if rules:
        said.append(
            f"When the run stops depends on the rows: {' and '.join(rules)} looks at them, and that is not "
            "counted."
        )
    if spec.budget_in == "money":
        said.append("What can be afforded depends on the prices of the rows, and that is not counted.")
    if spec.start.name != "random":
        said.append("How long the first rounds go on depends on the labels, and that is not counted.")
    return tuple(said)
