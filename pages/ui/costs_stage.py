"""The Costs page's stage: the answer, curves over money, one purchase looked at, numbers, the finish date."""

from __future__ import annotations

import streamlit as st

from alcore.catalog import ACQUISITIONS
from alcore.errors import AlcoreError
from alcore.project.shifts import Shifts
from alcore.purchase import EXACT
from pages.ui import answer_html, charts, compare_charts, costs_charts, costs_words
from pages.ui import costs_plan as plan
from pages.ui.compare_charts import Row
from pages.ui.compare_words import count
from pages.ui.costs_numbers import ONE, SAVED, Bills, Cells, finite, row
from pages.ui.costs_words import NOT, cash, day, goal, money_of, saved_cells
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.savings_words import plain
from pages.ui.vega import listed

HEIGHT = 400
EMPTY = "Curves appear with the first seed in which every strategy has finished."
STYLE = """
.st-key-costs_verdict { min-height: 13rem; }
.st-key-costs_verdict p { font-size: 1.02rem; margin-bottom: .35rem; }
.st-key-costs_verdict p:first-child { font-size: clamp(1.15rem, 1rem + .6vw, 1.4rem); line-height: 1.35; }
.st-key-costs_told { min-height: 21rem; }
.st-key-costs_told .answer-table :is(th, td) { min-width: 3.2rem; padding-right: .5rem; }
@media (max-width: 640px) {
    .st-key-costs_verdict { min-height: 26rem; }
    .answer-table :is(th, td) { min-width: 4.3rem; padding-right: .5rem; font-size: .85rem; }
}
"""
Cell = tuple[str, str]


def style() -> None:
    """The answer keeps its place while it comes; tables fit a phone."""
    answer_html.style(STYLE)


def draw(page: Editor, bills: Bills) -> None:
    """Everything that the runs say."""
    _verdict(bills)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _curves(page, bills)
    with right:
        _target(page, bills)
    _purchase(page, bills)
    _numbers(bills)
    _finish(page, bills)


def _verdict(bills: Bills) -> None:
    with st.container(key="costs_verdict"):
        lines = (
            []
            if bills.contest.live
            else bills.n.held(lambda: costs_words.verdict(bills), "verdict", bills.metric, bills.target)
        )
        if bills.contest.live:
            st.markdown(
                f":material/hourglass_top: {spoken(count(bills.n.seeds, 'complete seed'))} so far, of "
                f"{bills.comparison.seeds}.\n\nThe answer comes when all are in; stopping at a moment that "
                "looks good would be choosing it."
            )
        elif bills.n.runs and not len(bills.n.frame):
            st.markdown(
                ":material/balance: Nothing was measured: the budget bought no label, or no rows are kept "
                "for testing. Raise the budget, or the test share in **Seeds and split**."
            )
        elif not lines:
            st.markdown(
                ":material/savings: Labels differ in price. Does it pay to look at the price before asking?"
                "\n\nEvery strategy meets the same split, prices and first labels in each seed, and random "
                "takes part always."
            )
        else:
            early = "" if bills.contest.done else ":material/hourglass_top: **Preliminary.**\n\n"
            st.markdown(early + "\n\n".join(f"{line.icon} {line.text}" for line in lines))


# --- over money -------------------------------------------------------------------------------------------


def _curves(page: Editor, bills: Bills) -> None:
    n = bills.n
    st.markdown("**What the money buys**")
    frame = bills.bands().rename(columns={"strategy": "run", "x": "money", "low": "lo", "high": "hi"})
    frame = frame[frame["dataset"] == bills.place].drop(columns=["seeds"]).assign(metric=bills.metric)
    base = bills.comparison.base
    end = base.budget if base.budget_in == "money" and (n.contest.live or not n.runs) else None
    chart = charts.curve(
        frame,
        bills.metric,
        names=list(bills.looks),
        drawn_as=bills.looks,
        x="money",
        budget=end,
        target=bills.target,
        height=HEIGHT,
    )
    charts.show(chart, key=page.key("curves"))
    st.caption(
        f"Mean of {count(n.seeds, 'paired seed')} with its 95 % interval. Prices: "
        f"{costs_words.price_name(bills)}."
        if len(frame)
        else EMPTY
    )


def _target(page: Editor, bills: Bills) -> None:
    """What the target costs, and what that saves against random."""
    st.markdown(f"**Money half of the seeds need to {goal(bills)}**")
    if not bills.ready:
        with st.container(height=HEIGHT + 4, border=False):
            st.caption("Worked out once all runs are in, or after **Stop**.")
        return
    found, saved = bills.to_target(), bills.savings(bills.n.twins)
    there = [r for name in bills.looks if (r := row(found, name))]
    chart = compare_charts.whiskers(
        [Row("", r["strategy"], r["median"], r["median_low"], r["median_high"], _missed(r)) for r in there],
        bills.looks,
        f"Money, {SAVED:.0%} interval",
        form=",.3~g",
        alt=compare_charts.said_of(f"Money to {goal(bills)} with intervals", bills.shown),
    )
    charts.show(chart, key=page.key("target"))
    chart = compare_charts.whiskers(
        [
            Row("", r["strategy"], r["saving"], r["low"], r["high"], "no number: too many missed it")
            for r in saved.to_dict("records")
        ],
        bills.looks,
        f"Saved against random, {SAVED:.0%} interval",
        form=".0%",
        zero=0.0,
        alt=compare_charts.said_of(f"Money saved on the way to {goal(bills)} against random", bills.shown),
    )
    charts.show(chart, key=page.key("saved"))
    open_ = [r["strategy"] for r in there if finite(r["median"]) and not finite(r["median_high"])]
    if open_:
        st.caption(f"Open to the right, beyond the budget: {plain(listed(open_))}.")


def _missed(r: Cells) -> str:
    """In how many seeds the target was not reached."""
    return f"{NOT} in {r['seeds'] - r['reached']} of {r['seeds']}"


# --- one purchase -----------------------------------------------------------------------------------------


def _purchase(page: Editor, bills: Bills) -> None:
    st.subheader("One round's purchase", anchor=False)
    name, log = bills.seen("")
    last = len(log) if log is not None else 0
    if not bills.ready or last < 1:
        with st.container(height=HEIGHT + 150, border=False):
            st.caption("Drawn once all runs are in, or after **Stop**.")
        return
    at = min(int(page.view["at"]), last)  # type: ignore[arg-type]
    left, right = st.columns([3, 2], gap="medium")
    with right:
        if last > 1:
            key = page.key("at", str(last))
            st.session_state.setdefault(key, at)
            at = st.slider("After round", 1, last, key=key, on_change=page.touch, help=page.params["at"].help)
            page.view["at"] = at
        found, problem = bills.purchase(name, at), bills.purchase_problem(name, at)
        if problem:
            st.info(plain(problem), icon=":material/info:")
        else:
            _told(bills, name, found)
    with left:
        spec = bills.comparison.strategies[name]
        measure = spoken(ACQUISITIONS[spec.acquisition.name].label)
        charts.show(
            costs_charts.purchase(found, f"Score ({measure.lower()}), higher asks first"),
            key=page.key("purchase"),
        )
        st.caption(
            "Each dot is a row that could be asked. The dashed line is one score per cost: all above it is "
            "bought by score per cost."
        )


def _told(bills: Bills, name: str, found: Cells | None) -> None:
    """The three rules in numbers."""
    with st.container(key="costs_told"):
        if found is None:
            st.markdown(":material/hourglass_top: Working out what the money buys.")
            return
        rules: dict[str, dict[str, float]] = found["rules"]
        st.markdown(
            f"{plain(name)}, first seed: {found['candidates']:,} rows could be asked, and there is "
            f"**{cash(found['money'])}** to spend, the price of an average batch."
        )
        cells = [
            (
                costs_charts.RULES[rule][0],
                [(f"{r['n']:,.0f}", ""), (cash(r["cost"]), ""), (cash(r["value"]), "")],
            )
            for rule, r in rules.items()
        ]
        heads = (("Bought", ""), ("Rows", ""), ("Paid", ""), ("Score", ""))
        st.html(answer_html.table("What the same sum buys", heads, cells))
        st.markdown(_gap(rules, found["candidates"]))
        if not found["known"]:
            st.caption("Prices are guesses here: nobody knows them before the label is given.")


def _gap(rules: dict[str, dict[str, float]], candidates: int) -> str:
    """How much the quick rule leaves to the best one."""
    greedy = rules["per_cost"]["value"]
    plain_ = rules["score"]["value"]
    more = f" It buys {greedy / plain_:.1f} times the score of buying by score." if plain_ > 0 else ""
    if "exact" not in rules:
        why = (
            "More than 2,000 candidates: the best purchase of all is not looked for."
            if candidates > EXACT
            else "The best purchase of all is not shown: finding it would take too long for these prices."
        )
        return why + more
    best = rules["exact"]["value"]
    short = 1 - greedy / best if best > 0 else 0.0
    said = (
        "Buying by score per cost is the best purchase there is."
        if short < 5e-5
        else f"Buying by score per cost falls {100 * short:.1f} % short of the best purchase there is (it is "
        "proved never to fall more than half short)."
    )
    return said + more


# --- numbers ----------------------------------------------------------------------------------------------


def _numbers(bills: Bills) -> None:
    with st.expander("All strategies in numbers", icon=":material/table:"):
        if not bills.ready:
            st.caption("Made once all runs are in, or after **Stop**.")
            return
        to, areas, bought = bills.to_target(), bills.areas(), bills.bought()
        rows = []
        for name in bills.shown:
            r, a = row(to, name), row(areas, name)
            reached = f"{r['reached']} of {r['seeds']}" if r else ""
            area = (f"{100 * a['area']:.1f} %", "") if a else ("", "")
            if a and a["twin"] and finite(a["difference"]):
                points = " to ".join(
                    f"{100 * a[c]:+.1f}".replace("-", "−") for c in ("difference_low", "difference_high")
                )
                area = (f"{100 * a['area']:.1f} %", f"against random {points} points")
            rows.append(
                (
                    name,
                    [
                        (f"{bought[name][0]:,.0f}", f"at {cash(bought[name][1])}"),
                        (reached, ""),
                        money_of(r),
                        saved_cells(bills, name),
                        area,
                    ],
                )
            )
        heads = (
            ("Strategy", ""),
            ("Labels bought", "mean, and their price"),
            ("Got there", goal(bills)),
            ("Money to it", "half of the seeds need"),
            ("Saved", "against random"),
            ("Over the run", f"mean {plan.METRICS[bills.metric].lower()}"),
        )
        st.html(answer_html.table("All strategies", heads, rows))
        st.caption(
            "A run that ends before the target counts as not reached, neither as zero nor left out. Small: "
            "90 % intervals of money and savings, 95 % of the last column."
        )


# --- the finish date --------------------------------------------------------------------------------------


def _finish(page: Editor, bills: Bills) -> None:
    st.subheader("When would it be done?", anchor=False)
    try:
        shifts = plan.shifts_of(page.view, page.spec)
    except AlcoreError as error:
        st.error(plain(f"{error}."), icon=":material/event_busy:")
        return
    if not bills.ready:
        with st.container(height=180, border=False):
            st.caption("Worked out once all runs are in, or after **Stop**.")
        return
    frame = bills.endings(shifts)
    best = row(frame, bills.hero)
    if best is not None:
        st.markdown(_done(bills, best, row(frame, bills.comparison.twins[bills.hero])))
    rows = []
    for name in bills.looks:
        r = row(frame, name)
        if r is None:
            continue
        days = f"{r['days']:,.0f}" if finite(r["days"]) else NOT
        low = f"{r['low']:,.0f}" if finite(r["low"]) else ""
        high = f"{r['high']:,.0f}" if finite(r["high"]) else NOT
        span = f"{low} to {high}" if low else r["reason"]
        hours = f"{r['hours']:,.1f}" if finite(r["hours"]) else NOT
        latest = f"latest {day(r['last_high'])}" if low else ""
        rows.append((name, [(hours, ""), (days, span), (day(r["last"]), latest)]))
    heads = (
        ("Strategy", ""),
        ("Hours of work", "of those that got there"),
        ("Working days", f"{ONE:.0%} of projects"),
        ("Last day", "half of the projects"),
    )
    st.html(answer_html.table(f"Until {goal(bills)}", heads, rows))
    st.caption(_assumed(shifts))


def _done(bills: Bills, r: Cells, passive: Cells | None) -> str:
    name = plain(bills.hero)
    if r["last"] is None:
        return (
            f":material/event_busy: **{name}** does not reach {goal(bills)} in half of the simulated "
            "projects, so there is no date."
        )
    latest = r["last_high"]
    until = f"at the latest on **{day(latest)}**" if latest is not None else f"or {NOT} within the budget"
    return (
        f":material/event_available: With **{name}**, {goal(bills)} is reached on **{day(r['last'])}** in "
        f"half of the simulated projects; one project, with {r['level']:.0%} certainty, {until}. Random, "
        f"which waits for no batch: {day(passive['last'] if passive else None)}."
    )


def _assumed(shifts: Shifts) -> str:
    rest = f", {shifts.pause:g} minutes of break after every {shifts.session:g}" if shifts.pause else ""
    who = "1 person" if shifts.annotators == 1 else f"{shifts.annotators:,} people"
    return (
        f"{who} at {cash(shifts.wage)} an hour, {shifts.hours:g} hours on {shifts.week} days a week{rest}; "
        f"{shifts.wait:g} h from batch to batch, which random labels need not wait for. What a label costs, "
        "divided by the wage, is the time it takes. Absences and holidays are left out. Change it in "
        "**Working hours**."
    )


# --- pieces -----------------------------------------------------------------------------------------------
