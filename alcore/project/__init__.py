"""What active learning would save a labelling project: in labels, money and days, with honest intervals.

>>> from alcore import Spec
>>> project = Project(wage=40, seconds=60, target=0.9)
>>> comparison = simulated(project, Spec("digits", first=20, batch=20, budget=200), ("hybrid",), seeds=20)
>>> len(comparison.entries())
40

`value` says what a project is, `estimate` what finished runs tell of it, `words` puts that into sentences,
`further` has what follows from it, `reference` what was measured on the built-in data sets.
"""

from alcore.project.estimate import (
    Estimate,
    Outlook,
    Pairs,
    Plan,
    between,
    estimate,
    estimates,
    needed,
    priced,
    simulated,
)
from alcore.project.further import (
    FURTHEST,
    Beyond,
    BreakEven,
    Variant,
    beyond,
    break_even,
    distribution,
    ladder,
    sensitivity,
    tornado,
)
from alcore.project.phrases import money, money_span, share, share_span, span
from alcore.project.reference import Reference, ReferenceRange, reference, reference_range
from alcore.project.value import ASSUMPTIONS, PARAMS, UNITS, Project, majority_error
from alcore.project.words import choice, headline, sentence

__all__ = [
    "ASSUMPTIONS",
    "FURTHEST",
    "PARAMS",
    "UNITS",
    "Beyond",
    "BreakEven",
    "Estimate",
    "Outlook",
    "Pairs",
    "Plan",
    "Project",
    "Reference",
    "ReferenceRange",
    "Variant",
    "between",
    "beyond",
    "break_even",
    "choice",
    "distribution",
    "estimate",
    "estimates",
    "headline",
    "ladder",
    "majority_error",
    "money",
    "money_span",
    "needed",
    "priced",
    "reference",
    "reference_range",
    "sensitivity",
    "sentence",
    "share",
    "share_span",
    "simulated",
    "span",
    "tornado",
]
