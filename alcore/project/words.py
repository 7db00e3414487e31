"""An estimate in sentences, made of measured parts only: no number where there is none."""

from collections.abc import Sequence

from alcore.catalog import METRICS
from alcore.project.estimate import FEWEST, Estimate, Plan
from alcore.project.phrases import money, money_span, share, share_span, span
from alcore.project.reference import ReferenceRange, reference_range


def headline(found: Estimate) -> str:
    """The answer in one sentence."""
    who, goal = found.label, score(found)
    needs = f"{span(found.active.labels)} labels"
    against = f"{span(found.passive.labels)} at random"
    match found.verdict:
        case "too few":
            return f"Too early to say: {found.n} of at least {FEWEST} simulated projects have ended."
        case "at the start":
            return (
                f"Do not bother: the first labels reach {goal} already in {found.at_start} of {found.n} "
                "simulated projects, so there is nothing to save."
            )
        case "both missed":
            return (
                f"No answer yet: neither way reached {goal} within {found.budget:,.0f} labels in most of the "
                "simulated projects. Lower the target, or simulate more labels."
            )
        case "active missed":
            return (
                f"Do not use it here: {who} missed {goal} in {found.active.missed} of {found.n} simulated "
                f"projects, random only in {found.passive.missed}."
            )
        case "random missed":
            return (
                f"{who} needs {needs} to reach {goal}. Random missed it in {found.passive.missed} of "
                f"{found.n} simulated projects within {found.budget:,.0f} labels, so no saving can be stated."
            )
        case "not told apart":
            return (
                f"Whether {found.strategy} saves anything on these rows cannot be told from {found.n} "
                f"simulated projects: it needed fewer labels than random in {found.better} of {found.n}, and "
                f"{needs} to reach {goal}, against {against}."
            )
        case "does not save":
            return (
                f"Do not bother: {who} needs {needs} to reach {goal}, against {against}; it needed fewer in "
                f"{found.better} of {found.n} simulated projects."
            )
        case "saves labels only":
            return (
                f"{who} saves labels but hardly money: it needs {needs} to reach {goal} instead of "
                f"{against}, and the engineering cost was earned in {_paid(found)} of {found.n} simulated "
                "projects."
            )
        case _:
            return f"{who} needs {needs} to reach {goal}, instead of {against}."


def sentence(found: Estimate, reference: ReferenceRange | None = None) -> str:
    """The whole paragraph: labels, saving, chances, misses, totals, and how far other data are from these."""
    if found.n < FEWEST:
        return headline(found)
    parts = [headline(found), _interval(found), _saving(found), _seeds(found), _totals(found)]
    if found.active.labels.reason or found.saving.reason:
        parts.append(found.saving.reason or found.active.labels.reason)
    parts.append((reference or reference_range()).sentence)
    return " ".join(part for part in dict.fromkeys(parts) if part)


def choice(found: Sequence[Estimate]) -> str:
    """Which strategy of several, and why."""
    if not found:
        return "No strategy has been simulated beside random yet."
    best, *others = found
    if best.verdict in ("too few", "both missed"):
        return headline(best)
    if best.verdict in ("does not save", "active missed", "at the start"):
        return f"None: label at random. {headline(best)}"
    if best.verdict == "not told apart":
        return f"No clear choice. {headline(best)}"
    why = f"{best.label}: it needed fewer labels than random in {best.better} of {best.n} simulated projects"
    if best.saving.middle is not None:
        why += f", and saved {share(best.saving.middle)} in the middle of them"
    if others and others[0].saving.middle is not None and best.saving.middle is not None:
        next_ = others[0]
        close = best.saving.middle - (next_.saving.middle or 0.0) < 0.05
        so = "too close to call" if close else "less"
        why += f". {next_.label} saved {share(next_.saving.middle or 0.0)}: {so}"
    return why + "."


# ---------------------------------------------------------------------------------------- parts


def _interval(found: Estimate) -> str:
    level = found.active.labels.level or found.passive.labels.level
    if level is None or found.verdict == "at the start":
        return ""
    return f"Ranges are {level:.0%} prediction intervals for ONE future project on data like these."


def _saving(found: Estimate) -> str:
    saving, average = found.saving, found.average
    if saving.low is None or saving.high is None or found.verdict == "at the start":
        return ""
    middle = f"{share(saving.middle)} of the labels" if saving.middle is not None else "of labels"
    said = f"Saving {middle}: {share_span(saving)} in one project"
    if average.value is not None and average.low is not None and average.high is not None:
        low, high = share(average.low), share(average.high)
        said += f", {share(average.value)} on average ({average.level:.0%} CI {low} to {high})"
    cost = found.saved_cost
    if cost.low is not None and cost.high is not None:
        sign = found.project.currency
        paid = (
            f"after {money(found.project.engineering, sign)} of engineering"
            if found.project.engineering
            else ""
        )
        said += f". In money {money_span(cost, sign)} {paid}".rstrip()
    return said + "."


def _seeds(found: Estimate) -> str:
    n = found.n
    worse = f"{found.worse} of {n} simulated projects were worse than random, {found.equal} equal"
    a, r = found.active.missed, found.passive.missed
    missed = f"{found.label} missed the target in {a} of {n}, random in {r} of {n}"
    chance = ""
    if found.chance.low is not None and found.chance.high is not None:
        chance = (
            f" The chance that it saves labels at all is put at {found.chance.low:.0%} to "
            f"{found.chance.high:.0%}, that it pays for itself at {found.pays.low or 0.0:.0%} to "
            f"{1.0 if found.pays.high is None else found.pays.high:.0%}."
        )
    return f"{worse}. {missed}.{chance}"


def _totals(found: Estimate) -> str:
    if found.active.cost.low is None and found.passive.cost.low is None:
        return ""
    project = found.project
    checks = []
    if project.answers > 1:
        checks.append(f"{project.answers} answers an item")
    if project.review > 0:
        checks.append(f"checks of {project.review:.0%}")
    included = [f"{project.test_labels:,} test items", *checks, "the first labels", "engineering"]
    return (
        f"In all, with {', '.join(included[:-1])} and {included[-1]}: {_bill(found, found.active)}; "
        f"at random {_bill(found, found.passive)}."
    )


def _bill(found: Estimate, plan: Plan) -> str:
    if plan.cost.low is None:
        return f"no number, for the target was missed in {plan.missed} of {plan.n}"
    days = span(plan.days)
    return (
        f"{money_span(plan.cost, found.project.currency)} and {days} calendar day{'' if days == '1' else 's'}"
    )


def _paid(found: Estimate) -> int:
    return round(found.pays.value * found.n)


def score(found: Estimate) -> str:
    """The target as people say it, such as 90% accuracy."""
    return f"{100 * found.target:.3g}% {METRICS[found.metric].label}"
