"""Recipes: well-known strategies by name, for those who want to pick one rather than compose it.

A strategy is an acquisition function, adjustments and a selector, sometimes with a committee. A recipe is one
such combination with the name it goes by and plain words on when it pays. It is data: what a part does is
said by the part itself, in its registry.

>>> from alcore import Spec
>>> spec = apply(Spec(batch=10), "hybrid")
>>> spec.acquisition.name, spec.select.name, match(spec)
('margin', 'hybrid', 'hybrid')
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from alcore.catalog import PARTS
from alcore.errors import SpecError
from alcore.spec import Choice, Spec

_TOP, _USUAL = Choice("top"), Spec()
STRATEGY = ("acquisition", "adjust", "select")  # the fields of a spec that every recipe sets


@dataclass(frozen=True, slots=True)
class Recipe:
    """A strategy by the name it goes by.

    Attributes
    ----------
    name : the word that stands in an address
    label : the name on the screen
    family : what kind of idea it is
    summary : what it does, in a sentence for somebody who has never heard of it
    use, avoid : when it pays and when it does not
    topic : the chapter of the field it belongs to
    acquisition, adjust, select : the strategy
    committee : who votes; None when nobody does, and any committee will do
    example : an experiment in which it shows what it can do; the recipe's own parts are set by `apply`
    """

    name: str
    label: str
    family: str
    summary: str
    use: str
    avoid: str
    topic: str
    acquisition: Choice
    adjust: tuple[Choice, ...] = ()
    select: Choice = _TOP
    committee: Choice | None = None
    example: Spec = _USUAL

    def parts(self) -> dict[str, Any]:
        """The fields of a spec this recipe sets."""
        own = {"acquisition": self.acquisition, "adjust": self.adjust, "select": self.select}
        return own if self.committee is None else own | {"committee": self.committee}


def apply(spec: Spec, name: str) -> Spec:
    """The same experiment with this recipe as its strategy.

    Raises
    ------
    SpecError
        When there is no recipe of that name.
    """
    if name not in RECIPES:
        raise SpecError(f"There is no recipe named {name!r}; there are: {', '.join(RECIPES)}")
    changed: dict[str, Any] = RECIPES[name].parts()
    return replace(spec, **changed)


def match(spec: Spec) -> str:
    """The name of the recipe that a spec's strategy is; "" when it is a composition of its own."""
    return next((name for name, recipe in RECIPES.items() if _is(spec, recipe)), "")


def _is(spec: Spec, recipe: Recipe) -> bool:
    return all(_same(part, getattr(spec, part), wanted) for part, wanted in recipe.parts().items())


def _same(part: str, chosen: Any, wanted: Any) -> bool:
    """Whether two choices mean the same: a parameter that is spelt out may still be the default."""
    if chosen == wanted:
        return True
    several = isinstance(chosen, tuple)
    left, right = (chosen, wanted) if several else ((chosen,), (wanted,))
    if [c.name for c in left] != [c.name for c in right]:
        return False
    try:
        return all(PARTS[part].normal(a) == PARTS[part].normal(b) for a, b in zip(left, right, strict=True))
    except SpecError:
        return False


_CURVED = Choice("gaussian_process")  # its doubt grows away from the labels, also where boundaries bend
_MOONS = Spec(dataset=Choice.of("moons", noise=0.15), learner=_CURVED, first=6, batch=2, budget=50)
_BATCHES = Spec(dataset=Choice("digits"), first=20, batch=20, budget=200)
_FEW = Spec(dataset=Choice("digits"), first=10, batch=10, budget=100)
_DEAR = replace(_MOONS, dataset=Choice("priced"), price=Choice("per_row"), budget_in="money")
_RARE = Spec(dataset=Choice("imbalanced"), first=20, batch=10, budget=200)
_SKEWED = Spec(dataset=Choice("skewed_groups"), first=20, batch=8, budget=160)

_ALL = (
    Recipe(
        "random",
        "Random",
        "baseline",
        "Label rows drawn by lot, as one would without active learning.",
        use="Always, as the yardstick: a strategy that does not beat it is not worth its trouble. And for "
        "test sets, which only a fair draw keeps honest.",
        avoid="As the only strategy when labels are dear and most rows are easy.",
        topic="Passive and active learning",
        acquisition=Choice("random"),
        example=_MOONS,
    ),
    Recipe(
        "margin",
        "Uncertainty (margin)",
        "uncertainty",
        "Label where the two likeliest classes are nearly equally likely.",
        use="The first thing to try: simple, fast, and rarely worse than random with any number of classes.",
        avoid="Very few labels, when the learner's doubt means little yet; large batches of look-alikes.",
        topic="Uncertainty sampling",
        acquisition=Choice("margin"),
        example=_MOONS,
    ),
    Recipe(
        "least_confident",
        "Least confident",
        "uncertainty",
        "Label where even the best guess of the learner is a weak one.",
        use="When only the predicted class matters, not how the doubt is spread over the others.",
        avoid="Many classes: a weak best guess among a hundred may still be clearly ahead.",
        topic="Uncertainty sampling",
        acquisition=Choice("least_confident"),
        example=_MOONS,
    ),
    Recipe(
        "entropy",
        "Most uncertain (entropy)",
        "uncertainty",
        "Label where the learner's probabilities are spread most evenly over all classes.",
        use="When every confusion matters, or what you need are good probabilities.",
        avoid="Many classes, where it prefers rows that are vaguely like everything; on digits it tends to "
        "lose to random.",
        topic="Uncertainty sampling",
        acquisition=Choice("entropy"),
        example=_MOONS,
    ),
    Recipe(
        "committee_vote",
        "Committee vote",
        "committee",
        "Train several models on the same labels and label where their votes differ most.",
        use="Learners whose probabilities are poor: only the members' decisions count.",
        avoid="When one fit is already slow: every round fits all members.",
        topic="Query by committee",
        acquisition=Choice("vote_entropy"),
        committee=Choice("bagged"),
        example=_MOONS,
    ),
    Recipe(
        "committee_divergence",
        "Committee divergence",
        "committee",
        "Label where the models of a committee give probabilities far from their common opinion.",
        use="Members that give good probabilities: it sees disagreement before votes change.",
        avoid="When one fit is already slow; members that are all over-confident.",
        topic="Query by committee",
        acquisition=Choice("kl_to_consensus"),
        committee=Choice("bagged"),
        example=_MOONS,
    ),
    Recipe(
        "bald",
        "BALD",
        "Bayesian",
        "Label where plausible models disagree, not where all of them agree that it is a coin flip.",
        use="Noisy labels: it tells doubt that a label can remove from chance that no label removes.",
        avoid="Committees too small or too alike to stand for what is still possible.",
        topic="Bayesian active learning",
        acquisition=Choice("bald"),
        committee=Choice("laplace"),
        example=replace(_MOONS, dataset=Choice("noise_trap")),
    ),
    Recipe(
        "batchbald",
        "BatchBALD",
        "Bayesian",
        "Choose the rows of a batch together, so that none repeats what another one already tells.",
        use="Batches where look-alikes are common, with a committee large enough to tell them apart.",
        avoid="Batches of one row, where it is BALD; large batches, where its cost grows fast.",
        topic="Bayesian batches",
        acquisition=Choice("bald"),
        select=Choice("batchbald"),
        committee=Choice.of("trees", members=100),
        example=replace(_MOONS, batch=5),
    ),
    Recipe(
        "epig",
        "Most informative for the test",
        "Bayesian",
        "Label what would sharpen the predictions on ordinary rows most (EPIG).",
        use="Pools with many odd rows: knowing them better would not help on the rows that matter.",
        avoid="Committees too small to show which predictions hang together.",
        topic="Bayesian active learning",
        acquisition=Choice("epig"),
        committee=Choice("trees"),
        example=_MOONS,
    ),
    Recipe(
        "model_change",
        "Biggest model change",
        "model change",
        "Label what would push the learner furthest, whatever the answer turns out to be.",
        use="When learning fast counts and the features are scaled and clean.",
        avoid="Outliers: rows with large values promise a large push and seldom keep it.",
        topic="Expected model change",
        acquisition=Choice("gradient_length"),
        example=Spec(dataset=Choice("breast_cancer"), first=6, batch=2, budget=60),
    ),
    Recipe(
        "error_reduction",
        "Expected error reduction",
        "expected risk",
        "Label what should leave the fewest mistakes on the rest of the pool, thinking each answer through.",
        use="Small pools and dear labels, where a second of thought is cheap: it asks what much depends on.",
        avoid="Learners without linear weights; so few labels that it misjudges what it would learn.",
        topic="Expected error reduction",
        acquisition=Choice("error_reduction"),
        example=Spec(dataset=Choice("breast_cancer"), first=6, batch=2, budget=60),
    ),
    Recipe(
        "dense_doubt",
        "Unsure and typical",
        "density",
        "Label rows the learner is unsure of that many others resemble.",
        use="Pools with outliers, which draw doubt to themselves but stand for nobody.",
        avoid="Many classes in clusters of their own, or when rare rows matter.",
        topic="Diversity sampling",
        acquisition=Choice("density"),
        example=_MOONS,
    ),
    Recipe(
        "core_set",
        "Core-set",
        "coverage",
        "Label the row farthest from all labelled ones, then the next farthest, and so on.",
        use="No corner of the data may be forgotten; a change of data is feared.",
        avoid="Outliers and noisy features: the farthest rows are often the strangest.",
        topic="Diversity sampling",
        acquisition=Choice("novelty"),
        select=Choice("core_set"),
        example=_FEW,
    ),
    Recipe(
        "typical_first",
        "Typical first (TypiClust)",
        "coverage",
        "Split the data into as many groups as there are labels and label the most typical row of each.",
        use="The first labels, when the learner knows nothing and its doubt is worth nothing.",
        avoid="Later on: typical rows are soon predicted well.",
        topic="Cold start",
        acquisition=Choice("random"),
        select=Choice("typiclust"),
        example=_FEW,
    ),
    Recipe(
        "typical_then_unsure",
        "Typical, then unsure",
        "coverage",
        "Begin with typical rows and change to uncertain ones once the learner has seen enough.",
        use="One plan for the whole way from no labels to many.",
        avoid="When there are many labels already: then it is plain uncertainty.",
        topic="Cold start",
        acquisition=Choice("margin"),
        select=Choice("typical_first"),
        example=_FEW,
    ),
    Recipe(
        "hybrid",
        "Hybrid (uncertain, then diverse)",
        "batch",
        "Shortlist the rows the learner is least sure of, then keep those that differ from each other.",
        use="The first choice when labels are bought in batches.",
        avoid="Batches of one row, where the spread has nothing to do.",
        topic="Batch mode",
        acquisition=Choice("margin"),
        select=Choice("hybrid"),
        example=_BATCHES,
    ),
    Recipe(
        "badge",
        "BADGE",
        "batch",
        "Spread the batch over different ways in which the learner would have to change.",
        use="Large batches with a neural network or another learner with good probabilities.",
        avoid="Many classes and huge pools, unless time is no matter.",
        topic="Active learning for deep learning",
        acquisition=Choice("margin"),
        select=Choice("badge"),
        example=_BATCHES,
    ),
    Recipe(
        "stochastic_batch",
        "Stochastic batch",
        "batch",
        "Draw the batch by lot, with better chances for rows that score higher.",
        use="Large batches at no extra cost: luck alone keeps look-alikes apart.",
        avoid="Batches of one row, which should be the best one.",
        topic="Batch mode",
        acquisition=Choice("margin"),
        select=Choice("power"),
        example=_BATCHES,
    ),
    Recipe(
        "explorer",
        "Mostly unsure, sometimes random",
        "exploration",
        "Label where the learner is unsure, but give one place in ten to chance.",
        use="A learner that may be confidently wrong about a region it has never asked about.",
        avoid="Tiny budgets, of which chance takes its share.",
        topic="Exploration and exploitation",
        acquisition=Choice("margin"),
        select=Choice("epsilon_greedy"),
        example=replace(_MOONS, dataset=Choice("xor")),
    ),
    Recipe(
        "thompson",
        "Thompson sampling",
        "exploration",
        "Draw one plausible model a round and label where that one is unsure.",
        use="When one model's confident mistakes must not be repeated round after round.",
        avoid="Very small budgets: a draw may lead anywhere.",
        topic="Exploration and exploitation",
        acquisition=Choice("thompson"),
        committee=Choice("bagged"),
        example=_MOONS,
    ),
    Recipe(
        "learning_to_choose",
        "Learn which strategy works",
        "exploration",
        "Let several strategies take turns, more often those whose labels taught more (ALBL).",
        use="When nothing is known about the data and the budget is long enough to find out.",
        avoid="Short runs, which end before it has learnt which strategy to trust.",
        topic="Contextual bandits",
        acquisition=Choice("albl"),
        example=Spec(dataset=Choice("digits"), first=20, batch=5, budget=200),
    ),
    Recipe(
        "cost_aware",
        "Cost-aware",
        "money",
        "Divide the doubt by the price of the label: the most learnt per money unit.",
        use="Labels that differ in price, with a budget in money: a table of your own with "
        "a column of costs.",
        avoid="Labels of one price, where it is plain uncertainty; prices that nobody knows before.",
        topic="Cost-sensitive active learning",
        acquisition=Choice("margin"),
        adjust=(Choice("per_cost"),),
        example=_DEAR,
    ),
    Recipe(
        "guessed_cost",
        "Costs guessed",
        "money",
        "Divide the doubt by the price it is likely to have, learnt from what labels so far have cost.",
        use="Annotators paid by the hour: nobody knows how long a label takes before it is given.",
        avoid="Cheap rows that are all of a kind: it then learns one kind only. Prices known before: take "
        "cost-aware.",
        topic="Cost-sensitive active learning",
        acquisition=Choice("margin"),
        adjust=(Choice("per_predicted_cost"),),
        example=Spec(
            dataset=Choice.of("sentiment", rows=1500),
            price=Choice("per_second"),
            budget_in="money",
            first=20,
            batch=10,
            budget=60,
        ),
    ),
    Recipe(
        "cheapest",
        "Cheapest first",
        "baseline",
        "Label what is cheap, by lot and without asking the learner.",
        use="As the second yardstick where prices differ: much of what cost-aware strategies gain is simply "
        "that cheap labels are many.",
        avoid="Prices that follow what the rows are: it then never sees the dear kind.",
        topic="Budget-constrained active learning",
        acquisition=Choice("random"),
        adjust=(Choice("per_cost"),),
        example=_DEAR,
    ),
    Recipe(
        "coverage_for_money",
        "Coverage per cost",
        "money",
        "Buy the rows that speak for most of what the learner is unsure of, for each money unit.",
        use="Batches of labels that differ in price: look-alikes are bought once, and the cheap one of them.",
        avoid="Labels of one price, where uncertainty herding does the same.",
        topic="Budget-constrained active learning",
        acquisition=Choice("margin"),
        select=Choice("coverage_per_cost"),
        example=_DEAR,
    ),
    Recipe(
        "purse",
        "Purse for each round",
        "money",
        "Buy the most doubtful batch that a set sum for each round can pay.",
        use="Labels that differ in price, where each round has its own budget: a shift or an invoice.",
        avoid="Labels of one price, where it is plain uncertainty.",
        topic="Budget-constrained active learning",
        acquisition=Choice("margin"),
        select=Choice("knapsack"),
        example=_DEAR,
    ),
    Recipe(
        "private",
        "Private",
        "privacy",
        "Ask doubtful rows through noise, so that the list of asked rows says little about any one record.",
        use="Somebody sees which rows are asked and must not learn what is in the records.",
        avoid="When the promise has to be strong: the choice is then close to random, and choosing at "
        "random spends no privacy at all.",
        topic="Privacy",
        acquisition=Choice("margin"),
        select=Choice("gumbel_top"),
        example=Spec(dataset=Choice("digits"), first=20, batch=10, budget=120),
    ),
    Recipe(
        "class_balanced",
        "Class-balanced",
        "balance",
        "Give every class the learner predicts its share of the batch.",
        use="Rare classes: defects, fraud, diseases.",
        avoid="Balanced classes, or a learner that cannot recognise the rare class at all yet.",
        topic="Imbalanced data",
        acquisition=Choice("margin"),
        select=Choice("class_quotas"),
        example=_RARE,
    ),
    Recipe(
        "rare_first",
        "Rare classes first",
        "balance",
        "Share the batch among the predicted classes, with more places for those that have fewer labels.",
        use="Several classes of which some hardly occur: it evens out the labels as fast as it can.",
        avoid="Balanced classes, and classes that overlap so far that nobody can recognise the rare one.",
        topic="Imbalanced data",
        acquisition=Choice("margin"),
        select=Choice.of("class_quotas", share="rare first"),
        example=_RARE,
    ),
    Recipe(
        "class_weighted",
        "Class-weighted doubt",
        "balance",
        "Weigh the learner's doubt by how few labels the classes have that a row may belong to.",
        use="Rare classes with batches of any size: it bends the ranking instead of filling quotas.",
        avoid="Balanced classes, where it is plain uncertainty.",
        topic="Imbalanced data",
        acquisition=Choice("margin"),
        adjust=(Choice("class_weights"),),
        example=_RARE,
    ),
    Recipe(
        "positives_first",
        "Positives first",
        "balance",
        "Label what is most probably of the rarest class, to find as many of them as there are.",
        use="The finds themselves count: frauds, relevant documents, patients to call back.",
        avoid="When the model counts: what is surely positive teaches little, so it can fall behind random.",
        topic="Imbalanced data",
        acquisition=Choice("positives_first"),
        example=_RARE,
    ),
    Recipe(
        "fair_quotas",
        "Fair (quotas)",
        "fairness",
        "Give every group of people the same number of places in the batch, the least sure rows of each.",
        use="A small group with a pattern of its own, which would hardly be asked otherwise.",
        avoid="As a promise of equal results: quotas share out labels, not accuracy.",
        topic="Fairness",
        acquisition=Choice("least_confident"),
        select=Choice("group_quotas"),
        example=_SKEWED,
    ),
    Recipe(
        "fair_worst_first",
        "Fair (worst group first)",
        "fairness",
        "Label in the group where the learner is wrong most often, as the labels so far tell.",
        use="Some group may be served badly, and nobody knows which.",
        avoid="A group that no label can help: it takes the whole budget.",
        topic="Fairness",
        acquisition=Choice("least_confident"),
        adjust=(Choice("worst_group_first"),),
        example=_SKEWED,
    ),
)

RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in _ALL}
