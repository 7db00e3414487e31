"""Colours, dashes and shapes: the one place that says what a strategy or a class looks like.

Every colour has a contrast of at least 3:1 on the light and on the dark ground: one set serves both themes.
Grey and the first six stay at least 22 apart (CIE76; black and white are 100) for normal sight and under
simulated protanopia, deuteranopia and tritanopia, all eight at least 17. Dashes and shapes say it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from zlib import crc32

GREY = "#767676"
COLOURS = ("#0b6fcf", "#e8710a", "#8a07fc", "#04a85d", "#c71021", "#d169b8", "#aa2e98")
DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (8, 3), (2, 2), (8, 3, 2, 3), (12, 4), (4, 4))
STAR = "M0,-1L.26,-.36L.95,-.31L.42,.14L.59,.81L0,.45L-.59,.81L-.42,.14L-.95,-.31L-.26,-.36Z"
HEXAGON = "M.9,0L.45,.78L-.45,.78L-.9,0L-.45,-.78L.45,-.78Z"
SHAPES = (
    "circle",
    "triangle-up",
    "square",
    "diamond",
    "cross",
    "triangle-down",
    STAR,
    "triangle-right",
    HEXAGON,
    "triangle-left",
)
# Classes begin with a pair that no common strategy pair uses, so that points are not read as strategies.
CLASS_COLOURS = (
    "#e8710a",
    "#8a07fc",
    "#04a85d",
    "#c71021",
    "#0b6fcf",
    "#d169b8",
    "#0d762b",
    "#aa2e98",
    "#845955",
    "#f91bf9",
)
VIRIDIS = (  # seventeen even steps of matplotlib's viridis; images and colour bars interpolate between them
    "#440154", "#48186a", "#472d7b", "#424086", "#3b528b", "#33638d", "#2c728e", "#26828e", "#21918c",
    "#1fa088", "#28ae80", "#3fbc73", "#5ec962", "#84d44b", "#addc30", "#d8e219", "#fde725",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """How one thing is drawn: colour, dash pattern of its line, shape of its points."""

    colour: str
    dash: tuple[int, ...]
    shape: str


RANDOM = Look(GREY, (5, 4), "circle")
GREY_DASHES = (  # one for each random run that a comparison may hold
    RANDOM.dash, (2, 3), (10, 4), (5, 3, 1, 3), (1, 4), (14, 3), (10, 3, 2, 3), (3, 8), (6, 2, 1, 2, 1, 2),
)  # fmt: skip
KNOWN = {  # strategies that often share a chart are kept apart by hand; the others by their names
    "random": RANDOM,
    "margin": Look(COLOURS[0], (1, 0), "triangle-up"),
    "entropy": Look(COLOURS[1], (8, 3), "square"),
    "least_confident": Look(COLOURS[2], (2, 2), "diamond"),
    "vote_entropy": Look(COLOURS[3], (8, 3, 2, 3), "cross"),
    "bald": Look(COLOURS[4], (12, 4), "triangle-down"),
    "badge": Look(COLOURS[5], (1, 0), STAR),
    "hybrid": Look(COLOURS[3], (1, 0), "triangle-right"),
    "core_set": Look(COLOURS[6], (4, 4), HEXAGON),
}


def of(name: str) -> Look:
    """The look of a strategy, from its name alone: the same on every page, in every run.

    >>> of("random").colour
    '#767676'
    """
    if name in KNOWN:
        return KNOWN[name]
    number = crc32(name.encode())
    return Look(
        COLOURS[number % len(COLOURS)],
        DASHES[number // 64 % len(DASHES)],
        SHAPES[1 + number // 4096 % (len(SHAPES) - 1)],
    )


def looks(names: Iterable[str]) -> dict[str, Look]:
    """The looks of the strategies in one chart, no two alike.

    Where two would share a colour, one keeps it and the other gets a free one: well-known strategies keep
    theirs, then the first in the alphabet, so the order of `names` does not matter. When colours run out they
    are repeated with another dash and shape.

    >>> one, other = looks(["entropy", "margin"]), looks(["margin", "entropy", "random"])
    >>> all(one[name] == other[name] for name in one)
    True
    """
    names = list(dict.fromkeys(names))
    found: dict[str, Look] = {}
    for name in sorted(names, key=lambda n: (n not in KNOWN, n)):
        found[name] = _free(of(name), found.values())
    return {name: found[name] for name in names}


def rivals(known: Mapping[str, str]) -> dict[str, Look]:
    """The looks of a comparison's strategies by their labels there, given what each is known as elsewhere.

    A strategy that takes part more than once, say with two learners, has its own look once. Whatever is known
    as random is grey and dashed, each in a way of its own.

    >>> rivals({"Random": "random", "A": "margin"})["A"] == of("margin")
    True
    """
    greys, others = [], {}
    for label, name in known.items():
        if name == "random":
            greys.append(label)
        else:
            others[label] = f"{name} {label}" if name in others.values() else name
    found = looks(others.values())
    dashed = (Look(GREY, dash, shape) for dash, shape in zip(GREY_DASHES, SHAPES, strict=False))
    grey = dict(zip(greys, cycle(dashed), strict=False))
    return {label: grey[label] if label in grey else found[others[label]] for label in known}


def classes(names: Sequence[str]) -> dict[str, Look]:
    """The looks of a dataset's classes, in their order; ten are distinct.

    From the eleventh on colours come back with another shape, so the name in the tooltip is what to go by.
    """
    return {name: class_look(code) for code, name in enumerate(names)}


def class_look(code: int) -> Look:
    """The look of the class with this code."""
    again, at = divmod(code, len(CLASS_COLOURS))
    return Look(CLASS_COLOURS[at], (1, 0), SHAPES[(at + 3 * again) % len(SHAPES)])


def rgb(colour: str) -> tuple[int, int, int]:
    """The three bytes of ``"#rrggbb"``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _free(wanted: Look, taken: Iterable[Look]) -> Look:
    """The wanted look with its colour, or else its dash and shape, replaced by ones not taken."""
    taken = list(taken)
    used = {look.colour for look in taken}
    if wanted.colour not in used:
        return wanted
    start = COLOURS.index(wanted.colour) if wanted.colour in COLOURS else 0
    for step in range(1, len(COLOURS)):
        colour = COLOURS[(start + step) % len(COLOURS)]
        if colour not in used:
            return Look(colour, wanted.dash, wanted.shape)
    pairs = {(look.colour, look.dash) for look in taken}
    shapes = {look.shape for look in taken}
    shape = next((s for s in SHAPES if s not in shapes), wanted.shape)
    for dash in (wanted.dash, *DASHES):
        for step in range(len(COLOURS)):
            colour = COLOURS[(start + step) % len(COLOURS)]
            if (colour, dash) not in pairs:
                return Look(colour, dash, shape)
    return wanted
