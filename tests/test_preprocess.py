"""Rows into numbers: learnt from the pool alone, complete, bounded, and the same every time."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alcore import DataError, Source
from alcore.preprocess import FAR, TOPICS, WIDEST, column_of, distinct_names, encoded

RNG = np.random.default_rng(0)
POOL = np.arange(80)


def encode(train=POOL, **columns):
    """Encoded columns by name."""
    frame = pd.DataFrame(columns)
    X, names = encoded(Source(frame, np.zeros(len(frame))), np.asarray(train))
    assert X.shape == (len(frame), len(names)) and X.dtype == np.float64
    assert np.isfinite(X).all() and len(set(names)) == len(names)
    return dict(zip(names, X.T, strict=True))


# ------------------------------------------------------------------------------------ arrays


def test_arrays_are_standardised_on_the_pool_or_left_alone():
    X = RNG.normal(3, 5, (100, 4))
    X[:, 3] = 7.0
    Z, names = encoded(Source(X, np.zeros(100)), POOL)
    np.testing.assert_allclose(Z[POOL].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(Z[POOL, :3].std(axis=0), 1)
    np.testing.assert_array_equal(Z[:, 3], 0)
    assert names == ("x1", "x2", "x3", "x4")
    raw, names = encoded(Source(X, np.zeros(100), scale=False, features=("a", "b", "c", "d")), POOL)
    np.testing.assert_array_equal(raw, X)
    assert names == ("a", "b", "c", "d")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_arrays_with_holes_are_refused(bad):
    X = np.ones((10, 2))
    X[3, 1] = bad
    with pytest.raises(DataError, match="missing or infinite"):
        encoded(Source(X, np.zeros(10)), np.arange(8))


def test_arrays_must_have_two_axes():
    for X in (np.ones(10), np.ones((10, 2, 2)), np.ones((10, 0))):
        with pytest.raises(DataError, match="rows and columns"):
            encoded(Source(X, np.zeros(10)), np.arange(8))


# ------------------------------------------------------------------------------------ tables by kind


def test_numbers_are_the_same_as_scikit_learns():
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    values = RNG.normal(50, 9, 100)
    values[RNG.random(100) < 0.2] = np.nan
    ours = encode(size=values)
    theirs = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(values[POOL][:, None])
    np.testing.assert_allclose(ours["size"], theirs.transform(values[:, None])[:, 0])
    np.testing.assert_array_equal(ours["size missing"], np.isnan(values))


def test_numbers_missing_only_outside_the_pool_get_no_column_for_it():
    values = RNG.normal(size=100)
    values[95] = np.nan
    assert list(encode(size=values)) == ["size"]


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1.0, 1e9, 1e155, 1e300])
def test_numbers_of_any_size_are_standardised(scale):
    found = encode(size=RNG.normal(size=100) * scale)["size"]
    assert found[POOL].std() == pytest.approx(1) and abs(found[POOL].mean()) < 1e-9


def test_what_is_far_outside_the_pool_is_clipped():
    values = RNG.normal(size=100)
    values[90:93] = 1e300, -1e300, np.inf
    found = encode(size=values)["size"]
    assert found[90] == pytest.approx(FAR) and found[91] == pytest.approx(-FAR) and abs(found[92]) < 3, (
        "infinity counts as missing"
    )


def test_categories_have_a_column_for_each_level_and_one_for_rare_ones():
    levels = np.array(["red"] * 40 + ["blue"] * 30 + ["odd"] + ["rare"] + [None] * 8 + ["new"] * 20, object)
    found = encode(colour=levels)
    assert list(found) == ["colour=red", "colour=blue", "colour=(other)", "colour missing"]
    np.testing.assert_array_equal(found["colour=red"], levels == "red")
    np.testing.assert_array_equal(
        found["colour=(other)"], np.isin(levels.astype(str), ["odd", "rare", "new"])
    )
    np.testing.assert_array_equal(sum(found.values()), 1)


def test_two_levels_need_one_column():
    answers = np.array(["no", "yes"] * 50)
    np.testing.assert_array_equal(encode(paid=answers)["paid=yes"], answers == "yes")
    assert list(encode(paid=answers)) == ["paid=yes"]
    assert list(encode(paid=pd.Series([True, False] * 50))) == ["paid=True"]
    assert list(encode(paid=pd.Series([True, False, None, False] * 25, dtype="boolean"))) == [
        "paid=False",
        "paid=True",
        "paid missing",
    ]


def test_dates_become_day_month_weekday_year_and_hour():
    when = pd.date_range("2019-01-01 06:00", periods=100, freq="139h")
    found = encode(when=when)
    assert list(found) == ["when day", "when month", "when weekday", "when year", "when hour"]
    for part, values in [
        ("day", when.normalize().to_numpy().astype("datetime64[D]").astype(float)),
        ("month", when.month),
        ("weekday", when.day_of_week),
        ("year", when.year),
        ("hour", when.hour),
    ]:
        values = np.asarray(values, float)
        expected = (values - values[POOL].mean()) / values[POOL].std()
        np.testing.assert_allclose(found[f"when {part}"], expected, atol=1e-9)
    holes = when.to_series(index=range(100)).mask(np.arange(100) % 7 == 0)
    assert "when missing" in encode(when=holes)


def test_dates_before_1970_and_far_away_are_dates():
    moments = np.array(["0001-01-01", "1969-12-31", "9999-12-31", "2020-02-29"] * 25, "datetime64[s]")
    found = encode(when=moments)
    assert column_of(pd.Series(moments)).kind == "date"
    assert len(np.unique(found["when day"])) == 4


def test_texts_become_a_few_directions_that_tell_topics_apart():
    topics = [[f"{word}{i}" for i in range(30)] for word in ("farm", "bank")]
    y = np.arange(100) % 2
    texts = [" ".join(RNG.choice(topics[k], 6)) + f" number {i}" for i, k in enumerate(y)]
    found = encode(note=texts)
    assert next(iter(found)) == "note topic 1" and len(found) <= TOPICS
    X = np.stack(list(found.values()), axis=1)
    middles = np.stack([X[POOL][y[POOL] == k].mean(axis=0) for k in (0, 1)])
    guess = ((X[:, None] - middles) ** 2).sum(axis=2).argmin(axis=1)
    assert (guess == y).mean() > 0.97
    assert X[POOL].std(axis=0).max() == pytest.approx(1)


def test_few_words_have_a_column_each():
    found = encode(note=[f"{'good' if i % 2 else 'bad'} news for you {i}" for i in range(100)])
    assert list(found) == ["note: bad", "note: good"], "words in every text tell nothing"


def test_texts_without_spaces_are_read_by_their_signs():
    y = np.arange(60) % 2
    signs = ["猫犬馬牛羊", "株券銀行金"]
    texts = ["".join(RNG.choice(list(signs[k]), 8)) + f"第{i}" for i, k in enumerate(y)]
    assert column_of(pd.Series(texts)).kind == "text"
    assert encode(range(50), note=texts)


def test_unusual_texts_do_not_crash():
    texts = [f"... !!! ??? {'' if i % 2 else '—'} — . , {i} ;" for i in range(100)]
    assert len(encode(note=texts, size=RNG.normal(size=100))) >= 1
    only_signs = pd.Series(["!! ?? .. " * k + "#" * k for k in range(1, 101)])
    assert list(encode(note=only_signs, size=RNG.normal(size=100))) == ["size"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("number", [1, 2, 3]),
        ("number", [1.5, None, 3]),
        ("number", pd.array([1, None, 3], "Int64")),
        ("number", pd.Series([Decimal("1.5"), Decimal(2), None], dtype=object)),
        ("number", pd.Series([1, 2.5, None], dtype=object)),
        ("number", pd.to_timedelta([1, 2, 3], unit="h")),
        ("number", np.array([1, 2, 3], np.float16)),
        ("number", pd.Categorical([1, 2, 1])),
        ("boolean", [True, False, True]),
        ("boolean", pd.Series([True, None, False], dtype=object)),
        ("date", pd.to_datetime(["2020-01-01", None, "2021-01-01"])),
        ("date", pd.to_datetime(["2020-01-01", "2021-01-01"]).tz_localize("Europe/Berlin")),
        ("date", pd.Series([dt.date(2020, 1, 1), dt.date(2021, 1, 1)], dtype=object)),
        ("date", pd.Series([dt.datetime(2020, 1, 1), None, dt.datetime(2021, 1, 1)], dtype=object)),
        ("category", ["a", "b", "a"]),
        ("category", pd.Categorical(["a", "b", None])),
        ("category", pd.Series(["a", 1, None], dtype=object)),
        ("category", pd.Series([[1], [2], [1]])),
        ("category", np.array([1 + 2j, 2, 3])),
        ("empty", [None, None]),
        ("empty", [np.nan, np.inf]),
        ("empty", pd.Series([], dtype=float)),
        ("constant", [1, 1]),
        ("constant", ["a", "a"]),
        ("number", [1, 1, None]),
    ],
)
def test_the_kind_of_a_column(kind, values):
    assert column_of(pd.Series(values)).kind == kind


# ------------------------------------------------------------------------------------ whole tables


def mixed(rows, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=rows),
            "colour": rng.choice(["red", "green", "blue", "grey"], rows),
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"),
            "note": [" ".join(rng.choice(list("abcdefghij"), 8)) for _ in range(rows)],
            "paid": rng.random(rows) < 0.4,
        }
    )
    return frame.mask(rng.random(frame.shape) < 0.1)


def test_the_same_table_gives_the_same_numbers():
    one, names = encoded(Source(mixed(120), np.zeros(120)), POOL)
    two, same = encoded(Source(mixed(120), np.zeros(120)), POOL)
    np.testing.assert_array_equal(one, two)
    assert names == same


def test_nothing_is_learnt_from_rows_outside_the_pool():
    frame, other = mixed(120), mixed(120)
    other.loc[80:, ["size", "colour", "note"]] = [1e6, "unheard of", "zebra zebra zebra zebra"]
    one, names = encoded(Source(frame, np.zeros(120)), POOL)
    two, same = encoded(Source(other, np.zeros(120)), POOL)
    assert names == same
    np.testing.assert_array_equal(one[POOL], two[POOL])


def test_a_table_is_not_changed():
    frame = mixed(100)
    before = frame.copy(deep=True)
    encoded(Source(frame, np.zeros(100)), POOL)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("columns", [1, 40, 200, 500])
def test_width_is_bounded_whatever_the_columns(columns):
    frame = pd.DataFrame(
        {f"c{i}": RNG.choice(list("abcdefghijklmnopqrstuvwxyz"), 100) for i in range(columns)}
    )
    X, names = encoded(Source(frame, np.zeros(100)), POOL)
    assert min(columns, WIDEST) <= X.shape[1] == len(names) <= WIDEST
    assert len({name.partition("=")[0] for name in names}) == columns, "every column keeps a part"


def test_too_many_columns_are_refused():
    with pytest.raises(DataError, match="501 columns"):
        encoded(Source(pd.DataFrame(RNG.normal(size=(20, 501))), np.zeros(20)), np.arange(15))


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"a": [None] * 100},
        {"a": [1] * 100, "b": ["x"] * 100},
        {"a": [None] * 80 + [1.0] * 20},
        {"a": [5.0] * 80 + [1.0] * 20},
        {"a": [str(i) for i in range(100)]},
    ],
)
def test_a_table_that_tells_nothing_is_refused(columns):
    with pytest.raises(DataError, match="No column can be used"):
        encoded(Source(pd.DataFrame(columns, index=range(100)), np.zeros(100)), POOL)


def test_columns_that_tell_nothing_are_dropped():
    assert list(encode(a=[1] * 100, b=RNG.normal(size=100), c=[None] * 100, d=["x"] * 80 + ["y"] * 20)) == [
        "b"
    ]


def test_names_may_clash():
    frame = pd.DataFrame(RNG.normal(size=(100, 3)), columns=["a", "a", 7])
    frame.iloc[::9, 0] = np.nan
    frame["a missing"] = RNG.normal(size=100)
    _, names = encoded(Source(frame, np.zeros(100)), POOL)
    assert names == ("a", "a missing", "a (2)", "7", "a missing (2)")


@given(st.lists(st.sampled_from(["a", "b", "a (2)", ""])))
def test_distinct_names_are_distinct_and_in_order(names):
    found = distinct_names(names)
    assert len(set(found)) == len(found) == len(names)
    assert all(new.startswith(old) for old, new in zip(names, found, strict=True))


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["red", "blue", "1", "2020-01-01", "a word or three"]),
    st.dates(),
    st.datetimes(),
    st.decimals(allow_nan=False),
)


@settings(max_examples=60)
@given(st.data())
def test_any_table_becomes_finite_numbers_or_a_sentence(data):
    rows = data.draw(st.integers(4, 30))
    kind = st.sampled_from(
        [CELLS, st.floats(), st.text(max_size=8), st.sampled_from("abc"), st.integers(0, 3)]
    )
    columns = data.draw(st.lists(kind, min_size=1, max_size=4))
    frame = pd.DataFrame(
        {
            i: pd.Series(data.draw(st.lists(c, min_size=rows, max_size=rows)), dtype=object)
            for i, c in enumerate(columns)
        }
    )
    if data.draw(st.booleans()):
        frame = frame.convert_dtypes()
    train = np.arange(data.draw(st.integers(1, rows)))
    try:
        X, names = encoded(Source(frame, np.zeros(rows)), train)
    except DataError:
        return
    assert np.isfinite(X).all() and X.shape == (rows, len(names))
    assert (np.ptp(X[train], axis=0) > 0).all()
