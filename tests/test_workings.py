"""Workings: the derivation ends in the measure's own value, its steps add up to it, and KaTeX can draw it."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alcore import Choice, DataError, SpecError, measures
from alcore.acquisition import adapters
from alcore.catalog import ACQUISITIONS
from alcore.workings import CLASSES, DERIVATIONS, Working, _number, _read, workings
from tests.test_measures import tensors

OF_PROBA = [name for name, entry in ACQUISITIONS.items() if "proba" in entry.needs and name in vars(measures)]
OF_MEMBERS = [
    name for name, entry in ACQUISITIONS.items() if "members" in entry.needs and name in vars(measures)
]
NUMBER = r"-?\d[\d.]*(?: \\times 10\^\{-?\d+\})?"
NAMES = ("a_b", "50% & up", "{x}^~", "back\\slash", "naïve 猫", "$5 #1", "line\nbreak", "x" * 90, "", "}")

# What KaTeX knows of what may stand in a line; a word outside this list needs to be tried in a browser first.
KATEX = {
    r"\ln", r"\log", r"\frac", r"\tfrac", r"\sum", r"\max", r"\bar", r"\left", r"\right", r"\quad", r"\dots",
    r"\approx", r"\times", r"\sim", r"\text", r"\mathrm", r"\mathcal", r"\begin", r"\end",
    r"\textbackslash", r"\textasciicircum", r"\textasciitilde",
    # tried in KaTeX 0.19 in strict mode, as the formulas of other functions use them
    r"\Big", r"\alpha", r"\arg", r"\beta", r"\big", r"\cup", r"\delta", r"\ell", r"\exp", r"\forall",
    r"\gamma", r"\hat", r"\in", r"\lVert", r"\lambda", r"\le", r"\leftarrow", r"\mathbb", r"\mid", r"\min",
    r"\mu", r"\nabla", r"\ne", r"\notin", r"\odot", r"\operatorname", r"\otimes", r"\pi", r"\propto",
    r"\rVert", r"\rho", r"\setminus", r"\sqrt", r"\sup", r"\textstyle", r"\theta", r"\tilde", r"\top",
    r"\underbrace", r"\varepsilon",
}  # fmt: skip


def point(name: str, members: np.ndarray) -> np.ndarray:
    return members[:, 0] if "members" in ACQUISITIONS[name].needs else members[0, 0]


def last_number(line: str) -> float:
    return _read(re.findall(NUMBER, line)[-1])


@pytest.mark.parametrize("name", OF_PROBA + OF_MEMBERS)
@given(data=st.data())
def test_the_value_shown_last_is_the_measures(name, data):
    members, bits = data.draw(tensors()), data.draw(st.booleans())
    told = workings(name, point(name, members), bits=bits)
    measure = getattr(measures, name)
    expected = float(measure(members[:, :1] if name in OF_MEMBERS else members[0, :1])[0])
    in_bits = bits and ACQUISITIONS[name].facts["unit"] == "nats"
    expected = expected / math.log(2) if in_bits else expected
    assert told.value == expected
    assert told.unit == ("bits" if in_bits else ACQUISITIONS[name].facts["unit"])
    shown = last_number(told.lines[-1].partition(r"\ \text")[0])
    assert shown == pytest.approx(expected, rel=5.1e-3, abs=1e-300)


@pytest.mark.parametrize("name", ["entropy", "vote_entropy", "consensus_entropy"])
@given(data=st.data())
def test_terms_of_an_entropy_add_up_to_it(name, data):
    members, bits = data.draw(tensors()), data.draw(st.booleans())
    told = workings(name, point(name, members), bits=bits)
    if told.value == 0.0:
        return
    terms = next(line for line in told.lines if line.startswith((r"\approx", "=")))
    together = re.findall(rf"together }}({NUMBER})", terms)
    plain = re.sub(r"\\text\{.*", "", terms)
    total = sum(map(_read, re.findall(NUMBER, plain))) + sum(map(_read, together))
    assert total == pytest.approx(told.value, rel=5.1e-3)


@given(tensors())
def test_divergences_of_the_members_average_to_the_value(members):
    told = workings("kl_to_consensus", members[:, 0])
    each = [last_number(line) for line in told.lines if line.startswith(r"\mathrm{KL}")]
    assert len(each) == len(members)
    assert np.mean(each) == pytest.approx(told.value, rel=5.1e-3, abs=1e-11)


@given(tensors())
def test_votes_on_show_are_the_votes(members):
    told = workings("variation_ratio", members[:, 0])
    counts = dict(re.findall(r"V_\{(\d+)\} = (\d+)", told.lines[0]))
    votes = measures.votes(members[:, :1])[0]
    assert {int(c) - 1: int(v) for c, v in counts.items()} == {c: v for c, v in enumerate(votes) if v}


def test_entropy_step_by_step():
    told = workings("entropy", np.array([0.8, 0.15, 0.05]), ("cat", "dog", "owl"))
    assert told == Working(
        name="entropy",
        formula=r"-\sum_c p_c \ln p_c",
        lines=(
            r"p_{\text{cat}} = 0.8,\quad p_{\text{dog}} = 0.15,\quad p_{\text{owl}} = 0.05",
            r"-\left(0.8 \ln 0.8 + 0.15 \ln 0.15 + 0.05 \ln 0.05\right)",
            r"\approx 0.179 + 0.285 + 0.15",
            r"\approx 0.613\ \text{nats}",
        ),
        value=float(measures.entropy(np.array([[0.8, 0.15, 0.05]]))[0]),
        unit="nats",
    )


def test_entropy_in_bits():
    told = workings("entropy", np.array([0.25, 0.75]), bits=True)
    assert told.formula == r"-\sum_c p_c \log_2 p_c" and told.unit == "bits"
    assert told.lines[1:] == (
        r"-\left(0.25 \log_2 0.25 + 0.75 \log_2 0.75\right)",
        r"\approx 0.5 + 0.311",
        r"\approx 0.811\ \text{bits}",
    )
    assert told.value == pytest.approx(0.25 * 2 + 0.75 * math.log2(4 / 3))


def test_bits_change_nothing_but_entropies():
    p = np.array([0.6, 0.3, 0.1])
    assert workings("margin", p, bits=True) == workings("margin", p)


def test_kl_goes_both_ways():
    told = workings("kl_to_consensus", np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]]), ("no", "yes"))
    assert told.lines == (
        r"\bar p_{\text{no}} = \tfrac{1}{3}\left(0.9 + 0.4 + 0.3\right) \approx 0.533",
        r"\bar p_{\text{yes}} = \tfrac{1}{3}\left(0.1 + 0.6 + 0.7\right) \approx 0.467",
        r"\mathrm{KL}_{1} = 0.9 \ln \tfrac{0.9}{0.533} + 0.1 \ln \tfrac{0.1}{0.467} \approx 0.317",
        r"\mathrm{KL}_{2} = 0.4 \ln \tfrac{0.4}{0.533} + 0.6 \ln \tfrac{0.6}{0.467} \approx 0.0357",
        r"\mathrm{KL}_{3} = 0.3 \ln \tfrac{0.3}{0.533} + 0.7 \ln \tfrac{0.7}{0.467} \approx 0.111",
        r"\tfrac{1}{3}\left(0.317 + 0.0357 + 0.111\right)",
        r"= H(\bar p) - \tfrac{1}{3} \sum_k H(p_k) \approx 0.691 - 0.536",
        r"\approx 0.155\ \text{nats}",
    )


def test_a_class_without_probability_is_explained_not_logged():
    told = workings("entropy", np.array([0.5, 0.5, 0.0]))
    assert told.lines[1] == r"-\left(0.5 \ln 0.5 + 0.5 \ln 0.5\right)"
    assert told.lines[2] == r"\text{classes with } p = 0 \text{ add nothing: } 0 \ln 0 = 0"


def test_many_classes_show_the_largest_and_the_rest_together():
    p = np.array([0.01] * 5 + [0.2, 0.15, 0.14, 0.13, 0.12, 0.21])
    told = workings("entropy", p)
    shown = [int(c) for c in re.findall(r"p_\{(\d+)\}", told.lines[0])]
    assert shown == [11, 6, 7, 8, 9, 10] and len(shown) == CLASSES
    assert r"\dots\ \text{(5 more classes, together }0.05\text{)}" in told.lines[0]
    rest = 5 * -0.01 * math.log(0.01)
    assert rf"\dots\ \text{{(5 more terms, together }}{rest:.3g}\text{{)}}" in told.lines[2]


def test_many_members_show_the_first_and_the_rest_together():
    members = np.random.default_rng(0).dirichlet(np.ones(3), 20)
    told = workings("kl_to_consensus", members)
    assert sum(line.startswith(r"\mathrm{KL}") for line in told.lines) == 8
    assert "12 more terms, together " in told.lines[-3]


@pytest.mark.parametrize("name", [n for n, e in ACQUISITIONS.items() if e.needs & {"proba", "members"}])
@pytest.mark.parametrize("C", [1, 2, 7, 10])
@pytest.mark.parametrize("K", [1, 9])
def test_every_line_is_latex_that_katex_draws(name, C, K):
    rng = np.random.default_rng(C)
    for alpha in (0.05, 1.0, 50.0):
        members = rng.dirichlet(np.full(C, alpha), (K, 1))
        told = workings(name, point(name, members), NAMES[:C], bits=True, score=0.5)
        for text in (told.formula, *told.lines, told.aligned):
            assert set(re.findall(r"\\[a-zA-Z]+", text)) <= KATEX
            bare = re.sub(r"\\[\\{}$&#_% ,]", "", re.sub(r" \\\\ ", " ", text))
            assert bare.count("{") == bare.count("}") and bare.count(r"\left(") == bare.count(r"\right)")
            assert not set(bare) & set("$#%~") and "\n" not in text
            assert "nan" not in text and "inf" not in text
        assert not any("&" in line.replace(r"\&", "") for line in told.lines), "only `aligned` aligns"


@pytest.mark.parametrize("name", [*ACQUISITIONS])
def test_every_formula_is_latex_that_katex_draws(name):
    formula = ACQUISITIONS[name].facts["formula"]
    assert formula and set(re.findall(r"\\[a-zA-Z]+", formula)) <= KATEX


def test_near_certainty_is_not_shown_as_certainty():
    told = workings("least_confident", np.array([0.99999, 0.00001]))
    assert told.lines == (
        r"\max_c p_c = p_{1} = 0.99999",
        "1 - 0.99999",
        r"= 1 \times 10^{-5}",
    )


@given(st.one_of(st.floats(0, 1), st.floats(0.999, 1)))
def test_numbers_keep_three_digits_and_never_round_to_certainty(x):
    shown = _read(_number(x))
    assert shown == pytest.approx(x, rel=5.1e-3, abs=0)
    assert (shown == 1.0) <= (x >= 1 - 1e-9)
    assert 1 - shown == pytest.approx(1 - x, rel=6e-3, abs=1e-3 if x < 0.9995 else 1e-9)


@pytest.fixture
def alone(monkeypatch):
    """The registry with what a test adds to it taken out again."""
    monkeypatch.setattr(ACQUISITIONS, "_entries", dict(ACQUISITIONS._entries))
    return ACQUISITIONS


def doubled(proba, *, power: float = 1.0):
    """Ask where twice the doubt is large."""
    return (2.0 * (1.0 - proba.max(axis=1))) ** power


def test_a_measure_without_a_derivation_shows_formula_inputs_and_value(alone):
    adapters.from_proba(doubled, source="a test", unit="", formula=r"2 (1 - \max_c p_c)")
    assert "doubled" not in DERIVATIONS
    told = workings("doubled", np.array([0.7, 0.3]), ("no", "yes"))
    assert told.formula == r"2 (1 - \max_c p_c)"
    assert told.lines == (r"p_{\text{no}} = 0.7,\quad p_{\text{yes}} = 0.3", "= 0.6")
    assert workings(Choice.of("doubled", power=2.0), np.array([0.7, 0.3])).value == pytest.approx(0.36)


def test_a_committee_measure_without_a_derivation_lists_its_members(alone):
    def spread(members):
        """Ask where the members spread."""
        return np.ptp(members, axis=0).max(axis=1)

    adapters.from_members(spread, source="a test", unit="probability")
    told = workings("spread", np.array([[0.7, 0.3], [0.5, 0.5]]))
    assert told.lines == (
        r"p_{1,\,1} = 0.7,\quad p_{1,\,2} = 0.3",
        r"p_{2,\,1} = 0.5,\quad p_{2,\,2} = 0.5",
        "= 0.2",
    )
    assert told.formula == ""


def test_an_acquisition_function_that_reads_more_needs_its_score(alone):
    @alone.add(needs="proba", source="a test", unit="nats")
    def nearby(view):
        """Ask near the middle of the pool."""
        return view.candidates.X[:, 0] * view.proba[:, 0]

    with pytest.raises(SpecError, match="score="):
        workings("nearby", np.array([0.7, 0.3]))
    told = workings("nearby", np.array([0.7, 0.3]), bits=True, score=math.log(2))
    assert told.value == 1.0 and told.lines[-1] == r"= 1\ \text{bits}"


def test_random_has_nothing_to_work_out():
    with pytest.raises(SpecError, match="no class probabilities"):
        workings("random", np.array([0.5, 0.5]))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("entropy", [[0.5, 0.5]]),
        ("entropy", []),
        ("entropy", [0.5, 0.6]),
        ("entropy", [1.5, -0.5]),
        ("entropy", [float("nan"), 1.0]),
        ("vote_entropy", [0.5, 0.5]),
        ("vote_entropy", [[0.5, 0.5], [0.5, 0.6]]),
    ],
)
def test_what_is_no_distribution_is_refused(name, wrong):
    with pytest.raises(DataError):
        workings(name, np.array(wrong))


def test_names_must_fit_the_classes():
    with pytest.raises(DataError, match="2 probabilities but 3"):
        workings("entropy", np.array([0.5, 0.5]), ("a", "b", "c"))
    with pytest.raises(SpecError, match="no acquisition function"):
        workings("no_such_thing", np.array([0.5, 0.5]))
