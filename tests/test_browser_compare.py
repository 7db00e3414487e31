"""The Compare page in a real browser: run, watch, stop, come back, share, highlight, download."""

import csv
import re

import pytest

from tests.browser import (
    SCHEMES,
    axe_violations,
    button,
    console_errors,
    finished,
    idle,
    new_context,
    new_page,
    open_page,
    set_scheme,
    status,
)
from tests.waiting import until

FAST = "compare?dataset=blobs&first=10&budget=40&seeds=3&vs=margin,hybrid"
SLOW = "compare?vs=committee_vote,bald&seeds=20&budget=200&committee.members=50"


def made(page) -> int:
    found = re.search(r"([\d,]+) of", status(page))
    return int(found[1].replace(",", "")) if found else 0


def test_run_ends_with_a_verdict_curves_and_tables(server, page):
    open_page(page, server, FAST)
    assert button(page, "Stop").is_disabled()
    button(page, "Run").click()
    assert finished(page).startswith("Finished: 9 runs.")
    assert "show=run" in page.url
    assert page.locator('[data-testid="stVegaLiteChart"]').count() == 2
    assert "Too few seeds for a verdict" in page.locator(".st-key-compare_verdict").inner_text()
    page.get_by_role("radio", name="Wins", exact=True).click()
    page.get_by_text("Won, tied, lost").first.wait_for()
    idle(page)
    assert "tab=wins" in page.url
    assert axe_violations(page) == []


def test_live_runs_stop_at_once_and_survive_reload_and_page_switch(server, page):
    open_page(page, server, SLOW)
    button(page, "Run").click()
    until(lambda: made(page) > 2, every=0.05)
    page.reload()
    first = until(lambda: made(page), every=0.05)
    until(lambda: made(page) > first, every=0.05)
    page.get_by_role("link", name="Home", exact=True).click()
    page.wait_for_url("**/")
    idle(page)
    page.locator('[data-testid="stTopNavSection"]').first.click()
    page.get_by_role("menuitem", name="Compare").click()
    until(lambda: made(page) >= first, every=0.05)
    button(page, "Stop").click()
    page.get_by_text("are there.").first.wait_for()
    idle(page)
    stopped = made(page)
    assert 2 < stopped < 60
    page.wait_for_timeout(1500)
    assert made(page) == stopped
    assert "show" not in page.url


def test_copied_address_gives_another_visitor_the_result_at_once(browser, server, page):
    open_page(page, server, f"{FAST}&seed=7&metric=macro_f1&tab=savings")
    button(page, "Run").click()
    mine = finished(page)
    verdict = page.locator(".st-key-compare_verdict").inner_text()
    context = new_context(browser)
    other = new_page(context)
    other.goto(page.url.replace("show=run&", "").replace("&show=run", ""))
    assert finished(other) == mine
    assert other.locator(".st-key-compare_verdict").inner_text() == verdict
    assert console_errors(other) == []
    context.close()


def test_legend_is_reached_by_keyboard_and_makes_a_line_stand_out(server, page):
    open_page(page, server, f"{FAST}&show=run")
    finished(page)
    pill = page.locator(".st-key-compare_legend").get_by_role("button").nth(1)
    pill.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("lit="))
    idle(page)
    faint = page.locator('[data-testid="stVegaLiteChart"]').first.locator('path[opacity="0.15"]')
    until(lambda: faint.count() >= 1)


def test_table_is_a_file(server, page):
    open_page(page, server, f"{FAST}&show=run")
    finished(page)
    with page.expect_download() as waiting:
        button(page, "CSV").first.click()
    rows = list(csv.DictReader(waiting.value.path().read_text(encoding="utf-8").splitlines()))
    assert rows[0]["strategy"] == "Random"
    assert all(0 < float(r["area"]) <= 1 for r in rows)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_bars_the_way_for_assistive_technology(server, page, scheme):
    open_page(page, server, f"{FAST}&show=run&tab=target")
    finished(page)
    set_scheme(page, scheme)
    assert axe_violations(page) == []
    page.locator(".st-key-compare_who summary").first.click()
    page.get_by_text("Different for this one").wait_for()
    idle(page)
    assert axe_violations(page) == []


def test_a_phone_has_no_sideways_scroll(browser, server):
    context = new_context(browser, viewport={"width": 390, "height": 844})
    phone = new_page(context)
    open_page(phone, server, f"{FAST}&show=run&tab=wins")
    finished(phone)
    wide = phone.evaluate(
        "(() => { const m = document.querySelector('[data-testid=\"stMain\"]'); return m.scrollWidth - "
        "m.clientWidth })()"
    )
    assert wide <= 0
    context.close()
