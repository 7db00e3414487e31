"""Quotas: every group of people gets its places in the batch."""

from typing import Annotated, Literal

import numpy as np

from alcore.allocation import full_quotas, level, quotas
from alcore.catalog import SELECTORS
from alcore.errors import SpecError
from alcore.kernels import top_k
from alcore.params import From
from alcore.spec import Choice
from alcore.types import Floats, Ints, View


@SELECTORS.add(
    source="Proportional and equal allocation: Neyman 1934; largest remainder: Hamilton 1792",
    label="group quotas",
    family="fairness",
    formula=r"q_g = \text{largest remainder of } b \, w_g \big/ \textstyle\sum_h w_h",
    use="A small group with a pattern of its own: it gets its labels however rare its rows are in the pool.",
    avoid="As a promise: equal labels do not make equal accuracy or equal rates. Look at the measured gaps.",
    complexity="O(n G), and the selector used within each group",
)
def group_quotas(
    scores: Floats,
    view: View,
    n: int,
    *,
    share: Literal["equal", "pool share", "level labels"] = "equal",
    unused: Literal["by quota again", "best of all"] = "by quota again",
    within: Annotated[str, From("select")] = "top",
) -> Ints:
    """Give each group of rows its number of places in the batch, and take the best rows of each.

    The batch is always full. A place that does not divide evenly goes to the group with the fewest labels so
    far. Places are filled in turn, so that a batch cut short by money still keeps to the quotas.

    Parameters
    ----------
    share : str
        equal: as many places for every group. pool share: in proportion to the rows of the pool. level
        labels: to the group with the fewest labels so far, until all have the same number.
    unused : str
        Where the places go that a group is too small to fill: shared out among the other groups by quota
        again, or to the best-scored rows of all.
    within : str
        How rows are chosen inside each group, with the usual settings of that selection. Not a private one:
        how many rows each group gets depends on the data, which its promise does not cover.

    Notes
    -----
    The pool's rows by group are counted together with those labelled, so a group's share does not shrink
    because it is asked. Data without groups are one group, of which nothing changes.
    """
    inner = SELECTORS[within]
    if "bounded" in inner.needs:
        raise SpecError(
            f"{inner.label} cannot keep its promise within groups, whose places depend on the data: choose "
            "another selection within the groups, or private selection alone"
        )
    at = np.flatnonzero(scores > -np.inf)
    n = min(n, len(at))
    if n <= 0:
        return np.empty(0, np.int64)
    group = view.candidates.group[at]
    seen, place, count = np.unique(group, return_inverse=True, return_counts=True)
    labels = np.bincount(view.labelled.group, minlength=int(seen.max()) + 1)[seen]
    order = np.lexsort((seen, labels))  # where places do not divide evenly, few labels come first
    rows, had = count[order], labels[order]
    again = unused == "by quota again"
    places = np.empty(len(seen), np.int64)
    if share == "level labels":
        places[order] = (
            level(n, had, rows) if again else np.minimum(level(n, had, np.full_like(rows, n)), rows)
        )
    else:
        weights = np.ones(len(rows)) if share == "equal" else (rows + had).astype(np.float64)
        places[order] = (full_quotas if again else quotas)(n, weights, rows)
    members = [np.flatnonzero(place == g) for g in range(len(seen))]
    chosen = [_within(within, scores, view, at[m], int(k)) for m, k in zip(members, places, strict=True)]
    mine = np.concatenate(chosen)
    # The k-th of q places comes (k + 1/2) / q of the way through the batch.
    turn = np.concatenate([(np.arange(len(c)) + 0.5) / max(1, len(c)) for c in chosen])
    picked = mine[np.lexsort((mine, -scores[mine], turn))]
    left = np.setdiff1d(at, picked, assume_unique=True)
    return np.concatenate([picked, left[top_k(scores[left], n - len(picked))]])


def _within(name: str, scores: Floats, view: View, rows: Ints, n: int) -> Ints:
    """Positions of n of the rows, chosen by another selector that sees no others."""
    if n == 0:
        return np.empty(0, np.int64)
    if name == "top":
        return rows[top_k(scores[rows], n)]
    entry = SELECTORS[name]
    if "linear" in entry.needs and view.fitted.linear is None:
        raise SpecError(
            f"{entry.label} needs a learner with linear weights: choose another selection within the groups, "
            "or change the learner"
        )
    part = view.only(rows, needs=entry.needs)
    return rows[SELECTORS.bind(Choice(name))(scores[rows], part, n)]
