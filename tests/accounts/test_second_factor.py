"""Second factors: forced where the role needs one, offered to all, slow for whoever guesses, and sealed where they lie."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import User
from apps.accounts.signin import factors
from apps.audit.models import AuditEntry
from tests.fixtures.people import PASSWORD

pytestmark = pytest.mark.django_db
STAFF = ["administrator", "operator", "support", "auditor"]
SECOND_STEP = "/accounts/2fa/authenticate/"


@pytest.fixture(autouse=True)
def forget_used_codes():
    cache.clear()


@pytest.fixture
def forced(settings):
    settings.SECOND_FACTOR_ROLES = STAFF


def code_for(secret: str, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def with_app(person: User) -> str:
    """Give a person an authenticator app and recovery codes; return the app's secret."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return secret


def password_step(client: Client, name: str = "sam"):
    return client.post("/accounts/login/", {"login": name, "password": PASSWORD}, REMOTE_ADDR="192.0.2.1")


def second_step(client: Client, code: str):
    return client.post(SECOND_STEP, {"code": code}, REMOTE_ADDR="192.0.2.1")


def is_signed_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True))


def test_staff_without_a_second_factor_reach_nothing_but_its_set_up(forced, sam):
    client = Client()
    assert password_step(client).status_code == 302
    for path in ("/", "/numbers/", "/profile/", "/search/?q=a", "/accounts/email/", "/accounts/password/change/"):
        assert client.get(path)["Location"] == "/accounts/2fa/", path
    assert client.post("/theme/", {"theme": "dark"}).status_code == 302
    fragment = client.get("/jobs/news/", HTTP_HX_REQUEST="true")
    assert fragment["HX-Redirect"] == "/accounts/2fa/"
    page = client.get("/accounts/2fa/").text
    assert "Set up a second factor" in page
    assert "navigation" not in page


def test_setting_up_an_app_opens_the_portal_and_is_recorded(forced, sam, django_capture_on_commit_callbacks):
    client = Client()
    password_step(client)
    page = client.get("/accounts/2fa/totp/activate/").text
    secret = re.search(r'<code class="text-break">(\w+)</code>', page)[1]
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert "does not match" in wrong.text
    with django_capture_on_commit_callbacks(execute=True):
        right = client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)})
    assert right["Location"] == "/accounts/2fa/recovery-codes/"
    codes = re.findall(r"<li><code>(\d{8})</code></li>", client.get(right["Location"]).text)
    assert len(set(codes)) == 10
    assert client.get("/").status_code == 200
    added = AuditEntry.objects.filter(action="second_factor.added")
    assert {entry.after["type"] for entry in added} == {"totp", "recovery_codes"}
    for entry in AuditEntry.objects.all():
        assert secret not in str(vars(entry))
        assert codes[0] not in str(vars(entry))


def test_the_force_is_by_role_and_can_be_off(sam, settings):
    client = Client()
    settings.SECOND_FACTOR_ROLES = ["administrator"]
    password_step(client)
    assert client.get("/").status_code == 200
    settings.SECOND_FACTOR_ROLES = ["support"]
    assert client.get("/").status_code == 302


def test_secrets_are_sealed_in_the_database_and_rotated_with_the_keys(sam, settings):
    secret = with_app(sam)
    stored = {one.type: one.data for one in Authenticator.objects.all()}
    assert secret not in str(stored)
    assert Fernet(settings.CREDENTIAL_KEYS[0]).decrypt(stored["totp"]["secret"]).decode() == secret
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), *settings.CREDENTIAL_KEYS]
    assert factors.rotate_keys() == (2, [])
    settings.CREDENTIAL_KEYS = settings.CREDENTIAL_KEYS[:1]
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_for(secret))
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    assert factors.rotate_keys() == (0, ["sam", "sam"])


def test_a_password_alone_does_not_sign_in_who_has_an_app(sam):
    secret = with_app(sam)
    client = Client()
    assert password_step(client)["Location"] == SECOND_STEP
    assert not is_signed_in(client)
    assert "One more step" in client.get(SECOND_STEP).text
    assert second_step(client, code_for(secret)).status_code == 302
    assert is_signed_in(client)
    assert AuditEntry.objects.get(action="sign_in.succeeded").after == {"with": ["password", "totp"]}


def test_a_code_works_once(sam):
    secret = with_app(sam)
    code = code_for(secret)
    first, second = Client(), Client()
    for client in (first, second):
        password_step(client)
        second_step(client, code)
    assert is_signed_in(first)
    assert not is_signed_in(second)


def test_a_code_works_once_though_the_cache_forgets(sam):
    """Each web process may have a cache of its own, and allauth forgets after 30 seconds what counts for 90."""
    secret = with_app(sam)
    code = code_for(secret)
    first, second = Client(), Client()
    password_step(first)
    second_step(first, code)
    cache.clear()
    password_step(second)
    second_step(second, f"{code[:3]} {code[3:]}")
    assert is_signed_in(first)
    assert not is_signed_in(second)


def test_a_recovery_code_opens_once_and_the_log_says_how_many_are_left(sam):
    with_app(sam)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    client, again = Client(), Client()
    password_step(client)
    second_step(client, code)
    assert is_signed_in(client)
    assert AuditEntry.objects.get(action="second_factor.recovery_code").after == {"left": 9}
    password_step(again)
    second_step(again, code)
    assert not is_signed_in(again)


def test_guessing_codes_locks_the_account_for_this_address_even_with_the_right_password(sam):
    secret = with_app(sam)
    client = Client()
    password_step(client)
    answers = [second_step(client, "000000").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert second_step(client, code_for(secret)).status_code == 429
    # Signing in anew neither helps nor forgets the failures.
    assert password_step(Client()).status_code == 429
    assert not is_signed_in(client)
    assert actions() == [*["sign_in.failed"] * 5, *["sign_in.locked"] * 3]
    assert "second factor" in AuditEntry.objects.get(sequence=1).error
    elsewhere = Client()
    answer = elsewhere.post("/accounts/login/", {"login": "sam", "password": PASSWORD}, REMOTE_ADDR="192.0.2.2")
    assert answer["Location"] == SECOND_STEP


def test_throttling_stores_no_code(sam):
    from axes.models import AccessAttempt

    with_app(sam)
    client = Client()
    password_step(client)
    second_step(client, "135791")
    assert "135791" not in str(vars(AccessAttempt.objects.get()))


def test_the_last_factor_of_a_role_that_needs_one_stays(forced, sam, client_for):
    with_app(sam)
    client = client_for("sam")
    assert "Your role needs a second factor" in client.get("/accounts/2fa/totp/deactivate/").text
    client.post("/accounts/2fa/totp/deactivate/")
    assert factors.has_factor(sam)


def test_removing_an_app_that_nobody_asked_for_is_recorded(sam, client_for):
    with_app(sam)
    client_for("sam").post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert actions()[1:] == ["second_factor.removed", "second_factor.removed"]


def test_a_page_of_the_sign_in_is_closed_to_who_skipped_the_password(client):
    assert client.get(SECOND_STEP)["Location"] == "/accounts/login/"


def test_a_passkey_nobody_has_is_refused_and_counted_by_address(client):
    credential = '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "AA"}}'
    answers = [
        client.post("/accounts/2fa/webauthn/login/", {"credential": credential}, REMOTE_ADDR="192.0.2.1").status_code
        for _ in range(5)
    ]
    assert answers == [302, 302, 302, 302, 429]
    assert set(actions()) == {"sign_in.failed", "sign_in.locked"}
