"""What the Runs page draws: filters, the list, and what can be done with the lines that are selected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st

from alcore.catalog import DATASETS, METRICS
from alcore.comparison import Comparison
from alcore.edge.store import ORDERS, StoredComparison, StoredRun, Wanted
from alcore.errors import AlcoreError
from alcore.link import to_query
from alcore.params import Param, Range
from alcore.spec import Spec
from pages.ui import compare_stage, live, runs_words, share, stage
from pages.ui.compare_words import count
from pages.ui.contest import Contest
from pages.ui.editor import Editor
from pages.ui.runs_words import LIVE
from pages.ui.savings_words import plain
from pages.ui.visitor import visitor

PAGE = 25  # lines
ROW, HEAD = 35, 38  # pixels of the table
SETTLED = 15.0  # seconds between two looks while nothing is live
ALL = ""
VIEW = (
    Param("list", str, "comparisons", choices=("comparisons", "single", "all")),
    Param("state", str, ALL, choices=(ALL, "live", "done", "stopped", "failed")),
    Param("dataset", str, ALL, choices=(ALL, *DATASETS)),
    Param("whose", str, "all", choices=("all", "mine", "public")),
    Param("order", str, "recent", choices=ORDERS),
    Param("metric", str, "accuracy", choices=tuple(METRICS), help="What the score is, in the last round."),
    Param("of", str, ""),
    Param("at", int, 1, range=Range(1, 100_000)),
)
STATES = {"live": LIVE, "done": ("done",), "stopped": ("stopped",), "failed": ("failed",)}
NAMES = {
    "list": {"comparisons": "Comparisons", "single": "Single runs", "all": "All runs"},
    "state": {ALL: "any", "live": "running or waiting"},
    "whose": {"all": "all that you can see", "mine": "yours alone", "public": "everybody's"},
    "order": {"recent": "last changed", "oldest": "oldest", "score": "score", "seconds": "computing time"},
}
PUBLIC = (
    "Runs on the built-in data are everybody's: what one visitor has computed, the next one has at once. "
    "They cannot be deleted here; the server drops what nobody looked at for longest when it needs room. "
    "Runs on a table of your own are yours alone, and you can delete them."
)


def header(page: Editor) -> None:
    """Draw the title and what the page is for."""
    stage.style()
    st.html(
        """<style>
        .st-key-runs-bar { min-height: 2.5rem; }
        @media (min-width: 640px) { .st-key-runs-filters [data-testid="stSelectbox"] { max-width: 16rem; } }
        </style>"""
    )
    st.title("Runs", anchor=False)
    st.markdown(
        "What this server has computed: open it, let it go on, compare it, share it. "
        "A comparison of many runs is one line."
    )


def filters(page: Editor) -> None:
    """Draw what is listed and in which order; a change begins at the first page."""
    before = {name: page.view[name] for name in page.view if name != "at"}
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs-filters"):
        page.show("list", label="Show", names=NAMES["list"], segments=True)
        if page.view["list"] != "comparisons":
            page.show("state", label="State", names=NAMES["state"], segments=False)
            page.show("dataset", label="Dataset", names=_dataset_names(), segments=False)
        page.show("whose", label="Whose", names=NAMES["whose"], segments=False)
        if page.view["list"] != "comparisons":
            page.show("order", label="Sorted by", names=NAMES["order"], segments=False)
            page.show("metric", label="Score", names=_metric_names(), segments=False)
    if page.view["list"] != "all" and page.view["of"]:
        page.view["of"] = ""
    if {name: page.view[name] for name in before} != before:
        page.view["at"] = 1


def every(page: Editor) -> float:
    """Seconds between two looks at the list."""
    return 1.5 if page.memory.notes.get("live") else SETTLED


def draw(page: Editor) -> None:
    """Draw the list and the buttons for what is selected."""
    _feed(page)
    before = bool(page.memory.notes.get("live"))
    if page.view["list"] == "comparisons":
        _comparisons(page)
    else:
        _runs(page)
    if bool(page.memory.notes.get("live")) != before:
        page.again()  # sets the timer


# --- the lists --------------------------------------------------------------------------------------------


def _runs(page: Editor) -> None:
    service, who, view = live.service(), visitor(), page.view
    of = str(view["of"])
    if of:
        _one_comparison(page, of)
    wanted = Wanted(
        states=STATES.get(str(view["state"]), ()),
        dataset=str(view["dataset"]),
        whose=str(view["whose"]),
        comparison=of or ("" if view["list"] == "single" else None),
        order=str(view["order"]),
        metric=str(view["metric"]),
        limit=PAGE,
        offset=PAGE * (int(view["at"]) - 1),
    )
    key = _table_key(page)
    picked = _picked(key)
    if picked:  # the lines hold still under a selection
        runs, total = service.seen(page.memory.notes.get("shown", []), who), page.memory.notes["total"]
    else:
        runs, total = service.listed(who, wanted)
    page.memory.notes |= {
        "shown": [run.key for run in runs], "total": total,
        "live": any(run.state in LIVE for run in runs),
    }  # fmt: skip
    if not runs:
        _nothing(page, total)
        return
    metric = str(view["metric"])
    rows = [runs_words.row_of(run, metric, service.engine) for run in runs]
    _actions(page, [runs[i] for i in picked if i < len(runs)], key)
    _table(rows, key, metric, "multi-row", total)
    _pages(page, total)


def _comparisons(page: Editor) -> None:
    service, who, view = live.service(), visitor(), page.view
    key = _table_key(page)
    picked = _picked(key)
    if picked:
        found = [service.comparison(k, who) for k in page.memory.notes.get("shown", [])]
        kept, total = [c for c in found if c is not None], page.memory.notes["total"]
    else:
        offset = PAGE * (int(view["at"]) - 1)
        kept, total = service.comparisons(who, whose=str(view["whose"]), limit=PAGE, offset=offset)
    page.memory.notes |= {
        "shown": [c.key for c in kept], "total": total,
        "live": any(runs_words.comparison_state(c) == "running" for c in kept) or bool(_contest(page)),
    }  # fmt: skip
    if not kept:
        _nothing(page, total)
        return
    rows = [runs_words.comparison_row(c, service.engine) for c in kept]
    _comparison_actions(page, next((kept[i] for i in picked if i < len(kept)), None), key)
    _table(rows, key, "", "single-row", total)
    _pages(page, total)


def _table(rows: Sequence[runs_words.Row], key: str, metric: str, mode: Any, total: int) -> None:
    import pandas as pd

    columns = ["state", "progress", "strategy", "dataset", "words", "seed", "labels", "score", "seconds"]
    columns += ["when", "whose", "note"]
    if not metric:
        columns = [c for c in columns if c != "score"]
        order = ["state", "progress", "strategy", "dataset", "seed", "note", "words", "labels", "seconds"]
        columns = [*order, "when", "whose"]
    frame = pd.DataFrame([asdict(row) for row in rows])[columns]
    st.dataframe(
        frame,
        key=key,
        hide_index=True,
        on_select="rerun",
        selection_mode=mode,
        height=HEAD + ROW * len(rows),
        row_height=ROW,
        alt=f"{len(rows)} of {total:,} lines: state, strategy, dataset, settings, labels, time",
        column_config={
            "state": st.column_config.TextColumn("State", width=90),
            "progress": st.column_config.ProgressColumn("Progress", format="percent", width=90),
            "strategy": st.column_config.TextColumn("Strategy" if metric else "Strategies", width=200),
            "dataset": st.column_config.TextColumn("Dataset", width=110),
            "words": st.column_config.TextColumn("Experiment", width=260),
            "seed": st.column_config.NumberColumn("Seed" if metric else "Seeds", width=60),
            "labels": st.column_config.NumberColumn("Labels", format="localized", width=70),
            "score": st.column_config.NumberColumn(
                runs_words.metric_label(metric) if metric else "", format="%.3f", width=90
            ),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.1f", width=75),
            "when": st.column_config.TextColumn("When", width=110),
            "whose": st.column_config.TextColumn("Whose", width=100),
            "note": st.column_config.TextColumn("Note" if metric else "Runs", width=220 if metric else 130),
        },
    )  # fmt: skip


def _pages(page: Editor, total: int) -> None:
    at, last = int(page.view["at"]), max(1, -(-total // PAGE))
    shown = len(page.memory.notes["shown"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if last > 1:
            for name, step, icon, off in (
                ("Newer" if page.view["order"] == "recent" else "Back", -1, "chevron_left", at <= 1),
                ("Older" if page.view["order"] == "recent" else "On", 1, "chevron_right", at >= last),
            ):
                if st.button(
                    name, key=page.key("do", f"page{step}"), icon=f":material/{icon}:", disabled=off
                ):
                    page.view["at"] = at + step
                    page.again()
        first = PAGE * (at - 1) + 1
        st.caption(f"{first:,} to {first + shown - 1:,} of {total:,}", width="content")


def _nothing(page: Editor, total: int) -> None:
    """Say why the list is empty, and what to do about it."""
    if total or any(
        page.view[name] != page.params[name].default for name in ("state", "dataset", "whose", "of")
    ):
        st.info("Nothing here fits these filters.", icon=":material/filter_alt_off:")
        if st.button("Show everything", key=page.key("do", "reset")):
            page.put(**{n: page.params[n].default for n in ("state", "dataset", "whose", "of", "at")})
            page.again()
        return
    kind = "comparison" if page.view["list"] == "comparisons" else "run"
    st.info(f"No {kind} has been made on this server yet.", icon=":material/hourglass_empty:")
    with st.container(horizontal=True):
        if kind == "comparison":
            _door(page, "Compare strategies", "explore/compare.py", {}, icon="stacked_line_chart")
        _door(page, "Run one in the Playground", "explore/playground.py", {}, icon="play_arrow")


# --- what can be done -------------------------------------------------------------------------------------


def _actions(page: Editor, runs: list[StoredRun], key: str) -> None:
    """The buttons for the selected runs."""
    who, service = visitor(), live.service()
    specs = {run.key: spec for run in runs if (spec := runs_words.spec_of(run)) is not None}
    stale = [r for r in runs if r.engine != service.engine and r.key in specs]
    still = [r for r in runs if r.state in ("stopped", "failed") and r.key in specs and r not in stale]
    moving = [r for r in runs if r.state in ("waiting", "running")]
    own = [r for r in runs if r.private]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs-bar"):
        if not runs:
            st.caption("Select lines by the boxes at their left to open, compare, stop or share them.")
            return
        if len(runs) == 1 and runs[0].key in specs:
            query = to_query(specs[runs[0].key]) | {"show": "run"}
            _door(page, "Open in Playground", "explore/playground.py", query, icon="tune", primary=True)
            _link(specs[runs[0].key], "playground", query)
        if _do(
            page, "Compare these", "stacked_line_chart", off=len(runs) < 2, why="Select two to eight runs"
        ):
            try:
                _switch("explore/compare.py", _compare_query(runs_words.together(list(specs.values()))))
            except AlcoreError as error:
                st.warning(f"{error}.", icon=":material/info:")
        if still and _do(page, "Resume", "play_arrow"):
            _try([lambda r=r: service.start(specs[r.key], who) for r in still])
            page.again()
        if stale and _do(
            page, "Make anew", "refresh", why="Made by an older engine; its rounds are replaced"
        ):
            _try([lambda r=r: service.start(specs[r.key], who) for r in stale])
            page.again()
        if moving and _do(page, "Stop", "stop", why="It goes on if others want it too"):
            for run in moving:
                service.stop(run.key, who)
            page.again()
        if own:
            with st.popover(f"Delete {len(own)}", icon=":material/delete:"):
                st.markdown(f"Delete {count(len(own), 'run')} of yours, with all rounds, now?")
                if st.button("Delete", key=page.key("do", "delete"), type="primary"):
                    _try([lambda r=r: service.delete(r.key, who) for r in own])
                    _unpick(page)
        elif runs:
            with st.popover("Delete", icon=":material/delete:"):
                st.markdown(PUBLIC)


def _comparison_actions(page: Editor, kept: StoredComparison | None, key: str) -> None:
    """The buttons for the selected comparison."""
    who, service = visitor(), live.service()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs-bar"):
        if kept is None:
            st.caption("Select a line by the box at its left to open, go on, stop or share it.")
            return
        comparison = runs_words.comparison_of(kept)
        if comparison is not None:
            query = _compare_query(comparison)
            _door(
                page, "Open in Compare", "explore/compare.py", query, icon="stacked_line_chart", primary=True
            )
            _link(next(iter(comparison.places.values())), "compare", query)
        if _do(page, "Its runs", "list"):
            page.put(list="all", of=kept.key, at=1)
            page.again()
        state, mine = runs_words.comparison_state(kept), _contest(page)
        if state == "stopped" or kept.stale or kept.states.get("failed"):
            label = "Make anew" if kept.stale else "Resume"
            if comparison is not None and not mine and _do(page, label, "play_arrow"):
                contest = Contest(comparison.entries(), who, comparison=comparison)
                page.memory.notes["contest"] = contest
                contest.recall()
                contest.start()
                page.again()
        if (state == "running" or mine) and _do(page, "Stop", "stop", why="It goes on if others want it too"):
            if mine:
                mine.stop()
            service.stop_comparison(kept.key, who)
            page.again()
        with st.popover("Delete", icon=":material/delete:"):
            if not kept.private:
                st.markdown(PUBLIC)
            else:
                st.markdown("Delete this comparison of yours with all its runs, now?")
                if st.button("Delete", key=page.key("do", "delete"), type="primary"):
                    _try([lambda: service.delete_comparison(kept.key, who)])
                    _unpick(page)


def _one_comparison(page: Editor, key: str) -> None:
    """Say whose runs these are, where the list holds those of one comparison."""
    kept = live.service().comparison(key, visitor())
    comparison = runs_words.comparison_of(kept) if kept else None
    with st.container(horizontal=True, vertical_alignment="center"):
        if comparison is None:
            st.markdown("This comparison is not here.", width="content")
        else:
            row = runs_words.comparison_row(kept, live.service().engine)
            st.markdown(f"The runs of **{plain(row.strategy)}** on {plain(row.dataset)}.", width="content")
        if st.button("All runs", key=page.key("do", "leave"), icon=":material/close:"):
            page.put(of="", at=1)
            page.again()


def _feed(page: Editor) -> None:
    """Let a comparison go on that was resumed here."""
    contest = _contest(page)
    if contest:
        contest.refresh()
        if not contest.live:
            page.memory.notes.pop("contest")
            if contest.error:
                st.toast(contest.error, icon=":material/error:")


def _contest(page: Editor) -> Contest | None:
    found = page.memory.notes.get("contest")
    return found if isinstance(found, Contest) else None


def _do(page: Editor, label: str, icon: str, *, off: bool = False, why: str | None = None) -> bool:
    name = label.lower().replace(" ", "_")
    return st.button(label, key=page.key("do", name), icon=f":material/{icon}:", disabled=off, help=why)


def _door(
    page: Editor, label: str, file: str, query: dict[str, str], *, icon: str, primary: bool = False
) -> None:
    kind = "primary" if primary else "secondary"
    name = page.key("do", "to_" + file.rpartition("/")[2].removesuffix(".py"))
    if st.button(label, key=name, icon=f":material/{icon}:", type=kind):
        _switch(file, query)


def _switch(file: str, query: dict[str, str]) -> None:
    st.switch_page(file, query_params=query)


def _link(spec: Spec, path: str, query: dict[str, str]) -> None:
    with st.popover("Link", icon=":material/link:"):
        st.markdown(share.reach(spec).replace("The address bar", "The link"))
        parts = urlsplit(st.context.url or "")
        base = f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}" if parts.netloc else ""
        st.code(f"{base}/{path}?{urlencode(query)}", language=None, wrap_lines=True)


def _compare_query(comparison: Comparison) -> dict[str, str]:
    return comparison.to_query(compare_stage.USUAL) | {"show": "run"}


def _try(deeds: list[Any]) -> None:
    """Do as much as can be done; what cannot is said once."""
    said: list[str] = []
    for deed in deeds:
        try:
            deed()
        except AlcoreError as error:
            said.append(str(error))
    for sentence in dict.fromkeys(said):
        st.toast(sentence, icon=":material/error:")


def _picked(key: str) -> list[int]:
    """The lines that are selected."""
    state = st.session_state.get(key)
    return list(state["selection"]["rows"]) if state and "selection" in state else []


def _unpick(page: Editor) -> None:
    page.memory.notes["turn"] = page.memory.notes.get("turn", 0) + 1
    page.again()


def _table_key(page: Editor) -> str:
    """Another list is another table, without a selection."""
    said = [str(page.view[name]) for name in page.view]
    return page.key("table", str(page.memory.notes.get("turn", 0)), *said)


def _dataset_names() -> dict[str, str]:
    return {ALL: "any"} | {name: str(entry.label) for name, entry in DATASETS.items()}


def _metric_names() -> dict[str, str]:
    return {name: runs_words.metric_label(name) for name in METRICS}
