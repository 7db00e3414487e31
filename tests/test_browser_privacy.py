"""The Privacy page in a real browser: its point, its sections on a phone, and who can use it."""

from tests.browser import axe_violations, idle, open_page, set_scheme

SMALL = (
    "privacy?story=Yours&dataset=iris&learner=naive_bayes&first=6&batch=6&budget=36&seeds=3"
    "&epsilons=%5B1.0%2C1000.0%5D&show=run"
)
NARROW = {"width": 390, "height": 844}


def test_the_point_comes_without_touching_anything(server, page):
    open_page(page, server, "privacy")
    page.get_by_text("Finished: 160 runs.").wait_for()
    headline = page.locator(".privacy-headline")
    headline.get_by_text("private choice cannot be told from random").wait_for()
    page.get_by_text("After round 13: ε = 2.9 of 3 spent").wait_for()
    assert page.locator("[data-testid='stVegaLiteChart']").count() >= 2
    assert page.url.endswith("/privacy")


def test_all_sections_on_a_phone_and_for_everybody(server, page):
    page.set_viewport_size(NARROW)
    open_page(page, server, SMALL)
    page.get_by_text("Finished: 18 runs.").wait_for()
    page.get_by_text("Threat model: who sees what").click()
    page.get_by_role("table", name="Who sees what").wait_for()
    idle(page)
    main = page.locator("[data-testid='stMain']")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, "nothing is cut off at the side"
    for scheme in ("light", "dark"):
        set_scheme(page, scheme)
        assert not axe_violations(page)
    page.get_by_role("radio", name="Does it leak?").click()
    page.locator(".privacy-headline").get_by_text("gives away at least").wait_for()
    assert "section=leak" in page.url
    plot = page.locator("[data-testid='stVegaLiteChart'] svg").first
    assert plot.bounding_box()["width"] > 300
    idle(page)
    assert not axe_violations(page)
