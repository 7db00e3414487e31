"""Section three of the Privacy page: mechanisms put to the test on two pools that differ in one record."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from alcore.errors import AlcoreError
from pages.ui import charts, live
from pages.ui import privacy_charts as pictures
from pages.ui import privacy_plan as plan
from pages.ui.editor import Editor
from pages.ui.errands import Errands
from pages.ui.form import spoken
from pages.ui.privacy_charts import Leak
from pages.ui.privacy_words import Said, eps
from pages.ui.savings_words import plain
from pages.ui.vega import listed
from pages.ui.visitor import visitor

if TYPE_CHECKING:
    import pandas as pd

ROWS = 4  # of the pools that are chosen from
RUNS = 200_000


def errands(page: Editor) -> Errands:
    """Where the answers of the tests that are shown are kept: a new place whenever other ones are shown."""
    notes, now = page.memory.notes, repr(asked(page))
    if notes.get("tests") != now or "errands" not in notes:
        notes["tests"], notes["errands"] = now, Errands()
    return notes["errands"]


def asked(page: Editor) -> dict[str, dict[str, Any]]:
    """Mechanism -> the arguments of its test. All are set to promise the same for one round."""
    view = page.view
    epsilon, picks, calls = float(view["leak_epsilon"]), int(view["picks"]), int(view["calls"])  # type: ignore[arg-type]
    found = {}
    for name in plan.MEASURED:
        by_pick = name in ("gumbel_top", "exponential", "noisy_max")
        each = epsilon / picks if by_pick else epsilon
        found[name] = {
            "mechanism": name,
            "each": each,
            "picks": picks,
            "rows": max(ROWS, picks + 2),
            "calls": calls,
            "runs": RUNS,
            "neighbours": str(view["neighbours"]),
        }
    return found


def answers(page: Editor) -> dict[str, dict[str, Any]]:
    """The tests that are answered. They make their own pools, so no table of the visitor's is needed."""
    owner, work, notes = visitor(), errands(page), page.memory.notes
    found = {}

    def test(args: dict[str, Any]) -> Any:
        if notes.get("errands") is not work:
            raise AlcoreError("Other tests are shown by now")  # so nobody waits for the rest of these
        return live.service().call("leak", plan.SPEC, owner, 0, **args)

    for name, args in asked(page).items():
        question = ("leak", repr(args))
        answer = work.ask(question, partial(test, args))
        if answer is not None:
            found[name] = answer
    return found


def waiting(page: Editor) -> bool:
    """Whether tests are on their way."""
    return errands(page).waiting > 0


def said(found: dict[str, dict[str, Any]]) -> Said | None:
    """The answer; None while tests are on their way."""
    if len(found) < len(plan.MEASURED):
        return None
    good = [plan.MEASURED[m] for m in plan.MECHANISMS if not found[m]["breaks"]]
    deck, claim = found["deck"], eps(found["deck"]["claimed"])
    if deck["breaks"]:
        head = f"The lecture's code promises ε = {claim} and gives away at least {deck['low']:.2f}."
    else:
        head = (
            f"Here the lecture's code keeps its promise of ε = {claim}: {deck['measured']:.2f} was measured."
        )
    rest = "" if deck["breaks"] else "Ask the same pool more often, and it does not. "
    for m in plan.MECHANISMS:
        if found[m]["breaks"]:
            rest += (
                f"{plan.MEASURED[m]} breaks its promise, too: at least {found[m]['low']:.2f} of "
                f"{eps(found[m]['claimed'])}. "
            )
    if good:
        rest += f"{listed(good)} {'stays' if len(good) == 1 else 'stay'} within what was promised."
    return Said(head, rest.strip())


def draw(page: Editor) -> None:
    """Draw the tests."""
    found = answers(page)
    st.subheader("How much really gets out?", anchor=False)
    for error in dict.fromkeys(
        filter(None, (errands(page).error(("leak", repr(a))) for a in asked(page).values()))
    ):
        st.error(plain(error), icon=":material/error:")
    drawn = [_drawn(m, found.get(m)) for m in plan.MEASURED]
    ends = [v for d in drawn for v in (d.measured, d.promised) if math.isfinite(v)]
    most = float(page.view["leak_epsilon"]) * int(page.view["calls"])  # type: ignore[arg-type]
    chart = pictures.leaks(
        drawn,
        domain=1.25 * max([most, *ends]),
        alt="Measured privacy loss of each mechanism as a dot with its 99 % bounds; a bar marks what it "
        "promises. "
        "Where the dot lies right of the bar, the promise is broken.",
    )
    charts.show(chart, key=page.key("leaks"))
    runs = min([a["runs"] for a in found.values()], default=RUNS)
    st.caption(
        f"Two pools of {max(ROWS, int(page.view['picks']) + 2)} rows that differ in one record, made to be "
        "as bad as "  # type: ignore[arg-type]
        f"can be; {runs:,} rounds on each. Dot: the largest log-ratio of an outcome, with its 99 % bounds. "
        "Upright "
        "bar: the promise for all rounds together. A test can break a promise; that it holds is proved on "
        "paper "
        "only."
    )
    with st.expander("Every outcome", icon=":material/table:"):
        _outcomes(page, found)


def _drawn(mechanism: str, answer: dict[str, Any] | None) -> Leak:
    """A mechanism as it is drawn; without numbers while its test is on its way."""
    name = plan.MEASURED[mechanism]
    if answer is None:
        return Leak(name, math.nan, math.nan, math.nan, math.nan)
    return Leak(name, *(number(answer[c]) for c in ("measured", "low", "high", "claimed")), answer["breaks"])


def _outcomes(page: Editor, found: dict[str, dict[str, Any]]) -> None:
    names = list(found)
    if not names:
        st.markdown("Outcomes come with the first finished test.")
        return
    which = st.selectbox(
        "Mechanism", names, index=names.index("deck") if "deck" in names else 0,
        format_func=lambda m: plan.MEASURED[m], key=page.key("leak_of"),
    )  # fmt: skip
    answer = found[which]
    rows = [
        {
            "What a watcher sees": spoken(e["name"]),
            "On this pool": f"{e['here']:.2%}",
            "On its neighbour": f"{e['there']:.2%}",
            "Log-ratio": f"{number(e['ratio']):.3f}",
            "At least": f"{number(e['low']):.3f}",
        }
        for e in answer.get("outcomes") or answer.get("events") or []
    ]
    st.dataframe(rows, hide_index=True, width="stretch", key=page.key("outcomes"))


def table(found: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """All tests as a visitor takes them along."""
    import pandas as pd

    columns = ("mechanism", "claimed", "measured", "low", "high", "breaks", "runs")
    return pd.DataFrame([{c: a[c] for c in columns} for a in found.values()], columns=columns)


def number(value: Any) -> float:
    return math.inf if value is None else float(value)
