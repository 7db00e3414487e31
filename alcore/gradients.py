"""How much a label would move a model whose logits are linear in its inputs: closed forms, no refit.

For softmax(W' z), z the inputs with a one appended, the gradient of the log-loss of label y in W is the outer
product of z and p - e_y. Inputs are the features (logistic regression) or the last hidden layer (a network).
"""

import numpy as np
from scipy.linalg import cho_solve, cholesky

from alcore.types import Floats

_JITTER = 1e-10  # relative, keeps the factorisation positive definite


def expected_gradient_length(proba: Floats, inputs: Floats, *, normalise: bool = False) -> Floats:
    """Length of the training gradient a label would cause, averaged over the labels the model expects.

    Parameters
    ----------
    proba : (n, C) array
        Class probabilities.
    inputs : (n, H) array
        What the last layer is linear in, without a column of ones.
    normalise : bool
        Leave out the length of the inputs.

    Returns
    -------
    (n,) array
        >= 0.

    Notes
    -----
    |z| sum_y p_y |p - e_y|, with |p - e_y|^2 = sum_c p_c^2 - 2 p_y + 1. O(n (H + C)).
    Source: Settles, Craven & Ray 2008.

    Examples
    --------
    >>> expected_gradient_length(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([[0.0], [0.0]])).round(4)
    array([0.7071, 0.    ])
    """
    by_class = np.array(proba.T, np.float64, order="C")  # (C, n): reductions then run along contiguous rows
    top, rows = by_class.argmax(axis=0), np.arange(len(proba))
    largest = by_class[top, rows]
    by_class[top, rows] = 0.0  # 1 - p of a row that is nearly certain is the sum of the others, to all digits
    squared = np.einsum("cn,cn->n", by_class, by_class)
    length = largest * np.sqrt(by_class.sum(axis=0) ** 2 + squared)
    squared += largest**2
    for p in by_class:
        length += p * np.sqrt(squared - 2.0 * p + 1.0)
    if not normalise:
        length *= np.sqrt(np.einsum("nh,nh->n", inputs, inputs) + 1.0)
    return length


def curvature(proba: Floats) -> Floats:
    """How much a row's label says about logits there: mean non-zero eigenvalue of diag(p) - p p'.

    Parameters
    ----------
    proba : (n, C) array
        Class probabilities.

    Returns
    -------
    (n,) array
        (1 - sum_c p_c^2) / (C - 1); for two classes 2 p (1 - p).
    """
    return (1.0 - np.einsum("nc,nc->n", proba, proba)) / max(1, proba.shape[1] - 1)


def variance_reduction(
    inputs: Floats, weight: Floats, labelled: Floats, labelled_weight: Floats, *, ridge: float = 1.0
) -> Floats:
    """How much one more label would lower the model's expected variance over the pool.

    Parameters
    ----------
    inputs : (n, H) array
        Rows of the pool, without a column of ones.
    weight : (n,) array
        Their `curvature`.
    labelled : (l, H) array
        Rows with labels.
    labelled_weight : (l,) array
    ridge : float
        Prior precision of the weights.

    Returns
    -------
    (n,) array
        tr(M^-1 F) - tr((M + s_i z_i z_i')^-1 F) >= 0, where M = sum_labelled s z z' + ridge I and F is the
        mean of s z z' over the pool.

    Notes
    -----
    s z'M^-1 F M^-1 z / (1 + s z'M^-1 z) by Sherman & Morrison: two matrix products with the pool, O(n H^2).
    Minimising tr(M^-1 F) is A-optimal design for predictions. Source: Zhang & Oles 2000; Schein & Ungar 2007;
    Ash et al. 2021 (BAIT) for networks.

    Examples
    --------
    The row far out moves the fit most:

    >>> pool, weight = np.array([[0.0], [3.0]]), np.ones(2)
    >>> variance_reduction(pool, weight, np.array([[0.0]]), np.ones(1)).round(3)
    array([0.167, 4.31 ])
    """
    rows, known = (np.column_stack([part, np.ones(len(part))]) for part in (inputs, labelled))
    M = (known * labelled_weight[:, None]).T @ known
    diagonal = np.einsum("hh->h", M)  # a view
    diagonal *= 1.0 + _JITTER
    diagonal += ridge
    factor = cholesky(M, lower=True)
    F = (rows * (weight / max(1, len(rows)))[:, None]).T @ rows
    inverse = cho_solve((factor, True), np.eye(len(M)))
    spread = np.einsum("nh,nh->n", rows @ inverse, rows)
    useful = np.einsum("nh,nh->n", rows @ (inverse @ F @ inverse), rows)
    return np.maximum(weight * useful, 0.0) / (1.0 + weight * np.maximum(spread, 0.0))
