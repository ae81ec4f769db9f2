"""A second person, in a real browser: a limit is set, an order waits for somebody else, and is paid once they agree."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.changes.models import Approval
from apps.connections.models import Connection
from apps.numbers.models import Number
from apps.sandbox.carrier import CarrierSandbox
from tests.browser.test_purchase import SOON, sign_in
from tests.fixtures.browser import PageFor
from tests.fixtures.people import PASSWORD
from tests.fixtures.processes import Process


@pytest.mark.kill
def test_an_order_over_the_limit_is_paid_when_somebody_else_agrees(
    page_for: PageFor,
    ada: User,
    ops: User,
    carrier: CarrierSandbox,
    carrier_connection: Connection,
    worker: Process,
    accessible: Callable[..., None],
    settings: Settings,
) -> None:
    settings.STEP_UP_SECONDS = 0  # whatever wants a proof asks for it each time
    debits = len(carrier.account.debits)
    admin = page_for(None, viewport={"width": 1280, "height": 900})
    sign_in(admin, ada)
    admin.get_by_role("link", name="Approvals").click()
    admin.get_by_role("link", name="Rules", exact=True).click()
    admin.get_by_label("Limit for one purchase").fill("1.00")
    accessible(admin)
    admin.get_by_role("button", name="Save the rules").click()
    prove(admin)
    expect(admin.get_by_text("The rules were saved.")).to_be_visible()

    buyer = page_for(None, viewport={"width": 1280, "height": 900})
    sign_in(buyer, ops)
    order(buyer, 3)
    expect(buyer.get_by_role("heading", name="Needs a second person")).to_be_visible(timeout=SOON)
    expect(buyer.get_by_role("button", name=re.compile("^Pay"))).to_have_count(0)
    accessible(buyer)
    buyer.get_by_label("Why it is wanted").fill("Three lines for the new branch.")
    buyer.get_by_role("button", name="Ask for approval").click()
    expect(buyer.get_by_role("heading", name="Waiting for a second person")).to_be_visible()
    purchase = buyer.url
    buyer.get_by_role("link", name="See the request").click()
    expect(buyer.get_by_text("Nobody approves their own")).to_be_visible()
    expect(buyer.get_by_role("button", name="Approve")).to_have_count(0)
    accessible(buyer)

    admin.goto("/")
    admin.get_by_role("link", name=re.compile("Approvals 1")).click()
    admin.get_by_role("link", name=re.compile("^Pay .* for 3 numbers")).click()
    main = admin.get_by_role("main")
    for words in ("Three lines for the new branch.", "is over the limit of $1.00", "Balance after", "A month, estimated"):
        expect(main).to_contain_text(words)
    for number in Approval.objects.get().connections.get().purchases.get().numbers.all():
        expect(main).to_contain_text(f"+1 {number.number[2:5]}-{number.number[5:8]}-{number.number[8:]}")
    accessible(admin)
    admin.get_by_label("Comment").fill("Which branch?")
    admin.get_by_role("button", name="Only comment").click()
    expect(main).to_contain_text("Which branch?")
    admin.get_by_label("Comment").fill("Agreed with the branch.")
    admin.get_by_role("button", name="Approve").click()
    prove(admin)
    expect(admin.get_by_text("Approved. Who asked can go on now.")).to_be_visible()
    accessible(admin)
    assert len(carrier.account.debits) == debits, "agreeing pays nothing"

    buyer.goto(purchase)
    expect(buyer.get_by_role("main")).to_contain_text("Ada Admin approved exactly this")
    expect(buyer.get_by_role("main")).to_contain_text("Agreed with the branch.")
    buyer.get_by_role("button", name=re.compile(r"^Pay \$[\d,.]+ and allocate 3 numbers")).click()
    prove(buyer)
    expect(buyer.get_by_role("link", name="See the numbers")).to_be_visible(timeout=SOON)
    assert len(carrier.account.debits) == debits + 1
    assert Number.objects.exclude(order_id="").count() == 3

    admin.goto(f"/audit/?q={Approval.objects.get().public_id}")
    admin.goto("/audit/?q=approval")
    for action, who in (("asked", "ops"), ("commented", "ada"), ("approved", "ada"), ("used", "ops")):
        row = admin.get_by_role("row", name=re.compile(f"Approval {action}")).first
        expect(row).to_contain_text(who)
    used = AuditEntry.objects.get(action="approval.used")
    assert (used.params["asked_by"], used.params["approved_by"]) == ("ops", "ada")


def order(page: Page, quantity: int) -> None:
    """Search, reserve and make the order of so many numbers."""
    page.get_by_role("link", name="Numbers", exact=True).first.click()
    page.get_by_role("link", name="Find numbers").first.click()
    page.get_by_label("State").select_option("WA")
    page.get_by_label("How many").fill(str(quantity))
    page.get_by_role("button", name="Reserve this many").click()
    page.get_by_role("complementary", name="Cart").get_by_role("link", name="Go on to the order").click(timeout=SOON)
    page.get_by_label("Trunk group").select_option(index=1)
    page.get_by_role("button", name=f"Make the order of {quantity} numbers").click()


def prove(page: Page) -> None:
    """Answer the question who is there."""
    page.get_by_role("main").get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name=re.compile("Confirm|Continue")).click()
