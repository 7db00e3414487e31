"""The Compare page's stage: buttons, how far it is, the verdict, the curves, and what lies behind them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import streamlit as st

from alcore.catalog import METRICS
from alcore.comparison import RANDOM, Comparison, Contender
from alcore.lint import Finding, lint
from alcore.params import Param, Range
from alcore.spec import Spec
from pages.ui import charts, compare_results, compare_words, form, live, own_data, share, take_along
from pages.ui.colours import Look
from pages.ui.compare_editor import ComparisonEditor
from pages.ui.compare_numbers import Numbers, mean_of, waiting
from pages.ui.compare_words import AXES, count
from pages.ui.contest import Contest, summary_of
from pages.ui.form import spoken
from pages.ui.savings_words import plain
from pages.ui.vega import INK

if TYPE_CHECKING:
    import pandas as pd

ORACLE = "Greedy oracle"
ORACLE_LOOK = Look(INK, (1, 3), "square")
TALL, SMALL = 430, 300  # pixels: height of the curves, alone and side by side

USUAL = Comparison(
    Spec("digits", first=20, batch=10, budget=200),
    tuple(Contender.recipe(name) for name in ("margin", "entropy", "hybrid", "badge")),
    seeds=10,
)
VIEW = (
    Param("show", str, "", choices=("", "run")),
    Param("metric", str, "accuracy", choices=tuple(METRICS), help="What is measured on the test rows."),
    Param("target", float, 0.9, range=Range(0, 10), help="How good is good enough for you?"),
    Param("x", str, "labels", choices=tuple(AXES), help="What the effort is counted in, also in tables."),
    Param("pace", float, 12.0, range=Range(0.1, 36_000), help="Seconds an annotator needs for a label."),
    Param("centre", str, "mean", choices=("mean", "median"), help="Which middle of the seeds is drawn."),
    Param(
        "band",
        str,
        "ci",
        choices=("ci", "iqr", "range", "none"),
        help="Around the middle: where it could be (95 % interval), the middle half of the seeds, or all.",
    ),
    Param("threads", bool, False, help="A thin line for each seed."),
    Param("ceiling", bool, False, help="What the shared learner reaches with every label of the pool."),
    Param(
        "greedy",
        bool,
        False,
        help="An oracle that cheats: it knows all answers and looks at the test rows. The gap to it is what "
        "choosing better could still bring. Two seeds; takes a while.",
    ),
    Param("lit", str, (), many=True),
    Param("tab", str, "area", choices=tuple(compare_results.SECTIONS)),
    Param("at", float, (), many=True, help="Scores are compared there; none = a quarter, a half, all."),
    Param(
        "rule", str, "first", choices=("first", "stable", "interpolated"), help="When a target is reached."
    ),
    Param("ranked_by", str, "nemenyi", choices=("nemenyi", "wilcoxon")),
    Param("repeats", bool, False),
    Param("rules", str, ("stable_predictions", "plateau"), many=True),
    Param("within", float, 1.0, range=Range(0.001, 100), help="Half the width of the 95 % interval."),
)
BANDS = {"ci": "95 % interval", "iqr": "Middle half", "range": "All seeds", "none": "None"}


def act(page: ComparisonEditor, runs: Contest) -> None:
    """Do what a button asked for, or what the address says was done."""
    pressed, notes = page.pressed(), page.memory.notes
    before, notes["acted"] = notes.get("acted"), page.comparison
    if before is not None and before != page.comparison:
        page.put(show="")  # another comparison: it is run when that is asked for
    if "recalled" not in runs.memo:
        runs.recall()
        runs.memo["recalled"] = True
    if pressed == "stop":
        runs.stop()
        page.put(show="")
    elif pressed == "run":
        page.put(show="run")
        runs.start()
    elif page.view["show"] == "run" and not (runs.live or runs.done or runs.error):
        runs.start()
    runs.refresh()


def every(page: ComparisonEditor, runs: Contest) -> float | None:
    """Seconds until the stage is drawn again by itself; None when nothing moves."""
    watch: Contest | None = page.memory.notes.get("watch")
    moving = runs.live or waiting(runs) or (watch is not None and watch.live)
    page.memory.notes["timer"] = live.EVERY if moving else None
    return page.memory.notes["timer"]


def style() -> None:
    """The legend's buttons wrap close together; rows of controls do not jump."""
    st.html(
        """<style>
        .st-key-compare_legend button { min-height: 2rem; }
        .st-key-compare_verdict { min-height: 3.2rem; }
        .st-key-compare_verdict p { font-size: 1.05rem; }
        .st-key-compare_who [data-testid="stExpander"] summary { padding-block: .35rem; }
        .st-key-compare_who [data-testid="stVerticalBlock"] { gap: .5rem; }
        </style>"""
    )


def draw(page: ComparisonEditor, runs: Contest) -> None:
    """Draw everything that grows while runs come in."""
    runs.refresh()
    numbers = _numbers(page, runs)
    _status(page, numbers)
    _verdict(numbers)
    _findings(numbers)
    _controls(page)
    numbers = _numbers(page, runs)
    _legend(page, numbers)
    numbers.lit = _lit(page, numbers)
    _curves(page, numbers)
    st.space("small")
    page.show(
        "tab",
        label="Tables and their charts",
        names={name: title for name, (title, _) in compare_results.SECTIONS.items()},
        segments=True,
        hide_label=True,
    )
    compare_results.draw(page, numbers)
    _take_along(page, numbers)
    page.write()
    before = page.memory.notes.get("timer")
    if every(page, runs) != before:
        page.again()


def _numbers(page: ComparisonEditor, runs: Contest) -> Numbers:
    view: dict[str, Any] = page.view
    return Numbers(
        page.comparison,
        runs,
        metric=str(view["metric"]),
        target=float(view["target"]),
        axis=str(view["x"]),
        pace=float(view["pace"]),
        rule=str(view["rule"]),
    )


# --- how far it is, and what it says ----------------------------------------------------------------------


def _status(page: ComparisonEditor, n: Numbers) -> None:
    """Progress, time left, and what went wrong; always one bar, so that nothing below it moves."""
    runs = n.contest
    made, wanted = len(runs.logs), len(runs.entries)
    if runs.live:
        seeds = f"{n.seeds} of {count(n.comparison.seeds, 'seed')} complete" if made else "starting"
        st.progress(runs.share, f"{made:,} of {count(wanted, 'run')}, {seeds}{runs.left}")
    elif runs.done and made:
        failed = f", {len(runs.failures):,} failed" if runs.failures else ""
        st.progress(1.0, f"Finished: {count(made, 'run')}{failed}. {_shape(n)}")
    elif runs.done:
        st.progress(1.0, f"None of {count(wanted, 'run')} could be made. {_shape(n)}")
    elif made:
        st.progress(
            runs.share, f"{made:,} of {count(wanted, 'run')} are there. **Run** makes the others. {_shape(n)}"
        )
    else:
        st.progress(0.0, f"Press **Run** to make {count(wanted, 'run')}. {_shape(n)}")
    if runs.error:
        st.error(plain(runs.error), icon=":material/error:")
    for sentence in summary_of(runs.failures):
        st.warning(plain(sentence), icon=":material/error:")
    if own_data.is_own(page.spec.dataset) and not dict(page.spec.dataset.params).get("file"):
        st.info(
            "Bring a table in **Data**: CSV or Parquet, with a column that holds the labels.",
            icon=":material/upload_file:",
        )


def _shape(n: Numbers) -> str:
    """The size of the comparison in words."""
    names, places = len(n.looks), len(n.places)
    on = spoken(next(iter(n.places))) if places == 1 else count(places, "dataset")
    return f"{count(names, 'strategy', 'strategies')}, {on}, {count(n.comparison.seeds, 'seed')}."


def _verdict(n: Numbers) -> None:
    """The answer in plain words, before all charts."""
    with st.container(key="compare_verdict"):
        if n.contest.live:
            st.markdown(
                f":material/hourglass_top: {spoken(count(n.seeds, 'complete seed'))} so far. The verdict "
                "comes "
                "when all are in; stopping at a moment that looks good would be choosing the result."
            )
            return
        lines = _said(n)
        if not lines:
            st.markdown(
                f":material/balance: {_wanted(n.comparison)} Every strategy meets the same split, the same "
                "first labels and the same answers in each seed, and random takes part always."
            )
            return
        st.markdown("  \n".join(f"{line.icon} {line.text}" for line in lines))


def _said(n: Numbers) -> list[compare_words.Line]:
    """The verdict; of a part of the runs a preliminary one, without a winner's cup."""
    asked = ("verdict", n.metric, n.target, n.axis, n.pace, n.rule)
    lines = n.held(lambda: compare_words.verdict(n), *asked)
    if n.contest.done or not lines:
        return lines
    wanted, made = n.comparison.seeds, len(n.contest.logs)
    part = f"Stopped after {n.seeds} of {count(wanted, 'seed')}"
    if n.seeds >= wanted:
        part = f"Only {made:,} of {count(len(n.contest.entries), 'run')} are there"
    cup = compare_words.BETTER
    rest = [compare_words.Line(compare_words.OPEN if x.icon == cup else x.icon, x.text) for x in lines]
    return [compare_words.Line(":material/hourglass_top:", f"**{part}: preliminary.**"), *rest]


def _wanted(comparison: Comparison) -> str:
    names = [plain(c.label) for c in comparison.contenders]
    return (
        f"Who needs fewer labels: {compare_words.listed([*names, 'random'])}?" if names else "Random, alone."
    )


def _findings(n: Numbers) -> None:
    """What is unsound about the comparison; the worst first."""
    found = n.held(lambda: _lint(n), "lint", n.metric, n.target)
    serious = [f for f in found if f.severity != "note"]
    icons = {"error": ":material/error:", "warning": ":material/warning:", "note": ":material/info:"}
    title = f"{count(len(serious), 'weakness', 'weaknesses')} to know of" if serious else "Nothing unsound"
    if notes := len(found) - len(serious):
        title += f", {count(notes, 'note')}"
    with st.expander(
        title, icon=icons[serious[0].severity] if serious else ":material/verified:", key="compare.open.lint"
    ):
        for f in found:
            where = f" ({', '.join(f.datasets)})" if f.datasets and n.several else ""
            st.markdown(f"{icons[f.severity]} {plain(f.sentence + where)} *{plain(f.advice)}*")
        if not found:
            st.markdown("Enough seeds, equal starts, random beside everybody, test rows kept apart.")


def _lint(n: Numbers) -> tuple[Finding, ...]:
    runs = {} if n.contest.live else n.runs
    facts: dict[str, Any] = {
        place: {"private": own_data.is_own(spec.dataset), "overlap": 0} for place, spec in n.places.items()
    }
    return lint(n.contest.specs, runs, facts, twins=n.comparison.twins, metric=n.metric, target=n.target)


# --- curves -----------------------------------------------------------------------------------------------


def _controls(page: ComparisonEditor) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_controls"):
        before = page.view["metric"]
        page.show(
            "metric",
            label="Measured by",
            names={n: spoken(e.label) for n, e in METRICS.items()},
            segments=False,
        )
        if page.view["metric"] != before:
            better = METRICS[str(page.view["metric"])].facts["better"]
            page.put(target=0.9 if better == "higher" else 0.5)
        page.show("target", label="Target", typed=True)
        page.show("x", label="Effort in", names={n: words[0] for n, words in AXES.items()}, segments=False)
        if page.view["x"] == "minutes":
            page.show("pace", label="Seconds a label", typed=True)
        page.show("centre", label="Line", segments=True)
        page.show("band", label="Band", names=BANDS, segments=False)
    with st.container(horizontal=True, key="compare_more"):
        page.show("threads", label="Every seed")
        page.show("ceiling", label="All-labels ceiling")
        page.show("greedy", label=ORACLE)


def _legend(page: ComparisonEditor, n: Numbers) -> None:
    """Who is which line; what is picked stands out in all charts, the others fade."""
    names = list(n.looks)
    key = page.key("view", "lit")
    held = [name for name in page.view["lit"] if name in names]  # type: ignore[union-attr]
    if key in st.session_state and any(s not in names for s in st.session_state[key] or []):
        form.reseed([key])
    rules = "".join(
        f".st-key-compare_legend [data-testid='stButtonGroup'] button:nth-of-type({at})::before"
        f'{{content: ""; display: inline-block; width: 2rem; height: 12px; margin-right: .4rem; '
        f"background: url(data:image/svg+xml;base64,{_stroke(look)}) center / contain no-repeat}}"
        for at, look in enumerate(n.looks.values(), 1)
    )
    with st.container(key="compare_legend"):
        st.html(f"<style>{rules}</style>")
        picked = st.pills(
            "Legend; pick one or more to make them stand out in every chart",
            names,
            selection_mode="multi",
            format_func=plain,
            key=key,
            on_change=page.touch,
            label_visibility="collapsed",
            **form.initial(key, held, "default"),
        )
    page.view["lit"] = tuple(picked)


def _lit(page: ComparisonEditor, n: Numbers) -> tuple[str, ...]:
    return tuple(name for name in page.view["lit"] if name in n.looks)  # type: ignore[union-attr]


def _stroke(look: Look) -> str:
    """A short piece of the line as a picture."""
    dash = "" if look.dash == (1, 0) else f' stroke-dasharray="{" ".join(map(str, look.dash))}"'
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="12">'
        f'<line x1="0" y1="6" x2="32" y2="6" stroke="{look.colour}" stroke-width="3"{dash}/></svg>'
    )
    return base64.b64encode(svg.encode()).decode()


def _curves(page: ComparisonEditor, n: Numbers) -> None:
    """The learning curves, a chart for each dataset, on the runs that can be compared."""
    view = page.view
    bands = n.bands(str(view["centre"]), str(view["band"]))
    ceilings = n.ceilings() if view["ceiling"] and n.runs and not n.contest.live else {}
    places = list(n.places)
    columns = st.columns(1 if len(places) == 1 else 2 if len(places) in (2, 4) else 3, gap="medium")
    for at, place in enumerate(places):
        with columns[at % len(columns)]:
            if n.several:
                st.markdown(f"**{plain(spoken(place))}**")
            frame = _curve_frame(n, bands, place, bool(view["threads"]))
            looks, note = dict(n.looks), ""
            if view["greedy"] and n.runs and not n.contest.live:
                frame, note = _with_oracle(n, frame, place)
                looks[ORACLE] = ORACLE_LOOK
            chart = charts.curve(
                frame,
                n.metric,
                names=[name for name in looks if name != RANDOM] + [RANDOM],
                drawn_as=looks,
                lit=(*n.lit, ORACLE) if n.lit else (),
                legend=False,
                x=n.axis,
                x_title=AXES[n.axis][1],
                budget=_end(n),
                target=n.target,
                ceiling=mean_of(ceilings, place),
                height=TALL if not n.several else SMALL,
            )
            charts.show(chart, key=page.key("curve", place))
            if note:
                st.caption(note)
    st.caption(_caption(page, n))


def _curve_frame(n: Numbers, bands: pd.DataFrame, place: str, threads: bool) -> pd.DataFrame:
    """One dataset's rows as `charts.curve` reads them."""
    import pandas as pd

    here = bands[bands["dataset"] == place].rename(
        columns={"strategy": "run", "x": n.axis, "low": "lo", "high": "hi"}
    )
    here = here.drop(columns=["seeds"]).assign(metric=n.metric)
    if not threads:
        return here
    frame = n.frame
    seeds = frame[(frame["dataset"] == place) & (frame["metric"] == n.metric)].rename(
        columns={"strategy": "run"}
    )
    return pd.concat([seeds, here.assign(seed=float("nan"))], ignore_index=True)


def _with_oracle(n: Numbers, frame: pd.DataFrame, place: str) -> tuple[pd.DataFrame, str]:
    """The frame with the greedy oracle's mean curve, and how far that has come."""
    import pandas as pd

    found = n.oracles(place)
    parts = [b.frame() for b in found if b.labels and not b.error]
    note = next((b.error for b in found if b.error), "")
    if any(b.pending for b in found):
        note = f":material/hourglass_top: Computing the greedy oracle, seed {len(found)}."
    elif any(b.cut for b in found):
        note = "The greedy oracle ends early, as more would take too long here."
    if not parts or n.axis == "seconds":
        return frame, note or "The greedy oracle has no computing time to compare."
    whole = pd.concat(parts).assign(minutes=lambda f: f["labels"] * n.pace / 60)
    mean = whole.groupby("round")[["labels", "money", "minutes", "value"]].mean().reset_index()
    counts = whole.groupby("round").size().to_numpy()
    mean = mean[counts == len(parts)].assign(run=ORACLE, metric=n.metric)
    kept = [c for c in frame.columns if c in mean.columns]
    return pd.concat([frame, mean[kept]], ignore_index=True), note


def _end(n: Numbers) -> float | None:
    """Where the x-axis ends while runs come in; afterwards where the data do."""
    base = n.comparison.base
    if n.axis == "seconds" or (n.runs and not n.contest.live):
        return None
    if n.axis == base.budget_in:
        return base.budget
    return base.budget * n.pace / 60 if n.axis == "minutes" and base.budget_in == "labels" else None


def _caption(page: ComparisonEditor, n: Numbers) -> str:
    if not n.runs:
        return "Curves appear with the first seed in which every strategy has finished."
    view = page.view
    around = {
        "ci": f"95 % interval of the {view['centre']}",
        "iqr": "middle half of the seeds",
        "range": "range of the seeds",
        "none": "no band",
    }[str(view["band"])]
    said = [f"{spoken(str(view['centre']))} of {count(n.seeds, 'paired seed')}; band: {around}."]
    if n.seeds < 2 and view["band"] == "ci":
        said.append("One seed has no interval.")
    missing = [plain(name) for name in n.looks if name not in n.shown]
    if missing and not n.contest.live:
        said.append(f"Without runs so far: {compare_words.listed(missing)}.")
    if view["ceiling"]:
        said.append("The ceiling is that of the shared learner, mean over the first seeds.")
    if view["greedy"]:
        said.append("The greedy oracle is no strategy: it knows the answers and looks at the test rows.")
    return " ".join(said)


# --- taking along -----------------------------------------------------------------------------------------


def _take_along(page: ComparisonEditor, n: Numbers) -> None:
    st.subheader("Take it along", anchor=False)
    parcel = take_along.of_comparison(
        page.comparison,
        n.runs,
        link=share.address(page.query()),
        metric=n.metric,
        target=n.target,
        axis=n.axis,
        rule=n.rule,
        pace=n.pace,
        lead="" if n.contest.live else " ".join(compare_words.unmarked(line.text) for line in _said(n)),
        engine=str(getattr(live.service(), "engine", "")),
        looks=n.looks,
    )
    take_along.take_along(parcel, page.key("take"), disabled=not n.runs or n.contest.live)
