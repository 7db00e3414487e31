"""Pool: everything is on the table, ask for the label of any row."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alcore import ambiguity
from alcore.catalog import SETTINGS
from alcore.learn import Fitted
from alcore.metrics import measure
from alcore.types import Candidates, Data, Floats, Ints, Labelled, Log, frozen


@SETTINGS.add(source="Settles 2009, section 2.3")
@dataclass(frozen=True, kw_only=True)
class pool:
    """Choose from the whole unlabelled pool."""

    may_pass: ClassVar[bool] = False

    def candidates(self, data: Data, log: Log) -> Candidates:
        """The rows of the pool nobody was asked about yet."""
        open_ = np.ones(len(data.X), bool)
        open_[log.asked[:, 0]] = False
        at = np.flatnonzero(open_[data.train])
        ids = data.train[at]
        return Candidates(ids[:, None], data.pool_X, data.cost[ids], data.group[ids], at)

    def labelled(self, data: Data, log: Log) -> Labelled:
        """The rows with an answer, in the order they were asked, without those nobody could label."""
        ids, answers = log.asked, log.answers[:, 0]
        known = np.isfinite(answers)
        ids = ids if known.all() else ids[known]
        rows = ids[:, 0]
        codes = answers[known].astype(np.int64)
        return Labelled(frozen(data.X[rows]), frozen(codes), ids, frozen(data.group[rows]))

    def truth(self, data: Data, ids: Ints) -> Ints:
        """(B,) true codes; for the simulated oracle only."""
        return data.y[ids[:, 0]]

    def odds(self, data: Data, ids: Ints) -> Floats:
        """(B, C) true class probabilities, or an estimate; for the simulated oracle only."""
        return ambiguity.odds(data)[ids[:, 0]]

    def row_cost(self, data: Data, ids: Ints) -> Floats:
        """(B,) what the data say each row's label costs."""
        return data.cost[ids[:, 0]]

    def measure(self, fitted: Fitted, data: Data, log: Log) -> dict[str, float]:
        """Every registered metric on the test rows, and how groups fared."""
        asked, group = data.group[log.asked[:, 0]], data.group[data.test]
        return measure(
            fitted.proba(data.test_X), data.test_y, group, data.groups, asked=asked, rarest=data.rarest
        )
