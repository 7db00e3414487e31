"""Acquisition functions: the adapters, what a form reads of them, ties of a vote, and chance."""

import inspect
from dataclasses import replace
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore import Choice, Log, Round, SpecError, measures
from alcore.acquisition import adapters
from alcore.catalog import ACQUISITIONS
from alcore.errors import ContractError
from alcore.params import Range
from tests.drawing import views

MEASURED = [name for name in ACQUISITIONS if name in vars(measures)]
MEMBERS = frozenset({"members"})


def later(view, rounds: int):
    """The same view some rounds on."""
    done = Round(0, (), (), (), (), {})
    return replace(view, log=Log((done,) * rounds))


@pytest.mark.parametrize("name", MEASURED)
@given(data=st.data())
def test_an_acquisition_function_is_its_measure_of_the_view(name, data):
    entry = ACQUISITIONS[name]
    view = data.draw(views(entry.needs))
    given_ties = {"ties": "selector"} if any(p.name == "ties" for p in entry.params) else {}
    scores = ACQUISITIONS.bind(Choice.of(name, **given_ties))(view)
    seen = view.members if "members" in entry.needs else view.proba
    np.testing.assert_array_equal(scores, getattr(measures, name)(seen))


def test_the_menu_is_complete():
    assert {
        "random", "least_confident", "margin", "entropy", "vote_entropy", "variation_ratio",
        "consensus_entropy", "consensus_margin", "kl_to_consensus",
    } <= set(ACQUISITIONS)  # fmt: skip


@pytest.mark.parametrize("name", ["random", *MEASURED])
def test_every_entry_carries_what_the_atlas_shows(name):
    entry = ACQUISITIONS[name]
    for fact in ("family", "formula", "use", "avoid", "complexity"):
        assert str(entry.facts[fact]).strip(), fact
    assert entry.facts["unit"] in ("nats", "probability", "")
    assert entry.facts["family"] in ("baseline", "uncertainty", "committee")
    for sentence in (entry.summary, entry.facts["use"], entry.facts["avoid"]):
        assert sentence[0].isupper() and sentence[-1] in ".?"
    assert entry.notes, "when to use it, in a sentence or two"


def doubtful(proba, *, power: Annotated[float, Range(0.5, 4.0)] = 1.0):
    """Ask where the best guess is doubtful.

    An example for tests.

    Parameters
    ----------
    proba : (n, C) array
    power : float
        Above 1 only strong doubt counts.
    """
    return measures.least_confident(proba) ** power


@given(st.data())
def test_one_line_adds_an_acquisition_function(data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ACQUISITIONS, "_entries", dict(ACQUISITIONS._entries))
        adapters.from_proba(doubtful, source="a test", unit="probability", formula="u")
        entry = ACQUISITIONS["doubtful"]
        assert entry.summary == "Ask where the best guess is doubtful."
        assert entry.notes == "An example for tests."
        (knob,) = entry.params
        assert (knob.name, knob.range, knob.help) == (
            "power",
            Range(0.5, 4.0),
            "Above 1 only strong doubt counts.",
        )
        assert inspect.unwrap(entry.plugin) is doubtful, "the Atlas shows the formula's own source"
        view = data.draw(views(entry.needs))
        scores = ACQUISITIONS.bind(Choice.of("doubtful", power=2.0))(view)
        np.testing.assert_array_equal(scores, (1 - view.proba.max(axis=1)) ** 2)
        with pytest.raises(SpecError, match="twice"):
            adapters.from_proba(doubtful)
    assert "doubtful" not in ACQUISITIONS


@given(views(frozenset()))
def test_adapters_declare_what_they_read(view):
    """Or the engine would not compute it: the view refuses what was not declared."""
    for name in MEASURED:
        with pytest.raises(ContractError, match="declaring"):
            ACQUISITIONS[name].plugin(view)


@pytest.mark.parametrize("name", ["vote_entropy", "variation_ratio"])
@given(data=st.data())
def test_equal_votes_are_ranked_by_consensus_and_unequal_votes_never(name, data):
    n, K, C = data.draw(st.integers(2, 30)), data.draw(st.integers(2, 20)), data.draw(st.integers(2, 10))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    view = data.draw(views(MEMBERS))
    view.__dict__["members"] = rng.dirichlet(np.full(C, rng.choice([0.1, 1.0, 10.0])), (K, n))
    plain = ACQUISITIONS.bind(Choice.of(name, ties="selector"))(view)
    ranked = ACQUISITIONS.bind(Choice(name))(view)
    doubt = measures.consensus_entropy(view.members)
    for one, two in zip(rng.permutation(n), rng.permutation(n), strict=True):
        if abs(plain[one] - plain[two]) > 1e-12:
            assert (ranked[one] > ranked[two]) == (plain[one] > plain[two])
        elif abs(doubt[one] - doubt[two]) > 1e-6:
            assert (ranked[one] > ranked[two]) == (doubt[one] > doubt[two])
    np.testing.assert_allclose(ranked, plain, atol=5e-6, err_msg="the number shown stays the measure's")


@given(views(frozenset()))
def test_random_is_drawn_anew_each_round_and_seed(view):
    score = ACQUISITIONS["random"].plugin
    np.testing.assert_array_equal(score(view), score(view))
    assert not np.intersect1d(score(view), score(later(view, 1))).size
    assert not np.intersect1d(score(view), score(replace(view, seed=view.seed + 1))).size


def test_random_draws_every_row_equally_often():
    """Chi-square of the row drawn first, over 4,000 rounds; and of pairs, so that rounds are unrelated."""
    from scipy.stats import chi2

    from alcore.rng import by_id

    ids = np.arange(20)[:, None] * 7
    first = np.array([by_id(3, f"random {r}", ids).argmax() for r in range(4000)])
    counts = np.bincount(first, minlength=20)
    assert chi2.sf(((counts - 200) ** 2 / 200).sum(), 19) > 1e-3
    pairs = np.bincount(first[:-1] // 5 * 4 + first[1:] // 5, minlength=16)
    assert chi2.sf(((pairs - 3999 / 16) ** 2 / (3999 / 16)).sum(), 15) > 1e-3
