"""The Savings page in a real browser, from the first page to the report in hand."""

import csv
import io
import random
import re
from datetime import date, timedelta

import pytest

from tests.browser import (
    LOOKS,
    axe_violations,
    console_errors,
    idle,
    new_context,
    new_page,
    open_page,
    set_scheme,
)

WORDS = "invoice refund delivery damage login password upgrade cancel warranty address praise legal"
CLASSES = WORDS.split(" ")
QUICK = (
    "savings?dataset=iris&learner=naive_bayes&first=6&batch=6&budget=36&projects=6&noise=0.0&review=0.0"
    "&target=0.9&strategies=%5B%22margin%22%5D"
)


def own_table(rows: int = 600) -> bytes:
    """Tickets in twelve classes: text, dates and numbers with gaps, an identifier, a column nearly empty."""
    dice = random.Random(3)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "opened", "text", "amount", "country", "notes", "topic"])
    for i in range(rows):
        label = dice.choices(CLASSES, (9, 8, 8, 7, 6, 6, 5, 5, 4, 3, 2, 2))[0]
        said = [f"{label}{end}" for end in dice.sample(["", "s", "ing"], 2)] + dice.choices(
            ["the", "a", "my", "is", "can", "you"], k=6
        )
        day = date(2025, 1, 1) + timedelta(days=dice.randint(0, 500))
        writer.writerow([
            i + 1,
            day.isoformat() if dice.random() > 0.1 else "",
            f"SECRET{i} " + " ".join(said),
            round(dice.gauss(50, 20), 2) if dice.random() > 0.2 else "",
            dice.choice(["DE", "FR", "US", ""]),
            "checked" if dice.random() < 0.05 else "",
            label if i < rows - 20 else "",
        ])  # fmt: skip
    return text.getvalue().encode()


def finished(page) -> str:
    page.get_by_text("Finished:").first.wait_for()
    idle(page)
    return page.locator(".savings-headline").inner_text()


def fold(page, step: str, name: str):
    return page.locator(f".st-key-savings-step-{step}").get_by_role("button", name=name, exact=True)


def test_from_the_first_page_to_the_report_in_hand(browser, server, page):
    open_page(page, server)
    page.locator('[data-testid="stTopNavSection"]').filter(has_text="Decide").click()
    page.get_by_role("menuitem", name="Savings").click()
    page.get_by_role("heading", name="Savings").wait_for()
    page.get_by_role("radio", name="Your own table").click()
    page.get_by_text("What your table should look like").wait_for()
    with page.expect_download() as sample:
        page.get_by_role("button", name="A sample to try").click()
    assert sample.value.path().read_bytes().count(b"\n") == 401
    assert page.get_by_role("button", name="Work it out").is_disabled()
    page.locator('input[type="file"]').set_input_files(
        {"name": "tickets.csv", "mimeType": "text/csv", "buffer": own_table()}
    )
    page.get_by_text("With every label known, this model reaches").wait_for()
    page.get_by_text("going by a quick look at the data").wait_for()
    idle(page)
    assert axe_violations(page) == []
    page.get_by_text("How it is simulated").click()
    page.get_by_label("Simulated projects").fill("6")
    page.get_by_label("Simulated projects").press("Enter")
    page.wait_for_url(re.compile("projects=6"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Work it out").click()
    said = finished(page)
    assert re.search(r"labels|Do not bother|No answer", said)
    assert "SECRET" not in page.url
    with page.expect_download() as report:
        page.get_by_role("button", name="Report", exact=True).click()
    text = report.value.path().read_text()
    assert said.split(",")[0] in text.replace("&#x27;", "'")
    assert "SECRET" not in text
    page.get_by_text("What should be labelled first?").click()
    page.get_by_text("20 rows of your table have no label yet").wait_for()
    with page.expect_download() as rows:
        page.get_by_role("button", name="These 20 rows (CSV)").click()
    found = list(csv.DictReader(io.StringIO(rows.value.path().read_text())))
    assert len(found) == 20
    assert all(f"SECRET{int(row['row']) - 1} " in row["text"] for row in found), "rows of the table itself"
    idle(page)
    assert axe_violations(page) == []
    other = new_page(new_context(browser))
    other.goto(page.url)
    other.get_by_text("stays with the visitor who brought it").wait_for()
    assert "SECRET" not in other.content()
    assert other.locator(".savings-headline").count() == 0
    other.context.close()


def test_the_answer_survives_a_reload_and_opens_for_others(browser, server, page):
    open_page(page, server, QUICK)
    page.get_by_role("button", name="Work it out").click()
    said = finished(page)
    assert "show=run" in page.url
    page.reload()
    assert finished(page) == said
    other = new_page(new_context(browser))
    other.goto(page.url)
    other.get_by_text("Finished:").first.wait_for()
    assert other.locator(".savings-headline").inner_text() == said
    assert console_errors(other) == []
    other.context.close()


def test_stop_stops_and_go_on_goes_on(server, page):
    open_page(page, server, "savings?dataset=digits&first=20&batch=5&budget=600&projects=20&target=0.9")
    page.get_by_role("button", name="Work it out").click()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("Stopped:").wait_for()
    idle(page)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("What is shown so far is preliminary").wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("Stopped:").wait_for()


def test_steps_open_and_close_by_the_keyboard(server, page):
    open_page(page, server, QUICK)
    button = fold(page, "project", "Close")
    button.focus()
    page.keyboard.press("Enter")
    fold(page, "project", "Change").wait_for()
    assert page.get_by_label("Wage, per hour", exact=True).count() == 0
    fold(page, "project", "Change").click()
    page.get_by_label("Wage, per hour", exact=True).first.wait_for()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_finished_page_is_accessible_and_fits_the_window(browser, server, width, scheme):
    context = new_context(browser, viewport={"width": width, "height": 1200})
    page = new_page(context)
    open_page(page, server, f"{QUICK}&show=run")
    set_scheme(page, scheme)
    finished(page)
    page.get_by_text("Which strategy, and why?").click()
    page.get_by_role("link", name="Compare these strategies in full").wait_for()
    idle(page)
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert console_errors(page) == []
    context.close()
