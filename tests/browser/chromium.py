"""Where the Chromium is that browser tests and screenshots use, and how it is started."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/snap/bin/chromium")
# As root there is no sandbox; the rest keeps the browser from calling home and from asking.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MISSING = (
    "no Chromium found: install one (Debian: apt-get install chromium), name one in CHROMIUM, "
    "or run .venv/bin/playwright install chromium"
)


def find_chromium() -> str | None:
    """Return the path of a Chromium: from $CHROMIUM, the usual places, or Playwright's own download."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    found = next((path for path in map(shutil.which, (*NAMES, *PLACES)) if path), None)
    return found or _playwrights_own()


def _playwrights_own() -> str | None:
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    places = [Path(folder)] if folder else [
        Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"
    ]  # fmt: skip
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    found = [path for place in places for pattern in patterns for path in place.glob(pattern)]
    return str(max(found)) if found else None
