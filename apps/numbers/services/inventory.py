"""Keeping the inventory: what a carrier's list says becomes rows, and every difference a line of history."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from apps.accounts.models import Tenant, User
from apps.connections.models import Connection, TenantLink
from apps.connections.services import client_for, describe_error
from apps.numbers.models import LISTED, InventoryRead, Number, NumberChange, Sighting
from apps.numbers.services.leading import TENANT, settle, several_systems
from apps.numbers.services.live import Held, TrunkBook, read_all, values_of
from apps.ui.formatting import money, status_word
from apps.vendors.core.errors import VendorError
from apps.vendors.core.numbers import OwnedNumber

_CHUNK = 1000
# A list that lacks more than this part of a set of ten or more is not believed without a person.
BELIEVABLE_LOSS, SMALL_SET = 0.3, 10
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
ON_LIST = "On the system's list"
_UPDATED = (
    "last_four", "kind", "status", "trunk_group_id", "trunk_group", "did_type", "order_type",
    "monthly_rate", "currency", "cnam", "order_id", "record", "seen_at", "missing_since", "tenant",
    "side", "ref", "customer_ref", "destination_kind", "destination_ref", "destination", "emergency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Why rows are written now: what a line of history says."""

    kind: Sighting = Sighting.SYNC
    actor: User | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a read of the whole list found."""

    total: int
    appeared: int
    changed: int
    vanished: int
    held_back: int

    def __str__(self) -> str:
        parts = [f"{self.total:,} numbers listed"]
        found = (("appeared", self.appeared), ("changed", self.changed), ("vanished", self.vanished))
        parts += [f"{count:,} {word}" for word, count in found if count]
        text = ", ".join(parts) + "." if len(parts) > 1 else f"{parts[0]}, nothing changed."
        if self.held_back:
            text += f" {self.held_back:,} we know are not on the list: too many to believe without a person."
        return text


def sync(connection: Connection, *, actor: User | None = None, accept_missing: bool = False) -> Synced:
    """Read the whole list of a connection and bring its rows up to date.

    A number the list lacks is marked as gone, unless so many are lacking that the list looks wrong; then they are
    held back until somebody accepts it. Raises VendorError, and then nothing has changed.
    """
    started = timezone.now()
    try:
        held, book = read_all(client_for(connection, actor=actor))
    except VendorError as error:
        problem = describe_error(error, connection, doing="list its numbers")
        _note(connection, tried_at=started, problem=problem)
        raise
    appeared, changed = store(connection, held, read_from=started, source=Source(actor=actor))
    gone, held_back = _missing(connection, started, accept_missing)
    result = Synced(len(held), appeared, changed, gone, held_back)
    _note(
        connection,
        tried_at=started,
        read_at=timezone.now(),
        problem=None,
        appeared=appeared,
        changed=changed,
        vanished=gone,
        held_back=held_back,
        counts=count(connection),
        leading=leading(connection),
        trunk_groups=_trunk_groups(connection, book),
    )
    _recount_others(connection)
    return result


def absorb(
    connection: Connection,
    owned: Iterable[OwnedNumber],
    *,
    order_id: str = "",
    trunk_group_id: str = "",
    actor: User | None = None,
) -> tuple[int, int]:
    """Take in numbers the carrier has just shown us, say after a purchase; return how many appeared and changed.

    `trunk_group_id` says where they point, if that is known; else it is told from the trunk groups of the last
    sync. Nothing is marked as gone.
    """
    known = InventoryRead.objects.filter(connection=connection).first()
    groups = {group["id"]: group for group in known.trunk_groups} if known else {}
    held = [_from_known(row, groups, trunk_group_id) for row in owned]
    source = Source(Sighting.ORDER, actor, order_id)
    result = store(connection, held, read_from=timezone.now(), source=source, order_id=order_id)
    recount(connection)
    return result


def store(
    connection: Connection,
    held: Sequence[Held],
    *,
    read_from: datetime,
    source: Source,
    order_id: str = "",
) -> tuple[int, int]:
    """Write what was read, in chunks of one short transaction each; return how many rows appeared and changed.

    `read_from` is when the reading began: a row seen later than that is newer than this list and stays as it is.
    """
    appeared = changed = 0
    seen_at = timezone.now()
    owners = _owners(connection)
    shared = None
    for chunk in _chunks(held):
        with transaction.atomic():
            new, different = _store_chunk(connection, chunk, read_from, seen_at, source, order_id, owners)
            shared = several_systems() if shared is None else shared
            if shared:
                settle(chunk)
        appeared, changed = appeared + new, changed + different
    return appeared, changed


def count(connection: Connection) -> dict[str, int]:
    """Return the number of present rows by status."""
    rows = Number.objects.filter(connection=connection, missing_since=None).order_by()
    return dict(rows.values_list("status").annotate(Count("pk")))


def leading(connection: Connection) -> int:
    """Return how many numbers the connection's present rows stand for."""
    return Number.objects.filter(LISTED, connection=connection).count()


def recount(connection: Connection) -> None:
    """Bring the kept counts up to date after rows were written."""
    numbers = _numbers_by_trunk_group(connection)
    with transaction.atomic():
        kept, _ = InventoryRead.objects.select_for_update().get_or_create(connection=connection)
        kept.counts = count(connection)
        kept.leading = leading(connection)
        for group in kept.trunk_groups:
            group["numbers"] = numbers.get(group["id"], 0)
        kept.save(update_fields=["counts", "leading", "trunk_groups"])


# --- inside -----------------------------------------------------------------------------------------------


def _store_chunk(
    connection: Connection,
    chunk: Mapping[str, Held],
    read_from: datetime,
    seen_at: datetime,
    source: Source,
    order_id: str,
    owners: Mapping[str, int],
) -> tuple[int, int]:
    rows = Number.objects.select_for_update().filter(connection=connection, number__in=chunk)
    known = {row.number: row for row in rows}
    same: list[int] = []
    write: list[Number] = []
    history: list[tuple[str, str, str, str]] = []
    for number, held in chunk.items():
        row = known.get(number)
        if row is None:
            write.append(_new_row(connection, number, held, seen_at, order_id, owners))
        elif row.seen_at > read_from:
            continue
        elif lines := _take_over(row, held, order_id, owners):
            history += lines
            row.seen_at, row.missing_since = seen_at, None
            write.append(row)
        else:
            same.append(row.pk)
    Number.objects.bulk_create(write, update_conflicts=True, unique_fields=["connection", "number"], update_fields=_UPDATED)
    Number.objects.filter(pk__in=same).update(seen_at=seen_at)
    _write_history(known, history, source)
    appeared = sum(1 for row in write if row.number not in known)
    return appeared, len(write) - appeared


def _owners(connection: Connection) -> dict[str, int]:
    """Return the tenant of each of the vendor's own customers that is linked to one."""
    return dict(TenantLink.objects.filter(connection=connection).values_list("customer_ref", "tenant"))


def _values(held: Held, owners: Mapping[str, int]) -> dict[str, object]:
    """The columns as the system shows them; a switch's customer says whose the number is there."""
    owner = owners.get(held.did.tenant) if held.did else None
    return {**values_of(held), **({"tenant_id": owner} if owner else {})}


def _new_row(connection: Connection, number: str, held: Held, at: datetime, order_id: str, owners: Mapping[str, int]) -> Number:
    return Number(
        connection=connection,
        number=number,
        last_four=number[-4:],
        order_id=order_id,
        first_seen=at,
        seen_at=at,
        **_values(held, owners),
    )


def _take_over(row: Number, held: Held, order_id: str, owners: Mapping[str, int]) -> list[tuple[str, str, str, str]]:
    """Put what the carrier shows into the row; return the lines of history, none when nothing differs.

    A line with an empty name marks a difference that is no history of its own: a trunk group's new title is none of
    the number's.
    """
    lines = []
    renamed = row.trunk_group_id == held.trunk_group_id != ""
    for name, value in _values(held, owners).items():
        old = getattr(row, name)
        if _same(old, value):
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


def _same(old: Any, new: Any) -> bool:
    if isinstance(new, dict):
        return old == _plain(new)
    return old == new


def _plain(record: Mapping[str, Any]) -> Any:
    """Return a record as JSON gives it back: Decimals and times are text."""
    return json.loads(json.dumps(record, cls=DjangoJSONEncoder))


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


def _missing(connection: Connection, started: datetime, accept: bool) -> tuple[int, int]:
    """Mark what a full list lacked; return how many were marked and how many held back."""
    present = Number.objects.filter(connection=connection, missing_since=None)
    lacking = present.filter(seen_at__lt=started)
    count, known = lacking.count(), present.count()
    if not count:
        return 0, 0
    if not accept and (count == known or (known >= SMALL_SET and count > BELIEVABLE_LOSS * known)):
        return 0, count
    marked = 0
    while gone := dict(lacking.values_list("pk", "number")[:_CHUNK]):
        with transaction.atomic():
            Number.objects.filter(pk__in=gone, missing_since=None).update(missing_since=started)
            NumberChange.objects.bulk_create(NumberChange(number_id=pk, field=ON_LIST, before="Yes", after="No") for pk in gone)
            settle(gone.values())
        marked += len(gone)
    return marked, 0


def _numbers_by_trunk_group(connection: Connection) -> dict[str, int]:
    rows = Number.objects.filter(connection=connection, missing_since=None).exclude(trunk_group_id="").order_by()
    return dict(rows.values_list("trunk_group_id").annotate(Count("pk")))


def _trunk_groups(connection: Connection, book: TrunkBook) -> list[dict[str, Any]]:
    numbers = _numbers_by_trunk_group(connection)
    return [
        {
            "id": group.trunk_group_id,
            "title": group.title,
            "hosts": [host for host, _, _ in group.hosts],
            "status": group.status,
            "numbers": numbers.get(group.trunk_group_id, 0),
        }
        for group in book.groups
    ]


def _recount_others(connection: Connection) -> None:
    """A number that appeared here may lead now where another's row did."""
    for other in InventoryRead.objects.exclude(connection=connection).select_related("connection"):
        InventoryRead.objects.filter(pk=other.pk).update(leading=leading(other.connection))


def _note(connection: Connection, **facts: Any) -> None:
    InventoryRead.objects.update_or_create(connection=connection, defaults=facts)


def _from_known(row: OwnedNumber, groups: Mapping[str, Mapping[str, Any]], group_id: str) -> Held:
    shown = [host for host in (row.trunk_group, row.trunk_group_backup) if host]
    fits = [group["id"] for group in groups.values() if shown and list(group["hosts"][:2]) == shown]
    told = group_id or (fits[0] if len(fits) == 1 else "")
    return Held(row, told, groups[told]["title"] if told in groups else row.trunk_group)


def _chunks(held: Sequence[Held]) -> Iterator[dict[str, Held]]:
    for at in range(0, len(held), _CHUNK):
        yield {one.owned.number: one for one in held[at : at + _CHUNK]}
