"""Presets: five projects that active learning is usually sold for, each claim beside a measurement.

A preset is data: rows that are in the registry, a project with numbers whose origin is said, the claim that
is made for such projects, and what twenty paired runs gave (`measured`).

>>> PRESETS["defects"].claim.saving
0.7
>>> from alcore.project import simulated
>>> preset = PRESETS["defects"]
>>> simulated(preset.project, preset.spec, preset.recipes).base.dataset.name
'findings'
"""

from collections.abc import Mapping
from dataclasses import dataclass

from alcore.catalog import METRICS
from alcore.errors import SpecError, quoted
from alcore.project import Project, Reference, reference, share
from alcore.recipes import RECIPES
from alcore.spec import Choice, Spec


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of such projects, usually without a source.

    Attributes
    ----------
    text : the claim in words
    random, active : labels it names; None where it names none
    saving : share of the labels it promises
    """

    text: str
    random: int | None
    active: int | None
    saving: float


@dataclass(frozen=True, slots=True)
class Preset:
    """A project to begin with.

    Attributes
    ----------
    name, label : the word in an address, and the name on the screen
    story : what is labelled, by whom and what for
    spec : data, learner, first labels, batch and budget
    recipes : strategies to simulate beside random
    project : wage, time, noise and target
    real : whether the rows are real
    data : what the rows are
    claim : what is usually promised
    sources : where the numbers of the project come from; "assumption: ..." where nobody measured them
    """

    name: str
    label: str
    story: str
    spec: Spec
    recipes: tuple[str, ...]
    project: Project
    real: bool
    data: str
    claim: Claim
    sources: Mapping[str, str]


_TYPICAL = "Savings of 50 to 80 % of the labelling cost are called typical."

_ALL = (
    Preset(
        "chest_xray",
        "Chest X-rays",
        "Radiologists mark X-rays as normal or not, to train a first reader that sorts the queue.",
        Spec(
            dataset=Choice.of("findings", rows=6000, severity=6.0),
            learner=Choice("logistic"),
            first=20,
            batch=20,
            budget=800,
        ),
        ("hybrid", "margin"),
        Project(
            wage=170,
            seconds=30,
            answers=1,
            review=0.2,
            noise=0.05,
            annotators=3,
            hours=2,
            test_labels=500,
            engineering=15_000,
            wait=2,
            metric="accuracy",
            target=0.85,
        ),
        False,
        "Simulated by the dataset findings: no picture, but 32 numbers for each as a pretrained network "
        "gives them; 30 % show one of four kinds of findings, mild or grave. Every seed draws another "
        "hospital.",
        Claim("5,000 labels at random, 1,500 with active learning for 85 % accuracy.", 5000, 1500, 0.7),
        {
            "wage": "assumption: about a US radiologist's pay by the hour",
            "seconds": "reading alone takes about 15 s a radiograph (Shin et al. 2023, npj Digital "
            "Medicine 6:82); assumption: as long again to mark it",
            "noise": "assumption: one in twenty, which a second reader would judge otherwise",
            "engineering": "assumption: three weeks of one engineer",
            "target": "the claim's own",
        },
    ),
    Preset(
        "legal_review",
        "Legal review",
        "Reviewers read documents and mark those that matter in a case, until most of them are found.",
        Spec(dataset=Choice("documents"), learner=Choice("logistic"), first=50, batch=25, budget=1000),
        ("hybrid", "margin"),
        Project(
            wage=55,
            seconds=72,
            answers=1,
            review=0.1,
            noise=0.03,
            annotators=5,
            hours=7,
            test_labels=600,
            engineering=8000,
            wait=1,
            metric="rare_recall",
            target=0.65,
        ),
        False,
        "Simulated by the dataset documents: 4,000 documents as mixtures of 40 subjects; one in ten is "
        "relevant, which is a question of degree. Every seed draws another case.",
        Claim(
            "10,000 documents read at random, 3,000 with active learning for the same recall.",
            10_000,
            3000,
            0.7,
        ),
        {
            "wage": "45 to 65 dollars an hour (lawdable.com, 2009)",
            "seconds": "about 50 documents an hour (lawdable.com, 2009)",
            "noise": "assumption: reviewers who know the case",
            "engineering": "assumption: two weeks of one engineer, or a licence",
            "target": "assumption: a recall the learner can reach at all on these rows",
        },
    ),
    Preset(
        "defects",
        "Defects on a line",
        "Inspectors look at photographs of parts; one in a hundred has a defect of one of three kinds.",
        Spec(
            dataset=Choice.of("findings", rows=10_000, share=0.01, kinds=3, severity=12.0),
            learner=Choice("logistic"),
            first=100,
            batch=50,
            budget=3000,
        ),
        ("margin", "hybrid"),
        Project(
            wage=19.45,
            seconds=5,
            noise=0.002,
            annotators=2,
            hours=6,
            test_labels=3300,
            engineering=6000,
            wait=0.5,
            metric="rare_recall",
            target=0.6,
        ),
        False,
        "Simulated by the dataset findings: 10,000 parts as a pretrained network describes them, 100 with a "
        "defect. Every seed draws another line.",
        Claim("10,000 labels at a defect rate of 1 %, 3,000 with active learning.", 10_000, 3000, 0.7),
        {
            "wage": "median of US inspectors, May 2020 (BLS, occupation 51-9061)",
            "seconds": "assumption: one look at one photograph",
            "noise": "assumption: two in a thousand; at one in a hundred as many good parts as bad ones "
            "would be called defective",
            "engineering": "assumption: a week and a half of one engineer",
            "target": "assumption: 60 % of the defects found by the model alone",
            "test_labels": "a third of the simulated parts, of which only 33 have a defect",
        },
    ),
    Preset(
        "fraud",
        "Payment fraud",
        "Analysts look into card payments and mark frauds, one payment in fifty.",
        Spec(dataset=Choice("payments"), learner=Choice("forest"), first=100, batch=100, budget=1500),
        ("margin",),
        Project(
            wage=35,
            seconds=240,
            noise=0.005,
            annotators=4,
            hours=6,
            test_labels=2000,
            engineering=10_000,
            wait=1,
            metric="rare_recall",
            target=0.5,
        ),
        False,
        "Simulated by the dataset payments: 6,000 payments with 8 columns; fraud follows three patterns, "
        "partly disguised. Real fraud changes with what is done against it.",
        Claim(_TYPICAL, None, None, 0.65),
        {
            "wage": "assumption: an analyst in a back office",
            "seconds": "assumption: four minutes with the customer's history open",
            "noise": "assumption: some frauds are never noticed",
            "engineering": "assumption: two weeks and a half of one engineer",
            "target": "assumption: half of the frauds found without any other rule",
        },
    ),
    Preset(
        "sentiment",
        "Text sentiment",
        "Crowd workers say whether a sentence from a review or a tweet is positive.",
        Spec(dataset=Choice("sentiment"), learner=Choice("logistic"), first=20, batch=20, budget=1000),
        ("hybrid", "margin"),
        Project(
            wage=15,
            seconds=10,
            answers=3,
            noise=0.1,
            annotators=10,
            hours=4,
            tooling=0.02,
            test_labels=1000,
            engineering=3000,
            wait=0.5,
            metric="accuracy",
            target=0.72,
        ),
        True,
        "Real: 3,000 rated sentences from product reviews and tweets (Hutto & Gilbert 2014), as numbers made "
        "of their words; the texts are not shipped, because they belong to their writers.",
        Claim(_TYPICAL, None, None, 0.65),
        {
            "wage": "assumption: a crowd platform that pays fairly",
            "seconds": "assumption: one sentence of 17 words",
            "noise": "assumption: a careful worker on a clear sentence; three of them decide",
            "tooling": "assumption: the platform's fee",
            "engineering": "assumption: four days of one engineer",
            "target": "assumption: a little below what all labels reach on these rows",
        },
    ),
)

PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in _ALL}


def measured(name: str) -> Reference | None:
    """What the preset's first strategy gave in twenty paired runs; None when it was not measured.

    Raises
    ------
    SpecError
        When there is no such preset.
    """
    if name not in PRESETS:
        raise SpecError(f"There is no preset named {quoted(name)}; there are: {', '.join(PRESETS)}")
    return next((r for r in reference("preset") if r.name == name), None)


def claim_beside(preset: Preset) -> tuple[str, str]:
    """The claim, and what is measured, as sentences to be put side by side."""
    found = measured(preset.name)
    if found is None:
        return preset.claim.text, "Not measured yet."
    rows = "real rows" if preset.real else "simulated rows"
    goal = f"{100 * found.target:.3g}% {METRICS[found.metric].label}"
    if found.saving is None or found.low is None or found.high is None:
        return preset.claim.text, f"Measured on {rows}, {found.seeds} paired runs to {goal}: {found.reason}"
    counts = ""
    if found.labels is not None and found.twin_labels is not None:
        with_ = f"{found.labels:,.0f} with {RECIPES[found.strategy].label}"
        counts = f"{found.twin_labels:,.0f} labels at random, {with_}: "
    return preset.claim.text, (
        f"Measured on {rows}, {found.seeds} paired runs to {goal}: {counts}{share(found.saving)} saved in "
        f"the middle, {share(found.low)} to {share(found.high)} in one project; worse than random in "
        f"{found.worse}."
    )
