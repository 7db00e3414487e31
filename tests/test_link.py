"""A link reopens exactly what it was made from, and a bad one is refused with a sentence."""

import base64
import zlib

import pytest

from alcore import Choice, Spec, SpecError
from alcore.link import START, from_query, from_token, to_query, to_token

FULL = Spec(
    dataset=Choice.of("blobs", rows=300),
    learner="forest",
    committee=Choice.of("mixed", members=("logistic", "naive_bayes")),
    acquisition="vote_entropy",
    oracle=Choice.of("noisy", rate=0.15),
    price=Choice.of("flat", each=0.35),
    stop=(Choice("plateau"), Choice.of("deadline", seconds=90.0)),
    stop_when="all",
    batch=7,
    budget=88.5,
    budget_in="money",
    seed=12,
)


def test_the_default_experiment_has_an_empty_address() -> None:
    assert to_query(START) == {}
    assert from_query({}) == (START, ())


def test_a_full_experiment_comes_back_and_stays_short() -> None:
    query = to_query(FULL)
    assert from_query(query) == (FULL, ())
    assert sum(len(k) + len(v) + 2 for k, v in query.items()) < 400
    assert from_token(to_token(FULL)) == FULL and len(to_token(FULL)) < 600


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"dataset": "moon"}, "no dataset named 'moon'"),
        ({"oracle": "noisy", "oracle.rate": "7"}, "rate must be between"),
        ({"oracle": "noisy", "oracle.rate": "lots"}, "cannot be read"),
        ({"oracle": "noisy", "oracle.pace": "1"}, "no parameter 'pace'"),
        ({"batch": "-3"}, "batch must be"),
        ({"seed": "1e99"}, "seed must be"),
        ({"stop": "never"}, "no stopping rule"),
        ({"committee": "mixed", "committee.members": '["gpt"]'}, "must be one of"),
        ({"budget": "nan"}, "budget must be"),
    ],
)
def test_what_cannot_be_read_is_named_and_left_out(query: dict[str, str], says: str) -> None:
    spec, problems = from_query(query)
    assert len(problems) == 1 and says in problems[0], problems
    assert isinstance(spec, Spec)


def test_a_bad_value_leaves_the_rest_of_the_address_standing() -> None:
    spec, problems = from_query({"oracle": "noisy", "oracle.rate": "7", "batch": "3", "unrelated": "x"})
    assert spec.oracle == Choice("noisy") and spec.batch == 3 and len(problems) == 1


def token(raw: bytes) -> str:
    return "1" + base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9abc",
        "1!!!!",
        "1" + "A" * 100,
        "1" * 5000,
        token(b"[" * 10_000),
        token(b"[" + b"1," * 5_000_000 + b"1]"),
        token(b'{"batch": 1, "nope": 2}'),
        token(b'{"learner": {"name": 3, "params": []}}'),
        token(b"[]"),
        token(b"\xff"),
    ],
)
def test_a_damaged_token_is_a_sentence(text: str) -> None:
    with pytest.raises(SpecError):
        from_token(text)


def test_the_order_of_parameters_does_not_change_the_experiment() -> None:
    one, two = Choice.of("moons", rows=60, noise=0.1), Choice.of("moons", noise=0.1, rows=60)
    assert Spec(dataset=one).id == Spec(dataset=two).id != Spec().id


def test_a_token_of_another_version_is_read_as_far_as_it_goes() -> None:
    old = Spec(dataset=Choice.of("moons", bogus=3), learner="gone", batch=3)
    spec, problems = from_query({}, from_token(to_token(old)))
    assert spec.batch == 3 and spec.dataset == Choice("moons") and spec.learner == START.learner
    assert len(problems) == 2 and to_query(spec)


def test_a_long_text_in_an_address_is_not_repeated_at_length() -> None:
    _, problems = from_query({"first": "x" * 5000, "dataset": "y" * 5000})
    assert all(len(p) < 500 for p in problems)
