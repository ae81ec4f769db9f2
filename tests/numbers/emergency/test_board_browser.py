"""The 911 board in a real browser: finding, the page of one, a plan that is refused and overridden, a location added."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.changes.models import Plan, PlanState
from apps.connections.models import Connection
from apps.sandbox.carrier import CarrierSandbox
from apps.sandbox.world import DENTAL
from tests.fixtures.browser import PageFor
from tests.numbers.conftest import Working


def test_from_the_board_to_an_overridden_plan(
    board: dict[str, Connection],
    carrier: CarrierSandbox,
    ada: User,
    page_for: PageFor,
    working: Working,
    accessible: Callable[[Page], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.changes.views.WAIT_SECONDS", 5)
    monkeypatch.setattr("apps.numbers.views.WAIT_SECONDS", 5)
    page = page_for(ada)
    page.goto("/numbers/911/")
    accessible(page)
    page.get_by_label("Number or extension").fill("4105")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.get_by_text("18 Old Mill Road, Seattle")).to_be_visible()
    page.get_by_role("link", name="+1 206-219-4105").click()
    expect(page.get_by_text("Others do not say: 18 OLD MILL RD")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="The number").click()
    expect(page.locator("#emergency-title")).to_be_visible()
    accessible(page)
    with working():
        page.get_by_role("button", name="Plan to cancel").click()
        expect(page.get_by_text("refused on account of 911")).to_be_visible(timeout=20_000)
        accessible(page)
        page.get_by_role("link", name="Override for this plan…").click()
        accessible(page)
        page.get_by_label("Reason").fill("Closed for good; 911 was moved to the main number.")
        page.get_by_role("button", name="Override for 1 step").click()
        page.get_by_label("Type 4105 to confirm").fill("4105", timeout=20_000)
        accessible(page)
        page.get_by_role("button", name="Cancel +1 206-219-4105").click()
        expect(page.get_by_text("Number changed.")).to_be_visible(timeout=20_000)
    assert carrier.account.numbers[DENTAL.numbers[5]].status == "2"


def test_a_location_is_added_by_plan(
    board: dict[str, Connection], ada: User, page_for: PageFor, working: Working, accessible: Callable[[Page], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("apps.changes.views.WAIT_SECONDS", 5)
    page = page_for(ada)
    page.goto("/numbers/911/")
    page.get_by_role("link", name="Add a location").click()
    accessible(page)
    page.get_by_label("ELIN").fill("206-219-4112")
    page.locator("[name=location]").fill("9 Pier Rd, Seattle, WA")
    with working():
        page.get_by_role("button", name="Show the plan").click()
        page.get_by_label("Type 911 to confirm").fill("911", timeout=20_000)
        accessible(page)
        page.get_by_role("button", name="Add Location +1 206-219-4112").click()
        expect(page.get_by_text("911 entry changed.")).to_be_visible(timeout=20_000)
    assert Plan.objects.get().state == PlanState.DONE


def test_on_a_phone_rows_are_cards(board: dict[str, Connection], sam: User, page_for: PageFor) -> None:
    page = page_for(sam, viewport={"width": 390, "height": 844})
    page.goto("/numbers/911/?verdict=disagree")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
