"""The buying screens as people use them: fingers that click twice, phones, dark rooms."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.sandbox.carrier import CarrierSandbox
from tests.fixtures.browser import PageFor
from tests.fixtures.processes import Process

PATIENCE = 30_000  # milliseconds: a worker on a busy machine


@pytest.mark.kill
def test_double_click_on_pay_spends_once(
    page_for: PageFor, ada: User, carrier: CarrierSandbox, carrier_connection: Connection, worker: Process
) -> None:
    page = page_for(ada)
    page.set_default_timeout(PATIENCE)
    page.goto("/numbers/search/?kind=local&area=OR")
    page.locator("#choose input[name=numbers]").nth(0).check()
    page.get_by_role("button", name="Add 1 to the cart").click()
    page.get_by_role("link", name="Go on to the order").click()
    page.get_by_label("Trunk group").select_option(index=1)
    page.get_by_role("button", name="Make the order of 1 number").click()
    pay = page.get_by_role("button", name=re.compile("and allocate 1 number"))
    debits = len(carrier.account.debits)
    pay.dblclick()
    expect(page.get_by_role("link", name="See the numbers")).to_be_visible(timeout=PATIENCE)
    assert len(carrier.account.debits) == debits + 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_buying_screens_are_accessible_and_fit(
    page_for: PageFor, ada: User, carrier_connection: Connection, accessible: Callable[..., None], scheme: str, width: int
) -> None:
    page = page_for(ada, color_scheme=scheme, viewport={"width": width, "height": 900})
    for address in ("/numbers/search/", "/numbers/search/?kind=local&area=WA", "/numbers/cart/", "/numbers/orders/"):
        page.goto(address)
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
