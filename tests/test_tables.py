"""Tables from made-up logs, whose numbers can be checked by hand."""

import numpy as np
import pytest

from alcore import Log, Round, SpecError, tables


def log(accuracies: list[float], batch: int = 10, cost: float = 2.0) -> Log:
    """A run that buys `batch` labels a round."""
    return Log(
        tuple(
            Round(
                index=i,
                asked=tuple((100 * i + j,) for j in range(batch)),
                answers=((1.0,),) * batch,
                scores=(0.5,) * batch,
                costs=(cost,) * batch,
                metrics={"accuracy": value, "log_loss": 1.0 - value},
                seconds=0.5,
            )
            for i, value in enumerate(accuracies)
        )
    )


LOGS = {"margin": log([0.5, 0.8, 0.9, 0.85]), "random": log([0.5, 0.6, 0.7, 0.9])}


def test_a_curve_counts_the_first_labels_and_the_money() -> None:
    frame = tables.curve(LOGS)
    part = frame[(frame.run == "margin") & (frame.metric == "accuracy")]
    assert part.labels.tolist() == [10, 20, 30, 40]
    assert part.money.tolist() == [20.0, 40.0, 60.0, 80.0]
    assert part.seconds.tolist() == [0.5, 1.0, 1.5, 2.0]


@pytest.mark.parametrize(
    ("rule", "margin", "random"), [("first", 30, 40), ("interpolated", 30, 40), ("stable", np.nan, 40)]
)
def test_labels_to_a_target_by_three_rules(rule: str, margin: float, random: float) -> None:
    found = tables.reaches(tables.curve(LOGS), "accuracy", 0.9, rule=rule)
    assert found["margin"] == pytest.approx(margin, nan_ok=True) and found["random"] == random


def test_interpolation_and_money_and_falling_metrics() -> None:
    frame = tables.curve(LOGS)
    assert tables.reaches(frame, "accuracy", 0.85, rule="interpolated")["margin"] == pytest.approx(25)
    assert tables.reaches(frame, "accuracy", 0.8, axis="money")["margin"] == 40.0
    assert tables.reaches(frame, "log_loss", 0.2) == {"margin": 20, "random": 40}


def test_never_reached_is_not_reached_and_saves_nothing() -> None:
    table = tables.summary(LOGS, "accuracy", 0.95).set_index("run")
    assert np.isnan(table.labels_to_target).all() and np.isnan(table.saved_labels).all()
    table = tables.summary({**LOGS, "random": log([0.5, 0.5, 0.5, 0.5])}, "accuracy", 0.9).set_index("run")
    assert table.labels_to_target["margin"] == 30 and np.isnan(table.saved_labels["margin"])


def test_savings_may_be_negative() -> None:
    table = tables.summary(LOGS, "accuracy", 0.8).set_index("run")
    assert table.saved_labels["margin"] == pytest.approx(0.5) and table.saved_labels["random"] == 0
    worse = tables.summary({"margin": LOGS["random"], "random": LOGS["margin"]}, "accuracy", 0.8).set_index(
        "run"
    )
    assert worse.saved_labels["margin"] == pytest.approx(-1.0)


def test_area_is_the_mean_height_over_what_all_runs_cover() -> None:
    found = tables.area(tables.curve(LOGS), "accuracy")
    assert found["margin"] == pytest.approx((0.65 + 0.85 + 0.875) / 3)
    short = tables.area(tables.curve({**LOGS, "random": log([0.5, 0.6])}), "accuracy")
    assert short == pytest.approx({"margin": 0.65, "random": 0.55})
    assert tables.area(tables.curve({"one": log([0.7])}), "accuracy") == {"one": 0.7}


def test_regret_sums_the_shortfalls_and_may_be_negative() -> None:
    table = tables.regret(tables.curve(LOGS), "accuracy", 0.85)
    assert table[table.run == "margin"].regret.tolist() == pytest.approx([0.35, 0.40, 0.35, 0.35])
    loss = tables.regret(tables.curve(LOGS), "log_loss", 0.15)
    assert loss[loss.run == "margin"].regret.tolist() == pytest.approx([0.35, 0.40, 0.35, 0.35])


def test_the_query_log_has_a_row_for_every_label() -> None:
    table = tables.queries(LOGS, ("no", "yes"))
    assert len(table) == 80 and set(table.answer) == {"yes"}
    assert table[table["round"] == 0].score.isna().all() and (table[table["round"] > 0].score == 0.5).all()
    assert table.seconds.sum() == pytest.approx(4.0) and table.cost.sum() == 160.0


def test_an_unknown_metric_is_named() -> None:
    with pytest.raises(SpecError, match="no metric named 'luck'"):
        tables.reaches(tables.curve(LOGS), "luck", 0.9)


def test_no_rounds_give_empty_tables() -> None:
    empty = {"margin": Log(), "random": Log()}
    assert tables.curve(empty).empty and tables.queries(empty).empty
    table = tables.summary(empty, "accuracy", 0.9)
    assert table.labels.tolist() == [0, 0] and table.area.isna().all()
