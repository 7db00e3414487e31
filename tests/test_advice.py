"""Advice: read from facts of the registries alone."""

import pytest

from alcore import Choice, Spec, catalog
from alcore.advice import better_committee

POSTERIORS = [n for n, e in catalog.COMMITTEES.items() if e.facts["family"] == "posterior"]


@pytest.mark.parametrize(
    "part", [{"acquisition": n} for n in ("bald", "epig", "noisy_bald")] + [{"select": "batchbald"}]
)
def test_what_needs_a_posterior_gets_one_offered(part):
    who, choice = better_committee(Spec(**part))
    assert choice.name in POSTERIORS
    assert who in {catalog.ACQUISITIONS[part.get("acquisition", "margin")].label, "BatchBALD"}
    assert better_committee(Spec(**part, committee=choice)) is None
    for name in POSTERIORS:
        assert better_committee(Spec(**part, committee=name)) is None, "any posterior will do"


@pytest.mark.parametrize("name", [n for n, e in catalog.ACQUISITIONS.items() if "committee" not in e.facts])
def test_others_are_left_alone(name):
    assert better_committee(Spec(acquisition=name)) is None


@pytest.mark.parametrize("learner", list(catalog.LEARNERS))
def test_members_are_like_the_learner(learner):
    _, choice = better_committee(Spec(acquisition="bald", learner=learner))
    members = catalog.COMMITTEES[choice.name].facts["members"]
    entry = catalog.LEARNERS[learner]
    assert (members == "linear") == ("linear" in entry.gives)
    if any(e.facts.get("members") == entry.facts["family"] for e in catalog.COMMITTEES.values()):
        assert members == entry.facts["family"]


def test_every_committee_that_is_asked_for_exists():
    families = {e.facts["family"] for e in catalog.COMMITTEES.values()}
    for part in ("acquisition", "select"):
        assert {
            e.facts["committee"] for e in catalog.PARTS[part].values() if "committee" in e.facts
        } <= families
    for name in POSTERIORS:
        assert catalog.COMMITTEES[name].facts["members"], "of which kind its members are"


def test_a_learner_of_the_callers_own_is_no_obstacle():
    assert better_committee(Spec(acquisition="bald", learner=Choice("own"))) is not None
