"""The Privacy page's controls: what all sections share, and those of the section that is open."""

from __future__ import annotations

from dataclasses import replace

from alcore.catalog import ACQUISITIONS, LEARNERS, METRICS
from alcore.loop import misfit
from alcore.registry import Entry
from alcore.spec import Choice, Spec
from pages.ui import controls, form, own_data
from pages.ui import privacy_plan as plan
from pages.ui.editor import Editor
from pages.ui.form import spoken
from pages.ui.privacy_words import eps


def sidebar(page: Editor) -> Spec:
    """Draw every control of the section and return the experiment they describe."""
    spec, section = page.spec, page.view["section"]
    if section == plan.LEAK:
        with controls.group(page, "Leak test", ":material/search:", expanded=True):
            _leak(page)
        return spec
    with controls.group(page, "Data", ":material/database:", expanded=True):
        spec = replace(spec, dataset=own_data.dataset(page))
    if section == plan.CHOOSE:
        with controls.group(page, "Private choice", ":material/shield:", expanded=True):
            page.show("mechanism", label="Mechanism", names=plan.MECHANISMS, segments=False)
            spec = _acquisition(page, spec)
            page.show("epsilons", label="ε of a round, to compare")
        told = f"ε {eps(float(page.view['total']))}"  # type: ignore[arg-type]
        with controls.group(page, "Account", ":material/account_balance:", told, expanded=True):
            page.show("total", label="Budget: ε of the whole run")
            page.show("each_round", label="ε of each round")
            page.show("delta", label="δ")
            page.show("accounting", label="Rounds are added up by", names=plan.ACCOUNTING, segments=False)
    elif section == plan.ANSWERS:
        with controls.group(page, "Private answers", ":material/shield:", expanded=True):
            page.show("answer_epsilons", label="ε of an answer, to compare")
            spec = _acquisition(page, spec)
    else:
        with controls.group(page, "Federation", ":material/hub:", expanded=True):
            page.show("clients", label="Clients")
            page.show("talks", label="Rounds of communication")
            page.show("clip", label="Clipping length")
            page.show("noise", label="Noise")
            spec = _acquisition(page, spec)
    if section != plan.FEDERATED:
        with controls.group(page, "Learner", ":material/neurology:", controls.now(page, "learner", LEARNERS)):
            spec = controls.choose(page, spec, "learner", LEARNERS, "Learner")
    with controls.group(page, "Budget", ":material/savings:", controls.bought(page, spec)):
        spec = controls.budget(page, spec)
    seeds = "federated_seeds" if section == plan.FEDERATED else "seeds"
    with controls.group(page, "Measure, seeds, split", ":material/casino:", f"{page.view[seeds]} seeds"):
        page.show(
            "metric",
            label="Measured by",
            names={n: spoken(e.label) for n, e in METRICS.items()},
            segments=False,
        )
        page.show(seeds, label="Seeds", typed=True)
        spec = controls.number(page, spec, controls.SEED, label="First seed")
        spec = controls.number(page, spec, controls.TEST, label="Test share")
    return spec


def _acquisition(page: Editor, spec: Spec) -> Spec:
    """What is to be found; noise can be fitted only to scores whose range is known."""

    def why_not(entry: Entry[object]) -> str:
        private = page.view["section"] == plan.CHOOSE
        return misfit(replace(spec, select=Choice(str(page.view["mechanism"]))) if private else spec, entry)

    chosen = form.choose(
        ACQUISITIONS,
        "Acquisition function",
        page.key("acquisition"),
        spec.acquisition,
        why_not=why_not,
        on_change=page.touch,
    )
    return replace(spec, acquisition=chosen)


def _leak(page: Editor) -> None:
    page.show("leak_epsilon", label="Promised ε of a round")
    page.show("picks", label="Rows chosen in a round")
    page.show("calls", label="Rounds on the same pool")
    page.show(
        "neighbours",
        label="Another record changes",
        names={"one": "its own score", "all": "all scores"},
        segments=True,
    )
