"""What the porting screens show: alerts, the next step, the checklist, the stages of the wizard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import enabled_connections
from apps.numbers.models import PortEvent, PortNumber, PortOrder, PortRequest, PortState
from apps.numbers.models.porting import WITH_CARRIER
from apps.numbers.porting import calendar, checklist
from apps.numbers.porting.access import CORRECT, PORT
from apps.numbers.porting.reasons import REASONS, Reason
from apps.ui.formatting import when
from apps.ui.patterns import Stage, stages
from apps.vendors.core.numbers import Porting

SOON = timedelta(hours=48)
SILENT_DAYS = 5  # working days without a date, after which somebody should ask
TITLES = ("Numbers", "Orders", "Details", "Papers", "Review")


@dataclass(frozen=True, slots=True)
class Alert:
    """Something about an order that wants somebody's eyes. `mine`: the customer sees it too."""

    key: str
    tone: str
    text: str
    public: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """Numbers that were rejected for one reason."""

    reason: Reason
    note: str
    numbers: Sequence[str]


@dataclass(frozen=True, slots=True)
class CheckStep:
    """A step of the checklist with who did it when."""

    step: checklist.Step
    by: str = ""
    at: datetime | None = None


def carriers(user: User) -> list[Connection]:
    """Return the connections that port numbers, of those `user` is not kept from."""
    return list(enabled_connections(Porting, user=user))


def orders(user: User) -> QuerySet[PortOrder]:
    """Return the orders of a list, with all that a row shows."""
    rows = PortOrder.objects.in_scope(user).select_related("request__tenant", "request__connection")
    return rows.annotate(count=Count("numbers")).defer(
        "secrets", "record", "request__connection__credentials", "request__connection__ca_pem"
    )


def needing_somebody(now: datetime | None = None) -> Q:
    """Return the condition that an order waits for somebody here."""
    now = now or timezone.now()
    overdue = Q(state=PortState.DATE_SET, foc_at__lt=now - timedelta(days=1))
    corrected = Q(state=PortState.DRAFT, handed_in_at__isnull=False)
    return Q(state__in=(PortState.EXCEPTION, PortState.UNCERTAIN)) | overdue | corrected


def attention(user: User) -> int:
    """Return how many orders wait for somebody, for who can do something about it."""
    return PortOrder.objects.visible_to(user).filter(needing_somebody()).count() if user.may(PORT) else 0


def alerts(order: PortOrder, now: datetime | None = None) -> list[Alert]:
    """Return what somebody should know of an order now, the worst first."""
    now = now or timezone.now()
    found: list[Alert] = []
    if order.state == PortState.UNCERTAIN:
        found.append(Alert("uncertain", "danger", "Whether it was ordered is not certain. Answer that first."))
    if order.state == PortState.EXCEPTION:
        found.append(Alert("rejected", "danger", "Rejected: it has to be corrected and asked for again.", public=True))
    if order.state == PortState.DRAFT and order.handed_in_at:
        found.append(Alert("handed_in", "warning", "The customer has corrected it. Look at it, then order."))
    if order.state == PortState.DATE_SET and order.foc_at:
        found += _date_alerts(order, order.foc_at, now)
    if order.state == PortState.SUBMITTED:
        if order.status_code != order.known_code:
            text = f"The carrier's code is {order.status_code} now, which its document does not explain. Look into it."
            found.append(Alert("code", "warning", text))
        if _silent_since(order) <= now:
            text = f"No date after {SILENT_DAYS} working days. Ask the carrier whether it was rejected."
            found.append(Alert("overdue", "warning", text))
    if order.problem:
        found.append(Alert("problem", "warning", f"It could not be looked at: {order.problem}"))
    return found


def _date_alerts(order: PortOrder, foc: datetime, now: datetime) -> list[Alert]:
    found: list[Alert] = []
    day, today = calendar.day_of(foc, order.country), calendar.day_of(now, order.country)
    if day < today:
        late = (today - day).days
        text = (
            f"Overdue: the date was {late} day{'' if late == 1 else 's'} ago, and not all numbers are here. Call the carrier."
        )
        found.append(Alert("overdue", "danger", text))
    elif foc - now <= SOON:
        text = "Today is the day." if day == today else f"The date is near: {when(foc)}."
        found.append(Alert("near", "warning", f"{text} Go through the checklist.", public=False))
    if order.wanted_on and order.wanted_on != day:
        text = f"The carrier's date ({day:%b} {day.day}) is not the one asked for ({order.wanted_on:%b} {order.wanted_on.day})."
        found.append(Alert("other_date", "warning", text, public=True))
    return found


def _silent_since(order: PortOrder) -> datetime:
    since = (order.submitted_at or order.created_at).astimezone(calendar.ZONES[order.country])
    return calendar.moment(calendar.after(since.date(), SILENT_DAYS, order.country), order.country)


def rejections(rows: Sequence[PortNumber]) -> list[Rejection]:
    """Return the rejected numbers by reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.state == PortState.EXCEPTION:
            found.setdefault((row.reason, row.reason_note), []).append(row.number)
    other = REASONS["other"]
    return [Rejection(REASONS.get(reason, other), note, numbers) for (reason, note), numbers in found.items()]


def timeline(order: PortOrder, user: User) -> list[PortEvent]:
    """Return what happened to an order, newest first; customers see what concerns them."""
    rows = order.events.select_related("actor")
    return list(rows if user.may(PORT) or not user.sees_as_tenant else rows.filter(public=True))


def steps(order: PortOrder) -> list[tuple[str, list[CheckStep]]]:
    """Return the checklist by phase."""
    ticked = {tick.step: tick for tick in order.ticks.select_related("by")}
    found: dict[str, list[CheckStep]] = {}
    for step in checklist.STEPS:
        done = ticked.get(step.key)
        found.setdefault(step.phase, []).append(CheckStep(step, str(done.by), done.at) if done else CheckStep(step))
    return list(found.items())


def next_step(order: PortOrder) -> str:
    """Say in everyday words what happens next."""
    match PortState(order.state):
        case PortState.DRAFT if order.predecessor_id:
            return "Correct what was rejected, then hand it in."
        case PortState.DRAFT:
            return "The order is being prepared."
        case PortState.ORDERING | PortState.UNCERTAIN:
            return "The order is on its way to the carrier."
        case PortState.SUBMITTED:
            return (
                "The current provider checks the details. That takes a few working days; then there is a date, or a question."
            )
        case PortState.DATE_SET:
            day = calendar.day_of(order.foc_at, order.country) if order.foc_at else None
            said = f"On {day:%A, %B} {day.day} the numbers move. " if day else ""
            return f"{said}Keep the old service until all of them are here."
        case PortState.EXCEPTION:
            return "The current provider rejected it. What to do is below."
        case PortState.CORRECTED:
            return "A later order asks for these numbers again."
        case PortState.CANCELLED:
            return "The numbers stay with the current provider."
    return "The old service can be cancelled. Check the emergency (911) address: it does not move with a number."


def drafts(request: PortRequest) -> list[PortOrder]:
    """Return the orders of a request that can still be prepared."""
    rows = request.orders.filter(state=PortState.DRAFT).annotate(count=Count("numbers", distinct=True))
    found = list(rows.order_by("position"))
    for order in found:
        order.request = request
    return found


def editable(order: PortOrder, user: User) -> bool:
    """Return whether `user` may change an order's details now."""
    return order.is_draft and (user.may(PORT) or (order.predecessor_id is not None and user.may(CORRECT)))


def can_correct(order: PortOrder, user: User) -> bool:
    """Return whether `user` may ask anew for what was rejected of an order."""
    return (
        order.state in WITH_CARRIER
        and user.may(CORRECT)
        and any(row.state == PortState.EXCEPTION for row in order.numbers.all())
    )


def wizard(request: PortRequest, current: int, order: PortOrder | None = None) -> list[Stage]:
    """Return the stages of the wizard; details and papers lead to the order one is at, or the first."""
    first = order or request.orders.filter(state=PortState.DRAFT).order_by("position").first()
    key = [request.public_id]
    of_order = [first.public_id] if first else []
    urls = [
        reverse("numbers:port_numbers", args=key),
        reverse("numbers:port_grouping", args=key),
        reverse("numbers:port_details", args=of_order) if of_order else "",
        reverse("numbers:port_papers", args=of_order) if of_order else "",
        reverse("numbers:port_review", args=key),
    ]
    if order is not None and order.predecessor_id:  # a correction begins with its details
        urls[0] = urls[1] = ""
    return stages(list(zip(TITLES, urls, strict=True)), current)


def unfinished(user: User) -> list[PortRequest]:
    """Return requests that have no order yet, for who can go on with them."""
    if not user.may(PORT):
        return []
    return list(PortRequest.objects.in_scope(user).filter(orders=None)[:10])


def days_in_state(order: PortOrder) -> str:
    """Say how long an order has been in its state."""
    days = (timezone.now() - order.state_since).days
    return "today" if days < 1 else f"{days} day{'' if days == 1 else 's'}"


def order_context(order: PortOrder, user: User) -> dict[str, Any]:
    """Return what an order's page shows."""
    rows = list(order.numbers.all())
    told = alerts(order)
    staff = user.may(PORT) or not user.sees_as_tenant
    return {
        "order": order,
        "numbers": rows,
        "alerts": told if staff else [one for one in told if one.public],
        "rejections": rejections(rows),
        "timeline": timeline(order, user),
        "next_step": next_step(order),
        "phases": steps(order)
        if staff and order.state in (PortState.SUBMITTED, PortState.DATE_SET, PortState.COMPLETE)
        else [],
        "may_port": user.may(PORT),
        "staff": staff,
        "with_carrier": order.state in WITH_CARRIER,
        "can_correct": can_correct(order, user),
        "editable": editable(order, user),
        "papers": list(order.papers.defer("content")),
        "siblings": list(order.request.orders.exclude(pk=order.pk).only("public_id", "position", "state")),
        "successor": order.successors.only("public_id", "position").first(),
    }
