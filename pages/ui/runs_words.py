"""Runs in words: what the list says of each, and which of them can be compared."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from alcore.catalog import DATASETS, METRICS, PARTS
from alcore.comparison import CONTENDERS, RANDOM, SEEDS, SHARED, USUAL_SEEDS, Comparison, Contender
from alcore.edge.store import StoredComparison, StoredRun
from alcore.errors import AlcoreError, SpecError
from alcore.recipes import STRATEGY
from alcore.spec import Spec
from pages.ui.compare_editor import free_name, name_of
from pages.ui.form import spoken

LIVE = ("waiting", "running", "stopping")
GONE = "cannot be read any more"
_USUAL = Spec()
_OWN_WORDS = ("seed", "dataset", "budget", "budget_in", *STRATEGY)  # said in columns of their own


@dataclass(frozen=True, slots=True)
class Row:
    """What one line of the list says; `key` is never shown."""

    key: str
    state: str
    progress: float | None
    strategy: str
    dataset: str
    words: str
    seed: int
    labels: int
    score: float | None
    seconds: float
    when: str
    whose: str
    note: str


def row_of(run: StoredRun, metric: str, engine: str, now: float | None = None) -> Row:
    """The line of a run."""
    spec = spec_of(run)
    stale = run.engine != engine and run.n_rounds > 0
    note = run.error or ("" if run.reason in ("", "stopped") or run.state == "done" else run.reason)
    if stale:
        note = f"made by an older engine ({run.engine})"
    return Row(
        key=run.key,
        state=state_word(run.state),
        progress=_progress(run, spec),
        strategy=strategy_of(spec) if spec else GONE,
        dataset=dataset_of(spec) if spec else "",
        words=words_of(spec) if spec else "",
        seed=spec.seed if spec else 0,
        labels=run.labels,
        score=run.scores.get(metric),
        seconds=run.seconds,
        when=ago(run.created, now),
        whose="yours" if run.private else "everybody's",
        note=note,
    )


def comparison_row(kept: StoredComparison, engine: str, now: float | None = None) -> Row:
    """The line of a comparison."""
    comparison = comparison_of(kept)
    done, failed = kept.states.get("done", 0), kept.states.get("failed", 0)
    note = f"{failed} failed" if failed else ""
    if kept.stale:
        note = ", ".join(filter(None, [note, f"{kept.stale} made by an older engine"]))
    strategies = [s for s in comparison.strategies if not s.startswith(RANDOM)] if comparison else []
    return Row(
        key=kept.key,
        state=state_word(comparison_state(kept)),
        progress=done / kept.size if kept.size else None,
        strategy=", ".join(strategies) or (RANDOM if comparison else GONE),
        dataset=", ".join(comparison.places) if comparison else "",
        words=words_of(comparison.base) if comparison else "",
        seed=comparison.seeds if comparison else 0,
        labels=kept.labels,
        score=None,
        seconds=kept.seconds,
        when=ago(kept.created, now),
        whose="yours" if kept.private else "everybody's",
        note=f"{done} of {kept.size} runs" + (f"; {note}" if note else ""),
    )


def comparison_state(kept: StoredComparison) -> str:
    """How a comparison stands, from how its runs stand."""
    if any(kept.states.get(state) for state in LIVE):
        return "running"
    ended = kept.states.get("done", 0) + kept.states.get("failed", 0)
    if ended >= kept.size:
        return "failed" if kept.states.get("failed", 0) == kept.size else "done"
    return "stopped"


def state_word(state: str) -> str:
    """A state as the list says it, with a sign that is read without colour."""
    signs = {"waiting": "◷", "running": "▶", "stopping": "▶", "stopped": "❙❙", "done": "✓", "failed": "✕"}
    return f"{signs.get(state, '')} {state}".strip()


def spec_of(run: StoredRun) -> Spec | None:
    """A run's experiment; None when this version cannot read it."""
    try:
        return Spec.from_json(run.spec)
    except AlcoreError:
        return None


def comparison_of(kept: StoredComparison) -> Comparison | None:
    """A kept comparison; None when this version cannot read it."""
    try:
        return Comparison.from_json(kept.body)
    except AlcoreError:
        return None


def strategy_of(spec: Spec) -> str:
    """The name of a run's strategy."""
    try:
        return RANDOM if spec == spec.passive() else name_of(spec)
    except KeyError:  # a plug-in this version does not have
        return spoken(spec.acquisition.name)


def dataset_of(spec: Spec) -> str:
    """The name of a run's dataset."""
    name = spec.dataset.name
    return str(DATASETS[name].label) if name in DATASETS else name


def words_of(spec: Spec) -> str:
    """The rest of an experiment in a few words: the learner, then whatever is not as usual.

    >>> from alcore import Choice
    >>> words_of(Spec(learner="naive_bayes", oracle=Choice.of("noisy", rate=0.2), batch=2))
    'naive Bayes, batch 2, noisy (rate 0.2), 100 labels'
    """
    said = [_label("learner", spec.learner.name), f"batch {spec.batch}"]
    for part in PARTS:
        if part in _OWN_WORDS or part == "learner" or getattr(spec, part) == getattr(_USUAL, part):
            continue
        for choice in spec.choices(part):
            told = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in choice.params)
            said.append(_label(part, choice.name) + (f" ({told})" if told else ""))
    said.append(f"{spec.budget:,.6g} {'labels' if spec.budget_in == 'labels' else 'in money'}")
    return ", ".join(said)


def ago(then: float, now: float | None = None) -> str:
    """How long ago that was.

    >>> ago(1000, now=1030), ago(1000, now=4700), ago(0, now=260_000)
    ('just now', '1 hour ago', '3 days ago')
    """
    seconds = (time.time() if now is None else now) - then
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' * (count != 1)} ago"
    return "just now"


def together(specs: Sequence[Spec]) -> Comparison:
    """The comparison of some runs: each strategy once, paired with random over the usual seeds.

    Raises
    ------
    SpecError
        When they share too little, with what it is that differs.
    """
    if len(specs) < 2:
        raise SpecError("Select at least two runs to compare")
    first = specs[0]
    for name in SHARED:
        if name == "seed":
            continue
        if len({getattr(spec, name) for spec in specs}) > 1:
            raise SpecError(
                f"These runs differ in their {name.replace('_', ' ')}, so their scores do not measure the "
                "same; select runs that share it"
            )
    seeds = [spec.seed for spec in specs]
    base = replace(first.passive(), seed=min(seeds))
    contenders: list[Contender] = []
    known: set[Spec] = set()
    for spec in (replace(spec, seed=base.seed) for spec in specs):
        if spec in known or spec == spec.passive():
            continue
        known.add(spec)
        label = free_name(_described(spec, base), [c.label for c in contenders])
        contenders.append(Contender.between(label, base, spec))
    if not contenders:
        raise SpecError("All of these ask at random; select a strategy to compare with it")
    if len(contenders) > CONTENDERS:
        raise SpecError(f"At most {CONTENDERS} strategies are compared at once; select fewer")
    span = max(seeds) - min(seeds) + 1
    return Comparison(base, tuple(contenders), min(SEEDS, max(USUAL_SEEDS, span if span <= 20 else 0)))


def metric_label(metric: str) -> str:
    """A metric as a column's title."""
    return spoken(METRICS[metric].label)


def _described(spec: Spec, base: Spec) -> str:
    name = name_of(spec)
    if spec.learner != base.learner:
        name += f", {_label('learner', spec.learner.name)}"
    if spec.batch != base.batch:
        name += f", batch {spec.batch}"
    return name[:60]


def _label(part: str, name: str) -> str:
    registry = PARTS[part]
    return str(registry[name].label) if name in registry else name.replace("_", " ")


def _progress(run: StoredRun, spec: Spec | None) -> float | None:
    if run.state == "done":
        return 1.0
    if spec is None or spec.budget_in != "labels" or not spec.budget:
        return None
    return min(1.0, run.labels / spec.budget)
