"""Published runs, reproduced number for number."""

import numpy as np
from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier

from alcore import Spec, advance, given

MODAL_IRIS = [
    0.6667, 0.6667, 0.8800, 0.8800, 0.8733, 0.8400, 0.7400, 0.7267, 0.7267, 0.7267,
    0.7267, 0.7267, 0.7267, 0.7267, 0.7200, 0.8400, 0.8800, 0.8933, 0.9267, 0.9267,
]  # fmt: skip


def test_modal_documentation_run_on_iris():
    """modAL's pool-based example: 3-NN, rows 109, 126, 66 first, least confident, scored on all 150 rows."""
    X, y = load_iris(return_X_y=True)
    data = given(X, y, test=np.arange(150), train=np.arange(150), initial=[109, 126, 66], overlap=True)
    spec = Spec(acquisition="least_confident", batch=1, budget=23, learner="own")
    rounds = list(advance(spec, data=data, learner=KNeighborsClassifier(n_neighbors=3)))
    assert [round(r.metrics["accuracy"], 4) for r in rounds[1:]] == MODAL_IRIS
