"""Signing in with the password of a real LDAP directory, a process of its own, over TLS."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.accounts.signin import ldap
from apps.audit.models import AuditEntry
from portal.checks import check_ldap
from tests.accounts.test_second_factor import STAFF
from tests.fixtures import directory
from tests.fixtures.browser import PageFor
from tests.fixtures.directory import ACCOUNT, ACCOUNT_PASSWORD, BASE
from tests.fixtures.people import PASSWORD as LOCAL_PASSWORD

PASSWORD = directory.PASSWORD
ROLES = {"telephones": "support", "watchers": "auditor", "everything": "administrator"}


@dataclass(frozen=True)
class Running:
    """Where the directory listens, and what its certificate is."""

    plain: int
    tls: int
    ca: str


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A directory that knows `directory.PEOPLE`."""
    plain, tls, place = free_port(), free_port(), tmp_path_factory.mktemp("directory")
    command = [sys.executable, "-m", "tests.fixtures.directory", str(plain), str(tls), str(place)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(400):
            with suppress(OSError), socket.create_connection(("127.0.0.1", tls)):
                break
            time.sleep(0.05)
        yield Running(plain, tls, (place / "ca.pem").read_text())
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def asked(running: Running, settings) -> Running:
    """The portal with that directory, over ldaps."""
    settings.LDAP_URL = f"ldaps://localhost:{running.tls}"
    settings.LDAP_CA = running.ca
    settings.LDAP_BIND_DN, settings.LDAP_BIND_PASSWORD = ACCOUNT, ACCOUNT_PASSWORD
    settings.LDAP_BASE = BASE
    settings.LDAP_GROUP_BASE = f"ou=groups,{BASE}"
    settings.LDAP_ROLES = ROLES
    cache.clear()
    return running


def sign_in(name: str = "lou", password: str = PASSWORD, client: Client | None = None):
    client = client or Client()
    return client.post("/accounts/login/", {"login": name, "password": password}), client


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def last() -> AuditEntry:
    return AuditEntry.objects.order_by("sequence").last()


@pytest.mark.django_db
class TestSignIn:
    def test_somebody_new_gets_the_role_of_their_group(self, asked):
        _, client = sign_in()
        assert signed_in(client)
        lou = User.objects.get()
        assert (lou.username, lou.role, lou.email, str(lou)) == ("lou", "support", "lou@example.com", "Lou Lineman")
        assert not lou.has_usable_password()
        actions = AuditEntry.objects.order_by("sequence").values_list("action", flat=True)
        assert list(actions) == ["person.added", "person.joined", "sign_in.succeeded"]
        sign_in()
        assert User.objects.count() == 1

    def test_the_password_stays_in_the_request(self, asked, caplog, capfd):
        sign_in()
        sign_in(password="a wrong canary")
        said = caplog.text + "".join(capfd.readouterr()) + "".join(str(entry.after) for entry in AuditEntry.objects.all())
        assert PASSWORD not in said
        assert "canary" not in said
        assert ACCOUNT_PASSWORD not in said

    @pytest.mark.parametrize("password", ["wrong", PASSWORD + " ", LOCAL_PASSWORD])
    def test_a_wrong_password_is_refused_like_every_other(self, password, asked):
        answer, client = sign_in(password=password)
        assert not signed_in(client)
        assert "do not match" in answer.text
        assert (last().action, last().actor_label) == ("sign_in.failed", "lou")

    def test_an_empty_password_is_no_bind_as_nobody(self, asked):
        assert ldap.prove("lou", "") is None
        assert not signed_in(sign_in(password="")[1])

    @pytest.mark.parametrize(
        "name", ["*", "lo*", "lou)(uid=*", "lou)(|(uid=*)", "*)(objectClass=*", "lou\\2a", "\\", "lou\x00"]
    )
    def test_a_name_is_never_a_filter(self, name, asked):
        """The right password, so that any entry the name reached would open."""
        assert ldap.prove(name, PASSWORD) is None

    def test_failures_are_counted_until_there_is_a_pause(self, asked, settings):
        answers = [sign_in(password="wrong")[0].status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
        assert answers[-1] == 429
        answer, client = sign_in()
        assert answer.status_code == 429
        assert not signed_in(client)
        assert last().action == "sign_in.locked"

    def test_who_has_no_role_is_turned_away_and_told_why(self, asked):
        answer, client = sign_in("eve")
        assert not signed_in(client)
        assert "has no role in Patchbay" in answer.text
        assert not User.objects.exists()
        assert "no role" in last().error

    def test_a_group_elsewhere_gives_nothing(self, asked):
        sign_in("mal")
        assert User.objects.get().role == "auditor"

    def test_groups_are_searched_where_entries_do_not_name_them(self, asked, settings):
        settings.LDAP_GROUP_FILTER = "(&(objectClass=groupOfNames)(member={dn}))"
        sign_in("mal")
        assert User.objects.get().role == "auditor"

    def test_a_name_that_leads_to_several_entries_opens_none(self, asked, settings):
        settings.LDAP_USER_FILTER = "(description={login})"
        with pytest.raises(ldap.Unreachable, match="several"):
            ldap.prove("the same", PASSWORD)

    @pytest.mark.parametrize("trusted", [True, False])
    def test_an_address_joins_its_person_only_where_the_directory_is_trusted_with_it(self, trusted, asked, settings, sam):
        settings.LDAP_TRUST_EMAIL = trusted
        answer, client = sign_in("sam")
        sam.refresh_from_db()
        assert signed_in(client) is trusted
        assert sam.role == ("auditor" if trusted else "support")
        assert trusted or "does not vouch that it is yours" in answer.text

    def test_a_deactivated_person_stays_out(self, asked):
        sign_in()
        User.objects.update(is_active=False)
        answer, client = sign_in()
        assert not signed_in(client)
        assert "is deactivated" in answer.text

    def test_the_second_factor_is_asked_for_as_after_any_password(self, asked, settings):
        settings.SECOND_FACTOR_ROLES = STAFF
        _, client = sign_in()
        assert client.get("/numbers/")["Location"] == "/accounts/2fa/"

    def test_the_directorys_password_confirms_who_is_there(self, asked, ada):
        User.objects.filter(pk=ada.pk).update(username="lou")  # so that the portal calls the other one differently
        _, client = sign_in()
        person = User.objects.get(email="lou@example.com")
        assert person.username == "lou-2"
        assert signed_in(client)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": 1.0}]
        session.save()
        assert client.get("/step-up/").status_code == 401
        sent = {"step_up": "password", "sealed": ""}
        assert client.post("/step-up/", {**sent, "password": "wrong"}).status_code == 422
        assert client.post("/step-up/", {**sent, "password": PASSWORD}).status_code == 302
        assert last().action == "step_up.succeeded"


@pytest.mark.django_db
class TestRoleLoss:
    def test_who_lost_the_role_is_refused_and_signed_out_everywhere(self, asked, settings):
        _, elsewhere = sign_in()
        assert elsewhere.get("/numbers/").status_code == 200
        settings.LDAP_ROLES = {"nobody": "support"}
        answer, here = sign_in()
        assert "has no role in Patchbay" in answer.text
        assert not signed_in(here)
        assert elsewhere.get("/numbers/").status_code == 302
        assert AuditEntry.objects.get(action="person.role_lost").before == {"role": "support", "sessions": 1}

    def test_another_group_changes_the_role_at_the_next_sign_in(self, asked, settings):
        sign_in()
        settings.LDAP_ROLES = {"telephones": "auditor"}
        sign_in()
        assert User.objects.get().role == "auditor"


@pytest.mark.django_db
class TestTLS:
    def test_starttls_protects_the_plain_port(self, asked, settings):
        settings.LDAP_URL = f"ldap://localhost:{asked.plain}"
        assert ldap.prove("lou", PASSWORD).uid == "u-1"

    @pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
    def test_a_certificate_nobody_vouches_for_is_refused(self, scheme, asked, settings):
        settings.LDAP_CA = ""
        settings.LDAP_URL = f"{scheme}://localhost:{asked.tls if scheme == 'ldaps' else asked.plain}"
        with pytest.raises(ldap.Unreachable, match="CERTIFICATE_VERIFY_FAILED|certificate verify failed"):
            ldap.prove("lou", PASSWORD)

    @pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
    def test_a_certificate_for_another_name_is_refused(self, scheme, asked, settings):
        settings.LDAP_URL = f"{scheme}://127.0.0.1:{asked.tls if scheme == 'ldaps' else asked.plain}"
        with pytest.raises(ldap.Unreachable, match="doesn't match"):
            ldap.prove("lou", PASSWORD)


@pytest.mark.django_db
class TestDown:
    @pytest.fixture
    def down(self, asked, settings) -> None:
        settings.LDAP_URL = f"ldaps://localhost:{free_port()}"

    def test_the_form_says_that_the_directory_does_not_answer(self, down):
        answer, client = sign_in()
        assert answer.status_code == 200
        assert "The directory does not answer" in answer.text
        assert not signed_in(client)
        assert "does not answer" in last().error

    def test_people_of_the_portal_sign_in_all_the_same(self, down, sam):
        assert signed_in(sign_in("sam", LOCAL_PASSWORD)[1])

    def test_guessing_is_counted_then_too(self, down, sam, settings):
        answers = [sign_in("sam", "wrong")[0].status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
        assert answers[-1] == 429

    def test_a_refused_account_of_ours_is_our_fault_and_nobody_elses(self, asked, settings):
        settings.LDAP_BIND_PASSWORD = "changed there"
        answer, _ = sign_in()
        assert "The directory does not answer" in answer.text
        with pytest.raises(ldap.Unreachable, match="LDAP_BIND_DN was refused"):
            ldap.prove("lou", PASSWORD)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_signing_in_in_a_browser(page_for: PageFor, asked, accessible) -> None:
    page = page_for(None)
    page.goto("/accounts/login/?next=/numbers/")
    page.get_by_label("User name or e-mail").fill("eve")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("has no role in Patchbay")).to_be_visible()
    accessible(page)
    page.get_by_label("User name or e-mail").fill("lou")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Numbers", exact=False).first).to_be_visible()


class TestCheck:
    def test_good_settings_pass(self, asked):
        assert check_ldap() == []

    @pytest.mark.parametrize(
        ("name", "value", "why"),
        [
            ("LDAP_URL", "https://directory.example.net", "ldaps://"),
            ("LDAP_BASE", "", "LDAP_BASE"),
            ("LDAP_USER_FILTER", "(uid=lou)", "{login}"),
            ("LDAP_GROUP_FILTER", "(member=lou)", "{dn}"),
        ],
    )
    def test_settings_nobody_could_sign_in_with_are_refused_at_start(self, name, value, why, asked, settings):
        setattr(settings, name, value)
        (found,) = check_ldap()
        assert why in found.msg
