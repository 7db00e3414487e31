"""Slips on the course slides about what alcore computes, as data: the claim, what is right, and why.

Students learn from them ("spot the mistake"), and a test recomputes every one. Values are in nats.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from alcore import measures

Numbers: TypeAlias = tuple[float, ...] | tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Erratum:
    """One slip.

    Attributes
    ----------
    key : short name, unique
    slide : the slide's title
    claim : what the slide says
    correct : what is right, in words
    why : how the slip came about, or what it leads to
    measure : the function of `alcore.measures` that the slide evaluates; "" when it is not about a number
    given : its input: the C probabilities of one point, or those of each member of a committee
    said : the number on the slide
    right : the number that is right, to four decimals
    """

    key: str
    slide: str
    claim: str
    correct: str
    why: str
    measure: str = ""
    given: Numbers = ()
    said: float | None = None
    right: float | None = None

    def computed(self) -> float:
        """The right number, computed now.

        Raises
        ------
        ValueError
            When the slip is not about a number.

        Examples
        --------
        >>> slip = next(e for e in ERRATA if e.key == "entropy confident")
        >>> slip.said, slip.right, round(slip.computed(), 4)
        (0.286, 0.1985, 0.1985)
        """
        if not self.measure:
            raise ValueError(f"{self.key} is not about a number")
        point = np.array(self.given, np.float64)
        at = point[None, :] if point.ndim == 1 else point[:, None, :]
        return float(getattr(measures, self.measure)(at)[0])


COMMITTEE = (
    (0.9, 0.1),
    (0.4, 0.6),
    (0.3, 0.7),
)  # of the slides "QBC: Detailed Example" and "KL Divergence: Example"

ERRATA: tuple[Erratum, ...] = (
    Erratum(
        key="least confident range",
        slide="Uncertainty Measure 1: Least Confident",
        claim="Range: [0, 1]",
        correct="The range is [0, 1 - 1/C]: at most 0.5 with two classes, 0.9 with ten.",
        why="The probabilities sum to 1, so the largest of C is at least 1/C.",
        measure="least_confident",
        given=(0.5, 0.5),
        said=1.0,
        right=0.5,
    ),
    Erratum(
        key="entropy confident",
        slide="Entropy: Detailed Example",
        claim="H(0.95, 0.05) = 0.286, next to H(0.5, 0.5) = 0.693",
        correct="H(0.95, 0.05) = 0.1985 nats.",
        why="0.286 is in bits and 0.693 in nats. Side by side they make a confident point look less certain.",
        measure="entropy",
        given=(0.95, 0.05),
        said=0.286,
        right=0.1985,
    ),
    Erratum(
        key="entropy of three, A",
        slide="Entropy: Multi-Class Example",
        claim="H(0.8, 0.15, 0.05) = 0.849",
        correct="0.6129 nats (0.8842 bits).",
        why="0.849 is right in no unit.",
        measure="entropy",
        given=(0.8, 0.15, 0.05),
        said=0.849,
        right=0.6129,
    ),
    Erratum(
        key="entropy of three, B",
        slide="Entropy: Multi-Class Example",
        claim="H(0.4, 0.35, 0.25) = 1.571",
        correct="1.0805 nats (1.5589 bits).",
        why="1.571 is right in no unit; in nats three classes have at most ln 3 = 1.0986.",
        measure="entropy",
        given=(0.4, 0.35, 0.25),
        said=1.571,
        right=1.0805,
    ),
    Erratum(
        key="entropy of three, C",
        slide="Entropy: Multi-Class Example",
        claim="H(0.33, 0.33, 0.33) = 1.585, about log 3 = 1.099",
        correct="H(1/3, 1/3, 1/3) = ln 3 = 1.0986 nats = 1.5850 bits.",
        why="1.585 and 1.099 are one entropy in two units, not two equal numbers; and 3 x 0.33 is not 1.",
        measure="entropy",
        given=(1 / 3, 1 / 3, 1 / 3),
        said=1.585,
        right=1.0986,
    ),
    Erratum(
        key="entropy of four",
        slide="Comparing Uncertainty Measures",
        claim="H(0.6, 0.3, 0.05, 0.05) = 1.23",
        correct="0.9673 nats (1.3955 bits).",
        why="1.23 is right in no unit.",
        measure="entropy",
        given=(0.6, 0.3, 0.05, 0.05),
        said=1.23,
        right=0.9673,
    ),
    Erratum(
        key="margin direction",
        slide="Comparing Uncertainty Measures",
        claim="Margin: U = 0.3, listed with least confident and entropy",
        correct="As a score the margin is 1 - 0.3 = 0.7.",
        why="The gap itself is small where the learner is unsure; the other two are large there. "
        "Asking for the largest gap asks for the points the learner is surest of.",
        measure="margin",
        given=(0.6, 0.3, 0.05, 0.05),
        said=0.3,
        right=0.7,
    ),
    Erratum(
        key="consensus entropy",
        slide="QBC: Detailed Example",
        claim="The entropy of (0.533, 0.467) is 0.991",
        correct="0.6909 nats (0.9968 bits).",
        why="0.991 is right in no unit; it is close to the value in bits.",
        measure="consensus_entropy",
        given=COMMITTEE,
        said=0.991,
        right=0.6909,
    ),
    Erratum(
        key="consensus entropy meaning",
        slide="QBC Disagreement Measure 2: Consensus Entropy",
        claim="Higher values = more disagreement",
        correct="It is the total uncertainty. Members that all say (0.5, 0.5) agree, and score the maximum.",
        why="The average cannot tell members that contradict each other from members that are all undecided; "
        "the divergence from the consensus can.",
        measure="kl_to_consensus",
        given=((0.5, 0.5), (0.5, 0.5), (0.5, 0.5)),
        said=0.6931,
        right=0.0,
    ),
    Erratum(
        key="KL of model 1",
        slide="KL Divergence: Example",
        claim="KL(model 1 to consensus) = 0.397",
        correct="0.3169 nats.",
        why="0.9 ln(0.9/0.533) + 0.1 ln(0.1/0.467) = 0.471 - 0.154; 0.397 is right in no unit.",
        said=0.397,
        right=0.3169,
    ),
    Erratum(
        key="KL of model 2",
        slide="KL Divergence: Example",
        claim="KL(model 2 to consensus) = 0.056",
        correct="0.0357 nats.",
        why="0.4 ln(0.4/0.533) + 0.6 ln(0.6/0.467) = -0.115 + 0.151; 0.056 is right in no unit.",
        said=0.056,
        right=0.0357,
    ),
    Erratum(
        key="KL of model 3",
        slide="KL Divergence: Example",
        claim="KL(model 3 to consensus) = 0.130",
        correct="0.1112 nats.",
        why="0.3 ln(0.3/0.533) + 0.7 ln(0.7/0.467) = -0.173 + 0.284; 0.130 is right in no unit.",
        said=0.130,
        right=0.1112,
    ),
    Erratum(
        key="KL to consensus",
        slide="KL Divergence: Example",
        claim="The average divergence is 0.194",
        correct="0.1546 nats: also the consensus entropy 0.6909 less the members' mean entropy 0.5363.",
        why="It averages the three values above, all of which are too large.",
        measure="kl_to_consensus",
        given=COMMITTEE,
        said=0.194,
        right=0.1546,
    ),
    Erratum(
        key="vote entropy code",
        slide="Query-by-Committee - Code",
        claim='"Calculate vote entropy": entropy(all_probs.mean(axis=0))',
        correct="That is consensus entropy: 0.6909 for the slides' committee, whose votes give 0.6365.",
        why="The code averages probabilities; vote entropy counts each member's most likely class.",
        measure="vote_entropy",
        given=COMMITTEE,
        said=0.6909,
        right=0.6365,
    ),
    Erratum(
        key="noisy oracle",
        slide="Simulating Oracles",
        claim="n_errors = int(len(labels) * error_rate); labels[error_idx] = 1 - labels[error_idx]",
        correct="Flip each label independently with probability error_rate, to one of the other classes.",
        why="Batches of nine or fewer at rate 0.1 get no error at all, however many there are; and 1 - y is "
        "no class when there are more than two.",
    ),
    Erratum(
        key="rare classes",
        slide="Active Learning for Imbalanced Data",
        claim="Rare classes get few queries with standard uncertainty sampling",
        correct="They get more, usually several times more: with 2 % positives and 200 labels, uncertainty "
        "found 33 positives, quotas for predicted classes 42, random 6 (mean of 20 seeds).",
        why="A rare class lies at the boundary of what the learner knows, and that is where doubt is. "
        "Uncertainty passes it by only where the learner cannot tell it from the others at all.",
    ),
    Erratum(
        key="privacy budget",
        slide="Privacy-Preserving Active Learning",
        claim="sensitivity = 1.0  # Maximum change in uncertainty; self.epsilon  # Privacy budget",
        correct="A doubt of 1 - max P moves by at most 1 - 1/C, 0.9 with ten classes; and every call spends "
        "epsilon again: 20 rounds at epsilon 1 have spent 20.",
        why="A budget is what all calls together may spend, so somebody has to keep the account. And the "
        "noise covers one row's score only: a label that is trained on moves every score, and then up to "
        "twice epsilon gets out.",
        measure="least_confident",
        given=(0.1,) * 10,
        said=1.0,
        right=0.9,
    ),
    Erratum(
        key="fair quotas",
        slide="Fairness in Active Learning",
        claim="samples_per_group = n_samples // len(unique_groups) # Benefits: Improve fairness metrics",
        correct="Share places out by largest remainder and hand on what a group is too small to fill: the "
        "code asks 9 rows of 10 with three groups, and none with eleven. And measure the gaps: quotas do not "
        "guarantee them.",
        why="Equal labels are not equal results. On the census table of employment, equal labels for people "
        "with a disability widened the equalised odds gap from 0.53 to 0.67 (mean of 10 seeds).",
    ),
    Erratum(
        key="cost analysis",
        slide="Cost-Effectiveness Analysis",
        claim="active_labels = np.argmax(active_results >= target_accuracy) * 10; typical: 50-80% reduction",
        correct="A run that never reaches the target has no number of labels; the code gives it 0 and so a "
        "saving of 100 %. The first labels count as well, and a saving needs paired runs and an interval.",
        why="argmax of nothing but False is 0. And a typical saving there is not: entropy on digits needs "
        "more labels than random.",
    ),
    Erratum(
        key="cost-aware code",
        slide="Budget-Constrained Active Learning",
        claim="idx = np.argmax(values); selected.append(idx); X_unlabeled = np.delete(X_unlabeled, idx)",
        correct="Return rows of the pool that was handed in: with prices 1, 2, 3 and equal doubt the code "
        "buys rows 0, 1 and 2 and returns 0, 0, 0.",
        why="Positions are those of an array that shrinks. And value per cost alone may be arbitrarily bad: "
        "compare it with the best single row, and at least half of the best purchase is certain.",
    ),
    Erratum(
        key="distributed blocks",
        slide="Distributed Active Learning",
        claim="Each agent gets different partition of uncertain samples: sorted_idx[agent_id * n:][:n]",
        correct="Deal by a hash of each row's name: disjoint whatever annotators know of each other, and "
        "everybody gets easy and hard rows.",
        why="Agent 0 always gets the most uncertain block: with five agents on digits the model was wrong on "
        "74 % of the rows of agent 0 and on 63 % of those of agent 4 (20 seeds, 4 rounds). And blocks are "
        "disjoint only while all agents hold the same model.",
    ),
    Erratum(
        key="distributed labels",
        slide="Distributed Active Learning",
        claim="Retrain global model: self.global_model.fit(X_all, y_all)",
        correct="Merge answers by (row, annotator), so that what arrives twice counts once, and fit to all "
        "labels there are.",
        why="X_all holds the new labels only, so every round forgets the ones before: with five agents, ten "
        "rows each and four rounds digits end at 57 % accuracy in place of 95 % (20 seeds).",
    ),
)
