"""The tables of a comparison, each with its chart and as a file; made when they are opened."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import streamlit as st

from alcore import outcomes
from alcore.catalog import STOPPING
from alcore.comparison import RANDOM, SEEDS, Entry
from alcore.errors import SpecError
from alcore.spec import Choice
from alcore.statistics import power
from pages.ui import charts, compare_charts, form, share
from pages.ui.compare_charts import Row, said_of
from pages.ui.compare_editor import ComparisonEditor
from pages.ui.compare_numbers import PICKED, VERDICT, Numbers
from pages.ui.compare_words import (
    AXES,
    CLAIM,
    amount,
    count,
    difference,
    gaps,
    interval,
    is_share,
    metric_name,
    p_value,
    score,
)
from pages.ui.contest import Contest
from pages.ui.form import spoken
from pages.ui.savings_words import plain

if TYPE_CHECKING:
    import pandas as pd

Cells = dict[str, Any]
DASHES = "–"
UNMEASURED = ("picks", "time")  # what there is to say of runs without any score


def draw(page: ComparisonEditor, numbers: Numbers) -> None:
    """The section that is open."""
    tab = str(page.view["tab"])
    with st.container(border=True, key="compare_section"):
        if not numbers.runs:
            st.markdown("Tables and charts come here with the first finished seed.")
        elif numbers.contest.live and tab != "seeds":
            st.markdown("The runs go on. Tables are made once all of them are in, or after **Stop**.")
        elif not len(numbers.frame) and tab not in UNMEASURED:
            st.markdown(
                "Nothing was measured: the budget bought no label, or no rows are kept for testing. Raise "
                "the budget in **Budget**, or the test share in **Seeds and split**."
            )
        else:
            SECTIONS[tab][1](page, numbers)


# --- how good ---------------------------------------------------------------------------------------------


def _area(page: ComparisonEditor, n: Numbers) -> None:
    """How good over the whole way."""
    axis = AXES[n.axis][0].lower()
    found = n.table(outcomes.area_table, n.twins, axis=n.axis, level=VERDICT)
    tests = n.table(outcomes.versus, n.twins, axis=n.axis, level=VERDICT)
    merged = found.merge(
        tests[["dataset", "strategy", "wins", "ties", "losses", "p", "holm"]],
        on=["dataset", "strategy"],
        how="left",
    )
    name = metric_name(n.metric)
    _say(
        f"**Area under the learning curve**: the mean height of the curve over the stretch of {axis} that "
        "all "
        f"runs cover, so it reads like {name} itself. The difference is to the strategy's own random run, "
        "seed "
        "by seed; positive is better."
    )
    rows = [Row(spoken(r["dataset"]), r["strategy"], r["area"], r["low"], r["high"]) for r in _records(found)]
    _chart(
        page,
        "area",
        compare_charts.whiskers(
            rows,
            n.looks,
            f"Mean {name} over the curve, {VERDICT:.0%} interval",
            form=".3~f",
            lit=n.lit,
            alt=said_of(f"Area under the learning curve in {name} with {VERDICT:.0%} intervals", n.shown),
        ),
    )
    _table(page, n, "area", merged, lambda r: {
        "Area": r["area"],
        f"{VERDICT:.0%} interval": interval(r["low"], r["high"]),
        "More than random": _signed(r["difference"]),
        "Interval": interval(r["difference_low"], r["difference_high"], "{:+.3f}"),
        "p, corrected": "" if not r["twin"] else p_value(r["holm"]),
        "Seeds": r["seeds"],
    })  # fmt: skip


def _budgets(page: ComparisonEditor, n: Numbers) -> None:
    """How good for a fixed sum."""
    end = float(n.frame.groupby(["dataset", "strategy", "seed"])[n.axis].max().min())
    chosen = tuple(float(b) for b in page.view["at"]) or _quarters(end, n.axis)  # type: ignore[union-attr]
    page.show("at", label=f"Budgets in {AXES[n.axis][0].lower()}, with commas")
    if not page.view["at"]:
        st.caption(f"Now: {', '.join(f'{b:,.4g}' for b in chosen)}, parts of what all runs have.")
    found = n.table(outcomes.at_budgets, chosen, n.twins, axis=n.axis, level=VERDICT)
    if not len(found):
        _say("No budget to look at.")
        return
    unit = AXES[n.axis][0].lower()
    rows = [
        Row(
            _place(n, r["dataset"], f"{r['budget']:,.4g} {unit}"),
            *(r["strategy"], r["value"], r["low"], r["high"]),
            "no run got that far",
        )
        for r in _records(found.sort_values(["dataset", "budget"], kind="stable"))
    ]
    _say(
        f"**{spoken(metric_name(n.metric))} that a budget buys**: the last one measured before it is used up."
    )
    name = spoken(metric_name(n.metric))
    _chart(
        page,
        "budgets",
        compare_charts.whiskers(
            rows,
            n.looks,
            f"{name}, mean with {VERDICT:.0%} interval",
            form=".3~f",
            lit=n.lit,
            alt=said_of(f"{name} at {count(len(chosen), 'budget')}", n.shown),
        ),
    )
    _table(page, n, "budgets", found, lambda r: {
        spoken(unit): f"{r['budget']:,.4g}",
        name: amount(r["value"], "{:.3f}", "no run got that far"),
        f"{VERDICT:.0%} interval": interval(r["low"], r["high"]),
        "More than random": _signed(r["difference"]),
        "Interval": interval(r["difference_low"], r["difference_high"], "{:+.3f}"),
        "Seeds": r["seeds"],
    })  # fmt: skip


def _quarters(end: float, axis: str) -> tuple[float, ...]:
    parts = (end * share for share in (0.25, 0.5, 1.0))
    return tuple(dict.fromkeys(float(round(p)) if axis == "labels" else float(f"{p:.3g}") for p in parts))


def _target(page: ComparisonEditor, n: Numbers) -> None:
    """What it takes to be good enough."""
    axes = tuple(dict.fromkeys(("labels", "money", n.axis)))
    page.show(
        "rule",
        label="Reached means",
        names={
            "first": "The first time",
            "stable": "And never lost again",
            "interpolated": "On the line to it",
        },
        segments=True,
    )
    rule = str(page.view["rule"])
    goal = f"{metric_name(n.metric)} {score(n.target, n.metric)}"
    found = n.table(outcomes.to_target, n.target, axes, rule=rule)
    runs = n.table(outcomes.reached, n.target, n.axis, rule=rule)
    _say(
        f"**What it takes to reach {goal}.** A run that never gets there counts as *not reached*, neither as "
        "zero nor left out: it needs more than its whole budget."
    )
    ends = n.frame.groupby("dataset")[n.axis].max()
    for place in n.places:
        here = runs[runs["dataset"] == place]
        if not len(here):
            continue
        steps = compare_charts.share_reached(here, float(ends[place]))
        _chart(
            page,
            f"target.{place}",
            compare_charts.lines(
                steps,
                n.looks,
                AXES[n.axis][1],
                "Seeds that have reached it",
                form=".0%",
                step=True,
                bottom=0.0,
                top=1.0,
                lit=n.lit,
                height=260,
                alt=said_of(f"Share of seeds that have reached {goal} on {place}", n.shown),
            ),
            title=place if n.several else "",
        )
    _table(page, n, "target", found, lambda r: {
        "Counted in": AXES[r["axis"]][0].lower(),
        "Reached": f"{r['reached']} of {r['seeds']}",
        "Half of the runs need": amount(r["median"]),
        "90 % interval": _from_to(r["median_low"], r["median_high"]),
        "Mean up to the budget": amount(r["restricted"], missing=DASHES),
        "90 % interval of it": interval(r["restricted_low"], r["restricted_high"], "{:,.4g}"),
    })  # fmt: skip


def _savings(page: ComparisonEditor, n: Numbers) -> None:
    """What is saved against random."""
    goal = f"{metric_name(n.metric)} {score(n.target, n.metric)}"
    if not n.twins:
        _say("Add a strategy: random alone saves nothing.")
        return
    found = n.table(outcomes.savings, n.target, n.twins, axis=n.axis, rule=str(page.view["rule"]))
    unit = AXES[n.axis][0].lower()
    _say(
        f"**Saved on the way to {goal}**, in {unit}, against the strategy's own random run of the same seed. "
        "Negative means dearer than random. Where more than half of the runs miss the target there is no "
        "number. In *Mean up to the budget* a run that misses it counts with the whole budget, so the "
        "true mean is larger."
    )
    rows = [
        Row(spoken(r["dataset"]), r["strategy"], r["saving"], r["low"], r["high"], r["reason"])
        for r in _records(found)
    ]
    _chart(
        page,
        "savings",
        compare_charts.whiskers(
            rows,
            n.looks,
            f"Share of random's {unit} that is saved, 90 % interval",
            form=".0%",
            zero=0.0,
            lit=n.lit,
            alt=said_of(f"Savings in {unit} to {goal} with 90 % intervals", list(n.twins)),
        ),
    )
    _table(page, n, "savings", found, lambda r: {
        "Saved": amount(r["saving"], "{:.0%}", "no number"),
        "90 % interval": interval(r["low"], r["high"], "{:.0%}"),
        "Mean up to the budget": amount(r["restricted"], missing=DASHES),
        "Random's mean up to the budget": amount(r["twin_restricted"], missing=DASHES),
        "Reached": f"{r['reached']} of {r['seeds']}",
        "Random reached": f"{r['twin_reached']} of {r['seeds']}",
        "Seeds better, equal, worse": f"{r['better']} – {r['equal']} – {r['worse']}",
        "Single seeds": interval(r["lowest"], r["highest"], "{:.0%}"),
        "Why no number": r["reason"],
    })  # fmt: skip


def _regret(page: ComparisonEditor, n: Numbers) -> None:
    """What it cost not to know all labels."""
    known = n.ceilings(None)
    wanted = [(place, seed) for place in n.places for seed in n.seeds_of(place)]
    if failed := n.no_ceiling():
        st.warning(plain(failed), icon=":material/info:")
        return
    if any(key not in known for key in wanted):
        st.progress(
            len(known) / max(1, len(wanted)), "Training on all labels, to have something to fall short of."
        )
        return
    name = metric_name(n.metric)
    table = n.table(outcomes.regret_table, known)
    curves = n.table(outcomes.regret_curves, known)
    _say(
        f"**Regret**: by how much {name} falls short of a learner with every label of the pool, in each "
        "round "
        "(simple) and summed over the rounds (cumulative). The growth exponent says how the sum grows with "
        "the "
        "labels: at 1 each label costs as much as the first, well below 1 the learner catches up."
    )
    for place in n.places:
        here = curves[curves["dataset"] == place].rename(columns={"labels": "x", "regret": "value"})
        if not len(here):
            continue
        mean = here.groupby(["strategy", "round"], sort=False)[["x", "value"]].mean().reset_index()
        _chart(
            page,
            f"regret.{place}",
            compare_charts.lines(
                mean,
                n.looks,
                "Labels bought",
                f"Cumulative regret in {name}",
                lit=n.lit,
                height=280,
                alt=said_of(f"Cumulative regret on {place}, mean over seeds", n.shown),
            ),
            title=place if n.several else "",
        )
    _table(page, n, "regret", table, lambda r: {
        "Cumulative": r["regret"],
        f"{VERDICT:.0%} interval": interval(r["low"], r["high"], "{:.2f}"),
        "At the end": amount(r["simple"], "{:.4f}", DASHES),
        "Interval": interval(r["simple_low"], r["simple_high"], "{:.4f}"),
        "Growth exponent": amount(r["exponent"], "{:.2f}", "no number"),
        "Its interval": interval(r["exponent_low"], r["exponent_high"], "{:.2f}"),
        "Seeds": r["seeds"],
        "Why no number": r["reason"],
    })  # fmt: skip


# --- who wins ---------------------------------------------------------------------------------------------


def _wins(page: ComparisonEditor, n: Numbers) -> None:
    """Seed by seed against random, and strategies over datasets."""
    twins = n.table(outcomes.versus, n.twins, axis=n.axis, level=VERDICT)
    if not len(twins):
        _say("Nobody to compare with random yet.")
        return
    _say(
        "**Won, tied, lost**: seeds in which the area under the curve is more than 0.001 above random's, "
        "about "
        "equal, or below. Wilcoxon's signed-rank test over the seeds, corrected for all strategies (Holm)."
    )
    found = [
        (spoken(r["dataset"]), r["strategy"], r["wins"], r["ties"], r["losses"]) for r in _records(twins)
    ]
    alt = said_of("Seeds won, tied and lost against random", list(n.twins))
    _chart(page, "wins", compare_charts.records(found, n.looks, alt=alt))
    _table(page, n, "wins", twins, _duel)
    if len(n.shown) > 2:
        with st.expander(
            "Every strategy against every other", key=page.key("open", "pairs"), on_change="rerun"
        ) as body:
            if body.open:
                _table(page, n, "pairs", n.table(outcomes.versus, "all", axis=n.axis, level=VERDICT), _duel)
    _ranks(page, n)


def _duel(r: Cells) -> Cells:
    return {
        "Against": r["other"],
        "Won – tied – lost": f"{r['wins']} – {r['ties']} – {r['losses']}",
        "Difference": _signed(r["difference"]),
        f"{VERDICT:.0%} interval": interval(r["low"], r["high"], "{:+.3f}"),
        "p": p_value(r["p"]),
        "p, corrected": p_value(r["holm"]),
        "Seeds": r["seeds"],
    }


def _ranks(page: ComparisonEditor, n: Numbers) -> None:
    """The critical-difference diagram."""
    here = {key[0] for key in n.runs}
    if len(here) < 3:
        st.caption(
            "With three datasets or more, strategies are ranked over all of them, with the critical "
            "difference. "
            "Add some in *Data*: seeds are repetitions, they do not stand for other data."
        )
        return
    page.show(
        "ranked_by",
        label="Who can be told apart",
        names={"nemenyi": "Nemenyi", "wilcoxon": "Wilcoxon–Holm"},
        segments=True,
    )
    method = str(page.view["ranked_by"])
    try:
        diagram = n.table(outcomes.ranking, axis=n.axis, method=method)
    except SpecError as error:
        st.warning(f"{plain(str(error))}.", icon=":material/info:")
        return
    _say(
        "**Average ranks over datasets** (critical-difference diagram): 1 is best. A thick bar joins "
        "strategies "
        "that cannot be told apart."
    )
    alt = said_of(f"Average ranks over {diagram.datasets} datasets", diagram.names)
    _chart(page, f"ranks.{method}", compare_charts.ranks(diagram, n.looks, lit=n.lit, alt=alt))
    told = []
    if diagram.friedman is not None:
        told.append(
            f"Friedman: chi-square {diagram.friedman.chi2:.2f}, {p_value(diagram.friedman.p)}; "
            f"Iman and Davenport's F {diagram.friedman.f:.2f}, {p_value(diagram.friedman.f_p)}."
        )
    if diagram.reason:
        told.append(f"{plain(diagram.reason.rstrip('.'))}.")
    if told:
        st.caption(" ".join(told))
    _file(page, n, "ranks", outcomes.rank_frame(diagram))


# --- what they ask ----------------------------------------------------------------------------------------


def _picks(page: ComparisonEditor, n: Numbers) -> None:
    """Which rows strategies choose."""
    overlap = n.held(lambda: _overlap(n), "overlap")
    _say(
        "**Overlap of the picks**: of all rows that either strategy chose until the end, the share that both "
        "chose; mean over the seeds. The first labels, which they share, are left out."
    )
    for place in n.places:
        here = overlap[overlap["dataset"] == place]
        if len(here):
            alt = f"Share of rows that two strategies both chose on {place}, for each pair."
            chart = compare_charts.matrix(here, list(n.looks), alt=alt)
            _chart(page, f"overlap.{place}", chart, title=place if n.several else "")
    if len(overlap):
        _table(page, n, "overlap", overlap, lambda r: {
            "Other": r["other"],
            "Rows in common": f"{r['jaccard']:.0%}",
            "After labels": f"{r['labels']:.0f}",
            "Seeds": r["seeds"],
        })  # fmt: skip
    else:
        st.caption("Nothing was chosen after the first labels.")
    st.divider()
    _classes(page, n)
    st.divider()
    _repeats(page, n)


def _overlap(n: Numbers) -> pd.DataFrame:
    """Every pair of strategies, and random once: its other runs choose the same rows."""
    names = [name for name in n.shown if name in n.twins or name == RANDOM]
    return outcomes.overlap(n.runs, pairs=list(combinations(names, 2)))


def _classes(page: ComparisonEditor, n: Numbers) -> None:
    """When each class was first seen."""
    curves = n.held(lambda: outcomes.discovery(n.runs), "discovery")
    table = n.held(lambda: outcomes.discovery_table(n.runs), "discovery_table")
    _say("**Classes found**: how many different answers had been heard after so many labels.")
    for place in n.places:
        here = curves[curves["dataset"] == place].rename(columns={"labels": "x", "found": "value"})
        if not len(here):
            continue
        most = float(here["classes"].max())
        _chart(
            page,
            f"classes.{place}",
            compare_charts.lines(
                here,
                n.looks,
                "Labels bought",
                "Classes found, range over seeds",
                step=True,
                bottom=0.0,
                top=max(1.0, most),
                lit=n.lit,
                height=250,
                alt=said_of(f"Classes found on {place}", n.shown),
            ),
            title=place if n.several else "",
        )
    _table(page, n, "classes", table, lambda r: {
        "Classes": r["classes"],
        "All found in": f"{r['reached']} of {r['seeds']}",
        "Labels until half had them all": amount(r["median"]),
        "Mean up to the budget": amount(r["restricted"], missing=DASHES),
    })  # fmt: skip


def _repeats(page: ComparisonEditor, n: Numbers) -> None:
    """How much batches repeat themselves."""
    _say(
        "**Redundancy of batches**: 0 means that all rows of a batch differ, 1 that each has a copy in it; "
        "beside "
        "random batches of the same size."
    )
    if not page.show("repeats", label=f"Work it out for the first {PICKED} seeds"):
        return
    wanted = [k for k in n.runs if k[2] in n.seeds_of(k[0], PICKED)]
    specs = n.contest.specs
    answers = {k: n.call("batches", specs[k], len(n.runs[k])) for k in wanted}
    ready = {k: a for k, a in answers.items() if a is not None}
    failed = {k: why for k in wanted if (why := n.problem("batches", specs[k], len(n.runs[k])))}
    if failed:
        st.warning(plain(next(iter(failed.values()))), icon=":material/info:")
    if len(ready) + len(failed) < len(wanted):
        st.progress(len(ready) / max(1, len(wanted)), "Comparing the rows of each batch.")
        return
    import pandas as pd

    parts = [
        pd.DataFrame(dict(a)).assign(dataset=k[0], strategy=k[1], seed=k[2])
        for k, a in ready.items()
        if a["round"]
    ]
    if not parts:
        st.caption("No batch has more than one row: nothing can repeat.")
        return
    rounds = pd.concat(parts, ignore_index=True)
    means = rounds.groupby(["dataset", "strategy"], sort=False)[["value", "random", "low", "high"]].mean()
    table = means.reset_index().assign(
        batches=rounds.groupby(["dataset", "strategy"], sort=False).size().to_numpy()
    )
    found = [
        Row(spoken(r["dataset"]), r["strategy"], r["value"], math.nan, math.nan) for r in _records(table)
    ]
    _chart(
        page,
        "repeats",
        compare_charts.whiskers(
            found,
            n.looks,
            "Redundancy, mean over batches",
            form=".2f",
            lit=n.lit,
            alt=said_of("Redundancy of batches", n.shown),
        ),
    )
    _table(page, n, "redundancy", table, lambda r: {
        "Redundancy": r["value"],
        "Random batches": f"{r['random']:.3f}",
        "Eight in ten of them": interval(r["low"], r["high"]),
        "Batches": r["batches"],
    })  # fmt: skip


# --- what it takes ----------------------------------------------------------------------------------------


def _time(page: ComparisonEditor, n: Numbers) -> None:
    """What the computer has to do."""
    found = n.held(lambda: outcomes.effort(n.runs), "effort")
    _say(
        "**Computing time** of a whole run: choosing, fitting and measuring, on this server when the run was "
        "made. It varies with what else the server did. Memory is not recorded."
    )
    rows = [
        Row(spoken(r["dataset"]), r["strategy"], r["seconds"], math.nan, math.nan) for r in _records(found)
    ]
    _chart(
        page,
        "time",
        compare_charts.whiskers(
            rows,
            n.looks,
            "Seconds for one run, mean over seeds",
            form=".3~g",
            lit=n.lit,
            alt=said_of("Computing seconds of one run", n.shown),
        ),
    )
    _table(page, n, "time", found, lambda r: {
        "Seconds a run": f"{r['seconds']:.3g}",
        "Milliseconds a label": f"{1000 * r['per_label']:.3g}",
        "Milliseconds a round": f"{1000 * r['per_round']:.3g}",
        "Labels a run": f"{r['labels']:,.0f}",
        "Seeds": r["seeds"],
    })  # fmt: skip


def _stops(page: ComparisonEditor, n: Numbers) -> None:
    """Where stopping rules would have ended the runs."""
    rules = _rules(page)
    _say(
        "**Stopping rules, replayed.** Each run went to its full budget; here is where a rule would have "
        "ended "
        "it, and what that had saved and lost. A rule sees only what was known by then, never the test rows."
    )
    if not rules:
        st.caption("Choose one rule or more.")
        return
    found = n.held(lambda: outcomes.stops(n.runs, rules, n.metric), "stops", repr(rules), n.metric)
    if len(found) and not found["known"].all():
        watch = watched(page, n, rules)
        if not _watch(page, watch):
            return
        runs = {k: watch.logs[k] for k in n.runs if k in watch.logs}
        found = n.held(
            lambda: outcomes.stops(runs, rules, n.metric), "watched", repr(rules), n.metric, len(runs)
        )
    table = outcomes.stops_table(found)
    if not len(table):
        st.caption("There is nothing to stop.")
        return
    name = metric_name(n.metric)
    several = len(rules) > 1
    rows = [
        Row(
            _place(n, r["dataset"], r["rule"] if several else ""),
            *(r["strategy"], r["labels"], math.nan, math.nan, r["reason"]),
        )
        for r in _records(table.sort_values(["dataset", "rule"], kind="stable"))
    ]
    _chart(
        page,
        "stops",
        compare_charts.whiskers(
            rows,
            n.looks,
            "Labels when it would have stopped, mean over seeds",
            form=",.4~g",
            lit=n.lit,
            alt=said_of("Labels at which stopping rules would have ended the runs", n.shown),
        ),
    )
    _table(page, n, "stopping", table, lambda r: {
        "Rule": spoken(r["rule"]),
        "Stopped": f"{r['stopped']} of {r['seeds']}",
        "Labels then": amount(r["labels"], "{:,.0f}", DASHES),
        "Labels saved": amount(r["saved_labels"], "{:.0%}", DASHES),
        "Money saved": amount(r["saved_money"], "{:.0%}", DASHES),
        f"Lost in {name}": amount(r["lost"], "{:.4f}", DASHES),
        "Lost at worst": amount(r["worst_lost"], "{:.4f}", DASHES),
    })  # fmt: skip


def _rules(page: ComparisonEditor) -> tuple[Choice, ...]:
    """The rules that are replayed, with their settings as they come."""
    key, held = page.key("rules"), [r for r in page.view["rules"] if r in STOPPING]  # type: ignore[union-attr]
    names = st.multiselect(
        "Rules",
        [n for n in STOPPING if STOPPING[n].exempt != frozenset({"reproducible"})],
        key=key,
        format_func=lambda n: form.title(STOPPING[n]),
        placeholder="None",
        on_change=page.touch,
        **form.initial(key, held, "default"),
    )
    page.view["rules"] = tuple(names)
    for name in names:
        st.caption(f"**{form.title(STOPPING[name])}.** {STOPPING[name].summary}")
    return tuple(Choice(name) for name in names)


def watched(page: ComparisonEditor, n: Numbers, rules: Sequence[Choice]) -> Contest:
    """The same runs once more, noting what the rules read."""
    entries = tuple(
        Entry(e.dataset, e.strategy, e.seed, outcomes.watching(e.spec, rules))
        for e in n.contest.entries
        if (e.dataset, e.strategy, e.seed) in n.runs
    )
    held: Contest | None = page.memory.notes.get("watch")
    if held is None or held.entries != entries:
        if held is not None:
            held.stop()
        held = page.memory.notes["watch"] = Contest(entries, n.contest.owner)
        held.recall()
    return held


def _watch(page: ComparisonEditor, watch: Contest) -> bool:
    """Whether the watched runs are there; else a button, or how far they are."""
    watch.refresh()
    if watch.done or (watch.logs and not watch.live and watch.error):
        return True
    if watch.live:
        st.progress(watch.share, f"{len(watch.logs)} of {len(watch.entries)} runs replayed.")
        return False
    if watch.error:
        st.error(watch.error, icon=":material/error:")
    st.markdown(
        "These rules read signals that the runs did not note. They are run once more, to the same end, "
        "with the "
        "same picks."
    )
    st.button(
        f"Replay {count(len(watch.entries) - len(watch.logs), 'run')}",
        icon=":material/replay:",
        key=page.key("do", "watch"),
        on_click=watch.start,
    )
    return False


# --- how many seeds ---------------------------------------------------------------------------------------


def _seeds(page: ComparisonEditor, n: Numbers) -> None:
    """How many seeds are enough."""
    import pandas as pd

    scale = 100 if is_share(n.metric) else 1
    unit = f"points of {metric_name(n.metric)}" if scale == 100 else metric_name(n.metric)
    page.show("within", label=f"I want to know the difference to random to within ± ... {unit}", typed=True)
    within = float(page.view["within"]) / scale
    _say(
        "**How many seeds do I need?** From how much the seeds differ so far. *To know* makes the interval "
        "of the "
        "mean difference that narrow; *to tell from random* finds the difference seen so far four times in "
        "five."
    )
    rows = []
    for place in n.places:
        for strategy, twin in n.twins.items():
            found = gaps(n, place, strategy, twin)
            if len(found) < 2:
                continue
            spread, mean = float(found.std(ddof=1)), float(found.mean())
            rows.append(
                {
                    "dataset": place,
                    "strategy": strategy,
                    "seeds": len(found),
                    "difference": mean,
                    "spread": spread,
                    "to_know": _needed(lambda s=spread: power.seeds_for(s, within, VERDICT)),
                    "to_tell": _needed(lambda m=mean, s=spread: power.seeds_needed(abs(m), s)),
                }
            )
    if not rows:
        st.caption("Two finished seeds are needed to see how much they differ.")
        return
    table = pd.DataFrame(rows)
    for place in n.places:
        here = narrowing(table[table["dataset"] == place])
        if not len(here):
            continue
        chart = compare_charts.lines(
            here.assign(value=here["value"] * scale),
            n.looks,
            "Seeds",
            f"Interval reaches ± … {unit}",
            bottom=0.0,
            top=float(here["value"].max()) * scale,
            lit=n.lit,
            height=250,
            alt=said_of(
                f"How narrow the interval of the difference becomes with more seeds, {place}", n.shown
            ),
        )
        _chart(page, f"seeds.{place}", chart, title=place if n.several else "")
    _table(page, n, "seeds", table, lambda r: {
        "Seeds so far": r["seeds"],
        "Difference so far": _signed(r["difference"]),
        "Spread over seeds": f"{r['spread']:.4f}",
        "Seeds to know": _seeds_word(r["to_know"]),
        "Seeds to tell from random": _seeds_word(r["to_tell"]),
    })  # fmt: skip
    most = int(min(SEEDS, max(table["to_know"].fillna(SEEDS).max(), 2)))
    worst = table.loc[table["to_know"].fillna(math.inf).idxmax()]
    short = f" (at most {SEEDS} here)" if not worst["to_know"] <= SEEDS else ""
    have = n.comparison.seeds
    _say(
        f"For ± {difference(within, n.metric)} everywhere: **{_seeds_word(worst['to_know'])} seeds**{short}, "
        f"because of {plain(worst['strategy'])}. "
        + (f"You have {have}." if have >= most else f"You asked for {have}.")
    )
    with st.container(horizontal=True):
        for number in dict.fromkeys((most, CLAIM)):
            if number > have:
                st.button(
                    f"Run {number} seeds",
                    icon=":material/add:",
                    key=page.key("do", f"seeds_{number}"),
                    on_click=take_seeds,
                    args=(page, number),
                    help="What is finished is kept." if number != CLAIM else "Enough to claim a result.",
                )


def narrowing(table: pd.DataFrame) -> pd.DataFrame:
    """Half the width of the mean difference's interval, from five to fifty seeds: strategy, x, value."""
    import pandas as pd
    from scipy.stats import t

    found = [
        (r["strategy"], seeds, t.ppf(0.5 + VERDICT / 2, seeds - 1) * r["spread"] / math.sqrt(seeds))
        for r in _records(table)
        for seeds in range(5, 51)
    ]
    return pd.DataFrame(found, columns=["strategy", "x", "value"])


def take_seeds(page: ComparisonEditor, seeds: int) -> None:
    """Callback: so many seeds, and run what is missing."""
    page.memory.notes["comparison"] = replace(page.comparison, seeds=seeds)
    form.reseed([page.key("seeds")])
    page.press("run")


def _needed(work: Callable[[], int]) -> float:
    try:
        return float(work())
    except SpecError:
        return math.nan


def _seeds_word(seeds: float) -> str:
    return "no number is enough" if math.isnan(seeds) else f"{seeds:,.0f}"


SECTIONS: Mapping[str, tuple[str, Callable[[ComparisonEditor, Numbers], None]]] = {
    "area": ("Area", _area),
    "budgets": ("Fixed budgets", _budgets),
    "target": ("Target", _target),
    "savings": ("Savings", _savings),
    "regret": ("Regret", _regret),
    "wins": ("Wins", _wins),
    "picks": ("Picks", _picks),
    "time": ("Time", _time),
    "stops": ("Stopping", _stops),
    "seeds": ("How many seeds", _seeds),
}


# --- pieces -----------------------------------------------------------------------------------------------


def _say(text: str) -> None:
    st.markdown(text)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")


def _place(n: Numbers, dataset: str, more: str) -> str:
    """A heading of rows in a chart."""
    if not more:
        return spoken(dataset)
    return f"{spoken(dataset)}, {more}" if n.several else spoken(more)


def _signed(value: float) -> str:
    return "" if math.isnan(value) else f"{value:+.3f}"


def _from_to(low: float, high: float) -> str:
    """An interval whose upper end may be beyond what was run."""
    if math.isnan(low):
        return DASHES
    return f"{low:,.4g} to {amount(high)}"


def _chart(page: ComparisonEditor, name: str, chart: charts.Chart, title: str = "") -> None:
    if title:
        st.markdown(f"**{plain(spoken(title))}**")
    charts.show(chart, key=page.key("chart", name))


def _table(
    page: ComparisonEditor, n: Numbers, name: str, frame: pd.DataFrame, cells: Callable[[Cells], Cells]
) -> None:
    """A table with its words, and below it the numbers as a file."""
    import pandas as pd

    rows = []
    for r in _records(frame):
        row = {"Dataset": spoken(r["dataset"])} if n.several else {}
        rows.append(row | {"Strategy": r["strategy"]} | cells(r))
    shown = pd.DataFrame(rows)
    empty = [c for c in shown.columns if shown[c].dtype == object and not any(shown[c])]
    shown = shown.drop(columns=[c for c in shown.columns if c in empty or not shown[c].astype(str).any()])
    numbers = [c for c in shown.columns if shown[c].dtype.kind == "f"]
    config: dict[str, Any] = {c: st.column_config.NumberColumn(format="%.3f") for c in numbers}
    config["Strategy"] = st.column_config.TextColumn(pinned=True)
    st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        height=min(35 * (len(shown) + 1) + 3, 35 * 16),
        column_config=config,
        key=page.key("table", name),
        alt=f"{SAID.get(name, name)}: a row for each strategy",
    )
    _file(page, n, name, frame)


SAID = {
    "area": "Area under the learning curve",
    "budgets": "Scores at fixed budgets",
    "target": "Effort to the target",
    "savings": "Savings against random",
    "wins": "Seeds won, tied and lost",
    "pairs": "Every pair of strategies",
    "time": "Computing time",
}


def _file(page: ComparisonEditor, n: Numbers, name: str, frame: pd.DataFrame) -> None:
    st.download_button(
        "CSV",
        lambda: share.csv(frame),
        f"comparison-{n.comparison.id}-{name}.csv",
        "text/csv",
        icon=":material/download:",
        key=page.key("do", f"csv_{name}"),
        on_click="ignore",
        type="tertiary",
        help="The numbers of this table, unrounded.",
    )
