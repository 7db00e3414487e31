"""Drive the app as a visitor does: a real server, a real browser.

Tests take the fixtures `server` (one for the session) or `fresh_server` (a cold one for this test) and
`page` from tests/conftest.py and use the helpers here. A test that takes one of them is a browser test:
the marker `browser` is set for it, and it fails when the page writes an error to its console.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

ROOT = Path(__file__).parent.parent
SCREENSHOTS = ROOT / "tests" / ".screenshots"
TIMEOUT = 60_000  # milliseconds: a cold first page on two busy cores takes up to ten seconds
WIDTHS = (1440, 390)
SCHEMES = ("light", "dark")
LOOKS = tuple(zip(WIDTHS, SCHEMES, strict=True))  # each width and each scheme once
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SETTLED = """Promise.race([
    Promise.all(document.getAnimations()
        .filter(a => a instanceof CSSTransition).map(a => a.finished.catch(() => null))).then(() => true),
    new Promise(done => setTimeout(done, 1000, false)),
])"""
# Says nothing about the app: when /page is opened, Streamlit first looks for its server below /page.
HARMLESS = re.compile(r"status of 404 .*/[^/]+/_stcore/(health|host-config)\b")
# Streamlit's own markup: in a narrow window the named groups of pages are divs inside a list.
NOT_OURS = ['[data-testid="stSidebarNav"]']


# --- server -----------------------------------------------------------------------------------------------


@dataclass
class Server:
    """A running `streamlit run app.py` with its own data folder (ALCORE_HOME)."""

    url: str
    home: Path
    log_file: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    def __str__(self) -> str:
        return self.url

    def log(self) -> str:
        """Return what the server has written so far."""
        return self.log_file.read_text(errors="replace")

    def stop(self) -> None:
        """Stop the server and every process it started."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def start_server(home: Path, app: str = "app.py", **env: str) -> Server:
    """Start the app and wait until it answers; `env` is added to its environment."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", app, "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    command += ["--server.fileWatcherType", "none"]  # somebody may be editing meanwhile
    log_file = home / "server.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "ALCORE_HOME": str(home), **env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", home, log_file, process)
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer:
                if answer.read() == b"ok":
                    return server
        except OSError:
            time.sleep(0.1)
    server.stop()
    raise RuntimeError(f"The server did not start. Its log:\n{server.log()[-4000:]}")


# --- browser ----------------------------------------------------------------------------------------------


def new_context(browser: Browser, **options: object) -> BrowserContext:
    """Open a window of its own cookies and storage: another visitor."""
    context = browser.new_context(
        **{"viewport": {"width": 1440, "height": 1200}, "reduced_motion": "reduce", **options}
    )
    context.set_default_timeout(TIMEOUT)
    return context


def new_page(context: BrowserContext) -> Page:
    """Open a tab whose console errors are kept for `console_errors`."""
    page = context.new_page()
    errors: list[str] = []
    page.console_lines = errors  # type: ignore[attr-defined]

    def keep(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} ({message.location.get('url')})")

    page.on("console", keep)
    page.on("pageerror", lambda error: errors.append(f"uncaught: {error}"))
    return page


def console_errors(page: Page) -> list[str]:
    """Return the errors written to this tab's console so far, without the harmless ones."""
    return [line for line in getattr(page, "console_lines", []) if not HARMLESS.search(line)]


def forgive(page: Page, text: str) -> None:
    """Expect console errors that contain `text`, and forget them."""
    lines: list[str] = page.console_lines  # type: ignore[attr-defined]
    assert any(text in line for line in lines), f"expected {text!r} in the console, got {lines}"
    lines[:] = [line for line in lines if text not in line]


def idle(page: Page) -> None:
    """Wait until the page's script has finished and everything it sent is drawn.

    The script still counts as finished for a moment after a click, so wait for what the click should show
    (a heading, a text) first.
    """
    page.wait_for_selector(
        '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
    )
    page.wait_for_function("!document.querySelector('[data-testid=\"stSkeleton\"]')")


def open_page(page: Page, base: object, path: str = "/") -> None:
    """Go to an address of the app and wait until its first heading is there and the script is done."""
    page.goto(f"{base}/{path.lstrip('/')}", wait_until="domcontentloaded")
    page.locator("h1").first.wait_for()
    idle(page)


def axe_violations(page: Page, impacts: tuple[str, ...] = ("serious", "critical")) -> list[str]:
    """Return what axe-core finds wrong for people who use assistive technology, one line for each rule."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("async exclude => (await axe.run({exclude})).violations", NOT_OURS)
    return [
        f"{rule['impact']}: {rule['id']}: " + " | ".join(_where(node) for node in rule["nodes"][:3])
        for rule in found
        if rule["impact"] in impacts
    ]


def _where(node: dict[str, Any]) -> str:
    why = [check["message"] for check in node["any"] + node["all"] + node["none"]]
    return f"{node['html'][:200]} ({'; '.join(why)})"


def set_scheme(page: Page, scheme: str) -> None:
    """Show the page to somebody whose system is set to `light` or `dark`."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_function(
        """dark => {
            const [r, g, b] = getComputedStyle(document.querySelector('[data-testid="stApp"]'))
                .backgroundColor.match(/[0-9.]+/g).map(Number);
            return (r + g + b < 384) === dark;
        }""",
        arg=scheme == "dark",
    )
    page.evaluate(SETTLED)  # no colour is halfway between the two


def button(page: Page, name: str) -> Any:
    """Return the button that says exactly this."""
    return page.get_by_role("button", name=name, exact=True)


def status(page: Page) -> str:
    """Return what the first progress bar says."""
    return page.locator('[data-testid="stProgress"]').first.inner_text()


def finished(page: Page) -> str:
    """Wait until all is made, and return what the progress bar says then."""
    page.get_by_text("Finished:").first.wait_for()
    idle(page)
    return status(page)
