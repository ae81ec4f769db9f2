"""A log to tamper with."""

from collections.abc import Callable

import pytest
from django.db.models import QuerySet

from apps.accounts.models import Tenant
from apps.audit.models import AuditEntry
from apps.audit.services import record
from tests.fixtures.database import remove_triggers

Tamper = Callable[[], "QuerySet[AuditEntry]"]


@pytest.fixture
def five(db: None) -> list[AuditEntry]:
    """Five entries with something in every field."""
    acme = Tenant.objects.create(name="Acme", key="acme")
    return [
        record(
            "vendor.call",
            actor=None,
            actor_label=f"ada{number}",
            target="+12065550100",
            tenant=acme,
            ticket="T-1",
            connection_name="carrier",
            connection_id=7,
            operation="numbers.update",
            effect="write",
            params={"numbers": ["+12065550100"], "nested": {"a": 1}},
            before={"status": "active"},
            after={"status": "inactive"},
            error="none",
            sent="yes",
            duration=0.25,
            exchange_id="e" * 32,
            request_id="r" * 32,
            address="192.0.2.1",
        )
        for number in range(5)
    ]


@pytest.fixture
def tampered(db: None) -> "QuerySet[AuditEntry]":
    """All entries as somebody with the database password sees them: with nothing in the way."""
    remove_triggers()
    return QuerySet(AuditEntry)
