"""Signing in: with either name, slowly for whoever guesses, and without telling who exists."""

import logging
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from apps.accounts.addresses import client_address
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from tests.fixtures.people import PASSWORD

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/login/"
WRONG = "canary-of-a-wrong-password"


@pytest.fixture(autouse=True)
def forget_rates():
    cache.clear()


def sign_in(client: Client, login: str, password: str = WRONG, address: str = "192.0.2.1", **extra):
    return client.post(SIGN_IN, {"login": login, "password": password}, REMOTE_ADDR=address, **extra)


def is_signed_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True))


@pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.com", "Ada@Example.com"])
def test_username_and_email_both_work_in_any_case(login, ada, client):
    assert sign_in(client, login, PASSWORD).status_code == 302
    assert is_signed_in(client)


def test_a_wrong_password_keeps_the_name_and_not_the_password(ada, client):
    answer = sign_in(client, "ada")
    assert not is_signed_in(client)
    assert 'value="ada"' in answer.text
    assert WRONG not in answer.text


@pytest.mark.parametrize(("known", "unknown"), [("ada", "zoe"), ("ada@example.com", "zoe@example.com")])
def test_the_answer_does_not_tell_whether_somebody_exists(known, unknown, ada):
    def words(login: str) -> str:
        page = sign_in(Client(), login).text.replace(f'value="{login}"', "")
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)

    assert words(known) == words(unknown)


def test_a_deactivated_person_cannot_sign_in(ada, sam, client):
    User.objects.filter(pk=sam.pk).update(is_active=False)
    sign_in(client, "sam", PASSWORD)
    assert not is_signed_in(client)


def test_a_session_ends_when_its_person_is_deactivated(sam, client_for):
    client = client_for("sam")
    assert is_signed_in(client)
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert not is_signed_in(client)


def test_five_failures_lock_the_account_for_this_address(ada, client):
    answers = [sign_in(client, "ada") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert "15 minutes" in answers[-1].text
    assert 890 <= int(answers[-1]["Retry-After"]) <= 900
    right = sign_in(client, "ada", PASSWORD)
    assert right.status_code == 429
    assert not is_signed_in(client)
    # From elsewhere the owner still gets in.
    assert sign_in(Client(), "ada", PASSWORD, address="192.0.2.2").status_code == 302


def test_failures_count_for_one_account_however_it_is_named(ada, client):
    for login in ("ada", "ADA", "ada@example.com", "ADA@example.com"):
        assert sign_in(client, login).status_code == 200
    assert sign_in(client, "Ada").status_code == 429


def test_another_browser_does_not_reset_the_count(ada):
    answers = [sign_in(Client(), "ada", HTTP_USER_AGENT=f"browser {turn}") for turn in range(5)]
    assert answers[-1].status_code == 429


def test_a_name_nobody_has_is_locked_just_the_same(client):
    assert [sign_in(client, "eve").status_code for _ in range(5)][-1] == 429


def test_a_success_forgets_earlier_failures(ada, client):
    for _ in range(4):
        sign_in(client, "ada")
    sign_in(client, "ada", PASSWORD)
    again = Client()
    assert [sign_in(again, "ada").status_code for _ in range(4)] == [200] * 4


def test_one_address_trying_many_accounts_is_locked_for_all(ada, client, settings):
    settings.SIGN_IN_ADDRESS_FAILURE_LIMIT = 8
    for turn in range(8):
        assert sign_in(client, f"guess{turn}").status_code == 200
    assert sign_in(client, "ada", PASSWORD).status_code == 429
    assert sign_in(Client(), "ada", PASSWORD, address="192.0.2.2").status_code == 302


def test_the_lock_ends_after_its_time_and_trying_does_not_extend_it(ada, client):
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(5):
            sign_in(client, "ada")
        clock.move_to(start + timedelta(minutes=10))
        waiting = sign_in(client, "ada", PASSWORD)
        assert waiting.status_code == 429
        assert "5 minutes" in waiting.text
        clock.move_to(start + timedelta(minutes=15, seconds=1))
        assert sign_in(client, "ada", PASSWORD).status_code == 302


def test_a_locked_fragment_gets_one_sentence(ada, client):
    for _ in range(5):
        answer = sign_in(client, "ada", HTTP_HX_REQUEST="true")
    assert answer.status_code == 429
    assert answer["Content-Type"].startswith("text/plain")
    assert "Wait 15 minutes" in answer.text


def test_whoever_keeps_on_knocking_is_told_to_wait(ada, client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip", "login_failed": None}
    answers = [sign_in(client, f"guess{turn}") for turn in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Wait a minute" in answers[-1].text


def test_an_expired_session_moves_the_whole_page(client):
    answer = client.get("/people/", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/people/?q=a")
    assert answer["HX-Redirect"].startswith(SIGN_IN)
    assert "%2Fpeople%2F" in answer["HX-Redirect"] or "/people/" in answer["HX-Redirect"]


def test_signing_in_leads_back_to_where_one_was_going(ada, client):
    answer = client.post(f"{SIGN_IN}?next=/people/", {"login": "ada", "password": PASSWORD, "next": "/people/"})
    assert answer["Location"] == "/people/"
    outside = Client().post(SIGN_IN, {"login": "ada", "password": PASSWORD, "next": "https://evil.example/"})
    assert outside["Location"] == "/"


def test_nobody_signs_themselves_up(client):
    form = {"username": "eve", "email": "eve@example.com", "password1": PASSWORD}
    client.post("/accounts/signup/", form)
    assert not User.objects.filter(username="eve").exists()


def test_every_step_is_in_the_log_without_the_password(ada, client, caplog):
    caplog.set_level(logging.DEBUG)
    for _ in range(6):
        sign_in(client, "ada")
    elsewhere = Client()
    sign_in(elsewhere, "ada", PASSWORD, address="192.0.2.2")
    elsewhere.post(reverse("account_logout"))
    assert actions() == [
        *["sign_in.failed"] * 5,
        *["sign_in.locked"] * 2,  # the moment it began, and the sixth attempt
        "sign_in.succeeded",
        "sign_out",
    ]
    failed = AuditEntry.objects.get(sequence=1)
    assert (failed.actor, failed.actor_label, failed.outcome) == (None, "ada", "refused")
    assert failed.address == "192.0.2.1"
    assert failed.request_id
    succeeded = AuditEntry.objects.get(action="sign_in.succeeded")
    assert (succeeded.actor, succeeded.address) == (ada, "192.0.2.2")
    for entry in AuditEntry.objects.all():
        assert WRONG not in str(vars(entry))
        assert PASSWORD not in str(vars(entry))
    assert WRONG not in caplog.text
    assert PASSWORD not in caplog.text


def test_throttling_stores_no_password(ada, client):
    from axes.models import AccessAttempt

    sign_in(client, "ada")
    assert WRONG not in str(vars(AccessAttempt.objects.get()))


def test_changing_the_password_is_recorded_without_it(ada, client_for):
    new = "a canary that sings at night"
    client = client_for("ada")
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post(reverse("account_change_password"), form).status_code == 302
    entry = AuditEntry.objects.get(action="password.changed")
    assert entry.actor == ada
    assert new not in str(vars(entry))
    ada.refresh_from_db()
    assert ada.check_password(new)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),  # nobody is trusted: the header may say what it likes
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "not an address", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_what_our_own_proxies_say(proxies, forwarded, expected, settings):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == expected


def test_changing_ones_own_email_address_is_recorded(sam, client_for):
    client = client_for("sam")
    client.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    client.post("/accounts/email/", {"action_primary": "", "email": "new@example.com"})
    sam.refresh_from_db()
    entry = AuditEntry.objects.filter(action="person.changed").last()
    assert sam.email == "new@example.com"
    assert (entry.actor, entry.after) == (sam, {"email": "new@example.com"})
