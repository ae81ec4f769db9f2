"""The main job, walked in a real browser over real HTTP: from signing in to numbers in the inventory and the log."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.verify import Verification
from apps.connections.models import Connection
from apps.numbers.models import Number
from apps.sandbox.carrier import CarrierSandbox
from tests.fixtures.browser import PageFor
from tests.fixtures.people import PASSWORD
from tests.fixtures.processes import Process

QUANTITY = 300
SOON = 30_000  # milliseconds: a worker on a busy machine


@pytest.mark.kill
def test_an_administrator_buys_300_numbers(
    page_for: PageFor,
    ada: User,
    carrier: CarrierSandbox,
    carrier_connection: Connection,
    worker: Process,
    accessible: Callable[..., None],
) -> None:
    balance, debits = carrier.account.balance, len(carrier.account.debits)
    carrier.faults.set("slow", "bulkreserve", delay=1)  # long enough for the progress to be seen
    page = page_for(None, viewport={"width": 1440, "height": 1000})

    sign_in(page, ada)
    page.get_by_role("link", name="Numbers", exact=True).first.click()
    page.get_by_role("link", name="Find numbers").first.click()
    page.get_by_label("State").select_option("WA")
    expect(page.get_by_role("heading", name=re.compile("numbers for sale"))).to_be_visible()
    accessible(page)

    page.get_by_label("How many").fill(str(QUANTITY))
    page.get_by_role("button", name="Reserve this many").click()
    cart = page.get_by_role("complementary", name="Cart")
    bar = cart.get_by_role("progressbar")
    assert any(0 < share < 1 for share in progress(bar)), "the bar moves while numbers are reserved"
    expect(cart.locator(".card-header")).to_contain_text(f"{QUANTITY} numbers")
    cart.get_by_role("link", name="Go on to the order").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"{QUANTITY} numbers in the cart")
    accessible(page)
    page.get_by_label("Trunk group").select_option(index=1)
    page.get_by_role("button", name=f"Make the order of {QUANTITY} numbers").click()

    pay = page.get_by_role("button", name=re.compile(r"^Pay \$[\d,.]+ and allocate 300 numbers"))
    expect(pay).to_be_visible(timeout=SOON)
    accessible(page)
    assert carrier.account.balance == balance, "nothing is spent before somebody pays"
    pay.click()
    page.get_by_role("link", name="See the numbers").click(timeout=SOON)

    expect(page.get_by_role("main")).to_contain_text("300")
    bought = Number.objects.exclude(order_id="")
    assert bought.count() == QUANTITY
    assert set(bought.values_list("status", flat=True)) == {"active"}
    assert len(carrier.account.debits) == debits + 1, "paid once"

    page.get_by_role("link", name="Audit").click()
    for action in ("Sign in succeeded", "Numbers purchase started", "Numbers purchase confirmed"):
        expect(page.get_by_role("main")).to_contain_text(action)
    accessible(page)
    assert AuditEntry.objects.filter(operation="orders.process", outcome="ok", actor=ada).exists()
    assert list(Verification().findings()) == []


def sign_in(page: Page, user: User) -> None:
    page.goto("/")
    page.get_by_label("User name or e-mail").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")


def progress(bar: Locator) -> set[float]:
    """Watch a bar until it is gone, and return the shares (0 to 1) that it told assistive technology."""
    expect(bar).to_be_visible()
    shares: set[float] = set()
    deadline = time.monotonic() + SOON / 1000
    while bar.count():
        assert time.monotonic() < deadline, f"still at {max(shares)}"
        share = bar.evaluate_all("([bar]) => bar && bar.getAttribute('aria-valuenow') / bar.getAttribute('aria-valuemax')")
        if share is not None:  # gone since it was counted
            shares.add(share)
        time.sleep(0.1)
    return shares
