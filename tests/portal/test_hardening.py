"""What an attacker tries first: other methods, folders, forged forms, old sessions, and passwords as they are typed."""

from pathlib import Path

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from portal import settings as production
from tests.fixtures.people import PASSWORD, ClientFor
from tests.portal.addresses import addresses


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/people/", "/health/"])
def test_nothing_echoes_a_request(path: str, client_for: ClientFor) -> None:
    answer = client_for("ada").trace(path, headers={"x-canary": "canary"})
    assert answer.status_code in {302, 404, 405}
    assert b"canary" not in answer.content


@pytest.mark.parametrize(
    "path", ["/.git/config", "/.env", "/manage.py", "/static/", "/static/ui/", "/static/../manage.py", "/admin/"]
)
def test_folders_sources_and_other_doors_are_not_there(path: str, client_for: ClientFor) -> None:
    assert client_for("ada").get(path).status_code == 404


def test_every_page_says_its_type_and_charset(client_for: ClientFor) -> None:
    client = client_for("ada")
    for address in addresses():
        answer = client.get(address.path)
        kind = answer.headers.get("Content-Type", "")
        if getattr(answer, "content", b"") and kind.startswith("text/"):
            assert "charset=" in kind, address.path


def test_pages_are_kept_by_nobody_and_static_files_are(client_for: ClientFor, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "some.css").write_text("a {}")
    settings.STATIC_ROOT = tmp_path
    client = client_for("ada")
    assert client.get("/people/").headers["Cache-Control"] == "no-store"
    assert "no-store" in client.get("/profile/").headers["Cache-Control"]
    kept = client.get("/static/some.css")
    assert kept.status_code == 200
    assert "no-store" not in kept.headers["Cache-Control"]
    assert client.get("/static/").status_code == 404  # a folder is not listed


def test_a_session_gets_a_new_key_at_sign_in_and_is_gone_after_sign_out(ada: User) -> None:
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    client.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    fresh = client.cookies["sessionid"].value
    assert fresh != session.session_key
    assert len(fresh) >= 26  # of 36 signs each: 134 bits at least
    client.post("/accounts/logout/")
    thief = Client()
    thief.cookies["sessionid"] = fresh
    assert thief.get("/").status_code == 302


@pytest.mark.parametrize("path", ["/", "/people/", "/jobs/", "/profile/", "/nowhere/"])
def test_every_page_offers_to_sign_out(path: str, client_for: ClientFor) -> None:
    assert 'action="/accounts/logout/"' in client_for("ada").get(path).text


LONG = "correct horse ÄÖ " * 6 + "x"


@pytest.mark.parametrize(
    ("typed", "opens"), [(LONG, True), (LONG[:-1] + "y", False), (LONG.upper(), False), (LONG[:-1], False)]
)
def test_a_password_counts_to_its_last_sign(typed: str, opens: bool, ada: User) -> None:
    ada.set_password(LONG)
    ada.save()
    client = Client()
    client.post("/accounts/login/", {"login": "ada", "password": typed})
    assert ("_auth_user_id" in client.session) is opens


def test_a_long_password_of_plain_words_is_taken(ada: User, client_for: ClientFor) -> None:
    """100 signs, none of them a digit or a capital letter."""
    new = "umbrella lantern copper meadow " * 3 + "quilt"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client_for(ada).post("/accounts/password/change/", sent)
    ada.refresh_from_db()
    assert ada.check_password(new)


def test_changing_ones_password_wants_the_old_one(ada: User, client_for: ClientFor) -> None:
    new = "umbrella lantern copper meadow"
    client_for(ada).post("/accounts/password/change/", {"oldpassword": "a guess", "password1": new, "password2": new})
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize("password", ["patchbay-patchbay", "qwertyuiop123456", "passwordpassword", "ada@example.com1"])
def test_known_and_house_words_are_refused(password: str, ada: User, client_for: ClientFor) -> None:
    sent = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    client_for(ada).post("/accounts/password/change/", sent)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_password_managers_may_help(stranger: Client, db: None) -> None:
    page = stranger.get("/accounts/login/").text
    field = page[page.index('name="password"') - 200 : page.index('name="password"') + 200]
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert "onpaste" not in page


def test_passwords_are_stored_with_scrypt() -> None:
    assert production.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.ScryptPasswordHasher"
    # OWASP's least: N of 2^14 with r 8 wants p 5.
    hasher = ScryptPasswordHasher()
    assert (hasher.work_factor, hasher.block_size, hasher.parallelism) >= (2**14, 8, 5)
