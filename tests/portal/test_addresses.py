"""Who may open what: every address against a visitor and each role. New addresses are tested the moment they exist."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import resolve

from apps.accounts.models import Role
from apps.accounts.permissions import PERMISSIONS
from tests.fixtures.people import CAST
from tests.portal.addresses import Address, addresses

ALL = addresses()
# Answered without a session. All else leads a visitor to the sign-in page.
OPEN = {
    "account_logout",  # leads home, and home leads to the sign-in page
    "health",
    "ready",
    "robots",
    "favicon",
    "prometheus-django-metrics",
    "accounts:invitation",  # its link is the key
    "account_login",
    "openid_connect_login",  # not found where there is no provider
    "openid_connect_callback",
    "saml_login",
    "saml_acs",
    "saml_finish",
    "saml_metadata",
    "socialaccount_login_cancelled",
    "account_signup",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_confirm_login_code",
    "account_email_verification_sent",
}
# For everybody who is signed in, whatever the role.
FOR_ALL_ROLES = {
    "home",
    "search",
    "notices",
    "theme",
    "accounts:permissions",
    "accounts:profile",
    "accounts:step_up",
    "accounts:passkey_options",
    "accounts:revoke_sessions",
    "scope:choose",
    "scope:stop",
}
ALLAUTH = ("account_", "mfa_")  # about oneself, each of them
SIGN_IN = "/accounts/login/"
GUARDED = [address for address in ALL if address.permission]
ROLES = {name: role for name, (_, role) in CAST.items()}


def _each(found: list[Address]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("address", found, ids=str)


@_each(ALL)
def test_the_example_of_an_address_leads_there(address: Address) -> None:
    found = resolve(address.path)
    assert f"{':'.join([*found.namespaces, ''])}{found.url_name}" == address.name


@_each([address for address in ALL if address.name not in OPEN])
def test_a_visitor_is_led_to_the_sign_in_page(address: Address, stranger: Client, db: None) -> None:
    for answer in (stranger.get(address.path), stranger.post(address.path)):
        assert answer.status_code == 302, f"{address.path} answers a visitor with {answer.status_code}"
        assert answer["Location"].startswith(SIGN_IN)


@_each([address for address in ALL if address.name not in OPEN])
def test_a_fragment_for_a_visitor_moves_the_whole_page(address: Address, stranger: Client, db: None) -> None:
    answer = stranger.get(address.path, headers={"hx-request": "true"})
    # allauth's own pages are never fragments.
    assert answer.headers.get("HX-Redirect", answer.headers.get("Location", "")).startswith(SIGN_IN)


def test_every_address_names_its_permission_or_is_known_to_need_none() -> None:
    known = OPEN | FOR_ALL_ROLES
    free = [a.path for a in ALL if not a.permission and a.name not in known and not a.name.startswith(ALLAUTH)]
    assert free == [], "decorate these views with @requires, or list them here with a reason"


def test_every_permission_that_a_view_asks_for_is_in_the_table() -> None:
    assert {address.permission for address in GUARDED} <= PERMISSIONS.keys()


@pytest.mark.parametrize("person", ROLES)
@_each(GUARDED)
def test_each_role_gets_what_its_permissions_cover(address: Address, person: str, client_for: Callable[[str], Client]) -> None:
    client = client_for(person)
    allowed = ROLES[person] in PERMISSIONS[str(address.permission)]
    # Twice, since a view may be reached by either: nothing exists there and nothing is sent, so an answer is all.
    for answer in (client.get(address.path), client.post(address.path)):
        if allowed:
            assert answer.status_code != 403
            assert answer.status_code < 500
        else:
            assert answer.status_code == 403


@pytest.mark.parametrize("name", sorted(FOR_ALL_ROLES))
@pytest.mark.parametrize("person", ROLES)
def test_pages_for_everybody_open_for_each_role(name: str, person: str, client_for: Callable[[str], Client]) -> None:
    address = next(found for found in ALL if found.name == name)
    assert client_for(person).get(address.path).status_code in {200, 302, 405}


@_each(GUARDED)
def test_a_form_from_elsewhere_is_refused(address: Address, ada: object, client_for: Callable[..., Client]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_for("ada").cookies
    assert client.post(address.path).status_code in {403, 405}


def test_every_role_is_in_the_cast() -> None:
    assert set(ROLES.values()) == set(Role)
