"""Sentences for the screen: what a visitor or the engine wrote, safe to show as Markdown."""

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#$|~:])")


def plain(text: str) -> str:
    """A text that Markdown shows as it is.

    >>> plain("$5 for *one*")
    '\\\\$5 for \\\\*one\\\\*'
    """
    return _MARKS.sub(r"\\\1", text)
