"""Errors alcore raises on purpose; each message says what is wrong and what to do.

* AlcoreError
  x SpecError        the experiment is not well described (unknown name, parameter out of range)
  x DataError        the data cannot be used as they are (one class, no numeric column, too large)
  x ContractError    a plug-in broke its law (wrong shape, NaN scores, a position not on offer)
  x UnavailableError something outside cannot be had (no internet, an optional package is missing)
"""


def quoted(value: object, length: int = 40) -> str:
    """A value somebody typed, as a message may repeat it: short."""
    text = repr(value)
    return text if len(text) <= length else f"{text[:length]}..."


class AlcoreError(Exception):
    """Base of every error raised on purpose by alcore."""


class SpecError(AlcoreError, ValueError):
    """The experiment is not well described."""


class DataError(AlcoreError, ValueError):
    """The data cannot be used as they are."""


class ContractError(AlcoreError, TypeError):
    """A plug-in returned something its law forbids."""


class UnavailableError(AlcoreError, RuntimeError):
    """Something outside cannot be had: no internet, or an optional package is missing."""


class BusyError(UnavailableError):
    """Too much is waiting already; the visitor can try again soon."""
