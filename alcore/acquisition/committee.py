"""Disagreement: where do the members of a committee contradict each other?"""

from collections.abc import Callable
from math import log
from typing import Literal, TypeAlias

from alcore import measures
from alcore.acquisition.adapters import from_members
from alcore.catalog import ACQUISITIONS
from alcore.types import Floats, View

Ties: TypeAlias = Literal["consensus", "selector"]

# Small enough never to outweigh one vote: the smallest gap between two vote entropies of 20 members is 1e-4.
_TIE = 1e-6


@ACQUISITIONS.add(
    pointwise=True,
    needs="members",
    source="Dagan & Engelson 1995",
    label="vote entropy",
    family="committee",
    unit="nats",
    formula=r"-\sum_c \frac{V_c}{K} \ln \frac{V_c}{K}",
    low=0.0,
    use="Committees of different kinds of learner, whose probabilities cannot be compared with each other.",
    avoid="Small committees without a tie rule: most of the pool then scores the same.",
    spread=lambda C: (1.0 + _TIE) * log(C),
    complexity="O(K n C)",
)
def vote_entropy(view: View, *, ties: Ties = "consensus") -> Floats:
    """Ask where the members' votes are spread most evenly.

    Hears only which class each member would choose, not how sure it is of it. A committee of K members can
    split its votes in few ways, so many candidates score alike.

    Parameters
    ----------
    ties : str
        Among candidates with equal votes: prefer the one whose average prediction is less certain
        (consensus), or leave the choice to the selector.
    """
    return _ranked(measures.vote_entropy, view.members, ties)


@ACQUISITIONS.add(
    pointwise=True,
    needs="members",
    source="Freeman 1965; Beluch et al. 2018",
    label="variation ratio",
    family="committee",
    unit="",
    formula=r"1 - \max_c \frac{V_c}{K}",
    low=0.0,
    use="A count anybody can check: the share of members that voted against the majority.",
    avoid="Small committees without a tie rule, and when it matters how the minority is split.",
    spread=lambda C: 1.0 - 1.0 / C + _TIE * log(C),
    complexity="O(K n C)",
)
def variation_ratio(view: View, *, ties: Ties = "consensus") -> Floats:
    """Ask where the largest share of members votes against the majority.

    The simplest count of disagreement; like vote entropy it hears votes only.

    Parameters
    ----------
    ties : str
        Among candidates with equal shares: prefer the one whose average prediction is less certain
        (consensus), or leave the choice to the selector.
    """
    return _ranked(measures.variation_ratio, view.members, ties)


from_members(
    measures.consensus_entropy,
    source="Settles 2012, soft vote entropy",
    label="consensus entropy",
    family="committee",
    unit="nats",
    formula=r"-\sum_c \bar p_c \ln \bar p_c",
    use="Total uncertainty with probabilities steadier than one learner's.",
    avoid="As a measure of disagreement: members that agree to be undecided score the maximum.",
    spread=log,
    complexity="O(K n C)",
)
from_members(
    measures.consensus_margin,
    source="Melville & Mooney 2004",
    label="consensus margin",
    family="committee",
    unit="probability",
    formula=r"1 - \left(\bar p_{(1)} - \bar p_{(2)}\right)",
    use="The first committee measure to try, above all with many classes.",
    avoid="When one learner's margin is as good: a committee costs K fits a round.",
    spread=lambda C: 1.0,
    complexity="O(K n C)",
)
from_members(
    measures.kl_to_consensus,
    source="McCallum & Nigam 1998; Houlsby et al. 2011 (BALD)",
    label="KL to consensus",
    family="committee",
    unit="nats",
    formula=r"\frac{1}{K} \sum_k \sum_c p_{kc} \ln \frac{p_{kc}}{\bar p_c}",
    use="Pools with rows that are noisy by nature: it stays away from doubt that labels cannot remove.",
    avoid="Before every class has been found: members that are confidently wrong together do not disagree.",
    spread=log,
    complexity="O(K n C)",
)


def _ranked(measure: Callable[[Floats], Floats], members: Floats, ties: Ties) -> Floats:
    """The measure, equal values ranked by the doubt of the average prediction."""
    scores = measure(members)
    return scores + _TIE * measures.consensus_entropy(members) if ties == "consensus" else scores
