"""The verdict over what all systems say of one subject, and keeping the lines of the board up to date."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from apps.connections.models import Connection
from apps.numbers.emergency.addresses import conflict
from apps.numbers.models import PRESENT, SAID, EmergencySnapshot, EmergencySubject, Number, Verdict
from apps.vendors.core.values import is_toll_free

STALE_AFTER = timedelta(days=2)  # the schedule reads four times a day: a statement this old has missed several readings
NUMBER = "number"
_CHUNK = 500
_NOTHING = (Verdict.UNCOVERED, Verdict.SILENT)
_NEEDED = ("key", "tenant_id", "kind", "subject", "number", "covered", "address", "elin", "seen_at")
_UPDATED = ("tenant", "kind", "label", "number", "verdict", "sources", "oldest_seen")


def key_of(kind: str, subject: str, number: str, tenant_id: int | None, connection_id: int, customer: str) -> str:
    """Return the key of the board's line: a number is one everywhere, an extension one for each tenant."""
    if number and kind in {NUMBER, "location"}:
        return f"{NUMBER}:{number}"
    whose = f"t{tenant_id}" if tenant_id else f"c{connection_id}:{customer}"
    return f"{kind}:{whose}:{subject}"[:200]


def verdict_over(statements: Iterable[tuple[bool | None, str]]) -> Verdict:
    """Return what follows from statements, each (covered, address); None and "" where a system does not say."""
    told = list(statements)
    said = {covered for covered, _ in told if covered is not None}
    if len(said) > 1 or (True in said and conflict(address for _, address in told)):
        return Verdict.DISAGREE
    if said:
        return Verdict.COVERED if True in said else Verdict.UNCOVERED
    return Verdict.SILENT


def stale_before() -> Any:
    """Return the moment before which a statement is too old to lean on."""
    return timezone.now() - STALE_AFTER


def settle(keys: Iterable[str]) -> None:
    """Bring the lines with these keys up to date, and those of extensions that show one of these numbers to 911."""
    wanted = set(keys)
    numbers = {key for key in wanted if key.startswith(f"{NUMBER}:")}
    dependants: set[str] = set()
    for chunk in _chunks(sorted(numbers)):
        _settle(chunk)
        shown = [key.partition(":")[2] for key in chunk]
        dependants |= set(EmergencySnapshot.objects.filter(SAID, elin__in=shown).order_by().values_list("key", flat=True))
    for chunk in _chunks(sorted((wanted | dependants) - numbers)):
        _settle(chunk)


def settle_numbers(numbers: Iterable[str]) -> None:
    """Bring the lines of these numbers up to date."""
    settle(f"{NUMBER}:{number}" for number in numbers)


def hand_over(numbers: Sequence[str], tenant_id: int | None) -> None:
    """After numbers were given to a tenant: what is said of them for no customer in particular goes along."""
    for chunk in _chunks(numbers):
        EmergencySnapshot.objects.filter(customer="", number__in=chunk).update(tenant=tenant_id)
    settle_numbers(numbers)


def settle_connection(connection: Connection) -> None:
    """After a reading: bring what this connection speaks of up to date, and what the inventory has gained or lost."""
    settle(EmergencySnapshot.objects.filter(connection=connection).order_by().values_list("key", flat=True).distinct())
    settle_inventory()


def settle_inventory() -> None:
    """Give each number of the inventory its line, and take away lines of what is neither there nor spoken of."""
    lines = EmergencySubject.objects.filter(number=OuterRef("number"), kind=NUMBER)
    new = Number.objects.filter(PRESENT).exclude(Exists(lines)).order_by().values_list("number", flat=True).distinct()
    settle_numbers(list(new))
    spoken = EmergencySnapshot.objects.filter(SAID, key=OuterRef("key"))
    held = Number.objects.filter(PRESENT, number=OuterRef("number"))
    EmergencySubject.objects.exclude(Exists(spoken)).exclude(Exists(held)).delete()


def rekey(rows: QuerySet[EmergencySnapshot], tenant_id: int | None) -> None:
    """Say whose these statements are, after a customer was linked to a tenant or taken from it."""
    found = list(rows)
    before = {row.key for row in found}
    for row in found:
        row.tenant_id = tenant_id
        row.key = key_of(row.kind, row.subject, row.number, tenant_id, row.connection_id, row.customer)
    EmergencySnapshot.objects.bulk_update(found, ["tenant", "key"], batch_size=_CHUNK)
    settle(before | {row.key for row in found})


# --- inside -----------------------------------------------------------------------------------------------


def _settle(keys: Sequence[str]) -> None:
    """Write the lines with these keys anew: four queries for all of them."""
    groups: defaultdict[str, list[EmergencySnapshot]] = defaultdict(list)
    for row in EmergencySnapshot.objects.filter(SAID, key__in=keys).only(*_NEEDED).order_by("pk"):
        groups[row.key].append(row)
    wanted = [key.partition(":")[2] for key in keys if key.startswith(f"{NUMBER}:")]
    held = dict(Number.objects.filter(PRESENT, number__in=wanted).order_by("pk").values_list("number", "tenant_id"))
    shown = _coverage({row.elin for rows in groups.values() for row in rows if row.covered is None and row.elin})
    lines = []
    for key in keys:
        rows, number = groups.get(key, []), key.partition(":")[2] if key.startswith(f"{NUMBER}:") else ""
        if rows or number in held:
            lines.append(_line(key, number, rows, held, shown))
    EmergencySubject.objects.bulk_create(lines, update_conflicts=True, unique_fields=["key"], update_fields=_UPDATED)
    gone = set(keys) - {line.key for line in lines}
    EmergencySubject.objects.filter(key__in=gone).delete()


def _line(
    key: str,
    number: str,
    rows: Sequence[EmergencySnapshot],
    held: Mapping[str, int | None],
    shown: Mapping[str, bool],
) -> EmergencySubject:
    found = verdict_over((said(row, shown), row.address) for row in rows)
    owners = {row.tenant_id for row in rows if row.tenant_id}
    owner = held.get(number) or (owners.pop() if len(owners) == 1 else None)
    return EmergencySubject(
        key=key,
        tenant_id=owner,
        kind=NUMBER if number else rows[0].kind,
        label=number or rows[0].subject,
        number=number,
        verdict=Verdict.EXEMPT if is_toll_free(number) and found in _NOTHING else found,
        sources=len(rows),
        oldest_seen=min((row.seen_at for row in rows), default=None),
    )


def said(row: EmergencySnapshot, shown: Mapping[str, bool]) -> bool | None:
    """Return whether a statement says that its subject is covered; an extension is as the number it shows to 911."""
    if row.covered is None and row.elin and row.kind not in {NUMBER, "location"}:
        return shown.get(row.elin)
    return row.covered


def _coverage(numbers: Iterable[str]) -> dict[str, bool]:
    """Return for each of these numbers whether it is covered, where the systems agree on that."""
    lines = EmergencySubject.objects.filter(number__in=set(numbers), kind=NUMBER).order_by()
    known = {Verdict.COVERED: True, Verdict.UNCOVERED: False}
    return {line.number: known[Verdict(line.verdict)] for line in lines if line.verdict in known}


def coverage_for(rows: Iterable[EmergencySnapshot]) -> dict[str, bool]:
    """Return whether the numbers that these statements name are covered, for `said`."""
    return _coverage(row.elin for row in rows if row.covered is None and row.elin)


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
