"""Cutting off what has been kept long enough, so that what is left still proves itself.

A signed anchor says what was cut; the chain goes on from its hash. Only a log that is whole is cut: no evidence of
tampering goes this way.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.anchors import facts
from apps.audit.models import AuditAnchor, AuditEntry
from apps.audit.services import record, stand_in_line
from apps.audit.signing import sign
from apps.audit.verify import Verification


class Broken(Exception):
    """The log is not whole, so nothing was cut; the message is the first fault."""


def cut(*, actor: User | None = None) -> AuditAnchor | None:
    """Delete entries older than `settings.AUDIT_RETENTION_DAYS`; return the anchor, or None when there is nothing to cut.

    The cut is an entry of the log itself. Raises Broken.
    """
    days = settings.AUDIT_RETENTION_DAYS
    limit = timezone.now() - timedelta(days=days)
    if days <= 0 or not AuditEntry.objects.filter(at__lt=limit).exists():
        return None
    if fault := next(Verification().findings(), None):
        raise Broken(str(fault))
    with transaction.atomic():
        stand_in_line()
        anchor = _anchor(limit)
        if anchor is None:
            return None
        anchor.save(force_insert=True)
        _delete(anchor.through)
        record(
            "audit.cut",
            actor=actor,
            actor_label="" if actor else "portal",
            target=f"#{anchor.first} to #{anchor.through}",
            reason=f"Entries are kept for {days} days.",
            params={"first": anchor.first, "through": anchor.through, "hash": anchor.hash, "older_than": limit},
        )
    return anchor


def _anchor(limit: datetime) -> AuditAnchor | None:
    """Return the signed anchor of all that lies before the first entry that is young enough; None if nothing does."""
    kept = AuditEntry.objects.filter(at__gte=limit).order_by("sequence").first()
    old = AuditEntry.objects.filter(sequence__lt=kept.sequence) if kept else AuditEntry.objects.all()
    first, last = old.order_by("sequence").first(), old.order_by("-sequence").first()
    if first is None or last is None:
        return None
    anchor = AuditAnchor(through=last.sequence, first=first.sequence, hash=last.hash, older_than=limit, at=timezone.now())
    anchor.key, anchor.signature = sign(facts(anchor))
    return anchor


def _delete(through: int) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT audit_cut(%s)", [through])
            return
        if "audit_search" in connection.introspection.table_names(cursor):
            # This index keeps nothing but the pieces of words: it must be told what to forget.
            cursor.execute(
                "INSERT INTO audit_search(audit_search, rowid, search) "
                "SELECT 'delete', sequence, search FROM audit_auditentry WHERE sequence <= %s",
                [through],
            )
        cursor.execute("DELETE FROM audit_auditentry WHERE sequence <= %s", [through])
