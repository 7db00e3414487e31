"""Uncertainty: how unsure is the learner of its own answer?"""

from math import log

from alcore import measures
from alcore.acquisition.adapters import from_proba

from_proba(
    measures.least_confident,
    source="Lewis & Gale 1994; Culotta & McCallum 2005",
    label="least confident",
    family="uncertainty",
    unit="probability",
    formula=r"1 - \max_c p_c",
    use="Two classes, or when the error of the best guess is what counts.",
    avoid="Many classes, or a learner whose probabilities are poorly calibrated.",
    spread=lambda C: 1.0 - 1.0 / C,
    complexity="O(n C)",
)
from_proba(
    measures.margin,
    source="Scheffer, Decomain & Wrobel 2001",
    label="margin",
    family="uncertainty",
    unit="probability",
    formula=r"1 - \left(p_{(1)} - p_{(2)}\right)",
    use="The first thing to try with any number of classes: cheap, and rarely worse than random.",
    avoid="Large batches over a pool full of near-duplicates, unless the selector spreads the batch.",
    spread=lambda C: 1.0,
    complexity="O(n C)",
)
from_proba(
    measures.entropy,
    source="Shannon 1948; Settles & Craven 2008",
    label="entropy",
    family="uncertainty",
    unit="nats",
    formula=r"-\sum_c p_c \ln p_c",
    use="When the whole distribution matters, not only the choice of one class.",
    avoid="Many classes and few labels (on handwritten digits it does worse than random), and pools with "
    "noisy or foreign rows, which it cannot tell from rows worth asking.",
    spread=log,
    complexity="O(n C)",
)
