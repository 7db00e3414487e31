"""What is said before numbers that are not final."""

from __future__ import annotations

from pages.ui.compare_words import count


def early(done: int, wanted: int) -> str:
    """The beginning of a sentence about part of the seeds; "" about all of them.

    >>> early(8, 12), early(12, 12)
    ('Preliminary: 8 of 12 seeds. ', '')
    """
    return f"Preliminary: {done} of {count(wanted, 'seed')}. " if done < wanted else ""
