"""The Rare classes page in a real browser: its point by itself, the counter-example a click away."""

import pytest

from tests.browser import SCHEMES, axe_violations, idle, open_page, set_scheme


@pytest.fixture
def told(server, page):
    """The page with the answer of its first story."""
    open_page(page, server, "rare")
    page.get_by_text("times as many as at random").first.wait_for()
    idle(page)
    return page


def test_the_point_is_seen_without_touching_anything(told):
    page = told
    assert page.get_by_text("Here it is the reverse").count() == 1
    assert page.locator('[data-testid="stVegaLiteChart"]').count() == 2
    for scheme in SCHEMES:
        set_scheme(page, scheme)
        assert axe_violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    idle(page)
    page.wait_for_function('document.querySelector("[data-testid=stMain]").scrollWidth <= 390', timeout=5000)
    assert axe_violations(page) == []


def test_the_counter_example_is_a_click_away(told):
    page = told
    page.get_by_role("radio", name="When it does not help").click()
    page.get_by_text("Worse than chance").wait_for()
    assert "dataset=imbalanced" in page.url
