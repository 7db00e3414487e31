"""The frame in a real browser: every address, the menu, the visitor's cookie, errors, contrast."""

import ast
import re
import urllib.request

import pytest

from tests.browser import (
    ROOT,
    SCHEMES,
    axe_violations,
    forgive,
    idle,
    new_context,
    new_page,
    open_page,
    set_scheme,
)

FRAME = ROOT / "pages" / "main.py"


def registered_pages() -> list[list[tuple[str, str, str]]]:
    """Read the table PAGES of the frame without running it: groups of (file, title, address)."""
    for node in ast.parse(FRAME.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PAGES":
            return list(ast.literal_eval(node.value).values())
    raise AssertionError("pages/main.py has no table PAGES")


GROUPS = registered_pages()
FIRST = [group[0] for group in GROUPS]
PAGES = [page for group in GROUPS for page in group]
every_page = pytest.mark.parametrize(("file", "title", "address"), PAGES, ids=[p[0] for p in PAGES])


def no_dialog(page) -> bool:
    return page.get_by_role("dialog").count() == 0


@pytest.mark.parametrize(("file", "title", "address"), FIRST, ids=[p[0] for p in FIRST])
def test_address_opens_as_the_first_request_of_a_fresh_server(fresh_server, page, file, title, address):
    requested = []
    page.on("request", lambda r: requested.append(r.url))
    open_page(page, fresh_server, address)
    assert no_dialog(page)
    assert page.locator("h1").count() == 1
    assert re.search(rf"/{address}(\?|$)", page.url)
    assert page.title() == f"{title} · Active learning"
    outside = [u for u in requested if not u.startswith((str(fresh_server), "data:", "blob:"))]
    assert not outside, "nothing may be fetched from elsewhere"
    log = fresh_server.log()
    assert "Traceback" not in log, log[-3000:]


def test_unknown_address_shows_the_first_page(server, page):
    open_page(page, server, "no-such-page")
    page.get_by_role("dialog").get_by_text("Page not found").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert page.locator("h1").is_visible()
    forgive(page, "does not seem to exist")


def test_visitor_is_known_from_the_first_visit_on(browser, one_page, page):
    """The page sees the cookie on its first run and after a reload; another browser has another."""
    running = one_page("visitor")
    seen = []
    for _ in range(2):
        open_page(page, running)
        seen.append(page.get_by_text("visitor:").inner_text())
    cookie = visitor_cookie(page)
    assert seen == [f"visitor:{cookie['value']}:cookie"] * 2
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and not cookie["secure"]
    context = new_context(browser)
    other = new_page(context)
    open_page(other, running)
    assert visitor_cookie(other)["value"] in other.get_by_text("visitor:").inner_text()
    assert visitor_cookie(other)["value"] != cookie["value"]
    context.close()


def test_malformed_cookie_is_replaced(one_page, page):
    running = one_page("visitor")
    page.context.add_cookies([{"name": "visitor", "value": "../../etc", "url": running.url}])
    open_page(page, running)
    assert page.get_by_text("visitor:").inner_text() == f"visitor:{visitor_cookie(page)['value']}:cookie"


def visitor_cookie(page):
    return next(c for c in page.context.cookies() if c["name"] == "visitor")


def test_cookie_survives_a_reload_of_the_app(server, page):
    open_page(page, server)
    first = visitor_cookie(page)["value"]
    page.reload()
    idle(page)
    assert visitor_cookie(page)["value"] == first


def test_error_shows_a_sentence_and_logs_the_traceback(one_page, page):
    running = one_page("broken")
    open_page(page, running)
    page.get_by_text("something went wrong").wait_for()
    text = page.locator("body").inner_text()
    assert "secret detail" not in text and "Traceback" not in text
    reference = re.search(r"reference ([0-9a-f]{6})", text)
    assert reference and reference[1] in running.log()
    assert "secret detail" in running.log() and "Traceback" in running.log()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_theme_has_contrast(one_page, page, scheme):
    open_page(page, one_page("widgets"))
    set_scheme(page, scheme)
    idle(page)
    assert axe_violations(page) == []


@every_page
def test_page_is_accessible_and_fits_a_phone(server, page, file, title, address):
    open_page(page, server, f"{address}?show=stopped" if file.startswith("people/") else address)
    for scheme in SCHEMES:
        set_scheme(page, scheme)
        idle(page)
        assert axe_violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function('document.querySelector("[data-testid=stMain]").clientWidth <= 390')
    idle(page)
    wide = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth")
    assert wide <= 390, "the page scrolls sideways on a phone"
    assert axe_violations(page) == []


def test_headers_of_a_page_and_of_its_files(server):
    def head(path: str, **headers: str):
        with urllib.request.urlopen(urllib.request.Request(server.url + path, headers=headers)) as answer:
            return answer.headers

    page = head("/playground", Accept="text/html", **{"X-Forwarded-Proto": "https"})
    assert page["X-Content-Type-Options"] == "nosniff"
    assert "; Secure" in page["Set-Cookie"]
    assert "Secure" not in head("/", Accept="text/html")["Set-Cookie"]
    assert not head("/", Accept="text/html")["X-Frame-Options"], "it may be shown in a frame"
    assert head("/", Accept="text/html", Cookie="visitor=" + "a" * 32)["Set-Cookie"] is None
    assert "visitor" not in (head("/_stcore/health", Accept="*/*")["Set-Cookie"] or "")
