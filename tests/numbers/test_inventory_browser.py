"""The inventory in a real browser: finding, choosing across pages, the plan and its outcome, and accessibility rules."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.changes.models import Plan, PlanState
from apps.connections.models import Connection
from apps.numbers.services import sync
from apps.sandbox.carrier import CarrierSandbox
from tests.fixtures.browser import PageFor
from tests.numbers.conftest import Working


@pytest.fixture
def held(main: Connection) -> Connection:
    sync(main)
    return main


def test_choosing_across_pages_becomes_one_plan_that_is_applied(
    held: Connection,
    carrier: CarrierSandbox,
    ada: User,
    page_for: PageFor,
    working: Working,
    accessible: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.changes.views.WAIT_SECONDS", 0.5)
    monkeypatch.setattr("apps.numbers.views.WAIT_SECONDS", 0.5)
    page = page_for(ada)
    page.goto("/numbers/")
    accessible(page)
    page.locator('input[name="ids"]').first.check()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Previous")).to_be_visible()
    page.locator('input[name="ids"]').last.check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Select all 64").click()
    expect(page.get_by_text("All 64 selected")).to_be_visible()
    page.get_by_role("button", name="Trunk group").click()
    accessible(page)
    page.get_by_label("Trunk group").select_option(index=1)
    with working():
        page.get_by_role("button", name="Show the plan").click()
        expect(page.get_by_role("heading", name="What will change")).to_be_visible(timeout=20_000)
        accessible(page)
        act = page.get_by_role("button", name=re.compile(r"^Move \d+ numbers to"))
        count = re.search(r"\d+", act.inner_text())[0]  # type: ignore[index]
        act.click()
        expect(page.get_by_text(f"Type {count} exactly")).to_be_visible()
        page.get_by_label(f"Type {count} to confirm").fill(count)
        act.click()
        expect(page.get_by_text(f"{count} of 64 numbers changed")).to_be_visible(timeout=20_000)
    accessible(page)
    assert Plan.objects.get().state == PlanState.DONE
    assert len({owned.trunk_id for owned in carrier.account.numbers.values()}) == 1


def test_typing_filters_and_the_export_follows(held: Connection, aud: User, page_for: PageFor) -> None:
    page = page_for(aud)
    page.goto("/numbers/")
    page.get_by_label("Number", exact=True).fill("4100")
    expect(page.get_by_text("Numbers ending in 4100")).to_be_visible()
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Export").click()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Export").click()
    assert len(caught.value.path().read_text().splitlines()) == 2


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_number_page_keeps_the_rules(
    held: Connection, sam: User, page_for: PageFor, accessible: Callable[..., None], look: str, width: int
) -> None:
    page: Page = page_for(sam, color_scheme=look, viewport={"width": width, "height": 900})
    page.goto("/numbers/+12062194100/")
    page.get_by_role("button", name="Read it again on main").click()
    expect(page.get_by_text("read just now")).to_be_visible()
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="History").click()
    accessible(page)
    page.goto("/numbers/")
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
