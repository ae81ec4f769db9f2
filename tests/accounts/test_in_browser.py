"""Signing in, in a real Chromium: an authenticator app, passkeys on a virtual authenticator, and step-up over a page."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.connections.models import Connection
from tests.accounts.test_second_factor import STAFF, code_for, with_app
from tests.fixtures.browser import PageFor
from tests.fixtures.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Check = Callable[[Page], None]


@pytest.fixture(autouse=True)
def forget_used_codes():
    cache.clear()


def sign_in(page: Page, name: str = "ada") -> None:
    page.goto("/accounts/login/")
    page.get_by_label("User name or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def virtual_authenticator(page: Page) -> Any:
    """Give the page's browser an authenticator that is always there and whose person always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools


def test_staff_are_forced_through_setting_up_an_app(page_for: PageFor, ada: User, accessible: Check, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = STAFF
    page = page_for(None)
    sign_in(page)
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    accessible(page)
    page.goto("/people/")
    page.get_by_role("link", name="Set up an app").click()
    expect(page.get_by_role("heading", name="Set up an authenticator app")).to_be_visible()
    accessible(page)
    page.get_by_text("No camera?").click()
    secret = page.locator("details code").inner_text()
    page.get_by_label("The code your app shows now").fill(code_for(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("list", name="Recovery codes").locator("li")).to_have_count(10)
    accessible(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("link", name="People")).to_be_visible()
    page.context.clear_cookies()
    cache.clear()
    sign_in(page)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    accessible(page)
    page.get_by_label("Code").fill(code_for(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("link", name="People")).to_be_visible()


def test_a_passkey_is_added_signs_in_alone_is_renamed_and_removed(page_for: PageFor, ada: User, accessible: Check) -> None:
    page = page_for(None)
    virtual_authenticator(page)
    sign_in(page)
    page.goto("/accounts/2fa/")
    accessible(page)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Desk laptop")
    accessible(page)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("list", name="Recovery codes")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/people/")
    accessible(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    assert AuditEntry.objects.filter(action="sign_in.succeeded").latest("sequence").after == {"with": ["webauthn"]}
    page.goto("/accounts/2fa/webauthn/")
    accessible(page)
    page.get_by_role("link", name="Rename Desk laptop").click()
    page.get_by_label("Name").fill("Blue laptop")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Blue laptop").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("You have no passkeys.")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_a_passkey_can_be_the_second_step(page_for: PageFor, ada: User) -> None:
    page = page_for(ada)
    virtual_authenticator(page)
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Sign in with this passkey alone").uncheck()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("list", name="Recovery codes")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("link", name="People")).to_be_visible()


def test_a_passkey_alone_is_no_way_around_the_provider(page_for: PageFor, ada: User) -> None:
    page = page_for(ada)
    virtual_authenticator(page)
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("list", name="Recovery codes")).to_be_visible()
    ada.set_unusable_password()
    ada.save()
    SocialAccount.objects.create(user=ada, provider="sso", uid="ada")
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("You sign in at your provider.")).to_be_visible()
    assert AuditEntry.objects.latest("sequence").action == "sign_in.failed"


def test_a_passkey_that_is_not_there_says_so(page_for: PageFor) -> None:
    page = page_for(None)
    devtools = virtual_authenticator(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used")
    devtools.send("WebAuthn.disable")


def test_step_up_over_a_form_keeps_what_was_typed(
    page_for: PageFor, ada: User, carrier_connection: Connection, accessible: Check, settings: Any
) -> None:
    secret = with_app(ada)
    page = page_for(ada)
    page.goto("/connections/main-carrier/edit/")
    page.get_by_text("TLS and limits").click()
    page.get_by_label("Calls at once").fill("3")
    settings.STEP_UP_SECONDS = 0
    page.get_by_role("button", name="Test first").click()
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    expect(dialog).to_be_visible()
    accessible(page)
    dialog.get_by_label("Code").fill("000000")
    dialog.get_by_role("button", name="Confirm with the code").click()
    expect(dialog.get_by_text("This code does not match").first).to_be_visible()
    settings.STEP_UP_SECONDS = 600
    dialog.get_by_label("Code").fill(code_for(secret))
    dialog.get_by_role("button", name="Confirm with the code").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#trial")).to_contain_text("main-carrier works")
    expect(page.get_by_label("Calls at once")).to_have_value("3")
    settings.STEP_UP_SECONDS = 0
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    accessible(page)
    expect(page.get_by_role("button", name="Confirm with the password")).to_have_count(0)  # there is something stronger
    page.get_by_label("Code").fill(code_for(secret, steps=1))
    page.get_by_role("button", name="Confirm with the code").click()
    expect(page.get_by_role("heading", name="main-carrier")).to_be_visible()
    assert Connection.objects.get().concurrency == 3
