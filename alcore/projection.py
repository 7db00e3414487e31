"""Maps: from D features to a plane that can be drawn, and back.

Two features are drawn as they are. More are projected on their two main directions; points of the plane are
then mapped back to rows, so that a learner can be asked about them. That is one slice through the space: rows
off the plane may be answered otherwise, and `Projection.caption` says so.
"""

from dataclasses import dataclass

import numpy as np

from alcore.types import Data, Floats

EDGE = 0.08  # margin around the points, as a share of their extent


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """An affine map to the plane: ``(X - centre) @ axes``.

    Attributes
    ----------
    centre : (D,) point at the plane's origin
    axes : (D, 2) orthonormal directions
    titles : names of the two axes
    explained : share of the pool's variance that lies in the plane
    exact : whether nothing is lost, i.e. D <= 2
    """

    centre: Floats
    axes: Floats
    titles: tuple[str, str]
    explained: float
    exact: bool

    @property
    def caption(self) -> str:
        """What the reader must know of this map."""
        if self.exact:
            return "Both features are drawn as they are."
        return (
            f"A projection of {len(self.centre)} features on their two main directions (PCA), which hold "
            f"{self.explained:.0%} of the variance. The background is the learner's view on that plane; "
            "points off the plane may be answered differently."
        )

    def plane(self, X: Floats) -> Floats:
        """(n, D) rows to (n, 2) places on the map."""
        return (X - self.centre) @ self.axes

    def back(self, places: Floats) -> Floats:
        """(n, 2) places to (n, D) rows on the plane."""
        return places @ self.axes.T + self.centre


def project(data: Data) -> Projection:
    """The map of a dataset, made from its pool; the same at every round.

    The signs of the directions are fixed by their largest component, so the map never flips.
    """
    D = data.X.shape[1]
    if D <= 2:
        names = (*data.features, "x1", "x2")[:2] if D == 2 else ((*data.features, "x1")[0], "")
        return Projection(np.zeros(D), np.eye(D, 2), (names[0], names[1]), 1.0, True)
    centre = data.pool_X.mean(axis=0)
    covariance = np.cov(data.pool_X, rowvar=False)
    values, vectors = np.linalg.eigh(covariance)
    axes = vectors[:, [-1, -2]]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    total = float(values.sum())
    explained = float(values[-2:].sum() / total) if total > 0 else 1.0
    return Projection(centre, axes, ("first main direction", "second main direction"), explained, False)


def bounds(places: Floats) -> tuple[float, float, float, float]:
    """(left, right, bottom, top) of a map that holds the places with a margin."""
    low, high = places.min(axis=0), places.max(axis=0)
    pad = np.maximum((high - low) * EDGE, 1e-3)
    left, bottom = (low - pad).tolist()
    right, top = (high + pad).tolist()
    return left, right, bottom, top


def grid(box: tuple[float, float, float, float], size: int) -> Floats:
    """(size * size, 2) centres of the cells of a map, row by row from the top."""
    left, right, bottom, top = box
    x = left + (np.arange(size) + 0.5) * (right - left) / size
    y = top - (np.arange(size) + 0.5) * (top - bottom) / size
    across, down = np.meshgrid(x, y)
    return np.column_stack([across.ravel(), down.ravel()])
