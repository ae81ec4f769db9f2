"""Following port orders: what the carrier's list says becomes a timeline, and numbers that arrived are complete.

The document gives the carrier's codes no meaning, so none is guessed: a date is what it names as one, and a number is
complete when the account's own list holds it. What a code means otherwise a person finds out and records.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import client_for
from apps.numbers.models import Number, PortEvent, PortNumber, PortOrder, PortState
from apps.numbers.models.porting import WITH_CARRIER
from apps.numbers.porting import calendar, mail
from apps.numbers.porting.access import audit, event, locked, settle
from apps.numbers.porting.ordering import left_out
from apps.numbers.porting.reasons import NOT_TAKEN
from apps.numbers.services.inventory import absorb
from apps.numbers.services.tenancy import assign
from apps.vendors.core.client import Client
from apps.vendors.core.errors import NotFound, VendorError
from apps.vendors.core.numbers import NumberInventory, OwnedNumber, Porting
from apps.vendors.core.numbers import PortOrder as Seen


def following(connection: Connection | None = None) -> list[PortOrder]:
    """Return the orders that are with the carrier and not over, of one connection or all."""
    rows = PortOrder.objects.filter(state__in=WITH_CARRIER).exclude(order_id="").select_related("request__connection")
    return list(rows.filter(request__connection=connection) if connection else rows)


def poll(connection: Connection, *, actor: User | None = None, only: PortOrder | None = None) -> int:
    """Bring the orders of a connection up to date, and return for how many something changed. Raises VendorError."""
    orders = [only] if only is not None else following(connection)
    if not orders:
        return 0
    client = client_for(connection, actor=actor)
    try:
        seen = {row.order_id: row for row in client.capability(Porting).orders(only.order_id if only else "")}
    except VendorError as error:
        PortOrder.objects.filter(pk__in=[one.pk for one in orders]).update(problem=error.user_message[:300])
        raise
    changed = 0
    for order in orders:
        row = seen.get(order.order_id)
        differs = take(order, row) if row is not None else _unlisted(order)
        if differs or order.foc_at or (row is not None and row.actual_foc):
            differs = _arrivals(order, client, actor) or differs
        changed += differs
        mail.deliver(order)
    return changed


def take(order: PortOrder, row: Seen) -> bool:
    """Store what the carrier's list says of an order, each change as a line of its timeline; return whether any."""
    with transaction.atomic():
        order = locked(order)
        before = order.events.count()
        if row.status != order.status_code:
            was = f" from {order.status_code}" if order.status_code else ""
            text = f"The carrier's code changed{was} to {row.status or 'none'}."
            event(order, "code", text, status_code=row.status, public=False)
            order.status_code = row.status
        if row.numbers:
            waiting = order.numbers.filter(state__in=(PortState.SUBMITTED, PortState.DATE_SET))
            left_out(order, set(waiting.values_list("number", flat=True)) - set(row.numbers))
        if row.actual_foc != order.foc_at:
            _new_date(order, row.actual_foc, row.status)
        order.amount = row.amount if order.amount is None else order.amount
        order.record, order.polled_at, order.problem = row.raw, timezone.now(), ""
        order.save()
        return order.events.count() != before


def arrived(order: PortOrder, numbers: Iterable[str]) -> int:
    """Mark numbers that are the account's now as complete; return how many were not before."""
    with transaction.atomic():
        order = locked(order)
        here = list(order.numbers.filter(number__in=list(numbers), state__in=WITH_CARRIER).values_list("number", flat=True))
        if not here:
            return 0
        settle(order, here, PortState.COMPLETE)
        if order.state == PortState.COMPLETE:
            text = "All numbers are here. The old service can be cancelled now."
            event(order, "completed", text, status_code=order.status_code, mail=PortEvent.Mail.DUE)
            audit("completed", order.request, None, order=order, params={"numbers": order.numbers.count()})
        else:
            event(
                order, "arrived", f"{len(here):,} of {order.numbers.count():,} numbers are here.", status_code=order.status_code
            )
        if order.request.tenant:
            rows = Number.objects.filter(connection=order.request.connection_id, number__in=here, tenant=None)
            assign(rows, order.request.tenant, actor=None, actor_label="portal")
    return len(here)


def _new_date(order: PortOrder, date: datetime | None, code: str) -> None:
    before, order.foc_at = order.foc_at, date
    if date is None:
        settle(order, _moved(order, PortState.DATE_SET), PortState.SUBMITTED)
        event(order, "foc_gone", "The date is withdrawn; another is awaited.", status_code=code, mail=PortEvent.Mail.DUE)
        audit("dated", order.request, None, order=order, before={"foc": before}, after={"foc": None})
        return
    settle(order, _moved(order, PortState.SUBMITTED, PortState.EXCEPTION), PortState.DATE_SET, reason="", reason_note="")
    said = _day(order, date)
    if before is None:
        wanted = order.wanted_on
        asked = (
            f" It was asked for {wanted:%b} {wanted.day}." if wanted and wanted != calendar.day_of(date, order.country) else ""
        )
        kind, text = "foc_set", f"The date is confirmed: {said}.{asked}"
    else:
        kind, text = "foc_changed", f"The date moved from {_day(order, before)} to {said}."
    event(order, kind, text, status_code=code, mail=PortEvent.Mail.DUE, facts={"foc": date.isoformat()})
    audit("dated", order.request, None, order=order, before={"foc": before}, after={"foc": date})


def _moved(order: PortOrder, *states: PortState) -> Sequence[str]:
    """The numbers that a new date concerns: not those the carrier never took."""
    rows = PortNumber.objects.filter(order=order, state__in=states).exclude(reason=NOT_TAKEN)
    return list(rows.values_list("number", flat=True))


def _day(order: PortOrder, date: datetime) -> str:
    day = calendar.day_of(date, order.country)
    return f"{day:%A, %b} {day.day}, {day.year}"


def _unlisted(order: PortOrder) -> bool:
    """The list came without an order of ours: that proves nothing, so it is only noted."""
    text = "The carrier's list came without this order."
    PortOrder.objects.filter(pk=order.pk).update(problem=text, polled_at=timezone.now())
    return False


def _arrivals(order: PortOrder, client: Client, actor: User | None) -> bool:
    """Look for the order's numbers in the account's own list, and take those found into the inventory."""
    if not client.supports(NumberInventory):
        return False
    waiting = set(order.numbers.filter(state__in=WITH_CARRIER).values_list("number", flat=True))
    try:
        listed = client.capability(NumberInventory).list(order_id=order.order_id)
    except NotFound:
        return False
    owned: list[OwnedNumber] = [one for one in listed if one.number in waiting and one.status != "cancelled"]
    if not owned:
        return False
    absorb(order.request.connection, owned, order_id=order.order_id, actor=actor)
    return bool(arrived(order, [one.number for one in owned]))
