"""What `record` promises to everybody who calls it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import structlog

from apps.accounts.models import User
from apps.audit.chain import GENESIS, seal
from apps.audit.models import AppendOnly, AuditEntry
from apps.audit.services import record

pytestmark = pytest.mark.django_db


def test_entries_are_numbered_and_linked():
    first, second = record("a.first", actor=None), record("a.second", actor=None)
    assert (first.sequence, second.sequence) == (1, 2)
    assert first.previous_hash == GENESIS
    assert second.previous_hash == first.hash


def test_the_label_is_the_name_of_the_person_then():
    person = User.objects.create(username="ada", email="ada@example.net")
    assert record("a.b", actor=person).actor_label == "ada"
    assert record("a.b", actor=None, actor_label="typed").actor_label == "typed"


@pytest.mark.parametrize(
    "value",
    [
        {
            "amount": Decimal("214.50"),
            "at": datetime(2026, 11, 21, 8, tzinfo=UTC),
            "for": timedelta(minutes=2),
        },
        {"huge": 10**30, "float": 1e22, "tiny": 1e-9, "minus": -0.0, "nan": float("nan"), "third": 1 / 3},
        {"nul": "a\x00b", "lone": "\ud800", "name": "Zoë 🎷", "id": UUID(int=7), 5: {"x", "y"}},
        ["list", ("tuple",), None, True, b"bytes", object],
        "text",
        {},
        [],
        None,
    ],
)
def test_any_value_reads_back_under_the_same_seal(value):
    entry = record("a.b", actor=None, params=value, before=value, after=value, duration=0.1)
    stored = AuditEntry.objects.get(pk=entry.pk)
    assert stored.params == entry.params
    assert seal(stored) == stored.hash


def test_money_and_times_are_kept_as_text():
    entry = record("a.b", actor=None, params={"sum": Decimal("1.10"), "at": datetime(2026, 1, 2, tzinfo=UTC)})
    assert entry.params == {"sum": "1.10", "at": "2026-01-02T00:00:00.000000Z"}


def test_text_that_is_too_long_is_cut():
    stored = AuditEntry.objects.get(pk=record("a.b", actor=None, target="x" * 999, address="y" * 999).pk)
    assert len(stored.target) == 255
    assert stored.target.endswith("x…")
    assert seal(stored) == stored.hash


def test_secret_names_are_masked_at_any_depth():
    params = {
        "password": "canary-1",
        "login": [{"api_key": "canary-2", "cardNumber": "canary-3"}],
        "credentials": {"token": "canary-4", "accountno": "canary-5"},
        "SIP-Secret": "canary-6",
        "pin": 1234,
        "shipping": "kept",
        "monkey": "kept too",
        "sessions": 23,
        "password_changed": True,
    }
    entry = record("a.b", actor=None, params=params, before=params, after=params)
    for stored in (entry.params, entry.before, entry.after):
        assert "canary" not in str(stored)
        assert "1234" not in str(stored)
        assert (stored["shipping"], stored["monkey"]) == ("kept", "kept too")
        assert stored["password_changed"] is True
        assert stored["sessions"] == 23  # calls at once on a trunk, no secret


def test_request_and_address_come_from_the_request_being_served():
    with structlog.contextvars.bound_contextvars(request_id="r-1", ip="192.0.2.7"):
        entry = record("a.b", actor=None)
        given = record("a.b", actor=None, request_id="r-2", address="192.0.2.8")
    assert (entry.request_id, entry.address) == ("r-1", "192.0.2.7")
    assert (given.request_id, given.address) == ("r-2", "192.0.2.8")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
        lambda entry: AuditEntry.objects.update(action="x"),
        lambda entry: AuditEntry.objects.filter(pk=entry.pk).delete(),
        lambda entry: AuditEntry.objects.bulk_create([AuditEntry(sequence=9)]),
        lambda entry: AuditEntry.objects.bulk_update([entry], ["action"]),
        lambda entry: AuditEntry.objects.update_or_create(pk=entry.pk, defaults={"action": "x"}),
        lambda entry: AuditEntry._base_manager.all().delete(),
    ],
)
def test_nothing_changes_an_entry(attempt):
    entry = record("a.b", actor=None)
    with pytest.raises(AppendOnly):
        attempt(entry)
    assert AuditEntry.objects.get(pk=entry.pk).action == "a.b"


def test_a_person_who_acted_cannot_be_deleted():
    person = User.objects.create(username="ada", email="ada@example.net")
    record("a.b", actor=person)
    with pytest.raises(Exception, match="protected"):
        person.delete()
