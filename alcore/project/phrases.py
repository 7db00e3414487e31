"""Numbers as people say them: intervals with open ends, shares, sums of money."""

from math import isfinite, isinf

from alcore.project.estimate import Outlook

NOT_REACHED = "not reached"


def span(found: Outlook) -> str:
    """Labels or days from to: "50–80", "120 or more", "not reached"."""
    if found.low is None or found.high is None or isinf(found.low):
        return NOT_REACHED
    if isinf(found.high):
        return f"{found.low:,.0f} or more"
    return (
        f"{found.low:,.0f}"
        if round(found.low) == round(found.high)
        else f"{found.low:,.0f}–{found.high:,.0f}"
    )


def share(value: float) -> str:
    """A share with its sign where it is a loss: "52%", "−8%"."""
    return f"{100 * value:.0f}%".replace("-", "−").replace("−0%", "0%")


def share_span(found: Outlook) -> str:
    """A saving from to, with open ends said in words."""
    low, high = found.low, found.high
    if low is None or high is None:
        return "no number"
    if not isfinite(low):
        return f"at best {share(high)}, with no limit to the loss"
    return f"{share(low)} or more" if high >= 1.0 else f"{share(low)} to {share(high)}"


def money(value: float, currency: str) -> str:
    """A sum of money as people say it.

    >>> money(1234.4, "$"), money(-0.5, "€")
    ('$1,234', '−€0.50')
    """
    digits = 0 if abs(value) >= 20 or value == 0 else 2
    return f"{'−' if value < 0 else ''}{currency}{abs(value):,.{digits}f}"


def money_span(found: Outlook, currency: str) -> str:
    """Money from to, with open ends said in words."""
    low, high = found.low, found.high
    if low is None or high is None:
        return "no number"
    if not isfinite(low):
        return f"at most {money(high, currency)}" if isfinite(high) else "no number"
    return (
        f"{money(low, currency)} or more"
        if not isfinite(high)
        else (f"{money(low, currency)} to {money(high, currency)}")
    )
