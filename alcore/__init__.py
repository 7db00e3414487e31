"""alcore: an active-learning engine. Pure: no streamlit, no prints, no global random state."""

from alcore.data import given
from alcore.errors import AlcoreError, ContractError, DataError, SpecError, UnavailableError
from alcore.loop import Run, advance, answer, ask, begin, check, step, tell
from alcore.spec import Choice, Spec, sweep
from alcore.types import Data, Log, Query, Round, Source

__all__ = [
    "AlcoreError",
    "Choice",
    "ContractError",
    "Data",
    "DataError",
    "Log",
    "Query",
    "Round",
    "Run",
    "Source",
    "Spec",
    "SpecError",
    "UnavailableError",
    "advance",
    "answer",
    "ask",
    "begin",
    "check",
    "given",
    "step",
    "sweep",
    "tell",
]
