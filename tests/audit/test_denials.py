"""Every refusal for want of a permission leaves an entry."""

import pytest
from django.db import DatabaseError

from apps.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_a_403_is_recorded_with_who_what_and_which_permission(client_for, sam):
    client = client_for(sam)
    answer = client.post("/audit/", headers={"x-request-id": "6f0a3f0e-8d4f-4d54-a7d3-0b6d7b8e2d11"})
    assert answer.status_code == 403
    entry = AuditEntry.objects.get(action="access.denied")
    assert (entry.actor, entry.target, entry.outcome) == (sam, "POST /audit/", "refused")
    assert entry.error == "Needs the permission audit.view."
    assert entry.request_id
    assert entry.address == "127.0.0.1"


def test_a_visitor_is_led_to_the_sign_in_page_and_leaves_none(stranger, db):
    stranger.get("/audit/")
    assert not AuditEntry.objects.exists()


def test_the_refusal_stands_when_it_cannot_be_recorded(client_for, monkeypatch):
    client = client_for("sam")

    def fail(*args: object, **kwargs: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr("apps.audit.denials.record", fail)
    assert client.get("/audit/").status_code == 403
