"""The exact tasks behind measured figures: deterministic in their seed, plain arrays out."""

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine, make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

PROTOCOLS = {  # task of the reference table -> first labels, batch, budget
    "digits": (10, 10, 210),
    "bc": (4, 2, 64),
    "wine": (3, 1, 33),
    "synth": (20, 20, 420),
}


def table6(name, seed):
    """A task of the reference table: pool rows and labels, test rows and labels."""
    share = 0.4
    if name == "digits":
        X, y = load_digits(return_X_y=True)
        X, share = X / 16.0, 0.33
    elif name == "bc":
        X, y = load_breast_cancer(return_X_y=True)
    elif name == "wine":
        X, y = load_wine(return_X_y=True)
    else:
        X, y = make_classification(
            2000, 20, n_informative=8, n_redundant=4, n_classes=4, class_sep=1.2, flip_y=0.03, random_state=11
        )
    pool, test, y_pool, y_test = train_test_split(X, y, test_size=share, stratify=y, random_state=seed)
    if name != "digits":
        scaler = StandardScaler().fit(pool)
        pool, test = scaler.transform(pool), scaler.transform(test)
    return pool, y_pool, test, y_test


def first_rows(y, n, seed):
    """Positions labelled first: drawn at random, again until they hold two classes."""
    rng = np.random.default_rng(1000 + seed)
    while True:
        rows = rng.choice(len(y), n, replace=False)
        if len(set(y[rows])) > 1:
            return rows


def imbalanced(seed):
    """3,000 pool and 3,000 test rows, about 2 % positive."""
    X, y = make_classification(
        6000,
        12,
        n_informative=5,
        n_redundant=2,
        weights=[0.98],
        class_sep=1.3,
        flip_y=0.002,
        random_state=seed,
    )
    return X[:3000], y[:3000], X[3000:], y[3000:]


def label_costs(seed, n):
    """Log-normal prices of labels with mean 1."""
    cost = np.exp(np.random.default_rng(seed).normal(0, 0.8, n))
    return cost / cost.mean()


def noise_trap(seed, n=1500):
    """Two clean classes and, half of the rows, a blob whose labels are coin tosses.

    Returns the features a learner gets (squares and product included, standardised on the pool), labels,
    which rows are in the blob, the pool and the test rows outside the blob.
    """
    rng = np.random.default_rng(seed)
    clean = rng.random(n) < 0.5
    X, y, n_clean, n_noisy = np.zeros((n, 2)), np.zeros(n, int), clean.sum(), (~clean).sum()
    X[clean] = np.c_[
        rng.choice([-3, 3], n_clean) + 0.8 * rng.normal(size=n_clean), rng.normal(size=n_clean) * 2
    ]
    y[clean] = X[clean, 0] > 0
    X[~clean] = np.c_[0.25 * rng.normal(size=n_noisy), 6 + 0.25 * rng.normal(size=n_noisy)]
    y[~clean] = rng.integers(0, 2, n_noisy)
    blob, pool = np.abs(X[:, 1] - 6) < 1.5, np.arange(n // 2)
    features = np.c_[X, X[:, 0] ** 2, X[:, 1] ** 2, X[:, 0] * X[:, 1]]
    features = StandardScaler().fit(features[pool]).transform(features)
    test = np.arange(n // 2, n)
    return features, y, blob, pool, test[~blob[test]]


def repeated_digits(seed, copies=3, components=24):
    """Digits of which the pool holds near-copies: pool, test, and which original a pool row is a copy of."""
    from sklearn.decomposition import PCA

    X, y = load_digits(return_X_y=True)
    pool, test, y_pool, y_test = train_test_split(X / 16.0, y, test_size=0.5, stratify=y, random_state=seed)
    pca = PCA(components, random_state=0).fit(pool)
    pool, test = pca.transform(pool), pca.transform(test)
    rng = np.random.default_rng(seed)
    rows = np.vstack([pool] + [pool + 0.01 * rng.normal(size=pool.shape) for _ in range(copies - 1)])
    return rows, np.tile(y_pool, copies), test, y_test, np.tile(np.arange(len(pool)), copies)
