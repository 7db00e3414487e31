"""Published answers of real crowds."""

from alcore.crowd import anaesthetists

__all__ = ["anaesthetists"]
