"""What the screens of the inventory show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Tenant, User
from apps.accounts.scope import tenant_limit
from apps.changes.models import PlanState, PlanStep
from apps.changes.services import plans_of
from apps.numbers.filters import KINDS
from apps.numbers.models import PRESENT, InventoryRead, Number, NumberChange, Purchase
from apps.numbers.services.leading import TENANT
from apps.numbers.services.reading import reading_now, reads

HISTORY = 50
UNDO_MINUTES = 15


@dataclass(frozen=True)
class Event:
    """One line of a number's history."""

    at: datetime
    field: str
    before: str
    after: str
    source: str
    who: str
    url: str = ""
    state: str = ""
    message: str = ""


def standing(person: User) -> dict[str, Any]:
    """Return how old the inventory is, what went wrong, and whether it is being read now."""
    found = list(reads(person)) if person.may("numbers.carrier") else []
    ages = [read.read_at for read in found if read.read_at]
    return {
        "reads": found,
        "oldest": min(ages) if ages else None,
        "problems": [read for read in found if read.problem],
        "held_back": [read for read in found if read.held_back],
        "total": sum(read.leading for read in found),
        "several": len(found) > 1,
        "reading": reading_now() if person.may("numbers.search") else None,
        "may_read": person.may("numbers.search"),
        "may_change": person.may("numbers.change"),
        "may_buy": person.may("numbers.search"),
        "may_carrier": person.may("numbers.carrier"),
        "may_import": person.may("numbers.import"),
        "may_tenants": person.may("tenants.view"),
    }


def place(rows: Sequence[Number], person: User) -> None:
    """Give each row of a page its `places`, the person's rows of that number on all systems, and what it `rings`."""
    if not person.may("numbers.carrier"):
        return
    found: dict[str, list[Number]] = {row.number: [] for row in rows}
    known = Number.objects.visible_to(person).filter(PRESENT, number__in=found).select_related("connection")
    shown = ("number", "side", "status", "destination_kind", "destination", "emergency", "connection__name")
    for one in known.only(*shown).order_by("pk"):
        found[one.number].append(one)
    for row in rows:
        places = found[row.number]
        told = [one for one in places if one.destination_kind or one.destination]
        row.places = places  # type: ignore[attr-defined]
        row.flags = [one for one in places if one.emergency is not None]  # type: ignore[attr-defined]
        # A name before a bare route id.
        row.rings = sorted(told, key=lambda one: not one.destination)  # type: ignore[attr-defined]


def number_or_404(person: User, number: str, connection: str = "") -> tuple[Number, list[Number]]:
    """Return the number's row and the rows it has on other connections, of those `person` may see; the one in use first."""
    mine = Number.objects.visible_to(person).filter(number=number)
    rows = list(mine.select_related("connection", "tenant").order_by("connection__name"))
    rows.sort(key=lambda row: (not row.leads, row.is_gone, row.status == "cancelled"))
    chosen = next((row for row in rows if row.connection.name == connection), rows[0] if rows and not connection else None)
    if chosen is None:
        raise Http404
    return chosen, [row for row in rows if row.pk != chosen.pk]


def facts(row: Number, person: User) -> dict[str, Any]:
    """Return what the number page shows."""
    read = InventoryRead.objects.filter(connection=row.connection).first()
    changeable = person.may("numbers.change") and not (row.status == "cancelled" or row.is_gone or row.on_switch)
    return {
        "row": row,
        "may_carrier": person.may("numbers.carrier"),
        "may_tenants": person.may("tenants.view"),
        "tenants": assignable(person) if person.may("numbers.assign") else None,
        "kind": KINDS.get(row.kind, row.kind),
        "read": read,
        "trunk_groups": read.trunk_groups if read else [],
        "may_read": person.may("numbers.search"),
        "may_change": changeable,
        "may_cancel": changeable and person.may("numbers.cancel"),
        "order_url": _order_url(row) if person.may("numbers.orders") else "",
        "may_audit": person.may("audit.view"),
        "may_mark": person.may("numbers.mark"),
        "undo": _undoable(row, person) if changeable else None,
    }


def assignable(person: User) -> QuerySet[Tenant]:
    """Return the tenants that `person` may give numbers to."""
    return Tenant.objects.visible_to(person).filter(active=True)


def history(row: Number, person: User) -> list[Event]:
    """Return what happened to a number, newest first: what was planned here and what was seen at the carrier.

    Who is limited to some tenants reads what happened since the number is their tenant's.
    """
    steps = plans_of("number", row.number, row.connection, HISTORY)
    seen = NumberChange.objects.filter(number=row).select_related("actor")[:HISTORY]
    planned = {str(step.plan.public_id) for step in steps}
    events = [_step_event(step) for step in steps]
    # What a plan of this page changed is told by its step already.
    events += [_change_event(change) for change in seen if change.reference not in planned]
    events.append(Event(row.first_seen, "First seen", "", "", f"On {row.connection.name}", ""))
    if tenant_limit(person) is not None:
        given = NumberChange.objects.filter(number=row, field=TENANT).order_by("-at", "-pk").first()
        events = [event for event in events if given is None or event.at > given.at]
    return sorted(events, key=lambda event: event.at, reverse=True)[:HISTORY]


def _step_event(step: PlanStep) -> Event:
    plan = step.plan
    person = plan.applied_by or plan.created_by
    return Event(
        at=step.finished_at or plan.applied_at or plan.created_at,
        field=step.field,
        before=step.now_label,
        after=step.after_label,
        source="Plan",
        who=person.get_full_name() or person.get_username(),
        url=plan.get_absolute_url(),
        state=step.state,
        message=step.message,
    )


def _change_event(change: NumberChange) -> Event:
    who = (change.actor.get_full_name() or change.actor.get_username()) if change.actor else ""
    return Event(change.at, change.field, change.before, change.after, change.get_source_display(), who)


def _undoable(row: Number, person: User) -> PlanStep | None:
    """Return this person's last small change of the number, while it is fresh and can be taken back."""
    latest = next(iter(plans_of("number", row.number, row.connection, 1)), None)
    if latest is None or not latest.plan.at_once or latest.plan.undo_of_id or latest.plan.state != PlanState.DONE:
        return None
    fresh = latest.plan.finished_at and (timezone.now() - latest.plan.finished_at).total_seconds() < UNDO_MINUTES * 60
    return latest if fresh and latest.plan.created_by_id == person.pk and not latest.plan.undone_by.exists() else None


def _order_url(row: Number) -> str:
    """Return the purchase a number came with, or the list of what else came with its order."""
    if not row.order_id:
        return ""
    purchase = Purchase.objects.filter(connection=row.connection, order_id=row.order_id).first()
    return purchase.get_absolute_url() if purchase else f"{reverse('numbers:list')}?order={row.order_id}"
