r"""Workings: an acquisition function's value at one point, derived step by step with the point's numbers.

Each step is a line of LaTeX that KaTeX can draw. Numbers are shown to three significant digits, with ``=``
where nothing is lost by that and ``\approx`` where something is; the value itself is exact.

>>> told = workings("margin", np.array([0.6, 0.3, 0.1]), ("cat", "dog", "owl"))
>>> for line in told.lines:
...     print(line)
p_{(1)} = p_{\text{cat}} = 0.6,\quad p_{(2)} = p_{\text{dog}} = 0.3
1 - \left(0.6 - 0.3\right)
= 1 - 0.3
= 0.7
>>> told.value
0.7

A derivation is a function of one `Point`, registered by ``@derivation("name")``; an acquisition function
without one still gets its formula, its inputs and its value.
"""

import inspect
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from alcore import measures
from alcore.catalog import ACQUISITIONS
from alcore.errors import DataError, SpecError
from alcore.kernels import top_k
from alcore.params import Value
from alcore.registry import Entry
from alcore.spec import Choice
from alcore.types import AcquisitionFunction, Floats, Ints

CLASSES, MEMBERS = 6, 8  # how many are written out; of more classes the largest, of more members the first
LONGEST = 24  # characters of a class name


@dataclass(frozen=True, slots=True)
class Working:
    """A worked formula.

    Attributes
    ----------
    name : the acquisition function
    formula : LaTeX, in the unit asked for
    lines : LaTeX, one step each; the last one is the value
    value : exact, in `unit`
    unit : "nats", "bits", "probability" or ""
    """

    name: str
    formula: str
    lines: tuple[str, ...]
    value: float
    unit: str

    @property
    def aligned(self) -> str:
        """All lines as one block of LaTeX, flush left."""
        return r"\begin{aligned}" + r" \\ ".join(f"& {line}" for line in self.lines) + r"\end{aligned}"


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """What a derivation works with.

    Attributes
    ----------
    values : (C,) class probabilities, or (K, C) those of a committee's members
    names : C class names as LaTeX
    bits : whether logarithms are to base 2
    """

    values: Floats
    names: tuple[str, ...]
    bits: bool = False

    @property
    def log(self) -> str:
        """The logarithm's name."""
        return r"\log_2" if self.bits else r"\ln"

    @property
    def mean(self) -> Floats:
        """(C,) the committee's average prediction."""
        return measures.consensus(self.values[:, None, :])[0]

    @property
    def votes(self) -> Ints:
        """(C,) the committee's votes."""
        return measures.votes(self.values[:, None, :])[0]

    def logs(self, x: Floats) -> Floats:
        """Logarithms in the unit asked for, 0 where x is 0: every use multiplies them by x."""
        positive = x > 0.0
        found = np.log(x, out=np.zeros(len(x)), where=positive)
        return found / math.log(2.0) if self.bits else found


Derivation: TypeAlias = Callable[[Point], list[str]]

DERIVATIONS: dict[str, Derivation] = {}


def derivation(name: str) -> Callable[[Derivation], Derivation]:
    """Decorator: how to work out the acquisition function of this name, up to the line before its value."""

    def register(steps: Derivation) -> Derivation:
        DERIVATIONS[name] = steps
        return steps

    return register


def workings(
    which: str | Choice,
    point: Floats,
    classes: Sequence[str] = (),
    bits: bool = False,
    *,
    score: float | None = None,
) -> Working:
    r"""Work out an acquisition function at one point.

    Parameters
    ----------
    which : str or Choice
        An acquisition function that needs class probabilities or a committee.
    point : (C,) or (K, C) array
        The point's class probabilities, or those of the K members of the committee.
    classes : names, optional
        Of the C classes; 1 to C when left out.
    bits : bool
        Entropies to base 2 instead of nats.
    score : float, optional
        What the acquisition function says of the point, in its own unit; needed only where that depends on
        more of the view than these probabilities.

    Raises
    ------
    SpecError
        When there is no such acquisition function, it needs no probabilities, or its score is wanted.
    DataError
        When the array has the wrong shape or a row of it is no distribution.

    Examples
    --------
    >>> workings("entropy", np.array([0.5, 0.5]), bits=True).value
    1.0
    >>> members = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])
    >>> print(workings("kl_to_consensus", members, ("no", "yes")).lines[-1])
    \approx 0.155\ \text{nats}
    """
    choice = Choice(which) if isinstance(which, str) else which
    entry = ACQUISITIONS[choice.name]
    values = _checked(entry, np.asarray(point, np.float64))
    if classes and len(classes) != values.shape[-1]:
        raise DataError(f"There are {values.shape[-1]} probabilities but {len(classes)} class names")
    names = tuple(_text(str(c)) for c in classes) or tuple(str(c + 1) for c in range(values.shape[-1]))
    unit, formula = str(entry.facts.get("unit", "")), str(entry.facts.get("formula", ""))
    value = _value(entry, ACQUISITIONS.settle(choice), values, score)
    if bits := bits and unit == "nats":
        value, unit, formula = value / math.log(2.0), "bits", formula.replace(r"\ln", r"\log_2")
    steps = DERIVATIONS.get(entry.name, _inputs)(Point(values, names, bits))
    last = f"{_is(value)} {_number(value)}"
    steps = steps[:-1] if steps[-1] == last else steps
    suffix = rf"\ \text{{{unit}}}" if unit in ("nats", "bits") else ""
    return Working(entry.name, formula, (*steps, last + suffix), value, unit)


# Derivations, one for each measure.


@derivation("least_confident")
def _least_confident(point: Point) -> list[str]:
    p, best = point.values, int(point.values.argmax())
    return [
        rf"\max_c p_c = p_{{{point.names[best]}}} {_is(p[best])} {_number(p[best])}",
        rf"1 - {_number(p[best])}",
    ]


@derivation("margin")
def _margin(point: Point) -> list[str]:
    return _margin_steps(point, point.values, "p")


@derivation("entropy")
def _entropy(point: Point) -> list[str]:
    return [_listed(point.values, point.names), *_entropy_steps(point, point.values)]


@derivation("vote_entropy")
def _vote_entropy(point: Point) -> list[str]:
    votes, K = point.votes, len(point.values)
    shown, hidden = _largest(votes)
    terms = [rf"\tfrac{{{votes[c]}}}{{{K}}} {point.log} \tfrac{{{votes[c]}}}{{{K}}}" for c in shown]
    return [_ballot(point), rf"-\left({_sum(terms, hidden)}\right)", _entropy_terms(point, votes / K)]


@derivation("variation_ratio")
def _variation_ratio(point: Point) -> list[str]:
    return [_ballot(point), rf"1 - \tfrac{{{point.votes.max()}}}{{{len(point.values)}}}"]


@derivation("consensus_entropy")
def _consensus_entropy(point: Point) -> list[str]:
    return [*_averages(point), *_entropy_steps(point, point.mean)]


@derivation("consensus_margin")
def _consensus_margin(point: Point) -> list[str]:
    return [*_averages(point), *_margin_steps(point, point.mean, r"\bar p")]


@derivation("kl_to_consensus")
def _kl_to_consensus(point: Point) -> list[str]:
    """Both ways: the mean of the members' divergences, and the difference of two entropies."""
    members, log_mean, K = point.values, point.logs(point.mean), len(point.values)
    divergences = [float(p @ (point.logs(p) - log_mean)) for p in members]
    total = -float(point.mean @ log_mean)
    within = -float(np.mean([p @ point.logs(p) for p in members]))
    terms = [_number(d) for d in divergences[:MEMBERS]]
    mean = rf"\tfrac{{1}}{{{K}}}"
    return [
        *_averages(point),
        *(_divergence(point, k, d) for k, d in enumerate(divergences[:MEMBERS])),
        rf"{mean}\left({_sum(terms, K - len(terms), sum(divergences[MEMBERS:]))}\right)",
        rf"= H(\bar p) - {mean} \sum_k H(p_k) {_is(total, within)} {_number(total)} - {_number(within)}",
    ]


def _inputs(point: Point) -> list[str]:
    """What went in: all that is known of an acquisition function without a derivation."""
    if point.values.ndim == 1:
        return [_listed(point.values, point.names)]
    lines = [_listed(p, point.names, rf"{k + 1},\,") for k, p in enumerate(point.values[:MEMBERS])]
    return [*lines, *_more(len(point.values) - len(lines), "member")]


# Steps that several derivations share.


def _margin_steps(point: Point, p: Floats, symbol: str) -> list[str]:
    first, *others = top_k(p, 2).tolist()
    gap = p[first] - (p[others[0]] if others else 0.0)
    ranks = [
        rf"{symbol}_{{({rank})}} = {symbol}_{{{point.names[c]}}} {_is(p[c])} {_number(p[c])}"
        for rank, c in enumerate((first, *others), start=1)
    ]
    if not others:
        ranks.append(rf"{symbol}_{{(2)}} = 0")
    second = _number(p[others[0]]) if others else "0"
    return [
        r",\quad ".join(ranks),
        rf"1 - \left({_number(p[first])} - {second}\right)",
        f"{_is(*p[[first, *others]], gap)} 1 - {_number(gap)}",
    ]


def _entropy_steps(point: Point, p: Floats) -> list[str]:
    """The substituted sum, and its terms as numbers."""
    shown, hidden = _largest(p)
    terms = [f"{_number(p[c])} {point.log} {_bracketed(_number(p[c]))}" for c in shown]
    nothing = rf"\text{{classes with }} p = 0 \text{{ add nothing: }} 0 {point.log} 0 = 0"
    without = [nothing] if (p == 0.0).any() else []
    return [rf"-\left({_sum(terms, hidden)}\right)", *without, _entropy_terms(point, p)]


def _entropy_terms(point: Point, p: Floats) -> str:
    terms = -p * point.logs(p)
    shown, hidden = _largest(p)
    rest = float(np.delete(terms, shown).sum())
    return f"{_is(*terms[shown])} {_sum([_number(terms[c]) for c in shown], hidden, rest)}"


def _averages(point: Point) -> list[str]:
    """One line for each class shown: the mean of what the members say of it."""
    members, mean, K = point.values, point.mean, len(point.values)
    shown, hidden = _largest(mean)
    lines = []
    for c in shown:
        said = [_number(p) for p in members[:, c]]
        said = said if K <= MEMBERS else [*said[:3], r"\dots", said[-1]]
        average = rf"\tfrac{{1}}{{{K}}}\left({' + '.join(said)}\right)"
        lines.append(
            rf"\bar p_{{{point.names[c]}}} = {average} {_is(*members[:, c], mean[c])} {_number(mean[c])}"
        )
    return [*lines, *_more(hidden, "class", float(np.delete(mean, shown).sum()))]


def _divergence(point: Point, k: int, value: float) -> str:
    p, mean = point.values[k], point.mean
    shown, hidden = _largest(p)
    terms = [rf"{_number(p[c])} {point.log} \tfrac{{{_number(p[c])}}}{{{_number(mean[c])}}}" for c in shown]
    return rf"\mathrm{{KL}}_{{{k + 1}}} = {_sum(terms, hidden)} {_is(value)} {_number(value)}"


def _ballot(point: Point) -> str:
    votes, K = point.votes, len(point.values)
    shown, hidden = _largest(votes)
    counts = [rf"V_{{{point.names[c]}}} = {votes[c]}" for c in shown]
    return r",\quad ".join([*counts, *_more(hidden, "class", K - votes[shown].sum()), f"K = {K}"])


def _listed(p: Floats, names: tuple[str, ...], member: str = "") -> str:
    """The probabilities themselves, classes without any left out."""
    shown, hidden = _largest(p)
    parts = [f"p_{{{member}{names[c]}}} {_is(p[c])} {_number(p[c])}" for c in shown]
    return r",\quad ".join([*parts, *_more(hidden, "class", float(np.delete(p, shown).sum()))])


def _largest(weights: Floats | Ints) -> tuple[list[int], int]:
    """The classes to show, and how many others have a weight: all in order while few, else the largest."""
    present = np.flatnonzero(weights > 0)
    if len(present) <= CLASSES:
        return present.tolist(), 0
    return top_k(weights.astype(np.float64), CLASSES).tolist(), len(present) - CLASSES


def _sum(terms: list[str], hidden: int, rest: float | None = None) -> str:
    return " + ".join([*terms, *_more(hidden, "term", rest)])


def _more(hidden: int, noun: str, together: float | None = None) -> list[str]:
    """What is not written out, in words; nothing when all is."""
    if not hidden:
        return []
    nouns = noun if hidden == 1 else noun + ("es" if noun.endswith("s") else "s")
    if together is None:
        return [rf"\dots\ \text{{({hidden} more {nouns})}}"]
    return [rf"\dots\ \text{{({hidden} more {nouns}, together }}{_number(together)}\text{{)}}"]


# Numbers and names as LaTeX.


def _number(x: float) -> str:
    """Three significant digits, and as many as it takes to tell a probability from 1."""
    x = float(x)
    if x == 0.0:
        return "0"
    if 0.9995 <= x < 1.0 - 1e-9:
        return f"{x:.{2 - math.floor(math.log10(1.0 - x))}f}".rstrip("0")
    mantissa, _, power = f"{x:.3g}".partition("e")
    return rf"{mantissa} \times 10^{{{int(power)}}}" if power else mantissa


def _is(*numbers: float) -> str:
    """An equals sign when every number is shown in full, else an approximate one."""
    full = all(math.isclose(float(x), _read(_number(x)), rel_tol=1e-9) for x in numbers)
    return "=" if full else r"\approx"


def _read(number: str) -> float:
    """The number that `_number` wrote."""
    return float(re.sub(r" \\times 10\^\{(-?\d+)\}", r"e\1", number))


def _bracketed(number: str) -> str:
    return rf"\left({number}\right)" if "times" in number else number


_ESCAPED = {c: "\\" + c for c in "{}$&#_%"} | {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}


def _text(name: str) -> str:
    """A class name as LaTeX text, cut to a width that fits under a letter."""
    plain = "".join(c if c.isprintable() else " " for c in name)
    short = plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
    return rf"\text{{{''.join(_ESCAPED.get(c, c) for c in short)}}}"


# What comes in, and what comes out.


def _checked(entry: Entry[AcquisitionFunction], values: Floats) -> Floats:
    if not entry.needs & {"proba", "members"}:
        raise SpecError(f"{entry.label} reads no class probabilities, so there is nothing to work out")
    shape, ndim = ("(K, C)", 2) if "members" in entry.needs else ("(C,)", 1)
    if values.ndim != ndim or not values.size:
        raise DataError(
            f"{entry.label} works on {shape} probabilities of one point, got shape {values.shape}"
        )
    if not (values >= 0.0).all() or not np.allclose(values.sum(axis=-1), 1.0, rtol=0.0, atol=1e-6):
        raise DataError("Probabilities must not be negative, and those of one point must sum to 1")
    return values


def _value(
    entry: Entry[AcquisitionFunction], params: dict[str, Value], values: Floats, score: float | None
) -> float:
    """The measure behind the acquisition function at this point, else the score it is said to have."""
    measure = getattr(measures, entry.name, None) or inspect.unwrap(entry.plugin)
    if measure is not entry.plugin:
        known = inspect.signature(measure).parameters
        at = values[None, :] if values.ndim == 1 else values[:, None, :]
        return float(measure(at, **{name: value for name, value in params.items() if name in known})[0])
    if score is None:
        raise SpecError(f"{entry.label} depends on more than these probabilities: pass its value, score=...")
    return float(score)
