"""Writing the log, and what the frame asks of it."""

from math import isfinite
from typing import Any, Final, Literal

import structlog
from django.db import connection, models, transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.acting import acting_of
from apps.accounts.models import Tenant, User
from apps.audit.canonical import plain, text
from apps.audit.chain import GENESIS, seal
from apps.audit.models import AuditEntry, AuditHead
from apps.audit.redaction import redact
from apps.audit.search import matching, names_entries, words_of
from apps.ui.frame import Hit, Panel

HERE: Final = "here"
_LOCK = 0x61756469  # PostgreSQL's advisory lock for appending: "audi"
_LIMITS = {field.name: field.max_length for field in AuditEntry._meta.fields if isinstance(field, models.CharField)}


def record(
    action: str,
    *,
    actor: User | None,
    actor_label: str = "",
    target: str = "",
    tenant: Tenant | Literal["here"] | None = HERE,
    ticket: str = "",
    reason: str = "",
    connection_name: str = "",
    connection_id: int | None = None,
    operation: str = "",
    effect: str = "",
    params: Any = None,
    before: Any = None,
    after: Any = None,
    outcome: str = "ok",
    error: str = "",
    sent: str = "",
    duration: float | None = None,
    exchange_id: str = "",
    request_id: str = "",
    address: str = "",
) -> AuditEntry:
    """Append one entry to the log and return it.

    `action` is dotted ("vendor.call", "sign_in.failed"); `reason` is why, as a person typed it. `params`, `before`
    and `after` are whatever JSON can express, masked already where they are secret; what has a secret's name is
    masked here once more. Text that is too long is cut, never refused. Request ID and address come from the request
    being served unless given.

    `tenant` is whose matter it is. HERE, and no ticket or reason, mean what holds where it is done
    (apps/accounts/acting.py); None says that it is no tenant's matter, whatever scope the actor works in.

    Appends stand in line until the transaction around them ends: record last, and never hold that transaction
    over a call to a vendor.
    """
    context = structlog.contextvars.get_contextvars()
    now = acting_of(actor)
    whose = now.tenant if tenant == HERE else tenant
    words = {
        "action": action,
        "actor_label": actor_label or (actor.get_username() if actor else ""),
        "target": target,
        "tenant": whose.key if whose else "",
        "ticket": ticket or now.ticket,
        "connection_name": connection_name,
        "operation": operation,
        "effect": effect,
        "outcome": outcome,
        "sent": sent,
        "exchange_id": exchange_id,
        "request_id": request_id or context.get("request_id") or "",
        "address": address or context.get("ip") or "",
    }
    entry = AuditEntry(
        **{name: text(value, _LIMITS[name]) for name, value in words.items()},
        at=timezone.now(),
        actor=actor,
        tenant_id=whose.pk if whose else None,
        connection_id=connection_id,
        params=redact(plain(params)),
        before=redact(plain(before)),
        after=redact(plain(after)),
        error=text(error),
        reason=text(reason or now.reason),
        duration=float(duration) if duration is not None and isfinite(duration) else None,
    )
    return _append(entry)


def search(user: User, text: str) -> list[Hit]:
    """Find the entry `#42`, and what belongs to an exchange or request ID; words are for the screen's own search."""
    if not user.may("audit.view") or not names_entries(text):
        return []
    found = matching(AuditEntry.objects.visible_to(user), text)[:5]
    return [
        Hit("Audit", f"{one.label} #{one.sequence}", one.actor_label, one.get_absolute_url(), "shield-check") for one in found
    ]


def home_panels(user: User) -> list[Panel]:
    """Show who may read the log what came last."""
    if not user.may("audit.view"):
        return []
    latest = list(AuditEntry.objects.visible_to(user).defer("params", "before", "after", "search")[:6])
    if not latest:
        return []
    return [Panel("Latest in the audit log", "audit/_panel.html", {"entries": latest}, reverse("audit:list"))]


@transaction.atomic
def _append(entry: AuditEntry) -> AuditEntry:
    stand_in_line()
    # The head, not the last entry, says where to go on: entries cut off the end leave a gap for ever.
    head = AuditHead.objects.first() or AuditHead(sequence=0, hash=GENESIS)
    entry.sequence = head.sequence + 1
    entry.previous_hash = head.hash
    entry.hash = seal(entry)
    entry.search = words_of(entry)
    entry.save()
    head.sequence, head.hash = entry.sequence, entry.hash
    head.save()
    return entry


def stand_in_line() -> None:
    """Let one append or cut at a time through; SQLite's IMMEDIATE transactions do so by themselves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
