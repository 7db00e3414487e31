"""What the Privacy page remembers, its stories, and the runs that each of its sections needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alcore.catalog import METRICS, SELECTORS
from alcore.comparison import SEEDS, Comparison, Contender
from alcore.errors import SpecError
from alcore.params import Param, Range
from alcore.privacy import utility
from alcore.privacy.promise import without_promise
from alcore.spec import Choice, Spec
from pages.ui import people, story
from pages.ui.story import Story

CHOOSE, ANSWERS, LEAK, FEDERATED = "choose", "answers", "leak", "federated"
SECTIONS = {CHOOSE: "Choosing rows", ANSWERS: "Labels", LEAK: "Does it leak?", FEDERATED: "Federated"}
MECHANISMS = {
    "gumbel_top": "Gumbel top-k",
    "exponential": "Exponential mechanism",
    "noisy_max": "Report noisy max",
    "laplace_top": "Laplace top-k",
}
MEASURED = {**MECHANISMS, "deck": "The lecture's code", "top": "No noise"}
ACCOUNTING = {"best": "the best of all", "basic": "basic", "advanced": "advanced", "zcdp": "zCDP"}
MOST = 5  # epsilons side by side: a comparison has room for eight strategies
ROUNDS = 2000  # of questions in a run whose account is kept
TRUE, SPENT = "True labels", "Stops when spent"
CENTRAL, EVEN, BY_CLASS, GUARDED = "Central", "Federated", "Federated, by class", "Federated, noisy"

SPEC = Spec("digits", acquisition="margin", first=10, batch=10, budget=210)
PARAMS = (
    Param("seeds", int, 20, range=Range(2, SEEDS), help="Repetitions with another split, start and noise, "
          "the same for all. 20 are enough to claim something."),
    Param("mechanism", str, "gumbel_top", choices=tuple(MECHANISMS), help="How noise is put into the choice. "
          "The first three protect each pick; the Laplace one each round, and only while the model is "
          "fixed."),
    Param("epsilons", float, (1.0, 10.0, 50.0, 200.0), many=True, range=Range(0.001, 1e5),
          help="What one round of questions may spend, up to five values with commas. Smaller is more "
          "private."),
    Param("each_round", float, 1.0, range=Range(0.001, 1e4, log=True),
          help="What a round of the run in the ledger spends."),
    Param("total", float, 3.0, range=Range(0.01, 1e4, log=True),
          help="The budget: what the whole run may spend. Above about 10 the promise means little."),
    Param("delta", float, 1e-5, range=Range(1e-12, 0.01, log=True),
          help="The chance that the promise fails. It should be well below one over the number of records."),
    Param("accounting", str, "best", choices=tuple(ACCOUNTING), help="How rounds are added up."),
    Param("answer_epsilons", float, (1.0, 2.0, 4.0, 6.0), many=True, range=Range(0.01, 20),
          help="What one answer may give away, up to five values with commas."),
    Param("leak_epsilon", float, 1.0, range=Range(0.1, 5), help="What each mechanism promises for a round."),
    Param("picks", int, 2, range=Range(1, 4), help="Rows chosen in a round."),
    Param("calls", int, 3, range=Range(1, 5), help="How often the same pool is asked. The lecture's code "
          "claims the same ε however often."),
    Param("neighbours", str, "one", choices=("one", "all"), help="What another record changes: its own "
          "score, as in the pool, or all scores, as a training label does."),
    Param("clients", int, 5, range=Range(2, 50), help="Who holds rows: hospitals, phones, branches."),
    Param("talks", int, 20, range=Range(1, 100), help="Rounds of communication for one training."),
    Param("federated_seeds", int, 10, range=Range(2, SEEDS),
          help="Repetitions of the federated section, whose trainings take longer. 20 are enough to claim."),
    Param("clip", float, 0.2, range=Range(0.01, 100, log=True),
          help="The longest update a client may send; longer ones are shortened."),
    Param("noise", float, 0.5, range=Range(0, 20), help="Noise on each average of updates, counted in the "
          "most that one client can change it. Without noise nothing is promised."),
)  # fmt: skip
STORIES = (
    Story(
        "The point",
        "Which rows are asked, what annotators answer and what a model learns all tell about records. Noise "
        "hides that, and costs: the smaller ε, the more. Private choices are paid from one account; when "
        "it is empty, the run stops. Each section looks at one of these leaks, or tests the noise.",
        SPEC,
    ),
    Story(
        "When it does not help",
        "Choices and answers at values of ε one would defend before a data protection officer: see whether "
        "anything is left over random labelling. Leak test and federation are those of the first story.",
        SPEC,
        {
            "epsilons": (0.1, 0.3, 1.0, 3.0),
            "each_round": 0.3,
            "total": 1.0,
            "answer_epsilons": (0.1, 0.5, 1.0),
        },
    ),
)
METRIC = Param("metric", str, "accuracy", choices=tuple(METRICS), help="What is measured on the test rows.")
SECTION = Param("section", str, CHOOSE, choices=tuple(SECTIONS))
VIEW = (
    story.own(STORIES),
    people.SHOW,
    SECTION,
    METRIC,
    *PARAMS,
    Param("after", int, 0, range=Range(0, 1_000_000)),  # the round the account is looked at; 0 = its end
    Param("answer_at", float, 2.0, range=Range(0, 1000)),
)
SETTINGS = [p.name for p in PARAMS]


def comparison_of(view: Mapping[str, Any], spec: Spec) -> Comparison | None:
    """The runs of the section that is open; None where it needs none.

    Raises
    ------
    SpecError
        When what is asked for does not go together.
    """
    section = view["section"]
    seeds = int(view["federated_seeds" if section == FEDERATED else "seeds"])
    if section == LEAK:
        return None
    make = {CHOOSE: _choosing, ANSWERS: _answers, FEDERATED: _federated}[section]
    return Comparison(spec, make(view, spec), seeds=seeds)


def epsilons(view: Mapping[str, Any], name: str = "epsilons") -> tuple[float, ...]:
    """The epsilons to try, in order.

    Raises
    ------
    SpecError
        When there are none, or too many.
    """
    found = tuple(sorted({float(e) for e in view[name]}))
    if not 1 <= len(found) <= MOST:
        raise SpecError(f"Give one to {MOST} values of ε, with commas between them; {len(found)} were given")
    return found


def costs(view: Mapping[str, Any]) -> dict[str, float]:
    """Strategy -> epsilon of one round, infinite without privacy: the ones that are drawn against it."""
    return {utility.OPEN: math.inf, **{utility.label_of(e): e for e in epsilons(view)}}


def answer_costs(view: Mapping[str, Any]) -> dict[str, float]:
    """The same for epsilons of one answer."""
    return {TRUE: math.inf, **{answer_label(e): e for e in epsilons(view, "answer_epsilons")}}


def answer_label(epsilon: float) -> str:
    """What the strategy with answers of that epsilon is called."""
    return f"ε {epsilon:g} an answer"


def kept_account(view: Mapping[str, Any], spec: Spec) -> Spec:
    """The experiment whose ledger is shown: it stops when the budget is spent."""
    (_, private) = utility.contenders(spec, (float(view["each_round"]),), view["mechanism"])
    rule = Choice.of("privacy_spent", total=view["total"], delta=view["delta"], accounting=view["accounting"])
    return replace(private.over(spec), stop=(rule,))


def federation(view: Mapping[str, Any], split: str, *, guarded: bool) -> Choice:
    """The learner of some clients."""
    guard = {"clip": view["clip"], "noise": view["noise"]} if guarded else {}
    return Choice.of("federated", clients=view["clients"], split=split, rounds=view["talks"], **guard)


def _choosing(view: Mapping[str, Any], spec: Spec) -> tuple[Contender, ...]:
    private = utility.contenders(spec, epsilons(view), view["mechanism"])
    return (*private, Contender.between(SPENT, spec, kept_account(view, spec)))


def _answers(view: Mapping[str, Any], spec: Spec) -> tuple[Contender, ...]:
    asked = {"acquisition": spec.acquisition}
    noisy = [
        Contender.of(name, oracle=Choice.of("randomised_response", epsilon=e), **asked)
        for name, e in answer_costs(view).items()
        if name != TRUE
    ]
    return (Contender.of(TRUE, oracle=Choice("exact"), **asked), *noisy)


def _federated(view: Mapping[str, Any], spec: Spec) -> tuple[Contender, ...]:
    learners = {
        CENTRAL: Choice("logistic"),
        EVEN: federation(view, "random", guarded=False),
        BY_CLASS: federation(view, "classes", guarded=False),
        GUARDED: federation(view, "random", guarded=True),
    }
    return tuple(
        Contender.of(name, acquisition=spec.acquisition, learner=learner)
        for name, learner in learners.items()
    )


def check(view: Mapping[str, Any], spec: Spec) -> None:
    """Check what the section that is open needs.

    Raises
    ------
    SpecError
        When a list of epsilons is empty or too long, when a round of that many questions cannot spend so
        little, when there are too many rounds to keep an account of, or when no noise fits the acquisition
        function.
    """
    if view["section"] == LEAK:
        return
    if (rounds := math.ceil((spec.budget - spec.first) / spec.batch)) > ROUNDS:
        raise SpecError(
            f"This run has {rounds:,} rounds of questions and {ROUNDS:,} are the most that are looked at "
            "here: raise the batch size or lower the budget"
        )
    if view["section"] == CHOOSE:
        utility.contenders(spec, epsilons(view), view["mechanism"])
        if lack := without_promise(kept_account(view, spec), SELECTORS[str(view["mechanism"])]):
            raise SpecError(lack)
    elif view["section"] == ANSWERS:
        epsilons(view, "answer_epsilons")
