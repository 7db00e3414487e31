"""Trees: learners that cut the features into boxes, whatever their units."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from alcore.catalog import LEARNERS
from alcore.learners.quiet import quiet
from alcore.params import Range
from alcore.types import Floats

MOST_TREES = 2000  # of a boosted learner, which grows one for each class a round: bounds its time


class RandomForest:
    """scikit-learn's random forest; its fitted trees are in ``model.estimators_``."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        from sklearn.ensemble import RandomForestClassifier

        with quiet():
            self.model = RandomForestClassifier(**self.settings).fit(X, y, sample_weight=sample_weight)
        self.classes_ = self.model.classes_
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        return self.model.predict_proba(X) if len(X) else np.zeros((0, len(self.classes_)))


@LEARNERS.add(
    source="Breiman 2001; scikit-learn's RandomForestClassifier",
    label="random forest",
    family="trees",
    complexity="O(trees L log L sqrt(D)) to fit, O(N trees depth) to predict",
    use="Mixed, unscaled or useless columns; robust without tuning from about thirty labels on.",
    avoid="Ten labels or fewer, where its probabilities are crude steps, and very large pools.",
)
def forest(
    seed: int,
    *,
    trees: Annotated[int, Range(5, 500)] = 100,
    depth: Annotated[int, Range(1, 32)] = 32,
    leaf: Annotated[int, Range(1, 20)] = 1,
    columns: Literal["sqrt", "all"] = "sqrt",
) -> RandomForest:
    """Ask many decision trees, each grown on its own resample of the labels, and average what they say.

    Parameters
    ----------
    trees : int
        How many trees vote; more give smoother probabilities and cost proportionally more time.
    depth : int
        How many questions a tree may ask about a row; 32 is as good as no limit.
    leaf : int
        Fewest labels a tree bases an answer on; larger values smooth the answer.
    columns : str
        How many columns each split may choose from: sqrt makes trees differ more and is usually better.
    """
    return RandomForest(
        n_estimators=trees,
        max_depth=depth,
        min_samples_leaf=leaf,
        max_features=None if columns == "all" else columns,
        random_state=seed,
        n_jobs=1,
    )


class BoundedBoosting:
    """Gradient boosting that grows at most `MOST_TREES` trees, whatever the number of classes."""

    classes_: NDArray[Any]

    def __init__(self, rounds: int, rate: float, depth: int, seed: int) -> None:
        self.rounds, self.rate, self.depth, self.seed = rounds, rate, depth, seed

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:
        """Fit to rows X (n, D) and labels y (n,)."""
        from sklearn.ensemble import GradientBoostingClassifier

        n_classes = len(np.unique(y))
        self.model = GradientBoostingClassifier(
            n_estimators=min(self.rounds, MOST_TREES // n_classes) if n_classes > 2 else self.rounds,
            learning_rate=self.rate,
            max_depth=self.depth,
            subsample=0.7,
            max_features="sqrt",
            random_state=self.seed,
        )
        with quiet():
            self.model.fit(X, y, sample_weight=sample_weight)
        self.classes_ = self.model.classes_
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """(n, k) class probabilities."""
        return self.model.predict_proba(X)


@LEARNERS.add(
    source="Friedman 2002, Stochastic gradient boosting; scikit-learn's GradientBoostingClassifier",
    label="gradient boosting",
    family="trees",
    complexity="O(rounds C L sqrt(D)) to fit, at most 2,000 trees; O(N rounds C depth) to predict",
    use="Tables with hundreds of labels, unscaled columns and interactions between them.",
    avoid="Fewer than about fifty labels or many classes: logistic regression is better and faster there.",
)
def gradient_boosting(
    seed: int,
    *,
    rounds: Annotated[int, Range(5, 300)] = 50,
    rate: Annotated[float, Range(0.01, 1.0, log=True)] = 0.1,
    depth: Annotated[int, Range(1, 8)] = 3,
) -> BoundedBoosting:
    """Grow small trees one after another, each correcting what the ones before got wrong.

    Parameters
    ----------
    rounds : int
        How many corrections are made; more fit the labels closer.
    rate : float
        How large each correction is; small values need more rounds.
    depth : int
        How many columns a correction may combine; 1 looks at one column at a time.

    Notes
    -----
    Every tree sees 70 % of the labels and the square root of the columns. Measured on 10 to 300 labels that
    is twice as fast as full trees and more accurate. Histogram boosting is slower here and, with its usual
    leaves of twenty rows, learns nothing from fewer than forty labels.
    """
    return BoundedBoosting(rounds, rate, depth, seed)
