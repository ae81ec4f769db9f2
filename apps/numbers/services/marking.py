"""Tags and notes: staff's own words on numbers. No system is asked, so it happens at once."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from apps.accounts.models import Tenant, User
from apps.audit.services import record
from apps.numbers.models import Note, Number, NumberChange, Sighting, Tag, Tagged

PERMISSION = "numbers.mark"
_NAMED = 50  # numbers that the audit entry names; the history of each number has the rest
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Marked:
    """How many numbers got or lost a tag, and how many were so already."""

    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    number: str
    tenant_id: int | None


def add_tag(rows: QuerySet[Number], name: str, *, actor: User) -> Marked:
    """Tag the numbers of `rows`, which are what the actor may see; the tag is made if it is new.

    Each gets a line of history, each tenant concerned an audit entry. Raises PermissionDenied.
    """
    return _mark(rows, name, actor, _add)


def remove_tag(rows: QuerySet[Number], name: str, *, actor: User) -> Marked:
    """Take a tag from the numbers of `rows`; a tag that no number bears any more is forgotten. Raises PermissionDenied."""
    return _mark(rows, name, actor, _remove)


@transaction.atomic
def add_note(row: Number, text: str, *, actor: User) -> Note:
    """Write a note on a number. The log tells of it, but not what it says: a note can be taken back, the log cannot.

    Raises PermissionDenied.
    """
    _allowed(actor)
    note = Note.objects.create(number=row.number, tenant_id=row.tenant_id, text=text, author=actor)
    _tell_of_note(row, "numbers.noted", "", "Written", actor)
    return note


@transaction.atomic
def remove_note(row: Number, note: Note, *, actor: User) -> None:
    """Take back a note on a number. Raises PermissionDenied."""
    _allowed(actor)
    note.delete()
    _tell_of_note(row, "numbers.note_removed", f"Of {note.author}", "", actor)


# --- inside -----------------------------------------------------------------------------------------------

_Act = Callable[[Tag, Sequence[_Row], User], list[_Row]]


def _allowed(actor: User) -> None:
    if not actor.may(PERMISSION):
        raise PermissionDenied(PERMISSION)


@transaction.atomic
def _mark(rows: QuerySet[Number], name: str, actor: User, act: _Act) -> Marked:
    _allowed(actor)
    adding = act is _add
    tag = _tag(name) if adding else Tag.objects.filter(name__iexact=name).first()
    found = _once(rows)
    changed = [row for chunk in _chunks(found) for row in act(tag, chunk, actor)] if tag else []
    if tag is None or not changed:
        return Marked(0, len(found))
    for chunk in _chunks(changed):
        NumberChange.objects.bulk_create(
            NumberChange(
                number_id=row.pk,
                field="Tag",
                before="" if adding else tag.name,
                after=tag.name if adding else "",
                source=Sighting.PLAN,
                actor=actor,
            )
            for row in chunk
        )
    if not tag.uses.exists():
        tag.delete()
    _record("numbers.tagged" if adding else "numbers.untagged", tag.name, changed, actor)
    return Marked(len(changed), len(found) - len(changed))


def _add(tag: Tag, rows: Sequence[_Row], actor: User) -> list[_Row]:
    """Tag what is not; what was tagged while another tenant had it is tagged for the one that has it now."""
    known = dict(Tagged.objects.filter(tag=tag, number__in=[row.number for row in rows]).values_list("number", "tenant"))
    new = [row for row in rows if row.number not in known]
    moved = [row for row in rows if row.number in known and known[row.number] != row.tenant_id]
    Tagged.objects.bulk_create(
        [Tagged(tag=tag, number=row.number, tenant_id=row.tenant_id) for row in new], ignore_conflicts=True
    )
    for tenant in {row.tenant_id for row in moved}:
        mine = [row.number for row in moved if row.tenant_id == tenant]
        Tagged.objects.filter(tag=tag, number__in=mine).update(tenant=tenant)
    return new + moved


def _remove(tag: Tag, rows: Sequence[_Row], actor: User) -> list[_Row]:
    borne = Tagged.objects.visible_to(actor).filter(tag=tag, number__in=[row.number for row in rows])
    known = set(borne.values_list("number", flat=True))
    borne.delete()
    return [row for row in rows if row.number in known]


def _tag(name: str) -> Tag:
    """Return the tag of this name in any case, made if there is none."""
    if known := Tag.objects.filter(name__iexact=name).first():
        return known
    try:
        with transaction.atomic():
            return Tag.objects.create(name=name)
    except IntegrityError:  # somebody else was faster
        return Tag.objects.get(name__iexact=name)


def _once(rows: QuerySet[Number]) -> list[_Row]:
    """Return each number once, by the row that leads."""
    found: dict[str, _Row] = {}
    for values in rows.order_by("number", "-leads", "pk").values_list("pk", "number", "tenant_id"):
        row = _Row(*values)
        found.setdefault(row.number, row)
    return list(found.values())


def _chunks(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    return (rows[at : at + _CHUNK] for at in range(0, len(rows), _CHUNK))


def _record(action: str, tag: str, rows: Sequence[_Row], actor: User) -> None:
    """Write an entry for each tenant concerned: who may read those of one tenant alone must not learn of another."""
    by_tenant: dict[int | None, list[str]] = defaultdict(list)
    for row in rows:
        by_tenant[row.tenant_id].append(row.number)
    tenants = Tenant.objects.in_bulk([pk for pk in by_tenant if pk])
    for pk, numbers in by_tenant.items():
        record(
            action,
            actor=actor,
            tenant=tenants[pk] if pk else None,
            target=numbers[0] if len(numbers) == 1 else f"{len(numbers)} numbers",
            params={"tag": tag, "count": len(numbers), "numbers": numbers[:_NAMED]},
        )


def _tell_of_note(row: Number, action: str, before: str, after: str, actor: User) -> None:
    NumberChange.objects.create(number=row, field="Note", before=before, after=after, source=Sighting.PLAN, actor=actor)
    record(action, actor=actor, tenant=row.tenant, target=row.number)
