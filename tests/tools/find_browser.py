"""Find an installed Chrome or Chromium for the browser tests; with --install, get one if none is there.

Order: the file named by CHROME, an installed browser, Playwright's own. To install: Debian's chromium where
that is allowed without a password, else Playwright's. Prints the path, or says plainly what will be skipped.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome", "microsoft-edge")
MAC_APPS = ("Google Chrome", "Chromium", "Google Chrome for Testing", "Microsoft Edge")
MISSING = (
    "No Chrome or Chromium was found, so the browser tests (marker: browser) will be skipped. "
    "Install one, or set CHROME to its path, or run: .venv/bin/python -m playwright install chromium"
)


def candidates() -> Iterator[str]:
    """Name every place a browser may be at, best first."""
    if named := os.environ.get("CHROME"):
        yield shutil.which(named) or named
    for name in NAMES:
        if found := shutil.which(name):
            yield found
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        for app in MAC_APPS:
            yield str(folder / f"{app}.app" / "Contents" / "MacOS" / app)
    yield from _playwrights_own()


def _playwrights_own() -> Iterator[str]:
    # In a process of its own: a second Playwright cannot start inside a test that has one.
    code = "import playwright.sync_api as a\nwith a.sync_playwright() as p: print(p.chromium.executable_path)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        yield done.stdout.strip()


def works(path: str) -> bool:
    """Start the browser just to hear its version: a stub that only advertises a package does not count."""
    if not os.access(path, os.X_OK):
        return False
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and any(word in done.stdout for word in ("Chrom", "Edge"))


def find_browser() -> str | None:
    """Return the path of a browser that starts, or None."""
    return next((path for path in candidates() if works(path)), None)


def _as_root() -> list[str] | None:
    """Return what to put before a command to run it as root without a password, or None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL) == 0:
        return ["sudo", "-n"]
    return None


def _is_debian() -> bool:
    """Tell Debian from Ubuntu, whose chromium package is only a pointer to a snap."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return False
    return "ID=debian" in lines or "ID=raspbian" in lines


def install() -> None:
    """Install a browser, by the distribution's package where possible."""
    root = _as_root()
    if root is not None and shutil.which("apt-get") and _is_debian():
        print("Installing Debian's chromium for the browser tests ...", flush=True)
        apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Acquire::Retries=3"]
        subprocess.run([*apt, "update"], check=False, stdin=subprocess.DEVNULL)
        packages = ["chromium", "fonts-liberation"]
        subprocess.run(
            [*apt, "install", "-y", "--no-install-recommends", *packages],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        if find_browser():
            return
    print("Downloading Playwright's Chromium for the browser tests ...", flush=True)
    deps = ["--with-deps"] if root is not None and shutil.which("apt-get") else []
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", *deps, "chromium"],
        check=False,
        stdin=subprocess.DEVNULL,
    )


def main() -> int:
    """Print where the browser is; the exit status is 1 when there is none."""
    path = find_browser()
    if path is None and "--install" in sys.argv[1:]:
        install()
        path = find_browser()
    print(f"Browser tests use {path}" if path else MISSING, flush=True)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
