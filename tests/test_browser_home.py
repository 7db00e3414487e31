"""The home page in a real browser: the race plays, can be paused by keyboard, and does not flicker."""

import re

import pytest
from playwright.sync_api import expect

from pages.ui.race_show import Show
from tests.browser import TIMEOUT, console_errors, idle, new_context, new_page, open_page

WATCH = """
window.removed = 0
new MutationObserver(records => {
    for (const record of records) for (const node of record.removedNodes)
        if (node.matches && (node.matches('.marks') || node.querySelector('.marks'))) window.removed += 1
}).observe(document, {subtree: true, childList: true})
"""
ROUNDS = Show().rounds


@pytest.fixture
def moving(browser):
    """Return a tab of a visitor who does not mind motion."""
    context = new_context(browser, reduced_motion="no-preference")
    page = new_page(context)
    yield page
    assert console_errors(page) == []
    context.close()


def verdict(page):
    return page.locator(".race-verdict")


def curve(page):
    return page.get_by_label("Learning curves").locator("svg.marks")


def round_shown(page) -> int:
    found = re.search(r"Round (\d+) of", verdict(page).inner_text())
    return int(found[1]) if found else 0


def test_page_is_there_before_the_race(fresh_server, moving):
    """On a server that has computed nothing yet the text comes first, and the race starts by itself."""
    moving.goto(str(fresh_server), wait_until="domcontentloaded")
    moving.locator("h1").wait_for()
    places = [moving.locator(f".st-key-home_map_{name}").bounding_box() for name in ("random", "margin")]
    expect(verdict(moving)).to_contain_text("Round", timeout=TIMEOUT)
    moving.locator(".st-key-home_map_margin svg.marks").wait_for()
    for name, place in zip(("random", "margin"), places, strict=True):
        now = moving.locator(f".st-key-home_map_{name}").bounding_box()
        assert now["height"] == pytest.approx(place["height"], abs=2), "the map took the place kept for it"


def test_race_plays_to_its_end_without_redrawing(server, moving):
    moving.add_init_script(WATCH)
    open_page(moving, server)
    moving.locator(".st-key-home_map_margin svg.marks").wait_for()
    curve(moving).wait_for()
    before = moving.evaluate("window.removed")
    expect(verdict(moving)).to_contain_text("One run is an anecdote", timeout=TIMEOUT)
    idle(moving)
    assert moving.evaluate("window.removed") == before, "a drawing was thrown away and made anew"
    labels = moving.locator(".race-note").all_inner_texts()
    assert labels == ["with 44 labels"] * 2
    expect(moving.get_by_role("button", name="Play again")).to_be_visible()


def test_race_is_paused_and_goes_on_by_keyboard(server, moving):
    open_page(moving, server)
    expect(verdict(moving)).to_contain_text("Round", timeout=TIMEOUT)
    moving.get_by_role("button", name="Pause").focus()
    moving.keyboard.press("Enter")
    play = moving.get_by_role("button", name="Play", exact=True)
    play.wait_for()
    idle(moving)
    shown = round_shown(moving)
    moving.wait_for_timeout(1500)
    assert 0 < round_shown(moving) == shown < ROUNDS
    play.focus()
    moving.keyboard.press("Space")
    expect(verdict(moving)).not_to_contain_text(f"Round {shown} of", timeout=TIMEOUT)


def test_stillness_is_respected(server, page):
    """Who prefers reduced motion is shown the end as soon as the browser has said so."""
    page.add_init_script(
        """window.rounds = []
        setInterval(() => {
            const found = /Round (\\d+) of/.exec(document.querySelector('.race-verdict')?.textContent ?? '')
            if (found) window.rounds.push(Number(found[1]))
        }, 50)"""
    )
    open_page(page, server)
    expect(verdict(page)).to_contain_text("One run is an anecdote", timeout=TIMEOUT)
    assert len(set(page.evaluate("window.rounds"))) <= 3, (
        "only what was shown before the browser could answer"
    )


def test_curve_tells_every_value_at_the_pointer(server, page):
    open_page(page, server)
    expect(verdict(page)).to_contain_text("One run is an anecdote", timeout=TIMEOUT)
    idle(page)
    box = curve(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.move(box["x"] + box["width"] * 0.52, box["y"] + box["height"] * 0.5)
    told = page.locator("#vg-tooltip-element.visible")
    told.wait_for()
    text = told.inner_text()
    assert re.search(r"Labels\s*\d+", text)
    assert len(re.findall(r"\d+\.\d%", text)) == 2 and "random" in text and "active" in text


def test_door_opens_the_experiment_it_promises(server, page):
    open_page(page, server)
    expect(verdict(page)).to_contain_text("One run is an anecdote", timeout=TIMEOUT)
    page.get_by_role("link", name="Watch it think").click()
    page.wait_for_url("**/playground?*")
    page.get_by_role("heading", name="Playground", level=1).wait_for()
    idle(page)
    assert "acquisition=entropy" in page.url and "dataset.noise=0.15" in page.url


def test_another_seed_races_anew(server, page):
    open_page(page, server)
    expect(verdict(page)).to_contain_text("One run is an anecdote", timeout=TIMEOUT)
    first = page.locator(".st-key-home_map_random image").get_attribute("href")
    page.get_by_role("button", name="Another seed").click()
    expect(page.locator(".st-key-home_map_random image")).not_to_have_attribute(
        "href", first, timeout=TIMEOUT
    )
    expect(verdict(page)).to_contain_text("One run is an anecdote", timeout=TIMEOUT)
