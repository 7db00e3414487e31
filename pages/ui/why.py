"""Why this point? One row through the learner's eyes at the moment it was, or might be, asked."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui import charts
from pages.ui.form import spoken

IMAGE_WIDTH = 200  # pixels on screen


def panel(answer: dict[str, Any], classes: list[str], *, key: str, measure: Any) -> None:
    """Draw what `alcore.calls.why` found out about a row.

    Parameters
    ----------
    answer : dict
    classes : list of str
    key : str
        Prefix of the widgets' keys.
    measure : function
        Draws the menu of measures and returns the name of the one to work out.
    """
    left, right = st.columns([2, 3], gap="large")
    with left:
        _row(answer)
        _neighbours(answer, classes)
    with right:
        if answer["cold"]:
            st.info(
                "Before these labels fewer than two classes were known, so no learner could be unsure: "
                "the cold start chose this row without any score.",
                icon=":material/info:",
            )
            return
        st.markdown("**What the learner thought**")
        charts.show(
            charts.probability_bars(answer["proba"], classes, true=answer["true"]), key=f"{key}.proba"
        )
        _worked(answer, measure)
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown("**What the committee said**")
        charts.show(charts.votes_strip(answer["members"], classes), key=f"{key}.votes")
    with right:
        st.markdown("**How the other strategies rank it** in the pool of that round")
        charts.show(charts.rank_bars(answer["measures"]), key=f"{key}.ranks")


def _row(answer: dict[str, Any]) -> None:
    shown = answer["shown"]
    if "image" in shown:
        st.image(
            picture(shown["image"], shown["shape"]),
            width=IMAGE_WIDTH,
            alt=f"Row {answer['row']} as a picture of {shown['shape'][0]} by {shown['shape'][1]} pixels",
        )
        return
    st.markdown("**The row**")
    table = {"feature": [name for name, _ in shown["table"]], "value": [value for _, value in shown["table"]]}
    tall = len(table["value"]) > 8
    st.dataframe(
        table, hide_index=True, height=280 if tall else "content", alt=f"The values of row {answer['row']}"
    )


def _neighbours(answer: dict[str, Any], classes: list[str]) -> None:
    if not answer["neighbours"]:
        return
    st.markdown("**Nearest labelled rows**")
    st.dataframe(
        {
            "row": [n["row"] for n in answer["neighbours"]],
            "label": [classes[n["label"]] for n in answer["neighbours"]],
            "distance": [n["distance"] for n in answer["neighbours"]],
        },
        hide_index=True,
        alt="The nearest rows that were labelled by then, their labels and distances",
    )


def _worked(answer: dict[str, Any], measure: Any) -> None:
    """One measure with its formula and this row's numbers in it."""
    measures = {m["name"]: m for m in answer["measures"]}
    chosen = measures.get(measure(list(measures)))
    if chosen is None:
        return
    if lines := [chosen["formula"], *chosen["lines"]] if chosen["formula"] else chosen["lines"]:
        # Inline formulas wrap on a narrow screen, where displayed ones would have to be scrolled.
        st.markdown("\n\n".join(rf"$\displaystyle {line}$" for line in lines))
    unit = f" {chosen['unit']}" if chosen["unit"] else ""
    ties = f", level with {chosen['tied'] - 1} more" if chosen["tied"] > 1 else ""
    st.markdown(
        f"{spoken(chosen['label'])}: **{chosen['shown']:.4g}{unit}**, "
        f"rank **{chosen['rank']}** of {chosen['of']}{ties}."
    )


def picture(pixels: list[float], shape: list[int]) -> NDArray[np.uint8]:
    """A picture with values in [0, 1], enlarged so that each pixel is a crisp square."""
    scale = max(1, 2 * IMAGE_WIDTH // max(shape[:2]))
    values = np.clip(np.asarray(pixels).reshape(shape) * 255, 0, 255).round().astype(np.uint8)
    return values.repeat(scale, axis=0).repeat(scale, axis=1)
