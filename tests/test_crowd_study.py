"""A labelling project by a crowd: one budget, several policies, paired seeds."""

from hashlib import sha256
from importlib.resources import files

import numpy as np
import pytest

from alcore import Spec, SpecError
from alcore.crowd import (
    POLICIES,
    SENTENCES,
    Annotator,
    Policy,
    Team,
    majority,
    raters,
    ratings,
    simulate,
    study,
    team,
)
from alcore.crowd.answers import Answers
from alcore.loop import load

DATA = load(Spec(dataset="blobs"))
UNLIKE = (0.05, 0.1, 0.4, 0.45, 0.5)


def say(crowd, rows, who, truth, seed=0, before=None, again=None, hardness=None):
    rows, who, truth = (np.asarray(a, np.int64) for a in (rows, who, truth))
    zero = np.zeros(len(rows), np.int64)
    return crowd.say(
        rows, who, truth, seed,
        before=zero if before is None else np.full(len(rows), before),
        again=zero if again is None else np.full(len(rows), again),
        hardness=np.zeros(len(rows)) if hardness is None else hardness,
    )  # fmt: skip


# Annotators.

MANY = 8000
ROWS = np.arange(MANY)


def near(share: float, p: float, n: int = MANY) -> bool:
    return abs(share - p) <= 4 * np.sqrt(p * (1 - p) / n) + 1e-9


def test_annotators_have_their_own_errors_and_err_on_rows_of_their_own():
    crowd = team([0.1, 0.3], 3)
    truth = ROWS % 3
    one, two = (say(crowd, ROWS, np.full(MANY, a), truth) != truth for a in (0, 1))
    assert near(one.mean(), 0.1) and near(two.mean(), 0.3)
    assert near((one & two).mean(), 0.03), "independent of each other"


def test_a_confusion_a_silence_and_their_limits():
    crowd = Team((Annotator("strict", confusion=(1.0, 0.0, 0.4, 0.6), abstains=0.25),), 2)
    said = say(crowd, ROWS, 0 * ROWS, np.ones(MANY))
    silent = np.isnan(said)
    assert near(silent.mean(), 0.25) and near((said[~silent] == 0).mean(), 0.4, int((~silent).sum()))
    fine = say(crowd, ROWS, 0 * ROWS, np.zeros(MANY))
    assert (fine[~np.isnan(fine)] == 0).all()


@pytest.mark.parametrize(
    ("kind", "how"),
    [({"tired": 0.8, "pace": 50.0}, {"before": 5000}), ({"hard": 0.8}, {"hardness": np.ones(MANY)})],
)
def test_the_tired_guess_and_so_do_all_on_hard_rows(kind, how):
    """0.8 guesses among two classes, of which half are wrong; else an error of 0.1."""
    crowd = Team((Annotator("one", error=0.1, **kind),), 2)
    truth = ROWS % 2
    assert near((say(crowd, ROWS, 0 * ROWS, truth) != truth).mean(), 0.1)
    assert near((say(crowd, ROWS, 0 * ROWS, truth, **how) != truth).mean(), 0.8 * 0.5 + 0.2 * 0.1)


def test_asked_again_one_repeats_the_answer_or_tries_anew():
    truth = ROWS % 2
    for persistent in (True, False):
        crowd = team([0.3], 2, persistent=persistent)
        first, second = (say(crowd, ROWS, 0 * ROWS, truth, again=k) for k in (0, 1))
        assert (first == second).all() == persistent


def test_answers_depend_on_no_order():
    crowd = Team((Annotator("a", 0.2, abstains=0.1), Annotator("b", 0.4, hard=0.5)), 3)
    rng = np.random.default_rng(0)
    rows, who, truth, hard = ROWS[:300], rng.integers(0, 2, 300), rng.integers(0, 3, 300), rng.random(300)
    order = rng.permutation(300)
    all_ = say(crowd, rows, who, truth, hardness=hard)
    some = say(crowd, rows[order], who[order], truth[order], hardness=hard[order])
    np.testing.assert_array_equal(some, all_[order])


@pytest.mark.parametrize(
    "wrong", [{"error": 1.5}, {"abstains": -0.1}, {"price": -1.0}, {"session": 0}, {"confusion": (1.0, 0.0)}]
)
def test_annotators_who_cannot_be_are_refused(wrong):
    with pytest.raises(SpecError):
        Team((Annotator("x", **wrong),), 2)


# Projects.


def test_every_policy_keeps_to_the_budget_and_runs_again_alike():
    crowd = Team(tuple(Annotator(f"{k}", e, price=1.0 + k) for k, e in enumerate(UNLIKE)), DATA.n_classes)
    frame = study(DATA, crowd, budget=120, seeds=[0, 1], points=3)
    assert len(frame) == len(POLICIES) * 2 * 3
    assert (frame.money <= 120 + 1e-6).all() and (
        frame.groupby(["policy", "seed"]).money.max() > 120 - 15
    ).all()
    assert frame[["label_quality", "accuracy", "rows"]].notna().all().all()
    assert frame.equals(study(DATA, crowd, budget=120, seeds=[0, 1], points=3))


def test_policies_meet_the_same_rows_and_answers():
    """Paired: what one answer each says of a row is among the three answers of another policy."""
    seen = {}

    class Spy(Team):
        def say(self, rows, who, truth, seed, **how):
            said = super().say(rows, who, truth, seed, **how)
            for row, one, code in zip(rows, who, said, strict=True):
                assert seen.setdefault((int(row), int(one)), float(code)) == code
            return said

    people = team(UNLIKE, DATA.n_classes).annotators
    study(DATA, Spy(people, DATA.n_classes), budget=60, points=1)
    assert len(seen) >= 60


def test_money_buys_rows_or_answers():
    frame = study(DATA, team(UNLIKE, DATA.n_classes), budget=150, points=1).set_index("policy")
    assert frame.loc["one answer each", "rows"] == 150
    assert frame.loc["three answers, majority", "rows"] == 50
    assert frame.loc["three answers, majority", "answers"] == 150
    assert 50 <= frame.loc["only the best (IEThresh)", "rows"] <= 150
    assert frame.loc["one answer each", "hours"] == pytest.approx(150 * 10 / 3600)


def test_repeated_answers_raise_quality_and_cost_rows():
    """Unlike annotators: three answers are right more often than one, the model more often still."""
    frame = study(DATA, team(UNLIKE, DATA.n_classes), budget=600, seeds=range(4), points=1)
    quality = frame.groupby("policy").label_quality.mean()
    one = quality["one answer each"]
    assert one == pytest.approx(1 - np.mean(UNLIKE), abs=0.04)
    assert quality["three answers, majority"] > one + 0.05
    assert quality["three answers, Dawid-Skene"] > quality["three answers, majority"] + 0.02


def test_with_good_annotators_repeats_only_cost_rows():
    good = team([0.02] * 3, DATA.n_classes)
    frame = study(DATA, good, POLICIES[:2], budget=90, seeds=range(5), points=1).groupby("policy").mean()
    assert frame.loc["one answer each", "label_quality"] > 0.95
    assert frame.loc["one answer each", "rows"] == 3 * frame.loc["three answers, majority", "rows"]


def test_relabelling_asks_again_where_it_is_worth_it():
    policy = Policy("again", relabel=True)
    (end,) = simulate(load(Spec(dataset="breast_cancer")), team([0.25] * 5, 2), policy, 200, points=1)
    assert end["answers"] == 200 and 100 < end["rows"] < 195
    crowd = team([0.25], 2)
    (alone,) = simulate(load(Spec(dataset="moons")), crowd, policy, 100, points=1)
    assert alone["rows"] == alone["answers"] == 100, "nobody else could be asked"


def test_those_who_cannot_say_are_paid_and_teach_nothing():
    crowd = Team((Annotator("shy", 0.0, abstains=0.5),), DATA.n_classes)
    (end,) = simulate(DATA, crowd, POLICIES[0], 100, points=1)
    assert end["answers"] == 100 and end["rows"] == pytest.approx(50, abs=20)
    assert end["unanswered"] == pytest.approx(0.5, abs=0.2) and end["label_quality"] == 1.0
    (silent,) = simulate(
        DATA, Team((Annotator("mute", abstains=1.0),), DATA.n_classes), POLICIES[2], 20, points=1
    )
    assert silent["rows"] == 0 and np.isnan(silent["label_quality"]) and np.isfinite(silent["accuracy"])


def test_more_money_than_rows_ends_with_the_rows():
    for policy in POLICIES:
        *_, end = simulate(DATA, team([0.2] * 3, DATA.n_classes), policy, 10_000, points=2)
        assert end["rows"] == len(DATA.train) and end["money"] <= 3 * len(DATA.train)


@pytest.mark.parametrize("wrong", [{"answers": 0}, {"threshold": 2.0}, {"combine": "vote"}])
def test_policies_that_cannot_be_are_refused(wrong):
    with pytest.raises(SpecError):
        Policy("x", **wrong)


def test_a_budget_of_nothing_and_a_crowd_of_other_classes_are_told():
    with pytest.raises(SpecError, match="above 0"):
        next(simulate(DATA, team([0.1], DATA.n_classes), POLICIES[0], 0))
    with pytest.raises(SpecError, match="classes"):
        next(simulate(DATA, team([0.1], DATA.n_classes + 1), POLICIES[0], 10))


# Real people.


def test_the_ratings_are_those_of_the_sentences_and_of_the_file_described():
    folder = files("alcore.datasets") / "files"
    sum_ = sha256((folder / "sentiment_ratings.npz").read_bytes()).hexdigest()
    assert sum_ in (folder / "SOURCES.md").read_text()
    data = load(Spec(dataset=SENTENCES))
    table = ratings()
    assert table.shape == (len(data.X), 20) and abs(table).max() == 4
    np.testing.assert_array_equal(table.mean(axis=1) > 0, data.y == 1)


def test_twenty_real_people_agree_with_their_mean_and_single_ones_mostly():
    data, crowd = load(Spec(dataset=SENTENCES)), raters()
    heard = np.isfinite(crowd.table)
    assert (crowd.table == data.y[:, None])[heard].mean() == pytest.approx(0.976, abs=0.002)
    together = majority(Answers.of(crowd.table, 2), seed=0).label
    assert (together == data.y).mean() > 0.98


def test_real_people_can_be_asked_like_simulated_ones():
    data = load(Spec(dataset=SENTENCES))
    frame = study(data, raters(), POLICIES[:2], budget=150, points=1).set_index("policy")
    assert (frame.label_quality > 0.9).all() and (frame.unanswered > 0.0).all()
