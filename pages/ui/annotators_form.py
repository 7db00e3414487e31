"""The Annotators page's form: data and learner at the side, the annotators in a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from alcore.catalog import LEARNERS
from alcore.crowd import MOST, SENTENCES, TEAMS
from alcore.params import Param
from alcore.spec import Spec
from pages.ui import annotators_plan as plan
from pages.ui import controls, own_data
from pages.ui.controls import SEED, TEST
from pages.ui.editor import Editor

if TYPE_CHECKING:
    import pandas as pd

MATRIX = 8  # classes up to which a confusion matrix can be typed: more than 64 numbers do not fit a link
# Column: setting, factor on the screen, step, format.
COLUMNS: dict[str, tuple[str, float, float, str]] = {
    "Wrong, %": ("errors", 100.0, 1.0, "%.4g"),
    "Price": ("prices", 1.0, 0.01, "%.4g"),
    "Seconds": ("seconds", 1.0, 0.1, "%.4g"),
    "Can't say, %": ("abstains", 100.0, 1.0, "%.4g"),
    "Guesses when tired, %": ("tired", 100.0, 1.0, "%.4g"),
    "Tires over (answers)": ("pace", 1.0, 1.0, "%.4g"),
    "Guesses on hard rows, %": ("hard", 100.0, 1.0, "%.4g"),
}
KINDS = {"simulated": "Simulated", "recorded": "Real ratings"}
OWN = "Your own"


def sidebar(page: Editor) -> Spec:
    """Draw data, learner, policies and schedule; return the experiment they belong to."""
    spec, view = page.spec, page.view
    with controls.group(page, "Data", ":material/database:", expanded=True):
        spec = replace(spec, dataset=own_data.dataset(page))
    with controls.group(page, "Learner", ":material/neurology:", expanded=True):
        spec = controls.choose(page, spec, "learner", LEARNERS, "Learner")
    with controls.group(page, "Policies", ":material/savings:", f"{float(view['money']):,.6g} each"):
        page.show("money", label="Money for each policy", typed=True)
        page.show("policies", label="Policies, besides one answer each", names=plan.names(view))
        page.show("answers", label="Answers, where repeated")
        page.show("threshold", label="Only the best: how good")
        page.show("seeds", label="Seeds")
    with controls.group(page, "Sessions and breaks", ":material/coffee:"):
        page.show("session", label="Answers between breaks")
        page.show("pause", label="Break, minutes")
        page.show("recovery", label="Recovery, minutes")
        page.show("penalty", label="A wrong answer undoes (right ones)")
        page.show("who", label="Whose day (0 = who tires most)", typed=True)
    with controls.group(page, "Finish date", ":material/event:"):
        page.show("goal", label="Goal", typed=True)
        page.show("goal_in", label="Counted in")
        page.show("repeats", label="Answers for each row")
        page.show("hours", label="Hours a day")
        page.show("week", label="Working days a week")
        page.show("uneven", label="How uneven people are")
        page.show("away", label="Share of days missed")
        page.show("first_day", label="First day (2030-01-31; empty = today)")
    with controls.group(
        page, "Split and seed", ":material/casino:", f"seed {controls.value(page, SEED, spec)}"
    ):
        spec = controls.number(page, spec, SEED, label="Seed of the first project")
        spec = controls.number(page, spec, TEST, label="Test share")
    return spec


def people(page: Editor, classes: Sequence[str]) -> None:
    """Draw who answers: real people, or a table with a row for each simulated annotator."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        page.show("people", label="Who answers", names=KINDS, segments=True)
        ready_made = st.container(width=340)
    if page.view["people"] == "recorded":
        _recorded(page)
        return
    _table(page)
    with ready_made:  # after the table, which may have made it another team
        _ready_made(page)
    _confusion(page, classes)


def misfit(page: Editor) -> None:
    """Real people rated one dataset: a button takes it."""
    st.button(
        "Take the sentences they rated",
        key=page.key("do", "sentences"),
        on_click=_sentences,
        args=(page,),
    )


def _sentences(page: Editor) -> None:
    page.touch()
    page.replace(replace(page.spec, dataset=SENTENCES))


def _ready_made(page: Editor) -> None:
    key = page.key("ready_made")
    names = [name for name in TEAMS if all(page.view[n] == v for n, v in plan.team_values(name).items())]
    st.session_state[key] = names[0] if names else None
    st.selectbox(
        "A ready-made team",
        list(TEAMS),
        index=None,
        format_func=lambda name: TEAMS[name][0],
        key=key,
        placeholder=OWN,
        on_change=_take,
        args=(page,),
        help="Sets every number of the annotators. Change any of them in the table.",
    )


def _take(page: Editor) -> None:
    name = st.session_state.get(page.key("ready_made"))
    page.touch()
    if name in TEAMS:
        page.put(**plan.team_values(name))


def _recorded(page: Editor) -> None:
    st.markdown(
        "What twenty people each said of 6,000 sentences (Hutto & Gilbert 2014): positive or negative; "
        "neutral counts as *can't say*. Price and pace are not recorded, so they are assumed."
    )
    left, right = st.columns(2)
    for column, name, label in (
        (left, "prices", "Price of an answer"),
        (right, "seconds", "Seconds an answer"),
    ):
        param = replace(plan.TEAM[name], many=False)
        with column:
            found = st.number_input(
                label,
                float(param.range.low if param.range else 0),
                float(param.range.high if param.range else 1e6),
                float(page.view[name][0]),  # type: ignore[index]
                key=page.key("recorded", name),
                on_change=page.touch,
            )
        if found != page.view[name][0]:  # type: ignore[index]
            page.view[name] = plan.TEAM[name].check([found])


# --- the table --------------------------------------------------------------------------------------------


def _table(page: Editor) -> None:
    """The annotators, a row each. What is typed stays in the widget; other changes make it anew."""
    notes, now = page.memory.notes, {s: page.view[s] for s, *_ in COLUMNS.values()}
    kept = notes.setdefault("table", {"version": 0, "base": None, "made": None})
    key = page.key("team", str(kept["version"]))
    if kept["made"] != now or (key not in st.session_state and kept["base"] != now):
        kept.update(version=kept["version"] + 1, base=now, made=now)
        key = page.key("team", str(kept["version"]))
    edited = st.data_editor(
        frame_of(kept["base"]),
        key=key,
        num_rows="dynamic",
        width="stretch",
        hide_index=False,
        column_config={
            name: st.column_config.NumberColumn(
                help=plan.TEAM[setting].help,
                min_value=_limit(setting, 0) * factor,
                max_value=_limit(setting, 1) * factor,
                step=step,
                format=form,
                required=False,
            )
            for name, (setting, factor, step, form) in COLUMNS.items()
        },
        on_change=page.touch,
    )
    found, dropped = values_of(edited)
    for name, value in found.items():
        page.view[name] = value
    kept["made"] = {s: page.view[s] for s, *_ in COLUMNS.values()}
    if dropped:
        st.warning(
            f"A team has at most {MOST} annotators; further rows are left out.", icon=":material/info:"
        )
    if int(page.view["confused"]) > len(found["errors"]):
        page.put(confused=0, confusion=())


def frame_of(view: Mapping[str, Any]) -> pd.DataFrame:
    """The table of a team's lists."""
    import pandas as pd

    n = len(view["errors"])
    columns = {}
    for name, (setting, factor, _, _) in COLUMNS.items():
        values = tuple(view[setting])[:n]
        values += values[-1:] * (n - len(values))
        columns[name] = [round(v * factor, 6) for v in values]
    return pd.DataFrame(columns, index=pd.Index([f"annotator {a + 1}" for a in range(n)], name=""))


def values_of(frame: pd.DataFrame) -> tuple[dict[str, tuple[float, ...]], bool]:
    """The lists of a table, in their shortest form, and whether rows beyond the twelfth were left out.

    An empty cell is like the one above it; a number out of its limits goes to the nearest.
    """
    n = max(1, min(MOST, len(frame)))
    found = {}
    for name, (setting, factor, _, _) in COLUMNS.items():
        default = plan.TEAM[setting].default
        assert isinstance(default, tuple)
        low, high = _limit(setting, 0), _limit(setting, 1)
        values: list[float] = []
        for cell in frame[name].tolist()[:n] or [None]:
            if cell is None or not math.isfinite(float(cell)):
                values.append(values[-1] if values else float(default[0]))
            else:
                values.append(min(high, max(low, round(float(cell) / factor, 8))))
        if setting != "errors":
            while len(values) > 1 and values[-1] == values[-2]:
                values.pop()
        found[setting] = tuple(values)
    return found, len(frame) > MOST


def _limit(setting: str, end: int) -> float:
    param: Param = plan.TEAM[setting]
    assert param.range
    return (param.range.low, param.range.high)[end]


# --- one confusion matrix ---------------------------------------------------------------------------------


def _confusion(page: Editor, classes: Sequence[str]) -> None:
    """The choice of an annotator whose errors have a direction, and the matrix."""
    n, C = len(page.view["errors"]), len(classes)  # type: ignore[arg-type]
    if not C or C > MATRIX:
        return
    key = page.key("confused")
    options = list(range(n + 1))
    if st.session_state.get(key, 0) not in options:
        st.session_state.pop(key)
    st.session_state[key] = int(page.view["confused"])
    st.selectbox(
        "A confusion matrix for",
        options,
        format_func=lambda a: f"annotator {a}" if a else "nobody: all mistakes alike",
        key=key,
        on_change=_confuse,
        args=(page, C),
        width=340,
        help="One annotator may mistake some classes for others: a row for each true class, a column for "
        "each answer.",
    )
    if not page.view["confused"]:
        return
    if len(page.view["confusion"]) != C * C:  # type: ignore[arg-type]
        page.view["confusion"] = start_matrix(float(page.view["errors"][int(page.view["confused"]) - 1]), C)  # type: ignore[index]
    _matrix(page, classes)


def _confuse(page: Editor, C: int) -> None:
    who = st.session_state.get(page.key("confused"))
    if who is None:  # a story that was chosen meanwhile has forgotten the widget
        return
    page.touch()
    errors: Any = page.view["errors"]
    page.put(confused=who, confusion=start_matrix(float(errors[who - 1]), C) if who else ())


def start_matrix(error: float, C: int) -> tuple[float, ...]:
    """All mistakes alike: what a matrix begins with.

    >>> start_matrix(0.2, 2)
    (0.8, 0.2, 0.2, 0.8)
    """
    off = error / max(1, C - 1)
    return tuple(round(1 - error if r == c else off, 8) for r in range(C) for c in range(C))


def _matrix(page: Editor, classes: Sequence[str]) -> None:
    import pandas as pd

    notes, C = page.memory.notes, len(classes)
    now = (page.view["confused"], page.view["confusion"])
    kept = notes.setdefault("matrix", {"version": 0, "base": None, "made": None})
    if kept["made"] != now:
        kept.update(version=kept["version"] + 1, base=now, made=now)
    cells = kept["base"][1]
    base = pd.DataFrame(
        [[round(100 * cells[r * C + c], 4) for c in range(C)] for r in range(C)],
        columns=[f"says {name}" for name in classes],
        index=pd.Index([f"true {name}" for name in classes], name=""),
    )
    edited = st.data_editor(
        base,
        key=page.key("matrix", str(kept["version"])),
        width="content",
        column_config={
            name: st.column_config.NumberColumn(min_value=0.0, max_value=100.0, step=1.0, format="%.4g")
            for name in base.columns
        },
        on_change=page.touch,
    )
    page.view["confusion"] = matrix_of(edited.to_numpy(float).tolist())
    kept["made"] = (page.view["confused"], page.view["confusion"])
    st.caption("In percent. A row that does not sum to 100 is scaled so that it does.")


def matrix_of(table: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Shares row by row; a row of nothing is the right answer always.

    >>> matrix_of([[60.0, 20.0], [0.0, 0.0]])
    (0.75, 0.25, 0.0, 1.0)
    """
    found: list[float] = []
    for r, row in enumerate(table):
        cells = [max(0.0, v) if math.isfinite(v) else 0.0 for v in row]
        total = sum(cells)
        shares = [v / total for v in cells] if total else [float(c == r) for c in range(len(row))]
        found += [round(v, 8) for v in shares]
    return tuple(found)
