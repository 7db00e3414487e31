"""The Annotators page in a real browser: the point is there by itself, and is reached by everybody."""

import pytest

from tests.browser import (
    SCHEMES,
    axe_violations,
    console_errors,
    idle,
    new_context,
    new_page,
    open_page,
    set_scheme,
)

QUICK = (
    "annotators?show=run&seeds=6&money=60.0&dataset=moons&dataset.rows=300"
    "&policies=%5B%22majority%22%2C%22dawid_skene%22%5D"
)


def test_a_story_answers_by_itself_and_the_next_one_is_a_click_away(server, page):
    open_page(page, server, "annotators")
    page.get_by_text("Finished: 5 policies, 20 seeds.").wait_for(timeout=120_000)
    idle(page)
    said = page.locator(".annotators-headline").inner_text()
    assert said.startswith("Three answers, Dawid-Skene: accuracy") and "one answer each reaches" in said
    assert page.url.endswith("/annotators")
    page.get_by_role("radio", name="When it does not help").click()
    page.get_by_text("Finished: 5 policies, 20 seeds.").wait_for(timeout=120_000)
    page.get_by_text("wastes money").wait_for()
    assert "people=recorded" in page.url
    assert console_errors(page) == []


@pytest.mark.parametrize(("width", "scheme"), list(zip([1440, 390], SCHEMES, strict=True)))
def test_finished_page_is_accessible_and_fits_the_window(browser, server, width, scheme):
    context = new_context(browser, viewport={"width": width, "height": 1400})
    page = new_page(context)
    open_page(page, server, QUICK)
    set_scheme(page, scheme)
    page.get_by_text("Finished: 3 policies, 6 seeds.").wait_for(timeout=120_000)
    page.get_by_text("The annotators", exact=True).click()
    page.get_by_text("A ready-made team").wait_for()
    idle(page)
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert console_errors(page) == []
    context.close()
