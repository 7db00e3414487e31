"""What one takes along from the Teams page: a one-page report, tables, lines of code, the link."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from alcore.catalog import DATASETS, METRICS
from alcore.notebook import spec_code
from alcore.teams import PARAMS, study
from pages.ui import live, share, teams_numbers, teams_words
from pages.ui import teams_plan as plan
from pages.ui.compare_words import unmarked
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.preliminary import early
from pages.ui.report import Fact, Line, LineChart, Report, Table
from pages.ui.take_along import Parcel
from pages.ui.teams_charts import clock
from pages.ui.teams_work import Work

if TYPE_CHECKING:
    import pandas as pd

CODE = """\
from alcore import {names}
from alcore.teams import Team, alone, simulate

spec = {spec}
team = Team({team})

for name, who in (("team", team), ("alone", alone(team))):
    project = simulate(spec, who)
    last = project.points[-1]
    print(name, f"{{last.seconds:.0f}} s", last.metrics, "repeated:", project.duplicates)
"""


def parcel(page: Editor, work: Work) -> Parcel:
    """Everything there is to take along."""
    metric, link = str(page.view["metric"]), share.address(page.query())
    spec, own = work.plan.spec, share.is_own(work.plan.spec)
    view = {k: v for k, v in page.query().items() if k in page.params}
    engine = str(getattr(live.service(), "engine", ""))
    rows = work.rows
    return Parcel(
        name=f"teams-{spec.id}",
        link=link,
        permanent=share.permanent(spec, view),
        reach=share.reach(spec),
        code=lambda: code_of(work),
        report=partial(report_of, work, metric, "" if own else link, engine) if rows else None,
        tables={
            "Ways of working": lambda: study.table(teams_numbers.arms(work, metric)),
            "Curves": lambda: study.curves(rows, metric),
            "Sizes": lambda: _sizes(work, metric),
            "Staleness": lambda: study.staleness(rows, list(work.plan.arms)),
        }
        if rows
        else {},
    )


def code_of(work: Work) -> str:
    """Lines that repeat the first seed of the team and of one annotator alone."""
    team = work.plan.team
    given = [f"{p.name}={getattr(team, p.name)!r}" for p in PARAMS if getattr(team, p.name) != p.default]
    text = spec_code(work.plan.spec)
    return CODE.format(names="Choice, Spec" if "Choice" in text else "Spec", spec=text, team=", ".join(given))


def report_of(work: Work, metric: str, link: str, engine: str) -> Report:
    """The page to hand out."""
    found = teams_numbers.arms(work, metric)
    lines = teams_words.verdict(work.plan, found, metric)
    team, spec = work.plan.team, work.plan.spec
    data = DATASETS[spec.dataset.name].label
    return Report(
        title=f"What does a team of {team.agents:,} gain, and what does it cost? {spoken(data)}",
        lead=early(len(work.seeds), work.plan.seeds) + teams_words.headline(work.plan, found, metric),
        facts=_facts(work, metric),
        charts=(_chart(work, metric, "hours"), _chart(work, metric, "labels")),
        tables=(_ways(work, metric), _given(work)),
        assumptions=(
            "Annotators never pause, and take their next rows at once.",
            "A new model takes equally long whatever it has to learn.",
            "Annotators err independently of each other, and equally often.",
        ),
        method=(
            *(unmarked(line.text) for line in lines),
            "Each seed is one split of the data with one start and one pace of every annotator; all ways of "
            "working have the same. 95 % intervals over seeds.",
        ),
        link=link,
        made=datetime.now(UTC).strftime("%-d %B %Y"),
        engine=engine,
        seeds=f"{len(work.seeds)} paired seeds, {len(work.rows):,} simulated projects",
    )


def _facts(work: Work, metric: str) -> tuple[Fact, ...]:
    found = teams_numbers.arms(work, metric)
    main = found[work.plan.main]
    facts = [
        Fact("Done in", clock(main.seconds.value), f"one alone: {clock(found[plan.ALONE].seconds.value)}"),
        Fact("Times as fast", number(main.faster.value, 1), teams_words.ends(main.faster, 1)),
        Fact(
            spoken(METRICS[metric].label),
            teams_words.height(main.score.value, metric),
            f"random: {teams_words.height(found[plan.BY_LOT].score.value, metric)}",
        ),
        Fact("Staleness", f"{number(main.stale.value)} labels", "not known to the model, mean"),
    ]
    none = found.get(plan.MODES["none"])
    if none:
        facts.append(
            Fact(
                "Repeated",
                teams_words.share(none.duplicates.value),
                f"of the answers, without coordination; {teams_words.ends(none.duplicates, 100)} %",
            )
        )
    return tuple(facts)


def number(value: float, digits: int = 0) -> str:
    """A number in print; a dash where there is none.

    >>> number(4.25, 1), number(12.3), number(float("nan"))
    ('4.2', '12', '–')
    """
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def _chart(work: Work, metric: str, axis: str) -> LineChart:
    frame, unit = teams_numbers.bands(work, metric, axis, step=axis == "hours"), teams_numbers.unit_of(work)
    times = 3600 / unit.seconds if axis == "hours" else 1.0
    lines = []
    for name, look in work.plan.looks().items():
        part = frame[frame["strategy"] == name]
        y, low, high = (part[c].tolist() for c in ("value", "low", "high"))
        lines.append(Line(name, (part["x"] * times).tolist(), y, low, high, look.colour, look.dash))
    label = METRICS[metric].label
    return LineChart(
        f"{spoken(label)} against {'time' if axis == 'hours' else 'labels'}",
        f"{spoken(unit.name)} since the first model" if axis == "hours" else "Answers paid for",
        spoken(label),
        tuple(lines),
        note="Mean over seeds; bands: its 95 % interval.",
    )


def _ways(work: Work, metric: str) -> Table:
    rows = tuple(
        (
            arm.name,
            clock(arm.seconds.value),
            teams_words.height(arm.score.value, metric),
            teams_words.share(arm.duplicates.value),
            number(arm.stale.value),
        )
        for arm in teams_numbers.arms(work, metric).values()
    )
    columns = ("", "Time", "Score", "Repeats", "Stale")
    return Table(
        "Ways of working",
        columns,
        rows,
        note="Means over seeds; stale: labels the model behind an answer did not know.",
    )


def _given(work: Work) -> Table:
    team, spec = work.plan.team, work.plan.spec
    rows = (
        ("Annotators at once", f"{team.agents:,}"),
        ("Seconds for a label", f"{team.seconds:g}, spread {team.spread:g}"),
        ("Rows taken at a time", f"{team.hand}"),
        ("Seconds for a refit, and to publish", f"{team.refit:g}, {team.delay:g}"),
        ("New labels that set off a refit", f"{team.every}"),
        ("Waits for the model", "yes" if team.wait else "no"),
        ("Strategy", f"{spec.acquisition.name}, {spec.select.name}"),
        ("Learner", spec.learner.name),
        ("Budget", f"{spec.budget:,.6g} {spec.budget_in}, first {spec.first}"),
    )
    return Table("What was given", ("", ""), rows)


def _sizes(work: Work, metric: str) -> pd.DataFrame:
    found = {str(n): arm for n, arm in teams_numbers.sizes(work, metric).items()}
    return study.table(found).rename(columns={"arm": "annotators"})
