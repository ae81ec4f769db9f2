"""Signing in through a real SAML provider, a process of its own that signs with another library than the one that checks."""

import html
import json
import re
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, suppress
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from apps.accounts.models import Spent, User
from apps.audit.models import AuditEntry
from portal.checks import check_saml
from portal.saml import providers
from tests.accounts.test_second_factor import STAFF
from tests.fixtures.browser import PageFor

PEOPLE = {
    "n-lou": {"groups": ["telephones"], "email": ["lou@example.com"], "givenName": ["Lou"], "sn": ["Lineman"], "uid": ["lou"]},
    "n-eve": {"groups": ["gardening"], "email": ["eve@example.com"]},
    "n-" + "x" * 200: {"groups": ["telephones"], "email": ["long@example.com"]},
    "n-odd": {"groups": ["telephones"], "email": ["no address"]},
    "n-wide": {"groups": ["telephones"], "email": ["wide@example.com"], "givenName": ["W" * 300]},
    "n-sam": {"groups": ["watchers"], "email": ["sam@example.com"]},
}
ROLES = {"operators of everything": "administrator", "telephones": "support", "watchers": "auditor"}
ACS = "/accounts/saml/acs/"


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The metadata of a provider that knows PEOPLE."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    directory = tmp_path_factory.mktemp("saml")
    command = [sys.executable, "-m", "tests.fixtures.saml_provider", str(port), str(directory), json.dumps(PEOPLE)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield (directory / "metadata.xml").read_text()
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def provider(metadata: str, settings) -> None:
    """The portal with that provider."""
    settings.SAML_IDP_METADATA = metadata
    settings.SOCIALACCOUNT_PROVIDERS = providers(metadata, "Example House", {})
    settings.SAML_ROLES = ROLES


def begin(client: Client, **query: str) -> str:
    """Return the address at the provider that the portal sends a browser to."""
    answer = client.get("/accounts/saml/login/", query)
    assert answer.status_code == 302
    return answer["Location"]


def answer_of(address: str, person: str, flaw: str = "") -> str:
    """Return what the provider lets the browser carry back."""
    page = urlopen(f"{address}&{urlencode({'person': person, 'flaw': flaw})}").read().decode()
    return html.unescape(re.search(r'name="SAMLResponse" value="([^"]+)"', page)[1])


def bring(client: Client, answer: str):
    """Bring the answer to the portal as a browser does: posted by another site, then on by itself."""
    posted = client.post(ACS, {"SAMLResponse": answer})
    return client.get(posted["Location"]) if posted.status_code == 302 else posted


def come(client: Client, person: str, flaw: str = ""):
    return bring(client, answer_of(begin(client, next="/numbers/"), person, flaw))


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def why() -> str:
    """Return what the last entry of the log says of a sign-in that failed."""
    entry = AuditEntry.objects.order_by("sequence").last()
    assert entry.action == "sign_in.failed"
    return entry.error


class TestSignIn:
    pytestmark = pytest.mark.django_db

    def test_somebody_new_gets_the_role_of_their_group(self, provider):
        client = Client()
        answer = come(client, "n-lou")
        assert (answer.status_code, answer["Location"]) == (302, "/numbers/")
        lou = User.objects.get(username="lou")
        assert (lou.role, lou.first_name, lou.last_name, lou.email) == ("support", "Lou", "Lineman", "lou@example.com")
        assert not lou.has_usable_password()
        told = AuditEntry.objects.order_by("sequence")
        assert [entry.action for entry in told] == ["person.added", "sign_in.succeeded"]
        assert told[0].after["through"] == "SAML"
        assert come(Client(), "n-lou").status_code == 302
        assert User.objects.count() == 1

    def test_who_has_no_role_is_turned_away(self, provider):
        client = Client()
        answer = come(client, "n-eve")
        assert answer.status_code == 403
        assert "has no role in Patchbay" in answer.text
        assert not signed_in(client)
        assert not User.objects.exists()
        assert "no role" in why()

    def test_a_signature_over_the_whole_message_will_do(self, provider):
        client = Client()
        come(client, "n-lou", "message signed")
        assert signed_in(client)

    @pytest.mark.parametrize(
        ("flaw", "reason"),
        [
            ("unsigned", "No Signature found"),
            ("tampered", "Signature validation failed"),
            ("foreign key", "Signature validation failed"),
            ("sha1", "Deprecated signature algorithm"),
            ("wrapped", "SAML: "),
            ("doubled", "must contain 1 assertion"),
            ("audience", "not a valid audience"),
            ("anyone", "for the audience []"),
            ("destination", "was received at"),
            ("nowhere", "meant for None"),
            ("recipient", "valid SubjectConfirmation was not found"),
            ("endless", "names its recipient, its end"),
            ("expired", "expired"),
            ("early", "not yet valid"),
            ("issuer", "Invalid issuer"),
            ("transient", "transient NameID"),
            ("unsolicited", "the request it answers"),
            ("failed", "was not Success"),
            ("entity", "DTDForbidden"),
        ],
    )
    def test_an_answer_that_proves_nothing_signs_nobody_in(self, flaw, reason, provider):
        client = Client()
        answer = come(client, "n-lou", flaw)
        assert answer.status_code == 403
        assert "did not confirm who you are" in answer.text
        assert reason not in answer.text
        assert not signed_in(client)
        assert not User.objects.exists()
        assert reason in why()

    def test_an_answer_is_good_for_one_sign_in(self, provider):
        client = Client()
        answer = answer_of(begin(client), "n-lou")
        bring(client, answer)
        assert signed_in(client)
        again = bring(client, answer)
        assert again.status_code == 403
        assert "made before" in why()

    def test_an_assertion_is_remembered_in_the_database(self, provider):
        """Also where a browser's memory of its requests was put back to what it was."""
        client = Client()
        answer = answer_of(begin(client), "n-lou")
        states = client.session["socialaccount_states"]
        bring(client, answer)
        assert Spent.objects.count() == 1
        other = Client()
        begin(other)
        session = other.session
        session["socialaccount_states"] = states
        session.save()
        assert bring(other, answer).status_code == 403
        assert "used before" in why()

    def test_an_answer_to_another_browser_signs_nobody_in(self, provider):
        """Else an attacker could sign a victim in as somebody else, or use what they overheard."""
        answer = answer_of(begin(Client()), "n-lou")
        victim = Client()
        begin(victim)
        assert bring(victim, answer).status_code == 403
        assert not signed_in(victim)
        assert "this browser did not make" in why()

    def test_finishing_without_an_answer_is_refused(self, provider):
        assert Client().get("/accounts/saml/finish/").status_code == 403

    @pytest.mark.parametrize("answer", ["", "no base64", "PHg+", "AAAA", "PD94bWwgdmVyc2lvbj0iMS4wIj8+", "A" * 300_000])
    def test_nonsense_is_refused(self, answer, provider):
        assert Client().post(ACS, {"SAMLResponse": answer}).status_code == 403

    @given(st.one_of(st.text(), st.binary().map(lambda raw: b64encode(raw).decode())))
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_whatever_is_posted_gets_an_answer(self, provider, answer):
        assert Client(REMOTE_ADDR="192.0.2.7").post(ACS, {"SAMLResponse": answer}).status_code in {403, 429}

    @pytest.mark.parametrize(("person", "why"), [("n-" + "x" * 200, "did not confirm"), ("n-odd", "does not tell your e-mail")])
    def test_facts_that_cannot_be_kept_are_refused(self, person, why, provider):
        answer = come(Client(), person)
        assert answer.status_code == 403
        assert why in answer.text

    def test_a_name_that_is_too_long_is_cut(self, provider):
        come(Client(), "n-wide")
        assert User.objects.get(email="wide@example.com").first_name == "W" * 150

    def test_the_cookie_of_the_way_back_is_out_of_reach(self, provider):
        client = Client()
        answer = client.post(ACS, {"SAMLResponse": answer_of(begin(client), "n-lou")})
        cookie = answer.cookies["saml-answer"]
        assert (bool(cookie["httponly"]), cookie["samesite"], cookie["path"]) == (True, "Lax", "/accounts/saml/finish/")

    @pytest.mark.parametrize("trusted", [True, False])
    def test_an_address_joins_its_person_only_where_the_provider_is_trusted_with_it(self, trusted, provider, settings, sam):
        settings.SAML_TRUST_EMAIL = trusted
        client = Client()
        answer = come(client, "n-sam")
        sam.refresh_from_db()
        assert signed_in(client) is trusted
        assert sam.role == ("auditor" if trusted else "support")
        if not trusted:
            assert "does not vouch that it is yours" in answer.text

    @pytest.mark.parametrize("asks", [True, False])
    def test_the_second_factor_is_the_providers_where_it_asks_for_one(self, asks, provider, settings):
        settings.SECOND_FACTOR_ROLES, settings.SAML_ASKS_SECOND_FACTOR = STAFF, asks
        client = Client()
        come(client, "n-lou")
        assert client.get("/numbers/").status_code == (200 if asks else 302)

    @pytest.mark.parametrize(("flaw", "status"), [("", 302), ("lazy", 403)])
    def test_a_step_up_believes_only_a_provider_that_asked_again(self, flaw, status, provider):
        client = Client()
        come(client, "n-lou")
        address = begin(client, auth_params="prompt=login")
        answer = bring(client, answer_of(address, "n-lou", flaw))
        assert answer.status_code == status

    def test_nobody_sets_a_password_beside_the_provider(self, provider):
        client = Client()
        come(client, "n-lou")
        for path in ("set", "change"):
            client.post(
                f"/accounts/password/{path}/", {"password1": "seven quiet telephones", "password2": "seven quiet telephones"}
            )
            assert not User.objects.get(username="lou").has_usable_password()
        assert client.get("/accounts/password/set/")["Location"] == "/profile/"

    def test_the_portal_tells_the_provider_what_it_has_to_know(self, provider):
        told = Client().get("/accounts/saml/metadata/")
        assert told["Content-Type"] == "application/samlmetadata+xml"
        assert 'Location="http://testserver/accounts/saml/acs/"' in told.text
        assert 'entityID="http://testserver/accounts/saml/metadata/"' in told.text

    def test_without_metadata_there_is_no_provider(self):
        assert providers("", "", {}) == {}
        for path in ("login/", "finish/", "metadata/"):
            assert Client().get(f"/accounts/saml/{path}").status_code == 404
        assert Client().post(ACS).status_code == 404


class TestRoleLoss:
    pytestmark = pytest.mark.django_db

    def lose(self, settings) -> None:
        settings.SAML_ROLES = {"nobody": "support"}

    def test_who_lost_the_role_is_refused_and_signed_out_everywhere(self, provider, settings):
        elsewhere, here = Client(), Client()
        come(elsewhere, "n-lou")
        assert elsewhere.get("/numbers/").status_code == 200
        self.lose(settings)
        assert come(here, "n-lou").status_code == 403
        assert not signed_in(here)
        assert elsewhere.get("/numbers/").status_code == 302
        lost = AuditEntry.objects.get(action="person.role_lost")
        assert (lost.target, lost.before, lost.after) == (
            "lou",
            {"role": "support", "sessions": 1},
            {"role": "", "through": "SAML"},
        )

    def test_a_password_of_ours_goes_with_the_role(self, provider, settings, sam, ada):
        settings.SAML_TRUST_EMAIL = True
        come(Client(), "n-sam")
        self.lose(settings)
        come(Client(), "n-sam")
        sam.refresh_from_db()
        assert not sam.has_usable_password()
        assert AuditEntry.objects.get(action="person.role_lost").after["local_sign_in"] == "taken away"

    def test_the_last_administrator_keeps_a_password(self, provider, settings, sam):
        User.objects.filter(pk=sam.pk).update(role="administrator")
        settings.SAML_TRUST_EMAIL = True
        settings.SAML_ROLES = {"watchers": "administrator"}
        come(Client(), "n-sam")
        self.lose(settings)
        client = Client()
        assert come(client, "n-sam").status_code == 403
        assert not signed_in(client)
        sam.refresh_from_db()
        assert sam.has_usable_password()

    def test_another_group_changes_the_role_at_the_next_sign_in(self, provider, settings):
        come(Client(), "n-lou")
        settings.SAML_ROLES = {"telephones": "auditor"}
        come(Client(), "n-lou")
        assert User.objects.get(username="lou").role == "auditor"


class TestInBrowser:
    pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

    def come(self, page: Page, person: str) -> None:
        page.goto("/accounts/login/?next=/numbers/")
        page.get_by_role("link", name="Sign in with Example House").click()
        page.get_by_role("button", name=person, exact=True).click()
        page.get_by_role("button", name="Continue").click()

    def test_signing_in_and_being_turned_away(self, page_for: PageFor, provider, accessible) -> None:
        page = page_for(None)
        self.come(page, "n-lou")
        expect(page.get_by_role("heading", name="Numbers", exact=False).first).to_be_visible()
        page.context.clear_cookies()
        self.come(page, "n-eve")
        expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
        accessible(page)

    def test_step_up_goes_to_the_provider(self, page_for: PageFor, provider, settings) -> None:
        page = page_for(None)
        self.come(page, "n-lou")
        page.wait_for_url("**/numbers/**")
        settings.STEP_UP_SECONDS = 0
        page.goto("/accounts/2fa/totp/activate/")
        settings.STEP_UP_SECONDS = 600
        page.get_by_role("link", name="Sign in with Example House again").click()
        page.get_by_role("button", name="n-lou", exact=True).click()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="Set up an authenticator app")).to_be_visible()


class TestCheck:
    def test_good_metadata_pass(self, provider):
        assert check_saml() == []

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("not XML", "they are no metadata"),
            ("<x/>", "lack an entity ID"),
            ('<!DOCTYPE x [<!ENTITY y "z">]><x/>', "they are no metadata"),
        ],
    )
    def test_metadata_nobody_could_sign_in_with_are_refused_at_start(self, text, why, settings):
        settings.SAML_IDP_METADATA = text
        (found,) = check_saml()
        assert why in found.msg
