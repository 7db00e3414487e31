"""Section four of the Privacy page: clients that share updates only, against all rows in one place."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from alcore import outcomes
from alcore.federated import client_epsilon
from alcore.privacy import ledger
from alcore.spec import Spec
from alcore.statistics import intervals
from pages.ui import answer_html, charts, compare_charts
from pages.ui import privacy_plan as plan
from pages.ui.colours import COLOURS, GREY, Look
from pages.ui.compare_numbers import VERDICT, Numbers
from pages.ui.compare_words import is_share, metric_name, score
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.privacy_words import Said, between, eps, signed, unit
from pages.ui.savings_words import plain

if TYPE_CHECKING:
    import pandas as pd

TALL = 380
TALKED = 5  # seeds of the communication that are asked for
LOOKS = {
    plan.CENTRAL: Look(COLOURS[3], (1, 0), "diamond"),
    plan.EVEN: Look(COLOURS[0], (8, 3), "circle"),
    plan.BY_CLASS: Look(COLOURS[1], (2, 2), "square"),
    plan.GUARDED: Look(COLOURS[2], (8, 3, 2, 3), "triangle-up"),
}


def gaps(n: Numbers) -> pd.DataFrame:
    """How far each federation stays behind all rows in one place, seed by seed."""
    pairs = {c.label: plan.CENTRAL for c in n.comparison.contenders if c.label != plan.CENTRAL}
    return n.held(lambda: outcomes.area_table(_learned(n), n.metric, pairs), "gaps", n.metric)


def said(page: Editor, n: Numbers) -> Said | None:
    """The answer; None while there is none."""
    if not n.runs:
        return None
    found = {r["strategy"]: r for r in gaps(n).to_dict("records") if math.isfinite(r["difference_low"])}
    if plan.EVEN not in found:
        return None
    head = f"Clients that share only updates {_learn(found[plan.EVEN], n)}."
    rest = [
        f"{told} they {_learn(found[name], n)}."
        for name, told in (
            (plan.BY_CLASS, "When every client holds a few classes only,"),
            (plan.GUARDED, _guarded(page)),
        )
        if name in found
    ]
    return Said(head, " ".join(rest))


def _guarded(page: Editor) -> str:
    """What the noisy federation is, with what it spends in the whole run."""
    if not float(page.view["noise"]):  # type: ignore[arg-type]
        return "With clipping and no noise, which promises nothing,"
    _, whole, _ = spent(page)
    return f"With clipping and noise, ε = {eps(whole)} a client for the whole run,"


def _learn(row: dict[str, Any], n: Numbers) -> str:
    low, high = row["difference_low"], row["difference_high"]
    value, ends = signed(row["difference"], n.metric), between(low, high, n.metric)
    told = f"{value} {unit(n.metric)} ({ends})"
    if low <= 0 <= high:
        return f"learn as well as all rows in one place, as far as can be told: {told}"
    return f"learn {'worse' if high < 0 else 'better'} than all rows in one place: {told}"


def draw(page: Editor, n: Numbers) -> None:
    """Draw accuracy against rounds of communication, and against labels."""
    st.html(answer_html.key(LOOKS))
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("How often must they talk?", anchor=False)
        _talks(page, n)
    with right:
        st.subheader("How many labels does it take?", anchor=False)
        _labels(page, n)
    with st.expander("In numbers", icon=":material/table:"):
        _table(page, n)


def questions(page: Editor, n: Numbers) -> dict[str, list[tuple[Spec, dict[str, Any]]]]:
    """What is asked about each kind of federation: how its model grows with every round, on some seeds."""
    view, base, found = page.view, n.comparison.base, {}
    for name, split, guarded in (
        (plan.EVEN, "random", False),
        (plan.BY_CLASS, "classes", False),
        (plan.GUARDED, "random", True),
    ):
        args = {
            "clients": view["clients"],
            "split": split,
            "rounds": view["talks"],
            "clip": view["clip"] if guarded else 0.0,
            "noise": view["noise"] if guarded else 0.0,
            "labels": max(1, int(base.budget)),
        }
        seeds = range(base.seed, base.seed + min(TALKED, n.comparison.seeds))
        found[name] = [(replace(base, seed=seed), args) for seed in seeds]
    return found


def talked(page: Editor, n: Numbers) -> dict[str, list[dict[str, Any]]]:
    """The answers, of the kinds of federation that are answered in full."""
    found = {}
    for name, asked in questions(page, n).items():
        made = [n.call("communication", spec, **args) for spec, args in asked]
        if all(m and m["central"] is not None for m in made):
            found[name] = made
    return found


def problems(page: Editor, n: Numbers) -> list[str]:
    """Why there are no answers, each reason once."""
    asked = [question for found in questions(page, n).values() for question in found]
    said = (n.problem("communication", spec, **args) for spec, args in asked)
    return list(dict.fromkeys(filter(None, said)))


def _talks(page: Editor, n: Numbers) -> None:
    import pandas as pd

    found = talked(page, n) if n.runs and not n.contest.live else {}
    rows = [
        (name, x, *_mean([m["accuracy"][at] for m in made]))
        for name, made in found.items()
        for at, x in enumerate(made[0]["round"])
    ]
    if rows:
        level = _mean([m["central"] for m in next(iter(found.values()))])
        rows += [(plan.CENTRAL, x, *level) for x in (rows[0][1], max(r[1] for r in rows))]
    for problem in problems(page, n):
        st.error(plain(problem), icon=":material/error:")
    if not rows:
        with st.container(height=TALL, border=False):
            st.markdown("The federations talk once the runs are in.")
        return
    frame = pd.DataFrame(rows, columns=["strategy", "x", "value", "low", "high"])
    chart = compare_charts.lines(
        frame,
        {name: look for name, look in LOOKS.items() if name in set(frame["strategy"])},
        "Rounds of communication",
        "Accuracy on test rows",
        form=".0%",
        top=1.0,
        bottom=0.0,
        height=TALL,
        alt="Accuracy of the server's model against rounds of communication, for three federations and for "
        "all "
        "rows in one place.",
    )
    charts.show(chart, key=page.key("talks"))
    first = next(iter(found.values()))[0]
    st.caption(
        f"{first['labels']:,} labelled rows, spread over {page.view['clients']} clients; mean of "
        f"{min(TALKED, n.comparison.seeds)} seeds, bands: 95 % interval. {promise(page)}"
    )


def promise(page: Editor) -> str:
    """What the noisy federation promises a client, for one training and for all of a run."""
    if not float(page.view["noise"]):  # type: ignore[arg-type]
        return "Without noise no federation promises anything."
    (one, all_, fits), delta = spent(page), float(page.view["delta"])  # type: ignore[arg-type]
    return (
        f"The noisy one promises a client, for what all its rows say, ε = {eps(one)} in one training, and "
        f"ε = {eps(all_)} in the {fits} trainings of a run (δ = {delta:g})."
    )


def spent(page: Editor) -> tuple[float, float, int]:
    """Epsilon of a client in one noisy training, in all those of a run, and how many these are."""
    view = page.view
    noise, talks, delta = float(view["noise"]), int(view["talks"]), float(view["delta"])  # type: ignore[arg-type]
    fits = len(ledger.forecast(page.spec, delta))
    one, whole = (client_epsilon(noise, talks * times, delta) for times in (1, fits))
    return one, whole, fits


def _mean(values: list[float]) -> tuple[float, float, float]:
    found = intervals.of_mean(values)
    low, high = (math.nan if v is None else v for v in (found.low, found.high))
    return found.value, low, high


def _learned(n: Numbers) -> pd.DataFrame:
    frame = n.frame
    return frame[frame["strategy"].isin([c.label for c in n.comparison.contenders])]


def _labels(page: Editor, n: Numbers) -> None:
    names = [c.label for c in n.comparison.contenders]
    bands = n.bands("mean", "ci")
    frame = bands[bands["strategy"].isin(names)]
    looks = {name: LOOKS.get(name, Look(GREY, (5, 4), "circle")) for name in names}
    chart = compare_charts.lines(
        frame,
        looks,
        "Labels bought, the first ones included",
        f"{spoken(metric_name(n.metric))} on test rows",
        form=".0%" if is_share(n.metric) else ".2f",
        top=1.0 if is_share(n.metric) else None,
        bottom=0.0 if is_share(n.metric) else None,
        height=TALL,
        alt=f"Learning curves of {metric_name(n.metric)} for all rows in one place and for three "
        "federations.",
    )
    charts.show(chart, key=page.key("federated_labels"))
    st.caption(
        f"{n.seeds} paired seeds; bands: 95 % interval. All choose by the same acquisition function, each "
        "with its "
        "own model."
    )


def _table(page: Editor, n: Numbers) -> None:
    if not n.runs:
        st.markdown("Numbers come with the first finished seed.")
        return
    rows = []
    twins = n.table(outcomes.area_table, n.twins)
    gain = {r["strategy"]: r for r in twins.to_dict("records")}
    behind = {r["strategy"]: r for r in gaps(n).to_dict("records")}
    for c in n.comparison.contenders:
        r, g = behind.get(c.label), gain.get(c.label)
        if r is None or g is None:
            continue
        rows.append(
            {
                "Learner": plain(c.label),
                f"Mean {metric_name(n.metric)}": score(r["area"], n.metric),
                "Against central": signed(r["difference"], n.metric)
                if math.isfinite(r["difference"])
                else "",
                "95 % interval": between(r["difference_low"], r["difference_high"], n.metric),
                "Over its own random": signed(g["difference"], n.metric),
                "Interval": between(g["difference_low"], g["difference_high"], n.metric),
            }
        )
    st.dataframe(rows, hide_index=True, width="stretch", key=page.key("federated_table"))
    st.caption(f"Level of all intervals: {VERDICT:.0%}.")
