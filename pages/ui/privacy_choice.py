"""Section one of the Privacy page: what private choice costs, and the account it is paid from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from alcore import outcomes
from alcore.comparison import RANDOM
from alcore.privacy import ledger, utility
from alcore.privacy.promise import spending
from alcore.statistics import intervals
from pages.ui import charts, form
from pages.ui import privacy_charts as pictures
from pages.ui import privacy_plan as plan
from pages.ui.colours import Look
from pages.ui.compare_numbers import VERDICT, Numbers
from pages.ui.compare_words import metric_name, score
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.privacy_charts import Level, Point
from pages.ui.privacy_words import Found, Said, between, eps, gauge, scaled, signed, unit, verdict

if TYPE_CHECKING:
    import pandas as pd

TALL = 380
PRIVATE = Look(pictures.PRIVATE, (1, 0), "circle")


def costs(n: Numbers, known: Mapping[str, float]) -> pd.DataFrame:
    """What every epsilon brings, on the seeds that are complete; the run that stops early is left out.

    The intervals hold for all epsilons together: each one's level is the higher, the more there are.
    """
    level = 1 - (1 - VERDICT) / len(known)

    def make() -> pd.DataFrame:
        frame = n.frame
        frame = frame[frame["strategy"] != plan.SPENT]
        return utility.against_epsilon(frame, n.metric, dict(known), n.twins, level=level)

    return n.held(make, "against", n.metric, repr(known))


def found(page: Editor, n: Numbers) -> tuple[Found | None, list[Found]]:
    """What choosing brings over random without privacy, and with each epsilon."""
    known = plan.costs(page.view)
    if not n.runs:
        return None, []
    rows = costs(n, known).to_dict("records")
    made = [
        Found(r["epsilon"], r["gain"], r["gain_low"], r["gain_high"], total(page, r["epsilon"]), n.metric)
        for r in rows
    ]
    private = sorted((f for f in made if math.isfinite(f.epsilon)), key=lambda f: f.epsilon)
    return next((f for f in made if not math.isfinite(f.epsilon)), None), private


def total(page: Editor, epsilon: float) -> float:
    """What a whole run spends at an epsilon of one round."""
    if not math.isfinite(epsilon):
        return math.inf
    (_, private) = utility.contenders(page.spec, (epsilon,), str(page.view["mechanism"]))
    return ledger.forecast(private.over(page.spec), delta=float(page.view["delta"]))[-1].best  # type: ignore[arg-type]


def said(page: Editor, n: Numbers) -> Said | None:
    """The answer; None while there is none."""
    return verdict(*found(page, n), n.seeds)


def draw(page: Editor, n: Numbers) -> None:
    """Draw utility against epsilon, and the ledger beside it."""
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        st.subheader("What does privacy cost?", anchor=False)
        _utility(page, n)
    with right:
        st.subheader("The account", anchor=False)
        _account(page, n)
    with st.expander("Every ε in numbers", icon=":material/table:"):
        _table(page, n)
    with st.expander("Learning curves", icon=":material/show_chart:"):
        _curves(page, n)


def _utility(page: Editor, n: Numbers) -> None:
    open_choice, private = found(page, n)
    tried = plan.epsilons(page.view)
    chart = pictures.utility(
        {"Private choice": [_point(f) for f in private]},
        {"Private choice": PRIVATE},
        None if open_choice is None else Level("no privacy", *_scaled(open_choice)),
        ticks=tried,
        zero="random",
        x=f"ε of one round of {page.spec.batch} questions; smaller is more private",
        y=f"{spoken(unit(n.metric))} of {metric_name(n.metric)} over random",
        spent="ε in all",
        height=TALL,
        alt="What choosing brings over random against epsilon of one round, with 95 % intervals; random is a "
        "dashed line at zero, choosing without privacy a line above.",
    )
    charts.show(chart, key=page.key("utility"))
    seeds = f"{n.seeds} paired seeds" if n.seeds else "Nothing is finished yet"
    st.caption(
        f"{seeds}. Mean height of the learning curve against random's with the same seed; bands: 95 % "
        "for all ε together."
    )


def _point(f: Found) -> Point:
    return Point(f.epsilon, *_scaled(f), eps(f.total))


def _scaled(f: Found) -> tuple[float, float, float]:
    gain, low, high = (scaled(v, f.metric) for v in (f.gain, f.low, f.high))
    return gain, low, high


# --- the account ------------------------------------------------------------------------------------------


def _account(page: Editor, n: Numbers) -> None:
    plan_, how = account(page), str(page.view["accounting"])
    budget = plan_.budget
    at = _after(page, n, plan_.last)
    entry = plan_.entries[at]
    spent = float(getattr(entry, how))
    told = f"After round {at}: ε = {eps(spent)} of {eps(budget)} spent"
    end = plan_.entries[plan_.last].labels
    note = f"{entry.labels:,} labels"
    if at == plan_.last:
        note = f"stops at {end:,} labels" if plan_.stops else f"lasts for all {end:,} labels"
    st.html(gauge(budget - spent, budget, told, note))
    chart = pictures.ledger(
        plan_.entries,
        budget=budget,
        stop=plan_.last if plan_.stops else None,
        rounds=max(1, len(plan_.entries) - 1),
        height=TALL - 130,
    )
    charts.show(chart, key=page.key("ledger"))
    st.caption(_account_words(page, n, plan_))


class Account(NamedTuple):
    """The ledger of the run that stops when its budget is spent: all entries, and the last affordable one."""

    entries: tuple[ledger.Entry, ...]
    last: int
    budget: float

    @property
    def stops(self) -> bool:
        """Whether the account is empty before the labels are."""
        return self.last < len(self.entries) - 1


def account(page: Editor) -> Account:
    """The ledger as it will be."""
    view, kept = page.view, plan.kept_account(page.view, page.spec)
    budget, delta = float(view["total"]), float(view["delta"])  # type: ignore[arg-type]
    entries = ledger.forecast(kept, delta=delta)
    can = ledger.affordable(spending(kept), budget, delta, view["accounting"])  # type: ignore[arg-type]
    last = len(entries) - 1 if can is None else min(can, len(entries) - 1)
    return Account(entries, last, budget)


def _after(page: Editor, n: Numbers, last: int) -> int:
    """The round the gauge shows: as far as the runs are while they come in, then the one that is picked."""
    key = page.key("view", "after")
    if n.contest.live or last < 1:
        st.slider("After round", 0, max(1, last), round(last * n.contest.share), disabled=True)
        return round(last * n.contest.share)
    if st.session_state.get(key, 0) > last:
        form.reseed([key])
    held = min(int(page.view["after"]) or last, last)  # type: ignore[arg-type]
    at = st.slider(
        "After round",
        0,
        last,
        key=key,
        on_change=page.touch,
        help="Go back in the run and see what had been spent by then.",
        **form.initial(key, held),
    )
    page.view["after"] = 0 if at == last else at
    return int(at)


def _account_words(page: Editor, n: Numbers, of: Account) -> str:
    """What the account says, and what the run had learnt when it stopped."""
    view = page.view
    picks = spending(plan.kept_account(view, page.spec))
    each = f"Each round spends ε = {eps(picks.each * picks.releases)}" + (
        f", {eps(picks.each)} for each of {picks.releases} picks" if picks.releases > 1 else ""
    )
    said = [
        f"{each}; δ = {view['delta']:g}. The first {page.spec.first} labels are drawn by lot and cost "
        "nothing."
    ]
    ends = n.held(lambda: outcomes.finals(n.frame, n.metric), "finals", n.metric) if n.runs else None
    if of.stops and ends is not None and not n.contest.live:
        scores = ends[ends["strategy"] == plan.SPENT]["score"]
        if len(scores):
            found = intervals.of_mean(scores.tolist())
            ends_at = ""
            if found.low is not None and found.high is not None:
                ends_at = f" ({score(found.low, n.metric)} to {score(found.high, n.metric)})"
            said.append(
                f"When it stops, the learner has {score(found.value, n.metric)} "
                f"{metric_name(n.metric)}{ends_at}."
            )
    return " ".join(said)


# --- in numbers -------------------------------------------------------------------------------------------


def table(page: Editor, n: Numbers) -> pd.DataFrame:
    """Every epsilon in numbers, as a visitor takes it along."""
    known = plan.costs(page.view)
    frame = costs(n, known)
    return frame.assign(epsilon_in_all=[total(page, e) for e in frame["epsilon"]])


def _table(page: Editor, n: Numbers) -> None:
    if not n.runs:
        st.markdown("Numbers come with the first finished seed.")
        return
    rows = []
    for r in table(page, n).to_dict("records"):
        private = math.isfinite(r["epsilon"])
        rows.append(
            {
                "ε of a round": eps(r["epsilon"]) if private else "no privacy",
                "ε of a pick": eps(_each(page, r["epsilon"])) if private else "",
                "ε in all": eps(r["epsilon_in_all"]) if private else "",
                f"Mean {metric_name(n.metric)}": score(r["area"], n.metric),
                "Over random": signed(r["gain"], n.metric),
                "95 % interval": between(r["gain_low"], r["gain_high"], n.metric),
                "Gain kept": f"{r['kept']:.0%}".replace("-", "−")
                if math.isfinite(r["kept"]) and private
                else "",
                "Better than random?": _sure(r),
            }
        )
    st.dataframe(rows, hide_index=True, width="stretch", key=page.key("table"))
    st.caption(
        f"δ = {page.view['delta']:g}. *ε in all* is what the whole run spends, by the best of the three "
        "ways to add rounds up. The intervals hold for all ε together. *Gain kept*: share of the "
        "gain without privacy."
    )


def _each(page: Editor, epsilon: float) -> float:
    (_, private) = utility.contenders(page.spec, (epsilon,), str(page.view["mechanism"]))
    return spending(private.over(page.spec)).each


def _sure(row: Mapping[str, Any]) -> str:
    low, high = row["gain_low"], row["gain_high"]
    if not (math.isfinite(low) and math.isfinite(high)):
        return "one seed cannot say"
    return "yes" if low > 0 else "worse" if high < 0 else "cannot be told"


def _curves(page: Editor, n: Numbers) -> None:
    names = [c.label for c in n.comparison.contenders] + [RANDOM]
    bands = n.bands("mean", "ci")
    frame = bands[bands["strategy"].isin(names)].rename(
        columns={"strategy": "run", "x": "labels", "low": "lo", "high": "hi"}
    )
    chart = charts.curve(
        frame.assign(metric=n.metric),
        n.metric,
        names=names,
        drawn_as=n.looks,
        budget=page.spec.budget,
        height=TALL + 40,
    )
    charts.show(chart, key=page.key("curves"))
    st.caption(
        f"Mean of {n.seeds} paired seeds; bands: 95 % interval. The run that **{plan.SPENT.lower()}** ends "
        "where "
        "its account is empty."
    )
