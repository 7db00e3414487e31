"""The Annotators page's stage: the answer, what money buys, who is reliable, the day, the date."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from alcore.crowd import anaesthetists, dawid_skene, findings, majority, schedule
from alcore.crowd.rhythm import Rhythm
from alcore.crowd.rhythm import rhythm as rhythm_of
from alcore.crowd.schedule import Finish
from alcore.crowd.schedule import finish as finish_of
from alcore.errors import AlcoreError
from alcore.workdays import working_day
from pages.ui import annotators_charts as pictures
from pages.ui import annotators_plan as plan
from pages.ui import annotators_words as words
from pages.ui import answer_html, charts, live, people
from pages.ui.annotators_numbers import Study
from pages.ui.compare_words import count
from pages.ui.editor import Editor
from pages.ui.savings_words import plain

if TYPE_CHECKING:
    import pandas as pd

STYLE = """
[data-testid="stMainBlockContainer"] h3 { font-size: 1.15rem; padding: .4rem 0 0; }
.annotators-headline {
    margin: 0; font-size: clamp(1.2rem, 1.05rem + .8vw, 1.6rem); font-weight: 650; line-height: 1.3;
}
.st-key-annotators-answer { min-height: 9rem; }
"""
QUESTION = "What is money for labels best spent on: new rows, or more answers for the same row?"
CURVE = 360
CLASSES = 2  # assumed while the data are not known yet


def style() -> None:
    """The answer keeps its place while it comes."""
    answer_html.style(STYLE)


def header(page: Editor, study: Study | None) -> None:
    """Draw the title with Run and Stop."""
    moving = study is not None and study.wanted and study.moving
    over = study is None or (study.complete and not study.problem)
    people.buttons(
        page,
        "Annotators",
        "Run",
        ready=not over,
        live=bool(moving),
        help="Make the projects that are missing: every policy with every seed.",
        kept="finished projects stay",
    )


def draw(page: Editor, study: Study, along: Callable[[], None]) -> None:
    """Draw all that is known; `along` draws what one may take along."""
    study.look()
    study.refresh()
    _progress(study)
    _answer(page, study)
    if study.design.tires:
        _day(page, study)
        _money(page, study)
    else:
        _money(page, study)
        _day(page, study)
    _date(page, study)
    _table_of_1979()
    _assumptions()
    st.subheader("Take it along", anchor=False)
    along()


def every(page: Editor, study: Study) -> float | None:
    """Seconds until the stage is drawn again by itself; None when nothing moves."""
    page.memory.notes["timer"] = live.EVERY if study.moving or study.unseen else None
    return page.memory.notes["timer"]


def finish(page: Editor, study: Study) -> None:
    """Call it last in the fragment: write the address, and run the page again when the timer must change."""
    page.write()
    notes, known = page.memory.notes, study.data()
    before, classes = notes.get("timer"), notes.get("classes")
    if known is not None:
        notes["classes"] = known["classes"]  # the form offers a confusion matrix for them
    if every(page, study) != before or classes != notes.get("classes"):
        page.again()


# --- the answer -------------------------------------------------------------------------------------------


def _progress(study: Study) -> None:
    done, n = len(study.done), study.seeds
    if study.problem:
        st.progress(study.made / study.total, f"{count(done, 'seed')} of {n} are there.")
        st.error(f"{plain(study.problem.rstrip('.'))}.", icon=":material/error:")
    elif study.complete:
        st.progress(1.0, f"Finished: {count(len(study.policies), 'policy', 'policies')}, {count(n, 'seed')}.")
    elif study.wanted:
        st.progress(study.made / study.total, f"{done} of {count(n, 'seed')} with every policy")
    else:
        st.progress(
            study.made / study.total,
            f"Press **Run** to spend the money {n} times with {len(study.policies)} policies.",
        )


def said(page: Editor, study: Study) -> tuple[str, list[str]]:
    """The sentence and what else is to be said; empty while there is nothing."""
    seeds = study.done
    if not seeds:
        return "", []
    names = plan.names(page.view)
    verdict = study.verdict()
    accuracy = {p: findings.end(study.projects, p, "accuracy", seeds).value for p in study.policies}
    quality = {p: findings.end(study.projects, p, "label_quality", seeds).value for p in study.policies}
    weighed = None
    if {"majority", "dawid_skene"} <= set(study.policies) and len(seeds) >= findings.FEWEST:
        gaps = [
            findings.difference(study.projects, "dawid_skene", "majority", column, seeds)
            for column in ("label_quality", "accuracy")
        ]
        weighed = (gaps[0], gaps[1])
    short = [names[p] for p in study.policies if _ran_out(study, p, seeds)]
    rest = words.details(quality, weighed, study.judged(), words.ran_out(short))
    if study.design.tires:
        with suppress(AlcoreError):  # said below, where the day is drawn
            who, found = day_of(page, study)
            seconds, penalty = study.design.of("seconds")[who], float(page.view["penalty"])
            rest.insert(0, words.rhythm(found, f"annotator {who + 1}", seconds, penalty))
    return words.headline(verdict, names, accuracy, float(study.given["money"])), rest


def _ran_out(study: Study, policy: str, seeds: list[int]) -> bool:
    """Whether the pool was labelled before the money was spent."""
    left = float(study.given["money"]) - findings.end(study.projects, policy, "money", seeds).value
    most = 2 * max(study.design.of("prices")) * max(3, int(study.given["answers"]))
    rows = findings.end(study.projects, policy, "rows", seeds).value
    return left > most and rows > 0.8 * study.pool


def _answer(page: Editor, study: Study) -> None:
    done, early = len(study.done), ""
    head, rest = said(page, study) if study.complete or not study.wanted else ("", [])
    if study.wanted and not study.complete and not study.problem:
        early = (
            f"{count(done, 'seed').capitalize()} of {study.seeds} so far; the answer comes when all are in."
        )
    elif done < study.seeds:
        early = f"Preliminary: {count(done, 'seed')} of {study.seeds}." if done else ""
    with st.container(border=True, key="annotators-answer"):
        st.html(f"<p class='annotators-headline' role='status'>{escape(head or QUESTION)}</p>")
        for sentence in rest:
            st.markdown(plain(sentence))
        if early:
            st.caption(early)
        elif head:
            level = study.verdict().level
            st.caption(
                f"{count(done, 'paired seed')}. In brackets: {100 * level:.4g} % intervals for each policy "
                "beside one answer each, so that with 95 % all of them hold; 95 % intervals for the others."
            )


# --- what money buys --------------------------------------------------------------------------------------


def curves(page: Editor, study: Study) -> pd.DataFrame:
    """Accuracy and label quality by money for each policy, with 95 % intervals of the mean."""

    def make() -> pd.DataFrame:
        import pandas as pd

        found = []
        for policy in study.policies:
            for metric in ("accuracy", "label_quality"):
                for money, at in findings.band(study.projects, policy, metric, study.done):
                    low, high = (math.nan if v is None else v for v in (at.low, at.high))
                    found.append((policy, metric, money, money, at.value, low, high))
        columns = ["run", "metric", "money", "labels", "value", "lo", "hi"]
        return pd.DataFrame(found, columns=columns)

    return study.once("curves", make)


def _money(page: Editor, study: Study) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("How good for how much money?", anchor=False)
        frame = curves(page, study)
        names, looks = plan.names(page.view), pictures.policy_looks(study.policies)
        chart = charts.curve(
            frame,
            "accuracy",
            names=study.policies,
            labels=names,
            drawn_as=looks,
            x="money",
            x_title="Money spent on answers",
            budget=float(study.given["money"]),
            height=CURVE,
        )
        charts.show(chart, key=page.key("curves"))
        st.caption(
            "Accuracy on test rows. Lines: mean over seeds; bands: where the mean is with 95 %. All policies "
            "of a seed meet the same rows, people and answers."
        )
    with right:
        if study.design.people == "recorded":
            _agreement(page, study)
        else:
            _reliability(page, study)
    st.subheader("What each policy costs and brings", anchor=False)
    if study.done:
        st.dataframe(table(page, study), hide_index=True, width="stretch", key=page.key("policies"))
    else:
        st.container(height=38 * (len(study.policies) + 1), border=False)


def table(page: Editor, study: Study) -> pd.DataFrame:
    """A row for each policy: means over seeds, and the difference to one answer each."""

    def make() -> pd.DataFrame:
        import pandas as pd

        seeds, names, gaps = study.done, plan.names(page.view), study.verdict().differences
        found = []
        for policy in study.policies:

            def mean(column: str, policy: str = policy) -> float:
                return findings.end(study.projects, policy, column, seeds).value

            gap = gaps.get(policy)
            found.append(
                {
                    "Policy": names[policy],
                    "Accuracy": words.share(mean("accuracy")),
                    "Against one answer": "–"
                    if gap is None
                    else f"{words.points(gap.value)} ({words.span(gap)})",
                    "Right labels": words.share(mean("label_quality")),
                    "Rows with a label": f"{mean('rows'):,.0f}",
                    "Answers": f"{mean('answers'):,.0f}",
                    "Money": f"{mean('money'):,.1f}",
                    "Hours": f"{mean('hours'):,.2f}",
                    "Can't say": words.share(mean("unanswered")),
                }
            )
        return pd.DataFrame(found)

    return study.once("table", make)


# --- who is reliable --------------------------------------------------------------------------------------


def _reliability(page: Editor, study: Study) -> None:
    st.subheader("Who can be trusted?", anchor=False)
    found = study.people.get(0)
    if found is None:
        st.container(height=CURVE, border=False)
        return
    people = [
        pictures.Person(name, *(math.nan if v is None else v for v in numbers))
        for name, *numbers in zip(
            *(found[k] for k in ("name", "estimate", "low", "high", "true")), strict=True
        )
    ]
    charts.show(pictures.reliability(people, found["level"]), key=page.key("people"))
    st.caption(
        f"The first project, {study.given['answers']} answers a row: what Dawid-Skene's model thinks "
        f"of each annotator, with {found['level']:.0%} intervals, from the answers alone. *True* is what the "
        "team was made with."
    )


def _agreement(page: Editor, study: Study) -> None:
    st.subheader("Real disagreement", anchor=False)
    found = study.agreement()
    if found is None:
        st.container(height=CURVE, border=False)
        return
    charts.show(pictures.agreement(found["real"], found["simulated"]), key=page.key("agreement"))
    st.caption(
        f"{found['error']:.1%} of these ratings are wrong. Of simulated people who err as often, on any "
        f"sentence alike, most of three are wrong in {found['three_simulated']:.2%} of the sentences; of "
        f"real ones in {found['three_real']:.2%}, as they err on the same hard sentences. The columns "
        "are no persons, so nobody can be called reliable here."
    )


# --- the day ----------------------------------------------------------------------------------------------


def whose(page: Editor, study: Study, n_classes: int) -> int:
    """The annotator whose day is drawn, from 0."""
    n = len(study.design.errors)
    wanted = int(page.view["who"])
    if 1 <= wanted <= n:
        return wanted - 1

    def worn(a: int) -> float:
        found = study.design.fatigue(a, n_classes)
        return found.tired - found.fresh

    return max(range(n), key=worn)


def day_of(page: Editor, study: Study) -> tuple[int, Rhythm]:
    """Whose day it is, and its rhythm."""
    known = study.data()
    C = len(known["classes"]) if known else CLASSES
    who = whose(page, study, C)
    fatigue = study.design.fatigue(who, C)
    hours, penalty = float(page.view["hours"]), float(page.view["penalty"])
    design = study.design

    def make() -> Rhythm:
        return rhythm_of(fatigue, design.session, design.pause, hours=hours, penalty=penalty)

    return who, study.once("rhythm", make, who, C, hours, penalty)


def _day(page: Editor, study: Study) -> None:
    """Whether answers get worse over a session, and how long one should work without a break."""
    if study.design.people == "recorded":
        return
    st.subheader("Do answers get worse over the session?", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        found = _measured(study)
        if found:
            charts.show(pictures.measured(found), key=page.key("measured"))
        else:
            st.container(height=pictures.DAY, border=False)
        st.caption(
            f"The whole team in all {study.seeds} projects, until the money is spent: means over projects "
            "with 90 % intervals. The line is what the form assumes."
        )
    with right:
        try:
            who, rhythm = day_of(page, study)
        except AlcoreError as error:
            st.warning(f"{plain(str(error).rstrip('.'))}.", icon=":material/info:")
            return
        name, seconds = f"annotator {who + 1}", study.design.of("seconds")[who]
        if rhythm.tires:
            _rhythm(page, rhythm, name, seconds)
        else:
            st.markdown(plain(words.rhythm(rhythm, name, seconds, 0.0)))
            st.markdown(
                "Say in the table of annotators how many answers are guesses when tired, or look at the "
                "story **When they tire**."
            )


def _rhythm(page: Editor, found: Rhythm, name: str, seconds: float) -> None:
    lines = [pictures.Line("as it is set", found.curve)]
    if found.best != found.now:
        lines.append(pictures.Line("with the best breaks", found.best_curve))
    one, other = st.tabs(["A day", "Which length?"])
    with one:
        charts.show(pictures.over_a_day(lines, found.breaks), key=page.key("day"))
        st.caption(f"What is assumed of {name} over a working day; ticks: breaks as they are set.")
    with other:
        lengths = [pictures.Line(_breaks(found.best.pause), found.lengths)]
        if found.kept:
            lengths.append(pictures.Line(_breaks(found.now.pause), found.kept))
        best = (found.best.session * seconds / 60, found.best.value)
        title = "Right answers an hour" + (", less the harm" if page.view["penalty"] else "")
        charts.show(pictures.by_session(lengths, best, title), key=page.key("session"))
        st.caption(
            "Per hour of the day, breaks included. All of it is assumed: gold questions, whose answers are "
            "known, would measure it."
        )


def _breaks(pause: float) -> str:
    return f"breaks of {pause:g} minutes" if pause else "no breaks"


def _measured(study: Study) -> list[tuple[float, float, float, float, float]]:
    found = study.once(
        "positions", lambda: findings.by_position([study.people[s] for s in sorted(study.people)])
    )
    return [
        (at, share.value, _or_nan(share.low), _or_nan(share.high), assumed) for at, share, assumed in found
    ]


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


# --- the date ---------------------------------------------------------------------------------------------


def date_of(page: Editor, study: Study) -> Finish:
    """When the team will be done."""
    known = study.data()
    C = len(known["classes"]) if known else CLASSES
    wanted, today = plan.schedule_of(page.view), datetime.now(UTC).date()
    return study.once("finish", lambda: finish_of(wanted, study.design, C, today=today), wanted, C, today)


def date_said(page: Editor, study: Study) -> list[str]:
    """When it will be done, as a sentence; none where there is no date to work out."""
    with suppress(AlcoreError):
        return [words.finish(date_of(page, study), plan.schedule_of(page.view), study.design.size)]
    return []


def _date(page: Editor, study: Study) -> None:
    st.subheader("When will it be done?", anchor=False)
    try:
        found, wanted = date_of(page, study), plan.schedule_of(page.view)
    except AlcoreError as error:
        st.warning(f"{plain(str(error).rstrip('.'))}.", icon=":material/info:")
        return
    st.markdown(f"**{plain(words.finish(found, wanted, study.design.size))}**")
    left, right = st.columns((3, 2), gap="large")
    with left:
        days = [(_after(found, d, wanted.week), low, middle, high) for d, low, middle, high in found.progress]
        goal = "Rows with a label" if wanted.goal_in == "rows" else "Money spent"
        ends = [_after(found, d, wanted.week) for d in (found.low, found.high) if d is not None]
        charts.show(pictures.progress(days, found.first, goal, ends), key=page.key("progress"))
    with right:
        st.dataframe(
            [
                {"": "Working days", "If all goes as assumed": _days(found)},
                {"": "Answers", "If all goes as assumed": f"{found.answers:,.0f}"},
                {"": "Answers on a full day", "If all goes as assumed": f"{found.per_day:,.0f}"},
                {"": "Rows with a label", "If all goes as assumed": f"{found.rows:,.0f}"},
                {"": "Money", "If all goes as assumed": f"{found.money:,.2f}"},
                {"": "Hours of all people, breaks included", "If all goes as assumed": f"{found.hours:,.0f}"},
                {"": "Wrong answers", "If all goes as assumed": _wrong(study, found)},
            ],
            hide_index=True,
            width="stretch",
            key=page.key("schedule"),
        )


def _after(found: Finish, working_days: int, week: int) -> float:
    """Days from the morning of the first day to the evening of a working day."""
    if not working_days:
        return 0.0
    return (working_day(found.first, working_days, week) - found.first).days + 0.9


def _wrong(study: Study, found: Finish) -> str:
    """What is assumed of wrong answers; of real people nothing is."""
    return "not assumed" if study.design.people == "recorded" else words.share(found.error)


def _days(found: Finish) -> str:
    if found.middle is None:
        return "open"
    low, high = found.low, found.high
    return f"{found.middle:,} ({low:,} to {'open' if high is None else f'{high:,}'})"


# --- known tables -----------------------------------------------------------------------------------------


def _table_of_1979() -> None:
    with st.expander("Dawid and Skene's own table of 1979, worked out here and now"):
        import pandas as pd

        answers = anaesthetists()
        found = dawid_skene(answers, smoothing=0.0, steps=1000, tolerance=1e-10)
        voted = majority(answers)
        st.markdown(
            "Five anaesthetists judged how fit 45 patients were, from 1 to 4; the first of them three times. "
            f"The shares of the four grades come out as {', '.join(f'{p:.3f}' for p in found.prior)}, the "
            f"log-likelihood as {found.log_likelihood:.3f}: the paper's own shares are 0.400, 0.422, 0.112 "
            "and 0.067. "
            f"{int((found.label != voted.label).sum())} of 45 patients get another grade than by majority."
        )
        rows = [
            {"Observer": str(r + 1), "True grade": str(k + 1)}
            | {f"says {c + 1}": f"{found.confusion[r, k, c]:.2f}" for c in range(4)}
            for r in range(5)
            for k in range(4)
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=320)


def _assumptions() -> None:
    with st.expander("What is assumed"):
        for sentence in ASSUMED:
            st.markdown(f"- {plain(sentence)}")


ASSUMED = (
    "Rows are drawn by lot for all policies: what is compared is how money is spent on answers, not which "
    "rows are asked. In Compare the oracle crowd asks several people under any strategy.",
    "Every number of a simulated annotator is an assumption: an answer is a mere guess when tired or on a "
    "hard row, else it has the annotator's own errors, independently of everybody else.",
    "Someone asked again about a row would repeat the answer, so no row is asked of anybody twice.",
    "Measuring the model needs test rows with true labels; they come on top of the money.",
    *schedule.ASSUMPTIONS,
)


def numbers_of(study: Study) -> list[dict[str, Any]]:
    """Every point of every project, for a table to take along."""
    return [
        {"policy": policy, "seed": seed, **point}
        for (policy, seed), points in sorted(study.projects.items())
        for point in points
    ]
