"""Private selectors: the list of asked rows must say little about any one record.

They need scores whose range is known, whatever the data: an acquisition function says so by its fact
`spread`. How far the promise goes is told in `alcore.privacy.threat`, what is spent in `ledger` beside it.
"""

from collections.abc import Callable
from typing import Annotated, TypeAlias

import numpy as np

from alcore.catalog import SELECTORS
from alcore.params import Range
from alcore.privacy.mechanisms import exponential_picks, gumbel_picks, laplace_picks, noisy_max_picks
from alcore.rng import by_id
from alcore.types import Floats, Ints, View

Epsilon: TypeAlias = Annotated[float, Range(0.001, 1000, log=True)]
Mechanism: TypeAlias = Callable[[Floats, Floats, int, float, float], Ints]


@SELECTORS.add(
    needs="bounded",
    promise="pick",
    bounded_range=True,
    source="Durfee & Rogers 2019; McSherry & Talwar 2007",
    label="one-shot Gumbel",
    family="private",
    formula=r"\operatorname{top-}k\left( s(x) + \tfrac{2 \Delta}{\varepsilon} G_x \right),\quad "
    r"G_x \sim \operatorname{Gumbel}",
    use="The list of asked rows is seen by somebody who must not learn what is in the records.",
    avoid="Hiding rows from the annotators, who see them. And a small epsilon: at 1 the best row is only 1.6 "
    "times as likely as the worst; choosing at random is hardly worse, and spends no privacy at all.",
    complexity="O(n)",
)
def gumbel_top(scores: Floats, view: View, n: int, *, each: Epsilon = 1.0) -> Ints:
    """Add noise to the scores once, and ask the rows that come out on top.

    The batch is distributed as if drawn by the exponential mechanism, one row after the other. The promise
    holds whatever one record changes, be it all scores at once, because no score can leave its range.

    Parameters
    ----------
    each : float
        Privacy loss (epsilon) of each row picked: below 1 is private and nearly random, above 10 is neither.
        A batch of 10 spends it ten times.
    """
    return _picked(
        gumbel_picks, scores, view, n, each, lambda ids: by_id(view.seed, f"gumbel top {len(view.log)}", ids)
    )


@SELECTORS.add(
    needs="bounded",
    promise="pick",
    bounded_range=True,
    source="McSherry & Talwar 2007",
    label="exponential mechanism",
    family="private",
    formula=r"P(x) \propto \exp\left( \tfrac{\varepsilon\, s(x)}{2 \Delta} \right)",
    use="To see the textbook mechanism at work: each row is drawn with a chance that can be written down.",
    avoid="Large batches from large pools: one-shot Gumbel draws the same batch in one pass.",
    complexity="O(n batch)",
)
def exponential(scores: Floats, view: View, n: int, *, each: Epsilon = 1.0) -> Ints:
    """Draw rows one after the other, a higher score making a row likelier by a bounded factor.

    Parameters
    ----------
    each : float
        Privacy loss (epsilon) of each row picked: the best row is at most exp(epsilon / 2) times as likely as
        the worst.
    """

    def lots(ids: Ints) -> Floats:
        places = np.column_stack([np.full(n, len(view.log)), np.arange(n)]).astype(np.int64)
        return by_id(view.seed, "exponential mechanism", places)

    return _picked(exponential_picks, scores, view, n, each, lots)


@SELECTORS.add(
    needs="bounded",
    promise="pick",
    bounded_range=False,
    source="Dwork & Roth 2014, section 3.3",
    label="report noisy max",
    family="private",
    formula=r"\arg\max_x \left( s(x) + \tfrac{2 \Delta}{\varepsilon} \Lambda_x \right),\quad "
    r"\Lambda_x \sim \operatorname{Laplace}",
    use="To compare: Laplace noise, drawn anew for every row of the batch.",
    avoid="Many rounds: one-shot Gumbel keeps a stricter promise, for which rounds add up more cheaply.",
    complexity="O(n batch)",
)
def noisy_max(scores: Floats, view: View, n: int, *, each: Epsilon = 1.0) -> Ints:
    """Draw fresh noise for every place of the batch, and ask the row that comes out on top.

    Parameters
    ----------
    each : float
        Privacy loss (epsilon) of each row picked: a batch of 10 spends it ten times.
    """

    def lots(ids: Ints) -> Floats:
        return np.stack([by_id(view.seed, f"noisy max {len(view.log)} {pick}", ids) for pick in range(n)])

    return _picked(noisy_max_picks, scores, view, n, each, lots)


@SELECTORS.add(
    needs="bounded",
    promise="round",
    bounded_range=False,
    source="Dwork, McSherry, Nissim & Smith 2006, the Laplace mechanism; the batch is read off its output",
    label="Laplace on the scores",
    family="private",
    formula=r"\operatorname{top-}k\left( s(x) + \tfrac{\Delta}{\varepsilon} \Lambda_x \right),\quad "
    r"\Lambda_x \sim \operatorname{Laplace}",
    use="Only the open rows are secret, while the learner and how rows are prepared are known: a batch then "
    "costs as much as a single row.",
    avoid="When labels or the rows trained on are secret too: one of them moves every score, and more gets "
    "out than was promised.",
    complexity="O(n)",
)
def laplace_top(scores: Floats, view: View, n: int, *, each: Epsilon = 1.0) -> Ints:
    """Add Laplace noise to every score and ask the best, whatever the batch: one price for a round.

    The promise is narrower than that of the other private selectors: it holds while a record changes the
    score of its own row and of no other.

    Parameters
    ----------
    each : float
        Privacy loss (epsilon) of a whole round, whatever the size of the batch.
    """
    return _picked(
        laplace_picks,
        scores,
        view,
        n,
        each,
        lambda ids: by_id(view.seed, f"laplace top {len(view.log)}", ids),
    )


def _picked(
    mechanism: Mechanism, scores: Floats, view: View, n: int, each: float, lots: Callable[[Ints], Floats]
) -> Ints:
    """Positions drawn by a mechanism among the rows that may be asked, taken in the order of their ids."""
    at = np.flatnonzero(scores > -np.inf)
    at = at[np.lexsort(view.candidates.ids[at].T[::-1])]
    k = max(0, min(n, len(at)))
    if not k:
        return at[:0]
    ids = view.candidates.ids[at]
    return at[mechanism(scores[at], lots(ids), k, view.score_range, each)]
