"""The Costs page in a real browser: its point by itself, the counter-example a click away."""

from tests.browser import SCHEMES, axe_violations, idle, open_page, set_scheme

QUICK = "costs?budget=60&seeds=4&story=Yours&show=run&target=0.7"


def test_the_point_is_seen_and_fits_a_phone(server, page):
    open_page(page, server, QUICK)
    page.get_by_text("which does not look at prices").first.wait_for()
    page.get_by_text("the best purchase there is").first.wait_for()
    idle(page)
    assert page.locator('[data-testid="stVegaLiteChart"]').count() == 4
    for scheme in SCHEMES:
        set_scheme(page, scheme)
        idle(page)
        assert axe_violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    idle(page)
    page.wait_for_function('document.querySelector("[data-testid=stMain]").scrollWidth <= 390', timeout=5000)
    assert axe_violations(page) == []


def test_the_counter_example_is_a_click_away(server, page):
    open_page(page, server, "costs?show=stopped")
    page.get_by_role("radio", name="When it does not help").click()
    page.get_by_text("of 60 runs").first.wait_for()
    assert "price=per_second" in page.url
