"""A port as people do it, in a real browser with a real worker: from pasted numbers to the last one here."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.numbers.models import Number, PortOrder
from apps.sandbox.carrier import CarrierSandbox
from tests.fixtures.browser import PageFor
from tests.numbers.porting.conftest import DETAILS, PDF, THREE

PATIENCE = 60_000  # milliseconds: a worker on a busy machine
TYPED = ("losing_carrier", "account_number", "billing_number", "business_name", "authorised_person", "house_number", "street",
         "city", "postcode")  # fmt: skip


@pytest.fixture
def carrier_at_rest(carrier: CarrierSandbox) -> CarrierSandbox:
    carrier.lnp_step = timedelta()
    return carrier


def describe(page: Page) -> None:
    for name in TYPED:
        page.locator(f"[name={name}]").fill(str(DETAILS[name]))
    page.locator("[name=area]").select_option("WA")
    page.get_by_role("button", name="Save and go on").click()


@pytest.mark.kill
def test_a_port_from_pasted_numbers_to_completion(
    page_for: PageFor, ada: User, main: Connection, carrier_at_rest: CarrierSandbox, worker_process: Callable[..., object]
) -> None:
    worker_process()
    page = page_for(ada)
    page.set_default_timeout(PATIENCE)
    debits = len(carrier_at_rest.account.debits)
    page.goto("/numbers/porting/")
    page.get_by_role("link", name="Port numbers in").first.click()
    page.locator("[name=numbers]").fill(f"{THREE[0]}, {THREE[1]}\n206-520-0199")
    page.get_by_label("Reference").fill("Harbor")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("2 can be ported, 1 cannot")).to_be_visible()
    page.get_by_role("button", name="Go on to the orders").click()
    page.get_by_role("button", name="Go on to the details").click()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("fields need another look")).to_be_visible()
    describe(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the LOA").click()
    assert download.value.suggested_filename == "loa-Harbor-1.pdf"
    paper = {"mimeType": "application/pdf", "buffer": PDF}
    page.get_by_label("Signed LOA").set_input_files({"name": "loa.pdf", **paper})
    page.get_by_label("Bill or customer service record").set_input_files({"name": "bill.pdf", **paper})
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Order the port of 2 numbers in 1 order").dblclick()
    expect(page.get_by_text("1 of 1 port order placed.", exact=True)).to_be_visible(timeout=PATIENCE)
    assert len(carrier_at_rest.account.debits) == debits + 1

    page.goto(PortOrder.objects.get().get_absolute_url())
    carrier_at_rest.advance_ports(steps=2)
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text(re.compile("The date is confirmed"))).to_be_visible()
    page.get_by_role("button", name="Done The customer knows the date").click()
    expect(page.get_by_role("button", name="Undo The customer knows the date")).to_be_visible()
    carrier_at_rest.advance_ports(steps=1)
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_text("All numbers are here. The old service can be cancelled now.")).to_be_visible()
    assert Number.objects.filter(number__in=THREE[:2], missing_since=None).count() == 2
    page.get_by_role("link", name="+1 206-520-0142").click()
    expect(page.get_by_role("heading", name="+1 206-520-0142")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_desk_is_accessible_and_fits(
    page_for: PageFor, desk: object, ada: User, accessible: Callable[..., None], scheme: str, width: int
) -> None:
    order = desk.ordered()  # type: ignore[attr-defined]
    desk.advance(steps=2)  # type: ignore[attr-defined]
    draft = desk.request("206-520-0155", "206-520-0199")  # type: ignore[attr-defined]
    of_draft = f"/numbers/porting/orders/{draft.orders.get().public_id}"
    request = f"/numbers/porting/requests/{draft.public_id}"
    page = page_for(ada, color_scheme=scheme, viewport={"width": width, "height": 900})
    for address in (
        "/numbers/porting/", "/numbers/porting/new/", f"{request}/numbers/", f"{request}/orders/", f"{of_draft}/details/",
        f"{of_draft}/papers/", f"{request}/review/", order.get_absolute_url(),
    ):  # fmt: skip
        page.goto(address)
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
