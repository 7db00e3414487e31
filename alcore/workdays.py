"""Dates of working days: when labelling begins, and when it is done."""

from datetime import date, timedelta

from alcore.errors import SpecError


def first_day(written: str, today: date) -> date:
    """The day that is written like 2030-01-31; today where nothing is.

    Raises
    ------
    SpecError
        When it is no date.
    """
    try:
        return date.fromisoformat(written) if written else today
    except ValueError:
        raise SpecError(f"{written!r} is no date; write it like 2030-01-31") from None


def working_day(start: date, nth: int, week: int) -> date:
    """The nth working day, from 1 on, of a week that begins on Monday; `start` counts if it is one.

    >>> working_day(date(2030, 1, 4), 2, 5).isoformat()  # a Friday, so the second day is Monday
    '2030-01-07'
    """
    monday = start - timedelta(days=start.weekday())
    before = min(start.weekday(), week)  # working days of that week that are over
    weeks, within = divmod(before + nth - 1, week)
    try:
        return monday + timedelta(days=7 * weeks + within)
    except OverflowError:
        raise SpecError("The last day would be beyond the year 9999; begin earlier") from None
