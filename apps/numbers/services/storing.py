"""Writing what was read: what is new becomes rows, what is different a line of history, what is the same its age.

A whole list is mostly the same as before. Each row keeps a mark of what it was written from, so that sameness is seen
without loading the row, and new rows go to the database in one statement a chunk.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import Tenant, User
from apps.connections.models import Connection, TenantLink
from apps.numbers.models import Number, NumberChange, Side, Sighting
from apps.numbers.services.leading import TENANT, settle, several_systems
from apps.numbers.services.live import Held, values_of
from apps.ui.formatting import money, status_word
from apps.vendors.core.numbers import CANCELLED

_CHUNK = 1000
ON_LIST = "On the system's list"
# The facts whose changes are history, as people call them.
HISTORY = {
    "status": "Status",
    "trunk_group": "Trunk group",
    "monthly_rate": "Monthly rate",
    "cnam": "CNAM",
    "did_type": "Type",
    "order_type": "Order type",
    "destination": "Rings",
    "customer_ref": "Customer there",
    "emergency": "911 flag",
    "tenant_id": TENANT,
}
# What a system says of a number: the columns that are written from it, and what they hold where it says nothing.
_SAID: Mapping[str, Any] = {
    "kind": "", "status": "", "trunk_group_id": "", "trunk_group": "", "did_type": "", "order_type": "", "monthly_rate": None,
    "currency": "", "cnam": "", "record": {}, "side": Side.CARRIER.value, "ref": "", "customer_ref": "", "destination_kind": "",
    "destination_ref": "", "destination": "", "emergency": None, "tenant_id": None,
}  # fmt: skip
_UPDATED = (
    *(name for name in _SAID if name != "tenant_id"), "tenant", "mark", "order_id", "seen_at", "missing_since",
    "released_at",
)  # fmt: skip
_encode = DjangoJSONEncoder().encode


@dataclass(frozen=True, slots=True)
class Source:
    """Why rows are written now: what a line of history says."""

    kind: Sighting = Sighting.SYNC
    actor: User | None = None
    reference: str = ""


def store(
    connection: Connection,
    held: Sequence[Held],
    *,
    read_from: datetime,
    source: Source,
    order_id: str = "",
    whole: bool = False,
) -> tuple[int, int]:
    """Write what was read, in chunks of one short transaction each; return how many rows appeared and changed.

    `read_from` is when the reading began: a row seen later than that is newer than this list and stays as it is. The
    `whole` list of a connection is gone through in order, and what is known of it is found by range.
    """
    if whole:
        held = sorted(held, key=lambda one: one.owned.number)
    appeared = changed = 0
    seen_at = timezone.now()
    owners = _owners(connection)
    shared = None
    for chunk in _chunks(held):
        with transaction.atomic():
            new, different = _store_chunk(connection, chunk, read_from, seen_at, source, order_id, owners, whole)
            shared = several_systems() if shared is None else shared
            if shared:
                settle(chunk)
        appeared, changed = appeared + new, changed + different
    return appeared, changed


def _owners(connection: Connection) -> dict[str, int]:
    """Return the tenant of each of the vendor's own customers that is linked to one."""
    return dict(TenantLink.objects.filter(connection=connection).values_list("customer_ref", "tenant"))


@dataclass(frozen=True, slots=True)
class _Read:
    """A number as it was read, ready to be compared and stored."""

    values: Mapping[str, Any]
    record: str  # as JSON
    mark: str


def _store_chunk(
    connection: Connection,
    chunk: Mapping[str, Held],
    read_from: datetime,
    seen_at: datetime,
    source: Source,
    order_id: str,
    owners: Mapping[str, int],
    whole: bool,
) -> tuple[int, int]:
    mine = Number.objects.filter(connection=connection)
    among = {"number__range": (min(chunk), max(chunk))} if whole else {"number__in": chunk}
    rows = mine.select_for_update().filter(**among)
    known = {number: rest for number, *rest in rows.values_list("number", "pk", "mark", "seen_at", "missing_since", "order_id")}
    same: list[int] = []
    fresh: dict[str, _Read] = {}
    other: dict[str, _Read] = {}
    for number, held in chunk.items():
        read = _read(held, owners)
        if number not in known:
            fresh[number] = read
            continue
        pk, mark, seen, missing, order = known[number]
        if seen > read_from:
            continue
        if mark == read.mark and missing is None and order_id in ("", order):
            same.append(pk)
        else:
            other[number] = read
    _insert(connection, fresh, seen_at, order_id)
    # Naming a thousand rows takes longer than writing them.
    mine.filter(**(among if len(same) == len(known) else {"pk__in": same})).update(seen_at=seen_at)
    changed = _change(mine.filter(number__in=other), other, seen_at, source, order_id)
    return len(fresh), changed


def _read(held: Held, owners: Mapping[str, int]) -> _Read:
    """Take what the system shows; a switch's customer says whose the number is there."""
    values = dict(values_of(held))
    if held.did and (owner := owners.get(held.did.tenant)):
        values["tenant_id"] = owner
    record = _encode(values.pop("record"))
    mark = blake2b(f"{record}{list(values.values())}".encode(), digest_size=12).hexdigest()
    return _Read(values, record, mark)


def _insert(connection: Connection, fresh: Mapping[str, _Read], at: datetime, order_id: str) -> None:
    """Store new rows; one that somebody else stored meanwhile stays theirs.

    Not by `bulk_create`: making a hundred thousand objects takes longer than fetching and storing what is in them.
    """
    if not fresh:
        return
    moment = database.ops.adapt_datetimefield_value(at)
    shared = {"connection_id": connection.pk, "order_id": order_id, "first_seen": moment, "seen_at": moment, "leads": True}
    names = ("number", "last_four", "mark", *_SAID, *shared)
    rows = [
        (number, number[-4:], read.mark, *({**_SAID, **read.values, "record": read.record}).values(), *shared.values())
        for number, read in fresh.items()
    ]
    table, columns = Number._meta.db_table, ", ".join(database.ops.quote_name(name) for name in names)
    marks = ", ".join(["%s"] * len(names))
    with database.cursor() as cursor:
        sql = f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608  (our own names alone)
        cursor.executemany(sql, rows)


def _change(rows: QuerySet[Number], other: Mapping[str, _Read], seen_at: datetime, source: Source, order_id: str) -> int:
    """Bring rows up to date and write their history; return how many differed in anything that was read."""
    known = {row.number: row for row in rows} if other else {}
    history: list[tuple[str, str, str, str]] = []
    differing = 0
    for number, row in known.items():
        read = other[number]
        was = row.status
        lines = _take_over(row, read, order_id)
        row.released_at = _released(row, was, seen_at)
        history += lines
        differing += bool(lines)
        row.mark, row.seen_at, row.missing_since = read.mark, seen_at, None
    Number.objects.bulk_update(known.values(), _UPDATED, batch_size=100)
    _write_history(known, history, source)
    return differing


def _take_over(row: Number, read: _Read, order_id: str) -> list[tuple[str, str, str, str]]:
    """Put what the carrier shows into the row; return the lines of history, none when nothing differs.

    A line with an empty name marks a difference that is no history of its own: a trunk group's new title is none of
    the number's.
    """
    lines = []
    renamed = row.trunk_group_id == read.values["trunk_group_id"] != ""
    for name, value in (*read.values.items(), ("record", json.loads(read.record))):
        old = getattr(row, name)
        if old == value:
            continue
        setattr(row, name, value)
        told = "" if renamed and name == "trunk_group" else HISTORY.get(name, "")
        lines.append((row.number, told, _text(name, old), _text(name, value)))
    if order_id and row.order_id != order_id:
        row.order_id = order_id
        lines.append((row.number, "", "", ""))
    if row.missing_since is not None:
        lines.append((row.number, ON_LIST, "No", "Yes"))
    return lines


def _released(row: Number, was: str, at: datetime) -> datetime | None:
    """Return when the number was given up: now if this reading is the first to say so, never for one in use."""
    if row.on_switch or row.status != CANCELLED:
        return None
    return row.released_at or (at if was != CANCELLED else None)


def _text(name: str, value: Any) -> str:
    if name == "monthly_rate":
        return money(value) if isinstance(value, Decimal) else ""
    if name == "emergency":
        return {True: "Yes", False: "No"}.get(value, "")
    if name == "tenant_id":
        return str(Tenant.objects.filter(pk=value).first() or "")
    return status_word(value) if name == "status" else str(value or "")[:200]


def _write_history(known: Mapping[str, Number], lines: Iterable[tuple[str, str, str, str]], source: Source) -> None:
    NumberChange.objects.bulk_create(
        NumberChange(
            number=known[number],
            field=name,
            before=before,
            after=after,
            source=source.kind,
            actor=source.actor,
            reference=source.reference,
        )
        for number, name, before, after in lines
        if name
    )


def _chunks(held: Sequence[Held]) -> Iterator[dict[str, Held]]:
    for at in range(0, len(held), _CHUNK):
        yield {one.owned.number: one for one in held[at : at + _CHUNK]}
