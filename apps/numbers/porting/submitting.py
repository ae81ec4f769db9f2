"""From drafts to orders: what stands in the way, and the job that places them."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.changes import intents
from apps.changes.models import Intent, IntentState
from apps.connections.models import Connection
from apps.connections.services import client_for
from apps.jobs.kinds import kind_of
from apps.jobs.models import FINAL, ItemState, Job, JobItem, JobState
from apps.jobs.services import settle as settle_item
from apps.jobs.services import submit as submit_job
from apps.numbers.models import PortOrder, PortPaper, PortRequest, PortState
from apps.numbers.models.porting import UNDER_WAY, Line, PortNumber
from apps.numbers.porting import calendar
from apps.numbers.porting.access import NotPossible, audit, event, lane, permit, settle
from apps.numbers.porting.drafting import fingerprint
from apps.numbers.porting.ordering import intent_for
from apps.vendors.core.client import Client
from apps.vendors.core.numbers import TOLL_FREE

KIND = "numbers.port"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a draft from being ordered, and where it is mended; `ours` if the customer can do nothing about it."""

    text: str
    url: str
    ours: bool = False


def is_simple(order: PortOrder, count: int | None = None) -> bool:
    """Return whether a port is simple by the rules: one local line, and all of the account."""
    lines = order.numbers.count() if count is None else count
    return order.kind != TOLL_FREE and lines == 1 and not order.partial


def obstacles(order: PortOrder, now: datetime | None = None) -> list[Obstacle]:
    """Return what stands between a draft and its order."""
    details = reverse("numbers:port_details", args=[order.public_id])
    papers = reverse("numbers:port_papers", args=[order.public_id])
    numbers = reverse("numbers:port_numbers", args=[order.request.public_id])
    rows = list(order.numbers.all())
    found: list[Obstacle] = []
    if not rows:
        found.append(Obstacle("It holds no numbers.", numbers, ours=True))
    unchecked = sum(row.portable is None for row in rows)
    refused = sum(row.portable is False for row in rows)
    if unchecked:
        found.append(Obstacle(f"Not checked with the carrier yet: {_counted(unchecked)}.", numbers, ours=True))
    if refused:
        found.append(Obstacle(f"Cannot be ported: {_counted(refused)}.", numbers, ours=True))
    elsewhere = PortNumber.objects.filter(number__in=[row.number for row in rows], state__in=UNDER_WAY)
    if count := elsewhere.exclude(order=order).count():
        found.append(Obstacle(f"In another open order meanwhile: {_counted(count)}.", numbers, ours=True))
    if order.described_at is None:
        found.append(Obstacle("Its details are missing.", details))
    elif order.line == Line.WIRELESS and not all(order.secrets.open().get(name) for name in ("account", "pin")):
        found.append(Obstacle("Account number and PIN of the mobile line are missing.", details))
    if order.wanted_on:
        try:
            calendar.check(order.wanted_on, order.country, simple=is_simple(order, len(rows)), now=now)
        except calendar.NotPossible as error:
            found.append(Obstacle(str(error), details))
    kinds = set(order.papers.order_by().values_list("kind", flat=True))
    if PortPaper.Kind.LOA not in kinds:
        found.append(Obstacle("The signed LOA is missing.", papers))
    if PortPaper.Kind.BILL not in kinds:
        found.append(Obstacle("A bill or customer service record is missing.", papers))
    return found


def submit(request: PortRequest, actor: User, shown: Mapping[str, str]) -> Job:
    """Place the orders that were shown, as one job; a second click returns the job of the first.

    `shown` maps public ids of orders to their fingerprints when the person saw them. Raises PermissionDenied,
    NotPossible (and then nothing is sent).
    """
    permit(actor)
    client_for(request.connection, actor=actor)  # a disabled connection is said before anything is stored
    with transaction.atomic():
        PortRequest.objects.select_for_update().get(pk=request.pk)
        orders = list(request.orders.select_related("request__connection", "job").filter(public_id__in=shown))
        if not orders:
            raise NotPossible("There is nothing to order here.")
        drafts = [order for order in orders if order.is_draft]
        if not drafts:
            if job := next((order.job for order in orders if order.job), None):
                return job
            raise NotPossible("This was ordered already.")
        for order in drafts:
            order.request = request
            if fingerprint(order) != shown[str(order.public_id)]:
                raise NotPossible(f"{order.label} was changed in another window. Look at it once more, then order.")
            if stopped := obstacles(order):
                raise NotPossible(f"{order.label} cannot be ordered: {stopped[0].text}")
        return _submit(request, actor, drafts)


def stuck(connection: Connection | None = None) -> list[PortOrder]:
    """Return the orders whose job ended without saying what became of them: cancelled before it began, or a fault of ours."""
    rows = PortOrder.objects.filter(state=PortState.ORDERING, job__state__in=FINAL).select_related(
        "intent", "request__connection"
    )
    return list(rows.filter(request__connection=connection) if connection else rows)


def tend(order: PortOrder, client: Client | None = None) -> None:
    """Take up an order that its job left: what was never sent is a draft again; with a client, what was sent is looked for."""
    intent = order.intent
    if order.state != PortState.ORDERING or intent is None or (order.job is not None and order.job.state not in FINAL):
        return
    if intent.state == IntentState.CONFIRMED:
        intents.withdraw(intent, "Its job ended before it was sent.")
    elif client is not None:
        with contextlib.suppress(intents.Waiting):
            intents.settle(intent, client)


def check_again(order: PortOrder, actor: User) -> str:
    """Look at the carrier's list once more for an order that is not certain; return what was found.

    Raises PermissionDenied, NotPossible, VendorError.
    """
    permit(actor)
    intent = _uncertain(order)
    says = intents.check(intent, client_for(order.request.connection, actor=actor)).says
    audit("looked", order.request, actor, order=order, params={"found": says})
    _close_item(intent, actor)
    return says


def say_not_ordered(order: PortOrder, actor: User) -> None:
    """Settle an uncertain order as not made, after a fresh look that finds nothing; it is a draft again then.

    Raises PermissionDenied, NotPossible (with what the look found), VendorError.
    """
    permit(actor)
    intent = _uncertain(order)
    client = client_for(order.request.connection, actor=actor)
    try:
        intents.accept_not_done(intent, actor, client, f"{actor.get_username()} settled it as not ordered, after a fresh look.")
    except intents.NotPossible as reason:
        raise NotPossible(str(reason)) from reason
    finally:
        _close_item(intent, actor)
    audit("said_not_ordered", order.request, actor, order=order, params={"evidence": intent.last_check})


def _submit(request: PortRequest, actor: User, drafts: list[PortOrder]) -> Job:
    items = []
    for order in drafts:
        intent = intent_for(order, actor)
        order.intent, order.submitted_at, order.message = intent, timezone.now(), "Being ordered."
        settle(order, None, PortState.ORDERING)
        label = f"{order.label}: {_counted(order.numbers.count())}"
        items.append({"key": str(intent.key), "label": label, "params": {"intent": intent.pk, "order": order.pk}})
        event(order, "asked", "Sent to the carrier.", actor=actor)
    total = PortNumber.objects.filter(order__in=drafts).count()
    job = submit_job(
        KIND,
        title=f"Order the port of {_counted(total)}",
        actor=actor,
        connection=request.connection,
        params={"request": request.pk},
        items=items,
        return_url=drafts[0].get_absolute_url() if len(drafts) == 1 else request.get_absolute_url(),
        exclusive=lane(request.connection),
    )
    PortOrder.objects.filter(pk__in=[order.pk for order in drafts]).update(job=job)
    audit(
        "confirmed",
        request,
        actor,
        effect="purchase",
        params={"orders": [order.label for order in drafts], "numbers": total},
    )
    return job


def _uncertain(order: PortOrder) -> Intent:
    intent = order.intent
    if intent is None or intent.state != IntentState.UNKNOWN:
        raise NotPossible("It is certain already what became of this order.")
    return intent


def _close_item(intent: Intent, actor: User) -> None:
    """Settle the job's item whose question was answered on the order's page."""
    intent.refresh_from_db()
    if intent.state == IntentState.UNKNOWN:
        return
    asked = JobItem.objects.filter(job__kind=KIND, job__state=JobState.NEEDS_PERSON, state=ItemState.NEEDS_PERSON)
    for item in asked.filter(key=str(intent.key)).select_related("job"):
        if kind_of(item.job) is not None:
            answer = "done" if intent.state == IntentState.DONE else "failed"
            settle_item(item, actor, answer, "decided on the order's page", own_screen=True)


def _counted(count: int) -> str:
    return "one number" if count == 1 else f"{count:,} numbers"
