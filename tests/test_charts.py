"""Charts as values: specs are valid Vega-Lite, data say what was given, colours can be told apart."""

import doctest
import io
import itertools
import json
import math
import random
import re

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

import pages.ui.colours
import pages.ui.curves
from alcore import Choice, Log, Spec, advance, calls, tables
from pages.ui import charts, colours, pixels, vega
from pages.ui.curves import curve_spec, spread
from pages.ui.maps import ASKED, BEST, CHOSEN, OWN, WRONG

GROUNDS = ("#ffffff", "#0e1117", "#171614")  # Streamlit's light and dark grounds, past and present


# --- colours ----------------------------------------------------------------------------------------------

# Machado, Oliveira & Fernandes 2009, severity 1, on linear light.
SIGHTS = {
    "usual": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def light(colour: str) -> np.ndarray:
    c = np.array(colours.rgb(colour)) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    a, b = sorted(float(light(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (b + 0.05) / (a + 0.05)


def lab(colour: str, sight: str) -> np.ndarray:
    linear = np.clip(SIGHTS[sight] @ light(colour), 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ linear / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest(palette: list[str]) -> float:
    """The smallest CIE76 distance between two colours under any sight."""
    return min(
        float(np.linalg.norm(lab(a, sight) - lab(b, sight)))
        for sight in SIGHTS
        for i, a in enumerate(palette)
        for b in palette[:i]
    )


def test_distance_and_contrast_are_what_they_should_be():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert np.linalg.norm(lab("#ffffff", "usual") - lab("#000000", "usual")) == pytest.approx(100, abs=0.1)
    assert nearest(["#ff0000", "#00a000"]) < 40 < nearest(["#000000", "#ffffff"])


@pytest.mark.parametrize("colour", sorted({colours.GREY, *colours.COLOURS, *colours.CLASS_COLOURS}))
@pytest.mark.parametrize("ground", GROUNDS)
def test_every_colour_shows_on_every_ground(colour, ground):
    assert contrast(colour, ground) >= 3


def test_strategies_can_be_told_apart_whatever_the_sight():
    palette = [colours.GREY, *colours.COLOURS]
    assert nearest(palette[:-1]) >= 22
    assert nearest(palette) >= 17


def test_classes_can_be_told_apart_by_colour_and_shape():
    found = colours.classes([str(i) for i in range(10)])
    assert nearest([look.colour for look in found.values()]) >= 17
    assert len({look.shape for look in found.values()}) == 10
    many = [colours.class_look(code) for code in range(30)]
    assert len({(look.colour, look.shape) for look in many}) == 30


def test_random_is_grey_and_dashed():
    look = colours.of("random")
    assert look.colour == colours.GREY and look.dash != (1, 0)
    assert colours.GREY not in {colours.of(f"strategy {i}").colour for i in range(300)}


@given(some.lists(some.text(min_size=1, max_size=12), min_size=1, max_size=14, unique=True), some.randoms())
def test_looks_of_one_chart_differ_and_do_not_depend_on_order(names, dice):
    found = colours.looks(names)
    assert list(found) == names
    assert len({(look.colour, look.dash) for look in found.values()}) == len(names)
    if len(names) <= 7:
        assert len({look.colour for look in found.values()}) == len(names)
    mixed = list(names)
    dice.shuffle(mixed)
    assert colours.looks(mixed) == found


def test_a_strategy_alone_looks_as_it_always_does():
    for name in ("margin", "random", "a new one", "Straße"):
        assert colours.looks([name])[name] == colours.of(name)
    both = colours.looks(["random", "margin"])
    assert both == {name: colours.of(name) for name in ("random", "margin")}


@pytest.mark.parametrize("module", [pages.ui.colours, pages.ui.curves])
def test_examples_in_docstrings(module):
    assert doctest.testmod(module).failed == 0


# --- pictures and boundaries ------------------------------------------------------------------------------


def decoded(uri: str) -> np.ndarray:
    import base64

    return np.array(Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,")))))


@given(some.integers(1, 9), some.integers(1, 9), some.integers(0, 2**32 - 1))
def test_png_holds_exactly_the_pixels(height, width, seed):
    given_pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    assert (decoded(pixels.uri(given_pixels)) == given_pixels).all()


def test_tints_have_the_top_row_on_top_and_grow_with_confidence():
    codes = np.array([[0, 0], [1, 1]])
    found = pixels.tints(codes, np.array([[0.5, 1.0], [0.75, 1.0]]), 2)
    assert tuple(found[0, 0, :3]) == colours.rgb(colours.class_look(0).colour)
    assert tuple(found[1, 0, :3]) == colours.rgb(colours.class_look(1).colour)
    assert found[0, 0, 3] < found[1, 0, 3] < found[0, 1, 3] == found[1, 1, 3] < 128


def test_heat_runs_from_dark_to_bright_and_leaves_holes_clear():
    found = pixels.heat(np.array([[0.0, 5.0], [10.0, np.nan]]), 0.0, 10.0)
    assert tuple(found[0, 0]) == (*colours.rgb(colours.VIRIDIS[0]), 255)
    assert tuple(found[1, 0]) == (*colours.rgb(colours.VIRIDIS[-1]), 255)
    assert found[1, 1, 3] == 0
    brightness = found[..., :3].astype(float) @ [0.2126, 0.7152, 0.0722]
    assert brightness[0, 0] < brightness[0, 1] < brightness[1, 0]


def test_points_in_heat_of_equal_scores_do_not_fail():
    assert pixels.heat(np.full((3, 3), 2.0), 2.0, 2.0).shape == (3, 3, 4)


def test_contour_of_a_tilted_boundary_is_exact():
    """P = logistic of a linear function is not linear, but its odds change sign where the contour must be."""
    n = 48
    y, x = (1 - (np.arange(n) + 0.5) / n)[:, None], ((np.arange(n) + 0.5) / n)[None, :]
    p = 0.5 + 0.3 * (y - 0.25 - 0.5 * x)
    (line,) = pixels.contours((p > 0.5).astype(int), (0, 1, 0, 1), np.maximum(p, 1 - p))
    inner = [(a, b) for a, b in line if 0.03 < a < 0.97]
    assert len(inner) > 40
    assert max(abs(b - 0.25 - 0.5 * a) for a, b in inner) < 1e-3
    assert min(a for a, _ in line) < 0.02 and max(a for a, _ in line) > 0.98, (
        "the line reaches the map's edges"
    )


def test_contour_of_a_disc_is_closed_and_of_one_class_is_none():
    y, x = np.mgrid[1:-1:40j, -1:1:40j]
    (ring,) = pixels.contours((x**2 + y**2 < 0.5).astype(int), (-1, 1, -1, 1))
    assert ring[0] == ring[-1]
    radii = [math.hypot(a, b) for a, b in ring]
    assert min(radii) > 0.65 and max(radii) < 0.76
    assert pixels.contours(np.zeros((8, 8), int), (0, 1, 0, 1)) == []


@given(some.integers(0, 10_000), some.integers(2, 4))
def test_contours_have_every_change_of_class_once(seed, n_classes):
    codes = np.random.default_rng(seed).integers(0, n_classes, (7, 7))
    lines = pixels.contours(codes, (0, 7, 0, 7))
    places = {p for line in lines for p in line}
    for row in range(7):
        for column in range(6):
            between = (column + 1.0, 6.5 - row)
            assert (between in places) == (codes[row, column] != codes[row, column + 1])
    steps = [tuple(sorted(pair)) for line in lines for pair in itertools.pairwise(line)]
    assert len(steps) == len(set(steps))


def test_smoothing_keeps_the_ends_and_shortens():
    stairs = [(i // 2 * 1.0, (i + 1) // 2 * 1.0) for i in range(20)]
    soft = pixels.smooth(stairs)
    assert soft[0] == stairs[0] and soft[-1] == stairs[-1] and len(soft) == len(stairs)
    assert max(abs(x - y) for x, y in soft[4:-4]) < 0.55
    assert pixels.smooth([(0, 0), (1, 1)]) == [(0, 0), (1, 1)]


# --- specs ------------------------------------------------------------------------------------------------

SPEC = Spec(
    dataset=Choice.of("moons", rows=120),
    learner="naive_bayes",
    oracle=Choice.of("noisy", rate=0.3),
    first=8,
    batch=4,
    budget=24,
)


@pytest.fixture(scope="module")
def run() -> Log:
    return Log(tuple(advance(SPEC)))


@pytest.fixture(scope="module")
def frame(run) -> pd.DataFrame:
    return tables.curve({"margin": run, "random": Log(tuple(advance(SPEC.passive())))})


@pytest.fixture(scope="module")
def scene() -> dict:
    return calls.scene(SPEC, Log())


@pytest.fixture(scope="module")
def field(run) -> dict:
    return calls.field(SPEC, run, acquisition="margin", size=24)


@pytest.fixture(scope="module")
def answers(run) -> dict[int, float]:
    return {row[0]: a[0] for r in run.rounds for row, a in zip(r.asked, r.answers, strict=True)}


def valid(chart: charts.Chart) -> dict:
    """Check a chart's spec against the Vega-Lite schema, its data's names and its text; return the spec."""
    spec = json.loads(json.dumps(chart.spec))
    layout = spec["config"]["legend"].pop(
        "layout"
    )  # Vega's own; Vega-Lite hands it on but has no schema for it
    assert layout == {"top": {"direction": "vertical"}}
    alt.LayerChart.from_dict(spec)
    used = set(re.findall(r'"data": \{"name": "(\w+)"\}', json.dumps(spec)))
    used |= set(re.findall(r"data\('(\w+)'\)", json.dumps(spec)))
    assert used <= set(chart.data), "a layer has no data"
    assert chart.alt.endswith(".") and len(chart.alt) > 30
    assert "NaN" not in json.dumps(spec)
    return spec


def columns(chart: charts.Chart, name: str) -> dict[str, list]:
    return chart.data[name].to_pydict()


def find(spec: dict, key: str) -> list:
    """All values of a key, anywhere in a spec."""
    if isinstance(spec, list):
        return [v for part in spec for v in find(part, key)]
    if not isinstance(spec, dict):
        return []
    return [v for k, v in spec.items() if k == key] + [x for v in spec.values() for x in find(v, key)]


def test_a_broken_spec_is_noticed():
    with pytest.raises(Exception, match="nonsense"):
        valid(charts.Chart(vega.spec(layer=[{"mark": "nonsense"}]), {}, "x" * 40 + "."))


# --- learning curves --------------------------------------------------------------------------------------


def test_curve_draws_each_run_in_its_own_look(frame):
    chart = charts.curve(frame, "accuracy", names=["random", "margin"], target=0.9, ceiling=0.97, mark=12)
    spec = valid(chart)
    looks = colours.looks(["random", "margin"])
    keys = [c for c in find(spec, "color") if isinstance(c, dict) and c.get("legend")]
    assert keys and all(c["scale"]["range"] == [looks[n].colour for n in ("random", "margin")] for c in keys)
    dashes = [c for c in find(spec, "strokeDash") if isinstance(c, dict)]
    assert all(c["scale"]["range"] == [list(looks[n].dash) for n in ("random", "margin")] for c in dashes)
    assert '["random", "margin"][datum.value]' in find(spec, "labelExpr")
    assert [m for m in find(spec, "mark") if m["type"] == "line"]
    rows = columns(chart, "curve")
    own = frame[(frame.metric == "accuracy") & (frame.run == "margin")]
    got = [v for v, r in zip(rows["value"], rows["run"], strict=True) if r == 1]
    assert got == pytest.approx(own["value"].tolist(), abs=1e-6)


def test_curve_without_data_has_its_axes(frame):
    chart = charts.curve(frame[:0], "accuracy", names=["margin", "random"], budget=80, target=0.9)
    valid(chart)
    assert columns(chart, "corners")["x"] == [0, 80]
    low, high = columns(chart, "corners")["value"]
    assert low < 0.9 < high
    valid(charts.curve(frame[:0], "log_loss"))


def test_spec_of_a_live_curve_stays_the_same_while_data_come_in(frame):
    """Another spec or alt text would make the browser draw everything anew."""

    def at(rounds):
        part = frame[frame["round"] < rounds]
        return charts.curve(part, "accuracy", names=["margin", "random"], budget=24, target=0.95, reached={})

    first, later = at(1), at(5)
    assert first.spec == later.spec and first.alt == later.alt and first.height == later.height
    assert list(first.data) == list(later.data)
    assert columns(first, "corners")["x"] == columns(later, "corners")["x"] == [0, 24]
    assert first.data["curve"].num_rows < later.data["curve"].num_rows


def test_x_axis_may_count_money(frame):
    spec = valid(charts.curve(frame, "accuracy", x="money"))
    assert "Money spent on labels" in find(spec, "title")


def test_log_loss_says_its_unit_and_which_way_is_better(frame):
    spec = valid(charts.curve(frame, "log_loss"))
    assert "Log-loss on test rows (nats, lower is better)" in find(spec, "title")
    low, high = columns(charts.curve(frame, "log_loss"), "corners")["value"]
    assert low == 0 and high >= frame[frame.metric == "log_loss"]["value"].max()


@given(some.lists(some.floats(0, 1), min_size=1, max_size=30), some.lists(some.floats(0, 1), max_size=2))
def test_domain_holds_the_data_and_moves_in_tenths(values, levels):
    low, high = pages.ui.curves._value_domain(pd.DataFrame({"value": values}), "accuracy", levels)
    assert 0 <= low <= min(values + levels) + 1e-9 and max(values + levels) - 1e-9 <= high <= 1
    assert high - low >= 0.0999
    assert low * 10 == pytest.approx(round(low * 10)) and high * 10 == pytest.approx(round(high * 10))


@given(some.lists(some.floats(0, 50), min_size=1, max_size=30))
def test_domain_of_losses_holds_the_data(values):
    low, high = pages.ui.curves._value_domain(pd.DataFrame({"value": values}), "log_loss", [])
    assert low == 0 and high >= max(values) * 0.999


@given(some.lists(some.floats(0, 1), max_size=8), some.floats(0.001, 0.12))
def test_names_at_line_ends_do_not_overlap(wanted, gap):
    found = spread(sorted(wanted), gap, 0.0, 1.0)
    assert len(found) == len(wanted)
    assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(found))
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in found)


def test_names_with_room_stay_where_they_are():
    assert spread([0.1, 0.5, 0.9], 0.1, 0, 1) == pytest.approx([0.1, 0.5, 0.9])


def test_ends_are_at_the_last_points(frame):
    chart = charts.curve(frame, "accuracy", names=["margin", "random"], target=0.9)
    tips = columns(chart, "tips")
    ends = {
        r: v for r, v, kind in zip(tips["run"], tips["value"], tips["kind"], strict=True) if kind == "run"
    }
    last = frame[frame.metric == "accuracy"].groupby("run")["value"].last()
    assert ends == pytest.approx({0: last["margin"], 1: last["random"]}, abs=1e-6)
    assert "target 90%" in tips["text"]


def test_levels_are_written_with_the_digits_they_have(frame):
    tips = columns(charts.curve(frame, "accuracy", target=0.875, ceiling=0.9), "tips")
    assert {"target 87.5%", "all labels: 90%"} <= set(tips["text"])


def test_names_of_levels_stand_free_within_a_narrow_plot(frame):
    chart = charts.curve(frame, "accuracy", names=["margin", "random"], target=0.9, ceiling=0.91)
    tips, corners = columns(chart, "tips"), columns(chart, "corners")
    (low, high), end = corners["value"], corners["x"][1]
    placed = [(x, y) for x, y, t in zip(tips["free_x"], tips["free_y"], tips["text"], strict=True) if t]
    assert len(placed) == 2
    assert all(0 <= x <= end and low < y < high for x, y in placed)
    assert abs(placed[0][1] - placed[1][1]) > 0.02 * (high - low) or placed[0][0] != placed[1][0]
    valid(chart)


def test_room_is_the_space_between_two_runs(frame):
    """Above random where the other is better; flat where it is not."""
    chart = charts.curve(frame, "accuracy", names=["margin", "random"], room=("margin", "random"))
    valid(chart)
    here = frame[frame.metric == "accuracy"].pivot(index="labels", columns="run", values="value")
    room = columns(chart, "room")
    assert room["x"] == here.index.tolist()
    assert room["low"] == pytest.approx(here["random"].tolist(), abs=1e-6)
    assert room["high"] == pytest.approx(here.max(axis=1).tolist(), abs=1e-6)
    loss = columns(charts.curve(frame, "log_loss", room=("margin", "random")), "room")
    assert all(high <= low + 1e-6 for low, high in zip(loss["low"], loss["high"], strict=True)), (
        "lower is better"
    )
    tips = columns(chart, "tips")
    assert "margin" in tips["text"], "the upper run is named on its line"
    assert "area" not in [m["type"] for m in find(charts.curve(frame, "accuracy").spec, "mark")]


def test_bands_and_threads(frame):
    seeds = pd.concat([frame.assign(seed=np.nan), frame.assign(seed=1.0), frame.assign(seed=2.0)])
    banded = seeds.assign(lo=seeds["value"] - 0.05, hi=seeds["value"] + 0.05)
    spec = valid(charts.curve(banded, "accuracy"))
    kinds = [m["type"] for m in find(spec, "mark")]
    assert kinds.count("area") == 1 and kinds.count("line") == 2
    plain = valid(charts.curve(frame, "accuracy"))
    assert "area" not in [m["type"] for m in find(plain, "mark")]


def test_reached_targets_drop_to_the_axis(frame):
    reached = {"margin": 12.0, "random": float("nan")}
    chart = charts.curve(frame, "accuracy", names=["margin", "random"], target=0.9, reached=reached)
    valid(chart)
    drops = columns(chart, "drops")
    assert drops["x"] == [12.0] and drops["run"] == [0]
    assert drops["foot"] == columns(chart, "corners")["value"][:1]


def test_names_that_are_code_stay_names(frame):
    odd = """a"b'c\\d [x] {y} </script>"""
    renamed = frame.assign(run=frame["run"].replace("margin", odd))
    spec = valid(charts.curve(renamed, "accuracy", names=[odd, "random"]))
    lists = [json.loads(e[: e.rindex("[datum")]) for e in find(spec, "labelExpr")]
    assert [odd, "random"] in lists


def test_shared_specs_cannot_be_told_apart_from_new_ones(frame):
    arguments = ((colours.of("a"),), ("a",), "accuracy", "labels", "Labels bought, the first ones included")
    options = {"bands": False, "threads": False, "levels": True, "drops": False, "height": 300}
    before = json.dumps(curve_spec(*arguments, **options))
    charts.curve(frame.assign(run="a"), "accuracy", target=0.5, height=300)
    assert json.dumps(curve_spec(*arguments, **options)) == before


def test_an_eight_line_chart_is_made_quickly_and_is_small():
    random_rows = random.Random(0)
    rows = [
        (name, i, 5 * i, 5.0 * i, 1.0, "accuracy", random_rows.random())
        for name in "abcdefgh"
        for i in range(50)
    ]
    frame = pd.DataFrame(rows, columns=["run", "round", "labels", "money", "seconds", "metric", "value"])
    chart = charts.curve(frame, "accuracy", target=0.9)
    assert sum(t.nbytes for t in chart.data.values()) < 8_000
    assert len({look.colour for look in colours.looks(list("abcdefgh")).values()}) >= 7


# --- maps -------------------------------------------------------------------------------------------------


def test_map_shows_labels_as_given_and_pool_as_unknown(scene, field, answers, run):
    asked = [row[0] for row in run.rounds[-1].asked]
    chart = charts.map_chart(scene, labelled=answers, asked=asked, chosen=asked[0], field=field, pick=True)
    spec = valid(chart)
    points = columns(chart, "points")
    kinds = dict(zip(points["id"], points["kind"], strict=True))
    assert all(kinds[row] == int(code) for row, code in answers.items())
    assert {k for row, k in kinds.items() if row not in answers} == {2}
    assert points["state"] == sorted(points["state"]), "labelled points are drawn last, on top"
    fills = [f for f in find(spec, "fill") if isinstance(f, dict) and "scale" in f]
    assert fills[0]["scale"]["range"][:2] == [colours.class_look(code).colour for code in (0, 1)]
    rings = columns(chart, "rings")["kind"]
    true = dict(zip(scene["ids"], scene["label"], strict=True))
    wrong = sum(int(code) != true[row] for row, code in answers.items())
    assert wrong > 0, "the oracle of this test lies"
    assert (rings.count(ASKED), rings.count(WRONG), rings.count(CHOSEN)) == (len(asked), wrong, 1)
    assert find(spec, "params")[-1][0]["name"] == "pick" or "pick" in json.dumps(find(spec, "params"))


def test_legend_lists_what_is_drawn_and_nothing_else(scene, field, answers):
    def entries(**options):
        spec = valid(charts.map_chart(scene, field=field, **options))
        shapes = [s for s in find(spec, "shape") if isinstance(s, dict) and s.get("legend")]
        domains = [s["scale"]["domain"] for s in shapes]
        lines = [
            d["scale"]["domain"] for d in find(spec, "strokeDash") if isinstance(d, dict) and d.get("legend")
        ]
        return domains, lines

    domains, lines = entries(labelled={})
    assert domains == [[0, 1, 2], [ASKED]] and lines == [[OWN, BEST]]
    domains, lines = entries(labelled=answers, truth=True, bayes=False)
    assert domains == [[0, 1], [ASKED, WRONG]] and lines == [[OWN]]
    domains, _ = entries(labelled={**answers, next(iter(answers)): float("nan")})
    assert domains[0] == [0, 1, 2, 3]
    assert entries(labelled=answers, legend=False) == ([], [])


def test_units_are_equal_on_both_axes(scene):
    left, right, bottom, top = scene["box"]
    spec = valid(charts.map_chart(scene))
    (height,) = [p["expr"] for p in spec["params"] if p["name"] == "height"]
    assert float(height.removeprefix("width * ")) == pytest.approx((top - bottom) / (right - left), rel=1e-4)
    scales = [s["domain"] for s in find(spec["layer"][0], "scale") if s]
    assert scales[:2] == [[left, right], [bottom, top]]


def test_picture_lies_where_the_map_is_with_its_top_row_on_top(scene, field):
    chart = charts.map_chart(scene, field=field)
    (url,) = columns(chart, "image")["url"]
    picture = decoded(url)
    codes = np.array(field["classes"]).reshape(24, 24)
    for row, column in ((0, 0), (0, 23), (23, 0), (23, 23), (5, 17)):
        expected = colours.rgb(colours.class_look(codes[row, column]).colour)
        assert tuple(picture[row, column, :3]) == expected
    image = {k: v[0] for k, v in columns(chart, "image").items()}
    left, right, bottom, top = scene["box"]
    assert (image["x"], image["x2"]) == pytest.approx((left, right))
    assert (image["y"], image["y2"]) == pytest.approx((top, bottom))
    # The learner's class at a corner of the picture is its class there on the plane.
    ids = dict(zip(scene["ids"], zip(scene["x"], scene["y"], strict=True), strict=True))
    highest = max(ids, key=lambda row: ids[row][1])
    x, y = ids[highest]
    row = int((top - y) / (top - bottom) * 24)
    column = int((x - left) / (right - left) * 24)
    assert codes[row, column] == 0, "the upper moon's highest point lies in its region"


def test_heatmap_has_a_colour_bar_with_unit_and_range(scene, field):
    chart = charts.map_chart(scene, field=field, background="scores", measure="margin", unit="1")
    spec = valid(chart)
    assert "margin (1)" in find(spec, "title")
    assert columns(chart, "range")["score"] == pytest.approx([field["low"], field["high"]], rel=1e-5)
    bars = [c for c in find(spec, "color") if isinstance(c, dict) and c.get("field") == "score"]
    assert (
        bars[0]["scale"]["range"] == list(colours.VIRIDIS) and bars[0]["legend"]["direction"] == "horizontal"
    )
    scores = np.array(field["scores"]).reshape(24, 24)
    picture = decoded(columns(chart, "image")["url"][0]).astype(float)
    brightness = picture[..., :3] @ [0.2126, 0.7152, 0.0722]
    ranks = [np.argsort(np.argsort(a.ravel())) for a in (scores, brightness)]
    assert np.corrcoef(*ranks)[0, 1] > 0.98, "brighter is larger"


def test_heatmap_that_was_not_computed_is_not_drawn(scene, field):
    cold = {k: v for k, v in field.items() if k not in ("scores", "low", "high")}
    chart = charts.map_chart(scene, field=cold, background="scores", measure="margin")
    valid(chart)
    assert chart.data["image"].num_rows == 0 and chart.data["range"].num_rows == 0


def test_map_without_anything_known(scene):
    chart = charts.map_chart(scene)
    valid(chart)
    assert chart.data["image"].num_rows == chart.data["lines"].num_rows == chart.data["rings"].num_rows == 0
    assert chart.data["points"].num_rows == len(scene["ids"])


def test_queried_rows_that_were_sampled_away_are_drawn_where_they_are(scene):
    chart = charts.map_chart(scene, labelled={99_999: 1.0}, asked=[99_999], extra={99_999: (0.5, 0.25)})
    points = columns(chart, "points")
    at = points["id"].index(99_999)
    assert (points["x"][at], points["y"][at], points["kind"][at], points["state"][at]) == (0.5, 0.25, 1, 1)
    assert columns(chart, "rings")["x"] == [0.5]


def test_row_without_a_known_label_is_never_called_wrong(scene):
    unknown = {**scene, "label": [-1] * len(scene["ids"])}
    chart = charts.map_chart(unknown, labelled={scene["ids"][0]: 1.0}, truth=True)
    assert columns(chart, "rings")["kind"] == []
    assert set(columns(chart, "points")["kind"]) == {1, 2}


def test_many_points_and_classes_stay_small_and_on_canvas():
    rng = np.random.default_rng(0)
    n, C = 2000, 26
    scene = {
        "ids": list(range(n)),
        "x": rng.normal(size=n).tolist(),
        "y": rng.normal(size=n).tolist(),
        "label": rng.integers(0, C, n).tolist(),
        "box": [-4.0, 4.0, -4.0, 4.0],
        "titles": ["first main direction", "second main direction"],
        "classes": [chr(65 + i) for i in range(C)],
    }
    chart = charts.map_chart(scene, labelled={i: float(i % C) for i in range(0, n, 9)}, truth=True)
    spec = valid(chart)
    assert spec["usermeta"]["embedOptions"]["renderer"] == "canvas"
    assert "currentColor" not in json.dumps(spec["layer"][-1]), "a canvas does not know the page's colour"
    assert chart.data["points"].nbytes <= n * 15 + 1000
    fills = [f for f in find(spec, "fill") if isinstance(f, dict) and "scale" in f]
    assert fills[0]["legend"] is None, "nobody reads a legend of 26 classes"


def test_live_map_keeps_its_spec(scene, run):
    def at(k):
        part = run[:k]
        answers = {row[0]: a[0] for r in part.rounds for row, a in zip(r.asked, r.answers, strict=True)}
        asked = [row[0] for row in part.rounds[-1].asked]
        field = calls.field(SPEC, part, size=12)
        return charts.map_chart(scene, labelled=answers, asked=asked, field=field, bayes=False)

    later = [at(k) for k in (2, 3, 5)]
    assert len({json.dumps(c.spec) for c in later}) == 1 and len({c.alt for c in later}) == 1


# --- one point --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def why(run):
    row = run.rounds[-1].asked[0][0]
    return calls.why(SPEC, run[: len(run) - 1], row=row)


def test_probabilities(why):
    classes = ["upper moon", "lower moon"]
    chart = charts.probability_bars(why["proba"], classes, true=why["true"])
    spec = valid(chart)
    assert columns(chart, "proba")["p"] == pytest.approx(why["proba"], abs=1e-6)
    assert f"{classes[why['true']]} (true)" in chart.alt
    colour = next(c for c in find(spec, "color") if isinstance(c, dict))
    assert colour["scale"]["range"] == [colours.class_look(code).colour for code in (0, 1)]


def test_votes(why):
    chart = charts.votes_strip(why["members"], ["upper moon", "lower moon"])
    valid(chart)
    cells = columns(chart, "votes")
    assert len(cells["p"]) == 2 * len(why["members"]) and sum(cells["vote"]) == len(why["members"])
    votes = [m["vote"] for m in why["members"]]
    assert f"{max(votes.count(0), votes.count(1))} for" in chart.alt
    valid(charts.votes_strip([], ["a", "b"]))


def test_ranks(why):
    chart = charts.rank_bars(why["measures"])
    spec = valid(chart)
    ranks = columns(chart, "ranks")
    assert ranks["rank"] == sorted(m["rank"] for m in why["measures"])
    own = next(m for m in why["measures"] if m["own"])
    assert any(f"{own['label']} ◂" in e for e in find(spec, "labelExpr"))
    (tied,) = charts.rank_bars([{**own, "rank": 3, "of": 1200, "tied": 5}]).data["ranks"]["told"].to_pylist()
    assert tied == "3 of 1,200, tied with 4"


def test_picked_reads_what_streamlit_returns():
    assert charts.picked(None) is None
    assert charts.picked({"selection": {}}) is None
    assert charts.picked({"selection": {"pick": {}}}) is None
    assert charts.picked({"selection": {"pick": [{"id": 17}]}}) == 17
