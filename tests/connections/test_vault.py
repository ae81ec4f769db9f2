"""Credentials: sealed at rest and in memory, rotated without a gap."""

import pickle
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.core.serializers import serialize
from django.db import connection as database

from apps.connections.checks import check_credential_keys
from apps.connections.models import Connection
from apps.connections.services import keys, rotate_keys
from apps.connections.vault import Sealed, Unreadable

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
MARKER = "canary-5b1c"


@pytest.fixture
def old_key(settings):
    settings.CREDENTIAL_KEYS = [OLD]


@pytest.fixture
def row(db, old_key):
    return Connection.objects.create(
        name="main", vendor="carrier", base_url="http://127.0.0.1:1", credentials={"token": MARKER}
    )


def stored_token(row):
    with database.cursor() as cursor:
        cursor.execute("SELECT credentials FROM connections_connection WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def test_assigned_credentials_are_sealed_at_once_and_open_again(row):
    assert isinstance(row.credentials, Sealed)
    assert row.credentials.open() == {"token": MARKER}
    assert Connection.objects.get().credentials.open() == {"token": MARKER}


def test_nothing_shows_them(row):
    row.credentials = {"token": MARKER}
    shown = [repr(row), str(row), repr(row.credentials), repr(vars(row)), serialize("json", [row]), stored_token(row)]
    assert not any(MARKER in text for text in shown)
    assert MARKER.encode() not in pickle.dumps(row)


def test_no_form_field_exists_for_them():
    assert Connection._meta.get_field("credentials").formfield() is None


def test_a_new_first_key_keeps_reading_the_old_rows_and_rotation_frees_the_old_key(row, settings):
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    assert Connection.objects.get().credentials.open() == {"token": MARKER}
    done = rotate_keys()
    assert (done.rotated, done.already_current, done.unreadable) == (1, 0, [])
    settings.CREDENTIAL_KEYS = [NEW]
    assert Connection.objects.get().credentials.open() == {"token": MARKER}


def test_rotating_twice_changes_nothing(row, settings):
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    rotate_keys()
    token = stored_token(row)
    assert rotate_keys().already_current == 1
    assert stored_token(row) == token


def test_rotation_does_not_overwrite_credentials_saved_meanwhile(row, settings, monkeypatch):
    """A person saves new credentials between the read and the write of a row."""
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    rotated = Sealed.rotated

    def saved_in_between(sealed):
        monkeypatch.setattr(Sealed, "rotated", rotated)
        Connection.objects.filter(pk=row.pk).update(credentials=Sealed.of({"token": "newer"}))
        return rotated(sealed)

    monkeypatch.setattr(Sealed, "rotated", saved_in_between)
    keys.rotate_keys()
    assert Connection.objects.get().credentials.open() == {"token": "newer"}


def test_rotation_names_rows_that_no_key_can_read_and_does_the_others(row, settings):
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    lost = Connection.objects.create(name="lost", vendor="carrier", base_url="http://127.0.0.1:1")
    stranger = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    Connection.objects.filter(pk=lost.pk).update(credentials=Sealed(stranger))
    with pytest.raises(CommandError, match="lost"):
        call_command("keys", "rotate", stdout=StringIO())
    settings.CREDENTIAL_KEYS = [NEW]
    assert Connection.objects.get(name="main").credentials.open() == {"token": MARKER}
    assert stored_token(lost) == stranger


def test_a_row_no_key_reads_still_loads_and_says_so_when_opened(row, settings):
    settings.CREDENTIAL_KEYS = [NEW]
    loaded = Connection.objects.get()
    assert str(loaded) == "main"
    with pytest.raises(Unreadable):
        loaded.credentials.open()


def test_the_command_reports_counts(row, settings):
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    out = StringIO()
    call_command("keys", "rotate", stdout=out)
    assert out.getvalue() == "1 re-encrypted, 0 already with the first key.\n"


@pytest.mark.parametrize(
    ("bad", "ids"),
    [
        ([], ["connections.E001"]),
        (["short"], ["connections.E002"]),
        ([OLD, "not a key"], ["connections.E002"]),
        ([OLD, OLD], ["connections.W001"]),
        ([NEW, OLD], []),
    ],
)
def test_bad_keys_are_found_at_start_up_without_showing_them(settings, bad, ids):
    settings.CREDENTIAL_KEYS = bad
    found = check_credential_keys()
    assert [message.id for message in found] == ids
    assert all(message.hint for message in found)
    assert not any(key in str(message) for message in found for key in bad)
