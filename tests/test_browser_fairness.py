"""The Fairness page in a real browser: its point, a counter-example, and who can use it."""

from tests.browser import axe_violations, idle, open_page, set_scheme

SMALL = (
    "fairness?story=Yours&dataset.rows=600&dataset.minority=0.2&first=10&batch=10&budget=40&seeds=3&show=run"
)
NARROW = {"width": 390, "height": 844}


def test_the_point_comes_without_touching_anything(server, page):
    open_page(page, server, "fairness")
    page.get_by_text("Finished: 80 runs.").wait_for()
    headline = page.locator(".st-key-fairness_headline")
    headline.get_by_text("lifts the accuracy of the worst-off group by").wait_for()
    assert "20 of 20 seeds" in headline.inner_text()
    page.get_by_text("Quotas do not guarantee parity").first.wait_for()
    page.locator("[data-testid='stVegaLiteChart'] svg").nth(3).wait_for()  # two groups, the gap, the labels
    assert page.url.endswith("/fairness")


def test_a_small_question_on_a_phone_and_for_everybody(server, page):
    page.set_viewport_size(NARROW)
    open_page(page, server, SMALL)
    page.get_by_text("Finished: 12 runs.").wait_for()
    page.get_by_role("region", name="Measures at the end of the run").wait_for()
    main = page.locator("[data-testid='stMain']")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, "nothing is cut off at the side"
    page.get_by_text("What the measures mean").click()
    idle(page)
    for scheme in ("light", "dark"):
        set_scheme(page, scheme)
        assert not axe_violations(page)
