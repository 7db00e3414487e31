"""Runs and comparisons written to an MLflow tracking server; its client is optional.

log_comparison(comparison, runs, address="http://localhost:5000")
"""

import tempfile
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

from alcore import outcomes
from alcore.comparison import Comparison
from alcore.edge.uploads import DATASET
from alcore.edge.wire import fingerprint
from alcore.errors import DataError, UnavailableError
from alcore.notebook import notebook, value_code
from alcore.spec import Spec
from alcore.tables import curve
from alcore.types import Log

EXPERIMENT = "alcore"
MISSING = "Writing to MLflow needs its client: pip install -r requirements-mlflow.txt"
BATCH = 1000  # metrics that a server takes at once
LONGEST = 500  # letters of a parameter

Key = tuple[str, str, int]


def log_run(
    spec: Spec,
    log: Log,
    *,
    address: str | None = None,
    experiment: str = EXPERIMENT,
    name: str = "",
    tags: Mapping[str, str] | None = None,
) -> str:
    """Write one run: its settings, every metric after every round, the spec and the curves as files.

    Parameters
    ----------
    spec, log : the experiment and its rounds
    address : str, optional
        Of the tracking server; by default what MLflow's own settings say (``MLFLOW_TRACKING_URI``).
    experiment : str
        MLflow's name for a group of runs; made when missing.
    name : str
        Of the run; by default its strategy and seed.
    tags : mapping, optional

    Returns
    -------
    str
        The id that MLflow gave it.

    Raises
    ------
    UnavailableError
        When MLflow's client is not installed, or the server does not answer or refuses.
    """
    frame = curve({"run": log})
    with _Writer(address, experiment, name or f"{spec.acquisition.name} {spec.seed}", tags) as run:
        run.params(spec_params(spec))
        steps = zip(frame["metric"], frame["value"], frame["labels"], strict=True)
        run.metrics([(metric, value, int(labels)) for metric, value, labels in steps])
        run.metrics([("money", log.spent, log.labels), ("seconds", log.seconds, log.labels)])
        run.file("spec.json", spec.to_json())
        run.file("curves.csv", frame.to_csv(index=False))
        return run.id


def log_comparison(
    comparison: Comparison,
    runs: Mapping[Key, Log],
    *,
    address: str | None = None,
    experiment: str = EXPERIMENT,
    metric: str = "accuracy",
    notebook_text: str = "",
    each_run: bool = False,
) -> str:
    """Write a comparison: one run for it, and below it one for each strategy with its mean curves.

    Parameters
    ----------
    comparison, runs : the finished runs, by (dataset, strategy, seed)
    address, experiment : as for `log_run`
    metric : str
        Whose areas and last scores the strategies are given.
    notebook_text : str
        The notebook that makes it again; by default it is written here.
    each_run : bool
        Write every single run as well, below its strategy.

    Returns
    -------
    str
        The id that MLflow gave it.

    Raises
    ------
    DataError
        When it is about an uploaded table: that stays with whoever brought it.
    UnavailableError
        As for `log_run`.
    """
    if any(place.dataset.name == DATASET for place in comparison.places.values()):
        raise DataError("A comparison on an uploaded table is not written to a server that others can read")
    frame = outcomes.curves(runs)
    areas = outcomes.area_table(frame, metric, {}, "labels")
    with _Writer(address, experiment, f"comparison {comparison.id}") as top:
        top.params(spec_params(comparison.base) | {"seeds": str(comparison.seeds)})
        top.file("comparison.json", comparison.to_json())
        top.file("curves.csv", frame.to_csv(index=False))
        top.file("comparison.ipynb", notebook_text or notebook(comparison, runs, metric=metric))
        for dataset, place in comparison.places.items():
            for strategy, spec in comparison.strategies.items():
                here = frame[(frame["dataset"] == dataset) & (frame["strategy"] == strategy)]
                if not len(here):
                    continue
                above = {"mlflow.parentRunId": top.id}
                with _Writer(address, experiment, f"{strategy} on {dataset}", above) as run:
                    run.params(spec_params(spec) | {"dataset": value_code(place.dataset)})
                    mean = here.groupby(["metric", "labels"], sort=False)["value"].mean()
                    run.metrics([(name, value, int(labels)) for (name, labels), value in mean.items()])
                    area = areas[(areas["dataset"] == dataset) & (areas["strategy"] == strategy)]["area"]
                    run.metrics([(f"{metric}_area", float(value), 0) for value in area])
                    below = {"mlflow.parentRunId": run.id}
                for (place_, name, seed), log in runs.items() if each_run else ():
                    if (place_, name) == (dataset, strategy):
                        log_run(
                            replace(spec, dataset=place.dataset, seed=seed), log,
                            address=address, experiment=experiment, name=f"{name} {seed}", tags=below,
                        )  # fmt: skip
        return top.id


def spec_params(spec: Spec) -> dict[str, str]:
    """A spec as MLflow's parameters: one for each field, those of plug-ins as ``learner.C``."""
    found: dict[str, str] = {}
    for f in fields(spec):
        value = getattr(spec, f.name)
        if hasattr(value, "name"):
            found[f.name] = value.name
            found |= {f"{f.name}.{key}": str(v) for key, v in value.params}
        else:
            found[f.name] = value_code(value) if isinstance(value, tuple) else str(value)
    return {key: text[:LONGEST] for key, text in found.items()}


class _Writer:
    """One run on the server; ended as failed when anything goes wrong on the way."""

    def __init__(
        self, address: str | None, experiment: str, name: str, tags: Mapping[str, str] | None = None
    ) -> None:
        try:
            from mlflow import MlflowClient
            from mlflow.entities import Metric, Param
        except ImportError:
            raise UnavailableError(MISSING) from None
        self._client, self._metric, self._param = MlflowClient(tracking_uri=address), Metric, Param
        told = {**(tags or {}), "mlflow.runName": name, "alcore.engine": fingerprint()}
        with _Asking():
            known = self._client.get_experiment_by_name(experiment)
            where = known.experiment_id if known else self._client.create_experiment(experiment)
            self.id: str = self._client.create_run(where, tags=told).info.run_id

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        with _Asking():
            self._client.set_terminated(self.id, "FINISHED" if kind is None else "FAILED")

    def params(self, found: Mapping[str, str]) -> None:
        with _Asking():
            self._client.log_batch(self.id, params=[self._param(k, v) for k, v in found.items()])

    def metrics(self, found: list[tuple[str, float, int]]) -> None:
        """Name, value and step of each; NaN is left out."""
        made = [self._metric(name, float(value), 0, step) for name, value, step in found if value == value]
        for first in range(0, len(made), BATCH):
            with _Asking():
                self._client.log_batch(self.id, metrics=made[first : first + BATCH])

    def file(self, name: str, text: str) -> None:
        with tempfile.TemporaryDirectory() as folder, _Asking():
            path = Path(folder, name)
            path.write_text(text, encoding="utf-8")
            self._client.log_artifact(self.id, str(path))


class _Asking:
    """Whatever the client raises becomes one sentence."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception):
            why = str(error).partition("\n")[0][:200]
            raise UnavailableError(f"The MLflow server could not be written to: {why}") from error
