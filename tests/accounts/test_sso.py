"""Signing in through a real OpenID Connect provider, a process of its own, in a real browser."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core import mail
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.accounts.signin.federation import Refused, free_username, role_of
from apps.accounts.signin.sso import check_issuer
from apps.audit.models import AuditEntry
from portal.oidc import providers
from tests.accounts.test_second_factor import STAFF
from tests.fixtures.browser import PageFor

# The two administrators keep the portal manageable when one of them loses the role.
KNOWN = {"email_verified": True}
PEOPLE = [
    {"sub": "lou", "email": "lou@example.com", "name": "Lou Lineman", "preferred_username": "lou", "groups": ["telephones"]},
    {"sub": "eve", "email": "eve@example.com", "name": "Eve Elsewhere", "groups": ["gardening"]},
    {"sub": "s-1", "email": "sam@example.com", "groups": ["telephones", "watchers"], **KNOWN},
    {"sub": "s-2", "email": "sam@example.com", "groups": ["operators of everything"]},
]
ROLES = {"operators of everything": "administrator", "telephones": "support", "watchers": "auditor"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a provider that knows PEOPLE."""
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    for person in PEOPLE:
        command += ["--user-claims", json.dumps(person)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            with contextlib.suppress(URLError, OSError), urlopen(f"{address}/.well-known/openid-configuration"):
                break
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def provider(issuer, settings) -> None:
    """The portal with that provider."""
    settings.SOCIALACCOUNT_PROVIDERS = providers(issuer, "patchbay", "a secret of the portal", "Example House", [])
    settings.OIDC_ROLES = ROLES


def come(page: Page, sub: str) -> None:
    page.goto("/accounts/login/?next=/numbers/")
    page.get_by_role("link", name="Sign in with Example House").click()
    page.get_by_role("button", name=sub, exact=True).click()


browser_test = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class TestInBrowser:
    pytestmark = browser_test

    def test_somebody_new_gets_the_role_of_their_group(self, page_for: PageFor, provider, accessible) -> None:
        page = page_for(None)
        page.goto("/accounts/login/")
        accessible(page)
        come(page, "lou")
        expect(page.get_by_role("heading", name="Numbers", exact=False).first).to_be_visible()
        lou = User.objects.get(username="lou")
        assert (lou.role, lou.first_name, lou.email, lou.has_usable_password()) == ("support", "Lou", "lou@example.com", False)
        told = AuditEntry.objects.order_by("sequence")
        assert [entry.action for entry in told] == ["person.added", "sign_in.succeeded"]
        assert told.last().after == {"with": ["socialaccount"]}
        page.context.clear_cookies()
        # No password here may outlive the account there.
        page.goto("/accounts/password/reset/")
        page.get_by_label("Email").fill("lou@example.com")
        page.get_by_role("button").last.click()
        page.wait_for_url("**/reset/done/")
        assert not mail.outbox
        come(page, "lou")
        page.wait_for_url("**/numbers/**")
        assert User.objects.count() == 1

    def test_who_has_no_role_is_turned_away(self, page_for: PageFor, provider, accessible) -> None:
        page = page_for(None)
        come(page, "eve")
        expect(page.get_by_text("has no role in Patchbay")).to_be_visible()
        accessible(page)
        assert not User.objects.exists()
        assert AuditEntry.objects.get().action == "sign_in.failed"

    def test_who_lost_the_role_is_refused_and_signed_out_everywhere(self, page_for: PageFor, provider, settings) -> None:
        elsewhere, here = page_for(None), page_for(None)
        come(elsewhere, "lou")
        elsewhere.wait_for_url("**/numbers/**")
        settings.OIDC_ROLES = {"nobody": "support"}
        come(here, "lou")
        expect(here.get_by_text("has no role in Patchbay")).to_be_visible()
        elsewhere.goto("/numbers/")
        expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()
        assert AuditEntry.objects.get(action="person.role_lost").before == {"role": "support", "sessions": 1}

    def test_a_verified_address_joins_the_person_and_the_strongest_role_wins(self, page_for: PageFor, provider, aud) -> None:
        User.objects.filter(pk=aud.pk).update(email="sam@example.com")
        page = page_for(None)
        come(page, "s-1")
        page.wait_for_url("**/numbers/**")
        aud.refresh_from_db()
        assert aud.role == "support"
        actions = list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True))
        assert actions == ["person.joined", "person.role_changed", "sign_in.succeeded"]

    def test_an_address_nobody_vouches_for_takes_over_nothing(self, page_for: PageFor, provider, sam) -> None:
        page = page_for(None)
        come(page, "s-2")
        expect(page.get_by_text("does not vouch that it is yours")).to_be_visible()
        sam.refresh_from_db()
        assert sam.role == "support"

    @pytest.mark.parametrize("asks", [True, False])
    def test_the_second_factor_is_the_providers_where_it_asks_for_one(
        self, asks, page_for: PageFor, provider, settings
    ) -> None:
        settings.SECOND_FACTOR_ROLES, settings.OIDC_ASKS_SECOND_FACTOR = STAFF, asks
        page = page_for(None)
        come(page, "lou")
        page.wait_for_url("**/numbers/**" if asks else "**/accounts/2fa/")

    def test_step_up_of_who_has_no_password_goes_to_the_provider(self, page_for: PageFor, provider, settings) -> None:
        page = page_for(None)
        come(page, "lou")
        page.wait_for_url("**/numbers/**")
        settings.STEP_UP_SECONDS = 0
        page.goto("/accounts/2fa/totp/activate/")
        settings.STEP_UP_SECONDS = 600
        page.get_by_role("link", name="Sign in with Example House again").click()
        page.get_by_role("button", name="lou", exact=True).click()
        expect(page.get_by_role("heading", name="Set up an authenticator app")).to_be_visible()

    def test_accounts_are_not_joined_by_hand(self, page_for: PageFor, provider, sam) -> None:
        page = page_for(sam)
        page.goto("/accounts/oidc/sso/login/?process=connect")
        page.get_by_role("button", name="lou", exact=True).click()
        expect(page.get_by_text("not by hand")).to_be_visible()

    def test_who_cancels_at_the_provider_is_told_so(self, page_for: PageFor, provider) -> None:
        page = page_for(None)
        page.goto("/accounts/login/")
        page.get_by_role("link", name="Sign in with Example House").click()
        page.get_by_role("button", name="Deny").click()
        expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["watchers"], "auditor"),
        ("telephones", "support"),
        (["watchers", "operators of everything"], "administrator"),
        ([], ""),
        (None, ""),
    ],
)
def test_the_groups_give_the_role(groups, role):
    assert role_of(groups, ROLES) == role


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "userinfo", "fine"),
    [
        ({"iss": "https://id.example.net", "sub": "lou"}, {"sub": "lou"}, True),
        ({"iss": "https://id.example.net/", "sub": "lou"}, {}, True),
        ({"iss": "https://other.example.net", "sub": "lou"}, {"sub": "lou"}, False),
        ({"sub": "lou"}, {"sub": "lou"}, False),
        ({"iss": "https://id.example.net", "sub": "lou"}, {"sub": "ada"}, False),
    ],
)
def test_a_token_of_another_issuer_or_person_is_refused(token, userinfo, fine, settings, rf):
    settings.SOCIALACCOUNT_PROVIDERS = providers("https://id.example.net", "patchbay", "s", "Example House", [])
    account = SocialAccount(provider="sso", uid="lou", extra_data={"id_token": token, "userinfo": userinfo})
    came = SocialLogin(account=account, provider=get_adapter().get_provider(rf.get("/"), "sso"))
    with nullcontext() if fine else pytest.raises(Refused):
        check_issuer(came)


@pytest.mark.django_db
def test_a_name_that_is_taken_gets_a_number(sam):
    assert free_username("Sam") == "Sam-2"
    assert free_username("sam@example.com") == "sam@example.com-2"
    assert free_username("b o/b") == "bob"


def test_without_an_issuer_there_is_no_provider():
    assert providers("", "", "", "", []) == {}
