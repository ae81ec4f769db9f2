"""Reading what the systems say of 911: each customer of a connection by itself, and nothing is taken back by a failed read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.connections.models import Connection, TenantLink
from apps.connections.services import client_for, describe_error
from apps.numbers.emergency.standing import key_of, settle, settle_connection
from apps.numbers.models import PRESENT, SAID, EmergencyRead, EmergencySnapshot, Number
from apps.vendors.core.errors import Unsupported, VendorError
from apps.vendors.core.routing import Emergency, EmergencyRecord
from apps.vendors.core.values import to_e164

_CHUNK = 500
_E164 = re.compile(r"\+\d{7,15}")
# A reading that lacks more than this part of a set of ten or more, or all of any set, is not believed without a person.
BELIEVABLE_LOSS, SMALL_SET = 0.3, 10
_UPDATED = (
    "tenant", "customer", "kind", "subject", "key", "number", "covered", "address", "elin", "caller_id", "record", "seen_at",
    "missing_since",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Synced:
    """What a reading of a connection's 911 records found."""

    total: int
    appeared: int
    vanished: int
    held_back: int

    def __str__(self) -> str:
        text = f"{self.total:,} 911 records read"
        text += "".join(f", {count:,} {word}" for count, word in ((self.appeared, "new"), (self.vanished, "gone")) if count)
        if self.held_back:
            text += f", {self.held_back:,} we know lacking: too many to believe without a person"
        return f"{text}."


def sync(connection: Connection, *, actor: User | None = None, accept_missing: bool = False) -> Synced:
    """Read everything a connection says of 911 and bring its statements and the board up to date.

    A customer that cannot be read keeps what was said of it, and the others are read all the same. Raises the first
    VendorError after that.
    """
    started = timezone.now()
    total = appeared = vanished = held_back = 0
    failed: VendorError | None = None
    try:
        door = client_for(connection, actor=actor).capability(Emergency)
        customers = _customers(connection, door.customers())
    except VendorError as error:
        customers, failed = {}, error
    for customer, tenant_id in customers.items():
        try:
            records = door.records(customer)
        except Unsupported:
            continue  # this edition keeps none of this: it says nothing, and nothing is wrong
        except VendorError as error:
            failed = failed or error
            continue
        new = store(connection, customer, records, tenant_id=tenant_id, read_from=started)
        gone, doubted = _missing(connection, customer, started, accept_missing)
        total, appeared, vanished, held_back = total + len(records), appeared + new, vanished + gone, held_back + doubted
    if not failed:
        gone, doubted = _left(connection, customers, started, accept_missing)
        vanished, held_back = vanished + gone, held_back + doubted
    settle_connection(connection)
    _note(connection, started, failed, held_back)
    if failed:
        raise failed
    return Synced(total, appeared, vanished, held_back)


def store(
    connection: Connection,
    scope: str,
    records: Sequence[EmergencyRecord],
    *,
    tenant_id: int | None,
    read_from: datetime,
) -> int:
    """Write what was read of one scope; return how many statements are new. One seen after `read_from` stays as it is."""
    appeared = 0
    seen_at = timezone.now()
    owners = _owners(connection, records)
    for at in range(0, len(records), _CHUNK):
        rows = {
            row.ref: row
            for row in (
                _row(connection, scope, record, tenant_id or owners(record), seen_at) for record in records[at : at + _CHUNK]
            )
        }
        with transaction.atomic():
            known = EmergencySnapshot.objects.select_for_update().filter(connection=connection, scope=scope)
            present = dict(known.filter(ref__in=rows).values_list("ref", "seen_at"))
            fresh = [row for ref, row in rows.items() if present.get(ref, read_from) <= read_from]
            EmergencySnapshot.objects.bulk_create(
                fresh, update_conflicts=True, unique_fields=["connection", "scope", "ref"], update_fields=_UPDATED
            )
        appeared += sum(1 for ref in rows if ref not in present)
    return appeared


def absorb(connection: Connection, scope: str, records: Sequence[EmergencyRecord], read_from: datetime) -> None:
    """Take in single records that were just read, say after a change, and settle their lines of the board."""
    link = TenantLink.objects.filter(connection=connection, customer_ref=scope).first() if scope else None
    store(connection, scope, records, tenant_id=link.tenant_id if link else None, read_from=read_from)
    refs = [record.ref for record in records]
    rows = EmergencySnapshot.objects.filter(connection=connection, scope=scope, ref__in=refs)
    settle(rows.order_by().values_list("key", flat=True))


def vanish(connection: Connection, scope: str, ref: str) -> None:
    """Mark one statement as gone, after its record was removed."""
    rows = EmergencySnapshot.objects.filter(SAID, connection=connection, scope=scope, ref=ref)
    keys = list(rows.values_list("key", flat=True))
    rows.update(missing_since=timezone.now())
    settle(keys)


# --- inside -----------------------------------------------------------------------------------------------


def _customers(connection: Connection, named: Iterable[str]) -> dict[str, int | None]:
    """Return the customers to ask for, each with its tenant: those the vendor has, and any that is linked besides."""
    links = dict(TenantLink.objects.filter(connection=connection).values_list("customer_ref", "tenant_id"))
    found = list(dict.fromkeys(named))
    if found == [""]:  # the whole system comes in one list: its rows say whose they are
        return {"": None}
    return {customer: links.get(customer) for customer in [*found, *(ref for ref in links if ref not in found)]}


def _owners(connection: Connection, records: Iterable[EmergencyRecord]) -> Any:
    """Return a function: whose a record is that comes in a list of the whole system, by its customer or by its number."""
    links = dict(TenantLink.objects.filter(connection=connection).values_list("customer_ref", "tenant_id"))
    wanted = {number for record in records if (number := _number(record))}
    held: dict[str, int | None] = {}
    listed = sorted(wanted)
    for at in range(0, len(listed), _CHUNK):
        rows = Number.objects.filter(PRESENT, number__in=listed[at : at + _CHUNK]).exclude(tenant=None)
        held |= dict(rows.order_by("pk").values_list("number", "tenant_id"))

    def owner(record: EmergencyRecord) -> int | None:
        return links.get(record.tenant) if record.tenant else held.get(_number(record))

    return owner


def _row(
    connection: Connection, scope: str, record: EmergencyRecord, tenant_id: int | None, seen_at: datetime
) -> EmergencySnapshot:
    number = _number(record)
    subject = (number or record.subject)[:100]
    return EmergencySnapshot(
        connection=connection,
        tenant_id=tenant_id,
        scope=scope,
        customer=record.tenant or scope,
        kind=record.kind[:16],
        ref=record.ref[:160],
        subject=subject,
        key=key_of(record.kind, subject, number, tenant_id, connection.pk, record.tenant or scope),
        number=number,
        covered=record.covered,
        address=record.address[:300],
        elin=_e164(record.elin)[:32],
        caller_id=record.caller_id[:64],
        record=record.raw,
        seen_at=seen_at,
        missing_since=None,
    )


def _number(record: EmergencyRecord) -> str:
    """Return the number a record is about, "" for an extension or a tenant, or where it cannot be read as one."""
    number = _e164(record.subject) if record.kind in {"number", "location"} else ""
    return number if _E164.fullmatch(number) else ""


def _e164(text: str) -> str:
    try:
        return to_e164(text)
    except ValueError:
        return text.strip()


def _missing(connection: Connection, scope: str, started: datetime, accept: bool) -> tuple[int, int]:
    """Mark what a whole reading of a customer lacked; return how many were marked and how many held back."""
    present = EmergencySnapshot.objects.filter(SAID, connection=connection, scope=scope)
    lacking, known = present.filter(seen_at__lt=started).count(), present.count()
    if not lacking:
        return 0, 0
    if not accept and (lacking == known or (known >= SMALL_SET and lacking > BELIEVABLE_LOSS * known)):
        return 0, lacking
    return present.filter(seen_at__lt=started).update(missing_since=started), 0


def _left(connection: Connection, customers: Iterable[str], started: datetime, accept: bool) -> tuple[int, int]:
    """The same for customers that the vendor does not have any more: always for a person to believe."""
    rows = EmergencySnapshot.objects.filter(SAID, connection=connection).exclude(scope__in=list(customers))
    return (rows.update(missing_since=started), 0) if accept else (0, rows.count())


def _note(connection: Connection, started: datetime, failed: VendorError | None, held_back: int) -> None:
    facts: dict[str, Any] = {
        "tried_at": started,
        "problem": describe_error(failed, connection, doing="show its 911 records") if failed else None,
        "statements": EmergencySnapshot.objects.filter(SAID, connection=connection).count(),
    }
    if not failed:
        facts |= {"read_at": timezone.now(), "held_back": held_back}
    EmergencyRead.objects.update_or_create(connection=connection, defaults=facts)
