"""The Savings page's two steps: whose rows, and what labelling them is like. Then a check of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import streamlit as st

from alcore import presets
from alcore import project as planning
from alcore.catalog import DATASETS, LEARNERS
from alcore.presets import PRESETS
from alcore.project import Project
from alcore.recipes import RECIPES
from alcore.spec import Spec
from pages.ui import form, live, own_data
from pages.ui import savings_plan as plan
from pages.ui.editor import Editor
from pages.ui.errands import Errands
from pages.ui.savings_sample import ABOUT, sample_csv
from pages.ui.savings_words import plain
from pages.ui.visitor import visitor

OPEN = "open steps"  # in the page's notes: which steps are open
LABELS = {
    "wage": "Wage, per hour",
    "seconds": "Seconds for one label",
    "answers": "People who label each item",
    "review": "Share of items checked by one more",
    "noise": "Share of wrong answers",
    "annotators": "People labelling",
    "hours": "Hours a day each of them labels",
    "week": "Working days a week",
    "tooling": "Tool fees per item",
    "test_labels": "Labels for testing",
    "engineering": "One-off cost of active learning",
    "wait": "Hours between two batches",
    "round_cost": "Cost of each batch",
    "currency": "Currency",
}
SHARES = {"target": (0.5, 1.0, 0.005), "review": (0.0, 1.0, 0.05), "noise": (0.0, 0.5, 0.01)}
STEPS = {  # what the buttons of a number change it by
    "wage": 5.0,
    "seconds": 5.0,
    "hours": 0.5,
    "tooling": 0.01,
    "test_labels": 50,
    "engineering": 500.0,
    "wait": 0.5,
    "round_cost": 5.0,
}
GROUPS = (
    ("What a label costs", ("wage", "seconds", "answers", "review", "noise", "tooling")),
    ("Who labels, and when", ("annotators", "hours", "week", "test_labels", "currency")),
    ("What active learning adds", ("engineering", "wait", "round_cost")),
)
SHORT = {
    "likely": ":material/thumb_up: **likely**, going by a quick look at the data",
    "maybe": ":material/help: **maybe**, going by a quick look at the data",
    "do not bother": ":material/thumb_down: **do not bother**, going by a quick look at the data",
}
SIGNS = {
    "for": (":material/add_circle:", "speaks for it"),
    "against": (":material/do_not_disturb_on:", "speaks against it"),
    "open": (":material/radio_button_unchecked:", "leaves it open"),
}


def steps(page: Editor) -> tuple[Spec, Project]:
    """Draw both steps and return what they say."""
    spec = page.spec
    step = _step(page, "data", "1 · Your data", plain(case_name(page.view["case"])))
    if step:
        with step.body:
            spec = _data(page)
    step = _step(page, "project", "2 · Your project", _told(page.view))
    if step:
        with step.body:
            _project(page, spec)
            spec = _simulation(page, spec)
        step.summary.markdown(_told(page.view))
    return spec, plan.project_of(page.view)


class Step(NamedTuple):
    """An open step: where its widgets go, and what its title says of them."""

    body: Any
    summary: Any


def _step(page: Editor, name: str, title: str, summary: str) -> Step | None:
    """Draw the title of a step and what it says; None where it is folded."""
    is_open = page.memory.notes.setdefault(OPEN, {}).get(name, page.view["show"] == "")
    box = st.container(border=True, key=f"savings-step-{name}")
    with box, st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(title, anchor=False, width="content")
        said = st.container(width="stretch").empty()
        said.markdown(summary)
        st.button(
            "Close" if is_open else "Details" if name == "check" else "Change",
            key=page.key("fold", name),
            type="tertiary",
            icon=":material/expand_less:" if is_open else ":material/expand_more:",
            on_click=_fold,
            args=(page, name, not is_open),
        )
    return Step(box, said) if is_open else None


def _fold(page: Editor, name: str, is_open: bool) -> None:
    page.touch()
    page.memory.notes[OPEN][name] = is_open


def fold(page: Editor, is_open: bool) -> None:
    """Open or close all steps, from a callback."""
    page.memory.notes[OPEN] = dict.fromkeys(("data", "project", "check"), is_open)


def case_name(case: Any) -> str:
    """A case as its button says it."""
    return PRESETS[case].label if case in PRESETS else "your own table"


def take(page: Editor, case: str) -> None:
    """Put a case in place, from a callback: its rows, its project, nothing simulated yet."""
    page.replace(plan.spec_of(case))
    page.put(**plan.view_of(case))


def _told(view: Mapping[str, Any]) -> str:
    """The project in a few words."""
    metric, target = plan.metric_name(view["metric"]).lower(), plan.percent(float(view["target"]))
    wage = planning.money(float(view["wage"]), str(view["currency"]))
    people = f"{view['annotators']} {'person' if view['annotators'] == 1 else 'people'}"
    return plain(f"{metric} {target}, {people} at {wage} an hour, {view['seconds']:g} seconds a label")


# --- step 1 -----------------------------------------------------------------------------------------------


def _data(page: Editor) -> Spec:
    key, now = page.key("case"), str(page.view["case"])
    st.pills(
        "Rows whose labels are known, to rehearse on",
        (plan.OWN, *PRESETS),
        format_func=lambda case: "Your own table" if case == plan.OWN else PRESETS[case].label,
        key=key,
        on_change=_taken,
        args=(page, key),
        required=True,
        help="Best is a table of your own. Without one, look at how a project like yours went on data that "
        "everybody has.",
        **form.initial(key, now, "default"),
    )
    return _own(page) if now == plan.OWN else _ready(page, PRESETS[now])


def _taken(page: Editor, key: str) -> None:
    take(page, str(st.session_state[key] or plan.FIRST))


def _ready(page: Editor, preset: presets.Preset) -> Spec:
    st.markdown(plain(preset.story))
    claim, measured = presets.claim_beside(preset)
    left, right = st.columns(2)
    for column, title, text in (
        (left, "What is often claimed", claim),
        (right, "What was measured here", measured),
    ):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.markdown(plain(text))
    kind = "Real data" if preset.real else "Simulated data"
    st.caption(f"{kind}: {plain(preset.data)}")
    with st.popover("Where the numbers of step 2 come from", icon=":material/info:"):
        st.markdown(
            "\n".join(
                f"- **{plain(LABELS.get(name, form.spoken(name)))}:** {plain(source)}"
                for name, source in preset.sources.items()
            )
        )
    return page.spec


def _own(page: Editor) -> Spec:
    left, right = st.columns([3, 2], gap="large")
    with left:
        chosen = own_data.table(page)
    with right:
        st.markdown("**What your table should look like**")
        st.markdown(ABOUT)
        st.download_button(
            "A sample to try",
            sample_csv,
            "support-tickets.csv",
            "text/csv",
            key=page.key("do", "sample"),
            icon=":material/download:",
            on_click="ignore",
            help="400 invented support tickets to be sorted into five queues. Upload it here "
            "to see how it works.",
        )
        st.markdown(
            ":material/lock: Your rows stay with you: they are in no link and in no shared result, and they "
            "are deleted two hours after you last used them, or when you remove them."
        )
    spec = replace(page.spec, dataset=chosen)
    table = own_table(page, spec)
    if table is not None and page.memory.notes.get("sized") != (chosen, table["rows"]):
        page.memory.notes["sized"] = (chosen, table["rows"])
        if (
            spec.dataset != page.spec.dataset
        ):  # other rows; a link that says how to simulate has the last word
            columns = {c["name"]: c for c in table["columns"]}
            target = columns.get(str(dict(chosen.params).get("target")), {})
            spec = plan.sized(spec, table["rows"], int(target.get("distinct", 2)))
            form.reseed(page.key(name) for name in ("first", "batch", "budget"))
            page.put(projects=plan.projects_for(table["rows"]), show="")
            page.memory.notes["suggest"] = True
    if table is not None:
        st.caption(plan.effort(spec, table["rows"], int(page.view["projects"])))  # type: ignore[arg-type]
    return spec


def own_table(page: Editor, spec: Spec) -> dict[str, Any] | None:
    """What is known of the visitor's table; None when it is not here."""
    file = dict(spec.dataset.params).get("file")
    found: dict[str, Any] | None = page.memory.notes.get("uploads", {}).get(file)
    return found if own_data.is_own(spec.dataset) else None


# --- step 2 -----------------------------------------------------------------------------------------------


def _project(page: Editor, spec: Spec) -> None:
    columns = st.columns(4, gap="medium")
    with columns[0]:
        st.markdown("**What is good enough**")
        before = page.view["metric"]
        page.show("metric", label="Measured by", names=plan.METRIC_NAMES, segments=False)
        st.caption(plan.METRIC_HELP.get(str(page.view["metric"]), ""))
        _share(
            page,
            "target",
            "Target",
            "How good must the model be on new rows before you stop paying for labels?",
        )
        if page.view["metric"] != before:
            page.memory.notes["suggest"] = True
        _suggest(page, spec)
    for column, (title, names) in zip(columns[1:], GROUPS, strict=True):
        with column:
            st.markdown(f"**{title}**")
            for name in names:
                if name in SHARES:
                    _share(page, name, LABELS[name], plan.PROJECT[name].help)
                elif plan.PROJECT[name].type is str:
                    page.show(name, label=LABELS[name])
                else:
                    _number(page, name)


def _suggest(page: Editor, spec: Spec) -> None:
    """What all labels together give, and a target a little below it."""
    most = ceiling(page, spec)
    if most is None:
        st.caption("What the model reaches with all labels is shown here once it is worked out.")
        return
    wise = plan.suggested(most)
    if page.memory.notes.pop("suggest", False):
        page.put(target=wise)
    target = float(page.view["target"])  # type: ignore[arg-type]
    said = f"With every label known, this model reaches {plan.percent(most)} here."
    if target > most:
        st.warning(f"{said} A target above that is out of reach.", icon=":material/warning:")
    else:
        st.caption(said)
    if target != wise:
        st.button(
            f"Take {plan.percent(wise)}",
            key=page.key("do", "suggested"),
            on_click=_take_target,
            args=(page, wise),
            help="A little below what all labels together give: the last points are the dear ones.",
        )


def _take_target(page: Editor, target: float) -> None:
    page.touch()
    page.put(target=target)


def _number(page: Editor, name: str) -> None:
    """A number of the project, typed."""
    param, key = plan.PROJECT[name], page.key("view", name)
    low, high = float(param.range.low), float(param.range.high)  # type: ignore[union-attr]
    start = form.initial(key, param.type(page.view[name]))
    common: dict[str, Any] = {"key": key, "help": param.help, "on_change": page.touch, **start}
    if param.type is int:
        value = st.number_input(LABELS[name], int(low), int(high), step=int(STEPS.get(name, 1)), **common)
    else:
        value = st.number_input(LABELS[name], low, high, step=STEPS[name], format="%.6g", **common)
    page.view[name] = param.check(page.view[name] if value is None else value)


def _share(page: Editor, name: str, label: str, help: str) -> None:
    """A share, shown in per cent."""
    low, high, step = SHARES[name]
    key, value = page.key("view", name), float(page.view[name])  # type: ignore[arg-type]
    shown = float(st.session_state.get(key, value))
    chosen = st.slider(
        label,
        min(low, shown),
        max(high, shown),
        step=step,
        format="percent",
        key=key,
        help=help,
        on_change=page.touch,
        **form.initial(key, value),
    )
    page.view[name] = page.params[name].check(chosen)


def _simulation(page: Editor, spec: Spec) -> Spec:
    """How the project is rehearsed: for those who want to know."""
    with st.popover("How it is simulated", icon=":material/tune:"):
        page.show("projects", label="Simulated projects", typed=True)
        st.caption(
            "Each is the whole project once more, with other first labels, other test "
            "rows and other slips of "
            "the annotators, labelled at random and by each strategy. 20 are enough for a claim."
        )
        st.multiselect(
            "Strategies",
            page.params["strategies"].choices,
            key=page.key("view", "strategies"),
            format_func=lambda name: RECIPES[name].label,
            max_selections=4,
            on_change=page.touch,
            help="Who may choose the next rows to label. Labelling at random always takes part.",
            **form.initial(page.key("view", "strategies"), list(page.view["strategies"]), "default"),  # type: ignore[arg-type]
        )
        picked = st.session_state.get(page.key("view", "strategies")) or page.view["strategies"]
        page.view["strategies"] = page.params["strategies"].check(picked)
        spec = replace(
            spec,
            learner=form.choose(LEARNERS, "Model", page.key("learner"), spec.learner, on_change=page.touch),
        )
        for name, label, most, help in (
            (
                "first",
                "First labels, drawn at random",
                10_000,
                "Bought before the model can choose anything.",
            ),
            (
                "batch",
                "Labels in each batch",
                10_000,
                "Annotators get so many rows at a time; then the model learns.",
            ),
            (
                "budget",
                "Labels at most",
                20_000,
                "A simulated project that has not reached the target by then has missed it.",
            ),
        ):
            key = page.key(name)
            value = st.number_input(
                label, 1, most, key=key, help=help, on_change=page.touch,
                **form.initial(key, max(1, min(most, int(getattr(spec, name))))),
            )  # fmt: skip
            changed: dict[str, Any] = {name: int(value or 1)}
            spec = replace(spec, **changed)
    return spec


# --- the check --------------------------------------------------------------------------------------------


def check(page: Editor, spec: Spec, project: Project) -> None:
    """Draw what can be said of the data before anything is simulated; it comes when a worker has looked."""
    if not ready(page, spec):
        with st.container(border=True):
            _missing(page, spec)
        return
    errands: Errands = page.memory.notes.setdefault("errands", Errands())
    service, who, told = live.service(), visitor(), project.to_json()
    asked = ("advice", spec, told)

    def question() -> Any:
        return service.call("advice", spec, who, 0, project=told)

    advice = errands.ask(asked, question)
    problem = errands.error(asked)
    verdict = "looking at the data ..."
    if advice or problem:
        verdict = SHORT[advice["verdict"]] if advice else "cannot be said"
    step = _step(page, "check", "3 · Worth trying?", verdict)
    if step:
        with step.body:
            if advice:
                _advice(advice)
            elif problem:
                st.markdown(plain(problem.rstrip(".") + "."))
            else:
                st.container(height=120, border=False).caption("A quick look: a few seconds.")
    if errands.waiting or (advice is None and not problem):
        _wait(page, errands, lambda: errands.ask(asked, question))


def _wait(page: Editor, errands: Errands, keep: Callable[[], Any]) -> None:
    """Look now and then whether all that was asked is answered; `keep` says that it is wanted."""

    @st.fragment(run_every=live.EVERY)
    def wait() -> None:
        keep()
        if not errands.waiting:
            page.again()

    wait()


def _advice(advice: Mapping[str, Any]) -> None:
    st.markdown(f"**{plain(advice['summary'])}**")
    for finding in advice["findings"]:
        sign, meaning = SIGNS[finding["verdict"]]
        name = form.spoken(finding["name"])
        st.markdown(f"{sign} **{name}** ({meaning}): {plain(finding['sentence'])}")
    st.caption(
        f"From {advice['rows']:,} labelled rows, in a few quick tries. The simulation "
        "below is the surer answer."
    )


def ceiling(page: Editor, spec: Spec) -> float | None:
    """What the model reaches with every label known; None while that is not known."""
    if not ready(page, spec):
        return None
    errands: Errands = page.memory.notes.setdefault("errands", Errands())
    service, who = live.service(), visitor()
    bare = replace(Spec(), dataset=spec.dataset, learner=spec.learner, test_share=spec.test_share)
    found = errands.ask(("ceiling", bare), lambda: service.call("ceiling", bare, who, 0))
    return found["metrics"].get(str(page.view["metric"])) if found else None


def _missing(page: Editor, spec: Spec) -> None:
    """There are no rows yet: say what to do."""
    given = dict(spec.dataset.params)
    if own_data.is_own(spec.dataset) and not given.get("file"):
        st.markdown(
            ":material/upload_file: Bring your table in step 1, or pick one of the ready-made cases there."
        )
    elif own_table(page, spec) is None:
        st.info(
            "This link is about a table that stays with the visitor who brought it. All its settings are in "
            "place: bring the same table in step 1 to see the result, or pick a ready-made case.",
            icon=":material/lock:",
        )
    else:
        said = own_data.lack(page).replace("**Data**", "step 1")
        st.markdown(f":material/label: {said}.")


def ready(page: Editor, spec: Spec) -> bool:
    """Whether there are rows to simulate on."""
    if not own_data.is_own(spec.dataset):
        return spec.dataset.name in DATASETS
    table, target = own_table(page, spec), dict(spec.dataset.params).get("target")
    columns = table["columns"] if table else []
    return any(c["name"] == target and not c["label_fault"] for c in columns)
