"""`make screenshots`: the README's pictures, taken from a running demo while numbers are bought in it."""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import FLAGS, MISSING, find_chromium

PICTURES = Path(__file__).parents[2] / "docs/screenshots"
SIZE = {"width": 1280, "height": 800}
SLOW = 30_000


def main() -> int:
    """Take all pictures; 1 when there is no browser."""
    chromium = find_chromium()
    if chromium is None:
        print(MISSING, file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="patchbay-pictures-") as folder,
        _demo(Path(folder)) as (address, sandbox),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context(base_url=address, viewport=SIZE, locale="en-US").new_page()
        _sign_in(page)
        _take_all(page, sandbox)
        browser.close()
    return 0


def _take_all(page: Page, sandbox: str) -> None:
    page.goto("/numbers/search/")
    page.get_by_label("State").select_option("WA")
    expect(page.get_by_role("heading", name="numbers for sale")).to_be_visible()
    page.get_by_label("How many").fill("300")
    _slow_down(sandbox, "bulkreserve", 2)
    page.get_by_role("button", name="Reserve this many").click()
    bar = page.get_by_role("complementary", name="Cart").get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", "1", timeout=SLOW)
    _picture(page, "search")
    page.get_by_role("link", name="Jobs", exact=True).click()
    page.get_by_role("link", name="Reserve 300 numbers").first.click()
    expect(page.get_by_text("2 of 5 done")).to_be_visible(timeout=SLOW)
    _picture(page, "job")
    page.goto("/numbers/cart/")
    page.get_by_label("Trunk group").select_option(index=1, timeout=SLOW)
    page.get_by_role("button", name="Make the order").click()
    pay = page.get_by_role("button", name="Pay $")
    expect(pay).to_be_visible(timeout=SLOW)
    _picture(page, "payment")
    pay.click()
    page.get_by_role("link", name="See the numbers").click(timeout=SLOW)
    page.goto("/numbers/")
    _picture(page, "inventory")
    page.goto("/numbers/+12062194100/journey/?read=now")
    _picture(page, "journey")
    page.goto("/numbers/911/")
    _picture(page, "emergency")
    page.goto("/connections/")
    page.get_by_role("link", name="main-carrier").first.click()
    _picture(page, "connection")
    page.goto("/audit/")
    page.emulate_media(color_scheme="dark")
    _picture(page, "audit")


def _picture(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    # "initial": hiding the caret would want an inline style, which the portal's policy refuses.
    page.screenshot(path=PICTURES / f"{name}.png", caret="initial", animations="disabled")
    print(f"{name}.png {(PICTURES / f'{name}.png').stat().st_size // 1024} KB", flush=True)


def _sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("User name or e-mail").fill("admin")
    page.get_by_label("Password").fill("demo-administrator")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def _slow_down(sandbox: str, operation: str, seconds: float) -> None:
    fault = json.dumps({"fault": "slow", "operation": operation, "delay": seconds}).encode()
    urlopen(Request(f"{sandbox}/_sandbox/faults", fault, {"Content-Type": "application/json"})).close()


@contextmanager
def _demo(data: Path) -> Iterator[tuple[str, str]]:
    """Run the demo; yields its address and that of its carrier."""
    from tests.portal.demo_run import Demo

    demo = Demo(data)
    try:
        _, said = demo.start()
        if "Patchbay runs at" not in said:
            raise RuntimeError(f"the demo did not start:\n{said}")
        yield demo.address, f"http://127.0.0.1:{demo.sandbox_port}"
    finally:
        demo.clean_up()


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    sys.exit(main())
