"""Committees: several learners fitted to the same labels, whose disagreement is a measure of doubt.

Every member speaks of all C classes and has learnt every class that is labelled, so votes can be compared.
"""

from typing import Annotated

import numpy as np

from alcore.catalog import COMMITTEES
from alcore.errors import SpecError
from alcore.learn import Fitted, Teacher
from alcore.params import From, Range


@COMMITTEES.add(
    source="Abe & Mamitsuka 1998, Query by bagging; Rubin 1981, The Bayesian bootstrap",
    label="bagged",
    family="homogeneous",
    complexity="one fit a member; each starts from its own model of the round before",
    use="Any learner; the standard committee for vote entropy and disagreement.",
    avoid="Learners that hardly react to single labels: their members agree everywhere.",
)
def bagged(teach: Teacher, *, members: Annotated[int, Range(2, 50)] = 8) -> list[Fitted]:
    """Fit the chosen learner several times, each time trusting the labels by other random weights.

    Weights are Exp(1) draws (the Bayesian bootstrap), so unlike in a plain bootstrap every member sees every
    labelled row and knows every class. A row keeps its weights from round to round. A learner that takes no
    weights is fitted to a resample drawn with them that keeps a row of every class.

    Parameters
    ----------
    members : int
        How many learners vote; more give finer votes and cost proportionally more time.
    """
    return [teach(member=k, weight=-np.log1p(-teach.draws(f"bootstrap {k}"))) for k in range(members)]


@COMMITTEES.add(
    source="Seung, Opper & Sompolinsky 1992; Settles 2009, section 3.2",
    label="mixed",
    family="heterogeneous",
    complexity="one fit a member",
    use="Different views of the same labels; it shows where the choice of learner matters.",
    avoid="Members of very different quality: the worst one disagrees most and leads the query.",
)
def mixed(
    teach: Teacher,
    *,
    members: Annotated[tuple[str, ...], From("learner")] = ("logistic", "naive_bayes", "forest", "svm"),
) -> list[Fitted]:
    """Fit different learners to the same labels, so that they disagree where their assumptions do.

    Parameters
    ----------
    members : tuple of str
        Which learners vote, each with its usual settings; at least two.
    """
    if len(members) < 2:
        raise SpecError(f"A committee needs at least two members, got {', '.join(members) or 'none'}")
    return [teach(name, member=k) for k, name in enumerate(members)]
