"""What labels will cost, guessed from what those so far have cost.

Costs of labels are skewed, so the guess is a ridge regression of their logarithms on the features. How
strongly weights are held down is chosen by leaving out one label at a time, which has a closed form.
"""

import numpy as np

from alcore.types import Floats

FEWEST = 5  # labels before anything is guessed
STRENGTHS = np.geomspace(1e-3, 1e6, 28)  # of the ridge, tried
SMALLEST = 1e-3  # of the middle cost: free labels count as this much


def guessed_costs(X: Floats, costs: Floats, at: Floats) -> Floats:
    """Guess what rows cost from rows whose costs are known.

    Parameters
    ----------
    X : (L, D) array
        Rows with a known cost.
    costs : (L,) array
        Not negative.
    at : (N, D) array
        Rows to guess.

    Returns
    -------
    (N,) array
        Above 0 unless all known costs are 0. The mean of the known ones, the same for all, while there are
        fewer than five, or nothing tells them apart.

    Notes
    -----
    The expected cost is ``exp`` of the regression times the mean of the exponentiated residuals (Duan 1983:
    smearing), so that guesses are right on average and not only in the middle. O(L D min(L, D)).
    Source: Haertel et al. 2008; the choice of strength: Golub, Heath & Wahba 1979.

    Examples
    --------
    >>> X = np.arange(8.0)[:, None]
    >>> guessed_costs(X, np.exp(X[:, 0] / 4), np.array([[4.0]])).round(1)
    array([2.7])
    """
    flat = np.full(len(at), float(costs.mean()) if len(costs) else 1.0)
    if len(costs) < FEWEST or not costs.max() > costs.min() or not X.shape[1]:
        return flat
    floor = SMALLEST * float(np.median(costs[costs > 0.0]))
    logs = np.log(np.maximum(costs, floor))
    middle, centre = logs.mean(), X.mean(axis=0)
    spread = np.concatenate([X, at]).std(axis=0)  # of all rows: a column may hardly vary among the known ones
    told = spread > 1e-9 * (1.0 + np.abs(centre))
    Z = (X[:, told] - centre[told]) / spread[told]
    if not np.abs(Z).max(initial=0.0) > 1e-9:
        return flat
    U, s, Vt = np.linalg.svd(Z, full_matrices=False)
    kept = s > 1e-9 * s[0]
    U, s, Vt = U[:, kept], s[kept], Vt[kept]
    aim = U.T @ (logs - middle)
    errors = np.array([_left_out(U, s, aim, logs - middle, strength) for strength in STRENGTHS])
    best = errors[int(errors.mean(axis=1).argmin())]
    # The strongest one that is not told apart from the best: a guess that is noise buys at random.
    doubt = (errors - best).std(axis=1, ddof=1) / np.sqrt(len(logs))
    strength = STRENGTHS[np.flatnonzero((errors - best).mean(axis=1) <= doubt)[-1]]
    shrunk = s / (s**2 + strength)
    weights = Vt.T @ (shrunk * aim)
    fitted = middle + Z @ weights
    guessed = middle + ((at[:, told] - centre[told]) / spread[told]) @ weights
    guessed = np.clip(guessed, logs.min(), logs.max())  # no guess beyond what was seen
    return np.exp(guessed) * np.exp(logs - fitted).mean()


def _left_out(U: Floats, s: Floats, aim: Floats, logs: Floats, strength: float) -> Floats:
    """(L,) squared errors of guessing each logarithm from all others."""
    share = s**2 / (s**2 + strength)
    leverage = (U**2 @ share) + 1.0 / len(logs)
    return ((logs - U @ (share * aim)) / np.maximum(1.0 - leverage, 1e-9)) ** 2
