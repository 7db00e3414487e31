"""How much a batch repeats itself: a sentence, a chart over the rounds, a table to take along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from alcore.errors import AlcoreError
from pages.ui import charts, share
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.live import Race
from pages.ui.repeats_chart import repeats_chart

if TYPE_CHECKING:
    import pandas as pd

SCALE = "0 means that all rows are different, 1 that every row has a copy in the batch."


def sentence(race: Race, name: str, at: int) -> str:
    """How alike the rows of one round's batch are; "" while the run goes on."""
    found = _answers(race).get(name)
    if found is None:
        return ""
    if at not in found["round"]:
        return "A batch of one row cannot repeat itself."
    k = found["round"].index(at)
    value, chance = found["value"][k], found["random"][k]
    if value > found["high"][k]:
        verdict = "its rows are more alike than chance would draw them: some labels tell the same thing twice"
    elif value < found["low"][k]:
        verdict = "its rows differ more than chance would draw them"
    else:
        verdict = "about as alike as chance would draw them"
    return (
        f"Redundancy of this batch of {found['rows'][k]}: **{value:.2f}**; random batches of that size: "
        f"{chance:.2f}. So {verdict}."
    )


def panel(page: Editor, race: Race, name: str, at: int) -> None:
    """Redundancy of the shown batch, and over the rounds."""
    if race.live:
        st.markdown("The run goes on. Press **Stop**, or wait for its end, to see how its batches compare.")
        return
    st.markdown(sentence(race, name, at))
    frame = table(_answers(race))
    if not len(frame):
        st.caption("Take a batch size above 1 to see whether batches repeat themselves.")
        return
    labels = {run: spoken(run) for run in race.logs}
    charts.show(repeats_chart(frame, list(race.logs), labels, at), key=page.key("repeats"))
    st.caption(
        f"{SCALE} Each row counts by how alike the most similar other row of its batch is: one half at the "
        "typical distance of two rows of the pool. The band is where random batches of the same size lie, "
        "eight times in ten."
    )
    with st.expander("Table of rounds"):
        st.dataframe(
            frame,
            hide_index=True,
            alt="Redundancy of every batch: run, round, rows, value, and random batches beside it",
            column_config={
                c: st.column_config.NumberColumn(format="%.3f")
                for c in ("redundancy", "random", "low", "high")
            },
        )
        st.download_button(
            "Redundancy (CSV)",
            lambda: share.csv(frame),
            f"{race.spec.dataset.name}-{race.spec.id}-redundancy.csv",
            "text/csv",
            key=page.key("do", "redundancy_csv"),
            on_click="ignore",
        )


def table(answers: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Tidy: run, round, rows, redundancy, and of random batches in its place the mean and a band."""
    import pandas as pd

    parts = [
        pd.DataFrame(dict(found)).rename(columns={"value": "redundancy"}).assign(run=name)
        for name, found in answers.items()
    ]
    columns = ["run", "round", "rows", "redundancy", "random", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _answers(race: Race) -> dict[str, dict[str, Any]]:
    """What the workers found for each run; nothing while the runs need them, or where they cannot say."""
    if race.live:
        return {}
    try:
        return {name: race.call("batches", len(log), run=name) for name, log in race.logs.items() if len(log)}
    except AlcoreError:
        return {}
