"""Mechanisms: choose rows with high scores while giving little away about any one record.

Pure functions of the scores and of uniform numbers, so that what selects in a run is what `leak` tests. Many
independent runs are drawn at once along leading axes. `reach` is how far apart two scores can lie; no score
can move by more, whatever changes in the data. An unknown reach (inf) leaves nothing but chance; with 0 the
scores say nothing and are taken as they are.
"""

import numpy as np

from alcore.types import Floats, Ints

_TINY = float(np.finfo(np.float64).tiny)
_BELOW_ONE = 1.0 - 2.0**-53


def gumbel_picks(scores: Floats, uniform: Floats, k: int, reach: float, epsilon: float) -> Ints:
    """Add Gumbel noise once and take the k best: the same as k draws by the exponential mechanism.

    Parameters
    ----------
    scores : (m,) array
        Finite.
    uniform : (..., m) array
        One number from [0, 1) for each row and run.
    k : int
        At most m.
    reach : float
        Range of the scores.
    epsilon : float
        Privacy loss of one pick; the noise has the scale ``2 reach / epsilon``.

    Returns
    -------
    (..., k) array of int
        Positions, best first.

    Notes
    -----
    Source: Durfee & Rogers 2019, Practical differentially private top-k selection with pay-what-you-get
    composition. Only the positions may be shown: noisy scores are not covered.
    """
    utility = _utility(scores, reach, epsilon)
    return _best(utility - np.log(-np.log(np.clip(uniform, _TINY, _BELOW_ONE))), k)


def exponential_picks(scores: Floats, uniform: Floats, k: int, reach: float, epsilon: float) -> Ints:
    """Draw k rows one after the other, each with probability in proportion to exp(epsilon s / (2 reach)).

    `uniform` is (..., k): one number for each pick. The other arguments are those of `gumbel_picks`.

    Notes
    -----
    Source: McSherry & Talwar 2007, Mechanism design via differential privacy.
    """
    utility = _utility(scores, reach, epsilon)
    runs = uniform.shape[:-1]
    flat = uniform.reshape(-1, uniform.shape[-1])
    weight = np.tile(np.exp(utility - utility.max(initial=-np.inf)), (len(flat), 1))
    picks = np.empty((len(flat), k), np.int64)
    everyone = np.arange(len(flat))
    for pick in range(k):
        up_to = np.cumsum(weight, axis=1)
        dry = up_to[:, -1] <= 0.0  # all that is left has underflowed: the rest is as good as tied at the top
        if dry.any():
            weight[dry] = _rescued(utility, picks[dry, :pick])
            up_to[dry] = np.cumsum(weight[dry], axis=1)
        at = (up_to <= (flat[:, pick] * up_to[:, -1])[:, None]).sum(axis=1)
        picks[:, pick] = at = np.minimum(at, _last_open(weight))
        weight[everyone, at] = 0.0
    return picks.reshape(*runs, k)


def noisy_max_picks(scores: Floats, uniform: Floats, k: int, reach: float, epsilon: float) -> Ints:
    """Report noisy max, k times: fresh Laplace noise for every pick, and the best row not picked yet.

    `uniform` is (..., k, m): one number for each row and pick. The noise has the scale ``2 reach / epsilon``.
    The other arguments are those of `gumbel_picks`.

    Notes
    -----
    Source: Dwork & Roth 2014, The algorithmic foundations of differential privacy, section 3.3.
    """
    noisy = _utility(scores, reach, epsilon) + laplace(uniform)
    runs = noisy.shape[:-2]
    flat = noisy.reshape(-1, *noisy.shape[-2:])
    picks = np.empty((len(flat), k), np.int64)
    everyone = np.arange(len(flat))
    for pick in range(k):
        picks[:, pick] = at = flat[:, pick].argmax(axis=1)
        flat[everyone, pick + 1 :, at] = -np.inf
    return picks.reshape(*runs, k)


def laplace_picks(scores: Floats, uniform: Floats, k: int, reach: float, epsilon: float) -> Ints:
    """Add Laplace noise to every score once and take the k best.

    The noise has the scale ``reach / epsilon``, and epsilon is spent by the whole batch, however many rows it
    has; but only as long as no more than one score moves when a record changes.
    """
    return _best(2.0 * _utility(scores, reach, epsilon) + laplace(uniform), k)


def laplace(uniform: Floats) -> Floats:
    """Laplace noise of scale 1 from uniform numbers in [0, 1)."""
    centred = np.clip(uniform, 2.0**-54, _BELOW_ONE) - 0.5
    noise: Floats = -np.sign(centred) * np.log1p(-2.0 * np.abs(centred))
    return noise


def _utility(scores: Floats, reach: float, epsilon: float) -> Floats:
    """Scores in units of the noise: noise of scale 1 then spends epsilon."""
    if reach == 0.0:
        return scores * 1e9  # scores that say nothing need no noise
    return scores * (epsilon / (2.0 * reach)) if np.isfinite(reach) else np.zeros(len(scores))


def _best(noisy: Floats, k: int) -> Ints:
    """(..., k) positions of the k largest along the last axis, best first; the lowest one among equals."""
    if k < noisy.shape[-1] / 8:
        part = np.sort(np.argpartition(-noisy, k, axis=-1)[..., :k], axis=-1)
        order = np.argsort(-np.take_along_axis(noisy, part, axis=-1), axis=-1, kind="stable")
        return np.take_along_axis(part, order, axis=-1)
    return np.argsort(-noisy, axis=-1, kind="stable")[..., :k]


def _rescued(utility: Floats, picked: Ints) -> Floats:
    """(runs, m) weights among the rows not picked yet, scaled so that the largest is 1."""
    left = np.tile(utility, (len(picked), 1))
    np.put_along_axis(left, picked, -np.inf, axis=1)
    return np.exp(left - left.max(axis=1, keepdims=True))


def _last_open(weight: Floats) -> Ints:
    """(runs,) last row that can still be drawn: where rounding would lead beyond it."""
    return weight.shape[1] - 1 - (weight[:, ::-1] > 0.0).argmax(axis=1)
