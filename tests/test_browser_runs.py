"""The Runs page in a real browser: select, open, stop, two visitors, and what is taken along from Compare."""

import json
import re

import pytest

from tests.browser import (
    SCHEMES,
    axe_violations,
    button,
    console_errors,
    idle,
    new_context,
    new_page,
    open_page,
    set_scheme,
)
from tests.waiting import until

ONE = "playground?dataset.rows=200&budget=40&show=run&seed=71"
FEW = "compare?dataset=wine&first=9&batch=6&budget=45&seeds=2&vs=margin&show=run"
LONG = "playground?dataset=digits&acquisition=vote_entropy&committee.members=50&batch=1&budget=400&show=run"
HEAD, ROW = 38, 35
SECRET = "nobody_else_may_read_this"


def tick(page, line: int) -> None:
    """Click the box at the left of a line."""
    box = page.locator('[data-testid="stDataFrame"] canvas').first.bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + HEAD + ROW * (line + 0.5))


@pytest.fixture
def filled(server, page):
    """A server with a finished run and a finished comparison."""
    open_page(page, server, ONE)
    page.get_by_text("Finished:").first.wait_for()
    open_page(page, server, FEW)
    until(lambda: button(page, "Report").count() and button(page, "Report").is_enabled(), every=0.1)
    return page


def test_select_a_run_and_open_it(server, filled):
    page = filled
    open_page(page, server, "runs?list=single")
    tick(page, 0)
    button(page, "Open in Playground").click()
    page.get_by_role("heading", name="Playground").wait_for()
    page.get_by_text("Finished:").first.wait_for()
    assert "seed=71" in page.url
    assert console_errors(page) == []


def test_select_a_comparison_and_open_it(server, filled):
    page = filled
    open_page(page, server, "runs")
    tick(page, 0)
    button(page, "Open in Compare").click()
    page.get_by_role("heading", name="Compare").wait_for()
    idle(page)
    assert "seeds=2" in page.url and "dataset=wine" in page.url


@pytest.mark.parametrize("scheme", SCHEMES)
def test_list_is_accessible_with_lines_selected(server, filled, scheme):
    page = filled
    open_page(page, server, "runs?list=single")
    set_scheme(page, scheme)
    tick(page, 0)
    tick(page, 1)
    button(page, "Compare these").wait_for()
    idle(page)
    assert axe_violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    idle(page)
    narrow = "document.querySelector('[data-testid=\"stMain\"]').scrollWidth <= 390"
    page.wait_for_function(narrow, timeout=5000)
    assert axe_violations(page) == []


def test_live_run_is_seen_to_go_on_and_is_stopped(server, page):
    open_page(page, server, LONG)
    page.get_by_text("after").first.wait_for()
    open_page(page, server, "runs?list=single&state=live")
    tick(page, 0)
    button(page, "Stop").click()
    page.get_by_text("Nothing here fits").or_(button(page, "Resume")).first.wait_for()


def test_report_and_notebook_are_taken_along(server, filled, browser):
    page = filled
    open_page(page, server, FEW)
    until(lambda: button(page, "Report").count() and button(page, "Report").is_enabled(), every=0.1)
    with page.expect_download() as wait:
        button(page, "Report").click()
    report = wait.value.path().read_text(encoding="utf-8")
    assert wait.value.suggested_filename.endswith(".html")
    assert "against random on wine" in report and "seeds=2" in report
    with page.expect_download() as wait:
        button(page, "Notebook").click()
    assert json.loads(wait.value.path().read_text(encoding="utf-8"))["nbformat"] == 4
    button(page, "Tables").click()
    with page.expect_download() as wait:
        page.locator(".st-key-compare-take-curves-csv button").first.click()
    assert wait.value.path().read_text().startswith("dataset,strategy,seed,round")
    context = new_context(browser, offline=True)
    alone = new_page(context)
    alone.set_content(report)
    assert alone.locator("svg").count() >= 2
    assert axe_violations(page) == []
    assert console_errors(alone) == []
    context.close()


def test_uploaded_rows_and_their_runs_are_one_visitors_alone(server, browser, page, tmp_path):
    """Two visitors on one server: what the first makes of a table of her own the second cannot find."""
    rows = [f"{i % 17},{i * 7 % 29},{'yes' if i % 17 + i * 7 % 29 > 20 else 'no'}" for i in range(120)]
    table = tmp_path / "mine.csv"
    table.write_text("\n".join([f"a,b,{SECRET}", *rows]))
    open_page(page, server, "playground?dataset=upload&budget=40")
    page.locator('input[type="file"]').first.set_input_files(table)
    page.get_by_text("120 rows").wait_for()
    idle(page)
    button(page, "Run").click()
    page.get_by_text("Finished:").first.wait_for()
    own_address = page.url
    assert "120" not in own_address and "yes" not in own_address
    open_page(page, server, "runs?list=single&whose=mine")
    page.get_by_text(re.compile("1 to 2 of 2")).wait_for()

    context = new_context(browser)
    other = new_page(context)
    open_page(other, server, "runs?list=all&whose=mine")
    other.get_by_text("Nothing here fits").wait_for()
    open_page(other, server, own_address.removeprefix(str(server)))
    idle(other)
    assert other.get_by_text("Finished:").count() == 0, "the link of an own table shows its settings only"
    context.close()

    open_page(page, server, "runs?list=single&whose=mine")
    tick(page, 0)
    page.get_by_role("button", name="Delete 1").click()
    button(page, "Delete").click()
    page.get_by_text(re.compile("1 to 1 of 1")).wait_for()
    assert SECRET not in (server.home / "server.log").read_text()
