"""The Teams page in a real browser: a team is simulated, answered for, and fits a phone."""

import re

from tests.browser import SCHEMES, axe_violations, idle, open_page, set_scheme

QUICK = "teams?dataset=iris&learner=naive_bayes&first=6&budget=36&seeds=3&agents=4&story=Yours&show=run"


def test_a_team_is_simulated_and_the_page_fits_everybody(server, page):
    open_page(page, server, QUICK)
    page.get_by_text("Finished:").first.wait_for()
    idle(page)
    assert "four annotators (hash shards)" in page.locator(".teams-headline").inner_text()
    assert (
        page.locator('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg').count()
        >= 5
    )
    page.get_by_text("Every way of working in numbers").click()
    page.locator(".answer-table").wait_for()
    for scheme in SCHEMES:
        set_scheme(page, scheme)
        idle(page)
        assert axe_violations(page) == []
    page.set_viewport_size({"width": 390, "height": 1200})
    idle(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing to scroll sideways"


def test_the_first_story_begins_by_itself_and_stops(fresh_server, page):
    open_page(page, fresh_server, "teams")
    page.get_by_text(re.compile(r"^[1-9]\d* of \d+ projects simulated")).first.wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("projects simulated.").wait_for()
    idle(page)
    assert "show=stopped" in page.url
    assert page.get_by_role("button", name="Go on", exact=True).is_enabled()
