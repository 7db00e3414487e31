"""Experiment lint: a fair experiment has nothing to say; each fault is found, and only that one."""

from dataclasses import replace

import pytest

from alcore import Choice, Log, Round, Spec, SpecError
from alcore.lint import CHECKS, Finding, lint

BASE = Spec(dataset="moons", oracle=Choice.of("noisy", rate=0.05), budget=100, first=10, batch=5)
FACTS = {"test_rows": 4000, "pool_rows": 2000, "ceiling": 0.97, "overlap": 0}
TWINS = {"margin": "random"}


def fair(seeds: int = 20, datasets: tuple[str, ...] = ("moons", "rings"), **change) -> dict:
    base = replace(BASE, **change)
    return {
        (d, name, s): replace(spec, seed=s)
        for d in datasets
        for name, spec in (("margin", base), ("random", base.passive()))
        for s in range(seeds)
    }


def log(spec: Spec, scores=(0.5, 0.9), metric: str = "accuracy") -> Log:
    sizes = [spec.first] + [spec.batch] * (len(scores) - 1)
    return Log(
        tuple(
            Round(
                i, tuple((100 * i + j,) for j in range(n)), ((0.0,),) * n, (0.0,) * n, (1.0,) * n, {metric: v}
            )
            for i, (n, v) in enumerate(zip(sizes, scores, strict=True))
        )
    )


def names(*args, **kwargs) -> list[str]:
    kwargs = {"twins": TWINS, **kwargs}
    return [finding.name for finding in lint(*args, **kwargs)]


def test_a_fair_experiment_has_nothing_to_say() -> None:
    specs = fair()
    logs = {key: log(spec) for key, spec in specs.items()}
    assert lint(specs, logs, {"moons": FACTS, "rings": FACTS}, twins=TWINS, target=0.9) == ()
    assert lint(specs, logs) == () and lint({}) == ()


@pytest.mark.parametrize(
    ("change", "name", "severity"),
    [
        ({"first": 12}, "different first", "error"),
        ({"start": Choice("typical")}, "different start", "error"),
        ({"oracle": Choice("exact")}, "different oracle", "error"),
        ({"test_share": 0.5}, "different test share", "error"),
        ({"learner": Choice("naive_bayes")}, "different learner", "error"),
        ({"budget": 90}, "different budget", "warning"),
        ({"batch": 10}, "different batch", "warning"),
        ({"price": Choice.of("flat", each=2.0)}, "different price", "warning"),
        ({"stop": (Choice("plateau"),)}, "different stop", "warning"),
        ({"seed": 77}, "not paired", "error"),
    ],
)
def test_a_pair_must_differ_only_in_what_it_asks(change: dict, name: str, severity: str) -> None:
    specs = fair()
    specs = {key: replace(spec, **change) if key[1] == "random" else spec for key, spec in specs.items()}
    (finding,) = lint(specs, twins=TWINS)
    assert (finding.name, finding.severity, finding.datasets) == (name, severity, ("moons", "rings"))
    assert names(specs, twins=None) == [name]


def test_two_fair_pairs_may_differ_from_each_other() -> None:
    one, two = fair(), fair(learner=Choice("naive_bayes"))
    specs = one | {(d, f"{s} (bayes)", seed): spec for (d, s, seed), spec in two.items()}
    twins = TWINS | {"margin (bayes)": "random (bayes)"}
    (finding,) = lint(specs, twins=twins)
    assert (finding.name, finding.severity) == ("different learner", "warning")
    assert "own twin" in finding.advice


@pytest.mark.parametrize(("seeds", "severity"), [(1, "error"), (5, "warning"), (12, "note"), (20, None)])
def test_seeds(seeds: int, severity: str | None) -> None:
    found = {f.severity for f in lint(fair(seeds), twins=TWINS) if "seed" in f.name}
    assert found == ({severity} if severity else set())


def test_missing_seeds_are_noticed() -> None:
    specs = fair(22)
    del specs["moons", "random", 3]
    assert names(specs) == ["unequal seeds"]


def test_random_is_missed() -> None:
    only = {key: spec for key, spec in fair().items() if key[1] == "margin"}
    assert names(only) == ["no random"] == names(only, twins=None)
    three = fair() | {
        (d, "entropy", s): replace(spec, acquisition=Choice("entropy"))
        for (d, name, s), spec in fair().items()
        if name == "margin"
    }
    (finding,) = lint(three, twins=TWINS)
    assert finding.name == "no random" and "entropy" in finding.sentence
    assert names(three, twins=None) == []


def test_small_test_sets_say_how_unsure_a_score_is() -> None:
    specs = fair()
    logs = {key: log(spec, (0.5, 0.9)) for key, spec in specs.items()}
    (finding,) = lint(specs, logs, {"moons": {"test_rows": 60}}, twins=TWINS)
    assert "60 test rows: a score of 0.90 has a standard error of about 0.039" in finding.sentence
    assert "0.08" in finding.advice and finding.datasets == ("moons",)
    assert names(specs, logs, {"moons": {"test_rows": 60}}, metric="log_loss") == ["metric not measured"]


def test_scores_on_rows_the_learner_was_told() -> None:
    assert names(fair(), facts={"moons": {"overlap": 3}}) == ["test rows in the pool"]
    assert names(fair(), facts={"moons": {"test_rows": 0}}) == ["no test rows"]
    assert names(fair(test_share=0)) == ["no test rows"]


def test_curves_that_do_not_cover_the_same_stretch() -> None:
    specs = fair()
    logs = {key: log(spec, (0.5, 0.6, 0.7, 0.8) if key[2] else (0.5, 0.6)) for key, spec in specs.items()}
    assert names(specs, logs) == ["curves end apart"]
    other = {key: log(replace(spec, first=20) if key[1] == "random" else spec) for key, spec in specs.items()}
    assert "curves start apart" in names(specs, other)


def test_metrics() -> None:
    specs = fair()
    logs = {key: log(spec) for key, spec in specs.items()}
    logs["moons", "margin", 0] = log(specs["moons", "margin", 0], metric="macro_f1")
    found = lint(specs, logs, twins=TWINS)
    assert found[0].name == "metric not measured" and found[0].sentence.startswith("Some runs")
    extra = logs["moons", "random", 1].rounds
    logs["moons", "margin", 0] = Log(tuple(replace(r, metrics={**r.metrics, "macro_f1": 0.5}) for r in extra))
    assert names(specs, logs) == ["different metrics"]
    with pytest.raises(SpecError, match="no metric"):
        lint(specs, metric="luck")


def test_targets_out_of_reach_or_too_easy() -> None:
    specs, facts = fair(), {"moons": FACTS, "rings": FACTS}
    logs = {key: log(spec, (0.8, 0.9)) for key, spec in specs.items()}
    assert names(specs, logs, facts, target=0.98) == ["target above the ceiling"]
    assert names(specs, logs, facts, target=0.8) == ["target reached at the start"]
    assert names(specs, logs, facts, target={"moons": 0.98}) == ["target above the ceiling"]
    loss = {key: log(spec, (0.8, 0.3), "log_loss") for key, spec in specs.items()}
    low = {d: {"ceiling": 0.2} for d in ("moons", "rings")}
    assert names(specs, loss, low, metric="log_loss", target=0.1) == ["target above the ceiling"]
    assert names(specs, loss, low, metric="log_loss", target=0.9) == ["target reached at the start"]
    assert names(specs, loss, low, metric="log_loss", target=0.4) == []


def test_other_things_worth_knowing() -> None:
    assert names(fair(oracle=Choice("exact"))) == ["no label noise"]
    assert names(fair(oracle=Choice("exact")), facts={d: {"people": True} for d in ("moons", "rings")}) == [
        "people answer"
    ]
    assert names(fair(batch=40)) == ["few points"]
    assert names(fair(), facts={"moons": {"private": True}}) == ["private data"]
    assert names(fair(), facts={"moons": {"pool_rows": 110}}) == ["pool used up"]
    assert names(fair(stop=(Choice("deadline"),))) == ["not reproducible"]
    assert names(fair(datasets=("moons",))) == ["one data set"]
    twice = fair() | {(d, "again", s): spec for (d, n, s), spec in fair().items() if n == "margin"}
    assert names(twice, twins=TWINS | {"again": "random"}) == ["same experiment"]


def test_findings_speak_and_come_worst_first() -> None:
    specs = {
        key: spec for key, spec in fair(3, oracle=Choice("exact"), batch=60).items() if key[1] == "margin"
    }
    found = lint(specs, facts={"moons": {"test_rows": 20, "private": True}}, target=0.9)
    assert [f.severity for f in found] == sorted(
        (f.severity for f in found), key=["error", "warning", "note"].index
    )
    assert len(found) >= 5 and len(set(found)) == len(found)
    for finding in found:
        assert (
            isinstance(finding, Finding) and finding.sentence.endswith(".") and finding.advice.endswith(".")
        )
        assert finding.sentence[0].isupper() and set(finding.datasets) <= {"moons", "rings"}


def test_an_unfinished_experiment_can_be_linted() -> None:
    specs = fair()
    assert names(specs, {key: Log() for key in specs}, target=0.9) == []
    assert len(CHECKS) == len({check.__name__ for check in CHECKS})
