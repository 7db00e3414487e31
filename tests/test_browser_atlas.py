"""The Atlas in a real browser: cards first, pictures after, every step by keyboard, nothing jumps."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pages.ui.atlas_entries import items
from tests.browser import (
    ROOT,
    SCHEMES,
    TIMEOUT,
    WIDTHS,
    axe_violations,
    idle,
    open_page,
    set_scheme,
    start_server,
)

ALL_THERE = """() => {
    const roots = [...document.querySelectorAll("*")].map(e => e.shadowRoot).filter(Boolean)
    const found = roots.flatMap(root => [...root.querySelectorAll(".picture img")])
    return found.length > 0 && found.every(image => image.complete && image.naturalWidth)
}"""


# Rings of a timer that are on their way already when a link is clicked.
RING_LATE = "const stop = clearInterval; window.clearInterval = id => setTimeout(() => stop(id), 500)"


def card(page, name):
    return page.get_by_role("link", name=name, exact=True)


def pictures(page) -> None:
    page.wait_for_function(ALL_THERE, timeout=TIMEOUT)
    idle(page)


def test_cards_come_first_and_pictures_take_the_place_kept_for_them(fresh_server, page):
    """On a server that has drawn nothing yet, and without scikit-learn in its process."""
    page.goto(f"{fresh_server}/atlas?kind=select", wait_until="domcontentloaded")
    card(page, "Top").wait_for()
    last = card(page, items("select")[-1].label)
    before = last.bounding_box()
    pictures(page)
    after = last.bounding_box()
    assert after == pytest.approx(before, abs=1), "nothing moved"
    maps = Path(f"/proc/{fresh_server.process.pid}/maps").read_text()
    assert "sklearn" not in maps, "the web server imported scikit-learn"


def test_a_warm_server_shows_everything_at_once(server, page):
    open_page(page, server, "/atlas")
    pictures(page)
    page.get_by_text("Learner", exact=True).click()
    card(page, "Random forest").wait_for()
    pictures(page)
    started = time.monotonic()
    page.get_by_text("Recipes", exact=True).first.click()
    card(page, "Core-set").wait_for()
    page.wait_for_function(ALL_THERE, timeout=TIMEOUT)
    assert time.monotonic() - started < 1.5, "no new picture is needed"


def test_card_opens_its_entry_and_the_way_back_leads_to_it(server, page):
    open_page(page, server, "/atlas?kind=acquisition")
    link = card(page, "KL to consensus")
    assert link.get_attribute("href").endswith("/atlas?kind=acquisition&item=kl_to_consensus")
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="KL to consensus", level=1).wait_for()
    page.wait_for_url("**/atlas?kind=acquisition&item=kl_to_consensus")
    idle(page)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollTop") == 0
    page.get_by_role("link", name="All acquisition functions").click()
    page.get_by_role("heading", name="Atlas", level=1).wait_for()
    page.wait_for_url("**/atlas?kind=acquisition")
    expect(card(page, "KL to consensus")).to_be_focused()
    assert card(page, "KL to consensus").is_visible()


def test_back_and_forward(server, page):
    open_page(page, server, "/atlas")
    card(page, "BADGE").click()
    page.get_by_role("heading", name="BADGE", level=1).wait_for()
    idle(page)
    page.get_by_role("link", name="Selection: BADGE").click()
    page.wait_for_url("**/atlas?kind=select&item=badge")
    page.get_by_text("Selector · hybrid").wait_for()
    idle(page)
    page.go_back()
    page.get_by_text("Recipe · batch").wait_for()
    idle(page)
    page.go_back()
    page.get_by_role("heading", name="Atlas", level=1).wait_for()
    idle(page)
    page.go_forward()
    page.get_by_role("heading", name="BADGE", level=1).wait_for()


@pytest.fixture
def slow_server(browser, tmp_path):
    """An app whose runs begin late and whose pictures never come, so that timers ring all the time."""
    running = start_server(
        tmp_path / "home",
        "tests/slow_app.py",
        PYTHONPATH=str(ROOT),
        STREAMLIT_SERVER_FILE_WATCHER_TYPE="none",  # a reloaded module would forget to be slow
    )
    yield running
    running.stop()


def test_a_click_is_not_undone_by_a_timer_that_rings_before_it_is_answered(slow_server, page):
    page.add_init_script(RING_LATE)
    page.goto(f"{slow_server}/atlas", wait_until="domcontentloaded")
    card(page, "BADGE").click()
    page.wait_for_url("**/atlas?item=badge")
    for link, address, shown in (
        ("Selection: BADGE", "/atlas?kind=select&item=badge", "Selector · hybrid"),
        ("DropQuery", "/atlas?kind=select&item=dropquery", "DropQuery"),
        ("All selectors", "/atlas?kind=select", "Selectors ("),
    ):
        page.get_by_text("Drawing the map").wait_for()
        page.get_by_role("link", name=link, exact=True).click()
        page.wait_for_url(f"**{address}")
        page.get_by_text(shown).first.wait_for()
        page.wait_for_timeout(1500)  # rings and runs that are still under way
        expect(page).to_have_url(f"{slow_server}{address}")
        expect(page.get_by_text(shown).first).to_be_visible()


def test_links_within_the_page_are_real_links(server, page):
    open_page(page, server, "/atlas?item=badge&on=xor")
    link = page.get_by_role("link", name="Selection: BADGE")
    assert link.get_attribute("href") == "/atlas?kind=select&item=badge&on=xor"
    with page.context.expect_page() as opened:
        link.click(modifiers=["ControlOrMeta"])
    opened.value.get_by_text("Selector · hybrid").wait_for()
    opened.value.close()
    assert page.url.endswith("/atlas?item=badge&on=xor"), "this tab stays"
    expect(page.get_by_role("list").get_by_role("link", name="Selection: BADGE")).to_be_visible()
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/atlas?kind=select&item=badge&on=xor")
    page.get_by_text("Selector · hybrid").wait_for()
    idle(page)
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_search_as_one_types_and_the_address_says_it(server, page):
    open_page(page, server, "/atlas?kind=acquisition")
    page.get_by_role("searchbox", name="Search").or_(page.get_by_label("Search")).first.press_sequentially(
        "vote", delay=40
    )
    expect(card(page, "Novelty")).to_have_count(0, timeout=TIMEOUT)
    card(page, "Vote entropy").wait_for()
    page.wait_for_url("**/atlas?kind=acquisition&q=vote")
    page.get_by_role("link", name="other chapters").click()
    page.wait_for_url("**/atlas?kind=all&q=vote")
    card(page, "Committee vote").wait_for()
    page.reload()
    card(page, "Committee vote").wait_for()


def test_door_opens_the_playground_with_it_chosen(server, page):
    open_page(page, server, "/atlas?kind=acquisition&item=bald&on=xor")
    page.locator(".st-key-atlas_map canvas, .st-key-atlas_map svg").first.wait_for()
    page.get_by_role("link", name="Try it in the Playground").click()
    page.wait_for_url("**/playground?*")
    page.get_by_role("heading", name="Playground", level=1).wait_for()
    idle(page)
    for part in ("dataset=xor", "acquisition=bald", "heat=bald"):
        assert part in page.url


@pytest.mark.parametrize("path", ["/atlas", "/atlas?kind=acquisition&item=density"])
def test_everybody_can_read_it(server, page, path):
    open_page(page, server, path)
    if "item" in path:
        page.locator(".st-key-atlas_map canvas, .st-key-atlas_map svg").first.wait_for()
    else:
        pictures(page)
    for scheme in SCHEMES:
        set_scheme(page, scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 1200})
            page.wait_for_timeout(300)
            assert axe_violations(page) == [], f"{scheme} {width}"
            wide = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth")
            assert wide <= width, "nothing sticks out to the side"


def test_columns(server, page):
    open_page(page, server, "/atlas")
    names = [item.label for item in items("recipe")[:5]]
    for width, per_row in ((1440, 4), (390, 1)):
        page.set_viewport_size({"width": width, "height": 1200})
        page.wait_for_timeout(300)
        tops = [card(page, name).bounding_box()["y"] for name in names]
        assert sum(abs(top - tops[0]) < 2 for top in tops) == per_row
