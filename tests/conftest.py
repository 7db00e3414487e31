"""What every test has: its own data folder, one BLAS thread; browser tests also a server and a page."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import browser as drive
from tests.tools.find_browser import MISSING, find_browser

# Read by numpy when it is first imported, which the lines above do not do.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
GROUPS = {  # test files that are given to one worker
    "browser": re.compile(r"test_browser_\w+\.py"),
    "service": re.compile(r"test_(service|parallel)\.py"),
}
BROWSER_FIXTURES = {"browser", "fresh_server", "one_page", "page", "server"}

# HYPOTHESIS_PROFILE=thorough looks longer. No deadlines: the machine may be shared.
hypothesis.settings.register_profile("usual", deadline=None, max_examples=50, derandomize=CI)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Look for doctests in the engine only: beside the tests, other modules are helpers."""
    helper = collection_path.suffix == ".py" and not collection_path.name.startswith("test_")
    return True if helper and collection_path.is_relative_to(Path(__file__).parent) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark browser tests by their fixtures."""
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each group of tests that share a server to one worker, so that one browser runs at a time.

    The groups of ``--dist loadgroup`` are lost with pytest 9.2, whose items have no ``_nodeid`` to write to.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Grouped(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((group for group, files in GROUPS.items() if files.search(nodeid)), nodeid)

    return Grouped(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a browser test whose page wrote errors to the console."""
    result = yield
    page = getattr(item, "funcargs", {}).get("page")
    if page is not None and not page.is_closed():
        errors = drive.console_errors(page)
        assert not errors, "the page wrote errors to the console:\n" + "\n".join(errors)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a browser test may not be skipped; and keep a picture of a page on which a test failed."""
    report = yield
    if CI and report.skipped and item.get_closest_marker("browser") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"a browser test may not be skipped in CI: {report.longrepr}"
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and page is not None and not page.is_closed():
        drive.SCREENSHOTS.mkdir(exist_ok=True)
        file = drive.SCREENSHOTS / f"failed-{re.sub(r'[^A-Za-z0-9_-]+', '-', item.name)}.png"
        try:
            page.screenshot(path=file, timeout=10_000)
            report.sections.append(("screenshot", str(file)))
        except Exception as error:  # a picture is only a help
            report.sections.append(("screenshot", f"none: {error}"))
    return report


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep tests out of the user's own data folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALCORE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def service():
    """Return the stand-in for the service that the pages of this test have; see tests/page_scripts.py."""
    from tests.fake_service import FakeService
    from tests.page_scripts import served_by

    with served_by(FakeService()) as fake:
        yield fake


@pytest.fixture(scope="session")
def browser():
    """Return the browser of the session (Playwright's Browser)."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=drive.CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server(browser, tmp_path_factory) -> Iterator[drive.Server]:
    """Return a running app shared by the browser tests of the session."""
    running = drive.start_server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def fresh_server(browser, tmp_path) -> Iterator[drive.Server]:
    """Return an app that nobody has visited yet, with an empty data folder."""
    running = drive.start_server(tmp_path / "home")
    yield running
    running.stop()


@pytest.fixture
def one_page(browser, tmp_path) -> Iterator[Callable[[str], drive.Server]]:
    """Return a function that serves one file of tests/one_page with the app's launcher around it."""
    started = []

    def serve(name: str) -> drive.Server:
        home = tmp_path / f"{name}-{len(started)}"
        started.append(drive.start_server(home, "tests/one_page/app.py", ONE_PAGE=f"{name}.py"))
        return started[-1]

    yield serve
    for running in started:
        running.stop()


@pytest.fixture
def page(browser):
    """Return a new tab of a new visitor; the test fails if it writes errors to its console."""
    context = drive.new_context(browser)
    yield drive.new_page(context)
    context.close()
