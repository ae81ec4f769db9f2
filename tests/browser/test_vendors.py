"""Every vendor in the browser, as a new user meets it: connect its sandbox, test it, ask it ten things, read what it can do."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.connections.models import Connection
from apps.sandbox.core import Sandbox
from apps.sandbox.management.commands.sandbox import VENDORS
from apps.vendors.core import matrix
from apps.vendors.core.registry import Vendor, vendors
from tests.fixtures.browser import PageFor

NAME = "newcomer"
QUESTIONS = 10
# What has more than one page of required fields is asked with these; every other question needs none.
GIVEN = {
    "solswitch": {"customer": "2", "plan_id": "1", "first": "2026-10-05", "last": "2026-10-06"},
    "carrier": {"state": "WA", "category": "landline"},
    "mirta": {"tenant": "HARBOR"},
}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("sandbox_of", VENDORS.values(), ids=lambda vendor: vendor.vendor)
def test_a_vendor_is_connected_tested_and_asked(page_for: PageFor, ada: User, sandbox_of: type[Sandbox]) -> None:
    vendor = vendors.get(sandbox_of.vendor)
    with sandbox_of(port=0) as sandbox:
        page = page_for(ada, viewport={"width": 1440, "height": 1000})
        connect(page, vendor, sandbox.describe())
        for name in questions(vendor):
            ask(page, vendor, name)
        read_matrix(page, vendor)
        secrets = [
            value for param in vendor.fields if param.secret and (value := sandbox.describe()["credentials"].get(param.name))
        ]
    assert secrets
    assert not any(secret in page.content() for secret in secrets)
    assert AuditEntry.objects.filter(action="connection.added", target=NAME).exists()


def connect(page: Page, vendor: Vendor, facts: dict) -> None:
    """Add the connection by its form, testing it before it is saved."""
    page.goto("/connections/add/")
    page.get_by_role("link", name=re.compile(re.escape(vendor.title))).click()
    page.locator("#id_name").fill(NAME)
    page.locator("#id_base_url").fill(facts["url"])
    for name, value in facts["credentials"].items():
        field = page.locator(f"#id_field_{name}")
        field.select_option(value) if field.evaluate("field => field.tagName") == "SELECT" else field.fill(value)
    page.get_by_role("button", name="Test first").click()
    expect(page.get_by_role("heading", name=f"{NAME} works")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"{NAME} is saved, and it answered in")).to_be_visible()
    assert Connection.objects.get(name=NAME).vendor == vendor.key


def questions(vendor: Vendor) -> list[str]:
    """Ten reads that a newcomer can ask with what the sandbox's world gives."""
    given = GIVEN.get(vendor.key, {})
    asked = [
        operation.name
        for operation in vendor.operations.values()
        if operation.effect == "read" and not operation.not_callable
        if all(param.name in given for param in operation.params if param.required)
        if operation.returns.kind in {"rows", "object", "list"}
    ]
    assert len(asked) >= QUESTIONS
    return asked[:QUESTIONS]


def ask(page: Page, vendor: Vendor, name: str) -> None:
    """Run one operation from the console and see its result, without a page of its own."""
    page.goto(f"/connections/{NAME}/console/{name}/")
    for param in vendor.operations[name].params:
        value = GIVEN.get(vendor.key, {}).get(param.name) if param.required else None
        if value is not None:
            field = page.locator(f"#id_param_{param.name}")
            field.select_option(value) if field.evaluate("field => field.tagName") == "SELECT" else field.fill(value)
    page.get_by_role("button", name=f"Ask {NAME}").click()
    expect(page.get_by_role("heading", name="Result"), name).to_be_visible()


def read_matrix(page: Page, vendor: Vendor) -> None:
    """The connection's page shows every capability and every area as the registry counts them."""
    page.goto(f"/connections/{NAME}/")
    can = page.get_by_role("region", name="What it can do")
    for door in matrix.doors(vendor):
        row = can.get_by_role("row").filter(has=page.get_by_text(door.title, exact=True))
        if door.offered:
            expect(row).to_contain_text(door.does.capitalize())
            expect(row).to_contain_text(door.checked[1:])
        else:
            expect(row).to_have_count(0)
            expect(can.get_by_text("Its document has no calls for")).to_contain_text(door.title)
    counted = page.get_by_role("region", name="Operations by area")
    for area in matrix.areas(vendor):
        cells = [area.title.capitalize(), *(str(count or "–") for count in area.by_effect)]
        row = counted.get_by_role("row").filter(has=page.get_by_role("cell", name=cells[0], exact=True))
        assert row.get_by_role("cell").all_inner_texts()[: len(cells)] == cells
