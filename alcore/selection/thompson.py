"""A batch by Thompson sampling: every question asks what another drawn member believes."""

from typing import Annotated, Literal

import numpy as np

from alcore.acquisition.bandit import belief
from alcore.catalog import SELECTORS
from alcore.kernels import top_k
from alcore.params import Range
from alcore.types import Floats, Ints, View


@SELECTORS.add(
    needs="members",
    source="Thompson 1933; Kandasamy et al. 2018 (batches as independent draws)",
    label="Thompson batch",
    family="stochastic",
    formula=r"x_j = \arg\max_{x \notin B} u_{\theta_j}(x),\quad \theta_j \sim p(\theta \mid L)",
    use="Batches that spread by themselves as far as the committee is in doubt; searching for a rare class.",
    avoid="Many classes, unless doubt is the margin: with its usual doubt it was no better than random on "
    "digits in our own measurements. Committees whose members agree: the batch is then that of top.",
    complexity="at most one prediction for each member of the committee",
)
def thompson(
    scores: Floats,
    view: View,
    n: int,
    *,
    doubt: Literal["least confident", "margin", "entropy"] = "least confident",
    goal: Literal["learn", "search"] = "learn",
    target: Annotated[int, Range(0, 999)] = 1,
) -> Ints:
    """For each place of the batch draw one member of the committee and take the row it would ask.

    Scores only say who may be asked.

    Parameters
    ----------
    doubt : str
        What a row is worth to the drawn member when the goal is to learn.
    goal : str
        learn: ask where the drawn member is unsure. search: ask what it takes for the class searched for, to
        find as many of its rows as possible.
    target : int
        The class searched for, by its number in the list of classes, the first being 0; a number beyond
        the last class stands for the last.
    """
    n = max(0, min(n, int((scores > -np.inf).sum())))
    drawn = view.rng("thompson").integers(len(view.committee()), size=n).tolist()
    favourites = {}
    for member in set(drawn):
        worth = np.where(scores > -np.inf, belief(view, member, doubt, goal, target), -np.inf)
        favourites[member] = iter(top_k(worth, n).tolist())  # at most n - 1 of them are taken by others
    taken: dict[int, None] = {}
    for member in drawn:
        taken[next(at for at in favourites[member] if at not in taken)] = None
    return np.fromiter(taken, np.int64, len(taken))
