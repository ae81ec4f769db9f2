"""What people record of an order at the carrier: rejections, cancellations, codes they looked into, steps that are done."""

from collections.abc import Collection

from django.db import transaction

from apps.accounts.models import User
from apps.numbers.models import PortOrder, PortState, PortTick
from apps.numbers.models.porting import WITH_CARRIER
from apps.numbers.porting import checklist, following
from apps.numbers.porting.access import NotPossible, audit, event, locked, permit, settle
from apps.numbers.porting.reasons import REASONS


def reject(order: PortOrder, actor: User, reason: str, note: str = "", numbers: Collection[str] = ()) -> PortOrder:
    """Record that the losing carrier rejected an order, or some of its numbers. Raises PermissionDenied, NotPossible."""
    permit(actor)
    if reason not in REASONS:
        raise NotPossible("Choose a reason from the list.")
    with transaction.atomic():
        order = _with_carrier(order)
        open_ = set(order.numbers.filter(state__in=WITH_CARRIER).values_list("number", flat=True))
        meant = open_ & set(numbers) if numbers else open_
        if not meant:
            raise NotPossible("None of these numbers is with the carrier any more.")
        settle(order, meant, PortState.EXCEPTION, reason=reason, reason_note=note[:500])
        order.known_code = order.status_code
        order.save()
        label = REASONS[reason].label
        which = "" if meant == open_ else f" ({len(meant)} of {len(open_)} numbers)"
        event(order, "rejected", f"Rejected: {label}{which}.", status_code=order.status_code, actor=actor)
        audit("rejected", order.request, actor, order=order, params={"reason": reason, "note": note, "numbers": len(meant)})
    return order


def cancel(order: PortOrder, actor: User, note: str = "") -> PortOrder:
    """Record that the carrier confirmed a cancellation; no call does it. Raises PermissionDenied, NotPossible."""
    permit(actor)
    with transaction.atomic():
        order = _with_carrier(order)
        settle(order, None, PortState.CANCELLED)
        event(order, "cancelled", "Cancelled. The numbers stay where they are.", status_code=order.status_code, actor=actor)
        audit("cancelled", order.request, actor, order=order, params={"note": note})
    return order


def acknowledge(order: PortOrder, actor: User, note: str = "") -> PortOrder:
    """Say that somebody looked into the carrier's new code. Raises PermissionDenied."""
    permit(actor)
    with transaction.atomic():
        order = locked(order)
        order.known_code = order.status_code
        order.save()
        text = f"Looked into code {order.status_code}." + (f" {note}" if note else "")
        event(order, "looked", text, status_code=order.status_code, public=False, actor=actor)
        audit("code_seen", order.request, actor, order=order, params={"code": order.status_code, "note": note})
    return order


def remark(order: PortOrder, actor: User, text: str) -> None:
    """Add a note to an order's timeline, for staff. Raises PermissionDenied, NotPossible."""
    permit(actor)
    if not text.strip():
        raise NotPossible("Write something first.")
    with transaction.atomic():
        order = locked(order)
        event(order, "note", text.strip(), public=False, actor=actor)
        audit("noted", order.request, actor, order=order, params={"note": text.strip()})


def tick(order: PortOrder, actor: User, step: str, done: bool) -> None:
    """Tick a step of the checklist, or take the tick back. Raises PermissionDenied, NotPossible."""
    permit(actor)
    if step not in checklist.KEYS:
        raise NotPossible("This step is not on the list.")
    with transaction.atomic():
        order = locked(order)
        if done:
            _, new = PortTick.objects.get_or_create(order=order, step=step, defaults={"by": actor})
        else:
            new = bool(PortTick.objects.filter(order=order, step=step).delete()[0])
        if new:
            audit("ticked" if done else "unticked", order.request, actor, order=order, params={"step": step})


def look(order: PortOrder, actor: User) -> bool:
    """Ask the carrier how an order stands now; return whether anything changed.

    Raises PermissionDenied, NotPossible, VendorError.
    """
    permit(actor)
    if not order.order_id or order.state not in WITH_CARRIER:
        raise NotPossible("There is nothing to look for: the order is not with the carrier.")
    return bool(following.poll(order.request.connection, actor=actor, only=order))


def _with_carrier(order: PortOrder) -> PortOrder:
    fresh = locked(order)
    if fresh.state not in WITH_CARRIER:
        raise NotPossible(f"{fresh.label} is not with the carrier now, so nothing was recorded.")
    return fresh
