"""From a measure on arrays to an acquisition function on a view: one call each.

A new acquisition function that needs probabilities alone is a pure function in `alcore.measures` and a line
in a module of this package::

    from_proba(measures.doubt, source="Author 2026", family="uncertainty", unit="", formula=r"1 - p^2")

Its name, menu text, help and knobs are read from the function; what needs more of the view than probabilities
is registered with ``@ACQUISITIONS.add(...)`` directly.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from alcore.catalog import ACQUISITIONS
from alcore.params import Value
from alcore.types import AcquisitionFunction, Floats, View


def from_proba(measure: Callable[..., Floats], **facts: Any) -> AcquisitionFunction:
    """Register a measure of (n, C) class probabilities under its own name.

    The measure's docstring becomes the help, its keyword-only parameters become the knobs.

    Parameters
    ----------
    measure : function
        ``measure(proba, *, ...)``: (n, C) to (n,), larger = ask first.
    **facts
        What the Atlas shows: source, family, unit, formula, use, avoid, complexity, label; see
        `Registry.add`. And ``spread``, where it is known: a function of C, how far apart two scores can lie
        whatever the data, which private selectors need.

    Raises
    ------
    SpecError
        When the name is taken.
    """

    @wraps(measure)
    def acquisition(view: View, **params: Value) -> Floats:
        return measure(view.proba, **params)

    return ACQUISITIONS.add(needs="proba", low=0.0, pointwise=True, **facts)(acquisition)


def from_members(measure: Callable[..., Floats], **facts: Any) -> AcquisitionFunction:
    """Register a measure of a committee's (K, n, C) class probabilities; see `from_proba`."""

    @wraps(measure)
    def acquisition(view: View, **params: Value) -> Floats:
        return measure(view.members, **params)

    return ACQUISITIONS.add(needs="members", low=0.0, pointwise=True, **facts)(acquisition)
