"""Take it along: links, code, report, notebook and files in one row. Bytes are made when asked for.

parcel = of_comparison(comparison, runs, link=share.address(page.query()), metric="accuracy", target=0.9)
take_along(parcel, page.key("take"))
"""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from alcore import outcomes, tables
from alcore.comparison import Comparison
from alcore.errors import AlcoreError
from alcore.notebook import comparison_code, notebook
from alcore.types import Log
from pages.ui import share
from pages.ui.comparison_report import comparison_report
from pages.ui.report import Report, report

if TYPE_CHECKING:
    import pandas as pd

    from alcore.tables import Rule
    from pages.ui.colours import Look

QUERIES = 300_000  # rows of the table of queries; of more seeds than have so many the first are taken
TRACKING = threading.Lock()  # one visitor's comparison at a time is written to the tracking server

Key = tuple[str, str, int]
Frame = Callable[[], "pd.DataFrame"]


@dataclass(frozen=True)
class Parcel:
    """What there is to take along; what is not given is not offered.

    Attributes
    ----------
    name : how the names of its files begin
    link, permanent : addresses; the second keeps its meaning when defaults change
    reach : what whoever opens the link sees
    code : lines that repeat it
    report, notebook : made when they are asked for
    tables : frames by title
    track : writes it to the tracking server of this installation, and says where
    """

    name: str
    link: str = ""
    permanent: str = ""
    reach: str = ""
    code: Callable[[], str] | None = None
    report: Callable[[], Report] | None = None
    notebook: Callable[[], str] | None = None
    tables: Mapping[str, Frame] = field(default_factory=dict)
    track: Callable[[], str] | None = None


def take_along(parcel: Parcel, key: str, *, disabled: bool = False) -> None:
    """Draw the buttons; with `disabled` there is no result yet, so only links and code can be taken."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.row"):
        if parcel.link:
            with st.popover("Link", icon=":material/link:"):
                if parcel.reach:
                    st.markdown(parcel.reach)
                st.code(parcel.link, language=None, wrap_lines=True)
                if parcel.permanent:
                    st.markdown("This one keeps its meaning even when our defaults change:")
                    st.code(parcel.permanent, language=None, wrap_lines=True)
        if parcel.report:
            make = parcel.report
            _button(
                "Report",
                lambda: report(make()),
                f"{_file(parcel.name)}.html",
                "text/html",
                f"{key}.report",
                icon=":material/description:",
                disabled=disabled,
                help="One page to hand out: opens in any browser, prints on one sheet, needs no internet.",
            )
        if parcel.notebook:
            _button(
                "Notebook",
                parcel.notebook,
                f"{_file(parcel.name)}.ipynb",
                "application/x-ipynb+json",
                f"{key}.notebook",
                icon=":material/menu_book:",
                disabled=disabled,
                help="Makes everything again with the engine alone, and compares with these numbers.",
            )
        if parcel.tables:
            with st.popover("Tables", icon=":material/download:", disabled=disabled):
                _tables(parcel, key)
        if parcel.code:
            with st.popover("Code", icon=":material/code:"):
                st.code(parcel.code(), language="python")
        if parcel.track and not disabled:
            _track(parcel.track, key, parcel.name)


def of_comparison(
    comparison: Comparison,
    runs: Mapping[Key, Log],
    *,
    link: str,
    metric: str,
    target: float,
    axis: str = "labels",
    rule: Rule = "first",
    pace: float = 0.0,
    permanent: str = "",
    title: str = "",
    lead: str = "",
    engine: str = "",
    looks: Mapping[str, Look] | None = None,
    classes: Mapping[str, list[str]] | None = None,
    tables: Mapping[str, Frame] | None = None,
) -> Parcel:
    """What there is to take along of a comparison.

    Parameters
    ----------
    comparison, runs : the runs on the page, by (dataset, strategy, seed)
    link, permanent : addresses of the page; the second is made of the first where it is not given
    metric, target, axis, rule : as on the page
    pace : seconds an annotator needs for a label, which the axis ``minutes`` is made of
    title, lead : of the report; by default made of the results
    engine : fingerprint, e.g. ``service().engine``
    looks : colours and dashes of the strategies, as on the page
    classes : names of the classes by dataset, for the table of queries
    tables : more tables of the page by title
    """
    known_axis = axis if axis in ("labels", "money", "seconds") else "labels"
    axis = axis if axis == known_axis or pace > 0 else known_axis
    reached = share.reach(next((s for s in comparison.places.values() if share.is_own(s)), comparison.base))

    def page() -> Report:
        return comparison_report(
            comparison, runs, metric=metric, target=target, axis=axis, rule=rule, pace=pace,
            title=title, lead=lead, link="" if own else link, engine=engine, looks=looks,
        )  # fmt: skip

    def book() -> str:
        return notebook(
            comparison, runs, metric=metric, target=target, axis=axis, rule=rule, pace=pace,
            title=title, engine=engine,
        )  # fmt: skip

    def frame() -> pd.DataFrame:
        found = outcomes.curves(runs)
        return found.assign(minutes=found["labels"] * (pace / 60)) if axis == "minutes" else found

    pairs = {name: twin for name, twin in comparison.twins.items() if name != twin}
    own = any(share.is_own(place) for place in comparison.places.values())
    return Parcel(
        name=f"comparison-{comparison.id}",
        link=link,
        permanent=permanent or share.permanent_comparison(comparison, link),
        reach=reached,
        code=lambda: comparison_code(comparison),
        report=page,
        notebook=book,
        tables={
            "Curves": frame,
            "Areas": lambda: outcomes.area_table(frame(), metric, pairs, axis),
            "To the target": lambda: outcomes.to_target(
                frame(), metric, target, tuple(dict.fromkeys(("labels", "money", axis))), rule
            ),
            "Savings": lambda: outcomes.savings(frame(), metric, target, pairs, axis, rule),
            "Wins and losses": lambda: outcomes.versus(frame(), metric, pairs, axis=axis),
            **(tables or {}),
            queries_title(runs): lambda: queries(within(runs), classes or {}),
        },
        track=_tracking(comparison, runs, book) if tracking_address() and not own else None,
    )


def within(runs: Mapping[Key, Log], most: int = QUERIES) -> dict[Key, Log]:
    """The runs of as many seeds, from the first on, as have at most so many queries; at least of one."""
    kept: dict[Key, Log] = {}
    labels = 0
    for seed in sorted({key[2] for key in runs}):
        here = {key: log for key, log in runs.items() if key[2] == seed}
        labels += sum(log.labels for log in here.values())
        if kept and labels > most:
            break
        kept |= here
    return kept


def queries_title(runs: Mapping[Key, Log]) -> str:
    """What the table of queries is called: it says when it does not hold all seeds."""
    held, seeds = ({key[2] for key in kept} for kept in (within(runs), runs))
    return "Queries" if held == seeds else f"Queries of {len(held)} of {len(seeds)} seeds"


def queries(runs: Mapping[Key, Log], classes: Mapping[str, list[str]]) -> pd.DataFrame:
    """Every question of every run: dataset, strategy, seed, and the columns of `alcore.tables.queries`."""
    import pandas as pd

    frames = []
    for (dataset, strategy, seed), log in runs.items():
        frame = tables.queries({strategy: log}, classes.get(dataset, [])).rename(columns={"run": "strategy"})
        frame.insert(0, "dataset", dataset)
        frame.insert(2, "seed", seed)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True) if frames else tables.queries({})


def parquet(frame: pd.DataFrame) -> bytes:
    """A frame as Parquet; a column of mixed values is one of texts."""
    safe, file = frame.copy(), io.BytesIO()
    for column in safe.columns:
        if safe[column].dtype == object:
            safe[column] = safe[column].astype(str)
    safe.to_parquet(file, index=False)
    return file.getvalue()


def tracking_address() -> str:
    """The tracking server of whoever runs this app; never one that a visitor names."""
    return os.environ.get("MLFLOW_TRACKING_URI", "")


def _tables(parcel: Parcel, key: str) -> None:
    for title, frame in parcel.tables.items():
        name, of = f"{_file(parcel.name)}-{_file(title)}", f"{key}.{_file(title)}"
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(title, width="content")
            with st.container(horizontal=True, width="content"):
                _button("CSV", _csv(frame), f"{name}.csv", "text/csv", f"{of}.csv", help=f"{title} as CSV")
                _button(
                    "Parquet",
                    _parquet(frame),
                    f"{name}.parquet",
                    "application/vnd.apache.parquet",
                    f"{of}.parquet",
                    help=f"{title} as Parquet",
                )


def _csv(frame: Frame) -> Callable[[], str]:
    return lambda: share.csv(frame())


def _parquet(frame: Frame) -> Callable[[], bytes]:
    return lambda: parquet(frame())


def _button(label: str, make: Callable[[], Any], name: str, kind: str, key: str, **more: Any) -> None:
    st.download_button(label, make, name, kind, key=key, on_click="ignore", **more)


def _tracking(comparison: Comparison, runs: Mapping[Key, Log], book: Callable[[], str]) -> Callable[[], str]:
    def track() -> str:
        from alcore.edge.mlflow_log import log_comparison
        from alcore.edge.shelf import plainly_named

        named = plainly_named(comparison)  # what others see holds no word that a visitor typed
        names = dict(zip(comparison.strategies, named.strategies, strict=False))
        logs = {(place, names.get(name, name), seed): log for (place, name, seed), log in runs.items()}
        text = book() if named == comparison else ""
        run = log_comparison(named, logs, address=tracking_address(), notebook_text=text)
        return f"Written to the tracking server as run {run[:8]}."

    return track


def _track(track: Callable[[], str], key: str, name: str) -> None:
    written: set[str] = st.session_state.setdefault(f"{key}!tracked", set())
    if st.button(
        "Log to MLflow",
        key=f"{key}.mlflow",
        icon=":material/monitoring:",
        disabled=name in written,
        help="Writes settings, curves and the notebook to the tracking server of this installation, once.",
    ):
        if not TRACKING.acquire(blocking=False):
            st.info(
                "Another comparison is just being written; try again in a moment.", icon=":material/info:"
            )
            return
        try:
            with st.spinner("Writing ..."):
                st.toast(track(), icon=":material/check:")
            written.add(name)
        except AlcoreError as error:
            st.error(str(error), icon=":material/error:")
        finally:
            TRACKING.release()


def _file(name: str) -> str:
    """A name that every system takes for a file."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "table"
