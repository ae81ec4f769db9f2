"""Who may touch what of a port, and how changes are told to the log and the timeline."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.connections.models import Connection
from apps.numbers.models import PortEvent, PortNumber, PortOrder, PortRequest, PortState
from apps.numbers.models.porting import ENDED, derived
from apps.numbers.purchase.access import NotPossible

__all__ = ["CORRECT", "PORT", "NotPossible", "audit", "event", "lane", "locked", "locked_draft", "may_edit", "permit", "settle"]

VIEW, PORT, CORRECT = "numbers.port.view", "numbers.port", "numbers.port.correct"


def permit(actor: User, permission: str = PORT) -> None:
    """Raise PermissionDenied unless `actor` holds `permission`."""
    if not actor.may(permission):
        raise PermissionDenied(permission)


def may_edit(order: PortOrder, actor: User) -> bool:
    """Return whether `actor` may change an order's draft: staff any, the customer a correction of a rejected one."""
    return order.is_draft and (actor.may(PORT) or (order.predecessor_id is not None and actor.may(CORRECT)))


def locked(order: PortOrder | int) -> PortOrder:
    """Return the order as it is now, locked until the transaction around this ends."""
    pk = order if isinstance(order, int) else order.pk
    with transaction.atomic(savepoint=False):
        fresh = PortOrder.objects.select_for_update().get(pk=pk)
    fresh.request = PortRequest.objects.select_related("connection", "tenant").get(pk=fresh.request_id)
    return fresh


def locked_draft(order: PortOrder, actor: User) -> PortOrder:
    """Return a draft locked, for somebody who may change it. Raises PermissionDenied, NotPossible."""
    fresh = locked(order)
    if not fresh.is_draft:
        raise NotPossible(f"{fresh.label} was sent to the carrier already, so it is not changed any more.")
    if not may_edit(fresh, actor):
        raise PermissionDenied(PORT)
    return fresh


def lane(connection: Connection) -> str:
    """Name what one port order at a time may touch: the account's list of them, which is the evidence."""
    return f"port {connection.pk}"


def audit(action: str, request: PortRequest, actor: User | None, *, order: PortOrder | None = None, **more: Any) -> None:
    """Record what was done to a request or one of its orders."""
    record(
        f"numbers.port.{action}",
        actor=actor,
        actor_label="" if actor else "portal",
        tenant=request.tenant,
        connection_id=request.connection_id,
        connection_name=request.connection.name,
        target=f"port {order.label if order else request.reference}",
        **more,
    )


def event(order: PortOrder, kind: str, text: str, **more: Any) -> PortEvent:
    """Add a line to an order's timeline."""
    return PortEvent.objects.create(order=order, kind=kind, text=text[:500], **more)


def settle(order: PortOrder, numbers: Iterable[str] | None = None, state: PortState | None = None, **fields: Any) -> None:
    """Set the state of some of an order's numbers (all that are not over, if none are named) and derive the order's own.

    In a transaction, the order locked. Saves the order.
    """
    if state is not None:
        rows = PortNumber.objects.filter(order=order).exclude(state__in=ENDED)
        if numbers is not None:
            rows = rows.filter(number__in=list(numbers))
        rows.update(state=state, changed_at=timezone.now(), **fields)
    states = list(PortNumber.objects.filter(order=order).order_by("number", "pk").values_list("state", flat=True))
    now = derived(states)
    if now != order.state:
        order.state, order.state_since = now, timezone.now()
    if now in ENDED:
        order.finished_at = order.finished_at or timezone.now()
        order.secrets = {}  # nobody needs account and PIN of a finished port
    else:
        order.finished_at = None
    order.save()
