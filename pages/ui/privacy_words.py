"""The threat model in words, and how numbers of privacy are said."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple, TypeVar

import streamlit as st

from alcore.catalog import METRICS
from alcore.privacy.threat import THREAT_MODEL, caveats
from alcore.spec import Spec
from pages.ui.compare_words import is_share
from pages.ui.savings_words import plain

STYLE = """<style>
.privacy-headline {
    margin: 0; font-size: clamp(1.2rem, 1.05rem + .8vw, 1.6rem); font-weight: 650; line-height: 1.3;
}
.st-key-privacy-answer { min-height: 12.7rem; }
.privacy-threats { border: 1px solid rgba(128, 128, 128, .35); border-radius: .5rem; overflow: hidden; }
.privacy-threats .row {
    display: grid; grid-template-columns: minmax(9rem, 1.3fr) 1.1fr .7fr 2.6fr; gap: 0 1rem;
    padding: .5rem .9rem;
    border-top: 1px solid rgba(128, 128, 128, .25); font-size: .9rem; line-height: 1.4;
}
.privacy-threats .row.heads { border-top: 0; background: rgba(128, 128, 128, .1); font-weight: 600; }
.privacy-threats .who, .privacy-threats .kept { font-weight: 600; }
@media (max-width: 640px) {
    .privacy-threats .row { grid-template-columns: 1fr; padding: .6rem .7rem; }
    .privacy-threats .row.heads { display: none; }
}
.privacy-gauge { margin: .2rem 0 .6rem; }
.privacy-gauge .told { display: flex; justify-content: space-between; gap: 1rem; font-weight: 600; }
.privacy-gauge .told span:last-child { text-align: right; }
.privacy-gauge .tank {
    display: flex; height: 1.5rem; margin: .35rem 0; border-radius: .4rem; overflow: hidden;
    border: 1px solid rgba(128, 128, 128, .6); background: rgba(128, 128, 128, .12);
}
.privacy-gauge .left { background: #0b6fcf; width: var(--left); animation: privacy-drain 2.4s ease-in-out; }
@keyframes privacy-drain { from { width: 100%; } to { width: var(--left); } }
@media (prefers-reduced-motion: reduce) { .privacy-gauge .left { animation: none; } }
</style>"""


FEWEST, ENOUGH = 5, 20  # paired seeds below which nothing is claimed, and that are enough to claim
DEFENDED = 10.0  # a total epsilon above this bounds a likelihood ratio by more than twenty thousand


class Threat(NamedTuple):
    """Somebody, what they see, whether that is covered, and by what."""

    who: str
    sees: str
    kept: str
    why: str


COVERED, PARTLY, OPEN = "Protected", "In part", "Not protected"
HEADS = ("Who", "What they see", "Covered?", "Why")
THREATS = (
    Threat(
        "Whoever sees which rows were asked",
        "Row numbers, in their order",
        COVERED,
        "By private choice: exchange one record of the pool for another, and every list of rows is still at "
        "most exp(ε) times as likely.",
    ),
    Threat(
        "The annotator",
        "Every asked row in full",
        OPEN,
        "Private choice hides why a row was asked, not the row. Whoever labels must be allowed to read it.",
    ),
    Threat(
        "Whoever collects the labels",
        "Every answer",
        PARTLY,
        "Only with randomised response: any answer may then be a lie, and nobody can tell which.",
    ),
    Threat(
        "Whoever gets the trained model",
        "Its weights and answers",
        OPEN,
        "It learns from true rows and labels. Private choice does not cover the labels it is trained on.",
    ),
    Threat(
        "The server of a federation",
        "Updates of a model",
        PARTLY,
        "Rows stay with the clients, but updates tell about them. Only clipping with noise bounds how much.",
    ),
    Threat(
        "Anybody",
        "How many rows there are",
        OPEN,
        "The size of the pool and the numbers of its rows are taken to be known.",
    ),
    Threat(
        "Whoever knows the seed",
        "All noise, which follows from it",
        OPEN,
        "Here the seed is in every link, so that runs can be repeated. In use it must be secret and fresh.",
    ),
)


def style() -> None:
    """Lay out the answer, the gauge and the table."""
    st.html(STYLE)


def threats(spec: Spec) -> None:
    """Draw who sees what and what of it is covered, and what this very experiment gives away besides."""
    with st.expander("Threat model: who sees what, and what is protected", icon=":material/shield:"):
        st.html(table(THREATS))
        st.markdown("\n".join(f"- **{c.title}.** {plain(c.sentence)}" for c in THREAT_MODEL if c.kept))
        if said := caveats(spec):
            st.markdown("Of this experiment, besides:")
            st.markdown("\n".join(f"- {plain(sentence)}" for sentence in said))


def table(found: tuple[Threat, ...]) -> str:
    """The threat model as a table."""
    heads = "".join(f"<div role='columnheader'>{escape(h)}</div>" for h in HEADS)
    body = ""
    for t in found:
        body += (
            "<div class='row' role='row'>"
            f"<div class='who' role='rowheader'>{escape(t.who)}</div>"
            f"<div role='cell'>{escape(t.sees)}</div>"
            f"<div class='kept' role='cell'>{escape(t.kept)}</div>"
            f"<div role='cell'>{escape(t.why)}</div></div>"
        )
    label = "Who sees what, and whether it is protected"
    return (
        f"<div class='privacy-threats' role='table' aria-label='{label}'>"
        f"<div class='row heads' role='row'>{heads}</div>{body}</div>"
    )


def gauge(left: float, budget: float, said: str, note: str) -> str:
    """A tank of epsilon that drains to what is left."""
    share = min(1.0, max(0.0, left / budget)) if budget > 0 else 0.0
    return (
        "<div class='privacy-gauge'>"
        f"<div class='told'><span>{escape(said)}</span><span>{escape(note)}</span></div>"
        f"<div class='tank' role='img' aria-label='{escape(said)}, {share:.0%} of the budget is left'>"
        f"<div class='left' style='--left: {100 * share:.1f}%'></div></div></div>"
    )


def eps(value: float) -> str:
    """An epsilon as it is said.

    >>> eps(0.05), eps(12.3456), eps(1234.5)
    ('0.05', '12.3', '1,230')
    """
    if not math.isfinite(value):
        return "∞"
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{float(f'{value:.3g}'):g}"


def signed(value: float, metric: str) -> str:
    """A difference of a metric with its sign: in points of a hundred where it is a share.

    >>> signed(0.0123, "accuracy"), signed(-0.004, "log_loss"), signed(-0.0001, "accuracy")
    ('+1.2', '−0.004', '0.0')
    """
    form = "+.1f" if is_share(metric) else "+.3f"
    said = f"{scaled(value, metric):{form}}".replace("-", "−")
    return said if said.strip("+−0.") else said[1:]


def between(low: float, high: float, metric: str) -> str:
    """An interval of differences; a dash where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "–"
    return f"{signed(low, metric)} to {signed(high, metric)}"


def scaled(value: float, metric: str) -> float:
    """A value of a metric as it is drawn: a share in points of a hundred."""
    return 100 * value if is_share(metric) else value


def unit(metric: str) -> str:
    """What differences of a metric are counted in."""
    return "points" if is_share(metric) else str(METRICS[metric].facts.get("unit", "")) or "units"


class Found(NamedTuple):
    """What one epsilon of a round brings over random, with its interval, and what the whole run spends."""

    epsilon: float
    gain: float
    low: float
    high: float
    total: float = math.inf
    metric: str = "accuracy"

    @property
    def sure(self) -> bool:
        """Whether it is better than random beyond doubt."""
        return self.low > 0

    def against(self) -> str:
        """How it stands against random, as far as that can be told."""
        if self.sure:
            return "beats random, but a larger ε does not"
        return "is worse than random" if self.high < 0 else "cannot be told from random"

    def told(self) -> str:
        """``"+1.2 points (+0.3 to +2.1)"``."""
        gain, low, high = (signed(v, self.metric) for v in (self.gain, self.low, self.high))
        return f"{gain} {unit(self.metric)} ({low} to {high})"


class Said(NamedTuple):
    """An answer: the sentence that counts, and what stands below it."""

    head: str
    rest: str = ""


T = TypeVar("T")


def from_here_on(rows: Sequence[T], holds: Callable[[T], bool]) -> T | None:
    """The first row from which on something holds of all of them; None when the last one fails.

    >>> from_here_on([1, -1, 2, 3], lambda x: x > 0)
    2
    """
    found = None
    for row in reversed(rows):
        if not holds(row):
            break
        found = row
    return found


def verdict(
    open_choice: Found | None, found: Sequence[Found], seeds: int, *, defended: float = DEFENDED
) -> Said | None:
    """What private choice costs; None while nothing is known.

    Parameters
    ----------
    open_choice : the same strategy without privacy
    found : the private ones, smallest epsilon first
    seeds : how many paired seeds there are
    defended : the largest total epsilon that counts as private
    """
    found = [f for f in found if math.isfinite(f.low) and math.isfinite(f.high)]
    if open_choice is None or not math.isfinite(open_choice.low) or not found:
        return None
    if seeds < FEWEST:
        return Said(
            f"{seeds} seeds are too few to claim anything: {ENOUGH} are enough.",
            f"So far, the choice without privacy stands at {open_choice.told()} against random.",
        )
    few = f" {seeds} seeds are a hint; {ENOUGH} are enough to claim it." if seeds < ENOUGH else ""
    if not open_choice.sure:
        return Said(
            f"There is nothing to lose here: even without privacy this strategy {open_choice.against()}.",
            f"Without privacy it stands at {open_choice.told()}.{few}",
        )
    kept = from_here_on(found, lambda f: f.sure)
    private = [f for f in found if f.total <= defended]
    worth = f"Without privacy the choice is worth {open_choice.told()} over random."
    if kept is None:
        most = found[-1]
        return Said(
            f"Private choice does not help here: at ε = {eps(most.epsilon)} a round, the largest tried, it "
            f"{most.against()}.",
            f"It stands at {most.told()} there, and spends ε = {eps(most.total)} in all. {worth}{few}",
        )
    least = f"{eps(kept.epsilon)} a round, {kept.told()}"
    more = " and so does every larger one tried" if kept is not found[-1] else ""
    if kept.total <= defended:
        return Said(
            f"Private choice helps here: with ε = {eps(kept.total)} for the whole run it still beats random"
            f"{',' if more else ''}{more}.",
            f"The smallest ε of which that holds is {least}. {worth}{few}",
        )
    rest = (
        f"{worth} The smallest ε that still beats random{',' if more else ''}{more}{',' if more else ''} is "
        f"{least}: ε = {eps(kept.total)} for the whole run, no privacy worth the name.{few}"
    )
    if not private:
        return Said(f"Nothing tried here stays within ε = {defended:g} for the whole run.", rest)
    best = private[-1]
    return Said(
        f"At an ε one would defend, {eps(best.total)} for the whole run, private choice {best.against()}: "
        f"{best.told()}.",
        rest,
    )
