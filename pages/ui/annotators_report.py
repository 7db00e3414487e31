"""What one takes along from the Annotators page: a one-page report, tables, the link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alcore.crowd import findings
from pages.ui import annotators_charts as pictures
from pages.ui import annotators_plan as plan
from pages.ui import annotators_stage as stage
from pages.ui import annotators_words as words
from pages.ui import live, share
from pages.ui.annotators_numbers import Study
from pages.ui.editor import Editor
from pages.ui.report import Bar, BarChart, Fact, Line, LineChart, Report, Table
from pages.ui.take_along import Parcel

if TYPE_CHECKING:
    import pandas as pd


def parcel(page: Editor, study: Study) -> Parcel:
    """The link, and once the projects are made a report and their numbers."""
    link = share.address(page.query())
    if not study.done:
        return Parcel("annotators", link=link, reach=share.reach(study.spec))
    content = report_of(page, study, "" if share.is_own(study.spec) else link)
    costs, curves, points = stage.table(page, study), stage.curves(page, study), stage.numbers_of(study)

    def every() -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(points)

    tables: dict[str, Callable[[], pd.DataFrame]] = {
        "Policies": lambda: costs,
        "Curves": lambda: curves,
        "Every project": every,
    }
    return Parcel(
        "annotators", link=link, reach=share.reach(study.spec), report=lambda: content, tables=tables
    )


def report_of(page: Editor, study: Study, link: str) -> Report:
    """The page to hand out."""
    head, rest = stage.said(page, study)
    names, looks = plan.names(page.view), pictures.policy_looks(study.policies)
    frame = stage.curves(page, study)
    frame = frame[frame["metric"] == "accuracy"]
    lines = []
    for policy in study.policies:
        part = frame[frame["run"] == policy]
        x, y, low, high = (part[c].tolist() for c in ("money", "value", "lo", "hi"))
        lines.append(Line(names[policy], x, y, low, high, looks[policy].colour, looks[policy].dash))
    costs = stage.table(page, study)
    short = ["Policy", "Accuracy", "Right labels", "Rows with a label", "Money", "Hours"]
    return Report(
        title="What is money for labels best spent on?",
        lead=head,
        facts=_facts(study),
        charts=(
            LineChart(
                "How good for how much money",
                "Money spent on answers",
                "Accuracy",
                tuple(lines),
                note="Mean over seeds; bands: where the mean is with 95 %.",
            ),
            _people(study),
        ),
        tables=(
            Table(
                "What each policy costs and brings",
                tuple(short),
                tuple(tuple(str(v) for v in row) for row in costs[short].itertuples(index=False)),
            ),
        ),
        assumptions=stage.ASSUMED[:6],
        method=(*rest, *stage.date_said(page, study)),
        link=link,
        made=datetime.now(UTC).strftime("%-d %B %Y"),
        engine=str(getattr(live.service(), "engine", "")),
        seeds=f"{len(study.done)} of {study.seeds} paired seeds",
    )


def _facts(study: Study) -> tuple[Fact, ...]:
    verdict, seeds = study.verdict(), study.done
    best = findings.end(study.projects, verdict.best, "accuracy", seeds)
    found = [Fact("Accuracy", words.share(best.value), "of the best policy, mean over seeds")]
    if verdict.best in verdict.differences:
        gap = verdict.differences[verdict.best]
        found.append(Fact("Against one answer", words.points(gap.value), words.span(gap)))
    quality = findings.end(study.projects, verdict.best, "label_quality", seeds)
    found.append(Fact("Right labels", words.share(quality.value), "of the best policy"))
    if judged := study.judged():
        found.append(Fact("Annotators judged", f"±{100 * judged.off:.1f}", "points off on average"))
    return tuple(found)


def _people(study: Study) -> BarChart:
    found = study.people.get(0)
    bars: list[Bar] = []
    if found is not None and study.design.people == "simulated":
        for name, value, low, high, true in zip(
            *(found[k] for k in ("name", "estimate", "low", "high", "true")), strict=True
        ):
            if value is not None:
                bars.append(Bar(name, value, f"{value:.0%}, true {true or 0:.0%}", low, high))
    return BarChart(
        "Who can be trusted",
        "Right answers, as the answers alone say",
        tuple(bars),
        note="The first project; whiskers: 90 % intervals." if bars else "Real people: no persons to judge.",
    )
