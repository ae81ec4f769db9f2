"""Sessions: listed, ended one by one or all others, and over after a time that the role sets."""

import time

import pytest
from django.core.cache import cache
from django.test import Client

from apps.accounts.signin.sessions import device
from apps.audit.models import AuditEntry
from tests.fixtures.people import PASSWORD

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
POLL = {"HTTP_HX_REQUEST": "true", "HTTP_X_POLL": "yes"}


@pytest.fixture(autouse=True)
def forget_rates():
    cache.clear()


def signed_in(address: str = "192.0.2.1", agent: str = FIREFOX) -> Client:
    client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT=agent)
    client.post("/accounts/login/", {"login": "sam", "password": PASSWORD})
    return client


def ago(client: Client, **seconds: float) -> None:
    session = client.session
    for name, value in seconds.items():
        session[name] = time.time() - value
    session.save()


def test_the_profile_lists_device_and_address_and_which_one_this_is(sam):
    here = signed_in()
    signed_in("198.51.100.7", "curl/8.1")
    page = here.get("/profile/").text
    assert "Firefox on Windows" in page
    assert "(this one)" in page
    assert page.index("192.0.2.1") < page.index("198.51.100.7")
    assert "End the session" not in page.split("198.51.100.7")[0]


def test_one_session_is_ended_from_another(sam):
    here, there, third = signed_in(), signed_in("198.51.100.7"), signed_in("203.0.113.5")
    page = here.get("/profile/").text
    chosen = page.split("198.51.100.7")[1].split('name="session" value="')[1].split('"')[0]
    here.post("/profile/sessions/end/", {"session": chosen})
    assert there.get("/profile/").status_code == 302
    assert third.get("/profile/").status_code == 200
    entry = AuditEntry.objects.get(action="session.revoked")
    assert entry.before == {"sessions": 1, "which": "Firefox on Windows, 198.51.100.7"}


def test_all_others_are_ended_at_once(sam):
    here, there, third = signed_in(), signed_in("198.51.100.7"), signed_in("203.0.113.5")
    assert "2 sessions ended." in here.post("/profile/sessions/end/", follow=True).text
    assert [one.get("/profile/").status_code for one in (here, there, third)] == [200, 302, 302]


def test_nobody_ends_the_session_of_somebody_else(sam, client_for):
    theirs = signed_in()
    pk = theirs.get("/profile/").context["sessions"][0].pk
    client_for("ada").post("/profile/sessions/end/", {"session": pk})
    assert theirs.get("/profile/").status_code == 200


@pytest.mark.parametrize(("key", "reason"), [("last_active_at", "idle"), ("signed_in_at", "absolute")])
def test_a_session_ends_by_itself_and_says_why(key, reason, sam, settings):
    settings.SESSION_IDLE_SECONDS, settings.SESSION_SECONDS = 1800, 7200
    client = signed_in()
    ago(client, **{key: 1700})
    assert client.get("/profile/").status_code == 200
    ago(client, **{key: 7300})
    answer = client.get("/profile/", follow=True)
    assert answer.redirect_chain[0][0].startswith("/accounts/login/")
    assert ("30 minutes without activity" if reason == "idle" else "lasts 2 hours") in answer.text
    entry = AuditEntry.objects.get(action="session.timed_out")
    assert (entry.actor, entry.before) == (sam, {"limit": reason})


def test_limits_are_set_by_role(sam, settings):
    settings.SESSION_IDLE_SECONDS_BY_ROLE = {"administrator": "600", "support": "60000"}
    client = signed_in()
    ago(client, last_active_at=10_000)
    assert client.get("/profile/").status_code == 200


def test_a_poll_keeps_no_session_alive_and_takes_no_page_away(sam, settings):
    settings.SESSION_IDLE_SECONDS = 1800
    client = signed_in()
    ago(client, last_active_at=1700)
    client.get("/jobs/news/", **POLL)
    assert time.time() - client.session["last_active_at"] > 1600
    ago(client, last_active_at=1900)
    answer = client.get("/jobs/news/", **POLL)
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer
    assert answer.text.startswith("Your session has ended.")


def test_a_fragment_somebody_asked_for_moves_the_page_to_the_sign_in(sam, settings):
    client = signed_in()
    ago(client, signed_in_at=10**6)
    answer = client.get("/numbers/", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/numbers/")
    assert answer["HX-Redirect"].startswith("/accounts/login/")
    assert "password" not in answer.text


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on macOS"),
        ("curl/8.1", "curl"),
        ("Bespoke/1.0 (x)", "Bespoke"),
        ("", "Unknown device"),
    ],
)
def test_a_device_is_named_by_what_its_browser_says(agent, words):
    assert device(agent) == words
