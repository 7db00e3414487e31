"""A regression forest as a few arrays: kept in a small file, evaluated without scikit-learn."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from alcore.types import Floats

BLOCK = 512  # rows evaluated at a time: their nodes stay in the cache


@dataclass(frozen=True, slots=True, eq=False)
class TreeEnsemble:
    """The mean of T trees with M nodes in all; a row goes left where its feature is at most the threshold.

    Attributes
    ----------
    roots : (T,) the first node of each tree
    feature, threshold : (M,) what a node asks
    left, right : (M,) where it goes on; a leaf leads to itself
    value : (M,) what a leaf answers
    depth : the most steps from a root to a leaf
    """

    roots: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    depth: int

    @classmethod
    def of(cls, trees: Iterable[Any]) -> Self:
        """From fitted scikit-learn regression trees, e.g. ``forest.estimators_``."""
        parts = [tree.tree_ for tree in trees]
        roots = np.cumsum([0, *(part.node_count for part in parts)])
        here = np.arange(roots[-1])

        def step(name: str) -> NDArray[np.int32]:
            found = [
                np.where(getattr(part, name) < 0, -1, getattr(part, name) + root)
                for part, root in zip(parts, roots[:-1], strict=True)
            ]
            joined = np.concatenate(found)
            return np.where(joined < 0, here, joined).astype(np.int32)

        return cls(
            roots=roots[:-1].astype(np.int32),
            feature=np.concatenate([np.maximum(part.feature, 0) for part in parts]).astype(np.int16),
            threshold=np.concatenate([part.threshold for part in parts]).astype(np.float32),
            left=step("children_left"),
            right=step("children_right"),
            value=np.concatenate([part.value[:, 0, 0] for part in parts]).astype(np.float32),
            depth=max(int(part.max_depth) for part in parts),
        )

    def predict(self, X: Floats) -> Floats:
        """(n,) mean answer of the trees to rows X (n, F), which are rounded to single precision.

        Notes
        -----
        O(n T depth), all trees and a block of rows at once.
        """
        feature, child = (
            self.feature.astype(np.intp),
            np.stack([self.left, self.right], axis=1).astype(np.intp),
        )
        roots, child = self.roots.astype(np.intp), child.ravel()
        found = np.empty(len(X))
        for start in range(0, len(X), BLOCK):
            rows = X[start : start + BLOCK].astype(np.float32)
            row = np.arange(len(rows))[:, None] * rows.shape[1]
            node = np.tile(roots, (len(rows), 1))
            for _ in range(self.depth):
                right = rows.take(feature.take(node) + row) > self.threshold.take(node)
                node = child.take(2 * node + right)
            found[start : start + BLOCK] = self.value.take(node).mean(axis=1, dtype=np.float64)
        return found
