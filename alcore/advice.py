"""What the registries know that a visitor may not: parts of a strategy that would go together better."""

from typing import Any

from alcore.catalog import ACQUISITIONS, COMMITTEES, LEARNERS, SELECTORS
from alcore.registry import Entry
from alcore.spec import Choice, Spec


def better_committee(spec: Spec) -> tuple[str, Choice] | None:
    """Who asks for another kind of committee than the one chosen, and the one that would suit.

    Parts say which family of committees they are made for (the fact ``committee``). In that family the one
    comes first whose members are learners of the spec's own kind (the fact ``members``); then, for a learner
    whose boundaries may bend, one whose members' may bend as well.

    Returns
    -------
    (str, Choice) or None
        The display name of the part, and a committee; None when all is well.

    Examples
    --------
    >>> better_committee(Spec(acquisition="bald"))
    ('BALD', Choice(name='laplace', params=()))
    >>> better_committee(Spec(acquisition="bald", committee="laplace")) is None
    True
    """
    family = _fact(COMMITTEES[spec.committee.name], "family")
    for entry in (SELECTORS[spec.select.name], ACQUISITIONS[spec.acquisition.name]):
        wanted = _fact(entry, "committee")
        if wanted and wanted != family:
            able = [e for e in COMMITTEES.values() if _fact(e, "family") == wanted]
            return entry.label, Choice(min(able, key=lambda e: _strangeness(e, spec)).name)
    return None


def _strangeness(committee: Entry[Any], spec: Spec) -> int:
    """How far a committee's members are from the spec's learner: 0 of its kind, 1 like it, 2 unlike it."""
    own = spec.learner.name not in LEARNERS  # the caller's: nothing is known of it
    members = _fact(committee, "members")
    if own or members == _fact(learner := LEARNERS[spec.learner.name], "family"):
        return 0
    return 2 if (members == "linear") != ("linear" in learner.gives) else 1


def _fact(entry: Entry[Any], name: str) -> str:
    return str(entry.facts.get(name, ""))
