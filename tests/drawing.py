"""Hypothesis strategies for parameters, choices and views: what the laws are tested on."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from alcore import catalog
from alcore.learn import Teacher, fit
from alcore.params import Param
from alcore.registry import Entry
from alcore.spec import Choice
from alcore.types import Candidates, Labelled, Log, View, frozen

LIGHT = ("logistic", "naive_bayes", "nearest_neighbours")  # learners quick enough to be drawn as members


def values(param: Param) -> st.SearchStrategy[Any]:
    """Legal values of one parameter, its limits included."""
    one: st.SearchStrategy[Any]
    if param.kind:
        inner = catalog.PARTS[param.kind]
        fit_in = tuple(name for name in inner if "bounded" not in inner[name].needs)  # they stand alone only
        one = st.sampled_from(LIGHT if param.kind == "learner" else fit_in)
    elif param.choices:
        one = st.sampled_from(param.choices)
    elif param.type is bool:
        one = st.booleans()
    elif param.type is str:
        one = st.just(param.default if not param.many else "x")
    elif param.range:
        low, high = param.type(param.range.low), param.type(param.range.high)
        one = st.integers(low, high) if param.type is int else st.floats(low, high)
    else:
        one = st.just(param.default if not param.many else 1)
    if not param.many:
        return one
    size = max(1, len(param.default)) if isinstance(param.default, tuple) else 1
    return st.one_of(st.just(param.default), st.lists(one, min_size=size, max_size=size + 1).map(tuple))


def choices(entry: Entry[Any]) -> st.SearchStrategy[Choice]:
    """A plug-in with drawn parameters."""
    drawn = st.fixed_dictionaries({p.name: values(p) for p in entry.params})
    return drawn.map(lambda given: Choice.of(entry.name, **given))


@st.composite
def views(draw: st.DrawFn, needs: frozenset[str], least: int = 1, most: int = 12) -> View:
    """What a strategy may meet: few or equal candidates, unseen classes, odd prices, any budget."""
    n, C, D = draw(st.integers(least, most)), draw(st.integers(2, 4)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(n, D)).round(draw(st.sampled_from([0, 8])))  # rounding makes duplicates
    ids = rng.permutation(10 * n)[:n, None].astype(np.int64)
    L = draw(st.integers(2, 9))
    seen = rng.choice(C, draw(st.integers(2, C)), replace=False)
    y = np.concatenate([seen[:2], rng.choice(seen, L)]).astype(np.int64)
    rows = rng.normal(size=(len(y), D))
    group = frozen(rng.integers(0, 4, len(y)))  # one group more than the candidates have
    labelled = Labelled(frozen(rows), frozen(y), frozen(1000 + np.arange(len(y))[:, None]), group)
    seed = draw(st.integers(0, 99))
    teacher = Teacher(Choice("logistic"), labelled, C, seed)
    return View(
        candidates=Candidates(
            frozen(ids), frozen(X), frozen(rng.uniform(0.1, 9, n)), frozen(rng.integers(0, 3, n))
        ),
        labelled=labelled,
        log=Log(),
        fitted=fit(Choice("logistic"), labelled.X, labelled.y, C, seed),
        learn=teacher,
        committee=lambda: tuple(teacher(member=k, weight=0.1 + teacher.draws(f"m{k}")) for k in range(3)),
        budget=100.0,
        left=draw(st.sampled_from([3.0, 50.0])),
        seed=seed,
        needs=needs,
    )


def shuffled(view: View, order: np.ndarray) -> View:
    """The same view with its candidates in another order."""
    from dataclasses import replace

    return replace(view, candidates=view.candidates.take(order))
