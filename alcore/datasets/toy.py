"""Two dimensions, easy to draw: each set shows one thing a strategy can stumble over.

Coordinates are centred and left as they are, so that the exact class probabilities (`Source.posterior`) hold
where they are known.
"""

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
from scipy.special import expit

from alcore.catalog import DATASETS
from alcore.datasets.densities import Mixture, Posterior
from alcore.params import Range
from alcore.rng import stream
from alcore.types import Floats, Ints, Source

Curve = Callable[[Floats], Floats]  # (n,) places along it, from 0 to 1 at even speed, to (n, 2) points

LEAST_NOISE = 0.01  # below it classes are curves without width, and no density is worth computing


@DATASETS.add(
    source="scikit-learn, make_moons",
    family="2-D",
    licence="made here",
    use="The first thing to try: a boundary no straight line follows; good questions gather along it.",
)
def moons(
    seed: int,
    *,
    rows: Annotated[int, Range(50, 5000)] = 600,
    noise: Annotated[float, Range(0.0, 1.0)] = 0.2,
) -> Source:
    """Two interleaving half circles.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    noise : float
        How far points stray from their half circle (standard deviation); above 0.3 the moons melt together.
    """

    def upper(t: Floats) -> Floats:
        return np.stack([np.cos(np.pi * t) - 0.5, np.sin(np.pi * t) - 0.25], axis=1)

    return _along(
        (upper, lambda t: -upper(t)), np.pi, rows, noise, seed, "moons", ("upper moon", "lower moon")
    )


@DATASETS.add(
    source="scikit-learn, make_circles",
    family="2-D",
    licence="made here",
    use="A class that surrounds the other: a linear learner can do no better than guess, whatever is asked.",
)
def circles(
    seed: int,
    *,
    rows: Annotated[int, Range(50, 5000)] = 600,
    noise: Annotated[float, Range(0.0, 1.0)] = 0.12,
    gap: Annotated[float, Range(0.1, 0.9)] = 0.5,
) -> Source:
    """A small circle inside a large one.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    noise : float
        How far points stray from their circle (standard deviation).
    gap : float
        Distance between the circles; the large one has radius 1.
    """

    def ring(radius: float) -> Curve:
        return lambda t: radius * np.stack([np.cos(2 * np.pi * t), np.sin(2 * np.pi * t)], axis=1)

    curves = (ring(1.0), ring(1.0 - gap))
    return _along(curves, 2 * np.pi, rows, noise, seed, "circles", ("outer circle", "inner circle"))


@DATASETS.add(
    source="Lang & Witbrock 1988, two spirals",
    family="2-D",
    licence="made here",
    use="A long boundary close to every point: shows how many labels a hard shape needs.",
)
def spirals(
    seed: int,
    *,
    rows: Annotated[int, Range(50, 5000)] = 800,
    noise: Annotated[float, Range(0.0, 0.5)] = 0.08,
    arms: Annotated[int, Range(2, 5)] = 2,
    turns: Annotated[float, Range(0.25, 3.0)] = 1.25,
) -> Source:
    """Arms that wind around each other.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    noise : float
        How far points stray from their arm (standard deviation).
    arms : int
        How many arms, each a class.
    turns : float
        How often each arm winds around the centre; the boundary grows with it.
    """

    def arm(k: int) -> Curve:
        def at(t: Floats) -> Floats:
            out = np.sqrt(0.02 + 0.98 * t)  # the square root spreads points evenly along the arm
            angle = 2 * np.pi * (turns * out + k / arms)
            return 2.0 * out[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)

        return at

    names = tuple(f"arm {k + 1}" for k in range(arms))
    length = 2.0 + 2.0 * np.pi * turns
    return _along([arm(k) for k in range(arms)], length, rows, noise, seed, "spirals", names)


@DATASETS.add(
    source="scikit-learn, make_blobs",
    family="2-D",
    licence="made here",
    use="Several classes with straight boundaries: an easy start, where few labels go a long way.",
)
def blobs(
    seed: int,
    *,
    rows: Annotated[int, Range(50, 5000)] = 600,
    classes: Annotated[int, Range(2, 10)] = 3,
    spread: Annotated[float, Range(0.05, 3.0)] = 0.6,
) -> Source:
    """Round clouds in a ring, one for each class.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    classes : int
        How many clouds; neighbours are always 2 apart.
    spread : float
        Standard deviation of each cloud; above 1 the clouds melt into each other.
    """
    angle = np.pi / 2 - 2 * np.pi * np.arange(classes) / classes
    centres = np.stack([np.cos(angle), np.sin(angle)], axis=1) / np.sin(np.pi / classes)
    return _clouds([c[None] for c in centres], [spread] * classes, rows, seed, "blobs")


@DATASETS.add(
    source="Baram, El-Yaniv & Luz 2004",
    family="2-D",
    licence="made here",
    use="Each class lies in two places: a strategy that never explores misses half of it.",
)
def xor(
    seed: int,
    *,
    rows: Annotated[int, Range(50, 5000)] = 600,
    noise: Annotated[float, Range(0.05, 2.0)] = 0.45,
) -> Source:
    """Four clouds, where opposite corners belong together.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    noise : float
        Standard deviation of each cloud; the centres are 2 apart.
    """
    same, opposite = np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([[1.0, -1.0], [-1.0, 1.0]])
    return _clouds([same, opposite], [noise] * 2, rows, seed, "xor", ("same signs", "opposite signs"))


@DATASETS.add(
    source="Konyushkova, Sznitman & Fua 2017",
    family="2-D",
    licence="made here",
    use="Many islands of each class: asking only near the known boundary leaves whole squares undiscovered.",
)
def checkerboard(
    seed: int,
    *,
    rows: Annotated[int, Range(50, 5000)] = 800,
    tiles: Annotated[int, Range(2, 8)] = 4,
    noise: Annotated[float, Range(0.0, 0.4)] = 0.0,
) -> Source:
    """Black and white squares.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    tiles : int
        Squares along each side.
    noise : float
        Share of rows whose label is wrong.
    """
    rng = stream(seed, "checkerboard")
    X = rng.uniform(-2.0, 2.0, (rows, 2))

    def posterior(X: Floats) -> Floats:
        white = np.floor((np.asarray(X) + 2.0) * tiles / 4.0).sum(axis=1) % 2
        return _two(noise + (1 - 2 * noise) * white)

    return Source(X, _drawn(posterior(X), rng), classes=("black", "white"), scale=False, posterior=posterior)


@DATASETS.add(
    source="Angluin & Laird 1988, random classification noise",
    family="2-D",
    licence="made here",
    use="Doubt that no label can remove: tells strategies that chase noise from those that learn.",
)
def noisy(
    seed: int,
    *,
    rows: Annotated[int, Range(50, 5000)] = 600,
    noise: Annotated[float, Range(0.0, 0.4)] = 0.1,
    softness: Annotated[float, Range(0.01, 2.0, log=True)] = 0.15,
) -> Source:
    """A wavy boundary with wrong labels everywhere and a fuzzy border, both of known size.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    noise : float
        Share of labels that are wrong, the same everywhere.
    softness : float
        Width of the border in which the classes mix; the square of points is 4 wide.
    """
    rng = stream(seed, "noisy")
    X = rng.uniform(-2.0, 2.0, (rows, 2))

    def posterior(X: Floats) -> Floats:
        X = np.asarray(X)
        above = X[:, 1] - 0.8 * np.sin(1.6 * X[:, 0])
        return _two(noise + (1 - 2 * noise) * expit(above / softness))

    return Source(X, _drawn(posterior(X), rng), classes=("below", "above"), scale=False, posterior=posterior)


@DATASETS.add(
    source="Houlsby et al. 2011, block in the corner",
    family="2-D",
    licence="made here",
    use="The trap of plain uncertainty: it keeps buying labels of coin tosses, where BALD soon turns away.",
)
def noise_trap(
    seed: int,
    *,
    rows: Annotated[int, Range(50, 5000)] = 1000,
    share: Annotated[float, Range(0.0, 0.9)] = 0.5,
) -> Source:
    """Two classes that are easy to tell apart, and a dense cloud whose labels are coin tosses.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    share : float
        Share of the rows that lie in the cloud of coin tosses.
    """
    rng = stream(seed, "noise_trap")
    tossed = rng.random(rows) < share
    side = rng.choice([-3.0, 3.0], rows) + 0.8 * rng.normal(size=rows)
    clean = np.stack([side, 2.0 * rng.normal(size=rows) - 3.0], axis=1)
    cloud = np.array([0.0, 3.0]) + 0.25 * rng.normal(size=(rows, 2))
    X = np.where(tossed[:, None], cloud, clean)

    def posterior(X: Floats) -> Floats:
        X = np.asarray(X)
        in_cloud = Mixture(np.array([[0.0, 3.0]]), 0.25).log_density(X)
        # The clean part is twice as wide across as it is deep: measure it in its own units.
        across = Mixture(np.array([[-3.0], [3.0]]), 0.8).log_density(X)
        deep = Mixture(np.array([[-3.0]]), 2.0).log_density(X[:, 1:])
        with np.errstate(divide="ignore"):
            odds = np.log(share) - np.log1p(-share) + in_cloud - across - deep
        tossed = expit(odds)
        return _two(0.5 * tossed + (1 - tossed) * (X[:, 0] > 0))

    return Source(X, _drawn(posterior(X), rng), classes=("left", "right"), scale=False, posterior=posterior)


def _along(
    curves: Sequence[Curve],
    length: float,
    rows: int,
    noise: float,
    seed: int,
    name: str,
    classes: tuple[str, ...],
) -> Source:
    """Points strewn evenly along one curve for each class, `noise` away from it."""
    rng = stream(seed, name)
    y = _even(rows, len(curves))
    shares = np.bincount(y) / rows
    X = np.empty((rows, 2))
    for k, curve in enumerate(curves):
        n = int((y == k).sum())
        X[y == k] = curve((np.arange(n) + rng.random(n)) / n)
    X += noise * rng.normal(size=X.shape)
    posterior = None
    if noise >= LEAST_NOISE:
        nodes = int(
            np.clip(12 * length / noise, 100, 1500)
        )  # a twelfth of the noise apart: as good as a curve
        at = (np.arange(nodes) + 0.5) / nodes
        posterior = Posterior(tuple(Mixture(curve(at), noise) for curve in curves), shares)
    order = rng.permutation(rows)
    return Source(X[order], y[order], classes=classes, scale=False, posterior=posterior)


def _clouds(
    centres: Sequence[Floats],
    deviations: Sequence[float],
    rows: int,
    seed: int,
    name: str,
    classes: tuple[str, ...] = (),
) -> Source:
    """Normal clouds around the centres of each class, equally many rows of each class."""
    rng = stream(seed, name)
    y = rng.permutation(_even(rows, len(centres)))
    X = np.empty((rows, 2))
    for k, (places, deviation) in enumerate(zip(centres, deviations, strict=True)):
        n = int((y == k).sum())
        which = rng.permutation(_even(n, len(places)))
        X[y == k] = places[which] + deviation * rng.normal(size=(n, 2))
    mixtures = tuple(Mixture(c, d) for c, d in zip(centres, deviations, strict=True))
    names = classes or tuple(f"class {k + 1}" for k in range(len(centres)))
    return Source(X, y, classes=names, scale=False, posterior=Posterior(mixtures, np.bincount(y) / rows))


def _even(rows: int, parts: int) -> Ints:
    """(rows,) numbers 0..parts-1, each as often as the others, or once more."""
    return np.arange(rows, dtype=np.int64) % parts


def _two(second: Floats) -> Floats:
    """(n, 2) probabilities from those of the second class."""
    return np.stack([1.0 - second, second], axis=1)


def _drawn(P: Floats, rng: np.random.Generator) -> Ints:
    """(n,) labels of two classes drawn from their probabilities."""
    return (rng.random(len(P)) < P[:, 1]).astype(np.int64)
