"""The Playground's stage: buttons, the map beside the learning curve, and what lies behind them."""

import math
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from alcore import pace, tables
from alcore.catalog import ACQUISITIONS, COLD_STARTS, DATASETS, METRICS
from alcore.errors import AlcoreError, UnavailableError
from alcore.spec import Choice
from alcore.types import Log
from pages.ui import advice, best_case, charts, form, later, live, own_data, repeats, share, why
from pages.ui.editor import Editor
from pages.ui.form import spoken, title
from pages.ui.live import PASSIVE, Race

GRID = 72  # cells along each side of the map's background
MOMENT = 1.5  # seconds an explanation may take before the page says that it is on its way
PATIENCE = 60.0  # seconds it may take in all, the queue included
CHART = 380  # pixels: height of the curve; its neighbour is about as tall


def act(page: Editor, race: Race) -> None:
    """Do what a button asked for, or what the address says was done."""
    pressed, view = page.pressed(), page.view
    race.refresh()
    if pressed == "stop":
        race.stop()
        race.refresh()
        race.goal = max(1, race.common)
        page.put(show="steps", steps=race.goal)
        return
    if pressed == "run":
        page.put(show="run", steps=0, round=-1, row=-1)
    elif pressed == "step":
        page.put(show="steps", steps=race.common + 1, round=-1, row=-1)
    elif pressed == "reset":
        page.put(show="", steps=0, round=-1, row=-1)
        race.stop()
    goal = {"": 0, "run": None, "steps": int(view["steps"])}[str(view["show"])]
    if pressed or goal != race.goal or (goal != 0 and not race.keys and not race.error):
        race.start(goal)
    race.refresh()


def style() -> None:
    """Let the stage use the window; Streamlit's own margins push the charts below the fold."""
    st.html(
        """<style>
        @media (min-width: 640px) {
            [data-testid="stMainBlockContainer"] { padding: 4.25rem 2.5rem 3rem; max-width: 110rem; }
        }
        [data-testid="stMainBlockContainer"] h1 { padding: 0 1.5rem 0 0; font-size: 2rem; }
        [data-testid="stMetricValue"] { font-size: 1.5rem; }
        /* Streamlit's colours for code have too little contrast (3:1) on a light ground. */
        [data-testid="stCode"] .token { color: inherit !important; }
        [data-testid="stCode"] .token.keyword { font-weight: 700; }
        </style>"""
    )


def header(page: Editor, race: Race) -> None:
    """Draw the title with Run, Step, Stop, Reset, and what one may take along."""
    live_now, any_shown = race.live, race.shown > 0
    lack = own_data.lack(page)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title("Playground", width="content", anchor=False)
        st.button(
            "Resume" if any_shown and not race.done and not live_now else "Run",
            type="primary",
            icon=":material/play_arrow:",
            key=page.key("do", "run"),
            on_click=page.press,
            args=("run",),
            disabled=live_now or race.done or bool(lack),
            help=f"{lack}."
            if lack
            else "Run the experiment to its end, beside random on the same split, start and noise.",
        )
        st.button(
            "Step",
            icon=":material/skip_next:",
            key=page.key("do", "step"),
            on_click=page.press,
            args=("step",),
            disabled=live_now or race.done or bool(lack),
            help="One round: ask a batch, get its labels, learn.",
        )
        st.button(
            "Stop",
            icon=":material/stop:",
            key=page.key("do", "stop"),
            on_click=page.press,
            args=("stop",),
            disabled=not live_now,
            help="Stop now; what is known stays, and Resume goes on from there.",
        )
        st.button(
            "Reset",
            icon=":material/replay:",
            key=page.key("do", "reset"),
            on_click=page.press,
            args=("reset",),
            disabled=not (any_shown or live_now),
            help="Back to the start. The same settings give the same run again.",
        )
        st.space("stretch")
        _take_along(page, race)


def moving(page: Editor, race: Race) -> bool:
    """Whether something is on its way that the page should look at again."""
    notes = page.memory.notes
    return (
        race.live
        or best_case.pending(notes)
        or advice.pending(page, race)
        or later.pending(notes, notes.get("why", ""))
    )


def draw(page: Editor, race: Race) -> None:
    """Draw everything that grows while the run is live."""
    race.refresh()
    page.memory.notes["why"] = ""
    status = st.container()
    try:
        scene = _scene(race)
    except AlcoreError as error:
        with status:
            _cannot(page, race, error)
        _settle(page, race)
        return
    with status:
        _status(page, race, scene["pool"])
        advice.committee(page, race)
    shown, log = _whose(page, race)
    left, right = st.columns(2, gap="medium")
    with left:
        at = _map(page, race, scene, shown, log)
    with right:
        _curve(page, race, log, at)
    st.space("small")
    _details(page, race, scene, shown, log, at)
    if (trial := advice.trial(page, race)) is not None:  # last, so that nothing waits for it
        trial.wait(advice.MOMENT)
        with status:
            advice.pace(trial)
    _settle(page, race)


def _settle(page: Editor, race: Race) -> None:
    """Write the address; start or stop the timer when there is more or no more to come."""
    page.write()
    if moving(page, race) != page.memory.notes["timer"]:
        page.again()


def _scene(race: Race) -> dict[str, Any]:
    """The data; loading them can take seconds the first time, with the room for them kept free."""
    slot = st.empty()
    try:
        if not race.knows("scene", 0):
            with slot.container(height=2 * CHART, border=False):
                st.space("large")
                with st.spinner(f"Loading {title(DATASETS[race.spec.dataset.name])} ..."):
                    race.call("scene", 0)
        return race.call("scene", 0)
    finally:
        slot.empty()


def _status(page: Editor, race: Race, pool: int) -> None:
    metric = str(page.view["metric"])
    if race.error:
        st.error(race.error, icon=":material/error:")
        return
    if not race.keys or race.goal == 0:
        rival = "random asking alone" if race.name == PASSIVE else f"**{spoken(race.name)}** race random"
        st.progress(0.0, f"Press **Run** to watch {rival}, or **Step** to see one round at a time.")
        return
    if race.done and not race.shown:
        st.warning(
            "The budget does not buy a single label. Raise the budget, or lower the price of a label.",
            icon=":material/savings:",
        )
        return
    line = live.headline(race, metric, spoken(METRICS[metric].label))
    if race.done and race.reason:
        line = f"{_ending(race.reason)} {line}"
    elif race.held or not race.live:
        line = f"Stopped after {_rounds(race.shown)}{_limited(race)}. {line}"
    else:
        line += advice.time_left(
            sum(pace.seconds_left(race.specs[n], log, pool) for n, log in race.logs.items())
        )
    st.progress(race.share, line)


def _limited(race: Race) -> str:
    """Which limit of the server stopped the run; "" when it was the visitor."""
    seen = race.progress.get(race.name)
    ours = seen is None or race.held or seen.state != "stopped" or seen.reason in ("", "stopped", "paused")
    return "" if ours or seen is None else f", as {seen.reason}"


def _ending(reason: str) -> str:
    """Why a run is over, as a sentence: budgets and empty pools need no more words than the engine's."""
    who, _, what = reason.partition(": ")
    if who == "budget":
        return "Finished: the budget is used up."
    return f"Finished: {what}." if who == "exhausted" else f"Stopped early by its rule, {reason}."


def _rounds(n: int) -> str:
    if n < 1:
        return "nothing yet: no label was bought"
    return "the cold start" if n == 1 else f"{n - 1} round{'s' if n != 2 else ''}"


def _whose(page: Editor, race: Race) -> tuple[str, Log]:
    """The run on the map, and its rounds."""
    name = PASSIVE if page.view["of"] == "random" else race.name
    return name, race.logs[name]


# --- the map ----------------------------------------------------------------------------------------------


def _map(page: Editor, race: Race, scene: dict[str, Any], name: str, log: Log) -> int:
    """Draw the map with its switches, and return the round it shows (-1 before the first)."""
    labels = {"": "Decision regions"} | {n: title(e) for n, e in ACQUISITIONS.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        heat = str(page.show("heat", label="Map background", names=labels))
        page.show("moment", label="Learner", names={"before": "Before", "after": "After"}, segments=True)
    at = _round(page, log)
    learnt = 0 if at < 0 else at + (page.view["moment"] == "after")
    field = _field(race, name, learnt, heat)
    given: dict[int, float] = {}
    for done in log.rounds[:learnt]:
        given |= {q[0]: a[0] for q, a in zip(done.asked, done.answers, strict=True)}
    asked = [q[0] for q in log.rounds[at].asked] if at >= 0 else []
    chart = charts.map_chart(
        scene,
        labelled=given,
        asked=asked,
        chosen=int(page.view["row"]) if page.view["row"] != -1 else None,
        field=field,
        background="none" if field is None else "scores" if heat and "scores" in field else "classes",
        measure=labels[heat] if heat else "",
        unit=str(ACQUISITIONS[heat].facts.get("unit", "")) if heat else "",
        truth=bool(page.view["truth"]),
        bayes=bool(page.view["bayes"]),
        extra=_extra(race, scene, given, asked),
        pick=True,
    )
    key = page.key("map")
    charts.show(chart, key=key, on_select=lambda: _picked(page, key))
    _slider(page, log, at)
    with st.container(horizontal=True, vertical_alignment="center"):
        page.show(
            "of",
            label="Map of",
            names={"chosen": spoken(race.name), "random": "Random"},
            disabled=race.name == PASSIVE,
            segments=True,
        )
        page.show("truth", label="True labels")
        page.show("bayes", label="Bayes boundary", disabled=not scene["boundary"])
    st.caption(_caption(race, scene, at, learnt, heat, field))
    return at


def _round(page: Editor, log: Log) -> int:
    """The round to show: the newest, unless the visitor moved the slider."""
    wanted, newest = int(page.view["round"]), len(log) - 1
    return newest if wanted < 0 else min(wanted, newest)


def _slider(page: Editor, log: Log, at: int) -> None:
    """Every round of the past; a new one makes a new slider, so no answer of the old one can arrive late."""
    newest = len(log) - 1
    if newest < 1:
        st.slider("Round", 0, 1, 0, key=page.key("no_round"), disabled=True)
        return
    key = page.key("round", str(newest))
    if st.session_state.get(key, at) != at:
        form.reseed([key])
    st.slider(
        "Round",
        0,
        newest,
        key=key,
        on_change=_moved,
        args=(page, key, newest),
        help="0 is the cold start. The newest round is followed until you move this.",
        **form.initial(key, at),
    )


def _moved(page: Editor, key: str, newest: int) -> None:
    page.touch()
    moved = int(st.session_state[key])
    page.view["round"] = -1 if moved == newest else moved
    page.view["row"] = -1


def _picked(page: Editor, key: str) -> None:
    """A point of the map was clicked: explain it."""
    points = st.session_state[key]["selection"].get("pick") or []
    if points:
        page.touch()
        page.put(row=int(points[0]["id"]), tab="why")


def _field(race: Race, name: str, learnt: int, heat: str) -> dict[str, Any] | None:
    if learnt < 1:
        return None
    try:
        return race.call("field", learnt, run=name, acquisition=heat, size=GRID)
    except AlcoreError as error:
        st.warning(str(error), icon=":material/info:")
        return None


def _extra(
    race: Race, scene: dict[str, Any], given: dict[int, float], asked: list[int]
) -> dict[int, tuple[float, float]]:
    """Places of asked rows that the map's sample left out."""
    if not scene["sampled"]:
        return {}
    missing = sorted({*given, *asked} - set(scene["ids"]))
    if not missing:
        return {}
    found = race.call("places", 0, ids=missing)
    return {i: (x, y) for i, x, y in zip(missing, found["x"], found["y"], strict=True)}


def _caption(
    race: Race, scene: dict[str, Any], at: int, learnt: int, heat: str, field: dict[str, Any] | None
) -> str:
    said = [scene["caption"], *scene["notes"]]
    if scene["sampled"]:
        said.append(f"{len(scene['ids']):,} of {scene['pool']:,} pool rows are drawn.")
    if at >= 0 and learnt < 1:
        said.append("Nothing is labelled yet: no learner.")
    elif heat and field is not None and "scores" not in field:
        said.append("Fewer than two classes are labelled: nothing to score yet.")
    return " ".join(said)


# --- the curve --------------------------------------------------------------------------------------------


def _curve(page: Editor, race: Race, log: Log, at: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        before = page.view["metric"]
        page.show("metric", label="Measured by", names={n: spoken(e.label) for n, e in METRICS.items()})
        if page.view["metric"] != before:
            better = METRICS[str(page.view["metric"])].facts["better"]
            page.put(target=0.95 if better == "higher" else 0.5)
        page.show("target", label="Target", typed=True)
        page.show("x", label="Horizontal axis", names={"labels": "Labels", "money": "Money"}, segments=True)
    metric, x, target = str(page.view["metric"]), str(page.view["x"]), float(page.view["target"])
    drawn = st.container()  # above its switches, which are read first
    with st.container(horizontal=True):
        page.show("ceiling", label="All-labels ceiling")
        page.show("greedy", label="Greedy oracle")
    logs, ceiling, so_far = race.logs, _ceiling(page, race, metric), log[: at + 1]
    frame, names, band = tables.curve(logs), list(logs), _band(page, race, metric)
    if band is not None and len(band.labels) > 1:
        frame, names = band.beside(frame), [best_case.NAME, *names]
    chart = charts.curve(
        frame,
        metric,
        names=names,
        labels={name: spoken(name) for name in names},
        x=x,  # type: ignore[arg-type]
        budget=race.spec.budget if x == race.spec.budget_in and not race.done else None,
        target=target,
        ceiling=ceiling,
        room=(best_case.NAME, PASSIVE) if best_case.NAME in names else None,
        height=CHART,
        mark=None if len(log) < 2 else float(so_far.labels if x == "labels" else so_far.spent),
    )
    with drawn:
        charts.show(chart, key=page.key("curve"))
        _tiles(race, metric, target, ceiling, x)
    if page.view["greedy"]:
        st.caption(_about_band(race, band, metric))


def _band(page: Editor, race: Race, metric: str) -> best_case.Band | None:
    """The greedy oracle's curve as far as it has come; it grows when the runs need the workers no more."""
    if not page.view["greedy"]:
        return None
    found = best_case.band(page.memory.notes, live.service(), race.spec, race.owner, metric)
    if race.shown and not race.live:
        found.look(race.shown)
    return found


def _about_band(race: Race, band: best_case.Band | None, metric: str) -> str:
    if band is None or not race.shown or race.live:
        return "The greedy oracle's curve is computed once the run has ended or is stopped."
    return best_case.caption(band, spoken(METRICS[metric].label).lower())


def _tiles(race: Race, metric: str, target: float, ceiling: float | None, x: str) -> None:
    """The numbers a planner asks for: labels or money to the target, and the share of them that was saved."""
    unit = " labels" if x == "labels" else " in money"
    rows = {
        r["run"]: r for r in tables.summary(race.logs, metric, target, ceiling=ceiling).to_dict("records")
    }
    st.markdown(f"**What it takes to reach {spoken(METRICS[metric].label).lower()} {target:g}**")
    with st.container(horizontal=True):
        for name, row in rows.items():
            reached = row[f"{x}_to_target"]
            missing = "not yet" if race.live or not race.shown else "not reached"
            st.metric(spoken(name), missing if math.isnan(reached) else f"{reached:,.6g}{unit}", border=True)
        if race.name in rows and len(rows) > 1:
            saved = rows[race.name][f"saved_{x}"]
            st.metric("Saved", "–" if math.isnan(saved) else f"{saved:.0%}", border=True)


def _ceiling(page: Editor, race: Race, metric: str) -> float | None:
    """What the learner reaches with every label; asked for when the runs need the worker no more."""
    if not page.view["ceiling"] or race.shown < 1 or race.live:
        return None
    try:
        found = race.call("ceiling", 0)["metrics"].get(metric)
    except AlcoreError as error:
        st.caption(f"No ceiling: {error}.")
        return None
    return None if found is None or math.isnan(found) else float(found)


# --- below ------------------------------------------------------------------------------------------------


def _details(page: Editor, race: Race, scene: dict[str, Any], name: str, log: Log, at: int) -> None:
    tab = page.show(
        "tab",
        label="Details",
        names={
            "why": "Why this point?",
            "batches": "Batches",
            "results": "Results",
            "queries": "Query log",
        },
        segments=True,
        hide_label=True,
    )
    with st.container(border=True, height="content"):
        if at < 0:
            st.markdown("Here you will read why each point was asked, what the target cost, and every query.")
        elif tab == "why":
            _why(page, race, scene, name, log, at)
        elif tab == "batches":
            repeats.panel(page, race, name, at)
        elif tab == "results":
            _results(page, race)
        else:
            _queries(race, scene)


def _why(page: Editor, race: Race, scene: dict[str, Any], name: str, log: Log, at: int) -> None:
    if race.live and page.view["round"] == -1:
        st.markdown("The run goes on. Press **Stop**, or move the slider to a round, to see why it asked.")
        return
    classes, batch = scene["classes"], log.rounds[at]
    asked_in = {q[0]: r.index for r in log.rounds[: at + 1] for q in r.asked}
    options = [q[0] for q in batch.asked]
    row = int(page.view["row"])
    if row in scene["ids"] and row not in options:
        options.append(row)
    row = row if row in options else options[0]
    key = page.key("row", name, str(at))
    if st.session_state.get(key, row) != row:
        form.reseed([key])
    row = st.selectbox(
        "Point",
        options,
        key=key,
        format_func=lambda r: _point(r, asked_in, log, classes),
        on_change=_row_chosen,
        args=(page, key),
        help="The points of the shown round; click any point of the map for another.",
        **form.index(key, row, options),
    )
    before = asked_in.get(row, at + 1)
    spec, bits = race.specs[name], bool(page.view["bits"])
    page.memory.notes["why"] = f"why {spec.id} {before} {row} {bits}"
    question = partial(
        live.service().call, "why", spec, race.owner, before, timeout=PATIENCE, row=row, bits=bits
    )
    found = later.ask(page.memory.notes, page.memory.notes["why"], question)
    if not found.wait(MOMENT):
        st.markdown(":material/hourglass_top: Working it out. With slow learners this takes a while.")
        return
    if found.result is None:
        st.warning(str(found.error), icon=":material/info:")
        return
    answer = found.result
    asked = (
        f"It was asked in round {before}"
        if before
        else f"The cold start ({title(COLD_STARTS[race.spec.start.name])}) chose it"
    )
    if row not in asked_in:
        asked = f"It has not been asked after round {at}"
    st.markdown(f"{asked}. Everything here is what the learner knew just before.")
    if row in asked_in:
        st.markdown(repeats.sentence(race, name, before))

    def measure(names: list[str]) -> str:
        own = race.specs[name].acquisition.name
        own = own if own in names else names[0]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = form.field(
                replace(page.params["measure"], choices=tuple(names)),
                page.view["measure"] if page.view["measure"] in names else own,
                page.key("measure", name),
                label="Worked out for",
                names={n: title(ACQUISITIONS[n]) for n in names},
                on_change=page.touch,
                segments=False,
            )
            page.show("bits", label="In bits")
        page.view["measure"] = "" if chosen == own else chosen
        return str(chosen)

    why.panel(answer, classes, key=page.key("why"), measure=measure)


def _row_chosen(page: Editor, key: str) -> None:
    page.touch()
    page.view["row"] = int(st.session_state[key])


def _point(row: int, asked_in: dict[int, int], log: Log, classes: list[str]) -> str:
    if row not in asked_in:
        return f"Row {row}, not asked yet"
    r = log.rounds[asked_in[row]]
    place = [q[0] for q in r.asked].index(row)
    code = r.answers[place][0]
    said = "could not say" if math.isnan(code) else f"answer: {classes[int(code)]}"
    score = f", score {r.scores[place]:.4g}" if r.index else ""
    return f"Row {row}, {said}{score}"


def _results(page: Editor, race: Race) -> None:
    metric, target = str(page.view["metric"]), float(page.view["target"])
    ceiling = _ceiling(page, race, metric)
    st.table(_summary(race, metric, target, ceiling), alt="What each strategy took, cost and reached")
    if ceiling is None:
        st.caption(
            "Regret is measured against the learner that knows every label; switch on the ceiling for it."
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            ":material/casino: **One seed is one run: an anecdote, not evidence.** "
            "Another seed may turn the result around.",
            width="content",
        )
        if st.button("Run the next seed", key=page.key("do", "next_seed")):
            page.replace(replace(page.spec, seed=(page.spec.seed + 1) % 2**31))
            page.put(show="run", steps=0, round=-1, row=-1)
            st.rerun()  # of the whole page: the form shows the new seed


def _summary(race: Race, metric: str, target: float, ceiling: float | None) -> Any:
    """`alcore.tables.summary` with the runs as columns and its numbers as words."""
    import pandas as pd

    frame = tables.summary(race.logs, metric, target, ceiling=ceiling)
    named = spoken(METRICS[metric].label)
    shown = {  # column: (title, format, what a missing number means)
        "labels_to_target": (f"Labels to {named.lower()} {target:g}", "{:,.0f}", "not reached"),
        "money_to_target": (f"Cost to {named.lower()} {target:g}", "{:,.6g}", "not reached"),
        "saved_labels": ("Labels saved against random", "{:.0%}", "–"),
        "saved_money": ("Cost saved against random", "{:.0%}", "–"),
        "final": (f"{named} at the end", "{:.3f}", "–"),
        "area": ("Area under the curve (mean height)", "{:.3f}", "–"),
        "regret": ("Cumulative regret", "{:.2f}", "–"),
        "labels": ("Labels bought", "{:,.0f}", "–"),
        "money": ("Money spent", "{:,.6g}", "–"),
        "seconds": ("Computing time", "{:.2f} s", "–"),
    }
    rows = {
        label: [missing if math.isnan(v) else form.format(v) for v in frame[column]]
        for column, (label, form, missing) in shown.items()
    }
    return pd.DataFrame(rows, index=[spoken(n) for n in frame["run"]]).T


def _queries(race: Race, scene: dict[str, Any]) -> None:
    frame = tables.queries(race.logs, scene["classes"])
    st.dataframe(
        frame,
        hide_index=True,
        height=360,
        alt="Every query of both runs: round, row, score, answer, cost, time",
        column_config={
            "run": "strategy",
            "score": st.column_config.NumberColumn(format="%.4f"),
            "cost": st.column_config.NumberColumn(format="%.2f"),
            "seconds": st.column_config.NumberColumn(format="%.4f"),
        },
    )


# --- taking along -----------------------------------------------------------------------------------------


def _take_along(page: Editor, race: Race) -> None:
    with st.popover("Link", icon=":material/link:"):
        st.markdown(share.reach(race.spec))
        st.code(share.address(page.query()), language=None, wrap_lines=True)
        view = {k: v for k, v in page.query().items() if k in page.params}
        st.markdown("This one keeps its meaning even when our defaults change:")
        st.code(share.permanent(race.spec, view), language=None, wrap_lines=True)
    with st.popover("Code", icon=":material/code:"):
        st.code(share.code_of(race.spec), language="python")
    with st.popover("Download", icon=":material/download:", disabled=race.shown < 1):
        logs = race.logs
        classes = race.call("scene", 0)["classes"] if race.shown else []
        base = f"{race.spec.dataset.name}-{race.spec.acquisition.name}-{race.spec.id}"
        st.download_button(
            "Curves (CSV)",
            lambda: share.csv(tables.curve(logs)),
            f"{base}-curves.csv",
            "text/csv",
            key=page.key("do", "curves_csv"),
            on_click="ignore",
        )
        st.download_button(
            "Queries (CSV)",
            lambda: share.csv(tables.queries(logs, classes)),
            f"{base}-queries.csv",
            "text/csv",
            key=page.key("do", "queries_csv"),
            on_click="ignore",
        )
        st.download_button(
            "Queries (JSON)",
            lambda: share.json_log(race.spec, logs, classes),
            f"{base}.json",
            "application/json",
            key=page.key("do", "json"),
            on_click="ignore",
        )


def _cannot(page: Editor, race: Race, error: AlcoreError) -> None:
    """The data cannot be had: say so, and offer what can be."""
    entry = DATASETS[race.spec.dataset.name]
    if own_data.is_own(race.spec.dataset):
        lack = own_data.lack(page)
        st.info(
            f"{lack}."
            if lack
            else f"{str(error).rstrip('.')}. An uploaded table stays with the visitor who brought it; all "
            "other settings of this experiment are in place. Bring your own table in **Data**, or take "
            "another dataset.",
            icon=":material/upload_file:",
        )
        fallback = "digits"
    else:
        st.error(f"{error}.".replace("..", "."), icon=":material/error:")
        fallback = str(entry.facts.get("fallback", "")) if isinstance(error, UnavailableError) else ""
    if fallback in DATASETS and st.button(f"Use {fallback} instead", key=page.key("do", "fallback")):
        page.replace(replace(page.spec, dataset=Choice(fallback)))
        st.rerun()
