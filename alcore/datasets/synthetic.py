"""Made-up rows in any number of dimensions: a rare class, straight boundaries, tangled classes."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy.special import ndtr

from alcore.catalog import DATASETS
from alcore.datasets.densities import Mixture, Posterior
from alcore.params import Range
from alcore.rng import stream
from alcore.types import Floats, Source


@DATASETS.add(
    source="Ertekin et al. 2007",
    family="synthetic",
    licence="made here",
    use="Fraud, defects, rare diseases: random sampling finds few. Watch balanced metrics, not accuracy.",
)
def imbalanced(
    seed: int,
    *,
    rows: Annotated[int, Range(200, 20_000)] = 1000,
    rare: Annotated[float, Range(0.005, 0.5, log=True)] = 0.05,
    dims: Annotated[int, Range(2, 20)] = 2,
    distance: Annotated[float, Range(0.0, 6.0)] = 2.5,
) -> Source:
    """A small dense group at the edge of a large crowd.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    rare : float
        Share of the rare class; at least 5 rows belong to it.
    dims : int
        How many columns; only the first two tell anything.
    distance : float
        How far the rare class lies from the middle of the crowd, in standard deviations of the crowd.
    """
    rng = stream(seed, "imbalanced")
    n = max(5, round(rare * rows))
    y = rng.permutation(np.arange(rows) < n).astype(np.int64)
    centre = np.full(2, distance / np.sqrt(2.0))
    X = rng.normal(size=(rows, dims))
    X[y == 1, :2] = centre + 0.5 * X[y == 1, :2]
    mixtures = (Mixture(np.zeros((1, 2)), 1.0), Mixture(centre[None], 0.5))
    shares = np.array([rows - n, n]) / rows
    return Source(X, y, classes=("common", "rare"), scale=False, posterior=Posterior(mixtures, shares))


@DATASETS.add(
    source="Fisher 1936, normal classes of equal covariance",
    family="synthetic",
    licence="made here",
    use="What theory speaks of: the best boundary is straight and known, so no mistake can hide.",
)
def linear(
    seed: int,
    *,
    rows: Annotated[int, Range(50, 20_000)] = 1000,
    classes: Annotated[int, Range(2, 10)] = 2,
    dims: Annotated[int, Range(2, 100)] = 10,
    distance: Annotated[float, Range(0.0, 8.0)] = 2.5,
) -> Source:
    """Round clouds in many dimensions, with straight boundaries between them.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    classes : int
        How many clouds.
    dims : int
        How many columns; more columns need more labels.
    distance : float
        How far neighbouring clouds are apart, in their standard deviation. At 2.5 the best possible accuracy
        with two classes is 89 %.
    """
    rng = stream(seed, "linear")
    centres = _apart(classes, dims, distance, rng)
    y = rng.permutation(np.arange(rows, dtype=np.int64) % classes)
    X = centres[y] + rng.normal(size=(rows, dims))
    mixtures = tuple(Mixture(c[None], 1.0) for c in centres)
    names = tuple(f"class {k + 1}" for k in range(classes))
    return Source(X, y, classes=names, scale=False, posterior=Posterior(mixtures, np.bincount(y) / rows))


@DATASETS.add(
    source="Guyon 2003, scikit-learn make_classification",
    family="synthetic",
    licence="made here",
    use="An honest warning: with the default learner hardly any strategy beats random here.",
    avoid="As a first demonstration.",
)
def tangled(seed: int) -> Source:
    """Four classes in several clumps each, entangled in 20 columns of which 8 matter.

    The same 2,000 rows whatever the seed, so that results can be compared; the seed only splits them.
    """
    from sklearn.datasets import make_classification

    X, y = make_classification(
        2000,
        20,
        n_informative=8,
        n_redundant=4,
        n_classes=4,
        class_sep=1.2,
        flip_y=0.03,
        random_state=11,
    )
    return Source(X, y, classes=tuple(f"class {k + 1}" for k in range(4)))


@DATASETS.add(
    source="Made here, after Abernethy et al. 2022",
    label="skewed groups",
    family="synthetic",
    licence="made here",
    use="Fairness with the truth known: a small group follows a rule of its own, which few labels show.",
)
def skewed_groups(
    seed: int,
    *,
    rows: Annotated[int, Range(200, 20_000)] = 4000,
    minority: Annotated[float, Range(0.02, 0.5)] = 0.12,
    angle: Annotated[float, Range(0.0, 90.0)] = 90.0,
    noise: Annotated[float, Range(0.0, 2.0)] = 0.3,
) -> Source:
    """A majority, and a minority whose classes are told apart by other columns.

    The columns are six measurements, the membership of the minority (0 or 1), and their products, so that a
    linear learner can learn a rule for each group once it has labels of both.

    Parameters
    ----------
    rows : int
        How many rows are drawn.
    minority : float
        Share of the minority.
    angle : float
        Degrees between the two groups' boundaries. At 0 both follow the same rule, and labels of one group
        teach about the other.
    noise : float
        How blurred the boundaries are; at 0.3 the best possible accuracy is 93 %.
    """
    rng = stream(seed, "skewed_groups")
    member = (rng.random(rows) < minority).astype(np.int64)
    member[:2] = 0, 1
    Z = rng.normal(size=(rows, 6))
    rule = TwoRules(np.cos(np.radians(angle)), np.sin(np.radians(angle)), noise)
    X = np.column_stack([Z, member, Z * member[:, None]])
    y = (rule.height(X) + noise * rng.normal(size=rows) > 0).astype(np.int64)
    names = tuple(f"x{k + 1}" for k in range(6))
    return Source(
        X,
        y,
        group=np.array(["majority", "minority"])[member],
        features=(*names, "minority", *(f"minority x {name}" for name in names)),
        classes=("no", "yes"),
        scale=False,
        posterior=rule,
    )


@dataclass(frozen=True)
class TwoRules:
    """P(y|x) of `skewed_groups`: the minority's rule lies between the majority's and one across it."""

    along: float
    across: float
    noise: float

    def __call__(self, X: Floats) -> Floats:
        """(n, 2) probabilities of no and yes."""
        height = self.height(X)
        yes = ndtr(height / self.noise) if self.noise else np.where(height == 0, 0.5, height > 0)
        return np.stack([1.0 - yes, yes], axis=1)

    def height(self, X: Floats) -> Floats:
        """(n,) signed height of rows above the boundary of their own group."""
        first, second = X[:, 0] + X[:, 1], X[:, 2] + X[:, 3]
        return np.where(X[:, 6] > 0.5, self.along * first + self.across * second, first)


def _apart(classes: int, dims: int, distance: float, rng: np.random.Generator) -> Floats:
    """(classes, dims) centres, each pair `distance` apart; in a ring when dimensions are too few for that."""
    if classes > dims:
        angle = 2 * np.pi * np.arange(classes) / classes
        ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) / (2 * np.sin(np.pi / classes))
        return np.pad(distance * ring, ((0, 0), (0, dims - 2)))
    turned, _ = np.linalg.qr(rng.normal(size=(dims, classes)))
    corners = turned.T * distance / np.sqrt(2.0)
    return np.asarray(corners - corners.mean(axis=0))
