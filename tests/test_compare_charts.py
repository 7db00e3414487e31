"""Charts of a comparison: valid Vega-Lite whatever the numbers, and data that say what was given."""

import json
import math
import re

import altair as alt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from alcore.statistics import ranks as average
from pages.ui import charts, colours, compare_charts
from pages.ui.compare_charts import Row, lines, matrix, records, share_reached, whiskers

LOOKS = colours.rivals({"Random": "random", "Random (noisy)": "random", "Margin": "margin", "Mine": "margin"})
NAMES = list(LOOKS)
ODD = """a"b'c\\d [x] {y} </script>"""


def valid(chart: charts.Chart) -> dict:
    """The spec, checked against the Vega-Lite schema; every table a layer names is there."""
    spec = json.loads(json.dumps(chart.spec))
    spec["config"]["legend"].pop("layout")  # Vega's own; Vega-Lite hands it on but has no schema for it
    alt.LayerChart.from_dict(spec)
    used = set(re.findall(r'"data": \{"name": "(\w+)"\}', json.dumps(spec)))
    assert used <= set(chart.data), "a layer has no data"
    assert "NaN" not in json.dumps(spec)
    return spec


def columns(chart: charts.Chart, name: str) -> dict[str, list]:
    return chart.data[name].to_pydict()


numbers = some.floats(-1e6, 1e6) | some.just(math.nan)


@given(some.lists(some.tuples(some.sampled_from(["a", "b"]), some.sampled_from(NAMES), numbers), max_size=9))
def test_whiskers_are_valid_whatever_the_numbers(found):
    rows = [Row(g, s, v, v - 1, math.nan, "no number") for g, s, v in found]
    chart = whiskers(rows, LOOKS, "Score", zero=0.0, lit=["Margin"], alt="A picture of scores")
    valid(chart)
    dots = columns(chart, "dots")
    assert len(dots["y"]) == len(set(dots["y"])) == len(found)
    for value, low, high, words in zip(dots["value"], dots["low"], dots["high"], dots["words"], strict=True):
        if value is None:
            assert words == "no number"
        else:
            assert low is not None and high is not None and not words
    assert [bool(b) for b in dots["lit"]] == [NAMES[r] == "Margin" for r in dots["run"]]


def test_groups_have_a_heading_only_where_there_are_several():
    one = whiskers([Row("a", "Margin", 1, 0, 2)], LOOKS, "Score", alt="x")
    two = whiskers([Row(g, "Margin", 1, 0, 2) for g in "ab"], LOOKS, "Score", alt="x")
    assert columns(one, "heads")["text"] == []
    assert columns(two, "heads")["text"] == ["a", "b"]
    assert one.height < two.height


@pytest.mark.parametrize("banded", [True, False])
@pytest.mark.parametrize("step", [True, False])
def test_lines_carry_their_numbers(banded, step):
    frame = pd.DataFrame(
        {"strategy": ["Margin", "Margin", "Mine"], "x": [1, 2, 1], "value": [0.5, 0.75, math.nan]}
    )
    if banded:
        frame = frame.assign(low=frame["value"] - 0.25, high=frame["value"] + 0.25)
    chart = lines(frame, LOOKS, "Labels", "Score", step=step, bottom=0.0, top=1.0, alt="Lines of scores")
    valid(chart)
    table = columns(chart, "lines")
    assert table["run"] == [2, 2, 3]
    assert table["value"] == [0.5, 0.75, None]
    assert ("low" in table) == banded


def test_records_fill_the_whole_bar():
    chart = records([("a", "Margin", 7, 1, 2), ("a", "Mine", 0, 0, 0)], LOOKS, alt="Won and lost")
    valid(chart)
    parts = columns(chart, "records")
    assert parts["low"] == pytest.approx([0, 0.7, 0.8])
    assert parts["high"] == pytest.approx([0.7, 0.8, 1])
    assert columns(chart, "words")["text"] == ["7 – 1 – 2", "0 – 0 – 0"]


def test_matrix_is_symmetric():
    frame = pd.DataFrame({"strategy": ["Random"], "other": ["Margin"], "jaccard": [0.25]})
    chart = matrix(frame, NAMES, alt="Picks in common")
    valid(chart)
    cells = columns(chart, "cells")
    assert sorted(zip(cells["row"], cells["column"], strict=True)) == [(0, 2), (2, 0)]
    assert cells["share"] == [0.25, 0.25]
    valid(matrix(frame.iloc[:0], NAMES, alt="Nothing was picked"))


@pytest.mark.parametrize("method", ["nemenyi", "wilcoxon"])
def test_ranks_join_what_cannot_be_told_apart(method):
    scores = [[0.9, 0.8, 0.7, 0.7], [0.9, 0.85, 0.6, 0.65], [0.8, 0.9, 0.7, 0.6]]
    diagram = average.diagram(scores, NAMES, method=method)
    chart = compare_charts.ranks(diagram, LOOKS, alt="Average ranks")
    valid(chart)
    dots = columns(chart, "ranks")
    assert dots["rank"] == pytest.approx(list(diagram.ranks))
    assert [NAMES[r] for r in dots["run"]] == list(diagram.names)
    assert len(columns(chart, "bars")["bar"]) == sum(len(c) > 1 for c in diagram.cliques)
    assert ("cd" in chart.data) == (method == "nemenyi")


def test_share_that_reached_never_counts_a_miss_as_zero():
    frame = pd.DataFrame({"strategy": ["Margin"] * 4, "used": [20.0, math.nan, 10.0, 10.0]})
    steps = share_reached(frame, 50.0)
    assert steps[["x", "value"]].to_numpy().tolist() == [[0, 0], [10, 0.5], [20, 0.75], [50, 0.75]]
    never = share_reached(frame.assign(used=math.nan), 50.0)
    assert never["value"].tolist() == [0.0, 0.0]


def test_names_that_are_code_stay_names():
    looks = colours.rivals({"Random": "random", ODD: "margin"})
    chart = whiskers([Row(ODD, ODD, 1, 0, 2), Row("b", ODD, 1, 0, 2)], looks, ODD, alt="x")
    valid(chart)
    assert columns(chart, "heads")["text"][0] == ODD


def test_every_random_run_is_grey_and_looks_differ():
    names = {"Random": "random"} | {f"Random ({k})": "random" for k in range(8)}
    names |= {f"s{k}": "margin" for k in range(8)}
    looks = colours.rivals(names)
    assert list(looks) == list(names)
    for label, look in looks.items():
        assert (look.colour == colours.GREY) == label.startswith("Random")
        assert not label.startswith("Random") or look.dash != (1, 0)
    assert len(set(looks.values())) == len(looks)


def test_a_strategy_keeps_the_look_it_has_elsewhere():
    found = colours.rivals({"Random": "random", "First": "margin", "Second": "margin"})
    assert found["First"] == colours.of("margin")
    assert found["Second"] != found["First"]
    assert found["Random"] == colours.RANDOM
