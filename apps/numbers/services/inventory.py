"""Keeping the inventory: what a carrier's list says becomes rows, and every difference a line of history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import client_for, describe_error
from apps.numbers.models import LISTED, InventoryRead, Number, NumberChange, Side, Sighting
from apps.numbers.services.leading import settle
from apps.numbers.services.live import Held, TrunkBook, read_all
from apps.numbers.services.storing import ON_LIST, Source, store
from apps.vendors.core.errors import VendorError
from apps.vendors.core.numbers import CANCELLED, OwnedNumber

_CHUNK = 1000
# A list that lacks more than this part of a set of ten or more is not believed without a person.
BELIEVABLE_LOSS, SMALL_SET = 0.3, 10


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
    appeared, changed = store(connection, held, read_from=started, source=Source(actor=actor), whole=True)
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
        destination_kinds=destination_kinds(connection),
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


def count(connection: Connection) -> dict[str, int]:
    """Return the number of present rows by status."""
    rows = Number.objects.filter(connection=connection, missing_since=None).order_by()
    return dict(rows.values_list("status").annotate(Count("pk")))


def leading(connection: Connection) -> int:
    """Return how many numbers the connection's present rows stand for."""
    return Number.objects.filter(LISTED, connection=connection).count()


def destination_kinds(connection: Connection) -> list[str]:
    """Return the kinds of destination that the connection's present rows ring."""
    rows = Number.objects.filter(connection=connection, missing_since=None).exclude(destination_kind="").order_by()
    return sorted(rows.values_list("destination_kind", flat=True).distinct())


def recount(connection: Connection) -> None:
    """Bring the kept counts up to date after rows were written."""
    numbers = _numbers_by_trunk_group(connection)
    with transaction.atomic():
        kept, _ = InventoryRead.objects.select_for_update().get_or_create(connection=connection)
        kept.counts = count(connection)
        kept.leading = leading(connection)
        kept.destination_kinds = destination_kinds(connection)
        for group in kept.trunk_groups:
            group["numbers"] = numbers.get(group["id"], 0)
        kept.save(update_fields=["counts", "leading", "trunk_groups", "destination_kinds"])


# --- inside -----------------------------------------------------------------------------------------------


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
            left = Number.objects.filter(pk__in=gone, side=Side.CARRIER, released_at=None).exclude(status=CANCELLED)
            left.update(released_at=started)
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
