"""The registries, one for each kind of plug-in; where each kind lives is said here and nowhere else."""

from collections.abc import Mapping
from typing import Any

from alcore.registry import Registry
from alcore.types import (
    AcquisitionFunction,
    Adjustment,
    ColdStart,
    CommitteeBuilder,
    DatasetLoader,
    LearnerFactory,
    Metric,
    Oracle,
    Price,
    Selector,
    Setting,
    StoppingRule,
)

DATASETS: Registry[DatasetLoader] = Registry("dataset", "alcore.datasets")
SETTINGS: Registry[type[Setting]] = Registry("setting", "alcore.settings")
LEARNERS: Registry[LearnerFactory] = Registry("learner", "alcore.learners")
COMMITTEES: Registry[CommitteeBuilder] = Registry("committee", "alcore.committees")
COLD_STARTS: Registry[ColdStart] = Registry("cold start", "alcore.cold_starts")
ACQUISITIONS: Registry[AcquisitionFunction] = Registry("acquisition function", "alcore.acquisition")
ADJUSTMENTS: Registry[Adjustment] = Registry("adjustment", "alcore.adjustments")
SELECTORS: Registry[Selector] = Registry("selector", "alcore.selection")
ORACLES: Registry[Oracle] = Registry("oracle", "alcore.oracles")
PRICES: Registry[Price] = Registry("price", "alcore.prices")
STOPPING: Registry[StoppingRule] = Registry("stopping rule", "alcore.stopping")
METRICS: Registry[Metric] = Registry("metric", "alcore.metrics")

PARTS: Mapping[str, Registry[Any]] = {  # field of a Spec -> where its choices come from
    "dataset": DATASETS,
    "setting": SETTINGS,
    "learner": LEARNERS,
    "committee": COMMITTEES,
    "start": COLD_STARTS,
    "acquisition": ACQUISITIONS,
    "adjust": ADJUSTMENTS,
    "select": SELECTORS,
    "oracle": ORACLES,
    "price": PRICES,
    "stop": STOPPING,
}
