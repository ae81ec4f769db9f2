"""Which row stands for a number that several systems have, and whose it is when only a switch says so."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import Tenant
from apps.numbers.models import Number, NumberChange, Side, Sighting
from apps.vendors.core.numbers import CANCELLED

TENANT = "Tenant"  # how history calls it
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    number: str
    side: str
    status: str
    missing_since: datetime | None
    leads: bool
    tenant_id: int | None

    @property
    def rank(self) -> tuple[bool, bool, bool, int]:
        return (self.missing_since is not None, self.side != Side.CARRIER, self.status == CANCELLED, self.pk)


def settle(numbers: Iterable[str]) -> None:
    """Let one row of each of these numbers lead, and give a number of no tenant to the one its switch names.

    Called inside a transaction. A number that ever changed hands here stays as people left it.
    """
    names = list(numbers)
    for at in range(0, len(names), _CHUNK):
        _settle(names[at : at + _CHUNK])


def several_systems() -> bool:
    """Return whether more than one connection has numbers; with one, each row stands for itself."""
    first = Number.objects.order_by("pk").values_list("connection", flat=True).first()
    return first is not None and Number.objects.exclude(connection=first).exists()


def _settle(numbers: Sequence[str]) -> None:
    rows = defaultdict(list)
    for values in Number.objects.filter(number__in=numbers).order_by().values_list(*_Row.__slots__):
        row = _Row(*values)
        rows[row.number].append(row)
    up, down, adopted = [], [], {}
    for found in rows.values():
        best = min(found, key=lambda row: row.rank)
        up += [best.pk] if not best.leads else []
        down += [row.pk for row in found if row.leads and row is not best]
        if best.tenant_id is None and (tenant := _named_by_switch(found)):
            adopted[best.pk] = tenant
    Number.objects.filter(pk__in=down).update(leads=False)
    Number.objects.filter(pk__in=up).update(leads=True)
    _adopt(adopted)


def _named_by_switch(rows: Sequence[_Row]) -> int | None:
    """Return the tenant whose customer the number is on its switches, if they agree."""
    owners = {row.tenant_id for row in rows if row.side == Side.SWITCH and row.missing_since is None and row.tenant_id}
    return owners.pop() if len(owners) == 1 else None


def _adopt(adopted: dict[int, int]) -> None:
    if not adopted:
        return
    by_hand = NumberChange.objects.filter(number__in=adopted, field=TENANT, source=Sighting.PLAN)
    names = dict(Tenant.objects.filter(pk__in=adopted.values()).values_list("pk", "name"))
    given = adopted.keys() - set(by_hand.values_list("number", flat=True))
    for tenant, name in names.items():
        Number.objects.filter(pk__in=[pk for pk in given if adopted[pk] == tenant], tenant=None).update(tenant=tenant)
        NumberChange.objects.bulk_create(
            NumberChange(number_id=pk, field=TENANT, after=name) for pk in given if adopted[pk] == tenant
        )
