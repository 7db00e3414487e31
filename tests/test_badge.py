"""BADGE: products of factors stand for gradients, and are drawn as k-means++ draws."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from alcore.catalog import SELECTORS
from alcore.sampling import squared_distance_draws
from tests.pools import blobs, seen

badge = SELECTORS["badge"].plugin


def plain_draws(G, n, rng):
    """The definition on explicit vectors."""
    drawn = [int((G**2).sum(axis=1).argmax())]
    while len(drawn) < min(n, len(G)):
        gaps = ((G[:, None] - G[drawn][None]) ** 2).sum(axis=2).min(axis=1)
        mass = np.cumsum(gaps)
        drawn.append(int(np.searchsorted(mass, rng.random() * mass[-1], side="right")))
    return drawn


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 25), st.integers(1, 25))
def test_products_need_not_be_built(seed, N, n):
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(N, 3)), rng.normal(size=(N, 4))
    G = np.einsum("na,nb->nab", left, right).reshape(N, -1)
    found = squared_distance_draws(left, right, n, np.random.default_rng(7))
    assert found.tolist() == plain_draws(G, n, np.random.default_rng(7))


def test_second_draw_is_in_proportion_to_squared_distance():
    """Places 3, 0, 1, 2 on a line; the first is the longest (3); then 9 : 4 : 1."""
    left, right = np.array([[3.0], [0.0], [1.0], [2.0]]), np.ones((4, 1))
    second = [int(squared_distance_draws(left, right, 2, np.random.default_rng(s))[1]) for s in range(3000)]
    counts = np.bincount(second, minlength=4)
    assert counts[0] == 0 and chisquare(counts[1:], 3000 * np.array([9, 4, 1]) / 14).pvalue > 0.001


def test_badge_is_the_gradient_of_the_last_layer():
    """Against finite differences of the loss at the learner's own guess."""
    X, code = blobs([[0, 0], [3, 0], [0, 3]], 12, spread=1.0)
    view = seen(X, code, [0, 12, 24])
    W, rows = view.linear.weights[:-1], view.candidates.X
    gradients = []
    for x, p in zip(rows, view.proba, strict=True):
        guess, G, step = int(p.argmax()), np.zeros_like(W), 1e-6

        def loss(V, x=x, guess=guess):
            z = x @ V + view.linear.weights[-1]
            return np.log(np.exp(z - z.max()).sum()) + z.max() - z[guess]

        for place in np.ndindex(W.shape):
            bump = np.zeros_like(W)
            bump[place] = step
            G[place] = (loss(W + bump) - loss(W - bump)) / (2 * step)
        gradients.append(G.ravel())
    expected = plain_draws(np.array(gradients), 8, view.rng("badge"))
    assert badge(np.zeros(len(rows)), view, 8).tolist() == expected


def test_certain_rows_and_copies_fill_the_batch_without_repeats():
    left = np.zeros((6, 2))
    assert squared_distance_draws(left, np.ones((6, 2)), 4, np.random.default_rng(0)).tolist() == [0, 1, 2, 3]
    left[3:] = [0.5, -0.5]
    at = squared_distance_draws(left, np.ones((6, 2)), 6, np.random.default_rng(0))
    assert sorted(at) == list(range(6)) and at[0] == 3
    assert len(squared_distance_draws(left[:0], left[:0], 3, np.random.default_rng(0))) == 0


def test_scores_only_say_who_may_be_asked():
    X, code = blobs([[0, 0], [3, 0]], 20, spread=1.0)
    view = seen(X, code, [0, 20])
    scores = np.random.default_rng(0).random(38)
    np.testing.assert_array_equal(badge(scores, view, 5), badge(np.zeros(38), view, 5))
    longest = int(badge(scores, view, 1)[0])
    scores[longest] = -np.inf
    assert longest not in badge(scores, view, 37)
    doubt = 1 - view.proba.max(axis=1)
    # With two classes the gradient is sqrt(2) x doubt x length of the row.
    assert longest == (doubt * np.linalg.norm(view.candidates.X, axis=1)).argmax()
