"""The Playground in a real browser: run, watch, stop, come back, share, download, upload."""

import csv
import json
import random
import re
from urllib.parse import urlencode

import pytest

from alcore import Choice, Spec
from alcore.link import to_query
from tests.browser import (
    LOOKS,
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

FAST = "playground?dataset.rows=200&budget=40"
SLOW = Spec(  # each round fits 50 committee members: long enough to be watched
    dataset="digits",
    acquisition="vote_entropy",
    committee=Choice.of("bagged", members=50),
    batch=1,
    budget=400,
)


def labels(page) -> int:
    found = re.search(r"after ([\d,]+) labels", status(page))
    return int(found[1].replace(",", "")) if found else 0


def address(spec: Spec, **view: str) -> str:
    return f"playground?{urlencode(to_query(spec) | view)}"


def test_run_draws_both_curves_and_a_map(server, page):
    open_page(page, server, FAST)
    assert page.locator('[data-testid="stVegaLiteChart"]').count() == 2, "the data are there before any run"
    assert button(page, "Stop").is_disabled()
    button(page, "Run").click()
    assert "Margin" in finished(page)
    assert "Random" in status(page)
    assert "show=run" in page.url
    assert button(page, "Run").is_disabled()
    page.get_by_text("Worked out for").wait_for()
    assert axe_violations(page) == []


def test_live_run_grows_stops_at_once_and_survives_reload_and_page_switch(server, page):
    open_page(page, server, address(SLOW))
    button(page, "Run").click()
    first = until(lambda: labels(page), every=0.05)
    until(lambda: labels(page) > first, every=0.05)
    button(page, "Stop").click()
    page.get_by_text("Stopped after").wait_for()
    idle(page)
    stopped = labels(page)
    assert first < stopped < 400
    page.reload()
    page.get_by_text("Stopped after").wait_for()
    idle(page)
    assert labels(page) == stopped
    page.get_by_role("link", name="Home", exact=True).click()
    page.wait_for_url("**/")
    idle(page)
    page.locator('[data-testid="stTopNavSection"]').first.click()
    page.get_by_role("menuitem", name="Playground").click()
    page.get_by_text("Stopped after").wait_for()
    idle(page)
    assert labels(page) == stopped
    assert f"seed={SLOW.seed}" in page.url or SLOW.seed == 0
    button(page, "Resume").click()
    until(lambda: labels(page) > stopped, every=0.05)
    button(page, "Reset").click()
    page.get_by_text("to watch").wait_for()
    idle(page)
    assert "show" not in page.url


def test_copied_address_gives_another_visitor_the_same_numbers(browser, server, page):
    open_page(page, server, f"{FAST}&acquisition=entropy&seed=11&metric=log_loss&tab=results")
    button(page, "Run").click()
    mine = finished(page)
    table = page.locator('[data-testid="stTable"]').inner_text()
    context = new_context(browser)
    other = new_page(context)
    other.goto(page.url)
    other.locator("h1").wait_for()
    assert finished(other) == mine, "an address of a run that was started starts it"
    without_time = re.compile(r"Computing time.*")
    theirs = other.locator('[data-testid="stTable"]').inner_text()
    assert without_time.sub("", theirs) == without_time.sub("", table)
    assert console_errors(other) == []
    context.close()


def test_permanent_link_opens_the_same_experiment(browser, server, page):
    open_page(page, server, f"{FAST}&seed=12&show=run")
    mine = finished(page)
    button(page, "Link").click()
    link = page.locator('[data-testid="stCode"]').nth(1).inner_text().strip()
    assert "spec=1" in link
    context = new_context(browser)
    other = new_page(context)
    other.goto(link)
    assert finished(other) == mine
    context.close()


def test_back_and_forward_walk_through_the_experiments(server, page):
    open_page(page, server, FAST)
    page.get_by_text("Split and seed").click()
    seed = page.get_by_label("Seed", exact=True)
    for value in ("1", "2"):
        seed.fill(value)
        seed.press("Enter")
        page.wait_for_url(f"**seed={value}*")
        idle(page)
    page.go_back()
    page.wait_for_url("**seed=1*")
    until(lambda: seed.input_value() == "1", every=0.05)
    page.go_forward()
    page.wait_for_url("**seed=2*")
    until(lambda: seed.input_value() == "2", every=0.05)


def test_round_slider_replays_and_a_click_on_the_map_explains(server, page):
    open_page(page, server, f"{FAST}&show=run")
    finished(page)
    slider = page.get_by_role("slider", name="Round")
    newest = int(slider.input_value())
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**round={newest - 1}*")
    page.get_by_text(f"It was asked in round {newest - 1}.").wait_for()
    idle(page)
    page.wait_for_timeout(500)
    box = page.locator('[data-testid="stVegaLiteChart"]').first.bounding_box()
    for step in range(80):  # points are small: try places until one is hit
        x = box["x"] + box["width"] * (0.25 + 0.05 * (step % 12))
        y = box["y"] + box["height"] * (0.35 + 0.05 * (step // 12))
        page.mouse.click(x, y)
        page.wait_for_timeout(60)
        if "row=" in page.url:
            break
    page.wait_for_url("**row=*")
    idle(page)
    assert page.get_by_text("Everything here is what the learner knew").is_visible()


def test_downloads_hold_every_query(server, page):
    open_page(page, server, f"{FAST}&show=run")
    finished(page)
    files = {}
    for name in ("Curves (CSV)", "Queries (CSV)", "Queries (JSON)"):
        button(page, "Download").click()
        with page.expect_download() as waiting:
            button(page, name).click()
        files[name] = waiting.value.path().read_text(encoding="utf-8")
        page.keyboard.press("Escape")
    rows = list(csv.DictReader(files["Queries (CSV)"].splitlines()))
    assert len(rows) == 80
    assert len(json.loads(files["Queries (JSON)"])["queries"]) == 80
    assert {"run", "labels", "metric", "value"} <= set(files["Curves (CSV)"].splitlines()[0].split(","))


@pytest.fixture
def odd_table(tmp_path):
    """A table as spreadsheets abroad write it: semicolons, decimal commas, Latin-1, gaps, an identifier."""
    draw = random.Random(1)
    lines = ["Kürzel;Alter;Stadt;Einkommen;churn"]
    for k in range(240):
        age, income = draw.randint(18, 80), draw.gauss(3000, 800)
        town = draw.choice(["Köln", "München", "Bonn", ""])
        churn = "ja" if 30 * age + 0.3 * income + draw.gauss(0, 300) > 2400 else "nein"
        lines.append(f"k{k};{age};{town};{income:.2f};{churn}".replace(".", ","))
    file = tmp_path / "odd.csv"
    file.write_text("\n".join(lines), encoding="latin-1")
    return file


def test_own_table_runs_and_stays_with_its_owner(browser, server, page, odd_table):
    open_page(page, server, "playground?dataset=upload&seed=3")
    page.get_by_text("Bring a table").wait_for()
    page.locator('input[type="file"]').set_input_files(odd_table)
    page.get_by_text("odd.csv: 240 rows, 5 columns.").wait_for()
    idle(page)
    assert "dataset.target=churn" in page.url
    button(page, "Run").click()
    mine = finished(page)
    assert axe_violations(page) == []
    page.reload()
    assert finished(page) == mine
    context = new_context(browser)
    other = new_page(context)
    other.goto(page.url)
    other.get_by_text("stays with the visitor who brought it").wait_for()
    idle(other)
    assert "seed=3" in other.url
    assert axe_violations(other) == []
    other.get_by_role("button", name="Use digits instead").click()
    finished(other)
    assert console_errors(other) == []
    context.close()


def test_file_that_is_no_table_is_refused_with_a_sentence(server, page, tmp_path):
    file = tmp_path / "picture.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    open_page(page, server, "playground?dataset=upload")
    page.locator('input[type="file"]').set_input_files(file)
    page.get_by_text("is a picture, not a table").wait_for()


def test_wrong_link_is_a_sentence(server, page):
    open_page(page, server, "playground?dataset=nowhere&batch=0")
    assert "There is no dataset named 'nowhere'" in page.locator('[data-testid="stAlert"]').first.inner_text()
    assert page.locator('[data-testid="stVegaLiteChart"]').count() == 2


@pytest.mark.parametrize("name", ["Link", "Code", "Download"])
def test_what_opens_above_the_page_is_accessible(server, page, name):
    open_page(page, server, f"{FAST}&show=run&tab=results")
    finished(page)
    button(page, name).click()
    page.locator('[data-testid="stPopoverBody"]').wait_for()
    page.wait_for_timeout(300)
    assert axe_violations(page) == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("tab", ["why", "batches", "results", "queries"])
def test_finished_page_is_accessible_and_fits(server, page, width, scheme, tab):
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, server, f"{FAST}&show=run&heat=entropy&tab={tab}")
    set_scheme(page, scheme)
    finished(page)
    page.wait_for_timeout(500)
    assert axe_violations(page) == []
    assert page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth") <= width
    assert button(page, "Reset").is_visible()


def test_the_greedy_oracle_grows_beside_a_page_that_stays_alive(server, page):
    open_page(page, server, f"{FAST}&show=run&tab=batches")
    finished(page)
    page.locator("label", has_text="Greedy oracle").click()
    page.wait_for_url("**greedy=true*")
    page.get_by_text("no strategy: it cheats").wait_for()
    page.locator("label", has_text="True labels").click()  # answered while the band is computed
    page.wait_for_url("**truth=true*")
    until(lambda: page.get_by_text("Computing the greedy oracle").count() == 0, every=0.1)
    idle(page)
    assert page.get_by_text("Redundancy of this batch").count() == 1
    assert axe_violations(page) == []
    page.reload()
    page.get_by_text("no strategy: it cheats").wait_for()


def test_a_committee_that_suits_is_one_click_away(server, page):
    open_page(page, server, f"{FAST}&acquisition=bald")
    page.get_by_role("button", name=re.compile("^Use ")).click()
    page.wait_for_url("**committee=*")
    idle(page)
    assert page.get_by_text("is made for members").count() == 0
    assert axe_violations(page) == []
