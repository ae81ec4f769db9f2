"""The log in a real browser: filters that follow typing, an entry, and rules for everybody who reads with help."""

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.audit.services import record

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def entries() -> None:
    """Two entries that differ in everything."""
    numbers = [f"+1206555{number:04}" for number in range(100, 110)]
    record("vendor.call", actor=None, operation="numbers.release", connection_name="east", params={"numbers": numbers})
    record(
        "vendor.call",
        actor=None,
        operation="trunks.add",
        outcome="OutcomeUnknown",
        before={"status": "active"},
        after={"status": "inactive"},
        exchange_id="e" * 32,
    )


def test_typing_filters_and_a_row_opens_its_entry(page_for, entries) -> None:
    page: Page = page_for("aud")
    page.goto("/audit/")
    page.locator("#filters [name=q]").fill("206-555-0105")
    expect(page.get_by_text("1 entry matches")).to_be_visible()
    assert page.locator("#results").get_by_text("trunks.add").count() == 0
    page.wait_for_url("**/audit/?q=206-555-0105")
    page.get_by_role("link", name="Vendor call").click()
    page.get_by_text("10 values, from +1 206-555-0100").click()
    expect(page.get_by_text("+1 206-555-0109")).to_be_visible()
    expect(page.get_by_text("Holds here")).to_be_visible()
    page.go_back()
    expect(page.locator("#filters [name=q]")).to_have_value("206-555-0105")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_pages_read_well_for_everybody(scheme, width, page_for, accessible, entries) -> None:
    ada = page_for("ada", color_scheme=scheme, viewport={"width": width, "height": 900})
    person = User.objects.get(username="ada").pk
    paths = ["/audit/", "/audit/2/", "/people/", "/people/add/", f"/people/{person}/", "/settings/permissions/", "/profile/"]
    for path in paths:
        ada.goto(path)
        accessible(ada)
        assert ada.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the screen"
