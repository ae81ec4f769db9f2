"""What is weak is named at start and to administrators; and where the keys come from."""

import os
import stat

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from apps.accounts.services import ensure_demo_people
from apps.connections.models import Connection
from portal import secrets, weaknesses

FINE = "x7Kq-" * 4 + "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture(autouse=True)
def _fine(settings, tmp_path, monkeypatch):
    """An installation without weakness."""
    settings.DATA_DIR = tmp_path
    # The run on PostgreSQL with RabbitMQ has no common cache; what is read here is the settings alone.
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    settings.SECRET_KEY = FINE
    settings.PORTAL_URL, settings.HTTPS, settings.DEBUG = "https://portal.example.net", True, False
    settings.SECOND_FACTOR_ROLES = ["administrator", "operator", "support", "auditor"]
    secrets.embedded_secrets(tmp_path)


def names() -> set[str]:
    return {one.id for one in weaknesses.all_of_them()}


def test_nothing_is_said_where_nothing_is_weak(db):
    assert names() == set()
    assert [found for found in run_checks() if found.id.startswith("portal.")] == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SECRET_KEY": "x7Kq"}, "secret_key"),
        ({"SECRET_KEY": "django-insecure-" + FINE}, "secret_key"),
        ({"SECRET_KEY": "changeme" * 10}, "secret_key"),
        ({"DEBUG": True}, "debug"),
        ({"SECOND_FACTOR_ROLES": []}, "second_factor"),
        ({"OIDC_ISSUER": "http://id.example.net"}, "oidc_clear"),
        ({"LDAP_URL": "ldap://directory.example.net", "LDAP_BASE": "dc=x", "LDAP_STARTTLS": False}, "ldap_clear"),
        ({"PORTAL_URL": "http://portal.example.net", "HTTPS": False}, "portal_http"),
    ],
)
def test_weak_settings_are_named_at_start(changes, expected, settings, db):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert names() == {expected}
    found = [one for one in run_checks() if one.id == f"portal.{expected}"]
    assert len(found) == 1
    assert found[0].hint
    assert settings.SECRET_KEY not in str(found)


@pytest.mark.parametrize(
    ("engine", "cache", "weak"),
    [
        ("postgresql", "locmem.LocMemCache", True),
        ("postgresql", "redis.RedisCache", False),
        ("sqlite3", "locmem.LocMemCache", False),
    ],
)
def test_several_processes_without_a_common_cache_are_named(engine, cache, weak, settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", f"django.db.backends.{engine}")
    monkeypatch.setitem(settings.CACHES["default"], "BACKEND", f"django.core.cache.backends.{cache}")
    assert ("cache_alone" in {one.id for one in weaknesses.of_settings()}) is weak


def test_key_files_that_others_can_read_are_named(tmp_path, monkeypatch, db):
    (tmp_path / "secrets.env").chmod(0o640)
    other = tmp_path / "key"
    other.write_text("k")
    other.chmod(0o604)
    monkeypatch.setenv("CREDENTIAL_KEYS_FILE", str(other))
    texts = [one.text for one in weaknesses.of_settings()]
    assert [str(tmp_path / "secrets.env") in texts[0], str(other) in texts[1]] == [True, True]


def test_weak_connections_are_named(db):
    for name, url, checked in (
        ("clear", "http://10.0.0.5", True),
        ("unchecked", "https://pbx.example.net", False),
        ("local", "http://127.0.0.1:9000", True),
        ("fine", "https://api.example.net", True),
    ):
        Connection.objects.create(name=name, vendor="carrier", base_url=url, verify_tls=checked)
    found = {one.id: one.text for one in weaknesses.of_stored()}
    assert found.keys() == {"vendor_http", "vendor_tls"}
    assert found["vendor_http"].startswith("clear ")
    assert "unchecked" in found["vendor_tls"]
    assert {one.id for one in run_checks(databases=["default"])} >= {"portal.vendor_http", "portal.vendor_tls"}


def test_the_demos_log_ins_are_named_unless_only_this_machine_can_use_them(settings, db):
    ensure_demo_people()
    assert names() == {"demo"}
    settings.PORTAL_URL, settings.HTTPS = "http://127.0.0.1:8000", False
    assert names() == set()


def test_second_factors_that_nobody_must_have_are_named(settings, db):
    settings.SECOND_FACTOR_ROLES = []
    assert names() == {"second_factor"}


@pytest.mark.parametrize(("person", "seen"), [("ada", True), ("sam", False), ("aud", False)])
def test_administrators_see_a_strip(person, seen, settings, client_for):
    settings.SECRET_KEY = "short"
    settings.SECOND_FACTOR_ROLES = []
    assert ("This installation is weaker" in client_for(person).get("/", secure=True).text) is seen


# --- where keys come from ----------------------------------------------------------------------------------


def test_keys_are_what_a_command_prints():
    assert secrets.keys_from_command("printf 'one,two\\nthree\\n'") == ["one", "two", "three"]


@pytest.mark.parametrize(
    "command", ["sh -c 'echo canary; echo canary >&2; exit 3'", "true", "/no/such/canary", "sh -c 'unclosed canary"]
)
def test_a_command_that_fails_says_so_without_its_output(command, capfd):
    with pytest.raises(ImproperlyConfigured, match="CREDENTIAL_KEYS_COMMAND") as raised:
        secrets.keys_from_command(command)
    assert "canary" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert "canary" not in "".join(capfd.readouterr())


def test_what_an_older_secrets_file_lacks_is_added_and_the_rest_kept(tmp_path):
    path = tmp_path / "older" / "secrets.env"
    path.parent.mkdir()
    path.write_text("SECRET_KEY=a\nCREDENTIAL_KEYS=b\n")
    known = secrets.embedded_secrets(path.parent)
    assert (known["SECRET_KEY"], known["CREDENTIAL_KEYS"]) == ("a", "b")
    assert known == secrets.embedded_secrets(path.parent)
    assert len(known["AUDIT_SIGNING_KEYS"]) == 44
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
