"""Section two of the Privacy page: answers that may be lies, what they cost, and what they still tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from alcore.comparison import RANDOM
from alcore.privacy import utility
from alcore.privacy.answers import debiased_shares, keep_probability
from pages.ui import charts, form
from pages.ui import privacy_charts as pictures
from pages.ui import privacy_plan as plan
from pages.ui.colours import RANDOM as GREY
from pages.ui.colours import Look
from pages.ui.compare_numbers import Numbers
from pages.ui.compare_words import is_share, metric_name, score
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.privacy_charts import Level, Point
from pages.ui.privacy_words import Said, between, eps, from_here_on, scaled, signed, unit

if TYPE_CHECKING:
    import pandas as pd

TALL = 380
MOST = 12  # classes in a chart
ACTIVE = Look(pictures.PRIVATE, (1, 0), "circle")


def costs(page: Editor, n: Numbers) -> pd.DataFrame:
    """What every epsilon of an answer costs the chosen strategy."""
    known = plan.answer_costs(page.view)
    return n.held(
        lambda: utility.against_epsilon(n.frame, n.metric, known, n.twins), "answers", n.metric, repr(known)
    )


def passive(page: Editor, n: Numbers) -> pd.DataFrame:
    """The same for labelling at random."""
    known = {n.comparison.twins[name]: e for name, e in plan.answer_costs(page.view).items()}
    return n.held(
        lambda: utility.against_epsilon(n.frame, n.metric, known, {}),
        "passive answers",
        n.metric,
        repr(known),
    )


def said(page: Editor, n: Numbers) -> Said | None:
    """The answer; None while there is none."""
    if not n.runs:
        return None
    rows = sorted(costs(page, n).to_dict("records"), key=lambda r: r["epsilon"])
    private = [r for r in rows if math.isfinite(r["epsilon"]) and math.isfinite(r["lost_low"])]
    if not private:
        return None
    first, last = private[0], private[-1]
    free = from_here_on(private, lambda r: r["lost_low"] <= 0)
    classes = _classes(n)
    true = (
        f" {keep_probability(first['epsilon'], classes):.0%} of the answers are then true." if classes else ""
    )
    if free is first:
        head = f"Private answers cost nothing that can be told, from ε = {eps(first['epsilon'])} on."
        return Said(head, f"There {_lost(first, n)} are lost to true labels.{true}")
    head = f"At ε = {eps(first['epsilon'])} an answer, privacy costs {_lost(first, n)}."
    if first["lost_low"] <= 0:
        head = f"At ε = {eps(first['epsilon'])} an answer, no loss can be told, but at a larger one it can."
    if free is not None:
        rest = f"From ε = {eps(free['epsilon'])} on no loss can be told: {_lost(free, n)}."
    elif last is first:
        rest = ""
    else:
        rest = f"ε = {eps(last['epsilon'])} still costs {_lost(last, n)}."
    return Said(head, f"{true} {rest}".strip())


def _lost(row: dict[str, Any], n: Numbers) -> str:
    """``"12.3 points of accuracy (10.1 to 14.5)"``."""
    value, low, high = (signed(row[c], n.metric).lstrip("+") for c in ("lost", "lost_low", "lost_high"))
    return f"{value} {unit(n.metric)} of {metric_name(n.metric)} ({low} to {high})"


def draw(page: Editor, n: Numbers) -> None:
    """Draw accuracy against epsilon of an answer, and shares of classes worked back from the answers."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What do private answers cost?", anchor=False)
        _cost(page, n)
    with right:
        st.subheader("What do they still tell?", anchor=False)
        _shares(page, n)
    with st.expander("Every ε in numbers", icon=":material/table:"):
        _table(page, n)


def _cost(page: Editor, n: Numbers) -> None:
    tried = plan.epsilons(page.view, "answer_epsilons")
    name, level = page_strategy(page), None
    lines: dict[str, list[Point]] = {name: [], "random": []}
    if n.runs:
        for line, frame in ((name, costs(page, n)), ("random", passive(page, n))):
            for r in frame.sort_values("epsilon").to_dict("records"):
                ends = [scaled(r[c], n.metric) for c in ("area", "area_low", "area_high")]
                if math.isfinite(r["epsilon"]):
                    lines[line].append(Point(r["epsilon"], *ends, _kept(n, r["epsilon"])))
                elif line == name:
                    level = Level("true labels", *ends)
    chart = pictures.utility(
        lines,
        {name: ACTIVE, "random": GREY},
        level,
        ticks=tried,
        under=True,
        x="ε of one answer; smaller is more private",
        y=f"Mean {metric_name(n.metric)}" + (", per cent" if is_share(n.metric) else ""),
        form=".0f" if is_share(n.metric) else ".2f",
        spent="True answers",
        height=TALL,
        alt=f"Mean {metric_name(n.metric)} against epsilon of one answer, choosing by {name} and at random, "
        "with 95 % intervals; a line marks what true labels give.",
    )
    charts.show(chart, key=page.key("answers"))
    st.caption(
        "Each annotator tells the truth with a probability that ε fixes, and else one of the other classes "
        "at "
        f"random. {spoken(f'{n.seeds} paired seeds')}; bands: 95 % interval."
    )


def page_strategy(page: Editor) -> str:
    """What the chosen acquisition function is called in a chart."""
    from alcore.catalog import ACQUISITIONS

    return ACQUISITIONS[page.spec.acquisition.name].label


def _kept(n: Numbers, epsilon: float) -> str:
    classes = _classes(n)
    return f"{keep_probability(epsilon, classes):.0%}" if classes else ""


def _classes(n: Numbers) -> int:
    """How many classes there are; 0 while that is not known."""
    answer = n.call("scene", n.comparison.base)
    return len(answer["classes"]) if answer else 0


def _shares(page: Editor, n: Numbers) -> None:
    tried = plan.epsilons(page.view, "answer_epsilons")
    scene = n.call("scene", n.comparison.base) if n.runs else None
    if not scene:
        with st.container(height=TALL, border=False):
            st.markdown("Comes with the first finished seed.")
        return
    epsilon = _picked(page, tried)
    found = shares(n, epsilon, scene["classes"])
    if not found:
        st.markdown("No seed is complete yet.")
        return
    charts.show(pictures.shares(found[:MOST], height=TALL - 78), key=page.key("shares"))
    more = f" The first {MOST} of {len(found)} classes are shown." if len(found) > MOST else ""
    st.caption(
        f"{found[0]['n']:,} rows drawn at random, first seed. The answers pull all shares towards equal; "
        "since "
        "the lies are known in kind, they can be taken out again, at the price of a wider 95 % "
        f"interval.{more}"
    )


def _picked(page: Editor, tried: tuple[float, ...]) -> float:
    """The epsilon whose answers are looked at."""
    held = min(tried, key=lambda e: abs(e - float(page.view["answer_at"])))  # type: ignore[arg-type]
    key = page.key("view", "answer_at")
    if key in st.session_state and st.session_state[key] not in tried:
        form.reseed([key])
    found = st.segmented_control(
        "ε of an answer",
        tried,
        format_func=lambda e: f"ε = {e:g}",
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=page.touch,
        **form.initial(key, held, "default"),
    )
    page.view["answer_at"] = float(found if found in tried else held)
    return float(page.view["answer_at"])


def shares(n: Numbers, epsilon: float, classes: list[str]) -> list[dict[str, Any]]:
    """True, answered and worked-back shares of the classes, in the rows that random asked first."""
    noisy = n.comparison.twins.get(plan.answer_label(epsilon), "")
    both = [
        (n.runs[p, RANDOM, s], n.runs[p, noisy, s])
        for p, name, s in n.runs
        if name == RANDOM and (p, noisy, s) in n.runs
    ]
    if not both:
        return []
    (true, private), k = both[0], len(classes)
    seen = debiased_shares(private.answers.ravel(), epsilon, k)
    truth = np.bincount(true.answers.ravel().astype(int), minlength=k) / max(1, true.labels)
    return [
        {
            "name": name,
            "true": float(truth[c]),
            "raw": float(seen.observed[c]),
            "debiased": float(seen.share[c]),
            "low": float(seen.low[c]),
            "high": float(seen.high[c]),
            "n": seen.n,
        }
        for c, name in enumerate(classes)
    ]


def table(page: Editor, n: Numbers) -> pd.DataFrame:
    """Every epsilon of an answer in numbers."""
    return costs(page, n)


def _table(page: Editor, n: Numbers) -> None:
    if not n.runs:
        st.markdown("Numbers come with the first finished seed.")
        return
    random = {r["epsilon"]: r for r in passive(page, n).to_dict("records")}
    rows = []
    for r in costs(page, n).to_dict("records"):
        private, other = math.isfinite(r["epsilon"]), random.get(r["epsilon"])
        rows.append(
            {
                "ε of an answer": eps(r["epsilon"]) if private else "true labels",
                "True answers": _kept(n, r["epsilon"]) if private else "100%",
                f"Mean {metric_name(n.metric)}": score(r["area"], n.metric),
                "Lost to true labels": signed(r["lost"], n.metric).lstrip("+") if private else "",
                "95 % interval": between(r["lost_low"], r["lost_high"], n.metric) if private else "",
                "At random": score(other["area"], n.metric) if other else "",
                "Over random": signed(r["gain"], n.metric),
                "Interval": between(r["gain_low"], r["gain_high"], n.metric),
            }
        )
    st.dataframe(rows, hide_index=True, width="stretch", key=page.key("answer_table"))
