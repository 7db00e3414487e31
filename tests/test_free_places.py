"""Texts within a chart: inside it, beside their lines, and on top of nothing where that can be."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from pages.ui.free_places import LETTER, LINE, PLOT, Stroke, free_places

HEIGHT = 250.0
TALL = LINE / HEIGHT


def box(text, place):
    left, middle = place
    return left, left + LETTER * len(text) / PLOT, middle - TALL / 2, middle + TALL / 2


def hides(text, place, stroke):
    left, right, low, high = box(text, place)
    return bool(((stroke.between(left, right) > low) & (stroke.between(left, right) < high)).any())


def test_a_level_without_company_is_named_at_its_left_above_it():
    (place,) = free_places([("target 95%", Stroke.level(0.5))], [Stroke.level(0.5)], HEIGHT)
    assert place[0] < 0.05 and 0.5 < place[1] < 0.5 + TALL


def test_a_text_gives_way_to_a_curve():
    level, curve = Stroke.level(0.5), Stroke.of(np.array([0.0, 1.0]), np.array([0.55, 0.52]))
    (place,) = free_places([("all labels: 50%", level)], [level, curve], HEIGHT)
    assert not hides("all labels: 50%", place, curve)


def test_nothing_stands_outside_the_plot():
    for height in (0.0, 0.01, 0.99, 1.0):
        (place,) = free_places([("target 95%", Stroke.level(height))], [Stroke.level(height)], HEIGHT)
        left, right, low, high = box("target 95%", place)
        assert left >= 0 and right <= 1 and low >= -1e-9 and high <= 1 + 1e-9


def test_what_does_not_fit_is_left_out():
    assert free_places([("x" * 200, Stroke.level(0.5)), ("", Stroke.level(0.5))], [], HEIGHT) == [None, None]


@given(some.lists(some.floats(0, 1), min_size=2, max_size=4))
def test_texts_never_overlap(heights):
    texts = [(f"all labels: {h:.1%}", Stroke.level(h)) for h in heights]
    placed = [
        box(text, place)
        for (text, _), place in zip(texts, free_places(texts, [s for _, s in texts], HEIGHT), strict=True)
        if place is not None
    ]
    for i, (a, b, c, d) in enumerate(placed):
        for e, f, g, h in placed[i + 1 :]:
            assert b <= e + 1e-9 or f <= a + 1e-9 or d <= g + 1e-9 or h <= c + 1e-9
