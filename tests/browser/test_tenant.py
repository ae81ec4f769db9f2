"""A tenant's own person at the portal: their numbers and nobody else's, whichever way they look."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from apps.accounts.models import Tenant, User
from apps.connections.models import Connection
from apps.numbers.models import Number
from apps.numbers.services import sync
from apps.numbers.services.tenancy import assign
from tests.fixtures.browser import PageFor
from tests.fixtures.people import PASSWORD

MINE, OTHERS = "+12062194100", "+12062194101"
SHOWN = {MINE: "+1 206-219-4100", OTHERS: "+1 206-219-4101"}


@pytest.fixture
def numbers(carrier_connection: Connection, ours: Tenant, theirs: Tenant, ada: User) -> None:
    sync(carrier_connection)
    for number, tenant in ((MINE, ours), (OTHERS, theirs)):
        assign(Number.objects.filter(number=number), tenant, actor=ada)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_a_tenants_user_sees_only_their_own(
    page_for: PageFor,
    theo: User,
    numbers: None,
    theirs: Tenant,
    carrier_connection: Connection,
    accessible: Callable[..., None],
    scheme: str,
    width: int,
) -> None:
    page = page_for(None, color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto("/")
    page.get_by_label("User name").fill("theo")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    accessible(page)

    page.goto("/numbers/")
    expect(page.get_by_role("link", name=SHOWN[MINE])).to_be_visible()
    expect(page.get_by_text(SHOWN[OTHERS])).to_have_count(0)
    accessible(page)
    page.get_by_role("link", name=SHOWN[MINE]).click()
    expect(page.get_by_role("heading", name="Your number")).to_be_visible()
    accessible(page)

    for hidden in (f"/numbers/{OTHERS}/", f"/numbers/{OTHERS}/journey/", f"/tenants/{theirs.key}/", "/connections/", "/audit/"):
        answer = page.goto(hidden)
        assert answer is not None
        assert answer.status in {403, 404}, hidden
        body = page.locator("body").inner_text()
        for secret in (theirs.name, carrier_connection.name):
            assert secret not in body, hidden
    page.goto(f"/search/?q={OTHERS[-4:]}")
    expect(page.get_by_text(SHOWN[OTHERS])).to_have_count(0)
